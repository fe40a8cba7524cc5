//! [`CreditAccumulator`]: credit per channel over sets of journeys, for models that look at one journey at a time.
//!
//! The bytes of version 2 begin with the document of the model, so that a mismatch can be named, and count the journeys;
//! version 1 is read.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::UNATTRIBUTED;
use super::counted::Counted;
use super::credit::{SPLIT_DIGITS, totals_table};
use super::journeys::{ChannelOrder, Held, Inner, Journeys};
use super::model::Model;
use super::state_model::{StateModel, check_same};
use super::state_unit::StateUnit;
use super::weigher::{Scratch, Weigher};
use crate::engine::accumulate::{Accumulator, StateReader, StateWriter};
use crate::error::Result;
use crate::table::{Interner, Key, Table};

/// Credit over sets of journeys that are seen one after the other, or on different machines.
///
/// Sums are kept by channel name, so that sets with different channels merge; the result is the same whichever way the
/// journeys were divided.
#[derive(Debug, Clone)]
pub struct CreditAccumulator {
    model: Model,
    unit: StateUnit,
    /// What was counted; `None` where a state of version 1 is part of it.
    counted: Option<Counted>,
    sums: BTreeMap<String, [i128; 2]>,
}

impl CreditAccumulator {
    pub(super) const KIND: &str = "credit";
    pub(super) const VERSION: u16 = 2;

    /// Nothing read yet.
    pub fn new(model: Model) -> Self {
        Self { model, unit: StateUnit::Unread, counted: Some(Counted::default()), sums: BTreeMap::new() }
    }

    fn insert(&mut self, name: &str, sums: [i128; 2]) {
        let sum = self.sums.entry(name.to_owned()).or_default();
        sum[0] = sum[0].saturating_add(sums[0]);
        sum[1] = sum[1].saturating_add(sums[1]);
    }

    /// The state as bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut to = StateModel::begin(Self::KIND, Self::VERSION, &self.model);
        self.write(&mut to);
        to.finish()
    }

    pub(super) fn write(&self, to: &mut StateWriter) {
        to.text(self.unit.name());
        Counted::write(self.counted, to);
        to.u64(self.sums.len() as u64);
        for (name, sums) in &self.sums {
            to.text(name);
            to.i128(sums[0]);
            to.i128(sums[1]);
        }
    }

    /// The state from its bytes; the model must be the one that it was made with.
    ///
    /// # Errors
    /// [`crate::Code::CorruptState`], [`crate::Code::IncompatibleState`].
    pub fn from_bytes(model: Model, bytes: &[u8]) -> Result<Self> {
        let mut from = StateModel::open(bytes, Self::KIND, Self::VERSION, &model)?;
        Self::read(model, &mut from)
    }

    pub(super) fn read(model: Model, from: &mut StateReader<'_>) -> Result<Self> {
        let unit = StateUnit::named(from.text()?, SPLIT_DIGITS)?;
        let counted = if from.version >= 2 { Counted::read(from)? } else { None };
        let mut state = Self { model, unit, counted, sums: BTreeMap::new() };
        for _ in 0..from.count(40)? {
            let name = from.text()?.to_owned();
            state.sums.insert(name, [from.i128()?, from.i128()?]);
        }
        if state.unit == StateUnit::Unread {
            state.counted = Some(Counted::default());
        }
        Ok(state)
    }

    pub(super) fn counted(&self) -> Option<Counted> {
        self.counted
    }

    /// The channels that were seen.
    pub(super) fn channels(&self) -> BTreeSet<&str> {
        self.sums.keys().map(String::as_str).filter(|name| *name != UNATTRIBUTED).collect()
    }

    /// Journeys of which nothing but their counts is known.
    pub(super) fn journeys(&self) -> Result<Journeys> {
        let mut names: Vec<&str> = self.channels().into_iter().collect();
        names.sort_by_cached_key(|name| ChannelOrder::of((*name).to_owned()));
        let mut channels = Interner::default();
        for name in names {
            channels.intern(Key::Text(name))?;
        }
        let unit = self.unit.unit();
        let (values, options) = (unit.map(|_| Vec::new()), serde_json::json!({"state": "sums"}));
        let held = Held::Sums(self.counted);
        Ok(Journeys {
            inner: Arc::new(Inner { starts: vec![0], channels, unit, values, options, held, ..Inner::default() }),
        })
    }
}

impl Accumulator for CreditAccumulator {
    type Rows<'a> = &'a Journeys;
    type Output = Table;

    fn update(&mut self, journeys: &Journeys) -> Result<()> {
        journeys.need_rows()?;
        let rule = self.model.rule(&journeys.inner.roles, &journeys.inner.channels)?;
        journeys.check_times(&*rule, &self.model)?;
        self.unit = self.unit.then(journeys.value_unit())?;
        self.counted = Counted::join(self.counted, journeys.counted());
        let weigher = Weigher { journeys, rule: &*rule };
        let mut sums = vec![[0_i128; 2]; weigher.width()];
        let mut scratch = Scratch::default();
        (0..journeys.rows()).for_each(|journey| weigher.add(journey, &mut scratch, &mut sums));
        for (name, sum) in journeys.channels().iter().zip(&sums) {
            self.insert(name, *sum);
        }
        if journeys.has_unattributed() {
            self.insert(UNATTRIBUTED, sums.last().copied().unwrap_or_default());
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<()> {
        check_same(&self.model, &other.model)?;
        if let StateUnit::Of(unit) = other.unit {
            self.unit = self.unit.then(unit)?;
        }
        self.counted = Counted::join(self.counted, other.counted);
        for (name, sums) in &other.sums {
            self.insert(name, *sums);
        }
        Ok(())
    }

    /// The totals, ordered by channel as those of [`Journeys::attribute`].
    fn finish(self) -> Result<Table> {
        let mut rows: Vec<(String, [i128; 2])> = self.sums.into_iter().collect();
        rows.sort_by_cached_key(|(name, _)| ChannelOrder::of(name.clone()));
        Ok(totals_table(&rows, self.unit.unit()))
    }
}
