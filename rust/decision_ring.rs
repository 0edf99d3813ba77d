//! The writer of the user ring buffer `decisions`.

use std::mem::size_of;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::mapping::{page_size, Mapping};
use crate::task_ring::HEADER;
use crate::{Decision, Result};

/// Size of one decision in the ring.
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
