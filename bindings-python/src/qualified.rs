//! `cosell.Qualified`: what each row of a frame qualifies for.

use std::sync::Arc;

use cosell::tiering::{GapOptions, Program as InnerProgram, Qualified as Inner, QualifyOptions};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyMemoryView};

use crate::input::Input;
use crate::program::Program;
use crate::run::run;
use crate::table::Table;
use crate::value::{Options, PROGRESS, read};

/// What each row of a frame qualifies for today, in the order of the frame.
///
/// Codes and scores are memoryviews, which numpy, pandas and polars take as arrays without a copy: `numpy.asarray(codes)`.
///
/// Example:
///     >>> qualified = program.qualify({"deals": [3, 8]})
///     >>> [qualified.tiers[code] for code in qualified.codes]
///     ['member', 'gold']
#[pyclass(frozen, module = "cosell")]
#[derive(Clone)]
pub struct Qualified {
    inner: Arc<Inner>,
}

/// What the rows of a frame qualify for.
pub fn qualified_of(
    program: &InnerProgram,
    partners: &Bound<'_, PyAny>,
    options: Options,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Qualified> {
    let options = options.document();
    let mut frame = Input::take(partners, "partners")?;
    let inner = run(partners.py(), frame.rows(), progress, |monitor| {
        let options: QualifyOptions = read(&options, &["partners", "progress"])?;
        program.qualify(frame.raw().map_err(|e| e.within("partners"))?, &options, monitor)
    })?;
    Ok(Qualified { inner: Arc::new(inner) })
}

/// Bytes as a read-only array of numbers of that format.
fn array<'py>(py: Python<'py>, bytes: &[u8], format: &str) -> PyResult<Bound<'py, PyAny>> {
    PyMemoryView::from(&PyBytes::new(py, bytes))?.call_method1("cast", (format,))
}

fn small_numbers<'py>(py: Python<'py>, codes: &[i8]) -> PyResult<Bound<'py, PyAny>> {
    let bytes: Vec<u8> = codes.iter().map(|&code| code as u8).collect();
    array(py, &bytes, "b")
}

#[pymethods]
impl Qualified {
    /// The programme.
    #[getter]
    fn program(&self) -> Program {
        Program { inner: self.inner.program().clone() }
    }

    /// The tiers, the lowest first: what `codes` count.
    #[getter]
    fn tiers(&self) -> Vec<&str> {
        self.inner.tier_names()
    }

    /// For each row the number of its tier in `tiers`, as a memoryview of 8-bit integers; -1: it qualifies for none.
    #[getter]
    fn codes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        small_numbers(py, self.inner.codes())
    }

    /// The tracks, in the order of the document: what `track_codes` count; none in a programme without tracks.
    #[getter]
    fn tracks(&self) -> Vec<&str> {
        self.inner.track_names()
    }

    /// For each row the number of its track in `tracks`, as a memoryview of 8-bit integers; -1: no track is for it.
    #[getter]
    fn track_codes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        small_numbers(py, &self.inner.track_codes())
    }

    /// For each row the total of its track's scorecard, as a memoryview of floats; NaN where there is none.
    #[getter]
    fn scores<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let bytes: Vec<u8> = self.inner.scores().into_iter().flat_map(f64::to_ne_bytes).collect();
        array(py, &bytes, "d")
    }

    /// The cut-offs of populations: criterion, track, metric, within, cutoff, population.
    #[getter]
    fn cutoffs(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, 0, None, |_| Ok(self.inner.cutoffs())).map(Table::new)
    }

    /// One row for each row of the frame: partner_id (row, its number, where the frame has no ids), scope, tier, track, score.
    #[getter]
    fn table(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, self.inner.len(), None, |_| Ok(self.inner.table())).map(Table::new)
    }

    /// How many rows qualify for each tier and no higher one: tier (None: for none), rows; the highest tier first.
    #[getter]
    fn counts(&self, py: Python<'_>) -> PyResult<Table> {
        run(py, self.inner.len(), None, |_| Ok(self.inner.counts())).map(Table::new)
    }

    /// What stands between each row and the tiers above the one that it qualifies for.
    ///
    /// Args:
    ///     reach: "next" (the default): the tier above; "every": each of them.
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Returns:
    ///     One row for each criterion that is not as the tier wants it, with the columns of `ProgramReview.gaps`; `row` in
    ///     place of partner_id where the frame has no ids.
    ///
    /// Raises:
    ///     ConfigError: a reach that is not known.
    ///
    /// Example:
    ///     >>> program.qualify(partners).gaps("every").to_pandas()
    #[pyo3(
        signature = (reach=None, *, progress=None, **unknown),
        text_signature = "($self, reach=None, *, progress=None)",
    )]
    fn gaps(
        &self,
        py: Python<'_>,
        reach: Option<&Bound<'_, PyAny>>,
        progress: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Table> {
        let options = Options::new().set("reach", reach)?.unknown(unknown)?.document();
        let found = run(py, self.inner.len(), progress, |_| {
            let options: GapOptions = read(&options, PROGRESS)?;
            self.inner.gaps(options.reach)
        })?;
        Ok(Table::new(found))
    }

    fn __len__(&self) -> usize {
        self.inner.len()
    }

    fn __repr__(&self) -> String {
        let document = self.inner.program().document();
        format!("Qualified({:?}, version {:?}: {} rows)", document.program, document.version, self.inner.len())
    }

    fn _repr_html_(&self, py: Python<'_>) -> PyResult<String> {
        Ok(crate::table::html(self.table(py)?.inner()))
    }

    #[allow(clippy::unused_self)]
    fn __reduce__(&self) -> PyResult<()> {
        let message = "a Qualified does not pickle: it holds every partner's metrics; pickle its Program and its tables \
                       (qualified.table), or qualify again";
        Err(PyTypeError::new_err(message))
    }

    fn __copy__(&self) -> Self {
        self.clone()
    }

    fn __deepcopy__(&self, _memo: &Bound<'_, PyAny>) -> Self {
        self.clone()
    }
}
