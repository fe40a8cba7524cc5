//! The touches and the outcome of one journey, member by member, as any language gives them.
//!
//! Bindings turn what they hold into cells; what a member may be, and what is said where it is something else, is
//! decided here once: a fault of the data (a time that is none, NaN for an amount) has a data code in every language, a
//! fault of the call (an unknown member) a config code.

use super::single::{JourneyTouch, JourneyValue};
use super::weights::journey_weight;
use crate::calendar::Zone;
use crate::document::{out_of_range, unknown_option};
use crate::error::{Code, Error, Result};
use crate::facts::read::{instant_of, number_of, when_of};
use crate::facts::{Amount, Id};
use crate::table::intern::key_of;
use crate::table::{CellRef, Edge, Key};

/// The members of a touch.
pub const TOUCH_MEMBERS: &[&str] = &["channel", "at", "kind", "role", "weight", "touch"];
/// The members of an outcome.
pub const VALUE_MEMBERS: &[&str] = &["value", "currency", "conversions", "created_at", "closed_at"];

/// A time of a touch (`Edge::Start`) or of a close (`Edge::End`) as any language gives it, in microseconds UTC; `None`
/// where there is none. Times without an offset are in UTC; a date is its first or its last microsecond.
///
/// # Errors
/// [`Code::InvalidDate`], [`Code::DateOutOfRange`], [`Code::WrongType`], each with `field`.
///
/// ```
/// use cosell::attribution::journey_time;
/// use cosell::table::{CellRef, Edge};
/// assert_eq!(journey_time(CellRef::Text("1970-01-02"), Edge::Start, "touches[0].at")?, Some(86_400_000_000));
/// # Ok::<(), cosell::Error>(())
/// ```
pub fn journey_time(cell: CellRef<'_>, edge: Edge, field: &str) -> Result<Option<i64>> {
    let read = when_of(cell).and_then(|when| when.map(|w| instant_of(w, &Zone::utc(), edge)).transpose());
    read.map_err(|fault| {
        let (code, message) = fault.explain(cell);
        Error::new(code, field, format!("{field}: {message}"))
    })
}

impl JourneyTouch {
    /// Sets a member of touch `index` by its name (one of [`TOUCH_MEMBERS`]); null leaves it out. A touch that is its
    /// channel alone is one whose `channel` is set.
    ///
    /// # Errors
    /// [`Code::UnknownOption`]; [`Code::WrongType`], [`Code::NumberOutOfRange`] and those of [`journey_time`], each with
    /// a field such as `touches[3].at`.
    ///
    /// ```
    /// use cosell::attribution::JourneyTouch;
    /// use cosell::table::CellRef;
    /// let mut touch = JourneyTouch::default();
    /// touch.set(0, "channel", CellRef::Int(7))?;
    /// assert_eq!(touch.channel.as_deref(), Some("7"));
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn set(&mut self, index: usize, member: &str, cell: CellRef<'_>) -> Result<()> {
        let field = || format!("touches[{index}].{member}");
        match member {
            "channel" => self.channel = text_of(cell, &field)?,
            "at" => self.at = journey_time(cell, Edge::Start, &field())?,
            "kind" => self.kind = text_of(cell, &field)?,
            "role" => self.role = text_of(cell, &field)?,
            "weight" => self.weight = journey_weight(cell, &field())?,
            "touch" => self.touch = id_of(cell, &field)?,
            other => return Err(unknown_option(other, &field(), TOUCH_MEMBERS)),
        }
        Ok(())
    }
}

impl JourneyValue {
    /// Sets a member by its name (one of [`VALUE_MEMBERS`]); null leaves its default.
    ///
    /// # Errors
    /// [`Code::UnknownOption`]; [`Code::InvalidOption`] and [`Code::OptionOutOfRange`] for an option that is none;
    /// [`Code::WrongType`] for a value that is no amount; those of [`journey_time`].
    pub fn set(&mut self, member: &str, cell: CellRef<'_>) -> Result<()> {
        match (member, cell) {
            (known, CellRef::Null) if VALUE_MEMBERS.contains(&known) => {}
            ("value", cell) => self.value = Some(amount_of(cell)?),
            ("currency", CellRef::Text(code)) => self.currency = Some(code.to_owned()),
            ("currency", other) => return Err(invalid("currency", other, "an ISO 4217 code such as \"USD\"")),
            ("conversions", cell) => match number_of(cell) {
                Some(number) if number.is_nan() => {
                    return Err(out_of_range("conversions", number, "a number from 0 to 1000000000000"));
                }
                Some(number) => self.conversions = number,
                None => return Err(invalid("conversions", cell, "a number, 0 or more")),
            },
            ("created_at", cell) => self.created_at = journey_time(cell, Edge::Start, "created_at")?,
            ("closed_at", cell) => self.closed_at = journey_time(cell, Edge::End, "closed_at")?,
            (other, _) => return Err(unknown_option(other, other, VALUE_MEMBERS)),
        }
        Ok(())
    }
}

