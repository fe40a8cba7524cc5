//! Several resamples of the same paths, counted at once.

use super::Chain;
use super::count::{Counter, End};
use super::placed::{LARGEST_TABLE, Placed};
use crate::attribution::distinct::{Distinct, LANES};
use crate::attribution::sample::{Count, Outcome};

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
