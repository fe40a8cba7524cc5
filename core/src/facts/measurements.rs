//! The measurements: any metric of a partner, account or opportunity that was computed elsewhere, such as consumption,
//! satisfaction or a milestone.

use super::declare::{Id, When, table};
use crate::table::{ColumnKind, Edge, KeySpace};

/// What can be measured.
pub const SUBJECTS: &[&str] = &["partner", "account", "opportunity"];
/// The key space of each of [`SUBJECTS`].
const SPACES: &[KeySpace] = &[KeySpace::Partner, KeySpace::Account, KeySpace::Opportunity];

table! {
    /// Metrics that were computed elsewhere.
    Measurement = "measurements", key: None, unique: ["id", "subject", "metric", "at", "scope"], columns: Col;
    /// What was measured: a partner, an account or an opportunity.
    subject: String = ColumnKind::Closed(SUBJECTS), required;
    /// Its id.
    id: Id = ColumnKind::IdOf("subject", SPACES), required;
    /// The metric.
    metric: String = ColumnKind::Text, required;
    /// Its value.
    value: f64 = ColumnKind::Number(f64::MIN, f64::MAX), required;
    /// When it had that value.
    at: When = ColumnKind::Instant(Edge::Start), required;
    /// What part of the subject it is about, such as a product or a region.
    scope: String = ColumnKind::Text;
}
