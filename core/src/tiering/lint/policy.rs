//! Policy that has no effect, contradicts itself, or contradicts the time of the version.

use super::super::document::{Attainment, Benefit, ExceptionKind, GraceFrom, Movement, Scalar, Schedule};
use super::super::program::Compiled;
use super::numbers::windows;
use super::unused::used_metrics;
use super::{Findings, sample::plain};
use crate::calendar::Date;
use crate::error::quoted;
use crate::facts::Id;

pub(super) fn check(program: &Compiled, found: &mut Findings) {
    movements(program, found);
    deadlines(program, found);
    exceptions(program, found);
    transitions(program, found);
    for (name, benefit) in &program.document.benefits {
        benefit_of(program, name, benefit, found);
    }
}

fn movements(program: &Compiled, found: &mut Findings) {
    let document = &program.document;
    movement("review", &document.review.promotion, &document.review.demotion, found);
    if document.review.demotion.when == Schedule::Never && !document.maintenance.is_empty() {
        let own = document.tiers.iter().filter_map(|t| t.review.as_ref());
        if own.into_iter().all(|review| review.demotion.when == Schedule::Never) {
            let message = "what it takes to keep a tier has no effect where nobody loses one";
            found.add("maintenance_without_effect", "maintenance", message, "take it out, or let demotion happen");
        }
    }
    for (at, tier) in document.tiers.iter().enumerate() {
        if let Some(review) = &tier.review {
            movement(&format!("tiers[{at}].review"), &review.promotion, &review.demotion, found);
        }
    }
}

fn movement(path: &str, up: &Movement, down: &Movement, found: &mut Findings) {
    if up.when == Schedule::Never {
        let message = "promotion never happens: partners keep the tier that they come in with";
        found.add("promotion_never", format!("{path}.promotion.when"), message, "name a day if that is not meant");
    }
    if down.when == Schedule::Never {
        let message = "demotion never happens: nobody loses a tier by the rules";
        found.add("demotion_never", format!("{path}.demotion.when"), message, "name a day if that is not meant");
    }
    if up.grace_days > 0 {
        let message = "grace is for demotions; a promotion does not wait for it";
        found.add("grace_without_effect", format!("{path}.promotion.grace_days"), message, "move it to the demotion");
    }
    if down.grace_days == 0 {
        return;
    }
    let path = format!("{path}.demotion.grace_days");
    if down.when == Schedule::Never {
        let message = "grace has no effect where demotion never happens";
        found.add("grace_without_effect", path, message, "take it out");
    } else if let Some(cycle) =
        cycle(down).filter(|cycle| down.grace_from == GraceFrom::Shortfall && i64::from(down.grace_days) > *cycle)
    {
        let message = format!(
            "{} days of grace are longer than the {cycle} days from one demotion day to the next: a day is always skipped",
            down.grace_days
        );
        found.add("grace_longer_than_review", path, message, "shorten it, or leave days out");
    }
}

/// The most days from one day of a schedule to the next.
fn cycle(movement: &Movement) -> Option<i64> {
    match &movement.when {
        Schedule::EveryMonth => Some(31),
        Schedule::Anniversary(_) => Some(366),
        Schedule::EveryYear(days) => {
            let mut days: Vec<i32> =
                days.iter().filter_map(|d| Date::parse(&format!("2023-{d}")).ok()).map(|d| d.0).collect();
            days.sort_unstable();
            let first = *days.first()?;
            days.push(first + 366);
            days.windows(2).map(|pair| i64::from(pair[1] - pair[0])).max()
        }
        Schedule::AnyDay | Schedule::Never => None,
    }
}

fn deadlines(program: &Compiled, found: &mut Findings) {
    let document = &program.document;
    for (at, deadline) in document.deadlines.iter().enumerate() {
        let Some(tier) = program.tier(&deadline.tier) else { continue };
        let (path, name) = (format!("deadlines[{at}]"), quoted(&deadline.tier));
        // A month has 28 to 31 days: what is impossible in the longest ones is impossible.
        let days = u64::from(deadline.months) * 31;
        if let Attainment::Sustained(sustained) = program.tiers[tier].attainment
            && u64::from(sustained.days) > days
        {
            let message = format!(
                "{name} has to be met for {} days without a break, which cannot be within {} months of the enrolment",
                sustained.days, deadline.months
            );
            found.add("deadline_too_short", &*path, message, "allow more months");
        }
        if tier == 0 && program.tracks.iter().all(|rules| rules.qualification[0].is_none()) {
            let message = format!("everybody has {name}: the deadline cannot be missed");
            found.add("deadline_without_effect", &*path, message, "take it out, or name a higher tier");
        }
        let earlier = document
            .deadlines
            .iter()
            .find(|d| program.tier(&d.tier).is_some_and(|t| t < tier) && d.months > deadline.months);
        if let Some(lower) = earlier {
            let message = format!(
                "{name} is due after {} months, {} below it only after {}",
                deadline.months,
                quoted(&lower.tier),
                lower.months
            );
            found.add("deadline_out_of_order", &*path, message, "let the lower tier be due first");
        }
        let used = used_metrics(document);
        let longer =
            document.metrics.iter().filter(|(name, _)| used.contains(name.as_str())).find_map(|(name, metric)| {
                let long = windows(&metric.measure)
                    .into_iter()
                    .find_map(|(_, w)| months_of(w).filter(|m| *m > deadline.months));
                long.map(|months| (name, months))
            });
        if let Some((metric, months)) = longer {
            let message = format!(
                "{} counts {months} months, a new partner has {} until {name} is due",
                quoted(metric),
                deadline.months
            );
            found.add("deadline_before_window", &*path, message, "check that a new partner can make it");
        }
    }
}

