//! Studies of journeys: models compared, the order of a chain, and journeys whose truth is known.

use cosell::attribution::{CompareOptions, Model, OrderOptions, SimulateOptions, simulate};
use cosell::document::from_value;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::Value;

use crate::journeys::Journeys;
use crate::review::{result, table};
use crate::run::run;
use crate::value::{Options, PROGRESS, read, to_python, to_value};

/// Many models on the same journeys.
pub fn compare_of<'py>(
    journeys: &Journeys,
    models: &Bound<'py, PyAny>,
    options: Options,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (py, inner) = (models.py(), &journeys.inner);
    let (models, options) = (to_value(models, "models")?, options.document());
    let found = run(py, inner.touches(), progress, |monitor| {
        let models: Vec<Value> = from_value(&models).map_err(|e| e.within("models"))?;
        inner.compare(&Model::list(&models)?, &read::<CompareOptions>(&options, PROGRESS)?, monitor)
    })?;
    let tables = [table(py, &found.credit)?, table(py, &found.agreement)?, table(py, &found.reasons)?];
    result(py, "Comparison", tables.into_iter().chain([to_python(py, &found.diagnostics)?]))
}

/// Which order of Markov chain journeys support.
pub fn select_order_of<'py>(
    py: Python<'py>,
    journeys: &Journeys,
    options: Options,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let (inner, options) = (&journeys.inner, options.document());
    let found = run(py, inner.touches(), progress, |monitor| {
        inner.select_order(&read::<OrderOptions>(&options, PROGRESS)?, monitor)
    })?;
    let recommended = found.recommended.into_pyobject(py)?.into_any();
    result(py, "OrderSelection", [table(py, &found.orders)?, recommended, to_python(py, &found.diagnostics)?])
}

/// Journeys whose truth is known: what each channel causes is set, and stands in `truth`.
///
/// Args:
///     journeys: how many journeys; by default 20000.
///     channels: dicts of name, weight, effect (log-odds), position ("any", "early" or "late") and follows_intent; by
///         default six, each of which misleads some model.
///     base_rate: the chance to convert of a journey of average intent without any effect.
///     intent: what a standard deviation of intent adds to the log-odds.
///     mean_length: the mean number of touches.
///     interactions: dicts of channels and the effect that they have together.
///     value_mean: the mean value of a conversion.
///     seed: the seed of all draws.
///     progress: called with a Progress now and then; what it raises cancels.
///
/// Returns:
///     The journeys as paths, and as touches with outcomes; the truth per channel.
///
/// Raises:
///     ConfigError: an option is wrong.
///
/// Example:
///     >>> simulation = cosell.simulate_journeys(journeys=1000, seed=7)
///     >>> simulation.truth
#[pyfunction]
#[pyo3(
    signature = (*, journeys=None, channels=None, base_rate=None, intent=None, mean_length=None, interactions=None,
        value_mean=None, seed=None, progress=None, **unknown),
    text_signature = "(*, journeys=None, channels=None, base_rate=None, intent=None, mean_length=None, \
        interactions=None, value_mean=None, seed=None, progress=None)",
)]
#[allow(clippy::too_many_arguments)]
pub fn simulate_journeys<'py>(
    py: Python<'py>,
    journeys: Option<&Bound<'py, PyAny>>,
    channels: Option<&Bound<'py, PyAny>>,
    base_rate: Option<&Bound<'py, PyAny>>,
    intent: Option<&Bound<'py, PyAny>>,
    mean_length: Option<&Bound<'py, PyAny>>,
    interactions: Option<&Bound<'py, PyAny>>,
    value_mean: Option<&Bound<'py, PyAny>>,
    seed: Option<&Bound<'py, PyAny>>,
    progress: Option<&Bound<'py, PyAny>>,
    unknown: Option<&Bound<'py, PyDict>>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = Options::new()
        .set("journeys", journeys)?
        .set("channels", channels)?
        .set("base_rate", base_rate)?
        .set("intent", intent)?
        .set("mean_length", mean_length)?
        .set("interactions", interactions)?
        .set("value_mean", value_mean)?
        .set("seed", seed)?
        .unknown(unknown)?
        .document();
    // The size is core's to read; a thread costs little beside the smallest useful simulation.
    let found =
        run(py, usize::MAX, progress, |monitor| simulate(&read::<SimulateOptions>(&options, PROGRESS)?, monitor))?;
    let tables = [&found.paths, &found.touches, &found.outcomes, &found.truth];
    let mut fields = tables.into_iter().map(|t| table(py, t)).collect::<PyResult<Vec<_>>>()?;
    fields.push(to_python(py, &found.diagnostics)?);
    result(py, "Simulation", fields)
}
