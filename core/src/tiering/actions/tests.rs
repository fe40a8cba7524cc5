use super::*;
use crate::engine::monitor::Monitor;
use crate::tiering::Program;
use crate::tiering::gaps::tests::base_of;
use proptest::prelude::*;
use serde_json::{Value, json};

fn program(gold: Value, extra: Value) -> Program {
    let given = |unit: &str, goal: &str| json!({"measure": "given", "unit": unit, "goal": goal});
    let mut document = json!({
        "program": "p", "version": "1",
        "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
        "metrics": {
            "deals": given("count", "more"), "people": given("people", "more"), "revenue": given("money", "more"),
            "complaints": given("count", "less"), "fee": given("flag", "more"), "spare": given("count", "more"),
        },
        "qualification": {"gold": gold},
    });
    if let Value::Object(extra) = extra {
        for (key, value) in extra {
            match (document.get_mut(&key), value) {
                (Some(Value::Object(known)), Value::Object(more)) => known.extend(more),
                (_, value) => document[key] = value,
            }
        }
    }
    Program::from_value(&document).unwrap()
}

const METRICS: [&str; 6] = ["complaints", "deals", "fee", "people", "revenue", "spare"];

fn solve(program: &Program, values: [f64; 6], costs: Value) -> Plan {
    let compiled = program.compiled();
    let columns: Vec<(&str, &[f64])> =
        METRICS.iter().zip(&values).map(|(name, value)| (*name, std::slice::from_ref(value))).collect();
    let base = base_of(program, &columns);
    let costs: Costs = serde_json::from_value(costs).unwrap();
    let costs = CheckedCosts::new(compiled, &costs).unwrap();
    plan(compiled, &base, &Context::default(), &Cutoffs::of(compiled, &base), &costs, (0, 0, 1)).unwrap()
}

/// The actions of a plan that has some, as (metric, steps), with the cost.
fn short(program: &Program, plan: &Plan) -> (Vec<(String, u64)>, f64) {
    let columns = &program.compiled().columns;
    let actions = plan.actions.as_ref().unwrap().iter();
    (actions.map(|a| (columns[a.column].name.clone(), a.steps)).collect(), plan.cost.unwrap())
}

fn actions(list: &[(&str, u64)], cost: f64) -> (Vec<(String, u64)>, f64) {
    (list.iter().map(|(name, steps)| ((*name).to_owned(), *steps)).collect(), cost)
}

fn at_least(metric: &str, limit: f64) -> Value {
    json!({"threshold": {"metric": metric, "at_least": limit}})
}

#[test]
fn thresholds_take_the_steps_that_reach_them() {
    let gold = json!({"all": [at_least("deals", 5.0), at_least("revenue", 1000.5),
        {"threshold": {"metric": "complaints", "less_than": 2}}, {"gate": "fee"}]});
    let program = program(gold, Value::Null);
    let costs = json!({"deals": {"cost": 3}, "revenue": {"cost": 1, "step": 100}, "complaints": {"cost": 7},
        "fee": {"cost": 50}, "spare": {"cost": 0}});
    let plan = solve(&program, [4.0, 2.0, 0.0, 0.0, 100.0, 0.0], costs);
    // 3 deals, 10 steps of 100 past 1000.5, complaints from 4 to 1, the fee; nothing of what the tier does not ask for.
    let wanted = actions(&[("complaints", 3), ("deals", 3), ("fee", 1), ("revenue", 10)], 21.0 + 9.0 + 50.0 + 10.0);
    assert_eq!(short(&program, &plan), wanted);
    assert!(plan.proven && plan.bound == 90.0);
    assert_eq!(plan.actions.unwrap()[0].to, 1.0);
}

