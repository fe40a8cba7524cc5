//! How much a partner has to know to tell its tier.
//!
//! The index is the number of things that decide: criteria, metrics that rules use, lines of scorecards, distinct windows,
//! tracks beyond the first, and levels of nesting beyond the first. Each counts one; there are no weights to argue about. It
//! compares versions of a programme, or programmes, and says nothing by itself.

use super::super::document::Attainment;
use super::super::program::Compiled;
use super::Findings;
use super::criteria::size;
use super::numbers::windows;
use super::unused::used_metrics;

pub(super) fn check(program: &Compiled, found: &mut Findings) {
    let document = &program.document;
    let (leaves, depth) = size(program);
    let used = used_metrics(document);
    let metrics = document.metrics.keys().filter(|name| used.contains(name.as_str())).count();
    let lines: usize = document.scorecards.values().map(|card| card.lines.len()).sum();
    let mut distinct = Vec::new();
    let of_metrics = document.metrics.values().flat_map(|m| windows(&m.measure)).map(|(_, window)| window);
    let of_tiers = program
        .tiers
        .iter()
        .filter_map(|t| if let Attainment::AnyDay(window) = t.attainment { Some(window) } else { None });
    of_metrics.chain(of_tiers).for_each(|window| {
        if !distinct.contains(&window) {
            distinct.push(window);
        }
    });
    let (tracks, levels) = (program.tracks.len() - 1, depth.saturating_sub(1));
    let index = leaves + metrics + lines + distinct.len() + tracks + levels;
    let message = format!(
        "complexity {index}: {leaves} criteria, {metrics} metrics, {lines} scorecard lines, {} windows, {tracks} further tracks, \
         {levels} further levels of nesting",
        distinct.len()
    );
    found.add("complexity", "", message, "compare it with other versions and programmes");
}
