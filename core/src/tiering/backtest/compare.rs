//! Two reviews of the same partners: who moves, why, and what is at stake.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::super::decisions::texts;
use super::super::economics::tier_worths;
use super::super::review::{Decided, ProgramReview, codes, id_of};
use super::stakes::stakes;
use super::unmet::Asked;
use crate::engine::exact_sum::ExactSum;
use crate::error::Result;
use crate::facts::Id;
use crate::table::result::{TextColumn, column};
use crate::table::{Column, ColumnData, Interner, Key, RawTable, Table};

/// How two reviews are compared.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ProgramCompareOptions {
    /// What is at stake with a partner: a column of the table `stakes` (default `stake`), or without that table a metric of
    /// the first programme. `None` without a table: nothing is.
    pub stake: Option<String>,
}

/// What is different between two reviews of the same partners.
#[derive(Debug, Clone)]
pub struct ProgramComparison {
    /// One row for each pair of tiers, in the order of their ranks: from, to, direction (up, down, same, other), partners,
    /// stake, worth_gained, worth_lost.
    pub movements: Table,
    /// One row for each partner that does not stay where it is: partner_id, from, to, direction, stake, worth_before,
    /// worth_after, decides (the first criterion that keeps it from the higher tier), further (how many more do), metric,
    /// actual, required, because (the reasons of the second decision).
    pub moves: Table,
    /// The movements as edges of a Sankey diagram: source, target, partners, stake.
    pub flows: Table,
}

/// A partner in both reviews.
struct Pair<'r> {
    id: Id,
    before: Option<&'r Decided>,
    after: Option<&'r Decided>,
    direction: Direction,
    stake: Option<f64>,
    worth: [f64; 2],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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

