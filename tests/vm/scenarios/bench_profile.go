package main

import (
	"strings"
)

// profileAgent measures what a scheduler costs itself: CPU time of its process for each decision, and the
// time of its BPF programs. The kernel's counting slows these down, so the loads' own figures are not taken.
func (b *bench) profileAgent(a *agent) {
	if a.program == "" {
		return
	}
	a.attach(b)
	var cpuSum, decidedSum float64
	for _, load := range b.loads {
		if !load.profiled {
			continue
		}
		decided := a.made(b, nil)
		before, err := readPrograms()
		b.Check(err, "read the times of BPF programs")
		used := a.usage(b)
		load.run(b, load.counts(b.ICount))
		used = a.usage(b).sub(used)
		after, err := readPrograms()
		b.Check(err, "read the times of BPF programs")
		ran := after.since(before)
		decided = a.made(b, ran) - decided
		p := newProfile(ran)
		b.Logf("profile %d of %d, %s: %-14s %.0f decisions, %s µs on a CPU and %.2f switches each; BPF %s µs per enqueue, %s per run",
			b.round, b.Profile, a.impl, load.name, decided, quantity(ratio(used.onCPU.Seconds()*1e6, decided)),
			ratio(float64(used.switches), decided), quantity(p.perEnqueue/1e3), quantity(p.perRun/1e3))
		cpuSum, decidedSum = cpuSum+float64(used.onCPU), decidedSum+decided
		b.add(a, "decisions/"+load.name, decided)
		b.add(a, "cpu/"+load.name, ratio(float64(used.onCPU), decided))
		b.add(a, "switches/"+load.name, ratio(float64(used.switches), decided))
		b.add(a, "bpf_per_enqueue/"+load.name, p.perEnqueue)
		b.add(a, "bpf_per_run/"+load.name, p.perRun)
		for name, program := range ran {
			b.add(a, "bpf_calls/"+load.name+"/"+name, float64(program.runs))
			b.add(a, "bpf/"+load.name+"/"+name, ratio(float64(program.ns), float64(program.runs)))
		}
	}
	b.add(a, "cpu/all", ratio(cpuSum, decidedSum))
	a.detach(b)
}

// made is how many decisions a scheduler has made. scx_rustland's own counter misses most: but it
// runs one BPF program for each, to choose a CPU.
func (a *agent) made(b *bench, ran map[string]program) float64 {
	if a.program == "scx_goland" {
		return float64(a.decisions(b))
	}
	return float64(ran["rs_select_cpu"].runs)
}

// profile is what all programs of a scheduler cost together, in ns.
type profile struct {
	perEnqueue float64 // for each task that is enqueued
	perRun     float64 // for each time that a task begins to run, with a decision or without
}

func newProfile(ran map[string]program) profile {
	var ns, enqueued, runs float64
	for name, program := range ran {
		ns += float64(program.ns)
		// The kernel cuts names to 15 characters.
		switch {
		case strings.HasSuffix(name, "_enqueue"), name == "rustland_enqueu":
			enqueued += float64(program.runs)
		case strings.HasSuffix(name, "_running"), name == "rustland_runnin":
			runs += float64(program.runs)
		}
	}
	return profile{ratio(ns, enqueued), ratio(ns, runs)}
}
