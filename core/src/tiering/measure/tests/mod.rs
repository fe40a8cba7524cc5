//! Measures against small ecosystems that are worked out by hand.

mod belongs;
mod bits;
mod counts;
mod faults;
mod given;
mod listing;
mod points;
mod standing;
mod windows;

use serde_json::{Value, json};

use super::*;
use crate::facts::EcosystemOptions;
use crate::table::KeySpace;
use crate::tiering::Program;

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

/// An ecosystem of tables.
fn eco(tables: &Value) -> Ecosystem {
    eco_with(tables, EcosystemOptions::default())
}

fn eco_with(tables: &Value, options: EcosystemOptions) -> Ecosystem {
    let mut builder = Ecosystem::builder().options(options);
    for (name, rows) in tables.as_object().unwrap() {
        builder = builder.table(name, RawTable::from_json(rows.as_array().unwrap()).unwrap());
    }
    builder.build().unwrap()
}

/// A programme of metrics; `more` are further parts of its document.
fn program(metrics: &Value, more: &Value) -> Program {
    let mut document = json!({
        "program": "stars", "version": "1",
        "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
        "metrics": metrics
    });
    for (key, value) in more.as_object().into_iter().flatten() {
        document[key] = value.clone();
    }
    Program::from_value(&document).unwrap()
}

fn measured(eco: &Ecosystem, program: &Program, on: &str) -> Measured {
    measure(program.compiled(), eco, &MeasureInputs::default(), day(on), &Monitor::none()).unwrap()
}

/// A criterion that needs a metric.
fn needs(metric: &str) -> Value {
    json!({"qualification": {"gold": {"threshold": {"metric": metric, "at_least": 0}}}})
}

fn try_metric(eco: &Ecosystem, metric: &Value, on: &str) -> Result<Measured> {
    let program = program(&json!({"m": {"measure": metric}}), &needs("m"));
    measure(program.compiled(), eco, &MeasureInputs::default(), day(on), &Monitor::none())
}

/// The numbers of a column by partner and scope, as text: `P1 3`, `P1/EMEA 3`.
fn shown(measured: &Measured, column: usize) -> Vec<String> {
    let base = &measured.base;
    let of = |row: usize| {
        let partner = base.partners.show(base.partner[row]).unwrap();
        let scope = base.scopes.show(base.scope[row]).map(|s| format!("/{s}")).unwrap_or_default();
        let value = base.value(column, row).map_or("none".to_owned(), |v| v.to_string());
        format!("{partner}{scope} {value}")
    };
    (0..base.rows()).map(of).collect()
}

/// One metric of one programme on a day.
fn metric(eco: &Ecosystem, metric: &Value, on: &str) -> Vec<String> {
    shown(&try_metric(eco, metric, on).unwrap(), 0)
}

/// The codes of the findings, with their rows.
fn codes(measured: &Measured) -> Vec<(&'static str, u64)> {
    measured.findings.iter().map(|f| (f.code, f.rows)).collect()
}

/// Three deals, of which A and B took part in the first, B in the second and nobody in the third.
fn deals() -> Value {
    json!({
        "partners": [{"partner_id": "A", "country": "DE", "types": "isv;msp"}, {"partner_id": "B", "country": "FR"}, {"partner_id": "C"}],
        "accounts": [{"account_id": "X", "industry": "health"}, {"account_id": "Y"}],
        "opportunities": [
            {"opportunity_id": "1", "account_id": "X", "status": "won", "stage": "closed", "amount": 100.10, "currency": "USD",
             "created_at": "2025-12-01", "closed_at": "2026-02-28", "sourced_by": "C", "product": "db", "region": "EMEA"},
            {"opportunity_id": "2", "account_id": "Y", "status": "won", "stage": "closed", "amount": 50.05, "currency": "USD",
             "created_at": "2026-01-15", "closed_at": "2026-06-30", "sourced_by": null, "product": "ai", "region": "APAC"},
            {"opportunity_id": "3", "account_id": "X", "status": "lost", "stage": "closed", "amount": null, "currency": "USD",
             "created_at": "2026-02-15", "closed_at": "2026-07-01", "sourced_by": "A", "product": "db", "region": null},
            {"opportunity_id": "4", "account_id": "Y", "status": "open", "stage": "demo", "amount": 7, "currency": "USD",
             "created_at": "2026-03-15", "closed_at": null, "sourced_by": "B", "product": "db", "region": "EMEA"}
        ],
        "opportunity_partners": [
            {"opportunity_id": "1", "partner_id": "A", "role": "sourcer"},
            {"opportunity_id": "1", "partner_id": "A", "role": "closer"},
            {"opportunity_id": "1", "partner_id": "B", "role": "implementer"},
            {"opportunity_id": "2", "partner_id": "B", "role": "sourcer"},
            {"opportunity_id": "4", "partner_id": "A", "role": "sourcer"}
        ],
        "account_partners": [
            {"account_id": "X", "partner_id": "C", "relationship": "msp", "valid_from": "2026-01-01", "valid_to": "2026-03-31"},
            {"account_id": "X", "partner_id": "C", "relationship": "of_record", "valid_from": null, "valid_to": null},
            {"account_id": "Y", "partner_id": "A", "relationship": "msp", "valid_from": "2026-07-01", "valid_to": null}
        ]
    })
}
