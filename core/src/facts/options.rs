//! What an ecosystem can be told beside its tables.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The options of an [`super::Ecosystem`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct EcosystemOptions {
    /// The currency that results are in (ISO 4217). Default: the only currency of the opportunities.
    pub currency: Option<String>,
    /// The most days that an exchange rate may be old on the day on which it is used. Default: no limit.
    pub max_rate_age_days: Option<u32>,
    /// The time zone (tz database name) of dates and of timestamps without an offset.
    pub timezone: String,
    /// Per table: the names of the source's columns to ours.
    pub columns: BTreeMap<String, BTreeMap<String, String>>,
    /// Per table and column: the source's words to ours.
    pub values: BTreeMap<String, BTreeMap<String, BTreeMap<String, String>>>,
    /// Whose parents stand for them.
    pub rollup: Vec<Rollup>,
    /// What happens to rows that cannot be used.
    pub on_invalid: OnInvalid,
}

impl Default for EcosystemOptions {
    fn default() -> Self {
        Self {
            currency: None,
            max_rate_age_days: None,
            timezone: "UTC".to_owned(),
            columns: BTreeMap::new(),
            values: BTreeMap::new(),
            rollup: Vec::new(),
            on_invalid: OnInvalid::default(),
        }
    }
}

/// Whose parents stand for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rollup {
    /// Credit goes to the topmost parent of a partner.
    Partners,
    /// A touch on an account counts for every account of its family.
    Accounts,
}

/// What happens to rows that cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OnInvalid {
    /// The first one is an error.
    #[default]
    Error,
    /// They go to the table `rejected`.
    Reject,
}
