package core

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/Gthulhu/plugin/models"
	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/qumun/internal/enums"
)

// RL_CPU_ANY as a CPU: the first free CPU.
const RL_CPU_ANY = 1 << 20

// dispatchBatch is the most decisions that wait to be carried out together.
const dispatchBatch = 64

// outbox collects decisions.
type outbox struct {
	// scheduled is the last argument of NotifyComplete.
	scheduled atomic.Uint64
	// noneIdle: no CPU was idle, and nothing has been carried out since.
	noneIdle atomic.Bool

	mu     sync.Mutex
	batch  [dispatchBatch]scx.Decision
	filled int
	orders ordering
}

// DispatchedTask is a decision.
type DispatchedTask struct {
	Pid        int32  // the task
	Cpu        int32  // CPU id; RL_CPU_ANY or a negative number: the first free CPU
	Flags      uint64 // the kernel's enqueue flags; all but SCX_ENQ_PREEMPT are ignored
	SliceNs    uint64 // time slice in ns; 0: the default
	Vtime      uint64 // order in its queue, smallest first; comes back in the task's next record
	CpuMaskCnt uint64 // unused
}

// NewDispatchedTask returns the decision to run the task where it last ran, with the default
// slice.
func NewDispatchedTask(task *models.QueuedTask) *DispatchedTask {
	return &DispatchedTask{Pid: task.Pid, Cpu: task.Cpu, Flags: task.Flags}
}

// DispatchTask takes a decision, to be carried out with others; see the package's comment. It
// does not keep t. A decision for a task that sleeps, died or ran meanwhile does nothing and is
// no error. An error means that the scheduler is not attached, has ended or is closed.
func (s *Sched) DispatchTask(t *DispatchedTask) error {
	if t == nil {
		return errors.New("qumun: dispatch: no task")
	}
	s.in.empties.Store(0)
	s.in.mu.Lock()
	seq := s.in.seqs.get(t.Pid)
	s.in.handed = max(s.in.handed-1, 0)
	s.in.mu.Unlock()

	d := scx.Decision{PID: t.Pid, CPU: t.Cpu, SliceNS: t.SliceNs, VTime: t.Vtime, Seq: seq}
	if t.Cpu < 0 || t.Cpu >= RL_CPU_ANY {
		d.CPU = scx.AnyCPU
	}
	if t.Flags&enums.EnqPreempt != 0 {
		d.Flags |= scx.Preempt
	}
	s.priorities.apply(&d)

	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	if s.out.orders.first(&d) {
		d.Flags |= scx.Preempt
	}
	s.out.batch[s.out.filled] = d
	s.out.filled++
	if s.out.filled == len(s.out.batch) || s.in.blocked.Load() {
		return s.flushLocked()
	}
	return nil
}

// ordering distinguishes a Vtime of 0 that means "ahead of all" from one that means nothing.
type ordering struct {
	score int
}

// first reports whether the decision preempts. In the original, a task with a CPU and Vtime 0
// preempts others, but never one whose Vtime is 0 too. So if most decisions have a Vtime, 0 marks
// those that preempt; in a program that does not use Vtime, none preempts.
func (o *ordering) first(d *scx.Decision) bool {
	const most, enough = 64, 32
	if d.VTime != 0 {
		o.score = min(o.score+1, most)
		return false
	}
	first := d.CPU >= 0 && o.score > enough
	o.score = max(o.score-1, 0)
	return first
}

// flush carries out what was dispatched.
func (s *Sched) flush() error {
	s.out.mu.Lock()
	defer s.out.mu.Unlock()
	return s.flushLocked()
}

// flushLocked is flush for a caller that holds out.mu.
func (s *Sched) flushLocked() error {
	s.out.noneIdle.Store(false)
	n := s.out.filled
	if n == 0 {
		return nil
	}
	s.out.filled = 0
	k := s.kernel()
	if k == nil {
		return errNotStarted
	}
	// The kernel side runs tasks by itself whose decisions it did not take.
	if _, err := k.Dispatch(s.out.batch[:n]); err != nil {
		return fmt.Errorf("qumun: dispatch: %w", err)
	}
	return nil
}

// NotifyComplete says that the program has dispatched what it could, and still holds nrPending
// tasks. If it holds none, what was dispatched is carried out; otherwise later.
func NotifyComplete(nrPending uint64) error {
	s := loaded.Load()
	if s == nil {
		return errNotLoaded
	}
	s.out.scheduled.Store(nrPending)
	if nrPending != 0 {
		return nil
	}
	return s.flush()
}

// GetNrScheduled returns the last argument of NotifyComplete.
func GetNrScheduled() uint64 {
	if s := loaded.Load(); s != nil {
		return s.out.scheduled.Load()
	}
	return 0
}
