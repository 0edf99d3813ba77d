package main

import (
	"syscall"
	"time"
)

var _ = register(Scenario{
	Name: "cgroup_limit_tiny",
	Doc:  "50 hogs in a group that may use 1 % of a CPU, for three times the watchdog's timeout, the agent stopped: they use about that, and the watchdog finds nothing",
	run: func(t *T) {
		group := t.groups().make("tiny")
		hogs := group.hogs(50)
		group.limit(1)
		t.under(agentStopped, func() {
			stays := t.sameScheduler()
			used := t.usedOver(3*golandTimeout, group)[0]
			t.Logf("%s: %.2f %%", agentStopped.name, used)
			stays()
			hogs.expectRunning()
			if used > 3 || used < 0.3 {
				t.Errorf("a group that may use 1 %% of a CPU used %.2f %%", used)
			}
		})
		hogs.end()
	},
})

var _ = register(Scenario{
	Name: "cgroup_limit_killed",
	Doc:  "SIGKILL of tasks that a limit holds back for seconds: they die within a second, the agent stopped or not",
	run: func(t *T) {
		group := t.groups().make("tight")
		// dies returns how long it takes to die, at best.
		dies := func(threads, times int) time.Duration {
			best := time.Hour
			for range times {
				hogs := group.hogs(threads)
				group.set("cpu.max", tightLimit)
				hogs.awaitStill()
				killed := time.Now()
				hogs.signal(syscall.SIGKILL)
				hogs.exitCode(time.Minute)
				best = min(best, time.Since(killed))
				group.unlimit()
			}
			return best
		}
		for _, w := range []way{vruntime, agentStopped} {
			t.under(w, func() {
				for _, threads := range []int{1, 20} {
					best := dies(threads, 2)
					t.Logf("%s: %d threads died within %v", w.name, threads, best)
					if best > time.Second {
						t.Errorf("under %s, %d threads took more than a second to die each time", w.name, threads)
					}
				}
			})
		}
	},
})
