//! The registrations: leads, referrals and deals that partners bring.

use super::declare::{Amount, Id, When, table};
use crate::table::{ColumnKind, Edge, KeySpace};

const KINDS: &[&str] = &["lead", "referral", "deal"];
/// How a registration stands.
pub const STATUSES: &[&str] = &[
    "draft",
    "submitted",
    "in_review",
    "action_required",
    "approved",
    "rejected",
    "expired",
    "converted",
    "withdrawn",
    "revoked",
];
/// The number of `approved` in [`STATUSES`].
pub(crate) const APPROVED: u8 = 4;
/// The number of `converted` in [`STATUSES`].
pub(crate) const CONVERTED: u8 = 7;

table! {
    /// Claims of partners on leads and deals.
    Registration = "registrations", key: Some("registration_id"), columns: Col;
    /// The registration.
    registration_id: Id = ColumnKind::Id(KeySpace::Registration), required;
    /// Lead, referral or deal.
    kind: String = ColumnKind::Class(KINDS), required;
    /// Who submitted it.
    partner_id: Id = ColumnKind::Id(KeySpace::Partner), required;
    /// The account that it names; one without an opportunity counts for what is created there until it expires.
    account_id: Id = ColumnKind::Id(KeySpace::Account);
    /// The opportunity that came of it.
    opportunity_id: Id = ColumnKind::Id(KeySpace::Opportunity);
    /// When it was submitted.
    submitted_at: When = ColumnKind::Instant(Edge::Start), required;
    /// How it stands.
    status: String = ColumnKind::Closed(STATUSES), required;
    /// When it was decided.
    decided_at: When = ColumnKind::Instant(Edge::Start);
    /// Until when it protects.
    expires_at: When = ColumnKind::Instant(Edge::End);
    /// What is to be sold.
    product: String = ColumnKind::Text;
    /// What it is expected to be worth.
    amount: Amount = ColumnKind::Amount;
    /// The currency of the amount.
    currency: String = ColumnKind::Currency;
}
