//! From raw tables to an [`Ecosystem`]: columns are matched and read here, tables are checked against each other in
//! `checks`, and what was wrong is written down by `report`.

use std::collections::BTreeMap;

use super::declare::{Record, table_of};
use super::draft::Drafts;
use super::ecosystem::Ecosystem;
use super::options::{EcosystemOptions, OnInvalid};
use super::{TABLES, checks, lines};
use crate::calendar::Zone;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, did_you_mean, one_of, quoted, suggest};
use crate::money::Currency;
use crate::table::{CellRef, RawTable, TableSpec};

/// Collects tables and options, then checks them.
///
/// ```
/// use cosell::facts::{Ecosystem, Opportunity};
/// let eco = Ecosystem::builder()
///     .records([Opportunity {
///         opportunity_id: Some("O-1".into()),
///         account_id: Some("A-1".into()),
///         status: Some("won".into()),
///         amount: Some(1200.50.into()),
///         currency: Some("USD".into()),
///         created_at: Some("2026-01-10".into()),
///         closed_at: Some("2026-03-01".into()),
///         ..Default::default()
///     }])
///     .build()?;
/// assert_eq!(eco.table("opportunities")?.len(), 1);
/// # Ok::<(), cosell::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct EcosystemBuilder<'a> {
    tables: BTreeMap<usize, RawTable<'a>>,
    options: EcosystemOptions,
    monitor: Monitor,
    error: Option<Error>,
}

impl<'a> EcosystemBuilder<'a> {
    /// Adds a table by name.
    #[must_use]
    pub fn table(mut self, name: &str, table: RawTable<'a>) -> Self {
        match table_number(name) {
            Ok(number) => {
                self.tables.insert(number, table);
            }
            Err(error) => self.error = self.error.or(Some(error)),
        }
        self
    }

    /// Adds a table of records.
    #[must_use]
    pub fn records<R: Record>(self, records: impl IntoIterator<Item = R>) -> Self {
        self.table(R::SPEC.name, table_of(records))
    }

    /// Sets the options.
    #[must_use]
    pub fn options(mut self, options: EcosystemOptions) -> Self {
        self.options = options;
        self
    }

    /// Watches and can cancel the work.
    #[must_use]
    pub fn monitor(mut self, monitor: &Monitor) -> Self {
        self.monitor = monitor.clone();
        self
    }

    /// Reads and checks everything.
    ///
    /// # Errors
    /// A missing or misspelt column, a bad option, or, unless rows are to be rejected, the first row that cannot be used.
    pub fn build(self) -> Result<Ecosystem> {
        if let Some(error) = self.error {
            return Err(error);
        }
        let zone = Zone::new(&self.options.timezone).map_err(|e| {
            Error::new(Code::UnknownTimezone, "timezone", format!("timezone: {e}"))
                .with("got", self.options.timezone.clone())
        })?;
        for (number, raw) in &self.tables {
            raw.check().map_err(|e| e.within(TABLES[*number].name))?;
        }
        check_maps(&self.options, &self.tables)?;
        let currency = decide_currency(&self.options, &self.tables)?;
        let mut draft = Drafts::new(zone, currency);
        let rows = self.tables.values().map(RawTable::rows).sum();
        self.monitor.begin("reading", rows)?;
        // Lines take the currency of their opportunity, which may stand under another id, so they are read last.
        let (last, first): (Vec<_>, Vec<_>) = self.tables.iter().partition(|(n, _)| inherits_currency(TABLES[**n]));
        for (number, raw) in first {
            draft.read(*number, raw, &self.options, &self.monitor)?;
        }
        let strict = self.options.on_invalid == OnInvalid::Error;
        let fail = |draft: &Drafts| draft.report.first_error().filter(|_| strict).map_or(Ok(()), Err);
        fail(&draft)?;
        let renamed = checks::resolve_aliases(&mut draft);
        draft.deal_currencies = checks::deal_currencies(&draft, &renamed);
        for (number, raw) in last {
            draft.read(*number, raw, &self.options, &self.monitor)?;
        }
        fail(&draft)?;
        self.monitor.begin("checking", rows)?;
        checks::run(&mut draft, &renamed, &self.options, &self.monitor)?;
        fail(&draft)?;
        draft.finish(self.options)
    }
}

/// Whether the amounts of a table are in the currency of their opportunity where a row names none.
pub(super) fn inherits_currency(spec: &TableSpec) -> bool {
    spec.name == lines::SPEC.name
}

/// The number of a table in [`TABLES`].
fn table_number(name: &str) -> Result<usize> {
    TABLES.iter().position(|t| t.name == name).ok_or_else(|| {
        let names = || TABLES.iter().map(|t| t.name);
        let hint = did_you_mean(name, names());
        Error::new(
            Code::UnknownTable,
            name,
            format!("unknown table {}; expected {}{hint}", quoted(name), one_of(names())),
        )
    })
}

