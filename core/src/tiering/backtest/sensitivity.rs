//! Sensitivity: every number that decides, a little lower and a little higher, and who would move.
//!
//! The numbers are the bounds of criteria, the thresholds and bands of scorecards, and named numbers. Each is changed by
//! itself, the document is compiled again and every partner evaluated again; who moves is who qualifies for another tier on the
//! day, before policy (grace, schedules, exceptions) comes in. Whole numbers move by at least one. Facts are measured once for
//! all changes, but for those of a named number that a measure reads.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::base::Base;
use super::super::compile::compile;
use super::super::decisions::texts;
use super::super::document::{Measure, MetricUnit, ProgramDocument};
use super::super::evaluate::evaluate;
use super::super::frame;
use super::super::measure::measure;
use super::super::program::{Compiled, Program};
use super::super::review::{ProgramReview, ReviewInputs, context, decide_all, id_of, measure_inputs, need_day};
use super::super::top::Cutoffs;
use super::stakes::{FactStakes, Stakes, stakes};
use crate::calendar::Date;
use crate::document::out_of_range;
use crate::engine::exact_sum::ExactSum;
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::facts::Ecosystem;
use crate::table::result::column;
use crate::table::{ColumnData, RawTable, Table};

/// How numbers are changed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SensitivityOptions {
    /// The day that is decided about; ISO 8601. Required.
    pub as_of: Option<String>,
    /// By which share of itself each number is lowered and raised: above 0 and below 1.
    pub change: f64,
    /// What is at stake with a partner: a column of the table `stakes` (default `stake`), or without that table a metric; of an
    /// ecosystem also `revenue` and `credit` of the last twelve months.
    pub stake: Option<String>,
}

impl Default for SensitivityOptions {
    fn default() -> Self {
        Self { as_of: None, change: 0.1, stake: None }
    }
}

impl SensitivityOptions {
    fn check(&self) -> Result<()> {
        if self.change > 0.0 && self.change < 1.0 {
            return Ok(());
        }
        Err(out_of_range("change", self.change, "a share above 0 and below 1"))
    }
}

/// A number of a document that decides.
struct Knob {
    /// Keys and indices from the top of the document.
    keys: Vec<String>,
    value: f64,
    whole: bool,
    /// A named number that a measure reads, too: with another one, other numbers are measured.
    measured: bool,
}

/// What a change of one number does.
struct Effect {
    path: String,
    from: f64,
    to: f64,
    /// Partners and stakes that go up and down; none where the document does not allow the number.
    moved: Option<[(i64, f64); 2]>,
    note: Option<String>,
}

