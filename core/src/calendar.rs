//! Time: instants, civil dates, time zones and fiscal periods. An instant is an `i64` of microseconds since
//! 1970-01-01T00:00:00Z, a civil date an `i32` of days since 1970-01-01, both in the proleptic Gregorian calendar and without
//! leap seconds. Text is ISO 8601 and nothing else: 11/20/2026 is refused, because 10/11/2026 could be two days and a guess
//! would be silent. Dates and instants outside 1900-01-01..=2200-12-31 are refused too: they are typing errors or sentinels.
//! Time zones come from the IANA database that is compiled in, never from the machine.
//!
//! Sources: days and dates, Hinnant, "chrono-compatible low-level date algorithms" (2013); zones, the `jiff` crate.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

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
const fn days_in_month(year: i32, month: u8) -> u8 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01 of a date that exists. The year runs from March, so that the leap day comes last; an era is the
/// 400 years, 146 097 days, after which the calendar repeats.
const fn days_from_civil(year: i32, month: u8, day: u8) -> i32 {
    let (month, day) = (month as i32, day as i32);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The inverse of [`days_from_civil`], for any number of days.
const fn civil_from_days(days: i32) -> (i32, u8, u8) {
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

/// What a text says about when: a whole day, an instant, or a time of day whose zone is still to be supplied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Parsed {
    /// A date without a time: the whole day, in the zone of whoever reads it.
    Date(Date),
    /// An instant: the text had an offset or `Z`.
    Instant(i64),
    /// Civil microseconds since 1970-01-01T00:00:00, without an offset; see [`Zone::local_to_instant`].
    Local(i64),
}

/// Reads ISO 8601: `2026-11-20`, or a date, one of `T`, `t` and space, a time `10:20`, `10:20:30` or `10:20:30.123456789`,
/// and perhaps `Z`, `z`, `+01:00`, `+0100` or `+01`. ASCII spaces around it are ignored; digits past microseconds are cut off.
///
/// ```
/// # use cosell::calendar::{MICROS_PER_HOUR, Parsed, parse_when};
/// assert_eq!(parse_when("1970-01-01T02:00+01:00"), Ok(Parsed::Instant(MICROS_PER_HOUR)));
/// assert!(parse_when("11/20/2026").is_err());
/// ```
///
/// # Errors
/// `Malformed` for other forms and for days or times that do not exist, such as second 60; `OutOfRange` outside
/// [`MIN_DATE`]..=[`MAX_DATE`].
pub fn parse_when(text: &str) -> Result<Parsed, CalendarError> {
    let bytes = trim_spaces(text.as_bytes());
    let Some((date, rest)) = bytes.split_at_checked(10) else { return Err(CalendarError::Malformed) };
    if rest.is_empty() {
        return parse_date(date).map(Parsed::Date);
    }
    let [b'T' | b't' | b' ', time @ ..] = rest else { return Err(CalendarError::Malformed) };
    let (micros, suffix) = parse_time(time).ok_or(CalendarError::Malformed)?;
    let offset = match suffix {
        [] => None,
        _ => Some(parse_offset(suffix).ok_or(CalendarError::Malformed)?),
    };
    let civil = i64::from(parse_date(date)?.0) * MICROS_PER_DAY + micros;
    match offset {
        None => Ok(Parsed::Local(civil)),
        Some(offset) if in_range(civil - offset) => Ok(Parsed::Instant(civil - offset)),
        Some(_) => Err(CalendarError::OutOfRange),
    }
}

fn trim_spaces(mut bytes: &[u8]) -> &[u8] {
    while let [b' ', rest @ ..] | [rest @ .., b' '] = bytes {
        bytes = rest;
    }
    bytes
}

/// The number that two ASCII digits write.
#[inline]
fn two_digits(tens: u8, ones: u8) -> Option<i64> {
    let (tens, ones) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'));
    (tens <= 9 && ones <= 9).then(|| i64::from(tens * 10 + ones))
}

/// Reads the ten bytes of `2026-11-20`.
#[inline]
fn parse_date(bytes: &[u8]) -> Result<Date, CalendarError> {
    let &[y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = bytes else { return Err(CalendarError::Malformed) };
    let fields = (two_digits(y1, y2), two_digits(y3, y4), two_digits(m1, m2), two_digits(d1, d2));
    let (Some(century), Some(year), Some(month), Some(day)) = fields else { return Err(CalendarError::Malformed) };
    Date::from_ymd((century * 100 + year) as i32, month as u8, day as u8)
}

/// Reads `10:20`, `10:20:30` or `10:20:30.5` at the start of `bytes`: microseconds since midnight, and what follows.
#[inline]
fn parse_time(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let &[h1, h2, b':', m1, m2, ref rest @ ..] = bytes else { return None };
    let (hour, minute) = (two_digits(h1, h2)?, two_digits(m1, m2)?);
    let (second, rest) = match rest {
        &[b':', s1, s2, ref rest @ ..] => (two_digits(s1, s2)?, rest),
        [b':', ..] => return None,
        // A fraction belongs to seconds; after minutes it is left over, and no offset begins with a point.
        _ => return clock(hour, minute, 0).map(|micros| (micros, rest)),
    };
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => parse_fraction(rest)?,
        _ => (0, rest),
    };
    Some((clock(hour, minute, second)? + fraction, rest))
}

#[inline]
fn clock(hour: i64, minute: i64, second: i64) -> Option<i64> {
    (hour <= 23 && minute <= 59 && second <= 59)
        .then_some(hour * MICROS_PER_HOUR + minute * MICROS_PER_MINUTE + second * MICROS_PER_SECOND)
}

/// Reads 1 to 9 digits after the point: whole microseconds, and what follows.
#[inline]
fn parse_fraction(bytes: &[u8]) -> Option<(i64, &[u8])> {
    let digits = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(1..=9).contains(&digits) {
        return None;
    }
    let (fraction, rest) = bytes.split_at(digits);
    let micros = (0..6).fold(0, |sum, i| sum * 10 + fraction.get(i).map_or(0, |digit| i64::from(digit - b'0')));
    Some((micros, rest))
}

/// Reads `Z`, `+01`, `+0100` or `+01:00`: microseconds east of UTC.
#[inline]
fn parse_offset(bytes: &[u8]) -> Option<i64> {
    let (&sign, rest) = bytes.split_first()?;
    let (hours, minutes) = match *rest {
        [] if matches!(sign, b'Z' | b'z') => return Some(0),
        [h1, h2] => (two_digits(h1, h2)?, 0),
        [h1, h2, m1, m2] | [h1, h2, b':', m1, m2] => (two_digits(h1, h2)?, two_digits(m1, m2)?),
        _ => return None,
    };
    let size = clock(hours, minutes, 0)?;
    match sign {
        b'+' => Some(size),
        b'-' => Some(-size),
        _ => None,
    }
}

/// An instant as `2026-11-20T10:20:30Z`, with `.123456` where it is not a whole second.
pub fn format_instant(instant: i64) -> String {
    let date = Date(instant.div_euclid(MICROS_PER_DAY) as i32);
    let micros = instant.rem_euclid(MICROS_PER_DAY);
    let (hour, minute) = (micros / MICROS_PER_HOUR, micros / MICROS_PER_MINUTE % 60);
    let (second, fraction) = (micros / MICROS_PER_SECOND % 60, micros % MICROS_PER_SECOND);
    if fraction == 0 {
        format!("{date}T{hour:02}:{minute:02}:{second:02}Z")
    } else {
        format!("{date}T{hour:02}:{minute:02}:{second:02}.{fraction:06}Z")
    }
}

/// The compiled-in IANA database: the same answers on every machine.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone, by IANA name. Cheap to clone; UTC costs nothing to use.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Zone {
    /// `None` is UTC.
    rules: Option<TimeZone>,
}

