//! The lines of an opportunity against its amount.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::{Draft, Drafts, closing_day, in_own_currency, number_of};
use crate::facts::lines;
use crate::facts::opportunities::Col as Deal;
use crate::facts::report::Entry;
use crate::money::{Currency, fixed_to_text};

/// What the lines of an opportunity add up to; `None` where that cannot be said.
type Sums = HashMap<u32, Option<i128>>;

/// Lines in another currency than their opportunity, and opportunities whose lines add up to another amount.
pub(super) fn check(number: usize, table: &Draft, drafts: &mut Drafts) {
    let deals_number = number_of("opportunities");
    let Some(deals) = drafts.tables[deals_number].take() else { return };
    let rows: BTreeMap<u32, usize> =
        deals.rows().map(|(row, chunk, r)| (chunk.code(Deal::opportunity_id as usize, r), row)).collect();
    let sums = sums(number, table, &deals, &rows, drafts);
    for (code, row) in rows {
        let (Some(Some(sum)), Some((chunk, r))) = (sums.get(&code), deals.locate(row)) else { continue };
        let Some(amount) = chunk.instant(Deal::amount as usize, r).filter(|&a| i128::from(a) != *sum) else { continue };
        let Some(currency) = chunk.member(Deal::currency as usize, r).and_then(Currency::from_number) else { continue };
        let show = |minor: i128| format!("{} {currency}", fixed_to_text(minor, currency.digits()));
        let message = format!(
            "the lines add up to {}, the amount is {}; the amount is believed, and the difference is at stake",
            show(*sum),
            show(amount.into())
        );
        let difference = i64::try_from((sum - i128::from(amount)).abs()).ok();
        let day = closing_day(chunk, r, drafts);
        let stake = difference.and_then(|minor| in_own_currency(minor, currency, day, drafts));
        let mut entry = Entry::new(deals_number, row, "amount", "lines_differ", message);
        entry.stake = stake;
        drafts.report.remarks.push(entry);
    }
    drafts.tables[deals_number] = Some(deals);
}

/// The sum of the lines of every opportunity: none where a line is out, has no amount, or is in another currency, which is
/// a remark of its own.
fn sums(number: usize, table: &Draft, deals: &Draft, rows: &BTreeMap<u32, usize>, drafts: &mut Drafts) -> Sums {
    use lines::Col;
    let mut sums = Sums::new();
    for (chunk, &first) in table.chunks.iter().zip(&table.firsts) {
        for r in 0..chunk.rows {
            let code = chunk.code(Col::opportunity_id as usize, r);
            let Some((deal, d)) = rows.get(&code).and_then(|&row| deals.locate(row)) else { continue };
            let amount = chunk.instant(Col::amount as usize, r).filter(|_| !table.out[first + r]);
            let own = chunk.member(Col::currency as usize, r).and_then(Currency::from_number);
            let of_deal = deal.member(Deal::currency as usize, d).and_then(Currency::from_number);
            let sum = sums.entry(code).or_insert(Some(0));
            *sum = sum.zip(amount).filter(|_| own == of_deal).map(|(sum, amount)| sum + i128::from(amount));
            if let (Some(own), Some(of_deal), false) = (own, of_deal, table.out[first + r])
                && own != of_deal
            {
                let message = format!(
                    "the line is in {own}, its opportunity in {of_deal}; its lines are not compared with its amount"
                );
                drafts.remark(number, first + r, "currency", "currency_mismatch", message);
            }
        }
    }
    sums
}
