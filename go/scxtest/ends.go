package scxtest

import scxbridge "github.com/scxbridge/scxbridge/go"

// tellEnd sends the last record of a task that ends, if the policy wants that. It wakes nobody, unless no
// other record would find room.
func (m *Machine) tellEnd(t *Thread) {
	if !m.cfg.Options.Ends && m.agent.end == nil || !t.toldOf {
		return
	}
	if m.agent.full(recordBytes) {
		m.stats.EndsLost++
		return
	}
	m.stats.EndsTold++
	if m.agent.full(2 * recordBytes) {
		m.agent.send(t.record(scxbridge.TaskEnded))
	} else {
		m.agent.add(t.record(scxbridge.TaskEnded))
	}
}
