package scxtest

// agentOut reports whether the kernel side orders all tasks alone: it had to rescue one, no decision has
// come since, and for a long time the agent neither waited nor was seen.
func (m *Machine) agentOut() bool {
	a := &m.agent
	return !m.decisionsFlow && a.phase != agentWaits && int64(m.now-a.seen) >= int64(agentOutGraces*m.grace)
}

// firstTask is the first task, in the order of vruntime, that a CPU may take.
type firstTask struct {
	t      *Thread
	vtime  uint64
	parked bool
	atHead bool // it is first for all CPUs
	since  uint64

	placeless bool // it runs, and its vtime is no place in the order
}

// lookForFirst looks for a task at the head of a queue that comes before the first one so far.
func (m *Machine) lookForFirst(f *firstTask, c *cpu, heaps []*threadHeap, parked bool) {
	seen := 0
	visitFirst(heaps, aloneScan, func(p *place) bool {
		seen++
		if !p.t.allowed.allows(c.id) || !m.mayTake(p.t, c) {
			return false
		}
		if f.t == nil || vtimeBefore(p.vtime, f.vtime) {
			*f = firstTask{t: p.t, vtime: p.vtime, parked: parked, atHead: seen == 1, since: p.t.waitsFrom}
		}
		return true
	})
}

// dispatchAlone lets the task that ran go on if it is before all others, and otherwise takes the first one.
func (m *Machine) dispatchAlone(c *cpu) bool {
	var first firstTask
	for i := range m.parks {
		m.lookForFirst(&first, c, []*threadHeap{&m.parks[i].threadHeap}, true)
	}
	if m.system.n > 0 {
		m.lookForFirst(&first, c, m.system.byID, false)
	}
	if first.t == nil {
		return m.rescueLate(c) || m.takeSystem(c)
	}
	if m.goesOn(c, &first) {
		return true
	}
	if first.atHead {
		m.vruntimeFirst(m.domains.ofCPU[c.id], first.vtime, first.t.exec > 0)
	}
	if first.parked {
		m.rescue(c, first.t)
		return true
	}
	return m.takeSystem(c) || m.rescueLate(c) || m.takeSystem(c)
}

func (m *Machine) goesOn(c *cpu, first *firstTask) bool {
	prev := c.curr
	if prev == nil || prev == m.agent.thread || m.throttledBy(prev) != nil {
		return false
	}
	m.countRun(prev)
	if !vtimeBefore(prev.vruntime, first.vtime) {
		return false
	}
	m.vruntimeFirst(m.domains.ofCPU[c.id], prev.vruntime, true)
	prev.slice = m.fairSlice(prev)
	return true
}

// fairSlice is the slice of a task that the kernel side alone schedules: shorter if it, or a group of it, is light.
func (m *Machine) fairSlice(t *Thread) uint64 {
	lightest := min(t.weight, 100) * 1024
	for g := t.cgroup; g.parent != nil && m.weightsCount(); g = g.parent {
		lightest = min(lightest, g.share.weight)
	}
	slice := uint64(m.cfg.Options.Slice)
	return max(slice*lightest/(100*1024), slice/lightSliceParts)
}
