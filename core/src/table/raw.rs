//! Columns as they come in: what every source (Arrow, CSV, records, JavaScript arrays) is turned into, borrowed where the
//! source allows it.
//!
//! A [`RawTable`] is a list of chunks of named columns. Nothing is checked here but that columns of a chunk have the
//! same length; reading a value as an id, an amount or an instant is the business of `facts` and `attribution`.

use std::borrow::Cow;

use serde_json::Value;

use crate::calendar::Date;
use crate::error::{Code, Error, Result, quoted};

/// One value of a list of records.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Cell {
    /// No value.
    #[default]
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A number.
    Float(f64),
    /// Text.
    Text(String),
    /// An instant, microseconds UTC.
    Instant(i64),
    /// A civil time without a zone, microseconds.
    Local(i64),
    /// A civil date.
    Date(Date),
    /// A decimal number: mantissa and scale.
    Decimal(i128, i32),
    /// Several values.
    List(Vec<Cell>),
    /// Something a table cannot hold; the text says what it was.
    Other(String),
}

impl From<&Value> for Cell {
    fn from(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(b) => Self::Bool(*b),
            Value::String(s) => Self::Text(s.clone()),
            Value::Array(items) => Self::List(items.iter().map(Cell::from).collect()),
            Value::Object(_) => Self::Other("object".to_owned()),
            Value::Number(n) => match (n.as_i64(), n.as_u64()) {
                (Some(i), _) => Self::Int(i.into()),
                (None, Some(u)) => Self::Int(u.into()),
                (None, None) => Self::Float(n.as_f64().unwrap_or(f64::NAN)),
            },
        }
    }
}

/// One value of a column, borrowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum CellRef<'a> {
    /// No value.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// A number.
    Float(f64),
    /// A single-precision number: its shortest decimal form is that of `f32`.
    Float32(f32),
    /// A decimal number: mantissa and scale.
    Decimal(i128, i32),
    /// Text.
    Text(&'a str),
    /// An instant, microseconds UTC.
    Instant(i64),
    /// A civil time without a zone, microseconds.
    Local(i64),
    /// A timestamp finer than a microsecond.
    TooFine,
    /// A timestamp too far away for 64-bit microseconds.
    TooFar,
    /// A civil date.
    Date(Date),
    /// Several values.
    List(ListRef<'a>),
    /// Something a table cannot hold.
    Other(&'a str),
}

/// Several values of one cell.
#[derive(Debug, Clone, Copy)]
pub enum ListRef<'a> {
    /// Values of a record.
    Cells(&'a [Cell]),
    /// Rows `from..to` of a child column.
    Rows(&'a RawColumn<'a>, usize, usize),
}

impl PartialEq for ListRef<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}

impl<'a> ListRef<'a> {
    /// The values.
    #[allow(clippy::iter_without_into_iter)]
    pub fn iter(&self) -> Box<dyn Iterator<Item = CellRef<'a>> + 'a> {
        match *self {
            Self::Cells(cells) => Box::new(cells.iter().map(CellRef::from)),
            Self::Rows(column, from, to) => Box::new((from..to).map(move |row| column.cell(row))),
        }
    }
}

impl<'a> From<&'a Cell> for CellRef<'a> {
    fn from(cell: &'a Cell) -> Self {
        match cell {
            Cell::Null => Self::Null,
            Cell::Bool(b) => Self::Bool(*b),
            Cell::Int(i) => Self::Int(*i),
            Cell::Float(f) => Self::Float(*f),
            Cell::Text(s) => Self::Text(s),
            Cell::Instant(i) => Self::Instant(*i),
            Cell::Local(i) => Self::Local(*i),
            Cell::Date(d) => Self::Date(*d),
            Cell::Decimal(m, s) => Self::Decimal(*m, *s),
            Cell::List(items) => Self::List(ListRef::Cells(items)),
            Cell::Other(what) => Self::Other(what),
        }
    }
}

impl CellRef<'_> {
    /// The value as a message shows it.
    pub fn show(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(b) => b.to_string(),
            Self::Int(i) => i.to_string(),
            Self::Float(f) => f.to_string(),
            Self::Float32(f) => f.to_string(),
            Self::Decimal(m, s) => crate::money::fixed_to_text(*m, (*s).clamp(0, 38) as u8),
            Self::Text(t) => quoted(t),
            Self::Instant(i) => crate::calendar::format_instant(*i),
            Self::Local(i) => crate::calendar::format_instant(*i).trim_end_matches('Z').to_owned(),
            Self::TooFine => "a timestamp finer than a microsecond".to_owned(),
            Self::TooFar => "a timestamp beyond 64-bit microseconds".to_owned(),
            Self::Date(d) => d.to_string(),
            Self::List(_) => "a list".to_owned(),
            Self::Other(what) => (*what).to_owned(),
        }
    }

    /// Whether there is no value: null, or text of nothing but spaces.
    pub fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Text(t) => t.trim_ascii().is_empty(),
            _ => false,
        }
    }
}

