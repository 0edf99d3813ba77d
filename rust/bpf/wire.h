/* Generated from rust/wire.rs and rust/kernel_side.rs by `make generate`; do not edit. */
/* SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only */
/* clang-format off */

#ifndef SCXB_WIRE_H
#define SCXB_WIRE_H

#ifdef __bpf__
#include "kernel.bpf.h"
/* Named as in C elsewhere. */
typedef s32 int32_t;
typedef u32 uint32_t;
typedef u16 uint16_t;
typedef u64 uint64_t;
typedef u8 uint8_t;
#else
#include <stdint.h>
#endif

// Room for a thread's name, with its NUL.
#define SCXB_COMM_LEN 16

// Room for the reason of an end, with its NUL.
#define SCXB_REASON_LEN 128

// Room for the message of an end, with its NUL.
#define SCXB_MESSAGE_LEN 1024

// How many requests cross in one system call; a longer batch takes several.
#define SCXB_MAX_CPU_REQUESTS 512

// Shared queue: the first CPU that is free takes the task, in the order of vtime.
#define SCXB_CPU_ANY -1

// The kernel side picks an idle CPU while it moves the task; none idle: shared queue.
#define SCXB_CPU_PICK_IDLE -2

// Domain 0: its queue, and an idle CPU of it is woken. Domain n is CPU_DOMAIN - n. A decision that names
// a domain may have no flags.
#define SCXB_CPU_DOMAIN -256

// Run now, preempting what runs on the CPU (with SCXB_CPU_ANY: where the task last ran).
#define SCXB_DECISION_PREEMPT 1

// As SCXB_DECISION_PREEMPT, but only if what runs there comes later in order: if its vtime, with its
// CPU time since then × 100 / weight added, is greater than this one's, by 1 ms at least. Vtimes
// must be ns for that. The CPU of the flush is about to be free, and so needs no preemption.
#define SCXB_DECISION_PREEMPT_LATER 2

// No lease lasts longer, ns.
#define SCXB_LEASE_MAX_NS 1000000000

// The task is waking up (else it ran out of its slice, was preempted, or its properties changed).
#define SCXB_ENQ_WAKEUP 1

// The kernel asked for the task to be queued again.
#define SCXB_ENQ_REENQ 2

// The task has ended, and this is its last record: it wants no decision. It comes only with the option ends.
#define SCXB_TASK_ENDED 4

// The last level that preempts; 0 is the highest.
#define SCXB_PRIORITY_URGENT_MAX 9

// The last level.
#define SCXB_PRIORITY_MAX 20

// How many threads can have a priority, and how many processes besides.
#define SCXB_MAX_PRIORITIES 8192

// No machine has more domains; a power of two.
#define SCXB_MAX_DOMAINS 128

// CPUs beyond these count to the domains of the first ones; a power of two.
#define SCXB_MAX_CPUS 2048

// The capacity of the machine's fastest CPUs.
#define SCXB_CPU_CAPACITY_MAX 1024

// Of the memory that both sides see: "SCXB".
#define SCXB_LAYOUT_MAGIC 1113080659

// Whoever changes what is pinned raises it; see rust/bpf/intf.h.
#define SCXB_LAYOUT_VERSION 14

// Room for the scheduler's name, with its NUL.
#define SCXB_NAME_LEN 128

// Rings of records that there are at most: one for each queue PARK.
#define SCXB_MAX_RINGS 8

// Flags that a decision may have; any other makes it refused.
#define SCXB_DECISION_FLAGS (SCXB_DECISION_PREEMPT | SCXB_DECISION_PREEMPT_LATER)

// For the program scxb_register: become the agent, if there is no other one alive.
#define SCXB_REGISTER_ENTER 0

// For the program scxb_register: be the agent no longer.
#define SCXB_REGISTER_LEAVE 1

