//go:build !demo

package main

import "testing"

func TestWaitsDuring(t *testing.T) {
	queue, ring, other := lockWait{"0xa", "dispatch_enqueue"}, lockWait{"0xb", reserveFunction}, lockWait{"0xc", "futex_wake"}
	now := lockWaits{queue: 100, ring: 100, other: 100}
	locks := func() lockWaits { return lockWaits{queue: now[queue], ring: now[ring], other: now[other]} }
	run := func() {
		now[queue] += 7
		now[ring] += 5
		now[other] += 1
	}
	if got, want := waitsDuring(run, locks, nil), (waits{all: 13, queues: 7, rings: 5, places: "7 dispatch_enqueue, 5 __bpf_ringbuf_reserve, 1 futex_wake", ofQueues: "7 dispatch_enqueue"}); got != want {
		t.Errorf("one probe sees all: %+v, want %+v", got, want)
	}
	// Where rings have a probe of their own, the other one does not see them.
	delete(now, ring)
	hits := 40
	more := func() {
		run()
		delete(now, ring)
		hits += 9
	}
	if got, want := waitsDuring(more, locks, func() int { return hits }), (waits{all: 17, queues: 7, rings: 9, places: "7 dispatch_enqueue, 1 futex_wake", ofQueues: "7 dispatch_enqueue"}); got != want {
		t.Errorf("two probes: %+v, want %+v", got, want)
	}
}
