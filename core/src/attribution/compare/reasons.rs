//! Why two models give a channel different shares: the kinds of the models say what to look at, the journeys whether it is so.

use super::Compared;
use super::facts::{Fact, Facts};
use crate::attribution::model::Model;
use crate::table::result::{TextColumn, column};
use crate::table::{ColumnData, Table};

/// With fewer conversions than this, a channel's share is little more than chance.
const FEW: f64 = 30.0;

/// What a model looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    First,
    Last,
    Even,
    Ends,
    Recent,
    /// All journeys, lost ones too.
    Learned,
    /// What the caller said.
    Given,
}

impl Kind {
    fn of(model: &Model) -> Self {
        match model.name() {
            "first_touch" | "first_partner_touch" => Self::First,
            "last_touch" | "last_partner_touch" => Self::Last,
            "linear" => Self::Even,
            "position_based" => Self::Ends,
            "time_decay" => Self::Recent,
            "role_weighted" | "custom_weights" | "touch_weighted" => Self::Given,
            _ => Self::Learned,
        }
    }
}

/// A reason: its code and its numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Reason {
    pub(super) code: &'static str,
    pub(super) evidence: f64,
    pub(super) baseline: f64,
}

fn says(code: &'static str, fact: Option<Fact>, holds: impl Fn(Fact) -> bool) -> Option<Reason> {
    fact.filter(|f| holds(*f)).map(|f| Reason { code, evidence: f.own, baseline: f.all })
}

fn more(fact: Fact) -> bool {
    fact.own > fact.all
}

fn less(fact: Fact) -> bool {
    fact.own < fact.all
}

/// Why a model of kind `high` gives the channel more than one of kind `low`; the first reason that holds.
fn explain(high: Kind, low: Kind, channel: usize, facts: &Facts) -> Option<Reason> {
    use Kind::{Ends, Even, First, Last, Learned, Recent};
    let opens = || says("opens_more_than_it_closes", facts.first_and_last(channel), more);
    let closes = || {
        let turned = facts.first_and_last(channel).map(|f| Fact { own: f.all, all: f.own });
        says("closes_more_than_it_opens", turned, more)
    };
    let assists = || says("assists", facts.middle(channel), more);
    let at_the_ends = || says("opens_and_closes", facts.middle(channel), less);
    let early = || says("early_touches_decayed", facts.after(channel), more);
    let late = || says("late_touches_favoured", facts.after(channel), less);
    let won = || says("seen_in_won_journeys", facts.rate(channel), more);
    let lost = || says("seen_in_lost_journeys", facts.rate(channel), less);
    let through = || says("passes_through", facts.reach(channel), more);
    let repeats = || says("repeats_itself", facts.repeats(channel), more);
    let alone = || says("mostly_alone", facts.alone(channel), more);
    let rarely = || says("rarely_alone", facts.alone(channel), less);
    match (high, low) {
        (First, _) => opens().or_else(at_the_ends),
        (Last, _) => closes().or_else(at_the_ends),
        (Even | Ends, Recent) => early(),
        (Recent, First | Even | Ends) => late(),
        (Ends, Even) => at_the_ends(),
        (Even, Ends) => assists(),
        (Learned, First | Last | Ends) => strongest(&[assists(), won(), alone(), through()]),
        (Learned, _) => strongest(&[won(), alone(), through()]),
        (_, Learned) => strongest(&[lost(), repeats(), rarely()]),
        (_, Last) => assists().or_else(opens),
        (_, First) => assists().or_else(closes),
        _ => None,
    }
}

/// The reason whose numbers are furthest apart in proportion, the earlier of equals.
fn strongest(reasons: &[Option<Reason>]) -> Option<Reason> {
    let apart = |r: &Reason| {
        let (large, small) = (r.evidence.max(r.baseline), r.evidence.min(r.baseline));
        if small > 0.0 { large / small } else { f64::INFINITY }
    };
    reasons.iter().flatten().copied().reduce(|best, next| if apart(&next) > apart(&best) { next } else { best })
}

/// One line of the table.
struct Line<'a> {
    channel: usize,
    reason: Reason,
    high: (&'a str, f64),
    low: (&'a str, f64),
}

impl Line<'_> {
    fn difference(&self) -> f64 {
        self.high.1 - self.low.1
    }
}

