//! What dates a row, and windows as keys of those dates.

use super::field::{Field, Kind, Place, RowsOf, World};
use super::job::Bounds;
use super::scan::{Clock, Dating, EVER, Scan};
use super::source::{described, need_column};
use crate::calendar::Date;
use crate::error::{Error, Result, quoted};
use crate::facts::store::{NULL_DATE, NULL_WIDE, Stored};
use crate::facts::{account_partners, lines, people};
use crate::tiering::compile::fault;
use crate::tiering::document::{Facts, Window};
use crate::tiering::window::days as window_days;

/// A window, seen from a day, as keys.
pub(super) fn bounds(world: &World<'_>, scan: &Scan<'_>, day: Date, window: Window, path: &str) -> Result<Bounds> {
    let Scan { table, dating, .. } = scan;
    if window == Window::InForce {
        let Some((_, to)) = table.described.period else {
            let name = table.described.spec.name;
            let text = format!("rows of {name} have no period in which they are in force; take another window");
            return Err(fault(path, text));
        };
        let kind = table.described.spec.columns.get(to).map(|c| c.kind);
        let clock = if kind == Some(crate::table::ColumnKind::Date) { Clock::Days } else { Clock::Instants };
        let begun = dating.clock.keys(world, day).1;
        return Ok(Bounds::InForce(begun, to, clock, clock.keys(world, day).0));
    }
    if let Window::FiscalYear(month) | Window::FiscalQuarter(month) = window
        && !(1..=12).contains(&month)
    {
        return Err(crate::document::out_of_range(path, month, "a month from 1 to 12"));
    }
    let (first, last) = window_days(window, day);
    let first = first.map_or(EVER, |day| dating.clock.keys(world, clamped(day)).0);
    Ok(Bounds::Dated(window, first, dating.clock.keys(world, clamped(last)).1))
}

/// A day whose instants can be told; windows of centuries end at the calendar's ends.
pub(super) fn clamped(day: Date) -> Date {
    day.clamp(crate::calendar::MIN_DATE, crate::calendar::MAX_DATE)
}

/// The earliest date of a column.
pub(super) fn earliest(stored: &Stored, field: &Field) -> Option<i64> {
    if field.place != Place::Own {
        return None;
    }
    let of = |chunk: &crate::facts::store::Chunk| {
        let wide = chunk.wide(field.column).and_then(|v| v.iter().copied().filter(|&at| at != NULL_WIDE).min());
        let days = chunk.days(field.column).and_then(|v| v.iter().copied().filter(|&day| day != NULL_DATE).min());
        wide.or(days.map(i64::from))
    };
    stored.chunks.iter().filter_map(|chunk| of(chunk)).min()
}

/// The window of rows, where the document does not say: that of the table.
pub(super) fn window_of(facts: &Facts) -> Window {
    let default = if described(&facts.from).in_force { Window::InForce } else { Window::AllTime };
    facts.window.unwrap_or(default)
}

/// What dates the rows of a metric.
pub(super) fn dating(
    world: &World<'_>,
    table: &RowsOf<'_>,
    facts: &Facts,
    in_force: bool,
    path: &str,
) -> Result<Dating> {
    let spec = table.described.spec;
    if let Some(name) = &facts.date {
        let path = format!("{path}.date");
        let field = table.field(world, name, &path)?;
        let clock = clock_of(&field)
            .ok_or_else(|| fault(path.clone(), format!("{} is no date; name a field of dates", quoted(name))))?;
        return Ok(Dating { field, clock, else_close: false, from_ever: false });
    }
    let column = match table.described.period {
        Some((from, _)) if in_force => from,
        _ => table.described.date,
    };
    // Who looks after an account, or works at a partner, without a first day has always done so.
    let from_ever = spec.name == people::SPEC.name || spec.name == account_partners::SPEC.name;
    let else_close = spec.name == lines::SPEC.name;
    if !from_ever && !else_close {
        need_column(&table.stored, column, &format!("{path}.from"))?;
    }
    let name = spec.columns.get(column).map_or("", |c| c.name);
    let field = table.own(world, column).ok_or_else(|| Error::internal(format_args!("{name} is no column")))?;
    let clock = clock_of(&field).ok_or_else(|| Error::internal(format_args!("{name} is no date")))?;
    Ok(Dating { field, clock, else_close, from_ever })
}

fn clock_of(field: &Field) -> Option<Clock> {
    match field.kind {
        Kind::Day => Some(Clock::Days),
        Kind::Instant => Some(Clock::Instants),
        _ => None,
    }
}
