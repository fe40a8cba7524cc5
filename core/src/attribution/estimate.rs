//! Models that learn from all journeys at once: what they make of a sample, and how that becomes credit.
//!
//! An estimator sees paths and outcomes only ([`Sample`]), so the same code fits the journeys and their resamples. What it
//! finds is either a share of everything per channel (the totals are divided, there is no ledger), or a rule that divides
//! each journey by itself (then there is one).

use std::sync::Arc;

use serde_json::{Map, Value, json};

use super::distinct::Distinct;
use super::journeys::View;
use super::model::{Looks, Reason, Rule, Spread};
use super::sample::{Outcome, Sample};
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::table::result::column;
use crate::table::{Column, ColumnData, Table};

/// A model that learns from all journeys.
pub(crate) trait Estimator: Send + Sync {
    /// Fits a sample. `detail` asks for the columns, tables and diagnostics too; resamples do without.
    fn fit(&self, sample: &Sample<'_>, detail: bool, monitor: &Monitor) -> Result<Fit>;

    /// A faster way to fit many resamples of the same paths, where there is one.
    fn batch(&self, _distinct: &Distinct) -> Option<Box<dyn Batch + '_>> {
        None
    }

    /// The rule that divides each journey, where it is known without any data.
    fn rule(&self) -> Option<Arc<dyn Rule>> {
        None
    }
}

/// Several resamples of the same paths, fitted at once.
pub(crate) trait Batch: Send + Sync {
    /// The shares of [`LANES`](super::distinct::LANES) resamples from `first` on, each with what paths with touches and those
    /// without have brought.
    fn fits(
        &self,
        distinct: &Distinct,
        seed: u64,
        first: u64,
        monitor: &Monitor,
    ) -> Result<Vec<(Sharing, [Outcome; 2])>>;
}

/// What an estimator has found.
#[derive(Debug)]
pub(crate) struct Fit {
    pub(crate) sharing: Sharing,
    /// Columns of the totals beside the credit, one row per channel.
    pub(crate) columns: Vec<Column>,
    /// Further tables, by name.
    pub(crate) tables: Vec<(&'static str, Table)>,
    pub(crate) diagnostics: Map<String, Value>,
}

/// How credit follows from what was found.
pub(crate) enum Sharing {
    /// Each channel's share of everything, to be divided by their sum; `value` where it differs from the conversions'.
    Global { conversions: Vec<f64>, value: Option<Vec<f64>> },
    /// Each journey is divided by itself.
    Journeys(Arc<dyn Rule>),
}

impl Sharing {
    /// What was learned of each channel, as a rule for single journeys; `None` where the rule looks at no channel by itself.
    pub(crate) fn learned(&self, reason: Reason) -> Option<ByChannel> {
        match self {
            Self::Global { conversions, .. } => Some(ByChannel::new(conversions, reason)),
            Self::Journeys(rule) => rule.by_channel().cloned(),
        }
    }
}

impl std::fmt::Debug for Sharing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Global { conversions, value } => f.debug_tuple("Global").field(conversions).field(value).finish(),
            Self::Journeys(_) => f.write_str("Journeys"),
        }
    }
}

/// A column of numbers.
pub(crate) fn numbers(name: &str, values: &[f64]) -> Column {
    column(name, ColumnData::Float(values.iter().map(|&v| Some(v)).collect()))
}

impl Fit {
    /// A fit with no columns, tables and diagnostics yet.
    pub(crate) fn new(sharing: Sharing) -> Self {
        Self { sharing, columns: Vec::new(), tables: Vec::new(), diagnostics: Map::new() }
    }

    /// Says how many journeys taught nothing because they have no touches.
    pub(crate) fn note_paths(&mut self, journeys: &super::Journeys) {
        let starts = &journeys.inner.starts;
        let without = starts.windows(2).filter(|w| w[0] == w[1]).count();
        if without > 0 {
            self.note("journeys_without_touches", json!({"journeys": without}));
        }
    }

    /// A note in the diagnostics: a code of the catalogue of words, with its numbers.
    pub(crate) fn note(&mut self, code: &str, numbers: Value) {
        let notes = self.diagnostics.entry("notes").or_insert_with(|| json!([]));
        if let Value::Array(notes) = notes {
            let mut note = Map::from_iter([("code".to_owned(), json!(code))]);
            if let Value::Object(numbers) = numbers {
                note.extend(numbers);
            }
            notes.push(Value::Object(note));
        }
    }
}

