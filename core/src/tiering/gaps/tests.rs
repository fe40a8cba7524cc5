use super::*;
use crate::table::Key;
use crate::tiering::Program;
use crate::tiering::base::Attribute;
use crate::tiering::document::Scalar;
use crate::tiering::evaluate::{evaluate, highest};
use serde_json::{Value, json};

/// Partners P0, P1, ... with these metrics.
pub(crate) fn base_of(program: &Program, columns: &[(&str, &[f64])]) -> Base {
    let compiled = program.compiled();
    let mut base = Base::empty(compiled);
    let rows = columns.first().map_or(0, |(_, v)| v.len());
    let mut partners = crate::table::Interner::default();
    base.partner = (0..rows).map(|row| partners.intern(Key::Text(&format!("P{row:03}"))).unwrap()).collect();
    base.scope = vec![crate::table::NULL; rows];
    base.partners = std::sync::Arc::new(partners);
    for (name, values) in columns {
        base.columns[compiled.column(name).unwrap()] = Some(values.to_vec());
    }
    base
}

fn program(metrics: Value, gold: Value) -> Program {
    let document = json!({
        "program": "p", "version": "1", "currency": "USD",
        "tiers": [{"tier": "member", "rank": 1}, {"tier": "silver", "rank": 2}, {"tier": "gold", "rank": 3}],
        "metrics": metrics,
        "qualification": {"silver": {"threshold": {"metric": "deals", "at_least": 1}}, "gold": gold},
    });
    Program::from_value(&document).unwrap()
}

fn metrics() -> Value {
    json!({
        "deals": {"measure": "given", "unit": "count"},
        "revenue": {"measure": "given", "unit": "money"},
        "churn": {"measure": "given", "unit": "share", "goal": "less"},
        "fee": {"measure": "given", "unit": "flag"},
    })
}

fn found_with(program: &Program, base: &Base, context: &Context, reach: Reach) -> (Gaps, Vec<Value>) {
    let compiled = program.compiled();
    let cutoffs = Cutoffs::of(compiled, base);
    let evaluated = evaluate(compiled, base, context, &cutoffs).unwrap();
    let current = |row: usize| highest(evaluated.qualifies[row]);
    let tracks = evaluated.track.as_slice();
    let cutoffs = &cutoffs;
    let search = GapSearch { program: compiled, base, context, cutoffs, tracks, reach, list: true, progress: true };
    let gaps = search.run(&current).unwrap();
    let rows = gaps.table(compiled, base).unwrap().to_json();
    (gaps, rows)
}

fn found(program: &Program, base: &Base) -> Vec<Value> {
    found_with(program, base, &Context::default(), Reach::Next).1
}

fn pick(row: &Value, names: &[&str]) -> Value {
    names.iter().map(|n| row[*n].clone()).collect()
}

const SHORT: [&str; 5] = ["metric", "operation", "actual", "required", "missing"];

#[test]
fn bounds_are_missed_in_their_direction() {
    let gold = json!({"all": [
        {"threshold": {"metric": "deals", "more_than": 4.5}},
        {"threshold": {"metric": "revenue", "more_than": 1000}},
        {"threshold": {"metric": "churn", "at_most": 0.85}},
        {"gate": "fee"},
    ]});
    let program = program(metrics(), gold);
    let base = base_of(&program, &[("deals", &[3.0]), ("revenue", &[1000.0]), ("churn", &[0.9]), ("fee", &[f64::NAN])]);
    let rows = found(&program, &base);
    let short: Vec<Value> = rows.iter().map(|row| pick(row, &SHORT)).collect();
    assert_eq!(
        short,
        [
            // More than 4.5 deals are five, and three are there.
            json!(["deals", "more_than", 3.0, 4.5, 2.0]),
            json!(["revenue", "more_than", 1000.0, 1000.0, 0.0]),
            json!(["churn", "at_most", 0.9, 0.85, 0.05]),
            json!(["fee", "at_least", null, 1.0, null]),
        ]
    );
    let about = pick(&rows[1], &["partner_id", "scope", "tier", "track", "criterion", "kind", "unit", "alternative"]);
    assert_eq!(about, json!(["P000", null, "gold", null, "qualification.gold.all[1]", "threshold", "USD", null]));
    assert_eq!(pick(&rows[3], &["kind", "unit"]), json!(["gate", "flag"]));
}

