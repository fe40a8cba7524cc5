//! Criteria to nodes, children before parents.

use super::super::document::{Condition, Criterion, MetricUnit, Number, ProgramDocument, Threshold};
use super::super::program::{Bound, Node, Test, TierRule, TopRule};
use super::columns::Columns;
use super::numbers::Numbers;
use super::{fault, unknown_name};
use crate::document::out_of_range;
use crate::error::{Code, Error, Result, quoted};

/// The most tests of a criterion, those of the tiers that it names written out: whoever explains a gap walks them all, and
/// tiers that name each other twice would double them with each tier.
const MAX_TESTS: usize = 2_000;

/// The criterion of each tier in a track, with its path.
type CriterionOf<'a> = dyn Fn(usize) -> Option<(String, &'a Criterion)> + 'a;

/// The nodes of a track under way.
pub(super) struct Criteria<'a> {
    document: &'a ProgramDocument,
    columns: &'a Columns,
    numbers: &'a Numbers<'a>,
    tiers: &'a [TierRule],
    attributes: &'a mut Vec<String>,
    criterion_of: &'a CriterionOf<'a>,
    nodes: Vec<Node>,
    paths: Vec<String>,
    /// How many tests each node has, written out.
    tests: Vec<usize>,
    /// The nodes of tiers without a margin that are done.
    done: Vec<Option<usize>>,
    /// The tiers under way, to find circles.
    open: Vec<usize>,
}

impl<'a> Criteria<'a> {
    pub(super) fn new(
        document: &'a ProgramDocument,
        columns: &'a Columns,
        numbers: &'a Numbers<'a>,
        tiers: &'a [TierRule],
        attributes: &'a mut Vec<String>,
        criterion_of: &'a CriterionOf<'a>,
    ) -> Self {
        let done = vec![None; tiers.len()];
        let (nodes, paths, tests, open) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { document, columns, numbers, tiers, attributes, criterion_of, nodes, paths, tests, done, open }
    }

    pub(super) fn finish(self) -> (Vec<Node>, Vec<String>) {
        (self.nodes, self.paths)
    }

    /// The node of a tier's qualification; `from` is the place that names the tier.
    pub(super) fn tier(&mut self, tier: usize, margin: Option<f64>, from: &str) -> Result<Option<usize>> {
        if margin.is_none() && self.done[tier].is_some() {
            return Ok(self.done[tier]);
        }
        if self.open.contains(&tier) {
            let names = self.open.iter().chain([&tier]).map(|&t| self.tiers[t].tier.as_str());
            let circle: Vec<&str> = names.collect();
            let message = format!("tiers qualify by each other in a circle: {}", circle.join(" -> "));
            return Err(Error::new(Code::Cycle, from, message));
        }
        let Some((path, criterion)) = (self.criterion_of)(tier) else { return Ok(None) };
        self.open.push(tier);
        let node = self.node(criterion, &path, margin)?;
        self.open.pop();
        if margin.is_none() {
            self.done[tier] = Some(node);
        }
        Ok(Some(node))
    }

    fn push(&mut self, node: Node, path: &str) -> Result<usize> {
        let tests = match &node {
            Node::All(children) | Node::Any(children) | Node::NOf(_, children) => {
                children.iter().fold(0_usize, |sum, &child| sum.saturating_add(self.tests[child]))
            }
            Node::Not(child) => self.tests[*child],
            Node::Positive(lines) => lines.len(),
            _ => 1,
        };
        if tests > MAX_TESTS {
            let message = format!(
                "the criterion has more than {MAX_TESTS} tests, those of the tiers that it names written out; name each tier \
                 once, or make a scorecard of them"
            );
            return Err(Error::new(Code::TooLarge, path, message));
        }
        self.nodes.push(node);
        self.paths.push(path.to_owned());
        self.tests.push(tests);
        Ok(self.nodes.len() - 1)
    }

