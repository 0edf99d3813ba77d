package scxtest

import scxbridge "github.com/scxbridge/scxbridge/go"

// decide carries out a decision.
func (m *Machine) decide(d *scxbridge.Decision) {
	if d.PID <= 0 || d.CPU < scxbridge.PickIdle || d.Seq == 0 || d.Seq>>63 != 0 || d.Flags&^(scxbridge.Preempt|scxbridge.PreemptLater) != 0 || d.Reserved != 0 {
		m.stats.Refused++
		m.badDecision(d, "is malformed")
		return
	}
	t := m.thread(d.PID)
	if t == nil || t.parked != d.Seq {
		m.stats.Stale++
		return
	}
	m.stats.Dispatched++
	m.decisionsFlow = true
	m.unpark(t)
	t.vtime = d.VTime
	t.slice = d.SliceNS
	if t.slice == 0 {
		t.slice = uint64(m.cfg.Options.Slice)
	}
	t.slice = min(t.slice, uint64(m.cfg.Options.SliceMax))
	t.sliceLeft, t.decided = t.slice, int(d.CPU)
	m.grant(t, d)
	m.trace(t, Decided, int(d.CPU))

	preempt := d.Flags&scxbridge.Preempt != 0
	later := d.Flags&scxbridge.PreemptLater != 0
	cpu := int(d.CPU)
	switch {
	case cpu >= 0 && (cpu >= m.cfg.CPUs || !t.allowed.allows(cpu)):
		m.stats.Bounced++
		m.bounced(t, cpu)
		m.share(t, d.VTime)
	case cpu >= 0 && (preempt || later && m.runsLater(cpu, d.VTime)):
		m.preempt(t, cpu)
	case cpu >= 0:
		m.enterCPU(t, &m.cpus[cpu], d.VTime)
	case d.CPU == scxbridge.PickIdle || preempt || later:
		switch {
		case m.enterIdle(t):
		case preempt && t.allowed.allows(t.cpu):
			m.preempt(t, t.cpu)
		case later && !m.nextHere(t) && t.allowed.allows(t.cpu) && m.runsLater(t.cpu, d.VTime):
			m.preempt(t, t.cpu)
		default:
			m.share(t, d.VTime)
		}
	default:
		m.share(t, d.VTime)
	}
}

// orderMargin is by how much a task has to come earlier than one that it preempts for that.
const orderMargin = 1_000_000

// runsLater tells whether what runs on the CPU comes later in order than the VTime. What
// nobody decided about has no place in the order.
func (m *Machine) runsLater(cpu int, vtime uint64) bool {
	c := &m.cpus[cpu]
	t := c.curr
	if t == nil || t == m.agent.thread || t.vtime == 0 {
		return false
	}
	ran := t.ran - t.charged + m.now - min(t.runningAt, m.now)
	return vtimeBefore(vtime+orderMargin, t.vtime+ran*100/t.weight)
}

// nextHere tells whether the agent's CPU is about to take its next task, and may take
// this one: once in a flush.
func (m *Machine) nextHere(t *Thread) bool {
	a := &m.agent
	if a.nextFound || a.thread == nil || !t.allowed.allows(a.thread.cpu) {
		return false
	}
	a.nextFound = true
	return true
}

// share puts the task on the shared queue.
func (m *Machine) share(t *Thread, vtime uint64) {
	m.enter(&m.shared, t, vtime)
	m.kickIdle(t)
}

// preempt runs the task on the CPU before all else.
func (m *Machine) preempt(t *Thread, cpu int) {
	m.stats.Preempts++
	// Never the agent in the middle of its own flush: when it waits, the task runs.
	if c := &m.cpus[cpu]; c.curr != nil && c.curr == m.agent.thread {
		c.local.push(t)
		return
	}
	m.jump(t, cpu)
}

// jump puts the task before all else on the CPU, and ends the slice of what runs.
func (m *Machine) jump(t *Thread, cpu int) {
	c := &m.cpus[cpu]
	c.local.pushFront(t)
	if c.curr != nil {
		m.account(c)
		c.curr.slice = 0
	}
	m.idle.claim(cpu)
	m.resched(c)
}

// dispatch is ops.dispatch: it moves one task to the CPU's local queue, if there
// is one for it.
func (m *Machine) dispatch(c *cpu) {
	if head := m.system.head(); head != nil && !vtimeBefore(m.vruntimeNow, head.vruntime) && m.take(c, &m.system) {
		return
	}
	if m.rescueForgotten(c) || m.dispatchDecided(c) {
		return
	}
	m.agent.cutWindow()
	if m.rescueLate(c) {
		return
	}
	m.take(c, &m.system)
}

// dispatchDecided has the CPU's own queue and the shared one go first in turns.
func (m *Machine) dispatchDecided(c *cpu) bool {
	sharedFirst := c.turn&1 != 0
	c.turn++
	if sharedFirst && m.take(c, &m.shared) {
		return true
	}
	if len(c.queue.heap) > 0 {
		t := c.queue.heap[0].t
		m.leave(t, c)
		c.local.push(t)
		return true
	}
	return !sharedFirst && m.take(c, &m.shared)
}

// take moves the first task of a queue that may run on the CPU there.
func (m *Machine) take(c *cpu, q *sharedQueue) bool {
	if q.n == 0 {
		return false
	}
	t := q.first(c.id)
	if t == nil {
		return false
	}
	m.leave(t, c)
	c.local.push(t)
	return true
}

// leave takes a decided or congested task off its queue; own is the CPU whose
// queue that is, if it is on no shared one.
func (m *Machine) leave(t *Thread, own *cpu) {
	if t.on != nil {
		t.on.remove(t)
		t.on = nil
		return
	}
	m.onQueues--
	own.queue.remove(t)
}
