//! Checked tables: struct-of-arrays chunks behind `Arc`s.
//!
//! Ids are codes of a key space, instants `i64` microseconds, closed lists `u8`, texts and open lists codes of the
//! column's own dictionary. A missing value is a sentinel, so that kernels read plain slices; a column that was not given
//! is not stored.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::money::{Currency, PLAIN_DIGITS};
use crate::table::result::column;
use crate::table::{ColumnData, ColumnKind, Interner, Key, KeySpace, NULL, Table, TableSpec, Unit};

/// A missing instant or amount.
pub(crate) const NULL_WIDE: i64 = i64::MIN;
/// A missing date.
pub(crate) const NULL_DATE: i32 = i32::MIN;
/// A missing member of a closed list, currency or flag.
pub(crate) const NULL_SMALL: u8 = u8::MAX;

/// The values of a column of a chunk.
#[derive(Debug, Clone)]
pub(crate) enum Values {
    /// Codes of a key space or dictionary; [`NULL`] is missing.
    Codes(Vec<u32>),
    /// Members of a closed list, currencies, flags; [`NULL_SMALL`] is missing.
    Small(Vec<u8>),
    /// Instants and minor units; [`NULL_WIDE`] is missing.
    Wide(Vec<i64>),
    /// Dates; [`NULL_DATE`] is missing.
    Days(Vec<i32>),
    /// Numbers; NaN is missing.
    Number(Vec<f64>),
}

impl Values {
    /// Keeps the rows that are marked.
    pub(crate) fn retain(&mut self, keep: &[bool]) {
        fn filter<T: Copy>(values: &mut Vec<T>, keep: &[bool]) {
            let mut row = 0;
            values.retain(|_| {
                row += 1;
                keep[row - 1]
            });
        }
        match self {
            Self::Codes(v) => filter(v, keep),
            Self::Small(v) => filter(v, keep),
            Self::Wide(v) => filter(v, keep),
            Self::Days(v) => filter(v, keep),
            Self::Number(v) => filter(v, keep),
        }
    }

    fn append(&mut self, other: &Self) {
        match (self, other) {
            (Self::Codes(a), Self::Codes(b)) => a.extend(b),
            (Self::Small(a), Self::Small(b)) => a.extend(b),
            (Self::Wide(a), Self::Wide(b)) => a.extend(b),
            (Self::Days(a), Self::Days(b)) => a.extend(b),
            (Self::Number(a), Self::Number(b)) => a.extend(b),
            _ => debug_assert!(false, "one column has one kind"),
        }
    }

    fn missing(&self, rows: usize) -> Self {
        match self {
            Self::Codes(_) => Self::Codes(vec![NULL; rows]),
            Self::Small(_) => Self::Small(vec![NULL_SMALL; rows]),
            Self::Wide(_) => Self::Wide(vec![NULL_WIDE; rows]),
            Self::Days(_) => Self::Days(vec![NULL_DATE; rows]),
            Self::Number(_) => Self::Number(vec![f64::NAN; rows]),
        }
    }
}

/// Rows of a table.
#[derive(Debug, Clone, Default)]
pub(crate) struct Chunk {
    pub(crate) rows: usize,
    /// The columns of the spec, then the attributes.
    pub(crate) columns: Vec<Option<Values>>,
    /// Where each row stood in the input.
    pub(crate) source: Vec<u32>,
}

impl Chunk {
    pub(crate) fn codes(&self, column: usize) -> Option<&[u32]> {
        match self.columns.get(column)?.as_ref()? {
            Values::Codes(v) => Some(v),
            _ => None,
        }
    }

    pub(crate) fn wide(&self, column: usize) -> Option<&[i64]> {
        match self.columns.get(column)?.as_ref()? {
            Values::Wide(v) => Some(v),
            _ => None,
        }
    }

    pub(crate) fn small(&self, column: usize) -> Option<&[u8]> {
        match self.columns.get(column)?.as_ref()? {
            Values::Small(v) => Some(v),
            _ => None,
        }
    }

    pub(crate) fn days(&self, column: usize) -> Option<&[i32]> {
        match self.columns.get(column)?.as_ref()? {
            Values::Days(v) => Some(v),
            _ => None,
        }
    }

    /// The code of a row, [`NULL`] where there is no column.
    pub(crate) fn code(&self, column: usize, row: usize) -> u32 {
        self.codes(column).map_or(NULL, |v| v[row])
    }

