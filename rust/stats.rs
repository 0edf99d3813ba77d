use std::io;
use std::mem::{offset_of, size_of};
use std::os::fd::{AsRawFd, BorrowedFd};

use libbpf_rs::libbpf_sys;

use crate::{Error, Result, Stats};

/// The first word of [`Stats`] that the kernel side counts.
const FIRST_COUNTER: usize = offset_of!(Stats, queued) / size_of::<u64>();

/// Reads the per-CPU counters, into a buffer made once.
#[derive(Debug)]
pub(crate) struct StatsReader {
    /// One value per CPU, in words; values of the map may be longer or shorter than ours.
    words: Vec<u64>,
    per_cpu: usize,
}

impl StatsReader {
    /// For a map whose values have this many bytes.
    pub(crate) fn new(value_bytes: usize) -> Result<Self> {
        let cpus = libbpf_rs::num_possible_cpus()
            .map_err(|err| Error::libbpf("count the possible CPUs", &err, ""))?;
        let per_cpu = value_bytes.div_ceil(size_of::<u64>()).max(1);
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
            nr_cpus: (self.words.len() / self.per_cpu) as u32,
            ..Stats::default()
        };
        for cpu in self.words.chunks_exact(self.per_cpu) {
            add_counters(&mut sum, cpu);
        }
        Ok(sum)
    }
}

/// Adds one CPU's counters. Counters that an older kernel side lacks stay as they are; those that only a
/// newer one has are left out.
fn add_counters(sum: &mut Stats, cpu: &[u64]) {
    // SAFETY: from FIRST_COUNTER on Stats is nothing but counters of 8 bytes, and that many are left.
    let counters = unsafe {
        std::slice::from_raw_parts_mut(
            std::ptr::from_mut(sum).cast::<u64>().add(FIRST_COUNTER),
            size_of::<Stats>() / size_of::<u64>() - FIRST_COUNTER,
        )
    };
    for (sum, counter) in counters.iter_mut().zip(cpu.iter().skip(FIRST_COUNTER)) {
        *sum += counter;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_of_all_cpus_are_added_up_by_their_places() {
        let words = size_of::<Stats>() / size_of::<u64>();
        let cpu: Vec<u64> = (0..words as u64).collect();
        let mut sum = Stats::default();
        add_counters(&mut sum, &cpu);
        add_counters(&mut sum, &cpu);
        assert_eq!(sum.queued, 2 * FIRST_COUNTER as u64);
        assert_eq!(
            sum.sync_spared,
            2 * (offset_of!(Stats, sync_spared) / 8) as u64
        );
        // The kernel side does not set the fields that the library fills in.
        assert_eq!((sum.decisions, sum.received, sum.in_flight), (0, 0, 0));
    }

    #[test]
    fn a_kernel_side_with_fewer_or_more_counters_is_understood() {
        let mut sum = Stats::default();
        add_counters(&mut sum, &[1; FIRST_COUNTER + 2]);
        assert_eq!((sum.queued, sum.congested, sum.dispatched), (1, 1, 0));
        add_counters(&mut sum, &[1; 200]);
        assert_eq!((sum.queued, sum.dispatched, sum.sync_spared), (2, 1, 1));
    }
}
