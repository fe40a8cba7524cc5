//! Counting a chain from paths: sums of integers, so that neither threads nor the order of the paths can change a bit.
//!
//! Where all windows and what follows them fit a small table, they are counted by place; else in hash tables.

use std::ops::Range;

use hashbrown::HashMap;

use super::Chain;
use super::placed::{Counted, fits};
use crate::attribution::sample::{Count, Sample};
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::{Code, Error, Result};

/// Counts the chain of an order from 1, or takes it from what was counted for several orders.
///
/// # Errors
/// [`Code::Cancelled`]; [`Code::TooLarge`] where a window of so many channels does not fit 128 bits.
pub(crate) fn count(sample: &Sample<'_>, order: usize, monitor: &Monitor) -> Result<Chain> {
    let values = sample.has_values();
    if let Some(counted) = sample.steps().filter(|counted| order <= counted.order()) {
        return Ok(counted.chain(order, values));
    }
    Ok(match (fits(sample.channels, order), sample.is_whole()) {
        (true, _) => Counted::of(sample, order, monitor)?.chain(order, values),
        (false, true) => run::<Hashed<u64>>(sample, order, monitor)?.finish(values),
        (false, false) => run::<Hashed<i128>>(sample, order, monitor)?.finish(values),
    })
}

/// A way to count.
pub(super) trait Counter: Send + Sized {
    fn new(channels: usize, order: usize) -> Result<Self>;
    /// Counts the paths of a range.
    fn count(&mut self, sample: &Sample<'_>, paths: Range<usize>);
    fn merge(&mut self, other: Self);
    fn finish(self, values: bool) -> Chain;
}

pub(super) fn run<C: Counter>(sample: &Sample<'_>, order: usize, monitor: &Monitor) -> Result<C> {
    let read = |paths: Range<usize>| {
        monitor.check()?;
        let mut counter = C::new(sample.channels, order)?;
        counter.count(sample, paths);
        Ok(counter)
    };
    if sample.inline || sample.len() < 1024 {
        return read(0..sample.len());
    }
    let size = sample.len().div_ceil(parallel::threads());
    let parts = parallel::map(parallel::pieces(sample.len(), size), sample.touches(), read)?;
    let mut whole = C::new(sample.channels, order)?;
    parts.into_iter().for_each(|part| whole.merge(part));
    Ok(whole)
}

/// How paths end in one state.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct End<W> {
    /// How often paths start there; hash tables count it as they go.
    pub(super) start: W,
    pub(super) conversions: W,
    pub(super) nulls: W,
    pub(super) value: i128,
}

impl<W: Count> End<W> {
    pub(super) fn add(&mut self, other: &Self) {
        self.start += other.start;
        self.conversions += other.conversions;
        self.nulls += other.nulls;
        self.value += other.value;
    }
}

/// The channels of a window in base `radix`.
pub(super) fn digits(mut window: u128, radix: u128) -> Vec<u32> {
    let mut channels = Vec::new();
    while window > 0 {
        channels.push((window % radix) as u32 - 1);
        window /= radix;
    }
    channels.reverse();
    channels
}

/// Windows as 128 bits, some bits to a channel.
pub(super) struct Hashed<W> {
    order: usize,
    bits: u32,
    mask: u128,
    places: HashMap<u128, u32>,
    windows: Vec<u128>,
    ends: Vec<End<W>>,
    /// By the place of a window and the channel that follows.
    steps: HashMap<(u32, u32), W>,
}

impl<W: Count> Hashed<W> {
    fn place(&mut self, window: u128) -> u32 {
        *self.places.entry(window).or_insert_with(|| {
            self.windows.push(window);
            self.ends.push(End::default());
            self.windows.len() as u32 - 1
        })
    }

