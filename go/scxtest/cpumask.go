package scxtest

import (
	"fmt"
	"math/bits"
	"slices"
)

// cpumask is a set of CPUs.
type cpumask []uint64

func newMask(cpus int) cpumask { return make(cpumask, (cpus+63)/64) }

func (m cpumask) set(cpu int)      { m[cpu>>6] |= 1 << (cpu & 63) }
func (m cpumask) clear(cpu int)    { m[cpu>>6] &^= 1 << (cpu & 63) }
func (m cpumask) has(cpu int) bool { return m[cpu>>6]>>(cpu&63)&1 != 0 }

// firstCommon returns the first CPU in both sets, from start on and then from 0 on,
// or -1.
func (m cpumask) firstCommon(o cpumask, start int) int {
	n := len(m)
	w := start >> 6
	for i, keep := 0, ^uint64(0)<<(start&63); i <= n; i, keep = i+1, ^uint64(0) {
		if both := m[w] & o[w] & keep; both != 0 {
			return w<<6 + bits.TrailingZeros64(both)
		}
		if w++; w == n {
			w = 0
		}
	}
	return -1
}

// firstOfThree returns the first CPU in all three sets, of the words from begin until end, or -1.
func (m cpumask) firstOfThree(o, p cpumask, begin, end int) int {
	for w := begin; w < end; w++ {
		if all := m[w] & o[w] & p[w]; all != 0 {
			return w<<6 + bits.TrailingZeros64(all)
		}
	}
	return -1
}

// affinity is a set of CPUs that tasks may use. Tasks with the same set share it.
type affinity struct {
	mask  cpumask
	cpus  []int // in order
	id    int
	fair  []*Thread // for the check of shares
	check struct {  // for the check of idle CPUs
		at  uint64
		cpu int
	}
}

func (a *affinity) allows(cpu int) bool { return a.mask.has(cpu) }

// affinities finds the affinity for a list of CPUs.
type affinities struct {
	ncpus int
	known map[string]*affinity
	all   *affinity
}

func newAffinities(cpus int) affinities {
	s := affinities{ncpus: cpus, known: map[string]*affinity{}}
	every := make([]int, cpus)
	for i := range every {
		every[i] = i
	}
	s.all = s.find(every)
	return s
}

// find returns the affinity of these CPUs; none means all.
func (s *affinities) find(cpus []int) *affinity {
	if len(cpus) == 0 {
		return s.all
	}
	a := &affinity{mask: newMask(s.ncpus), id: len(s.known)}
	for _, cpu := range cpus {
		if !a.mask.has(cpu) {
			a.mask.set(cpu)
			a.cpus = append(a.cpus, cpu)
		}
	}
	slices.Sort(a.cpus)
	key := fmt.Sprint(a.mask)
	if known := s.known[key]; known != nil {
		return known
	}
	s.known[key] = a
	return a
}
