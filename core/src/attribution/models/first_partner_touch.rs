//! First partner touch ("first non-direct"): all credit to the earliest touch that is not the vendor's own; a journey of
//! nothing but vendor touches credits its first touch, and says so.

use serde::{Deserialize, Serialize};

use crate::attribution::journeys::View;
use crate::attribution::model::{Looks, Reason, Rule, Spread};

/// All credit to the first touch of a partner. It has no options.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FirstPartnerTouch {}

impl Rule for FirstPartnerTouch {
    fn weigh(&self, journey: &View<'_>, _: &mut [u64]) -> Spread {
        Spread::One(journey.vendor.and_then(|v| v.iter().position(|own| !own)).unwrap_or(0))
    }

    fn reason(&self, journey: &View<'_>, _: Spread, index: usize) -> Reason {
        if journey.vendor.is_some_and(|v| v[index]) { "no_partner_touch" } else { "first_partner_touch" }
    }

    fn looks_at(&self) -> Looks {
        Looks::Vendor
    }
}
