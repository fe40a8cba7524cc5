//! The section of the page about how sure the credit is: intervals, ranks, neighbours, and how far the models agree.

use hashbrown::HashMap;

use super::chart::{Bar, Chart, Row, draw};
use super::figures::{in_words, is_special, refusal, who};
use super::format::{Quantity, brief, count, number};
use super::grid::{Cell, Head, grid, refuse, signed};
use super::markup::Html;
use super::page::Page;
use crate::review::Confidence;
use crate::table::{Table, ValueRef};
use crate::words::Say;

/// The parts whose notes say why there is nothing to show.
pub(super) const PARTS: &[&str] = &["confidence", "credit", "attribution", "journeys", "models"];
/// Partners that the chart shows, and whose neighbours are compared.
const CHARTED: usize = 12;
/// Rows that a table of the page shows.
const LISTED: usize = 1000;

/// A share as a percentage.
pub(super) fn percent(share: Option<f64>) -> String {
    share.map_or_else(String::new, |share| signed(&number(&ValueRef::Float(share), Quantity::Share, 0)))
}

/// From the lower to the upper bound of a column; empty where there is no interval.
pub(super) fn bounds(say: Say<'_>, table: &Table, row: usize, column: &str, quantity: Quantity) -> String {
    let [low, high] =
        ["_low", "_high"].map(|end| signed(&number(&table.value(row, &format!("{column}{end}")), quantity, 0)));
    match (low.is_empty(), low == high) {
        (true, _) => String::new(),
        (_, true) => low,
        _ => say.fill("within", &[("low", &low), ("high", &high)]),
    }
}

/// How often something holds in the resamples: never and always are only as sure as their number.
pub(super) fn chance(say: Say<'_>, found: &Confidence, chance: Option<f64>) -> String {
    let one = found.diagnostics["intervals"]["options"]["replicates"].as_f64().filter(|n| *n > 0.0).map(|n| 1.0 / n);
    match (chance, one) {
        (Some(0.0), Some(one)) => say.fill("under", &[("share", &percent(Some(one)))]),
        (Some(1.0), Some(one)) => say.fill("over_share", &[("share", &percent(Some(1.0 - one)))]),
        _ => percent(chance),
    }
}

/// How the resamples were made, in a sentence.
pub(super) fn how(say: Say<'_>, found: &Confidence) -> String {
    let options = &found.diagnostics["intervals"]["options"];
    let level = options["level"].as_f64().unwrap_or(0.95) * 100.0;
    let level = number(&ValueRef::Float(level), Quantity::Count, 0);
    let replicates = number(&ValueRef::Float(options["replicates"].as_f64().unwrap_or(0.0)), Quantity::Count, 0);
    let model = say.model(found.diagnostics["model"].as_str().unwrap_or_default());
    say.fill("confidence_how", &[("model", &model), ("n", &replicates), ("level", &level)])
}

/// The pairs of models that are told first: those with the model that was resampled; all where it was not compared.
pub(super) fn first_pairs(found: &Confidence) -> Vec<usize> {
    let (table, own) = (&found.agreement, found.diagnostics["model"].as_str().unwrap_or_default());
    let has = |row: &usize| ["model_a", "model_b"].iter().any(|side| table.text(*row, side) == own);
    let all: Vec<usize> = (0..table.len()).collect();
    let with: Vec<usize> = all.iter().copied().filter(has).collect();
    if with.is_empty() { all } else { with }
}

/// Of each partner the rows of its reasons, the largest first; the partners by their largest difference.
pub(super) fn reasons(found: &Confidence) -> Vec<Vec<usize>> {
    let table = &found.reasons;
    let mut lines: Vec<Vec<usize>> = Vec::new();
    for row in 0..table.len() {
        let channel = table.text(row, "channel");
        match lines.last_mut().filter(|line| table.text(line[0], "channel") == channel) {
            Some(line) => line.push(row),
            None if is_special(&channel) => {}
            None => lines.push(vec![row]),
        }
    }
    let difference = |line: &Vec<usize>| table.number(line[0], "difference").unwrap_or(0.0);
    // The sort keeps the order of channels among equals.
    lines.sort_by(|a, b| difference(b).total_cmp(&difference(a)));
    lines
}

