package scxtest

import "slices"

// throttledBy returns the group for whose quota a task would have to wait now, or nil.
func (m *Machine) throttledBy(t *Thread) *treeGroup {
	return m.dryFrom(m.limitedGroup(t))
}

// throttle holds up a task that wants a CPU, if its group's quota is used up: it waits on a queue
// of the group's, and no record of it is sent.
func (m *Machine) throttle(t *Thread) bool {
	g := m.throttledBy(t)
	if g == nil {
		return false
	}
	m.releaseArm(g)
	m.stats.Throttled++
	g.throttled++
	t.sliceLeft = 0
	m.waiting.remove(t)
	m.deactivate(t)
	t.throttledAt = m.now
	m.throttled.push(t)
	m.waitForQuota(t, g)
	m.trace(t, Throttled, t.cpu)
	return true
}

func (m *Machine) waitForQuota(t *Thread, g *treeGroup) {
	t.throttledBy = g
	g.waiting.push(t, m.vruntimeOf(t), m.arrive())
}

// throttleEnds ends the wait for quota.
func (m *Machine) throttleEnds(t *Thread) {
	g, waited := t.throttledBy, m.now-t.throttledAt
	g.waiting.remove(t)
	m.throttled.remove(t)
	t.throttledBy = nil
	g.throttledNS += waited
	m.checkThrottled(t, waited)
	t.quotaWait += waited
	t.stat.ThrottledTime += ns(waited)
	m.activate(t)
}

// nextPeriodIn returns when the group's next period begins, from now.
func (g *treeGroup) nextPeriodIn(now uint64) uint64 {
	if next := g.periodStart + g.period; vtimeBefore(now, next) {
		return next - now
	}
	return 0
}

// releaseArm arms the timer for a task that is about to wait.
func (m *Machine) releaseArm(g *treeGroup) {
	g.releaseAsked = true
	if !g.releaseArmed {
		g.releaseArmed = true
		m.releaseStart(g, g.nextPeriodIn(m.now))
	}
}

func (m *Machine) releaseStart(g *treeGroup, in uint64) {
	g.releaseGen++
	m.events.Push(m.now+in, event{kind: evRelease, id: g.index, gen: g.releaseGen})
}

// releaseFired lets as many tasks go as the quota is likely to last for, and looks again soon if
// some is left then.
func (m *Machine) releaseFired(g *treeGroup) {
	again := g.releaseAsked
	g.releaseAsked, g.releaseArmed = false, false
	g.refill(m.now)
	all := m.now >= g.touchAt
	if all {
		g.touchAt = m.now + touchPeriod
	}
	m.release(g, all)
	if !again && len(g.waiting.heap) == 0 {
		return
	}
	next := g.nextPeriodIn(m.now)
	if g.left > 0 {
		next = releaseAgain
	}
	g.releaseArmed = true
	m.releaseStart(g, max(min(next, touchPeriod), releaseMin))
}

// release lets tasks of a group go, in fair order, if the quota allows; and those that must not
// wait on, as far as the look goes.
func (m *Machine) release(g *treeGroup, all bool) {
	count := releaseScan
	if g.limited() {
		count = 0
		if g.left > 0 {
			count = 1 + int(g.left/releaseEach)
		}
	}
	for _, t := range g.firstWaiting(all) {
		by := m.throttledBy(t)
		if count <= 0 && !all && by != g {
			break
		}
		switch {
		case by == g || count <= 0:
			if m.now-t.throttledAt >= m.touchAfter(t) {
				m.stats.Touched++
				m.letGo(t)
			}
		case by != nil: // its wait goes on, for the quota of another group
			m.releaseArm(by)
			g.waiting.remove(t)
			m.waitForQuota(t, by)
		default:
			m.letGo(t)
			count--
		}
	}
}

// firstWaiting returns the tasks that a look goes through, in fair order.
func (g *treeGroup) firstWaiting(all bool) []*Thread {
	heaps := []*threadHeap{&g.waiting}
	if all {
		places := sorted(heaps)
		tasks := make([]*Thread, 0, len(places))
		for _, p := range places[:min(len(places), rescueScanAll)] {
			tasks = append(tasks, p.t)
		}
		return tasks
	}
	tasks := make([]*Thread, 0, min(releaseScan, len(g.waiting.heap)))
	visitFirst(heaps, releaseScan, func(p *place) bool {
		tasks = append(tasks, p.t)
		return false
	})
	return slices.Clip(tasks)
}

// touchAfter is how long a task may wait for quota before it is let go for a moment.
func (m *Machine) touchAfter(t *Thread) uint64 {
	most := m.starvedAfter()
	if t.inUser {
		return most
	}
	return min(most, touchWait)
}

// letGo lets a task go to where park would send it.
func (m *Machine) letGo(t *Thread) {
	m.throttleEnds(t)
	m.stats.Unthrottled++
	m.waits(t)
	m.trace(t, Unthrottled, t.cpu)
	if m.cfg.Options.DirectBound && len(t.allowed.cpus) == 1 {
		m.putOnSystem(t, m.vruntimeOf(t))
	} else {
		m.parkWithRecord(t, 0)
	}
	m.kickIdle(t)
}
