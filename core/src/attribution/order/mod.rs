//! Which order of Markov chain the journeys support: cross-validated log-likelihood, BIC and AUC side by side.
//!
//! A journey is the steps "start, channels, converted or not"; an order `k` foretells each step from the up to `k` symbols
//! before it, repeats of a channel included, so that all orders foretell the same steps. The likelihood is that of journeys
//! that the counts have not seen ([`score`] says how unseen windows are met); BIC takes one parameter less than there are
//! possible followers for each window that was seen, and as many observations as steps; the AUC is that of the chance to
//! convert, given the last window, over pairs within a held-out fold.
//!
//! The recommendation is the lowest order that foretells as well as the best, within one standard error of the difference
//! over the folds.
//!
//! Sources: Csiszar and Talata, "Context tree estimation for not necessarily finite memory processes, via BIC and MDL" (2006);
//! Hastie, Tibshirani and Friedman, "The Elements of Statistical Learning" (2009), 7.10, for the one standard error.

mod score;
mod steps;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::score::{FitScore, Score};
use self::steps::Steps;
use super::chain;
use super::journeys::Journeys;
use super::models::MAX_ORDER;
use crate::document::out_of_range;
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::{Code, Error, Result};
use crate::money::fixed_to_f64;
use crate::table::result::column;
use crate::table::{ColumnData, Table};

/// The most folds.
const MAX_FOLDS: usize = 100;

/// How the order of a chain is selected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct OrderOptions {
    /// The highest order that is tried, 1 to 8. Default 4.
    pub max_order: usize,
    /// Into how many parts the journeys fall, each of which is foretold from the others, 2 to 100. Default 5.
    pub folds: usize,
    /// The seed of the parts. Default 0.
    pub seed: u64,
}

impl Default for OrderOptions {
    fn default() -> Self {
        Self { max_order: 4, folds: 5, seed: 0 }
    }
}

impl OrderOptions {
    fn check(&self) -> Result<()> {
        let whole = |high: usize, low: usize| format!("a whole number from {low} to {high}");
        if !(1..=MAX_ORDER).contains(&self.max_order) {
            return Err(out_of_range("max_order", self.max_order, &whole(MAX_ORDER, 1)));
        }
        if !(2..=MAX_FOLDS).contains(&self.folds) {
            return Err(out_of_range("folds", self.folds, &whole(MAX_FOLDS, 2)));
        }
        Ok(())
    }
}

/// What the orders are worth, and which one to take.
#[derive(Debug, Clone)]
pub struct OrderSelection {
    /// One row per order. Columns: order, states (of the chain), parameters, log_likelihood (of all journeys, each foretold by
    /// the folds without it; natural logarithm), log_likelihood_per_step, behind_best (per step; `None` above the longest path,
    /// where an order remembers nothing more), standard_error (of that difference, over the folds), unseen_share (of the steps, those after a window that the other folds do not have), bic
    /// (lower is better), auc (`None` where all journeys ended alike).
    pub orders: Table,
    /// The order to take.
    pub recommended: usize,
    /// `reason`: why that order, a code with its numbers; `best`: the order that each measure likes best; what was counted.
    pub diagnostics: Value,
}

impl Journeys {
    /// Which order of Markov chain the journeys support.
    ///
    /// # Errors
    /// An option out of range; [`Code::NotEnoughData`] where there are fewer journeys with touches than folds;
    /// [`Code::TooLarge`] where a window of so many channels does not fit 128 bits; [`Code::Cancelled`].
    ///
    /// ```
    /// use cosell::attribution::{Journeys, OrderOptions, PathsOptions};
    /// use cosell::engine::monitor::Monitor;
    /// let csv = b"path,total_conversions,total_null\na > b,30,10\nb > a,5,40\n";
    /// let options = PathsOptions { nulls: Some("total_null".to_owned()), ..PathsOptions::default() };
    /// let journeys = Journeys::from_paths(&cosell::table::read_csv(csv)?, &options, &Monitor::none())?;
    /// let selection = journeys.select_order(&OrderOptions::default(), &Monitor::none())?;
    /// assert_eq!(selection.orders.len(), 4);
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn select_order(&self, options: &OrderOptions, monitor: &Monitor) -> Result<OrderSelection> {
        options.check()?;
        let sample = self.sample();
        monitor.begin("attribution", options.max_order + options.folds)?;
        let OrderOptions { max_order, folds, seed } = *options;
        let counted = steps::count(&sample, &self.channels(), max_order, folds, seed, monitor)?;
        let journeys = fixed_to_f64(counted.outcomes[0] + counted.outcomes[1], 12);
        if journeys < folds as f64 {
            let message = format!(
                "{folds} folds need at least {folds} journeys with touches; there are {journeys}: take fewer folds or more journeys"
            );
            return Err(Error::new(Code::NotEnoughData, "folds", message));
        }
        let placed = (1..=max_order).rev().find(|&order| chain::fits(sample.channels, order));
        let steps = placed.map(|highest| chain::Counted::of(&sample, highest, monitor)).transpose()?;
        let sample = sample.with_steps(steps.as_ref());
        let mut states = Vec::new();
        for order in 1..=max_order {
            states.push(chain::count(&sample, order, monitor)?.len());
            monitor.advance(1)?;
        }
        let scores = parallel::map((0..folds).collect(), counted.counts.len(), |fold| {
            monitor.advance(1)?;
            Ok(counted.held_out(fold))
        })?;
        let fits = counted.fits();
        let rows = (1..=max_order).map(|k| Row::new(k, states[k - 1], &fits[k], &scores)).collect();
        Ok(decide(rows, &counted, options, journeys))
    }
}

