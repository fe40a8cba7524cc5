use super::*;

/// The points of one line over given metrics.
fn line(points: &Value, max: f64, metrics: Value) -> f64 {
    let names: Vec<String> = map(metrics.clone()).keys().cloned().collect();
    let all: Map<String, Value> = names.iter().map(|n| (n.clone(), json!({"measure": "given"}))).collect();
    let program = program(json!({
        "metrics": all,
        "scorecards": {"card": {"lines": [{"line": "only", "max_points": max, "points": points}]}}
    }));
    evaluate(&program, metrics).score.unwrap()
}

#[test]
fn steps_close_what_stands_behind_them() {
    // Microsoft's published examples of the intermediate certification metric, Azure Data & AI.
    let enterprise = json!({"steps": [
        {"metric": "step1", "need": 2}, {"metric": "step2", "need": 2}, {"metric": "step3", "points_each": 4}
    ]});
    let smb = json!({"steps": [
        {"metric": "step1", "need": 1, "points_each": 4, "max_points": 4},
        {"metric": "step2", "need": 1, "points_each": 4, "max_points": 4},
        {"metric": "step3", "points_each": 4}
    ]});
    for (steps, expected) in [([2, 2, 3], 12.0), ([2, 2, 2], 8.0), ([2, 0, 2], 0.0), ([1, 2, 2], 0.0)] {
        let metrics = json!({"step1": steps[0], "step2": steps[1], "step3": steps[2]});
        assert_eq!(line(&enterprise, 40.0, metrics), expected, "{steps:?}");
    }
    for (steps, expected) in [([2, 2, 3], 20.0), ([2, 2, 2], 16.0), ([2, 0, 2], 4.0), ([0, 0, 2], 0.0)] {
        let metrics = json!({"step1": steps[0], "step2": steps[1], "step3": steps[2]});
        assert_eq!(line(&smb, 40.0, metrics), expected, "{steps:?}");
    }
}

#[test]
fn points_in_proportion_have_a_cap() {
    assert_eq!(line(&json!({"linear": {"metric": "a", "threshold": 3}}), 30.0, json!({"a": 1})), 10.0);
    assert_eq!(line(&json!({"linear": {"metric": "a", "threshold": 3}}), 30.0, json!({"a": 7})), 30.0);
    assert_eq!(line(&json!({"linear": {"metric": "a", "threshold": 3}}), 30.0, json!({"a": -7})), 0.0);
    let either = json!([{"metric": "a", "threshold": 4000}, {"metric": "b", "threshold": 1000}]);
    assert_eq!(line(&json!({"best_of": either}), 30.0, json!({"a": 2000, "b": 1500})), 30.0);
    assert_eq!(line(&json!({"sum_of": either}), 30.0, json!({"a": 2000, "b": 250})), 22.5);
    assert_eq!(line(&json!({"full": {"metric": "a", "threshold": 3}}), 30.0, json!({"a": 2.999})), 0.0);
    let bands =
        json!({"bands": {"metric": "a", "bands": [{"at_least": 0, "points": 5}, {"at_least": 10, "points": 9}]}});
    for (value, points) in [(json!(-1), 0.0), (json!(0), 5.0), (json!(9.9), 5.0), (json!(10), 9.0), (json!(null), 0.0)]
    {
        assert_eq!(line(&bands, 30.0, json!({"a": value})), points);
    }
}

#[test]
fn thirds_that_make_a_whole_reach_it() {
    let third =
        |name: &str| json!({"line": name, "max_points": 10, "points": {"linear": {"metric": "a", "threshold": 3}}});
    let program = program(json!({
        "metrics": {"a": {"measure": "given"}},
        "scorecards": {"card": {"lines": [third("x"), third("y"), third("z")]}},
        "qualification": {"top": {"threshold": {"metric": "card", "at_least": 10}}}
    }));
    assert_eq!(evaluate(&program, json!({"a": 1})).effective.as_deref(), Some("top"));
}

