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

// vruntimeReaches moves the kernel side's present vruntime up to this one.
func (m *Machine) vruntimeReaches(vruntime uint64) {
	if vtimeBefore(m.vruntimeNow, vruntime) {
		m.vruntimeNow = vruntime
	}
}

// vruntimeFirst notes the vruntime of the task that is first in the order and gets a CPU. One that ran since it
// slept shows where the others are.
func (m *Machine) vruntimeFirst(vruntime uint64, ran bool) {
	ahead := int64(m.vruntimeNow - vruntime)
	if ahead <= 0 {
		m.vruntimeReaches(vruntime)
	} else if ran && ahead > int64(m.cfg.Options.Slice) && ahead < 2*vruntimeLag {
		m.vruntimeNow -= uint64(ahead / 4)
	}
}

// vruntimeOf returns the kernel side's vruntime of the task: a sleeper keeps at most one slice of credit, and no task
// is very far from the others.
func (m *Machine) vruntimeOf(t *Thread) uint64 {
	lag := uint64(vruntimeLag)
	if t.exec == 0 {
		lag = uint64(m.cfg.Options.Slice)
	}
	if floor := m.vruntimeNow - lag; vtimeBefore(t.vruntime, floor) {
		t.vruntime = floor
	} else if furthest := m.vruntimeNow + vruntimeLead; vtimeBefore(furthest, t.vruntime) {
		t.vruntime = furthest
	}
	return t.vruntime
}

// vruntimeOfAgent is that of the agent's thread, whose debt keeps it back for systemDebtSlices only.
func (m *Machine) vruntimeOfAgent(t *Thread) uint64 {
	vruntime := m.vruntimeOf(t)
	if furthest := m.vruntimeNow + systemDebtSlices*uint64(m.cfg.Options.Slice); vtimeBefore(furthest, vruntime) {
		return furthest
	}
	return vruntime
}
