//! A sum of floats that does not depend on their order. Each float is added, without rounding, to one wide integer that
//! counts multiples of 2^-1074, the smallest subnormal (Kulisch's long accumulator, in limbs of 32 bits); the total is
//! rounded once, to nearest, ties to even, when it is read. So any order, chunking or partitioning of the same numbers gives
//! the same bits, and states merge by adding limbs. An accumulator takes about 550 bytes and an addition a few nanoseconds.
//!
//! Source: Kulisch, *Computer Arithmetic and Validity* (2013), chapter 8; for limbs with late carries, Neal, "Fast exact
//! summation using small and large superaccumulators" (2015).

/// Limbs of 32 bits cover 2^-1074 to 2^1024 with 66; what carries out of them goes to the last one, which keeps its sign.
const LIMBS: usize = 67;
const TOP: usize = LIMBS - 1;
const LIMB_BITS: u32 = 32;
const LIMB_MASK: i64 = (1 << LIMB_BITS) - 1;
/// An addition changes a limb by less than 2^32, so an `i64` holds 2^29 of them with room to merge two such accumulators.
const MAX_PENDING: u32 = 1 << 29;

const SAW_NAN: u8 = 1;
const SAW_INFINITY: u8 = 2;
const SAW_NEG_INFINITY: u8 = 4;

/// An exact, mergeable sum of `f64`.
///
/// NaN and infinities are remembered: NaN, or infinities of both signs, make the value NaN. An empty sum, and a sum of
/// negative zeros, is `+0.0`. Two accumulators are equal when their exact totals are.
#[derive(Clone, Debug)]
pub struct ExactSum {
    limbs: [i64; LIMBS],
    /// Every limb but the top is within `(pending + 1) * 2^32` of zero.
    pending: u32,
    special: u8,
}

impl Default for ExactSum {
    fn default() -> Self {
        Self { limbs: [0; LIMBS], pending: 0, special: 0 }
    }
}

impl ExactSum {
    /// The empty sum.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one number.
    #[inline]
    pub fn add(&mut self, x: f64) {
        let bits = x.to_bits();
        let exponent = (bits >> 52) & 0x7ff;
        if exponent == 0x7ff {
            self.special |= special_flag(x);
            return;
        }
        let fraction = bits & ((1 << 52) - 1);
        // A subnormal has the exponent of the smallest normal, without its leading bit.
        let (significand, position) =
            if exponent == 0 { (fraction, 0) } else { (fraction | (1 << 52), exponent as u32 - 1) };
        let first = (position / LIMB_BITS) as usize;
        let shifted = u128::from(significand) << (position % LIMB_BITS);
        let sign = if x.is_sign_negative() { -1 } else { 1 };
        self.limbs[first] += sign * (shifted as i64 & LIMB_MASK);
        self.limbs[first + 1] += sign * ((shifted >> 32) as i64 & LIMB_MASK);
        self.limbs[first + 2] += sign * (shifted >> 64) as i64;
        self.pending += 1;
        if self.pending >= MAX_PENDING {
            self.carry();
        }
    }

