package core

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Gthulhu/plugin/models"
	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/qumun/internal/enums"
)

// receiveBatch is how many records one call takes from the kernel.
const receiveBatch = 512

// overPause bounds the rate of a loop that continues after the scheduler's end, when there is
// nothing to wait for.
const overPause = 100 * time.Millisecond

// inbox hands out records, one by one, from the last batch that was received.
type inbox struct {
	// waits has room for one token: it is held by the goroutine in BlockTilReadyForDequeue.
	waits chan struct{}
	// blocked: a goroutine is about to wait or waits.
	blocked atomic.Bool
	// empties counts how many times in a row there was nothing to hand out.
	empties atomic.Int32

	mu        sync.Mutex
	receiving bool // a Receive is using batch
	batch     []scx.Task
	next, end int // the part of batch still to be handed out
	handed    int // handed out, and not yet subtracted by DecNrQueued
	seqs      sequences
}

func (in *inbox) init() {
	in.waits = make(chan struct{}, 1)
	in.batch = make([]scx.Task, receiveBatch)
	in.seqs.init()
}

// ready makes sure that there is a record, without blocking. The caller holds mu.
func (in *inbox) ready(k kernel) bool {
	if in.next < in.end {
		return true
	}
	if in.receiving || k == nil {
		return false
	}
	// An error means that the scheduler has ended: no records come. Dispatching returns the error.
	in.next = 0
	in.end, _ = k.TryReceive(in.batch)
	return in.end > 0
}

// take hands out a record.
func (in *inbox) take(k kernel, task *models.QueuedTask) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.ready(k) {
		in.handed = 0 // the drain is over, whether or not DecNrQueued is called
		return false
	}
	t := &in.batch[in.next]
	in.next++
	in.handed++
	in.seqs.set(t.PID, t.Seq)
	*task = models.QueuedTask{
		Pid:            t.PID,
		Cpu:            t.CPU,
		NrCpusAllowed:  uint64(t.NrCPUsAllowed),
		Flags:          enqueueFlags(t.Flags),
		StartTs:        t.StartTS,
		StopTs:         max(t.StopTS, t.StartTS), // programs subtract them
		SumExecRuntime: t.ExecRuntime,
		Weight:         max(t.Weight, 1), // programs divide by it
		Vtime:          t.VTime,
		Tgid:           t.TGID,
	}
	return true
}

// enqueueFlags returns a record's flags with the kernel's bits.
func enqueueFlags(flags uint16) (bits uint64) {
	if flags&scx.EnqWakeup != 0 {
		bits |= enums.EnqWakeup
	}
	if flags&scx.EnqReenq != 0 {
		bits |= enums.EnqReenq
	}
	return bits
}

// queued counts the records that are here and those handed out in the present drain. During a
// drain it must exceed the number of tasks drained before the last one: if the two are equal,
// plugins end the drain and drop the task that they just took.
func (in *inbox) queued() uint64 {
	in.mu.Lock()
	defer in.mu.Unlock()
	return uint64(in.end - in.next + in.handed)
}

func (in *inbox) told(n int) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.handed = max(in.handed-max(n, 0), 0)
}

// DequeueTask takes a task that wants to run into *task, without blocking; its Pid is -1 if
// there is none.
func (s *Sched) DequeueTask(task *models.QueuedTask) {
	if s.in.take(s.kernel(), task) {
		s.in.empties.Store(0)
		return
	}
	*task = models.QueuedTask{Pid: -1}
	// Once ends a drain, after which tasks are dispatched. Twice in a row means a loop that
	// waits by polling.
	if s.in.empties.Add(1) > 1 {
		s.flush()
	}
}

// ReadyForDequeue reports whether there is a task to dequeue, without blocking.
func (s *Sched) ReadyForDequeue() bool {
	s.in.mu.Lock()
	defer s.in.mu.Unlock()
	return s.in.ready(s.kernel())
}

// BlockTilReadyForDequeue carries out what was dispatched, then blocks until there is a task to
// dequeue or ctx is done. After the scheduler's end it returns after 100 ms; see [Sched.Stopped].
func (s *Sched) BlockTilReadyForDequeue(ctx context.Context) {
	select {
	case s.in.waits <- struct{}{}:
		defer func() { <-s.in.waits }()
	case <-ctx.Done():
		return
	}
	// Set blocked before the flush, so that a dispatch after the flush knows that it must flush.
	s.in.blocked.Store(true)
	defer s.in.blocked.Store(false)
	s.flush()

	k := s.kernel()
	s.in.mu.Lock()
	if s.in.next < s.in.end {
		s.in.mu.Unlock()
		return
	}
	s.in.receiving = true
	s.in.mu.Unlock()

	n, err := 0, error(errNotStarted)
	if k != nil {
		n, err = k.Receive(ctx, s.in.batch)
	}

	s.in.mu.Lock()
	s.in.receiving = false
	s.in.next, s.in.end = 0, n
	s.in.mu.Unlock()

	if err != nil && ctx.Err() == nil {
		pause := time.NewTimer(overPause)
		defer pause.Stop()
		select {
		case <-pause.C:
		case <-ctx.Done():
		}
	}
}

// GetNrQueued counts the tasks that this process has received: those not yet dequeued, and those
// dequeued in the present drain.
func (s *Sched) GetNrQueued() uint64 { return s.in.queued() }

// DecNrQueued says that num tasks were drained. It never fails.
func (s *Sched) DecNrQueued(num int) error {
	s.in.told(num)
	return nil
}

// SubNrQueued is DecNrQueued(1).
func (s *Sched) SubNrQueued() error { return s.DecNrQueued(1) }

// GetNrQueued is the method of the Sched loaded last.
func GetNrQueued() uint64 {
	if s := loaded.Load(); s != nil {
		return s.GetNrQueued()
	}
	return 0
}