/// The figures of one order.
struct Row {
    order: usize,
    states: usize,
    parameters: i64,
    /// Of all folds together.
    sum: Score,
    /// Per step, by fold; folds without a step are left out.
    by_fold: Vec<f64>,
    bic: f64,
    /// `None` for orders that are not compared.
    behind: Option<f64>,
    standard_error: Option<f64>,
}

impl Row {
    fn new(order: usize, states: usize, fit: &FitScore, folds: &[Vec<Score>]) -> Self {
        let mut sum = Score::default();
        let mut by_fold = Vec::new();
        for score in folds.iter().map(|scores| &scores[order]) {
            sum.log_likelihood += score.log_likelihood;
            sum.steps += score.steps;
            sum.unseen += score.unseen;
            sum.pairs += score.pairs;
            sum.right += score.right;
            if score.steps > 0.0 {
                by_fold.push(score.log_likelihood / score.steps);
            }
        }
        let FitScore { parameters, bic } = *fit;
        Self { order, states, parameters, sum, by_fold, bic, behind: None, standard_error: None }
    }

    fn per_step(&self) -> f64 {
        self.sum.log_likelihood / self.sum.steps
    }

    fn auc(&self) -> Option<f64> {
        (self.sum.pairs > 0.0).then(|| self.sum.right / self.sum.pairs)
    }

    /// How far this order stands behind the best, per step, with the standard error over the folds.
    fn compare(&mut self, best_per_step: f64, best_by_fold: &[f64]) {
        self.behind = Some(best_per_step - self.per_step());
        let n = self.by_fold.len() as f64;
        let differences: Vec<f64> = best_by_fold.iter().zip(&self.by_fold).map(|(best, own)| best - own).collect();
        let mean = differences.iter().sum::<f64>() / n;
        let squares: f64 = differences.iter().map(|d| (d - mean) * (d - mean)).sum();
        self.standard_error = Some(if n > 1.0 { (squares / (n - 1.0) / n).sqrt() } else { 0.0 });
    }

    /// Whether it foretells as well as the best, within one standard error.
    fn is_as_good(&self) -> bool {
        self.behind.zip(self.standard_error).is_some_and(|(behind, error)| behind <= error)
    }
}

/// The order with the largest of a measure, the lowest of equals.
fn best_by(rows: &[Row], measure: impl Fn(&Row) -> Option<f64>) -> Option<usize> {
    let known = rows.iter().filter_map(|row| Some((row.order, measure(row)?)));
    known.reduce(|best, row| if row.1 > best.1 { row } else { best }).map(|(order, _)| order)
}

fn decide(mut rows: Vec<Row>, counted: &Steps, options: &OrderOptions, journeys: f64) -> OrderSelection {
    // A window beyond the longest path holds what one of its length holds: such orders differ by smoothing only.
    let compared = counted.longest.clamp(1, rows.len());
    let best = best_by(&rows[..compared], |row| Some(row.per_step())).unwrap_or(1);
    let (per_step, by_fold) = (rows[best - 1].per_step(), rows[best - 1].by_fold.clone());
    rows[..compared].iter_mut().for_each(|row| row.compare(per_step, &by_fold));
    let taken = rows.iter().find(|row| row.is_as_good()).map_or(best, |row| row.order);
    let own = &rows[taken - 1];
    let (taken, reason) = if counted.longest < 2 {
        (1, json!({"code": "one_touch_journeys", "longest_path": counted.longest}))
    } else if taken == best {
        (best, json!({"code": "foretells_best", "log_likelihood_per_step": per_step}))
    } else {
        let numbers = json!({"code": "lower_order_as_good", "best": best, "behind_best": own.behind, "standard_error": own.standard_error});
        (taken, numbers)
    };
    let mut notes = Vec::new();
    if taken == rows.len() && counted.longest > taken && taken > 1 {
        notes.push(json!({"code": "best_is_highest_tried", "order": taken}));
    }
    let bic = best_by(&rows, |row| Some(-row.bic));
    if bic.is_some_and(|order| order != taken) {
        notes.push(json!({"code": "measures_disagree", "recommended": taken, "bic": bic}));
    }
    if let Some(auc) = rows[taken - 1].auc().filter(|auc| *auc <= 0.5) {
        notes.push(json!({"code": "cannot_tell_conversions", "auc": auc}));
    }
    let diagnostics = json!({
        "reason": reason,
        "notes": notes,
        "best": {
            "log_likelihood": best,
            "bic": best_by(&rows, |row| Some(-row.bic)),
            "auc": best_by(&rows, Row::auc),
        },
        "journeys": journeys,
        "distinct_paths": counted.paths,
        "longest_path": counted.longest,
        "steps": rows[0].sum.steps,
        "options": options,
    });
    OrderSelection { orders: table(&rows), recommended: taken, diagnostics }
}

fn table(rows: &[Row]) -> Table {
    let whole = |f: fn(&Row) -> i64| ColumnData::Int(rows.iter().map(|r| Some(f(r))).collect());
    let number = |f: fn(&Row) -> Option<f64>| ColumnData::Float(rows.iter().map(f).collect());
    Table::new(vec![
        column("order", whole(|r| r.order as i64)),
        column("states", whole(|r| r.states as i64)),
        column("parameters", whole(|r| r.parameters)),
        column("log_likelihood", number(|r| Some(r.sum.log_likelihood))),
        column("log_likelihood_per_step", number(|r| Some(r.per_step()))),
        column("behind_best", number(|r| r.behind)),
        column("standard_error", number(|r| r.standard_error)),
        column("unseen_share", number(|r| Some(r.sum.unseen / r.sum.steps))),
        column("bic", number(|r| Some(r.bic))),
        column("auc", number(Row::auc)),
    ])
}
