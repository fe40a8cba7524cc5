//! The lines of the opportunities: which products they are made of.

use super::declare::{Amount, Id, When, table};
use crate::table::{ColumnKind, KeySpace};

table! {
    /// Products on opportunities.
    Line = "lines", key: None, unique: ["opportunity_id", "line_id"], columns: Col;
    /// The opportunity.
    opportunity_id: Id = ColumnKind::Id(KeySpace::Opportunity), required;
    /// The line, by an id or its number on the opportunity.
    line_id: Id = ColumnKind::Id(KeySpace::Line), required;
    /// What is sold.
    product: String = ColumnKind::Text, required;
    /// What it is worth.
    amount: Amount = ColumnKind::Amount;
    /// The part of the amount that recurs in a year.
    recurring_amount: Amount = ColumnKind::Amount;
    /// The first day of the service.
    start_on: When = ColumnKind::Date;
    /// The last day of the service.
    end_on: When = ColumnKind::Date;
    /// The currency of its amounts; where a line has none, that of its opportunity.
    currency: String = ColumnKind::Currency;
}
