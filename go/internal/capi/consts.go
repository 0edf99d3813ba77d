package capi

// #include <scxbridge.h>
import "C"

// The header's constants. The compiler reads them from it, so they cannot drift.
const (
	ABIMajor = C.SCXB_ABI_MAJOR
	ABIMinor = C.SCXB_ABI_MINOR

	CPUAny      = C.SCXB_CPU_ANY
	CPUPickIdle = C.SCXB_CPU_PICK_IDLE

	DecisionPreempt      = C.SCXB_DECISION_PREEMPT
	DecisionPreemptLater = C.SCXB_DECISION_PREEMPT_LATER

	LeaseMaxNS = C.SCXB_LEASE_MAX_NS

	EnqWakeup = C.SCXB_ENQ_WAKEUP
	EnqReenq  = C.SCXB_ENQ_REENQ

	OptionBuiltinIdle = C.SCXB_OPTION_BUILTIN_IDLE
	OptionPartial     = C.SCXB_OPTION_PARTIAL
	OptionLockMemory  = C.SCXB_OPTION_LOCK_MEMORY
	OptionDebug       = C.SCXB_OPTION_DEBUG
	OptionPin         = C.SCXB_OPTION_PIN
	OptionDirectBound = C.SCXB_OPTION_DIRECT_BOUND
	OptionDirectSync  = C.SCXB_OPTION_DIRECT_SYNC

	ExitNone       = C.SCXB_EXIT_NONE
	ExitDone       = C.SCXB_EXIT_DONE
	ExitUnreg      = C.SCXB_EXIT_UNREG
	ExitUnregBPF   = C.SCXB_EXIT_UNREG_BPF
	ExitUnregKern  = C.SCXB_EXIT_UNREG_KERN
	ExitSysrq      = C.SCXB_EXIT_SYSRQ
	ExitError      = C.SCXB_EXIT_ERROR
	ExitErrorBPF   = C.SCXB_EXIT_ERROR_BPF
	ExitErrorStall = C.SCXB_EXIT_ERROR_STALL

	ExitCodeRestart = C.SCXB_ECODE_ACT_RESTART
)
