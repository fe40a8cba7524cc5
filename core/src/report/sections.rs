//! The sections of the page that show partners: credit, disagreement, sourced and involved, pipeline, return.

use super::chart::{Bar, Chart, Row, draw, steps};
use super::figures::{
    CreditRows, Sum, buckets, by_largest, costliest, disagreements, expected_how, in_words, models, notes_of, refusal,
    sources_known, who,
};
use super::format::{Quantity, brief, count, number};
use super::grid::{Cell, Head, cards, grid, refuse, signed};
use super::markup::Html;
use super::page::Page;
use crate::review::Involvement;
use crate::table::{Table, ValueRef};

/// The parts that notes about credit name.
const CREDIT_PARTS: &[&str] = &["credit", "attribution", "journeys", "models"];
/// Partners that a chart shows.
const CHARTED: usize = 12;
/// Partners whose return a chart shows.
const RETURNS: usize = 16;
/// Models that a chart shows side by side.
const CHARTED_MODELS: usize = 6;
/// Rows that a table of the page shows.
const LISTED: usize = 1000;
/// The classes that colour models, in their order; further models share the last one.
const CLASSES: [&str; 9] = ["m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "mx"];
const LETTERS: [&str; 9] = ["a", "b", "c", "d", "e", "f", "g", "h", "·"];

fn class(model: usize) -> &'static str {
    CLASSES[model.min(CLASSES.len() - 1)]
}

/// A bar for one value of a table.
fn bar(page: &Page<'_>, who: &str, what: &str, value: &ValueRef<'_>, from: f64) -> Bar {
    let amount = signed(&number(value, Quantity::WholeMoney, page.digits));
    let title = format!("{}, {what}: {}", brief(who), page.with_unit(&amount));
    let to = from + value.as_f64().unwrap_or(0.0);
    Bar { from, to, mark: None, value: amount, more: String::new(), title, class: "mono", letter: "" }
}

/// Credit per partner under each model: chart, full table, and where the rest goes.
pub(super) fn credit(html: &mut Html, page: &Page<'_>) {
    let (say, table, models) = (page.say, &page.review.credit, models(page.say, page.review));
    let rows = CreditRows::of(page.review);
    if models.is_empty() || table.is_empty() {
        return refuse(html, say, &refusal(say, page.review, CREDIT_PARTS, "empty_credit"));
    }
    if !rows.partners.is_empty() {
        legend(html, &models);
        draw(html, &credit_chart(page, &models, &rows.partners), None);
    }
    if rows.partners.len() > CHARTED || !rows.special.is_empty() {
        reconciliation(html, page, &models, &rows);
    }
    html.element("h3", "", &page.titled(&say.ui("all_partners")));
    let mut heads = vec![Head::text(say.word("column", "partner"))];
    for (at, (_, words)) in models.iter().enumerate() {
        heads.push(Head { text: words.clone(), numeric: true, class: class(at) });
    }
    let shares: Vec<_> = models.iter().map(|(label, _)| page.shares(label)).collect();
    let all: Vec<usize> = rows.partners.iter().chain(&rows.special).copied().collect();
    grid(html, say, &say.ui("all_partners"), &heads, &all, LISTED, |row, column| {
        if column == 0 {
            return Cell::named(who(say, table, row, "channel"));
        }
        let mut cell = Cell::number(&table.value(row, &models[column - 1].0), Quantity::Money, page.digits);
        if let Some(share) = shares[column - 1].get(&table.text(row, "channel")) {
            cell.small = number(&ValueRef::Float(*share), Quantity::Share, 0);
        }
        cell
    });
}

/// Switches that show or hide a model; they work without a script.
fn legend(html: &mut Html, models: &[(String, String)]) {
    html.raw("<div class=\"legend\" role=\"group\">");
    for (at, (_, words)) in models.iter().take(CLASSES.len() - 1).enumerate() {
        let id = format!("show-{}", class(at));
        html.open("label", &[("for", &id), ("class", class(at))]);
        html.open("input", &[("type", "checkbox"), ("id", &id), ("checked", "")]);
        html.raw("<span class=\"swatch\">").text(LETTERS[at]).raw("</span>").data("span", "", words).raw("</label>");
    }
    html.raw("</div>");
}

