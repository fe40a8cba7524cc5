//! Replay: one programme over the partners as they were on many days, each decision handed on to the next.

use std::collections::BTreeMap;

use super::super::base::Base;
use super::super::decisions::texts;
use super::super::frame;
use super::super::program::Program;
use super::super::review::{ProgramReview, id_of, need_day};
use super::super::standing::Past;
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result};
use crate::facts::Id;
use crate::table::result::column;
use crate::table::{ColumnData, RawTable, Table};

/// The reviews of many days.
#[derive(Debug, Clone)]
pub struct ProgramReplay {
    reviews: Vec<ProgramReview>,
}

impl Program {
    /// Reviews the partners of many days, the earliest first; each review knows the decisions of those before it.
    ///
    /// `frames` are days (ISO 8601) with a frame as in [`Program::review_frame`]; `previous` are decisions from before.
    ///
    /// # Errors
    /// Those of [`Program::review_frame`]; days that are not in ascending order.
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::table::RawTable;
    /// use cosell::tiering::Program;
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"deals": {"measure": "given", "unit": "count"}},
    ///     "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": 5}}},
    ///     "review": {"demotion": {"grace_days": 90}}
    /// }"#)?;
    /// let frame = |deals: u32| RawTable::from_json(&[serde_json::json!({"partner_id": "P-1", "deals": deals})]).unwrap();
    /// let days = [("2026-01-31", frame(5)), ("2026-02-28", frame(4)), ("2026-06-30", frame(4))];
    /// let days: Vec<(&str, &RawTable<'_>)> = days.iter().map(|(day, frame)| (*day, frame)).collect();
    /// let decisions = program.replay_frames(&days, None, &Monitor::none())?.decisions()?;
    /// let tiers: Vec<String> = (0..3).map(|row| decisions.text(row, "effective")).collect();
    /// assert_eq!(tiers, ["gold", "gold", "member"]);
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn replay_frames(
        &self,
        frames: &[(&str, &RawTable<'_>)],
        previous: Option<&RawTable<'_>>,
        monitor: &Monitor,
    ) -> Result<ProgramReplay> {
        let mut bases = Vec::new();
        for (day, frame) in frames {
            let as_of = need_day(self.compiled(), Some(day))?;
            bases.push((as_of, frame::read(self.compiled(), frame)?));
        }
        self.replay_bases(bases, previous, monitor)
    }

    /// Reviews bases of many days.
    pub(crate) fn replay_bases(
        &self,
        bases: Vec<(Date, Base)>,
        previous: Option<&RawTable<'_>>,
        monitor: &Monitor,
    ) -> Result<ProgramReplay> {
        if let Some(pair) = bases.windows(2).find(|pair| pair[1].0 <= pair[0].0) {
            let message = format!("{} stands behind {}; give the days in ascending order", pair[1].0, pair[0].0);
            return Err(Error::new(Code::InvalidOption, "as_of", message));
        }
        let mut carried: BTreeMap<Id, Vec<Past>> = BTreeMap::new();
        let mut reviews: Vec<ProgramReview> = Vec::with_capacity(bases.len());
        for (as_of, base) in bases {
            let mut history = self.history(&base, previous, as_of)?;
            history.of_partner.resize(base.partners.len(), Vec::new());
            for (code, past) in history.of_partner.iter_mut().enumerate() {
                past.extend(carried.get(&id_of(&base, code as u32)).into_iter().flatten());
            }
            let review = self.review_base(base, history, None, as_of, monitor)?;
            for decided in &review.decided {
                let past = Past::of(&decided.decision, as_of);
                carried.entry(id_of(&review.base, decided.partner)).or_default().push(past);
            }
            reviews.push(review);
        }
        Ok(ProgramReplay { reviews })
    }
}

impl ProgramReplay {
    /// The review of each day.
    pub fn reviews(&self) -> &[ProgramReview] {
        &self.reviews
    }

    /// The decisions of all days, one below the other; a later review takes them as `previous`.
    ///
    /// # Errors
    /// Ids that are integers on one day and texts on another.
    pub fn decisions(&self) -> Result<Table> {
        let tables: Result<Vec<Table>> = self.reviews.iter().map(ProgramReview::decisions).collect();
        Table::stacked(tables?)
    }

    /// The moves between effective tiers from each day to the next, as edges of a Sankey diagram: from_day, to_day, source,
    /// target, partners.
    pub fn flows(&self) -> Table {
        let mut rows: Vec<([Date; 2], [String; 2], i64)> = Vec::new();
        for pair in self.reviews.windows(2) {
            let (a, b) = (&pair[0], &pair[1]);
            let mut both: BTreeMap<Id, [Option<Option<usize>>; 2]> = BTreeMap::new();
            for (side, review) in [a, b].into_iter().enumerate() {
                for d in &review.decided {
                    both.entry(id_of(&review.base, d.partner)).or_default()[side] = Some(d.decision.effective);
                }
            }
            let mut counts: BTreeMap<[Option<Option<usize>>; 2], i64> = BTreeMap::new();
            both.into_values().for_each(|ends| *counts.entry(ends).or_default() += 1);
            let node = |review: &ProgramReview, end: Option<Option<usize>>| {
                let name = match end {
                    None => "(not reviewed)",
                    Some(tier) => review.tier_name(tier).unwrap_or("(no tier)"),
                };
                format!("{}: {name}", review.as_of)
            };
            rows.extend(
                counts.into_iter().map(|(ends, n)| ([a.as_of, b.as_of], [node(a, ends[0]), node(b, ends[1])], n)),
            );
        }
        use super::super::decisions::days;
        Table::new(vec![
            days("from_day", rows.iter().map(|r| Some(r.0[0]))),
            days("to_day", rows.iter().map(|r| Some(r.0[1]))),
            texts("source", rows.iter().map(|r| Some(r.1[0].as_str()))),
            texts("target", rows.iter().map(|r| Some(r.1[1].as_str()))),
            column("partners", ColumnData::Int(rows.iter().map(|r| Some(r.2)).collect())),
        ])
    }
}
