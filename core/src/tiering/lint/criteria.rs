//! Criteria that cannot be met, cannot fail or say something twice; tiers that are out of order.

use super::super::program::{Compiled, Node};
use super::logic::Logic;
use super::sample::{Sampler, plain};
use super::{Findings, below, roots};
use crate::error::quoted;

pub(super) fn check(program: &Compiled, logic: &mut Logic<'_>, found: &mut Findings) {
    let rules = logic.rules;
    let mut reported = Vec::new();
    for (tier, node) in rules.qualification.iter().enumerate() {
        let Some(node) = *node else { continue };
        if logic.never(node) {
            let culprit = culprit(logic, node);
            let (name, why) = (quoted(&program.tiers[tier].tier), why_never(logic, culprit));
            let message = format!("nobody can reach {name}: {why} at {}", rules.paths[culprit]);
            found.add("unreachable_tier", &*rules.paths[node], message, "ease one of the bounds, or take the tier out");
            reported.push(culprit);
        }
        if let Some(needs) = needs_itself(logic, node, tier) {
            let name = quoted(&program.tiers[tier].tier);
            let message = format!("{name} is earned only by those that have held it already");
            found.add(
                "held_needs_itself",
                &*rules.paths[needs],
                message,
                "name a lower tier, or a second way to the tier",
            );
        }
    }
    for node in 0..rules.nodes.len() {
        siblings(logic, node, found);
        let leaf = matches!(&rules.nodes[node], Node::Test(_) | Node::Positive(_) | Node::Top(_));
        if leaf && logic.always(node) {
            let message = format!("{} cannot fail: {}", rules.paths[node], why_always(logic, node));
            found.add("cannot_fail", &*rules.paths[node], message, "raise the bound, or take the criterion out");
        }
        if logic.never(node) && culprit(logic, node) == node && !reported.contains(&node) {
            let message = format!("{} is never met: {}", rules.paths[node], why_never(logic, node));
            found.add("never_met", &*rules.paths[node], message, "ease the bound, or take the criterion out");
        }
    }
    in_order(program, logic, found);
    maintenance(program, logic, found);
}

/// The deepest node that makes a node impossible.
fn culprit(logic: &Logic<'_>, node: usize) -> usize {
    let children: &[usize] = match &logic.rules.nodes[node] {
        Node::All(children) | Node::Any(children) | Node::NOf(_, children) => children,
        _ => &[],
    };
    children.iter().find(|&&c| logic.never(c)).map_or(node, |&c| culprit(logic, c))
}

fn why_never(logic: &Logic<'_>, node: usize) -> String {
    let name = |column: usize| quoted(&logic.program.columns[column].name);
    match &logic.rules.nodes[node] {
        Node::Test(test) => {
            let range = logic.ranges[test.column];
            let asked = match (test.low, test.high) {
                (Some(low), _) if low.limit > range.high => {
                    return format!(
                        "{} is {} at most, {} is asked",
                        name(test.column),
                        plain(range.high),
                        plain(low.limit)
                    );
                }
                (_, Some(high)) if high.limit < range.low => {
                    format!("{} is never below {}", name(test.column), plain(range.low))
                }
                _ => format!("no value of {} lies within the bounds", name(test.column)),
            };
            asked
        }
        Node::Positive(lines) => {
            let line = lines.iter().find(|&&line| logic.ranges[line].high <= 0.0);
            line.map_or_else(|| "a line gives no points".to_owned(), |&line| format!("{} gives no points", name(line)))
        }
        Node::Not(_) => "what must not be met cannot fail".to_owned(),
        _ => "its parts contradict each other".to_owned(),
    }
}

fn why_always(logic: &Logic<'_>, node: usize) -> String {
    match &logic.rules.nodes[node] {
        Node::Test(test) => {
            let (name, range) = (quoted(&logic.program.columns[test.column].name), logic.ranges[test.column]);
            match (range.low.is_finite(), range.high.is_finite()) {
                (true, true) => format!("{name} lies from {} to {} anyway", plain(range.low), plain(range.high)),
                (true, false) => format!("{name} is never below {}", plain(range.low)),
                _ => format!("{name} is never above {}", plain(range.high)),
            }
        }
        Node::Top(_) => "everybody is among the top 100%".to_owned(),
        _ => "it always holds".to_owned(),
    }
}

