//! Shapley: a channel's credit is its average contribution over all the orders in which channels could have joined.
//!
//! What a coalition of channels is worth, the game, has to be named, because credit differs a lot between games:
//! - `set`: what the journeys within it brought. Closed form for any number of channels, with a ledger, never negative.
//! - `ordered`: the same credit, with the table `positions` (channel by place in the journey).
//! - `rate`: the conversion rate of the journeys within it, and the value per journey; scaled to the totals. Exact to 24
//!   channels; beyond, random orders are sampled on request, with a standard error. Can be negative.
//! - `journey`: each set of channels plays its own game, worth the conversion rate of the journeys with exactly a
//!   coalition's channels; it divides the conversions and the value of that set. Can be negative.
//! - `given`: the values come from the caller.
//!
//! The formulas are in [`crate::attribution::games`]. Sources: Shapley, "A value for n-person games" (1953); Zhao, Mahboobi
//! and Bagheri, "Shapley Value Methods for Attribution Modeling in Online Advertising" (2018); for `journey`, the
//! `marketing-attribution-models` package.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::attribution::estimate::{Estimator, Fit, Sharing, numbers};
use crate::attribution::games::{self, EqualAmongChannels, Given, MOST_CHANNELS, Plan, Sampled, Sets};
use crate::attribution::model::{Learner, Rule};
use crate::attribution::sample::Sample;
use crate::document;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, did_you_mean, quoted};
use crate::table::{Interner, Key};

/// Orders that are sampled at most where only a standard error is asked for.
const MOST_SAMPLES: u64 = 1_000_000;
/// The most orders that can be asked for.
const LARGEST_SAMPLES: u64 = 1_000_000_000;
/// Games of missing coalitions that are the best of their parts take 3^n steps.
const MOST_IN_PARTS: usize = 16;

/// Credit by the average contribution over all orders in which channels could have joined.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Shapley {
    /// What a coalition of channels is worth. Default `set`.
    pub game: ShapleyGame,
    /// The values of coalitions, for the game `given`. The channels named are the players; the coalition of all is needed.
    pub coalitions: Vec<Coalition>,
    /// What a coalition that is not given is worth. Default `zero`.
    pub missing: MissingCoalitions,
    /// How many random orders are sampled, 2 to 1000000000, for the game `rate`. Default: none, the exact value of at
    /// most 24 channels.
    pub samples: Option<u64>,
    /// Random orders are sampled until no standard error of `shapley` is above this, at most `samples` (1000000 where
    /// those are not given). Above 0.
    pub max_standard_error: Option<f64>,
    /// The seed of the random orders. Default 0.
    pub seed: u64,
}

/// What a coalition of channels is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ShapleyGame {
    /// What the journeys within it brought: each journey is divided equally among its distinct channels.
    #[default]
    Set,
    /// As `set`, with the credit by place in the journey.
    Ordered,
    /// The conversion rate of all journeys within it.
    Rate,
    /// In each journey's own game: the conversion rate of the journeys with exactly these channels.
    Journey,
    /// What the caller says.
    Given,
}

/// A coalition of channels with its value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Coalition {
    /// The channels, in any order.
    pub channels: Vec<String>,
    /// What they are worth together.
    pub value: f64,
}

/// What a coalition is worth that is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MissingCoalitions {
    /// Nothing.
    #[default]
    Zero,
    /// The most that its parts are worth together, however it is divided; at most 16 channels.
    Superadditive,
}

