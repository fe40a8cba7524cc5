//! Qualifying is the part of a review that needs no past.

use proptest::prelude::*;

use super::*;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error};
use crate::table::{RawChunk, RawColumn, RawValues, ValueRef};
use crate::tiering::{CutoffRow, Qualified, QualifyOptions, Reach};

const DAY: &str = "2026-11-20";

fn qualify_with(program: &Program, frame: RawTable<'_>, options: &QualifyOptions) -> Result<Qualified> {
    program.qualify(frame, options, &Monitor::none())
}

fn qualify(program: &Program, rows: &[Value]) -> Result<Qualified> {
    qualify_with(program, RawTable::from_json(rows)?, &QualifyOptions::default())
}

fn fault(program: &Program, rows: &[Value]) -> (Code, String) {
    let error: Error = qualify(program, rows).unwrap_err();
    (error.code(), error.field().to_owned())
}

fn numbers(name: &'static str, values: &[f64]) -> RawColumn<'static> {
    RawColumn::new(name, RawValues::F64(values.to_vec().into()))
}

/// The tier of each row by its name.
fn tiers(qualified: &Qualified) -> Vec<&str> {
    let names = qualified.tier_names();
    qualified.codes().iter().map(|&code| usize::try_from(code).map_or("", |code| names[code])).collect()
}

#[test]
fn rows_stay_in_their_order_and_need_no_ids() {
    let points = [12.0, 0.0, 31.0, f64::NAN, 20.0];
    let frame = RawTable::from_columns(vec![numbers("points", &points)]).unwrap();
    let qualified = qualify_with(&by_points(json!({})), frame, &QualifyOptions::default()).unwrap();
    assert_eq!(tiers(&qualified), ["silver", "member", "top", "member", "gold"]);
    assert_eq!(qualified.len(), 5);
    assert_eq!(qualified.track_codes(), [-1; 5]);
    assert!(qualified.scores().iter().all(|score| score.is_nan()));
    let table = qualified.table();
    assert_eq!(table.column_names(), ["row", "scope", "tier", "track", "score"]);
    assert_eq!((table.value(2, "row"), table.text(2, "tier")), (ValueRef::Int(2), "top".to_owned()));
    let gaps = qualified.gaps(Reach::Next).unwrap();
    assert_eq!(gaps.column_names()[0], "row");
    let short: Vec<(String, String, Option<f64>)> =
        (0..gaps.len()).map(|g| (gaps.text(g, "row"), gaps.text(g, "tier"), gaps.number(g, "missing"))).collect();
    let gap = |row: &str, tier: &str, missing| (row.to_owned(), tier.to_owned(), missing);
    assert_eq!(
        short,
        [
            gap("0", "gold", Some(8.0)),
            gap("1", "silver", Some(10.0)),
            gap("3", "silver", None),
            gap("4", "top", Some(10.0))
        ]
    );
    let counts = qualified.counts();
    let counted: Vec<String> =
        (0..counts.len()).map(|r| counts.text(r, "tier") + "=" + &counts.text(r, "rows")).collect();
    assert_eq!(counted, ["top=1", "gold=1", "silver=1", "member=2", "=0"]);
}

#[test]
fn rows_of_one_partner_are_judged_each_by_itself() {
    let rows = [
        json!({"partner_id": "B", "points": 30}),
        json!({"partner_id": "A", "points": 10}),
        json!({"partner_id": "B"}),
    ];
    let qualified = qualify(&by_points(json!({})), &rows).unwrap();
    let table = qualified.table();
    let shown: Vec<String> = (0..3).map(|row| table.text(row, "partner_id") + " " + &table.text(row, "tier")).collect();
    assert_eq!(shown, ["B top", "A silver", "B member"]);
    let gaps = qualified.gaps(Reach::Every).unwrap();
    let shown: Vec<String> =
        (0..gaps.len()).map(|g| gaps.text(g, "partner_id") + " " + &gaps.text(g, "tier")).collect();
    assert_eq!(shown, ["A gold", "A top", "B silver", "B gold", "B top"]);
}

#[test]
fn a_frame_without_rows_has_no_tiers() {
    let frame = RawTable::from_columns(vec![numbers("points", &[])]).unwrap();
    let qualified = qualify_with(&by_points(json!({})), frame, &QualifyOptions::default()).unwrap();
    assert!(qualified.is_empty() && qualified.table().is_empty() && qualified.gaps(Reach::Every).unwrap().is_empty());
    assert_eq!(qualified.counts().number(0, "rows"), Some(0.0));
}

#[test]
fn faults_of_a_frame_name_the_column_and_the_row() {
    let program = by_points(json!({}));
    assert_eq!(fault(&program, &[json!({"point": 3})]), (Code::MissingColumn, "points".to_owned()));
    assert_eq!(fault(&program, &[json!({"points": "many"})]), (Code::WrongType, "points".to_owned()));
    assert_eq!(
        fault(&program, &[json!({"partner_id": null, "points": 1})]),
        (Code::NullValue, "partner_id".to_owned())
    );
    for values in [[1.0, f64::INFINITY], [f64::NEG_INFINITY, 2.0]] {
        let frame = RawTable::from_columns(vec![numbers("points", &values)]).unwrap();
        let error = qualify_with(&program, frame, &QualifyOptions::default()).unwrap_err();
        assert_eq!((error.code(), error.field()), (Code::NotFinite, "points"));
        assert_eq!(error.details()["row"], json!(values.iter().position(|v| v.is_infinite())));
    }
}

#[test]
fn a_day_is_needed_only_where_something_depends_on_it() {
    let rows = [json!({"partner_id": "A", "points": 30, "track": "b", "enrolled_on": "2026-01-01"})];
    let dated = by_points(json!({"effective": {"from": "2026-01-01", "to": "2026-12-31"}}));
    assert_eq!(tiers(&qualify(&dated, &rows).unwrap()), ["top"]);
    let on = |day: &str| QualifyOptions { as_of: Some(day.to_owned()), ..QualifyOptions::default() };
    let frame = || RawTable::from_json(&rows).unwrap();
    let late = qualify_with(&dated, frame(), &on("2027-01-01")).unwrap_err();
    assert_eq!((late.code(), late.field()), (Code::OptionOutOfRange, "as_of"));
    // A partner stays for twelve months in the track in which it was enrolled.
    let sticky = by_points(json!({"tracks": {"sticky_months": 12, "list": [{"track": "a"}, {"track": "b"}]}}));
    assert_eq!(fault(&sticky, &rows), (Code::MissingOption, "as_of".to_owned()));
    let track = |day: &str| qualify_with(&sticky, frame(), &on(day)).unwrap().track_codes();
    assert_eq!((track(DAY), track("2027-01-01")), (vec![1], vec![0]));
}

#[test]
fn what_must_have_been_held_was_not() {
    let held = json!({"held": {"tier": "silver", "months": 1}});
    let program = program(json!({
        "metrics": {"points": {"measure": "given"}},
        "qualification": {"silver": {"not": held}, "gold": held}
    }));
    let qualified = qualify(&program, &[json!({"points": 1})]).unwrap();
    assert_eq!(tiers(&qualified), ["silver"]);
    let gaps = qualified.gaps(Reach::Next).unwrap();
    assert_eq!((gaps.text(0, "kind"), gaps.number(0, "missing")), ("held".to_owned(), Some(1.0)));
}

#[test]
fn cutoffs_come_from_the_frame_or_are_handed_in() {
    let program = program(json!({
        "metrics": {"revenue": {"measure": "given"}},
        "qualification": {"top": {"top": {"metric": "revenue", "share": 0.5, "within": ["country"]}}}
    }));
    let row = |revenue: u32, country: &str| json!({"revenue": revenue, "country": country});
    let rows = [row(1, "DE"), row(9, "DE"), row(5, "FR"), row(5, "FR"), row(4, "FR")];
    let own = qualify(&program, &rows).unwrap();
    assert_eq!(tiers(&own), ["member", "top", "top", "top", "member"]);
    assert_eq!(own.cutoffs().number(0, "cutoff"), Some(9.0));
    let given = CutoffRow {
        criterion: "qualification.top".into(),
        within: "FR".into(),
        cutoff: 5.5,
        population: Some(12),
        ..CutoffRow::default()
    };
    let options = QualifyOptions { cutoffs: Some(vec![given]), ..QualifyOptions::default() };
    let handed_in = qualify_with(&program, RawTable::from_json(&rows).unwrap(), &options).unwrap();
    // Without a cut-off for its group nobody is in the top.
    assert_eq!(tiers(&handed_in), ["member"; 5]);
    let gaps = handed_in.gaps(Reach::Every).unwrap();
    let row = (0..gaps.len()).find(|&g| gaps.text(g, "row") == "2" && gaps.text(g, "tier") == "top").unwrap();
    assert_eq!((gaps.number(row, "missing"), gaps.number(row, "population")), (Some(0.5), Some(12.0)));
}

#[test]
fn chunks_masks_and_whole_numbers_are_read_alike() {
    let program = by_points(json!({}));
    let points = [12.0, 30.0, 5.0, 20.0];
    let expected = vec!["silver", "top", "member", "gold"];
    let of = |columns: Vec<RawColumn<'static>>| {
        let chunks = columns.into_iter().map(|c| RawChunk::new(vec![c]).unwrap()).collect();
        let qualified =
            qualify_with(&program, RawTable { chunks, untyped: false }, &QualifyOptions::default()).unwrap();
        tiers(&qualified).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(of(vec![numbers("points", &points)]), expected);
    assert_eq!(of(vec![numbers("points", &points[..1]), numbers("points", &points[1..])]), expected);
    assert_eq!(of(vec![RawColumn::new("points", RawValues::I32(vec![12, 30, 5, 20].into()))]), expected);
    assert_eq!(of(vec![RawColumn::new("points", RawValues::U32(vec![12, 30, 5, 20].into()))]), expected);
    assert_eq!(of(vec![RawColumn::new("points", RawValues::I64(vec![12, 30, 5, 20].into()))]), expected);
    let mut masked = numbers("points", &[12.0, 30.0, f64::INFINITY, 20.0]);
    masked.valid = Some(vec![true, true, false, true].into());
    assert_eq!(of(vec![masked]), expected);
}

#[test]
fn more_rows_than_a_block_are_judged_like_one() {
    let rows = 3 * 1024 + 77;
    let program = by_points(
        json!({"tiers": (0..32).map(|t| json!({"tier": format!("t{t}"), "rank": t + 1})).collect::<Vec<_>>(),
        "qualification": (0..32).map(|t| (format!("t{t}"), json!({"threshold": {"metric": "points", "at_least": t}}))).collect::<Map<_, _>>()}),
    );
    let points: Vec<f64> = (0..rows).map(|row| f64::from((row * 37 % 40) - 4)).collect();
    let frame = RawTable::from_columns(vec![numbers("points", &points)]).unwrap();
    let qualified = qualify_with(&program, frame, &QualifyOptions::default()).unwrap();
    let expected: Vec<i8> = points.iter().map(|p| p.clamp(-1.0, 31.0) as i8).collect();
    assert_eq!(qualified.codes(), expected);
}

/// A criterion over the metrics a and b, the attribute country and the past.
fn criterion() -> impl Strategy<Value = Value> {
    let metric = prop_oneof![Just("a"), Just("b"), Just("card")];
    let bound = prop_oneof![Just("at_least"), Just("more_than"), Just("at_most"), Just("less_than")];
    let leaf = prop_oneof![
        4 => (metric, bound, 0..8i32).prop_map(|(metric, bound, limit)| json!({"threshold": {"metric": metric, bound: limit}})),
        1 => (0..4i32, 4..8i32).prop_map(|(low, high)| json!({"threshold": {"metric": "b", "at_least": low, "less_than": high}})),
        1 => Just(json!({"attribute": {"field": "country", "in": ["DE", "FR"]}})),
        1 => (1..10u32).prop_map(|share| json!({"top": {"metric": "a", "share": f64::from(share) / 10.0, "within": ["country"]}})),
        1 => Just(json!({"held": {"tier": "silver", "months": 3}})),
        1 => Just(json!({"every_line_positive": "card"})),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let several = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            several().prop_map(|all| json!({"all": all})),
            several().prop_map(|any| json!({"any": any})),
            several().prop_map(|of| json!({"n_of": {"n": of.len().div_ceil(2), "of": of}})),
            inner.prop_map(|not| json!({"not": not})),
        ]
    })
}

