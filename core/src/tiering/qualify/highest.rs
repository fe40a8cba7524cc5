//! The highest tier of each row, and nothing else.
//!
//! Where one set of rules is for everybody, which is the usual programme, no row is looked at by itself: the bits of "this
//! tier or a higher one" are added up, eight rows to a word of eight bytes. Other programmes go through [`evaluate`], which
//! chooses a track for each row.

use std::ops::Range;

use super::super::base::Base;
use super::super::evaluate::{ALL, BLOCK, Context, NONE, either, evaluate, highest, nodes};
use super::super::formula::Columns;
use super::super::program::{Compiled, TrackRules};
use super::super::top::Cutoffs;
use crate::engine::parallel;
use crate::error::Result;

/// Rows of a piece of work, some blocks.
const PIECE: usize = 8 * BLOCK;

/// What each row qualifies for.
#[derive(Debug, Clone, Default)]
pub(super) struct Highest {
    /// The number of the tier; -1: none.
    pub(super) tier: Vec<i8>,
    /// The number of the track; `NO_TRACK`: none is for it.
    pub(super) track: Vec<u8>,
    /// The total of the track's scorecard; empty where no track has one.
    pub(super) score: Vec<f64>,
}

/// The highest tier of every row.
pub(super) fn highest_tiers(program: &Compiled, base: &Base, context: &Context, cutoffs: &Cutoffs) -> Result<Highest> {
    let rules = match program.tracks.as_slice() {
        [rules] if rules.when.is_none() => rules,
        _ => return by_track(program, base, context, cutoffs),
    };
    let pieces = parallel::pieces(base.rows(), PIECE);
    let parts = parallel::map(pieces, base.rows(), |range| Ok(piece(rules, base, context, cutoffs, range)))?;
    let mut all = Highest { track: vec![0; base.rows()], ..Highest::default() };
    for (tier, score) in parts {
        all.tier.extend(tier);
        all.score.extend(score);
    }
    Ok(all)
}

/// [`highest_tiers`] where a track is to be chosen.
fn by_track(program: &Compiled, base: &Base, context: &Context, cutoffs: &Cutoffs) -> Result<Highest> {
    let evaluated = evaluate(program, base, context, cutoffs)?;
    let code = |&mask: &u32| highest(mask).map_or(-1, |tier| tier as i8);
    let tier = evaluated.qualifies.iter().map(code).collect();
    let score = if program.tracks.iter().any(|t| t.score.is_some()) { evaluated.score } else { Vec::new() };
    Ok(Highest { tier, track: evaluated.track, score })
}

/// The tiers of some rows and their scores, where there are any.
fn piece(
    rules: &TrackRules,
    base: &Base,
    context: &Context,
    cutoffs: &Cutoffs,
    rows: Range<usize>,
) -> (Vec<i8>, Vec<f64>) {
    let (mut tiers, mut scores) = (Vec::with_capacity(rows.len()), Vec::new());
    for from in rows.clone().step_by(BLOCK) {
        let range = from..rows.end.min(from + BLOCK);
        let mut columns = Columns::new(&base.columns, range.clone());
        columns.derive(&rules.formulas);
        let nodes = nodes(0, rules, &columns, base, context, cutoffs, &range);
        // How many tiers there are up to the highest one that is met: one byte for each row.
        let mut counts = [0_u64; BLOCK / 8];
        let mut this_or_higher = NONE;
        for (tier, node) in rules.qualification.iter().enumerate().rev() {
            // Without criteria everybody has the lowest tier, and any other is given by hand.
            let met = match node {
                Some(node) => nodes[*node],
                None if tier == 0 => ALL,
                None => NONE,
            };
            this_or_higher = either(&this_or_higher, &met);
            for (word, counts) in this_or_higher.iter().zip(counts.chunks_exact_mut(8)) {
                for (bits, count) in word.to_le_bytes().into_iter().zip(counts) {
                    *count += spread(bits);
                }
            }
        }
        let bytes = counts.iter().flat_map(|count| count.to_le_bytes());
        tiers.extend(bytes.take(range.len()).map(|count| count as i8 - 1));
        if let Some(column) = rules.score {
            scores.extend((0..range.len()).map(|row| columns.at(column, row)));
        }
    }
    (tiers, scores)
}

/// Eight bits as eight bytes of 0 or 1, the lowest first.
fn spread(bits: u8) -> u64 {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let apart = (u64::from(bits) * EACH) & 0x8040_2010_0804_0201;
    // A byte holds 0 or a power of two: with 127 more, its highest bit says which.
    (apart + 0x7F * EACH) >> 7 & EACH
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_spread_to_bytes() {
        for bits in 0..=u8::MAX {
            let expected: Vec<u8> = (0..8).map(|at| bits >> at & 1).collect();
            assert_eq!(spread(bits).to_le_bytes().to_vec(), expected);
        }
    }
}
