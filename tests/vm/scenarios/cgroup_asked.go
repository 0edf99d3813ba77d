package main

import (
	"errors"
	"math"
	"os"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
)

// id is what records call the group.
func (g *cgroup) id() uint64 {
	info, err := os.Stat(g.path)
	g.t.Check(err, "look at the cgroup %s", g.name())
	return info.Sys().(*syscall.Stat_t).Ino
}

// readCgroup reads what the kernel side keeps of a group.
func (s *session) readCgroup(id uint64) scx.CgroupInfo {
	info, err := s.sched.Cgroup(id)
	s.t.Check(err, "read cgroup %d", id)
	return info
}

var _ = register(Scenario{
	Name: "cgroup_asked",
	Doc:  "a policy asks for a group's limit and for how long a hog in it waited for quota: all the time that the limit left it no CPU",
	run: func(t *T) {
		top := t.groups()
		group, plain := top.limited("asked", 20), top.make("plain")
		group.set("cpu.max.burst", "5000")
		plainID := plain.id()
		s := t.schedule(policy.NewFIFO(0, 0), scx.Options{})
		if got := s.readCgroup(plainID); got != (scx.CgroupInfo{ID: plainID}) {
			t.Errorf("of a group without a limit the kernel side tells %+v", got)
		}
		group.hogs(1)
		t.quietRun(3, "the time that a hog waited for quota is not the time that it could not run", func() bool {
			t.pass(3 * groupPeriod)
			before, used, began := s.readCgroup(group.id()), group.used(), time.Now()
			t.pass(2 * limitWindow)
			after := s.readCgroup(group.id())
			passed := time.Since(began)
			idle, waited := passed-(group.used()-used), after.ThrottledTime-before.ThrottledTime
			t.Logf("in %v the hog did not run for %v; it waited %d times for quota, for %v; the kernel's own count grew to %d µs",
				passed, idle, after.Throttled-before.Throttled, waited, group.stat("throttled_usec"))
			t.FatalIf(after.Quota != 20*time.Millisecond || after.Period != groupPeriod || after.Burst != 5*time.Millisecond,
				"the kernel side keeps another limit: %+v", after)
			share := 1 - group.percent/100
			return math.Abs(waited.Seconds()/idle.Seconds()-1) < 0.1 && math.Abs(waited.Seconds()/passed.Seconds()/share-1) < 0.1 &&
				after.Throttled-before.Throttled >= uint64(limitWindow/groupPeriod)
		})
		t.Await(time.Minute, "the hog is seen to wait", func() bool { return s.readCgroup(group.id()).ThrottledNow == 1 })

		unknown := func(id uint64) bool {
			_, err := s.sched.Cgroup(id)
			t.FatalIf(err != nil && !errors.Is(err, scx.ErrNoSuchCgroup), "read cgroup %d: %v", id, err)
			return err != nil
		}
		for _, id := range []uint64{1, math.MaxUint64} {
			t.ErrorIf(!unknown(id), "cgroup %d, which is the root or none, is known", id)
		}
		plain.remove()
		// The kernel tells of a group's end when nothing refers to it any more.
		t.Await(time.Minute, "a group that was removed is forgotten", func() bool { return unknown(plainID) })
		s.stop()
	},
})
