//! Calibration: what a model says and what experiments have shown, weighed by how well each is known.
//!
//! The model's credit `m` has the covariance `S` of its bootstrap; experiments gave `e` with variances `R` for some
//! channels, on the same scale. The combination of least variance is `m + K (e - H m)` with
//! `K = S H' (H S H' + R)^-1` (`H` picks the channels of the experiments), its covariance `S - K H S`. For one channel this is
//! the mean weighted by precision; other channels move as far as their credit goes together with it, and shares keep their
//! sum. Covariances are those of shares: conversions and value are shares of the total that was counted, which stays. A conflict is
//! told, never hidden: `z = (e - m) / sqrt(S + R)`.
//!
//! The bootstrap knows how far a model's credit would move with other journeys, not how far the model is wrong. Where experiments
//! lie further from it than both can explain, the rest is the model's own bias: its variance `t^2` is estimated as between studies,
//! `t^2 = max(0, (sum w g^2 - k) / sum w v)` over the `k` gaps `g` with `w = 1 / (S + R)`, and `S` grows by `t^2 V`. `V` is that of
//! a multinomial with the sizes `p` of the credit, `diag(p) - p p' / sum(p)`, its diagonal `v`: large channels may be more wrong
//! than small ones, what one gains the others lose in proportion, and the sum stays as certain as it was.
//!
//! Source: DerSimonian and Laird, "Meta-analysis in clinical trials" (1986), for the variance between studies; Anderson and Moore, *Optimal Filtering* (1979), chapter 3 (the linear update of a Gaussian estimate); Cochran, "The combination of estimates from
//! different experiments" (1954).

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::bootstrap::{Resampler, Row};
use super::credit::Credit;
use super::intervals::{Estimate, share};
use super::tails::Behind;
use crate::document::out_of_range;
use crate::engine::monitor::Monitor;
use crate::engine::normal;
use crate::error::{Code, Error, Result, did_you_mean, one_of, quoted};
use crate::facts::read::number_of;
use crate::table::result::{TextColumn, column};
use crate::table::{CellRef, ColumnData, RawTable, Table};

/// Names that an error lists at most.
const LISTED: usize = 100;
/// Channels whose covariance is kept at most.
const MOST_CHANNELS: usize = 2000;

/// How a model is calibrated.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct CalibrateOptions {
    /// What the experiments measured. Default `share`.
    pub scale: CalibrateScale,
    /// Resamples behind the model's own uncertainty, 50 to 100000. Default 1000.
    pub replicates: usize,
    /// Whether the model may be wrong by more than its resamples show. Default `estimate`.
    pub model_bias: ModelBias,
    /// How often intervals are to cover, above 0.5 and below 1. Default 0.95.
    pub level: f64,
    /// The seed of the random numbers. Default 0.
    pub seed: u64,
    /// Channels with fewer converted journeys than this are noted: their resamples know little. Default 10.
    pub min_journeys: usize,
    /// The column of the channel. Default `channel`.
    pub channel: String,
    /// The column of the effect. Default `effect`.
    pub effect: String,
    /// The column of its standard error. Default `standard_error`.
    pub standard_error: String,
}

impl Default for CalibrateOptions {
    fn default() -> Self {
        Self {
            scale: CalibrateScale::Share,
            replicates: 1000,
            model_bias: ModelBias::Estimate,
            level: 0.95,
            seed: 0,
            min_journeys: 10,
            channel: "channel".to_owned(),
            effect: "effect".to_owned(),
            standard_error: "standard_error".to_owned(),
        }
    }
}

/// Whether a model may be wrong by more than its resamples show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum ModelBias {
    /// By as much as the experiments show.
    #[default]
    Estimate,
    /// No: its resamples are all there is to doubt.
    None,
}

/// What experiments measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CalibrateScale {
    /// The channel's share of all (0 to 1), as `share` of the totals.
    #[default]
    Share,
    /// Conversions in the same period.
    Conversions,
    /// Value in the same period, in major units.
    Value,
}

/// A model's credit combined with experiments.
#[derive(Debug, Clone)]
pub struct Calibration {
    /// Per channel, in the order of the totals: channel, model, model_standard_error, experiment, experiment_standard_error, calibrated,
    /// standard_error, low, high, weight_of_experiment, conflict (z), notes (codes with semicolons between them: `no_experiment`, `conflict`,
    /// `too_few_journeys`).
    pub channels: Table,
    /// How it was made.
    pub diagnostics: Value,
}

