//! The question of one row and one tier: which metrics can move, and what the tier's criterion makes of them.

use super::super::base::Base;
use super::super::document::{Goal, MetricUnit};
use super::super::evaluate::{Context, is_set, nodes};
use super::super::formula::Columns;
use super::super::frame::inputs;
use super::super::program::{Compiled, Formula, Node, TrackRules};
use super::super::top::Cutoffs;
use super::ActionCost;
use super::range::{MISSING, Sense, Span, sense, span};

/// More steps than anybody takes; numbers of steps stay exact in a float.
const MOST_STEPS: u64 = 1 << 40;

/// A metric that can be moved in steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Lever {
    pub(super) column: usize,
    /// Its value now.
    pub(super) from: f64,
    /// What a step adds; below 0 where less is better.
    pub(super) step: f64,
    pub(super) cost: f64,
    /// The most steps.
    pub(super) most: u64,
    /// The value that no step goes beyond: 1 of yes and no, 0 of what is brought down.
    end: f64,
}

impl Lever {
    fn new(column: usize, from: f64, goal: Goal, unit: MetricUnit, cost: &ActionCost) -> Self {
        let up = goal == Goal::More;
        let end = match (up, unit) {
            (true, MetricUnit::Flag) => 1.0,
            (true, _) => f64::INFINITY,
            (false, _) if from >= 0.0 => 0.0,
            (false, _) => f64::NEG_INFINITY,
        };
        let to_end = ((end - from).abs() / cost.step).ceil();
        let beyond = (up && from >= end) || (!up && from <= end);
        let most = if beyond { 0.0 } else { to_end.min(cost.max.map_or(f64::INFINITY, f64::floor)) };
        let most = if most < MOST_STEPS as f64 { most as u64 } else { MOST_STEPS };
        let step = if up { cost.step } else { -cost.step };
        Self { column, from, step, cost: cost.cost, most, end }
    }

    /// The value after so many steps.
    pub(super) fn value(&self, steps: u64) -> f64 {
        if steps == 0 {
            return self.from;
        }
        let value = self.from + steps as f64 * self.step;
        if self.step > 0.0 { value.min(self.end) } else { value.max(self.end) }
    }

    /// How many steps bring it to a value, as a fraction; below 0 where it is past it.
    pub(super) fn steps_to(&self, value: f64) -> f64 {
        (value - self.from) / self.step
    }
}

/// A box of steps: for each lever from here to there, both included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) low: Vec<u64>,
    pub(super) high: Vec<u64>,
}

/// What columns and criteria can be in a box.
#[derive(Debug, Clone)]
pub(super) struct State {
    pub(super) spans: Vec<Span>,
    pub(super) senses: Vec<Sense>,
}

/// The question.
pub(super) struct Model<'a> {
    program: &'a Compiled,
    pub(super) rules: &'a TrackRules,
    base: &'a Base,
    context: &'a Context,
    cutoffs: &'a Cutoffs,
    track: usize,
    row: usize,
    /// The node of the tier.
    pub(super) root: usize,
    /// What can move and matters to the tier, in the order of the names.
    pub(super) levers: Vec<Lever>,
    /// The columns as they are, before formulas.
    given: Vec<Span>,
    /// The formulas that matter to the tier, in order.
    formulas: Vec<&'a (usize, Formula)>,
    /// The nodes that matter to the tier, in order.
    wanted: Vec<usize>,
    /// Whether a node is met today.
    fixed: Vec<bool>,
    /// The cut-off of each node that has one.
    pub(super) limits: Vec<Option<f64>>,
}

impl<'a> Model<'a> {
    /// `costs` are those of columns.
    pub(super) fn new(
        program: &'a Compiled,
        base: &'a Base,
        context: &'a Context,
        cutoffs: &'a Cutoffs,
        (track, row, root): (usize, usize, usize),
        costs: &[(usize, ActionCost)],
    ) -> Self {
        let rules = &program.tracks[track];
        let mut node_matters = vec![false; rules.nodes.len()];
        let mut column_matters = vec![false; program.columns.len()];
        node_matters[root] = true;
        // Children stand before their parents, and parts before what is made of them.
        for node in (0..=root).rev() {
            if node_matters[node] {
                children(&rules.nodes[node]).iter().for_each(|&c| node_matters[c] = true);
                columns_of(&rules.nodes[node]).iter().for_each(|&c| column_matters[c] = true);
            }
        }
        let handed_in = |column: usize| base.columns.get(column).is_some_and(Option::is_some);
        let mut formulas = Vec::new();
        for entry in rules.formulas.iter().rev() {
            if column_matters[entry.0] && !handed_in(entry.0) {
                inputs(&entry.1).iter().for_each(|&c| column_matters[c] = true);
                formulas.push(entry);
            }
        }
        formulas.reverse();
        let given: Vec<Span> =
            (0..program.columns.len()).map(|column| base.value(column, row).map_or(MISSING, Span::point)).collect();
        let levers = costs.iter().filter(|(column, _)| column_matters[*column]).filter_map(|(column, cost)| {
            let rule = &program.columns[*column];
            base.value(*column, row).map(|from| Lever::new(*column, from, rule.goal, rule.unit, cost))
        });
        let levers = levers.filter(|lever| lever.most > 0).collect();
        let limit = |(node, rule): (usize, &Node)| match rule {
            Node::Top(top) => cutoffs.of_row(track, node, top, base, row).map(|c| c.value),
            _ => None,
        };
        let limits = rules.nodes.iter().enumerate().map(limit).collect();
        let wanted = (0..=root).filter(|&node| node_matters[node]).collect();
        let mut model = Self {
            program,
            rules,
            base,
            context,
            cutoffs,
            track,
            row,
            root,
            levers,
            given,
            formulas,
            wanted,
            fixed: Vec::new(),
            limits,
        };
        model.fixed = model.bits(&vec![0; model.levers.len()]);
        model
    }

