//! What cannot be measured, with its path, and amounts in several currencies.

use super::*;

const ON: &str = "2026-11-20";

fn fails(metric: Value) -> (&'static str, String, String) {
    let error = try_metric(&eco(&deals()), &metric, ON).unwrap_err();
    (error.code().as_str(), error.field().to_owned(), error.message().to_owned())
}

fn fails_in(condition: Value) -> (&'static str, String, String) {
    fails(json!({"count": {"from": "opportunities", "where": [{"field": "status", "is": "won"}, condition]}}))
}

#[test]
fn unknown_names_have_their_path_and_a_suggestion() {
    let (code, field, message) = fails_in(json!({"field": "opportunity.stagee", "is": "x"}));
    assert_eq!((code, field.as_str()), ("unknown_name", "metrics.m.measure.count.where[1].field"));
    let (_, _, plain) = fails_in(json!({"field": "prodct", "is": "x"}));
    assert!(plain.contains("did you mean \"product\""), "{plain} {message}");
    let (_, _, far) = fails_in(json!({"field": "account.industri", "is": "x"}));
    assert!(far.contains("did you mean \"account.industry\""), "{far}");
    assert_eq!(fails(json!({"sum": {"from": "opportunities", "of": "amuont"}})).1, "metrics.m.measure.sum.of");
    assert_eq!(fails(json!({"count": {"from": "opportunities", "date": "closed"}})).1, "metrics.m.measure.count.date");
    // No role joins the source of a deal to it.
    let sourced =
        json!({"count": {"from": "opportunities", "via": "sourced_by", "where": [{"field": "role", "is": "sourcer"}]}});
    assert_eq!(fails(sourced).0, "unknown_name");
}

#[test]
fn values_of_another_type_have_their_path() {
    let field = |condition: Value| {
        let (code, field, _) = fails_in(condition);
        (code, field.strip_prefix("metrics.m.measure.count.where[1].").unwrap_or_default().to_owned())
    };
    let invalid = |at: &str| ("invalid_option", at.to_owned());
    assert_eq!(field(json!({"field": "product", "is": 5})), invalid("is"));
    assert_eq!(field(json!({"field": "amount", "at_least": "many"})), invalid("at_least"));
    assert_eq!(field(json!({"field": "product", "in": ["db", true]})), invalid("in[1]"));
    assert_eq!(field(json!({"field": "created_at", "at_least": "01/02/2026"})), invalid("at_least"));
    assert_eq!(field(json!({"field": "created_at", "at_least": 2026})), invalid("at_least"));
    assert_eq!(field(json!({"field": "account_id", "is": 5})), invalid("is"));
    assert_eq!(field(json!({"field": "status", "is": "wonn"})), ("unknown_name", "is".to_owned()));
    assert_eq!(field(json!({"field": "currency", "is_not": "EURO"})), ("unknown_currency", "is_not".to_owned()));
    assert_eq!(field(json!({"field": "partner.types", "is": "agency"})), ("unknown_name", "is".to_owned()));
    assert!(try_metric(&eco(&deals()), &json!({"count": {"from": "opportunities", "where": [{"field": "partner.types", "is_not": "custom:agency"}]}}), ON).is_ok());
}

#[test]
fn missing_tables_and_columns_are_named() {
    assert_eq!(fails(json!({"count": {"from": "credentials"}})).0, "missing_table");
    let (code, field, message) = fails(json!({"count": {"from": "credentials"}}));
    assert_eq!((code, field.as_str()), ("missing_table", "credentials"));
    assert!(message.contains("metrics.m.measure.count.from"), "{message}");
    let (code, field, message) = fails_in(json!({"field": "route", "is": "x"}));
    assert_eq!((code, field.as_str()), ("missing_column", "opportunities.route"));
    assert!(message.contains("metrics.m.measure.count.where[1].field"), "{message}");
    let mut tables = deals();
    tables.as_object_mut().unwrap().remove("opportunity_partners");
    let error = try_metric(&eco(&tables), &json!({"count": {"from": "opportunities"}}), ON).unwrap_err();
    assert_eq!((error.code().as_str(), error.field()), ("missing_table", "opportunity_partners"));
}

