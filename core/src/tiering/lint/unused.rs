//! What a document names and no rule uses.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::document::{Criterion, LinePoints, Measure, ProgramDocument};
use super::super::program::Compiled;
use super::{Findings, below, roots};
use crate::error::quoted;

pub(super) fn check(program: &Compiled, found: &mut Findings) {
    let document = &program.document;
    let used = used_metrics(document);
    for name in document.metrics.keys().filter(|name| !used.contains(name.as_str())) {
        let message = format!("no rule uses {}", quoted(name));
        found.add("metric_unused", format!("metrics.{name}"), message, "use it in a rule, or take it out");
    }
    for name in document.scorecards.keys().filter(|name| !used.contains(name.as_str())) {
        let message = format!("no criterion asks for {}", quoted(name));
        found.add("scorecard_unused", format!("scorecards.{name}"), message, "use it in a criterion, or take it out");
    }
    for (at, help) in document.enablement.iter().enumerate().filter(|(_, h)| !used.contains(h.metric.as_str())) {
        let message = format!("{} raises {}, which no rule uses", quoted(&help.training), quoted(&help.metric));
        found.add("enablement_without_use", format!("enablement[{at}]"), message, "take it out");
    }
    // How a number is written does not depend on where: an object of one key.
    let value = serde_json::to_value(document).unwrap_or_default();
    let (mut parameters, mut currencies) = (BTreeSet::new(), BTreeSet::new());
    names(&value, &mut parameters, &mut currencies);
    for name in document.parameters.keys().filter(|name| !parameters.contains(name.as_str())) {
        let message = format!("no rule uses {}", quoted(name));
        found.add("parameter_unused", format!("parameters.{name}"), message, "use it in a rule, or take it out");
    }
    let only_plain = !document.metrics.values().any(|m| reads_facts(&m.measure));
    for currency in document.exchange_rates.keys().filter(|c| only_plain && !currencies.contains(c.as_str())) {
        let message = format!("no amount is in {currency}");
        found.add("exchange_rate_unused", format!("exchange_rates.{currency}"), message, "take it out");
    }
}

/// Whether a measure reads rows, whose amounts may be in any currency.
fn reads_facts(measure: &Measure) -> bool {
    !measure.is_derived() && *measure != Measure::Given
}

/// The parameters and currencies that numbers name.
fn names<'v>(value: &'v Value, parameters: &mut BTreeSet<&'v str>, currencies: &mut BTreeSet<&'v str>) {
    match value {
        Value::Array(list) => list.iter().for_each(|v| names(v, parameters, currencies)),
        Value::Object(fields) => {
            for (key, inner) in fields {
                match inner {
                    Value::String(name) if key == "parameter" => drop(parameters.insert(name)),
                    Value::String(name) if key == "currency" => drop(currencies.insert(name)),
                    _ => names(inner, parameters, currencies),
                }
            }
        }
        _ => {}
    }
}

/// The metrics and scorecards that rules use, and what those are made of.
pub(super) fn used_metrics(document: &ProgramDocument) -> BTreeSet<&str> {
    let mut open: Vec<&str> = Vec::new();
    let mut all = Vec::new();
    for (path, root) in roots(document) {
        below(&path, root, 1, &mut all);
    }
    for (_, criterion, _) in all {
        match criterion {
            Criterion::Threshold(t) => open.push(&t.metric),
            Criterion::Top(t) => open.push(&t.metric),
            Criterion::EveryLinePositive(name) | Criterion::Gate(name) => open.push(name),
            _ => {}
        }
    }
    let mut used = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !used.insert(name) {
            continue;
        }
        if let Some(card) = document.scorecards.get(name) {
            card.lines.iter().for_each(|line| open.extend(line_metrics(&line.points)));
        }
        match document.metrics.get(name).map(|m| &m.measure) {
            Some(Measure::Ratio(r)) => open.extend([r.of.as_str(), r.to.as_str()]),
            Some(Measure::Change(c)) => open.push(&c.of),
            Some(Measure::Ago(a)) => open.push(&a.of),
            Some(Measure::HighestOf(list) | Measure::LowestOf(list) | Measure::SumOf(list)) => {
                open.extend(list.iter().map(|input| input.metric.as_str()));
            }
            _ => {}
        }
    }
    used
}

fn line_metrics(points: &LinePoints) -> Vec<&str> {
    match points {
        LinePoints::Linear(a) | LinePoints::Full(a) => vec![&a.metric],
        LinePoints::BestOf(list) | LinePoints::SumOf(list) => list.iter().map(|a| a.metric.as_str()).collect(),
        LinePoints::Bands(bands) => vec![&bands.metric],
        LinePoints::Steps(steps) => steps.iter().map(|s| s.metric.as_str()).collect(),
    }
}
