//! Intervals: how far credit can be trusted, and how firm the ranks of partners are.
//!
//! Credit is fitted again to resamples ([`super::bootstrap`]). `percentile` takes the quantiles (type 7) of the replicates,
//! a little further out than the level where few journeys, or few large ones, stand behind a channel ([`super::tails`]);
//! `bca` moves them by the bias `z0` (how many replicates lie below the estimate) and the acceleration `a` (the skewness of
//! a jackknife over groups). A channel with few converted journeys gets no interval but a plain word: resampling a handful of
//! deals cannot show what other deals would have looked like.
//!
//! Source: Hyndman and Fan, "Sample quantiles in statistical packages" (1996) for type 7.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::bootstrap::{Resampler, Row};
use super::credit::Credit;
use super::journeys::Journeys;
use super::model::Model;
use super::tails::{Behind, corrected, tail};
use super::{UNATTRIBUTED, VENDOR};
use crate::document::out_of_range;
use crate::engine::monitor::Monitor;
use crate::engine::quantile::quantile;
use crate::error::{Code, Error, Result};
use crate::table::result::{TextColumn, column};
use crate::table::{Column, ColumnData, Table, Unit};

/// Parts of the jackknife behind `bca`.
const GROUPS: usize = 50;

/// How intervals are made.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct IntervalsOptions {
    /// How many resamples, 10 to 100000. Default 500.
    pub replicates: usize,
    /// How often the interval is to cover, above 0.5 and below 1. Default 0.95.
    pub level: f64,
    /// How the replicates become an interval.
    pub method: IntervalMethod,
    /// The seed of the random numbers. Default 0.
    pub seed: u64,
    /// Channels with fewer converted journeys than this get no interval. Default 10.
    pub min_journeys: usize,
    /// How many channels are compared pair by pair, from the first rank. Default 20, at most 200.
    pub top: usize,
}

impl Default for IntervalsOptions {
    fn default() -> Self {
        Self { replicates: 500, level: 0.95, method: IntervalMethod::Percentile, seed: 0, min_journeys: 10, top: 20 }
    }
}

/// How replicates become an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum IntervalMethod {
    /// The quantiles of the replicates, further out where few journeys, or few large ones, stand behind a channel.
    #[default]
    Percentile,
    /// Quantiles corrected for bias and skewness; costs 50 fits more.
    Bca,
}

impl IntervalsOptions {
    fn check(&self) -> Result<()> {
        if !(10..=100_000).contains(&self.replicates) {
            return Err(out_of_range("replicates", self.replicates, "a whole number from 10 to 100000"));
        }
        if !(self.level > 0.5 && self.level < 1.0) {
            return Err(out_of_range("level", self.level, "a number above 0.5 and below 1"));
        }
        if self.top > 200 {
            return Err(out_of_range("top", self.top, "a whole number from 0 to 200"));
        }
        Ok(())
    }
}

/// Intervals of the credit of one model.
#[derive(Debug, Clone)]
pub struct Intervals {
    /// Per channel, in the order of the totals: channel, journeys (converted, with the channel), conversions, conversions_low, conversions_high,
    /// value, value_low, value_high (where there are values), share, share_low, share_high, share_standard_error, enough,
    /// note.
    pub channels: Table,
    /// Per channel, by rank of its share: rank, channel, share, rank_low, rank_high, chance_first, note
    /// (`too_few_journeys`). Tied channels stand anywhere among their places.
    pub ranks: Table,
    /// Per pair of the first channels by rank: channel, other, chance_above, note.
    pub pairs: Table,
    /// How they were made.
    pub diagnostics: Value,
}

impl Credit {
    /// Fails where only the totals were kept, of which nothing can be resampled, and where the journeys taught nothing.
    pub(super) fn need_journeys(&self) -> Result<()> {
        if self.learned_from().is_some() {
            let message = "this credit applies what others have learned, and its own journeys have not ended; ask the credit that was applied";
            return Err(Error::new(Code::InvalidOption, "credit", message));
        }
        self.journeys().need_rows()
    }

