//! What each row of a frame qualifies for, judged off the event loop.

use std::sync::Arc;

use cosell::document::from_text;
use cosell::tiering::{GapOptions, Qualified, QualifyOptions};
use napi::bindgen_prelude::{AsyncTask, Float64Array, Int8Array};
use napi_derive::napi;

use crate::errors::guard;
use crate::input::Source;
use crate::output::NativeTable;
use crate::program::NativeProgram;
use crate::work::{Job, Monitor, start};

/// What each row of a frame qualifies for.
#[napi]
#[derive(Debug, Clone)]
pub struct NativeQualified {
    inner: Arc<Qualified>,
}

#[napi]
impl NativeProgram {
    /// What the rows of a frame qualify for.
    #[napi]
    pub fn qualify(
        &self,
        partners: &mut Source,
        options: String,
        monitor: &Monitor,
    ) -> AsyncTask<Job<NativeQualified>> {
        let (program, held, monitor) = (self.inner.clone(), partners.take(), monitor.inner.clone());
        start(move || {
            let options: QualifyOptions = from_text(&options)?;
            let mut loaded = held.load()?;
            let frame = loaded.table().map_err(|e| e.within("partners"))?;
            Ok(NativeQualified { inner: Arc::new(program.qualify(frame, &options, &monitor)?) })
        })
    }
}

#[napi]
impl NativeQualified {
    /// The programme.
    #[napi]
    pub fn program(&self) -> NativeProgram {
        NativeProgram { inner: self.inner.program().clone() }
    }

    /// How many rows.
    #[napi(getter)]
    pub fn length(&self) -> f64 {
        self.inner.len() as f64
    }

    /// About how many bytes it holds.
    #[napi(getter)]
    pub fn bytes(&self) -> f64 {
        self.inner.bytes() as f64
    }

    /// The tiers, the lowest first.
    #[napi]
    pub fn tiers(&self) -> Vec<String> {
        self.inner.tier_names().into_iter().map(str::to_owned).collect()
    }

    /// The tracks, in the order of the document.
    #[napi]
    pub fn tracks(&self) -> Vec<String> {
        self.inner.track_names().into_iter().map(str::to_owned).collect()
    }

    /// The number of each row's tier, or of its track; -1: none.
    #[napi]
    pub fn codes(&self, of_tracks: bool) -> Int8Array {
        if of_tracks { self.inner.track_codes().into() } else { self.inner.codes().to_vec().into() }
    }

    /// The total of each row's scorecard; NaN: none.
    #[napi]
    pub fn scores(&self) -> Float64Array {
        self.inner.scores().into()
    }

    /// A table that needs no options.
    #[napi]
    pub fn table(&self, name: String) -> napi::Result<NativeTable> {
        let qualified = &self.inner;
        guard(|| {
            Ok(match name.as_str() {
                "counts" => qualified.counts(),
                "cutoffs" => qualified.cutoffs(),
                _ => qualified.table(),
            })
        })
        .map(NativeTable::from)
    }

    /// What stands between the rows and the tiers above.
    #[napi]
    pub fn gaps(&self, options: String) -> AsyncTask<Job<NativeTable>> {
        let qualified = self.inner.clone();
        start(move || qualified.gaps(from_text::<GapOptions>(&options)?.reach).map(NativeTable::from))
    }
}
