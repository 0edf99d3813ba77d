package policy

// Pool is a priority queue: it returns the smallest deadline first, and among
// equal ones the first to arrive. Push and Pop cost O(log n). The storage is
// allocated beforehand and doubles only when the pool holds more than ever
// before; otherwise nothing is allocated. If T has no pointers, the garbage
// collector does not scan the storage.
//
// It is a heap with four children per node: half as deep as a binary one, and a
// node's children are adjacent in memory.
type Pool[T any] struct {
	heap    []entry[T]
	arrival uint64
}

type entry[T any] struct {
	deadline uint64
	arrival  uint64
	value    T
}

// NewPool returns a pool with room for this many values.
func NewPool[T any](capacity int) *Pool[T] {
	return &Pool[T]{heap: make([]entry[T], 0, capacity)}
}

func (e *entry[T]) before(o *entry[T]) bool {
	return e.deadline < o.deadline || e.deadline == o.deadline && e.arrival < o.arrival
}

// Len returns how many values the pool holds.
func (p *Pool[T]) Len() int { return len(p.heap) }

// Push adds a value.
func (p *Pool[T]) Push(deadline uint64, value T) {
	e := entry[T]{deadline: deadline, arrival: p.arrival, value: value}
	p.arrival++
	if len(p.heap) == cap(p.heap) {
		grown := make([]entry[T], len(p.heap), max(16, 2*cap(p.heap)))
		copy(grown, p.heap)
		p.heap = grown
	}
	i := len(p.heap)
	p.heap = p.heap[:i+1]
	// Move the hole up to where e belongs.
	for i > 0 {
		parent := (i - 1) / 4
		if !e.before(&p.heap[parent]) {
			break
		}
		p.heap[i] = p.heap[parent]
		i = parent
	}
	p.heap[i] = e
}

// Pop removes and returns the first value, with its deadline; ok is false if there is none.
func (p *Pool[T]) Pop() (deadline uint64, value T, ok bool) {
	n := len(p.heap) - 1
	if n < 0 {
		return 0, value, false
	}
	first, last := p.heap[0], p.heap[n]
	p.heap = p.heap[:n]
	if n == 0 {
		return first.deadline, first.value, true
	}
	// Move the hole at the top down to where last belongs.
	i := 0
	for {
		child := 4*i + 1
		if child >= n {
			break
		}
		least := child
		for c := child + 1; c < min(child+4, n); c++ {
			if p.heap[c].before(&p.heap[least]) {
				least = c
			}
		}
		if !p.heap[least].before(&last) {
			break
		}
		p.heap[i] = p.heap[least]
		i = least
	}
	p.heap[i] = last
	return first.deadline, first.value, true
}