impl Zone {
    /// The zone of an IANA name, in any case of letters.
    ///
    /// # Errors
    /// `UnknownZone` when the database has no such name; [`Zone::names`] lists those it has.
    pub fn new(name: &str) -> Result<Self, CalendarError> {
        if name.eq_ignore_ascii_case("UTC") || name.eq_ignore_ascii_case("Etc/UTC") {
            return Ok(Self::utc());
        }
        match ZONES.get(name) {
            Ok(rules) if rules.iana_name().is_some() => Ok(Self { rules: Some(rules) }),
            _ => Err(CalendarError::UnknownZone(name.to_owned())),
        }
    }

    /// Coordinated Universal Time.
    pub const fn utc() -> Self {
        Self { rules: None }
    }

    /// The IANA name, in the database's spelling.
    pub fn name(&self) -> &str {
        self.rules.as_ref().and_then(TimeZone::iana_name).unwrap_or("UTC")
    }

    /// Every name that [`Zone::new`] knows, sorted; for suggestions.
    pub fn names() -> Vec<String> {
        let mut names: Vec<String> = ZONES.available().map(|name| name.as_str().to_owned()).collect();
        names.sort_unstable();
        names
    }

    /// The instant of a civil time in this zone (microseconds since 1970-01-01T00:00:00 on the wall clock). A time that the
    /// clock skips moves forward by what was skipped; of a time that it shows twice, the first is meant.
    #[inline]
    pub fn local_to_instant(&self, civil_micros: i64) -> i64 {
        match &self.rules {
            None => civil_micros,
            Some(rules) => civil_micros.saturating_sub(offset_before(rules, civil_micros).0),
        }
    }

