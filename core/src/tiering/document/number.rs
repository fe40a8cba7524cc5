//! Numbers of a programme: plain, by name, by track, or with a currency.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error as _, IgnoredAny, MapAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A number of the document: plain, or where it comes from.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Number {
    /// A plain number; an amount is in the programme's currency.
    Plain(f64),
    /// A number that depends on something.
    From(NumberFrom),
}

/// Where a number comes from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum NumberFrom {
    /// A parameter of the document.
    Parameter(String),
    /// One number for each track; `otherwise` is that of the tracks not named.
    ByTrack(BTreeMap<String, Number>),
    /// One number for each tier that a partner holds today; `otherwise` is that of the others. Only in rates of points.
    ByTier(BTreeMap<String, Number>),
    /// An amount in a currency of its own.
    Money(Money),
}

/// An amount with its currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Money {
    /// How much, in major units.
    pub amount: f64,
    /// The ISO 4217 currency.
    pub currency: String,
}

/// A number with a name.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// The number.
    pub value: f64,
    /// Whether the number is assumed, because none is published.
    #[serde(default)]
    pub assumed: bool,
    /// What is known about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Default for Number {
    fn default() -> Self {
        Self::Plain(0.0)
    }
}

impl From<f64> for Number {
    fn from(number: f64) -> Self {
        Self::Plain(number)
    }
}

/// Read by hand, because a derived untagged enum would lose the path of an error inside it.
impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NumberVisitor)
    }
}

struct NumberVisitor;

impl<'de> Visitor<'de> for NumberVisitor {
    type Value = Number;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or an object such as {\"parameter\": name} or {\"by_track\": {track: number}}")
    }

    fn visit_f64<E>(self, number: f64) -> Result<Number, E> {
        Ok(Number::Plain(number))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Number, E> {
        Ok(Number::Plain(number as f64))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Number, E> {
        Ok(Number::Plain(number as f64))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Number, A::Error> {
        let from = NumberFrom::deserialize(MapAccessDeserializer::new(&mut map))?;
        // The deserializer of a map takes the first key and leaves the others.
        match map.next_key::<IgnoredAny>()? {
            None => Ok(Number::From(from)),
            Some(_) => Err(A::Error::invalid_value(Unexpected::Map, &"an object with one key")),
        }
    }
}
