//! Counting by place, where all windows and what follows them fit a small table.
//!
//! A window is a number in base "channels + 1", a channel being the digit one above its own number; a path begins at window
//! 0, and its first touches make windows with zeros in front, which the end of the work takes for what they are. The steps of
//! order `k - 1` are those of order `k` with the oldest touch forgotten: chains of several orders are counted once.

use std::ops::Range;

use super::Chain;
use super::count::{Counter, End, Row, assemble, digits, run};
use crate::attribution::sample::{Count, Sample};
use crate::engine::monitor::Monitor;
use crate::error::Result;

/// The most places of a table of windows and their followers.
pub(super) const LARGEST_TABLE: usize = 1 << 18;

/// So many paths are read at once: their touches stay in the cache.
const BLOCK: usize = 4096;

/// Whether windows of an order, with their followers, fit a table.
pub(crate) fn fits(channels: usize, order: usize) -> bool {
    let digits = u32::try_from(order + 1).ok();
    digits.and_then(|digits| (channels + 1).checked_pow(digits)).is_some_and(|places| places <= LARGEST_TABLE)
}

/// Paths that were counted, for chains of this order and of all below it.
#[derive(Debug)]
pub(crate) enum Counted {
    Whole(Placed<u64>),
    Fixed(Placed<i128>),
}

impl Counted {
    /// Counts the paths; their windows must fit ([`fits`]).
    ///
    /// # Errors
    /// [`crate::Code::Cancelled`].
    pub(crate) fn of(sample: &Sample<'_>, order: usize, monitor: &Monitor) -> Result<Self> {
        Ok(if sample.is_whole() {
            Self::Whole(run(sample, order, monitor)?)
        } else {
            Self::Fixed(run(sample, order, monitor)?)
        })
    }

    /// The highest order that was counted.
    pub(super) fn order(&self) -> usize {
        match self {
            Self::Whole(placed) => placed.order,
            Self::Fixed(placed) => placed.order,
        }
    }

    /// The chain of an order up to the highest.
    pub(super) fn chain(&self, order: usize, values: bool) -> Chain {
        match self {
            Self::Whole(placed) => placed.lowered(order).finish(values),
            Self::Fixed(placed) => placed.lowered(order).finish(values),
        }
    }
}

/// Counts at the places of a table.
#[derive(Debug, Clone)]
pub(crate) struct Placed<W> {
    pub(super) order: usize,
    pub(super) radix: usize,
    /// The base to the power of `order - 1`.
    pub(super) high: usize,
    pub(super) ends: Vec<End<W>>,
    /// At `window * radix + channel`: how often the channel follows the window.
    pub(super) steps: Vec<W>,
}

impl<W: Count> Placed<W> {
    /// Counts a block of paths.
    fn block(&mut self, sample: &Sample<'_>, paths: Range<usize>, touches: &mut Touches, weights: &mut Vec<W>) {
        let starts = &sample.starts()[paths.start..=paths.end];
        let first = starts[0];
        touches.read(&sample.touched()[first..starts[starts.len() - 1]], starts, self.order, self.radix);
        weights.clear();
        for (path, bounds) in paths.zip(starts.windows(2)) {
            let (conversions, nulls) = (W::conversions(sample, path), W::nulls(sample, path));
            weights.push(conversions + nulls);
            if bounds[0] == bounds[1] {
                continue;
            }
            let end = &mut self.ends[touches.window[bounds[1] - first - 1] as usize];
            end.conversions += conversions;
            end.nulls += nulls;
            if sample.has_values() {
                end.value += sample.value(path) & -i128::from(conversions != W::default());
            }
        }
        let mut begun = 0;
        for (&place, &begins) in touches.place.iter().zip(&touches.begins) {
            begun += begins as usize;
            self.steps[place as usize - 1] += weights[begun - 1];
        }
    }

    /// The same counts for an order up to this one.
    fn lowered(&self, order: usize) -> Self {
        let mut placed = self.clone();
        while placed.order > order {
            placed = placed.below();
        }
        placed
    }

    /// The counts of the order below: the oldest touch of every window is forgotten.
    fn below(&self) -> Self {
        let (radix, windows) = (self.radix, self.high);
        let (ends, steps) = (vec![End::default(); windows], vec![W::default(); windows * radix]);
        let mut below = Self { order: self.order - 1, radix, high: windows / radix, ends, steps };
        for (all, own) in self.ends.chunks(windows).zip(self.steps.chunks(windows * radix)) {
            below.ends.iter_mut().zip(all).for_each(|(sum, end)| sum.add(end));
            below.steps.iter_mut().zip(own).for_each(|(sum, step)| *sum += *step);
        }
        below
    }
}

