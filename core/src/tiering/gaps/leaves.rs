//! The leaves of a tier's criterion that can stand between a partner and the tier, with what hides each of them.
//!
//! A leaf below `any` or `n_of` is a gap only while that group is not met; below `not` it is a gap while it *is* met, and
//! `not` turns `all` into a choice and `any` into a list (De Morgan). So each leaf is found once, with its sense and with
//! the groups above it, and the rows are then a matter of bits.

use super::super::evaluate::{ALL, Bits};
use super::super::program::{Node, TrackRules};

/// A test that can be a gap.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Leaf {
    /// Its node.
    pub(crate) node: usize,
    /// Whether it must not be met, because it stands below `not`.
    pub(crate) negated: bool,
    /// The line of a scorecard, where each line by itself is a leaf of the node.
    pub(crate) line: Option<usize>,
    /// The nearest group of which only some must be met; `None`: it is required anyway.
    pub(crate) group: Option<usize>,
    /// The groups above it, with their senses: where one of them is met, the leaf is no gap.
    above: Vec<(usize, bool)>,
}

/// The leaves of one tier in one track, in the order of the document.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Leaves {
    pub(crate) leaves: Vec<Leaf>,
    /// The parts of the tier's criterion: the children of its `all`, else itself.
    pub(crate) parts: Vec<usize>,
}

impl Leaves {
    /// The leaves below a node; none where every partner meets the tier.
    pub(crate) fn of(rules: &TrackRules, root: Option<usize>) -> Self {
        let Some(root) = root else { return Self::default() };
        let parts = match rules.nodes.get(root) {
            Some(Node::All(children)) => children.clone(),
            _ => vec![root],
        };
        let mut this = Self { leaves: Vec::new(), parts };
        this.walk(rules, root, false, None, &[]);
        this
    }

    fn walk(&mut self, rules: &TrackRules, node: usize, negated: bool, group: Option<usize>, above: &[(usize, bool)]) {
        // How many of the children must come out in the wanted sense.
        let (children, needed): (&[usize], usize) = match rules.nodes.get(node) {
            None => return,
            Some(Node::Not(child)) => return self.walk(rules, *child, !negated, group, above),
            Some(Node::All(children)) => (children, if negated { 1 } else { children.len() }),
            Some(Node::Any(children)) => (children, if negated { children.len() } else { 1 }),
            Some(Node::NOf(n, children)) => (children, if negated { children.len() + 1 - n } else { *n }),
            Some(Node::Positive(lines)) => {
                let choice = negated && lines.len() > 1;
                for &line in lines {
                    let group = if choice { Some(node) } else { group };
                    self.push(Leaf { node, negated, line: Some(line), group, above: above.to_vec() });
                }
                return;
            }
            Some(_) => return self.push(Leaf { node, negated, line: None, group, above: above.to_vec() }),
        };
        if needed == children.len() {
            for &child in children {
                self.walk(rules, child, negated, group, above);
            }
        } else {
            let above = [above, &[(node, negated)]].concat();
            for &child in children {
                self.walk(rules, child, negated, Some(node), &above);
            }
        }
    }

    fn push(&mut self, leaf: Leaf) {
        // A criterion that is named twice, such as by `qualifies`, is one gap.
        let same = |l: &Leaf| (l.node, l.negated, l.line, l.group) == (leaf.node, leaf.negated, leaf.line, leaf.group);
        if !self.leaves.iter().any(same) {
            self.leaves.push(leaf);
        }
    }
}

impl Leaf {
    /// One bit for each row in which the node comes out wrong and no group above it is met.
    pub(crate) fn open(&self, nodes: &[Bits]) -> Bits {
        let wrong = |node: usize, negated: bool| {
            let bits = nodes.get(node).unwrap_or(&ALL);
            if negated { *bits } else { bits.map(|word| !word) }
        };
        let own = wrong(self.node, self.negated);
        self.above.iter().fold(own, |open, &(node, negated)| {
            let group = wrong(node, negated);
            std::array::from_fn(|word| open[word] & group[word])
        })
    }
}
