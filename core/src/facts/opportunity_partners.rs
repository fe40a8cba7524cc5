//! The partners on the opportunities, with their roles.

use super::declare::{Id, When, table};
use crate::table::{ColumnKind, Edge, KeySpace};

table! {
    /// Who played which part in which opportunity.
    OpportunityPartner = "opportunity_partners", key: None, columns: Col;
    /// The opportunity.
    opportunity_id: Id = ColumnKind::Id(KeySpace::Opportunity), required;
    /// The partner.
    partner_id: Id = ColumnKind::Id(KeySpace::Partner), required;
    /// Its role, such as sourcer, influencer, implementer, closer.
    role: String = ColumnKind::Text, required;
    /// Its share of the value among the roles, 0 to 1: its weight where roles serve as touches (`touch_weighted`).
    share: f64 = ColumnKind::Number(0.0, 1.0);
    /// Whether it is the first among them.
    is_primary: bool = ColumnKind::Flag;
    /// From when.
    valid_from: When = ColumnKind::Instant(Edge::Start);
    /// Until when.
    valid_to: When = ColumnKind::Instant(Edge::End);
    /// When the role was entered.
    recorded_at: When = ColumnKind::Instant(Edge::Start);
    /// What shows it.
    evidence: String = ColumnKind::Text;
}