/// The two models that part a partner's shares most, with the shares.
pub(super) fn parted(say: Say<'_>, table: &Table, row: usize) -> (String, String) {
    let end = |model: &str, share: &str| {
        format!("{} {}", say.model(&table.text(row, model)), percent(table.number(row, share)))
    };
    (end("model_low", "share_low"), end("model_high", "share_high"))
}

/// A partner's name and id, by its channel.
pub(super) fn named(say: Say<'_>, found: &Confidence, channel: &str) -> (String, String) {
    let partners = &found.partners;
    match (0..partners.len()).find(|&row| partners.text(row, "channel") == channel) {
        Some(row) => who(say, partners, row, "channel"),
        None => (say.0.lookup(&format!("channel.{channel}")).unwrap_or(channel).to_owned(), String::new()),
    }
}

/// How sure the credit is, and how far the models agree.
pub(super) fn confidence(html: &mut Html, page: &Page<'_>) {
    let say = page.say;
    let Some(found) = &page.review.confidence else {
        return refuse(html, say, &refusal(say, page.review, PARTS, "empty_confidence"));
    };
    draw(html, &chart(say, found), None);
    partners(html, page, found);
    under_each_model(html, say, found);
    neighbours(html, say, found);
    agreement(html, say, found);
    why(html, say, found);
}

fn chart(say: Say<'_>, found: &Confidence) -> Chart {
    let table = &found.partners;
    let rows = (0..table.len().min(CHARTED)).map(|row| {
        let (label, detail) = who(say, table, row, "channel");
        let share = table.number(row, "share").unwrap_or(0.0);
        let (low, high) = (table.number(row, "share_low"), table.number(row, "share_high"));
        let (value, within) = (percent(Some(share)), bounds(say, table, row, "share", Quantity::Share));
        let note = in_words(say, "note", &table.text(row, "note"));
        let said = if within.is_empty() { note.clone() } else { within.clone() };
        let bar = Bar {
            from: low.unwrap_or(share),
            to: high.unwrap_or(share),
            mark: Some(share),
            title: format!("{}: {value} ({said})", brief(&label)),
            value,
            more: within,
            class: "s2",
            letter: "",
        };
        let under = if note.is_empty() { rank_range(say, table, row) } else { note };
        Row { label, detail, under, bars: vec![bar], apart: false }
    });
    let rows: Vec<Row> = rows.collect();
    Chart {
        id: "confidence-chart",
        title: say.fill("first_shares", &[("n", &count(rows.len()))]),
        description: format!("{} {}", how(say, found), say.ui("confidence_chart")),
        rows,
    }
}

fn rank_range(say: Say<'_>, table: &Table, row: usize) -> String {
    let ranks = bounds(say, table, row, "rank", Quantity::Count);
    say.fill("ranks", &[("ranks", &ranks)])
}

fn partners(html: &mut Html, page: &Page<'_>, found: &Confidence) {
    let (say, table) = (page.say, &found.partners);
    let noted = (0..table.len()).any(|row| !table.text(row, "note").is_empty());
    let of_value = found.diagnostics["compare"]["shares_of"] != "conversions";
    let value =
        if of_value { page.titled(&say.word("column", "value")) } else { say.word("metric", "conversions").into() };
    let mut heads = vec![
        Head::text(say.word("column", "partner")),
        Head::number(say.word("column", "rank")),
        Head::number(say.word("column", "share")),
        Head::number(value),
        Head::number(say.word("column", "chance_first")),
        Head::number(say.word("column", "journeys")),
    ];
    if noted {
        heads.push(Head::text(say.word("column", "note")));
    }
    let all: Vec<usize> = (0..table.len()).collect();
    let within = |row: usize, column: &str, quantity: Quantity| {
        let small = bounds(say, table, row, column, quantity);
        Cell { small, ..Cell::number(&table.value(row, column), quantity, page.digits) }
    };
    grid(html, say, &say.word("section", "confidence"), &heads, &all, LISTED, |row, column| match column {
        0 => Cell::named(who(say, table, row, "channel")),
        1 => within(row, "rank", Quantity::Count),
        2 => within(row, "share", Quantity::Share),
        3 => within(row, "value", Quantity::WholeMoney),
        4 => likely(say, found, table, row, "chance_first"),
        5 => Cell::number(&table.value(row, "journeys"), Quantity::Count, 0),
        _ => Cell::text(in_words(say, "note", &table.text(row, "note"))),
    });
}

