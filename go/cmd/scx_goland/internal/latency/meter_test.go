package latency

import (
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

const ms = uint64(time.Millisecond)

// bench is a meter whose clock stands still.
type bench struct {
	*Meter
	at uint64
}

func newBench() *bench {
	b := &bench{at: 1000 * ms}
	b.Meter = newMeter(func() uint64 { return b.at })
	return b
}

// decide is a round with one record.
func (b *bench) decide(record scxbridge.Task, took uint64) {
	b.Queued([]scxbridge.Task{record})
	b.at += took
	b.Decided([]scxbridge.Decision{record.Decide(0)}, true)
}

func record(pid int32, seq, ready uint64) scxbridge.Task {
	return scxbridge.Task{PID: pid, TGID: pid, Seq: seq, ReadyTS: ready, OwnWeight: 100, Comm: [16]byte{'a', 'b'}}
}

func TestBuckets(t *testing.T) {
	for ns, want := range map[uint64]int{
		0: 0, 1: 0, 1000: 0, 1001: 1, 2000: 1, 2001: 2, 4000: 2, 4001: 3, 1 << 23 * 1000: 23, 1<<23*1000 + 1: 24, 1 << 63: 24,
	} {
		if got := bucketOf(ns); got != want {
			t.Errorf("%d ns: bucket %d, not %d", ns, got, want)
		}
		if want < Buckets-1 && ns > uint64(Bound(want)) {
			t.Errorf("%d ns are more than %v", ns, Bound(want))
		}
	}
}

func TestStages(t *testing.T) {
	b := newBench()
	b.decide(record(7, 1, b.at-2*ms), ms)
	decided := b.at
	// It starts 5 ms later, and runs for 3 ms.
	b.at += 20 * ms
	next := record(7, 2, b.at)
	next.StartTS, next.StopTS, next.RunNS = decided+5*ms, decided+8*ms, 3*ms
	b.decide(next, 0)

	r := b.Read()
	first, second := r.Stages[Normal][Decided], r.Stages[Normal][Running]
	if first.Count() != 2 || first.Sum != 3*time.Millisecond || second.Count() != 1 || second.Sum != 5*time.Millisecond {
		t.Errorf("decided: %+v, running: %+v", first, second)
	}
	if r.Rounds != 2 || r.Round.Count() != 2 || r.Round.Sum != time.Millisecond || r.RunningUnknown != 0 || r.DecidedUnknown != 0 {
		t.Errorf("%+v", r)
	}
	if q := first.Quantile(0.99); q < 3*time.Millisecond || q > 8*time.Millisecond {
		t.Errorf("99 %% within %v", q)
	}
}

// When a task ran is known only if it ran once by its decision.
func TestUnknown(t *testing.T) {
	for what, change := range map[string]func(next *scxbridge.Task, decided uint64){
		"a lease":                  func(n *scxbridge.Task, _ uint64) { n.Leased = 1 },
		"it ran twice":             func(n *scxbridge.Task, _ uint64) { n.RunNS = 10 * ms },
		"it ran before":            func(n *scxbridge.Task, decided uint64) { n.StartTS = decided - 1 },
		"it never ran":             func(n *scxbridge.Task, _ uint64) { n.StartTS, n.StopTS = 0, 0 },
		"it stopped before it ran": func(n *scxbridge.Task, _ uint64) { n.StopTS = n.StartTS - 1 },
	} {
		b := newBench()
		b.decide(record(7, 1, b.at), 0)
		next := record(7, 2, b.at+20*ms)
		next.StartTS, next.StopTS, next.RunNS = b.at+5*ms, b.at+8*ms, 3*ms
		change(&next, b.at)
		b.Queued([]scxbridge.Task{next})
		if r := b.Read(); r.RunningUnknown != 1 || r.Stages[Normal][Running].Count() != 0 {
			t.Errorf("%s: %+v", what, r)
		}
	}
	b := newBench()
	b.Queued([]scxbridge.Task{record(7, 1, b.at), record(7+tasks, 2, b.at)})
	b.Decided([]scxbridge.Decision{{PID: 7, Seq: 1}, {PID: 7 + tasks, Seq: 2}, {PID: 7 + tasks, Seq: 2}}, true)
	if r := b.Read(); r.DecidedUnknown != 2 || r.Stages[Normal][Decided].Count() != 1 {
		t.Errorf("%+v", r)
	}
}

func TestClasses(t *testing.T) {
	b := newBench()
	for pid, weight := range []uint16{1, 99, 100, 101, 10000, 100} {
		r := record(int32(pid+1), 1, b.at)
		r.OwnWeight = weight
		b.decide(r, 0)
	}
	r := b.Read()
	for class, want := range []uint64{2, 2, 2} {
		if got := r.Stages[class][Decided].Count(); got != want {
			t.Errorf("%s: %d", ClassNames[class], got)
		}
	}
}

func TestWaiters(t *testing.T) {
	b := newBench()
	for i := range uint64(20) {
		b.decide(record(int32(i+1), i+1, b.at-i*ms), 0)
	}
	b.decide(record(20, 50, b.at-5*ms), 0) // a shorter wait of one that is there
	w := b.Read().Waiters
	if len(w) != waitersKept || w[0].PID != 20 || w[0].Wait != 19*time.Millisecond || w[7].PID != 13 || w[0].Comm != "ab" || w[0].Stage != Decided {
		t.Errorf("%+v", w)
	}
	b.at += uint64(Late) / 2
	b.decide(record(100, 100, b.at-100*ms), 0)
	b.at += uint64(Late)/2 + 1
	if w = b.Read().Waiters; len(w) != 1 || w[0].PID != 100 {
		t.Errorf("later: %+v", w)
	}
	b.decide(record(1, 101, b.at), 0) // no wait at all, but there is room
	if w = b.Read().Waiters; len(w) != 2 {
		t.Errorf("at the end: %+v", w)
	}
}

// The round's part does not wait for a reader.
func TestReaderHoldsUpNoRound(t *testing.T) {
	b := newBench()
	b.waiters.mu.Lock()
	b.decide(record(1, 1, b.at-5*ms), 0)
	b.waiters.mu.Unlock()
	if r := b.Read(); len(r.Waiters) != 0 || r.Stages[Normal][Decided].Count() != 1 {
		t.Errorf("%+v", r)
	}
}

func TestRoundAllocatesNothing(t *testing.T) {
	m := NewMeter()
	records := make([]scxbridge.Task, 64)
	decisions := make([]scxbridge.Decision, 64)
	seq := uint64(0)
	if n := testing.AllocsPerRun(1000, func() {
		round(m, records, decisions, &seq)
	}); n != 0 {
		t.Errorf("%v allocations in a round", n)
	}
	if r := m.Read(); r.DecidedUnknown != 0 || r.Stages[Normal][Decided].Count() < 64000 || r.Stages[Normal][Running].Count() < 60000 {
		t.Errorf("the round measured nothing: %+v", r)
	}
}

func TestNoMeter(t *testing.T) {
	var m *Meter
	m.Queued(make([]scxbridge.Task, 1))
	m.Decided(make([]scxbridge.Decision, 1), true)
	if r := m.Read(); r.Rounds != 0 {
		t.Errorf("%+v", r)
	}
}

func round(m *Meter, records []scxbridge.Task, decisions []scxbridge.Decision, seq *uint64) {
	now := m.now()
	for i := range records {
		*seq++
		records[i] = scxbridge.Task{PID: int32(i + 1), Seq: *seq, ReadyTS: now, StartTS: now, StopTS: now + ms, RunNS: ms, OwnWeight: 100}
		decisions[i] = records[i].Decide(0)
	}
	m.Queued(records)
	m.Decided(decisions, true)
}

// What the meter adds to a round, for each task.
func BenchmarkTask(b *testing.B) {
	m := NewMeter()
	records, decisions := make([]scxbridge.Task, 64), make([]scxbridge.Decision, 64)
	seq := uint64(0)
	for range b.N / 64 {
		round(m, records, decisions, &seq)
	}
}
