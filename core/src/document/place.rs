//! What is wrong in a text, and where: the line, the column and the path.

use serde_json::Value;

use super::{MAX_DEPTH, MAX_VALUES};
use crate::error::{Code, Error};

/// Where something stands in a text, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub line: usize,
    pub column: usize,
}

/// A step of a path.
#[derive(Debug, Clone)]
pub(super) enum Step {
    Key(String),
    Index(usize),
}

/// Something wrong in a text.
#[derive(Debug)]
pub(super) struct Fault {
    code: Code,
    path: String,
    message: String,
    /// Whether the text breaks the rules of its format, and not ours.
    syntax: bool,
    place: Option<Place>,
}

impl Fault {
    fn new(code: Code, message: impl Into<String>, syntax: bool) -> Self {
        Self { code, path: String::new(), message: message.into(), syntax, place: None }
    }

    /// The text breaks the rules of its format.
    pub fn syntax(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidDocument, message, true)
    }

    /// The text says something that is not taken.
    pub fn refused(message: impl Into<String>) -> Self {
        Self::new(Code::InvalidDocument, message, false)
    }

    /// There is nothing to read.
    pub fn empty() -> Self {
        Self::syntax("it is empty")
    }

    /// A key stands twice in one object.
    pub fn twice(key: &str) -> Self {
        Self::refused(format!("the key {} stands twice; expected each key once", crate::error::quoted(key)))
    }

    /// Too many levels.
    pub fn too_deep() -> Self {
        Self::new(Code::TooDeep, format!("the document is nested deeper than {MAX_DEPTH} levels"), false)
    }

    /// Too many values, or too long ones.
    pub fn too_many(aliases: bool) -> Self {
        let how = if aliases { ", its aliases written out" } else { "" };
        Self::new(Code::TooLarge, format!("the document has more than {MAX_VALUES} values{how}"), false)
    }

    /// Too much text, once its aliases are written out.
    pub fn too_long() -> Self {
        let message = format!("the document has more than {} bytes, its aliases written out", super::MAX_BYTES);
        Self::new(Code::TooLarge, message, false)
    }

    /// The same fault at a place.
    pub fn at(self, place: Place) -> Self {
        Self { place: Some(place), ..self }
    }

    /// The same fault with the path of what is at fault; a document that is too large or too deep is at fault as a whole.
    pub fn on<'a>(self, path: impl IntoIterator<Item = &'a Step>) -> Self {
        if self.code == Code::InvalidDocument { Self { path: written(path), ..self } } else { self }
    }

    /// The error that callers see.
    pub fn into_error(self, format: &str) -> Error {
        let mut message = if self.syntax { format!("the document is not {format}: ") } else { String::new() };
        message += &self.message;
        let line = self.place.map(|place| format!("line {} column {}", place.line, place.column));
        let at = [Some(self.path.clone()).filter(|path| !path.is_empty()), line];
        let at = at.into_iter().flatten().collect::<Vec<_>>().join(", ");
        if !at.is_empty() {
            message += &format!(" at {at}");
        }
        let error = Error::new(self.code, self.path, message);
        match self.place {
            Some(place) => error.with("line", place.line).with("column", place.column),
            None => error,
        }
    }
}

/// A path as errors write it: `tracks.list[1].when`.
fn written<'a>(path: impl IntoIterator<Item = &'a Step>) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) if text.is_empty() => text.push_str(key),
            Step::Key(key) => text.extend([".", key]),
            Step::Index(index) => text += &format!("[{index}]"),
        }
    }
    text
}

/// A number of a text; NaN and the infinities are none.
pub(super) fn finite(number: f64, as_written: &str) -> Result<Value, Fault> {
    serde_json::Number::from_f64(number).map(Value::Number).ok_or_else(|| {
        Fault::refused(format!("{} is not a finite number; leave the value out", crate::error::quoted(as_written)))
    })
}
