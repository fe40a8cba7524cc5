//! The partners of the accounts: who looks after which end customer, outside of any one deal.

use super::declare::{Id, When, table};
use crate::table::{ColumnKind, Edge, KeySpace};

/// What a partner is to an account.
pub const RELATIONSHIPS: &[&str] = &["of_record", "msp", "implementer", "reseller"];

table! {
    /// Partners that work with an account; a row holds from one day to another.
    AccountPartner = "account_partners", key: None, columns: Col;
    /// The account.
    account_id: Id = ColumnKind::Id(KeySpace::Account), required;
    /// The partner.
    partner_id: Id = ColumnKind::Id(KeySpace::Partner), required;
    /// What the partner is to the account.
    relationship: String = ColumnKind::Class(RELATIONSHIPS), required;
    /// From when; none is not known.
    valid_from: When = ColumnKind::Instant(Edge::Start);
    /// Until when; none holds on.
    valid_to: When = ColumnKind::Instant(Edge::End);
}
