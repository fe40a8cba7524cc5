//! Measuring: the metrics of a programme from the facts.
//!
//! A row counts on a day if its conditions hold, if it is dated within the window of that day (or is in force on it), and if
//! it was known: nothing that is dated after the day until which facts are known counts, and an opportunity that closed
//! later is open. Rows belong to partners by themselves, by the roles on their opportunity, by its source or by its account;
//! a partner that is there in several roles is there once. Amounts come to the programme's currency at its frozen rates,
//! else at the rate of the opportunity's close or the row's date.
//!
//! Counts and money are integers, other sums are exact and rounded once, a mean is such a sum over its count, and points are
//! rounded to nine decimals: neither the order of rows nor chunks nor threads change a bit.

mod attributes;
mod condition;
mod dating;
mod exchange;
mod field;
mod filter;
mod given;
mod job;
mod links;
mod listing;
mod output;
mod plan;
mod population;
mod scan;
mod source;
mod tally;
#[cfg(test)]
mod tests;
mod window;

use std::collections::BTreeMap;

use self::exchange::Exchange;
use self::field::World;
use self::given::Frame;
use self::job::{Keep, What};
use self::links::Links;
pub(crate) use self::listing::{Fact, FactKind, facts_of};
use self::output::View;
use self::plan::{At, Output, Plan};
use self::population::{Enrolled, Population};
use self::scan::{Days, Setting};
use self::tally::{Counted, Tally};
use super::base::{Base, Enrolment};
use super::document::{Measure, Window};
use super::frame::needed;
use super::program::{ColumnRole, Compiled};
use crate::attribution::Credit;
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::{Code, Error, Result};
use crate::facts::Ecosystem;
use crate::facts::enrollments;
use crate::facts::store::Stored;
use crate::table::{Key, RawTable};

/// What is measured beside the facts.
#[derive(Debug, Clone, Default)]
pub(crate) struct MeasureInputs<'a> {
    /// Credits by the name that metrics give them.
    pub(crate) credit: BTreeMap<String, &'a Credit>,
    /// Ready metrics: `partner_id`, perhaps the scope, and columns that are called as metrics are. They go before whatever
    /// would be measured.
    pub(crate) given: Option<&'a RawTable<'a>>,
    /// The tiers that partners hold today, by code, for rates of points; else those of their enrollments.
    pub(crate) tiers: BTreeMap<u32, usize>,
}

/// The metrics of a programme on a day.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measured {
    pub(crate) base: Base,
    /// The columns that were handed in ready.
    pub(crate) handed_in: Vec<bool>,
    pub(crate) findings: Vec<Finding>,
}

/// Something about a metric that is usable but has to be said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Finding {
    /// The metric; `None`: the programme as a whole.
    pub(crate) metric: Option<String>,
    pub(crate) code: &'static str,
    /// How many rows it is about; a row counts once for each partner.
    pub(crate) rows: u64,
    pub(crate) message: String,
}

/// Rows that stop to count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Leaver {
    /// The code of the partner, and the column.
    pub(crate) partner: u32,
    pub(crate) column: usize,
    /// The first day on which they no longer count.
    pub(crate) on: Date,
    /// How many.
    pub(crate) rows: u64,
}

/// Measures a programme on a day, from what is known on it.
///
/// # Errors
/// Names, types and windows that do not fit the facts, with the path in the document; a table or column that is missing;
/// an amount without a rate.
pub(crate) fn measure(
    program: &Compiled,
    eco: &Ecosystem,
    inputs: &MeasureInputs<'_>,
    as_of: Date,
    monitor: &Monitor,
) -> Result<Measured> {
    let ready = Ready::new(program, eco, inputs, as_of, Part::default(), monitor)?;
    ready.measure(&[as_of])?.pop().ok_or_else(|| Error::internal("a day was not measured"))
}