    /// The node of a criterion; a margin makes its bounds easier.
    pub(super) fn node(&mut self, criterion: &Criterion, path: &str, margin: Option<f64>) -> Result<usize> {
        let node = match criterion {
            Criterion::Always => Node::Always,
            Criterion::All(list) => Node::All(self.list(list, &format!("{path}.all"), margin)?),
            Criterion::Any(list) => Node::Any(self.list(list, &format!("{path}.any"), margin)?),
            Criterion::NOf(some) => {
                if some.n == 0 || some.n as usize > some.of.len() {
                    let expected = format!("1 to {}, the length of the list", some.of.len());
                    return Err(out_of_range(&format!("{path}.n_of.n"), some.n, &expected));
                }
                Node::NOf(some.n as usize, self.list(&some.of, &format!("{path}.n_of.of"), margin)?)
            }
            Criterion::Not(inner) => {
                // What must not be met is not made easier by a margin.
                Node::Not(self.node(inner, &format!("{path}.not"), None)?)
            }
            Criterion::Threshold(threshold) => {
                Node::Test(self.threshold(threshold, &format!("{path}.threshold"), margin)?)
            }
            Criterion::EveryLinePositive(name) => {
                let path = format!("{path}.every_line_positive");
                let Some(card) = self.document.scorecards.get(name) else {
                    let known = self.document.scorecards.keys().map(String::as_str);
                    return Err(unknown_name(&path, "scorecard", name, known));
                };
                let lines = card.lines.iter().map(|l| self.columns.place(&format!("{name}.{}", l.line), &path));
                Node::Positive(lines.collect::<Result<_>>()?)
            }
            Criterion::Top(top) => {
                let path = format!("{path}.top");
                let column = self.columns.place(&top.metric, &format!("{path}.metric"))?;
                let share = self.numbers.value(&top.share, &format!("{path}.share"))?;
                if !(share > 0.0 && share <= 1.0) {
                    return Err(out_of_range(&format!("{path}.share"), share, "a share above 0 and up to 1"));
                }
                let within = top.within.iter().map(|name| self.attribute(name)).collect();
                Node::Top(TopRule { column, share, within })
            }
            Criterion::Attribute(condition) => {
                check_condition(condition, &format!("{path}.attribute"))?;
                Node::Attribute { attribute: self.attribute(&condition.field), condition: condition.clone() }
            }
            Criterion::Qualifies(name) => {
                let path = format!("{path}.qualifies");
                let tier = self.need_tier(name, &path)?;
                match self.tier(tier, margin, &path)? {
                    Some(node) => return Ok(node),
                    None => Node::Always,
                }
            }
            Criterion::Held(held) => {
                let path = format!("{path}.held");
                if held.months == 0 {
                    return Err(out_of_range(&format!("{path}.months"), 0, "1 month or more"));
                }
                Node::Held { tier: self.need_tier(&held.tier, &format!("{path}.tier"))?, months: held.months }
            }
            Criterion::Gate(metric) => {
                let path = format!("{path}.gate");
                let column = self.columns.place(metric, &path)?;
                let unit = self.columns.rules[column].unit;
                if !matches!(unit, MetricUnit::Flag | MetricUnit::Count) {
                    let text = format!(
                        "{} counts no yes and no; a gate needs a metric with the unit \"flag\"",
                        quoted(metric)
                    );
                    return Err(fault(path, text));
                }
                Node::Test(Test { column, low: Some(Bound { limit: 1.0, strict: false }), high: None, gate: true })
            }
        };
        self.push(node, path)
    }

    fn list(&mut self, list: &[Criterion], path: &str, margin: Option<f64>) -> Result<Vec<usize>> {
        if list.is_empty() {
            return Err(fault(path, "the list is empty; name at least one criterion, or \"always\""));
        }
        list.iter().enumerate().map(|(at, c)| self.node(c, &format!("{path}[{at}]"), margin)).collect()
    }

    fn need_tier(&self, name: &str, path: &str) -> Result<usize> {
        let known = || self.tiers.iter().map(|t| t.tier.as_str());
        known().position(|t| t == name).ok_or_else(|| unknown_name(path, "tier", name, known()))
    }

    fn attribute(&mut self, name: &str) -> usize {
        if let Some(at) = self.attributes.iter().position(|a| a == name) {
            return at;
        }
        self.attributes.push(name.to_owned());
        self.attributes.len() - 1
    }

