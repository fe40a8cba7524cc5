//! A scan: one pass over the rows of a table for all metrics that read the same of them. Rows that pass become events, one
//! for each partner that a row belongs to; the jobs then count events. Whatever is counted is merged by addition, maximum
//! or as a set, so that neither the order of rows nor chunks nor threads matter.

use std::ops::Range;

use super::field::{Field, Place, RowsOf, World, key_at};
use super::filter::{Filter, LinkConditions};
use super::job::Job;
use super::links::{Join, Joins, Links};
use super::population::Population;
use super::source::Owner;
use super::tally::{Counted, CountedRow};
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::{Error, Result};
use crate::facts::store::Chunk;
use crate::facts::{account_partners, measurements, opportunities, opportunity_partners};
use crate::table::NULL;
use crate::tiering::document::Via;

/// Rows of a block.
const BLOCK: usize = 1 << 15;
/// The key of a row without a date.
pub(super) const UNDATED: i64 = i64::MIN;
/// The key of a row that holds from ever, below that of any date.
pub(super) const EVER: i64 = i64::MIN + 1;

/// What the keys of dates are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Clock {
    Instants,
    Days,
}

/// The day that is measured and the one until which facts are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days {
    pub(super) day: Date,
    pub(super) known: Date,
    /// The last instant that is known.
    pub(super) until: i64,
}

impl Clock {
    /// The first and last key of a day.
    pub(super) fn keys(self, world: &World<'_>, day: Date) -> (i64, i64) {
        match self {
            Self::Days => (day.0.into(), day.0.into()),
            Self::Instants => (world.eco.zone().start_of_day(day), world.eco.zone().end_of_day(day)),
        }
    }

    pub(super) fn date(self, world: &World<'_>, key: i64) -> Date {
        match self {
            Self::Days => Date(key as i32),
            Self::Instants => world.eco.zone().date_of(key),
        }
    }
}

/// What dates a row.
#[derive(Debug)]
pub(super) struct Dating {
    pub(super) field: Field,
    pub(super) clock: Clock,
    /// A row without a date takes that of its opportunity's close.
    pub(super) else_close: bool,
    /// A row without a date holds from ever.
    pub(super) from_ever: bool,
}

/// A row that passed, for a partner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    pub(super) row: u32,
    pub(super) partner: u32,
    pub(super) at: i64,
    pub(super) bits: u64,
}

impl Event {
    /// The event as a row that counted.
    pub(super) fn counted(&self, chunk: u32, cell: u32, mark: i64, number: Option<(i64, f64)>) -> CountedRow {
        CountedRow { cell, chunk, row: self.row, at: self.at, mark, number }
    }
}

/// One pass.
pub(super) struct Scan<'a> {
    pub(super) table: RowsOf<'a>,
    pub(super) path: String,
    pub(super) filter: Filter,
    pub(super) links: LinkConditions,
    pub(super) dating: Dating,
    /// Rows are known from the close of their opportunity on.
    pub(super) after_close: bool,
    /// The last day that is known, and its last instant.
    pub(super) known: Date,
    pub(super) until: i64,
    pub(super) jobs: Vec<Job>,
}

/// What a pass needs beside itself.
pub(super) struct Setting<'s> {
    pub(super) world: &'s World<'s>,
    pub(super) population: &'s Population,
    pub(super) links: &'s Links,
    pub(super) monitor: &'s Monitor,
}

/// The lists that lead from a row to its partners.
struct Ways<'s> {
    deals: Option<&'s Joins>,
    accounts: Option<&'s Joins>,
    bits_by_code: Vec<u64>,
    no_bits: u64,
}

