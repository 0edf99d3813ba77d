package main

import (
	"fmt"
	"slices"
	"time"
)

// waitedRunnable returns how long a thread has been runnable without a CPU so far.
func (t *T) waitedRunnable(tid int32) time.Duration {
	path := fmt.Sprintf("/proc/%d/schedstat", tid)
	var ran, waited time.Duration
	_, err := fmt.Sscan(t.read(path), &ran, &waited)
	t.Check(err, "read how long a thread waited from %s", path)
	return waited
}

// hogThreads starts hogs, and returns their threads once all have run.
func (t *T) hogThreads(n int) (*process, []int32) {
	load := t.hogs(n)
	return load, load.hogThreads(n)
}

// hogThreads returns the threads of a load of so many hogs, once all have run.
func (p *process) hogThreads(n int) (tids []int32) {
	p.t.Await(time.Minute, "all hogs run", func() bool {
		// The first thread waits for the others.
		tids = slices.DeleteFunc(p.threads(), func(tid int32) bool { return tid == p.pid() })
		return len(tids) == n && !slices.ContainsFunc(tids, func(tid int32) bool { return p.t.threadTime(tid) == 0 })
	})
	return tids
}

// Five hogs on two caches of two CPUs: those of one cache share it with two others, unless some move.
func (t *T) hogsShareEvenly(under string, window time.Duration) {
	load, hogs := t.hogThreads(5)
	t.quietRun(3, "under "+under+", five hogs on two caches have unequal shares", func() bool {
		times := t.shares(hogs, window)
		t.Logf("%s: five hogs used %v to %v", under, slices.Min(times), slices.Max(times))
		return slices.Max(times)*10 <= slices.Min(times)*11
	})
	load.end()
}

// Two hogs are bound to one cache and one to a CPU of the other. A fourth comes from the first
// cache. As long as it stays there it waits for a third of the time, and a CPU is idle.
func (t *T) freedHogFindsIdleCPU(under string) {
	load, hogs := t.hogThreads(4)
	t.bind(hogs[0], 0, 1)
	t.bind(hogs[1], 0, 1)
	t.bind(hogs[2], 2)
	const while = 200 * time.Millisecond
	t.quietRun(3, "under "+under+", a hog waits although a CPU of the other cache is idle", func() bool {
		var waits []time.Duration
		for range 11 {
			t.bind(hogs[3], 0, 1)
			used := t.threadTime(hogs[3])
			t.Await(time.Minute, "the hog runs in the first cache", func() bool { return t.threadTime(hogs[3]) > used })
			t.bind(hogs[3], 0, 1, 2, 3)
			waited := t.waitedRunnable(hogs[3])
			t.shares(hogs, while)
			waits = append(waits, t.waitedRunnable(hogs[3])-waited)
		}
		slices.Sort(waits)
		t.Logf("%s: in %v, a hog that had to change caches waited %v", under, while, waits)
		return waits[len(waits)/2] <= while/6
	})
	load.end()
}

var _ = register(Scenario{
	Name: "domain_shares", Shape: twoCaches,
	Doc: "with two last-level caches, five hogs have equal shares, and none waits while a CPU of the other cache is idle; BPF alone does it too",
	run: func(t *T) {
		t.expectCaches(cacheLists...)
		t.under(vruntime, func() { t.hogsShareEvenly(vruntime.name, 10*time.Second) })
		t.under(inKernelMode, func() {
			t.hogsShareEvenly(inKernelMode.name, 6*time.Second)
			// An agent would keep the idle CPU busy, for a part of the time.
			t.freedHogFindsIdleCPU(inKernelMode.name)
		})
	},
})
