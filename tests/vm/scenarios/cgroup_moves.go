package main

import "time"

// tightLimit is 1 ms of CPU time per second. What a task ran too long, until the next tick, it owes for seconds.
const tightLimit = "1000 1000000"

// tighten holds the tasks of a group back, for seconds.
func (g *cgroup) tighten(p *process) {
	g.set("cpu.max", tightLimit)
	p.awaitStill()
}

// runsAfter returns how long it takes until a process that was held back has run for a while.
func (p *process) runsAfter(do func()) time.Duration {
	before, began := p.cpuTime(), time.Now()
	do()
	p.await("a task runs that nothing holds back any more", func() bool { return p.cpuTime()-before > 50*time.Millisecond })
	return time.Since(began)
}

var _ = register(Scenario{
	Name: "cgroup_moves",
	Doc:  "tasks that a limit holds back run at once when they are moved to a group with quota, or when the limit is raised; their group can be removed",
	run: func(t *T) {
		top := t.groups()
		for _, w := range []way{vruntime, agentStopped} {
			t.under(w, func() {
				moved, raised := time.Minute, time.Minute
				for range 2 {
					tight, free := top.make("tight"), top.make("free")
					hogs := tight.hogs(4)
					tight.tighten(hogs)
					moved = min(moved, hogs.runsAfter(func() { free.enter(hogs) }))
					// The group was left by tasks that waited in it.
					t.removeGroup(tight.path)
					free.tighten(hogs)
					raised = min(raised, hogs.runsAfter(free.unlimit))
					// To a group that has as little quota.
					free.tighten(hogs)
					tight = top.make("tight")
					tight.set("cpu.max", tightLimit)
					tight.enter(hogs)
					hogs.awaitStill()
					tight.remove() // kills them
					free.remove()
				}
				t.Logf("%s: tasks that were held back ran, once moved after %v, once the limit was raised after %v", w.name, moved, raised)
				if max(moved, raised) > time.Second {
					t.Errorf("under %s, it took more than a second each time", w.name)
				}
				// A group of the same name has its own limit.
				again := top.limited("tight", 20)
				again.hogs(2)
				t.limitsHold(w.name, again)
				again.remove()
			})
		}
	},
})
