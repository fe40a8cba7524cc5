//! Every layout of an Arrow array gives the same cells, sliced or not.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::builder::{ListBuilder, StringBuilder, StringViewBuilder};
use arrow_array::types::{Int8Type, Int32Type, UInt32Type};
use arrow_array::*;
use arrow_buffer::{Buffer, OffsetBuffer, ScalarBuffer, i256};
use arrow_schema::{DataType, Field, Schema};
use cosell::Code;
use cosell::calendar::Date;
use cosell::table::{CellRef, RawColumn};
use cosell_arrow::{raw_chunk, raw_column, raw_table};

const LONG: &str = "a text longer than twelve bytes";

fn show(column: &RawColumn<'_>) -> Vec<String> {
    (0..column.len()).map(|row| column.cell(row).show()).collect()
}

fn cells(array: &dyn Array) -> Vec<String> {
    show(&raw_column("c", array).unwrap())
}

fn texts() -> [Option<&'static str>; 5] {
    [Some("a"), None, Some("äöü"), Some(LONG), Some("")]
}

#[test]
fn text_is_the_same_in_every_layout_and_in_every_slice() {
    let mut views = StringViewBuilder::new().with_fixed_block_size(16);
    for text in texts() {
        views.append_option(text);
    }
    let arrays: [ArrayRef; 6] = [
        Arc::new(StringArray::from(texts().to_vec())),
        Arc::new(LargeStringArray::from(texts().to_vec())),
        Arc::new(views.finish()),
        Arc::new(texts().into_iter().collect::<DictionaryArray<Int8Type>>()),
        Arc::new(texts().into_iter().collect::<DictionaryArray<Int32Type>>()),
        Arc::new(texts().into_iter().collect::<DictionaryArray<UInt32Type>>()),
    ];
    let expected: Vec<String> = texts().iter().map(|t| t.map_or("null".to_owned(), |t| format!("{t:?}"))).collect();
    for array in &arrays {
        for from in 0..=5 {
            for to in from..=5 {
                let slice = array.slice(from, to - from);
                assert_eq!(cells(&slice), expected[from..to], "{:?} {from}..{to}", array.data_type());
            }
        }
    }
}

#[test]
fn numbers_of_every_width_keep_their_value() {
    let values = [Some(0), None, Some(100)];
    let small = |i: Option<i32>| i;
    let arrays: [ArrayRef; 8] = [
        Arc::new(values.iter().map(|v| small(*v).map(|v| v as i8)).collect::<Int8Array>()),
        Arc::new(values.iter().map(|v| v.map(|v| v as i16)).collect::<Int16Array>()),
        Arc::new(values.iter().copied().collect::<Int32Array>()),
        Arc::new(values.iter().map(|v| v.map(i64::from)).collect::<Int64Array>()),
        Arc::new(values.iter().map(|v| v.map(|v| v as u8)).collect::<UInt8Array>()),
        Arc::new(values.iter().map(|v| v.map(|v| v as u16)).collect::<UInt16Array>()),
        Arc::new(values.iter().map(|v| v.map(|v| v as u32)).collect::<UInt32Array>()),
        Arc::new(values.iter().map(|v| v.map(|v| v as u64)).collect::<UInt64Array>()),
    ];
    for array in arrays {
        assert_eq!(cells(&array), ["0", "null", "100"]);
        assert_eq!(cells(&array.slice(1, 2)), ["null", "100"]);
    }
    assert_eq!(raw_column("c", &UInt64Array::from(vec![u64::MAX])).unwrap().cell(0), CellRef::Int(u64::MAX.into()));
    assert_eq!(raw_column("c", &Float32Array::from(vec![0.1])).unwrap().cell(0), CellRef::Float32(0.1));
    assert_eq!(cells(&BooleanArray::from(vec![Some(true), None, Some(false)]).slice(1, 2)), ["null", "false"]);
    assert_eq!(cells(&NullArray::new(2)), ["null", "null"]);
}

