package main

import (
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

var _ = register(Scenario{
	Name: "crowded_cache", Shape: twoCaches,
	Doc: "a task that wakes up often beside a hog, on the one CPU of its cache that it may use, goes to an idle CPU of the other cache, though what waits for a CPU of its own is not stolen",
	run: func(t *T) {
		t.expectCaches(cacheLists...)
		// Each stays on its CPU, whose queue none steals from: on a busy host all waits can be long enough for that.
		s := t.schedule(decideBy(func(p *decideEach, task *scx.Task) scx.Decision { return p.firstCome(task, task.CPU) }), scx.Options{})
		t.hogsOn(0, 1)
		// A decision can be late, and the task be rescued by the other cache, so one of several rounds will do.
		const rounds = 20
		for round := range rounds {
			load := t.endless("sleeper", "--period-us", "2000", "--work-us", "50")
			sleeper := load.hogThreads(1)[0]
			t.bind(sleeper, 0)
			t.awaitProgress("the sleeper runs beside the hog", []int32{sleeper})
			before := s.stats()
			t.bind(sleeper, 0, 2, 3)
			t.awaitOn("the sleeper is in the other cache", []int32{sleeper}, 2, 3)
			t.Await(time.Minute, "it runs on there", func() bool {
				return s.stats().Sub(before).IdleDirect > 10
			})
			made := s.stats().Sub(before)
			load.end()
			t.Logf("round %d: %d tasks left a crowded cache, %d were rescued", round, made.LeftCrowded, made.Rescued)
			if made.LeftCrowded > 0 {
				return
			}
		}
		t.Errorf("in %d rounds no task left a crowded cache", rounds)
	},
})
