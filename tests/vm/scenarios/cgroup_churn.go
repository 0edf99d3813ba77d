package main

import (
	"fmt"
	"time"
)

var _ = register(Scenario{
	Name: "cgroup_churn",
	Doc:  "1,000 groups are made, weighed, limited, entered and removed under load, while they all exist and one by one: all runs on, limits hold",
	run: func(t *T) {
		top := t.groups()
		// Half of them while they all exist, half one by one.
		const all = 500
		t.under(vruntime, func() {
			began := time.Now()
			stays := t.sameScheduler()
			eight := top.limited("eight", 20)
			eight.hogs(8)
			others := t.hogs(2)
			home, crowd := top.make("home"), top.make("crowd")
			guest := home.hogs(2)
			// One group of twenty has a guest. More would be slow: the kernel waits for all CPUs as a process moves.
			const visits = 20
			change := func(n int) *cgroup {
				g := crowd.make(fmt.Sprint(n))
				g.weigh(1 + n*7)
				g.limit(float64(10 + n%90))
				if n%visits == 0 {
					g.enter(guest)
				}
				return g
			}
			var groups []*cgroup
			for n := 1; n <= all; n++ {
				groups = append(groups, change(n))
			}
			home.enter(guest)
			for _, g := range groups {
				t.removeGroup(g.path)
			}
			for n := 1; n <= all; n++ {
				g := change(n)
				if n%visits == 0 {
					home.enter(guest)
				}
				t.removeGroup(g.path)
			}
			t.Logf("%d groups in %v", 2*all, time.Since(began))
			t.messages(1, 50)
			others.end()
			t.limitsHold(vruntime.name, eight)
			guest.expectRunning()
			stays()
			for _, g := range []*cgroup{home, crowd, eight.cgroup} {
				g.remove()
			}
		})
	},
})

var _ = register(Scenario{
	Name: "cgroup_forkstorm",
	Doc:  "a fork storm inside a limited group, of few processes at a time: all of it together uses no more than the limit, and it ends well",
	run: func(t *T) {
		group := t.groups().limited("storm", 50)
		group.within = true // its processes also sleep
		group.set("pids.max", "100")
		for _, w := range []way{vruntime, agentStopped} {
			t.under(w, func() {
				storm := group.load("forkstorm", "--parallel", "6", "--seconds", "1000")
				t.limitsHold(w.name, group)
				storm.end()
				group.load("forkstorm", "--parallel", "2", "--count", "10").succeed(loadLimit)
			})
		}
	},
})
