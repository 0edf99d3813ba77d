//go:build !cgo || !linux

// Package capi is the only place where Go meets C. This program has no C: nothing can be opened. The methods are
// there only so that programs compile; absent_calls.go, which is generated, has more of them. Options are checked all
// the same, since simulated schedulers have them, too.
package capi

import (
	"runtime"
	"syscall"
)

// Missing says why there is no library in this program, and what to do about it.
var Missing = missing(runtime.GOOS)

func missing(goos string) string {
	if goos != "linux" {
		return "sched_ext is a part of Linux, and this program was built for " + goos + "; build it with GOOS=linux, on Linux"
	}
	return "this program was built without cgo, and so without the C library; build it with CGO_ENABLED=1 and a C compiler"
}

// absent is the status of all calls.
const absent = -int32(syscall.ENOSYS)

// Live returns how many handles are open.
func Live() int64 { return 0 }

// ABIVersion returns the version that this package was built for.
func ABIVersion() uint32 { return ABIMajor<<16 | ABIMinor }

// Version is empty: there is no library.
func Version() string { return "" }

// Strerror has no text.
func Strerror(int32) string { return "" }

// CheckOptions does what the library would do.
func CheckOptions(o Options) (status int32, text string) {
	if text := problem(o); text != "" {
		return -int32(syscall.EINVAL), text
	}
	return 0, ""
}

// Handle is never open.
type Handle struct{}

// Open says what is missing.
func Open(Options) (h *Handle, status int32, text string) { return nil, absent, Missing }

// Adopt says what is missing.
func Adopt(string) (h *Handle, status int32, text string) { return nil, absent, Missing }

// DetachPinned says what is missing.
func DetachPinned(string) (status int32, text string) { return absent, Missing }

// TopologyRead says what is missing.
func TopologyRead([]CPU) (n int, generation uint64, status int32, text string) {
	return 0, 0, absent, Missing
}

// TopologyGeneration says what is missing.
func TopologyGeneration() (generation uint64, status int32, text string) { return 0, absent, Missing }

// Close closes nothing.
func (*Handle) Close() {}

// Receive is not there.
func (*Handle) Receive([]Task) (n int, status int32) { return 0, absent }

// ReceiveWait is not there.
func (*Handle) ReceiveWait([]Task, int64) (n int, status int32) { return 0, absent }

// Dispatch is not there.
func (*Handle) Dispatch([]Decision) (n int, status int32) { return 0, absent }

// SelectCPU is not there.
func (*Handle) SelectCPU(pid, prevCPU int32) (cpu, status int32) { return -1, absent }

// SelectCPUs is not there.
func (*Handle) SelectCPUs([]CPURequest) int32 { return absent }

// Stats is not there.
func (*Handle) Stats() (Stats, int32) { return Stats{}, absent }

// ExitInfo is not there.
func (*Handle) ExitInfo() (ExitInfo, int32) { return ExitInfo{}, absent }

// ExitDump is not there.
func (*Handle) ExitDump() (string, int32) { return "", absent }

// ErrorText says what is missing.
func (*Handle) ErrorText() string { return Missing }
