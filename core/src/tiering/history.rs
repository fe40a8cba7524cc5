//! Earlier decisions, as a table: what a review needs to know of the past.

use super::compile::unknown_name;
use super::frame::{date, text};
use super::program::Compiled;
use super::standing::Past;
use crate::calendar::Date;
use crate::error::{Code, Error, Result, did_you_mean, quoted};
use crate::table::intern::key_of;
use crate::table::{CellRef, Interner, RawTable};

/// The columns of decisions that later decisions read; the first three must be there.
pub(crate) const COLUMNS: &[&str] = &[
    "partner_id",
    "as_of",
    "effective",
    "program",
    "version",
    "track",
    "track_since",
    "qualified",
    "standing",
    "standing_since",
    "short_since",
    "grace_until",
    "pending",
    "pending_demotion",
    "kept_tier",
    "kept_until",
    "enrolled_on",
];

/// The earlier decisions of each partner, by code, the latest last.
#[derive(Debug, Clone, Default)]
pub(crate) struct History {
    pub(crate) of_partner: Vec<Vec<Past>>,
    /// Decisions about partners that are not in the base.
    pub(crate) unused: usize,
}

impl History {
    pub(crate) fn of(&self, partner: u32) -> &[Past] {
        self.of_partner.get(partner as usize).map_or(&[], Vec::as_slice)
    }
}

/// Reads earlier decisions.
///
/// # Errors
/// A missing column; decisions of another programme, of another version without a transition, or not before the day.
pub(crate) fn read(program: &Compiled, partners: &Interner, previous: &RawTable<'_>, as_of: Date) -> Result<History> {
    previous.check()?;
    let mut history = History { of_partner: vec![Vec::new(); partners.len()], unused: 0 };
    if previous.rows() == 0 {
        return Ok(history);
    }
    let names = previous.column_names();
    for &name in &COLUMNS[..3] {
        if !names.iter().any(|n| n == name) {
            let hint = did_you_mean(name, names.iter().map(String::as_str));
            let message = format!(
                "previous decisions have no column {}; hand in the decisions of an earlier review{hint}",
                quoted(name)
            );
            return Err(Error::new(Code::MissingColumn, format!("previous.{name}"), message).with("available", names));
        }
    }
    let mut from = 0;
    for chunk in previous.parts() {
        let columns: Vec<_> = COLUMNS.iter().map(|name| chunk.column(name)).collect();
        for row in 0..chunk.rows {
            let given = |at: usize| columns[at].map(|c| c.cell(row));
            let at_row = |e: Error| {
                let message = format!("previous decisions, row {}: {}", from + row, e.message());
                Error::new(e.code(), format!("previous.{}", e.field()), message).with("row", from + row)
            };
            let key = key_of(given(0).unwrap_or(CellRef::Null)).map_err(at_row)?;
            let past = past(program, &given, as_of).map_err(at_row)?;
            match key.and_then(|key| partners.find(key)) {
                Some(code) => history.of_partner[code as usize].push(past),
                None => history.unused += 1,
            }
        }
        from += chunk.rows;
    }
    for (code, past) in history.of_partner.iter_mut().enumerate() {
        past.sort_by_key(|p| p.as_of);
        if let Some(pair) = past.windows(2).find(|pair| pair[0].as_of == pair[1].as_of) {
            let partner = partners.show(code as u32).unwrap_or_default();
            let message = format!("partner {} has two previous decisions on {}", quoted(&partner), pair[0].as_of);
            return Err(Error::new(Code::DuplicateId, "previous.as_of", message));
        }
    }
    Ok(history)
}

/// One earlier decision; `given` gives the columns of [`COLUMNS`], `None` where there is no such column.
pub(crate) fn past<'c>(program: &Compiled, given: &dyn Fn(usize) -> Option<CellRef<'c>>, as_of: Date) -> Result<Past> {
    let cell = |at: usize| given(at).unwrap_or(CellRef::Null);
    let day = |at: usize| date(cell(at)).map_err(|(code, message)| Error::new(code, COLUMNS[at], message));
    let Some(on) = day(1)? else {
        return Err(Error::new(Code::NullValue, "as_of", "the day of the decision is missing"));
    };
    if on >= as_of {
        let message = format!("the decision is of {on}, not before {as_of}; leave out decisions of the day and later");
        return Err(Error::new(Code::InvalidRow, "as_of", message));
    }
    let document = &program.document;
    if !cell(3).is_null() {
        let got = text(cell(3), "program")?;
        if got != document.program {
            let message = format!("the decision is of programme {}, not {}", quoted(&got), quoted(&document.program));
            return Err(Error::new(Code::IncompatibleState, "program", message));
        }
    }
    let mut transition = None;
    if !cell(4).is_null() {
        let got = text(cell(4), "version")?;
        if got != document.version {
            let found = document.transitions.iter().position(|t| t.from_version == got);
            transition = Some(found.ok_or_else(|| {
                let message = format!(
                    "the decision is of version {}, and version {} has no transition from it; add one to \"transitions\"",
                    quoted(&got),
                    quoted(&document.version)
                );
                Error::new(Code::IncompatibleState, "version", message)
            })?);
        }
    }
    let tier = |at: usize| -> Result<Option<usize>> {
        if cell(at).is_null() {
            return Ok(None);
        }
        let got = text(cell(at), COLUMNS[at])?;
        let renamed = transition.and_then(|t| document.transitions[t].tiers.get(&*got));
        let name = renamed.map_or(&*got, String::as_str);
        let known = || program.tiers.iter().map(|t| t.tier.as_str());
        program.tier(name).map(Some).ok_or_else(|| unknown_name(COLUMNS[at], "tier", name, known()))
    };
    // A track of another version may be gone: the partner is then classified anew.
    let track = match cell(5) {
        // Where there are no tracks, the one that everybody is in has no name.
        cell if cell.is_null() => program.track_names.iter().position(Option::is_none),
        cell => {
            let got = text(cell, "track")?;
            program.track_names.iter().position(|t| t.as_deref() == Some(&*got))
        }
    };
    let effective = tier(2)?;
    // A table made by hand knows no standing; what is effective is then what stands.
    let standing = if given(8).is_some() { tier(8)? } else { effective };
    Ok(Past {
        as_of: on,
        track,
        track_since: day(6)?,
        qualified: if cell(7).is_null() { None } else { tier(7)? },
        standing,
        standing_since: day(9)?,
        effective,
        short_since: day(10)?,
        grace_until: day(11)?,
        pending: tier(12)?,
        pending_demotion: cell(13) == CellRef::Bool(true) || matches!(cell(13), CellRef::Text("true")),
        kept_tier: tier(14)?,
        kept_until: day(15)?,
        enrolled_on: day(16)?,
        transition,
    })
}
