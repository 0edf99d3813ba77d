package main

import (
	"os/exec"
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"golang.org/x/sys/unix"
)

var _ = register(Scenario{
	Name:    "idle_policy",
	Kernels: everyKernel,
	Doc:     "with the built-in idle choice, wake-ups on idle CPUs need no decision; without it, each one does",
	run: func(t *T) {
		for _, off := range []bool{false, true} {
			s := t.schedule(newFirstCome(), scx.RunOptions{Options: scx.Options{NoBuiltinIdle: off}})
			// Other loads on the host stretch time here; one quiet run of three will do.
			for try := 1; ; try++ {
				before := s.stats()
				var report struct {
					P50 float64 `json:"latency_p50_us"`
					P99 float64 `json:"latency_p99_us"`
				}
				t.load("sleeper", "--period-us", "5000", "--count", "200").report(2*time.Minute, &report)
				st := s.stats().Sub(before)
				t.Logf("NoBuiltinIdle %v: idle %d, queued %d, dispatched %d; wake-ups: p50 %.0f µs, p99 %.0f µs",
					off, st.IdleDirect, st.Queued, st.Dispatched, report.P50, report.P99)
				if off && (st.IdleDirect != 0 || st.Queued < 200) {
					t.Errorf("without it, %d found an idle CPU and %d were queued", st.IdleDirect, st.Queued)
				}
				if !off && st.IdleDirect < 100 {
					t.Errorf("with it, only %d of 200 wake-ups found an idle CPU", st.IdleDirect)
				}
				// A decided task that its idle CPU is not woken for waits for seconds.
				if report.P99 < 100_000 {
					break
				}
				if try == 3 {
					t.Fatalf("three times, wake-ups on an idle machine took long")
				}
			}
			s.stop()
		}
	},
})

// schedExt is the scheduling policy SCHED_EXT of include/uapi/linux/sched.h.
const schedExt = 7

var _ = register(Scenario{
	Name:    "partial",
	Kernels: everyKernel,
	Doc:     "a partial switch schedules tasks of policy SCHED_EXT, and leaves all others to the kernel",
	run: func(t *T) {
		s := t.schedule(newFirstCome(), scx.RunOptions{Options: scx.Options{Partial: true, NoBuiltinIdle: true}})
		t.load("forkstorm", "--parallel", "2", "--count", "5").succeed(time.Minute)
		if n := s.stats().Queued; n != 0 {
			t.Errorf("%d ordinary tasks were queued", n)
		}
		sleeper := t.startCmd(exec.Command("sh", "-c", "while :; do sleep 0.01; done"))
		attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: schedExt}
		t.Check(unix.SchedSetAttr(sleeper.cmd.Process.Pid, &attr, 0), "make a task SCHED_EXT")
		s.awaitStats(time.Minute, "a SCHED_EXT task is dispatched", func(st scx.Stats) bool { return st.Dispatched > 10 })
		s.stop()
	},
})

var _ = register(Scenario{
	Name:    "preempt",
	Kernels: everyKernel,
	Doc:     "a decision that preempts runs its task although hogs hold every CPU with long slices",
	Shapes:  []Shape{smt},
	run: func(t *T) {
		latency := func(flags uint64) float64 {
			p := newFirstCome()
			p.decide = func(task *scx.Task) scx.Decision {
				d := p.firstCome(task, scx.PickIdle)
				d.SliceNS = uint64(100 * time.Millisecond)
				if strings.HasPrefix(task.Name(), "sleeper") && task.Woke() {
					d.Flags = flags
				}
				return d
			}
			s := t.schedule(p, scx.RunOptions{Options: scx.Options{NoBuiltinIdle: true, Grace: time.Second}})
			defer s.stop()
			hogs := t.hogs(2)
			s.awaitStats(time.Minute, "the hogs run", func(st scx.Stats) bool { return st.Dispatched > 20 })
			var report struct {
				P50 float64 `json:"latency_p50_us"`
			}
			t.load("sleeper", "--period-us", "30000", "--count", "60").report(2*time.Minute, &report)
			hogs.kill()
			if n := s.stats().Preempts; (n != 0) != (flags != 0) {
				t.Errorf("flags %d: %d preemptions", flags, n)
			}
			return report.P50
		}
		// Other loads on the host stretch time here; one quiet run of three will do.
		for try := 1; ; try++ {
			without, with := latency(0), latency(scx.Preempt)
			t.Logf("wake-up latency under hogs, p50: %.0f µs without preemption, %.0f µs with it", without, with)
			if with*3 < without {
				break
			}
			if try == 3 {
				t.Fatalf("preemption does not shorten the wait")
			}
		}
	},
})
