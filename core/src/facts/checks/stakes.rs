//! The money at stake in rows that can't be used, or are implausible.

use hashbrown::HashMap;

use super::{Draft, Drafts, number_of};
use crate::calendar::Date;
use crate::facts::opportunities;
use crate::facts::store::{Chunk, NULL_SMALL, NULL_WIDE};
use crate::money::Currency;
use crate::table::NULL;

/// Writes the money at stake into every fault and remark that has some.
pub(super) fn fill(drafts: &mut Drafts) {
    let deals = drafts.tables[number_of("opportunities")].as_ref().map(|t| deal_amounts(t, drafts));
    let mut report = std::mem::take(&mut drafts.report);
    let entries = report.faults.iter_mut().map(|(_, e)| e).chain(report.remarks.iter_mut());
    for entry in entries {
        let (Some(row), Some(table)) = (entry.row, &drafts.tables[entry.table]) else { continue };
        let Some((chunk, r)) = table.locate(row) else { continue };
        if entry.stake.is_some() {
            // The check itself knew what is at stake.
        } else if table.spec.name == "lines" {
            // A line is a part of its opportunity, whose amount is not in doubt.
            entry.stake = own_amount(chunk, r, table, drafts);
        } else if let Some(column) = table.spec.column("opportunity_id") {
            entry.opportunity = chunk.code(column, r);
            entry.stake = deals.as_ref().and_then(|d| d.get(&entry.opportunity).copied());
            if table.spec.name == "opportunities" || entry.opportunity == NULL {
                // A row of its own: two rows of one id each have their amount.
                entry.stake = own_amount(chunk, r, table, drafts);
            }
        } else if table.spec.column("amount").is_some() {
            entry.stake = own_amount(chunk, r, table, drafts);
        }
    }
    drafts.report = report;
}

/// The amount of every opportunity, rejected ones included, in the ecosystem's currency.
fn deal_amounts(table: &Draft, drafts: &Drafts) -> HashMap<u32, i64> {
    let index = opportunities::Col::opportunity_id as usize;
    let mut amounts = HashMap::new();
    for chunk in &table.chunks {
        for r in 0..chunk.rows {
            let code = chunk.code(index, r);
            if let Some(amount) = own_amount(chunk, r, table, drafts).filter(|_| code != NULL) {
                amounts.insert(code, amount);
            }
        }
    }
    amounts
}

/// The amount of a row in the ecosystem's currency, where it can be read and converted.
fn own_amount(chunk: &Chunk, r: usize, table: &Draft, drafts: &Drafts) -> Option<i64> {
    let column = |name: &str| table.spec.column(name);
    let minor = chunk.instant(column("amount")?, r).filter(|&m| m != NULL_WIDE)?;
    let number = chunk.member(column("currency")?, r).filter(|&c| c != NULL_SMALL)?;
    let from = Currency::from_number(number)?;
    let day = ["closed_at", "created_at", "submitted_at"]
        .iter()
        .find_map(|name| chunk.instant(column(name)?, r))
        .map(|at| drafts.zone.date_of(at))
        .or_else(|| ["on", "start_on"].iter().find_map(|name| chunk.date(column(name)?, r)).map(Date));
    in_own_currency(minor, from, day, drafts)
}

/// An amount in the ecosystem's currency, at the rate of a day where that is known.
pub(super) fn in_own_currency(minor: i64, from: Currency, day: Option<Date>, drafts: &Drafts) -> Option<i64> {
    match (&drafts.links.rates, day) {
        (Some(rates), Some(day)) => rates.convert(minor, from, day).ok(),
        _ => (Some(from) == drafts.currency).then_some(minor),
    }
}
