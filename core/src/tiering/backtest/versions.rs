//! Two versions over the same partners and days: who would be where, by which criterion, and what is at stake.

use serde::{Deserialize, Serialize};

use super::super::decisions::days;
use super::super::program::Program;
use super::super::review::ReviewInputs;
use super::compared::{Compared, Stake};
use super::days::{Monthly, beside_frames, days_of};
use super::replay::{ProgramReplay, days_of_frames};
use super::stakes::{CREDIT, FactStakes, REVENUE, Stakes, stakes};
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result};
use crate::facts::Ecosystem;
use crate::table::{RawTable, Table};

/// How two versions are tried on the same days.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct BacktestOptions {
    /// The days that are decided about, the earliest first; ISO 8601. These or `monthly` are required with an ecosystem.
    pub days: Vec<String>,
    /// A day of every month, in place of `days`.
    pub monthly: Option<Monthly>,
    /// What else is at stake with a partner: a column of the table `stakes` (default `stake`), or without that table a metric
    /// of the first programme.
    pub stake: Option<String>,
    /// The name of the credit at stake, where several are handed in.
    pub stake_credit: Option<String>,
}

/// Two versions over the same partners and days.
#[derive(Debug, Clone)]
pub struct ProgramBacktest {
    /// The reviews of the first programme.
    pub before: ProgramReplay,
    /// Those of the other one.
    pub after: ProgramReplay,
    /// One row for each day and pair of tiers, in the order of days and ranks: as_of, from, to, direction (up, down, same,
    /// other), partners, stake, revenue, credit, worth_gained, worth_lost. The last day is where the versions end.
    pub movements: Table,
    /// One row for each day and partner that the other programme puts elsewhere: as_of, partner_id, from, to, direction, stake,
    /// revenue, credit, worth_before, worth_after, decides, further, metric, actual, required, because; as in
    /// [`ProgramComparison::moves`](super::ProgramComparison::moves).
    pub moves: Table,
    /// The moves of each day by the criterion that decides them, the most partners first: as_of, direction, decides (null:
    /// policy alone), metric, partners, stake, revenue, credit, worth_gained, worth_lost.
    pub criteria: Table,
    /// The movements as edges of a Sankey diagram: as_of, source, target, partners, stake, revenue, credit.
    pub flows: Table,
}

impl Program {
    /// Tries another version on the same partners and days: both are replayed over an ecosystem, each its own fold, and
    /// compared on every day. A version is taken to hold on all of these days, whenever it is in effect.
    ///
    /// `revenue` is what was won with a partner in the twelve months up to the day, `credit` what it was credited with for
    /// deals won by the day from touches in them, both from what was known on the day; the worth of benefits is that of a year.
    ///
    /// # Errors
    /// Those of [`Program::replay`] and of [`ProgramReview::compare`](super::super::ProgramReview::compare); several credits of
    /// which none is named.
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::facts::{Activity, Ecosystem};
    /// use cosell::tiering::{BacktestOptions, Program, ReviewInputs};
    /// let version = |trainings: u32| {
    ///     Program::from_value(&serde_json::json!({
    ///         "program": "services", "version": trainings.to_string(),
    ///         "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///         "metrics": {"trainings": {"measure": {"count": {"from": "activities"}}}},
    ///         "qualification": {"gold": {"threshold": {"metric": "trainings", "at_least": trainings}}}
    ///     }))
    /// };
    /// let on = |at: &str| Activity {
    ///     partner_id: Some("P-1".into()), at: Some(at.into()), kind: Some("training".into()), ..Default::default()
    /// };
    /// let eco = Ecosystem::builder().records([on("2026-01-10"), on("2026-02-10")]).build()?;
    /// let options = BacktestOptions { days: vec!["2026-01-31".into(), "2026-02-28".into()], ..Default::default() };
    /// let tried = version(1)?.backtest(&version(2)?, &eco, &ReviewInputs::default(), None, &options, &Monitor::none())?;
    /// // The second training comes in February: until then P-1 would not be gold.
    /// assert_eq!((tried.moves.len(), tried.moves.text(0, "as_of")), (1, "2026-01-31".to_owned()));
    /// assert_eq!(tried.moves.text(0, "decides"), "qualification.gold");
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn backtest(
        &self,
        other: &Self,
        eco: &Ecosystem,
        inputs: &ReviewInputs<'_>,
        stakes_of: Option<&RawTable<'_>>,
        options: &BacktestOptions,
        monitor: &Monitor,
    ) -> Result<ProgramBacktest> {
        let dates = days_of(&options.days, options.monthly.as_ref(), None)?;
        let facts = FactStakes::new(self.compiled(), eco, inputs, monitor)?;
        let credit = facts.credit(options.stake_credit.as_deref(), "stake_credit")?;
        let before = self.replay_facts(eco, inputs, &dates, 0, monitor)?;
        let after = other.replay_facts(eco, inputs, &dates, 0, monitor)?;
        let on = |day: Date| facts.on(day, credit);
        tried(before, after, stakes_of, options.stake.as_deref(), &on, monitor)
    }

