package main

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"golang.org/x/sys/unix"
)

// another makes the process start another thread, which spins on its CPU, and returns the thread's id.
func (t *T) another(threads *task) int32 {
	wake([]*task{threads})
	return int32(t.answer(threads))
}

// compare lets threads on one CPU run for a while. Those that go first must get at least five times as
// much as those after them, and about as much as each other. Threads that waited before have credit to
// use up, and the host may take the CPU away for a long time; so compare looks again if need be, each
// time for twice as long.
func (t *T) compare(what string, first, after []int32) {
	all := append(append([]int32{}, first...), after...)
	good := false
	for window := 800 * time.Millisecond; window < 15*time.Second && !good; window *= 2 {
		used := t.usedBy(all, window)
		t.Logf("%s: %v", what, used)
		good = firstFirst(used[:len(first)], used[len(first):])
	}
	t.ErrorIf(!good, "%s: the first %d of these should have gone first and shared", what, len(first))
}

// usedBy waits until threads have used so much CPU time in all. Returns what each has used.
func (t *T) usedBy(tids []int32, window time.Duration) []time.Duration {
	before := make([]time.Duration, len(tids))
	for n, tid := range tids {
		before[n] = t.threadTime(tid)
	}
	used := make([]time.Duration, len(tids))
	t.Await(2*time.Minute, "threads that use their CPU", func() bool {
		var sum time.Duration
		for n, tid := range tids {
			used[n] = t.threadTime(tid) - before[n]
			sum += used[n]
		}
		return sum > window
	})
	return used
}

func firstFirst(first, after []time.Duration) bool {
	least, most := slices.Min(first), slices.Max(first)
	return most <= 2*least && (len(after) == 0 || least >= 5*slices.Max(after))
}

// spinnerWithPID starts a process with this id.
func (t *T) spinnerWithPID(pid int32, cpu int) *process {
	for range 100 {
		// Another process may get the id first.
		t.write("/proc/sys/kernel/ns_last_pid", fmt.Sprint(pid-1))
		if p := t.spinner(cpu); p.pid() == pid {
			return p
		} else {
			p.kill()
		}
	}
	t.Fatalf("no process gets the id %d", pid)
	return nil
}

var _ = register(Scenario{
	Name: "kernel_mode_process",
	Doc:  "in kernel mode a process's priority holds for all its threads, later ones too, and for no one who gets their ids",
	run: func(t *T) {
		threads := t.startTask("threads", "1")
		pid := threads.pid()
		a, b := t.another(threads), t.another(threads)
		ordinary := t.spinner(1).pid()
		native, _ := t.kernelMode(5 * time.Millisecond)
		t.compare("ordinary", []int32{a, b, ordinary}, nil)

		// The id of a process is that of its first thread, which does not spin.
		t.Check(native.SetPriority(pid, 0, 0), "set the first thread's priority")
		t.compare("the first thread alone", []int32{a, b, ordinary}, nil)
		t.Check(native.RemovePriority(pid), "remove it")

		t.Check(native.SetProcessPriority(pid, 0, 0), "set a process's priority")
		t.compare("two threads", []int32{a, b}, []int32{ordinary})
		c := t.another(threads)
		t.compare("and one that was made later", []int32{a, b, c}, []int32{ordinary})

		t.Check(native.SetPriority(a, 1, 0), "set a thread's priority")
		t.compare("its own priority is lower", []int32{b, c}, []int32{a, ordinary})
		t.Check(native.Detach(), "detach")
		t.Check(native.Attach(), "attach")
		t.compare("attached anew", []int32{b, c}, []int32{a, ordinary})
		t.Check(native.RemovePriority(a), "remove the thread's priority")
		t.compare("without its own", []int32{a, b, c}, []int32{ordinary})
		t.Check(native.RemoveProcessPriority(pid), "remove the process's priority")
		t.compare("ordinary again", []int32{a, b, c, ordinary}, nil)

		t.Check(native.SetPriority(a, 0, 0), "set a thread's priority")
		t.Check(native.SetProcessPriority(pid, 0, 0), "set a process's priority")
		threads.end()
		heir := t.spinnerWithPID(pid, 1)
		// More than two: of two tasks on a CPU each gets half, whatever their levels.
		more := []int32{t.spinner(1).pid(), t.spinner(1).pid()}
		t.compare("another process with its id", append(more, pid, ordinary), nil)
		t.graced()
		nobody := func() int32 {
			cmd := exec.Command("true")
			t.Check(cmd.Run(), "run a process")
			return int32(cmd.Process.Pid)
		}()
		for what, err := range map[string]error{
			"remove one that ended with its thread":  native.RemovePriority(a),
			"remove one that ended with its process": native.RemoveProcessPriority(pid),
			"set nobody's":                           native.SetPriority(nobody, 0, 0),
			"set no process's":                       native.SetProcessPriority(nobody, 0, 0),
			"remove nobody's":                        native.RemovePriority(nobody),
			"remove no process's":                    native.RemoveProcessPriority(nobody),
		} {
			t.ErrorIf(!errors.Is(err, scx.ErrNoSuchTask), "%s: %v", what, err)
		}
		heir.kill()
	},
})

// graced waits until the kernel has freed tasks that ended, which takes an RCU grace period.
func (t *T) graced() {
	for range 3 {
		if _, _, errno := unix.Syscall(unix.SYS_MEMBARRIER, 1, 0, 0); errno != 0 { // MEMBARRIER_CMD_GLOBAL
			t.Fatalf("membarrier: %v", errno)
		}
	}
}

var _ = register(Scenario{
	Name: "kernel_mode_turns",
	Doc:  "in kernel mode, tasks that get the same urgent level, also again and again, or lose it, take turns at once, though some wait meanwhile",
	run: func(t *T) {
		a, b := t.spinner(1).pid(), t.spinner(1).pid()
		s, _ := t.kernelMode(5 * time.Millisecond)
		// Turns of slices: if some were left out, one of two would have a fifth more.
		turns := func(what string) {
			used := t.usedBy([]int32{a, b}, 3*time.Second)
			t.Logf("%s: %v", what, used)
			t.ErrorIf(10*slices.Max(used) > 11*slices.Min(used), "%s: equal tasks had %v", what, used)
		}
		for _, level := range []int{0, 9} {
			for _, pid := range []int32{a, b} {
				t.Check(s.SetPriority(pid, level, 0), "set a priority")
			}
			turns(fmt.Sprintf("level %d", level))
		}
		t.turnsWhileSet(s, a, b)
		for _, pid := range []int32{a, b} {
			t.Check(s.RemovePriority(pid), "remove a priority")
		}
		turns("without a priority")
	},
})

// turnsWhileSet compares two tasks and a third one while all get the same urgent level several times in each slice.
func (t *T) turnsWhileSet(s *scx.Scheduler, a, b int32) {
	third := t.spinner(1)
	defer third.kill()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		var failed error
		for tick := time.NewTicker(time.Millisecond); ctx.Err() == nil; <-tick.C {
			for _, pid := range []int32{a, b, third.pid()} {
				failed = errors.Join(failed, s.SetPriority(pid, 9, 0))
			}
		}
		ended <- failed
	}()
	t.awaitProgress("the third one runs", []int32{third.pid()})
	used := t.usedBy([]int32{a, b, third.pid()}, 3*time.Second)
	t.Logf("again and again: %v", used)
	// If the calls moved tasks back, one would have nothing.
	t.ErrorIf(2*slices.Max(used) > 3*slices.Min(used), "again and again: equal tasks had %v", used)
	cancel()
	t.Check(<-ended, "set a priority again")
}
