//! Data-driven credit from aggregated paths: a Markov chain, how far it can be trusted, an experiment, and parts:
//! `cargo run -p cosell-examples --example data_driven`.

use cosell::attribution::{
    AttributionState, CalibrateOptions, IntervalMethod, IntervalsOptions, Journeys, Model, PathsOptions,
};
use cosell::engine::monitor::Monitor;
use cosell::table::read_csv;

// How often each path of partners was taken: deals won, deals lost, and what the won ones brought.
const HEAD: &str = "path,won,lost,amount\n";
const FIRST: &str = "northwind > contoso,62,80,744000\ncontoso,40,25,410500\n";
const SECOND: &str =
    "fabrikam > contoso > northwind,18,95,305000\nfabrikam > northwind,9,70,88200\ntailwind,3,14,21000\n";

fn read(rows: &[&str]) -> cosell::Result<Journeys> {
    let options = PathsOptions {
        conversions: "won".to_owned(),
        nulls: Some("lost".to_owned()),
        value: Some("amount".to_owned()),
        currency: Some("USD".to_owned()),
        ..PathsOptions::default()
    };
    Journeys::from_paths(&read_csv((HEAD.to_owned() + &rows.concat()).as_bytes())?, &options, &Monitor::none())
}

fn main() -> cosell::Result<()> {
    let none = Monitor::none();
    let model = Model::from_value(&"markov".into())?;
    let credit = read(&[FIRST, SECOND])?.attribute(&model, &none)?;
    println!("what would be lost without each partner\n{}\n", credit.totals());
    println!("the chain\n{}\n", credit.table("transitions")?);

    let options = IntervalsOptions { method: IntervalMethod::Bca, ..IntervalsOptions::default() };
    let found = credit.intervals(&options, &none)?;
    for row in 0..found.channels.len() {
        let number = |name: &str| found.channels.number(row, name);
        let sure = match (number("share_low"), number("share_high")) {
            (Some(low), Some(high)) => format!("{low:.3} to {high:.3}"),
            _ => found.channels.text(row, "note"),
        };
        println!("{:<10} {:.3}  {sure}", found.channels.text(row, "channel"), number("share").unwrap_or_default());
    }
    println!("\nhow firm are the ranks\n{}\n", found.ranks);

    // An experiment has shown what northwind brings: a share of 0.25, give or take 0.03.
    let experiments = read_csv(b"channel,effect,standard_error\nnorthwind,0.25,0.03\n")?;
    let found = credit.calibrate(&experiments, &CalibrateOptions::default(), &none)?.channels;
    for row in 0..found.len() {
        let number = |name: &str| found.number(row, name).unwrap_or_default();
        let (model, calibrated, error) = (number("model"), number("calibrated"), number("standard_error"));
        let (channel, notes) = (found.text(row, "channel"), found.text(row, "notes"));
        println!("{channel:<10} {model:.3} -> {calibrated:.3} +- {error:.3}  {notes}");
    }

    // The same from two parts that were read apart, one of them on another machine: its state travels as bytes.
    let mut here = AttributionState::new(model.clone(), false)?;
    let mut there = AttributionState::new(model.clone(), false)?;
    here.update(&read(&[FIRST])?)?;
    there.update(&read(&[SECOND])?)?;
    here.merge(AttributionState::from_bytes(model, false, &there.to_bytes())?)?;
    let same = here.finish(&none)?.totals().to_csv() == credit.totals().to_csv();
    println!("\nin two parts, the same to the byte: {same}");
    Ok(())
}
