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
