// Package models declares the record that plugins work on.
package models

// QueuedTask is a task that wants to run. Times are in ns of CLOCK_MONOTONIC.
type QueuedTask struct {
	Pid            int32  // thread id; -1: no task
	Cpu            int32  // where it last ran
	NrCpusAllowed  uint64 // how many CPUs it may use
	Flags          uint64 // enqueue flags of the kernel
	StartTs        uint64 // when it last started to run
	StopTs         uint64 // when it last stopped; not before StartTs
	SumExecRuntime uint64 // CPU time since it last slept, in ns
	Weight         uint64 // its share; 100 is nice 0
	Vtime          uint64 // of its last decision; 0 at first
	Tgid           int32  // process id
}
