//! Results: a [`Table`] is a list of named, typed columns with a stated row order.
//!
//! Money columns keep exact minor units and know their currency; plain numbers are floats; ids keep the kind that they
//! came in with. Conversions to other forms (Arrow, dicts, objects) start from here and choose between floats of major
//! units and exact decimals.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::csv::csv_field;
use super::intern::{Interner, Key, NULL};
use crate::calendar::{Date, format_instant};
use crate::error::{Code, Error, Result};
use crate::money::{Currency, fixed_to_f64, fixed_to_text};

/// The values of a result column. A missing value is `None`, or the sentinel named beside the variant.
#[derive(Debug, Clone)]
pub enum ColumnData {
    /// Codes into distinct texts or ids; [`NULL`] is missing.
    Keys(Vec<u32>, Arc<Interner>),
    /// Whole numbers.
    Int(Vec<Option<i64>>),
    /// Numbers.
    Float(Vec<Option<f64>>),
    /// True or false.
    Bool(Vec<Option<bool>>),
    /// Instants, microseconds UTC; `i64::MIN` is missing.
    Instant(Vec<i64>),
    /// Civil dates; `i32::MIN` is missing.
    Date(Vec<i32>),
    /// Exact money: minor units, and what they are units of.
    Money(Vec<Option<i128>>, Unit),
}

/// What the integers of a money column count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Minor units of a currency.
    Currency(Currency),
    /// Minor units of a currency that the caller did not name: they go out as they came in.
    Minor,
    /// A number without a currency, with that many decimals; it goes out as a float.
    Plain(u8),
}

impl Unit {
    /// Digits behind the point.
    pub fn digits(self) -> u8 {
        match self {
            Self::Currency(currency) => currency.digits(),
            Self::Minor => 0,
            Self::Plain(digits) => digits,
        }
    }

    /// The name of the currency, where there is one.
    pub fn currency(self) -> Option<Currency> {
        match self {
            Self::Currency(currency) => Some(currency),
            Self::Minor | Self::Plain(_) => None,
        }
    }
}

/// A named column of a result.
#[derive(Debug, Clone)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// Its values.
    pub data: ColumnData,
}

/// One value of a result.
#[derive(Debug, Clone, PartialEq)]
pub enum ValueRef<'a> {
    /// No value.
    Null,
    /// Text.
    Text(&'a str),
    /// A whole number (or an integer id).
    Int(i128),
    /// A number.
    Float(f64),
    /// True or false.
    Bool(bool),
    /// An instant, microseconds UTC.
    Instant(i64),
    /// A civil date.
    Date(Date),
    /// Exact money.
    Money(i128, Unit),
}

/// A result: columns of equal length.
#[derive(Debug, Clone, Default)]
pub struct Table {
    columns: Vec<Column>,
    rows: usize,
}

impl Table {
    /// A table of columns, which must have the same length.
    pub(crate) fn new(mut columns: Vec<Column>) -> Self {
        columns.iter_mut().for_each(|column| column.data.drop_signs_of_zero());
        let rows = columns.first().map_or(0, |c| c.data.len());
        debug_assert!(columns.iter().all(|c| c.data.len() == rows), "columns of different length");
        Self { columns, rows }
    }

    /// A table of columns made elsewhere, such as one that was kept as bytes.
    ///
    /// # Errors
    /// [`Code::LengthMismatch`], [`Code::DuplicateColumn`].
    pub fn from_columns(columns: Vec<Column>) -> Result<Self> {
        let rows = columns.first().map_or(0, |c| c.data.len());
        for (at, column) in columns.iter().enumerate() {
            let name = &column.name;
            if column.data.len() != rows {
                let message = format!("column {name:?} has {} values, the first column {rows}", column.data.len());
                return Err(Error::new(Code::LengthMismatch, name.clone(), message));
            }
            if columns[..at].iter().any(|c| c.name == *name) {
                let message = format!("two columns are named {name:?}; rename or drop one");
                return Err(Error::new(Code::DuplicateColumn, name.clone(), message));
            }
        }
        Ok(Self { columns, rows })
    }

    /// The columns, to build another table of them.
    pub(crate) fn into_columns(self) -> Vec<Column> {
        self.columns
    }

    /// How many rows.
    pub fn len(&self) -> usize {
        self.rows
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.rows == 0
    }

