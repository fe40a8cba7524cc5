//! The distinct sets of channels of a sample, with what their journeys brought together.

use std::hash::Hash;

use hashbrown::HashMap;

use crate::attribution::sample::{Outcome, Sample};
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::Result;
use crate::money::fixed_to_f64;

/// Distinct sets of channels, in an order of their own that no order of rows can change.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sets {
    starts: Vec<usize>,
    members: Vec<u32>,
    /// What the journeys of each set brought; value only where they converted.
    pub(crate) outcomes: Vec<Outcome>,
    /// How many channels there are, in sets or not.
    pub(crate) channels: usize,
    /// Digits of the value's unit.
    digits: u8,
}

impl Sets {
    /// The sets of a sample. Journeys without touches, and rows that count nothing, have none.
    ///
    /// # Errors
    /// [`crate::Code::Cancelled`].
    pub(crate) fn of(sample: &Sample<'_>, monitor: &Monitor) -> Result<Self> {
        let digits = sample.unit.map_or(0, crate::table::Unit::digits);
        let mut sets = Self { starts: vec![0], channels: sample.channels, digits, ..Self::default() };
        if sample.channels <= 64 {
            let mask = |path: &[u32]| path.iter().fold(0_u64, |mask, &c| mask | 1 << c);
            for (mut mask, outcome) in gather(sample, mask, monitor)? {
                while mask > 0 {
                    sets.members.push(mask.trailing_zeros());
                    mask &= mask - 1;
                }
                sets.close(outcome);
            }
            return Ok(sets);
        }
        let distinct = |path: &[u32]| {
            let mut members = path.to_vec();
            members.sort_unstable();
            members.dedup();
            members.into_boxed_slice()
        };
        for (members, outcome) in gather(sample, distinct, monitor)? {
            sets.members.extend(&members);
            sets.close(outcome);
        }
        Ok(sets)
    }

    fn close(&mut self, outcome: Outcome) {
        self.starts.push(self.members.len());
        self.outcomes.push(outcome);
    }

    /// How many sets.
    pub(crate) fn len(&self) -> usize {
        self.outcomes.len()
    }

    /// The channels of a set, ascending.
    #[inline]
    pub(crate) fn set(&self, set: usize) -> &[u32] {
        &self.members[self.starts[set]..self.starts[set + 1]]
    }

    /// Every set with its outcome.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u32], &Outcome)> {
        self.outcomes.iter().enumerate().map(|(i, outcome)| (self.set(i), outcome))
    }

    /// The channels that are in some set, ascending.
    pub(crate) fn present(&self) -> Vec<u32> {
        let mut seen = vec![false; self.channels];
        self.members.iter().for_each(|&c| seen[c as usize] = true);
        (0..self.channels as u32).filter(|&c| seen[c as usize]).collect()
    }

    /// Everything together.
    pub(crate) fn total(&self) -> Outcome {
        self.outcomes.iter().fold(NOTHING, |sum, o| plus(sum, *o))
    }

    /// What the journeys with each channel brought.
    pub(crate) fn with_each(&self) -> Vec<Outcome> {
        let mut with = vec![NOTHING; self.channels];
        for (set, outcome) in self.iter() {
            set.iter().for_each(|&c| with[c as usize] = plus(with[c as usize], *outcome));
        }
        with
    }

    /// An amount of value in major units.
    pub(crate) fn major(&self, value: i128) -> f64 {
        fixed_to_f64(value, self.digits)
    }
}

const NOTHING: Outcome = Outcome { conversions: 0, nulls: 0, value: 0 };

pub(super) fn plus(a: Outcome, b: Outcome) -> Outcome {
    Outcome { conversions: a.conversions + b.conversions, nulls: a.nulls + b.nulls, value: a.value + b.value }
}

/// The outcomes of a sample by a key of each path, ordered by it.
fn gather<K: Hash + Ord + Send>(
    sample: &Sample<'_>,
    key: impl Fn(&[u32]) -> K + Sync + Send,
    monitor: &Monitor,
) -> Result<Vec<(K, Outcome)>> {
    let threads = if sample.inline { 1 } else { parallel::threads() };
    let size = sample.len().div_ceil(threads).max(4096);
    let rows = if sample.inline { 0 } else { sample.len() + sample.touches() };
    let parts = parallel::map(parallel::pieces(sample.len(), size), rows, |range| {
        let mut sums: HashMap<K, Outcome> = HashMap::new();
        for (done, path) in range.enumerate() {
            if done % 65_536 == 0 {
                monitor.check()?;
            }
            let touches = sample.path(path);
            let mut outcome = sample.outcome(path);
            if touches.is_empty() || (outcome.conversions == 0 && outcome.nulls == 0) {
                continue;
            }
            if outcome.conversions == 0 {
                outcome.value = 0;
            }
            let sum = sums.entry(key(touches)).or_insert(NOTHING);
            *sum = plus(*sum, outcome);
        }
        Ok(sums)
    })?;
    let mut all: HashMap<K, Outcome> = HashMap::new();
    for (key, outcome) in parts.into_iter().flatten() {
        let sum = all.entry(key).or_insert(NOTHING);
        *sum = plus(*sum, outcome);
    }
    let mut sets: Vec<(K, Outcome)> = all.into_iter().collect();
    sets.sort_unstable_by(|a, b| a.0.cmp(&b.0));
    Ok(sets)
}
