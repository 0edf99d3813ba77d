package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage is what a process has used so far, all its threads together, those that ended included.
type usage struct {
	minorFaults, majorFaults uint64
	user, system             time.Duration // in ticks of 10 ms
	rssMax                   uint64        // bytes; the most so far
	voluntary, involuntary   uint64        // context switches of the threads that live
}

func (u usage) cpu() time.Duration { return u.user + u.system }

// sub is what was used since then. The memory is not a difference: it stays the most so far.
func (u usage) sub(then usage) usage {
	u.minorFaults -= then.minorFaults
	u.majorFaults -= then.majorFaults
	u.user -= then.user
	u.system -= then.system
	u.voluntary -= then.voluntary
	u.involuntary -= then.involuntary
	return u
}

// clockTick is the unit of times in /proc: USER_HZ is 100 on every architecture that sched_ext has.
const clockTick = 10 * time.Millisecond

func readUsage(pid int) (usage, error) {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return usage{}, err
	}
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return usage{}, err
	}
	u, err := parseUsage(string(stat), string(status))
	if err != nil {
		return u, fmt.Errorf("/proc/%d: %w", pid, err)
	}
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	if err != nil {
		return u, err
	}
	for _, task := range tasks {
		// A thread may end meanwhile.
		if text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/status", pid, task.Name())); err == nil {
			u.voluntary += statusField(string(text), "voluntary_ctxt_switches")
			u.involuntary += statusField(string(text), "nonvoluntary_ctxt_switches")
		}
	}
	return u, nil
}

// parseUsage reads the texts of /proc/PID/stat and /proc/PID/status.
func parseUsage(stat, status string) (usage, error) {
	var u usage
	// The name, in parentheses, may have spaces and parentheses itself.
	name := strings.LastIndexByte(stat, ')')
	fields := strings.Fields(stat[name+1:])
	if name < 0 || len(fields) < 13 {
		return u, fmt.Errorf("stat is not of the form known: %q", stat)
	}
	var wrong error
	// The first of these fields is the third of proc_pid_stat(5).
	number := func(field int) uint64 {
		n, err := strconv.ParseUint(fields[field-3], 10, 64)
		if err != nil {
			wrong = fmt.Errorf("field %d of stat: %w", field, err)
		}
		return n
	}
	u.minorFaults, u.majorFaults = number(10), number(12)
	u.user, u.system = time.Duration(number(14))*clockTick, time.Duration(number(15))*clockTick
	u.rssMax = statusField(status, "VmHWM") * 1024
	return u, wrong
}

// statusField is a number of /proc/PID/status, 0 if it has none of this name.
func statusField(status, name string) uint64 {
	for _, line := range strings.Split(status, "\n") {
		if key, value, ok := strings.Cut(line, ":"); ok && key == name {
			number, _, _ := strings.Cut(strings.TrimSpace(value), " ")
			n, _ := strconv.ParseUint(number, 10, 64)
			return n
		}
	}
	return 0
}
