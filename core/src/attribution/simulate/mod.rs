//! Journeys whose truth is known: what each channel has caused is set by the caller, so that models can be held against it.
//!
//! Each journey has an intent `z`, standard normal, that nobody sees. Its length is one more than a Poisson number; touch `i`
//! of `n` is of channel `c` with a chance in proportion to `weight * exp(follows_intent * z) * exp(±1.5 (1 - 2 (i + 0.5) / n))`,
//! the last factor for channels that come early (+) or late (-). It converts with the chance
//! `logistic(logit(base_rate) + intent * z + sum of the effects of the channels that are in it + interactions)`.
//! A channel that follows the intent and has no effect is confounded: it is seen where deals are won and wins none.
//!
//! The truth of a channel is what the same journeys, intents and touches would lose without its effect: the difference of
//! chances, summed; no draw enters it. Every journey draws from its own stream, keyed by its number and the seed.

mod draw;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use self::draw::{Drawn, Plan};
use super::RESERVED;
use crate::document::out_of_range;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, did_you_mean, one_of, quoted};
use crate::table::Table;

/// The most journeys of a simulation.
const MAX_JOURNEYS: usize = 10_000_000;

/// How journeys are simulated. The defaults are a lesson: each channel misleads some model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct SimulateOptions {
    /// How many journeys, up to 10 million. Default 20000.
    pub journeys: usize,
    /// The channels. Default: an opener and a helper that cause much, a closer and a frequent one that cause little, a rare one
    /// that causes much where it is, and a follower that causes nothing and goes where deals are won anyway.
    pub channels: Vec<SimulatedChannel>,
    /// The chance to convert of a journey of average intent without any effect, between 0 and 1. Default 0.08.
    pub base_rate: f64,
    /// How much a standard deviation of intent adds to the log-odds to convert. Default 0.8.
    pub intent: f64,
    /// The mean number of touches, 1 to 50. Default 3.
    pub mean_length: f64,
    /// What channels cause together, beyond what each causes alone.
    pub interactions: Vec<Interaction>,
    /// The mean value of a conversion. Default 1000.
    pub value_mean: f64,
    /// The seed of all draws. Default 0.
    pub seed: u64,
}

/// A channel of a simulation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct SimulatedChannel {
    /// Its name.
    pub name: String,
    /// How often it is drawn, in proportion to the others. Default 1.
    #[serde(default = "one")]
    pub weight: f64,
    /// What it adds to the log-odds of a journey that it is in, however often. Default 0.
    #[serde(default)]
    pub effect: f64,
    /// Where in the journey it rather stands. Default `any`.
    #[serde(default)]
    pub position: Position,
    /// How strongly it goes where the intent is high already: the log of its weight per standard deviation. Default 0.
    #[serde(default)]
    pub follows_intent: f64,
}

/// Where in a journey a channel rather stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Position {
    /// Anywhere.
    #[default]
    Any,
    /// Towards the start.
    Early,
    /// Towards the end.
    Late,
}

/// What channels cause together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Interaction {
    /// The channels that must all be in the journey.
    pub channels: Vec<String>,
    /// What is added to the log-odds.
    pub effect: f64,
}

fn one() -> f64 {
    1.0
}

impl SimulatedChannel {
    /// A channel of that name and effect that stands anywhere.
    pub fn new(name: &str, weight: f64, effect: f64) -> Self {
        Self { name: name.to_owned(), weight, effect, position: Position::Any, follows_intent: 0.0 }
    }
}

impl Default for SimulateOptions {
    fn default() -> Self {
        let channel = SimulatedChannel::new;
        let channels = vec![
            SimulatedChannel { position: Position::Early, ..channel("opener", 1.0, 0.8) },
            channel("helper", 1.0, 1.0),
            SimulatedChannel { position: Position::Late, ..channel("closer", 1.5, 0.2) },
            SimulatedChannel { follows_intent: 1.2, ..channel("follower", 0.8, 0.0) },
            channel("frequent", 4.0, 0.1),
            channel("rare", 0.15, 1.5),
        ];
        Self {
            journeys: 20_000,
            channels,
            base_rate: 0.08,
            intent: 0.8,
            mean_length: 3.0,
            interactions: Vec::new(),
            value_mean: 1000.0,
            seed: 0,
        }
    }
}

/// Simulated journeys, and what is true of them.
#[derive(Debug, Clone)]
pub struct Simulation {
    /// Aggregated paths, by path. Columns: path, total_conversions, total_conversion_value, total_null.
    pub paths: Table,
    /// The touches, by journey and time. Columns: opportunity_id, partner_id, at.
    pub touches: Table,
    /// How the journeys ended. Columns: opportunity_id, converted, value (`None` where it did not convert), closed_at.
    pub outcomes: Table,
    /// What is true, one row per channel. Columns: channel, effect, touches, journeys (with it), incremental_conversions (what
    /// would be lost without its effect, expected), incremental_value, incremental_share.
    pub truth: Table,
    /// The conversions that were expected, those expected without any effect, and those that were drawn; the options.
    pub diagnostics: Value,
}

