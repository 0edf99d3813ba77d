package scxtest_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// The policies that come with scxbridge pass all checks, with every kind of load.
func TestReadyPolicies(t *testing.T) {
	any := func(scxbridge.Stats) bool { return true }
	for name, c := range map[string]struct {
		cfg scxtest.Config
		// What the counters must show: that the case does what its name says.
		holds func(scxbridge.Stats) bool
	}{
		"plain":    {scxtest.Config{CPUs: 4, WaitBound: time.Second}, func(s scxbridge.Stats) bool { return s.IdleDirect > 0 && s.Rescued == 0 && s.Stale == 0 }},
		"no idle":  {scxtest.Config{CPUs: 4, Options: scxbridge.Options{NoBuiltinIdle: true}}, func(s scxbridge.Stats) bool { return s.IdleDirect == 0 }},
		"topology": {scxtest.Config{CPUs: 8, ThreadsPerCore: 2, CPUsPerLLC: 4, Tick: scxtest.TickExact, WaitBound: time.Second}, any},
		"slow agent": {scxtest.Config{CPUs: 2, Batch: 1, WaitBound: 1300 * ms, Agent: scxtest.Agent{Wakeup: 50 * us, Round: 20 * us, Decision: 5 * us}},
			func(s scxbridge.Stats) bool { return s.Flushes == s.Decisions }},
		"stalls": {scxtest.Config{CPUs: 4, Agent: scxtest.Agent{Stalls: []scxtest.Stall{{At: 600 * ms, For: 300 * ms}, {At: 900 * ms, For: 20 * ms}}}},
			func(s scxbridge.Stats) bool { return s.Rescued > 20 && s.Stale > 3 && s.LateEpisodes > 0 }},
		"window": {scxtest.Config{CPUs: 4, Options: scxbridge.Options{BatchWindow: 2 * ms, DirectBound: true}},
			func(s scxbridge.Stats) bool { return s.WakeupsDeferred > 20 && s.BoundDirect > 50 && s.Rescued == 0 }},
		"no grace": {scxtest.Config{CPUs: 32, Options: scxbridge.Options{Grace: scxbridge.GraceImmediate, NoBuiltinIdle: true}},
			func(s scxbridge.Stats) bool { return s.Rescued > 100 }},
		"small ring": {scxtest.Config{CPUs: 4, Options: scxbridge.Options{QueuedBytes: 4096}},
			func(s scxbridge.Stats) bool { return s.Congested > 0 }},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(2) {
				c.cfg.Seed = seed
				for _, p := range []scxbridge.Policy{policy.NewFIFO(0, 0), vruntime(t, policy.VRuntimeOptions{}), vruntime(t, policy.VRuntimeOptions{Lease: 20 * ms})} {
					r := scxtest.Run(t, p, c.cfg, 1200*ms, mixed()...)
					if records, _ := r.Stats.Unaccounted(); records != 0 || r.Stats.Dispatched < 100 || !c.holds(r.Stats) {
						t.Errorf("%T, seed %d: %v", p, seed, r)
					}
				}
			}
		})
	}
}

// The same seed gives the same report and the same events; another one does not.
func TestDeterminism(t *testing.T) {
	for _, fresh := range []func() scxbridge.Policy{
		func() scxbridge.Policy { return policy.NewFIFO(0, 0) },
		func() scxbridge.Policy { return vruntime(t, policy.VRuntimeOptions{}) },
	} {
		simulate := func(seed uint64) (*scxtest.Report, []scxtest.Event) {
			var rec scxtest.Recorder
			r := run(t, fresh(), scxtest.Config{CPUs: 6, ThreadsPerCore: 2, Seed: seed, Trace: rec.Record}, time.Second, mixed()...)
			return r, slices.Collect(rec.Events())
		}
		one, events := simulate(7)
		two, again := simulate(7)
		if !reflect.DeepEqual(one, two) || one.String() != two.String() || !slices.Equal(events, again) {
			t.Errorf("two runs differ:\n%v\n%v", one, two)
		}
		other, others := simulate(8)
		if reflect.DeepEqual(one.Tasks, other.Tasks) || slices.Equal(events, others) {
			t.Error("another seed gives the same")
		}
	}
}

