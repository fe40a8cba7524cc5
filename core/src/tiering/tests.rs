//! What holds of programmes as a whole.

mod backtest;
mod climbing;
mod criteria;
mod diff;
mod faults;
mod history;
mod limits;
mod lint;
mod promises;
mod qualify;
mod recommend;
mod standing;

use serde_json::{Map, Value, json};

use super::{EvaluateOptions, Program, ProgramReview, ProgramReviewOptions, Verdict};
use crate::engine::monitor::Monitor;
use crate::error::Result;
use crate::table::RawTable;

/// A programme with four tiers and the parts of a document that a test is about.
fn program(parts: Value) -> Program {
    try_program(parts).unwrap()
}

fn try_program(parts: Value) -> Result<Program> {
    let mut document = json!({
        "program": "services", "version": "1",
        "tiers": [
            {"tier": "member", "rank": 1}, {"tier": "silver", "rank": 2}, {"tier": "gold", "rank": 3}, {"tier": "top", "rank": 4}
        ]
    });
    let (Value::Object(document_fields), Value::Object(parts)) = (&mut document, parts) else { panic!("objects") };
    document_fields.extend(parts);
    Program::from_value(&document)
}

/// Tiers at 10, 20 and 30 points.
fn by_points(more: Value) -> Program {
    let at = |limit: u32| json!({"threshold": {"metric": "points", "at_least": limit}});
    let mut parts = json!({
        "metrics": {"points": {"measure": "given", "unit": "points"}},
        "qualification": {"silver": at(10), "gold": at(20), "top": at(30)}
    });
    let (Value::Object(fields), Value::Object(more)) = (&mut parts, more) else { panic!("objects") };
    fields.extend(more);
    program(parts)
}

fn map(value: Value) -> Map<String, Value> {
    let Value::Object(map) = value else { panic!("an object") };
    map
}

fn on(day: &str) -> EvaluateOptions {
    EvaluateOptions { as_of: Some(day.to_owned()), ..EvaluateOptions::default() }
}

fn evaluate(program: &Program, metrics: Value) -> Verdict {
    program.evaluate(&map(metrics), &on("2026-11-20")).unwrap()
}

fn review(program: &Program, rows: &[Value], previous: Option<&RawTable<'_>>, day: &str) -> Result<ProgramReview> {
    let options = ProgramReviewOptions { as_of: Some(day.to_owned()), ..Default::default() };
    program.review_frame(&RawTable::from_json(rows)?, previous, &options, &Monitor::none())
}
