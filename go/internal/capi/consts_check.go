// Code generated from include/scxbridge.h by `make generate`; DO NOT EDIT.

//go:build cgo && linux

package capi

// #include "library.h"
import "C"

// The values of consts.go and of the header are one, or this file does not compile.
var (
	_ = zero[ExitNone-C.SCXB_EXIT_NONE]
	_ = zero[ExitDone-C.SCXB_EXIT_DONE]
	_ = zero[ExitUnreg-C.SCXB_EXIT_UNREG]
	_ = zero[ExitUnregBPF-C.SCXB_EXIT_UNREG_BPF]
	_ = zero[ExitUnregKern-C.SCXB_EXIT_UNREG_KERN]
	_ = zero[ExitSysrq-C.SCXB_EXIT_SYSRQ]
	_ = zero[ExitError-C.SCXB_EXIT_ERROR]
	_ = zero[ExitErrorBPF-C.SCXB_EXIT_ERROR_BPF]
	_ = zero[ExitErrorStall-C.SCXB_EXIT_ERROR_STALL]
	_ = zero[EcodeActRestart-C.SCXB_ECODE_ACT_RESTART]
	_ = zero[ABIMajor-C.SCXB_ABI_MAJOR]
	_ = zero[ABIMinor-C.SCXB_ABI_MINOR]
	_ = zero[OptionBuiltinIdle-C.SCXB_OPTION_BUILTIN_IDLE]
	_ = zero[OptionPartial-C.SCXB_OPTION_PARTIAL]
	_ = zero[OptionLockMemory-C.SCXB_OPTION_LOCK_MEMORY]
	_ = zero[OptionDebug-C.SCXB_OPTION_DEBUG]
	_ = zero[OptionPin-C.SCXB_OPTION_PIN]
	_ = zero[OptionDirectBound-C.SCXB_OPTION_DIRECT_BOUND]
	_ = zero[OptionDirectSync-C.SCXB_OPTION_DIRECT_SYNC]
	_ = zero[OptionKernelMode-C.SCXB_OPTION_KERNEL_MODE]
	_ = zero[OptionIgnoreCgroupLimits-C.SCXB_OPTION_IGNORE_CGROUP_LIMITS]
	_ = zero[OptionIgnoreCgroupWeights-C.SCXB_OPTION_IGNORE_CGROUP_WEIGHTS]
	_ = zero[OptionOneDomain-C.SCXB_OPTION_ONE_DOMAIN]
	_ = zero[OptionOwnDomains-C.SCXB_OPTION_OWN_DOMAINS]
	_ = zero[OptionEnds-C.SCXB_OPTION_ENDS]
	_ = zero[CommLen-C.SCXB_COMM_LEN]
	_ = zero[ReasonLen-C.SCXB_REASON_LEN]
	_ = zero[MessageLen-C.SCXB_MESSAGE_LEN]
	_ = zero[MaxCPURequests-C.SCXB_MAX_CPU_REQUESTS]
	_ = zero[CPUAny-C.SCXB_CPU_ANY]
	_ = zero[CPUPickIdle-C.SCXB_CPU_PICK_IDLE]
	_ = zero[CPUDomain-C.SCXB_CPU_DOMAIN]
	_ = zero[DecisionPreempt-C.SCXB_DECISION_PREEMPT]
	_ = zero[DecisionPreemptLater-C.SCXB_DECISION_PREEMPT_LATER]
	_ = zero[LeaseMaxNS-C.SCXB_LEASE_MAX_NS]
	_ = zero[EnqWakeup-C.SCXB_ENQ_WAKEUP]
	_ = zero[EnqReenq-C.SCXB_ENQ_REENQ]
	_ = zero[TaskEnded-C.SCXB_TASK_ENDED]
	_ = zero[PriorityUrgentMax-C.SCXB_PRIORITY_URGENT_MAX]
	_ = zero[PriorityMax-C.SCXB_PRIORITY_MAX]
	_ = zero[MaxPriorities-C.SCXB_MAX_PRIORITIES]
	_ = zero[MaxDomains-C.SCXB_MAX_DOMAINS]
	_ = zero[MaxCPUs-C.SCXB_MAX_CPUS]
	_ = zero[CPUCapacityMax-C.SCXB_CPU_CAPACITY_MAX]
)
