//! [`Distinct`]: the distinct paths of a set of journeys, and the units that a resample draws.
//!
//! A journey with an id is a unit of its own: a replicate takes it Poisson(1) times, keyed by its id, so that all journeys
//! of one customer are taken together. Aggregated rows are merged by path, outcome and value per conversion first; `n`
//! equal outcomes are one unit that is taken Poisson(n) times, keyed by its content. So the order and the division of the
//! rows do not matter, and the work is per distinct path.
//!
//! Source: Chamandy, Muralidharan, Najmi and Naidu, "Estimating uncertainty for massive data streams" (2012), for the
//! Poisson bootstrap.

use std::hash::{BuildHasher, Hasher};

use hashbrown::HashMap;

use super::journeys::{Journeys, ONE};
use super::sample::{Draws, Sample};
use crate::engine::rng::{KeyedRng, xxh64};
use crate::error::{Code, Error, Result};

/// How a unit ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum Kind {
    Conversion,
    Null,
}

/// Something that a resample takes some times.
#[derive(Debug, Clone)]
struct Unit {
    path: u32,
    kind: Kind,
    /// The key of its random numbers.
    key: u64,
    /// How often it is taken on average.
    mean: f64,
    /// What one of it counts, with twelve decimals.
    size: i128,
    /// What one of it brings.
    value: i128,
}

impl Unit {
    /// How often a replicate takes it.
    #[inline]
    fn times(&self, rng: &KeyedRng, replicate: u64) -> u64 {
        if self.mean == 1.0 {
            return u64::from(rng.clone().at(replicate).poisson1());
        }
        // Larger means take several numbers; 2^20 of them lie between replicates.
        rng.clone().at((replicate + 1) << 20).poisson(self.mean)
    }
}

/// Distinct paths with the units that took them.
#[derive(Debug)]
pub(crate) struct Distinct {
    pub(crate) starts: Vec<usize>,
    pub(crate) channel: Vec<u32>,
    pub(crate) channels: usize,
    /// A journey that took each path.
    pub(crate) first: Vec<usize>,
    units: Vec<Unit>,
    /// Whether every unit counts one.
    whole: bool,
    values: bool,
}

/// Replicates that are drawn at once.
pub(crate) const LANES: usize = 8;
/// The most of one path that is drawn at once: counts of a resample have 32 bits.
const MOST: f64 = 2_000_000_000.0;

