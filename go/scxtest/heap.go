package scxtest

import "slices"

// event is something that happens at some time. Events at the same time happen in the order in
// which they were posted.
type event struct {
	kind eventKind
	id   int32  // a pid or a CPU
	gen  uint32 // for a CPU or the agent: events of older generations are void
}

type eventKind uint8

const (
	evStart   eventKind = iota // a workload begins
	evWake                     // a task's sleep ends
	evCPU                      // the running task's computation or slice ends
	evAgent                    // the agent's next phase
	evWindow                   // the agent's window is over
	evThaw                     // the stall of the agent's thread is over
	evWatch                    // the watch's timer
	evSteal                    // the timer that sends tasks to other domains
	evRelease                  // the timer of a group whose tasks wait for quota
	evChange                   // the tree of cgroups changes
	evCheck                    // the check for idle CPUs
	evFinish                   // the simulation ends
)

// threadHeap holds tasks ordered by a virtual time, like the kernel's dispatch
// queues: among equals, the first to arrive comes first. A task is in at most
// one heap, and knows its place there, so that it can be removed from the
// middle.
type threadHeap struct {
	heap []place
}

type place struct {
	vtime   uint64
	arrival uint64
	t       *Thread
}

// before compares virtual times by their difference, since they may wrap.
func (p *place) before(o *place) bool {
	if p.vtime == o.vtime {
		return p.arrival < o.arrival
	}
	return vtimeBefore(p.vtime, o.vtime)
}

func vtimeBefore(a, b uint64) bool { return int64(a-b) < 0 }

func (h *threadHeap) push(t *Thread, vtime, arrival uint64) {
	h.heap = append(h.heap, place{})
	h.up(len(h.heap)-1, place{vtime, arrival, t})
}

func (h *threadHeap) remove(t *Thread) {
	i, n := int(t.place), len(h.heap)-1
	last := h.heap[n]
	h.heap[n] = place{}
	h.heap = h.heap[:n]
	if i == n {
		return
	}
	if i > 0 && last.before(&h.heap[(i-1)/4]) {
		h.up(i, last)
	} else {
		h.down(i, last)
	}
}

func (h *threadHeap) set(i int, p place) {
	h.heap[i] = p
	p.t.place = int32(i)
}

func (h *threadHeap) up(i int, p place) {
	for i > 0 {
		parent := (i - 1) / 4
		if !p.before(&h.heap[parent]) {
			break
		}
		h.set(i, h.heap[parent])
		i = parent
	}
	h.set(i, p)
}

func (h *threadHeap) down(i int, p place) {
	n := len(h.heap)
	for {
		child := 4*i + 1
		if child >= n {
			break
		}
		least := child
		for c := child + 1; c < min(child+4, n); c++ {
			if h.heap[c].before(&h.heap[least]) {
				least = c
			}
		}
		if !h.heap[least].before(&p) {
			break
		}
		h.set(i, h.heap[least])
		i = least
	}
	h.set(i, p)
}

// visitFirst calls visit for the first tasks of these heaps taken together, in order, until visit
// returns true or limit tasks were visited. It returns whether visit returned true. visit may
// remove the task only if it then returns true.
func visitFirst(heaps []*threadHeap, limit int, visit func(*place) bool) bool {
	type candidate struct {
		h  *threadHeap
		at int
	}
	// Candidates are the children of visited places, and never many.
	var room [128]candidate
	candidates := room[:0]
	for _, h := range heaps {
		if h != nil && len(h.heap) > 0 {
			candidates = append(candidates, candidate{h, 0})
		}
	}
	for ; limit > 0 && len(candidates) > 0; limit-- {
		least := 0
		for i, c := range candidates {
			if o := candidates[least]; c.h.heap[c.at].before(&o.h.heap[o.at]) {
				least = i
			}
		}
		c := candidates[least]
		candidates[least] = candidates[len(candidates)-1]
		candidates = candidates[:len(candidates)-1]
		if visit(&c.h.heap[c.at]) {
			return true
		}
		for child := 4*c.at + 1; child < min(4*c.at+5, len(c.h.heap)); child++ {
			candidates = append(candidates, candidate{c.h, child})
		}
	}
	return false
}

// sorted returns all places of these heaps taken together, in order.
func sorted(heaps []*threadHeap) []place {
	var places []place
	for _, h := range heaps {
		if h != nil {
			places = append(places, h.heap...)
		}
	}
	slices.SortFunc(places, comparePlaces)
	return places
}

// comparePlaces is for sorting. No two places are the same.
func comparePlaces(a, b place) int {
	if a.before(&b) {
		return -1
	}
	return 1
}

// lastPlaces returns the last places, at most limit (1 or more), of these heaps taken together, the
// last one first.
func lastPlaces(heaps []*threadHeap, limit int) []place {
	last := make([]place, 0, limit+1)
	for _, h := range heaps {
		if h == nil {
			continue
		}
		for _, p := range h.heap {
			if len(last) == limit && p.before(&last[limit-1]) {
				continue
			}
			at := len(last)
			for at > 0 && last[at-1].before(&p) {
				at--
			}
			if last = slices.Insert(last, at, p); len(last) > limit {
				last = last[:limit]
			}
		}
	}
	return last
}
