//! Time decay: the weight of a touch is 2^(-(conversion time - touch time) / half-life).
//!
//! The conversion time is the close; where it is not known, the time of the journey's last touch. The time between the last
//! touch and the close is a factor that all touches share, so weights are taken relative to the last touch: however early
//! a journey went quiet, none of them vanishes. Weights are whole numbers of 2^-30, at least one, made by our own `exp2`,
//! so that every platform gives the same bits.

use serde::{Deserialize, Serialize};

use crate::attribution::journeys::View;
use crate::attribution::model::{Looks, Reason, Rule, Spread};
use crate::calendar::MICROS_PER_DAY;
use crate::document::out_of_range;
use crate::engine::math::exp2_weight;
use crate::error::Result;

/// Credit halves with every half-life before the conversion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TimeDecay {
    /// The days after which a touch counts half, above 0. Default 30.
    pub half_life_days: f64,
}

impl Default for TimeDecay {
    fn default() -> Self {
        Self { half_life_days: 30.0 }
    }
}

impl TimeDecay {
    pub(crate) fn check(&self) -> Result<()> {
        if self.half_life_days.is_finite() && (1e-6..=1e6).contains(&self.half_life_days) {
            return Ok(());
        }
        Err(out_of_range("half_life_days", self.half_life_days, "a number of days from 0.000001 to 1000000"))
    }
}

impl Rule for TimeDecay {
    fn weigh(&self, journey: &View<'_>, weights: &mut [u64]) -> Spread {
        let Some(at) = journey.at else { return Spread::Equal };
        if journey.len == 1 {
            return Spread::One(0);
        }
        let last = at[journey.len - 1];
        let half_life = self.half_life_days * MICROS_PER_DAY as f64;
        for (weight, &touch) in weights.iter_mut().zip(at) {
            *weight = exp2_weight(last.saturating_sub(touch) as f64 / half_life);
        }
        Spread::Weighted
    }

    fn reason(&self, journey: &View<'_>, _: Spread, _: usize) -> Reason {
        match (journey.len, journey.closed) {
            (1, _) => "only_touch",
            (_, Some(_)) => "time_decay",
            (_, None) => "time_decay_from_last_touch",
        }
    }

    fn needs_times(&self) -> bool {
        true
    }

    fn looks_at(&self) -> Looks {
        Looks::Times
    }
}
