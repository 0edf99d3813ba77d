package main

var _ = register(Scenario{
	Name: "cgroup_limits_ignored",
	Doc:  "with --ignore-cgroup-limits a hog in a limited group uses what it wants",
	run: func(t *T) {
		ignoring := byAgent("limits ignored", "--no-builtin-idle", "--ignore-cgroup-limits")
		limited := t.groups().limited("limited", 20)
		limited.hogs(1)
		t.under(vruntime, func() { t.limitsHold(vruntime.name, limited) })
		t.under(ignoring, func() {
			t.quietRun(3, "a limit holds although the agent was told to ignore it", func() bool {
				used := t.usedOver(limitWindow, limited.cgroup)[0]
				t.Logf("%s: a hog in a group that may use 20 %% used %.1f %%", ignoring.name, used)
				return used > 70
			})
		})
	},
})
