//! What a review says about climbing.

use serde_json::{Value, json};

use super::super::{Costs, Cuts, Program, ProgramReview, Reach, SegmentAxis, SegmentOptions};
use super::review;
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::error::Code;

/// Partners judged by region; the best one counts.
fn regions() -> Program {
    let document = json!({
        "program": "p", "version": "1",
        "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2, "fee": 100}, {"tier": "chosen", "rank": 3}],
        "scope": {"by": "region"},
        "metrics": {
            "deals": {"measure": "given", "unit": "count"}, "people": {"measure": "given", "unit": "people"},
        },
        "qualification": {"gold": {"all": [
            {"threshold": {"metric": "deals", "at_least": 5}}, {"threshold": {"metric": "people", "at_least": 2}}]}},
        "benefits": {"margin": {"tiers": {"gold": 0.2}, "worth": {"gold": 1300}}},
        "enablement": [{"metric": "people", "training": "Foundations", "days": 31, "cost": 20}],
    });
    Program::from_value(&document).unwrap()
}

fn reviewed(rows: &[Value]) -> ProgramReview {
    review(&regions(), rows, None, "2026-11-20").unwrap()
}

/// P-1 is a member in two regions, P-2 is gold in one.
fn sample() -> ProgramReview {
    reviewed(&[
        json!({"partner_id": "P-1", "region": "EMEA", "deals": 3, "people": 2}),
        json!({"partner_id": "P-1", "region": "APAC", "deals": 9, "people": 1}),
        json!({"partner_id": "P-2", "region": "EMEA", "deals": 6, "people": 2}),
    ])
}

fn costs(value: Value) -> Costs {
    serde_json::from_value(value).unwrap()
}

fn both() -> Costs {
    costs(json!({"deals": {"cost": 150}, "people": {"cost": 400}}))
}

#[test]
fn the_scope_that_counts_has_the_gaps_and_the_actions() {
    let review = sample();
    // Neither region of P-1 is gold; of equals the first by name stands.
    let gaps = review.gaps(Reach::Next).unwrap().to_json();
    assert_eq!(gaps.len(), 1);
    let row = &gaps[0];
    assert_eq!([&row["partner_id"], &row["scope"], &row["metric"]], ["P-1", "APAC", "people"]);
    let actions = review.actions(&both(), &Monitor::none()).unwrap().to_json();
    let shown: Vec<Value> = actions
        .iter()
        .map(|r| {
            ["partner_id", "scope", "tier", "metric", "steps", "from", "to", "plan_cost", "proven"]
                .map(|n| r[n].clone())
        })
        .map(Value::from_iter)
        .collect();
    assert_eq!(shown, [json!(["P-1", "APAC", "gold", "people", 1, 1.0, 2.0, 400.0, true])]);
}

#[test]
fn a_tier_that_is_given_by_hand_is_out_of_reach() {
    let rows = sample().out_of_reach(&both(), &Monitor::none()).unwrap().to_json();
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["partner_id"], &rows[0]["tier"]), (&json!("P-2"), &json!("chosen")));
    assert_eq!((&rows[0]["criterion"], &rows[0]["reason"]), (&Value::Null, &json!("by_hand")));
    let progress = sample().progress(Reach::Every).unwrap().to_json();
    let shown: Vec<(&Value, &Value, &Value)> =
        progress.iter().map(|r| (&r["tier"], &r["satisfied"], &r["total"])).collect();
    let (gold, chosen) = (json!("gold"), json!("chosen"));
    assert_eq!(
        shown,
        [(&gold, &json!(1), &json!(2)), (&chosen, &json!(0), &json!(1)), (&chosen, &json!(0), &json!(1))]
    );
}

#[test]
fn economics_are_drawn_up_for_each_partner_once() {
    let economics = sample().economics(&both(), None, &Monitor::none()).unwrap();
    let climbs = economics.climbs.to_json();
    assert_eq!(climbs.len(), 2);
    // 1300 - 100 = 1200 a year; 400 are four months of it.
    assert_eq!((&climbs[0]["net_gain"], &climbs[0]["payback_months"]), (&json!(1200.0), &json!(4.0)));
    assert_eq!((&climbs[0]["pays"], &climbs[1]["reason"]), (&json!(true), &json!("out_of_reach")));
    let slow = sample().economics(&both(), Some(3.0), &Monitor::none()).unwrap();
    assert_eq!(slow.climbs.text(0, "reason"), "too_slow");
    assert_eq!(slow.tiers.text(1, "finding"), "tier_not_worth_climbing");
    let error = sample().economics(&both(), Some(0.0), &Monitor::none()).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::OptionOutOfRange, "horizon_months"));
}

