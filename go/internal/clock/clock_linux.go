package clock

import (
	"math"
	"syscall"
	"time"
	"unsafe"
)

// Read returns what a clock says, in ns; 0: it cannot be read.
func Read(id uintptr) uint64 {
	var ts syscall.Timespec
	if _, _, errno := syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, id, uintptr(unsafe.Pointer(&ts)), 0); errno != 0 {
		return 0
	}
	return uint64(ts.Nano())
}

// Fast tells CLOCK_MONOTONIC without a system call: Go's own clock is the same but for its origin.
type Fast struct {
	base uint64
	at   time.Time
}

// NewFast finds the two clocks' distance: that of the quickest of some readings.
func NewFast() Fast {
	var c Fast
	least := int64(math.MaxInt64)
	for range 16 {
		before := time.Now()
		ns := Read(Monotonic)
		took := int64(time.Since(before))
		if took < least {
			least = took
			c = Fast{base: ns - uint64(took)/2, at: before}
		}
	}
	return c
}

// Now returns the time in ns.
func (c *Fast) Now() uint64 { return c.base + uint64(time.Since(c.at)) }
