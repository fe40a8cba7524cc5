//! [`Model`]: which model, with its options, as one document; and what a model has to say about a journey.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::estimate::{ByChannel, Estimator};
use super::journeys::{Inner, View};
use super::models::{
    CustomWeights, FirstPartnerTouch, FirstTouch, LastPartnerTouch, LastTouch, LeaveOneOut, Linear, Markov,
    PositionBased, RoleWeighted, ShaoLi, Shapley, TimeDecay, TouchWeighted,
};
use crate::document;
use crate::error::{Code, Error, Result, did_you_mean, one_of, quoted};
use crate::table::Interner;

/// The names of the models.
pub const MODEL_NAMES: &[&str] = &[
    "first_touch",
    "last_touch",
    "first_partner_touch",
    "last_partner_touch",
    "linear",
    "position_based",
    "time_decay",
    "role_weighted",
    "custom_weights",
    "touch_weighted",
    "markov",
    "shapley",
    "shao_li",
    "leave_one_out",
];

/// An attribution model with its options.
///
/// As a document it is its name (`"linear"`) or one key with its options (`{"time_decay": {"half_life_days": 30}}`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Model {
    /// All credit to the first touch.
    FirstTouch(FirstTouch),
    /// All credit to the last touch.
    LastTouch(LastTouch),
    /// All credit to the first touch of a partner.
    FirstPartnerTouch(FirstPartnerTouch),
    /// All credit to the last touch of a partner.
    LastPartnerTouch(LastPartnerTouch),
    /// The same credit to every touch.
    Linear(Linear),
    /// Fixed shares to the first and the last touch (and the one at creation); the others share the rest.
    PositionBased(PositionBased),
    /// Credit halves with every half-life before the conversion.
    TimeDecay(TimeDecay),
    /// Credit by the roles that were played.
    RoleWeighted(RoleWeighted),
    /// Credit by position, with weights of the caller.
    CustomWeights(CustomWeights),
    /// Credit by the weights that the touches have themselves.
    TouchWeighted(TouchWeighted),
    /// Credit by what would be lost without a channel.
    Markov(Markov),
    /// Credit by the average contribution over all orders in which channels could have joined.
    Shapley(Shapley),
    /// Credit by how often journeys with a channel, alone and in pairs, convert.
    ShaoLi(ShaoLi),
    /// Credit by what the journeys without a channel bring less.
    LeaveOneOut(LeaveOneOut),
}

impl Model {
    /// Reads a model document.
    ///
    /// # Errors
    /// [`Code::UnknownModel`]; the errors of [`document::from_value`]; a weight or half-life out of range.
    ///
    /// ```
    /// use cosell::attribution::Model;
    /// let model = Model::from_value(&serde_json::json!({"time_decay": {"half_life_days": 14}}))?;
    /// assert_eq!(model.name(), "time_decay");
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn from_value(value: &Value) -> Result<Self> {
        match value {
            Value::String(name) => Self::named(name, &Value::Null),
            Value::Object(fields) if fields.len() == 1 => {
                let (name, options) = fields.iter().next().ok_or_else(|| Error::internal("an empty model document"))?;
                Self::named(name, options)
            }
            other => Err(Error::new(
                Code::InvalidOption,
                "model",
                format!(
                    "model is {}; expected a name such as \"linear\", or {{name: options}} with one name",
                    crate::table::raw::json_type(other)
                ),
            )),
        }
    }

    /// A model by its name and an object of options (null: none).
    ///
    /// # Errors
    /// As [`Model::from_value`].
    pub fn named(name: &str, options: &Value) -> Result<Self> {
        if !MODEL_NAMES.contains(&name) {
            let hint = did_you_mean(name, MODEL_NAMES.iter().copied());
            let expected = one_of(MODEL_NAMES.iter().copied());
            return Err(Error::new(
                Code::UnknownModel,
                "model",
                format!("unknown model {}; expected {expected}{hint}", quoted(name)),
            )
            .with("available", MODEL_NAMES.to_vec()));
        }
        let options = if options.is_null() { Value::Object(Map::new()) } else { options.clone() };
        let document = Value::Object(Map::from_iter([(name.to_owned(), options)]));
        let model: Self = document::from_value(&document)?;
        model.check()?;
        Ok(model)
    }

    /// Models from a list of documents.
    ///
    /// # Errors
    /// As [`Model::from_value`], with the place in the list.
    pub fn list(documents: &[Value]) -> Result<Vec<Self>> {
        let read = |(i, document): (usize, &Value)| {
            Self::from_value(document).map_err(|error| match error.field() {
                "model" => Error::new(error.code(), format!("models[{i}]"), error.message()),
                _ => error.within(&format!("models[{i}]")),
            })
        };
        documents.iter().enumerate().map(read).collect()
    }

