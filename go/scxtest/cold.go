package scxtest

// moveCache makes a task pay for a move to another last-level cache, where its data are not.
func (m *Machine) moveCache(t *Thread, from, to int) {
	if from/m.cfg.CPUsPerLLC == to/m.cfg.CPUsPerLLC {
		return
	}
	m.cacheMoves++
	t.stat.CacheMoves++
	t.cold = uint64(m.cfg.ColdCache)
}

// warmUp returns how much of the time that a task ran it made progress.
func (t *Thread) warmUp(ran uint64) uint64 {
	lost := min(t.cold, ran)
	t.cold -= lost
	t.stat.ColdTime += ns(lost)
	return ran - lost
}

// work is how long the task has to run until its computation ends.
func (t *Thread) work() uint64 {
	if t.left == endless {
		return endless
	}
	return t.cold + t.left
}