#[test]
fn a_metric_that_serves_two_criteria_is_paid_once() {
    // Deals alone serve both groups: 4 x 5 = 20 against 2 x 9 + 3 x 4 = 30 for the others.
    let gold = json!({"all": [
        {"any": [at_least("deals", 4.0), at_least("people", 2.0)]},
        {"n_of": {"n": 1, "of": [at_least("deals", 3.0), at_least("revenue", 3.0)]}},
    ]});
    let program = program(gold, Value::Null);
    let costs = json!({"deals": {"cost": 5}, "people": {"cost": 9}, "revenue": {"cost": 4}});
    let plan = solve(&program, [0.0; 6], costs);
    assert_eq!(short(&program, &plan), actions(&[("deals", 4)], 20.0));
}

#[test]
fn ties_move_fewer_metrics_and_then_go_by_name() {
    let two = json!({"any": [{"all": [at_least("deals", 1.0), at_least("fee", 1.0)]}, at_least("spare", 2.0),
        at_least("people", 2.0)]});
    let program = program(two, Value::Null);
    let same = json!({"cost": 5});
    let costs = json!({"deals": same, "fee": same, "people": same, "spare": same});
    assert_eq!(short(&program, &solve(&program, [0.0; 6], costs)), actions(&[("people", 2)], 10.0));
}

#[test]
fn what_cannot_be_reached_says_why() {
    let gold = json!({"all": [at_least("deals", 5.0), at_least("revenue", 10.0), at_least("people", 2.0),
        at_least("spare", 1.0), {"attribute": {"field": "country", "is": "DE"}}]});
    let program = program(gold, Value::Null);
    let costs = json!({"deals": {"cost": 1, "max": 4}, "people": {"cost": 1}, "spare": {"cost": 1}});
    let plan = solve(&program, [0.0, 0.0, 0.0, f64::NAN, 0.0, 0.0], costs);
    assert_eq!((&plan.actions, plan.cost, plan.proven), (&None, None, true));
    let paths = &program.compiled().tracks[0].paths;
    let why: Vec<(&str, &str)> =
        plan.out_of_reach.iter().map(|o| (paths[o.leaf.as_ref().unwrap().node].as_str(), o.reason.name())).collect();
    assert_eq!(
        why,
        [
            ("qualification.gold.all[0]", "max_steps"),
            ("qualification.gold.all[1]", "no_cost"),
            ("qualification.gold.all[2]", "not_measured"),
            ("qualification.gold.all[4]", "fixed"),
        ]
    );
}

#[test]
fn criteria_that_exclude_each_other_are_a_conflict() {
    let gold = json!({"all": [at_least("share", 0.75), at_least("deals", 3.0)]});
    let extra = json!({"metrics": {"share": {"measure": {"ratio": {"of": "people", "to": "deals"}}, "unit": "share"}}});
    let program = program(gold, extra);
    // One person of one deal is all; two more deals take the share to a third, and people cannot be added.
    let plan = solve(&program, [0.0, 1.0, 0.0, 1.0, 0.0, 0.0], json!({"deals": {"cost": 1, "max": 100}}));
    assert!(plan.actions.is_none() && plan.proven);
    assert_eq!(plan.out_of_reach[0].reason, Obstacle::Conflict);
    // With people to add: 3 deals need 2.25 of them, so 3.
    let costs = json!({"deals": {"cost": 1, "max": 100}, "people": {"cost": 10}});
    let plan = solve(&program, [0.0, 1.0, 0.0, 1.0, 0.0, 0.0], costs);
    assert_eq!(short(&program, &plan), actions(&[("deals", 2), ("people", 2)], 22.0));
}

fn card() -> Value {
    // 40 points for deals in proportion to 8, 30 for people from 3 on, 30 by bands of revenue.
    json!({"scorecards": {"card": {"lines": [
        {"line": "a", "max_points": 40, "points": {"linear": {"metric": "deals", "threshold": 8}}},
        {"line": "b", "max_points": 30, "points": {"full": {"metric": "people", "threshold": 3}}},
        {"line": "c", "max_points": 30, "points": {"bands": {"metric": "revenue", "bands": [
            {"at_least": 10, "points": 10}, {"at_least": 100, "points": 30}]}}},
    ]}}})
}

