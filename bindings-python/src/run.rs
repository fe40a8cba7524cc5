//! How work runs: off the GIL, with Ctrl-C and progress served from the thread that called.
//!
//! Small work runs inline. Large work runs on a scoped thread while the caller's thread looks every 50 ms for signals and
//! calls the progress callback; what either raises cancels the work and is raised in its place. Workers never take the
//! GIL, so they cannot deadlock with it.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use cosell::engine::monitor::Monitor;
use pyo3::prelude::*;

use crate::error::{caught, checked};

/// How often signals are looked for.
const POLL: Duration = Duration::from_millis(50);
/// Work on fewer rows than this runs inline: starting a thread costs as much as some thousand rows.
const SMALL: usize = 2_000;
/// The rows of work that is never small.
pub const LARGE: usize = usize::MAX;

/// How far a running call is: what a `progress` callback is given.
///
/// Example:
///     >>> eco.journeys(progress=lambda p: print(p.stage, p.done, p.total))
#[pyclass(frozen, get_all, module = "cosell")]
pub struct Progress {
    /// What is being done, such as "reading" or "attribution".
    stage: &'static str,
    /// Rows done in this stage.
    done: u64,
    /// Rows of this stage.
    total: u64,
}

#[pymethods]
impl Progress {
    fn __repr__(&self) -> String {
        format!("Progress(stage={:?}, done={}, total={})", self.stage, self.done, self.total)
    }
}

/// Runs `job` on `rows` rows; `progress` is called with a [`Progress`].
pub fn run<T: Send>(
    py: Python<'_>,
    rows: usize,
    progress: Option<&Bound<'_, PyAny>>,
    job: impl FnOnce(&Monitor) -> cosell::Result<T> + Send,
) -> PyResult<T> {
    if rows < SMALL && progress.is_none() {
        let result = py.detach(|| caught(|| job(&Monitor::none())));
        return checked(py, result);
    }
    let monitor = Monitor::new();
    let callback = progress.map(|p| p.clone().unbind());
    let (result, interrupt) = py.detach(|| watched(&monitor, callback.as_ref(), job));
    match interrupt {
        Some(error) => Err(error),
        None => checked(py, result),
    }
}

fn watched<T: Send>(
    monitor: &Monitor,
    callback: Option<&Py<PyAny>>,
    job: impl FnOnce(&Monitor) -> cosell::Result<T> + Send,
) -> (cosell::Result<T>, Option<PyErr>) {
    std::thread::scope(|scope| {
        let (done, finished) = channel();
        let worker = monitor.clone();
        scope.spawn(move || {
            // The receiver outlives the worker, so sending cannot fail.
            let _ = done.send(caught(|| job(&worker)));
        });
        let mut interrupt: Option<PyErr> = None;
        loop {
            let arrived = match finished.recv_timeout(POLL) {
                Ok(result) => Some(result),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => Some(Err(cosell::Error::internal("the worker ended early"))),
            };
            if interrupt.is_none() {
                interrupt = Python::attach(|py| poll(py, monitor, callback)).err();
                if interrupt.is_some() {
                    monitor.cancel();
                }
            }
            if let Some(result) = arrived {
                return (result, interrupt);
            }
        }
    })
}

/// Looks for signals and reports progress; fails with what either raises.
fn poll(py: Python<'_>, monitor: &Monitor, callback: Option<&Py<PyAny>>) -> PyResult<()> {
    py.check_signals()?;
    if let Some(callback) = callback {
        let at = monitor.progress();
        callback.call1(py, (Progress { stage: at.stage, done: at.done, total: at.total },))?;
    }
    Ok(())
}
