package main

import (
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	"github.com/scxbridge/scxbridge/go/policy"
)

var _ = register(Scenario{
	Name: "crowded_cache", Shape: twoCaches,
	Doc: "a task that wakes up often, for short, beside a hog on each CPU of its cache goes to an idle CPU of the other cache, although no wait is long",
	run: func(t *T) {
		t.expectCaches(cacheLists...)
		s := t.schedule(t.vruntime(policy.VRuntimeOptions{}), scx.Options{})
		t.hogsOn(0, 1)
		t.hogsOn(1, 1)
		// On a busy host a wait can be long enough for the task to be stolen, so one of several will do.
		const rounds = 20
		for round := range rounds {
			load := t.endless("sleeper", "--period-us", "2000", "--work-us", "50")
			sleeper := load.hogThreads(1)[0]
			t.bind(sleeper, 0, 1)
			t.awaitProgress("the sleeper runs beside the hogs", []int32{sleeper})
			before := s.stats()
			t.bind(sleeper, 0, 1, 2, 3)
			t.awaitOn("the sleeper is in the other cache", []int32{sleeper}, 2, 3)
			t.Await(time.Minute, "it runs on there", func() bool {
				return s.stats().Sub(before).IdleDirect > 10
			})
			made := s.stats().Sub(before)
			load.end()
			t.Logf("round %d: %d tasks left a crowded cache, %d were stolen", round, made.LeftCrowded, made.Stolen)
			if made.LeftCrowded > 0 {
				return
			}
		}
		t.Errorf("in %d rounds no task left a crowded cache", rounds)
	},
})
