//! From a document to a [`Compiled`] programme: names to numbers, with every fault at its path.

mod columns;
pub(super) mod criteria;
mod numbers;

use std::collections::BTreeMap;

use self::columns::Columns;
use self::criteria::Criteria;
pub(crate) use self::numbers::Numbers;
use super::document::{
    Attainment, Criterion, Maintenance, ProgramDocument, ReviewPolicy, Schedule, Tier, Track, Window,
};
use super::frame;
use super::program::{Compiled, MAX_TIERS, MAX_TRACKS, TierRule, TrackRules};
use crate::calendar::Date;
use crate::document::out_of_range;
use crate::error::{Code, Error, Result, did_you_mean, one_of, quoted, suggest};
use crate::money::Currency;

/// A name that is not known, with what is.
pub(crate) fn unknown_name<'a>(
    path: &str,
    what: &str,
    got: &str,
    known: impl Iterator<Item = &'a str> + Clone,
) -> Error {
    let (expected, hint) = (one_of(known.clone()), did_you_mean(got, known.clone()));
    let error = Error::new(
        Code::UnknownName,
        path,
        format!("unknown {what} {} at {path}; expected {expected}{hint}", quoted(got)),
    )
    .with("got", got);
    match suggest(got, known) {
        Some(meant) => error.with("suggestion", meant),
        None => error,
    }
}

/// A fault of the document's own sense.
pub(crate) fn fault(path: impl Into<String>, message: impl Into<String>) -> Error {
    Error::new(Code::InvalidOption, path, message)
}

/// Compiles a document.
pub(super) fn compile(document: ProgramDocument) -> Result<Compiled> {
    for (path, text) in [("program", &document.program), ("version", &document.version)] {
        if text.trim().is_empty() {
            return Err(fault(path, format!("{path} is empty; expected a name")));
        }
    }
    let currency = document.currency.as_deref().map(Currency::parse).transpose().map_err(|e| e.within("currency"))?;
    let tiers = tiers(&document)?;
    let names = track_names(&document)?;
    check_dates(&document)?;
    check_names(&document, &tiers, &names)?;
    let columns = Columns::of(&document)?;
    let mut attributes = Vec::new();
    let mut tracks = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let numbers = Numbers::new(&document, currency, name.as_deref(), &names, &tiers);
        let track = document.tracks.as_ref().and_then(|t| t.list.get(at));
        tracks.push(rules(&document, track, at, &tiers, &columns, &numbers, &mut attributes)?);
    }
    let (given, needed) = (BTreeMap::new(), Vec::new());
    let columns = columns.rules;
    let mut program =
        Compiled { currency, tiers, tracks, track_names: names, columns, attributes, document, given, needed };
    // What a request would otherwise find out again each time.
    program.needed = frame::needed(&program, &|_| false);
    for column in 0..program.columns.len() {
        let name = frame::given_name(&program, column);
        if program.given.contains_key(&name) {
            let message = format!(
                "{} is also what a metric of some months ago is called where it is handed in; give the metric another name",
                quoted(&name)
            );
            return Err(fault(format!("metrics.{name}"), message));
        }
        program.given.insert(name, column);
    }
    Ok(program)
}

/// The tiers in order of their ranks.
fn tiers(document: &ProgramDocument) -> Result<Vec<TierRule>> {
    let listed = &document.tiers;
    if listed.is_empty() || listed.len() > MAX_TIERS {
        return Err(out_of_range("tiers", listed.len(), &format!("1 to {MAX_TIERS} tiers")));
    }
    let mut order: Vec<usize> = (0..listed.len()).collect();
    order.sort_by_key(|&at| listed[at].rank);
    for pair in order.windows(2) {
        let (a, b) = (&listed[pair[0]], &listed[pair[1]]);
        if a.rank == b.rank {
            let message = format!(
                "tiers {} and {} both have rank {}; give each tier a rank of its own, higher is better",
                quoted(&a.tier),
                quoted(&b.tier),
                a.rank
            );
            return Err(fault(format!("tiers[{}].rank", pair[1]), message));
        }
    }
    for (at, tier) in listed.iter().enumerate() {
        let path = format!("tiers[{at}].tier");
        if tier.tier.trim().is_empty() {
            return Err(fault(path, "the tier has no id"));
        }
        if listed[..at].iter().any(|t| t.tier == tier.tier) {
            return Err(fault(path, format!("two tiers are called {}", quoted(&tier.tier))));
        }
    }
    let rule = |tier: &Tier| TierRule {
        tier: tier.tier.clone(),
        attainment: tier.attainment.unwrap_or(document.attainment),
        review: tier.review.as_ref().unwrap_or(&document.review).clone(),
        own_review: tier.review.is_some(),
    };
    Ok(order.iter().map(|&at| rule(&listed[at])).collect())
}

