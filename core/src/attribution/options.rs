//! The options of journeys.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::document::out_of_range;
use crate::error::{Code, Error, Result, did_you_mean, one_of, quoted};

/// A number of days, or `"all"` for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Days {
    /// That many days.
    Days(f64),
    /// No limit.
    All(All),
}

/// The word for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum All {
    /// No limit.
    All,
}

impl Days {
    /// No limit.
    pub const ALL: Self = Self::All(All::All);

    /// The span in microseconds; `None` without a limit.
    pub(crate) fn micros(self, field: &str) -> Result<Option<i64>> {
        match self {
            Self::All(_) => Ok(None),
            Self::Days(days) if (0.0..=36_525.0).contains(&days) => {
                Ok(Some((days * crate::calendar::MICROS_PER_DAY as f64) as i64))
            }
            Self::Days(days) => Err(out_of_range(field, days, "0 to 36525 days, or \"all\"")),
        }
    }
}

/// A number of touches, or `"all"` for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Touches {
    /// That many touches.
    Touches(f64),
    /// No limit.
    All(All),
}

impl Touches {
    /// No limit.
    pub const ALL: Self = Self::All(All::All);

    /// The number; `None` without a limit.
    pub(crate) fn count(self, field: &str) -> Result<Option<usize>> {
        match self {
            Self::All(_) => Ok(None),
            Self::Touches(n) if (1.0..=1e9).contains(&n) && n.fract() == 0.0 => Ok(Some(n as usize)),
            Self::Touches(n) => Err(out_of_range(field, n, "a whole number from 1, or \"all\"")),
        }
    }
}

/// Which opportunities are conversions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Won is a conversion, lost a null; open is left out.
    #[default]
    Won,
    /// Won only: lost ones are left out too.
    WonOnly,
    /// Open ones, as if they were won now: attribution of the pipeline.
    Open,
}

/// What names the channels.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Channel {
    /// The partner.
    #[default]
    Partner,
    /// The partner's types.
    Type,
    /// The partner's region.
    Region,
    /// The kind of touch.
    Kind,
    /// The role in the touch, else on the opportunity.
    Role,
    /// A column or attribute of `partners` or `touchpoints`, written `partners.country`.
    Column(String, String),
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Channel {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Channel".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "What names the channels; a column or attribute is written \"partners.country\".",
            "anyOf": [
                {"type": "string", "enum": ["partner", "type", "region", "kind", "role"]},
                {"type": "string", "pattern": "^(partners|touchpoints)\\..+$"}
            ]
        })
    }
}

impl TryFrom<String> for Channel {
    type Error = String;

    fn try_from(text: String) -> std::result::Result<Self, String> {
        const NAMES: [&str; 5] = ["partner", "type", "region", "kind", "role"];
        Ok(match text.as_str() {
            "partner" => Self::Partner,
            "type" => Self::Type,
            "region" => Self::Region,
            "kind" => Self::Kind,
            "role" => Self::Role,
            other => match other.split_once('.') {
                Some((table @ ("partners" | "touchpoints"), column)) if !column.is_empty() => {
                    Self::Column(table.to_owned(), column.to_owned())
                }
                _ => {
                    let hint = did_you_mean(other, NAMES);
                    return Err(format!(
                        "unknown channel {other:?}; expected {}, or a column such as \"partners.country\"{hint}",
                        one_of(NAMES)
                    ));
                }
            },
        })
    }
}

impl From<Channel> for String {
    fn from(channel: Channel) -> Self {
        match channel {
            Channel::Partner => "partner".to_owned(),
            Channel::Type => "type".to_owned(),
            Channel::Region => "region".to_owned(),
            Channel::Kind => "kind".to_owned(),
            Channel::Role => "role".to_owned(),
            Channel::Column(table, column) => format!("{table}.{column}"),
        }
    }
}

/// What happens to the vendor's own touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum VendorTouches {
    /// They are the channel `(vendor)`.
    #[default]
    Channel,
    /// They are left out.
    Drop,
}

/// Which opportunities a touch on an account serves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccountTouches {
    /// Every one whose window holds it, up to its close.
    #[default]
    ThroughClose,
    /// Every one whose window holds it, up to its creation.
    ThroughCreation,
    /// None.
    Drop,
}

/// Whether the roles of `opportunity_partners` serve as touches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Roles {
    /// Where a journey has no touch of a partner.
    #[default]
    IfNoTouches,
    /// Always, beside the touches.
    Always,
    /// Never.
    Never,
}

/// What happens to repeated touches of one channel in a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Repeats {
    /// All are kept.
    #[default]
    Keep,
    /// The first of each channel is kept.
    First,
    /// The last of each channel is kept.
    Last,
    /// Of touches in a row the first is kept.
    Collapse,
}

/// How journeys are made from an ecosystem.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct JourneysOptions {
    /// Which opportunities are conversions.
    pub outcome: Outcome,
    /// What names the channels.
    pub channel: Channel,
    /// How many days before its creation a journey begins; touches from creation to close always count.
    pub lookback_days: Days,
    /// How many touches before the close count, the last ones.
    pub lookback_touches: Touches,
    /// What happens to the vendor's own touches.
    pub vendor_touches: VendorTouches,
    /// Which opportunities a touch on an account serves.
    pub account_touches: AccountTouches,
    /// Whether roles serve as touches, dated by valid_from, else recorded_at, else the creation.
    pub roles: Roles,
    /// What happens to repeated touches of one channel.
    pub repeats: Repeats,
    /// The kinds of touches that count; roles used as touches count if `(role)` is among them. `None`: all.
    pub kinds: Option<Vec<String>>,
    /// The day that open opportunities are seen from (outcome `open`); ISO 8601.
    pub as_of: Option<String>,
    /// With outcome `open`: the chance to win by stage (0 to 1; `"*"` for stages not named). Conversions and values are then
    /// expected ones. `None`: as if all were won.
    pub stage_probability: Option<BTreeMap<String, f64>>,
}

