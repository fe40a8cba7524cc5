//! The page: one HTML document that asks nothing of the network.
//!
//! Its content security policy forbids every request and every script but the one that sorts tables, which is named by its
//! hash; without scripts the page loses the sorting and nothing else.

use hashbrown::HashMap;

use serde_json::Value;

use super::asked;
use super::figures::{self, Problem, in_words, model_name, models, note, problems, unit};
use super::format::{Quantity, count, date_parts, grouped, number};
use super::grid::{Cell, Head, cards, grid, refuse};
use super::markup::Html;
use super::sections;
use super::sure;
use super::tiers;
use crate::review::Review;
use crate::table::Table;
use crate::words::{Say, Words};

const STYLE: &str = include_str!("style.css");
pub(super) const SCRIPT: &str = include_str!("sort.js");
/// SHA-256 of [`SCRIPT`], as a content security policy names it.
pub(super) const SCRIPT_HASH: &str = "sha256-yB3bvASpRdi1o+WngMGtuarxRYeAkXj+GHUI3vJgElc=";
/// Rejected rows or findings that the page lists one by one.
const LISTED: usize = 200;

/// What every section needs.
pub(super) struct Page<'r> {
    pub(super) review: &'r Review,
    pub(super) say: Say<'r>,
    /// The currency, or what else amounts are in; empty for plain numbers.
    pub(super) unit: String,
    /// Digits of amounts that come as floats.
    pub(super) digits: u8,
}

/// A section: its name in the catalogue, and what draws its body.
type Section = (&'static str, fn(&mut Html, &Page<'_>));

const SECTIONS: &[Section] = &[
    ("headline", headline),
    ("credit", sections::credit),
    ("disagree", sections::disagree),
    ("confidence", sure::confidence),
    ("involvement", sections::involvement),
    ("pipeline", sections::open_deals),
    ("inferred_influence", asked::inferred_influence),
    ("ropi", sections::ropi),
    ("tiers", tiers::tiers),
    ("quality", quality),
    ("notes", notes),
    ("method", method),
];

/// The sections of a review: without a programme, nothing is said of tiers.
fn shown(review: &Review) -> impl Iterator<Item = &'static Section> {
    SECTIONS.iter().filter(|(name, _)| *name != "tiers" || tiers::asked(review))
}

impl<'r> Page<'r> {
    pub(super) fn new(review: &'r Review, words: &'r dyn Words) -> Self {
        let say = Say(words);
        let digits = review.currency.map_or(2, crate::money::Currency::digits);
        Self { review, say, unit: unit(say, review), digits }
    }

    /// An amount with its currency.
    pub(super) fn with_unit(&self, amount: &str) -> String {
        if self.unit.is_empty() { amount.to_owned() } else { format!("{} {amount}", self.unit) }
    }

    /// A heading with the currency behind it.
    pub(super) fn titled(&self, heading: &str) -> String {
        if self.unit.is_empty() { heading.to_owned() } else { format!("{heading}, {}", self.unit) }
    }

    /// The share of each channel under a model.
    pub(super) fn shares(&self, label: &str) -> HashMap<String, f64> {
        let Some(model) = self.review.models.iter().find(|model| model.label == label) else { return HashMap::new() };
        let totals = &model.totals;
        (0..totals.len()).filter_map(|row| Some((totals.text(row, "channel"), totals.number(row, "share")?))).collect()
    }

    fn as_of(&self) -> String {
        self.review.as_of.map_or_else(
            || self.say.ui("no_as_of").into_owned(),
            |date| {
                let (day, month, year) = date_parts(date);
                let date = format!("{day} {} {year}", self.say.word("month", &month.to_string()));
                self.say.fill("as_of", &[("date", &date)])
            },
        )
    }
}

/// The whole document.
pub(super) fn render(review: &Review, words: &dyn Words) -> String {
    let page = Page::new(review, words);
    let mut html = Html::default();
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src '{SCRIPT_HASH}'; base-uri 'none'; form-action 'none'"
    );
    html.raw("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">");
    html.open("meta", &[("http-equiv", "Content-Security-Policy"), ("content", &policy)]);
    html.raw("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\">");
    let title = format!("{} – {}", page.say.ui("title"), page.as_of());
    html.element("title", "", &title).raw("<style>").raw(STYLE).raw("</style></head>\n<body>");
    header(&mut html, &page);
    html.raw("\n<main>");
    for (name, body) in shown(review) {
        html.raw("\n").open("section", &[("id", name), ("aria-labelledby", &format!("h-{name}"))]);
        html.raw("<div>")
            .open("h2", &[("id", &format!("h-{name}"))])
            .text(&page.say.word("section", name))
            .raw("</h2>");
        html.element("p", "lead", page.say.sentence("section", name)).raw("</div><div class=\"body\">");
        body(&mut html, &page);
        html.raw("</div></section>");
    }
    html.raw("\n</main>\n<footer>")
        .text(&format!("cosell {}", env!("CARGO_PKG_VERSION")))
        .raw("</footer>\n<script>")
        .raw(SCRIPT);
    html.raw("</script></body></html>\n");
    html.finish()
}

