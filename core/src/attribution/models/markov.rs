//! Markov: a channel's credit is what would be lost without it.
//!
//! The removal effect of a channel is the share of the conversions that pass through it, in the chain of order `k` that the
//! paths make ([`crate::attribution::chain`]). Credit is divided by removal effects: over everything (`global`), or over
//! the touches of each journey (`journey`). Every effect is exact: nothing is simulated, and none is negative under `null`.
//!
//! In the tables `transitions` and `sequences` a state is its channels with ` > ` between them. A name that holds `>` as
//! a word of its own, or begins with `"`, is written there in double quotes, as in JSON (`"a > b" > c`), so that every text
//! names one state.
//!
//! Sources: Anderl, Becker, von Wangenheim and Schumann, "Mapping the customer journey" (2016); for credit per journey,
//! Google's `fractribution`.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::attribution::chain::{self, Chain, Effects};
use crate::attribution::distinct::Distinct;
use crate::attribution::estimate::{Batch, ByChannel, Estimator, Fit, Sharing, numbers};
use crate::attribution::sample::{Outcome, Sample};
use crate::document;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, did_you_mean, quoted};
use crate::money::fixed_to_f64;
use crate::table::result::{TextColumn, column};
use crate::table::{ColumnData, Interner, Key, Table};

/// The highest order.
pub(crate) const MAX_ORDER: usize = 8;

/// Credit by the removal effects of a Markov chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct Markov {
    /// How many touches back the chain remembers, 1 to 8. Default 1.
    pub order: usize,
    /// What happens to those who would have come to a removed channel. Default `null`.
    pub removal: MarkovRemoval,
    /// What is divided by the effects: everything (`global`) or each journey (`journey`). Default `global`.
    pub credit: MarkovCredit,
    /// Sequences of channels whose removal is asked too, each of at most `order` channels.
    pub sequences: Vec<Vec<String>>,
}

impl Default for Markov {
    fn default() -> Self {
        Self { order: 1, removal: MarkovRemoval::Null, credit: MarkovCredit::Global, sequences: Vec::new() }
    }
}

/// What happens to those who would have come to a removed channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MarkovRemoval {
    /// They are lost.
    #[default]
    Null,
    /// They take the other ways from where they stand, in proportion; the effect can be negative, and then earns nothing.
    Detour,
    /// Every journey with the channel fails and the chain is counted again: the share of conversions with the channel.
    Refit,
}

/// What is divided by removal effects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum MarkovCredit {
    /// All conversions, and all value by the effects on value; there is no ledger.
    #[default]
    Global,
    /// Each journey's conversions and value, over its touches.
    Journey,
}

impl Markov {
    pub(crate) fn check(&self) -> Result<()> {
        if !(1..=MAX_ORDER).contains(&self.order) {
            return Err(document::out_of_range("order", self.order, &format!("a whole number from 1 to {MAX_ORDER}")));
        }
        for (i, sequence) in self.sequences.iter().enumerate() {
            if sequence.is_empty() || sequence.len() > self.order {
                let message = format!(
                    "sequences[{i}] has {} channels; a chain of order {} remembers 1 to {} of them: take an order of at least {}",
                    sequence.len(),
                    self.order,
                    self.order,
                    sequence.len().max(1)
                );
                return Err(Error::new(Code::OptionOutOfRange, format!("sequences[{i}]"), message));
            }
        }
        if !self.sequences.is_empty() && self.removal == MarkovRemoval::Refit {
            let message = "removal \"refit\" has no sequences; take \"null\" or \"detour\"";
            return Err(Error::new(Code::InvalidOption, "sequences", message));
        }
        Ok(())
    }

    /// The estimator for journeys with these channels.
    pub(crate) fn estimator(&self, channels: &Interner) -> Result<MarkovEstimator> {
        let find = |name: &String| {
            channels.find(Key::Text(name)).ok_or_else(|| {
                let names: Vec<String> = (0..channels.len() as u32).filter_map(|c| channels.show(c)).collect();
                let hint = did_you_mean(name, names.iter().map(String::as_str));
                let message = format!("sequences names the channel {}, which no journey has{hint}", quoted(name));
                Error::new(Code::UnknownName, "markov.sequences", message)
            })
        };
        let sequences =
            self.sequences.iter().map(|s| s.iter().map(find).collect()).collect::<Result<Vec<Vec<u32>>>>()?;
        let names = (0..channels.len() as u32).map(|c| channels.show(c).unwrap_or_default()).collect();
        Ok(MarkovEstimator { options: self.clone(), sequences, names })
    }
}

/// The model at work.
pub(crate) struct MarkovEstimator {
    options: Markov,
    sequences: Vec<Vec<u32>>,
    names: Vec<String>,
}

