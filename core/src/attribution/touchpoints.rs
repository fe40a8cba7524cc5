//! Journeys from touches and outcomes: two tables of any column names.
//!
//! An outcome is one journey: how often it converted, for how much, and when. A customer with several outcomes has several
//! journeys, divided at the times of the outcomes: each touch belongs to the first outcome at or after it. Touches of
//! journeys that no outcome lists, touches after the (last) outcome and touches before the lookback are set aside and
//! counted. Only the touches that belong to a journey are ever held.

use super::VENDOR;
use super::group::{Hits, Rules, group};
use super::journeys::{Held, Inner, Journeys, check_reserved, number_channels};
use super::lookup::Lookup;
use super::options::{TouchpointsOptions, VendorTouches};
use super::paths::{Tally, amount, count, document, find_column, row_error, value_unit};
use super::weights::{UNWEIGHTED, read_weight};
use crate::calendar::{Zone, in_range};
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::{Code, Error, Result};
use crate::facts::read::{instant_of, when_of};
use crate::money::Currency;
use crate::table::intern::key_of;
use crate::table::{CellRef, Edge, Interner, NULL, Offsets, RawChunk, RawColumn, RawTable, RawValues, Unit};

/// Rows that one worker takes at once.
const PIECE: usize = 1 << 18;
/// An unknown time.
const UNKNOWN: i64 = i64::MIN;

impl Journeys {
    /// Journeys from touches and outcomes.
    ///
    /// # Errors
    /// A missing column; ids of two kinds; a customer with several outcomes but without their times; a row that cannot be
    /// read, with its number.
    pub fn from_touchpoints(
        touches: &RawTable<'_>,
        outcomes: &RawTable<'_>,
        options: &TouchpointsOptions,
        monitor: &Monitor,
    ) -> Result<Self> {
        touches.check().map_err(|e| e.within("touches"))?;
        monitor.begin("reading", touches.rows() + outcomes.rows())?;
        let mut reader = TouchpointsReader::new(outcomes, options)?;
        reader.read(touches, monitor)?;
        reader.finish(monitor)
    }
}

/// Journeys from touches that come piece by piece, such as the row groups of a file that is larger than memory.
///
/// Outcomes are read first; of the touches only those that belong to a journey are kept. The result is that of
/// [`Journeys::from_touchpoints`] on all pieces together, however they were cut.
///
/// ```
/// use cosell::attribution::{TouchpointsOptions, TouchpointsReader};
/// use cosell::engine::monitor::Monitor;
/// use cosell::table::read_csv;
/// let deals = read_csv(b"opportunity_id\nO-1\n")?;
/// let mut reader = TouchpointsReader::new(&deals, &TouchpointsOptions::default())?;
/// for piece in [&b"opportunity_id,partner_id,at\nO-1,acme,2026-01-05\n"[..], b"opportunity_id,partner_id,at\nO-1,globex,2026-01-02\n"] {
///     reader.read(&read_csv(piece)?, &Monitor::none())?;
/// }
/// assert_eq!(reader.finish(&Monitor::none())?.touches(), 2);
/// # Ok::<(), cosell::Error>(())
/// ```
pub struct TouchpointsReader {
    options: TouchpointsOptions,
    zone: Zone,
    outcomes: Outcomes,
    lookup: Lookup,
    lookback: Option<i64>,
    last_touches: Option<usize>,
    parts: Vec<Part>,
    /// Rows that were read.
    rows: usize,
}