    /// Intervals of this credit: see [`Journeys::intervals`].
    ///
    /// # Errors
    /// As [`Journeys::intervals`].
    pub fn intervals(&self, options: &IntervalsOptions, monitor: &Monitor) -> Result<Intervals> {
        self.need_journeys()?;
        options.check()?;
        resampled(self, options, monitor)
    }
}

impl Journeys {
    /// Bootstrap intervals of a model's credit, and how firm its ranks are.
    ///
    /// Values are in major units (as they are where they have no currency). The result is the same for any number of threads
    /// and any order of the rows.
    ///
    /// # Errors
    /// An option out of range; those of [`Journeys::attribute`]; [`crate::Code::TooLarge`]; [`crate::Code::Cancelled`].
    ///
    /// ```
    /// use cosell::attribution::{IntervalsOptions, Journeys, Model, PathsOptions};
    /// use cosell::engine::monitor::Monitor;
    /// let paths = cosell::table::read_csv(b"path,total_conversions\nacme > globex,30\nglobex,70\n")?;
    /// let journeys = Journeys::from_paths(&paths, &PathsOptions::default(), &Monitor::none())?;
    /// let model = Model::from_value(&"linear".into())?;
    /// let found = journeys.intervals(&model, &IntervalsOptions::default(), &Monitor::none())?;
    /// assert!(found.channels.number(0, "share_low") < Some(0.15) && Some(0.15) < found.channels.number(0, "share_high"));
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn intervals(&self, model: &Model, options: &IntervalsOptions, monitor: &Monitor) -> Result<Intervals> {
        options.check()?;
        resampled(&self.attribute(model, monitor)?, options, monitor)
    }
}

/// The intervals of a credit.
fn resampled(credit: &Credit, options: &IntervalsOptions, monitor: &Monitor) -> Result<Intervals> {
    let (journeys, model) = (credit.journeys(), credit.model());
    let resampler = Resampler::new(journeys, model, monitor)?;
    let replicates = resampler.replicates(options.seed, options.replicates, monitor)?;
    let jackknife = match options.method {
        IntervalMethod::Percentile => Vec::new(),
        IntervalMethod::Bca => resampler.jackknife(GROUPS, monitor)?,
    };
    let estimate = Estimate::of(credit);
    let behind = Behind::of(journeys);
    let measures = Measures { estimate, behind: &behind, replicates: &replicates, jackknife: &jackknife, options };
    Ok(Intervals {
        channels: measures.channels(),
        ranks: measures.ranks(),
        pairs: measures.pairs(),
        diagnostics: json!({
            "model": model.document(),
            "options": serde_json::to_value(options).unwrap_or_default(),
            "distinct_paths": resampler.distinct.len(),
            "resampled_units": resampler.distinct.units(),
            "journeys": journeys.diagnostics(),
        }),
    })
}

/// The credit itself, as the replicates have it.
pub(super) struct Estimate {
    pub(super) names: Vec<String>,
    pub(super) row: Row,
    /// What a number of the replicates' value is in the unit that is shown; `None`: there are no values.
    pub(super) value_scale: Option<f64>,
}

impl Estimate {
    pub(super) fn of(credit: &Credit) -> Self {
        let (totals, inner) = (credit.totals(), &credit.journeys().inner);
        let column = if totals.column("value_minor").is_some() { "value_minor" } else { "value" };
        let names = (0..totals.len()).map(|row| totals.text(row, "channel")).collect();
        let cell = |row: usize, name: &str| totals.number(row, name).unwrap_or(0.0);
        let row = (0..totals.len()).map(|row| [cell(row, "conversions"), cell(row, column)]).collect();
        let value_scale = inner.unit.map(|unit| match unit {
            Unit::Minor => 1.0,
            other => 1.0 / crate::money::pow10(other.digits().into()) as f64,
        });
        Self { names, row, value_scale }
    }

    /// The columns that shares are of: 0 conversions, 1 value.
    pub(super) fn basis(&self) -> usize {
        usize::from(self.value_scale.is_some())
    }
}

/// What is measured of each channel.
#[derive(Clone, Copy)]
enum Measure {
    Conversions,
    Value,
    Share,
}