/// Divides a total by shares that may be negative, exactly: parts are rounded down, and what is left goes one unit each to the
/// largest remainders (ties to the earlier). Shares that sum to 0 give nothing to anybody.
pub(crate) fn apportion(total: i128, shares: &[f64]) -> Vec<i128> {
    let sum: f64 = shares.iter().sum();
    if total == 0 || sum == 0.0 || !sum.is_finite() {
        return vec![0; shares.len()];
    }
    let ideal: Vec<f64> = shares.iter().map(|s| total as f64 * (s / sum)).collect();
    let mut parts: Vec<i128> = ideal.iter().map(|x| x.floor() as i128).collect();
    let mut left = total - parts.iter().sum::<i128>();
    let mut order: Vec<usize> = (0..shares.len()).filter(|&i| shares[i] != 0.0).collect();
    order.sort_by(|&a, &b| (ideal[b] - ideal[b].floor()).total_cmp(&(ideal[a] - ideal[a].floor())));
    for &i in &order {
        if left <= 0 {
            break;
        }
        parts[i] += 1;
        left -= 1;
    }
    // Totals beyond the 53 bits of a float leave more than one unit each: the largest share can best bear it.
    let largest = order.into_iter().min_by(|&a, &b| shares[b].abs().total_cmp(&shares[a].abs()).then(a.cmp(&b)));
    if let Some(largest) = largest {
        parts[largest] += left;
    }
    parts
}

/// The largest weight of a touch: thousands of touches still sum to less than the 48 bits of the fast split.
const FULL: f64 = 1_073_741_824.0;

/// Divides each journey by a weight of each channel.
#[derive(Clone)]
pub(crate) struct ByChannel {
    weights: Vec<u64>,
    reason: Reason,
}

impl ByChannel {
    /// Weights in proportion, the largest being 2^30; a weight below 0 counts as 0.
    pub(crate) fn new(weights: &[f64], reason: Reason) -> Self {
        let largest = weights.iter().copied().fold(0.0, f64::max);
        let scale = if largest > 0.0 { FULL / largest } else { 0.0 };
        Self { weights: weights.iter().map(|w| (w.max(0.0) * scale).round() as u64).collect(), reason }
    }

    /// The same weights for channels that have other numbers: of each, its number here; one without any weighs nothing.
    pub(crate) fn placed(&self, places: &[Option<usize>]) -> Self {
        let weight = |place: &Option<usize>| place.and_then(|p| self.weights.get(p)).copied().unwrap_or(0);
        Self { weights: places.iter().map(weight).collect(), reason: self.reason }
    }
}

impl Rule for ByChannel {
    fn weigh(&self, journey: &View<'_>, weights: &mut [u64]) -> Spread {
        if journey.len == 1 {
            return Spread::One(0);
        }
        let mut any = false;
        for (weight, &channel) in weights.iter_mut().zip(journey.channel) {
            *weight = self.weights.get(channel as usize).copied().unwrap_or(0);
            any |= *weight > 0;
        }
        if any { Spread::Weighted } else { Spread::Equal }
    }

    fn reason(&self, _: &View<'_>, spread: Spread, _: usize) -> Reason {
        match spread {
            Spread::One(_) => "only_touch",
            Spread::Equal => "no_effect",
            Spread::Weighted => self.reason,
        }
    }

    fn looks_at(&self) -> Looks {
        Looks::Path
    }

    fn by_channel(&self) -> Option<&ByChannel> {
        Some(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn shares_divide_a_total_exactly() {
        assert_eq!(apportion(100, &[1.0, 1.0, 1.0]), [34, 33, 33]);
        assert_eq!(apportion(10, &[2.0, -1.0]), [20, -10]);
        assert_eq!(apportion(-7, &[1.0, 1.0]), [-3, -4]);
        assert_eq!(apportion(7, &[0.0, 0.0]), [0, 0]);
        assert_eq!(apportion(7, &[]), [0_i128; 0]);
    }

    proptest! {
        #[test]
        fn parts_add_up_to_any_total(
            total in any::<i128>().prop_map(|t| t >> 20),
            shares in prop::collection::vec(0.0_f64..10.0, 1..20),
        ) {
            prop_assume!(shares.iter().sum::<f64>() > 0.0);
            prop_assert_eq!(apportion(total, &shares).iter().sum::<i128>(), total);
        }
    }
}
