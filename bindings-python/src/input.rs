//! Tables in: whatever a caller holds, as one [`Input`] that core can borrow from.
//!
//! Frames come through the Arrow C stream (pandas, polars, pyarrow, duckdb, Spark and others speak it), lists of dicts
//! and dicts of columns value by value, CSV and Arrow IPC as bytes. Reading their values is core's business.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::sync_channel;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use cosell::table::{Cell, RawColumn, RawTable, RawValues, read_csv};
use cosell::{Code, Error};
use cosell_arrow::{TableForm, from_ipc, raw_column, raw_table, record_batch};
use pyo3::exceptions::PyException;
use pyo3::prelude::*;
use pyo3::pybacked::PyBackedBytes;
use pyo3::types::{PyByteArray, PyBytes, PyDict, PyList, PyString, PyTuple};
use pyo3_arrow::PyRecordBatchReader;
use pyo3_arrow::input::{AnyArray, AnyRecordBatch};

use crate::cells::{cell, column};
use crate::error::{checked, foreign, raise, unsupported};
use crate::numpy;
use crate::table::Table;

/// Python objects that are read between two looks for signals.
const PATIENCE: usize = 1 << 16;
/// Rows of one chunk at most: work looks for cancellation between chunks.
const CHUNK_ROWS: usize = 1 << 19;

/// A table of the caller, held until core has read it.
pub enum Input {
    /// Record batches.
    Arrow(SchemaRef, Vec<RecordBatch>),
    /// Columns of different origin.
    Columns(Vec<(String, Source)>),
    /// Columns made from Python objects.
    Cells(Option<RawTable<'static>>),
    /// CSV text or Arrow IPC data, not yet read.
    Bytes(PyBackedBytes),
}

/// Rows that are held before core reads them, of a frame that comes piece by piece.
const HELD_ROWS: usize = 1 << 20;

/// A table that is read piece by piece: the pieces of a stream are let go as soon as core has read them, so that a frame
/// larger than memory can go through.
pub enum Pieces {
    /// A stream that has not been read yet.
    Stream(Box<dyn RecordBatchReader + Send>),
    /// A table that is there already.
    Whole(Box<Input>),
}

impl Pieces {
    /// Takes hold of a table; `field` is the name of the argument.
    pub fn take(object: &Bound<'_, PyAny>, field: &str) -> PyResult<Self> {
        // Frames that are in memory come through as well, without a copy.
        if object.hasattr("__arrow_c_stream__")?
            && !object.is_instance_of::<Table>()
            && let Ok(reader) = object.extract::<PyRecordBatchReader>()
        {
            return reader.into_reader().map(Self::Stream).map_err(|e| foreign(object.py(), field, e));
        }
        Ok(Self::Whole(Box::new(Input::take(object, field)?)))
    }

    /// How many rows, about; a stream does not say.
    pub fn rows(&self) -> usize {
        match self {
            Self::Stream(_) => usize::MAX,
            Self::Whole(input) => input.rows(),
        }
    }