impl ProgramReview {
    /// Compares this review with that of another programme (or day): who moves between effective tiers, why, and what is at
    /// stake. Tiers are the same by name, or by a transition between the two versions.
    ///
    /// `stakes` is a table of partner_id and a number, such as revenue or credit; rows of one partner are added.
    ///
    /// # Errors
    /// An unknown metric; stakes without their columns, or with something that is no number; ids that are integers in one
    /// review and texts in the other.
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::table::RawTable;
    /// use cosell::tiering::{ProgramCompareOptions, Program, ProgramReviewOptions};
    /// let review = |version: &str, deals: u32| {
    ///     let program = Program::from_value(&serde_json::json!({
    ///         "program": "services", "version": version,
    ///         "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///         "metrics": {"deals": {"measure": "given", "unit": "count"}},
    ///         "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": deals}}}
    ///     }))?;
    ///     let rows = [serde_json::json!({"partner_id": "P-1", "deals": 5})];
    ///     let options = ProgramReviewOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
    ///     program.review_frame(&RawTable::from_json(&rows)?, None, &options, &Monitor::none())
    /// };
    /// let change = review("2026", 5)?.compare(&review("2027", 8)?, None, &ProgramCompareOptions::default())?;
    /// assert_eq!((change.moves.text(0, "direction"), change.moves.number(0, "required")), ("down".into(), Some(8.0)));
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn compare(
        &self,
        other: &ProgramReview,
        stakes_of: Option<&RawTable<'_>>,
        options: &ProgramCompareOptions,
    ) -> Result<ProgramComparison> {
        let stakes = stakes(self, stakes_of, options.stake.as_deref())?;
        let (forth, back) = (tier_map(self, other), tier_map(other, self));
        let mut pairs = pairs(self, other);
        for pair in &mut pairs {
            pair.stake = stakes.get(&pair.id).copied();
            pair.worth = [worth(self, pair.before)?, worth(other, pair.after)?];
            pair.direction = match (pair.before, pair.after) {
                (Some(before), Some(after)) => direction(&forth, before.decision.effective, after.decision.effective),
                _ => Direction::Other,
            };
        }
        let names = labels(self, other);
        Ok(ProgramComparison {
            movements: movements(self, other, &pairs),
            moves: moves(self, other, &pairs, &forth, &back)?,
            flows: flows(self, other, &pairs, &names),
        })
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
    let pair =
        |(id, (before, after))| Pair { id, before, after, direction: Direction::Same, stake: None, worth: [0.0; 2] };
    all.into_iter().map(pair).collect()
}

/// What the benefits of a partner's tier are worth in a year.
fn worth(review: &ProgramReview, decided: Option<&Decided>) -> Result<f64> {
    let Some((tier, track)) = decided.and_then(|d| d.decision.effective.zip(d.decision.track)) else { return Ok(0.0) };
    let worths = tier_worths(review.program.compiled(), track, review.as_of)?;
    Ok(worths.get(tier).and_then(|t| t.worth).unwrap_or_default())
}

/// What stands together in a movement: the tiers, and the direction.
type Key2 = (Option<usize>, Option<usize>, bool, bool);

/// Partners and sums of a movement.
#[derive(Default)]
struct Moved {
    partners: i64,
    stake: ExactSum,
    staked: bool,
    gained: ExactSum,
    lost: ExactSum,
    direction: Option<Direction>,
}

fn grouped(pairs: &[Pair<'_>]) -> BTreeMap<Key2, Moved> {
    let mut groups: BTreeMap<Key2, Moved> = BTreeMap::new();
    for pair in pairs {
        let tier = |d: Option<&Decided>| d.and_then(|d| d.decision.effective);
        let key = (tier(pair.before), tier(pair.after), pair.before.is_some(), pair.after.is_some());
        let moved = groups.entry(key).or_default();
        moved.partners += 1;
        moved.direction = Some(pair.direction);
        if let Some(stake) = pair.stake {
            moved.stake.add(stake);
            moved.staked = true;
        }
        let change = pair.worth[1] - pair.worth[0];
        if change > 0.0 { moved.gained.add(change) } else { moved.lost.add(-change) }
    }
    groups
}

fn movements(a: &ProgramReview, b: &ProgramReview, pairs: &[Pair<'_>]) -> Table {
    let groups = grouped(pairs);
    let all = || groups.iter();
    let sums = |of: fn(&Moved) -> f64| ColumnData::Float(groups.values().map(|m| Some(of(m))).collect());
    Table::new(vec![
        texts("from", all().map(|((from, ..), _)| a.tier_name(*from))),
        texts("to", all().map(|((_, to, ..), _)| b.tier_name(*to))),
        texts("direction", all().map(|(_, m)| m.direction.map(Direction::as_str))),
        column("partners", ColumnData::Int(all().map(|(_, m)| Some(m.partners)).collect())),
        column("stake", ColumnData::Float(all().map(|(_, m)| m.staked.then(|| m.stake.value())).collect())),
        column("worth_gained", sums(|m| m.gained.value())),
        column("worth_lost", sums(|m| m.lost.value())),
    ])
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

fn flows(a: &ProgramReview, b: &ProgramReview, pairs: &[Pair<'_>], labels: &[String; 2]) -> Table {
    let groups = grouped(pairs);
    let node = |label: &str, review: &ProgramReview, tier: Option<usize>, there: bool| {
        let none = if there { "(no tier)" } else { "(not reviewed)" };
        format!("{label}: {}", review.tier_name(tier).unwrap_or(none))
    };
    let ends: Vec<[String; 2]> = groups
        .keys()
        .map(|&(from, to, was, is)| [node(&labels[0], a, from, was), node(&labels[1], b, to, is)])
        .collect();
    Table::new(vec![
        texts("source", ends.iter().map(|e| Some(e[0].as_str()))),
        texts("target", ends.iter().map(|e| Some(e[1].as_str()))),
        column("partners", ColumnData::Int(groups.values().map(|m| Some(m.partners)).collect())),
        column("stake", ColumnData::Float(groups.values().map(|m| m.staked.then(|| m.stake.value())).collect())),
    ])
}

/// A column of ids.
pub(super) fn id_column<'i>(ids: impl Iterator<Item = &'i Id>) -> Result<Column> {
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

fn moves(
    a: &ProgramReview,
    b: &ProgramReview,
    pairs: &[Pair<'_>],
    forth: &[Option<usize>],
    back: &[Option<usize>],
) -> Result<Table> {
    let moved: Vec<&Pair<'_>> = pairs.iter().filter(|p| p.direction != Direction::Same).collect();
    let (of_a, of_b) = (Asked::new(a), Asked::new(b));
    let (mut decides, mut metrics, mut because) = (TextColumn::default(), TextColumn::default(), TextColumn::default());
    let (mut further, mut actual, mut required) = (Vec::new(), Vec::new(), Vec::new());
    for pair in &moved {
        let tier = |d: Option<&Decided>| d.and_then(|d| d.decision.effective);
        let map = |map: &[Option<usize>], tier: Option<usize>| tier.and_then(|t| map.get(t).copied().flatten());
        // The higher tier, asked for under the rules that do not give it.
        let unmet = match (pair.direction, pair.before, pair.after) {
            (Direction::Down, _, Some(after)) => {
                map(forth, tier(pair.before)).map(|higher| of_b.unmet(after.row, higher)).unwrap_or_default()
            }
            (Direction::Up, Some(before), _) => {
                map(back, tier(pair.after)).map(|higher| of_a.unmet(before.row, higher)).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        let first = unmet.first();
        decides.push(first.map(|u| u.path.as_str()));
        metrics.push(first.and_then(|u| u.metric.as_deref()));
        further.push(first.map(|_| unmet.len() as i64 - 1));
        actual.push(first.and_then(|u| u.actual));
        required.push(first.and_then(|u| u.required));
        let reasons = pair.after.map(|d| codes(&d.decision.reasons));
        because.push(reasons.as_deref());
    }
    let all = || moved.iter();
    let floats = |name: &str, values: Vec<Option<f64>>| column(name, ColumnData::Float(values));
    let from = all().map(|p| p.before.and_then(|d| a.tier_name(d.decision.effective)));
    let to = all().map(|p| p.after.and_then(|d| b.tier_name(d.decision.effective)));
    Ok(Table::new(vec![
        id_column(all().map(|p| &p.id))?,
        texts("from", from),
        texts("to", to),
        texts("direction", all().map(|p| Some(p.direction.as_str()))),
        floats("stake", all().map(|p| p.stake).collect()),
        floats("worth_before", all().map(|p| Some(p.worth[0])).collect()),
        floats("worth_after", all().map(|p| Some(p.worth[1])).collect()),
        decides.finish("decides"),
        column("further", ColumnData::Int(further)),
        metrics.finish("metric"),
        floats("actual", actual),
        floats("required", required),
        because.finish("because"),
    ]))
}
