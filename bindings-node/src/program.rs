//! Partner programmes: one partner decided at once, or all of them reviewed off the event loop.

use std::sync::Arc;

use cosell::document::{Format, from_text, value_from_text};
use cosell::tiering::{
    ActionOptions, BenefitOptions, EconomicsOptions, EnablementOptions, ExplainOptions, FactOptions, GapOptions,
    Program, ProgramReview, ProgramReviewOptions, SegmentOptions,
};
use cosell::{Code, Error};
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use serde_json::Value;

use crate::ecosystem::NativeEcosystem;
use crate::errors::guard;
use crate::output::{NativeTable, NativeTables};
use crate::partners::ProgramInputs;
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
        let (eco, read) = (eco.map(|eco| eco.inner.clone()), inputs.read());
        start(move || {
            let options: ProgramReviewOptions = from_text(&options)?;
            let review = read()?.with(|tables| match &eco {
                Some(eco) => program.review(eco, &tables.beside, &options, &monitor),
                None => program.review_frame(&tables.partners, tables.beside.beside_frame()?, &options, &monitor),
            })?;
            Ok(NativeProgramReview { inner: Arc::new(review) })
        })
    }
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
