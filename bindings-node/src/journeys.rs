//! Journeys, and models at work on them.

use cosell::attribution::{Journeys, Model};
use cosell::document::{from_text, value_from_text};
use cosell::engine::monitor;
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;

use crate::credit::NativeCredit;
use crate::ecosystem::NativeEcosystem;
use crate::errors::guard;
use crate::input::Source;
use crate::work::{Job, Monitor, start};

/// Ordered touches, with how each journey ended.
#[napi]
#[derive(Debug, Clone)]
pub struct NativeJourneys {
    pub(crate) inner: Journeys,
}

/// Journeys of touches and outcomes.
#[napi]
pub fn journeys_of_touchpoints(
    touches: &mut Source,
    outcomes: &mut Source,
    options: String,
    monitor: &Monitor,
) -> AsyncTask<Job<NativeJourneys>> {
    let (touches, outcomes, monitor) = (touches.take(), outcomes.take(), monitor.inner.clone());
    start(move || {
        let options = from_text(&options)?;
        let (mut touches, mut outcomes) = (touches.load()?, outcomes.load()?);
        let inner = Journeys::from_touchpoints(&touches.table()?, &outcomes.table()?, &options, &monitor)?;
        Ok(NativeJourneys { inner })
    })
}

/// Journeys of aggregated paths.
#[napi]
pub fn journeys_of_paths(paths: &mut Source, options: String, monitor: &Monitor) -> AsyncTask<Job<NativeJourneys>> {
    let (paths, monitor) = (paths.take(), monitor.inner.clone());
    start(move || {
        let options = from_text(&options)?;
        let inner = Journeys::from_paths(&paths.load()?.table()?, &options, &monitor)?;
        Ok(NativeJourneys { inner })
    })
}

#[napi]
impl NativeEcosystem {
    /// The journeys of the ecosystem.
    #[napi]
    pub fn journeys(&self, options: String, monitor: &Monitor) -> AsyncTask<Job<NativeJourneys>> {
        let (eco, monitor) = (self.inner.clone(), monitor.inner.clone());
        start(move || Ok(NativeJourneys { inner: eco.journeys(&from_text(&options)?, &monitor)? }))
    }
}

#[napi]
impl NativeJourneys {
    /// How many journeys.
    #[napi(getter)]
    pub fn length(&self) -> f64 {
        self.inner.len() as f64
    }

    /// How many touches.
    #[napi(getter)]
    pub fn touches(&self) -> f64 {
        self.inner.touches() as f64
    }

    /// About how many bytes it holds.
    #[napi(getter)]
    pub fn bytes(&self) -> f64 {
        self.inner.held_bytes() as f64
    }

    /// The channels in the order of results.
    #[napi]
    pub fn channels(&self) -> Vec<String> {
        self.inner.channels()
    }

    /// What the journeys were made of and what was set aside, as JSON.
    #[napi]
    pub fn diagnostics(&self) -> String {
        self.inner.diagnostics().to_string()
    }

    /// What it is, in a line.
    #[napi]
    pub fn to_text(&self) -> String {
        self.inner.to_string()
    }

    /// Credit under a model, off the event loop.
    #[napi]
    pub fn attribute(&self, model: String, options: Option<String>, monitor: &Monitor) -> AsyncTask<Job<NativeCredit>> {
        let (journeys, monitor) = (self.inner.clone(), monitor.inner.clone());
        start(move || attribute(&journeys, &model, options.as_deref(), &monitor))
    }

    /// Credit under a model, at once.
    #[napi]
    pub fn attribute_sync(&self, model: String, options: Option<String>) -> napi::Result<NativeCredit> {
        guard(|| attribute(&self.inner, &model, options.as_deref(), &monitor::Monitor::none()))
    }
}

/// A model from its JSON document, or from its name and its options.
pub(crate) fn model_of(model: &str, options: Option<&str>) -> cosell::Result<Model> {
    match options {
        Some(options) => Model::named(model, &value_from_text(options)?),
        None => Model::from_value(&value_from_text(model)?),
    }
}

fn attribute(
    journeys: &Journeys,
    model: &str,
    options: Option<&str>,
    monitor: &monitor::Monitor,
) -> cosell::Result<NativeCredit> {
    let model = model_of(model, options)?;
    Ok(NativeCredit { inner: journeys.attribute(&model, monitor)? })
}
