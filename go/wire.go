// Code generated from rust/wire.rs by `make generate`; DO NOT EDIT.

package scxbridge

// Task is a task that wants to run: one record of the ring buffer.
//
// The task is parked until a decision that carries its PID and Seq moves it, or until its
// grace has passed and the kernel side runs it without one.
type Task struct {
	// PID: thread id, in the initial PID namespace.
	PID int32
	// TGID: process id (thread group), in the initial PID namespace.
	TGID int32
	// CPU: the CPU that it last ran on.
	CPU int32
	// NrCPUsAllowed: on how many CPUs it may run.
	NrCPUsAllowed uint32
	// ReadyTS: when it was queued, and so since when it waits for its decision, ns of
	// CLOCK_MONOTONIC.
	ReadyTS uint64
	// StartTS: when it last started to run, ns of CLOCK_MONOTONIC; 0: not yet under this
	// scheduler.
	StartTS uint64
	// StopTS: when it last stopped running, ns of CLOCK_MONOTONIC; 0: not yet under this
	// scheduler.
	StopTS uint64
	// ExecRuntime: CPU time since it last slept, ns.
	ExecRuntime uint64
	// Weight: what it is worth now among all that want a CPU, 1 to 10000; 100 is nice 0 in the
	// root group. It is OwnWeight, scaled by what its cgroups are worth (cpu.weight) and by
	// how many share that.
	Weight uint64
	// VTime: the vtime of its last decision, given back; 0 at first. Each use of a lease moved
	// it on by the weighted CPU time since: see WeightedNS.
	VTime uint64
	// CgroupID: id of its cgroup (v2).
	CgroupID uint64
	// Seq: names this parking; its decision must carry it. Never 0. With [TaskEnded] it is
	// that of the record before: a task that has the same pid, but a greater Seq, is another
	// one.
	Seq uint64
	// RunNS: CPU time since its last record, ns, including runs without a record: under a
	// lease, or placed directly on an idle CPU.
	RunNS uint64
	// WeightedNS: CPU time since its last record, ns, times 100 / weight, each piece by the
	// weight as it ran: by so much the task moves on in virtual time. Finer than Weight, which
	// is rounded.
	WeightedNS uint64
	// Leased: how often its lease was used since its last record.
	Leased uint32
	// OwnWeight: its weight by its nice value alone, 1 to 10000; 100 is nice 0.
	OwnWeight uint16
	// Flags: why it is queued: bits such as [EnqWakeup]; or [TaskEnded].
	Flags uint16
	// Comm: name of the thread, NUL-terminated.
	Comm [16]byte
}

// Decision is what to do with a parked task.
//
// A decision for a task that slept, died or was run by the kernel side in the meantime
// does nothing, and is counted as stale.
type Decision struct {
	// PID: thread id of the record.
	PID int32
	// CPU: a CPU id, one of the codes [AnyCPU] and [PickIdle], or a domain: see [Domain]. A
	// CPU or domain that the task may not use is replaced by the shared queue, and counted as
	// bounced.
	CPU int32
	// SliceNS: time slice, ns; 0: the default. Cut to the maximum of the options.
	SliceNS uint64
	// VTime: its place on the queue: smallest first (compared as a difference, so it may
	// wrap).
	VTime uint64
	// Flags: bits such as [Preempt]; an unknown one makes the decision refused.
	Flags uint64
	// Seq: the Seq of the record. A decision for an older parking is stale: counted, harmless.
	Seq uint64
	// LeaseNS: a lease: for this long the kernel side repeats this decision whenever the task
	// wants to run, without a record; ns, at most [LeaseMax] (1 s). 0: no limit of its own, if
	// LeaseCount is set.
	LeaseNS uint64
	// LeaseCount: how often it is repeated at most; 0: no limit of its own, if LeaseNS is set.
	// Both 0: no lease.
	LeaseCount uint32
	// Reserved: 0, or the decision is refused.
	Reserved uint32
}

// CPURequest is a question for an idle CPU, and its answer.
type CPURequest struct {
	// PID: thread id, in the initial PID namespace.
	PID int32
	// PrevCPU: the CPU to prefer; -1: the one that the task last ran on.
	PrevCPU int32
	// CPU: the answer: a CPU id, or -EBUSY (no allowed CPU is idle), -ESRCH (no such task),
	// -EINVAL (bad request).
	CPU int32
	// Flags: always 0, or the answer is -EINVAL.
	Flags uint32
}
