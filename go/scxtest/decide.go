package scxtest

import (
	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/internal/lockstep"
)

// isPlace reports whether a decision says where to. A domain is a queue, where nothing is preempted.
func (m *Machine) isPlace(d *scxbridge.Decision) bool {
	if namesDomain(int(d.CPU)) {
		return m.domains.named(int(d.CPU)) >= 0 && d.Flags == 0
	}
	return d.CPU >= scxbridge.PickIdle
}

// decide carries out a decision.
func (m *Machine) decide(d *scxbridge.Decision) {
	if d.PID <= 0 || !m.isPlace(d) || d.Seq == 0 || d.Seq>>63 != 0 || d.Flags&^(scxbridge.Preempt|scxbridge.PreemptLater) != 0 || d.Reserved != 0 {
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
	case namesDomain(cpu):
		m.decideDomain(t, cpu)
	case cpu >= 0 && (cpu >= m.cfg.CPUs || !t.allowed.allows(cpu)):
		m.stats.Bounced++
		m.bounced(t, cpu)
		m.share(t, d.VTime)
	case cpu >= 0 && (preempt || later && m.runsLater(cpu, d.VTime)):
		m.preempt(t, cpu)
		m.ask()
	case cpu >= 0:
		m.enterCPU(t, &m.cpus[cpu], d.VTime)
	case d.CPU == scxbridge.PickIdle || preempt || later:
		switch {
		case m.enterIdle(t):
			m.ask()
		case preempt && t.allowed.allows(t.cpu):
			m.preempt(t, t.cpu)
			m.ask()
		case later && !m.nextHere(t) && t.allowed.allows(t.cpu) && m.runsLater(t.cpu, d.VTime):
			m.preempt(t, t.cpu)
			m.ask()
		default:
			m.share(t, d.VTime)
		}
	default:
		m.share(t, d.VTime)
	}
}

// runsLater reports whether the task that runs on the CPU comes later in order than vtime. One without a decision has no
// place in the order.
func (m *Machine) runsLater(cpu int, vtime uint64) bool {
	c := &m.cpus[cpu]
	t := c.curr
	return t != nil && t.vtime != 0 && vtimeBefore(vtime+orderMargin, t.vtime+(m.now-c.uncharged)*100/m.weightOf(t))
}

// nextHere reports whether the agent's CPU can take this task next, when the agent waits:
// once per flush.
func (m *Machine) nextHere(t *Thread) bool {
	a := &m.agent
	if a.nextFound || a.thread == nil || !t.allowed.allows(a.thread.cpu) {
		return false
	}
	a.nextFound = true
	return true
}

// decideDomain carries out a decision for a domain, or for the task's own if it may not go there.
func (m *Machine) decideDomain(t *Thread, cpu int) {
	if n := m.allowedDomain(t, cpu); n >= 0 {
		m.shareIn(t, n, t.vtime)
		return
	}
	m.stats.Bounced++
	m.bounced(t, cpu)
	t.forgetDomain()
	m.share(t, t.vtime)
}

// share puts the task on the shared queue of its domain.
func (m *Machine) share(t *Thread, vtime uint64) {
	m.enterShared(t, m.domainOf(t), vtime)
	m.kickNear(t)
}

// shareIn puts it on that of another one.
func (m *Machine) shareIn(t *Thread, n int, vtime uint64) {
	m.enterShared(t, n, vtime)
	m.kickDomain(t, n)
}

func (m *Machine) enterShared(t *Thread, n int, vtime uint64) {
	m.tellInsert(t, lockstep.Shared|uint64(n), vtime)
	m.enter(m.shared[n], t, vtime)
}

// preempt runs the task next on the CPU, at once.
func (m *Machine) preempt(t *Thread, cpu int) {
	m.stats.Preempts++
	// Do not preempt the agent during its own flush: the task runs when the agent waits.
	if c := &m.cpus[cpu]; c.curr != nil && c.curr == m.agent.thread {
		m.enterLocal(t, c)
		return
	}
	m.jump(t, cpu)
	if m.follow != nil {
		m.tell(lockstep.Kick, cpu, nil, lockstep.Preempts)
	}
}

