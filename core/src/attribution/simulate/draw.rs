//! The draws of a simulation, journey by journey, and the tables that they make.

use std::collections::BTreeMap;

use super::{Position, SimulateOptions};
use crate::engine::exact_sum::ExactSum;
use crate::engine::math::{exp, ln};
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::engine::rng::KeyedRng;
use crate::error::Result;
use crate::table::result::{TextColumn, column};
use crate::table::{Column, ColumnData, Table, Unit};

/// How strongly a channel is drawn to the start or the end.
const PULL: f64 = 1.5;
/// The standard deviation of the logarithm of a value.
const VALUE_SPREAD: f64 = 0.5;
/// How long a journey takes.
const DAYS: i64 = 30;
/// The first day: 2026-01-01.
const FIRST_DAY: i64 = 20_454;
const DAY: i64 = crate::calendar::MICROS_PER_DAY;

/// The options, ready to be drawn from.
pub(super) struct Plan<'a> {
    options: &'a SimulateOptions,
    interactions: Vec<(Vec<u32>, f64)>,
    base: f64,
}

/// What was drawn, in the order of the journeys.
#[derive(Default)]
pub(super) struct Drawn {
    lengths: Vec<u32>,
    pub(super) channel: Vec<u32>,
    at: Vec<i64>,
    closed: Vec<i64>,
    /// In hundredths; `None` where the journey did not convert.
    pub(super) value: Vec<Option<i128>>,
    journeys_with: Vec<i64>,
    incremental: Vec<ExactSum>,
    pub(super) expected: ExactSum,
    pub(super) baseline: ExactSum,
}

fn logistic(odds: f64) -> f64 {
    1.0 / (1.0 + exp(-odds))
}

impl<'a> Plan<'a> {
    pub(super) fn new(options: &'a SimulateOptions, interactions: Vec<(Vec<u32>, f64)>) -> Self {
        let base = ln(options.base_rate / (1.0 - options.base_rate));
        Self { options, interactions, base }
    }

    /// The weights of the channels at a place in the journey, from 0 to 1, added up from the first.
    fn weights(&self, intent: f64, place: f64, into: &mut Vec<f64>) {
        into.clear();
        let mut sum = 0.0;
        for channel in &self.options.channels {
            let pull = match channel.position {
                Position::Any => 0.0,
                Position::Early => PULL * (1.0 - 2.0 * place),
                Position::Late => -PULL * (1.0 - 2.0 * place),
            };
            sum += channel.weight * exp(channel.follows_intent * intent + pull);
            into.push(sum);
        }
    }

    /// The log-odds that the channels which are there add, without the effects of one of them.
    fn effects(&self, there: &[bool], without: Option<usize>) -> f64 {
        let on = |channel: usize| there[channel] && without != Some(channel);
        let single =
            self.options.channels.iter().enumerate().filter(|(c, _)| on(*c)).map(|(_, channel)| channel.effect);
        let together = self.interactions.iter().filter(|(all, _)| all.iter().all(|&c| on(c as usize)));
        single.sum::<f64>() + together.map(|(_, effect)| effect).sum::<f64>()
    }

    fn draw(&self, journey: usize, scratch: &mut Vec<f64>, drawn: &mut Drawn) {
        let options = self.options;
        let mut rng = KeyedRng::from_u64(options.seed, journey as u64);
        let intent = rng.normal();
        let length = 1 + rng.poisson(options.mean_length - 1.0) as usize;
        let start = (FIRST_DAY + (journey % 365) as i64) * DAY;
        let mut there = vec![false; options.channels.len()];
        for touch in 0..length {
            self.weights(intent, (touch as f64 + 0.5) / length as f64, scratch);
            let point = rng.uniform() * scratch.last().copied().unwrap_or(0.0);
            let channel = scratch.partition_point(|sum| *sum <= point).min(there.len() - 1);
            there[channel] = true;
            drawn.channel.push(channel as u32);
            let place = (touch as f64 + rng.uniform()) / length as f64;
            drawn.at.push(start + (place * (DAYS * DAY) as f64) as i64);
        }
        drawn.lengths.push(length as u32);
        drawn.closed.push(start + DAYS * DAY);
        let odds = self.base + options.intent * intent;
        let chance = logistic(odds + self.effects(&there, None));
        drawn.expected.add(chance);
        drawn.baseline.add(logistic(odds));
        for channel in (0..there.len()).filter(|&c| there[c]) {
            drawn.journeys_with[channel] += 1;
            drawn.incremental[channel].add(chance - logistic(odds + self.effects(&there, Some(channel))));
        }
        let converted = rng.uniform() < chance;
        let size = exp(VALUE_SPREAD * rng.normal() - VALUE_SPREAD * VALUE_SPREAD / 2.0);
        drawn.value.push(converted.then(|| (options.value_mean * size * 100.0).round() as i128));
    }
}