impl Distinct {
    /// The distinct paths of journeys; with `merge` off each journey keeps a path of its own.
    ///
    /// # Errors
    /// [`Code::NumberOutOfRange`] where one path was counted more than 2 * 10^9 times.
    pub(crate) fn of(journeys: &Journeys, merge: bool) -> Result<Self> {
        let inner = &journeys.inner;
        let mut paths = Paths::new(journeys, merge);
        let mut units = Vec::new();
        let values = inner.values.as_deref();
        if let Some((codes, ids)) = &inner.ids {
            let keys: Vec<u64> = (0..ids.len() as u32).map(|c| xxh64(ids.key(c).to_string().as_bytes(), 0)).collect();
            for journey in 0..journeys.rows() {
                let (conversions, nulls) = (inner.conversions.get(journey), inner.nulls.get(journey));
                let value = values.map_or(0, |v| v[journey]);
                let key = keys[codes[journey] as usize];
                let path = paths.place(journey);
                let own = [(Kind::Conversion, conversions, value), (Kind::Null, nulls, 0)];
                let own = own.into_iter().filter(|(_, size, _)| *size != 0);
                units.extend(own.map(|(kind, size, value)| Unit { path, kind, key, mean: 1.0, size, value }));
            }
        } else {
            let mut converted: HashMap<(u32, i128), i128> = HashMap::new();
            let mut nulled: Vec<i128> = Vec::new();
            for journey in 0..journeys.rows() {
                let (conversions, nulls) = (inner.conversions.get(journey), inner.nulls.get(journey));
                if conversions == 0 && nulls == 0 {
                    continue;
                }
                let path = paths.place(journey);
                nulled.resize(paths.first.len(), 0);
                nulled[path as usize] += nulls;
                if conversions != 0 {
                    let value = values.map_or(0, |v| per_one(v[journey], conversions));
                    *converted.entry((path, value)).or_default() += conversions;
                }
            }
            let null = |(path, &count): (usize, &i128)| (count != 0).then_some(((path as u32, Kind::Null, 0), count));
            let merged = converted.into_iter().map(|((path, value), count)| ((path, Kind::Conversion, value), count));
            let mut ordered: Vec<_> = merged.chain(nulled.iter().enumerate().filter_map(null)).collect();
            let hashes = paths.content_keys(journeys);
            ordered.sort_unstable_by_key(|(key, _)| *key);
            units.extend(ordered.into_iter().map(|((path, kind, value), count)| {
                let mut content = [0_u8; 25];
                content[..8].copy_from_slice(&hashes[path as usize].to_le_bytes());
                content[8..24].copy_from_slice(&value.to_le_bytes());
                content[24] = u8::from(kind == Kind::Null);
                let mean = crate::money::fixed_to_f64(count, 12);
                Unit { path, kind, key: xxh64(&content, 1), mean, size: ONE, value }
            }));
        }
        if let Some(unit) = units.iter().find(|u| u.mean > MOST) {
            let message = format!("one path was counted {} times; resampling takes at most {MOST}", unit.mean);
            return Err(Error::new(Code::NumberOutOfRange, "conversions", message));
        }
        units.sort_by_key(|unit| unit.path);
        let whole = units.iter().all(|unit| unit.size == ONE);
        let (starts, channel, first) = paths.finish();
        Ok(Self { starts, channel, channels: inner.channels.len(), first, units, whole, values: values.is_some() })
    }

    /// How many distinct paths.
    pub(crate) fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether conversions have values.
    pub(crate) fn has_values(&self) -> bool {
        self.values
    }

    /// How many units.
    pub(crate) fn units(&self) -> usize {
        self.units.len()
    }

    /// The paths with the counts of a resample.
    pub(crate) fn sample<'a>(&'a self, draws: &'a Draws) -> Sample<'a> {
        Sample::of_paths(&self.starts, &self.channel, self.channels, draws, self.values)
    }

    /// Replicate number `replicate` of the Poisson bootstrap.
    pub(crate) fn draw(&self, seed: u64, replicate: u64, draws: &mut Draws) {
        self.take(draws, |unit| unit.times(&KeyedRng::from_u64(seed, unit.key), replicate));
    }

    /// The same numbers for several replicates at once, unit by unit: path, whether it converted, how often each replicate
    /// takes it, and what one of it brings. Only where [`Distinct::has_lanes`].
    pub(crate) fn draw_lanes(&self, seed: u64, first: u64, mut each: impl FnMut(usize, bool, [u32; LANES], i128)) {
        for unit in &self.units {
            let rng = KeyedRng::from_u64(seed, unit.key);
            let mut times = [0; LANES];
            for (lane, times) in times.iter_mut().enumerate() {
                *times = unit.times(&rng, first + lane as u64) as u32;
            }
            each(unit.path as usize, unit.kind == Kind::Conversion, times, unit.value);
        }
    }

    /// Whether [`Distinct::draw_lanes`] can count in 32 bits.
    pub(crate) fn has_lanes(&self) -> bool {
        self.whole && self.units.iter().map(|unit| unit.mean).sum::<f64>() < MOST
    }

    /// Everything but one of `groups` parts; equal outcomes are spread over the parts evenly.
    pub(crate) fn without_group(&self, group: u64, groups: u64, draws: &mut Draws) {
        self.take(draws, |unit| {
            let count = unit.mean as u64;
            let first = unit.key % groups;
            let place = (group + groups - first) % groups;
            count - count / groups - u64::from(place < count % groups)
        });
    }

