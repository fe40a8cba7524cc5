//! The exact split of a journey's amounts, fast.
//!
//! The parts are those of [`crate::money::split`], to the unit: the largest remainder gets the units left over, ties go to
//! the earlier touch. Amounts and weights of ordinary size are divided in 64-bit arithmetic: a float guesses the quotient,
//! integers mend it. Of a larger amount the multiples of the total weight are dealt out first, with one long division for
//! the journey; larger weights take the general way.

use crate::money::split;

/// Journeys up to this length find the largest remainders by counting, longer ones by selection.
const SHORT: usize = 24;

/// Buffers that are reused from journey to journey.
#[derive(Debug, Default)]
pub(super) struct Splitter {
    keys: Vec<u64>,
}

/// The sum of weights and its inverse.
#[derive(Debug, Clone, Copy)]
struct Total {
    sum: u64,
    inverse: f64,
}

impl Total {
    /// The sum, where weights and journey are small enough for the fast way.
    fn of(weights: &[u64]) -> Option<Self> {
        let sum = weights.iter().try_fold(0_u64, |sum, &w| sum.checked_add(w))?;
        // 48 bits leave room to keep a remainder and a place below 2^16 in one key.
        let fits = sum > 0 && sum < 1 << 48 && weights.len() < 1 << 16;
        fits.then(|| Self { sum, inverse: 1.0 / sum as f64 })
    }

    /// How often the total goes into an amount, as far as need be, and what is left of the amount.
    fn rounds(self, amount: u128) -> (i128, u64) {
        match u64::try_from(amount) {
            // The guess of a quotient below 2^61 is off by less than 2^11, so its error times the total fits 64 bits.
            Ok(small) if small < 1 << 61 => (0, small),
            _ => {
                let rounds = amount / u128::from(self.sum);
                (rounds as i128, (amount - rounds * u128::from(self.sum)) as u64)
            }
        }
    }

    /// About what one unit of weight gets of an amount.
    fn scale(self, amount: u64) -> f64 {
        amount as f64 * self.inverse
    }
}

impl Splitter {
    /// Splits amounts by the same weights.
    pub(super) fn split<const N: usize>(&mut self, amounts: [i128; N], weights: &[u64], parts: [&mut Vec<i128>; N]) {
        let total = Total::of(weights);
        for (amount, parts) in amounts.into_iter().zip(parts) {
            parts.clear();
            if amount == 0 {
                parts.resize(weights.len(), 0);
                continue;
            }
            let Some(total) = total else {
                parts.resize(weights.len(), 0);
                split(amount, weights, parts);
                continue;
            };
            self.split_one(amount.unsigned_abs(), weights, total, parts);
            if amount < 0 {
                parts.iter_mut().for_each(|p| *p = -*p);
            }
        }
    }

    /// Splits an amount that is not negative.
    fn split_one(&mut self, amount: u128, weights: &[u64], total: Total, parts: &mut Vec<i128>) {
        let (rounds, magnitude) = total.rounds(amount);
        self.keys.clear();
        self.keys.resize(weights.len(), 0);
        let (scale, mut given) = (total.scale(magnitude), 0);
        let places = weights.iter().zip(&mut self.keys).zip((0..=0xFFFF_u64).rev());
        parts.extend(places.map(|((&weight, key), place)| {
            let (quotient, remainder) = mul_div(magnitude, weight, total, scale);
            given += quotient;
            *key = remainder << 16 | place;
            i128::from(quotient)
        }));
        let left = (magnitude - given) as usize;
        if left > 0 {
            self.give_left(left, parts);
        }
        if rounds > 0 {
            parts.iter_mut().zip(weights).for_each(|(part, &weight)| *part += rounds * i128::from(weight));
        }
    }

    /// One unit more for each of the `left` largest keys; keys are distinct, as they hold the place.
    fn give_left(&mut self, left: usize, parts: &mut [i128]) {
        if self.keys.len() <= SHORT {
            for (part, key) in parts.iter_mut().zip(&self.keys) {
                let larger = self.keys.iter().filter(|k| *k > key).count();
                *part += i128::from(larger < left);
            }
            return;
        }
        let mut order = self.keys.clone();
        let (_, threshold, _) = order.select_nth_unstable_by(left - 1, |a, b| b.cmp(a));
        for (part, key) in parts.iter_mut().zip(&self.keys) {
            *part += i128::from(key >= threshold);
        }
    }
}

/// `a * b / total` and its remainder, exact; `a < 2^61`, `b <= total`, `scale` that of `a`.
#[inline]
fn mul_div(a: u64, b: u64, total: Total, scale: f64) -> (u64, u64) {
    let Total { sum, inverse } = total;
    // Signed numbers become floats and back in one instruction each; all of these fit.
    let guess = (b as i64 as f64 * scale) as i64;
    // The true difference fits 64 bits, so the wrapped one is it.
    let off = a.wrapping_mul(b).wrapping_sub((guess as u64).wrapping_mul(sum)) as i64;
    let step = (off as f64 * inverse) as i64;
    let rest = off - step * sum as i64;
    // Steps go towards zero, so that half of them are one too high: no branch could guess it.
    let low = rest >> 63;
    let rest = rest + (sum as i64 & low);
    let high = i64::from(rest >= sum as i64);
    ((guess + step + low + high) as u64, (rest - (sum as i64 & -high)) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_fast_split_is_the_exact_split(
            amount in prop_oneof![any::<i64>().prop_map(i128::from), -1_000_000_i128..1_000_000, Just(10_i128.pow(18)), any::<i128>()],
            weights in prop_oneof![
                prop::collection::vec(0_u64..5, 1..60),
                prop::collection::vec(prop_oneof![0_u64..5, 0..1_u64 << 30, 0..1_u64 << 50], 1..60),
            ],
        ) {
            prop_assume!(weights.iter().any(|&w| w > 0));
            let amount = amount >> 1;
            let (mut fast, mut slow) = (Vec::new(), vec![0; weights.len()]);
            Splitter::default().split([amount], &weights, [&mut fast]);
            split(amount, &weights, &mut slow);
            prop_assert_eq!(fast, slow);
        }

        #[test]
        fn division_is_exact(a in 0..1_u64 << 61, b in any::<u64>(), sum in 1..1_u64 << 48) {
            let b = b % (sum + 1);
            let exact = u128::from(a) * u128::from(b);
            let total = Total { sum, inverse: 1.0 / sum as f64 };
            let (q, r) = mul_div(a, b, total, total.scale(a));
            prop_assert_eq!((u128::from(q), u128::from(r)), (exact / u128::from(sum), exact % u128::from(sum)));
        }
    }
}
