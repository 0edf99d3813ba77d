package scxbridge

import (
	"syscall"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// Where a decision may put a task, besides a CPU id.
const (
	// AnyCPU is the shared queue: the first CPU that is free takes the task,
	// in order of VTime.
	AnyCPU int32 = capi.CPUAny
	// PickIdle lets the kernel side choose an idle CPU that the task may use
	// while it moves the task, at no extra call; none idle is AnyCPU.
	PickIdle int32 = capi.CPUPickIdle
)

// Bits of Decision.Flags.
const (
	// Preempt: run now, and kick what runs on the CPU.
	Preempt uint64 = capi.DecisionPreempt
	// PreemptLater: as Preempt, but only if what runs there comes later in order: if its VTime,
	// with its CPU time since then × 100 / weight added, is greater than this one's, by 1 ms
	// at least. VTimes must be ns for that.
	PreemptLater uint64 = capi.DecisionPreemptLater
)

// LeaseMax is the longest that a lease lasts.
const LeaseMax time.Duration = capi.LeaseMaxNS

// Decision says how a task shall run. It has the layout of the library's struct
// scxb_decision. Start from [Task.Decide].
//
// A decision for a task that slept, died or was run by the kernel side in the
// meantime does nothing and is counted as stale. A CPU that does not exist or
// that the task may not use counts as bounced, and the task goes to the shared
// queue.
type Decision struct {
	// PID is the task's.
	PID int32
	// CPU is a CPU id, AnyCPU or PickIdle.
	CPU int32
	// SliceNS is how long the task may run at a stretch, in ns; 0 is the
	// default, Options.Slice. It is bounded by Options.SliceMax.
	SliceNS uint64
	// VTime orders the tasks of a queue, smallest first; two are compared by
	// their difference, so it may wrap. The task's next record carries it.
	VTime uint64
	// Flags are decision bits, such as Preempt.
	Flags uint64
	// Seq is the record's.
	Seq uint64
	// LeaseNS and LeaseCount grant a lease: the kernel side repeats this
	// decision by itself whenever the task wants to run, without a record, for
	// LeaseNS ns and LeaseCount times at most. One of them 0 sets no limit of
	// that kind, but no lease lasts longer than [LeaseMax]; both 0: no lease.
	//
	// With each use VTime moves on by the CPU time since × 100 / Weight. The
	// task's next record tells how often the lease was used. A lease ends
	// early when the task's affinity or weight changes, when another agent comes, and by
	// [Scheduler.RevokeLease].
	LeaseNS    uint64
	LeaseCount uint32
	// Reserved must be 0.
	Reserved uint32
}

// CPURequest is one question for [Scheduler.SelectCPUs].
type CPURequest struct {
	// PID is the task to find a CPU for.
	PID int32
	// PrevCPU is the CPU it would like; -1 is where it last ran.
	PrevCPU int32
	// CPU is the answer: a CPU id, or a negative errno, see Err.
	CPU int32
	// Flags must be 0.
	Flags uint32
}

// Err returns what a negative CPU means: ErrNoIdleCPU, ErrNoSuchTask or
// ErrInvalid, wrapped; nil for a CPU id. The first two allocate nothing.
func (r *CPURequest) Err() error {
	switch {
	case r.CPU >= 0:
		return nil
	case r.CPU == -int32(syscall.EBUSY):
		return errNoIdleCPU
	case r.CPU == -int32(syscall.ESRCH):
		return errNoSuchTask
	}
	return newError(opSelectCPU, r.CPU, "")
}
