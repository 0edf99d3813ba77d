//go:build !demo

package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	core "github.com/scxbridge/scxbridge/go/qumun"
	"golang.org/x/sys/unix"
)

// kernelModeOfQumun does what kernelMode does, with a scheduler of the package qumun.
func (t *T) kernelModeOfQumun(slice time.Duration) (*core.Sched, func() scx.Stats) {
	s := core.LoadSched("")
	t.Cleanup(s.Close)
	s.EnableKernelMode()
	s.SetDefaultSlice(uint64(slice))
	s.Start()
	t.Check(s.Attach(), "attach")
	return s, t.endsKernelMode(s.Scheduler())
}

var _ = register(Scenario{
	Name: "kernel_mode",
	Doc:  "in kernel mode no record is sent, and every process finishes",
	run: func(t *T) {
		s, stop := t.kernelModeOfQumun(0)
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		if s.BlockTilReadyForDequeue(ctx); s.ReadyForDequeue() {
			t.Errorf("a task is to be dequeued")
		}
		session := &pluginSession{t: t, sched: s}
		session.underLoad()
		before, err := s.GetBssData()
		t.Check(err, "read the counters")
		t.forks(2, 5)
		if after, _ := s.GetBssData(); after.Nr_kernel_dispatches <= before.Nr_kernel_dispatches {
			t.Errorf("Nr_kernel_dispatches does not grow")
		}
		if st := stop(); st.KernelDirect < 300 {
			t.Errorf("only %d tasks were queued by the kernel side", st.KernelDirect)
		}
	},
})

const priorityTasks = 5

// startReader starts a process that is bound to CPU 1 and prints the time whenever it reads a byte. It
// is a shell, since threads of a Go program wait for each other, which would spoil the order.
func (t *T) startReader() *task {
	cmd := exec.Command("bash", "-c", `echo ready; while read -rN1; do echo "${EPOCHREALTIME/./}"; done`)
	cmd.Env = append(os.Environ(), "LC_ALL=C")
	reader := t.startPiped(cmd)
	t.bind(reader.pid(), 1)
	t.FatalIf(!reader.out.Scan(), "a task did not start")
	return reader
}

var _ = register(Scenario{
	Name: "kernel_mode_order", Kernels: bothEnds,
	Doc: "in kernel mode an urgent task preempts what is less urgent, and urgent ones run by their levels",
	run: func(t *T) {
		// All on one CPU, with slices of a second: a task that waits, waits long.
		tasks := make([]*task, priorityTasks)
		for n := range tasks {
			tasks[n] = t.startReader()
		}
		holder := t.spinner(1)
		s, _ := t.kernelModeOfQumun(time.Second)
		// The first task is an ordinary one, the last the most urgent.
		for n := 1; n < priorityTasks; n++ {
			t.Check(s.UpdatePriorityTaskWithPrio(uint32(tasks[n].pid()), 0, uint32(priorityTasks-n)), "set a priority")
		}

		// The holder is an ordinary task, too: the ordinary one waits for the end of its slice; the urgent
		// one, which is woken later, does not.
		first := 0
		for range 10 {
			pair := []*task{tasks[0], tasks[priorityTasks-1]}
			t.awaitAsleep(pair)
			wake(pair)
			if ran := t.answers(pair); ran[1] < ran[0] {
				first++
			}
		}
		t.Logf("the urgent task came first %d times of 10", first)
		if first < 8 { // a slice may end just then
			t.Errorf("the urgent task came first %d times of 10", first)
		}

		// The holder is the most urgent task: none preempts it. When it stops, all others wait.
		t.Check(s.UpdatePriorityTask(uint32(holder.pid()), uint64(time.Second)), "set the holder's priority")
		for round := range 5 {
			holderRuns := func() {
				used := holder.cpuTime()
				t.Await(time.Minute, "the holder runs", func() bool { return holder.cpuTime() > used })
			}
			holderRuns()
			t.awaitAsleep(tasks)
			wake(tasks)
			holderRuns()
			holder.signal(syscall.SIGSTOP)
			ran := t.answers(tasks)
			for n := 1; n < priorityTasks; n++ {
				t.ErrorIf(ran[n] > ran[n-1], "round %d: not in the order of levels: %v", round, ran)
			}
			holder.signal(syscall.SIGCONT)
		}
	},
})

var _ = register(Scenario{
	Name: "kernel_mode_waiting",
	Doc:  "in kernel mode an urgent task that wakes up preempts an ordinary one for a more urgent one that waits, and runs after that",
	run: func(t *T) {
		reader := []*task{t.startReader()}
		hogs := []int32{t.spinner(1).pid(), t.spinner(1).pid()}
		// A hog that waits does so for the rest of the other one's second.
		qumun, _ := t.kernelModeOfQumun(time.Second)
		s := qumun.Scheduler()
		t.Check(s.SetPriority(reader[0].pid(), 5, 0), "set the reader's priority")
		counted := 0
		for round := 0; round < 20 && counted < 3; round++ {
			t.awaitAsleep(reader)
			used := []time.Duration{t.threadTime(hogs[0]), t.threadTime(hogs[1])}
			waits := 0
			t.Await(time.Minute, "one hog runs", func() bool {
				for n, hog := range hogs {
					if t.threadTime(hog) > used[n]+5*time.Millisecond {
						waits = 1 - n
						return true
					}
				}
				return false
			})
			t.Check(s.SetPriority(hogs[waits], 1, 0), "set the priority of the hog that waits")
			before := t.threadTime(hogs[waits])
			wake(reader)
			t.Await(time.Minute, "the more urgent hog runs", func() bool { return t.threadTime(hogs[waits]) > before })
			ended := time.Now().UnixMicro()
			t.Check(s.RemovePriority(hogs[waits]), "remove its priority")
			ran := t.answer(reader[0])
			if before > used[waits] {
				t.Logf("round %d does not count: the other hog's second was over", round)
				continue
			}
			counted++
			t.ErrorIf(ran < ended, "round %d: the reader ran %d us before the more urgent hog lost its level", round, ended-ran)
		}
		t.ErrorIf(counted < 3, "only %d rounds count", counted)
	},
})

