//! Partners that are made up to show something: metrics at the critical points of thresholds.
//!
//! For each column the values at which some test or line changes its mind, a step below and a step above. A partner that meets
//! one criterion and not another is looked for from the best one downwards, metric by metric, as low as the first criterion
//! allows; then among points drawn by a keyed generator. What is found is a proof; that nothing is found proves nothing.

use std::collections::BTreeMap;

use super::super::document::Scalar;
use super::super::formula::Columns;
use super::super::program::{ColumnRole, Compiled, Formula, LineFormula, Node, TrackRules};
use super::super::top::shown;
use super::ranges::{is_whole, ranges};
use crate::engine::rng::KeyedRng;

/// Points that are drawn.
const DRAWS: u64 = 400;
/// The most values of one column.
const MOST_VALUES: usize = 12;
/// The most limits of a column that are followed to what it is made of.
const MOST_LIMITS: usize = 64;

/// What can be chosen of a made-up partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Column(usize),
    Attribute(usize),
    /// The share of the population that is as good or better, by column.
    Rank(usize),
    /// For how many months a tier (and all below it) has been held.
    Held(usize),
}

/// A value of a part.
#[derive(Debug, Clone, PartialEq)]
enum Value {
    Number(f64),
    Text(Option<Scalar>),
}

/// A made-up partner: for each part, which of its values.
pub(super) type Point = Vec<usize>;

/// Made-up partners of some tracks.
pub(super) struct Sampler<'a> {
    program: &'a Compiled,
    parts: Vec<(Part, Vec<Value>)>,
}

