package main

import (
	"sync/atomic"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// sleepy is first come, first served, until told to be late.
type sleepy struct {
	*decideEach
	nap atomic.Int64 // ns
}

func newSleepy() *sleepy { return &sleepy{decideEach: newFirstCome()} }

func (p *sleepy) Enqueue(tasks []scx.Task) {
	time.Sleep(time.Duration(p.nap.Swap(0)))
	p.decideEach.Enqueue(tasks)
}

var _ = register(Scenario{
	Name: "late_agent",
	Doc:  "a policy that sleeps longer than the watchdog: BPF runs its tasks, decisions go on afterwards",
	run: func(t *T) {
		p := newSleepy()
		s := t.schedule(p, parkAll)
		t.hogs(4)
		s.awaitDispatched(100, "decisions flow")
		before := s.stats()
		p.nap.Store(int64(7 * time.Second))
		// New tasks too must run while the agent sleeps.
		t.forks(2, 10)
		s.awaitStats("parked tasks are rescued", func(st scx.Stats) bool { return st.Rescued > before.Rescued+100 })
		s.awaitStats("decisions flow again", func(st scx.Stats) bool { return st.Dispatched > before.Dispatched+200 })
		t.ErrorIf(s.stats().LateEpisodes == before.LateEpisodes, "falling behind was not counted")
	},
})

var _ = register(Scenario{
	Name: "no_decisions",
	Doc:  "under a policy that never decides, hogs share the CPUs fairly and wait little more than a slice for each other",
	run: func(t *T) {
		s := t.schedule(&silent{}, scx.Options{
			NoBuiltinIdle: true, Grace: time.Millisecond, Slice: 4 * time.Millisecond})
		t.quietRun(3, "late rescues or unequal shares", func() bool {
			before, began := s.stats(), time.Now()
			least, most := t.load("hog", "--threads", "6", "--seconds", "4").hogResults().cpu()
			rescues := float64(s.stats().Sub(before).Rescued) / time.Since(began).Seconds()
			t.Logf("%.0f rescues/s; CPU time of the hogs %v to %v", rescues, least, most)
			// A rescue at the end of each slice, on both CPUs, makes 500/s. If only
			// overdue tasks were rescued, at most one every 10 ms, it would be 100/s.
			return rescues > 180 && most < 2*least
		})
		if st := s.stats(); st.Dispatched != 0 {
			t.Errorf("dispatched %d without any decision", st.Dispatched)
		}
	},
})

var _ = register(Scenario{
	Name: "idle_machine_rescue", Shapes: []Shape{spare},
	Doc: "a parked task is rescued within its grace also where all CPUs are idle and no one dispatches",
	run: func(t *T) {
		// The machine is idle except for one sleeper, and decisions never come.
		s := t.schedule(&silent{}, scx.Options{NoBuiltinIdle: true, Grace: 5 * time.Millisecond})
		t.quietRun(3, "wake-ups on an idle machine took long", func() bool {
			var waited latency
			st := s.during(func() { waited = t.sleeper("--period-us", "50000", "--count", "60") })
			t.Logf("wake-ups: %v", waited)
			t.ErrorIf(st.Rescued < 60 || st.Dispatched != 0,
				"rescued %d, dispatched %d without any decision", st.Rescued, st.Dispatched)
			// Grace and timer add up to 7.5 ms; other activity on the machine is rarer.
			return waited.p50 < 20*time.Millisecond
		})
	},
})

var _ = register(Scenario{
	Name: "deep_in_park",
	Doc:  "a parked task for an idle CPU is rescued within about its grace, however many are parked before it for another CPU",
	run: func(t *T) {
		const grace = 10 * time.Millisecond
		// With this slice, all hogs get their turn before the watchdog's timeout.
		s := t.schedule(&silent{}, scx.Options{NoBuiltinIdle: true, Grace: grace, Slice: 5 * time.Millisecond})
		t.hogsOn(0, 200)
		s.awaitStats("the hogs are parked", func(st scx.Stats) bool { return st.InFlight >= 190 })
		t.quietRun(3, "wake-ups on an idle CPU waited for what is parked for another one", func() bool {
			waited := t.sleeper("--cpu", "1", "--period-us", "50000", "--count", "40")
			t.Logf("wake-ups: %v", waited)
			// Otherwise only the scan of whole queues would find it, once a second.
			return waited.p50 < 10*grace
		})
	},
})

// selective decides for one task only.
type selective struct {
	*decideEach
	tid atomic.Int32
}

func (p *selective) Enqueue(tasks []scx.Task) {
	for i := range tasks {
		if tasks[i].PID == p.tid.Load() {
			p.decideEach.Enqueue(tasks[i : i+1])
		}
	}
}

// With so many hogs on a CPU, each of them waits long enough to be overdue, all the time.
const manyHogs = 96

// Whatever a task waits for, it must not take much longer than half of the watchdog's time.
func (t *T) waitsHalfTheWatchdogsTime(tid int32, timeout time.Duration, times int) {
	for range times {
		used, began := t.threadTime(tid), time.Now()
		t.Await(time.Minute, "it runs beside the others", func() bool { return t.threadTime(tid) > used })
		waited := time.Since(began)
		t.Logf("it waited %v", waited)
		t.ErrorIf(waited > timeout*3/4, "a task waited %v, where the watchdog's time is %v", waited, timeout)
	}
}

var _ = register(Scenario{
	Name: "overdue_crowd",
	Doc:  "beside many hogs without decisions, a decided task, and one that comes from a CPU that it had alone, wait half of the watchdog's time at most",
	run: func(t *T) {
		const timeout = 5 * time.Second
		p := &selective{decideEach: newFirstCome()}
		s := t.schedule(p, scx.Options{NoBuiltinIdle: true, Grace: time.Millisecond, Timeout: timeout})
		t.hogsOn(0, manyHogs)
		_, hogs := t.hogThreads(1)
		hog := hogs[0]
		t.bind(hog, 1)
		used := t.threadTime(hog)
		// In the fair order it is a second ahead of the others then.
		t.Await(time.Minute, "a hog has had a CPU alone", func() bool { return t.threadTime(hog) > used+2*time.Second })
		t.bind(hog, 0)
		t.waitsHalfTheWatchdogsTime(hog, timeout, 2)

		p.tid.Store(hog)
		before := s.stats().Dispatched
		t.waitsHalfTheWatchdogsTime(hog, timeout, 3)
		t.ErrorIf(s.stats().Dispatched == before, "no decision was carried out")
	},
})

// silent receives and never decides.
type silent struct{}

func (*silent) Enqueue([]scx.Task)          {}
func (*silent) Dispatch([]scx.Decision) int { return 0 }
