//! Tables while they are read and checked.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::build::{inherits_currency, target_name};
use super::ecosystem::Ecosystem;
use super::options::EcosystemOptions;
use super::read::{Fault, Reader, Remark, ValueMap, attribute_kind};
use super::report::{Entry, Report};
use super::store::{Attribute, Chunk, NULL_SMALL, NULL_WIDE, Stored, Values};
use super::{TABLES, checks};
use crate::calendar::Zone;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, one_of, quoted, suggest};
use crate::money::Currency;
use crate::table::{ColumnKind, Interner, KeySpace, NULL, RawChunk, RawColumn, RawTable, TableSpec};

/// All tables while they are read and checked.
pub(super) struct Drafts {
    pub(super) tables: Vec<Option<Draft>>,
    pub(super) keys: Vec<Interner>,
    pub(super) zone: Zone,
    pub(super) currency: Option<Currency>,
    /// The currency of each opportunity, by code.
    pub(super) deal_currencies: Vec<u8>,
    pub(super) report: Report,
    pub(super) links: checks::Links,
}

/// One table while it is read and checked: all its rows, and which of them are out.
pub(super) struct Draft {
    pub(super) spec: &'static TableSpec,
    pub(super) chunks: Vec<Chunk>,
    /// The number of the first row of each chunk.
    pub(super) firsts: Vec<usize>,
    pub(super) dictionaries: Vec<Interner>,
    attributes: Vec<Attribute>,
    /// Rows that are rejected or left out, by input row.
    pub(super) out: Vec<bool>,
    /// Rows that stand once and of whose key an id was replaced by the one that it stands for, by input row; empty where
    /// there is none.
    pub(super) renamed: Vec<bool>,
}

impl Drafts {
    pub(super) fn new(zone: Zone, currency: Option<Currency>) -> Self {
        let tables = TABLES.iter().map(|_| None).collect();
        let keys = vec![Interner::default(); KeySpace::COUNT];
        let (report, links) = (Report::default(), checks::Links::default());
        Self { tables, keys, zone, currency, deal_currencies: Vec::new(), report, links }
    }

    pub(super) fn read(
        &mut self,
        number: usize,
        raw: &RawTable<'_>,
        options: &EcosystemOptions,
        monitor: &Monitor,
    ) -> Result<()> {
        let table = Draft::read(number, raw, options, self, monitor)?;
        self.tables[number] = Some(table);
        Ok(())
    }

    pub(super) fn finish(self, options: EcosystemOptions) -> Result<Ecosystem> {
        let (rejected, findings) = self.report.tables(self.currency);
        let mut tables = BTreeMap::new();
        for table in self.tables.into_iter().flatten() {
            tables.insert(table.spec.name, table.finish());
        }
        let keys: Vec<Arc<Interner>> = self.keys.into_iter().map(Arc::new).collect();
        let keys = keys.try_into().map_err(|_| Error::internal("the number of key spaces changed"))?;
        Ok(Ecosystem::new(options, self.zone, self.currency, keys, tables, self.links, rejected, findings))
    }
}

/// Where a column of the source goes.
#[derive(Clone, Copy)]
enum Target {
    /// A column of the spec, and whether the source gives minor units.
    Column(usize, bool),
    Attribute(usize),
}

impl Draft {
    fn read(
        number: usize,
        raw: &RawTable<'_>,
        options: &EcosystemOptions,
        drafts: &mut Drafts,
        monitor: &Monitor,
    ) -> Result<Self> {
        let spec = TABLES[number];
        let (targets, attributes) = match_columns(number, spec, raw, options, &mut drafts.report)?;
        let width = spec.columns.len() + attributes.len();
        let mut draft = Self {
            spec,
            chunks: Vec::new(),
            firsts: Vec::new(),
            dictionaries: vec![Interner::default(); width],
            attributes,
            out: vec![false; raw.rows()],
            renamed: Vec::new(),
        };
        for index in 0..draft.attributes.len() {
            let name = draft.attributes[index].name.clone();
            let of = raw.chunks.iter().map(|c| c.columns.iter().find(|c| target_name(options, spec, &c.name) == name));
            draft.attributes[index].kind = attribute_kind(of, raw.untyped);
        }
        let mut first = 0;
        for chunk in &raw.chunks {
            let read = draft.read_chunk(number, chunk, first, &targets, options, drafts);
            draft.firsts.push(first);
            draft.chunks.push(read);
            first += chunk.rows;
            monitor.advance(chunk.rows)?;
        }
        Ok(draft)
    }

