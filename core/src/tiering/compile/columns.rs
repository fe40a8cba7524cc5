//! Columns: metrics, lines and totals of scorecards, in an order in which each can be made.

use std::collections::BTreeMap;

use super::super::document::{
    Ago, Alternative, Change, Goal, Input, Line, LinePoints, Measure, Metric, MetricUnit, Number, ProgramDocument,
};
use super::super::frame::RECORD;
use super::super::program::{ColumnRole, ColumnRule, Formula, LineFormula, Node, StepFormula, TrackRules, unit_of};
use super::numbers::Numbers;
use super::{fault, unknown_name};
use crate::document::MAX_DEPTH;
use crate::error::{Code, Error, Result, quoted};

/// The most columns of a programme: metrics, also those of months ago, lines and totals of scorecards.
const MAX_COLUMNS: usize = 10_000;
/// The most columns that one is made of, written out: metrics that name another one twice would double them at each level.
const MAX_PARTS: usize = 10_000;

/// The columns of a programme, and the order in which derived ones are made.
pub(super) struct Columns {
    pub(super) rules: Vec<ColumnRule>,
    places: BTreeMap<(String, u32), usize>,
    order: Vec<usize>,
    /// Of how many columns each is made, written out.
    parts: Vec<usize>,
}

/// What a derived metric is made of, with the path of each name.
fn parts(measure: &Measure) -> Vec<(String, &str)> {
    let inputs = |kind: &str, list: &'_ [Input]| -> Vec<String> {
        (0..list.len()).map(|at| format!("{kind}[{at}].metric")).collect()
    };
    let zip = |paths: Vec<String>, list| paths.into_iter().zip(Input::names(list)).collect();
    match measure {
        Measure::Ratio(ratio) => vec![("ratio.of".into(), ratio.of.as_str()), ("ratio.to".into(), ratio.to.as_str())],
        Measure::Change(change) => vec![("change.of".into(), change.of.as_str())],
        Measure::Ago(ago) => vec![("ago.of".into(), ago.of.as_str())],
        Measure::HighestOf(list) => zip(inputs("highest_of", list), list),
        Measure::LowestOf(list) => zip(inputs("lowest_of", list), list),
        Measure::SumOf(list) => zip(inputs("sum_of", list), list),
        _ => Vec::new(),
    }
}

/// Fails where a metric or scorecard is called as another column of a frame is.
fn check_name(document: &ProgramDocument, name: &str, path: &str) -> Result<()> {
    let scope = document.scope.as_ref().map(|scope| scope.by.as_str());
    if name == "partner_id" || RECORD.contains(&name) || scope == Some(name) {
        let message = format!("{} is a column of the partners beside their metrics; choose another name", quoted(name));
        return Err(fault(path, message));
    }
    Ok(())
}

impl Input {
    fn names(list: &[Self]) -> impl Iterator<Item = &str> {
        list.iter().map(|input| input.metric.as_str())
    }
}

impl Measure {
    /// Whether the metric is made of other metrics.
    pub(crate) fn is_derived(&self) -> bool {
        let of_one_or_two = matches!(self, Self::Ratio(_) | Self::Change(_) | Self::Ago(_));
        of_one_or_two || matches!(self, Self::HighestOf(_) | Self::LowestOf(_) | Self::SumOf(_))
    }
}

impl Columns {
    pub(super) fn of(document: &ProgramDocument) -> Result<Self> {
        let mut this = Self { rules: Vec::new(), places: BTreeMap::new(), order: Vec::new(), parts: Vec::new() };
        let mut open = Vec::new();
        let mut units = BTreeMap::new();
        for name in document.metrics.keys() {
            if name.trim().is_empty() || name.contains('.') {
                let message = format!("the metric {} needs a name without a point", quoted(name));
                return Err(fault(format!("metrics.{name}"), message));
            }
            check_name(document, name, &format!("metrics.{name}"))?;
            this.add(document, name, 0, &format!("metrics.{name}"), &mut open, &mut units)?;
        }
        for (name, card) in &document.scorecards {
            let path = format!("scorecards.{name}");
            if document.metrics.contains_key(name) {
                return Err(fault(path, format!("{} is a metric too; give the scorecard another name", quoted(name))));
            }
            if name.trim().is_empty() || name.contains('.') {
                return Err(fault(path, format!("the scorecard {} needs a name without a point", quoted(name))));
            }
            check_name(document, name, &path)?;
            if card.lines.is_empty() {
                return Err(fault(format!("{path}.lines"), "the scorecard has no lines"));
            }
            for (at, line) in card.lines.iter().enumerate() {
                if card.lines[..at].iter().any(|l| l.line == line.line) {
                    let message = format!("two lines are called {}", quoted(&line.line));
                    return Err(fault(format!("{path}.lines[{at}].line"), message));
                }
                this.push(format!("{name}.{}", line.line), ColumnRole::Line, MetricUnit::Points, Goal::More, 0, 1);
                this.check_size(&path)?;
            }
            this.push(name.clone(), ColumnRole::Total, MetricUnit::Points, Goal::More, 0, card.lines.len());
            this.check_size(&path)?;
        }
        Ok(this)
    }