impl Estimator for MarkovEstimator {
    fn fit(&self, sample: &Sample<'_>, detail: bool, monitor: &Monitor) -> Result<Fit> {
        let chain = chain::count(sample, self.options.order, monitor)?;
        let found = match self.options.removal {
            MarkovRemoval::Refit => refit(sample),
            _ => self.effects(&chain, sample.channels, sample.inline, monitor)?,
        };
        let channels = sample.channels;
        let mut fit = Fit::new(self.sharing(&chain, &found, channels));
        if !detail {
            return Ok(fit);
        }
        let (conversions, sequence_effects) = found.conversions.split_at(channels);
        let value = found.value.as_ref().map(|v| &v[..channels]);
        fit.columns.push(numbers("removal_effect", conversions));
        if let Some(value) = value {
            fit.columns.push(numbers("removal_effect_value", value));
        }
        fit.tables.push(("transitions", self.transitions(&chain)));
        if !self.sequences.is_empty() {
            let value = found.value.as_ref().map(|v| &v[channels..]);
            fit.tables.push(("sequences", self.sequence_table(sequence_effects, value)));
        }
        self.diagnose(&mut fit, &chain, &found, sample);
        if has_negative_values(&chain) {
            fit.note("negative_values", json!({}));
        }
        Ok(fit)
    }

    fn batch(&self, distinct: &Distinct) -> Option<Box<dyn Batch + '_>> {
        // Credit by journey, and refits, look at the paths once more.
        if self.options.credit == MarkovCredit::Journey || self.options.removal == MarkovRemoval::Refit {
            return None;
        }
        let lanes = chain::Lanes::new(distinct, self.options.order)?;
        Some(Box::new(MarkovBatch { estimator: self, lanes }))
    }
}

impl MarkovEstimator {
    /// The effects of the channels, then of the sequences.
    fn effects(&self, chain: &Chain, channels: usize, inline: bool, monitor: &Monitor) -> Result<Effects> {
        let removal = match self.options.removal {
            MarkovRemoval::Detour => chain::Removal::Detour,
            _ => chain::Removal::Null,
        };
        let mut groups = vec![Vec::new(); channels + self.sequences.len()];
        for (state, window) in chain.windows.iter().enumerate() {
            for (i, &channel) in window.iter().enumerate() {
                if !window[..i].contains(&channel) {
                    groups[channel as usize].push(state as u32);
                }
            }
            for (sequence, group) in self.sequences.iter().zip(&mut groups[channels..]) {
                if window.windows(sequence.len()).any(|part| part == sequence) {
                    group.push(state as u32);
                }
            }
        }
        chain::effects(chain, &groups, removal, inline, monitor)
    }

    /// How credit follows from the effects of the channels.
    fn sharing(&self, chain: &Chain, found: &Effects, channels: usize) -> Sharing {
        let positive = |effects: &[f64]| effects[..channels].iter().map(|e| e.max(0.0)).collect::<Vec<f64>>();
        match self.options.credit {
            // Where some values are negative the effect on value has no meaning as a share: the conversions' serves.
            MarkovCredit::Global => Sharing::Global {
                conversions: positive(&found.conversions),
                value: found.value.as_deref().filter(|_| !has_negative_values(chain)).map(positive),
            },
            MarkovCredit::Journey => {
                Sharing::Journeys(Arc::new(ByChannel::new(&found.conversions[..channels], "removal_effect")))
            }
        }
    }

    fn window(&self, window: &[u32]) -> String {
        path_text(window.iter().map(|&c| self.names[c as usize].as_str()))
    }

    fn transitions(&self, chain: &Chain) -> Table {
        let (mut from, mut to) = (TextColumn::default(), TextColumn::default());
        let (mut counts, mut chances) = (Vec::new(), Vec::new());
        let mut push = |a: &str, b: &str, count: f64, total: f64| {
            if count > 0.0 {
                from.push(Some(a));
                to.push(Some(b));
                counts.push(Some(count));
                chances.push(Some(count / total));
            }
        };
        let windows: Vec<String> = chain.windows.iter().map(|w| self.window(w)).collect();
        let starts = chain.starts();
        windows.iter().zip(&chain.start).for_each(|(window, &count)| push("(start)", window, count, starts));
        for (state, window) in windows.iter().enumerate() {
            let total = chain.total(state);
            for &(next, count) in &chain.next[state] {
                push(window, &windows[next as usize], count, total);
            }
            push(window, "(conversion)", chain.conversions[state], total);
            push(window, "(null)", chain.nulls[state], total);
        }
        Table::new(vec![
            from.finish("from"),
            to.finish("to"),
            column("count", ColumnData::Float(counts)),
            column("probability", ColumnData::Float(chances)),
        ])
    }

    fn sequence_table(&self, effects: &[f64], value: Option<&[f64]>) -> Table {
        let mut names = TextColumn::default();
        self.sequences.iter().for_each(|s| names.push(Some(&self.window(s))));
        let mut columns = vec![names.finish("sequence"), numbers("removal_effect", effects)];
        columns.extend(value.map(|v| numbers("removal_effect_value", v)));
        Table::new(columns)
    }

