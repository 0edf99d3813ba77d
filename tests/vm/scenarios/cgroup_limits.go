package main

import (
	"fmt"
	"math"
	"syscall"
	"time"
)

// limitWindow is how long limits are measured: twenty periods. In fewer, what one of them had too much counts too much.
const limitWindow = 20 * groupPeriod

// limitOff is how many percent of a CPU a group may be off its limit.
const limitOff = 3

// limited is a group with a limit in percent of a CPU, which its tasks want to use up.
type limited struct {
	*cgroup
	percent float64
	// A group in another one, whose limit may leave it less.
	within bool
}

func (g *cgroup) limited(name string, percent float64) limited {
	child := g.make(name)
	child.limit(percent)
	return limited{cgroup: child, percent: percent}
}

func (l limited) holds(used float64) bool {
	if l.within {
		return used < l.percent+limitOff && used > l.percent/4
	}
	return math.Abs(used-l.percent) <= limitOff
}

// limitsHold checks that the groups use what they may.
func (t *T) limitsHold(under string, groups ...limited) {
	t.quietRun(3, "under "+under+", groups used more or less than their limits", func() bool {
		plain := make([]*cgroup, len(groups))
		for i, g := range groups {
			plain[i] = g.cgroup
		}
		// What they used before a change may have to be paid for first.
		t.pass(3 * groupPeriod)
		good := true
		for i, used := range t.usedOver(limitWindow, plain...) {
			t.Logf("%s: %s used %.1f %% of a CPU, and may use %.0f %%", under, groups[i].name(), used, groups[i].percent)
			good = good && groups[i].holds(used)
		}
		return good
	})
}

var _ = register(Scenario{
	Name:    "cgroup_limits",
	Kernels: bothEnds,
	Doc:     "cpu.max holds for a hog, for eight of them and in nested groups, also as it is raised and lowered under load",
	run: func(t *T) {
		top := t.groups()
		one, eight, outer := top.limited("one", 20), top.limited("eight", 20), top.limited("outer", 50)
		inner := outer.limited("inner", 20)
		inner.within = true
		one.hogs(1)
		eight.hogs(8)
		inner.hogs(2)
		outer.make("rest").hogs(2)
		for _, w := range []way{kernelsOwn, vruntime} {
			t.under(w, func() {
				t.limitsHold(w.name, one, eight, outer, inner)
				// The kernel's own scheduler shows that the load wants more than it may.
				if w.name == kernelsOwn.name {
					return
				}
				// So that a single hog of a higher limit need not wait long for a CPU.
				outer.freeze()
				for _, percent := range []float64{50, 10} {
					one.limit(percent)
					t.limitsHold(w.name, limited{cgroup: one.cgroup, percent: percent}, eight)
				}
				one.unlimit()
				t.quietRun(3, "under "+w.name+", a group without a limit was held back", func() bool {
					used := t.usedOver(limitWindow, one.cgroup)[0]
					t.Logf("%s: %s used %.1f %% without a limit", w.name, one.name(), used)
					return used > 60
				})
				one.limit(one.percent)
				late := top.limited("late", 20)
				late.hogs(1)
				t.limitsHold(w.name+", in a new group", late)
				late.remove()
				outer.thaw()
			})
		}
	},
})

var _ = register(Scenario{
	Name: "cgroup_limit_outside",
	Doc:  "a sleeper outside of a limited group with eight hogs does not wait longer than without the group",
	run: func(t *T) {
		sleeper := func() latency { return t.sleeper("--period-us", "10000", "--count", "200") }
		group := t.groups().limited("eight", 20)
		t.under(vruntime, func() {
			t.quietRun(3, "a sleeper waited longer since there is a limited group", func() bool {
				alone := sleeper()
				hogs := group.hogs(8)
				t.limitsHold(vruntime.name, group)
				beside := sleeper()
				hogs.end()
				t.Logf("a sleeper waited: alone %v; beside the group %v", alone, beside)
				// Of ten wake-ups, the group runs at two.
				return beside.p50 < 3*alone.p50
			})
		})
		group.hogs(8)
		t.Logf("under the kernel's own scheduler: beside the group %v", sleeper())
	},
})

var _ = register(Scenario{
	Name: "cgroup_burst",
	Doc:  "with cpu.max.burst a group that paused uses more than its quota in one period, and in the long run not more than its limit",
	run: func(t *T) {
		group := t.groups().limited("burst", 20)
		hogs := group.hogs(2)
		// Of long periods, since the machine's clock may jump by some ms.
		const quota, period = 80 * time.Millisecond, 400 * time.Millisecond
		// bursts returns how much the group used at a stretch after a pause, on average. A stretch may be a part of
		// two periods; so much is left of both that it could use up both quotas and the burst.
		bursts := func() time.Duration {
			const rounds = 5
			var used time.Duration
			for range rounds {
				hogs.signal(syscall.SIGSTOP)
				t.pass(2 * period)
				before := group.used()
				hogs.signal(syscall.SIGCONT)
				t.pass(period / 2)
				used += group.used() - before
			}
			return used / rounds
		}
		t.under(vruntime, func() {
			group.set("cpu.max", fmt.Sprint(quota.Microseconds(), " ", period.Microseconds()))
			t.quietRun(3, "a burst gave nothing, or too much", func() bool {
				group.set("cpu.max.burst", "0")
				without := bursts()
				group.set("cpu.max.burst", fmt.Sprint(quota.Microseconds()))
				with := bursts()
				t.Logf("after a pause %v; with a burst of %v %v", without, quota, with)
				return with-without > quota/2 && with-without < 2*quota && without < 3*quota
			})
			group.set("cpu.max.burst", fmt.Sprint((groupPeriod / 5).Microseconds()))
			group.limit(group.percent)
			t.limitsHold(vruntime.name, group)
			group.set("cpu.max.burst", "0")
		})
	},
})
