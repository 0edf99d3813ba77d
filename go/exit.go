package scxbridge

import (
	"fmt"

	"github.com/scxbridge/scxbridge/go/internal/capi"
)

// ExitKind says how a scheduler ended: the kernel's enum scx_exit_kind.
type ExitKind int32

// The kinds of end.
const (
	// ExitNone: it has not ended.
	ExitNone ExitKind = capi.ExitNone
	// ExitDone: it ended, and everything is cleaned up.
	ExitDone ExitKind = capi.ExitDone
	// ExitUnreg: unregistered from user space, as by Detach.
	ExitUnreg ExitKind = capi.ExitUnreg
	// ExitUnregBPF: unregistered by its own kernel side.
	ExitUnregBPF ExitKind = capi.ExitUnregBPF
	// ExitUnregKern: unregistered by the kernel, for instance after CPU hotplug.
	ExitUnregKern ExitKind = capi.ExitUnregKern
	// ExitSysRq: ended from the keyboard, by SysRq-S.
	ExitSysRq ExitKind = capi.ExitSysrq
	// ExitError: ended by the kernel because of an error.
	ExitError ExitKind = capi.ExitError
	// ExitErrorBPF: its own kernel side found an error.
	ExitErrorBPF ExitKind = capi.ExitErrorBPF
	// ExitErrorStall: the watchdog found a runnable task that did not run.
	ExitErrorStall ExitKind = capi.ExitErrorStall
)

// String returns the kind in words.
func (k ExitKind) String() string {
	switch k {
	case ExitNone:
		return "not ended"
	case ExitDone:
		return "done"
	case ExitUnreg:
		return "unregistered from user space"
	case ExitUnregBPF:
		return "unregistered from BPF"
	case ExitUnregKern:
		return "unregistered from the kernel"
	case ExitSysRq:
		return "disabled by sysrq-S"
	case ExitError:
		return "runtime error"
	case ExitErrorBPF:
		return "scx_bpf_error"
	case ExitErrorStall:
		return "runnable task stall"
	}
	return fmt.Sprintf("exit kind %d", int32(k))
}

// ExitInfo says how and why a scheduler ended.
type ExitInfo struct {
	// Kind is ExitNone while the scheduler runs.
	Kind ExitKind
	// Code is the exit code, from the kernel or from a BPF program.
	Code int64
	// Reason is the kernel's short text for the kind.
	Reason string
	// Message is the kernel's text about this particular end.
	Message string
	// Dump is the kernel's debug dump after an error: many lines, or empty.
	Dump string
}

// RestartRequested reports whether the kernel ended the scheduler only to have
// it started again, as after CPU hotplug.
func (i *ExitInfo) RestartRequested() bool {
	return i.Kind != ExitNone && i.Code&capi.EcodeActRestart != 0
}
