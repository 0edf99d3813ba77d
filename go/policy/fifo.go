// Package policy holds ready-made scheduling policies, and the ordered [Pool]
// to build others from. None of them needs a kernel to be tested.
package policy

import (
	scxbridge "github.com/scxbridge/scxbridge/go"
)

// FIFO runs tasks in the order in which they came, each for the same slice, on
// an idle CPU or else on the first that is free.
type FIFO struct {
	sliceNS uint64
	arrival uint64
	ready   queue[scxbridge.Decision]
}

// NewFIFO returns a FIFO policy. A slice of 0 ns is the scheduler's default.
// It has room for capacity tasks (0: 1024) and grows beyond.
func NewFIFO(sliceNS uint64, capacity int) *FIFO {
	if capacity <= 0 {
		capacity = defaultCapacity
	}
	return &FIFO{sliceNS: sliceNS, ready: newQueue[scxbridge.Decision](capacity)}
}

// Enqueue implements [scxbridge.Policy].
func (f *FIFO) Enqueue(tasks []scxbridge.Task) {
	for i := range tasks {
		d := tasks[i].Decide(scxbridge.PickIdle)
		d.SliceNS = f.sliceNS
		// Queues are ordered by VTime: that makes them first come, first served.
		f.arrival++
		d.VTime = f.arrival
		f.ready.push(d)
	}
}

// Dispatch implements [scxbridge.Policy].
func (f *FIFO) Dispatch(decisions []scxbridge.Decision) int {
	return f.ready.pop(decisions)
}

const defaultCapacity = 1024

// queue is a slice that is filled and emptied in turns, and so never moves.
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
