//! The Node bindings of cosell: they convert and nothing else.
//!
//! - `errors`: errors and panics on their way to JavaScript;
//! - `work`: promises, progress and cancelling;
//! - `input`, `output`: tables in and out, column by column;
//! - `ecosystem`, `journeys`, `credit`, `study`, `single`, `program`, `qualified`, `backtest`, `programme`, `review`,
//!   `words`: the classes and functions behind those of `index.js`.
//!
//! What is exported here is private to `index.js`, which gives it the shape that callers see; options cross as JSON text,
//! so that every rule and default stays in the core.

// The macros of napi register nothing in a test build, where all of this would seem unused.
#![cfg_attr(test, allow(dead_code))]

mod backtest;
mod credit;
mod ecosystem;
mod errors;
mod input;
mod journeys;
mod output;
mod partners;
mod program;
mod programme;
mod qualified;
mod review;
mod single;
mod study;
mod words;
mod work;

use napi_derive::napi;

/// The version of the engine.
#[napi]
pub fn version() -> &'static str {
    env!("CARGO_PKG_VERSION")
}

/// Has the memory of columns kept for the next ones. The allocator of glibc gives every larger block back to the system until
/// it has seen one of that size being freed; fetching the pages anew with each call costs more than judging the rows of a frame.
#[napi]
pub fn keep_memory() {
    const COLUMN: usize = 8 << 20;
    // Never touched, so that it takes no memory by itself.
    drop(std::hint::black_box(Vec::<u8>::with_capacity(COLUMN)));
}

/// How many threads large work uses.
#[napi]
pub fn threads() -> f64 {
    cosell::engine::parallel::threads() as f64
}

/// Sets how many threads large work uses.
#[napi]
pub fn set_threads(threads: f64) -> napi::Result<()> {
    errors::guard(|| cosell::engine::parallel::set_threads_to(threads))
}

/// Panics, so that the tests can see what becomes of a panic; only in development builds.
#[cfg(debug_assertions)]
#[allow(clippy::missing_panics_doc)]
#[napi]
pub fn panic_for_tests() -> napi::Result<()> {
    errors::guard(|| panic!("on purpose"))
}
