package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// lastCPU returns where a thread runs, or last ran.
func (t *T) lastCPU(tid int32) int {
	const processor = 39
	cpu, err := statField(t.read(fmt.Sprintf("/proc/%d/stat", tid)), processor)
	t.Check(err, "read the CPU of the thread %d", tid)
	return int(cpu)
}

// strays looks often at where threads are, for a while, and returns how often one was not on one of these CPUs, and in how
// many looks.
func (t *T) strays(tids []int32, while time.Duration, cpus ...int) (strays, looks int) {
	end := time.Now().Add(while)
	t.awaitEvery(2*time.Millisecond, while+time.Minute, "we have looked for long enough", func() bool {
		for _, tid := range tids {
			looks++
			if !slices.Contains(cpus, t.lastCPU(tid)) {
				strays++
			}
		}
		return time.Now().After(end)
	})
	return strays, looks
}

// awaitOn waits until all threads are on these CPUs.
func (t *T) awaitOn(what string, tids []int32, cpus ...int) {
	t.Await(time.Minute, what, func() bool {
		return !slices.ContainsFunc(tids, func(tid int32) bool { return !slices.Contains(cpus, t.lastCPU(tid)) })
	})
}

// awaitAnyOn waits until one of the threads is on this CPU.
func (t *T) awaitAnyOn(what string, tids []int32, cpu int) {
	t.Await(time.Minute, what, func() bool {
		return slices.ContainsFunc(tids, func(tid int32) bool { return t.lastCPU(tid) == cpu })
	})
}

// awaitProgress waits until each thread has used more CPU time.
func (t *T) awaitProgress(what string, tids []int32) {
	before := make(map[int32]time.Duration)
	for _, tid := range tids {
		before[tid] = t.threadTime(tid)
	}
	t.Await(time.Minute, what, func() bool {
		return !slices.ContainsFunc(tids, func(tid int32) bool { return t.threadTime(tid) <= before[tid]+time.Millisecond })
	})
}

// placed is a policy that sends each process where `where` says, and others to an idle CPU.
type placed struct {
	*decideEach
	where  [2]struct{ tgid, cpu atomic.Int32 }
	silent atomic.Bool
}

func newPlaced() *placed {
	p := &placed{}
	p.decideEach = decideBy(func(each *decideEach, task *scx.Task) scx.Decision {
		for i := range p.where {
			if w := &p.where[i]; task.TGID == w.tgid.Load() {
				return each.firstCome(task, w.cpu.Load())
			}
		}
		return each.firstCome(task, scx.PickIdle)
	})
	return p
}

// Enqueue decides nothing while the policy is silent.
func (p *placed) Enqueue(tasks []scx.Task) {
	if !p.silent.Load() {
		p.decideEach.Enqueue(tasks)
	}
}

func (p *placed) send(i int, load *process, cpu int32) {
	p.where[i].cpu.Store(cpu)
	p.where[i].tgid.Store(load.pid())
}

var _ = register(Scenario{
	Name: "decide_domain", Shape: twoCaches,
	Doc: "decisions name a last-level cache: their tasks run on its CPUs, in fair order; one that a task may not use bounces, one that does not exist is refused",
	run: func(t *T) {
		t.expectCaches(cacheLists...)
		p := newPlaced()
		s := t.schedule(p, parkLong)
		domains, err := s.sched.Domains()
		t.Check(err, "read the domains")
		if !slices.Equal(domains.OfCPU, []int{0, 0, 1, 1}) {
			t.Fatalf("the domains of the CPUs are %v", domains.OfCPU)
		}
		a, aTIDs := t.hogThreads(3)
		b, bTIDs := t.hogThreads(3)
		for round := range 4 {
			p.send(0, a, scx.Domain(round%2))
			p.send(1, b, scx.Domain(1-round%2))
			aCPUs, bCPUs := []int{0, 1}, []int{2, 3}
			if round%2 == 1 {
				aCPUs, bCPUs = bCPUs, aCPUs
			}
			t.awaitOn("three hogs are in their domain", aTIDs, aCPUs...)
			t.awaitOn("the other three are in theirs", bTIDs, bCPUs...)
			aStrays, aLooks := t.strays(aTIDs, time.Second, aCPUs...)
			bStrays, bLooks := t.strays(bTIDs, time.Second, bCPUs...)
			t.Logf("round %d: %d of %d and %d of %d looks saw a hog elsewhere", round, aStrays, aLooks, bStrays, bLooks)
			// A hog is sent elsewhere only if it waits while CPUs there are idle, or if it is far behind.
			t.ErrorIf((aStrays+bStrays)*20 > aLooks+bLooks, "hogs are often not in the domain that decisions name")
		}

		before := s.stats()
		t.bind(aTIDs[0], 0)
		p.send(0, a, scx.Domain(1))
		s.awaitStats("decisions for a domain that the task may not use bounce", func(st scx.Stats) bool { return st.Sub(before).Bounced > 20 })
		t.awaitProgress("all hogs run on", aTIDs)
		t.ErrorIf(s.stats().Sub(before).Refused != 0, "decisions were refused")
		p.send(0, a, scx.Domain(2))
		s.awaitStats("decisions for a domain that does not exist are refused", func(st scx.Stats) bool { return st.Sub(before).Refused > 5 })
		t.ErrorIf(s.sched.SetDomains(domains) == nil, "domains were set without the option")
	},
})

