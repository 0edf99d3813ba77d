package main

import (
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"golang.org/x/sys/unix"
)

// inOrder runs hogs in the order in which they come, with VTimes in ns and slices of 100 ms, and
// puts sleepers before or behind them.
type inOrder struct {
	decideEach
	sleepers atomic.Pointer[sleepersTurn] // may change at any time

	bound sync.Once
	tid   int32 // the round thread
}

// sleepersTurn is what decides when and where sleepers run.
type sleepersTurn struct {
	flags uint64
	cpu   int32
	ahead time.Duration // compared with hogs that come now
	lease uint32
}

func newInOrder(t *T, sleepers sleepersTurn) *inOrder {
	p := &inOrder{}
	p.sleepers.Store(&sleepers)
	p.decide = func(task *scx.Task) scx.Decision {
		// The round thread on CPU 1, the sleepers on CPU 0: so no sleeper runs next on the agent's CPU.
		p.bound.Do(func() {
			p.tid = int32(unix.Gettid())
			t.bind(p.tid, 1)
		})
		d := task.Decide(scx.PickIdle)
		d.VTime = uint64(monotonic())
		d.SliceNS = uint64(100 * time.Millisecond)
		if strings.HasPrefix(task.Name(), "sleeper") {
			turn := p.sleepers.Load()
			d.CPU, d.Flags, d.LeaseCount = turn.cpu, turn.flags, turn.lease
			d.VTime -= uint64(turn.ahead)
		}
		return d
	}
	return p
}

// under runs f under the policy and hogs on all CPUs.
func (p *inOrder) under(t *T, f func(*session)) scx.Stats {
	s := t.schedule(p, parkLong)
	hogs := s.underMoreHogs(2)
	f(s)
	hogs.end()
	st := s.stop()
	t.bind(p.tid, t.onlineCPUs()...) // Go reuses the thread
	return st
}

var _ = register(Scenario{
	Name: "preempt_later", Shapes: []Shape{smt},
	Doc: "with PreemptLater a task preempts just what comes after it in order, by its decision and by its lease",
	run: func(t *T) {
		p := newInOrder(t, sleepersTurn{})
		p.under(t, func(s *session) {
			for _, c := range []struct {
				turn     sleepersTurn
				wakeups  int
				preempts bool
			}{
				{sleepersTurn{scx.PreemptLater, scx.PickIdle, time.Second, 0}, 20, true},
				{sleepersTurn{scx.PreemptLater, 0, time.Second, 0}, 20, true},
				{sleepersTurn{scx.PreemptLater, scx.PickIdle, -500 * time.Millisecond, 0}, 4, false},
				{sleepersTurn{0, scx.PickIdle, time.Second, 0}, 6, false},
				{sleepersTurn{scx.PreemptLater, scx.PickIdle, time.Second, 1000}, 20, true},
				// Under a lease its VTime stays so far behind that it must starve before each turn.
				{sleepersTurn{scx.PreemptLater, scx.AnyCPU, -time.Hour, 1000}, 2, false},
			} {
				p.sleepers.Store(&c.turn)
				st := s.during(func() { t.sleeper("--period-us", "20000", "--count", fmt.Sprint(c.wakeups), "--cpu", "0") })
				what := fmt.Sprintf("flags %d, CPU %d, %v ahead, lease of %d", c.turn.flags, c.turn.cpu, c.turn.ahead, c.turn.lease)
				t.Logf("%s: %d preempted, %d by lease in all", what, st.Preempts, st.LeaseUses)
				t.ErrorIf((st.Preempts > 0) != c.preempts, "%s: %d preempted", what, st.Preempts)
				// Wake-ups under the lease preempt as well.
				t.ErrorIf(c.preempts && c.turn.lease > 0 && st.Preempts < uint64(c.wakeups)/2,
					"under a lease, %d of %d wake-ups preempted", st.Preempts, c.wakeups)
			}
		})
	},
})

var _ = register(Scenario{
	Name: "preempt_later_nobody",
	Doc:  "PreemptLater compares with what runs on the CPU: not with what ran there last, nor with a task on another CPU",
	run: func(t *T) {
		const wakeups = 200
		p := newInOrder(t, sleepersTurn{scx.PreemptLater, 0, -time.Hour, 10000})
		s := t.schedule(p, parkLong)
		sleeper := func(what string) {
			st := s.during(func() { t.sleeper("--period-us", "5000", "--count", fmt.Sprint(wakeups), "--cpu", "0") })
			t.Logf("%s: %d preempted", what, st.Preempts)
			t.ErrorIf(st.Preempts > wakeups/20, "%s: %d of %d wake-ups preempted", what, st.Preempts, wakeups)
		}
		sleeper("alone on its CPU")

		// A thread of the agent on CPU 0 changes the nice value of a hog on CPU 1, time and again. That
		// makes the hog stop and run again, as told on CPU 0.
		hog := t.hogsOn(1, 1).hogThreads(1)[0]
		p.sleepers.Store(&sleepersTurn{scx.PreemptLater, 0, time.Hour, 10000})
		end, ended := make(chan struct{}), make(chan error, 1)
		go func() { ended <- keepRenicing(hog, end) }()
		sleeper("beside a thread without a place in the order")
		close(end)
		t.Check(<-ended, "renice the hog")
		s.stop()
	},
})

