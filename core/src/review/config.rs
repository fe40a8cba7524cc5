//! What a partner review runs.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::attribution::{
    CompareOptions, InferredInfluenceOptions, IntervalMethod, IntervalsOptions, InvolvementOptions, JourneysOptions,
    Margin, Model, PipelineOptions, SharedKey, labels,
};
use crate::error::Result;
use crate::tiering::{Costs, ProgramReviewOptions};

/// A part of the review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Credit under every model.
    Credit,
    /// Intervals and ranks by resampling, and how far the models agree.
    Confidence,
    /// Sourced, influenced and involved won revenue.
    Involvement,
    /// Open pipeline.
    Pipeline,
    /// Partners that share accounts without a record: to ask about, never credit.
    InferredInfluence,
    /// Return on partner investment.
    Ropi,
    /// Tiers of the programme that the config holds; without one, nothing.
    Tiers,
}

/// The parts that run where the config names none.
const ALL: [Part; 7] = [
    Part::Credit,
    Part::Confidence,
    Part::Involvement,
    Part::Pipeline,
    Part::InferredInfluence,
    Part::Ropi,
    Part::Tiers,
];
/// Resamples of a review: enough for intervals on a page.
const REPLICATES: usize = 200;

/// The config of a partner review.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ReviewConfig {
    /// The day that the review looks from; ISO 8601. Required for an ecosystem.
    pub as_of: Option<String>,
    /// Which parts run.
    pub parts: Vec<Part>,
    /// The attribution models, side by side; the first one orders the partners.
    #[cfg_attr(feature = "schema", schemars(with = "Vec<Model>"))]
    pub models: Vec<Value>,
    /// How journeys are made.
    pub journeys: JourneysOptions,
    /// How sure the credit is.
    pub confidence: ReviewConfidence,
    /// How involvement is measured.
    pub involvement: InvolvementOptions,
    /// How the open pipeline is looked at.
    pub pipeline: PipelineOptions,
    /// What is expected of open deals, as credit beside what was won.
    pub expected: ReviewExpected,
    /// How partners without a record are looked for.
    pub inferred_influence: InferredInfluenceOptions,
    /// How the return is measured.
    pub ropi: ReviewRopi,
    /// The document of the partner programme. `None`: nothing is said of tiers.
    #[cfg_attr(feature = "schema", schemars(with = "Option<BTreeMap<String, Value>>"))]
    pub program: Option<Value>,
    /// How the programme is looked at.
    pub tiers: ReviewTiers,
}

/// How a review looks at the partner programme.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ReviewTiers {
    /// The model whose credit the programme's metrics and the distribution read. `None`: the first of the review's models.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Model>"))]
    pub model: Option<Value>,
    /// How many months ahead losses are looked for. 0: none.
    pub forecast_months: u32,
    /// What a step of each metric costs: the cheapest way to the next tier is then said.
    pub costs: Costs,
    /// The version before: who would move by the change of rules alone is then shown.
    #[cfg_attr(feature = "schema", schemars(with = "Option<BTreeMap<String, Value>>"))]
    pub program_before: Option<Value>,
}

impl Default for ReviewTiers {
    fn default() -> Self {
        let forecast_months = ProgramReviewOptions::default().forecast_months;
        Self { model: None, forecast_months, costs: Costs::new(), program_before: None }
    }
}

/// How a review says how sure the credit is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ReviewConfidence {
    /// The model whose credit is resampled. `None`: the first of the review's models.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Model>"))]
    pub model: Option<Value>,
    /// The models whose intervals stand side by side in `models`; `None`: those of the review. `markov` takes far longer than rules.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Vec<Model>>"))]
    pub models: Option<Vec<Value>>,
    /// How intervals are made. Default: 200 replicates.
    #[serde(with = "ReviewIntervals")]
    #[cfg_attr(feature = "schema", schemars(with = "IntervalsOptions"))]
    pub intervals: IntervalsOptions,
    /// How the models are compared.
    pub compare: CompareOptions,
    /// Whether `markov` and `shapley` are compared too where they are not among the review's models. Default true.
    pub data_driven: bool,
}

