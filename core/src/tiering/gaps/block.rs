//! The gaps of a block of rows.
//!
//! Each leaf is looked at once, for all rows in which it is open; the gaps are then put in the order of their rows by
//! counting: how many a row has says where those of the next one begin. Leaves come in the order of the tiers and of the
//! document, so that the gaps of one row stand in that order too.

use std::ops::Range;

use super::super::document::MetricUnit;
use super::super::evaluate::{Bits, NO_TRACK, NONE, both, nodes, tested};
use super::super::formula::Columns;
use super::super::program::Node;
use super::super::top::group;
use super::{Gap, GapSearch, Gaps, Leaf, Leaves, Operation, Progress, Reach, wanted};

/// Where the leaves of a tier in a track stand in the list of all.
pub(super) struct Plan {
    pub(super) first: usize,
    pub(super) leaves: Leaves,
}

/// A track over a block of rows.
struct TrackBlock<'a> {
    track: usize,
    columns: Columns<'a>,
    nodes: Vec<Bits>,
    /// The rows whose gaps to a tier are wanted, by tier.
    wanted: Vec<Bits>,
}

/// A leaf with the rows of a block in which it is open.
struct Open<'a> {
    block: &'a TrackBlock<'a>,
    leaf: &'a Leaf,
    /// Its number in [`Gaps::leaves`].
    number: usize,
    tier: usize,
    rows: Bits,
}

