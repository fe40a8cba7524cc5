//! Time: instants, civil dates, time zones and fiscal periods. An instant is an `i64` of microseconds since
//! 1970-01-01T00:00:00Z, a civil date an `i32` of days since 1970-01-01, both in the proleptic Gregorian calendar and without
//! leap seconds. Text is ISO 8601 and nothing else: 11/20/2026 is refused, because 10/11/2026 could be two days and a guess
//! would be silent. Dates and instants outside 1900-01-01..=2200-12-31 are refused too: they are typing errors or sentinels.
//! Time zones come from the IANA database that is compiled in, never from the machine.
//!
//! Sources: days and dates, Hinnant, "chrono-compatible low-level date algorithms" (2013); zones, the `jiff` crate.

mod date;
mod parse;
mod period;
#[cfg(test)]
mod tests;
mod zone;

use std::fmt;

pub use date::Date;
use date::days_from_civil;
pub use parse::{Parsed, format_instant, parse_when};
pub use period::{FiscalYear, Period};
pub use zone::Zone;

/// Microseconds in a second.
pub const MICROS_PER_SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MICROS_PER_MINUTE: i64 = 60 * MICROS_PER_SECOND;
/// Microseconds in an hour.
pub const MICROS_PER_HOUR: i64 = 60 * MICROS_PER_MINUTE;
/// Microseconds in a day of 24 hours.
pub const MICROS_PER_DAY: i64 = 24 * MICROS_PER_HOUR;

/// The first supported day, 1900-01-01.
pub const MIN_DATE: Date = Date(days_from_civil(1900, 1, 1));
/// The last supported day, 2200-12-31.
pub const MAX_DATE: Date = Date(days_from_civil(2200, 12, 31));

/// Whether an instant is on a supported day, in UTC.
#[inline]
pub const fn in_range(instant: i64) -> bool {
    instant >= MIN_DATE.0 as i64 * MICROS_PER_DAY && instant < (MAX_DATE.0 as i64 + 1) * MICROS_PER_DAY
}

/// Whether a date is a supported day.
#[inline]
pub const fn date_in_range(date: Date) -> bool {
    date.0 >= MIN_DATE.0 && date.0 <= MAX_DATE.0
}

/// Why text is not a time, or a name not a time zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalendarError {
    /// Not ISO 8601, or not a day or time that exists (2026-02-30, 25:00).
    Malformed,
    /// A day outside [`MIN_DATE`]..=[`MAX_DATE`].
    OutOfRange,
    /// No such zone in the IANA database; carries the name that was asked for.
    UnknownZone(String),
}

impl fmt::Display for CalendarError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str(
                "not a date or time; expected ISO 8601, such as 2026-11-20, 2026-11-20T10:20:30Z or \
                 2026-11-20 10:20+01:00 (orders such as 11/20/2026 are ambiguous and never guessed: convert them first)",
            ),
            Self::OutOfRange => write!(
                f,
                "date out of range; expected {MIN_DATE} to {MAX_DATE}; leave the value empty where it is unknown or open-ended"
            ),
            Self::UnknownZone(name) => write!(
                f,
                "unknown time zone {name:?}; expected an IANA name such as \"UTC\", \"Europe/Berlin\" or \"America/New_York\" \
                 (not an abbreviation such as PST or an offset such as +01:00)"
            ),
        }
    }
}

impl std::error::Error for CalendarError {}
