//! Backtests of programmes: two reviews compared, many days replayed, numbers changed and designed; tiers recommended.

use std::sync::Arc;

use cosell::document::{from_text, from_value, value_from_text};
use cosell::table::RawTable;
use cosell::tiering::{RecommendOptions, recommend};
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use serde_json::json;

use crate::input::{Held, Loaded, Source};
use crate::output::{NativeTable, NativeTables};
use crate::program::{NativeProgram, NativeProgramReview, raw};
use crate::study::NativeStudy;
use crate::work::{Job, Monitor, start};

/// The frames of a backtest: those of each day or period, and those beside them.
#[napi]
#[derive(Debug, Default)]
pub struct BacktestInputs {
    frames: Vec<(String, Held)>,
    previous: Option<Held>,
    stakes: Option<Held>,
}

/// What [`BacktestInputs`] holds, read.
struct Read {
    frames: Vec<(String, Loaded)>,
    previous: Option<Loaded>,
    stakes: Option<Loaded>,
}

#[napi]
impl BacktestInputs {
    /// Nothing yet.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds `previous`, `stakes`, or the next frame under its name.
    #[napi]
    pub fn add(&mut self, name: String, source: &mut Source) {
        let held = source.take();
        match name.as_str() {
            "previous" => self.previous = Some(held),
            "stakes" => self.stakes = Some(held),
            _ => self.frames.push((name, held)),
        }
    }

    fn read(&mut self) -> impl FnOnce() -> cosell::Result<Read> + use<> {
        let inputs = std::mem::take(self);
        move || {
            let frames = inputs.frames.into_iter().map(|(name, held)| Ok((name, held.load()?)));
            Ok(Read {
                frames: frames.collect::<cosell::Result<_>>()?,
                previous: inputs.previous.map(Held::load).transpose()?,
                stakes: inputs.stakes.map(Held::load).transpose()?,
            })
        }
    }
}

impl Read {
    /// The frames, `previous` and `stakes`.
    fn tables(&mut self) -> cosell::Result<(Vec<RawTable<'_>>, [Option<RawTable<'_>>; 2])> {
        let frames = self.frames.iter_mut().map(|(name, frame)| frame.table().map_err(|e| e.within(name)));
        let frames = frames.collect::<cosell::Result<_>>()?;
        Ok((frames, [raw(&mut self.previous, "previous")?, raw(&mut self.stakes, "stakes")?]))
    }
}

/// One programme over many days.
#[napi]
#[derive(Debug, Clone)]
pub struct NativeReplay {
    tables: NativeTables,
    reviews: Vec<NativeProgramReview>,
}

#[napi]
impl NativeReplay {
    /// The decisions and flows.
    #[napi]
    pub fn tables(&self) -> NativeTables {
        self.tables.clone()
    }

    /// The review of each day.
    #[napi]
    pub fn reviews(&self) -> Vec<NativeProgramReview> {
        self.reviews.clone()
    }
}

#[napi]
impl NativeProgram {
    /// Whether more of a good metric can never lower a tier.
    #[napi]
    pub fn is_monotone(&self) -> bool {
        self.inner.is_monotone()
    }

    /// Reviews the frames of many days, whose days are a JSON array of texts.
    #[napi]
    pub fn replay(&self, days: String, inputs: &mut BacktestInputs, monitor: &Monitor) -> AsyncTask<Job<NativeReplay>> {
        let (program, read, monitor) = (self.inner.clone(), inputs.read(), monitor.inner.clone());
        start(move || {
            let days: Vec<String> = from_value(&value_from_text(&days)?).map_err(|e| e.within("frames"))?;
            let mut read = read()?;
            let (frames, [previous, _]) = read.tables()?;
            let frames: Vec<(&str, &RawTable<'_>)> = days.iter().map(String::as_str).zip(&frames).collect();
            let found = program.replay_frames(&frames, previous.as_ref(), &monitor)?;
            let tables = [("decisions", found.decisions()?), ("flows", found.flows())].into_iter().collect();
            let reviews = found.reviews().iter().map(|r| NativeProgramReview { inner: Arc::new(r.clone()) });
            Ok(NativeReplay { tables, reviews: reviews.collect() })
        })
    }

    /// Every number that decides, a little lower and higher.
    #[napi]
    pub fn sensitivity(
        &self,
        inputs: &mut BacktestInputs,
        options: String,
        monitor: &Monitor,
    ) -> AsyncTask<Job<NativeTable>> {
        let (program, read, monitor) = (self.inner.clone(), inputs.read(), monitor.inner.clone());
        start(move || {
            let options = from_text(&options)?;
            let mut read = read()?;
            let (mut frames, [previous, stakes]) = read.tables()?;
            let partners = frames.pop().unwrap_or_default();
            let found = program.sensitivity_frame(&partners, previous.as_ref(), stakes.as_ref(), &options, &monitor)?;
            Ok(NativeTable::from(found))
        })
    }

    /// The bound that lets in a wished share.
    #[napi]
    pub fn design(
        &self,
        inputs: &mut BacktestInputs,
        options: String,
        monitor: &Monitor,
    ) -> AsyncTask<Job<NativeTable>> {
        let (program, read, monitor) = (self.inner.clone(), inputs.read(), monitor.inner.clone());
        start(move || {
            let options = from_text(&options)?;
            let mut read = read()?;
            let partners = read.tables()?.0.pop().unwrap_or_default();
            program.design_frame(&partners, &options, &monitor).map(NativeTable::from)
        })
    }
}

#[napi]
impl NativeProgramReview {
    /// Compares with another review.
    #[napi]
    pub fn compare(
        &self,
        other: &NativeProgramReview,
        inputs: &mut BacktestInputs,
        options: String,
    ) -> AsyncTask<Job<NativeTables>> {
        let (before, after, read) = (self.inner.clone(), other.inner.clone(), inputs.read());
        start(move || {
            let options = from_text(&options)?;
            let mut read = read()?;
            let (_, [_, stakes]) = read.tables()?;
            let found = before.compare(&after, stakes.as_ref(), &options)?;
            let tables = [("movements", found.movements), ("moves", found.moves), ("flows", found.flows)];
            Ok(tables.into_iter().collect())
        })
    }
}

/// Drafts a programme from how partners are distributed.
#[napi]
pub fn recommend_program(inputs: &mut BacktestInputs, options: String) -> AsyncTask<Job<NativeStudy>> {
    let read = inputs.read();
    start(move || {
        let options: RecommendOptions = from_text(&options)?;
        let mut read = read()?;
        let (periods, _) = read.tables()?;
        let found = recommend(&periods.iter().collect::<Vec<_>>(), &options)?;
        let tables = [
            ("breaks", found.breaks),
            ("fits", found.fits),
            ("weights", found.weights),
            ("validation", found.validation),
        ];
        Ok(NativeStudy { tables: tables.into_iter().collect(), facts: json!({"document": found.document}) })
    })
}
