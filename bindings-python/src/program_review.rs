//! `cosell.ProgramReview`: what a review of a programme gives.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use cosell::engine::monitor::Monitor;
use cosell::tiering::{
    ActionOptions, EconomicsOptions, EnablementOptions, ExplainOptions, FactOptions, GapOptions,
    ProgramReview as Inner, SegmentOptions,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::backtest;
use crate::error::{caught, checked, instance};
use crate::partners::Given;
use crate::program::Program;
use crate::review::{result, table};
use crate::run::run;
use crate::table::Table;
use crate::value::{Options, PROGRESS, read, to_python};

/// A review of all partners on a day.
///
/// Example:
///     >>> review = program.review(partners, as_of="2026-11-20")
///     >>> review.decisions.to_pandas()
#[pyclass(frozen, module = "cosell")]
#[derive(Clone)]
pub struct ProgramReview {
    inner: Arc<Inner>,
    partners: usize,
    /// The tables that were asked for, so that a property costs its work once.
    made: Arc<Mutex<BTreeMap<&'static str, Table>>>,
}

impl ProgramReview {
    pub fn new(inner: Inner) -> Self {
        let partners = inner.partners();
        Self { inner: Arc::new(inner), partners, made: Arc::default() }
    }

    /// The table of a property.
    fn kept(
        &self,
        py: Python<'_>,
        name: &'static str,
        make: impl FnOnce(&Inner) -> cosell::Result<cosell::table::Table> + Send,
    ) -> PyResult<Table> {
        let made = || self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(table) = made().get(name) {
            return Ok(table.clone());
        }
        // Two threads may make the same table; both are equal.
        let table = Table::new(run(py, self.partners, None, |_| make(&self.inner))?);
        made().insert(name, table.clone());
        Ok(table)
    }

    /// The table that a method makes.
    fn asked(
        &self,
        py: Python<'_>,
        progress: Option<&Bound<'_, PyAny>>,
        make: impl FnOnce(&Inner, &Monitor) -> cosell::Result<cosell::table::Table> + Send,
    ) -> PyResult<Table> {
        run(py, self.partners, progress, |monitor| make(&self.inner, monitor)).map(Table::new)
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
    fn decisions(&self, py: Python<'_>) -> PyResult<Table> {
        self.kept(py, "decisions", Inner::decisions)
    }

    /// Why each decision is as it is: partner_id, place, code, tier, on.
    #[getter]
    fn reasons(&self, py: Python<'_>) -> PyResult<Table> {
        self.kept(py, "reasons", |review| Ok(review.reasons()))
    }

    /// The lines and totals of scorecards: partner_id, scope, scorecard, line (None: the total), points, max_points.
    #[getter]
    fn scorecards(&self, py: Python<'_>) -> PyResult<Table> {
        self.kept(py, "scorecards", |review| Ok(review.scorecards()))
    }

    /// The metrics of every partner (and scope), one column each.
    #[getter]
    fn metrics(&self, py: Python<'_>) -> PyResult<Table> {
        self.kept(py, "metrics", |review| Ok(review.metrics()))
    }

    /// The cut-offs of populations: criterion, track, metric, within, cutoff, population.
    #[getter]
    fn cutoffs(&self, py: Python<'_>) -> PyResult<Table> {
        self.kept(py, "cutoffs", |review| Ok(review.cutoffs()))
    }

    /// What each partner is entitled to on the day, by its effective tier and its track: partner_id, tier, track, benefit,
    /// name, value, number, worth, from, to.
    #[getter]
    fn benefits(&self, py: Python<'_>) -> PyResult<Table> {
        self.kept(py, "benefits", Inner::benefits)
    }

    /// What is lost if nothing else happens: partner_id, cause, tier, on, lost_on, drops_to, criterion, metric, actual,
    /// required, unit; of an Ecosystem.
    #[getter]
    fn forecast(&self, py: Python<'_>) -> PyResult<Table> {
        self.kept(py, "forecast", |review| Ok(review.forecast()))
    }

    /// What has to be said of the metrics: metric, code, rows, message.
    #[getter]
    fn findings(&self, py: Python<'_>) -> PyResult<Table> {
        self.kept(py, "findings", |review| Ok(review.findings()))
    }

    /// What stands between partners and the tiers above: one row for each criterion that is not as the tier wants it.
    ///
    /// Args:
    ///     reach: "next" (the default): the tier above the one that a partner has earned today (whoever is in
    ///         grace holds a higher one); or "every" tier above it.
    ///
    /// Returns:
    ///     partner_id, scope, tier, criterion, metric, operation, actual, required, missing, unit, alternative.
    ///
    /// Raises:
    ///     ConfigError: an option is wrong.
    ///
    /// Example:
    ///     >>> review.gaps().to_dicts()[0]["missing"]
    ///     2.0
    #[pyo3(signature = (reach=None, **unknown), text_signature = "($self, reach=None)")]
    fn gaps(
        &self,
        py: Python<'_>,
        reach: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Table> {
        let options = Options::new().set("reach", reach)?.unknown(unknown)?.document();
        self.asked(py, None, |review, _| review.gaps(read::<GapOptions>(&options, &[])?.reach))
    }

    /// How far partners are from the tiers above: partner_id, scope, tier, satisfied, total, gaps.
    ///
    /// Args:
    ///     reach: "next" (the default): the tier above the one that a partner has earned today (whoever is in
    ///         grace holds a higher one); or "every" tier above it.
    ///
    /// Raises:
    ///     ConfigError: an option is wrong.
    ///
    /// Example:
    ///     >>> review.progress("every").to_pandas()
    #[pyo3(signature = (reach=None, **unknown), text_signature = "($self, reach=None)")]
    fn progress(
        &self,
        py: Python<'_>,
        reach: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Table> {
        let options = Options::new().set("reach", reach)?.unknown(unknown)?.document();
        self.asked(py, None, |review, _| review.progress(read::<GapOptions>(&options, &[])?.reach))
    }

    /// The cheapest set of actions that takes each partner to its next tier: one row for each action.
    ///
    /// Args:
    ///     costs: what a step of each metric costs, such as {"deals": {"cost": 900, "step": 1, "max": 10}}. Required.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     partner_id, scope, tier, metric, steps, from, to, cost, plan_cost, lower_bound, proven.
    ///
    /// Raises:
    ///     ConfigError: costs of a metric that does not exist or is made of others, or an impossible number.
    ///
    /// Example:
    ///     >>> review.actions({"deals": {"cost": 900}}).to_pandas()
    #[pyo3(
        signature = (costs=None, *, progress=None, **unknown),
        text_signature = "($self, costs, *, progress=None)",
    )]
    fn actions(
        &self,
        py: Python<'_>,
        costs: Option<&Bound<'_, PyAny>>,
        progress: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Table> {
        let options = Options::new().set("costs", costs)?.unknown(unknown)?.document();
        self.asked(py, progress, |review, monitor| {
            review.actions(&read::<ActionOptions>(&options, PROGRESS)?.costs, monitor)
        })
    }

    /// What keeps partners from their next tier, whatever they do: partner_id, scope, tier, criterion (None: the tier as a
    /// whole), reason, proven.
    ///
    /// Args:
    ///     costs: what a step of each metric costs, as for `actions`. Required.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Raises:
    ///     ConfigError: as for `actions`.
    ///
    /// Example:
    ///     >>> review.out_of_reach({"deals": {"cost": 900}}).to_pandas()
    #[pyo3(
        signature = (costs=None, *, progress=None, **unknown),
        text_signature = "($self, costs, *, progress=None)",
    )]
    fn out_of_reach(
        &self,
        py: Python<'_>,
        costs: Option<&Bound<'_, PyAny>>,
        progress: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Table> {
        let options = Options::new().set("costs", costs)?.unknown(unknown)?.document();
        self.asked(py, progress, |review, monitor| {
            review.out_of_reach(&read::<ActionOptions>(&options, PROGRESS)?.costs, monitor)
        })
    }

    /// Whether climbing pays: for each partner, and for each tier.
    ///
    /// Args:
    ///     costs: what a step of each metric costs, as for `actions`. Required.
    ///     horizon_months: within how many months climbing has to pay. Default 12.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     An `Economics`: climbs and tiers.
    ///
    /// Raises:
    ///     ConfigError: as for `actions`; a horizon that is not above 0.
    ///
    /// Example:
    ///     >>> review.economics({"deals": {"cost": 900}}).tiers.to_pandas()
    #[pyo3(
        signature = (costs=None, *, horizon_months=None, progress=None, **unknown),
        text_signature = "($self, costs, *, horizon_months=None, progress=None)",
    )]
    fn economics<'py>(
        &self,
        py: Python<'py>,
        costs: Option<&Bound<'py, PyAny>>,
        horizon_months: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options =
            Options::new().set("costs", costs)?.set("horizon_months", horizon_months)?.unknown(unknown)?.document();
        let found = run(py, self.partners, progress, |monitor| {
            let options: EconomicsOptions = read(&options, PROGRESS)?;
            self.inner.economics(&options.costs, options.horizon_months, monitor)
        })?;
        result(py, "Economics", [table(py, &found.climbs)?, table(py, &found.tiers)?])
    }

    /// Where each partner stands between performance and potential.
    ///
    /// Args:
    ///     performance: what a partner brings: {"metric": ..., "cuts": {"quantiles": [0.5]}} or {"values": [...]}; without a
    ///         metric, the score. Required.
    ///     potential: what it could bring, in the same form. Required.
    ///     names: the names of the cells, one list for each band of performance from the lowest.
    ///
    /// Returns:
    ///     partner_id, scope, performance, potential, segment.
    ///
    /// Raises:
    ///     ConfigError: a metric that does not exist, cuts that do not rise, names that do not fit.
    ///
    /// Example:
    ///     >>> half = {"quantiles": [0.5]}
    ///     >>> review.segments({"metric": "deals", "cuts": half}, {"metric": "people", "cuts": half})
    #[pyo3(
        signature = (performance=None, potential=None, *, names=None, **unknown),
        text_signature = "($self, performance, potential, *, names=None)",
    )]
    fn segments(
        &self,
        py: Python<'_>,
        performance: Option<&Bound<'_, PyAny>>,
        potential: Option<&Bound<'_, PyAny>>,
        names: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Table> {
        let options = Options::new()
            .set("performance", performance)?
            .set("potential", potential)?
            .set("names", names)?
            .unknown(unknown)?
            .document();
        self.asked(py, None, |review, _| review.segments(&read::<SegmentOptions>(&options, &[])?))
    }

    /// The trainings that close gaps by a day.
    ///
    /// Args:
    ///     needed_on: the day. Required.
    ///     reach: "next" (the default): the gaps to the next tier; or to "every" tier above.
    ///
    /// Returns:
    ///     partner_id, scope, tier, criterion, metric, training, missing, completions, start_by, cost, alternative.
    ///
    /// Raises:
    ///     ConfigError: a day before that of the review.
    ///
    /// Example:
    ///     >>> review.enablement("2027-01-31").to_pandas()
    #[pyo3(
        signature = (needed_on=None, *, reach=None, **unknown),
        text_signature = "($self, needed_on, *, reach=None)",
    )]
    fn enablement(
        &self,
        py: Python<'_>,
        needed_on: Option<&Bound<'_, PyAny>>,
        reach: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Table> {
        let options = Options::new().set("needed_on", needed_on)?.set("reach", reach)?.unknown(unknown)?.document();
        self.asked(py, None, |review, _| {
            let options: EnablementOptions = read(&options, &[])?;
            review.enablement(options.reach, options.needed_on)
        })
    }

    /// What stands behind the numbers of one partner, down to the rows.
    ///
    /// Args:
    ///     partner_id: the partner. Required.
    ///     metric: the metric, scorecard or "scorecard.line": what stands behind it and behind the metrics that it is made
    ///         of. By default all of them.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     partner_id, scope, metric, kind ("row" of a table, another "metric", "handed_in"), part, table, id, at, value,
    ///     unit, detail.
    ///
    /// Raises:
    ///     ConfigError: the review has no such partner, or the programme no such metric.
    ///
    /// Example:
    ///     >>> review.facts("P-1", "deals").to_pandas()
    #[pyo3(
        signature = (partner_id=None, metric=None, *, progress=None, **unknown),
        text_signature = "($self, partner_id, metric=None, *, progress=None)",
    )]
    fn facts(
        &self,
        py: Python<'_>,
        partner_id: Option<&Bound<'_, PyAny>>,
        metric: Option<&Bound<'_, PyAny>>,
        progress: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Table> {
        let options = Options::new().set("partner_id", partner_id)?.set("metric", metric)?.unknown(unknown)?.document();
        self.asked(py, progress, |review, monitor| {
            let options: FactOptions = read(&options, PROGRESS)?;
            review.facts(&options.partner_id, options.metric.as_deref(), monitor)
        })
    }

    /// Everything about one partner: its standing and why, its metrics and scorecards with the facts behind each number, the
    /// way to the tiers above, and what it is about to lose.
    ///
    /// Args:
    ///     partner_id: the partner. Required.
    ///     costs: what a step of each metric costs: with it, each tier comes with the cheapest way to it.
    ///     facts: how many facts are shown behind each number, those that give most; 0: none. Default 20.
    ///
    /// Returns:
    ///     A dict: partner_id, track, previous, qualified, earned, standing, effective, recommendation, because, metrics,
    ///     scorecards, next_tiers, at_risk.
    ///
    /// Raises:
    ///     ConfigError: the review has no such partner; costs as for `actions`.
    ///
    /// Example:
    ///     >>> review.explain("P-1")["next_tiers"][0]["gaps"]
    #[pyo3(
        signature = (partner_id=None, costs=None, *, facts=None, **unknown),
        text_signature = "($self, partner_id, costs=None, *, facts=None)",
    )]
    fn explain<'py>(
        &self,
        py: Python<'py>,
        partner_id: Option<&Bound<'py, PyAny>>,
        costs: Option<&Bound<'py, PyAny>>,
        facts: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = Options::new()
            .set("partner_id", partner_id)?
            .set("costs", costs)?
            .set("facts", facts)?
            .unknown(unknown)?
            .document();
        let found = run(py, self.partners, None, |_| self.inner.explain(&read::<ExplainOptions>(&options, &[])?))?;
        to_python(py, &found)
    }

    /// Compares with the review of another programme or day: who moves between tiers, why, and what is at stake.
    ///
    /// Args:
    ///     other: the later review, or that of the changed programme.
    ///     stakes: a frame of partner_id and a number, such as revenue or credit.
    ///     stake: what is at stake: a column of `stakes` (default "stake"), or without it a metric of this programme.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     A `ProgramComparison`: movements, moves, flows.
    ///
    /// Raises:
    ///     ConfigError: an unknown metric.
    ///     DataError: stakes without their columns, or with something that is no number.
    ///
    /// Example:
    ///     >>> this_year.compare(next_year, stake="revenue").moves.to_pandas()
    #[pyo3(
        signature = (other, *, stakes=None, stake=None, progress=None, **unknown),
        text_signature = "($self, other, *, stakes=None, stake=None, progress=None)",
    )]
    fn compare<'py>(
        &self,
        other: &Bound<'py, PyAny>,
        stakes: Option<&Bound<'py, PyAny>>,
        stake: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let py = other.py();
        let other = &instance::<Self>(other, "other", "a ProgramReview")?.get().inner;
        let options = Options::new().set("stake", stake)?.unknown(unknown)?;
        let given = Given { previous: None, stakes, metrics: None, credit: None };
        backtest::compare_of(py, [&self.inner, other], &given, options, progress)
    }

    fn __len__(&self) -> usize {
        self.partners
    }

    fn __repr__(&self) -> String {
        let document = self.inner.program().document();
        let (partners, as_of) = (self.partners, self.inner.as_of());
        format!("ProgramReview({:?}, version {:?}, {as_of}: {partners} partners)", document.program, document.version)
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        Ok(crate::table::html(self.decisions(py)?.inner()))
    }

    fn __reduce__<'py>(&self, py: Python<'py>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let bytes = py.detach(|| self.inner.to_bytes());
        let rebuild = py.import("cosell._cosell")?.getattr("_program_review_from_bytes")?;
        Ok((rebuild, (PyBytes::new(py, &bytes),)))
    }

    fn __copy__(&self) -> Self {
        self.clone()
    }

    fn __deepcopy__(&self, _memo: &Bound<'_, PyAny>) -> Self {
        self.clone()
    }
}

/// A review from the bytes that pickling wrote.
#[pyfunction]
pub fn _program_review_from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<ProgramReview> {
    checked(py, py.detach(|| caught(|| Inner::from_bytes(data)))).map(ProgramReview::new)
}
