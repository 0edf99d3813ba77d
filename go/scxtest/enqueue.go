package scxtest

import (
	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/internal/lockstep"
)

// wake makes a task runnable that slept or is new, from ops.select_cpu to
// ops.enqueue.
func (m *Machine) wake(t *Thread, woke bool) {
	t.woken = true
	if woke {
		t.exec = 0
		t.wakeUps++
		m.trace(t, Woke, t.cpu)
	} else {
		m.trace(t, Forked, t.cpu)
	}
	m.waits(t)
	var flags uint16
	if woke {
		flags = scxbridge.EnqWakeup
	}
	// The kernel does not call ops.select_cpu for a task that may use only one CPU.
	if len(t.allowed.cpus) == 1 || !t.allowed.allows(t.cpu) {
		t.cpu = t.allowed.cpus[0]
	}
	m.tellWake(t, t.cpu, woke)
	if len(t.allowed.cpus) > 1 && !m.cfg.Options.NoBuiltinIdle && m.throttledBy(t) == nil {
		cpu := m.selectIdle(t, t.cpu, woke)
		if cpu < 0 && woke {
			cpu = m.leaveCrowded(t)
		}
		if cpu >= 0 {
			m.stats.IdleDirect++
			t.slice = uint64(m.cfg.Options.Slice)
			m.enterLocal(t, &m.cpus[cpu])
			m.resched(&m.cpus[cpu])
			return
		}
	}
	m.park(t, flags)
	// A wake-up on an idle CPU makes it look for a task, even if it finds none.
	if c := &m.cpus[t.cpu]; c.curr == nil {
		m.resched(c)
	}
}

// waits notes that the task waits for a CPU from now on.
func (m *Machine) waits(t *Thread) {
	t.state = waiting
	t.waitsFrom = m.now
	m.activate(t)
	m.waiting.push(t)
}

// park puts the task where a task that wants a CPU waits: usually on PARK, with a record.
func (m *Machine) park(t *Thread, flags uint16) {
	if t.state == running {
		m.waits(t)
	}
	if t == m.agent.thread { // it used up its slice: no longer urgent
		m.stats.AgentDirect++
		m.enterSystem(t, m.vruntimeOfAgent(t))
		return
	}
	if m.throttle(t) {
		return
	}
	if m.cfg.Options.DirectBound && len(t.allowed.cpus) == 1 {
		m.stats.BoundDirect++
		m.enterSystem(t, m.vruntimeOf(t))
		return
	}
	if m.resume(t) || m.enqueueLeased(t, flags&scxbridge.EnqWakeup != 0) {
		return
	}
	m.parkWithRecord(t, flags)
}

// parkWithRecord does that for a task about which the policy decides.
func (m *Machine) parkWithRecord(t *Thread, flags uint16) {
	t.lease.left, t.sliceLeft = 0, 0
	if m.agent.full(recordBytes) {
		m.stats.Congested++
		m.enterSystem(t, m.vruntimeOf(t))
		return
	}
	t.seq++
	t.parked, t.parkedAt, t.toldOf = t.seq, m.now, true
	t.received = false
	m.stats.Queued++
	t.park = m.parkOf[t.cpu]
	t.slice = uint64(m.cfg.Options.Slice)
	vruntime := m.vruntimeOf(t)
	m.tellInsert(t, lockstep.Park|uint64(t.park), vruntime)
	m.parks[t.park].push(t, vruntime, m.arrive())
	m.parked.push(t)
	m.trace(t, Parked, t.cpu)
	m.agent.send(t.record(flags))
	t.ran, t.charged, t.leased = 0, 0, 0
	t.weighted, t.wcharged = 0, 0
	m.armWatch()
	if m.agentOut() {
		m.kickIdle(t) // no decision will come that sends it to an idle CPU
	}
}

// resume puts a task that the agent preempted back in its place, for the rest of its slice.
func (m *Machine) resume(t *Thread) bool {
	c := &m.cpus[t.cpu]
	if c.givesWay != t {
		return false
	}
	c.givesWay = nil
	ran := t.stoppedAt - t.runningAt
	if t.sliceLeft <= ran+resumeMin {
		return false
	}
	t.sliceLeft -= ran
	t.slice = t.sliceLeft
	m.stats.Resumed++
	m.enterInOrder(t)
	return true
}

