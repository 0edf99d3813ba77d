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
	PrioHighMin = 0  // the highest level, and the first that preempts
	PrioHighMax = 9  // the last that preempts
	PrioMedMin  = 10 // the first that gains virtual runtime: half of it
	PrioMedMax  = 20 // the lowest level: it gains a twentieth
)

// priority holds the settings of a priority task.
type priority struct {
	level uint32
	slice time.Duration // 0: the decision's
}

// priorities has the priority tasks by pid.
type priorities struct {
	some  atomic.Bool // most programs have none
	mu    sync.Mutex
	tasks map[int32]priority
	// Set when attached in kernel mode: then the kernel side applies priorities, and there are no decisions.
	kernel kernel
}

// handOver passes the present tasks, and from then on each new one, to the kernel side. It forgets ended tasks.
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

// gain returns the part of its virtual runtime, in percent, that a task of a medium level is not charged.
func gain(level uint32) uint64 {
	const most, least = 50, 5
	return most - uint64(level-PrioMedMin)*(most-least)/(PrioMedMax-PrioMedMin)
}

// apply changes the decision for a priority task. The VTime comes back in the task's next record,
// so the gains of a medium level add up.
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

// UpdatePriorityTask makes pid a priority task of the highest level. The slice is in ns; 0 is
// the program's own.
func (s *Sched) UpdatePriorityTask(pid uint32, slice uint64) error {
	return s.UpdatePriorityTaskWithPrio(pid, slice, PrioHighMin)
}

// UpdatePriorityTaskWithPrio makes pid a priority task, or changes it. A task of a level up to 9
// preempts what runs; in kernel mode, only less urgent tasks. One of a level from 10 to 20 gains virtual
// runtime: from half to a twentieth of its slice, or, in kernel mode, of its run time. The slice is in ns;
// 0 is the program's own. The pid is that of one thread, in the initial pid namespace; once attached in
// kernel mode, it is an error if there is no such thread. Without kernel mode, remove a task that ends,
// since another may get its pid.
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
		// A task that has ended has lost its priority already.
		if err := p.kernel.RemovePriority(int32(pid)); err != nil && !errors.Is(err, scx.ErrNoSuchTask) {
			return fmt.Errorf("qumun: remove priority task %d: %w", pid, err)
		}
	}
	delete(p.tasks, int32(pid))
	p.some.Store(len(p.tasks) != 0)
	return nil
}