// A task that wants to run: one record of the ring buffer.
//
// The task is parked until a decision that carries its pid and seq moves it, or
// until its grace has passed and the kernel side runs it without one.
struct scxb_task {
        // Thread id, in the initial PID namespace.
        int32_t pid;
        // Process id (thread group), in the initial PID namespace.
        int32_t tgid;
        // The CPU that it last ran on.
        int32_t cpu;
        // On how many CPUs it may run.
        uint32_t nr_cpus_allowed;
        // When it was queued, and so since when it waits for its decision, ns of CLOCK_MONOTONIC.
        uint64_t ready_ts;
        // When it last started to run, ns of CLOCK_MONOTONIC; 0: not yet under this scheduler.
        uint64_t start_ts;
        // When it last stopped running, ns of CLOCK_MONOTONIC; 0: not yet under this scheduler.
        uint64_t stop_ts;
        // CPU time since it last slept, ns.
        uint64_t exec_runtime;
        // What it is worth now among all that want a CPU, 1 to 10000; 100 is nice 0 in the root group. It is
        // own_weight, scaled by what its cgroups are worth (cpu.weight) and by how many share that.
        uint64_t weight;
        // The vtime of its last decision, given back; 0 at first. Each use of a lease moved it on by the
        // weighted CPU time since: see weighted_ns.
        uint64_t vtime;
        // Id of its cgroup (v2).
        uint64_t cgroup_id;
        // Names this parking; its decision must carry it. Never 0. With SCXB_TASK_ENDED it is that of the record before: a
        // task that has the same pid, but a greater seq, is another one.
        uint64_t seq;
        // CPU time since its last record, ns, including runs without a record: under a lease, or placed
        // directly on an idle CPU.
        uint64_t run_ns;
        // CPU time since its last record, ns, times 100 / weight, each piece by the weight as it ran: by so much
        // the task moves on in virtual time. Finer than weight, which is rounded.
        uint64_t weighted_ns;
        // How often its lease was used since its last record.
        uint32_t leased;
        // Its weight by its nice value alone, 1 to 10000; 100 is nice 0.
        uint16_t own_weight;
        // Why it is queued: bits such as SCXB_ENQ_WAKEUP; or SCXB_TASK_ENDED.
        uint16_t flags;
        // Name of the thread, NUL-terminated.
        uint8_t comm[SCXB_COMM_LEN];
};

// What to do with a parked task.
//
// A decision for a task that slept, died or was run by the kernel side in the meantime does
// nothing, and is counted as stale.
struct scxb_decision {
        // Thread id of the record.
        int32_t pid;
        // A CPU id, one of the codes SCXB_CPU_ANY and SCXB_CPU_PICK_IDLE, or a domain: see SCXB_CPU_DOMAIN. A CPU or
        // domain that the task may not use is replaced by the shared queue, and counted as bounced.
        int32_t cpu;
        // Time slice, ns; 0: the default. Cut to the maximum of the options.
        uint64_t slice_ns;
        // Its place on the queue: smallest first (compared as a difference, so it may wrap).
        uint64_t vtime;
        // Bits such as SCXB_DECISION_PREEMPT; an unknown one makes the decision refused.
        uint64_t flags;
        // The seq of the record. A decision for an older parking is stale: counted, harmless.
        uint64_t seq;
        // A lease: for this long the kernel side repeats this decision whenever the task wants to run,
        // without a record; ns, at most SCXB_LEASE_MAX_NS (1 s). 0: no limit of its own, if lease_count is set.
        uint64_t lease_ns;
        // How often it is repeated at most; 0: no limit of its own, if lease_ns is set. Both 0: no lease.
        uint32_t lease_count;
        // 0, or the decision is refused.
        uint32_t reserved;
};

// A question for an idle CPU, and its answer.
struct scxb_cpu_request {
        // Thread id, in the initial PID namespace.
        int32_t pid;
        // The CPU to prefer; -1: the one that the task last ran on.
        int32_t prev_cpu;
        // The answer: a CPU id, or -EBUSY (no allowed CPU is idle), -ESRCH (no such
        // task), -EINVAL (bad request).
        int32_t cpu;
        // Always 0, or the answer is -EINVAL.
        uint32_t flags;
};

