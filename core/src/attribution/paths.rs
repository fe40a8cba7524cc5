//! Journeys from aggregated paths: "a > b > a", how often it converted, for how much, and how often it did not.
//!
//! This is the form that users of other attribution tools have. A row with neither a conversion nor a null does nothing.
//! Names are trimmed around the separator; where that is nothing but blanks, a run of them counts as one. Conversions, nulls and values without a currency are read to twelve decimals.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::journeys::{Counts, Inner, Journeys, ONE, check_reserved, number_channels};
use super::options::PathsOptions;
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::{Code, Error, Result, did_you_mean, one_of, quoted};
use crate::money::{AmountFault, Currency, PLAIN_DIGITS};
use crate::table::amount::{advice, amount_of, explain, fixed_of};
use crate::table::{CellRef, Interner, Key, NULL, RawChunk, RawColumn, RawTable, RawValues, Unit};

/// Rows that one worker takes at once.
const PIECE: usize = 1 << 16;
const EMPTY_PATH: &str = "an empty path; expected channel names";

impl Journeys {
    /// Journeys from aggregated paths; each row is one journey.
    ///
    /// # Errors
    /// A missing column, an empty path or name, a negative or non-finite number, a value without a conversion, a name that
    /// cosell uses itself: each with the row.
    pub fn from_paths(paths: &RawTable<'_>, options: &PathsOptions, monitor: &Monitor) -> Result<Self> {
        options.check()?;
        paths.check()?;
        let currency = options.currency.as_deref().map(Currency::parse).transpose()?;
        let unit = options.value.as_deref().map(|name| value_unit(name, currency));
        monitor.begin("reading", paths.rows())?;
        let mut jobs = Vec::new();
        let mut first = 0;
        for chunk in paths.parts() {
            let columns = Columns::find(chunk, options)?;
            for range in parallel::pieces(chunk.rows, PIECE) {
                jobs.push((columns, range, first));
            }
            first += chunk.rows;
        }
        let parts = parallel::map(jobs, paths.rows(), |(columns, range, first)| {
            let rows = range.len();
            let part = Part::read(&columns, range, first, &options.separator, unit)?;
            monitor.advance(rows)?;
            Ok(part)
        })?;
        let unused = paths.parts().next().map_or_else(Vec::new, |chunk| unused_columns(chunk, options));
        assemble(parts, unit, options, unused)
    }
}

/// Notes on the columns that no option names and that look as if one should.
fn unused_columns(chunk: &RawChunk<'_>, options: &PathsOptions) -> Vec<Value> {
    let used = [Some(&options.path), Some(&options.conversions), options.value.as_ref(), options.nulls.as_ref()];
    let meant = |name: &str| {
        let name = name.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        match (has(&["null"]), has(&["value", "revenue", "amount"])) {
            (true, _) if options.nulls.is_none() => Some("nulls"),
            (false, true) if options.value.is_none() => Some("value"),
            _ => None,
        }
    };
    let names = chunk.columns.iter().map(|column| &*column.name);
    names
        .filter(|name| !used.iter().flatten().any(|known| known == name))
        .filter_map(|name| Some(json!({"code": "column_not_used", "column": name, "option": meant(name)?})))
        .collect()
}

/// What the integers of a value column count, by its name and the currency that was given.
pub(super) fn value_unit(name: &str, currency: Option<Currency>) -> Unit {
    match currency {
        Some(currency) => Unit::Currency(currency),
        None if name.ends_with("_minor") => Unit::Minor,
        None => Unit::Plain(PLAIN_DIGITS),
    }
}

#[derive(Clone, Copy)]
struct Columns<'a> {
    path: &'a RawColumn<'a>,
    conversions: &'a RawColumn<'a>,
    nulls: Option<&'a RawColumn<'a>>,
    value: Option<&'a RawColumn<'a>>,
}

impl<'a> Columns<'a> {
    fn find(chunk: &'a RawChunk<'a>, options: &PathsOptions) -> Result<Self> {
        Ok(Self {
            path: find_column(chunk, &options.path, "path")?,
            conversions: find_column(chunk, &options.conversions, "conversions")?,
            nulls: options.nulls.as_deref().map(|name| find_column(chunk, name, "nulls")).transpose()?,
            value: options.value.as_deref().map(|name| find_column(chunk, name, "value")).transpose()?,
        })
    }
}