impl Scan<'_> {
    /// Runs the jobs; their results come in their order.
    pub(super) fn run(&self, setting: &Setting<'_>) -> Result<Vec<Counted>> {
        let ways = self.ways(setting)?;
        let rows = self.table.stored.rows();
        let mut blocks = Vec::new();
        for (number, chunk) in self.table.stored.chunks.iter().enumerate() {
            blocks.extend(parallel::pieces(chunk.rows, BLOCK).into_iter().map(|range| (number, range)));
        }
        let lots = if rows < parallel::SMALL { 1 } else { parallel::threads() * 2 };
        let size = blocks.len().div_ceil(lots).max(1);
        let lots: Vec<&[(usize, Range<usize>)]> = blocks.chunks(size).collect();
        let parts = parallel::map(lots, rows, |lot| {
            let mut counted: Vec<Counted> = self.jobs.iter().map(|job| job.start(setting.population)).collect();
            let mut scratch = Scratch::default();
            for (number, range) in lot {
                let chunk = &self.table.stored.chunks[*number];
                scratch.chunk = *number as u32;
                self.block(setting, &ways, chunk, range, &mut scratch, &mut counted)?;
                setting.monitor.advance(range.len())?;
            }
            Ok(counted)
        })?;
        let mut parts = parts.into_iter();
        let first = parts.next().unwrap_or_else(|| self.jobs.iter().map(|job| job.start(setting.population)).collect());
        Ok(parts.fold(first, |all, part| all.into_iter().zip(part).map(|(a, b)| a.merge(b)).collect()))
    }

    fn ways<'s>(&self, setting: &Setting<'s>) -> Result<Ways<'s>> {
        let get = |via| setting.links.get(setting.world, setting.population, via, self.until, &self.path);
        let (mut deals, mut accounts) = (None, None);
        let owner = self.table.described.owner;
        let given = |via| owner == Owner::Opportunity || setting.world.eco.stored(table_of(via)).is_some();
        if owner != Owner::Opportunity && owner != Owner::Subject {
            // Its rows name their partner.
        } else if self.table.via == Via::Accounts {
            accounts = given(Via::Accounts).then(|| get(Via::Accounts)).transpose()?;
        } else {
            deals = given(self.table.via).then(|| get(self.table.via)).transpose()?;
            if owner == Owner::Subject {
                accounts = given(Via::Accounts).then(|| get(Via::Accounts)).transpose()?;
            }
        }
        let codes = self.links.field.as_ref().map_or(0, |field| field.dictionary.len() as u32);
        let bits_by_code = (0..codes).map(|code| self.links.bits(&[code])).collect();
        Ok(Ways { deals, accounts, bits_by_code, no_bits: self.links.bits(&[]) })
    }

    fn block(
        &self,
        setting: &Setting<'_>,
        ways: &Ways<'_>,
        chunk: &Chunk,
        range: &Range<usize>,
        scratch: &mut Scratch,
        counted: &mut [Counted],
    ) -> Result<()> {
        let world = setting.world;
        let known = self.dating.clock.keys(world, self.known).1;
        let floor = self.jobs.iter().map(Job::floor).min().unwrap_or(EVER);
        self.filter.mask(world, &self.table, chunk, range, self.until, &mut scratch.mask)?;
        scratch.events.clear();
        scratch.points.clear();
        for (row, _) in range.clone().zip(&scratch.mask).filter(|(_, keep)| **keep) {
            let at = match self.at(world, chunk, row) {
                Some(at) if floor <= at && at <= known => at,
                // Over before every window begins, or nobody knows of it yet.
                Some(_) => continue,
                None if self.dating.from_ever => EVER,
                None => UNDATED,
            };
            if self.after_close && self.closes_later(world, chunk, row) {
                continue;
            }
            self.partners(setting, ways, chunk, row, at, &mut scratch.events)?;
        }
        for (job, counted) in self.jobs.iter().zip(counted) {
            job.add(self, setting, chunk, range, scratch, counted)?;
        }
        Ok(())
    }

    /// Whether what a row says was only known at a close that is still to come.
    fn closes_later(&self, world: &World<'_>, chunk: &Chunk, row: usize) -> bool {
        let deal = world.opportunities.row(self.table.opportunity(chunk, row));
        let closed = deal.and_then(|d| world.opportunities.chunk.instant(opportunities::Col::closed_at as usize, d));
        closed.is_some_and(|at| at > self.until)
    }

    /// The key of a row's date.
    #[inline]
    fn at(&self, world: &World<'_>, chunk: &Chunk, row: usize) -> Option<i64> {
        let field = &self.dating.field;
        let own = match field.place {
            Place::Own => key_at(chunk, field.column, row),
            place => {
                let (chunk, row) = self.locate(world, place, NULL, chunk, row)?;
                key_at(chunk, field.column, row)
            }
        };
        if own.is_some() || !self.dating.else_close {
            return own;
        }
        let deal = world.opportunities.row(self.table.opportunity(chunk, row))?;
        let closed = world.opportunities.chunk.instant(opportunities::Col::closed_at as usize, deal)?;
        Some(match self.dating.clock {
            Clock::Instants => closed,
            Clock::Days => world.eco.zone().date_of(closed).0.into(),
        })
    }

    /// Where a field of a row stands.
    pub(super) fn locate<'c>(
        &self,
        world: &'c World<'_>,
        place: Place,
        partner: u32,
        chunk: &'c Chunk,
        row: usize,
    ) -> Option<(&'c Chunk, usize)> {
        match place {
            Place::Own => Some((chunk, row)),
            Place::Opportunity => {
                let row = world.opportunities.row(self.table.opportunity(chunk, row))?;
                Some((&world.opportunities.chunk, row))
            }
            Place::Account => {
                let row = world.accounts.row(self.table.account(world, chunk, row))?;
                Some((&world.accounts.chunk, row))
            }
            Place::Partner => Some((&world.partners.chunk, world.partners.row(partner)?)),
            Place::Link => None,
        }
    }

    /// The events of a row.
    fn partners(
        &self,
        setting: &Setting<'_>,
        ways: &Ways<'_>,
        chunk: &Chunk,
        row: usize,
        at: i64,
        events: &mut Vec<Event>,
    ) -> Result<()> {
        let population = setting.population;
        let mut push = |partner: u32, bits: u64| {
            if self.filter.partner(population.partners[partner as usize], bits) {
                events.push(Event { row: row as u32, partner, at, bits });
            }
        };
        let mut direct = |column: usize| {
            if let Some(partner) = population.place(chunk.code(column, row)) {
                push(partner, ways.no_bits);
            }
        };
        let subject = match self.table.described.owner {
            Owner::Column(column) => {
                direct(column);
                return Ok(());
            }
            Owner::Subject => chunk.member(measurements::Col::subject as usize, row),
            Owner::Opportunity => Some(2),
        };
        match subject {
            Some(0) => direct(measurements::Col::id as usize),
            Some(2) if self.table.via != Via::Accounts => {
                let joins = self.need(setting, ways.deals, self.table.via)?.of(self.table.opportunity(chunk, row));
                self.joined(ways, joins, &mut push);
            }
            Some(_) => {
                let account = self.table.account(setting.world, chunk, row);
                let joins = self.need(setting, ways.accounts, Via::Accounts)?;
                if account == NULL {
                    return Ok(());
                }
                // A row without a date counts nowhere, whoever it belongs to.
                let (first, last) = match self.dating.clock {
                    _ if at == UNDATED || at == EVER => (at, at),
                    Clock::Instants => (at, at),
                    Clock::Days => Clock::Instants.keys(setting.world, Date(at as i32)),
                };
                let holds = |join: &&Join| at == UNDATED || join.from <= last && first <= join.to;
                let list: Vec<Join> =
                    joins.of(setting.world.eco.account_root(account)).iter().filter(holds).copied().collect();
                self.joined(ways, &list, &mut push);
            }
            None => {}
        }
        Ok(())
    }

    /// The lists of a way that a row needs.
    fn need<'s>(&self, setting: &Setting<'_>, joins: Option<&'s Joins>, via: Via) -> Result<&'s Joins> {
        joins.map_or_else(
            || {
                let missing = super::source::need(setting.world.eco, table_of(via), &self.path);
                Err(missing.err().unwrap_or_else(|| Error::internal("a list of partners was not made")))
            },
            Ok,
        )
    }

    /// One event for each partner of a list, whatever it has been there.
    fn joined(&self, ways: &Ways<'_>, joins: &[Join], push: &mut impl FnMut(u32, u64)) {
        for of_one in joins.chunk_by(|a, b| a.partner == b.partner) {
            let Some(first) = of_one.first() else { continue };
            let bits = match of_one {
                _ if self.links.list.is_empty() => 0,
                [one] => ways.bits_by_code.get(one.code as usize).copied().unwrap_or(ways.no_bits),
                several => {
                    let codes: Vec<u32> = several.iter().map(|join| join.code).collect();
                    self.links.bits(&codes)
                }
            };
            push(first.partner, bits);
        }
    }
}

/// The table that joins partners to rows.
pub(super) fn table_of(via: Via) -> &'static str {
    match via {
        Via::Roles => opportunity_partners::SPEC.name,
        Via::SourcedBy => opportunities::SPEC.name,
        Via::Accounts => account_partners::SPEC.name,
    }
}

/// What a pass uses again for each block.
#[derive(Default)]
pub(super) struct Scratch {
    mask: Vec<bool>,
    /// The number of the chunk that the events are of.
    pub(super) chunk: u32,
    pub(super) events: Vec<Event>,
    /// The rows of the block that the rules and the multipliers of metrics of points take, by metric: days share them.
    pub(super) points: Vec<(usize, Masks, Masks)>,
}

/// For each of several filters, whether it takes a row of a block.
pub(super) type Masks = Vec<Vec<bool>>;
