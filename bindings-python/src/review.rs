//! The partner review, and the measurements that it is made of.
//!
//! The small results are dataclasses of `cosell.results`; the review itself stays with core, which renders it.

use std::sync::Arc;

use cosell::attribution::{
    InferredInfluenceOptions, InvolvementOptions, JourneysOptions, PipelineOptions, RopiOptions,
};
use cosell::document::from_value;
use cosell::review::{
    Confidence, InferredInfluence, Involvement, ModelResult, Pipeline, Review as Inner, ReviewConfig, Ropi, TierReview,
};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple};
use serde_json::Value;

use crate::credit::Credit;
use crate::ecosystem::{Ecosystem, rows};
use crate::error::{checked, instance, unsupported};
use crate::journeys::Journeys;
use crate::partners::{Beside, Given};
use crate::run::{LARGE, run};
use crate::table::Table;
use crate::value::{Options, PROGRESS, read, refuse, to_python, to_value};
use crate::words::own_words;

/// Everything that a partner review found; `str(review)` is the report as text.
///
/// Example:
///     >>> review = cosell.review(eco, as_of="2026-11-20")
///     >>> print(review)
#[pyclass(frozen, module = "cosell")]
#[derive(Clone)]
pub struct Review {
    inner: Arc<Inner>,
}

/// A dataclass of `cosell.results`.
pub fn result<'py>(
    py: Python<'py>,
    class: &str,
    fields: impl IntoIterator<Item = Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let fields: Vec<_> = fields.into_iter().collect();
    py.import("cosell.results")?.getattr(class)?.call1(PyTuple::new(py, fields)?)
}

/// A table of a result.
pub fn table<'py>(py: Python<'py>, table: &cosell::table::Table) -> PyResult<Bound<'py, PyAny>> {
    Ok(Bound::new(py, Table::new(table.clone()))?.into_any())
}

fn confidence<'py>(py: Python<'py>, c: &Confidence) -> PyResult<Bound<'py, PyAny>> {
    let tables = [&c.partners, &c.models, &c.pairs, &c.agreement, &c.reasons];
    let tables = tables.into_iter().map(|t| table(py, t)).collect::<PyResult<Vec<_>>>()?;
    result(py, "Confidence", tables.into_iter().chain([to_python(py, &c.diagnostics)?]))
}

fn involvement<'py>(py: Python<'py>, i: &Involvement) -> PyResult<Bound<'py, PyAny>> {
    result(py, "Involvement", [table(py, &i.partners)?, table(py, &i.buckets)?, table(py, &i.metrics)?])
}

fn pipeline<'py>(py: Python<'py>, p: &Pipeline) -> PyResult<Bound<'py, PyAny>> {
    result(py, "Pipeline", [table(py, &p.partners)?, table(py, &p.metrics)?])
}

fn inferred_influence<'py>(py: Python<'py>, i: &InferredInfluence) -> PyResult<Bound<'py, PyAny>> {
    let tables = [table(py, &i.partners)?, table(py, &i.deals)?, table(py, &i.metrics)?];
    result(py, "InferredInfluence", tables.into_iter().chain([to_python(py, &i.diagnostics)?]))
}

fn ropi<'py>(py: Python<'py>, r: &Ropi) -> PyResult<Bound<'py, PyAny>> {
    result(py, "Ropi", [table(py, &r.partners)?, table(py, &r.total)?, table(py, &r.metrics)?])
}

fn tiers<'py>(py: Python<'py>, t: &TierReview) -> PyResult<Bound<'py, PyAny>> {
    let tables = t.tables().into_iter().map(|(_, t)| table(py, t)).collect::<PyResult<Vec<_>>>()?;
    result(py, "TierReview", tables.into_iter().chain([to_python(py, &t.diagnostics)?]))
}

fn model<'py>(py: Python<'py>, m: &ModelResult) -> PyResult<Bound<'py, PyAny>> {
    let label = m.label.as_str().into_pyobject(py)?.into_any();
    let (model, diagnostics) = (to_python(py, &m.model)?, to_python(py, &m.diagnostics)?);
    result(py, "ModelResult", [label, model, table(py, &m.totals)?, diagnostics])
}