impl<W: Count> Counter for Placed<W> {
    fn new(channels: usize, order: usize) -> Result<Self> {
        let radix = channels + 1;
        let high = radix.pow(order as u32 - 1);
        let windows = high * radix;
        let (ends, steps) = (vec![End::default(); windows], vec![W::default(); windows * radix]);
        Ok(Self { order, radix, high, ends, steps })
    }

    fn count(&mut self, sample: &Sample<'_>, paths: Range<usize>) {
        let (mut touches, mut weights) = (Touches::default(), Vec::new());
        for first in paths.clone().step_by(BLOCK) {
            self.block(sample, first..paths.end.min(first + BLOCK), &mut touches, &mut weights);
        }
    }

    fn merge(&mut self, other: Self) {
        self.ends.iter_mut().zip(&other.ends).for_each(|(mine, theirs)| mine.add(theirs));
        self.steps.iter_mut().zip(&other.steps).for_each(|(mine, theirs)| *mine += *theirs);
    }

    fn finish(mut self, values: bool) -> Chain {
        // A path that is shorter than a window is one state; a longer one starts in its first full window.
        for window in 1..self.high {
            self.ends[window].start = self.ends[window].conversions + self.ends[window].nulls;
        }
        let shorter = self.high / self.radix..self.high;
        for window in shorter {
            for channel in 0..self.radix - 1 {
                self.ends[window * self.radix + channel + 1].start = self.steps[window * self.radix + channel];
            }
        }
        let mut rows = Vec::new();
        for (window, end) in self.ends.iter().enumerate().skip(1) {
            let next = |channel: usize| (window % self.high) * self.radix + channel + 1;
            let steps = &self.steps[window * self.radix..(window + 1) * self.radix];
            let followers: Vec<(u128, W)> = (0..self.radix - 1)
                .filter(|&c| window >= self.high && steps[c] != W::default() && next(c) != window)
                .map(|c| (next(c) as u128, steps[c]))
                .collect();
            if !followers.is_empty() || end.start != W::default() || end.conversions + end.nulls != W::default() {
                rows.push(Row { window: window as u128, end: *end, followers });
            }
        }
        assemble(rows, values, |window| digits(window, self.radix as u128))
    }
}

/// Where the touches of some paths stand.
#[derive(Debug, Default)]
struct Touches {
    /// How many paths start at each touch: its own, and those without touches before it.
    begins: Vec<u32>,
    /// The window behind each touch.
    window: Vec<u32>,
    /// One above the place of the step to each touch.
    place: Vec<u32>,
    /// All ones where the path reaches back to the digit in hand.
    reaches: Vec<u32>,
}

impl Touches {
    /// Reads the touches of paths that start at `starts`, whose last number is the end of the last one.
    ///
    /// Digit by digit over all touches, without a branch: paths are short, so a loop over each of them would spend its time on
    /// mispredicted ends.
    fn read(&mut self, channel: &[u32], starts: &[usize], order: usize, radix: usize) {
        let Self { begins, window, place, reaches } = self;
        begins.clear();
        begins.resize(channel.len(), 0);
        for start in &starts[..starts.len() - 1] {
            // Paths without touches at the very end start at none.
            if let Some(count) = begins.get_mut(start - starts[0]) {
                *count += 1;
            }
        }
        let same_path = |begins: u32| if begins == 0 { u32::MAX } else { 0 };
        reaches.clear();
        reaches.extend(begins.iter().map(|&b| same_path(b)));
        window.clear();
        window.extend(channel.iter().map(|c| c + 1));
        let mut scale = 1;
        for back in 1..=order {
            scale *= radix as u32;
            // A step is a window with one touch more.
            let codes = if back < order {
                &mut *window
            } else {
                place.clone_from(window);
                &mut *place
            };
            let from = back.min(channel.len());
            let own = codes[from..].iter_mut().zip(&mut reaches[from..]);
            for ((code, reaches), (before, &begins)) in own.zip(channel.iter().zip(&*begins)) {
                *code += ((before + 1) * scale) & *reaches;
                *reaches &= same_path(begins);
            }
        }
    }
}