impl Program {
    /// Lowers and raises every number that decides, and counts who would qualify for another tier: one row for each number and
    /// way, those with the most moves first: path, from, to, partners_up, partners_down, stake_up, stake_down, moved, note
    /// (why the number cannot be that).
    ///
    /// `stakes` is a table of partner_id and a number, such as revenue or credit.
    ///
    /// # Errors
    /// Those of [`Program::review_frame`]; a change that is not a share between 0 and 1; an unknown stake.
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::table::RawTable;
    /// use cosell::tiering::{Program, SensitivityOptions};
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"deals": {"measure": "given", "unit": "count"}},
    ///     "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": 5}}}
    /// }"#)?;
    /// let rows = [serde_json::json!({"partner_id": "P-1", "deals": 5}), serde_json::json!({"partner_id": "P-2", "deals": 9})];
    /// let options = SensitivityOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
    /// let table = program.sensitivity_frame(&RawTable::from_json(&rows)?, None, None, &options, &Monitor::none())?;
    /// // At 6 deals P-1 is no longer gold; at 4 nobody moves.
    /// assert_eq!((table.number(0, "to"), table.number(0, "partners_down")), (Some(6.0), Some(1.0)));
    /// assert_eq!((table.number(1, "to"), table.number(1, "moved")), (Some(4.0), Some(0.0)));
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn sensitivity_frame(
        &self,
        partners: &RawTable<'_>,
        previous: Option<&RawTable<'_>>,
        stakes_of: Option<&RawTable<'_>>,
        options: &SensitivityOptions,
        monitor: &Monitor,
    ) -> Result<Table> {
        options.check()?;
        let as_of = need_day(self.compiled(), options.as_of.as_deref())?;
        let base = frame::read(self.compiled(), partners)?;
        let history = self.history(&base, previous, as_of)?;
        let review = self.review_base(base, history, None, as_of, monitor)?;
        let stakes = stakes(&review, stakes_of, options.stake.as_deref(), None)?;
        self.shaken(&review, &stakes, options, &|_| Ok(None), monitor)
    }

    /// The same over the partners of an ecosystem, measured as [`Program::review`] does.
    ///
    /// What is at stake is a column of `stakes` or a metric, else `revenue`, what was won with a partner in the last twelve
    /// months, or `credit`, what it was credited with for that (of several credits: the name of one).
    ///
    /// # Errors
    /// Those of [`Program::review`]; a change that is not a share between 0 and 1; an unknown stake.
    pub fn sensitivity(
        &self,
        eco: &Ecosystem,
        inputs: &ReviewInputs<'_>,
        stakes_of: Option<&RawTable<'_>>,
        options: &SensitivityOptions,
        monitor: &Monitor,
    ) -> Result<Table> {
        options.check()?;
        let as_of = need_day(self.compiled(), options.as_of.as_deref())?;
        let history = self.history_of(eco, inputs, as_of)?;
        let review = self.review_facts(eco, inputs, history, as_of, 0, monitor)?;
        let facts = FactStakes::new(self.compiled(), eco, inputs, monitor)?;
        let stakes = stakes(&review, stakes_of, options.stake.as_deref(), Some(&facts))?;
        let inputs = measure_inputs(inputs, &review.history);
        let again = |program: &Compiled| measure(program, eco, &inputs, as_of, monitor).map(|m| Some(m.base));
        self.shaken(&review, &stakes, options, &again, monitor)
    }

    /// Changes each number of the programme that was reviewed; `again` measures facts with another one.
    fn shaken(
        &self,
        review: &ProgramReview,
        stakes: &Stakes,
        options: &SensitivityOptions,
        again: &dyn Fn(&Compiled) -> Result<Option<Base>>,
        monitor: &Monitor,
    ) -> Result<Table> {
        let stake_of: Vec<f64> = review
            .decided
            .iter()
            .map(|d| stakes.get(&id_of(&review.base, d.partner)).copied().unwrap_or_default())
            .collect();
        let before: Vec<Option<usize>> = review.decided.iter().map(|d| d.decision.qualified).collect();
        let document = serde_json::to_value(self.document()).unwrap_or_default();
        let knobs = knobs(self.compiled(), &document);
        monitor.begin("sensitivity", knobs.len())?;
        let mut effects = Vec::new();
        for knob in knobs {
            for to in changed(&knob, options.change) {
                let mut effect = Effect { path: path_of(&knob.keys), from: knob.value, to, moved: None, note: None };
                match variant(&document, &knob.keys, to) {
                    Ok(program) => {
                        let measured = if knob.measured { again(&program)? } else { None };
                        let base = measured.as_ref().unwrap_or(&review.base);
                        let after = qualified(&program, base, &review.history, review.as_of)?;
                        effect.moved = Some(moved(&before, &after, &stake_of));
                    }
                    Err(error) => effect.note = Some(error.message().to_owned()),
                }
                effects.push(effect);
            }
            monitor.advance(1)?;
        }
        let total = |e: &Effect| e.moved.map(|m| m[0].0 + m[1].0);
        let stake = |e: &Effect| e.moved.map_or(0.0, |m| m[0].1.abs() + m[1].1.abs());
        effects.sort_by(|a, b| {
            let by_stake = stake(b).total_cmp(&stake(a));
            let by_place = a.path.cmp(&b.path).then(b.to.total_cmp(&a.to));
            total(b).cmp(&total(a)).then(by_stake).then(by_place)
        });
        let all = || effects.iter();
        let count = |way: usize| ColumnData::Int(effects.iter().map(|e| e.moved.map(|m| m[way].0)).collect());
        let sum = |way: usize| {
            ColumnData::Float(
                effects.iter().map(|e| e.moved.map(|m| m[way].1).filter(|_| !stakes.is_empty())).collect(),
            )
        };
        Ok(Table::new(vec![
            texts("path", all().map(|e| Some(e.path.as_str()))),
            column("from", ColumnData::Float(all().map(|e| Some(e.from)).collect())),
            column("to", ColumnData::Float(all().map(|e| Some(e.to)).collect())),
            column("partners_up", count(0)),
            column("partners_down", count(1)),
            column("stake_up", sum(0)),
            column("stake_down", sum(1)),
            column("moved", ColumnData::Int(all().map(total).collect())),
            texts("note", all().map(|e| e.note.as_deref())),
        ]))
    }
}