    fn add(&mut self, path: &[u32], conversions: W, nulls: W, value: i128) {
        let weight = conversions + nulls;
        let first = path.len().min(self.order);
        let mut window = path[..first].iter().fold(0, |code, &c| (code << self.bits) | (u128::from(c) + 1));
        let mut place = self.place(window);
        self.ends[place as usize].start += weight;
        for &channel in &path[first..] {
            let next = self.shift(window, channel);
            if next != window {
                *self.steps.entry((place, channel)).or_default() += weight;
                window = next;
                place = self.place(next);
            }
        }
        let end = &mut self.ends[place as usize];
        end.conversions += conversions;
        end.nulls += nulls;
        if conversions != W::default() {
            end.value += value;
        }
    }

    fn shift(&self, window: u128, channel: u32) -> u128 {
        ((window << self.bits) | (u128::from(channel) + 1)) & self.mask
    }
}

impl<W: Count> Counter for Hashed<W> {
    fn new(channels: usize, order: usize) -> Result<Self> {
        let bits = usize::BITS - channels.leading_zeros();
        let wide = bits as usize * order;
        if wide > 128 {
            let message = format!(
                "order {order} with {channels} channels needs windows of {wide} bits; at most 128 are possible: take a lower order or fewer channels"
            );
            return Err(Error::new(Code::TooLarge, "markov.order", message));
        }
        let mask = if wide == 128 { u128::MAX } else { (1 << wide) - 1 };
        let (places, steps) = (HashMap::new(), HashMap::new());
        Ok(Self { order, bits, mask, places, windows: Vec::new(), ends: Vec::new(), steps })
    }

    fn count(&mut self, sample: &Sample<'_>, paths: Range<usize>) {
        for path in paths {
            let (conversions, nulls) = (W::conversions(sample, path), W::nulls(sample, path));
            if !sample.path(path).is_empty() && conversions + nulls != W::default() {
                self.add(sample.path(path), conversions, nulls, sample.value(path));
            }
        }
    }

    fn merge(&mut self, other: Self) {
        let places: Vec<u32> = other.windows.iter().map(|&w| self.place(w)).collect();
        for (end, &place) in other.ends.iter().zip(&places) {
            self.ends[place as usize].add(end);
        }
        for ((window, channel), weight) in other.steps {
            *self.steps.entry((places[window as usize], channel)).or_default() += weight;
        }
    }

    fn finish(self, values: bool) -> Chain {
        let mut followers: Vec<Vec<(u128, W)>> = vec![Vec::new(); self.windows.len()];
        for (&(place, channel), &weight) in &self.steps {
            followers[place as usize].push((self.shift(self.windows[place as usize], channel), weight));
        }
        let ends = self.windows.iter().zip(&self.ends);
        let rows = ends.zip(followers).map(|((&window, &end), followers)| Row { window, end, followers }).collect();
        assemble(rows, values, |window| digits(window, 1 << self.bits))
    }
}

/// A window, how paths end there, and the windows that follow it.
pub(super) struct Row<W> {
    pub(super) window: u128,
    pub(super) end: End<W>,
    pub(super) followers: Vec<(u128, W)>,
}

pub(super) fn assemble<W: Count>(mut rows: Vec<Row<W>>, values: bool, channels: impl Fn(u128) -> Vec<u32>) -> Chain {
    rows.sort_unstable_by_key(|row| row.window);
    let windows: Vec<u128> = rows.iter().map(|row| row.window).collect();
    // Every follower was itself met, so it is found.
    let find = |window: u128| windows.partition_point(|w| *w < window) as u32;
    let next = |row: &Row<W>| {
        let mut steps: Vec<(u32, f64)> = row.followers.iter().map(|&(w, weight)| (find(w), weight.number())).collect();
        steps.sort_unstable_by_key(|step| step.0);
        steps
    };
    Chain {
        next: rows.iter().map(next).collect(),
        windows: windows.iter().map(|&w| channels(w)).collect(),
        start: rows.iter().map(|row| row.end.start.number()).collect(),
        conversions: rows.iter().map(|row| row.end.conversions.number()).collect(),
        nulls: rows.iter().map(|row| row.end.nulls.number()).collect(),
        value: values.then(|| rows.iter().map(|row| row.end.value as f64).collect()),
    }
}
