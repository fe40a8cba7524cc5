//! The standing of one partner: from what its metrics meet today and what was decided before, to the tier it holds.
//!
//! *Qualified* is the highest tier whose criteria are met today; *earned* is the highest one met on the days that the
//! programme asks for; *standing* is what the rules of promotion and demotion make of it; *effective* is the standing after
//! exceptions. Decisions are a fold: what a later decision needs to know stands in the earlier ones, so that a year of
//! reviews can be replayed.

use super::base::Enrolment;
use super::document::{
    Anniversary, Attainment, DeadlineOutcome, Exception, ExceptionKind, GraceFrom, Movement, Schedule, Steps,
};
use super::evaluate::highest;
use super::program::{Compiled, MAX_TIERS};
use super::schedule::first_day;
use super::window::contains;
use crate::calendar::{Date, MAX_DATE};
use crate::facts::Id;

/// What the metrics of a partner say on a day.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Today {
    pub(crate) track: Option<usize>,
    /// One bit for each tier that it qualifies for.
    pub(crate) qualifies: u32,
    /// One bit for each tier that it would keep.
    pub(crate) keeps: u32,
}

/// What an earlier decision said; tiers and tracks are numbers of this programme.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Past {
    pub(crate) as_of: Date,
    pub(crate) track: Option<usize>,
    pub(crate) track_since: Option<Date>,
    pub(crate) qualified: Option<usize>,
    pub(crate) standing: Option<usize>,
    pub(crate) standing_since: Option<Date>,
    pub(crate) effective: Option<usize>,
    /// Since when the partner falls short of its standing.
    pub(crate) short_since: Option<Date>,
    pub(crate) grace_until: Option<Date>,
    /// The tier that waits for a person.
    pub(crate) pending: Option<usize>,
    pub(crate) pending_demotion: bool,
    pub(crate) kept_tier: Option<usize>,
    pub(crate) kept_until: Option<Date>,
    pub(crate) enrolled_on: Option<Date>,
    /// It was made by another version, from which there is a transition.
    pub(crate) transition: Option<usize>,
}

/// What to do about a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Recommendation {
    /// It moves up, or comes in.
    Promote,
    /// Nothing changes.
    #[default]
    Hold,
    /// It falls short, but nothing happens yet.
    Watch,
    /// It moves down, or leaves.
    Demote,
    /// A person has to confirm a move.
    PendingConfirmation,
}

impl Recommendation {
    /// Each of them, in the order of their numbers.
    pub(crate) const ALL: [Self; 5] = [Self::Promote, Self::Hold, Self::Watch, Self::Demote, Self::PendingConfirmation];

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Promote => "promote",
            Self::Hold => "hold",
            Self::Watch => "watch",
            Self::Demote => "demote",
            Self::PendingConfirmation => "pending_confirmation",
        }
    }
}

/// Why a decision is as it is: a code with what it speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reason {
    pub(crate) code: &'static str,
    pub(crate) tier: Option<usize>,
    pub(crate) on: Option<Date>,
}

/// A decision about one partner on one day.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Decision {
    pub(crate) track: Option<usize>,
    pub(crate) track_since: Option<Date>,
    pub(crate) qualified: Option<usize>,
    pub(crate) earned: Option<usize>,
    /// What the partner held before.
    pub(crate) previous: Option<usize>,
    pub(crate) standing: Option<usize>,
    pub(crate) standing_since: Option<Date>,
    pub(crate) effective: Option<usize>,
    pub(crate) recommendation: Recommendation,
    pub(crate) reasons: Vec<Reason>,
    pub(crate) short_since: Option<Date>,
    pub(crate) grace_until: Option<Date>,
    pub(crate) pending: Option<usize>,
    pub(crate) pending_demotion: bool,
    pub(crate) kept_tier: Option<usize>,
    pub(crate) kept_until: Option<Date>,
    pub(crate) enrolled_on: Option<Date>,
}

