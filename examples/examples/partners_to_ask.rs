//! Partners that share the accounts of deals without anything on the deals: whom to ask about which deal, and whether
//! they win there more often than chance would give. The answer is a list of questions, never credit.
//!
//! `cargo run -p cosell-examples --example partners_to_ask -- examples/data`

use std::error::Error;
use std::path::PathBuf;

use cosell::attribution::InferredInfluenceOptions;
use cosell::engine::monitor::Monitor;
use cosell::facts::{Ecosystem, EcosystemOptions, OnInvalid, TABLES};
use cosell::table::read_csv;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).unwrap_or_else(|| "examples/data".to_owned()));
    let options = EcosystemOptions {
        currency: Some("USD".to_owned()),
        on_invalid: OnInvalid::Reject,
        ..EcosystemOptions::default()
    };
    let mut builder = Ecosystem::builder().options(options);
    for table in TABLES {
        builder = builder.table(table.name, read_csv(&std::fs::read(folder.join(format!("{}.csv", table.name)))?)?);
    }
    let eco = builder.build()?;
    let options = InferredInfluenceOptions { as_of: Some("2026-11-20".to_owned()), ..Default::default() };
    let found = eco.inferred_influence(&options, &Monitor::none())?;
    println!("{}\n", found.metrics);
    let asked = &found.partners;
    for row in 0..asked.len().min(5) {
        println!(
            "{}. {} ({}): {} won of {} at its accounts, {}; compared: {} won, {:.1} by chance: {}",
            asked.text(row, "rank"),
            asked.text(row, "name"),
            asked.text(row, "partner_id"),
            asked.text(row, "won"),
            asked.text(row, "deals"),
            asked.text(row, "won_value"),
            asked.text(row, "compared_won"),
            asked.number(row, "expected_won").unwrap_or_default(),
            asked.text(row, "reason"),
        );
    }
    println!("\nThe first questions:\n{}", found.deals.head(5));
    Ok(())
}