    fn read_chunk(
        &mut self,
        number: usize,
        raw: &RawChunk<'_>,
        first: usize,
        targets: &BTreeMap<String, Target>,
        options: &EcosystemOptions,
        drafts: &mut Drafts,
    ) -> Chunk {
        let spec = self.spec;
        let values = options.values.get(spec.name);
        let mut columns: Vec<Option<Values>> = vec![None; self.dictionaries.len()];
        let mut reader = Reader {
            zone: &drafts.zone,
            currency: drafts.currency,
            values: None,
            faults: Vec::new(),
            remarks: Vec::new(),
            column: 0,
            first,
        };
        // Amounts need the currency of their row, and some ids what they are ids of, so those are read last.
        let needs = |c: &&RawColumn<'_>| match targets.get(&*c.name) {
            Some(Target::Column(i, _)) => {
                matches!(spec.columns[*i].kind, ColumnKind::Amount | ColumnKind::IdOf(..))
            }
            _ => false,
        };
        let (dependent, plain): (Vec<_>, Vec<_>) = raw.columns.iter().partition(needs);
        let first_dependent = plain.len();
        for (place, column) in plain.into_iter().chain(dependent).enumerate() {
            if place == first_dependent && inherits_currency(spec) {
                inherit_currency(spec, &mut columns, raw.rows, &drafts.deal_currencies);
            }
            let Some(target) = targets.get(&*column.name) else { continue };
            let (Target::Column(index, _) | Target::Attribute(index)) = *target;
            reader.column = index;
            reader.values = spec.columns.get(index).and_then(|c| values?.get(c.name)) as Option<&ValueMap>;
            let dictionary = &mut self.dictionaries[index];
            let read = match *target {
                Target::Attribute(index) => {
                    reader.attribute(column, self.attributes[index - spec.columns.len()].kind, dictionary)
                }
                Target::Column(index, minor) => match spec.columns[index].kind {
                    ColumnKind::Id(space) => reader.ids(column, &mut drafts.keys[space as usize]),
                    ColumnKind::IdOf(by, spaces) => {
                        let members = spec.column(by).and_then(|c| small(&columns, c));
                        reader.mixed_ids(column, members, spaces, &mut drafts.keys)
                    }
                    ColumnKind::AnyId | ColumnKind::Text => reader.texts(column, dictionary),
                    ColumnKind::Closed(list) => reader.members(column, list),
                    ColumnKind::Class(list) => reader.classes(column, list, false, dictionary),
                    ColumnKind::Classes(list) => reader.classes(column, list, true, dictionary),
                    ColumnKind::Currency => reader.currencies(column),
                    ColumnKind::Rate => reader.rates(column),
                    ColumnKind::Number(low, high) => reader.numbers(column, low, high),
                    ColumnKind::Instant(edge) => reader.instants(column, edge),
                    ColumnKind::Date => reader.dates(column),
                    ColumnKind::Flag => reader.flags(column),
                    ColumnKind::Amount => {
                        let currencies = spec.column("currency").and_then(|c| small(&columns, c));
                        reader.amounts(column, currencies, minor)
                    }
                },
            };
            columns[index] = Some(read);
        }
        let (faults, remarks) = (reader.faults, reader.remarks);
        fill_currency(spec, &mut columns, raw.rows, drafts.currency);
        forget_unreadable(spec, &mut columns, &faults, first);
        let source = (first..first + raw.rows).map(|row| row as u32).collect();
        let chunk = Chunk { rows: raw.rows, columns, source };
        self.note(number, faults, remarks, &mut drafts.report);
        self.require(number, &chunk, first, &mut drafts.report);
        chunk
    }

    fn column_name(&self, index: usize) -> String {
        match self.spec.columns.get(index) {
            Some(column) => column.name.to_owned(),
            None => self.attributes[index - self.spec.columns.len()].name.clone(),
        }
    }

    fn note(&mut self, table: usize, faults: Vec<Fault>, remarks: Vec<Remark>, report: &mut Report) {
        for fault in faults {
            self.out[fault.row] = true;
            let column = self.column_name(fault.column);
            let mut message = fault.message;
            if fault.code == Code::UnknownValue {
                let table = self.spec.name;
                message +=
                    &format!("; values={{{table:?}: {{{column:?}: {{theirs: ours}}}}}} translates the source's words");
            }
            report.faults.push((fault.code, Entry::new(table, fault.row, &column, fault.code.as_str(), message)));
        }
        for remark in remarks {
            let column = self.column_name(remark.column);
            report.remarks.push(Entry::new(table, remark.row, &column, remark.code, remark.message));
        }
    }

    /// Required values must be there; a row that is out already has its reason.
    fn require(&mut self, table: usize, chunk: &Chunk, first: usize, report: &mut Report) {
        for (index, column) in self.spec.columns.iter().enumerate().filter(|(_, c)| c.required) {
            let Some(values) = &chunk.columns[index] else { continue };
            for row in 0..chunk.rows {
                let missing = match values {
                    Values::Codes(v) => v[row] == NULL,
                    Values::Small(v) => v[row] == NULL_SMALL,
                    Values::Wide(v) => v[row] == NULL_WIDE,
                    Values::Days(v) => v[row] == super::store::NULL_DATE,
                    Values::Number(v) => v[row].is_nan(),
                };
                if missing && !self.out[first + row] {
                    self.out[first + row] = true;
                    let message = format!("{} is required, but this row has none", column.name);
                    let entry = Entry::new(table, first + row, column.name, Code::NullValue.as_str(), message);
                    report.faults.push((Code::NullValue, entry));
                }
            }
        }
    }

    /// The checked table without the rows that are out.
    fn finish(self) -> Stored {
        let mut chunks = Vec::with_capacity(self.chunks.len());
        for (mut chunk, first) in self.chunks.into_iter().zip(self.firsts) {
            let out = &self.out[first..first + chunk.rows];
            if out.contains(&true) {
                let keep: Vec<bool> = out.iter().map(|o| !o).collect();
                chunk.retain(&keep);
            }
            chunks.push(Arc::new(chunk));
        }
        let dictionaries = self.dictionaries.into_iter().map(Arc::new).collect();
        let mut stored = Stored { spec: self.spec, chunks, dictionaries, attributes: self.attributes };
        // Tables that others refer to are looked up by row; the others stay in chunks.
        let looked_up = self.spec.key.is_some_and(|key| self.spec.column(key) == Some(0));
        if looked_up || stored.chunks.is_empty() {
            stored.join();
        }
        stored
    }
}

