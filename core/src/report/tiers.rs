//! The section about tiers: who holds which, who moved, who is close to the next one and who is about to lose one.

use serde_json::Value;

use super::chart::{Bar, Chart, Row, draw};
use super::figures::{refusal, who};
use super::flow::{self, Flow};
use super::format::{Quantity, count, date_parts, number};
use super::grid::{Cell, Head, cards, grid, refuse};
use super::markup::Html;
use super::page::Page;
use crate::review::{Review, TierReview};
use crate::table::{Table, ValueRef};
use crate::words::Say;

/// Rows that the page lists.
const LISTED: usize = 100;

/// Whether the review was asked about a programme.
pub(super) fn asked(review: &Review) -> bool {
    review.tiers.is_some() || !review.config["program"].is_null()
}

/// The name that the programme gives a thing, else the one that it is referred to by.
fn given_name<'r>(thing: Option<&'r Value>, otherwise: &'r str) -> &'r str {
    thing.and_then(|thing| thing["name"].as_str()).unwrap_or(otherwise)
}

/// A tier as the programme names it.
pub(super) fn tier_name(say: Say<'_>, review: &Review, tier: &str) -> String {
    if tier.is_empty() {
        return say.ui("no_tier").into_owned();
    }
    let tiers = review.config["program"]["tiers"].as_array();
    given_name(tiers.and_then(|tiers| tiers.iter().find(|one| one["tier"] == tier)), tier).to_owned()
}

/// A metric, scorecard or line of one as the programme names it.
fn metric_name(review: &Review, metric: &str) -> String {
    let (metrics, cards) = (&review.config["program"]["metrics"], &review.config["program"]["scorecards"]);
    if let Some((card, line)) = metric.split_once('.').filter(|(card, _)| cards.get(card).is_some()) {
        let lines = cards[card]["lines"].as_array();
        let line = given_name(lines.and_then(|lines| lines.iter().find(|one| one["line"] == line)), line);
        return format!("{}: {line}", given_name(cards.get(card), card));
    }
    given_name(metrics.get(metric).or(cards.get(metric)), metric).to_owned()
}

/// A day, as reports write it.
pub(super) fn day(say: Say<'_>, table: &Table, row: usize, column: &str) -> String {
    let ValueRef::Date(date) = table.value(row, column) else { return say.ui("no_day").into_owned() };
    let (day, month, year) = date_parts(date);
    format!("{day} {} {year}", say.word("month", &month.to_string()))
}

/// What a criterion asks and what is there, in words; `unit` tells how the numbers are written.
fn criterion(say: Say<'_>, review: &Review, table: &Table, row: usize, unit: &str, operation: &str) -> String {
    let quantity = if unit == "share" { Quantity::Share } else { Quantity::WholeMoney };
    let show = |name: &str| number(&table.value(row, name), quantity, 0);
    let (metric, required) = (metric_name(review, &table.text(row, "metric")), show("required"));
    let actual = Some(show("actual")).filter(|text| !text.is_empty());
    let actual = actual.unwrap_or_else(|| say.ui("not_measured").into_owned());
    let asks = [("metric", metric.as_str()), ("actual", &actual), ("required", &required)];
    match table.column("required_text").map(|_| table.text(row, "required_text")).filter(|text| !text.is_empty()) {
        Some(text) => say.fill("gap_text", &[("metric", &metric), ("required", &text)]),
        None if required.is_empty() => metric,
        None => say.fill(&format!("gap_{operation}"), &asks),
    }
}

/// What stands between a partner and its next tier, in words.
pub(super) fn gaps_of(say: Say<'_>, review: &Review, found: &TierReview, row: usize) -> String {
    let (partner, table) = (found.progress.text(row, "partner_id"), &found.gaps);
    let own = (0..table.len()).filter(|&gap| table.text(gap, "partner_id") == partner);
    let say_one =
        |gap: usize| criterion(say, review, table, gap, &table.text(gap, "unit"), &table.text(gap, "operation"));
    own.map(say_one).collect::<Vec<_>>().join("; ")
}

