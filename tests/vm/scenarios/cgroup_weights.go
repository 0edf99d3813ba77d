package main

import (
	"math"
	"time"
)

// entitled is a group with the exact share of all CPU time, in percent, that it has a right to.
type entitled struct {
	*cgroup
	percent float64
}

// sharing is a load whose groups want more CPU time than there is, and are to share it by weight.
type sharing struct {
	name string
	// start starts it below a folder of its own.
	start func(top *cgroup) []entitled
}

// weighed makes a child of that weight, with hogs unless there are to be none.
func (g *cgroup) weighed(name string, weight, hogs int) *cgroup {
	child := g.make(name)
	child.weigh(weight)
	if hogs > 0 {
		child.hogs(hogs)
	}
	return child
}

var sharings = []sharing{
	{"weights 100 : 1000", func(top *cgroup) []entitled {
		return []entitled{{top.weighed("light", 100, 2), 100.0 / 11}, {top.weighed("heavy", 1000, 2), 1000.0 / 11}}
	}},
	{"6 hogs : 2 hogs, beside a group without any", func(top *cgroup) []entitled {
		top.weighed("empty", 10000, 0)
		return []entitled{{top.weighed("six", 100, 6), 50}, {top.weighed("two", 100, 2), 50}}
	}},
	{"a/x 100, a/y 300 in a 100, beside b 100", func(top *cgroup) []entitled {
		a := top.weighed("a", 100, 0)
		return []entitled{{a.weighed("x", 100, 2), 12.5}, {a.weighed("y", 300, 2), 37.5}, {top.weighed("b", 100, 2), 50}}
	}},
	{"cpu.idle beside a busy group", func(top *cgroup) []entitled {
		idle := top.weighed("idle", 100, 2)
		idle.set("cpu.idle", "1")
		// To the kernel, an idle group has 3 parts where one of weight 100 has 1024.
		return []entitled{{idle, 100 * 3.0 / 1027}, {top.weighed("busy", 100, 2), 100 * 1024.0 / 1027}}
	}},
}

// While a decision about the others is under way, a CPU runs whatever there is. A decision takes a part of a ms here, or
// some, since the CPUs are emulated: a great part of a slice of 6 ms, which is what these tasks have by default. So no policy
// could keep a light group down to its share; with slices of 33 ms it can. (Slice is divided by those that wait.)
var (
	longSlices    = []string{"--slice", "100ms"}
	byWeight      = byAgent("vruntime", append(longSlices, "--no-builtin-idle")...)
	byWeightAlone = byAgent("vruntime without leases", append(longSlices, "--no-builtin-idle", "--lease", "0")...)
	byWeightAfter = adopting(longSlices...)
)

// near reports whether a share is within 15 % of what it is to be, or a few points where that is next to nothing.
func (e entitled) near(share float64, w way) bool {
	points := 1.0
	if w.name != agentStopped.name && w.name != agentKilled.name && w.name != inKernelMode.name {
		points = 5
	}
	if e.percent > 1 {
		points = 0
	}
	return math.Abs(share-e.percent) <= max(0.15*e.percent, points)
}

// shared measures one load under the scheduler that is active. Of the kernel's own, which shares exactly only per CPU,
// just the order of the shares is asked for: without it, the load would prove nothing.
func (t *T) shared(top *cgroup, w way, load sharing) {
	folder := top.make("sharing")
	groups := load.start(folder)
	plain := make([]*cgroup, len(groups))
	for i, g := range groups {
		plain[i] = g.cgroup
	}
	// What a group that starts first has too much is paid for within seconds: so the first windows may be wrong, one way and
	// the other.
	t.quietRun(5, "under "+w.name+", "+load.name+": shares are not as the weights say", func() bool {
		window := 3 * time.Second
		if w.name == kernelsOwn.name {
			window /= 2
		}
		shares, good := t.groupShares(plain, window), true
		for i, g := range groups {
			t.Logf("%s: %s: %s got %.1f %%, and is to get %.1f %%", w.name, load.name, g.name(), shares[i], g.percent)
			if w.name != kernelsOwn.name {
				good = good && g.near(shares[i], w)
				continue
			}
			for j, other := range groups {
				good = good && (g.percent < 1.5*other.percent || shares[i] > shares[j])
			}
		}
		return good
	})
	folder.remove()
}

func (t *T) sharedUnder(top *cgroup, sharings []sharing, ways ...way) {
	// 6.12 says so of every scheduler, since it can't tell them of idle groups.
	t.expectKernelLog(`"goland" does not implement cgroup cpu.idle`)
	for _, w := range ways {
		t.under(w, func() {
			for _, load := range sharings {
				t.shared(top, w, load)
			}
		})
	}
}

var _ = register(Scenario{
	Name: "cgroup_weights",
	Doc:  "groups share the CPUs by cpu.weight and cpu.idle, nested ones too, under the agent, and while it is stopped",
	run:  func(t *T) { t.sharedUnder(t.groups(), sharings[2:], kernelsOwn, byWeight, agentStopped) },
})

var _ = register(Scenario{
	Name: "cgroup_weights_ways",
	Doc:  "groups share the CPUs by cpu.weight, however many tasks they have, and so in kernel mode, without leases, with the agent killed, and another one that adopted",
	run: func(t *T) {
		top := t.groups()
		t.sharedUnder(top, sharings[:2], kernelsOwn, byWeight, agentStopped)
		t.sharedUnder(top, sharings, inKernelMode)
		// With the loads that the other two are a part of.
		t.sharedUnder(top, []sharing{sharings[0], sharings[2]}, agentKilled)
		t.sharedUnder(top, sharings[2:3], byWeightAlone, byWeightAfter)
	},
})

var _ = register(Scenario{
	Name: "cgroup_weights_ignored",
	Doc:  "with --ignore-cgroup-weights the tasks of all groups share the CPUs alike",
	run: func(t *T) {
		ignoring := byAgent("weights ignored", "--no-builtin-idle", "--ignore-cgroup-weights")
		top := t.groups()
		groups := []*cgroup{top.weighed("light", 100, 2), top.weighed("heavy", 1000, 2)}
		t.under(ignoring, func() {
			t.quietRun(3, "weights count although the agent was told to ignore them", func() bool {
				got := t.groupShares(groups, 4*time.Second)[0]
				t.Logf("%s: a group of weight 100 got %.1f %% beside one of 1000", ignoring.name, got)
				return got > 40 && got < 60
			})
		})
	},
})
