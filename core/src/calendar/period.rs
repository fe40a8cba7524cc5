//! Spans of days: trailing windows, and the years and quarters of a fiscal calendar.

use serde::Serialize;

use super::Date;

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
