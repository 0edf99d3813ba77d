// Package scxtest tests a scheduling policy without a kernel. It simulates a
// machine, its tasks and the kernel side of scxbridge, drives a
// [scxbridge.Policy] through the same calls as [scxbridge.Run] does, and checks
// what becomes of the tasks.
//
// A simulation needs no root and no kernel with sched_ext. A second of a machine with
// 1,000 CPUs and 100,000 tasks takes a few seconds, one of a small machine some
// milliseconds. The test must link with the library, libscxbridge, since package scxbridge,
// whose types this package uses, calls it.
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
// answer no record. Shares by weight are checked only if Config.FairBound is set, since not
// every policy wants to be fair. Each [Check] says exactly what it means.
//
// Test a policy's other promises with the [Report], which has the CPU time, share and
// wake-up latencies of each task and workload and the counters of [scxbridge.Stats], or with
// the events that Config.Trace gets: a [Recorder] says which task ran when and where.
//
// # Time and chance
//
// Time is virtual. Policies must read it from the records, Task.StartTS and Task.StopTS, as
// those of package policy do: to a policy that calls [time.Now], a second of the machine
// passes within microseconds. Tick is called in virtual time as well.
//
// The same configuration, workloads, policy and seed give the same report, bit by
// bit, if the policy itself is deterministic: it must not iterate over a map, or leave
// work to other goroutines. Each task has its own random numbers, which depend only on the
// seed, its workload's name and its number there. So two policies can be compared under the
// very same load.
//
// # What is simulated
//
// The rules of the kernel and of the kernel side, as far as a policy can see them:
//
//   - A task that wakes up and finds an idle CPU in its domain runs there without a record, unless
//     Options.NoBuiltinIdle is set or it is bound to one CPU. With one domain, a whole idle core is
//     preferred, then the task's own CPU, then its cache; with several, its own CPU, then a whole
//     idle core. New tasks do the same, but take idle CPUs of other domains as well, of their
//     node first; their records lack EnqWakeup.
//   - Every other task that wants a CPU is parked, and its record sent; if the
//     ring is full it is congested, and runs in the kernel side's own fair order. There is one
//     ring: several ones are read oldest first, so a policy could tell them only by which of
//     them is full.
//   - Decisions are carried out as by the kernel side: each CPU's queue and the shared one are
//     ordered by VTime, and go first in turns; PickIdle prefers the CPU where the task last ran,
//     then a whole idle core of its domain; Preempt ends the running task's slice, PreemptLater only if that
//     task comes later in order; a wrong CPU bounces to the shared queue; slices are bounded; a
//     late decision is stale. Leases are honored: see [scxbridge.Decision].
//   - Domains are the last-level caches (Config.CPUsPerLLC), or what [Machine.SetDomains] sets, some
//     of them closed. Each has a shared queue. An idle CPU is sent a task that has waited in another
//     domain, and a busy one takes what comes much earlier in order. With one domain
//     (Options.OneDomain), the kernel's own choice of idle CPUs knows the caches, but no nodes.
//   - A move to another cache costs what Config.ColdCache says, so that a policy that moves tasks
//     about gets less done. [Report] counts the moves.
//   - A parked task whose decision is later than the grace is rescued, in fair order; one whose
//     decision is much too late, or that starves, goes before decided ones. As in the kernel,
//     tasks are parked by last-level cache, and in a large one by neighbouring CPUs; each scan for
//     late ones begins with another such queue, and sees only a part of a long queue.
//   - Cgroups ([Group]) have limits and weights, which hold whatever the policy does: a task whose
//     group has used up its quota waits without a record, and then has a fresh one; a record's
//     Weight is what the task is worth now among all that want a CPU, its own weight in the root.
//     Groups come, change and go while the machine runs, and tasks move ([Change], [Move]).
//   - A slice ends at a tick. A CPU picks its next task before the one that ran is parked. So at
//     the end of its slice a task never follows itself, unless no other task is decided: then it
//     keeps running for 20 ms, without a record.
//   - The agent takes time, and needs a CPU: if none is idle when it is woken, it preempts a
//     task, which then returns to its place for the rest of its slice. See [Agent].
//
// A test of the repository (tests/differential) compares these rules, but for those of groups, with
// the kernel side's own code, step by step.
//
// Simpler than in a kernel: one thing happens at a time, so no task is just on its way to a queue
// when domains change, and none is lost to another CPU. Locks cost nothing. Scans take no time: those
// of the timers go through whole queues each time, while the kernel's do so as often as a
// sixteenth of one CPU's time allows, and else only through the heads.
//
// Not simulated: what a move within a cache, or of the agent, costs, memory of other nodes, kernel threads,
// threads of the agent other than the round thread, CPU hotplug, changes of affinity and of a task's own
// weight, what a task does in the kernel, tasks that are killed while they wait, synchronous wake-
// ups (a pipe's), interrupts, CPUs that a higher class takes, kernel mode, decisions that a CPU
// drains instead of the agent, races between CPUs, the time that the kernel side itself takes. Real
// latencies are longer: compare policies in the simulator, but measure on a kernel.
package scxtest
