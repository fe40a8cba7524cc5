//! From the metrics of a document to scans: names resolved, windows turned into keys, and metrics that read the same rows
//! put together.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::dating::{bounds, clamped, dating, earliest, window_of};
use super::field::{Field, Place, RowsOf, World};
use super::filter::{Filter, LinkConditions};
use super::job::{Job, Keep, PointsOf, ScopeOf, What};
use super::scan::{Clock, Days, Scan, table_of};
use super::source::{Owner, described, need, rows};
use super::{Finding, MeasureInputs};
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, quoted};
use crate::facts::store::Stored;
use crate::table::{Interner, Key, NULL};
use crate::tiering::compile::fault;
use crate::tiering::document::{Condition, Coverage, Facts, Grouped, Measure, Points, Source, Window};
use crate::tiering::program::Compiled;
use crate::tiering::window::days as window_days;

/// The most rules and multipliers of a metric of points.
const MAX_RULES: usize = 256;
const MAX_MULTIPLIERS: usize = 8;

/// The place of a job: its scan and its number there.
pub(super) type At = (usize, usize);

/// What becomes of a job.
pub(super) enum Output {
    Numbers { column: usize, at: At, mean: bool },
    Points { column: usize, at: At, rates: Rates },
    Coverage { column: usize, need: (At, f64), have: (At, f64) },
}

impl Output {
    /// The column, and the jobs that it is made of.
    pub(super) fn parts(&self) -> (usize, Vec<At>) {
        match self {
            Self::Numbers { column, at, .. } | Self::Points { column, at, .. } => (*column, vec![*at]),
            Self::Coverage { column, need, have } => (*column, vec![need.0, have.0]),
        }
    }
}

/// What the classes of rows are worth: for each rule its points without a tier and with each one, and for how much.
pub(super) struct Rates {
    pub(super) rules: Vec<(Vec<f64>, f64)>,
    pub(super) times: Vec<f64>,
}

impl Rates {
    /// The number of the rule of a class of rows, and the factor on its points.
    pub(super) fn class(&self, class: usize) -> (usize, f64) {
        let holds = |at: &usize| class >> at & 1 == 1;
        (class >> self.times.len(), (0..self.times.len()).filter(holds).map(|at| self.times[at]).product())
    }

    /// The points of a number of a class, for a partner that holds a tier.
    pub(super) fn points(&self, (rule, factor): (usize, f64), number: f64, tier: Option<usize>) -> f64 {
        let Some((rates, per)) = self.rules.get(rule) else { return 0.0 };
        let rate = rates.get(tier.map_or(0, |tier| tier + 1)).copied().unwrap_or(0.0);
        rate * factor * (number / per)
    }
}

/// The scans that measure a programme, on one day or several.
pub(super) struct Plan<'a> {
    program: &'a Compiled,
    inputs: &'a MeasureInputs<'a>,
    monitor: &'a Monitor,
    ledgers: BTreeMap<String, (Stored, u64)>,
    keys: Vec<String>,
    /// The earliest date of the rows of a scan.
    begins: BTreeMap<usize, Option<i64>>,
    pub(super) scans: Vec<Scan<'a>>,
    pub(super) outputs: Vec<Output>,
    /// The names of scopes, whatever field they stand in.
    pub(super) scopes: Interner,
    pub(super) findings: Vec<Finding>,
    /// What becomes of the rows that count.
    pub(super) keep: Keep,
}

impl<'a> Plan<'a> {
    pub(super) fn new(program: &'a Compiled, inputs: &'a MeasureInputs<'a>, monitor: &'a Monitor) -> Self {
        Self {
            program,
            inputs,
            monitor,
            ledgers: BTreeMap::new(),
            keys: Vec::new(),
            begins: BTreeMap::new(),
            scans: Vec::new(),
            outputs: Vec::new(),
            scopes: Interner::default(),
            findings: Vec::new(),
            keep: Keep::default(),
        }
    }

