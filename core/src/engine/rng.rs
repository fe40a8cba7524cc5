//! Keyed random numbers: a draw depends on (seed, key, counter) and on nothing else, so that a row draws the same number
//! wherever, whenever and in whatever order it is visited. The key, bytes or an integer, is hashed with the seed by XXH64
//! into a state; draw `i` is `mix(mix(state + i * G) ^ post)`, where `mix` is the finaliser of SplitMix64, `G` its odd
//! constant and `post = mix(!state)`. The second round keeps two streams apart whose states differ by a multiple of `G`.
//! All of it, distributions included, is integer arithmetic or [`super::math`]: the same bits on every platform.
//!
//! Sources: XXH64, Collet (specification at <https://github.com/Cyan4973/xxHash>); SplitMix64, Steele, Lea and Flood, "Fast
//! splittable pseudorandom number generators" (2014); bounded integers, Lemire, "Fast random integer generation in an
//! interval" (2019); Poisson, Hoermann, "The transformed rejection method for generating Poisson random variables" (1993).

use super::math;

const GOLDEN: u64 = 0x9e37_79b9_7f4a_7c15;

/// The finaliser of SplitMix64: a bijection of 64 bits that lets every input bit reach every output bit.
#[inline]
const fn mix(z: u64) -> u64 {
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A stream of random numbers that belongs to one seed and one key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyedRng {
    state: u64,
    post: u64,
    counter: u64,
}

impl KeyedRng {
    /// The stream of a key in bytes, such as a row's id.
    pub fn new(seed: u64, key: &[u8]) -> Self {
        Self::from_state(xxh64(key, seed))
    }

    /// The stream of an integer key: that of its eight little-endian bytes.
    #[inline]
    pub fn from_u64(seed: u64, key: u64) -> Self {
        Self::from_state(xxh64(&key.to_le_bytes(), seed))
    }

    #[inline]
    const fn from_state(state: u64) -> Self {
        Self { state, post: mix(!state), counter: 0 }
    }

    /// The same stream from draw number `counter` on. Replicates of a bootstrap take `counter = replicate`.
    #[inline]
    #[must_use]
    pub const fn at(mut self, counter: u64) -> Self {
        self.counter = counter;
        self
    }

    /// Draw number `counter`, without moving the stream.
    #[inline]
    pub const fn word(&self, counter: u64) -> u64 {
        mix(mix(self.state.wrapping_add(counter.wrapping_mul(GOLDEN))) ^ self.post)
    }

    /// The next 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        let word = self.word(self.counter);
        self.counter = self.counter.wrapping_add(1);
        word
    }

    /// Uniform in [0, 1): a multiple of 2^-53.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        const STEP: f64 = 1.0 / 9_007_199_254_740_992.0;
        (self.next_u64() >> 11) as f64 * STEP
    }

    /// Uniform in `0..n`, without bias; 0 when `n` is 0. Takes one draw, rarely more.
    #[inline]
    pub fn below(&mut self, n: u64) -> u64 {
        let mut product = u128::from(self.next_u64()) * u128::from(n);
        if (product as u64) < n {
            // 2^64 mod n of the low words stand for one result too many: draw those again.
            let surplus = n.wrapping_neg().checked_rem(n).unwrap_or(0);
            while (product as u64) < surplus {
                product = u128::from(self.next_u64()) * u128::from(n);
            }
        }
        (product >> 64) as u64
    }

    /// Poisson with mean 1, from exactly one draw: the weight of a row in a replicate of the Poisson bootstrap.
    #[inline]
    pub fn poisson1(&mut self) -> u32 {
        poisson1_of(self.next_u64())
    }

    /// Poisson with any mean; 0 for a mean of 0, below 0 or NaN. Above 2^40 the normal approximation is used, whose skewness
    /// is then off by less than 10^-6.
    pub fn poisson(&mut self, mean: f64) -> u64 {
        if mean.is_nan() || mean <= 0.0 {
            0
        } else if mean < 10.0 {
            self.poisson_by_inversion(mean)
        } else if mean <= 1_099_511_627_776.0 {
            self.poisson_by_rejection(mean)
        } else if mean == f64::INFINITY {
            u64::MAX
        } else {
            (mean + mean.sqrt() * self.normal() + 0.5) as u64
        }
    }

    /// Standard normal, by Marsaglia's polar method. The second value of each pair is not kept: a clone, or a stream set by
    /// [`KeyedRng::at`], has no hidden state.
    pub fn normal(&mut self) -> f64 {
        loop {
            let (u, v) = (2.0 * self.uniform() - 1.0, 2.0 * self.uniform() - 1.0);
            let s = u * u + v * v;
            if s > 0.0 && s < 1.0 {
                return u * (-2.0 * math::ln(s) / s).sqrt();
            }
        }
    }

    fn poisson_by_inversion(&mut self, mean: f64) -> u64 {
        let mut rest = self.uniform();
        let mut probability = math::exp(-mean);
        // 120 is beyond any quantile of 53 bits for a mean below 10; it stops a remainder left by rounding.
        for k in 0..120_u32 {
            if rest < probability {
                return u64::from(k);
            }
            rest -= probability;
            probability *= mean / f64::from(k + 1);
        }
        120
    }

    /// Hoermann's PTRS, for a mean of 10 or more.
    fn poisson_by_rejection(&mut self, mean: f64) -> u64 {
        let b = 0.931 + 2.53 * mean.sqrt();
        let a = -0.059 + 0.02483 * b;
        let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
        let squeeze = 0.9277 - 3.6224 / (b - 2.0);
        let ln_mean = math::ln(mean);
        loop {
            let u = self.uniform() - 0.5;
            let v = self.uniform();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
            if us >= 0.07 && v <= squeeze {
                return k as u64;
            }
            if k < 0.0 || (us < 0.013 && v > us) {
                continue;
            }
            let bound = k * ln_mean - mean - ln_factorial(k);
            if math::ln(v * inverse_alpha / (a / (us * us) + b)) <= bound {
                return k as u64;
            }
        }
    }
}

