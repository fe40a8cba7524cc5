//! Attribution on ChannelAttribution's PathData against reference numbers.
//!
//! The data is found through the environment variable `COSELL_DATA`; without it the tests say that they were skipped. The
//! numbers of first, last and linear were checked against ChannelAttribution 2.2.5 to 9e-11; those of the Markov chains
//! against two independent exact implementations to 3e-16 and 2e-15.

use cosell::attribution::{CompareOptions, Credit, Journeys, Model, OrderOptions, PathsOptions};
use cosell::engine::monitor::Monitor;
use cosell::table::{Table, read_csv};
use serde_json::{Value, json};

/// channel, first, last, linear by conversions, then by value.
const HEURISTICS: &str = include_str!("data/pathdata_heuristics.csv");

fn pathdata(nulls: bool) -> Option<Journeys> {
    let Ok(folder) = std::env::var("COSELL_DATA") else {
        eprintln!("skipped: COSELL_DATA is not set (a folder with pathdata.csv)");
        return None;
    };
    let bytes = std::fs::read(format!("{folder}/pathdata.csv")).expect("pathdata.csv in COSELL_DATA");
    let options = PathsOptions {
        value: Some("total_conversion_value".to_owned()),
        nulls: nulls.then(|| "total_null".to_owned()),
        ..PathsOptions::default()
    };
    Some(Journeys::from_paths(&read_csv(&bytes).unwrap(), &options, &Monitor::none()).unwrap())
}

fn credit(journeys: &Journeys, name: &str, options: &Value) -> Credit {
    journeys.attribute(&Model::named(name, options).unwrap(), &Monitor::none()).unwrap()
}

/// Compares columns of a table with columns of a reference file, row by row of their first column.
fn compare(table: &Table, key: &str, reference: &str, columns: &[(&str, usize)], tolerance: f64) {
    let mut rows = 0;
    for line in reference.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let row = (0..table.len()).find(|&r| table.text(r, key) == cells[0]).expect("the row");
        for &(column, at) in columns {
            let (got, wanted) = (table.number(row, column).unwrap(), cells[at].parse::<f64>().unwrap());
            assert!((got - wanted).abs() <= tolerance * wanted.abs(), "{column} of {}: {got} {wanted}", cells[0]);
        }
        rows += 1;
    }
    assert_eq!(rows, table.len());
}

#[test]
fn first_last_and_linear_are_those_of_the_reference() {
    let Some(journeys) = pathdata(true) else { return };
    assert_eq!((journeys.len(), journeys.channels().len()), (10_000, 12));
    for (place, name) in ["first_touch", "last_touch", "linear"].into_iter().enumerate() {
        let credit = credit(&journeys, name, &Value::Null);
        compare(credit.totals(), "channel", HEURISTICS, &[("conversions", 1 + place), ("value", 4 + place)], 1e-9);
    }
}

#[test]
fn markov_effects_and_credit_are_those_of_the_reference() {
    let references = [
        (1, true, include_str!("data/pathdata_markov_o1_null.csv")),
        (1, false, include_str!("data/pathdata_markov_o1_nonull.csv")),
        (2, true, include_str!("data/pathdata_markov_o2_null.csv")),
        (2, false, include_str!("data/pathdata_markov_o2_nonull.csv")),
    ];
    for (order, nulls, reference) in references {
        let Some(journeys) = pathdata(nulls) else { return };
        let credit = credit(&journeys, "markov", &json!({"order": order}));
        let columns = [("removal_effect", 1), ("removal_effect_value", 2), ("conversions", 3), ("value", 4)];
        compare(credit.totals(), "channel", reference, &columns, 1e-10);
    }
}

#[test]
fn shapley_values_of_every_game_are_those_of_the_reference() {
    let reference = include_str!("data/pathdata_shapley.csv");
    let Some(journeys) = pathdata(true) else { return };
    let check = |options: Value, columns: &[(&str, usize)]| {
        let credit = credit(&journeys, "shapley", &options);
        compare(credit.totals(), "channel", reference, columns, 1e-10);
    };
    check(json!({}), &[("conversions", 1), ("value", 2)]);
    check(json!({"game": "ordered"}), &[("conversions", 1), ("value", 2)]);
    check(json!({"game": "rate"}), &[("shapley", 3), ("conversions", 4)]);
    check(json!({"game": "journey"}), &[("shapley", 5), ("conversions", 5)]);
}

#[test]
fn credit_by_position_adds_up_to_the_channels() {
    let Some(journeys) = pathdata(true) else { return };
    let credit = credit(&journeys, "shapley", &json!({"game": "ordered"}));
    let (totals, positions) = (credit.totals(), credit.table("positions").unwrap());
    for row in 0..totals.len() {
        let channel = totals.text(row, "channel");
        let own = (0..positions.len()).filter(|&r| positions.text(r, "channel") == channel);
        let sum: f64 = own.map(|r| positions.number(r, "conversions").unwrap()).sum();
        let wanted = totals.number(row, "conversions").unwrap();
        assert!((sum - wanted).abs() <= 1e-12 * wanted, "{channel}: {sum} {wanted}");
    }
}

