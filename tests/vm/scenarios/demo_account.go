package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// agentOutput shows the agent's output line by line, but keeps the summary at its end.
type agentOutput struct {
	show    io.Writer
	partial []byte
	summary []string // to be read after the agent's end
}

func (o *agentOutput) Write(p []byte) (int, error) {
	o.partial = append(o.partial, p...)
	for {
		line, rest, found := bytes.Cut(o.partial, []byte("\n"))
		if !found {
			return len(p), nil
		}
		if len(o.summary) > 0 || bytes.HasPrefix(line, []byte("records:")) {
			o.summary = append(o.summary, string(line))
		} else if _, err := fmt.Fprintf(o.show, "%s\n", line); err != nil {
			return 0, err
		}
		o.partial = rest
	}
}

// busy is how much CPU time a process used, and how much there was on all CPUs.
type busy struct{ used, there time.Duration }

func (b *busy) add(ended *os.ProcessState, lived time.Duration) {
	b.used += ended.UserTime() + ended.SystemTime()
	b.there += lived * time.Duration(runtime.NumCPU())
}

func (b *busy) share() float64 { return ratio(b.used.Seconds(), b.there.Seconds()) }

// parseAccount reads the summary that the agent prints when it ends.
func parseAccount(summary string) (scx.Stats, error) {
	var s scx.Stats
	var dispatched uint64
	lines := strings.Split(summary, "\n")
	for _, want := range []struct {
		format string
		into   []any
	}{
		{"records: %d queued = %d dispatched + %d rescued + %d gone + %d in flight",
			[]any{&s.Queued, &s.Dispatched, &s.Rescued, &s.Gone, &s.InFlight}},
		{"decisions: %d written = %d dispatched + %d stale + %d refused",
			[]any{&s.Decisions, &dispatched, &s.Stale, &s.Refused}},
		{"no record: %d to an idle CPU at wake-up, %d congested, %d agent threads, %d kernel threads",
			[]any{&s.IdleDirect, &s.Congested, &s.AgentDirect, &s.KthreadDirect}},
	} {
		if len(lines) == 0 {
			return s, errors.New("its summary is too short")
		}
		// Sscanf takes the number of spaces literally, but they only align.
		if _, err := fmt.Sscanf(strings.Join(strings.Fields(lines[0]), " "), want.format, want.into...); err != nil {
			return s, fmt.Errorf("its line %q is not of the form %q: %w", lines[0], want.format, err)
		}
		lines = lines[1:]
	}
	if dispatched != s.Dispatched {
		return s, fmt.Errorf("two numbers for dispatched: %d and %d", s.Dispatched, dispatched)
	}
	return s, nil
}
