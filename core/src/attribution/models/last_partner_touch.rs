//! Last partner touch ("last non-direct"): all credit to the latest touch that is not the vendor's own; a journey of
//! nothing but vendor touches credits its last touch, and says so.

use serde::{Deserialize, Serialize};

use crate::attribution::journeys::View;
use crate::attribution::model::{Looks, Reason, Rule, Spread};

/// All credit to the last touch of a partner. It has no options.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct LastPartnerTouch {}

impl Rule for LastPartnerTouch {
    fn weigh(&self, journey: &View<'_>, _: &mut [u64]) -> Spread {
        let last = journey.len - 1;
        Spread::One(journey.vendor.and_then(|v| v.iter().rposition(|own| !own)).unwrap_or(last))
    }

    fn reason(&self, journey: &View<'_>, _: Spread, index: usize) -> Reason {
        if journey.vendor.is_some_and(|v| v[index]) { "no_partner_touch" } else { "last_partner_touch" }
    }

    fn looks_at(&self) -> Looks {
        Looks::Vendor
    }
}