    /// Hands the pieces to `read`, some row groups at a time, with what `begin` makes while the first ones are decoded.
    pub fn each<T>(
        self,
        field: &str,
        begin: impl FnOnce() -> cosell::Result<T>,
        read: impl Fn(&mut T, &RawTable<'_>) -> cosell::Result<()>,
    ) -> cosell::Result<T> {
        let within = |error: cosell::Error| error.within(field);
        let mut reader = match self {
            Self::Stream(reader) => reader,
            Self::Whole(mut input) => {
                let mut reader = begin()?;
                read(&mut reader, &input.raw().map_err(within)?)?;
                return Ok(reader);
            }
        };
        let schema = reader.schema();
        // The next rows are decoded while core reads the last ones; two groups of rows are held at most.
        std::thread::scope(|scope| {
            let (give, take) = sync_channel(0);
            scope.spawn(move || {
                loop {
                    let group = next_group(&mut *reader);
                    let last = !matches!(&group, Ok((_, false)));
                    // Where nobody takes it any more, core has failed and says so.
                    if give.send(group).is_err() || last {
                        return;
                    }
                }
            });
            let (mut target, mut first) = (begin()?, true);
            for group in take {
                let (held, ended) = group.map_err(|e| {
                    cosell::Error::new(cosell::Code::MalformedArrow, field, format!("{field}: the stream failed: {e}"))
                })?;
                // A stream without rows still has columns to look at.
                if first || !held.is_empty() {
                    read(&mut target, &raw_table(&schema, &held).map_err(within)?)?;
                }
                first = false;
                if ended {
                    break;
                }
            }
            Ok(target)
        })
    }
}

/// The next batches of a stream, about [`HELD_ROWS`] rows, and whether the stream has ended.
fn next_group(reader: &mut (dyn RecordBatchReader + Send)) -> Result<(Vec<RecordBatch>, bool), ArrowError> {
    let (mut held, mut rows) = (Vec::new(), 0);
    while rows < HELD_ROWS {
        let Some(batch) = reader.next() else { return Ok((held, true)) };
        let batch = batch?;
        rows += batch.num_rows();
        if batch.num_rows() > 0 {
            held.push(batch);
        }
    }
    Ok((held, false))
}

/// A column of the caller.
pub enum Source {
    /// An Arrow array.
    Arrow(ArrayRef),
    /// A column made from Python objects or a numpy array.
    Made(Option<RawColumn<'static>>),
}

impl Input {
    /// Takes hold of a table; `field` is the name of the argument.
    pub fn take(object: &Bound<'_, PyAny>, field: &str) -> PyResult<Self> {
        let py = object.py();
        if let Ok(table) = object.cast::<Table>() {
            let batch = checked(py, record_batch(table.get().inner(), TableForm { decimals: true }))?;
            return Ok(Self::arrow(batch.schema(), vec![batch]));
        }
        if object.is_instance_of::<PyBytes>() || object.is_instance_of::<PyByteArray>() {
            return bytes(object, field);
        }
        if let Ok(rows) = object.cast::<PyList>() {
            return records(py, rows.iter(), rows.len(), field);
        }
        if let Ok(rows) = object.cast::<PyTuple>() {
            return records(py, rows.iter(), rows.len(), field);
        }
        if let Ok(columns) = object.cast::<PyDict>() {
            return of_columns(columns, field);
        }
        let is_series = object.get_type().name()?.to_str()? == "Series";
        if !is_series && (object.hasattr("__arrow_c_stream__")? || object.hasattr("__arrow_c_array__")?) {
            return stream(object, field);
        }
        Err(unreadable(object, field)?)
    }

    fn arrow(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        let pieces = batches.into_iter().flat_map(|batch| {
            let rows = batch.num_rows();
            let starts = (0..rows.max(1)).step_by(CHUNK_ROWS);
            starts.map(move |from| batch.slice(from, CHUNK_ROWS.min(rows - from))).collect::<Vec<_>>()
        });
        Self::Arrow(schema, pieces.collect())
    }

    /// The same columns with NaN as missing, which is what it means in pandas.
    fn without_nans(mut self) -> Self {
        if let Self::Columns(columns) = &mut self {
            let made = columns.iter_mut().filter_map(|(_, source)| match source {
                Source::Made(column) => column.as_mut(),
                Source::Arrow(_) => None,
            });
            for column in made {
                let valid: Option<Vec<bool>> = match &column.values {
                    RawValues::F64(values) => Some(values.iter().map(|v| !v.is_nan()).collect()),
                    RawValues::F32(values) => Some(values.iter().map(|v| !v.is_nan()).collect()),
                    RawValues::Cells(cells) => {
                        Some(cells.iter().map(|c| !matches!(c, Cell::Float(v) if v.is_nan())).collect())
                    }
                    _ => None,
                };
                column.valid = column.valid.take().or(valid.map(Into::into));
            }
        }
        self
    }

    /// How many rows, about: for CSV it is told from the bytes.
    pub fn rows(&self) -> usize {
        match self {
            Self::Arrow(_, batches) => batches.iter().map(RecordBatch::num_rows).sum(),
            Self::Columns(columns) => columns.iter().map(|(_, source)| source.len()).max().unwrap_or(0),
            Self::Cells(table) => table.as_ref().map_or(0, RawTable::rows),
            Self::Bytes(bytes) => bytes.len() / 50,
        }
    }