impl TouchpointsReader {
    /// Reads the outcomes.
    ///
    /// # Errors
    /// As [`Journeys::from_touchpoints`], for outcomes and options.
    pub fn new(outcomes: &RawTable<'_>, options: &TouchpointsOptions) -> Result<Self> {
        options.check()?;
        let zone = Zone::new(&options.timezone)
            .map_err(|e| Error::new(Code::UnknownTimezone, "timezone", format!("timezone: {e}")))?;
        let lookback = options.lookback_days.micros("lookback_days")?;
        let last_touches = options.lookback_touches.count("lookback_touches")?;
        if lookback.is_some() && options.outcome_at.is_none() && options.created_at.is_none() {
            let message = "lookback_days counts back from the creation, else the outcome: name the column created_at or outcome_at";
            return Err(Error::new(Code::MissingOption, "outcome_at", message));
        }
        let currency = options.currency.as_deref().map(Currency::parse).transpose()?;
        outcomes.check().map_err(|e| e.within("outcomes"))?;
        let outcomes = Outcomes::read(outcomes, options, currency, &zone).map_err(|e| e.within("outcomes"))?;
        let lookup = Lookup::new(&outcomes.ids);
        let (options, parts) = (options.clone(), Vec::new());
        Ok(Self { options, zone, outcomes, lookup, lookback, last_touches, parts, rows: 0 })
    }

    /// Reads more touches.
    ///
    /// # Errors
    /// As [`Journeys::from_touchpoints`], for touches; rows are counted from the first piece on.
    pub fn read(&mut self, touches: &RawTable<'_>, monitor: &Monitor) -> Result<()> {
        touches.check().map_err(|e| e.within("touches"))?;
        let parts = self.read_touches(touches, monitor).map_err(|e| e.within("touches"))?;
        self.parts.extend(parts);
        self.rows += touches.rows();
        Ok(())
    }

    /// The journeys of everything that was read.
    ///
    /// # Errors
    /// Too many touches; amounts whose sum is out of range.
    pub fn finish(self, monitor: &Monitor) -> Result<Journeys> {
        build(self.parts, self.outcomes, &self.options, self.last_touches, monitor)
    }
}

/// The outcomes: one journey each.
struct Outcomes {
    ids: Interner,
    /// The id of each outcome.
    id: Vec<u32>,
    at: Option<Vec<i64>>,
    created: Option<Vec<i64>>,
    conversions: Tally,
    nulls: Tally,
    values: Option<Vec<i128>>,
    unit: Option<Unit>,
    /// Outcomes that converted without a value.
    without_value: u64,
    /// Values of conversions that were rounded to the digits of their unit.
    rounded: u64,
    /// For ids with several outcomes: the outcomes of each id in time. Empty where every id has one, and then the code of
    /// an id is the number of its outcome.
    several: Vec<Vec<u32>>,
}

impl Outcomes {
    fn read(
        table: &RawTable<'_>,
        options: &TouchpointsOptions,
        currency: Option<Currency>,
        zone: &Zone,
    ) -> Result<Self> {
        let unit = options.value.as_deref().map(|name| value_unit(name, currency));
        let mut out = Self {
            ids: Interner::default(),
            id: Vec::with_capacity(table.rows()),
            at: options.outcome_at.as_ref().map(|_| Vec::new()),
            created: options.created_at.as_ref().map(|_| Vec::new()),
            conversions: Tally::default(),
            nulls: Tally::default(),
            values: unit.map(|_| Vec::with_capacity(table.rows())),
            unit,
            without_value: 0,
            rounded: 0,
            several: Vec::new(),
        };
        out.ids.reserve(table.rows());
        let mut first = 0;
        for chunk in table.parts() {
            out.read_chunk(chunk, first, options, zone)?;
            first += chunk.rows;
        }
        out.order_repeated(options)?;
        Ok(out)
    }

