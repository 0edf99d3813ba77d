package scxtest_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cgroup"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// randomGroups is a machine with a random tree of groups, with limits, weights and tasks of all
// kinds in them, all of which change as it runs.
func randomGroups(seed uint64) (scxtest.Config, []scxtest.Workload) {
	rng := rand.New(rand.NewPCG(seed, 2))
	group := func(path string) scxtest.Group {
		g := scxtest.Group{Path: path, Weight: 1 + rng.IntN(1000), Idle: rng.IntN(8) == 0}
		if rng.IntN(2) == 0 {
			g.Limit.Period = time.Duration(1+rng.IntN(150)) * ms
			g.Limit.Quota = ms + time.Duration(rng.Int64N(int64(2*g.Limit.Period)))
			g.Limit.Burst = time.Duration(rng.IntN(2)) * g.Limit.Quota / 2
		}
		return g
	}
	cfg := scxtest.Config{CPUs: 2 + rng.IntN(6), Seed: seed, Options: scxbridge.Options{Timeout: 2 * time.Second}}
	if rng.IntN(3) == 0 {
		cfg.Tick = scxtest.TickExact
	}
	if rng.IntN(3) == 0 {
		cfg.Agent.Stalls = []scxtest.Stall{{At: 500 * ms, For: time.Second}}
	}
	paths := []string{"/"}
	for i := range 1 + rng.IntN(12) {
		path := paths[rng.IntN(len(paths))]
		if path == "/" {
			path = ""
		}
		path = fmt.Sprintf("%s/g%d", path, i)
		paths = append(paths, path)
		cfg.Groups = append(cfg.Groups, group(path))
	}
	anywhere := func() string { return paths[rng.IntN(len(paths))] }
	load := mixed()
	for i := range load {
		load[i] = load[i].In(anywhere())
		for range rng.IntN(3) {
			cfg.Changes = append(cfg.Changes, scxtest.MoveTasks(time.Duration(rng.Int64N(int64(2*time.Second))), load[i].Name, anywhere()))
		}
	}
	for range rng.IntN(10) {
		at := time.Duration(rng.Int64N(int64(2 * time.Second)))
		g := group(paths[1+rng.IntN(len(paths)-1)])
		cfg.Changes = append(cfg.Changes, scxtest.SetGroup(at, g))
		// One that comes and goes.
		gone := group(fmt.Sprintf("/gone%d", len(cfg.Changes)))
		cfg.Changes = append(cfg.Changes, scxtest.SetGroup(at, gone), scxtest.MoveTasks(at, "sleeper", gone.Path),
			scxtest.MoveTasks(at+100*ms, "sleeper", "/"), scxtest.RemoveGroup(at+200*ms, gone.Path))
	}
	return cfg, load
}

// Whatever becomes of groups: limits hold, nothing is lost or waits forever, and no CPU idles while
// a task could run, which is what the checks of each run say. And it is the same each time.
func TestRandomGroups(t *testing.T) {
	for seed := range uint64(30) {
		cfg, load := randomGroups(seed)
		policies := map[string]func() scxbridge.Policy{
			"fifo":     func() scxbridge.Policy { return policy.NewFIFO(0, 0) },
			"vruntime": func() scxbridge.Policy { return vruntime(t, policy.VRuntimeOptions{Lease: 20 * ms}) },
		}
		for name, p := range policies {
			// An idle group waits for as long as others want to run.
			cfg.Unchecked = scxtest.CheckStarved
			r := scxtest.Run(t, p(), cfg, 3*time.Second, load...)
			if seed%10 == 0 {
				again := scxtest.Run(t, p(), cfg, 3*time.Second, load...)
				if !reflect.DeepEqual(r, again) {
					t.Errorf("two runs differ: %v and %v", r, again)
				}
			}
			if t.Failed() {
				t.Fatalf("seed %d, %s:\n%v", seed, name, r)
			}
		}
	}
}

// manyGroups is 10,000 groups with 100,000 tasks: half of the groups have a limit, and half of them
// are in pairs below others.
func manyGroups() (scxtest.Config, []scxtest.Workload) {
	cfg := bigConfig(1000, 50, 10)
	var load []scxtest.Workload
	for i := range 10_000 {
		g := scxtest.Group{Path: fmt.Sprintf("/g%d", i), Weight: 1 + i%1000}
		if i%4 == 3 {
			g.Path = fmt.Sprintf("/g%d/g%d", i-1, i)
		}
		if i%2 == 0 {
			g.Limit = cgroup.Limit{Quota: 5 * ms, Period: 100 * ms}
		}
		cfg.Groups = append(cfg.Groups, g)
		w := scxtest.Sleeper(10, scxtest.Exponential(ms), scxtest.Exponential(150*ms))
		if i%100 == 0 {
			w = scxtest.Hog(10)
		}
		load = append(load, w.Named(g.Path).In(g.Path))
	}
	return cfg, load
}

// 10,000 groups. The speed is logged, not checked.
func TestManyGroups(t *testing.T) {
	tooBigForTheRaceDetector(t)
	cfg, load := manyGroups()
	began := time.Now()
	r := scxtest.Run(t, vruntime(t, policy.VRuntimeOptions{Tasks: 1 << 18}), cfg, 200*ms, load...)
	took := time.Since(began)
	t.Logf("%v simulated in %v: %.0f events/s\n%v", r.Duration, took, float64(r.Events)/took.Seconds(), r.Stats)
	if len(r.Groups) != 10_000 || len(r.Tasks) != 100_000 || r.Stats.Throttled < 1000 || r.Busy < 20*time.Second {
		t.Errorf("many groups did little: %v", r.Stats)
	}
}

func BenchmarkManyGroups(b *testing.B) {
	cfg, load := manyGroups()
	benchVRuntime(b, cfg, load...)
}
