//! Tables and figures of the page: a table scrolls inside its own box, its first column heads the row, and numeric cells
//! carry their value for the sorting script.

use super::format::{Quantity, count, number};
use super::markup::Html;
use crate::table::{Table, ValueRef};
use crate::words::Say;

/// A column of a table on the page.
pub(super) struct Head {
    pub(super) text: String,
    pub(super) numeric: bool,
    /// The class of its model; empty for other columns.
    pub(super) class: &'static str,
}

impl Head {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), numeric: false, class: "" }
    }

    pub(super) fn number(text: impl Into<String>) -> Self {
        Self { text: text.into(), numeric: true, class: "" }
    }
}

/// A cell: its text, a second line in small print, and the number that it is sorted by.
#[derive(Default)]
pub(super) struct Cell {
    pub(super) text: String,
    pub(super) small: String,
    pub(super) sort: Option<f64>,
}

impl Cell {
    pub(super) fn text(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    pub(super) fn named((name, id): (String, String)) -> Self {
        Self { text: name, small: id, sort: None }
    }

    pub(super) fn number(value: &ValueRef<'_>, quantity: Quantity, digits: u8) -> Self {
        Self { text: signed(&number(value, quantity, digits)), small: String::new(), sort: value.as_f64() }
    }
}

/// A number with a real minus sign.
pub(super) fn signed(number: &str) -> String {
    number.strip_prefix('-').map_or_else(|| number.to_owned(), |rest| format!("−{rest}"))
}

/// A table of `rows`, of which the first `cap` are shown and the rest is stated; `cell` gives what stands where.
pub(super) fn grid(
    html: &mut Html,
    say: Say<'_>,
    label: &str,
    heads: &[Head],
    rows: &[usize],
    cap: usize,
    cell: impl Fn(usize, usize) -> Cell,
) {
    let long = rows.len() > 12;
    html.open(
        "div",
        &[
            ("class", if long { "scroll tall" } else { "scroll" }),
            ("tabindex", "0"),
            ("role", "region"),
            ("aria-label", label),
        ],
    );
    html.raw(if rows.len() > 1 { "<table class=\"sortable\"><thead><tr>" } else { "<table><thead><tr>" });
    for head in heads {
        let class = [head.class, if head.numeric { "num" } else { "" }].join(" ");
        html.open("th", &[("scope", "col"), ("class", class.trim())]).text(&head.text).raw("</th>");
    }
    html.raw("</tr></thead><tbody>");
    for &row in rows.iter().take(cap) {
        html.raw("<tr>");
        for (at, head) in heads.iter().enumerate() {
            draw_cell(html, head, &cell(row, at), at == 0);
        }
        html.raw("</tr>");
    }
    html.raw("</tbody></table></div>");
    if rows.len() > cap {
        let (shown, total, n) = (count(cap), count(rows.len()), count(rows.len() - cap));
        html.element("p", "capped", &say.fill("capped", &[("shown", &shown), ("total", &total), ("n", &n)]));
    }
    if rows.len() > 15 {
        html.element("p", "capped paper", &say.ui("print_first"));
    }
}

fn draw_cell(html: &mut Html, head: &Head, cell: &Cell, first: bool) {
    let class = [head.class, if head.numeric { "num" } else { "" }].join(" ");
    let sort = cell.sort.map(|value| value.to_string()).unwrap_or_default();
    let tag = if first { "th" } else { "td" };
    let mut attributes = Vec::new();
    if first {
        attributes.push(("scope", "row"));
    }
    if !class.trim().is_empty() {
        attributes.push(("class", class.trim()));
    }
    if cell.sort.is_some() {
        attributes.push(("data-v", sort.as_str()));
    }
    html.open(tag, &attributes);
    if cell.text.is_empty() {
        html.raw("<span class=\"none\">–</span>");
    } else {
        html.data("span", "", &cell.text);
    }
    if !cell.small.is_empty() {
        html.raw(" ").data_within("small", "", &cell.small, 60);
    }
    html.close(tag);
}

/// A paragraph that says why there is nothing to show.
pub(super) fn refuse(html: &mut Html, say: Say<'_>, why: &str) {
    html.raw("<p class=\"refusal\"><strong>").text(&say.ui("not_shown")).raw("</strong> ");
    html.data_within("span", "", why, 2000).raw("</p>");
}

/// What a metric is made of, as texts: the figure, and the small print under it.
pub(super) struct Figure {
    pub(super) label: String,
    /// Empty where there is no value.
    pub(super) value: String,
    /// Whether the value is an amount.
    pub(super) money: bool,
    /// Denominator, n and interval.
    pub(super) basis: Vec<String>,
    /// Convention and note.
    pub(super) remarks: Vec<String>,
}

/// Reads row `row` of a table of metrics.
pub(super) fn figure(say: Say<'_>, metrics: &Table, row: usize, digits: u8) -> Figure {
    let unit = Quantity::of_unit(&metrics.text(row, "unit"));
    // A return is a ratio too; it is written as in the table of partners.
    let quantity = if metrics.text(row, "metric") == "ropi" { Quantity::Return } else { unit };
    let show = |column: &str, quantity| number(&metrics.value(row, column), quantity, digits);
    // A denominator that is the number of cases counts cases; any other is of what the figure measures.
    let cases = metrics.number(row, "n").is_some_and(|n| metrics.number(row, "denominator") == Some(n));
    let bottom = if cases || quantity == Quantity::Count { Quantity::Count } else { Quantity::WholeMoney };
    let top = if quantity == Quantity::Share { bottom } else { Quantity::WholeMoney };
    let exact = metrics.value(row, "value_amount");
    let value = if exact.as_f64().is_some() { number(&exact, quantity, digits) } else { show("value", quantity) };
    // Where there is no value, its parts would look like one of zero.
    let part = |column: &str, quantity| if value.is_empty() { String::new() } else { show(column, quantity) };
    let mut basis = Vec::new();
    let (numerator, denominator) = (part("numerator", top), part("denominator", bottom));
    if !numerator.is_empty() && !denominator.is_empty() {
        let shape = if quantity == Quantity::Share { "of" } else { "over" };
        basis.push(say.fill(shape, &[("numerator", &numerator), ("denominator", &denominator)]));
    }
    let n = show("n", Quantity::Count);
    if !n.is_empty() && !cases {
        basis.push(say.fill("n", &[("n", &n)]));
    }
    let (low, high) = (part("low", quantity), part("high", quantity));
    if !low.is_empty() && !high.is_empty() {
        // An interval is of the share by count: beside a share of amounts, that has to be said.
        let words = if cases { "interval" } else { "interval_by_count" };
        basis.push(say.fill(words, &[("low", &low), ("high", &high)]));
    }
    let remark = |column: &str| {
        let text = metrics.text(row, column);
        super::figures::capital(&super::figures::in_words(say, column, &text))
    };
    let remarks = [remark("convention"), remark("note")].into_iter().filter(|text| !text.is_empty()).collect();
    Figure {
        label: say.word("metric", &metrics.text(row, "metric")).into_owned(),
        value,
        money: quantity == Quantity::Money,
        basis,
        remarks,
    }
}

/// The figures of a table of metrics as cards.
pub(super) fn cards(html: &mut Html, say: Say<'_>, metrics: &Table, digits: u8, unit: &str, large: bool) {
    html.raw(if large { "<dl class=\"cards large\">" } else { "<dl class=\"cards\">" });
    for row in 0..metrics.len() {
        let figure = figure(say, metrics, row, digits);
        html.raw("<div class=\"card\">").data("dt", "", &figure.label);
        if figure.value.is_empty() {
            html.element("dd", "figure none", &say.ui("no_value"));
        } else {
            html.raw("<dd class=\"figure\">");
            if figure.money && !unit.is_empty() {
                html.element("abbr", "unit", unit).raw(" ");
            }
            // The decimals of an amount stand back, so that the eye reads whole units.
            let value = signed(&figure.value);
            match value.split_once('.').filter(|_| figure.money) {
                Some((whole, cents)) => html.text(whole).raw("<span class=\"cents\">.").text(cents).raw("</span>"),
                None => html.text(&value),
            };
            html.raw("</dd>");
        }
        for line in &figure.basis {
            html.element("dd", "basis", &signed(line));
        }
        for remark in &figure.remarks {
            html.data_within("dd", "remark", remark, 400);
        }
        html.raw("</div>");
    }
    html.raw("</dl>");
}