    /// The first instant of a day: its midnight, or where the clock skips midnight the moment after the jump.
    #[inline]
    pub fn start_of_day(&self, date: Date) -> i64 {
        let midnight = i64::from(date.0).saturating_mul(MICROS_PER_DAY);
        match &self.rules {
            None => midnight,
            Some(rules) => start_of_day_by_rules(rules, midnight),
        }
    }

    /// The last microsecond of a day: days have 23 to 25 hours, and follow each other without a gap. A day that the zone
    /// skipped (2011-12-30 in Samoa) is empty: it ends one microsecond before it starts.
    #[inline]
    pub fn end_of_day(&self, date: Date) -> i64 {
        self.start_of_day(date.add_days(1)).saturating_sub(1)
    }

    /// The civil date on the wall clock at an instant. Where a clock was set back across midnight, the repeated minutes
    /// before midnight show the earlier date, although they come after [`Zone::start_of_day`] of the later one.
    #[inline]
    pub fn date_of(&self, instant: i64) -> Date {
        let civil = match &self.rules {
            None => instant,
            Some(rules) => instant.saturating_add(offset_at(rules, instant)),
        };
        Date(civil.div_euclid(MICROS_PER_DAY) as i32)
    }
}

/// Bounds within which every civil time and every instant is one that the zone rules can answer: the years 1 to 9000.
const RULES_MIN: i64 = days_from_civil(1, 1, 1) as i64 * MICROS_PER_DAY;
const RULES_MAX: i64 = days_from_civil(9000, 1, 1) as i64 * MICROS_PER_DAY;