    /// The columns.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The names of the columns.
    pub fn column_names(&self) -> Vec<&str> {
        self.columns.iter().map(|c| c.name.as_str()).collect()
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&ColumnData> {
        self.columns.iter().find(|c| c.name == name).map(|c| &c.data)
    }

    /// The value of a column in a row; null where there is no such column or row.
    pub fn value(&self, row: usize, name: &str) -> ValueRef<'_> {
        match self.column(name) {
            Some(data) if row < self.rows => data.value(row),
            _ => ValueRef::Null,
        }
    }

    /// A cell as text; empty where there is no value.
    pub fn text(&self, row: usize, name: &str) -> String {
        self.value(row, name).to_string()
    }

    /// A cell as a float in major units; `None` where there is no number.
    pub fn number(&self, row: usize, name: &str) -> Option<f64> {
        self.value(row, name).as_f64()
    }

    /// The rows as JSON objects: money as floats of major units, instants as ISO text.
    pub fn to_json(&self) -> Vec<Value> {
        (0..self.rows)
            .map(|row| {
                let fields = self.columns.iter().map(|c| (c.name.clone(), c.data.value(row).to_json()));
                Value::Object(fields.collect::<Map<_, _>>())
            })
            .collect()
    }

    /// The table as CSV text with exact amounts.
    pub fn to_csv(&self) -> String {
        let header: Vec<String> = self.columns.iter().map(|c| csv_field(&c.name)).collect();
        let mut text = header.join(",") + "\n";
        for row in 0..self.rows {
            let fields: Vec<String> = self.columns.iter().map(|c| csv_field(&c.data.value(row).to_string())).collect();
            text += &fields.join(",");
            text.push('\n');
        }
        text
    }

    /// The first rows only.
    #[must_use]
    pub fn head(&self, rows: usize) -> Self {
        self.take(&(0..self.rows.min(rows)).collect::<Vec<_>>())
    }

    /// Tables of the same columns, one below the other.
    ///
    /// # Errors
    /// Keys that are integers in one table and texts in another; columns that are not the same.
    pub(crate) fn stacked(tables: Vec<Self>) -> Result<Self> {
        let mut all = tables.into_iter();
        let Some(mut first) = all.next() else { return Ok(Self::default()) };
        for table in all {
            if table.column_names() != first.column_names() {
                return Err(Error::internal(format_args!("tables of different columns cannot be stacked")));
            }
            for (column, more) in first.columns.iter_mut().zip(table.columns) {
                column.data.append(more.data)?;
            }
            first.rows += table.rows;
        }
        Ok(first)
    }

    /// The rows of those positions, in that order; positions beyond the end are left out.
    #[must_use]
    pub fn take(&self, rows: &[usize]) -> Self {
        let rows: Vec<usize> = rows.iter().copied().filter(|&r| r < self.rows).collect();
        let columns = self.columns.iter().map(|c| Column { name: c.name.clone(), data: c.data.take(&rows) }).collect();
        Self { columns, rows: rows.len() }
    }
}

impl std::fmt::Display for Table {
    /// A text table of the first twenty rows.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        const SHOWN: usize = 20;
        let shown = self.rows.min(SHOWN);
        // A message is there to be read to its end, which says what to do.
        let most = |name: &str| if name == "message" { 240 } else { 40 };
        let clip = |text: String, most: usize| -> String {
            if text.chars().count() > most { text.chars().take(most - 1).chain(['…']).collect() } else { text }
        };
        let columns: Vec<(bool, Vec<String>)> = self
            .columns
            .iter()
            .map(|c| {
                let text = |row| c.data.value(row).to_string().replace(['\n', '\r', '\t'], " ");
                let cells = (0..shown).map(|row| clip(text(row), most(&c.name)));
                let right = !matches!(c.data, ColumnData::Keys(..) | ColumnData::Instant(_) | ColumnData::Date(_));
                (right, std::iter::once(c.name.clone()).chain(cells).collect())
            })
            .collect();
        for line in 0..=shown {
            let mut text = String::new();
            for (right, cells) in &columns {
                let width = cells.iter().map(|c| c.chars().count()).max().unwrap_or(0);
                let pad = " ".repeat(width - cells[line].chars().count());
                let (before, after) = if *right { (pad.as_str(), "") } else { ("", pad.as_str()) };
                text += &format!("{before}{}{after}  ", cells[line]);
            }
            writeln!(f, "{}", text.trim_end())?;
        }
        let note = if self.rows > shown { format!(" (the first {shown} shown)") } else { String::new() };
        let (rows, columns) = (self.rows, self.columns.len());
        let plural = |n: usize| if n == 1 { "" } else { "s" };
        write!(f, "[{rows} row{} x {columns} column{}]{note}", plural(rows), plural(columns))
    }
}