fn credit_chart(page: &Page<'_>, models: &[(String, String)], partners: &[usize]) -> Chart {
    let (say, table) = (page.say, &page.review.credit);
    let charted = &models[..models.len().min(CHARTED_MODELS)];
    let shares: Vec<_> = charted.iter().map(|(label, _)| page.shares(label)).collect();
    let rows = partners.iter().take(CHARTED).map(|&row| {
        let (label, detail) = who(say, table, row, "channel");
        let bars = charted.iter().enumerate().map(|(at, (column, words))| {
            let share = shares[at]
                .get(&table.text(row, "channel"))
                .map(|share| number(&ValueRef::Float(*share), Quantity::Share, 0));
            let mut bar = bar(page, &label, words, &table.value(row, column), 0.0);
            if let Some(share) = share {
                bar.title = format!("{} ({share})", bar.title);
            }
            Bar { class: class(at), letter: LETTERS[at], ..bar }
        });
        Row { bars: bars.collect(), label, detail, under: String::new(), apart: false }
    });
    let mut description = vec![say.fill("ordered_by", &[("model", &models[0].1)]), say.ui("chart_order").into_owned()];
    if models.len() > charted.len() {
        let (shown, total) = (count(charted.len()), count(models.len()));
        description.push(say.fill("chart_first_models", &[("shown", &shown), ("total", &total)]));
    }
    let n = count(partners.len().min(CHARTED));
    Chart {
        id: "credit-chart",
        title: page.titled(&say.fill("top_partners", &[("n", &n)])),
        description: description.join(" "),
        rows: rows.collect(),
    }
}

/// Every model's total in a few lines: the charted partners, the other partners, the vendor, the unattributed.
fn reconciliation(html: &mut Html, page: &Page<'_>, models: &[(String, String)], rows: &CreditRows) {
    let (say, table) = (page.say, &page.review.credit);
    let (charted, rest) = rows.partners.split_at(rows.partners.len().min(CHARTED));
    let mut lines: Vec<(String, Vec<usize>)> = Vec::new();
    if !charted.is_empty() {
        lines.push((say.fill("top_partners", &[("n", &count(charted.len()))]), charted.to_vec()));
    }
    if !rest.is_empty() {
        lines.push((say.fill("rest", &[("n", &count(rest.len()))]), rest.to_vec()));
    }
    lines.extend(rows.special.iter().map(|&row| (who(say, table, row, "channel").0, vec![row])));
    lines.push((say.word("column", "total").into_owned(), (0..table.len()).collect()));
    html.element("h3", "", &page.titled(&say.ui("where_it_goes")));
    html.element("p", "lead", &say.ui("where_it_goes.says"));
    let mut heads = vec![Head::text("")];
    for (at, (_, words)) in models.iter().enumerate() {
        heads.push(Head { text: words.clone(), numeric: true, class: class(at) });
    }
    html.raw("<div class=\"totalled\">");
    let all: Vec<usize> = (0..lines.len()).collect();
    grid(html, say, &say.ui("where_it_goes"), &heads, &all, LISTED, |line, column| {
        let (label, rows) = &lines[line];
        match column.checked_sub(1) {
            None => Cell::text(label.clone()),
            Some(model) => {
                let sum = Sum::of(table, &models[model].0, rows.iter().copied());
                Cell::number(&sum.value(), Quantity::Money, page.digits)
            }
        }
    });
    html.raw("</div>");
}

