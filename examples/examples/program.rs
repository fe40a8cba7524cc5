//! A programme as a document, and all partners reviewed: `cargo run -p cosell-examples --example program`.

use cosell::document::Format;
use cosell::engine::monitor::Monitor;
use cosell::table::RawTable;
use cosell::tiering::{EvaluateOptions, Program, ProgramReviewOptions, QualifyOptions, Reach};
use serde_json::json;

const DOCUMENT: &str = r#"
program: services
version: "2026"
tiers: [{tier: member, rank: 1}, {tier: gold, rank: 2}]
metrics:
  deals: {measure: given, unit: count}
  people: {measure: given, unit: people}
qualification:
  gold:
    all:
      - threshold: {metric: deals, at_least: 5}
      - threshold: {metric: people, at_least: 2}
benefits:
  discount: {name: Discount on list prices, tiers: {member: 0.1, gold: 0.2}}
"#;

fn main() -> cosell::Result<()> {
    let program = Program::from_text(DOCUMENT, Format::Yaml)?;
    let metrics = [("deals".to_owned(), json!(3)), ("people".to_owned(), json!(2))].into_iter().collect();
    let day = Some("2026-11-20".to_owned());
    let verdict = program.evaluate(&metrics, &EvaluateOptions { as_of: day.clone(), ..EvaluateOptions::default() })?;
    println!("{:?}, ahead: {:?}\n", verdict.effective, verdict.next_tiers);

    let partners = RawTable::from_json(&[
        json!({"partner_id": "northwind", "deals": 7, "people": 3}),
        json!({"partner_id": "contoso", "deals": 4, "people": 2}),
    ])?;
    let options = ProgramReviewOptions { as_of: day, ..ProgramReviewOptions::default() };
    let review = program.review_frame(&partners, None, &options, &Monitor::none())?;
    println!("{}\n\n{}", review.decisions()?, review.gaps(Reach::Next)?);
    println!("\n{}", review.facts(&"contoso".into(), Some("deals"), &Monitor::none())?);
    println!("\n{}", review.benefits()?);
    // Where only tiers are asked for, of as many rows as there are.
    println!("\n{}", program.qualify(partners, &QualifyOptions::default(), &Monitor::none())?.counts());
    Ok(())
}
