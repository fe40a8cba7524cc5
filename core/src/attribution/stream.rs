//! [`AttributionState`]: attribution over sets of journeys that are read one after the other, or on different machines.
//!
//! A rule keeps credit per channel; a model that learns from all journeys, and any model that is asked to keep paths, keeps
//! the distinct paths with how they ended. Both are integers by name, so states can be merged in any order, by channels that
//! each has seen, to the same bytes. The rows are whole journeys: a journey must not be divided between sets.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::UNATTRIBUTED;
use super::credit::{Credit, CreditAccumulator, StateUnit};
use super::journeys::{ChannelOrder, Counts, Inner, Journeys};
use super::model::{Learner, Model};
use crate::engine::accumulate::{Accumulator, StateReader, StateWriter};
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result};
use crate::money::PLAIN_DIGITS;
use crate::table::{Interner, Key};

/// What a state keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct StateOptions {
    /// Keep the distinct paths of a rule too, so that its credit can have intervals; models that learn always do.
    /// Default `false`.
    pub keep_paths: bool,
}

/// Attribution of journeys that come in parts.
///
/// ```
/// use cosell::attribution::{AttributionState, Journeys, Model, PathsOptions};
/// use cosell::engine::monitor::Monitor;
/// let read = |csv: &[u8]| {
///     Journeys::from_paths(&cosell::table::read_csv(csv)?, &PathsOptions::default(), &Monitor::none())
/// };
/// let model = Model::from_value(&"markov".into())?;
/// let mut here = AttributionState::new(model.clone(), false)?;
/// here.update(&read(b"path,total_conversions\nacme > globex,3\n")?)?;
/// let mut there = AttributionState::new(model.clone(), false)?;
/// there.update(&read(b"path,total_conversions\nglobex,1\n")?)?;
/// here.merge(AttributionState::from_bytes(model, false, &there.to_bytes())?)?;
/// let credit = here.finish(&Monitor::none())?;
/// assert_eq!(credit.totals().text(0, "channel"), "acme");
/// # Ok::<(), cosell::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct AttributionState {
    model: Model,
    work: Work,
}

#[derive(Debug, Clone)]
enum Work {
    Sums(CreditAccumulator),
    Paths(PathSums),
}

impl AttributionState {
    /// Nothing read yet. `keep_paths` keeps the distinct paths of a rule too, so that the finished credit can have
    /// intervals; for a rule that looks at more than the channels in their order that is an error.
    ///
    /// # Errors
    /// [`Code::InvalidOption`]; a bad option of the model.
    pub fn new(model: Model, keep_paths: bool) -> Result<Self> {
        let work = if keeps_paths(&model, keep_paths)? {
            Work::Paths(PathSums::default())
        } else {
            Work::Sums(CreditAccumulator::new(model.clone()))
        };
        Ok(Self { model, work })
    }

    /// Reads whole journeys.
    ///
    /// # Errors
    /// Values in another unit than before; a model that needs times that the journeys lack. The state is then as before.
    pub fn update(&mut self, journeys: &Journeys) -> Result<()> {
        match &mut self.work {
            Work::Sums(sums) => sums.update(journeys),
            Work::Paths(paths) => paths.update(journeys),
        }
    }

    /// Takes over what another state has read.
    ///
    /// # Errors
    /// [`Code::IncompatibleState`] where the other one has another model, options or unit. The state is then as before.
    pub fn merge(&mut self, other: Self) -> Result<()> {
        let foreign = || {
            let message = "the other state was made with another model or other options";
            Error::new(Code::IncompatibleState, "model", message)
        };
        if self.model != other.model {
            return Err(foreign());
        }
        match (&mut self.work, other.work) {
            (Work::Sums(mine), Work::Sums(theirs)) => mine.merge(theirs),
            (Work::Paths(mine), Work::Paths(theirs)) => mine.merge(theirs),
            _ => Err(foreign()),
        }
    }

