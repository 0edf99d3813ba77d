package scxtest

import "github.com/scxbridge/scxbridge/go/internal/lockstep"

// watch is the kernel side's timer. It runs as long as there may be tasks that nothing else looks
// after: late ones while CPUs are idle, or ones that wait for a single CPU.
type watch struct {
	armed bool
	asked bool // ask was called since it last fired
	turn  int  // which PARK it begins with
}

// ask arms the timer for a task that waits on a queue that only one CPU serves.
func (m *Machine) ask() {
	m.watch.asked = true
	m.armWatch()
}

func (m *Machine) armWatch() {
	if m.watch.armed {
		return
	}
	m.watch.armed = true
	period := min(max(m.grace/2, watchMin), watchMax)
	m.tellTimer(lockstep.Watch, period)
	m.events.Push(m.now+period, event{kind: evWatch})
}

func (m *Machine) watchFired() {
	m.call(lockstep.Fire, 0, nil, lockstep.Watch)
	again := m.watch.asked || m.onQueues > 0
	m.watch.asked, m.watch.armed = false, false
	if m.parked.first != nil {
		again = true
		m.rescueToIdle()
	}
	if again {
		m.armWatch()
	}
}

// rescueToIdle sends late tasks to idle CPUs, in fair order. (In the kernel, scans of whole queues
// take at most a sixteenth of one CPU's time; here scans take no time.)
func (m *Machine) rescueToIdle() {
	if m.idle.n == 0 {
		return
	}
	first := m.watch.turn
	m.watch.turn++
	if !m.someParkedFor(m.grace) {
		return
	}
	for i := range m.parks {
		park := &m.parks[(first+i)%len(m.parks)]
		places := sorted([]*threadHeap{&park.threadHeap})
		for _, p := range places[:min(len(places), rescueScanAll)] {
			if m.now-p.t.parkedAt < m.grace {
				continue
			}
			if cpu := m.pickIdle(p.t); cpu >= 0 {
				m.rescue(&m.cpus[cpu], p.t)
				m.kick(cpu)
			}
		}
	}
}