fn likely(say: Say<'_>, found: &Confidence, table: &Table, row: usize, column: &str) -> Cell {
    let sort = table.number(row, column);
    Cell { text: chance(say, found, sort), small: String::new(), sort }
}

/// The first partners' shares with their intervals, a column for each model.
fn under_each_model(html: &mut Html, say: Say<'_>, found: &Confidence) {
    let table = &found.models;
    let (mut models, mut channels): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    let mut rows: HashMap<(String, String), usize> = HashMap::new();
    for row in 0..table.len() {
        let (channel, model) = (table.text(row, "channel"), table.text(row, "model"));
        if !models.contains(&model) {
            models.push(model.clone());
        }
        if channels.last() != Some(&channel) {
            channels.push(channel.clone());
        }
        rows.insert((channel, model), row);
    }
    // One model stands in the table of partners.
    if models.len() < 2 {
        return;
    }
    let title = say.ui("each_model");
    html.element("h3", "", &title).element("p", "lead", say.sentence("ui", "each_model"));
    let mut heads = vec![Head::text(say.word("column", "partner"))];
    heads.extend(models.iter().map(|model| Head::number(say.model(model))));
    let shown: Vec<usize> = (0..channels.len()).collect();
    grid(html, say, &title, &heads, &shown, LISTED, |at, column| {
        let Some(model) = column.checked_sub(1).map(|model| &models[model]) else {
            return Cell::named(named(say, found, &channels[at]));
        };
        match rows.get(&(channels[at].clone(), model.clone())) {
            Some(&row) => {
                let small = bounds(say, table, row, "share", Quantity::Share);
                Cell { small, ..Cell::number(&table.value(row, "share"), Quantity::Share, 0) }
            }
            None => Cell::text(String::new()),
        }
    });
}

/// Partners next to each other in rank, and the chance that they stand in this order.
fn neighbours(html: &mut Html, say: Say<'_>, found: &Confidence) {
    let (table, pairs) = (&found.partners, &found.pairs);
    let next = |row: usize| {
        let (a, b) = (table.text(row, "channel"), table.text(row + 1, "channel"));
        (0..pairs.len()).find(|&pair| pairs.text(pair, "channel") == a && pairs.text(pair, "other") == b)
    };
    let shown: Vec<usize> = (0..table.len().saturating_sub(1)).take(CHARTED - 1).filter_map(next).collect();
    if shown.is_empty() {
        return;
    }
    let title = say.ui("neighbours");
    html.element("h3", "", &title).element("p", "lead", say.sentence("ui", "neighbours"));
    let heads = [
        Head::text(say.word("column", "above")),
        Head::text(say.word("column", "below")),
        Head::number(say.word("column", "chance_above")),
    ];
    grid(html, say, &title, &heads, &shown, LISTED, |pair, column| match column {
        0 => Cell::named(named(say, found, &pairs.text(pair, "channel"))),
        1 => Cell::named(named(say, found, &pairs.text(pair, "other"))),
        _ => likely(say, found, pairs, pair, "chance_above"),
    });
}

