//! Cancelling and progress.
//!
//! A [`Monitor`] is shared between the caller and the workers and holds nothing but atomics: workers report what they
//! have done and look whether to stop; the caller reads the progress and cancels from its own thread. So a callback of a
//! binding runs where its language wants it, and a worker never waits for one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use crate::error::{Error, Result};

/// The stages of long work, in the order in which they usually come.
const STAGES: &[&str] = &[
    "waiting",
    "reading",
    "checking",
    "journeys",
    "attribution",
    "resampling",
    "inferred_influence",
    "review",
    "decide",
    "compare",
    "sensitivity",
    "design",
    "recommend",
    "done",
];

/// A handle on running work; cloning gives another handle on the same work.
#[derive(Debug, Clone, Default)]
pub struct Monitor {
    state: Option<Arc<State>>,
}

#[derive(Debug, Default)]
struct State {
    cancelled: AtomicBool,
    stage: AtomicUsize,
    done: AtomicU64,
    total: AtomicU64,
}

/// How far the work is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// What is being done.
    pub stage: &'static str,
    /// Rows done in this stage.
    pub done: u64,
    /// Rows of this stage.
    pub total: u64,
}

impl Monitor {
    /// A monitor that can cancel and be read.
    pub fn new() -> Self {
        Self { state: Some(Arc::default()) }
    }

    /// A monitor that never cancels and that nobody reads.
    pub fn none() -> Self {
        Self::default()
    }

    /// Asks the work to stop; it ends soon with [`crate::Code::Cancelled`].
    pub fn cancel(&self) {
        if let Some(state) = &self.state {
            state.cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// Whether the work was asked to stop.
    pub fn is_cancelled(&self) -> bool {
        self.state.as_ref().is_some_and(|s| s.cancelled.load(Ordering::Relaxed))
    }

    /// How far the work is.
    pub fn progress(&self) -> Progress {
        let read = |s: &Arc<State>| Progress {
            stage: STAGES[s.stage.load(Ordering::Relaxed).min(STAGES.len() - 1)],
            done: s.done.load(Ordering::Relaxed),
            total: s.total.load(Ordering::Relaxed),
        };
        self.state.as_ref().map_or(Progress { stage: STAGES[0], done: 0, total: 0 }, read)
    }

    /// Fails where the work was asked to stop.
    ///
    /// # Errors
    /// [`crate::Code::Cancelled`].
    pub(crate) fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(Error::cancelled()) } else { Ok(()) }
    }

    /// Starts a stage of `total` rows.
    pub(crate) fn begin(&self, stage: &str, total: usize) -> Result<()> {
        if let Some(state) = &self.state {
            let index = STAGES.iter().position(|s| *s == stage);
            debug_assert!(index.is_some(), "{stage} is none of the stages that callers are told about");
            state.done.store(0, Ordering::Relaxed);
            state.total.store(total as u64, Ordering::Relaxed);
            state.stage.store(index.unwrap_or(0), Ordering::Relaxed);
        }
        self.check()
    }

    /// Counts rows as done and fails where the work was asked to stop.
    pub(crate) fn advance(&self, rows: usize) -> Result<()> {
        if let Some(state) = &self.state {
            state.done.fetch_add(rows as u64, Ordering::Relaxed);
        }
        self.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn a_cancelled_monitor_stops_the_work_and_progress_is_seen() {
        let monitor = Monitor::new();
        let worker = monitor.clone();
        worker.begin("journeys", 10).unwrap();
        worker.advance(4).unwrap();
        assert_eq!(monitor.progress(), Progress { stage: "journeys", done: 4, total: 10 });
        monitor.cancel();
        assert_eq!(worker.advance(1).unwrap_err().code(), Code::Cancelled);
        assert!(Monitor::none().check().is_ok());
    }
}
