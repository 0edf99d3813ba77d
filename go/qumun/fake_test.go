package core

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/Gthulhu/plugin/models"
	scx "github.com/scxbridge/scxbridge/go"
)

// fake stands in for the library: records go in, and decisions come out.
type fake struct {
	t *testing.T

	mu        sync.Mutex
	opts      scx.Options
	waiting   []scx.Task
	batches   [][]scx.Decision
	selectCPU func(pid, prev int32) (int32, error)
	stats     scx.Stats
	exit      scx.ExitInfo
	preempted []int32
	// The priority tasks that the kernel side knows.
	priorities map[int32]priority
	// A task that has ended: it has no priority, and gets none.
	ended    int32
	over     error // what calls return from now on
	attached bool
	closed   chan struct{}
	news     chan struct{}
	blocked  chan struct{} // a Receive is about to wait
}

// start returns a scheduler that is attached to a fake.
func start(t *testing.T, setters ...func(*Sched)) (*Sched, *fake) {
	t.Helper()
	f := &fake{t: t, stats: scx.Stats{NrCPUs: 2}, priorities: map[int32]priority{}, closed: make(chan struct{}), news: make(chan struct{}, 1), blocked: make(chan struct{}, 1)}
	s := newSched(func(opts scx.Options) (kernel, error) {
		f.opts = opts
		return f, nil
	})
	for _, set := range setters {
		set(s)
	}
	s.Start()
	if err := s.Attach(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, f
}

// queue adds records of tasks that want to run.
func (f *fake) queue(tasks ...scx.Task) {
	f.mu.Lock()
	f.waiting = append(f.waiting, tasks...)
	f.mu.Unlock()
	f.signal()
}

func (f *fake) end(err error) {
	f.mu.Lock()
	f.over = err
	f.mu.Unlock()
	f.signal()
}

func (f *fake) signal() {
	select {
	case f.news <- struct{}{}:
	default:
	}
}

// decisions returns all that were carried out, in order, and in how many batches.
func (f *fake) decisions() (all []scx.Decision, batches int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Concat(f.batches...), len(f.batches)
}

func (f *fake) Attach() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.attached = true
	return f.over
}

func (f *fake) TryReceive(tasks []scx.Task) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over != nil {
		return 0, f.over
	}
	n := copy(tasks, f.waiting)
	f.waiting = slices.Delete(f.waiting, 0, n)
	return n, nil
}

func (f *fake) Receive(ctx context.Context, tasks []scx.Task) (int, error) {
	for {
		if n, err := f.TryReceive(tasks); n > 0 || err != nil {
			return n, err
		}
		select {
		case f.blocked <- struct{}{}:
		default:
		}
		select {
		case <-f.news:
		case <-f.closed:
			return 0, scx.ErrClosed
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

func (f *fake) Dispatch(decisions []scx.Decision) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.over != nil {
		return 0, f.over
	}
	if len(decisions) == 0 {
		f.t.Error("an empty batch")
	}
	f.batches = append(f.batches, slices.Clone(decisions))
	return len(decisions), nil
}

func (f *fake) SelectCPU(pid, prev int32) (int32, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.selectCPU == nil {
		return 0, scx.ErrNoIdleCPU
	}
	return f.selectCPU(pid, prev)
}

func (f *fake) Stats() (scx.Stats, error) { return f.stats, nil }

func (f *fake) SetPriority(pid int32, level int, slice time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if pid == f.ended {
		return scx.ErrNoSuchTask
	}
	f.priorities[pid] = priority{uint32(level), slice}
	return f.over
}

func (f *fake) RemovePriority(pid int32) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if pid == f.ended {
		return scx.ErrNoSuchTask
	}
	delete(f.priorities, pid)
	return f.over
}

func (f *fake) PreemptCPU(cpu int32) error { f.preempted = append(f.preempted, cpu); return f.over }

func (f *fake) ExitInfo() (scx.ExitInfo, error) { return f.exit, nil }
func (f *fake) Close() error                    { close(f.closed); return nil }

// task returns the record of a parked task.
func task(pid int32, seq uint64) scx.Task {
	return scx.Task{PID: pid, TGID: pid, Seq: seq, Weight: 100, NrCPUsAllowed: 2}
}

// dequeue takes what is queued.
func dequeue(s *Sched) []models.QueuedTask {
	var all []models.QueuedTask
	for {
		var t models.QueuedTask
		s.DequeueTask(&t)
		if t.Pid == -1 {
			return all
		}
		all = append(all, t)
	}
}