    /// Adds the measure of a column; the name says which metric it is, and of when.
    pub(super) fn add(&mut self, world: &World<'a>, column: usize, name: &str, days: Days, label: &str) -> Result<()> {
        let Some(metric) = self.program.document.metrics.get(name) else {
            return Err(Error::internal(format_args!("no metric is called {name}")));
        };
        let path = format!("metrics.{name}.measure");
        let measure = &metric.measure;
        let numbers = |mean: bool, at: At| Output::Numbers { column, at, mean };
        let output = match measure {
            Measure::Count(facts) => {
                let path = format!("{path}.count");
                if facts.of.is_some() {
                    let text = "count counts rows; leave \"of\" out, or take count_distinct for different values";
                    return Err(fault(format!("{path}.of"), text));
                }
                numbers(false, self.job(world, facts, &path, days, label, |_, _| Ok(What::Count))?)
            }
            Measure::CountDistinct(facts) => {
                let path = format!("{path}.count_distinct");
                let what = |rows: &RowsOf<'_>, field: Option<Field>| {
                    let field = need_of(rows, field, &path)?;
                    if field.place == Place::Link {
                        let text = "what joins a partner to a row cannot be counted; name a field of the row";
                        return Err(fault(format!("{path}.of"), text));
                    }
                    Ok(What::Distinct(field))
                };
                numbers(false, self.job(world, facts, &path, days, label, what)?)
            }
            Measure::Sum(facts) => numbers(false, self.numeric(world, facts, &path, "sum", days, label, What::Sum)?),
            Measure::Average(facts) => {
                numbers(true, self.numeric(world, facts, &path, "average", days, label, What::Sum)?)
            }
            Measure::Latest(facts) => {
                numbers(false, self.numeric(world, facts, &path, "latest", days, label, What::Latest)?)
            }
            Measure::Maximum(facts) => {
                numbers(false, self.numeric(world, facts, &path, "maximum", days, label, What::Maximum)?)
            }
            Measure::Points(points) => self.points(world, points, &format!("{path}.points"), days, label, column)?,
            Measure::Coverage(coverage) => {
                self.coverage(world, coverage, &format!("{path}.coverage"), days, label, column)?
            }
            Measure::Given
            | Measure::Ratio(_)
            | Measure::Change(_)
            | Measure::Ago(_)
            | Measure::HighestOf(_)
            | Measure::LowestOf(_)
            | Measure::SumOf(_) => return Ok(()),
        };
        self.outputs.push(output);
        Ok(())
    }

    /// Adds the latest of the measurements of a metric that is given.
    pub(super) fn given(&mut self, world: &World<'a>, facts: &Facts, name: &str, days: Days) -> Result<At> {
        let path = format!("metrics.{name}.measure.given");
        let what = |rows: &RowsOf<'_>, field: Option<Field>| Ok(What::Latest(need_of(rows, field, &path)?));
        self.job(world, facts, &path, days, name, what)
    }

    #[allow(clippy::too_many_arguments)]
    fn numeric(
        &mut self,
        world: &World<'a>,
        facts: &Facts,
        path: &str,
        kind: &str,
        days: Days,
        label: &str,
        what: impl FnOnce(Field) -> What,
    ) -> Result<At> {
        let path = format!("{path}.{kind}");
        self.job(world, facts, &path, days, label, |rows, field| {
            Ok(what(number_field(need_of(rows, field, &path)?, facts, &path)?))
        })
    }

    fn points(
        &mut self,
        world: &World<'a>,
        points: &Points,
        path: &str,
        days: Days,
        label: &str,
        column: usize,
    ) -> Result<Output> {
        let numbers = self.program.numbers();
        if points.rules.is_empty() || points.rules.len() > MAX_RULES {
            let expected = format!("1 to {MAX_RULES} rules");
            return Err(crate::document::out_of_range(&format!("{path}.rules"), points.rules.len(), &expected));
        }
        if points.multipliers.len() > MAX_MULTIPLIERS {
            let expected = format!("at most {MAX_MULTIPLIERS} multipliers");
            return Err(crate::document::out_of_range(
                &format!("{path}.multipliers"),
                points.multipliers.len(),
                &expected,
            ));
        }
        let tiers = || std::iter::once(None).chain(self.program.tiers.iter().map(|t| Some(t.tier.as_str())));
        let mut rates = Rates { rules: Vec::new(), times: Vec::new() };
        for (at, rule) in points.rules.iter().enumerate() {
            let path = format!("{path}.rules[{at}]");
            let of_tier = |tier| numbers.for_tier(&rule.points, tier, &format!("{path}.points"));
            let worth = tiers().map(of_tier).collect::<Result<Vec<f64>>>()?;
            rates.rules.push((worth, numbers.positive(&rule.per, &format!("{path}.per"))?));
        }
        for (at, multiplier) in points.multipliers.iter().enumerate() {
            rates.times.push(numbers.value(&multiplier.times, &format!("{path}.multipliers[{at}].times"))?);
        }
        let rows_path = format!("{path}.rows");
        let scan = self.scan(world, &points.rows, &rows_path, days)?;
        let value = match &points.rows.of {
            Some(name) => {
                let field = self.scans[scan].table.field(world, name, &format!("{rows_path}.of"))?;
                Some(number_field(field, &points.rows, &rows_path)?)
            }
            None => None,
        };
        let mut rules = Vec::new();
        for (at, rule) in points.rules.iter().enumerate() {
            let path = format!("{path}.rules[{at}]");
            let filter = self.filter(world, scan, &rule.conditions, &format!("{path}.where"))?;
            let (window, at_window) = match rule.window {
                Some(window) => (window, format!("{path}.window")),
                None => (window_of(&points.rows), format!("{rows_path}.window")),
            };
            self.look_back(world, scan, days.day, window, label);
            rules.push((filter, bounds(world, &self.scans[scan], days.day, window, &at_window)?));
        }
        let mut multipliers = Vec::new();
        for (at, multiplier) in points.multipliers.iter().enumerate() {
            multipliers.push(self.filter(
                world,
                scan,
                &multiplier.conditions,
                &format!("{path}.multipliers[{at}].where"),
            )?);
        }
        let what = What::Points(PointsOf { column, rules, multipliers, value });
        let at = self.push(world, scan, &points.rows, &rows_path, days.day, what)?;
        Ok(Output::Points { column, at, rates })
    }

    fn coverage(
        &mut self,
        world: &World<'a>,
        coverage: &Coverage,
        path: &str,
        days: Days,
        label: &str,
        column: usize,
    ) -> Result<Output> {
        let mut groups = Interner::default();
        let need = self.grouped(world, &coverage.need, &format!("{path}.need"), days, label, &mut groups)?;
        let have = self.grouped(world, &coverage.have, &format!("{path}.have"), days, label, &mut groups)?;
        Ok(Output::Coverage { column, need, have })
    }

    fn grouped(
        &mut self,
        world: &World<'a>,
        grouped: &Grouped,
        path: &str,
        days: Days,
        label: &str,
        groups: &mut Interner,
    ) -> Result<(At, f64)> {
        let at_least = self.program.numbers().value(&grouped.at_least, &format!("{path}.at_least"))?;
        let rows_path = format!("{path}.rows");
        let what = |rows: &RowsOf<'_>, field: Option<Field>| {
            let value = field.map(|field| number_field(field, &grouped.rows, &rows_path)).transpose()?;
            let by =
                name_field(rows.field(world, &grouped.by, &format!("{path}.by"))?, &grouped.by, &format!("{path}.by"))?;
            let numbers = numbered(&by, groups)?;
            Ok(What::Groups(by, numbers, value))
        };
        Ok((self.job(world, &grouped.rows, &rows_path, days, label, what)?, at_least))
    }

    /// Adds a job to the scan of its rows.
    fn job(
        &mut self,
        world: &World<'a>,
        facts: &Facts,
        path: &str,
        days: Days,
        label: &str,
        what: impl FnOnce(&RowsOf<'_>, Option<Field>) -> Result<What>,
    ) -> Result<At> {
        let scan = self.scan(world, facts, path, days)?;
        let table = &self.scans[scan].table;
        let of = facts.of.as_ref().map(|name| table.field(world, name, &format!("{path}.of"))).transpose()?;
        let what = what(table, of)?;
        self.look_back(world, scan, days.day, window_of(facts), label);
        self.push(world, scan, facts, path, days.day, what)
    }

    fn push(&mut self, world: &World<'a>, scan: usize, facts: &Facts, path: &str, day: Date, what: What) -> Result<At> {
        let bounds = bounds(world, &self.scans[scan], day, window_of(facts), &format!("{path}.window"))?;
        let scope = match &facts.scope {
            Some(name) => {
                let path = format!("{path}.scope");
                let field = name_field(self.scans[scan].table.field(world, name, &path)?, name, &path)?;
                let numbers = numbered(&field, &mut self.scopes)?;
                // Without scopes in the programme there is nothing to tell apart.
                self.program.document.scope.is_some().then_some(ScopeOf { field, numbers })
            }
            None => None,
        };
        let jobs = &mut self.scans[scan].jobs;
        jobs.push(Job { day, bounds, what, scope, keep: self.keep });
        Ok((scan, jobs.len() - 1))
    }

    fn filter(&mut self, world: &World<'a>, scan: usize, conditions: &[Condition], path: &str) -> Result<Filter> {
        let scan = &mut self.scans[scan];
        Filter::new(world, &scan.table, conditions, path, scan.until, &mut scan.links)
    }

    /// The scan of the rows of a metric: one that there is already, where it reads the same.
    fn scan(&mut self, world: &World<'a>, facts: &Facts, path: &str, days: Days) -> Result<usize> {
        let about = described(&facts.from);
        let in_force = window_of(facts) == Window::InForce;
        let document = (&facts.from, &facts.via, &facts.conditions, &facts.date);
        let key = serde_json::to_string(&document).map_err(Error::internal)?;
        let key = format!("{key} {in_force} {}", days.known);
        if let Some(at) = self.keys.iter().position(|known| *known == key) {
            return Ok(at);
        }
        if let (Some(_), Owner::Column(_)) = (facts.via, about.owner) {
            let text = format!("rows of {} name their partner themselves; leave \"via\" out", about.spec.name);
            return Err(fault(format!("{path}.via"), text));
        }
        let stored = self.stored(world, &facts.from, &format!("{path}.from"))?;
        if about.owner == Owner::Opportunity {
            need(world.eco, table_of(facts.via.unwrap_or_default()), path)?;
        }
        let spec = stored.spec;
        let table = RowsOf {
            described: super::source::Described { spec, ..about },
            stored,
            via: facts.via.unwrap_or_default(),
        };
        let dating = dating(world, &table, facts, in_force, path)?;
        let mut links = LinkConditions::default();
        let filter = Filter::new(world, &table, &facts.conditions, &format!("{path}.where"), days.until, &mut links)?;
        let after_close = matches!(facts.from, Source::Credit(_));
        let path = path.to_owned();
        self.scans.push(Scan {
            table,
            path,
            filter,
            links,
            dating,
            after_close,
            known: days.known,
            until: days.until,
            jobs: Vec::new(),
        });
        self.keys.push(key);
        Ok(self.scans.len() - 1)
    }

    fn stored(&mut self, world: &World<'a>, source: &Source, path: &str) -> Result<Cow<'a, Stored>> {
        let Source::Credit(name) = source else {
            return rows(world.eco, source, &self.inputs.credit, path, self.monitor).map(|(stored, _)| stored);
        };
        if !self.ledgers.contains_key(name) {
            let (stored, strangers) = rows(world.eco, source, &self.inputs.credit, path, self.monitor)?;
            if strangers > 0 {
                let message = format!("rows of the credit {} name no partner of the ecosystem", quoted(name));
                self.findings.push(Finding { metric: None, code: "credit_without_partner", rows: strangers, message });
            }
            self.ledgers.insert(name.clone(), (stored.into_owned(), strangers));
        }
        Ok(self.ledgers.get(name).map_or_else(|| Cow::Owned(empty()), |(stored, _)| Cow::Owned(stored.clone())))
    }

    /// Says so where a window begins before the table does.
    fn look_back(&mut self, world: &World<'a>, scan: usize, day: Date, window: Window, metric: &str) {
        let Scan { table, dating, .. } = &self.scans[scan];
        let (Some(first), false) = (window_days(window, day).0.map(clamped), window == Window::InForce) else { return };
        // Days and metrics share scans, and a look at every row is no small thing.
        let known = *self.begins.entry(scan).or_insert_with(|| earliest(&table.stored, &dating.field));
        let Some(key) = known else { return };
        let begins = match dating.clock {
            Clock::Days => Date(key as i32),
            Clock::Instants => world.eco.zone().date_of(key),
        };
        if first < begins {
            let name = table.described.spec.name;
            let message = format!("the window begins on {first}, but the table {name} only on {begins}");
            let metric = Some(metric.to_owned());
            self.findings.push(Finding { metric, code: "window_before_data", rows: 0, message });
        }
    }
}

fn empty() -> Stored {
    Stored {
        spec: &crate::facts::touchpoints::SPEC,
        chunks: Vec::new(),
        dictionaries: Vec::new(),
        attributes: Vec::new(),
    }
}

fn need_of(rows: &RowsOf<'_>, field: Option<Field>, path: &str) -> Result<Field> {
    field.ok_or_else(|| {
        let text = format!("{path} needs the field of {} that it reads; give it as \"of\"", rows.described.spec.name);
        Error::new(Code::MissingOption, format!("{path}.of"), text)
    })
}

fn number_field(field: Field, facts: &Facts, path: &str) -> Result<Field> {
    if field.is_numeric() && field.place != Place::Link {
        return Ok(field);
    }
    let name = facts.of.as_deref().unwrap_or_default();
    Err(fault(
        format!("{path}.of"),
        format!("{} holds no numbers; name a field of numbers, amounts or flags", quoted(name)),
    ))
}

fn name_field(field: Field, name: &str, path: &str) -> Result<Field> {
    if field.is_name() && field.place != Place::Link {
        return Ok(field);
    }
    Err(fault(path, format!("{} holds no names; name a field of text, ids or one of a list", quoted(name))))
}

/// The number of each name of a field.
fn numbered(field: &Field, names: &mut Interner) -> Result<Vec<u32>> {
    let number = |name: String| names.intern(Key::Text(&name));
    let numbers = field.names().into_iter().map(number).collect::<Result<Vec<u32>>>()?;
    debug_assert!(numbers.iter().all(|&n| n != NULL));
    Ok(numbers)
}
