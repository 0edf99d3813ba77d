package scxtest_test

import (
	"errors"
	"slices"
	"testing"
	"time"
	"unsafe"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// The rules of the kernel and of the kernel side, one by one. Most tests have
// an agent without cost and no tick, so that times are exact.

func exact(cpus int, rec *scxtest.Recorder) scxtest.Config {
	cfg := scxtest.Config{CPUs: cpus, Agent: noCost, Tick: scxtest.TickExact, Switch: scxtest.NoCost}
	if rec != nil {
		cfg.Trace = rec.Record
	}
	return cfg
}

func once(name string, start time.Duration, actions ...scxtest.Action) scxtest.Workload {
	return scxtest.Workload{Name: name, Start: start, New: steps(actions...)}
}

// spansOf returns the spans of a task.
func spansOf(rec *scxtest.Recorder, name string) []scxtest.Span {
	var spans []scxtest.Span
	for s := range rec.Spans() {
		if s.Name == name {
			spans = append(spans, s)
		}
	}
	return spans
}

func TestRecords(t *testing.T) {
	p := firstCome(func(t *scxbridge.Task, d *scxbridge.Decision) bool {
		d.VTime = 7 * (t.VTime + 1)
		return true
	})
	run(t, p, exact(1, nil), 40*ms,
		scxtest.Workload{Name: "a-task-with-a-long-name", Weight: 300, CgroupID: 9,
			New: steps(scxtest.Compute(6*ms), scxtest.Sleep(2*ms), scxtest.Compute(ms))},
		once("b", 0, scxtest.Compute(5*ms)))
	// a runs for 5 ms, b for 5 ms, a for 1 ms; it sleeps for 2 ms and runs again.
	const epoch = uint64(time.Second)
	at := func(d time.Duration) uint64 { return epoch + uint64(d) }
	want := []scxbridge.Task{
		{PID: 1, TGID: 1, NrCPUsAllowed: 1, ReadyTS: at(0), Weight: 300, OwnWeight: 300, CgroupID: 9},
		{PID: 2, TGID: 2, NrCPUsAllowed: 1, ReadyTS: at(0), Weight: 100, OwnWeight: 100, CgroupID: 1},
		{PID: 1, TGID: 1, NrCPUsAllowed: 1, Weight: 300, CgroupID: 9, ReadyTS: at(5 * ms), StartTS: at(0), StopTS: at(5 * ms), ExecRuntime: uint64(5 * ms), RunNS: uint64(5 * ms), WeightedNS: uint64(5*ms) / 3, OwnWeight: 300, VTime: 7},
		{PID: 1, TGID: 1, NrCPUsAllowed: 1, Weight: 300, CgroupID: 9, ReadyTS: at(13 * ms), StartTS: at(10 * ms), StopTS: at(11 * ms), RunNS: uint64(ms), WeightedNS: uint64(ms) / 3, OwnWeight: 300, VTime: 56, Flags: scxbridge.EnqWakeup},
	}
	if len(p.records) != len(want) {
		t.Fatalf("%d records, want %d: %+v", len(p.records), len(want), p.records)
	}
	for i, got := range p.records {
		if name := []string{"a-task-with-a-l", "b"}[got.PID-1]; got.Name() != name {
			t.Errorf("record %d is of task %q, want %q", i, got.Name(), name)
		}
		if got.Seq == 0 || i > 1 && got.Seq == p.records[0].Seq {
			t.Errorf("record %d has seq %d", i, got.Seq)
		}
		got.Comm, got.Seq = [16]byte{}, 0
		if got != want[i] {
			t.Errorf("record %d is %+v, want %+v", i, got, want[i])
		}
	}
}

func TestOneProcess(t *testing.T) {
	p := firstCome(nil)
	load := scxtest.Hog(3)
	load.OneProcess = true
	run(t, p, scxtest.Config{}, ms, once("x", 0, scxtest.Compute(ms)), load)
	for _, r := range p.records {
		if want := min(r.PID, 2); r.TGID != want {
			t.Errorf("task %d is of process %d, want %d", r.PID, r.TGID, want)
		}
	}
}

// A slice ends at the first tick at which it is used up.
func TestTick(t *testing.T) {
	for _, c := range []struct{ tick, slice, want time.Duration }{
		{4 * ms, 5 * ms, 8 * ms},
		{4 * ms, 4 * ms, 4 * ms},
		{4 * ms, 3 * ms, 4 * ms},
		{ms, 3500 * us, 4 * ms},
		{scxtest.TickExact, 3500 * us, 3500 * us},
		{scxtest.TickExact, 0, 5 * ms},          // the default
		{scxtest.TickExact, 500 * ms, 100 * ms}, // the bound
		{10 * ms, 500 * ms, 100 * ms},
	} {
		var rec scxtest.Recorder
		cfg := exact(1, &rec)
		cfg.Tick = c.tick
		run(t, policy.NewFIFO(uint64(c.slice), 0), cfg, time.Second, scxtest.Hog(2))
		for s := range rec.Spans() {
			if s.To-s.From != c.want {
				t.Errorf("tick %v, slice %v: ran for %v, want %v", c.tick, c.slice, s.To-s.From, c.want)
			}
		}
	}
}

// If no other task waits, a task keeps running for 20 ms, without a record; a task
// that comes meanwhile waits for the end of that.
func TestRunsOn(t *testing.T) {
	var rec scxtest.Recorder
	p := firstCome(nil)
	run(t, p, exact(1, &rec), 100*ms, scxtest.Hog(1), once("late", 6*ms, scxtest.Compute(ms)))
	if s := spansOf(&rec, "late"); len(s) != 1 || s[0].From != 25*ms {
		t.Errorf("the late one ran at %+v, want 25 ms: 5 and 20", s)
	}
	if len(p.records) != 3 {
		t.Errorf("%d records, want 3: both came, and the hog gave way once", len(p.records))
	}
}

// The next task is picked before the one that ran is parked, so a task never follows itself.
func TestNeverFollowsItself(t *testing.T) {
	var rec scxtest.Recorder
	first := func(t *scxbridge.Task, d *scxbridge.Decision) bool {
		d.VTime = uint64(t.PID) // the first task always goes first, if it is there
		return true
	}
	run(t, firstCome(first), exact(1, &rec), 60*ms, scxtest.Hog(3))
	var order []int32
	for s := range rec.Spans() {
		order = append(order, s.PID)
	}
	if want := []int32{1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1}; !slices.Equal(order, want) {
		t.Errorf("ran %v, want %v", order, want)
	}
}

// A task that wakes to an idle CPU runs there without a record, unless it is bound.
func TestBuiltinIdle(t *testing.T) {
	nap := func() []scxtest.Action {
		return []scxtest.Action{scxtest.Compute(ms), scxtest.Sleep(ms), scxtest.Compute(ms), scxtest.Sleep(ms), scxtest.Compute(ms)}
	}
	for _, c := range []struct {
		noIdle          bool
		direct, records uint64
	}{{false, 3, 3}, {true, 0, 6}} {
		var rec scxtest.Recorder
		cfg := exact(3, &rec)
		cfg.Options.NoBuiltinIdle = c.noIdle
		r := run(t, firstCome(nil), cfg, 100*ms, once("free", 0, nap()...), once("bound", 0, nap()...).On(2))
		if r.Stats.IdleDirect != c.direct || r.Stats.Queued != c.records {
			t.Errorf("NoBuiltinIdle %v: %d found an idle CPU, %d records; want %d and %d", c.noIdle, r.Stats.IdleDirect, r.Stats.Queued, c.direct, c.records)
		}
		for s := range rec.Spans() {
			if want := map[string]int{"free": 0, "bound": 2}[s.Name]; s.CPU != want {
				t.Errorf("NoBuiltinIdle %v: %s ran on CPU %d, want %d", c.noIdle, s.Name, s.CPU, want)
			}
		}
	}
}

// A whole core comes first, near caches before far ones, the task's own CPU before others. With several domains, far caches
// are no choice.
func TestTopology(t *testing.T) {
	where := func(cfg scxtest.Config, busy ...int) int {
		t.Helper()
		var rec scxtest.Recorder
		cfg.Trace, cfg.CPUs, cfg.Agent, cfg.Switch = rec.Record, 8, noCost, scxtest.NoCost
		load := []scxtest.Workload{once("sleeper", 0, scxtest.Compute(ms), scxtest.Sleep(9*ms), scxtest.Compute(ms))}
		for _, cpu := range busy {
			load = append(load, scxtest.Hog(1).Named(string(rune('a'+cpu))).On(cpu).From(5*ms))
		}
		run(t, firstCome(nil), cfg, 50*ms, load...)
		s := spansOf(&rec, "sleeper")
		if len(s) != 2 || s[0].CPU != 0 || s[1].From != 10*ms {
			t.Fatalf("the sleeper ran at %+v", s)
		}
		return s[1].CPU
	}
	smt := scxtest.Config{ThreadsPerCore: 2}
	llc := scxtest.Config{CPUsPerLLC: 4}
	both := scxtest.Config{ThreadsPerCore: 2, CPUsPerLLC: 4}
	domains := both
	llc.Options.OneDomain, both.Options.OneDomain = true, true
	for _, c := range []struct {
		cfg  scxtest.Config
		busy []int
		want []int
	}{
		{scxtest.Config{}, nil, []int{0}},
		{scxtest.Config{}, []int{0, 1, 2, 3, 4, 6, 7}, []int{5}},
		{smt, nil, []int{0}},
		{smt, []int{1}, []int{2, 3, 4, 5, 6, 7}}, // its own core is half busy
		{smt, []int{1, 2, 5, 6}, []int{0}},       // all cores are: its own CPU
		{llc, []int{0}, []int{1, 2, 3}},
		{llc, []int{0, 1, 2, 3}, []int{4, 5, 6, 7}},
		{both, []int{0, 2}, []int{4, 5, 6, 7}}, // a whole core, even if far away
		{both, []int{0, 2, 4, 6}, []int{1, 3}},
		{domains, []int{0}, []int{2, 3}},
		{domains, []int{0, 2}, []int{1, 3}},
	} {
		if got := where(c.cfg, c.busy...); !slices.Contains(c.want, got) {
			t.Errorf("%+v, busy %v: went to CPU %d, want one of %v", c.cfg, c.busy, got, c.want)
		}
	}
	// PickIdle: the task's own CPU even if its core is half busy, then a whole core.
	smt.Options.NoBuiltinIdle = true
	if got := where(smt, 1); got != 0 {
		t.Errorf("PickIdle, its core half busy: went to CPU %d, want 0", got)
	}
	if got := where(smt, 0, 2, 4); got != 6 && got != 7 {
		t.Errorf("PickIdle, one whole core idle: went to CPU %d, want 6 or 7", got)
	}
}

// to sends all tasks to a CPU.
func to(cpu int32, flags uint64) *each {
	return firstCome(func(_ *scxbridge.Task, d *scxbridge.Decision) bool {
		d.CPU, d.Flags = cpu, flags
		return true
	})
}

func TestNamedCPU(t *testing.T) {
	var rec scxtest.Recorder
	cfg := exact(4, &rec)
	cfg.Options.NoBuiltinIdle, cfg.Unchecked = true, scxtest.CheckIdle
	run(t, to(2, 0), cfg, 100*ms, scxtest.Hog(3), scxtest.Sleeper(3, scxtest.Always(ms), scxtest.Always(3*ms)))
	n := 0
	for s := range rec.Spans() {
		if n++; s.CPU != 2 {
			t.Errorf("%+v ran on another CPU than 2", s)
		}
	}
	if n < 20 {
		t.Errorf("only %d spans", n)
	}
}

func TestBounced(t *testing.T) {
	cfg := exact(4, nil)
	cfg.Options.NoBuiltinIdle, cfg.Unchecked = true, scxtest.CheckAffinity
	r := run(t, to(3, 0), cfg, 100*ms, scxtest.Hog(6).On(0, 1, 2))
	if r.Err() != nil || r.Stats.Bounced != r.Stats.Dispatched || r.Stats.Bounced < 30 || r.Busy != 300*ms {
		t.Errorf("tasks that may not use CPU 3: %v", r)
	}
}

// The CPU's queue and the shared one go first in turns.
func TestQueuesTakeTurns(t *testing.T) {
	var rec scxtest.Recorder
	cfg := exact(1, &rec)
	p := firstCome(func(t *scxbridge.Task, d *scxbridge.Decision) bool {
		d.CPU = scxbridge.AnyCPU
		if t.PID <= 3 {
			d.CPU = 0
		}
		return true
	})
	run(t, p, cfg, 200*ms, scxtest.Hog(3), scxtest.Hog(5).Named("shared"))
	for i, s := range slices.Collect(rec.Spans()) {
		if own := s.PID <= 3; own != (i%2 == 0) {
			t.Fatalf("span %d is %+v: the queues do not take turns", i, s)
		}
	}
}

func TestPreempt(t *testing.T) {
	for _, c := range []struct {
		cpu   int32
		flags uint64
		vtime uint64 // less than that of the hogs, or more
		want  time.Duration
	}{
		{1, 0, 1, 25 * ms}, // after their slice of 5 ms, the hogs keep running for 20 ms
		{1, scxbridge.Preempt, 1, 7 * ms},
		{scxbridge.PickIdle, scxbridge.Preempt, 1, 7 * ms},
		{scxbridge.AnyCPU, scxbridge.Preempt, 1, 7 * ms},
		{scxbridge.PickIdle, 0, 1, 25 * ms},
		{1, scxbridge.PreemptLater, 1, 7 * ms},
		{scxbridge.PickIdle, scxbridge.PreemptLater, 1, 7 * ms},
		{scxbridge.AnyCPU, scxbridge.PreemptLater, 1, 7 * ms},
		{1, scxbridge.PreemptLater, 1 << 40, 25 * ms},
		{scxbridge.PickIdle, scxbridge.PreemptLater, 1 << 40, 25 * ms},
		// The hogs' VTime plus their run time since is 7 ms; it must be 1 ms earlier.
		{scxbridge.PickIdle, scxbridge.PreemptLater, uint64(5900 * us), 7 * ms},
		{scxbridge.PickIdle, scxbridge.PreemptLater, uint64(6100 * us), 25 * ms},
	} {
		var rec scxtest.Recorder
		p := firstCome(func(t *scxbridge.Task, d *scxbridge.Decision) bool {
			if t.Name() == "urgent" {
				d.CPU, d.Flags, d.VTime = c.cpu, c.flags, c.vtime
			}
			return true
		})
		preempts := uint64(0)
		if c.want == 7*ms {
			preempts = 1
		}
		cfg := exact(2, &rec)
		cfg.Options.NoBuiltinIdle = true // each hog has a decision, and so a place in the order
		r := run(t, p, cfg, 100*ms, scxtest.Hog(2), once("urgent", 7*ms, scxtest.Compute(ms)))
		s := spansOf(&rec, "urgent")
		if len(s) != 1 || s[0].From != c.want || r.Stats.Preempts != preempts {
			t.Errorf("CPU %d, flags %d, VTime %d: ran at %+v, want %v; %d preempts", c.cpu, c.flags, c.vtime, s, c.want, r.Stats.Preempts)
		}
		// The preempted task is parked, without EnqWakeup.
		if last := p.records[len(p.records)-1]; preempts != 0 && (last.Name() == "urgent" || last.Woke()) {
			t.Errorf("the last record is %+v, want that of a hog", last)
		}
	}
}

// A task whose decision is late runs after the grace, even if all CPUs are idle;
// the decision is then stale.
func TestRescue(t *testing.T) {
	var rec scxtest.Recorder
	cfg := exact(2, &rec)
	cfg.Agent.Stalls = []scxtest.Stall{{At: 5 * ms, For: 45 * ms}}
	cfg.Options = scxbridge.Options{NoBuiltinIdle: true, Grace: 8 * ms}
	r := run(t, firstCome(nil), cfg, 200*ms, once("x", 0, scxtest.Compute(ms)), once("late", 10*ms, scxtest.Compute(ms)))
	// The timer fires every half grace, first at 14 ms.
	if s := spansOf(&rec, "late"); len(s) != 1 || s[0].From != 18*ms {
		t.Errorf("rescued at %+v, want 18 ms", s)
	}
	if s := r.Stats; s.Rescued != 1 || s.Stale != 1 || s.LateEpisodes != 1 || s.Dispatched != 1 || r.Err() != nil {
		t.Errorf("%v", r)
	}
	if w := r.Workload("late"); w.Latency.Max() != 8*ms || w.LongestWait != 8*ms {
		t.Errorf("it waited %v, longest %v; want 8 ms", w.Latency.Max(), w.LongestWait)
	}
}

// If decided tasks keep all CPUs busy, a task without a decision runs once it is much too late.
func TestOverdue(t *testing.T) {
	var rec scxtest.Recorder
	p := firstCome(func(t *scxbridge.Task, _ *scxbridge.Decision) bool { return t.Name() != "forgotten" })
	r := run(t, p, exact(2, &rec), 500*ms, scxtest.Hog(6), once("forgotten", 20*ms, scxtest.Compute(ms)))
	s := spansOf(&rec, "forgotten")
	if len(s) != 1 || s[0].From < 70*ms || s[0].From > 85*ms || r.Stats.Rescued != 1 {
		t.Errorf("ran at %+v, want after 50 ms and soon", s)
	}
}

// Among so many overdue tasks that there is always one, a task that is far ahead of them in the fair order, and one that
// has a decision, run after half of the watchdog's timeout.
func TestOverdueCrowd(t *testing.T) {
	p := firstCome(func(t *scxbridge.Task, _ *scxbridge.Decision) bool { return t.Name() == "decided" })
	cfg := exact(1, nil)
	cfg.Options = scxbridge.Options{NoBuiltinIdle: true, Grace: ms, Timeout: 2 * time.Second}
	cfg.WaitBound, cfg.Unchecked = 1300*ms, scxtest.CheckLost
	crowd := scxtest.Hog(96).Named("crowd")
	for _, one := range []scxtest.Workload{
		scxtest.Hog(1).Named("decided").From(100 * ms),
		scxtest.Hog(1).Named("light").WithWeight(1).From(100 * ms), // one run takes it as far ahead as a task can be
	} {
		r := run(t, p, cfg, 10*time.Second, crowd, one)
		if w := r.Workload(one.Name); r.Err() != nil || w.LongestWait < 900*ms || w.CPUTime == 0 {
			t.Errorf("%s waited %v, and had %v: %v", one.Name, w.LongestWait, w.CPUTime, r.Err())
		}
	}
}

// A decided task whose vtime keeps it behind others runs after half of the watchdog's timeout.
func TestStarved(t *testing.T) {
	var rec scxtest.Recorder
	for _, cpu := range []int32{scxbridge.AnyCPU, 0} {
		rec = scxtest.Recorder{}
		p := firstCome(func(t *scxbridge.Task, d *scxbridge.Decision) bool {
			d.CPU = cpu
			if t.Name() == "last" {
				d.VTime = 1 << 60
			}
			return true
		})
		cfg := exact(1, &rec)
		cfg.Options.Timeout, cfg.WaitBound = 2*time.Second, 1100*ms
		r := run(t, p, cfg, 1500*ms, scxtest.Hog(3), once("last", 100*ms, scxtest.Compute(ms)))
		if s := spansOf(&rec, "last"); len(s) != 1 || s[0].From < 1100*ms || s[0].From > 1120*ms || r.Stats.Starved != 1 || r.Err() != nil {
			t.Errorf("CPU %d: ran at %+v, want after 1 s and soon:\n%v", cpu, s, r)
		}
	}
}

// If the ring is full, tasks whose records do not fit are scheduled fairly, without the policy.
func TestCongested(t *testing.T) {
	cfg := exact(2, nil)
	cfg.Options = scxbridge.Options{QueuedBytes: 4096, NoBuiltinIdle: true}
	r := run(t, firstCome(nil), cfg, 2*time.Second, scxtest.Hog(100))
	room := 4095 / (uint64(unsafe.Sizeof(scxbridge.Task{})) + 8) // a record has a header, and the ring is never quite full
	if s := r.Stats; s.Congested != 100-room || s.Queued != s.Received || r.Err() != nil {
		t.Errorf("room for %d records: %v", room, r)
	}
	cfg.Agent.Stalls = []scxtest.Stall{{For: 2 * time.Second}}
	r = run(t, firstCome(nil), cfg, 2*time.Second, scxtest.Hog(100))
	if s := r.Stats; s.Congested < 100 || s.Received != 0 || r.Busy != 4*time.Second {
		t.Errorf("an agent that stands still: %v", r)
	}
	for i := range r.Tasks {
		if r.Tasks[i].CPUTime < 20*ms {
			t.Errorf("task %s got only %v", r.Tasks[i].Name, r.Tasks[i].CPUTime)
		}
	}
}

// The agent takes the configured time.
func TestAgentCosts(t *testing.T) {
	var rec scxtest.Recorder
	cfg := exact(4, &rec)
	cfg.Agent = scxtest.Agent{Wakeup: 50 * us, Round: 20 * us, Decision: 3 * us}
	cfg.Options.NoBuiltinIdle = true
	var r *scxtest.Report
	for _, cfg.Agent.Apart = range []bool{false, true} {
		r = run(t, firstCome(nil), cfg, 100*ms, scxtest.Workload{Name: "w", Tasks: 3, New: steps(scxtest.Compute(ms))},
			once("next", 60*us, scxtest.Compute(ms)))
		for s := range rec.Spans() {
			want := 79 * us // 50 + 20 + 3 × 3
			if s.Name == "next" {
				want = 102 * us // it came while the agent was busy: no wake-up
			}
			if s.From != want {
				t.Errorf("%+v, want from %v", s, want)
			}
		}
		if s := r.Stats; s.AgentWakeups != 1 || s.Flushes != 2 || s.Received != 4 {
			t.Errorf("%+v", s)
		}
	}
}

// slow holds each task for 3 ms, until its Tick is over.
type slow struct {
	each
	m      *scxtest.Machine
	seen   []scxbridge.Stats
	wakes  bool
	rounds int
}

func (p *slow) Tick() time.Duration { return 3 * ms }

func (p *slow) Observe(s scxbridge.Stats) { p.seen = append(p.seen, s) }

func (p *slow) Dispatch(decisions []scxbridge.Decision) int {
	p.rounds++
	if p.wakes && p.rounds == 1 {
		p.m.Wake()
	}
	if p.rounds%2 == 1 { // in the round of its record
		return 0
	}
	return p.each.Dispatch(decisions)
}

func TestTickerAndObserver(t *testing.T) {
	for _, wakes := range []bool{false, true} {
		var rec scxtest.Recorder
		p := &slow{each: *firstCome(nil), wakes: wakes}
		cfg := exact(1, &rec)
		cfg.WaitBound = 4 * ms
		p.m = scxtest.NewMachine(cfg)
		p.m.Add(once("x", 0, scxtest.Compute(ms)))
		r, err := p.m.Run(p, 3500*us)
		if err != nil || r.Err() != nil {
			t.Fatal(err, r.Err())
		}
		want := 3 * ms
		if wakes {
			want = 0 // its own wake-up ends the wait
		}
		i := 0
		for e := range rec.Events() {
			if e.Kind == scxtest.Ran {
				if i++; e.At != want {
					t.Errorf("wakes %v: ran at %v, want %v", wakes, e.At, want)
				}
			}
		}
		if i != 1 || len(p.seen) != 1 || p.seen[0].InFlight != 1 || p.seen[0].NrCPUs != 1 || p.seen[0].Queued != 1 {
			t.Errorf("ran %d times, observed %+v", i, p.seen)
		}
	}
}

// A policy that chooses CPUs itself.
func TestSelectCPU(t *testing.T) {
	var m *scxtest.Machine
	direct, none := 0, 0
	p := firstCome(func(t *scxbridge.Task, d *scxbridge.Decision) bool {
		cpu, err := m.SelectCPU(t.PID, -1)
		switch {
		case err == nil:
			direct++
			d.CPU = cpu
		case errors.Is(err, scxbridge.ErrNoIdleCPU):
			none++
			d.CPU = scxbridge.AnyCPU
		default:
			panic(err)
		}
		return true
	})
	m = scxtest.NewMachine(scxtest.Config{CPUs: 4, Options: scxbridge.Options{NoBuiltinIdle: true}})
	m.Add(scxtest.Hog(2), scxtest.Sleeper(8, scxtest.Exponential(ms), scxtest.Exponential(5*ms)).On(1, 2, 3))
	r, err := m.Run(p, time.Second)
	if err != nil || r.Err() != nil || r.Stats.Bounced != 0 || direct < 100 || none < 10 {
		t.Errorf("%d went to an idle CPU, %d did not; %v\n%v", direct, none, err, r)
	}

	m = scxtest.NewMachine(scxtest.Config{CPUs: 2})
	m.Add(scxtest.Hog(1).On(1))
	requests := []scxbridge.CPURequest{{PID: 1, PrevCPU: -1}, {PID: 1, PrevCPU: 1}, {PID: 2, PrevCPU: 0}, {PID: 1, PrevCPU: 2}, {PID: 1, Flags: 1}, {PID: -1}}
	if err := m.SelectCPUs(requests); err != nil {
		t.Fatal(err)
	}
	for i, want := range []error{nil, scxbridge.ErrNoIdleCPU, scxbridge.ErrNoSuchTask, scxbridge.ErrInvalid, scxbridge.ErrInvalid, scxbridge.ErrInvalid} {
		if err := requests[i].Err(); !errors.Is(err, want) {
			t.Errorf("request %d: %v, want %v", i, err, want)
		}
	}
	if requests[0].CPU != 1 {
		t.Errorf("chose CPU %d for a task bound to CPU 1", requests[0].CPU)
	}
}
