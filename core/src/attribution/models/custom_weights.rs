//! Custom weights: the caller says what each position counts, from the first touch on or from the last one back.
//!
//! Weights are relative: those of a journey are scaled to its credit. A longer journey gives `rest` to each further touch.
//! Where every weight of a journey is 0 it is split equally, and says so.

use serde::{Deserialize, Serialize};

use crate::attribution::journeys::View;
use crate::attribution::model::{Looks, Reason, Rule, Spread, check_weight, parts};
use crate::error::{Code, Error, Result};

/// The end that positions are counted from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The first touch has the first weight.
    #[default]
    First,
    /// The last touch has the first weight.
    Last,
}

/// Credit by position, with weights of the caller.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct CustomWeights {
    /// The weight of each position, 0 to 1000.
    pub weights: Vec<f64>,
    /// The weight of each touch beyond them, 0 to 1000. Default 0.
    #[serde(default)]
    pub rest: f64,
    /// The end that positions are counted from. Default `first`.
    #[serde(default)]
    pub counted_from: End,
}

impl CustomWeights {
    pub(crate) fn check(&self) -> Result<()> {
        for (i, weight) in self.weights.iter().enumerate() {
            check_weight(&format!("weights[{i}]"), *weight, 1000.0)?;
        }
        check_weight("rest", self.rest, 1000.0)?;
        if self.rest == 0.0 && self.weights.iter().all(|&w| w == 0.0) {
            return Err(Error::new(Code::OptionOutOfRange, "weights", "no position has a weight above 0"));
        }
        Ok(())
    }

    pub(crate) fn rule(&self) -> CustomRule {
        CustomRule {
            weights: self.weights.iter().map(|&w| parts(w)).collect(),
            rest: parts(self.rest),
            counted_from: self.counted_from,
        }
    }
}

/// Weights in parts per 10^9.
pub(crate) struct CustomRule {
    weights: Vec<u64>,
    rest: u64,
    counted_from: End,
}

impl Rule for CustomRule {
    fn weigh(&self, journey: &View<'_>, weights: &mut [u64]) -> Spread {
        let mut any = false;
        for (index, weight) in weights.iter_mut().enumerate() {
            let place = if self.counted_from == End::First { index } else { journey.len - 1 - index };
            *weight = self.weights.get(place).copied().unwrap_or(self.rest);
            any |= *weight > 0;
        }
        if any { Spread::Weighted } else { Spread::Equal }
    }

    fn reason(&self, _: &View<'_>, spread: Spread, _: usize) -> Reason {
        if spread == Spread::Weighted { "custom_weight" } else { "no_weighted_position" }
    }

    fn looks_at(&self) -> Looks {
        Looks::Path
    }
}