    #[inline]
    fn take(&self, draws: &mut Draws, times: impl Fn(&Unit) -> u64) {
        draws.reset(self.len(), self.whole, self.values);
        for unit in &self.units {
            let times = times(unit);
            if times > 0 {
                draws.add(unit.path as usize, unit.kind == Kind::Conversion, times, unit.size, unit.value);
            }
        }
    }
}

/// The value of one conversion, to the nearest unit (halves away from zero).
pub(super) fn per_one(value: i128, conversions: i128) -> i128 {
    let wide = value.checked_mul(2 * ONE);
    match wide {
        Some(wide) => i128::midpoint(wide / conversions, value.signum()),
        None => (value / conversions).saturating_mul(ONE),
    }
}

/// The distinct paths while they are found.
struct Paths<'a> {
    starts: &'a [usize],
    channel: &'a [u32],
    merge: bool,
    places: HashMap<&'a [u32], u32, WordHash>,
    /// The first journey of each path.
    first: Vec<usize>,
}

impl<'a> Paths<'a> {
    fn new(journeys: &'a Journeys, merge: bool) -> Self {
        let inner = &journeys.inner;
        Self { starts: &inner.starts, channel: &inner.channel, merge, places: HashMap::default(), first: Vec::new() }
    }

    fn path(&self, journey: usize) -> &'a [u32] {
        &self.channel[self.starts[journey]..self.starts[journey + 1]]
    }

    fn place(&mut self, journey: usize) -> u32 {
        let next = self.first.len() as u32;
        if !self.merge {
            self.first.push(journey);
            return next;
        }
        let path = self.path(journey);
        let place = *self.places.entry(path).or_insert(next);
        if place == next {
            self.first.push(journey);
        }
        place
    }

    /// A hash of the channels' names, path by path.
    fn content_keys(&self, journeys: &Journeys) -> Vec<u64> {
        let names: Vec<u64> = journeys.channels().iter().map(|name| xxh64(name.as_bytes(), 2)).collect();
        let mut bytes = Vec::new();
        let key = |&journey: &usize| {
            bytes.clear();
            self.path(journey).iter().for_each(|&c| bytes.extend(names[c as usize].to_le_bytes()));
            // Paths that are alike by their channels, and not to the model, are not drawn alike.
            if let Some(vendor) = journeys.inner.vendor.as_ref().filter(|_| !self.merge) {
                bytes.extend(vendor[self.starts[journey]..self.starts[journey + 1]].iter().map(|&own| u8::from(own)));
            }
            xxh64(&bytes, 3)
        };
        self.first.iter().map(key).collect()
    }

    fn finish(self) -> (Vec<usize>, Vec<u32>, Vec<usize>) {
        let mut starts = Vec::with_capacity(self.first.len() + 1);
        let mut channel = Vec::new();
        starts.push(0);
        for &journey in &self.first {
            channel.extend_from_slice(self.path(journey));
            starts.push(channel.len());
        }
        (starts, channel, self.first)
    }
}

/// A hasher of words that is good enough for paths and much faster than one that resists attack: paths are compared in full.
#[derive(Clone, Copy, Default)]
struct WordHash;

#[derive(Default)]
struct WordHasher(u64);

impl BuildHasher for WordHash {
    type Hasher = WordHasher;
    fn build_hasher(&self) -> WordHasher {
        WordHasher::default()
    }
}

impl Hasher for WordHasher {
    fn finish(&self) -> u64 {
        let z = (self.0 ^ (self.0 >> 32)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z ^ (z >> 29)
    }
    fn write(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..part.len()].copy_from_slice(part);
            self.write_u64(u64::from_le_bytes(word));
        }
    }
    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(23) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
    fn write_usize(&mut self, word: usize) {
        self.write_u64(word as u64);
    }
}
