use std::collections::BTreeMap;

use proptest::prelude::*;

use super::super::{DesignOptions, ProgramCompareOptions, SensitivityOptions};
use super::*;
use crate::table::Table;

fn frame(points: &[i32]) -> Vec<Value> {
    points.iter().enumerate().map(|(at, p)| json!({"partner_id": format!("P{at}"), "points": p})).collect()
}

fn rows(table: &Table, names: &[&str]) -> Vec<Vec<String>> {
    (0..table.len()).map(|row| names.iter().map(|name| table.text(row, name)).collect()).collect()
}

fn text(list: &[&[&str]]) -> Vec<Vec<String>> {
    list.iter().map(|row| row.iter().map(|v| (*v).to_owned()).collect()).collect()
}

fn at(points: u32) -> Value {
    json!({"threshold": {"metric": "points", "at_least": points}})
}

#[test]
fn moves_tell_who_why_and_what_is_at_stake() {
    let worth = json!({"fee": {"tiers": {"gold": 1}, "worth": {"silver": 100, "gold": 300, "top": 1000}}});
    let old = by_points(json!({"benefits": worth}));
    let new = by_points(json!({
        "version": "2", "benefits": worth, "qualification": {"silver": at(10), "gold": at(25), "top": at(28)}
    }));
    let partners = frame(&[5, 12, 22, 29, 40]);
    let [before, after] = [&old, &new].map(|p| review(p, &partners, None, "2026-11-20").unwrap());
    let stakes = [("P2", 700.5), ("P3", 40.0), ("P3", 2.5), ("P9", 1e9)];
    let stakes: Vec<Value> = stakes.iter().map(|(p, v)| json!({"partner_id": p, "stake": v})).collect();
    let change = before
        .compare(
            &after,
            Some(&RawTable::from_json(&stakes).unwrap()),
            &ProgramCompareOptions::default(),
            &Monitor::none(),
        )
        .unwrap();
    // 22 points: gold until 25 are asked for; 29: top since 28 are enough.
    let names = [
        "partner_id",
        "from",
        "to",
        "direction",
        "stake",
        "worth_before",
        "worth_after",
        "decides",
        "actual",
        "required",
    ];
    assert_eq!(
        rows(&change.moves, &names),
        text(&[
            &["P2", "gold", "silver", "down", "700.5", "300", "100", "qualification.gold", "22", "25"],
            &["P3", "gold", "top", "up", "42.5", "300", "1000", "qualification.top", "29", "30"],
        ])
    );
    let names = ["from", "to", "direction", "partners", "stake", "worth_gained", "worth_lost"];
    assert_eq!(
        rows(&change.movements, &names),
        text(&[
            &["member", "member", "same", "1", "", "0", "0"],
            &["silver", "silver", "same", "1", "", "0", "0"],
            &["gold", "silver", "down", "1", "700.5", "0", "200"],
            &["gold", "top", "up", "1", "42.5", "700", "0"],
            &["top", "top", "same", "1", "", "0", "0"],
        ])
    );
    assert_eq!(rows(&change.flows, &["source", "target"])[2], ["1: gold", "2: silver"]);
    // By a metric of the programme.
    let options = ProgramCompareOptions { stake: Some("points".into()) };
    let change = before.compare(&after, None, &options, &Monitor::none()).unwrap();
    assert_eq!(change.moves.number(0, "stake"), Some(22.0));
    let error = before
        .compare(&after, None, &ProgramCompareOptions { stake: Some("point".into()) }, &Monitor::none())
        .unwrap_err();
    assert_eq!((error.code().as_str(), error.details()["suggestion"].as_str()), ("unknown_name", Some("points")));
}

