package main

import (
	"bytes"
	"strings"
	"testing"

	scx "github.com/scxbridge/scxbridge/go"
)

const agentSummary = `records:   20 queued = 12 dispatched + 6 rescued + 2 gone + 0 in flight
decisions: 18 written = 12 dispatched + 4 stale + 2 refused
no record: 8 to an idle CPU at wake-up, 10 congested, 11 agent threads, 14 kernel threads
restarts:  1`

func TestAccount(t *testing.T) {
	got, err := parseAccount(agentSummary)
	want := scx.Stats{Queued: 20, Dispatched: 12, Rescued: 6, Gone: 2, Decisions: 18, Stale: 4, Refused: 2,
		IdleDirect: 8, Congested: 10, AgentDirect: 11, KthreadDirect: 14}
	if err != nil || got != want {
		t.Fatalf("%+v, %v", got, err)
	}
	if err := balance(got); err != nil {
		t.Error(err)
	}
	for name, spoil := range map[string]func(*scx.Stats){
		"a record is missing":   func(s *scx.Stats) { s.Gone-- },
		"a decision is missing": func(s *scx.Stats) { s.Stale++ },
		"a task is parked":      func(s *scx.Stats) { s.Queued++; s.InFlight++ },
		"one was never sent":    func(s *scx.Stats) { s.Received = s.Queued + 1 },
	} {
		s := want
		spoil(&s)
		if balance(s) == nil {
			t.Errorf("not noticed: %s", name)
		}
	}
}

func TestAccountOfAnotherForm(t *testing.T) {
	for _, summary := range []string{
		"",
		"records: 1 queued",
		strings.Join(strings.Split(agentSummary, "\n")[:2], "\n"),
		strings.Replace(agentSummary, "12 dispatched + 4", "13 dispatched + 4", 1),
		strings.Replace(agentSummary, "rescued", "saved", 1),
	} {
		if got, err := parseAccount(summary); err == nil {
			t.Errorf("accepted as %+v:\n%s", got, summary)
		}
	}
}

func TestAgentOutput(t *testing.T) {
	var shown bytes.Buffer
	out := agentOutput{show: &shown}
	table := "time  queued/s\n1.0s  7\n"
	// The output comes in pieces.
	for _, b := range []byte(table + agentSummary + "\n") {
		if n, err := out.Write([]byte{b}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if shown.String() != table {
		t.Errorf("shown:\n%s", &shown)
	}
	if got := strings.Join(out.summary, "\n"); got != agentSummary {
		t.Errorf("summary:\n%s", got)
	}
}
