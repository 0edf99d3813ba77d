package scxtest

// quotaUse is what a task took of the quota of its groups. See charge.bpf.h.
type quotaUse struct {
	quota    *treeGroup // the nearest limited one that it takes from; nil: no limit counts
	reserved int64      // taken and not used; negative: it has run for longer
	inUser   bool       // it was stopped in user space, so nobody waits for what it holds
	onDebt   bool       // this run began without quota, since the task may be in the kernel
}

// quotaBegin makes limits count for a task that runs. False: none does.
func (m *Machine) quotaBegin(t *Thread) bool {
	if t.quota = m.limitedGroup(t); t.quota == nil {
		return false
	}
	t.reserved = 0
	return true
}

// quotaRunning takes some quota for a task that starts to run. If there is none, the task stops
// again at once; but if it may be in the kernel, only at a tick.
func (m *Machine) quotaRunning(c *cpu, t *Thread) {
	inUser := t.inUser || m.tick == 0
	t.inUser, t.onDebt = false, false
	if !m.quotaBegin(t) {
		return
	}
	t.reserved = m.quotaTake(t.quota, quotaChunk)
	switch {
	case t.reserved > 0:
	case inUser:
		t.inUser = true
		m.stats.ThrottleCuts++
		t.slice = 0
		m.resched(c)
	default:
		t.onDebt = true
	}
}

// quotaTick takes more quota, or ends the slice. A tick finds each task in user space, since what
// a task does in the kernel is not simulated.
func (m *Machine) quotaTick(t *Thread) {
	if !m.limitsCount() || t.quota == nil && !m.quotaBegin(t) {
		return
	}
	if t.reserved < quotaChunk {
		t.reserved += m.quotaTake(t.quota, quotaChunk-t.reserved)
	}
	if t.reserved > 0 {
		return
	}
	t.inUser = true
	t.slice = 0
}

// quotaStopping gives back what the task has not used, or makes a debt.
func (m *Machine) quotaStopping(t *Thread) {
	if t.quota != nil {
		m.quotaAdd(t.quota, t.reserved)
		t.quota = nil
	}
}

// quotaLook returns the time of the next look at the quota of a task that runs from that time on:
// the next tick or, without ticks, when the task has used up what it took.
func (m *Machine) quotaLook(t *Thread, from uint64) uint64 {
	switch {
	case !m.limitsCount() || t.quota == nil && m.limitedGroup(t) == nil:
		return endless
	case m.tick > 0:
		return (from/m.tick + 1) * m.tick
	}
	return from + uint64(max(t.reserved, 0))
}

// charge counts what a task has run, for the groups that it is in.
func (m *Machine) charge(t *Thread, ran uint64) {
	if t.quota != nil {
		t.reserved -= int64(ran)
	}
	for g := t.cgroup; g.parent != nil; g = g.parent {
		g.busy += ran
		if !t.onDebt && g.limited() {
			m.checkLimit(g, t, ran)
		}
	}
}