/// Which part of a programme is measured.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Part<'p> {
    /// The codes of the partners; `None`: all.
    pub(crate) partners: Option<&'p [u32]>,
    /// Only the columns that criteria and scorecards read.
    pub(crate) decisive: bool,
}

/// Measures a programme on several days from what is known until one day: the partners, their enrollments and their scopes
/// are those of that day, so that all results have the same rows. Each result is handed on before many others are made.
///
/// # Errors
/// As [`measure`].
pub(crate) fn measure_at(
    program: &Compiled,
    eco: &Ecosystem,
    inputs: &MeasureInputs<'_>,
    days: &[Date],
    known: Date,
    part: Part<'_>,
    monitor: &Monitor,
    mut each: impl FnMut(Date, Measured) -> Result<()>,
) -> Result<()> {
    let ready = Ready::new(program, eco, inputs, known, part, monitor)?;
    let numbers = (ready.population.rows() * program.columns.len()).max(1);
    let days_at_once = (NUMBERS_AT_ONCE / numbers).clamp(*DAYS_AT_ONCE.start(), *DAYS_AT_ONCE.end());
    for some in days.chunks(days_at_once) {
        for (day, measured) in some.iter().zip(ready.measure(some)?) {
            each(*day, measured)?;
        }
    }
    Ok(())
}

/// The rows that count on a day and, though nothing else happens, no longer do on a later one, up to a horizon.
///
/// Measured again as of these days ([`measure_at`]), every metric has its exact value; only a change against some months ago
/// also moves when rows come into the window of the earlier day.
///
/// # Errors
/// As [`measure`].
pub(crate) fn leavers(
    program: &Compiled,
    eco: &Ecosystem,
    inputs: &MeasureInputs<'_>,
    as_of: Date,
    horizon: Date,
    part: Part<'_>,
    monitor: &Monitor,
) -> Result<Vec<Leaver>> {
    let ready = Ready::new(program, eco, inputs, as_of, part, monitor)?;
    ready.leavers(as_of, horizon)
}

/// What the jobs of each scan have counted, until it is taken.
type Results = Vec<Vec<Option<Counted>>>;

/// Days that are measured in one pass: more of them take more memory at once, so as many as make so many numbers.
const DAYS_AT_ONCE: std::ops::RangeInclusive<usize> = 8..=32;
const NUMBERS_AT_ONCE: usize = 1 << 22;

/// What becomes of jobs on a day.
struct Sheet {
    outputs: Vec<Output>,
    /// Columns of measurements: the partner as a whole, and by scope.
    given: Vec<(usize, At, Option<At>)>,
    findings: Vec<Finding>,
}

/// A programme whose partners, scopes and enrollments are known.
struct Ready<'a> {
    program: &'a Compiled,
    inputs: &'a MeasureInputs<'a>,
    monitor: &'a Monitor,
    world: World<'a>,
    known: Date,
    /// Only what criteria and scorecards read.
    decisive: bool,
    population: Population,
    frame: Frame,
    enrolments: Vec<(Enrolment, Option<Enrolled>)>,
    findings: Vec<Finding>,
}

impl<'a> Ready<'a> {
    fn new(
        program: &'a Compiled,
        eco: &'a Ecosystem,
        inputs: &'a MeasureInputs<'a>,
        known: Date,
        Part { partners, decisive }: Part<'_>,
        monitor: &'a Monitor,
    ) -> Result<Self> {
        let mut findings = Vec::new();
        let world = World::new(eco, Exchange::new(program, eco)?);
        let population = Population::new(program, eco, known, partners, &mut findings);
        let frame = Frame::read(program, &world, &population, inputs, &mut findings)?;
        let enrolments = Vec::new();
        let mut ready =
            Self { program, inputs, monitor, world, known, decisive, population, frame, enrolments, findings };
        if program.document.scope.is_some() {
            ready.divide()?;
        }
        ready.enrolments = ready.population.enrolments(program, eco);
        ready.findings.extend(Population::unknown_tiers(program, eco, &ready.enrolments));
        Ok(ready)
    }

