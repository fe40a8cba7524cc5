//! Partner programmes: `cosell.Program`, which decides about one partner or reviews them all.

use std::path::PathBuf;

use cosell::document::Format;
use cosell::tiering::{BenefitOptions, EvaluateOptions, Program as Inner, ProgramReviewOptions};
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyDict, PyTuple};
use serde_json::{Value, to_value as to_json};

use crate::backtest;
use crate::error::{caught, checked, instance};
use crate::partners::{Beside, Given, Partners};
use crate::program_review::ProgramReview;
use crate::qualified::{Qualified, qualified_of};
use crate::run::run;
use crate::table::Table;
use crate::value::{Options, read, refuse, to_python, to_value};

/// A partner programme: a document of tiers, tracks, metrics, criteria and policy, checked and ready to run.
///
/// Args:
///     document: the programme as a dict.
///
/// Raises:
///     ConfigError: an unknown key or name, an impossible number; `field` is the path in the document.
///     DataError: metrics or criteria that form a circle, a date or currency that is none.
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
    pub inner: Inner,
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

    /// A programme from text.
    ///
    /// Args:
    ///     text: the document.
    ///     format: "json" (the default), "yaml" or "toml".
    ///
    /// Raises:
    ///     ConfigError: text that is not of the format, with line and column; whatever `Program` raises.
    ///
    /// Example:
    ///     >>> cosell.Program.from_text("program: s\nversion: '1'\ntiers: [{tier: gold, rank: 1}]", format="yaml").tiers
    ///     ['gold']
    #[staticmethod]
    #[pyo3(signature = (text, format=None, **unknown), text_signature = "(text, format=None)")]
    fn from_text(
        py: Python<'_>,
        text: &str,
        format: Option<&str>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        refuse(py, unknown, &["text", "format"])?;
        let read = || Inner::from_text(text, format.map(Format::named).transpose()?.unwrap_or_default());
        Ok(Self { inner: checked(py, caught(read))? })
    }

    /// A programme from a file.
    ///
    /// Args:
    ///     path: the file, in UTF-8.
    ///     format: "json", "yaml" or "toml"; by default as the end of its name says.
    ///
    /// Raises:
    ///     OSError: the file cannot be read.
    ///     ConfigError: a format that is not known; whatever `Program.from_text` raises.
    ///
    /// Example:
    ///     >>> program = cosell.Program.from_file("examples/programs/services.json")
    #[staticmethod]
    #[pyo3(signature = (path, format=None, **unknown), text_signature = "(path, format=None)")]
    fn from_file(path: &Bound<'_, PyAny>, format: Option<&str>, unknown: Option<&Bound<'_, PyDict>>) -> PyResult<Self> {
        let py = path.py();
        refuse(py, unknown, &["path", "format"])?;
        let name: PathBuf = path.extract()?;
        let named = || format.map_or_else(|| Format::of_file(&name.to_string_lossy()), Format::named);
        let format = checked(py, caught(named))?;
        // Python's own, because its errors name the file.
        let file = py.import("io")?.call_method1("open", (path, "rb"))?;
        let bytes = file.call_method0("read");
        file.call_method0("close")?;
        let bytes: PyBackedBytes = bytes?.extract()?;
        Ok(Self { inner: checked(py, caught(|| Inner::from_bytes(&bytes, format)))? })
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
    ///     gaps: the tiers whose gaps are given: "next" (the default), or "every" one above.
    ///     costs: what a step of each metric costs, such as {"deals": {"cost": 900}}: with it, each tier comes with the
    ///         cheapest way to it.
    ///
    /// Returns:
    ///     A dict: track, score, qualified, earned, previous, effective, recommendation, because, next_tiers (each with its
    ///     gaps) and what a later decision needs to know.
    ///
    /// Raises:
    ///     ConfigError: an option is missing or wrong, or a metric unknown.
    ///     DataError: a metric is missing or no number, or a previous decision cannot be used.
    ///
    /// Example:
    ///     >>> program.evaluate({"deals": 7}, as_of="2026-11-20")["recommendation"]
    ///     'promote'
    #[pyo3(
        signature = (metrics, as_of=None, *, partner_id=None, attributes=None, previous=None, cutoffs=None, gaps=None,
            costs=None, **unknown),
        text_signature = "($self, metrics, as_of, *, partner_id=None, attributes=None, previous=None, cutoffs=None, \
            gaps=None, costs=None)",
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
        gaps: Option<&Bound<'py, PyAny>>,
        costs: Option<&Bound<'py, PyAny>>,
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
            .set("gaps", gaps)?
            .set("costs", costs)?
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
    ///     partners: an Ecosystem, whose facts the metrics are measured from; or a frame with one row for each partner (and
    ///         scope): partner_id, the metrics that are not made of others, and the attributes that criteria name; `tier`,
    ///         `track`, `enrolled_on` and `tier_since` where known.
    ///     as_of: the day that is decided about. Required.
    ///     previous: the decisions of an earlier review, or of many, one table after the other.
    ///     metrics: a frame of ready metrics beside an Ecosystem: partner_id, perhaps the scope, and a column for each.
    ///     credit: credit by the names that metrics give it, beside an Ecosystem: {"influence": credit}.
    ///     forecast_months: how many months ahead losses are looked for, where facts are at hand. Default 6.
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
        signature = (partners, as_of=None, *, previous=None, metrics=None, credit=None, forecast_months=None,
            progress=None, **unknown),
        text_signature = "($self, partners, as_of, *, previous=None, metrics=None, credit=None, forecast_months=None, \
            progress=None)",
    )]
    #[allow(clippy::too_many_arguments)]
    fn review<'py>(
        &self,
        partners: &Bound<'py, PyAny>,
        as_of: Option<&Bound<'py, PyAny>>,
        previous: Option<&Bound<'py, PyAny>>,
        metrics: Option<&Bound<'py, PyAny>>,
        credit: Option<&Bound<'py, PyAny>>,
        forecast_months: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<ProgramReview> {
        let py = partners.py();
        let options =
            Options::new().set("as_of", as_of)?.set("forecast_months", forecast_months)?.unknown(unknown)?.document();
        let given = Given { previous, stakes: None, metrics, credit };
        let (mut partners, mut beside) = (Partners::take(partners)?, Beside::take(&given)?);
        let inner = run(py, partners.rows(), progress, |monitor| {
            let options: ProgramReviewOptions =
                read(&options, &["partners", "previous", "metrics", "credit", "progress"])?;
            beside.with(|inputs, _| match &mut partners {
                Partners::Facts(eco) => self.inner.review(&eco.inner, inputs, &options, monitor),
                Partners::Frame(frame) => {
                    let frame = frame.raw().map_err(|e| e.within("partners"))?;
                    self.inner.review_frame(&frame, inputs.beside_frame()?, &options, monitor)
                }
            })
        })?;
        Ok(ProgramReview::new(inner))
    }

    /// What a tier is entitled to on a day. A benefit is granted to the tiers that it lists and to no others: none is
    /// inherited from the tiers below.
    ///
    /// Args:
    ///     tier: the tier. Required.
    ///     track: the track; by default what every track is entitled to.
    ///     as_of: the day. Required.
    ///
    /// Returns:
    ///     benefit, name, value (as text), number (where it is one), worth (in a year), from, to.
    ///
    /// Raises:
    ///     ConfigError: the programme has no such tier or track; the day is missing or outside of the version's time.
    ///
    /// Example:
    ///     >>> program.benefits("gold", as_of="2026-11-20").to_pandas()
    #[pyo3(
        signature = (tier=None, *, track=None, as_of=None, **unknown),
        text_signature = "($self, tier, *, track=None, as_of)",
    )]
    fn benefits(
        &self,
        py: Python<'_>,
        tier: Option<&Bound<'_, PyAny>>,
        track: Option<&Bound<'_, PyAny>>,
        as_of: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Table> {
        let options =
            Options::new().set("tier", tier)?.set("track", track)?.set("as_of", as_of)?.unknown(unknown)?.document();
        run(py, 0, None, |_| self.inner.benefits(&read::<BenefitOptions>(&options, &[])?)).map(Table::new)
    }

    /// What each row of a frame qualifies for today: its tier and nothing that needs a past or a policy. The quick way where
    /// metrics are ready; `review` decides about partners.
    ///
    /// Args:
    ///     partners: a frame with a column for each metric that is not made of others, and for each attribute that criteria
    ///         name. Ids and scopes are only carried along: they may be missing, and each row is judged by itself.
    ///     as_of: the day. Required where the programme keeps partners in their track for some months.
    ///     cutoffs: the cut-offs of populations, as dicts: `review.cutoffs.to_dicts()`. By default those of the frame.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     A `Qualified`: tiers, codes, tracks, track_codes, scores; table, counts, gaps.
    ///
    /// Raises:
    ///     ConfigError: an option is missing or wrong.
    ///     DataError: a metric or attribute is missing, or a value cannot be used.
    ///
    /// Example:
    ///     >>> program.qualify({"deals": [3, 8]}).counts.to_dicts()
    #[pyo3(
        signature = (partners, *, as_of=None, cutoffs=None, progress=None, **unknown),
        text_signature = "($self, partners, *, as_of=None, cutoffs=None, progress=None)",
    )]
    fn qualify<'py>(
        &self,
        partners: &Bound<'py, PyAny>,
        as_of: Option<&Bound<'py, PyAny>>,
        cutoffs: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Qualified> {
        let options = Options::new().set("as_of", as_of)?.set("cutoffs", cutoffs)?.unknown(unknown)?;
        qualified_of(&self.inner, partners, options, progress)
    }

    /// What the document allows and makes no sense, proven or shown by an example.
    ///
    /// Returns:
    ///     A table of findings: where, what and why.
    ///
    /// Example:
    ///     >>> program.lint().to_dicts()
    fn lint(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, 0, None, |_| Ok(self.inner.lint())).map(Table::new)
    }

    /// What is different in another version of the programme.
    ///
    /// Args:
    ///     other: the other programme.
    ///
    /// Returns:
    ///     A table of differences, in the order of the document.
    ///
    /// Example:
    ///     >>> program.diff(next_year).to_pandas()
    fn diff(&self, py: Python<'_>, other: &Bound<'_, PyAny>) -> PyResult<Table> {
        let other = &instance::<Self>(other, "other", "a Program")?.get().inner;
        run(py, 0, None, |_| Ok(self.inner.diff(other))).map(Table::new)
    }

    /// Whether more of a good metric can never lower the tier that a partner qualifies for.
    #[getter]
    fn is_monotone(&self) -> bool {
        self.inner.is_monotone()
    }

    /// Reviews the partners of many days, each review knowing the decisions of those before it.
    ///
    /// Args:
    ///     partners: an Ecosystem, reviewed from what was known on each of the `days`; or pairs of a day and a frame as in
    ///         `review`, the earliest day first.
    ///     days: the days of an Ecosystem, the earliest first.
    ///     monthly: {"from": ..., "to": ...} in place of `days`: a day and the same day of each month after it; from the 31st
    ///         on, the ends of months.
    ///     forecast_months: how many months ahead losses are looked for on each day of an Ecosystem. Default 0.
    ///     previous: decisions from before.
    ///     credit: credit by the names that metrics give it, beside an Ecosystem.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     A `ProgramReplay`: reviews, decisions, flows.
    ///
    /// Raises:
    ///     ConfigError: no days, or days that are not in ascending order; whatever `review` raises.
    ///     DataError: as for `review`.
    ///
    /// Example:
    ///     >>> year = program.replay(eco, monthly={"from": "2026-01-31", "to": "2026-12-31"})
    ///     >>> program.replay([("2026-10-31", october), ("2026-11-30", november)]).flows.to_pandas()
    #[pyo3(
        signature = (partners, *, days=None, monthly=None, forecast_months=None, previous=None, credit=None,
            progress=None, **unknown),
        text_signature = "($self, partners, *, days=None, monthly=None, forecast_months=None, previous=None, \
            credit=None, progress=None)",
    )]
    #[allow(clippy::too_many_arguments)]
    fn replay<'py>(
        &self,
        partners: &Bound<'py, PyAny>,
        days: Option<&Bound<'py, PyAny>>,
        monthly: Option<&Bound<'py, PyAny>>,
        forecast_months: Option<&Bound<'py, PyAny>>,
        previous: Option<&Bound<'py, PyAny>>,
        credit: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let options = Options::new()
            .set("days", days)?
            .set("monthly", monthly)?
            .set("forecast_months", forecast_months)?
            .unknown(unknown)?;
        let given = Given { previous, stakes: None, metrics: None, credit };
        backtest::replay_of(&self.inner, partners, &given, options, progress)
    }

    /// Tries another version on the same partners and days: both are replayed, and compared on every day.
    ///
    /// Args:
    ///     other: the other version; both are taken to hold on all of these days.
    ///     partners: as for `replay`.
    ///     days: as for `replay`.
    ///     monthly: as for `replay`.
    ///     stake: what else is at stake: a column of `stakes`, or without it a metric of this programme.
    ///     stake_credit: the name of the credit at stake, where several are given.
    ///     previous: decisions from before, for both.
    ///     stakes: a frame of partner_id and a number.
    ///     credit: credit by the names that metrics give it, beside an Ecosystem; it is at stake, too.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     A `ProgramBacktest`: before, after, movements, moves, criteria, flows; of an Ecosystem with the revenue won in the
    ///     last twelve months and the credit for it.
    ///
    /// Raises:
    ///     ConfigError: an option is missing or wrong; whatever `replay` raises.
    ///     DataError: as for `replay`; stakes without their columns.
    ///
    /// Example:
    ///     >>> tried = program.backtest(next_year, eco, monthly={"from": "2026-01-31", "to": "2026-12-31"})
    ///     >>> tried.criteria.to_pandas()
    #[pyo3(
        signature = (other, partners, *, days=None, monthly=None, stake=None, stake_credit=None, previous=None,
            stakes=None, credit=None, progress=None, **unknown),
        text_signature = "($self, other, partners, *, days=None, monthly=None, stake=None, stake_credit=None, \
            previous=None, stakes=None, credit=None, progress=None)",
    )]
    #[allow(clippy::too_many_arguments)]
    fn backtest<'py>(
        &self,
        other: &Bound<'py, PyAny>,
        partners: &Bound<'py, PyAny>,
        days: Option<&Bound<'py, PyAny>>,
        monthly: Option<&Bound<'py, PyAny>>,
        stake: Option<&Bound<'py, PyAny>>,
        stake_credit: Option<&Bound<'py, PyAny>>,
        previous: Option<&Bound<'py, PyAny>>,
        stakes: Option<&Bound<'py, PyAny>>,
        credit: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let other = &instance::<Self>(other, "other", "a Program")?.get().inner;
        let options = Options::new()
            .set("days", days)?
            .set("monthly", monthly)?
            .set("stake", stake)?
            .set("stake_credit", stake_credit)?
            .unknown(unknown)?;
        let given = Given { previous, stakes, metrics: None, credit };
        backtest::backtest_of([&self.inner, other], partners, &given, options, progress)
    }

    /// Lowers and raises every number that decides, and counts who would qualify for another tier.
    ///
    /// Args:
    ///     partners: an Ecosystem or a frame, as for `review`.
    ///     as_of: the day that is decided about. Required.
    ///     change: by which share of itself each number is changed, above 0 and below 1. Default 0.1.
    ///     stake: what is at stake: a column of `stakes`, or without it a metric; of an Ecosystem also "revenue", won in the last
    ///         twelve months, and "credit" for it.
    ///     previous: the decisions of an earlier review.
    ///     stakes: a frame of partner_id and a number, such as revenue.
    ///     metrics: a frame of ready metrics beside an Ecosystem, as for `review`.
    ///     credit: credit by the names that metrics give it, beside an Ecosystem.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     path, from, to, partners_up, partners_down, stake_up, stake_down, moved, note; the most moves first.
    ///
    /// Raises:
    ///     ConfigError: an option is missing or wrong.
    ///     DataError: as for `review`.
    ///
    /// Example:
    ///     >>> program.sensitivity(eco, "2026-11-20", change=0.2, stake="revenue").to_pandas()
    #[pyo3(
        signature = (partners, as_of=None, *, change=None, stake=None, previous=None, stakes=None, metrics=None,
            credit=None, progress=None, **unknown),
        text_signature = "($self, partners, as_of, *, change=None, stake=None, previous=None, stakes=None, \
            metrics=None, credit=None, progress=None)",
    )]
    #[allow(clippy::too_many_arguments)]
    fn sensitivity<'py>(
        &self,
        partners: &Bound<'py, PyAny>,
        as_of: Option<&Bound<'py, PyAny>>,
        change: Option<&Bound<'py, PyAny>>,
        stake: Option<&Bound<'py, PyAny>>,
        previous: Option<&Bound<'py, PyAny>>,
        stakes: Option<&Bound<'py, PyAny>>,
        metrics: Option<&Bound<'py, PyAny>>,
        credit: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Table> {
        let options =
            Options::new().set("as_of", as_of)?.set("change", change)?.set("stake", stake)?.unknown(unknown)?;
        let given = Given { previous, stakes, metrics, credit };
        backtest::sensitivity_of(&self.inner, partners, &given, options, progress)
    }

    /// The bound of a threshold that puts a wished share of the partners in a tier or above.
    ///
    /// Args:
    ///     partners: an Ecosystem or a frame, as for `review`.
    ///     as_of: the day that is decided about. Required.
    ///     threshold: its place in the document, such as "qualification.gold.threshold". Required.
    ///     shares: the wished shares, each above 0 and up to 1. Required.
    ///     tier: the tier that shares are of; by default that of the place.
    ///     previous: the decisions of an earlier review, for rules that look back.
    ///     metrics: a frame of ready metrics beside an Ecosystem, as for `review`.
    ///     credit: credit by the names that metrics give it, beside an Ecosystem.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     share, wished, threshold, partners, achieved, ties, without_them, next_threshold, otherwise, note.
    ///
    /// Raises:
    ///     ConfigError: an option is missing or wrong; a place that has no single bound.
    ///     DataError: as for `review`.
    ///
    /// Example:
    ///     >>> program.design(partners, "2026-11-20", threshold="qualification.gold.threshold", shares=[0.05, 0.2])
    #[pyo3(
        signature = (partners, as_of=None, *, threshold=None, shares=None, tier=None, previous=None, metrics=None,
            credit=None, progress=None, **unknown),
        text_signature = "($self, partners, as_of, *, threshold, shares, tier=None, previous=None, metrics=None, \
            credit=None, progress=None)",
    )]
    #[allow(clippy::too_many_arguments)]
    fn design<'py>(
        &self,
        partners: &Bound<'py, PyAny>,
        as_of: Option<&Bound<'py, PyAny>>,
        threshold: Option<&Bound<'py, PyAny>>,
        shares: Option<&Bound<'py, PyAny>>,
        tier: Option<&Bound<'py, PyAny>>,
        previous: Option<&Bound<'py, PyAny>>,
        metrics: Option<&Bound<'py, PyAny>>,
        credit: Option<&Bound<'py, PyAny>>,
        progress: Option<&Bound<'py, PyAny>>,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Table> {
        let options = Options::new()
            .set("as_of", as_of)?
            .set("threshold", threshold)?
            .set("shares", shares)?
            .set("tier", tier)?
            .unknown(unknown)?;
        let given = Given { previous, stakes: None, metrics, credit };
        backtest::design_of(&self.inner, partners, &given, options, progress)
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

/// A typed value as JSON.
pub fn json(value: &impl serde::Serialize) -> cosell::Result<Value> {
    to_json(value).map_err(cosell::Error::internal)
}

fn object(value: &Value) -> cosell::Result<&serde_json::Map<String, Value>> {
    value.as_object().ok_or_else(|| {
        cosell::Error::new(cosell::Code::InvalidOption, "metrics", "metrics is no dict; expected the metrics by name")
    })
}
