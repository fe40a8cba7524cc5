//! Counting a chain from paths: sums of integers, so that neither threads nor the order of the paths can change a bit.
//!
//! Where all windows and what follows them fit a small table, they are counted by place; else in hash tables.

use hashbrown::HashMap;

use super::Chain;
use crate::attribution::distinct::{Distinct, LANES};
use crate::attribution::sample::{Count, Outcome, Sample};
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::{Code, Error, Result};

/// The most places of a table of windows and their followers.
const LARGEST_TABLE: usize = 1 << 18;

/// Counts the chain of an order from 1.
///
/// # Errors
/// [`Code::Cancelled`]; [`Code::TooLarge`] where a window of so many channels does not fit 128 bits.
pub(crate) fn count(sample: &Sample<'_>, order: usize, monitor: &Monitor) -> Result<Chain> {
    let radix = sample.channels + 1;
    let table = u32::try_from(order + 1).ok().and_then(|digits| radix.checked_pow(digits));
    match (table.is_some_and(|t| t <= LARGEST_TABLE), sample.is_whole()) {
        (true, true) => run::<u64, Placed<u64>>(sample, order, monitor),
        (true, false) => run::<i128, Placed<i128>>(sample, order, monitor),
        (false, true) => run::<u64, Hashed<u64>>(sample, order, monitor),
        (false, false) => run::<i128, Hashed<i128>>(sample, order, monitor),
    }
}

/// A way to count.
trait Counter<W>: Send + Sized {
    fn new(channels: usize, order: usize) -> Result<Self>;
    /// Counts the paths of a range.
    fn count(&mut self, sample: &Sample<'_>, range: std::ops::Range<usize>);
    fn merge(&mut self, other: Self);
    fn finish(self, values: bool) -> Chain;
}

fn run<W: Count, C: Counter<W>>(sample: &Sample<'_>, order: usize, monitor: &Monitor) -> Result<Chain> {
    let read = |range: std::ops::Range<usize>| {
        monitor.check()?;
        let mut counter = C::new(sample.channels, order)?;
        counter.count(sample, range);
        Ok(counter)
    };
    let whole = if sample.inline || sample.len() < 1024 {
        read(0..sample.len())?
    } else {
        let size = sample.len().div_ceil(parallel::threads());
        let parts = parallel::map(parallel::pieces(sample.len(), size), sample.touches(), read)?;
        let mut whole = C::new(sample.channels, order)?;
        parts.into_iter().for_each(|part| whole.merge(part));
        whole
    };
    Ok(whole.finish(sample.has_values()))
}

/// How paths end in one state.
#[derive(Debug, Clone, Copy, Default)]
struct End<W> {
    /// How often paths start there; hash tables count it as they go.
    start: W,
    conversions: W,
    nulls: W,
    value: i128,
}

impl<W: Count> End<W> {
    fn add(&mut self, other: &Self) {
        self.start += other.start;
        self.conversions += other.conversions;
        self.nulls += other.nulls;
        self.value += other.value;
    }
}

/// Windows as numbers in base "channels + 1", a channel being the digit one above its own number.
///
/// All touches are counted in one stream without a branch: a path begins at window 0 and its first touches make windows with
/// zeros in front, which the end of the work takes for what they are. (Paths are short, so a loop over each of them would
/// spend its time on mispredicted ends.)
struct Placed<W> {
    order: usize,
    radix: usize,
    /// The base to the power of `order - 1`.
    high: usize,
    ends: Vec<End<W>>,
    /// At `window * radix + channel`: how often the channel follows the window.
    steps: Vec<W>,
}

impl<W: Count> Placed<W> {
    /// Counts the steps of paths that all have a touch; `first` are the places where they start, and one more.
    fn stream(&mut self, sample: &Sample<'_>, first: &[usize], weight: impl Fn(usize) -> W) {
        let (from, to) = (first[0], first[first.len() - 1]);
        let channel = &sample.touched()[..to];
        let (mut next, mut window, mut place) = (0, 0, 0);
        for touch in from..to {
            let begins = usize::from(touch == first[next]);
            next += begins;
            window *= 1 - begins;
            place = (place + 1) * (1 - begins);
            let code = channel[touch] as usize;
            self.steps[window * self.radix + code] += weight(next - 1);
            // What leaves the window stood `order` touches back, if the path is that long by now.
            let gone = (channel[touch.saturating_sub(self.order)] as usize + 1) * usize::from(place >= self.order);
            window = (window - gone * self.high) * self.radix + code + 1;
        }
    }

    /// Counts how paths end.
    fn endings(&mut self, sample: &Sample<'_>, path: usize) {
        let touches = sample.path(path);
        let last = &touches[touches.len().saturating_sub(self.order)..];
        let window = last.iter().fold(0, |code, &c| code * self.radix + c as usize + 1);
        let conversions = W::conversions(sample, path);
        let end = &mut self.ends[window];
        end.conversions += conversions;
        end.nulls += W::nulls(sample, path);
        if sample.has_values() {
            end.value += sample.value(path) & -i128::from(conversions != W::default());
        }
    }
}

impl<W: Count> Counter<W> for Placed<W> {
    fn new(channels: usize, order: usize) -> Result<Self> {
        let radix = channels + 1;
        let high = radix.pow(order as u32 - 1);
        let windows = high * radix;
        let (ends, steps) = (vec![End::default(); windows], vec![W::default(); windows * radix]);
        Ok(Self { order, radix, high, ends, steps })
    }

