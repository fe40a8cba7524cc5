//! Jobs: what is counted of the events of a scan.

use std::ops::Range;

use super::field::{Field, Kind, Place, World, key_at};
use super::filter::Filter;
use super::population::Population;
use super::scan::{Clock, EVER, Event, Masks, Scan, Scratch, Setting, UNDATED};
use super::tally::{Counted, Tally};
use super::window::{in_force, span};
use crate::calendar::Date;
use crate::error::{Error, Result};
use crate::facts::opportunities;
use crate::facts::store::Chunk;
use crate::table::NULL;
use crate::tiering::document::Window;

/// When a row counts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Bounds {
    /// Dated between two keys.
    Dated(Window, i64, i64),
    /// Begun by a key, and not over before the day: the column of the last day, what its keys are, and the lowest one.
    InForce(i64, usize, Clock, i64),
}

/// What becomes of the rows that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Keep {
    /// They are counted.
    #[default]
    Numbers,
    /// The days up to this one on which they leave.
    Leaves(Date),
    /// They themselves are listed.
    Rows,
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
    /// The column of the metric.
    pub(super) column: usize,
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
    /// The day that is measured.
    pub(super) day: Date,
    pub(super) bounds: Bounds,
    pub(super) what: What,
    pub(super) scope: Option<ScopeOf>,
    pub(super) keep: Keep,
}

/// A number of a row: minor units, or a plain number.
enum Number {
    Minor(i64),
    Plain(f64),
}