impl GapSearch<'_> {
    /// The gaps of a block, and how far its rows are; `plans` are by track and tier.
    pub(super) fn block(
        &self,
        plans: &[Vec<Plan>],
        current: &impl Fn(usize) -> Option<usize>,
        range: Range<usize>,
    ) -> Gaps {
        let mut found = Gaps::default();
        let blocks = self.tracks_of(current, &range);
        let open: Vec<Open<'_>> =
            blocks.iter().flat_map(|block| self.open(block, &plans[block.track], range.len())).collect();
        if self.progress {
            found.progress = self.count(&blocks, plans, &open, &range);
        }
        if self.list {
            self.list(&mut found, &open, &range);
        }
        found
    }

    /// Lists every gap.
    fn list(&self, found: &mut Gaps, open: &[Open<'_>], range: &Range<usize>) {
        let mut starts = vec![0_usize; range.len() + 1];
        for open in open {
            each_set(&open.rows, |row| starts[row + 1] += 1);
        }
        for row in 0..range.len() {
            starts[row + 1] += starts[row];
        }
        let total = starts[range.len()];
        let nothing = Gap {
            actual: f64::NAN,
            required: f64::NAN,
            missing: f64::NAN,
            row: 0,
            leaf: 0,
            tier: 0,
            operation: Operation::Is,
        };
        found.list = vec![nothing; total];
        for open in open {
            self.fill(found, &mut starts, open, range.start);
        }
        found.populations.sort_unstable_by_key(|(gap, ..)| *gap);
    }

    /// The tracks of the block's rows, with the rows whose gaps to each tier are wanted.
    fn tracks_of(&self, current: &impl Fn(usize) -> Option<usize>, range: &Range<usize>) -> Vec<TrackBlock<'_>> {
        let tiers = self.program.tiers.len();
        let mut wanted: Vec<Option<Vec<Bits>>> = vec![None; self.program.tracks.len()];
        for (at, row) in range.clone().enumerate() {
            let track = self.tracks.get(row).copied().filter(|&track| track != NO_TRACK);
            let Some(of_track) = track.and_then(|track| wanted.get_mut(usize::from(track))) else { continue };
            let of_tiers = of_track.get_or_insert_with(|| vec![NONE; tiers]);
            let next = current(row).map_or(0, |tier| tier + 1);
            let last = if self.reach == Reach::Next { (next + 1).min(tiers) } else { tiers };
            for bits in of_tiers.iter_mut().take(last).skip(next) {
                bits[at / 64] |= 1 << (at % 64);
            }
        }
        let with_rows = wanted.into_iter().enumerate().filter_map(|(track, wanted)| Some((track, wanted?)));
        let one = |(track, wanted): (usize, Vec<Bits>)| {
            let rules = &self.program.tracks[track];
            let mut columns = Columns::new(&self.base.columns, range.clone());
            columns.derive(&rules.formulas);
            let nodes = nodes(track, rules, &columns, self.base, self.context, self.cutoffs, range);
            TrackBlock { track, columns, nodes, wanted }
        };
        with_rows.map(one).collect()
    }

    /// The leaves of a track with the rows in which they are open.
    fn open<'b>(&self, block: &'b TrackBlock<'b>, plans: &'b [Plan], rows: usize) -> Vec<Open<'b>> {
        let mut all = Vec::new();
        for (tier, (plan, wanted)) in plans.iter().zip(&block.wanted).enumerate() {
            for (number, leaf) in plan.leaves.leaves.iter().enumerate() {
                let mut open = both(wanted, &leaf.open(&block.nodes));
                let node = &self.program.tracks[block.track].nodes[leaf.node];
                match node {
                    // Of the lines that must all give points, those are open that give none.
                    Node::Positive(_) if !leaf.negated => {
                        let some = leaf.line.and_then(|line| block.columns.get(line));
                        let some = some.map_or(NONE, |points| tested(&points[..rows], |p| p > 0.0));
                        open = both(&open, &some.map(|word| !word));
                    }
                    Node::Test(test) if test.low.is_none() && test.high.is_none() => open = NONE,
                    _ => {}
                }
                all.push(Open { block, leaf, number: plan.first + number, tier, rows: open });
            }
        }
        all
    }

    /// How far each row is from each wanted tier, in the order of the rows, then of the tiers.
    fn count(
        &self,
        blocks: &[TrackBlock<'_>],
        plans: &[Vec<Plan>],
        open: &[Open<'_>],
        range: &Range<usize>,
    ) -> Vec<Progress> {
        let tiers = self.program.tiers.len();
        let none = Progress { row: 0, tier: 0, satisfied: 0, total: 0, gaps: 0 };
        let mut all = vec![none; range.len() * tiers];
        for block in blocks {
            for (tier, (plan, wanted)) in plans[block.track].iter().zip(&block.wanted).enumerate() {
                let parts = &plan.leaves.parts;
                // A tier without criteria is one thing: the lowest is everybody's, any other is given by hand.
                let satisfied = u32::from(tier == 0 && parts.is_empty());
                let total = parts.len().max(1) as u32;
                each_set(wanted, |at| {
                    let row = (range.start + at) as u32;
                    all[at * tiers + tier] = Progress { row, tier: tier as u8, satisfied, total, gaps: 0 };
                });
                for &part in parts {
                    each_set(&both(wanted, &block.nodes[part]), |at| all[at * tiers + tier].satisfied += 1);
                }
            }
        }
        for open in open {
            each_set(&open.rows, |at| all[at * tiers + open.tier].gaps += 1);
        }
        all.retain(|progress| progress.total > 0);
        all
    }

    /// What is missing at a leaf, in every row in which it is open; `next` says where a row's next gap stands.
    fn fill(&self, found: &mut Gaps, next: &mut [usize], open: &Open<'_>, from: usize) {
        let (block, leaf) = (open.block, open.leaf);
        let Gaps { list, populations, .. } = found;
        let mut put = |at: usize, actual: f64, required: f64, missing: f64, operation: Operation| {
            let row = (from + at) as u32;
            let gap =
                Gap { actual, required, missing, row, leaf: open.number as u32, tier: open.tier as u8, operation };
            let place = next[at];
            list[place] = gap;
            next[at] += 1;
            place
        };
        let unit = |column: usize| self.program.columns[column].unit;
        // One bound for all of them.
        let mut bound = |column: Option<usize>, operation: Operation, required: f64, unit: MetricUnit| {
            let target = operation.target(required, unit.is_whole());
            let values = column.and_then(|column| block.columns.get(column));
            each_set(&open.rows, |at| {
                let actual = values.map_or(f64::NAN, |values| values[at]);
                put(at, actual, required, operation.missing(actual, target), operation);
            });
        };
        match &self.program.tracks[block.track].nodes[leaf.node] {
            Node::Test(test) if test.low.is_none() || test.high.is_none() => {
                if let Some((operation, required)) = wanted(test, f64::NAN, leaf.negated) {
                    bound(Some(test.column), operation, required, unit(test.column));
                }
            }
            Node::Test(test) => each_set(&open.rows, |at| {
                let actual = block.columns.at(test.column, at);
                if let Some((operation, required)) = wanted(test, actual, leaf.negated) {
                    let target = operation.target(required, unit(test.column).is_whole());
                    put(at, actual, required, operation.missing(actual, target), operation);
                }
            }),
            Node::Positive(_) => {
                let operation = if leaf.negated { Operation::AtMost } else { Operation::MoreThan };
                bound(leaf.line, operation, 0.0, MetricUnit::Points);
            }
            Node::Top(top) => {
                let operation = if leaf.negated { Operation::LessThan } else { Operation::AtLeast };
                each_set(&open.rows, |at| {
                    let row = from + at;
                    let cutoff = self.cutoffs.of_row(block.track, leaf.node, top, self.base, row);
                    let (actual, required) = (block.columns.at(top.column, at), cutoff.map_or(f64::NAN, |c| c.value));
                    let target = operation.target(required, unit(top.column).is_whole());
                    let gap = put(at, actual, required, operation.missing(actual, target), operation);
                    populations.push((gap, group(top, self.base, row), cutoff.and_then(|c| c.population)));
                });
            }
            Node::Attribute { .. } => {
                let operation = if leaf.negated { Operation::IsNot } else { Operation::Is };
                bound(None, operation, f64::NAN, MetricUnit::Number);
            }
            Node::Held { tier, months } => {
                let operation = if leaf.negated { Operation::LessThan } else { Operation::AtLeast };
                let required = f64::from(*months);
                let target = operation.target(required, true);
                each_set(&open.rows, |at| {
                    let held = self.context.held_months.get(from + at).and_then(|h| h.get(*tier));
                    let actual = held.map_or(0.0, |&held| f64::from(held));
                    put(at, actual, required, operation.missing(actual, target), operation);
                });
            }
            // What is always met is a gap only where it must not be, and then nothing closes it.
            Node::Always => bound(None, Operation::IsNot, f64::NAN, MetricUnit::Number),
            Node::All(_) | Node::Any(_) | Node::NOf(..) | Node::Not(_) => {}
        }
    }
}

/// Each row whose bit is set, in their order.
fn each_set(bits: &Bits, mut work: impl FnMut(usize)) {
    for (word, &bits) in bits.iter().enumerate() {
        let mut left = bits;
        while left != 0 {
            work(word * 64 + left.trailing_zeros() as usize);
            left &= left - 1;
        }
    }
}