    /// Fails where there are too many columns, or the last one is made of too many.
    fn check_size(&self, path: &str) -> Result<()> {
        let message = if self.rules.len() > MAX_COLUMNS {
            format!(
                "the programme has more than {MAX_COLUMNS} metrics and lines of scorecards; keep those that criteria read"
            )
        } else if self.parts.last().is_some_and(|&parts| parts > MAX_PARTS) {
            format!(
                "the metric is made of more than {MAX_PARTS} others, written out; name each of them once, with a factor"
            )
        } else {
            return Ok(());
        };
        Err(Error::new(Code::TooLarge, path, message))
    }

    fn push(
        &mut self,
        name: String,
        role: ColumnRole,
        unit: MetricUnit,
        goal: Goal,
        months_ago: u32,
        parts: usize,
    ) -> usize {
        let place = self.rules.len();
        self.parts.push(parts);
        self.places.insert((name.clone(), months_ago), place);
        self.rules.push(ColumnRule { name, kind: role, unit, goal, months_ago });
        if role != ColumnRole::Base {
            self.order.push(place);
        }
        place
    }

    /// Adds a metric and whatever it is made of; `open` are those under way.
    fn add<'d>(
        &mut self,
        document: &'d ProgramDocument,
        name: &'d str,
        months_ago: u32,
        path: &str,
        open: &mut Vec<(&'d str, u32)>,
        units: &mut BTreeMap<&'d str, MetricUnit>,
    ) -> Result<usize> {
        if let Some(&place) = self.places.get(&(name.to_owned(), months_ago)) {
            return Ok(place);
        }
        let Some(metric) = document.metrics.get(name) else {
            let known = document.metrics.keys().map(String::as_str);
            return Err(unknown_name(path, "metric", name, known));
        };
        if open.iter().any(|(n, _)| *n == name) {
            let circle: Vec<&str> = open.iter().map(|(n, _)| *n).chain([name]).collect();
            let message = format!("metrics are made of each other in a circle: {}", circle.join(" -> "));
            return Err(Error::new(Code::Cycle, path, message));
        }
        if open.len() >= MAX_DEPTH {
            let message = format!(
                "metrics are made of each other over more than {MAX_DEPTH} levels; name the first ones directly"
            );
            return Err(Error::new(Code::TooDeep, path, message));
        }
        if months_ago > 1200 {
            return Err(fault(path, "looks back over more than 100 years"));
        }
        open.push((name, months_ago));
        let mut made_of = 1_usize;
        for (part, input) in parts(&metric.measure) {
            let path = format!("metrics.{name}.measure.{part}");
            let place = self.add(document, input, months_ago, &path, open, units)?;
            made_of = made_of.saturating_add(self.parts[place]);
            if let Measure::Change(Change { months, .. }) | Measure::Ago(Ago { months, .. }) = &metric.measure {
                if *months == 0 {
                    let path = format!("metrics.{name}.measure.{}.months", part.trim_end_matches(".of"));
                    return Err(crate::document::out_of_range(&path, 0, "1 month or more"));
                }
                let then = self.add(document, input, months_ago.saturating_add(*months), &path, open, units)?;
                made_of = made_of.saturating_add(self.parts[then]);
            }
        }
        open.pop();
        let unit = metric.unit.unwrap_or_else(|| unit_of(&metric.measure, units));
        units.insert(name, unit);
        let role = if metric.measure.is_derived() { ColumnRole::Derived } else { ColumnRole::Base };
        let place = self.push(name.to_owned(), role, unit, metric.goal, months_ago, made_of);
        self.check_size(path)?;
        Ok(place)
    }

    /// The column of a metric or scorecard.
    pub(super) fn place(&self, name: &str, path: &str) -> Result<usize> {
        self.places.get(&(name.to_owned(), 0)).copied().ok_or_else(|| {
            let known = self.rules.iter().filter(|c| c.months_ago == 0).map(|c| c.name.as_str());
            unknown_name(path, "metric", name, known)
        })
    }