/// Partners whose credit depends most on the model.
pub(super) fn disagree(html: &mut Html, page: &Page<'_>) {
    let (say, table, models) = (page.say, &page.review.credit, models(page.say, page.review));
    let found = disagreements(page.review, &models);
    if models.is_empty() || page.review.credit.is_empty() {
        return refuse(html, say, &refusal(say, page.review, CREDIT_PARTS, "empty_credit"));
    }
    if models.len() < 2 || found.is_empty() {
        return refuse(html, say, &say.ui(if models.len() < 2 { "empty_one_model" } else { "all_agree" }));
    }
    let top = &found[..found.len().min(CHARTED)];
    let heads = [
        Head::text(say.word("column", "partner")),
        Head::text(say.ui("lowest")),
        Head::number(page.titled(&say.word("column", "value"))),
        Head::text(say.ui("highest")),
        Head::number(page.titled(&say.word("column", "value"))),
    ];
    let rows = top.iter().map(|case| {
        let (label, detail) = who(say, table, case.row, "channel");
        let (low, high) =
            (table.value(case.row, &models[case.lowest].0), table.value(case.row, &models[case.highest].0));
        let [least, most] = [(&low, case.lowest), (&high, case.highest)].map(|(value, model)| {
            format!("{} {}", models[model].1, signed(&number(value, Quantity::WholeMoney, page.digits)))
        });
        let from = low.as_f64().unwrap_or(0.0);
        let range = Bar {
            from,
            to: from + case.spread,
            mark: None,
            value: signed(&number(&difference(&low, &high), Quantity::WholeMoney, page.digits)),
            more: String::new(),
            title: format!("{}: {}", brief(&label), say.fill("from_to", &[("low", &least), ("high", &most)])),
            class: "mono",
            letter: "",
        };
        let (low, high) = (&models[case.lowest].1, &models[case.highest].1);
        Row {
            label,
            detail,
            under: say.fill("from_to", &[("low", low), ("high", high)]),
            bars: vec![range],
            apart: false,
        }
    });
    let chart = Chart {
        id: "disagree-chart",
        title: page.titled(&say.fill("differences", &[("n", &count(top.len()))])),
        description: say.sentence("ui", "differences").to_owned(),
        rows: rows.collect(),
    };
    draw(html, &chart, None);
    let all: Vec<usize> = (0..found.len()).collect();
    grid(html, say, &say.word("section", "disagree"), &heads, &all, LISTED, |at, column| {
        let case = &found[at];
        let credit =
            |model: usize| Cell::number(&table.value(case.row, &models[model].0), Quantity::Money, page.digits);
        match column {
            0 => Cell::named(who(say, table, case.row, "channel")),
            1 => Cell::text(models[case.lowest].1.clone()),
            2 => credit(case.lowest),
            3 => Cell::text(models[case.highest].1.clone()),
            _ => credit(case.highest),
        }
    });
}

/// The distance between two cells, exact where they are amounts.
fn difference(low: &ValueRef<'_>, high: &ValueRef<'_>) -> ValueRef<'static> {
    match (low, high) {
        (ValueRef::Money(low, unit), ValueRef::Money(high, _)) => ValueRef::Money(high - low, *unit),
        _ => ValueRef::Float(high.as_f64().unwrap_or(0.0) - low.as_f64().unwrap_or(0.0)),
    }
}

/// All won revenue in parts that do not overlap, and what each partner can claim of it.
pub(super) fn involvement(html: &mut Html, page: &Page<'_>) {
    let say = page.say;
    let Some(involvement) = &page.review.involvement else {
        return refuse(html, say, &refusal(say, page.review, &["involvement", "sourced"], "empty_involvement"));
    };
    cards(html, say, &involvement.metrics, page.digits, &page.unit, false);
    if !involvement.buckets.is_empty() {
        draw(html, &waterfall(page, involvement), None);
    }
    let columns = [
        ("involved_value", Quantity::Money, "involved_deals"),
        ("sourced_value", Quantity::Money, "sourced_deals"),
        ("influenced_not_sourced_value", Quantity::Money, "influenced_not_sourced_deals"),
    ];
    html.element("p", "lead", say.sentence("term", "involved"));
    let known = if sources_known(involvement) { &columns[..] } else { &columns[..1] };
    partner_table(html, page, &involvement.partners, "involved_value", known);
}

fn waterfall(page: &Page<'_>, involvement: &Involvement) -> Chart {
    let (say, table) = (page.say, &involvement.buckets);
    let parts = buckets(say, involvement);
    let values: Vec<f64> = parts.iter().map(|(row, _)| table.number(*row, "value").unwrap_or(0.0)).collect();
    let mut rows: Vec<Row> = Vec::new();
    for ((row, label), (from, _)) in parts.into_iter().zip(steps(&values)) {
        let deals = number(&table.value(row, "deals"), Quantity::Count, 0);
        let mut bar = bar(page, &label, &say.word("column", "value"), &table.value(row, "value"), from);
        bar.more = number(&table.value(row, "share"), Quantity::Share, 0);
        bar.class = if table.text(row, "bucket") == "none" { "quiet" } else { ["s0", "s1", "s2"][row.min(2)] };
        let detail = say.fill("deals", &[("n", &deals)]);
        rows.push(Row { label, detail, under: String::new(), bars: vec![bar], apart: false });
    }
    let total = Sum::of(table, "value", 0..table.len());
    let deals = number(&Sum::of(table, "deals", 0..table.len()).value(), Quantity::Count, 0);
    let label = say.word("metric", "won_revenue").into_owned();
    let mut bar = bar(page, &label, &say.word("column", "total"), &total.value(), 0.0);
    bar.class = "total";
    let detail = say.fill("deals", &[("n", &deals)]);
    rows.push(Row { label, detail, under: String::new(), bars: vec![bar], apart: true });
    Chart {
        id: "involvement-chart",
        title: page.titled(&say.word("metric", "won_revenue")),
        description: say.ui("waterfall").into_owned(),
        rows,
    }
}

