package latency

import (
	"sync/atomic"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/internal/clock"
)

// Class is what tasks of about the same nice value are.
type Class uint8

// The classes.
const (
	Low    Class = iota // nice 1 to 19
	Normal              // nice 0
	High                // nice -1 to -20
	Classes
)

// ClassNames are those that are shown.
var ClassNames = [Classes]string{"low", "normal", "high"}

const normalWeight = 100 // of nice 0

func classOf(t *scxbridge.Task) Class {
	switch {
	case t.OwnWeight < normalWeight:
		return Low
	case t.OwnWeight > normalWeight:
		return High
	}
	return Normal
}

// Stage is a part of a task's way to a CPU.
type Stage uint8

// The stages.
const (
	Decided Stage = iota // from queued to decided
	Running              // from decided to running
	Stages
)

// StageNames are those that are shown.
var StageNames = [Stages]string{"decided", "running"}

// tasks is how many tasks are remembered between record and decision, and between decision and next record, by the low
// bits of their ids. Where two tasks meet, the later one stays.
const tasks = 1 << 14

// clockSlack is by how much two times of the kernel side may differ that mean the same moment.
const clockSlack = uint64(10 * time.Microsecond)

// task is what is remembered of one.
type task struct {
	pid, tgid int32
	class     Class
	comm      [16]byte
	seq       uint64
	queued    uint64 // ns of CLOCK_MONOTONIC
	decided   uint64 // 0: not yet
}

func (t *task) name() string {
	record := scxbridge.Task{Comm: t.comm}
	return record.Name()
}

// Meter measures. The round calls Queued and Decided, on one thread; all else may be called from anywhere. A nil Meter
// measures nothing.
type Meter struct {
	now     func() uint64
	tasks   []task
	began   uint64 // of the present round's records; 0: it has none
	waiters waiters

	stages                          [Classes][Stages]histogram
	round                           histogram
	rounds                          atomic.Uint64
	decidedUnknown, runningsUnknown atomic.Uint64
}

// NewMeter returns a meter.
func NewMeter() *Meter {
	c := clock.NewFast()
	return newMeter(c.Now)
}

func newMeter(now func() uint64) *Meter { return &Meter{now: now, tasks: make([]task, tasks)} }

// Queued notes the records of a round.
func (m *Meter) Queued(records []scxbridge.Task) {
	if m == nil {
		return
	}
	now := m.now()
	if m.began == 0 {
		m.began = now
	}
	for i := range records {
		r := &records[i]
		t := &m.tasks[uint32(r.PID)%tasks]
		if t.pid == r.PID && t.decided != 0 {
			m.ran(now, t, r)
		}
		*t = task{pid: r.PID, tgid: r.TGID, class: classOf(r), comm: r.Comm, seq: r.Seq, queued: r.ReadyTS}
	}
}

// ran looks at the record that follows a decision.
func (m *Meter) ran(now uint64, t *task, next *scxbridge.Task) {
	once := next.Leased == 0 && next.StartTS >= t.decided && next.StopTS >= next.StartTS &&
		next.RunNS <= next.StopTS-next.StartTS+clockSlack
	if !once {
		m.runningsUnknown.Add(1)
		return
	}
	m.add(now, t, Running, next.StartTS-t.decided)
}

// Decided notes decisions that the policy made; last says that the round has no more of them.
func (m *Meter) Decided(decisions []scxbridge.Decision, last bool) {
	if m == nil {
		return
	}
	if len(decisions) > 0 || m.began != 0 {
		now := m.now()
		for i := range decisions {
			d := &decisions[i]
			t := &m.tasks[uint32(d.PID)%tasks]
			if t.pid != d.PID || t.seq != d.Seq || t.decided != 0 {
				m.decidedUnknown.Add(1)
				continue
			}
			t.decided = now
			m.add(now, t, Decided, now-min(now, t.queued))
		}
		if last && m.began != 0 {
			m.round.add(now - m.began)
			m.began = 0
		}
	}
	if last {
		m.rounds.Add(1)
	}
}

func (m *Meter) add(now uint64, t *task, stage Stage, wait uint64) {
	m.stages[t.class][stage].add(wait)
	m.waiters.offer(now, t, stage, wait)
}

// Reading is what was measured so far.
type Reading struct {
	Stages [Classes][Stages]Histogram
	// Round is from a round's records to its last decision; rounds without records are only in Rounds.
	Round  Histogram
	Rounds uint64
	// DecidedUnknown are decisions whose record was not remembered, and RunningUnknown those of which the task's
	// next record does not say when it ran by them.
	DecidedUnknown, RunningUnknown uint64
	// Waiters waited longest of late, the longest first.
	Waiters []Waiter
}

// Read copies what was measured so far. The rounds go on meanwhile.
func (m *Meter) Read() Reading {
	var r Reading
	if m == nil {
		return r
	}
	for class := range m.stages {
		for stage := range m.stages[class] {
			r.Stages[class][stage] = m.stages[class][stage].read()
		}
	}
	r.Round = m.round.read()
	r.Rounds = m.rounds.Load()
	r.DecidedUnknown, r.RunningUnknown = m.decidedUnknown.Load(), m.runningsUnknown.Load()
	r.Waiters = m.waiters.read(m.now())
	return r
}
