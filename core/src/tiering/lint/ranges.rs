//! The values that columns can have: from what a metric counts, and through the formulas of derived ones.

use super::super::document::{Facts, Measure, MetricUnit, Scalar, Window};
use super::super::formula::rounded_points;
use super::super::program::{ColumnRole, Compiled, Formula, LineFormula, Test, TrackRules};

/// Values from one bound to another; an open bound is not among them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Range {
    pub(super) low: f64,
    pub(super) low_open: bool,
    pub(super) high: f64,
    pub(super) high_open: bool,
}

impl Range {
    pub(super) const ALL: Self = Self::closed(f64::NEG_INFINITY, f64::INFINITY);

    pub(super) const fn closed(low: f64, high: f64) -> Self {
        Self { low, low_open: false, high, high_open: false }
    }

    /// What meets a test.
    pub(super) fn of_test(test: &Test) -> Self {
        let (low, low_open) = test.low.map_or((f64::NEG_INFINITY, false), |b| (b.limit, b.strict));
        let (high, high_open) = test.high.map_or((f64::INFINITY, false), |b| (b.limit, b.strict));
        Self { low, low_open, high, high_open }
    }

    pub(super) fn is_empty(self) -> bool {
        self.low > self.high || (self.low == self.high && (self.low_open || self.high_open))
    }

    /// The values in both.
    pub(super) fn and(self, other: Self) -> Self {
        let (low, low_open) = match self.low.total_cmp(&other.low) {
            std::cmp::Ordering::Greater => (self.low, self.low_open),
            std::cmp::Ordering::Less => (other.low, other.low_open),
            std::cmp::Ordering::Equal => (self.low, self.low_open || other.low_open),
        };
        let (high, high_open) = match self.high.total_cmp(&other.high) {
            std::cmp::Ordering::Less => (self.high, self.high_open),
            std::cmp::Ordering::Greater => (other.high, other.high_open),
            std::cmp::Ordering::Equal => (self.high, self.high_open || other.high_open),
        };
        Self { low, low_open, high, high_open }
    }

    /// The least range that holds both.
    pub(super) fn hull(self, other: Self) -> Self {
        let (low, low_open) = match self.low.total_cmp(&other.low) {
            std::cmp::Ordering::Less => (self.low, self.low_open),
            std::cmp::Ordering::Greater => (other.low, other.low_open),
            std::cmp::Ordering::Equal => (self.low, self.low_open && other.low_open),
        };
        let (high, high_open) = match self.high.total_cmp(&other.high) {
            std::cmp::Ordering::Greater => (self.high, self.high_open),
            std::cmp::Ordering::Less => (other.high, other.high_open),
            std::cmp::Ordering::Equal => (self.high, self.high_open && other.high_open),
        };
        Self { low, low_open, high, high_open }
    }

    /// Whether every value of it is a value of the other.
    pub(super) fn within(self, other: Self) -> bool {
        let low = self.low > other.low || (self.low == other.low && (self.low_open || !other.low_open));
        let high = self.high < other.high || (self.high == other.high && (self.high_open || !other.high_open));
        self.is_empty() || (low && high)
    }

    /// The whole numbers of it.
    pub(super) fn whole(self) -> Self {
        let low = if self.low_open && self.low.fract() == 0.0 { self.low + 1.0 } else { self.low.ceil() };
        let high = if self.high_open && self.high.fract() == 0.0 { self.high - 1.0 } else { self.high.floor() };
        Self::closed(low, high)
    }

    /// The range of a multiple.
    fn times(self, factor: f64) -> Self {
        if factor == 0.0 {
            return Self::closed(0.0, 0.0);
        }
        let (a, b) = ((self.low * factor, self.low_open), (self.high * factor, self.high_open));
        let ((low, low_open), (high, high_open)) = if factor > 0.0 { (a, b) } else { (b, a) };
        Self { low, low_open, high, high_open }
    }
}

/// Whether a column has whole numbers only.
pub(super) fn is_whole(program: &Compiled, column: usize) -> bool {
    let rule = &program.columns[column];
    rule.kind == ColumnRole::Base && matches!(rule.unit, MetricUnit::Count | MetricUnit::People | MetricUnit::Flag)
}

/// The values that each column of a track can have, where it has one.
pub(super) fn ranges(program: &Compiled, rules: &TrackRules) -> Vec<Range> {
    let base = (0..program.columns.len()).map(|column| of_base(program, column)).collect();
    derived(rules, base)
}

/// The ranges of derived columns, from those of the base.
pub(super) fn derived(rules: &TrackRules, mut ranges: Vec<Range>) -> Vec<Range> {
    for (place, formula) in &rules.formulas {
        ranges[*place] = ranges[*place].and(of_formula(formula, &ranges));
    }
    ranges
}

