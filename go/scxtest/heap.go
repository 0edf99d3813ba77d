package scxtest

// event is something that happens at a time. Among those at the same time the first
// to be posted comes first.
type event struct {
	kind eventKind
	id   int32  // a pid or a CPU
	gen  uint32 // for a CPU or the agent: events of older generations are void
}

type eventKind uint8

const (
	evStart  eventKind = iota // a workload begins
	evWake                    // a task's sleep ends
	evCPU                     // the running task's computation or slice ends
	evAgent                   // the agent goes on
	evWindow                  // the agent's window is over
	evThaw                    // the agent's thread stood still, and goes on
	evWatch                   // the rescue's timer
	evCheck                   // the check for idle CPUs
	evFinish                  // the simulation ends
)

// threadHeap holds tasks ordered by a virtual time, as a dispatch queue of the
// kernel does: among equals, the first to arrive comes first. A task is in
// one heap at a time, and knows its place, so that it can be taken out of
// the middle.
type threadHeap struct {
	heap []place
}

type place struct {
	vtime   uint64
	arrival uint64
	t       *Thread
}

// before compares virtual times by their difference: they may wrap.
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

// first calls visit for the first tasks in order, until it returns true or limit
// were visited. visit may take the task out only if it then returns true.
func (h *threadHeap) first(limit int, visit func(*Thread) bool) bool {
	if len(h.heap) == 0 {
		return false
	}
	// Candidates are children of those visited, and never many.
	var room [128]int
	candidates := append(room[:0], 0)
	for ; limit > 0 && len(candidates) > 0; limit-- {
		least := 0
		for i := range candidates {
			if h.heap[candidates[i]].before(&h.heap[candidates[least]]) {
				least = i
			}
		}
		at := candidates[least]
		candidates[least] = candidates[len(candidates)-1]
		candidates = candidates[:len(candidates)-1]
		if visit(h.heap[at].t) {
			return true
		}
		for c := 4*at + 1; c < min(4*at+5, len(h.heap)); c++ {
			candidates = append(candidates, c)
		}
	}
	return false
}
