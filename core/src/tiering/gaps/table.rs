//! Gaps as tables.

use std::sync::Arc;

use super::super::base::{Attribute, Base};
use super::super::document::{Condition, MetricUnit, Scalar};
use super::super::program::{Compiled, Node};
use super::super::top::shown;
use super::{Gaps, Leaf, Operation};
use crate::engine::parallel;
use crate::error::Result;
use crate::table::result::column;
use crate::table::{Column, ColumnData, Interner, Key, NULL, Table};

/// Distinct texts, of which a column holds codes.
#[derive(Default)]
struct Texts(Interner);

impl Texts {
    fn code(&mut self, text: Option<&str>) -> u32 {
        text.map_or(NULL, |t| self.0.intern(Key::Text(t)).unwrap_or(NULL))
    }

    fn column(self, name: &str, codes: Vec<u32>) -> Column {
        column(name, ColumnData::Keys(codes, Arc::new(self.0)))
    }
}

/// A column of texts, each chosen by a number from a list of them.
pub(crate) fn chosen<'a>(
    name: &str,
    texts: impl Iterator<Item = Option<&'a str>>,
    numbers: impl Iterator<Item = usize>,
) -> Column {
    let mut distinct = Texts::default();
    let codes: Vec<u32> = texts.map(|text| distinct.code(text)).collect();
    let codes = numbers.map(|number| codes.get(number).copied().unwrap_or(NULL)).collect();
    distinct.column(name, codes)
}

/// The partner and the scope of rows; the number of a row where the base has no ids.
pub(crate) fn row_columns(base: &Base, rows: impl Iterator<Item = u32> + Clone) -> [Column; 2] {
    [id_column(base, rows.clone()), scope_column(base, rows)]
}

fn id_column(base: &Base, rows: impl Iterator<Item = u32>) -> Column {
    if base.numbered {
        return count_column("row", rows);
    }
    column("partner_id", ColumnData::Keys(picked(&base.partner, rows), Arc::clone(&base.partners)))
}

fn scope_column(base: &Base, rows: impl Iterator<Item = u32>) -> Column {
    column("scope", ColumnData::Keys(picked(&base.scope, rows), Arc::clone(&base.scopes)))
}

fn picked(codes: &[u32], rows: impl Iterator<Item = u32>) -> Vec<u32> {
    rows.map(|row| codes.get(row as usize).copied().unwrap_or(NULL)).collect()
}

/// The names of tiers.
pub(crate) fn tier_column(program: &Compiled, name: &str, tiers: impl Iterator<Item = usize>) -> Column {
    chosen(name, program.tiers.iter().map(|t| Some(t.tier.as_str())), tiers)
}

/// Numbers, of which NaN are missing.
pub(crate) fn number_column(name: &str, numbers: impl Iterator<Item = f64>) -> Column {
    column(name, ColumnData::Float(numbers.map(|x| (!x.is_nan()).then_some(x)).collect()))
}

/// Whole numbers.
pub(crate) fn count_column(name: &str, counts: impl Iterator<Item = u32>) -> Column {
    column(name, ColumnData::Int(counts.map(|n| Some(i64::from(n))).collect()))
}

impl Gaps {
    /// One row for each gap: partner_id, scope, tier, track, criterion (the path in the document), kind, metric (or
    /// attribute, or tier held), operation, actual, required, missing, unit, alternative (the path of the group of which
    /// only some must be met; null: required anyway), group and population (of a cut-off), actual_text and required_text
    /// (of an attribute).
    pub(crate) fn table(&self, program: &Compiled, base: &Base) -> Result<Table> {
        let leaf = || self.list.iter().map(|gap| gap.leaf as usize);
        let rows = || self.list.iter().map(|gap| gap.row);
        let of_leaves = |name: &str, text: &dyn Fn(usize, &Leaf) -> Option<String>| {
            let texts: Vec<Option<String>> = self.leaves.iter().map(|(track, leaf)| text(*track, leaf)).collect();
            chosen(name, texts.iter().map(Option::as_deref), leaf())
        };
        let path = |track: usize, node: usize| program.tracks[track].paths.get(node).cloned();
        let tracks = || program.track_names.iter().map(Option::as_deref);
        let operations = || Operation::ALL.iter().map(|o| Some(o.name()));
        // There are many gaps: each column by itself, so that threads can share them.
        let columns: [&(dyn Fn() -> Column + Sync); 17] = [
            &|| id_column(base, rows()),
            &|| scope_column(base, rows()),
            &|| tier_column(program, "tier", self.list.iter().map(|gap| usize::from(gap.tier))),
            &|| chosen("track", tracks(), leaf().map(|l| self.leaves[l].0)),
            &|| of_leaves("criterion", &|track, leaf| path(track, leaf.node)),
            &|| of_leaves("kind", &|track, leaf| Some(kind(&program.tracks[track].nodes[leaf.node]).to_owned())),
            &|| of_leaves("metric", &|track, leaf| tested(program, track, leaf)),
            &|| chosen("operation", operations(), self.list.iter().map(|gap| gap.operation as usize)),
            &|| number_column("actual", self.list.iter().map(|gap| gap.actual)),
            &|| number_column("required", self.list.iter().map(|gap| gap.required)),
            &|| number_column("missing", self.list.iter().map(|gap| gap.missing)),
            &|| of_leaves("unit", &|track, leaf| tested_unit(program, track, leaf)),
            &|| of_leaves("alternative", &|track, leaf| leaf.group.and_then(|group| path(track, group))),
            &|| self.group_column(),
            &|| self.population_column(),
            &|| self.actual_text(program, base),
            &|| of_leaves("required_text", &|track, leaf| wanted_text(program, track, leaf)),
        ];
        Ok(Table::new(parallel::map(columns.into(), self.list.len(), |make| Ok(make()))?))
    }

