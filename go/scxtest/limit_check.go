package scxtest

// limitCheck is what CheckLimit knows of a group: a bucket that fills as cpu.max says and from
// which all run time is taken, whatever the simulated kernel side counts.
type limitCheck struct {
	level int64
	start uint64
}

// changed begins anew with a new limit, in the middle of a period. The quota of periods that nobody
// has looked at yet may be the new one, but never more than there can be at one time.
func (c *limitCheck) changed(b *bandwidth) {
	c.level, c.start = b.most(), b.periodStart
}

// checkLimit takes what a task has just run from the bucket.
func (m *Machine) checkLimit(g *treeGroup, t *Thread, ran uint64) {
	if m.cfg.Options.IgnoreCgroupLimits {
		return
	}
	c := &g.check
	if periods := (m.now - c.start) / g.period; periods > 0 {
		c.start += periods * g.period
		c.level = min(c.level+int64(min(periods, quotaPeriodsMax)*g.quota), g.most())
	}
	c.level -= int64(ran)
	if over := -c.level; over > m.limitSlack() {
		m.violate(CheckLimit, t.pid, t.cpu, "group %s used %v more than its quota of %v in %v with a burst of %v",
			g.Path, ns(uint64(over)), ns(g.quota), ns(g.period), ns(g.burst))
		c.level = 0 // so that it is reported once
	}
}

// limitSlack is how much more than its quota a group may have used: on each CPU a task may have
// taken quota just before a period began, another may run until the next tick when the quota is
// used up, and a limit that is new counts from the next tick on.
func (m *Machine) limitSlack() int64 {
	return int64(m.cfg.CPUs) * (quotaChunk + 2*int64(m.tick+m.switching))
}

// checkThrottled checks how long a task waited for quota.
func (m *Machine) checkThrottled(t *Thread, waited uint64) {
	if waited > uint64(m.cfg.Options.Timeout) {
		m.violate(CheckStarved, t.pid, -1, "task %s (pid %d) waited %v for the quota of group %s",
			t.name, t.pid, ns(waited), t.cgroup.Path)
	}
}