    /// The columns for core, borrowed where possible; made ones are given away, so this is called once.
    pub fn raw(&mut self) -> cosell::Result<RawTable<'_>> {
        if let Self::Bytes(bytes) = self {
            if !bytes.starts_with(b"ARROW1") && !bytes.starts_with(&[0xFF; 4]) {
                return read_csv(bytes);
            }
            let (schema, batches) = from_ipc(bytes)?;
            *self = Self::arrow(schema, batches);
        }
        match self {
            Self::Arrow(schema, batches) => raw_table(schema, batches),
            Self::Columns(columns) => {
                let columns = columns.iter_mut().map(|(name, source)| source.column(name));
                RawTable::from_columns(columns.collect::<cosell::Result<_>>()?)
            }
            Self::Cells(table) => Ok(table.take().unwrap_or_default()),
            Self::Bytes(_) => Err(cosell::Error::internal("bytes were not read")),
        }
    }
}

impl Source {
    fn len(&self) -> usize {
        match self {
            Self::Arrow(array) => array.len(),
            Self::Made(column) => column.as_ref().map_or(0, RawColumn::len),
        }
    }

    fn column(&mut self, name: &str) -> cosell::Result<RawColumn<'_>> {
        match self {
            Self::Arrow(array) => raw_column(name, &**array).map(|mut column| {
                column.name = name.to_owned().into();
                column
            }),
            Self::Made(column) => column.take().ok_or_else(|| cosell::Error::internal("a column was read twice")),
        }
    }
}

fn bytes(object: &Bound<'_, PyAny>, field: &str) -> PyResult<Input> {
    let bytes: PyBackedBytes = object.extract()?;
    if bytes.starts_with(b"PAR1") {
        let message = format!(
            "{field} is the content of a Parquet file, which cosell does not read; pass a frame, such as \
             pandas.read_parquet(path) or polars.read_parquet(path)"
        );
        return Err(unsupported(object.py(), field, message));
    }
    Ok(Input::Bytes(bytes))
}

/// Why an object is no table.
fn unreadable(object: &Bound<'_, PyAny>, field: &str) -> PyResult<PyErr> {
    let kind = object.get_type().name()?.to_string();
    let advice = if object.is_instance_of::<PyString>() || object.hasattr("__fspath__")? {
        "it is text or a path: read the file first and pass the frame, such as pandas.read_csv(path), or the bytes of a CSV \
         file, open(path, \"rb\").read()"
    } else if kind == "Series" {
        "it is one column: pass the frame that it is of, or make one with .to_frame()"
    } else if kind == "LazyFrame" {
        "a LazyFrame has no rows yet: collect it first, with .collect()"
    } else {
        "expected a frame of pandas, polars, pyarrow, duckdb or any library with the Arrow C stream, a list of dicts, a dict \
         of columns or CSV as bytes"
    };
    Ok(unsupported(object.py(), field, format!("{field} cannot be read as a table: it is of type {kind}; {advice}")))
}

fn is_pandas(object: &Bound<'_, PyAny>) -> PyResult<bool> {
    let module = object.get_type().getattr("__module__")?;
    Ok(module.extract::<String>().is_ok_and(|m| m.starts_with("pandas")) && object.hasattr("columns")?)
}

fn stream(object: &Bound<'_, PyAny>, field: &str) -> PyResult<Input> {
    let py = object.py();
    match object.extract::<AnyRecordBatch>().and_then(|any| any.into_table().map_err(PyErr::from)) {
        Ok(table) => {
            let (batches, schema) = table.into_inner();
            Ok(Input::arrow(schema, batches))
        }
        // pandas needs pyarrow for the stream, which takes no column of mixed types; then its columns are read one by one,
        // and core says which value of which row is wrong.
        Err(error) if is_pandas(object)? && error.is_instance_of::<PyException>(py) => {
            let columns = PyDict::new(py);
            for name in object.getattr("columns")?.try_iter()? {
                let name = name?;
                columns.set_item(&name, object.get_item(&name)?.call_method0("to_numpy")?)?;
            }
            of_columns(&columns, field).map(Input::without_nans)
        }
        Err(error) => Err(foreign(py, field, error)),
    }
}

/// A list of dicts; a key that a dict lacks is null there.
fn records<'py>(
    py: Python<'py>,
    rows: impl Iterator<Item = Bound<'py, PyAny>>,
    count: usize,
    field: &str,
) -> PyResult<Input> {
    let mut index: HashMap<String, usize> = HashMap::new();
    let mut columns: Vec<(String, Vec<Cell>)> = Vec::new();
    for (row, record) in rows.enumerate() {
        if row % PATIENCE == PATIENCE - 1 {
            py.check_signals()?;
        }
        let Ok(record) = record.cast::<PyDict>() else {
            let kind = record.get_type().name()?;
            let message =
                format!("{field}: row {row} is of type {kind}; expected a dict with the column names as keys");
            return Err(raise(py, &Error::new(Code::WrongType, format!("{field}.row {row}"), message)));
        };
        for (name, value) in record.iter() {
            let name = column_name(&name, field)?;
            let known = index.get(name.as_str()).copied();
            let at = known.unwrap_or_else(|| {
                index.insert(name.clone(), columns.len());
                columns.push((name, Vec::with_capacity(count)));
                columns.len() - 1
            });
            let cells = &mut columns[at].1;
            cells.resize(row, Cell::Null);
            cells.push(cell(&value)?);
        }
    }
    let columns = columns.into_iter().map(|(name, mut cells)| {
        cells.resize(count, Cell::Null);
        column(name, cells)
    });
    Ok(Input::Cells(Some(checked(py, RawTable::from_columns(columns.collect()))?)))
}

