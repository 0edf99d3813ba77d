package rules

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// What /proc says, as text. All of it comes from the kernel, but parts of it are a task's own words.

var errProc = errors.New("not what the kernel writes")

// kernelThread is PF_KTHREAD of the kernel's flags of a task.
const kernelThread = 0x200000

// stat is what we need of /proc/PID/stat.
type stat struct {
	pid, ppid int32
	comm      string
	kernel    bool
	start     uint64
	policy    int // -1: it is not there
}

// parseStat reads /proc/PID/stat. The name in parentheses may have blanks, line feeds and parentheses.
func parseStat(text []byte) (stat, error) {
	from, to := bytes.IndexByte(text, '('), bytes.LastIndexByte(text, ')')
	if from < 1 || to < from {
		return stat{}, errProc
	}
	pid, err := strconv.ParseInt(strings.TrimSpace(string(text[:from])), 10, 32)
	if err != nil {
		return stat{}, errProc
	}
	rest := strings.Fields(string(text[to+1:]))
	const ppid, flags, start = 1, 6, 19 // after the state, which is the first
	if len(rest) <= start {
		return stat{}, errProc
	}
	parent, err1 := strconv.ParseInt(rest[ppid], 10, 32)
	bits, err2 := strconv.ParseUint(rest[flags], 10, 64)
	began, err3 := strconv.ParseUint(rest[start], 10, 64)
	if err := errors.Join(err1, err2, err3); err != nil || pid < 0 || parent < 0 {
		return stat{}, errProc
	}
	s := stat{int32(pid), int32(parent), string(text[from+1 : to]), bits&kernelThread != 0, began, -1}
	const policy = 38
	if len(rest) > policy {
		if s.policy, err = strconv.Atoi(rest[policy]); err != nil {
			return stat{}, errProc
		}
	}
	return s, nil
}

// parseStatus returns a value of /proc/PID/status.
func parseStatus(text []byte, key string) (string, error) {
	for _, line := range strings.Split(string(text), "\n") {
		if value, is := strings.CutPrefix(line, key+":"); is {
			return strings.TrimSpace(value), nil
		}
	}
	return "", fmt.Errorf("it has no line %s: %w", key, errProc)
}

// parseUID returns the effective user of /proc/PID/status.
func parseUID(text []byte) (uint32, error) {
	value, err := parseStatus(text, "Uid")
	if err != nil {
		return 0, err
	}
	ids := strings.Fields(value) // real, effective, saved, of the file system
	if len(ids) != 4 {
		return 0, errProc
	}
	uid, err := strconv.ParseUint(ids[1], 10, 32)
	if err != nil {
		return 0, errProc
	}
	return uint32(uid), nil
}

// parseCgroup returns the path of version 2 in /proc/PID/cgroup. It is empty on a machine without that version.
func parseCgroup(text []byte) (string, error) {
	for _, line := range strings.Split(string(text), "\n") {
		if path, is := strings.CutPrefix(line, "0::"); is {
			// A group that was removed, while a zombie is in it.
			path = strings.TrimSuffix(path, " (deleted)")
			if !strings.HasPrefix(path, "/") {
				return "", errProc
			}
			return path, nil
		}
	}
	return "", nil
}

// parseCmdline makes one line of /proc/PID/cmdline, whose arguments end with a zero byte.
func parseCmdline(text []byte) string {
	return strings.TrimRight(string(bytes.ReplaceAll(text, []byte{0}, []byte{' '})), " ")
}
