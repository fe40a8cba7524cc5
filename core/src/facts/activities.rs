//! The activities: what partners do that is no touch of a customer, such as trainings, webinars and business plans.

use super::declare::{Id, When, table};
use crate::table::{ColumnKind, Edge, KeySpace};

table! {
    /// What partners do.
    Activity = "activities", key: None, columns: Col;
    /// The partner.
    partner_id: Id = ColumnKind::Id(KeySpace::Partner), required;
    /// When.
    at: When = ColumnKind::Instant(Edge::Start), required;
    /// What, such as training, webinar, business_plan.
    kind: String = ColumnKind::Text, required;
    /// Who.
    person_id: Id = ColumnKind::Id(KeySpace::Person);
    /// The account that it was about.
    account_id: Id = ColumnKind::Id(KeySpace::Account);
    /// How much or how many: hours, attendees, leads.
    quantity: f64 = ColumnKind::Number(f64::MIN, f64::MAX);
}
