//! What one worker reads: the touches of a piece of a table.

use super::outcomes::{Aside, Windows};
use crate::attribution::group::Hits;
use crate::attribution::lookup::Lookup;
use crate::attribution::options::{TouchpointsOptions, VendorTouches};
use crate::attribution::paths::row_error;
use crate::attribution::weights::read_weight;
use crate::calendar::{Zone, in_range};
use crate::error::{Code, Error, Result};
use crate::facts::read::{instant_of, when_of};
use crate::table::intern::key_of;
use crate::table::{CellRef, Edge, Interner, NULL, Offsets, RawColumn, RawValues};

/// What a worker has read.
#[derive(Default)]
pub(super) struct Part {
    pub(super) hits: Hits,
    pub(super) channels: Interner,
    pub(super) touch_ids: Interner,
    pub(super) kinds: Interner,
    pub(super) roles: Interner,
    pub(super) unlisted: u64,
    pub(super) after: u64,
    pub(super) before: u64,
    pub(super) vendor_dropped: u64,
    pub(super) has_vendor: bool,
}

#[derive(Clone, Copy)]
pub(super) struct Columns<'a> {
    pub(super) journey: &'a RawColumn<'a>,
    pub(super) channel: &'a RawColumn<'a>,
    pub(super) at: &'a RawColumn<'a>,
    pub(super) touch: Option<&'a RawColumn<'a>>,
    pub(super) kind: Option<&'a RawColumn<'a>>,
    pub(super) role: Option<&'a RawColumn<'a>>,
    pub(super) weight: Option<&'a RawColumn<'a>>,
}

/// The ids of the outcomes and the way to find them.
pub(super) struct Known<'a> {
    pub(super) lookup: &'a Lookup,
    pub(super) ids: &'a Interner,
}

pub(super) fn read_piece(
    columns: &Columns<'_>,
    range: std::ops::Range<usize>,
    first: usize,
    zone: &Zone,
    known: &Known<'_>,
    windows: &Windows<'_>,
    options: &TouchpointsOptions,
) -> Result<Part> {
    let mut part = Part::default();
    let mut rows: Vec<u32> = Vec::new();
    let mut ids: Vec<u32> = Vec::new();
    part.unlisted = listed(columns.journey, range.clone(), first, known, &mut rows, &mut ids)?;
    let mut kept: Vec<u32> = Vec::with_capacity(rows.len());
    part.hits.slot.reserve_exact(rows.len());
    part.hits.at.reserve_exact(rows.len());
    let time = Times::new(columns.at, zone);
    for (&row, &id) in rows.iter().zip(&ids) {
        let Some(at) = time.get(row as usize, first)? else {
            return Err(row_error(Code::NullValue, &columns.at.name, first + row as usize, "a touch without a time"));
        };
        match windows.place(id, at) {
            Ok(outcome) => {
                part.hits.slot.push(outcome);
                part.hits.at.push(at);
                kept.push(row);
            }
            Err(Aside::After) => part.after += 1,
            Err(Aside::Before) => part.before += 1,
        }
    }
    read_channels(&mut part, columns, &kept, first, options)?;
    Ok(part)
}

/// Channels and the optional columns of the touches that were kept.
fn read_channels(
    part: &mut Part,
    columns: &Columns<'_>,
    rows: &[u32],
    first: usize,
    options: &TouchpointsOptions,
) -> Result<()> {
    let intern = |interner: &mut Interner, column: &RawColumn<'_>| -> Result<Vec<u32>> {
        rows.iter()
            .map(|&row| {
                let error = |e: Error| row_error(e.code(), &column.name, first + row as usize, e.message());
                intern_at(interner, column, row as usize).map_err(error)
            })
            .collect()
    };
    part.hits.channel = intern(&mut part.channels, columns.channel)?;
    if let Some(column) = columns.touch {
        part.hits.touch = intern(&mut part.touch_ids, column)?;
    }
    if let Some(column) = columns.kind {
        part.hits.kind = intern(&mut part.kinds, column)?;
    }
    if let Some(column) = columns.role {
        part.hits.role = intern(&mut part.roles, column)?;
    }
    if let Some(column) = columns.weight {
        let read = |&row: &u32| read_weight(column, row as usize, first + row as usize);
        part.hits.weight = rows.iter().map(read).collect::<Result<_>>()?;
    }
    part.has_vendor = part.hits.channel.contains(&NULL);
    if part.has_vendor && options.vendor_touches == VendorTouches::Drop {
        let keep: Vec<bool> = part.hits.channel.iter().map(|&c| c != NULL).collect();
        part.vendor_dropped = keep.iter().filter(|k| !**k).count() as u64;
        part.hits.keep(&keep);
        part.has_vendor = false;
    }
    Ok(())
}

impl Hits {
    fn keep(&mut self, keep: &[bool]) {
        fn filter<T>(values: &mut Vec<T>, keep: &[bool]) {
            let mut at = 0;
            if !values.is_empty() {
                values.retain(|_| {
                    at += 1;
                    keep[at - 1]
                });
            }
        }
        filter(&mut self.slot, keep);
        filter(&mut self.channel, keep);
        filter(&mut self.at, keep);
        filter(&mut self.touch, keep);
        filter(&mut self.kind, keep);
        filter(&mut self.role, keep);
        filter(&mut self.vendor, keep);
        filter(&mut self.weight, keep);
    }
}