#[test]
fn points_come_from_the_cheapest_lines() {
    let program = program(at_least("card", 70.0), card());
    let costs = json!({"deals": {"cost": 10}, "people": {"cost": 40}, "revenue": {"cost": 1}});
    // 70 of 100: deals 8 (80) + people 3 (120) = 200; deals 8 + revenue 100 (100) = 180; people + revenue 100 + deals 2
    // (20) = 240; deals 6 (60) + people 3 (120) + revenue 10 (10) = 190. The second one.
    let plan = solve(&program, [0.0; 6], costs);
    assert_eq!(short(&program, &plan), actions(&[("deals", 8), ("revenue", 100)], 180.0));
    assert!(plan.proven);
}

#[test]
fn every_line_of_a_card_can_be_asked_for() {
    let program = program(json!({"all": [at_least("card", 70.0), {"every_line_positive": "card"}]}), card());
    let costs = json!({"deals": {"cost": 10}, "people": {"cost": 40}, "revenue": {"cost": 1}});
    let plan = solve(&program, [0.0; 6], costs);
    // All three lines: people 3 (30 points, 120) and revenue 10 (10 points, 10) leave 30 points: 6 deals.
    assert_eq!(short(&program, &plan), actions(&[("deals", 6), ("people", 3), ("revenue", 10)], 190.0));
}

#[test]
fn steps_that_open_each_other_are_seen_together() {
    let extra = json!({"scorecards": {"card": {"lines": [{"line": "a", "max_points": 50, "points": {"steps": [
        {"metric": "people", "need": 2}, {"metric": "deals", "points_each": 5, "max_points": 20},
        {"metric": "revenue", "points_each": 0.5}]}},
        {"line": "b", "max_points": 50, "points": {"best_of": [
            {"metric": "spare", "threshold": 10}, {"metric": "deals", "threshold": 20}]}}]}}});
    let program = program(at_least("card", 30.0), extra);
    // Without people: 30 points of line b are 6 of spare (6 x 9 = 54) or 12 deals. With 2 people (10), deals give 5 and
    // 2.5 of line b at once: 4 deals (20 + 10 = 30 points) cost 4 x 7 = 28: 38 in all.
    let costs = json!({"people": {"cost": 5}, "deals": {"cost": 7}, "spare": {"cost": 9}, "revenue": {"cost": 3}});
    let plan = solve(&program, [0.0; 6], costs);
    assert_eq!(short(&program, &plan), actions(&[("deals", 4), ("people", 2)], 38.0));
}

#[test]
fn large_steps_of_money_need_no_enumeration() {
    let extra = json!({"scorecards": {"card": {"lines": [
        {"line": "a", "max_points": 50, "points": {"linear": {"metric": "revenue", "threshold": 1_000_000}}},
        {"line": "b", "max_points": 50, "points": {"linear": {"metric": "people", "threshold": 7}}}]}}});
    let program = program(at_least("card", 75.0), extra);
    let plan = solve(&program, [0.0; 6], json!({"revenue": {"cost": 0.01}, "people": {"cost": 1500}}));
    // A person brings 50/7 points for 1500 (0.00476 a unit), revenue a point for 200 (0.005): 25 points of people are
    // 3.5 persons. 3 persons leave 375/7 points... beyond 50; 4 persons (28.57) leave 46.43 points: 928,571.43 of revenue.
    // 7 persons leave 25 points, 500,000: 10,500 + 5,000 = 15,500; 4: 6,000 + 9,285.72 = 15,285.72; 5: 7,500 + 7,857.15;
    // 6: 9,000 + 6,428.58. Revenue is the cheaper one, so as few persons as can be.
    let (found, cost) = short(&program, &plan);
    assert_eq!(found, [("people".to_owned(), 4), ("revenue".to_owned(), 928_572)]);
    assert!((cost - 15_285.72).abs() < 1e-6 && plan.proven, "{cost}");
}

