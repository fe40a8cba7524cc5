//! Policy: when partners move, and what stands above the criteria.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::criteria::Criterion;
use super::metrics::Window;
use crate::calendar::Date;
use crate::facts::Id;

/// What a partner must meet to keep a tier.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Maintenance {
    /// The qualification with every lower bound times this factor (and every upper bound divided by it): above 0, up to 1.
    Margin(f64),
    /// A criterion of its own.
    Criterion(Criterion),
}

/// On which days the criteria of a tier must be met for it to be earned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Attainment {
    /// On the day of the decision.
    #[default]
    AtReview,
    /// On any day of a decision within the window.
    AnyDay(Window),
    /// On every day of a decision within so many days, of which one lies at least so many days back.
    Sustained(Sustained),
}

/// Met without a break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Sustained {
    /// For so many days.
    pub days: u32,
}

/// When and how partners move.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ReviewPolicy {
    /// Moves upwards.
    pub promotion: Movement,
    /// Moves downwards.
    pub demotion: Movement,
}

/// Moves in one direction.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Movement {
    /// On which days they happen.
    pub when: Schedule,
    /// How many tiers at a time.
    pub steps: Steps,
    /// For how many days a partner that falls short keeps its tier (demotion only).
    pub grace_days: u32,
    /// When these days begin.
    pub grace_from: GraceFrom,
    /// Whether a person has to confirm them.
    pub confirm: bool,
}

/// When the days of grace begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum GraceFrom {
    /// On the day on which a partner falls short.
    #[default]
    Shortfall,
    /// On the day on which it would move; behind them, it moves on any day.
    Move,
}

/// The days of moves. A decision makes the moves of all days since the decision before it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// Any day.
    #[default]
    AnyDay,
    /// These days of every year, month and day: `03-01`.
    EveryYear(Vec<String>),
    /// The first day of every month.
    EveryMonth,
    /// The yearly return of a day of the partner's own.
    Anniversary(Anniversary),
    /// No day.
    Never,
}

/// A day that returns every year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Anniversary {
    /// The day on which the partner enrolled.
    Enrolled,
    /// The day on which it came to its tier.
    Tier,
}

/// How many tiers a partner moves at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Steps {
    /// To the tier that it earned.
    #[default]
    ToEarned,
    /// At most one tier.
    One,
    /// At most so many tiers.
    AtMost(u32),
}

/// A tier that must be reached in time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Deadline {
    /// The tier, or a higher one.
    pub tier: String,
    /// Within so many months of the enrolment.
    pub months: u32,
    /// What happens to those that do not reach it.
    #[serde(default)]
    pub then: DeadlineOutcome,
}

/// What happens to partners that miss a deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum DeadlineOutcome {
    /// They leave the programme: no tier.
    #[default]
    Exit,
    /// They are named.
    Warn,
}

/// A decision of a person that stands above the rules for a while.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Exception {
    /// The partner.
    pub partner_id: Id,
    /// The tier.
    pub tier: String,
    /// What it does.
    #[serde(default)]
    pub kind: ExceptionKind,
    /// Why.
    pub reason: String,
    /// Who approved it.
    pub approved_by: String,
    /// The first day. `None`: from ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub from: Option<Date>,
    /// The last day: every exception ends.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub expires: Date,
}

/// What an exception does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ExceptionKind {
    /// The partner has at least this tier.
    #[default]
    AtLeast,
    /// The partner has this tier.
    Exactly,
    /// The partner has at most this tier.
    AtMost,
}

/// How partners come over from another version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// The version whose decisions are taken over.
    pub from_version: String,
    /// The tiers of that version and what they are here. Tiers of the same name need no entry.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub tiers: BTreeMap<String, String>,
    /// Until when a partner keeps at least the tier that it brought. `None`: it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub keep_until: Option<Date>,
}
