//! [`Sample`]: what an estimator learns from: paths and how often each of them converted, for how much, and did not.
//!
//! The journeys themselves are a sample; so is a resample of them, which shares their paths and has counts of its own.
//! An estimator sees no difference, so that its intervals are those of the estimator itself.

use std::sync::OnceLock;

use super::chain::Counted;
use super::journeys::{Counts, Inner, Journeys, ONE};
use crate::table::Unit;

/// Paths with their outcomes; cheap to copy.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample<'a> {
    /// Where the touches of each path start; one more than there are paths.
    starts: &'a [usize],
    channel: &'a [u32],
    /// How many channels there are.
    pub(crate) channels: usize,
    conversions: Tally<'a>,
    nulls: Tally<'a>,
    values: Option<&'a [i128]>,
    /// What the values count; `None`: there are none.
    pub(crate) unit: Option<Unit>,
    /// Where what the paths have brought together is kept, once it was added up.
    known: Option<&'a OnceLock<[Outcome; 2]>>,
    /// The steps of its paths, where several chains need them.
    counted: Option<&'a Counted>,
    /// Whether the work on this sample stays on one thread, because many samples are worked on at once.
    pub(crate) inline: bool,
}

/// Counts per path.
#[derive(Debug, Clone, Copy)]
enum Tally<'a> {
    Flags(&'a [bool]),
    /// With twelve decimals.
    Fixed(&'a [i128]),
    /// Whole numbers.
    Whole(&'a [u32]),
}

impl<'a> Tally<'a> {
    fn of(counts: &'a Counts) -> Self {
        match counts {
            Counts::Flags(flags) => Self::Flags(flags),
            Counts::Fixed(values) => Self::Fixed(values),
        }
    }

    #[inline]
    fn get(&self, path: usize) -> i128 {
        match self {
            Self::Flags(flags) => i128::from(flags[path]) * ONE,
            Self::Fixed(values) => values[path],
            Self::Whole(values) => i128::from(values[path]) * ONE,
        }
    }

    #[inline]
    fn whole(&self, path: usize) -> u64 {
        match self {
            Self::Flags(flags) => u64::from(flags[path]),
            Self::Fixed(values) => (values[path] / ONE) as u64,
            Self::Whole(values) => u64::from(values[path]),
        }
    }

    /// Whether every count is a whole number and their sum surely fits 64 bits.
    fn is_whole(&self) -> bool {
        match self {
            Self::Flags(_) | Self::Whole(_) => true,
            Self::Fixed(values) => {
                let whole = |sum: i128, v: &i128| {
                    let count = v / ONE;
                    (count * ONE == *v).then(|| sum.saturating_add(count))
                };
                values.iter().try_fold(0, whole).is_some_and(|sum| sum < 1 << 62)
            }
        }
    }
}

/// How the journeys of one path ended, counts with twelve decimals, value in its unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) conversions: i128,
    pub(crate) nulls: i128,
    pub(crate) value: i128,
}

/// A count that estimators add up: whole, or with twelve decimals.
pub(crate) trait Count:
    Copy + Default + Send + Sync + std::ops::AddAssign + std::ops::Add<Output = Self> + PartialEq
{
    fn conversions(sample: &Sample<'_>, path: usize) -> Self;
    fn nulls(sample: &Sample<'_>, path: usize) -> Self;
    /// The count as a number.
    fn number(self) -> f64;
    /// The count with twelve decimals.
    fn fixed(self) -> i128;
}

impl Count for u64 {
    #[inline]
    fn conversions(sample: &Sample<'_>, path: usize) -> Self {
        sample.conversions.whole(path)
    }
    #[inline]
    fn nulls(sample: &Sample<'_>, path: usize) -> Self {
        sample.nulls.whole(path)
    }
    fn number(self) -> f64 {
        self as f64
    }
    fn fixed(self) -> i128 {
        i128::from(self) * ONE
    }
}

impl Count for i128 {
    #[inline]
    fn conversions(sample: &Sample<'_>, path: usize) -> Self {
        sample.conversions.get(path)
    }
    #[inline]
    fn nulls(sample: &Sample<'_>, path: usize) -> Self {
        sample.nulls.get(path)
    }
    fn number(self) -> f64 {
        crate::money::fixed_to_f64(self, 12)
    }
    fn fixed(self) -> i128 {
        self
    }
}

impl<'a> Sample<'a> {
    /// The same sample with the steps of its paths, for chains up to their order.
    pub(crate) fn with_steps(self, counted: Option<&'a Counted>) -> Self {
        Self { counted, ..self }
    }

    /// The steps of its paths, where they were counted before.
    pub(crate) fn steps(&self) -> Option<&'a Counted> {
        self.counted
    }

    /// How many paths.
    pub(crate) fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// How many touches.
    pub(crate) fn touches(&self) -> usize {
        self.channel.len()
    }

    /// Where the touches of each path start; one more than there are paths.
    pub(crate) fn starts(&self) -> &'a [usize] {
        self.starts
    }

    /// The channels of all touches, path after path.
    pub(crate) fn touched(&self) -> &'a [u32] {
        self.channel
    }

    /// The channels of a path, in order.
    #[inline]
    pub(crate) fn path(&self, path: usize) -> &'a [u32] {
        &self.channel[self.starts[path]..self.starts[path + 1]]
    }

    #[inline]
    pub(crate) fn value(&self, path: usize) -> i128 {
        self.values.map_or(0, |v| v[path])
    }

    pub(crate) fn has_values(&self) -> bool {
        self.values.is_some()
    }

    pub(crate) fn outcome(&self, path: usize) -> Outcome {
        Outcome { conversions: self.conversions.get(path), nulls: self.nulls.get(path), value: self.value(path) }
    }

    /// Whether all counts are whole numbers of ordinary size: then 64 bits hold their sums.
    pub(crate) fn is_whole(&self) -> bool {
        self.conversions.is_whole() && self.nulls.is_whole()
    }

    /// What the paths with at least one touch have brought together.
    pub(crate) fn attributable(&self) -> Outcome {
        self.sums()[0]
    }

    /// What the paths without any touch have brought together.
    pub(crate) fn unattributed(&self) -> Outcome {
        self.sums()[1]
    }

    fn sums(&self) -> [Outcome; 2] {
        let add = || if self.is_whole() { self.add_up::<u64>() } else { self.add_up::<i128>() };
        match self.known {
            Some(known) => *known.get_or_init(add),
            None => add(),
        }
    }

    fn add_up<W: Count>(&self) -> [Outcome; 2] {
        let (mut conversions, mut nulls, mut value) = ([W::default(); 2], [W::default(); 2], [0_i128; 2]);
        for path in 0..self.len() {
            let empty = usize::from(self.starts[path] == self.starts[path + 1]);
            let converted = W::conversions(self, path);
            conversions[empty] += converted;
            nulls[empty] += W::nulls(self, path);
            value[empty] += self.value(path) & -i128::from(converted != W::default());
        }
        [0, 1].map(|i| Outcome { conversions: conversions[i].fixed(), nulls: nulls[i].fixed(), value: value[i] })
    }

    /// Paths with the counts of a resample, worked on by one thread.
    pub(crate) fn of_paths(
        starts: &'a [usize],
        channel: &'a [u32],
        channels: usize,
        draws: &'a Draws,
        values: bool,
    ) -> Self {
        let (conversions, nulls) = match &draws.fixed {
            Some((conversions, nulls)) => (Tally::Fixed(conversions), Tally::Fixed(nulls)),
            None => (Tally::Whole(&draws.conversions), Tally::Whole(&draws.nulls)),
        };
        let values = values.then_some(&*draws.values);
        // Shares have no unit.
        Self {
            starts,
            channel,
            channels,
            conversions,
            nulls,
            values,
            unit: None,
            known: None,
            counted: None,
            inline: true,
        }
    }
}

