//! Tiering: a partner programme is a document that is checked, compiled, run, explained and replayed.

mod actions;
mod base;
mod compile;
pub mod document;
mod evaluate;
mod formula;
mod gaps;
mod program;
mod top;

pub use program::Program;
