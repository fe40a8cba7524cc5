//! The enrollments: which partner is in which programme, in which tier, and from when to when.

use super::declare::{Id, When, table};
use crate::table::{ColumnKind, Edge, KeySpace};

table! {
    /// Partners in programmes.
    Enrollment = "enrollments", key: None,
        unique: ["partner_id", "program", "track", "region", "valid_from"], columns: Col;
    /// The partner.
    partner_id: Id = ColumnKind::Id(KeySpace::Partner), required;
    /// The programme.
    program: String = ColumnKind::Text, required;
    /// The track of the programme.
    track: String = ColumnKind::Text;
    /// Where it holds; none is everywhere.
    region: String = ColumnKind::Text;
    /// The tier that was granted.
    tier: String = ColumnKind::Text;
    /// From when.
    valid_from: When = ColumnKind::Instant(Edge::Start), required;
    /// Until when, the last day included.
    valid_to: When = ColumnKind::Instant(Edge::End);
    /// Why the tier was granted although it was not earned; none is no exception. It ends with the row.
    exception: String = ColumnKind::Text;
}
