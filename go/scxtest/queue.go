package scxtest

import "slices"

// sharedQueue is a dispatch queue that several CPUs serve: a CPU takes the first
// task, by virtual time, that may run there. Tasks with the same affinity are in
// one heap, so that this task is found without a search.
type sharedQueue struct {
	m     *Machine
	byID  []*threadHeap   // by affinity
	byCPU [][]*threadHeap // the heaps that a CPU may take from
	n     int

	counts bool // in onShared
	domain int  // whose it is
}

func newSharedQueue(m *Machine) sharedQueue {
	return sharedQueue{m: m, byCPU: make([][]*threadHeap, m.cfg.CPUs)}
}

func (q *sharedQueue) push(t *Thread, vtime uint64) {
	for len(q.byID) <= t.allowed.id {
		q.byID = append(q.byID, nil)
	}
	h := q.byID[t.allowed.id]
	if h == nil {
		h = &threadHeap{}
		q.byID[t.allowed.id] = h
		for _, cpu := range t.allowed.cpus {
			q.byCPU[cpu] = append(q.byCPU[cpu], h)
		}
	}
	q.n++
	if q.counts {
		q.m.onShared++
	}
	h.push(t, vtime, q.m.arrive())
}

func (q *sharedQueue) remove(t *Thread) {
	q.n--
	if q.counts {
		q.m.onShared--
	}
	q.byID[t.allowed.id].remove(t)
}

// first returns the first task for a CPU, or nil.
func (q *sharedQueue) first(cpu int) *Thread {
	if p := q.firstPlace(cpu); p != nil {
		return p.t
	}
	return nil
}

func (q *sharedQueue) firstPlace(cpu int) *place {
	var best *place
	for _, h := range q.byCPU[cpu] {
		if len(h.heap) > 0 && (best == nil || h.heap[0].before(best)) {
			best = &h.heap[0]
		}
	}
	return best
}

// localQueue is a CPU's local queue, from which the kernel itself runs tasks: first
// in, first out, except that tasks that preempt go first.
type localQueue struct {
	tasks []*Thread
	first int
}

func (q *localQueue) len() int { return len(q.tasks) - q.first }

func (q *localQueue) push(t *Thread) { q.tasks = append(q.tasks, t) }

func (q *localQueue) pushFront(t *Thread) {
	if q.first == 0 {
		q.tasks = append(q.tasks, nil)
		copy(q.tasks[1:], q.tasks)
		q.first = 1
	}
	q.first--
	q.tasks[q.first] = t
}

func (q *localQueue) pop() *Thread {
	t := q.tasks[q.first]
	q.tasks[q.first] = nil
	q.first++
	if q.first == len(q.tasks) {
		q.tasks, q.first = q.tasks[:0], 0
	}
	return t
}

// remove takes the task out, wherever it is. False: it is not there.
func (q *localQueue) remove(t *Thread) bool {
	for i := q.first; i < len(q.tasks); i++ {
		if q.tasks[i] == t {
			q.tasks = slices.Delete(q.tasks, i, i+1)
			return true
		}
	}
	return false
}

// ageList is a list of tasks in the order in which they began to wait.
type ageList struct {
	which       int
	first, last *Thread
}

type ageLink struct{ prev, next *Thread }

// The lists that a task may be in.
const (
	listWaiting   = iota // for a CPU
	listParked           // for a decision
	listThrottled        // for quota
	lists
)

func (l *ageList) push(t *Thread) {
	link := &t.ages[l.which]
	link.prev, link.next = l.last, nil
	if l.last == nil {
		l.first = t
	} else {
		l.last.ages[l.which].next = t
	}
	l.last = t
}

func (l *ageList) remove(t *Thread) {
	link := &t.ages[l.which]
	if link.prev == nil {
		l.first = link.next
	} else {
		link.prev.ages[l.which].next = link.next
	}
	if link.next == nil {
		l.last = link.prev
	} else {
		link.next.ages[l.which].prev = link.prev
	}
	*link = ageLink{}
}

func (l *ageList) next(t *Thread) *Thread { return t.ages[l.which].next }
