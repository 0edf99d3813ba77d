package scxtest

import (
	"math/bits"
	"slices"

	"github.com/scxbridge/scxbridge/go/internal/lockstep"
)

// How tasks leave a domain: a CPU that stays idle is sent one, and a busy one takes what comes much earlier in order.

// steals is what a CPU remembers of the tasks of other domains.
type steals struct {
	turn     int    // at which domain the next look is
	lookAt   uint64 // when it is
	deepAt   uint64 // when one last went through a whole queue
	idleFrom uint64 // since then it found nothing to run; 0: it did
	placedBy uint64 // what the vruntime of what runs lacks to the place that it was given
	placed   bool   // it was
}

// stealWhenIdle notes that the CPU found no task. It takes none of another domain now, since it may have work again in a
// moment; if it has not, the timer sends one.
func (m *Machine) stealWhenIdle(c *cpu) {
	if m.oneDomain || c.curr != nil {
		return
	}
	if c.steals.idleFrom == 0 {
		c.steals.idleFrom = m.now
	}
	if m.steal.waits || m.system.n > 0 {
		m.stealStart()
	}
}

// stealWhatIsLeft starts the timer for a task that still waits where the CPU, which was woken for it, found another. CPUs
// of other domains, which are idle already, do not look.
func (m *Machine) stealWhatIsLeft(c *cpu) {
	if !m.oneDomain && !m.tasksMayWait() && m.shared[m.domains.ofCPU[c.id]].n > 0 {
		m.stealStart()
	}
}

// stealInOrder takes a task of another domain that comes much earlier in order than the first one here, or is earlier and
// has waited for much longer: so order and shares hold over the machine.
func (m *Machine) stealInOrder(c *cpu) bool {
	s := &c.steals
	if m.oneDomain || !m.tasksMayWait() || int64(m.now-s.lookAt) < 0 {
		return false
	}
	s.lookAt = m.now + stealPeriod
	own := m.domains.ofCPU[c.id]
	other := m.nextWaitingDomain(s, own)
	if other < 0 {
		return false
	}
	var first firstTask
	m.lookForFirst(&first, c, m.shared[own].byID, false)
	m.lookForFirst(&first, c, []*threadHeap{&c.queue}, false)
	if first.t == nil && !m.prevIsFirst(&first, c) {
		return false // the CPU is about to be idle
	}
	// Seldom, since many tasks that this CPU may not run can be ahead.
	scan := aloneScan
	if m.now-s.deepAt >= scanAllPeriod {
		s.deepAt, scan = m.now, rescueScanAll
	}
	p := m.firstToSteal(c, m.shared[other], scan)
	if p == nil {
		return false
	}
	if first.placeless {
		s.placed, s.placedBy = true, p.vtime-first.vtime
		return false
	}
	if !m.isMuchEarlier(p, &first) {
		return false
	}
	t := p.t
	m.leave(t, c)
	m.enterLocal(t, c)
	m.stolen(t)
	s.lookAt = m.now + stealPause
	return true
}

// nextWaitingDomain returns the next other domain in turn where tasks wait, or -1.
func (m *Machine) nextWaitingDomain(s *steals, own int) int {
	turn, n := s.turn, len(m.domains.domains)
	s.turn++
	if m.onShared == m.shared[own].n {
		return -1
	}
	for i := 1; i < n; i++ {
		if other := m.domains.other(own, 1+(turn+i)%(n-1)); m.shared[other].n > 0 {
			s.turn = turn + i + 1
			return other
		}
	}
	return -1
}

// prevIsFirst notes as first the task that ran, which goes on if no other is found; it returns whether there is one. If it
// had no decision since it slept, its place is that of the first task with which it is compared, and moves on as it runs.
func (m *Machine) prevIsFirst(first *firstTask, c *cpu) bool {
	prev := c.curr
	if prev == nil || prev == m.agent.thread {
		return false
	}
	m.countRun(prev)
	first.since = m.now
	switch {
	case prev.vtime != 0 && prev.sliceLeft != 0:
		first.vtime = prev.vtime + prev.weighted - prev.wcharged
	case c.steals.placed:
		first.vtime = prev.vruntime + c.steals.placedBy
	default:
		first.vtime, first.placeless = prev.vruntime, true
	}
	return true
}

func (m *Machine) stolen(t *Thread) {
	m.stats.Stolen++
	t.stolenAt = m.now
}

// firstToSteal returns the queue's first task for the CPU, if it is among the first ones of all.
func (m *Machine) firstToSteal(c *cpu, q *sharedQueue, scan int) (first *place) {
	if q.n <= scan && !m.domains.someClosed {
		return q.firstPlace(c.id)
	}
	visitFirst(q.byID, scan, func(p *place) bool {
		if !p.t.allowed.allows(c.id) || !m.mayTake(p.t, c) {
			return false
		}
		first = p
		return true
	})
	return first
}

// isMuchEarlier reports whether a task comes so early, compared with the first one here, that it is taken.
func (m *Machine) isMuchEarlier(p *place, first *firstTask) bool {
	// It stays for a while where it was taken to: there may be others that come early.
	if m.now-p.t.stolenAt < stealPause {
		return false
	}
	lead := int64(first.vtime - p.vtime)
	if lead >= stealFar {
		return true
	}
	// Its own domain is likely to run it soon, since it is the first there.
	if m.now-p.t.waitsFrom < stealWait {
		return false
	}
	return lead >= stealMargin || lead >= 0 && int64(first.since-p.t.waitsFrom) >= stealMargin
}

