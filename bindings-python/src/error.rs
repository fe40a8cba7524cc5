//! Errors of the core as exceptions of `cosell.errors`, and panics as `InternalError`.
//!
//! The exception classes are written in Python, so that they pickle and carry fields; they are looked up once.

use std::panic::{AssertUnwindSafe, catch_unwind};

use cosell::{Code, Error, Kind};
use pyo3::PyTypeCheck;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBool, PyDict, PyString, PyType};

use crate::value::to_python;

/// The exception for an error of the core.
pub fn raise(py: Python<'_>, error: &Error) -> PyErr {
    exception(py, error, false).unwrap_or_else(|failed| failed)
}

/// The exception for an argument of the wrong type, a `ConfigError` that is a `TypeError` too.
pub fn wrong_type(given: &Bound<'_, PyAny>, field: &str, expected: &str) -> PyErr {
    let got = given.get_type().name().map_or_else(|_| "something else".to_owned(), |name| name.to_string());
    let message = format!("{field} is of type {got}; expected {expected}");
    let error = Error::new(Code::InvalidOption, field, message).with("got", got).with("expected", expected);
    exception(given.py(), &error, true).unwrap_or_else(|failed| failed)
}

/// An argument that must be of a class of this package.
pub fn instance<'a, 'py, T: PyTypeCheck>(
    given: &'a Bound<'py, PyAny>,
    field: &str,
    expected: &str,
) -> PyResult<&'a Bound<'py, T>> {
    given.cast::<T>().map_err(|_| wrong_type(given, field, expected))
}

/// An argument that must be text.
pub fn text<'a>(given: &'a Bound<'_, PyAny>, field: &str) -> PyResult<std::borrow::Cow<'a, str>> {
    instance::<PyString>(given, field, "text (str)")?.to_cow()
}

/// The argument `decimals`, which must be true or false.
pub fn decimals(given: &Bound<'_, PyAny>) -> PyResult<bool> {
    Ok(instance::<PyBool>(given, "decimals", "True or False")?.is_true())
}

/// `call`: an error of the call itself, which Python knows as a `TypeError`.
fn exception(py: Python<'_>, error: &Error, call: bool) -> PyResult<PyErr> {
    static CALL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static CONFIG: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static DATA: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static CANCELLED: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    static INTERNAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
    let class = match error.kind() {
        Kind::Config if call || matches!(error.code(), Code::UnknownOption | Code::MissingOption) => {
            CALL.import(py, "cosell.errors", "CallError")
        }
        Kind::Config => CONFIG.import(py, "cosell.errors", "ConfigError"),
        Kind::Data => DATA.import(py, "cosell.errors", "DataError"),
        Kind::Cancelled => CANCELLED.import(py, "cosell.errors", "Cancelled"),
        Kind::Internal => INTERNAL.import(py, "cosell.errors", "InternalError"),
    }?;
    let details = PyDict::new(py);
    for (key, value) in error.details() {
        details.set_item(key, to_python(py, value)?)?;
    }
    let instance = class.call1((error.message(), error.code().as_str(), error.field(), details))?;
    Ok(PyErr::from_value(instance))
}

/// The result of the core as a result of Python.
pub fn checked<T>(py: Python<'_>, result: cosell::Result<T>) -> PyResult<T> {
    result.map_err(|error| raise(py, &error))
}

/// Runs code that must not panic across the boundary.
pub fn caught<T>(work: impl FnOnce() -> cosell::Result<T>) -> cosell::Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(fault(&*panic)))
}

/// The same for code that talks to Python.
pub fn guard<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(raise(py, &fault(&*panic))))
}

fn fault(panic: &(dyn std::any::Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().map(|s| (*s).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    Error::internal(text.unwrap_or_else(|| "a panic without a message".to_owned()))
}

/// An `unsupported_input` error of one argument.
pub fn unsupported(py: Python<'_>, field: &str, message: String) -> PyErr {
    raise(py, &Error::new(Code::UnsupportedInput, field, message))
}

/// An exception of a third party, with the argument that it came from in front.
pub fn foreign(py: Python<'_>, field: &str, error: PyErr) -> PyErr {
    if error.is_instance_of::<pyo3::exceptions::PyImportError>(py)
        || !error.is_instance_of::<pyo3::exceptions::PyException>(py)
    {
        return error;
    }
    let raised = unsupported(py, field, format!("{field} cannot be read as a table: {}", error.value(py)));
    raised.set_cause(py, Some(error));
    raised
}

/// A `RuntimeError` for what an object cannot do.
pub fn refused(message: &'static str) -> PyErr {
    PyRuntimeError::new_err(message)
}
