//! Arrow record batches to and from cosell's columns.
//!
//! Input is borrowed: [`raw_table`] looks at the buffers of record batches, copies only what has to change its form
//! (bitmaps, narrow integers, decimals), and checks what it borrows, so that data from another language cannot break
//! the reader. Output is one record batch per [`cosell::table::Table`], with amounts as floats of major units or as
//! exact decimals. Both bindings and Rust programs that hold DataFusion or polars data come through here; Arrow types
//! appear nowhere else.
//!
//! ```
//! use std::sync::Arc;
//! use arrow_array::{Int64Array, RecordBatch, StringArray};
//! let batch = RecordBatch::try_from_iter([
//!     ("opportunity_id", Arc::new(StringArray::from(vec!["O-1", "O-2"])) as _),
//!     ("amount_minor", Arc::new(Int64Array::from(vec![Some(1250), None])) as _),
//! ])?;
//! let chunk = cosell_arrow::raw_chunk(&batch)?;
//! assert_eq!((chunk.rows, chunk.columns.len()), (2, 2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]

mod ipc;
mod read;
mod restore;
mod state;
mod text;
mod write;

pub use ipc::{from_ipc, table_from_ipc, to_ipc};
pub use read::{raw_chunk, raw_column, raw_table};
pub use state::{ecosystem_from_bytes, ecosystem_to_bytes};
pub use write::{TableForm, record_batch, schema};
