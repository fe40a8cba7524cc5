//! Partner programmes: one partner decided at once, or all of them reviewed off the event loop.

use std::sync::Arc;

use cosell::document::{Format, from_text, value_from_text};
use cosell::tiering::{
    ActionOptions, BenefitOptions, EconomicsOptions, EnablementOptions, ExplainOptions, FactOptions, GapOptions,
    Program, ProgramReview, ProgramReviewOptions, ReviewInputs, SegmentOptions,
};
use cosell::{Code, Error};
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use serde_json::Value;

use crate::credit::NativeCredit;
use crate::ecosystem::NativeEcosystem;
use crate::errors::guard;
use crate::input::{Held, Loaded, Source};
use crate::output::{NativeTable, NativeTables};
use crate::work::{Job, Monitor, start};

/// A programme, checked and ready to run.
#[napi]
#[derive(Debug, Clone)]
pub struct NativeProgram {
    pub(crate) inner: Program,
}

/// A programme from its document as JSON.
#[napi]
pub fn program_of(document: String) -> napi::Result<NativeProgram> {
    guard(|| Program::from_json(&document).map(|inner| NativeProgram { inner }))
}

/// A programme from text; without a format, JSON.
#[napi]
pub fn program_of_text(text: String, format: Option<String>) -> napi::Result<NativeProgram> {
    guard(|| {
        let format = format.as_deref().map(Format::named).transpose()?.unwrap_or_default();
        Program::from_text(&text, format).map(|inner| NativeProgram { inner })
    })
}

/// A programme from the bytes of a file; without a format, that which its name ends in.
#[napi]
pub fn program_of_file(name: String, bytes: &[u8], format: Option<String>) -> napi::Result<NativeProgram> {
    guard(|| {
        let format = format.as_deref().map_or_else(|| Format::of_file(&name), Format::named)?;
        Program::from_bytes(bytes, format).map(|inner| NativeProgram { inner })
    })
}

/// What a review takes beside facts or a frame.
#[napi]
#[derive(Debug, Default)]
pub struct ProgramInputs {
    frame: Option<Held>,
    previous: Option<Held>,
    metrics: Option<Held>,
    credit: Vec<(String, cosell::attribution::Credit)>,
}

#[napi]
impl ProgramInputs {
    /// Nothing yet.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `partners`, `previous` or `metrics`.
    #[napi]
    pub fn add(&mut self, name: String, source: &mut Source) {
        let held = Some(source.take());
        match name.as_str() {
            "partners" => self.frame = held,
            "previous" => self.previous = held,
            _ => self.metrics = held,
        }
    }

    /// Adds credit under the name that metrics give it.
    #[napi]
    pub fn add_credit(&mut self, name: String, credit: &NativeCredit) {
        self.credit.push((name, credit.inner.clone()));
    }
}

#[napi]
impl NativeProgram {
    /// The document, with every default filled in, as JSON.
    #[napi]
    pub fn document(&self) -> napi::Result<String> {
        guard(|| json(self.inner.document()))
    }

    /// The tiers, the lowest first.
    #[napi]
    pub fn tiers(&self) -> Vec<String> {
        self.inner.tier_names().into_iter().map(str::to_owned).collect()
    }

    /// What a tier is entitled to on a day.
    #[napi]
    pub fn benefits(&self, options: String) -> napi::Result<NativeTable> {
        guard(|| self.inner.benefits(&from_text::<BenefitOptions>(&options)?).map(NativeTable::from))
    }

    /// What the document allows and makes no sense.
    #[napi]
    pub fn lint(&self) -> napi::Result<NativeTable> {
        guard(|| Ok(NativeTable::from(self.inner.lint())))
    }

    /// What is different in another version.
    #[napi]
    pub fn diff(&self, other: &NativeProgram) -> napi::Result<NativeTable> {
        guard(|| Ok(NativeTable::from(self.inner.diff(&other.inner))))
    }

    /// The decision about one partner, as JSON.
    #[napi]
    pub fn evaluate(&self, metrics: String, options: String) -> napi::Result<String> {
        guard(|| {
            let Value::Object(metrics) = value_from_text(&metrics)? else {
                let message = "metrics is no object; expected the metrics by name";
                return Err(Error::new(Code::InvalidOption, "metrics", message));
            };
            json(&self.inner.evaluate(&metrics, &from_text(&options)?)?)
        })
    }