/// The places of a channel over the replicates.
#[derive(Clone, Default)]
struct Places {
    best: Vec<f64>,
    worst: Vec<f64>,
    /// How often it was first, ties divided.
    first: f64,
}

struct Measures<'a> {
    estimate: Estimate,
    /// What stands behind each channel.
    behind: &'a [Behind],
    replicates: &'a [Row],
    jackknife: &'a [Row],
    options: &'a IntervalsOptions,
}

/// A channel's share of a row.
pub(super) fn share(row: &Row, channel: usize, basis: usize) -> f64 {
    let whole: f64 = row.iter().map(|part| part[basis]).sum();
    if whole == 0.0 { 0.0 } else { row[channel][basis] / whole }
}

impl Measures<'_> {
    fn of(&self, row: &Row, channel: usize, measure: Measure, scale: f64) -> f64 {
        match measure {
            Measure::Conversions => row[channel][0],
            Measure::Value => row[channel][1] * scale,
            Measure::Share => share(row, channel, self.estimate.basis()),
        }
    }

    /// The interval of a measure, and its standard error.
    fn interval(&self, channel: usize, measure: Measure) -> (f64, f64, f64) {
        let scale = self.estimate.value_scale.unwrap_or(1.0);
        let all = |rows: &[Row]| rows.iter().map(|r| self.of(r, channel, measure, scale)).collect::<Vec<f64>>();
        let mut values = all(self.replicates);
        let error = standard_deviation(&values);
        values.sort_by(f64::total_cmp);
        let of_value = matches!(measure, Measure::Value)
            || (matches!(measure, Measure::Share) && self.estimate.value_scale.is_some());
        let behind = &self.behind[channel];
        let tail = tail(self.options.level, if of_value { behind.effective } else { behind.journeys });
        let (mut low, mut high) = (tail, 1.0 - tail);
        if self.options.method == IntervalMethod::Bca {
            let estimate = self.of(&self.estimate.row, channel, measure, 1.0);
            (low, high) = corrected(&values, estimate, &all(self.jackknife), (low, high));
        }
        (quantile(&values, low), quantile(&values, high), error)
    }

    /// Whether a channel has the journeys that an interval needs.
    fn is_enough(&self, channel: usize) -> bool {
        self.behind[channel].journeys >= self.options.min_journeys as f64
    }

    fn channels(&self) -> Table {
        let (rows, behind) = (self.estimate.names.len(), self.behind);
        let mut columns = Vec::new();
        let enough: Vec<bool> = (0..rows).map(|c| self.is_enough(c)).collect();
        let mut names = TextColumn::default();
        self.estimate.names.iter().for_each(|name| names.push(Some(name)));
        columns.push(names.finish("channel"));
        columns.push(floats("journeys", behind[..rows].iter().map(|b| Some(b.journeys))));
        let mut add = |name: &str, measure: Measure| -> Vec<Option<f64>> {
            let found: Vec<Option<(f64, f64, f64)>> =
                (0..rows).map(|c| enough[c].then(|| self.interval(c, measure))).collect();
            columns.push(floats(name, (0..rows).map(|c| Some(self.of(&self.estimate.row, c, measure, 1.0)))));
            columns.push(floats(&format!("{name}_low"), found.iter().map(|f| f.map(|f| f.0))));
            columns.push(floats(&format!("{name}_high"), found.iter().map(|f| f.map(|f| f.1))));
            found.iter().map(|f| f.map(|f| f.2)).collect()
        };
        add("conversions", Measure::Conversions);
        if self.estimate.value_scale.is_some() {
            add("value", Measure::Value);
        }
        let errors = add("share", Measure::Share);
        columns.push(floats("share_standard_error", errors.into_iter()));
        columns.push(column("enough", ColumnData::Bool(enough.iter().map(|&e| Some(e)).collect())));
        let mut notes = TextColumn::default();
        enough.iter().for_each(|e| notes.push((!e).then_some("too_few_journeys")));
        columns.push(notes.finish("note"));
        Table::new(columns)
    }

    /// The channels that have ranks, from the largest share; ties by the order of the totals.
    fn ranked(&self) -> Vec<usize> {
        let names = &self.estimate.names;
        let mut order: Vec<usize> =
            (0..names.len()).filter(|&c| names[c] != VENDOR && names[c] != UNATTRIBUTED).collect();
        let basis = self.estimate.basis();
        order.sort_by(|&a, &b| self.estimate.row[b][basis].total_cmp(&self.estimate.row[a][basis]).then(a.cmp(&b)));
        order
    }

    fn ranks(&self) -> Table {
        let (order, basis) = (self.ranked(), self.estimate.basis());
        let mut found = vec![Places::default(); order.len()];
        for row in self.replicates {
            let mut values: Vec<f64> = order.iter().map(|&c| row[c][basis]).collect();
            values.sort_by(|a, b| b.total_cmp(a));
            // Where nothing was credited to anybody there are no ranks.
            if values.iter().all(|v| *v == 0.0) {
                continue;
            }
            for (place, &channel) in order.iter().enumerate() {
                let own = row[channel][basis];
                let (above, through) = (values.partition_point(|v| *v > own), values.partition_point(|v| *v >= own));
                // Tied channels stand anywhere from the first of their places to the last.
                found[place].best.push(above as f64 + 1.0);
                found[place].worst.push(through as f64);
                if above == 0 {
                    found[place].first += 1.0 / through as f64;
                }
            }
        }
        let tail = (1.0 - self.options.level) / 2.0;
        let (mut names, mut notes) = (TextColumn::default(), TextColumn::default());
        for &c in &order {
            names.push(Some(&self.estimate.names[c]));
            notes.push((!self.is_enough(c)).then_some("too_few_journeys"));
        }
        for places in &mut found {
            places.best.sort_by(f64::total_cmp);
            places.worst.sort_by(f64::total_cmp);
        }
        let at = |ranks: &Vec<f64>, p: f64| (!ranks.is_empty()).then(|| quantile(ranks, p));
        Table::new(vec![
            column("rank", ColumnData::Int((1..=order.len()).map(|r| Some(r as i64)).collect())),
            names.finish("channel"),
            floats("share", order.iter().map(|&c| Some(share(&self.estimate.row, c, basis)))),
            column(
                "rank_low",
                ColumnData::Int(found.iter().map(|p| at(&p.best, tail).map(|r| r.floor() as i64)).collect()),
            ),
            column(
                "rank_high",
                ColumnData::Int(found.iter().map(|p| at(&p.worst, 1.0 - tail).map(|r| r.ceil() as i64)).collect()),
            ),
            floats("chance_first", found.iter().map(|p| (!p.best.is_empty()).then(|| p.first / p.best.len() as f64))),
            notes.finish("note"),
        ])
    }

    fn pairs(&self) -> Table {
        let (mut order, basis) = (self.ranked(), self.estimate.basis());
        order.truncate(self.options.top);
        let (mut names, mut others, mut chances) = (TextColumn::default(), TextColumn::default(), Vec::new());
        let mut notes = TextColumn::default();
        for (place, &a) in order.iter().enumerate() {
            for &b in &order[place + 1..] {
                names.push(Some(&self.estimate.names[a]));
                others.push(Some(&self.estimate.names[b]));
                notes.push((!self.is_enough(a) || !self.is_enough(b)).then_some("too_few_journeys"));
                let wins = |row: &Row| match row[a][basis].total_cmp(&row[b][basis]) {
                    std::cmp::Ordering::Greater => 1.0,
                    std::cmp::Ordering::Equal => 0.5,
                    std::cmp::Ordering::Less => 0.0,
                };
                chances.push(Some(self.replicates.iter().map(wins).sum::<f64>() / self.replicates.len() as f64));
            }
        }
        Table::new(vec![
            names.finish("channel"),
            others.finish("other"),
            column("chance_above", ColumnData::Float(chances)),
            notes.finish("note"),
        ])
    }
}

