//! Scorecards: points from metrics.

use serde::{Deserialize, Serialize};

use super::number::Number;

/// A scorecard: lines of points. Its total stands as a metric under its name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Scorecard {
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The most that it can give. `None`: the sum of its lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_points: Option<Number>,
    /// The lines.
    pub lines: Vec<Line>,
}

/// A line of a scorecard.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Its id.
    pub line: String,
    /// What to call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The most that it can give.
    pub max_points: Number,
    /// How its points are made. A metric without a value gives 0.
    pub points: LinePoints,
}

/// How the points of a line are made; never below 0 nor above the line's `max_points`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum LinePoints {
    /// In proportion: `max_points x metric / threshold`.
    Linear(Alternative),
    /// The highest of several, each in proportion.
    BestOf(Vec<Alternative>),
    /// The sum of several, each in proportion.
    SumOf(Vec<Alternative>),
    /// All or nothing: `max_points` from the threshold on.
    Full(Alternative),
    /// The points of the highest band that the metric reaches.
    Bands(Bands),
    /// Steps, one after the other: a step whose need is not met closes all behind it.
    Steps(Vec<Step>),
}

/// A metric and what gives it full points.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// The metric.
    pub metric: String,
    /// The value that gives full points; above 0.
    pub threshold: Number,
    /// The tracks in which it counts. Empty: all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tracks: Vec<String>,
}

/// Bands of a metric.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Bands {
    /// The metric.
    pub metric: String,
    /// The bands, from the lowest.
    pub bands: Vec<Band>,
}

/// A band of a metric.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Band {
    /// Where it begins.
    pub at_least: Number,
    /// Its points.
    pub points: Number,
}

/// A step of a line.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// The metric.
    pub metric: String,
    /// What it must reach, for its own points and for the steps behind it. Default 0.
    #[serde(default)]
    pub need: Number,
    /// Points for each unit of the metric. Default 0: a gate.
    #[serde(default)]
    pub points_each: Number,
    /// The most points of the step. `None`: no limit but the line's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_points: Option<Number>,
}