impl Shapley {
    pub(crate) fn check(&self) -> Result<()> {
        let samples = self.samples.is_some().then_some("samples");
        let sampling = samples.or(self.max_standard_error.is_some().then_some("max_standard_error"));
        if let Some(option) = sampling.filter(|_| self.game != ShapleyGame::Rate) {
            let message = format!("{option} is for the game \"rate\"; the others are exact for any number of channels");
            return Err(Error::new(Code::InvalidOption, option, message));
        }
        if let Some(samples) = self.samples.filter(|s| !(2..=LARGEST_SAMPLES).contains(s)) {
            let expected = format!("a whole number from 2 to {LARGEST_SAMPLES}");
            return Err(document::out_of_range("samples", samples, &expected));
        }
        if let Some(error) = self.max_standard_error.filter(|e| !e.is_finite() || *e <= 0.0) {
            return Err(document::out_of_range("max_standard_error", error, "a number above 0"));
        }
        match (self.game == ShapleyGame::Given, self.coalitions.is_empty()) {
            (true, true) => {
                let message = "the game \"given\" needs the values of coalitions: [{channels: [..], value: ..}, ..]";
                Err(Error::new(Code::MissingOption, "coalitions", message))
            }
            (false, false) => {
                let message = "coalitions are for the game \"given\"; leave them out, or set game to \"given\"";
                Err(Error::new(Code::InvalidOption, "coalitions", message))
            }
            _ => self.check_coalitions(),
        }
    }

    fn check_coalitions(&self) -> Result<()> {
        let mut seen: BTreeMap<BTreeSet<&str>, usize> = BTreeMap::new();
        for (i, coalition) in self.coalitions.iter().enumerate() {
            let field = format!("coalitions[{i}]");
            let fault = |message: String| Err(Error::new(Code::InvalidOption, field.clone(), message));
            let members: BTreeSet<&str> = coalition.channels.iter().map(String::as_str).collect();
            if members.is_empty() {
                return fault(format!("{field} has no channels; nobody is worth 0 in every game: leave it out"));
            }
            if members.len() < coalition.channels.len() {
                return fault(format!("{field} names a channel twice; name each one once"));
            }
            if !coalition.value.is_finite() {
                return Err(document::out_of_range(&format!("{field}.value"), coalition.value, "a finite number"));
            }
            if let Some(other) = seen.insert(members, i) {
                return fault(format!("{field} has the channels of coalitions[{other}]; give one value to each set"));
            }
        }
        let all: BTreeSet<&str> = seen.keys().flatten().copied().collect();
        if self.missing == MissingCoalitions::Zero && !all.is_empty() {
            let Some(&i) = seen.get(&all) else {
                let message = format!(
                    "no coalition holds all {} channels that are named; its value is what is divided: give it, or set missing to \"superadditive\"",
                    all.len()
                );
                return Err(Error::new(Code::InvalidOption, "coalitions", message));
            };
            check_worth(&format!("coalitions[{i}].value"), self.coalitions[i].value)?;
        } else if all.len() > MOST_IN_PARTS {
            let message = format!(
                "missing \"superadditive\" divides the coalitions of at most {MOST_IN_PARTS} channels, not {}; set missing to \"zero\"",
                all.len()
            );
            return Err(Error::new(Code::TooLarge, "coalitions", message));
        }
        Ok(())
    }

    /// Whether the game needs more than one journey.
    pub(crate) fn learns(&self) -> bool {
        self.game != ShapleyGame::Set
    }

    pub(crate) fn learner(&self, channels: &Interner) -> Result<Learner> {
        let names = || (0..channels.len() as u32).map(|c| channels.show(c).unwrap_or_default()).collect();
        Ok(match self.game {
            ShapleyGame::Set => Learner::Rule(Arc::new(EqualAmongChannels)),
            ShapleyGame::Ordered => Learner::Estimator(Box::new(Ordered { names: names() })),
            ShapleyGame::Rate => Learner::Estimator(Box::new(Rate { options: self.clone() })),
            ShapleyGame::Journey => Learner::Estimator(Box::new(PerJourney)),
            ShapleyGame::Given => Learner::Estimator(Box::new(self.given(channels)?)),
        })
    }

