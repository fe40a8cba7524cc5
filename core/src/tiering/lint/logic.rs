//! What follows from criteria: bounds of columns, and whether one criterion implies another.
//!
//! Both are sound and not complete: what is claimed holds for every partner whose metrics are known; what holds is not always
//! claimed. The bounds of a criterion are, for each column, a range outside of which it is not met; those of `all` are
//! intersected and carried through the formulas of derived columns, those of `any` are joined.

use std::collections::BTreeMap;

use super::super::base::order;
use super::super::document::{Condition, Scalar};
use super::super::program::{Compiled, Node, TrackRules};
use super::ranges::{Range, derived, is_whole, ranges};

/// Bounds of columns; those that are not named have none.
pub(super) type Bounds = BTreeMap<usize, Range>;

/// The criteria of one track.
pub(super) struct Logic<'a> {
    pub(super) program: &'a Compiled,
    pub(super) rules: &'a TrackRules,
    /// The values that each column can have.
    pub(super) ranges: Vec<Range>,
    /// What follows from each node; `None`: it is never met.
    bounds: Vec<Option<Bounds>>,
    known: BTreeMap<(usize, usize), bool>,
}

impl<'a> Logic<'a> {
    pub(super) fn new(program: &'a Compiled, rules: &'a TrackRules) -> Self {
        let ranges = ranges(program, rules);
        let mut this = Self { program, rules, ranges, bounds: Vec::new(), known: BTreeMap::new() };
        for node in &rules.nodes {
            let bounds = this.of_node(node);
            this.bounds.push(bounds);
        }
        this
    }

    /// What follows from a node.
    pub(super) fn bounds(&self, node: usize) -> Option<&Bounds> {
        self.bounds[node].as_ref()
    }

    /// Whether no partner meets a node.
    pub(super) fn never(&self, node: usize) -> bool {
        self.bounds[node].is_none()
    }

    /// Whether every partner whose metrics are known meets a node.
    pub(super) fn always(&self, node: usize) -> bool {
        match &self.rules.nodes[node] {
            Node::Always => true,
            Node::All(children) => children.iter().all(|&c| self.always(c)),
            Node::Any(children) => children.iter().any(|&c| self.always(c)),
            Node::NOf(n, children) => children.iter().filter(|&&c| self.always(c)).count() >= *n,
            Node::Not(child) => self.never(*child),
            Node::Test(test) => self.ranges[test.column].within(self.tested(test.column, Range::of_test(test))),
            Node::Positive(lines) => lines.iter().all(|&line| self.ranges[line].low > 0.0),
            Node::Top(top) => top.share >= 1.0,
            Node::Attribute { .. } | Node::Held { .. } => false,
        }
    }

    /// A range of a column; of whole numbers, where it has only those.
    pub(super) fn tested(&self, column: usize, range: Range) -> Range {
        if is_whole(self.program, column) { range.whole() } else { range }
    }

    fn of_node(&self, node: &Node) -> Option<Bounds> {
        match node {
            Node::Always | Node::Attribute { .. } | Node::Held { .. } | Node::Top(_) => Some(Bounds::new()),
            Node::Test(test) => self.one(test.column, Range::of_test(test)),
            Node::Positive(lines) => {
                let above = Range { low: 0.0, low_open: true, ..Range::ALL };
                let each: Option<Vec<Bounds>> = lines.iter().map(|&line| self.one(line, above)).collect();
                self.all(&each?.iter().collect::<Vec<_>>())
            }
            Node::All(children) => {
                let each: Option<Vec<&Bounds>> = children.iter().map(|&c| self.bounds[c].as_ref()).collect();
                self.all(&each?)
            }
            Node::Any(children) => self.some(1, children),
            Node::NOf(n, children) => self.some(*n, children),
            Node::Not(child) => {
                if self.always(*child) {
                    return None;
                }
                // The complement of one bound is a range; that of more is none.
                match &self.rules.nodes[*child] {
                    Node::Test(test) => match (test.low, test.high) {
                        (Some(low), None) => {
                            self.one(test.column, Range { high: low.limit, high_open: !low.strict, ..Range::ALL })
                        }
                        (None, Some(high)) => {
                            self.one(test.column, Range { low: high.limit, low_open: !high.strict, ..Range::ALL })
                        }
                        _ => Some(Bounds::new()),
                    },
                    _ => Some(Bounds::new()),
                }
            }
        }
    }

    fn one(&self, column: usize, range: Range) -> Option<Bounds> {
        let range = self.tested(column, range.and(self.ranges[column]));
        (!range.is_empty()).then(|| Bounds::from([(column, range)]))
    }

    /// All of them hold.
    fn all(&self, each: &[&Bounds]) -> Option<Bounds> {
        let mut all = Bounds::new();
        for bounds in each {
            for (&column, &range) in *bounds {
                let known = all.entry(column).or_insert(range);
                *known = known.and(range);
            }
        }
        // What the bounds of the base make of derived columns.
        let mut ranges = self.ranges.clone();
        all.iter().for_each(|(&column, &range)| ranges[column] = ranges[column].and(range));
        let ranges = derived(self.rules, ranges);
        let named = all.keys().copied().chain(self.rules.formulas.iter().map(|(place, _)| *place));
        let empty = named.into_iter().any(|column| self.tested(column, ranges[column]).is_empty());
        if empty {
            return None;
        }
        all.iter_mut().for_each(|(&column, range)| *range = self.tested(column, ranges[column]));
        Some(all)
    }

