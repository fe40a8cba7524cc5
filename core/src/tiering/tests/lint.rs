use std::collections::BTreeSet;

use proptest::prelude::*;

use super::super::lint::{CODES, findings};
use super::*;

/// The findings of a document: code and path.
fn found(parts: Value) -> Vec<(&'static str, String)> {
    let program = program(parts);
    findings(program.compiled()).into_iter().map(|f| (f.code, f.path)).collect()
}

fn at_least(metric: &str, limit: f64) -> Value {
    json!({"threshold": {"metric": metric, "at_least": limit}})
}

/// Two counts and a share, and what a test is about.
fn with(parts: Value) -> Value {
    let mut all = json!({
        "metrics": {
            "deals": {"measure": "given", "unit": "count"}, "people": {"measure": "given", "unit": "people"},
            "growth": {"measure": "given", "unit": "share"}
        },
        "qualification": {
            "silver": {"all": [at_least("deals", 5.0), at_least("people", 1.0), at_least("growth", 0.1)]},
            "gold": {"all": [at_least("deals", 10.0), at_least("people", 2.0), at_least("growth", 0.2)]},
            "top": {"all": [at_least("deals", 20.0), at_least("people", 4.0), at_least("growth", 0.3)]}
        }
    });
    let (Value::Object(all_fields), Value::Object(parts)) = (&mut all, parts) else { panic!("objects") };
    all_fields.extend(parts);
    all
}

fn gold(criterion: Value) -> Value {
    json!({"gold": criterion})
}

fn q(criterion: Value) -> Value {
    with(json!({"qualification": gold(criterion)}))
}

fn card(line: Value, more: Value) -> Value {
    let mut card = json!({"lines": [line]});
    card.as_object_mut().unwrap().extend(map(more));
    with(json!({
        "scorecards": {"card": card},
        "qualification": {"gold": {"all": [at_least("card", 1.0), at_least("people", 2.0), at_least("growth", 0.1)]}}
    }))
}

fn bands(bands: Value) -> Value {
    card(
        json!({"line": "deals", "max_points": 30, "points": {"bands": {"metric": "deals", "bands": bands}}}),
        json!({}),
    )
}

fn tracks(first: Value, second: Value) -> Value {
    with(json!({"tracks": {"list": [
        {"track": "smb", "when": first}, {"track": "enterprise", "when": second}, {"track": "rest"}
    ]}}))
}

fn attribute(field: &str, is: &str) -> Value {
    json!({"attribute": {"field": field, "is": is}})
}

fn count(window: Value) -> Value {
    let mut parts = with(json!({}));
    parts["metrics"]["deals"] = json!({"measure": {"count": {"from": "opportunities", "window": window}}});
    parts
}

fn exception(from: &str, expires: &str) -> Value {
    json!({"partner_id": "P", "tier": "gold", "reason": "r", "approved_by": "a", "from": from, "expires": expires})
}

