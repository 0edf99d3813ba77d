package main

import (
	scx "github.com/scxbridge/scxbridge/go"
)

var _ = register(Scenario{
	Name: "attach_detach", Kernels: everyKernel,
	Doc: "four times: a scheduler comes, schedules a fork storm, and goes without a trace",
	run: func(t *T) {
		for round := 1; round <= 4; round++ {
			t.expectState("disabled")
			s := t.schedule(newFirstCome(), scx.Options{})
			t.forks(4, 3)
			t.FatalIf(s.stop().Dispatched == 0, "round %d: no task was dispatched by a decision", round)
			t.FatalIf(s.exit.Kind != scx.ExitUnreg,
				"round %d: exit kind %v (%s), not detached from user space", round, s.exit.Kind, s.exit.Message)
		}
	},
})

var _ = register(Scenario{
	Name: "reattach",
	Doc:  "one handle attaches and detaches again and again, and its counters go on",
	run: func(t *T) {
		s, err := scx.Open(scx.Options{Name: "again", Grace: scx.GraceImmediate})
		t.Check(err, "open")
		t.Cleanup(func() { s.Close() })
		var queued uint64
		for round := 1; round <= 3; round++ {
			t.Check(s.Attach(), "attach")
			t.expectState("enabled")
			t.forks(4, 3)
			st := t.detach(s)
			t.FatalIf(st.Queued <= queued || st.Dispatched != 0,
				"round %d: queued %d after %d, dispatched %d without an agent", round, st.Queued, queued, st.Dispatched)
			queued = st.Queued
		}
	},
})
