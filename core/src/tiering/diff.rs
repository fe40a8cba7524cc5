//! Diff: what changed from one version of a programme to another, in words.
//!
//! Both documents are walked as trees. Members of lists are matched by what names them (a tier by its id, a line by its id, a
//! criterion by its metric), not by their place, so that a new one in front does not change all behind it. A change is harder,
//! easier or neutral where that follows from its place: a higher lower bound is harder, under `not` easier, and a number with a
//! name takes the direction of every place that names it.

mod words;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use self::words::{place, shown};
use super::decisions::texts;
use super::document::ProgramDocument;
use super::natural::{natural, section};
use super::program::Program;
use crate::table::Table;

/// Whether a change makes a tier harder to come to, or to keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Harder,
    Easier,
    Neutral,
}

impl Direction {
    fn as_str(self) -> &'static str {
        match self {
            Self::Harder => "harder",
            Self::Easier => "easier",
            Self::Neutral => "neutral",
        }
    }

    fn of(sign: i32) -> Self {
        match sign.signum() {
            1 => Self::Harder,
            -1 => Self::Easier,
            _ => Self::Neutral,
        }
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq)]
struct Change {
    path: String,
    kind: &'static str,
    before: Option<String>,
    after: Option<String>,
    direction: Direction,
    words: String,
}

impl Program {
    /// What is different in another version, one row for each change, in the order of the document: path, kind (added,
    /// removed, changed, renamed, or overlap where both hold on the same days), before, after, direction (harder, easier,
    /// neutral), words.
    ///
    /// Tiers that a transition of the other version renames are followed.
    ///
    /// ```
    /// use cosell::tiering::Program;
    /// let version = |version: &str, deals: u32| Program::from_value(&serde_json::json!({
    ///     "program": "services", "version": version,
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"deals": {"measure": "given", "unit": "count"}},
    ///     "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": deals}}}
    /// }));
    /// let changes = version("2026", 20)?.diff(&version("2027", 25)?);
    /// assert_eq!(changes.text(1, "words"), "gold: deals at least 20 -> 25 (harder)");
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn diff(&self, other: &Program) -> Table {
        let mut changes = changes(self.document(), other.document());
        changes.sort_by_key(|c| (section(&c.path), natural(&c.path)));
        let text = |name: &str, of: fn(&Change) -> Option<&str>| texts(name, changes.iter().map(of));
        Table::new(vec![
            text("path", |c| Some(&c.path)),
            text("kind", |c| Some(c.kind)),
            text("before", |c| c.before.as_deref()),
            text("after", |c| c.after.as_deref()),
            text("direction", |c| Some(c.direction.as_str())),
            text("words", |c| Some(&c.words)),
        ])
    }
}

/// The changes between two documents.
fn changes(before: &ProgramDocument, after: &ProgramDocument) -> Vec<Change> {
    let (mut old, new) = (value_of(before), value_of(after));
    let transition = after.transitions.iter().find(|t| t.from_version == before.version);
    let mut renames: Vec<(String, String)> = Vec::new();
    for (from, to) in transition.into_iter().flat_map(|t| &t.tiers) {
        // Only a name that is gone is renamed; one that another tier of the new version has is a move.
        let gone = !after.tiers.iter().any(|t| t.tier == *from);
        let fresh = !before.tiers.iter().any(|t| t.tier == *to) && !renames.iter().any(|(_, known)| known == to);
        if gone && fresh && before.tiers.iter().any(|t| t.tier == *from) {
            renames.push((from.clone(), to.clone()));
        }
    }
    let mut walk = Walk { changes: Vec::new(), signs: BTreeMap::new(), roots: [Value::Null, Value::Null] };
    for (from, to) in &renames {
        rename(&mut old, from, to);
        let at = after.tiers.iter().position(|t| t.tier == *to).unwrap_or_default();
        walk.changes.push(Change {
            path: format!("tiers[{at}].tier"),
            kind: "renamed",
            before: Some(from.clone()),
            after: Some(to.clone()),
            direction: Direction::Neutral,
            words: format!("tier {from} is now called {to}"),
        });
    }
    parameter_signs(&old, 0, &mut walk.signs);
    parameter_signs(&new, 0, &mut walk.signs);
    walk.roots = [old.clone(), new.clone()];
    walk.compare("", &old, &new, 0);
    walk.changes.extend(overlap(before, after));
    walk.changes
}

