//! One partner at once: the request path.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::actions::{CheckedCosts, Costs};
use super::base::{Attribute, Base, Enrolment};
use super::compile::unknown_name;
use super::explain::TierAhead;
use super::frame::{RECORD, attribute_values, given_name, needed, number, record};
use super::gaps::Reach;
use super::history::{self, COLUMNS, History};
use super::program::{Compiled, Node, Program};
use super::review::{Decided, ProgramReview, need_day};
use super::standing::{Past, Recommendation};
use super::top::Cutoffs;
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, quoted};
use crate::facts::Id;
use crate::table::{Cell, CellRef, Interner, Key, NULL};

/// What is known beside the metrics of one partner.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct EvaluateOptions {
    /// The day that is decided about; ISO 8601. Required.
    pub as_of: Option<String>,
    /// The partner, for exceptions.
    pub partner_id: Option<Id>,
    /// Its attributes, those that criteria name; and what its record says: `tier`, `track`, `enrolled_on`, `tier_since`.
    pub attributes: Map<String, Value>,
    /// Its earlier decision, or a list of them, as an earlier call or review gave them.
    pub previous: Option<Value>,
    /// Cut-offs of populations: the rows of a review's table `cutoffs`. Required where a criterion asks for the top.
    pub cutoffs: Option<Vec<CutoffRow>>,
    /// The tiers whose gaps are given: the next one, or every one above.
    pub gaps: Reach,
    /// What a step of each metric costs: with it, each tier comes with the cheapest way to it.
    pub costs: Costs,
}

/// A cut-off of a population, as a review gives it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default)]
pub struct CutoffRow {
    /// The place of the criterion in the document.
    pub criterion: String,
    /// The track.
    pub track: Option<String>,
    /// The values of the attributes that divide the population.
    pub within: String,
    /// The least value that is in.
    pub cutoff: f64,
    /// How many the population has.
    pub population: Option<usize>,
}

/// The decision about one partner.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Verdict {
    /// The programme.
    pub program: String,
    /// Its version.
    pub version: String,
    /// The day.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    pub as_of: Date,
    /// The track; none where none is for it.
    pub track: Option<String>,
    /// The total of the track's scorecard.
    pub score: Option<f64>,
    /// The highest tier whose criteria are met today.
    pub qualified: Option<String>,
    /// The highest tier met on the days that the programme asks for.
    pub earned: Option<String>,
    /// What the partner held before.
    pub previous: Option<String>,
    /// What it holds from now on.
    pub effective: Option<String>,
    /// What to do.
    #[cfg_attr(feature = "schema", schemars(with = "String"))]
    #[serde(serialize_with = "as_word")]
    pub recommendation: Recommendation,
    /// Why.
    pub because: Vec<VerdictReason>,
    /// The tier by the rules, before exceptions.
    pub standing: Option<String>,
    /// Since when.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub standing_since: Option<Date>,
    /// Since when it is in its track.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub track_since: Option<Date>,
    /// Since when it falls short of its standing.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub short_since: Option<Date>,
    /// Until when it keeps its standing nevertheless.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub grace_until: Option<Date>,
    /// The tier that waits for a person.
    pub pending: Option<String>,
    /// Whether that would be a move downwards.
    pub pending_demotion: bool,
    /// The tier that it keeps from another version.
    pub kept_tier: Option<String>,
    /// Until when.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub kept_until: Option<Date>,
    /// Since when it is in the programme.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub enrolled_on: Option<Date>,
    /// What stands between the partner and the tiers above.
    pub next_tiers: Vec<TierAhead>,
}

/// A reason of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VerdictReason {
    /// What it is.
    pub code: String,
    /// The tier that it speaks of.
    pub tier: Option<String>,
    /// The day that it speaks of.
    #[cfg_attr(feature = "schema", schemars(with = "Option<String>"))]
    pub on: Option<Date>,
}

#[allow(clippy::trivially_copy_pass_by_ref)]
fn as_word<S: serde::Serializer>(
    recommendation: &Recommendation,
    serializer: S,
) -> std::result::Result<S::Ok, S::Error> {
    serializer.serialize_str(recommendation.as_str())
}

