//! The days of a replay: a list, or one of every month.

use serde::{Deserialize, Serialize};

use super::super::program::Compiled;
use super::super::review::{day_of, within_version};
use crate::calendar::Date;
use crate::document::out_of_range;
use crate::error::{Code, Error, Result};

/// The most days of one replay.
const MOST_DAYS: usize = 1200;

/// The days on which an ecosystem is reviewed again.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ReplayOptions {
    /// The days that are decided about, the earliest first; ISO 8601. These or `monthly` are required.
    pub days: Vec<String>,
    /// A day of every month, in place of `days`.
    pub monthly: Option<Monthly>,
    /// How many months ahead losses are looked for on each day. 0: none.
    pub forecast_months: u32,
}

/// A day of every month: `from`, and the same day of each month after it up to `to`; the last day of a month that has
/// fewer days, so that `2026-01-31` stands for the ends of months.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Monthly {
    /// The first day; ISO 8601.
    pub from: String,
    /// The last day that may be one; ISO 8601.
    pub to: String,
}

impl ReplayOptions {
    /// Refuses what does not go with frames, each of which comes with its day.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] where any option is given.
    pub fn beside_frames(&self) -> Result<()> {
        beside_frames(&self.days, self.monthly.as_ref())?;
        match self.forecast_months {
            0 => Ok(()),
            _ => Err(only_of_facts("forecast_months", "a frame says nothing of later days")),
        }
    }
}

/// Refuses days beside frames.
pub(super) fn beside_frames(days: &[String], monthly: Option<&Monthly>) -> Result<()> {
    let given = [("days", !days.is_empty()), ("monthly", monthly.is_some())];
    match given.iter().find(|(_, is_given)| *is_given) {
        None => Ok(()),
        Some((name, _)) => Err(only_of_facts(name, "frames come in pairs of a day and a frame")),
    }
}

fn only_of_facts(name: &str, why: &str) -> Error {
    Error::new(Code::InvalidOption, name, format!("{name} goes with an ecosystem; {why}"))
}

/// The days that are asked for, each in the version's time where there is a version.
pub(super) fn days_of(days: &[String], monthly: Option<&Monthly>, program: Option<&Compiled>) -> Result<Vec<Date>> {
    let found: Vec<(String, Date)> = match monthly {
        None if days.is_empty() => {
            let message =
                "days are missing: a list such as [\"2026-10-31\", \"2026-11-30\"], or monthly with from and to";
            return Err(Error::new(Code::MissingOption, "days", message));
        }
        None => {
            let day = |(at, text): (usize, &String)| {
                let field = format!("days[{at}]");
                Ok((field.clone(), day_of(text, &field)?))
            };
            days.iter().enumerate().map(day).collect::<Result<_>>()?
        }
        Some(_) if !days.is_empty() => {
            let message = "days and monthly are both given; give one of them";
            return Err(Error::new(Code::InvalidOption, "monthly", message));
        }
        Some(monthly) => {
            let (from, to) = (day_of(&monthly.from, "monthly.from")?, day_of(&monthly.to, "monthly.to")?);
            if to < from {
                let message = format!("monthly.to, {to}, lies before monthly.from, {from}");
                return Err(Error::new(Code::InvalidOption, "monthly.to", message));
            }
            // Counted from the first day, so that the 31st is again the 31st behind a shorter month.
            let month = |months: i32| Some(from.add_months(months)).filter(|day| *day <= to);
            let field = |day: Date| (if day == from { "monthly.from" } else { "monthly.to" }.to_owned(), day);
            (0..=MOST_DAYS as i32).map_while(month).map(field).collect()
        }
    };
    if found.len() > MOST_DAYS {
        let field = if monthly.is_some() { "monthly" } else { "days" };
        return Err(out_of_range(field, format!("more than {MOST_DAYS} days"), &format!("up to {MOST_DAYS} days")));
    }
    for (field, day) in &found {
        program.map_or(Ok(()), |program| within_version(program, *day, field))?;
    }
    let dates: Vec<Date> = found.into_iter().map(|(_, day)| day).collect();
    ascending(&dates, "days")?;
    Ok(dates)
}

/// Checks that each day stands behind the one before.
pub(super) fn ascending(days: &[Date], field: &str) -> Result<()> {
    match days.windows(2).position(|pair| pair[1] <= pair[0]) {
        None => Ok(()),
        Some(at) => {
            let message = format!("{} stands behind {}; give the days in ascending order", days[at + 1], days[at]);
            Err(Error::new(Code::InvalidOption, format!("{field}[{}]", at + 1), message))
        }
    }
}
