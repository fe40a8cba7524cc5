//! Last touch: all credit to the latest touch of the journey, whoever made it.

use serde::{Deserialize, Serialize};

use crate::attribution::journeys::View;
use crate::attribution::model::{Looks, Reason, Rule, Spread};

/// All credit to the last touch. It has no options.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LastTouch {}

impl Rule for LastTouch {
    fn weigh(&self, journey: &View<'_>, _: &mut [u64]) -> Spread {
        Spread::One(journey.len - 1)
    }

    fn reason(&self, _: &View<'_>, _: Spread, _: usize) -> Reason {
        "last_touch"
    }

    fn looks_at(&self) -> Looks {
        Looks::Path
    }
}