#[pymethods]
impl Review {
    /// The day that the review looks from; None for aggregated paths.
    #[getter]
    fn as_of<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let date = self.inner.as_of.map_or(cosell::table::ValueRef::Null, cosell::table::ValueRef::Date);
        crate::table::object(py, &date, false)
    }

    /// The currency of every amount; None for plain numbers.
    #[getter]
    fn currency(&self) -> Option<&'static str> {
        self.inner.currency.map(cosell::money::Currency::code)
    }

    /// The config that was used, with every default filled in.
    #[getter]
    fn config<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.inner.config)
    }

    /// What was read: table, rows, rejected, findings.
    #[getter]
    fn coverage(&self) -> Table {
        Table::new(self.inner.coverage.clone())
    }

    /// The figures of the first screen: metric, value, numerator, denominator, n, low, high, unit, convention, note, and what
    /// of them are amounts exactly: value_amount, numerator_amount, denominator_amount.
    #[getter]
    fn headline(&self) -> Table {
        Table::new(self.inner.headline.clone())
    }

    /// Credit per channel under each model side by side.
    #[getter]
    fn credit(&self) -> Table {
        Table::new(self.inner.credit.clone())
    }

    /// Each model's own result, in the order of the config.
    #[getter]
    fn models<'py>(&self, py: Python<'py>) -> PyResult<Vec<Bound<'py, PyAny>>> {
        self.inner.models.iter().map(|m| model(py, m)).collect()
    }

    /// How sure the credit is; None where the review has none.
    #[getter]
    fn confidence<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.inner.confidence.as_ref().map(|c| confidence(py, c)).transpose()
    }

    /// Sourced and influenced revenue; None where the review has none.
    #[getter]
    fn involvement<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.inner.involvement.as_ref().map(|i| involvement(py, i)).transpose()
    }

    /// Open pipeline; None where the review has none.
    #[getter]
    fn pipeline<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.inner.pipeline.as_ref().map(|p| pipeline(py, p)).transpose()
    }

    /// What is expected of open deals beside what was won: channel, name, won_value, expected_value, expected_deals; empty
    /// where the config gives no chances.
    #[getter]
    fn expected(&self) -> Table {
        Table::new(self.inner.expected.clone())
    }

    /// Partners to ask about, never credit; None where the review has none.
    #[getter]
    fn inferred_influence<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.inner.inferred_influence.as_ref().map(|i| inferred_influence(py, i)).transpose()
    }

    /// Return on partner investment; None where the review has none.
    #[getter]
    fn ropi<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.inner.ropi.as_ref().map(|r| ropi(py, r)).transpose()
    }

    /// Tiers of the partner programme that the config holds; None where the review has none.
    #[getter]
    fn tiers<'py>(&self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyAny>>> {
        self.inner.tiers.as_ref().map(|t| tiers(py, t)).transpose()
    }

    /// The rows that could not be used.
    #[getter]
    fn rejected(&self) -> Table {
        Table::new(self.inner.rejected.clone())
    }

    /// What is implausible but usable.
    #[getter]
    fn findings(&self) -> Table {
        Table::new(self.inner.findings.clone())
    }

    /// What was not computed, and why: part, code, message.
    #[getter]
    fn notes(&self) -> Table {
        Table::new(self.inner.notes.clone())
    }

    /// The review as one document of dicts and lists: every table as rows, money in major units.
    ///
    /// Example:
    ///     >>> json.dumps(review.to_dict())
    fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.inner.to_json())
    }

    fn __repr__(&self) -> String {
        let as_of = self.inner.as_of.map_or_else(String::new, |d| format!("as_of={d}, "));
        let models: Vec<&str> = self.inner.models.iter().map(|m| m.label.as_str()).collect();
        format!("Review({as_of}models=[{}])", models.join(", "))
    }

    fn __str__(&self) -> String {
        self.inner.to_string()
    }

    fn _repr_html_(&self) -> String {
        crate::table::html(&self.inner.headline)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyDict>,))> {
        let py = slf.py();
        Ok((py.import("cosell._cosell")?.getattr("_review_from_state")?, (slf.get().state(py)?,)))
    }

    fn __copy__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __deepcopy__<'py>(slf: Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        slf
    }
}

