//! How rows belong to partners, and conditions on what they refer to.

use super::*;
use crate::attribution::{JourneysOptions, Model};
use crate::facts::Rollup;

const ON: &str = "2026-11-20";

#[test]
fn the_source_and_the_partners_of_the_account_have_deals_too() {
    let eco = eco(&deals());
    let via = |via: &str| metric(&eco, &json!({"count": {"from": "opportunities", "via": via}}), ON);
    assert_eq!(via("sourced_by"), ["A 1", "B 0", "C 1"]);
    // C looks after X when 1 and 3 close, as two things at once on 1; A does not yet look after Y when 2 closes.
    assert_eq!(via("accounts"), ["A 0", "B 0", "C 2"]);
    let msp = json!({"count": {"from": "opportunities", "via": "accounts", "where": [{"field": "relationship", "is": "msp"}]}});
    assert_eq!(metric(&eco, &msp, ON), ["A 0", "B 0", "C 1"]);
}

#[test]
fn accounts_count_while_they_are_looked_after() {
    let eco = eco(&deals());
    let count = json!({"count_distinct": {"from": "account_partners", "of": "account_id"}});
    assert_eq!(metric(&eco, &count, "2026-03-31"), ["A 0", "B 0", "C 1"]);
    assert_eq!(metric(&eco, &count, "2026-07-01"), ["A 1", "B 0", "C 1"]);
    let rows =
        |window: Value| metric(&eco, &json!({"count": {"from": "account_partners", "window": window}}), "2026-04-01");
    assert_eq!(rows(json!("in_force")), ["A 0", "B 0", "C 1"]);
    // One of them is from ever, and so not from the last months.
    assert_eq!(rows(json!("all_time")), ["A 0", "B 0", "C 2"]);
    assert_eq!(rows(json!({"rolling_months": 6})), ["A 0", "B 0", "C 1"]);
}

#[test]
fn conditions_reach_the_opportunity_the_account_and_the_partner() {
    let mut tables = deals();
    tables["touchpoints"] = json!([
        {"opportunity_id": "1", "partner_id": "A", "at": "2026-01-01", "kind": "demo"},
        {"opportunity_id": "2", "partner_id": "A", "at": "2026-02-01", "kind": "demo"},
        {"account_id": "X", "partner_id": "B", "at": "2026-02-01", "kind": "call"},
        {"account_id": "X", "partner_id": null, "at": "2026-02-01", "kind": "call"}
    ]);
    let eco = eco(&tables);
    let count = |condition: Value| metric(&eco, &json!({"count": {"from": "touchpoints", "where": [condition]}}), ON);
    assert_eq!(count(json!({"field": "opportunity.product", "is": "db"})), ["A 1", "B 0", "C 0"]);
    assert_eq!(count(json!({"field": "opportunity.product", "exists": false})), ["A 0", "B 1", "C 0"]);
    assert_eq!(count(json!({"field": "account.industry", "is": "health"})), ["A 1", "B 1", "C 0"]);
    assert_eq!(count(json!({"field": "account.industry", "is_not": "health"})), ["A 1", "B 0", "C 0"]);
    assert_eq!(count(json!({"field": "partner.country", "is": "DE"})), ["A 2", "B 0", "C 0"]);
    assert_eq!(count(json!({"field": "partner.types", "is": "msp"})), ["A 2", "B 0", "C 0"]);
    assert_eq!(count(json!({"field": "partner.types", "is_not": "msp"})), ["A 0", "B 1", "C 0"]);
    assert_eq!(count(json!({"field": "at", "at_least": "2026-02-01"})), ["A 1", "B 1", "C 0"]);
    assert_eq!(count(json!({"field": "opportunity.closed_at", "less_than": "2026-06-30"})), ["A 1", "B 0", "C 0"]);
    assert_eq!(count(json!({"field": "opportunity.amount", "more_than": 50.05})), ["A 1", "B 0", "C 0"]);
    assert_eq!(count(json!({"field": "opportunity.amount", "at_most": 100.1})), ["A 2", "B 0", "C 0"]);
    // The status that was known on the day.
    let open = json!({"count": {"from": "touchpoints", "where": [{"field": "opportunity.status", "is": "open"}]}});
    assert_eq!(metric(&eco, &open, "2026-03-01"), ["A 1", "B 0", "C 0"]);
}