    fn days(&self, day: Date) -> Days {
        let known = self.known.min(day);
        Days { day, known, until: self.world.eco.zone().end_of_day(known) }
    }

    /// The scans of some days, and what becomes of them on each.
    fn plan(&self, days: &[Date], keep: Keep, past: bool) -> Result<(Plan<'a>, Vec<Sheet>)> {
        let mut plan = Plan::new(self.program, self.inputs, self.monitor);
        plan.scopes = (*self.population.scopes).clone();
        let sheets = days.iter().map(|&day| self.sheet(&mut plan, day, keep, past)).collect::<Result<_>>()?;
        Ok((plan, sheets))
    }

    fn sheet(&self, plan: &mut Plan<'a>, day: Date, keep: Keep, past: bool) -> Result<Sheet> {
        let mut given = Vec::new();
        let needed = needed(self.program, &|column| self.frame.has(column));
        let rules = self.program.columns.iter().enumerate();
        for (column, rule) in rules.filter(|(_, r)| r.kind == ColumnRole::Base && (past || r.months_ago == 0)) {
            let ago = i32::try_from(rule.months_ago).unwrap_or(i32::MAX);
            let days = self.days(day.add_months(-ago));
            plan.keep = match keep {
                Keep::Leaves(by) => Keep::Leaves(by.add_months(-ago)),
                other => other,
            };
            if self.frame.has(column) || self.decisive && needed.binary_search(&column).is_err() {
                continue;
            }
            let label = label(&rule.name, rule.months_ago);
            let is_given =
                matches!(self.program.document.metrics.get(&rule.name).map(|m| &m.measure), Some(Measure::Given));
            if !is_given {
                match plan.add(&self.world, column, &rule.name, days, &label) {
                    // Nothing asks for it: the programme does without.
                    Err(error) if is_missing(&error) && needed.binary_search(&column).is_err() => {
                        let message = error.message().to_owned();
                        plan.findings.push(Finding {
                            metric: Some(label),
                            code: "metric_not_measured",
                            rows: 0,
                            message,
                        });
                    }
                    added => added?,
                }
                continue;
            }
            if !given::is_measured(&self.world, &rule.name) {
                if rule.months_ago == 0 && needed.binary_search(&column).is_ok() {
                    return Err(given::nowhere(&rule.name));
                }
                let message = "nobody gives it, and nothing needs it".to_owned();
                let message = if rule.months_ago == 0 { message } else { "nobody gives it of that day".to_owned() };
                plan.findings.push(Finding { metric: Some(label), code: "metric_not_measured", rows: 0, message });
                continue;
            }
            let whole = given::facts(&self.world, &rule.name, false);
            let whole = plan.given(&self.world, &whole, &rule.name, days)?;
            let scoped = given::facts(&self.world, &rule.name, true);
            let scoped = match scoped.scope {
                Some(_) if self.program.document.scope.is_some() => {
                    Some(plan.given(&self.world, &scoped, &rule.name, days)?)
                }
                _ => None,
            };
            given.push((column, whole, scoped));
        }
        let outputs = std::mem::take(&mut plan.outputs);
        Ok(Sheet { outputs, given, findings: std::mem::take(&mut plan.findings) })
    }

    fn run(&self, plan: &Plan<'_>) -> Result<Results> {
        let rows = plan.scans.iter().map(|scan| scan.table.stored.rows()).sum();
        self.monitor.begin("review", rows)?;
        let mut links: Vec<(i64, Links)> = Vec::new();
        let mut results = Vec::new();
        for scan in &plan.scans {
            if scan.jobs.is_empty() {
                results.push(Vec::new());
                continue;
            }
            let until = scan.until;
            if !links.iter().any(|(at, _)| *at == until) {
                links.push((until, Links::default()));
            }
            let Some((_, own)) = links.iter().find(|(at, _)| *at == until) else { continue };
            let setting =
                Setting { world: &self.world, population: &self.population, links: own, monitor: self.monitor };
            results.push(scan.run(&setting)?.into_iter().map(Some).collect());
        }
        Ok(results)
    }

