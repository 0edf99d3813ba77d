package scxtest

import (
	"syscall"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/internal/lockstep"
)

// idleCPUs knows which CPUs are idle and not yet claimed for a task, like the
// kernel's idle masks.
type idleCPUs struct {
	threads int     // per core
	idle    cpumask // idle CPUs
	whole   cpumask // those whose whole core is idle
	perCore []int   // how many of a core's CPUs are idle
	n       int
	next    int // where the next search begins, so that CPUs take turns
}

func newIdleCPUs(cpus, threads int) idleCPUs {
	return idleCPUs{threads: threads, idle: newMask(cpus), whole: newMask(cpus), perCore: make([]int, cpus/threads)}
}

func (s *idleCPUs) set(cpu int) {
	if s.idle.has(cpu) {
		return
	}
	s.idle.set(cpu)
	s.n++
	core := cpu / s.threads
	if s.perCore[core]++; s.perCore[core] == s.threads {
		for i := core * s.threads; i < (core+1)*s.threads; i++ {
			s.whole.set(i)
		}
	}
}

// claim takes the CPU if it is idle.
func (s *idleCPUs) claim(cpu int) bool {
	if !s.idle.has(cpu) {
		return false
	}
	s.idle.clear(cpu)
	s.n--
	core := cpu / s.threads
	if s.perCore[core]--; s.perCore[core] == s.threads-1 {
		for i := core * s.threads; i < (core+1)*s.threads; i++ {
			s.whole.clear(i)
		}
	}
	return true
}

// pick claims any idle CPU of the set, of an idle core if there is one, or
// returns -1.
func (s *idleCPUs) pick(allowed cpumask) int {
	cpu := s.pickFrom(s.whole, allowed)
	if cpu < 0 {
		cpu = s.pickFrom(s.idle, allowed)
	}
	return cpu
}

func (s *idleCPUs) pickFrom(from, allowed cpumask) int {
	if s.n == 0 {
		return -1
	}
	cpu := from.firstCommon(allowed, s.next)
	if cpu < 0 {
		return -1
	}
	s.claim(cpu)
	if s.next = cpu + 1; s.next >= len(s.perCore)*s.threads {
		s.next = 0
	}
	return cpu
}

// claimIdle claims an idle CPU for a task: near the preferred one if there is one, else of its node, else any.
func (m *Machine) claimIdle(t *Thread, prefer int) int {
	cpu := m.claimNear(t, prefer)
	if cpu >= 0 || m.oneDomain || m.idle.n == 0 {
		return cpu
	}
	own, n := m.domains.ofCPU[prefer], len(m.domains.domains)
	d := &m.domains.domains[own]
	if m.cfg.Options.OwnDomains {
		return m.claimIn(t, own, d.nodeBegin, d.nodeBegin+n) // which wraps around
	}
	if d.nodeEnd-d.nodeBegin > 1 {
		if cpu = m.claimIn(t, own, d.nodeBegin, d.nodeEnd); cpu >= 0 {
			return cpu
		}
	}
	return m.idle.pick(t.allowed.mask)
}

// claimNear claims the preferred CPU if it is idle, or else any idle one of its domain, a whole idle core first.
func (m *Machine) claimNear(t *Thread, prefer int) int {
	if t.allowed.allows(prefer) && m.idle.claim(prefer) {
		return prefer
	}
	if m.oneDomain {
		return m.idle.pick(t.allowed.mask)
	}
	own := m.domains.ofCPU[prefer]
	return m.claimIn(t, own, own, own+1)
}

// claimIn claims an idle CPU of these domains for a task of the domain home, a whole idle core first, or returns -1.
func (m *Machine) claimIn(t *Thread, home, begin, end int) int {
	if m.idle.n == 0 {
		return -1
	}
	cpu := m.claimAmong(m.idle.whole, t, home, begin, end)
	if cpu < 0 {
		cpu = m.claimAmong(m.idle.idle, t, home, begin, end)
	}
	return cpu
}

func (m *Machine) claimAmong(idle cpumask, t *Thread, home, begin, end int) int {
	for i := begin; i < end; i++ {
		n := i % len(m.domains.domains)
		if !m.mayLeave(t, home, n) {
			continue
		}
		if cpu := m.domains.domains[n].first(idle, t.allowed.mask); cpu >= 0 {
			m.idle.claim(cpu)
			return cpu
		}
	}
	return -1
}

