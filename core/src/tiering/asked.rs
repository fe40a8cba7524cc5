//! What is asked of a review, as options: the documents that callers in other languages hand in.

use serde::{Deserialize, Serialize};

use super::actions::Costs;
use super::gaps::Reach;
use crate::calendar::Date;
use crate::facts::Id;

/// Which gaps are given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct GapOptions {
    /// The tiers whose gaps are given: the next one, or every one above.
    pub reach: Reach,
}

/// What actions cost.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ActionOptions {
    /// What a step of each metric costs, by the metric's name.
    pub costs: Costs,
}

/// What climbing costs, and how soon it has to pay.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EconomicsOptions {
    /// What a step of each metric costs, by the metric's name.
    pub costs: Costs,
    /// Within how many months climbing has to pay. `None`: 12.
    #[serde(default)]
    pub horizon_months: Option<f64>,
}

/// By when gaps are to be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct EnablementOptions {
    /// The day; ISO 8601.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub needed_on: Date,
    /// The tiers whose gaps are closed: the next one, or every one above.
    #[serde(default)]
    pub reach: Reach,
}

/// Which partner is explained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ExplainOptions {
    /// The partner.
    pub partner_id: Id,
    /// What a step of each metric costs: with it, each tier comes with the cheapest way to it.
    #[serde(default)]
    pub costs: Costs,
    /// How many facts are shown behind each number, those that give most; 0: none.
    #[serde(default = "twenty")]
    pub facts: usize,
}

impl ExplainOptions {
    /// Those of a partner, without costs.
    pub fn of(partner_id: impl Into<Id>) -> Self {
        Self { partner_id: partner_id.into(), costs: Costs::new(), facts: twenty() }
    }
}

fn twenty() -> usize {
    20
}

/// Which facts are listed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct FactOptions {
    /// The partner.
    pub partner_id: Id,
    /// The metric, scorecard or `scorecard.line`. `None`: all of them.
    #[serde(default)]
    pub metric: Option<String>,
}

/// Whose benefits are looked up.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct BenefitOptions {
    /// The tier.
    pub tier: String,
    /// The track. `None`: what every track is entitled to.
    #[serde(default)]
    pub track: Option<String>,
    /// The day on which benefits must be granted; ISO 8601. Required.
    #[serde(default)]
    pub as_of: Option<String>,
}
