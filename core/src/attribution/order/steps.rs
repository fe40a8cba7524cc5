//! The steps of paths, counted by what went before, fold by fold.
//!
//! A path is the symbols "start, channels, end"; a step predicts one of them from the up to `k` symbols before it. The steps
//! of order `k - 1` are those of order `k` with the oldest symbol forgotten, so only the highest order is counted.
//!
//! Each journey falls into a fold by a draw that is keyed by its path, outcome and seed. Rows of the same path are one, so
//! neither the order of the rows nor how they were aggregated can change a fold.

use hashbrown::HashMap;

use crate::attribution::journeys::ONE;
use crate::attribution::sample::Sample;
use crate::engine::monitor::Monitor;
use crate::engine::rng::{KeyedRng, xxh64};
use crate::error::{Code, Error, Result};

/// So many journeys of one path and outcome draw each for itself; those beyond are dealt out evenly.
const DRAWN: i128 = 1000;
/// No entry.
pub(super) const NONE: u32 = u32::MAX;

/// All steps, by order.
pub(super) struct Steps {
    /// From order 0 up to the highest.
    pub(super) levels: Vec<Level>,
    /// At `entry * folds + fold`, for the entries of the highest order; counts with twelve decimals.
    pub(super) counts: Vec<i128>,
    pub(super) folds: usize,
    pub(super) channels: usize,
    /// Journeys that converted and that did not, with twelve decimals.
    pub(super) outcomes: [i128; 2],
    pub(super) paths: usize,
    pub(super) longest: usize,
}

/// The steps of one order: an entry is a context with the symbol that follows.
#[derive(Default)]
pub(super) struct Level {
    /// The context of each entry.
    pub(super) context: Vec<u32>,
    /// The entry with the oldest symbol forgotten; empty at order 0.
    pub(super) parent: Vec<u32>,
    /// The context with the oldest symbol forgotten; empty at order 0.
    pub(super) context_parent: Vec<u32>,
    /// Which contexts are those of one order lower, because the path had no more symbols.
    pub(super) same: Vec<bool>,
    /// The entries of each context that end a path: converted, not converted.
    pub(super) ends: Vec<[u32; 2]>,
    /// The context that is the start alone.
    pub(super) start: Option<u32>,
}

/// How symbols are written as digits of a context.
struct Digits {
    bits: u32,
    channels: u32,
}

impl Digits {
    fn new(channels: usize, order: usize) -> Result<Self> {
        let bits = usize::BITS - (channels + 1).leading_zeros();
        let wide = bits as usize * order;
        if wide > 128 {
            let message = format!(
                "order {order} with {channels} channels needs windows of {wide} bits; at most 128 are possible: take a lower max_order or fewer channels"
            );
            return Err(Error::new(Code::TooLarge, "max_order", message));
        }
        Ok(Self { bits, channels: channels as u32 })
    }

    fn mask(&self, order: usize) -> u128 {
        let wide = self.bits * order as u32;
        if wide >= 128 { u128::MAX } else { (1 << wide) - 1 }
    }

    fn start(&self) -> u128 {
        u128::from(self.channels) + 1
    }

    /// The symbol of an end: beyond all channels.
    fn end(&self, outcome: usize) -> u32 {
        self.channels + outcome as u32
    }
}

/// Counts the steps of every path with at least one touch.
pub(super) fn count(
    sample: &Sample<'_>,
    names: &[String],
    order: usize,
    folds: usize,
    seed: u64,
    monitor: &Monitor,
) -> Result<Steps> {
    let digits = Digits::new(sample.channels, order)?;
    let keys: Vec<[u8; 8]> = names.iter().map(|name| xxh64(name.as_bytes(), 0).to_le_bytes()).collect();
    let paths = merge(sample, monitor)?;
    let mut entries: HashMap<(u128, u32), u32> = HashMap::new();
    let mut counts: Vec<i128> = Vec::new();
    let mut add = |context: u128, symbol: u32, weights: &[i128]| {
        let next = entries.len() as u32;
        let entry = *entries.entry((context, symbol)).or_insert(next) as usize;
        counts.resize(counts.len().max((entry + 1) * folds), 0);
        counts[entry * folds..].iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
    };
    let mask = digits.mask(order);
    let (mut outcomes, mut key) = ([0; 2], Vec::new());
    let mut dealt = [vec![0; folds], vec![0; folds]];
    let mut both = vec![0; folds];
    for (done, (path, seen)) in paths.iter().enumerate() {
        if done % 65_536 == 0 {
            monitor.check()?;
        }
        key.clear();
        path.iter().for_each(|&c| key.extend_from_slice(&keys[c as usize]));
        for outcome in 0..2 {
            key.push(outcome as u8);
            deal(seen[outcome], &mut KeyedRng::new(seed, &key), &mut dealt[outcome]);
            key.pop();
            outcomes[outcome] += seen[outcome];
        }
        both.iter_mut().zip(&dealt[0]).zip(&dealt[1]).for_each(|((sum, a), b)| *sum = a + b);
        let mut context = digits.start() & mask;
        for &channel in *path {
            add(context, channel, &both);
            context = ((context << digits.bits) | (u128::from(channel) + 1)) & mask;
        }
        for outcome in (0..2).filter(|&o| seen[o] != 0) {
            add(context, digits.end(outcome), &dealt[outcome]);
        }
    }
    let longest = paths.keys().map(|p| p.len()).max().unwrap_or(0);
    let mut top = vec![(0, 0); entries.len()];
    entries.into_iter().for_each(|(entry, place)| top[place as usize] = entry);
    let levels = levels(top, order, &digits);
    Ok(Steps { levels, counts, folds, channels: sample.channels, outcomes, paths: paths.len(), longest })
}

