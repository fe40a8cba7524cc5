//! Why a partner stands where it stands, in one object.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::actions::{CheckedCosts, plan};
use super::asked::ExplainOptions;
use super::evaluate::NO_TRACK;
use super::facts::in_short;
use super::gaps::{Reach, line_room, tested, tested_unit};
use super::measure::Fact;
use super::program::ColumnRole;
use super::review::{Decided, ProgramReview, cards};
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, did_you_mean, quoted};
use crate::facts::Id;
use crate::table::Key;

/// What stands between a partner and a tier.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct TierAhead {
    /// The tier.
    pub tier: String,
    /// How many parts of its criterion are met.
    pub satisfied: u32,
    /// How many it has.
    pub total: u32,
    /// What is not met.
    pub gaps: Vec<GapAhead>,
    /// The cheapest way there, where costs were given.
    pub cheapest: Option<CheapestWay>,
}

/// A criterion that is not as a tier wants it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GapAhead {
    /// Its place in the document.
    pub criterion: String,
    /// The metric, scorecard or attribute.
    pub metric: Option<String>,
    /// `at_least`, `more_than`, `at_most`, `less_than`, `is` or `is_not`.
    pub operation: String,
    /// What is there; none where it was not measured.
    pub actual: Option<f64>,
    /// What is required.
    pub required: Option<f64>,
    /// How much is missing.
    pub missing: Option<f64>,
    /// What it counts.
    pub unit: Option<String>,
    /// The place of the group of which only some must be met; none: it is required anyway.
    pub alternative: Option<String>,
}

/// The cheapest set of actions that reaches a tier.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct CheapestWay {
    /// The actions; none where there is no way.
    pub actions: Option<Vec<ActionAhead>>,
    /// What they cost.
    pub cost: Option<f64>,
    /// Whether no set is cheaper (or none exists).
    pub proven: bool,
    /// What no action can bring about, where there is no way.
    pub out_of_reach: Vec<Obstruction>,
}

/// An action.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ActionAhead {
    /// The metric that it moves.
    pub metric: String,
    /// How many steps.
    pub steps: u64,
    /// From this value.
    pub from: f64,
    /// To this one.
    pub to: f64,
    /// What all steps cost.
    pub cost: f64,
}

/// A criterion that no action can bring about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Obstruction {
    /// Its place in the document; none: the tier as a whole.
    pub criterion: Option<String>,
    /// Why.
    pub reason: String,
}

