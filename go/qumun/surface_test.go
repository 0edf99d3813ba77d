package core

import (
	"context"

	"github.com/Gthulhu/plugin/models"
	"github.com/Gthulhu/plugin/plugin"
)

// The exported surface, with the signatures of the original: with a change this does not compile.
var (
	_ func(string) *Sched                      = LoadSched
	_ func(*models.QueuedTask) *DispatchedTask = NewDispatchedTask
	_ func(uint64) error                       = NotifyComplete
	_ func() uint64                            = GetNrQueued
	_ func() uint64                            = GetNrScheduled
	_ func() int                               = GetUserSchedPid
	_ func() uint32                            = KhugepagePid
	_ func() (bool, error)                     = IsSMTActive

	_ plugin.Sched = (*Sched)(nil)
	_ surface      = (*Sched)(nil)

	_ = DispatchedTask{Pid: int32(0), Cpu: int32(RL_CPU_ANY), Flags: uint64(0), SliceNs: uint64(0), Vtime: uint64(0), CpuMaskCnt: uint64(0)}
	_ = UserExitInfo{Kind: int32(0), Paid: uint32(0), ExitCode: int64(0)}
	_ = [...]int{PrioHighMin, PrioHighMax, PrioMedMin, PrioMedMax}

	_ interface {
		GetReason() string
		GetMessage() string
	} = (*UserExitInfo)(nil)
	_ interface{ String() string } = BssData{}
)

type surface interface {
	// Set up.
	SetPlugin(plugin.CustomScheduler)
	AssignUserSchedPid(int) error
	AssignKhugepagePid(int) error
	SetDebug(bool)
	SetBuiltinIdle(bool)
	SetEarlyProcessing(bool)
	SetDefaultSlice(uint64)
	EnableKernelMode()
	DisableMaxTimeWatchdog()
	Start()
	EnableSiblingCpu(lvlId, cpuId, siblingCpuId int32) error
	Attach() error
	Close()

	// Records.
	BlockTilReadyForDequeue(context.Context)
	ReadyForDequeue() bool
	DequeueTask(*models.QueuedTask)
	GetNrQueued() uint64
	DecNrQueued(int) error
	SubNrQueued() error

	// The plugin.
	DrainQueuedTask() int
	SelectQueuedTask() *models.QueuedTask
	SelectCPU(*models.QueuedTask) (error, int32)
	DetermineTimeSlice(*models.QueuedTask) uint64
	GetPoolCount() uint64

	// Decisions.
	DefaultSelectCPU(*models.QueuedTask) (error, int32)
	DispatchTask(*DispatchedTask) error
	PreemptCpu(int32) error
	UpdatePriorityTask(pid uint32, slice uint64) error
	UpdatePriorityTaskWithPrio(pid uint32, slice uint64, prio uint32) error
	RemovePriorityTask(pid uint32) error

	// State.
	GetBssData() (BssData, error)
	GetRoData() (Rodata, error)
	GetUeiData() (UserExitInfo, error)
	Stopped() bool
}
