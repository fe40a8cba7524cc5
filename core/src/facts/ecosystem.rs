//! [`Ecosystem`]: an immutable snapshot of checked tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::build::EcosystemBuilder;
use super::checks::Links;
use super::options::{EcosystemOptions, OnInvalid};
use super::store::{Chunk, Stored};
use super::{TABLES, opportunities};
use crate::calendar::{Date, Zone};
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, did_you_mean, one_of, quoted};
use crate::money::{Currency, ExchangeRates};
use crate::table::{Interner, KeySpace, NULL, RawTable, Table};

/// A checked set of input tables; cheap to clone and safe to share between threads.
#[derive(Debug, Clone)]
pub struct Ecosystem {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: EcosystemOptions,
    zone: Zone,
    currency: Option<Currency>,
    keys: [Arc<Interner>; KeySpace::COUNT],
    tables: BTreeMap<&'static str, Stored>,
    links: Links,
    rejected: Table,
    findings: Table,
    /// The row of each opportunity, partner and account, by code.
    rows: BTreeMap<&'static str, Vec<u32>>,
}

impl Ecosystem {
    /// Starts an ecosystem.
    pub fn builder<'a>() -> EcosystemBuilder<'a> {
        EcosystemBuilder::default()
    }

    #[allow(clippy::too_many_arguments)]
    pub(super) fn new(
        options: EcosystemOptions,
        zone: Zone,
        currency: Option<Currency>,
        keys: [Arc<Interner>; KeySpace::COUNT],
        tables: BTreeMap<&'static str, Stored>,
        links: Links,
        rejected: Table,
        findings: Table,
    ) -> Self {
        let spaces = [
            ("partners", KeySpace::Partner),
            ("accounts", KeySpace::Account),
            ("opportunities", KeySpace::Opportunity),
        ];
        let mut rows = BTreeMap::new();
        for (name, space) in spaces {
            let mut row_of = vec![NULL; keys[space as usize].len()];
            if let Some(chunk) = tables.get(name).and_then(|t| t.chunks.first()) {
                // The key is the first column of each of these tables.
                for (row, &code) in chunk.codes(0).unwrap_or_default().iter().enumerate() {
                    row_of[code as usize] = row as u32;
                }
            }
            rows.insert(name, row_of);
        }
        Self { inner: Arc::new(Inner { options, zone, currency, keys, tables, links, rejected, findings, rows }) }
    }

    /// The options that it was made with.
    pub fn options(&self) -> &EcosystemOptions {
        &self.inner.options
    }

    /// The currency that results are in; `None` where no amount has one.
    pub fn currency(&self) -> Option<Currency> {
        self.inner.currency
    }