/// Open deals: who works on them, and what is expected of them.
pub(super) fn open_deals(html: &mut Html, page: &Page<'_>) {
    pipeline(html, page);
    expected(html, page);
}

/// Open deals that partners work on.
fn pipeline(html: &mut Html, page: &Page<'_>) {
    let say = page.say;
    let Some(pipeline) = &page.review.pipeline else {
        return refuse(html, say, &refusal(say, page.review, &["pipeline"], "empty_pipeline"));
    };
    cards(html, say, &pipeline.metrics, page.digits, &page.unit, false);
    let largest = by_largest(&pipeline.partners, "open_value");
    if largest.is_empty() {
        return refuse(html, say, &say.ui("no_open_partners"));
    }
    let rows = largest.iter().take(CHARTED).map(|&row| {
        let (label, detail) = who(say, &pipeline.partners, row, "partner_id");
        let bar =
            bar(page, &label, &say.word("column", "open_value"), &pipeline.partners.value(row, "open_value"), 0.0);
        Row { label, detail, under: String::new(), bars: vec![bar], apart: false }
    });
    let chart = Chart {
        id: "pipeline-chart",
        title: page.titled(&say.fill("top_partners", &[("n", &count(largest.len().min(CHARTED)))])),
        description: say.ui("largest_first").into_owned(),
        rows: rows.collect(),
    };
    draw(html, &chart, None);
    let columns = [("open_value", Quantity::Money, ""), ("open_deals", Quantity::Count, "")];
    partner_table(html, page, &pipeline.partners, "open_value", &columns);
}

/// What is expected of open deals, beside what was won.
fn expected(html: &mut Html, page: &Page<'_>) {
    let (say, table) = (page.say, &page.review.expected);
    if table.column("expected_value").is_none() {
        return;
    }
    let title = say.word("section", "expected");
    html.element("h3", "", &page.titled(&title));
    html.element("p", "lead", say.sentence("section", "expected"));
    html.element("p", "lead", &expected_how(say, page.review));
    let names = ["partner", "expected_value", "won_value", "expected_deals"];
    let heads: Vec<Head> =
        names.iter().map(|name| Head { numeric: *name != "partner", ..Head::text(say.word("column", name)) }).collect();
    let all: Vec<usize> = (0..table.len()).collect();
    grid(html, say, &title, &heads, &all, LISTED, |row, column| match column {
        0 => Cell::named(who(say, table, row, "channel")),
        3 => Cell::number(&table.value(row, "expected_deals"), Quantity::Count, 0),
        _ => Cell::number(&table.value(row, names[column]), Quantity::Money, page.digits),
    });
}

/// Return per partner, and why some have none.
pub(super) fn ropi(html: &mut Html, page: &Page<'_>) {
    let say = page.say;
    let Some(ropi) = &page.review.ropi else {
        return refuse(html, say, &refusal(say, page.review, &["ropi"], "empty_ropi"));
    };
    cards(html, say, &ropi.metrics, page.digits, &page.unit, false);
    let table = &ropi.partners;
    let valued = by_largest(table, "ropi");
    let columns = [
        ("ropi", Quantity::Return, ""),
        ("revenue_multiple", Quantity::Ratio, ""),
        ("cost", Quantity::Money, ""),
        ("direct_cost", Quantity::Money, ""),
        ("shared_cost", Quantity::Money, ""),
        ("gross_margin", Quantity::Money, ""),
        ("credited_value", Quantity::Money, ""),
    ];
    if valued.is_empty() {
        refuse(html, say, &say.ui("no_returns"));
    } else {
        draw_returns(html, page, table, &valued);
    }
    let missing: Vec<usize> = (0..table.len()).filter(|&row| table.number(row, "ropi").is_none()).collect();
    for (note, n) in notes_of(table, &missing) {
        let why = in_words(say, "note", &note);
        let why = if why.is_empty() { say.ui("no_value").into_owned() } else { why };
        html.data_within("p", "lead", &say.fill("no_return_value", &[("n", &count(n)), ("why", &why)]), 400);
    }
    partner_table(html, page, table, "ropi", &columns);
}