#[test]
fn a_search_that_ends_early_claims_no_more_than_it_knows() {
    let program = program(at_least("card", 70.0), card());
    let compiled = program.compiled();
    let columns: Vec<(&str, &[f64])> = METRICS.iter().map(|name| (*name, &[0.0][..])).collect();
    let base = base_of(&program, &columns);
    let costs = json!({"deals": {"cost": 10}, "people": {"cost": 40}, "revenue": {"cost": 1}});
    let costs = CheckedCosts::new(compiled, &serde_json::from_value(costs).unwrap()).unwrap();
    let cutoffs = Cutoffs::default();
    let plan = plan_within(compiled, &base, &Context::default(), &cutoffs, &costs, (0, 0, 1), 1).unwrap();
    assert!(!plan.proven && plan.bound < plan.cost.unwrap(), "{plan:?}");
    assert!(plan.cost.unwrap() >= 180.0 && plan.bound <= 180.0, "{plan:?}");
}

#[test]
fn costs_are_checked() {
    let program = program(at_least("card", 70.0), card());
    let fails = |costs: Value| {
        let costs: Costs = serde_json::from_value(costs).unwrap();
        let error = CheckedCosts::new(program.compiled(), &costs).unwrap_err();
        (error.field().to_owned(), error.code().as_str())
    };
    assert_eq!(fails(json!({"dealz": {"cost": 1}})), ("costs.dealz".into(), "unknown_name"));
    assert_eq!(fails(json!({"card": {"cost": 1}})), ("costs.card".into(), "invalid_option"));
    assert_eq!(fails(json!({"deals": {"cost": -1}})), ("costs.deals.cost".into(), "option_out_of_range"));
    assert_eq!(fails(json!({"deals": {"cost": 1, "step": 0}})), ("costs.deals.step".into(), "option_out_of_range"));
    assert_eq!(fails(json!({"deals": {"cost": 1, "step": 0.5}})), ("costs.deals.step".into(), "option_out_of_range"));
    assert_eq!(fails(json!({"deals": {"cost": 1, "max": -1}})), ("costs.deals.max".into(), "option_out_of_range"));
    let error = crate::document::from_value::<Costs>(&json!({"deals": {"price": 1}})).unwrap_err();
    assert_eq!(error.field(), "deals.price");
}

/// The metrics of random programmes; the last two are made of others.
const NAMES: [&str; 6] = ["deals", "people", "complaints", "fee", "ratio", "card"];

fn criterion() -> impl Strategy<Value = Value> {
    let leaf = (0..8_usize, 0..9_i32, any::<bool>(), 0..4_u8).prop_map(|(metric, limit, strict, side)| {
        let name = ["deals", "people", "complaints", "ratio", "card", "sum", "best", "deals"][metric];
        let limit = match name {
            "card" => f64::from(limit) * 10.0,
            "ratio" => f64::from(limit) / 4.0,
            _ => f64::from(limit),
        };
        let bound = match (side, strict) {
            (3, true) => "less_than",
            (3, false) => "at_most",
            (_, true) => "more_than",
            (_, false) => "at_least",
        };
        json!({"threshold": {"metric": name, bound: limit}})
    });
    let leaf =
        prop_oneof![5 => leaf, 1 => Just(json!({"gate": "fee"})), 1 => Just(json!({"every_line_positive": "card"}))];
    leaf.prop_recursive(3, 10, 3, |inner| {
        let list = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            3 => list().prop_map(|l| json!({"all": l})),
            2 => list().prop_map(|l| json!({"any": l})),
            1 => list().prop_map(|l| json!({"n_of": {"n": l.len().div_ceil(2), "of": l}})),
            1 => inner.clone().prop_map(|c| json!({"not": c})),
        ]
    })
}