// enterSystem puts a task on SYSTEM, and wakes an idle CPU for it.
func (m *Machine) enterSystem(t *Thread, vruntime uint64) {
	m.putOnSystem(t, vruntime)
	m.kickNear(t)
}

func (m *Machine) putOnSystem(t *Thread, vruntime uint64) {
	t.slice = uint64(m.cfg.Options.Slice)
	m.tellInsert(t, lockstep.System, vruntime)
	m.enter(&m.system, t, vruntime)
}

// enter puts a task on a queue that several CPUs serve.
func (m *Machine) enter(q *sharedQueue, t *Thread, vtime uint64) {
	t.on = q
	q.push(t, vtime)
}

// enterLocal puts a task at the tail of the CPU's local queue.
func (m *Machine) enterLocal(t *Thread, c *cpu) {
	m.tellLocal(t, c.id, 0)
	c.local.push(t)
}

// enterCPU puts a task on the CPU's own queue.
func (m *Machine) enterCPU(t *Thread, c *cpu, vtime uint64) {
	t.on = nil
	m.onQueues++
	m.tellInsert(t, lockstep.OfCPU|uint64(c.id), vtime)
	c.queue.push(t, vtime, m.arrive())
	m.ask()
	// The CPU sleeps if it is idle, or was the answer to a request and is not yet woken.
	claimed := c.claimed
	c.claimed = false
	if m.idle.claim(c.id) || claimed {
		m.kick(c.id)
	}
}

// enterInOrder puts a task on its last decision's queue, with its present vtime.
func (m *Machine) enterInOrder(t *Thread) {
	if cpu := t.decided; cpu >= 0 && cpu < m.cfg.CPUs && t.allowed.allows(cpu) {
		m.enterCPU(t, &m.cpus[t.decided], t.vtime)
	} else if n := m.allowedDomain(t, cpu); n >= 0 {
		m.shareIn(t, n, t.vtime)
	} else {
		if namesDomain(cpu) {
			t.forgetDomain()
		}
		m.share(t, t.vtime)
	}
}

// enterIdle puts a task on an idle CPU of its domain, if there is one: preferably where it last ran.
func (m *Machine) enterIdle(t *Thread) bool {
	cpu := m.claimNear(t, t.cpu)
	if cpu < 0 {
		return false
	}
	m.enterLocal(t, &m.cpus[cpu])
	m.kick(cpu)
	return true
}

// unpark takes the task off its PARK.
func (m *Machine) unpark(t *Thread) {
	t.parked = 0
	m.parks[t.park].remove(t)
	m.parked.remove(t)
}

// kickIdle wakes an idle CPU for a task, near where it last ran if there is one there.
func (m *Machine) kickIdle(t *Thread) {
	if cpu := m.pickIdle(t); cpu >= 0 {
		m.kick(cpu)
	}
}

// pickIdle claims it. With one domain, the task's own CPU is not preferred.
func (m *Machine) pickIdle(t *Thread) int {
	if m.oneDomain {
		return m.idle.pick(t.allowed.mask)
	}
	return m.claimIdle(t, t.cpu)
}

// kickNear wakes an idle CPU of its domain for a task on a queue that several CPUs serve. If there is none, the timer
// sends the task to another domain, once it has waited for a while.
func (m *Machine) kickNear(t *Thread) {
	if m.oneDomain {
		m.kickIdle(t)
	} else if cpu := m.claimNear(t, t.cpu); cpu >= 0 {
		m.kick(cpu)
	} else {
		m.stealSoon()
	}
}

// kickDomain does the same for a task on the shared queue of this domain.
func (m *Machine) kickDomain(t *Thread, n int) {
	if cpu := m.claimIn(t, n, n, n+1); cpu >= 0 {
		m.kick(cpu)
	} else {
		m.stealSoon()
	}
}

func (m *Machine) kick(cpu int) {
	m.stats.Kicks++
	m.call(lockstep.Kick, cpu, nil, 0)
	m.resched(&m.cpus[cpu])
}
