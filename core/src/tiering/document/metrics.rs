//! Metrics: how each number of a programme is measured from the facts.

use serde::{Deserialize, Serialize};

use super::criteria::Condition;
use super::number::Number;
use crate::calendar::Date;

/// A number that is measured of each partner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Metric {
    /// How it is measured.
    pub measure: Measure,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it counts. `None`: what its measure gives.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<MetricUnit>,
    /// Whether more or less of it is better.
    #[serde(default)]
    pub goal: Goal,
}

/// What a metric counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MetricUnit {
    /// Things: whole numbers.
    Count,
    /// People: whole numbers.
    People,
    /// Money, in major units of the programme's currency.
    Money,
    /// A share of 1.
    Share,
    /// Points.
    Points,
    /// Yes (1) or no (0).
    Flag,
    /// Any other number.
    Number,
}

/// Whether more or less of a metric is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// More is better.
    #[default]
    More,
    /// Less is better.
    Less,
}

/// How a metric is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// Handed in ready, beside the facts.
    Given,
    /// The number of rows.
    Count(Facts),
    /// The number of distinct values of the field `of`, each counted once however many rows it has.
    CountDistinct(Facts),
    /// The sum of the field `of`.
    Sum(Facts),
    /// The mean of the field `of`; no value without rows.
    Average(Facts),
    /// The value of the field `of` in the latest row; no value without rows.
    Latest(Facts),
    /// The highest value of the field `of`; no value without rows.
    Maximum(Facts),
    /// Points for rows, by rules.
    Points(Points),
    /// One metric over another.
    Ratio(Ratio),
    /// A metric against itself some months ago.
    Change(Change),
    /// A metric as it was some months ago.
    Ago(Ago),
    /// The highest of several metrics that have a value.
    HighestOf(Vec<Input>),
    /// The lowest of several metrics that have a value.
    LowestOf(Vec<Input>),
    /// The sum of several metrics; no value where none has one.
    SumOf(Vec<Input>),
    /// The share of the groups that need something and have it; 1 where none needs it.
    Coverage(Coverage),
}

/// Rows of an input table that belong to a partner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Facts {
    /// The table.
    pub from: Source,
    /// The field that is counted, summed or averaged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub of: Option<String>,
    /// Which rows count: all conditions hold.
    #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// When a row counts. `None`: that of the table (credentials, people and account_partners while they are in force, all
    /// others up to the day).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
    /// The field that dates a row. `None`: that of the table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub date: Option<String>,
    /// How a row belongs to a partner, where the table has no partner itself. `None`: by roles.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
    /// The field whose value is the row's scope, where the programme judges scopes. `None`: the row counts in all of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
}

/// The table that a metric reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Source {
    /// Opportunities, once for each partner on them; dated by `closed_at`.
    Opportunities,
    /// Lines of opportunities, once for each partner on the opportunity; dated by `start_on`, else by its close.
    Lines,
    /// Credentials; in force from `earned_on` to `expires_on`.
    Credentials,
    /// People; in force from `valid_from` to `valid_to`.
    People,
    /// Activities; dated by `at`.
    Activities,
    /// Registrations; dated by `submitted_at`.
    Registrations,
    /// Touchpoints; dated by `at`.
    Touchpoints,
    /// Investments; dated by `on`.
    Investments,
    /// Measurements of a partner, or of an account or opportunity of it; dated by `at`.
    Measurements,
    /// Accounts, once for each partner of theirs; in force from `valid_from` to `valid_to` of `account_partners`.
    AccountPartners,
    /// The ledger of a credit that is handed in under this name; dated by the touch.
    Credit(String),
}

/// How a row of an opportunity (or account) belongs to a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Via {
    /// Each partner with a row in `opportunity_partners`; the field `role` is one of its roles.
    #[default]
    Roles,
    /// The partner in the opportunity's `sourced_by`.
    SourcedBy,
    /// Each partner of the account, in `account_partners`.
    Accounts,
}

/// When a row counts, seen from a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// Any day up to the day.
    AllTime,
    /// The row is in force on the day.
    InForce,
    /// The last so many days, the day included.
    RollingDays(u32),
    /// The last so many months: `trailing(as_of, months)`.
    RollingMonths(u32),
    /// The month of the day so far, and so many full months before it.
    MonthsBack(u32),
    /// So many full months before the month of the day.
    FullMonths(u32),
    /// The fiscal year of the day so far; it begins in this month.
    FiscalYear(u8),
    /// The fiscal quarter of the day so far; the fiscal year begins in this month.
    FiscalQuarter(u8),
    /// From a day on.
    Since(#[cfg_attr(feature = "schema", schemars(with = "String"))] Date),
}

/// Points for rows, by rules: the first rule whose conditions hold gives a row its points.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Points {
    /// The rows.
    pub rows: Facts,
    /// The rules, in order.
    pub rules: Vec<PointsRule>,
    /// Factors: each whose conditions hold multiplies the points of a row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub multipliers: Vec<Multiplier>,
}

/// What a row is worth.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PointsRule {
    /// Which rows: all conditions hold.
    #[serde(default, rename = "where", skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<Condition>,
    /// How many points.
    pub points: Number,
    /// For so much of the field `of` of the rows; without that field, for each row. Default 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub per: Number,
    /// When such points count, and so when they expire. `None`: the window of the rows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window: Option<Window>,
}

/// A factor on the points of a row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Multiplier {
    /// Which rows: all conditions hold.
    #[serde(rename = "where")]
    pub conditions: Vec<Condition>,
    /// The factor.
    pub times: Number,
}

/// One metric over another.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ratio {
    /// The metric above the line.
    pub of: String,
    /// The metric below it.
    pub to: String,
    /// The most that counts below the line, so that a large partner needs no more than a share of this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to_at_most: Option<Number>,
    /// The ratio where there is 0 below the line. `None`: no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_zero: Option<Number>,
}

/// A metric against itself some months ago, measured alike on both days.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// The metric.
    pub of: String,
    /// How many months ago.
    pub months: u32,
    /// Whether the change is divided by what was there.
    #[serde(default)]
    pub relative: bool,
    /// What must have been there: below it, there is no value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base_at_least: Option<Number>,
}

/// A metric as it was some months ago, measured as on that day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Ago {
    /// The metric.
    pub of: String,
    /// How many months ago.
    pub months: u32,
}

/// A metric with a factor.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// The metric.
    pub metric: String,
    /// Its factor. Default 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub times: Number,
    /// The tracks in which it counts. Empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<String>,
}

/// Which groups need something, and which have it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Coverage {
    /// What needs to be covered, such as product areas with spend.
    pub need: Grouped,
    /// What covers it, such as certifications by product area.
    pub have: Grouped,
}

/// The groups of rows that reach something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Grouped {
    /// The rows; with `of`, its sum must reach `at_least`, else their number must.
    pub rows: Facts,
    /// The field that names a row's group.
    pub by: String,
    /// What a group must reach. Default 1.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub at_least: Number,
}

fn one() -> Number {
    Number::Plain(1.0)
}

fn is_one(number: &Number) -> bool {
    *number == Number::Plain(1.0)
}