impl Review {
    /// What pickling writes: every table as bytes, every document as JSON text.
    fn state<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let review = &*self.inner;
        let bytes = |table: &cosell::table::Table| Table::new(table.clone()).bytes(py);
        let state = PyDict::new(py);
        state.set_item("as_of", review.as_of.map(|d| d.to_string()))?;
        state.set_item("currency", self.currency())?;
        state.set_item("config", review.config.to_string())?;
        for (name, table) in [
            ("coverage", &review.coverage),
            ("headline", &review.headline),
            ("credit", &review.credit),
            ("expected", &review.expected),
            ("rejected", &review.rejected),
            ("findings", &review.findings),
            ("notes", &review.notes),
        ] {
            state.set_item(name, bytes(table)?)?;
        }
        let models = review
            .models
            .iter()
            .map(|m| Ok((m.label.clone(), m.model.to_string(), bytes(&m.totals)?, m.diagnostics.to_string())));
        state.set_item("models", models.collect::<PyResult<Vec<_>>>()?)?;
        let tables = |tables: &[&cosell::table::Table]| tables.iter().map(|t| bytes(t)).collect::<PyResult<Vec<_>>>();
        let of = |c: &Confidence| {
            let tables = tables(&[&c.partners, &c.models, &c.pairs, &c.agreement, &c.reasons])?;
            Ok::<_, PyErr>((tables, c.diagnostics.to_string()))
        };
        state.set_item("confidence", review.confidence.as_ref().map(of).transpose()?)?;
        let of = |i: &Involvement| tables(&[&i.partners, &i.buckets, &i.metrics]);
        state.set_item("involvement", review.involvement.as_ref().map(of).transpose()?)?;
        let of = |p: &Pipeline| tables(&[&p.partners, &p.metrics]);
        state.set_item("pipeline", review.pipeline.as_ref().map(of).transpose()?)?;
        let of = |i: &InferredInfluence| {
            Ok::<_, PyErr>((tables(&[&i.partners, &i.deals, &i.metrics])?, i.diagnostics.to_string()))
        };
        state.set_item("inferred_influence", review.inferred_influence.as_ref().map(of).transpose()?)?;
        let of = |r: &Ropi| tables(&[&r.partners, &r.total, &r.metrics]);
        state.set_item("ropi", review.ropi.as_ref().map(of).transpose()?)?;
        let of = |t: &TierReview| Ok::<_, PyErr>((tables(&t.tables().map(|(_, t)| t))?, t.diagnostics.to_string()));
        state.set_item("tiers", review.tiers.as_ref().map(of).transpose()?)?;
        Ok(state)
    }
}

