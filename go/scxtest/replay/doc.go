// Package replay runs the load of a trace in the simulator, package scxtest, under a policy: what would another one have
// done?
//
//	t, err := trace.Read(file)
//	...
//	load, err := replay.New(t)
//	...
//	result, err := load.Run(policy, scxtest.Config{})
//
// # What is replayed
//
// Each task becomes one of the simulator. It starts when its first record was queued. From one wake-up to the next it
// computes as long as it did then, and it wakes at the times at which it woke then; if it has not finished by then, it goes
// on at once. A task that never slept, and wants a CPU at the end, computes without end, since nobody knows how much more
// it had wanted. Weight and allowed CPUs are those of its last record.
//
// # What is not
//
// A trace has what the agent got. Of runs without a record, under a lease or placed on an idle CPU directly, the next record
// tells the CPU time and, of leases, their number; the wake-ups among them are spread evenly over that time. So the trace
// of an agent with the options no-builtin-idle and lease 0 is replayed most exactly. Tasks do not wake each other: what one waited
// for comes when it came then. Groups, their limits and effective weights are not replayed, nor is what the scheduler does not
// see: kernel threads, interrupts, the caches' warmth.
package replay