fn of_base(program: &Compiled, column: usize) -> Range {
    let rule = &program.columns[column];
    let measure = program.document.metrics.get(&rule.name).map(|m| &m.measure);
    if rule.kind != ColumnRole::Base {
        return Range::ALL;
    }
    if let Some(Measure::Count(facts) | Measure::CountDistinct(facts)) = measure {
        if facts.window.is_some_and(is_empty_window) {
            return Range::closed(0.0, 0.0);
        }
        let most = match measure {
            Some(Measure::CountDistinct(facts)) => most_distinct(facts),
            _ => f64::INFINITY,
        };
        return Range::closed(0.0, most);
    }
    match (measure, rule.unit) {
        (Some(Measure::Coverage(_)), _) | (_, MetricUnit::Flag) => Range::closed(0.0, 1.0),
        (_, MetricUnit::Count | MetricUnit::People) => Range::closed(0.0, f64::INFINITY),
        _ => Range::ALL,
    }
}

/// How many distinct values the counted field can have at most, where a condition lists them.
fn most_distinct(facts: &Facts) -> f64 {
    let listed = facts.conditions.iter().filter(|c| Some(&c.field) == facts.of.as_ref());
    let of_condition = |list: &[Scalar]| {
        let mut distinct: Vec<&Scalar> = Vec::new();
        list.iter().for_each(|value| {
            if !distinct.contains(&value) {
                distinct.push(value);
            }
        });
        distinct.len() as f64
    };
    let most = listed.filter_map(|c| c.is.as_ref().map(|_| 1.0).or_else(|| c.is_in.as_deref().map(of_condition)));
    most.fold(f64::INFINITY, f64::min)
}

/// Whether a window holds no day at all.
pub(super) fn is_empty_window(window: Window) -> bool {
    matches!(window, Window::RollingDays(0) | Window::RollingMonths(0) | Window::FullMonths(0))
}

fn of_formula(formula: &Formula, ranges: &[Range]) -> Range {
    let at = |column: usize| ranges[column];
    let inputs = |list: &[(usize, f64)]| list.iter().map(|&(c, times)| at(c).times(times)).collect::<Vec<_>>();
    let hull = |list: &[(usize, f64)]| inputs(list).into_iter().reduce(Range::hull).unwrap_or(Range::ALL);
    match formula {
        Formula::Ratio { of, to, when_zero, .. } => {
            let ratio = if at(*of).low >= 0.0 && at(*to).low >= 0.0 {
                Range::closed(0.0, f64::INFINITY)
            } else {
                return Range::ALL;
            };
            when_zero.map_or(ratio, |zero| ratio.hull(Range::closed(zero, zero)))
        }
        Formula::Change { now, then, relative: true, .. } if at(*now).low >= 0.0 && at(*then).low >= 0.0 => {
            Range::closed(-1.0, f64::INFINITY)
        }
        Formula::Change { .. } => Range::ALL,
        Formula::Highest(list) | Formula::Lowest(list) => hull(list),
        Formula::Sum(list) if list.is_empty() => Range::ALL,
        Formula::Sum(list) => {
            // Any of them may be missing, but not all.
            let all = inputs(list);
            let low: f64 = all.iter().map(|r| r.low.min(0.0)).sum();
            let high: f64 = all.iter().map(|r| r.high.max(0.0)).sum();
            let least = all.iter().map(|r| r.low).fold(f64::INFINITY, f64::min);
            let most = all.iter().map(|r| r.high).fold(f64::NEG_INFINITY, f64::max);
            Range::closed(if least > 0.0 { least } else { low }, if most < 0.0 { most } else { high })
        }
        Formula::Line { max, points } => Range::closed(0.0, of_line(points, *max, ranges)),
        Formula::Total { lines, max } => {
            let sum: f64 = lines.iter().map(|&line| at(line).high.max(0.0)).sum();
            Range::closed(0.0, rounded_points(sum.min(*max)))
        }
    }
}

/// The most points of a line.
fn of_line(points: &LineFormula, max: f64, ranges: &[Range]) -> f64 {
    let high = |column: usize| ranges[column].high;
    let share = |&(column, threshold): &(usize, f64)| (max * high(column) / threshold).max(0.0);
    let most = match points {
        LineFormula::BestOf(list) => list.iter().map(share).fold(0.0, f64::max),
        LineFormula::SumOf(list) => list.iter().map(share).sum(),
        LineFormula::Full(column, threshold) => f64::from(u8::from(high(*column) >= *threshold)) * max,
        LineFormula::Bands(column, bands) => {
            let range = ranges[*column];
            let reached = bands.iter().filter(|(from, _)| range.high >= *from);
            reached.map(|(_, points)| *points).fold(0.0, f64::max)
        }
        LineFormula::Steps(steps) => {
            let mut sum = 0.0;
            for step in steps {
                if high(step.column) < step.need {
                    break;
                }
                let points = if step.each == 0.0 { 0.0 } else { high(step.column) * step.each };
                sum += points.clamp(0.0, step.max);
            }
            sum
        }
    };
    most.clamp(0.0, max)
}
