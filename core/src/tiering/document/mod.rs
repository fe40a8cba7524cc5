//! A partner programme as a document: tiers, tracks, metrics, scorecards, criteria and policy, all of it data.
//!
//! What a document says is checked in three steps: its form here, as it is read (unknown keys and wrong types are errors
//! with the full path and a suggestion); its names and numbers when it is [compiled](super::Program); its sense by
//! [`Program::lint`](super::Program::lint).

mod criteria;
mod metrics;
mod number;
mod policy;
mod scorecards;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::criteria::{Condition, Criterion, Held, NOf, Scalar, Threshold, Top};
pub use self::metrics::{
    Ago, Change, Coverage, Facts, Goal, Grouped, Input, Measure, Metric, MetricUnit, Multiplier, Points, PointsRule,
    Ratio, Source, Via, Window,
};
pub use self::number::{Money, Number, NumberFrom, Parameter};
pub use self::policy::{
    Anniversary, Attainment, Deadline, DeadlineOutcome, Exception, ExceptionKind, GraceFrom, Maintenance, Movement,
    ReviewPolicy, Schedule, Steps, Sustained, Transition,
};
pub use self::scorecards::{Alternative, Band, Bands, Line, LinePoints, Scorecard, Step};

use crate::calendar::Date;
use crate::document::{Format, from_value, value_from};
use crate::error::Result;

/// A partner programme.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ProgramDocument {
    /// The JSON Schema that editors check the document with; not read.
    #[serde(rename = "$schema", default, skip_serializing_if = "Option::is_none")]
    pub schema: Option<String>,
    /// The programme's id.
    pub program: String,
    /// The version of this document.
    pub version: String,
    /// What to call the programme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the rules are published.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// What is inferred, assumed or unknown about the rules.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub doubts: Vec<String>,
    /// When the version holds.
    #[serde(default)]
    pub effective: Effective,
    /// The ISO 4217 currency of its amounts. `None`: that of the facts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Frozen exchange rates: units of the programme's currency for one unit of another. Empty: the rates of the facts.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub exchange_rates: BTreeMap<String, f64>,
    /// Numbers with a name; an assumed one says so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, Parameter>,
    /// The tiers.
    pub tiers: Vec<Tier>,
    /// The tracks, where partners are judged by different rules.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracks: Option<Tracks>,
    /// Judges each region (or other scope) of a partner by itself; the best one counts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<ScopeRule>,
    /// What is measured of a partner.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metrics: BTreeMap<String, Metric>,
    /// Points from metrics; a scorecard's name stands for its total, as a metric.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub scorecards: BTreeMap<String, Scorecard>,
    /// What a partner must meet for each tier. The lowest tier needs no entry: it is everybody's; any other without one is
    /// given by hand.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub qualification: BTreeMap<String, Criterion>,
    /// What a partner must meet to keep a tier; where there is nothing, its qualification.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub maintenance: BTreeMap<String, Maintenance>,
    /// On which days the criteria must be met.
    #[serde(default)]
    pub attainment: Attainment,
    /// When and how partners move.
    #[serde(default)]
    pub review: ReviewPolicy,
    /// Tiers that must be reached in time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub deadlines: Vec<Deadline>,
    /// Decisions of a person that stand above the rules for a while.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exceptions: Vec<Exception>,
    /// How partners come over from other versions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transitions: Vec<Transition>,
    /// What partners are entitled to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub benefits: BTreeMap<String, Benefit>,
    /// What helps to close a gap.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enablement: Vec<Enablement>,
}

impl ProgramDocument {
    /// Reads a programme from text.
    ///
    /// # Errors
    /// Those of [`value_from`], with line and column, and those of [`ProgramDocument::from_value`].
    ///
    /// ```
    /// use cosell::document::Format;
    /// use cosell::tiering::document::ProgramDocument;
    /// let text = "program: summit\nversion: '2026'\ntiers: [{tier: gold, rank: 1}]\n";
    /// assert_eq!(ProgramDocument::from_text(text, Format::Yaml)?.tiers[0].tier, "gold");
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn from_text(text: &str, format: Format) -> Result<Self> {
        Self::from_value(&value_from(text, format)?)
    }

    /// Reads a programme from a value.
    ///
    /// # Errors
    /// [`Code::UnknownOption`](crate::Code::UnknownOption), [`Code::InvalidOption`](crate::Code::InvalidOption),
    /// [`Code::OptionOutOfRange`](crate::Code::OptionOutOfRange), [`Code::MissingOption`](crate::Code::MissingOption) and
    /// [`Code::TooDeep`](crate::Code::TooDeep), each with the path, such as `metrics.launched.measure.count.from`.
    pub fn from_value(value: &Value) -> Result<Self> {
        from_value(value)
    }
}

/// The days on which a version holds, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Effective {
    /// The first day. `None`: from ever.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub from: Option<Date>,
    /// The last day. `None`: until another version takes over.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub to: Option<Date>,
}

/// A tier: a partner's standing in the programme.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tier {
    /// Its id.
    pub tier: String,
    /// Its place: higher is better; no two tiers share one.
    pub rank: u32,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// On which days its criteria must be met. `None`: as the programme says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attainment: Option<Attainment>,
    /// When partners come to it and fall from it. `None`: as the programme says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review: Option<ReviewPolicy>,
    /// The yearly fee, in the programme's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fee: Option<Number>,
}

/// The tracks of a programme.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Tracks {
    /// How a partner comes to its track.
    #[serde(default)]
    pub choose: TrackChoice,
    /// For how many months a partner stays in its track once it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sticky_months: Option<u32>,
    /// The tracks, in order.
    pub list: Vec<Track>,
}

/// How a partner comes to its track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum TrackChoice {
    /// The first track whose `when` holds.
    #[default]
    Classified,
    /// Of the tracks whose `when` holds, the one with the highest tier, then the highest score, then the first.
    BestOf,
    /// The track that the partner is enrolled in.
    Enrolled,
}

/// A track: rules for one kind of partner.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Track {
    /// Its id.
    pub track: String,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which partners it is for. `None`: all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Criterion>,
    /// Criteria of this track in place of the programme's, by tier.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub qualification: BTreeMap<String, Criterion>,
}

/// Judges the scopes of a partner, such as its regions, one by one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ScopeRule {
    /// What the scopes are called, such as `region`.
    pub by: String,
    /// How the scopes make the partner's tier.
    #[serde(default)]
    pub take: ScopeTake,
}

/// How the scopes of a partner make its tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ScopeTake {
    /// The highest tier of any scope counts, then the highest score, then the name.
    #[default]
    Best,
}

/// Something that partners are entitled to.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Benefit {
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What a tier is entitled to: a number (a rate, an amount, a quantity), a text or yes and no. A tier that is not listed
    /// does not have it, whatever the tiers below have.
    pub tiers: BTreeMap<String, Scalar>,
    /// The tracks that have it. Empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<String>,
    /// What it is worth to a partner in a year, by tier, in the programme's currency.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub worth: BTreeMap<String, Number>,
    /// When it is granted.
    #[serde(default)]
    pub effective: Effective,
}

/// Something that helps to close a gap, such as a training.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Enablement {
    /// The metric that it raises.
    pub metric: String,
    /// What it is called.
    pub training: String,
    /// How many units of the metric one completion adds. Default 1.
    #[serde(default = "one")]
    pub adds: f64,
    /// How many days it takes.
    #[serde(default)]
    pub days: u32,
    /// What one completion costs, in the programme's currency.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost: Option<Number>,
}

fn one() -> f64 {
    1.0
}