/// The partners that lack something for the next tier, the closest first, and how many lack nothing.
pub(super) fn closest_rows(table: &Table) -> (Vec<usize>, usize) {
    let lacks = |row: &usize| table.number(*row, "satisfied") < table.number(*row, "total");
    let rows: Vec<usize> = (0..table.len()).filter(lacks).collect();
    let complete = table.len() - rows.len();
    (rows, complete)
}

/// How much of the next tier's criterion is met.
pub(super) fn met(say: Say<'_>, table: &Table, row: usize) -> String {
    let show = |name: &str| number(&table.value(row, name), Quantity::Count, 0);
    say.fill("of", &[("numerator", &show("satisfied")), ("denominator", &show("total"))])
}

/// Why a tier is lost, in words.
pub(super) fn cause(say: Say<'_>, review: &Review, table: &Table, row: usize) -> String {
    let words = say.word("cause", &table.text(row, "cause")).into_owned();
    if table.text(row, "metric").is_empty() {
        return words;
    }
    format!("{words}: {}", criterion(say, review, table, row, &table.text(row, "unit"), "now"))
}

/// How many partners went up, down or stayed.
pub(super) fn moved(table: &Table, direction: &str) -> usize {
    let own = (0..table.len()).filter(|&row| table.text(row, "direction") == direction);
    own.map(|row| table.number(row, "partners").unwrap_or(0.0) as usize).sum()
}

/// Tiers of the partner programme.
pub(super) fn tiers(html: &mut Html, page: &Page<'_>) {
    let (say, review) = (page.say, page.review);
    let Some(found) = &review.tiers else {
        return refuse(html, say, &refusal(say, review, &["tiers"], "empty_tiers"));
    };
    cards(html, say, &found.metrics, page.digits, &page.unit, false);
    if found.decisions.is_empty() {
        refuse(html, say, &say.ui("no_programme_partners"));
        return findings(html, page, &found.findings);
    }
    draw(html, &distribution(page, found), None);
    movements(html, page, "movements", &found.movements);
    movements(html, page, "rule_change", &found.rule_change);
    html.element("h3", "", &say.ui("closest")).element("p", "lead", &say.ui("closest.says"));
    closest(html, page, found);
    html.element("h3", "", &say.ui("about_to_lose"));
    if found.at_risk.is_empty() {
        html.element("p", "lead", &say.ui("nothing_to_lose"));
    } else {
        html.element("p", "lead", &say.ui("about_to_lose.says"));
        at_risk(html, page, &found.at_risk);
    }
    findings(html, page, &found.findings);
    if !found.lint.is_empty() {
        html.raw("<details><summary>").text(&say.ui("program_lint")).raw("</summary>");
        lint(html, page, &found.lint);
        html.raw("</details>");
    }
}

fn distribution(page: &Page<'_>, found: &TierReview) -> Chart {
    let (say, table) = (page.say, &found.distribution);
    let rows = (0..table.len()).map(|row| {
        let tier = tier_name(say, page.review, &table.text(row, "tier"));
        let partners = number(&table.value(row, "partners"), Quantity::Count, 0);
        let share = number(&table.value(row, "share"), Quantity::Share, 0);
        let credit = number(&table.value(row, "value_share"), Quantity::Share, 0);
        let credit = if credit.is_empty() { credit } else { say.fill("of_credit", &[("share", &credit)]) };
        let bar = Bar {
            from: 0.0,
            to: table.number(row, "partners").unwrap_or(0.0),
            mark: None,
            title: say.fill("tier_bar", &[("tier", &tier), ("n", &partners), ("share", &share)]),
            value: partners,
            more: share,
            class: if table.text(row, "tier").is_empty() { "quiet" } else { "s0" },
            letter: "",
        };
        Row { label: tier, detail: String::new(), under: credit, bars: vec![bar], apart: false }
    });
    Chart {
        id: "tiers-chart",
        title: say.ui("partners_by_tier").into_owned(),
        description: say.ui("partners_by_tier.says").into_owned(),
        rows: rows.collect(),
    }
}

