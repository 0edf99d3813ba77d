package policy

import scxbridge "github.com/scxbridge/scxbridge/go"

// Each is a policy that decides about each task by itself, as it comes. Its decisions are carried
// out in the order in which they were made; their VTime orders the tasks on the queues. [FIFO] is
// such a policy.
type Each struct {
	// Decide returns the decision about a task, or false to leave it to the kernel
	// side's rescue. It must be set before the first task comes.
	Decide func(task *scxbridge.Task) (d scxbridge.Decision, ok bool)

	ready queue[scxbridge.Decision]
}

// Enqueue implements [scxbridge.Policy].
func (e *Each) Enqueue(tasks []scxbridge.Task) {
	for i := range tasks {
		if d, ok := e.Decide(&tasks[i]); ok {
			e.ready.push(d)
		}
	}
}

// Add appends decisions that were made in another way.
func (e *Each) Add(decisions ...scxbridge.Decision) {
	for _, d := range decisions {
		e.ready.push(d)
	}
}

// Dispatch implements [scxbridge.Policy].
func (e *Each) Dispatch(decisions []scxbridge.Decision) int {
	return e.ready.pop(decisions)
}

// queue is a slice that is filled and emptied in turns, so its elements never move.
type queue[T any] struct {
	items []T
	first int
}

func newQueue[T any](capacity int) queue[T] { return queue[T]{items: make([]T, 0, capacity)} }

func (q *queue[T]) push(v T) { q.items = append(q.items, v) }

// pop moves the first ones to dst and returns how many.
func (q *queue[T]) pop(dst []T) int {
	n := copy(dst, q.items[q.first:])
	q.first += n
	if q.first == len(q.items) {
		q.items, q.first = q.items[:0], 0
	}
	return n
}
