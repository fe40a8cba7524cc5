//! How far out the quantiles of an interval are taken.
//!
//! The quantiles of a bootstrap are as narrow as if the spread of the journeys were known and not estimated. Student's `t`
//! in place of the normal quantile, and `n - 1` in place of `n`, mend that: the tail is `cdf(-sqrt(n / (n - 1)) t)`. Of
//! values, in which a few large deals weigh more than all the others, `n` is their effective number `(sum v)^2 / sum v^2`.
//!
//! Sources: Hesterberg, "What teachers should know about the bootstrap" (2015), expanded percentile intervals; Kish, "Survey
//! sampling" (1965) for the effective number; Efron, "Better bootstrap confidence intervals" (1987) for BCa.

use super::journeys::{Journeys, ONE};
use crate::engine::normal;
use crate::money::fixed_to_f64;

/// The fewest journeys that a tail is made for: from fewer nothing can be estimated.
const FEWEST: f64 = 3.0;
/// Bits of a value that the effective number looks at.
const BITS: u32 = 43;

/// What stands behind a channel's credit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Behind {
    /// Its converted journeys (aggregated: conversions).
    pub(super) journeys: f64,
    /// The effective number of them, where their values are looked at.
    pub(super) effective: f64,
}

#[derive(Clone, Copy, Default)]
struct Sums {
    count: i128,
    value: i128,
    squares: i128,
}

impl Behind {
    /// What stands behind each channel, and last behind what has no touches.
    pub(super) fn of(journeys: &Journeys) -> Vec<Self> {
        let sample = journeys.sample();
        let mut sums = vec![Sums::default(); sample.channels + 1];
        let mut seen = vec![usize::MAX; sample.channels];
        let aggregated = journeys.inner.ids.is_none();
        let largest = (0..sample.len()).map(|path| sample.value(path).unsigned_abs()).max().unwrap_or(0);
        let shift = (u128::BITS - largest.leading_zeros()).saturating_sub(BITS);
        for path in 0..sample.len() {
            let outcome = sample.outcome(path);
            if outcome.conversions == 0 {
                continue;
            }
            let count = if aggregated { outcome.conversions } else { ONE };
            let value = outcome.value >> shift;
            let mut add = |channel: usize| {
                let sums = &mut sums[channel];
                sums.count += count;
                sums.value += value;
                // So many equal values of `value / count`.
                sums.squares = sums.squares.saturating_add(value * value * ONE / count);
            };
            let touches = sample.path(path);
            if touches.is_empty() {
                add(sample.channels);
            }
            for &channel in touches {
                if seen[channel as usize] != path {
                    seen[channel as usize] = path;
                    add(channel as usize);
                }
            }
        }
        sums.iter().map(Self::from_sums).collect()
    }

    fn from_sums(sums: &Sums) -> Self {
        let journeys = fixed_to_f64(sums.count, 12);
        let (value, squares) = (sums.value as f64, sums.squares as f64);
        let effective = if squares > 0.0 { (value * value / squares).min(journeys) } else { journeys };
        Self { journeys, effective }
    }
}

/// Student's quantile for `freedom` degrees of freedom from the normal one, by Abramowitz and Stegun 26.7.5: good to 0.2%
/// from 3 degrees on, to 1% for 2.
fn student(z: f64, freedom: f64) -> f64 {
    let (z2, v) = (z * z, freedom);
    let one = (z2 + 1.0) / 4.0;
    let two = ((5.0 * z2 + 16.0) * z2 + 3.0) / 96.0;
    let three = (((3.0 * z2 + 19.0) * z2 + 17.0) * z2 - 15.0) / 384.0;
    let four = ((((79.0 * z2 + 776.0) * z2 + 1482.0) * z2 - 1920.0) * z2 - 945.0) / 92_160.0;
    z * (1.0 + (one + (two + (three + four / v) / v) / v) / v)
}

