//! Numbers that do not fit what they are numbers of: bands, thresholds, maxima, windows, rules of points.

use super::super::document::{LinePoints, Measure, ProgramDocument, Window};
use super::super::program::{ColumnRole, Compiled, Formula, LineFormula, Node};
use super::logic::Logic;
use super::ranges::{is_empty_window, is_whole};
use super::sample::plain;
use super::{Findings, below, roots};
use crate::error::quoted;

/// What depends on the numbers of a track.
pub(super) fn check_track(program: &Compiled, logic: &Logic<'_>, found: &mut Findings) {
    fractions(program, logic, found);
    tier_bands(program, logic, found);
    for (place, formula) in &logic.rules.formulas {
        let name = &program.columns[*place].name;
        match formula {
            Formula::Line { max, points } => line(program, logic, name, *place, *max, points, found),
            Formula::Total { lines, max } => {
                let sum: f64 = lines.iter().map(|&line| logic.ranges[line].high).sum();
                // Without a maximum of its own it is that of its lines, of which each is told by itself.
                let own = program.document.scorecards.get(name).is_some_and(|card| card.max_points.is_some());
                if own && program.columns[*place].kind == ColumnRole::Total && *max > sum + 1e-9 {
                    let message = format!(
                        "{} has a maximum of {}, its lines give {} at most",
                        quoted(name),
                        plain(*max),
                        plain(sum)
                    );
                    let path = format!("scorecards.{name}.max_points");
                    found.add("maximum_not_reachable", path, message, "lower the maximum, or add lines");
                }
            }
            _ => {}
        }
    }
}

/// Thresholds between whole numbers, of what has only those.
fn fractions(program: &Compiled, logic: &Logic<'_>, found: &mut Findings) {
    let rules = logic.rules;
    let mut own = Vec::new();
    for (path, root) in roots(&program.document) {
        below(&path, root, 1, &mut own);
    }
    for (node, path) in rules.nodes.iter().zip(&rules.paths) {
        let Node::Test(test) = node else { continue };
        // A node with a margin has the path of the one without; the document's own bound is what counts.
        if !is_whole(program, test.column) || !own.iter().any(|(p, ..)| p == path) || eased(logic, node, path) {
            continue;
        }
        for bound in [test.low, test.high].into_iter().flatten().filter(|b| b.limit.fract() != 0.0) {
            let name = quoted(&program.columns[test.column].name);
            let message = format!("{} for {name}, which has whole numbers only", plain(bound.limit));
            found.add("fractional_threshold", path, message, format!("say {}", plain(bound.limit.ceil())));
        }
    }
}

/// Whether a node is that of a maintenance with a margin: another node of the same path stands before it.
fn eased(logic: &Logic<'_>, node: &Node, path: &str) -> bool {
    let first = logic.rules.paths.iter().position(|p| p == path);
    first.is_some_and(|at| logic.rules.nodes[at] != *node)
}

/// Tiers that are bands of one metric, with a lower and an upper bound each.
fn tier_bands(program: &Compiled, logic: &Logic<'_>, found: &mut Findings) {
    let rules = logic.rules;
    let mut bands: Vec<(usize, f64, f64, usize, usize)> = Vec::new();
    for (tier, node) in rules.qualification.iter().enumerate() {
        let Some(node) = *node else { continue };
        let Node::Test(test) = &rules.nodes[node] else { continue };
        let range = logic.tested(test.column, super::ranges::Range::of_test(test));
        bands.push((test.column, range.low, range.high, tier, node));
    }
    for pair in bands.windows(2) {
        let ((column, _, high, lower, _), (other, low, _, tier, node)) = (pair[0], pair[1]);
        if column != other || !high.is_finite() || !low.is_finite() {
            continue;
        }
        let step = if is_whole(program, column) { 1.0 } else { 0.0 };
        let (name, below) = (quoted(&program.tiers[tier].tier), quoted(&program.tiers[lower].tier));
        let metric = quoted(&program.columns[column].name);
        let path = &*rules.paths[node];
        if high + step < low {
            let message = format!("{below} ends at {} of {metric} and {name} begins at {}", plain(high), plain(low));
            found.add("bands_gap", path, message, "let one band begin where the other ends");
        } else if high >= low && !(high == low && step == 0.0) {
            let message =
                format!("{below} ends at {} of {metric} and {name} begins at {} already", plain(high), plain(low));
            found.add("bands_overlap", path, message, "take the upper bound out: the higher tier counts");
        }
    }
}

