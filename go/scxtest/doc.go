// Package scxtest tests a scheduling policy without a kernel. It simulates a
// machine, its tasks and the kernel side of scxbridge, drives a
// [scxbridge.Policy] through the same calls as [scxbridge.Run] does, and checks
// what becomes of the tasks.
//
// A simulation needs no root and no kernel with sched_ext. A second of a machine with
// 1,000 CPUs and 100,000 tasks takes a few seconds, one of a small machine some
// milliseconds. It does need the library, libscxbridge, to link with: the types of package
// scxbridge live in the package that calls it.
//
//	func TestMyPolicy(t *testing.T) {
//		report := scxtest.Run(t, NewMyPolicy(), scxtest.Config{CPUs: 4, Seed: 1}, 10*time.Second,
//			scxtest.Hog(8),
//			scxtest.Sleeper(20, scxtest.Exponential(time.Millisecond), scxtest.Exponential(20*time.Millisecond)),
//		)
//		t.Log(report)
//		if p99 := report.Workload("sleeper").Latency.Quantile(0.99); p99 > 20*time.Millisecond {
//			t.Errorf("sleepers wait %v for a CPU", p99)
//		}
//	}
//
// # What is checked
//
// [Run] fails a test if the policy loses a task, lets a CPU idle while there is work
// for it, names a CPU that a task may not use, starves a task, or returns decisions that
// answer no record. Shares by weight are checked where Config.FairBound asks for
// it, since not every policy wants to be fair. Each [Check] says exactly what it means.
//
// What else a policy promises is tested with the [Report], which has CPU times,
// shares and wake-up latencies of each task and workload and the counters of
// [scxbridge.Stats], or with the events that Config.Trace gets: a [Recorder] tells who ran
// when and where.
//
// # Time and chance
//
// Time is virtual. Policies must read it from the records, Task.StartTS and
// Task.StopTS, as those of package policy do: a policy that calls [time.Now] sees a whole
// second of the machine pass within microseconds. Tick is called in virtual time as well.
//
// The same configuration, workloads, policy and seed give the same report, bit by
// bit, if the policy itself is deterministic: it must not iterate over a map, or leave
// work to other goroutines. Each task has its own random numbers, which depend on the
// seed, the name of its workload and its number in it alone. So two policies are
// compared under the very same load.
//
// # What is simulated
//
// The rules of the kernel and of the kernel side, as far as a policy can see them:
//
//   - A task that wakes up and finds an idle CPU runs there without a record, unless
//     Options.NoBuiltinIdle is set or it is bound to one CPU. A whole idle core is
//     preferred, then the task's own CPU, then its cache. New tasks
//     come this way too; their records lack EnqWakeup.
//   - Every other task that wants a CPU is parked, and its record sent; if the
//     ring is full it is congested, and runs in the kernel side's own fair order.
//   - Decisions are carried out as the kernel side does: each CPU's queue and the shared
//     one are ordered by VTime, and take turns in going first; PickIdle prefers the CPU
//     where the task last ran, then a whole idle core; Preempt ends the slice of what runs, and
//     PreemptLater if that comes later in order;
//     a wrong CPU bounces to the shared queue; slices are bounded; a late decision is stale.
//     Leases are kept: see [scxbridge.Decision].
//   - A parked task whose decision is later than the grace is rescued, in fair order; one that
//     is much too late, or that starves, goes before decided ones. As in the kernel, tasks are
//     parked by last-level cache, a look for late ones begins with another cache each time, and
//     sees a part of long queues.
//   - A slice ends at a tick. A CPU looks for its next task before the one that ran
//     is parked: so at the end of its slice a task never follows itself, unless nothing else is
//     decided. Then it runs on for 20 ms, and no record tells so.
//   - The agent takes time, and needs a CPU: if none is idle, each time that it is woken it
//     preempts a task, which goes back to its place then, for the rest of its slice. See [Agent].
//
// The rules of the kernel side are compared with its own code, step by step, by a test of
// the repository (tests/differential).
//
// Not simulated: what a move to another CPU costs, caches and memory, kernel threads, threads
// of the agent but the one of the rounds, CPU hotplug, changes of affinity and weight, cgroups,
// tasks that are killed while they wait, wake-ups that are synchronous (a pipe's),
// interrupts, CPUs that a higher class takes, kernel mode, decisions that a CPU drains instead of
// the agent, what two CPUs do at the same moment, the time that the kernel side itself takes. Real latencies are longer; compare policies by the simulator's, and
// measure on a kernel.
package scxtest
