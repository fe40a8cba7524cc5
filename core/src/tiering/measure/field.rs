//! Fields: the names that metrics use, resolved to columns of a row, of its opportunity, of its account, of the partner or
//! of what joins the partner to it.

use std::borrow::Cow;
use std::sync::Arc;

use super::condition::{self, Values};
use super::exchange::Exchange;
use super::source::{Described, Owner, kind_of, need, need_column, rows_by_code};
use crate::calendar::{Date, format_instant};
use crate::error::Result;
use crate::facts::store::{AttributeKind, Chunk, Stored};
use crate::facts::{Ecosystem, account_partners, accounts, opportunities, opportunity_partners, partners};
use crate::money::{Currency, fixed_to_text};
use crate::table::{ColumnKind, Interner, KeySpace, NULL};
use crate::tiering::compile::{fault, unknown_name};
use crate::tiering::document::Via;

/// The tables that rows refer to, with the row of each code.
pub(super) struct World<'a> {
    pub(super) eco: &'a Ecosystem,
    pub(super) exchange: Exchange,
    pub(super) opportunities: Keyed,
    pub(super) accounts: Keyed,
    pub(super) partners: Keyed,
}

/// A table that others refer to.
pub(super) struct Keyed {
    pub(super) chunk: Arc<Chunk>,
    pub(super) rows: Vec<u32>,
}

impl Keyed {
    fn new(eco: &Ecosystem, table: &str, space: KeySpace) -> Self {
        let chunk = eco.keyed(table);
        let rows = rows_by_code(&chunk, eco.keys(space).len());
        Self { chunk, rows }
    }

    pub(super) fn row(&self, code: u32) -> Option<usize> {
        self.rows.get(code as usize).filter(|row| **row != NULL).map(|row| *row as usize)
    }
}

impl<'a> World<'a> {
    pub(super) fn new(eco: &'a Ecosystem, exchange: Exchange) -> Self {
        Self {
            eco,
            exchange,
            opportunities: Keyed::new(eco, "opportunities", KeySpace::Opportunity),
            accounts: Keyed::new(eco, "accounts", KeySpace::Account),
            partners: Keyed::new(eco, "partners", KeySpace::Partner),
        }
    }

    /// When an opportunity closed, as it was known by an instant.
    pub(super) fn closed(&self, row: usize, known: i64) -> Option<i64> {
        self.opportunities.chunk.instant(opportunities::Col::closed_at as usize, row).filter(|&at| at <= known)
    }
}

/// Where a field stands, seen from a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Own,
    Opportunity,
    Account,
    Partner,
    /// What joins the partner to the row: its role, or its relationship with the account.
    Link,
}

/// What the values of a field are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Text,
    Ids,
    Class(&'static [&'static str]),
    Several(&'static [&'static str]),
    Closed(&'static [&'static str]),
    Currency,
    Flag,
    Number,
    Amount,
    Instant,
    Day,
}

/// A column that a name stands for.
#[derive(Debug, Clone)]
pub(super) struct Field {
    pub(super) place: Place,
    pub(super) column: usize,
    pub(super) kind: Kind,
    pub(super) dictionary: Arc<Interner>,
    /// The column of the currency of an amount.
    pub(super) currency: Option<usize>,
    /// The column of the day whose rate holds for an amount.
    pub(super) dated: Option<usize>,
    /// The status of an opportunity, which is open before it closes.
    pub(super) status: bool,
}

impl Field {
    pub(super) fn of(eco: &Ecosystem, stored: &Stored, column: usize, place: Place) -> Option<Self> {
        let kind = match kind_of(stored, column)? {
            Ok(ColumnKind::Id(_)) => Kind::Ids,
            Ok(ColumnKind::Text | ColumnKind::AnyId) | Err(AttributeKind::Text) => Kind::Text,
            Ok(ColumnKind::Class(list)) => Kind::Class(list),
            Ok(ColumnKind::Classes(list)) => Kind::Several(list),
            Ok(ColumnKind::Closed(list)) => Kind::Closed(list),
            Ok(ColumnKind::Currency) => Kind::Currency,
            Ok(ColumnKind::Flag) | Err(AttributeKind::Flag) => Kind::Flag,
            Ok(ColumnKind::Number(..)) | Err(AttributeKind::Number) => Kind::Number,
            Ok(ColumnKind::Amount) => Kind::Amount,
            Ok(ColumnKind::Instant(_)) | Err(AttributeKind::Instant) => Kind::Instant,
            Ok(ColumnKind::Date) => Kind::Day,
            Ok(ColumnKind::IdOf(..) | ColumnKind::Rate) => return None,
        };
        let dictionary = match kind_of(stored, column)? {
            Ok(ColumnKind::Id(space)) => Arc::clone(eco.keys(space)),
            _ => stored.dictionaries.get(column).map(Arc::clone).unwrap_or_default(),
        };
        let status = stored.spec.name == opportunities::SPEC.name && column == opportunities::Col::status as usize;
        let currency = stored.spec.column("currency");
        let dated = ["closed_at", "start_on", "submitted_at", "on", "at"].iter().find_map(|c| stored.spec.column(c));
        Some(Self { place, column, kind, dictionary, currency, dated, status })
    }

