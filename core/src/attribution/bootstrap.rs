//! Resamples of journeys and what a model makes of each: the base of every interval.
//!
//! Replicate `r` takes each unit ([`super::distinct`]) a Poisson number of times, keyed by (seed, unit, r), and fits the model
//! again. A rule's credit is a sum over paths and needs no second look at the touches; an estimator is fitted to the resample.

use std::sync::Arc;

use super::distinct::{Distinct, LANES};
use super::estimate::{Estimator, Sharing};
use super::journeys::{Journeys, View};
use super::model::{Learner, Model, Rule};
use super::sample::{Draws, Outcome, Sample};
use super::weigher::parts_of;
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::{Code, Error, Result};

/// Credit per channel, conversions and value (in the unit of the values), and last what is not attributed.
pub(crate) type Row = Vec<[f64; 2]>;

/// Parts of one conversion in a path.
const PARTS: i128 = 1_000_000_000;
/// Replicates times channels that are kept at most.
const LARGEST: usize = 1 << 27;

/// A model ready to be fitted to many resamples.
pub(crate) struct Resampler {
    pub(crate) distinct: Distinct,
    work: Work,
}

enum Work {
    /// Where the parts of each path start, and (channel, part).
    Rule(Vec<usize>, Vec<(u32, u32)>),
    Estimator(Box<dyn Estimator>),
}

impl Resampler {
    pub(crate) fn new(journeys: &Journeys, model: &Model, monitor: &Monitor) -> Result<Self> {
        monitor.begin("resampling", journeys.rows())?;
        match model.learner(&journeys.inner.roles, &journeys.inner.channels)? {
            Learner::Estimator(estimator) => {
                Ok(Self { distinct: Distinct::of(journeys, true)?, work: Work::Estimator(estimator) })
            }
            Learner::Rule(rule) => {
                journeys.check_times(&*rule, model)?;
                let distinct = Distinct::of(journeys, rule.looks_at().told_by_path(&journeys.inner))?;
                let (starts, parts) = rule_parts(journeys, &distinct, &*rule);
                Ok(Self { distinct, work: Work::Rule(starts, parts) })
            }
        }
    }

    /// Fits `replicates` resamples; the result is in their order.
    pub(crate) fn replicates(&self, seed: u64, replicates: usize, monitor: &Monitor) -> Result<Vec<Row>> {
        if let Work::Estimator(estimator) = &self.work
            && let Some(batch) = estimator.batch(&self.distinct)
        {
            self.check_size(replicates)?;
            monitor.begin("resampling", replicates)?;
            let size = replicates.saturating_mul(self.distinct.units() + self.distinct.channel.len());
            let batches = parallel::map(parallel::pieces(replicates, LANES), size, |range| {
                monitor.check()?;
                let fits = batch.fits(&self.distinct, seed, range.start as u64, monitor)?;
                monitor.advance(range.len())?;
                let rows = fits.into_iter().take(range.len()).map(|(sharing, sums)| match sharing {
                    Sharing::Global { conversions, value } => Ok(shared(sums, &conversions, value.as_deref())),
                    Sharing::Journeys(_) => Err(Error::internal("a batch cannot divide journeys")),
                });
                rows.collect::<Result<Vec<Row>>>()
            })?;
            return Ok(batches.into_iter().flatten().collect());
        }
        self.fits(replicates, monitor, |replicate, draws| self.distinct.draw(seed, replicate, draws))
    }

    /// Fits everything but one of `groups` parts, for each part.
    pub(crate) fn jackknife(&self, groups: usize, monitor: &Monitor) -> Result<Vec<Row>> {
        self.fits(groups, monitor, |group, draws| self.distinct.without_group(group, groups as u64, draws))
    }

    fn fits(&self, count: usize, monitor: &Monitor, draw: impl Fn(u64, &mut Draws) + Sync + Send) -> Result<Vec<Row>> {
        self.check_size(count)?;
        monitor.begin("resampling", count)?;
        let size = count.saturating_mul(self.distinct.units() + self.distinct.channel.len());
        let batches = parallel::pieces(count, 8);
        let rows = parallel::map(batches, size, |batch| {
            let mut draws = Draws::default();
            let mut rows = Vec::with_capacity(batch.len());
            for replicate in batch {
                monitor.check()?;
                draw(replicate as u64, &mut draws);
                rows.push(self.fit(&self.distinct.sample(&draws), monitor)?);
                monitor.advance(1)?;
            }
            Ok(rows)
        })?;
        Ok(rows.into_iter().flatten().collect())
    }

    fn check_size(&self, count: usize) -> Result<()> {
        let channels = self.distinct.channels;
        if count.saturating_mul(channels + 1) > LARGEST {
            let message = format!(
                "{count} replicates of {channels} channels are more than {LARGEST} numbers; take fewer replicates"
            );
            return Err(Error::new(Code::TooLarge, "replicates", message));
        }
        Ok(())
    }

    /// Credit of a resample.
    fn fit(&self, sample: &Sample<'_>, monitor: &Monitor) -> Result<Row> {
        match &self.work {
            Work::Rule(starts, parts) => Ok(summed(sample, |path, add| {
                parts[starts[path]..starts[path + 1]].iter().for_each(|&(channel, part)| add(channel, part.into()));
            })),
            Work::Estimator(estimator) => {
                let fit = estimator.fit(sample, false, monitor)?;
                Ok(match fit.sharing {
                    Sharing::Global { conversions, value } => {
                        shared([sample.attributable(), sample.unattributed()], &conversions, value.as_deref())
                    }
                    Sharing::Journeys(rule) => by_rule(sample, &rule),
                })
            }
        }
    }
}