fn timestamp(instant: i64) -> Timestamp {
    Timestamp::from_microsecond(instant.clamp(RULES_MIN, RULES_MAX)).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// Microseconds east of UTC at an instant.
fn offset_at(rules: &TimeZone, instant: i64) -> i64 {
    i64::from(rules.to_offset(timestamp(instant)).seconds()) * MICROS_PER_SECOND
}

/// Microseconds east of UTC at a civil time, from before the change where it is skipped or shown twice; and whether it is
/// skipped.
fn offset_before(rules: &TimeZone, civil_micros: i64) -> (i64, bool) {
    let civil = civil_micros.clamp(RULES_MIN, RULES_MAX);
    let (year, month, day) = civil_from_days(civil.div_euclid(MICROS_PER_DAY) as i32);
    let second = civil.rem_euclid(MICROS_PER_DAY) / MICROS_PER_SECOND;
    let (hour, minute, second) = ((second / 3600) as i8, (second / 60 % 60) as i8, (second % 60) as i8);
    let wall_clock =
        DateTime::new(year as i16, month as i8, day as i8, hour, minute, second, 0).unwrap_or(DateTime::ZERO);
    let (offset, skipped) = match rules.to_ambiguous_timestamp(wall_clock).offset() {
        AmbiguousOffset::Unambiguous { offset } => (offset, false),
        AmbiguousOffset::Fold { before, .. } => (before, false),
        AmbiguousOffset::Gap { before, .. } => (before, true),
    };
    (i64::from(offset.seconds()) * MICROS_PER_SECOND, skipped)
}

fn start_of_day_by_rules(rules: &TimeZone, midnight: i64) -> i64 {
    let (offset, skipped) = offset_before(rules, midnight);
    let instant = midnight.saturating_sub(offset);
    if !skipped {
        return instant;
    }
    // By the old offset a skipped midnight is at or after the jump; the day begins at the jump itself.
    let jump = rules.preceding(timestamp(instant.saturating_add(1))).next();
    jump.map_or(instant, |jump| jump.timestamp().as_microsecond())
}

/// A span of whole days with a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
pub struct Period {
    /// The first day.
    pub start: Date,
    /// The last day, which belongs to the period.
    pub end: Date,
    /// What to call it: `FY2026 Q3`, `2026-11`, `12 months to 2026-11-20`.
    pub label: String,
}

impl Period {
    /// The calendar month of a date.
    pub fn month(date: Date) -> Self {
        let (year, month, _) = date.ymd();
        Self::from_months(date.first_of_month(), 1, format!("{year:04}-{month:02}"))
    }

    /// The whole days that end on `as_of` and begin on the day after `as_of` minus so many months: trailing four quarters to
    /// 2026-11-20 are `trailing(as_of, 12)`, 2025-11-21 to 2026-11-20.
    pub fn trailing(as_of: Date, months: u32) -> Self {
        let months = i32::try_from(months).unwrap_or(i32::MAX);
        let unit = if months == 1 { "month" } else { "months" };
        let start = as_of.add_months(-months).add_days(1);
        Self { start, end: as_of, label: format!("{months} {unit} to {as_of}") }
    }

    /// The last `days` days up to and with `as_of`.
    pub fn trailing_days(as_of: Date, days: u32) -> Self {
        let days = i32::try_from(days).unwrap_or(i32::MAX);
        let unit = if days == 1 { "day" } else { "days" };
        let start = as_of.add_days(-days).add_days(1);
        Self { start, end: as_of, label: format!("{days} {unit} to {as_of}") }
    }

    /// Whether a date is in the period.
    #[inline]
    pub fn contains(&self, date: Date) -> bool {
        self.start <= date && date <= self.end
    }

    /// The number of days; 0 for a trailing period of no length.
    pub fn days(&self) -> u32 {
        u32::try_from(i64::from(self.end.0) - i64::from(self.start.0) + 1).unwrap_or(0)
    }

    fn from_months(start: Date, months: i32, label: String) -> Self {
        Self { start, end: start.add_months(months).add_days(-1), label }
    }
}

/// A fiscal calendar of whole months. A fiscal year is named by the calendar year in which it ends: with `first_month` 2,
/// FY2026 runs from 2025-02-01 to 2026-01-31.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct FiscalYear {
    /// The month in which the fiscal year begins, 1 to 12; a number outside counts as the nearer of the two.
    pub first_month: u8,
}

impl Default for FiscalYear {
    /// The calendar year.
    fn default() -> Self {
        Self { first_month: 1 }
    }
}

impl FiscalYear {
    /// The fiscal quarter of a date, such as `FY2026 Q3`.
    pub fn quarter(self, date: Date) -> Period {
        let (start, name) = self.start_and_name(date);
        let months = months_between(start, date);
        let quarter = months / 3;
        Period::from_months(start.add_months(quarter * 3), 3, format!("FY{name} Q{}", quarter + 1))
    }

    /// The fiscal year of a date, such as `FY2026`.
    pub fn year(self, date: Date) -> Period {
        let (start, name) = self.start_and_name(date);
        Period::from_months(start, 12, format!("FY{name}"))
    }

    /// The first day of the fiscal year of a date, and the calendar year in which it ends.
    fn start_and_name(self, date: Date) -> (Date, i32) {
        let (_, month, _) = date.ymd();
        let first = i32::from(self.first_month.clamp(1, 12));
        let start = date.first_of_month().add_months(-(i32::from(month) - first).rem_euclid(12));
        (start, start.add_months(11).ymd().0)
    }
}

