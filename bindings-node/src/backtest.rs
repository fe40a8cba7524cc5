//! Backtests of programmes: reviews compared, many days replayed, versions tried, numbers changed and designed; tiers recommended.

use std::sync::Arc;

use cosell::document::from_text;
use cosell::table::RawTable;
use cosell::tiering::{BacktestOptions, ProgramReplay, RecommendOptions, ReplayOptions, recommend};
use napi::bindgen_prelude::AsyncTask;
use napi_derive::napi;
use serde_json::json;

use crate::ecosystem::NativeEcosystem;
use crate::output::{NativeTable, NativeTables};
use crate::partners::{ProgramInputs, Tables};
use crate::program::{NativeProgram, NativeProgramReview};
use crate::study::NativeStudy;
use crate::work::{Job, Monitor, start};

/// One programme over many days.
#[napi]
#[derive(Debug, Clone)]
pub struct NativeReplay {
    tables: NativeTables,
    reviews: Vec<NativeProgramReview>,
}

impl NativeReplay {
    fn of(replay: &ProgramReplay) -> cosell::Result<Self> {
        let tables = [("decisions", replay.decisions()?), ("flows", replay.flows())].into_iter().collect();
        let reviews = replay.reviews().iter().map(|r| NativeProgramReview { inner: Arc::new(r.clone()) });
        Ok(Self { tables, reviews: reviews.collect() })
    }
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

/// Two versions over many days.
#[napi]
#[derive(Debug, Clone)]
pub struct NativeBacktest {
    before: NativeReplay,
    after: NativeReplay,
    tables: NativeTables,
}

#[napi]
impl NativeBacktest {
    /// The first programme over the days.
    #[napi]
    pub fn before(&self) -> NativeReplay {
        self.before.clone()
    }

    /// The other one.
    #[napi]
    pub fn after(&self) -> NativeReplay {
        self.after.clone()
    }

