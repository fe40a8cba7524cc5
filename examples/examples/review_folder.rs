//! The partner review on any folder of CSV files named like the input tables (`opportunities.csv`, `touchpoints.csv`, ...).
//!
//! `cargo run -p cosell-examples --example review_folder -- FOLDER AS_OF [CURRENCY] [OUT.html]`

use std::error::Error;
use std::path::Path;

use cosell::engine::monitor::Monitor;
use cosell::facts::{Ecosystem, EcosystemOptions, OnInvalid, TABLES};
use cosell::review::{ReviewConfig, review};
use cosell::table::read_csv;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [folder, as_of, rest @ ..] = arguments.as_slice() else {
        return Err("usage: review_folder FOLDER AS_OF [CURRENCY] [OUT.html]".into());
    };
    let mut builder = Ecosystem::builder().options(EcosystemOptions {
        currency: rest.first().cloned(),
        on_invalid: OnInvalid::Reject,
        ..EcosystemOptions::default()
    });
    for table in TABLES {
        let path = Path::new(folder).join(format!("{}.csv", table.name));
        if path.exists() {
            builder = builder.table(table.name, read_csv(&std::fs::read(path)?)?);
        }
    }
    let config = ReviewConfig { as_of: Some(as_of.clone()), ..ReviewConfig::default() };
    let result = review(&builder.build()?, &config, &Monitor::none())?;
    println!("{}", result.headline);
    println!("{}", result.credit);
    for note in 0..result.notes.len() {
        println!("{}: {}", result.notes.text(note, "part"), result.notes.text(note, "message"));
    }
    Ok(())
}
