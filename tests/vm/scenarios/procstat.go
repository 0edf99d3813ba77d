package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"time"
)

// usage is what a process has used so far. Faults include those of threads that ended.
type usage struct {
	minorFaults, majorFaults uint64
	onCPU                    time.Duration // user and system, of the present threads
	rssMax                   uint64        // bytes; the most so far
	switches                 uint64        // context switches, of the present threads
}

// sub returns what was used since then, except that the memory is still the most so far.
func (u usage) sub(then usage) usage {
	u.minorFaults -= then.minorFaults
	u.majorFaults -= then.majorFaults
	u.onCPU -= then.onCPU
	u.switches -= then.switches
	return u
}

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
		// A thread may end meanwhile. These times are exact; those in stat are in ticks.
		folder := fmt.Sprintf("/proc/%d/task/%s/", pid, task.Name())
		if text, err := os.ReadFile(folder + "status"); err == nil {
			u.switches += procNumber(string(text), "voluntary_ctxt_switches:") + procNumber(string(text), "nonvoluntary_ctxt_switches:")
		}
		onCPU, err := schedstatTime(folder + "schedstat")
		if err != nil && !threadEnded(err) {
			return u, err
		}
		u.onCPU += onCPU
	}
	return u, nil
}

// parseUsage reads the texts of /proc/PID/stat and /proc/PID/status.
func parseUsage(stat, status string) (u usage, err error) {
	if u.minorFaults, err = statField(stat, 10); err != nil {
		return u, err
	}
	u.majorFaults, err = statField(stat, 12)
	u.rssMax = procNumber(status, "VmHWM:") * 1024
	return u, err
}

// statField reads a number of /proc/PID/stat, by its place in proc_pid_stat(5): the fourth or a later one.
func statField(stat string, field int) (uint64, error) {
	// The name, in parentheses, may have spaces and parentheses itself. The field after it is the third.
	name := strings.LastIndexByte(stat, ')')
	fields := strings.Fields(stat[name+1:])
	if name < 0 || len(fields) < 13 || len(fields) <= field-3 {
		return 0, fmt.Errorf("stat is not of the form known: %q", stat)
	}
	n, err := strconv.ParseUint(fields[field-3], 10, 64)
	if err != nil {
		return 0, fmt.Errorf("field %d of stat: %w", field, err)
	}
	return n, nil
}

// procNumber returns the first number in the line of a file of /proc that begins with key, or 0 if there is none.
func procNumber(text, key string) (n uint64) {
	if _, rest, found := strings.Cut("\n"+text, "\n"+key); found {
		fmt.Sscan(rest, &n)
	}
	return n
}

// threadEnded reports whether the error is that a thread's file could not be read, not that its text is wrong.
func threadEnded(err error) bool {
	var read *fs.PathError
	return errors.As(err, &read)
}

// schedstatTime returns the CPU time of a thread, from its file schedstat.
func schedstatTime(file string) (time.Duration, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	first, _, _ := strings.Cut(string(text), " ")
	ns, err := strconv.ParseInt(first, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", file, err)
	}
	return time.Duration(ns), nil
}
