//! Record batches in: Arrow arrays as borrowed [`RawColumn`]s.
//!
//! Every integer, float and decimal type, text in its three layouts, dictionaries, dates, timestamps and lists are read;
//! what would lose information is refused with the name of the column. Offsets and codes are checked before they are
//! used, because arrays from another language arrive unchecked.

use std::borrow::Cow;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    Float16Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type,
    UInt64Type,
};
use arrow_array::{Array, OffsetSizeTrait, RecordBatch};
use arrow_schema::{DataType, Schema, TimeUnit};
use cosell::table::{Offsets, RawChunk, RawColumn, RawTable, RawValues};
use cosell::{Code, Error, Result};

use crate::text;

const MILLIS_PER_DAY: i64 = 86_400_000;

/// The batches of a table as chunks that borrow from them.
///
/// Columns that pandas names as its index in the schema's metadata are left out.
///
/// # Errors
/// Those of [`raw_column`]; [`Code::DuplicateColumn`].
pub fn raw_table<'a>(schema: &Schema, batches: &'a [RecordBatch]) -> Result<RawTable<'a>> {
    let index = index_columns(schema);
    let mut chunks = batches.iter().map(|batch| chunk_without(batch, &index)).collect::<Result<Vec<_>>>()?;
    if chunks.is_empty() {
        // A table without rows still has its columns.
        let columns = schema.fields().iter().filter(|f| !index.contains(f.name()));
        chunks.push(RawChunk::new(columns.map(|f| RawColumn::new(f.name().clone(), RawValues::Null(0))).collect())?);
    }
    Ok(RawTable { chunks, untyped: false })
}

/// One batch as a chunk that borrows from it.
///
/// # Errors
/// Those of [`raw_column`]; [`Code::DuplicateColumn`].
pub fn raw_chunk(batch: &RecordBatch) -> Result<RawChunk<'_>> {
    chunk_without(batch, &index_columns(batch.schema_ref()))
}

fn chunk_without<'a>(batch: &'a RecordBatch, index: &[String]) -> Result<RawChunk<'a>> {
    let fields = batch.schema_ref().fields().iter().zip(batch.columns());
    let columns = fields
        .filter(|(field, _)| !index.contains(field.name()))
        .map(|(field, array)| {
            let mut column = raw_column(field.name(), array.as_ref())?;
            column.name = Cow::Owned(field.name().clone());
            Ok(column)
        })
        .collect::<Result<_>>()?;
    let mut chunk = RawChunk::new(columns)?;
    chunk.rows = batch.num_rows();
    Ok(chunk)
}

/// The columns that hold the index of a pandas frame: they are not data.
fn index_columns(schema: &Schema) -> Vec<String> {
    let Some(pandas) = schema.metadata().get("pandas") else { return Vec::new() };
    let Ok(document) = cosell::document::value_from_text(pandas) else { return Vec::new() };
    let listed = document.get("index_columns").and_then(serde_json::Value::as_array);
    // A range index is described by an object and has no column.
    listed.map_or_else(Vec::new, |names| names.iter().filter_map(|n| n.as_str().map(str::to_owned)).collect())
}

