//! How well each order foretells: held-out journeys under Witten-Bell back-off, the fit for BIC, and the AUC.
//!
//! The chance of symbol `x` after context `c` is `(n(c, x) + t(c) p'(x)) / (n(c) + t(c))`: `n` counts in the training folds,
//! `t(c)` is how many different symbols followed `c` there, and `p'` is the same chance one order lower (at order 0: all
//! symbols alike). An unseen context leaves the word to the lower order; nothing has chance 0.
//!
//! Source: Witten and Bell, "The zero-frequency problem" (1991), interpolated as in Chen and Goodman, "An empirical study of
//! smoothing techniques for language modeling" (1999).

use super::steps::{Level, NONE, Steps};
use crate::engine::exact_sum::ExactSum;
use crate::engine::math::ln;
use crate::money::fixed_to_f64;

/// How one order does on one held-out fold.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Score {
    pub(super) log_likelihood: f64,
    /// How many steps were foretold.
    pub(super) steps: f64,
    /// How many of them came after a context that the training folds do not have.
    pub(super) unseen: f64,
    /// Pairs of a converted and a lost journey, and how many of them stand in the right order (ties half).
    pub(super) pairs: f64,
    pub(super) right: f64,
}

/// How one order fits all journeys.
#[derive(Debug, Clone, Copy)]
pub(super) struct FitScore {
    pub(super) parameters: i64,
    pub(super) bic: f64,
}

fn number(count: i128) -> f64 {
    fixed_to_f64(count, 12)
}

/// Counts at every level, from those at the highest.
fn push_down(levels: &[Level], top: Vec<i128>) -> Vec<Vec<i128>> {
    let mut all = vec![top];
    for k in (1..levels.len()).rev() {
        let mut below = vec![0; levels[k - 1].context.len()];
        if let Some(counts) = all.last() {
            counts.iter().zip(&levels[k].parent).for_each(|(count, &parent)| below[parent as usize] += count);
        }
        all.push(below);
    }
    all.reverse();
    all
}

/// How often each context was left, and how many different symbols followed.
fn contexts(level: &Level, counts: &[i128]) -> (Vec<i128>, Vec<f64>) {
    let (mut left, mut kinds) = (vec![0; level.ends.len()], vec![0.0; level.ends.len()]);
    for (&context, &count) in level.context.iter().zip(counts) {
        if count != 0 {
            left[context as usize] += count;
            kinds[context as usize] += 1.0;
        }
    }
    (left, kinds)
}

impl Steps {
    /// How many symbols can follow: the channels and the outcomes that there are.
    fn symbols(&self) -> usize {
        self.channels + self.outcomes.iter().filter(|o| **o != 0).count()
    }

    /// The score of every order, from 0, on a held-out fold.
    pub(super) fn held_out(&self, fold: usize) -> Vec<Score> {
        let folds = self.counts.chunks_exact(self.folds);
        let held: Vec<i128> = folds.clone().map(|c| c[fold]).collect();
        let rest: Vec<i128> = folds.map(|c| c.iter().sum::<i128>() - c[fold]).collect();
        let (held, rest) = (push_down(&self.levels, held), push_down(&self.levels, rest));
        let base = 1.0 / self.symbols() as f64;
        // The chances of the entries and of the ends of contexts one order lower.
        let (mut chances, mut ends) = (Vec::new(), Vec::new());
        let mut scores = Vec::new();
        for (k, level) in self.levels.iter().enumerate() {
            let (left, kinds) = contexts(level, &rest[k]);
            let chance = |context: usize, count: i128, lower: f64| {
                let all = number(left[context]) + kinds[context];
                // A context that is no longer than that of one order lower is not asked twice.
                if all == 0.0 || level.same.get(context) == Some(&true) {
                    lower
                } else {
                    (number(count) + kinds[context] * lower) / all
                }
            };
            let own: Vec<f64> = (0..level.context.len())
                .map(|e| {
                    let lower = if k == 0 { base } else { chances[level.parent[e] as usize] };
                    chance(level.context[e] as usize, rest[k][e], lower)
                })
                .collect();
            let own_ends: Vec<[f64; 2]> = (0..level.ends.len())
                .map(|c| {
                    let lower: [f64; 2] = if k == 0 { [base; 2] } else { ends[level.context_parent[c] as usize] };
                    [0, 1].map(|o| chance(c, at(&rest[k], level.ends[c][o]), lower[o]))
                })
                .collect();
            let mut score = foretell(level, &own, &held[k], &left);
            (score.right, score.pairs) = ranking(level, &own_ends, &held[k]);
            scores.push(score);
            (chances, ends) = (own, own_ends);
        }
        scores
    }

