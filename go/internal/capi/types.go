// Code generated from rust/wire.rs by `make generate`; DO NOT EDIT.

package capi

// Task mirrors struct scxb_task.
type Task struct {
	PID           int32
	TGID          int32
	CPU           int32
	NrCPUsAllowed uint32
	ReadyTS       uint64
	StartTS       uint64
	StopTS        uint64
	ExecRuntime   uint64
	Weight        uint64
	VTime         uint64
	CgroupID      uint64
	Seq           uint64
	RunNS         uint64
	WeightedNS    uint64
	Leased        uint32
	OwnWeight     uint16
	Flags         uint16
	Comm          [16]byte
}

// Decision mirrors struct scxb_decision.
type Decision struct {
	PID        int32
	CPU        int32
	SliceNS    uint64
	VTime      uint64
	Flags      uint64
	Seq        uint64
	LeaseNS    uint64
	LeaseCount uint32
	Reserved   uint32
}

// CPURequest mirrors struct scxb_cpu_request.
type CPURequest struct {
	PID     int32
	PrevCPU int32
	CPU     int32
	Flags   uint32
}

// Stats mirrors struct scxb_stats.
type Stats struct {
	Size             uint32
	NrCPUs           uint32
	InFlight         uint64
	ThrottledNow     uint64
	SharedWaiting    uint64
	LocalWaiting     uint64
	HeartbeatAgeNS   uint64
	Received         uint64
	Decisions        uint64
	Queued           uint64
	Congested        uint64
	Dispatched       uint64
	Rescued          uint64
	Gone             uint64
	Stale            uint64
	Refused          uint64
	Bounced          uint64
	IdleDirect       uint64
	AgentDirect      uint64
	KthreadDirect    uint64
	KernelDirect     uint64
	Kicks            uint64
	Preempts         uint64
	Flushes          uint64
	Drains           uint64
	MoveRetries      uint64
	AgentWakeups     uint64
	LateEpisodes     uint64
	Starved          uint64
	LeasesGranted    uint64
	LeaseUses        uint64
	Revoked          uint64
	BoundDirect      uint64
	SyncDirect       uint64
	WakeupsDeferred  uint64
	Resumed          uint64
	SyncSpared       uint64
	Throttled        uint64
	Unthrottled      uint64
	Touched          uint64
	ThrottledLeft    uint64
	ThrottleCuts     uint64
	CgroupsUntracked uint64
	Stolen           uint64
	LeftCrowded      uint64
	EndsTold         uint64
	EndsLost         uint64
	AgentMoved       uint64
}

// CgroupInfo mirrors struct scxb_cgroup_info.
type CgroupInfo struct {
	Size         uint32
	ThrottledNow uint32
	ID           uint64
	QuotaNS      uint64
	PeriodNS     uint64
	BurstNS      uint64
	Throttled    uint64
	ThrottledNS  uint64
}

// CPU mirrors struct scxb_cpu.
type CPU struct {
	ID       int32
	Online   uint32
	Core     int32
	Cache    int32
	Node     int32
	Socket   int32
	Capacity uint32
	Reserved uint32
}

// Domains mirrors struct scxb_domains.
type Domains struct {
	Size     uint32
	CPUs     uint32
	Domains  uint32
	Reserved uint32
	OfCPU    [MaxCPUs]byte
	Closed   [MaxDomains]byte
}
