package main

import (
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

var _ = register(Scenario{
	Name: "congested",
	Doc:  "a ring too small for the load: tasks go to the queue SYSTEM without a record, counted, and all finish",
	run: func(t *T) {
		p := newSleepy()
		s := t.schedule(p, scx.Options{NoBuiltinIdle: true, QueuedBytes: 4096, DecisionsBytes: 4096})
		for round := 0; round < 20 && s.stats().Congested < 10; round++ {
			p.nap.Store(int64(300 * time.Millisecond))
			t.load("messages", "--groups", "4", "--senders", "4", "--receivers", "4", "--count", "20").succeed(loadLimit)
		}
		if n := s.stats().Congested; n < 10 {
			t.Errorf("only %d tasks found the ring full", n)
		}
		before := s.stats()
		t.Await(time.Minute, "decisions are carried out again", func() bool {
			t.forks(4, 10)
			return s.stats().Sub(before).Dispatched >= 40
		})
	},
})
