//! The ledger of a credit: one row for each touch of each converted journey.

use std::sync::Arc;

use super::UNATTRIBUTED;
use super::credit::{SPLIT_DIGITS, value_column};
use super::journeys::{Inner, Journeys};
use super::model::Rule;
use super::weigher::{Weigher, parts_of, shares_of};
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::money::fixed_to_f64;
use crate::table::result::{TextColumn, column};
use crate::table::{ColumnData, Interner, Key, NULL, Table, Unit};

/// The ledger of journeys under a rule.
///
/// # Errors
/// [`crate::Code::Cancelled`].
pub(super) fn build(journeys: &Journeys, rule: &dyn Rule, monitor: &Monitor) -> Result<Table> {
    let inner = &journeys.inner;
    let weigher = Weigher { journeys, rule };
    monitor.begin("attribution", journeys.rows())?;
    let mut rows = LedgerRows::new(&inner.channels)?;
    let mut weights = Vec::new();
    for (done, journey) in journeys.order_of_results().into_iter().enumerate() {
        if done % 65_536 == 0 {
            monitor.advance(65_536.min(journeys.rows()))?;
        }
        let (conversions, value) = weigher.amounts(journey);
        if conversions == 0 {
            continue;
        }
        let (from, to) = (inner.starts[journey], inner.starts[journey + 1]);
        if from == to {
            rows.push_unattributed(journey, conversions, value);
            continue;
        }
        weights.clear();
        weights.resize(to - from, 0);
        let view = journeys.view(journey);
        let spread = rule.weigh(&view, &mut weights);
        let (c, v, s) =
            (parts_of(conversions, spread, &weights), parts_of(value, spread, &weights), shares_of(spread, &weights));
        for i in 0..to - from {
            let reason = if s[i] == 0.0 { "no_credit" } else { rule.reason(&view, spread, i) };
            rows.push(journey, from + i, i, inner, (c[i], v[i], s[i], reason));
        }
    }
    Ok(rows.finish(inner, journeys.value_unit()))
}

impl Journeys {
    /// The journeys in the order of their ids by value (then in time, for several conversions of one customer).
    fn order_of_results(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.rows()).collect();
        if let Some((codes, ids)) = &self.inner.ids {
            let ranks = ids.ranks();
            let close = |j: usize| self.inner.closed.as_ref().map_or(0, |c| c[j]);
            order.sort_by_key(|&j| (ranks[codes[j] as usize], close(j)));
        }
        order
    }
}

/// The columns of a ledger while they grow.
struct LedgerRows {
    journey: Vec<usize>,
    touch: Vec<u32>,
    place: Vec<Option<i64>>,
    channel: Vec<u32>,
    channels: Interner,
    unattributed: u32,
    at: Vec<i64>,
    conversions: Vec<Option<f64>>,
    value: Vec<Option<i128>>,
    weight: Vec<Option<f64>>,
    reason: TextColumn,
}

impl LedgerRows {
    fn new(channels: &Interner) -> Result<Self> {
        let mut channels = channels.clone();
        let unattributed = channels.intern(Key::Text(UNATTRIBUTED))?;
        Ok(Self {
            journey: Vec::new(),
            touch: Vec::new(),
            place: Vec::new(),
            channel: Vec::new(),
            channels,
            unattributed,
            at: Vec::new(),
            conversions: Vec::new(),
            value: Vec::new(),
            weight: Vec::new(),
            reason: TextColumn::default(),
        })
    }

    fn push(
        &mut self,
        journey: usize,
        touch: usize,
        place: usize,
        inner: &Inner,
        (conversions, value, weight, reason): (i128, i128, f64, &str),
    ) {
        self.journey.push(journey);
        self.touch.push(inner.touch.as_ref().map_or(NULL, |(codes, _)| codes[touch]));
        self.place.push(Some(place as i64 + 1));
        self.channel.push(inner.channel[touch]);
        self.at.push(inner.at.as_ref().map_or(i64::MIN, |at| at[touch]));
        self.conversions.push(Some(fixed_to_f64(conversions, SPLIT_DIGITS)));
        self.value.push(Some(value));
        self.weight.push(Some(weight));
        self.reason.push(Some(reason));
    }

    fn push_unattributed(&mut self, journey: usize, conversions: i128, value: i128) {
        self.journey.push(journey);
        self.touch.push(NULL);
        self.place.push(None);
        self.channel.push(self.unattributed);
        self.at.push(i64::MIN);
        self.conversions.push(Some(fixed_to_f64(conversions, SPLIT_DIGITS)));
        self.value.push(Some(value));
        self.weight.push(Some(1.0));
        self.reason.push(Some("no_touches"));
    }

    fn finish(self, inner: &Inner, unit: Option<Unit>) -> Table {
        let journey = match &inner.ids {
            Some((codes, ids)) => ColumnData::Keys(self.journey.iter().map(|&j| codes[j]).collect(), Arc::clone(ids)),
            None => ColumnData::Int(self.journey.iter().map(|&j| Some(j as i64)).collect()),
        };
        let touch = match &inner.touch {
            Some((_, ids)) => ColumnData::Keys(self.touch, Arc::clone(ids)),
            None => ColumnData::Int(self.place),
        };
        let mut columns = vec![
            column("journey", journey),
            column("touch", touch),
            column("channel", ColumnData::Keys(self.channel, Arc::new(self.channels))),
            column("at", ColumnData::Instant(self.at)),
            column("conversions", ColumnData::Float(self.conversions)),
        ];
        if let Some(unit) = unit {
            columns.push(column(value_column(unit), ColumnData::Money(self.value, unit)));
        }
        columns.push(column("weight", ColumnData::Float(self.weight)));
        columns.push(self.reason.finish("reason"));
        Table::new(columns)
    }
}
