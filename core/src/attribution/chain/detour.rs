//! Removal by detour: whoever would have come to the removed states takes the other ways from where they stand, in
//! proportion; who has no other way is lost.

use super::Chain;

/// The chain without some states.
pub(super) fn without(chain: &Chain, removed: &[u32]) -> Chain {
    let mut gone = vec![false; chain.len()];
    removed.iter().for_each(|&s| gone[s as usize] = true);
    let mut rest = chain.clone();
    for state in 0..chain.len() {
        rest.next[state].retain(|(to, _)| !gone[*to as usize]);
        if gone[state] {
            rest.start[state] = 0.0;
            rest.next[state].clear();
        }
        if rest.total(state) == 0.0 || gone[state] {
            (rest.conversions[state], rest.nulls[state]) = (0.0, 1.0);
            if let Some(value) = &mut rest.value {
                value[state] = 0.0;
            }
        }
    }
    rest
}
