//! The section of the page about partners to ask: never credit, so that its words say so before any figure.

use super::figures::{in_words, refusal, who};
use super::format::{Quantity, number};
use super::grid::{Cell, Head, cards, grid, refuse};
use super::markup::Html;
use super::page::Page;
use crate::table::{Table, ValueRef};
use crate::words::Say;

/// Candidates that the page lists.
const LISTED: usize = 200;

/// Wins beside those by chance, and lift with its interval, as texts; empty where the data cannot say.
pub(super) fn beside_chance(say: Say<'_>, table: &Table, row: usize) -> (String, String, String) {
    let show = |column: &str, quantity: Quantity| number(&table.value(row, column), quantity, 0);
    let expected = show("expected_won", Quantity::Ratio);
    let wins = if expected.is_empty() {
        String::new()
    } else {
        say.fill("observed_by_chance", &[("won", &show("compared_won", Quantity::Count)), ("expected", &expected)])
    };
    let (low, high) = (show("low", Quantity::Ratio), show("high", Quantity::Ratio));
    let within = if low.is_empty() { low } else { say.fill("lift_within", &[("low", &low), ("high", &high)]) };
    (wins, show("lift", Quantity::Ratio), within)
}

/// Partners that share the accounts of deals without a record on them.
pub(super) fn inferred_influence(html: &mut Html, page: &Page<'_>) {
    let say = page.say;
    let Some(found) = &page.review.inferred_influence else {
        return refuse(html, say, &refusal(say, page.review, &["inferred_influence"], "empty_inferred_influence"));
    };
    cards(html, say, &found.metrics, page.digits, &page.unit, false);
    if found.partners.is_empty() {
        return refuse(html, say, &say.ui("no_candidates"));
    }
    html.element("p", "lead", &say.ui("lift_says"));
    candidates(html, page, &found.partners);
    html.raw("<details><summary>").text(&say.ui("deals_to_ask")).raw("</summary>");
    deals(html, page, &found.deals);
    html.raw("</details>");
}

fn candidates(html: &mut Html, page: &Page<'_>, table: &Table) {
    let say = page.say;
    let heads = [
        Head::text(say.word("column", "partner")),
        Head::number(page.titled(&say.word("column", "shared_won_value"))),
        Head::number(page.titled(&say.word("column", "shared_open_value"))),
        Head::number(say.word("column", "expected_won")),
        Head::number(say.word("column", "lift")),
        Head::text(say.word("column", "reason")),
    ];
    let all: Vec<usize> = (0..table.len()).collect();
    let money = |row: usize, value: &str, deals: &str| {
        let mut cell = Cell::number(&table.value(row, value), Quantity::Money, page.digits);
        cell.small = say.fill("deals", &[("n", &number(&table.value(row, deals), Quantity::Count, 0))]);
        cell
    };
    grid(html, say, &say.word("section", "inferred_influence"), &heads, &all, LISTED, |row, column| {
        let (wins, lift, within) = beside_chance(say, table, row);
        match column {
            0 => Cell::named(who(say, table, row, "partner_id")),
            1 => money(row, "won_value", "won"),
            2 => money(row, "open_value", "open"),
            3 => {
                let n = number(&table.value(row, "compared_deals"), Quantity::Count, 0);
                let small = if wins.is_empty() { String::new() } else { say.fill("compared_deals", &[("n", &n)]) };
                Cell { text: wins, small, sort: table.number(row, "compared_won") }
            }
            4 => Cell { text: lift, small: within, sort: table.number(row, "lift") },
            _ => Cell::text(in_words(say, "reason", &table.text(row, "reason"))),
        }
    });
}

fn deals(html: &mut Html, page: &Page<'_>, table: &Table) {
    let say = page.say;
    let word = |name: &str| say.word("column", name).into_owned();
    let heads = [
        Head::text(word("partner")),
        Head::text(word("deal")),
        Head::text(word("account")),
        Head::text(word("status")),
        Head::number(page.titled(&word("value"))),
        Head::text(word("evidence")),
        Head::text(word("ask")),
    ];
    let all: Vec<usize> = (0..table.len()).collect();
    grid(html, say, &say.ui("deals_to_ask"), &heads, &all, LISTED, |row, column| match column {
        0 => Cell::named(who(say, table, row, "partner_id")),
        1 => Cell::text(table.text(row, "opportunity_id")),
        2 => Cell::text(table.text(row, "account_id")),
        3 => Cell::text(in_words(say, "status", &table.text(row, "status"))),
        4 => Cell::number(&table.value(row, "value"), Quantity::Money, page.digits),
        5 => {
            let mut small = in_words(say, "relationship", &table.text(row, "relationship"));
            if let ValueRef::Instant(at) = table.value(row, "last_touch_at") {
                let day = crate::calendar::format_instant(at).chars().take(10).collect::<String>();
                small = if small.is_empty() { day } else { format!("{small}, {day}") };
            }
            Cell { small, ..Cell::text(in_words(say, "evidence", &table.text(row, "evidence"))) }
        }
        _ => Cell::text(in_words(say, "ask", &table.text(row, "ask"))),
    });
}