impl<'a> Sampler<'a> {
    /// The parts that nodes of tracks speak of.
    pub(super) fn new(program: &'a Compiled, of: &[(&'a TrackRules, usize)]) -> Self {
        let mut numbers: BTreeMap<Part, Vec<f64>> = BTreeMap::new();
        let mut texts: BTreeMap<usize, Vec<Scalar>> = BTreeMap::new();
        for (rules, root) in of {
            let formulas: BTreeMap<usize, &Formula> = rules.formulas.iter().map(|(at, f)| (*at, f)).collect();
            let mut open = vec![*root];
            while let Some(node) = open.pop() {
                match &rules.nodes[node] {
                    Node::Always => {}
                    Node::All(children) | Node::Any(children) | Node::NOf(_, children) => open.extend(children),
                    Node::Not(child) => open.push(*child),
                    Node::Test(test) => {
                        let limits: Vec<f64> = [test.low, test.high].into_iter().flatten().map(|b| b.limit).collect();
                        critical(&formulas, test.column, &limits, &mut numbers);
                    }
                    Node::Positive(lines) => lines.iter().for_each(|&l| critical(&formulas, l, &[0.0], &mut numbers)),
                    Node::Top(top) => {
                        numbers.entry(Part::Rank(top.column)).or_default().extend([top.share, 1.0]);
                    }
                    Node::Held { tier, months } => {
                        numbers.entry(Part::Held(*tier)).or_default().extend([0.0, f64::from(*months)]);
                    }
                    Node::Attribute { attribute, condition } => {
                        let of = texts.entry(*attribute).or_default();
                        let single = [&condition.is, &condition.is_not, &condition.at_least, &condition.at_most];
                        of.extend(single.into_iter().flatten().cloned());
                        of.extend([&condition.is_in, &condition.not_in].into_iter().flatten().flatten().cloned());
                        of.push(Scalar::Text("(other)".to_owned()));
                    }
                }
            }
        }
        let of_track = of.first().map(|(rules, _)| ranges(program, rules)).unwrap_or_default();
        let mut parts = Vec::new();
        for (part, mut values) in numbers {
            if let Part::Column(column) = part {
                let step = |v: f64| if is_whole(program, column) { 1.0 } else { (v.abs() * 1e-3).max(1e-3) };
                let around = values.clone().into_iter().flat_map(|v| [v - step(v), v + step(v)]);
                values.extend(around);
                values.extend([0.0, 1.0]);
                let range = of_track[column];
                let whole = is_whole(program, column);
                values.iter_mut().for_each(|v| *v = if whole { v.ceil() } else { *v });
                values.retain(|v| v.is_finite() && *v >= range.low && *v <= range.high);
            }
            values.sort_by(f64::total_cmp);
            values.dedup();
            while values.len() > MOST_VALUES {
                // Every second one, and always the ends.
                let last = values.len() - 1;
                values =
                    values.iter().enumerate().filter(|(at, _)| at % 2 == 0 || *at == last).map(|(_, v)| *v).collect();
            }
            if !values.is_empty() {
                parts.push((part, values.into_iter().map(Value::Number).collect()));
            }
        }
        for (attribute, values) in texts {
            let mut distinct = vec![Value::Text(None)];
            for value in values.into_iter().map(|v| Value::Text(Some(v))) {
                if !distinct.contains(&value) && distinct.len() < MOST_VALUES {
                    distinct.push(value);
                }
            }
            parts.push((Part::Attribute(attribute), distinct));
        }
        Self { program, parts }
    }

    /// Whether each node of a track holds for a point.
    pub(super) fn holds(&self, rules: &TrackRules, point: &Point) -> Vec<bool> {
        let mut given: Vec<Option<Vec<f64>>> = vec![None; self.program.columns.len()];
        let mut attributes: BTreeMap<usize, &[Scalar]> = BTreeMap::new();
        let (mut ranks, mut held) = (BTreeMap::new(), 0.0_f64);
        let mut held_of: BTreeMap<usize, f64> = BTreeMap::new();
        for ((part, values), &at) in self.parts.iter().zip(point) {
            match (part, &values[at]) {
                (Part::Column(column), Value::Number(number)) => given[*column] = Some(vec![*number]),
                (Part::Rank(column), Value::Number(number)) => {
                    ranks.insert(*column, *number);
                }
                (Part::Held(tier), Value::Number(number)) => {
                    held_of.insert(*tier, *number);
                }
                (Part::Attribute(attribute), Value::Text(Some(value))) => {
                    attributes.insert(*attribute, std::slice::from_ref(value));
                }
                _ => {}
            }
        }
        // Who has held a tier has held those below it.
        for (_, months) in held_of.iter_mut().rev() {
            held = held.max(*months);
            *months = held;
        }
        let mut columns = Columns::new(&given, 0..1);
        columns.derive(&rules.formulas);
        let mut done: Vec<bool> = Vec::with_capacity(rules.nodes.len());
        for node in &rules.nodes {
            done.push(match node {
                Node::Always => true,
                Node::All(children) => children.iter().all(|&c| done[c]),
                Node::Any(children) => children.iter().any(|&c| done[c]),
                Node::NOf(n, children) => children.iter().filter(|&&c| done[c]).count() >= *n,
                Node::Not(child) => !done[*child],
                Node::Test(test) => test.holds(columns.at(test.column, 0)),
                Node::Positive(lines) => lines.iter().all(|&line| columns.at(line, 0) > 0.0),
                Node::Top(top) => ranks.get(&top.column).is_some_and(|rank| *rank <= top.share),
                Node::Attribute { attribute, condition } => {
                    condition.holds(attributes.get(attribute).copied().unwrap_or_default())
                }
                Node::Held { tier, months } => held_of.get(tier).is_some_and(|h| *h >= f64::from(*months)),
            });
        }
        done
    }

    /// A point for which something holds; `shrink` keeps what must hold while the point is made as low as it can be.
    pub(super) fn find(&self, must: &dyn Fn(&Point) -> bool, wanted: &dyn Fn(&Point) -> bool) -> Option<Point> {
        let parts = self.parts.len();
        let high: Point = self.parts.iter().map(|(_, values)| values.len() - 1).collect();
        let mut start = Some(high).filter(|p| must(p));
        let draws = (0..DRAWS).map(|draw| {
            let mut rng = KeyedRng::from_u64(0, draw);
            self.parts.iter().map(|(_, values)| rng.below(values.len() as u64) as usize).collect::<Point>()
        });
        let mut found = None;
        for point in draws.filter(|p| must(p)) {
            if wanted(&point) {
                found = Some(point);
                break;
            }
            start = start.or(Some(point));
        }
        if let Some(start) = start {
            // As low as it goes, each part in turn as the first one.
            for first in 0..parts.max(1) {
                let mut point = start.clone();
                for part in (0..parts).map(|at| (at + first) % parts) {
                    let best = point[part];
                    point[part] = 0;
                    while point[part] < best && !must(&point) {
                        point[part] += 1;
                    }
                }
                if must(&point) && wanted(&point) {
                    return Some(point);
                }
            }
        }
        found
    }

    /// A point in words.
    pub(super) fn shown(&self, point: &Point) -> String {
        let one = |((part, values), &at): (&(Part, Vec<Value>), &usize)| match (part, &values[at]) {
            (Part::Column(column), Value::Number(number)) => {
                format!("{} {}", self.program.columns[*column].name, plain(*number))
            }
            (Part::Rank(column), Value::Number(number)) => {
                format!("in the top {} of {}", percent(*number), self.program.columns[*column].name)
            }
            (Part::Held(tier), Value::Number(number)) => {
                format!("{} held for {} months", self.program.tiers[*tier].tier, plain(*number))
            }
            (Part::Attribute(attribute), Value::Text(Some(value))) => {
                format!("{} {}", self.program.attributes[*attribute], shown(value))
            }
            (Part::Attribute(attribute), _) => format!("no {}", self.program.attributes[*attribute]),
            _ => String::new(),
        };
        let list: Vec<String> = self.parts.iter().zip(point).map(one).collect();
        if list.is_empty() { "anything".to_owned() } else { list.join(", ") }
    }
}