impl ProgramReview {
    /// Everything about one partner: its standing and why, its metrics and scorecards with the facts behind each number, the
    /// way to the tiers above with the cheapest set of actions where costs are given, and what it is about to lose.
    ///
    /// Of the facts behind a number, `count` is how many there are, `first` holds those that give most, and `more` is how
    /// many there are beside them; [`ProgramReview::facts`] lists them all.
    ///
    /// # Errors
    /// [`Code::UnknownName`] where the review has no such partner; costs that do not fit the programme.
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::table::RawTable;
    /// use cosell::tiering::{ExplainOptions, Program, ProgramReviewOptions};
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"deals": {"measure": "given", "unit": "count"}},
    ///     "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": 5}}}
    /// }"#)?;
    /// let partners = RawTable::from_json(&[serde_json::json!({"partner_id": "P-1", "deals": 3})])?;
    /// let options = ProgramReviewOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
    /// let review = program.review_frame(&partners, None, &options, &Monitor::none())?;
    /// let explained = review.explain(&ExplainOptions::of("P-1"))?;
    /// assert_eq!(explained["next_tiers"][0]["gaps"][0]["missing"], 2.0);
    /// assert_eq!(explained["metrics"]["deals"]["facts"]["first"][0]["kind"], "handed_in");
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn explain(&self, options: &ExplainOptions) -> Result<Value> {
        let costs = CheckedCosts::new(self.program.compiled(), &options.costs)?;
        let at = self.place_of(&options.partner_id)?;
        let alone = self.alone(at);
        let decided = &alone.decided[0];
        let program = self.program.compiled();
        let facts = match options.facts {
            0 => None,
            shown => {
                let (row, all) = (self.decided[at].row, vec![true; program.columns.len()]);
                Some((shown, self.facts_behind(row..row + 1, &all, &Monitor::none())?))
            }
        };
        let facts = facts.as_ref().map(|(shown, facts)| Shown { facts, shown: *shown });
        let d = &decided.decision;
        let tier = |tier: Option<usize>| self.tier_name(tier);
        let reasons: Vec<Value> =
            d.reasons.iter().map(|r| json!({"code": r.code, "tier": tier(r.tier), "on": r.on})).collect();
        let mut explanation = json!({
            "partner_id": super::review::id_of(&self.base, decided.partner),
            "program": program.document.program,
            "version": program.document.version,
            "as_of": self.as_of,
            "track": d.track.and_then(|t| program.track_names[t].as_deref()),
            "previous": tier(d.previous),
            "qualified": tier(d.qualified),
            "earned": tier(d.earned),
            "standing": tier(d.standing),
            "effective": tier(d.effective),
            "recommendation": d.recommendation.as_str(),
            "because": reasons,
            "metrics": alone.metrics_of(decided, facts),
            "scorecards": alone.scorecards_of(decided, facts),
            "next_tiers": alone.next_tiers(decided, Reach::Every, &costs)?,
            "at_risk": self.at_risk(decided),
        });
        if let (Value::Object(fields), Some(rule)) = (&mut explanation, &program.document.scope) {
            let scope = alone.base.scope.get(decided.row).and_then(|&code| self.base.scopes.show(code));
            fields.insert(rule.by.clone(), json!(scope));
        }
        Ok(explanation)
    }

    /// The place of a partner among those decided about.
    pub(crate) fn place_of(&self, partner: &Id) -> Result<usize> {
        let key = match partner {
            Id::Int(number) => Key::Int(i128::from(*number)),
            Id::Text(text) => Key::Text(text),
        };
        let found = self.base.partners.find(key);
        let at = found.and_then(|code| self.decided.iter().position(|d| d.partner == code));
        at.ok_or_else(|| {
            let shown = key.to_string();
            let names: Vec<String> =
                self.decided.iter().take(10_000).filter_map(|d| self.base.partners.show(d.partner)).collect();
            let hint = did_you_mean(&shown, names.iter().map(String::as_str));
            let few = if self.decided.is_empty() { ", which decides about nobody: see its findings" } else { "" };
            let message = format!("partner {} is not in the review{few}{hint}", quoted(&shown));
            Error::new(Code::UnknownName, "partner_id", message)
        })
    }

    /// The review of one partner out of all, with the row that counts for it.
    fn alone(&self, at: usize) -> Self {
        let decided = &self.decided[at];
        let row = decided.row;
        let mut history = self.history.clone();
        history.of_partner.clear();
        history.of_partner.resize(decided.partner as usize, Vec::new());
        history.of_partner.push(self.history.of(decided.partner).to_vec());
        Self {
            program: self.program.clone(),
            as_of: self.as_of,
            base: self.base.only(row),
            evaluated: self.evaluated.only(row),
            cutoffs: self.cutoffs.clone(),
            history,
            decided: vec![Decided { row: 0, ..decided.clone() }],
            findings: Vec::new(),
            losses: Vec::new(),
            measurement: None,
        }
    }

    fn metrics_of(&self, decided: &Decided, facts: Option<Shown<'_>>) -> Value {
        let program = self.program.compiled();
        let columns = self.columns_of(decided.row);
        let shown = |at: &usize| matches!(program.columns[*at].kind, ColumnRole::Base | ColumnRole::Derived);
        let metrics = (0..program.columns.len()).filter(shown).map(|at| {
            let value = Some(columns.at(at, 0)).filter(|v| !v.is_nan());
            let metric = json!({"value": value, "unit": program.columns[at].unit});
            (super::frame::given_name(program, at), with_facts(metric, facts, at))
        });
        Value::Object(metrics.collect::<Map<_, _>>())
    }

    fn scorecards_of(&self, decided: &Decided, facts: Option<Shown<'_>>) -> Value {
        let program = self.program.compiled();
        let Some(track) = decided.decision.track else { return json!({}) };
        let columns = self.columns_of(decided.row);
        let card = |(name, (total, _)): (&str, (usize, Vec<usize>))| {
            let lines: Vec<Value> = line_room(program, &self.base, track, total, decided.row)
                .iter()
                .map(|room| {
                    let line = program.columns[room.column].name.split_once('.').map(|(_, line)| line);
                    let line = json!({"line": line, "points": room.points, "max_points": room.max});
                    with_facts(line, facts, room.column)
                })
                .collect();
            let points = Some(columns.at(total, 0)).filter(|v| !v.is_nan());
            (name.to_owned(), json!({"points": points, "lines": lines}))
        };
        Value::Object(cards(program).into_iter().map(card).collect::<Map<_, _>>())
    }

    /// The tiers above one partner and what stands between.
    pub(crate) fn next_tiers(&self, decided: &Decided, reach: Reach, costs: &CheckedCosts) -> Result<Vec<TierAhead>> {
        let program = self.program.compiled();
        let gaps = self.find_gaps(reach)?;
        let row = decided.row as u32;
        let known = |value: f64| Some(value).filter(|v| !v.is_nan());
        let mut of_tier: BTreeMap<u8, Vec<GapAhead>> = BTreeMap::new();
        for gap in gaps.list.iter().filter(|g| g.row == row) {
            let (track, leaf) = &gaps.leaves[gap.leaf as usize];
            let path = |node: usize| program.tracks[*track].paths.get(node).cloned();
            of_tier.entry(gap.tier).or_default().push(GapAhead {
                criterion: path(leaf.node).unwrap_or_default(),
                metric: tested(program, *track, leaf),
                operation: gap.operation.name().to_owned(),
                actual: known(gap.actual),
                required: known(gap.required),
                missing: known(gap.missing),
                unit: tested_unit(program, *track, leaf),
                alternative: leaf.group.and_then(path),
            });
        }
        let mut tiers = Vec::new();
        for progress in gaps.progress.iter().filter(|p| p.row == row) {
            let at = usize::from(progress.tier);
            tiers.push(TierAhead {
                tier: self.tier_name(Some(at)).unwrap_or_default().to_owned(),
                satisfied: progress.satisfied,
                total: progress.total,
                gaps: of_tier.remove(&progress.tier).unwrap_or_default(),
                cheapest: self.cheapest(decided, at, costs)?,
            });
        }
        Ok(tiers)
    }

    fn cheapest(&self, decided: &Decided, tier: usize, costs: &CheckedCosts) -> Result<Option<CheapestWay>> {
        let program = self.program.compiled();
        let track = self.evaluated.track[decided.row];
        if costs.is_empty() || track == NO_TRACK {
            return Ok(None);
        }
        let track = usize::from(track);
        let context = super::review::context(program, &self.base, &self.history, self.as_of);
        let found = plan(program, &self.base, &context, &self.cutoffs, costs, (track, decided.row, tier))?;
        let action = |a: &super::actions::Action| ActionAhead {
            metric: program.columns[a.column].name.clone(),
            steps: a.steps,
            from: a.from,
            to: a.to,
            cost: a.cost,
        };
        let obstruction = |o: &super::actions::OutOfReach| Obstruction {
            criterion: o.leaf.as_ref().and_then(|leaf| program.tracks[track].paths.get(leaf.node).cloned()),
            reason: o.reason.name().to_owned(),
        };
        Ok(Some(CheapestWay {
            actions: found.actions.as_ref().map(|actions| actions.iter().map(action).collect()),
            cost: found.cost,
            proven: found.proven,
            out_of_reach: found.out_of_reach.iter().map(obstruction).collect(),
        }))
    }

    fn at_risk(&self, decided: &Decided) -> Vec<Value> {
        let own = self.losses.iter().filter(|l| l.partner == decided.partner);
        own.map(|l| {
            json!({
                "cause": l.cause, "tier": self.tier_name(l.tier), "on": l.on, "lost_on": l.lost_on,
                "drops_to": self.tier_name(l.drops_to), "criterion": l.criterion, "metric": l.metric,
                "actual": l.actual, "required": l.required, "unit": l.unit,
            })
        })
        .collect()
    }
}

/// The facts of a partner, and how many of them are shown behind each number.
#[derive(Clone, Copy)]
struct Shown<'f> {
    facts: &'f [Fact],
    shown: usize,
}

/// A number with the facts behind it, where they are asked for.
fn with_facts(mut number: Value, facts: Option<Shown<'_>>, column: usize) -> Value {
    if let (Value::Object(fields), Some(Shown { facts, shown })) = (&mut number, facts) {
        let own: Vec<&Fact> = facts.iter().filter(|fact| fact.column == column).collect();
        fields.insert("facts".to_owned(), in_short(&own, shown));
    }
    number
}
