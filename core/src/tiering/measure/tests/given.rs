//! Metrics that are handed in.

use super::*;

const ON: &str = "2026-11-20";

fn tables() -> Value {
    json!({
        "partners": [{"partner_id": 1}, {"partner_id": 2}, {"partner_id": 3}],
        "measurements": [
            {"subject": "partner", "id": 1, "metric": "nps", "value": 40, "at": "2025-01-01"},
            {"subject": "partner", "id": 1, "metric": "nps", "value": 50, "at": "2026-01-01"},
            {"subject": "partner", "id": 1, "metric": "nps", "value": 99, "at": "2026-02-01", "scope": "EMEA"},
            {"subject": "partner", "id": 2, "metric": "nps", "value": 60, "at": "2026-12-01"},
            {"subject": "account", "id": 2, "metric": "arr", "value": 60, "at": "2026-01-01"}
        ]
    })
}

fn with(eco: &Ecosystem, program: &Program, rows: Value, on: &str) -> Result<Measured> {
    let table = RawTable::from_json(rows.as_array().unwrap()).unwrap();
    let inputs = MeasureInputs { given: Some(&table), ..MeasureInputs::default() };
    measure(program.compiled(), eco, &inputs, day(on), &Monitor::none())
}

#[test]
fn the_latest_measurement_by_the_day_is_given() {
    let eco = eco(&tables());
    let program = program(
        &json!({"nps": {"measure": "given"}, "rise": {"measure": {"change": {"of": "nps", "months": 12}}}}),
        &Value::Null,
    );
    let now = measured(&eco, &program, ON);
    assert_eq!(shown(&now, program.compiled().column("nps").unwrap()), ["1 50", "2 none", "3 none"]);
    let then = program.compiled().columns.iter().position(|c| c.months_ago == 12).unwrap();
    assert_eq!(shown(&now, then), ["1 40", "2 none", "3 none"]);
    let later = measured(&eco, &program, "2026-12-01");
    assert_eq!(shown(&later, program.compiled().column("nps").unwrap()), ["1 50", "2 60", "3 none"]);
}

#[test]
fn a_frame_goes_before_whatever_would_be_measured() {
    let eco = eco(&tables());
    let program = program(
        &json!({"nps": {"measure": "given"}, "rise": {"measure": {"change": {"of": "nps", "months": 12}}},
                "gate": {"measure": "given", "unit": "flag"}, "acts": {"measure": {"count": {"from": "activities"}}}}),
        &Value::Null,
    );
    let rows = json!([
        {"partner_id": 3, "nps": 7, "gate": true, "acts": 2, "rise": 0.5},
        {"partner_id": "1", "nps": null, "gate": false, "acts": 1.5, "rise": null},
        {"partner_id": 77, "nps": 1, "gate": null, "acts": null, "rise": null}
    ]);
    let measured = with(&eco, &program, rows, ON).unwrap();
    let column = |name: &str| shown(&measured, program.compiled().column(name).unwrap());
    assert_eq!(column("nps"), ["1 none", "2 none", "3 7"]);
    assert_eq!(column("gate"), ["1 0", "2 none", "3 1"]);
    assert_eq!(column("acts"), ["1 1.5", "2 none", "3 2"]);
    assert_eq!(column("rise"), ["1 none", "2 none", "3 0.5"]);
    assert_eq!(codes(&measured), [("given_not_measured", 1)]);
}

#[test]
fn nobody_gives_it() {
    let eco = eco(&tables());
    for name in ["csat", "arr"] {
        let program = program(&json!({name: {"measure": "given"}}), &needs(name));
        let error =
            measure(program.compiled(), &eco, &MeasureInputs::default(), day(ON), &Monitor::none()).unwrap_err();
        assert_eq!((error.code().as_str(), error.field()), ("missing_column", format!("metrics.{name}").as_str()));
        assert!(error.message().contains("measurements") && error.message().contains("partner_id"), "{error}");
    }
}

#[test]
fn bad_frames_are_refused_with_their_row() {
    let eco = eco(&tables());
    let program = program(&json!({"x": {"measure": "given"}}), &Value::Null);
    let fails = |rows: Value| {
        let error = with(&eco, &program, rows, ON).unwrap_err();
        (error.code().as_str(), error.field().to_owned(), error.details().get("row").cloned())
    };
    let at = |row: usize| Some(json!(row));
    assert_eq!(fails(json!([{"x": 1}])), ("missing_column", "metrics.partner_id".into(), None));
    assert_eq!(
        fails(json!([{"partner_id": 1, "x": 1}, {"partner_id": null, "x": 1}])),
        ("null_value", "metrics.partner_id".into(), at(1))
    );
    assert_eq!(fails(json!([{"partner_id": 1.5, "x": 1}])), ("wrong_type", "metrics.partner_id".into(), at(0)));
    assert_eq!(fails(json!([{"partner_id": 1, "x": "many"}])), ("wrong_type", "metrics.x".into(), at(0)));
    assert_eq!(fails(json!([{"partner_id": 1, "x": 1}, {"partner_id": 1, "x": 1}])).0, "duplicate_id");
}

#[test]
fn a_frame_can_hold_what_was_measured_months_ago() {
    let eco = eco(&json!({"partners": [{"partner_id": 1}]}));
    let metrics = json!({"x": {"measure": "given"}, "rise": {"measure": {"change": {"of": "x", "months": 12}}}});
    let program = program(&metrics, &needs("rise"));
    let measured = with(&eco, &program, json!([{"partner_id": 1, "x": 5, "x_12_months_ago": 3}]), ON).unwrap();
    let then = program.compiled().columns.iter().position(|c| c.months_ago == 12).unwrap();
    assert_eq!(shown(&measured, then), ["1 3"]);
}

#[test]
fn what_nothing_needs_may_be_missing_and_is_said() {
    let eco = eco(&json!({"partners": [{"partner_id": 1}]}));
    let metrics = json!({
        "given": {"measure": "given"},
        "certs": {"measure": {"count": {"from": "credentials"}}},
        "deals": {"measure": {"count": {"from": "opportunities"}}},
        "both": {"measure": {"sum_of": [{"metric": "certs"}, {"metric": "deals"}]}}
    });
    // The sum is handed in, so what it is made of need not be there.
    let program = program(&metrics, &needs("both"));
    let measured = with(&eco, &program, json!([{"partner_id": 1, "both": 5}]), ON).unwrap();
    assert_eq!(shown(&measured, program.compiled().column("both").unwrap()), ["1 5"]);
    assert_eq!(codes(&measured), [("metric_not_measured", 0); 3]);
    let error = with(&eco, &program, json!([{"partner_id": 1}]), ON).unwrap_err();
    assert_eq!((error.code().as_str(), error.field()), ("missing_table", "credentials"));
}
