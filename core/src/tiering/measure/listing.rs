//! Listing: the rows behind each metric of one partner.
//!
//! The scans that measure run again for that partner alone, and list the rows that count in place of counting them; so
//! windows, conditions, roles and rates are read in one way only. What a row gives is 1 in a count, its amount or number in
//! a sum, mean, highest or latest value, and its points; of the rows with one distinct value the first gives 1. A row is
//! named by its key, else by what tells it apart, never by where it stood in the input.

use std::collections::BTreeSet;
use std::ops::Range;

use super::exchange::Exchange;
use super::field::{Field, Kind, World};
use super::given::Frame;
use super::job::{Job, Keep, What};
use super::plan::{At, Output, Plan, Rates};
use super::population::Population;
use super::scan::{EVER, Scan};
use super::source::kind_of;
use super::tally::{CountedRow, Tally};
use super::{MeasureInputs, Ready, Results};
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::facts::Ecosystem;
use crate::facts::store::Chunk;
use crate::money::fixed_to_f64;
use crate::table::{ColumnKind, NULL};
use crate::tiering::base::Base;
use crate::tiering::document::MetricUnit;
use crate::tiering::formula::rounded;
use crate::tiering::program::Compiled;

/// What stands behind a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FactKind {
    /// A row of a table.
    Row,
    /// A number that was handed in ready.
    HandedIn,
    /// Another metric, or a line of a scorecard.
    Metric,
}

/// Something behind a metric.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fact {
    /// The row of the base, and the column.
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) kind: FactKind,
    /// Which part of the metric it belongs to.
    pub(crate) part: Option<String>,
    pub(crate) table: Option<&'static str>,
    pub(crate) id: Option<String>,
    pub(crate) at: Option<Date>,
    /// What it gives; NaN is nothing.
    pub(crate) value: f64,
    pub(crate) unit: MetricUnit,
    /// The distinct value, or the group.
    pub(crate) detail: Option<String>,
}

/// The rows behind the metrics of one partner: `rows` are those of the base that are its own. Columns that are `skipped`
/// are left out: nobody asks for them, or they were handed in.
///
/// # Errors
/// Those of [`measure`](super::measure) of the same facts, so none where they were measured.
#[allow(clippy::too_many_arguments)]
pub(crate) fn facts_of(
    program: &Compiled,
    eco: &Ecosystem,
    inputs: &MeasureInputs<'_>,
    base: &Base,
    rows: Range<usize>,
    skipped: &[bool],
    known: Date,
    monitor: &Monitor,
) -> Result<Vec<Fact>> {
    let Some(&partner) = base.partner.get(rows.start) else { return Ok(Vec::new()) };
    let world = World::new(eco, Exchange::new(program, eco)?);
    let mut population = Population::new(program, eco, known, Some(&[partner]), &mut Vec::new());
    if program.document.scope.is_some() {
        let scopes = rows.clone().filter_map(|row| base.scope.get(row).copied()).filter(|&scope| scope != NULL);
        population.divide(scopes.map(|scope| (0, scope)).collect(), (*base.scopes).clone());
    }
    let frame = Frame::of_columns(skipped);
    let (enrolments, findings) = (Vec::new(), Vec::new());
    let decisive = false;
    let ready = Ready { program, inputs, monitor, world, known, decisive, population, frame, enrolments, findings };
    let (plan, sheets) = ready.plan(&[known], Keep::Rows, true)?;
    let results = ready.run(&plan)?;
    let mut listing = Listing { ready: &ready, plan: &plan, base, rows, results, facts: Vec::new() };
    for sheet in &sheets {
        for output in &sheet.outputs {
            listing.output(output);
        }
        for (column, whole, scoped) in &sheet.given {
            listing.given(*column, *whole, *scoped);
        }
    }
    let mut facts = listing.facts;
    // Those of one row and column are in their order.
    facts.sort_by_key(|fact| (fact.row, fact.column));
    Ok(facts)
}

struct Listing<'l, 'a> {
    ready: &'l Ready<'a>,
    plan: &'l Plan<'a>,
    base: &'l Base,
    /// The rows of the partner in the base.
    rows: Range<usize>,
    results: Results,
    facts: Vec<Fact>,
}

