//! The review of a programme from the facts: measure, then decide.

use std::collections::BTreeMap;

use super::{Finding, MeasureInputs, measure};
use crate::attribution::Credit;
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::facts::Ecosystem;
use crate::table::result::{TextColumn, column};
use crate::table::{ColumnData, KeySpace, RawTable, Table};
use crate::tiering::history::{self, History};
use crate::tiering::review::need_day;
use crate::tiering::{Program, ProgramReview, ProgramReviewOptions};

/// What a review reads beside the facts.
#[derive(Debug, Clone, Default)]
pub struct ReviewInputs<'a> {
    /// Credits, by the name that metrics give them.
    pub credit: BTreeMap<String, &'a Credit>,
    /// Ready metrics: `partner_id`, perhaps `scope`, and columns that are called as metrics are. They go before whatever
    /// would be measured.
    pub metrics: Option<&'a RawTable<'a>>,
    /// The decisions of earlier reviews.
    pub previous: Option<&'a RawTable<'a>>,
}

impl Program {
    /// Reviews the partners of an ecosystem: those enrolled in the programme on the day, or every partner where the
    /// ecosystem has no enrollments. Its metrics are measured from what was known on the day.
    ///
    /// # Errors
    /// A missing day, table, column, credit or ready metric; a name or type in the document that does not fit the facts, with
    /// its path; an amount without a rate; previous decisions that do not fit.
    ///
    /// ```
    /// use cosell::engine::monitor::Monitor;
    /// use cosell::facts::{Activity, Ecosystem};
    /// use cosell::tiering::{Program, ProgramReviewOptions, ReviewInputs};
    /// let program = Program::from_json(r#"{
    ///     "program": "services", "version": "2026",
    ///     "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
    ///     "metrics": {"trainings": {"measure": {"count": {"from": "activities", "window": {"rolling_months": 12}}}}},
    ///     "qualification": {"gold": {"threshold": {"metric": "trainings", "at_least": 1}}}
    /// }"#)?;
    /// let activity = |partner: &str, at: &str| Activity {
    ///     partner_id: Some(partner.into()), at: Some(at.into()), kind: Some("training".into()), ..Default::default()
    /// };
    /// let eco = Ecosystem::builder().records([activity("P-1", "2026-03-01"), activity("P-2", "2025-03-01")]).build()?;
    /// let options = ProgramReviewOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
    /// let review = program.review(&eco, &ReviewInputs::default(), &options, &Monitor::none())?;
    /// assert_eq!(review.decisions().text(0, "effective"), "gold");
    /// assert_eq!(review.decisions().text(1, "effective"), "member");
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn review(
        &self,
        eco: &Ecosystem,
        inputs: &ReviewInputs<'_>,
        options: &ProgramReviewOptions,
        monitor: &Monitor,
    ) -> Result<ProgramReview> {
        let as_of = need_day(self.compiled(), options.as_of.as_deref())?;
        let partners = eco.keys(KeySpace::Partner);
        let history = match inputs.previous {
            Some(previous) => history::read(self.compiled(), partners, previous, as_of)?,
            None => History::default(),
        };
        let tier = |(code, past): (u32, &Vec<_>)| {
            past.last().and_then(|p: &crate::tiering::standing::Past| Some((code, p.effective?)))
        };
        let tiers = (0_u32..).zip(&history.of_partner).filter_map(tier).collect();
        let inputs_of_metrics = MeasureInputs { credit: inputs.credit.clone(), given: inputs.metrics, tiers };
        let measured = measure(self.compiled(), eco, &inputs_of_metrics, as_of, monitor)?;
        let mut review = self.review_base(measured.base, inputs.previous, as_of, monitor)?;
        review.findings = measured.findings;
        Ok(review)
    }
}

impl ProgramReview {
    /// What has to be said of the metrics that were measured: metric (null: the programme as a whole), code, rows, message.
    pub fn findings(&self) -> Table {
        let mut text: [TextColumn; 3] = Default::default();
        let mut rows = Vec::new();
        for Finding { metric, code, rows: count, message } in &self.findings {
            text[0].push(metric.as_deref());
            text[1].push(Some(code));
            text[2].push(Some(message));
            rows.push(i64::try_from(*count).ok());
        }
        let [metric, code, message] = text;
        let rows = column("rows", ColumnData::Int(rows));
        Table::new(vec![metric.finish("metric"), code.finish("code"), rows, message.finish("message")])
    }
}