    /// The instant or amount of a row.
    pub(crate) fn instant(&self, column: usize, row: usize) -> Option<i64> {
        self.wide(column).map(|v| v[row]).filter(|&v| v != NULL_WIDE)
    }

    /// The member of a closed list, or flag.
    pub(crate) fn member(&self, column: usize, row: usize) -> Option<u8> {
        self.small(column).map(|v| v[row]).filter(|&v| v != NULL_SMALL)
    }

    /// The date of a row.
    pub(crate) fn date(&self, column: usize, row: usize) -> Option<i32> {
        self.days(column).map(|v| v[row]).filter(|&v| v != NULL_DATE)
    }

    /// The number of a row.
    pub(crate) fn number(&self, column: usize, row: usize) -> Option<f64> {
        match self.columns.get(column)?.as_ref()? {
            Values::Number(v) => Some(v[row]).filter(|v| !v.is_nan()),
            _ => None,
        }
    }

    /// Keeps the rows that are marked.
    pub(crate) fn retain(&mut self, keep: &[bool]) {
        for values in self.columns.iter_mut().flatten() {
            values.retain(keep);
        }
        let mut row = 0;
        self.source.retain(|_| {
            row += 1;
            keep[row - 1]
        });
        self.rows = self.source.len();
    }
}

/// What an attribute (an extra column) holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AttributeKind {
    Text,
    Number,
    Flag,
    Instant,
}

/// An extra column.
#[derive(Debug, Clone)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) kind: AttributeKind,
}

/// A checked table.
#[derive(Debug, Clone)]
pub(crate) struct Stored {
    pub(crate) spec: &'static TableSpec,
    pub(crate) chunks: Vec<Arc<Chunk>>,
    /// Dictionaries of text and open-list columns, by column; attributes follow the columns of the spec.
    pub(crate) dictionaries: Vec<Arc<Interner>>,
    pub(crate) attributes: Vec<Attribute>,
}

impl Stored {
    pub(crate) fn rows(&self) -> usize {
        self.chunks.iter().map(|c| c.rows).sum()
    }

    /// The chunks joined to one.
    pub(crate) fn join(&mut self) {
        if self.chunks.len() == 1 {
            return;
        }
        let width = self.spec.columns.len() + self.attributes.len();
        let mut joined = Chunk { rows: 0, columns: vec![None; width], source: Vec::new() };
        for chunk in &self.chunks {
            for (index, target) in joined.columns.iter_mut().enumerate() {
                match (target.as_mut(), chunk.columns.get(index).and_then(Option::as_ref)) {
                    (Some(values), Some(more)) => values.append(more),
                    (Some(values), None) => values.append(&values.missing(chunk.rows)),
                    (None, Some(more)) => {
                        let mut values = more.missing(joined.rows);
                        values.append(more);
                        *target = Some(values);
                    }
                    (None, None) => {}
                }
            }
            joined.source.extend(&chunk.source);
            joined.rows += chunk.rows;
        }
        self.chunks = vec![Arc::new(joined)];
    }

    /// The attribute of that name: its column number and kind.
    pub(crate) fn attribute(&self, name: &str) -> Option<(usize, AttributeKind)> {
        let at = self.attributes.iter().position(|a| a.name == name)?;
        Some((self.spec.columns.len() + at, self.attributes[at].kind))
    }

    /// The table as it goes back to the caller: the columns that were given, in the order of the spec, then attributes.
    pub(crate) fn to_table(&self, keys: &[Arc<Interner>; KeySpace::COUNT]) -> Table {
        let mut whole = self.clone();
        whole.join();
        let empty = Arc::new(Chunk::default());
        let chunk = whole.chunks.first().unwrap_or(&empty);
        let names = self.spec.columns.iter().map(|c| (c.name.to_owned(), Some(c.kind)));
        let extra = self.attributes.iter().map(|a| (a.name.clone(), None));
        let mut columns = Vec::new();
        for (index, (name, kind)) in names.chain(extra).enumerate() {
            let Some(values) = chunk.columns.get(index).and_then(Option::as_ref) else { continue };
            columns.push(column(&name, self.result_column(index, kind, values, chunk, keys)));
        }
        Table::new(columns)
    }

