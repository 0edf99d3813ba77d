// Package trace records what a policy gets and decides, with the times, as a Perfetto trace: https://ui.perfetto.dev shows
// it, and [Read] reads it back, for package scxtest/replay.
//
// A [Recorder] takes part in the rounds, without allocating or waiting. [Recorder.Run], in another goroutine, writes.
//
//	func (p *policy) Enqueue(tasks []scxbridge.Task) {
//		p.recorder.Queued(tasks)
//		...
//	}
//
//	func (p *policy) Dispatch(decisions []scxbridge.Decision) int {
//		n := ...
//		p.recorder.Decided(decisions[:n])
//		return n
//	}
//
// The file is in Perfetto's protobuf format. All that a [Record] has stands in debug annotations of one slice, so a trace
// holds as much for a reader as for a viewer.
package trace

import (
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

// Record is a record and the decision about it.
type Record struct {
	// Task is what the policy got.
	Task scxbridge.Task
	// Received is when the policy got it, ns of CLOCK_MONOTONIC, as the times in Task.
	Received uint64
	// Decided is when the policy returned the decision; 0: it returned none while the trace was taken.
	Decided uint64
	// Decision is what it decided.
	Decision scxbridge.Decision
	// CPUs are those that the task may use; nil: all, or unknown.
	CPUs []int
}

// Setting is an option of the agent that took the trace.
type Setting struct{ Name, Value string }

// Info says where a trace comes from.
type Info struct {
	// Agent is the program, with its version.
	Agent string
	// Settings are what it ran with at the start of the trace.
	Settings []Setting
	// CPUs is how many CPUs were online. ThreadsPerCore of them share a core, CPUsPerLLC a last-level cache.
	CPUs, ThreadsPerCore, CPUsPerLLC int
	// Start is when the trace begins, ns of CLOCK_MONOTONIC.
	Start uint64
}

// Setting returns the value of a setting, "" if there is none.
func (i *Info) Setting(name string) string {
	for _, s := range i.Settings {
		if s.Name == name {
			return s.Value
		}
	}
	return ""
}

// Summary says what a trace holds, and what it lacks.
type Summary struct {
	// Received is how many records the policy got meanwhile. Each is either traced or dropped, since the ring was full.
	Received uint64 `json:"received"`
	Traced   uint64 `json:"traced"`
	Dropped  uint64 `json:"dropped"`
	// Decisions is how many decisions the policy returned meanwhile. Each is traced, dropped, or without its record, which
	// came before the trace or was dropped.
	Decisions         uint64 `json:"decisions"`
	DecisionsTraced   uint64 `json:"decisions_traced"`
	DecisionsDropped  uint64 `json:"decisions_dropped"`
	DecisionsUnpaired uint64 `json:"decisions_unpaired"`
	// End is when the trace ends, ns of CLOCK_MONOTONIC.
	End uint64 `json:"end"`
}

// Trace is a trace that was read. Its records are in the order in which the tasks were queued.
type Trace struct {
	Info
	Summary
	Records []Record
	// Complete is false if the trace has no summary: whoever wrote it did not come to the end. Summary.End is then that of
	// the last record.
	Complete bool
}

// Duration is how long the trace is.
func (t *Trace) Duration() time.Duration { return time.Duration(t.End - min(t.Start, t.End)) }