impl ColumnData {
    /// How many values.
    pub fn len(&self) -> usize {
        match self {
            Self::Keys(v, _) => v.len(),
            Self::Int(v) => v.len(),
            Self::Float(v) => v.len(),
            Self::Bool(v) => v.len(),
            Self::Instant(v) => v.len(),
            Self::Date(v) => v.len(),
            Self::Money(v, _) => v.len(),
        }
    }

    /// Missing values at the end, up to a length.
    pub(crate) fn pad(&mut self, rows: usize) {
        match self {
            Self::Keys(v, _) => v.resize(rows, NULL),
            Self::Int(v) => v.resize(rows, None),
            Self::Float(v) => v.resize(rows, None),
            Self::Bool(v) => v.resize(rows, None),
            Self::Instant(v) => v.resize(rows, i64::MIN),
            Self::Date(v) => v.resize(rows, i32::MIN),
            Self::Money(v, _) => v.resize(rows, None),
        }
    }

    /// Zeros without a sign: what comes out of a subtraction as -0 is nothing else than 0.
    fn drop_signs_of_zero(&mut self) {
        if let Self::Float(values) = self {
            values.iter_mut().flatten().filter(|value| **value == 0.0).for_each(|value| *value = 0.0);
        }
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Value `row`.
    pub fn value(&self, row: usize) -> ValueRef<'_> {
        match self {
            Self::Keys(v, _) if v[row] == NULL => ValueRef::Null,
            Self::Keys(v, keys) => match keys.key(v[row]) {
                Key::Int(i) => ValueRef::Int(i),
                Key::Text(t) => ValueRef::Text(t),
            },
            Self::Int(v) => v[row].map_or(ValueRef::Null, |i| ValueRef::Int(i.into())),
            Self::Float(v) => v[row].map_or(ValueRef::Null, ValueRef::Float),
            Self::Bool(v) => v[row].map_or(ValueRef::Null, ValueRef::Bool),
            Self::Instant(v) if v[row] == i64::MIN => ValueRef::Null,
            Self::Instant(v) => ValueRef::Instant(v[row]),
            Self::Date(v) if v[row] == i32::MIN => ValueRef::Null,
            Self::Date(v) => ValueRef::Date(Date(v[row])),
            Self::Money(v, unit) => v[row].map_or(ValueRef::Null, |m| ValueRef::Money(m, *unit)),
        }
    }

    /// The values of another column of the same kind, behind these.
    fn append(&mut self, more: Self) -> Result<()> {
        match (self, more) {
            (Self::Keys(codes, keys), Self::Keys(more, others)) => {
                let keys = Arc::make_mut(keys);
                let mut known: Vec<u32> = Vec::with_capacity(others.len());
                for code in 0..others.len() {
                    known.push(keys.intern(others.key(code as u32))?);
                }
                codes.extend(more.into_iter().map(|code| known.get(code as usize).copied().unwrap_or(NULL)));
            }
            (Self::Int(v), Self::Int(more)) => v.extend(more),
            (Self::Float(v), Self::Float(more)) => v.extend(more),
            (Self::Bool(v), Self::Bool(more)) => v.extend(more),
            (Self::Instant(v), Self::Instant(more)) => v.extend(more),
            (Self::Date(v), Self::Date(more)) => v.extend(more),
            (Self::Money(v, unit), Self::Money(more, other)) if *unit == other => v.extend(more),
            _ => return Err(Error::internal(format_args!("columns of different kinds cannot be stacked"))),
        }
        Ok(())
    }

    fn take(&self, rows: &[usize]) -> Self {
        fn pick<T: Clone>(values: &[T], rows: &[usize]) -> Vec<T> {
            rows.iter().map(|&r| values[r].clone()).collect()
        }
        match self {
            Self::Keys(v, keys) => Self::Keys(pick(v, rows), Arc::clone(keys)),
            Self::Int(v) => Self::Int(pick(v, rows)),
            Self::Float(v) => Self::Float(pick(v, rows)),
            Self::Bool(v) => Self::Bool(pick(v, rows)),
            Self::Instant(v) => Self::Instant(pick(v, rows)),
            Self::Date(v) => Self::Date(pick(v, rows)),
            Self::Money(v, unit) => Self::Money(pick(v, rows), *unit),
        }
    }
}