    /// Gives each partner the scopes that its rows name.
    fn divide(&mut self) -> Result<()> {
        let (mut plan, _) = self.plan(&[self.known], Keep::Numbers, false)?;
        for scan in &mut plan.scans {
            scan.jobs.retain(|job| job.scope.is_some());
            scan.jobs.iter_mut().for_each(|job| job.what = What::Scopes);
        }
        plan.scans.retain(|scan| !scan.jobs.is_empty());
        let mut pairs = self.frame.scopes(&mut plan.scopes)?;
        for counted in self.run(&plan)?.into_iter().flatten().flatten() {
            if let Tally::Pairs(list) = counted.tally {
                pairs.extend(list);
            }
        }
        let enrolled = self.population.enrolled.as_deref().unwrap_or_default();
        let by_region = self.program.document.scope.as_ref().is_some_and(|scope| scope.by == "region");
        if let (true, Some(stored)) = (by_region, self.world.eco.stored(enrollments::SPEC.name)) {
            let regions: &Stored = stored;
            for one in enrolled {
                let region = regions.dictionaries[enrollments::Col::region as usize].show(one.region);
                if let (Some(region), Some(partner)) = (region, self.population.place(one.partner)) {
                    pairs.push((partner, plan.scopes.intern(Key::Text(&region))?));
                }
            }
        }
        self.population.divide(pairs, plan.scopes);
        Ok(())
    }

    /// Measures several days in one pass.
    fn measure(&self, days: &[Date]) -> Result<Vec<Measured>> {
        let (plan, sheets) = self.plan(days, Keep::Numbers, true)?;
        let mut results = self.run(&plan)?;
        sheets.into_iter().map(|sheet| self.fill(sheet, &mut results)).collect()
    }

    fn fill(&self, sheet: Sheet, results: &mut Results) -> Result<Measured> {
        let (program, population) = (self.program, &self.population);
        let mut findings = self.findings.clone();
        findings.extend(sheet.findings);
        let mut base = Base::empty(program);
        base.partners = std::sync::Arc::clone(self.world.eco.keys(crate::table::KeySpace::Partner));
        base.scopes = std::sync::Arc::clone(&population.scopes);
        let partner_of_rows = population.partner_of_rows();
        base.partner = partner_of_rows.iter().map(|&p| population.partners[p as usize]).collect();
        base.scope.clone_from(&population.scope);
        base.enrolment = self.enrolments.iter().map(|(enrolment, _)| *enrolment).collect();
        let enrolled: Vec<Option<Enrolled>> = self.enrolments.iter().map(|(_, enrolled)| *enrolled).collect();
        base.attributes = attributes::attributes(program, &self.world, population, &enrolled)?;
        for column in 0..program.columns.len() {
            base.columns[column] = self.frame.numbers(column, population);
        }
        let view = View { population, partner_of_rows: &partner_of_rows, digits: self.world.exchange.digits() };
        let mut take = |(scan, job): At| results.get_mut(scan).and_then(|s| s.get_mut(job)).and_then(Option::take);
        let mut work = Vec::new();
        for output in &sheet.outputs {
            let (column, parts) = output.parts();
            let rule = &program.columns[column];
            let counted: Vec<Counted> = parts.into_iter().filter_map(&mut take).collect();
            note(&label(&rule.name, rule.months_ago), &counted, &mut findings);
            work.push((output, counted));
        }
        for (column, whole, scoped) in sheet.given {
            let whole = take(whole).map(|counted| view.rows(counted, false));
            let scoped = scoped.and_then(&mut take).map(|counted| view.rows(counted, false));
            base.columns[column] = match (whole, scoped) {
                (Some(whole), Some(scoped)) => {
                    Some(whole.into_iter().zip(scoped).map(|(w, s)| if s.is_nan() { w } else { s }).collect())
                }
                (whole, scoped) => whole.or(scoped),
            };
        }
        let size = population.rows().max(parallel::SMALL);
        let tiers: Vec<Option<usize>> = (0..population.rows()).map(|row| self.tier(&base, row)).collect();
        let numbers = parallel::map(work, size, |(output, counted)| {
            self.monitor.check()?;
            Ok((output.parts().0, view.numbers(output, counted, &tiers)))
        })?;
        for (column, numbers) in numbers {
            base.columns[column] = Some(numbers);
        }
        findings.sort();
        findings.dedup();
        let handed_in = (0..program.columns.len()).map(|column| self.frame.has(column)).collect();
        Ok(Measured { base, handed_in, findings })
    }