/// For each code: a document that it is found in, its path there, and a document that it is not found in.
fn cases() -> Vec<(&'static str, Value, &'static str, Value)> {
    let year = json!({"from": "2026-01-01", "to": "2026-12-31"});
    let benefit = |tiers: Value| with(json!({"benefits": {"fee": {"tiers": tiers}}}));
    let of_year = |mut parts: Value| {
        parts["effective"] = year.clone();
        parts
    };
    let number = |value: Value| {
        with(json!({
            "parameters": {"wanted": {"value": 5, "assumed": true}},
            "qualification": {"gold": {"all": [
                {"threshold": {"metric": "deals", "at_least": value}}, at_least("people", 2.0), at_least("growth", 0.1)
            ]}}
        }))
    };
    let enrolled = |choose: &str| {
        with(
            json!({"tracks": {"choose": choose, "list": [{"track": "smb", "when": attribute("size", "s")}, {"track": "rest"}]}}),
        )
    };
    let deadline = |months: u32, more: Value| {
        let mut parts = with(json!({"deadlines": [{"tier": "gold", "months": months}]}));
        parts.as_object_mut().unwrap().extend(map(more));
        parts
    };
    let rules = |rules: Value| {
        let mut parts = with(json!({}));
        parts["metrics"]["deals"] = json!({"measure": {"points": {"rows": {"from": "opportunities"}, "rules": rules}}});
        parts
    };
    let bounded = |limits: [f64; 2]| {
        with(json!({"qualification": {
            "silver": {"threshold": {"metric": "deals", "at_least": 5, "at_most": limits[0]}},
            "gold": {"threshold": {"metric": "deals", "at_least": limits[1], "at_most": 90}}
        }}))
    };
    let demotion = |demotion: Value| with(json!({"review": {"demotion": demotion}}));
    vec![
        (
            "unreachable_tier",
            q(json!({"all": [at_least("deals", 5.0), {"threshold": {"metric": "deals", "at_most": 4}}]})),
            "qualification.gold",
            q(json!({"any": [at_least("deals", 5.0), {"threshold": {"metric": "deals", "at_most": 4}}]})),
        ),
        (
            "easier_than_below",
            with(json!({"qualification": {"silver": at_least("deals", 9.0), "gold": at_least("deals", 5.0)}})),
            "qualification.gold",
            with(json!({})),
        ),
        (
            "same_as_below",
            with(json!({"qualification": {"silver": at_least("deals", 9.0), "gold": {"qualifies": "silver"}}})),
            "qualification.silver",
            with(json!({})),
        ),
        (
            "asks_less_than_below",
            with(json!({"qualification": {
                "silver": {"all": [at_least("deals", 9.0), at_least("people", 2.0)]},
                "gold": {"all": [at_least("deals", 5.0), at_least("people", 3.0)]}
            }})),
            "qualification.gold",
            with(json!({})),
        ),
        (
            "below_not_asked",
            with(json!({"qualification": {"silver": at_least("deals", 9.0), "gold": at_least("people", 3.0)}})),
            "qualification.gold",
            with(
                json!({"qualification": {"silver": at_least("deals", 9.0), "gold": {"all": [at_least("people", 3.0), {"qualifies": "silver"}]}}}),
            ),
        ),
        (
            "cannot_fail",
            q(json!({"all": [at_least("deals", 0.0), at_least("people", 2.0)]})),
            "qualification.gold.all[0]",
            q(at_least("growth", 0.0)),
        ),
        (
            "never_met",
            q(json!({"any": [at_least("deals", 5.0), {"threshold": {"metric": "people", "less_than": 0}}]})),
            "qualification.gold.any[1]",
            q(at_least("deals", 1.0)),
        ),
        (
            "duplicate_criterion",
            q(json!({"all": [at_least("deals", 5.0), at_least("deals", 5.0)]})),
            "qualification.gold.all[1]",
            q(json!({"all": [at_least("deals", 5.0), at_least("people", 5.0)]})),
        ),
        (
            "redundant_criterion",
            q(json!({"all": [at_least("deals", 5.0), at_least("deals", 3.0)]})),
            "qualification.gold.all[1]",
            q(json!({"all": [at_least("deals", 5.0), at_least("people", 3.0)]})),
        ),
        (
            "held_needs_itself",
            q(json!({"all": [at_least("deals", 5.0), {"held": {"tier": "gold", "months": 6}}]})),
            "qualification.gold.all[1]",
            q(json!({"any": [at_least("deals", 5.0), {"held": {"tier": "gold", "months": 6}}]})),
        ),
        (
            "maintenance_harder",
            with(json!({"maintenance": {"gold": {"criterion": at_least("deals", 11.0)}}})),
            "maintenance.gold",
            with(json!({"maintenance": {"gold": {"criterion": at_least("deals", 9.0)}}})),
        ),
        (
            "maintenance_without_effect",
            with(
                json!({"maintenance": {"gold": {"margin": 1.0}}, "qualification": {"gold": {"not": at_least("deals", 5.0)}}}),
            ),
            "maintenance.gold",
            with(json!({"maintenance": {"gold": {"margin": 0.8}}})),
        ),
        (
            "tier_given_by_hand",
            with(json!({"qualification": {"silver": at_least("deals", 9.0)}})),
            "tiers[2]",
            with(json!({})),
        ),
        (
            "more_may_lower_the_tier",
            q(json!({"all": [at_least("deals", 5.0), {"not": at_least("people", 9.0)}]})),
            "qualification.gold.all[1].not",
            with(json!({})),
        ),
        (
            "more_may_change_the_track",
            tracks(at_least("people", 5.0), attribute("size", "s")),
            "tracks.list[0].when",
            tracks(attribute("size", "s"), attribute("size", "m")),
        ),
        (
            "tracks_overlap",
            tracks(attribute("size", "s"), attribute("region", "emea")),
            "tracks.list[1].when",
            tracks(attribute("size", "s"), attribute("size", "m")),
        ),
        (
            "track_never_reached",
            tracks(at_least("people", 5.0), at_least("people", 9.0)),
            "tracks.list[1]",
            tracks(at_least("people", 9.0), at_least("people", 5.0)),
        ),
        (
            "partner_without_track",
            with(json!({"tracks": {"list": [{"track": "smb", "when": attribute("size", "s")}]}})),
            "tracks.list",
            tracks(attribute("size", "s"), attribute("size", "m")),
        ),
        ("when_unused", enrolled("enrolled"), "tracks.list[0].when", enrolled("best_of")),
        ("metric_unused", q(at_least("deals", 5.0)), "metrics.growth", with(json!({}))),
        (
            "scorecard_unused",
            with(
                json!({"scorecards": {"card": {"lines": [{"line": "a", "max_points": 5, "points": {"full": {"metric": "deals", "threshold": 5}}}]}}}),
            ),
            "scorecards.card",
            bands(json!([{"at_least": 1, "points": 30}])),
        ),
        ("parameter_unused", number(json!(5)), "parameters.wanted", number(json!({"parameter": "wanted"}))),
        ("assumed_parameter", number(json!({"parameter": "wanted"})), "parameters.wanted", with(json!({}))),
        (
            "exchange_rate_unused",
            with(json!({"currency": "USD", "exchange_rates": {"EUR": 1.1}})),
            "exchange_rates.EUR",
            with(
                json!({"metrics": {"deals": {"measure": "given"}, "people": {"measure": "given"}, "growth": {"measure": {"sum": {"from": "opportunities", "of": "amount"}}}}, "currency": "USD", "exchange_rates": {"EUR": 1.1}}),
            ),
        ),
        (
            "enablement_without_use",
            with(
                json!({"qualification": {"gold": at_least("deals", 5.0)}, "enablement": [{"metric": "people", "training": "t"}]}),
            ),
            "enablement[0]",
            with(json!({"enablement": [{"metric": "people", "training": "t"}]})),
        ),
        (
            "band_falls",
            bands(json!([{"at_least": 1, "points": 30}, {"at_least": 5, "points": 9}])),
            "scorecards.card.lines[0].points.bands.bands[1].points",
            bands(json!([{"at_least": 1, "points": 9}, {"at_least": 5, "points": 30}])),
        ),
        (
            "band_without_effect",
            bands(json!([{"at_least": 1, "points": 30}, {"at_least": 5, "points": 30}])),
            "scorecards.card.lines[0].points.bands.bands[1].points",
            bands(json!([{"at_least": 1, "points": 9}, {"at_least": 5, "points": 30}])),
        ),
        (
            "line_without_points",
            bands(json!([{"at_least": 1, "points": 0}])),
            "scorecards.card.lines[0]",
            bands(json!([{"at_least": 1, "points": 30}])),
        ),
        (
            "maximum_not_reachable",
            bands(json!([{"at_least": 1, "points": 20}])),
            "scorecards.card.lines[0].max_points",
            bands(json!([{"at_least": 1, "points": 30}])),
        ),
        ("fractional_threshold", q(at_least("deals", 4.5)), "qualification.gold", q(at_least("growth", 4.5))),
        ("bands_gap", bounded([10.0, 12.0]), "qualification.gold", bounded([10.0, 11.0])),
        ("bands_overlap", bounded([10.0, 10.0]), "qualification.gold", bounded([10.0, 11.0])),
        (
            "empty_window",
            count(json!({"rolling_days": 0})),
            "metrics.deals.measure.count.window",
            count(json!({"rolling_days": 1})),
        ),
        (
            "rule_never_applies",
            rules(json!([{"points": 1}, {"where": [{"field": "type", "is": "renewal"}], "points": 2}])),
            "metrics.deals.measure.points.rules[1]",
            rules(json!([{"where": [{"field": "type", "is": "renewal"}], "points": 2}, {"points": 1}])),
        ),
        (
            "promotion_never",
            with(json!({"review": {"promotion": {"when": "never"}}})),
            "review.promotion.when",
            with(json!({})),
        ),
        ("demotion_never", demotion(json!({"when": "never"})), "review.demotion.when", with(json!({}))),
        (
            "grace_without_effect",
            demotion(json!({"when": "never", "grace_days": 30})),
            "review.demotion.grace_days",
            demotion(json!({"grace_days": 30})),
        ),
        (
            "grace_longer_than_review",
            demotion(json!({"when": "every_month", "grace_days": 32})),
            "review.demotion.grace_days",
            demotion(json!({"when": {"every_year": ["03-01"]}, "grace_days": 365})),
        ),
        (
            "deadline_too_short",
            deadline(3, json!({"attainment": {"sustained": {"days": 94}}})),
            "deadlines[0]",
            deadline(4, json!({"attainment": {"sustained": {"days": 94}}})),
        ),
        (
            "deadline_without_effect",
            with(json!({"deadlines": [{"tier": "member", "months": 3}]})),
            "deadlines[0]",
            deadline(3, json!({})),
        ),
        (
            "deadline_out_of_order",
            deadline(3, json!({"deadlines": [{"tier": "gold", "months": 3}, {"tier": "silver", "months": 6}]})),
            "deadlines[0]",
            deadline(3, json!({"deadlines": [{"tier": "gold", "months": 6}, {"tier": "silver", "months": 3}]})),
        ),
        (
            "deadline_before_window",
            {
                let mut p = count(json!({"rolling_months": 12}));
                p["deadlines"] = json!([{"tier": "gold", "months": 6}]);
                p
            },
            "deadlines[0]",
            {
                let mut p = count(json!({"rolling_months": 12}));
                p["deadlines"] = json!([{"tier": "gold", "months": 12}]);
                p
            },
        ),
        (
            "exception_outside_effective",
            of_year(with(json!({"exceptions": [exception("2025-01-01", "2025-12-31")]}))),
            "exceptions[0]",
            of_year(with(json!({"exceptions": [exception("2026-01-01", "2026-12-31")]}))),
        ),
        (
            "exception_beyond_effective",
            of_year(with(json!({"exceptions": [exception("2026-01-01", "2027-01-01")]}))),
            "exceptions[0]",
            of_year(with(json!({"exceptions": [exception("2026-01-01", "2026-12-31")]}))),
        ),
        (
            "exceptions_overlap",
            with(json!({"exceptions": [exception("2026-01-01", "2026-06-30"), exception("2026-06-30", "2026-12-31")]})),
            "exceptions[1]",
            with(json!({"exceptions": [exception("2026-01-01", "2026-06-29"), exception("2026-06-30", "2026-12-31")]})),
        ),
        (
            "transition_without_effect",
            with(json!({"transitions": [{"from_version": "1"}]})),
            "transitions[0].from_version",
            with(json!({"transitions": [{"from_version": "0"}]})),
        ),
        (
            "higher_tier_has_less",
            benefit(json!({"silver": 5, "gold": 4, "top": 9})),
            "benefits.fee.tiers.gold",
            benefit(json!({"silver": 5, "gold": 5, "top": 9})),
        ),
        ("benefit_of_no_tier", benefit(json!({})), "benefits.fee", benefit(json!({"top": true}))),
        (
            "benefit_outside_effective",
            of_year(with(json!({"benefits": {"fee": {"tiers": {"top": 1}, "effective": {"from": "2027-01-01"}}}}))),
            "benefits.fee.effective",
            of_year(with(json!({"benefits": {"fee": {"tiers": {"top": 1}, "effective": {"from": "2026-12-31"}}}}))),
        ),
    ]
}

