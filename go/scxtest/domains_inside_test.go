package scxtest

import (
	"fmt"
	"slices"
	"testing"
	"time"

	scxbridge "github.com/scxbridge/scxbridge/go"
)

// Rules about domains that are hard to see from outside.

// waitingTask is a task that may run on any CPU, and last ran on this one.
func waitingTask(m *Machine, cpu int, vtime, waited uint64) *Thread {
	t := &Thread{m: m, pid: int32(len(m.threads) + 1), allowed: m.affinities.all, weight: 100, cgroup: m.tree.root, cpu: cpu, vtime: vtime}
	m.threads = append(m.threads, t)
	m.waits(t)
	t.waitsFrom = m.now - waited
	return t
}

func machineOf(t *testing.T, c Config) *Machine {
	t.Helper()
	m := NewMachine(c)
	if m.err != nil {
		t.Fatal(m.err)
	}
	m.agent = newAgent(m, nil)
	return m
}

// Domains of a node follow each other, and come before others.
func TestOtherDomains(t *testing.T) {
	// Four caches of two CPUs in two nodes; the program's domains 1 and 2 are in the second and first node.
	m := machineOf(t, Config{CPUs: 8, CPUsPerLLC: 2, LLCsPerNode: 2, Options: scxbridge.Options{OwnDomains: true}})
	order := func() (all [][]int) {
		d := m.domains
		for own := range d.domains {
			var others []int
			for i := 1; i < len(d.domains); i++ {
				others = append(others, d.domains[d.other(own, i)].number)
			}
			all = append(all, append([]int{d.domains[own].number}, others...))
		}
		return all
	}
	if got := fmt.Sprint(order()); got != "[[0 1 2 3] [1 0 2 3] [2 3 0 1] [3 2 0 1]]" {
		t.Errorf("the caches are in the order %v", got)
	}
	if err := m.SetDomains(scxbridge.Domains{OfCPU: []int{0, 0, 2, 2, 1, 1, 1, 3}}); err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(order()); got != "[[0 2 1 3] [2 0 1 3] [1 3 0 2] [3 1 0 2]]" {
		t.Errorf("a program's domains are in the order %v", got)
	}
}

