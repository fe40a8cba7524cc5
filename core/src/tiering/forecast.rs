//! What will be lost, and when, if nothing else happens.
//!
//! Facts leave: credentials expire, windows roll on. Every metric is measured again at the beginning of each month of the
//! horizon, from what is known today; where a partner has come to fall short between two of them, on every day between them
//! on which one of its rows leaves. So the day is exact; a partner that falls short and recovers within one month, which
//! takes a metric of which less is better, is not seen. Exceptions, kept tiers and deadlines end on days of their own.

use super::decisions::{days, texts};
use super::document::{Anniversary, DeadlineOutcome};
use super::evaluate::evaluate;
use super::gaps::{Gap, GapSearch, Reach};
use super::measure::{MeasureInputs, Measured, leavers, measure_at};
use super::review::{Decided, ProgramReview, context, decide_all};
use super::schedule::first_day;
use super::standing::{Past, exceptions_of};
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::facts::Ecosystem;
use crate::table::result::column;
use crate::table::{ColumnData, Table};

/// Something that a partner will lose.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Loss {
    pub(crate) partner: u32,
    /// `criteria_lost`, `exception_expires`, `kept_tier_ends` or `deadline_passes`.
    pub(crate) cause: &'static str,
    /// The tier that is lost.
    pub(crate) tier: Option<usize>,
    /// The day on which the cause comes about.
    pub(crate) on: Date,
    /// The day on which the tier is lost; `None`: not within the calendar of reviews.
    pub(crate) lost_on: Option<Date>,
    pub(crate) drops_to: Option<usize>,
    /// The first criterion that is no longer met.
    pub(crate) criterion: Option<String>,
    pub(crate) metric: Option<String>,
    pub(crate) actual: Option<f64>,
    pub(crate) required: Option<f64>,
    /// What they count.
    pub(crate) unit: Option<String>,
}

/// What partners will lose within some months.
pub(super) fn losses(
    review: &ProgramReview,
    eco: &Ecosystem,
    inputs: &MeasureInputs<'_>,
    months: u32,
    monitor: &Monitor,
) -> Result<Vec<Loss>> {
    if months == 0 {
        return Ok(Vec::new());
    }
    let program = review.program.compiled();
    let horizon = review.as_of.add_months(i32::try_from(months.min(120)).unwrap_or(120));
    let leaving = leavers(program, eco, inputs, review.as_of, horizon, None, monitor)?;
    let mut found = Vec::new();
    // Partners that hold a tier, do not fall short of it today, and have rows that leave.
    let mut open: Vec<u32> = leaving.iter().map(|l| review.base.partner[l.row]).collect();
    open.sort_unstable();
    open.dedup();
    let safe = |d: &&Decided| d.decision.standing.is_some() && d.decision.short_since.is_none();
    let is_safe = marked(review, review.decided.iter().filter(safe).map(|d| d.partner));
    open.retain(|partner| is_safe[*partner as usize]);
    let mut from = review.as_of;
    while from < horizon && !open.is_empty() {
        let to = from.first_of_month().add_months(1).min(horizon);
        let short = short_on(review, eco, inputs, to, &open, monitor)?;
        if !short.is_empty() {
            let partners: Vec<u32> = short.iter().map(|s| s.partner).collect();
            let mut left = marked(review, partners.iter().copied());
            let mut dates: Vec<Date> = leaving
                .iter()
                .filter(|l| from < l.on && l.on < to && left[review.base.partner[l.row] as usize])
                .map(|l| l.on)
                .collect();
            dates.sort_unstable();
            dates.dedup();
            let falls = partners;
            for date in dates {
                let still: Vec<u32> = falls.iter().copied().filter(|p| left[*p as usize]).collect();
                for one in short_on(review, eco, inputs, date, &still, monitor)? {
                    left[one.partner as usize] = false;
                    found.push(one);
                }
            }
            found.extend(short.into_iter().filter(|s| left[s.partner as usize]));
            let gone = marked(review, falls.into_iter());
            open.retain(|p| !gone[*p as usize]);
        }
        from = to;
    }
    for decided in &review.decided {
        found.extend(dated(review, decided, horizon));
    }
    let ranks = review.base.partners.ranks();
    found.sort_by_key(|l| (ranks[l.partner as usize], l.on, l.cause));
    Ok(found)
}

/// Which partners are in a list, by code.
fn marked(review: &ProgramReview, partners: impl Iterator<Item = u32>) -> Vec<bool> {
    let mut marked = vec![false; review.base.partners.len()];
    partners.for_each(|partner| marked[partner as usize] = true);
    marked
}