fn column_name(name: &Bound<'_, PyAny>, field: &str) -> PyResult<String> {
    if let Ok(text) = name.cast::<PyString>() {
        return Ok(text.to_str()?.to_owned());
    }
    let message = format!("{field} has a column named {name}, which is not text: rename it");
    Err(unsupported(name.py(), field, message))
}

/// A dict of columns: lists, numpy arrays, Arrow arrays or series.
fn of_columns(columns: &Bound<'_, PyDict>, field: &str) -> PyResult<Input> {
    let sources = columns.iter().map(|(name, values)| {
        let name = column_name(&name, field)?;
        let source = source(&name, &values, field)?;
        Ok((name, source))
    });
    Ok(Input::Columns(sources.collect::<PyResult<_>>()?))
}

fn source(name: &str, values: &Bound<'_, PyAny>, field: &str) -> PyResult<Source> {
    let py = values.py();
    if let Ok(list) = values.cast::<PyList>() {
        return cells(name, list.iter());
    }
    if let Ok(tuple) = values.cast::<PyTuple>() {
        return cells(name, tuple.iter());
    }
    if values.hasattr("__arrow_c_stream__")? || values.hasattr("__arrow_c_array__")? {
        match values.extract::<AnyArray>().and_then(|any| any.into_chunked_array().map_err(PyErr::from)) {
            Ok(array) => return joined(array.chunks(), array.field().data_type()).map(Source::Arrow),
            // As for frames of pandas: a series of mixed types is read value by value.
            Err(error) if error.is_instance_of::<PyException>(py) && values.hasattr("to_numpy")? => {
                return source(name, &values.call_method0("to_numpy")?, field);
            }
            Err(error) => return Err(foreign(py, &format!("{field}.{name}"), error)),
        }
    }
    if values.hasattr("dtype")? && values.hasattr("tolist")? {
        if let Some(column) = numpy::column(name, values)? {
            return Ok(Source::Made(Some(column)));
        }
        if values.getattr("ndim")?.extract::<usize>()? == 1 {
            return cells(name, values.call_method0("tolist")?.cast::<PyList>()?.iter());
        }
    }
    let kind = values.get_type().name()?;
    let message = format!(
        "column {name:?} of {field} is of type {kind}; expected a list, a one-dimensional array or a series with one value \
         per row"
    );
    Err(unsupported(py, &format!("{field}.{name}"), message))
}

fn cells<'py>(name: &str, values: impl Iterator<Item = Bound<'py, PyAny>>) -> PyResult<Source> {
    let read = |(row, value): (usize, Bound<'py, PyAny>)| {
        if row % PATIENCE == PATIENCE - 1 {
            value.py().check_signals()?;
        }
        cell(&value)
    };
    let cells = values.enumerate().map(read).collect::<PyResult<Vec<Cell>>>()?;
    Ok(Source::Made(Some(column(name.to_owned(), cells))))
}

fn joined(chunks: &[ArrayRef], kind: &arrow_schema::DataType) -> PyResult<ArrayRef> {
    match chunks {
        [] => Ok(arrow_array::new_empty_array(kind)),
        [one] => Ok(Arc::clone(one)),
        several => {
            let parts: Vec<&dyn arrow_array::Array> = several.iter().map(AsRef::as_ref).collect();
            arrow_select::concat::concat(&parts).map_err(|e| pyo3::exceptions::PyValueError::new_err(e.to_string()))
        }
    }
}
