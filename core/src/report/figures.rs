//! What both renderers need from a review: who a row is about, which rows are partners, sums of the rows that are not
//! shown one by one, and why a section is empty. No figure of the review is computed again.

use std::cmp::Ordering;

use crate::review::{Involvement, Review};
use crate::table::{ColumnData, Table, Unit, ValueRef};
use crate::words::{Say, is_code};

/// A sum over cells of one column: exact for amounts and whole numbers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) enum Sum {
    /// No value so far.
    #[default]
    Nothing,
    /// Whole numbers.
    Int(i128),
    /// Numbers.
    Float(f64),
    /// Amounts of one unit.
    Money(i128, Unit),
}

impl Sum {
    /// The sum of a column over some rows.
    pub(super) fn of(table: &Table, column: &str, rows: impl IntoIterator<Item = usize>) -> Self {
        let Some(data) = table.column(column) else { return Self::Nothing };
        rows.into_iter().fold(Self::Nothing, |sum, row| sum.add(&data.value(row)))
    }

    fn add(self, value: &ValueRef<'_>) -> Self {
        match (self, value) {
            (Self::Nothing, ValueRef::Int(i)) => Self::Int(*i),
            (Self::Nothing, ValueRef::Float(f)) => Self::Float(*f),
            (Self::Nothing, ValueRef::Money(m, unit)) => Self::Money(*m, *unit),
            (Self::Int(sum), ValueRef::Int(i)) => Self::Int(sum.saturating_add(*i)),
            (Self::Float(sum), ValueRef::Float(f)) => Self::Float(sum + f),
            (Self::Money(sum, unit), ValueRef::Money(m, _)) => Self::Money(sum.saturating_add(*m), unit),
            (sum, _) => sum,
        }
    }

    /// The sum as a value of a table.
    pub(super) fn value(self) -> ValueRef<'static> {
        match self {
            Self::Nothing => ValueRef::Null,
            Self::Int(i) => ValueRef::Int(i),
            Self::Float(f) => ValueRef::Float(f),
            Self::Money(m, unit) => ValueRef::Money(m, unit),
        }
    }
}

/// Whether a channel stands for no partner: `(vendor)`, `(unattributed)`.
pub(super) fn is_special(channel: &str) -> bool {
    channel.starts_with('(') && channel.ends_with(')')
}

/// The name of a row's partner, and its id where that is another text.
pub(super) fn who(say: Say<'_>, table: &Table, row: usize, id_column: &str) -> (String, String) {
    let (id, name) = (table.text(row, id_column), table.text(row, "name"));
    if is_special(&id) {
        return (say.0.lookup(&format!("channel.{id}")).unwrap_or(&id).to_owned(), id);
    }
    if name.is_empty() || name == id { (id, String::new()) } else { (name, id) }
}

/// The rows of the credit table: partners in their order, then the channels that are no partners.
pub(super) struct CreditRows {
    pub(super) partners: Vec<usize>,
    pub(super) special: Vec<usize>,
}

impl CreditRows {
    pub(super) fn of(review: &Review) -> Self {
        let (special, partners) =
            (0..review.credit.len()).partition(|&row| is_special(&review.credit.text(row, "channel")));
        Self { partners, special }
    }
}

/// The labels of the models that have a column in the credit table, with their words.
pub(super) fn models(say: Say<'_>, review: &Review) -> Vec<(String, String)> {
    let known = review.models.iter().filter(|model| review.credit.column(&model.label).is_some());
    known.map(|model| (model.label.clone(), say.model(&model.label))).collect()
}

/// By which model open deals are divided, and how.
pub(super) fn expected_how(say: Say<'_>, review: &Review) -> String {
    let own = &review.config["expected"]["model"];
    let model = if own.is_null() { &review.config["models"][0] } else { own };
    say.fill("expected_how", &[("model", &say.model(model_name(model).unwrap_or_default()))])
}

/// The name of a model in its document: the key of an object, or the text itself.
pub(super) fn model_name(document: &serde_json::Value) -> Option<&str> {
    match document {
        serde_json::Value::String(name) => Some(name),
        serde_json::Value::Object(fields) if fields.len() == 1 => fields.keys().next().map(String::as_str),
        _ => None,
    }
}

