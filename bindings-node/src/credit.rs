//! Credit, how far it can be trusted, and attribution of journeys that come in parts.

use std::sync::{Arc, Mutex};

use cosell::Error;
use cosell::attribution::{AttributionState, Credit, StateOptions};
use cosell::document::from_text;
use napi::bindgen_prelude::{AsyncTask, Uint8Array};
use napi_derive::napi;

use crate::errors::guard;
use crate::input::Source;
use crate::journeys::{NativeJourneys, model_of};
use crate::output::{NativeTable, NativeTables};
use crate::work::{Job, Monitor, start};

/// The credit that a model gives.
#[napi]
#[derive(Debug, Clone)]
pub struct NativeCredit {
    pub(crate) inner: Credit,
}

#[napi]
impl NativeCredit {
    /// Credit per channel.
    #[napi]
    pub fn totals(&self) -> NativeTable {
        self.inner.totals().into()
    }

    /// Credit per touch.
    #[napi]
    pub fn ledger(&self, monitor: &Monitor) -> AsyncTask<Job<Option<NativeTable>>> {
        let (credit, monitor) = (self.inner.clone(), monitor.inner.clone());
        start(move || Ok(credit.shared_ledger(&monitor)?.map(|inner| NativeTable { inner })))
    }

    /// A further table of the model.
    #[napi]
    pub fn table(&self, name: String) -> napi::Result<NativeTable> {
        guard(|| self.inner.table(&name).map(Into::into))
    }

    /// The names of the further tables.
    #[napi]
    pub fn table_names(&self) -> Vec<&'static str> {
        self.inner.table_names()
    }

    /// What the model assumed and set aside, as JSON.
    #[napi]
    pub fn diagnostics(&self) -> String {
        self.inner.diagnostics().to_string()
    }

    /// The model and its options as a JSON document.
    #[napi]
    pub fn model(&self) -> String {
        self.inner.model().document().to_string()
    }

    /// The journeys that it is for.
    #[napi]
    pub fn journeys(&self) -> NativeJourneys {
        NativeJourneys { inner: self.inner.journeys().clone() }
    }

    /// Bootstrap intervals and the firmness of ranks.
    #[napi]
    pub fn intervals(&self, options: String, monitor: &Monitor) -> AsyncTask<Job<NativeTables>> {
        let (credit, monitor) = (self.inner.clone(), monitor.inner.clone());
        start(move || {
            let found = credit.intervals(&from_text(&options)?, &monitor)?;
            let tables = [("channels", found.channels), ("ranks", found.ranks), ("pairs", found.pairs)];
            Ok(tables.into_iter().collect::<NativeTables>().with_diagnostics(&found.diagnostics))
        })
    }

    /// Credit of other journeys by what this one has learned.
    #[napi]
    pub fn apply(&self, journeys: &NativeJourneys, monitor: &Monitor) -> AsyncTask<Job<NativeCredit>> {
        let (credit, journeys, monitor) = (self.inner.clone(), journeys.inner.clone(), monitor.inner.clone());
        start(move || Ok(NativeCredit { inner: credit.apply(&journeys, &monitor)? }))
    }

    /// The credit combined with the results of experiments.
    #[napi]
    pub fn calibrate(
        &self,
        experiments: &mut Source,
        options: String,
        monitor: &Monitor,
    ) -> AsyncTask<Job<NativeTables>> {
        let (credit, experiments, monitor) = (self.inner.clone(), experiments.take(), monitor.inner.clone());
        start(move || {
            let options = from_text(&options)?;
            let found = credit.calibrate(&experiments.load()?.table()?, &options, &monitor)?;
            let tables = [("channels", found.channels)];
            Ok(tables.into_iter().collect::<NativeTables>().with_diagnostics(&found.diagnostics))
        })
    }
}

/// Attribution of journeys that come in parts. `state.js` lets one call follow the other, so the lock is never waited for.
#[napi]
#[derive(Clone)]
pub struct NativeState {
    inner: Arc<Mutex<AttributionState>>,
}

impl NativeState {
    fn new(state: AttributionState) -> Self {
        Self { inner: Arc::new(Mutex::new(state)) }
    }

    /// Work on the state; a panic while it changed has left it unusable.
    fn with<T>(&self, work: impl FnOnce(&mut AttributionState) -> cosell::Result<T>) -> cosell::Result<T> {
        let lost = |_| Error::internal("a fault while this state changed has left it unusable");
        work(&mut *self.inner.lock().map_err(lost)?)
    }
}

/// A state of a model that has read nothing.
#[napi]
pub fn new_state(model: String, model_options: Option<String>, options: String) -> napi::Result<NativeState> {
    guard(|| {
        let StateOptions { keep_paths } = from_text(&options)?;
        let model = model_of(&model, model_options.as_deref())?;
        AttributionState::new(model, keep_paths).map(NativeState::new)
    })
}

/// A state from its bytes.
#[napi]
pub fn state_of_bytes(
    bytes: Uint8Array,
    model: String,
    model_options: Option<String>,
    options: String,
) -> AsyncTask<Job<NativeState>> {
    let bytes = bytes.to_vec();
    start(move || {
        let StateOptions { keep_paths } = from_text(&options)?;
        let model = model_of(&model, model_options.as_deref())?;
        AttributionState::from_bytes(model, keep_paths, &bytes).map(NativeState::new)
    })
}

#[napi]
impl NativeState {
    /// Reads whole journeys.
    #[napi]
    pub fn update(&self, journeys: &NativeJourneys) -> AsyncTask<Job<()>> {
        let (state, journeys) = (self.clone(), journeys.inner.clone());
        start(move || state.with(|state| state.update(&journeys)))
    }

    /// What it is, in a line.
    #[napi]
    pub fn to_text(&self) -> napi::Result<String> {
        guard(|| self.with(|state| Ok(state.to_string())))
    }

    /// Takes over what another state has read.
    #[napi]
    pub fn merge(&self, other: &NativeState) -> AsyncTask<Job<()>> {
        let (state, other) = (self.clone(), other.clone());
        start(move || {
            if Arc::ptr_eq(&state.inner, &other.inner) {
                return Err(AttributionState::merged_with_itself());
            }
            let other = other.with(|other| Ok(other.clone()))?;
            state.with(|state| state.merge(other))
        })
    }

    /// The credit of everything that was read.
    #[napi]
    pub fn finish(&self, monitor: &Monitor) -> AsyncTask<Job<NativeCredit>> {
        let (state, monitor) = (self.clone(), monitor.inner.clone());
        start(move || state.with(|state| state.finish(&monitor)).map(|inner| NativeCredit { inner }))
    }

    /// The state in bytes.
    #[napi]
    pub fn to_bytes(&self) -> AsyncTask<Job<Uint8Array>> {
        let state = self.clone();
        start(move || state.with(|state| Ok(state.to_bytes().into())))
    }

    /// The model and its options as a JSON document.
    #[napi]
    pub fn model(&self) -> napi::Result<String> {
        guard(|| self.with(|state| Ok(state.model().document().to_string())))
    }

    /// Whether the distinct paths are kept.
    #[napi]
    pub fn keeps_paths(&self) -> napi::Result<bool> {
        guard(|| self.with(|state| Ok(state.keeps_paths())))
    }
}
