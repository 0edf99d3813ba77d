package rules

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

func name(comm string) (c [16]byte) {
	copy(c[:], comm)
	return c
}

// byName is an engine that finds rules by the tasks' names alone, without /proc.
func byName(t testing.TB, text string) *Engine {
	e := NewEngine(NewMatcher(t.TempDir(), nil), nil)
	e.find = func(s *Set, q question) uint16 {
		comm := scxbridge.Task{Comm: q.comm}
		p := &Process{Comm: comm.Name()}
		return uint16(s.First(&Subject{Thread: p.Comm, Process: p, Group: noGroup}) + 1)
	}
	if text != "" {
		e.Set(mustParse(t, text))
	}
	return e
}

// rounds plays the rounds of a task: each call is one.
type rounds struct {
	t    testing.TB
	e    *Engine
	task scxbridge.Task
}

func newRounds(t testing.TB, e *Engine, comm string) *rounds {
	return &rounds{t, e, scxbridge.Task{PID: 7, TGID: 7, Comm: name(comm), ReadyTS: uint64(time.Second)}}
}

// round gives the task's next record, and a decision about it.
func (r *rounds) round(d scxbridge.Decision) (scxbridge.Task, scxbridge.Decision) {
	r.task.Seq++
	r.task.ReadyTS += 1000
	tasks := []scxbridge.Task{r.task}
	r.e.Enqueue(tasks)
	d.PID, d.Seq = r.task.PID, r.task.Seq
	decisions := []scxbridge.Decision{d}
	r.e.Dispatch(decisions, true)
	r.task.VTime = decisions[0].VTime
	return tasks[0], decisions[0]
}

func TestEffects(t *testing.T) {
	usual := scxbridge.Decision{CPU: scxbridge.PickIdle, SliceNS: 20e6, VTime: 5e9, Flags: scxbridge.PreemptLater, LeaseNS: 20e6, LeaseCount: 64}
	for effects, change := range map[string]func(*scxbridge.Decision){
		"slice: 3ms":            func(d *scxbridge.Decision) { d.SliceNS = 3e6 },
		"domain: 2":             func(d *scxbridge.Decision) { d.CPU, d.Flags = scxbridge.Domain(2), 0 },
		"preempt: never":        func(d *scxbridge.Decision) { d.Flags = 0 },
		"preempt: later":        func(*scxbridge.Decision) {},
		"preempt: always":       func(d *scxbridge.Decision) { d.Flags = scxbridge.Preempt },
		"lease: 0s":             func(d *scxbridge.Decision) { d.LeaseNS, d.LeaseCount = 0, 0 },
		"lease: 50ms":           func(d *scxbridge.Decision) { d.LeaseNS = 50e6 },
		"leave-to-kernel: true": func(d *scxbridge.Decision) { d.LeaseNS, d.LeaseCount = 1e9, 0 },
		"class: urgent":         func(d *scxbridge.Decision) { d.VTime -= 100e6 },
		"class: batch":          func(d *scxbridge.Decision) { d.VTime += 100e6 },
		"latency: 2ms":          func(d *scxbridge.Decision) { d.SliceNS = 2e6 },
		"weight: 300":           func(*scxbridge.Decision) {},
	} {
		e := byName(t, fmt.Sprintf("[{name: a, match: {comm: a}, effects: {%s}}]", effects))
		r := newRounds(t, e, "a")
		// The rule is not known yet. Without a lease, it is heard of again soon.
		without := usual
		without.LeaseNS, without.LeaseCount, without.PID, without.Seq = 0, 0, 7, 1
		if _, got := r.round(usual); got != without {
			t.Errorf("%s: at first %+v", effects, got)
		}
		e.work()
		want := usual
		change(&want)
		want.PID, want.Seq = 7, 2
		if _, got := r.round(usual); got != want {
			t.Errorf("%s: %+v, not %+v", effects, got, want)
		}
		// The policy gets its own VTime back.
		want.Seq = 3
		if task, got := r.round(usual); task.VTime != usual.VTime || got != want {
			t.Errorf("%s: VTime %d, %+v", effects, task.VTime, got)
		}
		// Another task is decided as ever. Only a latency goal concerns all.
		other := newRounds(t, e, "b")
		other.task.PID, other.task.TGID = 8, 8
		other.round(usual)
		e.work()
		want = usual
		want.PID, want.Seq = 8, 2
		if effects == "latency: 2ms" {
			want.SliceNS = 2e6
		}
		if _, got := other.round(usual); got != want {
			t.Errorf("%s: another task: %+v", effects, got)
		}
	}
}