/// `floor(2^64 P(X <= k))` for X Poisson with mean 1: a word below entry k, and not below the one before, stands for k.
const POISSON1: [u64; 21] = [
    0x5e2d_58d8_b3bc_df1a,
    0xbc5a_b1b1_6779_be35,
    0xeb71_5e1d_c158_2dc2,
    0xfb23_9797_34a2_52f1,
    0xff10_25f5_9174_dc3d,
    0xffd9_0f3b_a405_5e19,
    0xfffa_8b71_fc72_c913,
    0xffff_540c_0914_b3c9,
    0xffff_ed1f_4aa8_f120,
    0xffff_fe21_6e64_1462,
    0xffff_ffd4_d85d_3183,
    0xffff_fffc_6da2_62b4,
    0xffff_ffff_ba12_d178,
    0xffff_ffff_fb07_c64c,
    0xffff_ffff_ffab_8ea5,
    0xffff_ffff_fffa_be22,
    0xffff_ffff_ffff_b11a,
    0xffff_ffff_ffff_fba1,
    0xffff_ffff_ffff_ffc5,
    0xffff_ffff_ffff_fffd,
    0xffff_ffff_ffff_ffff,
];

/// The Poisson(1) number that stands at this word.
#[inline]
fn poisson1_of(word: u64) -> u32 {
    // Comparing with the first five at once takes no branch; one word in 270 is beyond them.
    let reached = |threshold: &u64| u32::from(word >= *threshold);
    let small = POISSON1[..5].iter().map(reached).sum();
    if small < 5 { small } else { 5 + POISSON1[5..].iter().map(reached).sum::<u32>() }
}