impl Default for JourneysOptions {
    fn default() -> Self {
        Self {
            outcome: Outcome::default(),
            channel: Channel::default(),
            lookback_days: Days::Days(90.0),
            lookback_touches: Touches::ALL,
            vendor_touches: VendorTouches::default(),
            account_touches: AccountTouches::default(),
            roles: Roles::default(),
            repeats: Repeats::default(),
            kinds: None,
            as_of: None,
            stage_probability: None,
        }
    }
}

/// How journeys are made from touches and outcomes: which columns are what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct TouchpointsOptions {
    /// The journey's id, in both tables.
    pub journey: String,
    /// The channel of a touch; empty is the vendor's own.
    pub channel: String,
    /// When the touch was.
    pub at: String,
    /// The value of an outcome; a name that ends in `_minor` holds minor units. `None`: no value.
    pub value: Option<String>,
    /// How often an outcome converted (true or false, or a number). `None`: once.
    pub conversions: Option<String>,
    /// How often an outcome did not convert. `None`: once where it has no conversion.
    pub nulls: Option<String>,
    /// When the outcome was; later touches are set aside.
    pub outcome_at: Option<String>,
    /// When the opportunity was created; the lookback counts back from it.
    pub created_at: Option<String>,
    /// The touch's own id.
    pub touch: Option<String>,
    /// The kind of a touch, which orders touches of the same time.
    pub kind: Option<String>,
    /// The role of a touch.
    pub role: Option<String>,
    /// The weight of a touch, 0 to 1000000, for the model `touch_weighted`.
    pub weight: Option<String>,
    /// The currency of the values. `None`: plain numbers, or minor units of an unnamed currency.
    pub currency: Option<String>,
    /// The time zone of dates and of timestamps without an offset.
    pub timezone: String,
    /// How many days before the creation, else the outcome, a journey begins.
    pub lookback_days: Days,
    /// How many touches before the outcome count, the last ones.
    pub lookback_touches: Touches,
    /// What happens to the vendor's own touches.
    pub vendor_touches: VendorTouches,
    /// What happens to repeated touches of one channel.
    pub repeats: Repeats,
}

impl Default for TouchpointsOptions {
    fn default() -> Self {
        Self {
            journey: "opportunity_id".to_owned(),
            channel: "partner_id".to_owned(),
            at: "at".to_owned(),
            value: None,
            conversions: None,
            nulls: None,
            outcome_at: None,
            created_at: None,
            touch: None,
            kind: None,
            role: None,
            weight: None,
            currency: None,
            timezone: "UTC".to_owned(),
            lookback_days: Days::ALL,
            lookback_touches: Touches::ALL,
            vendor_touches: VendorTouches::default(),
            repeats: Repeats::default(),
        }
    }
}

/// How journeys are made from aggregated paths: which columns are what.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PathsOptions {
    /// The path: channel names with the separator between them.
    pub path: String,
    /// How often the path converted.
    pub conversions: String,
    /// The value of those conversions; a name that ends in `_minor` holds minor units. `None`: no value.
    pub value: Option<String>,
    /// How often the path did not convert. `None`: never.
    pub nulls: Option<String>,
    /// What stands between two channels; names are trimmed around it. Where it is nothing but blanks (a space, a tab), a run
    /// of them counts as one, and none begins or ends a path.
    pub separator: String,
    /// The currency of the values. `None`: plain numbers, or minor units of an unnamed currency.
    pub currency: Option<String>,
}

impl Default for PathsOptions {
    fn default() -> Self {
        Self {
            path: "path".to_owned(),
            conversions: "total_conversions".to_owned(),
            value: None,
            nulls: None,
            separator: ">".to_owned(),
            currency: None,
        }
    }
}

impl PathsOptions {
    pub(crate) fn check(&self) -> Result<()> {
        if self.separator.is_empty() {
            return Err(Error::new(
                Code::OptionOutOfRange,
                "separator",
                "separator is empty; expected the text that stands between two channels, such as \">\"",
            ));
        }
        one_role_each(&[
            ("path", Some(&self.path)),
            ("conversions", Some(&self.conversions)),
            ("value", self.value.as_deref()),
            ("nulls", self.nulls.as_deref()),
        ])
    }
}

impl TouchpointsOptions {
    pub(crate) fn check(&self) -> Result<()> {
        // What an outcome counts; other columns may well serve twice, such as a kind that is the channel too.
        one_role_each(&[
            ("value", self.value.as_deref()),
            ("conversions", self.conversions.as_deref()),
            ("nulls", self.nulls.as_deref()),
        ])
    }
}

/// Fails where two options name the same column.
fn one_role_each(options: &[(&str, Option<&str>)]) -> Result<()> {
    for (place, (option, column)) in options.iter().enumerate() {
        let Some(column) = column else { continue };
        if let Some((other, _)) = options[..place].iter().find(|(_, known)| *known == Some(column)) {
            let column = quoted(column);
            let message =
                format!("{option} and {other} are both the column {column}; expected a column of its own for each");
            return Err(Error::new(Code::InvalidOption, *option, message));
        }
    }
    Ok(())
}
