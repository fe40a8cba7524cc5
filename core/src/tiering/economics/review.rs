//! A review's accounts, segments and trainings.

use serde::{Deserialize, Serialize};

use super::super::actions::{CheckedCosts, Costs};
use super::super::compile::{fault, unknown_name};
use super::super::formula::Columns;
use super::super::gaps::Reach;
use super::super::review::{ProgramReview, context};
use super::{
    Accounts, Axis, Cuts, HORIZON_MONTHS, climbs_table, enablement, enablement_table, pulls, pulls_table, segment,
};
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::table::Table;

/// What partners have from climbing.
#[derive(Debug, Clone)]
pub struct Economics {
    /// One row for each partner, in the order of their ids: partner_id, scope, tier (the next one), worth_gained, extra_fee
    /// and net_gain (per year), cost (of the cheapest actions), proven, payback_months, pays, reason.
    pub climbs: Table,
    /// One row for each tier, the lowest first: tier, partners (whose next tier it is), reachable, pays, share, finding
    /// (`tier_not_worth_climbing`: no rational partner climbs).
    pub tiers: Table,
}

/// How partners are divided by performance and potential.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SegmentOptions {
    /// What a partner brings.
    pub performance: SegmentAxis,
    /// What it could bring.
    pub potential: SegmentAxis,
    /// The names of the cells: one list for each band of performance from the lowest, each with one name for each band of
    /// potential. Empty: the names of both bands, such as `high_low`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<Vec<String>>,
}

/// An axis of segments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SegmentAxis {
    /// The metric or scorecard. `None`: the score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metric: Option<String>,
    /// Where it is cut.
    pub cuts: Cuts,
    /// The names of the bands from the lowest. Empty: low and high; low, middle and high; or numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bands: Vec<String>,
}

impl ProgramReview {
    /// Each partner's account of the tier above the one that it earns, and what that says of the tiers: the yearly worth of
    /// the benefits gained less the extra fee, the cost of the cheapest actions, and in how many months they are paid back.
    /// Climbing pays where that is within the horizon (`None`: 12 months).
    ///
    /// # Errors
    /// Those of [`ProgramReview::actions`]; a horizon that is not above 0; worths and fees that cannot be resolved.
    pub fn economics(&self, costs: &Costs, horizon_months: Option<f64>, monitor: &Monitor) -> Result<Economics> {
        let program = self.program.compiled();
        let current = self.current_tiers();
        let accounts = Accounts {
            program,
            base: &self.base,
            context: &context(program, &self.base, &self.history, self.as_of),
            cutoffs: &self.cutoffs,
            evaluated: &self.evaluated,
            costs: &CheckedCosts::new(program, costs)?,
            day: self.as_of,
            horizon_months: horizon_months.unwrap_or(HORIZON_MONTHS),
            monitor,
        };
        let rows: Vec<usize> = self.decided.iter().map(|decided| decided.row).collect();
        let climbs = accounts.climbs(&rows, &|row| current[row])?;
        Ok(Economics {
            climbs: climbs_table(program, &self.base, &climbs),
            tiers: pulls_table(program, &pulls(program, &climbs)),
        })
    }

    /// Where each partner (and scope) stands between performance and potential: partner_id, scope, performance, potential,
    /// segment; in the order of the partners' ids, null where a value is missing. A value at a cut belongs above it;
    /// quantiles are of type 7.
    ///
    /// # Errors
    /// Metrics that do not exist; cuts that do not rise or are no chances; names that do not fit the grid.
    pub fn segments(&self, options: &SegmentOptions) -> Result<Table> {
        let performance = self.axis_values(&options.performance, "performance")?;
        let potential = self.axis_values(&options.potential, "potential")?;
        let axis = |axis: &SegmentAxis| (axis.cuts.clone(), axis.bands.clone());
        let ((cuts, bands), name) = (axis(&options.performance), "performance");
        let first = Axis { name, values: &performance, cuts, bands };
        let ((cuts, bands), name) = (axis(&options.potential), "potential");
        let second = Axis { name, values: &potential, cuts, bands };
        Ok(segment(&first, &second, &options.names)?.table(&self.base))
    }

    /// The trainings of the document that close the gaps of partners to the tier above the one that they earn (or to every
    /// one above it) by a day: partner_id, scope, tier, criterion, metric, training, missing, completions (null: how many it
    /// takes depends on other metrics), start_by, cost, alternative.
    ///
    /// # Errors
    /// Costs of trainings that cannot be resolved; a day before that of the review.
    pub fn enablement(&self, reach: Reach, needed_on: Date) -> Result<Table> {
        if needed_on < self.as_of {
            let text = format!("{needed_on} lies before the day of the review, {}", self.as_of);
            return Err(fault("needed_on", text));
        }
        let program = self.program.compiled();
        let gaps = self.find_gaps(reach)?;
        let needs = enablement(program, &gaps, needed_on)?;
        Ok(enablement_table(program, &self.base, &gaps, &needs))
    }

    /// The values of a metric in every row, by the rules of the row's track.
    fn axis_values(&self, axis: &SegmentAxis, name: &str) -> Result<Vec<f64>> {
        let program = self.program.compiled();
        let Some(metric) = &axis.metric else { return Ok(self.evaluated.score.clone()) };
        let Some(column) = program.column(metric) else {
            let known = program.columns.iter().filter(|c| c.months_ago == 0).map(|c| c.name.as_str());
            return Err(unknown_name(&format!("{name}.metric"), "metric", metric, known));
        };
        let rows = 0..self.base.rows();
        let mut values = vec![f64::NAN; rows.len()];
        for (track, rules) in program.tracks.iter().enumerate() {
            let mut columns = Columns::new(&self.base.columns, rows.clone());
            columns.derive(&rules.formulas);
            for row in rows.clone() {
                if usize::from(self.evaluated.track[row]) == track {
                    values[row] = columns.at(column, row);
                }
            }
        }
        Ok(values)
    }
}
