package scxtest_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cgroup"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// percent is a limit to so much of one CPU, in periods of 100 ms.
func percent(p int) cgroup.Limit {
	return cgroup.Limit{Quota: time.Duration(p) * ms, Period: 100 * ms}
}

// within fails the test unless got is want, but for a part of it.
func within(t *testing.T, what string, got, want time.Duration, part float64) {
	t.Helper()
	if math.Abs(float64(got)/float64(want)-1) > part {
		t.Errorf("%s is %v, not %v", what, got, want)
	}
}

// Limits hold, whatever runs under them, with a policy that knows nothing of groups.
func TestLimits(t *testing.T) {
	for name, c := range map[string]struct {
		groups []scxtest.Group
		load   []scxtest.Workload
		want   map[string]time.Duration // in 10 s
	}{
		"one hog": {
			[]scxtest.Group{{Path: "/a", Limit: percent(20)}},
			[]scxtest.Workload{scxtest.Hog(1).In("/a")},
			map[string]time.Duration{"/a": 2 * time.Second},
		},
		"eight hogs": {
			[]scxtest.Group{{Path: "/a", Limit: percent(20)}},
			[]scxtest.Workload{scxtest.Hog(8).In("/a")},
			map[string]time.Duration{"/a": 2 * time.Second},
		},
		"more than a CPU": {
			[]scxtest.Group{{Path: "/a", Limit: percent(150)}},
			[]scxtest.Workload{scxtest.Hog(8).In("/a")},
			map[string]time.Duration{"/a": 15 * time.Second},
		},
		"nested": {
			[]scxtest.Group{{Path: "/a", Limit: percent(50)}, {Path: "/a/b/c", Limit: percent(20)}},
			[]scxtest.Workload{scxtest.Hog(2).In("/a/b/c"), scxtest.Hog(1).Named("above").In("/a")},
			map[string]time.Duration{"/a": 5 * time.Second, "/a/b": 2 * time.Second, "/a/b/c": 2 * time.Second},
		},
		"the one above is tighter": {
			[]scxtest.Group{{Path: "/a", Limit: percent(20)}, {Path: "/a/b", Limit: percent(100)}},
			[]scxtest.Workload{scxtest.Hog(2).In("/a/b")},
			map[string]time.Duration{"/a": 2 * time.Second, "/a/b": 2 * time.Second},
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, tick := range []time.Duration{0, scxtest.TickExact} {
				cfg := scxtest.Config{CPUs: 2, Tick: tick, Groups: c.groups, Seed: 1}
				r := scxtest.Run(t, policy.NewFIFO(0, 0), cfg, 10*time.Second, append(c.load, scxtest.Hog(1).Named("free"))...)
				for path, want := range c.want {
					within(t, path, r.Group(path).CPUTime, want, 0.03)
				}
				if r.Stats.Throttled == 0 || r.Workload("free").CPUTime < 2500*ms {
					t.Errorf("%d waits for quota: %v", r.Stats.Throttled, r)
				}
			}
		})
	}
}

// What a group did not use it has later, up to the burst.
func TestBurst(t *testing.T) {
	sometimes := scxtest.Sleeper(1, scxtest.Always(30*ms), scxtest.Always(170*ms)).In("/a").From(time.Second)
	for burst, want := range map[time.Duration]bool{0: true, 20 * ms: false} {
		l := percent(20)
		l.Burst = burst
		r := scxtest.Run(t, policy.NewFIFO(0, 0), scxtest.Config{Groups: []scxtest.Group{{Path: "/a", Limit: l}}}, 10*time.Second, sometimes)
		if waits := r.Stats.Throttled > 0; waits != want {
			t.Errorf("with a burst of %v it waits for quota: %v", burst, r)
		}
	}
}

