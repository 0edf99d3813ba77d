package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// The agent, scx_goland, as most scenarios use it.

// golandTimeout is the agent's: short, so that the watchdog finds what it can.
const golandTimeout = 5 * time.Second

// goland starts the agent and returns when it schedules the machine. The scenario's end is stopGoland.
func (t *T) goland(args ...string) *process {
	p := t.start("scx_goland", append([]string{"--timeout", golandTimeout.String(), "--stats-format", "json"}, args...)...)
	t.Cleanup(func() {
		if !p.over {
			p.stopGoland(syscall.SIGTERM)
		}
	})
	// The kernel increments enable_seq a moment after it has enabled the scheduler.
	p.await("it says so", func() bool { return strings.Contains(p.err.String(), `"goland" is attached`) })
	p.awaitScheduling("goland")
	return p
}

// stopGoland ends the agent with a signal: it must detach and account for everything.
func (p *process) stopGoland(sig syscall.Signal) scx.Stats {
	p.endBy(sig)
	p.t.expectState("disabled")
	return p.account()
}

// stopAfter is stopGoland; at least this many decisions must have been carried out.
func (p *process) stopAfter(decisions uint64) scx.Stats {
	st := p.stopGoland(syscall.SIGTERM)
	p.t.ErrorIf(st.Dispatched < decisions, "only %d decisions were carried out", st.Dispatched)
	return st
}

// account reads the agent's final summary, which must tell what became of every record and decision.
func (p *process) account() scx.Stats {
	st := p.summary()
	p.t.conserved(st)
	return st
}

// summary reads the agent's final summary, in JSON. A scheduler that stays pinned goes on, and may have tasks parked.
func (p *process) summary() scx.Stats {
	var last struct {
		Summary *scx.Stats `json:"summary"`
	}
	if p.readLast(&last); last.Summary == nil {
		p.t.Fatalf("%v ended without a summary:\n%s%s", p.cmd.Args, &p.out, &p.err)
	}
	return *last.Summary
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

// enabledSeq identifies the active scheduler: it counts how many there were.
func enabledSeq() string { return extState("enable_seq") }

// sameScheduler returns a function that fails unless the present scheduler is still active.
func (t *T) sameScheduler() (stays func()) {
	seq := enabledSeq()
	return func() {
		t.expectState("enabled")
		if now := enabledSeq(); now != seq {
			t.Fatalf("another scheduler is active than before, number %s and not %s", now, seq)
		}
	}
}

// lastRow is the last row that an agent with `--stats N` printed.
func (p *process) lastRow() string {
	rows := strings.Split(p.out.String(), "\n")
	// Text after the last line break is no row yet.
	return rows[max(0, len(rows)-2)]
}

func (p *process) dispatchedSoFar() uint64 {
	stats, _ := parseStats(p.lastRow()) // 0 before the first row
	return stats.Dispatched
}

func (p *process) awaitDecisions(more uint64) {
	before, began := p.dispatchedSoFar(), time.Now()
	defer func() {
		p.t.Logf("%d decisions in %v; %s", p.dispatchedSoFar()-before, time.Since(began), p.lastRow())
	}()
	p.await("decisions flow", func() bool { return p.dispatchedSoFar() > before+more })
}

// parseStats reads the counters of a line that the agent prints.
func parseStats(line string) (scx.Stats, error) {
	var report struct {
		Total *scx.Stats `json:"total"`
	}
	if err := json.Unmarshal([]byte(line), &report); err != nil {
		return scx.Stats{}, fmt.Errorf("%q: %w", line, err)
	}
	if report.Total == nil {
		return scx.Stats{}, fmt.Errorf("%q has no total", line)
	}
	return *report.Total, nil
}