    /// The credit of everything that was read. It has no ledger: the journeys themselves were not kept.
    ///
    /// # Errors
    /// [`Code::Cancelled`]; sums beyond 128 bits.
    pub fn finish(&self, monitor: &Monitor) -> Result<Credit> {
        match &self.work {
            Work::Sums(sums) => Ok(Credit::of_totals(&self.model, sums.clone().finish()?)),
            Work::Paths(paths) => Ok(paths.journeys()?.attribute(&self.model, monitor)?.without_ledger()),
        }
    }

    /// The model.
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Whether the distinct paths are kept.
    pub fn keeps_paths(&self) -> bool {
        matches!(self.work, Work::Paths(_))
    }

    /// The state in bytes; the same whichever way and in whatever order the journeys came.
    pub fn to_bytes(&self) -> Vec<u8> {
        match &self.work {
            Work::Sums(sums) => sums.to_bytes(),
            Work::Paths(paths) => paths.to_bytes(&self.model),
        }
    }

    /// The state from its bytes; model and `keep_paths` must be those that it was made with.
    ///
    /// # Errors
    /// [`Code::CorruptState`], [`Code::IncompatibleState`]; those of [`AttributionState::new`].
    pub fn from_bytes(model: Model, keep_paths: bool, bytes: &[u8]) -> Result<Self> {
        let work = if keeps_paths(&model, keep_paths)? {
            Work::Paths(PathSums::from_bytes(&model, bytes)?)
        } else {
            Work::Sums(CreditAccumulator::from_bytes(model.clone(), bytes)?)
        };
        Ok(Self { model, work })
    }
}

fn keeps_paths(model: &Model, wanted: bool) -> Result<bool> {
    // Only whether it is a rule is asked; channels that options name are looked for when journeys are there.
    if model.learns() {
        return Ok(true);
    }
    let by_path = match model.learner(&Interner::default(), &Interner::default())? {
        Learner::Rule(rule) => rule.by_path(),
        Learner::Estimator(_) => true,
    };
    if wanted && !by_path {
        let message = format!(
            "keep_paths keeps channels in their order, but {} looks at times, roles or weights too; leave it out",
            model.name()
        );
        return Err(Error::new(Code::InvalidOption, "keep_paths", message));
    }
    Ok(wanted)
}

/// How one path ended: by the value of a conversion (rounded; 0 where there is none), conversions and value, and nulls.
#[derive(Debug, Clone, Default, PartialEq)]
struct Ends {
    converted: BTreeMap<i128, [i128; 2]>,
    nulls: i128,
}

/// Distinct paths, by the names of their channels.
#[derive(Debug, Clone, Default)]
struct PathSums {
    unit: StateUnit,
    paths: BTreeMap<Vec<String>, Ends>,
}

const KIND: &str = "paths";
const VERSION: u16 = 1;

impl PathSums {
    fn update(&mut self, journeys: &Journeys) -> Result<()> {
        self.unit = self.unit.then(journeys.inner.unit)?;
        let (names, sample) = (journeys.channels(), journeys.sample());
        let mut path = Vec::new();
        for place in 0..sample.len() {
            let outcome = sample.outcome(place);
            if outcome.conversions == 0 && outcome.nulls == 0 {
                continue;
            }
            path.clear();
            path.extend(sample.path(place).iter().map(|&c| names[c as usize].clone()));
            if !self.paths.contains_key(&path) {
                self.paths.insert(path.clone(), Ends::default());
            }
            let Some(ends) = self.paths.get_mut(&path) else { continue };
            ends.nulls += outcome.nulls;
            if outcome.conversions != 0 {
                let one = super::distinct::per_one(outcome.value, outcome.conversions);
                add(&mut ends.converted, one, [outcome.conversions, outcome.value]);
            }
        }
        Ok(())
    }

    fn merge(&mut self, other: Self) -> Result<()> {
        if let StateUnit::Of(unit) = other.unit {
            self.unit = self.unit.then(unit)?;
        }
        for (path, theirs) in other.paths {
            let ends = self.paths.entry(path).or_default();
            ends.nulls += theirs.nulls;
            theirs.converted.into_iter().for_each(|(one, sums)| add(&mut ends.converted, one, sums));
        }
        Ok(())
    }