/// The number of months from the month of one date to that of another.
fn months_between(from: Date, to: Date) -> i32 {
    let ((y1, m1, _), (y2, m2, _)) = (from.ymd(), to.ymd());
    (y2 - y1) * 12 + i32::from(m2) - i32::from(m1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn at(text: &str) -> i64 {
        match parse_when(text) {
            Ok(Parsed::Instant(instant) | Parsed::Local(instant)) => instant,
            other => panic!("{text}: {other:?}"),
        }
    }

    #[test]
    fn dates_follow_the_gregorian_calendar() {
        assert_eq!(day("1970-01-01"), Date(0));
        assert_eq!(day("2000-03-01"), Date(11_017));
        assert_eq!(day("2026-11-20"), Date(20_777));
        assert_eq!(day("2026-11-20").weekday(), 5);
        assert_eq!(day("1970-01-04").weekday(), 7);
        assert_eq!(MIN_DATE.to_string(), "1900-01-01");
        assert_eq!(MAX_DATE.to_string(), "2200-12-31");
        assert!(Date::parse("2024-02-29").is_ok() && Date::parse("2000-02-29").is_ok());
        for bad in ["2026-02-29", "1900-02-29", "2026-00-10", "2026-13-01", "2026-04-31", "2026-01-00"] {
            assert_eq!(Date::parse(bad), Err(CalendarError::Malformed), "{bad}");
        }
        for far in ["1899-12-31", "2201-01-01", "9999-12-31", "0001-01-01"] {
            assert_eq!(Date::parse(far), Err(CalendarError::OutOfRange), "{far}");
        }
    }

    #[test]
    fn every_supported_day_is_the_day_after_the_one_before() {
        let mut expected = (1900, 1, 1);
        for days in MIN_DATE.0..=MAX_DATE.0 {
            assert_eq!(Date(days).ymd(), expected);
            assert_eq!(Date::from_ymd(expected.0, expected.1, expected.2), Ok(Date(days)));
            let (year, month, day) = expected;
            expected = if day < days_in_month(year, month) {
                (year, month, day + 1)
            } else if month < 12 {
                (year, month + 1, 1)
            } else {
                (year + 1, 1, 1)
            };
        }
        assert_eq!(expected, (2201, 1, 1));
    }

    #[test]
    fn months_are_clamped_to_their_last_day() {
        assert_eq!(day("2026-01-31").add_months(1), day("2026-02-28"));
        assert_eq!(day("2024-01-31").add_months(1), day("2024-02-29"));
        assert_eq!(day("2026-03-31").add_months(-4), day("2025-11-30"));
        assert_eq!(day("2026-11-20").add_months(14), day("2028-01-20"));
        assert_eq!(day("2026-11-20").first_of_month(), day("2026-11-01"));
    }

    #[test]
    fn every_iso_form_is_read() {
        let instant = at("2026-11-20T10:20:30Z");
        assert_eq!(instant, 20_777 * MICROS_PER_DAY + 10 * MICROS_PER_HOUR + 20 * MICROS_PER_MINUTE + 30_000_000);
        for same in [
            "2026-11-20t10:20:30z",
            "  2026-11-20 10:20:30Z ",
            "2026-11-20T11:20:30+01:00",
            "2026-11-20T11:20:30.000+0100",
            "2026-11-20T08:20:30-02",
            "2026-11-20T15:50:30+05:30",
            "2026-11-19T23:20:30-11:00",
            "2026-11-20T10:20:30-00:00",
        ] {
            assert_eq!(parse_when(same), Ok(Parsed::Instant(instant)), "{same}");
        }
        assert_eq!(parse_when("2026-11-20T10:20:30"), Ok(Parsed::Local(instant)));
        assert_eq!(parse_when("2026-11-20 10:20"), Ok(Parsed::Local(instant - 30_000_000)));
        assert_eq!(parse_when("2026-11-20T10:20:30.5"), Ok(Parsed::Local(instant + 500_000)));
        assert_eq!(parse_when("2026-11-20T10:20:30.123456999Z"), Ok(Parsed::Instant(instant + 123_456)));
        assert_eq!(parse_when(" 2026-11-20 "), Ok(Parsed::Date(Date(20_777))));
    }

    #[test]
    fn other_forms_are_refused_and_never_guessed() {
        for bad in [
            "",
            " ",
            "20261120",
            "11/20/2026",
            "20.11.2026",
            "20-11-2026",
            "2026/11/20",
            "2026-11",
            "2026-W47-5",
            "2026-11-20Z",
            "2026-11-20T",
            "2026-11-20T10",
            "2026-11-20T1020",
            "2026-11-20T10:20:",
            "2026-11-20T10:20.5",
            "2026-11-20T10:20:60",
            "2026-11-20T23:59:60Z",
            "2026-11-20T24:00",
            "2026-11-20T10:60",
            "2026-11-20T10:20:30.",
            "2026-11-20T10:20:30.1234567890",
            "2026-11-20T10:20:30+1",
            "2026-11-20T10:20:30+01:60",
            "2026-11-20T10:20:30+24:00",
            "2026-11-20T10:20:30 +01:00",
            "2026-11-20T10:20:30ZZ",
            "2026-11-20T10:20:30*01:00",
            "2026-11-20\n10:20",
            "2026-11-2\u{e9}",
            "\u{0662}\u{0660}26-11-20",
        ] {
            assert_eq!(parse_when(bad), Err(CalendarError::Malformed), "{bad:?}");
        }
        assert_eq!(parse_when("9999-12-31T00:00:00Z"), Err(CalendarError::OutOfRange));
        assert_eq!(parse_when("2200-12-31T23:00:00-02:00"), Err(CalendarError::OutOfRange));
    }

    #[test]
    fn instants_are_written_as_they_are_read() {
        assert_eq!(format_instant(at("2026-11-20T10:20:30Z")), "2026-11-20T10:20:30Z");
        assert_eq!(format_instant(at("2026-11-20T10:20:30.000120Z")), "2026-11-20T10:20:30.000120Z");
        assert_eq!(format_instant(-1), "1969-12-31T23:59:59.999999Z");
    }

    #[test]
    fn utc_days_have_24_hours() {
        let zone = Zone::new("etc/utc").unwrap();
        assert_eq!((zone.name(), &zone), ("UTC", &Zone::utc()));
        assert_eq!(zone.start_of_day(Date(1)), MICROS_PER_DAY);
        assert_eq!(zone.end_of_day(Date(1)), 2 * MICROS_PER_DAY - 1);
        assert_eq!(zone.date_of(-1), Date(-1));
        assert_eq!(zone.local_to_instant(i64::MIN), i64::MIN);
    }

    #[test]
    fn skipped_times_move_forward_and_repeated_times_are_the_first() {
        let zone = Zone::new("america/new_york").unwrap();
        assert_eq!(zone.name(), "America/New_York");
        assert_eq!(zone.local_to_instant(at("2026-11-20T10:00")), at("2026-11-20T15:00Z"));
        assert_eq!(zone.local_to_instant(at("2026-03-08T02:30")), at("2026-03-08T03:30-04:00"), "skipped");
        assert_eq!(zone.local_to_instant(at("2026-11-01T01:30")), at("2026-11-01T01:30-04:00"), "repeated");
        assert_eq!(zone.local_to_instant(at("2026-11-01T01:30:00.25")), at("2026-11-01T01:30:00.25-04:00"));
        assert_eq!(zone.date_of(at("2026-11-20T04:59:59Z")), day("2026-11-19"));
        assert_eq!(zone.end_of_day(day("2026-11-19")), at("2026-11-20T05:00Z") - 1);
        let hours = |date| (zone.end_of_day(date) + 1 - zone.start_of_day(date)) / MICROS_PER_HOUR;
        assert_eq!(hours(day("2026-03-08")), 23);
        assert_eq!(hours(day("2026-11-01")), 25);
    }

    #[test]
    fn days_begin_at_the_jump_where_midnight_is_skipped() {
        let sao_paulo = Zone::new("America/Sao_Paulo").unwrap();
        assert_eq!(sao_paulo.start_of_day(day("2018-11-04")), at("2018-11-04T03:00Z"));
        // Toronto went from 23:30 to 00:30.
        let toronto = Zone::new("America/Toronto").unwrap();
        let jump = at("1919-03-31T04:30Z");
        assert_eq!(toronto.start_of_day(day("1919-03-31")), jump);
        assert_eq!(toronto.date_of(jump), day("1919-03-31"));
        assert_eq!(toronto.date_of(jump - 1), day("1919-03-30"));
        // Samoa had no 30 December 2011.
        let apia = Zone::new("Pacific/Apia").unwrap();
        assert_eq!(apia.start_of_day(day("2011-12-30")), apia.start_of_day(day("2011-12-31")));
        assert_eq!(apia.end_of_day(day("2011-12-30")), apia.start_of_day(day("2011-12-30")) - 1);
        assert_eq!(apia.date_of(apia.end_of_day(day("2011-12-30"))), day("2011-12-29"));
    }

    #[test]
    fn unknown_zones_are_named() {
        for name in ["", "Mars/Olympus", "+01:00", "Europe/Berlin ", "../etc/passwd"] {
            assert_eq!(Zone::new(name), Err(CalendarError::UnknownZone(name.to_owned())));
        }
        assert!(Zone::new("Mars/Olympus").unwrap_err().to_string().contains("\"Mars/Olympus\""));
        let names = Zone::names();
        assert!(names.len() > 400 && names.binary_search(&"Europe/Berlin".to_owned()).is_ok());
    }

    #[test]
    fn fiscal_years_are_named_by_their_end() {
        let calendar = FiscalYear::default();
        let q4 = calendar.quarter(day("2026-11-20"));
        assert_eq!((q4.label.as_str(), q4.start, q4.end), ("FY2026 Q4", day("2026-10-01"), day("2026-12-31")));
        assert_eq!(calendar.year(day("2026-11-20")).label, "FY2026");
        let february = FiscalYear { first_month: 2 };
        let year = february.year(day("2026-11-20"));
        assert_eq!((year.label.as_str(), year.start, year.end), ("FY2027", day("2026-02-01"), day("2027-01-31")));
        let january = february.quarter(day("2026-01-31"));
        assert_eq!((january.label.as_str(), january.start), ("FY2026 Q4", day("2025-11-01")));
        assert_eq!(FiscalYear { first_month: 7 }.quarter(day("2026-07-01")).label, "FY2027 Q1");
    }

    #[test]
    fn trailing_periods_end_on_the_day_they_are_asked_for() {
        let year = Period::trailing(day("2026-11-20"), 12);
        assert_eq!((year.start, year.end), (day("2025-11-21"), day("2026-11-20")));
        assert_eq!((year.label.as_str(), year.days()), ("12 months to 2026-11-20", 365));
        let week = Period::trailing_days(day("2026-11-20"), 7);
        assert_eq!((week.start, week.days()), (day("2026-11-14"), 7));
        assert_eq!(Period::trailing(day("2026-11-20"), 0).days(), 0);
        let month = Period::month(day("2024-02-10"));
        assert_eq!((month.label.as_str(), month.days()), ("2024-02", 29));
        assert!(month.contains(day("2024-02-29")) && !month.contains(day("2024-03-01")));
    }

    #[test]
    fn serde_writes_and_reads_iso_text() {
        let json = serde_json::to_string(&day("2026-11-20")).unwrap();
        assert_eq!(json, "\"2026-11-20\"");
        assert_eq!(serde_json::from_str::<Date>(&json).unwrap(), day("2026-11-20"));
        assert!(serde_json::from_str::<Date>("\"11/20/2026\"").unwrap_err().to_string().contains("11/20/2026"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = parse_when(&text);
            let _ = Date::parse(&text);
            let _ = Zone::new(&text);
        }

        #[test]
        fn mutated_valid_text_never_panics(
            cut in 0_usize..40, insert in any::<char>(), replace in any::<bool>(), tail in "[-+:.0-9TZz ]{0,6}",
        ) {
            let valid = format!("2026-11-20T10:20:30.123456{tail}");
            let mut chars: Vec<char> = valid.chars().collect();
            let at = cut.min(chars.len() - 1);
            if replace { chars[at] = insert } else { chars.insert(at, insert) }
            let _ = parse_when(&chars.into_iter().collect::<String>());
        }

        #[test]
        fn no_number_panics(number in any::<i64>(), days in any::<i32>(), months in any::<i32>()) {
            let zone = Zone::new("Europe/Berlin").unwrap();
            let _ = (zone.local_to_instant(number), zone.date_of(number), format_instant(number));
            let _ = (zone.start_of_day(Date(days)), zone.end_of_day(Date(days)), Date(days).add_months(months));
            let _ = (Date(days).to_string(), FiscalYear { first_month: 4 }.quarter(Date(days)).days());
            let _ = (Period::trailing(Date(days), months.unsigned_abs()), Period::month(Date(days)));
        }

        #[test]
        fn written_instants_read_back(instant in at("1900-01-01T00:00Z")..at("2200-12-31T23:59Z")) {
            prop_assert_eq!(parse_when(&format_instant(instant)), Ok(Parsed::Instant(instant)));
        }

        #[test]
        fn an_instant_is_within_its_day(instant in at("1900-01-01T00:00Z")..at("2200-12-31T00:00Z")) {
            for name in ["Europe/Berlin", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe"] {
                let zone = Zone::new(name).unwrap();
                let date = zone.date_of(instant);
                prop_assert!(zone.start_of_day(date) <= instant && instant <= zone.end_of_day(date), "{}", name);
            }
        }
    }
}