    fn read_chunk(
        &mut self,
        chunk: &RawChunk<'_>,
        first: usize,
        options: &TouchpointsOptions,
        zone: &Zone,
    ) -> Result<()> {
        let journey = find_column(chunk, &options.journey, "journey")?;
        let codes = self
            .ids
            .intern_column(journey)
            .map_err(|(row, e)| row_error(e.code(), &journey.name, first + row, e.message()))?;
        if let Some(row) = codes.iter().position(|&c| c == NULL) {
            return Err(row_error(Code::NullValue, &journey.name, first + row, "an outcome without a journey id"));
        }
        self.id.extend(codes);
        let conversions = options.conversions.as_deref().map(|n| find_column(chunk, n, "conversions")).transpose()?;
        let nulls = options.nulls.as_deref().map(|n| find_column(chunk, n, "nulls")).transpose()?;
        let value = options.value.as_deref().map(|n| find_column(chunk, n, "value")).transpose()?;
        for row in 0..chunk.rows {
            let converted = conversions.map_or(Ok(super::journeys::ONE), |c| count(c, row, first + row))?;
            let null = match nulls {
                Some(column) => count(column, row, first + row)?,
                None if converted == 0 => super::journeys::ONE,
                None => 0,
            };
            self.conversions.push(converted);
            self.nulls.push(null);
            if let (Some(column), Some(unit), Some(values)) = (value, self.unit, &mut self.values) {
                // The value of an outcome that did not convert (a lost deal) is nobody's credit.
                let (read, rounded) = amount(column, row, first + row, unit)?;
                self.rounded += u64::from(rounded && converted != 0);
                values.push(if converted == 0 { 0 } else { read });
                self.without_value += u64::from(converted != 0 && read == 0 && column.cell(row).is_null());
            }
        }
        let times = [
            (&options.outcome_at, &mut self.at, Edge::End, "outcome_at"),
            (&options.created_at, &mut self.created, Edge::Start, "created_at"),
        ];
        for (name, target, edge, option) in times {
            if let (Some(name), Some(target)) = (name, target) {
                let column = find_column(chunk, name, option)?;
                for row in 0..chunk.rows {
                    target.push(time(column, row, first + row, zone, edge)?.unwrap_or(UNKNOWN));
                }
            }
        }
        Ok(())
    }

    /// Several outcomes of one id are put in the order of time.
    fn order_repeated(&mut self, options: &TouchpointsOptions) -> Result<()> {
        if self.ids.len() == self.id.len() {
            return Ok(());
        }
        let mut several: Vec<Vec<u32>> = vec![Vec::new(); self.ids.len()];
        for (outcome, &id) in self.id.iter().enumerate() {
            several[id as usize].push(outcome as u32);
        }
        let repeated = several.iter().position(|o| o.len() > 1).unwrap_or(0);
        let shown = self.ids.show(repeated as u32).unwrap_or_default();
        let Some(at) = &self.at else {
            return Err(Error::new(
                Code::DuplicateId,
                options.journey.clone(),
                format!(
                    "journey {shown:?} has several outcomes; name their time (outcome_at) so that touches can be divided"
                ),
            ));
        };
        for outcomes in several.iter_mut().filter(|o| o.len() > 1) {
            outcomes.sort_by_key(|&o| at[o as usize]);
            let clash = outcomes.windows(2).any(|w| at[w[0] as usize] == at[w[1] as usize]);
            if clash || at[outcomes[0] as usize] == UNKNOWN {
                let id = self.ids.show(self.id[outcomes[0] as usize]).unwrap_or_default();
                return Err(Error::new(
                    Code::DuplicateId,
                    options.journey.clone(),
                    format!(
                        "journey {id:?} has several outcomes at the same or an unknown time; touches cannot be divided"
                    ),
                ));
            }
        }
        self.several = several;
        Ok(())
    }
}

/// When a touch belongs to which outcome.
struct Windows<'a> {
    outcomes: &'a Outcomes,
    lookback: Option<i64>,
    open: bool,
}

/// Why a touch belongs to no journey.
enum Aside {
    After,
    Before,
}

impl<'a> Windows<'a> {
    fn new(outcomes: &'a Outcomes, lookback: Option<i64>) -> Self {
        let open = lookback.is_none() && outcomes.at.is_none() && outcomes.several.is_empty();
        Self { outcomes, lookback, open }
    }

    /// The outcome that a touch of an id belongs to.
    #[inline]
    fn place(&self, id: u32, at: i64) -> Result<u32, Aside> {
        if self.open {
            return Ok(id);
        }
        let out = self.outcomes;
        let end = |o: u32| out.at.as_ref().map_or(UNKNOWN, |at| at[o as usize]);
        let outcome = match out.several.get(id as usize) {
            None => id,
            Some(list) => {
                let next = list.partition_point(|&o| end(o) != UNKNOWN && end(o) < at);
                *list.get(next).ok_or(Aside::After)?
            }
        };
        let end = end(outcome);
        if end != UNKNOWN && at > end {
            return Err(Aside::After);
        }
        if let Some(lookback) = self.lookback {
            let created = out.created.as_ref().map_or(UNKNOWN, |c| c[outcome as usize]);
            let from = if created != UNKNOWN && end != UNKNOWN { created.min(end) } else { created.max(end) };
            if from != UNKNOWN && at < from.saturating_sub(lookback) {
                return Err(Aside::Before);
            }
        }
        Ok(outcome)
    }
}

