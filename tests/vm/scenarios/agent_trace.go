//go:build !demo

package main

import (
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
	"github.com/scxbridge/scxbridge/go/scxtest/replay"
	"github.com/scxbridge/scxbridge/go/trace"
)

// tracedHogs are on one CPU, where their order can be told.
const (
	tracedHogs  = 4
	tracedSlice = 4 * time.Millisecond
)

var _ = register(Scenario{
	Name: "agent_trace",
	Doc:  "the agent's traces agree with the counters; replayed in the simulator under the same policy, tasks run in the kernel's order and get its shares",
	run: func(t *T) {
		t.hogsOn(1, tracedHogs-1)
		t.endless("hog", "--threads", "1", "--cpu", "1", "--nice", "5")
		t.endless("sleeper", "--threads", "3", "--work-us", "20")
		// One scheduler, which one agent leaves to the next: to load its programs takes longer than all else here.
		begin := func(args ...string) *process {
			p := t.start("scx_goland", append([]string{
				"run", "--pin", "--adopt=auto", "--timeout", golandTimeout.String(), "--stats", "0.1", "--stats-format", "json",
				"--no-builtin-idle", "--lease", "0", "--slice", tracedSlice.String(),
			}, args...)...)
			p.await("it schedules", func() bool { return strings.Contains(p.err.String(), `"goland" is `) })
			return p
		}
		t.Cleanup(t.detachPinned)

		var before scx.Stats
		t.quietRun(3, "the simulator runs tasks in another order than the kernel did, or under each policy in the same", func() bool {
			file := t.traceFile("whole")
			agent := begin("--policy", "fifo", "--trace", file)
			agent.awaitDecisions(1000)
			t.refused(1, "a trace is being taken already", agentCmd("trace", "-o", t.traceFile("second")))
			agent.terminate()
			total := agent.summary()
			st := total.Sub(before)
			before = total
			tr := t.readTrace(file)
			t.ErrorIf(tr.Received != st.Received, "%d records were traced or dropped, %d received", tr.Received, st.Received)
			t.ErrorIf(tr.Decisions != st.Decisions, "%d decisions were traced or dropped, %d made", tr.Decisions, st.Decisions)
			calm, records := calmest(tr)
			t.Logf("%d records of hogs in %v without a rescue, of %v", records, calm.Duration(), tr.Duration())
			if records < 5*tracedHogs {
				return false
			}
			load, hogs := t.replayed(calm)
			kernel := rotation(load.Recorded.Order, hogs)
			same := rotation(t.replay(load, policy.NewFIFO(uint64(tracedSlice), 0)).Order, hogs)
			// To it, one hog has a third of the others' weight.
			other := rotation(t.replay(load, t.vruntime(policy.VRuntimeOptions{Slice: tracedSlice, MaxWait: golandTimeout / 2})).Order, hogs)
			t.Logf("all hogs have turns before one has a second: in the kernel in %.2f of all stretches, in the simulator in %.2f, under vruntime there in %.2f; %d rescued",
				kernel, same, other, st.Rescued)
			return kernel > 0.75 && same > 0.75 && other < 0.5
		})

		agent := begin("--policy", "vruntime")
		agent.awaitDecisions(100)
		t.quietRun(3, "hogs have other shares in the simulator than in the kernel", func() bool {
			file := t.traceFile("part")
			p := t.start("scx_goland", "trace", "-o", file, "--seconds", "2")
			p.succeed(time.Minute)
			t.Logf("%s", strings.TrimSpace(p.out.String()))
			tr := t.readTrace(file)
			t.ErrorIf(tr.Setting("policy") != "vruntime" || tr.Duration() < 2*time.Second, "%v, %v", tr.Duration(), tr.Settings)
			load, hogs := t.replayed(tr)
			simulated := t.replay(load, t.vruntime(policy.VRuntimeOptions{Slice: tracedSlice, MaxWait: golandTimeout / 2}))
			agree := true
			var was, is time.Duration
			for _, hog := range hogs {
				was, is = was+load.Tasks[hog].CPUTime, is+simulated.CPUTime[hog]
			}
			for _, hog := range hogs {
				kernel := ratio(float64(load.Tasks[hog].CPUTime), float64(was))
				simulator := ratio(float64(simulated.CPUTime[hog]), float64(is))
				t.Logf("a hog of weight %d: share %.3f in the kernel, %.3f in the simulator", load.Tasks[hog].Weight, kernel, simulator)
				agree = agree && math.Abs(kernel-simulator) <= shareTolerance*simulator+shareSlack
			}
			p = t.start("scx_goland", "replay", file, "--policy", "vruntime,fifo")
			p.succeed(time.Minute)
			t.Logf("%s", &p.out)
			return agree
		})
		agent.terminate()
	},
})

