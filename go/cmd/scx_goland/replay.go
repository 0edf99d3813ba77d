//go:build !demo

package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/scxbridge/scxbridge/go/scxtest"
	"github.com/scxbridge/scxbridge/go/scxtest/replay"
	"github.com/scxbridge/scxbridge/go/trace"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func (a *agent) replayCommand() *cobra.Command {
	c := &cobra.Command{Use: "replay FILE [options]", Short: "run a trace's load in the simulator, under other policies, and compare"}
	c.DisableFlagsInUseLine = true
	c.Args = func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError{fmt.Errorf("replay: give one file, not %d", len(args))}
		}
		return nil
	}
	var o replayOptions
	c.Flags().StringVar(&o.policies, "policy", "fifo,vruntime", "`policies`, separated by commas")
	// Other defaults than those of run: what the traced agent had.
	all := pflag.NewFlagSet("", pflag.ContinueOnError)
	o.wanted.define(all)
	for _, name := range replayed {
		f := all.Lookup(name)
		f.Usage, f.DefValue = f.Usage+" (default: as traced)", ""
		c.Flags().AddFlag(f)
	}
	c.Flags().IntVar(&o.cpus, "cpus", 0, "on how many `CPUs` (default: as traced)")
	c.RunE = func(c *cobra.Command, args []string) error {
		o.given = map[string]bool{}
		c.Flags().Visit(func(f *pflag.Flag) { o.given[f.Name] = true })
		return a.replay(args[0], &o)
	}
	return c
}

// replayed are the options that a replay can have other than those that were traced.
var replayed = []string{"slice", "slice-min", "lease", "no-builtin-idle"}

type replayOptions struct {
	policies string
	cpus     int
	wanted   config
	given    map[string]bool
}

func (a *agent) replay(path string, o *replayOptions) error {
	file, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("replay: %w", err)
	}
	defer file.Close()
	t, err := trace.Read(file)
	if err != nil {
		return fmt.Errorf("replay %s: %w", path, err)
	}
	load, err := replay.New(t)
	if err != nil {
		return fmt.Errorf("replay %s: %w", path, err)
	}
	c, err := a.traced(t)
	if err != nil {
		return fmt.Errorf("replay %s: %w", path, err)
	}
	machine := load.Config()
	if o.given["cpus"] {
		machine = scxtest.Config{CPUs: o.cpus}
		if o.cpus < 1 {
			return usageError{fmt.Errorf("replay: --cpus must be 1 or more, not %d", o.cpus)}
		}
	}
	from := c.policy
	var results []*replay.Result
	for _, name := range strings.Split(o.policies, ",") {
		next, err := c.with(name, o)
		if err != nil {
			return usageError{fmt.Errorf("replay: %w", err)}
		}
		policy, err := next.newPolicy()
		if err != nil {
			return usageError{fmt.Errorf("replay: %w", err)}
		}
		machine.Options = next.native()
		result, err := load.Run(name, policy, machine)
		if err != nil {
			return fmt.Errorf("replay %s under %s: %w", path, name, err)
		}
		results = append(results, result)
	}
	fmt.Fprintf(a.stdout, "%s, taken of %s with the policy %s: %s\n", path, t.Agent, from, toldOf(t))
	return load.Compare(a.stdout, results...)
}

// toldOf is what a trace holds, in words.
func toldOf(t *trace.Trace) string {
	if !t.Complete {
		return fmt.Sprintf("%d records; it breaks off", len(t.Records))
	}
	return told(&t.Summary)
}

// traced is the configuration that a trace was taken with.
func (a *agent) traced(t *trace.Trace) (*config, error) {
	c := &config{options: a.defaults}
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	c.define(flags)
	for _, s := range t.Settings {
		// One of another version may have options that this one does not know: none of them is of a simulation.
		if f := flags.Lookup(s.Name); f != nil && !settings[s.Name].commandLine {
			if err := f.Value.Set(s.Value); err != nil {
				return nil, fmt.Errorf("its setting %s: %s", s.Name, notSuch(f, s.Value))
			}
		}
	}
	return c, nil
}

// with is the configuration with another policy, and what the command line gives.
func (c *config) with(policy string, o *replayOptions) (*config, error) {
	next := *c
	next.policy = policy
	for name := range o.given {
		switch name {
		case "slice":
			next.slice = o.wanted.slice
		case "slice-min":
			next.sliceMin = o.wanted.sliceMin
		case "lease":
			next.lease = o.wanted.lease
		case "no-builtin-idle":
			next.options.NoBuiltinIdle = o.wanted.options.NoBuiltinIdle
		}
	}
	for _, p := range next.validate() {
		return nil, errors.New(next.blame(p))
	}
	return &next, nil
}
