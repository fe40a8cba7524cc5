//! A scan: one pass over the rows of a table for all metrics that read the same of them. Rows that pass become events, one
//! for each partner that a row belongs to; the jobs then count events. Whatever is counted is merged by addition, maximum
//! or as a set, so that neither the order of rows nor chunks nor threads matter.

use std::ops::Range;

use super::field::{Field, Filter, Kind, LinkConditions, Place, RowsOf, World, key_at};
use super::links::{Join, Joins, Links};
use super::population::Population;
use super::source::Owner;
use super::tally::{Counted, Tally};
use super::window::{in_force, span};
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::{Error, Result};
use crate::facts::store::Chunk;
use crate::facts::{account_partners, measurements, opportunities, opportunity_partners};
use crate::table::NULL;
use crate::tiering::document::{Via, Window};

/// Rows of a block.
const BLOCK: usize = 1 << 15;
/// The key of a row without a date.
const UNDATED: i64 = i64::MIN;
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

    fn date(self, world: &World<'_>, key: i64) -> Date {
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

/// When a row counts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bounds {
    /// Dated between two keys.
    Dated(Window, i64, i64),
    /// Begun by a key, and not over before the day: the column of the last day, what its keys are, and the lowest one.
    InForce(i64, usize, Clock, i64),
}

/// A row that passed, for a partner.
#[derive(Debug, Clone, Copy)]
pub(super) struct Event {
    row: u32,
    partner: u32,
    at: i64,
    bits: u64,
}

/// What a job makes of its events.
pub(super) enum What {
    Count,
    Distinct(Field),
    /// A sum, or a mean.
    Sum(Field),
    Latest(Field),
    Maximum(Field),
    Points(PointsOf),
    /// Groups: the number of each code of the field, and what is added up.
    Groups(Field, Vec<u32>, Option<Field>),
    /// Which scopes partners have.
    Scopes,
}

/// Points, by classes of rows that are worth the same.
pub(super) struct PointsOf {
    pub(super) rules: Vec<(Filter, Bounds)>,
    pub(super) multipliers: Vec<Filter>,
    pub(super) value: Option<Field>,
}

/// The scope of rows: the field, and the number of the scope for each of its codes.
pub(super) struct ScopeOf {
    pub(super) field: Field,
    pub(super) numbers: Vec<u32>,
}

