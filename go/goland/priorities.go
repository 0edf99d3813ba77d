package core

import (
	"fmt"
	"sync"
	"sync/atomic"

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
	level   uint32
	sliceNS uint64
}

// priorities has the priority tasks by pid.
type priorities struct {
	some  atomic.Bool // most programs have none
	mu    sync.Mutex
	tasks map[int32]priority
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
	if task.sliceNS != 0 {
		d.SliceNS = task.sliceNS
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
// what runs; one from 10 to 20 gains virtual runtime, from half to a twentieth of its slice.
// Slice in ns, 0 for the program's own. A task that ends should be removed: its pid may become
// another's.
func (s *Sched) UpdatePriorityTaskWithPrio(pid uint32, slice uint64, prio uint32) error {
	if prio > PrioMedMax {
		return fmt.Errorf("goland: priority task %d: level %d is not within 0 to %d", pid, prio, PrioMedMax)
	}
	if pid == 0 || pid > 1<<31-1 {
		return fmt.Errorf("goland: priority task %d: no task has such a pid", pid)
	}
	s.priorities.mu.Lock()
	defer s.priorities.mu.Unlock()
	if s.priorities.tasks == nil {
		s.priorities.tasks = map[int32]priority{}
	}
	s.priorities.tasks[int32(pid)] = priority{level: prio, sliceNS: slice}
	s.priorities.some.Store(true)
	return nil
}

// RemovePriorityTask makes pid an ordinary task. It fails if it is one.
func (s *Sched) RemovePriorityTask(pid uint32) error {
	s.priorities.mu.Lock()
	defer s.priorities.mu.Unlock()
	if _, there := s.priorities.tasks[int32(pid)]; !there {
		return fmt.Errorf("goland: remove priority task %d: it is none", pid)
	}
	delete(s.priorities.tasks, int32(pid))
	s.priorities.some.Store(len(s.priorities.tasks) != 0)
	return nil
}
