//! The days on which partners move.

use super::document::{Anniversary, Schedule};
use crate::calendar::Date;

/// The first day of a schedule from `from` on and up to `to`, both included.
///
/// `own` is the partner's day that an anniversary returns; without it there is no day.
pub(crate) fn first_day(
    schedule: &Schedule,
    from: Date,
    to: Date,
    own: impl Fn(Anniversary) -> Option<Date>,
) -> Option<Date> {
    if from > to {
        return None;
    }
    match schedule {
        Schedule::AnyDay => Some(from),
        Schedule::Never => None,
        Schedule::EveryMonth => {
            let first = from.first_of_month();
            let day = if first == from { first } else { first.add_months(1) };
            (day <= to).then_some(day)
        }
        Schedule::EveryYear(days) => {
            // The compiler has checked that each is a day of some year; 29 February is the 28th in other years.
            let parsed = days.iter().filter_map(|day| Date::parse(&format!("2024-{day}")).ok());
            parsed.filter_map(|day| yearly(day, from)).filter(|day| *day <= to).min()
        }
        Schedule::Anniversary(which) => {
            let start = own(*which)?;
            // The day itself is no return of it.
            yearly(start, from.max(start.add_days(1))).filter(|day| *day <= to)
        }
    }
}

/// The first return of a day's month and day from `from` on.
fn yearly(day: Date, from: Date) -> Option<Date> {
    let (year, _, _) = day.ymd();
    let (first, _, _) = from.ymd();
    (first - 1..=first + 1).map(|y| day.add_months((y - year) * 12)).find(|d| *d >= from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    fn first(schedule: &Schedule, from: &str, to: &str) -> Option<String> {
        first_day(schedule, date(from), date(to), |_| Some(date("2024-02-29"))).map(|d| d.to_string())
    }

    #[test]
    fn days_return_every_year() {
        let yearly = Schedule::EveryYear(vec!["09-01".into(), "03-01".into()]);
        assert_eq!(first(&yearly, "2026-01-15", "2026-12-31").as_deref(), Some("2026-03-01"));
        assert_eq!(first(&yearly, "2026-03-02", "2026-12-31").as_deref(), Some("2026-09-01"));
        assert_eq!(first(&yearly, "2026-09-02", "2027-02-28"), None);
        assert_eq!(first(&yearly, "2026-09-02", "2027-03-01").as_deref(), Some("2027-03-01"));
    }

    #[test]
    fn a_leap_day_returns_on_the_28th() {
        let own = Schedule::Anniversary(Anniversary::Enrolled);
        assert_eq!(first(&own, "2024-02-29", "2025-02-28").as_deref(), Some("2025-02-28"));
        assert_eq!(first(&own, "2024-02-29", "2025-02-27"), None);
        assert_eq!(first(&own, "2027-03-01", "2028-03-01").as_deref(), Some("2028-02-29"));
    }

    #[test]
    fn months_begin_on_their_first_day() {
        assert_eq!(first(&Schedule::EveryMonth, "2026-11-01", "2026-11-30").as_deref(), Some("2026-11-01"));
        assert_eq!(first(&Schedule::EveryMonth, "2026-11-02", "2026-11-30"), None);
        assert_eq!(first(&Schedule::EveryMonth, "2026-12-02", "2027-01-30").as_deref(), Some("2027-01-01"));
        assert_eq!(first(&Schedule::AnyDay, "2026-12-02", "2026-12-01"), None);
    }
}
