//! The review: every result of an ecosystem in one object.

use std::sync::Arc;

use cosell::document::from_text;
use cosell::money::Currency;
use cosell::report;
use cosell::review::{self, Review};
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use serde_json::json;

use crate::ecosystem::NativeEcosystem;
use crate::errors::guard;
use crate::journeys::NativeJourneys;
use crate::output::{NativeTable, NativeTables};
use crate::partners::ProgramInputs;
use crate::programme::{
    confidence_tables, inferred_influence_tables, involvement_tables, pipeline_tables, ropi_tables, tier_tables,
};
use crate::words::own_words;
use crate::work::{Job, Monitor, start};

#[napi]
impl NativeEcosystem {
    /// The partner review of the ecosystem.
    #[napi]
    pub fn review(
        &self,
        config: String,
        inputs: &mut ProgramInputs,
        monitor: &Monitor,
    ) -> AsyncTask<Job<NativeReview>> {
        let (eco, read, monitor) = (self.inner.clone(), inputs.read(), monitor.inner.clone());
        start(move || {
            let config = from_text(&config)?;
            let found = read()?.with(|tables| review::review_with(&eco, &config, tables.beside.previous, &monitor))?;
            Ok(NativeReview::from(found))
        })
    }
}

#[napi]
impl NativeJourneys {
    /// The review of journeys alone.
    #[napi]
    pub fn review(
        &self,
        config: String,
        inputs: &mut ProgramInputs,
        monitor: &Monitor,
    ) -> AsyncTask<Job<NativeReview>> {
        let (journeys, read, monitor) = (self.inner.clone(), inputs.read(), monitor.inner.clone());
        start(move || {
            let config = from_text(&config)?;
            let found = read()?
                .with(|tables| review::review_journeys_with(&journeys, &config, tables.beside.previous, &monitor))?;
            Ok(NativeReview::from(found))
        })
    }
}

/// Everything that a partner review found.
#[napi]
#[derive(Debug, Clone)]
pub struct NativeReview {
    inner: Arc<Review>,
}

impl From<Review> for NativeReview {
    fn from(review: Review) -> Self {
        Self { inner: Arc::new(review) }
    }
}

#[napi]
impl NativeReview {
    /// `as_of`, `currency`, `config`, and of each model its label, document and diagnostics, as JSON.
    #[napi]
    pub fn facts(&self) -> String {
        let review = &self.inner;
        let models =
            review.models.iter().map(|m| json!({"label": m.label, "model": m.model, "diagnostics": m.diagnostics}));
        json!({
            "as_of": review.as_of.map(|d| d.to_string()),
            "currency": review.currency.map(Currency::code),
            "config": review.config,
            "models": models.collect::<Vec<_>>(),
        })
        .to_string()
    }

    /// A table by its name.
    #[napi]
    pub fn table(&self, name: String) -> Option<NativeTable> {
        let review = &self.inner;
        let table = match name.as_str() {
            "coverage" => &review.coverage,
            "headline" => &review.headline,
            "credit" => &review.credit,
            "expected" => &review.expected,
            "rejected" => &review.rejected,
            "findings" => &review.findings,
            "notes" => &review.notes,
            _ => return None,
        };
        Some(table.into())
    }

    /// The tables of a part (`confidence`, `involvement`, `pipeline`, `inferred_influence`, `ropi`, `tiers`), where the review has it.
    #[napi]
    pub fn part(&self, name: String) -> Option<NativeTables> {
        let review = &self.inner;
        match name.as_str() {
            "confidence" => review.confidence.clone().map(confidence_tables),
            "involvement" => review.involvement.clone().map(involvement_tables),
            "pipeline" => review.pipeline.clone().map(pipeline_tables),
            "inferred_influence" => review.inferred_influence.clone().map(inferred_influence_tables),
            "ropi" => review.ropi.clone().map(ropi_tables),
            "tiers" => review.tiers.as_ref().map(tier_tables),
            _ => None,
        }
    }

    /// The totals of a model.
    #[napi]
    pub fn totals(&self, index: u32) -> Option<NativeTable> {
        self.inner.models.get(index as usize).map(|m| NativeTable::from(&m.totals))
    }

    /// The review as text.
    #[napi]
    pub fn to_text(&self) -> napi::Result<String> {
        guard(|| Ok(self.inner.to_string()))
    }

    /// The review as one self-contained HTML page, in words of the caller's where there are any.
    #[napi]
    pub fn to_html(&self, words: Option<String>) -> napi::Result<String> {
        guard(|| {
            let own = own_words(words.as_deref())?;
            Ok(own.map_or_else(|| report::html(&self.inner), |own| report::html_with(&self.inner, &own)))
        })
    }
}
