//! Tables on their way in.
//!
//! `input.js` reads JavaScript values by column, some thousand rows at a time, and hands each column over as one typed
//! array or one text: here they become chunks of owned columns. Bytes (CSV, Arrow) are only copied on the event loop;
//! they are read where the work runs.

use std::borrow::Cow;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use cosell::calendar::MICROS_PER_SECOND;
use cosell::table::{Cell, Offsets, RawChunk, RawColumn, RawTable, RawValues, read_csv};
use cosell::{Code, Error};
use cosell_arrow::{from_ipc, raw_table};
use napi_derive::napi;
use serde_json::Value;

use crate::errors::{guard, to_js};

/// Microseconds in a millisecond.
pub(crate) const MICROS_PER_MILLI: i64 = MICROS_PER_SECOND / 1000;

/// What a table is read from.
#[derive(Debug, Default)]
enum Kind {
    #[default]
    Columns,
    Csv,
    Arrow,
    /// Arrow or CSV: the first bytes tell.
    Bytes,
}

/// A table that is being handed over.
#[napi]
#[derive(Debug, Default)]
pub struct Source {
    name: String,
    kind: Kind,
    bytes: Vec<u8>,
    columns: Vec<RawColumn<'static>>,
    chunks: Vec<RawChunk<'static>>,
}

/// What [`Source`] holds, ready to be read on another thread.
#[derive(Debug)]
pub(crate) struct Held {
    name: String,
    kind: Kind,
    bytes: Vec<u8>,
    chunks: Vec<RawChunk<'static>>,
}

/// What was read: columns of our own, or record batches to borrow from.
#[derive(Debug)]
pub(crate) enum Loaded {
    Columns(RawTable<'static>),
    Batches(SchemaRef, Vec<RecordBatch>),
}

impl Held {
    /// About how many bytes it holds.
    pub(crate) fn bytes(&self) -> usize {
        let column = |c: &RawColumn<'_>| match &c.values {
            RawValues::Text(_, text) => text.len() + 8 * c.len(),
            _ => 8 * c.len(),
        };
        self.bytes.len() + self.chunks.iter().flat_map(|chunk| &chunk.columns).map(column).sum::<usize>()
    }

    /// Reads the bytes.
    pub(crate) fn load(self) -> cosell::Result<Loaded> {
        let kind = match self.kind {
            Kind::Bytes if is_arrow(&self.bytes) => Kind::Arrow,
            Kind::Bytes => Kind::Csv,
            kind => kind,
        };
        let loaded = match kind {
            Kind::Columns => Ok(Loaded::Columns(RawTable { chunks: same_columns(self.chunks), untyped: false })),
            Kind::Arrow => from_ipc(&self.bytes).map(|(schema, batches)| Loaded::Batches(schema, batches)),
            Kind::Csv | Kind::Bytes => {
                refuse_packed(&self.bytes).and_then(|()| read_csv(&self.bytes)).map(Loaded::Columns)
            }
        };
        loaded.map_err(|e| named(&self.name, &e))
    }
}

/// The error of a file, which does not know its name, with the table that the file holds.
fn named(table: &str, error: &Error) -> Error {
    let message = format!("{table}: {}", error.message());
    let named = Error::new(error.code(), error.field(), message);
    error.details().iter().fold(named, |named, (key, fact)| named.with(key, fact.clone())).with("table", table)
}

impl Loaded {
    /// The table; it can be had once.
    pub(crate) fn table(&mut self) -> cosell::Result<RawTable<'_>> {
        match self {
            Self::Columns(table) => Ok(std::mem::take(table)),
            Self::Batches(schema, batches) => raw_table(schema, batches),
        }
    }
}

#[napi]
impl Source {
    /// An empty table of that name (for messages); `kind` is `columns`, `csv`, `arrow` or `bytes`.
    #[napi(constructor)]
    pub fn new(name: String, kind: String) -> napi::Result<Self> {
        let kind = match kind.as_str() {
            "columns" => Kind::Columns,
            "csv" => Kind::Csv,
            "arrow" => Kind::Arrow,
            "bytes" => Kind::Bytes,
            other => return Err(to_js(&Error::internal(format!("a source of kind {other:?}")))),
        };
        Ok(Self { name, kind, ..Self::default() })
    }