#[test]
fn groups_offer_alternatives_until_they_are_met() {
    let gold = json!({"all": [
        {"threshold": {"metric": "revenue", "at_least": 10}},
        {"n_of": {"n": 2, "of": [
            {"threshold": {"metric": "deals", "at_least": 2}},
            {"gate": "fee"},
            {"any": [{"threshold": {"metric": "churn", "at_most": 0.1}}]},
        ]}},
    ]});
    let program = program(metrics(), gold);
    let base = base_of(
        &program,
        // The second partner meets two of the three; the first one of them.
        &[("deals", &[2.0, 2.0]), ("revenue", &[1.0, 1.0]), ("churn", &[0.5, 0.5]), ("fee", &[0.0, 1.0])],
    );
    let rows = found(&program, &base);
    let short: Vec<Value> = rows.iter().map(|row| pick(row, &["partner_id", "metric", "alternative"])).collect();
    let group = "qualification.gold.all[1].n_of";
    let paths = &program.compiled().tracks[0].paths;
    let group = paths.iter().find(|p| group.starts_with(p.as_str()) && p.contains("all[1]")).unwrap();
    assert_eq!(
        short,
        [
            json!(["P000", "revenue", null]),
            json!(["P000", "fee", group]),
            json!(["P000", "churn", group]),
            json!(["P001", "revenue", null]),
        ]
    );
    let (gaps, _) = found_with(&program, &base, &Context::default(), Reach::Next);
    let progress: Vec<(u32, u32, u32)> = gaps.progress.iter().map(|p| (p.satisfied, p.total, p.gaps)).collect();
    assert_eq!(progress, [(0, 2, 3), (1, 2, 1)]);
}

#[test]
fn what_must_not_be_met_is_turned_round() {
    let gold = json!({"not": {"all": [
        {"threshold": {"metric": "deals", "at_least": 2, "at_most": 10}},
        {"threshold": {"metric": "churn", "more_than": 0.2}},
    ]}});
    let program = program(metrics(), gold);
    let base = base_of(&program, &[("deals", &[4.0, 9.0]), ("revenue", &[0.0, 0.0]), ("churn", &[0.5, 0.5])]);
    let rows = found(&program, &base);
    let short: Vec<Value> = rows.iter().map(|row| pick(row, &SHORT)).collect();
    assert_eq!(
        short,
        [
            // Less than 2 is one; from 4 that is three away. More than 10 is eleven; from 9 that is two away.
            json!(["deals", "less_than", 4.0, 2.0, 3.0]),
            json!(["churn", "at_most", 0.5, 0.2, 0.3]),
            json!(["deals", "more_than", 9.0, 10.0, 2.0]),
            json!(["churn", "at_most", 0.5, 0.2, 0.3]),
        ]
    );
    assert!(rows.iter().all(|row| row["alternative"].is_string()), "one of them is enough");
}

#[test]
fn cutoffs_attributes_and_held_tiers_say_what_they_want() {
    let gold = json!({"all": [
        {"top": {"metric": "revenue", "share": 0.5, "within": ["country"]}},
        {"attribute": {"field": "country", "in": ["DE", "FR"]}},
        {"held": {"tier": "silver", "months": 12}},
    ]});
    let program = program(metrics(), gold);
    let mut base = base_of(&program, &[("deals", &[1.0, 1.0, 1.0]), ("revenue", &[5.0, 3.0, 9.0])]);
    base.attributes[0] = Attribute { codes: vec![0, 0, 0], values: vec![vec![Scalar::Text("IT".into())]] };
    let context = Context { held_months: vec![vec![9, 7, 0]; 3], ..Context::default() };
    let (_, rows) = found_with(&program, &base, &context, Reach::Next);
    // The top half of three are two ranks: the cut-off is 5.
    let top = rows.iter().find(|r| r["kind"] == "top").unwrap();
    let names = ["partner_id", "actual", "required", "missing", "group", "population"];
    assert_eq!(pick(top, &names), json!(["P001", 3.0, 5.0, 2.0, "IT", 3]));
    let attribute = pick(&rows[0], &["kind", "metric", "operation", "actual_text", "required_text", "missing"]);
    assert_eq!(attribute, json!(["attribute", "country", "is", "IT", "in DE, FR", null]));
    let held = pick(&rows[1], &["kind", "metric", "actual", "required", "missing", "unit"]);
    assert_eq!(held, json!(["held", "silver", 7.0, 12.0, 5.0, "months"]));
}

#[test]
fn every_higher_tier_has_its_gaps_in_the_order_of_the_ranks() {
    let gold = json!({"all": [{"qualifies": "silver"}, {"threshold": {"metric": "deals", "at_least": 3}}]});
    let program = program(metrics(), gold);
    let base = base_of(&program, &[("deals", &[0.0, 1.0, 7.0])]);
    let (gaps, rows) = found_with(&program, &base, &Context::default(), Reach::Every);
    let short: Vec<Value> = rows.iter().map(|r| pick(r, &["partner_id", "tier", "criterion", "missing"])).collect();
    assert_eq!(
        short,
        [
            json!(["P000", "silver", "qualification.silver", 1.0]),
            json!(["P000", "gold", "qualification.silver", 1.0]),
            json!(["P000", "gold", "qualification.gold.all[1]", 3.0]),
            json!(["P001", "gold", "qualification.gold.all[1]", 2.0]),
        ]
    );
    let progress = gaps.progress_table(program.compiled(), &base).to_json();
    let names = ["partner_id", "tier", "satisfied", "total", "gaps"];
    let short: Vec<Value> = progress.iter().map(|r| pick(r, &names)).collect();
    assert_eq!(
        short,
        [json!(["P000", "silver", 0, 1, 1]), json!(["P000", "gold", 0, 2, 2]), json!(["P001", "gold", 1, 2, 1])]
    );
}

