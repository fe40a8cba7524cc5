//! Elimination of states, dense: every number is a sum of products of numbers that are not negative.
//!
//! To leave a state out, whoever came to it is sent on to where it leads, in proportion; the chance to stay is not
//! subtracted from 1 but replaced by the sum of the chances to leave (Grassmann, Taksar and Heyman 1985). So each entry is right
//! to a few units in the last place, however long the journeys are (O'Cinneide 1993).

use super::Chain;

/// The chance to convert, and the value to be expected, from the start and from each state.
#[derive(Debug, Clone, Default)]
pub(super) struct Solution {
    pub(super) start: f64,
    pub(super) states: Vec<f64>,
    pub(super) start_value: f64,
    pub(super) state_values: Option<Vec<f64>>,
}

/// Adds `factor` times a row to another.
#[inline]
fn add_scaled(row: &mut [f64], other: &[f64], factor: f64) {
    for (mine, theirs) in row.iter_mut().zip(other) {
        *mine += factor * theirs;
    }
}

/// A row-major matrix.
struct Matrix {
    width: usize,
    cells: Vec<f64>,
}

impl Matrix {
    fn new(rows: usize, width: usize) -> Self {
        Self { width, cells: vec![0.0; rows * width] }
    }

    fn row(&self, row: usize) -> &[f64] {
        &self.cells[row * self.width..(row + 1) * self.width]
    }

    fn row_mut(&mut self, row: usize) -> &mut [f64] {
        &mut self.cells[row * self.width..(row + 1) * self.width]
    }
}

/// Eliminates every state; rows 0..n are the states and row n the start. Columns: conversion, null, value, states.
pub(super) fn solve(chain: &Chain) -> Solution {
    const EXITS: usize = 3;
    let n = chain.len();
    let mut m = Matrix::new(n + 1, n + EXITS);
    for state in 0..n {
        let total = chain.total(state);
        let row = m.row_mut(state);
        row[0] = chain.conversions[state] / total;
        row[1] = chain.nulls[state] / total;
        row[2] = chain.value.as_ref().map_or(0.0, |v| v[state] / total);
        chain.next[state].iter().for_each(|&(to, weight)| row[EXITS + to as usize] = weight / total);
    }
    let starts = chain.starts();
    chain.start.iter().enumerate().for_each(|(s, weight)| m.row_mut(n)[EXITS + s] = weight / starts);
    for x in (0..n).rev() {
        let width = m.width;
        let (above, below) = m.cells.split_at_mut(x * width);
        let (own, after) = below.split_at_mut(width);
        let own = &mut own[..EXITS + x];
        let leave = own[0] + own[1] + own[EXITS..].iter().sum::<f64>();
        // A state that leads nowhere is never met in counted paths; its row stays empty.
        let scale = if leave > 0.0 { leave.recip() } else { 0.0 };
        own.iter_mut().for_each(|cell| *cell *= scale);
        let start = (n - x - 1) * width;
        for row in above.chunks_exact_mut(width).chain(std::iter::once(&mut after[start..start + width])) {
            let factor = row[EXITS + x];
            if factor > 0.0 {
                add_scaled(&mut row[..EXITS + x], own, factor);
            }
        }
    }
    // What is left in a row leads to states that were eliminated later, whose answers are known by now.
    let back = |column: usize| {
        let mut answers = vec![0.0; n];
        for x in 0..n {
            let row = m.row(x);
            answers[x] = row[column] + row[EXITS..EXITS + x].iter().zip(&answers).map(|(p, b)| p * b).sum::<f64>();
        }
        answers
    };
    Solution {
        start: m.row(n)[0],
        states: back(0),
        start_value: m.row(n)[2],
        state_values: chain.value.as_ref().map(|_| back(2)),
    }
}

/// A chain of which only some states are left; the last row is the start, the first column what leaves for good.
struct Part {
    states: Vec<u32>,
    cells: Matrix,
}

