//! Words for codes: the catalogue, and the sentence of a coded row.

use std::collections::BTreeMap;

use cosell::document::from_value;
use cosell::words::{English, Words, say as said};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::{Map, Value};

use crate::error::checked;
use crate::value::{refuse, to_value};

/// Texts that take the place of the English ones; `None`: none do.
pub fn own_words(py: Python<'_>, words: Option<&Bound<'_, PyAny>>) -> PyResult<Option<BTreeMap<String, String>>> {
    let Some(words) = words else { return Ok(None) };
    let document = to_value(words, "words")?;
    checked(py, from_value(&document).map_err(|e| e.within("words"))).map(Some)
}

/// The catalogue: every code with its text in English.
///
/// Returns:
///     A dict from codes, such as "difference.assists", to texts.
///
/// Example:
///     >>> cosell.words().get("model.linear")
///     'Linear'
#[pyfunction]
pub fn words() -> BTreeMap<String, String> {
    English::texts()
}

/// The sentence of a coded row.
///
/// Args:
///     code: a kind and a name, such as "difference.assists", or the name alone as rows have it.
///     parameters: the numbers and names of the row; the row itself will do.
///     words: texts that take the place of the English ones, by code.
///
/// Returns:
///     The sentence; where a parameter is missing, the one without numbers.
///
/// Raises:
///     ConfigError: there is no such code, or several kinds have the name.
///
/// Example:
///     >>> cosell.say("repeats_itself", {"evidence": 5, "baseline": 3})
///     'It has 5 touches in each of its journeys, which are counted one by one; others have 3 on average.'
#[pyfunction]
#[pyo3(
    signature = (code, parameters=None, *, words=None, **unknown),
    text_signature = "(code, parameters=None, *, words=None)",
)]
pub fn say(
    py: Python<'_>,
    code: &str,
    parameters: Option<&Bound<'_, PyAny>>,
    words: Option<&Bound<'_, PyAny>>,
    unknown: Option<&Bound<'_, PyDict>>,
) -> PyResult<String> {
    refuse(py, unknown, &["code", "parameters", "words"])?;
    let own = own_words(py, words)?;
    let catalogue: &dyn Words = own.as_ref().map_or(&English, |own| own);
    let document = parameters.map_or_else(|| Ok(Value::Object(Map::new())), |row| to_value(row, "parameters"))?;
    let parameters: Map<String, Value> = checked(py, from_value(&document).map_err(|e| e.within("parameters")))?;
    checked(py, said(catalogue, code, &parameters))
}
