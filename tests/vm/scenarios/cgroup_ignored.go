package main

import "time"

var _ = register(Scenario{
	Name: "cgroup_ignored",
	Doc:  "with --ignore-cgroup-limits a limited group uses what it wants, with --ignore-cgroup-weights the tasks of all groups share alike",
	run: func(t *T) {
		top := t.groups()
		ignoring := byAgent("both ignored", "--no-builtin-idle", "--ignore-cgroup-limits", "--ignore-cgroup-weights")
		limited := top.limited("limited", 20)
		limited.hogs(1)
		t.limitsHold(kernelsOwn.name, limited)
		t.under(ignoring, func() {
			t.quietRun(3, "a limit holds although the agent was told to ignore it", func() bool {
				used := t.usedOver(limitWindow, limited.cgroup)[0]
				t.Logf("%s: a hog in a group that may use 20 %% used %.1f %%", ignoring.name, used)
				return used > 70
			})
		})
		limited.remove()
		light, heavy := top.weighed("light", 100, 2), top.weighed("heavy", 1000, 2)
		shares := func() float64 { return t.groupShares([]*cgroup{light, heavy}, 4*time.Second)[0] }
		t.under(ignoring, func() {
			t.quietRun(3, "weights count although the agent was told to ignore them", func() bool {
				got := shares()
				t.Logf("%s: a group of weight 100 got %.1f %% beside one of 1000", ignoring.name, got)
				return got > 40 && got < 60
			})
		})
	},
})