    /// The name.
    pub fn name(&self) -> &'static str {
        match self {
            Self::FirstTouch(_) => "first_touch",
            Self::LastTouch(_) => "last_touch",
            Self::FirstPartnerTouch(_) => "first_partner_touch",
            Self::LastPartnerTouch(_) => "last_partner_touch",
            Self::Linear(_) => "linear",
            Self::PositionBased(_) => "position_based",
            Self::TimeDecay(_) => "time_decay",
            Self::RoleWeighted(_) => "role_weighted",
            Self::CustomWeights(_) => "custom_weights",
            Self::TouchWeighted(_) => "touch_weighted",
            Self::Markov(_) => "markov",
            Self::Shapley(_) => "shapley",
            Self::ShaoLi(_) => "shao_li",
            Self::LeaveOneOut(_) => "leave_one_out",
        }
    }

    /// The model as a document, with every default filled in.
    pub fn document(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }

    fn check(&self) -> Result<()> {
        match self {
            Self::PositionBased(m) => m.check(),
            Self::TimeDecay(m) => m.check(),
            Self::RoleWeighted(m) => m.check(),
            Self::CustomWeights(m) => m.check(),
            Self::TouchWeighted(m) => m.check(),
            Self::Markov(m) => m.check(),
            Self::Shapley(m) => m.check(),
            _ => Ok(()),
        }
        .map_err(|e| e.within(self.name()))
    }

    /// What the model has to say about a set of journeys, beside its credit: entries of the diagnostics.
    pub(crate) fn notes(&self, journeys: &Inner) -> Map<String, Value> {
        let mut notes = Map::new();
        match self {
            Self::RoleWeighted(m) => {
                notes.insert("unused_roles".to_owned(), m.unused(&journeys.roles, journeys.role.as_deref()).into());
            }
            Self::TouchWeighted(_) => {
                let count = TouchWeighted::unweighted(journeys.weight.as_deref(), journeys.channel.len());
                notes.insert("touches_without_weight".to_owned(), count.into());
            }
            _ => {}
        }
        notes
    }

    /// The model, ready for journeys whose roles and channels are codes of `roles` and `channels`.
    pub(crate) fn learner(&self, roles: &Interner, channels: &Interner) -> Result<Learner> {
        self.check()?;
        Ok(match self {
            Self::FirstTouch(m) => Learner::Rule(Arc::new(m.clone())),
            Self::LastTouch(m) => Learner::Rule(Arc::new(m.clone())),
            Self::FirstPartnerTouch(m) => Learner::Rule(Arc::new(m.clone())),
            Self::LastPartnerTouch(m) => Learner::Rule(Arc::new(m.clone())),
            Self::Linear(m) => Learner::Rule(Arc::new(m.clone())),
            Self::PositionBased(m) => Learner::Rule(Arc::new(m.rule()?)),
            Self::TimeDecay(m) => Learner::Rule(Arc::new(m.clone())),
            Self::RoleWeighted(m) => Learner::Rule(Arc::new(m.rule(roles))),
            Self::CustomWeights(m) => Learner::Rule(Arc::new(m.rule())),
            Self::TouchWeighted(m) => Learner::Rule(Arc::new(m.rule())),
            Self::Markov(m) => Learner::Estimator(Box::new(m.estimator(channels)?)),
            Self::Shapley(m) => m.learner(channels)?,
            Self::ShaoLi(m) => Learner::Estimator(Box::new(m.estimator(channels))),
            Self::LeaveOneOut(m) => Learner::Estimator(Box::new(m.clone())),
        })
    }

    /// Whether the model learns from all journeys.
    pub(crate) fn learns(&self) -> bool {
        match self {
            Self::Markov(_) | Self::ShaoLi(_) | Self::LeaveOneOut(_) => true,
            Self::Shapley(m) => m.learns(),
            _ => false,
        }
    }

    /// Why a touch has its credit, where it was divided by what the model has learned of its channel.
    pub(crate) fn learned_reason(&self) -> Reason {
        if matches!(self, Self::Markov(_)) { "removal_effect" } else { "learned_weight" }
    }

    /// The rule of a model that needs one journey only.
    ///
    /// # Errors
    /// [`Code::NotEnoughData`] where the model learns from all journeys.
    pub(crate) fn rule(&self, roles: &Interner, channels: &Interner) -> Result<Arc<dyn Rule>> {
        match self.learner(roles, channels)? {
            Learner::Rule(rule) => Ok(rule),
            Learner::Estimator(estimator) => estimator.rule().ok_or_else(|| {
                let name = self.name();
                let message = format!(
                    "the model {name} learns from all journeys; one journey cannot tell. Use Journeys.attribute"
                );
                Error::new(Code::NotEnoughData, "model", message)
            }),
        }
    }
}

/// A label for each model: its name, numbered where a name comes again.
pub(crate) fn labels(models: &[Model]) -> Vec<String> {
    let label = |(i, model): (usize, &Model)| match models[..i].iter().filter(|m| m.name() == model.name()).count() {
        0 => model.name().to_owned(),
        same => format!("{}_{}", model.name(), same + 1),
    };
    models.iter().enumerate().map(label).collect()
}

