package scxtest_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/cgroup"
	"github.com/scxbridge/scxbridge/go/policy"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// byWeight orders tasks by their weighted run time, and knows nothing of groups.
func byWeight() *policy.Each {
	const genesis = uint64(time.Hour)
	now := genesis
	return &policy.Each{Decide: func(t *scxbridge.Task) (scxbridge.Decision, bool) {
		d := t.Decide(scxbridge.PickIdle)
		if d.VTime = t.VTime + t.WeightedNS; t.VTime == 0 || t.Woke() && d.VTime < now {
			d.VTime = now
		}
		if t.VTime > now {
			now = t.VTime
		}
		d.SliceNS, d.Flags = uint64(ms), scxbridge.PreemptLater
		return d, true
	}}
}

// idealMachine is a machine on which shares depend on nothing but the policy's order.
func idealMachine(cpus int, groups ...scxtest.Group) scxtest.Config {
	return scxtest.Config{CPUs: cpus, Tick: scxtest.TickExact, Switch: scxtest.NoCost, Agent: noCost, Groups: groups,
		WaitBound: time.Minute}
}

// A policy that orders by weight shares the CPUs by group, with no line for groups.
func TestShares(t *testing.T) {
	for name, c := range map[string]struct {
		groups []scxtest.Group
		load   []scxtest.Workload
		want   map[string]float64
	}{
		"100 to 1000": {
			[]scxtest.Group{{Path: "/a"}, {Path: "/b", Weight: 1000}},
			[]scxtest.Workload{scxtest.Hog(2).Named("a").In("/a"), scxtest.Hog(2).Named("b").In("/b")},
			map[string]float64{"/a": 1. / 11, "/b": 10. / 11},
		},
		"six hogs and two": {
			[]scxtest.Group{{Path: "/a"}, {Path: "/b"}},
			[]scxtest.Workload{scxtest.Hog(6).Named("a").In("/a"), scxtest.Hog(2).Named("b").In("/b")},
			map[string]float64{"/a": 0.5, "/b": 0.5},
		},
		"two levels": {
			[]scxtest.Group{{Path: "/a"}, {Path: "/b", Weight: 200}, {Path: "/b/x", Weight: 300}, {Path: "/b/y"}},
			[]scxtest.Workload{scxtest.Hog(4).Named("a").In("/a"), scxtest.Hog(2).Named("x").In("/b/x"), scxtest.Hog(2).Named("y").In("/b/y")},
			map[string]float64{"/a": 1. / 3, "/b": 2. / 3, "/b/x": 0.5, "/b/y": 1. / 6},
		},
		"beside tasks of the root": {
			[]scxtest.Group{{Path: "/a", Weight: 200}},
			[]scxtest.Workload{scxtest.Hog(2).Named("root"), scxtest.Hog(4).Named("a").In("/a")},
			map[string]float64{"/a": 0.5},
		},
		"a task beside a group": {
			[]scxtest.Group{{Path: "/a/b", Weight: 300}},
			[]scxtest.Workload{scxtest.Hog(2).Named("a").In("/a"), scxtest.Hog(2).Named("b").In("/a/b"), scxtest.Hog(1)},
			map[string]float64{"/a": 0.5, "/a/b": 0.3},
		},
		"an idle group": {
			[]scxtest.Group{{Path: "/a"}, {Path: "/b", Idle: true}},
			[]scxtest.Workload{scxtest.Hog(2).Named("a").In("/a"), scxtest.Hog(2).Named("b").In("/b")},
			map[string]float64{"/a": 1024. / 1027},
		},
		"a group that nobody runs in": {
			[]scxtest.Group{{Path: "/a"}, {Path: "/b"}, {Path: "/c", Weight: 10000}, {Path: "/a/none", Weight: 10000}},
			[]scxtest.Workload{scxtest.Hog(2).Named("a").In("/a"), scxtest.Hog(2).Named("b").In("/b")},
			map[string]float64{"/a": 0.5, "/b": 0.5, "/c": 0},
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := idealMachine(1, c.groups...)
			cfg.FairBound = 0.05
			if name == "an idle group" {
				cfg.FairBound = 0
			}
			r := scxtest.Run(t, byWeight(), cfg, time.Second, c.load...)
			for path, want := range c.want {
				if got := r.Group(path).Share; got < want*0.95 || got > want*1.05 {
					t.Errorf("%s has %.1f %% of the time, not %.1f %%", path, 100*got, 100*want)
				}
			}
		})
	}
}