/// Who qualifies for what under a programme over a base of another one that has the same metrics.
fn qualified(
    program: &Compiled,
    base: &Base,
    history: &super::super::history::History,
    as_of: Date,
) -> Result<Vec<Option<usize>>> {
    let context = context(program, base, history, as_of);
    let cutoffs = Cutoffs::of(program, base);
    let evaluated = evaluate(program, base, &context, &cutoffs)?;
    Ok(decide_all(program, base, &evaluated, history, as_of).into_iter().map(|d| d.decision.qualified).collect())
}

/// Partners and stakes that go up, and down.
fn moved(before: &[Option<usize>], after: &[Option<usize>], stakes: &[f64]) -> [(i64, f64); 2] {
    let way = |up: bool| {
        let (mut partners, mut sum) = (0, ExactSum::new());
        for ((before, after), stake) in before.iter().zip(after).zip(stakes) {
            if (up && after > before) || (!up && after < before) {
                partners += 1;
                sum.add(*stake);
            }
        }
        (partners, sum.value())
    };
    [way(true), way(false)]
}

/// A number raised and lowered; only what is another number.
fn changed(knob: &Knob, change: f64) -> Vec<f64> {
    let by = knob.value.abs() * change;
    let by = if knob.whole { by.round().max(1.0) } else { by };
    // 0.1 x 3 is 0.3 and not a hair above it.
    let tidy = |v: f64| if v.abs() < 1e9 { (v * 1e9).round() / 1e9 } else { v };
    let both = [tidy(knob.value + by), tidy(knob.value - by)];
    both.into_iter().filter(|v| *v != knob.value && (*v >= 0.0 || knob.value < 0.0)).collect()
}

/// The document with one number changed.
fn variant(document: &Value, keys: &[String], to: f64) -> Result<Compiled> {
    let mut value = document.clone();
    let place = keys.iter().try_fold(&mut value, |at, key| match at {
        Value::Array(list) => key.parse::<usize>().ok().and_then(|index| list.get_mut(index)),
        at => at.get_mut(key),
    });
    if let Some(place) = place {
        *place = Value::from(to);
    }
    let document: ProgramDocument = crate::document::from_value(&value)?;
    compile(document)
}

/// A path as errors name it.
pub(super) fn path_of(keys: &[String]) -> String {
    let mut path = String::new();
    for key in keys {
        if key.parse::<usize>().is_ok() && !path.is_empty() {
            path += &format!("[{key}]");
        } else {
            path += if path.is_empty() { "" } else { "." };
            path += key;
        }
    }
    path
}

