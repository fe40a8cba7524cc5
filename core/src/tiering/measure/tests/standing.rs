//! Enrollments, attributes and scopes.

use super::*;
use crate::tiering::document::Scalar;

const ON: &str = "2026-11-20";

fn tables() -> Value {
    let enrolled = |partner: &str, tier: &str, track: Value, region: Value, from: &str, to: Value| json!({"partner_id": partner, "program": "stars", "tier": tier, "track": track, "region": region, "valid_from": from, "valid_to": to});
    json!({
        "partners": [{"partner_id": "A", "country": "DE", "types": "isv;msp", "joined_on": "2020-05-01", "size": 10}, {"partner_id": "B"},
                     {"partner_id": "C"}, {"partner_id": "D"}],
        "enrollments": [
            enrolled("A", "member", json!("smb"), json!(null), "2023-01-01", json!("2023-12-31")),
            enrolled("A", "gold", json!("smb"), json!(null), "2024-01-01", json!("2024-12-31")),
            enrolled("A", "gold", json!("smb"), json!(null), "2025-01-01", json!("2026-11-20")),
            enrolled("A", "member", json!("smb"), json!(null), "2026-11-21", json!(null)),
            enrolled("B", "gold", json!(null), json!("EMEA"), "2020-01-01", json!("2021-12-31")),
            enrolled("B", "platinum", json!("big"), json!("EMEA"), "2026-01-01", json!(null)),
            enrolled("B", "member", json!("big"), json!("APAC"), "2026-03-01", json!(null)),
            enrolled("C", "member", json!(null), json!(null), "2020-01-01", json!("2026-11-19"))
        ],
        "activities": [
            {"partner_id": "A", "at": "2026-01-01", "kind": "webinar", "area": "EMEA"},
            {"partner_id": "A", "at": "2026-01-02", "kind": "webinar", "area": "EMEA"},
            {"partner_id": "A", "at": "2020-01-02", "kind": "webinar", "area": "NA"},
            {"partner_id": "A", "at": "2026-11-30", "kind": "webinar", "area": "LATAM"},
            {"partner_id": "A", "at": "2026-01-03", "kind": "webinar", "area": null},
            {"partner_id": "B", "at": "2026-01-03", "kind": "webinar", "area": "APAC"}
        ],
        "measurements": [
            {"subject": "partner", "id": "A", "metric": "nps", "value": 1, "at": "2026-01-01", "scope": "EMEA"},
            {"subject": "partner", "id": "A", "metric": "nps", "value": 2, "at": "2026-01-01", "scope": null}
        ]
    })
}

fn count() -> Value {
    json!({"acts": {"measure": {"count": {"from": "activities"}}}})
}

#[test]
fn those_are_measured_who_are_enrolled_on_the_day() {
    let eco = eco(&tables());
    let tracks = json!({"tracks": {"choose": "enrolled", "list": [{"track": "smb"}, {"track": "big"}]}});
    let program = program(&count(), &tracks);
    let measured = measured(&eco, &program, ON);
    assert_eq!(shown(&measured, 0), ["A 4", "B 1"]);
    let base = &measured.base;
    // A renewal of the same tier goes on; the rows of B before a gap do not count.
    let a = Enrolment {
        tier: Some(1),
        track: Some(0),
        enrolled_on: Some(day("2023-01-01")),
        tier_since: Some(day("2024-01-01")),
    };
    // The latest of two that hold; its tier is known.
    let b = Enrolment {
        tier: Some(0),
        track: Some(1),
        enrolled_on: Some(day("2026-01-01")),
        tier_since: Some(day("2026-03-01")),
    };
    assert_eq!(base.enrolment, [a, b]);
    assert!(
        measure(program.compiled(), &eco, &MeasureInputs::default(), day("2019-01-01"), &Monitor::none())
            .unwrap()
            .base
            .partner
            .is_empty()
    );
}

#[test]
fn a_programme_that_nobody_is_in_says_so() {
    let eco = eco(&tables());
    let program = program(&count(), &json!({"program": "start"}));
    let measured = measured(&eco, &program, ON);
    assert!(measured.base.partner.is_empty());
    assert_eq!(codes(&measured), [("nobody_enrolled", 0)]);
    assert!(measured.findings[0].message.contains("did you mean \"stars\""), "{}", measured.findings[0].message);
}

#[test]
fn a_tier_of_an_enrollment_that_the_programme_does_not_have_is_told() {
    let mut tables = tables();
    let rows = tables["enrollments"].as_array_mut().unwrap();
    rows.iter_mut().for_each(|row| row["tier"] = json!("golden"));
    let measured = measured(&eco(&tables), &program(&count(), &Value::Null), ON);
    let finding = measured.findings.iter().find(|f| f.code == "unknown_enrolled_tier").unwrap();
    assert_eq!(finding.rows, measured.base.partner.len() as u64);
    assert!(finding.message.contains("\"golden\"") && finding.message.contains("did you mean"), "{}", finding.message);
    assert!(measured.base.enrolment.iter().all(|e| e.tier.is_none()));
}

