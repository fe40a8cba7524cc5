//! The accounts: customers and prospects.

use super::declare::{Id, When, table};
use crate::table::{ColumnKind, KeySpace};

table! {
    /// Companies that the vendor sells to.
    Account = "accounts", key: Some("account_id"), columns: Col;
    /// The account.
    account_id: Id = ColumnKind::Id(KeySpace::Account), required;
    /// Its name.
    name: String = ColumnKind::Text;
    /// Its internet domain.
    domain: String = ColumnKind::Text;
    /// Its country.
    country: String = ColumnKind::Text;
    /// Its region.
    region: String = ColumnKind::Text;
    /// Its industry.
    industry: String = ColumnKind::Text;
    /// Its segment.
    segment: String = ColumnKind::Text;
    /// How many people work there.
    employees: f64 = ColumnKind::Number(0.0, 1e9);
    /// Its yearly revenue, a plain number.
    annual_revenue: f64 = ColumnKind::Number(-1e15, 1e15);
    /// Who looks after it.
    owner_id: Id = ColumnKind::Id(KeySpace::Owner);
    /// The account that it belongs to.
    parent_id: Id = ColumnKind::Id(KeySpace::Account);
    /// The day on which it became a customer.
    customer_since: When = ColumnKind::Date;
}