/// One result of an experiment.
struct Experiment {
    channel: usize,
    effect: f64,
    variance: f64,
}

impl Credit {
    /// Combines this credit with the results of experiments: a table with a channel, an effect and its standard error per row.
    ///
    /// # Errors
    /// A missing column; an unknown or repeated channel; an effect that is no finite number, or no share where shares were measured; a
    /// standard error that is not above 0; a scale that the credit does not have; those of [`super::Journeys::intervals`].
    pub fn calibrate(
        &self,
        experiments: &RawTable<'_>,
        options: &CalibrateOptions,
        monitor: &Monitor,
    ) -> Result<Calibration> {
        if !(50..=100_000).contains(&options.replicates) {
            return Err(out_of_range("replicates", options.replicates, "a whole number from 50 to 100000"));
        }
        if !(options.level > 0.5 && options.level < 1.0) {
            return Err(out_of_range("level", options.level, "a number above 0.5 and below 1"));
        }
        self.need_journeys()?;
        let estimate = Estimate::of(self);
        if options.scale == CalibrateScale::Value && estimate.value_scale.is_none() {
            let message = "scale is \"value\", but these journeys have no values; take \"share\" or \"conversions\"";
            return Err(Error::new(Code::InvalidOption, "scale", message));
        }
        if estimate.names.len() > MOST_CHANNELS {
            let message = format!(
                "{} channels; calibration keeps how each moves with each, for at most {MOST_CHANNELS}: group the channels (by type or region)",
                estimate.names.len()
            );
            return Err(Error::new(Code::TooLarge, "channels", message));
        }
        let experiments = read(experiments, options, &estimate.names)?;
        let resampler = Resampler::new(self.journeys(), self.model(), monitor)?;
        let replicates = resampler.replicates(options.seed, options.replicates, monitor)?;
        // Shares of the total that was counted: a total of its own in each resample would make all channels move together.
        let basis = match options.scale {
            CalibrateScale::Share => estimate.basis(),
            CalibrateScale::Conversions => 0,
            CalibrateScale::Value => 1,
        };
        let whole: f64 = match options.scale {
            CalibrateScale::Share => 1.0,
            _ => estimate.row.iter().map(|part| part[basis]).sum(),
        };
        let measure = |row: &Row, channel: usize| share(row, channel, basis) * whole;
        let names = &estimate.names;
        let draws: Vec<Vec<f64>> =
            (0..names.len()).map(|c| replicates.iter().map(|r| measure(r, c)).collect()).collect();
        let model: Vec<f64> = (0..names.len()).map(|c| measure(&estimate.row, c)).collect();
        let found = combine(&model, &draws, &experiments, options.model_bias);
        let conflicts = found.conflict.iter().flatten().filter(|z| z.abs() > normal::quantile(0.975)).count();
        let journeys: Vec<f64> = Behind::of(self.journeys()).iter().map(|behind| behind.journeys).collect();
        Ok(Calibration {
            channels: table(names, &model, &found, &experiments, &journeys, options),
            diagnostics: json!({
                "model": self.model().document(),
                "options": serde_json::to_value(options).unwrap_or_default(),
                "experiments": experiments.len(),
                "conflicts": conflicts,
                "model_bias": found.bias.sqrt(),
                "journeys": self.journeys().diagnostics(),
            }),
        })
    }
}