impl Job {
    pub(super) fn start(&self, population: &Population) -> Counted {
        let cells = if self.scope.is_some() { population.rows() } else { population.partners.len() };
        let tally = match &self.what {
            _ if self.keep == Keep::Rows => Tally::Rows(Vec::new()),
            _ if self.keep != Keep::Numbers => Tally::Leaves(Vec::new()),
            What::Count => Tally::counts(cells),
            What::Distinct(field) if field.has_keys() => Tally::Keys(Vec::new()),
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

    /// The lowest key that any row with a date can count with.
    pub(super) fn floor(&self) -> i64 {
        match &self.what {
            // Scopes are those that any row names, whenever it was.
            What::Scopes => EVER,
            What::Points(points) => points.rules.iter().map(|(_, bounds)| bounds.floor()).min().unwrap_or(EVER),
            _ => self.bounds.floor(),
        }
    }

    /// Adds the events of a block.
    pub(super) fn add(
        &self,
        scan: &Scan<'_>,
        setting: &Setting<'_>,
        chunk: &Chunk,
        range: &Range<usize>,
        scratch: &mut Scratch,
        counted: &mut Counted,
    ) -> Result<()> {
        if let What::Points(points) = &self.what {
            return self.add_points(points, scan, setting, chunk, range, scratch, counted);
        }
        let events = &scratch.events;
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
            scan.locate(setting.world, field.place, partner, chunk, event.row as usize)
        };
        let code = |field: &Field, event: &Event| {
            locate(field, event).map_or(NULL, |(chunk, row)| match field.kind {
                Kind::Day => chunk.date(field.column, row).map_or(NULL, |day| day as u32),
                _ => field.code(chunk, row),
            })
        };
        let key = |field: &Field, event: &Event| {
            Ok::<_, Error>(match field.kind {
                Kind::Amount => match number(field, event)? {
                    Some(Number::Minor(minor)) => Some(minor),
                    _ => None,
                },
                _ => locate(field, event).and_then(|(chunk, row)| key_at(chunk, field.column, row)),
            })
        };
        let group = |by: &Field, numbers: &[u32], event: &Event| {
            let code = locate(by, event).map_or(NULL, |(chunk, row)| by.code(chunk, row));
            numbers.get(code as usize).copied()
        };
        match (&self.what, tally) {
            (_, Tally::Leaves(list)) => each(&mut |event, cell| {
                list.extend(self.leaves(&self.bounds, scan, setting, chunk, event).map(|on| (cell, on.0)));
                Ok(true)
            }),
            (what, Tally::Rows(list)) => each(&mut |event, cell| {
                let mark = match what {
                    What::Distinct(field) if field.has_keys() => key(field, event)?,
                    What::Distinct(field) => Some(code(field, event)).filter(|&code| code != NULL).map(i64::from),
                    What::Groups(by, numbers, _) => group(by, numbers, event).map(i64::from),
                    _ => Some(0),
                };
                let value = match what {
                    What::Sum(field) | What::Latest(field) | What::Maximum(field) => Some(field),
                    What::Groups(_, _, value) => value.as_ref(),
                    _ => None,
                };
                let number = value.map(|field| number(field, event)).transpose()?;
                let (Some(mark), false) = (mark, matches!(number, Some(None))) else { return Ok(false) };
                list.push(event.counted(scratch.chunk, cell, mark, number.flatten().map(Number::pair)));
                Ok(true)
            }),
            (What::Count, Tally::Counts(counts)) => each(&mut |_, cell| {
                counts[cell as usize] += 1;
                Ok(true)
            }),
            (What::Distinct(field), Tally::Codes(list)) => each(&mut |event, cell| {
                let code = code(field, event);
                list.extend((code != NULL).then_some((cell, code)));
                Ok(code != NULL)
            }),
            (What::Distinct(field), Tally::Keys(list)) => each(&mut |event, cell| {
                let key = key(field, event)?;
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
                let Some(group) = group(by, numbers, event) else { return Ok(false) };
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
        scratch: &mut Scratch,
        counted: &mut Counted,
    ) -> Result<()> {
        if scratch.events.is_empty() {
            return Ok(());
        }
        if !scratch.points.iter().any(|(column, ..)| *column == points.column) {
            let masks = |filter: &Filter| -> Result<Vec<bool>> {
                let mut mask = Vec::new();
                filter.mask(setting.world, &scan.table, chunk, range, scan.until, &mut mask)?;
                Ok(mask)
            };
            let rules = points.rules.iter().map(|(filter, _)| masks(filter)).collect::<Result<Masks>>()?;
            let factors = points.multipliers.iter().map(masks).collect::<Result<Masks>>()?;
            scratch.points.push((points.column, rules, factors));
        }
        let Some((_, rules, factors)) = scratch.points.iter().find(|(column, ..)| *column == points.column) else {
            return Ok(());
        };
        for event in &scratch.events {
            let row = event.row as usize - range.start;
            let code = setting.population.partners[event.partner as usize];
            let holds = |filter: &Filter, mask: &[bool]| mask[row] && filter.partner(code, event.bits);
            let rule = points.rules.iter().zip(rules).position(|((filter, _), mask)| holds(filter, mask));
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
                list.extend(self.leaves(bounds, scan, setting, chunk, event).map(|on| (cell, on.0)));
                continue;
            }
            let mut number = None;
            if let Some(field) = &points.value {
                number = scan.number(setting.world, setting.population, field, chunk, event)?.map(Number::pair);
                if number.is_none() {
                    counted.valueless += 1;
                    continue;
                }
            }
            let times = points.multipliers.iter().zip(factors).enumerate();
            let mask = times.fold(0, |mask, (at, (filter, rows))| mask | usize::from(holds(filter, rows)) << at);
            let class = rule << points.multipliers.len() | mask;
            if let Tally::Rows(list) = &mut counted.tally {
                list.push(event.counted(scratch.chunk, cell, class as i64, number));
                continue;
            }
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

    /// The day on which an event leaves, where that is among those asked for.
    fn leaves(
        &self,
        bounds: &Bounds,
        scan: &Scan<'_>,
        setting: &Setting<'_>,
        chunk: &Chunk,
        event: &Event,
    ) -> Option<Date> {
        let Keep::Leaves(by) = self.keep else { return None };
        bounds.leaves(scan, setting.world, chunk, event).filter(|&on| on > self.day && on <= by)
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
    fn floor(&self) -> i64 {
        match *self {
            Self::Dated(_, first, _) => first,
            Self::InForce(..) => EVER,
        }
    }

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
    fn leaves(&self, scan: &Scan<'_>, world: &World<'_>, chunk: &Chunk, event: &Event) -> Option<Date> {
        match *self {
            Self::Dated(..) if event.at == EVER => None,
            Self::Dated(window, ..) => span(window, scan.dating.clock.date(world, event.at)).1,
            Self::InForce(_, column, clock, _) => {
                let last = key_at(chunk, column, event.row as usize).map(|key| clock.date(world, key));
                in_force(crate::calendar::MIN_DATE, last).1
            }
        }
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
                    let closed = is_deal.then(|| world.closed(row, self.until)).flatten();
                    match (is_deal, closed, event.at) {
                        (true, Some(at), _) => world.eco.zone().date_of(at),
                        // An open one is worth what it is worth today.
                        (true, None, _) | (_, _, UNDATED | EVER) => self.known,
                        (false, _, at) => self.dating.clock.date(world, at),
                    }
                };
                Some(Number::Minor(world.exchange.convert(world.eco, minor, currency, day)?))
            }
            _ => None,
        })
    }
}
