//! One journey at once: the request path.
//!
//! Touches and credit cross as JSON text, which is quicker than a call per member; what JSON cannot hold (a Date, NaN, a
//! BigInt) comes in the form of `input.js`. Members become cells, and core says what they may be.

use std::fmt;

use cosell::attribution::{JourneyTouch, JourneyValue, TouchCredit, attribute_journey};
use cosell::money::fixed_to_text;
use cosell::table::{Cell, CellRef, Unit};
use napi_derive::napi;
use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::errors::guard;
use crate::input::cell;
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
        let model = model_of(&model, options.as_deref())?;
        let (touches, value) = (read_touches(&touches)?, read_value(&value)?);
        let credit = attribute_journey(&touches, &value, &model)?;
        let rows: Vec<Row<'_>> = credit.iter().map(|row| Row::new(row, decimals)).collect();
        serde_json::to_string(&rows).map_err(cosell::Error::internal)
    })
}

fn read_touches(text: &str) -> cosell::Result<Vec<JourneyTouch>> {
    let touches: Vec<Members> = serde_json::from_str(text).map_err(cosell::Error::internal)?;
    let touch = |(index, members): (usize, Members)| {
        let mut touch = JourneyTouch::default();
        members.0.iter().try_for_each(|(name, cell)| touch.set(index, name, CellRef::from(&cell.0)))?;
        Ok(touch)
    };
    touches.into_iter().enumerate().map(touch).collect()
}

fn read_value(text: &str) -> cosell::Result<JourneyValue> {
    let members: Members = serde_json::from_str(text).map_err(cosell::Error::internal)?;
    let mut value = JourneyValue::default();
    members.0.iter().try_for_each(|(name, cell)| value.set(name, CellRef::from(&cell.0)))?;
    Ok(value)
}

/// The members of an object, in their order.
struct Members(Vec<(String, Member)>);

/// The value of a member.
struct Member(Cell);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::with_capacity(map.size_hint().unwrap_or(4));
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        from.deserialize_map(Reader)
    }
}

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(CellReader).map(Self)
    }
}

struct CellReader;

impl<'de> Visitor<'de> for CellReader {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Cell, E> {
        Ok(Cell::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Cell, E> {
        Ok(Cell::Bool(flag))
    }

    fn visit_i64<E>(self, integer: i64) -> Result<Cell, E> {
        Ok(Cell::Int(integer.into()))
    }

    fn visit_u64<E>(self, integer: u64) -> Result<Cell, E> {
        Ok(Cell::Int(integer.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Cell, E> {
        Ok(Cell::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Cell, A::Error> {
        let mut cells = Vec::new();
        while let Some(Member(cell)) = items.next_element()? {
            cells.push(cell);
        }
        Ok(Cell::List(cells))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Cell, A::Error> {
        let tagged = serde_json::Value::deserialize(MapAccessDeserializer::new(map))?;
        cell(&tagged).map_err(serde::de::Error::custom)
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