/// The parts of one conversion that each channel gets, path by path.
fn rule_parts(journeys: &Journeys, distinct: &Distinct, rule: &dyn Rule) -> (Vec<usize>, Vec<(u32, u32)>) {
    let mut starts = Vec::with_capacity(distinct.len() + 1);
    let mut parts: Vec<(u32, u32)> = Vec::new();
    let mut weights = Vec::new();
    starts.push(0);
    for path in 0..distinct.len() {
        // Journeys of one path are alike to a rule that looks at nothing else.
        let view = journeys.view(distinct.first[path]);
        if view.len > 0 {
            weights.clear();
            weights.resize(view.len, 0);
            let spread = rule.weigh(&view, &mut weights);
            let from = parts.len();
            let shares = parts_of(PARTS, spread, &weights);
            parts.extend(view.channel.iter().zip(shares).filter(|p| p.1 != 0).map(|(&c, p)| (c, p as u32)));
            merge_channels(&mut parts, from);
        }
        starts.push(parts.len());
    }
    (starts, parts)
}

/// One entry per channel from `from` on.
fn merge_channels(parts: &mut Vec<(u32, u32)>, from: usize) {
    parts[from..].sort_unstable();
    let mut kept = from;
    for i in from..parts.len() {
        if kept > from && parts[kept - 1].0 == parts[i].0 {
            parts[kept - 1].1 += parts[i].1;
        } else {
            parts[kept] = parts[i];
            kept += 1;
        }
    }
    parts.truncate(kept);
}

/// Adds up what `parts_of_path` gives of each path, in integers: the order of the paths does not matter.
fn summed(sample: &Sample<'_>, parts_of_path: impl Fn(usize, &mut dyn FnMut(u32, i128))) -> Row {
    let mut sums = vec![[0_i128; 2]; sample.channels + 1];
    for path in 0..sample.len() {
        let outcome = sample.outcome(path);
        if outcome.conversions == 0 {
            continue;
        }
        let mut add = |channel: u32, part: i128| {
            let sum = &mut sums[channel as usize];
            sum[0] += outcome.conversions * part;
            sum[1] += outcome.value * part;
        };
        if sample.path(path).is_empty() {
            add(sample.channels as u32, PARTS);
        } else {
            parts_of_path(path, &mut add);
        }
    }
    let number = |sum: [i128; 2]| [sum[0] as f64 / 1e21, sum[1] as f64 / PARTS as f64];
    sums.into_iter().map(number).collect()
}

/// Each path divided by a rule that looks at nothing but the channels.
fn by_rule(sample: &Sample<'_>, rule: &Arc<dyn Rule>) -> Row {
    summed(sample, |path, add| {
        let channel = sample.path(path);
        let view = View {
            len: channel.len(),
            channel,
            at: None,
            role: None,
            vendor: None,
            weight: None,
            created: None,
            closed: None,
        };
        let mut weights = vec![0; channel.len()];
        let spread = rule.weigh(&view, &mut weights);
        channel.iter().zip(parts_of(PARTS, spread, &weights)).for_each(|(&channel, part)| add(channel, part));
    })
}

/// Everything divided by shares.
fn shared([all, empty]: [Outcome; 2], conversions: &[f64], value: Option<&[f64]>) -> Row {
    let normed = |shares: &[f64]| {
        let sum: f64 = shares.iter().sum();
        shares.iter().map(|s| if sum == 0.0 { 0.0 } else { s / sum }).collect::<Vec<f64>>()
    };
    let whole = [crate::money::fixed_to_f64(all.conversions, 12), all.value as f64];
    let (c, v) = (normed(conversions), normed(value.unwrap_or(conversions)));
    let mut row: Row = c.iter().zip(&v).map(|(c, v)| [whole[0] * c, whole[1] * v]).collect();
    row.push([crate::money::fixed_to_f64(empty.conversions, 12), empty.value as f64]);
    row
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::PathsOptions;
    use crate::table::read_csv;
    use serde_json::json;

    #[test]
    fn resamples_in_lanes_are_those_that_are_drawn_one_by_one() {
        let csv =
            b"path,c,v,n\na > b,3,7.5,2\nb,40,80,100\na > a > c > b > a,1,2,0\nc,0,0,9\nb,2,100,0\nc > b > c,1,0.5,4\n";
        let options = PathsOptions {
            conversions: "c".to_owned(),
            value: Some("v".to_owned()),
            nulls: Some("n".to_owned()),
            ..PathsOptions::default()
        };
        let journeys = Journeys::from_paths(&read_csv(csv).unwrap(), &options, &Monitor::none()).unwrap();
        for options in [json!({}), json!({"order": 2}), json!({"order": 3, "removal": "detour"})] {
            let model = Model::named("markov", &options).unwrap();
            let resampler = Resampler::new(&journeys, &model, &Monitor::none()).unwrap();
            let Work::Estimator(estimator) = &resampler.work else { panic!("markov learns") };
            assert!(estimator.batch(&resampler.distinct).is_some());
            let lanes = resampler.replicates(7, 21, &Monitor::none()).unwrap();
            let draw = |replicate: u64, draws: &mut Draws| resampler.distinct.draw(7, replicate, draws);
            let single = resampler.fits(21, &Monitor::none(), draw).unwrap();
            assert_eq!(lanes, single);
        }
    }
}
