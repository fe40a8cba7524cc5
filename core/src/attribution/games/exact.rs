//! The Shapley value of a game whose `2^n` values are all known.
//!
//! Coalitions are bit masks. A game of sums over all subsets is made by the zeta transform, `n 2^n` additions; the values by
//! one pass over all contributions, in blocks whose sums are added in order, so that threads change no bit.

use std::ops::Range;

use super::weights;
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::Result;

/// The most channels whose coalitions are all visited: 2^24 values take 128 MiB.
pub(crate) const MOST_CHANNELS: usize = 24;
/// Masks of a block: 2^13 values fit the first cache.
const BLOCK_BITS: usize = 13;

/// Replaces the value of every coalition by the sum over all its subsets.
///
/// # Errors
/// [`crate::Code::Cancelled`].
pub(crate) fn sum_subsets(values: &mut [f64], n: usize, monitor: &Monitor) -> Result<()> {
    let low = n.min(BLOCK_BITS);
    for block in values.chunks_mut(1 << low) {
        (0..low).for_each(|bit| add_without(block, bit));
    }
    for bit in low..n {
        monitor.check()?;
        add_without(values, bit);
    }
    Ok(())
}

/// Adds to each mask with the bit the mask without it.
fn add_without(values: &mut [f64], bit: usize) {
    for pair in values.chunks_mut(2 << bit) {
        let (without, with) = pair.split_at_mut(1 << bit);
        with.iter_mut().zip(without).for_each(|(with, without)| *with += *without);
    }
}

/// The Shapley value of each of `n` channels, `values[mask]` being the value of the coalition `mask`.
///
/// # Errors
/// [`crate::Code::Cancelled`].
pub(crate) fn shapley(values: &[f64], n: usize, inline: bool, monitor: &Monitor) -> Result<Vec<f64>> {
    let weights = weights(n);
    let parts = parallel::map(blocks(values), if inline { 0 } else { values.len() }, |block| {
        monitor.check()?;
        Ok(of_block(values, &block, n, &weights))
    })?;
    Ok(add_up(parts, n))
}

/// As [`shapley`], for games that are solved at once.
pub(super) fn of_all(values: &[f64], n: usize) -> Vec<f64> {
    let weights = weights(n);
    add_up(blocks(values).iter().map(|block| of_block(values, block, n, &weights)).collect(), n)
}

fn blocks(values: &[f64]) -> Vec<Range<usize>> {
    let size = values.len().min(1 << BLOCK_BITS);
    parallel::pieces(values.len(), size)
}

/// The weighted contributions of every channel to the coalitions of a block.
fn of_block(values: &[f64], block: &Range<usize>, n: usize, weights: &[f64]) -> Vec<f64> {
    // One look at the sizes of the coalitions serves all channels.
    let weights: Vec<f64> = block.clone().map(|mask| weights[mask.count_ones() as usize + 1]).collect();
    let own = &values[block.clone()];
    let one = |i: usize| {
        let bit = 1 << i;
        if bit >= own.len() {
            let joined = block.start | bit;
            return if block.start & bit == 0 {
                gains(&weights, own, &values[joined..joined + own.len()])
            } else {
                0.0
            };
        }
        let pairs = own.chunks_exact(2 * bit).zip(weights.chunks_exact(2 * bit));
        pairs.map(|(pair, weights)| gains(&weights[..bit], &pair[..bit], &pair[bit..])).sum()
    };
    (0..n).map(one).collect()
}

/// The sum of `weight (with - without)`, in eight lanes that are added last.
fn gains(weights: &[f64], without: &[f64], with: &[f64]) -> f64 {
    const LANES: usize = 8;
    let mut lanes = [0.0; LANES];
    let rows = weights.chunks(LANES).zip(without.chunks(LANES)).zip(with.chunks(LANES));
    for ((weights, without), with) in rows {
        for (lane, ((weight, without), with)) in lanes.iter_mut().zip(weights.iter().zip(without).zip(with)) {
            *lane += weight * (with - without);
        }
    }
    lanes.iter().sum()
}

fn add_up(parts: Vec<Vec<f64>>, n: usize) -> Vec<f64> {
    let mut found = vec![0.0; n];
    for part in parts {
        found.iter_mut().zip(part).for_each(|(sum, x)| *sum += x);
    }
    found
}
