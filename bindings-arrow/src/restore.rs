//! Record batches back into a [`Table`]: the reverse of `write`, for what was pickled or kept as IPC bytes.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Decimal128Type, Float64Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema, TimeUnit};
use cosell::money::Currency;
use cosell::table::{Column, ColumnData, Interner, NULL, Table, Unit};
use cosell::{Code, Error, Result};

use crate::read::raw_column;
use crate::write::{KIND, is_decimal};

/// The batches as one table.
pub(crate) fn restore(schema: &Schema, batches: &[RecordBatch]) -> Result<Table> {
    let columns = schema.fields().iter().enumerate().map(|(index, field)| {
        let parts: Vec<&dyn Array> = batches.iter().map(|b| b.column(index).as_ref()).collect();
        Ok(Column { name: field.name().clone(), data: data(field, &parts)? })
    });
    Table::from_columns(columns.collect::<Result<_>>()?)
}

fn data(field: &Field, parts: &[&dyn Array]) -> Result<ColumnData> {
    let kind = field.metadata().get(KIND).map_or("", String::as_str);
    if kind == "id" {
        return ids(field.name(), parts);
    }
    if let Some(digits) = is_decimal(field.data_type()) {
        let values = parts.iter().flat_map(|p| p.as_primitive::<Decimal128Type>().iter()).collect();
        return Ok(ColumnData::Money(values, unit(kind, digits)?));
    }
    Ok(match field.data_type() {
        DataType::Int64 if kind == "minor" => {
            let values = parts.iter().flat_map(|p| p.as_primitive::<Int64Type>().iter());
            ColumnData::Money(values.map(|v| v.map(i128::from)).collect(), Unit::Minor)
        }
        DataType::Int64 => ColumnData::Int(parts.iter().flat_map(|p| p.as_primitive::<Int64Type>().iter()).collect()),
        DataType::Float64 => {
            ColumnData::Float(parts.iter().flat_map(|p| p.as_primitive::<Float64Type>().iter()).collect())
        }
        DataType::Boolean => ColumnData::Bool(parts.iter().flat_map(|p| p.as_boolean().iter()).collect()),
        DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
            let values = parts.iter().flat_map(|p| p.as_primitive::<TimestampMicrosecondType>().iter());
            ColumnData::Instant(values.map(|v| v.unwrap_or(i64::MIN)).collect())
        }
        DataType::Date32 => {
            let values = parts.iter().flat_map(|p| p.as_primitive::<Date32Type>().iter());
            ColumnData::Date(values.map(|v| v.unwrap_or(i32::MIN)).collect())
        }
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => ids(field.name(), parts)?,
        other => {
            let message = format!("column {:?} has the Arrow type {other}, which no table of cosell has", field.name());
            return Err(Error::new(Code::WrongType, field.name(), message));
        }
    })
}

fn ids(name: &str, parts: &[&dyn Array]) -> Result<ColumnData> {
    let mut keys = Interner::default();
    let mut codes = Vec::with_capacity(parts.iter().map(|p| p.len()).sum());
    for part in parts {
        let column = raw_column(name, *part)?;
        for row in 0..column.len() {
            codes.push(match column.cell(row) {
                cosell::table::CellRef::Text(text) => keys.intern(cosell::table::Key::Text(text))?,
                cosell::table::CellRef::Int(value) => keys.intern(cosell::table::Key::Int(value))?,
                _ => NULL,
            });
        }
    }
    Ok(ColumnData::Keys(codes, Arc::new(keys)))
}

fn unit(kind: &str, digits: u8) -> Result<Unit> {
    match kind.strip_prefix("currency:") {
        Some(code) => Currency::parse(code).map(Unit::Currency),
        None if kind == "minor" => Ok(Unit::Minor),
        None => Ok(Unit::Plain(digits)),
    }
}
