//! `cosell.Journeys`: ordered touches, and how each journey ended.

use cosell::attribution::{Journeys as Inner, Model, PathsOptions, TouchpointsOptions, TouchpointsReader};
use cosell::document::{beside, unknown_option};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use serde_json::Value;

use crate::credit::Credit;
use crate::error::{checked, guard, raise};
use crate::input::{Input, Pieces};
use crate::run::run;
use crate::study::{compare_of, select_order_of};
use crate::value::{Options, PROGRESS, keywords, read, to_python, to_value};

/// Ordered touches of opportunities or customers, with how each journey ended.
///
/// Made by `Ecosystem.journeys`, `Journeys.from_touchpoints` or `Journeys.from_paths`.
///
/// Example:
///     >>> credit = eco.journeys(lookback_days=90).attribute("linear")
#[pyclass(frozen, module = "cosell")]
#[derive(Clone)]
pub struct Journeys {
    pub inner: Inner,
}

#[pymethods]
impl Journeys {
    /// Journeys from a table of touches and a table of outcomes.
    ///
    /// Args:
    ///     touches: one row per touch: journey, channel (empty: the vendor's own) and at.
    ///     outcomes: one row per outcome: journey and what follows.
    ///     journey: the column of the journey's id, in both tables; by default "opportunity_id".
    ///     channel: the column that names the channel of a touch; by default "partner_id".
    ///     at: the column with the time of a touch; by default "at".
    ///     value: the column with the value of an outcome; minor units where its name ends in _minor.
    ///     conversions: the column that says how often an outcome converted; by default once.
    ///     nulls: the column that says how often it did not.
    ///     outcome_at: the column with the time of the outcome; later touches are set aside.
    ///     created_at: the column with the creation, from which the lookback counts back.
    ///     touch: the column with the touch's own id.
    ///     kind: the column with the kind of touch.
    ///     role: the column with the role of a touch.
    ///     weight: the column with the weight of a touch, for the model "touch_weighted".
    ///     currency: the currency of the values.
    ///     timezone: the zone of dates and of timestamps without an offset.
    ///     lookback_days: how many days before the creation, else the outcome, a journey begins, or "all".
    ///     lookback_touches: how many touches count, the last ones, or "all".
    ///     vendor_touches: "channel" or "drop".
    ///     repeats: "keep", "first", "last" or "collapse".
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Raises:
    ///     DataError: a table, column or row cannot be used.
    ///     ConfigError: an option is wrong.
    ///
    /// Example:
    ///     >>> cosell.Journeys.from_touchpoints(touches, deals, journey="deal_id", value="amount_minor")
    #[staticmethod]
    #[pyo3(
        signature = (touches, outcomes, *, journey=None, channel=None, at=None, value=None, conversions=None,
            nulls=None, outcome_at=None, created_at=None, touch=None, kind=None, role=None, weight=None, currency=None,
            timezone=None, lookback_days=None, lookback_touches=None, vendor_touches=None, repeats=None,
            progress=None, **unknown),
        text_signature = "(touches, outcomes, *, journey=None, channel=None, at=None, value=None, \
            conversions=None, nulls=None, outcome_at=None, created_at=None, touch=None, kind=None, role=None, weight=None, currency=None, \
            timezone=None, lookback_days=None, lookback_touches=None, vendor_touches=None, repeats=None, progress=None)",
    )]
    #[allow(clippy::too_many_arguments)]
    fn from_touchpoints(
        py: Python<'_>,
        touches: &Bound<'_, PyAny>,
        outcomes: &Bound<'_, PyAny>,
        journey: Option<&Bound<'_, PyAny>>,
        channel: Option<&Bound<'_, PyAny>>,
        at: Option<&Bound<'_, PyAny>>,
        value: Option<&Bound<'_, PyAny>>,
        conversions: Option<&Bound<'_, PyAny>>,
        nulls: Option<&Bound<'_, PyAny>>,
        outcome_at: Option<&Bound<'_, PyAny>>,
        created_at: Option<&Bound<'_, PyAny>>,
        touch: Option<&Bound<'_, PyAny>>,
        kind: Option<&Bound<'_, PyAny>>,
        role: Option<&Bound<'_, PyAny>>,
        weight: Option<&Bound<'_, PyAny>>,
        currency: Option<&Bound<'_, PyAny>>,
        timezone: Option<&Bound<'_, PyAny>>,
        lookback_days: Option<&Bound<'_, PyAny>>,
        lookback_touches: Option<&Bound<'_, PyAny>>,
        vendor_touches: Option<&Bound<'_, PyAny>>,
        repeats: Option<&Bound<'_, PyAny>>,
        progress: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let options = Options::new()
            .set("journey", journey)?
            .set("channel", channel)?
            .set("at", at)?
            .set("value", value)?
            .set("conversions", conversions)?
            .set("nulls", nulls)?
            .set("outcome_at", outcome_at)?
            .set("created_at", created_at)?
            .set("touch", touch)?
            .set("kind", kind)?
            .set("role", role)?
            .set("weight", weight)?
            .set("currency", currency)?
            .set("timezone", timezone)?
            .set("lookback_days", lookback_days)?
            .set("lookback_touches", lookback_touches)?
            .set("vendor_touches", vendor_touches)?
            .set("repeats", repeats)?
            .unknown(unknown)?
            .document();
        guard(py, || {
            let (touches, mut outcomes) = (Pieces::take(touches, "touches")?, Input::take(outcomes, "outcomes")?);
            run(py, touches.rows().saturating_add(outcomes.rows()), progress, move |monitor| {
                let options: TouchpointsOptions = read(&options, PROGRESS)?;
                let outcomes = outcomes.raw().map_err(|e| e.within("outcomes"))?;
                let begin = || TouchpointsReader::new(&outcomes, &options);
                let reader = touches.each("touches", begin, |reader, piece| reader.read(piece, monitor))?;
                reader.finish(monitor).map(|inner| Self { inner })
            })
        })
    }

    /// Journeys from aggregated paths: one row per path with how often it converted.
    ///
    /// Args:
    ///     frame: the paths.
    ///     path: the column with the channels; by default "path".
    ///     conversions: the column with the conversions; by default "total_conversions".
    ///     value: the column with their value; minor units where its name ends in _minor.
    ///     nulls: the column that says how often the path did not convert.
    ///     separator: what stands between two channels; by default ">". Of blanks alone a run counts as one.
    ///     currency: the currency of the values; without one they are plain numbers.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Raises:
    ///     DataError: a column or row cannot be used.
    ///     ConfigError: an option is wrong.
    ///
    /// Example:
    ///     >>> cosell.Journeys.from_paths(frame, value="total_conversion_value", nulls="total_null")
    #[staticmethod]
    #[pyo3(
        signature = (frame, *, path=None, conversions=None, value=None, nulls=None, separator=None,
            currency=None, progress=None, **unknown),
        text_signature = "(frame, *, path=None, conversions=None, value=None, nulls=None, separator=None, \
            currency=None, progress=None)",
    )]
    #[allow(clippy::too_many_arguments)]
    fn from_paths(
        py: Python<'_>,
        frame: &Bound<'_, PyAny>,
        path: Option<&Bound<'_, PyAny>>,
        conversions: Option<&Bound<'_, PyAny>>,
        value: Option<&Bound<'_, PyAny>>,
        nulls: Option<&Bound<'_, PyAny>>,
        separator: Option<&Bound<'_, PyAny>>,
        currency: Option<&Bound<'_, PyAny>>,
        progress: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let options = Options::new()
            .set("path", path)?
            .set("conversions", conversions)?
            .set("value", value)?
            .set("nulls", nulls)?
            .set("separator", separator)?
            .set("currency", currency)?
            .unknown(unknown)?
            .document();
        guard(py, || {
            let mut frame = Input::take(frame, "paths")?;
            run(py, frame.rows(), progress, move |monitor| {
                let options: PathsOptions = read(&options, PROGRESS)?;
                Inner::from_paths(&frame.raw()?, &options, monitor).map(|inner| Self { inner })
            })
        })
    }

    /// Credit under a model.
    ///
    /// Args:
    ///     model: the name of a model, or a document such as {"time_decay": {"half_life_days": 14}}.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///     options: the options of the model, where it is given by name.
    ///
    /// Returns:
    ///     The credit: totals per channel, the ledger and the diagnostics.
    ///
    /// Raises:
    ///     ConfigError: there is no such model, or an option is wrong.
    ///     DataError: the journeys cannot support the model.
    ///
    /// Example:
    ///     >>> journeys.attribute("time_decay", half_life_days=14).totals
    #[pyo3(signature = (model, *, progress=None, **options))]
    fn attribute(
        &self,
        py: Python<'_>,
        model: &Bound<'_, PyAny>,
        progress: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Credit> {
        let model = read_model(model, options, PROGRESS)?;
        run(py, self.inner.touches(), progress, |monitor| self.inner.attribute(&model, monitor).map(Credit::new))
    }

    /// Credit under many models side by side, how far they agree, and why they do not.
    ///
    /// Args:
    ///     models: names of models, or documents.
    ///     top: how many of the largest channels the overlap looks at; by default 5.
    ///     difference: the smallest difference of shares that is given a reason; by default 0.02.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     The comparison: credit, agreement and reasons.
    ///
    /// Raises:
    ///     ConfigError: there is no such model, or an option is wrong.
    ///     DataError: the journeys can support none of the models.
    ///
    /// Example:
    ///     >>> journeys.compare(["linear", "last_touch", {"markov": {"order": 2}}]).reasons
    #[pyo3(
        signature = (models, *, top=None, difference=None, progress=None, **unknown),
        text_signature = "($self, models, *, top=None, difference=None, progress=None)",
    )]
    fn compare<'py>(
        &self,
        models: &Bound<'py, PyAny>,
        top: Option<&Bound<'py, PyAny>>,
        difference: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = Options::new().set("top", top)?.set("difference", difference)?.unknown(unknown)?;
        compare_of(self, models, options, progress)
    }

    /// Which order of Markov chain the journeys support.
    ///
    /// Args:
    ///     max_order: the highest order that is tried, 1 to 8; by default 4.
    ///     folds: into how many parts the journeys fall, each foretold from the others; by default 5.
    ///     seed: the seed of the parts.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     The figures of each order, and the recommended one with its reason.
    ///
    /// Raises:
    ///     ConfigError: an option is wrong.
    ///     DataError: there are fewer journeys than folds.
    ///
    /// Example:
    ///     >>> journeys.attribute("markov", order=journeys.select_order().recommended)
    #[pyo3(
        signature = (*, max_order=None, folds=None, seed=None, progress=None, **unknown),
        text_signature = "($self, *, max_order=None, folds=None, seed=None, progress=None)",
    )]
    fn select_order<'py>(
        &self,
        py: Python<'py>,
        max_order: Option<&Bound<'py, PyAny>>,
        folds: Option<&Bound<'py, PyAny>>,
        seed: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = Options::new().set("max_order", max_order)?.set("folds", folds)?.set("seed", seed)?;
        let options = options.unknown(unknown)?;
        select_order_of(py, self, options, progress)
    }

    /// How many touches all journeys have together.
    #[getter]
    fn touches(&self) -> usize {
        self.inner.touches()
    }

    /// The channels, in the order of results.
    #[getter]
    fn channels(&self) -> Vec<String> {
        self.inner.channels()
    }

    /// What the journeys were made of and what was set aside.
    #[getter]
    fn diagnostics<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.inner.diagnostics())
    }

    fn __len__(&self) -> usize {
        self.inner.len()
    }

    fn __repr__(&self) -> String {
        self.inner.to_string()
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let (py, inner) = (slf.py(), &slf.get().inner);
        let bytes = py.detach(|| inner.to_bytes());
        Ok((py.import("cosell._cosell")?.getattr("_journeys_from_bytes")?, (PyBytes::new(py, &bytes),)))
    }

    fn __copy__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __deepcopy__<'py>(slf: Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        slf
    }
}