    /// The coalitions in the numbers of the journeys' channels.
    fn given(&self, channels: &Interner) -> Result<GivenGame> {
        let mut players = BTreeSet::new();
        let mut coded = Vec::with_capacity(self.coalitions.len());
        for (i, coalition) in self.coalitions.iter().enumerate() {
            let find = |name: &String| {
                channels.find(Key::Text(name)).ok_or_else(|| {
                    let names: Vec<String> = (0..channels.len() as u32).filter_map(|c| channels.show(c)).collect();
                    let hint = did_you_mean(name, names.iter().map(String::as_str));
                    let message =
                        format!("coalitions[{i}] names the channel {}, which no journey has{hint}", quoted(name));
                    Error::new(Code::UnknownName, format!("shapley.coalitions[{i}].channels"), message)
                })
            };
            let members = coalition.channels.iter().map(find).collect::<Result<BTreeSet<u32>>>()?;
            players.extend(&members);
            coded.push((members, coalition.value));
        }
        let players: Vec<u32> = players.into_iter().collect();
        let number = |c: &u32| players.partition_point(|p| p < c);
        let coalitions: Given = coded.iter().map(|(set, value)| (set.iter().map(number).collect(), *value)).collect();
        let parts = self.missing == MissingCoalitions::Superadditive;
        let found = games::solve_given(&coalitions, players.len(), parts);
        if parts {
            check_worth("shapley.coalitions", found.iter().sum())?;
        }
        let values = spread(&players, &found, channels.len());
        Ok(GivenGame { values, players: players.len(), coalitions: coalitions.len(), missing: self.missing })
    }
}

/// What is divided must be more than nothing.
fn check_worth(field: &str, value: f64) -> Result<()> {
    if value > 0.0 {
        return Ok(());
    }
    Err(document::out_of_range(field, value, "a value above 0 for all channels together, as it is divided among them"))
}

/// The game `ordered`.
struct Ordered {
    names: Vec<String>,
}

impl Estimator for Ordered {
    fn fit(&self, sample: &Sample<'_>, detail: bool, monitor: &Monitor) -> Result<Fit> {
        let mut fit = Fit::new(Sharing::Journeys(Arc::new(EqualAmongChannels)));
        if detail {
            fit.tables.push(("positions", games::positions(sample, &self.names, monitor)?));
        }
        Ok(fit)
    }

    fn rule(&self) -> Option<Arc<dyn Rule>> {
        Some(Arc::new(EqualAmongChannels))
    }
}

/// The game `rate`.
struct Rate {
    options: Shapley,
}

impl Rate {
    fn plan(&self) -> Option<Plan> {
        let Shapley { samples, max_standard_error, seed, .. } = self.options;
        let wanted = samples.is_some() || max_standard_error.is_some();
        wanted.then(|| Plan { samples: samples.unwrap_or(MOST_SAMPLES), max_standard_error, seed })
    }
}

impl Estimator for Rate {
    fn fit(&self, sample: &Sample<'_>, detail: bool, monitor: &Monitor) -> Result<Fit> {
        let sets = Sets::of(sample, monitor)?;
        let players = sets.present();
        let values = sample.has_values();
        let spread = |found: &[f64]| spread(&players, found, sample.channels);
        let Some(plan) = self.plan() else {
            if players.len() > MOST_CHANNELS {
                return Err(too_many(players.len()));
            }
            let (rate, value) = games::pooled(&sets, &players, values, sample.inline, monitor)?;
            let mut fit = valued(spread(&rate), value.as_deref().map(spread), detail);
            if detail {
                let own = json!({"game": "rate", "method": "exact", "channels": players.len(), "coalitions": 1_u64 << players.len(), "sets": sets.len()});
                fit.diagnostics.insert("shapley".to_owned(), own);
                note_outcomes(&mut fit, &sets);
            }
            return Ok(fit);
        };
        let found = games::sample_orders(&sets, &players, values, plan, sample.inline, monitor)?;
        let value = found.value.as_ref().map(|v| spread(&v.means));
        let mut fit = valued(spread(&found.conversions.means), value, detail);
        if detail {
            fit.columns.push(numbers("standard_error", &spread(&found.conversions.errors)));
            fit.columns.extend(found.value.as_ref().map(|v| numbers("standard_error_value", &spread(&v.errors))));
            diagnose(&mut fit, &found, players.len(), sets.len(), plan);
            note_outcomes(&mut fit, &sets);
        }
        Ok(fit)
    }
}

