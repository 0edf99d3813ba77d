package trace

import "sort"

// cpuTrack is what is drawn on a CPU's track. A record gives the times of a run as the kernel's clock had them when the
// run began and ended, set against CLOCK_MONOTONIC only when the record was made. So they may be wrong by what the CPU
// lost in between, as to a hypervisor, and runs that followed each other seem to overlap. The viewer allows no overlap.
type cpuTrack struct {
	drawn []span // in order of time, without overlaps
	from  uint64 // before that, what was drawn is forgotten
}

type span struct{ from, to uint64 }

// So many spans of a CPU are remembered at least: a run is drawn when its task comes again.
const spansKept = 4096

// draw calls f for each part of the span on which nothing is drawn yet, and remembers it.
func (c *cpuTrack) draw(s span, f func(span)) {
	s.from = max(s.from, c.from)
	at := sort.Search(len(c.drawn), func(i int) bool { return c.drawn[i].to > s.from })
	for s.from < s.to {
		free := s
		if at < len(c.drawn) {
			free.to = min(s.to, c.drawn[at].from)
			s.from = c.drawn[at].to
		} else {
			s.from = s.to
		}
		if free.from < free.to {
			f(free)
			c.insert(at, free)
			at++
		}
		at++
	}
}

func (c *cpuTrack) insert(at int, s span) {
	c.drawn = append(c.drawn, span{})
	copy(c.drawn[at+1:], c.drawn[at:])
	c.drawn[at] = s
}

// forget drops the older half, if there are many.
func (c *cpuTrack) forget() {
	if len(c.drawn) < 2*spansKept {
		return
	}
	c.from = c.drawn[spansKept-1].to
	c.drawn = append(c.drawn[:0], c.drawn[spansKept:]...)
}