/// Simulates journeys.
///
/// # Errors
/// An option out of range; an unknown, reserved or repeated name of a channel; [`Code::Cancelled`].
///
/// ```
/// use cosell::attribution::{SimulateOptions, simulate};
/// use cosell::engine::monitor::Monitor;
/// let simulation = simulate(&SimulateOptions { journeys: 100, ..SimulateOptions::default() }, &Monitor::none())?;
/// assert_eq!(simulation.outcomes.len(), 100);
/// # Ok::<(), cosell::Error>(())
/// ```
pub fn simulate(options: &SimulateOptions, monitor: &Monitor) -> Result<Simulation> {
    options.check()?;
    let interactions = options.interactions_by_number()?;
    let plan = Plan::new(options, interactions);
    let drawn = Drawn::draw(&plan, monitor)?;
    let diagnostics = json!({
        "journeys": options.journeys,
        "touches": drawn.channel.len(),
        "conversions": drawn.value.iter().flatten().count(),
        "expected_conversions": drawn.expected.value(),
        "baseline_conversions": drawn.baseline.value(),
        "options": options,
    });
    Ok(Simulation {
        paths: drawn.paths(options),
        touches: drawn.touches(options),
        outcomes: drawn.outcomes(),
        truth: drawn.truth(options),
        diagnostics,
    })
}

impl SimulateOptions {
    fn check(&self) -> Result<()> {
        if !(1..=MAX_JOURNEYS).contains(&self.journeys) {
            return Err(out_of_range("journeys", self.journeys, &format!("a whole number from 1 to {MAX_JOURNEYS}")));
        }
        if self.channels.is_empty() {
            return Err(out_of_range("channels", "empty", "at least one channel"));
        }
        for (i, channel) in self.channels.iter().enumerate() {
            check_name(&channel.name, i, &self.channels[..i])?;
            let field = |name: &str| format!("channels[{i}].{name}");
            if !(channel.weight > 0.0 && channel.weight <= 1e6) {
                return Err(out_of_range(&field("weight"), channel.weight, "a number above 0, up to 1000000"));
            }
            check_effect(&field("effect"), channel.effect)?;
            check_effect(&field("follows_intent"), channel.follows_intent)?;
        }
        if !(self.base_rate > 0.0 && self.base_rate < 1.0) {
            return Err(out_of_range("base_rate", self.base_rate, "a chance above 0 and below 1"));
        }
        if !(1.0..=50.0).contains(&self.mean_length) {
            return Err(out_of_range("mean_length", self.mean_length, "a number from 1 to 50"));
        }
        if !(self.value_mean > 0.0 && self.value_mean <= 1e12) {
            return Err(out_of_range("value_mean", self.value_mean, "a number above 0, up to 10^12"));
        }
        check_effect("intent", self.intent)
    }

    /// The channels of each interaction by their numbers, and its effect.
    fn interactions_by_number(&self) -> Result<Vec<(Vec<u32>, f64)>> {
        let mut interactions = Vec::new();
        for (i, interaction) in self.interactions.iter().enumerate() {
            let field = format!("interactions[{i}]");
            check_effect(&format!("{field}.effect"), interaction.effect)?;
            if interaction.channels.len() < 2 {
                return Err(out_of_range(&format!("{field}.channels"), interaction.channels.len(), "at least two"));
            }
            let names = || self.channels.iter().map(|c| c.name.as_str());
            let numbers = interaction.channels.iter().map(|name| {
                let place = names().position(|known| known == name);
                place.map(|place| place as u32).ok_or_else(|| {
                    let (expected, hint) = (one_of(names()), did_you_mean(name, names()));
                    let message = format!("there is no channel {}; expected {expected}{hint}", quoted(name));
                    Error::new(Code::UnknownName, format!("{field}.channels"), message)
                })
            });
            interactions.push((numbers.collect::<Result<Vec<u32>>>()?, interaction.effect));
        }
        Ok(interactions)
    }
}

/// An effect is a finite number of ordinary size.
fn check_effect(field: &str, effect: f64) -> Result<()> {
    if (-20.0..=20.0).contains(&effect) {
        return Ok(());
    }
    Err(out_of_range(field, effect, "log-odds from -20 to 20"))
}

fn check_name(name: &str, place: usize, before: &[SimulatedChannel]) -> Result<()> {
    let field = format!("channels[{place}].name");
    if RESERVED.contains(&name) {
        let message = format!("{field} is {}, which cosell uses itself; rename it", quoted(name));
        return Err(Error::new(Code::ReservedName, field, message));
    }
    if name.is_empty() || name.trim() != name || name.contains('>') {
        return Err(out_of_range(&field, quoted(name), "a name without \">\" and without blanks around it"));
    }
    if before.iter().any(|other| other.name == name) {
        return Err(out_of_range(&field, quoted(name), "a name that no other channel has"));
    }
    Ok(())
}