    /// At least `n` of them hold.
    fn some(&self, n: usize, children: &[usize]) -> Option<Bounds> {
        let possible: Vec<&Bounds> = children.iter().filter_map(|&c| self.bounds[c].as_ref()).collect();
        if possible.len() < n {
            return None;
        }
        if possible.len() == n {
            return self.all(&possible);
        }
        let mut of_column: BTreeMap<usize, Vec<Range>> = BTreeMap::new();
        for bounds in &possible {
            bounds.iter().for_each(|(&column, &range)| of_column.entry(column).or_default().push(range));
        }
        // Of so many that bound a column, at least one is among any n that hold.
        let enough = possible.len() - n + 1;
        let joined = of_column.into_iter().filter(|(_, ranges)| ranges.len() >= enough);
        let hull = |ranges: Vec<Range>| ranges.into_iter().reduce(Range::hull).unwrap_or(Range::ALL);
        Some(joined.map(|(column, ranges)| (column, hull(ranges))).collect())
    }

    /// Whether whoever meets `a` meets `b`.
    pub(super) fn implies(&mut self, a: usize, b: usize) -> bool {
        if a == b || self.never(a) || self.always(b) {
            return true;
        }
        if let Some(&known) = self.known.get(&(a, b)) {
            return known;
        }
        // Children stand before their parents, so this comes to an end.
        let answer = self.proves(a, b);
        self.known.insert((a, b), answer);
        answer
    }

    fn proves(&mut self, a: usize, b: usize) -> bool {
        let rules = self.rules;
        let (from, to) = (&rules.nodes[a], &rules.nodes[b]);
        if from == to {
            return true;
        }
        // What is asked, in parts.
        let met = |this: &mut Self, parts: &[usize]| parts.iter().filter(|&&part| this.implies(a, part)).count();
        let by_parts = match to {
            Node::All(parts) => return met(self, parts) == parts.len(),
            Node::Any(parts) => met(self, parts) > 0,
            Node::NOf(n, parts) => met(self, parts) >= *n,
            Node::Test(test) => {
                let asked = self.tested(test.column, Range::of_test(test));
                self.bounds[a].as_ref().and_then(|bounds| bounds.get(&test.column)).is_some_and(|r| r.within(asked))
            }
            Node::Positive(lines) => {
                let bounds = self.bounds[a].as_ref();
                let low = |line: &usize| {
                    bounds.and_then(|b| b.get(line)).map(|r| r.low > 0.0 || (r.low == 0.0 && r.low_open))
                };
                lines.iter().all(|line| low(line).unwrap_or(false))
            }
            _ => false,
        };
        if by_parts {
            return true;
        }
        // What is given, in parts.
        match (from, to) {
            (Node::All(parts), _) if parts.iter().any(|&part| self.implies(part, b)) => true,
            (Node::Any(parts), _) => parts.iter().all(|&part| self.implies(part, b)),
            // Whichever n hold, one of them implies it.
            (Node::NOf(n, parts), _) if parts.iter().filter(|&&part| !self.implies(part, b)).count() < *n => true,
            (Node::NOf(n, parts), Node::NOf(m, wanted)) if n >= m => self.each_has_its_own(parts, wanted),
            (Node::Not(x), Node::Not(y)) => self.implies(*y, *x),
            (Node::Top(x), Node::Top(y)) => x.column == y.column && x.within == y.within && x.share <= y.share,
            (Node::Held { tier: x, months: i }, Node::Held { tier: y, months: j }) => x >= y && i >= j,
            (Node::Attribute { attribute: x, condition: c }, Node::Attribute { attribute: y, condition: d }) => {
                x == y && condition_implies(c, d)
            }
            _ => false,
        }
    }

    /// Whether each of the parts implies another one of what is wanted.
    fn each_has_its_own(&mut self, parts: &[usize], wanted: &[usize]) -> bool {
        let mut free: Vec<usize> = wanted.to_vec();
        for &part in parts {
            let Some(at) = free.iter().position(|&w| self.implies(part, w)) else { return false };
            free.remove(at);
        }
        true
    }
}

/// Whether a value that meets a condition meets another one on the same attribute.
fn condition_implies(a: &Condition, b: &Condition) -> bool {
    if a == b {
        return true;
    }
    let listed: Option<Vec<&Scalar>> =
        a.is.as_ref().map(|v| vec![v]).or_else(|| a.is_in.as_ref().map(|list| list.iter().collect()));
    // One value of several is as listed: what is asked of any one value follows, what is asked of all of them does not.
    let any_only = b.is_not.is_none() && b.not_in.is_none() && b.exists != Some(false);
    if let Some(listed) = listed {
        return any_only && listed.iter().all(|&value| b.holds(std::slice::from_ref(value)));
    }
    let mut rest = b.clone();
    let eased = |strict: &Option<Scalar>, loose: &Option<Scalar>, limit: &Option<Scalar>, up: bool| {
        let own = strict.as_ref().or(loose.as_ref());
        match (own.and_then(|o| limit.as_ref().and_then(|l| order(o, l))), up) {
            (Some(o), true) => o.is_ge(),
            (Some(o), false) => o.is_le(),
            (None, _) => false,
        }
    };
    if eased(&a.more_than, &a.at_least, &rest.at_least, true) {
        rest.at_least = None;
    }
    if eased(&a.less_than, &a.at_most, &rest.at_most, false) {
        rest.at_most = None;
    }
    if rest.exists == Some(true)
        && (a.at_least.is_some() || a.more_than.is_some() || a.at_most.is_some() || a.less_than.is_some())
    {
        rest.exists = None;
    }
    rest == Condition { field: b.field.clone(), ..Condition::default() }
}