fn line() -> impl Strategy<Value = Value> {
    let metric = || prop::sample::select(vec!["deals", "people", "complaints", "best", "ratio"]);
    let one = move || (metric(), 1..6_u8).prop_map(|(m, t)| json!({"metric": m, "threshold": t}));
    let bands = (metric(), prop::collection::vec(0..40_u8, 1..4)).prop_map(|(m, points)| {
        let bands: Vec<Value> =
            points.iter().enumerate().map(|(at, p)| json!({"at_least": at * 2, "points": p})).collect();
        json!({"bands": {"metric": m, "bands": bands}})
    });
    let step = (metric(), 0..3_u8, 0..12_u8, prop::option::of(0..30_u8))
        .prop_map(|(m, need, each, max)| json!({"metric": m, "need": need, "points_each": each, "max_points": max}));
    prop_oneof![
        one().prop_map(|a| json!({"linear": a})),
        one().prop_map(|a| json!({"full": a})),
        prop::collection::vec(one(), 1..4).prop_map(|l| json!({"best_of": l})),
        prop::collection::vec(one(), 1..4).prop_map(|l| json!({"sum_of": l})),
        bands,
        prop::collection::vec(step, 1..4).prop_map(|l| json!({"steps": l})),
    ]
}

fn random_program() -> impl Strategy<Value = Value> {
    let lines = prop::collection::vec((line(), 10..60_u8), 1..4);
    (criterion(), lines, any::<bool>()).prop_map(|(gold, lines, capped)| {
        let given = |unit: &str, goal: &str| json!({"measure": "given", "unit": unit, "goal": goal});
        let lines: Vec<Value> = lines
            .iter()
            .enumerate()
            .map(|(at, (points, max))| json!({"line": format!("l{at}"), "max_points": max, "points": points}))
            .collect();
        let mut card = json!({"lines": lines});
        if capped {
            card["max_points"] = json!(80);
        }
        json!({
            "program": "p", "version": "1",
            "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
            "metrics": {
                "deals": given("count", "more"), "people": given("people", "more"),
                "complaints": given("count", "less"), "fee": given("flag", "more"),
                "ratio": {"measure": {"ratio": {"of": "deals", "to": "people", "when_zero": 0}}, "unit": "number"},
                "sum": {"measure": {"sum_of": [{"metric": "deals"}, {"metric": "people", "times": 2},
                    {"metric": "complaints", "times": -1}]}},
                "best": {"measure": {"highest_of": [{"metric": "deals"}, {"metric": "people"}]}},
            },
            "scorecards": {"card": card},
            "qualification": {"gold": gold},
        })
    })
}

