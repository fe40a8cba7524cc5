//! `cosell.AttributionState`: attribution of journeys that come in parts.
//!
//! The state changes in place, so it stands behind a lock that is only ever taken off the GIL. What shares it (a copy, a
//! credit) holds the same memory until one of them changes.

use std::sync::{Arc, Mutex, MutexGuard};

use cosell::Error;
use cosell::attribution::{AttributionState as Inner, Model, StateOptions};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};

use crate::credit::Credit;
use crate::error::{caught, checked, instance, raise};
use crate::journeys::{Journeys, read_model};
use crate::run::{LARGE, run};
use crate::value::{Options, PROGRESS, read, refuse, to_python};

/// The keyword beside the options of the model.
const KEEP_PATHS: &[&str] = &["keep_paths"];

/// Attribution of journeys that come in parts: one after the other, or on different machines.
///
/// Each part holds whole journeys. States can be merged in any order, to the same bytes. The finished credit has no ledger.
///
/// Args:
///     model: the name of a model, or a document.
///     keep_paths: keep the distinct paths of a rule too, so that its credit can have intervals; models that learn always do.
///     options: the options of the model, where it is given by name.
///
/// Raises:
///     ConfigError: there is no such model, an option is wrong, or the model looks at more than paths.
///
/// Example:
///     >>> state = cosell.AttributionState("markov", order=2)
///     >>> for part in parts:
///     ...     state.update(cosell.Journeys.from_paths(part))
///     >>> state.finish().totals.to_pandas()
#[pyclass(frozen, module = "cosell")]
pub struct AttributionState {
    model: Model,
    keeps_paths: bool,
    state: Mutex<Arc<Inner>>,
}

impl AttributionState {
    fn new(state: Arc<Inner>) -> Self {
        Self { model: state.model().clone(), keeps_paths: state.keeps_paths(), state: Mutex::new(state) }
    }

    /// The state; a panic while it changed has left it unusable.
    fn lock(&self) -> cosell::Result<MutexGuard<'_, Arc<Inner>>> {
        self.state.lock().map_err(|_| Error::internal("a fault while this state changed has left it unusable"))
    }

    fn shared(&self, py: Python<'_>) -> PyResult<Arc<Inner>> {
        checked(py, py.detach(|| self.lock().map(|state| Arc::clone(&state))))
    }

    /// Changes the state off the GIL.
    fn change(&self, py: Python<'_>, work: impl FnOnce(&mut Inner) -> cosell::Result<()> + Send) -> PyResult<()> {
        checked(py, py.detach(|| caught(|| work(Arc::make_mut(&mut *self.lock()?)))))
    }
}

#[pymethods]
impl AttributionState {
    #[new]
    #[pyo3(signature = (model, *, keep_paths=None, **options))]
    fn create(
        py: Python<'_>,
        model: &Bound<'_, PyAny>,
        keep_paths: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let (model, keep_paths) = (read_model(model, options, KEEP_PATHS)?, wanted(py, keep_paths)?);
        checked(py, Inner::new(model, keep_paths)).map(|state| Self::new(Arc::new(state)))
    }

    /// The state from its bytes; model and keep_paths must be those that it was made with.
    ///
    /// Args:
    ///     data: what `to_bytes` gave.
    ///     model: the name of a model, or a document.
    ///     keep_paths: as it was made.
    ///     options: the options of the model, where it is given by name.
    ///
    /// Raises:
    ///     DataError: the bytes are cut short or altered.
    ///     ConfigError: they were made with another model, other options or another version.
    ///
    /// Example:
    ///     >>> cosell.AttributionState.from_bytes(path.read_bytes(), "markov", order=2)
    #[staticmethod]
    #[pyo3(signature = (data, model, *, keep_paths=None, **options))]
    fn from_bytes(
        py: Python<'_>,
        data: &Bound<'_, PyAny>,
        model: &Bound<'_, PyAny>,
        keep_paths: Option<&Bound<'_, PyAny>>,
        options: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let data = instance::<PyBytes>(data, "data", "bytes, as to_bytes gives them")?;
        let (model, keep_paths) = (read_model(model, options, KEEP_PATHS)?, wanted(py, keep_paths)?);
        restored(py, data.as_bytes(), model, keep_paths)
    }

