package scxbridge

import (
	"math"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// priorityCalls is the part of library that this file uses.
type priorityCalls interface {
	PrioritySet(pid int32, level uint32, sliceNS uint64) int32
	PriorityRemove(pid int32) int32
	PrioritySetProcess(pid int32, level uint32, sliceNS uint64) int32
	PriorityRemoveProcess(pid int32) int32
	PreemptCPU(cpu int32) int32
}

// Levels of priority tasks, from 0, the highest.
const (
	// PriorityUrgentMax is the last level that preempts.
	PriorityUrgentMax = capi.PriorityUrgentMax
	// PriorityMax is the last level. Tasks of the levels after PriorityUrgentMax are charged for
	// a part of the time that they run: from a half to nineteen twentieths.
	PriorityMax = capi.PriorityMax
	// MaxPriorities is how many threads, and how many processes, can have a priority.
	MaxPriorities = capi.MaxPriorities
)

// SetPriority makes the thread pid a priority task, or changes it, in kernel mode: see
// Options.KernelMode. A task of a level from 0 to [PriorityUrgentMax] preempts less urgent ones;
// one of a later level, up to [PriorityMax], is charged for only a part of its time. A slice of 0
// is the default; Options.SliceMax bounds it.
//
// The pid is the id of a thread, in the initial pid namespace, as in [Task].PID. The priority holds
// until it is removed or the thread ends; a later thread with the same id does not inherit it. For
// all threads of a process, see [Scheduler.SetProcessPriority].
//
// It is one system call. It fails with ErrNoSuchTask, ErrInvalid, ErrNotSupported (not in kernel
// mode), E2BIG (more than [MaxPriorities]), ErrNotAttached and ErrClosed.
func (s *Scheduler) SetPriority(pid int32, level int, slice time.Duration) error {
	return s.setPriority(s.lib.PrioritySet, pid, level, slice)
}

// RemovePriority removes the thread's own priority; that of its process, if any, then applies.
// It fails with ErrNoSuchTask if the thread has none, and otherwise as SetPriority does.
func (s *Scheduler) RemovePriority(pid int32) error {
	return s.call(opRemovePriority, func() int32 { return s.lib.PriorityRemove(pid) })
}

// SetProcessPriority is SetPriority for all threads of the process pid, including those that it
// creates later. A thread with a priority of its own keeps it. The priority holds until it is
// removed or the process ends. The id of a thread other than the first is ErrNoSuchTask.
func (s *Scheduler) SetProcessPriority(pid int32, level int, slice time.Duration) error {
	return s.setPriority(s.lib.PrioritySetProcess, pid, level, slice)
}

// RemoveProcessPriority undoes SetProcessPriority. It fails as RemovePriority does.
func (s *Scheduler) RemoveProcessPriority(pid int32) error {
	return s.call(opRemovePriority, func() int32 { return s.lib.PriorityRemoveProcess(pid) })
}

func (s *Scheduler) setPriority(set func(int32, uint32, uint64) int32, pid int32, level int, slice time.Duration) error {
	if level < 0 || level > math.MaxInt32 || slice < 0 {
		return invalid(opSetPriority, "level %d and slice %v must not be negative", level, slice)
	}
	return s.call(opSetPriority, func() int32 { return set(pid, uint32(level), uint64(slice)) })
}

// PreemptCPU preempts what runs on a CPU, which then picks a task anew. It is one system call, and
// fails with ErrInvalid if there is no such CPU, ErrNotAttached, ErrEnded and ErrClosed.
func (s *Scheduler) PreemptCPU(cpu int32) error {
	return s.call(opPreemptCPU, func() int32 { return s.lib.PreemptCPU(cpu) })
}

// Operations, as Error.Op names them.
const (
	opSetPriority    = "set priority"
	opRemovePriority = "remove priority"
	opPreemptCPU     = "preempt CPU"
)