/// The members, currencies or flags of a column that was read.
fn small(columns: &[Option<Values>], index: usize) -> Option<&[u8]> {
    match columns.get(index)?.as_ref()? {
        Values::Small(members) => Some(members),
        _ => None,
    }
}

/// Rows without a currency get that of their opportunity, where it has one.
fn inherit_currency(spec: &TableSpec, columns: &mut [Option<Values>], rows: usize, deals: &[u8]) {
    let (Some(at), Some(deal)) = (spec.column("currency"), spec.column("opportunity_id")) else { return };
    let mut numbers = small(columns, at).map_or_else(|| vec![NULL_SMALL; rows], <[u8]>::to_vec);
    if let Some(Some(Values::Codes(codes))) = columns.get(deal) {
        for (number, code) in numbers.iter_mut().zip(codes).filter(|(number, _)| **number == NULL_SMALL) {
            *number = deals.get(*code as usize).copied().unwrap_or(NULL_SMALL);
        }
    }
    columns[at] = Some(Values::Small(numbers));
}

/// Rows with an amount but no currency are in the currency of the ecosystem; that is written into them.
fn fill_currency(spec: &TableSpec, columns: &mut [Option<Values>], rows: usize, currency: Option<Currency>) {
    let (Some(at), Some(currency)) = (spec.column("currency"), currency) else { return };
    let amounts: Vec<usize> = (0..spec.columns.len())
        .filter(|&i| spec.columns[i].kind == ColumnKind::Amount && columns[i].is_some())
        .collect();
    if amounts.is_empty() {
        return;
    }
    let mut numbers = match columns[at].take() {
        Some(Values::Small(numbers)) => numbers,
        _ => vec![NULL_SMALL; rows],
    };
    for index in amounts {
        if let Some(Values::Wide(minor)) = &columns[index] {
            for (number, amount) in numbers.iter_mut().zip(minor) {
                if *number == NULL_SMALL && *amount != NULL_WIDE {
                    *number = currency.number();
                }
            }
        }
    }
    columns[at] = Some(Values::Small(numbers));
}

