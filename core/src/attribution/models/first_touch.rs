//! First touch: all credit to the earliest touch of the journey, whoever made it.

use serde::{Deserialize, Serialize};

use crate::attribution::journeys::View;
use crate::attribution::model::{Looks, Reason, Rule, Spread};

/// All credit to the first touch. It has no options.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FirstTouch {}

impl Rule for FirstTouch {
    fn weigh(&self, _: &View<'_>, _: &mut [u64]) -> Spread {
        Spread::One(0)
    }

    fn reason(&self, _: &View<'_>, _: Spread, _: usize) -> Reason {
        "first_touch"
    }

    fn looks_at(&self) -> Looks {
        Looks::Path
    }
}
