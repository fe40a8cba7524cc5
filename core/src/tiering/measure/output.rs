//! From what jobs have counted to the numbers of columns, row by row.

use super::plan::{Output, Rates};
use super::population::Population;
use super::tally::{Counted, Tally};
use crate::engine::exact_sum::ExactSum;

/// How cells come to rows.
pub(super) struct View<'v> {
    pub(super) population: &'v Population,
    pub(super) partner_of_rows: &'v [u32],
    pub(super) digits: u8,
}

impl View<'_> {
    /// The cell of each row.
    fn cell(&self, cells: usize, row: usize) -> u32 {
        if cells == self.population.rows() { row as u32 } else { self.partner_of_rows[row] }
    }

    pub(super) fn rows(&self, counted: Counted, mean: bool) -> Vec<f64> {
        let cells = counted.cells;
        let numbers =
            if mean { counted.tally.means(cells, self.digits) } else { counted.tally.numbers(cells, self.digits) };
        (0..self.population.rows()).map(|row| numbers[self.cell(cells, row) as usize]).collect()
    }

    pub(super) fn numbers(&self, output: &Output, counted: Vec<Counted>, tiers: &[Option<usize>]) -> Vec<f64> {
        let mut counted = counted.into_iter();
        let (first, second) = (counted.next().unwrap_or_default(), counted.next().unwrap_or_default());
        match output {
            Output::Numbers { mean, .. } => self.rows(first, *mean),
            Output::Points { rates, .. } => self.points(first, rates, tiers),
            Output::Coverage { need, have, .. } => {
                let (needs, haves) = (first.cells, second.cells);
                let need = first.tally.reached(need.1, self.digits);
                let have = second.tally.reached(have.1, self.digits);
                let share = |row: usize| {
                    let (cell, other) = (self.cell(needs, row), self.cell(haves, row));
                    let of_row =
                        &need[need.partition_point(|(c, _)| *c < cell)..need.partition_point(|(c, _)| *c <= cell)];
                    let met = of_row.iter().filter(|(_, group)| have.binary_search(&(other, *group)).is_ok()).count();
                    if of_row.is_empty() { 1.0 } else { met as f64 / of_row.len() as f64 }
                };
                (0..self.population.rows()).map(share).collect()
            }
        }
    }

    /// Points: the exact sum of each class times what it is worth, rounded to nine decimals.
    fn points(&self, counted: Counted, rates: &Rates, tiers: &[Option<usize>]) -> Vec<f64> {
        let (cells, Tally::Classes(classes)) = (counted.cells, counted.tally) else {
            return vec![0.0; self.population.rows()];
        };
        let mut worth: Vec<((usize, f64), Vec<f64>)> = Vec::new();
        for (class, tally) in classes.into_iter().enumerate() {
            let Some(tally) = tally else { continue };
            worth.push((rates.class(class), tally.numbers(cells, self.digits)));
        }
        let of_row = |row: usize| {
            let (cell, tier) = (self.cell(cells, row) as usize, tiers.get(row).copied().flatten());
            let term = |(class, numbers): &((usize, f64), Vec<f64>)| rates.points(*class, numbers[cell], tier);
            nine_decimals(worth.iter().map(term).collect::<ExactSum>().value())
        };
        (0..self.population.rows()).map(of_row).collect()
    }
}

/// Rounded half to even at nine decimals, so that tenths that make a whole are one.
fn nine_decimals(points: f64) -> f64 {
    let rounded = (points * 1e9).round_ties_even() / 1e9;
    if rounded.is_finite() { rounded + 0.0 } else { points }
}