/// Something that is counted.
pub(super) struct Job {
    pub(super) bounds: Bounds,
    pub(super) what: What,
    pub(super) scope: Option<ScopeOf>,
    /// Collect the days up to this one on which counted rows leave, instead of counting them.
    pub(super) leaves_by: Option<Date>,
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
    pub(super) days: Days,
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
        let get = |via| setting.links.get(setting.world, setting.population, via, self.days.until, &self.path);
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
        let eco = setting.world.eco;
        let codes = self.links.field.as_ref().map_or(0, |field| field.dictionary.len() as u32);
        let bits_by_code = (0..codes).map(|code| self.links.bits(eco, &[code])).collect();
        Ok(Ways { deals, accounts, bits_by_code, no_bits: self.links.bits(eco, &[]) })
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
        let known = self.dating.clock.keys(world, self.days.known).1;
        self.filter.mask(world, &self.table, chunk, range, self.days.until, &mut scratch.mask)?;
        scratch.events.clear();
        for (row, _) in range.clone().zip(&scratch.mask).filter(|(_, keep)| **keep) {
            let at = match self.at(world, chunk, row) {
                Some(at) if at <= known => at,
                // Nobody knows of it yet.
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
        closed.is_some_and(|at| at > self.days.until)
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
    fn locate<'c>(
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
                self.joined(setting, ways, joins, &mut push);
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
                self.joined(setting, ways, &list, &mut push);
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
    fn joined(&self, setting: &Setting<'_>, ways: &Ways<'_>, joins: &[Join], push: &mut impl FnMut(u32, u64)) {
        for of_one in joins.chunk_by(|a, b| a.partner == b.partner) {
            let Some(first) = of_one.first() else { continue };
            let bits = match of_one {
                _ if self.links.list.is_empty() => 0,
                [one] => ways.bits_by_code.get(one.code as usize).copied().unwrap_or(ways.no_bits),
                several => {
                    let codes: Vec<u32> = several.iter().map(|join| join.code).collect();
                    self.links.bits(setting.world.eco, &codes)
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
struct Scratch {
    mask: Vec<bool>,
    events: Vec<Event>,
}

/// A number of a row: minor units, or a plain number.
enum Number {
    Minor(i64),
    Plain(f64),
}

impl Job {
    fn start(&self, population: &Population) -> Counted {
        let cells = if self.scope.is_some() { population.rows() } else { population.partners.len() };
        let tally = match &self.what {
            _ if self.leaves_by.is_some() => Tally::Leaves(Vec::new()),
            What::Count => Tally::counts(cells),
            What::Distinct(field) if matches!(field.kind, Kind::Number | Kind::Amount | Kind::Instant) => {
                Tally::Keys(Vec::new())
            }
            What::Distinct(_) => Tally::Codes(Vec::new()),
            What::Sum(field) => Tally::sum(field.kind == Kind::Amount, cells),
            What::Latest(_) | What::Maximum(_) => Tally::best(cells),
            What::Points(points) => {
                let classes = points.rules.len() << points.multipliers.len();
                Tally::Classes((0..classes).map(|_| None).collect())
            }
            What::Groups(_, _, value) => Tally::groups(value.as_ref().map(|v| v.kind == Kind::Amount)),
            What::Scopes => Tally::Pairs(Vec::new()),
        };
        Counted { tally, cells, ..Counted::default() }
    }

    /// Adds the events of a block.
    fn add(
        &self,
        scan: &Scan<'_>,
        setting: &Setting<'_>,
        chunk: &Chunk,
        range: &Range<usize>,
        scratch: &Scratch,
        counted: &mut Counted,
    ) -> Result<()> {
        let events = &scratch.events;
        if let What::Points(points) = &self.what {
            return self.add_points(points, scan, setting, chunk, range, events, counted);
        }
        let Counted { tally, undated, unscoped, valueless, .. } = counted;
        let mut each = |f: &mut dyn FnMut(&Event, u32) -> Result<bool>| -> Result<()> {
            for event in events {
                if !self.bounds.hold(chunk, event) {
                    *undated += u64::from(event.at == UNDATED);
                    continue;
                }
                match self.cell(scan, setting, chunk, event) {
                    Some(cell) => *valueless += u64::from(!f(event, cell)?),
                    None => *unscoped += 1,
                }
            }
            Ok(())
        };
        let number = |field: &Field, event: &Event| scan.number(setting.world, setting.population, field, chunk, event);
        let locate = |field: &Field, event: &Event| {
            let partner = setting.population.partners[event.partner as usize];
            scan.locate(setting.world, field.place, partner, chunk, event.row as usize).map(|(c, r)| (c, r))
        };
        match (&self.what, tally) {
            (_, Tally::Leaves(list)) => {
                let by = self.leaves_by.unwrap_or(scan.days.day);
                each(&mut |event, cell| {
                    let leaves = self.bounds.leaves(scan, setting.world, chunk, event);
                    list.extend(leaves.filter(|&on| on > scan.days.day && on <= by).map(|on| (cell, on.0)));
                    Ok(true)
                })
            }
            (What::Count, Tally::Counts(counts)) => each(&mut |_, cell| {
                counts[cell as usize] += 1;
                Ok(true)
            }),
            (What::Distinct(field), Tally::Codes(list)) => each(&mut |event, cell| {
                let code = locate(field, event).map_or(NULL, |(chunk, row)| match field.kind {
                    Kind::Day => chunk.date(field.column, row).map_or(NULL, |day| day as u32),
                    _ => field.code(chunk, row),
                });
                list.extend((code != NULL).then_some((cell, code)));
                Ok(code != NULL)
            }),
            (What::Distinct(field), Tally::Keys(list)) => each(&mut |event, cell| {
                let key = match field.kind {
                    Kind::Amount => match number(field, event)? {
                        Some(Number::Minor(minor)) => Some(minor),
                        _ => None,
                    },
                    _ => locate(field, event).and_then(|(chunk, row)| key_at(chunk, field.column, row)),
                };
                list.extend(key.map(|key| (cell, key)));
                Ok(key.is_some())
            }),
            (What::Sum(field), tally) => each(&mut |event, cell| {
                let number = number(field, event)?;
                let there = number.is_some();
                tally.add(cell, number.map(Number::pair));
                Ok(there)
            }),
            (What::Latest(field), Tally::Best(best)) => each(&mut |event, cell| {
                let value = number(field, event)?.map(|n| n.major(setting.world));
                let there = value.is_some();
                Tally::better(best, cell, value.map(|value| (event.at, value)));
                Ok(there)
            }),
            (What::Maximum(field), Tally::Best(best)) => each(&mut |event, cell| {
                let value = number(field, event)?.map(|n| n.major(setting.world));
                let there = value.is_some();
                Tally::better(best, cell, value.map(|value| (EVER, value)));
                Ok(there)
            }),
            (What::Groups(by, numbers, value), tally) => each(&mut |event, cell| {
                let code = locate(by, event).map_or(NULL, |(chunk, row)| by.code(chunk, row));
                let Some(&group) = numbers.get(code as usize) else { return Ok(false) };
                let number = match value {
                    Some(field) => match number(field, event)? {
                        Some(number) => Some(number.pair()),
                        None => return Ok(false),
                    },
                    None => None,
                };
                tally.add_group(cell, group, number);
                Ok(true)
            }),
            (What::Scopes, Tally::Pairs(pairs)) => {
                for event in events {
                    let scope = self.scope_of(scan, setting, chunk, event);
                    pairs.extend(scope.map(|scope| (event.partner, scope)));
                }
                Tally::settle(pairs);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn add_points(
        &self,
        points: &PointsOf,
        scan: &Scan<'_>,
        setting: &Setting<'_>,
        chunk: &Chunk,
        range: &Range<usize>,
        events: &[Event],
        counted: &mut Counted,
    ) -> Result<()> {
        let masks = |filter: &Filter| -> Result<Vec<bool>> {
            let mut mask = Vec::new();
            filter.mask(setting.world, &scan.table, chunk, range, scan.days.until, &mut mask)?;
            Ok(mask)
        };
        let rules = points.rules.iter().map(|(filter, _)| masks(filter)).collect::<Result<Vec<_>>>()?;
        let factors = points.multipliers.iter().map(masks).collect::<Result<Vec<_>>>()?;
        for event in events {
            let row = event.row as usize - range.start;
            let code = setting.population.partners[event.partner as usize];
            let holds = |filter: &Filter, mask: &[bool]| mask[row] && filter.partner(code, event.bits);
            let rule = points.rules.iter().zip(&rules).position(|((filter, _), mask)| holds(filter, mask));
            let Some(rule) = rule else { continue };
            let bounds = &points.rules[rule].1;
            if !bounds.hold(chunk, event) {
                counted.undated += u64::from(event.at == UNDATED);
                continue;
            }
            let Some(cell) = self.cell(scan, setting, chunk, event) else {
                counted.unscoped += 1;
                continue;
            };
            if let Tally::Leaves(list) = &mut counted.tally {
                let by = self.leaves_by.unwrap_or(scan.days.day);
                let leaves = bounds.leaves(scan, setting.world, chunk, event);
                list.extend(leaves.filter(|&on| on > scan.days.day && on <= by).map(|on| (cell, on.0)));
                continue;
            }
            let number = match &points.value {
                Some(field) => match scan.number(setting.world, setting.population, field, chunk, event)? {
                    Some(number) => Some(number.pair()),
                    None => {
                        counted.valueless += 1;
                        continue;
                    }
                },
                None => None,
            };
            let times = points.multipliers.iter().zip(&factors).enumerate();
            let mask = times.fold(0, |mask, (at, (filter, rows))| mask | usize::from(holds(filter, rows)) << at);
            let class = rule << points.multipliers.len() | mask;
            counted.tally.add_class(
                class,
                counted.cells,
                points.value.as_ref().map(|f| f.kind == Kind::Amount),
                cell,
                number,
            );
        }
        Ok(())
    }

    /// The cell that an event counts in: its partner's, or that of its scope.
    #[inline]
    fn cell(&self, scan: &Scan<'_>, setting: &Setting<'_>, chunk: &Chunk, event: &Event) -> Option<u32> {
        match &self.scope {
            None => Some(event.partner),
            Some(_) => setting.population.row(event.partner, self.scope_of(scan, setting, chunk, event)?),
        }
    }

    fn scope_of(&self, scan: &Scan<'_>, setting: &Setting<'_>, chunk: &Chunk, event: &Event) -> Option<u32> {
        let scope = self.scope.as_ref()?;
        let partner = setting.population.partners[event.partner as usize];
        let (chunk, row) = scan.locate(setting.world, scope.field.place, partner, chunk, event.row as usize)?;
        scope.numbers.get(scope.field.code(chunk, row) as usize).copied()
    }
}

impl Bounds {
    #[inline]
    fn hold(&self, chunk: &Chunk, event: &Event) -> bool {
        match *self {
            Self::Dated(_, first, last) => first <= event.at && event.at <= last,
            Self::InForce(begun, column, _, over) => {
                event.at != UNDATED
                    && event.at <= begun
                    && key_at(chunk, column, event.row as usize).is_none_or(|last| last >= over)
            }
        }
    }

    /// The first day on which an event that holds no longer does.
    fn leaves(
        &self,
        scan: &Scan<'_>,
        world: &World<'_>,
        chunk: &Chunk,
        event: &Event,
    ) -> impl Iterator<Item = Date> + use<> {
        let leaves = match *self {
            Self::Dated(..) if event.at == EVER => None,
            Self::Dated(window, ..) => span(window, scan.dating.clock.date(world, event.at)).1,
            Self::InForce(_, column, clock, _) => {
                let last = key_at(chunk, column, event.row as usize).map(|key| clock.date(world, key));
                in_force(scan.days.day, last).1
            }
        };
        leaves.into_iter()
    }
}

impl Number {
    /// As a tally takes it.
    fn pair(self) -> (i64, f64) {
        match self {
            Self::Minor(minor) => (minor, 0.0),
            Self::Plain(number) => (0, number),
        }
    }

    fn major(self, world: &World<'_>) -> f64 {
        match self {
            Self::Minor(minor) => crate::money::fixed_to_f64(minor.into(), world.exchange.digits()),
            Self::Plain(number) => number,
        }
    }
}

impl Scan<'_> {
    /// The number of an event; an amount in minor units of the programme's currency.
    fn number(
        &self,
        world: &World<'_>,
        population: &Population,
        field: &Field,
        chunk: &Chunk,
        event: &Event,
    ) -> Result<Option<Number>> {
        let partner = population.partners[event.partner as usize];
        let Some((at, row)) = self.locate(world, field.place, partner, chunk, event.row as usize) else {
            return Ok(None);
        };
        Ok(match field.kind {
            Kind::Number => at.number(field.column, row).map(Number::Plain),
            Kind::Flag => at.member(field.column, row).map(|flag| Number::Plain(flag.into())),
            Kind::Amount => {
                let Some(minor) = at.instant(field.column, row) else { return Ok(None) };
                let currency = field.currency.and_then(|column| at.member(column, row));
                let day = || {
                    let is_deal = field.place == Place::Opportunity
                        || field.place == Place::Own && self.table.described.spec.name == opportunities::SPEC.name;
                    let closed = is_deal.then(|| world.closed(row, self.days.until)).flatten();
                    match (closed, event.at) {
                        (Some(at), _) => world.eco.zone().date_of(at),
                        (None, UNDATED | EVER) => self.days.known,
                        (None, at) => self.dating.clock.date(world, at),
                    }
                };
                Some(Number::Minor(world.exchange.convert(world.eco, minor, currency, day)?))
            }
            _ => None,
        })
    }
}