/// The part that an interval leaves out on each side, where `n` journeys stand behind it.
pub(super) fn tail(level: f64, n: f64) -> f64 {
    let n = n.max(FEWEST);
    let z = -normal::quantile((1.0 - level) / 2.0);
    normal::cdf(-student(z, n - 1.0) * (n / (n - 1.0)).sqrt())
}

/// The chances at which the quantiles are to be taken instead, by BCa.
pub(super) fn corrected(sorted: &[f64], estimate: f64, jackknife: &[f64], (low, high): (f64, f64)) -> (f64, f64) {
    let n = sorted.len() as f64;
    let below = sorted.partition_point(|v| *v < estimate) as f64;
    let ties = sorted.partition_point(|v| *v <= estimate) as f64 - below;
    // A bias that no replicate contradicts is as large as their number can show.
    let z0 = normal::quantile(((below + ties / 2.0) / n).clamp(0.5 / n, 1.0 - 0.5 / n));
    let mean = jackknife.iter().sum::<f64>() / jackknife.len() as f64;
    let (squares, cubes) = jackknife.iter().fold((0.0, 0.0), |(s, c), v| {
        let d = mean - v;
        (s + d * d, c + d * d * d)
    });
    let acceleration = if squares > 0.0 { cubes / (6.0 * squares * squares.sqrt()) } else { 0.0 };
    let at = |p: f64| {
        let z = z0 + normal::quantile(p);
        normal::cdf(z0 + z / (1.0 - acceleration * z))
    };
    (at(low), at(high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::PathsOptions;
    use crate::engine::monitor::Monitor;
    use crate::table::read_csv;

    #[test]
    fn students_quantiles_are_those_of_the_tables() {
        // Quantiles of 97.5% and 99.5%, from any table of the distribution.
        for (freedom, at_975, at_995) in
            [(3.0, 3.182_446, 5.840_909), (5.0, 2.570_582, 4.032_143), (30.0, 2.042_272, 2.749_996)]
        {
            for (p, expected) in [(0.975, at_975), (0.995, at_995)] {
                let got = student(normal::quantile(p), freedom);
                assert!((got / expected - 1.0).abs() < 0.01, "{freedom} {p}: {got}");
            }
        }
        assert!((student(1.96, 1e9) - 1.96).abs() < 1e-8);
    }

    #[test]
    fn tails_grow_thin_where_little_stands_behind_and_are_the_level_where_much_does() {
        // n = 10: t = 2.262157 for 9 degrees, times sqrt(10 / 9) = 2.384524; cdf(-2.384524) = 0.008551.
        assert!((tail(0.95, 10.0) - 0.008_551).abs() < 2e-6, "{}", tail(0.95, 10.0));
        assert!((tail(0.95, 1e9) - 0.025).abs() < 1e-9);
        assert_eq!(tail(0.95, 0.0), tail(0.95, 3.0));
        assert!(tail(0.95, 30.0) < tail(0.95, 100.0));
    }

    #[test]
    fn the_effective_number_is_that_of_the_large_deals() {
        let csv = "path,total_conversions,v\na,1,100\na > a,9,9\nb,10,50\nc,1,7\n";
        let options = PathsOptions { value: Some("v".to_owned()), ..PathsOptions::default() };
        let journeys = Journeys::from_paths(&read_csv(csv.as_bytes()).unwrap(), &options, &Monitor::none()).unwrap();
        let behind = Behind::of(&journeys);
        // a: ten journeys of 100 and nine times 1: 109^2 / (100^2 + 9); b: ten equal ones.
        let expected = [(10.0, 109.0 * 109.0 / 10_009.0), (10.0, 10.0), (1.0, 1.0), (0.0, 0.0)];
        for (got, (journeys, effective)) in behind.iter().zip(expected) {
            assert_eq!(got.journeys, journeys);
            assert!((got.effective - effective).abs() < 1e-8, "{got:?}");
        }
    }
}
