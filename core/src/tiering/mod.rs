//! Tiering: a partner programme is a document that is checked, compiled, run, explained and replayed.

mod backtest;
mod base;
mod compile;
mod decisions;
mod diff;
pub mod document;
mod evaluate;
mod formula;
mod frame;
mod history;
mod lint;
mod natural;
mod program;
mod review;
mod schedule;
mod single;
mod standing;
#[cfg(test)]
mod tests;
mod top;
mod window;

pub use backtest::{CompareOptions, DesignOptions, ProgramComparison, ProgramReplay, SensitivityOptions};
pub use program::Program;
pub use review::{ProgramReview, ProgramReviewOptions};
pub use single::{CutoffRow, EvaluateOptions, Verdict, VerdictReason};
pub use standing::Recommendation;
