package main

import (
	"os/exec"
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"golang.org/x/sys/unix"
)

var _ = register(Scenario{
	Name: "idle_policy", Kernels: bothEnds,
	Doc: "with the built-in idle choice, wake-ups on idle CPUs need no decision; without it, each one does",
	run: func(t *T) {
		for _, off := range []bool{false, true} {
			s := t.schedule(newFirstCome(), scx.Options{NoBuiltinIdle: off})
			t.quietRun(3, "wake-ups on an idle machine took long", func() bool {
				var waited latency
				st := s.during(func() { waited = t.sleeper("--period-us", "5000", "--count", "200") })
				t.Logf("NoBuiltinIdle %v: idle %d, queued %d, dispatched %d; wake-ups: %v",
					off, st.IdleDirect, st.Queued, st.Dispatched, waited)
				t.ErrorIf(off && (st.IdleDirect != 0 || st.Queued < 200),
					"without it, %d found an idle CPU and %d were queued", st.IdleDirect, st.Queued)
				t.ErrorIf(!off && st.IdleDirect < 100, "with it, only %d of 200 wake-ups found an idle CPU", st.IdleDirect)
				// If the idle CPU was not woken for a decided task, the task would wait for seconds.
				return waited.p99 < 100*time.Millisecond
			})
			s.stop()
		}
	},
})

// schedExt is the scheduling policy SCHED_EXT of include/uapi/linux/sched.h.
const schedExt = 7

var _ = register(Scenario{
	Name: "partial", Kernels: bothEnds,
	Doc: "a partial switch schedules tasks of policy SCHED_EXT, and leaves all others to the kernel",
	run: func(t *T) {
		s := t.schedule(newFirstCome(), scx.Options{Partial: true, NoBuiltinIdle: true})
		t.forks(2, 5)
		if n := s.stats().Queued; n != 0 {
			t.Errorf("%d ordinary tasks were queued", n)
		}
		sleeper := t.startCmd(exec.Command("sh", "-c", "while :; do sleep 0.01; done"))
		attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: schedExt}
		t.Check(unix.SchedSetAttr(int(sleeper.pid()), &attr, 0), "make a task SCHED_EXT")
		s.awaitDispatched(10, "a SCHED_EXT task is dispatched")
	},
})

var _ = register(Scenario{
	Name: "preempt", Kernels: everyKernel, Shapes: []Shape{smt},
	Doc: "a decision that preempts runs its task although hogs hold every CPU with long slices",
	run: func(t *T) {
		median := func(flags uint64) time.Duration {
			s := t.schedule(decideBy(func(p *decideEach, task *scx.Task) scx.Decision {
				d := p.firstCome(task, scx.PickIdle)
				d.SliceNS = uint64(100 * time.Millisecond)
				if strings.HasPrefix(task.Name(), "sleeper") && task.Woke() {
					d.Flags = flags
				}
				return d
			}), parkLong)
			hogs := s.underMoreHogs(2)
			waited := t.sleeper("--period-us", "30000", "--count", "30")
			hogs.end()
			if n := s.stop().Preempts; (n != 0) != (flags != 0) {
				t.Errorf("flags %d: %d preemptions", flags, n)
			}
			return waited.p50
		}
		t.quietRun(3, "preemption does not shorten the wait", func() bool {
			without, with := median(0), median(scx.Preempt)
			t.Logf("wake-up latency under hogs, p50: %v without preemption, %v with it", without, with)
			return with*3 < without
		})
	},
})