impl Past {
    /// What a later decision of the same programme needs to know of this one.
    pub(crate) fn of(decision: &Decision, as_of: Date) -> Self {
        let d = decision;
        Self {
            as_of,
            track: d.track,
            track_since: d.track_since,
            qualified: d.qualified,
            standing: d.standing,
            standing_since: d.standing_since,
            effective: d.effective,
            short_since: d.short_since,
            grace_until: d.grace_until,
            pending: d.pending,
            pending_demotion: d.pending_demotion,
            kept_tier: d.kept_tier,
            kept_until: d.kept_until,
            enrolled_on: d.enrolled_on,
            transition: None,
        }
    }
}

/// The track that a partner stays in on a day, if it stays in one.
pub(crate) fn fixed_track(program: &Compiled, as_of: Date, past: &[Past], enrolment: &Enrolment) -> Option<usize> {
    let months = program.document.tracks.as_ref()?.sticky_months?;
    let from_past = past.last().map(|p| (p.track, p.track_since));
    let (track, since) = from_past.unwrap_or((enrolment.track, enrolment.enrolled_on));
    let until = since?.add_months(i32::try_from(months).unwrap_or(i32::MAX));
    track.filter(|_| as_of < until)
}

/// For how many full months without a break each tier, or a higher one, has been held on a day.
pub(crate) fn held_months(program: &Compiled, as_of: Date, past: &[Past]) -> Vec<u32> {
    let months_between = |from: Date| {
        let (a, b) = (from.ymd(), as_of.ymd());
        let months = (b.0 - a.0) * 12 + i32::from(b.1) - i32::from(a.1);
        let months = if from.add_months(months) > as_of { months - 1 } else { months };
        u32::try_from(months).unwrap_or(0)
    };
    let held = |tier: usize| {
        let run = past.iter().rev().take_while(|p| p.effective >= Some(tier));
        run.last().map_or(0, |p| months_between(p.as_of))
    };
    (0..program.tiers.len()).map(held).collect()
}

/// Decides about a partner. `past` are its earlier decisions, the latest last.
pub(crate) fn decide(
    program: &Compiled,
    partner: &Id,
    as_of: Date,
    today: &Today,
    past: &[Past],
    enrolment: &Enrolment,
) -> Decision {
    let last = past.last();
    let qualified = highest(today.qualifies);
    let (current, since, mut reasons) = current(program, last, enrolment);
    let enrolled_on = last.and_then(|p| p.enrolled_on).or(enrolment.enrolled_on);
    let track_since = match last {
        Some(p) if p.track == today.track => p.track_since.or(Some(p.as_of)),
        _ => today.track.map(|_| as_of),
    };
    let mut decision = Decision {
        track: today.track,
        track_since,
        qualified,
        earned: earned(program, as_of, today, past),
        previous: current,
        standing: current,
        standing_since: since,
        effective: None,
        recommendation: Recommendation::Hold,
        reasons: Vec::new(),
        short_since: None,
        grace_until: None,
        pending: None,
        pending_demotion: false,
        kept_tier: last.and_then(|p| p.kept_tier),
        kept_until: last.and_then(|p| p.kept_until),
        enrolled_on,
    };
    take_over(program, last, current, &mut decision);
    if decision.kept_until.is_some_and(|until| until < as_of) {
        (decision.kept_tier, decision.kept_until) = (None, None);
    }
    if today.track.is_none() {
        reasons.push(reason("no_track"));
    }
    let own = |which: Anniversary| match which {
        Anniversary::Enrolled => enrolled_on,
        Anniversary::Tier => since,
    };
    // The days since the last decision; the first decision stands for its own day.
    let from = last.map_or(as_of, |p| p.as_of.add_days(1));
    let deserved = deserved(&decision, current, today);
    if decision.earned > current {
        promote(program, as_of, from, current, last, &mut decision, &mut reasons, own);
    } else if deserved < current {
        fall_short(program, as_of, from, current, deserved, last, &mut decision, &mut reasons, own);
    } else if current.is_some() {
        let code = if decision.earned >= current { "criteria_met" } else { "maintenance_met" };
        reasons.push(Reason { code, tier: current, on: None });
    } else {
        reasons.push(reason("no_tier_earned"));
    }
    if decision.standing != current {
        decision.standing_since = decision.standing.map(|_| as_of);
    }
    deadlines(program, as_of, past, &mut decision, &mut reasons);
    decision.effective = decision.standing;
    exceptions(program, partner, as_of, &mut decision, &mut reasons);
    decision.reasons = reasons;
    decision
}