impl Drawn {
    pub(super) fn draw(plan: &Plan<'_>, monitor: &Monitor) -> Result<Self> {
        let journeys = plan.options.journeys;
        monitor.begin("journeys", journeys)?;
        let parts = parallel::map(parallel::pieces(journeys, 1 << 13), journeys, |range| {
            let (mut part, mut scratch) = (Self::empty(plan.options.channels.len()), Vec::new());
            monitor.advance(range.len())?;
            range.for_each(|journey| plan.draw(journey, &mut scratch, &mut part));
            Ok(part)
        })?;
        let mut all = Self::empty(plan.options.channels.len());
        parts.into_iter().for_each(|part| all.append(part));
        Ok(all)
    }

    fn empty(channels: usize) -> Self {
        Self { journeys_with: vec![0; channels], incremental: vec![ExactSum::new(); channels], ..Self::default() }
    }

    fn append(&mut self, mut part: Self) {
        self.lengths.append(&mut part.lengths);
        self.channel.append(&mut part.channel);
        self.at.append(&mut part.at);
        self.closed.append(&mut part.closed);
        self.value.append(&mut part.value);
        self.journeys_with.iter_mut().zip(&part.journeys_with).for_each(|(sum, n)| *sum += n);
        self.incremental.iter_mut().zip(&part.incremental).for_each(|(sum, x)| sum.merge(x));
        self.expected.merge(&part.expected);
        self.baseline.merge(&part.baseline);
    }

    pub(super) fn paths(&self, options: &SimulateOptions) -> Table {
        let mut paths: BTreeMap<String, (i64, i128, i64)> = BTreeMap::new();
        let mut rest = self.channel.as_slice();
        for (&length, value) in self.lengths.iter().zip(&self.value) {
            let (touches, after) = rest.split_at(length as usize);
            rest = after;
            let names: Vec<&str> = touches.iter().map(|&c| options.channels[c as usize].name.as_str()).collect();
            let sums = paths.entry(names.join(" > ")).or_default();
            match value {
                Some(value) => (sums.0, sums.1) = (sums.0 + 1, sums.1 + value),
                None => sums.2 += 1,
            }
        }
        let mut names = TextColumn::default();
        paths.keys().for_each(|path| names.push(Some(path)));
        let values = paths.values().map(|p| Some(p.1)).collect();
        Table::new(vec![
            names.finish("path"),
            column("total_conversions", ColumnData::Int(paths.values().map(|p| Some(p.0)).collect())),
            column("total_conversion_value", ColumnData::Money(values, Unit::Plain(2))),
            column("total_null", ColumnData::Int(paths.values().map(|p| Some(p.2)).collect())),
        ])
    }

    pub(super) fn touches(&self, options: &SimulateOptions) -> Table {
        let mut names = TextColumn::default();
        self.channel.iter().for_each(|&c| names.push(Some(&options.channels[c as usize].name)));
        let owners = (1_i64..).zip(&self.lengths).flat_map(|(id, &n)| std::iter::repeat_n(Some(id), n as usize));
        Table::new(vec![
            column("opportunity_id", ColumnData::Int(owners.collect())),
            names.finish("partner_id"),
            column("at", ColumnData::Instant(self.at.clone())),
        ])
    }

    pub(super) fn outcomes(&self) -> Table {
        let ids = (1..=self.lengths.len() as i64).map(Some).collect();
        Table::new(vec![
            column("opportunity_id", ColumnData::Int(ids)),
            column("converted", ColumnData::Bool(self.value.iter().map(|v| Some(v.is_some())).collect())),
            column("value", ColumnData::Money(self.value.clone(), Unit::Plain(2))),
            column("closed_at", ColumnData::Instant(self.closed.clone())),
        ])
    }

    pub(super) fn truth(&self, options: &SimulateOptions) -> Table {
        let mut names = TextColumn::default();
        let mut touches = vec![0_i64; options.channels.len()];
        self.channel.iter().for_each(|&c| touches[c as usize] += 1);
        options.channels.iter().for_each(|channel| names.push(Some(&channel.name)));
        let caused: Vec<f64> = self.incremental.iter().map(ExactSum::value).collect();
        let all: f64 = caused.iter().sum();
        let number = |name: &str, of: &dyn Fn(usize) -> Option<f64>| -> Column {
            column(name, ColumnData::Float((0..caused.len()).map(of).collect()))
        };
        Table::new(vec![
            names.finish("channel"),
            number("effect", &|c| Some(options.channels[c].effect)),
            column("touches", ColumnData::Int(touches.into_iter().map(Some).collect())),
            column("journeys", ColumnData::Int(self.journeys_with.iter().map(|&n| Some(n)).collect())),
            number("incremental_conversions", &|c| Some(caused[c])),
            number("incremental_value", &|c| Some(caused[c] * options.value_mean)),
            number("incremental_share", &|c| (all != 0.0).then(|| caused[c] / all)),
        ])
    }
}
