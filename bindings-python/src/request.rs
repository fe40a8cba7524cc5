//! `cosell.attribute_journey`: one journey at once, the request path.
//!
//! It runs inline, without a thread, a table or a document on the way: a journey of eight touches takes a few
//! microseconds.

use cosell::attribution::{
    JourneyTouch, JourneyValue, TouchCredit, attribute_journey as attribute, journey_time, journey_weight,
};
use cosell::facts::Amount;
use cosell::table::{Cell, CellRef, Edge, ValueRef};
use cosell::{Code, Error};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};

use crate::cells::cell;
use crate::error::{caught, checked, raise, unsupported};
use crate::journeys::read_model;
use crate::table::object;

/// The keys of a touch.
const KEYS: &str = "\"channel\", \"at\", \"kind\", \"role\", \"weight\" or \"touch\"";

/// Credit for one journey, computed at once.
///
/// Args:
///     touches: the touches in order: names of channels, or dicts with the keys channel (None: the vendor's own), at, kind,
///         role, weight and touch.
///     model: the name of a model, or a document such as {"time_decay": {"half_life_days": 14}}.
///     value: what the journey was worth: a number, a Decimal or text.
///     currency: the currency of the value; without one it is a plain number.
///     conversions: how often the journey converted; by default once.
///     created_at: when the opportunity was created.
///     closed_at: when it closed; later touches get nothing.
///     decimals: the values of the result as `decimal.Decimal` instead of floats.
///     options: the options of the model, where it is given by name.
///
/// Returns:
///     A dict per touch, in the order given: channel, conversions, value, weight, reason.
///
/// Raises:
///     ConfigError: there is no such model, or an option is wrong.
///     DataError: a touch cannot be used.
///
/// Example:
///     >>> touches = ("acme", "globex")
///     >>> cosell.attribute_journey(touches, "linear", value=100, currency="USD")[0]["value"]
///     50.0
#[pyfunction]
#[pyo3(signature = (touches, model, *, value=None, currency=None, conversions=None, created_at=None, closed_at=None,
    decimals=false, **options))]
#[allow(clippy::too_many_arguments)]
pub fn attribute_journey<'py>(
    py: Python<'py>,
    touches: &Bound<'py, PyAny>,
    model: &Bound<'py, PyAny>,
    value: Option<&Bound<'py, PyAny>>,
    currency: Option<String>,
    conversions: Option<f64>,
    created_at: Option<&Bound<'py, PyAny>>,
    closed_at: Option<&Bound<'py, PyAny>>,
    decimals: bool,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyList>> {
    let model = read_model(model, options)?;
    let mut ended = JourneyValue {
        value: value.map(amount).transpose()?,
        currency,
        created_at: time(created_at, Edge::Start, "created_at")?,
        closed_at: time(closed_at, Edge::End, "closed_at")?,
        ..JourneyValue::default()
    };
    if let Some(conversions) = conversions {
        ended.conversions = conversions;
    }
    let touches = read_touches(touches)?;
    let credit = checked(py, caught(|| attribute(&touches, &ended, &model)))?;
    let rows = PyList::empty(py);
    for touch in &credit {
        rows.append(row(py, touch, decimals)?)?;
    }
    Ok(rows)
}

fn row<'py>(py: Python<'py>, credit: &TouchCredit, decimals: bool) -> PyResult<Bound<'py, PyDict>> {
    let value = credit.value.map_or(ValueRef::Null, |(amount, unit)| ValueRef::Money(amount, unit));
    let row = PyDict::new(py);
    row.set_item(intern!(py, "channel"), &credit.channel)?;
    row.set_item(intern!(py, "conversions"), credit.conversions)?;
    row.set_item(intern!(py, "value"), object(py, &value, decimals)?)?;
    row.set_item(intern!(py, "weight"), credit.weight)?;
    row.set_item(intern!(py, "reason"), credit.reason)?;
    Ok(row)
}

fn read_touches(touches: &Bound<'_, PyAny>) -> PyResult<Vec<JourneyTouch>> {
    if let Ok(list) = touches.cast::<PyList>() {
        return list.iter().enumerate().map(|(i, touch)| read_touch(&touch, i)).collect();
    }
    if let Ok(tuple) = touches.cast::<PyTuple>() {
        return tuple.iter().enumerate().map(|(i, touch)| read_touch(&touch, i)).collect();
    }
    let kind = touches.get_type().name()?;
    let message = format!("touches is of type {kind}; expected a list of channel names or of dicts");
    Err(unsupported(touches.py(), "touches", message))
}

fn read_touch(touch: &Bound<'_, PyAny>, index: usize) -> PyResult<JourneyTouch> {
    let Ok(fields) = touch.cast::<PyDict>() else {
        return Ok(JourneyTouch { channel: text(touch, index, "channel")?, ..JourneyTouch::default() });
    };
    let mut read = JourneyTouch::default();
    for (key, value) in fields.iter() {
        let key = key.cast::<PyString>().map_err(PyErr::from).and_then(|k| k.to_str())?;
        match key {
            "channel" => read.channel = text(&value, index, key)?,
            "at" if value.is_none() => {}
            "at" => read.at = time(Some(&value), Edge::Start, &format!("touches[{index}].at"))?,
            "kind" => read.kind = text(&value, index, key)?,
            "role" => read.role = text(&value, index, key)?,
            "weight" => {
                let of = cell(&value)?;
                let weight = journey_weight(CellRef::from(&of), &format!("touches[{index}].weight"));
                read.weight = checked(value.py(), weight)?;
            }
            "touch" => read.touch = text(&value, index, key)?,
            other => {
                let field = format!("touches[{index}].{other}");
                let message = format!("unknown key {other:?} of touch {index}; expected {KEYS}");
                return Err(raise(value.py(), &Error::new(Code::UnknownOption, field, message)));
            }
        }
    }
    Ok(read)
}

/// Text or a whole number; `None` where there is none.
fn text(value: &Bound<'_, PyAny>, index: usize, key: &str) -> PyResult<Option<String>> {
    if let Ok(text) = value.cast::<PyString>() {
        return Ok(Some(text.to_str()?.to_owned()));
    }
    if value.is_none() {
        return Ok(None);
    }
    if value.is_instance_of::<PyInt>() && !value.is_instance_of::<PyBool>() {
        return Ok(Some(value.str()?.to_str()?.to_owned()));
    }
    let kind = value.get_type().name()?;
    let message = format!("touches[{index}].{key} is of type {kind}; expected text or a whole number");
    Err(raise(value.py(), &Error::new(Code::WrongType, format!("touches[{index}].{key}"), message)))
}

/// A time in microseconds UTC.
fn time(value: Option<&Bound<'_, PyAny>>, edge: Edge, field: &str) -> PyResult<Option<i64>> {
    let Some(value) = value else { return Ok(None) };
    let cell = cell(value)?;
    checked(value.py(), journey_time(CellRef::from(&cell), edge, field))
}

/// A number, a decimal or text.
fn amount(value: &Bound<'_, PyAny>) -> PyResult<Amount> {
    if let Ok(number) = value.cast::<PyFloat>() {
        return Ok(Amount::Number(number.value()));
    }
    match cell(value)? {
        Cell::Text(text) => Ok(Amount::Text(text)),
        Cell::Float(number) => Ok(Amount::Number(number)),
        Cell::Int(_) | Cell::Decimal(..) => Ok(Amount::Text(value.str()?.to_str()?.to_owned())),
        other => {
            let message = format!("value is {}; expected a number, a Decimal or text", CellRef::from(&other).show());
            Err(raise(value.py(), &Error::new(Code::WrongType, "value", message)))
        }
    }
}