#[test]
fn trainings_are_due_before_they_are_needed() {
    let day = |text: &str| Date::parse(text).unwrap();
    let rows = sample().enablement(Reach::Next, day("2027-01-31")).unwrap().to_json();
    assert_eq!(rows.len(), 1);
    assert_eq!((&rows[0]["start_by"], &rows[0]["completions"]), (&json!("2026-12-31"), &json!(1.0)));
    let error = sample().enablement(Reach::Next, day("2026-11-19")).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::InvalidOption, "needed_on"));
}

#[test]
fn segments_name_a_metric_or_the_score() {
    let axis = |metric: Option<&str>, cut: f64| SegmentAxis {
        metric: metric.map(str::to_owned),
        cuts: Cuts::Values(vec![cut]),
        bands: Vec::new(),
    };
    let options = |potential: Option<&str>| SegmentOptions {
        performance: axis(Some("deals"), 6.0),
        potential: axis(potential, 2.0),
        names: Vec::new(),
    };
    let rows = sample().segments(&options(Some("people"))).unwrap().to_json();
    let names: Vec<&Value> = rows.iter().map(|r| &r["segment"]).collect();
    assert_eq!(names, [&json!("high_low"), &json!("low_high"), &json!("high_high")]);
    // The programme has no scorecard, so nobody has a score.
    let rows = sample().segments(&options(None)).unwrap().to_json();
    assert!(rows.iter().all(|r| r["segment"].is_null()));
    let error = sample().segments(&options(Some("peeple"))).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::UnknownName, "potential.metric"));
    assert_eq!(error.details()["suggestion"], "people");
}

#[test]
fn a_cancelled_search_stops() {
    let monitor = Monitor::new();
    monitor.cancel();
    assert_eq!(sample().actions(&both(), &monitor).unwrap_err().code(), Code::Cancelled);
    assert_eq!(sample().economics(&both(), None, &monitor).unwrap_err().code(), Code::Cancelled);
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let rows: Vec<Value> = (0..40)
        .map(|p| json!({"partner_id": format!("P-{}", p * 17 % 40), "region": "EMEA", "deals": p % 6, "people": p % 3}))
        .collect();
    let backwards: Vec<Value> = rows.iter().rev().cloned().collect();
    let (a, b) = (reviewed(&rows), reviewed(&backwards));
    let monitor = Monitor::none();
    assert_eq!(a.gaps(Reach::Every).unwrap().to_csv(), b.gaps(Reach::Every).unwrap().to_csv());
    assert_eq!(a.actions(&both(), &monitor).unwrap().to_csv(), b.actions(&both(), &monitor).unwrap().to_csv());
    let climbs = |review: &ProgramReview| review.economics(&both(), None, &monitor).unwrap().climbs.to_csv();
    assert_eq!(climbs(&a), climbs(&b));
}

#[test]
fn a_gap_on_a_total_shows_the_room_in_its_lines() {
    let document = json!({
        "program": "p", "version": "1",
        "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
        "metrics": {"deals": {"measure": "given", "unit": "count"}, "people": {"measure": "given", "unit": "people"}},
        "scorecards": {"card": {"lines": [
            {"line": "sales", "max_points": 60, "points": {"linear": {"metric": "deals", "threshold": 10}}},
            {"line": "skills", "max_points": 40, "points": {"linear": {"metric": "people", "threshold": 4}}}]}},
        "qualification": {"gold": {"threshold": {"metric": "card", "at_least": 70}}},
    });
    let program = Program::from_value(&document).unwrap();
    let rows = [json!({"partner_id": "P-1", "deals": 5, "people": 1})];
    let room = review(&program, &rows, None, "2026-11-20").unwrap().room(Reach::Next).unwrap().to_json();
    let shown: Vec<Value> =
        room.iter().map(|r| Value::from_iter(["line", "points", "max_points", "room"].map(|n| r[n].clone()))).collect();
    assert_eq!(shown, [json!(["card.sales", 30.0, 60.0, 30.0]), json!(["card.skills", 10.0, 40.0, 30.0])]);
}
