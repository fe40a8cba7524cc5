//! Points: the first rule that holds, what for, factors, tiers and expiry.

use super::*;

const ON: &str = "2026-11-20";

fn points(rules: Value, more: Value) -> Value {
    let mut points = json!({"rows": {"from": "opportunities", "of": "amount"}, "rules": rules});
    more.as_object().into_iter().flatten().for_each(|(k, v)| points[k] = v.clone());
    json!({"points": points})
}

#[test]
fn the_first_rule_that_holds_gives_the_points() {
    let eco = eco(&deals());
    let rules =
        json!([{"where": [{"field": "product", "is": "ai"}], "points": 2, "per": 10}, {"points": 1, "per": 100}]);
    // A: 100.10 / 100. B: the same, and 50.05 x 2 / 10. The lost deal has no amount and no partner.
    assert_eq!(metric(&eco, &points(rules, json!({})), ON), ["A 1.001", "B 11.011", "C 0"]);
    let rows = json!([{"where": [{"field": "product", "is": "ai"}], "points": 2}, {"where": [{"field": "product", "is": "web"}], "points": 9}]);
    assert_eq!(metric(&eco, &points(rows, json!({"rows": {"from": "opportunities"}})), ON), ["A 0", "B 2", "C 0"]);
}

#[test]
fn roles_give_points_once_for_a_deal() {
    let eco = eco(&deals());
    let rules = json!([
        {"where": [{"field": "role", "is": "closer"}], "points": 10},
        {"where": [{"field": "role", "is": "sourcer"}], "points": 5},
        {"points": 1}
    ]);
    assert_eq!(metric(&eco, &points(rules, json!({"rows": {"from": "opportunities"}})), ON), ["A 10", "B 6", "C 0"]);
}

#[test]
fn factors_multiply() {
    let eco = eco(&deals());
    let factors = json!({"rows": {"from": "opportunities"}, "multipliers": [
        {"where": [{"field": "account.industry", "is": "health"}], "times": 2},
        {"where": [{"field": "partner.country", "is": "DE"}], "times": 1.5},
        {"where": [{"field": "amount", "less_than": 60}], "times": 10}
    ]});
    assert_eq!(metric(&eco, &points(json!([{"points": 0.1}]), factors), ON), ["A 0.3", "B 1.2", "C 0"]);
}

#[test]
fn tenths_that_make_a_whole_are_one() {
    let deal = |at: usize| json!({"opportunity_id": at.to_string(), "account_id": "X", "status": "won", "created_at": "2026-01-01", "closed_at": "2026-02-01"});
    let role = |at: usize| json!({"opportunity_id": at.to_string(), "partner_id": "A", "role": if at < 3 { "sourcer" } else { "closer" }});
    let eco = eco(&json!({
        "partners": [{"partner_id": "A"}],
        "opportunities": (0..10).map(deal).collect::<Vec<_>>(),
        "opportunity_partners": (0..10).map(role).collect::<Vec<_>>()
    }));
    // 3 x 0.1 + 7 x 0.1 is 1.0000000000000002 in the order of addition.
    let rules = json!([{"where": [{"field": "role", "is": "sourcer"}], "points": 0.1}, {"points": 0.1}]);
    assert_eq!(metric(&eco, &points(rules, json!({"rows": {"from": "opportunities"}})), ON), ["A 1"]);
}

#[test]
fn rates_go_by_the_tier_that_a_partner_holds() {
    let mut tables = deals();
    tables["enrollments"] = json!([
        {"partner_id": "A", "program": "stars", "tier": "gold", "valid_from": "2026-01-01"},
        {"partner_id": "B", "program": "stars", "tier": "member", "valid_from": "2026-01-01"},
        {"partner_id": "C", "program": "other", "valid_from": "2026-01-01"}
    ]);
    let eco = eco(&tables);
    let rules = json!([{"points": {"by_tier": {"gold": 3, "otherwise": 1}}}]);
    let measure_it = points(rules, json!({"rows": {"from": "opportunities"}}));
    assert_eq!(metric(&eco, &measure_it, ON), ["A 3", "B 2"]);
    let program = program(&json!({"m": {"measure": measure_it}}), &Value::Null);
    let code = |id: &str| eco.keys(KeySpace::Partner).find(Key::Text(id)).unwrap();
    let inputs = MeasureInputs { tiers: BTreeMap::from([(code("A"), 0), (code("B"), 1)]), ..MeasureInputs::default() };
    let measured = measure(program.compiled(), &eco, &inputs, day(ON), &Monitor::none()).unwrap();
    assert_eq!(shown(&measured, 0), ["A 1", "B 6"]);
    let error = try_metric(&eco, &points(json!([{"points": {"by_tier": {"gold": 3}}}]), json!({})), ON).unwrap_err();
    assert_eq!(error.field(), "metrics.m.measure.points.rules[0].points.by_tier");
}

#[test]
fn points_expire_by_the_window_of_their_rule() {
    let eco = eco(&deals());
    let rules = json!([
        {"where": [{"field": "product", "is": "ai"}], "points": 2, "window": {"rolling_months": 1}},
        {"points": 1, "window": {"rolling_months": 24}}
    ]);
    let measure_it = points(rules, json!({"rows": {"from": "opportunities", "window": {"rolling_days": 1}}}));
    assert_eq!(metric(&eco, &measure_it, "2026-07-29"), ["A 1", "B 3", "C 0"]);
    // What has expired under its rule does not fall to the next one.
    assert_eq!(metric(&eco, &measure_it, "2026-07-30"), ["A 1", "B 1", "C 0"]);
}
