//! The Shapley values of the pooled rate from random orders of the channels, for games of too many coalitions.
//!
//! Each order is drawn from the seed and its own number, so neither threads nor the order of rows matter. In one order a set
//! of channels is within the coalition from its last member on, so an order costs one pass over the sets. The mean
//! contribution of a channel is unbiased; its standard error is that of the mean of independent draws. Every order divides
//! exactly the rate of all journeys, and so do the means.
//!
//! Source: Castro, Gomez and Tejada, "Polynomial calculation of the Shapley value based on sampling" (2009).

use super::rates::counts;
use super::{Sets, ratio};
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::engine::rng::KeyedRng;
use crate::error::Result;

/// Orders of one round; after each the standard errors are looked at.
const ROUND: u64 = 1024;
/// Orders of one worker; sums are made per piece, so it is fixed.
const PIECE: u64 = 64;

/// How many orders are drawn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Plan {
    /// At most so many.
    pub(crate) samples: u64,
    /// Until no standard error of a rate is above this.
    pub(crate) max_standard_error: Option<f64>,
    pub(crate) seed: u64,
}

/// Means and standard errors per player.
#[derive(Debug, Clone, Default)]
pub(crate) struct Estimate {
    pub(crate) means: Vec<f64>,
    pub(crate) errors: Vec<f64>,
}

/// What the orders have given.
#[derive(Debug, Clone)]
pub(crate) struct Sampled {
    pub(crate) conversions: Estimate,
    pub(crate) value: Option<Estimate>,
    /// How many orders were drawn.
    pub(crate) samples: u64,
    /// Why no more: `samples` or `max_standard_error`.
    pub(crate) stopped_by: &'static str,
}

/// Sums of contributions and of their squares, of the rate and of the value.
#[derive(Debug, Clone)]
struct Sums {
    rate: Vec<[f64; 2]>,
    value: Vec<[f64; 2]>,
}

impl Sums {
    fn new(players: usize, values: bool) -> Self {
        Self { rate: vec![[0.0; 2]; players], value: vec![[0.0; 2]; if values { players } else { 0 }] }
    }

    fn add(&mut self, other: &Self) {
        for (mine, theirs) in [(&mut self.rate, &other.rate), (&mut self.value, &other.value)] {
            for (mine, theirs) in mine.iter_mut().zip(theirs) {
                mine[0] += theirs[0];
                mine[1] += theirs[1];
            }
        }
    }
}

fn estimate(sums: &[[f64; 2]], samples: u64) -> Estimate {
    let n = samples as f64;
    let mean = |s: &[f64; 2]| s[0] / n;
    let error = |s: &[f64; 2]| ((s[1] - s[0] * s[0] / n).max(0.0) / (n - 1.0) / n).sqrt();
    Estimate { means: sums.iter().map(mean).collect(), errors: sums.iter().map(error).collect() }
}

/// One set in the terms of the players.
struct Row {
    members: std::ops::Range<usize>,
    conversions: f64,
    journeys: f64,
    value: f64,
}

/// The Shapley values of the pooled rate, and of the value per journey where `values`, from random orders of `players`.
///
/// # Errors
/// [`crate::Code::Cancelled`].
pub(crate) fn sample_orders(
    sets: &Sets,
    players: &[u32],
    values: bool,
    plan: Plan,
    inline: bool,
    monitor: &Monitor,
) -> Result<Sampled> {
    let game = Game::new(sets, players, values);
    let mut sums = Sums::new(players.len(), values);
    let mut done = 0;
    let work = if inline { 0 } else { game.members.len().saturating_mul(ROUND as usize) };
    let stopped_by = loop {
        let to = plan.samples.min(done + ROUND);
        let pieces: Vec<u64> = (done..to).step_by(PIECE as usize).collect();
        let parts = parallel::map(pieces, work, |from| {
            monitor.check()?;
            let mut sums = Sums::new(players.len(), values);
            let mut order = Order::new(players.len());
            (from..to.min(from + PIECE)).for_each(|number| game.play(plan.seed, number, &mut order, &mut sums));
            Ok(sums)
        })?;
        parts.iter().for_each(|part| sums.add(part));
        done = to;
        let largest = estimate(&sums.rate, done).errors.into_iter().fold(0.0, f64::max);
        if plan.max_standard_error.is_some_and(|wanted| largest <= wanted) {
            break "max_standard_error";
        }
        if done >= plan.samples {
            break "samples";
        }
    };
    let value = values.then(|| estimate(&sums.value, done));
    Ok(Sampled { conversions: estimate(&sums.rate, done), value, samples: done, stopped_by })
}

/// Buffers of one order: who stands where, and what comes with each place.
struct Order {
    players: Vec<usize>,
    place: Vec<usize>,
    arrivals: Vec<[f64; 3]>,
}

impl Order {
    fn new(players: usize) -> Self {
        Self { players: vec![0; players], place: vec![0; players], arrivals: vec![[0.0; 3]; players] }
    }

    /// Draws an order: Fisher and Yates from the seed and the order's number.
    fn draw(&mut self, seed: u64, number: u64) {
        let mut rng = KeyedRng::from_u64(seed, number);
        self.players.iter_mut().enumerate().for_each(|(i, p)| *p = i);
        for i in (1..self.players.len()).rev() {
            self.players.swap(i, rng.below(i as u64 + 1) as usize);
        }
        self.players.iter().enumerate().for_each(|(place, &player)| self.place[player] = place);
        self.arrivals.fill([0.0; 3]);
    }
}

struct Game {
    rows: Vec<Row>,
    members: Vec<usize>,
    values: bool,
}

impl Game {
    fn new(sets: &Sets, players: &[u32], values: bool) -> Self {
        let mut number = vec![0; sets.channels];
        players.iter().enumerate().for_each(|(i, &c)| number[c as usize] = i);
        let (mut rows, mut members) = (Vec::with_capacity(sets.len()), Vec::new());
        for (set, outcome) in sets.iter() {
            let from = members.len();
            members.extend(set.iter().map(|&c| number[c as usize]));
            let (conversions, journeys) = counts(outcome);
            rows.push(Row { members: from..members.len(), conversions, journeys, value: sets.major(outcome.value) });
        }
        Self { rows, members, values }
    }

    /// Adds the contributions of one order.
    fn play(&self, seed: u64, number: u64, order: &mut Order, sums: &mut Sums) {
        order.draw(seed, number);
        for row in &self.rows {
            let places = self.members[row.members.clone()].iter().map(|&m| order.place[m]);
            let arrival = &mut order.arrivals[places.max().unwrap_or(0)];
            arrival[0] += row.conversions;
            arrival[1] += row.journeys;
            arrival[2] += row.value;
        }
        let (mut all, mut before) = ([0.0; 3], [0.0; 2]);
        for (&player, arrival) in order.players.iter().zip(&order.arrivals) {
            all.iter_mut().zip(arrival).for_each(|(sum, x)| *sum += x);
            let worth = [ratio(all[0], all[1]), ratio(all[2], all[1])];
            let gains = [worth[0] - before[0], worth[1] - before[1]];
            add(&mut sums.rate[player], gains[0]);
            if self.values {
                add(&mut sums.value[player], gains[1]);
            }
            before = worth;
        }
    }
}

fn add(sum: &mut [f64; 2], x: f64) {
    sum[0] += x;
    sum[1] += x * x;
}