impl Listing<'_, '_> {
    fn output(&mut self, output: &Output) {
        match output {
            Output::Numbers { column, at, .. } => {
                let facts = self.counted(*column, *at, None);
                self.facts.extend(facts);
            }
            Output::Points { column, at, rates } => {
                let facts = self.points(*column, *at, rates);
                self.facts.extend(facts);
            }
            Output::Coverage { column, need, have } => {
                for (part, (at, _)) in [("need", need), ("have", have)] {
                    let facts = self.counted(*column, *at, Some(part));
                    self.facts.extend(facts);
                }
            }
        }
    }

    /// The latest measurement of a scope, else that of the partner as a whole.
    fn given(&mut self, column: usize, whole: At, scoped: Option<At>) {
        let own = scoped.map_or_else(Vec::new, |scoped| self.counted(column, scoped, None));
        let whole = self.counted(column, whole, None);
        let has_own = |fact: &Fact| own.iter().any(|one| one.row == fact.row);
        self.facts.extend(whole.into_iter().filter(|fact| !has_own(fact)));
        self.facts.extend(own);
    }

    fn taken(&mut self, (scan, job): At) -> Vec<CountedRow> {
        let counted = self.results.get_mut(scan).and_then(|jobs| jobs.get_mut(job)).and_then(Option::take);
        match counted.map(|counted| counted.tally) {
            Some(Tally::Rows(list)) => list,
            _ => Vec::new(),
        }
    }

    /// The rows of the base that a row counts in.
    fn rows_of(&self, job: &Job, counted: &CountedRow) -> Range<usize> {
        if job.scope.is_none() {
            return self.rows.clone();
        }
        let row = self.rows.start + counted.cell as usize;
        row..row + 1
    }

    /// What a job has listed, in order: by date, name and value.
    fn counted(&mut self, column: usize, at: At, part: Option<&str>) -> Vec<Fact> {
        let rows = self.taken(at);
        let (scan, job) = (&self.plan.scans[at.0], &self.plan.scans[at.0].jobs[at.1]);
        let own = self.ready.program.columns[column].unit;
        let (value, unit, best) = match &job.what {
            What::Sum(field) => (Some(field), own, None),
            What::Latest(field) => (Some(field), own, Some(true)),
            What::Maximum(field) => (Some(field), own, Some(false)),
            What::Groups(_, _, value) => (value.as_ref(), group_unit(value.as_ref()), None),
            _ => (None, own, None),
        };
        let rows = best.map_or_else(|| rows.clone(), |latest| winners(&rows, latest));
        let mut found: Vec<(Fact, i64)> = Vec::new();
        for counted in &rows {
            let number = value.map_or(1.0, |field| self.number(field.kind == Kind::Amount, counted));
            let detail = self.detail(scan, job, counted);
            for row in self.rows_of(job, counted) {
                let part = part.map(str::to_owned);
                found.push((self.fact(scan, counted, (row, column), part, number, unit, detail.clone()), counted.mark));
            }
        }
        found.sort_by(|(a, _), (b, _)| order(a, b));
        if let What::Distinct(_) = job.what {
            let mut seen = BTreeSet::new();
            for (fact, mark) in &mut found {
                fact.value = f64::from(u8::from(seen.insert((fact.row, *mark))));
            }
        }
        found.into_iter().map(|(fact, _)| fact).collect()
    }

    /// The rows of a metric of points; the part is the rule that gives them.
    fn points(&mut self, column: usize, at: At, rates: &Rates) -> Vec<Fact> {
        let rows = self.taken(at);
        let (scan, job) = (&self.plan.scans[at.0], &self.plan.scans[at.0].jobs[at.1]);
        let unit = self.ready.program.columns[column].unit;
        let What::Points(points) = &job.what else { return Vec::new() };
        let mut found: Vec<(Fact, usize)> = Vec::new();
        for counted in &rows {
            let number = points.value.as_ref().map_or(1.0, |field| self.number(field.kind == Kind::Amount, counted));
            let class = rates.class(usize::try_from(counted.mark).unwrap_or_default());
            for row in self.rows_of(job, counted) {
                let worth = rounded(rates.points(class, number, self.ready.tier(self.base, row)), 1e12);
                let part = Some(format!("rules[{}]", class.0));
                found.push((self.fact(scan, counted, (row, column), part, worth, unit, None), class.0));
            }
        }
        found.sort_by(|(a, rule), (b, other)| rule.cmp(other).then_with(|| order(a, b)));
        found.into_iter().map(|(fact, _)| fact).collect()
    }

