package main

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

const orderTasks = 6

// byName holds the tasks called ord-* until all want to run, and then lets them
// run in the order of their names. All others pass.
type byName struct {
	decideEach
	mu   sync.Mutex
	held map[int32]scx.Task // by pid, the newest record
}

func (p *byName) Enqueue(tasks []scx.Task) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range tasks {
		if strings.HasPrefix(tasks[i].Name(), "ord-") {
			p.held[tasks[i].PID] = tasks[i]
		} else {
			p.ready = append(p.ready, p.firstCome(&tasks[i], scx.PickIdle))
		}
	}
	if len(p.held) < orderTasks {
		return
	}
	inOrder := slices.SortedFunc(maps.Values(p.held), func(a, b scx.Task) int { return strings.Compare(a.Name(), b.Name()) })
	for i := range inOrder {
		p.ready = append(p.ready, p.firstCome(&inOrder[i], scx.AnyCPU))
	}
	clear(p.held)
}

// forget drops the records of tasks that ran without a decision: none waits any more.
func (p *byName) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.held)
}

var _ = register(Scenario{
	Name: "order_by_name",
	Doc:  "tasks run in the order that the policy gives them, as they see themselves",
	run: func(t *T) {
		// All on one CPU, so that there is an order. They start in another one.
		tasks := make([]*task, orderTasks)
		started := []int{3, 5, 0, 4, 1, 2}
		for _, n := range started {
			tasks[n] = t.startTask("wait", fmt.Sprintf("ord-%d", n), "1")
		}
		p := &byName{held: map[int32]scx.Task{}}
		// Held tasks must not be rescued: the longest grace there is.
		s := t.schedule(p, scx.RunOptions{Options: scx.Options{
			Name: "by_name", NoBuiltinIdle: true, Grace: time.Second, Slice: 20 * time.Millisecond}})

		good := 0
		for round := 0; round < 20 && good < 5; round++ {
			// One that has answered and was preempted before it sleeps still wants to run.
			for _, task := range tasks {
				t.Await(time.Minute, "the task sleeps", task.sleeps)
			}
			p.forget()
			before := s.stats()
			for _, n := range started {
				tasks[n].in.Write([]byte{'x'})
			}
			ran := make([]int64, orderTasks)
			for n, task := range tasks {
				if !task.out.Scan() {
					t.Fatalf("the task ord-%d ended", n)
				}
				ran[n], _ = strconv.ParseInt(task.out.Text(), 10, 64)
			}
			if rescued := s.stats().Sub(before).Rescued; rescued != 0 {
				t.Logf("round %d does not count: %d rescued on a slow machine", round, rescued)
				continue
			}
			if !slices.IsSorted(ran) {
				t.Fatalf("round %d: not in the order of names: %v", round, ran)
			}
			good++
		}
		if good < 5 {
			t.Fatalf("only %d rounds without a rescue", good)
		}
		s.stop()
	},
})

// task is one of our tasks: a process with its two ends.
type task struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Scanner
}

// startTask starts one. The "wait" kind is ready then.
func (t *T) startTask(args ...string) *task {
	self, err := os.Executable()
	t.Check(err, "find this program")
	cmd := exec.Command(self, append([]string{"task"}, args...)...)
	// A thread that spins is not interrupted by Go.
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GODEBUG=asyncpreemptoff=1")
	k := t.startPiped(cmd)
	if args[0] == "wait" && !k.out.Scan() {
		t.Fatalf("task %v did not start", args)
	}
	return k
}

// startPiped starts a command of which we hold both ends; the scenario's end ends it.
func (t *T) startPiped(cmd *exec.Cmd) *task {
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	t.Check(err, "make a pipe")
	out, err := cmd.StdoutPipe()
	t.Check(err, "make a pipe")
	t.Check(cmd.Start(), "start a task")
	k := &task{cmd, in, bufio.NewScanner(out)}
	t.Cleanup(k.end)
	return k
}

// end closes its input and waits for it. A second call does nothing.
func (k *task) end() {
	k.in.Close()
	k.cmd.Wait()
}

// sleeps tells whether its main thread waits for something.
func (k *task) sleeps() bool {
	stat, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", k.cmd.Process.Pid))
	// The name, in parentheses, may hold anything.
	_, rest, _ := strings.Cut(string(stat), ") ")
	return strings.HasPrefix(rest, "S")
}