fn reason(code: &'static str) -> Reason {
    Reason { code, tier: None, on: None }
}

/// What the partner holds before the decision, and since when.
fn current(
    program: &Compiled,
    last: Option<&Past>,
    enrolment: &Enrolment,
) -> (Option<usize>, Option<Date>, Vec<Reason>) {
    let Some(last) = last else {
        return (enrolment.tier, enrolment.tier_since.filter(|_| enrolment.tier.is_some()), Vec::new());
    };
    // A record that is younger than the last decision was made by a person: it confirms, or corrects.
    let recorded = enrolment.tier_since.filter(|since| *since > last.as_of && enrolment.tier.is_some());
    if let Some(since) = recorded
        && enrolment.tier != last.standing
    {
        let confirmed = last.pending == enrolment.tier;
        let code = if confirmed { "confirmed" } else { "changed_by_record" };
        return (enrolment.tier, Some(since), vec![Reason { code, tier: enrolment.tier, on: Some(since) }]);
    }
    let mut reasons = Vec::new();
    if let Some(at) = last.transition {
        let transition = &program.document.transitions[at];
        reasons.push(Reason { code: "transition", tier: last.standing, on: transition.keep_until });
    }
    (last.standing, last.standing_since, reasons)
}

/// Takes over what a transition lets the partner keep.
fn take_over(program: &Compiled, last: Option<&Past>, current: Option<usize>, decision: &mut Decision) {
    let Some(at) = last.and_then(|p| p.transition) else { return };
    let keep_until = program.document.transitions[at].keep_until;
    if keep_until.is_some() {
        (decision.kept_tier, decision.kept_until) = (current, keep_until);
    }
}

/// The highest tier that was met on the days that the programme asks for.
fn earned(program: &Compiled, as_of: Date, today: &Today, past: &[Past]) -> Option<usize> {
    let met = |tier: usize| {
        let now = today.qualifies >> tier & 1 == 1;
        // Of an earlier day only the highest tier is known; it stands for those below it.
        let then = |p: &Past| p.qualified >= Some(tier);
        match program.tiers[tier].attainment {
            Attainment::AtReview => now,
            Attainment::AnyDay(window) => now || past.iter().any(|p| then(p) && contains(window, p.as_of, as_of)),
            Attainment::Sustained(sustained) => {
                let first = as_of.add_days(-i32::try_from(sustained.days).unwrap_or(i32::MAX));
                let before = past.iter().rposition(|p| p.as_of <= first);
                now && before.is_some_and(|at| past[at..].iter().all(then))
            }
        }
    };
    (0..program.tiers.len()).rev().find(|&tier| met(tier))
}

/// The highest tier, up to the current one, that is earned or would be kept.
fn deserved(decision: &Decision, current: Option<usize>, today: &Today) -> Option<usize> {
    let below = current.map_or(0, |tier| u32::MAX >> (31 - tier));
    let kept = highest(today.keeps & below);
    decision.earned.min(current).max(kept)
}

/// How many tiers a move covers at most; a programme has no more than this.
fn steps(movement: &Movement) -> i64 {
    match movement.steps {
        Steps::ToEarned => MAX_TIERS as i64,
        Steps::One => 1,
        Steps::AtMost(steps) => i64::from(steps.max(1)),
    }
}

