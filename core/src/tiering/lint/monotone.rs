//! Where more of something good may lower a tier.
//!
//! Each column rises, falls, or both, with each metric that it is made of; a lower bound passes that on, an upper bound and
//! `not` turn it round. A programme is monotone when no metric with the goal `more` (`less`) can lower (raise) what is met.

use std::collections::BTreeMap;

use super::super::document::{Goal, TrackChoice};
use super::super::program::{Compiled, Formula, LineFormula, Node, TrackRules};
use super::Findings;
use super::ranges::{Range, ranges};
use super::sample::is_base;
use crate::error::quoted;

const UP: u8 = 1;
const DOWN: u8 = 2;

/// How a column moves with each metric of the base.
type Moves = BTreeMap<usize, u8>;

fn turned(flags: u8) -> u8 {
    (flags & UP) << 1 | (flags & DOWN) >> 1
}

fn join(into: &mut Moves, from: &Moves, turn: bool) {
    for (&column, &flags) in from {
        *into.entry(column).or_default() |= if turn { turned(flags) } else { flags };
    }
}

/// How each column moves.
fn moves(program: &Compiled, rules: &TrackRules) -> Vec<Moves> {
    let ranges = ranges(program, rules);
    let mut all: Vec<Moves> = vec![Moves::new(); program.columns.len()];
    for (column, moves) in all.iter_mut().enumerate() {
        // What a metric was some months ago is no longer to be moved.
        if is_base(program, column) && program.columns[column].months_ago == 0 {
            moves.insert(column, UP);
        }
    }
    for (place, formula) in &rules.formulas {
        let mut own = Moves::new();
        let both = |own: &mut Moves, column: usize| {
            join(own, &all[column], false);
            join(own, &all[column], true);
        };
        let negative = |range: Range| range.low < 0.0;
        match formula {
            Formula::Ratio { of, to, when_zero, .. } => {
                if negative(ranges[*to]) {
                    both(&mut own, *of)
                } else {
                    join(&mut own, &all[*of], false)
                }
                let turned_only = !negative(ranges[*of]) && !negative(ranges[*to]) && when_zero.is_none();
                if turned_only { join(&mut own, &all[*to], true) } else { both(&mut own, *to) }
            }
            Formula::Change { now, then, relative, .. } => {
                if *relative && negative(ranges[*then]) {
                    both(&mut own, *now)
                } else {
                    join(&mut own, &all[*now], false)
                }
            }
            Formula::Highest(list) | Formula::Lowest(list) | Formula::Sum(list) => {
                list.iter().for_each(|&(column, times)| join(&mut own, &all[column], times < 0.0));
            }
            Formula::Total { lines, .. } => lines.iter().for_each(|&line| join(&mut own, &all[line], false)),
            Formula::Line { points, .. } => match points {
                LineFormula::BestOf(list) | LineFormula::SumOf(list) => {
                    list.iter().for_each(|&(column, _)| join(&mut own, &all[column], false));
                }
                LineFormula::Full(column, _) => join(&mut own, &all[*column], false),
                LineFormula::Bands(column, bands) => {
                    let rising = bands.windows(2).all(|pair| pair[0].1 <= pair[1].1);
                    if rising { join(&mut own, &all[*column], false) } else { both(&mut own, *column) }
                }
                LineFormula::Steps(steps) => steps.iter().for_each(|s| join(&mut own, &all[s.column], false)),
            },
        }
        all[*place] = own;
    }
    all
}

/// A place where more of a metric that should help may harm.
struct Harm {
    node: usize,
    column: usize,
}

/// Every such place under a node; `turn` below an odd number of `not`.
fn harms(program: &Compiled, rules: &TrackRules, moves: &[Moves], node: usize, turn: bool, all: &mut Vec<Harm>) {
    let mut bad = |column: usize, turn: bool| {
        for (&base, &flags) in &moves[column] {
            let flags = if turn { turned(flags) } else { flags };
            let harmful = if program.columns[base].goal == Goal::More { DOWN } else { UP };
            if flags & harmful != 0 {
                all.push(Harm { node, column: base });
            }
        }
    };
    match &rules.nodes[node] {
        Node::Test(test) => {
            if test.low.is_some() {
                bad(test.column, turn);
            }
            if test.high.is_some() {
                bad(test.column, !turn);
            }
        }
        Node::Positive(lines) => lines.iter().for_each(|&line| bad(line, turn)),
        Node::Top(top) => bad(top.column, turn),
        Node::Not(child) => harms(program, rules, moves, *child, !turn, all),
        Node::All(children) | Node::Any(children) | Node::NOf(_, children) => {
            children.iter().for_each(|&c| harms(program, rules, moves, c, turn, all));
        }
        Node::Always | Node::Attribute { .. } | Node::Held { .. } => {}
    }
}

pub(super) fn check(program: &Compiled, rules: &TrackRules, found: &mut Findings) {
    let moves = moves(program, rules);
    let mut all = Vec::new();
    for node in rules.qualification.iter().chain(&rules.maintenance).flatten() {
        harms(program, rules, &moves, *node, false, &mut all);
    }
    for harm in all {
        let rule = &program.columns[harm.column];
        let way = if rule.goal == Goal::More { "more" } else { "less" };
        let message = format!("{way} of {} may lower the tier", quoted(&rule.name));
        found.add("more_may_lower_the_tier", &*rules.paths[harm.node], message, "check that this is meant");
    }
    for (node, column) in track_changes(program, rules, &moves) {
        let message =
            format!("a change of {} may change the track, and so the tier", quoted(&program.columns[column].name));
        found.add("more_may_change_the_track", &*rules.paths[node], message, "check that this is meant");
    }
}

/// The tests of metrics that choose the track.
fn track_changes(program: &Compiled, rules: &TrackRules, moves: &[Moves]) -> Vec<(usize, usize)> {
    let Some(when) = rules.when else { return Vec::new() };
    let mut changes = Vec::new();
    match program.document.tracks.as_ref().map(|t| t.choose) {
        Some(TrackChoice::Classified) => {
            let mut open = vec![when];
            while let Some(node) = open.pop() {
                match &rules.nodes[node] {
                    Node::All(children) | Node::Any(children) | Node::NOf(_, children) => open.extend(children),
                    Node::Not(child) => open.push(*child),
                    Node::Test(test) => changes.push((node, test.column)),
                    Node::Top(top) => changes.push((node, top.column)),
                    Node::Positive(lines) => changes.extend(lines.first().map(|&line| (node, line))),
                    Node::Always | Node::Attribute { .. } | Node::Held { .. } => {}
                }
            }
        }
        // Another track that opens can only add a tier; one that closes may take one.
        Some(TrackChoice::BestOf) => {
            let mut all = Vec::new();
            harms(program, rules, moves, when, false, &mut all);
            changes.extend(all.into_iter().map(|h| (h.node, h.column)));
        }
        Some(TrackChoice::Enrolled) | None => {}
    }
    changes
}

/// Whether more of a good metric can never lower the tier that a partner qualifies for.
pub(crate) fn is_monotone(program: &Compiled) -> bool {
    program.tracks.iter().all(|rules| {
        let moves = moves(program, rules);
        let mut all = Vec::new();
        let nodes = rules.qualification.iter().chain(&rules.maintenance).flatten();
        nodes.for_each(|&node| harms(program, rules, &moves, node, false, &mut all));
        all.is_empty() && track_changes(program, rules, &moves).is_empty()
    })
}