impl Program {
    /// Decides about one partner from its ready metrics.
    ///
    /// # Errors
    /// A missing day or metric, an unknown name, a value that is no number, a previous decision that does not fit, missing
    /// cut-offs.
    ///
    /// ```
    /// use cosell::tiering::{EvaluateOptions, Program};
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"deals": {"measure": "given", "unit": "count"}},
    ///     "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": 5}}}
    /// }"#)?;
    /// let metrics = serde_json::json!({"deals": 7});
    /// let options = EvaluateOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
    /// let verdict = program.evaluate(metrics.as_object().unwrap(), &options)?;
    /// assert_eq!(verdict.effective.as_deref(), Some("gold"));
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn evaluate(&self, metrics: &Map<String, Value>, options: &EvaluateOptions) -> Result<Verdict> {
        let review = self.review_one(metrics, options)?;
        let costs = CheckedCosts::new(self.compiled(), &options.costs)?;
        review.verdict(options.gaps, &costs)
    }

    /// The review of one partner.
    pub(crate) fn review_one(&self, metrics: &Map<String, Value>, options: &EvaluateOptions) -> Result<ProgramReview> {
        let program = self.compiled();
        let as_of = need_day(program, options.as_of.as_deref())?;
        let base = base(program, metrics, options)?;
        let history = History { of_partner: vec![past(program, options, as_of)?], unused: 0 };
        let cutoffs = cutoffs(program, options)?;
        self.review_base(base, history, Some(cutoffs), as_of, &Monitor::none())
    }
}

/// A base of one row.
fn base(program: &Compiled, metrics: &Map<String, Value>, options: &EvaluateOptions) -> Result<Base> {
    let mut base = Base::empty(program);
    let mut partners = Interner::default();
    let id = options.partner_id.as_ref();
    partners.intern(match id {
        Some(Id::Int(number)) => Key::Int(i128::from(*number)),
        Some(Id::Text(text)) => Key::Text(text),
        None => Key::Text(""),
    })?;
    base.partners = Arc::new(partners);
    (base.partner, base.scope, base.enrolment) = (vec![0], vec![NULL], vec![Enrolment::default()]);
    for (name, value) in metrics {
        let cell = Cell::from(value);
        let Some(&column) = program.given.get(name) else {
            let names: Vec<String> = (0..program.columns.len()).map(|c| given_name(program, c)).collect();
            return Err(unknown_name(&format!("metrics.{name}"), "metric", name, names.iter().map(String::as_str)));
        };
        let value = number(CellRef::from(&cell)).filter(|v| !v.is_infinite()).ok_or_else(|| {
            let field = format!("metrics.{name}");
            let message = format!("{field}: expected a finite number, got {}", CellRef::from(&cell).show());
            Error::new(Code::WrongType, field, message)
        })?;
        base.columns[column] = Some(vec![value]);
    }
    let is_given = |column: usize| base.columns[column].is_some();
    // A metric that is made of others may be handed in instead of them.
    let missing = if program.needed.iter().all(|&column| is_given(column)) {
        None
    } else {
        needed(program, &is_given).into_iter().find(|&column| !is_given(column))
    };
    if let Some(missing) = missing {
        let name = given_name(program, missing);
        let message = format!("metric {} is missing; give null where it is not known", quoted(&name));
        return Err(Error::new(Code::MissingColumn, format!("metrics.{name}"), message));
    }
    for (name, value) in &options.attributes {
        let cell = Cell::from(value);
        let field = format!("attributes.{name}");
        if RECORD.contains(&name.as_str()) {
            record(program, &mut base.enrolment[0], name, CellRef::from(&cell))
                .map_err(|e| Error::new(e.code(), field.clone(), format!("{field}: {}", e.message())))?;
        }
        let Some(at) = program.attributes.iter().position(|a| a == name) else { continue };
        let values = attribute_values(name, CellRef::from(&cell)).ok_or_else(|| {
            let message = format!("{field}: expected text, a number, true or false, a date, or a list");
            Error::new(Code::WrongType, field.clone(), message)
        })?;
        base.attributes[at] = if values.is_empty() {
            Attribute { codes: vec![NULL], values: Vec::new() }
        } else {
            Attribute { codes: vec![0], values: vec![values] }
        };
    }
    if let Some(at) = base.attributes.iter().position(|a| a.codes.is_empty()) {
        let name = &program.attributes[at];
        let message =
            format!("attribute {} is missing; a criterion names it; give null where it is not known", quoted(name));
        return Err(Error::new(Code::MissingColumn, format!("attributes.{name}"), message));
    }
    Ok(base)
}

