//! Coalition games of channels: what a set of channels is worth, and what each channel contributes to it.
//!
//! A game gives every set of channels a value, 0 to the empty set. The Shapley value of channel `i` among `n` is its average
//! contribution over all orders in which the channels could have joined,
//! `phi_i = sum over S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S))`.
//! Contributions add up to the value of all channels together. Where only some coalitions have a value, the same sum is taken
//! over those alone ([`weights`]); where all have one, over all `2^n` ([`exact`]); where `2^n` is too many, over random
//! orders ([`sampled`]).
//!
//! Source: Shapley, "A value for n-person games" (1953).

mod coalitions;
mod equal;
mod exact;
mod rates;
mod sampled;
mod sets;
#[cfg(test)]
mod tests;

pub(crate) use coalitions::{Given, solve_given};
pub(crate) use equal::{EqualAmongChannels, positions};
pub(crate) use exact::MOST_CHANNELS;
pub(crate) use rates::{per_journey, pooled};
pub(crate) use sampled::{Plan, Sampled, sample_orders};
pub(crate) use sets::Sets;

/// What the value of one coalition of `t` members means to a game of `n` channels: `weights(n)[t]` to each member,
/// `-weights(n)[t + 1]` to each of the others. Entry 0 is 0.
///
/// `weights(n)[t] = (t - 1)! (n - t)! / n!`.
pub(crate) fn weights(n: usize) -> Vec<f64> {
    let mut weights = vec![0.0; n + 2];
    if n > 0 {
        weights[1] = 1.0 / n as f64;
    }
    for t in 1..n {
        weights[t + 1] = weights[t] * t as f64 / (n - t) as f64;
    }
    weights
}

/// `part / whole`; 0 of nothing.
pub(crate) fn ratio(part: f64, whole: f64) -> f64 {
    if whole == 0.0 { 0.0 } else { part / whole }
}
