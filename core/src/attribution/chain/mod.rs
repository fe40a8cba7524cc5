//! Markov chains of channels: counted from paths, solved without a subtraction.
//!
//! A state is a window of `k` consecutive touches (a shorter path is one state); equal consecutive states are one. Each
//! step of a path weighs its conversions and nulls together; its last state goes to the conversion with the weight of its
//! conversions, to the null with that of its nulls, and carries its value. What follows are exact functions of the counts:
//! the chance `B(s)` to convert from state `s`, and the removal effect of a set of states `S`,
//! `RE = sum over s in S of h(s) B(s) / B(start)`, where `h` is the distribution of the first state of `S` that is met.
//!
//! Sources: Anderl, Becker, von Wangenheim and Schumann, "Mapping the customer journey" (2016); Grassmann, Taksar and Heyman,
//! "Regenerative analysis and steady state distributions for Markov chains" (1985), for elimination without subtraction.

mod count;
mod dense;
mod detour;
mod effect;
mod lanes;
mod placed;
mod sparse;
#[cfg(test)]
mod tests;

pub(crate) use count::count;
pub(crate) use effect::{Effects, Removal, effects};
pub(crate) use lanes::{Lane, Lanes};
pub(crate) use placed::{Counted, fits};

/// A chain, its states in the order of their windows.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Chain {
    /// The channels of each state's window.
    pub(crate) windows: Vec<Vec<u32>>,
    /// How often a path starts in the state.
    pub(crate) start: Vec<f64>,
    /// How often a path ends there, converted.
    pub(crate) conversions: Vec<f64>,
    /// How often a path ends there, not converted.
    pub(crate) nulls: Vec<f64>,
    /// What the paths that end there have brought.
    pub(crate) value: Option<Vec<f64>>,
    /// The other states that follow, and how often; ordered by state.
    pub(crate) next: Vec<Vec<(u32, f64)>>,
}

impl Chain {
    /// How many states.
    pub(crate) fn len(&self) -> usize {
        self.windows.len()
    }

    /// How often the state is left (or is the last).
    pub(crate) fn total(&self, state: usize) -> f64 {
        let onward: f64 = self.next[state].iter().map(|(_, weight)| weight).sum();
        onward + self.conversions[state] + self.nulls[state]
    }

    /// How many steps lead from one state to another.
    pub(crate) fn steps(&self) -> usize {
        self.next.iter().map(Vec::len).sum()
    }

    /// How often a path starts at all.
    pub(crate) fn starts(&self) -> f64 {
        self.start.iter().sum()
    }
}
