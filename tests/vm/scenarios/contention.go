package main

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"golang.org/x/sys/unix"
)

// tracefs has the kernel's tracing, if it is mounted.
const tracefs = "/sys/kernel/tracing"

// contentions counts how often CPUs had to wait for a spinning lock, by who called for it. (The
// kernel's own event, lock:contention_begin, only tells of three CPUs that want the same one.)
type contentions struct {
	t      *T
	folder string // of the event
}

const (
	contentionProbe = "p:scxbridge/spin native_queued_spin_lock_slowpath"
	contentionHist  = "hist:keys=common_stacktrace:size=4096"
)

// watchContention begins to count, or skips the scenario.
func (t *T) watchContention() *contentions {
	if _, err := os.Stat(tracefs + "/events"); err != nil {
		t.Check(unix.Mount("tracefs", tracefs, "tracefs", 0, ""), "mount tracefs")
	}
	if err := appendTo(tracefs+"/kprobe_events", contentionProbe); err != nil {
		t.Skipf("this kernel has no probe for a lock that is held: %v", err)
	}
	c := &contentions{t: t, folder: tracefs + "/events/scxbridge/spin"}
	t.Cleanup(func() { t.Check(appendTo(tracefs+"/kprobe_events", "-:scxbridge/spin"), "remove the probe") })
	if err := appendTo(c.folder+"/trigger", contentionHist); err != nil {
		t.Skipf("this kernel cannot count by callers: %v", err)
	}
	t.Cleanup(func() { t.Check(appendTo(c.folder+"/trigger", "!"+contentionHist), "end counting") })
	return c
}

func appendTo(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text + "\n")
	return errors.Join(err, f.Close())
}

// read returns the counts so far.
func (c *contentions) read() map[string]int {
	text, err := os.ReadFile(c.folder + "/hist")
	c.t.Check(err, "read the counts")
	return parseContention(string(text))
}

var (
	stackFrame = regexp.MustCompile(`^\s+(\w+)\+0x`)
	stackCount = regexp.MustCompile(`hitcount:\s+(\d+)`)
	// What a lock is taken by, on the way from its caller.
	lockFrame = regexp.MustCompile(`spin_lock|^raw_spin_rq_lock|^resilient_|trace_|probe|^exc_int3|^asm_exc`)
)

// parseContention reads a histogram over stacks: of each it takes the first function that is
// none of the lock's own.
func parseContention(text string) map[string]int {
	counts := map[string]int{}
	caller := ""
	for _, line := range strings.Split(text, "\n") {
		if m := stackFrame.FindStringSubmatch(line); m != nil {
			if caller == "" && !lockFrame.MatchString(m[1]) {
				caller = m[1]
			}
		}
		if m := stackCount.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[1])
			counts[caller] += n
			caller = ""
		}
	}
	return counts
}

// The callers that take a dispatch queue's lock.
var dsqCaller = regexp.MustCompile(`dispatch_enqueue|consume_dispatch_q|dispatch_dequeue|scx_dsq_|scx_bpf_dsq|iter_scx_dsq|scx_dispatch_from`)

var _ = register(Scenario{
	Name: "contention",
	Doc:  "with all wake-ups parked on one queue, a CPU hardly ever has to wait for the lock of a dispatch queue",
	run: func(t *T) {
		c := t.watchContention()
		s := t.schedule(t.vruntime(), scx.RunOptions{Options: scx.Options{NoBuiltinIdle: true}})
		before, beforehand := s.stats(), c.read()
		t.load("messages", "--groups", strconv.Itoa(runtime.NumCPU()), "--count", "200").succeed(4 * time.Minute)
		t.load("wakers", "--messengers", "2", "--workers", strconv.Itoa(runtime.NumCPU()), "--count", "200").succeed(4 * time.Minute)
		st := s.stats().Sub(before)
		counts := c.read()
		s.stop()

		callers := make([]string, 0, len(counts))
		queues, all := 0, 0
		for caller, n := range counts {
			n -= beforehand[caller]
			counts[caller] = n
			callers = append(callers, caller)
			all += n
			if dsqCaller.MatchString(caller) {
				queues += n
			}
		}
		slices.SortFunc(callers, func(a, b string) int { return counts[b] - counts[a] })
		for _, caller := range callers[:min(12, len(callers))] {
			t.Logf("%6d waits for a lock in %s", counts[caller], caller)
		}
		per1000 := func(n int) string { return fmt.Sprintf("%.1f", 1000*float64(n)/float64(st.Queued)) }
		t.Logf("%d CPUs, %d parked: for each 1000 of these %s waits for a dispatch queue, %s for any lock",
			runtime.NumCPU(), st.Queued, per1000(queues), per1000(all))
		if st.Queued < 1000 {
			t.Errorf("only %d tasks were parked", st.Queued)
		}
		if uint64(queues) > st.Queued/10 {
			t.Errorf("%d waits for a dispatch queue, for %d parked tasks", queues, st.Queued)
		}
	},
})
