package scxtest

import "github.com/scxbridge/scxbridge/go/internal/lockstep"

// cpu is a simulated CPU.
type cpu struct {
	id        int
	curr      *Thread
	local     localQueue // of the kernel
	queue     threadHeap // decided tasks, for this CPU
	since     uint64     // curr is accounted up to here
	gen       uint32     // of its event
	idleSince uint64
	resched   bool // is on the list of CPUs that must look for work
	busy      uint64

	// The kernel side's state of the CPU.
	turn       uint    // odd: the shared queue goes first
	systemTurn uint    // odd: SYSTEM goes first, whatever task is at its head
	claimed    bool    // it is idle, and was the answer to a request
	givesWay   *Thread // the task that the agent preempts
	uncharged  uint64  // run time of curr from here on is not yet in its vtime
	looks      looks
	steals     steals
}

// The slice of a task that keeps running because no other waits, SCX_SLICE_DFL.
const kernelSlice = 20_000_000

// resched makes the CPU look for work once the present event is over: a kick is
// an interrupt, and the batch of decisions continues meanwhile.
func (m *Machine) resched(c *cpu) {
	if !c.resched {
		c.resched = true
		m.rescheds = append(m.rescheds, c)
	}
}

// account charges curr for its time up to now.
func (m *Machine) account(c *cpu) {
	if m.now <= c.since {
		return // the switch to it is not over
	}
	t, ran := c.curr, m.now-c.since
	c.since = m.now
	if t != m.agent.thread {
		c.busy += ran
	}
	t.slice -= min(t.slice, ran)
	if worked := t.warmUp(ran); t.left != endless {
		t.left -= worked
	}
	t.stat.CPUTime += ns(ran)
	if t.cgroup.parent != nil {
		m.charge(t, ran)
	}
}

// arm posts the CPU's next event: the end of curr's computation or, at a tick, of
// its slice.
func (m *Machine) arm(c *cpu) {
	t := c.curr
	from := max(m.now, c.since)
	end := from + t.slice
	if tick := m.tick; tick > 0 {
		end = (end + tick - 1) / tick * tick
	}
	end = min(end, m.quotaLook(t, from))
	if left := t.work(); left < end-from {
		end = from + left
	}
	c.gen++
	m.events.Push(end, event{kind: evCPU, id: int32(c.id), gen: c.gen})
}

// cpuEvent handles the event that arm posted.
func (m *Machine) cpuEvent(c *cpu) {
	m.account(c)
	t := c.curr
	if t.work() == 0 && !m.behave(c, t) {
		m.schedule(c) // it is gone
		return
	}
	ticks := m.tick == 0 || m.now%m.tick == 0
	if ticks {
		m.quotaTick(t)
	}
	if t.slice > 0 || !ticks {
		m.arm(c)
	} else {
		m.schedule(c)
	}
}

// schedule is the kernel's: it picks what the CPU runs next.
func (m *Machine) schedule(c *cpu) {
	prev := c.curr
	if prev != nil {
		m.account(c)
		if prev.slice > 0 {
			m.arm(c)
			return
		}
	}
	// ops.dispatch is not asked while the local queue has tasks.
	if c.local.len() == 0 {
		m.call(lockstep.Dispatch, c.id, nil, 0)
		m.dispatch(c)
	}
	switch {
	case c.local.len() > 0:
		next := c.local.pop()
		if prev != nil {
			m.stop(c, Stopped)
			m.call(lockstep.Enqueue, c.id, prev, 0)
			m.park(prev, 0)
		}
		m.start(c, next)
	case prev != nil && m.throttledBy(prev) != nil:
		m.stop(c, Stopped)
		m.park(prev, 0)
		m.idle.set(c.id)
	case prev != nil && prev.slice > 0:
		m.arm(c) // it is before all others
	case prev != nil:
		// Nothing else waits here: prev keeps running, without a callback but that of the tick.
		if m.weightsCount() {
			m.countRun(prev)
		}
		prev.slice = kernelSlice
		m.arm(c)
	default:
		m.call(lockstep.Idle, c.id, nil, 0)
		m.idle.set(c.id)
	}
}

