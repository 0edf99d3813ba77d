package differential

import (
	"fmt"
	"math/rand/v2"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/scxtest"
)

// What is made from a seed: a machine, its options, its work and a policy.

const (
	us = time.Microsecond
	ms = time.Millisecond
)

// draw is a source of random choices.
type draw struct{ *rand.Rand }

func newDraw(seed uint64) draw { return draw{rand.New(rand.NewPCG(seed, 0))} }

// once is true once in so many times, on average.
func (r draw) once(in int) bool { return r.IntN(in) == 0 }

func one[T any](r draw, of ...T) T { return of[r.IntN(len(of))] }

// upTo returns a time; short ones are as likely as long ones.
func (r draw) upTo(most time.Duration) time.Duration {
	return time.Duration(r.Int64N(int64(most)>>r.IntN(12) + 1))
}

// wholeUpTo returns a time in whole µs, as options need it.
func (r draw) wholeUpTo(most time.Duration) time.Duration { return r.upTo(most).Truncate(us) }

// trial is everything that is made from one seed.
type trial struct {
	seed      uint64
	config    scxtest.Config
	duration  time.Duration
	workloads []scxtest.Workload
	policy    *chance
}

func newTrial(seed uint64) *trial {
	r := newDraw(seed)
	c := scxtest.Config{Seed: seed, Switch: scxtest.NoCost, Unchecked: 1<<6 - 1}
	c.ThreadsPerCore = one(r, 1, 1, 1, 2, 4)
	c.CPUs = c.ThreadsPerCore * (1 + r.IntN(one(r, 1, 3, 3, 8)))
	c.CPUsPerLLC = c.ThreadsPerCore * one(r, 1, 1, 2, 3, 8)
	c.LLCsPerNode = one(r, 1, 2, 2, 8)
	c.Tick = one(r, 4*ms, ms, 10*ms, scxtest.TickExact)
	c.Batch = one(r, 512, 512, 1+r.IntN(8))
	c.Options = drawOptions(r)
	c.Agent = scxtest.Agent{Apart: r.once(4), Wakeup: max(r.upTo(ms), 1), Round: max(r.upTo(100*us), 1), Decision: max(r.upTo(10*us), 1)}
	duration := one(r, 40*ms, 40*ms, 100*ms, 100*ms, 300*ms)
	for range one(r, 0, 0, 1, 3) {
		c.Agent.Stalls = append(c.Agent.Stalls, scxtest.Stall{At: r.upTo(duration), For: r.upTo(2 * duration)})
	}
	t := &trial{seed: seed, config: c, workloads: drawWorkloads(r, c.CPUs, duration)}
	t.duration = duration
	if r.once(20) && len(t.workloads) == 1 { // for what happens once in a second
		t.duration = 2500 * ms
	}
	t.policy = drawPolicy(r, c.CPUs)
	if seed%8 == 7 {
		t.unevenly(r)
	}
	return t
}

// unevenly makes another trial of it: domains have unequal numbers of tasks that compute, under a policy that orders them by
// what they ran. So tasks come far before those of other domains, which takes them some 100 ms.
func (t *trial) unevenly(r draw) {
	perCache := one(r, 1, 1, 2, 3)
	caches := 2 + r.IntN(2)
	c := &t.config
	c.ThreadsPerCore, c.CPUs, c.CPUsPerLLC, c.Tick = 1, perCache*caches, perCache, one(r, 4*ms, scxtest.TickExact)
	c.Options.OneDomain, c.Options.DirectBound, c.Options.NoBuiltinIdle = false, false, r.once(2)
	c.Options.Grace, c.Options.Timeout, c.Options.QueuedBytes, c.Options.BatchWindow = 100*ms, 5*time.Second, 1<<20, 0
	c.Options.SliceMax = 50 * ms
	c.Batch = 512
	c.Agent = scxtest.Agent{Apart: r.once(2), Wakeup: us, Round: us, Decision: us}
	t.duration = 900 * ms
	t.workloads = []scxtest.Workload{scxtest.Hog(c.CPUs + 1 + r.IntN(2))}
	if r.once(2) {
		long, short := scxtest.Uniform(10*ms, 300*ms), scxtest.Uniform(us, ms) // a CPU that is idle for so short takes nothing
		t.workloads = []scxtest.Workload{scxtest.Hog(c.CPUs - r.IntN(2)), scxtest.Sleeper(1+r.IntN(2), long, one(r, long, short))}
	}
	never := 1 << 30
	p := t.policy
	p.cpus, p.vtimes, p.slice = c.CPUs, 1, 50*ms
	p.holds, p.wrong, p.flags, p.asks, p.awakes, p.domains, p.maxTick = never, never, never, never, never, never, 0
	p.leases, p.revokes, p.sets = one(r, never, never, 3), never, one(r, never, never, 100)
	p.anywhere = true
}

