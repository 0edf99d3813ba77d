package scxbridge

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// What went wrong, for [errors.Is]. Errors that the library returns are *[Error]
// and unwrap to one of these, where one fits, and to their [syscall.Errno].
var (
	// ErrClosed: the Scheduler was closed, before or during the call. It is [os.ErrClosed], too.
	ErrClosed error = closedError{}
	// ErrNotSupported: this kernel lacks sched_ext or something it needs.
	ErrNotSupported = errors.New("not supported by this kernel")
	// ErrNotAttached: the call needs an attached scheduler.
	ErrNotAttached = errors.New("scheduler is not attached")
	// ErrEnded: the kernel ended the scheduler; see [Scheduler.ExitInfo].
	ErrEnded = errors.New("the kernel ended the scheduler")
	// ErrRestart: the kernel ended the scheduler only to have it started again,
	// as after CPU hotplug. An error that is ErrRestart is ErrEnded too.
	ErrRestart = errors.New("the kernel asks for a restart")
	// ErrNoIdleCPU: no CPU that the task may use is idle.
	ErrNoIdleCPU = errors.New("no idle CPU")
	// ErrNoSuchTask: the task does not exist (any more).
	ErrNoSuchTask = errors.New("no such task")
	// ErrNoSuchCgroup: the kernel side keeps nothing of a cgroup with this id.
	ErrNoSuchCgroup = errors.New("no such cgroup, or it has no cpu controller")
	// ErrBusy: another sched_ext scheduler is active (Attach), or another
	// goroutine is in Receive or in Dispatch.
	ErrBusy = errors.New("busy")
	// ErrInvalid: an option or argument is out of its range.
	ErrInvalid = errors.New("invalid argument")
	// ErrPermission: root or a capability is missing.
	ErrPermission = errors.New("permission denied")
	// ErrNoLibrary: this program was built without the library: without cgo, or for another system than Linux. It is
	// the answer of Open, Run, Adopt and all else that needs the kernel; policies, and their tests with scxtest, work.
	ErrNoLibrary = errors.New("built without the library")
	// ErrABI: the linked library's ABI major version is not the one that this
	// package was built for.
	ErrABI = errors.New("library of another ABI")
)

type closedError struct{}

func (closedError) Error() string { return "scheduler is closed" }
func (closedError) Unwrap() error { return os.ErrClosed }

// Error is a call that failed.
type Error struct {
	// Op is the operation: "open", "load", "attach", "receive" …
	Op string
	// Errno is the library's status as a positive errno; 0 if Go found the
	// failure.
	Errno syscall.Errno
	// Detail is the library's text: what was attempted, on what, and why it
	// failed. It may be empty.
	Detail string
	// Option is the field of Options that is at fault, or "". Detail then ends with the reason, after ": ".
	Option string

	is error // the sentinel, or nil
}

// Error returns the detail, or else the operation and what failed.
func (e *Error) Error() string {
	if e.Detail != "" {
		return "scxbridge: " + e.Detail
	}
	if e.is != nil {
		return "scxbridge: " + e.Op + ": " + e.is.Error()
	}
	return "scxbridge: " + e.Op + ": " + e.Errno.Error()
}

// Unwrap returns the sentinel and the errno, for [errors.Is] and [errors.As].
func (e *Error) Unwrap() []error {
	errs := make([]error, 0, 2)
	if e.is != nil {
		errs = append(errs, e.is)
	}
	if e.Errno != 0 {
		errs = append(errs, e.Errno)
	}
	return errs
}

// Operations, as Error.Op names them.
const (
	opOpen       = "open"
	opLoad       = "load"
	opAttach     = "attach"
	opAdopt      = "adopt"
	opDetach     = "detach"
	opReceive    = "receive"
	opDispatch   = "dispatch"
	opSelectCPU  = "select CPU"
	opSelectCPUs = "select CPUs"
	opRevoke     = "revoke lease"
	opStats      = "read statistics"
	opExit       = "read exit info"
	opWake       = "wake"
)

// Errors that a healthy scheduler meets all the time are allocated once.
var (
	errNoIdleCPU    = newError(opSelectCPU, -int32(syscall.EBUSY), "")
	errNoSuchTask   = newError(opSelectCPU, -int32(syscall.ESRCH), "")
	errRevokeNoTask = newError(opRevoke, -int32(syscall.ESRCH), "")
	errReceiving    = newError(opReceive, -int32(syscall.EBUSY), "another goroutine is in Receive")
)

// newError turns a negative status into an error.
func newError(op string, status int32, detail string) *Error {
	errno := syscall.Errno(-status)
	return &Error{Op: op, Errno: errno, Detail: detail, is: sentinel(op, errno)}
}

func invalid(op, format string, args ...any) *Error {
	return newError(op, -int32(syscall.EINVAL), op+": "+fmt.Sprintf(format, args...))
}

// sentinel returns the Err variable for an errno; only EBUSY depends on the operation.
func sentinel(op string, errno syscall.Errno) error {
	switch errno {
	case syscall.ECANCELED, syscall.EBADF:
		return ErrClosed
	case syscall.EOPNOTSUPP, syscall.ENOSYS:
		return ErrNotSupported
	case syscall.ENOTCONN:
		return ErrNotAttached
	case syscall.ESHUTDOWN:
		return ErrEnded
	case syscall.ESRCH:
		return ErrNoSuchTask
	case syscall.ENODATA:
		return ErrNoSuchCgroup
	case syscall.EBUSY:
		if op == opSelectCPU || op == opSelectCPUs {
			return ErrNoIdleCPU
		}
		return ErrBusy
	case syscall.EINVAL, syscall.ERANGE:
		return ErrInvalid
	case syscall.EPERM, syscall.EACCES:
		return ErrPermission
	}
	return nil
}

// EndedError says how and why the kernel ended the scheduler. It is [ErrEnded],
// and [ErrRestart] too if the kernel asks for a restart.
type EndedError struct {
	// Info is what the kernel left behind.
	Info ExitInfo
}

// Error returns the kind, reason and message, in one line.
func (e *EndedError) Error() string {
	text := "scxbridge: the kernel ended the scheduler: " + e.Info.Kind.String()
	if r := e.Info.Reason; r != "" && r != e.Info.Kind.String() {
		text += ": " + r
	}
	if m := e.Info.Message; m != "" {
		text += ": " + m
	}
	return text
}

// Is reports whether target is ErrEnded, or ErrRestart and a restart is asked for.
func (e *EndedError) Is(target error) bool {
	return target == ErrEnded || target == ErrRestart && e.Info.RestartRequested()
}

// PanicError is a panic of the policy, or of a hook, that [Run] caught. By the
// time Run returns it, the scheduler is detached and closed.
type PanicError struct {
	// Value is the argument of panic.
	Value any
	// Stack is the stack of the goroutine at the panic.
	Stack []byte
}

// Error returns the panic's value and its stack.
func (e *PanicError) Error() string {
	return fmt.Sprintf("scxbridge: policy panicked: %v\n\n%s", e.Value, e.Stack)
}

// Unwrap returns the panic's value if that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}