/// The partners that cost most, by return: those with a tiny cost have huge returns that say little.
fn draw_returns(html: &mut Html, page: &Page<'_>, table: &Table, valued: &[usize]) {
    let say = page.say;
    let shown = costliest(table, valued, RETURNS);
    let rows = shown.iter().map(|&row| {
        let (label, _) = who(say, table, row, "partner_id");
        let value = table.value(row, "ropi");
        let text = signed(&number(&value, Quantity::Return, 0));
        let gain = value.as_f64().unwrap_or(0.0);
        let cost = signed(&number(&table.value(row, "cost"), Quantity::WholeMoney, page.digits));
        let cost = say.fill("cost", &[("cost", &page.with_unit(&cost))]);
        let title = format!("{}, {}: {text}; {cost}", brief(&label), say.word("column", "ropi"));
        let class = if gain < 0.0 { "loss" } else { "gain" };
        let bar = Bar { from: 0.0, to: gain, mark: None, value: text, more: String::new(), title, class, letter: "" };
        Row { label, detail: String::new(), under: cost, bars: vec![bar], apart: false }
    });
    let rows: Vec<Row> = rows.collect();
    // One huge return would flatten all the others: bars end at four times the median, and at ten times the cost.
    let mut sizes: Vec<f64> = rows.iter().flat_map(|row| &row.bars).map(|bar| bar.to.abs()).collect();
    sizes.sort_by(f64::total_cmp);
    let limit = (sizes[sizes.len() / 2] * 4.0).clamp(1.0, 10.0);
    let cut = sizes.last().is_some_and(|largest| *largest > limit);
    let title = say.fill("returns", &[("n", &count(shown.len()))]);
    let description = if cut { say.ui("break_note").into_owned() } else { String::new() };
    let description = format!("{} {description}", say.sentence("ui", "returns"));
    draw(html, &Chart { id: "ropi-chart", title, description, rows }, cut.then_some(limit));
}

/// A column of a partner table: its name, what it counts, and the column with the number of deals behind it, if any.
type Column<'a> = (&'a str, Quantity, &'a str);

/// A table with one row per partner, those with the largest value first and those without one last.
fn partner_table(html: &mut Html, page: &Page<'_>, table: &Table, by: &str, columns: &[Column<'_>]) {
    let say = page.say;
    let mut rows = by_largest(table, by);
    rows.extend((0..table.len()).filter(|&row| table.number(row, by).is_none()));
    if rows.is_empty() {
        return refuse(html, say, &say.ui("no_partner_value"));
    }
    let noted = rows.iter().any(|&row| !table.text(row, "note").is_empty());
    let mut heads = vec![Head::text(say.word("column", "partner"))];
    heads.extend(columns.iter().map(|(name, quantity, _)| {
        let head = say.word("column", name);
        Head::number(if *quantity == Quantity::Money { page.titled(&head) } else { head.into_owned() })
    }));
    if noted {
        heads.push(Head::text(say.word("column", "note")));
    }
    grid(html, say, &say.word("column", by), &heads, &rows, LISTED, |row, column| match column.checked_sub(1) {
        None => Cell::named(who(say, table, row, "partner_id")),
        Some(at) if at < columns.len() => {
            let (name, quantity, deals) = columns[at];
            let mut cell = Cell::number(&table.value(row, name), quantity, page.digits);
            let deals = number(&table.value(row, deals), Quantity::Count, 0);
            if !deals.is_empty() {
                cell.small = say.fill("deals", &[("n", &deals)]);
            }
            cell
        }
        Some(_) => Cell::text(in_words(say, "note", &table.text(row, "note"))),
    });
}