func (t *T) traceFile(name string) string {
	file := filepath.Join(os.TempDir(), "agent_trace."+name)
	t.Cleanup(func() { os.Remove(file) })
	return file
}

// readTrace reads a trace, whose sums must be right.
func (t *T) readTrace(path string) *trace.Trace {
	file, err := os.Open(path)
	t.Check(err, "open the trace")
	defer file.Close()
	tr, err := trace.Read(file)
	t.Check(err, "read %s", path)
	s := tr.Summary
	t.Logf("%s: %+v", path, s)
	t.ErrorIf(!tr.Complete, "the trace has no end")
	t.ErrorIf(s.Traced+s.Dropped != s.Received || uint64(len(tr.Records)) != s.Traced,
		"%d records in the file; received, traced and dropped do not add up: %+v", len(tr.Records), s)
	t.ErrorIf(s.DecisionsTraced+s.DecisionsUnpaired+s.DecisionsDropped != s.Decisions, "decisions do not add up: %+v", s)
	t.ErrorIf(s.Traced < 100 || s.Dropped > 0, "few records were traced: %+v", s)
	return tr
}

// replayed makes a load of a trace, and finds the hogs in it, all on CPU 1.
func (t *T) replayed(tr *trace.Trace) (load *replay.Load, hogs []int) {
	load, err := replay.New(tr)
	t.Check(err, "make a load of the trace")
	for i := range load.Tasks {
		task := &load.Tasks[i]
		if task.Class == replay.Hog && isHog(task.Comm) && len(task.CPUs) == 1 && task.CPUs[0] == 1 {
			hogs = append(hogs, i)
		}
	}
	t.FatalIf(len(hogs) != tracedHogs, "%d hogs are bound to CPU 1, not %d: %+v", len(hogs), tracedHogs, load.Tasks)
	return load, hogs
}

func isHog(comm string) bool { return strings.HasPrefix(comm, "hog ") }

// calmest is the longest part of a trace in which no hog was rescued: a rescue goes by the kernel side's order.
func calmest(tr *trace.Trace) (part *trace.Trace, records int) {
	var hogs []*trace.Record
	next := map[*trace.Record]*trace.Record{}
	last := map[int32]*trace.Record{}
	for i := range tr.Records {
		if r := &tr.Records[i]; isHog(r.Task.Name()) {
			if before := last[r.Task.PID]; before != nil {
				next[before] = r
			}
			last[r.Task.PID] = r
			hogs = append(hogs, r)
		}
	}
	copied := *tr
	part = &copied
	first := 0
	for i, r := range hogs {
		after := next[r]
		if r.Decided == 0 || after != nil && after.Task.StartTS < r.Decided {
			first = i + 1
		} else if n := i + 1 - first; n > records {
			records = n
			part.Start, part.End = hogs[first].Task.ReadyTS, r.Task.ReadyTS
		}
	}
	return part, records
}

func (t *T) replay(load *replay.Load, p scx.Policy) *replay.Result {
	r, err := load.Run("simulated", p, scxtest.Config{Options: scx.Options{NoBuiltinIdle: true}})
	t.Check(err, "replay the trace")
	return r
}

// rotation is how often each of these tasks has its turn before one of them has a second: of all stretches of so many
// turns, the part in which all are different.
func rotation(order, of []int) float64 {
	var turns []int
	for _, i := range order {
		if slices.Contains(of, i) {
			turns = append(turns, i)
		}
	}
	stretches, whole := 0.0, 0.0
	for i := len(of); i <= len(turns); i++ {
		stretch := slices.Clone(turns[i-len(of) : i])
		slices.Sort(stretch)
		stretches++
		if len(slices.Compact(stretch)) == len(of) {
			whole++
		}
	}
	return ratio(whole, stretches)
}
