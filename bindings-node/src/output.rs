//! Tables on their way out.
//!
//! A column crosses as one typed array (with a mask of what is there) or as distinct texts and the number of each row;
//! `table.js` makes rows or columns of JavaScript values from them. Money is a double of major units, or, on request, its
//! exact decimal text.

use std::sync::Arc;

use cosell::table::{ColumnData, Key, NULL, Table, Unit};
use cosell_arrow::TableForm;
use napi::bindgen_prelude::{BigInt, BigInt64Array, Either3, Float64Array, Uint8Array, Uint32Array};
use napi_derive::napi;

use crate::errors::guard;
use crate::input::MICROS_PER_MILLI;

/// A result.
#[napi(js_name = "NativeTable")]
#[derive(Debug, Clone)]
pub struct NativeTable {
    pub(crate) inner: Arc<Table>,
}

impl From<Table> for NativeTable {
    fn from(table: Table) -> Self {
        Self { inner: Arc::new(table) }
    }
}

impl From<&Table> for NativeTable {
    fn from(table: &Table) -> Self {
        Self::from(table.clone())
    }
}

/// A column as it crosses; `form` says which of the other fields hold it.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub struct ColumnOut {
    /// `doubles`, `flags`, `instants` (doubles of milliseconds or integers of microseconds) or `coded`.
    pub form: &'static str,
    /// Which values are there; missing where all are.
    pub valid: Option<Uint8Array>,
    /// Numbers.
    pub doubles: Option<Float64Array>,
    /// 64-bit integers.
    pub int64: Option<BigInt64Array>,
    /// True and false.
    pub flags: Option<Uint8Array>,
    /// The number of each row's value among the distinct ones.
    pub codes: Option<Uint32Array>,
    /// The distinct values.
    pub distinct: Option<Vec<Either3<String, f64, BigInt>>>,
}

#[napi]
impl NativeTable {
    /// How many rows.
    #[napi(getter)]
    pub fn length(&self) -> f64 {
        self.inner.len() as f64
    }

    /// About how many bytes it holds.
    #[napi(getter)]
    pub fn bytes(&self) -> f64 {
        let width = |data: &ColumnData| match data {
            ColumnData::Keys(..) | ColumnData::Date(_) => 4,
            ColumnData::Bool(_) => 1,
            ColumnData::Instant(_) => 8,
            ColumnData::Int(_) | ColumnData::Float(_) => 16,
            ColumnData::Money(..) => 32,
        };
        let row: usize = self.inner.columns().iter().map(|c| width(&c.data)).sum();
        (row * self.inner.len()) as f64
    }

    /// The names of the columns.
    #[napi]
    pub fn column_names(&self) -> Vec<String> {
        self.inner.column_names().into_iter().map(str::to_owned).collect()
    }

    /// Column `index`, with money as decimal text where `decimals` is true, and with instants as microseconds where
    /// `micros` is true, else as milliseconds.
    #[napi]
    pub fn column(&self, index: u32, decimals: bool, micros: bool) -> napi::Result<ColumnOut> {
        let column = || self.inner.columns().get(index as usize).map(|c| out(&c.data, decimals, micros));
        guard(|| Ok(column().unwrap_or_default()))
    }

    /// An Arrow IPC stream.
    #[napi]
    pub fn to_ipc(&self, decimals: bool) -> napi::Result<Uint8Array> {
        let form = TableForm { decimals };
        guard(|| cosell_arrow::to_ipc(&self.inner, form)).map(Uint8Array::from)
    }

    /// CSV text with exact amounts.
    #[napi]
    pub fn to_csv(&self) -> napi::Result<String> {
        guard(|| Ok(self.inner.to_csv()))
    }

    /// A text table of the first rows.
    #[napi]
    pub fn to_text(&self) -> napi::Result<String> {
        guard(|| Ok(self.inner.to_string()))
    }
}