// Counters of a scheduler since it was loaded, and a few values of this moment.
//
// Three sums are exact whenever nothing is in motion, always after detach:
// queued = dispatched + rescued + gone + in_flight,
// decisions = dispatched + stale + refused and
// throttled = unthrottled + throttled_left + throttled_now.
struct scxb_stats {
        // Size of this struct in bytes, as its user was compiled.
        uint32_t size;
        // CPUs that this machine can have.
        uint32_t nr_cpus;
        // Tasks that are parked now.
        uint64_t in_flight;
        // Tasks that wait for the quota of their cgroup now.
        uint64_t throttled_now;
        // Tasks on the shared queue now.
        uint64_t shared_waiting;
        // Tasks on the queues of single CPUs now.
        uint64_t local_waiting;
        // Time since the agent last received or dispatched, ns.
        uint64_t heartbeat_age_ns;
        // Records handed to the agent.
        uint64_t received;
        // Decisions written.
        uint64_t decisions;
        // Tasks parked, each with a record.
        uint64_t queued;
        // Tasks that found the ring of records full, and were queued by BPF alone, without a record.
        uint64_t congested;
        // Parked tasks moved by their decision.
        uint64_t dispatched;
        // Parked tasks run by the kernel side since their decision was late.
        uint64_t rescued;
        // Parked tasks that left by themselves: affinity, class or cgroup changed, or killed.
        uint64_t gone;
        // Decisions whose parking was already over, or whose task does not exist.
        uint64_t stale;
        // Decisions that were malformed: bad pid, CPU code, flags or sequence.
        uint64_t refused;
        // Decisions for a CPU that the task may not use: the shared queue instead (part of dispatched).
        uint64_t bounced;
        // Tasks that found an idle CPU when they woke up, and ran there without a record.
        uint64_t idle_direct;
        // Times that a thread of the agent, or one that traces it, was scheduled by BPF alone.
        uint64_t agent_direct;
        // Times that a kernel thread was scheduled by BPF alone.
        uint64_t kthread_direct;
        // Times that any other task was queued by BPF alone, in kernel mode.
        uint64_t kernel_direct;
        // Idle CPUs that were kicked.
        uint64_t kicks;
        // Times that a task preempted what ran on its CPU, by a decision or a lease.
        uint64_t preempts;
        // Batches of decisions drained by a system call of the agent.
        uint64_t flushes;
        // Batches of decisions drained by a CPU that looked for work (ops.dispatch).
        uint64_t drains;
        // Moves that needed a second try, with a fresh iterator.
        uint64_t move_retries;
        // Times that the agent was woken from its wait, by a record or the end of the batching window.
        uint64_t agent_wakeups;
        // Times that rescue began after decisions had flowed: the agent fell behind.
        uint64_t late_episodes;
        // Decided tasks that waited for half of the watchdog's time, and went ahead of their order.
        uint64_t starved;
        // Decisions with a lease that were carried out (part of dispatched).
        uint64_t leases_granted;
        // Times that a task was queued by its lease, without a record.
        uint64_t lease_uses;
        // Leases that ended before their time: revoked, or the task's affinity or weight changed.
        uint64_t revoked;
        // Times that a task of one CPU was scheduled by BPF alone (option).
        uint64_t bound_direct;
        // Synchronous wake-ups that BPF alone sent to the waker's CPU (option).
        uint64_t sync_direct;
        // Records for which the agent was left asleep, for the batching window (option).
        uint64_t wakeups_deferred;
        // Times that a task which gave way to the agent, or to a higher class, went back to its place,
        // without a record.
        uint64_t resumed;
        // Times that a waker which was about to sleep was not preempted for the task that it woke.
        uint64_t sync_spared;
        // Times that a task began to wait for the quota of its cgroup (cpu.max).
        uint64_t throttled;
        // Of these: waits that ended since there was quota again, or the task could not wait on.
        uint64_t unthrottled;
        // Of these: waits that were so long that the task ran for a moment without quota (part of unthrottled).
        uint64_t touched;
        // Waits for quota that a task left by itself: affinity, class or cgroup changed, or killed.
        uint64_t throttled_left;
        // Times that a task was stopped as it started to run, since its cgroup's quota was used up meanwhile.
        uint64_t throttle_cuts;
        // Cgroups for which there was no room: they count as parts of their parents.
        uint64_t cgroups_untracked;
        // Tasks that a CPU of another domain took, since it was idle or they came much earlier in order.
        uint64_t stolen;
        // Tasks that woke up on an idle CPU of another domain: their own was full at several wake-ups in a row.
        uint64_t left_crowded;
        // Records that said that a task has ended (option); no part of queued.
        uint64_t ends_told;
        // Tasks whose end was not told, since the ring of records was full.
        uint64_t ends_lost;
        // Times that the thread of the rounds began to run in another domain than before.
        uint64_t agent_moved;
};

// A cgroup as the kernel side keeps it: its limit, and how its tasks waited for quota. A wait counts
// in the group whose quota is used up, not in those below it.
struct scxb_cgroup_info {
        // Size of this struct in bytes, as its user was compiled.
        uint32_t size;
        // Tasks that wait for its quota now.
        uint32_t throttled_now;
        // Its id, as in records.
        uint64_t id;
        // What cpu.max gives it for each period, ns; 0: it has no limit of its own.
        uint64_t quota_ns;
        // Its period, ns.
        uint64_t period_ns;
        // How much of the quota it may save up, ns.
        uint64_t burst_ns;
        // Times that a task began to wait for its quota.
        uint64_t throttled;
        // How long those waits were that have ended, summed up over tasks, ns.
        uint64_t throttled_ns;
};

#endif  /* SCXB_WIRE_H */
