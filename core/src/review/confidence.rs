//! How sure the credit is: intervals and ranks of one model by resampling, and how far the models of the review agree.
//!
//! Nothing is estimated here: [`Journeys::intervals`] and [`Journeys::compare`] are put side by side, by partner.

use hashbrown::HashMap;
use serde_json::{Value, json};

use super::Confidence;
use super::config::ReviewConfig;
use crate::attribution::{Intervals, IntervalsOptions, Journeys, Model, labels};
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result};
use crate::table::result::{TextColumn, column};
use crate::table::{Column, ColumnData, Table};

/// The models that learn from the data and need no options.
const DATA_DRIVEN: [&str; 2] = ["markov", "shapley"];
/// The numbers of a model's credit; `value` is that of the measure.
const BOUNDS: [&str; 6] = ["value", "value_low", "value_high", "share", "share_low", "share_high"];

/// What can be said of the credit's firmness; [`Code::NotEnoughData`] where nothing was won or no partner touched it.
pub(super) fn confidence(
    journeys: &Journeys,
    config: &ReviewConfig,
    names: &HashMap<String, String>,
    monitor: &Monitor,
) -> Result<Confidence> {
    let own = &config.confidence;
    let mut models = Model::list(&config.models)?;
    let model = config.model_or_first("confidence", own.model.as_ref())?;
    if own.data_driven {
        for name in DATA_DRIVEN {
            if models.iter().all(|known| known.name() != name) {
                models.push(Model::from_value(&Value::from(name))?);
            }
        }
    }
    let found = journeys.intervals(&model, &own.intervals, monitor).map_err(|e| e.within("confidence.intervals"))?;
    let nothing = |message: &str| Error::new(Code::NotEnoughData, "confidence", message);
    if (0..found.channels.len()).all(|row| found.channels.number(row, "conversions") == Some(0.0)) {
        return Err(nothing("no journey is won, so there is no credit that could be more or less sure"));
    }
    if found.ranks.is_empty() {
        return Err(nothing("no partner has a touch on a journey, so there are no partners to rank"));
    }
    let compared = journeys.compare(&models, &own.compare, monitor).map_err(|e| e.within("confidence.compare"))?;
    let label = labels(std::slice::from_ref(&model)).pop();
    let partners = partners(&found, names);
    let mut of_models = Vec::new();
    let wanted = own.models.as_ref().map(|list| Model::list(list).map_err(|e| e.within("confidence"))).transpose()?;
    let wanted = wanted.map_or_else(|| Model::list(&config.models), Ok)?;
    for (label, own_model) in labels(&wanted).into_iter().zip(&wanted) {
        if *own_model == model {
            of_models.push((label, found.channels.clone()));
            continue;
        }
        // Neighbours are compared under the first model only.
        let options = IntervalsOptions { top: 0, ..own.intervals.clone() };
        match journeys.intervals(own_model, &options, monitor) {
            Ok(of_model) => of_models.push((label, of_model.channels)),
            // The comparison says why a model was left out.
            Err(error) if error.code() == Code::NotEnoughData => {}
            Err(error) => return Err(error.within("confidence.models")),
        }
    }
    Ok(Confidence {
        models: side_by_side(&partners, &of_models),
        partners,
        pairs: found.pairs,
        agreement: compared.agreement,
        reasons: compared.reasons,
        diagnostics: json!({"model": label, "intervals": found.diagnostics, "compare": compared.diagnostics}),
    })
}

/// One row per ranked channel and model, with the bounds of its credit.
fn side_by_side(partners: &Table, models: &[(String, Table)]) -> Table {
    let rows: Vec<HashMap<String, usize>> = models
        .iter()
        .map(|(_, table)| (0..table.len()).map(|row| (table.text(row, "channel"), row)).collect())
        .collect();
    let mut texts: [TextColumn; 4] = Default::default();
    let mut numbers = vec![Vec::new(); BOUNDS.len()];
    for partner in 0..partners.len() {
        let (channel, name) = (partners.text(partner, "channel"), partners.text(partner, "name"));
        for ((label, table), rows) in models.iter().zip(&rows) {
            // Every model sees the same channels.
            let Some(&row) = rows.get(&channel) else { continue };
            let note = table.text(row, "note");
            let cells = [channel.as_str(), name.as_str(), label.as_str(), note.as_str()];
            for (column, cell) in texts.iter_mut().zip(cells) {
                column.push(Some(cell).filter(|cell| !cell.is_empty()));
            }
            let measure = measure_of(table);
            for (column, name) in numbers.iter_mut().zip(BOUNDS) {
                column.push(table.number(row, &name.replacen("value", measure, 1)));
            }
        }
    }
    let [channels, names, labels, notes] = texts;
    let mut columns = vec![channels.finish("channel"), names.finish("name"), labels.finish("model")];
    columns.extend(BOUNDS.into_iter().zip(numbers).map(|(name, values)| column(name, ColumnData::Float(values))));
    columns.push(notes.finish("note"));
    Table::new(columns)
}

