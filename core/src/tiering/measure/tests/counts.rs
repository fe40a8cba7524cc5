//! Counts, sums, means, latest and highest values.

use super::*;

#[test]
fn a_deal_counts_once_for_a_partner_in_several_roles() {
    let eco = eco(&deals());
    let count = json!({"count": {"from": "opportunities"}});
    assert_eq!(metric(&eco, &count, "2026-11-20"), ["A 1", "B 2", "C 0"]);
    let sum = json!({"sum": {"from": "opportunities", "of": "amount"}});
    assert_eq!(metric(&eco, &sum, "2026-11-20"), ["A 100.1", "B 150.15", "C 0"]);
    let average = json!({"average": {"from": "opportunities", "of": "amount"}});
    assert_eq!(metric(&eco, &average, "2026-11-20"), ["A 100.1", "B 75.075", "C none"]);
}

#[test]
fn roles_filter_but_do_not_multiply() {
    let eco = eco(&deals());
    let count = |condition: Value| {
        metric(&eco, &json!({"count": {"from": "opportunities", "where": [condition]}}), "2026-11-20")
    };
    assert_eq!(count(json!({"field": "role", "in": ["sourcer", "closer"]})), ["A 1", "B 1", "C 0"]);
    // A is a sourcer of the deal, whatever else it is there.
    assert_eq!(count(json!({"field": "role", "is_not": "sourcer"})), ["A 0", "B 1", "C 0"]);
    assert_eq!(count(json!({"field": "role", "is": "closer"})), ["A 1", "B 0", "C 0"]);
}

#[test]
fn distinct_values_count_once() {
    let eco = eco(&deals());
    let distinct =
        |of: &str| metric(&eco, &json!({"count_distinct": {"from": "opportunities", "of": of}}), "2026-11-20");
    assert_eq!(distinct("product"), ["A 1", "B 2", "C 0"]);
    assert_eq!(distinct("account_id"), ["A 1", "B 2", "C 0"]);
    assert_eq!(distinct("status"), ["A 1", "B 1", "C 0"]);
    assert_eq!(distinct("closed_at"), ["A 1", "B 2", "C 0"]);
    assert_eq!(distinct("amount"), ["A 1", "B 2", "C 0"]);
    assert_eq!(distinct("account.industry"), ["A 1", "B 1", "C 0"]);
}

#[test]
fn people_count_once_per_metric_however_many_certificates_they_have() {
    let eco = eco(&json!({
        "partners": [{"partner_id": "A"}, {"partner_id": "B"}],
        "credentials": [
            {"partner_id": "A", "code": "db-1", "kind": "certification", "person_id": "p1", "earned_on": "2026-01-01", "expires_on": "2026-12-31"},
            {"partner_id": "A", "code": "db-2", "kind": "certification", "person_id": "p1", "earned_on": "2026-01-02", "expires_on": null},
            {"partner_id": "A", "code": "db-1", "kind": "certification", "person_id": "p2", "earned_on": "2026-01-01", "expires_on": "2026-06-30"},
            {"partner_id": "A", "code": "db-1", "kind": "certification", "person_id": null, "earned_on": "2026-01-01", "expires_on": null},
            {"partner_id": "B", "code": "db-1", "kind": "competency", "person_id": "p1", "earned_on": "2026-01-01", "expires_on": null}
        ]
    }));
    let people = json!({"count_distinct": {"from": "credentials", "of": "person_id", "where": [{"field": "kind", "is": "certification"}]}});
    // The last day on which a credential holds is its last one in force.
    assert_eq!(metric(&eco, &people, "2026-06-30"), ["A 2", "B 0"]);
    assert_eq!(metric(&eco, &people, "2026-07-01"), ["A 1", "B 0"]);
    let all = json!({"count": {"from": "credentials"}});
    assert_eq!(metric(&eco, &all, "2025-12-31"), ["A 0", "B 0"]);
    assert_eq!(metric(&eco, &all, "2026-01-01"), ["A 3", "B 1"]);
    assert_eq!(metric(&eco, &all, "2027-01-01"), ["A 2", "B 1"]);
    // A certificate of nobody has no person: that is said.
    let measured = try_metric(&eco, &people, "2026-06-30").unwrap();
    assert_eq!(codes(&measured), [("row_without_value", 1)]);
}

#[test]
fn the_latest_and_the_highest_value_are_taken_by_value_where_days_tie() {
    let at = |id: &str, at: &str, value: f64| json!({"subject": "partner", "id": id, "metric": "nps", "at": at, "value": value, "scope": value.to_string()});
    let eco = eco(&json!({
        "partners": [{"partner_id": "A"}, {"partner_id": "B"}, {"partner_id": "C"}],
        "measurements": [at("A", "2026-01-01", 9.0), at("A", "2026-03-01", 4.0), at("A", "2026-03-01", 5.5), at("B", "2026-05-01", -0.0)]
    }));
    let of = |kind: &str| json!({kind: {"from": "measurements", "of": "value", "where": [{"field": "metric", "is": "nps"}]}});
    assert_eq!(metric(&eco, &of("latest"), "2026-11-20"), ["A 5.5", "B 0", "C none"]);
    assert_eq!(metric(&eco, &of("latest"), "2026-02-28"), ["A 9", "B none", "C none"]);
    assert_eq!(metric(&eco, &of("maximum"), "2026-11-20"), ["A 9", "B 0", "C none"]);
    assert_eq!(metric(&eco, &of("sum"), "2026-11-20"), ["A 18.5", "B 0", "C 0"]);
    assert_eq!(metric(&eco, &of("average"), "2026-02-01"), ["A 9", "B none", "C none"]);
    assert_eq!(
        metric(&eco, &json!({"count_distinct": {"from": "measurements", "of": "value"}}), "2026-11-20"),
        ["A 3", "B 1", "C 0"]
    );
}

