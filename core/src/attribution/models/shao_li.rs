//! Shao and Li: a channel's score follows how often journeys with it convert, alone and beside each other channel.
//!
//! With `p(i)` the share of the journeys with channel `i` that converted, `p(i, j)` that of those with both, and `n` channels,
//! `C(i) = p(i) + 1/(2 (n - 1)) sum over j of (p(i, j) - p(i) - p(j))`.
//! A pair that no converted journey has is left out of the sum; the divisor stays. Credit is the share of `C` in the sum of
//! all, which is above 0 wherever something converted; one score can be below 0. A share of few journeys is hardly known,
//! and counts as much as one of many: a channel in fewer than ten journeys has the note `too_few_journeys`.
//!
//! Source: Shao and Li, "Data-driven multi-touch attribution models" (2011), section 4.2.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::attribution::estimate::{Estimator, Fit, Sharing, numbers};
use crate::attribution::games::{Sets, ratio};
use crate::attribution::sample::{Outcome, Sample};
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::money::fixed_to_f64;
use crate::table::result::{TextColumn, column};
use crate::table::{ColumnData, Interner, Table};

/// Credit by how often journeys with a channel, alone and in pairs, convert. It has no options.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct ShaoLi {}

impl ShaoLi {
    /// The estimator for journeys with these channels.
    #[allow(clippy::unused_self)]
    pub(crate) fn estimator(&self, channels: &Interner) -> ShaoLiEstimator {
        ShaoLiEstimator { names: (0..channels.len() as u32).map(|c| channels.show(c).unwrap_or_default()).collect() }
    }
}

/// Fewer journeys than this are too few to know their share, as they are to intervals.
const FEW: f64 = 10.0;

/// The model at work.
pub(crate) struct ShaoLiEstimator {
    names: Vec<String>,
}

/// Conversions and nulls of the journeys with two channels, by their numbers, ascending.
type Pairs = Vec<((u32, u32), [i128; 2])>;

impl Estimator for ShaoLiEstimator {
    fn fit(&self, sample: &Sample<'_>, detail: bool, monitor: &Monitor) -> Result<Fit> {
        let sets = Sets::of(sample, monitor)?;
        let with = sets.with_each();
        let presence: Vec<f64> = with.iter().map(|o| chance(o.conversions, o.nulls)).collect();
        let pairs = pairs(&sets, monitor)?;
        let channels = sets.present().len();
        let divisor = 2.0 * (channels.max(2) - 1) as f64;
        let mut joint = vec![0.0; sample.channels];
        for (&(a, b), [conversions, nulls]) in pairs.iter().map(|(pair, counts)| (pair, counts)) {
            if *conversions > 0 {
                let (a, b) = (a as usize, b as usize);
                let gain = chance(*conversions, *nulls) - presence[a] - presence[b];
                joint[a] += gain;
                joint[b] += gain;
            }
        }
        let score: Vec<f64> = presence.iter().zip(joint).map(|(p, joint)| p + joint / divisor).collect();
        let mut fit = Fit::new(Sharing::Global { conversions: score.clone(), value: None });
        if detail {
            let with: Vec<f64> = with.iter().map(|o| fixed_to_f64(o.conversions + o.nulls, 12)).collect();
            let few: Vec<bool> = with.iter().map(|journeys| *journeys < FEW).collect();
            let mut notes = TextColumn::default();
            few.iter().for_each(|few| notes.push(few.then_some("too_few_journeys")));
            let numbers = [numbers("score", &score), numbers("presence", &presence), numbers("journeys", &with)];
            fit.columns = numbers.into_iter().chain([notes.finish("note")]).collect();
            fit.tables.push(("pairs", self.pair_table(&pairs)));
            self.diagnose(&mut fit, &score, &few, &sets);
        }
        Ok(fit)
    }
}

fn chance(conversions: i128, nulls: i128) -> f64 {
    ratio(fixed_to_f64(conversions, 12), fixed_to_f64(conversions + nulls, 12))
}

/// Every pair of channels that some journey has.
fn pairs(sets: &Sets, monitor: &Monitor) -> Result<Pairs> {
    let mut sums: HashMap<(u32, u32), [i128; 2]> = HashMap::new();
    for (number, (set, Outcome { conversions, nulls, .. })) in sets.iter().enumerate() {
        if number % 1024 == 0 {
            monitor.check()?;
        }
        for (i, &a) in set.iter().enumerate() {
            for &b in &set[i + 1..] {
                let sum = sums.entry((a, b)).or_default();
                *sum = [sum[0] + conversions, sum[1] + nulls];
            }
        }
    }
    let mut pairs: Pairs = sums.into_iter().collect();
    pairs.sort_unstable_by_key(|(pair, _)| *pair);
    Ok(pairs)
}

impl ShaoLiEstimator {
    /// Columns: channel, other, conversions, nulls, presence (the share that converted), counted (in the scores).
    fn pair_table(&self, pairs: &Pairs) -> Table {
        let (mut first, mut second) = (TextColumn::default(), TextColumn::default());
        for ((a, b), _) in pairs {
            first.push(Some(&self.names[*a as usize]));
            second.push(Some(&self.names[*b as usize]));
        }
        let floats = |of: &dyn Fn(&[i128; 2]) -> f64| ColumnData::Float(pairs.iter().map(|p| Some(of(&p.1))).collect());
        Table::new(vec![
            first.finish("channel"),
            second.finish("other"),
            column("conversions", floats(&|c| fixed_to_f64(c[0], 12))),
            column("nulls", floats(&|c| fixed_to_f64(c[1], 12))),
            column("presence", floats(&|c| chance(c[0], c[1]))),
            column("counted", ColumnData::Bool(pairs.iter().map(|p| Some(p.1[0] > 0)).collect())),
        ])
    }

    #[allow(clippy::unused_self)]
    fn diagnose(&self, fit: &mut Fit, score: &[f64], few: &[bool], sets: &Sets) {
        let all = sets.total();
        let own =
            json!({"channels": sets.present().len(), "sets": sets.len(), "sum_of_scores": score.iter().sum::<f64>()});
        fit.diagnostics.insert("shao_li".to_owned(), own);
        if all.conversions == 0 {
            fit.note("nothing_to_attribute", json!({"nulls": fixed_to_f64(all.nulls, 12)}));
        } else if all.nulls == 0 {
            fit.note("no_nulls", json!({}));
        }
        let sum: f64 = score.iter().sum();
        let rare: f64 = score.iter().zip(few).filter(|(_, few)| **few).map(|(score, _)| score).sum();
        let channels = few.iter().filter(|few| **few).count();
        if channels > 0 && all.conversions > 0 {
            fit.note("channels_in_few_journeys", json!({"channels": channels, "below": FEW, "share": rare / sum}));
        }
        let negative = score.iter().filter(|s| **s < 0.0).count();
        if negative > 0 {
            fit.note("negative_credit", json!({"channels": negative}));
        }
    }
}
