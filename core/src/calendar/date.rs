//! Civil dates.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::CalendarError;
use super::parse::{parse_date, trim_spaces};
#[cfg(doc)]
use super::{MAX_DATE, MIN_DATE};

/// A civil date: days since 1970-01-01. As text and in serde it is ISO 8601, `2026-11-20`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Date(pub i32);

impl Date {
    /// The date of a year, month (1 to 12) and day (1 to 31).
    ///
    /// # Errors
    /// `Malformed` for a day that does not exist, `OutOfRange` outside [`MIN_DATE`]..=[`MAX_DATE`].
    pub const fn from_ymd(year: i32, month: u8, day: u8) -> Result<Self, CalendarError> {
        if month < 1 || month > 12 || day < 1 || day > days_in_month(year, month) {
            return Err(CalendarError::Malformed);
        }
        if year < 1900 || year > 2200 {
            return Err(CalendarError::OutOfRange);
        }
        Ok(Self(days_from_civil(year, month, day)))
    }

    /// Year, month (1 to 12) and day (1 to 31).
    #[inline]
    pub const fn ymd(self) -> (i32, u8, u8) {
        civil_from_days(self.0)
    }

    /// Reads `2026-11-20`; ASCII spaces around it are ignored.
    ///
    /// # Errors
    /// `Malformed` for anything else, a time of day included; `OutOfRange` outside [`MIN_DATE`]..=[`MAX_DATE`].
    pub fn parse(text: &str) -> Result<Self, CalendarError> {
        let bytes = trim_spaces(text.as_bytes());
        if bytes.len() == 10 { parse_date(bytes) } else { Err(CalendarError::Malformed) }
    }

    /// The date `days` later, or earlier when negative.
    #[inline]
    #[must_use]
    pub const fn add_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The same day of the month `months` later, or earlier when negative; the month's last day where there is no such day.
    #[must_use]
    pub const fn add_months(self, months: i32) -> Self {
        let (year, month, day) = self.ymd();
        let count = year as i64 * 12 + (month as i64 - 1) + months as i64;
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12) as u8 + 1);
        // Years that an i32 of days cannot reach stay at its ends.
        if year < -5_000_000 {
            return Self(i32::MIN);
        }
        if year > 5_000_000 {
            return Self(i32::MAX);
        }
        let last = days_in_month(year as i32, month);
        Self(days_from_civil(year as i32, month, if day < last { day } else { last }))
    }

    /// The first day of this date's month.
    #[inline]
    #[must_use]
    pub const fn first_of_month(self) -> Self {
        self.add_days(1 - self.ymd().2 as i32)
    }

    /// The ISO number of the day of the week: 1 is Monday, 7 is Sunday.
    #[inline]
    pub const fn weekday(self) -> u8 {
        // 1970-01-01 was a Thursday.
        (self.0 as i64 + 3).rem_euclid(7) as u8 + 1
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.ymd();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl FromStr for Date {
    type Err = CalendarError;

    fn from_str(text: &str) -> Result<Self, CalendarError> {
        Self::parse(text)
    }
}

impl Serialize for Date {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Date {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(|error| de::Error::custom(format_args!("{text:?}: {error}")))
    }
}

const fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The number of days of a month in 1..=12.
pub(super) const fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date that exists. The year runs from March, so that the leap day comes last; an era is the
/// 400 years, 146 097 days, after which the calendar repeats.
pub(super) const fn days_from_civil(year: i32, month: u8, day: u8) -> i32 {
    let (month, day) = (month as i32, day as i32);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`], for any number of days.
pub(super) const fn civil_from_days(days: i32) -> (i32, u8, u8) {
    // 15 000 eras more than any i32 of days goes back, so that the divisions are unsigned, which is faster.
    let shifted = (days as i64 + 719_468 + 15_000 * 146_097) as u64;
    let era = (shifted / 146_097) as i32 - 15_000;
    let day_of_era = (shifted % 146_097) as u32;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * march_month + 2) / 5 + 1;
    let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
    let year = year_of_era as i32 + era * 400 + (month <= 2) as i32;
    (year, month as u8, day as u8)
}
