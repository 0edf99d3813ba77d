//go:build linux

package scxbridge

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// The Go runtime's monitor thread, sysmon, polls every 20 µs at first, then less and less often.
// It starts over whenever it retakes a P from a thread in a system call. Under load that happens
// about every 10 ms, since the round thread mostly waits in one. Each poll is a wake-up, which
// takes a CPU that others want. With more timer slack (PR_SET_TIMERSLACK in prctl(2)), polls
// coincide with other interrupts.

// monitor is the timer slack of sysmon.
type monitor struct {
	file   string
	before []byte
}

var errNoMonitor = errors.New("the thread was not found")

// slowMonitor gives the monitor this much slack, until restore. It needs CAP_SYS_NICE.
func slowMonitor(slack time.Duration) (*monitor, error) {
	tid, err := findMonitor()
	if err != nil {
		return nil, fmt.Errorf("scxbridge: set the monitor's slack: %w", err)
	}
	// A thread has this file only in /proc/TID, not in /proc/PID/task/TID.
	m := &monitor{file: "/proc/" + tid + "/timerslack_ns"}
	if m.before, err = os.ReadFile(m.file); err == nil {
		err = os.WriteFile(m.file, strconv.AppendInt(nil, int64(slack), 10), 0)
	}
	if err != nil {
		return nil, fmt.Errorf("scxbridge: set the monitor's slack: %w (it needs CAP_SYS_NICE)", err)
	}
	return m, nil
}

// slowMonitorWhile runs slowMonitor in the background, since finding the thread takes a while.
// The function that it returns restores the slack.
func slowMonitorWhile(slack time.Duration, log *slog.Logger) (end func()) {
	found := make(chan *monitor, 1)
	go func() {
		m, err := slowMonitor(slack)
		if err != nil {
			log.Info("Go's monitor thread stays as it is", "cause", err)
		}
		found <- m
	}()
	return func() {
		if m := <-found; m != nil {
			m.restore()
		}
	}
}

// restore sets the slack to what it was, if it can.
func (m *monitor) restore() { _ = os.WriteFile(m.file, m.before, 0) }

// findMonitor returns the id of the monitor: the thread that several looks in a row find in
// nanosleep. The Go runtime's other threads are there only for moments, and C's sleep uses another
// system call. A monitor that has had nothing to do waits elsewhere; the looks bring it back. On a machine that is very
// busy there may be too few looks; then the thread is not found. If no look was allowed, the error says so.
func findMonitor() (string, error) {
	const longest, enough = time.Second, 10
	refused := errNoMonitor
	nanosleep := strconv.Itoa(syscall.SYS_NANOSLEEP)
	found, looked := map[string]int{}, false
	for began := time.Now(); time.Since(began) < longest; {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return "", err
		}
		for _, thread := range threads {
			call, err := os.ReadFile("/proc/self/task/" + thread.Name() + "/syscall")
			if err == nil {
				looked = true
			} else if !errors.Is(err, os.ErrNotExist) { // else the thread has ended
				refused = err
			}
			if number, _, _ := strings.Cut(string(call), " "); number != nanosleep {
				delete(found, thread.Name())
				continue
			}
			if found[thread.Name()]++; found[thread.Name()] == enough {
				return thread.Name(), nil
			}
		}
	}
	if looked {
		return "", errNoMonitor
	}
	return "", refused
}