    /// The number of a row in major units.
    fn number(&self, is_amount: bool, counted: &CountedRow) -> f64 {
        match counted.number {
            Some((minor, _)) if is_amount => fixed_to_f64(minor.into(), self.ready.world.exchange.digits()),
            // Both zeros are the same number.
            Some((_, number)) => number + 0.0,
            None => 1.0,
        }
    }

    /// The distinct value of a row, or its group.
    fn detail(&self, scan: &Scan<'_>, job: &Job, counted: &CountedRow) -> Option<String> {
        let world = &self.ready.world;
        let field = match &job.what {
            What::Distinct(field) if field.kind == Kind::Amount => {
                let digits = world.exchange.digits();
                return Some(crate::money::fixed_to_text(counted.mark.into(), digits));
            }
            What::Distinct(field) | What::Groups(field, ..) => field,
            _ => return None,
        };
        let partner = *self.base.partner.get(self.rows.start)?;
        let chunk = scan.table.stored.chunks.get(counted.chunk as usize)?;
        let (chunk, row) = scan.locate(world, field.place, partner, chunk, counted.row as usize)?;
        field.show(chunk, row)
    }

    #[allow(clippy::too_many_arguments)]
    fn fact(
        &self,
        scan: &Scan<'_>,
        counted: &CountedRow,
        (row, column): (usize, usize),
        part: Option<String>,
        value: f64,
        unit: MetricUnit,
        detail: Option<String>,
    ) -> Fact {
        let world = &self.ready.world;
        let chunk = scan.table.stored.chunks.get(counted.chunk as usize);
        Fact {
            row,
            column,
            kind: FactKind::Row,
            part,
            table: Some(scan.table.described.spec.name),
            id: chunk.and_then(|chunk| identity(world, scan, chunk, counted.row as usize)),
            at: (counted.at > EVER).then(|| scan.dating.clock.date(world, counted.at)),
            value,
            unit,
            detail,
        }
    }
}

/// What the values of groups are.
fn group_unit(value: Option<&Field>) -> MetricUnit {
    match value.map(|field| field.kind) {
        Some(Kind::Amount) => MetricUnit::Money,
        Some(_) => MetricUnit::Number,
        None => MetricUnit::Count,
    }
}

/// The rows that give each cell its highest value, or its latest one and of those the highest.
fn winners(rows: &[CountedRow], latest: bool) -> Vec<CountedRow> {
    let better = |a: &CountedRow, b: &CountedRow| {
        let key = |row: &CountedRow| (if latest { row.at } else { EVER }, row.number.map(|(minor, _)| minor));
        let number = |row: &CountedRow| row.number.map_or(0.0, |(_, number)| number + 0.0);
        key(b).cmp(&key(a)).then_with(|| number(b).total_cmp(&number(a)))
    };
    let mut rows = rows.to_vec();
    rows.sort_by(|a, b| a.cell.cmp(&b.cell).then_with(|| better(a, b)));
    let of_cells = rows.chunk_by(|a, b| a.cell == b.cell);
    let best = of_cells.flat_map(|own| own.iter().take_while(|row| better(own.first().unwrap_or(row), row).is_eq()));
    best.copied().collect()
}

/// How the facts of one number are ordered: the earliest first.
fn order(a: &Fact, b: &Fact) -> std::cmp::Ordering {
    let key = |fact: &Fact| (fact.row, fact.at, fact.id.clone(), fact.detail.clone());
    key(a).cmp(&key(b)).then_with(|| a.value.total_cmp(&b.value))
}

/// The key of a row, else what tells it apart from the others of its partner and date.
fn identity(world: &World<'_>, scan: &Scan<'_>, chunk: &Chunk, row: usize) -> Option<String> {
    let stored = &scan.table.stored;
    let show = |column: usize| match kind_of(stored, column)? {
        Ok(ColumnKind::IdOf(by, spaces)) => {
            let member = chunk.member(stored.spec.column(by)?, row)?;
            world.eco.keys(*spaces.get(usize::from(member))?).show(chunk.code(column, row))
        }
        _ => scan.table.own(world, column)?.show(chunk, row),
    };
    let key = stored.spec.key.and_then(|name| stored.spec.column(name)).and_then(show);
    let parts = || scan.table.described.identity.iter().filter_map(|&column| show(column)).collect::<Vec<_>>();
    key.or_else(|| Some(parts().join(" / "))).filter(|id| !id.is_empty())
}
