package scxtest

// The constants of the kernel side, in ns.
const (
	rescueScan    = 32 // how many tasks one look goes through
	overdueMin    = 50_000_000
	overduePeriod = 10_000_000
	watchMin      = 1_000_000
)

// rescueLate takes the first task, in fair order, whose decision is late.
func (m *Machine) rescueLate(c *cpu) bool { return m.rescueFirst(c, m.grace) }

// rescueFirst takes the first task, in fair order, that has been parked for so
// long.
func (m *Machine) rescueFirst(c *cpu, age uint64) bool {
	oldest := m.parked.first
	if oldest == nil || m.now-oldest.parkedAt < age {
		return false
	}
	return m.parkQueue.first(rescueScan, func(t *Thread) bool {
		if !t.allowed.allows(c.id) || m.now-t.parkedAt < age {
			return false
		}
		m.rescue(c, t)
		return true
	})
}

// rescueForgotten takes a task that is much too late, before decided ones: one
// without a decision, or one that its virtual time keeps behind others. The
// kernel side looks at both ends of its queues, and rarely at the whole; here
// the oldest are at hand.
func (m *Machine) rescueForgotten(c *cpu) bool {
	if m.now-c.lookedAt < overduePeriod {
		return false
	}
	overdue := max(4*m.grace, overdueMin)
	if m.rescueFirst(c, overdue) {
		return true
	}
	n := 0
	for t := m.parked.first; t != nil && m.now-t.parkedAt >= overdue && n < 2*rescueScan; t = m.parked.next(t) {
		if t.allowed.allows(c.id) {
			m.rescue(c, t)
			return true
		}
		n++
	}
	starved := uint64(m.cfg.Options.Timeout) / 2
	n = 0
	for t := m.waiting.first; t != nil && m.now-t.waitsFrom > starved && n < 2*rescueScan; t = m.waiting.next(t) {
		if t.on == &m.shared && t.allowed.allows(c.id) || t.on == nil && t.queuedOn(c) {
			m.leave(t, c)
			c.local.push(t)
			m.stats.Starved++
			return true
		}
		n++
	}
	c.lookedAt = m.now
	return false
}

// queuedOn tells whether the task is on the CPU's own queue of decided tasks.
func (t *Thread) queuedOn(c *cpu) bool {
	h := c.queue.heap
	return t.parked == 0 && int(t.place) < len(h) && h[t.place].t == t
}

// rescue runs a parked task without a decision.
func (m *Machine) rescue(c *cpu, t *Thread) {
	m.unpark(t)
	m.stats.Rescued++
	if m.decisionsFlow {
		m.decisionsFlow = false
		m.stats.LateEpisodes++
	}
	if t.received && t.answered != t.seq {
		m.lost(t, "was rescued")
	}
	t.slice = uint64(m.cfg.Options.Slice)
	m.trace(t, Rescued, c.id)
	c.local.push(t)
}

// armWatch starts the timer that wakes idle CPUs for late tasks.
func (m *Machine) armWatch() {
	if !m.watching {
		m.watching = true
		m.events.Push(m.now+max(m.grace/2, watchMin), event{kind: evWatch})
	}
}

func (m *Machine) watchEvent() {
	m.watching = false
	if len(m.parkQueue.heap) == 0 {
		return
	}
	if m.now-m.parked.first.parkedAt >= m.grace {
		m.parkQueue.first(rescueScan, func(t *Thread) bool {
			if m.now-t.parkedAt >= m.grace {
				m.kickIdle(t)
			}
			return false
		})
	}
	m.armWatch()
}
