package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

// ticking is a clock that advances by a second and a half each time it is read.
func ticking() func() time.Time {
	now := time.Unix(1000, 0)
	return func() time.Time {
		now = now.Add(1500 * time.Millisecond)
		return now
	}
}

func TestTable(t *testing.T) {
	var out bytes.Buffer
	r := newReport(&out, false, ticking())
	r.attached()
	s := scxbridge.Stats{}
	for i := 0; i < headerEvery+1; i++ {
		s.Queued += 3_000_000
		s.Dispatched += 15
		s.SharedWaiting = 7
		r.interval(s)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) != headerEvery+3 {
		t.Fatalf("%d lines, want a header each %d:\n%s", len(lines), headerEvery, out.String())
	}
	want := []string{"3.0s", "2000000", "10", "0", "0", "0", "0", "0", "0", "0", "7"}
	if got := strings.Fields(lines[1]); strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("line %q, want %q", got, want)
	}
	if !strings.HasPrefix(strings.TrimSpace(lines[headerEvery+1]), "time") {
		t.Errorf("no second header: %q", lines[headerEvery+1])
	}
	// Each column ends where its name ends.
	for i := range lines {
		if len(lines[i]) != len(lines[0]) {
			t.Errorf("lines of %d and %d characters:\n%s\n%s", len(lines[0]), len(lines[i]), lines[0], lines[i])
		}
	}
	for i := range lines[0] {
		ends := lines[0][i] != ' ' && (i+1 == len(lines[0]) || lines[0][i+1] == ' ')
		if ends && (lines[1][i] == ' ' || i+1 < len(lines[1]) && lines[1][i+1] != ' ') {
			t.Errorf("column that ends at %d is not aligned:\n%s\n%s", i, lines[0], lines[1])
		}
	}
}

func TestSummaryOverRestarts(t *testing.T) {
	var out bytes.Buffer
	r := newReport(&out, false, ticking())
	life := scxbridge.Stats{Queued: 10, Dispatched: 6, Rescued: 3, Gone: 1, Decisions: 9, Stale: 2, Refused: 1, IdleDirect: 4, Congested: 5, AgentDirect: 6, KthreadDirect: 7}
	for i := 0; i < 2; i++ {
		r.attached()
		r.detached(life)
	}
	if err := r.summary(); err != nil {
		t.Fatal(err)
	}
	want := `records:   20 queued = 12 dispatched + 6 rescued + 2 gone + 0 in flight
decisions: 18 written = 12 dispatched + 4 stale + 2 refused
no record: 8 to an idle CPU at wake-up, 10 congested, 12 agent threads, 14 kernel threads
restarts:  1
`
	if out.String() != want {
		t.Errorf("summary:\n%s\nwant:\n%s", out.String(), want)
	}
	r.past.LeasesGranted, r.past.LeaseUses, r.past.WakeupsDeferred, r.past.SyncSpared = 3, 40, 5, 7
	out.Reset()
	r.summary()
	if !strings.HasSuffix(out.String(), "also:      3 leases_granted, 40 lease_uses, 5 wakeups_deferred, 7 sync_spared\n") {
		t.Errorf("other counters are not told:\n%s", out.String())
	}
	r.past.Gone--
	out.Reset()
	r.summary()
	if !strings.Contains(out.String(), "in flight  (+1 unaccounted for)\n") {
		t.Errorf("a missing record is not told:\n%s", out.String())
	}
}

func TestJSON(t *testing.T) {
	var out bytes.Buffer
	r := newReport(&out, true, ticking())
	r.attached()
	r.detached(scxbridge.Stats{Queued: 5})
	r.attached()
	r.interval(scxbridge.Stats{Queued: 2, NrCPUs: 4})
	r.interval(scxbridge.Stats{Queued: 3, NrCPUs: 4})
	r.detached(scxbridge.Stats{Queued: 3})
	if err := r.summary(); err != nil {
		t.Fatal(err)
	}
	type line struct {
		Interval struct{ Queued int }
		Total    struct {
			Queued int
			NrCPUs int `json:"nr_cpus"`
		}
		Summary  struct{ Queued int }
		Restarts int
	}
	var got []line
	dec := json.NewDecoder(&out)
	for dec.More() {
		var l line
		if err := dec.Decode(&l); err != nil {
			t.Fatal(err)
		}
		got = append(got, l)
	}
	if len(got) != 3 || got[1].Interval.Queued != 1 || got[1].Total.Queued != 8 || got[1].Total.NrCPUs != 4 || got[1].Restarts != 1 || got[2].Summary.Queued != 8 {
		t.Errorf("lines: %+v", got)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestWriteError(t *testing.T) {
	r := newReport(broken{}, false, ticking())
	r.attached()
	if err := r.summary(); !errors.Is(err, syscall.EPIPE) {
		t.Errorf("summary() = %v, want EPIPE", err)
	}
}