/// Counts of a resample, path by path.
#[derive(Debug, Clone, Default)]
pub(crate) struct Draws {
    conversions: Vec<u32>,
    nulls: Vec<u32>,
    /// With twelve decimals, where not every unit counts one.
    fixed: Option<(Vec<i128>, Vec<i128>)>,
    /// Empty where there are no values.
    values: Vec<i128>,
}

impl Draws {
    /// Nothing yet, for so many paths.
    pub(crate) fn reset(&mut self, paths: usize, whole: bool, values: bool) {
        let counted = if whole { paths } else { 0 };
        for counts in [&mut self.conversions, &mut self.nulls] {
            counts.clear();
            counts.resize(counted, 0);
        }
        self.fixed = (!whole).then(|| (vec![0; paths], vec![0; paths]));
        self.values.clear();
        self.values.resize(if values { paths } else { 0 }, 0);
    }

    /// Adds an outcome of a path, taken some times.
    #[inline]
    pub(crate) fn add(&mut self, path: usize, converted: bool, times: u64, size: i128, value: i128) {
        if let Some((conversions, nulls)) = &mut self.fixed {
            let counts = if converted { conversions } else { nulls };
            counts[path] += size * i128::from(times);
        } else {
            let counts = if converted { &mut self.conversions } else { &mut self.nulls };
            counts[path] = counts[path].saturating_add(times as u32);
        }
        if converted && !self.values.is_empty() {
            self.values[path] += value * i128::from(times);
        }
    }
}

impl Inner {
    /// The journeys as a sample.
    pub(crate) fn sample(&self) -> Sample<'_> {
        Sample {
            starts: &self.starts,
            channel: &self.channel,
            channels: self.channels.len(),
            conversions: Tally::of(&self.conversions),
            nulls: Tally::of(&self.nulls),
            values: self.values.as_deref(),
            unit: self.unit,
            known: Some(&self.sums),
            counted: None,
            inline: false,
        }
    }
}

impl Journeys {
    pub(crate) fn sample(&self) -> Sample<'_> {
        self.inner.sample()
    }
}