// start runs a task that was taken off its queue.
func (m *Machine) start(c *cpu, t *Thread) {
	if !t.allowed.allows(c.id) {
		panic("scxtest: bug: a task runs on a CPU that it may not use")
	}
	m.call(lockstep.Run, c.id, t, 0)
	m.idle.claim(c.id)
	m.waiting.remove(t)
	waited := m.now + m.switching - t.waitsFrom
	wanted := waited + t.quotaWait
	t.quotaWait = 0
	t.stat.LongestWait = max(t.stat.LongestWait, ns(waited))
	if t.woken {
		t.woken = false
		t.stat.Latency.add(wanted)
	}
	if waited > m.waitBound {
		m.starved(t, waited)
	}
	if t.cpu != c.id {
		if t.stat.Runs > 0 && t != m.agent.thread {
			m.migrations++
			m.moveCache(t, t.cpu, c.id)
		}
		t.cpu = c.id
	}
	if t.slice == 0 {
		t.slice = kernelSlice
	}
	t.stat.Runs++
	t.state = running
	t.runningAt = m.now + m.switching
	t.chargedTo = t.runningAt
	c.curr, c.since, c.givesWay = t, t.runningAt, nil
	c.steals.idleFrom, c.steals.placed = 0, false
	if t == m.agent.thread {
		m.agent.runsIn(m.domains.ofCPU[c.id])
	}
	m.quotaRunning(c, t)
	c.uncharged = m.now - (t.ran - t.charged)
	m.trace(t, Ran, c.id)
	m.arm(c)
}

// stop takes curr off the CPU; why is for the trace.
func (m *Machine) stop(c *cpu, why EventKind) {
	t := c.curr
	m.call(lockstep.Stop, c.id, t, stopFlags[why])
	t.runningAt = min(t.runningAt, m.now) // the switch to it may not be over
	t.stoppedAt = m.now
	if !m.agentOut() {
		m.vruntimeReaches(m.domains.ofCPU[c.id], t.vruntime)
	}
	m.countRun(t)
	m.quotaStopping(t)
	c.curr = nil
	c.gen++
	c.idleSince = m.now
	if why == Stopped {
		// A higher class may have taken the CPU: the timer has to watch the tasks that wait for it.
		m.ask()
	}
	m.trace(t, why, c.id)
}

var stopFlags = [...]uint32{Stopped: lockstep.StillRuns, Slept: lockstep.Sleeps, Exited: lockstep.Exits}

// behave does curr's actions that take no time, and returns whether it then still
// wants the CPU.
func (m *Machine) behave(c *cpu, t *Thread) bool {
	if t == m.agent.thread {
		d, waits := m.agent.next()
		if waits {
			m.sleep(c, t)
		}
		t.left = d
		return !waits
	}
	for range maxStill {
		a := t.behavior.Next(t)
		switch a.kind {
		case actCompute:
			if a.d == Forever {
				t.left = endless
			} else if t.left = uint64(max(a.d, 0)); t.left == 0 {
				continue
			}
			return true
		case actSleep:
			if a.d <= 0 {
				continue
			}
			m.sleep(c, t)
			m.events.Push(m.now+uint64(a.d), event{kind: evWake, id: t.pid})
			return false
		case actWait:
			if t.permits > 0 {
				t.permits--
				continue
			}
			t.permits = -1
			m.sleep(c, t)
			return false
		case actWake:
			if peer := m.thread(a.pid); peer != nil {
				if peer.permits++; peer.permits == 0 {
					m.wake(peer, true)
				}
			}
		case actMove:
			if to := m.findGroup(a.group, t.name); to != nil {
				m.move(t, to)
			}
		case actFork:
			m.fork(t, a.child)
		default:
			m.exit(c, t)
			return false
		}
		if m.err != nil {
			return true
		}
	}
	m.fail("task %s (pid %d) acts on and on without taking time", t.name, t.pid)
	return true
}

// This many actions, or events, in a row that take no time are a mistake.
const maxStill = 1 << 20

func (m *Machine) sleep(c *cpu, t *Thread) {
	t.state, t.slept, t.sliceLeft = asleep, true, 0
	m.stop(c, Slept)
	m.deactivate(t)
}

func (m *Machine) exit(c *cpu, t *Thread) {
	t.state, t.slept = exited, true
	m.stop(c, Exited)
	m.deactivate(t)
	m.tellEnd(t)
	m.forget(t)
}