/// A review from the state that pickling wrote.
#[pyfunction]
pub fn _review_from_state(py: Python<'_>, state: &Bound<'_, PyDict>) -> PyResult<Review> {
    let part = |name: &str| -> PyResult<Bound<'_, PyAny>> {
        state.get_item(name)?.ok_or_else(|| crate::error::refused("this is not the state of a Review"))
    };
    let read = |bytes: &[u8]| checked(py, cosell_arrow::table_from_ipc(bytes));
    let one = |name: &str| read(part(name)?.cast::<PyBytes>()?.as_bytes());
    let several = |name: &str| -> PyResult<Option<Vec<cosell::table::Table>>> {
        let value = part(name)?;
        if value.is_none() {
            return Ok(None);
        }
        let bytes: Vec<Bound<'_, PyBytes>> = value.extract()?;
        bytes.iter().map(|b| read(b.as_bytes())).collect::<PyResult<_>>().map(Some)
    };
    let json = |text: &str| checked(py, cosell::document::value_from_text(text));
    let as_of: Option<String> = part("as_of")?.extract()?;
    let currency: Option<String> = part("currency")?.extract()?;
    let models: Vec<(String, String, Bound<'_, PyBytes>, String)> = part("models")?.extract()?;
    let models = models.into_iter().map(|(label, model, totals, diagnostics)| {
        let totals = read(totals.as_bytes())?;
        Ok(ModelResult { label, model: json(&model)?, totals, diagnostics: json(&diagnostics)? })
    });
    let diagnosed = |name: &str| {
        let value: Option<(Vec<Bound<'_, PyBytes>>, String)> = part(name)?.extract()?;
        let read = |(tables, diagnostics): (Vec<Bound<'_, PyBytes>>, String)| {
            let tables: Vec<_> = tables.iter().map(|b| read(b.as_bytes())).collect::<PyResult<_>>()?;
            Ok::<_, PyErr>((tables.into_iter(), json(&diagnostics)?))
        };
        value.map(read).transpose()
    };
    let next = |tables: &mut std::vec::IntoIter<cosell::table::Table>| tables.next().unwrap_or_default();
    let inner = Inner {
        as_of: as_of.and_then(|d| cosell::calendar::Date::parse(&d).ok()),
        currency: currency.map(|c| checked(py, cosell::money::Currency::parse(&c))).transpose()?,
        config: json(&part("config")?.extract::<String>()?)?,
        coverage: one("coverage")?,
        headline: one("headline")?,
        credit: one("credit")?,
        expected: one("expected")?,
        models: models.collect::<PyResult<_>>()?,
        confidence: diagnosed("confidence")?.map(|(mut t, diagnostics)| Confidence {
            partners: next(&mut t),
            models: next(&mut t),
            pairs: next(&mut t),
            agreement: next(&mut t),
            reasons: next(&mut t),
            diagnostics,
        }),
        involvement: several("involvement")?.map(Vec::into_iter).map(|mut t| Involvement {
            partners: next(&mut t),
            buckets: next(&mut t),
            metrics: next(&mut t),
        }),
        pipeline: several("pipeline")?
            .map(Vec::into_iter)
            .map(|mut t| Pipeline { partners: next(&mut t), metrics: next(&mut t) }),
        inferred_influence: diagnosed("inferred_influence")?.map(|(mut t, diagnostics)| InferredInfluence {
            partners: next(&mut t),
            deals: next(&mut t),
            metrics: next(&mut t),
            diagnostics,
        }),
        ropi: several("ropi")?.map(Vec::into_iter).map(|mut t| Ropi {
            partners: next(&mut t),
            total: next(&mut t),
            metrics: next(&mut t),
        }),
        tiers: diagnosed("tiers")?.map(|(mut t, diagnostics)| TierReview {
            distribution: next(&mut t),
            decisions: next(&mut t),
            reasons: next(&mut t),
            progress: next(&mut t),
            gaps: next(&mut t),
            actions: next(&mut t),
            movements: next(&mut t),
            rule_change: next(&mut t),
            at_risk: next(&mut t),
            findings: next(&mut t),
            lint: next(&mut t),
            metrics: next(&mut t),
            diagnostics,
        }),
        rejected: one("rejected")?,
        findings: one("findings")?,
        notes: one("notes")?,
    };
    Ok(Review { inner: Arc::new(inner) })
}

/// The partner review: every result of an ecosystem, or of journeys, in one object.
///
/// Args:
///     source: an Ecosystem, or Journeys.
///     as_of: the day that the review looks from; needed for an ecosystem.
///     config: what runs, and how, as a dict: parts, models, journeys, confidence, involvement, pipeline, expected,
///         inferred_influence, ropi, program, tiers.
///     previous: the decisions of earlier reviews of the programme in the config, one table below the other.
///     progress: called with a Progress now and then; what it raises cancels.
///
/// Returns:
///     The review; `str(review)` is the report as text, `cosell.report(review)` as a page.
///
/// Raises:
///     ConfigError: an option is wrong.
///     DataError: the data cannot support the review.
///
/// Example:
///     >>> review = cosell.review(eco, as_of="2026-11-20", config={"ropi": {"margin": 0.65}})
#[pyfunction]
#[pyo3(
    signature = (source, as_of=None, config=None, *, previous=None, progress=None, **unknown),
    text_signature = "(source, as_of=None, config=None, *, previous=None, progress=None)",
)]
pub fn review(
    py: Python<'_>,
    source: &Bound<'_, PyAny>,
    as_of: Option<&Bound<'_, PyAny>>,
    config: Option<&Bound<'_, PyAny>>,
    previous: Option<&Bound<'_, PyAny>>,
    progress: Option<&Bound<'_, PyAny>>,
    unknown: Option<&Bound<'_, PyDict>>,
) -> PyResult<Review> {
    refuse(py, unknown, &["source", "as_of", "config", "previous", "progress"])?;
    let mut beside = Beside::take(&Given { previous, stakes: None, metrics: None, credit: None })?;
    let mut document = config.map_or_else(|| Ok(Value::Object(serde_json::Map::new())), |c| to_value(c, "config"))?;
    if let (Some(as_of), Value::Object(fields)) = (as_of, &mut document) {
        fields.insert("as_of".to_owned(), to_value(as_of, "as_of")?);
    }
    let document = &document;
    let inner = if let Ok(eco) = source.cast::<Ecosystem>() {
        let eco = &eco.get().inner;
        run(py, rows(eco), progress, |monitor| {
            let config = from_value::<ReviewConfig>(document)?;
            beside.with(|inputs, _| cosell::review::review_with(eco, &config, inputs.previous, monitor))
        })?
    } else if let Ok(journeys) = source.cast::<Journeys>() {
        let journeys = &journeys.get().inner;
        run(py, journeys.touches(), progress, |monitor| {
            let config = from_value::<ReviewConfig>(document)?;
            beside.with(|inputs, _| cosell::review::review_journeys_with(journeys, &config, inputs.previous, monitor))
        })?
    } else {
        let kind = source.get_type().name()?;
        return Err(unsupported(py, "source", format!("source is of type {kind}; expected an Ecosystem or Journeys")));
    };
    Ok(Review { inner: Arc::new(inner) })
}

