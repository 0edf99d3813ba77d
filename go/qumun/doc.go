// Package core runs schedulers that were written for scx_goland_core, or qumun, on scxbridge.
// Such a program changes its import
//
//	core "github.com/Gthulhu/qumun/goland_core"
//
// to
//
//	core "github.com/scxbridge/scxbridge/go/qumun"
//
// and likewise the import of its package util. This package uses the types of the module
// github.com/Gthulhu/plugin, and so works with its plugins. docs/migrating.md says what changes.
//
// New programs use the package scxbridge itself: it has errors for what can fail, no
// process-wide state, and less to do for each task.
//
// # The loop
//
//	for ctx.Err() == nil {
//		s.DrainQueuedTask()
//		t := s.SelectQueuedTask()
//		if t == nil {
//			s.BlockTilReadyForDequeue(ctx)
//			continue
//		}
//		d := core.NewDispatchedTask(t)
//		d.Vtime, d.SliceNs = t.Vtime, s.DetermineTimeSlice(t)
//		_, d.Cpu = s.SelectCPU(t)
//		s.DispatchTask(d)
//		core.NotifyComplete(s.GetPoolCount())
//	}
//
// # Batches
//
// Records come from the kernel in batches; DequeueTask hands them out. DispatchTask collects
// decisions. They are carried out together: when NotifyComplete says that nothing is left,
// when SelectQueuedTask finds nothing, before BlockTilReadyForDequeue waits, when DequeueTask
// finds nothing twice in a row, at once while another goroutine waits, and whenever there are
// 64.
//
// # What cannot be lost
//
// A task that the program dequeues and never dispatches is run by the kernel side, in fair
// order, after a grace of 10 ms. So is every task while the program does not answer.
//
// # Goroutines
//
// All functions may be called from any goroutine. Those without a receiver act on the Sched
// that was loaded last.
package core
