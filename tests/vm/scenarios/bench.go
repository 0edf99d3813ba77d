//go:build !demo

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

	scx "github.com/scxbridge/scxbridge/go"
)

// The benchmarks in the machine: the same loads under the kernel's default scheduler, scx_goland and others, in turns.
// tests/bench/system.py and topology.py make reports of their result.json.
// bench_loads.go, bench_topology.go: the loads of each suite; bench_agent.go: the schedulers; bench_profile.go,
// bench_waits.go: what they cost.

// benchSuites are the loads of each suite.
var benchSuites = map[string][]benchLoad{"system": benchLoads, "topology": topologyLoads}

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
	Caches  int    `json:"caches"` // last-level caches that the kernel tells of
	Nodes   int    `json:"nodes"`
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
	// waiters are the schedulers whose waits for locks are counted.
	waiters []*agent
	// moved reads how often tasks moved; only the suite topology counts it.
	moved func() moves
}

var _ = measurement("bench", benchmarks)

func benchmarks(args []string) int {
	b := &bench{T: &T{began: time.Now()}}
	b.Versions, b.Missing = map[string]string{}, map[string]string{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.IntVar(&b.Rounds, "rounds", 5, "how often all is measured")
	flags.IntVar(&b.Profile, "profile", 3, "rounds, after the others, in which the kernel counts the time of BPF programs")
	flags.BoolVar(&b.ICount, "icount", false, "guest time is a count of instructions: do little, it is dear")
	suite := flags.String("suite", "system", "which loads: system or topology")
	impls := flags.String("impls", "default,goland,rustland", "schedulers; options of an agent follow it, each after a colon")
	waiters := flags.String("waits", "", "schedulers whose waits for locks are counted, in rounds after all others")
	only := flags.String("loads", "", "globs of loads, with commas (default: all)")
	if err := flags.Parse(args); err != nil {
		return exitCannotRun
	}
	b.Kernel, b.CPUs, b.Accel = kernelRelease(), runtime.NumCPU(), os.Getenv("SCXB_ACCEL")
	return runIn(b.T, func(*T) { b.run(*suite, *impls, *waiters, *only) })
}

func (b *bench) run(suite, impls, waiters, only string) {
	b.expectState("disabled")
	b.describeMachine()
	b.choose(suite, only)
	b.agents = b.namedAgents(impls)
	b.waiters = b.namedAgents(waiters)
	if suite == "topology" {
		b.moved = b.countMoves()
	}
	b.warmUp()
	for b.round = 1; b.round <= b.Rounds; b.round++ {
		for _, a := range b.inTurn(b.agents) {
			b.measure(a)
		}
	}
	b.countWaits()
	b.profileAll()
	b.write()
}

// describeMachine notes what the kernel tells of the CPUs.
func (b *bench) describeMachine() {
	topology, err := scx.ReadTopology()
	b.Check(err, "read the topology")
	caches, nodes := map[int]bool{}, map[int]bool{}
	for _, cpu := range topology.CPUs {
		caches[cpu.Cache], nodes[cpu.Node] = true, true
	}
	b.Caches, b.Nodes = len(caches), len(nodes)
}

// inTurn returns the schedulers in another order each round, so that the order does not matter.
func (b *bench) inTurn(agents []*agent) []*agent {
	first := b.round % len(agents)
	return slices.Concat(agents[first:], agents[:first])
}

// choose takes the requested loads that can run here.
func (b *bench) choose(suite, only string) {
	for _, load := range benchSuites[suite] {
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
	return copyProgram(path, binary(tool))
}

// warmUp runs a small version of each load once, so that all that it needs is in memory. A scheduler of another project
// that does not attach to this kernel is left out.
func (b *bench) warmUp() {
	b.agents = slices.DeleteFunc(b.agents, func(a *agent) bool {
		why := a.tryAttach(b)
		if why != "" && a.ops != "goland" {
			b.Missing[a.impl] = why
			b.Logf("%s is left out: %s", a.impl, why)
			return true
		}
		b.FatalIf(why != "", "%s does not attach: %s", a.impl, why)
		for _, load := range b.loads {
			load.run(b, load.counts(true)/10+1)
		}
		a.detach(b)
		b.Logf("%s is warm", a.impl)
		return false
	})
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
			b.add(a, load.name+"/"+v.name, v.amount)
			fmt.Fprintf(&line, "  %v", v)
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
	b.Check(os.WriteFile(filepath.Join(b.out(), "result.json"), text, 0o644), "write the results")
}
