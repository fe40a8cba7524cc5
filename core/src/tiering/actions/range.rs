//! What columns and criteria can be while some metrics may still move: the arithmetic of ranges.
//!
//! Every operation of a formula is monotone in its inputs under correct rounding, so a range that is computed from the ends
//! with the same operations holds every value that the formula can give. Where a range cannot be told closely (a ratio
//! whose lower part may be 0), it is wider than it need be, never narrower; of a single point, it is the point.

use super::super::formula::{line, rounded};
use super::super::program::{Formula, LineFormula, Node, Test};

/// The values that a column can take.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    pub(super) low: f64,
    pub(super) high: f64,
    /// Whether it can be without a value.
    pub(super) missing: bool,
}

/// Nothing but a missing value.
pub(super) const MISSING: Span = Span { low: f64::INFINITY, high: f64::NEG_INFINITY, missing: true };
const ANYTHING: Span = Span { low: f64::NEG_INFINITY, high: f64::INFINITY, missing: true };

impl Span {
    pub(super) fn point(value: f64) -> Self {
        Self::new(value, value, false)
    }

    /// From one end to the other, in either order.
    pub(super) fn new(a: f64, b: f64, missing: bool) -> Self {
        match (a.is_nan(), b.is_nan()) {
            (true, true) => MISSING,
            (false, false) => Self { low: a.min(b), high: a.max(b), missing },
            _ => ANYTHING,
        }
    }

    /// Whether it can have a value.
    pub(super) fn is_known(&self) -> bool {
        self.low <= self.high
    }

    /// Whether it is one value, or certainly missing.
    pub(super) fn is_fixed(&self) -> bool {
        !self.is_known() || (self.low == self.high && !self.missing)
    }

    /// A missing value counts as 0 in the points of a line.
    fn as_points(self, end: f64) -> f64 {
        if !self.is_known() {
            return f64::NAN;
        }
        // Beyond any number of a document, and still a number when it is multiplied by 0.
        end.clamp(-1e300, 1e300)
    }

    fn lowest_points(self) -> f64 {
        self.as_points(if self.missing { self.low.min(0.0) } else { self.low })
    }

    fn highest_points(self) -> f64 {
        self.as_points(if self.missing { self.high.max(0.0) } else { self.high })
    }
}

/// The span of a formula over the spans of columns.
pub(super) fn span(formula: &Formula, of: &[Span]) -> Span {
    let at = |column: usize| of.get(column).copied().unwrap_or(MISSING);
    match formula {
        Formula::Ratio { of, to, to_at_most, when_zero } => ratio(at(*of), at(*to), *to_at_most, *when_zero),
        Formula::Change { now, then, relative, base_at_least } => {
            let (now, then) = (at(*now), at(*then));
            if !then.is_known() || !now.is_known() {
                return MISSING;
            }
            if then.low != then.high || then.missing {
                return ANYTHING;
            }
            let then = then.low;
            if base_at_least.is_some_and(|least| then < least) || (*relative && then == 0.0) {
                return MISSING;
            }
            let change = |now: f64| if *relative { (now - then) / then } else { now - then };
            Span::new(change(now.low), change(now.high), now.missing)
        }
        Formula::Highest(inputs) => highest(&scaled(inputs, &at)),
        Formula::Lowest(inputs) => {
            let negative: Vec<Span> = scaled(inputs, &at).iter().map(|&s| negated(s)).collect();
            negated(highest(&negative))
        }
        Formula::Sum(inputs) => sum(&scaled(inputs, &at)),
        Formula::Line { max, points: LineFormula::Bands(column, bands) } => {
            let span = at(*column);
            let reached = |value: f64| bands.iter().rposition(|(from, _)| value >= *from);
            let mut points = Vec::new();
            if span.missing || !span.is_known() {
                points.push(0.0);
            }
            if span.is_known() {
                let (first, last) = (reached(span.low), reached(span.high));
                if first.is_none() {
                    points.push(0.0);
                }
                let from = first.unwrap_or(0);
                let to = last.map_or(0, |last| last + 1);
                points.extend(bands.get(from..to).unwrap_or(&[]).iter().map(|(_, points)| *points));
            }
            let of = |points: f64| rounded(points.clamp(0.0, *max), 1e12);
            let (low, high) = (points.iter().copied().reduce(f64::min), points.iter().copied().reduce(f64::max));
            Span::new(of(low.unwrap_or(0.0)), of(high.unwrap_or(0.0)), false)
        }
        // Points of every other kind grow with each of their metrics.
        Formula::Line { max, points } => {
            let low = line(points, *max, &|column| at(column).lowest_points());
            let high = line(points, *max, &|column| at(column).highest_points());
            Span::new(rounded(low, 1e12), rounded(high, 1e12), false)
        }
        Formula::Total { lines, max } => {
            let lines: Vec<Span> = lines.iter().map(|&l| at(l)).collect();
            let sum = sum(&lines);
            let sum = if sum.is_known() { sum } else { Span::point(0.0) };
            Span::new(rounded(sum.low.min(*max), 1e9), rounded(sum.high.min(*max), 1e9), false)
        }
    }
}

