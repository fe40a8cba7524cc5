//! Two reviews side by side, and the tables of their differences.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::super::decisions::texts;
use super::super::economics::tier_worths;
use super::super::review::{Decided, ProgramReview, codes, id_of};
use super::stakes::Stakes;
use super::unmet::{Asked, Unmet};
use crate::engine::exact_sum::ExactSum;
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::facts::Id;
use crate::table::result::{TextColumn, column};
use crate::table::{Column, ColumnData, Interner, Key, Table};

/// Something that is at stake, under the name of its column.
pub(super) type Stake = (&'static str, Stakes);

/// Two reviews of the same partners.
pub(super) struct Compared<'r> {
    a: &'r ProgramReview,
    b: &'r ProgramReview,
    stakes: &'r [Stake],
    pairs: Vec<Pair<'r>>,
    /// The number of each tier of one programme in the other one.
    forth: Vec<Option<usize>>,
    back: Vec<Option<usize>>,
}

/// A partner in both reviews.
struct Pair<'r> {
    id: Id,
    before: Option<&'r Decided>,
    after: Option<&'r Decided>,
    direction: Direction,
    worth: [f64; 2],
}

impl Pair<'_> {
    /// The effective tiers.
    fn tiers(&self) -> [Option<usize>; 2] {
        [self.before, self.after].map(|d| d.and_then(|d| d.decision.effective))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    Up,
    Down,
    Same,
    /// It is in one of the reviews only, or its tier is in one of the programmes only.
    Other,
}

impl Direction {
    fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Down => "down",
            Self::Same => "same",
            Self::Other => "other",
        }
    }
}

/// A partner that does not stay where it is.
pub(super) struct Move<'c> {
    pair: &'c Pair<'c>,
    /// The criteria that keep it from the higher tier.
    unmet: Vec<Unmet>,
}

impl<'r> Compared<'r> {
    pub(super) fn new(
        a: &'r ProgramReview,
        b: &'r ProgramReview,
        stakes: &'r [Stake],
        monitor: &Monitor,
    ) -> Result<Self> {
        let (forth, back) = (tier_map(a, b), tier_map(b, a));
        let mut pairs = pairs(a, b);
        monitor.begin("compare", pairs.len())?;
        let (of_a, of_b) = (Worths::new(a)?, Worths::new(b)?);
        for pair in &mut pairs {
            pair.worth = [of_a.of(pair.before), of_b.of(pair.after)];
            pair.direction = match (pair.before, pair.after) {
                (Some(before), Some(after)) => direction(&forth, before.decision.effective, after.decision.effective),
                _ => Direction::Other,
            };
        }
        Ok(Self { a, b, stakes, pairs, forth, back })
    }