/// A model from its name and options, or from a document; `others` are the keywords of the call beside the options.
pub fn read_model(model: &Bound<'_, PyAny>, options: Option<&Bound<'_, PyDict>>, others: &[&str]) -> PyResult<Model> {
    let py = model.py();
    let document = to_value(model, "model")?;
    let options = options.filter(|o| !o.is_empty());
    let given = options.map(|o| keywords(Some(o))).transpose().or_else(|failed| {
        // A keyword that the model does not know is said first: its value need not be one that a document can hold.
        let names = Options::new().unknown(options)?.document();
        let Value::String(name) = &document else { return Err(failed) };
        match Model::named(name, &names) {
            Err(e) if e.code() == cosell::Code::UnknownOption => Err(raise(py, &beside(e, name, others))),
            _ => Err(failed),
        }
    })?;
    checked(
        py,
        match (document, given) {
            (Value::String(name), options) => {
                Model::named(&name, &options.unwrap_or_default()).map_err(|e| beside(e, &name, others))
            }
            (document, None) => Model::from_value(&document),
            (_, Some(options)) => Err(misplaced(&options, others)),
        },
    )
}

/// Why there are options beside a document: a slip of another keyword, or they belong into the document.
fn misplaced(options: &Value, others: &[&str]) -> cosell::Error {
    let names = options.as_object().into_iter().flatten().map(|(name, _)| unknown_option(name, name, others));
    let mut slips = names.filter(|error| error.details().contains_key("suggestion"));
    slips.next().unwrap_or_else(|| {
        cosell::Error::new(
            cosell::Code::InvalidOption,
            "model",
            "a model document holds its options; give a name and options, or a document without options beside it",
        )
    })
}

/// Journeys from the bytes that pickling wrote.
#[pyfunction]
pub fn _journeys_from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<Journeys> {
    checked(py, py.detach(|| Inner::from_bytes(data))).map(|inner| Journeys { inner })
}
