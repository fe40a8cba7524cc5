//! The cheapest set of actions that brings a partner to a tier, given what a step of each metric costs.
//!
//! An action raises a measured metric (or lowers one of which less is better) by whole steps. The set is exact under every
//! rule of the language, derived metrics and scorecards included: it is found by branch and bound ([`search`]) over what
//! the criteria can be ([`range`]) with the linear relaxation of the totals ([`bound`]), and then verified with the
//! programme's own evaluator, both ways: with the set the tier's criterion is met, and without any one step of it, it is not.
//!
//! Limits: a search looks at so many boxes of steps and no more. Where that is not enough, the plan is the best set that was
//! found, says `proven: false`, and gives the cost that no set can beat. The track of the row stays as it is, and so do
//! cut-offs of populations, attributes, tiers held, and metrics as they were some months ago.

mod bound;
mod model;
mod range;
mod review;
mod search;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use self::model::Model;
use super::base::Base;
use super::compile::{fault, unknown_name};
use super::evaluate::Context;
use super::gaps::{Leaf, Leaves};
use super::program::{ColumnRole, Compiled, Node};
use super::top::Cutoffs;
use crate::document::out_of_range;
use crate::error::{Error, Result, quoted};

/// What a step of a metric costs, by the metric's name.
pub type Costs = BTreeMap<String, ActionCost>;

/// What it costs to move a metric.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ActionCost {
    /// What one step costs, in the programme's currency.
    pub cost: f64,
    /// How much of the metric a step is. Default 1.
    #[serde(default = "one")]
    pub step: f64,
    /// The most steps that can be taken. `None`: no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max: Option<f64>,
}

fn one() -> f64 {
    1.0
}

/// Costs whose names and numbers are checked: by column, in the order of the names.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct CheckedCosts(Vec<(usize, ActionCost)>);

impl CheckedCosts {
    /// Whether nothing has a cost.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Checks costs against a programme.
    ///
    /// # Errors
    /// A metric that does not exist or is made of others; a number that is not possible; each with its path below `costs`.
    pub(crate) fn new(program: &Compiled, costs: &Costs) -> Result<Self> {
        let mut checked = Vec::new();
        for (name, cost) in costs {
            let path = format!("costs.{name}");
            let measured = |column: &usize| program.columns[*column].kind == ColumnRole::Base;
            let column = match program.column(name) {
                Some(column) if measured(&column) => column,
                Some(_) => {
                    let text = format!("{} is made of other metrics; give the costs of those", quoted(name));
                    return Err(fault(path, text));
                }
                None => {
                    let known = (0..program.columns.len()).filter(measured).map(|c| &program.columns[c]);
                    let known = known.filter(|c| c.months_ago == 0).map(|c| c.name.as_str());
                    return Err(unknown_name(&path, "metric", name, known));
                }
            };
            let within = |field: &str, value: f64, fits: bool, expected: &str| {
                if fits && value.is_finite() {
                    Ok(())
                } else {
                    Err(out_of_range(&format!("{path}.{field}"), value, expected))
                }
            };
            within("cost", cost.cost, cost.cost >= 0.0, "0 or more")?;
            within("step", cost.step, cost.step > 0.0, "a number above 0")?;
            let whole = program.columns[column].unit.is_whole();
            within(
                "step",
                cost.step,
                !whole || cost.step.fract() == 0.0,
                "a whole number: the metric counts whole things",
            )?;
            if let Some(max) = cost.max {
                within("max", max, max >= 0.0, "a number of steps, 0 or more")?;
            }
            checked.push((column, *cost));
        }
        Ok(Self(checked))
    }
}

/// What a partner can do to reach a tier.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Plan {
    /// The cheapest set of actions found, by the names of the metrics; empty where the tier is met already; `None`: none.
    pub(crate) actions: Option<Vec<Action>>,
    /// What the set costs.
    pub(crate) cost: Option<f64>,
    /// What any set costs at least; infinite where there is none.
    pub(crate) bound: f64,
    /// Whether no set is cheaper; without a set, whether there is none.
    pub(crate) proven: bool,
    /// What no action can bring about, where there is no set.
    pub(crate) out_of_reach: Vec<OutOfReach>,
}

/// One action of a set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Action {
    /// The metric's column.
    pub(crate) column: usize,
    pub(crate) steps: u64,
    pub(crate) from: f64,
    pub(crate) to: f64,
    /// What all its steps cost.
    pub(crate) cost: f64,
}

/// A criterion that no action can bring about.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OutOfReach {
    /// The leaf; `None`: the tier as a whole.
    pub(crate) leaf: Option<Leaf>,
    pub(crate) reason: Obstacle,
}

/// Why a criterion is out of reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Obstacle {
    /// None of its metrics has a cost.
    NoCost,
    /// A metric has no value to begin from.
    NotMeasured,
    /// The metrics that have a cost cannot be moved far enough.
    MaxSteps,
    /// No metric can change it: an attribute, a tier held, a population without a cut-off.
    Fixed,
    /// Each criterion can be met, but not all of them at once.
    Conflict,
    /// The tier has no criteria: it is given by hand.
    ByHand,
}

impl Obstacle {
    /// As tables name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoCost => "no_cost",
            Self::NotMeasured => "not_measured",
            Self::MaxSteps => "max_steps",
            Self::Fixed => "fixed",
            Self::Conflict => "conflict",
            Self::ByHand => "by_hand",
        }
    }
}

