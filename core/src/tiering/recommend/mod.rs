//! Recommended tiers: a draft of a programme from how the partners are distributed.
//!
//! A score is one metric, or a weighted sum of several. Weights are given, or fitted so that the metrics of one period predict
//! the contribution of the next ([`weights`]), and then judged on the last period, which the fit has not seen, beside the naive
//! prediction that a partner contributes what it did before. Tiers begin at natural breaks of the score ([`breaks`]); their
//! number is given, or the least whose goodness of variance fit reaches what is wished. The document has every threshold as an
//! assumed number with a name, to be edited.

mod breaks;
mod weights;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;

use self::breaks::{Breaks, MOST_POINTS, natural_breaks};
use self::weights::{fit, r_squared, spearman};
use super::decisions::texts;
use super::document::ProgramDocument;
use super::frame::number;
use crate::document::out_of_range;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, did_you_mean, quoted};
use crate::table::intern::key_of;
use crate::table::result::column;
use crate::table::{ColumnData, Key, RawTable, Table};

/// How tiers are recommended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RecommendOptions {
    /// The metrics that make the score: columns of the periods. Required.
    pub metrics: Vec<String>,
    /// The column with what a partner contributed in a period. `None`: weights are not fitted.
    pub contribution: Option<String>,
    /// Weights of metrics, where they are not fitted. One metric needs none.
    pub weights: BTreeMap<String, f64>,
    /// How many tiers, the lowest included. `None`: the least number that fits as well as wished.
    pub tiers: Option<u32>,
    /// The most tiers where their number is not given: 2 to 6.
    pub most_tiers: u32,
    /// The wished goodness of variance fit, above 0 and below 1.
    pub fit: f64,
    /// The id of the drafted programme.
    pub program: String,
}

impl Default for RecommendOptions {
    fn default() -> Self {
        Self {
            metrics: Vec::new(),
            contribution: None,
            weights: BTreeMap::new(),
            tiers: None,
            most_tiers: 5,
            fit: 0.8,
            program: "draft".to_owned(),
        }
    }
}

/// A draft of a programme and what it rests on.
#[derive(Debug, Clone)]
pub struct RecommendedTiers {
    /// The draft: it compiles, and every threshold is an assumed number.
    pub document: ProgramDocument,
    /// One row for each tier, the lowest first: tier, from, to, partners.
    pub breaks: Table,
    /// The fit of every number of tiers that was looked at: tiers, fit, chosen.
    pub fits: Table,
    /// The weight of each metric: metric, weight.
    pub weights: Table,
    /// How well the last period was predicted: prediction (weights, last_period), partners, r_squared, rank_correlation; no rows
    /// where weights were not fitted.
    pub validation: Table,
}

const NAMES: [&str; 6] = ["registered", "bronze", "silver", "gold", "platinum", "diamond"];

/// A period: the numbers of each partner, in the order of the wanted columns.
type Period = BTreeMap<String, Vec<f64>>;