/// A share in percent.
pub(super) fn percent(share: f64) -> String {
    format!("{}%", plain(share * 100.0))
}

/// A number without the noise of its last digits.
pub(crate) fn plain(number: f64) -> String {
    let rounded = (number * 1e6).round() / 1e6;
    if rounded.is_finite() { rounded.to_string() } else { number.to_string() }
}

/// The values of the base at which a column reaches limits, added to those of its parts.
fn critical(formulas: &BTreeMap<usize, &Formula>, column: usize, limits: &[f64], parts: &mut BTreeMap<Part, Vec<f64>>) {
    // Each level of ratios and changes makes more of them.
    let limits = &limits[..limits.len().min(MOST_LIMITS)];
    let Some(formula) = formulas.get(&column) else {
        parts.entry(Part::Column(column)).or_default().extend(limits);
        return;
    };
    let mut pairs = |list: &[(usize, f64)]| {
        for &(input, times) in list {
            let scaled: Vec<f64> = limits.iter().map(|l| if times == 0.0 { 0.0 } else { l / times }).collect();
            critical(formulas, input, &scaled, parts);
        }
    };
    match formula {
        Formula::Highest(list) | Formula::Lowest(list) | Formula::Sum(list) => pairs(list),
        Formula::Ratio { of, to, .. } => {
            let above: Vec<f64> = limits.iter().flat_map(|l| [l * 10.0, l * 100.0]).collect();
            critical(formulas, *of, &above, parts);
            critical(formulas, *to, &[10.0, 100.0], parts);
        }
        Formula::Change { now, then, .. } => {
            let above: Vec<f64> = limits.iter().flat_map(|l| [*l, l + 1.0, (l + 1.0) * 100.0]).collect();
            critical(formulas, *now, &above, parts);
            critical(formulas, *then, &[1.0, 100.0], parts);
        }
        Formula::Total { lines, .. } => lines.iter().for_each(|&line| critical(formulas, line, limits, parts)),
        Formula::Line { points, .. } => {
            let shares = |t: f64| [0.0, t / 2.0, t];
            match points {
                LineFormula::BestOf(list) | LineFormula::SumOf(list) => {
                    list.iter().for_each(|&(input, t)| critical(formulas, input, &shares(t), parts));
                }
                LineFormula::Full(input, t) => critical(formulas, *input, &[*t], parts),
                LineFormula::Bands(input, bands) => {
                    let from: Vec<f64> = bands.iter().map(|(from, _)| *from).collect();
                    critical(formulas, *input, &from, parts);
                }
                LineFormula::Steps(steps) => steps.iter().for_each(|s| {
                    let full = if s.each > 0.0 && s.max.is_finite() { s.max / s.each } else { s.need };
                    critical(formulas, s.column, &[s.need, full, s.need + 10.0], parts);
                }),
            }
        }
    }
}

/// Whether a column is measured, not made of others.
pub(super) fn is_base(program: &Compiled, column: usize) -> bool {
    program.columns[column].kind == ColumnRole::Base
}
