//! Two reviews of the same partners: who moves, why, and what is at stake.

use serde::{Deserialize, Serialize};

use super::super::review::ProgramReview;
use super::compared::Compared;
use super::stakes::stakes;
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::table::{RawTable, Table};

/// How two reviews are compared.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ProgramCompareOptions {
    /// What is at stake with a partner: a column of the table `stakes` (default `stake`), or without that table a metric of
    /// the first programme. `None` without a table: nothing is.
    pub stake: Option<String>,
}

/// What is different between two reviews of the same partners.
#[derive(Debug, Clone)]
pub struct ProgramComparison {
    /// One row for each pair of tiers, in the order of their ranks: from, to, direction (up, down, same, other), partners,
    /// stake, worth_gained, worth_lost.
    pub movements: Table,
    /// One row for each partner that does not stay where it is: partner_id, from, to, direction, stake, worth_before,
    /// worth_after, decides (the first criterion that keeps it from the higher tier), further (how many more do), metric,
    /// actual, required, because (the reasons of the second decision).
    pub moves: Table,
    /// The movements as edges of a Sankey diagram: source, target, partners, stake.
    pub flows: Table,
}

impl ProgramReview {
    /// Compares this review with that of another programme (or day): who moves between effective tiers, why, and what is at
    /// stake. Tiers are the same by name, or by a transition between the two versions.
    ///
    /// `stakes` is a table of partner_id and a number, such as revenue or credit; rows of one partner are added.
    ///
    /// # Errors
    /// An unknown metric; stakes without their columns, or with something that is no number; ids that are integers in one
    /// review and texts in the other; cancelled.
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::table::RawTable;
    /// use cosell::tiering::{ProgramCompareOptions, Program, ProgramReviewOptions};
    /// let review = |version: &str, deals: u32| {
    ///     let program = Program::from_value(&serde_json::json!({
    ///         "program": "services", "version": version,
    ///         "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///         "metrics": {"deals": {"measure": "given", "unit": "count"}},
    ///         "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": deals}}}
    ///     }))?;
    ///     let rows = [serde_json::json!({"partner_id": "P-1", "deals": 5})];
    ///     let options = ProgramReviewOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
    ///     program.review_frame(&RawTable::from_json(&rows)?, None, &options, &Monitor::none())
    /// };
    /// let change = review("2026", 5)?.compare(&review("2027", 8)?, None, &ProgramCompareOptions::default(), &Monitor::none())?;
    /// assert_eq!((change.moves.text(0, "direction"), change.moves.number(0, "required")), ("down".into(), Some(8.0)));
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn compare(
        &self,
        other: &ProgramReview,
        stakes_of: Option<&RawTable<'_>>,
        options: &ProgramCompareOptions,
        monitor: &Monitor,
    ) -> Result<ProgramComparison> {
        let stakes = [("stake", stakes(self, stakes_of, options.stake.as_deref(), None)?)];
        let compared = Compared::new(self, other, &stakes, monitor)?;
        let moves = compared.moves(&compared.moved(monitor)?)?;
        Ok(ProgramComparison { movements: compared.movements(), moves, flows: compared.flows() })
    }
}
