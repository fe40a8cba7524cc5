//! The cheapest actions of a review.

use super::super::evaluate::NO_TRACK;
use super::super::gaps::{number_column, row_columns, tier_column};
use super::super::review::{ProgramReview, context};
use super::{CheckedCosts, Costs, Plan, plan};
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::Result;
use crate::table::result::{TextColumn, column};
use crate::table::{Column, ColumnData, Table};

/// The plan of a row for its next tier.
struct Planned {
    row: u32,
    track: usize,
    tier: usize,
    plan: Plan,
}

impl ProgramReview {
    /// The cheapest set of actions that takes each partner to the tier above the one that it earns: one row for each action,
    /// in the order of the partners' ids, then of the metrics' names: partner_id, scope, tier, metric, steps, from, to, cost,
    /// plan_cost (of all actions of the partner), lower_bound (what any set costs at least), proven (no set is cheaper).
    ///
    /// Every set is verified with the programme's own rules: with it the tier's criterion is met, without any one step of it,
    /// it is not. A partner that no set takes there has no row here, but in [`ProgramReview::out_of_reach`]. A search that
    /// looks at too many sets ends with the best one that it found, and says so in `proven`.
    ///
    /// # Errors
    /// Costs of metrics that do not exist or are made of others, and numbers that are not possible, each with its path;
    /// cancelled.
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::table::RawTable;
    /// use cosell::tiering::{ActionCost, Costs, Program, ProgramReviewOptions};
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"deals": {"measure": "given", "unit": "count"}, "people": {"measure": "given", "unit": "people"}},
    ///     "qualification": {"gold": {"any": [
    ///         {"threshold": {"metric": "deals", "at_least": 5}}, {"threshold": {"metric": "people", "at_least": 2}}
    ///     ]}}
    /// }"#)?;
    /// let partners = RawTable::from_json(&[serde_json::json!({"partner_id": "P-1", "deals": 3, "people": 0})])?;
    /// let options = ProgramReviewOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
    /// let review = program.review_frame(&partners, None, &options, &Monitor::none())?;
    /// let cost = |cost: f64| ActionCost { cost, step: 1.0, max: None };
    /// let costs = Costs::from([("deals".into(), cost(900.0)), ("people".into(), cost(1000.0))]);
    /// let actions = review.actions(&costs, &Monitor::none())?;
    /// assert_eq!((actions.text(0, "metric"), actions.number(0, "cost")), ("deals".to_owned(), Some(1800.0)));
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn actions(&self, costs: &Costs, monitor: &Monitor) -> Result<Table> {
        let plans = self.plans(costs, monitor)?;
        let all: Vec<_> = plans
            .iter()
            .flat_map(|planned| planned.plan.actions.iter().flatten().map(move |action| (planned, *action)))
            .collect();
        let program = self.program.compiled();
        let mut columns: Vec<Column> = row_columns(&self.base, all.iter().map(|(p, _)| p.row)).into();
        let mut metrics = TextColumn::default();
        all.iter().for_each(|(_, action)| metrics.push(Some(&program.columns[action.column].name)));
        let steps = all.iter().map(|(_, action)| i64::try_from(action.steps).ok()).collect();
        columns.extend([
            tier_column(program, "tier", all.iter().map(|(p, _)| p.tier)),
            metrics.finish("metric"),
            column("steps", ColumnData::Int(steps)),
            number_column("from", all.iter().map(|(_, action)| action.from)),
            number_column("to", all.iter().map(|(_, action)| action.to)),
            number_column("cost", all.iter().map(|(_, action)| action.cost)),
            number_column("plan_cost", all.iter().map(|(p, _)| p.plan.cost.unwrap_or(f64::NAN))),
            number_column("lower_bound", all.iter().map(|(p, _)| p.plan.bound)),
            column("proven", ColumnData::Bool(all.iter().map(|(p, _)| Some(p.plan.proven)).collect())),
        ]);
        Ok(Table::new(columns))
    }

    /// What keeps partners from the tier above the one that they earn, whatever they do: one row for each criterion,
    /// partner_id, scope, tier, criterion (null: the tier as a whole), reason (`no_cost`, `not_measured`, `max_steps`,
    /// `fixed`, `conflict`, `by_hand`), proven. Rows stand as those of [`ProgramReview::actions`], then as in the document.
    ///
    /// # Errors
    /// Those of [`ProgramReview::actions`].
    pub fn out_of_reach(&self, costs: &Costs, monitor: &Monitor) -> Result<Table> {
        let plans = self.plans(costs, monitor)?;
        let all: Vec<_> =
            plans.iter().flat_map(|planned| planned.plan.out_of_reach.iter().map(move |out| (planned, out))).collect();
        let program = self.program.compiled();
        let mut columns: Vec<Column> = row_columns(&self.base, all.iter().map(|(p, _)| p.row)).into();
        let (mut criteria, mut reasons) = (TextColumn::default(), TextColumn::default());
        for (planned, out) in &all {
            let paths = &program.tracks[planned.track].paths;
            criteria.push(out.leaf.as_ref().and_then(|leaf| paths.get(leaf.node)).map(String::as_str));
            reasons.push(Some(out.reason.name()));
        }
        columns.extend([
            tier_column(program, "tier", all.iter().map(|(p, _)| p.tier)),
            criteria.finish("criterion"),
            reasons.finish("reason"),
            column("proven", ColumnData::Bool(all.iter().map(|(p, _)| Some(p.plan.proven)).collect())),
        ]);
        Ok(Table::new(columns))
    }

    /// The plan of each row that counts and has a tier above it.
    fn plans(&self, costs: &Costs, monitor: &Monitor) -> Result<Vec<Planned>> {
        let program = self.program.compiled();
        let costs = CheckedCosts::new(program, costs)?;
        let context = context(program, &self.base, &self.history, self.as_of);
        let current = self.current_tiers();
        let rows: Vec<usize> = self.decided.iter().map(|decided| decided.row).collect();
        let one = |row: usize| -> Result<Option<Planned>> {
            monitor.check()?;
            let (track, tier) = (self.evaluated.track[row], current[row].map_or(0, |tier| tier + 1));
            if track == NO_TRACK || tier >= program.tiers.len() {
                return Ok(None);
            }
            let track = usize::from(track);
            let plan = plan(program, &self.base, &context, &self.cutoffs, &costs, (track, row, tier))?;
            Ok(Some(Planned { row: row as u32, track, tier, plan }))
        };
        // A search is worth hundreds of plain rows.
        let size = rows.len().saturating_mul(256);
        let parts = parallel::map(parallel::pieces(rows.len(), 64), size, |range| {
            range.map(|at| one(rows[at])).collect::<Result<Vec<_>>>()
        })?;
        Ok(parts.into_iter().flatten().flatten().collect())
    }
}
