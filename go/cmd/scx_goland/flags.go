package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strings"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
)

// gcUnset leaves the garbage collector as the environment (GOGC) says.
const gcUnset = math.MinInt

// config is what the command line says.
type config struct {
	options      scxbridge.Options
	policy       string
	slice        time.Duration
	sliceMin     time.Duration
	batch        int
	seconds      float64 // of stats
	stats        time.Duration
	statsFormat  string
	gcPercent    int
	adopt        bool
	detach       bool
	lease        time.Duration
	monitorSlack time.Duration
	agentCPUs    string
	cpus         []int // of agentCPUs
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
	fs := flag.NewFlagSet("scx_goland", flag.ContinueOnError)
	fs.SetOutput(io.Discard) // the caller reports errors

	c.define(fs)
	switch err := fs.Parse(args); {
	case err == flag.ErrHelp:
		help(fs, w)
		return nil, err
	case err != nil:
		return nil, asTyped(fs, err)
	}
	if fs.NArg() > 0 {
		return nil, fmt.Errorf("unexpected argument %q", fs.Arg(0))
	}
	switch {
	case c.statsFormat != "table" && c.statsFormat != "json":
		return nil, fmt.Errorf("--stats-format is table or json, not %q", c.statsFormat)
	case !(c.seconds == 0 || c.seconds >= 0.01 && c.seconds <= 86400):
		return nil, fmt.Errorf("--stats is 0.01 to 86400 seconds, or 0, not %v", c.seconds)
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
	var err error
	if c.cpus, err = parseCPUs(c.agentCPUs); err != nil {
		return nil, fmt.Errorf("--agent-cpus: %w", err)
	}
	c.stats = time.Duration(c.seconds * float64(time.Second))
	// To the library a zero Grace is the default; here it is what the user typed.
	if o.Grace == 0 {
		o.Grace = scxbridge.GraceImmediate
	}
	if _, err := o.WithDefaults(); err != nil {
		return nil, inFlags(err)
	}
	return c, nil
}

// asTyped writes flags in package flag's error with two dashes, and says what a duration needs.
func asTyped(fs *flag.FlagSet, wrong error) error {
	text := strings.Replace(wrong.Error(), " -", " --", 1)
	_, name, _ := strings.Cut(strings.TrimSuffix(text, ": parse error"), " for flag --")
	if f := fs.Lookup(name); f != nil {
		if _, is := f.Value.(flag.Getter).Get().(time.Duration); is {
			text += ": a time needs a unit, as in 5ms"
		}
	}
	return errors.New(text)
}

// inFlags says what is wrong with an option of the scheduler in terms of the flag that the user typed.
func inFlags(err error) error {
	var wrong *scxbridge.Error
	if !errors.As(err, &wrong) || flagOf[wrong.Option] == "" {
		return err
	}
	_, reason, _ := strings.Cut(wrong.Detail, ": ")
	return fmt.Errorf("--%s: %s", flagOf[wrong.Option], reason)
}

// help prints each option with two dashes, as in the rest of the documentation.
func help(fs *flag.FlagSet, w io.Writer) {
	fmt.Fprint(w, usage)
	fs.VisitAll(func(f *flag.Flag) {
		arg, text := flag.UnquoteUsage(f)
		def := f.DefValue
		if def == "" || def == "0" || def == "false" || f.Name == "gc-percent" {
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
			// Half of the watchdog's timeout: the rest is for the time on the queues.
			MaxWait: max(c.options.Timeout/2, c.slice),
		})
	}
	return nil, fmt.Errorf("--policy is fifo or vruntime, not %q", c.policy)
}