/// An array as a named column that borrows from it.
///
/// # Errors
/// [`Code::WrongType`] for a type that a table of cosell cannot hold, [`Code::MalformedArrow`] for an array that breaks
/// the rules of its layout; both name the column.
pub fn raw_column<'a>(name: &str, array: &'a dyn Array) -> Result<RawColumn<'a>> {
    let valid = array.nulls().filter(|n| n.null_count() > 0).map(|n| n.iter().collect::<Vec<bool>>().into());
    let values = match array.data_type() {
        DataType::Null => RawValues::Null(array.len()),
        DataType::Boolean => RawValues::Bool(array.as_boolean().values().iter().collect::<Vec<bool>>().into()),
        DataType::Int8 => RawValues::I32(widen::<Int8Type, _>(array)),
        DataType::Int16 => RawValues::I32(widen::<Int16Type, _>(array)),
        DataType::Int32 => RawValues::I32(values::<Int32Type>(array)),
        DataType::Int64 => RawValues::I64(values::<Int64Type>(array)),
        DataType::UInt8 => RawValues::U32(widen::<UInt8Type, _>(array)),
        DataType::UInt16 => RawValues::U32(widen::<UInt16Type, _>(array)),
        DataType::UInt32 => RawValues::U32(values::<UInt32Type>(array)),
        DataType::UInt64 => RawValues::U64(values::<UInt64Type>(array)),
        DataType::Float16 => {
            RawValues::F32(array.as_primitive::<Float16Type>().values().iter().map(|f| f.to_f32()).collect())
        }
        DataType::Float32 => RawValues::F32(values::<Float32Type>(array)),
        DataType::Float64 => RawValues::F64(values::<Float64Type>(array)),
        DataType::Decimal32(_, scale) => decimals::<Decimal32Type>(array, *scale),
        DataType::Decimal64(_, scale) => decimals::<Decimal64Type>(array, *scale),
        DataType::Decimal128(_, scale) => decimals::<Decimal128Type>(array, *scale),
        DataType::Decimal256(_, scale) => wide_decimals(name, array, *scale)?,
        DataType::Timestamp(unit, zone) => timestamps(array, *unit, zone.is_some()),
        DataType::Date32 => RawValues::Days(values::<Date32Type>(array)),
        DataType::Date64 => dates(array.as_primitive::<Date64Type>().values()),
        DataType::Utf8 => text::strings(name, array.as_string::<i32>())?,
        DataType::LargeUtf8 => text::strings(name, array.as_string::<i64>())?,
        DataType::Utf8View => text::views(name, array.as_string_view())?,
        DataType::Dictionary(key, _) => dictionary(name, array, key)?,
        DataType::List(_) => list(name, array.as_list::<i32>())?,
        DataType::LargeList(_) => list(name, array.as_list::<i64>())?,
        _ => return Err(unsupported(name, array.data_type())),
    };
    Ok(RawColumn { name: name.to_owned().into(), values, valid })
}

fn unsupported(name: &str, found: &DataType) -> Error {
    let message = format!(
        "column {name:?} has the Arrow type {found}, which a table cannot hold; expected text, whole numbers, floats, \
         decimals, true or false, dates, timestamps or lists of those: cast the column or drop it"
    );
    Error::new(Code::WrongType, name, message).with("column", name).with("got", found.to_string())
}

pub(crate) fn malformed(name: &str, what: impl std::fmt::Display) -> Error {
    Error::new(Code::MalformedArrow, name, format!("column {name:?} is not valid Arrow data: {what}"))
}

fn values<T: ArrowPrimitiveType>(array: &dyn Array) -> Cow<'_, [T::Native]> {
    Cow::Borrowed(array.as_primitive::<T>().values())
}

fn widen<T: ArrowPrimitiveType, W: From<T::Native> + Clone>(array: &dyn Array) -> Cow<'_, [W]> {
    array.as_primitive::<T>().values().iter().map(|&v| W::from(v)).collect()
}

fn decimals<T: ArrowPrimitiveType>(array: &dyn Array, scale: i8) -> RawValues<'_>
where
    i128: From<T::Native>,
{
    let values = array.as_primitive::<T>().values();
    RawValues::Decimal(values.iter().map(|&v| i128::from(v)).collect(), i32::from(scale))
}

/// 256-bit decimals whose values fit 128 bits.
fn wide_decimals<'a>(name: &str, array: &'a dyn Array, scale: i8) -> Result<RawValues<'a>> {
    let array = array.as_primitive::<Decimal256Type>();
    let mut narrow = Vec::with_capacity(array.len());
    for row in 0..array.len() {
        let value = if array.is_null(row) { Some(0) } else { array.value(row).to_i128() };
        narrow.push(value.ok_or_else(|| {
            Error::new(
                Code::NumberOutOfRange,
                name,
                format!(
                    "column {name:?}, row {row}: the decimal has more than 38 digits; cast the column to decimal128"
                ),
            )
        })?);
    }
    Ok(RawValues::Decimal(narrow, i32::from(scale)))
}

