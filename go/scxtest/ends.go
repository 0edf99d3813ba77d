package scxtest

import scxbridge "github.com/scxbridge/scxbridge/go"

// tellEnd sends the last record of a task that ends, if the policy wants that. It wakes nobody.
func (m *Machine) tellEnd(t *Thread) {
	if !m.cfg.Options.Ends && m.agent.ender == nil || !t.toldOf {
		return
	}
	if m.agent.full(recordBytes) {
		m.stats.EndsLost++
		return
	}
	m.stats.EndsTold++
	m.agent.add(t.record(scxbridge.TaskEnded))
}

// enqueue gives the policy records and ends in the order in which they came, as [scxbridge.Run] does.
func (a *agent) enqueue(tasks []scxbridge.Task) {
	for len(tasks) > 0 {
		ended, n := tasks[0].Ended(), 1
		for n < len(tasks) && tasks[n].Ended() == ended {
			n++
		}
		switch {
		case !ended:
			a.policy.Enqueue(tasks[:n])
		case a.ender != nil:
			a.ender.End(tasks[:n])
		}
		tasks = tasks[n:]
	}
}