/// The options of intervals with a review's own defaults, also where only some of them are given.
#[derive(Serialize, Deserialize)]
#[serde(remote = "IntervalsOptions", default = "intervals", deny_unknown_fields)]
struct ReviewIntervals {
    replicates: usize,
    level: f64,
    method: IntervalMethod,
    seed: u64,
    min_journeys: usize,
    top: usize,
}

fn intervals() -> IntervalsOptions {
    IntervalsOptions { replicates: REPLICATES, ..IntervalsOptions::default() }
}

impl Default for ReviewConfidence {
    fn default() -> Self {
        Self {
            model: None,
            models: None,
            intervals: intervals(),
            compare: CompareOptions::default(),
            data_driven: true,
        }
    }
}

/// How a review says what is expected of open deals.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ReviewExpected {
    /// The chance to win by stage (0 to 1; `"*"` for stages not named). `None`: nothing is expected of any deal, and nothing said.
    pub stage_probability: Option<BTreeMap<String, f64>>,
    /// The model that gives credit; one that learns does so on closed deals. `None`: the first of the review's models.
    #[cfg_attr(feature = "schema", schemars(with = "Option<Model>"))]
    pub model: Option<Value>,
}

/// How a review measures the return on partner investment.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct ReviewRopi {
    /// The model whose credit counts as revenue.
    #[cfg_attr(feature = "schema", schemars(with = "Model"))]
    pub model: Value,
    /// Gross margin. `None`: only the revenue multiple.
    pub margin: Option<Margin>,
    /// How shared costs are divided. `None`: they stand in the total only.
    pub shared_key: Option<SharedKey>,
    /// The months of the window.
    pub months: u32,
}

impl Default for ReviewRopi {
    fn default() -> Self {
        Self { model: Value::from("linear"), margin: None, shared_key: None, months: 12 }
    }
}

impl Default for ReviewConfig {
    fn default() -> Self {
        let models = ["linear", "first_touch", "last_touch", "position_based", "time_decay"];
        Self {
            as_of: None,
            parts: ALL.to_vec(),
            models: models.map(Value::from).to_vec(),
            journeys: JourneysOptions::default(),
            confidence: ReviewConfidence::default(),
            involvement: InvolvementOptions::default(),
            pipeline: PipelineOptions::default(),
            expected: ReviewExpected::default(),
            inferred_influence: InferredInfluenceOptions::default(),
            ropi: ReviewRopi::default(),
            program: None,
            tiers: ReviewTiers::default(),
        }
    }
}

/// The model of a part, whose option is called `model`.
pub(super) fn model_of(part: &str, document: &Value) -> Result<Model> {
    Model::from_value(document).map_err(|error| match error.field() {
        "model" => error.within(part),
        _ => error.within(&format!("{part}.model")),
    })
}

impl ReviewConfig {
    /// The model of a part, or the first of the review where it has none of its own.
    pub(super) fn model_or_first(&self, part: &str, own: Option<&Value>) -> Result<Model> {
        if let Some(document) = own {
            return model_of(part, document);
        }
        let first = Model::list(&self.models)?.into_iter().next();
        first.ok_or_else(|| crate::document::out_of_range("models", "empty", "at least one model"))
    }

    /// The models, each with its label: its name, numbered where a name comes again.
    pub(crate) fn labelled_models(&self) -> Result<Vec<(String, Model)>> {
        if self.models.is_empty() {
            return Err(crate::document::out_of_range("models", "empty", "at least one model"));
        }
        let models = Model::list(&self.models)?;
        Ok(labels(&models).into_iter().zip(models).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::from_value;
    use serde_json::json;

    #[test]
    fn intervals_given_in_part_keep_the_replicates_of_a_review() {
        let config: ReviewConfig = from_value(&json!({"confidence": {"intervals": {"seed": 7}}})).unwrap();
        assert_eq!((config.confidence.intervals.replicates, config.confidence.intervals.seed), (REPLICATES, 7));
        let error = from_value::<ReviewConfig>(&json!({"confidence": {"intervals": {"sede": 7}}})).unwrap_err();
        assert_eq!(error.field(), "confidence.intervals.sede");
    }
}
