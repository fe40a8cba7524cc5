//! How work runs: mergeable statistics, threads, cancelling and progress, keyed random numbers, portable mathematics.

pub mod accumulate;
pub mod exact_sum;
pub mod math;
pub mod monitor;
pub mod normal;
pub mod parallel;
pub(crate) mod quantile;
pub mod rng;
