//! Large chains: one sparse solve per question, with a bound on its error.
//!
//! `x = b + Q x` is solved by symmetric Gauss-Seidel sweeps. Where `t >= (I - Q)^-1 1` bounds the time until absorption,
//! `|x - x'| <= max(t) |residual of x'|`, in the largest component. An approximate `t'` whose own residual is `d < 1`
//! gives such a bound: `max(t) <= max(t') / (1 - d)`.

use super::Chain;
use super::dense::Solution;
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::Result;

/// Sweeps after which a solve gives up.
const MOST_SWEEPS: usize = 2000;
/// A residual relative to the answer that is as good as rounding allows.
const TIGHT: f64 = 2e-16;

/// The chances of the steps between states, ready to sweep.
pub(super) struct Sweeper<'a> {
    chain: &'a Chain,
    totals: Vec<f64>,
    /// A bound on the expected time until absorption from any state; infinite where none was found.
    pub(super) longest: f64,
}

/// An answer and a bound on the error of its components.
pub(super) struct Bounded {
    pub(super) values: Vec<f64>,
    pub(super) bound: f64,
}

impl<'a> Sweeper<'a> {
    pub(super) fn new(chain: &'a Chain, monitor: &Monitor) -> Result<Self> {
        let totals = (0..chain.len()).map(|s| chain.total(s)).collect();
        let mut sweeper = Self { chain, totals, longest: f64::INFINITY };
        let ones = vec![1.0; chain.len()];
        let (times, residual) = sweeper.solve(&ones, None, 1e-12, monitor)?;
        if residual < 0.5 {
            sweeper.longest = times.iter().copied().fold(0.0, f64::max) / (1.0 - residual);
        }
        Ok(sweeper)
    }

    /// `b(s)` plus what the followers of a state that are not blocked have.
    fn apply(&self, state: usize, b: &[f64], x: &[f64], blocked: Option<&[bool]>) -> f64 {
        let followers = self.chain.next[state].iter();
        let sum: f64 = match blocked {
            None => followers.map(|&(to, weight)| weight * x[to as usize]).sum(),
            Some(blocked) => followers.filter(|s| !blocked[s.0 as usize]).map(|&(to, w)| w * x[to as usize]).sum(),
        };
        b[state] + sum / self.totals[state]
    }

    /// Solves until the residual is below `tolerance` times the largest component; gives the residual that is left.
    fn solve(&self, b: &[f64], blocked: Option<&[bool]>, tolerance: f64, monitor: &Monitor) -> Result<(Vec<f64>, f64)> {
        let n = b.len();
        let mut x = b.to_vec();
        let mut best = f64::INFINITY;
        let mut stalled = 0;
        for _ in 0..MOST_SWEEPS {
            monitor.check()?;
            for state in (0..n).rev().chain(0..n) {
                x[state] = self.apply(state, b, &x, blocked);
            }
            let residual = self.residual(b, &x, blocked);
            let size = x.iter().copied().map(f64::abs).fold(0.0, f64::max);
            stalled = if residual < best * 0.99 { 0 } else { stalled + 1 };
            best = best.min(residual);
            // Rounding lets no residual fall for ever: one that no longer does is as small as it gets.
            if residual <= tolerance * size || (stalled > 4 && residual < 1e-12 * size) {
                break;
            }
        }
        let residual = self.residual(b, &x, blocked);
        Ok((x, residual))
    }

    fn residual(&self, b: &[f64], x: &[f64], blocked: Option<&[bool]>) -> f64 {
        (0..b.len()).map(|s| (self.apply(s, b, x, blocked) - x[s]).abs()).fold(0.0, f64::max)
    }

    fn bounded(&self, b: &[f64], blocked: Option<&[bool]>, monitor: &Monitor) -> Result<Bounded> {
        let (values, residual) = self.solve(b, blocked, TIGHT, monitor)?;
        // The residual is itself rounded: a few units in the last place of the largest component.
        let size = values.iter().copied().map(f64::abs).fold(0.0, f64::max);
        let bound = self.longest * (residual + 4.0 * f64::EPSILON * size);
        Ok(Bounded { values, bound })
    }

    fn at_start(&self, states: &[f64]) -> f64 {
        let sum: f64 = self.chain.start.iter().zip(states).map(|(weight, x)| weight * x).sum();
        sum / self.chain.starts()
    }

    /// The chances to convert and the values to expect, with the bounds on their errors.
    pub(super) fn answers(&self, monitor: &Monitor) -> Result<(Solution, f64, f64)> {
        let rate = |ends: &[f64]| -> Vec<f64> { ends.iter().zip(&self.totals).map(|(e, t)| e / t).collect() };
        let chances = self.bounded(&rate(&self.chain.conversions), None, monitor)?;
        let values = self.chain.value.as_ref().map(|v| self.bounded(&rate(v), None, monitor)).transpose()?;
        let solution = Solution {
            start: self.at_start(&chances.values),
            states: chances.values,
            start_value: values.as_ref().map_or(0.0, |v| self.at_start(&v.values)),
            state_values: values.as_ref().map(|v| v.values.clone()),
        };
        Ok((solution, chances.bound, values.map_or(0.0, |v| v.bound)))
    }

    /// For each group of states: what the paths through it bring, given what each state brings; with a bound.
    pub(super) fn through(
        &self,
        groups: &[Vec<u32>],
        brings: &[f64],
        bound: f64,
        monitor: &Monitor,
    ) -> Result<Vec<(f64, f64)>> {
        parallel::map(groups.iter().collect(), self.chain.len() * groups.len(), |group: &Vec<u32>| {
            let mut blocked = vec![false; self.chain.len()];
            group.iter().for_each(|&s| blocked[s as usize] = true);
            let enters = |state: usize| {
                let into = self.chain.next[state].iter().filter(|s| blocked[s.0 as usize]);
                into.map(|&(to, weight)| weight * brings[to as usize]).sum::<f64>() / self.totals[state]
            };
            let b: Vec<f64> = (0..self.chain.len()).map(|s| if blocked[s] { 0.0 } else { enters(s) }).collect();
            let mut x = self.bounded(&b, Some(&blocked), monitor)?;
            group.iter().for_each(|&s| x.values[s as usize] = brings[s as usize]);
            Ok((self.at_start(&x.values), x.bound + bound))
        })
    }
}
