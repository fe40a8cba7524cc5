//! Open pipeline at a day, and the partners' part in it.
//!
//! The involved share is the amount of open opportunities with at least one partner role or touch over the amount of all
//! open opportunities, by amount and by count.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::involvement::{Evidence, names, need_as_of, partner_ids};
use super::options::{AccountTouches, Days, JourneysOptions, Outcome};
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::facts::Ecosystem;
use crate::review::{MetricRows, Pipeline, Ratio};
use crate::table::result::column;
use crate::table::{ColumnData, Table, Unit};

/// How the open pipeline is looked at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct PipelineOptions {
    /// The day that is looked from; ISO 8601. Required.
    pub as_of: Option<String>,
    /// The kinds of touches that count; `None`: all. Roles count beside them.
    pub kinds: Option<Vec<String>>,
    /// How many days before the creation a touch counts.
    pub lookback_days: Days,
    /// Which opportunities a touch on an account serves.
    pub account_touches: AccountTouches,
}

impl Default for PipelineOptions {
    fn default() -> Self {
        Self { as_of: None, kinds: None, lookback_days: Days::Days(90.0), account_touches: AccountTouches::default() }
    }
}

impl Ecosystem {
    /// Open pipeline and the partners' part in it.
    ///
    /// Opportunities that were created after the day are not open at it.
    ///
    /// # Errors
    /// A missing `as_of` or table; a missing exchange rate at that day.
    pub fn pipeline(&self, options: &PipelineOptions, monitor: &Monitor) -> Result<Pipeline> {
        let as_of = need_as_of(self, options.as_of.as_deref())?;
        let journeys = JourneysOptions {
            outcome: Outcome::Open,
            lookback_days: options.lookback_days,
            account_touches: options.account_touches,
            kinds: options.kinds.clone(),
            as_of: options.as_of.clone(),
            ..JourneysOptions::default()
        };
        let evidence = Evidence::gather(self, &journeys, monitor)?;
        let (mut all, mut involved) = ((0_i64, 0_i128), (0_i64, 0_i128));
        let mut partners: HashMap<u32, (i64, i128)> = HashMap::new();
        for (slot, &row) in evidence.deals.rows.iter().enumerate() {
            let value = i128::from(self.opportunity_value(row, Some(as_of))?.unwrap_or(0));
            all = (all.0 + 1, all.1 + value);
            if !evidence.partners[slot].is_empty() {
                involved = (involved.0 + 1, involved.1 + value);
            }
            for &partner in &evidence.partners[slot] {
                let sum = partners.entry(partner).or_default();
                *sum = (sum.0 + 1, sum.1 + value);
            }
        }
        let unit = self.currency().map_or(Unit::Minor, Unit::Currency);
        Ok(Pipeline { partners: self.pipeline_partners(&partners, unit), metrics: metrics(all, involved, unit) })
    }

    fn pipeline_partners(&self, sums: &HashMap<u32, (i64, i128)>, unit: Unit) -> Table {
        let ranks = self.partner_ranks();
        let mut rows: Vec<(u32, (i64, i128))> = sums.iter().map(|(&p, &s)| (p, s)).collect();
        rows.sort_by_key(|(p, _)| ranks[*p as usize]);
        Table::new(vec![
            column("partner_id", partner_ids(self, rows.iter().map(|(p, _)| *p))),
            names(self, rows.iter().map(|(p, _)| *p)),
            column("open_deals", ColumnData::Int(rows.iter().map(|(_, s)| Some(s.0)).collect())),
            column("open_value", ColumnData::Money(rows.iter().map(|(_, s)| Some(s.1)).collect(), unit)),
        ])
    }
}

fn metrics(all: (i64, i128), involved: (i64, i128), unit: Unit) -> Table {
    let mut rows = MetricRows::default();
    let convention = "opportunities that are open and existed on the day, at the exchange rates of the day";
    rows.push_amount("open_pipeline", (all.1, unit), all.0, convention);
    let by_amount = Ratio::of_amounts(involved.1, all.1, unit, all.0);
    let reason = (all.1 == 0).then_some("no_open_pipeline");
    let value = if reason.is_none() { by_amount.value() } else { None };
    rows.push(
        "pipeline_involved_share",
        value,
        by_amount,
        "share",
        "by amount; at least one partner role or touch",
        reason,
    );
    let by_count = Ratio::of(involved.0 as f64, all.0 as f64, all.0).counted(involved.0);
    let reason = (all.0 == 0).then_some("no_open_pipeline");
    rows.push(
        "pipeline_involved_share_by_count",
        by_count.value(),
        by_count,
        "share",
        "by number of opportunities",
        reason,
    );
    rows.finish()
}