fn too_many(channels: usize) -> Error {
    let message = format!(
        "the exact Shapley value of the game \"rate\" visits 2^{channels} coalitions of {channels} channels; at most 2^{MOST_CHANNELS} are visited. Set samples (10000) or max_standard_error (0.001) for an estimate with standard errors, join channels, or take the game \"set\", which is exact for any number"
    );
    Error::new(Code::TooLarge, "shapley.game", message).with("channels", channels).with("most_channels", MOST_CHANNELS)
}

fn diagnose(fit: &mut Fit, found: &Sampled, channels: usize, sets: usize, plan: Plan) {
    let largest = found.conversions.errors.iter().copied().fold(0.0, f64::max);
    let own = json!({
        "game": "rate",
        "method": "sampled",
        "channels": channels,
        "sets": sets,
        "samples": found.samples,
        "stopped_by": found.stopped_by,
        "largest_standard_error": largest,
        "seed": plan.seed,
    });
    fit.diagnostics.insert("shapley".to_owned(), own);
    fit.diagnostics.insert("exact".to_owned(), json!(false));
}

/// Where nothing or everything converted a rate has little to say.
fn note_outcomes(fit: &mut Fit, sets: &Sets) {
    let all = sets.total();
    if all.conversions == 0 {
        fit.note("nothing_to_attribute", json!({"nulls": crate::money::fixed_to_f64(all.nulls, 12)}));
    } else if all.nulls == 0 {
        fit.note("no_nulls", json!({}));
    }
}

/// Credit in proportion to values, negative ones too, with the values as columns.
fn valued(values: Vec<f64>, of_value: Option<Vec<f64>>, detail: bool) -> Fit {
    let mut columns = Vec::new();
    let negative = values.iter().filter(|v| **v < 0.0).count();
    if detail {
        columns.push(numbers("shapley", &values));
        columns.extend(of_value.as_ref().map(|v| numbers("shapley_value", v)));
    }
    let mut fit = Fit::new(Sharing::Global { conversions: values, value: of_value });
    fit.columns = columns;
    if detail && negative > 0 {
        fit.note("negative_credit", json!({"channels": negative}));
    }
    fit
}

/// Values of players as values of channels; those who do not play have 0.
fn spread(players: &[u32], values: &[f64], channels: usize) -> Vec<f64> {
    let mut all = vec![0.0; channels];
    players.iter().zip(values).for_each(|(&player, &value)| all[player as usize] = value);
    all
}

/// The game `journey`.
struct PerJourney;

impl Estimator for PerJourney {
    fn fit(&self, sample: &Sample<'_>, detail: bool, monitor: &Monitor) -> Result<Fit> {
        let sets = Sets::of(sample, monitor)?;
        let [conversions, value] = games::per_journey(&sets, sample.inline, monitor)?;
        let mut fit = valued(conversions, sample.has_values().then_some(value), detail);
        if detail {
            let own = json!({"game": "journey", "method": "exact", "sets": sets.len()});
            fit.diagnostics.insert("shapley".to_owned(), own);
            note_outcomes(&mut fit, &sets);
        }
        Ok(fit)
    }
}

/// The game `given`, which no journey can change.
struct GivenGame {
    /// The Shapley value of each channel.
    values: Vec<f64>,
    players: usize,
    coalitions: usize,
    missing: MissingCoalitions,
}

impl Estimator for GivenGame {
    fn fit(&self, sample: &Sample<'_>, detail: bool, _: &Monitor) -> Result<Fit> {
        let mut fit = valued(self.values.clone(), None, detail);
        if detail {
            let (channels, given) = (self.players, self.coalitions);
            let own = json!({"game": "given", "method": "exact", "channels": channels, "coalitions_given": given, "missing": self.missing});
            fit.diagnostics.insert("shapley".to_owned(), own);
            if sample.channels > channels {
                fit.note("channels_without_coalitions", json!({"channels": sample.channels - channels}));
            }
        }
        Ok(fit)
    }
}
