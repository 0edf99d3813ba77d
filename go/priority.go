package scxbridge

import (
	"math"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// Levels of priority tasks, from 0, the highest.
const (
	// PriorityUrgentMax is the last level that preempts.
	PriorityUrgentMax = capi.PriorityUrgentMax
	// PriorityMax is the last level. Those after PriorityUrgentMax are charged for a part of
	// the time that they run: from a half to nineteen twentieths.
	PriorityMax = capi.PriorityMax
	// MaxPriorities is how many priority tasks there can be.
	MaxPriorities = capi.MaxPriorities
)

// SetPriority makes the task pid a priority task, or changes it, in kernel mode: see
// Options.KernelMode. A level from 0 to [PriorityUrgentMax] preempts what is less urgent; one up
// to [PriorityMax] is charged for a part of its time only. A slice of 0 is the default;
// Options.SliceMax bounds it. Remove a task that ends: its pid may become another's.
//
// It is one system call. It fails with ErrInvalid, ErrNotSupported (not in kernel mode),
// E2BIG (more than [MaxPriorities]), ErrNotAttached and ErrClosed.
func (s *Scheduler) SetPriority(pid int32, level int, slice time.Duration) error {
	if level < 0 || level > math.MaxInt32 || slice < 0 {
		return invalid(opSetPriority, "level %d and slice %v must not be negative", level, slice)
	}
	return s.call(opSetPriority, func() int32 { return s.lib.PrioritySet(pid, uint32(level), uint64(slice)) })
}

// RemovePriority makes the priority task pid an ordinary one. It fails with ErrNoSuchTask if it is
// one, and as SetPriority.
func (s *Scheduler) RemovePriority(pid int32) error {
	return s.call(opRemovePriority, func() int32 { return s.lib.PriorityRemove(pid) })
}

// PreemptCPU interrupts what runs on a CPU, which then has to choose a task anew. It is one system
// call, and fails with ErrInvalid if there is no such CPU, ErrNotAttached, ErrEnded and ErrClosed.
func (s *Scheduler) PreemptCPU(cpu int32) error {
	return s.call(opPreemptCPU, func() int32 { return s.lib.PreemptCPU(cpu) })
}

// Operations, as Error.Op names them.
const (
	opSetPriority    = "set priority"
	opRemovePriority = "remove priority"
	opPreemptCPU     = "preempt CPU"
)
