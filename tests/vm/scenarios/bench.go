package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// The system benchmarks: the same loads under the kernel's default scheduler, scx_goland and
// scx_rustland, in turns. tests/bench/system.py makes a report of their system.json.
// bench_loads.go: the loads; bench_agent.go: the schedulers; bench_profile.go: what they cost.

// sample is one figure in one round, in ns unless its name says that it counts something.
type sample struct {
	Name  string  `json:"name"`
	Impl  string  `json:"impl"`
	Round int     `json:"round"`
	Value float64 `json:"value"`
}

// benchResult is the file that the driver finds.
type benchResult struct {
	Kernel  string `json:"kernel"`
	CPUs    int    `json:"cpus"`
	Accel   string `json:"accel"`
	ICount  bool   `json:"icount"`
	Rounds  int    `json:"rounds"`
	Profile int    `json:"profile_rounds"`
	// Versions of the schedulers.
	Versions map[string]string `json:"versions"`
	// Missing is what could not be measured, and why.
	Missing map[string]string `json:"missing"`
	Samples []sample          `json:"samples"`
}

// bench is one run of the benchmarks. It fails and cleans up as a scenario does.
type bench struct {
	*T
	benchResult
	loads   []benchLoad
	agents  []*agent
	round   int
	profile bool
}

func benchmarks(args []string) int {
	b := &bench{T: &T{began: time.Now()}}
	b.Versions, b.Missing = map[string]string{}, map[string]string{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&b.Rounds, "rounds", 5, "how often all is measured")
	flags.IntVar(&b.Profile, "profile", 3, "rounds, after the others, in which the kernel counts the time of BPF programs")
	flags.BoolVar(&b.ICount, "icount", false, "guest time is a count of instructions: do little, it is dear")
	impls := flags.String("impls", "default,goland,rustland", "schedulers; options of an agent follow it, each after a colon")
	only := flags.String("loads", "", "globs of loads, with commas (default: all)")
	if err := flags.Parse(args); err != nil {
		return exitCannotRun
	}
	b.Kernel, b.CPUs, b.Accel = kernelRelease(), runtime.NumCPU(), os.Getenv("SCXB_ACCEL")
	return runIn(b.T, func(*T) { b.run(strings.Split(*impls, ","), *only) })
}

func (b *bench) run(impls []string, only string) {
	b.expectState("disabled")
	b.choose(only)
	for _, impl := range impls {
		b.addAgent(impl)
	}
	b.warmUp()
	for b.round = 1; b.round <= b.Rounds; b.round++ {
		for _, a := range b.inTurn() {
			b.measure(a)
		}
	}
	b.profile = true
	b.Check(countBPF(true), "have the kernel count BPF programs")
	b.Cleanup(func() { b.Check(countBPF(false), "have the kernel no longer count BPF programs") })
	for b.round = 1; b.round <= b.Profile; b.round++ {
		for _, a := range b.inTurn() {
			b.profileAgent(a)
		}
	}
	b.write()
}

// inTurn returns the schedulers in another order each round, so that the order does not matter.
func (b *bench) inTurn() []*agent {
	first := b.round % len(b.agents)
	return slices.Concat(b.agents[first:], b.agents[:first])
}

// choose takes the requested loads that can run here.
func (b *bench) choose(only string) {
	for _, load := range benchLoads {
		if !matches(only, load.name) {
			continue
		}
		if load.tool != "" {
			if err := fetch(load.tool); err != nil {
				b.Missing[load.name] = err.Error()
				b.Logf("%s is left out: %v", load.name, err)
				continue
			}
		}
		b.loads = append(b.loads, load)
	}
	b.FatalIf(len(b.loads) == 0, "no load is left to run")
}

func matches(globs, name string) bool {
	for _, glob := range strings.Split(globs, ",") {
		if ok, _ := filepath.Match(glob, name); ok || globs == "" {
			return true
		}
	}
	return false
}

// fetch copies an installed program beside ours, into memory: the disk would be slow the first time.
func fetch(tool string) error {
	path, err := exec.LookPath(tool)
	if err != nil {
		return fmt.Errorf("%s is not installed", tool)
	}
	if filepath.Dir(path) == filepath.Dir(binary(tool)) {
		return nil
	}
	return copyProgram(path, tool)
}

// copyProgram copies a program beside ours, under this name.
func copyProgram(path, name string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	return os.WriteFile(binary(name), text, 0o755)
}

// warmUp runs a small version of each load once, so that all that it needs is in memory.
func (b *bench) warmUp() {
	for _, a := range b.agents {
		a.attach(b)
		for _, load := range b.loads {
			load.run(b, load.counts(true)/10+1)
		}
		a.detach(b)
		b.Logf("%s is warm", a.impl)
	}
}

func (l benchLoad) counts(icount bool) int {
	if icount {
		return l.count[0]
	}
	return l.count[1]
}

// measure is one round under one scheduler.
func (b *bench) measure(a *agent) {
	a.attach(b)
	before := a.usage(b)
	for _, load := range b.loads {
		var line bytes.Buffer
		switches := b.machineSwitches()
		for _, v := range load.run(b, load.counts(b.ICount)) {
			b.add(a, load.name+"/"+v.name, v.ns)
			fmt.Fprintf(&line, "  %s %s µs", v.name, quantity(v.ns/1e3))
		}
		b.Logf("round %d of %d, %s: %-14s%s; %d context switches",
			b.round, b.Rounds, a.impl, load.name, &line, b.machineSwitches()-switches)
	}
	if a.process != nil {
		used := a.usage(b).sub(before)
		b.add(a, "agent/minor_faults", float64(used.minorFaults))
		b.add(a, "agent/major_faults", float64(used.majorFaults))
		b.add(a, "agent/rss", float64(used.rssMax))
		b.Logf("round %d of %d, %s: %d minor and %d major faults, %d kB, %v on a CPU, %d switches", b.round, b.Rounds,
			a.impl, used.minorFaults, used.majorFaults, used.rssMax/1000, used.onCPU, used.switches)
	}
	a.detach(b)
}

// machineSwitches counts the context switches on all CPUs.
func (b *bench) machineSwitches() uint64 { return procNumber(b.read("/proc/stat"), "ctxt ") }

func (b *bench) add(a *agent, name string, v float64) {
	b.Samples = append(b.Samples, sample{Name: name, Impl: a.impl, Round: b.round, Value: v})
}

func (b *bench) write() {
	text, err := json.MarshalIndent(&b.benchResult, "", " ")
	b.Check(err, "write the results")
	b.Check(os.WriteFile(filepath.Join(b.out(), "system.json"), text, 0o644), "write the results")
}
