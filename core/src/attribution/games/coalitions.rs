//! Games whose coalitions have their values from the caller.

use super::{exact, weights};

/// The values of some coalitions: members (numbers of players, ascending) and value.
pub(crate) type Given = Vec<(Vec<usize>, f64)>;

/// The Shapley values of `n` players where every coalition that is not given is worth 0.
pub(super) fn or_zero(given: &Given, n: usize) -> Vec<f64> {
    let weights = weights(n);
    let mut found = vec![0.0; n];
    for (members, value) in given {
        let (gain, loss) = (weights[members.len()] * value, weights[members.len() + 1] * value);
        let mut rest = members.iter().peekable();
        for (player, sum) in found.iter_mut().enumerate() {
            *sum += if rest.next_if_eq(&&player).is_some() { gain } else { -loss };
        }
    }
    found
}

/// The values of all `2^n` coalitions where one that is not given is worth the most that any division of it into given
/// parts is worth together; a single player that is not given is worth 0. `3^n` steps.
pub(super) fn best_parts(given: &Given, n: usize) -> Vec<f64> {
    let mut known: Vec<Option<f64>> = vec![None; 1 << n];
    for (members, value) in given {
        known[members.iter().fold(0, |mask, &m| mask | 1 << m)] = Some(*value);
    }
    let mut worth = vec![0.0; 1 << n];
    for mask in 1..1_usize << n {
        worth[mask] = known[mask].unwrap_or_else(|| best_division(&worth, mask));
    }
    worth
}

/// The best division of a coalition in two, one part of which holds the first member.
fn best_division(worth: &[f64], mask: usize) -> f64 {
    let first = mask & mask.wrapping_neg();
    let others = mask ^ first;
    if others == 0 {
        return 0.0;
    }
    let mut best = f64::NEG_INFINITY;
    let mut part = others;
    while part > 0 {
        best = best.max(worth[part] + worth[mask ^ part]);
        part = (part - 1) & others;
    }
    best
}

/// The Shapley values of `n` players in a game of given coalitions; the others are worth nothing, or, with `parts`, the
/// best of their parts.
pub(crate) fn solve_given(given: &Given, n: usize, parts: bool) -> Vec<f64> {
    if parts { exact::of_all(&best_parts(given, n), n) } else { or_zero(given, n) }
}