/// A partner whose credit depends on the model.
pub(super) struct Disagreement {
    pub(super) row: usize,
    /// The position of the model that gives least.
    pub(super) lowest: usize,
    /// The position of the model that gives most.
    pub(super) highest: usize,
    pub(super) spread: f64,
}

/// Partners by the distance between their lowest and their highest credit, largest first.
pub(super) fn disagreements(review: &Review, models: &[(String, String)]) -> Vec<Disagreement> {
    let columns: Vec<&ColumnData> = models.iter().filter_map(|(label, _)| review.credit.column(label)).collect();
    let mut found: Vec<Disagreement> = Vec::new();
    for row in CreditRows::of(review).partners {
        let credit: Vec<f64> = columns.iter().map(|column| column.value(row).as_f64().unwrap_or(0.0)).collect();
        let by_credit = |&a: &usize, &b: &usize| credit[a].total_cmp(&credit[b]);
        let lowest = (0..credit.len()).min_by(by_credit);
        let highest = (0..credit.len()).rev().max_by(by_credit);
        if let (Some(lowest), Some(highest)) = (lowest, highest) {
            let spread = credit[highest] - credit[lowest];
            if spread > 0.0 {
                found.push(Disagreement { row, lowest, highest, spread });
            }
        }
    }
    found.sort_by(|a, b| b.spread.total_cmp(&a.spread).then(a.row.cmp(&b.row)));
    found
}

/// Rows of a table by a column, largest first; rows without a value are left out. Ties keep their order.
pub(super) fn by_largest(table: &Table, column: &str) -> Vec<usize> {
    let mut rows: Vec<(f64, usize)> =
        (0..table.len()).filter_map(|row| table.number(row, column).map(|value| (value, row))).collect();
    rows.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    rows.into_iter().map(|(_, row)| row).collect()
}

/// Of rows ordered by return, those with the largest cost, in the same order.
pub(super) fn costliest(table: &Table, by_return: &[usize], most: usize) -> Vec<usize> {
    let costly = by_largest(table, "cost").into_iter().filter(|&row| table.number(row, "ropi").is_some());
    let by_cost: Vec<usize> = costly.take(most).collect();
    by_return.iter().copied().filter(|row| by_cost.contains(row)).collect()
}

/// All rows with one code, of `rejected` or of `findings`.
pub(super) struct Problem {
    pub(super) code: String,
    pub(super) tables: Vec<String>,
    pub(super) rows: i128,
    pub(super) stake: Sum,
}

/// Rejected rows or findings by code: most money at stake first, then most rows.
pub(super) fn problems(table: &Table) -> Vec<Problem> {
    let mut found: Vec<Problem> = Vec::new();
    for row in 0..table.len() {
        let code = table.text(row, "code");
        let at = found.iter().position(|problem| problem.code == code).unwrap_or_else(|| {
            found.push(Problem { code, tables: Vec::new(), rows: 0, stake: Sum::Nothing });
            found.len() - 1
        });
        let problem = &mut found[at];
        problem.rows += if let ValueRef::Int(rows) = table.value(row, "rows") { rows } else { 1 };
        problem.stake = problem.stake.add(&table.value(row, "amount_at_stake"));
        let name = table.text(row, "table");
        if !problem.tables.contains(&name) {
            problem.tables.push(name);
        }
    }
    let stake = |problem: &Problem| problem.stake.value().as_f64().unwrap_or(0.0).abs();
    found.sort_by(|a, b| {
        let by_stake = stake(b).total_cmp(&stake(a));
        by_stake.then(b.rows.cmp(&a.rows)).then_with(|| a.code.cmp(&b.code))
    });
    found
}

/// The figures of a section that the first screen repeats.
const FIRST_SCREEN: &[&str] = &[
    "won_revenue",
    "involved_share",
    "sourced_share",
    "open_pipeline",
    "pipeline_involved_share",
    "ropi",
    "revenue_multiple",
    "partner_cost",
];

/// The rows of the headline that the first screen shows: all but those that stand in a section and are not the first
/// that one asks for.
pub(super) fn headline(review: &Review) -> Table {
    let sections = [
        review.involvement.as_ref().map(|part| &part.metrics),
        review.pipeline.as_ref().map(|part| &part.metrics),
        review.ropi.as_ref().map(|part| &part.metrics),
    ];
    let in_section = |metric: &str| {
        sections.iter().flatten().any(|table| (0..table.len()).any(|row| table.text(row, "metric") == metric))
    };
    let shown = (0..review.headline.len()).filter(|&row| {
        let metric = review.headline.text(row, "metric");
        FIRST_SCREEN.contains(&metric.as_str()) || !in_section(&metric)
    });
    review.headline.take(&shown.collect::<Vec<_>>())
}

