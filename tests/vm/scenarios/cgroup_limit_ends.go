package main

import "time"

var _ = register(Scenario{
	Name: "cgroup_limit_hotplug",
	Doc:  "a CPU goes and comes back, twice, while a limit holds tasks back: the same scheduler stays, and the limit holds",
	run: func(t *T) {
		t.Cleanup(func() { t.setCPU1("1") })
		top := t.groups()
		eight := top.limited("eight", 20)
		hogs := eight.hogs(8)
		tight := top.make("tight")
		still := tight.hogs(4)
		for _, w := range []way{vruntime, agentStopped} {
			tight.freeze()
			t.under(w, func() {
				tight.thaw()
				stays := t.sameScheduler()
				tight.tighten(still)
				for range 2 {
					for _, value := range []string{"0", "1"} {
						t.setCPU1(value)
						t.pass(2 * groupPeriod)
						stays()
					}
				}
				t.setCPU1("0")
				t.limitsHold(w.name+", on one CPU", eight)
				t.setCPU1("1")
				t.limitsHold(w.name+", on both CPUs", eight)
				still.runsAfter(tight.unlimit)
				stays()
			})
		}
		hogs.end()
		still.end()
	},
})

var _ = register(Scenario{
	Name: "cgroup_limit_detach",
	Doc:  "the scheduler ends, by itself and by the kernel, while limits hold tasks back: they run on, and the kernel's own scheduler keeps the limits",
	run: func(t *T) {
		top := t.groups()
		eight, tight := top.limited("eight", 20), top.make("tight")
		hogs, still := eight.hogs(8), tight.hogs(4)
		runOn := func(after string, detach func()) {
			took := hogs.runsAfter(detach)
			t.expectState("disabled")
			t.Logf("after %s, tasks of the limited group had run for a while after %v", after, took)
			t.limitsHold("the kernel's own scheduler, after "+after, eight)
			still.runsAfter(tight.unlimit)
		}
		for range 2 {
			tight.freeze()
			end := vruntime.start(t)
			tight.thaw()
			tight.tighten(still)
			runOn("the agent detached", end)
		}
		tight.freeze()
		agent := t.goland("--no-builtin-idle")
		tight.thaw()
		tight.tighten(still)
		runOn("the agent was killed", func() {
			agent.kill()
			t.Await(time.Minute, "the kernel's scheduler is active", func() bool { return extState("state") == "disabled" })
		})
		hogs.end()
		still.end()
	},
})
