package main

import (
	"time"

	scx "github.com/scxbridge/scxbridge/go"
)

// kernelMode starts a scheduler in kernel mode. The function that it returns, or the scenario's end, detaches it: see
// endsKernelMode.
func (t *T) kernelMode(slice time.Duration) (*scx.Scheduler, func() scx.Stats) {
	s, err := scx.Open(scx.Options{Name: "goland", KernelMode: true, Slice: slice})
	t.Check(err, "open")
	t.Cleanup(func() { s.Close() })
	t.Check(s.Attach(), "attach")
	return s, t.endsKernelMode(s)
}

// endsKernelMode expects that the scheduler is attached. The function that it returns, or the scenario's end, detaches it,
// and checks that there were no records and no decisions.
func (t *T) endsKernelMode(s *scx.Scheduler) func() scx.Stats {
	t.expectState("enabled")
	return t.once(func() scx.Stats {
		t.expectState("enabled")
		st := t.detach(s)
		t.Logf("kernel %d, idle %d, starved %d", st.KernelDirect, st.IdleDirect, st.Starved)
		t.ErrorIf(st.Queued != 0 || st.Received != 0 || st.Decisions != 0 || st.Congested != 0,
			"in kernel mode, there were records or decisions: %+v", st)
		t.Check(s.Close(), "close")
		return st
	})
}