/// The offsets of text or list values: `n + 1` of them.
#[derive(Debug, Clone)]
pub enum Offsets<'a> {
    /// 32-bit.
    Small(Cow<'a, [i32]>),
    /// 64-bit.
    Large(Cow<'a, [i64]>),
}

impl Offsets<'_> {
    /// Start and end of value `row`.
    #[inline]
    pub fn range(&self, row: usize) -> (usize, usize) {
        match self {
            Self::Small(o) => (o[row] as usize, o[row + 1] as usize),
            Self::Large(o) => (o[row] as usize, o[row + 1] as usize),
        }
    }

    fn rows(&self) -> usize {
        match self {
            Self::Small(o) => o.len().saturating_sub(1),
            Self::Large(o) => o.len().saturating_sub(1),
        }
    }
}

/// The values of a column.
#[derive(Debug, Clone)]
pub enum RawValues<'a> {
    /// A column of nothing but nulls.
    Null(usize),
    /// True or false.
    Bool(Cow<'a, [bool]>),
    /// Signed 32-bit whole numbers (also narrower ones).
    I32(Cow<'a, [i32]>),
    /// Unsigned 32-bit whole numbers (also narrower ones).
    U32(Cow<'a, [u32]>),
    /// Signed 64-bit whole numbers.
    I64(Cow<'a, [i64]>),
    /// Unsigned 64-bit whole numbers.
    U64(Cow<'a, [u64]>),
    /// Single-precision numbers.
    F32(Cow<'a, [f32]>),
    /// Double-precision numbers.
    F64(Cow<'a, [f64]>),
    /// Decimals with a common scale.
    Decimal(Vec<i128>, i32),
    /// Text in one buffer, which is valid UTF-8 from offset to offset.
    Text(Offsets<'a>, Cow<'a, str>),
    /// Text, value by value.
    Strs(Vec<&'a str>),
    /// Codes into a column of distinct values.
    Dictionary(Cow<'a, [u32]>, Box<RawColumn<'a>>),
    /// Timestamps: values, units per second, and whether they count from the epoch in UTC (else civil time).
    Timestamp(Cow<'a, [i64]>, i64, bool),
    /// Civil dates, days since 1970-01-01.
    Days(Cow<'a, [i32]>),
    /// Lists.
    List(Offsets<'a>, Box<RawColumn<'a>>),
    /// Values of records.
    Cells(Vec<Cell>),
}

/// A named column of a chunk.
#[derive(Debug, Clone)]
pub struct RawColumn<'a> {
    /// The name as the source gives it.
    pub name: Cow<'a, str>,
    /// The values; those that are not valid are arbitrary.
    pub values: RawValues<'a>,
    /// Which values are there; `None` means all.
    pub valid: Option<Cow<'a, [bool]>>,
}

impl<'a> RawColumn<'a> {
    /// A column without nulls.
    pub fn new(name: impl Into<Cow<'a, str>>, values: RawValues<'a>) -> Self {
        Self { name: name.into(), values, valid: None }
    }

    /// How many values.
    pub fn len(&self) -> usize {
        match &self.values {
            RawValues::Null(n) => *n,
            RawValues::Bool(v) => v.len(),
            RawValues::I32(v) => v.len(),
            RawValues::U32(v) => v.len(),
            RawValues::I64(v) => v.len(),
            RawValues::U64(v) => v.len(),
            RawValues::F32(v) => v.len(),
            RawValues::F64(v) => v.len(),
            RawValues::Decimal(v, _) => v.len(),
            RawValues::Text(o, _) | RawValues::List(o, _) => o.rows(),
            RawValues::Strs(v) => v.len(),
            RawValues::Dictionary(codes, _) => codes.len(),
            RawValues::Timestamp(v, ..) => v.len(),
            RawValues::Days(v) => v.len(),
            RawValues::Cells(v) => v.len(),
        }
    }

    /// Whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether value `row` is there.
    #[inline]
    pub fn is_valid(&self, row: usize) -> bool {
        self.valid.as_ref().is_none_or(|v| v[row])
    }

    /// Value `row`.
    pub fn cell(&self, row: usize) -> CellRef<'_> {
        if !self.is_valid(row) {
            return CellRef::Null;
        }
        match &self.values {
            RawValues::Null(_) => CellRef::Null,
            RawValues::Bool(v) => CellRef::Bool(v[row]),
            RawValues::I32(v) => CellRef::Int(v[row].into()),
            RawValues::U32(v) => CellRef::Int(v[row].into()),
            RawValues::I64(v) => CellRef::Int(v[row].into()),
            RawValues::U64(v) => CellRef::Int(v[row].into()),
            RawValues::F32(v) => CellRef::Float32(v[row]),
            RawValues::F64(v) => CellRef::Float(v[row]),
            RawValues::Decimal(v, scale) => CellRef::Decimal(v[row], *scale),
            RawValues::Text(offsets, text) => {
                let (from, to) = offsets.range(row);
                CellRef::Text(&text[from..to])
            }
            RawValues::Strs(v) => CellRef::Text(v[row]),
            RawValues::Dictionary(codes, values) => values.cell(codes[row] as usize),
            RawValues::Timestamp(v, per_second, zoned) => timestamp(v[row], *per_second, *zoned),
            RawValues::Days(v) => CellRef::Date(Date(v[row])),
            RawValues::List(offsets, child) => {
                let (from, to) = offsets.range(row);
                CellRef::List(ListRef::Rows(child, from, to))
            }
            RawValues::Cells(v) => CellRef::from(&v[row]),
        }
    }
}

/// A timestamp in units of `1 / per_second` seconds.
fn timestamp(value: i64, per_second: i64, zoned: bool) -> CellRef<'static> {
    const MICRO: i64 = 1_000_000;
    let micros = if per_second > MICRO {
        let finer = per_second / MICRO;
        if value % finer != 0 {
            return CellRef::TooFine;
        }
        Some(value / finer)
    } else {
        value.checked_mul(MICRO / per_second)
    };
    match micros {
        None => CellRef::TooFar,
        Some(at) if zoned => CellRef::Instant(at),
        Some(at) => CellRef::Local(at),
    }
}

/// Columns of equal length.
#[derive(Debug, Clone, Default)]
pub struct RawChunk<'a> {
    /// The columns, in the order of the source.
    pub columns: Vec<RawColumn<'a>>,
    /// Their length.
    pub rows: usize,
}

impl<'a> RawChunk<'a> {
    /// A chunk of columns.
    ///
    /// # Errors
    /// [`Code::LengthMismatch`], [`Code::DuplicateColumn`].
    pub fn new(columns: Vec<RawColumn<'a>>) -> Result<Self> {
        let rows = columns.first().map_or(0, RawColumn::len);
        for (i, column) in columns.iter().enumerate() {
            if column.len() != rows || column.valid.as_ref().is_some_and(|v| v.len() != rows) {
                return Err(Error::new(
                    Code::LengthMismatch,
                    column.name.clone(),
                    format!(
                        "column {} has {} values, but {} has {rows}; every column of a table needs the same number",
                        quoted(&column.name),
                        column.len(),
                        quoted(&columns[0].name)
                    ),
                ));
            }
            if columns[..i].iter().any(|c| c.name == column.name) {
                return Err(Error::new(
                    Code::DuplicateColumn,
                    column.name.clone(),
                    format!("two columns are named {}; rename or drop one", quoted(&column.name)),
                ));
            }
        }
        Ok(Self { columns, rows })
    }

    /// The column of that name.
    pub fn column(&self, name: &str) -> Option<&RawColumn<'a>> {
        self.columns.iter().find(|c| c.name == name)
    }
}

/// A table as it comes in: chunks with the same columns.
#[derive(Debug, Clone, Default)]
pub struct RawTable<'a> {
    /// The chunks, in the order of the source.
    pub chunks: Vec<RawChunk<'a>>,
    /// Whether every value is text because the source knows no types (CSV): numbers and dates are then read from it.
    pub untyped: bool,
}

impl<'a> RawTable<'a> {
    /// A table of one chunk.
    pub fn from_columns(columns: Vec<RawColumn<'a>>) -> Result<Self> {
        Ok(Self { chunks: vec![RawChunk::new(columns)?], untyped: false })
    }

    /// How many rows.
    pub fn rows(&self) -> usize {
        self.chunks.iter().map(|c| c.rows).sum()
    }

    /// The names of the columns.
    pub fn column_names(&self) -> Vec<String> {
        self.parts().next().map_or_else(Vec::new, |c| c.columns.iter().map(|c| c.name.to_string()).collect())
    }

    /// The chunks but those of nothing at all, such as an empty list of records, which knows no columns.
    pub(crate) fn parts(&self) -> impl Iterator<Item = &RawChunk<'a>> {
        self.chunks.iter().filter(|c| c.rows > 0 || !c.columns.is_empty())
    }

    /// Every chunk has columns of its length, and the same ones as the first.
    ///
    /// # Errors
    /// [`Code::LengthMismatch`], [`Code::MissingColumn`].
    pub(crate) fn check(&self) -> Result<()> {
        let Some(first) = self.parts().next() else { return Ok(()) };
        for (at, chunk) in self.parts().enumerate() {
            let fits =
                |c: &RawColumn<'_>| c.len() == chunk.rows && c.valid.as_ref().is_none_or(|v| v.len() == chunk.rows);
            if let Some(column) = chunk.columns.iter().find(|c| !fits(c)) {
                let (name, got, rows) = (quoted(&column.name), column.len(), chunk.rows);
                let message = format!("column {name} of chunk {at} has {got} values, but the chunk has {rows} rows");
                return Err(Error::new(Code::LengthMismatch, column.name.clone(), message));
            }
            let missing = |from: &RawChunk<'_>, of: &RawChunk<'_>| {
                of.columns.iter().find(|c| from.column(&c.name).is_none()).map(|c| c.name.to_string())
            };
            if let Some(name) = missing(chunk, first).or_else(|| missing(first, chunk)) {
                let message =
                    format!("column {} is not in every chunk of the table; chunk {at} differs", quoted(&name));
                return Err(Error::new(Code::MissingColumn, name, message));
            }
        }
        Ok(())
    }

    /// A table from records: JSON objects, in any order of keys; a key that a record lacks is null there.
    ///
    /// # Errors
    /// [`Code::WrongType`] where an item is not an object.
    pub fn from_json(records: &[Value]) -> Result<RawTable<'static>> {
        let mut names: Vec<&str> = Vec::new();
        let mut index: hashbrown::HashMap<&str, usize> = hashbrown::HashMap::new();
        let mut columns: Vec<Vec<Cell>> = Vec::new();
        for (row, record) in records.iter().enumerate() {
            let Value::Object(fields) = record else {
                return Err(Error::new(
                    Code::WrongType,
                    format!("row {row}"),
                    format!("row {row} is {}; expected an object with the column names as keys", json_type(record)),
                ));
            };
            for (name, value) in fields {
                let at = *index.entry(name).or_insert_with(|| {
                    names.push(name);
                    columns.push(Vec::with_capacity(records.len()));
                    names.len() - 1
                });
                columns[at].resize(row, Cell::Null);
                columns[at].push(Cell::from(value));
            }
        }
        let columns = names
            .iter()
            .zip(columns)
            .map(|(name, mut cells)| {
                cells.resize(records.len(), Cell::Null);
                RawColumn::new((*name).to_owned(), RawValues::Cells(cells))
            })
            .collect();
        let chunk = RawChunk { columns, rows: records.len() };
        Ok(RawTable { chunks: vec![chunk], untyped: false })
    }
}

/// The JSON type of a value, as a message names it.
pub(crate) fn json_type(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn records_with_different_keys_share_columns() {
        let records = [json!({"a": 1}), json!({"b": "x"}), json!({"a": 2.5, "b": null})];
        let table = RawTable::from_json(&records).unwrap();
        let chunk = &table.chunks[0];
        let a = chunk.column("a").unwrap();
        assert_eq!([a.cell(0), a.cell(1), a.cell(2)], [CellRef::Int(1), CellRef::Null, CellRef::Float(2.5)]);
        assert_eq!(chunk.column("b").unwrap().cell(1), CellRef::Text("x"));
    }

    #[test]
    fn timestamps_of_any_unit_become_microseconds() {
        assert_eq!(timestamp(3, 1, true), CellRef::Instant(3_000_000));
        assert_eq!(timestamp(3_000, 1_000_000_000, false), CellRef::Local(3));
        assert_eq!(timestamp(3_001, 1_000_000_000, false), CellRef::TooFine);
        assert_eq!(timestamp(i64::MAX, 1, true), CellRef::TooFar);
    }

    #[test]
    fn columns_of_different_length_are_refused() {
        let a = RawColumn::new("a", RawValues::I64(vec![1, 2].into()));
        let b = RawColumn::new("b", RawValues::I64(vec![1].into()));
        let error = RawChunk::new(vec![a.clone(), b]).unwrap_err();
        assert_eq!((error.code(), error.field()), (Code::LengthMismatch, "b"));
        assert_eq!(RawChunk::new(vec![a.clone(), a]).unwrap_err().code(), Code::DuplicateColumn);
    }
}
