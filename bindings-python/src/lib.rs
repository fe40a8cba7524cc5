//! The Python bindings: they convert arguments and results, and nothing else.
//!
//! No rule, default or formula lives here: an argument that was not given is left out of the document that core reads.
//! Every call goes through [`run::run`] or [`error::guard`], so that no panic crosses the boundary.

// Examples are Python, where quotes in brackets are keys.
#![allow(clippy::doc_link_with_quotes)]

mod backtest;
mod cells;
mod credit;
mod ecosystem;
mod error;
mod input;
mod journeys;
mod numpy;
mod partners;
mod program;
mod program_review;
mod qualified;
mod request;
mod review;
mod run;
mod state;
mod study;
mod table;
mod value;
mod words;

use pyo3::prelude::*;
use pyo3::types::PyDict;

/// Sets how many threads large work uses in this process.
///
/// Args:
///     threads: 0 for all cores.
///
/// Raises:
///     ConfigError: no number, more than 1024, or negative.
///
/// Example:
///     >>> cosell.set_threads(2)
#[pyfunction]
#[pyo3(signature = (threads, **unknown), text_signature = "(threads)")]
fn set_threads(py: Python<'_>, threads: &Bound<'_, PyAny>, unknown: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
    value::refuse(py, unknown, &["threads"])?;
    let threads =
        threads.extract::<f64>().map_err(|_| error::wrong_type(threads, "threads", "a whole number from 0"))?;
    error::checked(py, cosell::engine::parallel::set_threads_to(threads))
}

/// How many threads large work uses in this process.
///
/// Example:
///     >>> cosell.threads()
///     2
#[pyfunction]
fn threads() -> usize {
    cosell::engine::parallel::threads()
}

/// Panics inside and raises InternalError: for tests of the boundary.
#[pyfunction]
fn _panic(py: Python<'_>) -> PyResult<()> {
    run::run(py, 0, None, |_| -> cosell::Result<()> { panic!("asked to") })
}

/// The compiled half of cosell.
#[pymodule]
mod _cosell {
    #[pymodule_export]
    use super::backtest::recommend_program;
    #[pymodule_export]
    use super::credit::{_credit_from_applied, _credit_from_journeys, Credit};
    #[pymodule_export]
    use super::ecosystem::{_ecosystem_from_bytes, Ecosystem};
    #[pymodule_export]
    use super::journeys::{_journeys_from_bytes, Journeys};
    #[pymodule_export]
    use super::program::Program;
    #[pymodule_export]
    use super::program_review::{_program_review_from_bytes, ProgramReview};
    #[pymodule_export]
    use super::qualified::Qualified;
    #[pymodule_export]
    use super::request::attribute_journey;
    #[pymodule_export]
    use super::review::{_review_from_state, Review, report, review};
    #[pymodule_export]
    use super::run::Progress;
    #[pymodule_export]
    use super::state::{_credit_from_state, _state_from_bytes, AttributionState};
    #[pymodule_export]
    use super::study::simulate_journeys;
    #[pymodule_export]
    use super::table::{_table_from_bytes, Table};
    #[pymodule_export]
    use super::words::{say, words};
    #[pymodule_export]
    use super::{_panic, set_threads, threads};

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
