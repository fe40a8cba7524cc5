//! Rule-based attribution on ChannelAttribution's PathData against reference numbers.
//!
//! The data is found through the environment variable `COSELL_DATA`; without it the test says that it was skipped. The
//! reference numbers were checked against ChannelAttribution 2.2.5 to 9e-11.

use cosell::attribution::{Journeys, Model, PathsOptions};
use cosell::engine::monitor::Monitor;
use cosell::table::read_csv;

/// channel, first, last, linear by conversions, then by value.
const HEURISTICS: &str = include_str!("data/pathdata_heuristics.csv");

#[test]
fn first_last_and_linear_are_those_of_the_reference() {
    let Ok(folder) = std::env::var("COSELL_DATA") else {
        eprintln!("skipped: COSELL_DATA is not set (a folder with pathdata.csv)");
        return;
    };
    let bytes = std::fs::read(format!("{folder}/pathdata.csv")).expect("pathdata.csv in COSELL_DATA");
    let options = PathsOptions {
        value: Some("total_conversion_value".to_owned()),
        nulls: Some("total_null".to_owned()),
        ..PathsOptions::default()
    };
    let journeys = Journeys::from_paths(&read_csv(&bytes).unwrap(), &options, &Monitor::none()).unwrap();
    assert_eq!((journeys.len(), journeys.channels().len()), (10_000, 12));
    for (place, name) in ["first_touch", "last_touch", "linear"].into_iter().enumerate() {
        let model = Model::named(name, &serde_json::Value::Null).unwrap();
        let credit = journeys.attribute(&model, &Monitor::none()).unwrap();
        let totals = credit.totals();
        for line in HEURISTICS.lines().skip(1) {
            let cells: Vec<&str> = line.split(',').collect();
            let row = (0..totals.len()).find(|&r| totals.text(r, "channel") == cells[0]).expect("the channel");
            for (column, at) in [("conversions", 1 + place), ("value", 4 + place)] {
                let (got, wanted) = (totals.number(row, column).unwrap(), cells[at].parse::<f64>().unwrap());
                assert!((got - wanted).abs() <= 1e-9 * wanted.abs(), "{name} {column} of {}: {got} {wanted}", cells[0]);
            }
        }
    }
}
