//! Lint: what is allowed in a programme and yet does not make sense, or is easily overlooked.
//!
//! A document that does not compile has one error; one that compiles may still have a tier that nobody can reach, a criterion
//! that cannot fail or two tracks that fit one partner. What is said here is proven: from the ranges that metrics can have
//! ([`ranges`]), from bounds that follow from a criterion ([`logic`]), or by a partner that is found and told ([`sample`]).
//! Nothing is said where neither works out.

mod complexity;
mod criteria;
mod logic;
mod monotone;
mod numbers;
mod policy;
mod ranges;
mod sample;
mod tracks;
mod unused;

use super::decisions::texts;
use super::document::{Criterion, ProgramDocument};
use super::natural::{natural, section};
use super::program::{Compiled, Program};
use crate::table::Table;

/// How grave a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// The programme does not do what it says.
    Error,
    /// It probably does not do what is meant.
    Warning,
    /// It is worth to be known.
    Note,
}

impl Severity {
    fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        }
    }
}

/// Every code that lint has, with its severity, in the order of the codes.
pub(crate) const CODES: &[(&str, Severity)] = &[
    ("asks_less_than_below", Severity::Warning),
    ("assumed_parameter", Severity::Note),
    ("band_falls", Severity::Warning),
    ("band_without_effect", Severity::Warning),
    ("bands_gap", Severity::Warning),
    ("bands_overlap", Severity::Warning),
    ("below_not_asked", Severity::Note),
    ("benefit_of_no_tier", Severity::Note),
    ("benefit_outside_effective", Severity::Warning),
    ("cannot_fail", Severity::Warning),
    ("complexity", Severity::Note),
    ("deadline_before_window", Severity::Note),
    ("deadline_out_of_order", Severity::Warning),
    ("deadline_too_short", Severity::Error),
    ("deadline_without_effect", Severity::Note),
    ("demotion_never", Severity::Warning),
    ("duplicate_criterion", Severity::Warning),
    ("easier_than_below", Severity::Error),
    ("empty_window", Severity::Error),
    ("enablement_without_use", Severity::Note),
    ("exception_beyond_effective", Severity::Note),
    ("exception_outside_effective", Severity::Warning),
    ("exceptions_overlap", Severity::Warning),
    ("exchange_rate_unused", Severity::Note),
    ("fractional_threshold", Severity::Warning),
    ("grace_longer_than_review", Severity::Warning),
    ("grace_without_effect", Severity::Warning),
    ("held_needs_itself", Severity::Error),
    ("higher_tier_has_less", Severity::Warning),
    ("line_without_points", Severity::Warning),
    ("maintenance_harder", Severity::Warning),
    ("maintenance_without_effect", Severity::Note),
    ("maximum_not_reachable", Severity::Warning),
    ("metric_unused", Severity::Warning),
    ("more_may_change_the_track", Severity::Note),
    ("more_may_lower_the_tier", Severity::Note),
    ("never_met", Severity::Warning),
    ("parameter_unused", Severity::Warning),
    ("partner_without_track", Severity::Warning),
    ("promotion_never", Severity::Warning),
    ("redundant_criterion", Severity::Warning),
    ("rule_never_applies", Severity::Warning),
    ("same_as_below", Severity::Error),
    ("scorecard_unused", Severity::Warning),
    ("tier_given_by_hand", Severity::Note),
    ("track_never_reached", Severity::Error),
    ("tracks_overlap", Severity::Note),
    ("transition_without_effect", Severity::Warning),
    ("unreachable_tier", Severity::Error),
    ("when_unused", Severity::Warning),
];

/// What lint has to say.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) code: &'static str,
    pub(crate) path: String,
    pub(crate) message: String,
    pub(crate) suggestion: String,
    /// The tracks in which it was found; empty: it has nothing to do with tracks.
    tracks: Vec<usize>,
}

/// Findings under way.
#[derive(Debug, Default)]
pub(super) struct Findings {
    list: Vec<Finding>,
    track: Option<usize>,
}

impl Findings {
    /// What is found from here on is found in a track.
    pub(super) fn in_track(&mut self, track: Option<usize>) {
        self.track = track;
    }

    /// Adds a finding; the same one of another track only adds the track.
    pub(super) fn add(
        &mut self,
        code: &'static str,
        path: impl Into<String>,
        message: impl Into<String>,
        suggestion: impl Into<String>,
    ) {
        let path = path.into();
        if let Some(known) = self.list.iter_mut().find(|f| f.code == code && f.path == path) {
            known.tracks.extend(self.track.filter(|t| !known.tracks.contains(t)));
            return;
        }
        let severity =
            CODES.binary_search_by(|(known, _)| (*known).cmp(code)).map_or(Severity::Warning, |at| CODES[at].1);
        let (message, suggestion) = (message.into(), suggestion.into());
        let tracks = self.track.into_iter().collect();
        self.list.push(Finding { severity, code, path, message, suggestion, tracks });
    }

