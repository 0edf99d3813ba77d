// Code generated from include/scxbridge.h by `make generate`; DO NOT EDIT.

package capi

// The header's constants.
const (
	ExitNone                  = 0
	ExitDone                  = 1
	ExitUnreg                 = 64
	ExitUnregBPF              = 65
	ExitUnregKern             = 66
	ExitSysrq                 = 67
	ExitError                 = 1024
	ExitErrorBPF              = 1025
	ExitErrorStall            = 1026
	EcodeActRestart           = 281474976710656
	ABIMajor                  = 0
	ABIMinor                  = 2
	OptionBuiltinIdle         = 1
	OptionPartial             = 2
	OptionLockMemory          = 4
	OptionDebug               = 8
	OptionPin                 = 16
	OptionDirectBound         = 32
	OptionDirectSync          = 64
	OptionKernelMode          = 128
	OptionIgnoreCgroupLimits  = 256
	OptionIgnoreCgroupWeights = 512
	OptionOneDomain           = 1024
	OptionOwnDomains          = 2048
	OptionEnds                = 4096
	CommLen                   = 16
	ReasonLen                 = 128
	MessageLen                = 1024
	MaxCPURequests            = 512
	CPUAny                    = -1
	CPUPickIdle               = -2
	CPUDomain                 = -256
	DecisionPreempt           = 1
	DecisionPreemptLater      = 2
	LeaseMaxNS                = 1000000000
	EnqWakeup                 = 1
	EnqReenq                  = 2
	TaskEnded                 = 4
	PriorityUrgentMax         = 9
	PriorityMax               = 20
	MaxPriorities             = 8192
	MaxDomains                = 128
	MaxCPUs                   = 2048
	CPUCapacityMax            = 1024
)