    /// The same over frames, as [`Program::replay_frames`] takes them; `revenue` and `credit`, which take facts, stay empty.
    ///
    /// # Errors
    /// Those of [`Program::replay_frames`] and of [`ProgramReview::compare`](super::super::ProgramReview::compare); days beside
    /// those of the frames.
    pub fn backtest_frames(
        &self,
        other: &Self,
        frames: &[(&str, &RawTable<'_>)],
        previous: Option<&RawTable<'_>>,
        stakes_of: Option<&RawTable<'_>>,
        options: &BacktestOptions,
        monitor: &Monitor,
    ) -> Result<ProgramBacktest> {
        beside_frames(&options.days, options.monthly.as_ref())?;
        if options.stake_credit.is_some() {
            let message = "stake_credit goes with an ecosystem and its credit; name a column of stakes in stake";
            return Err(Error::new(Code::InvalidOption, "stake_credit", message));
        }
        if frames.is_empty() {
            let message = "frames are missing: pairs of a day and a frame, the earliest first";
            return Err(Error::new(Code::MissingOption, "partners", message));
        }
        let dates = days_of_frames(frames)?;
        let before = self.replay_days(frames, &dates, previous, monitor)?;
        let after = other.replay_days(frames, &dates, previous, monitor)?;
        let none = |_| Ok([Stakes::new(), Stakes::new()]);
        tried(before, after, stakes_of, options.stake.as_deref(), &none, monitor)
    }
}

/// Compares two replays of the same days.
fn tried(
    before: ProgramReplay,
    after: ProgramReplay,
    stakes_of: Option<&RawTable<'_>>,
    stake: Option<&str>,
    facts: &dyn Fn(Date) -> Result<[Stakes; 2]>,
    monitor: &Monitor,
) -> Result<ProgramBacktest> {
    let [mut movements, mut moves, mut criteria, mut flows] = [const { Vec::new() }; 4];
    for (a, b) in before.reviews().iter().zip(after.reviews()) {
        let [revenue, credit] = facts(a.as_of)?;
        let at_stake: [Stake; 3] =
            [("stake", stakes(a, stakes_of, stake, None)?), (REVENUE, revenue), (CREDIT, credit)];
        let compared = Compared::new(a, b, &at_stake, monitor)?;
        let moved = compared.moved(monitor)?;
        movements.push(dated(a.as_of, compared.movements()));
        moves.push(dated(a.as_of, compared.moves(&moved)?));
        criteria.push(dated(a.as_of, compared.criteria(&moved)));
        flows.push(dated(a.as_of, compared.flows()));
    }
    Ok(ProgramBacktest {
        movements: Table::stacked(movements)?,
        moves: Table::stacked(moves)?,
        criteria: Table::stacked(criteria)?,
        flows: Table::stacked(flows)?,
        before,
        after,
    })
}

/// A table with its day in front.
fn dated(day: Date, table: Table) -> Table {
    let mut columns = vec![days("as_of", (0..table.len()).map(|_| Some(day)))];
    columns.extend(table.columns().iter().cloned());
    Table::new(columns)
}
