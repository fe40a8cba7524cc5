//! `cosell.Credit`: what each channel and each touch has earned, and how far that can be trusted.

use std::sync::Arc;

use cosell::attribution::{
    AttributionState, CalibrateOptions, Calibration, Credit as Inner, Intervals, IntervalsOptions, Model,
};
use pyo3::prelude::*;
use pyo3::types::PyDict;

use crate::error::{checked, guard, text};
use crate::input::Input;
use crate::journeys::Journeys;
use crate::review::{result, table};
use crate::run::{LARGE, run};
use crate::state;
use crate::table::Table;
use crate::value::{Options, PROGRESS, read, refuse, to_python};

/// What each channel and each touch has earned under a model.
///
/// Example:
///     >>> credit = journeys.attribute("linear")
///     >>> credit.totals.to_pandas()
#[pyclass(frozen, module = "cosell")]
#[derive(Clone)]
pub struct Credit {
    pub inner: Inner,
    /// What it was finished from, where that was a state: pickling keeps it.
    state: Option<Arc<AttributionState>>,
}

impl Credit {
    /// The credit of journeys.
    pub fn new(inner: Inner) -> Self {
        Self { inner, state: None }
    }

    /// The credit of a state.
    pub fn of_state(inner: Inner, state: Arc<AttributionState>) -> Self {
        Self { inner, state: Some(state) }
    }
}

fn intervals<'py>(py: Python<'py>, found: &Intervals) -> PyResult<Bound<'py, PyAny>> {
    let diagnostics = to_python(py, &found.diagnostics)?;
    let tables = [table(py, &found.channels)?, table(py, &found.ranks)?, table(py, &found.pairs)?];
    result(py, "Intervals", tables.into_iter().chain([diagnostics]))
}

fn calibration<'py>(py: Python<'py>, found: &Calibration) -> PyResult<Bound<'py, PyAny>> {
    result(py, "Calibration", [table(py, &found.channels)?, to_python(py, &found.diagnostics)?])
}

#[pymethods]
impl Credit {
    /// Credit per channel, ordered by channel: channel, conversions, value (where there is one), share.
    #[getter]
    fn totals(&self) -> Table {
        Table::new(self.inner.totals().clone())
    }

    /// One row per touch of each converted journey: journey, touch, channel, at, conversions, value, weight, reason.
    /// None where only the totals are divided, and where the credit comes from an AttributionState.
    #[getter]
    fn ledger(&self, py: Python<'_>) -> PyResult<Option<Table>> {
        let ledger = run(py, self.inner.journeys().touches(), None, |monitor| self.inner.shared_ledger(monitor))?;
        Ok(ledger.map(Table::shared))
    }

    /// A further table of the model, such as the `transitions` of a Markov chain. A state there is its channels with " > "
    /// between them; a name that holds > as a word of its own, or begins with a double quote, stands in double quotes, as in
    /// JSON.
    ///
    /// Raises:
    ///     ConfigError: there is no such table; `table_names` are those that there are.
    ///
    /// Example:
    ///     >>> journeys.attribute("markov").table("transitions").to_pandas()
    #[pyo3(signature = (name, **unknown), text_signature = "($self, name)")]
    fn table(&self, py: Python<'_>, name: &Bound<'_, PyAny>, unknown: Option<&Bound<'_, PyDict>>) -> PyResult<Table> {
        refuse(py, unknown, &["name"])?;
        checked(py, self.inner.table(&text(name, "name")?)).map(|table| Table::new(table.clone()))
    }

