//! The cheapest steps, by branch and bound over boxes of steps.
//!
//! A box is raised to where its criterion begins to be possible, is left where no set of it can be cheaper than the best
//! one found, and is split where that says most: at the step that the relaxation takes in part, at a step that opens a
//! criterion, else in the middle. Boxes are taken in the order of what they must cost at least, so that the first corner
//! that is met is the cheapest set. Sets of the same cost are ordered by how many metrics they move, then by steps, then by
//! the names of the metrics.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;

use super::bound::{Relaxed, relaxed};
use super::model::{Area, Model};

/// The most boxes that are looked at for one row and tier.
pub(super) const MOST_BOXES: usize = 5_000;
/// The most of them that can only hold sets of the same cost as the best one.
const MOST_TIES: usize = 500;
/// The relative difference at which two costs are the same.
const SAME: f64 = 1e-9;

/// What a search found.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Found {
    /// The steps of each lever; `None`: none found.
    pub(super) steps: Option<Vec<u64>>,
    /// What any set costs at least.
    pub(super) bound: f64,
    /// Whether no set is cheaper; without steps, whether there is none.
    pub(super) proven: bool,
}

/// The order of sets: what they cost, how many metrics they move, how many steps, the names.
#[derive(Debug, Clone, PartialEq)]
struct Order {
    cost: f64,
    moved: usize,
    steps: u64,
    most: Reverse<Vec<u64>>,
}

impl Order {
    fn of(model: &Model<'_>, steps: &[u64]) -> Self {
        Self::least(model.cost(steps), steps, steps)
    }

    /// The order that no set of a box comes before.
    fn least(cost: f64, low: &[u64], high: &[u64]) -> Self {
        let moved = low.iter().filter(|&&n| n > 0).count();
        Self { cost, moved, steps: low.iter().sum(), most: Reverse(high.to_vec()) }
    }
}

impl Eq for Order {}

impl PartialOrd for Order {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Order {
    fn cmp(&self, other: &Self) -> Ordering {
        let rest = |o: &Self| (o.moved, o.steps);
        self.cost
            .total_cmp(&other.cost)
            .then_with(|| rest(self).cmp(&rest(other)))
            .then_with(|| self.most.cmp(&other.most))
    }
}

/// A box that is still to be looked at.
#[derive(Debug, PartialEq, Eq)]
struct Open {
    order: Order,
    area: Area,
}

impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Open {
    /// The least comes first out of a heap.
    fn cmp(&self, other: &Self) -> Ordering {
        other.order.cmp(&self.order)
    }
}

struct Search<'a> {
    model: &'a Model<'a>,
    open: BinaryHeap<Open>,
    best: Option<(Order, Vec<u64>)>,
}

/// The cheapest steps after which the model's criterion is met.
pub(super) fn cheapest(model: &Model<'_>, most_boxes: usize) -> Found {
    let mut search = Search { model, open: BinaryHeap::new(), best: None };
    let everything = model.everything();
    // Where everything that can be done is enough, there is a set to begin with.
    search.offer(&everything.high);
    search.push(everything, 0.0);
    let (mut boxes, mut ties) = (0, 0);
    while let Some(Open { order, area }) = search.open.pop() {
        if let Some((best, _)) = &search.best {
            if order >= *best {
                // What is left comes behind it, too.
                break;
            }
            if order.cost >= best.cost * (1.0 - SAME) {
                ties += 1;
                if ties > MOST_TIES {
                    break;
                }
            }
        }
        boxes += 1;
        if boxes > most_boxes {
            return search.found(order.cost);
        }
        search.look(area, order.cost);
    }
    let bound = search.best.as_ref().map_or(f64::INFINITY, |(order, _)| order.cost);
    search.found(bound)
}