/// The tracks' names; one without a name where the programme has no tracks.
fn track_names(document: &ProgramDocument) -> Result<Vec<Option<String>>> {
    let Some(tracks) = &document.tracks else { return Ok(vec![None]) };
    if tracks.list.is_empty() || tracks.list.len() > MAX_TRACKS {
        return Err(out_of_range("tracks.list", tracks.list.len(), &format!("1 to {MAX_TRACKS} tracks")));
    }
    for (at, track) in tracks.list.iter().enumerate() {
        let path = format!("tracks.list[{at}].track");
        if track.track.trim().is_empty() || track.track == "otherwise" {
            return Err(fault(path, "a track needs an id other than \"otherwise\""));
        }
        if tracks.list[..at].iter().any(|t| t.track == track.track) {
            return Err(fault(path, format!("two tracks are called {}", quoted(&track.track))));
        }
    }
    Ok(tracks.list.iter().map(|t| Some(t.track.clone())).collect())
}

/// Periods that end before they begin, days of the year that do not exist.
fn check_dates(document: &ProgramDocument) -> Result<()> {
    let period = |path: String, from: Option<Date>, to: Option<Date>| match (from, to) {
        (Some(from), Some(to)) if to < from => Err(fault(path, format!("ends on {to}, before it begins on {from}"))),
        _ => Ok(()),
    };
    period("effective".into(), document.effective.from, document.effective.to)?;
    for (name, benefit) in &document.benefits {
        period(format!("benefits.{name}.effective"), benefit.effective.from, benefit.effective.to)?;
    }
    for (at, exception) in document.exceptions.iter().enumerate() {
        period(format!("exceptions[{at}]"), exception.from, Some(exception.expires))?;
    }
    check_days("review", &document.review)?;
    check_attainment("attainment", document.attainment)?;
    for (at, tier) in document.tiers.iter().enumerate() {
        tier.attainment.map_or(Ok(()), |a| check_attainment(&format!("tiers[{at}].attainment"), a))?;
        tier.review.as_ref().map_or(Ok(()), |review| check_days(&format!("tiers[{at}].review"), review))?;
    }
    Ok(())
}

/// A fiscal year begins in a month that there is.
fn check_attainment(path: &str, attainment: Attainment) -> Result<()> {
    let (name, month) = match attainment {
        Attainment::AnyDay(Window::FiscalYear(month)) => ("fiscal_year", month),
        Attainment::AnyDay(Window::FiscalQuarter(month)) => ("fiscal_quarter", month),
        _ => return Ok(()),
    };
    if (1..=12).contains(&month) {
        return Ok(());
    }
    Err(out_of_range(&format!("{path}.any_day.{name}"), month, "the number of a month, 1 to 12"))
}

/// The days of the year on which partners move.
fn check_days(path: &str, review: &ReviewPolicy) -> Result<()> {
    for (direction, movement) in [("promotion", &review.promotion), ("demotion", &review.demotion)] {
        let Schedule::EveryYear(days) = &movement.when else { continue };
        for (at, day) in days.iter().enumerate() {
            // A leap year has every day that any year has.
            if Date::parse(&format!("2024-{day}")).is_err() {
                let path = format!("{path}.{direction}.when.every_year[{at}]");
                return Err(fault(path, format!("{} is not a month and day such as \"03-01\"", quoted(day))));
            }
        }
    }
    Ok(())
}

