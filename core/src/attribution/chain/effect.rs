//! Removal effects: what would be lost without some states of a chain.

use super::dense::{self, Solution};
use super::sparse::Sweeper;
use super::{Chain, detour};
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::Result;

/// Chains of more states than this are solved sparse.
const DENSE: usize = 600;
/// Where a sparse solve cannot show that its effects are right to this, a chain up to `LARGEST_DENSE` is solved dense.
const GOOD: f64 = 1e-10;
const LARGEST_DENSE: usize = 5000;

/// What happens to those who would have come to the removed states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Removal {
    /// They are lost.
    Null,
    /// They take the other ways, in proportion.
    Detour,
}

/// Removal effects of groups of states: shares of the conversions, and of the value, that would be lost.
#[derive(Debug, Clone, Default)]
pub(crate) struct Effects {
    /// The chance that a path converts.
    pub(crate) probability: f64,
    pub(crate) conversions: Vec<f64>,
    pub(crate) value: Option<Vec<f64>>,
    /// How it was solved.
    pub(crate) method: &'static str,
    /// A bound on the absolute error of each effect, beside rounding; 0 where there is only rounding.
    pub(crate) error_bound: f64,
}

/// The effects of removing each group of states.
///
/// # Errors
/// [`crate::Code::Cancelled`].
pub(crate) fn effects(
    chain: &Chain,
    groups: &[Vec<u32>],
    removal: Removal,
    inline: bool,
    monitor: &Monitor,
) -> Result<Effects> {
    if removal == Removal::Detour {
        return by_detour(chain, groups, inline, monitor);
    }
    if chain.len() > DENSE {
        let sparse = by_sweeps(chain, groups, monitor)?;
        if sparse.error_bound <= GOOD || chain.len() > LARGEST_DENSE {
            return Ok(sparse);
        }
    }
    monitor.check()?;
    let all = dense::solve(chain);
    let hits = dense::first_hits(chain, groups);
    let through = |brings: &[f64], whole: f64| -> Vec<f64> {
        hits.iter().map(|h| ratio(h.iter().map(|&(s, p)| p * brings[s as usize]).sum(), whole)).collect()
    };
    Ok(Effects {
        probability: all.start,
        conversions: through(&all.states, all.start),
        value: all.state_values.as_ref().map(|v| through(v, all.start_value)),
        method: "dense_elimination",
        error_bound: 0.0,
    })
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}

pub(super) fn by_sweeps(chain: &Chain, groups: &[Vec<u32>], monitor: &Monitor) -> Result<Effects> {
    let sweeper = Sweeper::new(chain, monitor)?;
    let (all, bound, value_bound) = sweeper.answers(monitor)?;
    let mut worst = 0.0_f64;
    let mut through = |brings: &[f64], whole: f64, bound: f64| -> Result<Vec<f64>> {
        let parts = sweeper.through(groups, brings, bound, monitor)?;
        Ok(parts
            .into_iter()
            .map(|(part, off)| {
                let effect = ratio(part, whole);
                let left = whole.abs() - bound;
                worst = worst.max(if left > 0.0 { (off + effect.abs() * bound) / left } else { f64::INFINITY });
                effect
            })
            .collect())
    };
    let conversions = through(&all.states, all.start, bound)?;
    let value = match &all.state_values {
        Some(brings) if all.start_value != 0.0 => Some(through(brings, all.start_value, value_bound)?),
        Some(_) => Some(vec![0.0; groups.len()]),
        None => None,
    };
    Ok(Effects { probability: all.start, conversions, value, method: "sparse_sweeps", error_bound: worst })
}

fn by_detour(chain: &Chain, groups: &[Vec<u32>], inline: bool, monitor: &Monitor) -> Result<Effects> {
    let solve = |chain: &Chain| -> Result<(Solution, f64)> {
        if chain.len() <= DENSE {
            return Ok((dense::solve(chain), 0.0));
        }
        let (solution, bound, value_bound) = Sweeper::new(chain, monitor)?.answers(monitor)?;
        let relative = |bound: f64, whole: f64| if whole == 0.0 { 0.0 } else { bound / whole.abs() };
        let worst = relative(bound, solution.start).max(relative(value_bound, solution.start_value));
        Ok((solution, worst))
    };
    let (all, own_bound) = solve(chain)?;
    let size = if inline { 0 } else { chain.len() * groups.len() * 64 };
    let without = parallel::map(groups.iter().collect(), size, |group: &Vec<u32>| {
        monitor.check()?;
        let rest = detour::without(chain, group);
        if rest.starts() == 0.0 {
            return Ok((Solution::default(), 0.0));
        }
        solve(&rest)
    })?;
    let lost = |rest: f64, whole: f64| if whole == 0.0 { 0.0 } else { 1.0 - rest / whole };
    Ok(Effects {
        probability: all.start,
        conversions: without.iter().map(|(rest, _)| lost(rest.start, all.start)).collect(),
        value: all
            .state_values
            .as_ref()
            .map(|_| without.iter().map(|(rest, _)| lost(rest.start_value, all.start_value)).collect()),
        method: if chain.len() <= DENSE { "dense_elimination" } else { "sparse_sweeps" },
        error_bound: without.iter().map(|w| w.1).fold(0.0, f64::max) + own_bound,
    })
}
