package trace

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"sync/atomic"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/internal/clock"
)

// Options configure a [Recorder].
type Options struct {
	// Records is how many records, and how many decisions, have room until the writer takes them out: a power of two from
	// 16 to 1<<22. Default 1<<15, which takes 7 MB.
	Records int
	// Info is written at the start; Start is filled in.
	Info Info
	// CPUs, if not nil, tells which CPUs a thread may use, nil if it does not know. The writer asks once for each task
	// whose records say that it may not use all.
	CPUs func(tid int32) []int
}

const defaultRecords = 1 << 15

// drainInterval is how often the writer looks. The ring must have room for what comes meanwhile.
const drainInterval = 10 * time.Millisecond

// Recorder keeps what a policy gets and decides until [Recorder.Run] has written it. Its methods can be called on a nil
// Recorder, and then do nothing.
//
// The round and the writer share two rings, each with one that writes and one that reads. So neither waits for the other.
type Recorder struct {
	opts  Options
	clock clock.Fast

	on     atomic.Bool
	inside atomic.Bool // the round is in one of the methods

	// calls counts the round's calls. An entry's order says which call it is of: only so entries of both rings can be
	// put into one order.
	calls   atomic.Uint64
	queued  ring[queuedEntry]
	decided ring[decidedEntry]

	received, dropped           atomic.Uint64
	decisions, decisionsDropped atomic.Uint64
}

type queuedEntry struct {
	order, at uint64
	task      scxbridge.Task
}

type decidedEntry struct {
	order, at uint64
	decision  scxbridge.Decision
}

// MinRecords and MaxRecords are the least and the most of [Options.Records].
const (
	MinRecords = 16
	MaxRecords = 1 << 22
)

// ValidRecords reports whether there can be room for n records.
func ValidRecords(n int) bool { return n >= MinRecords && n <= MaxRecords && n&(n-1) == 0 }

// NewRecorder returns a recorder that records from now on.
func NewRecorder(o Options) (*Recorder, error) {
	if o.Records == 0 {
		o.Records = defaultRecords
	}
	if !ValidRecords(o.Records) {
		return nil, fmt.Errorf("trace: room for %d records: must be a power of two from %d to %d", o.Records, MinRecords, MaxRecords)
	}
	r := &Recorder{opts: o, clock: clock.NewFast()}
	r.queued.init(o.Records)
	r.decided.init(o.Records)
	r.opts.Info.Start = r.clock.Now()
	r.on.Store(true)
	return r, nil
}

// Queued records what the policy gets. It belongs at the beginning of its Enqueue.
func (r *Recorder) Queued(tasks []scxbridge.Task) {
	if r == nil {
		return
	}
	r.inside.Store(true)
	if r.on.Load() {
		order, at := r.calls.Load()+1, r.clock.Now()
		free, next := r.queued.room()
		n := min(len(tasks), free)
		for i := range n {
			e := r.queued.at(next + uint64(i))
			e.order, e.at, e.task = order, at, tasks[i]
		}
		r.queued.written.Store(next + uint64(n))
		r.received.Store(r.received.Load() + uint64(len(tasks)))
		r.dropped.Store(r.dropped.Load() + uint64(len(tasks)-n))
		r.calls.Store(order)
	}
	r.inside.Store(false)
}

// Decided records what the policy decided. It belongs at the end of its Dispatch.
func (r *Recorder) Decided(decisions []scxbridge.Decision) {
	if r == nil || len(decisions) == 0 {
		return
	}
	r.inside.Store(true)
	if r.on.Load() {
		order, at := r.calls.Load()+1, r.clock.Now()
		free, next := r.decided.room()
		n := min(len(decisions), free)
		for i := range n {
			e := r.decided.at(next + uint64(i))
			e.order, e.at, e.decision = order, at, decisions[i]
		}
		r.decided.written.Store(next + uint64(n))
		r.decisions.Store(r.decisions.Load() + uint64(len(decisions)))
		r.decisionsDropped.Store(r.decisionsDropped.Load() + uint64(len(decisions)-n))
		r.calls.Store(order)
	}
	r.inside.Store(false)
}

// Run writes the trace until ctx is done, then completes it. It is called once, and returns what the trace holds; after an
// error, what was written before is a trace without its end.
func (r *Recorder) Run(ctx context.Context, to io.Writer) (Summary, error) {
	w := newWriter(to, &r.opts)
	ticker := time.NewTicker(drainInterval)
	defer ticker.Stop()
	for ctx.Err() == nil && w.err == nil {
		r.drain(w)
		w.flush()
		select {
		case <-ctx.Done():
		case <-ticker.C:
		}
	}
	r.on.Store(false)
	// A call that has seen it on is still counted. It takes a microsecond, unless its thread has no CPU.
	for r.inside.Load() {
		runtime.Gosched()
	}
	r.drain(w)
	s := Summary{
		Received: r.received.Load(), Dropped: r.dropped.Load(),
		Decisions: r.decisions.Load(), DecisionsDropped: r.decisionsDropped.Load(),
		Traced: w.traced, DecisionsTraced: w.paired, DecisionsUnpaired: w.unpaired,
		End: r.clock.Now(),
	}
	w.close(&s)
	if w.err != nil {
		return s, fmt.Errorf("trace: write: %w", w.err)
	}
	return s, nil
}

// drain takes out what the rounds have put in, in the order in which they did.
func (r *Recorder) drain(w *writer) {
	// Of the calls up to this one, all is in the rings. Of later ones some may be.
	until := r.calls.Load()
	q, qEnd := r.queued.read, r.queued.written.Load()
	d, dEnd := r.decided.read, r.decided.written.Load()
	for {
		var record *queuedEntry
		var decision *decidedEntry
		if q < qEnd {
			record = r.queued.at(q)
		}
		if d < dEnd {
			decision = r.decided.at(d)
		}
		switch {
		case record != nil && record.order <= until && (decision == nil || record.order < decision.order):
			w.queued(&record.task, record.at)
			q++
			r.queued.release(q)
		case decision != nil && decision.order <= until && (record == nil || decision.order < record.order):
			w.decided(&decision.decision, decision.at)
			d++
			r.decided.release(d)
		default:
			return
		}
	}
}

// ring has one that writes and one that reads.
type ring[T any] struct {
	slots   []T
	written atomic.Uint64 // by the round
	_       [56]byte      // so that the two do not write to the same cache line
	taken   atomic.Uint64 // by the writer
	read    uint64        // the same, for the writer itself
}

func (r *ring[T]) init(n int) {
	r.slots = make([]T, n)
	// The round must not be the first to touch a page: that would be a page fault.
	for i := range r.slots {
		var zero T
		r.slots[i] = zero
	}
}

func (r *ring[T]) at(i uint64) *T { return &r.slots[i&uint64(len(r.slots)-1)] }

// room returns how many slots are free, and the place of the first.
func (r *ring[T]) room() (free int, next uint64) {
	next = r.written.Load()
	return len(r.slots) - int(next-r.taken.Load()), next
}

func (r *ring[T]) release(read uint64) {
	r.read = read
	r.taken.Store(read)
}