/// Column and value maps must name tables and columns that exist.
fn check_maps(options: &EcosystemOptions, tables: &BTreeMap<usize, RawTable<'_>>) -> Result<()> {
    for (table, map) in &options.columns {
        let number = table_number(table).map_err(|e| e.within("columns"))?;
        let Some(raw) = tables.get(&number) else { continue };
        let names = raw.column_names();
        if names.is_empty() {
            continue;
        }
        for source in map.keys() {
            if !names.contains(source) {
                let hint = did_you_mean(source, names.iter().map(String::as_str));
                return Err(Error::new(
                    Code::UnknownColumn,
                    format!("columns.{table}.{source}"),
                    format!(
                        "columns maps {}, which {table} does not have; it has {}{hint}",
                        quoted(source),
                        one_of(names.iter().map(String::as_str))
                    ),
                ));
            }
        }
    }
    check_targets(options, tables)?;
    for (table, columns) in &options.values {
        let spec = TABLES[table_number(table).map_err(|e| e.within("values"))?];
        for column in columns.keys() {
            if spec.column(column).is_none() {
                let names = || spec.columns.iter().map(|c| c.name);
                let hint = did_you_mean(column, names());
                return Err(Error::new(
                    Code::UnknownColumn,
                    format!("values.{table}.{column}"),
                    format!(
                        "values names {}, which {table} does not have; it has {}{hint}",
                        quoted(column),
                        one_of(names())
                    ),
                ));
            }
        }
    }
    Ok(())
}

/// A column that is mapped onto a name which is nearly that of a column that nothing else fills is a slip; other names are
/// those of attributes.
fn check_targets(options: &EcosystemOptions, tables: &BTreeMap<usize, RawTable<'_>>) -> Result<()> {
    for (table, map) in &options.columns {
        let number = table_number(table).map_err(|e| e.within("columns"))?;
        let (Some(raw), spec) = (tables.get(&number), TABLES[number]) else { continue };
        let names = raw.column_names();
        let filled: Vec<&str> = names.iter().map(|source| target_name(options, spec, source)).collect();
        let open = || spec.columns.iter().map(|c| c.name).filter(|name| !filled.contains(name));
        let known = |target: &str| spec.column(target.strip_suffix("_minor").unwrap_or(target)).is_some();
        for (source, target) in map.iter().filter(|(_, target)| !known(target)) {
            let Some(meant) = suggest(target, open()) else { continue };
            let message = format!(
                "columns maps {} to {}, which is no column of {table}; did you mean {meant:?}?",
                quoted(source),
                quoted(target)
            );
            return Err(Error::new(Code::UnknownColumn, format!("columns.{table}.{source}"), message)
                .with("got", target.clone())
                .with("suggestion", meant));
        }
    }
    Ok(())
}

/// The currency of the results: the one that was asked for, else the only one of the opportunities and investments.
fn decide_currency(options: &EcosystemOptions, tables: &BTreeMap<usize, RawTable<'_>>) -> Result<Option<Currency>> {
    if let Some(code) = &options.currency {
        return Currency::parse(code).map(Some);
    }
    let mut found: Vec<Currency> = Vec::new();
    for (number, raw) in tables {
        let spec = TABLES[*number];
        if !matches!(spec.name, "opportunities" | "investments") {
            continue;
        }
        for chunk in &raw.chunks {
            let Some(column) = chunk.columns.iter().find(|c| target_name(options, spec, &c.name) == "currency") else {
                continue;
            };
            let words = options.values.get(spec.name).and_then(|v| v.get("currency"));
            for row in 0..column.len() {
                if let CellRef::Text(text) = column.cell(row)
                    && let Ok(currency) =
                        Currency::parse(words.and_then(|w| w.get(text.trim())).map_or(text, String::as_str))
                    && !found.contains(&currency)
                {
                    found.push(currency);
                }
            }
        }
    }
    found.sort_by_key(|c| c.code());
    match found.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(*only)),
        several => Err(Error::new(
            Code::MissingCurrency,
            "currency",
            format!(
                "amounts are in {}; name the currency of the results (currency=\"{}\") and give exchange_rates",
                one_of(several.iter().map(|c| c.code())).replace(" or ", " and "),
                several[0]
            ),
        )),
    }
}

/// The name that a source's column has with us.
pub(super) fn target_name<'o>(options: &'o EcosystemOptions, spec: &TableSpec, source: &'o str) -> &'o str {
    options.columns.get(spec.name).and_then(|m| m.get(source)).map_or(source, String::as_str)
}