    /// The names of the tables that were given.
    pub fn table_names(&self) -> Vec<&'static str> {
        TABLES.iter().map(|t| t.name).filter(|name| self.inner.tables.contains_key(name)).collect()
    }

    /// A table as it was read: the columns that were given, in the order of the specification, then the attributes.
    ///
    /// # Errors
    /// [`Code::UnknownTable`], [`Code::MissingTable`].
    pub fn table(&self, name: &str) -> Result<Table> {
        if !TABLES.iter().any(|t| t.name == name) {
            let names = || TABLES.iter().map(|t| t.name);
            let (allowed, hint) = (one_of(names()), did_you_mean(name, names()));
            let message = format!("unknown table {}; expected {allowed}{hint}", quoted(name));
            return Err(Error::new(Code::UnknownTable, name, message));
        }
        Ok(self.need(name)?.to_table(&self.inner.keys))
    }

    /// How many rows a table has; `None` where it was not given.
    pub fn row_count(&self, name: &str) -> Option<usize> {
        self.stored(name).map(|stored| stored.chunks.iter().map(|chunk| chunk.rows).sum())
    }

    /// An ecosystem from what another one was made of: its tables as it gave them back, its options and its reports. The
    /// tables carry our names and words already, and whatever had to be rejected is gone; neither is forgotten by the
    /// options and reports of the result.
    ///
    /// # Errors
    /// Tables that are not those of an ecosystem with these options.
    ///
    /// ```
    /// use cosell::facts::{Ecosystem, Partner};
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::table::RawTable;
    /// let eco = Ecosystem::builder().records([Partner { partner_id: Some("P".into()), ..Default::default() }]).build()?;
    /// let partners = RawTable::from_json(&[serde_json::json!({"partner_id": "P"})])?;
    /// let back = Ecosystem::restore(
    ///     [("partners", partners)], eco.options().clone(), eco.rejected().clone(), eco.findings().clone(), &Monitor::none(),
    /// )?;
    /// assert_eq!(back.table("partners")?.to_csv(), eco.table("partners")?.to_csv());
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn restore<'a>(
        tables: impl IntoIterator<Item = (&'a str, RawTable<'a>)>,
        options: EcosystemOptions,
        rejected: Table,
        findings: Table,
        monitor: &Monitor,
    ) -> Result<Self> {
        let again = EcosystemOptions {
            columns: BTreeMap::new(),
            values: BTreeMap::new(),
            on_invalid: OnInvalid::Reject,
            ..options.clone()
        };
        let builder = Self::builder().options(again).monitor(monitor);
        let built = tables.into_iter().fold(builder, |builder, (name, table)| builder.table(name, table)).build()?;
        let i = &built.inner;
        let (keys, tables, links, rows) = (i.keys.clone(), i.tables.clone(), i.links.clone(), i.rows.clone());
        let (zone, currency) = (i.zone.clone(), i.currency);
        Ok(Self { inner: Arc::new(Inner { options, zone, currency, keys, tables, links, rejected, findings, rows }) })
    }

    /// The rows that could not be used: table, row, column, code, message, amount_at_stake, rows; in that order of rows.
    pub fn rejected(&self) -> &Table {
        &self.inner.rejected
    }

    /// What is implausible but usable, with the same columns.
    pub fn findings(&self) -> &Table {
        &self.inner.findings
    }

    pub(crate) fn zone(&self) -> &Zone {
        &self.inner.zone
    }

    pub(crate) fn keys(&self, space: KeySpace) -> &Arc<Interner> {
        &self.inner.keys[space as usize]
    }

    pub(crate) fn stored(&self, name: &str) -> Option<&Stored> {
        self.inner.tables.get(name)
    }

    /// A table that the caller needs.
    pub(crate) fn need(&self, name: &str) -> Result<&Stored> {
        self.stored(name).ok_or_else(|| {
            Error::new(
                Code::MissingTable,
                name,
                format!("this needs the table {name:?}, which the ecosystem was not given"),
            )
        })
    }

    /// The only chunk of a table with a key; an empty one where it was not given.
    pub(crate) fn keyed(&self, name: &str) -> Arc<Chunk> {
        self.stored(name).and_then(|t| t.chunks.first()).map(Arc::clone).unwrap_or_default()
    }

    /// The row of a partner, account or opportunity by code.
    pub(crate) fn row_of(&self, table: &str, code: u32) -> Option<usize> {
        let row = *self.inner.rows.get(table)?.get(code as usize)?;
        (row != NULL).then_some(row as usize)
    }

    /// The partner that stands for a partner: its topmost parent where partners are rolled up.
    pub(crate) fn partner_root(&self, code: u32) -> u32 {
        root(self.inner.links.partner_root.as_deref(), code)
    }

    /// The account that stands for an account.
    pub(crate) fn account_root(&self, code: u32) -> u32 {
        root(self.inner.links.account_root.as_deref(), code)
    }

    /// An amount of a row in minor units of the ecosystem's currency at the rate of a day.
    pub(crate) fn convert(&self, minor: i64, currency: Option<u8>, on: Date) -> Result<i64> {
        let from = currency.and_then(Currency::from_number);
        match (&self.inner.links.rates, from) {
            (Some(rates), Some(from)) => ExchangeRates::convert(rates, minor, from, on),
            _ => Ok(minor),
        }
    }

    /// The amount of an opportunity in minor units of the ecosystem's currency: at its close, or at `as_of` while it is
    /// open (a closed one without a date: at its creation). `None` where it has no amount.
    pub(crate) fn opportunity_value(&self, row: usize, as_of: Option<i64>) -> Result<Option<i64>> {
        use opportunities::{Col, OPEN};
        let chunk = self.keyed("opportunities");
        let Some(minor) = chunk.instant(Col::amount as usize, row) else { return Ok(None) };
        let open = chunk.member(Col::status as usize, row) == Some(OPEN);
        // What closed after the day was open on it.
        let closed = chunk.instant(Col::closed_at as usize, row).filter(|&c| !open && as_of.is_none_or(|day| c <= day));
        let at = closed.or(as_of).or_else(|| chunk.instant(Col::created_at as usize, row));
        let day = self.inner.zone.date_of(at.unwrap_or_default());
        self.convert(minor, chunk.member(Col::currency as usize, row), day).map(Some)
    }
}

fn root(roots: Option<&[u32]>, code: u32) -> u32 {
    roots.and_then(|r| r.get(code as usize)).copied().unwrap_or(code)
}

/// In a line: what a notebook or console shows.
impl std::fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tables = self.table_names().into_iter();
        let tables = tables.map(|name| format!("{name}: {}", self.row_count(name).unwrap_or(0)));
        let (rejected, findings) = (self.rejected().len(), self.findings().len());
        let tables = tables.collect::<Vec<_>>().join(", ");
        write!(f, "Ecosystem({tables}; rejected: {rejected}, findings: {findings})")
    }
}
