//! Replay: one programme over the partners as they were on many days, each decision handed on to the next.

use std::collections::BTreeMap;

use super::super::decisions::{days, texts};
use super::super::frame;
use super::super::history::History;
use super::super::program::Program;
use super::super::review::{ProgramReview, ReviewInputs, day_of, id_of, key_id, within_version};
use super::super::standing::Past;
use super::days::{ReplayOptions, ascending, days_of};
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result};
use crate::facts::{Ecosystem, Id};
use crate::table::result::column;
use crate::table::{ColumnData, Interner, KeySpace, RawTable, Table};

/// The reviews of many days.
#[derive(Debug, Clone)]
pub struct ProgramReplay {
    reviews: Vec<ProgramReview>,
}

/// The decisions of a replay so far, by partner.
#[derive(Default)]
struct Carried(BTreeMap<Id, Vec<Past>>);

impl Carried {
    fn take(&mut self, review: &ProgramReview) {
        for decided in &review.decided {
            let past = Past::of(&decided.decision, review.as_of);
            self.0.entry(id_of(&review.base, decided.partner)).or_default().push(past);
        }
    }

    /// Earlier decisions with those of the replay behind them.
    fn behind(&self, mut history: History, partners: &Interner) -> History {
        if !self.0.is_empty() {
            history.of_partner.resize(partners.len(), Vec::new());
            for (code, past) in history.of_partner.iter_mut().enumerate() {
                past.extend(self.0.get(&key_id(partners, code as u32)).into_iter().flatten());
            }
        }
        history
    }
}

/// Reviews one day after the other.
fn folded(
    days: &[Date],
    mut review: impl FnMut(usize, Date, &Carried) -> Result<ProgramReview>,
) -> Result<ProgramReplay> {
    let mut carried = Carried::default();
    let mut reviews = Vec::with_capacity(days.len());
    for (at, &day) in days.iter().enumerate() {
        let review = review(at, day, &carried)?;
        carried.take(&review);
        reviews.push(review);
    }
    Ok(ProgramReplay { reviews })
}

/// The days of frames, which stand in ascending order.
pub(super) fn days_of_frames(frames: &[(&str, &RawTable<'_>)]) -> Result<Vec<Date>> {
    let day = |(at, (day, _)): (usize, &(&str, &RawTable<'_>))| day_of(day, &format!("partners[{at}]"));
    let days = frames.iter().enumerate().map(day).collect::<Result<Vec<Date>>>()?;
    ascending(&days, "partners")?;
    Ok(days)
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
        let days = days_of_frames(frames)?;
        for (at, day) in days.iter().enumerate() {
            within_version(self.compiled(), *day, &format!("partners[{at}]"))?;
        }
        self.replay_days(frames, &days, previous, monitor)
    }

    /// Reviews the partners of an ecosystem on many days, the earliest first, each from what was known on that day; each
    /// review knows the decisions of those before it.
    ///
    /// # Errors
    /// Those of [`Program::review`]; no days, or days that are not in ascending order; ready metrics, which would be those of
    /// one day (the table `measurements` dates them).
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::facts::{Activity, Ecosystem};
    /// use cosell::tiering::{Monthly, Program, ReplayOptions, ReviewInputs};
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"trainings": {"measure": {"count": {"from": "activities", "window": {"rolling_months": 2}}}}},
    ///     "qualification": {"gold": {"threshold": {"metric": "trainings", "at_least": 1}}},
    ///     "review": {"demotion": {"grace_days": 30}}
    /// }"#)?;
    /// let training = Activity {
    ///     partner_id: Some("P-1".into()), at: Some("2026-02-10".into()), kind: Some("training".into()), ..Default::default()
    /// };
    /// let eco = Ecosystem::builder().records([training]).build()?;
    /// let monthly = Some(Monthly { from: "2026-01-31".into(), to: "2026-05-31".into() });
    /// let options = ReplayOptions { monthly, ..Default::default() };
    /// let replay = program.replay(&eco, &ReviewInputs::default(), &options, &Monitor::none())?;
    /// // In April the training is two months old; gold lasts for a month of grace.
    /// let decisions = replay.decisions()?;
    /// let tiers: Vec<String> = (0..5).map(|row| decisions.text(row, "effective")).collect();
    /// assert_eq!(tiers, ["member", "gold", "gold", "gold", "member"]);
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn replay(
        &self,
        eco: &Ecosystem,
        inputs: &ReviewInputs<'_>,
        options: &ReplayOptions,
        monitor: &Monitor,
    ) -> Result<ProgramReplay> {
        let days = days_of(&options.days, options.monthly.as_ref(), Some(self.compiled()))?;
        self.replay_facts(eco, inputs, &days, options.forecast_months, monitor)
    }

    pub(super) fn replay_days(
        &self,
        frames: &[(&str, &RawTable<'_>)],
        days: &[Date],
        previous: Option<&RawTable<'_>>,
        monitor: &Monitor,
    ) -> Result<ProgramReplay> {
        let read = |(at, (_, frame)): (usize, &(&str, &RawTable<'_>))| {
            frame::read(self.compiled(), frame).map_err(|e| e.within(&format!("partners[{at}]")))
        };
        let mut bases = frames.iter().enumerate().map(read).collect::<Result<Vec<_>>>()?;
        folded(days, |at, day, carried| {
            let base = std::mem::take(&mut bases[at]);
            let history = carried.behind(self.history(&base, previous, day)?, &base.partners);
            self.review_base(base, history, None, day, monitor)
        })
    }

    pub(super) fn replay_facts(
        &self,
        eco: &Ecosystem,
        inputs: &ReviewInputs<'_>,
        days: &[Date],
        forecast_months: u32,
        monitor: &Monitor,
    ) -> Result<ProgramReplay> {
        if inputs.metrics.is_some() {
            let message = "metrics that are handed in are those of one day; give them as rows of the table measurements, \
                           which are dated, or replay a list of frames";
            return Err(Error::new(Code::InvalidOption, "metrics", message));
        }
        folded(days, |_, day, carried| {
            let history = carried.behind(self.history_of(eco, inputs, day)?, eco.keys(KeySpace::Partner));
            self.review_facts(eco, inputs, history, day, forecast_months, monitor)
        })
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
        Table::new(vec![
            days("from_day", rows.iter().map(|r| Some(r.0[0]))),
            days("to_day", rows.iter().map(|r| Some(r.0[1]))),
            texts("source", rows.iter().map(|r| Some(r.1[0].as_str()))),
            texts("target", rows.iter().map(|r| Some(r.1[1].as_str()))),
            column("partners", ColumnData::Int(rows.iter().map(|r| Some(r.2)).collect())),
        ])
    }
}