    /// A review of the partners of an ecosystem, or of those of a frame where there is none.
    #[napi]
    pub fn review(
        &self,
        eco: Option<&NativeEcosystem>,
        inputs: &mut ProgramInputs,
        options: String,
        monitor: &Monitor,
    ) -> AsyncTask<Job<NativeProgramReview>> {
        let (program, monitor) = (self.inner.clone(), monitor.inner.clone());
        let (eco, inputs) = (eco.map(|eco| eco.inner.clone()), std::mem::take(inputs));
        start(move || {
            let options: ProgramReviewOptions = from_text(&options)?;
            let load = |held: Option<Held>| held.map(Held::load).transpose();
            let (mut frame, mut previous, mut metrics) =
                (load(inputs.frame)?, load(inputs.previous)?, load(inputs.metrics)?);
            let previous = raw(&mut previous, "previous")?;
            let metrics = raw(&mut metrics, "metrics")?;
            let credit = inputs.credit.iter().map(|(name, credit)| (name.clone(), credit)).collect();
            let given = ReviewInputs { previous: previous.as_ref(), metrics: metrics.as_ref(), credit };
            let review = if let Some(eco) = &eco {
                program.review(eco, &given, &options, &monitor)?
            } else {
                let frame = raw(&mut frame, "partners")?.unwrap_or_default();
                program.review_frame(&frame, given.beside_frame()?, &options, &monitor)?
            };
            Ok(NativeProgramReview { inner: Arc::new(review) })
        })
    }
}

pub(crate) fn raw<'a>(
    loaded: &'a mut Option<Loaded>,
    name: &str,
) -> cosell::Result<Option<cosell::table::RawTable<'a>>> {
    loaded.as_mut().map(Loaded::table).transpose().map_err(|e| e.within(name))
}

fn json(value: &impl serde::Serialize) -> cosell::Result<String> {
    serde_json::to_string(value).map_err(Error::internal)
}

/// A review of all partners on a day.
#[napi]
#[derive(Debug, Clone)]
pub struct NativeProgramReview {
    pub(crate) inner: Arc<ProgramReview>,
}

#[napi]
impl NativeProgramReview {
    /// The programme that was reviewed.
    #[napi]
    pub fn program(&self) -> NativeProgram {
        NativeProgram { inner: self.inner.program().clone() }
    }

    /// The day that was decided about.
    #[napi(getter)]
    pub fn as_of(&self) -> String {
        self.inner.as_of().to_string()
    }

    /// How many partners.
    #[napi(getter)]
    pub fn length(&self) -> f64 {
        self.inner.partners() as f64
    }

    /// A table that needs no options.
    #[napi]
    pub fn table(&self, name: String) -> napi::Result<NativeTable> {
        let review = &self.inner;
        guard(|| match name.as_str() {
            "decisions" => review.decisions(),
            "reasons" => Ok(review.reasons()),
            "scorecards" => Ok(review.scorecards()),
            "metrics" => Ok(review.metrics()),
            "cutoffs" => Ok(review.cutoffs()),
            "benefits" => review.benefits(),
            "forecast" => Ok(review.forecast()),
            "findings" => Ok(review.findings()),
            other => Err(Error::internal(format!("a review has no table {other:?}"))),
        })
        .map(NativeTable::from)
    }

    /// A table that options ask for.
    #[napi]
    pub fn ask(&self, name: String, options: String, monitor: &Monitor) -> AsyncTask<Job<NativeTable>> {
        let (review, monitor) = (self.inner.clone(), monitor.inner.clone());
        start(move || {
            let table = match name.as_str() {
                "gaps" => review.gaps(from_text::<GapOptions>(&options)?.reach),
                "progress" => review.progress(from_text::<GapOptions>(&options)?.reach),
                "actions" => review.actions(&from_text::<ActionOptions>(&options)?.costs, &monitor),
                "out_of_reach" => review.out_of_reach(&from_text::<ActionOptions>(&options)?.costs, &monitor),
                "segments" => review.segments(&from_text::<SegmentOptions>(&options)?),
                "enablement" => {
                    let options: EnablementOptions = from_text(&options)?;
                    review.enablement(options.reach, options.needed_on)
                }
                "facts" => {
                    let options: FactOptions = from_text(&options)?;
                    review.facts(&options.partner_id, options.metric.as_deref(), &monitor)
                }
                other => Err(Error::internal(format!("a review makes no table {other:?}"))),
            };
            table.map(NativeTable::from)
        })
    }

    /// Whether climbing pays: climbs and tiers.
    #[napi]
    pub fn economics(&self, options: String, monitor: &Monitor) -> AsyncTask<Job<NativeTables>> {
        let (review, monitor) = (self.inner.clone(), monitor.inner.clone());
        start(move || {
            let options: EconomicsOptions = from_text(&options)?;
            let found = review.economics(&options.costs, options.horizon_months, &monitor)?;
            Ok([("climbs", found.climbs), ("tiers", found.tiers)].into_iter().collect())
        })
    }

    /// Everything about one partner, as JSON.
    #[napi]
    pub fn explain(&self, options: String) -> napi::Result<String> {
        guard(|| json(&self.inner.explain(&from_text::<ExplainOptions>(&options)?)?))
    }
}
