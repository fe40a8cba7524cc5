//! Linear: 1/L of the credit to each of the L touches, repeats counted.

use serde::{Deserialize, Serialize};

use crate::attribution::journeys::View;
use crate::attribution::model::{Looks, Reason, Rule, Spread};

/// The same credit to every touch. It has no options.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Linear {}

impl Rule for Linear {
    fn weigh(&self, _: &View<'_>, _: &mut [u64]) -> Spread {
        Spread::Equal
    }

    fn reason(&self, _: &View<'_>, _: Spread, _: usize) -> Reason {
        "linear"
    }

    fn looks_at(&self) -> Looks {
        Looks::Path
    }
}