var ownDomains = scx.Options{NoBuiltinIdle: true, OwnDomains: true, Grace: 20 * time.Millisecond}

// oneAndThree are the domains of four CPUs: the first alone, and the others.
var oneAndThree = []int{0, 1, 1, 1}

var _ = register(Scenario{
	Name: "closed_domain", Shape: twoCaches,
	Doc: "nobody takes tasks from a closed domain, nor into it, whether the policy decides or not; without its CPUs others run its tasks, and when it is opened an idle CPU takes some",
	run: func(t *T) {
		p := newPlaced()
		s := t.schedule(p, ownDomains)
		set := func(closed ...bool) {
			t.Check(s.sched.SetDomains(scx.Domains{OfCPU: oneAndThree, Closed: closed}), "set the domains")
		}
		set(false, true)
		hogs, tids := t.hogThreads(6)
		outside := func(what string) {
			strays, looks := t.strays(tids, 2*time.Second, 1, 2, 3)
			t.Logf("%s: %d of %d looks saw a hog outside", what, strays, looks)
			t.ErrorIf(strays != 0, "%s, hogs left the closed domain", what)
		}
		p.send(0, hogs, scx.Domain(1))
		t.awaitOn("the hogs are in the closed domain", tids, 1, 2, 3)
		outside("while the policy decides")
		p.send(0, hogs, scx.AnyCPU)
		outside("while the policy says any CPU")

		p.silent.Store(true)
		before := s.stats()
		s.awaitStats("tasks are rescued", func(st scx.Stats) bool { return st.Sub(before).Rescued > 50 })
		outside("while the policy is silent")
		t.ErrorIf(s.stats().Sub(before).Rescued < 100, "few tasks were rescued")
		t.awaitProgress("all hogs run", tids)

		set(false, false)
		t.awaitAnyOn("the idle CPU takes a hog when the domain is open", tids, 0)
		p.silent.Store(false)
		p.send(0, hogs, scx.Domain(1))
		set(false, true)
		t.awaitOn("the hogs are in the closed domain again", tids, 1, 2, 3)

		// Into a closed domain nobody takes tasks either.
		p.send(0, hogs, scx.Domain(0))
		set(true, false)
		t.awaitOn("the hogs are on the CPU that is closed", tids, 0)
		other, otherTIDs := t.hogThreads(5)
		p.send(1, other, scx.Domain(1))
		t.awaitOn("other hogs are outside", otherTIDs, 1, 2, 3)
		hogs.end()
		strays, looks := t.strays(otherTIDs, 2*time.Second, 1, 2, 3)
		t.Logf("next to an idle closed CPU: %d of %d looks saw a hog there", strays, looks)
		t.ErrorIf(strays != 0, "a closed CPU took hogs of others")

		// Without CPUs, a closed domain is served by others.
		set(false, true)
		t.Cleanup(func() {
			for cpu := 1; cpu < 4; cpu++ {
				t.setCPU(cpu, "1")
			}
		})
		for cpu := 1; cpu < 4; cpu++ {
			t.setCPU(cpu, "0")
		}
		t.awaitProgress("hogs of a domain without CPUs run on", otherTIDs)
		p.silent.Store(true)
		t.awaitProgress("and when the policy is silent", otherTIDs)
	},
})