    /// What is different.
    #[napi]
    pub fn tables(&self) -> NativeTables {
        self.tables.clone()
    }
}

/// Runs work on frames with their days.
fn dated<T>(
    tables: &Tables<'_>,
    work: impl FnOnce(&[(&str, &RawTable<'_>)]) -> cosell::Result<T>,
) -> cosell::Result<T> {
    let days = tables.days()?;
    work(&days.iter().map(String::as_str).zip(&tables.frames).collect::<Vec<_>>())
}

#[napi]
impl NativeProgram {
    /// Whether more of a good metric can never lower a tier.
    #[napi]
    pub fn is_monotone(&self) -> bool {
        self.inner.is_monotone()
    }

    /// Reviews an ecosystem, or frames where there is none, on many days.
    #[napi]
    pub fn replay(
        &self,
        eco: Option<&NativeEcosystem>,
        inputs: &mut ProgramInputs,
        options: String,
        monitor: &Monitor,
    ) -> AsyncTask<Job<NativeReplay>> {
        let (program, monitor) = (self.inner.clone(), monitor.inner.clone());
        let (eco, read) = (eco.map(|eco| eco.inner.clone()), inputs.read());
        start(move || {
            let options: ReplayOptions = from_text(&options)?;
            read()?.with(|tables| match &eco {
                Some(eco) => NativeReplay::of(&program.replay(eco, &tables.beside, &options, &monitor)?),
                None => {
                    options.beside_frames()?;
                    let previous = tables.beside.beside_frame()?;
                    dated(tables, |frames| NativeReplay::of(&program.replay_frames(frames, previous, &monitor)?))
                }
            })
        })
    }

    /// Tries another version on the same partners and days.
    #[napi]
    pub fn backtest(
        &self,
        other: &NativeProgram,
        eco: Option<&NativeEcosystem>,
        inputs: &mut ProgramInputs,
        options: String,
        monitor: &Monitor,
    ) -> AsyncTask<Job<NativeBacktest>> {
        let (program, other, monitor) = (self.inner.clone(), other.inner.clone(), monitor.inner.clone());
        let (eco, read) = (eco.map(|eco| eco.inner.clone()), inputs.read());
        start(move || {
            let options: BacktestOptions = from_text(&options)?;
            let found = read()?.with(|tables| match &eco {
                Some(eco) => program.backtest(&other, eco, &tables.beside, tables.stakes, &options, &monitor),
                None => {
                    let previous = tables.beside.beside_frame()?;
                    dated(tables, |frames| {
                        program.backtest_frames(&other, frames, previous, tables.stakes, &options, &monitor)
                    })
                }
            })?;
            let (before, after) = (NativeReplay::of(&found.before)?, NativeReplay::of(&found.after)?);
            let tables = [
                ("movements", found.movements),
                ("moves", found.moves),
                ("criteria", found.criteria),
                ("flows", found.flows),
            ];
            Ok(NativeBacktest { before, after, tables: tables.into_iter().collect() })
        })
    }

    /// Every number that decides, a little lower and higher.
    #[napi]
    pub fn sensitivity(
        &self,
        eco: Option<&NativeEcosystem>,
        inputs: &mut ProgramInputs,
        options: String,
        monitor: &Monitor,
    ) -> AsyncTask<Job<NativeTable>> {
        let (program, monitor) = (self.inner.clone(), monitor.inner.clone());
        let (eco, read) = (eco.map(|eco| eco.inner.clone()), inputs.read());
        start(move || {
            let options = from_text(&options)?;
            let found = read()?.with(|tables| match &eco {
                Some(eco) => program.sensitivity(eco, &tables.beside, tables.stakes, &options, &monitor),
                None => {
                    let previous = tables.beside.beside_frame()?;
                    program.sensitivity_frame(&tables.partners, previous, tables.stakes, &options, &monitor)
                }
            })?;
            Ok(NativeTable::from(found))
        })
    }

    /// The bound that lets in a wished share.
    #[napi]
    pub fn design(
        &self,
        eco: Option<&NativeEcosystem>,
        inputs: &mut ProgramInputs,
        options: String,
        monitor: &Monitor,
    ) -> AsyncTask<Job<NativeTable>> {
        let (program, monitor) = (self.inner.clone(), monitor.inner.clone());
        let (eco, read) = (eco.map(|eco| eco.inner.clone()), inputs.read());
        start(move || {
            let options = from_text(&options)?;
            let found = read()?.with(|tables| match &eco {
                Some(eco) => program.design(eco, &tables.beside, &options, &monitor),
                None => {
                    let previous = tables.beside.beside_frame()?;
                    program.design_frame(&tables.partners, previous, &options, &monitor)
                }
            })?;
            Ok(NativeTable::from(found))
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
        inputs: &mut ProgramInputs,
        options: String,
        monitor: &Monitor,
    ) -> AsyncTask<Job<NativeTables>> {
        let (before, after) = (self.inner.clone(), other.inner.clone());
        let (read, monitor) = (inputs.read(), monitor.inner.clone());
        start(move || {
            let options = from_text(&options)?;
            let found = read()?.with(|tables| before.compare(&after, tables.stakes, &options, &monitor))?;
            let tables = [("movements", found.movements), ("moves", found.moves), ("flows", found.flows)];
            Ok(tables.into_iter().collect())
        })
    }
}

/// Drafts a programme from how partners are distributed.
#[napi]
pub fn recommend_program(
    inputs: &mut ProgramInputs,
    options: String,
    monitor: &Monitor,
) -> AsyncTask<Job<NativeStudy>> {
    let (read, monitor) = (inputs.read(), monitor.inner.clone());
    start(move || {
        let options: RecommendOptions = from_text(&options)?;
        let found = read()?.with(|tables| recommend(&tables.frames.iter().collect::<Vec<_>>(), &options, &monitor))?;
        let tables = [
            ("breaks", found.breaks),
            ("fits", found.fits),
            ("weights", found.weights),
            ("validation", found.validation),
        ];
        Ok(NativeStudy { tables: tables.into_iter().collect(), facts: json!({"document": found.document}) })
    })
}
