use super::*;

fn fails(parts: Value) -> (String, String, String) {
    let error = try_program(parts).unwrap_err();
    (error.code().as_str().to_owned(), error.field().to_owned(), error.message().to_owned())
}

fn at(metric: &str, limit: Value) -> Value {
    json!({"threshold": {"metric": metric, "at_least": limit}})
}

#[test]
fn faults_of_a_document_have_their_place() {
    let given = json!({"deals": {"measure": "given"}, "part": {"measure": "given", "unit": "share"}});
    let cases = [
        (
            json!({"qualification": {"gold": at("deals", json!(1))}}),
            "unknown_name",
            "qualification.gold.threshold.metric",
        ),
        (
            json!({"metrics": given, "qualification": {"gold": {"all": [at("deal", json!(1))]}}}),
            "unknown_name",
            "qualification.gold.all[0].threshold.metric",
        ),
        (json!({"qualification": {"golden": "always"}}), "unknown_name", "qualification.golden"),
        (
            json!({"metrics": given, "qualification": {"gold": at("part", json!(80))}}),
            "invalid_option",
            "qualification.gold.threshold.at_least",
        ),
        (
            json!({"metrics": given, "qualification": {"gold": at("deals", json!({"money": {"amount": 5, "currency": "USD"}}))}}),
            "invalid_option",
            "qualification.gold.threshold.at_least.money",
        ),
        (
            json!({"metrics": given, "qualification": {"gold": at("deals", json!({"parameter": "x"}))}}),
            "unknown_name",
            "qualification.gold.threshold.at_least.parameter",
        ),
        (json!({"metrics": given, "qualification": {"gold": {"all": []}}}), "invalid_option", "qualification.gold.all"),
        (
            json!({"qualification": {"gold": {"qualifies": "silver"}, "silver": {"qualifies": "gold"}}}),
            "cycle",
            "qualification.gold.qualifies",
        ),
        (json!({"tiers": [{"tier": "a", "rank": 1}, {"tier": "b", "rank": 1}]}), "invalid_option", "tiers[1].rank"),
        (json!({"tiers": []}), "option_out_of_range", "tiers"),
        (json!({"effective": {"from": "2026-03-01", "to": "2026-02-01"}}), "invalid_option", "effective"),
        (
            json!({"review": {"demotion": {"when": {"every_year": ["13-01"]}}}}),
            "invalid_option",
            "review.demotion.when.every_year[0]",
        ),
        (json!({"maintenance": {"gold": {"margin": 1.5}}}), "option_out_of_range", "maintenance.gold.margin"),
        (
            json!({"metrics": {"a": {"measure": {"ratio": {"of": "b", "to": "b"}}}, "b": {"measure": {"sum_of": [{"metric": "a"}]}}}}),
            "cycle",
            "metrics.b.measure.sum_of[0].metric",
        ),
        (
            json!({"metrics": given, "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": 5, "at_most": 4}}}}),
            "invalid_option",
            "qualification.gold.threshold",
        ),
        (
            json!({"metrics": given, "qualification": {"gold": {"n_of": {"n": 3, "of": ["always"]}}}}),
            "option_out_of_range",
            "qualification.gold.n_of.n",
        ),
        (json!({"qualification": {"gold": {"treshold": {"metric": "deals"}}}}), "invalid_option", "qualification.gold"),
        (
            json!({"metrics": {"deals": {"measure": {"count": {"form": "opportunities"}}}}}),
            "unknown_option",
            "metrics.deals.measure.count.form",
        ),
    ];
    for (parts, code, field) in cases {
        let (got_code, got_field, message) = fails(parts.clone());
        assert_eq!((got_code.as_str(), got_field.as_str()), (code, field), "{message}\n{parts}");
    }
}

#[test]
fn slips_are_named() {
    let (.., message) =
        fails(json!({"metrics": {"deals": {"measure": "given"}}, "qualification": {"gold": at("deal", json!(1))}}));
    assert!(message.contains("did you mean \"deals\""), "{message}");
}

#[test]
fn partners_twice_and_missing_columns_are_told() {
    let program = by_points(json!({}));
    let twice = [json!({"partner_id": 1, "points": 1}), json!({"partner_id": 1, "points": 2})];
    assert_eq!(review(&program, &twice, None, "2026-11-20").unwrap_err().code().as_str(), "duplicate_id");
    let typo = [json!({"partner_id": 1, "point": 1})];
    let error = review(&program, &typo, None, "2026-11-20").unwrap_err();
    assert_eq!((error.code().as_str(), error.field()), ("missing_column", "points"));
    assert!(error.message().contains("did you mean \"point\""), "{error}");
    let text = [json!({"partner_id": 1, "points": "many"})];
    assert_eq!(review(&program, &text, None, "2026-11-20").unwrap_err().code().as_str(), "wrong_type");
    assert_eq!(review(&program, &[], None, "2026-11-20").unwrap_err().code().as_str(), "missing_column");
}
