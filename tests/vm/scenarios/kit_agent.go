package main

import (
	"os"
	"strings"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// The agent, scx_goland, as most scenarios use it.

// goland starts the agent and returns when it schedules the machine.
func (t *T) goland(args ...string) *process {
	// A short watchdog: what it would find must not happen.
	p := t.start("scx_goland", append([]string{"--timeout", "5s"}, args...)...)
	p.await("scx_goland schedules the machine", func() bool {
		// Not only enabled: a moment later the kernel still counts that up.
		return strings.Contains(p.err.String(), `"goland" is attached`) && extState("root/ops") == "goland"
	})
	return p
}

// stopGoland is endGoland, and the agent must account for everything.
func (p *process) stopGoland(sig syscall.Signal) scx.Stats {
	p.endGoland(sig)
	return p.account()
}

// stopAfter is stopGoland, and at least so many decisions must have been carried out.
func (p *process) stopAfter(decisions uint64) scx.Stats {
	st := p.stopGoland(syscall.SIGTERM)
	if st.Dispatched < decisions {
		p.t.Errorf("only %d decisions were carried out", st.Dispatched)
	}
	return st
}

// endGoland ends the agent with a signal: it must detach.
func (p *process) endGoland(sig syscall.Signal) {
	p.endBy(sig)
	p.t.expectState("disabled")
}

// account is the agent's last word: where every record and decision went.
func (p *process) account() scx.Stats {
	said := p.out.String()
	st, err := parseAccount(said[max(0, strings.LastIndex(said, "records:")):])
	p.t.Check(err, "understand what the agent accounts for:\n%s%s", &p.out, &p.err)
	p.t.conserved(st)
	return st
}

// summary is the same of an agent with --stats-format json: all counters.
func (p *process) summary() scx.Stats {
	var last struct {
		Summary scx.Stats `json:"summary"`
	}
	p.report(0, &last)
	p.t.conserved(last.Summary)
	return last.Summary
}

// adopt starts an agent that takes over, and returns when it has.
func (t *T) adopt(args ...string) *process {
	p := t.start("scx_goland", append([]string{"--adopt"}, args...)...)
	p.await("the scheduler is adopted", func() bool { return strings.Contains(p.err.String(), `"goland" is adopted`) })
	return p
}

// detachPinned ends a pinned scheduler, which leaves no trace.
func (t *T) detachPinned() {
	t.start("scx_goland", "--detach").succeed(time.Minute)
	t.expectState("disabled")
	if _, err := os.Stat(pinFolder); err == nil {
		t.Errorf("%s is still there", pinFolder)
	}
}

// enabledSeq tells schedulers apart: it counts how many there were.
func enabledSeq() string { return extState("enable_seq") }

// sameScheduler returns a function that fails unless the scheduler of now is still active.
func (t *T) sameScheduler() (stays func()) {
	seq := enabledSeq()
	return func() {
		t.expectState("enabled")
		if now := enabledSeq(); now != seq {
			t.Fatalf("another scheduler is active than before, number %s and not %s", now, seq)
		}
	}
}

// lastRow is what an agent with `--stats N --stats-format json` printed last.
func (p *process) lastRow() string {
	rows := strings.Split(p.out.String(), "\n")
	// What follows the last line break is no row yet.
	return rows[max(0, len(rows)-2)]
}

func (p *process) dispatchedSoFar() uint64 {
	stats, _ := parseStats(p.lastRow()) // before the first one, nothing
	return stats.Dispatched
}

func (p *process) awaitDecisions(more uint64) {
	before, began := p.dispatchedSoFar(), time.Now()
	defer func() {
		p.t.Logf("%d decisions in %v; %s", p.dispatchedSoFar()-before, time.Since(began), p.lastRow())
	}()
	p.await("decisions flow", func() bool { return p.dispatchedSoFar() > before+more })
}