    /// The tier that rates of points go by.
    fn tier(&self, base: &Base, row: usize) -> Option<usize> {
        let known = self.inputs.tiers.get(&base.partner[row]).copied();
        known.or_else(|| base.enrolment.get(row).and_then(|e| e.tier))
    }

    fn leavers(&self, as_of: Date, horizon: Date) -> Result<Vec<Leaver>> {
        let (plan, sheets) = self.plan(&[as_of], Keep::Leaves(horizon), true)?;
        let mut results = self.run(&plan)?;
        let partner_of_rows = self.population.partner_of_rows();
        let mut counts: BTreeMap<(u32, usize, Date), u64> = BTreeMap::new();
        for output in sheets.iter().flat_map(|sheet| &sheet.outputs) {
            let (column, parts) = output.parts();
            let ago = self.program.columns[column].months_ago;
            for (scan, job) in parts {
                let Some(counted) = results.get_mut(scan).and_then(|s| s.get_mut(job)).and_then(Option::take) else {
                    continue;
                };
                let by_row = counted.cells == self.population.rows();
                let Tally::Leaves(list) = counted.tally else { continue };
                for (cell, day) in list {
                    let rows = if by_row { cell as usize..cell as usize + 1 } else { self.population.rows_of(cell) };
                    // The day on which the earlier day is the one of leaving.
                    let on = window::span(Window::RollingMonths(ago), Date(day)).1.unwrap_or(Date(day));
                    for row in rows.filter(|_| on > as_of && on <= horizon) {
                        let partner = self.population.partners[partner_of_rows[row] as usize];
                        *counts.entry((partner, column, on)).or_default() += 1;
                    }
                }
            }
        }
        let leaver = |((partner, column, on), rows)| Leaver { partner, column, on, rows };
        Ok(counts.into_iter().map(leaver).collect())
    }
}

/// Whether something that a metric reads was not given.
fn is_missing(error: &Error) -> bool {
    matches!(error.code(), Code::MissingTable | Code::MissingColumn | Code::MissingOption)
        && !error.field().starts_with("metrics.")
}

/// A metric in findings.
fn label(name: &str, months_ago: u32) -> String {
    match months_ago {
        0 => name.to_owned(),
        1 => format!("{name}, 1 month ago"),
        n => format!("{name}, {n} months ago"),
    }
}

/// What could not be counted.
fn note(metric: &str, counted: &[Counted], findings: &mut Vec<Finding>) {
    let sum = |of: fn(&Counted) -> u64| counted.iter().map(of).sum::<u64>();
    let all = [
        ("row_without_date", sum(|c| c.undated), "rows have no date and count on no day"),
        ("row_without_scope", sum(|c| c.unscoped), "rows name no scope and count in none"),
        ("row_without_value", sum(|c| c.valueless), "rows have no value of the field that is counted"),
    ];
    for (code, rows, message) in all.into_iter().filter(|(_, rows, _)| *rows > 0) {
        findings.push(Finding { metric: Some(metric.to_owned()), code, rows, message: message.to_owned() });
    }
}