// selectIdle claims an idle CPU for a task that wakes up, or returns -1. With several domains it is near: only a new task,
// which leaves nothing behind in a cache, goes anywhere.
func (m *Machine) selectIdle(t *Thread, prev int, woke bool) int {
	switch {
	case m.oneDomain:
		return m.kernelIdle(t, prev)
	case woke:
		return m.claimNear(t, prev)
	}
	return m.claimIdle(t, prev)
}

// leaveCrowded claims an idle CPU of another domain for a task whose own was full at so many wake-ups in a row, or returns -1.
func (m *Machine) leaveCrowded(t *Thread) int {
	if m.oneDomain || m.idle.n == 0 {
		return -1
	}
	if t.wakeUps-t.crowdedAt != 1 {
		t.crowded = 0
	}
	t.crowded++
	t.crowdedAt = t.wakeUps
	if t.crowded < crowdedWakeups || t.stolenAt != 0 && m.now-t.stolenAt < crowdedPause {
		return -1
	}
	cpu := m.claimIdle(t, t.cpu)
	if cpu >= 0 {
		m.stats.LeftCrowded++
		t.stolenAt = m.now
	}
	return cpu
}

// kernelIdle is the kernel's own selection, which knows the topology. A
// whole idle core is best: the task's own, then one of its cache, then any. Next
// come its own CPU, one of its cache, any. It returns -1 if none is idle.
func (m *Machine) kernelIdle(t *Thread, prev int) int {
	if m.idle.n == 0 {
		return -1
	}
	prevAllowed := t.allowed.allows(prev)
	// The kernel looks at caches only if there are several, and only for tasks
	// that may run anywhere.
	var llc cpumask
	if len(m.llcs) > 1 && t.allowed == m.affinities.all {
		llc = m.llcs[prev/m.cfg.CPUsPerLLC]
	}
	for _, set := range []cpumask{m.idle.whole, m.idle.idle} {
		if m.idle.threads == 1 && &set[0] == &m.idle.whole[0] {
			continue // each CPU is a whole core
		}
		if prevAllowed && set.has(prev) {
			m.idle.claim(prev)
			return prev
		}
		if llc != nil {
			if cpu := m.idle.pickFrom(set, llc); cpu >= 0 {
				return cpu
			}
		}
		if cpu := m.idle.pickFrom(set, t.allowed.mask); cpu >= 0 {
			return cpu
		}
	}
	return -1
}

// SelectCPU does what [scxbridge.Scheduler.SelectCPU] does, for policies that choose
// CPUs themselves. Like all methods of Machine except Add and Run, only the policy may
// call it, from within its own methods. It costs no virtual time.
func (m *Machine) SelectCPU(pid, prev int32) (int32, error) {
	r := scxbridge.CPURequest{PID: pid, PrevCPU: prev}
	m.answer(&r)
	return max(r.CPU, -1), r.Err()
}

// SelectCPUs does what [scxbridge.Scheduler.SelectCPUs] does.
func (m *Machine) SelectCPUs(requests []scxbridge.CPURequest) error {
	for i := range requests {
		m.answer(&requests[i])
	}
	return nil
}

func (m *Machine) answer(r *scxbridge.CPURequest) {
	if m.follow != nil {
		m.follow(&lockstep.Step{At: m.now, Kind: lockstep.Ask, CPU: int32(m.agentCPU()), PID: r.PID, Flags: r.Flags,
			Args: [6]uint64{uint64(r.PrevCPU)}})
		defer func() { m.tell(lockstep.Answer, int(r.CPU), nil, 0) }()
	}
	switch t := m.known(r.PID); {
	case r.Flags != 0 || r.PID <= 0 || int(r.PrevCPU) >= m.cfg.CPUs:
		r.CPU = -int32(syscall.EINVAL)
	case t == nil:
		r.CPU = -int32(syscall.ESRCH)
	default:
		prev := int(r.PrevCPU)
		if prev < 0 {
			prev = t.cpu
		}
		choose := m.kernelIdle
		if m.cfg.Options.OwnDomains {
			choose = m.claimIdle
		}
		if r.CPU = int32(choose(t, prev)); r.CPU < 0 {
			r.CPU = -int32(syscall.EBUSY)
		} else {
			m.cpus[r.CPU].claimed = true
		}
	}
}
