//! Which tiers each row of a base qualifies for and keeps, block by block.
//!
//! A block is a thousand rows; a criterion makes one bit of each. One partner is a block of one row, so that a request
//! and a batch cannot differ.

use super::base::Base;
use super::document::TrackChoice;
use super::formula::Columns;
use super::program::{Bound, Compiled, Node, Test, TrackRules};
use super::top::{Cutoff, Cutoffs, Groups};
use crate::engine::parallel;
use crate::error::Result;

/// Rows of a block.
pub(crate) const BLOCK: usize = 1024;
const WORDS: usize = BLOCK / 64;
/// One bit for each row of a block.
pub(crate) type Bits = [u64; WORDS];
pub(crate) const ALL: Bits = [u64::MAX; WORDS];
pub(crate) const NONE: Bits = [0; WORDS];

/// No track.
pub(crate) const NO_TRACK: u8 = u8::MAX;

/// What is known of rows beside their metrics.
#[derive(Debug, Clone, Default)]
pub(crate) struct Context {
    /// The track that a row stays in, whatever its metrics say; empty: none does.
    pub(crate) fixed_track: Vec<Option<usize>>,
    /// For each row, for how many months without a break it has held each tier or a higher one; empty: no history.
    pub(crate) held_months: Vec<Vec<u32>>,
}

/// What the criteria say of each row.
#[derive(Debug, Clone, Default)]
pub(crate) struct Evaluated {
    /// [`NO_TRACK`] where no track is for it.
    pub(crate) track: Vec<u8>,
    /// One bit for each tier that it qualifies for.
    pub(crate) qualifies: Vec<u32>,
    /// One bit for each tier that it would keep.
    pub(crate) keeps: Vec<u32>,
    /// NaN where the track has no scorecard.
    pub(crate) score: Vec<f64>,
}

impl Evaluated {
    /// What they say of one row.
    pub(crate) fn only(&self, row: usize) -> Self {
        let (track, qualifies, keeps) = (vec![self.track[row]], vec![self.qualifies[row]], vec![self.keeps[row]]);
        Self { track, qualifies, keeps, score: vec![self.score[row]] }
    }
}

/// The highest tier of a mask.
pub(crate) fn highest(mask: u32) -> Option<usize> {
    (mask != 0).then(|| 31 - mask.leading_zeros() as usize)
}

/// Evaluates every row.
pub(crate) fn evaluate(program: &Compiled, base: &Base, context: &Context, cutoffs: &Cutoffs) -> Result<Evaluated> {
    let rows = base.rows();
    let blocks: Vec<usize> = (0..rows.div_ceil(BLOCK)).collect();
    let parts = parallel::map(blocks, rows, |block| {
        let from = block * BLOCK;
        Ok(evaluate_block(program, base, context, cutoffs, from..rows.min(from + BLOCK)))
    })?;
    let mut all = Evaluated::default();
    for part in parts {
        all.track.extend(part.track);
        all.qualifies.extend(part.qualifies);
        all.keeps.extend(part.keeps);
        all.score.extend(part.score);
    }
    Ok(all)
}

fn evaluate_block(
    program: &Compiled,
    base: &Base,
    context: &Context,
    cutoffs: &Cutoffs,
    range: std::ops::Range<usize>,
) -> Evaluated {
    let rows = range.len();
    let choice = program.document.tracks.as_ref().map_or(TrackChoice::Classified, |t| t.choose);
    let mut result = Evaluated {
        track: vec![NO_TRACK; rows],
        qualifies: vec![0; rows],
        keeps: vec![0; rows],
        score: vec![f64::NAN; rows],
    };
    let mut columns = Columns::new(&base.columns, range.clone());
    for (number, rules) in program.tracks.iter().enumerate() {
        // Whether the track comes into question before its own condition is looked at.
        let eligible = |row: usize, taken: bool| {
            let fixed = context.fixed_track.get(range.start + row).copied().flatten();
            match (fixed, choice) {
                (Some(fixed), _) => fixed == number,
                (None, TrackChoice::Classified) => !taken,
                (None, TrackChoice::BestOf) => true,
                (None, TrackChoice::Enrolled) => {
                    program.track_names.len() == 1
                        || base.enrolment.get(range.start + row).and_then(|e| e.track) == Some(number)
                }
            }
        };
        if !(0..rows).any(|row| eligible(row, result.track[row] != NO_TRACK)) {
            continue;
        }
        columns.derive(&rules.formulas);
        let nodes = nodes(number, rules, &columns, base, context, cutoffs, &range);
        let for_whom = rules.when.map_or(ALL, |node| nodes[node]);
        let bits_of = |of: &[Option<usize>], without: fn(usize) -> bool| -> Vec<Bits> {
            let of_tier = |(tier, node): (usize, &Option<usize>)| match node {
                Some(node) => nodes[*node],
                None => {
                    if without(tier) {
                        ALL
                    } else {
                        NONE
                    }
                }
            };
            of.iter().enumerate().map(of_tier).collect()
        };
        // Without criteria everybody has the lowest tier, and any other is given by hand.
        let qualified = bits_of(&rules.qualification, |tier| tier == 0);
        let kept = bits_of(&rules.maintenance, |_| true);
        let mask = |of: &[Bits], row: usize| {
            of.iter().enumerate().fold(0, |mask, (tier, bits)| mask | u32::from(is_set(bits, row)) << tier)
        };
        for row in 0..rows {
            let taken = result.track[row] != NO_TRACK;
            let stays = context.fixed_track.get(range.start + row).copied().flatten().is_some();
            // A track that a partner stays in or is enrolled in has no condition to meet again.
            let unconditional = stays || choice == TrackChoice::Enrolled;
            if !eligible(row, taken) || !(unconditional || is_set(&for_whom, row)) {
                continue;
            }
            let qualifies = mask(&qualified, row);
            let score = rules.score.map_or(f64::NAN, |column| columns.at(column, row));
            // The highest tier first, then the score; the earlier track where they are the same.
            let better = !taken || {
                let (a, b) = (highest(qualifies), highest(result.qualifies[row]));
                a > b || (a == b && score > result.score[row])
            };
            if better {
                result.track[row] = number as u8;
                result.qualifies[row] = qualifies;
                result.keeps[row] = mask(&kept, row);
                result.score[row] = score;
            }
        }
    }
    result
}

