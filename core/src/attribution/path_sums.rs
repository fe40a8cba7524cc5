//! [`PathSums`]: the distinct paths that a state keeps, with how they ended.
//!
//! A path is the names of its channels in their order, and for a model that looks at it which touches are the vendor's own.
//! A rule keeps its credit per channel beside them, journey by journey, so that totals are those of the journeys to the last
//! digit; the paths are what intervals are made of. The bytes of version 2 begin with the document of the model, count
//! the journeys, and hold the vendor's touches and the credit of a rule; version 1 is read, its credit follows from the paths.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::UNATTRIBUTED;
use super::counted::Counted;
use super::journeys::{ChannelOrder, Counts, Held, Inner, Journeys};
use super::model::Model;
use super::state_model::{StateModel, corrupt};
use super::state_unit::StateUnit;
use super::sums::CreditAccumulator;
use crate::engine::accumulate::Accumulator;
use crate::error::Result;
use crate::money::PLAIN_DIGITS;
use crate::table::{Interner, Key, Table};

/// How one path ended: by the value of a conversion (rounded; 0 where there is none), conversions and value, and nulls.
#[derive(Debug, Clone, Default, PartialEq)]
struct Ends {
    converted: BTreeMap<i128, [i128; 2]>,
    nulls: i128,
}

/// A channel by its name, and whether the touch is the vendor's own where the model looks at that.
type Step = (String, bool);

/// Distinct paths, by the names of their channels.
#[derive(Debug, Clone)]
pub(super) struct PathSums {
    unit: StateUnit,
    /// What was counted; `None` where a state of version 1 is part of it.
    counted: Option<Counted>,
    /// The credit of a rule; `None` for models that learn, and where a state of version 1 is part of it.
    sums: Option<CreditAccumulator>,
    /// Whether the vendor's own touches are kept apart.
    vendor: bool,
    paths: BTreeMap<Vec<Step>, Ends>,
}

impl PathSums {
    pub(super) const KIND: &str = "paths";
    pub(super) const VERSION: u16 = 2;

    /// Nothing read yet; `rule` is the model where it is a rule.
    pub(super) fn new(rule: Option<&Model>, vendor: bool) -> Self {
        let sums = rule.map(|model| CreditAccumulator::new(model.clone()));
        Self { unit: StateUnit::Unread, counted: Some(Counted::default()), sums, vendor, paths: BTreeMap::new() }
    }

    pub(super) fn update(&mut self, journeys: &Journeys) -> Result<()> {
        journeys.need_rows()?;
        let unit = self.unit.then(journeys.inner.unit)?;
        if let Some(sums) = &mut self.sums {
            sums.update(journeys)?;
        }
        self.unit = unit;
        self.counted = Counted::join(self.counted, journeys.counted());
        let (names, sample) = (journeys.channels(), journeys.sample());
        let vendor = journeys.inner.vendor.as_ref().filter(|_| self.vendor);
        let mut path: Vec<Step> = Vec::new();
        for place in 0..sample.len() {
            let outcome = sample.outcome(place);
            path.clear();
            let touches = sample.starts()[place]..sample.starts()[place + 1];
            path.extend(
                touches
                    .zip(sample.path(place))
                    .map(|(touch, &channel)| (names[channel as usize].clone(), vendor.is_some_and(|own| own[touch]))),
            );
            if !self.paths.contains_key(&path) {
                self.paths.insert(path.clone(), Ends::default());
            }
            let Some(ends) = self.paths.get_mut(&path) else { continue };
            ends.nulls = ends.nulls.saturating_add(outcome.nulls);
            if outcome.conversions != 0 {
                let one = super::distinct::per_one(outcome.value, outcome.conversions);
                add(&mut ends.converted, one, [outcome.conversions, outcome.value]);
            }
        }
        Ok(())
    }

    pub(super) fn merge(&mut self, other: Self) -> Result<()> {
        if let StateUnit::Of(unit) = other.unit {
            self.unit = self.unit.then(unit)?;
        }
        self.counted = Counted::join(self.counted, other.counted);
        self.sums = match (self.sums.take(), other.sums) {
            (Some(mut mine), Some(theirs)) => {
                mine.merge(theirs)?;
                Some(mine)
            }
            _ => None,
        };
        for (path, theirs) in other.paths {
            let ends = self.paths.entry(path).or_default();
            ends.nulls = ends.nulls.saturating_add(theirs.nulls);
            theirs.converted.into_iter().for_each(|(one, sums)| add(&mut ends.converted, one, sums));
        }
        Ok(())
    }

    pub(super) fn counted(&self) -> Option<Counted> {
        self.counted
    }

    /// The totals of a rule, where its credit was kept.
    pub(super) fn totals(&self) -> Result<Option<Table>> {
        self.sums.clone().map(Accumulator::finish).transpose()
    }