fn read(table: &RawTable<'_>, options: &CalibrateOptions, names: &[String]) -> Result<Vec<Experiment>> {
    table.check()?;
    let places: HashMap<&str, usize> = names.iter().enumerate().map(|(i, n)| (n.as_str(), i)).collect();
    let mut seen = vec![false; names.len()];
    let mut experiments = Vec::new();
    let mut first = 0;
    for chunk in table.parts() {
        let find = |name: &str, option: &str| super::paths::find_column(chunk, name, option);
        let channel = find(&options.channel, "channel")?;
        let effect = find(&options.effect, "effect")?;
        let error = find(&options.standard_error, "standard_error")?;
        for row in 0..chunk.rows {
            let at = first + row;
            let name = match channel.cell(row) {
                CellRef::Text(text) => text.trim().to_owned(),
                CellRef::Int(id) => id.to_string(),
                _ => String::new(),
            };
            let place = *places.get(name.as_str()).ok_or_else(|| {
                let all = || names.iter().map(String::as_str);
                let (expected, hint) = (one_of(all()), did_you_mean(&name, all()));
                let message =
                    format!("row {at}: no journey has the channel {}; expected {expected}{hint}", quoted(&name));
                let error = Error::new(Code::UnknownName, options.channel.clone(), message);
                error.with("row", at).with("available", all().take(LISTED).collect::<Vec<_>>())
            })?;
            if std::mem::replace(&mut seen[place], true) {
                let message = format!("row {at}: the channel {} has two results; combine them first", quoted(&name));
                return Err(Error::new(Code::DuplicateId, options.channel.clone(), message).with("row", at));
            }
            let number = |cell: CellRef<'_>, field: &str, wanted: &str, fits: &dyn Fn(f64) -> bool| {
                number_in(cell).filter(|x| x.is_finite() && fits(*x)).ok_or_else(|| {
                    let shown = cell.show();
                    let message = format!("row {at}: {field} of {} is {shown}; expected {wanted}", quoted(&name));
                    Error::new(Code::NumberOutOfRange, field, message).with("row", at)
                })
            };
            let effect = match options.scale {
                CalibrateScale::Share => {
                    let wanted = "a share of everything from 0 to 1 (36% is 0.36); for other measures set scale to \"conversions\" or \"value\"";
                    number(effect.cell(row), &options.effect, wanted, &|x| (0.0..=1.0).contains(&x))?
                }
                _ => number(effect.cell(row), &options.effect, "a finite number", &|_| true)?,
            };
            let error = number(error.cell(row), &options.standard_error, "a number above 0", &|x| x > 0.0)?;
            experiments.push(Experiment { channel: place, effect, variance: error * error });
        }
        first += chunk.rows;
    }
    if experiments.is_empty() {
        return Err(Error::new(Code::NotEnoughData, "experiments", "no experiment was given; at least one is needed"));
    }
    // Rows in any order give the same bits.
    experiments.sort_by_key(|e| e.channel);
    Ok(experiments)
}

/// A number however it was written.
fn number_in(cell: CellRef<'_>) -> Option<f64> {
    match cell {
        CellRef::Text(text) => text.trim().parse().ok(),
        other => number_of(other),
    }
}

/// A combination, channel by channel.
struct Combined {
    value: Vec<f64>,
    error: Vec<f64>,
    model_error: Vec<f64>,
    weight: Vec<Option<f64>>,
    conflict: Vec<Option<f64>>,
    /// What the spread of the credit is multiplied by for the variance of the model's own bias.
    bias: f64,
}