    /// The state in bytes, the same in whatever order the journeys came.
    fn to_bytes<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let state = self.shared(py)?;
        Ok(PyBytes::new(py, &py.detach(|| state.to_bytes())))
    }

    /// Reads whole journeys.
    ///
    /// Raises:
    ///     ConfigError: values in another currency than before; the state is then as before.
    ///     DataError: journeys without the times that the model needs; the state is then as before.
    ///
    /// Example:
    ///     >>> state.update(eco.journeys())
    #[pyo3(signature = (journeys, **unknown), text_signature = "($self, journeys)")]
    fn update(&self, py: Python<'_>, journeys: &Bound<'_, PyAny>, unknown: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        refuse(py, unknown, &["journeys"])?;
        let journeys = &instance::<Journeys>(journeys, "journeys", "Journeys")?.get().inner;
        self.change(py, |state| state.update(journeys))
    }

    /// Takes over what another state has read; the other one stays as it is.
    ///
    /// Raises:
    ///     ConfigError: the other one has another model, other options or another currency, or is this very state; the state
    ///         is then as before.
    ///
    /// Example:
    ///     >>> state.merge(other)
    #[pyo3(signature = (other, **unknown), text_signature = "($self, other)")]
    fn merge(slf: &Bound<'_, Self>, other: &Bound<'_, PyAny>, unknown: Option<&Bound<'_, PyDict>>) -> PyResult<()> {
        let py = slf.py();
        refuse(py, unknown, &["other"])?;
        let other = instance::<AttributionState>(other, "other", "an AttributionState")?;
        if slf.is(other) {
            return Err(raise(py, &Inner::merged_with_itself()));
        }
        // Taken before the own lock: two states may be merged into each other at once.
        let other = other.get().shared(py)?;
        slf.get().change(py, |state| state.merge(Inner::clone(&other)))
    }

    /// The credit of everything that was read; more can be read afterwards.
    ///
    /// Args:
    ///     progress: called with a Progress now and then; what it raises cancels.
    ///
    /// Example:
    ///     >>> state.finish().totals.to_pandas()
    #[pyo3(signature = (*, progress=None, **unknown), text_signature = "($self, *, progress=None)")]
    fn finish(
        &self,
        py: Python<'_>,
        progress: Option<&Bound<'_, PyAny>>,
        unknown: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Credit> {
        refuse(py, unknown, PROGRESS)?;
        let state = self.shared(py)?;
        finish(py, state, progress)
    }

    /// The model as a document, with every default filled in.
    #[getter]
    fn model<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        to_python(py, &self.model.document())
    }

    /// Whether the distinct paths are kept.
    #[getter]
    fn keeps_paths(&self) -> bool {
        self.keeps_paths
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        Ok(self.shared(py)?.to_string())
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, Parts<'py>)> {
        let (py, this) = (slf.py(), slf.get());
        let rebuild = py.import("cosell._cosell")?.getattr("_state_from_bytes")?;
        Ok((rebuild, parts(py, &*this.shared(py)?)))
    }

    fn __copy__(&self, py: Python<'_>) -> PyResult<Self> {
        self.shared(py).map(Self::new)
    }

    fn __deepcopy__(&self, py: Python<'_>, _memo: &Bound<'_, PyAny>) -> PyResult<Self> {
        self.__copy__(py)
    }
}

fn wanted(py: Python<'_>, keep_paths: Option<&Bound<'_, PyAny>>) -> PyResult<bool> {
    let options = Options::new().set("keep_paths", keep_paths)?.document();
    checked(py, read::<StateOptions>(&options, &[])).map(|options| options.keep_paths)
}

fn restored(py: Python<'_>, data: &[u8], model: Model, keep_paths: bool) -> PyResult<AttributionState> {
    let state = checked(py, py.detach(|| caught(|| Inner::from_bytes(model, keep_paths, data))))?;
    Ok(AttributionState::new(Arc::new(state)))
}

fn finish(py: Python<'_>, state: Arc<Inner>, progress: Option<&Bound<'_, PyAny>>) -> PyResult<Credit> {
    let inner = run(py, LARGE, progress, |monitor| state.finish(monitor))?;
    Ok(Credit::of_state(inner, state))
}

/// What pickling writes: the bytes, the model, whether paths are kept.
pub type Parts<'py> = (Bound<'py, PyBytes>, String, bool);

/// A state as pickling writes it.
pub fn parts<'py>(py: Python<'py>, state: &Inner) -> Parts<'py> {
    let bytes = py.detach(|| state.to_bytes());
    (PyBytes::new(py, &bytes), state.model().document().to_string(), state.keeps_paths())
}

/// A state from what pickling wrote.
#[pyfunction]
pub fn _state_from_bytes(py: Python<'_>, data: &[u8], model: &str, keep_paths: bool) -> PyResult<AttributionState> {
    unpickled(py, data, model, keep_paths)
}

fn unpickled(py: Python<'_>, data: &[u8], model: &str, keep_paths: bool) -> PyResult<AttributionState> {
    let model = checked(py, cosell::document::value_from_text(model).and_then(|model| Model::from_value(&model)))?;
    restored(py, data, model, keep_paths)
}

/// Credit of a state, from what pickling wrote: it is finished again, to the same bits.
#[pyfunction]
pub fn _credit_from_state(py: Python<'_>, data: &[u8], model: &str, keep_paths: bool) -> PyResult<Credit> {
    let state = unpickled(py, data, model, keep_paths)?;
    finish(py, state.shared(py)?, None)
}