/// A `held` of the tier itself or a higher one that stands on every way to it.
fn needs_itself(logic: &Logic<'_>, node: usize, tier: usize) -> Option<usize> {
    match &logic.rules.nodes[node] {
        Node::Held { tier: held, .. } if *held >= tier => Some(node),
        Node::All(children) => children.iter().find_map(|&c| needs_itself(logic, c, tier)),
        Node::Any(children) => {
            let each: Option<Vec<usize>> = children.iter().map(|&c| needs_itself(logic, c, tier)).collect();
            each?.first().copied()
        }
        _ => None,
    }
}

/// Children that say the same, or less than another one.
fn siblings(logic: &mut Logic<'_>, node: usize, found: &mut Findings) {
    let rules = logic.rules;
    let (children, any) = match &rules.nodes[node] {
        Node::All(children) => (children, false),
        Node::Any(children) => (children, true),
        Node::NOf(_, children) => (children, true),
        _ => return,
    };
    for (at, &child) in children.iter().enumerate() {
        // Every tier that another one names has one node, so the same number is the same tier named twice.
        let same = |&&other: &&usize| other == child || rules.nodes[other] == rules.nodes[child];
        if let Some(&first) = children[..at].iter().find(same) {
            let path = child_path(&rules.paths[node], &rules.nodes[node], at);
            let message = format!("{path} says the same as {}", rules.paths[first]);
            found.add("duplicate_criterion", path, message, "take one of them out");
            continue;
        }
        if matches!(rules.nodes[node], Node::NOf(..)) || logic.never(child) || logic.always(child) {
            continue;
        }
        for (with, &other) in children.iter().enumerate() {
            if with == at || other == child || logic.never(other) || rules.nodes[other] == rules.nodes[child] {
                continue;
            }
            // Of all, what another one implies; of any, what implies another one.
            let (strong, weak) = if any { (child, other) } else { (other, child) };
            if logic.implies(strong, weak) && !(logic.implies(weak, strong) && with > at) {
                let path = child_path(&rules.paths[node], &rules.nodes[node], at);
                let by = child_path(&rules.paths[node], &rules.nodes[node], with);
                let says = if any { "opens nothing that is not open by" } else { "asks nothing that is not asked by" };
                found.add("redundant_criterion", &*path, format!("{path} {says} {by}"), "take it out");
                break;
            }
        }
    }
}

/// The path of a child; that of a tier that is named is the place of its name.
fn child_path(path: &str, node: &Node, at: usize) -> String {
    let kind = match node {
        Node::All(_) => "all",
        Node::Any(_) => "any",
        _ => "n_of.of",
    };
    format!("{path}.{kind}[{at}]")
}

/// Tiers that are no harder than the one below them.
fn in_order(program: &Compiled, logic: &mut Logic<'_>, found: &mut Findings) {
    let rules = logic.rules;
    let mut lower: Option<(usize, usize)> = None;
    for (tier, node) in rules.qualification.iter().enumerate() {
        let Some(node) = *node else { continue };
        if logic.never(node) {
            continue;
        }
        let name = |tier: usize| quoted(&program.tiers[tier].tier);
        let Some((below, below_node)) = lower.replace((tier, node)) else {
            if tier > 0 && rules.qualification[0].is_none() && logic.always(node) {
                let message = format!("everybody meets {}, so nobody stays {}", name(tier), name(0));
                found.add("easier_than_below", &*rules.paths[node], message, "ask for more, or take a tier out");
            }
            continue;
        };
        let (up, down) = (logic.implies(below_node, node), logic.implies(node, below_node));
        let path = &*rules.paths[node];
        match (up, down) {
            (true, true) => {
                let message = format!("{} asks for the same as {}, so nobody stays there", name(tier), name(below));
                found.add("same_as_below", path, message, "ask for more, or take a tier out");
            }
            (true, false) => {
                let message = format!("whoever meets {} meets {} too, so nobody stays there", name(below), name(tier));
                found.add("easier_than_below", path, message, "swap the criteria, or ask for more");
            }
            (false, true) => {}
            (false, false) => easier_in_part(program, logic, (tier, node), (below, below_node), found),
        }
    }
}

