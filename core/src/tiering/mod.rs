//! Tiering: a partner programme is a document that is checked, compiled, run, explained and replayed.

pub mod document;
