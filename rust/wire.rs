// SPDX-License-Identifier: Apache-2.0 OR GPL-2.0-only

//! What crosses borders, defined once: between kernel side and library, and between the library
//! and its users. `make generate` makes from this file `rust/bpf/wire.h` for the kernel side, the
//! structs of `include/scxbridge.h`, the types of the Go packages and the table of counters in
//! `docs/architecture.md`. `Cpu` and `Domains` are between library and users only.
//!
//! Only types of fixed width, no padding, no pointers. The kernel side is GPL-2.0-only, so this file
//! is under that license as well.

/// Room for a thread's name, with its NUL.
pub const COMM_LEN: usize = 16;

/// Room for the reason of an end, with its NUL.
pub const REASON_LEN: usize = 128;
/// Room for the message of an end, with its NUL.
pub const MESSAGE_LEN: usize = 1024;

/// How many requests cross in one system call; a longer batch takes several.
pub const MAX_CPU_REQUESTS: usize = 512;

/// Shared queue: the first CPU that is free takes the task, in the order of vtime.
pub const CPU_ANY: i32 = -1;
/// The kernel side picks an idle CPU while it moves the task; none idle: shared queue.
pub const CPU_PICK_IDLE: i32 = -2;

/// Domain 0: its queue, and an idle CPU of it is woken. Domain n is `CPU_DOMAIN - n`. A decision that names
/// a domain may have no flags.
pub const CPU_DOMAIN: i32 = -256;

/// Run now, preempting what runs on the CPU (with `CPU_ANY`: where the task last ran).
pub const DECISION_PREEMPT: u64 = 1;
/// As `DECISION_PREEMPT`, but only if what runs there comes later in order: if its vtime, with its
/// CPU time since then × 100 / weight added, is greater than this one's, by 1 ms at least. Vtimes
/// must be ns for that. The CPU of the flush is about to be free, and so needs no preemption.
pub const DECISION_PREEMPT_LATER: u64 = 2;

/// No lease lasts longer, ns.
pub const LEASE_MAX_NS: u64 = 1_000_000_000;

/// The task is waking up (else it ran out of its slice, was preempted, or its properties changed).
pub const ENQ_WAKEUP: u16 = 1;
/// The kernel asked for the task to be queued again.
pub const ENQ_REENQ: u16 = 2;

/// The task has ended, and this is its last record: it wants no decision. It comes only with the option `ends`.
pub const TASK_ENDED: u16 = 4;

/// The last level that preempts; 0 is the highest.
pub const PRIORITY_URGENT_MAX: u32 = 9;
/// The last level.
pub const PRIORITY_MAX: u32 = 20;
/// How many threads can have a priority, and how many processes besides.
pub const MAX_PRIORITIES: u32 = 8192;

/// No machine has more domains; a power of two.
pub const MAX_DOMAINS: usize = 128;
/// CPUs beyond these count to the domains of the first ones; a power of two.
pub const MAX_CPUS: usize = 2048;

/// The capacity of the machine's fastest CPUs.
pub const CPU_CAPACITY_MAX: u32 = 1024;

/// A task that wants to run: one record of the ring buffer.
///
/// The task is parked until a decision that carries its `pid` and `seq` moves it, or
/// until its grace has passed and the kernel side runs it without one.
//
// With its header in the ring, a record is two cache lines.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Task {
    /// Thread id, in the initial PID namespace.
    pub pid: i32,
    /// Process id (thread group), in the initial PID namespace.
    pub tgid: i32,
    /// The CPU that it last ran on.
    pub cpu: i32,
    /// On how many CPUs it may run.
    pub nr_cpus_allowed: u32,
    /// When it was queued, and so since when it waits for its decision, ns of CLOCK_MONOTONIC.
    pub ready_ts: u64,
    /// When it last started to run, ns of CLOCK_MONOTONIC; 0: not yet under this scheduler.
    pub start_ts: u64,
    /// When it last stopped running, ns of CLOCK_MONOTONIC; 0: not yet under this scheduler.
    pub stop_ts: u64,
    /// CPU time since it last slept, ns.
    pub exec_runtime: u64,
    /// What it is worth now among all that want a CPU, 1 to 10000; 100 is nice 0 in the root group. It is
    /// `own_weight`, scaled by what its cgroups are worth (`cpu.weight`) and by how many share that.
    pub weight: u64,
    /// The vtime of its last decision, given back; 0 at first. Each use of a lease moved it on by the
    /// weighted CPU time since: see `weighted_ns`.
    pub vtime: u64,
    /// Id of its cgroup (v2).
    pub cgroup_id: u64,
    /// Names this parking; its decision must carry it. Never 0. With `TASK_ENDED` it is that of the record before: a
    /// task that has the same pid, but a greater `seq`, is another one.
    pub seq: u64,
    /// CPU time since its last record, ns, including runs without a record: under a lease, or placed
    /// directly on an idle CPU.
    pub run_ns: u64,
    /// CPU time since its last record, ns, times 100 / weight, each piece by the weight as it ran: by so much
    /// the task moves on in virtual time. Finer than `weight`, which is rounded.
    pub weighted_ns: u64,
    /// How often its lease was used since its last record.
    pub leased: u32,
    /// Its weight by its nice value alone, 1 to 10000; 100 is nice 0.
    pub own_weight: u16,
    /// Why it is queued: bits such as `ENQ_WAKEUP`; or `TASK_ENDED`.
    pub flags: u16,
    /// Name of the thread, NUL-terminated.
    pub comm: [u8; COMM_LEN],
}