    /// The names of the further tables.
    #[getter]
    fn table_names(&self) -> Vec<&'static str> {
        self.inner.table_names()
    }

    /// What the model assumed, what was set aside and how exact the result is.
    #[getter]
    fn diagnostics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, self.inner.diagnostics())
    }

    /// The model as a document, with every default filled in.
    #[getter]
    fn model<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.inner.model().document())
    }

    /// The journeys that the credit is for. Of an AttributionState only their counts, and the distinct paths where those are
    /// kept: without them no model can be run on them once more.
    #[getter]
    fn journeys(&self) -> Journeys {
        Journeys { inner: self.inner.journeys().clone() }
    }

    /// How far this credit can be trusted: bootstrap intervals, and how firm the ranks are.
    ///
    /// Args:
    ///     replicates: how many resamples; by default 500.
    ///     level: how often an interval is to cover; by default 0.95.
    ///     method: "percentile" (a little wider where few journeys, or few large ones, stand behind a channel), or "bca", which
    ///         also corrects for bias and skewness.
    ///     seed: the seed of the random numbers; by default 0.
    ///     min_journeys: channels with fewer converted journeys get no interval; by default 10.
    ///     top: how many channels are compared pair by pair; by default 20.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     Intervals: the tables channels, ranks and pairs, and the diagnostics.
    ///
    /// Raises:
    ///     ConfigError: an option is wrong.
    ///     DataError: the journeys were not kept (a state without keep_paths).
    ///
    /// Example:
    ///     >>> journeys.attribute("markov").intervals(method="bca").channels.to_pandas()
    #[pyo3(
        signature = (*, replicates=None, level=None, method=None, seed=None, min_journeys=None, top=None,
            progress=None, **unknown),
        text_signature = "($self, *, replicates=None, level=None, method=None, seed=None, min_journeys=None, \
            top=None, progress=None)",
    )]
    #[allow(clippy::too_many_arguments)]
    fn intervals<'py>(
        &self,
        py: Python<'py>,
        replicates: Option<&Bound<'py, PyAny>>,
        level: Option<&Bound<'py, PyAny>>,
        method: Option<&Bound<'py, PyAny>>,
        seed: Option<&Bound<'py, PyAny>>,
        min_journeys: Option<&Bound<'py, PyAny>>,
        top: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = Options::new()
            .set("replicates", replicates)?
            .set("level", level)?
            .set("method", method)?
            .set("seed", seed)?
            .set("min_journeys", min_journeys)?
            .set("top", top)?
            .unknown(unknown)?
            .document();
        let found = run(py, LARGE, progress, |monitor| {
            self.inner.intervals(&read::<IntervalsOptions>(&options, PROGRESS)?, monitor)
        })?;
        intervals(py, &found)
    }

    /// This credit and the results of experiments, each weighed by how well it is known.
    ///
    /// Args:
    ///     experiments: one row per channel with an experiment: channel, effect and standard_error.
    ///     scale: what the experiments measured: "share" (0 to 1), "conversions" or "value".
    ///     replicates: the resamples behind the model's own uncertainty; by default 1000.
    ///     model_bias: whether the model may be wrong by more than its resamples show: "estimate" (by as much as the
    ///         experiments say; the default) or "none".
    ///     level: how often an interval is to cover; by default 0.95.
    ///     seed: the seed of the random numbers; by default 0.
    ///     min_journeys: channels with fewer converted journeys are noted; by default 10.
    ///     channel: the column of the channel; by default "channel".
    ///     effect: the column of the effect; by default "effect".
    ///     standard_error: the column of its standard error; by default "standard_error".
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     Calibration: the table channels, and the diagnostics.
    ///
    /// Raises:
    ///     DataError: a row of the experiments cannot be used, or the journeys were not kept.
    ///     ConfigError: an option is wrong, or no journey has the channel of an experiment.
    ///
    /// Example:
    ///     >>> credit.calibrate([{"channel": "acme", "effect": 0.2, "standard_error": 0.05}]).channels
    #[pyo3(
        signature = (experiments, *, scale=None, replicates=None, model_bias=None, level=None, seed=None,
            min_journeys=None, channel=None, effect=None, standard_error=None, progress=None, **unknown),
        text_signature = "($self, experiments, *, scale=None, replicates=None, model_bias=None, level=None, seed=None, \
            min_journeys=None, channel=None, effect=None, standard_error=None, progress=None)",
    )]
    #[allow(clippy::too_many_arguments)]
    fn calibrate<'py>(
        &self,
        py: Python<'py>,
        experiments: &Bound<'py, PyAny>,
        scale: Option<&Bound<'py, PyAny>>,
        replicates: Option<&Bound<'py, PyAny>>,
        model_bias: Option<&Bound<'py, PyAny>>,
        level: Option<&Bound<'py, PyAny>>,
        seed: Option<&Bound<'py, PyAny>>,
        min_journeys: Option<&Bound<'py, PyAny>>,
        channel: Option<&Bound<'py, PyAny>>,
        effect: Option<&Bound<'py, PyAny>>,
        standard_error: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = Options::new()
            .set("scale", scale)?
            .set("replicates", replicates)?
            .set("model_bias", model_bias)?
            .set("level", level)?
            .set("seed", seed)?
            .set("min_journeys", min_journeys)?
            .set("channel", channel)?
            .set("effect", effect)?
            .set("standard_error", standard_error)?
            .unknown(unknown)?
            .document();
        guard(py, || {
            let mut experiments = Input::take(experiments, "experiments")?;
            let found = run(py, LARGE, progress, move |monitor| {
                let options: CalibrateOptions = read(&options, PROGRESS)?;
                self.inner.calibrate(&experiments.raw()?, &options, monitor)
            })?;
            calibration(py, &found)
        })
    }

    /// Credit of other journeys, such as open ones, by what this credit has learned from its own.
    ///
    /// Args:
    ///     journeys: the other journeys; with stage_probability their values are expected ones.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     The credit, which has a ledger; a rule, which learns nothing, divides the journeys as it is.
    ///
    /// Raises:
    ///     DataError: the model needs times that the journeys do not have.
    ///
    /// Example:
    ///     >>> learned = eco.journeys().attribute("markov")
    ///     >>> pipeline = eco.journeys(outcome="open", as_of="2026-11-20", stage_probability={"*": 0.2})
    ///     >>> learned.apply(pipeline).totals
    #[pyo3(signature = (journeys, *, progress=None, **unknown), text_signature = "($self, journeys, *, progress=None)")]
    fn apply(
        &self,
        py: Python<'_>,
        journeys: &Bound<'_, Journeys>,
        progress: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Credit> {
        refuse(py, unknown, &["journeys", "progress"])?;
        let journeys = &journeys.get().inner;
        run(py, journeys.touches(), progress, |monitor| self.inner.apply(journeys, monitor).map(Credit::new))
    }

    fn __repr__(&self) -> String {
        format!("Credit({})\n{}", self.inner.model().name(), self.inner.totals())
    }

    fn _repr_html_(&self) -> String {
        crate::table::html(self.inner.totals())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyAny>)> {
        let (py, this) = (slf.py(), slf.get());
        let rebuild = |name: &str| py.import("cosell._cosell")?.getattr(name);
        if let Some(state) = &this.state {
            let parts = state::parts(py, state).into_pyobject(py)?;
            return Ok((rebuild("_credit_from_state")?, parts.into_any()));
        }
        if let Some(learned) = this.inner.learned_from() {
            let parts = (Credit::new(learned.clone()), this.journeys()).into_pyobject(py)?;
            return Ok((rebuild("_credit_from_applied")?, parts.into_any()));
        }
        let parts = (this.journeys(), this.inner.model().document().to_string());
        Ok((rebuild("_credit_from_journeys")?, parts.into_pyobject(py)?.into_any()))
    }

    fn __copy__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __deepcopy__<'py>(slf: Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        slf
    }
}

/// Credit from what pickling wrote: it is computed again, to the same bits.
#[pyfunction]
pub fn _credit_from_journeys(py: Python<'_>, journeys: &Bound<'_, Journeys>, model: &str) -> PyResult<Credit> {
    let inner = &journeys.get().inner;
    run(py, inner.touches(), None, |monitor| {
        let model = Model::from_value(&cosell::document::value_from_text(model)?)?;
        inner.attribute(&model, monitor).map(Credit::new)
    })
}

/// Credit that another one has learned, from what pickling wrote.
#[pyfunction]
pub fn _credit_from_applied(
    py: Python<'_>,
    learned: &Bound<'_, Credit>,
    journeys: &Bound<'_, Journeys>,
) -> PyResult<Credit> {
    let (learned, journeys) = (&learned.get().inner, &journeys.get().inner);
    run(py, journeys.touches(), None, |monitor| learned.apply(journeys, monitor).map(Credit::new))
}