#[test]
fn every_finding_has_its_place_and_a_document_without_it() {
    for (code, bad, path, good) in cases() {
        let of_bad = found(bad);
        assert!(of_bad.iter().any(|(c, p)| *c == code && p == path), "{code} at {path}: {of_bad:?}");
        let of_good = found(good);
        assert!(!of_good.iter().any(|(c, _)| *c == code), "{code} must not be in {of_good:?}");
    }
}

#[test]
fn every_code_is_sorted_tested_and_has_words() {
    assert!(CODES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    let mut tested: BTreeSet<&str> = cases().into_iter().map(|(code, ..)| code).collect();
    tested.insert("complexity");
    let all: BTreeSet<&str> = CODES.iter().map(|(code, _)| *code).collect();
    assert_eq!(tested, all);
    #[cfg(feature = "report")]
    for code in all {
        use crate::words::{English, Words};
        assert!(English.lookup(&format!("lint.{code}")).is_some(), "{code} has no words");
    }
}

#[test]
fn a_clean_programme_has_only_its_complexity() {
    // 9 criteria, 3 metrics and one level of nesting below the first make 13.
    let table = program(with(json!({}))).lint();
    assert_eq!(table.len(), 1, "{table}");
    assert_eq!(table.text(0, "code"), "complexity");
    assert!(table.text(0, "message").starts_with("complexity 13: 9 criteria, 3 metrics, 0 scorecard lines"), "{table}");
}

#[test]
fn the_gravest_come_first_and_paths_are_in_order() {
    let table = program(with(json!({
        "review": {"demotion": {"when": "never"}, "promotion": {"grace_days": 3}},
        "qualification": {"silver": at_least("deals", 9.5), "gold": {"all": [at_least("deals", 4.0), {"threshold": {"metric": "deals", "at_most": 3}}]}}
    })))
    .lint();
    let shown: Vec<String> =
        (0..table.len()).map(|row| format!("{} {}", table.text(row, "severity"), table.text(row, "path"))).collect();
    let expected = [
        "error qualification.gold",
        "warning metrics.growth",
        "warning metrics.people",
        "warning qualification.silver",
        "warning review.demotion.when",
        "warning review.promotion.grace_days",
        "note ",
    ];
    assert_eq!(
        shown
            .iter()
            .filter(|s| !s.starts_with("note tiers") && !s.starts_with("note qualification"))
            .collect::<Vec<_>>(),
        expected.iter().collect::<Vec<_>>(),
        "{table}"
    );
}

#[test]
fn bounds_follow_through_scorecards() {
    // 30 points of deals are all that the card has: 31 cannot be reached, and with 2 deals no more than 12.
    let line = json!({"line": "deals", "max_points": 30, "points": {"linear": {"metric": "deals", "threshold": 5}}});
    let with_bound = |points: f64, most: f64| {
        with(json!({
            "scorecards": {"card": {"lines": [line]}},
            "qualification": {"gold": {"all": [at_least("card", points), {"threshold": {"metric": "deals", "at_most": most}}]}}
        }))
    };
    let unreachable = |parts: Value| found(parts).iter().any(|(code, _)| *code == "unreachable_tier");
    assert!(unreachable(with_bound(31.0, 100.0)));
    assert!(unreachable(with_bound(12.5, 2.0)));
    assert!(!unreachable(with_bound(12.0, 2.0)));
    // A line of a metric that can have two of two listed values at most.
    let mut listed = with(json!({"qualification": {"gold": at_least("deals", 3.0)}}));
    let field = |values: Value| json!({"measure": {"count_distinct": {"from": "credentials", "of": "code", "where": [{"field": "code", "in": values}]}}});
    listed["metrics"]["deals"] = field(json!(["a", "b"]));
    assert!(unreachable(listed.clone()));
    listed["metrics"]["deals"] = field(json!(["a", "b", "c"]));
    assert!(!unreachable(listed));
}

#[test]
fn n_of_is_understood() {
    let some = |n: u32, limits: [f64; 3]| json!({"n_of": {"n": n, "of": [at_least("deals", limits[0]), at_least("people", limits[1]), at_least("growth", limits[2])]}});
    let of = |silver: Value, gold: Value| {
        found(with(json!({"qualification": {"silver": silver, "gold": gold}})))
            .into_iter()
            .map(|(code, _)| code)
            .collect::<Vec<_>>()
    };
    // Two of three higher ones imply two of three, and any one of them.
    assert!(!of(some(2, [1.0, 1.0, 0.1]), some(2, [2.0, 2.0, 0.2])).contains(&"below_not_asked"));
    assert!(of(some(2, [2.0, 2.0, 0.2]), some(2, [1.0, 1.0, 0.1])).contains(&"easier_than_below"));
    assert!(of(some(3, [1.0, 1.0, 0.1]), some(2, [1.0, 1.0, 0.1])).contains(&"easier_than_below"));
    assert!(of(some(2, [1.0, 1.0, 0.1]), some(2, [1.0, 1.0, 0.1])).contains(&"same_as_below"));
    // Of any two of three, one is deals or people.
    let either = json!({"any": [at_least("deals", 1.0), at_least("people", 1.0)]});
    assert!(!of(either, some(2, [1.0, 1.0, 0.1])).contains(&"below_not_asked"));
}

/// A criterion over two metrics.
fn criterion() -> impl Strategy<Value = Value> {
    let bound = (
        prop_oneof![Just("a"), Just("b")],
        0..6i32,
        prop_oneof![Just("at_least"), Just("more_than"), Just("at_most"), Just("less_than")],
    )
        .prop_map(|(metric, limit, kind)| json!({"threshold": {"metric": metric, kind: limit}}));
    bound.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..3).prop_map(|list| json!({"all": list})),
            prop::collection::vec(inner.clone(), 1..3).prop_map(|list| json!({"any": list})),
            prop::collection::vec(inner.clone(), 2..4).prop_map(|list| json!({"n_of": {"n": 2, "of": list}})),
            inner.prop_map(|c| json!({"not": c})),
        ]
    })
}

