//! Criteria: a closed tree of tests over the metrics and attributes of a partner.

use serde::{Deserialize, Serialize};

use super::number::Number;

/// Something that a partner meets or does not meet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Criterion {
    /// Always met.
    Always,
    /// Every one is met.
    All(Vec<Criterion>),
    /// At least one is met.
    Any(Vec<Criterion>),
    /// At least so many are met.
    NOf(NOf),
    /// It is not met.
    Not(Box<Criterion>),
    /// A metric or score lies within bounds. A metric without a value does not.
    Threshold(Threshold),
    /// Every line of a scorecard has more than 0 points.
    EveryLinePositive(String),
    /// The metric is among the highest of the population.
    Top(Top),
    /// An attribute of the partner is as wanted.
    Attribute(Condition),
    /// The criterion of another tier is met.
    Qualifies(String),
    /// A tier has been held without a break for so long.
    Held(Held),
    /// A gate that is opened by hand: a metric of yes and no, which must be yes.
    Gate(String),
}

/// At least so many of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct NOf {
    /// How many must be met.
    pub n: u32,
    /// Of these.
    pub of: Vec<Criterion>,
}

/// Bounds of a metric; all that are given must hold.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// The metric, or the scorecard whose total it is.
    pub metric: String,
    /// This or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Number>,
    /// More than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_than: Option<Number>,
    /// This or less.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Number>,
    /// Less than this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub less_than: Option<Number>,
}

/// The top of a population: those whose rank is within `ceil(share x n)`, ties included.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Top {
    /// The metric, or the scorecard whose total it is.
    pub metric: String,
    /// The share of the population, above 0 and up to 1.
    pub share: Number,
    /// The attributes that divide the population, such as `country`. Empty: one population.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub within: Vec<String>,
}

/// A tier held without a break.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Held {
    /// The tier, or a higher one.
    pub tier: String,
    /// For so many months.
    pub months: u32,
}

/// A value of a condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Scalar {
    /// Yes or no.
    Flag(bool),
    /// A number.
    Number(f64),
    /// Text; of a date, ISO 8601.
    Text(String),
}

/// A test of a field of a row, or of an attribute of a partner; all that is given must hold. A missing value meets only
/// `exists: false` and the negations.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The column or attribute; of a row's parent, behind a point: `account.industry`.
    pub field: String,
    /// Equal to it; where the field has several values, one of them is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is: Option<Scalar>,
    /// Not equal to it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub is_not: Option<Scalar>,
    /// One of these.
    #[serde(default, rename = "in", skip_serializing_if = "Option::is_none")]
    pub is_in: Option<Vec<Scalar>>,
    /// None of these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_in: Option<Vec<Scalar>>,
    /// This or more; of a date, on it or after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_least: Option<Scalar>,
    /// More than this; of a date, after it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub more_than: Option<Scalar>,
    /// This or less; of a date, on it or before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at_most: Option<Scalar>,
    /// Less than this; of a date, before it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub less_than: Option<Scalar>,
    /// Whether there is a value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub exists: Option<bool>,
}
