package scxtest

import (
	"iter"
	"time"
)

// EventKind says what happened to a task.
type EventKind uint8

// The events of Config.Trace.
const (
	// Forked: the task is new, and wants to run.
	Forked EventKind = iota
	// Woke: it slept, and wants to run.
	Woke
	// Parked: its record was sent.
	Parked
	// Decided: a decision was carried out. CPU is the decision's.
	Decided
	// Rescued: its decision is late; it runs without one.
	Rescued
	// Ran: it began to run.
	Ran
	// Stopped: its slice ended or it was preempted; it still wants to run.
	Stopped
	// Slept: it sleeps.
	Slept
	// Exited: it ended.
	Exited
	// Throttled: it wants to run, but waits until its group has quota again.
	Throttled
	// Unthrottled: that wait is over.
	Unthrottled
)

var eventNames = [...]string{"forked", "woke", "parked", "decided", "rescued", "ran", "stopped", "slept", "exited",
	"throttled", "unthrottled"}

// String returns the name in lower case.
func (k EventKind) String() string {
	if int(k) < len(eventNames) {
		return eventNames[k]
	}
	return "unknown"
}

// Event is something that happened to a task.
type Event struct {
	// At is the time since the start of the simulation.
	At time.Duration
	// Kind says what happened.
	Kind EventKind
	// PID and Name are the task's.
	PID  int32
	Name string
	// CPU is where the task runs or last ran; but see [Decided].
	CPU int
}

func (m *Machine) trace(t *Thread, kind EventKind, cpu int) {
	if m.cfg.Trace != nil && t != m.agent.thread {
		m.cfg.Trace(Event{At: ns(m.now - epoch), Kind: kind, PID: t.pid, Name: t.name, CPU: cpu})
	}
}

// Recorder keeps events: set Config.Trace to its Record method.
type Recorder struct {
	events []Event
}

// Record keeps the event.
func (r *Recorder) Record(e Event) { r.events = append(r.events, e) }

// Events yields all events in order.
func (r *Recorder) Events() iter.Seq[Event] {
	return func(yield func(Event) bool) {
		for _, e := range r.events {
			if !yield(e) {
				return
			}
		}
	}
}

// Span is a time that a task ran on a CPU without a break. A task that keeps running after
// its slice, since nothing else waits, is still in the same span.
type Span struct {
	PID      int32
	Name     string
	CPU      int
	From, To time.Duration
}

// Spans yields the spans in the order in which they began. Those that had not ended when
// the recording did are missing.
func (r *Recorder) Spans() iter.Seq[Span] {
	return func(yield func(Span) bool) {
		// The end of each span, by the event that began it.
		ends := make(map[int]time.Duration)
		began := make(map[int32]int)
		for i, e := range r.events {
			switch e.Kind {
			case Ran:
				began[e.PID] = i
			case Stopped, Slept, Exited:
				if at, ok := began[e.PID]; ok {
					ends[at] = e.At
				}
			}
		}
		for i, e := range r.events {
			if end, ok := ends[i]; ok && !yield(Span{PID: e.PID, Name: e.Name, CPU: e.CPU, From: e.At, To: end}) {
				return
			}
		}
	}
}
