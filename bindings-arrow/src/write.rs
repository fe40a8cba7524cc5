//! Tables out: one record batch per [`Table`].
//!
//! Ids are text or integers as they came in, amounts are floats of major units or, on request, `decimal128(38, digits)`,
//! instants are microseconds in UTC. A field says in its metadata (key `cosell`) what the column was, so that
//! [`crate::table_from_ipc`] gives back the same table.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::GenericStringBuilder;
use arrow_array::{
    ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array, OffsetSizeTrait, RecordBatch,
    RecordBatchOptions, TimestampMicrosecondArray, UInt64Array,
};
use arrow_schema::{DataType, Field, Schema, SchemaRef};
use cosell::table::{Column, ColumnData, Interner, Key, KeyKind, NULL, Table, Unit, ValueRef};
use cosell::{Code, Error, Result};

/// The metadata key that says what a column was.
pub(crate) const KIND: &str = "cosell";

/// The form that a table takes on the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TableForm {
    /// Amounts as exact decimals instead of floats of major units.
    pub decimals: bool,
}

/// A table as one record batch.
///
/// # Errors
/// [`Code::AmountOutOfRange`] where minor units without a currency pass 64 bits and decimals were not asked for.
pub fn record_batch(table: &Table, form: TableForm) -> Result<RecordBatch> {
    let mut fields = Vec::with_capacity(table.columns().len());
    let mut arrays = Vec::with_capacity(table.columns().len());
    for column in table.columns() {
        let array = array(column, form)?;
        fields.push(field(column, &array));
        arrays.push(array);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(table.len()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), arrays, &options).map_err(Error::internal)
}

/// The schema that [`record_batch`] gives.
///
/// # Errors
/// Those of [`record_batch`].
pub fn schema(table: &Table, form: TableForm) -> Result<SchemaRef> {
    record_batch(table, form).map(|batch| batch.schema())
}

fn field(column: &Column, array: &ArrayRef) -> Field {
    let kind = match &column.data {
        // Text is told by its type; integers are ids or counts.
        ColumnData::Keys(..) if array.data_type().is_integer() => Some("id".to_owned()),
        ColumnData::Money(_, Unit::Currency(currency)) => Some(format!("currency:{currency}")),
        ColumnData::Money(_, Unit::Minor) => Some("minor".to_owned()),
        ColumnData::Money(_, Unit::Plain(_)) => Some("plain".to_owned()),
        _ => None,
    };
    let metadata: HashMap<String, String> = kind.into_iter().map(|k| (KIND.to_owned(), k)).collect();
    Field::new(&column.name, array.data_type().clone(), true).with_metadata(metadata)
}

fn array(column: &Column, form: TableForm) -> Result<ArrayRef> {
    Ok(match &column.data {
        ColumnData::Keys(codes, keys) if keys.kind() == Some(KeyKind::Int) => integers(codes, keys),
        ColumnData::Keys(codes, keys) => texts(codes, keys),
        ColumnData::Int(values) => Arc::new(Int64Array::from(values.clone())),
        ColumnData::Float(values) => Arc::new(Float64Array::from(values.clone())),
        ColumnData::Bool(values) => Arc::new(BooleanArray::from(values.clone())),
        ColumnData::Instant(values) => {
            let array: TimestampMicrosecondArray = values.iter().map(|&v| (v != i64::MIN).then_some(v)).collect();
            Arc::new(array.with_timezone("UTC"))
        }
        ColumnData::Date(values) => {
            Arc::new(values.iter().map(|&v| (v != i32::MIN).then_some(v)).collect::<Date32Array>())
        }
        ColumnData::Money(values, unit) if form.decimals => decimals(&column.name, values, unit.digits())?,
        ColumnData::Money(values, Unit::Minor) => minor(&column.name, values)?,
        ColumnData::Money(values, unit) => {
            let major = |&v: &Option<i128>| v.and_then(|v| ValueRef::Money(v, *unit).as_f64());
            Arc::new(values.iter().map(major).collect::<Float64Array>())
        }
    })
}

fn integers(codes: &[u32], keys: &Interner) -> ArrayRef {
    let value = |&code: &u32| match (code != NULL).then(|| keys.key(code)) {
        Some(Key::Int(value)) => Some(value),
        _ => None,
    };
    let beyond = codes.iter().filter_map(value).any(|v| v > i128::from(i64::MAX));
    if beyond {
        Arc::new(codes.iter().map(|c| value(c).map(|v| v as u64)).collect::<UInt64Array>())
    } else {
        Arc::new(codes.iter().map(|c| value(c).map(|v| v as i64)).collect::<Int64Array>())
    }
}

fn texts(codes: &[u32], keys: &Interner) -> ArrayRef {
    let text = |code: u32| match (code != NULL).then(|| keys.key(code)) {
        Some(Key::Text(text)) => Some(text),
        _ => None,
    };
    let bytes: usize = codes.iter().filter_map(|&c| text(c)).map(str::len).sum();
    if i32::try_from(bytes).is_ok() {
        build::<i32>(codes.iter().map(|&c| text(c)), bytes)
    } else {
        build::<i64>(codes.iter().map(|&c| text(c)), bytes)
    }
}

fn build<'a, O: OffsetSizeTrait>(texts: impl ExactSizeIterator<Item = Option<&'a str>>, bytes: usize) -> ArrayRef {
    let mut builder = GenericStringBuilder::<O>::with_capacity(texts.len(), bytes);
    texts.for_each(|text| builder.append_option(text));
    Arc::new(builder.finish())
}

fn decimals(name: &str, values: &[Option<i128>], digits: u8) -> Result<ArrayRef> {
    let array: Decimal128Array = values.iter().copied().collect();
    let array = array
        .with_precision_and_scale(38, digits as i8)
        .and_then(|array| array.validate_decimal_precision(38).map(|()| array))
        .map_err(|_| too_large(name, "a decimal of 38 digits"))?;
    Ok(Arc::new(array))
}

fn minor(name: &str, values: &[Option<i128>]) -> Result<ArrayRef> {
    let narrow = |&v: &Option<i128>| v.map(i64::try_from).transpose();
    let array = values.iter().map(narrow).collect::<std::result::Result<Int64Array, _>>();
    Ok(Arc::new(array.map_err(|_| too_large(name, "a 64-bit integer; ask for decimals"))?))
}

fn too_large(name: &str, limit: &str) -> Error {
    Error::new(Code::AmountOutOfRange, name, format!("column {name:?} holds an amount beyond {limit}"))
}

/// The type that decimals of a table have.
pub(crate) fn is_decimal(kind: &DataType) -> Option<u8> {
    if let DataType::Decimal128(_, scale) = kind { u8::try_from(*scale).ok() } else { None }
}
