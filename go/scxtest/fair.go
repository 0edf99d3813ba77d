package scxtest

import (
	"cmp"
	"slices"
	"time"
)

// checkFair compares CPU times with fair shares.
func (m *Machine) checkFair() {
	if !m.sharesAreSteady() {
		return
	}
	var groups []*affinity // in a fixed order
	for _, t := range m.threads {
		if t == nil || t.slept || t.stat.Created != 0 || t.state == asleep {
			continue
		}
		if len(t.allowed.fair) == 0 {
			groups = append(groups, t.allowed)
		}
		t.allowed.fair = append(t.allowed.fair, t)
	}
	for _, a := range groups {
		times := fairTimes(a.fair, ns(m.now-epoch))
		for i, t := range a.fair {
			got, fair := float64(t.stat.CPUTime), times[i]
			if diff := got/fair - 1; diff > m.cfg.FairBound || diff < -m.cfg.FairBound {
				m.violate(CheckFair, t.pid, -1, "task %s (pid %d) of weight %.4g got %v of CPU time, not %v: %+.1f %%",
					t.name, t.pid, t.fairWeight(), t.stat.CPUTime, time.Duration(fair), 100*diff)
			}
		}
	}
}

// fairTimes divides the tasks' total CPU time by weight; none gets more than one
// CPU has.
func fairTimes(tasks []*Thread, most time.Duration) []float64 {
	order := make([]int, len(tasks))
	weights := make([]float64, len(tasks))
	var left, sum float64
	for i, t := range tasks {
		order[i], weights[i] = i, t.fairWeight()
		left += float64(t.stat.CPUTime)
		sum += weights[i]
	}
	// The heaviest first: once one task is below the limit, all later ones are.
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(weights[b], weights[a]) })
	times := make([]float64, len(tasks))
	for _, i := range order {
		times[i] = min(float64(most), left*weights[i]/sum)
		left -= times[i]
		sum -= weights[i]
	}
	return times
}

// sharesAreSteady reports whether the effective weights were the same all the time.
func (m *Machine) sharesAreSteady() bool {
	if !m.tree.grouped() {
		return true
	}
	for _, t := range m.threads {
		if t != nil && t.cgroup != nil && t.cgroup.parent != nil && (t.slept || t.stat.Created != 0) {
			return false
		}
	}
	return !m.tree.moves && len(m.cfg.Changes) == 0 && !m.limitsCount()
}

// fairWeight is the effective weight of a task, exactly, at the end of the simulation.
func (t *Thread) fairWeight() float64 {
	w := float64(t.weight)
	for g := t.cgroup; g.parent != nil && t.m.weightsCount(); g = g.parent {
		w = w * float64(g.weight) / float64(g.competing)
	}
	return w
}