fn floats(name: &str, values: impl Iterator<Item = Option<f64>>) -> Column {
    column(name, ColumnData::Float(values.collect()))
}

/// The standard deviation of replicates.
fn standard_deviation(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::PathsOptions;
    use crate::table::read_csv;

    fn journeys(csv: &str, value: bool) -> Journeys {
        let options = PathsOptions {
            value: value.then(|| "v".to_owned()),
            nulls: csv.starts_with("path,total_conversions,n").then(|| "n".to_owned()),
            ..PathsOptions::default()
        };
        Journeys::from_paths(&read_csv(csv.as_bytes()).unwrap(), &options, &Monitor::none()).unwrap()
    }

    fn found(journeys: &Journeys, model: &Value, options: &IntervalsOptions) -> Intervals {
        journeys.intervals(&Model::from_value(model).unwrap(), options, &Monitor::none()).unwrap()
    }

    #[test]
    fn intervals_of_a_proportion_are_those_of_the_binomial() {
        // The share of a is 0.3 of 1000: given the total it is binomial, its standard error sqrt(0.3 * 0.7 / 1000).
        let journeys = journeys("path,total_conversions\na,300\nb,700\n", false);
        let options = IntervalsOptions { replicates: 4000, ..IntervalsOptions::default() };
        for method in [IntervalMethod::Percentile, IntervalMethod::Bca] {
            let options = IntervalsOptions { method, ..options.clone() };
            let table = found(&journeys, &"last_touch".into(), &options).channels;
            let error = (0.3_f64 * 0.7 / 1000.0).sqrt();
            let cell = |name: &str| table.number(0, name).unwrap();
            assert!((cell("share_standard_error") / error - 1.0).abs() < 0.05, "{}", cell("share_standard_error"));
            assert!((cell("share_low") - (0.3 - 1.96 * error)).abs() < 0.15 * error, "{table}");
            assert!((cell("share_high") - (0.3 + 1.96 * error)).abs() < 0.15 * error, "{table}");
        }
    }

    #[test]
    fn merged_and_single_rows_give_the_same_bytes() {
        let merged = journeys("path,total_conversions,n,v\na > b,3,2,6\nb,40,10,80\na,20,0,30\n", true);
        let single =
            journeys("path,total_conversions,n,v\nb,15,4,30\na > b,1,0,2\na,20,0,30\na > b,2,2,4\nb,25,6,50\n", true);
        // Without vendor's touches, roles or weights a path says all that these models look at.
        let rules = ["linear", "position_based", "first_partner_touch", "role_weighted", "touch_weighted", "markov"];
        let models = rules.map(|name| json!(name)).into_iter();
        for model in models.chain([json!({"markov": {"order": 2, "credit": "journey"}})]) {
            let (a, b) = (
                found(&merged, &model, &IntervalsOptions::default()),
                found(&single, &model, &IntervalsOptions::default()),
            );
            assert_eq!(a.channels.to_csv(), b.channels.to_csv());
            assert_eq!((a.ranks.to_csv(), a.pairs.to_csv()), (b.ranks.to_csv(), b.pairs.to_csv()));
        }
    }

    #[test]
    fn few_journeys_get_a_word_and_no_interval() {
        let journeys = journeys("path,total_conversions\na,5\nb,700\n", false);
        let table = found(&journeys, &"linear".into(), &IntervalsOptions::default()).channels;
        assert_eq!((table.number(0, "share_low"), table.text(0, "note")), (None, "too_few_journeys".to_owned()));
        assert_eq!((table.number(1, "share_low").is_some(), table.text(1, "note")), (true, String::new()));
    }

    #[test]
    fn ranks_are_as_firm_as_the_data() {
        let journeys = journeys("path,total_conversions\na,500\nb,490\nc,50\n", false);
        let result = found(&journeys, &"linear".into(), &IntervalsOptions::default());
        let chance = |row: usize| result.pairs.number(row, "chance_above").unwrap();
        assert_eq!((result.pairs.text(0, "channel"), result.pairs.text(0, "other")), ("a".into(), "b".into()));
        assert!(chance(0) > 0.5 && chance(0) < 0.8, "{}", result.pairs);
        assert_eq!((chance(1), chance(2)), (1.0, 1.0));
        assert_eq!((result.ranks.number(2, "rank_low"), result.ranks.number(2, "rank_high")), (Some(3.0), Some(3.0)));
    }
}
