//! What will be lost, and when, if nothing else happens.
//!
//! Facts leave: credentials expire, windows roll on. Every metric is measured again at the beginning of each month of the
//! horizon, from what is known today; where a partner has come to fall short between two of them, on every day between them
//! on which one of its rows leaves. So the day is exact; a partner that falls short and recovers within one month, which
//! takes a metric of which less is better, is not seen. Exceptions, kept tiers and deadlines end on days of their own.

use std::collections::BTreeMap;

use super::base::Base;
use super::decisions::{days, texts};
use super::document::{Anniversary, DeadlineOutcome};
use super::evaluate::evaluate;
use super::frame::needed;
use super::gaps::{Gap, GapSearch, Reach};
use super::history::History;
use super::measure::{Leaver, MeasureInputs, Part, leavers, measure_at};
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
    let horizon = review.as_of.add_months(i32::try_from(months.min(120)).unwrap_or(120));
    let mut found = Ahead { review, eco, inputs, monitor }.criteria_lost(horizon)?;
    for decided in &review.decided {
        found.extend(dated(review, decided, horizon));
    }
    let ranks = review.base.partners.ranks();
    found.sort_by_key(|l| (ranks[l.partner as usize], l.on, l.cause));
    Ok(found)
}

/// Looks at the days after a review.
struct Ahead<'a> {
    review: &'a ProgramReview,
    eco: &'a Ecosystem,
    inputs: &'a MeasureInputs<'a>,
    monitor: &'a Monitor,
}

impl Ahead<'_> {
    /// What partners lose because they come to miss criteria.
    fn criteria_lost(&self, horizon: Date) -> Result<Vec<Loss>> {
        let (review, program) = (self.review, self.review.program.compiled());
        if needed(program, &|_| false).is_empty() {
            return Ok(Vec::new());
        }
        // Partners that hold a tier and do not fall short of it today.
        let safe = |d: &&Decided| d.decision.standing.is_some() && d.decision.short_since.is_none();
        let mut open: Vec<u32> = review.decided.iter().filter(safe).map(|d| d.partner).collect();
        open.sort_unstable();
        open.dedup();
        let mut ends = Vec::new();
        let mut from = review.as_of;
        while from < horizon {
            let to = from.first_of_month().add_months(1).min(horizon);
            ends.push((from, to));
            from = to;
        }
        let days: Vec<Date> = ends.iter().map(|(_, to)| *to).collect();
        let mut falls: Vec<(Date, Loss)> = Vec::new();
        let mut left = marked(review, open.iter().copied());
        for (short, (from, _)) in self.short_on(&days, &open)?.into_iter().zip(ends) {
            let short: Vec<Loss> = short.into_iter().filter(|s| left[s.partner as usize]).collect();
            short.iter().for_each(|s| left[s.partner as usize] = false);
            falls.extend(short.into_iter().map(|loss| (from, loss)));
        }
        self.on_their_days(falls, horizon)
    }

    /// Losses with the beginning of their month, each moved to the first day on which a row that leaves brings it about.
    fn on_their_days(&self, falls: Vec<(Date, Loss)>, horizon: Date) -> Result<Vec<Loss>> {
        let (review, program) = (self.review, self.review.program.compiled());
        let mut partners: Vec<u32> = falls.iter().map(|(_, loss)| loss.partner).collect();
        partners.sort_unstable();
        if partners.is_empty() {
            return Ok(Vec::new());
        }
        let part = Part { partners: Some(&partners), decisive: true };
        let leaving = leavers(program, self.eco, self.inputs, review.as_of, horizon, part, self.monitor)?;
        // Partners with nothing that leaves only wait for rows of the past to come into a window.
        let leaves = marked(review, leaving.iter().map(|l| l.partner));
        let mut months: BTreeMap<Date, BTreeMap<u32, Loss>> = BTreeMap::new();
        for (from, loss) in falls.into_iter().filter(|(_, loss)| leaves[loss.partner as usize]) {
            months.entry(from).or_default().insert(loss.partner, loss);
        }
        let mut found = Vec::new();
        for (from, mut falls) in months {
            let Some(to) = falls.values().map(|loss| loss.on).next() else { continue };
            let of_month = |l: &&Leaver| from < l.on && l.on < to && falls.contains_key(&l.partner);
            let mut days: Vec<Date> = leaving.iter().filter(of_month).map(|l| l.on).collect();
            days.sort_unstable();
            days.dedup();
            let partners: Vec<u32> = falls.keys().copied().collect();
            for short in self.short_on(&days, &partners)? {
                for one in short {
                    if falls.remove(&one.partner).is_some() {
                        found.push(one);
                    }
                }
            }
            found.extend(falls.into_values());
        }
        Ok(found)
    }

    /// The partners of a list that fall short of their standing, for each of some days.
    fn short_on(&self, days: &[Date], partners: &[u32]) -> Result<Vec<Vec<Loss>>> {
        let review = self.review;
        if days.is_empty() || partners.is_empty() {
            return Ok(Vec::new());
        }
        let part = Part { partners: Some(partners), decisive: true };
        let mut history = review.history.clone();
        history.of_partner.resize(review.base.partners.len().max(history.of_partner.len()), Vec::new());
        for d in &review.decided {
            history.of_partner[d.partner as usize].push(Past::of(&d.decision, review.as_of));
        }
        let mut short = Vec::with_capacity(days.len());
        let program = review.program.compiled();
        measure_at(program, self.eco, self.inputs, days, review.as_of, part, self.monitor, |day, measured| {
            short.push(short_on(review, &history, &measured.base, day)?);
            Ok(())
        })?;
        Ok(short)
    }
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

/// The partners of a base that fall short of their standing on a day.
fn short_on(review: &ProgramReview, history: &History, base: &Base, day: Date) -> Result<Vec<Loss>> {
    let program = review.program.compiled();
    let context = context(program, base, history, day);
    let evaluated = evaluate(program, base, &context, &review.cutoffs)?;
    let decided = decide_all(program, base, &evaluated, history, day);
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
        base,
        context: &context,
        cutoffs: &review.cutoffs,
        tracks: &evaluated.track,
        reach: Reach::Next,
        list: true,
        progress: false,
    };
    let lost = search.run(&|row| below[row])?;
    let mut first_gap: Vec<Option<&Gap>> = vec![None; base.rows()];
    for gap in &lost.list {
        first_gap[gap.row as usize].get_or_insert(gap);
    }
    let mut found = Vec::new();
    for now in decided.iter().filter(short) {
        let Some(before) = history.of(now.partner).last() else { continue };
        let (held, d) = (before.standing, &now.decision);
        let first = first_gap[now.row];
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
