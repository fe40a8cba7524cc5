//! Filters: the conditions of a metric on its rows, and on what the rows refer to.

use std::ops::Range;

use super::condition::{self, Ranges};
use super::field::{Field, Keyed, Kind, Place, RowsOf, World, key_at};
use crate::calendar::Date;
use crate::error::{Code, Error, Result, quoted};
use crate::facts::store::{Chunk, NULL_SMALL};
use crate::facts::{Ecosystem, opportunities};
use crate::table::NULL;
use crate::tiering::compile::criteria::check_condition;
use crate::tiering::document::{Condition, Scalar};

/// A condition on a column, worked out for each distinct value.
#[derive(Debug)]
struct Test {
    column: usize,
    check: Check,
}

#[derive(Debug)]
enum Check {
    Codes(Vec<bool>, bool),
    /// By member; the last place is that of a missing one.
    Members(Box<[bool; 256]>),
    /// The same of an opportunity's status.
    Status(Box<[bool; 256]>),
    Keys(Ranges),
    /// With the columns of its currency and date.
    Amount(Ranges, Option<usize>, Option<usize>),
}

impl Test {
    fn new(eco: &Ecosystem, field: &Field, condition: &Condition) -> Self {
        let values = field.values();
        let members = |count: usize| {
            let mut truth = Box::new([condition.holds(&[]); 256]);
            for (code, place) in (0_u32..).zip(truth.iter_mut()).take(count) {
                *place = condition.holds(&condition::scalars_of(values, code));
            }
            truth
        };
        let check = match field.kind {
            Kind::Text | Kind::Ids | Kind::Class(_) | Kind::Several(_) => Check::Codes(
                (0..field.dictionary.len() as u32)
                    .map(|code| condition.holds(&condition::scalars_of(values, code)))
                    .collect(),
                condition.holds(&[]),
            ),
            Kind::Closed(list) if field.status => Check::Status(members(list.len())),
            Kind::Closed(list) => Check::Members(members(list.len())),
            Kind::Currency => Check::Members(members(255)),
            Kind::Flag => Check::Members(members(2)),
            Kind::Number => Check::Keys(Ranges::of(condition, condition::numbers)),
            Kind::Amount => Check::Amount(Ranges::of(condition, condition::numbers), field.currency, field.dated),
            Kind::Instant => Check::Keys(Ranges::of(condition, |s: &Scalar| condition::instants(eco.zone(), s))),
            Kind::Day => Check::Keys(Ranges::of(condition, condition::days)),
        };
        Self { column: field.column, check }
    }

    /// Clears the mask of rows that do not meet it.
    fn apply(
        &self,
        world: &World<'_>,
        chunk: &Chunk,
        rows: &Range<usize>,
        known: i64,
        mask: &mut [bool],
    ) -> Result<()> {
        let each = rows.clone().zip(mask.iter_mut());
        match &self.check {
            Check::Codes(truth, missing) => match chunk.codes(self.column) {
                Some(codes) => {
                    let held = |code: u32| {
                        if code == NULL { *missing } else { truth.get(code as usize).copied().unwrap_or(false) }
                    };
                    codes[rows.clone()].iter().zip(mask).for_each(|(&code, keep)| *keep &= held(code));
                }
                None => each.for_each(|(_, keep)| *keep &= missing),
            },
            Check::Members(truth) => match chunk.small(self.column) {
                Some(members) => {
                    members[rows.clone()].iter().zip(mask).for_each(|(&m, keep)| *keep &= truth[usize::from(m)]);
                }
                None => each.for_each(|(_, keep)| *keep &= truth[usize::from(NULL_SMALL)]),
            },
            Check::Status(truth) => {
                let closed = opportunities::Col::closed_at as usize;
                for (row, keep) in each.filter(|(_, keep)| **keep) {
                    // What closed later was open on the day.
                    let later = chunk.instant(closed, row).is_some_and(|at| at > known);
                    let member = if later { Some(opportunities::OPEN) } else { chunk.member(self.column, row) };
                    *keep = truth[usize::from(member.unwrap_or(NULL_SMALL))];
                }
            }
            Check::Keys(ranges) => {
                for (row, keep) in each.filter(|(_, keep)| **keep) {
                    *keep = key_at(chunk, self.column, row).map_or(ranges.missing, |key| ranges.holds(key));
                }
            }
            Check::Amount(ranges, currency, dated) => {
                for (row, keep) in each.filter(|(_, keep)| **keep) {
                    let Some(minor) = chunk.instant(self.column, row) else {
                        *keep = ranges.missing;
                        continue;
                    };
                    let own = currency.and_then(|c| chunk.member(c, row));
                    let minor = world
                        .exchange
                        .convert(world.eco, minor, own, || day_of_row(world, chunk, row, *dated, known))?;
                    let major = crate::money::fixed_to_f64(minor.into(), world.exchange.digits());
                    *keep = ranges.holds(condition::key_of(major));
                }
            }
        }
        Ok(())
    }
}

/// The day whose rate an amount in a condition is taken at: that of the row, as the measures take it.
fn day_of_row(world: &World<'_>, chunk: &Chunk, row: usize, dated: Option<usize>, known: i64) -> Date {
    let zone = world.eco.zone();
    let Some(column) = dated else { return zone.date_of(known) };
    let day = chunk.date(column, row).map(Date);
    let day = day.or_else(|| chunk.instant(column, row).map(|at| zone.date_of(at.min(known))));
    day.unwrap_or_else(|| zone.date_of(known))
}

