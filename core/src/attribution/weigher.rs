//! [`Weigher`]: a rule at work on journeys, one after the other.

use super::credit::{FINER, Sums};
use super::journeys::Journeys;
use super::model::{Rule, Spread};
use super::share::Splitter;
use crate::money::split_equally;
use crate::table::Unit;

/// Buffers that are reused from journey to journey.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    weights: Vec<u64>,
    conversion_parts: Vec<i128>,
    value_parts: Vec<i128>,
    splitter: Splitter,
}

/// A model at work on a set of journeys.
pub(super) struct Weigher<'a> {
    pub(super) journeys: &'a Journeys,
    pub(super) rule: &'a dyn Rule,
}

impl Weigher<'_> {
    /// The channels and, last, what is not attributed.
    pub(super) fn width(&self) -> usize {
        self.journeys.inner.channels.len() + 1
    }

    /// The journeys of a range that converted, listed without a branch: no processor could guess which they are.
    pub(super) fn converted(&self, range: std::ops::Range<usize>) -> Vec<usize> {
        let (mut listed, mut count) = (vec![0; range.len()], 0);
        for journey in range {
            listed[count] = journey;
            count += usize::from(self.journeys.inner.conversions.get(journey) != 0);
        }
        listed.truncate(count);
        listed
    }

    /// What a journey has to give, in units of the split: conversions and value.
    pub(super) fn amounts(&self, journey: usize) -> (i128, i128) {
        let inner = &self.journeys.inner;
        let conversions = inner.conversions.get(journey);
        if conversions == 0 {
            // A value without a conversion belongs to nobody: journeys refuse it when they are made.
            return (0, 0);
        }
        let finer = if matches!(inner.unit, Some(Unit::Plain(_))) { FINER } else { 1 };
        let value = inner.values.as_ref().map_or(0, |v| v[journey] * finer);
        (conversions * FINER, value)
    }

    /// Adds the credit of a journey to the sums.
    pub(super) fn add(&self, journey: usize, scratch: &mut Scratch, sums: &mut Sums) {
        let (conversions, value) = self.amounts(journey);
        if conversions == 0 {
            return;
        }
        let inner = &self.journeys.inner;
        let touches = &inner.channel[inner.starts[journey]..inner.starts[journey + 1]];
        if touches.is_empty() {
            if let Some(sum) = sums.last_mut() {
                sum[0] += conversions;
                sum[1] += value;
            }
            return;
        }
        let Scratch { weights, conversion_parts, value_parts, splitter } = scratch;
        if weights.len() < touches.len() {
            weights.resize(touches.len(), 0);
        }
        let weights = &mut weights[..touches.len()];
        weights.fill(0);
        match self.rule.weigh(&self.journeys.view(journey), weights) {
            Spread::One(place) => {
                let sum = &mut sums[touches[place] as usize];
                sum[0] += conversions;
                sum[1] += value;
            }
            Spread::Equal => {
                add_equal(conversions, touches, sums, 0);
                if value != 0 {
                    add_equal(value, touches, sums, 1);
                }
            }
            Spread::Weighted => {
                splitter.split([conversions, value], weights, [conversion_parts, value_parts]);
                for ((&channel, c), v) in touches.iter().zip(&*conversion_parts).zip(&*value_parts) {
                    let sum = &mut sums[channel as usize];
                    sum[0] += c;
                    sum[1] += v;
                }
            }
        }
    }
}

/// Adds equal parts; the first touches get the units left over, as [`split_equally`] gives them.
fn add_equal(amount: i128, touches: &[u32], sums: &mut Sums, which: usize) {
    let (part, left) = if let Ok(small) = i64::try_from(amount) {
        let count = touches.len() as i64;
        (i128::from(small / count), small % count)
    } else {
        let part = amount / touches.len() as i128;
        (part, (amount - part * touches.len() as i128) as i64)
    };
    let unit = i128::from(left.signum());
    let (more, same) = touches.split_at(left.unsigned_abs() as usize);
    more.iter().for_each(|&c| sums[c as usize][which] += part + unit);
    same.iter().for_each(|&c| sums[c as usize][which] += part);
}

/// The parts that each touch of a journey gets of an amount.
pub(crate) fn parts_of(amount: i128, spread: Spread, weights: &[u64]) -> Vec<i128> {
    let mut parts = vec![0; weights.len()];
    match spread {
        Spread::One(place) => parts[place] = amount,
        Spread::Equal => split_equally(amount, &mut parts),
        Spread::Weighted => Splitter::default().split([amount], weights, [&mut parts]),
    }
    parts
}

/// The share of each touch in its journey.
pub(super) fn shares_of(spread: Spread, weights: &[u64]) -> Vec<f64> {
    let total: f64 = weights.iter().map(|&w| w as f64).sum();
    let share = |i: usize| match spread {
        Spread::One(place) => f64::from(u8::from(i == place)),
        Spread::Equal => 1.0 / weights.len() as f64,
        Spread::Weighted => weights[i] as f64 / total,
    };
    (0..weights.len()).map(share).collect()
}
