//! The exchange rates, from their own table.

use hashbrown::{HashMap, HashSet};

use super::{Drafts, number_of};
use crate::calendar::Date;
use crate::error::Code;
use crate::facts::exchange_rates;
use crate::facts::options::EcosystemOptions;
use crate::money::{Currency, ExchangeRates};

/// The exchange rates, from their own table.
pub(super) fn read(drafts: &mut Drafts, options: &EcosystemOptions) {
    use exchange_rates::Col;
    let Some(target) = drafts.currency else { return };
    let mut rates = ExchangeRates::new(target, options.max_rate_age_days);
    let number = number_of("exchange_rates");
    if let Some(mut table) = drafts.tables[number].take() {
        let read: Vec<(usize, Option<Currency>, Option<i32>, Option<i64>)> = table
            .rows()
            .map(|(row, chunk, r)| {
                let currency = chunk.member(Col::currency as usize, r).and_then(Currency::from_number);
                (row, currency, chunk.date(Col::on as usize, r), chunk.instant(Col::rate as usize, r))
            })
            .collect();
        // Different rates of one day: none can be trusted, so none stays, whichever came first.
        let mut values: HashMap<(Currency, i32), HashSet<i64>> = HashMap::new();
        for (_, currency, on, rate) in &read {
            if let (Some(currency), Some(on), Some(rate)) = (currency, on, rate) {
                values.entry((*currency, *on)).or_default().insert(*rate);
            }
        }
        for (row, currency, on, rate) in read {
            let (Some(currency), Some(on), Some(rate)) = (currency, on, rate) else { continue };
            if values.get(&(currency, on)).is_some_and(|rates| rates.len() > 1) {
                let message = format!("different exchange rates of {currency} on {}; none can be trusted", Date(on));
                table.reject(number, row, "on", Code::DuplicateId, message, drafts);
                continue;
            }
            if let Err(error) = rates.add(currency, Date(on), i128::from(rate)) {
                let column = error.field().rsplit('.').next().unwrap_or("rate").to_owned();
                table.reject(number, row, &column, error.code(), error.message().to_owned(), drafts);
            }
        }
        drafts.tables[number] = Some(table);
    }
    drafts.links.rates = Some(rates);
}
