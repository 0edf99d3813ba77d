//go:build linux && cgo

package scxbridge

import (
	"context"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

func slackOf(t *testing.T, tid string) time.Duration {
	t.Helper()
	text, err := os.ReadFile("/proc/" + tid + "/timerslack_ns")
	if err != nil {
		t.Fatal(err)
	}
	ns, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return time.Duration(ns)
}

// notEmulated skips a test in an emulated process, as in make test-cross: there, /proc has the
// host's system call numbers.
func notEmulated(t *testing.T) {
	t.Helper()
	if os.Getenv("SCXB_EMULATED") != "" {
		t.Skip("in an emulated process /proc tells the host's numbers of system calls")
	}
}

// findMonitor always finds the same thread. (Without cgo there is no scheduler to run, so nobody looks for it.)
func TestFindMonitor(t *testing.T) {
	notEmulated(t)
	first, err := findMonitor()
	if err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if again, err := findMonitor(); err != nil || again != first {
			t.Errorf("found %s, %v, and %s before", again, err, first)
		}
	}
}

// While Run runs, the monitor has the slack that was asked for, and afterwards what it had.
func TestRunMonitorSlack(t *testing.T) {
	notEmulated(t)
	if os.Geteuid() != 0 {
		t.Skip("only root may set the timer slack of another thread")
	}
	tid, err := findMonitor()
	if err != nil {
		t.Fatal(err)
	}
	before := slackOf(t, tid)
	for _, c := range []struct{ slack, want time.Duration }{
		{0, before},
		{7 * time.Millisecond, 7 * time.Millisecond},
	} {
		f := newFake(t)
		f.queue(Task{PID: 1, Seq: 1})
		ctx, cancel := context.WithCancel(context.Background())
		var during time.Duration
		policy := &echo{after: func() {
			// The thread is looked for in the background.
			for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); {
				if during = slackOf(t, tid); during == c.want {
					break
				}
			}
			cancel()
		}}
		if err := run(ctx, policy, RunOptions{MonitorSlack: c.slack}, openFakes(f)); err != nil {
			t.Fatal(err)
		}
		if during != c.want {
			t.Errorf("%v: the monitor has %v", c.slack, during)
		}
		if after := slackOf(t, tid); after != before {
			t.Errorf("%v: afterwards the monitor has %v, had %v", c.slack, after, before)
		}
	}
}
