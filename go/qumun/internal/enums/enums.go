// Package enums has the sched_ext constants that the original reads from the kernel's type
// information. The library does not use them; they are for programs that do.
package enums

// From the kernel's enums scx_public_consts, scx_rq_flags, scx_dsq_id_flags, scx_ent_flags,
// scx_task_state, scx_ent_dsq_flags, scx_kick_flags and scx_enq_flags.
const (
	OpsNameLen = 128
	SliceDfl   = 20 * 1000 * 1000
	SliceInf   = 1<<64 - 1

	RqOnline      = 1 << 0
	RqCanStopTick = 1 << 1
	RqBalPending  = 1 << 2
	RqBalKeep     = 1 << 3
	RqBypassing   = 1 << 4
	RqClkValid    = 1 << 5
	RqInWakeup    = 1 << 16
	RqInBalance   = 1 << 17

	DsqFlagBuiltin  = 1 << 63
	DsqFlagLocalOn  = 1 << 62
	DsqInvalid      = DsqFlagBuiltin
	DsqGlobal       = DsqFlagBuiltin | 1
	DsqLocal        = DsqFlagBuiltin | 2
	DsqLocalOn      = DsqFlagBuiltin | DsqFlagLocalOn
	DsqLocalCPUMask = 1<<32 - 1

	TaskQueued          = 1 << 0
	TaskResetRunnableAt = 1 << 2
	TaskDeqdForSleep    = 1 << 3
	TaskStateShift      = 8
	TaskStateBits       = 2
	TaskStateMask       = (1<<TaskStateBits - 1) << TaskStateShift
	TaskCursor          = 1<<64 - 1<<31 // the kernel's enum is signed: bit 31 and all above
	TaskNone            = 0
	TaskInit            = 1
	TaskReady           = 2
	TaskEnabled         = 3
	TaskNrStates        = 4
	TaskDsqOnPriq       = 1 << 0

	KickIdle    = 1 << 0
	KickPreempt = 1 << 1
	KickWait    = 1 << 2

	EnqWakeup    = 1 << 0
	EnqHead      = 1 << 4
	EnqPreempt   = 1 << 32
	EnqReenq     = 1 << 40
	EnqLast      = 1 << 41
	EnqClearOpss = 1 << 56
	EnqDsqPriq   = 1 << 57
)