fn header(html: &mut Html, page: &Page<'_>) {
    let (say, coverage) = (page.say, &page.review.coverage);
    html.raw("\n<header><div class=\"band\"><p class=\"over\">")
        .text(&page.as_of())
        .raw("</p><h1>")
        .text(&say.ui("title"))
        .raw("</h1>");
    let mut facts = Vec::new();
    facts.push(if page.unit.is_empty() {
        say.ui("currency_none").into_owned()
    } else {
        say.fill("in_currency", &[("currency", &page.unit)])
    });
    let sum = |column: &str| number(&figures::Sum::of(coverage, column, 0..coverage.len()).value(), Quantity::Count, 0);
    if !coverage.is_empty() {
        facts.push(say.fill(
            if coverage.len() == 1 { "coverage_one" } else { "coverage" },
            &[("used", &sum("rows")), ("tables", &count(coverage.len()))],
        ));
        facts.push(say.fill("set_aside", &[("n", &sum("rejected"))]));
    }
    html.element("p", "facts", &facts.join(" · ")).raw("</div><nav><div class=\"band\">");
    for (name, _) in shown(page.review) {
        html.open("a", &[("href", &format!("#{name}"))]).text(&say.word("nav", name)).raw("</a>");
    }
    html.raw("</div></nav></header>");
}

fn headline(html: &mut Html, page: &Page<'_>) {
    if page.review.headline.is_empty() {
        return refuse(html, page.say, &page.say.ui("headline_empty"));
    }
    cards(html, page.say, &figures::headline(page.review), page.digits, &page.unit, true);
}

fn quality(html: &mut Html, page: &Page<'_>) {
    let say = page.say;
    let kinds = [("rejected", &page.review.rejected, "no_rejected"), ("found", &page.review.findings, "no_findings")];
    for (kind, table, nothing) in kinds {
        html.element("h3", "", &say.ui(kind));
        if table.is_empty() {
            html.element("p", "lead", &say.ui(nothing));
            continue;
        }
        html.element("p", "lead", &say.ui(&format!("{kind}.says")));
        let problems = problems(table);
        summary(html, page, &say.ui(kind), &problems);
        html.raw("<details><summary>").text(&say.ui("rows_shown")).raw("</summary>");
        problem_rows(html, page, table);
        html.raw("</details>");
    }
}

fn summary(html: &mut Html, page: &Page<'_>, label: &str, problems: &[Problem]) {
    let say = page.say;
    let heads = [
        Head::text(say.word("column", "problem")),
        Head::text(say.word("column", "table")),
        Head::number(say.word("column", "rows")),
        Head::number(page.titled(&say.word("column", "amount_at_stake"))),
    ];
    let all: Vec<usize> = (0..problems.len()).collect();
    grid(html, say, label, &heads, &all, LISTED, |row, column| {
        let problem = &problems[row];
        match column {
            0 => Cell { small: problem.code.clone(), ..Cell::text(say.word("finding", &problem.code)) },
            1 => Cell::text(problem.tables.iter().map(|name| say.word("table", name)).collect::<Vec<_>>().join(", ")),
            2 => Cell::number(&crate::table::ValueRef::Int(problem.rows), Quantity::Count, 0),
            _ => Cell::number(&problem.stake.value(), Quantity::Money, page.digits),
        }
    });
}

fn problem_rows(html: &mut Html, page: &Page<'_>, table: &Table) {
    let say = page.say;
    let word = |name: &str| say.word("column", name).into_owned();
    let heads = [
        Head::text(word("table")),
        Head::number(word("row")),
        Head::text(word("column")),
        Head::text(word("code")),
        Head::text(word("message")),
        Head::number(page.titled(&word("amount_at_stake"))),
        Head::number(word("rows")),
    ];
    let all: Vec<usize> = (0..table.len()).collect();
    grid(html, say, &word("rows"), &heads, &all, LISTED, |row, column| match column {
        0 => Cell::text(table.text(row, "table")),
        1 => Cell::number(&table.value(row, "row"), Quantity::Count, 0),
        2 => Cell::text(table.text(row, "column")),
        3 => Cell::text(table.text(row, "code")),
        4 => Cell::text(table.text(row, "message")),
        5 => Cell::number(&table.value(row, "amount_at_stake"), Quantity::Money, page.digits),
        _ => Cell::number(&table.value(row, "rows"), Quantity::Count, 0),
    });
}