    /// Those that move, and the criteria that decide it.
    pub(super) fn moved(&self, monitor: &Monitor) -> Result<Vec<Move<'_>>> {
        let (of_a, of_b) = (Asked::new(self.a), Asked::new(self.b));
        let map = |map: &[Option<usize>], tier: Option<usize>| tier.and_then(|t| map.get(t).copied().flatten());
        let mut moved = Vec::new();
        for pair in &self.pairs {
            monitor.advance(1)?;
            // The higher tier, asked for under the rules that do not give it.
            let [before, after] = pair.tiers();
            let unmet = match (pair.direction, pair.before, pair.after) {
                (Direction::Same, ..) => continue,
                (Direction::Down, _, Some(row)) => map(&self.forth, before).map(|higher| of_b.unmet(row.row, higher)),
                (Direction::Up, Some(row), _) => map(&self.back, after).map(|higher| of_a.unmet(row.row, higher)),
                _ => None,
            };
            moved.push(Move { pair, unmet: unmet.unwrap_or_default() });
        }
        Ok(moved)
    }

    fn sums<'c>(&'c self, pairs: impl Iterator<Item = &'c Pair<'c>>) -> Sums {
        let mut sums = Sums { stakes: vec![(ExactSum::new(), false); self.stakes.len()], ..Sums::default() };
        for pair in pairs {
            sums.partners += 1;
            for ((sum, there), (_, stakes)) in sums.stakes.iter_mut().zip(self.stakes) {
                if let Some(stake) = stakes.get(&pair.id) {
                    sum.add(*stake);
                    *there = true;
                }
            }
            let change = pair.worth[1] - pair.worth[0];
            if change > 0.0 { sums.gained.add(change) } else { sums.lost.add(-change) }
        }
        sums
    }

    /// Partners and sums by their tiers, in the order of the tiers' ranks.
    fn grouped(&self) -> Vec<(&Pair<'r>, Sums)> {
        let mut groups: BTreeMap<([Option<usize>; 2], bool, bool), Vec<&Pair<'r>>> = BTreeMap::new();
        for pair in &self.pairs {
            let key = (pair.tiers(), pair.before.is_some(), pair.after.is_some());
            groups.entry(key).or_default().push(pair);
        }
        let firsts = groups.values().filter_map(|pairs| pairs.first().copied());
        firsts.zip(groups.values().map(|pairs| self.sums(pairs.iter().copied()))).collect()
    }

    /// Partners, and what is at stake.
    fn columns<'s>(&self, sums: impl Iterator<Item = &'s Sums> + Clone, worths: bool) -> Vec<Column> {
        let float = |name: &str, values: Vec<Option<f64>>| column(name, ColumnData::Float(values));
        let mut columns = vec![column("partners", ColumnData::Int(sums.clone().map(|s| Some(s.partners)).collect()))];
        for (at, (name, _)) in self.stakes.iter().enumerate() {
            let one = |s: &Sums| s.stakes.get(at).filter(|(_, there)| *there).map(|(sum, _)| sum.value());
            columns.push(float(name, sums.clone().map(one).collect()));
        }
        if worths {
            columns.push(float("worth_gained", sums.clone().map(|s| Some(s.gained.value())).collect()));
            columns.push(float("worth_lost", sums.map(|s| Some(s.lost.value())).collect()));
        }
        columns
    }

    pub(super) fn movements(&self) -> Table {
        let groups = self.grouped();
        let all = || groups.iter();
        let mut columns = vec![
            texts("from", all().map(|(pair, _)| self.a.tier_name(pair.tiers()[0]))),
            texts("to", all().map(|(pair, _)| self.b.tier_name(pair.tiers()[1]))),
            texts("direction", all().map(|(pair, _)| Some(pair.direction.as_str()))),
        ];
        columns.extend(self.columns(all().map(|(_, sums)| sums), true));
        Table::new(columns)
    }

    pub(super) fn flows(&self) -> Table {
        let (groups, labels) = (self.grouped(), labels(self.a, self.b));
        let node = |label: &str, review: &ProgramReview, tier: Option<usize>, there: bool| {
            let none = if there { "(no tier)" } else { "(not reviewed)" };
            format!("{label}: {}", review.tier_name(tier).unwrap_or(none))
        };
        let end = |(pair, _): &(&Pair<'_>, Sums)| {
            let [from, to] = pair.tiers();
            let source = node(&labels[0], self.a, from, pair.before.is_some());
            [source, node(&labels[1], self.b, to, pair.after.is_some())]
        };
        let ends: Vec<[String; 2]> = groups.iter().map(end).collect();
        let mut columns = vec![
            texts("source", ends.iter().map(|e| Some(e[0].as_str()))),
            texts("target", ends.iter().map(|e| Some(e[1].as_str()))),
        ];
        columns.extend(self.columns(groups.iter().map(|(_, sums)| sums), false));
        Table::new(columns)
    }

    pub(super) fn moves(&self, moved: &[Move<'_>]) -> Result<Table> {
        let (mut decides, mut metrics, mut because) =
            (TextColumn::default(), TextColumn::default(), TextColumn::default());
        for one in moved {
            let first = one.unmet.first();
            decides.push(first.map(|u| u.path.as_str()));
            metrics.push(first.and_then(|u| u.metric.as_deref()));
            let reasons = one.pair.after.map(|d| codes(&d.decision.reasons));
            because.push(reasons.as_deref());
        }
        let all = || moved.iter();
        let floats = |name: &str, of: &dyn Fn(&Move<'_>) -> Option<f64>| {
            column(name, ColumnData::Float(moved.iter().map(of).collect()))
        };
        let mut columns = vec![
            id_column(all().map(|m| &m.pair.id))?,
            texts("from", all().map(|m| self.a.tier_name(m.pair.tiers()[0]))),
            texts("to", all().map(|m| self.b.tier_name(m.pair.tiers()[1]))),
            texts("direction", all().map(|m| Some(m.pair.direction.as_str()))),
        ];
        columns.extend(self.stakes.iter().map(|(name, of)| floats(name, &|m| of.get(&m.pair.id).copied())));
        let further = all().map(|m| m.unmet.len().checked_sub(1).map(|n| n as i64)).collect();
        columns.extend([
            floats("worth_before", &|m| Some(m.pair.worth[0])),
            floats("worth_after", &|m| Some(m.pair.worth[1])),
            decides.finish("decides"),
            column("further", ColumnData::Int(further)),
            metrics.finish("metric"),
            floats("actual", &|m| m.unmet.first()?.actual),
            floats("required", &|m| m.unmet.first()?.required),
            because.finish("because"),
        ]);
        Ok(Table::new(columns))
    }

    /// The moves by the criterion that decides them, the most partners first.
    pub(super) fn criteria(&self, moved: &[Move<'_>]) -> Table {
        let mut groups: BTreeMap<(Direction, Option<&str>), Vec<&Move<'_>>> = BTreeMap::new();
        for one in moved {
            let decides = one.unmet.first().map(|u| u.path.as_str());
            groups.entry((one.pair.direction, decides)).or_default().push(one);
        }
        let sums = |all: &Vec<&Move<'_>>| self.sums(all.iter().map(|one| one.pair));
        let mut rows: Vec<_> = groups.iter().map(|(key, all)| (key, all, sums(all))).collect();
        // Of as many partners, in the order of direction and place.
        rows.sort_by_key(|(_, all, _)| std::cmp::Reverse(all.len()));
        let metric = |all: &[&Move<'_>]| -> Option<String> { all.first()?.unmet.first()?.metric.clone() };
        let metrics: Vec<Option<String>> = rows.iter().map(|(_, all, _)| metric(all)).collect();
        let mut columns = vec![
            texts("direction", rows.iter().map(|((direction, _), ..)| Some(direction.as_str()))),
            texts("decides", rows.iter().map(|((_, decides), ..)| *decides)),
            texts("metric", metrics.iter().map(Option::as_deref)),
        ];
        columns.extend(self.columns(rows.iter().map(|(.., sums)| sums), true));
        Table::new(columns)
    }
}

/// Partners and sums of several pairs.
#[derive(Default)]
struct Sums {
    partners: i64,
    /// Each with whether any partner has that stake.
    stakes: Vec<(ExactSum, bool)>,
    gained: ExactSum,
    lost: ExactSum,
}

/// What the benefits of each tier are worth in a year, by track.
struct Worths(Vec<Vec<f64>>);

impl Worths {
    fn new(review: &ProgramReview) -> Result<Self> {
        let program = review.program.compiled();
        let of_track = |track: usize| {
            let worths = tier_worths(program, track, review.as_of)?;
            Ok(worths.iter().map(|t| t.worth.unwrap_or_default()).collect())
        };
        (0..program.tracks.len()).map(of_track).collect::<Result<_>>().map(Self)
    }

    fn of(&self, decided: Option<&Decided>) -> f64 {
        let held = decided.and_then(|d| d.decision.effective.zip(d.decision.track));
        held.and_then(|(tier, track)| self.0.get(track)?.get(tier).copied()).unwrap_or_default()
    }
}

/// The number of each tier of one programme in another one, where it has it.
fn tier_map(from: &ProgramReview, to: &ProgramReview) -> Vec<Option<usize>> {
    let (a, b) = (from.program.compiled(), to.program.compiled());
    let (old, new) = (&a.document, &b.document);
    let forward = new.transitions.iter().find(|t| t.from_version == old.version);
    let backward = old.transitions.iter().find(|t| t.from_version == new.version);
    let one = |tier: &str| {
        let renamed = forward.and_then(|t| t.tiers.get(tier)).map(String::as_str);
        let was = backward.and_then(|t| t.tiers.iter().find(|(_, to)| *to == tier)).map(|(from, _)| from.as_str());
        b.tier(renamed.or(was).unwrap_or(tier))
    };
    a.tiers.iter().map(|t| one(&t.tier)).collect()
}

fn direction(forth: &[Option<usize>], before: Option<usize>, after: Option<usize>) -> Direction {
    let mapped = match before {
        None => None,
        Some(tier) => match forth.get(tier).copied().flatten() {
            Some(tier) => Some(tier),
            None => return Direction::Other,
        },
    };
    match after.cmp(&mapped) {
        std::cmp::Ordering::Greater => Direction::Up,
        std::cmp::Ordering::Less => Direction::Down,
        std::cmp::Ordering::Equal => Direction::Same,
    }
}

/// The partners of both, in the order of their ids.
fn pairs<'r>(a: &'r ProgramReview, b: &'r ProgramReview) -> Vec<Pair<'r>> {
    let mut all: BTreeMap<Id, (Option<&Decided>, Option<&Decided>)> = BTreeMap::new();
    a.decided.iter().for_each(|d| all.entry(id_of(&a.base, d.partner)).or_default().0 = Some(d));
    b.decided.iter().for_each(|d| all.entry(id_of(&b.base, d.partner)).or_default().1 = Some(d));
    let pair = |(id, (before, after))| Pair { id, before, after, direction: Direction::Same, worth: [0.0; 2] };
    all.into_iter().map(pair).collect()
}

/// What to call both sides: their versions, or their days where those are the same, or before and after.
fn labels(a: &ProgramReview, b: &ProgramReview) -> [String; 2] {
    let version = |r: &ProgramReview| r.program.document().version.clone();
    if version(a) != version(b) {
        [version(a), version(b)]
    } else if a.as_of != b.as_of {
        [a.as_of.to_string(), b.as_of.to_string()]
    } else {
        ["before".to_owned(), "after".to_owned()]
    }
}

/// A column of ids.
fn id_column<'i>(ids: impl Iterator<Item = &'i Id>) -> Result<Column> {
    let mut interner = Interner::default();
    let mut codes = Vec::new();
    for id in ids {
        codes.push(interner.intern(match id {
            Id::Int(number) => Key::Int(i128::from(*number)),
            Id::Text(text) => Key::Text(text),
        })?);
    }
    Ok(column("partner_id", ColumnData::Keys(codes, Arc::new(interner))))
}