func drawOptions(r draw) scxbridge.Options {
	o := scxbridge.Options{
		Timeout:       one(r, 5*time.Second, time.Duration(1+r.IntN(60))*ms, time.Duration(1+r.IntN(500))*ms),
		Grace:         one(r, 10*ms, ms, 5*us, 300*us, 30*ms, scxbridge.GraceImmediate, us+r.wholeUpTo(100*ms)),
		Slice:         100*us + r.wholeUpTo(20*ms),
		NoBuiltinIdle: r.once(3),
		DirectBound:   r.once(3),
		QueuedBytes:   one(r, 4096, 8192, 1<<20),
		OneDomain:     r.once(4),
		OwnDomains:    r.once(4),
	}
	o.SliceMax = o.Slice + r.wholeUpTo(50*ms)
	if r.once(3) {
		o.BatchWindow = us + r.wholeUpTo(9*ms)
	}
	return o
}

func drawWorkloads(r draw, cpus int, d time.Duration) []scxtest.Workload {
	some := func() int { return 1 + r.IntN(one(r, 3, 6, 6, 12)) }
	if r.once(12) {
		some = func() int { return 20 + r.IntN(60) } // more than one scan covers
	}
	work := func() scxtest.Dist {
		return one(r, scxtest.Exponential(max(r.upTo(5*ms), us)), scxtest.Uniform(us, us+r.upTo(20*ms)))
	}
	var all []scxtest.Workload
	for i := range 1 + r.IntN(4) {
		var w scxtest.Workload
		switch r.IntN(5) {
		case 0:
			w = scxtest.Hog(some())
		case 1, 2:
			w = scxtest.Sleeper(some(), work(), work())
		case 3:
			w = scxtest.PingPong(1+r.IntN(4), scxtest.Uniform(5*us, 5*us+r.upTo(ms)))
		case 4:
			w = scxtest.ForkStorm(1+r.IntN(3), scxtest.Uniform(10*us, 10*us+r.upTo(5*ms)))
		}
		w = w.Named(fmt.Sprint("w", i)).WithWeight(one[uint64](r, 100, 100, 1, 15, 335, 10000)).From(one(r, 0, r.upTo(d)))
		if r.once(3) {
			var on []int
			for range 1 + r.IntN(2) {
				on = append(on, r.IntN(cpus))
			}
			w = w.On(on...)
		}
		w.OneProcess = r.once(4)
		w.CgroupID = uint64(1 + r.IntN(5))
		all = append(all, w)
	}
	return all
}

// chance is a policy that decides at random.
type chance struct {
	draw
	cpus    int
	machine *scxtest.Machine
	waiting []scxbridge.Task
	order   uint64

	vtimes          int // how it chooses virtual times
	holds           int // one of this many tasks is held back for a round
	wrong           int // one of this many decisions is wrong
	leases          int
	flags           int
	asks            int
	slice           time.Duration
	maxTick         time.Duration
	past            []scxbridge.Decision
	revokes, awakes int
	anywhere        bool // all decisions name no CPU
	domains, closes int  // one of this many decisions names a domain; one of this many domains is closed
	sets            int
}

func drawPolicy(r draw, cpus int) *chance {
	never := 1 << 30
	return &chance{
		draw: draw{rand.New(rand.NewPCG(r.Uint64(), 1))}, cpus: cpus,
		vtimes: r.IntN(4), holds: one(r, never, never, 2, 10), wrong: one(r, never, 10, 50), leases: one(r, never, 1, 3),
		flags: one(r, never, 1, 2, 5), asks: one(r, never, 3, 20), slice: r.upTo(30 * ms), maxTick: one(r, 0, ms, 20*ms),
		revokes: one(r, never, 5, 50), awakes: one(r, never, 20),
		domains: one(r, never, 2, 10), closes: one(r, never, 2, 4), sets: one(r, 5, 20, 100),
	}
}

