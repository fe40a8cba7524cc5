//! What stands between a partner and its next tier, or every higher one.
//!
//! For each row and tier, every leaf of the tier's criterion that is not as the tier wants it: what was measured, what is
//! required, and what is missing in the direction of the bound. A leaf of a group that is met is no gap; a leaf of a group
//! of which only some must be met names the group, because one of its leaves may be closed instead of another.
//!
//! Missing is `required - actual` for a lower bound and `actual - required` for an upper one. Where whole things are
//! counted (things, people, yes and no) it goes to the next whole number that meets the bound; where they are not, a
//! strict bound (`more_than`, `less_than`) needs a little more than what is missing, which may then be 0. What is not
//! measured has no `actual` and nothing `missing` that could be stated.

mod block;
mod leaves;
mod review;
mod table;

use serde::{Deserialize, Serialize};

use self::block::Plan;
pub(crate) use self::leaves::{Leaf, Leaves};
pub(crate) use self::table::{
    chosen, count_column, number_column, row_columns, tested, tested_column, tested_unit, tier_column, unit_name,
};
use super::base::Base;
use super::document::MetricUnit;
use super::evaluate::{BLOCK, Context};
use super::formula::{Columns, rounded};
use super::program::{Compiled, Formula, Test};
use super::top::Cutoffs;
use crate::engine::parallel;
use crate::error::Result;

/// The tiers whose gaps are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reach {
    /// The tier above the one that a partner has.
    #[default]
    Next,
    /// Every tier above it.
    Every,
}

/// What a leaf asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operation {
    /// This or more.
    AtLeast,
    /// More than this.
    MoreThan,
    /// This or less.
    AtMost,
    /// Less than this.
    LessThan,
    /// An attribute is as wanted.
    Is,
    /// An attribute is not so.
    IsNot,
}

impl Operation {
    /// Each of them, in the order of their numbers.
    pub(crate) const ALL: [Self; 6] =
        [Self::AtLeast, Self::MoreThan, Self::AtMost, Self::LessThan, Self::Is, Self::IsNot];

    /// As documents and tables name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AtLeast => "at_least",
            Self::MoreThan => "more_than",
            Self::AtMost => "at_most",
            Self::LessThan => "less_than",
            Self::Is => "is",
            Self::IsNot => "is_not",
        }
    }

    /// The number to reach: where only whole ones make sense, the next one that meets the bound.
    pub(super) fn target(self, required: f64, whole: bool) -> f64 {
        match self {
            _ if !whole => required,
            Self::AtLeast => required.ceil(),
            Self::MoreThan => required.floor() + 1.0,
            Self::AtMost => required.floor(),
            _ => required.ceil() - 1.0,
        }
    }

    /// How much is missing from a number to a target; NaN where one of them is not known.
    pub(super) fn missing(self, actual: f64, target: f64) -> f64 {
        let missing = match self {
            Self::AtLeast | Self::MoreThan => target - actual,
            Self::AtMost | Self::LessThan => actual - target,
            Self::Is | Self::IsNot => f64::NAN,
        };
        // Rounding to nine decimals leaves whole numbers of this size as they are.
        if missing.abs() < 8e6 && f64::from(missing as i32) == missing {
            return missing;
        }
        // 0.9 - 0.85 is 0.05 to whoever reads it; a gap is never rounded away.
        let short = rounded(missing, 1e9);
        if short == 0.0 { missing } else { short }
    }
}

/// A criterion that is not as a tier wants it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Gap {
    /// NaN: not measured, or no number.
    pub(crate) actual: f64,
    /// NaN: no number.
    pub(crate) required: f64,
    /// NaN: not known.
    pub(crate) missing: f64,
    /// The row of the base.
    pub(crate) row: u32,
    /// Its leaf in [`Gaps::leaves`].
    pub(crate) leaf: u32,
    pub(crate) tier: u8,
    pub(crate) operation: Operation,
}

/// How far a row is from a tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Progress {
    /// The row of the base.
    pub(crate) row: u32,
    pub(crate) tier: u8,
    /// How many parts of the tier's criterion are met.
    pub(crate) satisfied: u32,
    /// How many parts it has.
    pub(crate) total: u32,
    /// How many gaps there are.
    pub(crate) gaps: u32,
}

/// The gaps of a base, in the order of its rows, then of the tiers, then of the document.
#[derive(Debug, Clone, Default)]
pub(crate) struct Gaps {
    pub(crate) list: Vec<Gap>,
    /// The groups of gaps to a cut-off: (gap, group, how many the population has).
    pub(crate) populations: Vec<(usize, String, Option<usize>)>,
    /// Every leaf with its track.
    pub(crate) leaves: Vec<(usize, Leaf)>,
    /// How far each row is from each wanted tier.
    pub(crate) progress: Vec<Progress>,
}

