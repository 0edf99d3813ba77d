package rules

import "sync/atomic"

// ring passes values from one goroutine to another, without a lock and without an allocation. A full one takes no more.
type ring[T any] struct {
	slots []T
	head  atomic.Uint32 // written by the reader
	_     [60]byte      // each side has a cache line of its own
	tail  atomic.Uint32 // written by the writer
}

// newRing returns a ring with room for this many values, a power of two.
func newRing[T any](room int) *ring[T] { return &ring[T]{slots: make([]T, room)} }

func (r *ring[T]) push(v T) bool {
	tail := r.tail.Load()
	if int(tail-r.head.Load()) == len(r.slots) {
		return false
	}
	r.slots[int(tail)&(len(r.slots)-1)] = v
	r.tail.Store(tail + 1)
	return true
}

func (r *ring[T]) pop() (v T, ok bool) {
	head := r.head.Load()
	if head == r.tail.Load() {
		return v, false
	}
	v = r.slots[int(head)&(len(r.slots)-1)]
	r.head.Store(head + 1)
	return v, true
}