/// A tier that can be met without the one below it.
fn easier_in_part(
    program: &Compiled,
    logic: &Logic<'_>,
    (tier, node): (usize, usize),
    (below, below_node): (usize, usize),
    found: &mut Findings,
) {
    let rules = logic.rules;
    let sampler = Sampler::new(program, &[(rules, node), (rules, below_node)]);
    let meets = |at: usize| move |holds: &[bool]| holds[at];
    let must = |p: &Vec<usize>| meets(node)(&sampler.holds(rules, p));
    let wanted = |p: &Vec<usize>| {
        let holds = sampler.holds(rules, p);
        holds[node] && !holds[below_node]
    };
    let Some(witness) = sampler.find(&must, &wanted) else { return };
    let name = |tier: usize| quoted(&program.tiers[tier].tier);
    let path = &*rules.paths[node];
    let example =
        format!("with {}, a partner is {} and does not meet {}", sampler.shown(&witness), name(tier), name(below));
    let none = super::logic::Bounds::new();
    let (above, under) = (logic.bounds(node).unwrap_or(&none), logic.bounds(below_node).unwrap_or(&none));
    let less = under.iter().find(|(column, asked)| above.get(column).is_some_and(|own| own.low < asked.low));
    if let Some((column, asked)) = less {
        let metric = quoted(&program.columns[*column].name);
        let own = above.get(column).map_or(0.0, |r| r.low);
        let message = format!(
            "{} asks for {} of {metric}, {} below it for {}: {example}",
            name(tier),
            plain(own),
            name(below),
            plain(asked.low)
        );
        found.add("asks_less_than_below", path, message, "ask for at least as much as below");
    } else {
        let message = format!("{} does not ask for all that {} asks for: {example}", name(tier), name(below));
        let suggestion = format!("add {{\"qualifies\": {}}} where it should", name(below));
        found.add("below_not_asked", path, message, suggestion);
    }
}

/// What is harder to keep than to earn, or just as hard.
fn maintenance(program: &Compiled, logic: &mut Logic<'_>, found: &mut Findings) {
    let rules = logic.rules;
    for (tier, rule) in program.tiers.iter().enumerate() {
        let (Some(earn), Some(keep)) = (rules.qualification[tier], rules.maintenance[tier]) else { continue };
        if earn == keep {
            continue;
        }
        let (path, name) = (format!("maintenance.{}", rule.tier), quoted(&rule.tier));
        match (logic.implies(earn, keep), logic.implies(keep, earn)) {
            (true, true) => {
                let message = format!("{name} takes as much to keep as to earn");
                found.add("maintenance_without_effect", path, message, "take the maintenance out, or ease it");
            }
            (true, false) => {}
            _ => {
                let sampler = Sampler::new(program, &[(rules, earn), (rules, keep)]);
                let must = |p: &Vec<usize>| sampler.holds(rules, p)[earn];
                let wanted = |p: &Vec<usize>| {
                    let holds = sampler.holds(rules, p);
                    holds[earn] && !holds[keep]
                };
                if let Some(witness) = sampler.find(&must, &wanted) {
                    let message =
                        format!("with {}, a partner earns {name} and does not keep it", sampler.shown(&witness));
                    found.add("maintenance_harder", path, message, "ask for no more than the qualification does");
                }
            }
        }
    }
}

/// Tiers without criteria in any track, but for the lowest.
pub(super) fn given_by_hand(program: &Compiled, found: &mut Findings) {
    for (tier, rule) in program.tiers.iter().enumerate().skip(1) {
        if program.tracks.iter().any(|rules| rules.qualification[tier].is_some()) {
            continue;
        }
        let place = program.document.tiers.iter().position(|t| t.tier == rule.tier).unwrap_or(tier);
        let message = format!("{} has no criteria: it is given by hand only", quoted(&rule.tier));
        found.add("tier_given_by_hand", format!("tiers[{place}]"), message, "add a qualification if it can be earned");
    }
}

/// The deepest nesting and the number of leaves of all criteria.
pub(super) fn size(program: &Compiled) -> (usize, usize) {
    let mut all = Vec::new();
    for (path, criterion) in roots(&program.document) {
        below(&path, criterion, 1, &mut all);
    }
    use super::super::document::Criterion;
    let inner =
        |c: &Criterion| matches!(c, Criterion::All(_) | Criterion::Any(_) | Criterion::NOf(_) | Criterion::Not(_));
    let leaves = all.iter().filter(|(_, c, _)| !inner(c)).count();
    (leaves, all.iter().map(|(.., depth)| *depth).max().unwrap_or(0))
}
