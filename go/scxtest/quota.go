package scxtest

import "github.com/scxbridge/scxbridge/go/cgroup"

// bandwidth is the limit of a group, its quota as it is used up, and the tasks that wait for it.
// See quota.bpf.h and throttle.bpf.h.
type bandwidth struct {
	quota, period, burst uint64 // ns; a period of 0: no limit
	left                 int64  // of the quota; negative: a debt
	periodStart          uint64
	nearest              *treeGroup // with a limit, from here upwards; as of gen
	gen                  uint64

	waiting      threadHeap
	releaseArmed bool
	releaseAsked bool
	releaseGen   uint32 // of its event
	touchAt      uint64
	throttled    uint64
	throttledNS  uint64
}

func (b *bandwidth) limited() bool { return b.period != 0 }

// most is the most quota that there can be at one time.
func (b *bandwidth) most() int64 { return int64(b.quota + b.burst) }

// limitsCount reports whether any group has a limit that counts.
func (m *Machine) limitsCount() bool {
	return m.tree.limits > 0 && !m.cfg.Options.IgnoreCgroupLimits
}

// limitedFrom returns the nearest group with a limit, from g upwards, or nil.
func (m *Machine) limitedFrom(g *treeGroup) *treeGroup {
	if g.gen == m.tree.gen {
		return g.nearest
	}
	g.gen, g.nearest = m.tree.gen, nil
	switch {
	case g.limited():
		g.nearest = g
	case g.parent != nil:
		g.nearest = m.limitedFrom(g.parent)
	}
	return g.nearest
}

// limitedAbove returns the nearest group with a limit above g, or nil.
func (m *Machine) limitedAbove(g *treeGroup) *treeGroup {
	if g.parent == nil {
		return nil
	}
	return m.limitedFrom(g.parent)
}

// limitedGroup returns the nearest limited group that counts for a task, or nil.
func (m *Machine) limitedGroup(t *Thread) *treeGroup {
	if !m.limitsCount() {
		return nil
	}
	return m.limitedFrom(t.cgroup)
}

// setLimit sets a group's limit; the rest of a smaller one is cut.
func (m *Machine) setLimit(g *treeGroup, l cgroup.Limit) {
	quota, period, burst := uint64(l.Quota), uint64(l.Period), uint64(l.Burst)
	if g.quota == quota && g.period == period && g.burst == burst {
		return
	}
	// What has run until now counts under the old limit.
	for i := range m.cpus {
		if m.cpus[i].curr != nil {
			m.account(&m.cpus[i])
		}
	}
	was, is := g.limited(), l.Limited()
	g.quota, g.period, g.burst = quota, period, burst
	if is && (!was || g.left > g.most()) {
		g.left = int64(quota)
	}
	if is && !was {
		g.periodStart = m.now
	}
	g.check.changed(&g.bandwidth)
	if is != was {
		m.tree.gen++
		if m.tree.limits--; is {
			m.tree.limits += 2
		}
	}
	if g.releaseArmed {
		m.releaseStart(g, 0)
	}
	// A running task notices the limit at its next tick, which was not posted until now.
	for i := range m.cpus {
		if m.cpus[i].curr != nil {
			m.arm(&m.cpus[i])
		}
	}
}

// refill adds the quota of the periods that have begun since the last look.
func (b *bandwidth) refill(now uint64) {
	if b.period == 0 || now-b.periodStart < b.period {
		return
	}
	periods := (now - b.periodStart) / b.period
	b.periodStart += periods * b.period
	b.left = min(b.left+int64(min(periods, quotaPeriodsMax)*b.quota), b.most())
}

// dryFrom returns the nearest group, from limited group g upwards, that has used up its quota, or nil.
func (m *Machine) dryFrom(g *treeGroup) *treeGroup {
	for ; g != nil; g = m.limitedAbove(g) {
		g.refill(m.now)
		if g.limited() && g.left <= 0 {
			return g
		}
	}
	return nil
}

// quotaAdd adds to the quota of g and of all limited groups above it, or takes away.
func (m *Machine) quotaAdd(g *treeGroup, ns int64) {
	for ; g != nil; g = m.limitedAbove(g) {
		was := g.left
		g.left += ns
		if was <= 0 && g.left > 0 && g.releaseArmed {
			m.releaseStart(g, 0)
		}
	}
}

// quotaTake takes up to want ns of the quota of g and of all limited groups above it.
func (m *Machine) quotaTake(g *treeGroup, want int64) int64 {
	for up := g; up != nil; up = m.limitedAbove(up) {
		up.refill(m.now)
		if up.limited() {
			want = min(want, max(up.left, 0))
		}
	}
	if want > 0 {
		m.quotaAdd(g, -want)
	}
	return want
}