// keepRenicing changes the nice value of a thread from CPU 0, busy with that half of the time, until end is closed.
func keepRenicing(tid int32, end <-chan struct{}) error {
	runtime.LockOSThread() // and never unlocked: the thread ends with its goroutine, and so does its binding
	var first unix.CPUSet
	first.Set(0)
	if err := unix.SchedSetaffinity(0, &first); err != nil {
		return err
	}
	tick := time.NewTicker(4 * time.Millisecond)
	defer tick.Stop()
	for nice := 0; ; {
		select {
		case <-end:
			return nil
		case began := <-tick.C:
			for time.Since(began) < 2*time.Millisecond {
				nice = 1 - nice
				if err := unix.Setpriority(unix.PRIO_PROCESS, int(tid), nice); err != nil {
					return err
				}
			}
		}
	}
}

var _ = register(Scenario{
	Name: "lease_prefers_idle", Shapes: []Shape{smt},
	Doc: "a lease with Preempt takes an idle CPU where there is one, and preempts nobody then",
	run: func(t *T) {
		p := newLessor(0, 50)
		inner := p.decide
		p.decide = func(task *scx.Task) scx.Decision {
			d := inner(task)
			if strings.HasPrefix(task.Name(), "sleeper") {
				d.CPU, d.Flags = scx.AnyCPU, scx.Preempt
			}
			return d
		}
		s := t.schedule(p, parkLong)
		t.hogsOn(0, 1)
		st := s.during(func() { t.sleeper("--period-us", "5000", "--count", "200") })
		s.stop()
		t.Logf("%d wake-ups by lease, %d preempted", st.LeaseUses, st.Preempts)
		// CPU 1 may be busy now and then.
		t.ErrorIf(st.LeaseUses < 100 || st.Preempts > st.LeaseUses/4,
			"%d wake-ups by lease, of which %d preempted", st.LeaseUses, st.Preempts)
	},
})

var _ = register(Scenario{
	Name: "resumed", Kernels: bothEnds, Shapes: []Shape{smt},
	Doc: "a task that gives way to the agent goes back to its place for the rest of its slice, without a record",
	run: func(t *T) {
		const wakeups = 50
		var st scx.Stats
		newInOrder(t, sleepersTurn{ahead: time.Second}).under(t, func(s *session) {
			st = s.during(func() { t.sleeper("--period-us", "10000", "--count", fmt.Sprint(wakeups), "--cpu", "0") })
		})
		t.Logf("%d records, agent woken %d times, %d resumed", st.Queued, st.AgentWakeups, st.Resumed)
		t.ErrorIf(st.Resumed < wakeups/2, "%d resumed, for %d wake-ups of the agent", st.Resumed, st.AgentWakeups)
	},
})

var _ = register(Scenario{
	Name: "sync_waker",
	Doc:  "the agent does not preempt a waker that is about to sleep; one that lies has to give way soon",
	run: func(t *T) {
		const slice = 100 * time.Millisecond
		p := decideBy(func(_ *decideEach, task *scx.Task) scx.Decision {
			d := task.Decide(scx.PickIdle)
			d.VTime, d.SliceNS = uint64(monotonic()), uint64(slice)
			if task.Name() == "scxload" && task.Woke() {
				d.VTime -= uint64(time.Hour) // liar and believer, once they wait
			}
			return d
		})
		s := t.schedule(p, parkLong)
		s.underHogs(2)
		timers := s.during(func() { t.sleeper("--period-us", "5000", "--count", "100") })
		pipes := s.during(func() { t.load("pingpong", "--pairs", "1", "--count", "300").succeed(loadLimit) })
		t.Logf("spared: %d of %d wake-ups of the agent with sleepers, %d of %d with pipes",
			timers.SyncSpared, timers.AgentWakeups, pipes.SyncSpared, pipes.AgentWakeups)
		t.ErrorIf(pipes.SyncSpared < 30 || timers.SyncSpared > pipes.SyncSpared/3,
			"spared: %d with sleepers, %d with pipes", timers.SyncSpared, pipes.SyncSpared)

		t.quietRun(3, "who a liar woke waited for the end of its slice, or no liar was spared", func() bool {
			var waited latency
			st := s.during(func() { waited = t.load("liar", "--spin-us", "300000", "--count", "7").latency("latency") })
			t.Logf("liar: %d spared, who it woke waited %v", st.SyncSpared, waited)
			return st.SyncSpared > 0 && waited.p50 < slice/2
		})
	},
})
