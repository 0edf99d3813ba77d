package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/scxbridge/scxbridge/go/policy"
	"golang.org/x/sys/unix"
)

// tracefs has the kernel's tracing, if it is mounted.
const tracefs = "/sys/kernel/tracing"

// contentions counts how often CPUs had to wait for a spinning lock, by lock and by who called for
// it. (The kernel's own event, lock:contention_begin, only tells of three CPUs that want the same one.)
type contentions struct {
	t      *T
	folder string // of the event
}

const (
	contentionProbe = "p:scxbridge/spin native_queued_spin_lock_slowpath lock=$arg1:x64"
	contentionHist  = "hist:keys=lock.hex,common_stacktrace:size=8192"
)

// waitPlace is where CPUs waited: for which lock, and in which of the kernel's functions.
type waitPlace struct{ lock, caller string }

// waitCounts is how often.
type waitCounts map[waitPlace]int

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
func (c *contentions) read() waitCounts {
	text, err := os.ReadFile(c.folder + "/hist")
	c.t.Check(err, "read the counts")
	return parseContention(string(text))
}

var (
	// In an iterator's function, which of our programs it works for.
	stackProgram = regexp.MustCompile(`^\s+bpf_prog_[0-9a-f]+_(\w+)`)
	stackLock    = regexp.MustCompile(`^\{ lock:\s*(\w+)`)
	stackFrame   = regexp.MustCompile(`^\s+(\w+)\+0x`)
	stackCount   = regexp.MustCompile(`hitcount:\s+(\d+)`)
	// What a lock is taken by, on the way from its caller.
	lockFrame = regexp.MustCompile(`spin_lock|^raw_spin_rq_lock|^_raw_spin_rq_lock|^resilient_|trace_|probe|^exc_int3|^asm_exc`)
)

// parseContention reads a histogram over locks and stacks: of each stack it takes the first
// function that is none of the lock's own.
func parseContention(text string) waitCounts {
	counts := waitCounts{}
	var at waitPlace
	for _, line := range strings.Split(text, "\n") {
		if m := stackLock.FindStringSubmatch(line); m != nil {
			at = waitPlace{lock: m[1]}
		} else if m := stackProgram.FindStringSubmatch(line); m != nil {
			if at.caller != "" && !strings.Contains(at.caller, " in ") {
				at.caller += " in " + m[1]
			}
		} else if m := stackFrame.FindStringSubmatch(line); m != nil {
			if at.caller == "" && !lockFrame.MatchString(m[1]) {
				at.caller = m[1]
			}
		} else if m := stackCount.FindStringSubmatch(line); m != nil {
			n, _ := strconv.Atoi(m[1])
			counts[at] += n
		}
	}
	return counts
}

// since returns what was counted after before.
func (w waitCounts) since(before waitCounts) waitCounts {
	after := maps.Clone(w)
	for at, n := range before {
		after[at] -= n
	}
	return after
}

func (w waitCounts) sum() int {
	sum := 0
	for _, n := range w {
		sum += n
	}
	return sum
}

// by adds them up by a part of their place, and lists the greatest first.
func (w waitCounts) by(part func(waitPlace) string) []string {
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
	return names
}

var (
	// Where the lock of a run queue is taken, and never that of a dispatch queue.
	runQueueCaller = regexp.MustCompile(`^__schedule$|^try_to_wake_up$|^sched_tick$|task_rq_lock`)
	// Where that of a dispatch queue is; but scx_dsq_move takes a run queue's as well.
	ownQueueCaller = regexp.MustCompile(`dispatch_enqueue|consume_dispatch_q|dispatch_dequeue|iter_scx_dsq`)
)

// queueLocks returns the waits for the locks of dispatch queues.
func (w waitCounts) queueLocks() waitCounts {
	ofRunQueue, ofQueue := map[string]bool{}, map[string]bool{}
	for at := range w {
		ofRunQueue[at.lock] = ofRunQueue[at.lock] || runQueueCaller.MatchString(at.caller)
		ofQueue[at.lock] = ofQueue[at.lock] || ownQueueCaller.MatchString(at.caller)
	}
	locks := maps.Clone(w)
	maps.DeleteFunc(locks, func(at waitPlace, _ int) bool { return !ofQueue[at.lock] || ofRunQueue[at.lock] })
	return locks
}

var _ = register(Scenario{
	Name: "contention",
	Doc:  "counts waits for the locks of dispatch queues, with all wake-ups parked: with leases there are fewer",
	run: func(t *T) {
		c := t.watchContention()
		load := func() waitCounts {
			before := c.read()
			t.load("messages", "--groups", strconv.Itoa(runtime.NumCPU()), "--count", "200").succeed(4 * time.Minute)
			t.load("wakers", "--messengers", "2", "--workers", strconv.Itoa(runtime.NumCPU()), "--count", "200").succeed(4 * time.Minute)
			return c.read().since(before)
		}
		t.Logf("%d CPUs; under the kernel's scheduler %d waits for a lock", runtime.NumCPU(), load().sum())
		waits := map[time.Duration]int{}
		for _, lease := range []time.Duration{0, 20 * time.Millisecond} {
			p, err := policy.NewVRuntime(policy.VRuntimeOptions{Lease: lease})
			t.Check(err, "make the policy")
			s := t.schedule(p, parkAll)
			before := s.stats()
			counts := load()
			st := s.stats().Sub(before)
			s.stop()

			queues := counts.queueLocks()
			waits[lease] = queues.sum()
			t.Logf("with leases of %v: %d waits for a lock, %d of these for a dispatch queue's; %d parked, %d leased",
				lease, counts.sum(), waits[lease], st.Queued, st.Leased)
			places := counts.by(func(at waitPlace) string { return at.caller })
			t.Logf("all by place: %s", strings.Join(places[:min(8, len(places))], ", "))
			t.Logf("by dispatch queue's lock: %s", strings.Join(queues.by(func(at waitPlace) string { return at.lock }), ", "))
			t.Logf("and where: %s", strings.Join(queues.by(func(at waitPlace) string { return at.lock + " " + at.caller }), ", "))
			if lease == 0 && st.Queued < 1000 {
				t.Errorf("only %d tasks were parked", st.Queued)
			}
		}
		if waits[0] < 20 {
			t.Skipf("%d waits for dispatch queues are too few to compare", waits[0])
		}
		if waits[20*time.Millisecond] >= waits[0] {
			t.Errorf("with leases there are %d waits, without %d", waits[20*time.Millisecond], waits[0])
		}
	},
})
