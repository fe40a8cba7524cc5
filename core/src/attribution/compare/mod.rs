//! Many models on the same journeys: credit side by side, how far the models agree, and why they do not.
//!
//! Agreement of two models: Spearman's rank correlation (equal shares have their mean rank), half the sum of the absolute
//! differences of shares (the share of the credit that would change hands), and how many of the largest partners they
//! have in common. A reason is a fact about a partner's journeys ([`facts`]) that explains why one kind of model gives it
//! more than another. Where nearly all journeys have one touch, all models must coincide, and a note says so.
//!
//! Source: Spearman, "The proof and measurement of association between two things" (1904).

mod facts;
mod reasons;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use self::facts::Facts;
use super::UNATTRIBUTED;
use super::credit::Credit;
use super::journeys::Journeys;
use super::model::{Model, labels};
use crate::document::out_of_range;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Result};
use crate::money::fixed_to_f64;
use crate::table::result::{TextColumn, column};
use crate::table::{Column, ColumnData, Table};

/// From this share of the conversions on, "nearly all" journeys have one touch, or one channel.
const NEARLY_ALL: f64 = 0.9;

/// How models are compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CompareOptions {
    /// How many of the largest channels `top_overlap` looks at. Default 5.
    pub top: usize,
    /// The smallest difference of shares that is given a reason, 0 to 1. Default 0.02.
    pub difference: f64,
}

impl Default for CompareOptions {
    fn default() -> Self {
        Self { top: 5, difference: 0.02 }
    }
}

/// Many models on the same journeys.
#[derive(Debug, Clone)]
pub struct Comparison {
    /// Credit per channel, in the order of channels. Columns: channel, then for each model `<label>` (value; conversions
    /// where there is no value) and `<label>_share`; spread (largest less smallest share).
    pub credit: Table,
    /// One row per pair of models. Columns: model_a, model_b, rank_correlation (-1 to 1; `None` where a model gives all channels
    /// the same), share_distance (0 to 1), top_overlap (0 to 1).
    pub agreement: Table,
    /// Why models disagree, by channel, the largest difference first. Columns: channel, code, model_high, share_high,
    /// model_low, share_low, difference, evidence, baseline (the numbers of the code).
    pub reasons: Table,
    /// The models as documents, by label; the shares of journeys with one touch and with one channel; notes.
    pub diagnostics: Value,
}

