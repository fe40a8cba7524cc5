//! The people: who works at which partner, and from when to when. Who moves has one row for each partner.

use super::declare::{Id, When, table};
use crate::table::{ColumnKind, Edge, KeySpace};

table! {
    /// People at the partners; whoever another table names stands here.
    Person = "people", key: Some("person_id"), unique: ["person_id", "partner_id", "valid_from"], columns: Col;
    /// The person.
    person_id: Id = ColumnKind::Id(KeySpace::Person), required;
    /// Where they work; none is who is at no partner, such as the vendor's own.
    partner_id: Id = ColumnKind::Id(KeySpace::Partner);
    /// From when.
    valid_from: When = ColumnKind::Instant(Edge::Start);
    /// Until when, the last day included.
    valid_to: When = ColumnKind::Instant(Edge::End);
}
