//go:build linux

package scxbridge

import (
	"errors"
	"fmt"
	"syscall"
	"unsafe"
)

// cpuMask is a set of CPUs, as sched_setaffinity(2) has it: as many as a kernel can be built for.
type cpuMask [8192 / 64]uint64

// bindThread lets the calling thread, to which its goroutine must be locked, use only these CPUs, until restore.
func bindThread(cpus []int) (restore func(), err error) {
	var before, mask cpuMask
	for _, cpu := range cpus {
		if cpu < 0 || cpu >= len(mask)*64 {
			return nil, invalid("run", "RunOptions.CPUs has %d, but CPU ids are from 0 to %d", cpu, len(mask)*64-1)
		}
		mask[cpu/64] |= 1 << (cpu % 64)
	}
	if err := affinity(syscall.SYS_SCHED_GETAFFINITY, &before); err != nil {
		return nil, fmt.Errorf("scxbridge: run: read the CPUs of the thread that makes the rounds: %w", err)
	}
	switch err := affinity(syscall.SYS_SCHED_SETAFFINITY, &mask); {
	case errors.Is(err, syscall.EINVAL):
		return nil, invalid("run", "RunOptions.CPUs is %d: none of these is online, and in this process's cpuset", cpus)
	case err != nil:
		return nil, fmt.Errorf("scxbridge: run: bind the thread that makes the rounds to the CPUs %d: %w", cpus, err)
	}
	return func() { _ = affinity(syscall.SYS_SCHED_SETAFFINITY, &before) }, nil
}

func affinity(call uintptr, mask *cpuMask) error {
	if _, _, errno := syscall.RawSyscall(call, 0, unsafe.Sizeof(*mask), uintptr(unsafe.Pointer(mask))); errno != 0 {
		return errno
	}
	return nil
}
