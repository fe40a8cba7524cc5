//! Touch weights: each touch has the part of its own weight in the weights of its journey.
//!
//! The weight is that of the touch (`touchpoints.weight`); where roles serve as touches it is the role's `share`. A touch
//! without a weight counts as `missing`. Where every weight of a journey is 0 it is split equally, and says so.

use serde::{Deserialize, Serialize};

use crate::attribution::journeys::View;
use crate::attribution::model::{Looks, Reason, Rule, Spread, check_weight, parts};
use crate::attribution::weights::{LARGEST, UNWEIGHTED};
use crate::error::Result;

/// Credit by the weights that the touches have themselves.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TouchWeighted {
    /// The weight of a touch that has none, 0 to 1000000. Default 1.
    pub missing: f64,
}

impl Default for TouchWeighted {
    fn default() -> Self {
        Self { missing: 1.0 }
    }
}

impl TouchWeighted {
    pub(crate) fn check(&self) -> Result<()> {
        check_weight("missing", self.missing, LARGEST)
    }

    pub(crate) fn rule(&self) -> WeightRule {
        WeightRule { missing: parts(self.missing) }
    }

    /// How many of so many touches have no weight of their own.
    pub(crate) fn unweighted(weights: Option<&[u64]>, touches: usize) -> usize {
        weights.map_or(touches, |weights| weights.iter().filter(|&&w| w == UNWEIGHTED).count())
    }
}

/// The weight of touches without one, in parts per 10^9.
pub(crate) struct WeightRule {
    missing: u64,
}

impl Rule for WeightRule {
    fn weigh(&self, journey: &View<'_>, weights: &mut [u64]) -> Spread {
        if journey.len == 1 {
            return Spread::One(0);
        }
        match journey.weight {
            None => weights.fill(self.missing),
            Some(own) => {
                for (weight, &own) in weights.iter_mut().zip(own) {
                    *weight = if own == UNWEIGHTED { self.missing } else { own };
                }
            }
        }
        if weights.iter().any(|&w| w > 0) { Spread::Weighted } else { Spread::Equal }
    }

    fn reason(&self, journey: &View<'_>, spread: Spread, index: usize) -> Reason {
        match spread {
            Spread::One(_) => "only_touch",
            Spread::Equal => "no_weighted_touch",
            Spread::Weighted if journey.weight.is_none_or(|own| own[index] == UNWEIGHTED) => "touch_without_weight",
            Spread::Weighted => "touch_weight",
        }
    }

    fn looks_at(&self) -> Looks {
        Looks::Weights
    }
}
