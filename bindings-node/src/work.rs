//! Long work: off the event loop, watched and cancelled from it.
//!
//! A [`Job`] runs on libuv's thread pool and resolves a promise. The monitor is an object of its own that JavaScript
//! polls on a timer and cancels on an `AbortSignal`: so no callback ever runs anywhere but on the event loop.

use napi::bindgen_prelude::{AsyncTask, ToNapiValue, TypeName};
use napi::{Env, Task};
use napi_derive::napi;

use crate::errors::{guard, to_js};

/// A handle on running work.
#[napi]
#[derive(Default)]
pub struct Monitor {
    pub(crate) inner: cosell::engine::monitor::Monitor,
}

#[napi]
impl Monitor {
    /// A monitor for one piece of work.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self { inner: cosell::engine::monitor::Monitor::new() }
    }

    /// Asks the work to stop.
    #[napi]
    pub fn cancel(&self) {
        self.inner.cancel();
    }

    /// Whether the work was asked to stop.
    #[napi(getter)]
    pub fn cancelled(&self) -> bool {
        self.inner.is_cancelled()
    }

    /// The name of the stage.
    #[napi(getter)]
    pub fn stage(&self) -> &'static str {
        self.inner.progress().stage
    }

    /// Rows done in the stage.
    #[napi(getter)]
    pub fn done(&self) -> f64 {
        self.inner.progress().done as f64
    }

    /// Rows of the stage.
    #[napi(getter)]
    pub fn total(&self) -> f64 {
        self.inner.progress().total as f64
    }
}

type Work<T> = Box<dyn FnOnce() -> cosell::Result<T> + Send>;

/// Work that makes an object of this package.
pub struct Job<T> {
    work: Option<Work<T>>,
}

impl<T: Send + ToNapiValue + TypeName + 'static> Task for Job<T> {
    type Output = T;
    type JsValue = T;

    fn compute(&mut self) -> napi::Result<T> {
        let work = self.work.take().ok_or_else(|| to_js(&cosell::Error::internal("a job ran twice")))?;
        guard(work)
    }

    fn resolve(&mut self, _: Env, output: T) -> napi::Result<T> {
        Ok(output)
    }
}

/// Starts work off the event loop.
pub(crate) fn start<T>(work: impl FnOnce() -> cosell::Result<T> + Send + 'static) -> AsyncTask<Job<T>>
where
    T: Send + ToNapiValue + TypeName + 'static,
{
    AsyncTask::new(Job { work: Some(Box::new(work)) })
}

/// Tells the garbage collector of memory that it cannot see but frees: bytes that an object holds, or, negative, held.
#[napi]
pub fn adjust_memory(env: Env, bytes: f64) -> napi::Result<()> {
    env.adjust_external_memory(bytes as i64).map(|_| ())
}
