//! What chance alone would give.
//!
//! *Wins.* Deals are put into cells of comparable ones. With the margins of every cell fixed and the wins of a cell
//! dealt out among its deals at random, the wins of the partner's deals in a cell are hypergeometric, and their sum over
//! the cells is a convolution: the exact one-sided test of stratified 2 x 2 tables (Mehta, Patel and Gray 1985; one cell
//! is Fisher's exact test). No rate is taken for known, and nothing is assumed beyond that deals of a cell are alike.
//! *Lift* is the observed number of wins over the number that the win rates of the other deals give (indirect
//! standardisation). Its interval is MOVER's for a ratio (Donner and Zou 2012) from the Wilson intervals of both sides, so
//! it carries the doubt in the rates of the others too.
//! *Many partners* are looked at, so some stand out by luck: q values are those of Benjamini and Hochberg (1995).
//! *Deals at shared accounts.* Each partner keeps its relationships and touches with their days, at accounts drawn at
//! random: the expected number of deals that one meets is the number of all deals whose days it meets over the number of
//! accounts.

use crate::review::wilson;

/// Deals that are comparable: those of the partner, and the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) deals: i64,
    pub(super) won: i64,
    pub(super) others: i64,
    pub(super) others_won: i64,
}

impl Cell {
    fn add(&mut self, other: &Self) {
        self.deals += other.deals;
        self.won += other.won;
        self.others += other.others;
        self.others_won += other.others_won;
    }
}

/// What makes deals comparable: the place of each label among its column's values.
pub(super) type Stratum = [u32; 3];

/// Cells with enough other deals. A stratum that has too few is pooled with the other thin ones that agree in the labels
/// before its last, and so on; deals that have too few to compare with even then are left out, and counted.
///
/// `cells` are in the order of their strata, of which the first `labels` places count.
pub(super) fn pooled(mut cells: Vec<(Stratum, Cell)>, labels: usize, least: i64) -> (Vec<Cell>, i64) {
    let mut kept = Vec::new();
    for level in (0..=labels).rev() {
        let (enough, thin): (Vec<_>, Vec<_>) = cells.into_iter().partition(|(_, cell)| cell.others >= least);
        kept.extend(enough.into_iter().map(|(_, cell)| cell).filter(|cell| cell.deals > 0));
        cells = thin;
        if let Some(last) = level.checked_sub(1) {
            let mut wider: Vec<(Stratum, Cell)> = Vec::new();
            for (mut stratum, cell) in cells {
                stratum[last..].fill(0);
                match wider.last_mut().filter(|(known, _)| *known == stratum) {
                    Some((_, pool)) => pool.add(&cell),
                    None => wider.push((stratum, cell)),
                }
            }
            cells = wider;
        }
    }
    (kept, cells.iter().map(|(_, cell)| cell.deals).sum())
}

/// A partner's wins beside those that the others' win rates give.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Comparison {
    pub(super) deals: i64,
    pub(super) won: i64,
    /// Wins at the win rates of the other deals.
    pub(super) expected: f64,
    /// Wins over expected wins; none where nothing is expected.
    pub(super) lift: Option<f64>,
    /// Its 95% interval.
    pub(super) interval: Option<(f64, f64)>,
    /// The chance of as many wins or more.
    pub(super) p: f64,
}