#[test]
fn the_highest_tier_that_is_met_counts() {
    let program = by_points(json!({}));
    for (points, tier) in [(9.9, "member"), (10.0, "silver"), (20.0, "gold"), (1e9, "top")] {
        assert_eq!(evaluate(&program, json!({"points": points})).effective.as_deref(), Some(tier));
    }
    assert_eq!(evaluate(&program, json!({"points": null})).effective.as_deref(), Some("member"));
}

#[test]
fn criteria_combine() {
    let at = |metric: &str, limit: f64| json!({"threshold": {"metric": metric, "at_least": limit}});
    let program = program(json!({
        "metrics": {"a": {"measure": "given"}, "b": {"measure": "given"}, "c": {"measure": "given"},
                    "review": {"measure": "given", "unit": "flag"}},
        "qualification": {
            "silver": {"n_of": {"n": 2, "of": [at("a", 1.0), at("b", 1.0), at("c", 1.0)]}},
            "gold": {"all": [{"qualifies": "silver"}, {"any": [at("a", 5.0), at("b", 5.0)]}, {"not": at("c", 9.0)}]},
            "top": {"all": [{"qualifies": "gold"}, {"gate": "review"}]}
        }
    }));
    let tier = |a: i32, b: i32, c: i32, review: Value| {
        evaluate(&program, json!({"a": a, "b": b, "c": c, "review": review})).effective.unwrap()
    };
    assert_eq!(tier(1, 0, 0, json!(false)), "member");
    assert_eq!(tier(1, 1, 0, json!(false)), "silver");
    assert_eq!(tier(5, 1, 0, json!(false)), "gold");
    assert_eq!(tier(5, 1, 9, json!(true)), "silver");
    assert_eq!(tier(0, 5, 1, json!(true)), "top");
    assert_eq!(tier(0, 5, 1, json!(null)), "gold");
}

#[test]
fn the_top_of_a_population_takes_ties() {
    let program = program(json!({
        "metrics": {"revenue": {"measure": "given", "unit": "money"}},
        "qualification": {"top": {"top": {"metric": "revenue", "share": 0.2, "within": ["country"]}}}
    }));
    // Ten in DE: two ranks, and whoever ties with the second; three in AT: ceil(0.6) is one.
    let revenue = [("DE", [90, 80, 80, 70, 60, 50, 40, 30, 20, 10].as_slice()), ("AT", &[5, 4, 3])];
    let mut rows: Vec<Value> = revenue
        .iter()
        .flat_map(|(country, list)| list.iter().enumerate().map(move |(at, r)| (country, at, r)))
        .map(|(country, at, r)| json!({"partner_id": format!("{country}{at}"), "country": country, "revenue": r}))
        .collect();
    rows.reverse();
    let review = review(&program, &rows, None, "2026-11-20").unwrap();
    let decisions = review.decisions().unwrap();
    let top: Vec<String> = (0..decisions.len())
        .filter(|&row| decisions.text(row, "effective") == "top")
        .map(|row| decisions.text(row, "partner_id"))
        .collect();
    assert_eq!(top, ["AT0", "DE0", "DE1", "DE2"]);
    // One partner by itself, with the cut-offs of the population.
    let cutoffs = serde_json::from_value(Value::Array(review.cutoffs().to_json())).unwrap();
    let mut options =
        EvaluateOptions { cutoffs: Some(cutoffs), attributes: map(json!({"country": "DE"})), ..on("2026-11-20") };
    let tier = |options: &EvaluateOptions, revenue: f64| {
        program.evaluate(&map(json!({"revenue": revenue})), options).unwrap().effective.unwrap()
    };
    assert_eq!((tier(&options, 80.0).as_str(), tier(&options, 79.99).as_str()), ("top", "member"));
    options.cutoffs = None;
    let error = program.evaluate(&map(json!({"revenue": 1})), &options).unwrap_err();
    assert_eq!((error.code().as_str(), error.field()), ("missing_option", "cutoffs"));
}