#[test]
fn lines_are_dated_by_their_start_else_by_the_close() {
    let mut tables = deals();
    tables["lines"] = json!([
        {"opportunity_id": "1", "line_id": "1", "product": "db", "amount": 60.10, "start_on": "2026-04-01", "end_on": "2026-12-31"},
        {"opportunity_id": "1", "line_id": "2", "product": "ai", "amount": 40.00},
        {"opportunity_id": "2", "line_id": "1", "product": "ai", "amount": 50.05, "start_on": "2026-07-01", "end_on": "2026-09-30"}
    ]);
    let eco = eco(&tables);
    let sum = |more: Value| {
        let mut facts = json!({"from": "lines", "of": "amount"});
        more.as_object().unwrap().iter().for_each(|(k, v)| facts[k] = v.clone());
        move |on: &str, eco: &Ecosystem| metric(eco, &json!({"sum": facts}), on)
    };
    let all = sum(json!({}));
    assert_eq!(all("2026-02-27", &eco), ["A 0", "B 0", "C 0"]);
    assert_eq!(all("2026-02-28", &eco), ["A 40", "B 40", "C 0"]);
    assert_eq!(all("2026-07-01", &eco), ["A 100.1", "B 150.15", "C 0"]);
    let in_force = sum(json!({"window": "in_force"}));
    // The line without days is in force from the close of its deal on.
    assert_eq!(in_force("2026-10-01", &eco), ["A 100.1", "B 100.1", "C 0"]);
    assert_eq!(in_force("2027-01-01", &eco), ["A 40", "B 40", "C 0"]);
    let ai = sum(json!({"where": [{"field": "product", "is": "ai"}, {"field": "opportunity.region", "is": "APAC"}]}));
    assert_eq!(ai(ON, &eco), ["A 0", "B 50.05", "C 0"]);
}

#[test]
fn measurements_of_accounts_and_opportunities_belong_to_their_partners() {
    let mut tables = deals();
    tables["measurements"] = json!([
        {"subject": "partner", "id": "B", "metric": "use", "value": 1, "at": "2026-02-01"},
        {"subject": "account", "id": "X", "metric": "use", "value": 10, "at": "2026-02-01"},
        {"subject": "account", "id": "Y", "metric": "use", "value": 100, "at": "2026-02-01"},
        {"subject": "opportunity", "id": "1", "metric": "use", "value": 1000, "at": "2026-02-01"}
    ]);
    let eco = eco(&tables);
    let sum = json!({"sum": {"from": "measurements", "of": "value", "where": [{"field": "metric", "is": "use"}]}});
    assert_eq!(metric(&eco, &sum, ON), ["A 1000", "B 1001", "C 10"]);
}

#[test]
fn partners_stand_in_their_topmost_parent_where_they_are_rolled_up() {
    let mut tables = deals();
    tables["partners"] = json!([
        {"partner_id": "A", "parent_id": "C"}, {"partner_id": "B", "parent_id": "C"}, {"partner_id": "C"}
    ]);
    let options = EcosystemOptions { rollup: vec![Rollup::Partners], ..EcosystemOptions::default() };
    let eco = eco_with(&tables, options);
    // The first deal is of A and B, and so once of C.
    assert_eq!(metric(&eco, &json!({"count": {"from": "opportunities"}}), ON), ["C 2"]);
    assert_eq!(metric(&eco, &json!({"count": {"from": "opportunities", "via": "sourced_by"}}), ON), ["C 2"]);
}