/// Compares; every cell has other deals.
pub(super) fn compare(cells: &[Cell]) -> Comparison {
    let sum = |of: fn(&Cell) -> i64| cells.iter().map(of).sum::<i64>();
    let (deals, won) = (sum(|c| c.deals), sum(|c| c.won));
    let rate = |cell: &Cell| cell.others_won as f64 / cell.others as f64;
    let expected: f64 = cells.iter().map(|cell| cell.deals as f64 * rate(cell)).sum();
    let lift = (expected > 0.0).then(|| won as f64 / expected);
    // The interval of a weighted sum of rates: the distances of the parts, squared and added (MOVER).
    let (mut below, mut above) = (0.0, 0.0);
    for cell in cells {
        let (low, high) = wilson(cell.others_won, cell.others).unwrap_or((0.0, 1.0));
        let (weight, rate) = (cell.deals as f64 / deals as f64, rate(cell));
        below += (weight * (rate - low)) * (weight * (rate - low));
        above += (weight * (high - rate)) * (weight * (high - rate));
    }
    let base = expected / deals as f64;
    let interval = lift.zip(wilson(won, deals)).map(|(_, own)| {
        ratio_interval((won as f64 / deals as f64, own), (base, ((base - below.sqrt()).max(0.0), base + above.sqrt())))
    });
    Comparison { deals, won, expected, lift, interval, p: tail(cells, won) }
}

/// The interval of a ratio of two independent estimates from their own (Donner and Zou 2012, equation 9, the lower limit
/// written without cancellation).
fn ratio_interval((p, (l, u)): (f64, (f64, f64)), (q, (m, v)): (f64, (f64, f64))) -> (f64, f64) {
    let inner =
        |own: f64, other: f64| (p * p * q * q - own * (2.0 * p - own) * other * (2.0 * q - other)).max(0.0).sqrt();
    let low = l * (2.0 * p - l) / (p * q + inner(l, v));
    let high = (p * q + inner(u, m)) / (m * (2.0 * q - m));
    (if p > 0.0 { low } else { 0.0 }, high)
}

/// The chance that the partner's deals have `won` wins or more.
fn tail(cells: &[Cell], won: i64) -> f64 {
    let (mut least, mut chances) = (0, vec![1.0]);
    for cell in cells {
        let (first, own) = hypergeometric(cell);
        least += first;
        let mut sums = vec![0.0; chances.len() + own.len() - 1];
        for (i, a) in chances.iter().enumerate() {
            for (j, b) in own.iter().enumerate() {
                sums[i + j] += a * b;
            }
        }
        chances = sums;
    }
    let from = usize::try_from(won - least).unwrap_or(0).min(chances.len());
    // Small to large, so that nothing is lost; a chance too small for a number is still not zero.
    chances[from..].iter().rev().sum::<f64>().clamp(f64::MIN_POSITIVE, 1.0)
}

/// The chances of each number of wins among the partner's deals of a cell, from the first number that has any.
///
/// Neighbours have a simple ratio, so the chances are built up from the most likely number and then made to sum to one.
fn hypergeometric(cell: &Cell) -> (i64, Vec<f64>) {
    let (n, wins, lost) =
        (cell.deals, cell.won + cell.others_won, cell.deals + cell.others - cell.won - cell.others_won);
    let (first, last) = ((n - lost).max(0), n.min(wins));
    let mode = (((n + 1) as f64 * (wins + 1) as f64 / (wins + lost + 2) as f64) as i64).clamp(first, last);
    // The chance of one win more, relative to that of `k`.
    let next = |k: i64| ((wins - k) as f64 * (n - k) as f64) / ((k + 1) as f64 * (lost - n + k + 1) as f64);
    let (mut down, mut up) = (Vec::new(), vec![1.0]);
    let mut chance = 1.0;
    let mut k = mode;
    while k > first && chance > 0.0 {
        k -= 1;
        chance /= next(k);
        down.push(chance);
    }
    let start = k;
    (chance, k) = (1.0, mode);
    while k < last && chance > 0.0 {
        chance *= next(k);
        up.push(chance);
        k += 1;
    }
    let chances: Vec<f64> = down.into_iter().rev().chain(up).collect();
    let sum: f64 = chances.iter().sum();
    (start, chances.into_iter().map(|chance| chance / sum).collect())
}

/// The q values of p values: the smallest false discovery rate at which each stands out.
pub(super) fn q_values(p: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p.len()).collect();
    order.sort_by(|&a, &b| p[b].total_cmp(&p[a]));
    let (mut q, mut least) = (vec![1.0; p.len()], 1.0_f64);
    for (place, at) in order.into_iter().enumerate() {
        least = least.min(p[at] * p.len() as f64 / (p.len() - place) as f64);
        q[at] = least;
    }
    q
}

