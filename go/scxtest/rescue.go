package scxtest

// looks is what a CPU remembers of its scans for tasks whose decision is late.
type looks struct {
	starved     uint64 // the last scan for starved tasks that found none
	all         uint64 // the same, of whole queues
	overdue     uint64 // the last scan for overdue tasks that found none
	late        uint64 // when the next scan for late tasks can find one
	parkTurn    int    // which PARK a scan begins with
	parkedSince uint64 // no task for this CPU was parked before
	since       uint64 // no task that the present scan saw was parked before
	lateAt      uint64 // no task that the present scan saw is late before
	sawAll      bool   // the present scan saw all tasks that this CPU may run
}

// park is a queue of parked tasks.
type park struct {
	threadHeap
	since uint64 // no task on it was parked before, as the last scan found, by whichever CPU
	whole bool   // that scan saw all of it; else it speaks for a while
}

// makeParks makes a PARK for each last-level cache; if there are few of those, several for each, of neighbours. Beyond
// parksMax, neighbouring caches share one.
func (m *Machine) makeParks() {
	groups := min(len(m.llcs), parksMax)
	sizes := make([]int, groups)
	for cpu := range m.cpus {
		sizes[cpu/m.cfg.CPUsPerLLC*groups/len(m.llcs)]++
	}
	most := parksMax / groups
	if len(m.cpus) < parksSplitCPUs {
		most = 1
	}
	for _, size := range sizes {
		pieces := min(max(size/parkCPUsMin, 1), most)
		for place := range size {
			m.parkOf = append(m.parkOf, len(m.parks)+place*pieces/size)
		}
		m.parks = append(m.parks, make([]park, pieces)...)
	}
}

// someParkedFor reports whether any task has been parked for this long. If none has, a scan would
// find nothing and can be skipped.
func (m *Machine) someParkedFor(age uint64) bool {
	oldest := m.parked.first
	return oldest != nil && m.now-oldest.parkedAt >= age
}

// parksFrom calls look for each PARK until look returns true. It begins after the one for which that was the case before.
func (m *Machine) parksFrom(c *cpu, look func(*park) bool) bool {
	first := c.looks.parkTurn
	for i := range m.parks {
		at := (first + i) % len(m.parks)
		if park := &m.parks[at]; len(park.heap) > 0 && look(park) {
			c.looks.parkTurn = at + 1
			return true
		}
	}
	return false
}

// rescueLate takes the first task, in fair order, whose decision is late. If there is none, it
// notes when the next scan can find one.
func (m *Machine) rescueLate(c *cpu) bool {
	l := &c.looks
	if int64(m.now-l.late) < 0 {
		return false
	}
	l.since, l.sawAll = m.now-m.grace/2, true
	l.lateAt = l.since + m.grace
	look := m.rescueLateFrom
	if oldest := m.parked.first; oldest == nil || m.grace > 0 && !vtimeBefore(oldest.parkedAt, l.since) {
		look = m.sawYoung
	}
	if m.parksFrom(c, func(park *park) bool {
		if int64(m.now-park.since) < int64(m.grace) {
			l.since, l.lateAt = earlier(l.since, park.since), earlier(l.lateAt, park.since+m.grace)
			l.sawAll = l.sawAll && park.whole
			return false
		}
		return look(c, park)
	}) {
		return true
	}
	next := l.lateAt
	if l.sawAll {
		l.parkedSince = l.since
	} else if soon := m.now + m.grace/8; vtimeBefore(soon, next) {
		next = soon // tasks further back come to the front when others are decided
	}
	l.late = next
	return false
}

// sawYoung notes what rescueLateFrom would if no task has been parked for long.
func (m *Machine) sawYoung(c *cpu, park *park) bool {
	m.saw(c, park, m.now-m.grace/2)
	return false
}

// saw ends a scan of a PARK, in which no task was parked before oldest.
func (m *Machine) saw(c *cpu, park *park, oldest uint64) {
	park.whole = len(park.heap) <= rescueScan
	if !park.whole {
		c.looks.sawAll = false
		oldest = earlier(oldest, m.now+m.grace/8-m.grace)
	}
	park.since = oldest &^ 1 // as in the kernel, which has a bit for whole there
}

// earlier is the earlier of two times.
func earlier(a, b uint64) uint64 {
	if vtimeBefore(a, b) {
		return a
	}
	return b
}

// lateAfter is how long a task is parked when the CPU rescues it. CPUs of another domain leave it to its own for a while,
// or if one is closed, for good.
func (m *Machine) lateAfter(t *Thread, c *cpu) uint64 {
	home, own := m.domainOf(t), m.domains.ofCPU[c.id]
	switch {
	case home == own:
		return m.grace
	case m.mayLeave(t, home, own):
		return m.grace * lateFarGraces
	}
	return never
}

// never is longer than any task waits.
const never = 1 << 62