#[test]
fn renamed_tiers_are_the_same_tier() {
    let new = program(json!({
        "version": "2",
        "tiers": [{"tier": "member", "rank": 1}, {"tier": "silver", "rank": 2}, {"tier": "expert", "rank": 3}],
        "metrics": {"points": {"measure": "given"}},
        "transitions": [{"from_version": "1", "tiers": {"gold": "expert"}}],
        "qualification": {"silver": at(10), "expert": at(20)}
    }));
    let partners = frame(&[25, 35]);
    let [before, after] = [&by_points(json!({})), &new].map(|p| review(p, &partners, None, "2026-11-20").unwrap());
    let change = before.compare(&after, None, &ProgramCompareOptions::default(), &Monitor::none()).unwrap();
    // Gold is expert now; there is no top any more.
    assert_eq!(
        rows(&change.moves, &["partner_id", "from", "to", "direction"]),
        text(&[&["P1", "top", "expert", "other"]])
    );
    let back = after.compare(&before, None, &ProgramCompareOptions::default(), &Monitor::none()).unwrap();
    assert_eq!(rows(&back.moves, &["partner_id", "direction"]), text(&[&["P1", "up"]]));
}

#[test]
fn the_criterion_that_decides_is_the_nearest_way() {
    let both = |second: u32| {
        let near = json!({"all": [at(25), {"threshold": {"metric": "people", "at_least": second}}]});
        let far = json!({"all": [at(90), {"threshold": {"metric": "people", "at_least": 90}}]});
        program(json!({
            "version": second.to_string(),
            "metrics": {"points": {"measure": "given"}, "people": {"measure": "given", "unit": "people"}},
            "qualification": {"gold": {"any": [far, near]}}
        }))
    };
    let partners = [json!({"partner_id": "P", "points": 30, "people": 3})];
    let [before, after] = [both(3), both(4)].map(|p| review(&p, &partners, None, "2026-11-20").unwrap());
    let change = before.compare(&after, None, &ProgramCompareOptions::default(), &Monitor::none()).unwrap();
    let names = ["decides", "metric", "actual", "required", "further"];
    assert_eq!(rows(&change.moves, &names), text(&[&["qualification.gold.any[1].all[1]", "people", "3", "4", "0"]]));
}

/// The decisions of days, each review made by itself with the table of those before it.
fn by_hand(program: &Program, days: &[(String, Vec<Value>)]) -> Vec<Value> {
    let mut previous: Vec<Value> = Vec::new();
    for (day, partners) in days {
        let past = RawTable::from_json(&previous).unwrap();
        previous.extend(review(program, partners, Some(&past), day).unwrap().decisions().unwrap().to_json());
    }
    previous
}