fn line(
    program: &Compiled,
    logic: &Logic<'_>,
    name: &str,
    place: usize,
    max: f64,
    points: &LineFormula,
    found: &mut Findings,
) {
    let path = line_path(&program.document, name);
    // What counts in other tracks only gives nothing here, and is meant to.
    let elsewhere = matches!(points, LineFormula::BestOf(list) | LineFormula::SumOf(list) if list.is_empty());
    if elsewhere {
        return;
    }
    if logic.ranges[place].high <= 0.0 {
        let message = format!("{} can give no points", quoted(name));
        found.add("line_without_points", &*path, message, "give it points, or take it out");
    } else if logic.ranges[place].high < max - 1e-9 {
        let message = format!(
            "{} has a maximum of {}, its points go to {}",
            quoted(name),
            plain(max),
            plain(logic.ranges[place].high)
        );
        found.add(
            "maximum_not_reachable",
            format!("{path}.max_points"),
            message,
            "lower the maximum, or raise the points",
        );
    }
    let LineFormula::Bands(column, bands) = points else { return };
    for (at, pair) in bands.windows(2).enumerate() {
        let path = format!("{path}.points.bands.bands[{}].points", at + 1);
        let said = format!(
            "{} points from {} on, {} from {} on",
            plain(pair[0].1),
            plain(pair[0].0),
            plain(pair[1].1),
            plain(pair[1].0)
        );
        if pair[1].1 < pair[0].1 {
            found.add("band_falls", path, format!("a higher band has fewer points: {said}"), "give it more");
        } else if pair[1].1 == pair[0].1 || pair[0].1 >= max {
            found.add(
                "band_without_effect",
                path,
                format!("the band adds nothing: {said}, {} at most", plain(max)),
                "take it out",
            );
        }
    }
    for (at, (from, _)) in bands.iter().enumerate() {
        let high = logic.ranges[*column].high;
        if *from > high {
            let path = format!("{path}.points.bands.bands[{at}].at_least");
            let message = format!("the band begins at {}, the metric is {} at most", plain(*from), plain(high));
            found.add("band_without_effect", path, message, "take it out");
        }
    }
}

/// The path of the line `card.line`.
pub(super) fn line_path(document: &ProgramDocument, name: &str) -> String {
    let (card, line) = name.split_once('.').unwrap_or((name, ""));
    let at = document.scorecards.get(card).and_then(|c| c.lines.iter().position(|l| l.line == line));
    format!("scorecards.{card}.lines[{}]", at.unwrap_or_default())
}

/// What depends on no track.
pub(super) fn check(document: &ProgramDocument, found: &mut Findings) {
    for (name, parameter) in document.parameters.iter().filter(|(_, p)| p.assumed) {
        let message =
            format!("{} is assumed: no published number stands behind {}", quoted(name), plain(parameter.value));
        found.add("assumed_parameter", format!("parameters.{name}"), message, "replace it when the number is known");
    }
    for (name, metric) in &document.metrics {
        for (part, window) in windows(&metric.measure) {
            let path = format!("metrics.{name}.measure.{part}");
            let late = matches!((window, document.effective.to), (Window::Since(day), Some(to)) if day > to);
            if is_empty_window(window) {
                found.add("empty_window", path, "no day lies in the window", "give it 1 or more");
            } else if late {
                let message = "the window begins after the version ends";
                found.add("empty_window", path, message, "let it begin earlier");
            }
        }
        let Measure::Points(points) = &metric.measure else { continue };
        let catch_all = points.rules.iter().position(|rule| rule.conditions.is_empty());
        let first = catch_all.map_or(points.rules.len(), |at| at + 1);
        for (at, rule) in points.rules.iter().enumerate() {
            let earlier = points.rules[..at].iter().position(|r| r.conditions == rule.conditions);
            if at >= first || earlier.is_some() {
                let by = earlier.or(catch_all).unwrap_or_default();
                let path = format!("metrics.{name}.measure.points.rules[{at}]");
                let message = format!("rule {} takes every row that this one is for", by + 1);
                found.add("rule_never_applies", path, message, "move it before that rule, or take it out");
            }
        }
    }
    for (name, card) in &document.scorecards {
        for (at, line) in card.lines.iter().enumerate() {
            if let LinePoints::Steps(steps) = &line.points {
                let gate_last =
                    steps.last().is_some_and(|s| s.points_each == super::super::document::Number::Plain(0.0));
                if gate_last {
                    let path = format!("scorecards.{name}.lines[{at}].points.steps[{}]", steps.len() - 1);
                    let message = "the last step gives no points and opens nothing behind it";
                    found.add("line_without_points", path, message, "take the step out, or give it points");
                }
            }
        }
    }
}

/// The windows of a measure with their places.
pub(super) fn windows(measure: &Measure) -> Vec<(String, Window)> {
    let one = |kind: &str, facts: &super::super::document::Facts| facts.window.map(|w| (format!("{kind}.window"), w));
    match measure {
        Measure::Count(f) => one("count", f).into_iter().collect(),
        Measure::CountDistinct(f) => one("count_distinct", f).into_iter().collect(),
        Measure::Sum(f) => one("sum", f).into_iter().collect(),
        Measure::Average(f) => one("average", f).into_iter().collect(),
        Measure::Latest(f) => one("latest", f).into_iter().collect(),
        Measure::Maximum(f) => one("maximum", f).into_iter().collect(),
        Measure::Points(p) => {
            let rules = p.rules.iter().enumerate();
            let of_rules = rules.filter_map(|(at, r)| r.window.map(|w| (format!("points.rules[{at}].window"), w)));
            one("points.rows", &p.rows).into_iter().chain(of_rules).collect()
        }
        Measure::Coverage(c) => {
            one("coverage.need.rows", &c.need.rows).into_iter().chain(one("coverage.have.rows", &c.have.rows)).collect()
        }
        _ => Vec::new(),
    }
}