#[test]
fn fields_that_a_measure_cannot_use_are_refused() {
    let sum = |of: Value| fails(json!({"sum": {"from": "opportunities", "of": of}}));
    assert_eq!(
        (sum(json!("product")).0, sum(json!("product")).1.as_str()),
        ("invalid_option", "metrics.m.measure.sum.of")
    );
    assert_eq!(sum(Value::Null).0, "missing_option");
    assert_eq!(fails(json!({"count": {"from": "opportunities", "of": "amount"}})).1, "metrics.m.measure.count.of");
    assert_eq!(fails(json!({"count": {"from": "opportunities", "date": "product"}})).1, "metrics.m.measure.count.date");
    assert_eq!(
        fails(json!({"count": {"from": "opportunities", "window": "in_force"}})).1,
        "metrics.m.measure.count.window"
    );
    assert_eq!(
        fails(json!({"count": {"from": "opportunities", "window": {"fiscal_year": 13}}})).1,
        "metrics.m.measure.count.window"
    );
    assert_eq!(fails(json!({"count": {"from": "account_partners", "via": "roles"}})).1, "metrics.m.measure.count.via");
    assert_eq!(
        fails(json!({"count": {"from": "opportunities", "scope": "amount"}})).1,
        "metrics.m.measure.count.scope"
    );
    assert_eq!(fails_in(json!({"field": "amount"})).1, "metrics.m.measure.count.where[1]");
    assert_eq!(
        fails(json!({"points": {"rows": {"from": "opportunities"}, "rules": []}})).1,
        "metrics.m.measure.points.rules"
    );
    assert_eq!(
        fails(json!({"points": {"rows": {"from": "opportunities"}, "rules": [{"points": 1, "per": 0}]}})).1,
        "metrics.m.measure.points.rules[0].per"
    );
}

fn in_currencies() -> Value {
    let mut tables = deals();
    tables["opportunities"][0]["currency"] = json!("EUR");
    tables["opportunities"][1]["currency"] = json!("JPY");
    tables["opportunities"][1]["amount"] = json!(1000);
    tables["exchange_rates"] = json!([
        {"currency": "EUR", "on": "2026-01-01", "rate": 1.1}, {"currency": "EUR", "on": "2026-03-01", "rate": 2},
        {"currency": "JPY", "on": "2026-01-01", "rate": 0.01}
    ]);
    tables
}

fn amounts(more: &Value) -> Result<Vec<String>> {
    let options = EcosystemOptions { currency: Some("USD".into()), ..EcosystemOptions::default() };
    let eco = eco_with(&in_currencies(), options);
    let program = program(&json!({"m": {"measure": {"sum": {"from": "opportunities", "of": "amount"}}}}), more);
    measure(program.compiled(), &eco, &MeasureInputs::default(), day(ON), &Monitor::none()).map(|m| shown(&m, 0))
}

#[test]
fn amounts_are_converted_at_the_close_or_at_frozen_rates() {
    // 100.10 EUR at 1.1 on 28 February; 1000 JPY at 0.01.
    assert_eq!(amounts(&Value::Null).unwrap(), ["A 110.11", "B 120.11", "C 0"]);
    assert_eq!(amounts(&json!({"exchange_rates": {"EUR": 3}})).unwrap(), ["A 300.3", "B 310.3", "C 0"]);
    let euros = json!({"currency": "EUR", "exchange_rates": {"USD": 0.5, "JPY": 0.02}});
    assert_eq!(amounts(&euros).unwrap(), ["A 100.1", "B 120.1", "C 0"]);
    // Yen come to dollars by the facts and to euros by the document.
    let two_steps = json!({"currency": "EUR", "exchange_rates": {"USD": 0.5}});
    assert_eq!(amounts(&two_steps).unwrap(), ["A 100.1", "B 105.1", "C 0"]);
    let error = amounts(&json!({"currency": "EUR"})).unwrap_err();
    assert_eq!((error.code().as_str(), error.field()), ("missing_rate", "exchange_rates.JPY"));
    assert_eq!(amounts(&json!({"exchange_rates": {"EUR": 0}})).unwrap_err().field(), "exchange_rates.EUR");
    assert_eq!(amounts(&json!({"exchange_rates": {"EURO": 1}})).unwrap_err().code().as_str(), "unknown_currency");
}

#[test]
fn work_can_be_cancelled() {
    let monitor = Monitor::new();
    monitor.cancel();
    let program = program(&json!({"m": {"measure": {"count": {"from": "opportunities"}}}}), &Value::Null);
    let error = measure(program.compiled(), &eco(&deals()), &MeasureInputs::default(), day(ON), &monitor).unwrap_err();
    assert_eq!(error.code().as_str(), "cancelled");
}
