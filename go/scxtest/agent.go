package scxtest

import (
	"time"
	"unsafe"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/internal/ends"
	"github.com/scxbridge/scxbridge/go/internal/lockstep"
)

// agent makes the rounds of Run in virtual time.
type agent struct {
	m        *Machine
	policy   scxbridge.Policy
	ticker   scxbridge.Ticker
	observer scxbridge.Observer
	end      func([]scxbridge.Task) // nil: the policy does not want to know

	records  []scxbridge.Task // a ring
	oldest   int
	waits    int // records in the ring
	discards int // wake-ups without a record there
	room     int // bytes of the ring
	tasks    []scxbridge.Task
	answer   []scxbridge.Decision
	answered int

	// The round thread; nil if the agent has a CPU of its own.
	thread *Thread
	phase  agentPhase
	gen    uint32 // of its event
	called bool   // woken by a record, just now
	caller int    // the CPU of that record; -1: no record woke it
	moved  uint64 // when it last went to another domain
	domain int    // where it last ran; -1: it has not
	// A decided task waits for the end of this flush, on the agent's CPU.
	nextFound bool
	window    bool // it is left asleep
	woken     bool // by Wake, while it did not wait
	observed  uint64
	seen      uint64 // when it last received, dispatched or was woken
}

// agentPhase is what the agent does now; then, what its next event does.
type agentPhase uint8

const (
	agentWaits  agentPhase = iota // for records; then, at its timeout, it wakes up
	agentFrozen                   // should wake up, but is stalled; then it wakes up
	agentComes                    // was woken; then it makes a round
	agentThinks                   // then its decisions are carried out
)

// The bytes in the ring of a record, with its header, and of a wake-up without a record.
const (
	recordBytes  = int(unsafe.Sizeof(scxbridge.Task{})) + 8
	discardBytes = 16
)

const (
	observeEvery = uint64(10 * time.Millisecond)
	timerMin     = time.Microsecond
)

func newAgent(m *Machine, policy scxbridge.Policy) agent {
	a := agent{
		m:      m,
		policy: policy,
		tasks:  make([]scxbridge.Task, m.cfg.Batch),
		answer: make([]scxbridge.Decision, m.cfg.Batch),
		room:   m.cfg.Options.QueuedBytes,
		domain: -1,
	}
	a.ticker, _ = policy.(scxbridge.Ticker)
	a.observer, _ = policy.(scxbridge.Observer)
	if e, is := policy.(scxbridge.Ender); is {
		a.end = e.End
	}
	if !m.cfg.Agent.Apart {
		a.thread = &Thread{m: m, name: "agent", weight: 100, allowed: m.affinities.all, cgroup: m.tree.root}
	}
	return a
}

// full reports whether this many bytes do not fit in the ring, one byte of which stays empty.
func (a *agent) full(bytes int) bool {
	return a.waits*recordBytes+a.discards*discardBytes+bytes >= a.room
}

// add puts a record into the ring.
func (a *agent) add(record scxbridge.Task) {
	if a.waits == len(a.records) { // grow, up to the ring's size
		grown := make([]scxbridge.Task, max(64, 2*len(a.records)))
		n := copy(grown, a.records[a.oldest:])
		copy(grown[n:], a.records[:a.oldest])
		a.records, a.oldest = grown, 0
	}
	a.records[(a.oldest+a.waits)&(len(a.records)-1)] = record
	a.waits++
	a.m.tellRecord(&record)
}

// send puts a record into the ring and wakes the agent if it waits.
func (a *agent) send(record scxbridge.Task) {
	a.add(record)
	if a.phase == agentWaits && !a.holdWindow() {
		a.caller = int(record.CPU)
		a.call()
	}
}

func (a *agent) call() {
	a.m.stats.AgentWakeups++
	a.phase, a.called, a.seen = agentComes, true, a.m.now
	a.m.call(lockstep.Wakeup, -1, nil, 0)
}

// callInVain wakes the agent without a record.
func (a *agent) callInVain() {
	if a.phase == agentWaits {
		a.discards++
		a.call()
	}
}

// holdWindow leaves the agent asleep for Options.BatchWindow while all CPUs are busy. But the
// record that fills the ring wakes it, since no later one could.
func (a *agent) holdWindow() bool {
	window := a.m.cfg.Options.BatchWindow
	if window == 0 || a.m.idle.n > 0 || a.full(discardBytes) {
		return false
	}
	if !a.window {
		a.window = true
		a.m.tellTimer(lockstep.Window, uint64(window))
		a.m.events.Push(a.m.now+uint64(window), event{kind: evWindow})
	}
	a.m.stats.WakeupsDeferred++
	return true
}