    /// Adds everything that `other` has summed.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.limbs.iter_mut().zip(&other.limbs) {
            *mine += theirs;
        }
        self.special |= other.special;
        self.pending += other.pending + 1;
        if self.pending >= MAX_PENDING {
            self.carry();
        }
    }

    /// The total, rounded once to the nearest `f64`, ties to even; infinite when it is beyond the largest finite number.
    pub fn value(&self) -> f64 {
        match self.special {
            0 => {}
            SAW_INFINITY => return f64::INFINITY,
            SAW_NEG_INFINITY => return f64::NEG_INFINITY,
            _ => return f64::NAN,
        }
        let mut total = self.clone();
        total.carry();
        let negative = total.limbs[TOP] < 0;
        if negative {
            total.limbs.iter_mut().for_each(|limb| *limb = -*limb);
            total.carry();
        }
        let size = round_magnitude(&total.limbs);
        if negative { -size } else { size }
    }

    /// The state in bytes: equal totals give equal bytes. Read them back with [`ExactSum::from_bytes`].
    ///
    /// Layout, little endian: flags (1 byte), top limb (8), number of the first nonzero limb (1), count (1), limbs (4 each).
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut canonical = self.clone();
        canonical.carry();
        let limbs = &canonical.limbs[..TOP];
        let first = limbs.iter().position(|&limb| limb != 0).unwrap_or(0);
        let end = limbs.iter().rposition(|&limb| limb != 0).map_or(0, |last| last + 1);
        let mut bytes = vec![canonical.special];
        bytes.extend(canonical.limbs[TOP].to_le_bytes());
        bytes.extend([first as u8, (end - first) as u8]);
        bytes.extend(limbs[first..end].iter().flat_map(|&limb| (limb as u32).to_le_bytes()));
        bytes
    }

    /// Reads what [`ExactSum::to_bytes`] wrote; `None` for bytes that it cannot have written.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (&special, rest) = bytes.split_first()?;
        let (top, rest) = rest.split_first_chunk::<8>()?;
        let (&[first, count], rest) = rest.split_first_chunk::<2>()?;
        let (first, count) = (usize::from(first), usize::from(count));
        let fits = special <= 7 && first + count <= TOP && rest.len() == 4 * count;
        let mut sum = Self { special, ..Self::default() };
        sum.limbs[TOP] = i64::from_le_bytes(*top);
        // 2^48 in the top limb is 2^62 times the largest f64: no sum gets there, and it leaves room to merge.
        if !fits || sum.limbs[TOP].unsigned_abs() > 1 << 48 {
            return None;
        }
        for (limb, four) in sum.limbs[first..].iter_mut().zip(rest.chunks_exact(4)) {
            *limb = i64::from(u32::from_le_bytes(four.try_into().ok()?));
        }
        (sum.to_bytes() == bytes).then_some(sum)
    }

    /// Brings every limb but the top into 0..2^32: the one form of this total.
    fn carry(&mut self) {
        let mut carried = 0;
        for limb in &mut self.limbs[..TOP] {
            let full = *limb + carried;
            *limb = full & LIMB_MASK;
            carried = full >> LIMB_BITS;
        }
        self.limbs[TOP] += carried;
        self.pending = 0;
    }
}

#[cold]
fn special_flag(x: f64) -> u8 {
    if x.is_nan() {
        SAW_NAN
    } else if x > 0.0 {
        SAW_INFINITY
    } else {
        SAW_NEG_INFINITY
    }
}

/// Rounds a carried, nonnegative total.
fn round_magnitude(limbs: &[i64; LIMBS]) -> f64 {
    let word = |i: usize| (if i < TOP { limbs[i] } else { limbs[TOP] >> (LIMB_BITS as usize * (i - TOP)) }) as u32;
    let Some(high) = (0..=LIMBS).rev().find(|&i| word(i) != 0) else { return 0.0 };
    let top_bit = high as u32 * LIMB_BITS + word(high).ilog2();
    let bit_range = |from: u32| {
        let (i, offset) = ((from / LIMB_BITS) as usize, from % LIMB_BITS);
        let three = (0..3).map(|j| if i + j <= LIMBS { u128::from(word(i + j)) << (32 * j) } else { 0 }).sum::<u128>();
        (three >> offset) as u64
    };
    if top_bit <= 52 {
        return f64::from_bits(bit_range(0)); // exact: subnormal, or in the first binade
    }
    let dropped = top_bit - 52;
    if dropped > 2045 {
        return f64::INFINITY;
    }
    let kept = bit_range(dropped) & ((1 << 53) - 1);
    let half = bit_range(dropped - 1) & 1 == 1;
    let below = dropped - 1;
    let sticky = (0..(below / LIMB_BITS) as usize).any(|i| word(i) != 0)
        || word((below / LIMB_BITS) as usize) & ((1 << (below % LIMB_BITS)) - 1) != 0;
    let up = half && (sticky || kept & 1 == 1);
    // The leading bit of `kept` adds one to the exponent; so does a carry out of the fraction, up to infinity.
    f64::from_bits((u64::from(dropped) << 52) + kept + u64::from(up))
}

impl PartialEq for ExactSum {
    fn eq(&self, other: &Self) -> bool {
        let (mut a, mut b) = (self.clone(), other.clone());
        a.carry();
        b.carry();
        a.limbs == b.limbs && a.special == b.special
    }
}

impl Eq for ExactSum {}

impl Extend<f64> for ExactSum {
    fn extend<I: IntoIterator<Item = f64>>(&mut self, numbers: I) {
        numbers.into_iter().for_each(|x| self.add(x));
    }
}