    /// Adds bytes of a file.
    #[napi]
    pub fn append(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Adds the text of a CSV file.
    #[napi]
    pub fn append_text(&mut self, text: String) {
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// A column of nothing but nulls.
    #[napi]
    pub fn nulls(&mut self, name: String, rows: f64) {
        self.push(name, RawValues::Null(rows as usize), None);
    }

    /// A column of numbers.
    #[napi]
    pub fn doubles(&mut self, name: String, values: &[f64], valid: Option<&[u8]>) {
        self.push(name, RawValues::F64(values.to_vec().into()), valid);
    }

    /// A column of numbers that are all whole and within 2^53.
    #[napi]
    pub fn whole(&mut self, name: String, values: &[f64], valid: Option<&[u8]>) {
        let values: Vec<i64> = values.iter().map(|v| *v as i64).collect();
        self.push(name, RawValues::I64(values.into()), valid);
    }

    /// A column of single-precision numbers.
    #[napi]
    pub fn floats(&mut self, name: String, values: &[f32]) {
        self.push(name, RawValues::F32(values.to_vec().into()), None);
    }

    /// A column of 32-bit integers.
    #[napi]
    pub fn int32(&mut self, name: String, values: &[i32]) {
        self.push(name, RawValues::I32(values.to_vec().into()), None);
    }

    /// A column of unsigned 32-bit integers.
    #[napi]
    pub fn uint32(&mut self, name: String, values: &[u32]) {
        self.push(name, RawValues::U32(values.to_vec().into()), None);
    }

    /// A column of 64-bit integers.
    #[napi]
    pub fn int64(&mut self, name: String, values: &[i64], valid: Option<&[u8]>) {
        self.push(name, RawValues::I64(values.to_vec().into()), valid);
    }

    /// A column of unsigned 64-bit integers.
    #[napi]
    pub fn uint64(&mut self, name: String, values: &[u64], valid: Option<&[u8]>) {
        self.push(name, RawValues::U64(values.to_vec().into()), valid);
    }

    /// A column of true and false.
    #[napi]
    pub fn flags(&mut self, name: String, values: &[u8], valid: Option<&[u8]>) {
        self.push(name, RawValues::Bool(flags(values).into()), valid);
    }

    /// A column of instants, as milliseconds since 1970 (what a `Date` holds).
    #[napi]
    pub fn instants(&mut self, name: String, values: &[f64], valid: Option<&[u8]>) {
        let micros: Vec<i64> = values.iter().map(|ms| *ms as i64 * MICROS_PER_MILLI).collect();
        self.push(name, RawValues::Timestamp(micros.into(), MICROS_PER_SECOND, true), valid);
    }

    /// A column of texts: all of them joined, and the length of each in UTF-16 units.
    #[napi]
    pub fn texts(&mut self, name: String, joined: String, lengths: &[u32], valid: Option<&[u8]>) -> napi::Result<()> {
        let offsets = guard(|| cut(&joined, lengths).map_err(|e| e.within(&name).within(&self.name)))?;
        self.push(name, RawValues::Text(Offsets::Large(offsets.into()), joined.into()), valid);
        Ok(())
    }

    /// A column of mixed values, as the JSON list that `input.js` writes.
    #[napi]
    pub fn cells(&mut self, name: String, text: String) -> napi::Result<()> {
        let cells = guard(|| {
            let values: Vec<Value> = serde_json::from_str(&text).map_err(Error::internal)?;
            values.iter().map(cell).collect::<cosell::Result<Vec<Cell>>>()
        })?;
        self.push(name, RawValues::Cells(cells), None);
        Ok(())
    }

    /// Ends a chunk of `rows` rows.
    #[napi]
    pub fn end_chunk(&mut self, rows: f64) -> napi::Result<()> {
        let columns = std::mem::take(&mut self.columns);
        let chunk = if columns.is_empty() {
            RawChunk { columns, rows: rows as usize }
        } else {
            guard(|| RawChunk::new(columns).map_err(|e| e.within(&self.name)))?
        };
        self.chunks.push(chunk);
        Ok(())
    }

    fn push(&mut self, name: String, values: RawValues<'static>, valid: Option<&[u8]>) {
        self.columns.push(RawColumn { name: name.into(), values, valid: valid.map(|v| Cow::Owned(flags(v))) });
    }

    /// What was handed over; the source is empty afterwards.
    pub(crate) fn take(&mut self) -> Held {
        let taken = std::mem::take(self);
        Held { name: taken.name, kind: taken.kind, bytes: taken.bytes, chunks: taken.chunks }
    }
}

fn flags(values: &[u8]) -> Vec<bool> {
    values.iter().map(|v| *v != 0).collect()
}

/// Where each text of a joined one starts and ends, in bytes.
fn cut(joined: &str, lengths: &[u32]) -> cosell::Result<Vec<i64>> {
    let units: u64 = lengths.iter().map(|l| u64::from(*l)).sum();
    let mut offsets = Vec::with_capacity(lengths.len() + 1);
    offsets.push(0);
    let mut at = 0_usize;
    if units == joined.len() as u64 {
        // As many bytes as units: plain ASCII.
        for length in lengths {
            at += *length as usize;
            offsets.push(at as i64);
        }
        return Ok(offsets);
    }
    let mut chars = joined.chars();
    for (row, length) in lengths.iter().enumerate() {
        let mut left = *length as usize;
        while left > 0 {
            let fits = chars.next().filter(|c| c.len_utf16() <= left);
            let Some(char) = fits else {
                let message = format!("row {row} holds text with half a surrogate pair, which is no Unicode text");
                return Err(Error::new(Code::WrongType, "", message));
            };
            left -= char.len_utf16();
            at += char.len_utf8();
        }
        offsets.push(at as i64);
    }
    Ok(offsets)
}

/// A cell from its JSON form: what JSON knows as itself, the rest as `{"d": milliseconds}`, `{"i": "integer"}`,
/// `{"f": "NaN"}` or `{"o": "what it is"}`.
pub(crate) fn cell(value: &Value) -> cosell::Result<Cell> {
    Ok(match value {
        Value::Array(items) => Cell::List(items.iter().map(cell).collect::<cosell::Result<_>>()?),
        Value::Object(fields) => match fields.iter().next() {
            Some((tag, Value::Number(ms))) if tag == "d" => {
                Cell::Instant(ms.as_i64().unwrap_or_default() * MICROS_PER_MILLI)
            }
            Some((tag, Value::String(text))) if tag == "i" => match text.parse() {
                Ok(integer) => Cell::Int(integer),
                Err(_) => Cell::Other("a BigInt beyond 128 bits".to_owned()),
            },
            Some((tag, Value::String(text))) if tag == "f" => Cell::Float(text.parse().map_err(Error::internal)?),
            Some((tag, Value::String(what))) if tag == "o" => Cell::Other(what.clone()),
            _ => return Err(Error::internal("a cell of unknown form")),
        },
        plain => Cell::from(plain),
    })
}

/// Gives every chunk the columns of all: records of later chunks may have keys that the first ones lack.
fn same_columns(mut chunks: Vec<RawChunk<'static>>) -> Vec<RawChunk<'static>> {
    let mut names: Vec<String> = Vec::new();
    for column in chunks.iter().flat_map(|c| &c.columns) {
        if !names.iter().any(|n| *n == column.name) {
            names.push(column.name.to_string());
        }
    }
    for chunk in &mut chunks {
        let mut old = std::mem::take(&mut chunk.columns);
        for name in &names {
            let found = old.iter().position(|c| c.name == *name).map(|at| old.swap_remove(at));
            let empty = || RawColumn::new(name.clone(), RawValues::Null(chunk.rows));
            chunk.columns.push(found.unwrap_or_else(empty));
        }
    }
    chunks
}

fn is_arrow(bytes: &[u8]) -> bool {
    bytes.starts_with(b"ARROW1") || bytes.starts_with(&[0xFF; 4])
}

/// Says what bytes are that are often taken for a table.
fn refuse_packed(bytes: &[u8]) -> cosell::Result<()> {
    let what = match bytes {
        [b'P', b'A', b'R', b'1', ..] => {
            "a Parquet file; read it with a Parquet library and pass Arrow bytes or columns"
        }
        [b'P', b'K', 3, 4, ..] => "a zip or Excel file; export it as CSV",
        [0x1F, 0x8B, ..] => "compressed with gzip; unpack it with node:zlib first",
        _ => return Ok(()),
    };
    Err(Error::new(Code::UnsupportedInput, "", format!("the bytes are {what}")))
}