    /// The findings in order, each with the tracks that it is about.
    fn finish(mut self, program: &Compiled) -> Vec<Finding> {
        for finding in &mut self.list {
            let some = !finding.tracks.is_empty() && finding.tracks.len() < program.track_names.len();
            if some {
                let names: Vec<&str> =
                    finding.tracks.iter().filter_map(|&t| program.track_names[t].as_deref()).collect();
                finding.message += &format!(" (in track {})", names.join(", "));
            }
        }
        let key = |f: &Finding| (f.severity, section(&f.path), natural(&f.path), f.code);
        self.list.sort_by_key(key);
        self.list
    }
}

/// Everything that lint finds.
pub(crate) fn findings(program: &Compiled) -> Vec<Finding> {
    let mut found = Findings::default();
    for (track, rules) in program.tracks.iter().enumerate() {
        found.in_track(program.track_names[track].is_some().then_some(track));
        let mut logic = logic::Logic::new(program, rules);
        criteria::check(program, &mut logic, &mut found);
        monotone::check(program, rules, &mut found);
        numbers::check_track(program, &logic, &mut found);
    }
    found.in_track(None);
    criteria::given_by_hand(program, &mut found);
    tracks::check(program, &mut found);
    unused::check(program, &mut found);
    numbers::check(&program.document, &mut found);
    policy::check(program, &mut found);
    complexity::check(program, &mut found);
    found.finish(program)
}

impl Program {
    /// What is allowed in the document and yet does not make sense, or is easily overlooked, one row for each finding:
    /// severity (error, warning, note), code, path, message, suggestion; the gravest first, then in the order of the document.
    ///
    /// ```
    /// use cosell::tiering::Program;
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"deals": {"measure": "given", "unit": "count"}},
    ///     "qualification": {"gold": {"all": [
    ///         {"threshold": {"metric": "deals", "at_least": 5}}, {"threshold": {"metric": "deals", "at_most": 4}}
    ///     ]}}
    /// }"#)?;
    /// assert_eq!(program.lint().text(0, "code"), "unreachable_tier");
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn lint(&self) -> Table {
        let findings = findings(self.compiled());
        let text = |name: &str, of: fn(&Finding) -> &str| texts(name, findings.iter().map(|f| Some(of(f))));
        Table::new(vec![
            text("severity", |f| f.severity.as_str()),
            text("code", |f| f.code),
            text("path", |f| &f.path),
            text("message", |f| &f.message),
            text("suggestion", |f| &f.suggestion),
        ])
    }
}

impl Program {
    /// Whether more of a good metric can never lower the tier that a partner qualifies for, nor less of one of which less is
    /// better: lint has then no note `more_may_lower_the_tier` and none `more_may_change_the_track`.
    pub fn is_monotone(&self) -> bool {
        monotone::is_monotone(self.compiled())
    }
}

/// Every criterion of a document with its path: of tiers, of tracks, of maintenance.
pub(super) fn roots(document: &ProgramDocument) -> Vec<(String, &Criterion)> {
    use super::document::Maintenance;
    let mut roots: Vec<(String, &Criterion)> =
        document.qualification.iter().map(|(tier, c)| (format!("qualification.{tier}"), c)).collect();
    for (tier, maintenance) in &document.maintenance {
        if let Maintenance::Criterion(criterion) = maintenance {
            roots.push((format!("maintenance.{tier}.criterion"), criterion));
        }
    }
    for (at, track) in document.tracks.iter().flat_map(|t| t.list.iter().enumerate()) {
        roots.extend(track.when.as_ref().map(|c| (format!("tracks.list[{at}].when"), c)));
        roots
            .extend(track.qualification.iter().map(|(tier, c)| (format!("tracks.list[{at}].qualification.{tier}"), c)));
    }
    roots
}

/// Every criterion below one, itself first, with its path and depth.
pub(super) fn below<'d>(
    path: &str,
    criterion: &'d Criterion,
    depth: usize,
    all: &mut Vec<(String, &'d Criterion, usize)>,
) {
    all.push((path.to_owned(), criterion, depth));
    let mut list = |kind: &str, children: &'d [Criterion]| {
        for (at, child) in children.iter().enumerate() {
            below(&format!("{path}.{kind}[{at}]"), child, depth + 1, all);
        }
    };
    match criterion {
        Criterion::All(children) => list("all", children),
        Criterion::Any(children) => list("any", children),
        Criterion::NOf(some) => list("n_of.of", &some.of),
        Criterion::Not(child) => below(&format!("{path}.not"), child, depth + 1, all),
        _ => {}
    }
}
