//! The exchange rates into the currency of the ecosystem.

use super::declare::{Amount, When, table};
use crate::table::ColumnKind;

table! {
    /// Dated exchange rates: units of the ecosystem's currency per unit of the row's currency.
    ExchangeRate = "exchange_rates", key: None, columns: Col;
    /// The currency that is converted.
    currency: String = ColumnKind::Currency, required;
    /// The first day on which the rate holds.
    on: When = ColumnKind::Date, required;
    /// Units of the ecosystem's currency per unit, read exactly to twelve decimals.
    rate: Amount = ColumnKind::Rate, required;
}