impl FromIterator<f64> for ExactSum {
    fn from_iter<I: IntoIterator<Item = f64>>(numbers: I) -> Self {
        let mut sum = Self::new();
        sum.extend(numbers);
        sum
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum(numbers: &[f64]) -> f64 {
        numbers.iter().copied().collect::<ExactSum>().value()
    }

    #[test]
    fn sums_are_correctly_rounded() {
        assert_eq!(sum(&[]), 0.0);
        assert_eq!(sum(&[1e100, 1.0, -1e100]), 1.0);
        assert_eq!(sum(&[0.1; 10]), 1.0);
        assert_eq!(sum(&[1.0, f64::EPSILON / 2.0]), 1.0, "a tie goes to even");
        assert_eq!(sum(&[1.0 + f64::EPSILON, f64::EPSILON / 2.0]), 1.0 + 2.0 * f64::EPSILON, "a tie goes to even");
        assert_eq!(sum(&[1.0, f64::EPSILON / 2.0, 5e-324]), 1.0 + f64::EPSILON, "above a tie");
        assert_eq!(sum(&[f64::MIN_POSITIVE, -5e-324]), f64::MIN_POSITIVE - 5e-324);
    }

    #[test]
    fn range_ends_and_specials_hold() {
        assert_eq!(sum(&[f64::MAX, f64::MAX]), f64::INFINITY);
        assert_eq!(sum(&[f64::MAX, f64::MAX, -f64::MAX]), f64::MAX);
        assert_eq!(sum(&[f64::MIN, f64::MIN]), f64::NEG_INFINITY);
        assert_eq!(sum(&[5e-324, 5e-324]), 1e-323);
        assert_eq!(sum(&[-5e-324, -5e-324, -5e-324]), -1.5e-323);
        assert_eq!(sum(&[-0.0]).to_bits(), 0.0_f64.to_bits());
        assert_eq!(sum(&[f64::INFINITY, 1.0]), f64::INFINITY);
        assert!(sum(&[f64::INFINITY, f64::NEG_INFINITY]).is_nan());
        assert!(sum(&[f64::NAN]).is_nan());
    }

    #[test]
    fn late_carries_lose_nothing() {
        let mut doubled: ExactSum = [0.1, -1e290, 3.5e-310].into_iter().collect();
        // 2^40 times the numbers: past the point where limbs must carry.
        for _ in 0..40 {
            let same = doubled.clone();
            doubled.merge(&same);
        }
        let scale = 1_099_511_627_776.0;
        doubled.add(1e290 * scale);
        assert_eq!(doubled.value(), 0.1 * scale);
    }

    #[test]
    fn foreign_bytes_are_refused() {
        let bytes = sum_of(&[1.5, -2e10]).to_bytes();
        assert!(ExactSum::from_bytes(&bytes).is_some());
        assert!(ExactSum::from_bytes(&bytes[..bytes.len() - 1]).is_none());
        assert!(ExactSum::from_bytes(&[0; 12]).is_none());
        assert!(ExactSum::from_bytes(&[]).is_none());
    }

    fn sum_of(numbers: &[f64]) -> ExactSum {
        numbers.iter().copied().collect()
    }

    fn finite() -> impl Strategy<Value = f64> {
        prop_oneof![any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |x| x.is_finite()), -1e6..1e6]
    }

    proptest! {
        #[test]
        fn order_and_partition_do_not_matter(
            numbers in prop::collection::vec(finite(), 0..60).prop_shuffle(),
            cut in any::<prop::sample::Index>(),
        ) {
            let whole = sum_of(&numbers);
            let mut sorted = numbers.clone();
            sorted.sort_by(f64::total_cmp);
            prop_assert_eq!(sum_of(&sorted).value().to_bits(), whole.value().to_bits());
            let (left, right) = numbers.split_at(cut.index(numbers.len() + 1));
            let mut merged = sum_of(right);
            merged.merge(&sum_of(left));
            prop_assert_eq!(merged.value().to_bits(), whole.value().to_bits());
            prop_assert_eq!(merged.to_bytes(), whole.to_bytes());
            prop_assert_eq!(merged, whole);
        }

        #[test]
        fn one_number_is_itself_and_two_round_like_the_processor(a in finite(), b in finite()) {
            prop_assert_eq!(sum(&[a]), a);
            prop_assert_eq!(sum(&[a, b]), a + b);
            prop_assert_eq!(sum(&[a, b, -a]), b);
        }

        #[test]
        fn integers_sum_as_integers(numbers in prop::collection::vec(-(1_i64 << 50)..1 << 50, 0..40)) {
            let exact: i128 = numbers.iter().map(|&n| i128::from(n)).sum();
            prop_assert_eq!(numbers.iter().map(|&n| n as f64).collect::<ExactSum>().value(), exact as f64);
        }

        #[test]
        fn bytes_bring_the_same_sum_back(numbers in prop::collection::vec(any::<f64>(), 0..20)) {
            let sum = sum_of(&numbers);
            prop_assert_eq!(ExactSum::from_bytes(&sum.to_bytes()), Some(sum));
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some(sum) = ExactSum::from_bytes(&bytes) {
                prop_assert_eq!(sum.to_bytes(), bytes);
            }
        }
    }
}
