//! Cut-offs of populations: the value from which a partner is among the top.
//!
//! The top `p` of `n` partners are those of rank 1 to `ceil(p n)`, from the highest down, and whoever ties with the last of
//! them. The population is every row that has a value, in every group that the attributes of `within` make; groups with no
//! value of an attribute stand by themselves.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::base::Base;
use super::document::Scalar;
use super::formula::Columns;
use super::program::{Compiled, Node, TopRule};
use super::single::CutoffRow;
use crate::table::NULL;

/// The groups of rows, each named once: rows are told apart by the codes of their attributes, not by texts.
pub(crate) struct Groups<'a> {
    top: &'a TopRule,
    base: &'a Base,
    /// By the codes of up to two attributes; beyond that, by text.
    by_codes: HashMap<u64, usize>,
    by_name: BTreeMap<String, usize>,
    pub(crate) names: Vec<String>,
}

impl<'a> Groups<'a> {
    pub(crate) fn new(top: &'a TopRule, base: &'a Base) -> Self {
        Self { top, base, by_codes: HashMap::new(), by_name: BTreeMap::new(), names: Vec::new() }
    }

    /// The number of a row's group in the names.
    pub(crate) fn of(&mut self, row: usize) -> usize {
        let code = |attribute: usize| self.base.attributes[attribute].codes.get(row).map_or(NULL, |&code| code);
        let key = match *self.top.within.as_slice() {
            [] => Some(0),
            [one] => Some(u64::from(code(one))),
            [one, two] => Some(u64::from(code(one)) << 32 | u64::from(code(two))),
            _ => None,
        };
        if let Some(&number) = key.and_then(|key| self.by_codes.get(&key)) {
            return number;
        }
        let name = group(self.top, self.base, row);
        let next = self.names.len();
        let number = *self.by_name.entry(name.clone()).or_insert(next);
        if number == next {
            self.names.push(name);
        }
        if let Some(key) = key {
            self.by_codes.insert(key, number);
        }
        number
    }
}

/// The cut-offs of a programme over a population.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Cutoffs {
    /// By track, node and group.
    pub(crate) groups: BTreeMap<(usize, usize, String), Cutoff>,
}

/// The cut-off of one group.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cutoff {
    /// The least value that is in.
    pub(crate) value: f64,
    /// How many the population has; `None`: it was handed in without.
    pub(crate) population: Option<usize>,
}

impl Cutoffs {
    /// The cut-offs over a base.
    pub(crate) fn of(program: &Compiled, base: &Base) -> Self {
        let mut this = Self::default();
        for (track, rules) in program.tracks.iter().enumerate() {
            let tops: Vec<(usize, &TopRule)> = rules
                .nodes
                .iter()
                .enumerate()
                .filter_map(|(at, node)| if let Node::Top(top) = node { Some((at, top)) } else { None })
                .collect();
            if tops.is_empty() {
                continue;
            }
            let mut columns = Columns::new(&base.columns, 0..base.rows());
            columns.derive(&rules.formulas);
            for (node, top) in tops {
                let mut groups = Groups::new(top, base);
                let mut of_groups: Vec<Vec<f64>> = Vec::new();
                for row in 0..base.rows() {
                    let value = columns.at(top.column, row);
                    if !value.is_nan() {
                        let number = groups.of(row);
                        of_groups.resize(groups.names.len(), Vec::new());
                        of_groups[number].push(value);
                    }
                }
                for (group, mut values) in groups.names.into_iter().zip(of_groups) {
                    values.sort_by(|a, b| b.total_cmp(a));
                    let ranks = ranks(top.share, values.len());
                    let cutoff = Cutoff { value: values[ranks - 1], population: Some(values.len()) };
                    this.groups.insert((track, node, group), cutoff);
                }
            }
        }
        this
    }

    /// The cut-offs that were handed in; those of other criteria are left out.
    pub(crate) fn given(program: &Compiled, rows: &[CutoffRow]) -> Self {
        let mut this = Self::default();
        for row in rows {
            let tracks = program.tracks.iter().enumerate().filter(|(_, rules)| rules.track == row.track);
            for (track, rules) in tracks {
                for (node, path) in rules.paths.iter().enumerate() {
                    if *path == row.criterion && matches!(rules.nodes[node], Node::Top(_)) {
                        let cutoff = Cutoff { value: row.cutoff, population: row.population };
                        this.groups.insert((track, node, row.within.clone()), cutoff);
                    }
                }
            }
        }
        this
    }

    /// The cut-off of a group.
    pub(crate) fn of_group(&self, track: usize, node: usize, group: &str) -> Option<Cutoff> {
        self.groups.get(&(track, node, group.to_owned())).copied()
    }

    pub(crate) fn of_row(&self, track: usize, node: usize, top: &TopRule, base: &Base, row: usize) -> Option<Cutoff> {
        self.of_group(track, node, &group(top, base, row))
    }
}

/// How many ranks are in: `ceil(share x n)`, at least one, where 0.03 x 100 is 3 and not a hair above it.
pub(crate) fn ranks(share: f64, n: usize) -> usize {
    let exact = share * n as f64;
    let rounded = exact.round();
    let ranks = if (exact - rounded).abs() < 1e-9 * exact.max(1.0) { rounded } else { exact.ceil() };
    (ranks as usize).clamp(1, n.max(1))
}

/// The group of a row: the values of its attributes, one behind the other.
pub(crate) fn group(top: &TopRule, base: &Base, row: usize) -> String {
    let one = |&attribute: &usize| {
        let values = base.attributes[attribute].of(row).iter().map(shown);
        values.collect::<Vec<_>>().join(";")
    };
    top.within.iter().map(one).collect::<Vec<_>>().join(" | ")
}

/// A value as text.
pub(crate) fn shown(value: &Scalar) -> String {
    match value {
        Scalar::Flag(flag) => flag.to_string(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Text(text) => text.clone(),
    }
}