impl ValueRef<'_> {
    /// The number, in major units; `None` where it is none.
    pub fn as_f64(&self) -> Option<f64> {
        match self {
            Self::Int(i) => Some(*i as f64),
            Self::Float(f) => Some(*f),
            Self::Money(m, Unit::Minor) => Some(*m as f64),
            Self::Money(m, unit) => Some(fixed_to_f64(*m, unit.digits())),
            _ => None,
        }
    }

    /// The value as JSON; integers beyond 64 bits become floats.
    pub fn to_json(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Text(t) => Value::from(*t),
            Self::Int(i) => match (i64::try_from(*i), u64::try_from(*i)) {
                (Ok(i), _) => Value::from(i),
                (_, Ok(u)) => Value::from(u),
                _ => Value::from(*i as f64),
            },
            Self::Bool(b) => Value::from(*b),
            Self::Instant(i) => Value::from(format_instant(*i)),
            Self::Date(d) => Value::from(d.to_string()),
            Self::Money(m, Unit::Minor) => Self::Int(*m).to_json(),
            Self::Float(_) | Self::Money(..) => self.as_f64().map_or(Value::Null, Value::from),
        }
    }
}

impl std::fmt::Display for ValueRef<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Null => Ok(()),
            Self::Text(t) => f.write_str(t),
            Self::Int(i) => write!(f, "{i}"),
            Self::Float(x) => write!(f, "{x}"),
            Self::Bool(b) => write!(f, "{b}"),
            Self::Instant(i) => f.write_str(&format_instant(*i)),
            Self::Date(d) => write!(f, "{d}"),
            Self::Money(_, Unit::Plain(_)) => write!(f, "{}", self.as_f64().unwrap_or_default()),
            Self::Money(m, unit) => f.write_str(&fixed_to_text(*m, unit.digits())),
        }
    }
}

/// Builds a column of texts, each distinct one held once.
#[derive(Debug, Default)]
pub(crate) struct TextColumn {
    codes: Vec<u32>,
    texts: Interner,
}

impl TextColumn {
    /// Adds a value.
    pub(crate) fn push(&mut self, text: Option<&str>) {
        // A text column cannot meet a kind mismatch; beyond 2^32 distinct texts the value is dropped to null.
        let code = text.map_or(NULL, |t| self.texts.intern(Key::Text(t)).unwrap_or(NULL));
        self.codes.push(code);
    }

    /// The finished column.
    pub(crate) fn finish(self, name: &str) -> Column {
        Column { name: name.to_owned(), data: ColumnData::Keys(self.codes, Arc::new(self.texts)) }
    }
}

/// Shorthand for a named column.
pub(crate) fn column(name: &str, data: ColumnData) -> Column {
    Column { name: name.to_owned(), data }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Table {
        let mut names = TextColumn::default();
        names.push(Some("Ann, \"A\""));
        names.push(None);
        Table::new(vec![
            names.finish("name"),
            column(
                "amount",
                ColumnData::Money(vec![Some(-5), Some(123_456)], Unit::Currency(Currency::parse("USD").unwrap())),
            ),
            column("at", ColumnData::Instant(vec![0, i64::MIN])),
        ])
    }

    #[test]
    fn a_table_prints_its_rows() {
        let text = sample().to_string();
        assert!(text.contains("-0.05") && text.contains("1970-01-01T00:00:00Z"), "{text}");
        assert!(text.ends_with("[2 rows x 3 columns]"), "{text}");
    }

    #[test]
    fn a_zero_has_no_sign() {
        let table = Table::new(vec![column("x", ColumnData::Float(vec![Some(-0.0), Some(-0.5), None]))]);
        assert_eq!(table.to_csv(), "x\n0\n-0.5\n\n");
        assert!(table.number(0, "x").is_some_and(f64::is_sign_positive));
    }

    #[test]
    fn csv_keeps_amounts_exact_and_quotes_text() {
        assert_eq!(sample().to_csv(), "name,amount,at\n\"Ann, \"\"A\"\"\",-0.05,1970-01-01T00:00:00Z\n,1234.56,\n");
    }

    #[test]
    fn json_has_major_units_and_nulls() {
        let rows = sample().to_json();
        assert_eq!(rows[1], serde_json::json!({"name": null, "amount": 1234.56, "at": null}));
    }
}
