//! Studies of journeys: models compared, the order of a chain, and journeys whose truth is known.

use cosell::attribution::{Model, simulate};
use cosell::document::{from_text, from_value, value_from_text};
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use serde_json::{Value, json};

use crate::journeys::NativeJourneys;
use crate::output::NativeTables;
use crate::work::{Job, Monitor, start};

/// Tables by name, and the facts beside them.
#[napi]
#[derive(Debug, Clone)]
pub struct NativeStudy {
    pub(crate) tables: NativeTables,
    pub(crate) facts: Value,
}

#[napi]
impl NativeStudy {
    /// The tables.
    #[napi]
    pub fn tables(&self) -> NativeTables {
        self.tables.clone()
    }

    /// The facts, as JSON.
    #[napi]
    pub fn facts(&self) -> String {
        self.facts.to_string()
    }
}

#[napi]
impl NativeJourneys {
    /// Many models on the same journeys.
    #[napi]
    pub fn compare(&self, models: String, options: String, monitor: &Monitor) -> AsyncTask<Job<NativeStudy>> {
        let (journeys, monitor) = (self.inner.clone(), monitor.inner.clone());
        start(move || {
            let models: Vec<Value> = from_value(&value_from_text(&models)?).map_err(|e| e.within("models"))?;
            let found = journeys.compare(&Model::list(&models)?, &from_text(&options)?, &monitor)?;
            let tables = [("credit", found.credit), ("agreement", found.agreement), ("reasons", found.reasons)];
            let facts = json!({"diagnostics": found.diagnostics});
            Ok(NativeStudy { tables: tables.into_iter().collect(), facts })
        })
    }

    /// Which order of Markov chain the journeys support.
    #[napi]
    pub fn select_order(&self, options: String, monitor: &Monitor) -> AsyncTask<Job<NativeStudy>> {
        let (journeys, monitor) = (self.inner.clone(), monitor.inner.clone());
        start(move || {
            let found = journeys.select_order(&from_text(&options)?, &monitor)?;
            let facts = json!({"recommended": found.recommended, "diagnostics": found.diagnostics});
            Ok(NativeStudy { tables: [("orders", found.orders)].into_iter().collect(), facts })
        })
    }
}

/// Journeys whose truth is known.
#[napi]
pub fn simulate_journeys(options: String, monitor: &Monitor) -> AsyncTask<Job<NativeStudy>> {
    let monitor = monitor.inner.clone();
    start(move || {
        let found = simulate(&from_text(&options)?, &monitor)?;
        let tables =
            [("paths", found.paths), ("touches", found.touches), ("outcomes", found.outcomes), ("truth", found.truth)];
        Ok(NativeStudy { tables: tables.into_iter().collect(), facts: json!({"diagnostics": found.diagnostics}) })
    })
}
