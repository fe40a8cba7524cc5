//! The partner review: one config says which capabilities run on an ecosystem, one object holds every result.
//!
//! `review` computes and `report` renders: nothing here knows about text or HTML, and nothing there computes a figure.

use serde_json::Value;

use crate::calendar::Date;
use crate::money::Currency;
use crate::table::Table;

mod compute;
mod config;
mod metric;

pub use compute::{review, review_journeys};
pub use config::{Part, ReviewConfig, ReviewRopi};
pub(crate) use metric::{MetricRows, Ratio};

/// Everything that a partner review found.
#[derive(Debug, Clone)]
pub struct Review {
    /// The day that the review looks from; `None` for aggregated paths, which have no dates.
    pub as_of: Option<Date>,
    /// The currency of every amount; `None` for plain numbers.
    pub currency: Option<Currency>,
    /// The config that was used, with every default filled in.
    pub config: Value,
    /// What was read. Columns: table, rows (used), rejected, findings; in the order of the input tables.
    pub coverage: Table,
    /// The figures of the first screen. Columns: metric, value, numerator, denominator, n, low, high, unit
    /// (`money`, `share`, `count`, `ratio`), convention, note.
    pub headline: Table,
    /// Credit per channel under each model side by side. Columns: channel, name, then for each model `<label>` (value;
    /// conversions where there is no value); ordered by the first model's credit, largest first, names in parentheses
    /// last.
    pub credit: Table,
    /// Each model's own result, in the order of the config.
    pub models: Vec<ModelResult>,
    /// Sourced and influenced revenue; `None` where the review has none.
    pub involvement: Option<Involvement>,
    /// Open pipeline; `None` where the review has none.
    pub pipeline: Option<Pipeline>,
    /// Return on partner investment; `None` where the review has none.
    pub ropi: Option<Ropi>,
    /// The rows that could not be used: table, row, column, code, message, amount_at_stake, rows.
    pub rejected: Table,
    /// What is implausible but usable, with the same columns.
    pub findings: Table,
    /// What was not computed, and why. Columns: part, code, message.
    pub notes: Table,
}

/// The credit of one model.
#[derive(Debug, Clone)]
pub struct ModelResult {
    /// The column name in [`Review::credit`], such as `linear` or `time_decay`.
    pub label: String,
    /// The model and its options as a document.
    pub model: Value,
    /// Columns: channel, conversions, value, share.
    pub totals: Table,
    /// What the model assumed and set aside.
    pub diagnostics: Value,
}

/// Sourced, influenced and involved won revenue.
#[derive(Debug, Clone)]
pub struct Involvement {
    /// Per partner, by id. Columns: partner_id, name, sourced_deals, sourced_value, influenced_not_sourced_deals,
    /// influenced_not_sourced_value, involved_deals, involved_value.
    pub partners: Table,
    /// Disjoint parts of all won revenue. Columns: bucket (`sourced_only`, `sourced_and_influenced`, `influenced_only`,
    /// `none`), deals, value, share.
    pub buckets: Table,
    /// Figures. Columns as [`Review::headline`].
    pub metrics: Table,
}

/// Open pipeline and the partners' part in it.
#[derive(Debug, Clone)]
pub struct Pipeline {
    /// Per partner, by id. Columns: partner_id, name, open_deals, open_value.
    pub partners: Table,
    /// Figures. Columns as [`Review::headline`].
    pub metrics: Table,
}

/// Return on partner investment.
#[derive(Debug, Clone)]
pub struct Ropi {
    /// Per partner, by id. Columns: partner_id, name, credited_value, gross_margin, direct_cost, shared_cost, cost, ropi,
    /// revenue_multiple, note (a code where there is no value).
    pub partners: Table,
    /// All partners together, one row, the same columns without partner_id and name.
    pub total: Table,
    /// Figures. Columns as [`Review::headline`].
    pub metrics: Table,
}
