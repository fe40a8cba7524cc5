//! Sample quantiles of type 7 (Hyndman and Fan, "Sample quantiles in statistical packages", 1996): between the neighbours
//! of the place `(n - 1) p`, in proportion.

/// The quantile of sorted numbers, of which there must be one at least.
pub(crate) fn quantile(sorted: &[f64], p: f64) -> f64 {
    let place = (sorted.len() - 1) as f64 * p;
    let below = place.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (place - below as f64) * (sorted[above] - sorted[below])
}