fn notes(html: &mut Html, page: &Page<'_>) {
    let (say, table) = (page.say, &page.review.notes);
    if table.is_empty() {
        html.element("p", "lead", &say.ui("no_notes"));
        return;
    }
    html.raw("<dl class=\"terms\">");
    for row in 0..table.len() {
        html.raw("<div>").data("dt", "", &part(page, &table.text(row, "part")));
        html.data_within("dd", "", &note(say, page.review, row), 1000).raw("</div>");
    }
    html.raw("</dl>");
}

/// A part of the review in words; a model that could not run has its own.
fn part(page: &Page<'_>, name: &str) -> String {
    let words = ["part", "model"].iter().find_map(|kind| page.say.0.lookup(&format!("{kind}.{name}")));
    words.map_or_else(|| page.say.word("part", name).into_owned(), str::to_owned)
}

fn method(html: &mut Html, page: &Page<'_>) {
    let say = page.say;
    if !page.review.models.is_empty() {
        html.element("h3", "", &say.ui("models")).raw("<dl class=\"terms\">");
        let labels = models(say, page.review);
        for model in &page.review.models {
            let words =
                labels.iter().find(|(label, _)| *label == model.label).map_or(model.label.as_str(), |(_, words)| words);
            let name = model_name(&model.model).unwrap_or(&model.label);
            html.raw("<div>").data("dt", "", words).raw("<dd>").text(say.sentence("model", name));
            if has_options(&model.model) {
                html.data_within("code", "", &model.model.to_string(), 300);
            }
            html.raw("</dd></div>");
        }
        html.raw("</dl>");
        html.raw("<details><summary>").text(&say.ui("diagnostics")).raw("</summary>");
        for model in &page.review.models {
            html.data("h4", "", &model.label);
            diagnostics(html, say, &model.diagnostics);
        }
        html.raw("</details>");
    }
    html.element("h3", "", &say.ui("terms")).raw("<dl class=\"terms\">");
    for term in ["sourced", "involved", "influenced_not_sourced", "overlap", "fractional", "ropi"] {
        html.raw("<div>")
            .element("dt", "", &say.word("term", term))
            .element("dd", "", say.sentence("term", term))
            .raw("</div>");
    }
    html.raw("</dl>");
    coverage(html, page);
    html.raw("<details><summary>").text(&say.ui("config")).raw("</summary>");
    document(html, &page.review.config);
    html.raw("</details>");
}

fn coverage(html: &mut Html, page: &Page<'_>) {
    let (say, table) = (page.say, &page.review.coverage);
    if table.is_empty() {
        return;
    }
    let names = ["table", "rows", "rejected", "findings"];
    html.element("h3", "", &say.ui("read"));
    let heads: Vec<Head> =
        names.iter().map(|name| Head { numeric: *name != "table", ..Head::text(say.word("column", name)) }).collect();
    let all: Vec<usize> = (0..table.len()).collect();
    grid(html, say, &say.ui("read"), &heads, &all, LISTED, |row, column| match column {
        0 => Cell::text(in_words(say, "table", &table.text(row, "table"))),
        _ => Cell::number(&table.value(row, names[column]), Quantity::Count, 0),
    });
}

/// Whether a model's document says more than its name.
fn has_options(model: &Value) -> bool {
    let set = |options: &Value| options.as_object().is_some_and(|fields| fields.values().any(|value| !value.is_null()));
    model.as_object().is_some_and(|document| document.values().any(set))
}

/// What a model reports, as a list.
fn diagnostics(html: &mut Html, say: Say<'_>, value: &Value) {
    let mut entries = Vec::new();
    flatten(say, "", value, &mut entries);
    html.raw("<dl class=\"terms\">");
    for (label, text) in entries {
        html.raw("<div>").data("dt", "", &label).data_within("dd", "", &text, 400).raw("</div>");
    }
    html.raw("</dl>");
}

/// The plain values of a document under the names that lead to them; an array stays a document.
fn flatten(say: Say<'_>, label: &str, value: &Value, entries: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let words = say.word("diagnostic", name);
                let label = if label.is_empty() { words.into_owned() } else { format!("{label}: {words}") };
                flatten(say, &label, value, entries);
            }
        }
        Value::Null => {}
        Value::String(text) => entries.push((label.to_owned(), text.clone())),
        Value::Number(number) if !number.is_f64() => entries.push((label.to_owned(), grouped(&number.to_string()))),
        other => entries.push((label.to_owned(), other.to_string())),
    }
}

/// A JSON document as text, whole.
fn document(html: &mut Html, value: &Value) {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    html.raw("<pre class=\"scroll\" tabindex=\"0\">").text(&text).raw("</pre>");
}
