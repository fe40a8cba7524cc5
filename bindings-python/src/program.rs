//! Partner programmes: `cosell.Program` and what a review of one gives.

use std::sync::Arc;

use cosell::tiering::{EvaluateOptions, Program as Inner, ProgramReview as InnerReview, ProgramReviewOptions};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use serde_json::{Value, to_value as to_json};

use crate::error::{caught, checked};
use crate::input::Input;
use crate::run::run;
use crate::table::Table;
use crate::value::{Options, PROGRESS, read, refuse, to_python, to_value};

/// A partner programme: a document of tiers, tracks, metrics, criteria and policy, checked and ready to run.
///
/// Args:
///     document: the programme as a dict.
///
/// Raises:
///     ConfigError: an unknown key or name, a circle, an impossible number; `field` is the path in the document.
///
/// Example:
///     >>> program = cosell.Program({
///     ...     "program": "services", "version": "2026",
///     ...     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
///     ...     "metrics": {"deals": {"measure": "given", "unit": "count"}},
///     ...     "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": 5}}},
///     ... })
///     >>> program.evaluate({"deals": 7}, as_of="2026-11-20")["effective"]
///     'gold'
#[pyclass(frozen, module = "cosell")]
#[derive(Clone)]
pub struct Program {
    inner: Inner,
}

/// A review of all partners on a day.
///
/// Example:
///     >>> review = program.review(partners, as_of="2026-11-20")
///     >>> review.decisions.to_pandas()
#[pyclass(frozen, module = "cosell")]
#[derive(Clone)]
pub struct ProgramReview {
    inner: Arc<InnerReview>,
}

#[pymethods]
impl Program {
    #[new]
    #[pyo3(signature = (document, **unknown), text_signature = "(document)")]
    fn new(document: &Bound<'_, PyAny>, unknown: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let py = document.py();
        refuse(py, unknown, &["document"])?;
        let document = to_value(document, "document")?;
        Ok(Self { inner: checked(py, caught(|| Inner::from_value(&document)))? })
    }

    /// The document, with every default filled in.
    #[getter]
    fn document<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &checked(py, json(self.inner.document()))?)
    }

    /// The tiers, the lowest first.
    #[getter]
    fn tiers(&self) -> Vec<&str> {
        self.inner.tier_names()
    }

    /// Decides about one partner from its ready metrics, at once.
    ///
    /// Args:
    ///     metrics: the metrics by name; those that are made of others can be left out.
    ///     as_of: the day that is decided about. Required.
    ///     partner_id: the partner, for exceptions.
    ///     attributes: the attributes that criteria name; `tier`, `track`, `enrolled_on` and `tier_since` of its record.
    ///     previous: its earlier decision, or a list of them.
    ///     cutoffs: the cut-offs of populations, as dicts: `review.cutoffs.to_dicts()`.
    ///
    /// Returns:
    ///     A dict: track, score, qualified, earned, previous, effective, recommendation, because and what a later decision
    ///     needs to know.
    ///
    /// Raises:
    ///     ConfigError: an option is missing or wrong, or a metric unknown.
    ///     DataError: a metric is missing or no number, or a previous decision cannot be used.
    ///
    /// Example:
    ///     >>> program.evaluate({"deals": 7}, as_of="2026-11-20")["recommendation"]
    ///     'promote'
    #[pyo3(
        signature = (metrics, as_of=None, *, partner_id=None, attributes=None, previous=None, cutoffs=None, **unknown),
        text_signature = "($self, metrics, as_of, *, partner_id=None, attributes=None, previous=None, cutoffs=None)",
    )]
    #[allow(clippy::too_many_arguments)]
    fn evaluate<'py>(
        &self,
        metrics: &Bound<'py, PyAny>,
        as_of: Option<&Bound<'py, PyAny>>,
        partner_id: Option<&Bound<'py, PyAny>>,
        attributes: Option<&Bound<'py, PyAny>>,
        previous: Option<&Bound<'py, PyAny>>,
        cutoffs: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = metrics.py();
        let metrics = to_value(metrics, "metrics")?;
        let options = Options::new()
            .set("as_of", as_of)?
            .set("partner_id", partner_id)?
            .set("attributes", attributes)?
            .set("previous", previous)?
            .set("cutoffs", cutoffs)?
            .unknown(unknown)?
            .document();
        let verdict = checked(
            py,
            caught(|| {
                let options: EvaluateOptions = read(&options, &["metrics"])?;
                json(&self.inner.evaluate(object(&metrics)?, &options)?)
            }),
        )?;
        to_python(py, &verdict)
    }

    /// Reviews all partners.
    ///
    /// Args:
    ///     partners: a frame with one row for each partner (and scope): partner_id, the metrics that are not made of others,
    ///         and the attributes that criteria name; `tier`, `track`, `enrolled_on` and `tier_since` where known.
    ///     as_of: the day that is decided about. Required.
    ///     previous: the decisions of an earlier review, or of many, one table after the other.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Raises:
    ///     ConfigError: an option is missing or wrong, or decisions are of another programme or version.
    ///     DataError: a metric or attribute is missing, or a value cannot be used.
    ///
    /// Example:
    ///     >>> review = program.review(partners, as_of="2026-11-20")
    ///     >>> later = program.review(partners, as_of="2026-12-20", previous=review.decisions)
    #[pyo3(
        signature = (partners, as_of=None, *, previous=None, progress=None, **unknown),
        text_signature = "($self, partners, as_of, *, previous=None, progress=None)",
    )]
    fn review<'py>(
        &self,
        partners: &Bound<'py, PyAny>,
        as_of: Option<&Bound<'py, PyAny>>,
        previous: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<ProgramReview> {
        let py = partners.py();
        let options = Options::new().set("as_of", as_of)?.unknown(unknown)?.document();
        let mut frame = Input::take(partners, "partners")?;
        let mut previous = previous.map(|p| Input::take(p, "previous")).transpose()?;
        let rows = frame.rows();
        let inner = run(py, rows, progress, |monitor| {
            let options: ProgramReviewOptions = read(&options, PROGRESS)?;
            let previous = previous.as_mut().map(Input::raw).transpose().map_err(|e| e.within("previous"))?;
            self.inner.review_frame(
                &frame.raw().map_err(|e| e.within("partners"))?,
                previous.as_ref(),
                &options,
                monitor,
            )
        })?;
        Ok(ProgramReview { inner: Arc::new(inner) })
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, Bound<'py, PyTuple>)> {
        let class = py.get_type::<Self>().into_any();
        Ok((class, PyTuple::new(py, [self.document(py)?])?))
    }

    fn __copy__(&self) -> Self {
        self.clone()
    }

    fn __deepcopy__(&self, _memo: &Bound<'_, PyAny>) -> Self {
        self.clone()
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.inner.document() == other.inner.document()
    }

    fn __repr__(&self) -> String {
        let document = self.inner.document();
        let tiers = self.inner.tier_names().join(", ");
        format!("Program({:?}, version {:?}: {tiers})", document.program, document.version)
    }
}