func (p *chance) Enqueue(tasks []scxbridge.Task) { p.waiting = append(p.waiting, tasks...) }

func (p *chance) Tick() time.Duration {
	if p.maxTick == 0 {
		return 0
	}
	return us + p.upTo(p.maxTick)
}

func (p *chance) Dispatch(decisions []scxbridge.Decision) int {
	if p.once(p.awakes) {
		_ = p.machine.Wake()
	}
	if p.once(p.revokes) {
		if p.once(2) {
			_ = p.machine.RevokeLeases()
		} else {
			_ = p.machine.RevokeLease(1 + p.Int32N(30))
		}
	}
	if p.once(p.sets) {
		_ = p.machine.SetDomains(p.drawDomains())
	}
	if p.once(p.asks) {
		_, _ = p.machine.SelectCPU(1+p.Int32N(30), int32(p.IntN(p.cpus+1)-1))
	}
	n, kept := 0, p.waiting[:0]
	for i := range p.waiting {
		t := &p.waiting[i]
		if n == len(decisions) || p.once(p.holds) {
			kept = append(kept, *t)
			continue
		}
		decisions[n] = p.decide(t)
		n++
	}
	p.waiting = kept
	if n < len(decisions) && p.once(p.wrong) && len(p.past) > 0 {
		decisions[n] = one(p.draw, p.past...) // once more
		n++
	}
	if p.past = append(p.past, decisions[:n]...); len(p.past) > 100 {
		p.past = p.past[50:]
	}
	return n
}

// drawDomains returns domains, each with a CPU.
func (p *chance) drawDomains() scxbridge.Domains {
	n := 1 + p.IntN(min(p.cpus, 8))
	d := scxbridge.Domains{OfCPU: make([]int, p.cpus), Closed: make([]bool, n)}
	for i, cpu := range p.Perm(p.cpus) {
		if d.OfCPU[cpu] = i; i >= n {
			d.OfCPU[cpu] = p.IntN(n)
		}
	}
	for i := range d.Closed {
		d.Closed[i] = p.once(p.closes)
	}
	return d
}

func (p *chance) decide(t *scxbridge.Task) scxbridge.Decision {
	d := t.Decide(scxbridge.AnyCPU)
	switch where := p.IntN(4); {
	case p.anywhere:
	case where == 0:
		d.CPU = scxbridge.PickIdle
	case where == 1:
		d.CPU = t.CPU
	case where == 2:
		d.CPU = p.Int32N(int32(p.cpus))
	}
	if p.once(p.domains) {
		domains, _ := p.machine.Domains()
		d.CPU = scxbridge.Domain(p.IntN(len(domains.Closed)))
	}
	p.order++
	switch p.vtimes {
	case 0:
		d.VTime = p.order
	case 1:
		d.VTime = t.VTime + t.RunNS*100/t.Weight + 1
	case 2:
		d.VTime = p.Uint64N(uint64(100 * ms))
	}
	d.SliceNS = uint64(p.upTo(p.slice))
	if p.once(p.flags) && d.CPU > scxbridge.Domain(0) {
		d.Flags = one(p.draw, scxbridge.Preempt, scxbridge.PreemptLater, scxbridge.PreemptLater)
	}
	if p.once(p.leases) {
		d.LeaseNS = uint64(one(p.draw, 0, p.upTo(50*ms), 2*time.Second))
		d.LeaseCount = p.Uint32N(4)
	}
	if p.once(p.wrong) {
		switch p.IntN(9) {
		case 0:
			d.CPU = int32(p.cpus) + p.Int32N(3)
		case 1:
			d.CPU = -3
		case 2:
			d.Seq--
		case 3:
			d.Seq = one(p.draw, 0, 1<<63|d.Seq)
		case 4:
			d.Flags |= 1 << (2 + p.IntN(60))
		case 5:
			d.Reserved = 1
		case 6:
			d.PID = one(p.draw, 0, -5, 60000, 1+p.Int32N(40))
		case 7:
			d.SliceNS = 1 << 62
		case 8:
			d.CPU = scxbridge.Domain(p.IntN(2 * p.cpus))
		}
	}
	return d
}
