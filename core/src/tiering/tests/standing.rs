use super::*;
use crate::table::Table;

/// Reviews one partner on days, each with its points, handing every decision on; the tier and recommendation of each day.
fn year(program: &Program, days: &[(&str, i32)]) -> Vec<(String, String)> {
    let mut previous: Vec<Value> = Vec::new();
    let mut shown = Vec::new();
    for (day, points) in days {
        let rows = [json!({"partner_id": "P", "points": points})];
        let past = RawTable::from_json(&previous).unwrap();
        let decisions = review(program, &rows, Some(&past), day).unwrap().decisions().unwrap();
        shown.push((decisions.text(0, "effective"), decisions.text(0, "recommendation")));
        // The request path says the same.
        let options =
            EvaluateOptions { previous: Some(Value::Array(previous.clone())), partner_id: Some("P".into()), ..on(day) };
        let verdict = program.evaluate(&map(json!({"points": points})), &options).unwrap();
        assert_eq!(verdict.effective.unwrap_or_default(), shown.last().unwrap().0, "{day}");
        previous.extend(decisions.to_json());
    }
    shown
}

fn words(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[test]
fn grace_holds_a_tier_until_it_ends() {
    let program = by_points(json!({"review": {"demotion": {"grace_days": 90}}}));
    let days = [("2026-01-31", 20), ("2026-02-28", 15), ("2026-05-29", 15), ("2026-05-30", 15)];
    // 90 days from 28 February: until 29 May, the day itself included.
    let expected = [("gold", "promote"), ("gold", "watch"), ("gold", "watch"), ("silver", "demote")];
    assert_eq!(year(&program, &days), words(&expected));
    let recovered =
        [("2026-01-31", 20), ("2026-02-28", 15), ("2026-04-30", 20), ("2026-05-31", 15), ("2026-06-30", 15)];
    assert_eq!(year(&program, &recovered).last().unwrap().1, "watch");
}

#[test]
fn promotion_waits_for_its_days_and_goes_step_by_step() {
    let program = by_points(json!({"review": {
        "promotion": {"when": {"every_year": ["03-01", "06-01"]}, "steps": "one"},
        "demotion": {"when": {"every_year": ["03-01"]}}
    }}));
    let days = [
        ("2026-01-31", 5),
        ("2026-02-28", 35),
        ("2026-03-31", 35),
        ("2026-04-30", 35),
        ("2026-06-30", 35),
        ("2026-12-31", 5),
        ("2027-03-01", 5),
    ];
    let expected = [
        ("member", "promote"),
        ("member", "hold"),
        ("silver", "promote"),
        ("silver", "hold"),
        ("gold", "promote"),
        ("gold", "watch"),
        ("member", "demote"),
    ];
    assert_eq!(year(&program, &days), words(&expected));
}

#[test]
fn a_margin_keeps_a_tier() {
    let program = by_points(json!({"maintenance": {"gold": {"margin": 0.9}}}));
    let days = [("2026-01-31", 20), ("2026-02-28", 18), ("2026-03-31", 17)];
    assert_eq!(year(&program, &days), words(&[("gold", "promote"), ("gold", "hold"), ("silver", "demote")]));
    assert_eq!(year(&program, &[("2026-01-31", 18)]), words(&[("silver", "promote")]));
}

#[test]
fn any_day_in_a_window_counts() {
    let program = by_points(json!({"attainment": {"any_day": {"months_back": 5}}}));
    let days = [("2026-01-31", 20), ("2026-06-30", 0), ("2026-07-01", 0)];
    assert_eq!(year(&program, &days), words(&[("gold", "promote"), ("gold", "hold"), ("member", "demote")]));
}

#[test]
fn a_sustained_tier_takes_its_time() {
    let program = by_points(json!({"attainment": {"sustained": {"days": 60}}}));
    let days = [("2026-01-01", 20), ("2026-02-01", 20), ("2026-03-02", 20), ("2026-04-01", 10), ("2026-05-01", 20)];
    let tiers: Vec<String> = year(&program, &days).into_iter().map(|(tier, _)| tier).collect();
    // Nothing has lasted 60 days before 2 March, not even membership.
    assert_eq!(tiers, ["", "", "gold", "silver", "silver"]);
}

#[test]
fn a_person_confirms_by_the_record() {
    let program = by_points(json!({"review": {"demotion": {"confirm": true}}}));
    let first =
        review(&program, &[json!({"partner_id": "P", "points": 20})], None, "2026-01-31").unwrap().decisions().unwrap();
    let previous = RawTable::from_json(&first.to_json()).unwrap();
    let low = json!({"partner_id": "P", "points": 5});
    let second = review(&program, &[low], Some(&previous), "2026-02-28").unwrap().decisions().unwrap();
    assert_eq!(
        ["effective", "recommendation", "pending"].map(|c| second.text(0, c)),
        ["gold", "pending_confirmation", "member"]
    );
    let previous = RawTable::from_json(&second.to_json()).unwrap();
    let recorded = json!({"partner_id": "P", "points": 5, "tier": "member", "tier_since": "2026-03-10"});
    let third = review(&program, &[recorded], Some(&previous), "2026-03-31").unwrap();
    assert_eq!(third.decisions().unwrap().text(0, "effective"), "member");
    assert!(third.decisions().unwrap().text(0, "because").starts_with("confirmed"), "{}", third.decisions().unwrap());
}

#[test]
fn exceptions_deadlines_and_transitions() {
    let program = by_points(json!({
        "version": "2",
        "exceptions": [{"partner_id": "P", "tier": "top", "reason": "migration", "approved_by": "CRO", "expires": "2026-06-30"}],
        "deadlines": [{"tier": "gold", "months": 24}],
        "transitions": [{"from_version": "1", "tiers": {"platinum": "top"}, "keep_until": "2026-12-31"}]
    }));
    let row = |points: i32| json!({"partner_id": "P", "points": points, "enrolled_on": "2025-01-15"});
    let held = review(&program, &[row(12)], None, "2026-06-30").unwrap().decisions().unwrap();
    assert_eq!(["standing", "effective"].map(|c| held.text(0, c)), ["silver", "top"]);
    let after = review(&program, &[row(12)], None, "2026-07-01").unwrap();
    assert_eq!(after.decisions().unwrap().text(0, "effective"), "silver");
    let deadline: Vec<Value> = after.reasons().to_json().into_iter().filter(|r| r["code"] == "deadline").collect();
    assert_eq!(deadline[0]["on"], "2027-01-15");
    let missed = review(&program, &[row(12)], None, "2027-01-16").unwrap().decisions().unwrap();
    assert_eq!(["effective", "because"].map(|c| missed.text(0, c)), ["", "entered, deadline_missed"]);
    let old = RawTable::from_json(&[json!({"partner_id": "P", "as_of": "2026-01-31", "effective": "platinum", "program": "services", "version": "1"})]).unwrap();
    let kept = review(&program, &[row(12)], Some(&old), "2026-07-01").unwrap().decisions().unwrap();
    assert_eq!(["effective", "kept_until"].map(|c| kept.text(0, c)), ["top", "2026-12-31"]);
    let previous = RawTable::from_json(&kept.to_json()).unwrap();
    let lost = review(&program, &[row(12)], Some(&previous), "2027-01-01").unwrap().decisions().unwrap();
    assert_eq!(["effective", "recommendation"].map(|c| lost.text(0, c)), ["silver", "demote"]);
}

#[test]
fn decisions_that_do_not_fit_are_refused() {
    let program = by_points(json!({}));
    let with = |changes: Value| {
        let mut row = map(
            json!({"partner_id": "P", "as_of": "2026-01-31", "effective": "gold", "program": "services", "version": "1"}),
        );
        row.extend(map(changes));
        let previous = RawTable::from_json(&[Value::Object(row)]).unwrap();
        review(&program, &[json!({"partner_id": "P", "points": 1})], Some(&previous), "2026-02-28")
            .map(|r| r.decisions().unwrap())
    };
    let faults = [
        (json!({"program": "other"}), "incompatible_state", "previous.program"),
        (json!({"version": "0"}), "incompatible_state", "previous.version"),
        (json!({"effective": "golden"}), "unknown_name", "previous.effective"),
        (json!({"as_of": "2026-02-28"}), "invalid_row", "previous.as_of"),
        (json!({"as_of": null}), "null_value", "previous.as_of"),
    ];
    for (changes, code, field) in faults {
        let error = with(changes).unwrap_err();
        assert_eq!((error.code().as_str(), error.field()), (code, field), "{error}");
    }
    let fine: Table = with(json!({})).unwrap();
    assert_eq!(fine.text(0, "previous"), "gold");
}

#[test]
fn a_sticky_track_stays() {
    let program = program(json!({
        "metrics": {"smb": {"measure": "given", "unit": "flag"}},
        "tracks": {"sticky_months": 12, "list": [{"track": "smb", "when": {"gate": "smb"}}, {"track": "enterprise"}]}
    }));
    let mut previous = Vec::new();
    let mut tracks = Vec::new();
    for (day, smb) in [("2026-01-31", true), ("2026-12-31", false), ("2027-01-31", false)] {
        let past = RawTable::from_json(&previous).unwrap();
        let decisions =
            review(&program, &[json!({"partner_id": "P", "smb": smb})], Some(&past), day).unwrap().decisions().unwrap();
        tracks.push(decisions.text(0, "track"));
        previous.extend(decisions.to_json());
    }
    assert_eq!(tracks, ["smb", "smb", "enterprise"]);
}