/// The reasons of one channel: each code once, with the two models that it parts most.
fn lines<'a>(results: &'a [Compared], channel: usize, facts: &Facts, smallest: f64) -> Vec<Line<'a>> {
    let mut lines: Vec<Line<'a>> = Vec::new();
    for a in results {
        for b in results {
            let (high, low) = (a.shares[channel], b.shares[channel]);
            if high <= low || high - low < smallest {
                continue;
            }
            let reason = explain(Kind::of(&a.model), Kind::of(&b.model), channel, facts).unwrap_or(Reason {
                code: "weights_differ",
                evidence: high,
                baseline: low,
            });
            let line = Line { channel, reason, high: (&a.label, high), low: (&b.label, low) };
            match lines.iter_mut().find(|known| known.reason.code == reason.code) {
                Some(known) if line.difference() > known.difference() => *known = line,
                Some(_) => {}
                None => lines.push(line),
            }
        }
    }
    lines.sort_by(|a, b| b.difference().total_cmp(&a.difference()));
    // Where something was said already, "weights differ" adds nothing.
    if lines.len() > 1 {
        lines.retain(|line| line.reason.code != "weights_differ");
    }
    let conversions = facts.conversions_with(channel);
    if let (Some(first), true) = (lines.first(), conversions < FEW) {
        let reason = Reason { code: "few_journeys", evidence: conversions, baseline: FEW };
        let (high, low) = (first.high, first.low);
        lines.push(Line { channel, reason, high, low });
    }
    lines
}

/// All reasons, by channel.
pub(super) fn table(results: &[Compared], names: &[String], facts: &Facts, smallest: f64) -> Table {
    let lines: Vec<Line<'_>> = (0..names.len()).flat_map(|c| lines(results, c, facts, smallest)).collect();
    let text = |name: &str, of: &dyn Fn(&Line<'_>) -> String| {
        let mut texts = TextColumn::default();
        lines.iter().for_each(|line| texts.push(Some(&of(line))));
        texts.finish(name)
    };
    let number = |name: &str, of: &dyn Fn(&Line<'_>) -> f64| {
        column(name, ColumnData::Float(lines.iter().map(|line| Some(of(line))).collect()))
    };
    Table::new(vec![
        text("channel", &|l| names[l.channel].clone()),
        text("code", &|l| l.reason.code.to_owned()),
        text("model_high", &|l| l.high.0.to_owned()),
        number("share_high", &|l| l.high.1),
        text("model_low", &|l| l.low.0.to_owned()),
        number("share_low", &|l| l.low.1),
        number("difference", &|l| l.difference()),
        number("evidence", &|l| l.reason.evidence),
        number("baseline", &|l| l.reason.baseline),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::{Journeys, PathsOptions};
    use crate::engine::monitor::Monitor;
    use crate::table::read_csv;

    fn facts(csv: &str) -> Facts {
        let options = PathsOptions { nulls: Some("total_null".to_owned()), ..PathsOptions::default() };
        let csv = format!("path,total_conversions,total_null\n{csv}");
        let paths = read_csv(csv.as_bytes()).unwrap();
        let journeys = Journeys::from_paths(&paths, &options, &Monitor::none()).unwrap();
        Facts::gather(&journeys, &Monitor::none()).unwrap()
    }

    fn reason(high: Kind, low: Kind, channel: usize, facts: &Facts) -> (&'static str, f64, f64) {
        explain(high, low, channel, facts).map_or(("", 0.0, 0.0), |r| (r.code, r.evidence, r.baseline))
    }

    #[test]
    fn lost_journeys_and_repeats_lower_what_is_learned() {
        // "a" (0) converts 200 of 9200 journeys, "b" (1) 200 of 240; all together 300 of 9340.
        let found = facts("a > b,100,0\na,100,9000\nb,100,40\n");
        assert_eq!(
            reason(Kind::Even, Kind::Learned, 0, &found),
            ("seen_in_lost_journeys", 200.0 / 9200.0, 300.0 / 9340.0)
        );
        assert_eq!(reason(Kind::Learned, Kind::Even, 1, &found).0, "seen_in_won_journeys");
        // Five touches of "a" in each journey of two partners; 6 touches for 2 on average.
        let found = facts("a > a > a > a > a > b,100,0\n");
        assert_eq!(reason(Kind::Even, Kind::Learned, 0, &found), ("repeats_itself", 5.0, 3.0));
    }

    #[test]
    fn decay_favours_what_comes_late() {
        let found = facts("a > b,100,0\n");
        assert_eq!(reason(Kind::Even, Kind::Recent, 0, &found), ("early_touches_decayed", 1.0, 0.5));
        assert_eq!(reason(Kind::Recent, Kind::Even, 1, &found), ("late_touches_favoured", 0.0, 0.5));
    }

    #[test]
    fn ends_and_middle_are_told_apart() {
        let found = facts("a > b > a,100,0\n");
        assert_eq!(reason(Kind::Ends, Kind::Even, 0, &found), ("opens_and_closes", 0.0, 1.0 / 3.0));
        assert_eq!(reason(Kind::Even, Kind::Ends, 1, &found), ("assists", 1.0, 1.0 / 3.0));
        assert_eq!(reason(Kind::Given, Kind::Even, 0, &found).0, "", "the caller's own weights need no reason");
    }
}
