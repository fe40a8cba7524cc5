//! Tracks that fit one partner both, tracks that none comes to, partners that no track is for.

use super::super::document::TrackChoice;
use super::super::program::{Compiled, Node};
use super::Findings;
use super::logic::Logic;
use super::ranges::Range;
use super::sample::Sampler;
use crate::error::quoted;

pub(super) fn check(program: &Compiled, found: &mut Findings) {
    let Some(tracks) = &program.document.tracks else { return };
    let path = |at: usize| format!("tracks.list[{at}]");
    let name = |at: usize| quoted(&tracks.list[at].track);
    if tracks.choose == TrackChoice::Enrolled {
        for at in (0..tracks.list.len()).filter(|&at| tracks.list[at].when.is_some()) {
            let message = format!("partners are in {} by their enrolment; its \"when\" is not read", name(at));
            found.add("when_unused", format!("{}.when", path(at)), message, "take it out, or choose \"classified\"");
        }
        return;
    }
    let logic: Vec<Logic<'_>> = program.tracks.iter().map(|rules| Logic::new(program, rules)).collect();
    if tracks.choose == TrackChoice::Classified {
        for at in 0..tracks.list.len() {
            let when = program.tracks[at].when;
            let before = (0..at).find(|&earlier| covers(&logic, earlier, at));
            if let Some(earlier) = before {
                let message = format!("{} comes first for every partner that {} is for", name(earlier), name(at));
                found.add("track_never_reached", path(at), message, "move it before that track, or take it out");
                continue;
            }
            let Some(own) = when else { continue };
            for earlier in 0..at {
                let Some(other) = program.tracks[earlier].when else { continue };
                if let Some(example) = both(program, (earlier, other), (at, own)) {
                    let message = format!(
                        "with {example}, {} and {} are both for a partner; the first counts",
                        name(earlier),
                        name(at)
                    );
                    found.add("tracks_overlap", format!("{}.when", path(at)), message, "check that the order is meant");
                    break;
                }
            }
        }
    }
    if let Some(example) = without_track(program, &logic) {
        let message = format!("with {example}, a partner has no track, and so no tier");
        found.add("partner_without_track", "tracks.list", message, "add a track without \"when\" at the end");
    }
}

/// Whether an earlier track takes every partner that a later one is for.
fn covers(logic: &[Logic<'_>], earlier: usize, later: usize) -> bool {
    let (first, second) = (&logic[earlier], &logic[later]);
    let Some(when) = first.rules.when else { return true };
    if first.always(when) {
        return true;
    }
    let Some(own) = second.rules.when else { return false };
    if second.never(own) {
        return true;
    }
    match (&first.rules.nodes[when], &second.rules.nodes[own]) {
        (Node::Test(test), _) => {
            let asked = first.tested(test.column, Range::of_test(test));
            second.bounds(own).and_then(|b| b.get(&test.column)).is_some_and(|own| own.within(asked))
        }
        // Children are numbers of their own track; only what has none can be compared.
        (Node::Attribute { .. }, _) => first.rules.nodes[when] == second.rules.nodes[own],
        _ => false,
    }
}

/// A partner that two tracks are for.
fn both(program: &Compiled, a: (usize, usize), b: (usize, usize)) -> Option<String> {
    let (first, second) = (&program.tracks[a.0], &program.tracks[b.0]);
    let sampler = Sampler::new(program, &[(first, a.1), (second, b.1)]);
    let must = |p: &Vec<usize>| sampler.holds(second, p)[b.1];
    let wanted = |p: &Vec<usize>| must(p) && sampler.holds(first, p)[a.1];
    sampler.find(&must, &wanted).map(|p| sampler.shown(&p))
}

/// A partner that no track is for.
fn without_track(program: &Compiled, logic: &[Logic<'_>]) -> Option<String> {
    let whens: Option<Vec<usize>> = logic.iter().map(|l| l.rules.when).collect();
    let whens = whens?;
    let of: Vec<_> = program.tracks.iter().zip(&whens).map(|(rules, &when)| (rules, when)).collect();
    let sampler = Sampler::new(program, &of);
    let none = |p: &Vec<usize>| of.iter().all(|(rules, when)| !sampler.holds(rules, p)[*when]);
    sampler.find(&none, &none).map(|p| sampler.shown(&p))
}
