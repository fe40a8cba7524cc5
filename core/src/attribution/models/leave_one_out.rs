//! Leave one out: a channel's credit follows what all journeys together bring more than those without it.
//!
//! `lost(i) = v(N) - v(N without i)`, where `v` is what the journeys within a set of channels brought (`set`), or their
//! conversion rate and value per journey (`rate`). Under `rate` a channel whose journeys convert less than the others has a
//! `lost` below 0, and earns nothing; where no channel has one above 0, all are credited equally, and it is noted.

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::attribution::estimate::{Estimator, Fit, Sharing, numbers};
use crate::attribution::games::{Sets, ratio};
use crate::attribution::sample::{Outcome, Sample};
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::money::fixed_to_f64;

/// Credit by what the journeys without a channel bring less.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct LeaveOneOut {
    /// What a set of channels is worth. Default `set`.
    pub game: LeaveOneOutGame,
}

/// What a set of channels is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LeaveOneOutGame {
    /// What the journeys within it brought.
    #[default]
    Set,
    /// The conversion rate of the journeys within it.
    Rate,
}

impl LeaveOneOut {
    /// What these journeys are worth: by conversions and by value.
    fn worth(&self, outcome: &Outcome, sets: &Sets) -> [f64; 2] {
        let (conversions, value) = (fixed_to_f64(outcome.conversions, 12), sets.major(outcome.value));
        match self.game {
            LeaveOneOutGame::Set => [conversions, value],
            LeaveOneOutGame::Rate => {
                let journeys = fixed_to_f64(outcome.conversions + outcome.nulls, 12);
                [ratio(conversions, journeys), ratio(value, journeys)]
            }
        }
    }
}

impl Estimator for LeaveOneOut {
    fn fit(&self, sample: &Sample<'_>, detail: bool, monitor: &Monitor) -> Result<Fit> {
        let sets = Sets::of(sample, monitor)?;
        let all = sets.total();
        let whole = self.worth(&all, &sets);
        let lost: Vec<[f64; 2]> = sets
            .with_each()
            .iter()
            .map(|with| match self.game {
                // The same, without the rounding of a difference.
                LeaveOneOutGame::Set => self.worth(with, &sets),
                LeaveOneOutGame::Rate => {
                    let without = self.worth(&minus(all, *with), &sets);
                    [whole[0] - without[0], whole[1] - without[1]]
                }
            })
            .collect();
        let (lost, lost_value): (Vec<f64>, Vec<f64>) = lost.into_iter().map(|[c, v]| (c, v)).unzip();
        let (shares, none) = positive(&lost, &sets);
        let value_shares = if sample.has_values() { positive(&lost_value, &sets) } else { (shares.clone(), none) };
        let mut fit = Fit::new(Sharing::Global { conversions: shares, value: Some(value_shares.0) });
        if !detail {
            return Ok(fit);
        }
        let mut own = json!({"game": self.game, "sets": sets.len(), "all_channels": whole[0]});
        fit.columns.push(numbers("lost", &lost));
        if sample.has_values() {
            fit.columns.push(numbers("lost_value", &lost_value));
            own["all_channels_value"] = json!(whole[1]);
        }
        fit.diagnostics.insert("leave_one_out".to_owned(), own);
        if all.conversions == 0 {
            fit.note("nothing_to_attribute", json!({"nulls": fixed_to_f64(all.nulls, 12)}));
        } else if none || value_shares.1 {
            fit.note("no_positive_effect", json!({}));
        }
        let negative = lost.iter().zip(&lost_value).filter(|(c, v)| **c < 0.0 || **v < 0.0).count();
        if negative > 0 {
            fit.note("negative_effects", json!({"channels": negative}));
        }
        Ok(fit)
    }
}

fn minus(a: Outcome, b: Outcome) -> Outcome {
    Outcome { conversions: a.conversions - b.conversions, nulls: a.nulls - b.nulls, value: a.value - b.value }
}

/// The losses above 0, or, where there is none, the same for every channel; and whether there is none.
fn positive(lost: &[f64], sets: &Sets) -> (Vec<f64>, bool) {
    if lost.iter().any(|x| *x > 0.0) {
        return (lost.iter().map(|x| x.max(0.0)).collect(), false);
    }
    let mut equal = vec![0.0; lost.len()];
    sets.present().iter().for_each(|&c| equal[c as usize] = 1.0);
    (equal, true)
}
