// SPDX-License-Identifier: Apache-2.0
//! xorshift64*: small, fast, repeatable from a printed seed.

/// The generator.
pub struct Rng(u64);

impl Rng {
    /// A generator; equal seeds give equal sequences.
    pub fn new(seed: u64) -> Self {
        // Spreads similar seeds apart, and avoids zero, which xorshift never leaves.
        let mixed = (seed ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        Rng(if mixed == 0 { 1 } else { mixed })
    }

    /// The next 64 bits.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number in `0..n`; 0 if `n` is 0.
    pub fn below(&mut self, n: u64) -> u64 {
        // The slight bias towards small numbers does not matter here.
        (self.next() >> 11).checked_rem(n).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeatable_and_spread() {
        let (mut a, mut b, mut c) = (Rng::new(1), Rng::new(1), Rng::new(2));
        assert!((0..100).all(|_| a.next() == b.next()));
        assert_ne!(a.next(), c.next());
        let mut seen = [0u32; 7];
        (0..7000).for_each(|_| seen[a.below(7) as usize] += 1);
        assert!(seen.iter().all(|n| (800..1200).contains(n)), "{seen:?}");
        assert_eq!(a.below(0), 0);
        assert_ne!(Rng::new(0x9e37_79b9_7f4a_7c15).next(), 0);
    }
}