#[test]
fn tracks_are_chosen() {
    let tracks = |choose: &str| {
        program(json!({
            "metrics": {"smb_share": {"measure": "given", "unit": "share"}, "points": {"measure": "given"}},
            "tracks": {"choose": choose, "list": [
                {"track": "smb", "when": {"threshold": {"metric": "smb_share", "at_least": 0.8}}},
                {"track": "enterprise"}
            ]},
            "qualification": {"gold": {"threshold": {"metric": "points", "at_least": {"by_track": {"smb": 10, "otherwise": 5}}}}}
        }))
    };
    let of = |choose: &str, share: f64, points: f64| {
        let verdict = evaluate(&tracks(choose), json!({"smb_share": share, "points": points}));
        (verdict.track.unwrap(), verdict.effective.unwrap())
    };
    assert_eq!(of("classified", 0.8, 7.0), ("smb".into(), "member".into()));
    assert_eq!(of("classified", 0.79, 7.0), ("enterprise".into(), "gold".into()));
    assert_eq!(of("best_of", 0.8, 7.0), ("enterprise".into(), "gold".into()));
    assert_eq!(of("best_of", 0.8, 10.0), ("smb".into(), "gold".into()));
}

#[test]
fn the_best_scope_counts() {
    let program = by_points(json!({"scope": {"by": "region"}}));
    let rows = [("B", "emea", 25), ("A", "emea", 5), ("A", "apac", 15)];
    let rows: Vec<Value> = rows.iter().map(|(p, r, n)| json!({"partner_id": p, "region": r, "points": n})).collect();
    let decisions = review(&program, &rows, None, "2026-11-20").unwrap().decisions().unwrap();
    let shown = |row: usize| ["partner_id", "region", "effective"].map(|name| decisions.text(row, name));
    assert_eq!(
        (decisions.len(), shown(0), shown(1)),
        (2, ["A", "apac", "silver"].map(String::from), ["B", "emea", "gold"].map(String::from))
    );
}

#[test]
fn derived_metrics_are_made_of_others() {
    let program = program(json!({
        "metrics": {
            "certified": {"measure": "given", "unit": "people"}, "people": {"measure": "given", "unit": "people"},
            "share": {"measure": {"ratio": {"of": "certified", "to": "people", "to_at_most": 200, "when_zero": 0}}},
            "spend": {"measure": "given", "unit": "money"},
            "growth": {"measure": {"change": {"of": "spend", "months": 12, "relative": true, "base_at_least": 1000}}},
            "mau": {"measure": "given"}, "profiles": {"measure": "given"},
            "mcv": {"measure": {"sum_of": [{"metric": "mau", "times": 1000}, {"metric": "profiles", "times": 0.2}]}}
        },
        "qualification": {
            "silver": {"threshold": {"metric": "share", "at_least": 0.5}},
            "gold": {"threshold": {"metric": "growth", "at_least": 0.2}},
            "top": {"threshold": {"metric": "mcv", "at_least": 20000}}
        }
    }));
    let base = json!({"certified": 0, "people": 0, "spend": 0, "spend_12_months_ago": 0, "mau": 0, "profiles": null});
    let tier = |changes: Value| {
        let mut metrics = map(base.clone());
        metrics.extend(map(changes));
        program.evaluate(&metrics, &on("2026-11-20")).unwrap().effective.unwrap()
    };
    assert_eq!(tier(json!({})), "member");
    assert_eq!(tier(json!({"certified": 100, "people": 900})), "silver");
    assert_eq!(tier(json!({"certified": 99, "people": 900})), "member");
    assert_eq!(tier(json!({"spend": 1200, "spend_12_months_ago": 1000})), "gold");
    assert_eq!(tier(json!({"spend": 1200, "spend_12_months_ago": 999})), "member");
    // The published example: 10 x 1,000 + 50,000 x 0.2 = 20,000.
    assert_eq!(tier(json!({"mau": 10, "profiles": 50000})), "top");
    assert_eq!(tier(json!({"mau": 10, "profiles": 49999})), "member");
    // A metric that is handed in ready needs none of its parts.
    let ready = map(json!({"share": 0.1, "growth": 0.3, "mcv": 1}));
    assert_eq!(program.evaluate(&ready, &on("2026-11-20")).unwrap().effective.as_deref(), Some("gold"));
}
