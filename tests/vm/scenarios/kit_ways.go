package main

import (
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// way is a scheduler, and a state of its agent, under which a scenario measures.
type way struct {
	name string
	// start returns when the scheduler is active, and how to end it, which checks its counters.
	start func(*T) (end func())
}

// under measures with that scheduler.
func (t *T) under(w way, measure func()) {
	end := w.start(t)
	measure()
	end()
}

// kernelsOwn is the kernel's default scheduler.
var kernelsOwn = way{"the kernel's own scheduler", func(t *T) func() {
	t.expectState("disabled")
	return func() {}
}}

// byAgent is the agent with these arguments.
func byAgent(name string, args ...string) way {
	return way{name, func(t *T) func() {
		agent := t.goland(args...)
		return func() { agent.endWhole() }
	}}
}

// endWhole ends an agent, which must account for everything.
func (p *process) endWhole() scx.Stats { return p.stopGoland(syscall.SIGTERM) }

// agentStopped is the agent that does not run.
var agentStopped = way{"the agent stopped", func(t *T) func() {
	agent := t.goland("--no-builtin-idle")
	agent.signal(syscall.SIGSTOP)
	return func() {
		t.expectState("enabled")
		agent.signal(syscall.SIGCONT)
		agent.endWhole()
	}
}}

// agentKilled is a pinned scheduler whose agent was killed.
var agentKilled = way{"the agent killed", func(t *T) func() {
	agent := t.goland("--no-builtin-idle", "--pin")
	stays := t.sameScheduler()
	agent.kill()
	return func() {
		stays()
		t.endPinned()
	}
}}

// agentAdopted is a pinned scheduler that another agent adopted under load.
var agentAdopted = adopting()

// adopting is agentAdopted with these arguments for the other agent.
func adopting(args ...string) way {
	return way{"another agent, which adopted", func(t *T) func() {
		agent := t.goland("--no-builtin-idle", "--pin")
		stays := t.sameScheduler()
		agent.kill()
		agent = t.adopt(args...)
		return func() {
			stays()
			agent.terminate()
			t.endPinned()
		}
	}}
}

// endPinned detaches the pinned scheduler of an agent that has ended, and checks its counters.
func (t *T) endPinned() {
	last, err := scx.Adopt("goland")
	t.Check(err, "adopt")
	t.detach(last)
	t.Check(last.Close(), "close")
}

// inKernelMode is kernel mode.
var inKernelMode = way{"kernel mode", func(t *T) func() {
	_, stop := t.kernelMode(0)
	return func() { stop() }
}}

// byPolicy is a policy in this process.
func byPolicy(name string, policy func() scx.Policy, options scx.Options) way {
	return way{name, func(t *T) func() {
		s := t.schedule(policy(), options)
		return func() { s.stop() }
	}}
}

var (
	vruntimeAlone = byAgent("vruntime without leases", "--no-builtin-idle", "--lease", "0")
	vruntime      = byAgent("vruntime", "--no-builtin-idle")
	fifo          = byAgent("fifo", "--policy", "fifo", "--no-builtin-idle")
	// All tasks have leases, whatever their groups.
	leased = byPolicy("leases", func() scx.Policy { return newLessor(uint64(20*time.Millisecond), 9) }, parkLong)
)