/// A row whose currency cannot be read has none, so that its amount is not taken for one of another currency.
fn forget_unreadable(spec: &TableSpec, columns: &mut [Option<Values>], faults: &[Fault], first: usize) {
    let Some(at) = spec.column("currency") else { return };
    if let Some(Values::Small(numbers)) = &mut columns[at] {
        for fault in faults.iter().filter(|f| f.column == at) {
            numbers[fault.row - first] = NULL_SMALL;
        }
    }
}

/// Columns that a table can do without, but whose absence is more often a slip than a wish.
const NOT_GIVEN: &[(&str, &str, &str)] = &[
    ("touchpoints", "partner_id", "there is no column \"partner_id\": every touch counts as the vendor's own"),
    ("opportunities", "amount", "there is no column \"amount\": conversions are counted, but nothing has a value"),
];

/// Which column of the source is which column of the table; the others are attributes.
fn match_columns(
    number: usize,
    spec: &'static TableSpec,
    raw: &RawTable<'_>,
    options: &EcosystemOptions,
    report: &mut Report,
) -> Result<(BTreeMap<String, Target>, Vec<Attribute>)> {
    let mut targets: BTreeMap<String, Target> = BTreeMap::new();
    let mut attributes: Vec<Attribute> = Vec::new();
    let mut taken: BTreeMap<usize, String> = BTreeMap::new();
    let names = raw.column_names();
    for source in &names {
        let target = target_name(options, spec, source);
        let minor = target.strip_suffix("_minor").and_then(|plain| spec.column(plain));
        let minor = minor.filter(|&i| spec.columns[i].kind == ColumnKind::Amount);
        let found = spec.column(target).map(|i| (i, false)).or(minor.map(|i| (i, true)));
        if let Some((index, minor)) = found {
            if let Some(other) = taken.insert(index, source.clone()) {
                let (table, name) = (spec.name, spec.columns[index].name);
                return Err(Error::new(
                    Code::DuplicateColumn,
                    format!("{table}.{name}"),
                    format!("both {} and {} are {table}.{name}; keep one", quoted(&other), quoted(source)),
                ));
            }
            targets.insert(source.clone(), Target::Column(index, minor));
        } else {
            if attributes.iter().any(|a| a.name == target) {
                return Err(Error::new(
                    Code::DuplicateColumn,
                    format!("{}.{target}", spec.name),
                    format!("two columns of {} are named {}", spec.name, quoted(target)),
                ));
            }
            targets.insert(source.clone(), Target::Attribute(spec.columns.len() + attributes.len()));
            attributes.push(Attribute { name: target.to_owned(), kind: super::store::AttributeKind::Text });
        }
    }
    let absent = || spec.columns.iter().enumerate().filter(|(i, _)| !taken.contains_key(i)).map(|(_, c)| c);
    if (!names.is_empty() || raw.rows() > 0)
        && let Some(missing) = absent().find(|c| c.required)
    {
        let spare: Vec<&str> = attributes.iter().map(|a| a.name.as_str()).collect();
        let hint = suggest(missing.name, spare.iter().copied())
            .map(|s| {
                format!("; is it {s:?}? Rename it, or give columns={{{:?}: {{{s:?}: {:?}}}}}", spec.name, missing.name)
            })
            .unwrap_or_default();
        return Err(Error::new(
            Code::MissingColumn,
            format!("{}.{}", spec.name, missing.name),
            format!(
                "{} needs a column {:?} ({}); it has {}{hint}",
                spec.name,
                missing.name,
                missing.kind.name(),
                one_of(names.iter().map(String::as_str))
            ),
        )
        .with("table", spec.name)
        .with("available", names.clone()));
    }
    for (table, column, what) in NOT_GIVEN {
        if *table == spec.name && !names.is_empty() && absent().any(|c| c.name == *column) {
            report.remarks.push(Entry {
                table: number,
                row: None,
                column: (*column).to_owned(),
                code: "column_not_given".to_owned(),
                message: (*what).to_owned(),
                stake: None,
                opportunity: NULL,
            });
        }
    }
    for attribute in &attributes {
        if let Some(meant) = suggest(&attribute.name, absent().map(|c| c.name)) {
            report.remarks.push(Entry {
                table: number,
                row: None,
                column: attribute.name.clone(),
                code: "unknown_column".to_owned(),
                message: format!("{} is kept as an attribute; did you mean {meant:?}?", quoted(&attribute.name)),
                stake: None,
                opportunity: NULL,
            });
        }
    }
    Ok((targets, attributes))
}