// What a task does depends on its seed, workload and number, not on the policy.
func TestLoadDoesNotDependOnThePolicy(t *testing.T) {
	simulate := func(p scxbridge.Policy, cpus int, others ...scxtest.Workload) map[string][]time.Duration {
		did := map[string][]time.Duration{}
		times := scxtest.Exponential(ms)
		child := &scxtest.Workload{Name: "child", New: func(int) scxtest.Behavior {
			return scxtest.BehaviorFunc(func(t *scxtest.Thread) scxtest.Action {
				d := times(t.Rand())
				did["child"] = append(did["child"], d)
				return scxtest.Exit()
			})
		}}
		w := scxtest.Workload{Name: "w", Tasks: 8, New: func(i int) scxtest.Behavior {
			name := string(rune('a' + i))
			return scxtest.BehaviorFunc(func(t *scxtest.Thread) scxtest.Action {
				d := times(t.Rand())
				did[name] = append(did[name], d)
				switch n := len(did[name]); {
				case n > 50:
					return scxtest.Sleep(scxtest.Forever / 8)
				case n%2 == 0:
					return scxtest.Sleep(d)
				case i == 0 && n%5 == 0:
					return scxtest.Fork(child)
				}
				return scxtest.Compute(d)
			})
		}}
		run(t, p, scxtest.Config{CPUs: cpus, Seed: 3}, 20*time.Second, append(others, w)...)
		return did
	}
	one := simulate(policy.NewFIFO(0, 0), 4)
	two := simulate(vruntime(t, policy.VRuntimeOptions{}), 1, scxtest.Hog(3), scxtest.ForkStorm(2, scxtest.Always(ms)))
	if !reflect.DeepEqual(one, two) || len(one["a"]) != 51 || len(one["child"]) != 5 {
		t.Errorf("%d tasks under one policy, %d under another, or they did other things", len(one), len(two))
	}
	if slices.Equal(one["a"], one["b"]) {
		t.Error("two tasks have the same random numbers")
	}
}

// Under FIFO, on one CPU, tasks run in exactly the order in which they came. One that the
// agent preempted continues before all others.
func TestFIFOOrder(t *testing.T) {
	var rec scxtest.Recorder
	run(t, policy.NewFIFO(0, 0), scxtest.Config{Seed: 1, Trace: rec.Record, Options: scxbridge.Options{NoBuiltinIdle: true}}, 5*time.Second,
		scxtest.Hog(5), scxtest.Sleeper(5, scxtest.Exponential(2*ms), scxtest.Exponential(20*ms)))
	var came, ran []int32
	for e := range rec.Events() {
		switch e.Kind {
		case scxtest.Parked:
			came = append(came, e.PID)
		case scxtest.Ran:
			ran = append(ran, e.PID)
		}
	}
	came, ran = slices.Compact(came), slices.Compact(ran)
	if len(ran) < 500 || len(ran) > len(came) || !slices.Equal(ran, came[:len(ran)]) {
		t.Errorf("%d came and %d ran, not in the same order", len(came), len(ran))
	}
}

// Under VRuntime shares are by weight.
func TestVRuntimeShares(t *testing.T) {
	for _, cpus := range []int{1, 4} {
		load := []scxtest.Workload{
			scxtest.Hog(3 * cpus).Named("light").WithWeight(50),
			scxtest.Hog(3 * cpus),
			scxtest.Hog(2 * cpus).Named("heavy").WithWeight(200),
			scxtest.Sleeper(3*cpus, scxtest.Exponential(ms), scxtest.Exponential(30*ms)),
		}
		r := scxtest.Run(t, vruntime(t, policy.VRuntimeOptions{}), scxtest.Config{CPUs: cpus, Seed: 5, FairBound: 0.06}, 30*time.Second, load...)
		if r.Busy < time.Duration(cpus)*r.Duration*995/1000 {
			t.Errorf("%d CPUs are not busy: %v", cpus, r)
		}
	}
}

