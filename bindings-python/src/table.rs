//! `cosell.Table`: a result, which any frame library reads through the Arrow C stream.

use std::fmt::Write as _;
use std::sync::Arc;

use arrow_array::{ArrayRef, StructArray};
use arrow_schema::{ArrowError, Field};
use cosell::money::fixed_to_text;
use cosell::table::{Table as Inner, Unit, ValueRef};
use cosell_arrow::{TableForm, record_batch, schema, table_from_ipc, to_ipc};
use pyo3::exceptions::PyKeyError;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyBytes, PyCapsule, PyDict, PyList, PyString, PyType};
use pyo3_arrow::ffi::{ArrayIterator, to_schema_pycapsule, to_stream_pycapsule};

use crate::error::{checked, decimals, guard};
use crate::value::refuse;

/// Rows of the HTML form.
const SHOWN: usize = 20;

/// A result: named, typed columns in a stated row order.
///
/// Pass it to any library that reads the Arrow C stream (`polars.DataFrame(table)`, `pyarrow.table(table)`,
/// `duckdb.sql("from table")`), or use its own `to_*` methods. Amounts leave as floats of major units, or as
/// exact decimals with `decimals=True`.
///
/// Example:
///     >>> credit.totals.to_pandas()
#[pyclass(frozen, module = "cosell")]
#[derive(Clone)]
pub struct Table {
    inner: Arc<Inner>,
    form: TableForm,
}

impl Table {
    /// A table of core.
    pub fn new(inner: Inner) -> Self {
        Self { inner: Arc::new(inner), form: TableForm { decimals: false } }
    }

    /// A table that core holds on to.
    pub fn shared(inner: Arc<Inner>) -> Self {
        Self { inner, form: TableForm { decimals: false } }
    }

    /// The table of core.
    pub fn inner(&self) -> &Inner {
        &self.inner
    }

    /// The exact bytes of the table.
    pub fn bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let bytes = checked(py, to_ipc(&self.inner, TableForm { decimals: true }))?;
        Ok(PyBytes::new(py, &bytes))
    }

    fn column_or_fail(&self, name: &str) -> PyResult<&cosell::table::ColumnData> {
        self.inner.column(name).ok_or_else(|| {
            PyKeyError::new_err(format!("no column {name:?}; the table has {}", self.inner.column_names().join(", ")))
        })
    }
}

#[pymethods]
impl Table {
    /// The names of the columns, in order.
    #[getter]
    fn column_names(&self) -> Vec<&str> {
        self.inner.column_names()
    }