/// ln(k!) of a nonnegative integer.
fn ln_factorial(k: f64) -> f64 {
    if k < 10.0 {
        return math::ln((2..=k as u32).map(f64::from).product());
    }
    const HALF_LN_TWO_PI: f64 = 0.918_938_533_204_672_8;
    let z = 1.0 / (k * k);
    let tail = (1.0 / 12.0 - z * (1.0 / 360.0 - z * (1.0 / 1260.0 - z / 1680.0))) / k;
    (k + 0.5) * math::ln(k) - k + HALF_LN_TWO_PI + tail
}

const PRIME_1: u64 = 0x9e37_79b1_85eb_ca87;
const PRIME_2: u64 = 0xc2b2_ae3d_27d4_eb4f;
const PRIME_3: u64 = 0x1656_67b1_9e37_79f9;
const PRIME_4: u64 = 0x85eb_ca77_c2b2_ae63;
const PRIME_5: u64 = 0x27d4_eb2f_1656_67c5;

#[inline]
const fn xxh64_round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(PRIME_2)).rotate_left(31).wrapping_mul(PRIME_1)
}

/// XXH64 of `bytes` with a seed: a fast hash with a fixed definition. Not for data that an adversary picks.
#[inline]
pub fn xxh64(bytes: &[u8], seed: u64) -> u64 {
    let (mut hash, tail) =
        if bytes.len() >= 32 { xxh64_stripes(bytes, seed) } else { (seed.wrapping_add(PRIME_5), bytes) };
    hash = hash.wrapping_add(bytes.len() as u64);
    let (words, tail) = tail.as_chunks::<8>();
    for word in words {
        hash ^= xxh64_round(0, u64::from_le_bytes(*word));
        hash = hash.rotate_left(27).wrapping_mul(PRIME_1).wrapping_add(PRIME_4);
    }
    let (halves, tail) = tail.as_chunks::<4>();
    for half in halves {
        hash ^= u64::from(u32::from_le_bytes(*half)).wrapping_mul(PRIME_1);
        hash = hash.rotate_left(23).wrapping_mul(PRIME_2).wrapping_add(PRIME_3);
    }
    for &byte in tail {
        hash ^= u64::from(byte).wrapping_mul(PRIME_5);
        hash = hash.rotate_left(11).wrapping_mul(PRIME_1);
    }
    hash = (hash ^ (hash >> 33)).wrapping_mul(PRIME_2);
    hash = (hash ^ (hash >> 29)).wrapping_mul(PRIME_3);
    hash ^ (hash >> 32)
}