/// Where partners came from and where they are, as bands between tiers, and the same as a table.
fn movements(html: &mut Html, page: &Page<'_>, which: &'static str, table: &Table) {
    let (say, review) = (page.say, page.review);
    if table.is_empty() {
        return;
    }
    let tiers = review.tiers.as_ref().and_then(|found| found.diagnostics["tiers"].as_array());
    let order: Vec<&str> = tiers.into_iter().flatten().filter_map(Value::as_str).collect();
    let flows: Vec<Flow> = (0..table.len())
        .map(|row| {
            let [from, to] = ["from", "to"].map(|side| table.text(row, side));
            // The highest stands on top, what is no tier of today's at the bottom.
            let place = |tier: &str| order.iter().rev().position(|one| *one == tier).unwrap_or(order.len());
            let partners = table.number(row, "partners").unwrap_or(0.0);
            let (a, b) = (tier_name(say, review, &from), tier_name(say, review, &to));
            let n = number(&table.value(row, "partners"), Quantity::Count, 0);
            Flow {
                title: say.fill("flow", &[("n", &n), ("from", &a), ("to", &b)]),
                from: (place(&from), a),
                to: (place(&to), b),
                weight: partners,
                class: match table.text(row, "direction").as_str() {
                    "up" => "gain",
                    "down" => "loss",
                    _ => "quiet",
                },
            }
        })
        .collect();
    let (up, down, same) = (moved(table, "up"), moved(table, "down"), moved(table, "same"));
    let counts = [("up", count(up)), ("down", count(down)), ("same", count(same))];
    let counts: Vec<(&str, &str)> = counts.iter().map(|(name, text)| (*name, text.as_str())).collect();
    let description = format!("{} {}", say.ui(&format!("{which}.says")), say.fill("moved", &counts));
    flow::draw(html, which, &say.ui(which), &description, &flows);
    let heads = [
        Head::text(say.word("column", "from_tier")),
        Head::text(say.word("column", "to_tier")),
        Head::number(say.word("column", "partners")),
    ];
    let rows: Vec<usize> = (0..table.len()).collect();
    html.raw("<details><summary>").text(&say.ui("as_table")).raw("</summary>");
    grid(html, say, &say.ui(which), &heads, &rows, LISTED, |row, column| match column {
        0 => Cell::text(tier_name(say, review, &table.text(row, "from"))),
        1 => Cell::text(tier_name(say, review, &table.text(row, "to"))),
        _ => Cell::number(&table.value(row, "partners"), Quantity::Count, 0),
    });
    html.raw("</details>");
}

fn closest(html: &mut Html, page: &Page<'_>, found: &TierReview) {
    let (say, review, table) = (page.say, page.review, &found.progress);
    let costed = !found.actions.is_empty();
    let mut heads = vec![
        Head::text(say.word("column", "partner")),
        Head::text(say.word("column", "next_tier")),
        Head::number(say.word("column", "criteria_met")),
        Head::text(say.word("column", "missing")),
    ];
    if costed {
        heads.push(Head::number(page.titled(&say.word("column", "plan_cost"))));
    }
    let (rows, complete) = closest_rows(table);
    if complete > 0 {
        html.element("p", "lead", &say.fill("complete", &[("n", &count(complete))]));
    }
    grid(html, say, &say.ui("closest"), &heads, &rows, LISTED, |row, column| match column {
        0 => Cell::named(who(say, table, row, "partner_id")),
        1 => {
            let small = say.fill("from_tier", &[("tier", &tier_name(say, review, &table.text(row, "effective")))]);
            Cell { small, ..Cell::text(tier_name(say, review, &table.text(row, "tier"))) }
        }
        2 => {
            let share = table.number(row, "satisfied").zip(table.number(row, "total")).map(|(met, all)| met / all);
            Cell { text: met(say, table, row), small: String::new(), sort: share.filter(|share| share.is_finite()) }
        }
        3 => Cell::text(gaps_of(say, review, found, row)),
        _ => Cell::number(&table.value(row, "plan_cost"), Quantity::WholeMoney, 0),
    });
}

