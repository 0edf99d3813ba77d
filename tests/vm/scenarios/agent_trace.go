//go:build !demo

package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
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
		t.endless("sleeper", "--threads", "3", "--work", "20000")
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
		t.quietRun(3, "the simulator runs tasks in another order than the kernel did", func() bool {
			file := t.traceFile("whole")
			agent := begin("--policy", "fifo", "--trace", file)
			agent.awaitDecisions(600)
			t.refused(1, "a trace is being taken already", agentCmd("trace", "-o", t.traceFile("second")))
			agent.terminate()
			total := agent.summary()
			st := total.Sub(before)
			before = total
			tr := t.readTrace(file)
			t.ErrorIf(tr.Received != st.Received, "%d records were traced or dropped, %d received", tr.Received, st.Received)
			t.ErrorIf(tr.Decisions != st.Decisions, "%d decisions were traced or dropped, %d made", tr.Decisions, st.Decisions)
			load, hogs := t.replayed(tr)
			simulated := t.replay(load, policy.NewFIFO(uint64(tracedSlice), 0))
			want, got := successors(load.Recorded.Order, hogs), successors(simulated.Order, hogs)
			t.Logf("after each hog comes: in the kernel %v, in the simulator %v; %d rescued", want, got, st.Rescued)
			return fmt.Sprint(want) == fmt.Sprint(got)
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
		if task.Class == replay.Hog && len(task.CPUs) == 1 && task.CPUs[0] == 1 && task.CPUTime > 50*time.Millisecond {
			hogs = append(hogs, i)
		}
	}
	t.FatalIf(len(hogs) != tracedHogs, "%d hogs are bound to CPU 1, not %d: %+v", len(hogs), tracedHogs, load.Tasks)
	return load, hogs
}

func (t *T) replay(load *replay.Load, p scx.Policy) *replay.Result {
	r, err := load.Run("simulated", p, scxtest.Config{Options: scx.Options{NoBuiltinIdle: true}})
	t.Check(err, "replay the trace")
	return r
}

// successors tells which of these tasks mostly comes after each of them.
func successors(order, of []int) map[int]int {
	is := map[int]bool{}
	for _, i := range of {
		is[i] = true
	}
	counts := map[int]map[int]int{}
	last := -1
	for _, i := range order {
		if !is[i] {
			continue
		}
		if last >= 0 {
			if counts[last] == nil {
				counts[last] = map[int]int{}
			}
			counts[last][i]++
		}
		last = i
	}
	next := map[int]int{}
	for i, after := range counts {
		most := 0
		for j, n := range after {
			if n > most {
				next[i], most = j, n
			}
		}
	}
	return next
}
