//! Programmes over the days of an ecosystem, or of frames: replays, and two versions tried on the same days.

use cosell::Result;
use cosell::document;
use cosell::engine::monitor::Monitor;
use cosell::table::{RawTable, Table};
use cosell::tiering::{BacktestOptions, ReplayOptions, ReviewInputs};
use serde_json::{Value, json};

use super::programs::{optional, program, tables};
use super::{Outcome, ecosystem, given, journeys, read_model, table};

pub(super) fn operate(run: &str, input: &Value) -> Result<Outcome> {
    let none = Monitor::none();
    let made = program(&input["program"])?;
    let (previous, stakes) = (optional(input, "previous")?, optional(input, "stakes")?);
    let eco = input.get("tables").map(|_| ecosystem(input)).transpose()?;
    let credit = match (&eco, input.get("model")) {
        (Some(eco), Some(model)) => Some(journeys(eco, input)?.attribute(&read_model(model)?, &none)?),
        _ => None,
    };
    let credit = credit.iter().map(|credit| ("influence".to_owned(), credit)).collect();
    let inputs = ReviewInputs { previous: previous.as_ref(), credit, ..ReviewInputs::default() };
    let frame = |pair: &Value| Ok((pair[0].as_str().unwrap().to_owned(), table(&json!({"frame": pair[1]}), "frame")?));
    let pairs = input["partners"].as_array().into_iter().flatten();
    let frames = pairs.map(frame).collect::<Result<Vec<(String, RawTable<'_>)>>>()?;
    let frames: Vec<(&str, &RawTable<'_>)> = frames.iter().map(|(day, frame)| (day.as_str(), frame)).collect();
    if run == "replay" {
        let options: ReplayOptions = document::from_value(&given(&input["replay"]))?;
        let found = if let Some(eco) = &eco {
            made.replay(eco, &inputs, &options, &none)?
        } else {
            options.beside_frames()?;
            made.replay_frames(&frames, inputs.previous, &none)?
        };
        return Ok(tables([("decisions", found.decisions()?), ("flows", found.flows())]));
    }
    let options: BacktestOptions = document::from_value(&given(&input["backtest"]))?;
    let other = program(&input["other"])?;
    let found = match &eco {
        Some(eco) => made.backtest(&other, eco, &inputs, stakes.as_ref(), &options, &none)?,
        None => made.backtest_frames(&other, &frames, inputs.previous, stakes.as_ref(), &options, &none)?,
    };
    let found: [(&str, Table); 4] =
        [("movements", found.movements), ("moves", found.moves), ("criteria", found.criteria), ("flows", found.flows)];
    Ok(tables(found))
}