fn combine(model: &[f64], draws: &[Vec<f64>], experiments: &[Experiment], bias: ModelBias) -> Combined {
    let n = model.len();
    let centred: Vec<Vec<f64>> = draws
        .iter()
        .map(|values| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            values.iter().map(|v| v - mean).collect()
        })
        .collect();
    let sampled = |a: usize, b: usize| {
        let sum: f64 = centred[a].iter().zip(&centred[b]).map(|(x, y)| x * y).sum();
        sum / (centred[a].len() as f64 - 1.0)
    };
    // A channel without credit may be wrong too, if only by a little.
    let least = model.iter().map(|m| m.abs()).sum::<f64>() * 1e-6;
    let sizes: Vec<f64> = model.iter().map(|m| m.abs().max(least)).collect();
    let whole: f64 = sizes.iter().sum();
    let spread = |a: usize, b: usize| {
        let own = if a == b { sizes[a] } else { 0.0 };
        if whole > 0.0 { own - sizes[a] * sizes[b] / whole } else { 0.0 }
    };
    let bias = match bias {
        ModelBias::None => 0.0,
        ModelBias::Estimate => between(experiments.iter().map(|e| {
            let gap = e.effect - model[e.channel];
            (gap * gap, sampled(e.channel, e.channel) + e.variance, spread(e.channel, e.channel))
        })),
    };
    let covariance = |a: usize, b: usize| sampled(a, b) + bias * spread(a, b);
    let k = experiments.len();
    // Of each channel with each channel of an experiment.
    let cross: Vec<Vec<f64>> = (0..n).map(|c| experiments.iter().map(|e| covariance(c, e.channel)).collect()).collect();
    let mut inner = vec![vec![0.0; k]; k];
    for (i, a) in experiments.iter().enumerate() {
        inner[i].copy_from_slice(&cross[a.channel]);
        inner[i][i] += a.variance;
    }
    let factor = cholesky(&inner);
    let gap: Vec<f64> = experiments.iter().map(|e| e.effect - model[e.channel]).collect();
    let step = solve(&factor, &gap);
    let mut found = Combined {
        value: Vec::with_capacity(n),
        error: Vec::with_capacity(n),
        model_error: Vec::with_capacity(n),
        weight: vec![None; n],
        conflict: vec![None; n],
        bias,
    };
    for c in 0..n {
        let own = covariance(c, c);
        found.value.push(model[c] + dot(&cross[c], &step));
        found.error.push((own - dot(&cross[c], &solve(&factor, &cross[c]))).max(0.0).sqrt());
        found.model_error.push(sampled(c, c).sqrt());
    }
    for (i, e) in experiments.iter().enumerate() {
        let own = inner[i][i] - e.variance;
        found.weight[e.channel] = Some(own / inner[i][i]);
        found.conflict[e.channel] = Some(gap[i] / (sampled(e.channel, e.channel) + e.variance).sqrt());
    }
    found
}

/// The factor of the variance between studies, from squared gaps, their variances and what the factor multiplies.
fn between(gaps: impl Iterator<Item = (f64, f64, f64)>) -> f64 {
    let (mut squares, mut weights, mut count) = (0.0, 0.0, 0.0);
    for (square, variance, spread) in gaps {
        squares += square / variance;
        weights += spread / variance;
        count += 1.0;
    }
    if weights > 0.0 { ((squares - count) / weights).max(0.0) } else { 0.0 }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

/// The lower factor of a symmetric matrix that is positive: a covariance plus variances above 0.
fn cholesky(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = matrix.len();
    let mut lower = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let rest = matrix[i][j] - dot(&lower[i][..j], &lower[j][..j]);
            // Rounding alone can bring a pivot to 0; the smallest number above it keeps the rest finite.
            lower[i][j] = if i == j { rest.max(f64::MIN_POSITIVE).sqrt() } else { rest / lower[j][j] };
        }
    }
    lower
}

fn solve(lower: &[Vec<f64>], right: &[f64]) -> Vec<f64> {
    let n = right.len();
    let mut x = right.to_vec();
    for i in 0..n {
        x[i] = (x[i] - dot(&lower[i][..i], &x[..i])) / lower[i][i];
    }
    for i in (0..n).rev() {
        let later: f64 = (i + 1..n).map(|j| lower[j][i] * x[j]).sum();
        x[i] = (x[i] - later) / lower[i][i];
    }
    x
}