// Tasks that wait go to the queues of their new domains, in order, and CPUs there are woken.
func TestWaitingTasksMove(t *testing.T) {
	m := machineOf(t, Config{CPUs: 4, Options: scxbridge.Options{OwnDomains: true}})
	for cpu := range 3 {
		m.idle.claim(cpu)
	}
	var tasks []*Thread
	for cpu := range 4 {
		tasks = append(tasks, waitingTask(m, cpu, uint64(10-cpu), 0))
		m.enterShared(tasks[cpu], 0, tasks[cpu].vtime)
	}
	tasks[0].decided = int(scxbridge.Domain(1))
	if err := m.SetDomains(scxbridge.Domains{OfCPU: []int{0, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	// Domain 1 gets the task of its CPU and the one that was decided for it.
	if got := m.shared[1].first(3); m.shared[0].n != 2 || m.shared[1].n != 2 || m.onShared != 4 || got != tasks[3] || m.homeOf(tasks[0]) != 1 {
		t.Errorf("%d and %d tasks, %d in all; the first is %v", m.shared[0].n, m.shared[1].n, m.onShared, got)
	}
	if m.idle.n != 0 || m.stats.Kicks != 1 {
		t.Errorf("%d CPUs are idle, %d were kicked", m.idle.n, m.stats.Kicks)
	}
	if err := m.SetDomains(scxbridge.Domains{OfCPU: make([]int, 4)}); err != nil || m.shared[0].n != 4 || m.shared[1].n != 0 {
		t.Errorf("%v: %d and %d tasks", err, m.shared[0].n, m.shared[1].n)
	}
}

// A task on SYSTEM is taken near where it last ran, and after 10 ms anywhere.
func TestSystemIsNear(t *testing.T) {
	const at = systemNear
	for _, c := range []struct {
		waited uint64
		cpu    int
		closed bool
		taken  bool
	}{
		{0, 1, false, true},
		{at - 1, 2, false, false},
		{at, 2, false, true},
		{at, 2, true, false},
		{at, 1, true, true},
	} {
		m := machineOf(t, Config{CPUs: 4, CPUsPerLLC: 2, Options: scxbridge.Options{OwnDomains: true}})
		if err := m.SetDomains(scxbridge.Domains{OfCPU: []int{0, 0, 1, 1}, Closed: []bool{c.closed}}); err != nil {
			t.Fatal(err)
		}
		task := waitingTask(m, 0, 1, c.waited)
		m.putOnSystem(task, 1)
		if got := m.takeSystem(&m.cpus[c.cpu]); got != c.taken {
			t.Errorf("%+v: taken: %v", c, got)
		}
	}
	// If many that are not for this CPU are ahead, any is taken.
	m := machineOf(t, Config{CPUs: 4, CPUsPerLLC: 2})
	for range systemScan + 1 {
		if m.takeSystem(&m.cpus[2]) {
			t.Fatal("taken from a short queue")
		}
		m.putOnSystem(waitingTask(m, 0, 1, 0), 1)
	}
	if !m.takeSystem(&m.cpus[2]) {
		t.Error("nothing was taken from a long queue")
	}
}

// CPUs of other domains rescue a late task after four graces; if one is closed, never.
func TestLateFarTasks(t *testing.T) {
	for _, c := range []struct {
		cpu    int
		graces uint64
		closed bool
		taken  bool
	}{
		{1, 1, false, true},
		{2, 1, false, false},
		{2, lateFarGraces, false, true},
		{1, 1, true, true},
		{2, 10, true, false},
	} {
		m := machineOf(t, Config{CPUs: 4, CPUsPerLLC: 2, Options: scxbridge.Options{OwnDomains: true}})
		if err := m.SetDomains(scxbridge.Domains{OfCPU: []int{0, 0, 1, 1}, Closed: []bool{false, c.closed}}); err != nil {
			t.Fatal(err)
		}
		parkedTask(m, 0, c.graces*m.grace)
		if got := m.rescueLate(&m.cpus[c.cpu]); got != c.taken {
			t.Errorf("%+v: taken: %v", c, got)
		}
		if next := m.cpus[c.cpu].looks.late; c.graces == 1 && c.cpu == 2 && next > m.now+3*m.grace {
			t.Errorf("%+v: the next look is in %v", c, ns(next-m.now))
		}
	}
}

// parkedTask is one that has waited for this long for a decision.
func parkedTask(m *Machine, cpu int, waited uint64) *Thread {
	t := waitingTask(m, cpu, 0, waited)
	t.parked, t.parkedAt, t.park = 1, m.now-waited, m.parkOf[cpu]
	m.parks[t.park].push(t, 0, m.arrive())
	m.parked.push(t)
	return t
}

// A task that has waited for much too long is rescued by any CPU, but for closed domains: also if others wait there for
// this CPU.
func TestForgottenFarTasks(t *testing.T) {
	const long = uint64(time.Minute)
	for name, wait := range map[string]func(*Machine, int) *Thread{
		"shared": func(m *Machine, cpu int) *Thread {
			t := waitingTask(m, cpu, 1, long)
			m.enterShared(t, 0, 1)
			return t
		},
		"system": func(m *Machine, cpu int) *Thread {
			t := waitingTask(m, cpu, 1, long)
			m.putOnSystem(t, 1)
			return t
		},
		"parked": func(m *Machine, cpu int) *Thread { return parkedTask(m, cpu, long) },
	} {
		for _, closed := range []bool{false, true} {
			m := machineOf(t, Config{CPUs: 6, CPUsPerLLC: 2, Options: scxbridge.Options{OwnDomains: true}})
			if err := m.SetDomains(scxbridge.Domains{OfCPU: []int{0, 0, 1, 1, 2, 2}, Closed: []bool{closed}}); err != nil {
				t.Fatal(err)
			}
			wait(m, 0)
			if got := m.rescueForgotten(&m.cpus[2]); got == closed {
				t.Errorf("%s, closed %v: taken: %v", name, closed, got)
			}
			if !closed {
				continue
			}
			other := wait(m, 4)
			m.cpus[2].looks = looks{} // the next one is due
			if !m.rescueForgotten(&m.cpus[2]) || m.cpus[2].local.pop() != other {
				t.Errorf("%s: the other one was not taken", name)
			}
		}
	}
}

// While the agent is out of action, a CPU looks past the tasks of closed domains.
func TestFirstOfAllAndClosedDomains(t *testing.T) {
	m := machineOf(t, Config{CPUs: 6, CPUsPerLLC: 2, Options: scxbridge.Options{OwnDomains: true}})
	if err := m.SetDomains(scxbridge.Domains{OfCPU: []int{0, 0, 1, 1, 2, 2}, Closed: []bool{true}}); err != nil {
		t.Fatal(err)
	}
	parkedTask(m, 0, 0)
	if m.dispatchAlone(&m.cpus[2]) {
		t.Error("a task of a closed domain was taken")
	}
	open := parkedTask(m, 4, 0)
	if !m.dispatchAlone(&m.cpus[2]) || m.cpus[2].local.pop() != open {
		t.Error("a task of an open domain was not taken")
	}
}

// Of another domain's queue, a busy CPU looks at its first task that it may take.
func TestFirstToSteal(t *testing.T) {
	m := machineOf(t, Config{CPUs: 4, CPUsPerLLC: 2, Options: scxbridge.Options{OwnDomains: true}})
	first, bound := waitingTask(m, 0, 2, 0), waitingTask(m, 0, 1, 0)
	bound.allowed = m.affinities.find([]int{0})
	for _, task := range []*Thread{first, bound} {
		m.enterShared(task, 0, task.vtime)
	}
	if p := m.firstToSteal(&m.cpus[2], m.shared[0], aloneScan); p == nil || p.t != first {
		t.Errorf("found %+v", p)
	}
	if p := m.firstToSteal(&m.cpus[2], m.shared[0], 1); p != nil {
		t.Errorf("a look at one task found %+v", p)
	}
	if err := m.SetDomains(scxbridge.Domains{OfCPU: []int{0, 0, 1, 1}, Closed: []bool{false, true}}); err != nil {
		t.Fatal(err)
	}
	if p := m.firstToSteal(&m.cpus[2], m.shared[0], aloneScan); p != nil {
		t.Errorf("a closed domain's CPU found %+v", p)
	}
}

// The timer runs while a task may wait next to an idle CPU. When all CPUs are busy it stops, and a CPU that goes idle starts
// it again.
func TestTimerThatSteals(t *testing.T) {
	m := machineOf(t, Config{CPUs: 4, CPUsPerLLC: 2})
	expect := func(what string, armed, waits bool) {
		t.Helper()
		if m.steal.armed != armed || m.steal.waits != waits {
			t.Errorf("%s: armed %v, tasks wait %v", what, m.steal.armed, m.steal.waits)
		}
	}
	fire := func() {
		m.now += stealLook
		m.stealFired()
	}
	shared, own := waitingTask(m, 0, 2, 0), waitingTask(m, 0, 1, 0)
	m.share(shared, 2)
	m.enterCPU(own, &m.cpus[0], 1)
	expect("an idle CPU was woken", false, false)
	m.dispatch(&m.cpus[0])
	if m.cpus[0].local.pop() != own {
		t.Fatal("it did not take the task on its own queue first")
	}
	expect("a task is left", true, false)
	for cpu := range m.cpus {
		m.idle.claim(cpu)
	}
	fire()
	expect("the first look when all are busy", true, true)
	fire()
	expect("the second one", false, true)
	m.share(waitingTask(m, 2, 3, 0), 3)
	m.cpus[0].turn = 0
	m.enterCPU(own, &m.cpus[0], 1)
	m.dispatch(&m.cpus[0])
	expect("one more waits", false, true)
	m.stealWhenIdle(&m.cpus[3])
	expect("a CPU goes idle", true, true)
	for n := range 2 {
		for m.take(&m.cpus[2*n], m.shared[n]) {
		}
	}
	fire()
	expect("none waits, but it was asked", true, false)
	fire()
	expect("none waits", false, false)
	m.stealWhenIdle(&m.cpus[2])
	expect("another one goes idle", false, false)
}

// A task that goes back to its place goes to the domain of its decision, wherever it ran.
func TestBackToItsDomain(t *testing.T) {
	m := machineOf(t, Config{CPUs: 4, CPUsPerLLC: 2})
	task := waitingTask(m, 0, 1, 0)
	task.decided = int(scxbridge.Domain(1))
	m.enterInOrder(task)
	if m.shared[0].n != 0 || m.shared[1].n != 1 || m.idle.idle.has(2) {
		t.Errorf("%d and %d tasks, CPU 2 is idle: %v", m.shared[0].n, m.shared[1].n, m.idle.idle.has(2))
	}
	bounces := waitingTask(m, 3, 1, 0)
	bounces.allowed = m.affinities.find([]int{3})
	bounces.decided = int(scxbridge.Domain(0))
	m.enterInOrder(bounces)
	if m.shared[1].n != 2 || bounces.decided != int(scxbridge.AnyCPU) {
		t.Errorf("%d tasks, decided for %d", m.shared[1].n, bounces.decided)
	}
	bounces.decided = int(scxbridge.Domain(0))
	m.decideDomain(bounces, bounces.decided)
	if bounces.decided != int(scxbridge.AnyCPU) || m.stats.Bounced != 1 {
		t.Errorf("decided for %d, %d bounced", bounces.decided, m.stats.Bounced)
	}
}

// The agent stays in its domain, and leaves it for an idle CPU at most every 500 ms. Closed domains do not hold it.
func TestAgentStaysNear(t *testing.T) {
	m := machineOf(t, Config{CPUs: 4, CPUsPerLLC: 2, Options: scxbridge.Options{OwnDomains: true}})
	if err := m.SetDomains(scxbridge.Domains{OfCPU: []int{0, 0, 1, 1}, Closed: []bool{true, true}}); err != nil {
		t.Fatal(err)
	}
	agent := m.agent.thread
	for i, want := range []int{0, 1, 2, -1} {
		if got := m.selectForAgent(agent); got != want {
			t.Errorf("choice %d is CPU %d, want %d", i, got, want)
		}
	}
	m.now += agentMove
	if got := m.selectForAgent(agent); got != 3 {
		t.Errorf("500 ms later, the choice is CPU %d", got)
	}
	// It wakes on the CPU that sent the record only if that is near.
	for caller, want := range []int{0, 1, 0, 0} {
		m.now++
		m.agent.caller = caller
		before := m.cpus[want].local.len()
		m.wakeAgent(agent)
		if m.cpus[want].local.len() != before+1 {
			t.Errorf("called from CPU %d, the agent is not on CPU %d", caller, want)
		}
		m.cpus[want].local.pop()
		m.waiting.remove(agent)
	}
	// Its moves are counted.
	for _, domain := range []int{1, 1, 0, 1} {
		m.agent.runsIn(domain)
	}
	if m.stats.AgentMoved != 2 {
		t.Errorf("moved %d times, not 2", m.stats.AgentMoved)
	}
}

// A program that chooses CPUs gets a near one first, and none that closed domains forbid.
func TestChoiceAmongDomains(t *testing.T) {
	for _, c := range []struct {
		closed []bool
		want   []int
	}{
		{nil, []int{2, 3, 0, 1, -1}},
		{[]bool{true}, []int{2, 3, -1}},
		{[]bool{false, true}, []int{2, 3, -1}},
	} {
		m := machineOf(t, Config{CPUs: 4, CPUsPerLLC: 2, Options: scxbridge.Options{OwnDomains: true}})
		if err := m.SetDomains(scxbridge.Domains{OfCPU: []int{0, 0, 1, 1}, Closed: c.closed}); err != nil {
			t.Fatal(err)
		}
		waitingTask(m, 2, 0, 0)
		var got []int
		for range c.want {
			cpu, _ := m.SelectCPU(1, -1)
			got = append(got, int(cpu))
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("closed %v: chose %v, want %v", c.closed, got, c.want)
		}
	}
}