    fn ago(&self, name: &str, months: u32, path: &str) -> Result<usize> {
        self.places.get(&(name.to_owned(), months)).copied().map_or_else(|| self.place(name, path), Ok)
    }

    /// The formulas of a track, in an order in which they can be computed.
    pub(super) fn formulas(&self, document: &ProgramDocument, numbers: &Numbers<'_>) -> Result<Vec<(usize, Formula)>> {
        let mut formulas = Vec::new();
        for &place in &self.order {
            let rule = &self.rules[place];
            let formula = match rule.kind {
                ColumnRole::Line | ColumnRole::Total => self.scorecard(document, &rule.name, numbers)?,
                _ => match document.metrics.get(&rule.name) {
                    Some(metric) => self.derived(metric, &rule.name, rule.months_ago, numbers)?,
                    None => continue,
                },
            };
            formulas.push((place, formula));
        }
        Ok(formulas)
    }

    fn derived(&self, metric: &Metric, name: &str, ago: u32, numbers: &Numbers<'_>) -> Result<Formula> {
        let path = format!("metrics.{name}.measure");
        let list = |kind: &str, inputs: &[Input]| -> Result<Vec<(usize, f64)>> {
            if inputs.is_empty() {
                return Err(fault(format!("{path}.{kind}"), "the list is empty; name at least one metric"));
            }
            let one = |(at, input): (usize, &Input)| {
                let path = format!("{path}.{kind}[{at}]");
                if !numbers.counts_in(&input.tracks, &path)? {
                    return Ok(None);
                }
                let times = numbers.value(&input.times, &format!("{path}.times"))?;
                Ok(Some((self.ago(&input.metric, ago, &path)?, times)))
            };
            inputs.iter().enumerate().filter_map(|input| one(input).transpose()).collect()
        };
        Ok(match &metric.measure {
            Measure::Ratio(ratio) => Formula::Ratio {
                of: self.ago(&ratio.of, ago, &path)?,
                to: self.ago(&ratio.to, ago, &path)?,
                to_at_most: ratio
                    .to_at_most
                    .as_ref()
                    .map(|n| numbers.positive(n, &format!("{path}.ratio.to_at_most")))
                    .transpose()?,
                when_zero: numbers.optional(ratio.when_zero.as_ref(), &format!("{path}.ratio.when_zero"))?,
            },
            Measure::Change(change) => Formula::Change {
                now: self.ago(&change.of, ago, &path)?,
                then: self.ago(&change.of, ago + change.months, &path)?,
                relative: change.relative,
                base_at_least: numbers
                    .optional(change.base_at_least.as_ref(), &format!("{path}.change.base_at_least"))?,
            },
            Measure::Ago(before) => Formula::Sum(vec![(self.ago(&before.of, ago + before.months, &path)?, 1.0)]),
            Measure::LowestOf(inputs) => Formula::Lowest(list("lowest_of", inputs)?),
            Measure::SumOf(inputs) => Formula::Sum(list("sum_of", inputs)?),
            Measure::HighestOf(inputs) => Formula::Highest(list("highest_of", inputs)?),
            _ => return Err(Error::internal(format_args!("{path} is not made of other metrics"))),
        })
    }

    fn scorecard(&self, document: &ProgramDocument, name: &str, numbers: &Numbers<'_>) -> Result<Formula> {
        let (card_name, line_name) = name.split_once('.').map_or((name, None), |(card, line)| (card, Some(line)));
        let path = format!("scorecards.{card_name}");
        let Some(card) = document.scorecards.get(card_name) else {
            return Err(Error::internal(format_args!("{path} has no scorecard")));
        };
        let max_of =
            |at: usize, line: &Line| numbers.positive(&line.max_points, &format!("{path}.lines[{at}].max_points"));
        let Some(line_name) = line_name else {
            let mut lines = Vec::new();
            let mut sum = 0.0;
            for (at, line) in card.lines.iter().enumerate() {
                sum += max_of(at, line)?;
                lines.push(self.place(&format!("{card_name}.{}", line.line), &path)?);
            }
            let max = match &card.max_points {
                Some(max) => numbers.positive(max, &format!("{path}.max_points"))?,
                None => sum,
            };
            return Ok(Formula::Total { lines, max });
        };
        let found = card.lines.iter().enumerate().find(|(_, line)| line.line == line_name);
        let Some((at, line)) = found else {
            return Err(Error::internal(format_args!("{path} has no line {line_name}")));
        };
        let path_of_points = format!("{path}.lines[{at}].points");
        Ok(Formula::Line { max: max_of(at, line)?, points: self.line(&line.points, &path_of_points, numbers)? })
    }