#[test]
fn lines_without_points_are_gaps_and_totals_show_their_room() {
    let document = json!({
        "program": "p", "version": "1",
        "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
        "metrics": {"deals": {"measure": "given", "unit": "count"}, "skills": {"measure": "given", "unit": "people"}},
        "scorecards": {"card": {"lines": [
            {"line": "sales", "max_points": 60, "points": {"linear": {"metric": "deals", "threshold": 10}}},
            {"line": "skills", "max_points": 40, "points": {"linear": {"metric": "skills", "threshold": 4}}},
        ]}},
        "qualification": {"gold": {"all": [
            {"threshold": {"metric": "card", "at_least": 70}}, {"every_line_positive": "card"},
        ]}},
    });
    let program = Program::from_value(&document).unwrap();
    let base = base_of(&program, &[("deals", &[5.0]), ("skills", &[0.0])]);
    let rows = found(&program, &base);
    let short: Vec<Value> = rows.iter().map(|row| pick(row, &SHORT)).collect();
    assert_eq!(
        short,
        [json!(["card", "at_least", 30.0, 70.0, 40.0]), json!(["card.skills", "more_than", 0.0, 0.0, 0.0])]
    );
    let compiled = program.compiled();
    let total = compiled.column("card").unwrap();
    let room: Vec<(f64, f64)> = line_room(compiled, &base, 0, total, 0).iter().map(|l| (l.points, l.max)).collect();
    assert_eq!(room, [(30.0, 60.0), (0.0, 40.0)]);
}

#[test]
fn groups_of_a_population_may_have_many_attributes() {
    for within in [vec![], vec!["a"], vec!["a", "b"], vec!["a", "b", "c"]] {
        let gold = json!({"top": {"metric": "revenue", "share": 0.2, "within": within}});
        let program = program(metrics(), gold);
        let revenue: Vec<f64> = (0..60).map(|row| f64::from(row * 37 % 60)).collect();
        let mut base = base_of(&program, &[("deals", &[1.0; 60]), ("revenue", &revenue)]);
        let values = vec![vec![Scalar::Flag(false)], vec![Scalar::Flag(true)]];
        let parts: [fn(usize) -> u32; 3] = [|r| r as u32 % 2, |r| r as u32 / 2 % 2, |r| r as u32 / 4 % 2];
        for (attribute, part) in base.attributes.iter_mut().zip(parts) {
            *attribute = Attribute { codes: (0..60).map(part).collect(), values: values.clone() };
        }
        let compiled = program.compiled();
        let cutoffs = Cutoffs::of(compiled, &base);
        let evaluated = evaluate(compiled, &base, &Context::default(), &cutoffs).unwrap();
        let group = |row: usize| -> Vec<u32> { parts[..within.len()].iter().map(|part| part(row)).collect() };
        for row in 0..60 {
            // The rank among the row's own group, from the highest down; there are no ties.
            let peers: Vec<usize> = (0..60).filter(|&other| group(other) == group(row)).collect();
            let rank = 1 + peers.iter().filter(|&&other| revenue[other] > revenue[row]).count();
            let within_top = rank <= (peers.len() as f64 * 0.2).ceil() as usize;
            assert_eq!(highest(evaluated.qualifies[row]) == Some(2), within_top, "{within:?}, row {row}");
        }
    }
}

#[test]
fn large_bases_give_the_same_gaps_as_single_rows() {
    let gold = json!({"all": [
        {"threshold": {"metric": "deals", "at_least": 50}},
        {"any": [{"gate": "fee"}, {"threshold": {"metric": "churn", "at_most": 0.3}}]},
    ]});
    let program = program(metrics(), gold);
    let rows = 3 * BLOCK + 17;
    let deals: Vec<f64> = (0..rows).map(|r| (r * 7 % 100) as f64).collect();
    let fee: Vec<f64> = (0..rows).map(|r| (r % 3 == 0) as u8 as f64).collect();
    let churn: Vec<f64> = (0..rows).map(|r| (r * 13 % 10) as f64 / 10.0).collect();
    let base = base_of(&program, &[("deals", &deals), ("fee", &fee), ("churn", &churn)]);
    let all = found(&program, &base);
    let mut expected = Vec::new();
    for row in 0..rows {
        let one =
            base_of(&program, &[("deals", &deals[row..=row]), ("fee", &fee[row..=row]), ("churn", &churn[row..=row])]);
        expected.extend(found(&program, &one).into_iter().map(|mut r| {
            r["partner_id"] = format!("P{row:03}").into();
            r
        }));
    }
    assert!(!all.is_empty());
    assert_eq!(all, expected);
}
