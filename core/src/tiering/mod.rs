//! Tiering: a partner programme is a document that is checked, compiled, run, explained and replayed.

mod actions;
mod asked;
mod backtest;
mod base;
mod compile;
mod decisions;
mod diff;
pub mod document;
mod economics;
mod evaluate;
mod explain;
mod forecast;
mod formula;
mod frame;
mod gaps;
mod history;
mod lint;
mod measure;
mod natural;
mod program;
mod qualify;
mod recommend;
mod review;
mod schedule;
mod single;
mod standing;
#[cfg(test)]
mod tests;
mod top;
mod window;

pub use actions::{ActionCost, Costs};
pub use asked::{ActionOptions, EconomicsOptions, EnablementOptions, ExplainOptions, GapOptions};
pub use backtest::{DesignOptions, ProgramCompareOptions, ProgramComparison, ProgramReplay, SensitivityOptions};
pub use economics::{Cuts, Economics, SegmentAxis, SegmentOptions};
pub use explain::{ActionAhead, CheapestWay, GapAhead, Obstruction, TierAhead};
pub use gaps::Reach;
pub use program::Program;
pub use qualify::{Qualified, QualifyOptions};
pub use recommend::{RecommendOptions, RecommendedTiers, recommend};
pub use review::{ProgramReview, ProgramReviewOptions, ReviewInputs};
pub use single::{CutoffRow, EvaluateOptions, Verdict, VerdictReason};
pub use standing::Recommendation;
