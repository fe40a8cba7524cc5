//! Games of conversion rates.
//!
//! `pooled`: the worth of a coalition is the conversion rate (and the value per journey) of all journeys whose channels lie
//! within it. `per_journey`: each set of channels plays its own game, in which a coalition is worth the conversion rate of
//! the journeys with exactly its channels, 0 where there is none; its conversions are divided by the values of that game.

use hashbrown::HashMap;

use super::exact::{shapley, sum_subsets};
use super::{Sets, ratio, weights};
use crate::attribution::sample::Outcome;
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::Result;
use crate::money::fixed_to_f64;

/// Sets that one worker takes at once; sums are made per piece, so it is fixed.
const PIECE: usize = 32;

/// Conversions, and journeys, as numbers.
pub(super) fn counts(outcome: &Outcome) -> (f64, f64) {
    (fixed_to_f64(outcome.conversions, 12), fixed_to_f64(outcome.conversions + outcome.nulls, 12))
}

/// The Shapley values of the pooled rate, and of the value per journey where `values`; for the channels of `players`, at
/// most [`super::MOST_CHANNELS`].
///
/// # Errors
/// [`crate::Code::Cancelled`].
pub(crate) fn pooled(
    sets: &Sets,
    players: &[u32],
    values: bool,
    inline: bool,
    monitor: &Monitor,
) -> Result<(Vec<f64>, Option<Vec<f64>>)> {
    let n = players.len();
    let mut bit = vec![0; sets.channels];
    players.iter().enumerate().for_each(|(i, &c)| bit[c as usize] = 1_usize << i);
    let masks: Vec<usize> = sets.iter().map(|(set, _)| set.iter().fold(0, |m, &c| m | bit[c as usize])).collect();
    let within = |one: &dyn Fn(&Outcome) -> f64| -> Result<Vec<f64>> {
        let mut sums = vec![0.0; 1 << n];
        sets.outcomes.iter().zip(&masks).for_each(|(outcome, &mask)| sums[mask] = one(outcome));
        sum_subsets(&mut sums, n, monitor)?;
        Ok(sums)
    };
    let journeys = within(&|o| counts(o).1)?;
    let play = |one: &dyn Fn(&Outcome) -> f64| -> Result<Vec<f64>> {
        let mut worth = within(one)?;
        worth.iter_mut().zip(&journeys).for_each(|(worth, &journeys)| *worth = ratio(*worth, journeys));
        shapley(&worth, n, inline, monitor)
    };
    let conversions = play(&|o| counts(o).0)?;
    let value = if values { Some(play(&|o| sets.major(o.value))?) } else { None };
    Ok((conversions, value))
}

/// The conversions, and the value, of every set divided by its own game; per channel.
///
/// # Errors
/// [`crate::Code::Cancelled`].
pub(crate) fn per_journey(sets: &Sets, inline: bool, monitor: &Monitor) -> Result<[Vec<f64>; 2]> {
    let rates: Vec<f64> = sets.outcomes.iter().map(counts).map(|(c, all)| ratio(c, all)).collect();
    let numbers: HashMap<&[u32], usize> = (0..sets.len()).map(|i| (sets.set(i), i)).collect();
    let rows = if inline { 0 } else { sets.len().saturating_mul(sets.len()) };
    let parts = parallel::map(parallel::pieces(sets.len(), PIECE), rows, |range| {
        monitor.check()?;
        let mut sums = [vec![0.0; sets.channels], vec![0.0; sets.channels]];
        let mut inside = vec![false; sets.channels];
        for own in range.filter(|&i| sets.outcomes[i].conversions > 0) {
            let shares = divide(sets, own, &rates, &numbers, &mut inside);
            let (conversions, value) = (counts(&sets.outcomes[own]).0, sets.major(sets.outcomes[own].value));
            for (&channel, share) in sets.set(own).iter().zip(shares) {
                sums[0][channel as usize] += conversions * share;
                sums[1][channel as usize] += value * share;
            }
        }
        Ok(sums)
    })?;
    let mut all = [vec![0.0; sets.channels], vec![0.0; sets.channels]];
    for part in parts {
        for (sum, part) in all.iter_mut().zip(part) {
            sum.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
        }
    }
    Ok(all)
}

/// The shares of a set's channels in its own game; they sum to 1.
fn divide(sets: &Sets, own: usize, rates: &[f64], numbers: &HashMap<&[u32], usize>, inside: &mut [bool]) -> Vec<f64> {
    let set = sets.set(own);
    let weights = weights(set.len());
    let mut values = vec![0.0; set.len()];
    let mut place = |part: &[u32], rate: f64| {
        let (gain, loss) = (weights[part.len()] * rate, weights[part.len() + 1] * rate);
        let mut rest = part.iter().peekable();
        for (value, channel) in values.iter_mut().zip(set) {
            *value += if rest.next_if_eq(&channel).is_some() { gain } else { -loss };
        }
    };
    // Whichever is less: all subsets of the set, or all sets.
    if set.len() < 24 && 1 << set.len() <= sets.len() {
        let mut part = Vec::with_capacity(set.len());
        for mask in 1_usize..1 << set.len() {
            part.clear();
            part.extend(set.iter().enumerate().filter(|(i, _)| mask >> i & 1 == 1).map(|(_, &c)| c));
            if let Some(&i) = numbers.get(part.as_slice()) {
                place(&part, rates[i]);
            }
        }
    } else {
        set.iter().for_each(|&c| inside[c as usize] = true);
        for (i, (part, _)) in sets.iter().enumerate() {
            if part.len() <= set.len() && part.iter().all(|&c| inside[c as usize]) {
                place(part, rates[i]);
            }
        }
        set.iter().for_each(|&c| inside[c as usize] = false);
    }
    // Together they have the rate of the set itself, which is above 0.
    values.iter_mut().for_each(|v| *v /= rates[own]);
    values
}