/// What a table of intervals measures: value, or conversions where there is none.
fn measure_of(channels: &Table) -> &'static str {
    if channels.column("value").is_some() { "value" } else { "conversions" }
}

/// One row per ranked channel: its place, its credit, and the bounds of both.
fn partners(found: &Intervals, names: &HashMap<String, String>) -> Table {
    let (ranks, channels) = (&found.ranks, &found.channels);
    let by_channel: HashMap<String, usize> =
        (0..channels.len()).map(|row| (channels.text(row, "channel"), row)).collect();
    // Both tables are of the same credit, so every rank has its channel.
    let rows: Vec<usize> =
        (0..ranks.len()).filter_map(|row| by_channel.get(&ranks.text(row, "channel")).copied()).collect();
    let channels = channels.take(&rows);
    let (mut ids, mut shown) = (TextColumn::default(), TextColumn::default());
    for row in 0..channels.len() {
        let id = channels.text(row, "channel");
        shown.push(names.get(&id).map(String::as_str));
        ids.push(Some(&id));
    }
    let measure = measure_of(&channels);
    let own = |table: &Table, from: &str, to: &str| -> Option<Column> { Some(column(to, table.column(from)?.clone())) };
    let mut columns: Vec<Column> = own(ranks, "rank", "rank").into_iter().collect();
    columns.extend([ids.finish("channel"), shown.finish("name")]);
    columns.extend(own(&channels, "journeys", "journeys"));
    for end in ["", "_low", "_high"] {
        columns.extend(own(&channels, &format!("{measure}{end}"), &format!("value{end}")));
    }
    columns.extend(["share", "share_low", "share_high"].into_iter().filter_map(|name| own(&channels, name, name)));
    for name in ["rank_low", "rank_high", "chance_first"] {
        columns.extend(own(ranks, name, name));
    }
    columns.extend(own(&channels, "note", "note"));
    Table::new(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::PathsOptions;
    use crate::review::{Part, Review, review_journeys};
    use crate::table::read_csv;

    fn reviewed(csv: &str, config: &ReviewConfig) -> Result<Review> {
        let paths = read_csv(csv.as_bytes()).unwrap();
        let journeys = Journeys::from_paths(&paths, &PathsOptions::default(), &Monitor::none()).unwrap();
        review_journeys(&journeys, config, &Monitor::none())
    }

    fn models(names: &[&str]) -> ReviewConfig {
        ReviewConfig { models: names.iter().map(|name| Value::from(*name)).collect(), ..ReviewConfig::default() }
    }

    #[test]
    fn aggregated_paths_have_intervals_ranks_and_agreement() {
        // Last touch: b has 70 of 100 conversions, a 25, c 5, fewer than the 10 that an interval takes.
        let csv = "path,total_conversions\na > b,70\nb > a,25\nc,5\n";
        let found = reviewed(csv, &models(&["last_touch", "first_touch"])).unwrap().confidence.unwrap();
        let partners = &found.partners;
        let row =
            |at: usize| (partners.text(at, "channel"), partners.number(at, "value"), partners.number(at, "share"));
        assert_eq!(row(0), ("b".to_owned(), Some(70.0), Some(0.7)));
        assert_eq!(row(1), ("a".to_owned(), Some(25.0), Some(0.25)));
        assert_eq!((partners.text(2, "channel"), partners.text(2, "note")), ("c".into(), "too_few_journeys".into()));
        assert_eq!((partners.number(2, "share_low"), partners.number(2, "value_high")), (None, None));
        // The standard error of a share of 0.7 in 100 is 0.046: 95% lie within about 0.09 of it.
        let (low, high) = (partners.number(0, "share_low").unwrap(), partners.number(0, "share_high").unwrap());
        assert!((0.57..0.66).contains(&low) && (0.74..0.83).contains(&high), "{low} {high}");
        assert_eq!((partners.number(0, "chance_first"), found.pairs.number(0, "chance_above")), (Some(1.0), Some(1.0)));
        assert_eq!(found.agreement.len(), 4 * 3 / 2, "two rules, markov and shapley");
        assert_eq!(found.diagnostics["model"], "last_touch");
        // First: a 0.7, b 0.25; last: b 0.7, a 0.25: 0.45 of the credit changes hands.
        assert!((found.agreement.number(0, "share_distance").unwrap() - 0.45).abs() < 1e-15);
    }

    #[test]
    fn every_compared_model_has_bounds_of_its_own() {
        let csv = "path,total_conversions\na > b,70\nb > a,25\nc,5\n";
        let found = reviewed(csv, &models(&["last_touch", "first_touch"])).unwrap().confidence.unwrap();
        let table = &found.models;
        let row = |at: usize| (table.text(at, "channel"), table.text(at, "model"), table.number(at, "value"));
        let names = ["last_touch", "first_touch"];
        assert_eq!(table.len(), 3 * names.len(), "three partners by rank, each under every model");
        assert_eq!(
            (row(0), row(1)),
            (("b".into(), names[0].into(), Some(70.0)), ("b".into(), names[1].into(), Some(25.0)))
        );
        let bounds = |at: usize| (table.number(at, "share_low").unwrap(), table.number(at, "share_high").unwrap());
        assert_eq!(
            bounds(0),
            (found.partners.number(0, "share_low").unwrap(), found.partners.number(0, "share_high").unwrap())
        );
        // The standard error of a share of 0.25 in 100 is 0.043.
        let (low, high) = bounds(1);
        assert!((0.14..0.2).contains(&low) && (0.3..0.37).contains(&high), "{low} {high}");
        assert_eq!((table.text(4, "note"), table.number(4, "value_low")), ("too_few_journeys".into(), None));
        let mut config = models(&["last_touch", "first_touch"]);
        config.confidence.models = Some(vec!["markov".into()]);
        let table = reviewed(csv, &config).unwrap().confidence.unwrap().models;
        assert_eq!((table.len(), table.text(0, "model")), (3, "markov".to_owned()));
        config.confidence.models = Some(Vec::new());
        assert!(reviewed(csv, &config).unwrap().confidence.unwrap().models.is_empty());
        config.confidence.models = Some(vec!["linear".into(), "linaer".into()]);
        assert_eq!(reviewed(csv, &config).unwrap_err().field(), "confidence.models[1]");
    }

    #[test]
    fn a_model_that_learns_is_compared_once_and_only_where_it_is_wanted() {
        let csv = "path,total_conversions\na > b,70\nb > a,30\n";
        let found = reviewed(csv, &models(&["markov"])).unwrap().confidence.unwrap();
        assert_eq!((found.agreement.len(), found.agreement.text(0, "model_b")), (1, "shapley".to_owned()));
        let mut config = models(&["markov", "linear"]);
        config.confidence.data_driven = false;
        config.confidence.model = Some("first_touch".into());
        let found = reviewed(csv, &config).unwrap().confidence.unwrap();
        assert_eq!((found.agreement.len(), &found.diagnostics["model"]), (1, &json!("first_touch")));
        assert_eq!(found.partners.number(0, "value"), Some(70.0));
    }

    #[test]
    fn too_little_data_is_a_note_and_a_bad_option_an_error() {
        let note = |csv: &str| {
            let review = reviewed(csv, &models(&["linear"])).unwrap();
            assert!(review.confidence.is_none());
            (review.notes.text(0, "part"), review.notes.text(0, "code"))
        };
        let wanted = ("confidence".to_owned(), "not_enough_data".to_owned());
        assert_eq!(note("path,total_conversions\na,0\n"), wanted);
        // A model without the times that it needs is noted for itself and for its intervals.
        let review = reviewed("path,total_conversions\na,9\n", &models(&["time_decay"])).unwrap();
        assert_eq!((review.notes.text(0, "part"), review.notes.text(1, "part")), ("time_decay".into(), wanted.0));
        let fails = |change: fn(&mut ReviewConfig)| {
            let mut config = models(&["linear"]);
            change(&mut config);
            reviewed("path,total_conversions\na,9\n", &config).unwrap_err().field().to_owned()
        };
        assert_eq!(fails(|c| c.confidence.intervals.replicates = 1), "confidence.intervals.replicates");
        assert_eq!(fails(|c| c.confidence.compare.top = 0), "confidence.compare.top");
        assert_eq!(fails(|c| c.confidence.model = Some("linaer".into())), "confidence.model");
    }

    #[test]
    fn a_review_without_the_part_has_none_of_it() {
        let config = ReviewConfig { parts: vec![Part::Credit], ..models(&["linear"]) };
        let review = reviewed("path,total_conversions\na,9\n", &config).unwrap();
        assert!(
            review.confidence.is_none()
                && (0..review.notes.len()).all(|r| review.notes.text(r, "part") != "confidence")
        );
    }
}