// While a task waits for quota there is no record of it, it does not count as one that waits for a
// CPU, and the next record is a fresh one.
func TestThrottledTaskHasNoRecord(t *testing.T) {
	var seqs []uint64
	p := firstCome(func(task *scxbridge.Task, _ *scxbridge.Decision) bool {
		seqs = append(seqs, task.Seq)
		if task.CgroupID != 7 {
			t.Errorf("a record names group %d", task.CgroupID)
		}
		return true
	})
	var events []scxtest.Event
	cfg := scxtest.Config{Groups: []scxtest.Group{{Path: "/a", ID: 7, Limit: percent(10)}},
		Trace: func(e scxtest.Event) { events = append(events, e) }, IdleBound: 2 * ms}
	r := scxtest.Run(t, p, cfg, 5*time.Second, scxtest.Hog(1).In("/a"))
	held := false
	for _, e := range events {
		switch e.Kind {
		case scxtest.Throttled:
			held = true
		case scxtest.Unthrottled:
			held = false
		case scxtest.Parked, scxtest.Ran, scxtest.Decided:
			if held {
				t.Errorf("a task that waits for quota %v at %v", e.Kind, e.At)
			}
		}
	}
	for i := range seqs[1:] {
		if seqs[i+1] <= seqs[i] {
			t.Errorf("record %d comes after record %d", seqs[i+1], seqs[i])
		}
	}
	g := r.Group("/a")
	if g.Throttled < 45 || g.Throttled != r.Stats.Throttled {
		t.Errorf("waited %d times for quota: %v", g.Throttled, r)
	}
	// All the time that it did not run it waited for quota.
	within(t, "the wait for quota", g.ThrottledTime, 4500*ms, 0.03)
	if task := r.Tasks[0]; task.ThrottledTime != g.ThrottledTime || task.LongestWait > ms || task.Group != "/a" {
		t.Errorf("the task's own report: %+v", task)
	}
}

// A limit that is lowered, raised, taken away and set under load counts at once.
func TestLimitChanges(t *testing.T) {
	set := func(at time.Duration, l cgroup.Limit) scxtest.Change {
		return scxtest.SetGroup(at, scxtest.Group{Path: "/a", Limit: l})
	}
	var used [4]time.Duration
	cfg := scxtest.Config{CPUs: 2, Groups: []scxtest.Group{{Path: "/a", Limit: percent(80)}},
		Changes: []scxtest.Change{set(time.Second, percent(10)), set(2*time.Second, percent(50)), set(3*time.Second, cgroup.Limit{})}}
	for i := range used {
		r := scxtest.Run(t, policy.NewFIFO(0, 0), cfg, time.Duration(i+1)*time.Second, scxtest.Hog(4).In("/a"))
		used[i] = r.Group("/a").CPUTime
	}
	for i, want := range []time.Duration{800 * ms, 100 * ms, 500 * ms, 2 * time.Second} {
		got := used[i]
		if i > 0 {
			got -= used[i-1]
		}
		if diff := got - want; diff < -30*ms || diff > 30*ms {
			t.Errorf("second %d: used %v, not %v", i, got, want)
		}
	}
}

// A task whose group has too little quota for the watchdog runs for a moment now and then.
func TestTightLimit(t *testing.T) {
	tight := cgroup.Limit{Quota: ms, Period: 100 * ms}
	cfg := scxtest.Config{CPUs: 2, Groups: []scxtest.Group{{Path: "/a", Limit: tight}},
		Options: scxbridge.Options{Timeout: 4 * time.Second}}
	r := scxtest.Run(t, policy.NewFIFO(0, 0), cfg, time.Minute, scxtest.Hog(50).In("/a"))
	if r.Stats.Touched == 0 {
		t.Errorf("no task ran before its turn: %v", r)
	}
	for i := range r.Tasks {
		if r.Tasks[i].Runs < 60/4 {
			t.Errorf("%s ran %d times", r.Tasks[i].Name, r.Tasks[i].Runs)
		}
	}
}