fn timestamps(array: &dyn Array, unit: TimeUnit, zoned: bool) -> RawValues<'_> {
    match unit {
        TimeUnit::Second => RawValues::Timestamp(values::<TimestampSecondType>(array), 1, zoned),
        TimeUnit::Millisecond => RawValues::Timestamp(values::<TimestampMillisecondType>(array), 1_000, zoned),
        TimeUnit::Microsecond => RawValues::Timestamp(values::<TimestampMicrosecondType>(array), 1_000_000, zoned),
        TimeUnit::Nanosecond => RawValues::Timestamp(values::<TimestampNanosecondType>(array), 1_000_000_000, zoned),
    }
}

/// Milliseconds as days; where some are not whole days (the format forbids it, some writers do it) as civil times.
fn dates(millis: &[i64]) -> RawValues<'_> {
    let day = |&m: &i64| (m % MILLIS_PER_DAY == 0).then(|| i32::try_from(m / MILLIS_PER_DAY).ok()).flatten();
    match millis.iter().map(day).collect::<Option<Vec<i32>>>() {
        Some(days) => RawValues::Days(days.into()),
        None => RawValues::Timestamp(millis.into(), 1_000, false),
    }
}

fn dictionary<'a>(name: &str, array: &'a dyn Array, key: &DataType) -> Result<RawValues<'a>> {
    let dictionary = array.as_any_dictionary();
    let distinct = raw_column(name, dictionary.values().as_ref())?;
    if matches!(distinct.values, RawValues::Dictionary(..) | RawValues::List(..)) {
        return Err(unsupported(name, array.data_type()));
    }
    if dictionary.values().is_empty() {
        return if array.null_count() == array.len() {
            Ok(RawValues::Null(array.len()))
        } else {
            Err(malformed(name, "its dictionary is empty"))
        };
    }
    let keys = dictionary.keys();
    let codes = match key {
        DataType::Int8 => codes::<Int8Type>(keys, distinct.len()),
        DataType::Int16 => codes::<Int16Type>(keys, distinct.len()),
        DataType::Int32 => codes::<Int32Type>(keys, distinct.len()),
        DataType::Int64 => codes::<Int64Type>(keys, distinct.len()),
        DataType::UInt8 => codes::<UInt8Type>(keys, distinct.len()),
        DataType::UInt16 => codes::<UInt16Type>(keys, distinct.len()),
        DataType::UInt32 => codes::<UInt32Type>(keys, distinct.len()),
        DataType::UInt64 => codes::<UInt64Type>(keys, distinct.len()),
        _ => return Err(unsupported(name, array.data_type())),
    };
    let codes = codes.ok_or_else(|| malformed(name, "a code lies outside of its dictionary"))?;
    Ok(RawValues::Dictionary(codes.into(), Box::new(distinct)))
}

/// Codes as `u32`, those of nulls as 0; `None` where one lies outside of the dictionary.
fn codes<T: ArrowPrimitiveType>(keys: &dyn Array, distinct: usize) -> Option<Vec<u32>>
where
    T::Native: TryInto<u32>,
{
    let keys = keys.as_primitive::<T>();
    let code = |key: T::Native| key.try_into().ok().filter(|&code: &u32| (code as usize) < distinct);
    keys.iter().map(|key| key.map_or(Some(0), code)).collect()
}

fn list<'a, O: OffsetSizeTrait>(name: &str, array: &'a arrow_array::GenericListArray<O>) -> Result<RawValues<'a>> {
    let child = raw_column(name, array.values().as_ref())?;
    if matches!(child.values, RawValues::List(..)) {
        return Err(unsupported(name, array.data_type()));
    }
    let offsets: Vec<i64> = array.value_offsets().iter().map(|o| o.as_usize() as i64).collect();
    let ordered = offsets.windows(2).all(|w| w[0] <= w[1]);
    if !ordered || offsets.last().is_some_and(|&last| last as usize > child.len()) {
        return Err(malformed(name, "the offsets of its lists are out of order"));
    }
    Ok(RawValues::List(Offsets::Large(offsets.into()), Box::new(child)))
}