fn out(data: &ColumnData, decimals: bool, micros: bool) -> ColumnOut {
    match data {
        ColumnData::Keys(codes, keys) => coded(codes, |code| match keys.key(code) {
            Key::Text(text) => Either3::A(text.to_owned()),
            Key::Int(integer) => integer_out(integer),
        }),
        ColumnData::Date(days) => {
            let missing = |day: &i32| *day == i32::MIN;
            let mut distinct: Vec<i32> = days.iter().copied().filter(|d| !missing(d)).collect();
            distinct.sort_unstable();
            distinct.dedup();
            let code = |day: &i32| if missing(day) { NULL } else { distinct.partition_point(|d| d < day) as u32 };
            let codes: Vec<u32> = days.iter().map(code).collect();
            coded(&codes, |code| Either3::A(cosell::calendar::Date(distinct[code as usize]).to_string()))
        }
        ColumnData::Int(values) => integers(values.len(), |row| values[row].map(i128::from)),
        ColumnData::Float(values) => doubles("doubles", values.len(), |row| values[row]),
        ColumnData::Bool(values) => ColumnOut {
            form: "flags",
            valid: mask(values.len(), |row| values[row].is_some()),
            flags: Some(values.iter().map(|v| u8::from(*v == Some(true))).collect::<Vec<u8>>().into()),
            ..ColumnOut::default()
        },
        ColumnData::Instant(values) if !micros => doubles("instants", values.len(), |row| {
            (values[row] != i64::MIN).then(|| values[row].div_euclid(MICROS_PER_MILLI) as f64)
        }),
        ColumnData::Instant(values) => ColumnOut {
            form: "instants",
            valid: mask(values.len(), |row| values[row] != i64::MIN),
            int64: Some(values.clone().into()),
            ..ColumnOut::default()
        },
        ColumnData::Money(values, Unit::Plain(_)) => doubles("doubles", values.len(), |row| data.value(row).as_f64()),
        ColumnData::Money(values, Unit::Currency(_)) if decimals => {
            let codes: Vec<u32> = values.iter().zip(0..).map(|(v, row)| if v.is_some() { row } else { NULL }).collect();
            coded(&codes, |row| Either3::A(data.value(row as usize).to_string()))
        }
        ColumnData::Money(values, Unit::Minor) => integers(values.len(), |row| values[row]),
        ColumnData::Money(values, _) => doubles("doubles", values.len(), |row| data.value(row).as_f64()),
    }
}

/// The largest integer up to which doubles hold every one.
const SAFE: i128 = (1 << 53) - 1;

fn integer_out(integer: i128) -> Either3<String, f64, BigInt> {
    if integer.abs() <= SAFE { Either3::B(integer as f64) } else { Either3::C(BigInt::from(integer)) }
}

fn mask(rows: usize, is_there: impl Fn(usize) -> bool) -> Option<Uint8Array> {
    let mask: Vec<u8> = (0..rows).map(|row| u8::from(is_there(row))).collect();
    mask.contains(&0).then(|| mask.into())
}

fn doubles(form: &'static str, rows: usize, value: impl Fn(usize) -> Option<f64>) -> ColumnOut {
    ColumnOut {
        form,
        valid: mask(rows, |row| value(row).is_some()),
        doubles: Some((0..rows).map(|row| value(row).unwrap_or_default()).collect::<Vec<f64>>().into()),
        ..ColumnOut::default()
    }
}

/// Integers: as doubles where each of them is exact so, else one by one.
fn integers(rows: usize, value: impl Fn(usize) -> Option<i128>) -> ColumnOut {
    if (0..rows).all(|row| value(row).is_none_or(|i| i.abs() <= SAFE)) {
        return doubles("doubles", rows, |row| value(row).map(|i| i as f64));
    }
    let codes: Vec<u32> = (0..rows).map(|row| if value(row).is_some() { row as u32 } else { NULL }).collect();
    coded(&codes, |row| integer_out(value(row as usize).unwrap_or_default()))
}

/// Codes and their distinct values, of which only those in use cross.
fn coded(codes: &[u32], show: impl Fn(u32) -> Either3<String, f64, BigInt>) -> ColumnOut {
    let most = codes.iter().copied().filter(|c| *c != NULL).max().map_or(0, |c| c as usize + 1);
    let mut places = vec![NULL; most];
    let mut distinct = Vec::new();
    let mut used = Vec::with_capacity(codes.len());
    for &code in codes {
        used.push(match places.get_mut(code as usize) {
            None => NULL,
            Some(place) => {
                if *place == NULL {
                    *place = distinct.len() as u32;
                    distinct.push(show(code));
                }
                *place
            }
        });
    }
    ColumnOut { form: "coded", codes: Some(used.into()), distinct: Some(distinct), ..ColumnOut::default() }
}

/// Several results with their names.
#[napi(js_name = "NativeTables")]
#[derive(Debug, Clone)]
pub struct NativeTables {
    tables: Vec<(String, NativeTable)>,
    /// What was assumed and left out, as JSON, where the result says so.
    diagnostics: Option<String>,
}

impl<'a> FromIterator<(&'a str, Table)> for NativeTables {
    fn from_iter<I: IntoIterator<Item = (&'a str, Table)>>(tables: I) -> Self {
        let tables = tables.into_iter().map(|(name, table)| (name.to_owned(), table.into())).collect();
        Self { tables, diagnostics: None }
    }
}

impl NativeTables {
    /// The same tables with what was assumed and left out.
    pub(crate) fn with_diagnostics(self, diagnostics: &serde_json::Value) -> Self {
        Self { diagnostics: Some(diagnostics.to_string()), ..self }
    }
}

#[napi]
impl NativeTables {
    /// What was assumed and left out, as JSON, where the result says so.
    #[napi]
    pub fn diagnostics(&self) -> Option<String> {
        self.diagnostics.clone()
    }

    /// Their names.
    #[napi]
    pub fn names(&self) -> Vec<String> {
        self.tables.iter().map(|(name, _)| name.clone()).collect()
    }

    /// The result of that name.
    #[napi]
    pub fn get(&self, name: String) -> Option<NativeTable> {
        self.tables.iter().find(|(n, _)| *n == name).map(|(_, table)| table.clone())
    }
}