// stealTimer is the kernel side's timer that sends tasks which wait in one domain to idle CPUs of others.
type stealTimer struct {
	armed bool
	asked bool    // stealSoon or stealStart was called since it last fired
	waits bool    // tasks waited when it last fired; if it does not run, the next CPU that goes idle starts it
	idle  cpumask // CPUs that have been idle for a while
	n     int     // how many
}

// tasksMayWait reports whether tasks may wait, but for one that a CPU was just woken for.
func (m *Machine) tasksMayWait() bool { return m.steal.waits || m.steal.armed }

// stealSoon is called when a task may wait while CPUs of other domains are idle.
func (m *Machine) stealSoon() {
	m.steal.asked = true
	if !m.steal.waits {
		m.armSteal()
	}
}

// stealStart is called when a CPU goes idle while tasks may wait.
func (m *Machine) stealStart() {
	m.steal.asked = true
	m.armSteal()
}

func (m *Machine) armSteal() {
	if m.steal.armed || m.oneDomain {
		return
	}
	m.steal.armed = true
	m.tellTimer(lockstep.Steal, stealLook)
	m.events.Push(m.now+stealLook, event{kind: evSteal})
}

// stealFired looks for tasks to send. The timer goes on as long as tasks wait while a CPU is idle. (On the kernel side, a
// CPU acts at the same time by what was true before: so the timer stops only if it saw the same before.)
func (m *Machine) stealFired() {
	m.call(lockstep.Fire, 0, nil, lockstep.Steal)
	waiting, busy := m.onShared > 0 || m.system.n > 0, m.idle.n == 0
	again := m.steal.asked || waiting != m.steal.waits || waiting && !busy
	m.steal.armed, m.steal.asked, m.steal.waits = false, false, waiting
	if waiting && !busy {
		m.stealToIdle()
	}
	if again {
		m.armSteal()
	}
}

// stealToIdle sends tasks that have waited for long enough to idle CPUs. (In the kernel, most scans go through the heads of
// the queues only, so that they take at most a sixteenth of one CPU's time; here scans take no time.)
func (m *Machine) stealToIdle() {
	m.findLongIdle()
	for n, q := range m.shared {
		if q.n > 0 {
			m.stealFrom(q, m.domains.domains[n:n+1])
		}
	}
	if m.system.n > 0 {
		m.stealFrom(&m.system, m.domains.domains)
	}
}

// findLongIdle finds the CPUs that have been idle for so long that they are sent tasks of other domains.
func (m *Machine) findLongIdle() {
	m.steal.n = 0
	for w, idle := range m.idle.idle {
		m.steal.idle[w] = 0
		for ; idle != 0; idle &= idle - 1 {
			cpu := w<<6 + bits.TrailingZeros64(idle)
			if m.now-m.cpus[cpu].steals.idleFrom >= stealAfter {
				m.steal.idle.set(cpu)
				m.steal.n++
			}
		}
	}
}

// stealFrom does that for one queue, whose tasks are at home in these domains.
func (m *Machine) stealFrom(q *sharedQueue, homes []domain) {
	// Only CPUs of its home, and those that have been idle for long, take a task.
	some := m.steal.n > 0
	for i := 0; i < len(homes) && !some; i++ {
		some = homes[i].first(m.idle.idle, m.idle.idle) >= 0
	}
	if !some {
		return
	}
	var waiting []place
	for _, h := range q.byID {
		if h == nil || len(h.heap) == 0 || m.idle.idle.firstCommon(h.heap[0].t.allowed.mask, 0) < 0 {
			continue
		}
		for _, p := range h.heap {
			if m.now-p.t.waitsFrom >= stealAfter {
				waiting = append(waiting, p)
			}
		}
	}
	slices.SortFunc(waiting, comparePlaces)
	for _, p := range waiting[:min(len(waiting), rescueScanAll)] {
		if m.idle.n == 0 {
			return
		}
		home := m.homeOf(p.t)
		cpu := m.claimToSteal(p.t, home)
		if cpu < 0 {
			continue
		}
		m.leave(p.t, nil)
		m.enterLocal(p.t, &m.cpus[cpu])
		if m.domains.ofCPU[cpu] != home {
			m.stolen(p.t)
		}
		m.kick(cpu)
	}
}

// claimToSteal claims an idle CPU of the task's home, else one of its node that has been idle for a while, else any such.
func (m *Machine) claimToSteal(t *Thread, home int) int {
	cpu := m.claimIn(t, home, home, home+1)
	if cpu < 0 && m.steal.n > 0 {
		d := &m.domains.domains[home]
		if cpu = m.claimAmong(m.steal.idle, t, home, d.nodeBegin, d.nodeEnd); cpu < 0 {
			cpu = m.claimAmong(m.steal.idle, t, home, 0, len(m.domains.domains))
		}
	}
	if cpu >= 0 && m.steal.idle.has(cpu) {
		m.steal.idle.clear(cpu)
		m.steal.n--
	}
	return cpu
}
