package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
)

// gcUnset leaves the garbage collector as the environment (GOGC) says.
const gcUnset = math.MinInt

// defaultMonitorSlack is a tick, where a second has 250.
const defaultMonitorSlack = 4 * time.Millisecond

// config is what the command line says.
type config struct {
	options      scxbridge.Options
	policy       string
	slice        time.Duration
	sliceMin     time.Duration
	batch        int
	stats        time.Duration
	statsFormat  string
	gcPercent    int
	adopt        bool
	detach       bool
	lease        time.Duration
	monitorSlack time.Duration
	verbose      bool
	version      bool
}

const usage = `scx_goland schedules this machine with a policy written in Go, until SIGINT or
SIGTERM. It needs root and a kernel with sched_ext.

Usage: scx_goland [options]

Options:
`

const usageExit = `
Exit codes: 0 asked to end, 1 error, 2 wrong usage, 3 ejected by the kernel.
`

// parse reads the command line. It writes to w only the help that was asked for.
func parse(args []string, w io.Writer, defaults scxbridge.Options) (*config, error) {
	c := &config{options: defaults}
	o := &c.options
	if o.Grace == scxbridge.GraceImmediate {
		o.Grace = 0
	}
	var seconds float64
	fs := flag.NewFlagSet("scx_goland", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // the caller reports errors

	fs.StringVar(&c.policy, "policy", "vruntime", "how to order tasks: `fifo|vruntime`")
	fs.DurationVar(&c.slice, "slice", 20*time.Millisecond, "how long a task runs at a stretch when no other waits")
	fs.DurationVar(&c.sliceMin, "slice-min", time.Millisecond, "shortest slice, however many wait (vruntime)")
	fs.IntVar(&c.batch, "batch", 512, "most tasks in a round")

	fs.DurationVar(&c.lease, "lease", 20*time.Millisecond, "how long the kernel side repeats decisions by itself; 0: never (vruntime)")

	fs.StringVar(&o.Name, "name", "goland", "scheduler's name")
	fs.DurationVar(&o.Timeout, "timeout", o.Timeout, "kernel's watchdog for tasks that don't run")
	fs.DurationVar(&o.Grace, "grace", o.Grace, "how long a task waits for its decision; 0: not at all")
	fs.DurationVar(&o.Slice, "slice-kernel", o.Slice, "slice where the kernel side decides alone")
	fs.DurationVar(&o.SliceMax, "slice-max", o.SliceMax, "longest slice that a decision may give")
	fs.IntVar(&o.QueuedBytes, "queued-bytes", o.QueuedBytes, "size of the ring of records, a power of two")
	fs.IntVar(&o.DecisionsBytes, "decisions-bytes", o.DecisionsBytes, "size of the ring of decisions, a power of two")
	fs.IntVar(&o.ExitDumpBytes, "exit-dump-bytes", o.ExitDumpBytes, "room for the debug dump after an error")
	fs.BoolVar(&o.Partial, "partial", o.Partial, "schedule only tasks of policy SCHED_EXT")
	fs.BoolVar(&o.NoBuiltinIdle, "no-builtin-idle", o.NoBuiltinIdle, "ask the policy also for tasks that wake up to an idle CPU")
	fs.BoolVar(&o.DirectBound, "direct-bound", o.DirectBound, "the kernel side alone schedules tasks that may run on one CPU only")
	fs.BoolVar(&o.DirectSync, "direct-sync", o.DirectSync, "a task whose waker is about to sleep runs next on that CPU, without the policy")
	fs.DurationVar(&o.BatchWindow, "batch-window", o.BatchWindow, "how long to sleep on while all CPUs are busy, to decide about more at once")
	fs.DurationVar(&c.monitorSlack, "monitor-slack", defaultMonitorSlack, "timer slack of Go's monitor thread, sysmon; 0: leave it")
	fs.BoolVar(&o.LockMemory, "lock-memory", o.LockMemory, "lock the rings in memory")
	fs.BoolVar(&o.Pin, "pin", o.Pin, "pin the scheduler in bpffs: it goes on without this program, until --adopt or --detach")
	fs.BoolVar(&c.adopt, "adopt", false, "take over the pinned scheduler of this name")
	fs.BoolVar(&c.detach, "detach", false, "detach the pinned scheduler of this name, and end")
	fs.BoolVar(&o.Debug, "debug", o.Debug, "libbpf's debug messages, to standard error")

	fs.Float64Var(&seconds, "stats", 0, "print statistics every so many `seconds`; 0: never")
	fs.StringVar(&c.statsFormat, "stats-format", "table", "`table|json`")
	fs.IntVar(&c.gcPercent, "gc-percent", gcUnset, "Go's GC target `percentage`, -1: off (default: the environment's GOGC)")
	fs.BoolVar(&c.verbose, "verbose", false, "say more, and print the debug dump if ejected")
	fs.BoolVar(&c.version, "version", false, "print the versions and exit")

	if err := fs.Parse(args); err != nil {
		if err == flag.ErrHelp {
			help(fs, w)
		}
		return nil, err
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	switch {
	case c.statsFormat != "table" && c.statsFormat != "json":
		return nil, fmt.Errorf("--stats-format is table or json, not %q", c.statsFormat)
	case !(seconds == 0 || seconds >= 0.01 && seconds <= 86400):
		return nil, fmt.Errorf("--stats is 0.01 to 86400 seconds, or 0, not %v", seconds)
	case c.adopt && c.detach:
		return nil, errors.New("--adopt and --detach exclude each other")
	case c.batch < 1 || c.batch > 1<<16:
		return nil, fmt.Errorf("--batch is 1 to %d, not %d", 1<<16, c.batch)
	case c.gcPercent != gcUnset && c.gcPercent < -1:
		return nil, fmt.Errorf("--gc-percent is -1 or more, not %d", c.gcPercent)
	case c.slice <= 0 || c.slice > o.SliceMax:
		return nil, fmt.Errorf("--slice is more than 0 and at most --slice-max, %v, not %v", o.SliceMax, c.slice)
	case c.monitorSlack < 0:
		return nil, fmt.Errorf("--monitor-slack must not be negative, not %v", c.monitorSlack)
	case o.Grace < 0:
		return nil, fmt.Errorf("--grace must not be negative, not %v", o.Grace)
	}
	c.stats = time.Duration(seconds * float64(time.Second))
	// Zero values mean defaults to the library; here they are what was typed.
	if o.Grace == 0 {
		o.Grace = scxbridge.GraceImmediate
	}
	return c, nil
}

// help prints each option with two dashes, as the rest of the documentation has them.
func help(fs *flag.FlagSet, w io.Writer) {
	fmt.Fprint(w, usage)
	fs.VisitAll(func(f *flag.Flag) {
		arg, text := flag.UnquoteUsage(f)
		def := f.DefValue
		if def == "0" || def == "false" || f.Name == "gc-percent" {
			def = ""
		} else {
			def = " (default " + def + ")"
		}
		fmt.Fprintf(w, "  %-27s %s%s\n", "--"+f.Name+" "+arg, text, def)
	})
	fmt.Fprint(w, usageExit)
}

func (c *config) newPolicy() (scxbridge.Policy, error) {
	switch c.policy {
	case "fifo":
		return policy.NewFIFO(uint64(c.slice), c.batch), nil
	case "vruntime":
		return policy.NewVRuntime(policy.VRuntimeOptions{
			Slice:    c.slice,
			SliceMin: min(c.sliceMin, c.slice),
			Lease:    c.lease,
			// Half of the watchdog's patience, for the queues' sake.
			MaxWait: max(c.options.Timeout/2, c.slice),
		})
	}
	return nil, fmt.Errorf("--policy is fifo or vruntime, not %q", c.policy)
}
