//! How many rings of records there are, how large each is, and how they are made.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::ptr;

use libbpf_rs::libbpf_sys;

use crate::kernel_side::MAX_RINGS;
use crate::mapping::page_size;

/// A ring has room for so many bytes at least, about 500 records, where there are several: with a few
/// records each, CPUs that are busy for a moment would fill theirs while others are empty.
const RING_MIN: u32 = 64 << 10;

/// The pins of the rings after the first one.
pub(crate) const MORE_RINGS: [&str; MAX_RINGS - 1] = [
    "queued1", "queued2", "queued3", "queued4", "queued5", "queued6", "queued7",
];

/// The rings of records of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rings {
    pub(crate) count: u32,
    /// Of each. A power of two, as the kernel wants it.
    pub(crate) bytes: u32,
}

impl Rings {
    /// One for each queue PARK, of `bytes`, a power of two, in all; fewer if they would be too small.
    pub(crate) fn new(parks: u32, bytes: u32) -> Self {
        let min = RING_MIN.max(page_size() as u32);
        let share = |count: u32| match bytes / count {
            0 => 0,
            share => 1 << share.ilog2(),
        };
        let count = (2..=parks.min(MAX_RINGS as u32))
            .rev()
            .find(|&count| share(count) >= min)
            .unwrap_or(1);
        Self {
            count,
            bytes: share(count),
        }
    }

    /// The ring of a PARK. Neighbours share one.
    pub(crate) fn of_park(self, park: u32, parks: u32) -> u8 {
        (park * self.count / parks) as u8
    }

    /// Makes those after the first one, and puts all into the kernel side's table of them.
    pub(crate) fn make(
        self,
        first: BorrowedFd<'_>,
        table: BorrowedFd<'_>,
    ) -> io::Result<Vec<OwnedFd>> {
        if self.count < 2 {
            return Ok(Vec::new());
        }
        put(table, 0, first.as_raw_fd())?;
        (1..self.count)
            .map(|n| {
                let ring = self.make_one()?;
                put(table, n, ring.as_raw_fd())?;
                Ok(ring)
            })
            .collect()
    }

    fn make_one(self) -> io::Result<OwnedFd> {
        // SAFETY: the name is a string, and there are no options.
        let fd = unsafe {
            libbpf_sys::bpf_map_create(
                libbpf_sys::BPF_MAP_TYPE_RINGBUF,
                c"queued".as_ptr(),
                0,
                0,
                self.bytes,
                ptr::null(),
            )
        };
        if fd < 0 {
            return Err(io::Error::from_raw_os_error(-fd));
        }
        // SAFETY: the descriptor is new and ours alone.
        Ok(unsafe { OwnedFd::from_raw_fd(fd) })
    }
}

fn put(table: BorrowedFd<'_>, n: u32, ring: i32) -> io::Result<()> {
    // SAFETY: key and value are read from locals.
    let ret = unsafe {
        libbpf_sys::bpf_map_update_elem(
            table.as_raw_fd(),
            ptr::from_ref(&n).cast(),
            ptr::from_ref(&ring).cast(),
            0,
        )
    };
    match ret {
        0 => Ok(()),
        ret => Err(io::Error::from_raw_os_error(-ret)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ring_for_each_park_of_a_power_of_two() {
        let rings = |count, bytes| Rings { count, bytes };
        assert_eq!(Rings::new(1, 1 << 20), rings(1, 1 << 20));
        assert_eq!(Rings::new(2, 1 << 20), rings(2, 1 << 19));
        assert_eq!(Rings::new(3, 1 << 20), rings(3, 1 << 18));
        assert_eq!(Rings::new(8, 1 << 20), rings(8, 1 << 17));
        assert_eq!(Rings::new(200, 1 << 26), rings(8, 1 << 23));
    }

    #[test]
    fn none_is_too_small() {
        let min = RING_MIN.max(page_size() as u32);
        for parks in 1..=8 {
            let rings = Rings::new(parks, 2 * min);
            assert_eq!(rings.count, parks.min(2), "{parks}");
            assert_eq!(rings.bytes, 2 * min / rings.count);
            let small = Rings::new(parks, page_size() as u32);
            assert_eq!((small.count, small.bytes), (1, page_size() as u32));
        }
    }

    #[test]
    fn parks_that_are_neighbours_share_a_ring() {
        let rings = Rings { count: 2, bytes: 0 };
        let of_parks: Vec<u8> = (0..5).map(|park| rings.of_park(park, 5)).collect();
        assert_eq!(of_parks, [0, 0, 0, 1, 1]);
    }
}
