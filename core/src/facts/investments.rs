//! The investments: what the vendor pays for its partners.

use super::declare::{Amount, Id, When, table};
use crate::table::{ColumnKind, KeySpace};

const CATEGORIES: &[&str] =
    &["mdf", "co_op", "commission", "rebate", "discount", "headcount", "technology", "enablement", "event"];
/// How an investment stands.
pub const STATUSES: &[&str] = &["approved", "claimed", "paid"];
/// The number of `paid` in [`STATUSES`].
pub(crate) const PAID: u8 = 2;

table! {
    /// Costs of partners; a row without a partner is a shared cost.
    Investment = "investments", key: None, columns: Col;
    /// The partner; none is a cost shared by all.
    partner_id: Id = ColumnKind::Id(KeySpace::Partner);
    /// The day of the cost.
    on: When = ColumnKind::Date, required;
    /// What it was spent on.
    category: String = ColumnKind::Class(CATEGORIES), required;
    /// How much.
    amount: Amount = ColumnKind::Amount, required;
    /// The currency of the amount.
    currency: String = ColumnKind::Currency;
    /// Approved, claimed or paid.
    status: String = ColumnKind::Closed(STATUSES);
    /// The campaign that it belongs to.
    campaign_id: Id = ColumnKind::Id(KeySpace::Campaign);
    /// The first day of the service that it buys.
    service_from: When = ColumnKind::Date;
    /// The last day of the service that it buys.
    service_to: When = ColumnKind::Date;
}