    /// The Arrow C stream of the table (the Arrow PyCapsule interface).
    ///
    /// Args:
    ///     requested_schema: an Arrow schema capsule to cast to where possible, or None.
    #[pyo3(signature = (requested_schema=None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<Bound<'py, PyCapsule>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        guard(py, || {
            let batch = checked(py, py.detach(|| record_batch(&self.inner, self.form)))?;
            let field = Arc::new(Field::new_struct("", batch.schema_ref().fields().clone(), false));
            let array: ArrayRef = Arc::new(StructArray::from(batch));
            let arrays = std::iter::once(Ok::<_, ArrowError>(array));
            let reader = Box::new(ArrayIterator::new(arrays, field));
            Ok(to_stream_pycapsule(py, reader, requested_schema)?)
        })
    }

    /// The Arrow C schema of the table (the Arrow PyCapsule interface).
    fn __arrow_c_schema__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyCapsule>> {
        guard(py, || {
            let schema = checked(py, schema(&self.inner.head(0), self.form))?;
            Ok(to_schema_pycapsule(py, schema.as_ref())?)
        })
    }

    /// The table as a pandas DataFrame.
    ///
    /// Args:
    ///     decimals: amounts as exact decimals instead of floats.
    ///
    /// Raises:
    ///     ImportError: pandas is not installed.
    ///
    /// Example:
    ///     >>> credit.totals.to_pandas()
    #[pyo3(
        signature = (decimals=false, **unknown),
        text_signature = "($self, decimals=False)",
    )]
    fn to_pandas<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = decimals)] decimals: bool,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        refuse(py, unknown, &["decimals"])?;
        self.hand_to(py, "to_pandas", decimals)
    }

    /// The table as a polars DataFrame.
    ///
    /// Args:
    ///     decimals: amounts as exact decimals instead of floats.
    ///
    /// Raises:
    ///     ImportError: polars is not installed.
    ///
    /// Example:
    ///     >>> credit.totals.to_polars()
    #[pyo3(
        signature = (decimals=false, **unknown),
        text_signature = "($self, decimals=False)",
    )]
    fn to_polars<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = decimals)] decimals: bool,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        refuse(py, unknown, &["decimals"])?;
        self.hand_to(py, "to_polars", decimals)
    }

    /// The table as a pyarrow Table.
    ///
    /// Args:
    ///     decimals: amounts as exact decimals instead of floats.
    ///
    /// Raises:
    ///     ImportError: pyarrow is not installed.
    ///
    /// Example:
    ///     >>> credit.totals.to_pyarrow()
    #[pyo3(
        signature = (decimals=false, **unknown),
        text_signature = "($self, decimals=False)",
    )]
    fn to_pyarrow<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = decimals)] decimals: bool,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        refuse(py, unknown, &["decimals"])?;
        self.hand_to(py, "to_pyarrow", decimals)
    }

    /// The rows as dicts of Python objects.
    ///
    /// Args:
    ///     decimals: amounts as `decimal.Decimal` instead of floats.
    ///
    /// Example:
    ///     >>> credit.totals.to_dicts()[0]["channel"]
    ///     'P-17'
    #[pyo3(
        signature = (decimals=false, **unknown),
        text_signature = "($self, decimals=False)",
    )]
    fn to_dicts<'py>(
        &self,
        py: Python<'py>,
        #[pyo3(from_py_with = decimals)] decimals: bool,
        unknown: Option<&Bound<'py, PyDict>>,
    ) -> PyResult<Bound<'py, PyList>> {
        refuse(py, unknown, &["decimals"])?;
        guard(py, || {
            let columns: Vec<_> = self.inner.columns().iter().map(|c| (PyString::new(py, &c.name), &c.data)).collect();
            let rows = PyList::empty(py);
            for row in 0..self.inner.len() {
                let dict = PyDict::new(py);
                for (name, data) in &columns {
                    dict.set_item(name, object(py, &data.value(row), decimals)?)?;
                }
                rows.append(dict)?;
            }
            Ok(rows)
        })
    }

    /// The table as CSV text with exact amounts.
    ///
    /// Example:
    ///     >>> pathlib.Path("totals.csv").write_text(credit.totals.to_csv())
    fn to_csv(&self, py: Python<'_>) -> String {
        py.detach(|| self.inner.to_csv())
    }

    fn __getitem__<'py>(&self, py: Python<'py>, column: &str) -> PyResult<Bound<'py, PyList>> {
        let data = self.column_or_fail(column)?;
        let list = PyList::empty(py);
        for row in 0..self.inner.len() {
            list.append(object(py, &data.value(row), false)?)?;
        }
        Ok(list)
    }

    fn __len__(&self) -> usize {
        self.inner.len()
    }

    fn __repr__(&self) -> String {
        self.inner.to_string()
    }

    fn _repr_html_(&self) -> String {
        html(&self.inner)
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Bound<'py, PyBytes>,))> {
        let py = slf.py();
        Ok((py.import("cosell._cosell")?.getattr("_table_from_bytes")?, (slf.get().bytes(py)?,)))
    }

    fn __copy__(slf: Bound<'_, Self>) -> Bound<'_, Self> {
        slf
    }

    fn __deepcopy__<'py>(slf: Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        slf
    }
}

