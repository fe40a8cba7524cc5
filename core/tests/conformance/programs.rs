//! The operations on programmes beside a plain review: documents, comparisons, what climbing takes, and the partner review.

use cosell::Result;
use std::collections::BTreeMap;

use cosell::document::{self, Format};
use cosell::engine::monitor::Monitor;
use cosell::review::{ReviewConfig, review};
use cosell::table::RawTable;
use cosell::tiering::{
    ActionOptions, DesignOptions, EconomicsOptions, EnablementOptions, GapOptions, Program, ProgramCompareOptions,
    ProgramReview, ProgramReviewOptions, RecommendOptions, ReviewInputs, SegmentOptions, SensitivityOptions, recommend,
};
use serde_json::{Value, json};

use super::{Actual, Outcome, ecosystem, given, table};

/// A document, or the name of a file in `examples/programs`.
pub(super) fn program(document: &Value) -> Result<Program> {
    match document {
        Value::String(file) => Program::from_json(&std::fs::read_to_string(super::programs().join(file)).unwrap()),
        document => Program::from_value(document),
    }
}

/// The review of a case, of a frame or of an ecosystem.
pub(super) fn reviewed(program: &Program, input: &Value) -> Result<ProgramReview> {
    let options: ProgramReviewOptions = document::from_value(&given(&input["review"]))?;
    let previous = optional(input, "previous")?;
    if input.get("tables").is_some() {
        let inputs = ReviewInputs { previous: previous.as_ref(), ..ReviewInputs::default() };
        return program.review(&ecosystem(input)?, &inputs, &options, &Monitor::none());
    }
    program.review_frame(&table(input, "partners")?, previous.as_ref(), &options, &Monitor::none())
}

fn optional(input: &Value, name: &str) -> Result<Option<RawTable<'static>>> {
    input.get(name).map(|_| table(input, name)).transpose()
}

fn tables<const N: usize>(list: [(&str, cosell::table::Table); N]) -> Outcome {
    list.into_iter().map(|(name, table)| (name.to_owned(), Actual::Table(table))).collect()
}

