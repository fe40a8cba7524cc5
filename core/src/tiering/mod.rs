//! Tiering: a partner programme is a document that is checked, compiled, run, explained and replayed.

mod actions;
mod asked;
mod backtest;
mod base;
mod benefits;
mod compile;
mod decisions;
mod diff;
pub mod document;
mod economics;
mod evaluate;
mod explain;
mod facts;
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
mod state;
#[cfg(test)]
mod tests;
mod top;
mod window;

pub use actions::{ActionCost, Costs};
pub use asked::{
    ActionOptions, BenefitOptions, EconomicsOptions, EnablementOptions, ExplainOptions, FactOptions, GapOptions,
};
pub use backtest::{
    BacktestOptions, DesignOptions, Monthly, ProgramBacktest, ProgramCompareOptions, ProgramComparison, ProgramReplay,
    ReplayOptions, SensitivityOptions,
};
pub use economics::{Cuts, Economics, SegmentAxis, SegmentOptions};
pub use explain::{ActionAhead, CheapestWay, GapAhead, Obstruction, TierAhead};
pub use gaps::Reach;
pub use program::Program;
pub use qualify::{Qualified, QualifyOptions};
pub use recommend::{RecommendOptions, RecommendedTiers, recommend};
pub use review::{ProgramReview, ProgramReviewOptions, ReviewInputs};
pub use single::{CutoffRow, EvaluateOptions, Verdict, VerdictReason};
pub use standing::Recommendation;
