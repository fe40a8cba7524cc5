use serde_json::json;

use super::*;
use crate::attribution::{Journeys, Model, PathsOptions};
use crate::document::from_value;

fn run(options: &SimulateOptions) -> Simulation {
    simulate(options, &Monitor::none()).unwrap()
}

fn small() -> SimulateOptions {
    SimulateOptions { journeys: 3000, ..SimulateOptions::default() }
}

fn caused(simulation: &Simulation, channel: usize) -> f64 {
    simulation.truth.number(channel, "incremental_conversions").unwrap()
}

#[test]
fn the_truth_of_one_channel_is_the_difference_of_two_chances() {
    // One channel, no intent: every journey converts with 1/2 (odds 1/3 times e^ln 3) and would with 1/4.
    let channels = vec![SimulatedChannel::new("a", 1.0, crate::engine::math::ln(3.0))];
    let options =
        SimulateOptions { journeys: 4000, channels, base_rate: 0.25, intent: 0.0, ..SimulateOptions::default() };
    let simulation = run(&options);
    assert!((caused(&simulation, 0) - 1000.0).abs() < 1e-9);
    assert!((simulation.truth.number(0, "incremental_value").unwrap() - 1e6).abs() < 1e-6);
    assert_eq!(simulation.truth.number(0, "incremental_share"), Some(1.0));
    let conversions = simulation.diagnostics["conversions"].as_f64().unwrap();
    // Binomial with mean 2000 and standard deviation 31.6.
    assert!((conversions - 2000.0).abs() < 160.0, "{conversions}");
}

#[test]
fn a_channel_without_effect_causes_nothing_however_often_it_is_seen_in_won_journeys() {
    let simulation = run(&SimulateOptions::default());
    let follower = (0..6).find(|&r| simulation.truth.text(r, "channel") == "follower").unwrap();
    assert_eq!(caused(&simulation, follower), 0.0);
    let none = run(&SimulateOptions { channels: vec![SimulatedChannel::new("a", 1.0, 0.0)], ..small() });
    assert_eq!(none.truth.number(0, "incremental_share"), None);
}

#[test]
fn an_interaction_is_lost_with_either_of_its_channels() {
    // All journeys of length 40 or so hold both channels.
    let channels = vec![SimulatedChannel::new("a", 1.0, 0.0), SimulatedChannel::new("b", 1.0, 0.0)];
    let interactions = vec![Interaction { channels: vec!["a".to_owned(), "b".to_owned()], effect: 2.0 }];
    let options = SimulateOptions { channels, interactions, mean_length: 40.0, intent: 0.0, ..small() };
    let simulation = run(&options);
    assert!(caused(&simulation, 0) > 100.0);
    assert_eq!(caused(&simulation, 0), caused(&simulation, 1));
}

#[test]
fn tables_tell_the_same_journeys() {
    let simulation = run(&small());
    let sum = |table: &Table, name: &str| (0..table.len()).filter_map(|r| table.number(r, name)).sum::<f64>();
    let converted = simulation.diagnostics["conversions"].as_f64().unwrap();
    assert_eq!(sum(&simulation.paths, "total_conversions"), converted);
    assert_eq!(sum(&simulation.paths, "total_null"), 3000.0 - converted);
    assert!((sum(&simulation.paths, "total_conversion_value") - sum(&simulation.outcomes, "value")).abs() < 1e-6);
    assert_eq!(simulation.touches.len() as f64, sum(&simulation.truth, "touches"));
    let csv = simulation.paths.to_csv();
    let options =
        from_value::<PathsOptions>(&json!({"value": "total_conversion_value", "nulls": "total_null"})).unwrap();
    let paths = crate::table::read_csv(csv.as_bytes()).unwrap();
    let journeys = Journeys::from_paths(&paths, &options, &Monitor::none()).unwrap();
    let totals = journeys.attribute(&Model::from_value(&"linear".into()).unwrap(), &Monitor::none()).unwrap();
    assert!((sum(totals.totals(), "conversions") - converted).abs() < 1e-9);
}

#[test]
fn the_seed_and_the_number_of_a_journey_say_everything() {
    let (a, b) = (run(&small()), run(&small()));
    assert_eq!(a.paths.to_csv(), b.paths.to_csv());
    assert_eq!(a.truth.to_csv(), b.truth.to_csv());
    assert_ne!(a.paths.to_csv(), run(&SimulateOptions { seed: 1, ..small() }).paths.to_csv());
    // More journeys leave the first ones as they are, whatever the pieces of work.
    let more = run(&SimulateOptions { journeys: 20_000, ..small() });
    assert_eq!(more.outcomes.head(3000).to_csv(), a.outcomes.to_csv());
}

#[test]
fn early_channels_open_and_late_ones_close() {
    let channels = vec![
        SimulatedChannel { position: Position::Early, ..SimulatedChannel::new("early", 1.0, 0.0) },
        SimulatedChannel { position: Position::Late, ..SimulatedChannel::new("late", 1.0, 0.0) },
    ];
    let simulation = run(&SimulateOptions { channels, mean_length: 6.0, ..small() });
    let count = |wanted: &dyn Fn(&str) -> bool| {
        let rows = (0..simulation.paths.len()).filter(|&r| wanted(&simulation.paths.text(r, "path")));
        rows.map(|r| simulation.paths.number(r, "total_null").unwrap()).sum::<f64>()
    };
    assert!(count(&|p| p.starts_with("early")) > 2.0 * count(&|p| p.starts_with("late")));
    assert!(count(&|p| p.ends_with("late")) > 2.0 * count(&|p| p.ends_with("early")));
}

#[test]
fn bad_options_say_where_and_what() {
    let fails = |document: Value| {
        let options = from_value::<SimulateOptions>(&document).and_then(|o| simulate(&o, &Monitor::none()));
        let error = options.unwrap_err();
        (error.code(), error.field().to_owned())
    };
    let at = |field: &str| (Code::OptionOutOfRange, field.to_owned());
    assert_eq!(fails(json!({"journeys": 0})), at("journeys"));
    assert_eq!(fails(json!({"channels": []})), at("channels"));
    assert_eq!(fails(json!({"base_rate": 1.0})), at("base_rate"));
    assert_eq!(fails(json!({"mean_length": 0.5})), at("mean_length"));
    assert_eq!(fails(json!({"value_mean": -1.0})), at("value_mean"));
    assert_eq!(fails(json!({"channels": [{"name": "a", "weight": 0.0}]})), at("channels[0].weight"));
    assert_eq!(fails(json!({"channels": [{"name": "a", "effect": 21.0}]})), at("channels[0].effect"));
    assert_eq!(fails(json!({"channels": [{"name": "a > b"}]})), at("channels[0].name"));
    assert_eq!(fails(json!({"channels": [{"name": "a"}, {"name": "a"}]})), at("channels[1].name"));
    assert_eq!(fails(json!({"channels": [{"name": "(null)"}]})).0, Code::ReservedName);
    assert_eq!(
        fails(json!({"interactions": [{"channels": ["opener"], "effect": 1.0}]})),
        at("interactions[0].channels")
    );
    let unknown = json!({"interactions": [{"channels": ["opener", "helpr"], "effect": 1.0}]});
    assert_eq!(fails(unknown), (Code::UnknownName, "interactions[0].channels".to_owned()));
    assert_eq!(fails(json!({"channel": []})).0, Code::UnknownOption);
}