func TestSpans(t *testing.T) {
	var rec scxtest.Recorder
	run(t, policy.NewFIFO(0, 0), exact(1, &rec), time.Second,
		scxtest.Workload{Name: "a", New: steps(scxtest.Compute(3*ms), scxtest.Sleep(5*ms), scxtest.Compute(2*ms))},
		scxtest.Workload{Name: "b", New: steps(scxtest.Compute(scxtest.Forever)), Start: 9 * ms})
	want := []scxtest.Span{{PID: 1, Name: "a", To: 3 * ms}, {PID: 1, Name: "a", From: 8 * ms, To: 10 * ms}}
	// b is on its CPU to the end.
	if got := slices.Collect(rec.Spans()); !slices.Equal(got, want) {
		t.Errorf("spans %+v, want %+v", got, want)
	}
	for range rec.Spans() {
		break // must be possible
	}
}

func TestImpossible(t *testing.T) {
	loop := func(a scxtest.Action) []scxtest.Workload {
		return []scxtest.Workload{{Name: "loop", New: func(int) scxtest.Behavior {
			return scxtest.BehaviorFunc(func(*scxtest.Thread) scxtest.Action { return a })
		}}}
	}
	swap := func(i int) scxtest.Behavior {
		waits := i == 0
		return scxtest.BehaviorFunc(func(t *scxtest.Thread) scxtest.Action {
			if waits = !waits; waits {
				return scxtest.Wait()
			}
			return scxtest.Wake(t.Peer(1 - t.Index()))
		})
	}
	for name, c := range map[string]struct {
		cfg  scxtest.Config
		load []scxtest.Workload
		want string
	}{
		"CPUs":           {cfg: scxtest.Config{CPUs: 5000}, want: "config: CPUs is 5000: it must be 1 to 4096"},
		"threads":        {cfg: scxtest.Config{CPUs: 4, ThreadsPerCore: 3}, want: "ThreadsPerCore"},
		"LLC":            {cfg: scxtest.Config{CPUs: 4, ThreadsPerCore: 2, CPUsPerLLC: 1}, want: "CPUsPerLLC"},
		"tick":           {cfg: scxtest.Config{Tick: -2}, want: "Tick"},
		"switch":         {cfg: scxtest.Config{Switch: -2}, want: "Switch"},
		"batch":          {cfg: scxtest.Config{Batch: -1}, want: "Batch"},
		"unchecked":      {cfg: scxtest.Config{Unchecked: 1 << 9}, want: "Unchecked"},
		"idle bound":     {cfg: scxtest.Config{IdleBound: -1}, want: "IdleBound"},
		"wait bound":     {cfg: scxtest.Config{WaitBound: -1}, want: "WaitBound"},
		"fair bound":     {cfg: scxtest.Config{FairBound: -1}, want: "FairBound"},
		"agent":          {cfg: scxtest.Config{Agent: scxtest.Agent{Round: -5}}, want: "Agent is -5ns"},
		"stall":          {cfg: scxtest.Config{Agent: scxtest.Agent{Stalls: []scxtest.Stall{{At: -1}}}}, want: "Agent.Stalls"},
		"timeout":        {cfg: scxtest.Config{Options: scxbridge.Options{Timeout: time.Minute}}, want: "Options.Timeout"},
		"grace":          {cfg: scxtest.Config{Options: scxbridge.Options{Grace: time.Minute}}, want: "Options.Grace"},
		"slice":          {cfg: scxtest.Config{Options: scxbridge.Options{Slice: us}}, want: "Options.Slice"},
		"slice max":      {cfg: scxtest.Config{Options: scxbridge.Options{SliceMax: ms}}, want: "Options.SliceMax"},
		"window":         {cfg: scxtest.Config{Options: scxbridge.Options{BatchWindow: time.Second}}, want: "Options.BatchWindow"},
		"ring":           {cfg: scxtest.Config{Options: scxbridge.Options{QueuedBytes: 5000}}, want: "Options.QueuedBytes"},
		"no name":        {load: []scxtest.Workload{{New: steps()}}, want: "has no name"},
		"no behavior":    {load: []scxtest.Workload{{Name: "x"}}, want: `workload "x": has no behavior`},
		"tasks":          {load: []scxtest.Workload{scxtest.Hog(-1)}, want: `workload "hog": -1 tasks`},
		"weight":         {load: []scxtest.Workload{scxtest.Hog(1).WithWeight(10001)}, want: "weight 10001"},
		"start":          {load: []scxtest.Workload{scxtest.Hog(1).From(-1)}, want: "starts at -1ns"},
		"affinity":       {load: []scxtest.Workload{scxtest.Hog(1).On(1)}, want: "CPU 1 does not exist: the machine has 0 to 0"},
		"same name":      {load: []scxtest.Workload{scxtest.Hog(1), scxtest.Hog(2)}, want: `two workloads are called "hog"`},
		"too many":       {load: []scxtest.Workload{scxtest.Hog(10_000_001)}, want: "10000001 tasks: must be 1 to 10000000"},
		"forks nothing":  {load: loop(scxtest.Fork(nil)), want: "forks no workload"},
		"forks nonsense": {load: loop(scxtest.Fork(&scxtest.Workload{})), want: "has no name"},
		"acts on":        {load: loop(scxtest.Compute(0)), want: "acts on and on without taking time"},
		"no sleep":       {load: loop(scxtest.Sleep(-1)), want: "acts on and on"},
		"no time":        {cfg: scxtest.Config{Agent: noCost, Switch: scxtest.NoCost}, load: []scxtest.Workload{{Name: "swap", Tasks: 2, New: swap}}, want: "no time passes"},
	} {
		t.Run(name, func(t *testing.T) {
			m := scxtest.NewMachine(c.cfg)
			m.Add(c.load...)
			r, err := m.Run(policy.NewFIFO(0, 0), time.Second)
			if err == nil || r != nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "scxtest: ") {
				t.Errorf("Run() = %v, %v; want an error with %q", r, err, c.want)
			}
		})
	}

	// The first error is returned, even if the machine itself is invalid.
	m := scxtest.NewMachine(scxtest.Config{CPUs: -1})
	m.Add(scxtest.Hog(-1))
	if _, err := m.Run(policy.NewFIFO(0, 0), time.Second); err == nil || !strings.Contains(err.Error(), "CPUs is -1") {
		t.Errorf("Run() = %v", err)
	}
	m = scxtest.NewMachine(scxtest.Config{})
	if _, err := m.Run(nil, time.Second); err == nil || !strings.Contains(err.Error(), "no policy") {
		t.Errorf("Run(nil) = %v", err)
	}
	if _, err := m.Run(policy.NewFIFO(0, 0), 0); err == nil || !strings.Contains(err.Error(), "for 0s") {
		t.Errorf("Run() for no time = %v", err)
	}
	if r, err := m.Run(policy.NewFIFO(0, 0), time.Second); err != nil || r.Busy != 0 {
		t.Errorf("a machine without work: %v, %v", r, err)
	}
	if _, err := m.Run(policy.NewFIFO(0, 0), time.Second); err == nil || !strings.Contains(err.Error(), "has run") {
		t.Errorf("a second Run() = %v", err)
	}
	over := &overfull{}
	if _, err := scxtest.NewMachine(scxtest.Config{}).Run(over, time.Second); err == nil || !strings.Contains(err.Error(), "Dispatch returned 513 of 512") {
		t.Errorf("Dispatch returned more than it was asked for: %v", err)
	}
}

// overfull returns more decisions than there is room for.
type overfull struct{}

func (*overfull) Enqueue([]scxbridge.Task)                    {}
func (*overfull) Dispatch(decisions []scxbridge.Decision) int { return len(decisions) + 1 }
func (*overfull) Tick() time.Duration                         { return ms }