fn table(
    names: &[String],
    model: &[f64],
    found: &Combined,
    experiments: &[Experiment],
    journeys: &[f64],
    options: &CalibrateOptions,
) -> Table {
    let z = normal::quantile(0.5 + options.level / 2.0);
    let (mut shown, mut notes) = (TextColumn::default(), TextColumn::default());
    let (mut effect, mut error) = (vec![None; names.len()], vec![None; names.len()]);
    for experiment in experiments {
        effect[experiment.channel] = Some(experiment.effect);
        error[experiment.channel] = Some(experiment.variance.sqrt());
    }
    for (c, name) in names.iter().enumerate() {
        shown.push(Some(name));
        let measured = match found.conflict[c] {
            None => Some("no_experiment"),
            Some(conflict) if conflict.abs() > normal::quantile(0.975) => Some("conflict"),
            Some(_) => None,
        };
        let few = journeys.get(c).is_some_and(|count| *count < options.min_journeys as f64);
        let codes: Vec<&str> = measured.into_iter().chain(few.then_some("too_few_journeys")).collect();
        notes.push((!codes.is_empty()).then(|| codes.join(";")).as_deref());
    }
    let all = |values: &[f64]| ColumnData::Float(values.iter().map(|&v| Some(v)).collect());
    let bound = |side: f64| {
        let at = |(v, e): (&f64, &f64)| Some(v + side * z * e);
        ColumnData::Float(found.value.iter().zip(&found.error).map(at).collect())
    };
    Table::new(vec![
        shown.finish("channel"),
        column("model", all(model)),
        column("model_standard_error", all(&found.model_error)),
        column("experiment", ColumnData::Float(effect)),
        column("experiment_standard_error", ColumnData::Float(error)),
        column("calibrated", all(&found.value)),
        column("standard_error", all(&found.error)),
        column("low", bound(-1.0)),
        column("high", bound(1.0)),
        column("weight_of_experiment", ColumnData::Float(found.weight.clone())),
        column("conflict", ColumnData::Float(found.conflict.clone())),
        notes.finish("notes"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::{Journeys, Model, PathsOptions};
    use crate::error::Code;
    use crate::table::read_csv;

    fn credit(csv: &str) -> Credit {
        let paths = read_csv(csv.as_bytes()).unwrap();
        let journeys = Journeys::from_paths(&paths, &PathsOptions::default(), &Monitor::none()).unwrap();
        journeys.attribute(&Model::from_value(&"linear".into()).unwrap(), &Monitor::none()).unwrap()
    }

    fn calibrate(csv: &str) -> Result<Calibration> {
        calibrate_with(csv, ModelBias::None)
    }

    fn calibrate_with(csv: &str, model_bias: ModelBias) -> Result<Calibration> {
        let options = CalibrateOptions { replicates: 100_000, model_bias, ..CalibrateOptions::default() };
        let credit = credit("path,total_conversions\na,300\nb,500\nc,200\n");
        credit.calibrate(&read_csv(csv.as_bytes()).unwrap(), &options, &Monitor::none())
    }

    #[test]
    fn one_experiment_is_weighed_by_precision_and_shares_keep_their_sum() {
        // The share of a is 0.3 with variance 0.3 * 0.7 / 1000 = 0.00021; the experiment says 0.36 with the same variance: half way.
        let error = 0.00021_f64.sqrt();
        let table = calibrate(&format!("channel,effect,standard_error\na,0.36,{error}\n")).unwrap().channels;
        let cell = |row: usize, name: &str| table.number(row, name).unwrap();
        assert!((cell(0, "calibrated") - 0.33).abs() < 0.002, "{table}");
        assert!((cell(0, "standard_error") / (error / 2.0_f64.sqrt()) - 1.0).abs() < 0.05, "{table}");
        assert!((cell(0, "weight_of_experiment") - 0.5).abs() < 0.03);
        // z = 0.06 / sqrt(2 * 0.00021) = 2.93: the two do not agree.
        assert!((cell(0, "conflict") - 2.93).abs() < 0.1, "{table}");
        assert_eq!((table.text(0, "notes"), table.text(1, "notes")), ("conflict".into(), "no_experiment".into()));
        let sum: f64 = (0..3).map(|row| cell(row, "calibrated")).sum();
        assert!((sum - 1.0).abs() < 1e-12);
        // What a gains, b and c lose in proportion to their shares (the covariance of a multinomial).
        let lost = |row: usize| cell(row, "model") - cell(row, "calibrated");
        assert!((lost(1) / lost(2) - 2.5).abs() < 0.1, "{table}");
    }

    #[test]
    fn an_experiment_without_doubt_is_believed_and_one_without_knowledge_is_not() {
        let sure = calibrate("channel,effect,standard_error\na,0.4,1e-9\n").unwrap().channels;
        assert!((sure.number(0, "calibrated").unwrap() - 0.4).abs() < 1e-9);
        let vague = calibrate("channel,effect,standard_error\na,0.9,1000\n").unwrap().channels;
        assert!((vague.number(0, "calibrated").unwrap() - 0.3).abs() < 1e-6);
    }

    #[test]
    fn a_model_that_experiments_contradict_is_doubted() {
        // The gap of 0.2 is far beyond both errors, so nearly all of it is bias: the experiment is believed, and what nothing
        // measured is known less well.
        let wrong = "channel,effect,standard_error\na,0.1,0.02\n";
        let trusting = calibrate_with(wrong, ModelBias::None).unwrap().channels;
        let doubting = calibrate_with(wrong, ModelBias::Estimate).unwrap();
        let (table, cell) = (&doubting.channels, |t: &Table, row, name| t.number(row, name).unwrap());
        assert!((cell(table, 0, "calibrated") - 0.1).abs() < 0.01, "{table}");
        assert!(cell(&trusting, 0, "calibrated") > 0.2, "{trusting}");
        assert!(cell(table, 1, "standard_error") > 3.0 * cell(&trusting, 1, "standard_error"));
        assert!((0..3).map(|r| cell(table, r, "calibrated")).sum::<f64>() - 1.0 < 1e-12);
        // t^2 v = 0.2^2 - 0.00021 - 0.0004, and v = 0.3 - 0.3^2 = 0.21.
        let bias = doubting.diagnostics["model_bias"].as_f64().unwrap();
        assert!((bias - (0.03939_f64 / 0.21).sqrt()).abs() < 1e-3, "{bias}");
        // What a loses b and c gain in proportion to their sizes.
        let gained = |row: usize| cell(table, row, "calibrated") - cell(table, row, "model");
        assert!((gained(1) / gained(2) - 2.5).abs() < 0.01, "{table}");
        // Experiments that agree leave the model as it is.
        let close = "channel,effect,standard_error\na,0.31,0.02\n";
        assert_eq!(calibrate_with(close, ModelBias::Estimate).unwrap().diagnostics["model_bias"], 0.0);
    }

    #[test]
    fn conversions_keep_their_total() {
        let experiments = read_csv(b"channel,effect,standard_error\na,500,10\nc,100,50\n").unwrap();
        let options = CalibrateOptions { scale: CalibrateScale::Conversions, ..CalibrateOptions::default() };
        let credit = credit("path,total_conversions\na,300\nb,500\nc,200\n");
        let table = credit.calibrate(&experiments, &options, &Monitor::none()).unwrap().channels;
        let sum: f64 = (0..3).map(|row| table.number(row, "calibrated").unwrap()).sum();
        assert!((sum - 1000.0).abs() < 1e-9, "{table}");
    }

    #[test]
    fn several_notes_can_hold() {
        let experiments = read_csv(b"channel,effect,standard_error\na,0.9,0.01\nc,0.2,0.05\n").unwrap();
        let options = CalibrateOptions { min_journeys: 301, ..CalibrateOptions::default() };
        let credit = credit("path,total_conversions\na,300\nb,500\nc,200\nd,9\n");
        let table = credit.calibrate(&experiments, &options, &Monitor::none()).unwrap().channels;
        let notes: Vec<String> = (0..4).map(|row| table.text(row, "notes")).collect();
        assert_eq!(
            notes,
            ["conflict;too_few_journeys", "no_experiment", "too_few_journeys", "no_experiment;too_few_journeys"]
        );
    }

    #[test]
    fn bad_experiments_are_refused() {
        let code = |csv: &str| calibrate(csv).unwrap_err().code();
        assert_eq!(code("channel,effect,standard_error\nz,0.4,0.1\n"), Code::UnknownName);
        assert_eq!(code("channel,effect,standard_error\na,0.4,0.1\na,0.4,0.1\n"), Code::DuplicateId);
        assert_eq!(code("channel,effect,standard_error\na,0.4,0\n"), Code::NumberOutOfRange);
        assert_eq!(code("channel,effect,standard_error\na,NaN,0.1\n"), Code::NumberOutOfRange);
        assert_eq!(code("channel,effect,standard_error\na,36,0.1\n"), Code::NumberOutOfRange);
        assert_eq!(code("channel,effect,standard_error\na,-0.01,0.1\n"), Code::NumberOutOfRange);
        let error = calibrate("channel,effect,standard_error\nB ,0.4,0.1\n").unwrap_err();
        assert!(error.message().contains("expected \"a\", \"b\" or \"c\"; did you mean \"b\"?"), "{error}");
        assert_eq!(error.details()["available"], json!(["a", "b", "c"]));
        assert_eq!(code("channel,effect\na,0.4\n"), Code::MissingColumn);
        assert_eq!(code("channel,effect,standard_error\n"), Code::NotEnoughData);
    }
}
