package main

import (
	"os"
	"slices"
	"strings"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// expectCaches skips the scenario unless the CPUs of each list share a last-level cache. (Under KVM
// a guest may see the caches of the host's CPU.)
func (t *T) expectCaches(lists ...string) {
	for _, list := range lists {
		first, _, _ := strings.Cut(list, "-")
		shared, err := os.ReadFile("/sys/devices/system/cpu/cpu" + first + "/cache/index3/shared_cpu_list")
		if got := strings.TrimSpace(string(shared)); got != list {
			t.Skipf("CPU %s shares its last-level cache with %q, not with %s (%v)", first, got, list, err)
		}
	}
}

// shares returns how much CPU time each thread used within a time.
func (t *T) shares(tids []int32, while time.Duration) []time.Duration {
	times := make([]time.Duration, len(tids))
	for i, tid := range tids {
		times[i] = -t.threadTime(tid)
	}
	time.Sleep(while)
	for i, tid := range tids {
		times[i] += t.threadTime(tid)
	}
	return times
}

var cacheLists = []string{"0-1", "2-3"}

var _ = register(Scenario{
	Name: "two_caches", Shape: twoCaches, Shapes: []Shape{numa},
	Doc: "with two last-level caches, decisions find their tasks on both queues PARK",
	run: func(t *T) {
		t.expectCaches(cacheLists...)
		s := t.schedule(newFirstCome(), parkLong)
		for _, cpus := range [][]int{{0, 1}, {2, 3}} {
			before := s.stats()
			load := t.endless("wakers", "--messengers", "1", "--workers", "2")
			t.Await(time.Minute, "the load has its threads", func() bool { return len(load.threads()) >= 4 })
			load.bind(cpus...)
			s.awaitDispatched(300, "decisions are carried out")
			load.end()
			// If decisions looked for their tasks on the wrong queue, they would be stale, and the tasks late.
			if st := s.stats().Sub(before); st.Stale+st.Rescued > st.Dispatched/10 {
				t.Errorf("on the CPUs %v %d decisions were stale and %d tasks rescued, for %d dispatched",
					cpus, st.Stale, st.Rescued, st.Dispatched)
			}
		}
	},
})

var _ = register(Scenario{
	Name: "two_caches_fair", Shape: twoCaches,
	Doc: "with two last-level caches and no decisions, hogs share the CPUs fairly although most wait on one of two queues",
	run: func(t *T) {
		t.expectCaches(cacheLists...)
		s := t.schedule(&silent{}, scx.Options{
			NoBuiltinIdle: true, Grace: time.Millisecond, Slice: 10 * time.Millisecond})
		_, hogs := t.hogThreads(64)
		t.quietRun(5, "unequal shares", func() bool {
			// First most on the CPUs of one cache, some on those of the other; then they may go anywhere, and
			// those that had less get more, until all had as much.
			for i, tid := range hogs {
				if i < 48 {
					t.bind(tid, 0, 1)
				} else {
					t.bind(tid, 2, 3)
				}
			}
			apart := t.shares(hogs, 2*time.Second)
			for _, tid := range hogs {
				t.bind(tid, 0, 1, 2, 3)
			}
			together := t.shares(hogs, 6*time.Second)
			all := slices.Clone(together)
			for i := range all {
				all[i] += apart[i]
			}
			least, most := slices.Min(all), slices.Max(all)
			t.Logf("bound to one cache they had %v to %v, then %v to %v, in all %v to %v",
				slices.Min(apart), slices.Max(apart), slices.Min(together), slices.Max(together), least, most)
			for i, tid := range hogs {
				if all[i] == least || all[i] == most {
					t.Logf("hog %d: %v, then %v, %d times preempted", i, apart[i], together[i], t.preemptions(tid))
				}
			}
			return most < 3*least/2
		})
		if st := s.stats(); st.Dispatched != 0 {
			t.Errorf("dispatched %d without any decision", st.Dispatched)
		}
	},
})