fn scaled(inputs: &[(usize, f64)], at: &impl Fn(usize) -> Span) -> Vec<Span> {
    let one = |&(column, times): &(usize, f64)| {
        let span = at(column);
        if span.is_known() { Span::new(span.low * times, span.high * times, span.missing) } else { MISSING }
    };
    inputs.iter().map(one).collect()
}

fn negated(span: Span) -> Span {
    Span { low: -span.high, high: -span.low, missing: span.missing }
}

fn highest(spans: &[Span]) -> Span {
    let known = || spans.iter().filter(|s| s.is_known());
    let certain = || known().filter(|s| !s.missing);
    let Some(high) = known().map(|s| s.high).reduce(f64::max) else { return MISSING };
    match certain().map(|s| s.low).reduce(f64::max) {
        Some(low) => Span { low, high, missing: false },
        None => Span { low: known().map(|s| s.low).fold(high, f64::min), high, missing: true },
    }
}

/// A sum of those that have a value.
fn sum(spans: &[Span]) -> Span {
    let known = || spans.iter().filter(|s| s.is_known());
    let low = known().map(|s| if s.missing { s.low.min(0.0) } else { s.low }).reduce(|a, b| a + b);
    let high = known().map(|s| if s.missing { s.high.max(0.0) } else { s.high }).reduce(|a, b| a + b);
    match (low, high) {
        (Some(low), Some(high)) => Span::new(low, high, known().all(|s| s.missing)),
        _ => MISSING,
    }
}

fn ratio(above: Span, below: Span, most: Option<f64>, when_zero: Option<f64>) -> Span {
    if !below.is_known() {
        return MISSING;
    }
    let capped = |value: f64| most.map_or(value, |most| value.min(most));
    let (low, high) = (capped(below.low), capped(below.high));
    if low == 0.0 && high == 0.0 && !below.missing {
        return when_zero.map_or(MISSING, Span::point);
    }
    if low > 0.0 || high < 0.0 {
        if !above.is_known() {
            return MISSING;
        }
        let ends = [above.low / low, above.low / high, above.high / low, above.high / high];
        if ends.iter().any(|e| e.is_nan()) {
            return ANYTHING;
        }
        let missing = above.missing || below.missing;
        return Span::new(ends.into_iter().fold(ends[0], f64::min), ends.into_iter().fold(ends[0], f64::max), missing);
    }
    // The lower part may be 0 or close to it.
    if low == 0.0 && above.is_known() && above.low >= 0.0 {
        let least = when_zero.map_or(0.0, |z| z.min(0.0));
        return Span { low: least, high: f64::INFINITY, missing: true };
    }
    ANYTHING
}

/// What is known of a criterion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Sense {
    /// Whether it may be met.
    pub(super) possible: bool,
    /// Whether it is met in any case.
    pub(super) certain: bool,
}

impl Sense {
    pub(super) fn fixed(met: bool) -> Self {
        Self { possible: met, certain: met }
    }
}

/// What is known of a node; `fixed` is what holds of tests that no metric can change, `cutoff` that of a population.
pub(super) fn sense(node: &Node, of: &[Span], senses: &[Sense], fixed: bool, cutoff: Option<f64>) -> Sense {
    let at = |column: usize| of.get(column).copied().unwrap_or(MISSING);
    let child = |c: &usize| senses.get(*c).copied().unwrap_or(Sense::fixed(false));
    match node {
        Node::Always => Sense::fixed(true),
        Node::All(children) => Sense {
            possible: children.iter().all(|c| child(c).possible),
            certain: children.iter().all(|c| child(c).certain),
        },
        Node::Any(children) => Sense {
            possible: children.iter().any(|c| child(c).possible),
            certain: children.iter().any(|c| child(c).certain),
        },
        Node::NOf(n, children) => Sense {
            possible: children.iter().filter(|c| child(c).possible).count() >= *n,
            certain: children.iter().filter(|c| child(c).certain).count() >= *n,
        },
        Node::Not(c) => Sense { possible: !child(c).certain, certain: !child(c).possible },
        Node::Test(test) => tested(test, at(test.column)),
        Node::Positive(lines) => Sense {
            possible: lines.iter().all(|&l| at(l).is_known() && at(l).high > 0.0),
            certain: lines.iter().all(|&l| at(l).is_known() && at(l).low > 0.0 && !at(l).missing),
        },
        Node::Top(top) => {
            let span = at(top.column);
            let Some(cutoff) = cutoff else { return Sense::fixed(false) };
            Sense {
                possible: span.is_known() && span.high >= cutoff,
                certain: span.is_known() && span.low >= cutoff && !span.missing,
            }
        }
        Node::Attribute { .. } | Node::Held { .. } => Sense::fixed(fixed),
    }
}

fn tested(test: &Test, span: Span) -> Sense {
    if !span.is_known() {
        return Sense::fixed(false);
    }
    let above = |value: f64| test.low.is_none_or(|b| if b.strict { value > b.limit } else { value >= b.limit });
    let below = |value: f64| test.high.is_none_or(|b| if b.strict { value < b.limit } else { value <= b.limit });
    Sense {
        possible: above(span.high) && below(span.low),
        certain: above(span.low) && below(span.high) && !span.missing,
    }
}
