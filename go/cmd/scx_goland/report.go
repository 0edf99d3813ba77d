package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"strings"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

// report prints the statistics: a line for each interval, and a summary. A
// scheduler that is restarted counts from 0 again, so sums are kept here. Run
// calls it from several goroutines, but never from two at the same time.
type report struct {
	w     io.Writer
	json  bool
	clock func() time.Time

	start    time.Time
	attaches int
	lines    int
	last     scxbridge.Stats // of the present scheduler
	lastAt   time.Time
	past     scxbridge.Stats // of those before it
	err      error           // of the first write that failed
}

func newReport(w io.Writer, json bool, clock func() time.Time) *report {
	return &report{w: w, json: json, clock: clock, start: clock()}
}

func (r *report) attached() {
	r.attaches++
	r.last, r.lastAt = scxbridge.Stats{}, r.clock()
}

func (r *report) detached(s scxbridge.Stats) { r.past = s.Add(r.past) }

func (r *report) restarts() int { return max(0, r.attaches-1) }

// column is a column of the table: a rate per second, or a gauge.
type column struct {
	name  string
	width int
	value func(diff *scxbridge.Stats) uint64
	gauge bool
}

var columns = []column{
	{"queued/s", 9, func(s *scxbridge.Stats) uint64 { return s.Queued }, false},
	{"dispatched/s", 12, func(s *scxbridge.Stats) uint64 { return s.Dispatched }, false},
	{"rescued/s", 9, func(s *scxbridge.Stats) uint64 { return s.Rescued }, false},
	{"gone/s", 6, func(s *scxbridge.Stats) uint64 { return s.Gone }, false},
	{"stale/s", 7, func(s *scxbridge.Stats) uint64 { return s.Stale }, false},
	{"congested/s", 11, func(s *scxbridge.Stats) uint64 { return s.Congested }, false},
	{"idle/s", 7, func(s *scxbridge.Stats) uint64 { return s.IdleDirect }, false},
	{"wakeups/s", 9, func(s *scxbridge.Stats) uint64 { return s.AgentWakeups }, false},
	{"parked", 6, func(s *scxbridge.Stats) uint64 { return s.InFlight }, true},
	{"waiting", 7, func(s *scxbridge.Stats) uint64 { return s.SharedWaiting + s.LocalWaiting }, true},
}

const headerEvery = 20

// interval prints one line.
func (r *report) interval(s scxbridge.Stats) {
	now := r.clock()
	took := now.Sub(r.lastAt)
	diff := s.Sub(r.last)
	r.last, r.lastAt = s, now
	if r.json {
		r.encode(struct {
			Elapsed  float64         `json:"elapsed_s"`
			Interval float64         `json:"interval_s"`
			Restarts int             `json:"restarts"`
			Diff     scxbridge.Stats `json:"interval"`
			Total    scxbridge.Stats `json:"total"`
		}{now.Sub(r.start).Seconds(), took.Seconds(), r.restarts(), diff, s.Add(r.past)})
		return
	}
	var b strings.Builder
	if r.lines%headerEvery == 0 {
		fmt.Fprintf(&b, "%7s", "time")
		for _, c := range columns {
			fmt.Fprintf(&b, " %*s", c.width, c.name)
		}
		b.WriteByte('\n')
	}
	r.lines++
	fmt.Fprintf(&b, "%6.1fs", now.Sub(r.start).Seconds())
	for _, c := range columns {
		v := c.value(&diff)
		if !c.gauge {
			v = rate(v, took)
		}
		fmt.Fprintf(&b, " %*d", c.width, v)
	}
	b.WriteByte('\n')
	r.write(b.String())
}

func rate(n uint64, d time.Duration) uint64 {
	if d <= 0 {
		return 0
	}
	return uint64(math.Round(float64(n) / d.Seconds()))
}

// summary says what became of every record and every decision. It prints nothing
// if the scheduler was never attached. The demo reads it: tests/vm/scenarios/demo_account.go.
func (r *report) summary() error {
	if r.attaches == 0 {
		return r.err
	}
	s := &r.past
	records, decisions := s.Unaccounted()
	if r.json {
		r.encode(struct {
			Elapsed              float64         `json:"elapsed_s"`
			Restarts             int             `json:"restarts"`
			UnaccountedRecords   int64           `json:"unaccounted_records"`
			UnaccountedDecisions int64           `json:"unaccounted_decisions"`
			Summary              scxbridge.Stats `json:"summary"`
		}{r.clock().Sub(r.start).Seconds(), r.restarts(), records, decisions, *s})
		return r.err
	}
	r.write(sums(s, true) + fmt.Sprintf("restarts:  %d\n", r.restarts()))
	if also := otherCounters(s); len(also) > 0 {
		r.write("also:      " + strings.Join(also, ", ") + "\n")
	}
	return r.err
}

// sums says what became of records and decisions; at rest, also what is not accounted for.
func sums(s *scxbridge.Stats, atRest bool) string {
	records, decisions := s.Unaccounted()
	off := func(n int64) string {
		if n == 0 || !atRest {
			return ""
		}
		return fmt.Sprintf("  (%+d unaccounted for)", n)
	}
	return fmt.Sprintf(`records:   %d queued = %d dispatched + %d rescued + %d gone + %d in flight%s
decisions: %d written = %d dispatched + %d stale + %d refused%s
no record: %d to an idle CPU at wake-up, %d congested, %d agent threads, %d kernel threads
`,
		s.Queued, s.Dispatched, s.Rescued, s.Gone, s.InFlight, off(records),
		s.Decisions, s.Dispatched, s.Stale, s.Refused, off(decisions),
		s.IdleDirect, s.Congested, s.AgentDirect, s.KthreadDirect)
}

// apart are the fields of the statistics that the summary's first lines show, and the gauges.
var apart = map[string]bool{
	"nr_cpus": true, "in_flight": true, "shared_waiting": true, "local_waiting": true, "heartbeat_age_ns": true,
	"received": true, "decisions": true, "queued": true, "congested": true, "dispatched": true, "rescued": true, "gone": true,
	"stale": true, "refused": true, "idle_direct": true, "agent_direct": true, "kthread_direct": true,
}

// otherCounters returns all other counters that are not 0, with their names in JSON.
func otherCounters(s *scxbridge.Stats) []string {
	var also []string
	v := reflect.ValueOf(s).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("json")
		if !apart[name] && !v.Field(i).IsZero() {
			also = append(also, fmt.Sprintf("%d %s", v.Field(i).Uint(), name))
		}
	}
	return also
}

func (r *report) encode(v any) {
	b, err := json.Marshal(v)
	if err != nil {
		r.fail(err)
		return
	}
	r.write(string(b) + "\n")
}

func (r *report) write(s string) {
	_, err := io.WriteString(r.w, s)
	r.fail(err)
}

func (r *report) fail(err error) {
	if r.err == nil && err != nil {
		r.err = fmt.Errorf("print statistics: %w", err)
	}
}