    fn threshold(&self, threshold: &Threshold, path: &str, margin: Option<f64>) -> Result<Test> {
        let column = self.columns.place(&threshold.metric, &format!("{path}.metric"))?;
        let unit = self.columns.rules[column].unit;
        let bound = |number: &Option<Number>, name: &str, strict: bool| -> Result<Option<Bound>> {
            let Some(number) = number else { return Ok(None) };
            let path = format!("{path}.{name}");
            let limit = self.numbers.value(number, &path)?;
            check_unit(number, limit, unit, &threshold.metric, &path)?;
            Ok(Some(Bound { limit, strict }))
        };
        let one = |a: Option<Bound>, b: Option<Bound>, names: &str| match (a, b) {
            (Some(_), Some(_)) => Err(fault(path, format!("has both {names}; keep one of them"))),
            (a, b) => Ok(a.or(b)),
        };
        let mut low = one(
            bound(&threshold.at_least, "at_least", false)?,
            bound(&threshold.more_than, "more_than", true)?,
            "at_least and more_than",
        )?;
        let mut high = one(
            bound(&threshold.at_most, "at_most", false)?,
            bound(&threshold.less_than, "less_than", true)?,
            "at_most and less_than",
        )?;
        if let (Some(low), Some(high)) = (low, high) {
            let none = low.limit > high.limit || (low.limit == high.limit && (low.strict || high.strict));
            if none {
                let text = format!("no number lies between {} and {}", low.limit, high.limit);
                return Err(fault(path, text));
            }
        }
        if low.is_none() && high.is_none() {
            return Err(fault(path, "has no bound; expected at_least, more_than, at_most or less_than"));
        }
        if let Some(margin) = margin {
            // Easier on the side of each bound, whatever the sign of its limit.
            low = low.map(|b| Bound { limit: b.limit.min(easier(b.limit, margin)), ..b });
            high = high.map(|b| Bound { limit: b.limit.max(b.limit / margin), ..b });
        }
        Ok(Test { column, low, high, gate: false })
    }
}

/// A limit with a margin; rounded, so that 0.9 x 50 is 45 and not a hair above it.
fn easier(limit: f64, margin: f64) -> f64 {
    let eased = limit * margin;
    let rounded = (eased * 1e9).round() / 1e9;
    if rounded.is_finite() { rounded } else { eased }
}

/// A limit that the metric's unit cannot have.
fn check_unit(number: &Number, limit: f64, unit: MetricUnit, metric: &str, path: &str) -> Result<()> {
    use super::super::document::NumberFrom;
    if matches!(number, Number::From(NumberFrom::Money(_))) && unit != MetricUnit::Money {
        let text = format!("an amount of money, but {} does not count money; give a plain number", quoted(metric));
        return Err(fault(path, text));
    }
    match unit {
        MetricUnit::Share if limit.abs() > 10.0 => {
            let text = format!("{limit} for {}, which is a share of 1; write 80% as 0.8", quoted(metric));
            Err(fault(path, text))
        }
        MetricUnit::Flag if limit != 0.0 && limit != 1.0 => {
            let text = format!("{limit} for {}, which is yes (1) or no (0)", quoted(metric));
            Err(fault(path, text))
        }
        _ => Ok(()),
    }
}

/// A condition that tests nothing, or a range of flags.
pub(crate) fn check_condition(condition: &Condition, path: &str) -> Result<()> {
    let Condition { field, is, is_not, is_in, not_in, at_least, more_than, at_most, less_than, exists } = condition;
    if field.trim().is_empty() {
        return Err(fault(format!("{path}.field"), "the condition names no field"));
    }
    let tests = [is, is_not, at_least, more_than, at_most, less_than].iter().any(|t| t.is_some())
        || is_in.is_some()
        || not_in.is_some()
        || exists.is_some();
    if !tests {
        let text = "the condition tests nothing; expected is, is_not, in, not_in, at_least, more_than, at_most, less_than or exists";
        return Err(fault(path, text));
    }
    Ok(())
}
