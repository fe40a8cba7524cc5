//! Derived columns: ratios, changes, lines and totals of scorecards, over a block of rows.
//!
//! Points of a line are rounded to 12 decimals and totals to 9, so that thirds that make a whole reach a threshold that
//! is whole.

use super::program::{Formula, LineFormula, StepFormula};

/// Columns of a block of rows: those handed in, and those computed here.
pub(crate) struct Columns<'a> {
    /// What was handed in for the block's rows.
    pub(crate) given: Vec<Option<&'a [f64]>>,
    /// What was computed, by column; empty where it was not.
    pub(crate) made: Vec<Vec<f64>>,
    pub(crate) rows: usize,
}

impl<'a> Columns<'a> {
    pub(crate) fn new(columns: &'a [Option<Vec<f64>>], range: std::ops::Range<usize>) -> Self {
        let given = columns.iter().map(|c| c.as_ref().map(|v| &v[range.clone()])).collect();
        Self { given, made: vec![Vec::new(); columns.len()], rows: range.len() }
    }

    /// The numbers of a column; none where it is known from nowhere.
    pub(crate) fn get(&self, column: usize) -> Option<&[f64]> {
        match self.given.get(column) {
            Some(Some(values)) => Some(values),
            _ => self.made.get(column).map(Vec::as_slice).filter(|v| v.len() == self.rows),
        }
    }

    /// A value; NaN where there is none.
    #[inline]
    pub(crate) fn at(&self, column: usize, row: usize) -> f64 {
        self.get(column).map_or(f64::NAN, |v| v[row])
    }

    /// Computes the columns of formulas; a column that was handed in stays as it is.
    pub(crate) fn derive(&mut self, formulas: &[(usize, Formula)]) {
        for (place, formula) in formulas {
            if self.given.get(*place).is_some_and(Option::is_some) {
                continue;
            }
            let mut values = std::mem::take(&mut self.made[*place]);
            values.clear();
            values.extend((0..self.rows).map(|row| self.compute(formula, row)));
            self.made[*place] = values;
        }
    }

    fn compute(&self, formula: &Formula, row: usize) -> f64 {
        let at = |column: usize| self.at(column, row);
        let known = |inputs: &[(usize, f64)], of_two: fn(f64, f64) -> f64| {
            let values = inputs.iter().map(|&(column, times)| at(column) * times).filter(|v| !v.is_nan());
            values.reduce(of_two).unwrap_or(f64::NAN)
        };
        match formula {
            Formula::Ratio { of, to, to_at_most, when_zero } => {
                let (above, below) = (at(*of), at(*to));
                let below = to_at_most.map_or(below, |most| if below > most { most } else { below });
                if below == 0.0 { when_zero.unwrap_or(f64::NAN) } else { above / below }
            }
            Formula::Change { now, then, relative, base_at_least } => {
                let (now, then) = (at(*now), at(*then));
                if base_at_least.is_some_and(|least| then < least) {
                    f64::NAN
                } else if *relative {
                    if then == 0.0 { f64::NAN } else { (now - then) / then }
                } else {
                    now - then
                }
            }
            Formula::Highest(inputs) => known(inputs, f64::max),
            Formula::Lowest(inputs) => known(inputs, f64::min),
            Formula::Sum(inputs) => known(inputs, |a, b| a + b),
            Formula::Line { max, points } => rounded(line(points, *max, &at), 1e12),
            Formula::Total { lines, max } => {
                let total: f64 = lines.iter().map(|&l| at(l)).filter(|v| !v.is_nan()).sum();
                rounded_points(total.min(*max))
            }
        }
    }
}

/// Points of a scorecard, at nine decimals.
pub(crate) fn rounded_points(points: f64) -> f64 {
    rounded(points, 1e9)
}

/// A number at some decimals; as it is where that would overflow.
pub(crate) fn rounded(value: f64, scale: f64) -> f64 {
    let scaled = (value * scale).round() / scale;
    if scaled.is_finite() { scaled } else { value }
}

/// The points of a line, from 0 to its maximum.
pub(crate) fn line(points: &LineFormula, max: f64, at: &dyn Fn(usize) -> f64) -> f64 {
    let known = |column: usize| Some(at(column)).filter(|v| !v.is_nan());
    let share = |&(column, threshold): &(usize, f64)| known(column).map_or(0.0, |v| max * v / threshold).max(0.0);
    let points = match points {
        LineFormula::BestOf(list) => list.iter().map(share).fold(0.0, f64::max),
        LineFormula::SumOf(list) => list.iter().map(share).sum(),
        LineFormula::Full(column, threshold) => {
            if known(*column).is_some_and(|v| v >= *threshold) {
                max
            } else {
                0.0
            }
        }
        LineFormula::Bands(column, bands) => known(*column)
            .and_then(|v| bands.iter().rev().find(|(from, _)| v >= *from))
            .map_or(0.0, |(_, points)| *points),
        LineFormula::Steps(steps) => steps_points(steps, &known),
    };
    points.clamp(0.0, max)
}

/// Steps one after the other: the first whose need is not met gives nothing and closes those behind it.
fn steps_points(steps: &[StepFormula], known: &dyn Fn(usize) -> Option<f64>) -> f64 {
    let mut sum = 0.0;
    for step in steps {
        let value = known(step.column).unwrap_or(0.0);
        if value < step.need {
            break;
        }
        sum += (value * step.each).clamp(0.0, step.max);
    }
    sum
}
