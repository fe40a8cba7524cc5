//! Spans: on which days a dated row counts. The kernels ask which dates count on a day ([`days`]); forecasts ask the other
//! way round, from which day on a row counts and on which day it no longer does.

use crate::calendar::{Date, FiscalYear};
use crate::tiering::document::Window;

/// The first day on which a row of that date counts and the first one on which it no longer does (`None`: it always
/// will); both are the same where it never counts. A row in force is a matter of its own period: see [`in_force`].
///
/// It is the inverse of [`days`](crate::tiering::window::days): a row counts on a day from the first up to, without,
/// the second exactly if the window of that day holds its date.
pub(crate) fn span(window: Window, date: Date) -> (Date, Option<Date>) {
    let months = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let month = date.first_of_month();
    match window {
        Window::AllTime => (date, None),
        Window::InForce => (date, Some(date.add_days(1))),
        Window::RollingDays(n) => (date, Some(date.add_days(i32::try_from(n).unwrap_or(i32::MAX)))),
        Window::RollingMonths(n) => {
            // A month's end that the later month does not have moves to the first of the next one.
            let same_day = date.add_months(months(n));
            let late = same_day.add_months(-months(n)) < date;
            (date, Some(if late { same_day.add_days(1) } else { same_day }))
        }
        Window::MonthsBack(n) => (date, Some(month.add_months(months(n).saturating_add(1)))),
        Window::FullMonths(n) => (month.add_months(1), Some(month.add_months(months(n).saturating_add(1)))),
        Window::FiscalYear(first_month) => (date, Some(FiscalYear { first_month }.year(date).end.add_days(1))),
        Window::FiscalQuarter(first_month) => (date, Some(FiscalYear { first_month }.quarter(date).end.add_days(1))),
        Window::Since(day) if date < day => (date, Some(date)),
        Window::Since(_) => (date, None),
    }
}

/// [`span`] of a row with a period: it counts from its first to its last day, both included.
pub(crate) fn in_force(first: Date, last: Option<Date>) -> (Date, Option<Date>) {
    (first, last.map(|last| last.add_days(1).max(first)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tiering::window::contains;

    fn day(text: &str) -> Date {
        Date::parse(text).unwrap()
    }

    #[test]
    fn month_ends_and_leap_days_leave_when_the_trailing_period_says_so() {
        let leaves = |window, date: &str| span(window, day(date)).1.unwrap().to_string();
        assert_eq!(leaves(Window::RollingMonths(12), "2024-02-29"), "2025-03-01");
        assert_eq!(leaves(Window::RollingMonths(12), "2023-02-28"), "2024-02-28");
        assert_eq!(leaves(Window::RollingMonths(3), "2025-11-30"), "2026-03-01");
        assert_eq!(leaves(Window::RollingMonths(1), "2026-01-31"), "2026-03-01");
        assert_eq!(leaves(Window::RollingDays(90), "2026-01-01"), "2026-04-01");
        assert_eq!(leaves(Window::MonthsBack(5), "2026-01-31"), "2026-07-01");
        assert_eq!(leaves(Window::FullMonths(5), "2026-01-31"), "2026-07-01");
        assert_eq!(leaves(Window::FiscalYear(2), "2026-01-31"), "2026-02-01");
        assert_eq!(leaves(Window::FiscalQuarter(2), "2026-02-01"), "2026-05-01");
        assert_eq!(span(Window::FullMonths(5), day("2026-01-31")).0, day("2026-02-01"));
        assert_eq!(span(Window::Since(day("2026-01-01")), day("2026-01-01")).1, None);
        assert_eq!(in_force(day("2026-01-01"), Some(day("2026-01-31"))).1, Some(day("2026-02-01")));
    }

    fn windows() -> impl Strategy<Value = Window> {
        prop_oneof![
            Just(Window::AllTime),
            (0_u32..400).prop_map(Window::RollingDays),
            (0_u32..30).prop_map(Window::RollingMonths),
            (0_u32..30).prop_map(Window::MonthsBack),
            (0_u32..30).prop_map(Window::FullMonths),
            (1_u8..=12).prop_map(Window::FiscalYear),
            (1_u8..=12).prop_map(Window::FiscalQuarter),
            (-500_i32..500).prop_map(|d| Window::Since(Date(19_000 + d))),
        ]
    }

    proptest! {
        #[test]
        fn a_span_is_the_days_whose_window_holds_the_date(window in windows(), date in 18_500_i32..20_000) {
            let date = Date(date);
            let (enter, leave) = span(window, date);
            for on in date.0 - 40..date.0 + 1_100 {
                let on = Date(on);
                let counts = enter <= on && leave.is_none_or(|leave| on < leave);
                prop_assert_eq!(counts, contains(window, date, on), "{:?} of {} on {}", window, date, on);
            }
        }
    }
}
