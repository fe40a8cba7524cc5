//! Natural breaks: the classes of sorted values with the least sum of squared deviations from their means, exactly.
//!
//! Equal values are one point with a weight, so that ties never fall apart. Dynamic programming over the points: the best `k`
//! classes of the first `j` points are the best `k - 1` of the first `i` and one class of the rest. The goodness of variance
//! fit is `1 - within / total`. Of equal breaks the lowest stand.
//!
//! Source: Fisher, "On grouping for maximum homogeneity" (1958); Jenks, "The data model concept in statistical mapping" (1967).

/// The most distinct values that are taken as they are; the work grows with their square.
pub(super) const MOST_POINTS: usize = 3_000;

/// Classes of values.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Breaks {
    /// The least value of each class, the lowest first.
    pub(super) from: Vec<f64>,
    /// The highest value of each class.
    pub(super) to: Vec<f64>,
    /// The goodness of variance fit, from 0 to 1.
    pub(super) fit: f64,
}

/// The best breaks into 1, 2, ... up to `most` classes (no more than there are distinct values).
pub(super) fn natural_breaks(values: &[f64], most: usize) -> Vec<Breaks> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut points: Vec<(f64, f64)> = Vec::new();
    for value in sorted {
        match points.last_mut() {
            Some((known, count)) if *known == value => *count += 1.0,
            _ => points.push((value, 1.0)),
        }
    }
    let n = points.len();
    // Sums from the middle on, so that large values do not drown their differences.
    let middle = points.get(n / 2).map_or(0.0, |p| p.0);
    let mut sums = vec![(0.0, 0.0, 0.0)];
    for (value, count) in &points {
        let (w, s, q) = *sums.last().unwrap_or(&(0.0, 0.0, 0.0));
        let v = value - middle;
        sums.push((w + count, s + count * v, q + count * v * v));
    }
    let within = |from: usize, to: usize| {
        let (a, b) = (sums[from], sums[to]);
        let (w, s, q) = (b.0 - a.0, b.1 - a.1, b.2 - a.2);
        if to - from < 2 { 0.0 } else { (q - s * s / w).max(0.0) }
    };
    let total = within(0, n);
    let mut best: Vec<f64> = (0..=n).map(|to| within(0, to)).collect();
    let mut starts: Vec<Vec<usize>> = vec![vec![0; n + 1]];
    let mut all = Vec::new();
    for k in 1..=most.min(n) {
        if k > 1 {
            let mut next = vec![f64::INFINITY; n + 1];
            let mut start = vec![0; n + 1];
            for to in k..=n {
                for from in k - 1..to {
                    let cost = best[from] + within(from, to);
                    if cost < next[to] {
                        (next[to], start[to]) = (cost, from);
                    }
                }
            }
            best = next;
            starts.push(start);
        }
        let (mut ends, mut to) = (Vec::new(), n);
        for level in (0..k).rev() {
            let from = starts[level][to];
            ends.push((points[from].0, points[to - 1].0));
            to = from;
        }
        ends.reverse();
        let fit = if total > 0.0 { (1.0 - best[n] / total).clamp(0.0, 1.0) } else { 1.0 };
        let (from, to) = ends.into_iter().unzip();
        all.push(Breaks { from, to, fit });
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn breaks_are_where_the_gaps_are() {
        let breaks = natural_breaks(&[4.0, 5.0, 9.0, 10.0, 1.0, 2.0, 2.0], 3);
        assert_eq!(breaks[2].from, [1.0, 4.0, 9.0]);
        assert_eq!(breaks[2].to, [2.0, 5.0, 10.0]);
        // The mean is 33/7, the squares sum to 231: 231 - 33^2/7 = 528/7 in all; within, 2/3 + 1/2 + 1/2 = 5/3.
        assert!((breaks[2].fit - (1.0 - (5.0 / 3.0) / (528.0 / 7.0))).abs() < 1e-12);
        assert_eq!((breaks[0].fit, breaks.len()), (0.0, 3));
        assert!(natural_breaks(&[], 3).is_empty());
        assert_eq!(natural_breaks(&[7.0, 7.0], 3).len(), 1);
    }

    /// The least sum of squares over every way to cut.
    fn by_force(sorted: &[f64], k: usize) -> f64 {
        let own = |part: &[f64]| {
            let mean = part.iter().sum::<f64>() / part.len() as f64;
            part.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>()
        };
        if k == 1 {
            return own(sorted);
        }
        (k - 1..sorted.len())
            .map(|at| by_force(&sorted[..at], k - 1) + own(&sorted[at..]))
            .fold(f64::INFINITY, f64::min)
    }

    proptest! {
        #[test]
        fn no_other_cut_fits_better(values in prop::collection::btree_set(0..60i32, 4..9), k in 2..4usize) {
            let sorted: Vec<f64> = values.into_iter().map(f64::from).collect();
            let found = &natural_breaks(&sorted, k)[k - 1];
            let total = by_force(&sorted, 1);
            prop_assert!((found.fit - (1.0 - by_force(&sorted, k) / total)).abs() < 1e-9);
        }
    }
}
