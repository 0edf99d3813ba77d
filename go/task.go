package scxbridge

import (
	"bytes"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// Bits of Task.Flags.
const (
	// EnqWakeup: the task just woke up; otherwise it used up its slice, was
	// preempted, or is new.
	EnqWakeup uint16 = capi.EnqWakeup
	// EnqReenq: the kernel puts the task back.
	EnqReenq uint16 = capi.EnqReenq
	// TaskEnded: the task has ended, and this is its last record: it wants no decision. It comes
	// only with Options.Ends, and [Run] gives it to [Ender].
	TaskEnded uint16 = capi.TaskEnded
)

// Decide returns the decision to run the task on cpu: an id from 0, [AnyCPU],
// [PickIdle] or a [Domain]. Its slice is the scheduler's default, its VTime the task's.
func (t *Task) Decide(cpu int32) Decision {
	return Decision{PID: t.PID, CPU: cpu, VTime: t.VTime, Seq: t.Seq}
}

// Name returns the task's comm as a string, which allocates; [Task.NameBytes]
// does not.
func (t *Task) Name() string { return string(t.NameBytes()) }

// NameBytes returns the task's comm without its padding. It points into the
// task, and is valid as long as the task is.
func (t *Task) NameBytes() []byte {
	if i := bytes.IndexByte(t.Comm[:], 0); i >= 0 {
		return t.Comm[:i]
	}
	return t.Comm[:]
}

// Ended reports whether the record says that the task has ended.
func (t *Task) Ended() bool { return t.Flags&TaskEnded != 0 }

// Woke reports whether the task just woke up.
func (t *Task) Woke() bool { return t.Flags&EnqWakeup != 0 }
