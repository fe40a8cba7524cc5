//! Outcomes: one journey each, and when a touch belongs to which.

use super::UNKNOWN;
use super::piece::time;
use crate::attribution::journeys::ONE;
use crate::attribution::options::TouchpointsOptions;
use crate::attribution::paths::{Tally, amount, count, find_column, row_error, value_unit};
use crate::calendar::Zone;
use crate::error::{Code, Error, Result};
use crate::money::Currency;
use crate::table::{Edge, Interner, NULL, RawChunk, RawTable, Unit};

/// The outcomes: one journey each.
pub(super) struct Outcomes {
    pub(super) ids: Interner,
    /// The id of each outcome.
    pub(super) id: Vec<u32>,
    pub(super) at: Option<Vec<i64>>,
    pub(super) created: Option<Vec<i64>>,
    pub(super) conversions: Tally,
    pub(super) nulls: Tally,
    pub(super) values: Option<Vec<i128>>,
    pub(super) unit: Option<Unit>,
    /// Outcomes that converted without a value.
    pub(super) without_value: u64,
    /// Values of conversions that were rounded to the digits of their unit.
    pub(super) rounded: u64,
    /// For ids with several outcomes: the outcomes of each id in time. Empty where every id has one, and then the code of
    /// an id is the number of its outcome.
    pub(super) several: Vec<Vec<u32>>,
}

impl Outcomes {
    pub(super) fn read(
        table: &RawTable<'_>,
        options: &TouchpointsOptions,
        currency: Option<Currency>,
        zone: &Zone,
    ) -> Result<Self> {
        let unit = options.value.as_deref().map(|name| value_unit(name, currency));
        let mut out = Self {
            ids: Interner::default(),
            id: Vec::with_capacity(table.rows()),
            at: options.outcome_at.as_ref().map(|_| Vec::new()),
            created: options.created_at.as_ref().map(|_| Vec::new()),
            conversions: Tally::default(),
            nulls: Tally::default(),
            values: unit.map(|_| Vec::with_capacity(table.rows())),
            unit,
            without_value: 0,
            rounded: 0,
            several: Vec::new(),
        };
        out.ids.reserve(table.rows());
        let mut first = 0;
        for chunk in table.parts() {
            out.read_chunk(chunk, first, options, zone)?;
            first += chunk.rows;
        }
        out.order_repeated(options)?;
        Ok(out)
    }

    fn read_chunk(
        &mut self,
        chunk: &RawChunk<'_>,
        first: usize,
        options: &TouchpointsOptions,
        zone: &Zone,
    ) -> Result<()> {
        let journey = find_column(chunk, &options.journey, "journey")?;
        let codes = self
            .ids
            .intern_column(journey)
            .map_err(|(row, e)| row_error(e.code(), &journey.name, first + row, e.message()))?;
        if let Some(row) = codes.iter().position(|&c| c == NULL) {
            return Err(row_error(Code::NullValue, &journey.name, first + row, "an outcome without a journey id"));
        }
        self.id.extend(codes);
        let conversions = options.conversions.as_deref().map(|n| find_column(chunk, n, "conversions")).transpose()?;
        let nulls = options.nulls.as_deref().map(|n| find_column(chunk, n, "nulls")).transpose()?;
        let value = options.value.as_deref().map(|n| find_column(chunk, n, "value")).transpose()?;
        for row in 0..chunk.rows {
            let converted = conversions.map_or(Ok(ONE), |c| count(c, row, first + row))?;
            let null = match nulls {
                Some(column) => count(column, row, first + row)?,
                None if converted == 0 => ONE,
                None => 0,
            };
            self.conversions.push(converted);
            self.nulls.push(null);
            if let (Some(column), Some(unit), Some(values)) = (value, self.unit, &mut self.values) {
                // The value of an outcome that did not convert (a lost deal) is nobody's credit.
                let (read, rounded) = amount(column, row, first + row, unit)?;
                self.rounded += u64::from(rounded && converted != 0);
                values.push(if converted == 0 { 0 } else { read });
                self.without_value += u64::from(converted != 0 && read == 0 && column.cell(row).is_null());
            }
        }
        let times = [
            (&options.outcome_at, &mut self.at, Edge::End, "outcome_at"),
            (&options.created_at, &mut self.created, Edge::Start, "created_at"),
        ];
        for (name, target, edge, option) in times {
            if let (Some(name), Some(target)) = (name, target) {
                let column = find_column(chunk, name, option)?;
                for row in 0..chunk.rows {
                    target.push(time(column, row, first + row, zone, edge)?.unwrap_or(UNKNOWN));
                }
            }
        }
        Ok(())
    }