/// What ends on a day of its own.
fn dated(review: &ProgramReview, decided: &Decided, horizon: Date) -> Vec<Loss> {
    let program = review.program.compiled();
    let d = &decided.decision;
    let loss = |cause, tier, on: Date, drops_to| Loss {
        partner: decided.partner,
        cause,
        tier,
        on,
        lost_on: Some(on),
        drops_to,
        criterion: None,
        metric: None,
        actual: None,
        required: None,
        unit: None,
    };
    let mut found = Vec::new();
    let id = super::review::id_of(&review.base, decided.partner);
    if d.effective > d.standing {
        let last = exceptions_of(program, &id, review.as_of).map(|e| e.expires).max();
        if let Some(on) = last.map(|last| last.add_days(1)).filter(|on| *on <= horizon) {
            found.push(loss("exception_expires", d.effective, on, d.standing));
        }
    }
    if let (Some(until), true) = (d.kept_until, d.kept_tier > d.earned && d.kept_tier >= d.standing) {
        let on = until.add_days(1);
        if on <= horizon {
            found.push(loss("kept_tier_ends", d.kept_tier, on, d.earned));
        }
    }
    for deadline in &program.document.deadlines {
        let (Some(tier), Some(enrolled)) = (program.tier(&deadline.tier), d.enrolled_on) else { continue };
        let on = enrolled.add_months(i32::try_from(deadline.months).unwrap_or(i32::MAX)).add_days(1);
        let reached =
            d.standing >= Some(tier) || review.history.of(decided.partner).iter().any(|p| p.effective >= Some(tier));
        if deadline.then == DeadlineOutcome::Exit
            && !reached
            && review.as_of < on
            && on <= horizon
            && d.standing.is_some()
        {
            found.push(loss("deadline_passes", d.standing, on, None));
        }
    }
    found
}

/// The partners of a list that fall short of their standing on a day.
fn short_on(
    review: &ProgramReview,
    eco: &Ecosystem,
    inputs: &MeasureInputs<'_>,
    day: Date,
    partners: &[u32],
    monitor: &Monitor,
) -> Result<Vec<Loss>> {
    let program = review.program.compiled();
    let measured = measure_at(program, eco, inputs, &[day], review.as_of, Some(partners), monitor)?;
    let Some(Measured { base, .. }) = measured.into_iter().next() else { return Ok(Vec::new()) };
    let mut history = review.history.clone();
    history.of_partner.resize(base.partners.len().max(history.of_partner.len()), Vec::new());
    for d in &review.decided {
        history.of_partner[d.partner as usize].push(Past::of(&d.decision, review.as_of));
    }
    let context = context(program, &base, &history, day);
    let evaluated = evaluate(program, &base, &context, &review.cutoffs)?;
    let decided = decide_all(program, &base, &evaluated, &history, day);
    let short = |now: &&Decided| {
        let before = history.of(now.partner).last().and_then(|p| p.standing);
        now.decision.short_since.is_some() || now.decision.standing < before
    };
    // The gaps to the tier that was held say which criterion is lost.
    let mut below = vec![Some(program.tiers.len()); base.rows()];
    for now in decided.iter().filter(short) {
        below[now.row] = history.of(now.partner).last().and_then(|p| p.standing).and_then(|t| t.checked_sub(1));
    }
    let search = GapSearch {
        program,
        base: &base,
        context: &context,
        cutoffs: &review.cutoffs,
        tracks: &evaluated.track,
        reach: Reach::Next,
        list: true,
        progress: false,
    };
    let lost = search.run(&|row| below[row])?;
    let mut found = Vec::new();
    for now in decided.iter().filter(short) {
        let Some(before) = history.of(now.partner).last() else { continue };
        let (held, d) = (before.standing, &now.decision);
        let first = lost.list.iter().find(|gap| gap.row as usize == now.row);
        let leaf = first.and_then(|gap| lost.leaves.get(gap.leaf as usize));
        let own = |which: Anniversary| match which {
            Anniversary::Enrolled => d.enrolled_on,
            Anniversary::Tier => before.standing_since,
        };
        let lost_on = if d.standing < held {
            Some(day)
        } else {
            let from = d.grace_until.map_or(day, |until| until.add_days(1));
            let movement = held.map(|t| &program.tiers[t].review.demotion);
            movement.and_then(|m| first_day(&m.when, from, from.add_months(24), own))
        };
        let number = |of: fn(&Gap) -> f64| first.map(of).filter(|v| !v.is_nan());
        found.push(Loss {
            partner: now.partner,
            cause: "criteria_lost",
            tier: held,
            on: day,
            lost_on,
            drops_to: d.earned.min(held),
            criterion: leaf.and_then(|(track, leaf)| program.tracks[*track].paths.get(leaf.node).cloned()),
            metric: leaf.and_then(|(track, leaf)| super::gaps::tested(program, *track, leaf)),
            actual: number(|gap| gap.actual),
            required: number(|gap| gap.required),
            unit: leaf.and_then(|(track, leaf)| super::gaps::tested_unit(program, *track, leaf)),
        });
    }
    Ok(found)
}

/// The losses as a table.
pub(super) fn table(review: &ProgramReview) -> Table {
    let all = || review.losses.iter();
    Table::new(vec![
        review.partner_ids(all().map(|l| l.partner)),
        texts("cause", all().map(|l| Some(l.cause))),
        texts("tier", all().map(|l| review.tier_name(l.tier))),
        days("on", all().map(|l| Some(l.on))),
        days("lost_on", all().map(|l| l.lost_on)),
        texts("drops_to", all().map(|l| review.tier_name(l.drops_to))),
        texts("criterion", all().map(|l| l.criterion.as_deref())),
        texts("metric", all().map(|l| l.metric.as_deref())),
        column("actual", ColumnData::Float(all().map(|l| l.actual).collect())),
        column("required", ColumnData::Float(all().map(|l| l.required).collect())),
        texts("unit", all().map(|l| l.unit.as_deref())),
    ])
}
