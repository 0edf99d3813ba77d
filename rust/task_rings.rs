//! All rings of records, read as if they were one.
//!
//! CPUs that are far apart have rings of their own (rust/bpf/rings.bpf.h). The reader takes the oldest
//! record first, whichever ring it is in. So records come in the order of time as far as they are there
//! when it looks, a busy ring does not keep others waiting, and those of one task are in order: they are in
//! one ring, unless the agent had read those of the ring before.

use std::array;
use std::os::fd::{BorrowedFd, RawFd};

use crate::kernel_side::MAX_RINGS;
use crate::task_ring::{TaskRing, Unread};
use crate::{Result, Task};

/// Reader of all records; only one may read at a time.
#[derive(Debug)]
pub(crate) struct TaskRings {
    rings: Box<[TaskRing]>,
}

impl TaskRings {
    /// At most [`MAX_RINGS`], of `bytes` each.
    pub(crate) fn new<'a>(
        maps: impl Iterator<Item = BorrowedFd<'a>>,
        bytes: u32,
        lock: bool,
    ) -> Result<Self> {
        let rings: Result<Vec<TaskRing>> = maps
            .take(MAX_RINGS)
            .map(|map| TaskRing::new(map, bytes, lock))
            .collect();
        Ok(Self {
            rings: rings?.into(),
        })
    }

    /// Whether there are any records, even unfinished or discarded ones.
    pub(crate) fn has_records(&self) -> bool {
        self.rings.iter().any(TaskRing::has_records)
    }

    /// The descriptors that show readers when there are records. They live as long as self.
    pub(crate) fn raw_fds(&self) -> impl Iterator<Item = RawFd> + '_ {
        self.rings.iter().map(TaskRing::raw_fd)
    }

    /// Copies the records that are there, as many as fit, the oldest first; returns how many.
    pub(crate) fn read(&self, tasks: &mut [Task]) -> usize {
        match &*self.rings {
            [only] => only.read(tasks),
            rings => read_by_age(rings, tasks),
        }
    }
}

fn read_by_age(rings: &[TaskRing], tasks: &mut [Task]) -> usize {
    let mut unread: [Option<Unread<'_>>; MAX_RINGS] =
        array::from_fn(|ring| rings.get(ring).map(TaskRing::unread));
    // When the first record of each was made.
    let mut ages: [Option<u64>; MAX_RINGS] =
        array::from_fn(|ring| unread[ring].as_mut().and_then(first_age));
    let mut count = 0;

    for to in tasks {
        let ready = ages.iter().enumerate();
        let oldest = ready
            .filter_map(|(ring, age)| age.map(|age| (age, ring)))
            .min();
        let Some((_, ring)) = oldest else {
            break;
        };
        if let Some(unread) = unread[ring].as_mut() {
            if let Some(record) = unread.first() {
                *to = *record;
                unread.step();
                count += 1;
            }
            ages[ring] = first_age(unread);
        }
    }
    for unread in unread.into_iter().flatten() {
        unread.end();
    }
    count
}

fn first_age(unread: &mut Unread<'_>) -> Option<u64> {
    unread.first().map(|record| record.ready_ts)
}
