//! The least that is still to be paid in a box, from what every set of steps must bring to a total.
//!
//! Where a criterion that must be met asks for a scorecard's total (or a sum), each metric's gain in it is a function of its
//! steps alone that the true gain never exceeds: of the best of several, the gain while the others stand still; of steps
//! that open each other, the gain while the others are as far as they can be. Above each such function lies its least
//! concave one, and filling what is missing in the order of gain per cost is the linear relaxation of a multiple choice
//! knapsack (Sinha and Zoltners, "The multiple-choice knapsack problem", 1979): no set of steps is cheaper.

use super::super::formula::line;
use super::super::frame::inputs;
use super::super::program::{Formula, LineFormula, Node};
use super::model::{Area, Lever, Model, State};
use super::range::Span;

/// What floating point may lose between a bound and the numbers that it bounds.
const SLACK: f64 = 1e-6;

/// The least that is still to be paid.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Relaxed {
    pub(super) cost: f64,
    /// The steps of the relaxation, rounded up: often a set that is met.
    pub(super) steps: Vec<u64>,
    /// The lever that is taken in part, and the steps that would be just enough.
    pub(super) split: Option<(usize, u64)>,
}

/// What is still to be paid at least, beyond the lowest corner of a box; `None`: nothing in the box is enough.
pub(super) fn relaxed(model: &Model<'_>, area: &Area, state: &State) -> Option<Relaxed> {
    let mut best = Relaxed { cost: 0.0, steps: area.low.clone(), split: None };
    for node in required(model, state) {
        let (column, limit) = match &model.rules.nodes[node] {
            Node::Test(test) => match test.low {
                Some(low) => (test.column, low.limit),
                None => continue,
            },
            Node::Top(top) => match model.limits[node] {
                Some(limit) => (top.column, limit),
                None => continue,
            },
            _ => continue,
        };
        let Some(target) = Target::of(model, column, area, state) else { continue };
        let found = target.fill(model, area, limit)?;
        // Rounding up one total may be of use to another.
        let steps = best.steps.iter().zip(&found.steps).map(|(a, b)| *a.max(b)).collect();
        let split = if found.cost > best.cost || best.split.is_none() { found.split } else { best.split };
        best = Relaxed { cost: best.cost.max(found.cost), steps, split };
    }
    Some(best)
}