/// Drafts a programme from the partners of one period or several, the earliest first; each is a frame of partner_id and
/// numbers.
///
/// # Errors
/// Missing columns; no metrics; several metrics with neither weights nor a contribution; [`Code::NotEnoughData`] where there
/// are fewer than three periods to fit and to judge weights, or too few partners, or all have the same score; cancelled.
///
/// ```
/// use cosell::engine::monitor::Monitor;
/// use cosell::table::RawTable;
/// use cosell::tiering::{Program, RecommendOptions, recommend};
/// let rows: Vec<_> = [1, 2, 3, 50, 51, 52].iter().map(|n| serde_json::json!({"partner_id": n, "revenue": n})).collect();
/// let options = RecommendOptions { metrics: vec!["revenue".into()], ..Default::default() };
/// let draft = recommend(&[&RawTable::from_json(&rows)?], &options, &Monitor::none())?;
/// assert_eq!(draft.breaks.number(1, "from"), Some(50.0));
/// assert_eq!(Program::new(draft.document)?.tier_names(), ["registered", "bronze"]);
/// # Ok::<(), cosell::Error>(())
/// ```
pub fn recommend(periods: &[&RawTable<'_>], options: &RecommendOptions, monitor: &Monitor) -> Result<RecommendedTiers> {
    check(options)?;
    monitor.begin("recommend", periods.iter().map(|period| period.rows()).fold(0, usize::saturating_add))?;
    let mut wanted = options.metrics.clone();
    wanted.extend(options.contribution.clone());
    let read: Vec<Period> = periods.iter().map(|p| period(p, &wanted, monitor)).collect::<Result<_>>()?;
    let Some(last) = read.last() else {
        return Err(Error::new(Code::NotEnoughData, "periods", "no period was handed in; give at least one"));
    };
    let (raw, validation) = weigh(&read, options)?;
    monitor.check()?;
    let score = |row: &[f64], weights: &[f64]| {
        let parts = row.iter().zip(weights).filter(|(v, _)| !v.is_nan()).map(|(v, w)| v * w);
        parts.reduce(|a, b| a + b)
    };
    let top = last.values().filter_map(|row| score(row, &raw)).fold(0.0, f64::max);
    let several = options.metrics.len() > 1;
    // Several metrics make a score of about 100 at most; one metric stays what it is.
    let weights: Vec<f64> =
        raw.iter().map(|w| if several && top > 0.0 { short(w * 100.0 / top) } else { *w }).collect();
    let scores: Vec<f64> = last.values().filter_map(|row| score(row, &weights)).collect();
    let (fits, chosen) = choose(&scores, options)?;
    let best = &fits[chosen];
    let from: Vec<f64> = best
        .from
        .iter()
        .enumerate()
        .map(|(at, v)| if at == 0 { *v } else { round_down(*v, best.to[at - 1]) })
        .collect();
    let document = document(options, &weights, &from, best, scores.len())?;
    let ints = |values: Vec<usize>| ColumnData::Int(values.into_iter().map(|n| Some(n as i64)).collect());
    let floats = |values: &[f64]| ColumnData::Float(values.iter().map(|v| Some(*v)).collect());
    let count = |at: usize| scores.iter().filter(|s| **s >= best.from[at] && **s <= best.to[at]).count();
    Ok(RecommendedTiers {
        document,
        breaks: Table::new(vec![
            texts("tier", (0..from.len()).map(|at| Some(NAMES[at]))),
            column("from", floats(&from)),
            column("to", floats(&best.to)),
            column("partners", ints((0..from.len()).map(count).collect())),
        ]),
        fits: Table::new(vec![
            column("tiers", ints((1..=fits.len()).collect())),
            column("fit", floats(&fits.iter().map(|b| b.fit).collect::<Vec<_>>())),
            column("chosen", ColumnData::Bool((0..fits.len()).map(|at| Some(at == chosen)).collect())),
        ]),
        weights: Table::new(vec![
            texts("metric", options.metrics.iter().map(|m| Some(m.as_str()))),
            column("weight", floats(&weights)),
        ]),
        validation,
    })
}

fn check(options: &RecommendOptions) -> Result<()> {
    if options.metrics.is_empty() {
        return Err(Error::new(
            Code::MissingOption,
            "metrics",
            "metrics are missing: name the columns that make the score",
        ));
    }
    let most = NAMES.len() as u32;
    for (name, tiers) in [("tiers", options.tiers), ("most_tiers", Some(options.most_tiers))] {
        if let Some(tiers) = tiers.filter(|t| !(2..=most).contains(t)) {
            return Err(out_of_range(name, tiers, &format!("2 to {most}")));
        }
    }
    if !(options.fit > 0.0 && options.fit < 1.0) {
        return Err(out_of_range("fit", options.fit, "a share above 0 and below 1"));
    }
    for (at, metric) in options.metrics.iter().enumerate() {
        if options.metrics[..at].contains(metric) || metric == "score" || metric.contains('.') {
            let message = format!(
                "{} stands twice, is \"score\", or has a point; give each metric a name of its own",
                quoted(metric)
            );
            return Err(Error::new(Code::InvalidOption, format!("metrics[{at}]"), message));
        }
    }
    for (metric, weight) in &options.weights {
        if !options.metrics.contains(metric) {
            let known = options.metrics.iter().map(String::as_str);
            return Err(super::compile::unknown_name("weights", "metric", metric, known));
        }
        if !(weight.is_finite() && *weight >= 0.0) {
            return Err(out_of_range(&format!("weights.{metric}"), weight, "a finite weight of 0 or more"));
        }
    }
    Ok(())
}

fn period(frame: &RawTable<'_>, wanted: &[String], monitor: &Monitor) -> Result<Period> {
    frame.check()?;
    let names = frame.column_names();
    for needed in std::iter::once("partner_id").chain(wanted.iter().map(String::as_str)) {
        if !names.iter().any(|n| n == needed) {
            let hint = did_you_mean(needed, names.iter().map(String::as_str));
            let message = format!("column {} is missing in a period{hint}", quoted(needed));
            return Err(Error::new(Code::MissingColumn, needed, message).with("available", names));
        }
    }
    let mut period = Period::new();
    for chunk in frame.parts() {
        let Some(ids) = chunk.column("partner_id") else { continue };
        for row in 0..chunk.rows {
            monitor.advance(1)?;
            let id = match key_of(ids.cell(row))? {
                Some(Key::Int(number)) => number.to_string(),
                Some(Key::Text(text)) => text.to_owned(),
                None => return Err(Error::new(Code::NullValue, "partner_id", "a partner has no id")),
            };
            let mut values = Vec::with_capacity(wanted.len());
            for name in wanted {
                let cell = chunk.column(name).map(|c| c.cell(row));
                let value = cell.and_then(number).filter(|v| !v.is_infinite());
                let message = || format!("{name} of {}: expected a finite number", quoted(&id));
                values.push(value.ok_or_else(|| Error::new(Code::WrongType, name.clone(), message()))?);
            }
            if period.contains_key(&id) {
                let message = format!("partner {} has two rows in a period; give each partner one", quoted(&id));
                return Err(Error::new(Code::DuplicateId, "partner_id", message));
            }
            period.insert(id, values);
        }
    }
    Ok(period)
}

/// Metrics of one period and the contribution of the next, of the partners that have both; with the contribution before.
struct Pairs {
    rows: Vec<Vec<f64>>,
    next: Vec<f64>,
    before: Vec<f64>,
}

fn pairs(now: &Period, then: &Period, metrics: usize, into: &mut Pairs) {
    for (id, row) in now {
        let Some(next) = then.get(id).map(|r| r[metrics]) else { continue };
        if row.iter().any(|v| v.is_nan()) || next.is_nan() {
            continue;
        }
        into.rows.push(row[..metrics].to_vec());
        into.before.push(row[metrics]);
        into.next.push(next);
    }
}

/// The weights and how well they predict.
fn weigh(periods: &[Period], options: &RecommendOptions) -> Result<(Vec<f64>, Table)> {
    let judged = |rows: Vec<(&str, usize, Option<f64>, Option<f64>)>| {
        Table::new(vec![
            texts("prediction", rows.iter().map(|r| Some(r.0))),
            column("partners", ColumnData::Int(rows.iter().map(|r| Some(r.1 as i64)).collect())),
            column("r_squared", ColumnData::Float(rows.iter().map(|r| r.2).collect())),
            column("rank_correlation", ColumnData::Float(rows.iter().map(|r| r.3).collect())),
        ])
    };
    let metrics = options.metrics.len();
    if options.contribution.is_none() || !options.weights.is_empty() {
        if metrics > 1 && options.weights.is_empty() {
            let message = "several metrics need weights, or a contribution that weights are fitted to";
            return Err(Error::new(Code::MissingOption, "weights", message));
        }
        let alone = if metrics == 1 { 1.0 } else { 0.0 };
        let given = options.metrics.iter().map(|m| options.weights.get(m).copied().unwrap_or(alone));
        return Ok((given.collect(), judged(Vec::new())));
    }
    if periods.len() < 3 {
        let message = format!(
            "{} periods were handed in; three are the least to fit weights on earlier ones and to judge them on the last",
            periods.len()
        );
        return Err(Error::new(Code::NotEnoughData, "periods", message));
    }
    let empty = || Pairs { rows: Vec::new(), next: Vec::new(), before: Vec::new() };
    let (mut seen, mut unseen) = (empty(), empty());
    for (at, pair) in periods.windows(2).enumerate() {
        let into = if at + 2 == periods.len() { &mut unseen } else { &mut seen };
        pairs(&pair[0], &pair[1], metrics, into);
    }
    let least = (5 * metrics).max(20);
    for (what, pairs) in [("to fit", &seen), ("to judge", &unseen)] {
        if pairs.rows.len() < least {
            let message = format!(
                "{} partners {what} weights of {metrics} metrics with; at least {least} with all metrics in one period and a \
                 contribution in the next are needed",
                pairs.rows.len()
            );
            return Err(Error::new(Code::NotEnoughData, "periods", message));
        }
    }
    let fitted = fit(&seen.rows, &seen.next);
    if fitted.weights.iter().all(|w| *w == 0.0) {
        let message = "no metric goes along with the contribution of the next period; choose others, or give weights";
        return Err(Error::new(Code::NotEnoughData, "metrics", message));
    }
    let predicted: Vec<f64> = unseen.rows.iter().map(|row| fitted.predict(row)).collect();
    let of = |name, prediction: &[f64]| {
        (name, prediction.len(), r_squared(&unseen.next, prediction), spearman(&unseen.next, prediction))
    };
    let table = judged(vec![of("weights", &predicted), of("last_period", &unseen.before)]);
    Ok((fitted.weights, table))
}

/// The breaks of every number of tiers, and which of them is chosen.
fn choose(scores: &[f64], options: &RecommendOptions) -> Result<(Vec<Breaks>, usize)> {
    let mut distinct = scores.to_vec();
    distinct.sort_by(f64::total_cmp);
    distinct.dedup();
    let needed = options.tiers.unwrap_or(2) as usize;
    if distinct.len() < needed {
        let message = format!("{} distinct scores cannot make {needed} tiers", distinct.len());
        return Err(Error::new(Code::NotEnoughData, "metrics", message));
    }
    if distinct.len() > MOST_POINTS {
        let message =
            format!("{} distinct scores; at most {MOST_POINTS} are broken exactly: round the metric", distinct.len());
        return Err(Error::new(Code::TooLarge, "metrics", message));
    }
    let fits = natural_breaks(scores, options.tiers.unwrap_or(options.most_tiers) as usize);
    let last = fits.len() - 1;
    let chosen = match options.tiers {
        Some(_) => last,
        None => (1..=last).find(|&at| fits[at].fit >= options.fit).unwrap_or(last),
    };
    Ok((fits, chosen))
}

/// Three significant digits.
fn short(value: f64) -> f64 {
    format!("{value:.2e}").parse().unwrap_or(value)
}

/// The roundest number that is no higher than a value and still above all of the class below.
fn round_down(value: f64, below: f64) -> f64 {
    let mut unit = 1e15;
    while unit >= 1e-6 {
        let rounded = (value / unit).floor() * unit;
        if rounded > below && rounded <= value {
            return rounded;
        }
        unit /= 10.0;
    }
    value
}

fn document(
    options: &RecommendOptions,
    weights: &[f64],
    from: &[f64],
    best: &Breaks,
    partners: usize,
) -> Result<ProgramDocument> {
    let names = &NAMES[..from.len()];
    let mut metrics = serde_json::Map::new();
    for metric in &options.metrics {
        metrics.insert(metric.clone(), json!({"measure": "given", "unit": "number"}));
    }
    let one = options.metrics.len() == 1 && weights == [1.0];
    let score = if one { options.metrics[0].as_str() } else { "score" };
    if !one {
        let inputs = options.metrics.iter().zip(weights).filter(|(_, w)| **w > 0.0);
        let inputs: Vec<_> = inputs.map(|(m, w)| json!({"metric": m, "times": w})).collect();
        metrics.insert("score".to_owned(), json!({"measure": {"sum_of": inputs}, "unit": "points"}));
    }
    let (mut parameters, mut qualification) = (serde_json::Map::new(), serde_json::Map::new());
    for (at, name) in names.iter().enumerate().skip(1) {
        let note = format!(
            "natural break {at} of {} in the scores of {partners} partners (fit {:.3})",
            names.len() - 1,
            best.fit
        );
        parameters.insert(format!("{name}_from"), json!({"value": from[at], "assumed": true, "note": note}));
        let bound = json!({"metric": score, "at_least": {"parameter": format!("{name}_from")}});
        qualification.insert((*name).to_owned(), json!({"threshold": bound}));
    }
    let tiers: Vec<_> = names.iter().enumerate().map(|(at, name)| json!({"tier": name, "rank": at + 1})).collect();
    crate::document::from_value(&json!({
        "program": options.program, "version": "draft", "tiers": tiers, "metrics": metrics, "parameters": parameters,
        "qualification": qualification,
        "doubts": ["Drafted from data: thresholds and weights describe the partners there are, and are to be decided by people."]
    }))
}