/// The review as one self-contained HTML page.
///
/// Args:
///     review: the review.
///     words: texts that take the place of the English ones, by code; `cosell.words()` has all of them.
///
/// Returns:
///     The page as text; write it with encoding="utf-8".
///
/// Raises:
///     ConfigError: words is no dict of texts.
///
/// Example:
///     >>> pathlib.Path("review.html").write_text(cosell.report(review), encoding="utf-8")
#[pyfunction]
#[pyo3(signature = (review, *, words=None, **unknown), text_signature = "(review, *, words=None)")]
pub fn report(
    py: Python<'_>,
    review: &Bound<'_, PyAny>,
    words: Option<&Bound<'_, PyAny>>,
    unknown: Option<&Bound<'_, PyDict>>,
) -> PyResult<String> {
    refuse(py, unknown, &["review", "words"])?;
    let inner = Arc::clone(&instance::<Review>(review, "review", "a Review, as cosell.review gives it")?.get().inner);
    let own = own_words(py, words)?;
    run(py, LARGE, None, move |_| {
        Ok(own.map_or_else(|| cosell::report::html(&inner), |own| cosell::report::html_with(&inner, &own)))
    })
}

/// Journeys of an ecosystem.
pub fn journeys_of(
    py: Python<'_>,
    eco: &Ecosystem,
    options: Options,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Journeys> {
    let options = options.document();
    run(py, rows(&eco.inner), progress, |monitor| {
        let options: JourneysOptions = read(&options, PROGRESS)?;
        eco.inner.journeys(&options, monitor).map(|inner| Journeys { inner })
    })
}

/// Involvement of partners in won revenue.
pub fn involvement_of<'py>(
    py: Python<'py>,
    eco: &Ecosystem,
    options: Options,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = options.document();
    let found = run(py, rows(&eco.inner), progress, |monitor| {
        eco.inner.involvement(&read::<InvolvementOptions>(&options, PROGRESS)?, monitor)
    })?;
    involvement(py, &found)
}

/// Open pipeline.
pub fn pipeline_of<'py>(
    py: Python<'py>,
    eco: &Ecosystem,
    options: Options,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = options.document();
    let found = run(py, rows(&eco.inner), progress, |monitor| {
        eco.inner.pipeline(&read::<PipelineOptions>(&options, PROGRESS)?, monitor)
    })?;
    pipeline(py, &found)
}

/// Partners to ask about.
pub fn inferred_influence_of<'py>(
    py: Python<'py>,
    eco: &Ecosystem,
    options: Options,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = options.document();
    let found = run(py, rows(&eco.inner), progress, |monitor| {
        eco.inner.inferred_influence(&read::<InferredInfluenceOptions>(&options, PROGRESS)?, monitor)
    })?;
    inferred_influence(py, &found)
}

/// Return on partner investment.
pub fn ropi_of<'py>(
    py: Python<'py>,
    eco: &Ecosystem,
    credit: &Credit,
    options: Options,
    progress: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let options = options.document();
    let found = run(py, rows(&eco.inner), progress, |monitor| {
        eco.inner.ropi(&credit.inner, &read::<RopiOptions>(&options, PROGRESS)?, monitor)
    })?;
    ropi(py, &found)
}