/// One bit for each row and node.
pub(crate) fn nodes(
    track: usize,
    rules: &TrackRules,
    columns: &Columns<'_>,
    base: &Base,
    context: &Context,
    cutoffs: &Cutoffs,
    range: &std::ops::Range<usize>,
) -> Vec<Bits> {
    let mut done: Vec<Bits> = Vec::with_capacity(rules.nodes.len());
    for (number, node) in rules.nodes.iter().enumerate() {
        let bits = match node {
            Node::Always => ALL,
            Node::All(children) => children.iter().fold(ALL, |a, &c| both(&a, &done[c])),
            Node::Any(children) => children.iter().fold(NONE, |a, &c| either(&a, &done[c])),
            Node::Not(child) => done[*child].map(|word| !word),
            Node::NOf(n, children) => {
                each(range.len(), |row| children.iter().filter(|&&c| is_set(&done[c], row)).count() >= *n)
            }
            Node::Test(test) => match columns.get(test.column) {
                Some(values) => within(values, test),
                None => NONE,
            },
            Node::Positive(lines) => lines.iter().fold(ALL, |a, &line| {
                let bits = columns.get(line).map_or(NONE, |values| tested(values, |value| value > 0.0));
                both(&a, &bits)
            }),
            Node::Top(top) => {
                let mut groups = Groups::new(top, base);
                let mut limits: Vec<Option<Cutoff>> = Vec::new();
                each(range.len(), |row| {
                    let group = groups.of(range.start + row);
                    if group == limits.len() {
                        limits.push(cutoffs.of_group(track, number, &groups.names[group]));
                    }
                    // In a group without a cut-off, nobody is in the top.
                    limits[group].is_some_and(|cutoff| columns.at(top.column, row) >= cutoff.value)
                })
            }
            Node::Attribute { attribute, condition } => {
                let attribute = &base.attributes[*attribute];
                let of_value: Vec<bool> = attribute.values.iter().map(|values| condition.holds(values)).collect();
                let of_none = condition.holds(&[]);
                each(range.len(), |row| {
                    let code = attribute.codes.get(range.start + row).copied();
                    code.and_then(|c| of_value.get(c as usize).copied()).unwrap_or(of_none)
                })
            }
            Node::Held { tier, months } => each(range.len(), |row| {
                let held = context.held_months.get(range.start + row);
                held.and_then(|h| h.get(*tier)).is_some_and(|held| held >= months)
            }),
        };
        done.push(bits);
    }
    done
}

/// Whether a row's bit is set.
#[inline]
pub(crate) fn is_set(bits: &Bits, row: usize) -> bool {
    bits[row / 64] >> (row % 64) & 1 == 1
}

pub(crate) fn both(a: &Bits, b: &Bits) -> Bits {
    std::array::from_fn(|word| a[word] & b[word])
}

pub(crate) fn either(a: &Bits, b: &Bits) -> Bits {
    std::array::from_fn(|word| a[word] | b[word])
}

fn each(rows: usize, mut test: impl FnMut(usize) -> bool) -> Bits {
    let mut bits = NONE;
    for row in 0..rows {
        bits[row / 64] |= u64::from(test(row)) << (row % 64);
    }
    bits
}

/// One bit for each value within the bounds of a test; one bound alone, the usual case, is a single comparison.
fn within(values: &[f64], test: &Test) -> Bits {
    match (test.low, test.high) {
        (Some(Bound { limit, strict: false }), None) => tested(values, |v| v >= limit),
        (Some(Bound { limit, strict: true }), None) => tested(values, |v| v > limit),
        (None, Some(Bound { limit, strict: false })) => tested(values, |v| v <= limit),
        (None, Some(Bound { limit, strict: true })) => tested(values, |v| v < limit),
        _ => tested(values, |v| test.holds(v)),
    }
}

/// One bit for each value: eight comparisons to a byte, which compilers make wide, and eight bytes to a word.
pub(crate) fn tested(values: &[f64], test: impl Fn(f64) -> bool) -> Bits {
    let mut bits = NONE;
    for (word, chunk) in bits.iter_mut().zip(values.chunks(64)) {
        let (eights, rest) = chunk.as_chunks::<8>();
        for (at, eight) in eights.iter().enumerate() {
            let byte = (0..8).fold(0, |byte, lane| byte | u64::from(test(eight[lane])) << lane);
            *word |= byte << (8 * at);
        }
        for (at, &value) in rest.iter().enumerate() {
            *word |= u64::from(test(value)) << (8 * eights.len() + at);
        }
    }
    bits
}
