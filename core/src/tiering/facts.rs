//! The facts behind each number of a partner: the rows that a metric counts, the metrics that it is made of, or that it
//! was handed in.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::{Value, json};

use super::compile::unknown_name;
use super::decisions::{days, texts};
use super::formula::Columns;
use super::frame::given_name;
use super::gaps::unit_name;
use super::measure::{Fact, FactKind, MeasureInputs, facts_of};
use super::program::{Formula, LineFormula};
use super::review::ProgramReview;
use crate::attribution::Credit;
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::facts::{Ecosystem, Id};
use crate::table::result::column;
use crate::table::{ColumnData, Table};

/// What a review was measured from.
#[derive(Debug, Clone)]
pub(crate) struct Measurement {
    pub(crate) eco: Ecosystem,
    pub(crate) credit: BTreeMap<String, Credit>,
    /// The tiers that partners held before, by code, for rates of points.
    pub(crate) tiers: BTreeMap<u32, usize>,
    /// The columns that were handed in ready.
    pub(crate) handed_in: Vec<bool>,
}

impl FactKind {
    /// As tables name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Row => "row",
            Self::HandedIn => "handed_in",
            Self::Metric => "metric",
        }
    }
}

impl ProgramReview {
    /// What stands behind the numbers of one partner, down to the rows: partner_id, scope, metric, kind (`row` of a table,
    /// another `metric` that it is made of, `handed_in`), part (such as `need` and `have` of a coverage, `of` and `to` of a
    /// ratio, the rule of points), table, id (of the row, else what tells it apart; of the metric), at, value (what it
    /// gives), unit, detail (the distinct value, or the group).
    ///
    /// With a metric (or a scorecard, or `scorecard.line`): what stands behind it and behind the metrics that it is made of;
    /// without: behind all of them. Rows stand in the order of the scopes, then of the metrics (what is made of others
    /// behind them), then by date. The values of a count, a sum and of points add up to the metric, and so do those of distinct values, of which each
    /// counts once.
    ///
    /// # Errors
    /// [`Code::UnknownName`](crate::Code::UnknownName) where the review has no such partner, or the programme no such metric.
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::facts::{Activity, Ecosystem};
    /// use cosell::tiering::{Program, ProgramReviewOptions, ReviewInputs};
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"trainings": {"measure": {"count": {"from": "activities", "window": {"rolling_months": 12}}}}},
    ///     "qualification": {"gold": {"threshold": {"metric": "trainings", "at_least": 1}}}
    /// }"#)?;
    /// let activity = |at: &str| Activity {
    ///     partner_id: Some("P-1".into()), at: Some(at.into()), kind: Some("training".into()), ..Default::default()
    /// };
    /// let eco = Ecosystem::builder().records([activity("2026-03-01"), activity("2025-03-01")]).build()?;
    /// let options = ProgramReviewOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
    /// let review = program.review(&eco, &ReviewInputs::default(), &options, &Monitor::none())?;
    /// let facts = review.facts(&"P-1".into(), Some("trainings"), &Monitor::none())?;
    /// assert_eq!((facts.len(), facts.text(0, "table"), facts.text(0, "at")), (1, "activities".into(), "2026-03-01".into()));
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn facts(&self, partner: &Id, metric: Option<&str>, monitor: &Monitor) -> Result<Table> {
        let program = self.program.compiled();
        let partner = self.decided[self.place_of(partner)?].partner;
        let wanted = match metric {
            Some(metric) => self.behind(metric)?,
            None => vec![true; program.columns.len()],
        };
        let facts = self.facts_behind(self.rows_of(partner), &wanted, monitor)?;
        Ok(self.facts_table(partner, &facts))
    }

    /// The facts behind the wanted columns in some rows of one partner, in the order of rows and columns.
    pub(crate) fn facts_behind(&self, rows: Range<usize>, wanted: &[bool], monitor: &Monitor) -> Result<Vec<Fact>> {
        let program = self.program.compiled();
        let mut facts = Vec::new();
        if let Some(from) = &self.measurement {
            let credit = from.credit.iter().map(|(name, credit)| (name.clone(), credit)).collect();
            let inputs = MeasureInputs { credit, given: None, tiers: from.tiers.clone() };
            let skipped: Vec<bool> =
                from.handed_in.iter().zip(wanted).map(|(given, wanted)| *given || !wanted).collect();
            let (eco, base, day) = (&from.eco, &self.base, self.as_of);
            let own = self.rows_of(self.base.partner.get(rows.start).copied().unwrap_or_default());
            facts = facts_of(program, eco, &inputs, base, own, &skipped, day, monitor)?;
            facts.retain(|fact| rows.contains(&fact.row));
        }
        for row in rows {
            let columns = self.columns_of(row);
            for at in (0..program.columns.len()).filter(|&at| wanted.get(at).copied().unwrap_or_default()) {
                self.made_of(row, at, &columns, &mut facts);
            }
        }
        facts.sort_by_key(|fact| (fact.row, fact.column));
        Ok(facts)
    }

    /// What a column is made of, or that it was handed in.
    fn made_of(&self, row: usize, at: usize, columns: &Columns<'_>, facts: &mut Vec<Fact>) {
        let program = self.program.compiled();
        let mut push = |kind: FactKind, part: Option<&str>, of: Option<usize>, times: f64| {
            let source = of.unwrap_or(at);
            facts.push(Fact {
                row,
                column: at,
                kind,
                part: part.map(str::to_owned),
                table: None,
                id: of.map(|of| given_name(program, of)),
                at: None,
                value: columns.at(source, 0) * times,
                unit: program.columns[source].unit,
                detail: (times != 1.0).then(|| format!("times {times}")),
            });
        };
        let measured_here =
            self.measurement.as_ref().is_some_and(|m| !m.handed_in.get(at).copied().unwrap_or_default());
        if self.base.columns.get(at).is_some_and(Option::is_some) {
            if !measured_here && !columns.at(at, 0).is_nan() {
                push(FactKind::HandedIn, None, None, 1.0);
            }
            return;
        }
        let track = program.tracks.get(usize::from(self.evaluated.track.get(row).copied().unwrap_or(u8::MAX)));
        let formula = track.and_then(|track| track.formulas.iter().find(|(place, _)| *place == at));
        for (part, of, times) in formula.map_or_else(Vec::new, |(_, formula)| inputs(formula)) {
            push(FactKind::Metric, Some(part), Some(of), times);
        }
    }

    /// The columns of a metric and of all that it is made of, in any track.
    fn behind(&self, metric: &str) -> Result<Vec<bool>> {
        let program = self.program.compiled();
        let names: Vec<String> = (0..program.columns.len()).map(|at| given_name(program, at)).collect();
        let Some(first) = names.iter().position(|name| name == metric) else {
            let known = names.iter().map(String::as_str);
            return Err(unknown_name("metric", "metric", metric, known));
        };
        let mut wanted = vec![false; names.len()];
        let mut open = vec![first];
        while let Some(at) = open.pop() {
            if std::mem::replace(&mut wanted[at], true) {
                continue;
            }
            for (_, formula) in program.tracks.iter().flat_map(|t| &t.formulas).filter(|(place, _)| *place == at) {
                open.extend(inputs(formula).into_iter().map(|(_, of, _)| of));
            }
        }
        Ok(wanted)
    }

    fn facts_table(&self, partner: u32, facts: &[Fact]) -> Table {
        let program = self.program.compiled();
        let all = || facts.iter();
        let names: Vec<String> = (0..program.columns.len()).map(|at| given_name(program, at)).collect();
        let mut columns = vec![self.partner_ids(all().map(|_| partner))];
        columns.extend(self.scope_names(all().map(|f| f.row)));
        columns.extend([
            texts("metric", all().map(|f| names.get(f.column).map(String::as_str))),
            texts("kind", all().map(|f| Some(f.kind.name()))),
            texts("part", all().map(|f| f.part.as_deref())),
            texts("table", all().map(|f| f.table)),
            texts("id", all().map(|f| f.id.as_deref())),
            days("at", all().map(|f| f.at)),
            column("value", ColumnData::Float(all().map(|f| Some(f.value).filter(|v| !v.is_nan())).collect())),
            texts("unit", all().map(|f| Some(unit_name(program, f.unit)))),
            texts("detail", all().map(|f| f.detail.as_deref())),
        ]);
        Table::new(columns)
    }

    /// The rows of a partner in the base.
    fn rows_of(&self, partner: u32) -> Range<usize> {
        let first = self.base.partner.iter().position(|&p| p == partner).unwrap_or_default();
        let own = self.base.partner.get(first..).unwrap_or_default().iter().take_while(|&&p| p == partner).count();
        first..first + own
    }
}

