package main

import (
	"time"

	scx "github.com/scxbridge/scxbridge/go"
	core "github.com/scxbridge/scxbridge/go/qumun"
)

// kernelMode starts a scheduler of the package qumun in kernel mode. The function that it returns, or the scenario's
// end, detaches, and checks that there were no records and no decisions.
func (t *T) kernelMode(slice time.Duration) (*core.Sched, func() scx.Stats) {
	s := core.LoadSched("")
	t.Cleanup(s.Close)
	s.EnableKernelMode()
	s.SetDefaultSlice(uint64(slice))
	s.Start()
	t.Check(s.Attach(), "attach")
	t.expectState("enabled")
	return s, t.once(func() scx.Stats {
		t.expectState("enabled")
		st := t.detach(s.Scheduler())
		t.Logf("kernel %d, idle %d, starved %d", st.KernelDirect, st.IdleDirect, st.Starved)
		t.ErrorIf(st.Queued != 0 || st.Received != 0 || st.Decisions != 0 || st.Congested != 0,
			"in kernel mode, there were records or decisions: %+v", st)
		s.Close()
		return st
	})
}
