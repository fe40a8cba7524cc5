use super::*;
use crate::tiering::Program;
use crate::tiering::actions::Costs;
use crate::tiering::evaluate::{evaluate, highest};
use crate::tiering::gaps::tests::base_of;
use crate::tiering::gaps::{GapSearch, Reach};
use serde_json::{Value, json};

fn program() -> Program {
    let at_least = |metric: &str, limit: u32| json!({"threshold": {"metric": metric, "at_least": limit}});
    let document = json!({
        "program": "p", "version": "1", "currency": "USD",
        "tiers": [{"tier": "member", "rank": 1}, {"tier": "silver", "rank": 2, "fee": 500},
            {"tier": "gold", "rank": 3, "fee": {"money": {"amount": 1000, "currency": "EUR"}}}],
        "exchange_rates": {"EUR": 2.0},
        "metrics": {
            "deals": {"measure": "given", "unit": "count"}, "people": {"measure": "given", "unit": "people"},
            "churn": {"measure": "given", "unit": "share", "goal": "less"},
        },
        "scorecards": {"card": {"lines": [
            {"line": "a", "max_points": 10, "points": {"linear": {"metric": "people", "threshold": 10}}}]}},
        "qualification": {
            "silver": at_least("deals", 5),
            "gold": {"all": [at_least("deals", 10), at_least("people", 4), {"any": [
                {"threshold": {"metric": "churn", "less_than": 0.2}}, at_least("card", 7)]}]},
        },
        "benefits": {
            "margin": {"tiers": {"silver": 0.1, "gold": 0.2}, "worth": {"silver": 2500, "gold": 4000}},
            "leads": {"tiers": {"gold": true}, "worth": {"gold": 300}},
            "old": {"tiers": {"gold": true}, "worth": {"gold": 9999}, "effective": {"to": "2025-12-31"}},
            "badge": {"tiers": {"silver": true, "gold": true}},
        },
        "enablement": [
            {"metric": "people", "training": "Foundations", "adds": 2, "days": 30, "cost": 150},
            {"metric": "churn", "training": "Success plans", "adds": -0.05, "days": 10},
            {"metric": "churn", "training": "Makes it worse", "adds": 0.05},
            {"metric": "deals", "training": "Selling", "adds": 1.5, "days": 1},
        ],
    });
    Program::from_value(&document).unwrap()
}

/// Three members and three silver partners.
const DEALS: [f64; 6] = [4.0, 0.0, 3.0, 9.0, 5.0, 12.0];
const PEOPLE: [f64; 6] = [0.0, 0.0, 0.0, 3.0, 4.0, 4.0];
const CHURN: [f64; 6] = [0.5, 0.5, 0.5, 0.1, 0.1, 0.1];

fn day() -> Date {
    Date::parse("2026-11-20").unwrap()
}

fn climbs(costs: Value) -> (Vec<Climb>, Vec<Value>, Vec<TierPull>, Vec<Value>) {
    let program = program();
    let compiled = program.compiled();
    let base = base_of(&program, &[("deals", &DEALS), ("people", &PEOPLE), ("churn", &CHURN)]);
    let (context, cutoffs) = (Context::default(), Cutoffs::default());
    let evaluated = evaluate(compiled, &base, &context, &cutoffs).unwrap();
    let costs: Costs = serde_json::from_value(costs).unwrap();
    let costs = CheckedCosts::new(compiled, &costs).unwrap();
    let accounts = Accounts {
        program: compiled,
        base: &base,
        context: &context,
        cutoffs: &cutoffs,
        evaluated: &evaluated,
        costs: &costs,
        day: day(),
        horizon_months: HORIZON_MONTHS,
        monitor: &Monitor::none(),
    };
    let climbs = accounts.climbs(&[0, 1, 2, 3, 4, 5], &|row| highest(evaluated.qualifies[row])).unwrap();
    let pulls = pulls(compiled, &climbs);
    let tables = (climbs_table(compiled, &base, &climbs).to_json(), pulls_table(compiled, &pulls).to_json());
    (climbs, tables.0, pulls, tables.1)
}

