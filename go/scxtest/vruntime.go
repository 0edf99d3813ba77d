package scxtest

// countRun counts the CPU time that a running task has used since it was last counted.
func (m *Machine) countRun(t *Thread) {
	ran := m.now - t.chargedTo
	if int64(ran) <= 0 {
		return
	}
	weighted := m.weighted(t, ran)
	t.chargedTo = m.now
	t.exec += ran
	t.ran += ran
	t.weighted += weighted
	t.vruntime += weighted
}

// vruntimeNow is where the new tasks of a domain begin, and where its sleepers begin again.
type vruntimeNow struct {
	now      uint64
	lookedAt uint64
}

// vruntimes has that of each domain, and the furthest one.
type vruntimes struct {
	of       []vruntimeNow
	furthest uint64
	toldAt   uint64
	owner    int
}

// vruntimeIn returns that of the domain. Now and then it catches up with the furthest one.
func (m *Machine) vruntimeIn(domain int) *uint64 {
	if m.oneDomain {
		return &m.vruntimes.of[0].now
	}
	v := &m.vruntimes.of[domain]
	if int64(m.now-v.lookedAt) >= vruntimeLook {
		m.vruntimes.look(v, domain, m.now, m.agentOut())
	}
	return &v.now
}

// agentDomain is that in which the agent begins: with a CPU of its own, the first.
func (m *Machine) agentDomain() int {
	if cpu := m.agentCPU(); cpu < m.cfg.CPUs {
		return m.domains.ofCPU[cpu]
	}
	return 0
}

func (all *vruntimes) look(v *vruntimeNow, domain int, now uint64, alone bool) {
	runs := int64(now-v.lookedAt) < 2*vruntimeLook
	v.lookedAt = now
	if !vtimeBefore(v.now, all.furthest) || all.owner == domain || runs && int64(now-all.toldAt) >= 2*vruntimeLook {
		all.furthest, all.toldAt, all.owner = v.now, now, domain
		return
	}
	furthest := all.furthest
	if runs && alone {
		furthest -= vruntimeLag
	}
	if vtimeBefore(v.now, furthest) {
		v.now = furthest
	}
}

// vruntimeReaches moves the domain's present vruntime up to this one.
func (m *Machine) vruntimeReaches(domain int, vruntime uint64) {
	if now := m.vruntimeIn(domain); vtimeBefore(*now, vruntime) {
		*now = vruntime
	}
}

// vruntimeFirst notes the vruntime of the task that is first in the order and gets a CPU of the domain. One that ran
// since it slept shows where the others are.
func (m *Machine) vruntimeFirst(domain int, vruntime uint64, ran bool) {
	now := m.vruntimeIn(domain)
	ahead := int64(*now - vruntime)
	if ahead < 0 {
		*now = vruntime
	} else if ran && ahead > int64(m.cfg.Options.Slice) && ahead < 2*vruntimeLag {
		*now -= uint64(ahead / 4)
	}
}

// vruntimeOf returns the kernel side's vruntime of the task: a sleeper keeps at most one slice of credit, and no task
// is very far from the others of its domain.
func (m *Machine) vruntimeOf(t *Thread) uint64 {
	now := *m.vruntimeIn(m.domainOf(t))
	lag := uint64(vruntimeLag)
	if t.exec == 0 {
		lag = uint64(m.cfg.Options.Slice)
	}
	if floor := now - lag; vtimeBefore(t.vruntime, floor) {
		t.vruntime = floor
	} else if furthest := now + vruntimeLead; vtimeBefore(furthest, t.vruntime) {
		t.vruntime = furthest
	}
	return t.vruntime
}

// vruntimeOfAgent is that of the agent's thread, whose debt keeps it back for systemDebtSlices only.
func (m *Machine) vruntimeOfAgent(t *Thread) uint64 {
	vruntime := m.vruntimeOf(t)
	furthest := *m.vruntimeIn(m.domainOf(t)) + systemDebtSlices*uint64(m.cfg.Options.Slice)
	if vtimeBefore(furthest, vruntime) {
		return furthest
	}
	return vruntime
}
