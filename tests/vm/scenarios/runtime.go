//go:build !demo

package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
	"golang.org/x/sys/unix"
)

// noticing is the agent's policy. It counts the records of tasks with this process's
// name: children between vfork and exec, which the kernel side must run by itself.
type noticing struct {
	*policy.VRuntime
	name      string
	strangers atomic.Int64
}

func (p *noticing) Enqueue(tasks []scx.Task) {
	for i := range tasks {
		if string(tasks[i].NameBytes()) == p.name {
			p.strangers.Add(1)
		}
	}
	p.VRuntime.Enqueue(tasks)
}

var _ = register(Scenario{
	Name: "go_runtime",
	Doc:  "Go's runtime cannot starve itself: GC, blocking calls, new threads, HTTP and exec while it schedules a busy machine",
	run: func(t *T) {
		p := &noticing{VRuntime: t.vruntime(policy.VRuntimeOptions{}), name: t.read("/proc/self/comm")}
		s := t.schedule(p, scx.Options{})
		ctx, cancel := context.WithCancel(context.Background())
		var wg sync.WaitGroup
		t.Cleanup(func() { cancel(); wg.Wait() })
		// again calls f in a goroutine until the scenario ends, and counts the calls.
		again := func(f func()) *atomic.Int64 {
			var n atomic.Int64
			wg.Add(1)
			go func() {
				defer wg.Done()
				for ctx.Err() == nil {
					f()
					n.Add(1)
				}
			}()
			return &n
		}

		t.hogs(4)
		t.forkstorm(2)

		var garbage atomic.Pointer[[]byte]
		collections := again(func() {
			b := make([]byte, 1<<20)
			garbage.Store(&b)
			time.Sleep(50 * time.Millisecond)
			runtime.GC()
		})
		for i := 0; i < 64; i++ { // each in a system call that the runtime does not know to be short
			again(func() {
				nap := unix.Timespec{Nsec: int64(20 * time.Millisecond)}
				unix.Nanosleep(&nap, nil)
			})
		}
		threads := again(func() { // a goroutine that ends while locked takes its thread with it
			gone := make(chan struct{})
			go func() {
				runtime.LockOSThread()
				close(gone)
			}()
			<-gone
			time.Sleep(10 * time.Millisecond)
		})
		answers := t.serve(ctx, again)
		children := again(func() {
			if err := exec.Command(binary("scxload"), "true").Run(); err != nil && ctx.Err() == nil {
				t.Errorf("exec from the agent: %v", err)
			}
		})

		// Each must make progress, and scheduling too, twice.
		for round := 1; round <= 2; round++ {
			before := s.stats().Dispatched
			marks := []*atomic.Int64{collections, threads, answers, children}
			names := []string{"garbage collections", "new threads", "HTTP answers", "children"}
			goals := make([]int64, len(marks))
			for i := range marks {
				goals[i] = marks[i].Load() + 5
			}
			for i := range marks {
				t.Await(time.Minute, names[i]+" went on", func() bool { return marks[i].Load() >= goals[i] })
			}
			s.awaitStats("decisions went on", func(st scx.Stats) bool { return st.Dispatched > before+50 })
			t.expectState("enabled")
			t.Logf("round %d: %d collections, %d threads, %d answers, %d children, %d dispatched", round,
				collections.Load(), threads.Load(), answers.Load(), children.Load(), s.stats().Dispatched)
		}
		t.ErrorIf(s.stats().AgentDirect == 0, "no thread of the agent was scheduled by BPF alone")
		// exec gives a child its own memory a moment before its own name: a few are
		// seen in between. Without the rule for vfork children, each one is seen, often.
		if n := p.strangers.Load(); n*5 > children.Load() {
			t.Errorf("%d times a vfork child of the agent had to wait for the agent, with %d children", n, children.Load())
		}
		cancel()
		wg.Wait()
	},
})

// serve answers HTTP requests from this process, and makes them.
func (t *T) serve(ctx context.Context, again func(func()) *atomic.Int64) *atomic.Int64 {
	path := filepath.Join("/run", "scenario.sock")
	unix.Unlink(path)
	listener, err := net.Listen("unix", path)
	t.Check(err, "listen")
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "here")
	})}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	client := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", path)
	}}}
	return again(func() {
		answer, err := client.Get("http://agent/")
		if err != nil {
			t.ErrorIf(ctx.Err() == nil, "ask the agent: %v", err)
			return
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	})
}

var _ = register(Scenario{
	Name: "monitor_slack",
	Doc:  "the agent gives one thread of its own timer slack, Go's monitor; by option none",
	run: func(t *T) {
		const slack = 4 * time.Millisecond
		slow := func(agent *process) (threads []int32) {
			for _, tid := range agent.threads() {
				if t.read(fmt.Sprintf("/proc/%d/timerslack_ns", tid)) == fmt.Sprint(slack.Nanoseconds()) {
					threads = append(threads, tid)
				}
			}
			return threads
		}
		// The agent looks for the thread in the background.
		agent := t.goland()
		t.Await(time.Minute, "a thread has slack", func() bool { return len(slow(agent)) > 0 })
		t.messages(1, 40)
		if threads := slow(agent); len(threads) != 1 {
			t.Errorf("threads %v have slack", threads)
		}
		agent.stopGoland(unix.SIGTERM)

		agent = t.goland("--monitor-slack", "0")
		t.messages(1, 40)
		if threads := slow(agent); len(threads) != 0 {
			t.Errorf("with the option, threads %v have slack", threads)
		}
	},
})

var _ = register(Scenario{
	Name: "light_thread",
	Doc:  "a busy thread of the agent with nice 19 gets its turns beside hogs before the watchdog misses it, as a light kernel thread does",
	run: func(t *T) {
		s := t.schedule(newFirstCome(), scx.Options{})
		s.underHogs(8)
		thread := make(chan int32)
		var over atomic.Bool
		go func() {
			runtime.LockOSThread() // the thread ends with the goroutine
			tid := unix.Gettid()
			if err := unix.Setpriority(unix.PRIO_PROCESS, tid, 19); err != nil {
				tid = 0
			}
			thread <- int32(tid)
			for !over.Load() {
			}
		}()
		defer over.Store(true)
		tid := <-thread
		t.FatalIf(tid == 0, "a thread could not be given nice 19")
		before := t.threadTime(tid)
		// Two default slices: each moves its virtual time by two seconds.
		t.Await(time.Minute, "it has run for some slices", func() bool {
			t.expectState("enabled")
			return t.threadTime(tid)-before > 40*time.Millisecond
		})
	},
})
