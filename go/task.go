package scxbridge

import (
	"bytes"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// Bits of Task.Flags: enqueue flags, as the kernel gives them.
const (
	// EnqWakeup: the task just woke up; without it, it used up its slice,
	// was preempted, or is new.
	EnqWakeup uint64 = capi.EnqWakeup
	// EnqReenq: the kernel puts the task back.
	EnqReenq uint64 = capi.EnqReenq
)

// Task is the record of a task that wants to run. It has the layout of the
// library's struct scxb_task, so that batches cross the boundary as they are.
type Task struct {
	// PID is the thread id, in the initial pid namespace.
	PID int32
	// TGID is the process id, in the initial pid namespace.
	TGID int32
	// CPU is where it last ran.
	CPU int32
	// NrCPUsAllowed counts the CPUs it may run on.
	NrCPUsAllowed uint32
	// Flags are Enq bits.
	Flags uint64
	// StartTS is when it last started to run, in ns; 0 if it never did.
	StartTS uint64
	// StopTS is when it last stopped, in ns.
	StopTS uint64
	// ExecRuntime is its CPU time since it last slept, in ns.
	ExecRuntime uint64
	// Weight is its share, 1 to 10000; 100 is nice 0.
	Weight uint64
	// VTime is the VTime of its last decision; 0 at first. Each use of a
	// lease moved it on by the CPU time since × 100 / Weight.
	VTime uint64
	// CgroupID names its cgroup.
	CgroupID uint64
	// Seq names this parking; the decision must carry it. It is never 0.
	Seq uint64
	// RunNS is its CPU time since its last record, in ns: also of runs that
	// it owed to a lease or to an idle CPU.
	RunNS uint64
	// Leased is how often its lease was used since its last record.
	Leased   uint32
	Reserved uint32
	// Comm is its name, ended by NUL; see [Task.Name].
	Comm [16]byte
}

// Decide returns the decision to run the task on cpu: an id from 0, [AnyCPU] or
// [PickIdle]. Its slice is the scheduler's default, its VTime is the task's.
func (t *Task) Decide(cpu int32) Decision {
	return Decision{PID: t.PID, CPU: cpu, VTime: t.VTime, Seq: t.Seq}
}

// Name returns the task's comm as a string, which allocates; [Task.NameBytes]
// does not.
func (t *Task) Name() string { return string(t.NameBytes()) }

// NameBytes returns the task's comm without its padding. It is part of the
// task, and valid as long as it is.
func (t *Task) NameBytes() []byte {
	if i := bytes.IndexByte(t.Comm[:], 0); i >= 0 {
		return t.Comm[:i]
	}
	return t.Comm[:]
}

// Woke reports whether the task just woke up.
func (t *Task) Woke() bool { return t.Flags&EnqWakeup != 0 }
