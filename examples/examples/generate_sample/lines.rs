//! The lines of won deals: one to four products whose amounts are the deal's, to the cent. Of a few deals a line was
//! forgotten. They have no currency of their own. Drawn after everything else, so that they change nothing of it.

use std::collections::BTreeSet;

use crate::calendar::{DAY, civil, date, day};
use crate::csv::{Csv, decimal};
use crate::deals::{self, Deal, PRODUCTS};
use crate::random::Rng;

/// Deals of which a line was forgotten.
const FORGOTTEN: usize = 6;

/// `lines.csv`; deals on the list of dirty rows have none.
pub fn table(seed: u64, deals: &[Deal], dirty: &BTreeSet<usize>, as_of: i64) -> Csv {
    let rng = &Rng::stream(seed, "lines");
    let header = "opportunity_id line_id product quantity amount recurring_amount start_on end_on original_start_on";
    let mut csv = Csv::new("lines.csv", header);
    let mut forgotten = 0;
    for (index, deal) in deals.iter().enumerate() {
        if deal.status != "won" || deal.deleted || dirty.contains(&index) || deal.amount <= 0 {
            continue;
        }
        let shares = shares(rng);
        let first = deal.end(as_of).div_euclid(DAY) + 1;
        let amounts = split(deal.amount, &shares);
        let recurring = split(deal.recurring, &shares);
        let own = PRODUCTS.iter().position(|product| *product == deal.product).unwrap_or(0);
        let skip = shares.len() > 1 && forgotten < FORGOTTEN && rng.chance(12);
        forgotten += usize::from(skip);
        for line in 0..shares.len() - usize::from(skip) {
            // A few lines go on from a contract of three years before.
            let renewed = index % 9 == 4;
            csv.rows.push(vec![
                deals::id(index),
                (line + 1).to_string(),
                PRODUCTS[(own + line) % PRODUCTS.len()].to_owned(),
                rng.bell(1, 240).to_string(),
                decimal(amounts[line]),
                if deal.recurring > 0 { decimal(recurring[line]) } else { String::new() },
                date(first),
                if deal.term > 0 { date(months_later(first, deal.term) - 1) } else { String::new() },
                if renewed { date(months_later(first, -36)) } else { String::new() },
            ]);
        }
    }
    csv
}

/// The parts of a deal, in hundredths; the first is the largest on average.
fn shares(rng: &Rng) -> Vec<i64> {
    match rng.weighted(&[38, 34, 19, 9]) {
        0 => vec![100],
        1 => {
            let first = rng.between(55, 90);
            vec![first, 100 - first]
        }
        2 => {
            let (first, second) = (rng.between(45, 70), rng.between(10, 25));
            vec![first, second, 100 - first - second]
        }
        _ => {
            let (first, second) = (rng.between(40, 60), rng.between(10, 18));
            vec![first, second, 10, 90 - first - second]
        }
    }
}

/// Cents divided by hundredths; the last part takes what is left.
fn split(cents: i64, shares: &[i64]) -> Vec<i64> {
    let mut parts: Vec<i64> = shares.iter().map(|share| cents * share / 100).collect();
    let rest = cents - parts.iter().sum::<i64>();
    if let Some(last) = parts.last_mut() {
        *last += rest;
    }
    parts
}

/// The same day of a later month, at most the 28th.
fn months_later(from: i64, months: i64) -> i64 {
    let (year, month, of_month) = civil(from);
    let months = month - 1 + months;
    day(year + months.div_euclid(12), months.rem_euclid(12) + 1, of_month.min(28))
}