/// Every set of steps, by the evaluator alone: the least cost, then the fewest metrics, the fewest steps, the first names.
fn enumerated(model: &Model<'_>) -> Option<(f64, Vec<u64>)> {
    let mut best: Option<((f64, usize, u64, std::cmp::Reverse<Vec<u64>>), Vec<u64>)> = None;
    let mut steps = vec![0_u64; model.levers.len()];
    loop {
        if model.meets(&steps) {
            let moved = steps.iter().filter(|&&n| n > 0).count();
            let order = (model.cost(&steps), moved, steps.iter().sum(), std::cmp::Reverse(steps.clone()));
            if best.as_ref().is_none_or(|(known, _)| order < *known) {
                best = Some((order, steps.clone()));
            }
        }
        let Some(next) = (0..steps.len()).find(|&at| steps[at] < model.levers[at].most) else { break };
        steps[next] += 1;
        steps[..next].fill(0);
    }
    best.map(|(order, steps)| (order.0, steps))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_set_of_actions_is_cheaper(
        document in random_program(),
        values in prop::array::uniform4(0..5_u8),
        costs in prop::array::uniform4((0..6_u8, 1..3_u8, 0..6_u8)),
        known in prop::array::uniform4(prop::bool::weighted(0.95)),
    ) {
        let program = Program::from_value(&document);
        prop_assume!(program.is_ok());
        let program = program.unwrap();
        let compiled = program.compiled();
        let values: Vec<f64> = values.iter().zip(known).zip(NAMES).map(|((v, known), name)| match (known, name) {
            (false, _) => f64::NAN,
            (true, "fee") => f64::from(v % 2),
            (true, _) => f64::from(*v),
        }).collect();
        let columns: Vec<(&str, &[f64])> =
            NAMES.iter().zip(&values).map(|(name, value)| (*name, std::slice::from_ref(value))).collect();
        let base = base_of(&program, &columns);
        let costs: Costs = NAMES.iter().zip(costs).map(|(name, (cost, step, max))| {
            ((*name).to_owned(), ActionCost { cost: f64::from(cost), step: f64::from(step), max: Some(f64::from(max)) })
        }).collect();
        let costs = CheckedCosts::new(compiled, &costs).unwrap();
        let (context, cutoffs) = (Context::default(), Cutoffs::default());
        let found = plan(compiled, &base, &context, &cutoffs, &costs, (0, 0, 1)).unwrap();
        let root = compiled.tracks[0].qualification[1].unwrap();
        let model = Model::new(compiled, &base, &context, &cutoffs, (0, 0, root), &costs.0);
        prop_assert!(found.proven);
        match enumerated(&model) {
            None => prop_assert!(found.actions.is_none(), "{found:?}"),
            Some((cost, steps)) => {
                prop_assert_eq!(found.cost, Some(cost), "{:?}", found);
                let actions = found.actions.unwrap();
                let same: Vec<u64> = model.levers.iter().map(|lever| {
                    actions.iter().find(|a| a.column == lever.column).map_or(0, |a| a.steps)
                }).collect();
                prop_assert_eq!(same, steps);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Through the reviews that callers make: with the set the tier is met, with any step less of it, it is not.
    #[test]
    fn a_set_reaches_the_tier_and_nothing_of_it_can_be_left_out(
        document in random_program(),
        partners in prop::collection::vec(prop::array::uniform4(0..4_u8), 1..6),
        costs in prop::array::uniform4(0..6_u8),
    ) {
        let program = Program::from_value(&document);
        prop_assume!(program.is_ok());
        let program = program.unwrap();
        let own = &NAMES[..4];
        let row = |(at, values): (usize, &[u8; 4])| {
            let mut row = json!({"partner_id": at});
            own.iter().zip(values).for_each(|(name, v)| row[name] = json!(if *name == "fee" { v % 2 } else { *v }));
            row
        };
        let rows: Vec<Value> = partners.iter().enumerate().map(row).collect();
        let reviewed = |rows: &[Value]| {
            let options = crate::tiering::ProgramReviewOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
            let frame = crate::table::RawTable::from_json(rows).unwrap();
            program.review_frame(&frame, None, &options, &Monitor::none()).unwrap()
        };
        let gold = |row: &Value| reviewed(std::slice::from_ref(row)).evaluated.qualifies[0] >> 1 & 1 == 1;
        let costs: Costs = own.iter().zip(costs).map(|(name, cost)| {
            ((*name).to_owned(), ActionCost { cost: f64::from(cost), step: 1.0, max: Some(4.0) })
        }).collect();
        let actions = reviewed(&rows).actions(&costs, &Monitor::none()).unwrap().to_json();
        for row in &rows {
            let set: Vec<&Value> = actions.iter().filter(|a| a["partner_id"] == row["partner_id"]).collect();
            if set.is_empty() {
                continue;
            }
            let with = |left_out: Option<usize>| {
                let mut moved = row.clone();
                for (at, action) in set.iter().enumerate() {
                    let (from, to) = (action["from"].as_f64().unwrap(), action["to"].as_f64().unwrap());
                    let back = if left_out == Some(at) { (to - from).signum() } else { 0.0 };
                    moved[action["metric"].as_str().unwrap()] = json!(to - back);
                }
                moved
            };
            prop_assert!(gold(&with(None)), "{row}: {set:?}");
            for at in 0..set.len() {
                prop_assert!(!gold(&with(Some(at))), "{row}: {set:?} without a step of number {at}");
            }
        }
    }
}