impl Journeys {
    /// Credit under many models side by side, how far they agree, and why they do not.
    ///
    /// A model that the journeys cannot support (time decay without times) is left out and noted.
    ///
    /// # Errors
    /// No model; a bad option; the error of the last model where the journeys support none of them.
    ///
    /// ```
    /// use cosell::attribution::{CompareOptions, Journeys, Model, PathsOptions};
    /// use cosell::engine::monitor::Monitor;
    /// let csv = b"path,total_conversions\nacme > globex,3\nglobex > acme,1\n";
    /// let paths = cosell::table::read_csv(csv)?;
    /// let journeys = Journeys::from_paths(&paths, &PathsOptions::default(), &Monitor::none())?;
    /// let models = Model::list(&["first_touch".into(), "last_touch".into()])?;
    /// let comparison = journeys.compare(&models, &CompareOptions::default(), &Monitor::none())?;
    /// assert_eq!(comparison.agreement.number(0, "share_distance"), Some(0.5));
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn compare(&self, models: &[Model], options: &CompareOptions, monitor: &Monitor) -> Result<Comparison> {
        check(models, options)?;
        let mut notes = Vec::new();
        let (mut results, mut failed) = (Vec::new(), None);
        for (label, credit) in labels(models).into_iter().zip(self.attribute_each(models, monitor)?) {
            match credit {
                Ok(credit) => results.push(Compared::new(label, &credit)),
                Err(error) if error.code() == Code::NotEnoughData => {
                    notes.push(json!({"code": "model_left_out", "model": label, "reason": error.message()}));
                    failed = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        if let (true, Some(error)) = (results.is_empty(), failed) {
            return Err(error);
        }
        let facts = Facts::gather(self, monitor)?;
        facts.note_alike(&mut notes);
        let names = self.channels();
        let by = if self.inner.unit.is_some() { "value" } else { "conversions" };
        let documents: Map<String, Value> = results.iter().map(|r| (r.label.clone(), r.model.document())).collect();
        let diagnostics = json!({
            "models": documents,
            "shares_of": by,
            "single_touch_share": facts.single_touch,
            "single_channel_share": facts.single_channel,
            "options": options,
            "notes": notes,
        });
        Ok(Comparison {
            credit: credit_table(&results),
            agreement: agreement(&results, names.len(), options.top),
            reasons: reasons::table(&results, &names, &facts, options.difference),
            diagnostics,
        })
    }
}

fn check(models: &[Model], options: &CompareOptions) -> Result<()> {
    if models.is_empty() {
        return Err(out_of_range("models", "empty", "at least one model"));
    }
    if options.top == 0 {
        return Err(out_of_range("top", options.top, "a whole number from 1"));
    }
    if !(0.0..=1.0).contains(&options.difference) {
        return Err(out_of_range("difference", options.difference, "a share from 0 to 1"));
    }
    Ok(())
}

/// One model's credit.
struct Compared {
    label: String,
    model: Model,
    totals: Table,
    /// By row of the totals; 0 where nothing was credited to anybody.
    shares: Vec<f64>,
}

impl Compared {
    fn new(label: String, credit: &Credit) -> Self {
        let totals = credit.totals().clone();
        let shares = (0..totals.len()).map(|row| totals.number(row, "share").unwrap_or(0.0)).collect();
        Self { label, model: credit.model().clone(), totals, shares }
    }
}

/// Every model sees the same journeys, so the channels are the same, in the same order.
fn credit_table(results: &[Compared]) -> Table {
    let Some(first) = results.first() else { return Table::new(Vec::new()) };
    let shown = ["value", "value_minor"].into_iter().find(|name| first.totals.column(name).is_some());
    let shown = shown.unwrap_or("conversions");
    let own = |table: &Table, name: &str, label: &str| -> Option<Column> {
        table.column(name).map(|data| column(label, data.clone()))
    };
    let mut columns: Vec<Column> = own(&first.totals, "channel", "channel").into_iter().collect();
    for result in results {
        columns.extend(own(&result.totals, shown, &result.label));
        columns.extend(own(&result.totals, "share", &format!("{}_share", result.label)));
    }
    let spread = |row: usize| {
        let shares = results.iter().map(|r| r.shares[row]);
        let (low, high) = shares.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), s| (a.min(s), b.max(s)));
        Some(high - low)
    };
    columns.push(column("spread", ColumnData::Float((0..first.totals.len()).map(spread).collect())));
    Table::new(columns)
}

/// How far each pair of models agrees; `(unattributed)` is the same under all of them and has no rank.
fn agreement(results: &[Compared], channels: usize, top: usize) -> Table {
    let (mut a_names, mut b_names) = (TextColumn::default(), TextColumn::default());
    let (mut correlations, mut distances, mut overlaps) = (Vec::new(), Vec::new(), Vec::new());
    let ranked: Vec<(Vec<i64>, Vec<usize>)> = results
        .iter()
        .map(|r| {
            let shares = &r.shares[..channels.min(r.shares.len())];
            (ranks(shares), largest(shares, top))
        })
        .collect();
    for (i, a) in results.iter().enumerate() {
        for (j, b) in results.iter().enumerate().skip(i + 1) {
            a_names.push(Some(&a.label));
            b_names.push(Some(&b.label));
            correlations.push(correlation(&ranked[i].0, &ranked[j].0));
            let moved: f64 = a.shares.iter().zip(&b.shares).map(|(x, y)| (x - y).abs()).sum();
            distances.push(Some(moved / 2.0));
            let (of_a, of_b) = (&ranked[i].1, &ranked[j].1);
            let common = of_a.iter().filter(|c| of_b.contains(c)).count();
            overlaps.push((!of_a.is_empty()).then(|| common as f64 / of_a.len() as f64));
        }
    }
    Table::new(vec![
        a_names.finish("model_a"),
        b_names.finish("model_b"),
        column("rank_correlation", ColumnData::Float(correlations)),
        column("share_distance", ColumnData::Float(distances)),
        column("top_overlap", ColumnData::Float(overlaps)),
    ])
}

/// Twice the mean rank of each share, from the smallest: whole numbers, so that sums of them are exact.
pub(crate) fn ranks(shares: &[f64]) -> Vec<i64> {
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| shares[a].total_cmp(&shares[b]));
    let mut ranks = vec![0; shares.len()];
    let mut first = 0;
    for tied in order.chunk_by(|&a, &b| shares[a] == shares[b]) {
        let mean = 2 * first + tied.len() as i64 + 1;
        tied.iter().for_each(|&place| ranks[place] = mean);
        first += tied.len() as i64;
    }
    ranks
}

/// Pearson's correlation of ranks; none where all ranks of one side are equal.
pub(crate) fn correlation(a: &[i64], b: &[i64]) -> Option<f64> {
    let middle = a.len() as i64 + 1;
    let product = |x: &[i64], y: &[i64]| -> i128 {
        x.iter().zip(y).map(|(p, q)| i128::from(p - middle) * i128::from(q - middle)).sum()
    };
    let (aa, bb) = (product(a, a), product(b, b));
    (aa > 0 && bb > 0).then(|| product(a, b) as f64 / (aa as f64 * bb as f64).sqrt())
}

/// The channels with the largest shares, the earlier of equals.
fn largest(shares: &[f64], top: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..shares.len()).collect();
    order.sort_by(|&a, &b| shares[b].total_cmp(&shares[a]));
    order.truncate(top);
    order
}

impl Facts {
    /// Notes where journeys leave the models nothing to disagree on.
    fn note_alike(&self, notes: &mut Vec<Value>) {
        let conversions = fixed_to_f64(self.conversions, 12);
        if self.single_touch.is_some_and(|share| share >= NEARLY_ALL) {
            notes
                .push(json!({"code": "single_touch_journeys", "share": self.single_touch, "conversions": conversions}));
        } else if self.single_channel.is_some_and(|share| share >= NEARLY_ALL) {
            notes.push(
                json!({"code": "single_channel_journeys", "share": self.single_channel, "conversions": conversions}),
            );
        }
        if self.conversions == 0 {
            notes.push(json!({"code": "nothing_to_attribute", "nulls": fixed_to_f64(self.nulls, 12)}));
        }
        if self.without_touches != 0 {
            let conversions = fixed_to_f64(self.without_touches, 12);
            notes.push(
                json!({"code": "conversions_without_touches", "conversions": conversions, "channel": UNATTRIBUTED}),
            );
        }
    }
}
