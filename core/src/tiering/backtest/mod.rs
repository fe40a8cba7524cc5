//! Backtest: what a change of the rules does, before it is published.
//!
//! Two reviews of the same partners ([`compare`]), one programme over many days ([`replay`]), two versions over the same days
//! ([`versions`]), every threshold a little higher and lower ([`sensitivity`]), and the threshold that lets in a wished share
//! ([`design`]). Each reads a frame, or an ecosystem as it was known on the day.

mod compare;
mod compared;
mod days;
mod design;
mod replay;
mod sensitivity;
mod stakes;
mod unmet;
mod versions;

pub use self::compare::{ProgramCompareOptions, ProgramComparison};
pub use self::days::{Monthly, ReplayOptions};
pub use self::design::DesignOptions;
pub use self::replay::ProgramReplay;
pub use self::sensitivity::SensitivityOptions;
pub use self::versions::{BacktestOptions, ProgramBacktest};