/// Names of tiers, tracks and metrics outside of criteria.
fn check_names(document: &ProgramDocument, tiers: &[TierRule], tracks: &[Option<String>]) -> Result<()> {
    let known = || tiers.iter().map(|t| t.tier.as_str());
    let tier = |path: String, name: &str| {
        if known().any(|t| t == name) { Ok(()) } else { Err(unknown_name(&path, "tier", name, known())) }
    };
    for name in document.qualification.keys() {
        tier(format!("qualification.{name}"), name)?;
    }
    for name in document.maintenance.keys() {
        tier(format!("maintenance.{name}"), name)?;
    }
    for (at, deadline) in document.deadlines.iter().enumerate() {
        tier(format!("deadlines[{at}].tier"), &deadline.tier)?;
    }
    for (at, exception) in document.exceptions.iter().enumerate() {
        tier(format!("exceptions[{at}].tier"), &exception.tier)?;
    }
    for (at, transition) in document.transitions.iter().enumerate() {
        for (from, to) in &transition.tiers {
            tier(format!("transitions[{at}].tiers.{from}"), to)?;
        }
        if document.transitions[..at].iter().any(|t| t.from_version == transition.from_version) {
            let message = format!("two transitions come from version {}", quoted(&transition.from_version));
            return Err(fault(format!("transitions[{at}].from_version"), message));
        }
    }
    for (name, benefit) in &document.benefits {
        for granted in benefit.tiers.keys().chain(benefit.worth.keys()) {
            tier(format!("benefits.{name}.tiers.{granted}"), granted)?;
        }
        for (at, track) in benefit.tracks.iter().enumerate() {
            let known = || tracks.iter().flatten().map(String::as_str);
            if !known().any(|t| t == track) {
                return Err(unknown_name(&format!("benefits.{name}.tracks[{at}]"), "track", track, known()));
            }
        }
    }
    for (at, help) in document.enablement.iter().enumerate() {
        let known = || document.metrics.keys().map(String::as_str);
        if !known().any(|m| m == help.metric) {
            return Err(unknown_name(&format!("enablement[{at}].metric"), "metric", &help.metric, known()));
        }
    }
    let track_tiers = document.tracks.iter().flat_map(|t| t.list.iter().enumerate());
    for (at, track) in track_tiers {
        for name in track.qualification.keys() {
            tier(format!("tracks.list[{at}].qualification.{name}"), name)?;
        }
    }
    Ok(())
}

/// The rules of one track.
fn rules(
    document: &ProgramDocument,
    track: Option<&Track>,
    number: usize,
    tiers: &[TierRule],
    columns: &Columns,
    numbers: &Numbers<'_>,
    attributes: &mut Vec<String>,
) -> Result<TrackRules> {
    let formulas = columns.formulas(document, numbers)?;
    let none = BTreeMap::new();
    let own = track.map_or(&none, |t| &t.qualification);
    let criterion_of = |tier: usize| -> Option<(String, &Criterion)> {
        let name = &tiers[tier].tier;
        let of_track = own.get(name).map(|c| (format!("tracks.list[{number}].qualification.{name}"), c));
        of_track.or_else(|| document.qualification.get(name).map(|c| (format!("qualification.{name}"), c)))
    };
    let mut criteria = Criteria::new(document, columns, numbers, tiers, attributes, &criterion_of);
    let mut qualification = Vec::new();
    for tier in 0..tiers.len() {
        qualification.push(criteria.tier(tier, None, "")?);
    }
    let mut maintenance = Vec::new();
    for (tier, rule) in tiers.iter().enumerate() {
        let path = format!("maintenance.{}", rule.tier);
        maintenance.push(match document.maintenance.get(&rule.tier) {
            None => qualification[tier],
            Some(Maintenance::Criterion(criterion)) => {
                Some(criteria.node(criterion, &format!("{path}.criterion"), None)?)
            }
            Some(Maintenance::Margin(margin)) if *margin > 0.0 && *margin <= 1.0 => {
                criteria.tier(tier, Some(*margin), "")?
            }
            Some(Maintenance::Margin(margin)) => {
                return Err(out_of_range(&format!("{path}.margin"), margin, "a factor above 0 and up to 1"));
            }
        });
    }
    let when = track.and_then(|t| t.when.as_ref());
    let when = when.map(|c| criteria.node(c, &format!("tracks.list[{number}].when"), None)).transpose()?;
    let (nodes, paths) = criteria.finish();
    let mut rules = TrackRules {
        track: track.map(|t| t.track.clone()),
        formulas,
        nodes,
        paths,
        qualification,
        maintenance,
        when,
        score: None,
    };
    rules.score = columns.score(&rules);
    Ok(rules)
}