fn replayed(program: &Program, days: &[(String, Vec<Value>)]) -> Vec<Value> {
    let frames: Vec<RawTable<'static>> = days.iter().map(|(_, rows)| RawTable::from_json(rows).unwrap()).collect();
    let frames: Vec<(&str, &RawTable<'_>)> = days.iter().map(|(d, _)| d.as_str()).zip(&frames).collect();
    program.replay_frames(&frames, None, &Monitor::none()).unwrap().decisions().unwrap().to_json()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn replay_is_the_fold_of_single_reviews(
        points in prop::collection::vec(prop::collection::vec(0..40i32, 1..5), 1..7), grace in 0..90u32, confirm: bool
    ) {
        let program = by_points(json!({
            "attainment": {"any_day": {"rolling_days": 90}},
            "review": {"promotion": {"steps": "one"}, "demotion": {"grace_days": grace, "confirm": confirm, "when": "every_month"}}
        }));
        // Partners come and go: the lists have different lengths.
        let days: Vec<(String, Vec<Value>)> =
            points.iter().enumerate().map(|(month, p)| (format!("2026-{:02}-15", month + 1), frame(p))).collect();
        prop_assert_eq!(replayed(&program, &days), by_hand(&program, &days));
    }
}

#[test]
fn flows_of_a_replay_count_every_partner() {
    let program = by_points(json!({}));
    let days = [("2026-01-31", frame(&[5, 15])), ("2026-02-28", frame(&[5, 25, 35]))];
    let frames: Vec<RawTable<'_>> = days.iter().map(|(_, rows)| RawTable::from_json(rows).unwrap()).collect();
    let frames: Vec<(&str, &RawTable<'_>)> = days.iter().map(|(d, _)| *d).zip(&frames).collect();
    let flows = program.replay_frames(&frames, None, &Monitor::none()).unwrap().flows();
    assert_eq!(
        rows(&flows, &["source", "target", "partners"]),
        text(&[
            &["2026-01-31: (not reviewed)", "2026-02-28: top", "1"],
            &["2026-01-31: member", "2026-02-28: member", "1"],
            &["2026-01-31: silver", "2026-02-28: gold", "1"],
        ])
    );
    let error = program.replay_frames(&[frames[1], frames[0]], None, &Monitor::none()).unwrap_err();
    assert_eq!(error.field(), "partners[1]");
}

#[test]
fn sensitivity_is_a_recount_with_another_number() {
    let program = program(json!({
        "metrics": {"points": {"measure": "given"}, "people": {"measure": "given", "unit": "people"}},
        "parameters": {"staff": {"value": 4}},
        "qualification": {"silver": at(10), "gold": {"all": [at(20), {"threshold": {"metric": "people", "at_least": {"parameter": "staff"}}}]}}
    }));
    let partners: Vec<Value> = [(9, 9), (10, 9), (20, 4), (21, 3), (21, 9)]
        .iter()
        .enumerate()
        .map(|(at, (points, people))| json!({"partner_id": at, "points": points, "people": people}))
        .collect();
    let options =
        SensitivityOptions { as_of: Some("2026-11-20".into()), stake: Some("points".into()), ..Default::default() };
    let table = program
        .sensitivity_frame(&RawTable::from_json(&partners).unwrap(), None, None, &options, &Monitor::none())
        .unwrap();
    // By hand. Silver at 9: partner 0 comes in; at 11: partner 1 falls out. Gold at 22: partners 2 and 4 fall to silver; at 18
    // nobody moves (partner 3 lacks people). Five people: partner 2 falls; three: partner 3 comes in.
    let names = ["path", "from", "to", "partners_up", "partners_down", "stake_up", "stake_down"];
    assert_eq!(
        rows(&table, &names),
        text(&[
            &["qualification.gold.all[0].threshold.at_least", "20", "22", "0", "2", "0", "41"],
            &["parameters.staff.value", "4", "3", "1", "0", "21", "0"],
            &["parameters.staff.value", "4", "5", "0", "1", "0", "20"],
            &["qualification.silver.threshold.at_least", "10", "11", "0", "1", "0", "10"],
            &["qualification.silver.threshold.at_least", "10", "9", "1", "0", "9", "0"],
            &["qualification.gold.all[0].threshold.at_least", "20", "18", "0", "0", "0", "0"],
        ])
    );
    let options = SensitivityOptions { change: 1.0, ..options };
    let error =
        program.sensitivity_frame(&RawTable::from_json(&partners).unwrap(), None, None, &options, &Monitor::none());
    assert_eq!(error.unwrap_err().field(), "change");
}

fn design(program: &Program, partners: &[Value], place: &str, shares: &[f64]) -> Result<Table> {
    let options = DesignOptions {
        as_of: Some("2026-11-20".into()),
        threshold: Some(place.into()),
        tier: None,
        shares: shares.to_vec(),
    };
    program.design_frame(&RawTable::from_json(partners)?, None, &options, &Monitor::none())
}

#[test]
fn a_designed_threshold_tells_its_ties() {
    let program = by_points(json!({}));
    // Ten partners: at 20% two are wished; three share the second place.
    let partners = frame(&[9, 8, 8, 8, 5, 4, 3, 2, 1, 0]);
    let table = design(&program, &partners, "qualification.top.threshold", &[0.1, 0.2, 1.0]).unwrap();
    let names = ["wished", "threshold", "partners", "achieved", "ties", "next_threshold", "without_them", "note"];
    assert_eq!(
        rows(&table, &names),
        text(&[
            &["1", "9", "1", "0.1", "1", "", "", ""],
            &["2", "8", "4", "0.4", "3", "9", "1", ""],
            &["10", "0", "10", "1", "1", "1", "9", ""],
        ])
    );
    let error = design(&program, &partners, "qualification.tip.threshold", &[0.1]).unwrap_err();
    assert_eq!(error.details()["suggestion"], "qualification.top.threshold");
}

#[test]
fn only_those_that_meet_the_rest_count() {
    let program = program(json!({
        "metrics": {"points": {"measure": "given"}, "people": {"measure": "given", "unit": "people"}},
        "qualification": {
            "gold": {"all": [at(20), {"threshold": {"metric": "people", "at_least": 2}}]},
            "top": {"threshold": {"metric": "people", "at_least": 9}}
        }
    }));
    let partners: Vec<Value> = [(50, 1), (40, 2), (30, 3), (20, 0), (1, 9)]
        .iter()
        .enumerate()
        .map(|(at, (points, people))| json!({"partner_id": at, "points": points, "people": people}))
        .collect();
    // The last one is top without points; those with fewer than two people never are gold.
    let table =
        design(&program, &partners, "qualification.gold.all[0].threshold.at_least", &[0.2, 0.4, 0.6, 0.8]).unwrap();
    let names = ["wished", "threshold", "partners", "otherwise", "note"];
    assert_eq!(
        rows(&table, &names),
        text(&[
            &["1", "", "1", "1", ""],
            &["2", "40", "2", "1", ""],
            &["3", "30", "3", "1", ""],
            &["4", "30", "3", "1", "too_few"],
        ])
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_designed_threshold_achieves_what_it_says(points in prop::collection::vec(0..12i32, 1..20), share in 0.01..1.0f64) {
        let partners = frame(&points);
        let table = design(&by_points(json!({})), &partners, "qualification.gold.threshold", &[share]).unwrap();
        // Put in, it lets in exactly so many, and one step higher fewer than wished.
        let threshold = table.number(0, "threshold");
        let otherwise = points.iter().filter(|p| **p >= 30).count() as f64;
        prop_assert_eq!(table.number(0, "otherwise"), Some(otherwise));
        let wished = table.number(0, "wished").unwrap();
        let count = |limit: f64| points.iter().filter(|p| f64::from(**p) >= limit).count() as f64;
        let threshold = threshold.unwrap();
        prop_assert_eq!(table.number(0, "partners"), Some(count(threshold)));
        prop_assert!(count(threshold) >= wished && count(threshold + 0.5) < wished);
    }

    #[test]
    fn the_order_of_rows_does_not_matter(points in prop::collection::vec(0..40i32, 2..12), turn in 1..11usize) {
        let (old, new) = (by_points(json!({})), by_points(json!({"version": "2", "qualification": {"silver": at(8), "gold": at(24)}})));
        let mut partners = frame(&points);
        let compared = |partners: &[Value]| {
            let [a, b] = [&old, &new].map(|p| review(p, partners, None, "2026-11-20").unwrap());
            let change = a.compare(&b, None, &ProgramCompareOptions { stake: Some("points".into()) }, &Monitor::none()).unwrap();
            (change.moves.to_csv(), change.movements.to_csv(), change.flows.to_csv())
        };
        let straight = compared(&partners);
        let length = partners.len();
        partners.rotate_left(turn % length);
        partners.reverse();
        prop_assert_eq!(compared(&partners), straight);
    }
}

#[test]
fn every_partner_is_in_one_movement() {
    let (old, new) = (by_points(json!({})), by_points(json!({"version": "2", "qualification": {"gold": at(15)}})));
    let a = review(&old, &frame(&[1, 11, 21, 31]), None, "2026-11-20").unwrap();
    let b = review(&new, &frame(&[1, 11, 21]), None, "2026-11-20").unwrap();
    let change = a.compare(&b, None, &ProgramCompareOptions::default(), &Monitor::none()).unwrap();
    let mut by_direction: BTreeMap<String, f64> = BTreeMap::new();
    for row in 0..change.movements.len() {
        *by_direction.entry(change.movements.text(row, "direction")).or_default() +=
            change.movements.number(row, "partners").unwrap();
    }
    // The one with 31 points is in the first review only; the one with 11 is no longer silver, as nobody is.
    let expected = [("down", 1.0), ("other", 1.0), ("same", 2.0)].map(|(k, v)| (k.to_owned(), v));
    assert_eq!(by_direction, BTreeMap::from(expected));
}
