package util

import "github.com/scxbridge/scxbridge/go/qumun/internal/enums"

// VmlinuxBTFPathEnv is the environment variable that tells the original where the kernel's type
// information is. This package ignores it.
const VmlinuxBTFPathEnv = "QUMUN_VMLINUX_BTF"

// ScxEnums are the constants of sched_ext.
type ScxEnums struct {
	SCX_OPS_NAME_LEN           uint64
	SCX_SLICE_DFL              uint64
	SCX_SLICE_INF              uint64
	SCX_RQ_ONLINE              uint64
	SCX_RQ_CAN_STOP_TICK       uint64
	SCX_RQ_BAL_PENDING         uint64
	SCX_RQ_BAL_KEEP            uint64
	SCX_RQ_BYPASSING           uint64
	SCX_RQ_CLK_VALID           uint64
	SCX_RQ_IN_WAKEUP           uint64
	SCX_RQ_IN_BALANCE          uint64
	SCX_DSQ_FLAG_BUILTIN       uint64
	SCX_DSQ_FLAG_LOCAL_ON      uint64
	SCX_DSQ_INVALID            uint64
	SCX_DSQ_GLOBAL             uint64
	SCX_DSQ_LOCAL              uint64
	SCX_DSQ_LOCAL_ON           uint64
	SCX_DSQ_LOCAL_CPU_MASK     uint64
	SCX_TASK_QUEUED            uint64
	SCX_TASK_RESET_RUNNABLE_AT uint64
	SCX_TASK_DEQD_FOR_SLEEP    uint64
	SCX_TASK_STATE_SHIFT       uint64
	SCX_TASK_STATE_BITS        uint64
	SCX_TASK_STATE_MASK        uint64
	SCX_TASK_CURSOR            uint64
	SCX_TASK_NONE              uint64
	SCX_TASK_INIT              uint64
	SCX_TASK_READY             uint64
	SCX_TASK_ENABLED           uint64
	SCX_TASK_NR_STATES         uint64
	SCX_TASK_DSQ_ON_PRIQ       uint64
	SCX_KICK_IDLE              uint64
	SCX_KICK_PREEMPT           uint64
	SCX_KICK_WAIT              uint64
	SCX_ENQ_WAKEUP             uint64
	SCX_ENQ_HEAD               uint64
	SCX_ENQ_PREEMPT            uint64
	SCX_ENQ_REENQ              uint64
	SCX_ENQ_LAST               uint64
	SCX_ENQ_CLEAR_OPSS         uint64
	SCX_ENQ_DSQ_PRIQ           uint64
}

// GetScxEnums returns the constants that the library was built with. It never fails.
func GetScxEnums() (*ScxEnums, error) {
	return &ScxEnums{
		SCX_OPS_NAME_LEN:           enums.OpsNameLen,
		SCX_SLICE_DFL:              enums.SliceDfl,
		SCX_SLICE_INF:              enums.SliceInf,
		SCX_RQ_ONLINE:              enums.RqOnline,
		SCX_RQ_CAN_STOP_TICK:       enums.RqCanStopTick,
		SCX_RQ_BAL_PENDING:         enums.RqBalPending,
		SCX_RQ_BAL_KEEP:            enums.RqBalKeep,
		SCX_RQ_BYPASSING:           enums.RqBypassing,
		SCX_RQ_CLK_VALID:           enums.RqClkValid,
		SCX_RQ_IN_WAKEUP:           enums.RqInWakeup,
		SCX_RQ_IN_BALANCE:          enums.RqInBalance,
		SCX_DSQ_FLAG_BUILTIN:       enums.DsqFlagBuiltin,
		SCX_DSQ_FLAG_LOCAL_ON:      enums.DsqFlagLocalOn,
		SCX_DSQ_INVALID:            enums.DsqInvalid,
		SCX_DSQ_GLOBAL:             enums.DsqGlobal,
		SCX_DSQ_LOCAL:              enums.DsqLocal,
		SCX_DSQ_LOCAL_ON:           enums.DsqLocalOn,
		SCX_DSQ_LOCAL_CPU_MASK:     enums.DsqLocalCPUMask,
		SCX_TASK_QUEUED:            enums.TaskQueued,
		SCX_TASK_RESET_RUNNABLE_AT: enums.TaskResetRunnableAt,
		SCX_TASK_DEQD_FOR_SLEEP:    enums.TaskDeqdForSleep,
		SCX_TASK_STATE_SHIFT:       enums.TaskStateShift,
		SCX_TASK_STATE_BITS:        enums.TaskStateBits,
		SCX_TASK_STATE_MASK:        enums.TaskStateMask,
		SCX_TASK_CURSOR:            enums.TaskCursor,
		SCX_TASK_NONE:              enums.TaskNone,
		SCX_TASK_INIT:              enums.TaskInit,
		SCX_TASK_READY:             enums.TaskReady,
		SCX_TASK_ENABLED:           enums.TaskEnabled,
		SCX_TASK_NR_STATES:         enums.TaskNrStates,
		SCX_TASK_DSQ_ON_PRIQ:       enums.TaskDsqOnPriq,
		SCX_KICK_IDLE:              enums.KickIdle,
		SCX_KICK_PREEMPT:           enums.KickPreempt,
		SCX_KICK_WAIT:              enums.KickWait,
		SCX_ENQ_WAKEUP:             enums.EnqWakeup,
		SCX_ENQ_HEAD:               enums.EnqHead,
		SCX_ENQ_PREEMPT:            enums.EnqPreempt,
		SCX_ENQ_REENQ:              enums.EnqReenq,
		SCX_ENQ_LAST:               enums.EnqLast,
		SCX_ENQ_CLEAR_OPSS:         enums.EnqClearOpss,
		SCX_ENQ_DSQ_PRIQ:           enums.EnqDsqPriq,
	}, nil
}

// ImportScxEnums does nothing, since the kernel side has its constants. It never fails.
func ImportScxEnums() error { return nil }