var _ = register(Scenario{
	Name: "domains_change", Shape: twoCaches,
	Doc: "a hundred times under load, a program sets other domains: all tasks run on, counters are exact; bad ones change nothing; another agent adopts them, and sets others",
	run: func(t *T) {
		p := newPlaced()
		s := t.schedule(p, ownDomains)
		stays := t.sameScheduler()
		hogs, tids := t.hogThreads(6)
		sleeper := t.endless("sleeper", "--threads", "8")
		p.send(0, hogs, scx.Domain(0))
		p.send(1, sleeper, scx.Domain(1))
		t.Logf("the load runs")
		random := rand.New(rand.NewPCG(1, 2))
		for round := range 100 {
			n := 1 + random.IntN(4)
			d := scx.Domains{OfCPU: make([]int, 4), Closed: make([]bool, n)}
			for i, cpu := range random.Perm(4) {
				d.OfCPU[cpu] = i % n
			}
			for i := range d.Closed {
				d.Closed[i] = random.IntN(2) == 0
			}
			t.Check(s.sched.SetDomains(d), "set the domains")
			got, err := s.sched.Domains()
			t.Check(err, "read the domains")
			if !slices.Equal(got.OfCPU, d.OfCPU) || !slices.Equal(got.Closed, d.Closed) {
				t.Fatalf("the domains are %+v, not %+v", got, d)
			}
			// Some changes follow each other at once.
			if round%4 == 0 {
				s.awaitMore("decisions flow", func(more scx.Stats) bool { return more.Dispatched+more.Refused > 5 })
			}
		}
		t.Logf("a hundred changes")
		t.awaitProgress("all hogs run", tids)
		before, err := s.sched.Domains()
		t.Check(err, "read the domains")
		for what, bad := range map[string]scx.Domains{
			"of three CPUs":        {OfCPU: []int{0, 0, 0}},
			"with an empty domain": {OfCPU: []int{0, 0, 2, 2}},
			"of no CPUs":           {},
		} {
			t.ErrorIf(s.sched.SetDomains(bad) == nil, "domains %s were set", what)
		}
		after, err := s.sched.Domains()
		t.Check(err, "read the domains")
		t.ErrorIf(!slices.Equal(after.OfCPU, before.OfCPU), "bad domains changed %v to %v", before, after)
		stays()
		s.stop()
		hogs.end()
		sleeper.end()
		t.adoptOtherDomains()
	},
})

// adoptOtherDomains leaves a scheduler with domains of its own to another agent.
func (t *T) adoptOtherDomains() {
	first, err := scx.Open(scx.Options{Name: "goland", Pin: true, OwnDomains: true})
	t.Check(err, "open")
	mine := scx.Domains{OfCPU: oneAndThree, Closed: []bool{true, false}}
	t.Check(first.SetDomains(mine), "set the domains before it is attached")
	t.Check(first.Attach(), "attach")
	_, hogs := t.hogThreads(6)
	t.Check(first.Close(), "leave it pinned")
	second, err := scx.Adopt("goland")
	t.Check(err, "adopt")
	got, err := second.Domains()
	t.Check(err, "read the domains")
	t.ErrorIf(!slices.Equal(got.OfCPU, mine.OfCPU) || !slices.Equal(got.Closed, mine.Closed), "the adopter finds the domains %+v, not %+v", got, mine)
	t.Check(second.SetDomains(scx.Domains{OfCPU: []int{1, 0, 1, 0}}), "set others")
	t.awaitProgress("all hogs run under the adopter", hogs)
	t.detach(second)
	t.Check(second.Close(), "close")
}

var _ = register(Scenario{
	Name: "agent_cpus", Shape: twoCaches,
	Doc: "the thread of the rounds stays on the CPU that it is given, other threads of the agent do not; when it is sent to another cache and back, two moves are counted",
	run: func(t *T) {
		t.expectCaches(cacheLists...)
		agent := t.goland("--agent-cpus", "3", "--no-builtin-idle", "--stats", "0.2")
		bound := slices.DeleteFunc(agent.threads(), func(tid int32) bool {
			return !strings.Contains(t.read(fmt.Sprintf("/proc/%d/status", tid)), "\nCpus_allowed_list:\t3\n")
		})
		if len(bound) != 1 {
			t.Fatalf("%d threads of the agent are bound to CPU 3, not one", len(bound))
		}
		t.endless("wakers", "--messengers", "2", "--workers", "2")
		agent.awaitDecisions(200)
		strays, looks := t.strays(bound, time.Second, 3)
		t.ErrorIf(strays != 0, "in %d of %d looks, the thread was elsewhere", strays, looks)
		for _, cpu := range []int{0, 3} {
			t.bind(bound[0], cpu)
			agent.awaitDecisions(50)
		}
		st := agent.stopGoland(syscall.SIGTERM)
		t.ErrorIf(st.AgentMoved != 2, "%d moves were counted, not two", st.AgentMoved)
	},
})