    fn count(&mut self, sample: &Sample<'_>, range: std::ops::Range<usize>) {
        if range.is_empty() {
            return;
        }
        let weight = |path: usize| W::conversions(sample, path) + W::nulls(sample, path);
        let starts = &sample.starts()[range.start..=range.end];
        if starts.windows(2).all(|w| w[0] < w[1]) {
            self.stream(sample, starts, |path| weight(range.start + path));
            range.for_each(|path| self.endings(sample, path));
            return;
        }
        let touched: Vec<usize> = range.clone().filter(|&path| !sample.path(path).is_empty()).collect();
        let mut first: Vec<usize> = touched.iter().map(|&path| sample.starts()[path]).collect();
        first.push(starts[starts.len() - 1]);
        self.stream(sample, &first, |path| weight(touched[path]));
        touched.into_iter().for_each(|path| self.endings(sample, path));
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

/// Several resamples of the same paths, counted at once: each touch knows the place that it adds to, and each place has a number
/// for every resample.
pub(crate) struct Lanes {
    order: usize,
    radix: usize,
    high: usize,
    starts: Vec<usize>,
    /// The place among the steps of each touch.
    place: Vec<u32>,
    /// The window in which each path ends; `u32::MAX` for a path without touches.
    end: Vec<u32>,
    values: bool,
}

/// One resample of [`Lanes`]: its chain, and what paths with touches and those without have brought.
pub(crate) struct Lane {
    pub(crate) chain: Chain,
    pub(crate) sums: [Outcome; 2],
}

impl Lanes {
    /// Paths ready to be counted; `None` where the table of their windows would be too large.
    pub(crate) fn new(distinct: &Distinct, order: usize) -> Option<Self> {
        let radix = distinct.channels + 1;
        let table = radix.checked_pow(u32::try_from(order + 1).ok()?)?;
        if table > LARGEST_TABLE / LANES || !distinct.has_lanes() {
            return None;
        }
        let high = radix.pow(order as u32 - 1);
        let mut place = Vec::with_capacity(distinct.channel.len());
        let mut end = Vec::with_capacity(distinct.len());
        for path in 0..distinct.len() {
            let touches = &distinct.channel[distinct.starts[path]..distinct.starts[path + 1]];
            let mut window = 0;
            for (at, &code) in touches.iter().enumerate() {
                place.push((window * radix + code as usize) as u32);
                let gone = at.checked_sub(order).map_or(0, |back| touches[back] as usize + 1);
                window = (window - gone * high) * radix + code as usize + 1;
            }
            end.push(if touches.is_empty() { u32::MAX } else { window as u32 });
        }
        Some(Self { order, radix, high, starts: distinct.starts.clone(), place, end, values: distinct.has_values() })
    }

    /// Counts the resamples `first` and those that follow it.
    pub(crate) fn count(&self, distinct: &Distinct, seed: u64, first: u64) -> Vec<Lane> {
        let windows = self.high * self.radix;
        let mut weights = vec![[0_u32; LANES]; self.end.len()];
        // The last place is that of paths without touches.
        let mut ends = vec![[[0_u32; LANES]; 2]; windows + 1];
        let mut value = vec![[0_i128; LANES]; if self.values { windows + 1 } else { 0 }];
        distinct.draw_lanes(seed, first, |path, converted, times, one| {
            let end = (self.end[path] as usize).min(windows);
            let counts = &mut ends[end][usize::from(!converted)];
            for lane in 0..LANES {
                weights[path][lane] += times[lane];
                counts[lane] += times[lane];
            }
            if converted && self.values {
                value[end].iter_mut().zip(times).for_each(|(sum, times)| *sum += one * i128::from(times));
            }
        });
        let mut steps = vec![[0_u32; LANES]; windows * self.radix];
        for (path, weight) in weights.iter().enumerate() {
            for &place in &self.place[self.starts[path]..self.starts[path + 1]] {
                steps[place as usize].iter_mut().zip(weight).for_each(|(sum, w)| *sum += w);
            }
        }
        (0..LANES).map(|lane| self.lane(lane, &ends, &value, &steps)).collect()
    }

    fn lane(&self, lane: usize, ends: &[[[u32; LANES]; 2]], value: &[[i128; LANES]], steps: &[[u32; LANES]]) -> Lane {
        let own = |place: usize| End {
            start: 0_u64,
            conversions: ends[place][0][lane].into(),
            nulls: ends[place][1][lane].into(),
            value: value.get(place).map_or(0, |v| v[lane]),
        };
        let windows = ends.len() - 1;
        let outcome = |end: &End<u64>| Outcome {
            conversions: end.conversions.fixed(),
            nulls: end.nulls.fixed(),
            value: end.value,
        };
        let ends: Vec<End<u64>> = (0..windows).map(own).collect();
        let mut all = End::<u64>::default();
        ends.iter().for_each(|end| all.add(end));
        let sums = [outcome(&all), outcome(&own(windows))];
        let steps = steps.iter().map(|step| step[lane].into()).collect();
        let placed = Placed { order: self.order, radix: self.radix, high: self.high, ends, steps };
        Lane { chain: placed.finish(self.values), sums }
    }
}

/// The channels of a window in base `radix`.
fn digits(mut window: u128, radix: u128) -> Vec<u32> {
    let mut channels = Vec::new();
    while window > 0 {
        channels.push((window % radix) as u32 - 1);
        window /= radix;
    }
    channels.reverse();
    channels
}

/// Windows as 128 bits, some bits to a channel.
struct Hashed<W> {
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

impl<W: Count> Counter<W> for Hashed<W> {
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

    fn count(&mut self, sample: &Sample<'_>, range: std::ops::Range<usize>) {
        for path in range {
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
struct Row<W> {
    window: u128,
    end: End<W>,
    followers: Vec<(u128, W)>,
}

fn assemble<W: Count>(mut rows: Vec<Row<W>>, values: bool, channels: impl Fn(u128) -> Vec<u32>) -> Chain {
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