// Any tree in which no task is due half of a CPU, since after its slice it always gives way, or so
// little that its slices of 1 ms are too coarse.
func TestSharesRandom(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(seed, 1))
		cfg := idealMachine(1 + rng.IntN(4))
		cfg.FairBound = 0.05
		var load []scxtest.Workload
		for i := range 2 + rng.IntN(5) {
			path := fmt.Sprintf("/g%d", i)
			cfg.Groups = append(cfg.Groups, scxtest.Group{Path: path, Weight: 1000 + rng.IntN(2000)})
			for range rng.IntN(3) {
				path += fmt.Sprintf("/g%d", len(cfg.Groups))
				cfg.Groups = append(cfg.Groups, scxtest.Group{Path: path, Weight: 100 + rng.IntN(100)})
				load = append(load, scxtest.Hog(1+rng.IntN(3)).Named("hog"+path).In(path))
			}
			load = append(load, scxtest.Hog(2*cfg.CPUs).Named("own"+path).In(path).WithNice(-rng.IntN(5)))
		}
		scxtest.Run(t, byWeight(), cfg, 10*time.Second, load...)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// The record's weight is what the task is worth now: tasks that sleep, and those that wait for
// quota, leave theirs to the others of their group.
func TestEffectiveWeight(t *testing.T) {
	weights := map[string]uint64{}
	p := firstCome(func(task *scxbridge.Task, d *scxbridge.Decision) bool {
		weights[task.Name()] = task.Weight
		return true
	})
	cfg := scxtest.Config{Groups: []scxtest.Group{{Path: "/a", Weight: 600}, {Path: "/a/held", Weight: 200, Limit: cgroup.Limit{Quota: ms, Period: time.Second}}},
		Changes: []scxtest.Change{scxtest.SetGroup(time.Second, scxtest.Group{Path: "/a", Weight: 300})}}
	sleeper := scxtest.Workload{Name: "sleeper", New: steps(scxtest.Compute(50*ms), scxtest.Sleep(5*time.Second))}
	load := []scxtest.Workload{scxtest.Hog(1).In("/a"), scxtest.Hog(1).Named("rude").In("/a").WithWeight(200),
		scxtest.Hog(1).Named("root"), sleeper.In("/a"), scxtest.Hog(1).Named("held").In("/a/held")}
	for d, want := range map[time.Duration]map[string]uint64{
		190 * ms:  {"hog": 150, "rude": 300, "sleeper": 150, "root": 100},
		999 * ms:  {"hog": 200, "rude": 400, "root": 100},
		1200 * ms: {"hog": 100, "rude": 200, "root": 100},
	} {
		clear(weights)
		run(t, p, cfg, d, load...)
		for name, weight := range want {
			if weights[name] != weight {
				t.Errorf("after %v %s weighs %d, not %d", d, name, weights[name], weight)
			}
		}
	}
}

// Weights are computed anew once per interval.
func TestShareInterval(t *testing.T) {
	var weights []uint64
	p := firstCome(func(task *scxbridge.Task, d *scxbridge.Decision) bool {
		if task.Name() == "hog" {
			weights = append(weights, task.Weight)
		}
		return true
	})
	cfg := scxtest.Config{CPUs: 1, Groups: []scxtest.Group{{Path: "/a"}}, ShareInterval: 300 * ms, Options: scxbridge.Options{NoBuiltinIdle: true}}
	run(t, p, cfg, 180*ms, scxtest.Hog(1).In("/a"), scxtest.Hog(1).Named("other").In("/a").From(50*ms))
	early := weights
	weights = nil
	run(t, p, cfg, 550*ms, scxtest.Hog(1).In("/a"), scxtest.Hog(1).Named("other").In("/a").From(50*ms))
	if len(early) < 2 || early[len(early)-1] != 100 || weights[len(weights)-1] != 50 {
		t.Errorf("weights within an interval %v, and later %v", early, weights)
	}
}

// Options.IgnoreCgroupWeights leaves weights to nobody.
func TestWeightsIgnored(t *testing.T) {
	cfg := idealMachine(1, scxtest.Group{Path: "/a"}, scxtest.Group{Path: "/b", Weight: 1000})
	cfg.Options.IgnoreCgroupWeights, cfg.FairBound = true, 0.05
	r := scxtest.Run(t, byWeight(), cfg, time.Second, scxtest.Hog(1).Named("a").In("/a"), scxtest.Hog(3).Named("b").In("/b"))
	if share := r.Group("/a").Share; share < 0.24 || share > 0.26 {
		t.Errorf("/a has %.1f %%, not a quarter", 100*share)
	}
}