/// What a worker has read.
#[derive(Default)]
struct Part {
    hits: Hits,
    channels: Interner,
    touch_ids: Interner,
    kinds: Interner,
    roles: Interner,
    unlisted: u64,
    after: u64,
    before: u64,
    vendor_dropped: u64,
    has_vendor: bool,
}

#[derive(Clone, Copy)]
struct Columns<'a> {
    journey: &'a RawColumn<'a>,
    channel: &'a RawColumn<'a>,
    at: &'a RawColumn<'a>,
    touch: Option<&'a RawColumn<'a>>,
    kind: Option<&'a RawColumn<'a>>,
    role: Option<&'a RawColumn<'a>>,
    weight: Option<&'a RawColumn<'a>>,
}

impl TouchpointsReader {
    fn read_touches(&self, touches: &RawTable<'_>, monitor: &Monitor) -> Result<Vec<Part>> {
        let Self { options, zone, outcomes, lookup, .. } = self;
        let windows = Windows::new(outcomes, self.lookback);
        let mut jobs = Vec::new();
        let mut first = self.rows;
        for chunk in touches.parts() {
            let find = |name: &str, option: &str| find_column(chunk, name, option);
            let columns = Columns {
                journey: find(&options.journey, "journey")?,
                channel: find(&options.channel, "channel")?,
                at: find(&options.at, "at")?,
                touch: options.touch.as_deref().map(|n| find(n, "touch")).transpose()?,
                kind: options.kind.as_deref().map(|n| find(n, "kind")).transpose()?,
                role: options.role.as_deref().map(|n| find(n, "role")).transpose()?,
                weight: options.weight.as_deref().map(|n| find(n, "weight")).transpose()?,
            };
            // Ids of two kinds never meet: that would look like journeys without touches.
            if let Some(row) = (0..chunk.rows).find(|&r| !columns.journey.cell(r).is_null()) {
                let key = key_of(columns.journey.cell(row))
                    .map_err(|e| row_error(e.code(), &columns.journey.name, first + row, e.message()))?;
                let text = matches!(key, Some(crate::table::Key::Text(_)));
                let known = outcomes.ids.kind();
                if known.is_some_and(|k| (k == crate::table::KeyKind::Text) != text) {
                    let what = format!(
                        "journey ids are {} here, but {} in the outcomes; cast one side so that both are the same",
                        if text { "text" } else { "whole numbers" },
                        known.map_or("", crate::table::KeyKind::name)
                    );
                    return Err(Error::new(Code::IdKindMismatch, columns.journey.name.clone(), what));
                }
            }
            for range in parallel::pieces(chunk.rows, PIECE) {
                jobs.push((columns, range, first));
            }
            first += chunk.rows;
        }
        parallel::map(jobs, touches.rows(), |(columns, range, first)| {
            let rows = range.len();
            let part =
                read_piece(&columns, range, first, zone, &Known { lookup, ids: &outcomes.ids }, &windows, options)?;
            monitor.advance(rows)?;
            Ok(part)
        })
    }
}

/// The ids of the outcomes and the way to find them.
struct Known<'a> {
    lookup: &'a Lookup,
    ids: &'a Interner,
}