func TestWeights(t *testing.T) {
	for _, c := range []struct{ percent, weight, own, weighted, wantWeight, wantOwn, wantWeighted uint64 }{
		{300, 100, 100, 3000, 300, 100 * 3, 1000}, {50, 100, 15, 3000, 50, 7, 6000}, {1, 20, 20, 3000, 1, 1, 300000}, {10000, 500, 500, 10000, 10000, 10000, 100},
	} {
		e := byName(t, fmt.Sprintf("[{name: a, match: {comm: a}, effects: {weight: %d}}]", c.percent))
		r := newRounds(t, e, "a")
		r.task.Weight, r.task.OwnWeight, r.task.WeightedNS = c.weight, uint16(c.own), c.weighted
		r.round(scxbridge.Decision{})
		e.work()
		if got, _ := r.round(scxbridge.Decision{}); got.Weight != c.wantWeight || uint64(got.OwnWeight) != c.wantOwn || got.WeightedNS != c.wantWeighted {
			t.Errorf("%+v: %d, %d, %d", c, got.Weight, got.OwnWeight, got.WeightedNS)
		}
	}
}

// A latency goal is over a while after its task was there last.
func TestGoalEnds(t *testing.T) {
	e := byName(t, "[{name: a, match: {comm: a}, effects: {latency: 2ms}}, {name: b, match: {comm: b}, effects: {latency: 5ms}}]")
	a, b, c := newRounds(t, e, "a"), newRounds(t, e, "b"), newRounds(t, e, "c")
	b.task.PID, c.task.PID = 8, 9
	slice := func(of *rounds, at time.Duration) uint64 {
		of.task.ReadyTS = uint64(time.Second + at)
		of.round(scxbridge.Decision{SliceNS: 20e6})
		e.work()
		_, d := of.round(scxbridge.Decision{SliceNS: 20e6})
		return d.SliceNS
	}
	for _, step := range []struct {
		of   *rounds
		at   time.Duration
		want uint64
	}{
		{c, 0, 20e6}, {b, 1, 5e6}, {a, 2, 2e6}, {b, 3, 2e6}, {c, 900 * time.Millisecond, 2e6}, {b, 1100 * time.Millisecond, 2e6},
		{c, 2200 * time.Millisecond, 5e6}, {c, 4500 * time.Millisecond, 20e6}, {a, 5 * time.Second, 2e6}, {c, time.Minute, 20e6},
	} {
		if got := slice(step.of, step.at); got != step.want {
			t.Errorf("at %v: %d, not %d", step.at, got, step.want)
		}
	}
}

// A rule is looked for anew when that may give another one, and not else.
func TestWhenItAsks(t *testing.T) {
	e := byName(t, "[{name: a, match: {comm: a}, effects: {slice: 3ms}}, {name: b, match: {comm: b}, effects: {slice: 4ms}}]")
	asked := 0
	find := e.find
	e.find = func(s *Set, q question) uint16 { asked++; return find(s, q) }
	r := newRounds(t, e, "a")
	step := func(what string, times int, slice uint64) {
		t.Helper()
		asked = 0
		r.round(scxbridge.Decision{SliceNS: 9})
		e.work()
		if _, d := r.round(scxbridge.Decision{SliceNS: 9}); asked != times || d.SliceNS != slice {
			t.Errorf("%s: asked %d times, the slice is %d", what, asked, d.SliceNS)
		}
	}
	step("new", 1, 3e6)
	step("known", 0, 3e6)
	r.task.Comm = name("b")
	step("another name", 1, 4e6)
	r.task.CgroupID++
	step("another group", 1, 4e6)
	r.task.Seq += 5
	step("records are missing", 1, 4e6)
	r.task.ReadyTS += reviewNS
	step("a while later", 1, 4e6)
	r.task.TGID = 9
	step("another process", 1, 4e6)
	e.Review()
	step("news of pods", 1, 4e6)
	e.Set(mustParse(t, "[{name: b, match: {comm: b}, effects: {slice: 5ms}}]"))
	if _, d := r.round(scxbridge.Decision{SliceNS: 9, LeaseNS: 1}); d.SliceNS != 4e6 || d.LeaseNS != 0 {
		t.Errorf("until the new rule is found: %+v", d)
	}
	step("other rules", 1, 5e6)
	e.Set(nil)
	step("no rules", 0, 9)
	e.Set(mustParse(t, "[{name: b, match: {comm: b}, effects: {slice: 6ms}}]"))
	step("rules again", 1, 6e6)
	e.End([]scxbridge.Task{{PID: 7, TGID: 7, Seq: r.task.Seq - 1}})
	step("an earlier task of that id has ended", 0, 6e6)
	e.End([]scxbridge.Task{{PID: 7, TGID: 7, Seq: r.task.Seq}})
	if known := e.live.Load().table.find(7); known.pid == 7 {
		t.Error("a task that has ended is still there")
	}
	step("after its end", 1, 6e6)

	// A question that finds no room is asked with the next record.
	for e.asks.push(question{ended: true}) {
	}
	r.task.Comm = name("c")
	r.round(scxbridge.Decision{})
	e.work()
	step("after a full ring", 1, 9)
	// So is one whose answer was lost, after a while.
	r.task.Comm = name("b")
	r.round(scxbridge.Decision{})
	for ok := true; ok; _, ok = e.asks.pop() {
	}
	step("too early", 0, 9)
	r.task.ReadyTS += retryNS
	step("after a lost answer", 1, 6e6)
}

