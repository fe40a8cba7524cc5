//! How a table is declared: once, by [`table!`], which makes the record struct, the [`crate::table::TableSpec`] and the
//! numbers of the columns. The page `docs/adding-a-table.md` shows the steps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::table::{Cell, RawColumn, RawTable, RawValues, TableSpec};

/// An id in a record: text or a whole number; the ids of one kind of thing are all the same.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Id {
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
}

/// An amount of money in a record, in major units.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Amount {
    /// A number, read by its shortest decimal form.
    Number(f64),
    /// A decimal as text, read exactly.
    Text(String),
}

/// A date or an instant in a record: ISO 8601 text. A date without a time is the whole day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct When(pub String);

impl From<&str> for Id {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<i64> for Id {
    fn from(id: i64) -> Self {
        Self::Int(id)
    }
}

impl From<f64> for Amount {
    fn from(amount: f64) -> Self {
        Self::Number(amount)
    }
}

impl From<&str> for Amount {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&str> for When {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

/// A field of a record as a cell of a column.
pub(crate) trait IntoCell {
    /// The cell.
    fn into_cell(self) -> Cell;
}

impl IntoCell for Id {
    fn into_cell(self) -> Cell {
        match self {
            Self::Int(i) => Cell::Int(i.into()),
            Self::Text(t) => Cell::Text(t),
        }
    }
}

impl IntoCell for Amount {
    fn into_cell(self) -> Cell {
        match self {
            Self::Number(n) => Cell::Float(n),
            Self::Text(t) => Cell::Text(t),
        }
    }
}

impl IntoCell for When {
    fn into_cell(self) -> Cell {
        Cell::Text(self.0)
    }
}

impl IntoCell for String {
    fn into_cell(self) -> Cell {
        Cell::Text(self)
    }
}

impl IntoCell for f64 {
    fn into_cell(self) -> Cell {
        Cell::Float(self)
    }
}

impl IntoCell for bool {
    fn into_cell(self) -> Cell {
        Cell::Bool(self)
    }
}

impl IntoCell for Vec<String> {
    fn into_cell(self) -> Cell {
        Cell::List(self.into_iter().map(Cell::Text).collect())
    }
}

impl<T: IntoCell> IntoCell for Option<T> {
    fn into_cell(self) -> Cell {
        self.map_or(Cell::Null, T::into_cell)
    }
}

/// A record of an input table.
pub trait Record: Sized {
    /// The table's columns.
    const SPEC: &'static TableSpec;

    /// The values of the columns in order, then the attributes.
    fn into_cells(self) -> (Vec<Cell>, BTreeMap<String, Value>);
}

/// A table of records.
pub(crate) fn table_of<R: Record>(records: impl IntoIterator<Item = R>) -> RawTable<'static> {
    let mut columns: Vec<Vec<Cell>> = vec![Vec::new(); R::SPEC.columns.len()];
    let mut attributes: BTreeMap<String, Vec<Cell>> = BTreeMap::new();
    let mut rows = 0;
    for record in records {
        let (cells, extra) = record.into_cells();
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.push(cell);
        }
        for (name, value) in &extra {
            let column = attributes.entry(name.clone()).or_default();
            column.resize(rows, Cell::Null);
            column.push(Cell::from(value));
        }
        rows += 1;
    }
    let present = |cells: &Vec<Cell>, required: bool| required || cells.iter().any(|c| *c != Cell::Null);
    let named = R::SPEC.columns.iter().zip(columns).filter(|(c, cells)| present(cells, c.required));
    let mut raw: Vec<RawColumn<'static>> =
        named.map(|(c, cells)| RawColumn::new(c.name, RawValues::Cells(cells))).collect();
    raw.extend(attributes.into_iter().map(|(name, mut cells)| {
        cells.resize(rows, Cell::Null);
        RawColumn::new(name, RawValues::Cells(cells))
    }));
    RawTable { chunks: vec![crate::table::RawChunk { columns: raw, rows }], untyped: false }
}

/// The name of a field as callers see it: `type`, not `r#type`.
pub(crate) const fn plain_name(name: &'static str) -> &'static str {
    match name.as_bytes() {
        [b'r', b'#', rest @ ..] => match std::str::from_utf8(rest) {
            Ok(plain) => plain,
            Err(_) => name,
        },
        _ => name,
    }
}

/// Declares an input table: its record, its columns and their numbers.
macro_rules! table {
    (
        $(#[doc = $table_doc:literal])*
        $record:ident = $name:literal, key: $key:expr, $(unique: $unique:expr,)? columns: $columns:ident;
        $( $(#[doc = $doc:literal])* $field:ident : $kind:ty = $spec:expr $(, $required:ident)? ; )*
    ) => {
        $(#[doc = $table_doc])*
        #[derive(Debug, Clone, PartialEq, Default, serde::Serialize, serde::Deserialize)]
        #[serde(default)]
        pub struct $record {
            $( $(#[doc = $doc])* pub $field: Option<$kind>, )*
            /// Extra columns, kept as attributes that other capabilities can name.
            #[serde(flatten)]
            pub attributes: std::collections::BTreeMap<String, serde_json::Value>,
        }

        /// The numbers of the columns.
        #[allow(non_camel_case_types, clippy::upper_case_acronyms, dead_code)]
        #[derive(Debug, Clone, Copy)]
        pub(crate) enum $columns { $( $field, )* }

        /// The table's columns.
        pub static SPEC: crate::table::TableSpec = crate::table::TableSpec {
            name: $name,
            doc: concat!($($table_doc, "\n",)*),
            key: $key,
            unique: crate::facts::declare::table!(@unique $($unique)?),
            columns: &[ $( crate::table::ColumnSpec {
                name: crate::facts::declare::plain_name(stringify!($field)),
                kind: $spec,
                required: crate::facts::declare::table!(@required $($required)?),
                doc: concat!($($doc, "\n",)*),
            }, )* ],
        };

        impl crate::facts::declare::Record for $record {
            const SPEC: &'static crate::table::TableSpec = &SPEC;

            fn into_cells(self) -> (Vec<crate::table::Cell>, std::collections::BTreeMap<String, serde_json::Value>) {
                use crate::facts::declare::IntoCell as _;
                (vec![ $( self.$field.into_cell(), )* ], self.attributes)
            }
        }
    };
    (@required required) => { true };
    (@required) => { false };
    (@unique $unique:expr) => { &$unique };
    (@unique) => { &[] };
}
pub(crate) use table;
