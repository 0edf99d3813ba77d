package main

import (
	"sync/atomic"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// lessor runs tasks in order of arrival, with VTimes in ns as leases need them, and grants each the same lease.
type lessor struct {
	decideEach
	ns     atomic.Uint64
	count  atomic.Uint32
	leased atomic.Uint64 // lease uses, from the records
	ran    atomic.Uint64 // CPU time, from the records
}

func newLessor(ns uint64, count uint32) *lessor {
	p := &lessor{}
	p.ns.Store(ns)
	p.count.Store(count)
	p.decide = func(task *scx.Task) scx.Decision {
		p.leased.Add(uint64(task.Leased))
		p.ran.Add(task.RunNS)
		d := task.Decide(scx.PickIdle)
		d.VTime = uint64(monotonic())
		d.LeaseNS, d.LeaseCount = p.ns.Load(), p.count.Load()
		return d
	}
	return p
}

var _ = register(Scenario{
	Name: "leases", Kernels: bothEnds, Shapes: []Shape{smt},
	Doc: "decisions with a lease are repeated without a record, as often as they say, and the next record tells",
	run: func(t *T) {
		p := newLessor(0, 9)
		s := t.schedule(p, parkLong)
		t.moreHogs(2)
		for range 3 {
			t.messages(1, 200)
			t.forks(2, 5)
		}
		st := s.stop()
		t.Logf("%d leases, used %d times, of which %d were told; %d revoked", st.LeasesGranted, st.LeaseUses, p.leased.Load(), st.Revoked)
		t.ErrorIf(st.LeasesGranted != st.Dispatched, "%d decisions were carried out, %d leases", st.Dispatched, st.LeasesGranted)
		t.ErrorIf(st.LeaseUses < 3*st.LeasesGranted || st.LeaseUses > 9*st.LeasesGranted,
			"leases of 9 uses were used %.1f times on average", float64(st.LeaseUses)/float64(st.LeasesGranted))
		// Uses by tasks that ended before their next record are in no record.
		if told := p.leased.Load(); told > st.LeaseUses || told < st.LeaseUses/2 {
			t.Errorf("the records told of %d of %d uses", told, st.LeaseUses)
		}
		t.ErrorIf(p.ran.Load() == 0, "no record told of CPU time")
	},
})

var _ = register(Scenario{
	Name: "leases_end", Kernels: bothEnds, Shapes: []Shape{smt},
	Doc: "a lease ends on request, on another affinity or weight, and in time; then there are records again",
	run: func(t *T) {
		p := newLessor(uint64(scx.LeaseMax), 0)
		s := t.schedule(p, parkLong)
		hogs := t.moreHogs(1)
		idle := func() {
			// All hogs have a lease: for a while there are uses, but no records.
			s.awaitMore("leases are used", func(more scx.Stats) bool { return more.LeaseUses > 30 })
		}
		idle()
		s.awaitMore("leases end in time", func(more scx.Stats) bool { return more.LeasesGranted >= 3 })

		// Each way to end leases must count as revoked.
		revoked := func(what string, do func()) {
			idle()
			before := s.stats()
			do()
			s.awaitStats(what+" ends leases", func(st scx.Stats) bool { return st.Sub(before).Revoked > 0 })
		}
		threads := hogs.threads()
		revoked("a request for all", func() { t.Check(s.sched.RevokeLeases(), "revoke all") })
		revoked("a request for one", func() {
			for _, pid := range threads {
				t.Check(s.sched.RevokeLease(pid), "revoke the lease of %d", pid)
			}
		})
		revoked("another affinity", func() {
			for _, pid := range threads {
				t.bind(pid, 0)
			}
		})
		revoked("another weight", func() {
			for _, pid := range threads {
				t.Check(syscall.Setpriority(syscall.PRIO_PROCESS, int(pid), 5), "renice %d", pid)
			}
		})
		if err := s.sched.RevokeLease(1 << 22); err == nil {
			t.Errorf("there is a task %d", 1<<22)
		}
		// Without new leases, each decision is the policy's again.
		p.ns.Store(0)
		t.Check(s.sched.RevokeLeases(), "revoke all")
		s.awaitDispatched(100, "records come again")
		hogs.end()
		if n := s.during(func() { t.forks(2, 5) }).LeaseUses; n != 0 {
			t.Errorf("%d uses of leases that nobody granted", n)
		}
	},
})

var _ = register(Scenario{
	Name: "leases_vruntime", Shapes: []Shape{smt},
	Doc: "the agent with leases under all loads: everything runs on, and both sums hold",
	run: func(t *T) {
		agent := t.goland("--no-builtin-idle", "--batch-window", "500us")
		t.moreHogs(2)
		t.messages(2, 300)
		t.forks(2, 20)
		agent.signal(syscall.SIGSTOP)
		t.messages(1, 50)
		agent.signal(syscall.SIGCONT)
		t.forks(2, 20)
		st := agent.stopGoland(syscall.SIGTERM)
		t.Logf("%d leases, used %d times, %d wake-ups deferred", st.LeasesGranted, st.LeaseUses, st.WakeupsDeferred)
		t.ErrorIf(st.LeasesGranted == 0 || st.LeaseUses == 0 || st.WakeupsDeferred == 0,
			"%d leases, used %d times, %d wake-ups deferred", st.LeasesGranted, st.LeaseUses, st.WakeupsDeferred)
	},
})

var _ = register(Scenario{
	Name: "kept_in_kernel",
	Doc:  "with the options, tasks of one CPU and synchronous wake-ups cause no record; without them, they do",
	run: func(t *T) {
		count := func(bound, sync bool) scx.Stats {
			s := t.schedule(newFirstCome(), scx.Options{
				NoBuiltinIdle: true, DirectBound: bound, DirectSync: sync})
			t.load("hog", "--threads", "3", "--cpu", "1", "--seconds", "2").succeed(time.Minute)
			t.load("pingpong", "--pairs", "2", "--count", "250").succeed(time.Minute)
			st := s.stop()
			t.Logf("bound %v, sync %v: queued %d, bound %d, sync %d", bound, sync, st.Queued, st.BoundDirect, st.SyncDirect)
			return st
		}
		without, bound, sync := count(false, false), count(true, false), count(false, true)
		t.ErrorIf(without.BoundDirect != 0 || without.SyncDirect != 0 || bound.SyncDirect != 0 || sync.BoundDirect != 0,
			"tasks were kept without the option")
		t.ErrorIf(bound.BoundDirect < 100 || sync.SyncDirect < 100,
			"with the options %d and %d were kept", bound.BoundDirect, sync.SyncDirect)
	},
})
