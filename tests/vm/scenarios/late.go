package main

import (
	"sync/atomic"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// sleepy is first come, first served, until told to be late.
type sleepy struct {
	decideEach
	nap atomic.Int64 // ns
}

func newSleepy() *sleepy {
	p := &sleepy{}
	p.decide = newFirstCome().decide
	return p
}

func (p *sleepy) Enqueue(tasks []scx.Task) {
	time.Sleep(time.Duration(p.nap.Swap(0)))
	p.decideEach.Enqueue(tasks)
}

var _ = register(Scenario{
	Name: "late_agent",
	Doc:  "a policy that sleeps longer than the watchdog: BPF runs its tasks, decisions go on afterwards",
	run: func(t *T) {
		p := newSleepy()
		s := t.schedule(p, scx.RunOptions{Options: scx.Options{NoBuiltinIdle: true, Timeout: 5 * time.Second}})
		hogs := t.load("hog", "--threads", "4", "--seconds", "1000")
		s.awaitStats(time.Minute, "decisions flow", func(st scx.Stats) bool { return st.Dispatched > 100 })
		before := s.stats()
		p.nap.Store(int64(8 * time.Second))
		// New tasks too must run while the agent sleeps.
		t.load("forkstorm", "--parallel", "2", "--count", "10").succeed(time.Minute)
		s.awaitStats(time.Minute, "parked tasks are rescued", func(st scx.Stats) bool {
			return st.Rescued > before.Rescued+100
		})
		s.awaitStats(time.Minute, "decisions flow again", func(st scx.Stats) bool {
			return st.Dispatched > before.Dispatched+200
		})
		if s.stats().Late == before.Late {
			t.Errorf("falling behind was not counted")
		}
		if !hogs.running() {
			t.Errorf("the hogs ended: %s", &hogs.err)
		}
		t.expectState("enabled")
		s.stop()
	},
})

var _ = register(Scenario{
	Name: "no_decisions",
	Doc:  "under a policy that never decides, hogs share the CPUs fairly and wait little more than a slice for each other",
	run: func(t *T) {
		s := t.schedule(&silent{}, scx.RunOptions{Options: scx.Options{
			NoBuiltinIdle: true, Grace: time.Millisecond, Slice: 4 * time.Millisecond}})
		var report struct {
			Threads []struct {
				CPU float64 `json:"cpu_us"`
			} `json:"threads"`
		}
		// Other loads on the host stretch time here; one quiet run of three will do.
		for try := 1; ; try++ {
			before, began := s.stats(), time.Now()
			t.load("hog", "--threads", "6", "--seconds", "4").report(time.Minute, &report)
			rescues := float64(s.stats().Sub(before).Rescued) / time.Since(began).Seconds()
			least, most := report.Threads[0].CPU, report.Threads[0].CPU
			for _, thread := range report.Threads {
				least, most = min(least, thread.CPU), max(most, thread.CPU)
			}
			t.Logf("%.0f rescues/s; CPU time of the hogs %.0f to %.0f µs", rescues, least, most)
			// At the end of each slice, on both CPUs: 500/s. If only overdue tasks
			// were rescued, at most one every 10 ms: 100/s.
			if rescues > 180 && most < 2*least {
				break
			}
			if try == 3 {
				t.Fatalf("three times late rescues or unequal shares")
			}
		}
		if st := s.stats(); st.Dispatched != 0 {
			t.Errorf("dispatched %d without any decision", st.Dispatched)
		}
		s.stop()
	},
})

var _ = register(Scenario{
	Name:   "idle_machine_rescue",
	Doc:    "a parked task is rescued within its grace also where all CPUs are idle and no one dispatches",
	Shapes: []Shape{nohz},
	run: func(t *T) {
		// The machine is idle but for one sleeper, and decisions never come.
		p := &silent{}
		s := t.schedule(p, scx.RunOptions{Options: scx.Options{NoBuiltinIdle: true, Grace: 5 * time.Millisecond}})
		var report struct {
			P50 float64 `json:"latency_p50_us"`
			Max float64 `json:"latency_max_us"`
		}
		// Other loads on the host stretch time here; one quiet run of three will do.
		for try := 1; ; try++ {
			before := s.stats()
			t.load("sleeper", "--period-us", "50000", "--count", "60").report(time.Minute, &report)
			st := s.stats().Sub(before)
			t.Logf("wake-ups: p50 %.0f µs, max %.0f µs", report.P50, report.Max)
			if st.Rescued < 60 || st.Dispatched != 0 {
				t.Errorf("rescued %d, dispatched %d without any decision", st.Rescued, st.Dispatched)
			}
			// Grace and timer together are 7.5 ms; what else stirs the machine is rarer.
			if report.P50 < 20_000 {
				break
			}
			if try == 3 {
				t.Fatalf("three times, wake-ups on an idle machine took long")
			}
		}
		s.stop()
	},
})

var _ = register(Scenario{
	Name:    "deep_in_park",
	Doc:     "a parked task for an idle CPU is rescued within about its grace, however many are parked before it for another CPU",
	Kernels: everyKernel,
	run: func(t *T) {
		const grace = 10 * time.Millisecond
		// All hogs get their turn before the watchdog sees one that does not.
		s := t.schedule(&silent{}, scx.RunOptions{Options: scx.Options{NoBuiltinIdle: true, Grace: grace, Slice: 5 * time.Millisecond}})
		hogs := t.load("hog", "--threads", "200", "--cpu", "0", "--seconds", "1000")
		s.awaitStats(time.Minute, "the hogs are parked", func(st scx.Stats) bool { return st.InFlight >= 190 })
		var report struct {
			P50 float64 `json:"latency_p50_us"`
			Max float64 `json:"latency_max_us"`
		}
		// Other loads on the host stretch time here; one quiet run of three will do.
		for try := 1; ; try++ {
			t.load("sleeper", "--cpu", "1", "--period-us", "50000", "--count", "40").report(time.Minute, &report)
			t.Logf("wake-ups: p50 %.0f µs, max %.0f µs", report.P50, report.Max)
			// Looks that do not see it come once a second.
			if report.P50 < float64((10 * grace).Microseconds()) {
				break
			}
			if try == 3 {
				t.Fatalf("three times, wake-ups on an idle CPU waited for what is parked for another one")
			}
		}
		hogs.kill()
		s.stop()
	},
})

// silent receives and never decides.
type silent struct{}

func (*silent) Enqueue([]scx.Task)          {}
func (*silent) Dispatch([]scx.Decision) int { return 0 }
