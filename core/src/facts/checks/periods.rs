//! Periods: one that ends before it begins is a fault; two of the same kind that overlap are a doubt.

use super::unique::sharing;
use super::{Draft, Drafts};
use crate::calendar::Date;
use crate::error::Code;
use crate::facts::store::Chunk;
use crate::facts::{credentials, enrollments, lines, people};
use crate::table::ColumnKind;

/// The first and last day of the rows of each table.
const PERIODS: &[(&str, usize, usize)] = &[
    (people::SPEC.name, people::Col::valid_from as usize, people::Col::valid_to as usize),
    (enrollments::SPEC.name, enrollments::Col::valid_from as usize, enrollments::Col::valid_to as usize),
    (credentials::SPEC.name, credentials::Col::earned_on as usize, credentials::Col::expires_on as usize),
    (lines::SPEC.name, lines::Col::start_on as usize, lines::Col::end_on as usize),
];

/// The columns that rows whose periods must not overlap have in common.
const ONE_AT_A_TIME: &[(&str, &[usize])] = &[
    (people::SPEC.name, &[people::Col::person_id as usize]),
    (
        enrollments::SPEC.name,
        &[
            enrollments::Col::partner_id as usize,
            enrollments::Col::program as usize,
            enrollments::Col::track as usize,
            enrollments::Col::region as usize,
        ],
    ),
];

/// A date or instant of a row, as a number that grows with time.
fn time(table: &Draft, chunk: &Chunk, column: usize, r: usize) -> Option<i64> {
    match table.spec.columns[column].kind {
        ColumnKind::Date => chunk.date(column, r).map(i64::from),
        _ => chunk.instant(column, r),
    }
}

fn day(table: &Draft, drafts: &Drafts, column: usize, time: i64) -> Date {
    match table.spec.columns[column].kind {
        ColumnKind::Date => Date(time as i32),
        _ => drafts.zone.date_of(time),
    }
}

/// Rows that end before they begin hold at no time.
pub(super) fn ends_before_starts(number: usize, table: &mut Draft, drafts: &mut Drafts) {
    let Some(&(_, from, to)) = PERIODS.iter().find(|(name, ..)| *name == table.spec.name) else { return };
    let faults: Vec<(usize, i64, i64)> = table
        .rows()
        .filter_map(|(row, chunk, r)| Some((row, time(table, chunk, from, r)?, time(table, chunk, to, r)?)))
        .filter(|(_, start, end)| end < start)
        .collect();
    for (row, start, end) in faults {
        let (first, last) = (table.spec.columns[from].name, table.spec.columns[to].name);
        let (start, end) = (day(table, drafts, from, start), day(table, drafts, to, end));
        let message = format!(
            "{last} {end} lies before {first} {start}; correct one of them, or leave {last} empty if there is no end"
        );
        table.reject(number, row, last, Code::InvalidRow, message, drafts);
    }
}

/// Rows that hold at a time at which an earlier one of the same kind still does.
pub(super) fn overlaps(number: usize, table: &Draft, drafts: &mut Drafts) {
    let name = table.spec.name;
    let (Some(&(_, from, to)), Some((_, columns))) =
        (PERIODS.iter().find(|(n, ..)| *n == name), ONE_AT_A_TIME.iter().find(|(n, _)| *n == name))
    else {
        return;
    };
    for rows in sharing(table, columns, None) {
        let mut periods: Vec<(i64, i64, usize)> = rows
            .into_iter()
            .filter_map(|row| {
                let (chunk, r) = table.locate(row)?;
                let start = time(table, chunk, from, r).unwrap_or(i64::MIN);
                Some((start, time(table, chunk, to, r).unwrap_or(i64::MAX), row))
            })
            .collect();
        periods.sort_unstable();
        let mut latest: Option<(i64, usize)> = None;
        for (start, end, row) in periods {
            if let Some((_, other)) = latest.filter(|(until, _)| start <= *until) {
                let same: Vec<&str> = columns.iter().map(|&c| table.spec.columns[c].name).collect();
                let message = format!(
                    "holds at the same time as row {other} of the same {}; {} is the last day of a row, so the next one \
                     begins on the day after",
                    same.join(", "),
                    table.spec.columns[to].name
                );
                drafts.remark(number, row, table.spec.columns[from].name, "overlapping_periods", message);
            }
            if latest.is_none_or(|(until, _)| end > until) {
                latest = Some((end, row));
            }
        }
    }
}