    /// The nodes of the row after so many steps, by the evaluator of the programme.
    fn bits(&self, steps: &[u64]) -> Vec<bool> {
        let mut values: Vec<Option<[f64; 1]>> = (0..self.program.columns.len())
            .map(|column| {
                let known = self.base.columns.get(column).is_some_and(Option::is_some);
                known.then(|| [self.base.value(column, self.row).unwrap_or(f64::NAN)])
            })
            .collect();
        for (lever, &steps) in self.levers.iter().zip(steps) {
            values[lever.column] = Some([lever.value(steps)]);
        }
        let given: Vec<Option<&[f64]>> = values.iter().map(|v| v.as_ref().map(<[f64; 1]>::as_slice)).collect();
        let mut columns = Columns { made: vec![Vec::new(); given.len()], given, rows: 1 };
        columns.derive(&self.rules.formulas);
        let range = self.row..self.row + 1;
        let bits = nodes(self.track, self.rules, &columns, self.base, self.context, self.cutoffs, &range);
        bits.iter().map(|bits| is_set(bits, 0)).collect()
    }

    /// Whether the tier's criterion is met after so many steps, by the evaluator of the programme.
    pub(super) fn meets(&self, steps: &[u64]) -> bool {
        self.bits(steps).get(self.root).copied().unwrap_or(false)
    }

    /// What columns and criteria can be in a box.
    pub(super) fn state(&self, area: &Area) -> State {
        let mut spans = self.given.clone();
        for (at, lever) in self.levers.iter().enumerate() {
            spans[lever.column] = Span::new(lever.value(area.low[at]), lever.value(area.high[at]), false);
        }
        for (column, formula) in &self.formulas {
            spans[*column] = span(formula, &spans);
        }
        let mut senses = vec![Sense::fixed(false); self.rules.nodes.len()];
        for &node in &self.wanted {
            let (fixed, limit) = (self.fixed[node], self.limits[node]);
            senses[node] = sense(&self.rules.nodes[node], &spans, &senses, fixed, limit);
        }
        State { spans, senses }
    }

    /// Whether the criterion may be met somewhere in a box.
    pub(super) fn possible(&self, area: &Area) -> bool {
        self.state(area).senses[self.root].possible
    }

    /// Whether the criterion is met after so many steps.
    pub(super) fn met(&self, steps: &[u64]) -> bool {
        let area = Area { low: steps.to_vec(), high: steps.to_vec() };
        self.state(&area).senses[self.root].certain
    }

    /// The formula by which a column is made; none where it was handed in.
    pub(super) fn formula(&self, column: usize) -> Option<&'a Formula> {
        self.formulas.iter().find(|(c, _)| *c == column).map(|(_, f)| f)
    }

    /// The columns that are measured and that a column is made of, itself where it is measured.
    pub(super) fn sources(&self, column: usize) -> Vec<usize> {
        let mut found = Vec::new();
        let mut open = vec![column];
        while let Some(column) = open.pop() {
            match self.formula(column) {
                Some(formula) => open.extend(inputs(formula)),
                None => found.push(column),
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Whether a column has a value today.
    pub(super) fn is_measured(&self, column: usize) -> bool {
        self.given.get(column).is_some_and(Span::is_known)
    }

    /// The whole box.
    pub(super) fn everything(&self) -> Area {
        Area { low: vec![0; self.levers.len()], high: self.levers.iter().map(|l| l.most).collect() }
    }

    pub(super) fn cost(&self, steps: &[u64]) -> f64 {
        self.levers.iter().zip(steps).map(|(lever, &n)| lever.cost * n as f64).sum()
    }
}

fn children(node: &Node) -> Vec<usize> {
    match node {
        Node::All(list) | Node::Any(list) | Node::NOf(_, list) => list.clone(),
        Node::Not(child) => vec![*child],
        _ => Vec::new(),
    }
}

fn columns_of(node: &Node) -> Vec<usize> {
    match node {
        Node::Test(test) => vec![test.column],
        Node::Top(top) => vec![top.column],
        Node::Positive(lines) => lines.clone(),
        _ => Vec::new(),
    }
}