// onlyOn calls f in a thread of this process that is bound to a CPU.
func onlyOn[R any](cpu int, f func() (R, error)) (R, error) {
	var result R
	ended := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with its goroutine, and so does its binding
		var only unix.CPUSet
		only.Set(cpu)
		err := unix.SchedSetaffinity(0, &only)
		if err == nil {
			result, err = f()
		}
		ended <- err
	}()
	err := <-ended
	return result, err
}

// longestWait spins until its thread has used so much CPU time. Returns how long it was without a CPU, at most.
func longestWait(use time.Duration) (longest time.Duration, err error) {
	var used, begin unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &begin); err != nil {
		return 0, err
	}
	for last := time.Now(); ; {
		if err := unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &used); err != nil {
			return 0, err
		}
		now := time.Now()
		longest, last = max(longest, now.Sub(last)), now
		if used.Nano()-begin.Nano() >= int64(use) {
			return longest, nil
		}
	}
}

var _ = register(Scenario{
	Name: "kernel_mode_system",
	Doc:  "in kernel mode a thread that others depend on, and its child until that executes a program, gets its CPU several times a second, though urgent tasks use all of it",
	run: func(t *T) {
		urgent := []int32{t.spinner(1).pid(), t.spinner(1).pid()}
		s, _ := t.kernelMode(5 * time.Millisecond)
		for _, level := range []int{0, 9} {
			for _, pid := range urgent {
				t.Check(s.SetPriority(pid, level, 0), "set a priority")
			}
			began := time.Now()
			// A thread of the agent, like one of the kernel that is bound to a CPU. Its first slices are due at once.
			longest, err := onlyOn(1, func() (time.Duration, error) { return longestWait(60 * time.Millisecond) })
			t.Check(err, "wait for a CPU")
			took := time.Since(began)
			t.Logf("level %d: it waited %v at most, and had 60 ms in %v", level, longest, took)
			t.ErrorIf(longest > time.Second, "level %d: a thread of the agent waited %v for its CPU", level, longest)
			t.ErrorIf(took < 300*time.Millisecond, "level %d: the urgent ones got less than four times as much", level)
		}
		// The thread waits until its child has become another program, which inherits that it may use CPU 1 only.
		began := time.Now()
		child, err := onlyOn(1, func() (*exec.Cmd, error) {
			cmd := exec.Command("true")
			return cmd, cmd.Start()
		})
		t.Check(err, "start a process")
		took := time.Since(began)
		t.Logf("a process is started in %v", took)
		t.ErrorIf(took > 30*time.Second, "to start a process took a thread of the agent %v", took)
		for _, pid := range urgent {
			t.Check(s.RemovePriority(pid), "remove a priority")
		}
		t.Check(child.Wait(), "await the process")
	},
})

var _ = register(Scenario{
	Name: "kernel_mode_share",
	Doc:  "in kernel mode a task of a medium level gets a larger share of a CPU than ordinary ones, and all run",
	run: func(t *T) {
		// Several ordinary ones: with only two tasks each would get half, since a task that used up its
		// slice always gives way to one that waits.
		favoured := t.spinner(1)
		all := []*process{favoured, t.spinner(1), t.spinner(1), t.spinner(1)}
		s, _ := t.kernelModeOfQumun(5 * time.Millisecond)
		expect := func(what string, least, most float64) {
			t.quietRun(3, fmt.Sprintf("%s, one does not get %.2f to %.2f times as much", what, least, most), func() bool {
				shares := t.sharesOf(all, 3*time.Second)
				t.Logf("%s, the shares are %.2f", what, shares)
				times := 3 * shares[0] / (1 - shares[0])
				return least <= times && times <= most
			})
		}
		// Charged for half of its time, it should get twice as much.
		expect("without a priority", 0.8, 1.25)
		t.Check(s.UpdatePriorityTaskWithPrio(uint32(favoured.pid()), 0, core.PrioMedMin), "set a priority")
		expect("at level 10", 1.6, 2.5)
		t.Check(s.RemovePriorityTask(uint32(favoured.pid())), "remove a priority")
		expect("with its priority removed", 0.8, 1.25)
		// Invalid arguments are refused.
		native := s.Scheduler()
		for _, c := range []struct {
			err, want error
		}{
			{native.SetPriority(0, 0, 0), scx.ErrInvalid},
			{native.SetPriority(1, scx.PriorityMax+1, 0), scx.ErrInvalid},
			{native.RemovePriority(1), scx.ErrNoSuchTask},
			{native.PreemptCPU(1 << 20), scx.ErrInvalid},
			{native.PreemptCPU(1), nil},
		} {
			t.ErrorIf(!errors.Is(c.err, c.want), "%v, not %v", c.err, c.want)
		}
	},
})