#[test]
fn the_worth_of_a_tier_counts_benefits_in_effect() {
    let worths = tier_worths(program().compiled(), 0, day()).unwrap();
    let shown: Vec<(Option<f64>, f64)> = worths.iter().map(|w| (w.worth, w.fee)).collect();
    // Gold: 4000 + 300, without what ended in 2025; its fee of 1000 EUR at 2.0.
    assert_eq!(shown, [(Some(0.0), 0.0), (Some(2500.0), 500.0), (Some(4300.0), 2000.0)]);
}

#[test]
fn climbing_is_paid_back_by_the_net_gain() {
    let (climbs, table, pulls, finding) = climbs(json!({"deals": {"cost": 500, "max": 4}, "people": {"cost": 10}}));
    // Silver: 2500 - 500 = 2000 a year net. One deal is 500: 3 months. Five deals are more than four. Two deals: 6 months.
    let months: Vec<Option<f64>> = climbs.iter().map(|c| c.payback_months).collect();
    assert_eq!(&months[..3], [Some(3.0), None, Some(6.0)]);
    let reasons: Vec<&str> = climbs.iter().map(|c| c.reason.name()).collect();
    // Gold: 4300 - 2500 - (2000 - 500) = 300 a year net. A deal and a person are 510: 20.4 months; five deals are too many;
    // the last one has gold already.
    assert_eq!(reasons, ["pays", "out_of_reach", "pays", "too_slow", "out_of_reach", "no_next_tier"]);
    assert!((months[3].unwrap() - 20.4).abs() < 1e-9, "{months:?}");
    let row = &table[3];
    let names = ["partner_id", "tier", "worth_gained", "extra_fee", "net_gain", "cost", "proven", "pays"];
    let row: Value = names.iter().map(|n| row[*n].clone()).collect();
    assert_eq!(row, json!(["P003", "gold", 1800.0, 1500.0, 300.0, 510.0, true, false]));
    let counts: Vec<(usize, usize, usize)> = pulls.iter().map(|p| (p.partners, p.reachable, p.pays)).collect();
    assert_eq!(counts, [(0, 0, 0), (3, 2, 2), (2, 1, 0)]);
    let findings: Vec<&Value> = finding.iter().map(|f| &f["finding"]).collect();
    assert_eq!(findings, [&Value::Null, &Value::Null, &json!("tier_not_worth_climbing")]);
    assert!((pulls[1].share().unwrap() - 2.0 / 3.0).abs() < 1e-12);
}

#[test]
fn a_programme_that_states_no_worth_has_no_account() {
    let program = Program::from_json(
        r#"{"program": "p", "version": "1", "tiers": [{"tier": "a", "rank": 1}, {"tier": "b", "rank": 2}]}"#,
    );
    let worths = tier_worths(program.unwrap().compiled(), 0, day()).unwrap();
    assert!(worths.iter().all(|w| w.worth.is_none() && w.fee == 0.0));
}

fn needs(needed_on: &str) -> Vec<Value> {
    let program = program();
    let compiled = program.compiled();
    // A silver partner with one person, and churn at the bound that it must be below.
    let base = base_of(&program, &[("deals", &[7.0]), ("people", &[1.0]), ("churn", &[0.3])]);
    let (context, cutoffs) = (Context::default(), Cutoffs::default());
    let evaluated = evaluate(compiled, &base, &context, &cutoffs).unwrap();
    let current = |row: usize| highest(evaluated.qualifies[row]);
    let search = GapSearch {
        program: compiled,
        base: &base,
        context: &context,
        cutoffs: &cutoffs,
        tracks: &evaluated.track,
        reach: Reach::Next,
        list: true,
        progress: false,
    };
    let found = search.run(&current).unwrap();
    let needs = enablement(compiled, &found, Date::parse(needed_on).unwrap()).unwrap();
    enablement_table(compiled, &base, &found, &needs).to_json()
}

