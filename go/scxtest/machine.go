package scxtest

import (
	"errors"
	"fmt"
	"math"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/internal/lockstep"
	"github.com/scxbridge/scxbridge/go/policy"
)

// Machine is a simulated machine under a policy. Make one with [NewMachine], give
// it work with Add, and call Run once, all from one goroutine.
type Machine struct {
	cfg    Config
	err    error
	ran    bool
	groups []*group
	byName map[string]*group
	forks  map[*Workload]*group

	tree       tree
	affinities affinities
	threads    []*Thread // by pid, from 1; nil: it has exited
	cpus       []cpu
	llcs       []cpumask
	idle       idleCPUs
	agent      agent

	now       uint64
	tick      uint64
	grace     uint64
	switching uint64
	events    *policy.Pool[event] // by time, in ns
	rescheds  []*cpu
	arrivals  uint64
	handled   uint64 // events
	still     int    // events since time moved

	// The kernel side's queues.
	parks    []park
	parkOf   []int          // by CPU
	shared   []*sharedQueue // by domain
	system   sharedQueue
	onQueues int // tasks on the queues of single CPUs
	onShared int // tasks on shared ones

	domains   *domainTable
	oneDomain bool // always
	steal     stealTimer

	vruntimes     vruntimes
	leaseEpoch    uint64
	watch         watch
	decisionsFlow bool // since the last rescue

	parked    ageList
	waiting   ageList
	throttled ageList

	waitBound  uint64
	longIdle   cpumask // for the check of idle CPUs
	stats      scxbridge.Stats
	migrations uint64
	cacheMoves uint64
	violations violations
	follow     func(*lockstep.Step) // nil, except in one test
}

// group is a workload on a machine.
type group struct {
	Workload
	cgroup  uint64
	members []*Thread // the tasks that were added, not forked
	count   int
	stat    WorkloadReport
}

// The clock starts here, not at 0, which means "never" in records.
const epoch = uint64(time.Second)

func ns(d uint64) time.Duration { return time.Duration(d) }

// NewMachine returns a machine without any work. If cfg is invalid, Run returns the
// error.
func NewMachine(cfg Config) *Machine {
	m := &Machine{
		byName: map[string]*group{}, forks: map[*Workload]*group{}, now: epoch, tree: newTree(),
		events: policy.NewPool[event](0),
	}
	if m.cfg, m.err = cfg.withDefaults(); m.err != nil {
		return m
	}
	n := m.cfg.CPUs
	m.affinities = newAffinities(n)
	m.cpus = make([]cpu, n)
	m.idle = newIdleCPUs(n, m.cfg.ThreadsPerCore)
	m.longIdle = newMask(n)
	for i := range m.cpus {
		m.cpus[i].id, m.cpus[i].idleSince = i, epoch
		m.idle.set(i)
		if i%m.cfg.CPUsPerLLC == 0 {
			m.llcs = append(m.llcs, newMask(n))
		}
		m.llcs[len(m.llcs)-1].set(i)
	}
	m.domains = m.cfg.defaultDomains()
	m.oneDomain = len(m.domains.domains) == 1 && !m.cfg.Options.OwnDomains
	m.vruntimes.of = make([]vruntimeNow, scxbridge.MaxDomains)
	m.steal.idle = newMask(n)
	m.makeShared()
	m.system = newSharedQueue(m)
	m.makeParks()
	m.waiting.which, m.parked.which, m.throttled.which = listWaiting, listParked, listThrottled
	m.tick = uint64(max(m.cfg.Tick, 0))
	m.grace = uint64(m.cfg.Options.Grace)
	m.switching = uint64(m.cfg.Switch)
	for _, g := range m.cfg.Groups {
		if _, m.err = m.setGroup(g); m.err != nil {
			return m
		}
	}
	if lockstep.Follow != nil {
		m.follow = lockstep.Follow(&m.stats)
	}
	return m
}

// Add gives the machine workloads. If one is invalid, Run returns the error.
func (m *Machine) Add(workloads ...Workload) {
	for _, w := range workloads {
		if m.err != nil {
			return
		}
		m.err = m.add(w)
	}
}