/// The months of a window, where it has a length.
fn months_of(window: super::super::document::Window) -> Option<u32> {
    use super::super::document::Window;
    match window {
        Window::RollingMonths(n) | Window::MonthsBack(n) | Window::FullMonths(n) => Some(n),
        Window::RollingDays(n) => Some(n / 31),
        Window::FiscalYear(_) => Some(12),
        Window::FiscalQuarter(_) => Some(3),
        Window::AllTime | Window::InForce | Window::Since(_) => None,
    }
}

fn exceptions(program: &Compiled, found: &mut Findings) {
    let document = &program.document;
    let effective = document.effective;
    for (at, exception) in document.exceptions.iter().enumerate() {
        let (path, partner) = (format!("exceptions[{at}]"), shown_id(&exception.partner_id));
        let until = exception.expires;
        let over = effective.from.is_some_and(|from| until < from);
        let late = matches!((exception.from, effective.to), (Some(from), Some(to)) if from > to);
        if over || late {
            let message = format!("the exception of {} holds on no day of the version", quoted(&partner));
            found.add("exception_outside_effective", &*path, message, "take it out, or correct its days");
        } else if let Some(to) = effective.to.filter(|to| until > *to) {
            let message =
                format!("the exception of {} ends on {until}, after the version ends on {to}", quoted(&partner));
            found.add("exception_beyond_effective", &*path, message, "carry it over to the next version");
        }
        let clash = document.exceptions[..at].iter().position(|other| {
            let meets =
                other.from.is_none_or(|from| from <= until) && exception.from.is_none_or(|from| from <= other.expires);
            let same = other.tier == exception.tier && other.kind == exception.kind;
            let exact = [other.kind, exception.kind].contains(&ExceptionKind::Exactly) || other.kind == exception.kind;
            other.partner_id == exception.partner_id && meets && (same || exact)
        });
        if let Some(other) = clash {
            let message = format!("{} has another exception on the same days: exceptions[{other}]", quoted(&partner));
            found.add("exceptions_overlap", &*path, message, "keep one of them; the last one counts");
        }
    }
}

fn shown_id(id: &Id) -> String {
    match id {
        Id::Int(number) => number.to_string(),
        Id::Text(text) => text.clone(),
    }
}

fn transitions(program: &Compiled, found: &mut Findings) {
    let document = &program.document;
    for (at, transition) in document.transitions.iter().enumerate() {
        let path = format!("transitions[{at}]");
        if transition.from_version == document.version {
            let message = "the transition comes from this version itself";
            found.add("transition_without_effect", format!("{path}.from_version"), message, "name the version before");
        }
        if let (Some(keep), Some(from)) = (transition.keep_until, document.effective.from)
            && keep < from
        {
            let message = format!("tiers are kept until {keep}, before the version begins on {from}");
            found.add("transition_without_effect", format!("{path}.keep_until"), message, "name a later day");
        }
    }
}

fn benefit_of(program: &Compiled, name: &str, benefit: &Benefit, found: &mut Findings) {
    let path = format!("benefits.{name}");
    let (own, version) = (benefit.effective, program.document.effective);
    let before = matches!((own.to, version.from), (Some(to), Some(from)) if to < from);
    let after = matches!((own.from, version.to), (Some(from), Some(to)) if from > to);
    if before || after {
        let message = format!("{} is granted on no day of the version", quoted(name));
        found.add(
            "benefit_outside_effective",
            format!("{path}.effective"),
            message,
            "take it out, or correct its days",
        );
    }
    if benefit.tiers.is_empty() {
        let message = format!("no tier has {}", quoted(name));
        found.add("benefit_of_no_tier", &*path, message, "name the tiers that have it");
    }
    let numbers = program.numbers();
    let amount = |tier: &str| match benefit.tiers.get(tier) {
        None | Some(Scalar::Flag(false)) => Some(0.0),
        Some(Scalar::Flag(true)) => Some(1.0),
        Some(Scalar::Number(number)) => Some(*number),
        Some(Scalar::Text(_)) => None,
    };
    let worth = |tier: &str| match benefit.worth.get(tier) {
        None => Some(0.0),
        Some(number) => numbers.value(number, &path).ok(),
    };
    let mut less = |part: &str, of: &dyn Fn(&str) -> Option<f64>| {
        for pair in program.tiers.windows(2) {
            let (below, above) = (&pair[0].tier, &pair[1].tier);
            let (Some(low), Some(high)) = (of(below), of(above)) else { continue };
            if high < low {
                let message = format!(
                    "{} has less of {} than {} below it: {} instead of {}",
                    quoted(above),
                    quoted(name),
                    quoted(below),
                    plain(high),
                    plain(low)
                );
                let path = format!("{path}.{part}.{above}");
                found.add("higher_tier_has_less", path, message, "give the higher tier at least as much");
            }
        }
    };
    less("tiers", &amount);
    if !benefit.worth.is_empty() {
        less("worth", &worth);
    }
}