// Groups come and go, and tasks move between them, from wherever they wait.
func TestGroupsChange(t *testing.T) {
	in := func(group string, runs time.Duration) []scxtest.Action {
		return []scxtest.Action{scxtest.Move(group), scxtest.Compute(runs)}
	}
	tourist := scxtest.Workload{Name: "tourist", New: steps(append(in("/a", 50*ms), in("/", 50*ms)...)...)}
	// At 2 s the hogs wait for decisions.
	cfg := scxtest.Config{CPUs: 2,
		Groups:  []scxtest.Group{{Path: "/a", Limit: percent(10)}},
		Agent:   scxtest.Agent{Stalls: []scxtest.Stall{{At: 1960 * ms, For: 45 * ms}}},
		Options: scxbridge.Options{Grace: 100 * ms},
		Changes: []scxtest.Change{
			scxtest.MoveTasks(time.Second, "hog", "/"),
			scxtest.SetGroup(time.Second, scxtest.Group{Path: "/b", Weight: 50, Limit: percent(30)}),
			scxtest.MoveTasks(2*time.Second, "hog", "/b"),
			scxtest.MoveTasks(3*time.Second, "hog", "/a"),
			scxtest.RemoveGroup(3*time.Second, "/b"),
		}}
	r := scxtest.Run(t, policy.NewFIFO(0, 0), cfg, 4*time.Second, scxtest.Hog(6).In("/a"), tourist)
	within(t, "/b", r.Group("/b").CPUTime, 300*ms, 0.15)
	within(t, "/a", r.Group("/a").CPUTime, 200*ms, 0.25)
	if !r.Group("/b").Removed || r.Stats.ThrottledLeft == 0 || r.Stats.Gone == 0 || r.Workload("tourist").Exited != 1 {
		t.Errorf("groups that change: %v", r)
	}
	if got := r.Workload("hog").CPUTime; got < 1300*ms {
		t.Errorf("in the root, hogs ran %v", got)
	}
}

// Children are born into their parent's group.
func TestForksInGroup(t *testing.T) {
	cfg := scxtest.Config{CPUs: 4, Groups: []scxtest.Group{{Path: "/a", Limit: percent(50)}}}
	r := scxtest.Run(t, policy.NewFIFO(0, 0), cfg, 2*time.Second, scxtest.ForkStorm(8, scxtest.Uniform(ms, 5*ms)).In("/a"))
	within(t, "the storm's time", r.Group("/a").CPUTime, time.Second, 0.1)
	if forked := r.Workload("forked"); forked.Tasks < 200 || forked.CPUTime+r.Workload("forkstorm").CPUTime != r.Group("/a").CPUTime {
		t.Errorf("the storm: %v", r)
	}
}

// Options.IgnoreCgroupLimits leaves limits to nobody.
func TestLimitsIgnored(t *testing.T) {
	cfg := scxtest.Config{Groups: []scxtest.Group{{Path: "/a", Limit: percent(10)}},
		Options: scxbridge.Options{IgnoreCgroupLimits: true}}
	if r := scxtest.Run(t, policy.NewFIFO(0, 0), cfg, time.Second, scxtest.Hog(1).In("/a")); r.Busy < 990*ms || r.Stats.Throttled != 0 {
		t.Errorf("a limit that is ignored: %v", r)
	}
}

