//! The opportunities: deals with end customers.

use super::declare::{Amount, Id, When, table};
use crate::table::{ColumnKind, Edge, KeySpace};

/// How an opportunity stands.
pub const STATUSES: &[&str] = &["open", "won", "lost"];
/// The number of `open` in [`STATUSES`].
pub(crate) const OPEN: u8 = 0;
/// The number of `won` in [`STATUSES`].
pub(crate) const WON: u8 = 1;
/// The number of `lost` in [`STATUSES`].
pub(crate) const LOST: u8 = 2;

const TYPES: &[&str] = &["new_business", "expansion", "renewal"];
const BASES: &[&str] = &["list", "net", "end_customer"];
const ROUTES: &[&str] = &["direct", "co_sell", "resale", "referral", "marketplace"];

table! {
    /// Deals with end customers.
    Opportunity = "opportunities", key: Some("opportunity_id"), columns: Col;
    /// The opportunity.
    opportunity_id: Id = ColumnKind::Id(KeySpace::Opportunity), required;
    /// The end customer.
    account_id: Id = ColumnKind::Id(KeySpace::Account), required;
    /// open, won or lost.
    status: String = ColumnKind::Closed(STATUSES), required;
    /// The stage of the sales process.
    stage: String = ColumnKind::Text;
    /// New business, expansion or renewal.
    r#type: String = ColumnKind::Class(TYPES);
    /// What it is worth.
    amount: Amount = ColumnKind::Amount;
    /// What the amount is counted at.
    amount_basis: String = ColumnKind::Class(BASES);
    /// The part of the amount that recurs in a year.
    recurring_amount: Amount = ColumnKind::Amount;
    /// The length of the contract.
    term_months: f64 = ColumnKind::Number(0.0, 1200.0);
    /// The currency of its amounts.
    currency: String = ColumnKind::Currency;
    /// When it was created.
    created_at: When = ColumnKind::Instant(Edge::Start), required;
    /// When it was won or lost.
    closed_at: When = ColumnKind::Instant(Edge::End);
    /// When an open one is expected to close.
    close_on: When = ColumnKind::Date;
    /// The route to market.
    route: String = ColumnKind::Class(ROUTES);
    /// The partner that the CRM names as its source, unverified.
    sourced_by: Id = ColumnKind::Id(KeySpace::Partner);
    /// Who owns it.
    owner_id: Id = ColumnKind::Id(KeySpace::Owner);
    /// What is sold.
    product: String = ColumnKind::Text;
    /// Where.
    region: String = ColumnKind::Text;
    /// Whether the CRM marks it as deleted: such rows are left out and counted.
    deleted: bool = ColumnKind::Flag;
}
