//! A table survives the way to Arrow bytes and back, and no bytes make the reader panic.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Float64Type, Int64Type, UInt64Type};
use arrow_schema::DataType;
use cosell::Code;
use cosell::money::Currency;
use cosell::table::{Column, ColumnData, Interner, Key, NULL, Table, Unit};
use cosell_arrow::{TableForm, from_ipc, record_batch, table_from_ipc, to_ipc};

const EXACT: TableForm = TableForm { decimals: true };
const FLOATS: TableForm = TableForm { decimals: false };

fn keys(values: &[Option<Key<'_>>]) -> ColumnData {
    let mut interner = Interner::default();
    let codes = values.iter().map(|v| v.map_or(NULL, |key| interner.intern(key).unwrap())).collect();
    ColumnData::Keys(codes, Arc::new(interner))
}

fn table() -> Table {
    let usd = Unit::Currency(Currency::parse("USD").unwrap());
    let columns = [
        ("name", keys(&[Some(Key::Text("Ann")), None])),
        ("id", keys(&[Some(Key::Int(7)), Some(Key::Int(-1))])),
        ("wide_id", keys(&[Some(Key::Int(u64::MAX.into())), None])),
        ("count", ColumnData::Int(vec![Some(1), None])),
        ("score", ColumnData::Float(vec![Some(0.1), None])),
        ("flag", ColumnData::Bool(vec![Some(true), None])),
        ("at", ColumnData::Instant(vec![1_000_000, i64::MIN])),
        ("on", ColumnData::Date(vec![20_000, i32::MIN])),
        ("amount", ColumnData::Money(vec![Some(123_456), None], usd)),
        ("value_minor", ColumnData::Money(vec![Some(i128::from(i64::MAX)), None], Unit::Minor)),
        ("conversions", ColumnData::Money(vec![Some(333_333_333_333), None], Unit::Plain(12))),
    ];
    Table::from_columns(columns.into_iter().map(|(name, data)| Column { name: name.to_owned(), data }).collect())
        .unwrap()
}

#[test]
fn a_table_is_the_same_after_bytes_with_decimals() {
    let back = table_from_ipc(&to_ipc(&table(), EXACT).unwrap()).unwrap();
    assert_eq!(back.to_csv(), table().to_csv());
    for (before, after) in table().columns().iter().zip(back.columns()) {
        assert_eq!(std::mem::discriminant(&before.data), std::mem::discriminant(&after.data), "{}", before.name);
    }
}

#[test]
fn amounts_are_floats_of_major_units_or_exact_decimals() {
    let floats = record_batch(&table(), FLOATS).unwrap();
    assert_eq!(floats.column_by_name("amount").unwrap().as_primitive::<Float64Type>().value(0), 1234.56);
    assert_eq!(floats.column_by_name("value_minor").unwrap().as_primitive::<Int64Type>().value(0), i64::MAX);
    assert_eq!(floats.column_by_name("wide_id").unwrap().as_primitive::<UInt64Type>().value(0), u64::MAX);
    let exact = record_batch(&table(), EXACT).unwrap();
    let amount = exact.column_by_name("amount").unwrap();
    assert_eq!(amount.data_type(), &DataType::Decimal128(38, 2));
    assert_eq!(amount.as_primitive::<Decimal128Type>().value(0), 123_456);
}

#[test]
fn minor_units_beyond_64_bits_need_decimals() {
    let column =
        Column { name: "v".to_owned(), data: ColumnData::Money(vec![Some(i128::from(i64::MAX) + 1)], Unit::Minor) };
    let table = Table::from_columns(vec![column]).unwrap();
    assert_eq!(record_batch(&table, FLOATS).unwrap_err().code(), Code::AmountOutOfRange);
    assert!(record_batch(&table, EXACT).is_ok());
}

#[test]
fn a_table_without_rows_or_columns_survives() {
    assert_eq!(
        table_from_ipc(&to_ipc(&table().head(0), EXACT).unwrap()).unwrap().column_names(),
        table().column_names()
    );
    assert_eq!(table_from_ipc(&to_ipc(&Table::default(), EXACT).unwrap()).unwrap().len(), 0);
}

#[test]
fn the_file_format_is_read_like_the_stream() {
    let batch = record_batch(&table(), EXACT).unwrap();
    let mut bytes = Vec::new();
    let mut writer = arrow_ipc::writer::FileWriter::try_new(&mut bytes, &batch.schema()).unwrap();
    writer.write(&batch).and_then(|()| writer.finish()).unwrap();
    drop(writer);
    assert_eq!(from_ipc(&bytes).unwrap().1, [batch]);
}

#[test]
fn bytes_that_are_cut_or_altered_are_an_error_or_data_but_never_a_panic() {
    let bytes = to_ipc(&table(), EXACT).unwrap();
    for cut in 0..bytes.len() {
        if let Err(error) = from_ipc(&bytes[..cut]) {
            assert_eq!(error.code(), Code::MalformedArrow);
        }
    }
    std::panic::set_hook(Box::new(|_| {}));
    let mut state = 7_u64;
    for _ in 0..5_000 {
        let mut altered = bytes.clone();
        for _ in 0..3 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let at = (state >> 33) as usize % altered.len();
            altered[at] = (state >> 17) as u8;
        }
        if let Ok((schema, batches)) = from_ipc(&altered) {
            let _ = cosell_arrow::raw_table(&schema, &batches);
            let _ = std::panic::catch_unwind(|| table_from_ipc(&altered)).expect("no panic");
        }
    }
    assert_eq!(from_ipc(b"").unwrap_err().code(), Code::MalformedArrow);
    assert_eq!(from_ipc(b"ARROW1\0\0ARROW1").unwrap_err().code(), Code::MalformedArrow);
}
