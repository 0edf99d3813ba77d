// Package policy holds ready-made scheduling policies, and the ordered [Pool]
// to build others from. None of them needs a kernel to be tested.
package policy

import (
	scxbridge "github.com/scxbridge/scxbridge/go"
)

// FIFO runs tasks in the order in which they came, each for the same slice, on
// an idle CPU or else on the first that is free.
type FIFO struct {
	each    Each
	sliceNS uint64
	arrival uint64
}

// NewFIFO returns a FIFO policy. A slice of 0 ns is the scheduler's default.
// It has room for capacity tasks (0: 1024) and grows beyond.
func NewFIFO(sliceNS uint64, capacity int) *FIFO {
	if capacity <= 0 {
		capacity = defaultCapacity
	}
	f := &FIFO{sliceNS: sliceNS}
	f.each = Each{Decide: f.decide, ready: newQueue[scxbridge.Decision](capacity)}
	return f
}

func (f *FIFO) decide(task *scxbridge.Task) (scxbridge.Decision, bool) {
	d := task.Decide(scxbridge.PickIdle)
	d.SliceNS = f.sliceNS
	// A task with a later VTime had it from another policy, whose tasks may still wait: FIFO goes on behind them. Else they would
	// wait for as long as it took to count so far.
	if task.VTime > f.arrival && task.VTime < foreignMax {
		f.arrival = task.VTime
	}
	// Queues are ordered by VTime, so this makes them first come, first served.
	f.arrival++
	d.VTime = f.arrival
	return d, true
}

// Enqueue implements [scxbridge.Policy].
func (f *FIFO) Enqueue(tasks []scxbridge.Task) { f.each.Enqueue(tasks) }

// Dispatch implements [scxbridge.Policy].
func (f *FIFO) Dispatch(decisions []scxbridge.Decision) int { return f.each.Dispatch(decisions) }

const defaultCapacity = 1024
