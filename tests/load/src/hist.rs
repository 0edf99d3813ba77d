// SPDX-License-Identifier: Apache-2.0
//! A log-linear histogram of fixed size: 32 linear steps per power of two, so a percentile is at
//! most 1/32 (3.2 %) above the true value. Plain data, so it can live in shared memory.

use crate::json::Obj;
use crate::shm::Plain;

const SUB_BITS: u32 = 5;
const SUB: usize = 1 << SUB_BITS;
/// Values of 2^TOP_BITS ns (18 minutes) and more share the last bucket; the maximum stays exact.
const TOP_BITS: u32 = 40;
const BUCKETS: usize = (TOP_BITS - SUB_BITS + 1) as usize * SUB;

/// Counts of values, in nanoseconds.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct Hist {
    counts: [u64; BUCKETS],
    total: u64,
    sum: u64,
    max: u64,
}

// SAFETY: integers only: every bit pattern, zero included, is a valid histogram.
unsafe impl Plain for Hist {}

fn bucket(value: u64) -> usize {
    if value < SUB as u64 {
        return value as usize;
    }
    let exponent = 63 - value.leading_zeros();
    let shift = exponent - SUB_BITS;
    let step = (value >> shift) as usize & (SUB - 1);
    (((shift + 1) as usize) * SUB + step).min(BUCKETS - 1)
}

/// The largest value that falls into bucket `index`.
fn upper(index: usize) -> u64 {
    if index < SUB {
        return index as u64;
    }
    let shift = index / SUB - 1;
    (((SUB + index % SUB + 1) as u64) << shift) - 1
}

impl Hist {
    /// An empty histogram.
    pub const fn new() -> Self {
        Hist {
            counts: [0; BUCKETS],
            total: 0,
            sum: 0,
            max: 0,
        }
    }

    /// Counts one value.
    pub fn record(&mut self, ns: u64) {
        self.counts[bucket(ns)] += 1;
        self.total += 1;
        self.sum = self.sum.saturating_add(ns);
        self.max = self.max.max(ns);
    }

    /// Adds all of `other`.
    pub fn merge(&mut self, other: &Hist) {
        for (mine, theirs) in self.counts.iter_mut().zip(other.counts.iter()) {
            *mine += theirs;
        }
        self.total += other.total;
        self.sum = self.sum.saturating_add(other.sum);
        self.max = self.max.max(other.max);
    }

    /// How many values were recorded.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The sum of all values.
    pub fn sum(&self) -> u64 {
        self.sum
    }

    /// The value that `percent` of all values do not exceed (rounded up by at most 1/32); 0 if empty.
    pub fn percentile(&self, percent: f64) -> u64 {
        let rank = ((self.total as f64 * percent / 100.0).ceil() as u64).max(1);
        let mut seen = 0;
        for (index, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank {
                // The last bucket has no upper bound of its own.
                let bound = if index == BUCKETS - 1 {
                    self.max
                } else {
                    upper(index)
                };
                return bound.min(self.max);
            }
        }
        self.max
    }

    /// Adds `<prefix>_p50_us`, `_p90_us`, `_p99_us` and `_max_us` to `obj`.
    pub fn describe(&self, obj: &mut Obj, prefix: &str) {
        for percent in [50.0, 90.0, 99.0] {
            obj.us(&format!("{prefix}_p{percent}_us"), self.percentile(percent));
        }
        obj.us(&format!("{prefix}_max_us"), self.max);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Rng;

    #[test]
    fn buckets_are_contiguous_and_ordered() {
        let mut last = 0;
        for index in 0..BUCKETS - 1 {
            assert_eq!(bucket(upper(index)), index);
            assert_eq!(bucket(upper(index) + 1), index + 1);
            assert!(index == 0 || upper(index) > last);
            last = upper(index);
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
    }

    #[test]
    fn small_values_are_exact() {
        let mut h = Hist::new();
        (0..32).for_each(|v| h.record(v));
        assert_eq!(h.percentile(50.0), 15);
        assert_eq!(h.percentile(100.0), 31);
        assert_eq!((h.total(), h.max, h.sum()), (32, 31, 496));
    }

    #[test]
    fn percentiles_agree_with_sorting() {
        let mut rng = Rng::new(7);
        let mut h = Hist::new();
        let mut all: Vec<u64> = (0..10_000)
            .map(|_| rng.below(1 << (1 + rng_bits(&mut Rng::new(3)))))
            .collect();
        for v in all.iter_mut() {
            *v = v.wrapping_mul(977) % 50_000_000;
            h.record(*v);
        }
        all.sort_unstable();
        for percent in [1.0, 50.0, 90.0, 99.0, 99.9, 100.0] {
            let exact = all[((all.len() as f64 * percent / 100.0).ceil() as usize).max(1) - 1];
            let got = h.percentile(percent);
            assert!(
                got >= exact && got <= exact + exact / 32 + 1,
                "p{percent}: {got} against {exact}"
            );
        }
    }

    fn rng_bits(rng: &mut Rng) -> u64 {
        20 + rng.below(8)
    }

    #[test]
    fn empty_and_huge() {
        let mut h = Hist::new();
        assert_eq!((h.percentile(99.0), h.max, h.total()), (0, 0, 0));
        h.record(u64::MAX);
        assert_eq!(
            (h.percentile(50.0), h.max, h.sum()),
            (u64::MAX, u64::MAX, u64::MAX)
        );
    }

    #[test]
    fn merge_is_the_same_as_recording_all() {
        let (mut a, mut b, mut both) = (Hist::new(), Hist::new(), Hist::new());
        for v in 0..1000u64 {
            if v % 3 == 0 {
                a.record(v * v)
            } else {
                b.record(v * v)
            }
            both.record(v * v);
        }
        a.merge(&b);
        assert_eq!(a.counts, both.counts);
        assert_eq!((a.total, a.sum, a.max), (both.total, both.sum, both.max));
    }
}