    /// Several outcomes of one id are put in the order of time.
    fn order_repeated(&mut self, options: &TouchpointsOptions) -> Result<()> {
        if self.ids.len() == self.id.len() {
            return Ok(());
        }
        let mut several: Vec<Vec<u32>> = vec![Vec::new(); self.ids.len()];
        for (outcome, &id) in self.id.iter().enumerate() {
            several[id as usize].push(outcome as u32);
        }
        let repeated = several.iter().position(|o| o.len() > 1).unwrap_or(0);
        let shown = self.ids.show(repeated as u32).unwrap_or_default();
        let Some(at) = &self.at else {
            return Err(Error::new(
                Code::DuplicateId,
                options.journey.clone(),
                format!(
                    "journey {shown:?} has several outcomes; name their time (outcome_at) so that touches can be divided"
                ),
            ));
        };
        for outcomes in several.iter_mut().filter(|o| o.len() > 1) {
            outcomes.sort_by_key(|&o| at[o as usize]);
            let clash = outcomes.windows(2).any(|w| at[w[0] as usize] == at[w[1] as usize]);
            if clash || at[outcomes[0] as usize] == UNKNOWN {
                let id = self.ids.show(self.id[outcomes[0] as usize]).unwrap_or_default();
                return Err(Error::new(
                    Code::DuplicateId,
                    options.journey.clone(),
                    format!(
                        "journey {id:?} has several outcomes at the same or an unknown time; touches cannot be divided"
                    ),
                ));
            }
        }
        self.several = several;
        Ok(())
    }
}

/// When a touch belongs to which outcome.
pub(super) struct Windows<'a> {
    pub(super) outcomes: &'a Outcomes,
    pub(super) lookback: Option<i64>,
    pub(super) open: bool,
}

/// Why a touch belongs to no journey.
pub(super) enum Aside {
    After,
    Before,
}

impl<'a> Windows<'a> {
    pub(super) fn new(outcomes: &'a Outcomes, lookback: Option<i64>) -> Self {
        let open = lookback.is_none() && outcomes.at.is_none() && outcomes.several.is_empty();
        Self { outcomes, lookback, open }
    }

    /// The outcome that a touch of an id belongs to.
    #[inline]
    pub(super) fn place(&self, id: u32, at: i64) -> Result<u32, Aside> {
        if self.open {
            return Ok(id);
        }
        let out = self.outcomes;
        let end = |o: u32| out.at.as_ref().map_or(UNKNOWN, |at| at[o as usize]);
        let outcome = match out.several.get(id as usize) {
            None => id,
            Some(list) => {
                let next = list.partition_point(|&o| end(o) != UNKNOWN && end(o) < at);
                *list.get(next).ok_or(Aside::After)?
            }
        };
        let end = end(outcome);
        if end != UNKNOWN && at > end {
            return Err(Aside::After);
        }
        if let Some(lookback) = self.lookback {
            let created = out.created.as_ref().map_or(UNKNOWN, |c| c[outcome as usize]);
            let from = if created != UNKNOWN && end != UNKNOWN { created.min(end) } else { created.max(end) };
            if from != UNKNOWN && at < from.saturating_sub(lookback) {
                return Err(Aside::Before);
            }
        }
        Ok(outcome)
    }
}