/// The cheapest set of actions after which a row meets the criterion of a tier in a track.
///
/// Of sets that cost the same, the one that moves fewer metrics comes first, then the one of fewer steps, then the one that
/// moves the metric whose name comes first.
///
/// # Errors
/// Only faults of this library: a set that fails its own verification.
pub(crate) fn plan(
    program: &Compiled,
    base: &Base,
    context: &Context,
    cutoffs: &Cutoffs,
    costs: &CheckedCosts,
    (track, row, tier): (usize, usize, usize),
) -> Result<Plan> {
    plan_within(program, base, context, cutoffs, costs, (track, row, tier), search::MOST_BOXES)
}

fn plan_within(
    program: &Compiled,
    base: &Base,
    context: &Context,
    cutoffs: &Cutoffs,
    costs: &CheckedCosts,
    (track, row, tier): (usize, usize, usize),
    most_boxes: usize,
) -> Result<Plan> {
    let met = Plan { actions: Some(Vec::new()), cost: Some(0.0), bound: 0.0, proven: true, out_of_reach: Vec::new() };
    let qualification = program.tracks.get(track).and_then(|rules| rules.qualification.get(tier).copied());
    let none = |bound: f64, proven: bool, out_of_reach: Vec<OutOfReach>| Plan {
        actions: None,
        cost: None,
        bound,
        proven,
        out_of_reach,
    };
    let Some(Some(root)) = qualification else {
        // Without criteria everybody has the lowest tier.
        let by_hand = OutOfReach { leaf: None, reason: Obstacle::ByHand };
        return Ok(if tier == 0 { met } else { none(f64::INFINITY, true, vec![by_hand]) });
    };
    let model = Model::new(program, base, context, cutoffs, (track, row, root), &costs.0);
    if model.meets(&vec![0; model.levers.len()]) {
        return Ok(met);
    }
    let found = search::cheapest(&model, most_boxes);
    let Some(steps) = found.steps else {
        return Ok(none(found.bound, found.proven, out_of_reach(&model, &costs.0)));
    };
    verify(&model, &steps)?;
    let action = |(lever, &steps): (&model::Lever, &u64)| Action {
        column: lever.column,
        steps,
        from: lever.from,
        to: lever.value(steps),
        cost: lever.cost * steps as f64,
    };
    let actions = model.levers.iter().zip(&steps).filter(|(_, steps)| **steps > 0).map(action).collect();
    let cost = Some(model.cost(&steps));
    Ok(Plan { actions: Some(actions), cost, bound: found.bound, proven: found.proven, out_of_reach: Vec::new() })
}

/// Checks a set with the programme's evaluator: it meets the criterion, and without any one step it does not.
fn verify(model: &Model<'_>, steps: &[u64]) -> Result<()> {
    if !model.meets(steps) {
        return Err(Error::internal("a set of actions does not reach its tier"));
    }
    for lever in 0..steps.len() {
        let mut fewer = steps.to_vec();
        if let Some(less) = fewer[lever].checked_sub(1) {
            fewer[lever] = less;
            if model.meets(&fewer) {
                return Err(Error::internal("a set of actions reaches its tier with a step less"));
            }
        }
    }
    Ok(())
}

/// The open criteria that stay as they are whatever is done, with why; of criteria that each could be met, the conflict.
fn out_of_reach(model: &Model<'_>, costs: &[(usize, ActionCost)]) -> Vec<OutOfReach> {
    let everything = model.everything();
    let state = model.state(&everything);
    let leaves = Leaves::of(model.rules, Some(model.root)).leaves;
    let mut found: Vec<OutOfReach> = Vec::new();
    for leaf in leaves {
        let sense = state.senses[leaf.node];
        let line_open = |line: usize| {
            let span = state.spans[line];
            !(span.is_known() && span.high > 0.0)
        };
        let closed = match (leaf.line, leaf.negated) {
            (Some(line), false) => !line_open(line),
            (_, false) => sense.possible,
            (_, true) => !sense.certain,
        };
        if !closed {
            found.push(OutOfReach { reason: obstacle(model, &leaf, costs), leaf: Some(leaf) });
        }
    }
    if found.is_empty() {
        found.push(OutOfReach { leaf: None, reason: Obstacle::Conflict });
    }
    found
}

fn obstacle(model: &Model<'_>, leaf: &Leaf, costs: &[(usize, ActionCost)]) -> Obstacle {
    let column = match &model.rules.nodes[leaf.node] {
        Node::Test(test) => Some(test.column),
        Node::Top(top) if model.limits[leaf.node].is_some() => Some(top.column),
        Node::Positive(lines) => leaf.line.or(lines.first().copied()),
        _ => None,
    };
    let Some(column) = column else { return Obstacle::Fixed };
    let sources = model.sources(column);
    let has_cost = |column: &usize| costs.iter().any(|(c, _)| c == column);
    if !sources.iter().any(has_cost) {
        Obstacle::NoCost
    } else if sources.iter().any(|&c| has_cost(&c) && !model.is_measured(c)) {
        Obstacle::NotMeasured
    } else {
        Obstacle::MaxSteps
    }
}

#[cfg(test)]
mod tests;
