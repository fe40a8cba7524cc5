//! `cosell.attribute_journey`: one journey at once, the request path.
//!
//! It runs inline, without a thread, a table or a document on the way: a journey of eight touches takes a few
//! microseconds.

use cosell::attribution::{JourneyTouch, JourneyValue, TouchCredit, VALUE_MEMBERS, attribute_journey as attribute};
use cosell::table::{CellRef, ValueRef};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};

use crate::cells::cell;
use crate::error::{caught, checked, decimals, unsupported};
use crate::journeys::read_model;
use crate::table::object;

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
    currency: Option<&Bound<'py, PyAny>>,
    conversions: Option<&Bound<'py, PyAny>>,
    created_at: Option<&Bound<'py, PyAny>>,
    closed_at: Option<&Bound<'py, PyAny>>,
    #[pyo3(from_py_with = decimals)] decimals: bool,
    options: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyList>> {
    let model = read_model(model, options, &[VALUE_MEMBERS, &["decimals"]].concat())?;
    let mut ended = JourneyValue::default();
    // In the order of their names.
    for (member, given) in VALUE_MEMBERS.iter().zip([value, currency, conversions, created_at, closed_at]) {
        if let Some(given) = given {
            let cell = cell(given)?;
            checked(py, ended.set(member, CellRef::from(&cell)))?;
        }
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
    let py = touch.py();
    let mut read = JourneyTouch::default();
    let mut set = |name: &str, value: &Bound<'_, PyAny>| {
        let cell = cell(value)?;
        checked(py, read.set(index, name, CellRef::from(&cell)))
    };
    match touch.cast::<PyDict>() {
        Ok(members) => members.iter().try_for_each(|(name, value)| set(name.str()?.to_str()?, &value))?,
        Err(_) => set("channel", touch)?,
    }
    Ok(read)
}
