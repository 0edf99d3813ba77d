package scxtest

import (
	"fmt"
	"math"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

const (
	// TickExact as Config.Tick: a slice ends when it is used up, not at a tick.
	TickExact time.Duration = -1
	// NoCost as Config.Switch or one of Agent's times: no time at all.
	NoCost time.Duration = -1
)

// Config describes a machine, the scheduler's options, and the checks. The zero
// value is a machine of one CPU with all defaults.
type Config struct {
	// CPUs is how many CPUs there are, 1 to 4096. Default 1.
	CPUs int
	// ThreadsPerCore is how many CPUs with consecutive ids share a core. It
	// must divide CPUs. Default 1.
	ThreadsPerCore int
	// CPUsPerLLC is how many CPUs, likewise, share a last-level cache. Each cache is a domain,
	// where tasks stay if they can; but see Options.OneDomain and [Machine.SetDomains].
	// It must be a multiple of ThreadsPerCore. Default: all.
	CPUsPerLLC int
	// LLCsPerNode is how many last-level caches, likewise, are in a NUMA node. Tasks that leave
	// a domain stay in the node if they can. Default: all.
	LLCsPerNode int
	// ColdCache is what a move to another last-level cache costs: the task runs there for that
	// long before it makes progress. It is a part of its CPU time, and paid again at each move.
	// Real ones cost some µs to some 100 µs, as much as it takes to fetch the task's data.
	// The agent pays nothing. Default: none.
	ColdCache time.Duration
	// Seed is the seed of all workloads' random numbers. Each task has a stream
	// of its own, from the seed, its workload's name and its number there: what
	// a task does depends neither on the policy nor on other workloads.
	Seed uint64
	// Tick is the period of the scheduler tick: a slice ends at the first
	// tick at which it is used up. Default 4 ms, as in a kernel with 250 Hz;
	// [TickExact] is no tick.
	Tick time.Duration
	// Switch is the time from when a CPU picks a task until that task runs. It
	// matters mostly together with Tick: a task that starts just after a tick
	// has, at the next one, not quite used up a slice of one tick, and so runs
	// until the tick after that. Default 1 µs; [NoCost] is none.
	Switch time.Duration

	// Groups are the cgroups of the machine at the start, besides the root.
	Groups []Group
	// Changes are changes of the cgroups, in any order.
	Changes []Change
	// ShareInterval is how often at most the effective weights of groups are computed anew.
	// Default 10 ms.
	ShareInterval time.Duration

	// Options are the scheduler's, as Run takes them, with the same defaults
	// and ranges. Name, DecisionsBytes, ExitDumpBytes, DirectSync, KernelMode, Partial,
	// LockMemory, Pin and Debug change nothing here.
	Options scxbridge.Options
	// Batch is RunOptions.Batch: the most records, and the most decisions,
	// per call. Default 512.
	Batch int
	// Agent says how long the policy's program takes.
	Agent Agent

	// Unchecked are the checks that are left out.
	Unchecked Check
	// IdleBound is for [CheckIdle]: how long a CPU may be idle while a task that
	// may run there waits. Default twice the grace, but at least 2 ms: the rescue
	// of a task whose decision is late takes up to one and a half graces.
	IdleBound time.Duration
	// WaitBound is for [CheckStarved]: how long a task may wait for a CPU.
	// Default half of Options.Timeout or half of the simulated time, whichever
	// is less.
	WaitBound time.Duration
	// FairBound, if not 0, turns on [CheckFair]: it is how much a task's CPU
	// time may differ from its fair share, as a fraction of that share.
	FairBound float64

	// Trace, if not nil, is called for each event, in order. See [Recorder].
	Trace func(Event)
}

// Agent is what the policy's program costs. It is a thread on the simulated machine: if it
// waits when a record comes, it runs at once, on an idle CPU or else on the CPU that sent the
// record (if that is in another domain, on the one where it last ran), where it preempts the
// running task. That task then returns to its place in the queue, so each round is a chance for a
// task that comes earlier in order.
//
// A time of 0 is the default, [NoCost] is none. The defaults are about what a
// fast machine takes, without the policy's own computation.
type Agent struct {
	// Wakeup is the time from when the woken agent has a CPU to its round. Default 5 µs.
	Wakeup time.Duration
	// Round is the fixed cost of a round. Default 1 µs.
	Round time.Duration
	// Decision is the cost of each decision of a round. Default 100 ns.
	Decision time.Duration
	// Apart gives the agent a CPU of its own, besides the simulated ones.
	Apart bool
	// Stalls are periods in which the agent does nothing, as if it was stopped
	// by a signal or a page fault.
	Stalls []Stall
}

// Stall is a period in which the agent does nothing.
type Stall struct {
	// At is when it begins, from the start of the simulation.
	At time.Duration
	// For is how long it lasts.
	For time.Duration
}

// Limits of a machine: a greater number is probably a mistake.
const (
	maxCPUs  = 4096
	maxTasks = 10_000_000
	maxBatch = 1 << 20
)

// withDefaults fills in all defaults and checks the ranges.
func (c Config) withDefaults() (Config, error) {
	setDefault(&c.CPUs, 1)
	setDefault(&c.ThreadsPerCore, 1)
	setDefault(&c.CPUsPerLLC, c.CPUs)
	setDefault(&c.LLCsPerNode, maxCPUs)
	setDefault(&c.Tick, 4*time.Millisecond)
	setDefault(&c.Switch, time.Microsecond)
	setDefault(&c.ShareInterval, sharesPeriod)
	setDefault(&c.Batch, 512)
	setDefault(&c.Agent.Wakeup, 5*time.Microsecond)
	setDefault(&c.Agent.Round, time.Microsecond)
	setDefault(&c.Agent.Decision, 100*time.Nanosecond)
	switch {
	case c.CPUs < 1 || c.CPUs > maxCPUs:
		return c, invalid("CPUs", c.CPUs, fmt.Sprintf("1 to %d", maxCPUs))
	case c.ThreadsPerCore < 1 || c.CPUs%c.ThreadsPerCore != 0:
		return c, invalid("ThreadsPerCore", c.ThreadsPerCore, fmt.Sprintf("a divisor of %d CPUs", c.CPUs))
	case c.CPUsPerLLC < 1 || c.CPUsPerLLC%c.ThreadsPerCore != 0:
		return c, invalid("CPUsPerLLC", c.CPUsPerLLC, fmt.Sprintf("a multiple of %d threads per core", c.ThreadsPerCore))
	case c.LLCsPerNode < 1:
		return c, invalid("LLCsPerNode", c.LLCsPerNode, "positive")
	case c.ColdCache < 0:
		return c, invalid("ColdCache", c.ColdCache, "positive")
	case c.Tick < 0 && c.Tick != TickExact:
		return c, invalid("Tick", c.Tick, "positive, or TickExact")
	case c.ShareInterval < 0:
		return c, invalid("ShareInterval", c.ShareInterval, "positive")
	case c.Batch < 1 || c.Batch > maxBatch:
		return c, invalid("Batch", c.Batch, fmt.Sprintf("1 to %d", maxBatch))
	case c.Unchecked&^checkAll != 0:
		return c, invalid("Unchecked", uint(c.Unchecked), "a sum of Check bits")
	case c.IdleBound < 0:
		return c, invalid("IdleBound", c.IdleBound, "positive")
	case c.WaitBound < 0:
		return c, invalid("WaitBound", c.WaitBound, "positive")
	case c.FairBound < 0 || math.IsNaN(c.FairBound) || math.IsInf(c.FairBound, 0):
		return c, invalid("FairBound", c.FairBound, "a fraction of at least 0")
	}
	if c.Switch == NoCost {
		c.Switch = 0
	} else if c.Switch < 0 {
		return c, invalid("Switch", c.Switch, "positive, or NoCost")
	}
	for _, t := range []*time.Duration{&c.Agent.Wakeup, &c.Agent.Round, &c.Agent.Decision} {
		if *t == NoCost {
			*t = 0
		} else if *t < 0 {
			return c, invalid("Agent", *t, "positive, or NoCost")
		}
	}
	for _, s := range c.Agent.Stalls {
		if s.At < 0 || s.For < 0 {
			return c, invalid("Agent.Stalls", s, "positive times")
		}
	}
	var err error
	if err = c.checkGroups(); err != nil {
		return c, err
	}
	if c.Options, err = optionsWithDefaults(c.Options); err != nil {
		return c, err
	}
	if c.IdleBound == 0 {
		c.IdleBound = max(2*c.Options.Grace, 2*time.Millisecond)
	}
	return c, nil
}

// optionsWithDefaults does the same for the options, as Open does. GraceImmediate becomes 0.
func optionsWithDefaults(o scxbridge.Options) (scxbridge.Options, error) {
	o, err := o.WithDefaults()
	if err != nil {
		return o, fmt.Errorf("scxtest: config: Options: %w", err)
	}
	if o.Grace == scxbridge.GraceImmediate {
		o.Grace = 0
	}
	return o, nil
}

func setDefault[T comparable](v *T, d T) {
	var zero T
	if *v == zero {
		*v = d
	}
}

func invalid(field string, value any, want string) error {
	return fmt.Errorf("scxtest: config: %s is %v: it must be %s", field, value, want)
}
