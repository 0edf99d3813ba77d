package main

import (
	"errors"
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
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
	Doc:  "counts waits for locks where dispatch queues are used, with all wake-ups parked: with leases there are fewer",
	run: func(t *T) {
		c := t.watchContention()
		load := func() map[string]int {
			before := c.read()
			t.load("messages", "--groups", strconv.Itoa(runtime.NumCPU()), "--count", "200").succeed(4 * time.Minute)
			t.load("wakers", "--messengers", "2", "--workers", strconv.Itoa(runtime.NumCPU()), "--count", "200").succeed(4 * time.Minute)
			counts := c.read()
			for caller, n := range before {
				counts[caller] -= n
			}
			return counts
		}
		_, all := sumContention(load())
		t.Logf("%d CPUs; under the kernel's scheduler %d waits for a lock", runtime.NumCPU(), all)
		waits := map[time.Duration]int{}
		for _, lease := range []time.Duration{0, 20 * time.Millisecond} {
			p, err := policy.NewVRuntime(policy.VRuntimeOptions{Lease: lease})
			t.Check(err, "make the policy")
			s := t.schedule(p, scx.RunOptions{Options: scx.Options{NoBuiltinIdle: true}})
			before := s.stats()
			counts := load()
			st := s.stats().Sub(before)
			s.stop()

			queues, all := sumContention(counts)
			t.Logf("with leases of %v: %d waits for a lock, %d of these where dispatch queues are used; %d parked, %d leased",
				lease, all, queues, st.Queued, st.Leased)
			callers := slices.SortedFunc(maps.Keys(counts), func(a, b string) int { return counts[b] - counts[a] })
			for _, caller := range callers[:min(10, len(callers))] {
				t.Logf("%6d in %s", counts[caller], caller)
			}
			if lease == 0 && st.Queued < 1000 {
				t.Errorf("only %d tasks were parked", st.Queued)
			}
			waits[lease] = queues
		}
		if waits[0] < 20 {
			t.Skipf("%d waits where dispatch queues are used are too few to compare", waits[0])
		}
		if waits[20*time.Millisecond] >= waits[0] {
			t.Errorf("with leases there are %d waits, without %d", waits[20*time.Millisecond], waits[0])
		}
	},
})

// sumContention returns how many waited for a dispatch queue, and how many for any lock.
func sumContention(counts map[string]int) (queues, all int) {
	for caller, n := range counts {
		all += n
		if dsqCaller.MatchString(caller) {
			queues += n
		}
	}
	return queues, all
}