func (m *Machine) rescueLateFrom(c *cpu, park *park) bool {
	oldest := m.now - m.grace/2
	if visitFirst([]*threadHeap{&park.threadHeap}, rescueScan, func(p *place) bool {
		t, l := p.t, &c.looks
		oldest = earlier(oldest, t.parkedAt)
		if !t.allowed.allows(c.id) {
			return false
		}
		age := m.lateAfter(t, c)
		if m.now-t.parkedAt >= age {
			m.rescue(c, t)
			return true
		}
		l.since, l.lateAt = earlier(l.since, t.parkedAt), earlier(l.lateAt, t.parkedAt+age)
		return false
	}) {
		return true
	}
	m.saw(c, park, oldest)
	return false
}

// rescueForgotten takes a task that is much too late, before decided ones: one without a
// decision, or one whose vtime keeps it behind others. Each scan covers both ends of the queues;
// periodically, one covers whole queues. Tasks that have waited far too long go before others that
// are overdue, whatever their places in the fair order.
func (m *Machine) rescueForgotten(c *cpu) bool {
	l := &c.looks
	all := m.now-l.all >= scanAllPeriod
	if all || m.now-l.starved >= overduePeriod {
		if m.rescueParkedFor(c, m.starvedAfter(), all) || m.rescueStarved(c, all) {
			return true
		}
		l.starved = m.now
		if all {
			l.all = m.now
		}
	}
	if !all && m.now-l.overdue < overduePeriod {
		return false
	}
	if !m.agentOut() && m.rescueParkedFor(c, max(4*m.grace, overdueMin), all) {
		return true
	}
	l.overdue = m.now
	return false
}

// starvedAfter is how long a task waits before it goes ahead of all others.
func (m *Machine) starvedAfter() uint64 { return uint64(m.cfg.Options.Timeout) / 2 }

// rescueParkedFor takes the first task, in fair order, that has been parked for that long.
func (m *Machine) rescueParkedFor(c *cpu, age uint64, all bool) bool {
	if int64(m.now-c.looks.parkedSince) < int64(age) {
		return false
	}
	some := m.someParkedFor(age)
	return m.parksFrom(c, func(park *park) bool {
		return some && m.takeFromEnds([]*threadHeap{&park.threadHeap}, all, func(t *Thread) bool {
			if !t.allowed.allows(c.id) || m.now-t.parkedAt < age || !m.mayTake(t, c) {
				return false
			}
			m.rescue(c, t)
			return true
		})
	})
}

// rescueStarved takes a task that has waited too long on a shared queue, that of its domain first, on that of this CPU, or
// on SYSTEM.
func (m *Machine) rescueStarved(c *cpu, all bool) bool {
	// The list of waiting tasks is in order of age, so most scans that would find nothing are skipped.
	starved := m.starvedAfter()
	if t := m.waiting.first; t == nil || m.now-t.waitsFrom <= starved {
		return false
	}
	own := m.domains.ofCPU[c.id]
	for i := range m.shared {
		q := m.shared[(own+i)%len(m.shared)]
		if m.rescueStarvedFrom(c, all, q.byID, func(t *Thread) bool { return t.on == q }) {
			return true
		}
	}
	return m.rescueStarvedFrom(c, all, []*threadHeap{&c.queue}, func(t *Thread) bool { return t.on == nil && t.queuedOn(c) }) ||
		m.rescueStarvedFrom(c, all, m.system.byID, func(t *Thread) bool { return t.on == &m.system })
}

func (m *Machine) rescueStarvedFrom(c *cpu, all bool, heaps []*threadHeap, has func(*Thread) bool) bool {
	starved, some := m.starvedAfter(), false
	for t := m.waiting.first; t != nil && m.now-t.waitsFrom > starved && !some; t = m.waiting.next(t) {
		some = has(t) && t.allowed.allows(c.id) && m.mayTake(t, c)
	}
	return some && m.takeFromEnds(heaps, all, func(t *Thread) bool {
		if !t.allowed.allows(c.id) || m.now-t.waitsFrom <= starved || !m.mayTake(t, c) {
			return false
		}
		m.leave(t, c)
		m.enterLocal(t, c)
		m.stats.Starved++
		return true
	})
}

// takeFromEnds calls take for the tasks at the head of a queue and then for those at its tail, or
// for all, until take returns true.
func (m *Machine) takeFromEnds(heaps []*threadHeap, all bool, take func(*Thread) bool) bool {
	if all {
		places := sorted(heaps)
		for _, p := range places[:min(len(places), rescueScanAll)] {
			if take(p.t) {
				return true
			}
		}
		return false
	}
	if visitFirst(heaps, rescueScan, func(p *place) bool { return take(p.t) }) {
		return true
	}
	for _, p := range lastPlaces(heaps, rescueScan) {
		if take(p.t) {
			return true
		}
	}
	return false
}

// queuedOn reports whether the task is on the CPU's own queue of decided tasks.
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
	t.slice = m.fairSlice(t)
	m.trace(t, Rescued, c.id)
	m.enterLocal(t, c)
}