impl Part {
    fn of(chain: &Chain) -> Self {
        let n = chain.len();
        let mut cells = Matrix::new(n + 1, n + 1);
        for state in 0..n {
            let total = chain.total(state);
            let row = cells.row_mut(state);
            row[0] = (chain.conversions[state] + chain.nulls[state]) / total;
            chain.next[state].iter().for_each(|&(to, weight)| row[1 + to as usize] = weight / total);
        }
        let starts = chain.starts();
        chain.start.iter().enumerate().for_each(|(s, weight)| cells.row_mut(n)[1 + s] = weight / starts);
        Self { states: (0..n as u32).collect(), cells }
    }

    /// The same chain, seen only when it is in a state to keep.
    fn keep(&self, keep: impl Fn(u32) -> bool) -> Self {
        let n = self.states.len();
        let (kept, gone): (Vec<usize>, Vec<usize>) = (0..n).partition(|&i| keep(self.states[i]));
        let states = kept.iter().map(|&i| self.states[i]).collect();
        let left = kept.len();
        let order: Vec<usize> = kept.into_iter().chain(gone).collect();
        let mut cells = Matrix::new(n + 1, n + 1);
        for (to, from) in order.iter().copied().chain(std::iter::once(n)).enumerate() {
            let source = self.cells.row(from);
            let row = cells.row_mut(to);
            row[0] = source[0];
            order.iter().enumerate().for_each(|(column, &i)| row[1 + column] = source[1 + i]);
        }
        let width = n + 1;
        for x in (left..n).rev() {
            let (above, below) = cells.cells.split_at_mut(x * width);
            let (own, after) = below.split_at_mut(width);
            let own = &mut own[..=x];
            let leave: f64 = own.iter().sum();
            let scale = if leave > 0.0 { leave.recip() } else { 0.0 };
            own.iter_mut().for_each(|cell| *cell *= scale);
            let start = (n - x - 1) * width;
            for row in above.chunks_exact_mut(width).chain(std::iter::once(&mut after[start..start + width])) {
                let factor = row[1 + x];
                if factor > 0.0 {
                    add_scaled(&mut row[..=x], own, factor);
                }
            }
        }
        let mut small = Matrix::new(left + 1, left + 1);
        for row in 0..left {
            small.row_mut(row).copy_from_slice(&cells.row(row)[..=left]);
        }
        small.row_mut(left).copy_from_slice(&cells.row(n)[..=left]);
        Self { states, cells: small }
    }

    /// How the start first meets each state that is left.
    fn start(&self) -> impl Iterator<Item = (u32, f64)> + '_ {
        let n = self.states.len();
        self.states.iter().copied().zip(self.cells.row(n)[1..].iter().copied())
    }
}

/// For each group of states: where the paths first meet it, as (state, chance).
///
/// Groups share the elimination of the states that none of them holds, by halves.
pub(super) fn first_hits(chain: &Chain, groups: &[Vec<u32>]) -> Vec<Vec<(u32, f64)>> {
    let mut hits = vec![Vec::new(); groups.len()];
    let places: Vec<usize> = (0..groups.len()).collect();
    if !groups.is_empty() {
        halve(&Part::of(chain), &places, groups, chain.len(), &mut hits);
    }
    hits
}

fn halve(part: &Part, places: &[usize], groups: &[Vec<u32>], states: usize, hits: &mut [Vec<(u32, f64)>]) {
    let mut wanted = vec![false; states];
    places.iter().flat_map(|&p| &groups[p]).for_each(|&s| wanted[s as usize] = true);
    let part = part.keep(|state| wanted[state as usize]);
    if let [place] = places {
        hits[*place] = part.start().collect();
        return;
    }
    let (first, second) = places.split_at(places.len() / 2);
    halve(&part, first, groups, states, hits);
    halve(&part, second, groups, states, hits);
}