/// The days on which two versions of one programme both say that they hold. A version without a last day ends where another
/// one takes over, so it overlaps with none that begins later.
fn overlap(before: &ProgramDocument, after: &ProgramDocument) -> Option<Change> {
    if before.program != after.program || before.version == after.version {
        return None;
    }
    let (mut first, mut second) = (before.effective, after.effective);
    if second.from < first.from {
        std::mem::swap(&mut first, &mut second);
    }
    let from = second.from?;
    let ends = [first.to, second.to].into_iter().flatten().min();
    let both = first.from == second.from || first.to.is_some_and(|to| to >= from);
    if !both || ends.is_some_and(|ends| ends < from) {
        return None;
    }
    let until = ends.map_or("on".to_owned(), |to| format!("to {to}"));
    let shown = |version: &ProgramDocument| value_of(version).get("effective").map(shown);
    Some(Change {
        path: "effective".to_owned(),
        kind: "overlap",
        before: shown(before),
        after: shown(after),
        direction: Direction::Neutral,
        words: format!("both versions hold from {from} {until}; end one before the other begins"),
    })
}

fn value_of(document: &ProgramDocument) -> Value {
    serde_json::to_value(document).unwrap_or_default()
}

/// Gives a tier another name, wherever a document names it.
fn rename(value: &mut Value, from: &str, to: &str) {
    const BY_TIER: &[&str] = &["qualification", "maintenance", "by_tier", "worth"];
    let keys = |fields: &mut Map<String, Value>| {
        let renamed =
            fields.iter().map(|(key, value)| (if key == from { to.to_owned() } else { key.clone() }, value.clone()));
        *fields = renamed.collect();
    };
    match value {
        Value::Array(list) => list.iter_mut().for_each(|v| rename(v, from, to)),
        Value::Object(fields) => {
            for (key, inner) in fields.iter_mut() {
                match inner {
                    // The transitions of a version speak of the names of the version before it.
                    Value::Array(_) if key == "transitions" => continue,
                    Value::String(name) if matches!(key.as_str(), "tier" | "qualifies") && name == from => {
                        to.clone_into(name);
                    }
                    Value::Object(of_tiers) if BY_TIER.contains(&key.as_str()) || key == "tiers" => keys(of_tiers),
                    _ => {}
                }
                rename(inner, from, to);
            }
        }
        _ => {}
    }
}

/// What more of a member of an object means: harder (1), easier (-1) or nothing that could be told (0).
fn sign_of(key: &str) -> i32 {
    match key {
        "at_least" | "more_than" | "n" | "threshold" | "need" | "sustained" | "margin" => 1,
        "at_most" | "less_than" | "share" | "points" | "points_each" | "grace_days" | "months_back"
        | "rolling_days" | "rolling_months" | "full_months" => -1,
        _ => 0,
    }
}

/// The sections in which numbers make tiers harder or easier.
fn counts(path: &str) -> bool {
    ["qualification", "maintenance", "tracks", "scorecards", "review", "deadlines", "attainment", "tiers"]
        .iter()
        .any(|s| path.starts_with(s))
}

/// The directions in which each parameter is used.
fn parameter_signs(value: &Value, sign: i32, signs: &mut BTreeMap<String, Vec<i32>>) {
    fn walk(value: &Value, path: &str, sign: i32, turn: i32, signs: &mut BTreeMap<String, Vec<i32>>) {
        match value {
            Value::Array(list) => list.iter().for_each(|v| walk(v, path, sign, turn, signs)),
            Value::Object(fields) => {
                for (key, inner) in fields {
                    if let (Value::String(name), "parameter") = (inner, key.as_str()) {
                        signs.entry(name.clone()).or_default().push(sign * turn);
                        continue;
                    }
                    let path = if path.is_empty() { key.clone() } else { path.to_owned() };
                    let turn = if key == "not" { -turn } else { turn };
                    let own = if counts(&path) { sign_of(key) } else { 0 };
                    let kept = matches!(key.as_str(), "by_track" | "otherwise") || fields.len() == 1;
                    let sign = if own != 0 {
                        own
                    } else if kept {
                        sign
                    } else {
                        0
                    };
                    walk(inner, &path, sign, turn, signs);
                }
            }
            _ => {}
        }
    }
    walk(value, "", sign, 1, signs);
}

