//go:build !demo

package main

import (
	"strings"
)

// profileAll measures what each scheduler costs.
func (b *bench) profileAll() {
	if b.Profile == 0 {
		return
	}
	b.profile = true
	b.Check(countBPF(true), "have the kernel count BPF programs")
	b.Cleanup(func() { b.Check(countBPF(false), "have the kernel no longer count BPF programs") })
	for b.round = 1; b.round <= b.Profile; b.round++ {
		for _, a := range b.inTurn(b.agents) {
			b.profileAgent(a)
		}
	}
}

// profileAgent measures what the scheduler itself costs: CPU time of its process per decision, and time of
// its BPF programs. The kernel's counting slows these down, so the loads' own figures are dropped.
func (b *bench) profileAgent(a *agent) {
	if a.program == "" {
		return
	}
	a.attach(b)
	var sum made
	var cpuSum float64
	for _, load := range b.loads {
		if !load.profiled {
			continue
		}
		until := a.made(b, nil)
		before, err := readPrograms()
		b.Check(err, "read the times of BPF programs")
		used := a.usage(b)
		load.run(b, load.counts(b.ICount))
		used = a.usage(b).sub(used)
		after, err := readPrograms()
		b.Check(err, "read the times of BPF programs")
		ran := after.since(before)
		did := a.made(b, ran).sub(until)
		p := newProfile(ran)
		b.Logf("profile %d of %d, %s: %-14s %.0f decisions, %.0f carried out, %s µs on a CPU for each of these, %d switches; BPF %s µs per enqueue, %s per run",
			b.round, b.Profile, a.impl, load.name, did.decisions, did.carriedOut, quantity(ratio(used.onCPU.Seconds()*1e6, did.carriedOut)),
			used.switches, quantity(p.perEnqueue/1e3), quantity(p.perRun/1e3))
		cpuSum, sum = cpuSum+float64(used.onCPU), sum.add(did)
		b.add(a, "decisions/"+load.name, did.decisions)
		b.add(a, "carried_out/"+load.name, did.carriedOut)
		b.add(a, "cpu/"+load.name, ratio(float64(used.onCPU), did.decisions))
		b.add(a, "cpu_carried_out/"+load.name, ratio(float64(used.onCPU), did.carriedOut))
		b.add(a, "switches/"+load.name, ratio(float64(used.switches), did.carriedOut))
		b.add(a, "bpf_per_enqueue/"+load.name, p.perEnqueue)
		b.add(a, "bpf_per_run/"+load.name, p.perRun)
		for name, program := range ran {
			b.add(a, "bpf_calls/"+load.name+"/"+name, float64(program.runs))
			b.add(a, "bpf/"+load.name+"/"+name, ratio(float64(program.ns), float64(program.runs)))
		}
	}
	b.add(a, "cpu/all", ratio(cpuSum, sum.decisions))
	b.add(a, "cpu_carried_out/all", ratio(cpuSum, sum.carriedOut))
	a.detach(b)
}

// made counts a scheduler's decisions.
type made struct {
	decisions  float64
	carriedOut float64 // a decision with a lease is carried out several times
}

func (m made) add(n made) made { return made{m.decisions + n.decisions, m.carriedOut + n.carriedOut} }
func (m made) sub(n made) made { return made{m.decisions - n.decisions, m.carriedOut - n.carriedOut} }

// made reads how much scx_goland has decided so far. For scx_rustland it counts the decisions among ran: its
// own counter misses most, but it runs one BPF program for each decision, to choose a CPU.
func (a *agent) made(b *bench, ran map[string]program) made {
	if a.program == "scx_goland" {
		s := a.counters(b)
		return made{float64(s.Decisions), float64(s.Dispatched + s.LeaseUses)}
	}
	n := float64(ran["rs_select_cpu"].runs)
	return made{n, n}
}

// profile is the total cost of a scheduler's BPF programs, in ns.
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