#[test]
fn decimals_of_every_width_keep_their_digits() {
    let arrays: [ArrayRef; 3] = [
        Arc::new(Decimal32Array::from(vec![Some(12_345), None]).with_precision_and_scale(9, 2).unwrap()),
        Arc::new(Decimal64Array::from(vec![Some(12_345), None]).with_precision_and_scale(18, 2).unwrap()),
        Arc::new(Decimal128Array::from(vec![Some(12_345), None]).with_precision_and_scale(38, 2).unwrap()),
    ];
    for array in arrays {
        assert_eq!(cells(&array), ["123.45", "null"]);
    }
    let wide = |value| Decimal256Array::from(vec![value]).with_precision_and_scale(76, 2).unwrap();
    assert_eq!(cells(&wide(i256::from_i128(12_345))), ["123.45"]);
    let error = raw_column("amount", &wide(i256::MAX)).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::NumberOutOfRange, "amount"));
}

#[test]
fn timestamps_and_dates_keep_their_unit_and_zone() {
    let at = |array: &dyn Array| match raw_column("at", array).unwrap().cell(0) {
        CellRef::Instant(at) => ("zoned", at),
        CellRef::Local(at) => ("civil", at),
        CellRef::Date(Date(day)) => ("date", i64::from(day)),
        other => panic!("{other:?}"),
    };
    assert_eq!(at(&TimestampSecondArray::from(vec![3])), ("civil", 3_000_000));
    assert_eq!(at(&TimestampMillisecondArray::from(vec![3]).with_timezone("Europe/Berlin")), ("zoned", 3_000));
    assert_eq!(at(&TimestampMicrosecondArray::from(vec![3]).with_timezone("UTC")), ("zoned", 3));
    assert_eq!(at(&TimestampNanosecondArray::from(vec![3_000])), ("civil", 3));
    assert_eq!(at(&Date32Array::from(vec![20_000])), ("date", 20_000));
    assert_eq!(at(&Date64Array::from(vec![86_400_000 * 20_000])), ("date", 20_000));
    assert_eq!(at(&Date64Array::from(vec![86_400_001])), ("civil", 86_400_001_000));
}

#[test]
fn lists_of_text_are_read_row_by_row() {
    let mut builder = ListBuilder::new(StringBuilder::new());
    builder.append_value([Some("isv"), Some("msp")]);
    builder.append_null();
    builder.append_value([Some("reseller")]);
    let array = builder.finish();
    let slice = array.slice(1, 2);
    let column = raw_column("types", &slice).unwrap();
    assert_eq!(column.cell(0), CellRef::Null);
    let CellRef::List(items) = column.cell(1) else { panic!() };
    assert_eq!(items.iter().collect::<Vec<_>>(), [CellRef::Text("reseller")]);
}

#[test]
fn other_types_are_refused_with_the_name_of_the_column() {
    let array = BinaryArray::from(vec![b"x".as_slice()]);
    let error = raw_column("logo", &array).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::WrongType, "logo"));
    assert!(error.message().contains("Binary"), "{error}");
}

#[test]
fn the_index_of_a_pandas_frame_is_not_data() {
    let pandas = r#"{"index_columns": ["__index_level_0__"], "columns": []}"#;
    let fields = vec![Field::new("a", DataType::Int64, true), Field::new("__index_level_0__", DataType::Int64, true)];
    let schema = Schema::new(fields).with_metadata(HashMap::from([("pandas".to_owned(), pandas.to_owned())]));
    let column = || Arc::new(Int64Array::from(vec![1])) as ArrayRef;
    let batch = RecordBatch::try_new(Arc::new(schema), vec![column(), column()]).unwrap();
    assert_eq!(raw_chunk(&batch).unwrap().columns.len(), 1);
    assert_eq!(raw_table(&batch.schema(), &[]).unwrap().column_names(), ["a"]);
}

#[test]
fn text_that_breaks_the_rules_of_arrow_is_an_error_not_a_panic() {
    // What another language may hand over: nothing has checked it.
    let broken = |bytes: &[u8], offsets: Vec<i32>| {
        let offsets = unsafe { OffsetBuffer::new_unchecked(ScalarBuffer::from(offsets)) };
        unsafe { StringArray::new_unchecked(offsets, Buffer::from(bytes.to_vec()), None) }
    };
    for (bytes, offsets) in
        [(b"\xff\xff".as_slice(), vec![0, 1, 2]), ("ä".as_bytes(), vec![0, 1, 2]), (b"abc", vec![0, 3, 1])]
    {
        let array = broken(bytes, offsets);
        assert_eq!(raw_column("name", &array).unwrap_err().code(), Code::MalformedArrow);
    }
}
