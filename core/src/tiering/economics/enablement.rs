//! What closes a gap: the trainings of the document, how many completions they take, by when they must start, what they
//! cost.
//!
//! A training counts where it moves the gap's own metric in the direction that the gap needs. It then takes
//! `ceil(missing / adds)` completions, each by a person of its own where people are counted; who they are is not known here.
//! A training of a metric that only goes into the gap's (a scorecard's total, a ratio) is listed without a number: how much
//! of it is needed depends on the rest.

use super::super::base::Base;
use super::super::compile::Numbers;
use super::super::formula::rounded;
use super::super::frame::inputs;
use super::super::gaps::{Gap, Gaps, Operation, number_column, row_columns, tested_column, tier_column};
use super::super::program::Compiled;
use crate::calendar::{Date, MIN_DATE};
use crate::error::Result;
use crate::table::result::{TextColumn, column};
use crate::table::{Column, ColumnData, Table};

/// A training that helps to close a gap.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Need {
    /// The gap's number.
    pub(crate) gap: usize,
    /// The number of the entry in `enablement`.
    pub(crate) entry: usize,
    /// How many completions close the gap; `None`: that depends on the rest.
    pub(crate) completions: Option<f64>,
    /// The last day to begin.
    pub(crate) start_by: Date,
    /// What all completions cost; `None`: not stated, or their number is not known.
    pub(crate) cost: Option<f64>,
}

/// The trainings for gaps that must be closed on a day, in the order of the gaps, then of the document.
///
/// # Errors
/// A cost of `enablement` that cannot be resolved.
pub(crate) fn enablement(program: &Compiled, gaps: &Gaps, needed_on: Date) -> Result<Vec<Need>> {
    let entries = &program.document.enablement;
    let metrics: Vec<Option<usize>> = entries.iter().map(|e| program.column(&e.metric)).collect();
    let mut needs = Vec::new();
    for (number, gap) in gaps.list.iter().enumerate() {
        let (track, leaf) = &gaps.leaves[gap.leaf as usize];
        let Some(tested) = tested_column(program, *track, leaf) else { continue };
        let sources = sources(program, *track, tested);
        for (at, entry) in entries.iter().enumerate() {
            let Some(metric) = metrics[at].filter(|m| sources.contains(m)) else { continue };
            let completions = if metric == tested {
                match completions(gap, entry.adds, program.columns[tested].unit.is_whole()) {
                    Some(completions) => Some(completions),
                    None => continue,
                }
            } else {
                None
            };
            let name = program.track_names[*track].as_deref();
            let numbers = Numbers::new(&program.document, program.currency, name, &program.track_names, &program.tiers);
            let cost = numbers.optional(entry.cost.as_ref(), &format!("enablement[{at}].cost"))?;
            let days = i32::try_from(entry.days).unwrap_or(i32::MAX);
            needs.push(Need {
                gap: number,
                entry: at,
                completions,
                start_by: needed_on.add_days(-days).max(MIN_DATE),
                cost: cost.zip(completions).map(|(cost, n)| cost * n),
            });
        }
    }
    Ok(needs)
}

/// A column and all that it is made of.
fn sources(program: &Compiled, track: usize, column: usize) -> Vec<usize> {
    let (mut found, mut open) = (vec![column], vec![column]);
    while let Some(column) = open.pop() {
        let formula = program.tracks[track].formulas.iter().find(|(c, _)| *c == column);
        for part in formula.map_or(Vec::new(), |(_, formula)| inputs(formula)) {
            if !found.contains(&part) {
                found.push(part);
                open.push(part);
            }
        }
    }
    found
}

/// How many completions close a gap; `None`: none do, or it is not known how much is missing.
fn completions(gap: &Gap, adds: f64, whole: bool) -> Option<f64> {
    let up = match gap.operation {
        Operation::AtLeast | Operation::MoreThan => true,
        Operation::AtMost | Operation::LessThan => false,
        Operation::Is | Operation::IsNot => return None,
    };
    if gap.missing.is_nan() || adds == 0.0 || (adds > 0.0) != up {
        return None;
    }
    let exact = rounded(gap.missing / adds.abs(), 1e9);
    let strict = matches!(gap.operation, Operation::MoreThan | Operation::LessThan);
    // What is missing to a strict bound reaches the bound itself, except where whole things are counted.
    Some(if strict && !whole { exact.floor() + 1.0 } else { exact.ceil() })
}

/// Trainings as a table: partner_id, scope, tier, criterion, metric (of the training), training, missing, completions,
/// start_by, cost, alternative (the group of which only some criteria must be met).
pub(crate) fn enablement_table(program: &Compiled, base: &Base, gaps: &Gaps, needs: &[Need]) -> Table {
    let gap = |need: &Need| &gaps.list[need.gap];
    let path = |need: &Need, node: fn(&super::super::gaps::Leaf) -> Option<usize>| {
        let (track, leaf) = &gaps.leaves[gap(need).leaf as usize];
        node(leaf).and_then(|node| program.tracks[*track].paths.get(node)).map(String::as_str)
    };
    let texts = |name: &str, text: &dyn Fn(&Need) -> Option<String>| {
        let mut column = TextColumn::default();
        needs.iter().for_each(|need| column.push(text(need).as_deref()));
        column.finish(name)
    };
    let entry = |need: &Need| &program.document.enablement[need.entry];
    let mut columns: Vec<Column> = row_columns(base, needs.iter().map(|n| gap(n).row)).into();
    columns.extend([
        tier_column(program, "tier", needs.iter().map(|n| usize::from(gap(n).tier))),
        texts("criterion", &|n| path(n, |leaf| Some(leaf.node)).map(str::to_owned)),
        texts("metric", &|n| Some(entry(n).metric.clone())),
        texts("training", &|n| Some(entry(n).training.clone())),
        number_column("missing", needs.iter().map(|n| gap(n).missing)),
        number_column("completions", needs.iter().map(|n| n.completions.unwrap_or(f64::NAN))),
        column("start_by", ColumnData::Date(needs.iter().map(|n| n.start_by.0).collect())),
        number_column("cost", needs.iter().map(|n| n.cost.unwrap_or(f64::NAN))),
        texts("alternative", &|n| path(n, |leaf| leaf.group).map(str::to_owned)),
    ]);
    Table::new(columns)
}
