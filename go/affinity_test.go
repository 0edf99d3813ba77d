//go:build linux

package scxbridge

import (
	"errors"
	"runtime"
	"strings"
	"syscall"
	"testing"
)

// thisThread returns the CPUs of the calling thread.
func thisThread(t *testing.T) cpuMask {
	t.Helper()
	var mask cpuMask
	if err := affinity(syscall.SYS_SCHED_GETAFFINITY, &mask); err != nil {
		t.Fatal(err)
	}
	return mask
}

func TestBindThread(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := thisThread(t)
	var cpu int
	for before[cpu/64]&(1<<(cpu%64)) == 0 {
		cpu++
	}
	restore, err := bindThread([]int{cpu})
	if err != nil {
		t.Fatal(err)
	}
	var want cpuMask
	want[cpu/64] = 1 << (cpu % 64)
	if got := thisThread(t); got != want {
		t.Errorf("bound to CPU %d, the thread may use %x", cpu, got)
	}
	restore()
	if got := thisThread(t); got != before {
		t.Errorf("after that, it may use %x, not %x", got, before)
	}
}

func TestBindThreadRefused(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	before := thisThread(t)
	for cpu, why := range map[int]string{-1: "has -1", 8192: "has 8192", 8191: "none of these is online"} {
		if _, err := bindThread([]int{cpu}); !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), why) {
			t.Errorf("CPU %d: %v", cpu, err)
		}
	}
	if got := thisThread(t); got != before {
		t.Errorf("refused, it may use %x, not %x", got, before)
	}
}