    pub(super) fn values(&self) -> Values<'_> {
        match self.kind {
            Kind::Text => Values::Text(&self.dictionary),
            Kind::Ids => Values::Ids(&self.dictionary),
            Kind::Class(list) => Values::Class(&self.dictionary, list),
            Kind::Several(list) => Values::Several(&self.dictionary, list),
            Kind::Closed(list) => Values::Closed(list),
            Kind::Currency => Values::Currency,
            Kind::Flag => Values::Flag,
            Kind::Number | Kind::Amount => Values::Number,
            Kind::Instant => Values::Instant,
            Kind::Day => Values::Day,
        }
    }

    /// Whether its values can be counted up.
    pub(super) fn is_numeric(&self) -> bool {
        matches!(self.kind, Kind::Number | Kind::Amount | Kind::Flag)
    }

    /// Whether its different values are told apart by ordered keys, and not by codes.
    pub(super) fn has_keys(&self) -> bool {
        matches!(self.kind, Kind::Number | Kind::Amount | Kind::Instant)
    }

    /// Whether its values are names: text, ids or one of a list.
    pub(super) fn is_name(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::Ids | Kind::Class(_) | Kind::Closed(_) | Kind::Currency)
    }

    /// The name of each code or member, for fields of names.
    pub(super) fn names(&self) -> Vec<String> {
        match self.kind {
            Kind::Closed(list) => list.iter().map(|&t| t.to_owned()).collect(),
            Kind::Currency => (0..u8::MAX).map_while(Currency::from_number).map(|c| c.code().to_owned()).collect(),
            _ => (0..self.dictionary.len() as u32).filter_map(|code| self.dictionary.show(code)).collect(),
        }
    }

    /// The value of a row as text.
    pub(super) fn show(&self, chunk: &Chunk, row: usize) -> Option<String> {
        let member = || chunk.member(self.column, row);
        Some(match self.kind {
            Kind::Closed(list) => (*list.get(usize::from(member()?))?).to_owned(),
            Kind::Currency => Currency::from_number(member()?)?.code().to_owned(),
            Kind::Flag => (member()? == 1).to_string(),
            Kind::Number => (chunk.number(self.column, row)? + 0.0).to_string(),
            Kind::Amount => {
                let currency = self.currency.and_then(|column| chunk.member(column, row));
                let digits = currency.and_then(Currency::from_number).map_or(2, Currency::digits);
                fixed_to_text(chunk.instant(self.column, row)?.into(), digits)
            }
            Kind::Instant => format_instant(chunk.instant(self.column, row)?),
            Kind::Day => Date(chunk.date(self.column, row)?).to_string(),
            Kind::Text | Kind::Ids | Kind::Class(_) | Kind::Several(_) => {
                self.dictionary.show(chunk.code(self.column, row))?
            }
        })
    }

    /// The code or member of a row.
    pub(super) fn code(&self, chunk: &Chunk, row: usize) -> u32 {
        match self.kind {
            Kind::Closed(_) | Kind::Currency | Kind::Flag => chunk.member(self.column, row).map_or(NULL, u32::from),
            _ => chunk.code(self.column, row),
        }
    }
}

/// The rows of a metric: a table, and how its rows belong to partners.
pub(super) struct RowsOf<'a> {
    pub(super) described: Described,
    pub(super) stored: Cow<'a, Stored>,
    pub(super) via: Via,
}

