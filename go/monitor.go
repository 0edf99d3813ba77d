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

// Go's runtime has a thread, sysmon, that watches over the others: it looks every 20 µs at
// first, and begins anew whenever it took a processor from a thread in a system call. Under
// load it does so about every 10 ms, since the thread of the rounds mostly waits in one. Each
// look is a wake-up, and takes a CPU that others want. With more timer slack, see
// PR_SET_TIMERSLACK in prctl(2), its looks fall together with other interrupts.

// monitor is that thread, or rather its timer slack.
type monitor struct {
	file   string
	before []byte
}

var errNoMonitor = errors.New("the thread was not found")

// slowMonitor gives the monitor so much slack, until restore. It needs CAP_SYS_NICE.
func slowMonitor(slack time.Duration) (*monitor, error) {
	tid, err := findMonitor()
	if err != nil {
		return nil, fmt.Errorf("scxbridge: set the monitor's slack: %w", err)
	}
	// Linux has this file of a thread only under its own id, not under task/.
	m := &monitor{file: "/proc/" + tid + "/timerslack_ns"}
	if m.before, err = os.ReadFile(m.file); err == nil {
		err = os.WriteFile(m.file, strconv.AppendInt(nil, int64(slack), 10), 0)
	}
	if err != nil {
		return nil, fmt.Errorf("scxbridge: set the monitor's slack: %w (it needs CAP_SYS_NICE)", err)
	}
	return m, nil
}

// slowMonitorWhile is slowMonitor beside other work: to find the thread takes a while, and
// nothing has to wait for it. The function that is returned ends it.
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

// restore gives it what it had, if it can.
func (m *monitor) restore() { _ = os.WriteFile(m.file, m.before, 0) }

// findMonitor returns its id: of the thread that is found in nanosleep again and again. Other
// threads of Go's runtime are there for moments only, and C's sleep is another system call.
func findMonitor() (string, error) {
	const looks, enough = 100, 10
	nanosleep := strconv.Itoa(syscall.SYS_NANOSLEEP)
	found := map[string]int{}
	for range looks {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return "", err
		}
		for _, thread := range threads {
			// A thread may have ended; then it is none of interest.
			call, _ := os.ReadFile("/proc/self/task/" + thread.Name() + "/syscall")
			if number, _, _ := strings.Cut(string(call), " "); number != nanosleep {
				continue
			}
			if found[thread.Name()]++; found[thread.Name()] == enough {
				return thread.Name(), nil
			}
		}
	}
	return "", errNoMonitor
}
