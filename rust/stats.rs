use std::io;
use std::mem::size_of;
use std::os::fd::{AsRawFd, BorrowedFd};

use libbpf_rs::libbpf_sys;

use crate::bpf::CpuStats;
use crate::{Error, Result};

/// Counters of a scheduler since it was loaded.
///
/// Two sums are exact whenever nothing is in motion, always after detach:
/// `queued = dispatched + rescued + gone + in_flight` and
/// `decisions = dispatched + stale + refused`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Size of this struct in bytes, as its user was compiled.
    pub size: u32,
    /// CPUs that this machine can have.
    pub nr_cpus: u32,
    /// Tasks parked, each with a record.
    pub queued: u64,
    /// Tasks that found the ring of records full, and were queued by BPF alone.
    pub congested: u64,
    /// Records handed to the agent.
    pub received: u64,
    /// Parked tasks moved by their decision.
    pub dispatched: u64,
    /// Parked tasks run by the kernel side since their decision was late.
    pub rescued: u64,
    /// Parked tasks that left by themselves: affinity, class or cgroup changed, or killed.
    pub gone: u64,
    /// Tasks that are parked now.
    pub in_flight: u64,
    /// Decisions written.
    pub decisions: u64,
    /// Decisions whose parking was already over.
    pub stale: u64,
    /// Decisions that were malformed: bad pid, CPU code, flags or sequence.
    pub refused: u64,
    /// Dispatched to the shared queue, for the decision's CPU was not one that the task may use.
    pub bounced: u64,
    /// Tasks that found an idle CPU when they woke up.
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
    /// Batches of decisions drained from ops.dispatch.
    pub drains: u64,
    /// Moves that needed a second try.
    pub retries: u64,
    /// Times that the agent was woken from its wait by a record.
    pub agent_wakeups: u64,
    /// Times that rescue began after decisions had flowed: the agent fell behind.
    pub late: u64,
    /// Decided tasks that waited for half of the watchdog's time, and went ahead of their order.
    pub starved: u64,
    /// Decisions with a lease that were carried out (part of dispatched).
    pub leases: u64,
    /// Times that a task was queued by its lease, without a record.
    pub leased: u64,
    /// Leases that ended before their time: revoked, or the task's affinity or weight changed.
    pub revoked: u64,
    /// Times that a task of one CPU was scheduled by BPF alone (option).
    pub bound_direct: u64,
    /// Synchronous wake-ups that BPF alone sent to the waker's CPU (option).
    pub sync_direct: u64,
    /// Records for which the agent was left asleep, for the batching window (option).
    pub batched: u64,
    /// Times that a task which gave way to the agent went back to its place, without a record.
    pub resumed: u64,
    /// Times that a waker which was about to sleep was not preempted for the task that it woke.
    pub sync_spared: u64,
    /// Tasks on the shared queue now.
    pub shared_waiting: u64,
    /// Tasks on the queues of single CPUs now.
    pub local_waiting: u64,
    /// Time since the agent last received or dispatched, ns.
    pub heartbeat_age_ns: u64,
}

/// Reads the per-CPU counters, into a buffer made once.
#[derive(Debug)]
pub(crate) struct StatsReader {
    /// One value a CPU, in words; values of the map may be longer or shorter than ours.
    words: Vec<u64>,
    per_cpu: usize,
}

impl StatsReader {
    /// For a map whose values have so many bytes.
    pub(crate) fn new(value_bytes: usize) -> Result<Self> {
        let cpus = libbpf_rs::num_possible_cpus()
            .map_err(|err| Error::libbpf("count the possible CPUs", &err, ""))?;
        let per_cpu = value_bytes.div_ceil(size_of::<u64>());
        Ok(Self {
            words: vec![0; cpus * per_cpu],
            per_cpu,
        })
    }

    /// Sums the counters of all CPUs. Allocates nothing.
    pub(crate) fn read(&mut self, map: BorrowedFd<'_>) -> Result<Stats> {
        let key = 0u32;
        // SAFETY: the kernel writes one value per possible CPU, each a multiple of 8
        // bytes long, which is what the buffer has room for.
        let ret = unsafe {
            libbpf_sys::bpf_map_lookup_elem(
                map.as_raw_fd(),
                std::ptr::from_ref(&key).cast(),
                self.words.as_mut_ptr().cast(),
            )
        };
        if ret < 0 {
            let err = io::Error::from_raw_os_error(-ret);
            return Err(Error::kernel("read the statistics", &err));
        }
        let mut sum = Stats {
            size: size_of::<Stats>() as u32,
            nr_cpus: (self.words.len() / self.per_cpu.max(1)) as u32,
            ..Stats::default()
        };
        for words in self.words.chunks_exact(self.per_cpu.max(1)) {
            let cpu = counters(words);
            sum.queued += cpu.queued;
            sum.congested += cpu.congested;
            sum.dispatched += cpu.dispatched;
            sum.rescued += cpu.rescued;
            sum.gone += cpu.gone;
            sum.stale += cpu.stale;
            sum.refused += cpu.refused;
            sum.bounced += cpu.bounced;
            sum.idle_direct += cpu.idle_direct;
            sum.agent_direct += cpu.agent_direct;
            sum.kthread_direct += cpu.kthread_direct;
            sum.kernel_direct += cpu.kernel_direct;
            sum.kicks += cpu.kicks;
            sum.preempts += cpu.preempts;
            sum.flushes += cpu.flushes;
            sum.drains += cpu.drains;
            sum.retries += cpu.retries;
            sum.agent_wakeups += cpu.agent_wakeups;
            sum.late += cpu.late;
            sum.starved += cpu.starved;
            sum.leases += cpu.leases;
            sum.leased += cpu.leased;
            sum.revoked += cpu.revoked;
            sum.bound_direct += cpu.bound_direct;
            sum.sync_direct += cpu.sync_direct;
            sum.batched += cpu.batched;
            sum.resumed += cpu.resumed;
            sum.sync_spared += cpu.sync_spared;
        }
        Ok(sum)
    }
}

/// One CPU's counters; those that an older kernel side lacks are 0.
fn counters(words: &[u64]) -> CpuStats {
    let mut cpu = CpuStats::default();
    let known = words.len().min(size_of::<CpuStats>() / size_of::<u64>());
    // SAFETY: CpuStats is nothing but counters of 8 bytes, and both have `known` of them.
    unsafe {
        std::ptr::copy_nonoverlapping(
            words.as_ptr(),
            std::ptr::from_mut(&mut cpu).cast::<u64>(),
            known,
        );
    }
    cpu
}