func (m *Machine) add(w Workload) error {
	if m.ran {
		return errors.New("scxtest: add a workload: the machine has run")
	}
	if w.Tasks == 0 {
		w.Tasks = 1
	}
	if err := w.check(m.cfg.CPUs); err != nil {
		return err
	}
	if m.byName[w.Name] != nil {
		return fmt.Errorf("scxtest: two workloads are called %q: give one another name with Named", w.Name)
	}
	if len(m.threads)+w.Tasks > maxTasks {
		return fmt.Errorf("scxtest: workload %q: more than %d tasks on a machine", w.Name, maxTasks)
	}
	g := m.newGroup(w)
	setDefault(&g.Weight, 100)
	allowed := m.affinities.find(w.CPUs)
	for i := range w.Tasks {
		t := m.newThread(g, mix(hash(w.Name), uint64(i)))
		t.weight, t.allowed = g.Weight, allowed
		// Spread over all CPUs, as when a scheduler attaches to a running machine.
		t.cpu = allowed.cpus[i%len(allowed.cpus)]
		if w.OneProcess {
			t.tgid = t.pid - int32(i)
		}
		if w.Tasks > 1 {
			t.name = fmt.Sprintf("%s-%d", w.Name, i)
		}
		copy(t.comm[:len(t.comm)-1], t.name)
		g.members = append(g.members, t)
	}
	return nil
}

func (m *Machine) newGroup(w Workload) *group {
	g := &group{Workload: w, cgroup: w.CgroupID}
	setDefault(&g.cgroup, 1)
	g.stat.Name = w.Name
	m.groups = append(m.groups, g)
	m.byName[w.Name] = g
	return g
}

func (m *Machine) newThread(g *group, stream uint64) *Thread {
	t := &Thread{m: m, group: g, name: g.Name, index: g.count, stream: stream}
	t.behavior = g.New(t.index)
	g.count++
	m.threads = append(m.threads, t)
	t.pid = int32(len(m.threads))
	t.tgid = t.pid
	return t
}

// thread returns the task with this pid, or nil.
func (m *Machine) thread(pid int32) *Thread {
	if pid < 1 || int(pid) > len(m.threads) {
		return nil
	}
	return m.threads[pid-1]
}

// known returns the task with this pid, or nil, even if it only has not started yet. (Before Run,
// all added tasks are known.)
func (m *Machine) known(pid int32) *Thread {
	t := m.thread(pid)
	if t == nil || m.ran && t.seq == 0 {
		return nil
	}
	return t
}

// begin makes a new task runnable.
func (m *Machine) begin(t *Thread) {
	t.seq = m.now // so that sequence numbers of a task before it never match
	t.vruntime = *m.vruntimeIn(m.domainOf(t))
	if t.cgroup == nil {
		g := m.findGroup(t.group.Workload.Group, t.name)
		if g == nil {
			return
		}
		g.enter(t)
	}
	t.stat.Created = ns(m.now - epoch)
	m.tellInit(t)
	m.wake(t, false)
}

func (m *Machine) fork(parent *Thread, w *Workload) {
	g := m.forks[w]
	if g == nil {
		if w == nil {
			m.fail("task %s (pid %d) forks no workload", parent.name, parent.pid)
			return
		}
		if m.err = w.check(m.cfg.CPUs); m.err != nil {
			return
		}
		if g = m.byName[w.Name]; g == nil {
			g = m.newGroup(*w)
		}
		m.forks[w] = g
	}
	if len(m.threads) >= maxTasks {
		m.fail("more than %d tasks were forked", maxTasks)
		return
	}
	parent.children++
	t := m.newThread(g, mix(parent.stream, parent.children))
	t.behavior = w.New(t.index)
	t.parent = parent.pid
	t.weight, t.allowed, t.cpu = parent.weight, parent.allowed, parent.cpu
	if w.Weight != 0 {
		t.weight = w.Weight
	}
	if len(w.CPUs) > 0 {
		t.allowed = m.affinities.find(w.CPUs)
	}
	if w.Group == "" {
		parent.cgroup.enter(t)
	}
	if w.OneProcess {
		t.tgid = parent.tgid
	}
	copy(t.comm[:len(t.comm)-1], t.name)
	t.slept = true // it did not exist all the time
	m.begin(t)
}

