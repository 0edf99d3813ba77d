package core

import (
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// The levels of priority tasks.
const (
	PrioHighMin = 0  // the first that preempts, and the highest
	PrioHighMax = 9  // the last that preempts
	PrioMedMin  = 10 // the first that gains virtual runtime: half of it
	PrioMedMax  = 20 // the last, and lowest: a twentieth
)

// priority is what holds for a priority task.
type priority struct {
	level uint32
	slice time.Duration // 0: what the program says
}

// priorities has the priority tasks by pid.
type priorities struct {
	some  atomic.Bool // most programs have none
	mu    sync.Mutex
	tasks map[int32]priority
	// In kernel mode, and attached: the kernel side is told. Decisions do not matter then.
	kernel kernel
}

// handOver tells the kernel side of the tasks, those so far and all later ones. Those that have ended are forgotten.
func (p *priorities) handOver(k kernel) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.kernel = k
	for pid, task := range p.tasks {
		err := p.tell(pid, task)
		if errors.Is(err, scx.ErrNoSuchTask) {
			delete(p.tasks, pid)
		} else if err != nil {
			return err
		}
	}
	p.some.Store(len(p.tasks) != 0)
	return nil
}

// tell is for a caller that holds mu.
func (p *priorities) tell(pid int32, task priority) error {
	if p.kernel == nil {
		return nil
	}
	if err := p.kernel.SetPriority(pid, int(task.level), task.slice); err != nil {
		return fmt.Errorf("qumun: priority task %d: %w", pid, err)
	}
	return nil
}

// gain is the part of its virtual runtime, in percent, that a task of a medium level is not charged.
func gain(level uint32) uint64 {
	const most, least = 50, 5
	return most - uint64(level-PrioMedMin)*(most-least)/(PrioMedMax-PrioMedMin)
}

// apply changes the decision for a priority task. The Vtime of a medium level comes back in the
// task's next record: so what it gains adds up.
func (p *priorities) apply(d *scx.Decision) {
	if !p.some.Load() {
		return
	}
	p.mu.Lock()
	task, there := p.tasks[d.PID]
	p.mu.Unlock()
	if !there {
		return
	}
	if task.slice != 0 {
		d.SliceNS = uint64(task.slice)
	}
	if task.level <= PrioHighMax {
		d.Flags |= scx.Preempt
		return
	}
	d.VTime -= min(d.VTime, d.SliceNS*gain(task.level)/100)
}

// UpdatePriorityTask makes pid a priority task of the highest level; slice in ns, 0 for the
// program's own.
func (s *Sched) UpdatePriorityTask(pid uint32, slice uint64) error {
	return s.UpdatePriorityTaskWithPrio(pid, slice, PrioHighMin)
}

// UpdatePriorityTaskWithPrio makes pid a priority task, or changes it. A level up to 9 preempts
// what runs, in kernel mode only what is less urgent; one from 10 to 20 gains virtual runtime, from half to
// a twentieth of its slice, in kernel mode of what it ran. Slice in ns, 0 for the program's own. The pid is
// that of one thread, in the first pid namespace; in kernel mode, once attached, it is an error if there is none.
// Without kernel mode, a task that ends should be removed: its pid may become another's.
func (s *Sched) UpdatePriorityTaskWithPrio(pid uint32, slice uint64, prio uint32) error {
	if prio > PrioMedMax {
		return fmt.Errorf("qumun: priority task %d: level %d is not within 0 to %d", pid, prio, PrioMedMax)
	}
	if pid == 0 || pid > 1<<31-1 {
		return fmt.Errorf("qumun: priority task %d: no task has such a pid", pid)
	}
	p, task := &s.priorities, priority{level: prio, slice: time.Duration(min(slice, math.MaxInt64))}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err := p.tell(int32(pid), task); err != nil {
		return err
	}
	if p.tasks == nil {
		p.tasks = map[int32]priority{}
	}
	p.tasks[int32(pid)] = task
	p.some.Store(true)
	return nil
}

// RemovePriorityTask makes pid an ordinary task. It fails if it has no priority.
func (s *Sched) RemovePriorityTask(pid uint32) error {
	p := &s.priorities
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, there := p.tasks[int32(pid)]; !there {
		return fmt.Errorf("qumun: remove priority task %d: it is none", pid)
	}
	if p.kernel != nil {
		// One that has ended has lost its priority by itself.
		if err := p.kernel.RemovePriority(int32(pid)); err != nil && !errors.Is(err, scx.ErrNoSuchTask) {
			return fmt.Errorf("qumun: remove priority task %d: %w", pid, err)
		}
	}
	delete(p.tasks, int32(pid))
	p.some.Store(len(p.tasks) != 0)
	return nil
}