#[test]
fn attributes_are_those_of_the_partner_then_of_its_enrollment() {
    let eco = eco(&tables());
    let names = ["country", "types", "joined_on", "size", "enrollment.tier", "track", "partner.region"];
    let criteria: Vec<Value> = names.iter().map(|name| json!({"attribute": {"field": name, "exists": true}})).collect();
    let mut all = tables();
    all["partners"][0]["region"] = json!("EMEA");
    let program = program(&count(), &json!({"qualification": {"gold": {"all": criteria}}}));
    let measured = measured(&eco_with(&all, EcosystemOptions::default()), &program, ON);
    let of = |attribute: usize| [0, 1].map(|row| measured.base.attributes[attribute].of(row).to_vec());
    let text = |t: &str| Scalar::Text(t.to_owned());
    assert_eq!(of(0), [vec![text("DE")], vec![]]);
    assert_eq!(of(1), [vec![text("isv"), text("msp")], vec![]]);
    assert_eq!(of(2), [vec![text("2020-05-01")], vec![]]);
    assert_eq!(of(3), [vec![Scalar::Number(10.0)], vec![]]);
    assert_eq!(of(4), [vec![text("gold")], vec![text("member")]]);
    assert_eq!(of(5), [vec![text("smb")], vec![text("big")]]);
    assert_eq!(of(6), [vec![text("EMEA")], vec![]]);
    drop(eco);
}

#[test]
fn an_unknown_attribute_is_named_where_the_document_names_it() {
    let eco = eco(&tables());
    let fails = |criterion: Value| {
        let program = program(&count(), &json!({"qualification": {"gold": {"all": ["always", criterion]}}}));
        let error =
            measure(program.compiled(), &eco, &MeasureInputs::default(), day(ON), &Monitor::none()).unwrap_err();
        (error.code().as_str(), error.field().to_owned(), error.message().to_owned())
    };
    let (code, field, message) = fails(json!({"attribute": {"field": "contry", "is": "DE"}}));
    assert_eq!((code, field.as_str()), ("unknown_name", "qualification.gold.all[1].attribute.field"));
    assert!(message.contains("did you mean \"country\""), "{message}");
    assert_eq!(
        fails(json!({"top": {"metric": "acts", "share": 0.1, "within": ["land"]}})).1,
        "qualification.gold.all[1].top.within[0]"
    );
    let (code, field, _) = fails(json!({"attribute": {"field": "country", "at_least": 5}}));
    assert_eq!((code, field.as_str()), ("invalid_option", "qualification.gold.all[1].attribute.at_least"));
    assert_eq!(
        fails(json!({"attribute": {"field": "types", "is": "mps"}})).1,
        "qualification.gold.all[1].attribute.is"
    );
    assert_eq!(fails(json!({"attribute": {"field": "domain", "is": "x"}})).0, "missing_column");
}

#[test]
fn scopes_are_those_that_rows_or_the_enrollment_name() {
    let eco = eco(&tables());
    let metrics = json!({
        "here": {"measure": {"count": {"from": "activities", "scope": "area", "window": {"rolling_months": 12}}}},
        "nps": {"measure": "given"},
        "whole": {"measure": {"count": {"from": "activities"}}}
    });
    let program = program(
        &metrics,
        &json!({"scope": {"by": "region"}, "qualification": {"gold": {"attribute": {"field": "region", "is": "EMEA"}}}}),
    );
    let measured = measured(&eco, &program, ON);
    // A scope of years ago is one; that of an activity to come is not known yet. EMEA of B is that of an enrollment.
    assert_eq!(shown(&measured, 0), ["A/EMEA 2", "A/NA 0", "B/APAC 1", "B/EMEA 0"]);
    assert_eq!(shown(&measured, 1), ["A/EMEA 1", "A/NA 2", "B/APAC none", "B/EMEA none"]);
    assert_eq!(shown(&measured, 2), ["A/EMEA 4", "A/NA 4", "B/APAC 1", "B/EMEA 1"]);
    let tiers: Vec<Option<usize>> = measured.base.enrolment.iter().map(|e| e.tier).collect();
    // Platinum is no tier of this programme.
    assert_eq!(tiers, [Some(1), Some(1), Some(0), None]);
    assert_eq!(measured.base.attributes[0].of(3), [Scalar::Text("EMEA".to_owned())]);
    assert!(codes(&measured).contains(&("row_without_scope", 1)));
}

#[test]
fn a_partner_without_a_scope_has_one_row() {
    let mut tables = tables();
    tables.as_object_mut().unwrap().remove("enrollments");
    let program = program(
        &json!({"here": {"measure": {"count": {"from": "activities", "scope": "area"}}}}),
        &json!({"scope": {"by": "area"}}),
    );
    let measured = measured(&eco(&tables), &program, ON);
    assert_eq!(shown(&measured, 0), ["A/EMEA 2", "A/NA 1", "B/APAC 1", "C 0", "D 0"]);
}