    fn diagnose(&self, fit: &mut Fit, chain: &Chain, found: &Effects, sample: &Sample<'_>) {
        let all = sample.attributable();
        let own = json!({
            "order": self.options.order,
            "states": chain.len(),
            "steps": chain.steps(),
            "conversion_probability": found.probability,
            "solved_by": found.method,
            "error_bound": found.error_bound,
        });
        fit.diagnostics.insert("markov".to_owned(), own);
        if all.conversions == 0 {
            fit.note("nothing_to_attribute", json!({"nulls": fixed_to_f64(all.nulls, 12)}));
        } else if all.nulls == 0 {
            fit.note("no_nulls", json!({}));
        }
        let longest = (0..sample.len()).map(|p| sample.path(p).len()).max().unwrap_or(0);
        if self.options.order > longest && longest > 0 {
            fit.note("order_above_longest_path", json!({"order": self.options.order, "longest_path": longest}));
        }
        let negative = found.conversions[..sample.channels].iter().filter(|e| **e < 0.0).count();
        if negative > 0 {
            fit.note("negative_effects", json!({"channels": negative}));
        }
    }
}

/// Channels in their order as one text, `a > b`; a name that holds `>` as a word of its own, or begins with `"`, stands in
/// double quotes as in JSON, so that two different windows never have the same text.
fn path_text<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let written = |name: &str| {
        let marked = name.split(' ').any(|word| word == ">") || name.starts_with('"');
        if marked { serde_json::Value::from(name).to_string() } else { name.to_owned() }
    };
    names.map(written).collect::<Vec<_>>().join(" > ")
}

fn has_negative_values(chain: &Chain) -> bool {
    chain.value.as_ref().is_some_and(|v| v.iter().any(|&x| x < 0.0))
}

/// Resamples of one set of paths, counted together.
struct MarkovBatch<'a> {
    estimator: &'a MarkovEstimator,
    lanes: chain::Lanes,
}

impl Batch for MarkovBatch<'_> {
    fn fits(
        &self,
        distinct: &Distinct,
        seed: u64,
        first: u64,
        monitor: &Monitor,
    ) -> Result<Vec<(Sharing, [Outcome; 2])>> {
        let (own, channels) = (self.estimator, distinct.channels);
        let fit = |lane: chain::Lane| {
            let found = own.effects(&lane.chain, channels, true, monitor)?;
            Ok((own.sharing(&lane.chain, &found, channels), lane.sums))
        };
        self.lanes.count(distinct, seed, first).into_iter().map(fit).collect()
    }
}

/// The share of the conversions, and of the value, in the paths with each channel.
fn refit(sample: &Sample<'_>) -> Effects {
    let mut with = vec![[0_i128; 2]; sample.channels];
    let mut seen = vec![usize::MAX; sample.channels];
    for path in 0..sample.len() {
        let outcome = sample.outcome(path);
        if outcome.conversions == 0 {
            continue;
        }
        for &channel in sample.path(path) {
            if seen[channel as usize] != path {
                seen[channel as usize] = path;
                with[channel as usize][0] += outcome.conversions;
                with[channel as usize][1] += outcome.value;
            }
        }
    }
    let all = sample.attributable();
    let share = |part: i128, whole: i128| if whole == 0 { 0.0 } else { part as f64 / whole as f64 };
    Effects {
        probability: share(all.conversions, all.conversions + all.nulls),
        conversions: with.iter().map(|w| share(w[0], all.conversions)).collect(),
        value: sample.has_values().then(|| with.iter().map(|w| share(w[1], all.value)).collect()),
        method: "counted",
        error_bound: 0.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::{Journeys, Model, TouchpointsOptions};
    use crate::table::read_csv;

    #[test]
    fn every_state_has_a_text_of_its_own() {
        let text = |names: &[&str]| path_text(names.iter().copied());
        assert_eq!(text(&["a>b", "b c"]), "a>b > b c");
        assert_eq!(text(&["a > b"]), "\"a > b\"");
        assert_eq!(text(&["\"a", "x > \""]), "\"\\\"a\" > \"x > \\\"\"");
        // At an end of the name it could be taken for part of what stands between.
        assert_eq!(text(&["a >", "b"]), "\"a >\" > b");
        assert_eq!(text(&["a", "> b"]), "a > \"> b\"");
        // Names without a mark of their own are written as they are, also with quotes inside and blanks around.
        assert_eq!(text(&["a \"b\"", " c "]), "a \"b\" >  c ");
    }

    #[test]
    fn a_name_with_the_separator_is_not_two_states() {
        let touches = "opportunity_id,partner_id,at\n1,a > b,2026-01-01\n2,a,2026-01-01\n2,b,2026-01-02\n";
        let (touches, outcomes) = (read_csv(touches.as_bytes()).unwrap(), read_csv(b"opportunity_id\n1\n2\n").unwrap());
        let none = Monitor::none();
        let journeys = Journeys::from_touchpoints(&touches, &outcomes, &TouchpointsOptions::default(), &none).unwrap();
        let model = Model::from_value(&json!({"markov": {"order": 2}})).unwrap();
        let credit = journeys.attribute(&model, &none).unwrap();
        let transitions = credit.table("transitions").unwrap();
        let states: Vec<String> = (0..transitions.len())
            .filter(|&row| transitions.text(row, "from") == "(start)")
            .map(|row| transitions.text(row, "to"))
            .collect();
        assert_eq!(states, ["\"a > b\"", "a > b"]);
    }
}
