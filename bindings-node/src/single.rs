//! One journey at once: the request path.
//!
//! Touches and credit cross as JSON text, which is quicker than a call per member, and are read straight into the
//! core's types; only where that fails are they read again by `document`, which knows how to say what is wrong.

use std::fmt;

use cosell::attribution::{JourneyTouch, JourneyValue, TouchCredit, attribute_journey};
use cosell::calendar::{Parsed, Zone, parse_when};
use cosell::document::from_text;
use cosell::facts::Amount;
use cosell::money::fixed_to_text;
use cosell::table::Unit;
use napi_derive::napi;
use serde::de::{DeserializeOwned, Error as _, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::errors::guard;
use crate::input::MICROS_PER_MILLI;
use crate::journeys::model_of;

/// Credit for one journey: touches and what it is worth as JSON, a model by name or document; credit as JSON.
#[napi]
pub fn attribute_one(
    touches: String,
    value: String,
    model: String,
    options: Option<String>,
    decimals: bool,
) -> napi::Result<String> {
    guard(|| {
        let touches: Vec<JourneyTouch> =
            read::<Vec<TouchIn>>(&touches, "touches")?.into_iter().map(TouchIn::core).collect();
        let value = read::<WorthIn>(&value, "")?.core();
        let credit = attribute_journey(&touches, &value, &model_of(&model, options.as_deref())?)?;
        let rows: Vec<Row<'_>> = credit.iter().map(|row| Row::new(row, decimals)).collect();
        serde_json::to_string(&rows).map_err(cosell::Error::internal)
    })
}

/// Reads a document; where it is wrong, once more with the path of what is.
fn read<T: DeserializeOwned>(text: &str, name: &str) -> cosell::Result<T> {
    if let Ok(value) = serde_json::from_str(text) {
        return Ok(value);
    }
    if name.is_empty() {
        return from_text(text);
    }
    let mut named = from_text::<std::collections::BTreeMap<String, T>>(&format!("{{{name:?}: {text}}}"))?;
    named.remove(name).ok_or_else(|| cosell::Error::internal("a document lost its name"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object such as {\"channel\": \"acme\"}")]
struct TouchIn {
    #[serde(default)]
    channel: Option<Id>,
    #[serde(default)]
    at: Option<Start>,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    weight: Option<f64>,
    #[serde(default)]
    touch: Option<Id>,
}

impl TouchIn {
    fn core(self) -> JourneyTouch {
        JourneyTouch {
            channel: self.channel.map(|id| id.0),
            at: self.at.map(|start| start.0),
            kind: self.kind,
            role: self.role,
            weight: self.weight,
            touch: self.touch.map(|id| id.0),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WorthIn {
    #[serde(default)]
    conversions: Option<f64>,
    #[serde(default)]
    value: Option<Money>,
    #[serde(default)]
    currency: Option<String>,
    #[serde(default)]
    created_at: Option<Start>,
    #[serde(default)]
    closed_at: Option<End>,
}

impl WorthIn {
    fn core(self) -> JourneyValue {
        let default = JourneyValue::default();
        JourneyValue {
            conversions: self.conversions.unwrap_or(default.conversions),
            value: self.value.map(|money| money.0),
            currency: self.currency,
            created_at: self.created_at.map(|start| start.0),
            closed_at: self.closed_at.map(|end| end.0),
        }
    }
}

/// An id: text, or a whole number as text.
struct Id(String);

/// An instant; a date is its start.
struct Start(i64);

/// An instant; a date is its end.
struct End(i64);

/// An amount: a number, or text that is read exactly.
struct Money(Amount);

/// Text or a number, as the caller expects it.
struct Scalar(&'static str);

enum Plain {
    Text(String),
    Integer(i128),
    Number(f64),
}

impl Visitor<'_> for Scalar {
    type Value = Plain;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }

    fn visit_str<E>(self, text: &str) -> Result<Plain, E> {
        Ok(Plain::Text(text.to_owned()))
    }

    fn visit_i64<E>(self, integer: i64) -> Result<Plain, E> {
        Ok(Plain::Integer(integer.into()))
    }

    fn visit_u64<E>(self, integer: u64) -> Result<Plain, E> {
        Ok(Plain::Integer(integer.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Plain, E> {
        Ok(Plain::Number(number))
    }
}

impl<'de> Deserialize<'de> for Id {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        const EXPECTED: &str = "text or a whole number";
        match from.deserialize_any(Scalar(EXPECTED))? {
            Plain::Text(text) => Ok(Self(text)),
            Plain::Integer(integer) => Ok(Self(integer.to_string())),
            Plain::Number(number) => Err(D::Error::custom(format!("{number} cannot be an id; expected {EXPECTED}"))),
        }
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Self(match from.deserialize_any(Scalar("a number or its decimal text"))? {
            Plain::Text(text) => Amount::Text(text),
            Plain::Integer(integer) => Amount::Number(integer as f64),
            Plain::Number(number) => Amount::Number(number),
        }))
    }
}

impl<'de> Deserialize<'de> for Start {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        instant(from, Zone::start_of_day).map(Self)
    }
}

impl<'de> Deserialize<'de> for End {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        instant(from, Zone::end_of_day).map(Self)
    }
}

/// An instant from its text; without an offset it is UTC.
fn instant<'de, D: Deserializer<'de>>(
    from: D,
    of_day: fn(&Zone, cosell::calendar::Date) -> i64,
) -> Result<i64, D::Error> {
    const EXPECTED: &str = "a Date or ISO 8601 text";
    let Plain::Text(text) = from.deserialize_any(Scalar(EXPECTED))? else {
        return Err(D::Error::custom(format!("a number is no time; expected {EXPECTED}")));
    };
    // What `single.js` makes of a Date: its milliseconds.
    if let Some(millis) = text.strip_prefix('@').and_then(|ms| ms.parse::<i64>().ok()) {
        return Ok(millis.saturating_mul(MICROS_PER_MILLI));
    }
    match parse_when(&text) {
        Ok(Parsed::Instant(at) | Parsed::Local(at)) => Ok(at),
        Ok(Parsed::Date(date)) => Ok(of_day(&Zone::utc(), date)),
        Err(error) => Err(D::Error::custom(format!("{text:?}: {error}"))),
    }
}

/// What a touch has earned, as it crosses.
#[derive(Serialize)]
struct Row<'a> {
    channel: &'a str,
    conversions: f64,
    value: Option<Out>,
    weight: f64,
    reason: &'static str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Out {
    Number(Option<f64>),
    Text(String),
}

impl<'a> Row<'a> {
    fn new(credit: &'a TouchCredit, decimals: bool) -> Self {
        let value = credit.value.map(|(value, unit)| match unit {
            Unit::Currency(currency) if decimals => Out::Text(fixed_to_text(value, currency.digits())),
            _ => Out::Number(credit.amount()),
        });
        let TouchCredit { channel, conversions, weight, reason, .. } = credit;
        Self { channel, conversions: *conversions, value, weight: *weight, reason }
    }
}