/// The column that an option names.
pub(super) fn find_column<'a>(chunk: &'a RawChunk<'a>, name: &str, option: &str) -> Result<&'a RawColumn<'a>> {
    chunk.column(name).ok_or_else(|| {
        let names = || chunk.columns.iter().map(|c| &*c.name);
        let hint = did_you_mean(name, names());
        Error::new(
            Code::MissingColumn,
            name,
            format!("there is no column {} ({option}); the table has {}{hint}", quoted(name), one_of(names())),
        )
        .with("option", option)
        .with("available", names().map(str::to_owned).collect::<Vec<_>>())
    })
}

/// An error about a row of a table that has no name.
pub(super) fn row_error(code: Code, column: &str, row: usize, what: impl std::fmt::Display) -> Error {
    Error::new(code, column, format!("{column}, row {row}: {what}")).with("row", row).with("column", column)
}

/// The codes of short names that were seen lately, so that a name is seldom looked up twice.
///
/// Names repeat all the time and most are short: sixteen bytes and the length tell them apart.
struct Recent {
    places: Vec<(u128, u32, u32)>,
}

impl Default for Recent {
    fn default() -> Self {
        // A length of 0 belongs to no name.
        Self { places: vec![(0, 0, NULL); 256] }
    }
}

impl Recent {
    /// The code of a name, from here or from `find`.
    #[inline]
    fn code(&mut self, name: &str, find: impl FnOnce(&str) -> Result<u32>) -> Result<u32> {
        let length = name.len();
        if length > 16 {
            return find(name);
        }
        let mut bytes = [0_u8; 16];
        bytes[..length].copy_from_slice(name.as_bytes());
        let key = u128::from_le_bytes(bytes);
        let mixed = (key as u64 ^ (key >> 64) as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let place = &mut self.places[(mixed >> 56) as usize];
        if place.0 != key || place.1 != length as u32 {
            *place = (key, length as u32, find(name)?);
        }
        Ok(place.2)
    }
}

/// Counts while they are read: one byte each, until one is neither 0 nor 1.
#[derive(Default)]
pub(super) struct Tally {
    flags: Vec<bool>,
    /// All counts, from the first one on that is no flag.
    fixed: Vec<i128>,
}

impl Tally {
    pub(super) fn push(&mut self, count: i128) {
        if self.fixed.is_empty() && (count == 0 || count == ONE) {
            self.flags.push(count == ONE);
        } else {
            self.widen();
            self.fixed.push(count);
        }
    }

    fn widen(&mut self) {
        self.fixed.extend(self.flags.drain(..).map(|flag| if flag { ONE } else { 0 }));
    }

    fn append(&mut self, mut other: Self) {
        if self.fixed.is_empty() && other.fixed.is_empty() {
            self.flags.append(&mut other.flags);
        } else {
            self.widen();
            other.widen();
            self.fixed.append(&mut other.fixed);
        }
    }

    pub(super) fn finish(self) -> Counts {
        if self.fixed.is_empty() { Counts::Flags(self.flags) } else { Counts::Fixed(self.fixed) }
    }
}

/// What a worker has read.
#[derive(Default)]
struct Part {
    recent: Recent,
    names: Interner,
    lengths: Vec<u32>,
    /// The row of each journey in the input.
    rows: Vec<u32>,
    channel: Vec<u32>,
    conversions: Tally,
    nulls: Tally,
    values: Vec<i128>,
    no_ops: u64,
    without_value: u64,
    rounded: u64,
}

impl Part {
    fn read(
        columns: &Columns<'_>,
        range: std::ops::Range<usize>,
        first: usize,
        separator: &str,
        unit: Option<Unit>,
    ) -> Result<Self> {
        let mut part = Self::default();
        for row in range {
            let count = |column: &RawColumn<'_>| count(column, row, first + row);
            let conversions = count(columns.conversions)?;
            let nulls = columns.nulls.map_or(Ok(0), count)?;
            let (value, rounded) = match (columns.value, unit) {
                (Some(column), Some(unit)) => amount(column, row, first + row, unit)?,
                _ => (0, false),
            };
            part.rounded += u64::from(rounded);
            if conversions != 0 && value == 0 {
                part.without_value += u64::from(columns.value.is_some_and(|column| column.cell(row).is_null()));
            }
            if conversions == 0 && value != 0 {
                let what = "a value without a conversion; give the number of conversions that it comes from";
                let name = columns.value.map_or("", |c| &c.name);
                return Err(row_error(Code::InvalidRow, name, first + row, what));
            }
            if conversions == 0 && nulls == 0 {
                part.no_ops += 1;
                continue;
            }
            part.read_path(columns.path, row, first + row, separator)?;
            part.rows.push((first + row) as u32);
            part.conversions.push(conversions);
            part.nulls.push(nulls);
            if unit.is_some() {
                part.values.push(value);
            }
        }
        Ok(part)
    }