#[test]
fn sums_of_numbers_are_exact() {
    let quantity = |q: f64| json!({"partner_id": "A", "at": "2026-01-01", "kind": "training", "quantity": q});
    let eco = eco(&json!({
        "partners": [{"partner_id": "A"}],
        "activities": [quantity(1e16), quantity(0.1), quantity(0.2), quantity(-1e16), quantity(0.3)]
    }));
    let sum = json!({"sum": {"from": "activities", "of": "quantity"}});
    // The doubles 0.1, 0.2 and 0.3 add up to 0.6 and 2.8e-17 more, which rounds to 0.6.
    assert_eq!(metric(&eco, &sum, "2026-11-20"), ["A 0.6"]);
}

#[test]
fn empty_tables_give_zeros_and_no_values() {
    let eco = eco(
        &json!({"partners": [{"partner_id": "A"}], "opportunities": [], "opportunity_partners": [], "credentials": []}),
    );
    assert_eq!(metric(&eco, &json!({"count": {"from": "opportunities"}}), "2026-11-20"), ["A 0"]);
    assert_eq!(metric(&eco, &json!({"sum": {"from": "opportunities", "of": "amount"}}), "2026-11-20"), ["A 0"]);
    assert_eq!(metric(&eco, &json!({"average": {"from": "opportunities", "of": "amount"}}), "2026-11-20"), ["A none"]);
    assert_eq!(metric(&eco, &json!({"count_distinct": {"from": "credentials", "of": "code"}}), "2026-11-20"), ["A 0"]);
    let coverage = json!({"coverage": {
        "need": {"rows": {"from": "opportunities"}, "by": "product"},
        "have": {"rows": {"from": "credentials"}, "by": "code"}
    }});
    assert_eq!(metric(&eco, &coverage, "2026-11-20"), ["A 1"]);
    let nobody = super::eco(&json!({"partners": [], "people": []}));
    assert!(metric(&nobody, &json!({"count": {"from": "people"}}), "2026-11-20").is_empty());
}

#[test]
fn coverage_is_the_share_of_needs_that_are_met() {
    let mut tables = deals();
    tables["credentials"] = json!([
        {"partner_id": "B", "code": "db", "earned_on": "2026-01-01"},
        {"partner_id": "A", "code": "ai", "earned_on": "2026-01-01"},
        {"partner_id": "B", "code": "web", "earned_on": "2026-01-01"}
    ]);
    let eco = eco(&tables);
    let coverage = |need: f64| {
        json!({"coverage": {
            "need": {"rows": {"from": "opportunities", "of": "amount"}, "by": "product", "at_least": need},
            "have": {"rows": {"from": "credentials"}, "by": "code"}
        }})
    };
    // B has spend in db and ai and a certificate of db; A has spend in db only and a certificate of ai.
    assert_eq!(metric(&eco, &coverage(50.05), "2026-11-20"), ["A 0", "B 0.5", "C 1"]);
    assert_eq!(metric(&eco, &coverage(50.06), "2026-11-20"), ["A 0", "B 1", "C 1"]);
    assert_eq!(metric(&eco, &coverage(1000.0), "2026-11-20"), ["A 1", "B 1", "C 1"]);
}

#[test]
fn flags_may_be_text_as_in_a_csv_file() {
    let eco = eco(&json!({
        "partners": [{"partner_id": "A"}],
        "activities": [
            {"partner_id": "A", "kind": "webinar", "at": "2026-03-01", "own": "true", "note": "x"},
            {"partner_id": "A", "kind": "webinar", "at": "2026-03-02", "own": "False", "note": "y"},
            {"partner_id": "A", "kind": "webinar", "at": "2026-03-03", "own": null, "note": "true"}
        ]
    }));
    let count = |test: Value| {
        let measure = json!({"count": {"from": "activities", "where": [test]}});
        program(&json!({"n": {"measure": measure}}), &Value::Null)
    };
    let found = |test: Value| shown(&measured(&eco, &count(test), "2026-11-20"), 0);
    assert_eq!(found(json!({"field": "own", "is": true})), ["A 1"]);
    assert_eq!(found(json!({"field": "own", "is_not": true})), ["A 2"]);
    assert_eq!(found(json!({"field": "own", "in": [false, true]})), ["A 2"]);
    // Not where the text says other things too.
    let inputs = MeasureInputs::default();
    let other = count(json!({"field": "note", "is": true}));
    let error = measure(other.compiled(), &eco, &inputs, day("2026-11-20"), &Monitor::none()).unwrap_err();
    assert!(error.message().contains("holds text"), "{error}");
}
