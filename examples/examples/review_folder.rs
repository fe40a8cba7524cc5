//! The partner review on any folder of CSV files named like the input tables (`opportunities.csv`, `touchpoints.csv`, ...).
//!
//! `cargo run -p cosell-examples --example review_folder -- FOLDER [OUT.html] [PROGRAM.json]`
//!
//! A file `review.json` in the folder is the config of the review; its key `ecosystem` holds the options of the ecosystem.
//! A third argument is the document of a partner programme: the review then says who stands where in it.
//! Without `review.json`, give the day that the review looks from as `AS_OF` in the environment.

use std::error::Error;
use std::path::Path;

use cosell::document::{from_value, value_from_text};
use cosell::engine::monitor::Monitor;
use cosell::facts::{Ecosystem, EcosystemOptions, OnInvalid, TABLES};
use cosell::review::{ReviewConfig, review};
use cosell::table::read_csv;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let Some(folder) = arguments.first().map(Path::new) else {
        return Err("usage: review_folder FOLDER [OUT.html] [PROGRAM.json]".into());
    };
    let (options, mut config) = settings(folder)?;
    if let Some(program) = arguments.get(2) {
        config.program = Some(value_from_text(&std::fs::read_to_string(program)?)?);
    }
    let mut builder = Ecosystem::builder().options(options);
    for table in TABLES {
        let path = folder.join(format!("{}.csv", table.name));
        if path.exists() {
            builder = builder.table(table.name, read_csv(&std::fs::read(path)?)?);
        }
    }
    let result = review(&builder.build()?, &config, &Monitor::none())?;
    println!("{result}");
    if let Some(out) = arguments.get(1) {
        std::fs::write(out, cosell::report::html(&result))?;
        println!("wrote {out}");
    }
    Ok(())
}

/// The options of the ecosystem and the config of the review.
fn settings(folder: &Path) -> Result<(EcosystemOptions, ReviewConfig), Box<dyn Error>> {
    let file = folder.join("review.json");
    if !file.exists() {
        let options = EcosystemOptions { on_invalid: OnInvalid::Reject, ..EcosystemOptions::default() };
        let config = ReviewConfig { as_of: std::env::var("AS_OF").ok(), ..ReviewConfig::default() };
        return Ok((options, config));
    }
    let mut document = value_from_text(&std::fs::read_to_string(file)?)?;
    let ecosystem = document.as_object_mut().and_then(|d| d.remove("ecosystem"));
    let options = ecosystem.as_ref().map_or_else(|| Ok(EcosystemOptions::default()), from_value)?;
    Ok((options, from_value(&document)?))
}
