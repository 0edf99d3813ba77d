package scxtest

import "math/bits"

// share is the weight of a group, and of what competes in it: its runnable tasks, and the groups
// below it that are active, which means that they have a runnable task. A task that waits for
// quota is not runnable.
type share struct {
	weight    uint64 // in units of shareOf
	competing uint64 // the sum of the weights in it, in the same units
	active    int    // how many tasks and groups that is
	unit      uint64 // what its tasks weigh, see Machine.unit
	unitEpoch uint64
}

// shareOf returns a group's weight in units of 1/1024, in which an idle group has 3 of what nice 0
// has 1024 of, as in the kernel.
func shareOf(weight int, idle bool) uint64 {
	if idle {
		return 3 * 100
	}
	return uint64(weight) * 1024
}

// weightsCount reports whether the weights of groups count.
func (m *Machine) weightsCount() bool {
	return len(m.tree.all) > 1 && !m.cfg.Options.IgnoreCgroupWeights
}

// unitOne is the unit of a task in the root.
const unitOne = 1 << 32

// unitMax is more than a unit can be, in a group of weight 10000 with nothing but an idle group in it.
const unitMax = 4 * unitOne * weightMax

// activate counts a task that is runnable from now on.
func (m *Machine) activate(t *Thread) {
	if !t.counted && t.cgroup.parent != nil {
		t.counted = true
		t.cgroup.count(t.weight*1024, 1)
	}
}

// deactivate undoes it.
func (m *Machine) deactivate(t *Thread) {
	if t.counted {
		t.counted = false
		t.cgroup.count(-t.weight*1024, -1)
	}
}

// count adds to what competes in the group, or takes away. A group that becomes active, or is no
// longer, competes in its parent, or does so no longer.
func (g *treeGroup) count(weight uint64, n int) {
	for ; g.parent != nil; g = g.parent {
		was := g.active > 0
		g.competing += weight
		g.active += n
		if was == (g.active > 0) {
			return
		}
		if weight = g.weight; n < 0 {
			weight = -weight
		}
	}
}

// setShare sets a group's weight.
func (m *Machine) setShare(g *treeGroup, weight int, idle bool) {
	was := g.weight
	g.weight = shareOf(weight, idle)
	if g.active > 0 {
		g.parent.competing += g.weight - was
	}
}

// unit returns what a task in the group is worth, relative to its own weight, with 32 bits after
// the point: the product, over the groups from this one up to below the root, of the group's weight
// divided by what competes in it. It is computed anew once per Config.ShareInterval.
func (m *Machine) unit(g *treeGroup) uint64 {
	if g.parent == nil || !m.weightsCount() {
		return unitOne
	}
	epoch := m.now / uint64(m.cfg.ShareInterval)
	if g.unitEpoch != epoch {
		g.unitEpoch = epoch
		competing := g.competing
		if competing == 0 {
			competing = shareOf(defaultGroupWeight, false)
		}
		g.unit = min(max(mulDiv(m.unit(g.parent), g.weight, competing), 1), unitMax)
	}
	return g.unit
}

// mulDiv returns a × b / c, or the greatest number if that is too much.
func mulDiv(a, b, c uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	if hi >= c {
		return ^uint64(0)
	}
	q, _ := bits.Div64(hi, lo, c)
	return q
}

// weightMax is the most that anything weighs.
const weightMax = 10000

// weightOf returns the task's effective weight: what it is worth among all that want a CPU now.
func (m *Machine) weightOf(t *Thread) uint64 {
	if t.cgroup.parent == nil {
		return t.weight
	}
	// Halved, so that half of the last bit is rounded up.
	twice := mulDiv(t.weight, m.unit(t.cgroup), unitOne/2)
	return min(max((min(twice, 2*weightMax)+1)/2, 1), weightMax)
}

// weighted returns how far a run advances a virtual time.
func (m *Machine) weighted(t *Thread, ran uint64) uint64 {
	if t.cgroup.parent == nil {
		return ran * 100 / t.weight
	}
	return mulDiv(ran*100, unitOne, m.unit(t.cgroup)*t.weight)
}
