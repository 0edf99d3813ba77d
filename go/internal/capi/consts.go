// Code generated from include/scxbridge.h by `make generate`; DO NOT EDIT.

package capi

// #include <scxbridge.h>
import "C"

// The header's constants.
const (
	ExitNone             = C.SCXB_EXIT_NONE
	ExitDone             = C.SCXB_EXIT_DONE
	ExitUnreg            = C.SCXB_EXIT_UNREG
	ExitUnregBPF         = C.SCXB_EXIT_UNREG_BPF
	ExitUnregKern        = C.SCXB_EXIT_UNREG_KERN
	ExitSysrq            = C.SCXB_EXIT_SYSRQ
	ExitError            = C.SCXB_EXIT_ERROR
	ExitErrorBPF         = C.SCXB_EXIT_ERROR_BPF
	ExitErrorStall       = C.SCXB_EXIT_ERROR_STALL
	EcodeActRestart      = C.SCXB_ECODE_ACT_RESTART
	ABIMajor             = C.SCXB_ABI_MAJOR
	ABIMinor             = C.SCXB_ABI_MINOR
	OptionBuiltinIdle    = C.SCXB_OPTION_BUILTIN_IDLE
	OptionPartial        = C.SCXB_OPTION_PARTIAL
	OptionLockMemory     = C.SCXB_OPTION_LOCK_MEMORY
	OptionDebug          = C.SCXB_OPTION_DEBUG
	OptionPin            = C.SCXB_OPTION_PIN
	OptionDirectBound    = C.SCXB_OPTION_DIRECT_BOUND
	OptionDirectSync     = C.SCXB_OPTION_DIRECT_SYNC
	OptionKernelMode     = C.SCXB_OPTION_KERNEL_MODE
	CommLen              = C.SCXB_COMM_LEN
	ReasonLen            = C.SCXB_REASON_LEN
	MessageLen           = C.SCXB_MESSAGE_LEN
	MaxCPURequests       = C.SCXB_MAX_CPU_REQUESTS
	CPUAny               = C.SCXB_CPU_ANY
	CPUPickIdle          = C.SCXB_CPU_PICK_IDLE
	DecisionPreempt      = C.SCXB_DECISION_PREEMPT
	DecisionPreemptLater = C.SCXB_DECISION_PREEMPT_LATER
	LeaseMaxNS           = C.SCXB_LEASE_MAX_NS
	EnqWakeup            = C.SCXB_ENQ_WAKEUP
	EnqReenq             = C.SCXB_ENQ_REENQ
	PriorityUrgentMax    = C.SCXB_PRIORITY_URGENT_MAX
	PriorityMax          = C.SCXB_PRIORITY_MAX
	MaxPriorities        = C.SCXB_MAX_PRIORITIES
)