#[allow(clippy::too_many_arguments)]
fn promote(
    program: &Compiled,
    as_of: Date,
    from: Date,
    current: Option<usize>,
    last: Option<&Past>,
    decision: &mut Decision,
    reasons: &mut Vec<Reason>,
    own: impl Fn(Anniversary) -> Option<Date>,
) {
    let Some(earned) = decision.earned else { return };
    let place = current.map_or(-1, |tier| tier as i64);
    let movement = |tier: usize| &program.tiers[tier].review.promotion;
    // The tiers within reach, the highest first.
    let above = current.map_or(0, |tier| tier + 1)..=earned;
    let within = above.rev().filter(|&tier| tier as i64 <= place + steps(movement(tier)));
    let Some(top) = within.clone().next() else { return };
    if top < earned {
        reasons.push(Reason { code: "one_step_at_a_time", tier: Some(earned), on: None });
    }
    // Whoever has no tier yet comes in on any day, but for a tier that has days of its own.
    let enters = |tier: usize| current.is_none() && !program.tiers[tier].own_review;
    // What waits for a person goes on waiting.
    let waits = |tier: usize| last.is_some_and(|p| p.pending == Some(tier) && !p.pending_demotion);
    let due =
        |&tier: &usize| enters(tier) || waits(tier) || first_day(&movement(tier).when, from, as_of, &own).is_some();
    let target = within.clone().find(due);
    if target < Some(top) {
        let next = next_day(&movement(top).when, as_of, &own);
        decision.recommendation = Recommendation::Hold;
        reasons.push(Reason { code: "promotion_on", tier: Some(top), on: next });
    }
    let Some(target) = target else { return };
    if movement(target).confirm {
        decision.recommendation = Recommendation::PendingConfirmation;
        decision.pending = Some(target);
        let since = last.filter(|p| p.pending == Some(target) && !p.pending_demotion).map_or(as_of, |p| p.as_of);
        reasons.push(Reason { code: "promotion_to_confirm", tier: Some(target), on: Some(since) });
        return;
    }
    decision.standing = Some(target);
    decision.recommendation = Recommendation::Promote;
    let code = if current.is_none() { "entered" } else { "earned" };
    reasons.push(Reason { code, tier: Some(target), on: None });
}

#[allow(clippy::too_many_arguments)]
fn fall_short(
    program: &Compiled,
    as_of: Date,
    from: Date,
    current: Option<usize>,
    deserved: Option<usize>,
    last: Option<&Past>,
    decision: &mut Decision,
    reasons: &mut Vec<Reason>,
    own: impl Fn(Anniversary) -> Option<Date>,
) {
    // Only who holds a tier falls short of one.
    let Some(held) = current else { return };
    let movement = &program.tiers[held].review.demotion;
    let short_since = last.and_then(|p| p.short_since).unwrap_or(as_of);
    decision.short_since = Some(short_since);
    reasons.push(Reason { code: "falls_short", tier: current, on: Some(short_since) });
    let begins = match movement.grace_from {
        GraceFrom::Shortfall => Some(short_since),
        // The first day since then on which it would move.
        GraceFrom::Move => {
            let since = last.and_then(|p| p.short_since).unwrap_or(from);
            first_day(&movement.when, since, as_of, &own)
        }
    };
    let days = i32::try_from(movement.grace_days).unwrap_or(i32::MAX);
    let grace = begins.filter(|_| days > 0).map(|begins| begins.add_days(days).min(MAX_DATE));
    // A promise that was made is kept, also where the programme has become stricter.
    let grace_until = last.and_then(|p| p.grace_until).max(grace);
    decision.grace_until = grace_until;
    decision.recommendation = Recommendation::Watch;
    if decision.kept_tier.is_some() && decision.kept_tier >= current {
        reasons.push(Reason { code: "kept_from_other_version", tier: decision.kept_tier, on: decision.kept_until });
        return;
    }
    if let Some(until) = grace_until.filter(|until| as_of <= *until) {
        reasons.push(Reason { code: "grace", tier: current, on: Some(until) });
        return;
    }
    let moves = match movement.grace_from {
        // Days within the grace period move nobody.
        GraceFrom::Shortfall => {
            let first = grace_until.map_or(from, |until| from.max(until.add_days(1)));
            first_day(&movement.when, first, as_of, &own).is_some()
        }
        GraceFrom::Move => begins.is_some(),
    };
    // What waits for a person goes on waiting.
    if !moves && !last.is_some_and(|p| p.pending_demotion) {
        let next = next_day(&movement.when, as_of, &own);
        reasons.push(Reason { code: "demotion_on", tier: deserved, on: next });
        return;
    }
    let by_steps = current.and_then(|tier| usize::try_from(tier as i64 - steps(movement)).ok());
    let target = deserved.max(by_steps).max(decision.kept_tier.filter(|kept| Some(*kept) < current));
    if target > deserved {
        reasons.push(Reason { code: "one_step_at_a_time", tier: deserved, on: None });
    }
    if movement.confirm {
        decision.recommendation = Recommendation::PendingConfirmation;
        (decision.pending, decision.pending_demotion) = (target, true);
        reasons.push(Reason { code: "demotion_to_confirm", tier: target, on: None });
        return;
    }
    decision.standing = target;
    decision.recommendation = Recommendation::Demote;
    reasons.push(Reason { code: "demoted", tier: target, on: None });
    // The next step, if there is one, has a grace period of its own.
    (decision.short_since, decision.grace_until) = (None, None);
}