// cutWindow wakes the agent early, since a CPU has no decided task.
func (a *agent) cutWindow() {
	if a.window {
		a.callInVain()
	}
}

func (a *agent) windowOver() {
	a.m.call(lockstep.Fire, 0, nil, lockstep.Window)
	a.window = false
	a.callInVain()
}

// calls wakes the agent if a record has called it. The kernel wakes it from an
// interrupt, which comes after the CPU that sent the record has switched to its next
// task: the agent preempts that task.
func (a *agent) calls() bool {
	called := a.called
	if called {
		a.called = false
		a.come()
	}
	return called
}

// come ends the agent's wait: now it needs a CPU, unless it runs apart.
func (a *agent) come() {
	a.gen++ // cancels the timeout of its wait
	if a.phase == agentWaits {
		a.m.call(lockstep.Wait, 0, nil, 0)
	}
	if end := a.stalledUntil(); end > a.m.now {
		a.phase = agentFrozen
		a.postAt(end)
		return
	}
	a.phase = agentComes
	if a.thread == nil {
		a.postAt(a.m.now + uint64(a.m.cfg.Agent.Wakeup))
		return
	}
	a.thread.left = uint64(a.m.cfg.Agent.Wakeup)
	a.m.wakeAgent(a.thread)
}

// stalledUntil returns the end of the present stall, or 0.
func (a *agent) stalledUntil() uint64 {
	var until uint64
	for at, moved := time.Duration(a.m.now-epoch), true; moved; {
		moved = false
		for _, s := range a.m.cfg.Agent.Stalls {
			if at >= s.At && at < s.At+s.For {
				at, moved = s.At+s.For, true
				until = epoch + uint64(at)
			}
		}
	}
	return until
}

func (a *agent) postAt(at uint64) {
	a.gen++
	a.m.events.Push(at, event{kind: evAgent, gen: a.gen})
}

// event handles what postAt has posted: any step of an agent that runs apart; of another, only
// the end of a wait or stall.
func (a *agent) event() {
	if a.phase == agentWaits || a.phase == agentFrozen {
		a.come()
	} else if d, waits := a.next(); !waits {
		a.postAt(a.m.now + d)
	}
}

// next ends the phase and begins the next one. It returns how long that one takes, or that the
// agent now waits.
func (a *agent) next() (ns uint64, waits bool) {
	if end := a.stalledUntil(); end > a.m.now {
		if a.thread == nil {
			return end - a.m.now, false
		}
		// Afterwards it continues where it is; meanwhile it needs no CPU.
		a.gen++
		a.m.events.Push(end, event{kind: evThaw})
		return 0, true
	}
	if a.phase == agentThinks {
		a.flush()
		if a.answered == len(a.answer) {
			return a.think(0), false
		}
		timeout := time.Duration(0)
		if a.ticker != nil {
			timeout = a.ticker.Tick()
		}
		if a.waits == 0 && !a.woken {
			a.wait(timeout)
			return 0, true
		}
		a.woken = a.woken && a.waits > 0
	}
	return a.round(), false
}

// wait begins the agent's wait for records; a timeout of 0 is no limit.
func (a *agent) wait(timeout time.Duration) {
	a.m.call(lockstep.Wait, 0, nil, 1)
	a.phase, a.caller = agentWaits, -1
	a.gen++
	if timeout > 0 {
		a.postAt(a.m.now + uint64(max(timeout, timerMin)))
	}
}

// round gives the policy the waiting records and asks for decisions.
func (a *agent) round() uint64 {
	n := min(a.waits, len(a.tasks))
	for i := range a.tasks[:n] {
		a.tasks[i] = a.records[a.oldest]
		a.oldest = (a.oldest + 1) & (len(a.records) - 1)
		if t := a.m.thread(a.tasks[i].PID); t != nil && t.parked == a.tasks[i].Seq {
			t.received = true
		}
	}
	a.waits -= n
	a.discards = 0
	a.seen = a.m.now
	if a.m.follow != nil {
		a.m.tell(lockstep.Receive, a.m.agentCPU(), nil, 0, uint64(n), uint64(a.waits))
	}
	if n > 0 {
		a.m.stats.Received += uint64(n)
		if a.observer != nil && a.m.now-a.observed >= observeEvery {
			a.observed = a.m.now
			stats, _ := a.m.Stats()
			a.observer.Observe(stats)
		}
		ends.Sort(a.tasks[:n], (*scxbridge.Task).Ended, a.policy.Enqueue, a.end)
	}
	return a.think(a.m.cfg.Agent.Round)
}

