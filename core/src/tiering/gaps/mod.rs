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

mod leaves;
mod review;
mod table;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub(crate) use self::leaves::{Leaf, Leaves};
pub(crate) use self::table::{number_column, row_columns, tested, tested_column, tested_unit, tier_column, unit_name};
use super::base::Base;
use super::document::MetricUnit;
use super::evaluate::{BLOCK, Bits, Context, Evaluated, NO_TRACK, is_set, nodes};
use super::formula::{Columns, rounded};
use super::program::{Compiled, Formula, Node, Test};
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

    /// How much is missing from a number to this bound; NaN where one of them is not known.
    fn missing(self, actual: f64, required: f64, whole: bool) -> f64 {
        let target = match self {
            _ if !whole => required,
            Self::AtLeast => required.ceil(),
            Self::MoreThan => required.floor() + 1.0,
            Self::AtMost => required.floor(),
            _ => required.ceil() - 1.0,
        };
        let missing = match self {
            Self::AtLeast | Self::MoreThan => target - actual,
            Self::AtMost | Self::LessThan => actual - target,
            Self::Is | Self::IsNot => f64::NAN,
        };
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

/// Where the leaves of a tier in a track stand in the list of all.
struct Plan {
    first: usize,
    leaves: Leaves,
}

/// The gaps of every row to the tier above `current` (`None`: it has none), or to each of them.
///
/// `evaluated` gives the track of each row; a row without a track has no gaps, because no rules are for it.
pub(crate) fn gaps(
    program: &Compiled,
    base: &Base,
    context: &Context,
    cutoffs: &Cutoffs,
    evaluated: &Evaluated,
    current: &(impl Fn(usize) -> Option<usize> + Sync),
    reach: Reach,
) -> Result<Gaps> {
    let mut plans: Vec<Vec<Plan>> = Vec::new();
    let mut all = Gaps::default();
    for (track, rules) in program.tracks.iter().enumerate() {
        let mut of_tiers = Vec::new();
        for &root in &rules.qualification {
            let leaves = Leaves::of(rules, root);
            let first = all.leaves.len();
            all.leaves.extend(leaves.leaves.iter().map(|leaf| (track, leaf.clone())));
            of_tiers.push(Plan { first, leaves });
        }
        plans.push(of_tiers);
    }
    let job = Job { program, base, context, cutoffs, plans: &plans };
    let parts = parallel::map(parallel::pieces(base.rows(), BLOCK), base.rows(), |range| {
        Ok(job.block(evaluated, current, reach, range))
    })?;
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

struct Job<'a> {
    program: &'a Compiled,
    base: &'a Base,
    context: &'a Context,
    cutoffs: &'a Cutoffs,
    plans: &'a [Vec<Plan>],
}

/// A track over a block of rows.
struct TrackBlock<'a> {
    columns: Columns<'a>,
    nodes: Vec<Bits>,
    /// The open bits of each leaf, by tier.
    open: Vec<Vec<Bits>>,
}

