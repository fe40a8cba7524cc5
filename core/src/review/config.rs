//! What a partner review runs.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::attribution::{
    InferredInfluenceOptions, InvolvementOptions, JourneysOptions, Margin, Model, PipelineOptions, SharedKey,
};
use crate::error::{Error, Result};

/// A part of the review.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Credit under every model.
    Credit,
    /// Sourced, influenced and involved won revenue.
    Involvement,
    /// Open pipeline.
    Pipeline,
    /// Partners that share accounts without a record: to ask about, never credit.
    InferredInfluence,
    /// Return on partner investment.
    Ropi,
}

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
    /// How involvement is measured.
    pub involvement: InvolvementOptions,
    /// How the open pipeline is looked at.
    pub pipeline: PipelineOptions,
    /// How partners without a record are looked for.
    pub inferred_influence: InferredInfluenceOptions,
    /// How the return is measured.
    pub ropi: ReviewRopi,
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
            parts: vec![Part::Credit, Part::Involvement, Part::Pipeline, Part::InferredInfluence, Part::Ropi],
            models: models.map(Value::from).to_vec(),
            journeys: JourneysOptions::default(),
            involvement: InvolvementOptions::default(),
            pipeline: PipelineOptions::default(),
            inferred_influence: InferredInfluenceOptions::default(),
            ropi: ReviewRopi::default(),
        }
    }
}

impl ReviewConfig {
    /// The models, each with its label: its name, numbered where a name comes again.
    pub(crate) fn labelled_models(&self) -> Result<Vec<(String, Model)>> {
        if self.models.is_empty() {
            return Err(crate::document::out_of_range("models", "empty", "at least one model"));
        }
        let mut labelled: Vec<(String, Model)> = Vec::new();
        for (i, document) in self.models.iter().enumerate() {
            let at = |e: Error| match e.field() {
                "model" => Error::new(e.code(), format!("models[{i}]"), e.message()),
                _ => e.within(&format!("models[{i}]")),
            };
            let model = Model::from_value(document).map_err(at)?;
            let same = labelled.iter().filter(|(_, m)| m.name() == model.name()).count();
            let label = if same == 0 { model.name().to_owned() } else { format!("{}_{}", model.name(), same + 1) };
            labelled.push((label, model));
        }
        Ok(labelled)
    }
}