    fn line(&self, points: &LinePoints, path: &str, numbers: &Numbers<'_>) -> Result<LineFormula> {
        // One that does not count in this track is left out.
        let one = |part: &str, alternative: &Alternative| -> Result<Option<(usize, f64)>> {
            let path = format!("{path}.{part}");
            if !numbers.counts_in(&alternative.tracks, &path)? {
                return Ok(None);
            }
            let threshold = numbers.positive(&alternative.threshold, &format!("{path}.threshold"))?;
            Ok(Some((self.measured(&alternative.metric, &format!("{path}.metric"))?, threshold)))
        };
        let many = |part: &str, list: &[Alternative]| -> Result<Vec<(usize, f64)>> {
            if list.is_empty() {
                return Err(fault(format!("{path}.{part}"), "the list is empty; name at least one metric"));
            }
            list.iter().enumerate().filter_map(|(at, a)| one(&format!("{part}[{at}]"), a).transpose()).collect()
        };
        Ok(match points {
            LinePoints::Linear(alternative) => LineFormula::BestOf(one("linear", alternative)?.into_iter().collect()),
            LinePoints::BestOf(list) => LineFormula::BestOf(many("best_of", list)?),
            LinePoints::SumOf(list) => LineFormula::SumOf(many("sum_of", list)?),
            LinePoints::Full(alternative) => match one("full", alternative)? {
                Some((column, threshold)) => LineFormula::Full(column, threshold),
                None => LineFormula::SumOf(Vec::new()),
            },
            LinePoints::Bands(bands) => {
                let column = self.measured(&bands.metric, &format!("{path}.bands.metric"))?;
                let mut list: Vec<(f64, f64)> = Vec::new();
                for (at, band) in bands.bands.iter().enumerate() {
                    let path = format!("{path}.bands.bands[{at}]");
                    let from = numbers.value(&band.at_least, &format!("{path}.at_least"))?;
                    if list.last().is_some_and(|(last, _)| *last >= from) {
                        let text =
                            format!("begins at {from}, not above the band before it; list bands from the lowest");
                        return Err(fault(format!("{path}.at_least"), text));
                    }
                    list.push((from, numbers.value(&band.points, &format!("{path}.points"))?));
                }
                if list.is_empty() {
                    return Err(fault(format!("{path}.bands.bands"), "the list is empty; name at least one band"));
                }
                LineFormula::Bands(column, list)
            }
            LinePoints::Steps(steps) => {
                if steps.is_empty() {
                    return Err(fault(format!("{path}.steps"), "the list is empty; name at least one step"));
                }
                let mut list = Vec::new();
                for (at, step) in steps.iter().enumerate() {
                    let path = format!("{path}.steps[{at}]");
                    let zero_or_more = |number: &Number, name: &str| {
                        let path = format!("{path}.{name}");
                        let value = numbers.value(number, &path)?;
                        if value >= 0.0 {
                            Ok(value)
                        } else {
                            Err(crate::document::out_of_range(&path, value, "0 or more"))
                        }
                    };
                    list.push(StepFormula {
                        column: self.measured(&step.metric, &format!("{path}.metric"))?,
                        need: zero_or_more(&step.need, "need")?,
                        each: zero_or_more(&step.points_each, "points_each")?,
                        max: step.max_points.as_ref().map_or(Ok(f64::INFINITY), |n| zero_or_more(n, "max_points"))?,
                    });
                }
                LineFormula::Steps(list)
            }
        })
    }

    /// The column of a metric; a scorecard is made of metrics, not of scorecards.
    fn measured(&self, name: &str, path: &str) -> Result<usize> {
        let known = || {
            let metrics = self.rules.iter().filter(|c| matches!(c.kind, ColumnRole::Base | ColumnRole::Derived));
            metrics.filter(|c| c.months_ago == 0).map(|c| c.name.as_str())
        };
        if known().any(|k| k == name) {
            self.place(name, path)
        } else {
            Err(unknown_name(path, "metric", name, known()))
        }
    }

    /// The scorecard that a track's criteria name first, from the highest tier down; else the first one.
    pub(super) fn score(&self, rules: &TrackRules) -> Option<usize> {
        let is_total = |&column: &usize| self.rules[column].kind == ColumnRole::Total;
        let tested = rules.nodes.iter().rev().filter_map(|node| match node {
            Node::Test(test) => Some(test.column),
            Node::Top(top) => Some(top.column),
            _ => None,
        });
        tested.into_iter().find(is_total).or_else(|| (0..self.rules.len()).find(is_total))
    }
}