// forget adds a forked task's figures to its workload's when it exits, and drops
// it: there may be millions of those.
func (m *Machine) forget(t *Thread) {
	t.group.stat.Exited++
	m.leaveGroup(t)
	if t.parent != 0 {
		t.group.stat.fold(&t.stat)
	}
	m.threads[t.pid-1] = nil
}

func (m *Machine) arrive() uint64 {
	m.arrivals++
	return m.arrivals
}

func (m *Machine) fail(format string, args ...any) {
	if m.err == nil {
		m.err = fmt.Errorf("scxtest: run: at %v: %s", ns(m.now-epoch), fmt.Sprintf(format, args...))
	}
}

// Run simulates the machine for a virtual time of d, scheduled by policy, and
// reports what happened. The policy's methods are called from this goroutine,
// as [scxbridge.Run] would call them from its thread: Enqueue and Dispatch, and
// Tick and Observe if it has them.
//
// It returns an error if the simulation is impossible: a bad configuration or
// workload, a Dispatch that returns more than there is room for, tasks that act
// without end while no time passes. What the checks find is in the report; see
// [Report.Err]. A panic of the policy or of a [Behavior] is not caught.
func (m *Machine) Run(policy scxbridge.Policy, d time.Duration) (*Report, error) {
	switch {
	case m.err != nil:
		return nil, m.err
	case m.ran:
		return nil, errors.New("scxtest: run: the machine has run: make a new one")
	case policy == nil:
		return nil, errors.New("scxtest: run: no policy")
	case d <= 0 || d > math.MaxInt64/4:
		return nil, fmt.Errorf("scxtest: run: for %v: must be positive, and less than 73 years", d)
	}
	m.ran = true
	m.agent = newAgent(m, policy)
	bound := m.cfg.WaitBound
	if bound == 0 {
		bound = min(d, m.cfg.Options.Timeout) / 2
	}
	m.waitBound = uint64(bound)

	// Posted first, so that it comes first among the events at its time.
	m.events.Push(epoch+uint64(d), event{kind: evFinish})
	for i := range m.cfg.Changes {
		m.events.Push(epoch+uint64(m.cfg.Changes[i].at), event{kind: evChange, id: int32(i)})
	}
	for i, g := range m.groups {
		m.events.Push(epoch+uint64(g.Start), event{kind: evStart, id: int32(i)})
	}
	m.vruntimeIn(m.agentDomain()) // as for any new task
	m.tellAgent()
	m.agent.start()
	m.postCheck()
	for m.err == nil {
		at, e, _ := m.events.Pop()
		if at != m.now {
			m.now, m.still = at, 0
		} else if m.still++; m.still > maxStill+1000*len(m.threads) {
			m.fail("more than %d events, and no time passes", m.still)
		}
		m.handled++
		if e.kind == evFinish {
			m.finish()
			break
		}
		m.handle(&e)
		for again := true; again; again = m.agent.calls() {
			for i := 0; i < len(m.rescheds); i++ { // which may grow
				c := m.rescheds[i]
				c.resched = false
				m.schedule(c)
			}
			m.rescheds = m.rescheds[:0]
		}
	}
	if m.err != nil {
		return nil, m.err
	}
	return m.report(d), nil
}

func (m *Machine) handle(e *event) {
	switch e.kind {
	case evCPU:
		if c := &m.cpus[e.id]; c.gen == e.gen {
			m.cpuEvent(c)
		}
	case evWake:
		m.wake(m.threads[e.id-1], true)
	case evAgent:
		if m.agent.gen == e.gen {
			m.agent.event()
		}
	case evWindow:
		m.agent.windowOver()
	case evThaw:
		m.wakeAgent(m.agent.thread)
	case evStart:
		for _, t := range m.groups[e.id].members {
			m.begin(t)
		}
	case evWatch:
		m.watchFired()
	case evSteal:
		m.stealFired()
	case evRelease:
		if g := m.tree.all[e.id]; g.releaseGen == e.gen {
			m.releaseFired(g)
		}
	case evChange:
		m.change(&m.cfg.Changes[e.id])
	case evCheck:
		m.checkIdle()
		m.postCheck()
	}
}
