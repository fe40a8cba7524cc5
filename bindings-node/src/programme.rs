//! The programme's figures: involvement, pipeline, partners to ask about, return on investment and credit by dimensions.

use cosell::attribution::CubeOptions;
use cosell::document::from_text;
use cosell::review::{Confidence, InferredInfluence, Involvement, Pipeline, Ropi, TierReview};
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;

use crate::credit::NativeCredit;
use crate::ecosystem::NativeEcosystem;
use crate::output::{NativeTable, NativeTables};
use crate::work::{Job, Monitor, start};

pub(crate) fn confidence_tables(parts: Confidence) -> NativeTables {
    let tables: NativeTables = [
        ("partners", parts.partners),
        ("models", parts.models),
        ("pairs", parts.pairs),
        ("agreement", parts.agreement),
        ("reasons", parts.reasons),
    ]
    .into_iter()
    .collect();
    tables.with_diagnostics(&parts.diagnostics)
}

pub(crate) fn involvement_tables(parts: Involvement) -> NativeTables {
    [("partners", parts.partners), ("buckets", parts.buckets), ("metrics", parts.metrics)].into_iter().collect()
}

pub(crate) fn pipeline_tables(parts: Pipeline) -> NativeTables {
    [("partners", parts.partners), ("metrics", parts.metrics)].into_iter().collect()
}

pub(crate) fn inferred_influence_tables(parts: InferredInfluence) -> NativeTables {
    let tables: NativeTables =
        [("partners", parts.partners), ("deals", parts.deals), ("metrics", parts.metrics)].into_iter().collect();
    tables.with_diagnostics(&parts.diagnostics)
}

pub(crate) fn ropi_tables(parts: Ropi) -> NativeTables {
    [("partners", parts.partners), ("total", parts.total), ("metrics", parts.metrics)].into_iter().collect()
}

pub(crate) fn tier_tables(parts: &TierReview) -> NativeTables {
    let tables: NativeTables = parts.tables().into_iter().map(|(name, table)| (name, table.clone())).collect();
    tables.with_diagnostics(&parts.diagnostics)
}

#[napi]
impl NativeEcosystem {
    /// Sourced, influenced and involved won revenue.
    #[napi]
    pub fn involvement(&self, options: String, monitor: &Monitor) -> AsyncTask<Job<NativeTables>> {
        let (eco, monitor) = (self.inner.clone(), monitor.inner.clone());
        start(move || eco.involvement(&from_text(&options)?, &monitor).map(involvement_tables))
    }

    /// Open pipeline and the partners' part in it.
    #[napi]
    pub fn pipeline(&self, options: String, monitor: &Monitor) -> AsyncTask<Job<NativeTables>> {
        let (eco, monitor) = (self.inner.clone(), monitor.inner.clone());
        start(move || eco.pipeline(&from_text(&options)?, &monitor).map(pipeline_tables))
    }

    /// Partners to ask about, never credit.
    #[napi]
    pub fn inferred_influence(&self, options: String, monitor: &Monitor) -> AsyncTask<Job<NativeTables>> {
        let (eco, monitor) = (self.inner.clone(), monitor.inner.clone());
        start(move || eco.inferred_influence(&from_text(&options)?, &monitor).map(inferred_influence_tables))
    }

    /// Return on partner investment.
    #[napi]
    pub fn ropi(&self, credit: &NativeCredit, options: String, monitor: &Monitor) -> AsyncTask<Job<NativeTables>> {
        let (eco, credit, monitor) = (self.inner.clone(), credit.inner.clone(), monitor.inner.clone());
        start(move || eco.ropi(&credit, &from_text(&options)?, &monitor).map(ropi_tables))
    }

    /// Credit by several dimensions at once.
    #[napi]
    pub fn credit_by(&self, credit: &NativeCredit, options: String, monitor: &Monitor) -> AsyncTask<Job<NativeTable>> {
        let (eco, credit, monitor) = (self.inner.clone(), credit.inner.clone(), monitor.inner.clone());
        start(move || eco.credit_by(&credit, &from_text::<CubeOptions>(&options)?, &monitor).map(NativeTable::from))
    }
}