/// The earlier decisions of the partner, the latest last.
fn past(program: &Compiled, options: &EvaluateOptions, as_of: Date) -> Result<Vec<Past>> {
    let one = |(at, value): (usize, &Value)| -> Result<Past> {
        let field = |e: &Error| format!("previous[{at}].{}", e.field());
        let Value::Object(fields) = value else {
            let message = format!("previous[{at}] is no object; give the decision of an earlier call");
            return Err(Error::new(Code::WrongType, format!("previous[{at}]"), message));
        };
        let cells: Vec<Option<Cell>> = COLUMNS.iter().map(|name| fields.get(*name).map(Cell::from)).collect();
        history::past(program, &|at| cells[at].as_ref().map(CellRef::from), as_of)
            .map_err(|e| Error::new(e.code(), field(&e), format!("{}: {}", field(&e), e.message())))
    };
    let mut past = match &options.previous {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(list)) => list.iter().enumerate().map(one).collect::<Result<Vec<_>>>()?,
        Some(value) => vec![one((0, value))?],
    };
    past.sort_by_key(|p| p.as_of);
    Ok(past)
}

/// The cut-offs that were handed in.
fn cutoffs(program: &Compiled, options: &EvaluateOptions) -> Result<Cutoffs> {
    let asks = program.tracks.iter().any(|t| t.nodes.iter().any(|n| matches!(n, Node::Top(_))));
    if asks && options.cutoffs.is_none() {
        let message =
            "a criterion asks for the top of a population: give cutoffs, the table of a review of all partners";
        return Err(Error::new(Code::MissingOption, "cutoffs", message));
    }
    Ok(Cutoffs::given(program, options.cutoffs.as_deref().unwrap_or_default()))
}

impl ProgramReview {
    /// The decision about its first partner.
    pub(crate) fn verdict(&self, reach: Reach, costs: &CheckedCosts) -> Result<Verdict> {
        let program = self.program.compiled();
        let none = Decided { partner: 0, row: 0, decision: super::standing::Decision::default() };
        let decided = self.decided.first().unwrap_or(&none);
        let d = &decided.decision;
        let tier = |tier: Option<usize>| self.tier_name(tier).map(str::to_owned);
        let reason =
            |r: &super::standing::Reason| VerdictReason { code: r.code.to_owned(), tier: tier(r.tier), on: r.on };
        Ok(Verdict {
            program: program.document.program.clone(),
            version: program.document.version.clone(),
            as_of: self.as_of,
            track: d.track.and_then(|t| program.track_names[t].clone()),
            score: self.evaluated.score.get(decided.row).copied().filter(|s| !s.is_nan()),
            qualified: tier(d.qualified),
            earned: tier(d.earned),
            previous: tier(d.previous),
            effective: tier(d.effective),
            recommendation: d.recommendation,
            because: d.reasons.iter().map(reason).collect(),
            standing: tier(d.standing),
            standing_since: d.standing_since,
            track_since: d.track_since,
            short_since: d.short_since,
            grace_until: d.grace_until,
            pending: tier(d.pending),
            pending_demotion: d.pending_demotion,
            kept_tier: tier(d.kept_tier),
            kept_until: d.kept_until,
            enrolled_on: d.enrolled_on,
            next_tiers: self.next_tiers(decided, reach, costs)?,
        })
    }
}