#[test]
fn trainings_say_how_many_and_by_when() {
    let names = ["training", "missing", "completions", "start_by", "cost", "alternative"];
    let rows: Vec<Value> = needs("2026-12-31").iter().map(|r| names.iter().map(|n| r[*n].clone()).collect()).collect();
    let group = &needs("2026-12-31")[2]["alternative"];
    assert!(group.as_str().unwrap().starts_with("qualification.gold.all[2]"), "{group}");
    assert_eq!(
        rows,
        [
            // 3 deals at 1.5 each; 3 people at 2 each; 0.1 of churn at 0.05 reaches the bound and is not below it.
            json!(["Selling", 3.0, 2.0, "2026-12-30", null, null]),
            json!(["Foundations", 3.0, 2.0, "2026-12-01", 300.0, null]),
            json!(["Success plans", 0.1, 3.0, "2026-12-21", null, group]),
            json!(["Foundations", 6.0, null, "2026-12-01", null, group]),
        ]
    );
}

fn axis<'a>(name: &'a str, values: &'a [f64], cuts: Cuts) -> Axis<'a> {
    Axis { name, values, cuts, bands: Vec::new() }
}

#[test]
fn segments_cut_at_quantiles_and_values() {
    let performance = [1.0, 2.0, 3.0, 4.0, f64::NAN];
    let potential = [10.0, 50.0, 49.0, 90.0, 10.0];
    // The median of type 7 of 1, 2, 3, 4 is 2.5.
    let first = axis("performance", &performance, Cuts::Quantiles(vec![0.5]));
    let second = axis("potential", &potential, Cuts::Values(vec![50.0, 90.0]));
    let segments = segment(&first, &second, &[]).unwrap();
    let names: Vec<Option<&str>> = (0..5).map(|row| segments.name(row)).collect();
    assert_eq!(names, [Some("low_low"), Some("low_middle"), Some("high_low"), Some("high_high"), None]);
    let program = program();
    let base = base_of(&program, &[("deals", &performance)]);
    let rows = segments.table(&base).to_json();
    assert_eq!(rows[1]["segment"], "low_middle");
    assert_eq!((&rows[1]["performance"], &rows[1]["potential"]), (&json!("low"), &json!("middle")));
    assert_eq!(rows[4]["segment"], Value::Null);
    let grid = [["grow", "invest", "invest"], ["keep", "keep", "star"]].map(|row| row.map(str::to_owned).to_vec());
    let segments = segment(&first, &second, &grid).unwrap();
    assert_eq!((segments.name(0), segments.name(3)), (Some("grow"), Some("star")));
}

#[test]
fn cuts_and_names_are_checked() {
    let values = [1.0, 2.0];
    let good = axis("potential", &values, Cuts::Values(vec![1.5]));
    let fails = |axis: &Axis<'_>, names: &[Vec<String>]| {
        let error = segment(axis, &good, names).unwrap_err();
        (error.field().to_owned(), error.code().as_str())
    };
    let of = |cuts: Cuts| axis("performance", &values, cuts);
    let out = "option_out_of_range";
    assert_eq!(fails(&of(Cuts::Quantiles(vec![0.5, 1.0])), &[]), ("performance.quantiles[1]".into(), out));
    assert_eq!(fails(&of(Cuts::Values(vec![2.0, 2.0])), &[]), ("performance.values[1]".into(), out));
    assert_eq!(fails(&of(Cuts::Values(vec![])), &[]), ("performance.values".into(), "invalid_option"));
    assert_eq!(fails(&of(Cuts::Values(vec![1.0])), &[vec!["a".into()]]), ("names".into(), "invalid_option"));
    let bands = Axis { bands: vec!["one".into()], ..of(Cuts::Values(vec![1.0])) };
    assert_eq!(fails(&bands, &[]), ("performance.bands".into(), "invalid_option"));
    let none = [f64::NAN, f64::NAN];
    let empty = axis("performance", &none, Cuts::Quantiles(vec![0.5]));
    assert_eq!(fails(&empty, &[]), ("performance".into(), "not_enough_data"));
    let short = axis("performance", &values[..1], Cuts::Values(vec![1.0]));
    assert_eq!(fails(&short, &[]).1, "length_mismatch");
}