#[test]
fn partners_without_a_table_of_their_own_are_those_that_rows_name() {
    let mut tables = deals();
    tables.as_object_mut().unwrap().remove("partners");
    tables["registrations"] = json!([
        {"registration_id": 1, "kind": "deal", "partner_id": "Z", "opportunity_id": "1", "submitted_at": "2026-01-01", "status": "approved", "expires_at": "2026-06-30"},
        {"registration_id": 2, "kind": "lead", "partner_id": "Z", "account_id": "Y", "submitted_at": "2026-02-01", "status": "rejected"}
    ]);
    let eco = eco(&tables);
    let count = |facts: Value| metric(&eco, &json!({"count": facts}), "2026-11-20");
    assert_eq!(count(json!({"from": "registrations"})), ["A 0", "B 0", "C 0", "Z 2"]);
    assert_eq!(count(json!({"from": "registrations", "window": "in_force"})), ["A 0", "B 0", "C 0", "Z 1"]);
    assert_eq!(
        count(json!({"from": "registrations", "where": [{"field": "opportunity.region", "is": "EMEA"}]})),
        ["A 0", "B 0", "C 0", "Z 1"]
    );
}

#[test]
fn a_partner_that_joined_later_is_not_measured() {
    let eco = eco(
        &json!({"partners": [{"partner_id": "A", "joined_on": "2026-11-21"}, {"partner_id": "B", "joined_on": "2026-11-20"}, {"partner_id": "C"}],
                          "activities": []}),
    );
    assert_eq!(metric(&eco, &json!({"count": {"from": "activities"}}), ON), ["B 0", "C 0"]);
}

#[test]
fn the_ledger_of_a_credit_is_measured_by_partner() {
    let mut tables = deals();
    tables["touchpoints"] = json!([
        {"opportunity_id": "1", "partner_id": "A", "at": "2026-01-01", "kind": "demo"},
        {"opportunity_id": "1", "partner_id": "B", "at": "2026-01-02", "kind": "demo"},
        {"opportunity_id": "2", "partner_id": "B", "at": "2026-02-02", "kind": "demo"},
        {"opportunity_id": "2", "partner_id": null, "at": "2026-02-03", "kind": "call"}
    ]);
    let eco = eco(&tables);
    let journeys = eco.journeys(&JourneysOptions::default(), &Monitor::none()).unwrap();
    let credit = journeys.attribute(&Model::from_value(&"linear".into()).unwrap(), &Monitor::none()).unwrap();
    let program = program(
        &json!({
            "influence": {"measure": {"sum": {"from": {"credit": "linear"}, "of": "value"}}},
            "wins": {"measure": {"sum": {"from": {"credit": "linear"}, "of": "conversions"}}},
            "db": {"measure": {"sum": {"from": {"credit": "linear"}, "of": "value", "where": [{"field": "opportunity.product", "is": "db"}]}}}
        }),
        &needs("influence"),
    );
    let inputs = MeasureInputs { credit: BTreeMap::from([("linear".to_owned(), &credit)]), ..MeasureInputs::default() };
    let on = |on: &str, name: &str| {
        let measured = measure(program.compiled(), &eco, &inputs, day(on), &Monitor::none()).unwrap();
        shown(&measured, program.compiled().column(name).unwrap())
    };
    // 100.10 is halved; 50.05 is 25.03 for the first and 25.02 for the vendor.
    assert_eq!(on(ON, "influence"), ["A 50.05", "B 75.08", "C 0"]);
    assert_eq!(on(ON, "wins"), ["A 0.5", "B 1", "C 0"]);
    assert_eq!(on(ON, "db"), ["A 50.05", "B 50.05", "C 0"]);
    // On 1 June nobody knew that the second deal would be won.
    assert_eq!(on("2026-06-01", "influence"), ["A 50.05", "B 50.05", "C 0"]);
    let error = measure(program.compiled(), &eco, &MeasureInputs::default(), day(ON), &Monitor::none()).unwrap_err();
    assert_eq!((error.code().as_str(), error.field()), ("missing_option", "credit.linear"));
}
