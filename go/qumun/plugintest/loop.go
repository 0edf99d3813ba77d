package plugintest

import (
	"context"

	core "github.com/scxbridge/scxbridge/go/qumun"
)

// Loop is the main loop of a scheduler with a plugin, until ctx is done or a call fails. Slices are
// in ns.
func Loop(ctx context.Context, s *core.Sched, sliceDefault, sliceMin uint64) error {
	for ctx.Err() == nil {
		if n := s.DrainQueuedTask(); n > 0 {
			if err := s.DecNrQueued(n); err != nil {
				return err
			}
		}
		t := s.SelectQueuedTask()
		if t == nil {
			s.BlockTilReadyForDequeue(ctx)
			continue
		}
		d := core.NewDispatchedTask(t)
		if t.Vtime != 0 {
			d.Vtime = t.Vtime + min(t.SumExecRuntime, 100*sliceDefault)
		}
		if slice := s.DetermineTimeSlice(t); slice > 0 {
			d.SliceNs = min(slice, (t.StopTs-t.StartTs)*11/10)
		} else {
			d.SliceNs = sliceMin * t.Weight / 100
		}
		var err error
		if err, d.Cpu = s.SelectCPU(t); err != nil {
			return err
		}
		if err := s.DispatchTask(d); err != nil {
			return err
		}
		if s.GetPoolCount() == 0 {
			if err := core.NotifyComplete(0); err != nil {
				return err
			}
		}
	}
	return nil
}