    fn result_column(
        &self,
        index: usize,
        kind: Option<ColumnKind>,
        values: &Values,
        chunk: &Chunk,
        keys: &[Arc<Interner>; KeySpace::COUNT],
    ) -> ColumnData {
        match values {
            Values::Codes(codes) => match kind {
                Some(ColumnKind::Id(space)) => ColumnData::Keys(codes.clone(), Arc::clone(&keys[space as usize])),
                Some(ColumnKind::IdOf(by, spaces)) => {
                    let members = self.spec.column(by).and_then(|c| chunk.small(c)).unwrap_or_default();
                    mixed_keys(codes, members, spaces, keys)
                }
                _ => ColumnData::Keys(codes.clone(), Arc::clone(&self.dictionaries[index])),
            },
            Values::Small(members) => match kind {
                Some(ColumnKind::Closed(list)) => texts(members.iter().map(|&m| list.get(usize::from(m)).copied())),
                Some(ColumnKind::Currency) => {
                    texts(members.iter().map(|&m| Currency::from_number(m).map(Currency::code)))
                }
                _ => ColumnData::Bool(members.iter().map(|&m| (m != NULL_SMALL).then_some(m == 1)).collect()),
            },
            Values::Wide(wide) if kind == Some(ColumnKind::Amount) => self.money(wide, chunk),
            Values::Wide(wide) if kind == Some(ColumnKind::Rate) => ColumnData::Money(
                wide.iter().map(|&r| (r != NULL_WIDE).then_some(i128::from(r))).collect(),
                Unit::Plain(PLAIN_DIGITS),
            ),
            Values::Wide(wide) => ColumnData::Instant(wide.clone()),
            Values::Days(days) => ColumnData::Date(days.clone()),
            Values::Number(numbers) => ColumnData::Float(numbers.iter().map(|&n| (!n.is_nan()).then_some(n)).collect()),
        }
    }

    /// A money column: of one currency where there is only one, else major units with the four decimals that every
    /// currency fits.
    fn money(&self, wide: &[i64], chunk: &Chunk) -> ColumnData {
        const WIDEST: u8 = 4;
        let currency_column = self.spec.column("currency");
        let of = |row: usize| currency_column.and_then(|c| chunk.member(c, row)).and_then(Currency::from_number);
        let present = || (0..wide.len()).filter(|&r| wide[r] != NULL_WIDE);
        let first = present().next().and_then(of);
        match first {
            Some(currency) if present().all(|r| of(r) == first) => ColumnData::Money(
                wide.iter().map(|&m| (m != NULL_WIDE).then_some(i128::from(m))).collect(),
                Unit::Currency(currency),
            ),
            _ => {
                let scaled = |row: usize| {
                    let digits = of(row).map_or(2, Currency::digits);
                    i128::from(wide[row]) * 10_i128.pow(u32::from(WIDEST - digits))
                };
                ColumnData::Money(
                    (0..wide.len()).map(|r| (wide[r] != NULL_WIDE).then(|| scaled(r))).collect(),
                    Unit::Plain(WIDEST),
                )
            }
        }
    }
}

/// Ids of several key spaces in one column: whole numbers where all of them are, else text.
fn mixed_keys(codes: &[u32], members: &[u8], spaces: &[KeySpace], keys: &[Arc<Interner>]) -> ColumnData {
    let merge = |as_text: bool| -> Option<ColumnData> {
        let mut merged = Interner::default();
        let mut known: HashMap<(u8, u32), u32> = HashMap::new();
        let mut numbers = Vec::with_capacity(codes.len());
        for (&code, &member) in codes.iter().zip(members) {
            let Some(space) = spaces.get(usize::from(member)).filter(|_| code != NULL) else {
                numbers.push(NULL);
                continue;
            };
            let number = if let Some(&number) = known.get(&(member, code)) {
                number
            } else {
                let key = keys[*space as usize].key(code);
                let text = key.to_string();
                merged.intern(if as_text { Key::Text(&text) } else { key }).ok()?
            };
            known.insert((member, code), number);
            numbers.push(number);
        }
        Some(ColumnData::Keys(numbers, Arc::new(merged)))
    };
    merge(false).or_else(|| merge(true)).unwrap_or_else(|| ColumnData::Keys(vec![NULL; codes.len()], Arc::default()))
}

fn texts<'a>(values: impl Iterator<Item = Option<&'a str>>) -> ColumnData {
    let mut column = crate::table::result::TextColumn::default();
    values.for_each(|v| column.push(v));
    column.finish("").data
}
