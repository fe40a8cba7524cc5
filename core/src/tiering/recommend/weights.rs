//! Weights of metrics that predict the next period's contribution: least squares with weights of 0 or more, and how well they do
//! on a period that they have not seen.
//!
//! Metrics are divided by their standard deviation and centred; `|y - Xw|^2 + ridge n |w|^2` is made least, one weight at a time
//! (it is strictly convex, so that leads to the one minimum). All sums over partners are exact, so their order does not matter.
//!
//! Source: Franc, Hlavac and Navara, "Sequential coordinate-wise algorithm for the non-negative least squares problem" (2005).

use crate::attribution::compare::{correlation, ranks};
use crate::engine::exact_sum::ExactSum;

/// Keeps the weights of metrics that go together apart from chance; relative to variances of 1.
const RIDGE: f64 = 1e-3;
const ROUNDS: usize = 10_000;

/// What was fitted.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fitted {
    /// The weight of one unit of each metric.
    pub(super) weights: Vec<f64>,
    /// What is predicted where every metric is 0.
    pub(super) intercept: f64,
}

impl Fitted {
    pub(super) fn predict(&self, row: &[f64]) -> f64 {
        row.iter().zip(&self.weights).map(|(x, w)| x * w).sum::<f64>() + self.intercept
    }
}

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut n) = (ExactSum::new(), 0.0);
    for value in values {
        sum.add(value);
        n += 1.0;
    }
    if n > 0.0 { sum.value() / n } else { 0.0 }
}

fn square(x: f64) -> f64 {
    x * x
}

/// Fits weights; rows are metrics, `y` what came of them.
pub(super) fn fit(rows: &[Vec<f64>], y: &[f64]) -> Fitted {
    let p = rows.first().map_or(0, Vec::len);
    let means: Vec<f64> = (0..p).map(|j| mean(rows.iter().map(|r| r[j]))).collect();
    let scales: Vec<f64> = (0..p).map(|j| mean(rows.iter().map(|r| square(r[j] - means[j]))).sqrt()).collect();
    // A metric that is the same for everybody tells nothing.
    let z = |row: &[f64], j: usize| if scales[j] > 0.0 { (row[j] - means[j]) / scales[j] } else { 0.0 };
    let y_mean = mean(y.iter().copied());
    let gram: Vec<Vec<f64>> =
        (0..p).map(|a| (0..p).map(|b| mean(rows.iter().map(|r| z(r, a) * z(r, b)))).collect()).collect();
    let target: Vec<f64> = (0..p).map(|j| mean(rows.iter().zip(y).map(|(r, y)| z(r, j) * (y - y_mean)))).collect();
    let mut w = vec![0.0_f64; p];
    for _ in 0..ROUNDS {
        let mut largest = 0.0_f64;
        for j in 0..p {
            let others: f64 = (0..p).filter(|&k| k != j).map(|k| gram[j][k] * w[k]).sum();
            let new = ((target[j] - others) / (gram[j][j] + RIDGE)).max(0.0);
            largest = largest.max((new - w[j]).abs());
            w[j] = new;
        }
        if largest <= 1e-12 * y_mean.abs().max(1.0) {
            break;
        }
    }
    let weights: Vec<f64> = (0..p).map(|j| if scales[j] > 0.0 { w[j] / scales[j] } else { 0.0 }).collect();
    let intercept = y_mean - weights.iter().zip(&means).map(|(w, m)| w * m).sum::<f64>();
    Fitted { weights, intercept }
}

/// The share of the variance of `y` that predictions explain; below 0 where the mean does better. `None`: `y` does not vary.
pub(super) fn r_squared(y: &[f64], predicted: &[f64]) -> Option<f64> {
    let center = mean(y.iter().copied());
    let total = mean(y.iter().map(|v| square(v - center)));
    let left = mean(y.iter().zip(predicted).map(|(v, p)| square(v - p)));
    (total > 0.0).then(|| 1.0 - left / total)
}

/// Spearman's rank correlation, equal values with their mean rank. `None`: one of them does not vary.
pub(super) fn spearman(a: &[f64], b: &[f64]) -> Option<f64> {
    correlation(&ranks(a), &ranks(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_made_the_numbers_is_found_again() {
        // y = 3a + 0b; c pulls down, and may not have a weight below 0.
        let rows: Vec<Vec<f64>> =
            (0..60).map(|i| vec![f64::from(i % 7), f64::from(i * i % 11), f64::from(i % 5)]).collect();
        let y: Vec<f64> = rows.iter().map(|r| 3.0 * r[0] - 0.5 * r[2] + 2.0).collect();
        let fitted = fit(&rows, &y);
        assert!((fitted.weights[0] - 3.0).abs() < 0.05 && fitted.weights[1] < 0.05, "{fitted:?}");
        assert_eq!(fitted.weights[2], 0.0);
        let predicted: Vec<f64> = rows.iter().map(|r| fitted.predict(r)).collect();
        assert!(r_squared(&y, &predicted).unwrap() > 0.98);
        let mut turned: Vec<(Vec<f64>, f64)> = rows.into_iter().zip(y).collect();
        turned.rotate_left(23);
        turned.reverse();
        let (rows, y): (Vec<_>, Vec<_>) = turned.into_iter().unzip();
        assert_eq!(fit(&rows, &y), fitted);
    }

    #[test]
    fn ranks_correlate_by_hand() {
        // Ranks 1, 2, 3 against 1, 2.5, 2.5: 1.5 / sqrt(2 x 1.5).
        let rho = spearman(&[1.0, 5.0, 9.0], &[1.0, 2.0, 2.0]).unwrap();
        assert!((rho - 1.5 / 3.0_f64.sqrt()).abs() < 1e-12);
        assert_eq!(spearman(&[1.0, 2.0], &[3.0, 3.0]), None);
        assert_eq!(r_squared(&[1.0, 1.0], &[1.0, 2.0]), None);
    }
}