// What a group can't be is an error, and so is a change that the kernel would refuse.
func TestWrongGroups(t *testing.T) {
	a := []scxtest.Group{{Path: "/a"}}
	hog := scxtest.Hog(1)
	for want, c := range map[string]struct {
		cfg  scxtest.Config
		load scxtest.Workload
	}{
		`group "a": the path`:             {scxtest.Config{Groups: []scxtest.Group{{Path: "a"}}}, hog},
		`group "/a/": the path`:           {scxtest.Config{Groups: []scxtest.Group{{Path: "/a/"}}}, hog},
		`group "/": the path`:             {scxtest.Config{Groups: []scxtest.Group{{Path: "/"}}}, hog},
		"weight 10001":                    {scxtest.Config{Groups: []scxtest.Group{{Path: "/a", Weight: 10001}}}, hog},
		"a period of 0s":                  {scxtest.Config{Groups: []scxtest.Group{{Path: "/a", Limit: cgroup.Limit{Quota: ms}}}}, hog},
		"a quota of 1µs":                  {scxtest.Config{Groups: []scxtest.Group{{Path: "/a", Limit: cgroup.Limit{Quota: us, Period: ms}}}}, hog},
		"a burst of 2ms":                  {scxtest.Config{Groups: []scxtest.Group{{Path: "/a", Limit: cgroup.Limit{Quota: ms, Period: ms, Burst: 2 * ms}}}}, hog},
		`two groups "/a"`:                 {scxtest.Config{Groups: append(a, a...)}, hog},
		"id 1 is that of":                 {scxtest.Config{Groups: []scxtest.Group{{Path: "/a", ID: 1}}}, hog},
		"ShareInterval":                   {scxtest.Config{ShareInterval: -1}, hog},
		"an empty change":                 {scxtest.Config{Changes: make([]scxtest.Change, 1)}, hog},
		"at -1ns":                         {scxtest.Config{Changes: []scxtest.Change{scxtest.RemoveGroup(-1, "/a")}}, hog},
		`hog: there is no group "/a"`:     {scxtest.Config{}, hog.In("/a")},
		"it has 1 tasks":                  {scxtest.Config{Groups: a, Changes: []scxtest.Change{scxtest.RemoveGroup(ms, "/a")}}, hog.In("/a")},
		"it has 1 groups":                 {scxtest.Config{Groups: []scxtest.Group{{Path: "/a/b"}}, Changes: []scxtest.Change{scxtest.RemoveGroup(ms, "/a")}}, hog},
		"there is none":                   {scxtest.Config{Changes: []scxtest.Change{scxtest.RemoveGroup(ms, "/a")}}, hog},
		"it is the root":                  {scxtest.Config{Changes: []scxtest.Change{scxtest.RemoveGroup(ms, "/")}}, hog},
		"there is no such workload":       {scxtest.Config{Groups: a, Changes: []scxtest.Change{scxtest.MoveTasks(ms, "cat", "/a")}}, hog},
		"its id is 2, and can't become":   {scxtest.Config{Groups: a, Changes: []scxtest.Change{scxtest.SetGroup(ms, scxtest.Group{Path: "/a", ID: 3})}}, hog},
		`hog: there is no group "/b"`:     {scxtest.Config{Changes: []scxtest.Change{scxtest.MoveTasks(ms, "hog", "/b")}}, hog},
		`mover: there is no group "/gone`: {scxtest.Config{}, scxtest.Workload{Name: "mover", New: steps(scxtest.Move("/gone"))}},
	} {
		m := scxtest.NewMachine(c.cfg)
		m.Add(c.load)
		if _, err := m.Run(policy.NewFIFO(0, 0), 10*ms); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v", want, err)
		}
	}
}

// asks asks for a group as it gets records.
type asks struct {
	*policy.FIFO
	machine *scxtest.Machine
	id      uint64
	last    scxbridge.CgroupInfo
	err     error
}

func (a *asks) Enqueue(tasks []scxbridge.Task) {
	a.last, a.err = a.machine.Cgroup(a.id)
	a.FIFO.Enqueue(tasks)
}

// A policy can ask for a group's limit and waits.
func TestMachineCgroup(t *testing.T) {
	l := percent(20)
	l.Burst = 5 * ms
	m := scxtest.NewMachine(scxtest.Config{Groups: []scxtest.Group{{Path: "/a", ID: 77, Limit: l}}})
	m.Add(scxtest.Hog(2).In("/a"))
	a := &asks{FIFO: policy.NewFIFO(0, 0), machine: m, id: 77}
	if _, err := m.Run(a, 5*time.Second); err != nil || a.err != nil {
		t.Fatal(err, a.err)
	}
	got := a.last
	if got.ID != 77 || got.Quota != l.Quota || got.Period != l.Period || got.Burst != l.Burst || got.Throttled == 0 || got.ThrottledTime < 4*time.Second {
		t.Errorf("Cgroup() = %+v", got)
	}
	for _, id := range []uint64{1, 78} {
		if _, err := m.Cgroup(id); !errors.Is(err, scxbridge.ErrNoSuchCgroup) {
			t.Errorf("Cgroup(%d): %v", id, err)
		}
	}
}