#[pymethods]
impl ProgramReview {
    /// The programme that was reviewed.
    #[getter]
    fn program(&self) -> Program {
        Program { inner: self.inner.program().clone() }
    }

    /// The day that was decided about.
    #[getter]
    fn as_of<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        crate::table::object(py, &cosell::table::ValueRef::Date(self.inner.as_of()), false)
    }

    /// One row for each partner: what it qualified for, earned and holds, the recommendation and why. Hand it in as
    /// `previous` next time.
    #[getter]
    fn decisions(&self) -> Table {
        Table::new(self.inner.decisions())
    }

    /// Why each decision is as it is: partner_id, place, code, tier, on.
    #[getter]
    fn reasons(&self) -> Table {
        Table::new(self.inner.reasons())
    }

    /// The lines and totals of scorecards: partner_id, scorecard, line (None: the total), points, max_points.
    #[getter]
    fn scorecards(&self) -> Table {
        Table::new(self.inner.scorecards())
    }

    /// The metrics of every partner (and scope), one column each.
    #[getter]
    fn metrics(&self) -> Table {
        Table::new(self.inner.metrics())
    }

    /// The cut-offs of populations: criterion, track, metric, within, cutoff, population.
    #[getter]
    fn cutoffs(&self) -> Table {
        Table::new(self.inner.cutoffs())
    }

    fn __repr__(&self) -> String {
        let document = self.inner.program().document();
        let partners = self.inner.decisions().len();
        format!(
            "ProgramReview({:?}, version {:?}, {}: {partners} partners)",
            document.program,
            document.version,
            self.inner.as_of()
        )
    }
}

/// A typed value as JSON.
fn json(value: &impl serde::Serialize) -> cosell::Result<Value> {
    to_json(value).map_err(cosell::Error::internal)
}

fn object(value: &Value) -> cosell::Result<&serde_json::Map<String, Value>> {
    value.as_object().ok_or_else(|| {
        cosell::Error::new(cosell::Code::InvalidOption, "metrics", "metrics is no dict; expected the metrics by name")
    })
}
