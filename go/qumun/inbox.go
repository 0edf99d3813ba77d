package core

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/Gthulhu/plugin/models"
	scx "github.com/scxbridge/scxbridge/go"
)

// receiveBatch is how many records one call takes from the kernel.
const receiveBatch = 512

// overPause bounds the rate of a loop that goes on after the scheduler's end, as there is
// nothing then to wait for.
const overPause = 100 * time.Millisecond

// inbox hands out records, one by one, from the batch that was received last.
type inbox struct {
	// waits holds a token that a goroutine has while it is in BlockTilReadyForDequeue.
	waits chan struct{}
	// blocked: a goroutine is about to wait or waits.
	blocked atomic.Bool
	// empties counts the times in a row that there was nothing to hand out.
	empties atomic.Int32

	mu        sync.Mutex
	receiving bool // batch is in the hands of a Receive
	batch     []scx.Task
	next, end int // of batch: still to be handed out
	handed    int // handed out, and not yet told by DecNrQueued
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
	// An error is the scheduler's end: no records come. Dispatching tells it.
	in.next = 0
	in.end, _ = k.TryReceive(in.batch)
	return in.end > 0
}

// take hands out a record.
func (in *inbox) take(k kernel, task *models.QueuedTask) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.ready(k) {
		in.handed = 0 // the drain is over, whether it is told or not
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
		Flags:          t.Flags,
		StartTs:        t.StartTS,
		StopTs:         max(t.StopTS, t.StartTS), // programs subtract them
		SumExecRuntime: t.ExecRuntime,
		Weight:         max(t.Weight, 1), // programs divide by it
		Vtime:          t.VTime,
		Tgid:           t.TGID,
	}
	return true
}

// queued counts what is here and what was handed out in the present drain. While a drain goes
// on it exceeds the number of tasks drained before the last one: plugins stop a drain, and
// drop the task in their hands, where the two are equal.
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
	// A drain ends so, and then tasks are dispatched. Twice in a row it is a loop that
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

// BlockTilReadyForDequeue blocks until there is a task to dequeue or ctx is done. What was
// dispatched is carried out before. After the scheduler's end it returns every 100 ms; see
// [Sched.Stopped].
func (s *Sched) BlockTilReadyForDequeue(ctx context.Context) {
	select {
	case s.in.waits <- struct{}{}:
		defer func() { <-s.in.waits }()
	case <-ctx.Done():
		return
	}
	// In this order: what comes after the flush sees that it must flush itself.
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

// GetNrQueued counts the tasks that wait to be dequeued and are known to this process, and
// those dequeued in the present drain.
func (s *Sched) GetNrQueued() uint64 { return s.in.queued() }

// DecNrQueued says that num tasks were drained. It never fails.
func (s *Sched) DecNrQueued(num int) error {
	s.in.told(num)
	return nil
}

// SubNrQueued is DecNrQueued of one.
func (s *Sched) SubNrQueued() error { return s.DecNrQueued(1) }

// GetNrQueued is the method of the Sched loaded last.
func GetNrQueued() uint64 {
	if s := loaded.Load(); s != nil {
		return s.GetNrQueued()
	}
	return 0
}
