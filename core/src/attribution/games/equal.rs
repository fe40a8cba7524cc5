//! The Shapley value of the game in which a coalition is worth what the journeys within it have brought.
//!
//! That game is a sum of one game per journey, in which the journey's channels are worth nothing but together; so each of its
//! `|T|` distinct channels has `1/|T|` of the journey: `phi_i = sum over T with i of v(T) / |T|`, for any number of channels.
//! The touches of one channel share its part equally: each of `m` has `1/(|T| m)`. By place in the journey the same credit
//! is the ordered value of Zhao, Mahboobi and Bagheri.
//!
//! Source: Zhao, Mahboobi and Bagheri, "Shapley Value Methods for Attribution Modeling in Online Advertising" (2018).

use std::collections::BTreeMap;

use crate::attribution::credit::{FINER, SPLIT_DIGITS, value_column};
use crate::attribution::journeys::View;
use crate::attribution::model::{Looks, Reason, Rule, Spread, common_multiple};
use crate::attribution::sample::Sample;
use crate::attribution::weigher::parts_of;
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::money::fixed_to_f64;
use crate::table::result::{TextColumn, column};
use crate::table::{ColumnData, Table, Unit};

/// Weights up to this are exact; where the common multiple is larger they are off by less than 2^-19 of themselves for
/// channels of thousands of touches.
const LARGEST_MULTIPLE: u64 = 1 << 40;
/// Journeys up to this length are counted by comparing touches, longer ones by sorting.
const SHORT: usize = 48;

/// The weight of each of so many touches of a channel, where no channel has more than six: 60 is their common multiple.
const SMALL: [u64; 7] = [0, 60, 30, 20, 15, 12, 10];

/// Divides each journey equally among its distinct channels, and each channel's part among its touches.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EqualAmongChannels;

impl Rule for EqualAmongChannels {
    fn weigh(&self, journey: &View<'_>, weights: &mut [u64]) -> Spread {
        if journey.len == 1 {
            return Spread::One(0);
        }
        count_touches(journey.channel, weights);
        let first = weights[0];
        if weights.iter().all(|&touches| touches == first) {
            return Spread::Equal;
        }
        if weights.iter().all(|&touches| touches < SMALL.len() as u64) {
            weights.iter_mut().for_each(|w| *w = SMALL[*w as usize]);
            return Spread::Weighted;
        }
        let common = weights.iter().try_fold(1, |lcm, &touches| common_multiple(lcm, touches, LARGEST_MULTIPLE));
        let scale = common.unwrap_or(LARGEST_MULTIPLE);
        weights.iter_mut().for_each(|w| *w = (scale + *w / 2) / *w);
        Spread::Weighted
    }

    fn reason(&self, _: &View<'_>, spread: Spread, _: usize) -> Reason {
        if matches!(spread, Spread::One(_)) { "only_touch" } else { "equal_among_channels" }
    }

    fn looks_at(&self) -> Looks {
        Looks::Path
    }
}

/// Writes for each touch how many its channel has.
fn count_touches(channels: &[u32], counts: &mut [u64]) {
    if channels.len() <= SHORT {
        for (count, channel) in counts.iter_mut().zip(channels) {
            *count = channels.iter().map(|c| u64::from(c == channel)).sum();
        }
        return;
    }
    let mut sorted = channels.to_vec();
    sorted.sort_unstable();
    for (count, channel) in counts.iter_mut().zip(channels) {
        *count = (sorted.partition_point(|c| c <= channel) - sorted.partition_point(|c| c < channel)) as u64;
    }
}

/// What each channel has earned at each place of a journey, counted from 1: channel, position, conversions, value.
///
/// # Errors
/// [`crate::Code::Cancelled`].
pub(crate) fn positions(sample: &Sample<'_>, names: &[String], monitor: &Monitor) -> Result<Table> {
    let (unit, finer) = match sample.unit {
        Some(Unit::Plain(_)) => (Some(Unit::Plain(SPLIT_DIGITS)), FINER),
        other => (other, 1),
    };
    let mut sums: BTreeMap<(u32, usize), [i128; 2]> = BTreeMap::new();
    let mut weights = Vec::new();
    for path in 0..sample.len() {
        if path % 65_536 == 0 {
            monitor.check()?;
        }
        let (channel, outcome) = (sample.path(path), sample.outcome(path));
        if channel.is_empty() || outcome.conversions == 0 {
            continue;
        }
        weights.clear();
        weights.resize(channel.len(), 0);
        let spread = EqualAmongChannels.weigh(&view(channel), &mut weights);
        let conversions = parts_of(outcome.conversions * FINER, spread, &weights);
        let values = parts_of(outcome.value * finer, spread, &weights);
        for (place, ((&channel, c), v)) in channel.iter().zip(conversions).zip(values).enumerate() {
            let sum = sums.entry((channel, place)).or_default();
            *sum = [sum[0] + c, sum[1] + v];
        }
    }
    Ok(position_table(&sums, names, unit))
}

fn view(channel: &[u32]) -> View<'_> {
    View { len: channel.len(), channel, at: None, role: None, weight: None, vendor: None, created: None, closed: None }
}

fn position_table(sums: &BTreeMap<(u32, usize), [i128; 2]>, names: &[String], unit: Option<Unit>) -> Table {
    let mut channels = TextColumn::default();
    sums.keys().for_each(|(channel, _)| channels.push(names.get(*channel as usize).map(String::as_str)));
    let conversions = sums.values().map(|s| Some(fixed_to_f64(s[0], SPLIT_DIGITS))).collect();
    let mut columns = vec![
        channels.finish("channel"),
        column("position", ColumnData::Int(sums.keys().map(|(_, place)| Some(*place as i64 + 1)).collect())),
        column("conversions", ColumnData::Float(conversions)),
    ];
    if let Some(unit) = unit {
        let values = sums.values().map(|s| Some(s[1])).collect();
        columns.push(column(value_column(unit), ColumnData::Money(values, unit)));
    }
    Table::new(columns)
}