/// The numbers of a document that decide.
fn knobs(program: &Compiled, document: &Value) -> Vec<Knob> {
    let mut found = Found { program, knobs: Vec::new(), named: BTreeSet::new(), named_whole: BTreeSet::new() };
    let tracks = document.get("tracks").and_then(|t| t.get("list")).and_then(Value::as_array);
    for (section, value) in ["qualification", "scorecards"].into_iter().filter_map(|s| document.get(s).map(|v| (s, v)))
    {
        found.walk(&mut vec![section.to_owned()], value, None);
    }
    for (at, track) in tracks.into_iter().flatten().enumerate() {
        for part in ["when", "qualification"] {
            let Some(value) = track.get(part) else { continue };
            let mut keys: Vec<String> = ["tracks", "list"].map(str::to_owned).to_vec();
            keys.extend([at.to_string(), part.to_owned()]);
            found.walk(&mut keys, value, None);
        }
    }
    let mut measured = BTreeSet::new();
    for metric in program.document.metrics.values() {
        // Of all others the numbers stand in formulas, which are computed again anyway.
        if matches!(metric.measure, Measure::Points(_) | Measure::Coverage(_)) {
            parameters(&serde_json::to_value(&metric.measure).unwrap_or_default(), &mut measured);
        }
    }
    for name in found.named.clone() {
        let Some(parameter) = program.document.parameters.get(&name) else { continue };
        let whole = found.named_whole.contains(&name);
        let measured = measured.contains(&name);
        let keys = vec!["parameters".to_owned(), name, "value".to_owned()];
        found.knobs.push(Knob { keys, value: parameter.value, whole, measured });
    }
    found.knobs
}

/// The named numbers that stand in a document.
fn parameters(document: &Value, found: &mut BTreeSet<String>) {
    match document {
        Value::Object(fields) => {
            found.extend(fields.get("parameter").and_then(Value::as_str).map(str::to_owned));
            fields.values().for_each(|inner| parameters(inner, found));
        }
        Value::Array(list) => list.iter().for_each(|inner| parameters(inner, found)),
        _ => {}
    }
}

struct Found<'p> {
    program: &'p Compiled,
    knobs: Vec<Knob>,
    /// Named numbers that decide, and those of them that stand for whole numbers.
    named: BTreeSet<String>,
    named_whole: BTreeSet<String>,
}

impl Found<'_> {
    /// Walks what stands at keys; `metric` is what the numbers there are about.
    fn walk(&mut self, keys: &mut Vec<String>, value: &Value, metric: Option<&str>) {
        const DECIDES: &[&str] =
            &["at_least", "more_than", "at_most", "less_than", "threshold", "need", "share", "points", "points_each"];
        let inside = |key: &str| matches!(key, "by_track" | "money");
        match value {
            Value::Object(fields) => {
                let metric = fields.get("metric").and_then(Value::as_str).or(metric);
                for (key, inner) in fields {
                    let last = keys.last().map(String::as_str).unwrap_or_default();
                    // Attributes are no metrics; what they are compared with is no number of the programme.
                    if key == "attribute" || (last == "money" && key == "currency") {
                        continue;
                    }
                    let decides = DECIDES.contains(&key.as_str()) || inside(last) || last == "by_track";
                    keys.push(key.clone());
                    match inner {
                        Value::Number(number) if decides => {
                            let whole = self.is_whole(metric, key);
                            let value = number.as_f64().unwrap_or_default();
                            self.knobs.push(Knob { keys: keys.clone(), value, whole, measured: false });
                        }
                        Value::Object(inner) if inner.contains_key("parameter") && inner.len() == 1 => {
                            if let Some(name) = inner.get("parameter").and_then(Value::as_str) {
                                self.named.insert(name.to_owned());
                                if self.is_whole(metric, key) {
                                    self.named_whole.insert(name.to_owned());
                                }
                            }
                        }
                        inner => self.walk(keys, inner, metric),
                    }
                    keys.pop();
                }
            }
            Value::Array(list) => {
                for (at, inner) in list.iter().enumerate() {
                    keys.push(at.to_string());
                    self.walk(keys, inner, metric);
                    keys.pop();
                }
            }
            _ => {}
        }
    }

    fn is_whole(&self, metric: Option<&str>, key: &str) -> bool {
        let unit = metric.and_then(|m| self.program.column(m)).map(|c| self.program.columns[c].unit);
        matches!(unit, Some(MetricUnit::Count | MetricUnit::People)) && !key.starts_with("points") && key != "share"
    }
}
