//! Decisions and the writer of the user ring buffer `decisions`.

use std::mem::size_of;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::memory::{page_size, Mapping};
use crate::ring::HEADER;
use crate::{Result, Task};

/// What to do with a parked task.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Decision {
    /// Thread id of the record.
    pub pid: i32,
    /// A CPU id, or one of the codes `CPU_ANY` and `CPU_PICK_IDLE`. A CPU that the task may not
    /// use is replaced by the shared queue, and counted as bounced.
    pub cpu: i32,
    /// Time slice, ns; 0: the default. Cut to the maximum of the options.
    pub slice_ns: u64,
    /// Its place on the queue: smallest first (compared as a difference, so it may wrap).
    pub vtime: u64,
    /// `DECISION_*`; an unknown flag makes the decision refused.
    pub flags: u64,
    /// The `seq` of the record. A decision for an older parking is stale: counted, harmless.
    pub seq: u64,
    /// A lease: for so long the kernel side repeats this decision whenever the task wants to run,
    /// without a record; ns, at most `LEASE_MAX_NS` (1 s). 0: no limit of its own, if `lease_count` is set.
    pub lease_ns: u64,
    /// How often it is repeated at most; 0: no limit of its own, if `lease_ns` is set. Both 0: no lease.
    pub lease_count: u32,
    /// 0, or the decision is refused.
    pub reserved: u32,
}

/// No lease lasts longer, ns.
pub const LEASE_MAX_NS: u64 = 1_000_000_000;

/// Shared queue: the first CPU that is free takes the task, in the order of vtime.
pub const CPU_ANY: i32 = -1;
/// The kernel side picks an idle CPU while it moves the task; none idle: shared queue.
pub const CPU_PICK_IDLE: i32 = -2;
/// Run now, preempting what runs on the CPU (with `CPU_ANY`: where the task last ran).
pub const DECISION_PREEMPT: u64 = 1;
/// As `DECISION_PREEMPT`, but only if what runs there comes later in order: if its vtime, with its
/// CPU time since then × 100 / weight added, is greater than this one's, by 1 ms at least. Vtimes
/// must be ns for that. The CPU of the flush is about to be free, and so needs no preemption.
pub const DECISION_PREEMPT_LATER: u64 = 2;

impl Decision {
    /// A decision for `task` on `cpu`, with the default slice and the task's own vtime.
    pub fn new(task: &Task, cpu: i32) -> Self {
        Self {
            pid: task.pid,
            cpu,
            vtime: task.vtime,
            seq: task.seq,
            ..Self::default()
        }
    }
}

/// What one decision takes in the ring.
const SAMPLE: u64 = (HEADER + size_of::<Decision>()) as u64;

/// Writer of the decisions; only one may write at a time.
///
/// Layout, from the kernel's documentation of `BPF_MAP_TYPE_USER_RINGBUF`: as
/// the ring of records, with the roles swapped. A batch is written first and
/// published by one store of the producer's position.
#[derive(Debug)]
pub(crate) struct DecisionRing {
    consumer: Mapping,
    producer_and_data: Mapping,
    size: u64,
}

impl DecisionRing {
    pub(crate) fn new(map: BorrowedFd<'_>, size: u32, lock: bool) -> Result<Self> {
        let page = page_size();
        let data = 2 * size as usize;
        Ok(Self {
            consumer: Mapping::new(map, "the ring of decisions", 0, page, false, lock)?,
            producer_and_data: Mapping::new(
                map,
                "the ring of decisions",
                page,
                page + data,
                true,
                lock,
            )?,
            size: u64::from(size),
        })
    }

    fn consumer_pos(&self) -> &AtomicU64 {
        // SAFETY: the page begins with the position, aligned, and lives as long as self.
        unsafe { &*self.consumer.at(0).cast::<AtomicU64>() }
    }

    fn producer_pos(&self) -> &AtomicU64 {
        // SAFETY: as above.
        unsafe { &*self.producer_and_data.at(0).cast::<AtomicU64>() }
    }

    /// Decisions ever written: all samples have one size, so the position tells.
    pub(crate) fn written(&self) -> u64 {
        self.producer_pos().load(Ordering::Relaxed) / SAMPLE
    }

    /// How many decisions fit now.
    pub(crate) fn room(&self) -> usize {
        let used = self.producer_pos().load(Ordering::Relaxed)
            - self.consumer_pos().load(Ordering::Acquire);
        (self.size.saturating_sub(used) / SAMPLE) as usize
    }

    /// Whether the kernel side has taken everything.
    pub(crate) fn is_drained(&self) -> bool {
        self.consumer_pos().load(Ordering::Acquire) == self.producer_pos().load(Ordering::Relaxed)
    }

    /// Writes as many as fit and publishes them; returns how many.
    pub(crate) fn write(&self, decisions: &[Decision]) -> usize {
        let count = decisions.len().min(self.room());
        let mut pos = self.producer_pos().load(Ordering::Relaxed);
        for decision in &decisions[..count] {
            let sample = self
                .producer_and_data
                .at(page_size() + (pos & (self.size - 1)) as usize);
            // SAFETY: the room was checked, the double mapping makes the sample
            // contiguous, and the kernel does not look at it before it is published.
            unsafe {
                (*sample.cast::<AtomicU32>())
                    .store(size_of::<Decision>() as u32, Ordering::Relaxed);
                sample.add(HEADER).cast::<Decision>().write(*decision);
            }
            pos += SAMPLE;
        }
        self.producer_pos().store(pos, Ordering::Release);
        count
    }
}