/// No tracks, or two that are chosen in each of the ways.
fn tracks() -> impl Strategy<Value = Value> {
    let when = json!({"attribute": {"field": "country", "is": "DE"}});
    let of = json!([{"track": "north", "when": when}, {"track": "south"}]);
    prop_oneof![
        3 => Just(json!({})),
        1 => Just(json!({"tracks": {"list": of}})),
        1 => Just(json!({"tracks": {"list": of, "choose": "best_of"}})),
        1 => Just(json!({"tracks": {"list": of, "choose": "enrolled"}})),
        1 => Just(json!({"tracks": {"list": of, "sticky_months": 12}})),
        1 => Just(json!({"tracks": {"list": [{"track": "north", "when": when}]}})),
    ]
}

fn partner() -> impl Strategy<Value = Value> {
    let number = || prop::option::weighted(0.9, -1..9i32);
    let country = prop::option::of(prop_oneof![Just("DE"), Just("FR"), Just("IT")]);
    let track = prop::option::of(prop_oneof![Just("north"), Just("south")]);
    (number(), number(), country, track).prop_map(|(a, b, country, track)| {
        json!({"a": a, "b": b, "country": country, "track": track, "enrolled_on": "2026-05-01"})
    })
}

fn of_document(silver: &Value, gold: &Value, tracks: &Value) -> Program {
    let mut parts = json!({
        "metrics": {"a": {"measure": "given", "unit": "count"}, "b": {"measure": "given"}},
        "scorecards": {"card": {"lines": [
            {"line": "x", "max_points": 4, "points": {"linear": {"metric": "a", "threshold": 5}}},
            {"line": "y", "max_points": 4, "points": {"linear": {"metric": "b", "threshold": 3}}}
        ]}},
        "qualification": {"silver": silver, "gold": gold, "top": {"all": [{"qualifies": "gold"}, {"threshold": {"metric": "b", "at_least": 6}}]}}
    });
    let (Value::Object(fields), Value::Object(tracks)) = (&mut parts, tracks.clone()) else { panic!("objects") };
    fields.extend(tracks);
    program(parts)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn it_is_what_a_review_without_a_past_calls_qualified(
        silver in criterion(), gold in criterion(), tracks in tracks(), mut partners in prop::collection::vec(partner(), 1..40)
    ) {
        let program = of_document(&silver, &gold, &tracks);
        let single = tracks.pointer("/tracks/list").is_some_and(|of| of.as_array().is_some_and(|of| of.len() == 1));
        for (at, partner) in partners.iter_mut().enumerate() {
            partner["partner_id"] = json!(format!("P{at:03}"));
            if single || tracks.get("tracks").is_none() {
                partner["track"] = Value::Null;
            }
        }
        let reviewed = review(&program, &partners, None, DAY).unwrap();
        let options = QualifyOptions { as_of: Some(DAY.into()), ..QualifyOptions::default() };
        let qualified = qualify_with(&program, RawTable::from_json(&partners).unwrap(), &options).unwrap();
        let (decisions, table) = (reviewed.decisions().unwrap(), qualified.table());
        for row in 0..partners.len() {
            prop_assert_eq!(table.text(row, "tier"), decisions.text(row, "qualified"), "row {}", row);
            prop_assert_eq!(table.value(row, "track"), decisions.value(row, "track"), "row {}", row);
            prop_assert_eq!(table.value(row, "score"), decisions.value(row, "score"), "row {}", row);
        }
        // Whoever has no past holds what it qualifies for, so that the gaps are the same.
        prop_assert_eq!(qualified.gaps(Reach::Every).unwrap().to_csv(), reviewed.gaps(Reach::Every).unwrap().to_csv());
        prop_assert_eq!(qualified.cutoffs().to_csv(), reviewed.cutoffs().to_csv());
        // In any order each row has what it had.
        let codes: Vec<i8> = qualified.codes().iter().rev().copied().collect();
        partners.reverse();
        let turned = qualify_with(&program, RawTable::from_json(&partners).unwrap(), &options).unwrap();
        prop_assert_eq!(turned.codes(), codes);
    }
}