#[test]
fn scores_of_shao_and_li_are_those_of_the_reference() {
    let Some(journeys) = pathdata(true) else { return };
    let credit = credit(&journeys, "shao_li", &json!({}));
    let reference = include_str!("data/pathdata_shao_li.csv");
    compare(credit.totals(), "channel", reference, &[("presence", 1), ("score", 2)], 1e-10);
    let sum: f64 = (0..12).map(|r| credit.totals().number(r, "conversions").unwrap()).sum();
    assert!((sum - 19_785.0).abs() < 1e-9, "{sum}");
}

#[test]
fn sampled_orders_come_close_to_the_exact_rates() {
    let Some(journeys) = pathdata(true) else { return };
    let exact = credit(&journeys, "shapley", &json!({"game": "rate"}));
    for (seed, options) in [(1, json!({"samples": 20_000})), (2, json!({"max_standard_error": 0.0002}))] {
        let mut options = options;
        options["game"] = json!("rate");
        options["seed"] = json!(seed);
        let sampled = credit(&journeys, "shapley", &options);
        for row in 0..12 {
            for (value, error) in [("shapley", "standard_error"), ("shapley_value", "standard_error_value")] {
                let number = |credit: &Credit, column: &str| credit.totals().number(row, column).unwrap();
                let off = number(&sampled, value) - number(&exact, value);
                assert!(off.abs() <= 4.5 * number(&sampled, error), "{value} of row {row}: {off}");
            }
        }
    }
}

#[test]
fn transitions_are_those_of_the_reference() {
    let Some(journeys) = pathdata(true) else { return };
    let credit = credit(&journeys, "markov", &json!({}));
    let table = credit.table("transitions").unwrap();
    let reference = include_str!("data/pathdata_transition_o1_null.csv");
    let ends = (0..table.len()).filter(|&r| ["(conversion)", "(null)"].contains(&table.text(r, "to").as_str())).count();
    assert_eq!((table.len() - ends, ends), (reference.lines().count() - 1, 24));
    for line in reference.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let found = |&r: &usize| table.text(r, "from") == cells[0] && table.text(r, "to") == cells[1];
        let row = (0..table.len()).find(found).unwrap_or_else(|| panic!("no step {line}"));
        assert_eq!(table.number(row, "count"), cells[2].parse().ok(), "{line}");
        let (got, wanted) = (table.number(row, "probability").unwrap(), cells[3].parse::<f64>().unwrap());
        assert!((got - wanted).abs() <= 1e-14, "{line}: {got}");
    }
}

#[test]
fn the_chance_to_convert_is_that_of_the_data_at_every_order() {
    let Some(journeys) = pathdata(true) else { return };
    let states = [13, 121, 934, 3_976];
    for order in 1..=8 {
        let credit = credit(&journeys, "markov", &json!({"order": order}));
        let found = &credit.diagnostics()["markov"];
        let wanted = 19_785.0 / (19_785.0 + 68_602.0);
        let got = found["conversion_probability"].as_f64().unwrap();
        assert!((got - wanted).abs() <= 1e-12 * wanted, "order {order}: {got} {wanted}, {found}");
        assert!(found["error_bound"].as_f64().unwrap() < 1e-10, "order {order}: {found}");
        if let Some(states) = states.get(order - 1) {
            // The published counts hold the start too.
            assert_eq!(found["states"].as_u64().unwrap() + 1, *states, "order {order}");
        }
    }
}

#[test]
fn orders_have_the_states_of_the_reference_and_one_is_recommended() {
    let Some(journeys) = pathdata(true) else { return };
    let selection = journeys.select_order(&OrderOptions::default(), &Monitor::none()).unwrap();
    let orders = &selection.orders;
    // The reference counts the start as a state.
    let states: Vec<f64> = (0..4).map(|row| orders.number(row, "states").unwrap() + 1.0).collect();
    assert_eq!(states, [13.0, 121.0, 934.0, 3976.0]);
    let likelihood = |row: usize| orders.number(row, "log_likelihood_per_step").unwrap();
    let best = (0..4).max_by(|&a, &b| likelihood(a).total_cmp(&likelihood(b))).unwrap();
    assert_eq!(selection.diagnostics["best"]["log_likelihood"], best + 1);
    assert!(selection.recommended <= best + 1, "{orders}");
}

#[test]
fn a_comparison_has_the_credit_of_each_model() {
    let Some(journeys) = pathdata(true) else { return };
    let models = Model::list(&["last_touch".into(), "markov".into()]).unwrap();
    let comparison = journeys.compare(&models, &CompareOptions::default(), &Monitor::none()).unwrap();
    for (label, model) in ["last_touch", "markov"].into_iter().zip(&models) {
        let totals = journeys.attribute(model, &Monitor::none()).unwrap().totals().clone();
        for row in 0..totals.len() {
            assert_eq!(comparison.credit.number(row, label), totals.number(row, "value"));
            assert_eq!(comparison.credit.number(row, &format!("{label}_share")), totals.number(row, "share"));
        }
    }
}