/// A model at work: a rule for single journeys, or an estimator that sees all of them.
pub(crate) enum Learner {
    Rule(Arc<dyn Rule>),
    Estimator(Box<dyn Estimator>),
}

/// How credit is spread over a journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spread {
    /// All to one touch.
    One(usize),
    /// The same to each.
    Equal,
    /// By the weights that were written.
    Weighted,
}

/// Why a touch has its credit: a code of the catalogue of words.
pub(crate) type Reason = &'static str;

/// A model at work: integer weights for the touches of one journey, and why.
pub(crate) trait Rule: Send + Sync {
    /// Weighs a journey of at least one touch; `weights` has its length and holds zeros.
    fn weigh(&self, journey: &View<'_>, weights: &mut [u64]) -> Spread;

    /// Why touch `index` has its credit, given how the journey was spread.
    fn reason(&self, journey: &View<'_>, spread: Spread, index: usize) -> Reason;

    /// What the model looks at beside the channels of a journey in their order.
    fn looks_at(&self) -> Looks;

    /// Whether the model needs the times of touches.
    fn needs_times(&self) -> bool {
        false
    }

    /// The rule's weights, where it has one for each channel.
    fn by_channel(&self) -> Option<&ByChannel> {
        None
    }
}

/// What a rule looks at in a journey beside its channels in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Looks {
    /// Nothing else.
    Path,
    /// Which touches are the vendor's own.
    Vendor,
    /// When the touches were.
    Times,
    /// Which touch stands at the creation.
    Creation,
    /// The roles of the touches.
    Roles,
    /// The touches' own weights.
    Weights,
}

impl Looks {
    /// Whether the channels of such journeys, in their order, say all of it.
    pub(crate) fn told_by_path(self, journeys: &Inner) -> bool {
        match self {
            Self::Path => true,
            Self::Vendor => journeys.vendor_by_channel(),
            Self::Times => journeys.at.is_none(),
            Self::Creation => journeys.at.is_none() || journeys.created.is_none(),
            Self::Roles => journeys.role.is_none(),
            Self::Weights => journeys.weight.is_none(),
        }
    }

    /// Whether a state can keep it with the path: channels, and which touches are the vendor's own.
    pub(crate) fn fits_a_path(self) -> bool {
        matches!(self, Self::Path | Self::Vendor)
    }

    /// What it is, in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Path => "the channels",
            Self::Vendor => "the vendor's own touches",
            Self::Times => "times",
            Self::Creation => "the touch at the creation",
            Self::Roles => "roles",
            Self::Weights => "weights",
        }
    }
}

/// Integer weights from shares: parts per 10^9, so that shares of nine decimals are exact.
pub(crate) fn parts(share: f64) -> u64 {
    (share * 1e9).round() as u64
}

/// The least common multiple, where it is at most `limit`.
pub(crate) fn common_multiple(a: u64, b: u64, limit: u64) -> Option<u64> {
    let (mut x, mut y) = (a, b);
    while y > 0 {
        (x, y) = (y, x % y);
    }
    (a / x).checked_mul(b).filter(|&multiple| multiple <= limit)
}

/// A share or weight must be a finite number from 0 up to `high`.
pub(crate) fn check_weight(field: &str, weight: f64, high: f64) -> Result<()> {
    if weight.is_finite() && (0.0..=high).contains(&weight) {
        return Ok(());
    }
    Err(document::out_of_range(field, weight, &format!("a number from 0 to {high}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_name_makes_a_model_of_that_name() {
        for name in MODEL_NAMES {
            let options = if *name == "custom_weights" { json!({"weights": [1]}) } else { Value::Null };
            let model = Model::named(name, &options).unwrap();
            assert_eq!(model.name(), *name);
            assert_eq!(Model::from_value(&model.document()).unwrap(), model);
        }
    }

    #[test]
    fn bad_documents_say_where_and_what() {
        let fails = |value: Value| Model::from_value(&value).unwrap_err();
        let error = fails(json!("linaer"));
        assert_eq!(error.code(), Code::UnknownModel);
        assert!(error.message().contains("did you mean \"linear\""), "{error}");
        let error = fails(json!({"time_decay": {"half_life": 3}}));
        assert_eq!((error.code(), error.field()), (Code::UnknownOption, "time_decay.half_life"));
        let error = fails(json!({"time_decay": {"half_life_days": -3}}));
        assert_eq!((error.code(), error.field()), (Code::OptionOutOfRange, "time_decay.half_life_days"));
        assert_eq!(fails(json!(["linear"])).code(), Code::InvalidOption);
        assert_eq!(fails(json!({"linear": {"x": 1}})).code(), Code::UnknownOption);
    }
}
