//! What a review says, for people: text for a terminal (`Display` of [`Review`]) and one self-contained HTML page.
//!
//! Nothing here computes a figure: values come from the tables of the [`Review`], and sums are made only for the rows
//! that stand for the rest. Where data is missing, the section says why in place of an empty chart. Names, messages
//! and notes are data: they are escaped, cleaned of controls and clipped.

mod asked;
mod chart;
mod figures;
mod flow;
mod format;
mod grid;
mod markup;
mod page;
mod sections;
mod sure;
mod text;
mod tiers;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

use crate::review::Review;
use crate::words::{English, Words};

/// The review as one self-contained HTML page: no request to any network, and the same bytes for the same review.
///
/// ```
/// use cosell::{attribution::{Journeys, PathsOptions}, engine::monitor::Monitor, report, review};
/// let csv = b"path,total_conversions,total_conversion_value,total_null\nAcme > Borealis,3,300,1\n";
/// let journeys = Journeys::from_paths(&cosell::table::read_csv(csv)?, &PathsOptions::default(), &Monitor::none())?;
/// let result = review::review_journeys(&journeys, &review::ReviewConfig::default(), &Monitor::none())?;
/// assert!(report::html(&result).contains("Borealis"));
/// println!("{result}");
/// # Ok::<(), cosell::Error>(())
/// ```
pub fn html(review: &Review) -> String {
    page::render(review, &English)
}

/// The page in other words, such as those of a map of texts that overrides [`English`].
pub fn html_with(review: &Review, words: &dyn Words) -> String {
    page::render(review, words)
}

/// The terminal report in other words.
pub fn text_with(review: &Review, words: &dyn Words) -> String {
    text::render(review, words)
}