    /// The paths as journeys, one for each value of a conversion.
    fn journeys(&self) -> Result<Journeys> {
        let mut names: Vec<&String> = self.paths.keys().flatten().collect();
        names.sort_unstable();
        names.dedup();
        names.sort_by_cached_key(|name| ChannelOrder::of((*name).clone()));
        let mut channels = Interner::default();
        for name in names {
            channels.intern(Key::Text(name))?;
        }
        let mut inner = Inner { starts: vec![0], ..Inner::default() };
        let (mut conversions, mut nulls, mut values) = (Vec::new(), Vec::new(), Vec::new());
        for (path, ends) in &self.paths {
            let null = (ends.nulls != 0).then_some(([0, 0], ends.nulls));
            for (sums, null) in ends.converted.values().map(|sums| (*sums, 0)).chain(null) {
                inner.channel.extend(path.iter().filter_map(|name| channels.find(Key::Text(name))));
                inner.starts.push(inner.channel.len());
                conversions.push(sums[0]);
                values.push(sums[1]);
                nulls.push(null);
            }
        }
        inner.unit = if let StateUnit::Of(unit) = self.unit { unit } else { None };
        inner.values = inner.unit.map(|_| values);
        inner.channels = channels;
        (inner.conversions, inner.nulls) = (Counts::Fixed(conversions), Counts::Fixed(nulls));
        inner.options = json!({"state": "paths"});
        Journeys::new(inner)
    }