fn invalid(field: &str, got: CellRef<'_>, expected: &str) -> Error {
    Error::new(Code::InvalidOption, field, format!("{field}: expected {expected}, got {}", got.show()))
}

fn wrong_type(field: &str, got: CellRef<'_>) -> Error {
    Error::new(Code::WrongType, field, format!("{field}: expected text or a whole number, got {}", got.show()))
}

/// An id as tables read it, but that NaN is no way here to say that there is none.
fn key<'a>(cell: CellRef<'a>, field: &impl Fn() -> String) -> Result<Option<Key<'a>>> {
    match cell {
        CellRef::Float(number) if number.is_nan() => Err(wrong_type(&field(), cell)),
        _ => key_of(cell).map_err(|_| wrong_type(&field(), cell)),
    }
}

/// Text, or a whole number as text; blank text stays what it is, so that it can be refused.
fn text_of(cell: CellRef<'_>, field: &impl Fn() -> String) -> Result<Option<String>> {
    if let CellRef::Text(text) = cell {
        return Ok(Some(text.to_owned()));
    }
    Ok(key(cell, field)?.map(|key| key.to_string()))
}

fn id_of(cell: CellRef<'_>, field: &impl Fn() -> String) -> Result<Option<Id>> {
    Ok(match key(cell, field)? {
        None => None,
        Some(Key::Text(text)) => Some(Id::Text(text.to_owned())),
        Some(Key::Int(number)) => Some(Id::Int(i64::try_from(number).map_err(|_| {
            let message = format!("{}: {number} does not fit into 64 bits; give such ids as text", field());
            Error::new(Code::NumberOutOfRange, field(), message)
        })?)),
    })
}

/// An amount without loss: numbers by their shortest decimal form, decimals and text digit by digit.
fn amount_of(cell: CellRef<'_>) -> Result<Amount> {
    Ok(match cell {
        CellRef::Float(number) => Amount::Number(number),
        CellRef::Float32(number) => Amount::Text(number.to_string()),
        CellRef::Int(number) => Amount::Text(number.to_string()),
        CellRef::Decimal(mantissa, scale) => Amount::Text(format!("{mantissa}e{}", -i64::from(scale))),
        CellRef::Text(text) => Amount::Text(text.to_owned()),
        other => {
            let message = format!("value: expected a number or its decimal text, got {}", other.show());
            return Err(Error::new(Code::WrongType, "value", message));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn faults_of_the_data_and_of_the_call_are_told_apart() {
        let touch = |member, cell| JourneyTouch::default().set(2, member, cell).unwrap_err();
        let value = |member, cell| JourneyValue::default().set(member, cell).unwrap_err();
        let cases = [
            (touch("at", CellRef::Text("yesterday")), Code::InvalidDate, "touches[2].at"),
            (touch("at", CellRef::Float(f64::NAN)), Code::WrongType, "touches[2].at"),
            (touch("at", CellRef::Text("1800-01-01")), Code::DateOutOfRange, "touches[2].at"),
            (touch("channel", CellRef::Float(f64::NAN)), Code::WrongType, "touches[2].channel"),
            (touch("touch", CellRef::Float(1.5)), Code::WrongType, "touches[2].touch"),
            (touch("chanel", CellRef::Null), Code::UnknownOption, "touches[2].chanel"),
            (value("value", CellRef::Bool(true)), Code::WrongType, "value"),
            (value("conversions", CellRef::Text("2")), Code::InvalidOption, "conversions"),
            (value("conversions", CellRef::Float(f64::NAN)), Code::OptionOutOfRange, "conversions"),
            (value("currency", CellRef::Int(1)), Code::InvalidOption, "currency"),
            (value("created_at", CellRef::Text("2026-13-01")), Code::InvalidDate, "created_at"),
            (value("val", CellRef::Int(1)), Code::UnknownOption, "val"),
        ];
        for (error, code, field) in cases {
            assert_eq!((error.code(), error.field()), (code, field), "{error}");
        }
    }

    #[test]
    fn decimals_of_any_scale_keep_every_digit() {
        let mut value = JourneyValue::default();
        value.set("value", CellRef::Decimal(12, -3)).unwrap();
        assert_eq!(value.value, Some(Amount::Text("12e3".to_owned())));
        value.set("value", CellRef::Null).unwrap();
        assert!(value.value.is_some());
    }
}