/// How many deals presences meet wherever they are: the first and last instants of all deals, counted.
pub(super) struct Calendar {
    /// By the first instant.
    deals: Vec<(i64, i64)>,
    starts: Vec<i64>,
    ends: Vec<i64>,
}

impl Calendar {
    pub(super) fn new(mut deals: Vec<(i64, i64)>) -> Self {
        deals.sort_unstable();
        let starts = deals.iter().map(|d| d.0).collect();
        let mut ends: Vec<i64> = deals.iter().map(|d| d.1).collect();
        ends.sort_unstable();
        Self { deals, starts, ends }
    }

    /// For each list of spans, ordered and apart from each other, how many deals it meets.
    pub(super) fn met(&self, lists: &[Vec<(i64, i64)>]) -> Vec<i64> {
        let before = |at: i64| self.ends.partition_point(|&end| end < at);
        let after = |at: i64| self.starts.len() - self.starts.partition_point(|&start| start <= at);
        let mut met: Vec<i64> = Vec::with_capacity(lists.len());
        // A deal that lies between two spans is met by neither.
        let mut gaps: Vec<(i64, i64, usize)> = Vec::new();
        for (list, spans) in lists.iter().enumerate() {
            let missed =
                spans.first().map_or(self.deals.len(), |s| before(s.0)) + spans.last().map_or(0, |s| after(s.1));
            met.push(self.deals.len() as i64 - missed as i64);
            gaps.extend(spans.windows(2).map(|pair| (pair[0].1, pair[1].0, list)));
        }
        gaps.sort_unstable_by(|a, b| b.cmp(a));
        // From the latest gap to the earliest: a Fenwick tree counts the deals that begin after it, by their end.
        let mut tree = vec![0_i64; self.ends.len() + 1];
        let mut left = self.deals.len();
        for (end, start, list) in gaps {
            while left > 0 && self.deals[left - 1].0 > end {
                left -= 1;
                let mut at = before(self.deals[left].1) + 1;
                while at < tree.len() {
                    tree[at] += 1;
                    at += at & at.wrapping_neg();
                }
            }
            let mut at = before(start);
            while at > 0 {
                met[list] -= tree[at];
                at &= at - 1;
            }
        }
        met
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cell(deals: i64, won: i64, others: i64, others_won: i64) -> Cell {
        Cell { deals, won, others, others_won }
    }

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() <= 1e-12 * b.abs(), "{a} {b}");
    }

    #[test]
    fn one_cell_is_fishers_exact_test() {
        // 8 of 10 beside 6 of 20: (C(14,8)C(16,2) + C(14,9)C(16,1) + C(14,10)) / C(30,10).
        near(compare(&[cell(10, 8, 20, 6)]).p, 393_393.0 / 30_045_015.0);
        // Fisher's tea: 3 of 4 beside 1 of 4 is 17/70.
        near(compare(&[cell(4, 3, 4, 1)]).p, 17.0 / 70.0);
        near(compare(&[cell(4, 0, 4, 1)]).p, 1.0);
    }

    #[test]
    fn cells_are_convolved() {
        // Each cell: 2 of the partner's deals and 2 others, 2 wins: chances 1/6, 4/6, 1/6 of 0, 1, 2 wins. At least 3 of
        // two cells: 2 * (4/6)(1/6) + (1/6)(1/6) = 9/36.
        let found = compare(&[cell(2, 2, 2, 0), cell(2, 1, 2, 1)]);
        near(found.p, 0.25);
        near(found.expected, 1.0);
        near(found.lift.unwrap(), 3.0);
    }

    #[test]
    fn the_interval_of_the_lift_holds_the_doubt_of_both_sides() {
        // Wilson: 8/10 is 0.490162 to 0.943318, 6/20 is 0.145477 to 0.518973; the ratio 8/3 in the form of the paper.
        let (low, high) = compare(&[cell(10, 8, 20, 6)]).interval.unwrap();
        assert!((low - 1.275_965_064).abs() < 1e-8 && (high - 5.580_452_026).abs() < 1e-8, "{low} {high}");
        let (low, high) = compare(&[cell(10, 0, 20, 6)]).interval.unwrap();
        assert!(low == 0.0 && high > 0.5 && high < 2.0, "{low} {high}");
        assert_eq!(compare(&[cell(10, 3, 20, 0)]).lift, None);
        assert_eq!(compare(&[cell(10, 3, 20, 0)]).interval, None);
    }

    #[test]
    fn thin_strata_are_pooled_with_their_like() {
        let cells = vec![
            ([0, 0, 0], cell(3, 1, 9, 3)),
            ([0, 1, 0], cell(2, 1, 30, 9)),
            ([0, 2, 0], cell(1, 1, 2, 1)),
            ([1, 0, 0], cell(4, 2, 1, 0)),
        ];
        assert_eq!(pooled(cells.clone(), 2, 10), (vec![cell(2, 1, 30, 9), cell(4, 2, 11, 4)], 4));
        assert_eq!(pooled(cells.clone(), 2, 12), (vec![cell(2, 1, 30, 9), cell(8, 4, 12, 4)], 0));
        assert_eq!(pooled(cells, 2, 100), (vec![], 10));
        assert_eq!(pooled(vec![([0; 3], cell(1, 0, 5, 1))], 0, 5), (vec![cell(1, 0, 5, 1)], 0));
    }

    #[test]
    fn q_values_are_those_of_benjamini_and_hochberg() {
        // 0.01 * 4/1, 0.02 * 4/2, 0.03 * 4/3, 0.5 * 4/4, the least of those that follow.
        let q = q_values(&[0.03, 0.5, 0.01, 0.02]);
        for (q, expected) in q.iter().zip([0.04, 0.5, 0.04, 0.04]) {
            near(*q, expected);
        }
        assert_eq!(q_values(&[]), Vec::<f64>::new());
    }

    #[test]
    fn large_cells_stay_exact_enough() {
        let found = compare(&[cell(20_000, 10_000, 80_000, 40_000)]);
        assert!((found.p - 0.5).abs() < 0.005, "{}", found.p);
        let found = compare(&[cell(3_000, 3_000, 3_000, 0)]);
        assert!(found.p > 0.0 && found.p < 1e-300);
    }

    proptest! {
        #[test]
        fn the_tail_never_rises_with_a_win(deals in 1_i64..30, others in 1_i64..60, wins in 0_i64..90) {
            let wins = wins.min(deals + others);
            let low = (wins - others).max(0);
            let mut last = 1.0;
            for won in low..=deals.min(wins) {
                let p = tail(&[cell(deals, won, others, wins - won)], won);
                prop_assert!(p <= last && p <= 1.0);
                last = p;
            }
        }

        #[test]
        fn every_deal_that_is_met_is_counted_once(
            deals in prop::collection::vec((0_i64..40, 0_i64..12), 0..40),
            lists in prop::collection::vec(prop::collection::vec((1_i64..6, 0_i64..9), 1..5), 1..6),
        ) {
            let deals: Vec<(i64, i64)> = deals.into_iter().map(|(from, days)| (from, from + days)).collect();
            let apart = |steps: Vec<(i64, i64)>| {
                let mut at = 0;
                steps.into_iter().map(|(gap, days)| { let from = at + gap; at = from + days; (from, at) }).collect()
            };
            let lists: Vec<Vec<(i64, i64)>> = lists.into_iter().map(apart).collect();
            let met = Calendar::new(deals.clone()).met(&lists);
            for (spans, met) in lists.iter().zip(met) {
                let meets = |d: &&(i64, i64)| spans.iter().any(|s| s.0 <= d.1 && d.0 <= s.1);
                prop_assert_eq!(deals.iter().filter(meets).count() as i64, met);
            }
        }
    }
}