    /// The fit of every order, from 0, to all journeys.
    pub(super) fn fits(&self) -> Vec<FitScore> {
        let top = self.counts.chunks_exact(self.folds).map(|c| c.iter().sum()).collect();
        let all = push_down(&self.levels, top);
        let fit = |(level, counts): (&Level, &Vec<i128>)| {
            let (left, _) = contexts(level, counts);
            let mut sum = ExactSum::new();
            for (&context, &count) in level.context.iter().zip(counts) {
                if count != 0 {
                    sum.add(number(count) * ln(number(count) / number(left[context as usize])));
                }
            }
            let free = (level.ends.len() * (self.symbols() - 1)) as i64;
            // No path ends at its start.
            let ends = (self.symbols() - self.channels) as i64;
            let parameters = free - if level.start.is_some() { ends } else { 0 };
            let steps = number(counts.iter().sum());
            FitScore { parameters, bic: parameters as f64 * ln(steps) - 2.0 * sum.value() }
        };
        self.levels.iter().zip(&all).map(fit).collect()
    }
}

fn at(counts: &[i128], entry: u32) -> i128 {
    if entry == NONE { 0 } else { counts[entry as usize] }
}

fn foretell(level: &Level, chances: &[f64], held: &[i128], left: &[i128]) -> Score {
    let (mut sum, mut steps, mut unseen) = (ExactSum::new(), 0, 0);
    for ((&context, &chance), &count) in level.context.iter().zip(chances).zip(held) {
        if count != 0 {
            sum.add(number(count) * ln(chance));
            steps += count;
            unseen += if left[context as usize] == 0 { count } else { 0 };
        }
    }
    Score { log_likelihood: sum.value(), steps: number(steps), unseen: number(unseen), ..Score::default() }
}

/// Ranks the held-out journeys by their chance to convert, given that they end after their last window.
fn ranking(level: &Level, ends: &[[f64; 2]], held: &[i128]) -> (f64, f64) {
    let mut rows: Vec<(f64, i128, i128)> = Vec::new();
    for (context, entries) in level.ends.iter().enumerate() {
        let (converted, lost) = (at(held, entries[0]), at(held, entries[1]));
        if converted != 0 || lost != 0 {
            let [yes, no] = ends[context];
            rows.push((yes / (yes + no), converted, lost));
        }
    }
    concordance(rows)
}

/// How many pairs of a converted and a lost journey stand in the right order (ties half), and how many pairs there are.
fn concordance(mut rows: Vec<(f64, i128, i128)>) -> (f64, f64) {
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut below, mut right) = (0_i128, 0.0);
    for tied in rows.chunk_by(|a, b| a.0 == b.0) {
        let (converted, lost) = tied.iter().fold((0, 0), |sum, row| (sum.0 + row.1, sum.1 + row.2));
        right += number(converted) * (number(below) + number(lost) / 2.0);
        below += lost;
    }
    (right, number(rows.iter().map(|r| r.1).sum()) * number(below))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::journeys::ONE;

    #[test]
    fn ties_count_half_in_the_ranking() {
        // Converted at 0.9 and 0.5, lost at 0.5 and 0.1: pairs 1, 1, 0.5, 1 of 4.
        let rows = vec![(0.9, ONE, 0), (0.5, ONE, ONE), (0.1, 0, ONE)];
        assert_eq!(concordance(rows), (3.5, 4.0));
    }
}