/// How far pairs of models agree; those with the model of the intervals first.
fn agreement(html: &mut Html, say: Say<'_>, found: &Confidence) {
    let table = &found.agreement;
    if table.is_empty() {
        return;
    }
    let title = say.ui("agreement");
    html.element("h3", "", &title).element("p", "lead", say.sentence("ui", "agreement"));
    for note in found.diagnostics["compare"]["notes"].as_array().into_iter().flatten() {
        let words = say.word("note", note["code"].as_str().unwrap_or_default()).into_owned();
        let text = match note["model"].as_str() {
            Some(model) => format!("{}: {words}", say.model(model)),
            None => words,
        };
        html.data_within("p", "lead", &(text + "."), 400);
    }
    let first = first_pairs(found);
    if first.len() == table.len() {
        return pairs_of_models(html, say, found, &first, false);
    }
    pairs_of_models(html, say, found, &first, true);
    html.raw("<details><summary>").text(&say.ui("all_pairs")).raw("</summary>");
    pairs_of_models(html, say, found, &(0..table.len()).collect::<Vec<_>>(), false);
    html.raw("</details>");
}

/// A table of pairs of models; `beside` says that each has the model of the intervals, which stands in the heading.
fn pairs_of_models(html: &mut Html, say: Say<'_>, found: &Confidence, rows: &[usize], beside: bool) {
    let (table, own) = (&found.agreement, found.diagnostics["model"].as_str().unwrap_or_default());
    let model = |row: usize, side: &str| say.model(&table.text(row, side));
    let models = if beside {
        say.fill("beside", &[("model", &say.model(own))])
    } else {
        say.word("column", "models").into_owned()
    };
    let heads = [
        Head::text(models),
        Head::number(say.word("column", "rank_correlation")),
        Head::number(say.word("column", "share_distance")),
    ];
    grid(html, say, &say.ui("agreement"), &heads, rows, LISTED, |row, column| match column {
        0 if beside => Cell::text(model(row, if table.text(row, "model_a") == own { "model_b" } else { "model_a" })),
        0 => Cell::text(say.fill("and", &[("a", &model(row, "model_a")), ("b", &model(row, "model_b"))])),
        1 => Cell::number(&table.value(row, "rank_correlation"), Quantity::Ratio, 0),
        _ => Cell::number(&table.value(row, "share_distance"), Quantity::Share, 0),
    });
}

/// Why the models disagree, for the partners whose shares they part most.
fn why(html: &mut Html, say: Say<'_>, found: &Confidence) {
    let (table, lines) = (&found.reasons, reasons(found));
    let title = say.ui("why_disagree");
    html.element("h3", "", &title);
    if lines.is_empty() {
        html.element("p", "lead", &say.ui("no_reasons"));
        return;
    }
    html.element("p", "lead", say.sentence("ui", "why_disagree"));
    let heads = [
        Head::text(say.word("column", "partner")),
        Head::text(say.word("column", "why")),
        Head::text(say.ui("lowest")),
        Head::text(say.ui("highest")),
        Head::number(say.word("column", "difference")),
    ];
    let shown: Vec<usize> = (0..lines.len().min(CHARTED)).collect();
    grid(html, say, &title, &heads, &shown, LISTED, |at, column| {
        let (line, row) = (&lines[at], lines[at][0]);
        match column {
            0 => Cell::named(named(say, found, &table.text(row, "channel"))),
            1 => Cell::text(sentences(say, table, line)),
            2 => Cell::text(parted(say, table, row).0),
            3 => Cell::text(parted(say, table, row).1),
            _ => Cell::number(&table.value(row, "difference"), Quantity::Share, 0),
        }
    });
}

/// The reason of a partner's largest difference in words, and whether its deals are too few to tell it from chance.
pub(super) fn sentences(say: Say<'_>, table: &Table, rows: &[usize]) -> String {
    let code = |row: usize| table.text(row, "code");
    let said = rows.iter().enumerate().filter(|(at, row)| *at == 0 || code(**row) == "few_journeys");
    let sentence = |row: usize| say.coded("difference", &code(row), |name| table.value(row, name).to_json());
    said.map(|(_, &row)| sentence(row)).collect::<Vec<_>>().join(" ")
}