    fn to_bytes(&self, model: &Model) -> Vec<u8> {
        let mut to = StateWriter::new(KIND, VERSION, &model.document().to_string());
        to.text(self.unit.name());
        to.u64(self.paths.len() as u64);
        for (path, ends) in &self.paths {
            to.u64(path.len() as u64);
            path.iter().for_each(|name| to.text(name));
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

    fn from_bytes(model: &Model, bytes: &[u8]) -> Result<Self> {
        let mut from = StateReader::new(bytes, KIND, VERSION, &model.document().to_string())?;
        let corrupt = || Error::new(Code::CorruptState, "state", "the bytes of this state contradict themselves");
        let unit = StateUnit::named(from.text()?, PLAIN_DIGITS)?;
        let mut state = Self { unit, paths: BTreeMap::new() };
        for _ in 0..from.count(32)? {
            let path = (0..from.count(8)?).map(|_| from.text().map(str::to_owned)).collect::<Result<Vec<_>>>()?;
            let mut ends = Ends { nulls: from.i128()?, ..Ends::default() };
            for _ in 0..from.count(48)? {
                let one = from.i128()?;
                ends.converted.insert(one, [from.i128()?, from.i128()?]);
            }
            let sound = |ends: &Ends| ends.nulls >= 0 && ends.converted.values().all(|s| s[0] > 0);
            if !sound(&ends) || path.iter().any(|name| name == UNATTRIBUTED) || state.paths.insert(path, ends).is_some()
            {
                return Err(corrupt());
            }
        }
        Ok(state)
    }
}

fn add(to: &mut BTreeMap<i128, [i128; 2]>, one: i128, sums: [i128; 2]) {
    let known = to.entry(one).or_default();
    known[0] = known[0].saturating_add(sums[0]);
    known[1] = known[1].saturating_add(sums[1]);
}

impl Credit {
    /// Credit of which only the totals were kept.
    fn of_totals(model: &Model, totals: crate::table::Table) -> Self {
        let diagnostics: Value = json!({"model": model.document(), "exact": true, "state": "sums"});
        Self::assembled(Journeys { inner: std::sync::Arc::default() }, model, totals, diagnostics)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::{IntervalsOptions, PathsOptions};
    use crate::table::read_csv;

    fn journeys(rows: &[&str]) -> Journeys {
        let csv = format!("path,total_conversions,n,v\n{}\n", rows.join("\n"));
        let options =
            PathsOptions { value: Some("v".to_owned()), nulls: Some("n".to_owned()), ..PathsOptions::default() };
        Journeys::from_paths(&read_csv(csv.as_bytes()).unwrap(), &options, &Monitor::none()).unwrap()
    }

    const ROWS: [&str; 5] = ["a > b,3,2,6", "10 > b,40,10,80.5", "a,20,0,30", "9 > a > b,2,7,1", "a > b,1,0,100"];

    fn state(model: &Model, keep: bool, rows: &[&str]) -> AttributionState {
        let mut state = AttributionState::new(model.clone(), keep).unwrap();
        state.update(&journeys(rows)).unwrap();
        state
    }

    #[test]
    fn parts_in_any_order_give_the_bytes_and_the_credit_of_the_whole() {
        for document in [json!("linear"), json!("markov"), json!({"markov": {"order": 2, "credit": "journey"}})] {
            let model = Model::from_value(&document).unwrap();
            for keep in [false, true] {
                let whole = state(&model, keep, &ROWS);
                for cut in 0..=ROWS.len() {
                    let (first, second) = ROWS.split_at(cut);
                    let mut merged = state(&model, keep, second);
                    let other = state(&model, keep, first).to_bytes();
                    merged.merge(AttributionState::from_bytes(model.clone(), keep, &other).unwrap()).unwrap();
                    assert_eq!(merged.to_bytes(), whole.to_bytes());
                    let (a, b) = (merged.finish(&Monitor::none()).unwrap(), whole.finish(&Monitor::none()).unwrap());
                    assert_eq!(a.totals().to_csv(), b.totals().to_csv());
                }
                let credit = whole.finish(&Monitor::none()).unwrap();
                let direct = journeys(&ROWS).attribute(&model, &Monitor::none()).unwrap();
                assert_eq!(credit.totals().to_csv(), direct.totals().to_csv());
                assert!(credit.ledger(&Monitor::none()).unwrap().is_none());
            }
        }
    }

    #[test]
    fn kept_paths_give_the_intervals_of_the_whole() {
        let model = Model::from_value(&json!("linear")).unwrap();
        let options = IntervalsOptions { replicates: 50, ..IntervalsOptions::default() };
        let credit = state(&model, true, &ROWS).finish(&Monitor::none()).unwrap();
        let direct = journeys(&ROWS).intervals(&model, &options, &Monitor::none()).unwrap();
        let kept = credit.intervals(&options, &Monitor::none()).unwrap();
        assert_eq!(kept.channels.to_csv(), direct.channels.to_csv());
        let sums = state(&model, false, &ROWS).finish(&Monitor::none()).unwrap();
        assert_eq!(sums.intervals(&options, &Monitor::none()).unwrap_err().code(), Code::NotEnoughData);
    }

    #[test]
    fn states_that_do_not_fit_are_refused_and_change_nothing() {
        let linear = Model::from_value(&json!("linear")).unwrap();
        let markov = Model::from_value(&json!("markov")).unwrap();
        let mut mine = state(&markov, false, &ROWS);
        let before = mine.to_bytes();
        let other = Model::from_value(&json!({"markov": {"order": 2}})).unwrap();
        assert_eq!(mine.merge(state(&other, false, &ROWS)).unwrap_err().code(), Code::IncompatibleState);
        assert_eq!(mine.merge(state(&linear, true, &ROWS)).unwrap_err().code(), Code::IncompatibleState);
        let options = PathsOptions { value: Some("v".into()), currency: Some("EUR".into()), ..PathsOptions::default() };
        let paths = read_csv(b"path,total_conversions,v\na,1,1\n").unwrap();
        let euros = Journeys::from_paths(&paths, &options, &Monitor::none()).unwrap();
        assert_eq!(mine.update(&euros).unwrap_err().code(), Code::IncompatibleState);
        assert_eq!(mine.to_bytes(), before);
        for at in 0..before.len() {
            let mut altered = before.clone();
            altered[at] ^= 1;
            assert!(AttributionState::from_bytes(markov.clone(), false, &altered).is_err());
            assert!(AttributionState::from_bytes(markov.clone(), false, &before[..at]).is_err());
        }
        assert_eq!(AttributionState::from_bytes(linear, true, &before).unwrap_err().code(), Code::IncompatibleState);
        let decay = Model::from_value(&json!("time_decay")).unwrap();
        assert_eq!(AttributionState::new(decay, true).unwrap_err().field(), "keep_paths");
    }
}
