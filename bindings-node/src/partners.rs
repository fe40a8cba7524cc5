//! The partners that programmes decide about, and what comes beside them.

use std::collections::BTreeMap;

use cosell::attribution::Credit;
use cosell::document::{from_value, value_from_text};
use cosell::table::RawTable;
use cosell::tiering::ReviewInputs;
use napi_derive::napi;

use crate::credit::NativeCredit;
use crate::input::{Held, Loaded, Source};

/// What a programme takes: frames of partners (those of days with their days, those of periods without), tables beside
/// them, and credit.
#[napi]
#[derive(Debug, Default)]
pub struct ProgramInputs {
    frames: Vec<(String, Held)>,
    days: Vec<String>,
    beside: BTreeMap<String, Held>,
    credit: Vec<(String, Credit)>,
}

/// What [`ProgramInputs`] holds, read.
pub(crate) struct Read {
    frames: Vec<(String, Loaded)>,
    days: Vec<String>,
    beside: BTreeMap<String, Loaded>,
    credit: Vec<(String, Credit)>,
}

/// Tables to work on.
pub(crate) struct Tables<'a> {
    /// The frame of one day.
    pub(crate) partners: RawTable<'a>,
    /// Those of several days or periods, with their days as JSON.
    pub(crate) frames: Vec<RawTable<'a>>,
    pub(crate) stakes: Option<&'a RawTable<'a>>,
    pub(crate) beside: ReviewInputs<'a>,
    days: Vec<String>,
}

#[napi]
impl ProgramInputs {
    /// Nothing yet.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `partners`, `previous`, `metrics` or `stakes`, or the next frame under its name, with its day as JSON where it has
    /// one.
    #[napi]
    pub fn add(&mut self, name: String, source: &mut Source, day: Option<String>) {
        let held = source.take();
        match name.as_str() {
            "partners" | "previous" | "metrics" | "stakes" => {
                self.beside.insert(name, held);
            }
            _ => {
                self.days.extend(day);
                self.frames.push((name, held));
            }
        }
    }

    /// Adds credit under the name that metrics give it.
    #[napi]
    pub fn add_credit(&mut self, name: String, credit: &NativeCredit) {
        self.credit.push((name, credit.inner.clone()));
    }
}

impl ProgramInputs {
    /// Takes what was added, to be read where the work runs.
    pub(crate) fn read(&mut self) -> impl FnOnce() -> cosell::Result<Read> + use<> {
        let inputs = std::mem::take(self);
        move || {
            let load = |(name, held): (String, Held)| Ok((name, held.load()?));
            Ok(Read {
                frames: inputs.frames.into_iter().map(load).collect::<cosell::Result<_>>()?,
                days: inputs.days,
                beside: inputs.beside.into_iter().map(load).collect::<cosell::Result<_>>()?,
                credit: inputs.credit,
            })
        }
    }
}

impl Read {
    /// Runs work on the tables.
    pub(crate) fn with<T>(mut self, work: impl FnOnce(&Tables<'_>) -> cosell::Result<T>) -> cosell::Result<T> {
        let frames = self.frames.iter_mut().map(|(name, frame)| frame.table().map_err(|e| e.within(name)));
        let frames = frames.collect::<cosell::Result<_>>()?;
        let mut beside = BTreeMap::new();
        for (name, loaded) in &mut self.beside {
            beside.insert(name.as_str(), loaded.table().map_err(|e| e.within(name))?);
        }
        let partners = beside.remove("partners").unwrap_or_default();
        let credit = self.credit.iter().map(|(name, credit)| (name.clone(), credit)).collect();
        let inputs = ReviewInputs { previous: beside.get("previous"), metrics: beside.get("metrics"), credit };
        work(&Tables { partners, frames, stakes: beside.get("stakes"), beside: inputs, days: self.days })
    }
}

impl Tables<'_> {
    /// The days of the frames.
    pub(crate) fn days(&self) -> cosell::Result<Vec<String>> {
        let day = |(at, day): (usize, &String)| {
            value_from_text(day).and_then(|day| from_value(&day)).map_err(|e| e.within(&format!("partners[{at}]")))
        };
        self.days.iter().enumerate().map(day).collect()
    }
}