pub(super) fn operate(run: &str, input: &Value) -> Result<Outcome> {
    let none = Monitor::none();
    let of = || program(&input["program"]);
    match run {
        "program_text" => {
            let format = Format::named(input["format"].as_str().unwrap())?;
            let read = Program::from_text(super::expand(&input["text"]).as_str().unwrap(), format)?;
            let names = json!(read.tier_names());
            let document = serde_json::to_value(read.document()).unwrap();
            Ok(vec![("document".to_owned(), Actual::Json(document)), ("tiers".to_owned(), Actual::Json(names))])
        }
        "program_lint" => {
            let program = of()?;
            let findings = program.lint();
            let mut paths: BTreeMap<String, Vec<String>> = BTreeMap::new();
            for row in 0..findings.len() {
                paths.entry(findings.text(row, "code")).or_default().push(findings.text(row, "path"));
            }
            let mut found = tables([("findings", findings)]);
            found.push(("paths".to_owned(), Actual::Json(json!(paths))));
            found.push(("is_monotone".to_owned(), Actual::Json(json!(program.is_monotone()))));
            Ok(found)
        }
        "program_diff" => Ok(tables([("changes", of()?.diff(&program(&input["other"])?))])),
        "program_compare" => {
            let options: ProgramCompareOptions = document::from_value(&given(&input["compare"]))?;
            let (before, after) = (reviewed(&of()?, input)?, reviewed(&program(&input["other"])?, input)?);
            let found = before.compare(&after, optional(input, "stakes")?.as_ref(), &options, &none)?;
            Ok(tables([("movements", found.movements), ("moves", found.moves), ("flows", found.flows)]))
        }
        "program_sensitivity" => {
            let options: SensitivityOptions = document::from_value(&given(&input["sensitivity"]))?;
            let (previous, stakes) = (optional(input, "previous")?, optional(input, "stakes")?);
            let partners = table(input, "partners")?;
            let found = of()?.sensitivity_frame(&partners, previous.as_ref(), stakes.as_ref(), &options, &none)?;
            Ok(tables([("effects", found)]))
        }
        "program_design" => {
            let options: DesignOptions = document::from_value(&given(&input["design"]))?;
            Ok(tables([("shares", of()?.design_frame(&table(input, "partners")?, None, &options, &none)?)]))
        }
        "program_recommend" => {
            let options: RecommendOptions = document::from_value(&given(&input["recommend"]))?;
            let periods = input["periods"].as_array().unwrap().iter();
            let periods: Vec<RawTable<'_>> =
                periods.map(|rows| table(&json!({"rows": rows}), "rows")).collect::<Result<_>>()?;
            let found = recommend(&periods.iter().collect::<Vec<_>>(), &options, &none)?;
            let document = serde_json::to_value(found.document).unwrap();
            let mut tables = tables([
                ("breaks", found.breaks),
                ("fits", found.fits),
                ("weights", found.weights),
                ("validation", found.validation),
            ]);
            tables.push(("document".to_owned(), Actual::Json(document)));
            Ok(tables)
        }
        "program_climb" => climb(&reviewed(&of()?, input)?, input),
        "review_tiers" => {
            let mut config = given(&input["config"]);
            config["as_of"] = input["as_of"].clone();
            let config: ReviewConfig = document::from_value(&config)?;
            let found = review(&ecosystem(input)?, &config, &none)?;
            let Some(tiers) = found.tiers else { return Ok(vec![("tiers".to_owned(), Actual::Json(Value::Null))]) };
            Ok(vec![
                ("distribution".to_owned(), Actual::Table(tiers.distribution)),
                ("movements".to_owned(), Actual::Table(tiers.movements)),
                ("rule_change".to_owned(), Actual::Table(tiers.rule_change)),
                ("decisions".to_owned(), Actual::Table(tiers.decisions)),
                ("progress".to_owned(), Actual::Table(tiers.progress)),
                ("gaps".to_owned(), Actual::Table(tiers.gaps)),
                ("actions".to_owned(), Actual::Table(tiers.actions)),
                ("at_risk".to_owned(), Actual::Table(tiers.at_risk)),
                ("metrics".to_owned(), Actual::Keyed(tiers.metrics)),
            ])
        }
        other => panic!("unknown operation {other:?}"),
    }
}

/// What climbing takes and brings; only what the case asks for.
fn climb(review: &ProgramReview, input: &Value) -> Result<Outcome> {
    let none = Monitor::none();
    let mut found = Outcome::new();
    if let Some(options) = input.get("gaps") {
        let GapOptions { reach } = document::from_value(options)?;
        found.extend(tables([("gaps", review.gaps(reach)?), ("progress", review.progress(reach)?)]));
    }
    if let Some(options) = input.get("actions") {
        let ActionOptions { costs } = document::from_value(options)?;
        let (actions, out) = (review.actions(&costs, &none)?, review.out_of_reach(&costs, &none)?);
        found.extend(tables([("actions", actions), ("out_of_reach", out)]));
    }
    if let Some(options) = input.get("economics") {
        let EconomicsOptions { costs, horizon_months } = document::from_value(options)?;
        let economics = review.economics(&costs, horizon_months, &none)?;
        found.extend(tables([("climbs", economics.climbs), ("tiers", economics.tiers)]));
    }
    if let Some(options) = input.get("segments") {
        let options: SegmentOptions = document::from_value(options)?;
        found.extend(tables([("segments", review.segments(&options)?)]));
    }
    if let Some(options) = input.get("enablement") {
        let EnablementOptions { needed_on, reach } = document::from_value(options)?;
        found.extend(tables([("enablement", review.enablement(reach, needed_on)?)]));
    }
    Ok(found)
}
