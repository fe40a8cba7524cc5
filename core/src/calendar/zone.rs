//! Time zones.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};

use super::date::{civil_from_days, days_from_civil};
use super::{CalendarError, Date, MICROS_PER_DAY, MICROS_PER_SECOND};

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
