package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

var diesWithUs = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}

// taskHigher computes in a class above sched_ext's, for busy of each period, until it is killed:
//
//	fifo        SCHED_FIFO, on CPU 1 only
//	fifo-wakes  the same, but first it wakes an ordinary task there
//	deadline    SCHED_DEADLINE, which may run on every CPU
func taskHigher(kind, busy, period string) {
	run := get(time.ParseDuration(busy))
	every := get(time.ParseDuration(period))
	wake := func() {}
	attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_FIFO, Priority: 40, Flags: unix.SCHED_FLAG_RESET_ON_FORK}
	switch kind {
	case "fifo":
		bind("1")
	case "fifo-wakes":
		wake = ordinaryTask()
		bind("1")
	case "deadline":
		attr = unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_DEADLINE, Flags: unix.SCHED_FLAG_RESET_ON_FORK,
			Runtime: uint64(run), Deadline: uint64(every), Period: uint64(every)}
	default:
		fatal(fmt.Errorf("there is no task of a higher class called %q", kind))
	}
	must(unix.SchedSetAttr(0, &attr, 0))
	// Others run on the CPU meanwhile, one of which has to leave it in the middle of its slice. (Go's own sleep would wake
	// this thread by another one. That one's record wakes the agent, which then was often preempted in a BPF program, where
	// it can't leave.)
	pause := unix.NsecToTimespec(int64(50 * time.Millisecond))
	unix.ClockNanosleep(unix.CLOCK_MONOTONIC, 0, &pause, nil)
	wake()
	fmt.Println("ready")
	for next := monotonic(); ; {
		compute(run)
		next += int64(every)
		until := unix.NsecToTimespec(next)
		unix.ClockNanosleep(unix.CLOCK_MONOTONIC, unix.TIMER_ABSTIME, &until, nil)
	}
}

// compute takes the CPU for this long. It calls nothing in which Go could take the CPU from this thread, as it does after
// 10 ms in most calls.
func compute(length time.Duration) {
	var now unix.Timespec
	for end := monotonic() + int64(length); now.Nano() < end; {
		unix.RawSyscall(unix.SYS_CLOCK_GETTIME, unix.CLOCK_MONOTONIC, uintptr(unsafe.Pointer(&now)), 0)
	}
}

// ordinaryTask starts a process that sleeps; the function that it returns wakes it.
func ordinaryTask() func() {
	sleeper := exec.Command("cat")
	pipe := get(sleeper.StdinPipe())
	sleeper.SysProcAttr = diesWithUs
	must(sleeper.Start())
	asleep := fmt.Sprintf("/proc/%d/wchan", sleeper.Process.Pid)
	for {
		// Ready when it waits in the kernel for the pipe.
		if where, _ := os.ReadFile(asleep); len(where) > 1 {
			break
		}
		time.Sleep(5 * time.Millisecond)
	}
	return func() { pipe.Write([]byte("x")) }
}
