//! Which criteria keep a partner from a tier.

use super::super::evaluate::{Context, nodes};
use super::super::program::{Bound, Node};
use super::super::review::{ProgramReview, context};

/// A criterion that is not met.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unmet {
    pub(super) path: String,
    pub(super) metric: Option<String>,
    pub(super) actual: Option<f64>,
    pub(super) required: Option<f64>,
}

/// A review that is asked about many partners.
pub(super) struct Asked<'r> {
    review: &'r ProgramReview,
    context: Context,
}

impl<'r> Asked<'r> {
    pub(super) fn new(review: &'r ProgramReview) -> Self {
        let program = review.program.compiled();
        Self { review, context: context(program, &review.base, &review.history, review.as_of) }
    }

    /// What keeps a row from a tier: of `all` everything, of several ways the one with the least.
    pub(super) fn unmet(&self, row: usize, tier: usize) -> Vec<Unmet> {
        let review = self.review;
        let track = usize::from(review.evaluated.track[row]);
        let Some(rules) = review.program.compiled().tracks.get(track) else { return Vec::new() };
        let Some(Some(root)) = rules.qualification.get(tier) else { return Vec::new() };
        let columns = review.columns_of(row);
        let bits = nodes(track, rules, &columns, &review.base, &self.context, &review.cutoffs, &(row..row + 1));
        let holds = |node: usize| bits[node][0] & 1 == 1;
        let mut leaves = Vec::new();
        collect(&rules.nodes, *root, &holds, &mut leaves);
        let one = |node: usize| {
            let (column, required) = match &rules.nodes[node] {
                Node::Test(test) => {
                    let value = columns.at(test.column, 0);
                    let low = |b: &Bound| value.is_nan() || value < b.limit || (b.strict && value == b.limit);
                    let bound = test.low.filter(low).or(test.high).or(test.low);
                    (Some(test.column), bound.map(|b| b.limit))
                }
                Node::Positive(lines) => {
                    let line = lines.iter().find(|&&line| columns.at(line, 0).is_nan() || columns.at(line, 0) <= 0.0);
                    (line.copied(), Some(0.0))
                }
                Node::Top(top) => {
                    (Some(top.column), review.cutoffs.of_row(track, node, top, &review.base, row).map(|c| c.value))
                }
                _ => (None, None),
            };
            Unmet {
                path: rules.paths[node].clone(),
                metric: column.map(|c| review.program.compiled().columns[c].name.clone()),
                actual: column.map(|c| columns.at(c, 0)).filter(|v| !v.is_nan()),
                required,
            }
        };
        leaves.into_iter().map(one).collect()
    }
}

/// The leaves that a node needs and that do not hold.
fn collect(nodes: &[Node], node: usize, holds: &dyn Fn(usize) -> bool, leaves: &mut Vec<usize>) {
    if holds(node) {
        return;
    }
    let of = |children: &[usize], wanted: usize, leaves: &mut Vec<usize>| {
        let met = children.iter().filter(|&&c| holds(c)).count();
        let mut ways: Vec<Vec<usize>> = Vec::new();
        for &child in children.iter().filter(|&&c| !holds(c)) {
            let mut own = Vec::new();
            collect(nodes, child, holds, &mut own);
            ways.push(own);
        }
        // The shortest first; of equal ones the first in the document.
        ways.sort_by_key(Vec::len);
        leaves.extend(ways.into_iter().take(wanted.saturating_sub(met)).flatten());
    };
    match &nodes[node] {
        Node::All(children) => of(children, children.len(), leaves),
        Node::Any(children) => of(children, 1, leaves),
        Node::NOf(n, children) => of(children, *n, leaves),
        _ => leaves.push(node),
    }
}