/// A comparison under way.
struct Walk {
    changes: Vec<Change>,
    signs: BTreeMap<String, Vec<i32>>,
    /// The documents before and after.
    roots: [Value; 2],
}

impl Walk {
    /// Compares what stands at a path; `turn` is -1 below an odd number of `not`, 0 where a direction means nothing.
    fn compare(&mut self, path: &str, before: &Value, after: &Value, turn: i32) {
        if before == after {
            return;
        }
        match (before, after) {
            (Value::Object(a), Value::Object(b)) if !is_leaf(a) && !is_leaf(b) && same_kind(a, b) => {
                self.objects(path, a, b, turn);
            }
            (Value::Array(a), Value::Array(b)) => self.lists(path, a, b, turn),
            _ => self.push(path, Some(before), Some(after), turn),
        }
    }

    fn objects(&mut self, path: &str, before: &Map<String, Value>, after: &Map<String, Value>, turn: i32) {
        let gone = before.keys().filter(|key| !after.contains_key(*key));
        for key in after.keys().chain(gone) {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let turn = match key.as_str() {
                "not" => -turn,
                "qualification" | "maintenance" | "when" => 1,
                "scorecards" | "review" | "deadlines" | "attainment" => 1,
                _ => turn,
            };
            match (before.get(key), after.get(key)) {
                (Some(a), Some(b)) => self.compare(&path, a, b, if key == "when" { 0 } else { turn }),
                (a, b) => self.push(&path, a, b, turn),
            }
        }
    }

    fn lists(&mut self, path: &str, before: &[Value], after: &[Value], turn: i32) {
        let (old, new) = (named(before), named(after));
        for (at, (name, value)) in new.iter().zip(after).enumerate() {
            let path = format!("{path}[{at}]");
            match old.iter().position(|n| n == name) {
                Some(was) => self.compare(&path, &before[was], value, turn),
                None => self.push(&path, None, Some(value), turn),
            }
        }
        for (at, (name, value)) in old.iter().zip(before).enumerate() {
            if !new.contains(name) {
                self.push(&format!("{path}[{at}]"), Some(value), None, turn);
            }
        }
    }

    fn push(&mut self, path: &str, before: Option<&Value>, after: Option<&Value>, turn: i32) {
        let kind = match (before, after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "changed",
        };
        let direction = self.direction(path, before, after, turn);
        let (old, new) = (before.map(shown), after.map(shown));
        let root = if kind == "removed" { &self.roots[0] } else { &self.roots[1] };
        let place = place(root, path);
        let mut words = match (&old, &new) {
            (None, Some(new)) => format!("{place}: {new} added"),
            (Some(old), None) => format!("{place}: {old} removed"),
            (Some(old), Some(new)) => format!("{place} {old} -> {new}"),
            (None, None) => place,
        };
        if direction != Direction::Neutral {
            words += &format!(" ({})", direction.as_str());
        }
        self.changes.push(Change { path: path.to_owned(), kind, before: old, after: new, direction, words });
    }

    fn direction(&self, path: &str, before: Option<&Value>, after: Option<&Value>, turn: i32) -> Direction {
        let number = |value: Option<&Value>| value.and_then(Value::as_f64);
        if let Some(name) = path.strip_prefix("parameters.").and_then(|p| p.strip_suffix(".value")) {
            let signs = self.signs.get(name).map_or(&[][..], Vec::as_slice);
            let one = signs.first().copied().unwrap_or_default();
            let same = signs.iter().all(|s| *s == one);
            return match (number(before), number(after)) {
                (Some(a), Some(b)) if same && b > a => Direction::of(one),
                (Some(a), Some(b)) if same && b < a => Direction::of(-one),
                _ => Direction::Neutral,
            };
        }
        if turn == 0 || !counts(path) {
            return Direction::Neutral;
        }
        let sign = path.rsplit('.').find_map(|key| {
            let key = key.split('[').next().unwrap_or_default();
            // A number by track is as its place says.
            Some(sign_of(key)).filter(|s| *s != 0)
        });
        let last = path.rsplit('.').next().unwrap_or_default();
        if let (Some(a), Some(b)) = (number(before), number(after)) {
            let sign = own_sign(path).or(sign).unwrap_or_default() * turn;
            return Direction::of(if b > a { sign } else { -sign });
        }
        // One more of `all` is harder, one more of `any` easier; a bound that comes is harder.
        let joined = match last.split('[').next().unwrap_or_default() {
            "all" | "deadlines" => 1,
            "any" | "of" => -1,
            "at_least" | "more_than" | "at_most" | "less_than" => 1,
            _ => 0,
        };
        match (before, after) {
            (None, Some(_)) => Direction::of(joined * turn),
            (Some(_), None) => Direction::of(-joined * turn),
            _ => Direction::Neutral,
        }
    }
}