/// The code of a row, without a cell for the frequent kinds of columns.
#[inline]
fn intern_at(interner: &mut Interner, column: &RawColumn<'_>, row: usize) -> Result<u32> {
    if !column.is_valid(row) {
        return Ok(NULL);
    }
    match &column.values {
        RawValues::U32(v) => interner.intern_unsigned(v[row].into()),
        RawValues::U64(v) => interner.intern_unsigned(v[row]),
        RawValues::Text(offsets, text) => {
            let (from, to) = offsets.range(row);
            interner.intern_cell(CellRef::Text(&text[from..to]))
        }
        _ => interner.intern_cell(column.cell(row)),
    }
}

/// The rows whose journey the outcomes list, with its code; gives the number of the others.
fn listed(
    column: &RawColumn<'_>,
    range: std::ops::Range<usize>,
    first: usize,
    known: &Known<'_>,
    rows: &mut Vec<u32>,
    found: &mut Vec<u32>,
) -> Result<u64> {
    let (total, ids) = (range.len() as u64, known.lookup);
    let null = |row: usize| row_error(Code::NullValue, &column.name, first + row, "a touch without a journey id");
    let mut each = |row: usize, code: Option<u32>| {
        if let Some(code) = code {
            rows.push(row as u32);
            found.push(code);
        }
    };
    match (&column.values, column.valid.is_none()) {
        (RawValues::U64(v), true) => {
            ids.ints(
                range,
                |row| Some(v[row]).filter(|&id| known.ids.unsigned_fits(id)),
                |row, code| each(row, Some(code)),
            );
        }
        (RawValues::U32(v), true) => ids.ints(range, |row| Some(v[row].into()), |row, code| each(row, Some(code))),
        (RawValues::I64(v), true) => {
            let id = |row: usize| Some(v[row]).filter(|&id| known.ids.signed_fits(id)).map(|id| id as u64);
            ids.ints(range, id, |row, code| each(row, Some(code)));
        }
        (RawValues::Text(Offsets::Small(offsets), text), true) => {
            let id = |row: usize| text[offsets[row] as usize..offsets[row + 1] as usize].trim_ascii();
            if let Some(row) = range.clone().find(|&row| id(row).is_empty()) {
                return Err(null(row));
            }
            ids.texts(known.ids, range, id, |row, code| each(row, Some(code)));
        }
        (RawValues::Text(Offsets::Large(offsets), text), true) => {
            let id = |row: usize| text[offsets[row] as usize..offsets[row + 1] as usize].trim_ascii();
            if let Some(row) = range.clone().find(|&row| id(row).is_empty()) {
                return Err(null(row));
            }
            ids.texts(known.ids, range, id, |row, code| each(row, Some(code)));
        }
        (RawValues::Dictionary(codes, values), _) => {
            let mut seen: Vec<Option<Option<u32>>> = vec![None; values.len()];
            for row in range {
                if !column.is_valid(row) {
                    return Err(null(row));
                }
                let at = codes[row] as usize;
                let code = if let Some(code) = seen[at] {
                    code
                } else {
                    let key = key_of(values.cell(at))
                        .map_err(|e| row_error(e.code(), &column.name, first + row, e.message()))?;
                    let code = known.ids.find(key.ok_or_else(|| null(row))?);
                    seen[at] = Some(code);
                    code
                };
                each(row, code);
            }
        }
        _ => {
            for row in range {
                let key = key_of(column.cell(row))
                    .map_err(|e| row_error(e.code(), &column.name, first + row, e.message()))?;
                each(row, known.ids.find(key.ok_or_else(|| null(row))?));
            }
        }
    }
    Ok(total - rows.len() as u64)
}

/// Times of touches; microseconds are read as they are.
struct Times<'a> {
    column: &'a RawColumn<'a>,
    zone: &'a Zone,
    micros: Option<&'a [i64]>,
}

impl<'a> Times<'a> {
    fn new(column: &'a RawColumn<'a>, zone: &'a Zone) -> Self {
        let utc = zone.name() == "UTC";
        let micros = match &column.values {
            RawValues::Timestamp(v, 1_000_000, zoned) if (*zoned || utc) && column.valid.is_none() => Some(&v[..]),
            _ => None,
        };
        Self { column, zone, micros }
    }

    #[inline]
    fn get(&self, row: usize, first: usize) -> Result<Option<i64>> {
        match self.micros {
            Some(micros) if in_range(micros[row]) => Ok(Some(micros[row])),
            _ => time(self.column, row, first + row, self.zone, Edge::Start),
        }
    }
}

pub(super) fn time(column: &RawColumn<'_>, row: usize, shown: usize, zone: &Zone, edge: Edge) -> Result<Option<i64>> {
    let cell = column.cell(row);
    let instant = match when_of(cell) {
        Ok(None) => return Ok(None),
        Ok(Some(when)) => instant_of(when, zone, edge),
        Err(fault) => Err(fault),
    };
    instant.map(Some).map_err(|fault| {
        let (code, message) = fault.explain(cell);
        row_error(code, &column.name, shown, message)
    })
}
