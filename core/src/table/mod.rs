//! Columns: as they come in ([`RawTable`]), as small numbers ([`Interner`]) and as results ([`Table`]).

pub(crate) mod amount;
pub(crate) mod csv;
pub(crate) mod intern;
pub(crate) mod raw;
pub(crate) mod result;
pub(crate) mod spec;
pub(crate) mod state;

pub use csv::read_csv;
pub use intern::{Interner, Key, KeyKind, NULL};
pub use raw::{Cell, CellRef, ListRef, Offsets, RawChunk, RawColumn, RawTable, RawValues};
pub use result::{Column, ColumnData, Table, Unit, ValueRef};
pub use spec::{ColumnKind, ColumnSpec, Edge, KeySpace, TableSpec};