/// The next day of a schedule after a day.
pub(crate) fn next_day(schedule: &Schedule, after: Date, own: impl Fn(Anniversary) -> Option<Date>) -> Option<Date> {
    first_day(schedule, after.add_days(1), after.add_months(24).min(MAX_DATE), own)
}

/// Tiers that had to be reached in time.
fn deadlines(program: &Compiled, as_of: Date, past: &[Past], decision: &mut Decision, reasons: &mut Vec<Reason>) {
    let Some(enrolled) = decision.enrolled_on else { return };
    for deadline in &program.document.deadlines {
        let Some(tier) = program.tier(&deadline.tier) else { continue };
        let until = enrolled.add_months(i32::try_from(deadline.months).unwrap_or(i32::MAX)).min(MAX_DATE);
        let reached = decision.standing >= Some(tier) || past.iter().any(|p| p.effective >= Some(tier));
        if reached {
            continue;
        }
        if as_of <= until {
            reasons.push(Reason { code: "deadline", tier: Some(tier), on: Some(until) });
            continue;
        }
        reasons.push(Reason { code: "deadline_missed", tier: Some(tier), on: Some(until) });
        if deadline.then == DeadlineOutcome::Exit {
            let held = decision.previous.is_some() || decision.standing.is_some();
            decision.recommendation = if held { Recommendation::Demote } else { Recommendation::Hold };
            decision.standing = None;
            decision.standing_since = None;
            decision.pending = None;
        }
    }
}

/// Exceptions that hold on a day, the last one last.
pub(crate) fn exceptions_of<'a>(
    program: &'a Compiled,
    partner: &'a Id,
    as_of: Date,
) -> impl Iterator<Item = &'a Exception> {
    let holds =
        move |e: &&Exception| e.partner_id == *partner && e.from.is_none_or(|from| from <= as_of) && as_of <= e.expires;
    program.document.exceptions.iter().filter(holds)
}

fn exceptions(program: &Compiled, partner: &Id, as_of: Date, decision: &mut Decision, reasons: &mut Vec<Reason>) {
    for exception in exceptions_of(program, partner, as_of) {
        let tier = program.tier(&exception.tier);
        let effective = match exception.kind {
            ExceptionKind::AtLeast => decision.effective.max(tier),
            ExceptionKind::Exactly => tier,
            ExceptionKind::AtMost => decision.effective.min(tier),
        };
        if effective != decision.effective {
            reasons.push(Reason { code: "exception", tier, on: Some(exception.expires) });
        }
        decision.effective = effective;
    }
}
