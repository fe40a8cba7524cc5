//! How often the 95% intervals hold the truth: many simulated sets of journeys, each with its own intervals.
//!
//! The truth of a model is its credit on very many journeys of the same simulator. Counted are the channels with at least 30
//! conversions in a set; shares and conversions are pooled over channels and sets.
//!
//! `cargo run --release -p cosell-benches --example coverage -- [SIMULATIONS] [JOURNEYS]`

use std::collections::BTreeMap;

use cosell::attribution::{IntervalMethod, IntervalsOptions, Journeys, Model, PathsOptions, SimulateOptions, simulate};
use cosell::engine::monitor::Monitor;
use cosell::table::read_csv;
use serde_json::{Value, json};

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Journeys behind a truth.
const TRUTH: usize = 2_000_000;

fn journeys(count: usize, seed: u64, values: bool) -> Result<Journeys> {
    let made = simulate(&SimulateOptions { journeys: count, seed, ..SimulateOptions::default() }, &Monitor::none())?;
    let options = PathsOptions {
        value: values.then(|| "total_conversion_value".to_owned()),
        nulls: Some("total_null".to_owned()),
        ..PathsOptions::default()
    };
    let csv = made.paths.to_csv();
    Ok(Journeys::from_paths(&read_csv(csv.as_bytes())?, &options, &Monitor::none())?)
}

/// The share (of value, where there are values), and conversions per journey, of each channel.
fn truth(model: &Model, values: bool) -> Result<BTreeMap<String, [f64; 2]>> {
    let credit = journeys(TRUTH, u64::MAX, values)?.attribute(model, &Monitor::none())?;
    let totals = credit.totals();
    let value = |row: usize, name: &str| totals.number(row, name).unwrap_or(f64::NAN);
    let row = |r: usize| (totals.text(r, "channel"), [value(r, "share"), value(r, "conversions") / TRUTH as f64]);
    Ok((0..totals.len()).map(row).collect())
}

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).map(|a| a.parse::<usize>());
    let simulations = arguments.next().transpose()?.unwrap_or(500);
    let size = arguments.next().transpose()?.unwrap_or(4000);
    let models: Vec<Value> = vec![json!("linear"), json!("markov"), json!({"shapley": {"game": "set"}})];
    println!("{simulations} sets of {size} journeys; 95% intervals of 500 replicates (bca: 50 groups)");
    for values in [false, true] {
        let of = |seed: u64| journeys(size, seed + 1, values);
        let sets = (0..simulations as u64).map(of).collect::<Result<Vec<_>>>()?;
        for document in &models {
            measure(&Model::from_value(document)?, &sets, size, values)?;
        }
    }
    Ok(())
}

fn measure(model: &Model, sets: &[Journeys], size: usize, values: bool) -> Result<()> {
    let known = truth(model, values)?;
    for method in [IntervalMethod::Percentile, IntervalMethod::Bca] {
        let (mut held, mut all) = ([0_u64; 2], 0_u64);
        for (seed, set) in sets.iter().enumerate() {
            let options = IntervalsOptions { method, seed: seed as u64, ..IntervalsOptions::default() };
            let table = set.intervals(model, &options, &Monitor::none())?.channels;
            for row in 0..table.len() {
                let Some(truth) = known.get(&table.text(row, "channel")) else { continue };
                if table.number(row, "journeys") < Some(30.0) {
                    continue;
                }
                let within = |name: &str, truth: f64| {
                    let bound = |side: &str| table.number(row, &format!("{name}_{side}"));
                    bound("low").is_some_and(|low| low <= truth) && bound("high").is_some_and(|high| truth <= high)
                };
                all += 1;
                held[0] += u64::from(within("share", truth[0]));
                held[1] += u64::from(within("conversions", truth[1] * size as f64));
            }
        }
        let percent = |n: u64| 100.0 * n as f64 / all as f64;
        println!(
            "{:<8} {:<10} {all} intervals: share of {} {:.1}%, conversions {:.1}%",
            model.name(),
            format!("{method:?}").to_lowercase(),
            if values { "value" } else { "conversions" },
            percent(held[0]),
            percent(held[1])
        );
    }
    Ok(())
}
