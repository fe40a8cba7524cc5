//! Windows: which days count, seen from a day.

use super::document::Window;
use crate::calendar::{Date, FiscalYear, Period};

/// The days of a window, seen from a day, both included; `None` as the first: from ever.
pub(crate) fn days(window: Window, as_of: Date) -> (Option<Date>, Date) {
    let months = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let month = as_of.first_of_month();
    match window {
        Window::AllTime => (None, as_of),
        Window::InForce => (Some(as_of), as_of),
        Window::RollingDays(n) => (Some(Period::trailing_days(as_of, n).start), as_of),
        Window::RollingMonths(n) => (Some(Period::trailing(as_of, n).start), as_of),
        Window::MonthsBack(n) => (Some(month.add_months(-months(n))), as_of),
        Window::FullMonths(n) => (Some(month.add_months(-months(n))), month.add_days(-1)),
        Window::FiscalYear(first_month) => (Some(FiscalYear { first_month }.year(as_of).start), as_of),
        Window::FiscalQuarter(first_month) => (Some(FiscalYear { first_month }.quarter(as_of).start), as_of),
        Window::Since(day) => (Some(day), as_of),
    }
}

/// Whether a day counts, seen from a day.
pub(crate) fn contains(window: Window, date: Date, as_of: Date) -> bool {
    let (first, last) = days(window, as_of);
    first.is_none_or(|first| first <= date) && date <= last
}
