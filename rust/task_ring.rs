//! The reader of the ring buffer `queued`.
//!
//! Layout, from the kernel's documentation of `BPF_MAP_TYPE_RINGBUF`: a page
//! with the consumer's position, which the reader may write; a page with the
//! producer's; then the data, mapped twice in a row so that a record that wraps
//! around is contiguous. A record has an 8-byte header whose first word is the
//! length, with two flag bits, and is aligned to 8.
//!
//! Why not libbpf's reader: it calls back once per record, while one call here
//! copies a batch straight into the caller's array.

use std::mem::size_of;
use std::os::fd::BorrowedFd;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::mapping::{page_size, Mapping};
use crate::{Result, Task};

pub(crate) const HEADER: usize = 8;
const BUSY: u32 = 1 << 31;
const DISCARDED: u32 = 1 << 30;

/// Reader of the records; only one may read at a time.
#[derive(Debug)]
pub(crate) struct TaskRing {
    consumer: Mapping,
    producer_and_data: Mapping,
    mask: u64,
}

impl TaskRing {
    pub(crate) fn new(map: BorrowedFd<'_>, size: u32, lock: bool) -> Result<Self> {
        let page = page_size();
        let data = 2 * size as usize;
        Ok(Self {
            consumer: Mapping::new(map, "the ring of records", 0, page, true, lock)?,
            producer_and_data: Mapping::new(
                map,
                "the ring of records",
                page,
                page + data,
                false,
                lock,
            )?,
            mask: u64::from(size) - 1,
        })
    }

    fn consumer_pos(&self) -> &AtomicU64 {
        // SAFETY: the page begins with the position, aligned, and lives as long as self.
        unsafe { &*self.consumer.at(0).cast::<AtomicU64>() }
    }

    fn producer_pos(&self) -> &AtomicU64 {
        // SAFETY: as above; the kernel writes it atomically.
        unsafe { &*self.producer_and_data.at(0).cast::<AtomicU64>() }
    }

    /// Whether there are any records, even unfinished or discarded ones.
    pub(crate) fn has_records(&self) -> bool {
        self.producer_pos().load(Ordering::Acquire) != self.consumer_pos().load(Ordering::Relaxed)
    }

    /// Copies the records that are there, as many as fit; returns how many.
    pub(crate) fn read(&self, tasks: &mut [Task]) -> usize {
        let mut pos = self.consumer_pos().load(Ordering::Relaxed);
        let end = self.producer_pos().load(Ordering::Acquire);
        let mut count = 0;

        while pos < end && count < tasks.len() {
            let record = self
                .producer_and_data
                .at(page_size() + (pos & self.mask) as usize);
            // SAFETY: records are aligned to 8 and begin with the header's atomic word.
            let len = unsafe { &*record.cast::<AtomicU32>() }.load(Ordering::Acquire);
            if len & BUSY != 0 {
                // Being written; what follows it waits too, to keep the order.
                break;
            }
            let size = (len & !(BUSY | DISCARDED)) as usize;
            if len & DISCARDED == 0 && size == size_of::<Task>() {
                // SAFETY: the record is complete (acquired above), has the size of a Task,
                // any bit pattern is a Task, and the double mapping makes it contiguous.
                tasks[count] = unsafe { record.add(HEADER).cast::<Task>().read() };
                count += 1;
            }
            pos += (size + HEADER).next_multiple_of(8) as u64;
        }
        // After the copies: this frees the room for the kernel.
        self.consumer_pos().store(pos, Ordering::Release);
        count
    }
}
