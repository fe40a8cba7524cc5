//! cosell: the engine for partner ecosystem intelligence.
//!
//! From a vendor's CRM and PRM tables it answers the questions that a partner organisation runs on: who earned this
//! revenue, and what is the programme worth.

#![forbid(unsafe_code)]

pub mod attribution;
pub mod calendar;
pub mod document;
pub mod engine;
mod error;
pub mod facts;
pub mod money;
#[cfg(feature = "report")]
pub mod report;
pub mod review;
pub mod table;
pub mod tiering;
pub mod words;

pub use error::{Code, Error, Kind, Result};