// A round allocates nothing, and searches the table no more often with 1,000 rules than with one.
func TestRoundCosts(t *testing.T) {
	const tasks = 64
	cost := func(text string) (finds uint64) {
		e := byName(t, text)
		records, decisions := make([]scxbridge.Task, tasks), make([]scxbridge.Decision, tasks)
		for i := range records {
			records[i] = scxbridge.Task{PID: int32(i + 1), TGID: 1, Comm: name("x9zy"), ReadyTS: 1, Weight: 100, OwnWeight: 100}
			decisions[i] = scxbridge.Decision{PID: int32(i + 1)}
		}
		round := func() {
			for i := range records {
				records[i].Seq++
			}
			e.Enqueue(records)
			e.Dispatch(decisions, true)
		}
		round()
		e.work()
		round()
		if n := testing.AllocsPerRun(100, round); n != 0 {
			t.Errorf("a round allocates %v times", n)
		}
		g := e.live.Load()
		if g == nil {
			return 0
		}
		before := g.table.finds
		round()
		return g.table.finds - before
	}
	none := cost("")
	one := cost("[{name: r9, match: {comm: 'x9*y'}, effects: {weight: 300, slice: 3ms}}]")
	thousand := cost(thousandRules("effects: {weight: 300, slice: 3ms}"))
	if none != 0 || one != 2*tasks || thousand != one {
		t.Errorf("searches for %d tasks: %d without rules, %d with one, %d with 1,000", tasks, none, one, thousand)
	}
	// Who has no rule costs one.
	if n := cost("[{name: other, match: {comm: y}, effects: {weight: 300}}]"); n != tasks {
		t.Errorf("%d searches for %d tasks without a rule", n, tasks)
	}
}