impl Search<'_> {
    fn found(self, bound: f64) -> Found {
        match self.best {
            Some((order, steps)) => {
                let proven = bound >= order.cost * (1.0 - SAME);
                Found { steps: Some(steps), bound: if proven { order.cost } else { bound }, proven }
            }
            None => Found { steps: None, bound, proven: bound == f64::INFINITY },
        }
    }

    fn push(&mut self, area: Area, least: f64) {
        let cost = self.model.cost(&area.low).max(least);
        self.open.push(Open { order: Order::least(cost, &area.low, &area.high), area });
    }

    /// Takes a set as the best one where it is met and comes before the best so far.
    fn offer(&mut self, steps: &[u64]) {
        if !self.model.met(steps) {
            return;
        }
        let steps = self.trimmed(steps.to_vec());
        let order = Order::of(self.model, &steps);
        if self.best.as_ref().is_none_or(|(best, _)| order < *best) {
            self.best = Some((order, steps));
        }
    }

    /// A set that is met, without the steps that it can do without, the dearest first.
    fn trimmed(&self, mut steps: Vec<u64>) -> Vec<u64> {
        let mut levers: Vec<usize> = (0..steps.len()).collect();
        levers.sort_by(|&a, &b| {
            let (a, b) = (&self.model.levers[a], &self.model.levers[b]);
            b.cost.total_cmp(&a.cost)
        });
        loop {
            let before = steps.clone();
            for &lever in &levers {
                let with = |n: u64| -> bool {
                    let mut steps = steps.clone();
                    steps[lever] = n;
                    self.model.met(&steps)
                };
                steps[lever] = first(0, steps[lever], with);
            }
            if steps == before {
                return steps;
            }
        }
    }

    /// Looks at a box: raises it, closes it, or splits it.
    fn look(&mut self, mut area: Area, least: f64) {
        let model = self.model;
        if !model.possible(&area) || !self.raise(&mut area) {
            return;
        }
        if model.met(&area.low) {
            return self.offer(&area.low);
        }
        let state = model.state(&area);
        let Some(relaxed) = relaxed(model, &area, &state) else { return };
        if relaxed.steps != area.low {
            self.offer(&relaxed.steps);
        }
        let least = (model.cost(&area.low) + relaxed.cost).max(least);
        let order = Order::least(least, &area.low, &area.high);
        if self.best.as_ref().is_some_and(|(best, _)| order >= *best) {
            return;
        }
        self.limit(&mut area);
        let Some((lever, at)) = self.split(&area, &relaxed) else { return };
        let (mut below, mut above) = (area.clone(), area);
        below.high[lever] = at - 1;
        above.low[lever] = at;
        self.push(below, least);
        self.push(above, least);
    }

    /// Raises each lower end to where the criterion begins to be possible; false where it never is.
    fn raise(&self, area: &mut Area) -> bool {
        for _ in 0..3 {
            let before = area.low.clone();
            for lever in 0..area.low.len() {
                let (low, high) = (area.low[lever], area.high[lever]);
                let up_to = |n: u64| {
                    let mut part = area.clone();
                    part.high[lever] = n;
                    self.model.possible(&part)
                };
                if !up_to(low) {
                    let begins = first(low, high, up_to);
                    area.low[lever] = begins;
                }
            }
            if area.low == before {
                break;
            }
        }
        self.model.possible(area)
    }

    /// Lowers each upper end to what the best set leaves to be paid.
    fn limit(&self, area: &mut Area) {
        let Some((best, _)) = &self.best else { return };
        let left = best.cost - self.model.cost(&area.low);
        for (at, lever) in self.model.levers.iter().enumerate() {
            if lever.cost > 0.0 {
                // One step more than a division says: it may be rounded.
                let steps = (left / lever.cost).max(0.0) + 1.0;
                if steps < (area.high[at] - area.low[at]) as f64 {
                    area.high[at] = area.low[at] + steps as u64;
                }
            }
        }
    }

    /// The lever and the step at which a box is split: the first of its upper part.
    fn split(&self, area: &Area, relaxed: &Relaxed) -> Option<(usize, u64)> {
        let inside = |&(lever, at): &(usize, u64)| at > area.low[lever] && at <= area.high[lever];
        if let Some(split) = relaxed.split.filter(inside) {
            return Some(split);
        }
        let model = self.model;
        let open: Vec<usize> = (0..area.low.len()).filter(|&l| area.low[l] < area.high[l]).collect();
        let mut best: Option<(f64, usize, u64)> = None;
        for &lever in &open {
            let (low, high) = (area.low[lever], area.high[lever]);
            let possible = |n: u64| {
                let mut part = area.clone();
                part.high[lever] = n;
                model.state(&part).senses.iter().filter(|s| s.possible).count()
            };
            let now = possible(low);
            if possible(high) > now {
                let at = first(low, high, |n| possible(n) > now);
                let price = model.levers[lever].cost * (at - low) as f64;
                if best.is_none_or(|(least, ..)| price < least) {
                    best = Some((price, lever, at));
                }
            }
        }
        if let Some((_, lever, at)) = best {
            return Some((lever, at));
        }
        let room = |lever: usize| model.levers[lever].cost * (area.high[lever] - area.low[lever]) as f64;
        let widest = open.into_iter().reduce(|a, b| if room(b) > room(a) { b } else { a })?;
        let width = area.high[widest] - area.low[widest];
        // Of a box without an end, the part near what there is.
        let half = if width > 1 << 20 { 1 << 10 } else { width / 2 };
        Some((widest, area.low[widest] + half.max(1)))
    }
}

/// The first number for which a test holds that holds from some number on, and holds for the last one.
fn first(low: u64, high: u64, test: impl Fn(u64) -> bool) -> u64 {
    let (mut below, mut reach) = (low, 1_u64);
    if test(low) {
        return low;
    }
    // What is needed is near, most of the time.
    let mut above = high;
    while below + reach < high {
        if test(below + reach) {
            above = below + reach;
            break;
        }
        below += reach;
        reach *= 2;
    }
    while above - below > 1 {
        let middle = below + (above - below) / 2;
        if test(middle) { above = middle } else { below = middle }
    }
    above
}