/// Whether the row of a code meets conditions.
#[derive(Debug)]
pub(super) struct Truth {
    by_code: Vec<bool>,
    missing: bool,
}

impl Truth {
    #[inline]
    pub(super) fn of(&self, code: u32) -> bool {
        self.by_code.get(code as usize).copied().unwrap_or(self.missing)
    }

    fn new(world: &World<'_>, keyed: &Keyed, tests: &[(Test, bool)], known: i64) -> Result<Option<Self>> {
        if tests.is_empty() {
            return Ok(None);
        }
        let rows = 0..keyed.chunk.rows;
        let mut mask = vec![true; rows.len()];
        for (test, _) in tests {
            test.apply(world, &keyed.chunk, &rows, known, &mut mask)?;
        }
        let missing = tests.iter().all(|(_, missing)| *missing);
        let of = |&row: &u32| mask.get(row as usize).copied().unwrap_or(missing);
        Ok(Some(Self { by_code: keyed.rows.iter().map(of).collect(), missing }))
    }
}

/// Conditions that all must hold.
#[derive(Debug, Default)]
pub(super) struct Filter {
    own: Vec<Test>,
    opportunity: Option<Truth>,
    account: Option<Truth>,
    pub(super) partner: Option<Truth>,
    /// One bit for each condition of the scan on what joins the partner.
    pub(super) link: u64,
}

/// The conditions of a scan on what joins the partner, whatever part of the metric they stand in.
#[derive(Debug, Default)]
pub(super) struct LinkConditions {
    pub(super) field: Option<Field>,
    pub(super) list: Vec<Condition>,
}

impl LinkConditions {
    fn bit(&mut self, field: Field, condition: &Condition, path: &str) -> Result<u64> {
        self.field = Some(field);
        let at = self.list.iter().position(|c| c == condition).unwrap_or(self.list.len());
        if at == self.list.len() {
            self.list.push(condition.clone());
        }
        if at >= 64 {
            return Err(Error::new(
                Code::TooLarge,
                path,
                format!("more than 64 different conditions on {}", quoted(&condition.field)),
            ));
        }
        Ok(1 << at)
    }

    /// One bit for each condition that the values of several links of a partner to a row meet.
    pub(super) fn bits(&self, codes: &[u32]) -> u64 {
        let Some(field) = &self.field else { return 0 };
        let values: Vec<Scalar> = codes.iter().flat_map(|&code| condition::scalars_of(field.values(), code)).collect();
        let bit = |(at, condition): (usize, &Condition)| u64::from(condition.holds(&values)) << at;
        self.list.iter().enumerate().map(bit).fold(0, |a, b| a | b)
    }
}

impl Filter {
    pub(super) fn new(
        world: &World<'_>,
        rows: &RowsOf<'_>,
        conditions: &[Condition],
        path: &str,
        known: i64,
        links: &mut LinkConditions,
    ) -> Result<Self> {
        let mut filter = Self::default();
        let [mut opportunity, mut account, mut partner] = [const { Vec::new() }; 3];
        for (at, condition) in conditions.iter().enumerate() {
            let path = format!("{path}[{at}]");
            check_condition(condition, &path)?;
            let field = rows.field(world, &condition.field, &format!("{path}.field"))?;
            condition::check_types(field.values(), condition, &path)?;
            let test = Test::new(world.eco, &field, condition);
            let missing = condition.holds(&[]);
            match field.place {
                Place::Own => filter.own.push(test),
                Place::Opportunity => opportunity.push((test, missing)),
                Place::Account => account.push((test, missing)),
                Place::Partner => partner.push((test, missing)),
                Place::Link => filter.link |= links.bit(field, condition, &path)?,
            }
        }
        filter.opportunity = Truth::new(world, &world.opportunities, &opportunity, known)?;
        filter.account = Truth::new(world, &world.accounts, &account, known)?;
        filter.partner = Truth::new(world, &world.partners, &partner, known)?;
        Ok(filter)
    }

    /// Marks the rows that meet what does not depend on the partner.
    pub(super) fn mask(
        &self,
        world: &World<'_>,
        table: &RowsOf<'_>,
        chunk: &Chunk,
        rows: &Range<usize>,
        known: i64,
        mask: &mut Vec<bool>,
    ) -> Result<()> {
        mask.clear();
        mask.resize(rows.len(), true);
        for test in &self.own {
            test.apply(world, chunk, rows, known, mask)?;
        }
        if let Some(truth) = &self.opportunity {
            for (row, keep) in rows.clone().zip(mask.iter_mut()).filter(|(_, keep)| **keep) {
                *keep = truth.of(table.opportunity(chunk, row));
            }
        }
        if let Some(truth) = &self.account {
            for (row, keep) in rows.clone().zip(mask.iter_mut()).filter(|(_, keep)| **keep) {
                *keep = truth.of(table.account(world, chunk, row));
            }
        }
        Ok(())
    }

    /// Whether a row that is marked counts for a partner.
    #[inline]
    pub(super) fn partner(&self, partner: u32, bits: u64) -> bool {
        self.link & !bits == 0 && self.partner.as_ref().is_none_or(|truth| truth.of(partner))
    }
}
