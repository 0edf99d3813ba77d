package main

import (
	"fmt"
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
)

// neighbour is a task of a higher class: the arguments of taskHigher.
type neighbour struct{ kind, busy, period string }

func (n neighbour) String() string { return fmt.Sprintf("%s %s of %s", n.kind, n.busy, n.period) }

// longest is the longest wait of ordinary tasks.
type longest struct{ sleeper, hog time.Duration }

// beside measures how long tasks that may run anywhere wait beside a task of a higher class.
func (t *T) beside(n neighbour) longest {
	// Longer than the second within which the kernel gives other classes their share.
	hogs := t.load("hog", "--threads", "3", "--seconds", "1.5")
	sleepers := t.load("sleeper", "--threads", "2", "--period-us", "10000", "--seconds", "1.5")
	higher := t.startCmd(t.taskCommand("higher", n.kind, n.busy, n.period))
	higher.await("it computes", func() bool { return strings.Contains(higher.out.String(), "ready") })
	got := longest{sleepers.latency("latency").max, microseconds(hogs.hogResults().GapMax)}
	higher.end()
	return got
}

// atMost fails if tasks beside n wait much longer than under the kernel's own scheduler. counts returns the scheduler's
// counters.
func (t *T) atMost(kernels longest, n neighbour, way string, counts func() scx.Stats) {
	const more = 100 * time.Millisecond
	t.quietRun(3, fmt.Sprintf("%v, %s: tasks that may run elsewhere waited long, or decisions came late", n, way), func() bool {
		before := counts()
		got := t.beside(n)
		st := counts().Sub(before)
		t.Logf("%v, %s: a sleeper waited %v at most (kernel's own scheduler %v), a hog %v (%v); dispatched %d, leased %d, rescued %d",
			n, way, got.sleeper, kernels.sleeper, got.hog, kernels.hog, st.Dispatched, st.LeaseUses, st.Rescued)
		t.expectState("enabled")
		flow := st.Queued == 0 || st.Dispatched > 2*st.Rescued
		return flow && got.sleeper < kernels.sleeper+more && got.hog < kernels.hog+more
	})
}

type wayToDecide struct {
	name string
	opts scx.Options
	new  func(*T) scx.Policy
}

func decidesAs(decision func(*scx.Task) scx.Decision) func(*T) scx.Policy {
	return func(*T) scx.Policy {
		return decideBy(func(_ *decideEach, task *scx.Task) scx.Decision {
			d := decision(task)
			d.VTime = uint64(monotonic())
			return d
		})
	}
}

// The two ways to a CPU: the kernel side picks an idle one, or the decision names one.
var (
	picks = wayToDecide{"idle CPUs by itself", scx.Options{}, decidesAs(func(task *scx.Task) scx.Decision { return task.Decide(scx.PickIdle) })}
	names = wayToDecide{"the task's CPU", parkAll, decidesAs(func(task *scx.Task) scx.Decision { return task.Decide(task.CPU) })}
)

// These make the kernel do the same as those.
var otherWays = []wayToDecide{
	{"PickIdle", parkAll, decidesAs(func(task *scx.Task) scx.Decision { return task.Decide(scx.PickIdle) })},
	{"AnyCPU", parkAll, decidesAs(func(task *scx.Task) scx.Decision { return task.Decide(scx.AnyCPU) })},
	{"Preempt", parkAll, decidesAs(func(task *scx.Task) scx.Decision {
		d := task.Decide(task.CPU)
		if task.Woke() {
			d.Flags = scx.Preempt
		}
		return d
	})},
	{"PreemptLater", parkAll, decidesAs(func(task *scx.Task) scx.Decision {
		d := task.Decide(scx.PickIdle)
		d.Flags = scx.PreemptLater
		return d
	})},
	{"leases", parkAll, func(t *T) scx.Policy { return t.vruntime(policy.VRuntimeOptions{Lease: scx.LeaseMax}) }},
}

func (t *T) decidesBeside(kernels longest, n neighbour, way wayToDecide) {
	// Short, so that a long wait means that a task was stranded, not that the queue was long.
	way.opts.Slice = 5 * time.Millisecond
	s := t.schedule(way.new(t), way.opts)
	t.atMost(kernels, n, way.name, s.stats)
	s.stop()
}

// The neighbours. The first one takes its CPU for longer than a measurement, but not than the watchdog waits: before Linux
// 7.0 nothing can help a task that it preempts in a BPF program.
var (
	hogFIFO      = neighbour{"fifo", "2s", "2.1s"}
	oftenFIFO    = neighbour{"fifo", "1ms", "2ms"}
	wakingFIFO   = neighbour{"fifo-wakes", "2s", "2.1s"}
	someDeadline = neighbour{"deadline", "80ms", "100ms"}
)

var _ = register(Scenario{
	Name: "higher_fifo", Kernels: everyKernel,
	Doc: "a SCHED_FIFO task computes on one CPU for 2 s on end: what may run elsewhere does, in kernel mode too, and decisions go on",
	run: func(t *T) {
		kernels := t.beside(hogFIFO)
		t.decidesBeside(kernels, hogFIFO, picks)
		t.decidesBeside(kernels, hogFIFO, names)
		s, _ := t.kernelMode(5 * time.Millisecond)
		t.atMost(kernels, hogFIFO, "kernel mode", func() scx.Stats { return t.statsOf(s) })
	},
})

var _ = register(Scenario{
	Name: "higher_fifo_ways",
	Doc:  "the same in all the other ways to decide: each kind of CPU, preemption, leases",
	run: func(t *T) {
		kernels := t.beside(hogFIFO)
		for _, way := range otherWays {
			t.decidesBeside(kernels, hogFIFO, way)
		}
	},
})

var _ = register(Scenario{
	Name: "higher_others", Kernels: bothEnds,
	Doc: "the same beside a SCHED_FIFO task every 2 ms, one that wakes an ordinary task first, one that nothing throttles, and SCHED_DEADLINE",
	run: func(t *T) {
		for _, n := range []neighbour{oftenFIFO, wakingFIFO, someDeadline} {
			t.decidesBeside(t.beside(n), n, picks)
		}
		// Let real-time tasks run all the time.
		const runtime = "/proc/sys/kernel/sched_rt_runtime_us"
		before := t.read(runtime)
		t.Cleanup(func() { t.write(runtime, before) })
		t.write(runtime, "-1")
		t.decidesBeside(t.beside(hogFIFO), hogFIFO, picks)
	},
})

var _ = register(Scenario{
	Name: "higher_others_named",
	Doc:  "the same beside a SCHED_FIFO task every 2 ms and SCHED_DEADLINE, for decisions that name the task's CPU",
	run: func(t *T) {
		for _, n := range []neighbour{oftenFIFO, someDeadline} {
			t.decidesBeside(t.beside(n), n, names)
		}
	},
})
