//! The touchpoints: what partners and the vendor did for an opportunity or an account.

use super::declare::{Id, When, table};
use crate::table::{ColumnKind, Edge, KeySpace};

table! {
    /// Contacts with a customer; a row names its opportunity or its account.
    Touchpoint = "touchpoints", key: Some("touch_id"), columns: Col;
    /// The opportunity.
    opportunity_id: Id = ColumnKind::Id(KeySpace::Opportunity);
    /// The account, for a touch that is not on one opportunity.
    account_id: Id = ColumnKind::Id(KeySpace::Account);
    /// The partner; none is the vendor's own touch.
    partner_id: Id = ColumnKind::Id(KeySpace::Partner);
    /// When.
    at: When = ColumnKind::Instant(Edge::Start), required;
    /// What, such as referral, demo, webinar.
    kind: String = ColumnKind::Text, required;
    /// The role that the partner played.
    role: String = ColumnKind::Text;
    /// Its weight among the touches of its journey, 0 to 1,000,000, for the model `touch_weighted`.
    weight: f64 = ColumnKind::Number(0.0, 1e6);
    /// The touch; where it is given, each stands once.
    touch_id: Id = ColumnKind::Id(KeySpace::Touch);
    /// Who.
    person_id: Id = ColumnKind::Id(KeySpace::Person);
    /// The campaign that it belongs to.
    campaign_id: Id = ColumnKind::Id(KeySpace::Campaign);
    /// What shows it.
    evidence: String = ColumnKind::Text;
}
