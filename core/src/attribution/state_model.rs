//! Which model a state is of, and what differs where two states do not fit.

use serde_json::Value;

use super::model::Model;
use crate::document::value_from_text;
use crate::engine::accumulate::{StateReader, StateWriter};
use crate::error::{Code, Error, Result};

/// The header of states with a model: from version 2 on the document of the model stands behind the general header.
pub(super) struct StateModel;

impl StateModel {
    pub(super) fn begin(kind: &str, version: u16, model: &Model) -> StateWriter {
        let document = model.document().to_string();
        let mut to = StateWriter::new(kind, version, &document);
        to.text(&document);
        to
    }

    /// A reader behind the header of a state, which must be of that model.
    pub(super) fn open<'a>(bytes: &'a [u8], kind: &str, version: u16, model: &Model) -> Result<StateReader<'a>> {
        let mut from = StateReader::open(bytes, kind, version)?;
        let own = model.document();
        let written = own.to_string();
        if from.version >= 2 {
            let found = from.text()?;
            if found != written {
                let found = value_from_text(found).map_err(|_| corrupt())?;
                let (field, got, expected) = difference(&found, &own);
                let message = format!(
                    "the state was made with {field} {got}, not {expected}; give the model and the options that it was made with"
                );
                return Err(mismatch(&field, message, got, expected));
            }
        }
        if from.is_of(&written) {
            return Ok(from);
        }
        let message = "the state was made with another model or other options; give those that it was made with";
        Err(Error::new(Code::IncompatibleState, "model", message))
    }
}

/// Fails where two states are of different models, naming what differs.
pub(super) fn check_same(mine: &Model, other: &Model) -> Result<()> {
    if mine == other {
        return Ok(());
    }
    let (field, got, expected) = difference(&other.document(), &mine.document());
    let message = format!(
        "{field} is {got} in the other state and {expected} in this one; states of the same model and options can be merged"
    );
    Err(mismatch(&field, message, got, expected))
}

pub(super) fn corrupt() -> Error {
    Error::new(Code::CorruptState, "state", "the bytes of this state contradict themselves")
}

pub(super) fn mismatch(field: &str, message: String, got: Value, expected: Value) -> Error {
    Error::new(Code::IncompatibleState, field, message).with("got", got).with("expected", expected)
}

/// The first place where two documents of models differ: `model` for the name, else the path of the option; and what
/// stands there.
fn difference(got: &Value, expected: &Value) -> (String, Value, Value) {
    let name = |document: &Value| document.as_object().and_then(|fields| fields.keys().next().cloned());
    let (Some(one), Some(other)) = (name(got), name(expected)) else {
        return ("model".to_owned(), got.clone(), expected.clone());
    };
    if one != other {
        return ("model".to_owned(), one.into(), other.into());
    }
    let (got, expected) = (&got[&one], &expected[&one]);
    let names = [got, expected].into_iter().filter_map(Value::as_object).flat_map(|fields| fields.keys());
    let first = names.filter(|name| got[name.as_str()] != expected[name.as_str()]).min();
    match first {
        Some(option) => (format!("{one}.{option}"), got[option].clone(), expected[option].clone()),
        None => (one, got.clone(), expected.clone()),
    }
}
