//! Tiering: a partner programme is a document that is checked, compiled, run, explained and replayed.

mod base;
mod compile;
pub mod document;
mod evaluate;
mod formula;
mod measure;
mod program;
mod top;
mod window;

pub use program::Program;