/// The distinct paths with at least one touch and how often they converted and did not.
fn merge<'a>(sample: &Sample<'a>, monitor: &Monitor) -> Result<HashMap<&'a [u32], [i128; 2]>> {
    let mut paths: HashMap<&[u32], [i128; 2]> = HashMap::new();
    for path in 0..sample.len() {
        if path % 65_536 == 0 {
            monitor.check()?;
        }
        let outcome = sample.outcome(path);
        if sample.path(path).is_empty() || (outcome.conversions == 0 && outcome.nulls == 0) {
            continue;
        }
        let seen = paths.entry(sample.path(path)).or_default();
        seen[0] += outcome.conversions;
        seen[1] += outcome.nulls;
    }
    Ok(paths)
}

/// Deals journeys into folds; a part of a journey goes with one draw.
fn deal(count: i128, rng: &mut KeyedRng, folds: &mut [i128]) {
    folds.fill(0);
    let (whole, part) = (count / ONE, count % ONE);
    let each = (whole - DRAWN).max(0) / folds.len() as i128;
    folds.iter_mut().for_each(|fold| *fold = each * ONE);
    for _ in 0..whole - each * folds.len() as i128 {
        folds[rng.below(folds.len() as u64) as usize] += ONE;
    }
    if part != 0 {
        folds[rng.below(folds.len() as u64) as usize] += part;
    }
}

/// The levels of all orders, from the entries of the highest.
fn levels(mut entries: Vec<(u128, u32)>, order: usize, digits: &Digits) -> Vec<Level> {
    let mut levels = Vec::new();
    for k in (0..=order).rev() {
        let mut level = Level::default();
        let mut contexts: HashMap<u128, u32> = HashMap::new();
        let mut codes = Vec::new();
        for (entry, &(code, symbol)) in entries.iter().enumerate() {
            let context = *contexts.entry(code).or_insert_with(|| {
                codes.push(code);
                level.ends.push([NONE; 2]);
                codes.len() as u32 - 1
            });
            level.context.push(context);
            if let Some(outcome) = symbol.checked_sub(digits.channels) {
                level.ends[context as usize][outcome as usize] = entry as u32;
            }
        }
        if k > 0 {
            level.start = contexts.get(&digits.start()).copied();
            let mask = digits.mask(k - 1);
            let (below, parent) = forget(&entries, mask);
            // The contexts below are numbered as they are met, in the same order as the next turn meets them.
            let mut numbers: HashMap<u128, u32> = HashMap::new();
            for &(code, _) in &below {
                let next = numbers.len() as u32;
                numbers.entry(code).or_insert(next);
            }
            level.context_parent = codes.iter().map(|code| numbers[&(code & mask)]).collect();
            level.same = codes.iter().map(|code| code & mask == *code).collect();
            level.parent = parent;
            entries = below;
        }
        levels.push(level);
    }
    levels.reverse();
    levels
}

/// The entries with the oldest symbol forgotten, and which one each entry has become.
fn forget(entries: &[(u128, u32)], mask: u128) -> (Vec<(u128, u32)>, Vec<u32>) {
    let (mut below, mut places) = (Vec::new(), HashMap::new());
    let parents = entries.iter().map(|&(code, symbol)| {
        let entry = (code & mask, symbol);
        *places.entry(entry).or_insert_with(|| {
            below.push(entry);
            below.len() as u32 - 1
        })
    });
    let parents = parents.collect();
    (below, parents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn journeys_are_dealt_whole_and_none_is_lost() {
        for count in [0, 1, 7, 999, 5_003, 1_000_000] {
            let mut folds = vec![0; 5];
            deal(count * ONE + 250, &mut KeyedRng::from_u64(1, 2), &mut folds);
            assert_eq!(folds.iter().sum::<i128>(), count * ONE + 250);
            assert_eq!(folds.iter().filter(|f| *f % ONE != 0).count(), 1, "the part goes to one fold");
        }
        let mut folds = vec![0; 5];
        deal(1000 * ONE, &mut KeyedRng::from_u64(1, 2), &mut folds);
        // Binomial with mean 200 and standard deviation 12.6.
        assert!(folds.iter().all(|f| (140..260).contains(&(f / ONE))), "{folds:?}");
    }

    #[test]
    fn lower_orders_forget_the_oldest_symbol() {
        let digits = Digits::new(2, 2).unwrap();
        let (start, a, b) = (digits.start(), 1_u128, 2_u128);
        let two = |x: u128, y: u128| (x << digits.bits) | y;
        // a, b, converted: start -> a; start a -> b; a b -> end.
        let entries = vec![(start, 0), (two(start, a), 1), (two(a, b), 2)];
        let levels = levels(entries, 2, &digits);
        assert_eq!(levels[2].start, Some(0));
        assert_eq!(levels[1].start, Some(0));
        assert_eq!(levels[1].context, [0, 1, 2]);
        assert_eq!(levels[1].ends, [[NONE, NONE], [NONE, NONE], [2, NONE]]);
        assert_eq!((levels[0].context.as_slice(), levels[0].ends.as_slice()), (&[0, 0, 0][..], &[[2, NONE]][..]));
        assert_eq!(levels[2].context_parent, [0, 1, 2]);
        assert_eq!(levels[2].same, [true, false, false], "the start has nothing before it");
    }
}
