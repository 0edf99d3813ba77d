//! The reader of the rings of records.
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
use std::os::fd::{AsRawFd, BorrowedFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::mapping::{page_size, Mapping};
use crate::{Error, Result, Task};

pub(crate) const HEADER: usize = 8;
const BUSY: u32 = 1 << 31;
const DISCARDED: u32 = 1 << 30;

/// Reader of a ring of records; only one may read at a time.
#[derive(Debug)]
pub(crate) struct TaskRing {
    consumer: Mapping,
    producer_and_data: Mapping,
    mask: u64,
    /// For those who wait for it.
    map: OwnedFd,
}

impl TaskRing {
    pub(crate) fn new(map: BorrowedFd<'_>, size: u32, lock: bool) -> Result<Self> {
        let page = page_size();
        let data = 2 * size as usize;
        let own = map
            .try_clone_to_owned()
            .map_err(|err| Error::kernel("open the ring of records", &err))?;
        Ok(Self {
            map: own,
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

    /// The descriptor that shows readers when there are records. It lives as long as self.
    pub(crate) fn raw_fd(&self) -> RawFd {
        self.map.as_raw_fd()
    }

    /// Copies the records that are there, as many as fit; returns how many.
    pub(crate) fn read(&self, tasks: &mut [Task]) -> usize {
        let mut unread = self.unread();
        let mut count = 0;

        for to in tasks {
            let Some(record) = unread.first() else {
                break;
            };
            *to = *record;
            unread.step();
            count += 1;
        }
        unread.end();
        count
    }

    /// The records that are there now.
    pub(crate) fn unread(&self) -> Unread<'_> {
        Unread {
            ring: self,
            pos: self.consumer_pos().load(Ordering::Relaxed),
            end: self.producer_pos().load(Ordering::Acquire),
        }
    }
}

/// The records that a ring had at some moment, and which of them are taken.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unread<'a> {
    ring: &'a TaskRing,
    pos: u64,
    end: u64,
}

impl Unread<'_> {
    /// The first record, if it is complete. What follows one that is being written waits too, to keep the
    /// order.
    #[inline]
    pub(crate) fn first(&mut self) -> Option<&Task> {
        while self.pos < self.end {
            let offset = page_size() + (self.pos & self.ring.mask) as usize;
            let record = self.ring.producer_and_data.at(offset);
            // SAFETY: records are aligned to 8 and begin with the header's atomic word.
            let len = unsafe { &*record.cast::<AtomicU32>() }.load(Ordering::Acquire);
            if len as usize == size_of::<Task>() {
                // SAFETY: the record is complete (acquired above), has the size of a Task, any bit
                // pattern is a Task, and the double mapping makes it contiguous. The kernel does not
                // touch it before `end`.
                return Some(unsafe { &*record.wrapping_add(HEADER).cast::<Task>() });
            }
            if len & BUSY != 0 {
                return None;
            }
            // Discarded, or of a size that we don't know.
            self.pos += room_of((len & !DISCARDED) as usize);
        }
        None
    }

    /// Takes the first record, which [`Self::first`] has just returned.
    #[inline]
    pub(crate) fn step(&mut self) {
        self.pos += room_of(size_of::<Task>());
    }

    /// Frees the room of what was taken for the kernel.
    pub(crate) fn end(self) {
        self.ring.consumer_pos().store(self.pos, Ordering::Release);
    }
}

/// What a record of this size takes in the ring.
const fn room_of(size: usize) -> u64 {
    (size + HEADER).next_multiple_of(8) as u64
}