fn read_piece(
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

fn time(column: &RawColumn<'_>, row: usize, shown: usize, zone: &Zone, edge: Edge) -> Result<Option<i64>> {
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

fn build(
    mut parts: Vec<Part>,
    outcomes: Outcomes,
    options: &TouchpointsOptions,
    last_touches: Option<usize>,
    monitor: &Monitor,
) -> Result<Journeys> {
    let sum = |of: fn(&Part) -> u64, parts: &[Part]| parts.iter().map(of).sum::<u64>();
    let mut set_aside = vec![
        ("touches_of_unlisted_journeys", sum(|p| p.unlisted, &parts)),
        ("touches_after_the_outcome", sum(|p| p.after, &parts)),
        ("touches_before_the_lookback", sum(|p| p.before, &parts)),
        ("vendor_touches_dropped", sum(|p| p.vendor_dropped, &parts)),
    ];
    let has_vendor = parts.iter().any(|p| p.has_vendor);
    let channels = unite(&mut parts, |p| (&mut p.channels, &mut p.hits.channel))?;
    let touch_ids = unite(&mut parts, |p| (&mut p.touch_ids, &mut p.hits.touch))?;
    let kinds = unite(&mut parts, |p| (&mut p.kinds, &mut p.hits.kind))?;
    let roles = unite(&mut parts, |p| (&mut p.roles, &mut p.hits.role))?;
    check_reserved(&channels, &format!("touches.{}", options.channel))?;
    let special: &[&str] = if has_vendor { &[VENDOR] } else { &[] };
    let (channels, numbers, special) = number_channels(&channels, &vec![true; channels.len()], special)?;
    let vendor = special.first().copied().unwrap_or(NULL);
    let mut hits: Vec<Hits> = Vec::with_capacity(parts.len());
    for part in parts {
        let mut piece = part.hits;
        if has_vendor {
            piece.vendor = piece.channel.iter().map(|&c| c == NULL).collect();
        }
        for channel in &mut piece.channel {
            *channel = if *channel == NULL { vendor } else { numbers[*channel as usize] };
        }
        hits.push(piece);
    }
    let grouped = group(
        &hits,
        &Rules {
            journeys: outcomes.id.len(),
            touch_ids: options.touch.as_ref().map(|_| &touch_ids),
            kinds: options.kind.as_ref().map(|_| &kinds),
            keep_kinds: false,
            roles: options.role.as_ref().map(|_| &roles),
            has_vendor,
            weighted: options.weight.is_some(),
            last_touches,
            repeats: options.repeats,
        },
        monitor,
    )?;
    drop(hits);
    set_aside.push(("touches_beyond_the_last_ones", grouped.beyond_lookback));
    set_aside.push(("repeated_touches_dropped", grouped.repeated));
    set_aside.push(("conversions_without_value", outcomes.without_value));
    set_aside.push(("values_rounded", outcomes.rounded));
    let touch = options.touch.is_some().then(|| (grouped.touch, std::sync::Arc::new(touch_ids)));
    Journeys::new(Inner {
        channels,
        starts: grouped.starts,
        channel: grouped.channel,
        at: Some(grouped.at),
        kind: None,
        role: options.role.is_some().then_some(grouped.role),
        roles: std::sync::Arc::new(roles),
        vendor: has_vendor.then_some(grouped.vendor),
        weight: Some(grouped.weight).filter(|w| w.iter().any(|&w| w != UNWEIGHTED)),
        touch,
        ids: Some((outcomes.id, std::sync::Arc::new(outcomes.ids))),
        conversions: outcomes.conversions.finish(),
        nulls: outcomes.nulls.finish(),
        values: outcomes.values,
        unit: outcomes.unit,
        created: outcomes.created,
        closed: outcomes.at,
        set_aside,
        options: document("touchpoints", options),
        held: Held::All,
        notes: Vec::new(),
        sums: std::sync::OnceLock::new(),
    })
}

/// One numbering for the numberings of all parts; their codes are replaced.
fn unite(parts: &mut [Part], of: impl Fn(&mut Part) -> (&mut Interner, &mut Vec<u32>)) -> Result<Interner> {
    let mut whole = Interner::default();
    for part in parts {
        let (own, codes) = of(part);
        let map = (0..own.len() as u32).map(|c| whole.intern(own.key(c))).collect::<Result<Vec<u32>>>()?;
        for code in codes.iter_mut().filter(|c| **c != NULL) {
            *code = map[*code as usize];
        }
        *own = Interner::default();
    }
    Ok(whole)
}
