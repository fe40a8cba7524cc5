//! Random draws in whole numbers: SplitMix64 (Steele, Lea, Flood 2014), so that a seed gives the same draws on every
//! platform. Every table draws from a stream of its own; a change to one of them leaves the others as they were.

use std::cell::Cell;

/// A stream of draws; it is shared while an expression draws more than once.
pub struct Rng(Cell<u64>);

impl Rng {
    /// The stream that belongs to `name` (hashed by FNV-1a) under `seed`.
    pub fn stream(seed: u64, name: &str) -> Self {
        let hash = name
            .bytes()
            .fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3));
        Self(Cell::new(seed ^ hash))
    }

    fn next(&self) -> u64 {
        let mut z = self.0.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.0.set(z);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A whole number from 0 up to, but without, `n`.
    pub fn below(&self, n: usize) -> usize {
        ((u128::from(self.next()) * n as u128) >> 64) as usize
    }

    /// A whole number from `low` to `high`, both included.
    pub fn between(&self, low: i64, high: i64) -> i64 {
        assert!(low <= high, "nothing lies between {low} and {high}");
        low + self.below((high - low + 1) as usize) as i64
    }

    /// A whole number from `low` to `high` that is more often near the middle: the mean of three uniform draws.
    pub fn bell(&self, low: i64, high: i64) -> i64 {
        (self.between(low, high) + self.between(low, high) + self.between(low, high)) / 3
    }

    /// True in `per_mille` of 1,000 draws.
    pub fn chance(&self, per_mille: i64) -> bool {
        self.between(0, 999) < per_mille
    }

    /// One of `items`, each as likely as the others.
    pub fn pick<T: Copy>(&self, items: &[T]) -> T {
        items[self.below(items.len())]
    }

    /// An index into `weights`, as often as its weight says.
    pub fn weighted(&self, weights: &[u32]) -> usize {
        let total: usize = weights.iter().map(|&weight| weight as usize).sum();
        let mut left = self.below(total);
        for (index, &weight) in weights.iter().enumerate() {
            if left < weight as usize {
                return index;
            }
            left -= weight as usize;
        }
        weights.len() - 1
    }
}