fn at_risk(html: &mut Html, page: &Page<'_>, table: &Table) {
    let (say, review) = (page.say, page.review);
    let heads = ["partner", "lost_on", "loses", "cause"].map(|name| Head::text(say.word("column", name)));
    let rows: Vec<usize> = (0..table.len()).collect();
    grid(html, say, &say.ui("about_to_lose"), &heads, &rows, LISTED, |row, column| match column {
        0 => Cell::named(who(say, table, row, "partner_id")),
        1 => {
            let small = say.fill("cause_on", &[("date", &day(say, table, row, "on"))]);
            let at = match table.value(row, "lost_on") {
                ValueRef::Date(date) => Some(f64::from(date.0)),
                _ => None,
            };
            Cell { text: day(say, table, row, "lost_on"), small, sort: at }
        }
        2 => {
            let [tier, to] = ["tier", "drops_to"].map(|side| tier_name(say, review, &table.text(row, side)));
            Cell::text(say.fill("from_to", &[("low", &tier), ("high", &to)]))
        }
        _ => Cell::text(cause(say, review, table, row)),
    });
}

/// What a finding says, with the metric that it is about.
pub(super) fn finding(review: &Review, table: &Table, row: usize) -> String {
    let message = table.text(row, "message");
    match table.text(row, "metric").as_str() {
        "" => message,
        metric => format!("{}: {message}", metric_name(review, metric)),
    }
}

/// What is usable but has to be said of the numbers behind the decisions.
fn findings(html: &mut Html, page: &Page<'_>, table: &Table) {
    if table.is_empty() {
        return;
    }
    let say = page.say;
    let heads = [Head::text(say.word("column", "message")), Head::number(say.word("column", "rows"))];
    let rows: Vec<usize> = (0..table.len()).collect();
    html.raw("<details><summary>").text(&say.ui("program_findings")).raw("</summary>");
    grid(html, say, &say.ui("program_findings"), &heads, &rows, LISTED, |row, column| match column {
        0 => Cell {
            small: finding(page.review, table, row),
            ..Cell::text(say.word("finding", &table.text(row, "code")))
        },
        _ => Cell::number(&table.value(row, "rows"), Quantity::Count, 0),
    });
    html.raw("</details>");
}

fn lint(html: &mut Html, page: &Page<'_>, table: &Table) {
    let say = page.say;
    let heads = ["place", "severity", "message"].map(|name| Head::text(say.word("column", name)));
    let rows: Vec<usize> = (0..table.len()).collect();
    grid(html, say, &say.ui("program_lint"), &heads, &rows, LISTED, |row, column| match column {
        0 => Cell::text(table.text(row, "path")),
        1 => Cell::text(say.word("severity", &table.text(row, "severity"))),
        _ => Cell { small: table.text(row, "suggestion"), ..Cell::text(table.text(row, "message")) },
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::fixture;

    #[test]
    fn metrics_scorecards_and_lines_have_the_names_of_the_programme() {
        let mut review = fixture::full();
        review.config["program"] = serde_json::json!({
            "metrics": {"won": {"name": "Won deals"}, "plain": {}},
            "scorecards": {"partner_score": {"name": "Partner score", "lines": [{"line": "skills", "name": "Skills"}, {"line": "x"}]}}
        });
        let expected = [
            ("won", "Won deals"),
            ("plain", "plain"),
            ("partner_score", "Partner score"),
            ("partner_score.skills", "Partner score: Skills"),
            ("partner_score.x", "Partner score: x"),
            ("other.skills", "other.skills"),
        ];
        for (metric, name) in expected {
            assert_eq!(metric_name(&review, metric), name);
        }
    }
}
