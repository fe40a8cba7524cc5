//! The ecosystem: tables in, checked snapshot out.

use cosell::document::{MAX_DEPTH, from_text};
use cosell::facts::{Ecosystem, EcosystemOptions, TABLES};
use cosell::money::Currency;
use cosell_arrow::{ecosystem_from_bytes, ecosystem_to_bytes};
use napi::bindgen_prelude::{AsyncTask, Uint8Array};
use napi_derive::napi;

use crate::errors::guard;
use crate::input::{Held, Loaded, Source};
use crate::output::NativeTable;
use crate::work::{Job, Monitor, start};

/// The names of the input tables.
#[napi]
pub fn table_names() -> Vec<&'static str> {
    TABLES.iter().map(|t| t.name).collect()
}

/// The deepest nesting of a document.
#[napi]
pub fn max_depth() -> u32 {
    MAX_DEPTH as u32
}

/// Collects tables.
#[napi]
#[derive(Debug, Default)]
pub struct EcosystemBuilder {
    tables: Vec<(String, Held)>,
}

#[napi]
impl EcosystemBuilder {
    /// No tables yet.
    #[napi(constructor)]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a table.
    #[napi]
    pub fn add(&mut self, name: String, source: &mut Source) {
        self.tables.push((name, source.take()));
    }

    /// Checks everything off the event loop.
    #[napi]
    pub fn build(&mut self, options: String, monitor: &Monitor) -> AsyncTask<Job<NativeEcosystem>> {
        let (tables, monitor) = (std::mem::take(&mut self.tables), monitor.inner.clone());
        start(move || build(tables, &options, &monitor))
    }

    /// Checks everything at once.
    #[napi]
    pub fn build_sync(&mut self, options: String) -> napi::Result<NativeEcosystem> {
        let tables = std::mem::take(&mut self.tables);
        guard(|| build(tables, &options, &cosell::engine::monitor::Monitor::none()))
    }
}

/// An ecosystem from the bytes that [`NativeEcosystem::to_bytes`] gave, read off the event loop.
#[napi]
pub fn ecosystem_of_bytes(bytes: Uint8Array, monitor: &Monitor) -> AsyncTask<Job<NativeEcosystem>> {
    let (bytes, monitor) = (bytes.to_vec(), monitor.inner.clone());
    start(move || Ok(NativeEcosystem { inner: ecosystem_from_bytes(&bytes, &monitor)?, bytes: bytes.len() }))
}

fn build(
    tables: Vec<(String, Held)>,
    options: &str,
    monitor: &cosell::engine::monitor::Monitor,
) -> cosell::Result<NativeEcosystem> {
    let options: EcosystemOptions = from_text(options)?;
    let bytes = tables.iter().map(|(_, held)| held.bytes()).sum();
    let load = |(name, held): (String, Held)| Ok((name, held.load()?));
    let mut loaded: Vec<(String, Loaded)> = tables.into_iter().map(load).collect::<cosell::Result<_>>()?;
    let mut builder = Ecosystem::builder().options(options).monitor(monitor);
    for (name, loaded) in &mut loaded {
        builder = builder.table(name, loaded.table().map_err(|e| e.within(name))?);
    }
    Ok(NativeEcosystem { inner: builder.build()?, bytes })
}

/// A checked set of tables.
#[napi]
#[derive(Debug, Clone)]
pub struct NativeEcosystem {
    pub(crate) inner: Ecosystem,
    bytes: usize,
}

#[napi]
impl NativeEcosystem {
    /// About how many bytes it holds: as many as it was read from.
    #[napi(getter)]
    pub fn bytes(&self) -> f64 {
        self.bytes as f64
    }

    /// What it is, in a line.
    #[napi]
    pub fn to_text(&self) -> String {
        self.inner.to_string()
    }

    /// The names of the tables that were given.
    #[napi]
    pub fn table_names(&self) -> Vec<&'static str> {
        self.inner.table_names()
    }

    /// A table as it was read.
    #[napi]
    pub fn table(&self, name: String) -> napi::Result<NativeTable> {
        guard(|| self.inner.table(&name).map(NativeTable::from))
    }

    /// The rows that could not be used.
    #[napi]
    pub fn rejected(&self) -> NativeTable {
        self.inner.rejected().into()
    }

    /// What is implausible but usable.
    #[napi]
    pub fn findings(&self) -> NativeTable {
        self.inner.findings().into()
    }

    /// The currency that results are in.
    #[napi(getter)]
    pub fn currency(&self) -> Option<&'static str> {
        self.inner.currency().map(Currency::code)
    }

    /// The ecosystem as bytes.
    #[napi]
    pub fn to_bytes(&self) -> napi::Result<Uint8Array> {
        guard(|| ecosystem_to_bytes(&self.inner)).map(Uint8Array::from)
    }

    /// The options with every default, as JSON.
    #[napi]
    pub fn options(&self) -> napi::Result<String> {
        guard(|| serde_json::to_string(self.inner.options()).map_err(cosell::Error::internal))
    }
}