fn of_criteria(silver: &Value, gold: &Value) -> Program {
    program(json!({
        "metrics": {"a": {"measure": "given", "unit": "count"}, "b": {"measure": "given", "unit": "count"}},
        "qualification": {"silver": silver, "gold": gold}
    }))
}

/// Which of silver and gold is met, for every pair of counts from 0 to 8.
fn grid(silver: &Value, gold: &Value) -> Vec<(bool, bool)> {
    let (silver, gold) = (of_criteria(silver, &json!("always")), of_criteria(&json!("always"), gold));
    let mut all = Vec::new();
    for (a, b) in (0..9).flat_map(|a| (0..9).map(move |b| (a, b))) {
        // A gold that is always met hides silver: ask for each by itself.
        let meets = |program: &Program, tier: usize| {
            let options = on("2026-11-20");
            let review = program.review_one(&map(json!({"a": a, "b": b})), &options).unwrap();
            review.evaluated.qualifies[0] >> tier & 1 == 1
        };
        all.push((meets(&silver, 1), meets(&gold, 2)));
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_lint_proves_holds_everywhere(silver in criterion(), gold in criterion()) {
        let codes: Vec<&str> = findings(of_criteria(&silver, &gold).compiled()).into_iter()
            .filter(|f| f.path == "qualification.gold").map(|f| f.code).collect();
        let grid = grid(&silver, &gold);
        let met = grid.iter().filter(|(_, gold)| *gold).count();
        if codes.contains(&"unreachable_tier") {
            prop_assert_eq!(met, 0);
        }
        if codes.contains(&"easier_than_below") || codes.contains(&"same_as_below") {
            prop_assert!(grid.iter().all(|(silver, gold)| !silver || *gold));
        }
        if codes.contains(&"below_not_asked") || codes.contains(&"asks_less_than_below") {
            prop_assert!(grid.iter().any(|(silver, gold)| *gold && !silver));
        }
    }

    #[test]
    fn more_never_lowers_a_tier_of_a_monotone_programme(
        silver in criterion(), gold in criterion(), low in (0..9i32, 0..9i32), more in (0..4i32, 0..4i32)
    ) {
        let program = of_criteria(&silver, &gold);
        prop_assume!(program.is_monotone());
        let tier = |a: i32, b: i32| program.review_one(&map(json!({"a": a, "b": b})), &on("2026-11-20")).unwrap().decided[0].decision.qualified;
        prop_assert!(tier(low.0 + more.0, low.1 + more.1) >= tier(low.0, low.1));
    }
}