/// What to do with a parked task.
///
/// A decision for a task that slept, died or was run by the kernel side in the meantime does
/// nothing, and is counted as stale.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Thread id of the record.
    pub pid: i32,
    /// A CPU id, one of the codes `CPU_ANY` and `CPU_PICK_IDLE`, or a domain: see `CPU_DOMAIN`. A CPU or
    /// domain that the task may not use is replaced by the shared queue, and counted as bounced.
    pub cpu: i32,
    /// Time slice, ns; 0: the default. Cut to the maximum of the options.
    pub slice_ns: u64,
    /// Its place on the queue: smallest first (compared as a difference, so it may wrap).
    pub vtime: u64,
    /// Bits such as `DECISION_PREEMPT`; an unknown one makes the decision refused.
    pub flags: u64,
    /// The `seq` of the record. A decision for an older parking is stale: counted, harmless.
    pub seq: u64,
    /// A lease: for this long the kernel side repeats this decision whenever the task wants to run,
    /// without a record; ns, at most `LEASE_MAX_NS` (1 s). 0: no limit of its own, if `lease_count` is set.
    pub lease_ns: u64,
    /// How often it is repeated at most; 0: no limit of its own, if `lease_ns` is set. Both 0: no lease.
    pub lease_count: u32,
    /// 0, or the decision is refused.
    pub reserved: u32,
}

/// A question for an idle CPU, and its answer.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CpuRequest {
    /// Thread id, in the initial PID namespace.
    pub pid: i32,
    /// The CPU to prefer; -1: the one that the task last ran on.
    pub prev_cpu: i32,
    /// The answer: a CPU id, or -EBUSY (no allowed CPU is idle), -ESRCH (no such
    /// task), -EINVAL (bad request).
    pub cpu: i32,
    /// Always 0, or the answer is -EINVAL.
    pub flags: u32,
}