/// Hashes whole stripes of 32 bytes; returns the hash so far and the bytes that are left.
fn xxh64_stripes(bytes: &[u8], seed: u64) -> (u64, &[u8]) {
    let mut lanes = [
        seed.wrapping_add(PRIME_1).wrapping_add(PRIME_2),
        seed.wrapping_add(PRIME_2),
        seed,
        seed.wrapping_sub(PRIME_1),
    ];
    let (stripes, tail) = bytes.as_chunks::<32>();
    for stripe in stripes {
        for (lane, word) in lanes.iter_mut().zip(stripe.as_chunks::<8>().0) {
            *lane = xxh64_round(*lane, u64::from_le_bytes(*word));
        }
    }
    let [a, b, c, d] = lanes;
    let mut hash = a.rotate_left(1).wrapping_add(b.rotate_left(7));
    hash = hash.wrapping_add(c.rotate_left(12)).wrapping_add(d.rotate_left(18));
    for lane in lanes {
        hash = (hash ^ xxh64_round(0, lane)).wrapping_mul(PRIME_1).wrapping_add(PRIME_4);
    }
    (hash, tail)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LONG: &[u8] = b"a key of more than thirty-two bytes, to be hashed in stripes";

    /// Mean and variance of what `draw` gives over many keys, one draw each.
    fn moments(draw: impl Fn(&mut KeyedRng) -> f64) -> (f64, f64) {
        let n = 200_000_u32;
        let (mut sum, mut squares) = (0.0, 0.0);
        for key in 0..u64::from(n) {
            let x = draw(&mut KeyedRng::from_u64(11, key));
            sum += x;
            squares += x * x;
        }
        let mean = sum / f64::from(n);
        (mean, squares / f64::from(n) - mean * mean)
    }

    #[test]
    fn the_hash_is_xxh64() {
        assert_eq!(xxh64(b"", 0), 0xef46_db37_51d8_e999);
        assert_eq!(xxh64(b"a", 0), 0xd24e_c4f1_a98c_6e5b);
        assert_eq!(xxh64(b"abc", 0), 0x44bc_2cf5_ad77_0999);
        assert_eq!(xxh64(b"Nobody inspects the spammish repetition", 0), 0xfbce_a83c_8a37_8bf1);
        assert_eq!(xxh64(LONG, 7), 0x7ca4_da4c_43df_3080);
    }

    #[test]
    fn words_are_pinned() {
        let first = |seed, key: &[u8]| {
            let mut rng = KeyedRng::new(seed, key);
            [rng.next_u64(), rng.next_u64(), rng.next_u64()]
        };
        assert_eq!(first(0, b""), [0xfd89_059c_8d94_c080, 0x9fbd_fae1_a0af_af0c, 0x214b_efbd_e440_b5e3]);
        assert_eq!(first(42, b"opp-1"), [0x4594_6535_8b06_99ae, 0xb98f_05da_ff97_77aa, 0x7656_0607_c094_e30d]);
        assert_eq!(first(42, b"opp-2"), [0xdd26_59df_c2b2_3a2b, 0xfaee_578a_0c11_7fe8, 0xb6ff_b574_1fad_5136]);
        assert_eq!(first(7, LONG), [0x7c3e_077b_ec2f_00ef, 0xcfd8_c231_f038_16f0, 0xa598_001f_3d4a_181a]);
    }

    #[test]
    fn distributions_are_pinned() {
        let mut rng = KeyedRng::from_u64(1, 2);
        let uniform = [0; 4].map(|_| rng.uniform().to_bits());
        assert_eq!(uniform, [0x3fe8c6529f146458, 0x3fbd47017ae69770, 0x3fe8742988d3d3f2, 0x3fd3cc30acc42ab8]);
        assert_eq!([0; 8].map(|_| rng.below(1000)), [527, 469, 795, 782, 261, 317, 203, 772]);
        assert_eq!([0; 16].map(|_| rng.poisson1()), [2, 1, 1, 0, 2, 0, 2, 1, 0, 1, 1, 1, 0, 1, 1, 0]);
        let normal = [0; 4].map(|_| rng.normal().to_bits());
        assert_eq!(normal, [0x3fe23fe74abddd39, 0xbfe599cc3e39c1c6, 0xbfddf5b1c901c956, 0xbfe1d78a0c6538a0]);
        let poisson = [0.5, 3.0, 9.9, 10.0, 250.0, 1e6, 1e13].map(|mean| rng.poisson(mean));
        assert_eq!(poisson, [2, 5, 14, 14, 250, 1_002_173, 10_000_004_389_904]);
    }

    #[test]
    fn moments_are_those_of_the_distribution() {
        let near = |(mean, variance): (f64, f64), m: f64, v: f64| {
            // Five standard errors of the mean; the variance within three percent.
            assert!((mean - m).abs() < 5.0 * (v / 200_000.0).sqrt(), "mean {mean}, not {m}");
            assert!((variance / v - 1.0).abs() < 0.03, "variance {variance}, not {v}");
        };
        near(moments(KeyedRng::uniform), 0.5, 1.0 / 12.0);
        near(moments(|rng| rng.below(7) as f64), 3.0, 4.0);
        near(moments(KeyedRng::normal), 0.0, 1.0);
        near(moments(|rng| f64::from(rng.poisson1())), 1.0, 1.0);
        for mean in [0.3, 5.0, 12.0, 80.0, 1e5] {
            near(moments(|rng| rng.poisson(mean) as f64), mean, mean);
        }
    }

    #[test]
    fn poisson_probabilities_match_the_formula() {
        // chi-square over 0..=5 and more, at 6 degrees of freedom: 22.5 is the 0.1 % point
        let mut seen = [0_u32; 7];
        for key in 0..300_000 {
            seen[KeyedRng::from_u64(3, key).poisson1().min(6) as usize] += 1;
        }
        let mut rest = 1.0;
        let mut chi_square = 0.0;
        for (k, &count) in seen.iter().enumerate() {
            let p = if k < 6 { math::exp(-1.0 - ln_factorial(k as f64)) } else { rest };
            rest -= p;
            chi_square += (f64::from(count) - 3e5 * p) * (f64::from(count) - 3e5 * p) / (3e5 * p);
        }
        assert!(chi_square < 22.5, "{chi_square}");
    }

    #[test]
    fn table_of_thresholds_covers_all_words() {
        assert!(POISSON1.is_sorted());
        assert_eq!([poisson1_of(0), poisson1_of(POISSON1[0]), poisson1_of(POISSON1[0] - 1)], [0, 1, 0]);
        assert_eq!([poisson1_of(POISSON1[4]), poisson1_of(POISSON1[5]), poisson1_of(u64::MAX)], [5, 6, 21]);
    }

    #[test]
    fn log_factorials_are_exact_enough() {
        let mut factorial = 1.0;
        for k in 1..=20 {
            factorial *= f64::from(k);
            assert!((ln_factorial(f64::from(k)) - math::ln(factorial)).abs() < 1e-10, "{k}");
        }
        assert_eq!(ln_factorial(0.0), 0.0);
    }

    #[test]
    fn neighbouring_keys_seeds_and_counters_are_unrelated() {
        let bits = |a: u64, b: u64| f64::from((a ^ b).count_ones());
        let mut distance = [0.0; 3];
        for i in 0..20_000_u64 {
            let rng = KeyedRng::from_u64(5, i);
            distance[0] += bits(rng.word(0), rng.word(1));
            distance[1] += bits(rng.word(0), KeyedRng::from_u64(5, i + 1).word(0));
            distance[2] += bits(rng.word(0), KeyedRng::from_u64(6, i).word(0));
        }
        // 32 of 64 bits differ on average; five standard errors are 0.14
        assert!(distance.iter().all(|d| (d / 20_000.0 - 32.0).abs() < 0.14), "{distance:?}");
    }

    #[test]
    fn odd_parameters_have_an_answer() {
        let mut rng = KeyedRng::new(0, b"edge");
        assert_eq!(
            [rng.poisson(0.0), rng.poisson(-3.0), rng.poisson(f64::NAN), rng.poisson(f64::INFINITY)],
            [0, 0, 0, u64::MAX]
        );
        assert_eq!([rng.below(0), rng.below(1)], [0, 0]);
    }

    proptest! {
        #[test]
        fn draws_are_in_range_and_depend_on_seed_key_and_counter_only(
            seed in any::<u64>(), key in prop::collection::vec(any::<u8>(), 0..80), n in 1_u64.., steps in 0_usize..20,
        ) {
            let mut rng = KeyedRng::new(seed, &key);
            prop_assert!(rng.below(n) < n);
            prop_assert!((0.0..1.0).contains(&rng.uniform()));
            let mut walked = KeyedRng::new(seed, &key);
            for _ in 0..steps {
                walked.next_u64();
            }
            prop_assert_eq!(walked, KeyedRng::new(seed, &key).at(steps as u64));
            prop_assert_eq!(KeyedRng::from_u64(seed, n), KeyedRng::new(seed, &n.to_le_bytes()));
        }
    }
}