/// Why a section has nothing to show: the notes about its parts, else a sentence that says so.
pub(super) fn refusal(say: Say<'_>, review: &Review, parts: &[&str], otherwise: &str) -> String {
    let said: Vec<String> = (0..review.notes.len())
        .filter(|&row| parts.contains(&review.notes.text(row, "part").as_str()))
        .map(|row| note(say, review, row))
        .collect();
    if said.is_empty() { say.ui(otherwise).into_owned() } else { said.join(" ") }
}

/// A note in words: those of its code, where the catalogue has any, and its message.
pub(super) fn note(say: Say<'_>, review: &Review, row: usize) -> String {
    let (code, message) = (review.notes.text(row, "code"), review.notes.text(row, "message"));
    match say.0.lookup(&format!("note.{code}")) {
        _ if message.is_empty() => sentence(&say.word("note", &code)),
        Some(words) => sentence(&format!("{words}: {message}")),
        None => sentence(&message),
    }
}

/// A text with a capital at its start; a code in front (`time_decay`) stays as it is.
pub(super) fn capital(text: &str) -> String {
    if text.split_whitespace().next().is_some_and(|first| first.contains('_') && is_code(first)) {
        return text.trim().to_owned();
    }
    let mut chars = text.trim().chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    first + chars.as_str()
}

/// A text with a capital at its start and a full stop at its end.
fn sentence(text: &str) -> String {
    let text = capital(text);
    if text.ends_with(['.', '!', '?', ':']) { text } else { text + "." }
}

/// Whether the data says who sourced a deal: without that, a value of zero would be a claim.
pub(super) fn sources_known(involvement: &Involvement) -> bool {
    let metrics = &involvement.metrics;
    !(0..metrics.len())
        .any(|row| metrics.text(row, "metric") == "sourced_share" && metrics.number(row, "value").is_none())
}

/// The parts of won revenue that are known: row and label; without sources, what was influenced is only involved.
pub(super) fn buckets(say: Say<'_>, involvement: &Involvement) -> Vec<(usize, String)> {
    let known = sources_known(involvement);
    (0..involvement.buckets.len())
        .filter_map(|row| match involvement.buckets.text(row, "bucket").as_str() {
            "sourced_only" | "sourced_and_influenced" if !known => None,
            "influenced_only" if !known => Some((row, say.word("bucket", "involved").into_owned())),
            name => Some((row, say.word("bucket", name).into_owned())),
        })
        .collect()
}

/// What amounts are in: the currency, minor units, or nothing for plain numbers.
pub(super) fn unit(say: Say<'_>, review: &Review) -> String {
    let minor = |table: &Table| {
        let amounts = table.columns().iter().map(|column| &column.data);
        amounts.into_iter().any(|data| matches!(data, ColumnData::Money(_, Unit::Minor)))
    };
    match review.currency {
        Some(currency) => currency.code().to_owned(),
        None if minor(&review.credit) => say.ui("minor_units").into_owned(),
        None => String::new(),
    }
}

/// A text that may be a code, in words.
pub(super) fn in_words(say: Say<'_>, kind: &str, text: &str) -> String {
    if is_code(text) || say.0.lookup(&format!("{kind}.{text}")).is_some() {
        say.remark(kind, text)
    } else {
        text.to_owned()
    }
}

/// Rows with the fewest reasons first: how many rows have each note, most first.
pub(super) fn notes_of(table: &Table, rows: &[usize]) -> Vec<(String, usize)> {
    let mut found: Vec<(String, usize)> = Vec::new();
    for &row in rows {
        let note = table.text(row, "note");
        match found.iter_mut().find(|(known, _)| *known == note) {
            Some((_, count)) => *count += 1,
            None => found.push((note, 1)),
        }
    }
    found.sort_by(|a, b| match b.1.cmp(&a.1) {
        Ordering::Equal => a.0.cmp(&b.0),
        order => order,
    });
    found
}