/// Counters of a scheduler since it was loaded, and a few values of this moment.
///
/// Three sums are exact whenever nothing is in motion, always after detach:
/// queued = dispatched + rescued + gone + `in_flight`,
/// decisions = dispatched + stale + refused and
/// throttled = unthrottled + `throttled_left` + `throttled_now`.
//
// The kernel side has one of these for each CPU, and writes the counters from `queued` on; each is
// added to on its own CPU only. The library adds the CPUs up and fills in the rest. What is pinned
// may be of another build: so new counters come at the end, and are one word each.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Size of this struct in bytes, as its user was compiled.
    pub size: u32,
    /// CPUs that this machine can have.
    pub nr_cpus: u32,
    /// Tasks that are parked now.
    pub in_flight: u64,
    /// Tasks that wait for the quota of their cgroup now.
    pub throttled_now: u64,
    /// Tasks on the shared queue now.
    pub shared_waiting: u64,
    /// Tasks on the queues of single CPUs now.
    pub local_waiting: u64,
    /// Time since the agent last received or dispatched, ns.
    pub heartbeat_age_ns: u64,
    /// Records handed to the agent.
    pub received: u64,
    /// Decisions written.
    pub decisions: u64,
    /// Tasks parked, each with a record.
    pub queued: u64,
    /// Tasks that found the ring of records full, and were queued by BPF alone, without a record.
    pub congested: u64,
    /// Parked tasks moved by their decision.
    pub dispatched: u64,
    /// Parked tasks run by the kernel side since their decision was late.
    pub rescued: u64,
    /// Parked tasks that left by themselves: affinity, class or cgroup changed, or killed.
    pub gone: u64,
    /// Decisions whose parking was already over, or whose task does not exist.
    pub stale: u64,
    /// Decisions that were malformed: bad pid, CPU code, flags or sequence.
    pub refused: u64,
    /// Decisions for a CPU that the task may not use: the shared queue instead (part of dispatched).
    pub bounced: u64,
    /// Tasks that found an idle CPU when they woke up, and ran there without a record.
    pub idle_direct: u64,
    /// Times that a thread of the agent, or one that traces it, was scheduled by BPF alone.
    pub agent_direct: u64,
    /// Times that a kernel thread was scheduled by BPF alone.
    pub kthread_direct: u64,
    /// Times that any other task was queued by BPF alone, in kernel mode.
    pub kernel_direct: u64,
    /// Idle CPUs that were kicked.
    pub kicks: u64,
    /// Times that a task preempted what ran on its CPU, by a decision or a lease.
    pub preempts: u64,
    /// Batches of decisions drained by a system call of the agent.
    pub flushes: u64,
    /// Batches of decisions drained by a CPU that looked for work (ops.dispatch).
    pub drains: u64,
    /// Moves that needed a second try, with a fresh iterator.
    pub move_retries: u64,
    /// Times that the agent was woken from its wait, by a record or the end of the batching window.
    pub agent_wakeups: u64,
    /// Times that rescue began after decisions had flowed: the agent fell behind.
    pub late_episodes: u64,
    /// Decided tasks that waited for half of the watchdog's time, and went ahead of their order.
    pub starved: u64,
    /// Decisions with a lease that were carried out (part of dispatched).
    pub leases_granted: u64,
    /// Times that a task was queued by its lease, without a record.
    pub lease_uses: u64,
    /// Leases that ended before their time: revoked, or the task's affinity or weight changed.
    pub revoked: u64,
    /// Times that a task of one CPU was scheduled by BPF alone (option).
    pub bound_direct: u64,
    /// Synchronous wake-ups that BPF alone sent to the waker's CPU (option).
    pub sync_direct: u64,
    /// Records for which the agent was left asleep, for the batching window (option).
    pub wakeups_deferred: u64,
    /// Times that a task which gave way to the agent, or to a higher class, went back to its place,
    /// without a record.
    pub resumed: u64,
    /// Times that a waker which was about to sleep was not preempted for the task that it woke.
    pub sync_spared: u64,
    /// Times that a task began to wait for the quota of its cgroup (cpu.max).
    pub throttled: u64,
    /// Of these: waits that ended since there was quota again, or the task could not wait on.
    pub unthrottled: u64,
    /// Of these: waits that were so long that the task ran for a moment without quota (part of unthrottled).
    pub touched: u64,
    /// Waits for quota that a task left by itself: affinity, class or cgroup changed, or killed.
    pub throttled_left: u64,
    /// Times that a task was stopped as it started to run, since its cgroup's quota was used up meanwhile.
    pub throttle_cuts: u64,
    /// Cgroups for which there was no room: they count as parts of their parents.
    pub cgroups_untracked: u64,
    /// Tasks that a CPU of another domain took, since it was idle or they came much earlier in order.
    pub stolen: u64,
    /// Tasks that woke up on an idle CPU of another domain: their own was full at several wake-ups in a row.
    pub left_crowded: u64,
    /// Records that said that a task has ended (option); no part of queued.
    pub ends_told: u64,
    /// Tasks whose end was not told, since the ring of records was full.
    pub ends_lost: u64,
    /// Times that the thread of the rounds began to run in another domain than before.
    pub agent_moved: u64,
}

/// A cgroup as the kernel side keeps it: its limit, and how its tasks waited for quota. A wait counts
/// in the group whose quota is used up, not in those below it.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CgroupInfo {
    /// Size of this struct in bytes, as its user was compiled.
    pub size: u32,
    /// Tasks that wait for its quota now.
    pub throttled_now: u32,
    /// Its id, as in records.
    pub id: u64,
    /// What cpu.max gives it for each period, ns; 0: it has no limit of its own.
    pub quota_ns: u64,
    /// Its period, ns.
    pub period_ns: u64,
    /// How much of the quota it may save up, ns.
    pub burst_ns: u64,
    /// Times that a task began to wait for its quota.
    pub throttled: u64,
    /// How long those waits were that have ended, summed up over tasks, ns.
    pub throttled_ns: u64,
}

/// A CPU that the machine can have, and where it is. Of an offline one only its node is known.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cpu {
    /// Its id.
    pub id: i32,
    /// 1 if it is online, else 0.
    pub online: u32,
    /// Its core, by the lowest id of the online CPUs that share it; -1: unknown.
    pub core: i32,
    /// Its last-level cache, by the lowest id of the online CPUs that share it; -1: unknown.
    pub cache: i32,
    /// Its NUMA node, as the kernel numbers it; -1: unknown.
    pub node: i32,
    /// Its socket (physical package), as the kernel numbers it; -1: unknown.
    pub socket: i32,
    /// How fast it is, beside the machine's fastest CPUs: 1 to `CPU_CAPACITY_MAX`; of an offline one 0.
    pub capacity: u32,
    /// 0.
    pub reserved: u32,
}

/// Which CPUs are near each other: each CPU is in one domain, and each domain has a CPU.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Domains {
    /// Size of this struct in bytes.
    pub size: u32,
    /// How many CPU ids this machine can have, at most `MAX_CPUS`.
    pub cpus: u32,
    /// How many domains there are, from 1 to `MAX_DOMAINS`. Their numbers begin at 0.
    pub domains: u32,
    /// 0.
    pub reserved: u32,
    /// The number of each CPU's domain, by the CPU's id.
    pub of_cpu: [u8; MAX_CPUS],
    /// For each domain 1 if it is closed: as long as a CPU of it runs tasks, tasks come and go only by
    /// decisions that name a CPU or a domain.
    pub closed: [u8; MAX_DOMAINS],
}