impl Table {
    fn hand_to<'py>(&self, py: Python<'py>, function: &str, decimals: bool) -> PyResult<Bound<'py, PyAny>> {
        let view = Self { inner: Arc::clone(&self.inner), form: TableForm { decimals } };
        py.import("cosell._frames")?.getattr(function)?.call1((view,))
    }
}

/// A table from the bytes that pickling wrote.
#[pyfunction]
pub fn _table_from_bytes(py: Python<'_>, data: &[u8]) -> PyResult<Table> {
    checked(py, table_from_ipc(data)).map(Table::new)
}

/// One value as a Python object.
pub fn object<'py>(py: Python<'py>, value: &ValueRef<'_>, decimals: bool) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        ValueRef::Null => py.None().into_bound(py),
        ValueRef::Text(text) => PyString::new(py, text).into_any(),
        ValueRef::Int(number) => match i64::try_from(*number) {
            Ok(number) => number.into_pyobject(py)?.into_any(),
            Err(_) => number.into_pyobject(py)?.into_any(),
        },
        ValueRef::Float(number) => number.into_pyobject(py)?.into_any(),
        ValueRef::Bool(flag) => flag.into_pyobject(py)?.to_owned().into_any(),
        ValueRef::Instant(micros) => instant(py, *micros)?,
        ValueRef::Date(date) => {
            let (year, month, day) = date.ymd();
            class(py, &DATE, "datetime", "date")?.call1((year, month, day))?
        }
        ValueRef::Money(amount, unit) if decimals => {
            let text = fixed_to_text(*amount, unit.digits());
            class(py, &DECIMAL, "decimal", "Decimal")?.call1((text,))?
        }
        ValueRef::Money(amount, Unit::Minor) => amount.into_pyobject(py)?.into_any(),
        ValueRef::Money(..) => value.as_f64().into_pyobject(py)?.into_any(),
    })
}

static DATE: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static DATETIME: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static DECIMAL: PyOnceLock<Py<PyType>> = PyOnceLock::new();
static UTC: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

fn class<'py>(
    py: Python<'py>,
    cell: &'static PyOnceLock<Py<PyType>>,
    module: &str,
    name: &str,
) -> PyResult<&'py Bound<'py, PyType>> {
    cell.import(py, module, name)
}

/// An aware datetime in UTC.
fn instant(py: Python<'_>, micros: i64) -> PyResult<Bound<'_, PyAny>> {
    const DAY: i64 = 86_400_000_000;
    let utc = UTC.get_or_try_init(py, || -> PyResult<_> {
        Ok(py.import("datetime")?.getattr("timezone")?.getattr("utc")?.unbind())
    })?;
    let (year, month, day) = cosell::calendar::Date(micros.div_euclid(DAY) as i32).ymd();
    let (seconds, micro) = (micros.rem_euclid(DAY) / 1_000_000, micros.rem_euclid(1_000_000));
    let time = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    class(py, &DATETIME, "datetime", "datetime")?.call1((year, month, day, time.0, time.1, time.2, micro, utc))
}

/// The first rows as an HTML table; every text is escaped.
pub fn html(table: &Inner) -> String {
    let escape =
        |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let mut page = String::from("<table><thead><tr>");
    for name in table.column_names() {
        let _ = write!(page, "<th>{}</th>", escape(name));
    }
    page.push_str("</tr></thead><tbody>");
    for row in 0..table.len().min(SHOWN) {
        page.push_str("<tr>");
        for column in table.columns() {
            let _ = write!(page, "<td>{}</td>", escape(&column.data.value(row).to_string()));
        }
        page.push_str("</tr>");
    }
    let more = if table.len() > SHOWN { format!(" (the first {SHOWN} shown)") } else { String::new() };
    let _ = write!(page, "</tbody></table><p>{} rows x {} columns{more}</p>", table.len(), table.columns().len());
    page
}