/// The tests that must be met in a box: those that the criterion cannot do without.
fn required(model: &Model<'_>, state: &State) -> Vec<usize> {
    let (mut found, mut open) = (Vec::new(), vec![model.root]);
    while let Some(node) = open.pop() {
        if state.senses[node].certain {
            continue;
        }
        let may =
            |list: &[usize]| -> Vec<usize> { list.iter().copied().filter(|&c| state.senses[c].possible).collect() };
        match &model.rules.nodes[node] {
            Node::All(children) => open.extend(children),
            Node::Any(children) => {
                let may = may(children);
                open.extend(may.first().filter(|_| may.len() == 1));
            }
            Node::NOf(n, children) => {
                let may = may(children);
                if may.len() == *n {
                    open.extend(may);
                }
            }
            Node::Test(_) | Node::Top(_) => found.push(node),
            _ => {}
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// What levers bring to a total or a sum.
struct Target<'a> {
    parts: Vec<Part<'a>>,
    /// The most that the parts give without any further step of the levers.
    start: f64,
}

/// A line of a total, or an input of a sum.
enum Part<'a> {
    Line { points: &'a LineFormula, max: f64, spans: Vec<(usize, Span)>, levers: Vec<usize> },
    Input { lever: usize, times: f64 },
}

impl<'a> Target<'a> {
    fn of(model: &'a Model<'_>, column: usize, area: &Area, state: &State) -> Option<Self> {
        let mut this = Self { parts: Vec::new(), start: 0.0 };
        let lever_of = |column: usize| model.levers.iter().position(|l| l.column == column);
        match model.formula(column)? {
            Formula::Total { lines, .. } => {
                for &column in lines {
                    this.line(model, column, area, state);
                }
            }
            Formula::Sum(inputs) => {
                for &(column, times) in inputs {
                    let span = state.spans[column];
                    let scaled = if span.is_known() { (span.high * times).max(span.low * times) } else { 0.0 };
                    match lever_of(column) {
                        Some(lever) => {
                            this.start += model.levers[lever].value(area.low[lever]) * times;
                            this.parts.push(Part::Input { lever, times });
                        }
                        None => this.start += if span.missing { scaled.max(0.0) } else { scaled },
                    }
                }
            }
            _ => return None,
        }
        Some(this)
    }

    fn line(&mut self, model: &'a Model<'_>, column: usize, area: &Area, state: &State) {
        let span = state.spans[column];
        let most = if span.is_known() { span.high.max(0.0) } else { 0.0 };
        let Some(formula @ Formula::Line { max, points }) = model.formula(column) else {
            self.start += most;
            return;
        };
        let columns = inputs(formula);
        let mut levers = Vec::new();
        for column in &columns {
            if let Some(lever) = model.levers.iter().position(|l| l.column == *column) {
                levers.push(lever);
            } else if model.formula(*column).is_some() && !state.spans[*column].is_fixed() {
                // A metric that is made of others is not followed: the line counts with all that it can give.
                self.start += most;
                return;
            }
        }
        levers.sort_unstable();
        levers.dedup();
        let spans = columns.iter().map(|&c| (c, state.spans[c])).collect();
        let part = Part::Line { points, max: *max, spans, levers };
        self.start += part.gives(model, area, None);
        self.parts.push(part);
    }

    /// What is to be paid at least to reach a limit.
    fn fill(&self, model: &Model<'_>, area: &Area, limit: f64) -> Option<Relaxed> {
        let mut steps = area.low.clone();
        let mut missing = limit - self.start - SLACK * (1.0 + limit.abs());
        let gain_of = |at: usize, n: u64| -> f64 {
            self.parts.iter().filter(|p| p.has(at)).map(|part| part.gain(model, area, at, n)).sum()
        };
        let mut pieces: Vec<(usize, u64, f64, f64)> = Vec::new();
        for (at, lever) in model.levers.iter().enumerate() {
            let parts: Vec<&Part<'_>> = self.parts.iter().filter(|p| p.has(at)).collect();
            if parts.is_empty() || area.low[at] == area.high[at] {
                continue;
            }
            let mut marks = vec![area.low[at], area.high[at]];
            parts.iter().for_each(|part| part.marks(model, at, area, &mut marks));
            marks.retain(|&n| n >= area.low[at] && n <= area.high[at]);
            marks.sort_unstable();
            marks.dedup();
            let points: Vec<(u64, f64)> = marks.iter().map(|&n| (n, gain_of(at, n))).collect();
            for pair in hull(points).windows(2) {
                let (steps, gain) = (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1);
                if gain > 0.0 {
                    pieces.push((at, steps, gain, lever.cost * steps as f64));
                }
            }
        }
        // Most gain for the cost first; of one lever, the earlier piece is the steeper one.
        pieces.sort_by(|a, b| (a.3 * b.2).total_cmp(&(b.3 * a.2)).then(a.0.cmp(&b.0)));
        let (mut cost, mut split) = (0.0, None);
        for (lever, count, gain, price) in pieces {
            if missing <= 0.0 {
                break;
            }
            let part = (missing / gain).min(1.0);
            let taken = (part * count as f64).ceil() as u64;
            if part < 1.0 {
                // Where half of the way gives less than half of the gain, there is a jump at its end.
                let (first, here, end) = (steps[lever], steps[lever] + taken, steps[lever] + count);
                let gained = gain_of(lever, here) - gain_of(lever, first);
                split = Some((lever, if gained < 0.5 * part * gain { end } else { here }));
            }
            steps[lever] = (steps[lever] + taken).min(area.high[lever]);
            cost += part * price;
            missing -= gain;
        }
        (missing <= 0.0).then_some(Relaxed { cost, steps, split })
    }
}

impl Part<'_> {
    fn has(&self, lever: usize) -> bool {
        match self {
            Part::Line { levers, .. } => levers.contains(&lever),
            Part::Input { lever: own, .. } => *own == lever,
        }
    }

    /// What a line gives with one lever somewhere, and the others where they help least or, of steps, most.
    fn gives(&self, model: &Model<'_>, area: &Area, moved: Option<(usize, u64)>) -> f64 {
        let Part::Line { points, max, spans, .. } = self else { return 0.0 };
        let together = matches!(points, LineFormula::Steps(_)) && moved.is_some();
        // The gain of steps is followed up to their own limits; that of the line would bend it between the marks.
        let max = if together { &f64::INFINITY } else { max };
        let at = |column: usize| {
            let lever = model.levers.iter().position(|l| l.column == column);
            match (lever, moved) {
                (Some(lever), Some((own, n))) if lever == own => model.levers[lever].value(n),
                (Some(lever), _) => {
                    let ends = [area.low[lever], area.high[lever]].map(|n| model.levers[lever].value(n));
                    if together { ends[0].max(ends[1]) } else { ends[0] }
                }
                (None, _) => {
                    let span = spans.iter().find(|(c, _)| *c == column).map(|(_, s)| *s);
                    span.filter(|s| s.is_known() && !s.missing).map_or(f64::NAN, |s| s.high)
                }
            }
        };
        line(points, *max, &at)
    }

    /// What so many steps of a lever add at most.
    fn gain(&self, model: &Model<'_>, area: &Area, lever: usize, n: u64) -> f64 {
        let low = area.low[lever];
        match self {
            Part::Input { times, .. } => {
                let lever = &model.levers[lever];
                (lever.value(n) - lever.value(low)) * times
            }
            Part::Line { .. } => {
                self.gives(model, area, Some((lever, n))) - self.gives(model, area, Some((lever, low)))
            }
        }
    }

    /// The steps between which the gain is a straight line.
    fn marks(&self, model: &Model<'_>, at: usize, area: &Area, marks: &mut Vec<u64>) {
        let lever = &model.levers[at];
        let mut mark = |value: f64| around(lever, value, marks);
        let Part::Line { points, max, .. } = self else { return mark(lever.value(lever.most)) };
        let own = lever.column;
        let now = self.gives(model, area, None);
        match points {
            LineFormula::BestOf(list) | LineFormula::SumOf(list) => {
                let own = || list.iter().filter(|(column, _)| *column == own).map(|(_, threshold)| *threshold);
                own().for_each(|threshold| [0.0, threshold, now * threshold / max].into_iter().for_each(&mut mark));
                // Where a sum is full.
                let slope: f64 = own().map(|threshold| max / threshold).sum();
                mark((max - now + (lever.value(area.low[at]) * slope).max(0.0)) / slope);
            }
            LineFormula::Full(_, threshold) => mark(*threshold),
            LineFormula::Bands(_, bands) => bands.iter().for_each(|(from, _)| mark(*from)),
            LineFormula::Steps(steps) => {
                for step in steps.iter().filter(|s| s.column == own) {
                    mark(step.need);
                    mark(0.0);
                    if step.each > 0.0 {
                        mark(step.max / step.each);
                    }
                }
            }
        }
    }
}

/// The whole steps about a value.
fn around(lever: &Lever, value: f64, marks: &mut Vec<u64>) {
    let steps = lever.steps_to(value);
    if steps.is_finite() && steps > -2.0 && steps < lever.most as f64 + 2.0 {
        let floor = steps.floor().max(0.0) as u64;
        marks.extend([floor.saturating_sub(1), floor, floor + 1, floor + 2]);
    }
}

/// The least concave function above points; the first point stays.
fn hull(points: Vec<(u64, f64)>) -> Vec<(u64, f64)> {
    let mut kept: Vec<(u64, f64)> = Vec::new();
    for point in points {
        while let [.., a, b] = kept.as_slice() {
            // The middle one lies below the line from its neighbours, or on it.
            let rise = (b.1 - a.1) * (point.0 - a.0) as f64;
            if rise > (point.1 - a.1) * (b.0 - a.0) as f64 {
                break;
            }
            kept.pop();
        }
        kept.push(point);
    }
    kept
}
