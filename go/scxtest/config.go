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
	// NoCost as Config.Switch or one of Agent's times: it takes no time.
	NoCost time.Duration = -1
)

// Config describes a machine, the scheduler's options, and what is checked. The
// zero value is a machine of one CPU with all defaults.
type Config struct {
	// CPUs is how many CPUs there are, 1 to 4096. Default 1.
	CPUs int
	// ThreadsPerCore is how many CPUs share a core: those with ids from
	// a multiple of it on. It must divide CPUs. Default 1.
	ThreadsPerCore int
	// CPUsPerLLC is how many CPUs share a last-level cache, likewise: the
	// built-in idle choice stays there if it can. Default: all.
	CPUsPerLLC int
	// Seed begins the random numbers of all workloads. Each task has a stream of
	// its own, from the seed, its workload's name and its number there: what
	// a task does depends neither on the policy nor on other workloads.
	Seed uint64
	// Tick is the time between two ticks of the machine's clock: a slice
	// ends at the first tick at which it is used up. Default 4 ms, as with a
	// kernel of 250 Hz; [TickExact] is no tick.
	Tick time.Duration
	// Switch is the time from when a CPU chooses a task until that runs. It
	// matters less by itself than together with Tick: a task that was
	// switched to after a tick has not quite used up a slice of the length of a tick at the
	// next one, and so runs to the one after. Default 1 µs; [NoCost] is none.
	Switch time.Duration

	// Options are the scheduler's, as Run takes them, with the same defaults
	// and ranges. Name, DecisionsBytes, ExitDumpBytes, DirectSync, KernelMode, Partial,
	// LockMemory, Pin and Debug change nothing here.
	Options scxbridge.Options
	// Batch is RunOptions.Batch: the most records, and the most decisions,
	// at a time. Default 512.
	Batch int
	// Agent says how long the program takes that runs the policy.
	Agent Agent

	// Unchecked are the checks that are left out.
	Unchecked Check
	// IdleBound is for [CheckIdle]: how long a CPU may be idle while a task that
	// may run there waits. Default twice the grace, and 2 ms at least: the
	// rescue of a task whose decision is late takes up to one and a half.
	IdleBound time.Duration
	// WaitBound is for [CheckStarved]: how long a task may wait for a CPU.
	// Default half of Options.Timeout or half of the time simulated, whichever
	// is less.
	WaitBound time.Duration
	// FairBound, if not 0, turns [CheckFair] on: by how much the CPU time of
	// a task may differ from its fair share, as a fraction of that share.
	FairBound float64

	// Trace, if not nil, is called for each event, in order. See [Recorder].
	Trace func(Event)
}

// Agent is what the program costs that runs the policy. It is a thread on the simulated
// machine: when records come and it waits, it runs at once, on an idle CPU or, if there
// is none, on the one that sent the record, whose task is preempted. That one goes back to
// its place then, so each of the rounds is a chance for a task that comes earlier.
//
// A time of 0 is the default, [NoCost] is none. The defaults are about what a
// fast machine takes, without a policy's own thinking.
type Agent struct {
	// Wakeup is the time from when it was woken, and has a CPU, to its round. Default 5 µs.
	Wakeup time.Duration
	// Round is the time that a round takes, however small. Default 1 µs.
	Round time.Duration
	// Decision is the time for each decision of a round. Default 100 ns.
	Decision time.Duration
	// Apart gives it a CPU of its own, which is none of the simulated ones.
	Apart bool
	// Stalls are times at which the agent does nothing, as if it was stopped
	// by a signal or a page fault.
	Stalls []Stall
}

// Stall is a time at which the agent stands still.
type Stall struct {
	// At is when it begins, from the start of the simulation.
	At time.Duration
	// For is how long it lasts.
	For time.Duration
}

// What a machine may have: beyond that, numbers are likelier a mistake.
const (
	maxCPUs  = 4096
	maxTasks = 10_000_000
	maxBatch = 1 << 20
)

// withDefaults spells all defaults out and checks the ranges.
func (c Config) withDefaults() (Config, error) {
	setDefault(&c.CPUs, 1)
	setDefault(&c.ThreadsPerCore, 1)
	setDefault(&c.CPUsPerLLC, c.CPUs)
	setDefault(&c.Tick, 4*time.Millisecond)
	setDefault(&c.Switch, time.Microsecond)
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
	case c.Tick < 0 && c.Tick != TickExact:
		return c, invalid("Tick", c.Tick, "positive, or TickExact")
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
	if c.Options, err = optionsWithDefaults(c.Options); err != nil {
		return c, err
	}
	if c.IdleBound == 0 {
		c.IdleBound = max(2*c.Options.Grace, 2*time.Millisecond)
	}
	return c, nil
}

// optionsWithDefaults does what Open does. GraceImmediate becomes 0.
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