/// What gaps are asked for, and of what.
pub(crate) struct GapSearch<'a> {
    pub(crate) program: &'a Compiled,
    pub(crate) base: &'a Base,
    pub(crate) context: &'a Context,
    pub(crate) cutoffs: &'a Cutoffs,
    /// The track of each row; a row without a track has no gaps, because no rules are for it.
    pub(crate) tracks: &'a [u8],
    pub(crate) reach: Reach,
    /// Whether each gap is listed.
    pub(crate) list: bool,
    /// Whether the progress of each row is counted.
    pub(crate) progress: bool,
}

impl GapSearch<'_> {
    /// The gaps of every row to the tier above `current` (`None`: it has none), or to each of them.
    pub(crate) fn run(&self, current: &(impl Fn(usize) -> Option<usize> + Sync)) -> Result<Gaps> {
        let mut plans: Vec<Vec<Plan>> = Vec::new();
        let mut all = Gaps::default();
        for (track, rules) in self.program.tracks.iter().enumerate() {
            let mut of_tiers = Vec::new();
            for &root in &rules.qualification {
                let leaves = Leaves::of(rules, root);
                let first = all.leaves.len();
                all.leaves.extend(leaves.leaves.iter().map(|leaf| (track, leaf.clone())));
                of_tiers.push(Plan { first, leaves });
            }
            plans.push(of_tiers);
        }
        let rows = self.base.rows();
        let parts = parallel::map(parallel::pieces(rows, BLOCK), rows, |range| Ok(self.block(&plans, current, range)))?;
        all.list.reserve_exact(parts.iter().map(|part| part.list.len()).sum());
        all.progress.reserve_exact(parts.iter().map(|part| part.progress.len()).sum());
        for part in parts {
            let before = all.list.len();
            all.list.extend_from_slice(&part.list);
            all.populations.extend(part.populations.into_iter().map(|(at, group, n)| (before + at, group, n)));
            all.progress.extend_from_slice(&part.progress);
        }
        Ok(all)
    }
}

impl MetricUnit {
    /// Whether only whole numbers make sense.
    pub(crate) fn is_whole(self) -> bool {
        matches!(self, Self::Count | Self::People | Self::Flag)
    }
}

/// The bound that a value has to get over; of two, the one that it misses. A value that must leave the bounds of a test
/// leaves them on the nearer side, downwards where both are as near.
fn wanted(test: &Test, value: f64, negated: bool) -> Option<(Operation, f64)> {
    let pick = |strict: bool, if_strict, if_not| if strict { if_strict } else { if_not };
    if !negated {
        let low = test.low.map(|b| (pick(b.strict, Operation::MoreThan, Operation::AtLeast), b.limit));
        let high = test.high.map(|b| (pick(b.strict, Operation::LessThan, Operation::AtMost), b.limit));
        let above = test.low.is_some_and(|b| if b.strict { value > b.limit } else { value >= b.limit });
        return if above { high } else { low.or(high) };
    }
    // Below a lower bound that is met means less than it, and at most it where the bound itself was not in.
    let below = test.low.map(|b| (pick(b.strict, Operation::AtMost, Operation::LessThan), b.limit));
    let beyond = test.high.map(|b| (pick(b.strict, Operation::AtLeast, Operation::MoreThan), b.limit));
    match (below, beyond) {
        (Some(down), Some(up)) if up.1 - value < value - down.1 => Some(up),
        (down, up) => down.or(up),
    }
}

/// The room in the lines of a scorecard: what each gives a row and what it could give at most.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LineRoom {
    /// The line's column.
    pub(crate) column: usize,
    /// Its points now.
    pub(crate) points: f64,
    /// The most that it gives.
    pub(crate) max: f64,
}

/// The room in the lines of a scorecard's total, in a row; none where the column is no total.
pub(crate) fn line_room(program: &Compiled, base: &Base, track: usize, total: usize, row: usize) -> Vec<LineRoom> {
    let Some(rules) = program.tracks.get(track) else { return Vec::new() };
    let formula = |column: usize| rules.formulas.iter().find(|(c, _)| *c == column).map(|(_, f)| f);
    let Some(Formula::Total { lines, .. }) = formula(total) else { return Vec::new() };
    let mut columns = Columns::new(&base.columns, row..row + 1);
    columns.derive(&rules.formulas);
    let one = |&column: &usize| match formula(column) {
        Some(Formula::Line { max, .. }) => Some(LineRoom { column, points: columns.at(column, 0), max: *max }),
        _ => None,
    };
    lines.iter().filter_map(one).collect()
}

#[cfg(test)]
pub(crate) mod tests;
