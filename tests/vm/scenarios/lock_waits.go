//go:build !demo

package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// lockWaits counts how often CPUs had to wait for spinlocks.
type lockWaits map[lockWait]int

// lockWait is a lock, and the kernel function that waited for it: `F in P` is F, called by the BPF program P.
type lockWait struct{ lock, caller string }

// A probe, since the kernel's own event lock:contention_begin needs three CPUs that want the same lock.
const (
	lockEvent     = tracefs + "/events/scxbridge/spin"
	lockProbe     = "p:scxbridge/spin native_queued_spin_lock_slowpath lock=$arg1:x64"
	lockHistogram = "hist:keys=lock.hex,common_stacktrace:size=8192"
)

// countLockWaits starts counting, and returns a function that reads the counts so far.
func (t *T) countLockWaits() (read func() lockWaits) {
	t.mountTracefs()
	t.Check(appendTo(tracefs+"/kprobe_events", lockProbe), "probe waits for a lock; has this kernel kprobes?")
	t.Cleanup(func() { t.Check(appendTo(tracefs+"/kprobe_events", "-:scxbridge/spin"), "remove the probe") })
	t.Check(appendTo(lockEvent+"/trigger", lockHistogram), "count waits by stacks; has this kernel histograms of events?")
	t.Cleanup(func() { t.Check(appendTo(lockEvent+"/trigger", "!"+lockHistogram), "end counting") })
	return func() lockWaits { return parseLockWaits(t.read(lockEvent + "/hist")) }
}

// parseLockWaits reads a histogram: for each lock and stack there is
//
//	{ lock: ADDRESS, common_stacktrace:
//	         FUNCTION+0xOFFSET/0xSIZE
//	         ...
//	} hitcount: NUMBER
func parseLockWaits(histogram string) lockWaits {
	waits := lockWaits{}
	for _, entry := range strings.Split(histogram, "{ lock:")[1:] {
		stack, rest, _ := strings.Cut(entry, "} hitcount:")
		lines := strings.Split(strings.TrimSpace(stack), "\n")
		lock, _, _ := strings.Cut(lines[0], ",")
		var hits int
		fmt.Sscan(rest, &hits)
		waits[lockWait{lock, lockCaller(lines[1:])}] += hits
	}
	return waits
}

// Parts of the names of functions between a lock and its caller.
var lockFunctions = []string{"spin_lock", "spin_rq_lock", "resilient_", "trace_", "probe", "exc_int3", "asm_exc"}

// lockCaller returns the first function of a stack that is not one of lockFunctions. A frame without a name is the probe's.
func lockCaller(stack []string) string {
	caller := ""
	for _, frame := range stack {
		function, _, _ := strings.Cut(strings.TrimSpace(frame), "+0x")
		tagged, ofProgram := strings.CutPrefix(function, "bpf_prog_")
		switch {
		case ofProgram && caller != "":
			_, program, _ := strings.Cut(tagged, "_")
			return caller + " in " + program
		case !ofProgram && caller == "" && !strings.HasPrefix(function, "0x") && !containsAny(function, lockFunctions):
			caller = function
		}
	}
	return caller
}

func containsAny(text string, parts []string) bool {
	return slices.ContainsFunc(parts, func(part string) bool { return strings.Contains(text, part) })
}

// since returns the counts since before.
func (w lockWaits) since(before lockWaits) lockWaits {
	after := maps.Clone(w)
	for at, n := range before {
		after[at] -= n
	}
	return after
}

func (w lockWaits) sum() (sum int) {
	for _, n := range w {
		sum += n
	}
	return sum
}

// by sums the counts by a part of their place, and lists the eight greatest.
func (w lockWaits) by(part func(lockWait) string) string {
	sums := map[string]int{}
	for at, n := range w {
		if n > 0 {
			sums[part(at)] += n
		}
	}
	names := slices.SortedFunc(maps.Keys(sums), func(a, b string) int { return sums[b] - sums[a] })
	for i, name := range names {
		names[i] = fmt.Sprintf("%d %s", sums[name], name)
	}
	return strings.Join(names[:min(8, len(names))], ", ")
}

var (
	// Functions that take a run queue's lock, and never a dispatch queue's.
	runQueueCallers = []string{"__schedule", "try_to_wake_up", "sched_tick", "task_rq_lock"}
	// Functions that take a dispatch queue's lock. Not scx_dsq_move, which takes a run queue's as well.
	dispatchQueueCallers = []string{"dispatch_enqueue", "consume_dispatch_q", "dispatch_dequeue", "iter_scx_dsq"}
)

// ofQueues returns the waits for the locks of dispatch queues.
func (w lockWaits) ofQueues() lockWaits {
	takenBy := func(lock string, callers []string) bool {
		for at := range w {
			if at.lock == lock && containsAny(at.caller, callers) {
				return true
			}
		}
		return false
	}
	locks := maps.Clone(w)
	maps.DeleteFunc(locks, func(at lockWait, _ int) bool {
		return !takenBy(at.lock, dispatchQueueCallers) || takenBy(at.lock, runQueueCallers)
	})
	return locks
}