    /// The group of a population, at gaps to its cut-off.
    fn group_column(&self) -> Column {
        let mut groups = Texts::default();
        let mut codes = vec![NULL; self.list.len()];
        for (at, group, _) in &self.populations {
            codes[*at] = groups.code(Some(group));
        }
        groups.column("group", codes)
    }

    fn population_column(&self) -> Column {
        let mut counts = vec![None; self.list.len()];
        for (at, _, population) in &self.populations {
            counts[*at] = population.map(|n| n as i64);
        }
        column("population", ColumnData::Int(counts))
    }

    /// What an attribute is, at gaps to an attribute.
    fn actual_text(&self, program: &Compiled, base: &Base) -> Column {
        let attribute = |(track, leaf): &(usize, Leaf)| match program.tracks[*track].nodes[leaf.node] {
            Node::Attribute { attribute, .. } => base.attributes.get(attribute),
            _ => None,
        };
        let of_leaves: Vec<Option<&Attribute>> = self.leaves.iter().map(attribute).collect();
        let mut texts = Texts::default();
        let mut codes = vec![NULL; self.list.len()];
        if of_leaves.iter().any(Option::is_some) {
            for (code, gap) in codes.iter_mut().zip(&self.list) {
                let values = of_leaves[gap.leaf as usize].map_or(&[][..], |a| a.of(gap.row as usize));
                *code = texts.code((!values.is_empty()).then(|| listed(values)).as_deref());
            }
        }
        texts.column("actual_text", codes)
    }

    /// One row for each partner (and scope) and tier: partner_id, scope, tier, satisfied and total (parts of the tier's
    /// criterion), gaps.
    pub(crate) fn progress_table(&self, program: &Compiled, base: &Base) -> Table {
        let all = || self.progress.iter();
        let mut columns: Vec<Column> = row_columns(base, all().map(|p| p.row)).into();
        columns.push(tier_column(program, "tier", all().map(|p| usize::from(p.tier))));
        columns.push(count_column("satisfied", all().map(|p| p.satisfied)));
        columns.push(count_column("total", all().map(|p| p.total)));
        columns.push(count_column("gaps", all().map(|p| p.gaps)));
        Table::new(columns)
    }
}

/// What a leaf wants of an attribute.
fn wanted_text(program: &Compiled, track: usize, leaf: &Leaf) -> Option<String> {
    match &program.tracks[track].nodes[leaf.node] {
        Node::Attribute { condition, .. } => Some(in_words(condition)),
        _ => None,
    }
}

/// What a leaf is, as tables name it.
pub(crate) fn kind(node: &Node) -> &'static str {
    match node {
        Node::Test(test) if test.gate => "gate",
        Node::Test(_) => "threshold",
        Node::Positive(_) => "every_line_positive",
        Node::Top(_) => "top",
        Node::Attribute { .. } => "attribute",
        Node::Held { .. } => "held",
        Node::Always => "always",
        Node::All(_) | Node::Any(_) | Node::NOf(..) | Node::Not(_) => "group",
    }
}

/// The column that a leaf tests.
pub(crate) fn tested_column(program: &Compiled, track: usize, leaf: &Leaf) -> Option<usize> {
    match program.tracks.get(track)?.nodes.get(leaf.node)? {
        Node::Test(test) => Some(test.column),
        Node::Top(top) => Some(top.column),
        Node::Positive(_) => leaf.line,
        _ => None,
    }
}

/// The metric, attribute or tier that a leaf tests.
pub(crate) fn tested(program: &Compiled, track: usize, leaf: &Leaf) -> Option<String> {
    match &program.tracks[track].nodes[leaf.node] {
        Node::Attribute { attribute, .. } => program.attributes.get(*attribute).cloned(),
        Node::Held { tier, .. } => program.tiers.get(*tier).map(|t| t.tier.clone()),
        _ => tested_column(program, track, leaf).map(|column| program.columns[column].name.clone()),
    }
}

pub(crate) fn tested_unit(program: &Compiled, track: usize, leaf: &Leaf) -> Option<String> {
    if let Node::Held { .. } = &program.tracks[track].nodes[leaf.node] {
        return Some("months".to_owned());
    }
    let unit = program.columns[tested_column(program, track, leaf)?].unit;
    Some(unit_name(program, unit).to_owned())
}

/// A unit as tables name it: money is called by the programme's currency where it has one.
pub(crate) fn unit_name(program: &Compiled, unit: MetricUnit) -> &'static str {
    match (unit, program.currency) {
        (MetricUnit::Money, Some(currency)) => currency.code(),
        (unit, _) => unit.name(),
    }
}

impl MetricUnit {
    /// As documents name it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::People => "people",
            Self::Money => "money",
            Self::Share => "share",
            Self::Points => "points",
            Self::Flag => "flag",
            Self::Number => "number",
        }
    }
}

fn listed(values: &[Scalar]) -> String {
    values.iter().map(shown).collect::<Vec<_>>().join(", ")
}

/// A condition as text, such as `in gold, silver`.
fn in_words(condition: &Condition) -> String {
    let one = |name: &str, value: &Option<Scalar>| value.as_ref().map(|v| format!("{name} {}", shown(v)));
    let many = |name: &str, values: &Option<Vec<Scalar>>| values.as_ref().map(|v| format!("{name} {}", listed(v)));
    let parts = [
        one("is", &condition.is),
        one("is_not", &condition.is_not),
        many("in", &condition.is_in),
        many("not_in", &condition.not_in),
        one("at_least", &condition.at_least),
        one("more_than", &condition.more_than),
        one("at_most", &condition.at_most),
        one("less_than", &condition.less_than),
        condition.exists.map(|wanted| format!("exists {wanted}")),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
