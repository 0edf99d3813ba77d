package scxbridge

import (
	"syscall"
	"time"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// Where a decision may put a task, besides a CPU id.
const (
	// AnyCPU is the shared queue: the first free CPU takes the task, in order
	// of VTime.
	AnyCPU int32 = capi.CPUAny
	// PickIdle lets the kernel side choose an idle CPU that the task may use,
	// without an extra call; if none is idle, it is AnyCPU.
	PickIdle int32 = capi.CPUPickIdle
)

// Bits of Decision.Flags.
const (
	// Preempt: run now, and preempt what runs on the CPU.
	Preempt uint64 = capi.DecisionPreempt
	// PreemptLater: as Preempt, but only a task that comes later in order: its VTime, plus its
	// CPU time since then × 100 / weight, must exceed this one's by at least 1 ms. VTimes must
	// be ns for that.
	PreemptLater uint64 = capi.DecisionPreemptLater
)

// LeaseMax is the longest duration of a lease.
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