/// The facts behind one number in short: how many there are, the first few of them (those that give most, of these the
/// latest), and how many more.
pub(crate) fn in_short(facts: &[&Fact], shown: usize) -> Value {
    let mut facts = facts.to_vec();
    // Facts of one number stand in their order, so that a stable sort leaves no tie to chance.
    let size = |fact: &Fact| if fact.value.is_nan() { -1.0 } else { fact.value.abs() };
    facts.sort_by(|a, b| size(b).total_cmp(&size(a)).then_with(|| b.at.cmp(&a.at)));
    let show = |fact: &&Fact| {
        json!({
            "kind": fact.kind.name(), "part": fact.part, "table": fact.table, "id": fact.id, "at": fact.at,
            "value": Some(fact.value).filter(|v| !v.is_nan()), "detail": fact.detail,
        })
    };
    let first: Vec<Value> = facts.iter().take(shown).map(show).collect();
    json!({"count": facts.len(), "more": facts.len() - first.len(), "first": first})
}

/// What a formula reads: the part, the column and a factor.
fn inputs(formula: &Formula) -> Vec<(&'static str, usize, f64)> {
    let each = |part: &'static str, columns: &mut dyn Iterator<Item = usize>| columns.map(|c| (part, c, 1.0)).collect();
    match formula {
        Formula::Ratio { of, to, .. } => vec![("of", *of, 1.0), ("to", *to, 1.0)],
        Formula::Change { now, then, .. } => vec![("now", *now, 1.0), ("then", *then, 1.0)],
        Formula::Highest(list) | Formula::Lowest(list) | Formula::Sum(list) => {
            list.iter().map(|&(column, times)| ("input", column, times)).collect()
        }
        Formula::Line { points, .. } => match points {
            LineFormula::BestOf(list) | LineFormula::SumOf(list) => each("input", &mut list.iter().map(|(c, _)| *c)),
            LineFormula::Full(column, _) | LineFormula::Bands(column, _) => vec![("input", *column, 1.0)],
            LineFormula::Steps(steps) => each("step", &mut steps.iter().map(|step| step.column)),
        },
        Formula::Total { lines, .. } => each("line", &mut lines.iter().copied()),
    }
}
