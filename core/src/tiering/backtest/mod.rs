//! Backtest: what a change of the rules does, before it is published.
//!
//! Two programmes over the same partners ([`compare`]), one programme over many days ([`replay`]), every threshold a little
//! higher and lower ([`sensitivity`]), and the threshold that lets in a wished share ([`design`]).

mod compare;
mod design;
mod replay;
mod sensitivity;
mod stakes;
mod unmet;

pub use self::compare::{ProgramCompareOptions, ProgramComparison};
pub use self::design::DesignOptions;
pub use self::replay::ProgramReplay;
pub use self::sensitivity::SensitivityOptions;