/// What more means at places that their last name alone does not tell.
fn own_sign(path: &str) -> Option<i32> {
    let last = path.rsplit('.').next()?;
    match last {
        // More months to reach a tier, or to have held another one.
        "months" => Some(if path.starts_with("deadlines") { -1 } else { 1 }),
        "days" => Some(1),
        "max_points" => Some(-1),
        // More steps at a time: sooner up, or deeper down.
        "at_most" if path.starts_with("review.demotion") => Some(1),
        _ => None,
    }
}

/// Objects that are one value: amounts, numbers by name.
fn is_leaf(fields: &Map<String, Value>) -> bool {
    fields.len() == 1 && ["parameter", "money"].iter().any(|key| fields.contains_key(*key))
}

/// Whether two criteria (or measures) are of one kind; objects of several members always are.
fn same_kind(a: &Map<String, Value>, b: &Map<String, Value>) -> bool {
    const KINDS: &[&str] = &[
        "all",
        "any",
        "n_of",
        "not",
        "threshold",
        "every_line_positive",
        "top",
        "attribute",
        "qualifies",
        "held",
        "gate",
        "margin",
        "criterion",
        "linear",
        "best_of",
        "sum_of",
        "full",
        "bands",
        "steps",
        "count",
        "count_distinct",
        "sum",
        "average",
        "latest",
        "maximum",
        "points",
        "ratio",
        "change",
        "highest_of",
        "lowest_of",
        "coverage",
    ];
    let kind = |fields: &Map<String, Value>| (fields.len() == 1).then(|| fields.keys().next().cloned()).flatten();
    match (kind(a), kind(b)) {
        (Some(a), Some(b)) if a != b => !(KINDS.contains(&a.as_str()) && KINDS.contains(&b.as_str())),
        _ => true,
    }
}

/// What names each member of a list; the second of the same name has a number.
fn named(list: &[Value]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for value in list {
        let name = name_of(value);
        let same = names.iter().filter(|n| **n == name || n.starts_with(&format!("{name}#"))).count();
        names.push(if same == 0 { name } else { format!("{name}#{same}") });
    }
    names
}

fn name_of(value: &Value) -> String {
    let Value::Object(fields) = value else { return value.to_string() };
    let text = |key: &str| fields.get(key).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned));
    if let Some(line) = ["track", "line", "from_version"].iter().find_map(|key| text(key)) {
        return line;
    }
    if let Some(partner) = text("partner_id") {
        return format!("{partner} {} {}", text("tier").unwrap_or_default(), text("from").unwrap_or_default());
    }
    if let Some(tier) = text("tier") {
        return tier;
    }
    if let Some(metric) = text("metric") {
        return format!("{metric} {}", text("training").unwrap_or_default());
    }
    // A criterion: its kind and what it speaks of.
    match fields.iter().next() {
        Some((kind, Value::Object(inner))) if fields.len() == 1 => {
            let of = ["metric", "field", "tier"].iter().find_map(|key| inner.get(*key)).map(ToString::to_string);
            format!("{kind} {}", of.unwrap_or_default())
        }
        Some((kind, Value::String(of))) if fields.len() == 1 => format!("{kind} {of}"),
        Some((kind, Value::Array(_))) if fields.len() == 1 => kind.clone(),
        _ => "row".to_owned(),
    }
}