impl RowsOf<'_> {
    fn name(&self) -> &'static str {
        self.described.spec.name
    }

    /// Whether a row has an account: its own, or that of its opportunity.
    fn has_account(&self) -> bool {
        self.described.account.is_some() || self.described.opportunity.is_some()
    }

    /// The code of a row's opportunity.
    pub(super) fn opportunity(&self, chunk: &Chunk, row: usize) -> u32 {
        use crate::facts::measurements::Col;
        match (self.described.opportunity, self.described.owner) {
            (Some(column), _) => chunk.code(column, row),
            (None, Owner::Subject) if chunk.member(Col::subject as usize, row) == Some(2) => {
                chunk.code(Col::id as usize, row)
            }
            _ => NULL,
        }
    }

    /// The code of a row's account.
    pub(super) fn account(&self, world: &World<'_>, chunk: &Chunk, row: usize) -> u32 {
        use crate::facts::measurements::Col;
        let own = self.described.account.map_or(NULL, |column| chunk.code(column, row));
        if own != NULL {
            return own;
        }
        if self.described.owner == Owner::Subject && chunk.member(Col::subject as usize, row) == Some(1) {
            return chunk.code(Col::id as usize, row);
        }
        let deal = world.opportunities.row(self.opportunity(chunk, row));
        deal.map_or(NULL, |row| world.opportunities.chunk.code(opportunities::Col::account_id as usize, row))
    }

    /// A column of the table itself.
    pub(super) fn own(&self, world: &World<'_>, column: usize) -> Option<Field> {
        Field::of(world.eco, &self.stored, column, Place::Own)
    }

    /// The field of a name.
    pub(super) fn field(&self, world: &World<'_>, name: &str, path: &str) -> Result<Field> {
        let eco = world.eco;
        if let Some(field) = Self::find(eco, &self.stored, Place::Own, name, path)? {
            return Ok(field);
        }
        if let Some((table, column)) = self.link().filter(|(table, column)| name == link_name(table, *column)) {
            let stored = need(eco, table, path)?;
            if let Some(field) = Field::of(eco, stored, column, Place::Link) {
                return Ok(field);
            }
        }
        let far = name.split_once('.').and_then(|(prefix, rest)| {
            let subject = self.described.owner == Owner::Subject;
            match prefix {
                "opportunity" if self.described.opportunity.is_some() || subject => {
                    Some((opportunities::SPEC.name, Place::Opportunity, rest))
                }
                "account" if self.has_account() || subject => Some((accounts::SPEC.name, Place::Account, rest)),
                "partner" => Some((partners::SPEC.name, Place::Partner, rest)),
                _ => None,
            }
        });
        if let Some((table, place, rest)) = far {
            let stored = need(eco, table, path)?;
            // The opportunity of an opportunity is itself.
            let place = if table == self.name() { Place::Own } else { place };
            if let Some(field) = Self::find(eco, stored, place, rest, path)? {
                return Ok(field);
            }
        }
        let known = self.names(eco);
        Err(unknown_name(path, "field", name, known.iter().map(String::as_str)))
    }

    fn find(eco: &Ecosystem, stored: &Stored, place: Place, name: &str, path: &str) -> Result<Option<Field>> {
        let column = match stored.spec.column(name) {
            Some(column) => {
                need_column(stored, column, path)?;
                column
            }
            None => match stored.attribute(name) {
                Some((column, _)) => column,
                None => return Ok(None),
            },
        };
        match Field::of(eco, stored, column, place) {
            Some(field) => Ok(Some(field)),
            None => Err(fault(
                path,
                format!("the ids in {}.{name} are of several kinds; name another field", stored.spec.name),
            )),
        }
    }

    /// The table and column that join a partner to a row, where one does.
    fn link(&self) -> Option<(&'static str, usize)> {
        match (self.described.owner, self.via) {
            (Owner::Column(_), _) | (_, Via::SourcedBy) => None,
            (_, Via::Roles) => Some((opportunity_partners::SPEC.name, opportunity_partners::Col::role as usize)),
            (_, Via::Accounts) => Some((account_partners::SPEC.name, account_partners::Col::relationship as usize)),
        }
    }

    /// Every name that can be used, for messages.
    fn names(&self, eco: &Ecosystem) -> Vec<String> {
        let of = |stored: &Stored| -> Vec<String> {
            let columns = stored.spec.columns.iter().map(|c| c.name.to_owned());
            columns.chain(stored.attributes.iter().map(|a| a.name.clone())).collect()
        };
        let mut names = of(&self.stored);
        names.extend(self.link().map(|(table, column)| link_name(table, column).to_owned()));
        let mut far = |prefix: &str, table: &str| {
            let stored = eco.stored(table).filter(|_| table != self.name());
            names.extend(stored.into_iter().flat_map(of).map(|name| format!("{prefix}.{name}")));
        };
        let subject = self.described.owner == Owner::Subject;
        if self.described.opportunity.is_some() || subject {
            far("opportunity", opportunities::SPEC.name);
        }
        if self.has_account() || subject {
            far("account", accounts::SPEC.name);
        }
        far("partner", partners::SPEC.name);
        names
    }
}

fn link_name(table: &str, column: usize) -> &'static str {
    let spec =
        if table == opportunity_partners::SPEC.name { &opportunity_partners::SPEC } else { &account_partners::SPEC };
    spec.columns.get(column).map_or("", |c| c.name)
}

/// The ordered key of a number, date or instant of a row.
pub(super) fn key_at(chunk: &Chunk, column: usize, row: usize) -> Option<i64> {
    use crate::facts::store::Values as Column;
    match chunk.columns.get(column)?.as_ref()? {
        Column::Wide(_) => chunk.instant(column, row),
        Column::Days(_) => chunk.date(column, row).map(i64::from),
        Column::Number(_) => chunk.number(column, row).map(condition::key_of),
        Column::Codes(_) | Column::Small(_) => None,
    }
}