impl Job<'_> {
    fn block(
        &self,
        evaluated: &Evaluated,
        current: &impl Fn(usize) -> Option<usize>,
        reach: Reach,
        range: Range<usize>,
    ) -> Gaps {
        let tiers = self.program.tiers.len();
        let track_of = |row: usize| evaluated.track.get(row).copied().filter(|&t| t != NO_TRACK).map(usize::from);
        let blocks: Vec<Option<TrackBlock<'_>>> = (0..self.program.tracks.len())
            .map(|track| range.clone().any(|row| track_of(row) == Some(track)).then(|| self.track(track, &range)))
            .collect();
        let mut found = Gaps::default();
        for row in range.clone() {
            let Some(track) = track_of(row) else { continue };
            let (Some(Some(block)), Some(plans)) = (blocks.get(track), self.plans.get(track)) else { continue };
            let next = current(row).map_or(0, |tier| tier + 1);
            let last = if reach == Reach::Next { (next + 1).min(tiers) } else { tiers };
            for (tier, plan) in plans.iter().enumerate().take(last).skip(next) {
                self.row(&mut found, block, track, plan, tier, row, row - range.start);
            }
        }
        found
    }

    fn track(&self, track: usize, range: &Range<usize>) -> TrackBlock<'_> {
        let rules = &self.program.tracks[track];
        let mut columns = Columns::new(&self.base.columns, range.clone());
        columns.derive(&rules.formulas);
        let nodes = nodes(track, rules, &columns, self.base, self.context, self.cutoffs, range);
        let open = |plan: &Plan| plan.leaves.leaves.iter().map(|leaf| leaf.open(&nodes)).collect();
        let open = self.plans[track].iter().map(open).collect();
        TrackBlock { columns, nodes, open }
    }

    /// The gaps of one row to one tier.
    fn row(
        &self,
        found: &mut Gaps,
        block: &TrackBlock<'_>,
        track: usize,
        plan: &Plan,
        tier: usize,
        row: usize,
        at: usize,
    ) {
        let before = found.list.len();
        for (number, open) in block.open[tier].iter().enumerate() {
            if is_set(open, at) {
                let gap = Gap {
                    actual: f64::NAN,
                    required: f64::NAN,
                    missing: f64::NAN,
                    row: row as u32,
                    leaf: (plan.first + number) as u32,
                    tier: tier as u8,
                    operation: Operation::Is,
                };
                self.leaf(found, block, track, &plan.leaves.leaves[number], gap, at);
            }
        }
        let parts = &plan.leaves.parts;
        // A tier without criteria is one thing: the lowest is everybody's, any other is given by hand.
        let without = usize::from(tier == 0 && parts.is_empty());
        let met = parts.iter().filter(|&&part| is_set(&block.nodes[part], at)).count() + without;
        found.progress.push(Progress {
            row: row as u32,
            tier: tier as u8,
            satisfied: met as u32,
            total: parts.len().max(1) as u32,
            gaps: (found.list.len() - before) as u32,
        });
    }

    /// What is missing at an open leaf.
    fn leaf(&self, found: &mut Gaps, block: &TrackBlock<'_>, track: usize, leaf: &Leaf, gap: Gap, at: usize) {
        let value = |column: usize| block.columns.at(column, at);
        let row = gap.row as usize;
        let mut push = |actual: f64, operation: Operation, required: f64, unit: MetricUnit| {
            let missing = operation.missing(actual, required, unit.is_whole());
            found.list.push(Gap { actual, required, missing, operation, ..gap });
        };
        let unit = |column: usize| self.program.columns[column].unit;
        match &self.program.tracks[track].nodes[leaf.node] {
            Node::Test(test) => {
                let actual = value(test.column);
                if let Some((operation, required)) = wanted(test, actual, leaf.negated) {
                    push(actual, operation, required, unit(test.column));
                }
            }
            Node::Positive(_) => {
                let Some(line) = leaf.line else { return };
                let points = value(line);
                if leaf.negated {
                    push(points, Operation::AtMost, 0.0, MetricUnit::Points);
                } else if points.is_nan() || points <= 0.0 {
                    push(points, Operation::MoreThan, 0.0, MetricUnit::Points);
                }
            }
            Node::Top(top) => {
                let operation = if leaf.negated { Operation::LessThan } else { Operation::AtLeast };
                let cutoff = self.cutoffs.of_row(track, leaf.node, top, self.base, row);
                push(value(top.column), operation, cutoff.map_or(f64::NAN, |c| c.value), unit(top.column));
                let group = super::top::group(top, self.base, row);
                let gap = found.list.len() - 1;
                found.populations.push((gap, group, cutoff.and_then(|c| c.population)));
            }
            Node::Attribute { .. } => {
                let operation = if leaf.negated { Operation::IsNot } else { Operation::Is };
                push(f64::NAN, operation, f64::NAN, MetricUnit::Number);
            }
            Node::Held { tier, months } => {
                let held = self.context.held_months.get(row).and_then(|h| h.get(*tier));
                let operation = if leaf.negated { Operation::LessThan } else { Operation::AtLeast };
                push(held.map_or(0.0, |&h| f64::from(h)), operation, f64::from(*months), MetricUnit::Count);
            }
            // What is always met is a gap only where it must not be, and then nothing closes it.
            Node::Always => push(f64::NAN, Operation::IsNot, f64::NAN, MetricUnit::Number),
            Node::All(_) | Node::Any(_) | Node::NOf(..) | Node::Not(_) => {}
        }
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