    /// The channels of all paths.
    fn channels(&self) -> BTreeSet<&str> {
        self.paths.keys().flatten().map(|(name, _)| name.as_str()).collect()
    }

    /// The paths as journeys, one for each value of a conversion.
    pub(super) fn journeys(&self) -> Result<Journeys> {
        let mut names: Vec<&str> = self.channels().into_iter().collect();
        names.sort_by_cached_key(|name| ChannelOrder::of((*name).to_owned()));
        let mut channels = Interner::default();
        for name in names {
            channels.intern(Key::Text(name))?;
        }
        let mut inner = Inner { starts: vec![0], ..Inner::default() };
        let (mut conversions, mut nulls, mut values) = (Vec::new(), Vec::new(), Vec::new());
        let mut vendor = Vec::new();
        for (path, ends) in &self.paths {
            let null = (ends.nulls != 0).then_some(([0, 0], ends.nulls));
            for (sums, null) in ends.converted.values().map(|sums| (*sums, 0)).chain(null) {
                inner.channel.extend(path.iter().filter_map(|(name, _)| channels.find(Key::Text(name))));
                vendor.extend(path.iter().map(|(_, own)| *own));
                inner.starts.push(inner.channel.len());
                conversions.push(sums[0]);
                values.push(sums[1]);
                nulls.push(null);
            }
        }
        inner.vendor = vendor.contains(&true).then_some(vendor);
        inner.unit = self.unit.unit();
        inner.values = inner.unit.map(|_| values);
        inner.channels = channels;
        (inner.conversions, inner.nulls) = (Counts::Fixed(conversions), Counts::Fixed(nulls));
        inner.options = json!({"state": "paths"});
        inner.held = Held::Paths(self.counted);
        Journeys::new(inner)
    }

    pub(super) fn to_bytes(&self, model: &Model) -> Vec<u8> {
        let mut to = StateModel::begin(Self::KIND, Self::VERSION, model);
        to.text(self.unit.name());
        Counted::write(self.counted, &mut to);
        to.u64(self.sums.is_some().into());
        if let Some(sums) = &self.sums {
            sums.write(&mut to);
        }
        to.u64(self.paths.len() as u64);
        for (path, ends) in &self.paths {
            to.u64(path.len() as u64);
            for (name, own) in path {
                to.text(name);
                to.u64((*own).into());
            }
            to.i128(ends.nulls);
            to.u64(ends.converted.len() as u64);
            for (one, sums) in &ends.converted {
                to.i128(*one);
                to.i128(sums[0]);
                to.i128(sums[1]);
            }
        }
        to.finish()
    }

    pub(super) fn from_bytes(model: &Model, rule: bool, vendor: bool, bytes: &[u8]) -> Result<Self> {
        let mut from = StateModel::open(bytes, Self::KIND, Self::VERSION, model)?;
        let own = from.version >= 2;
        let unit = StateUnit::named(from.text()?, PLAIN_DIGITS)?;
        let counted = if own { Counted::read(&mut from)? } else { None };
        let kept = own && from.u64()? != 0;
        let sums = if kept { Some(CreditAccumulator::read(model.clone(), &mut from)?) } else { None };
        let mut state = Self { unit, counted, sums, vendor, paths: BTreeMap::new() };
        for _ in 0..from.count(32)? {
            let mut path = Vec::new();
            for _ in 0..from.count(8)? {
                path.push((from.text()?.to_owned(), own && from.u64()? != 0));
            }
            let mut ends = Ends { nulls: from.i128()?, ..Ends::default() };
            for _ in 0..from.count(48)? {
                let one = from.i128()?;
                ends.converted.insert(one, [from.i128()?, from.i128()?]);
            }
            let sound = ends.nulls >= 0 && ends.converted.values().all(|s| s[0] > 0);
            let named = path.iter().all(|(name, own)| name != UNATTRIBUTED && (vendor || !own));
            if !sound || !named || state.paths.insert(path, ends).is_some() {
                return Err(corrupt());
            }
        }
        if unit == StateUnit::Unread {
            let empty = Self::new(rule.then_some(model), vendor);
            return if state.paths.is_empty() { Ok(empty) } else { Err(corrupt()) };
        }
        // What is read as one must be of one.
        if state.sums.as_ref().is_some_and(|sums| !rule || sums.channels() != state.channels()) {
            return Err(corrupt());
        }
        Ok(state)
    }
}

fn add(to: &mut BTreeMap<i128, [i128; 2]>, one: i128, sums: [i128; 2]) {
    let known = to.entry(one).or_default();
    known[0] = known[0].saturating_add(sums[0]);
    known[1] = known[1].saturating_add(sums[1]);
}