// think asks the policy for decisions, and returns how long they take.
func (a *agent) think(cost time.Duration) uint64 {
	a.phase = agentThinks
	n := a.policy.Dispatch(a.answer)
	if n < 0 || n > len(a.answer) {
		a.m.fail("policy's Dispatch returned %d of %d", n, len(a.answer))
		n = 0
	}
	for i := range a.answer[:n] {
		a.m.answers(&a.answer[i])
	}
	a.answered = n
	return uint64(cost + time.Duration(n)*a.m.cfg.Agent.Decision)
}

// flush carries out the decisions.
func (a *agent) flush() {
	if a.answered > 0 {
		a.seen = a.m.now
		a.m.tellFlush(a.answer[:a.answered])
		a.m.stats.Flushes++
		a.m.stats.Decisions += uint64(a.answered)
	}
	a.nextFound = false
	for i := range a.answer[:a.answered] {
		a.m.decide(&a.answer[i])
	}
}

// start begins the agent's first wait.
func (a *agent) start() {
	timeout := time.Duration(0)
	if a.ticker != nil {
		timeout = a.ticker.Tick()
	}
	a.wait(timeout)
}

// wakeAgent makes the agent's thread runnable: on an idle CPU, or else at once on the CPU
// whose record woke it, since any other would have to be interrupted; but if that is far, where it
// last ran.
func (m *Machine) wakeAgent(t *Thread) {
	m.waits(t)
	t.slice = uint64(m.cfg.Options.Slice)
	here := t.cpu
	if m.agent.caller >= 0 {
		here = m.agent.caller
	}
	m.tellWake(t, here, true)
	m.stats.AgentDirect++
	// With one CPU, the kernel does not look for an idle one.
	if m.cfg.CPUs > 1 {
		if cpu := m.selectForAgent(t); cpu >= 0 {
			m.enterLocal(t, &m.cpus[cpu])
			m.resched(&m.cpus[cpu])
			return
		}
	}
	if m.domains.ofCPU[here] != m.domains.ofCPU[t.cpu] {
		here = t.cpu
	}
	m.cpus[here].givesWay = m.cpus[here].curr
	m.jump(t, here)
	m.ask()
}

// selectForAgent claims an idle CPU near the agent, or returns -1. If all are busy there, the agent goes elsewhere, but
// seldom: it stays where it finds idle CPUs.
func (m *Machine) selectForAgent(t *Thread) int {
	cpu := m.selectIdle(t, t.cpu, true)
	if cpu >= 0 || m.oneDomain || m.now-m.agent.moved < agentMove {
		return cpu
	}
	if cpu = m.claimIdle(t, t.cpu); cpu >= 0 {
		m.agent.moved = m.now
	}
	return cpu
}

// runsIn counts the agent's moves between domains.
func (a *agent) runsIn(domain int) {
	if a.domain >= 0 && a.domain != domain {
		a.m.stats.AgentMoved++
	}
	a.domain = domain
}

// Now is the virtual time, ns: the clock of the times in records.
func (m *Machine) Now() uint64 { return m.now }

// Wake does what [scxbridge.Scheduler.Wake] does: it ends the agent's present or next wait.
func (m *Machine) Wake() error {
	switch {
	case m.agent.policy == nil: // before Run
	case m.agent.phase == agentWaits:
		m.agent.come()
	default:
		m.agent.woken = true
	}
	return nil
}

// Stats does what [scxbridge.Scheduler.Stats] does.
func (m *Machine) Stats() (scxbridge.Stats, error) {
	s := m.stats
	s.NrCPUs = m.cfg.CPUs
	for i := range m.parks {
		s.InFlight += uint64(len(m.parks[i].heap))
	}
	for _, g := range m.tree.all {
		s.ThrottledNow += uint64(len(g.waiting.heap))
	}
	s.SharedWaiting = uint64(m.onShared)
	s.LocalWaiting = uint64(m.onQueues)
	return s, nil
}
