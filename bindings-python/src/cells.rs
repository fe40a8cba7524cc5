//! Python objects as cells: what lists of dicts and columns of lists are made of.
//!
//! Nothing is judged here: a value that no table can hold becomes `Cell::Other` with the name of its type, and core says
//! where it stands and what was expected.

use cosell::calendar::Date;
use cosell::money;
use cosell::table::{Cell, RawColumn, RawValues};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDate, PyDateTime, PyFloat, PyFrozenSet, PyInt, PyList, PySet, PyString, PyTuple, PyType};

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

/// One Python object as a cell.
pub fn cell(object: &Bound<'_, PyAny>) -> PyResult<Cell> {
    value(object, true)
}

/// A column of cells.
///
/// pandas writes a missing value among texts, flags and dates as NaN; among numbers NaN is a number that core judges.
pub fn column(name: String, mut cells: Vec<Cell>) -> RawColumn<'static> {
    let number = |cell: &Cell| matches!(cell, Cell::Null | Cell::Float(_) | Cell::Int(_) | Cell::Decimal(..));
    if !cells.iter().all(number) {
        for cell in &mut cells {
            if matches!(cell, Cell::Float(number) if number.is_nan()) {
                *cell = Cell::Null;
            }
        }
    }
    RawColumn::new(name, RawValues::Cells(cells))
}

fn value(object: &Bound<'_, PyAny>, lists: bool) -> PyResult<Cell> {
    if object.is_none() {
        return Ok(Cell::Null);
    }
    if let Ok(text) = object.cast::<PyString>() {
        return Ok(text
            .to_str()
            .map_or_else(|_| Cell::Other("text with lone surrogates".to_owned()), |t| Cell::Text(t.to_owned())));
    }
    if let Ok(flag) = object.cast::<PyBool>() {
        return Ok(Cell::Bool(flag.is_true()));
    }
    if let Ok(number) = object.cast::<PyFloat>() {
        return Ok(Cell::Float(number.value()));
    }
    if object.is_instance_of::<PyInt>() {
        return Ok(integer(object));
    }
    if object.is_instance_of::<PyDateTime>() {
        return instant(object);
    }
    if object.is_instance_of::<PyDate>() {
        return Ok(date(object)?.map_or_else(|| Cell::Other("a date outside of 1900 to 2200".to_owned()), Cell::Date));
    }
    if is_list(object) {
        if !lists {
            return Ok(Cell::Other("a list of lists".to_owned()));
        }
        let items = object.try_iter()?.map(|item| value(&item?, false));
        return Ok(Cell::List(items.collect::<PyResult<_>>()?));
    }
    other(object, lists)
}

fn is_list(object: &Bound<'_, PyAny>) -> bool {
    object.is_instance_of::<PyList>()
        || object.is_instance_of::<PyTuple>()
        || object.is_instance_of::<PySet>()
        || object.is_instance_of::<PyFrozenSet>()
}

fn integer(object: &Bound<'_, PyAny>) -> Cell {
    match object.extract::<i64>() {
        Ok(number) => Cell::Int(number.into()),
        Err(_) => object
            .extract::<i128>()
            .map_or_else(|_| Cell::Other("a whole number beyond 128 bits".to_owned()), Cell::Int),
    }
}

/// A datetime: an instant where it has an offset, else a civil time. `NaT` of pandas is one too and means nothing.
fn instant(object: &Bound<'_, PyAny>) -> PyResult<Cell> {
    let py = object.py();
    if object.ne(object)? {
        return Ok(Cell::Null);
    }
    if let Ok(nanos) = object.getattr(intern!(py, "nanosecond"))
        && nanos.extract::<i64>()? != 0
    {
        return Ok(Cell::Other("a timestamp finer than a microsecond".to_owned()));
    }
    let Some(day) = date(object)? else { return Ok(Cell::Other("a time outside of 1900 to 2200".to_owned())) };
    let part = |name: &Bound<'_, PyString>| object.getattr(name)?.extract::<i64>();
    let seconds = (part(intern!(py, "hour"))? * 60 + part(intern!(py, "minute"))?) * 60 + part(intern!(py, "second"))?;
    let seconds = i64::from(day.0) * SECONDS_PER_DAY + seconds;
    let micros = seconds * MICROS_PER_SECOND + part(intern!(py, "microsecond"))?;
    let offset = object.call_method0(intern!(py, "utcoffset"))?;
    if offset.is_none() {
        return Ok(Cell::Local(micros));
    }
    let part = |name: &Bound<'_, PyString>| offset.getattr(name)?.extract::<i64>();
    let offset = (part(intern!(py, "days"))? * SECONDS_PER_DAY + part(intern!(py, "seconds"))?) * MICROS_PER_SECOND
        + part(intern!(py, "microseconds"))?;
    Ok(Cell::Instant(micros - offset))
}

fn date(object: &Bound<'_, PyAny>) -> PyResult<Option<Date>> {
    let py = object.py();
    let year: i32 = object.getattr(intern!(py, "year"))?.extract()?;
    let month: u8 = object.getattr(intern!(py, "month"))?.extract()?;
    let day: u8 = object.getattr(intern!(py, "day"))?.extract()?;
    Ok(Date::from_ymd(year, month, day).ok())
}

/// Decimals, numpy scalars, missing values of pandas; anything else by the name of its type.
fn other(object: &Bound<'_, PyAny>, lists: bool) -> PyResult<Cell> {
    static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let py = object.py();
    if object.is_instance(DECIMAL.import(py, "decimal", "Decimal")?)? {
        let text = object.str()?;
        let decimal = money::Decimal::parse(text.to_str()?);
        return Ok(match decimal {
            Ok(decimal) => Cell::Decimal(decimal.mantissa, decimal.scale),
            Err(money::AmountFault::NotFinite | money::AmountFault::NotANumber) => Cell::Float(f64::NAN),
            Err(money::AmountFault::OutOfRange) => Cell::Other("a decimal of more than 38 digits".to_owned()),
        });
    }
    let class = object.get_type();
    let name = class.name()?.to_str()?.to_owned();
    let module: String = class.getattr(intern!(py, "__module__"))?.extract().unwrap_or_default();
    if module.starts_with("pandas") && name == "NAType" {
        return Ok(Cell::Null);
    }
    if module == "numpy" {
        if name == "datetime64" {
            let micros = object.call_method1("astype", ("datetime64[us]",))?;
            return value(&micros.call_method0("item")?, lists);
        }
        if name == "ndarray" {
            return value(&object.call_method0("tolist")?, lists);
        }
        let item = object.call_method0("item")?;
        if !item.get_type().is(&class) {
            return value(&item, lists);
        }
    }
    Ok(Cell::Other(format!("an object of type {name}")))
}
