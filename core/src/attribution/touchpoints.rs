//! Journeys from touches and outcomes: two tables of any column names.
//!
//! An outcome is one journey: how often it converted, for how much, and when. A customer with several outcomes has several
//! journeys, divided at the times of the outcomes: each touch belongs to the first outcome at or after it. Touches of
//! journeys that no outcome lists, touches after the (last) outcome and touches before the lookback are set aside and
//! counted. Only the touches that belong to a journey are ever held.

mod outcomes;
mod piece;

use self::outcomes::{Outcomes, Windows};
use self::piece::{Columns, Known, Part, read_piece};
use super::VENDOR;
use super::group::{Hits, Rules, group};
use super::journeys::{Held, Inner, Journeys, check_reserved, number_channels};
use super::lookup::Lookup;
use super::options::TouchpointsOptions;
use super::paths::{document, find_column, row_error};
use super::weights::UNWEIGHTED;
use crate::calendar::Zone;
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::{Code, Error, Result};
use crate::money::Currency;
use crate::table::intern::key_of;
use crate::table::{Interner, NULL, RawTable};

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
