//! Errors and panics on their way to JavaScript.
//!
//! N-API errors carry one text, so an error crosses as a small JSON document (kind, code, field, message, details) and
//! `errors.js` turns it into the class that its kind names. A panic is caught here and crosses as `internal`.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cosell::{Error, Kind};
use napi::Status;
use serde_json::json;

/// A core error as the text that `errors.js` reads.
pub(crate) fn to_js(error: &Error) -> napi::Error {
    let kind = match error.kind() {
        Kind::Config => "config",
        Kind::Data => "data",
        Kind::Cancelled => "cancelled",
        Kind::Internal => "internal",
    };
    let document = json!({
        "kind": kind,
        "code": error.code().as_str(),
        "field": error.field(),
        "message": error.message(),
        "details": error.details(),
    });
    napi::Error::new(Status::GenericFailure, document.to_string())
}

/// Runs work of the core; its error and its panic become errors of JavaScript.
pub(crate) fn guard<T>(work: impl FnOnce() -> cosell::Result<T>) -> napi::Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| Err(panicked(&*panic))).map_err(|e| to_js(&e))
}

fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    Error::internal(format!("a panic: {}", text.unwrap_or("without words")))
}
