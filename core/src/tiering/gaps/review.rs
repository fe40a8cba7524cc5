//! The gaps of a review.

use super::super::review::{ProgramReview, context};
use super::{
    Gap, GapSearch, Gaps, LineRoom, Progress, Reach, line_room, number_column, row_columns, tested_column, tier_column,
};
use crate::error::Result;
use crate::table::result::TextColumn;
use crate::table::{Column, Table};

impl ProgramReview {
    /// What stands between each partner and the tier above the one that it earns, or every tier above it; of the scope that
    /// counts. One row for each criterion that is not as the tier wants it, in the order of the partners' ids, then of the
    /// tiers, then of the document.
    ///
    /// `missing` is `required - actual` for a lower bound and `actual - required` for an upper one, in whole things where
    /// whole things are counted; of a strict bound on anything else, a little more than it. It is null where the metric has
    /// no value. `alternative` names the group of which only some criteria must be met; where it is null, the criterion is
    /// required anyway.
    ///
    /// # Errors
    /// Only faults of this library.
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::table::RawTable;
    /// use cosell::tiering::{Program, ProgramReviewOptions, Reach};
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"deals": {"measure": "given", "unit": "count"}},
    ///     "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": 5}}}
    /// }"#)?;
    /// let partners = RawTable::from_json(&[serde_json::json!({"partner_id": "P-1", "deals": 3})])?;
    /// let options = ProgramReviewOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
    /// let review = program.review_frame(&partners, None, &options, &Monitor::none())?;
    /// let gaps = review.gaps(Reach::Next)?;
    /// assert_eq!((gaps.text(0, "metric"), gaps.number(0, "missing")), ("deals".to_owned(), Some(2.0)));
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn gaps(&self, reach: Reach) -> Result<Table> {
        self.search(reach, true, false)?.table(self.program.compiled(), &self.base)
    }

    /// How far each partner is from the tier above the one that it earns, or every tier above it: partner_id, scope, tier,
    /// satisfied and total (parts of the tier's criterion), gaps. Rows stand as those of [`ProgramReview::gaps`].
    ///
    /// # Errors
    /// Only faults of this library.
    pub fn progress(&self, reach: Reach) -> Result<Table> {
        Ok(self.search(reach, false, true)?.progress_table(self.program.compiled(), &self.base))
    }

    /// Where a gap is on the total of a scorecard, the room in its lines: partner_id, scope, tier, criterion, line, points,
    /// max_points, room. Rows stand as those of [`ProgramReview::gaps`], then in the order of the lines.
    ///
    /// # Errors
    /// Only faults of this library.
    pub fn room(&self, reach: Reach) -> Result<Table> {
        let program = self.program.compiled();
        let found = self.search(reach, true, false)?;
        let mut lines: Vec<(&Gap, usize, LineRoom)> = Vec::new();
        for gap in &found.list {
            let (track, leaf) = &found.leaves[gap.leaf as usize];
            let Some(total) = tested_column(program, *track, leaf) else { continue };
            let room = line_room(program, &self.base, *track, total, gap.row as usize);
            lines.extend(room.into_iter().map(|room| (gap, *track, room)));
        }
        let (mut criteria, mut names) = (TextColumn::default(), TextColumn::default());
        for (gap, track, room) in &lines {
            let leaf = &found.leaves[gap.leaf as usize].1;
            criteria.push(program.tracks[*track].paths.get(leaf.node).map(String::as_str));
            names.push(Some(&program.columns[room.column].name));
        }
        let mut columns: Vec<Column> = row_columns(&self.base, lines.iter().map(|(gap, ..)| gap.row)).into();
        columns.extend([
            tier_column(program, "tier", lines.iter().map(|(gap, ..)| usize::from(gap.tier))),
            criteria.finish("criterion"),
            names.finish("line"),
            number_column("points", lines.iter().map(|(.., room)| room.points)),
            number_column("max_points", lines.iter().map(|(.., room)| room.max)),
            number_column("room", lines.iter().map(|(.., room)| room.max - room.points)),
        ]);
        Ok(Table::new(columns))
    }

    /// The tier from which each row looks up: the one that it holds, or the one that it qualifies for where that is lower,
    /// because it then falls short of what it holds. A row that does not count stands as if it had every tier.
    pub(crate) fn current_tiers(&self) -> Vec<Option<usize>> {
        let mut current = vec![self.program.compiled().tiers.len().checked_sub(1); self.base.rows()];
        for decided in &self.decided {
            current[decided.row] = decided.decision.effective.min(decided.decision.qualified);
        }
        current
    }

    /// The gaps and the progress of every row.
    pub(crate) fn find_gaps(&self, reach: Reach) -> Result<Gaps> {
        self.search(reach, true, true)
    }

    /// The progress of every row alone.
    pub(crate) fn find_progress(&self, reach: Reach) -> Result<Vec<Progress>> {
        Ok(self.search(reach, false, true)?.progress)
    }

    fn search(&self, reach: Reach, list: bool, progress: bool) -> Result<Gaps> {
        let (program, base) = (self.program.compiled(), &self.base);
        let context = context(program, base, &self.history, self.as_of);
        let current = self.current_tiers();
        let (cutoffs, tracks) = (&self.cutoffs, self.evaluated.track.as_slice());
        let search = GapSearch { program, base, context: &context, cutoffs, tracks, reach, list, progress };
        search.run(&|row| current[row])
    }
}