// Also a round with tasks that it does not know allocates nothing, nor does one with their ends.
func TestNewTasksAllocateNothing(t *testing.T) {
	e := byName(t, "[{name: a, match: {comm: a}, effects: {weight: 300}}]")
	pid := int32(0)
	records := make([]scxbridge.Task, 64)
	if n := testing.AllocsPerRun(1000, func() {
		for i := range records {
			pid++
			records[i] = scxbridge.Task{PID: pid, TGID: pid, Seq: 1, Weight: 100}
		}
		e.Enqueue(records)
		e.End(records)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestTableIsBounded(t *testing.T) {
	table := newTable(64)
	for pid := int32(1); pid <= 1000; pid++ {
		e := table.find(pid)
		if e.pid == pid {
			t.Fatal("who was never there is known")
		}
		*e = entry{pid: pid, seen: uint64(pid)}
		if table.find(pid) != e {
			t.Fatal("who was just there is not known")
		}
	}
	left := 0
	for _, set := range table.sets {
		for _, e := range set {
			if e.pid > 0 {
				left++
			}
		}
		oldest := slices.MinFunc(set[:], func(a, b entry) int { return int(a.seen) - int(b.seen) })
		if oldest.pid < 800 {
			t.Errorf("task %d is there, others that came later are not", oldest.pid)
		}
	}
	if left != 64 {
		t.Errorf("%d tasks are there", left)
	}
}

// Rounds, matching and reloads go on beside each other.
func TestTogether(t *testing.T) {
	e := byName(t, "[{name: a, match: {comm: a}, effects: {slice: 3ms}}]")
	ctx, cancel := context.WithCancel(context.Background())
	var others sync.WaitGroup
	others.Add(2)
	go func() { defer others.Done(); e.Run(ctx) }()
	other := mustParse(t, "[{name: b, match: {comm: b}, effects: {slice: 4ms}}, {name: a, match: {comm: a}, effects: {slice: 4ms}}]")
	changed := make(chan struct{})
	go func() {
		defer others.Done()
		for range 100 {
			e.Review()
		}
		e.Set(other)
		close(changed)
	}()
	r := newRounds(t, e, "a")
	for end := time.Now().Add(time.Minute); ; {
		_, d := r.round(scxbridge.Decision{SliceNS: 9})
		if d.SliceNS == 4e6 {
			break
		}
		if d.SliceNS != 9 && d.SliceNS != 3e6 || time.Now().After(end) {
			t.Fatalf("the slice is %d", d.SliceNS)
		}
	}
	<-changed
	cancel()
	others.Wait()
}

// ruled is a policy under rules, whose questions are answered between its rounds.
type ruled struct {
	*policy.VRuntime
	*Engine
}

func (r *ruled) Enqueue(tasks []scxbridge.Task) {
	r.Engine.work()
	r.Engine.Enqueue(tasks)
	r.VRuntime.Enqueue(tasks)
}

func (r *ruled) Dispatch(decisions []scxbridge.Decision) int {
	n := r.VRuntime.Dispatch(decisions)
	r.Engine.Dispatch(decisions[:n], true)
	return n
}

func newRuled(t *testing.T, text string) *ruled {
	v, err := policy.NewVRuntime(policy.VRuntimeOptions{Lease: 20 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	return &ruled{v, byName(t, text)}
}

// Weights move the shares of those that compute.
func TestSimulatedShares(t *testing.T) {
	p := newRuled(t, "[{name: more, match: {comm: 'more*'}, effects: {weight: 300}}, {name: less, match: {comm: 'less*'}, effects: {weight: 50}}]")
	report := scxtest.Run(t, p, scxtest.Config{CPUs: 2, Seed: 1}, 20*time.Second,
		scxtest.Hog(2).Named("more"), scxtest.Hog(2).Named("less"), scxtest.Hog(4).Named("control"))
	control := report.Workload("control").CPUTime.Seconds() / 4
	for name, want := range map[string]float64{"more": 3, "less": 0.5} {
		if got := report.Workload(name).CPUTime.Seconds() / 2 / control; got < want*0.9 || got > want*1.1 {
			t.Errorf("%s has %.2f times as much as a control, not %v", name, got, want)
		}
	}
}

// A class moves how long tasks wait, and not what they get.
func TestSimulatedLatency(t *testing.T) {
	load := func(name string) scxtest.Workload {
		return scxtest.Sleeper(2, scxtest.Always(10*time.Millisecond), scxtest.Always(10*time.Millisecond)).Named(name)
	}
	p := newRuled(t, "[{name: u, match: {comm: 'urgent*'}, effects: {class: urgent}}, {name: b, match: {comm: 'batch*'}, effects: {class: batch}}]")
	report := scxtest.Run(t, p, scxtest.Config{CPUs: 2, Seed: 1}, 20*time.Second, scxtest.Hog(4), load("urgent"), load("control"), load("batch"))
	wait := func(name string) time.Duration { return report.Workload(name).Latency.Quantile(0.9) }
	t.Log(wait("urgent"), wait("control"), wait("batch"))
	if 2*wait("urgent") > wait("control") || 2*wait("control") > wait("batch") {
		t.Errorf("waits: urgent %v, control %v, batch %v", wait("urgent"), wait("control"), wait("batch"))
	}
}

func BenchmarkRound(b *testing.B) {
	for _, rules := range []string{"", "[{name: r9, match: {comm: 'x9*y'}, effects: {weight: 300}}]", thousandRules("effects: {weight: 300}")} {
		e := byName(b, rules)
		count := 0
		if g := e.live.Load(); g != nil {
			count = g.set.Len()
		}
		b.Run(fmt.Sprintf("rules=%d", count), func(b *testing.B) {
			records, decisions := make([]scxbridge.Task, 64), make([]scxbridge.Decision, 64)
			for i := range records {
				records[i] = scxbridge.Task{PID: int32(i + 1), TGID: 1, Comm: name("x9zy"), ReadyTS: 1, Weight: 100}
				decisions[i].PID = int32(i + 1)
			}
			b.ReportAllocs()
			for range b.N {
				for i := range records {
					records[i].Seq++
				}
				e.Enqueue(records)
				e.Dispatch(decisions, true)
				e.work()
			}
		})
	}
}