// jump puts the task at the head of the CPU's local queue, and ends the running task's slice.
func (m *Machine) jump(t *Thread, cpu int) {
	c := &m.cpus[cpu]
	m.tellLocal(t, cpu, lockstep.Preempts)
	c.local.pushFront(t)
	if c.curr != nil {
		m.account(c)
		c.curr.slice = 0
	}
	m.idle.claim(cpu)
	m.resched(c)
}

// dispatch is ops.dispatch: it moves a task to the CPU's local queue, if one may
// run there.
func (m *Machine) dispatch(c *cpu) {
	if m.dispatchNext(c) {
		m.ask() // a higher class might take the CPU before the task runs
		m.stealWhatIsLeft(c)
	} else {
		m.stealWhenIdle(c)
	}
}

func (m *Machine) dispatchNext(c *cpu) bool {
	if m.systemDue(c) && m.takeSystem(c) || m.rescueForgotten(c) || m.stealInOrder(c) || m.dispatchDecided(c) {
		return true
	}
	if m.agentOut() {
		return m.dispatchAlone(c)
	}
	m.agent.cutWindow()
	return m.rescueLate(c) || m.takeSystem(c)
}

// systemDue reports whether the first task on SYSTEM that the CPU may run has its turn. If all
// tasks that the scan sees may only run elsewhere, it reports true every other time.
func (m *Machine) systemDue(c *cpu) bool {
	first := m.system.firstPlace(c.id)
	if m.system.n > systemScan {
		seen := 0
		first = nil
		visitFirst(m.system.byID, systemScan, func(p *place) bool {
			if seen++; p.t.allowed.allows(c.id) {
				first = p
			}
			return first != nil
		})
		if first == nil && seen == systemScan {
			c.systemTurn++
			return c.systemTurn&1 == 0
		}
	}
	if first != nil && first.t != m.agent.thread && m.agentOut() {
		return false // it waits among all others
	}
	return first != nil && !vtimeBefore(*m.vruntimeIn(m.domains.ofCPU[c.id]), first.vtime)
}

// takeSystem takes the first task on SYSTEM for the CPU; with several domains, one that last ran in another only when it
// has waited for a while.
func (m *Machine) takeSystem(c *cpu) bool {
	q := &m.system
	if m.oneDomain || q.n == 0 {
		return m.take(c, q)
	}
	// Many that wait for other CPUs may be ahead of one for this CPU.
	if m.takeSystemNear(c, systemScan) {
		return true
	}
	if q.n <= systemScan {
		return false
	}
	if m.domains.someClosed {
		return m.takeSystemNear(c, rescueScanAll)
	}
	return m.take(c, q)
}

func (m *Machine) takeSystemNear(c *cpu, scan int) bool {
	return visitFirst(m.system.byID, scan, func(p *place) bool {
		t := p.t
		if !t.allowed.allows(c.id) || m.domainOf(t) != m.domains.ofCPU[c.id] &&
			(m.now-t.waitsFrom < systemNear || !m.mayTake(t, c)) {
			return false
		}
		m.leave(t, c)
		m.enterLocal(t, c)
		return true
	})
}

// dispatchDecided takes a decided task: the CPU's own queue and its domain's shared one go first in turns.
func (m *Machine) dispatchDecided(c *cpu) bool {
	sharedFirst := c.turn&1 != 0
	shared := m.shared[m.domains.ofCPU[c.id]]
	found := sharedFirst && m.take(c, shared) || m.takeOwn(c) || !sharedFirst && m.take(c, shared)
	if found {
		c.turn++
	}
	return found
}

// takeOwn moves the first task of the CPU's own queue to its local queue.
func (m *Machine) takeOwn(c *cpu) bool {
	if len(c.queue.heap) == 0 {
		return false
	}
	t := c.queue.heap[0].t
	m.leave(t, c)
	m.enterLocal(t, c)
	return true
}

// take moves the queue's first task that may run on the CPU to its local queue.
func (m *Machine) take(c *cpu, q *sharedQueue) bool {
	if q.n == 0 {
		return false
	}
	t := q.first(c.id)
	if t == nil {
		return false
	}
	m.leave(t, c)
	m.enterLocal(t, c)
	return true
}

// leave takes a decided or congested task off its queue; if that is not a shared
// one, it is the queue of the CPU own.
func (m *Machine) leave(t *Thread, own *cpu) {
	if t.on != nil {
		t.on.remove(t)
		t.on = nil
		return
	}
	m.onQueues--
	own.queue.remove(t)
}
