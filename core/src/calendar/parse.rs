//! Text to times and back: ISO 8601.

use super::{CalendarError, Date, MICROS_PER_DAY, MICROS_PER_HOUR, MICROS_PER_MINUTE, MICROS_PER_SECOND, in_range};
#[cfg(doc)]
use super::{MAX_DATE, MIN_DATE, Zone};

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

pub(super) fn trim_spaces(mut bytes: &[u8]) -> &[u8] {
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
pub(super) fn parse_date(bytes: &[u8]) -> Result<Date, CalendarError> {
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