    fn read_path(&mut self, column: &RawColumn<'_>, row: usize, shown: usize, separator: &str) -> Result<()> {
        let blanks = separator.trim().is_empty();
        let text = match text_at(column, row) {
            Some(text) if !text.trim_ascii().is_empty() => text,
            Some(_) => {
                return Err(row_error(Code::NullValue, &column.name, shown, EMPTY_PATH));
            }
            None => {
                let cell = column.cell(row);
                let (code, what) = if cell.is_null() {
                    (Code::NullValue, EMPTY_PATH.to_owned())
                } else {
                    (Code::WrongType, format!("expected a path as text, got {}", cell.show()))
                };
                return Err(row_error(code, &column.name, shown, what));
            }
        };
        let before = self.channel.len();
        let mut each = |name: &str| -> Result<()> {
            let name = name.trim_ascii();
            if name.is_empty() && blanks {
                return Ok(());
            }
            if name.is_empty() {
                let what = format!("a channel without a name in {}", quoted(text));
                return Err(row_error(Code::NullValue, &column.name, shown, what));
            }
            let code = self.recent.code(name, |name| self.names.intern(Key::Text(name)))?;
            self.channel.push(code);
            Ok(())
        };
        if let [byte] = separator.as_bytes() {
            split_byte(text, *byte, &mut each)?;
        } else {
            text.split(separator).try_for_each(&mut each)?;
        }
        if self.channel.len() == before {
            return Err(row_error(Code::NullValue, &column.name, shown, EMPTY_PATH));
        }
        self.lengths.push((self.channel.len() - before) as u32);
        Ok(())
    }
}

/// Cuts a text at an ASCII byte.
fn split_byte(text: &str, separator: u8, each: &mut impl FnMut(&str) -> Result<()>) -> Result<()> {
    let mut from = 0;
    for (at, &byte) in text.as_bytes().iter().enumerate() {
        if byte == separator {
            each(&text[from..at])?;
            from = at + 1;
        }
    }
    each(&text[from..])
}

/// The text of a row without going through a cell.
#[inline]
fn text_at<'a>(column: &'a RawColumn<'a>, row: usize) -> Option<&'a str> {
    if !column.is_valid(row) {
        return None;
    }
    match &column.values {
        RawValues::Text(offsets, text) => {
            let (from, to) = offsets.range(row);
            Some(&text[from..to])
        }
        RawValues::Strs(texts) => Some(texts[row]),
        _ => match column.cell(row) {
            CellRef::Text(text) => Some(text),
            _ => None,
        },
    }
}

/// A count of conversions or nulls with twelve decimals.
pub(super) fn count(column: &RawColumn<'_>, row: usize, shown: usize) -> Result<i128> {
    let (fixed, cell) = if let (RawValues::I64(v), true) = (&column.values, column.is_valid(row)) {
        (Some(Ok(i128::from(v[row]) * ONE)), CellRef::Int(v[row].into()))
    } else {
        let cell = column.cell(row);
        let fixed = match cell {
            CellRef::Bool(flag) => Some(Ok(if flag { ONE } else { 0 })),
            cell => fixed_of(cell, PLAIN_DIGITS).map(|read| read.map(|(count, _)| count)),
        };
        (fixed, cell)
    };
    match fixed {
        None => Err(row_error(Code::NullValue, &column.name, shown, "no number; expected a count, 0 or more")),
        Some(Ok(count)) if count < 0 => {
            let what = format!("expected a count, 0 or more, got {}", cell.show());
            Err(row_error(Code::NumberOutOfRange, &column.name, shown, what))
        }
        Some(Ok(count)) => Ok(count),
        Some(Err(fault)) => Err(count_error(fault, column, cell, shown)),
    }
}

/// A value in its unit, and whether it was rounded to it; a missing one is 0.
pub(super) fn amount(column: &RawColumn<'_>, row: usize, shown: usize, unit: Unit) -> Result<(i128, bool)> {
    let (cell, minor) = (column.cell(row), column.name.ends_with("_minor"));
    // A column of minor units of a named currency holds whole numbers already; a plain number may have any name.
    let minor = minor && matches!(unit, Unit::Currency(_) | Unit::Minor);
    match amount_of(cell, unit, minor) {
        None => Ok((0, false)),
        Some(read) => read.map_err(|fault| {
            let (code, what) = explain(fault, cell, unit, minor);
            row_error(code, &column.name, shown, what)
        }),
    }
}

fn count_error(fault: AmountFault, column: &RawColumn<'_>, cell: CellRef<'_>, shown: usize) -> Error {
    let expected = || format!("expected a count, 0 or more, got {}", cell.show());
    let (code, what) = match fault {
        AmountFault::NotANumber => (Code::WrongType, expected() + advice(cell)),
        AmountFault::NotFinite => (Code::NotFinite, expected()),
        AmountFault::OutOfRange => (Code::AmountOutOfRange, format!("{} is too large", cell.show())),
    };
    row_error(code, &column.name, shown, what)
}

fn assemble(parts: Vec<Part>, unit: Option<Unit>, options: &PathsOptions, notes: Vec<Value>) -> Result<Journeys> {
    let mut names = Interner::default();
    let mut maps = Vec::with_capacity(parts.len());
    for part in &parts {
        let map =
            (0..part.names.len() as u32).map(|c| names.intern(part.names.key(c))).collect::<Result<Vec<u32>>>()?;
        maps.push(map);
    }
    check_reserved(&names, &options.path)?;
    let (channels, numbers, _) = number_channels(&names, &vec![true; names.len()], &[])?;
    let mut inner = Inner { channels, unit, notes, ..Inner::default() };
    let (mut conversions, mut nulls, mut values) = (Tally::default(), Tally::default(), Vec::new());
    let (mut no_ops, mut without_value, mut rounded, mut rows) = (0, 0, 0, Vec::new());
    inner.channel.reserve(parts.iter().map(|p| p.channel.len()).sum());
    let mut end = 0;
    inner.starts.push(0);
    for (part, map) in parts.into_iter().zip(maps) {
        let direct: Vec<u32> = map.iter().map(|&c| numbers.get(c as usize).copied().unwrap_or(NULL)).collect();
        inner.channel.extend(part.channel.iter().map(|&c| direct[c as usize]));
        for length in part.lengths {
            end += length as usize;
            inner.starts.push(end);
        }
        conversions.append(part.conversions);
        nulls.append(part.nulls);
        values.extend(part.values);
        rows.extend(part.rows);
        no_ops += part.no_ops;
        without_value += part.without_value;
        rounded += part.rounded;
    }
    inner.conversions = conversions.finish();
    inner.nulls = nulls.finish();
    inner.values = unit.map(|_| values);
    inner.set_aside = vec![
        ("rows_without_conversion_or_null", no_ops),
        ("conversions_without_value", without_value),
        ("values_rounded", rounded),
    ];
    if no_ops > 0 {
        // Rows that do nothing are no journeys, but the others keep their numbers.
        let mut ids = Interner::default();
        let codes = rows.iter().map(|&row: &u32| ids.intern(Key::Int(row.into()))).collect::<Result<Vec<u32>>>()?;
        inner.ids = Some((codes, std::sync::Arc::new(ids)));
    }
    inner.options = document("paths", options);
    Journeys::new(inner)
}

/// Options as a document under the name of their source.
pub(super) fn document(source: &str, options: &impl serde::Serialize) -> Value {
    let options = serde_json::to_value(options).unwrap_or_default();
    serde_json::to_value(BTreeMap::from([(source, options)])).unwrap_or_default()
}
