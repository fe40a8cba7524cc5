//! Bad, extreme and oversized input: a clear error or a result, never a panic and never a search without end.

use super::*;
use crate::document::Format;
use crate::error::Code;

fn at(metric: &str, limit: Value) -> Value {
    json!({"threshold": {"metric": metric, "at_least": limit}})
}

/// The code and field of a document that is refused.
fn refused(parts: Value) -> (&'static str, String) {
    let error = try_program(parts).unwrap_err();
    assert!(!error.message().is_empty());
    (error.code().as_str(), error.field().to_owned())
}

fn expected(code: &'static str, field: &str) -> (&'static str, String) {
    (code, field.to_owned())
}

fn list(what: &str, many: usize) -> Vec<Value> {
    (0..many).map(|at| json!({what: format!("{what}{at}"), "rank": at})).collect()
}

#[test]
fn there_are_at_most_32_tiers_and_tracks() {
    let tiers = |many: usize| json!({"tiers": list("tier", many)});
    let points = |many: usize| {
        let mut parts = tiers(many);
        parts["metrics"] = json!({"points": {"measure": "given"}});
        let limits = (1..many).map(|tier| (format!("tier{tier}"), at("points", json!(tier))));
        parts["qualification"] = Value::Object(limits.collect());
        parts
    };
    let most = program(points(32));
    for tier in [0, 1, 30, 31] {
        let verdict = evaluate(&most, json!({"points": tier}));
        assert_eq!(verdict.effective, Some(format!("tier{tier}")));
    }
    assert_eq!(refused(points(33)), expected("option_out_of_range", "tiers"));
    let tracks = |many: usize| {
        let tracks = (0..many).map(|at| {
            let when = json!({"attribute": {"field": "kind", "is": at}});
            json!({"track": format!("track{at}"), "when": when})
        });
        json!({"tracks": {"list": tracks.collect::<Vec<_>>()}})
    };
    let most = program(tracks(32));
    let options = EvaluateOptions { attributes: map(json!({"kind": 31})), ..on("2026-11-20") };
    assert_eq!(most.evaluate(&map(json!({})), &options).unwrap().track.as_deref(), Some("track31"));
    assert_eq!(refused(tracks(33)), expected("option_out_of_range", "tracks.list"));
    assert_eq!(refused(tracks(0)), expected("option_out_of_range", "tracks.list"));
}

#[test]
fn tiers_need_an_order() {
    assert_eq!(refused(json!({"tiers": [{"tier": "a"}]})), expected("missing_option", "tiers[0].rank"));
    let same = json!([{"tier": "a", "rank": 3}, {"tier": "b", "rank": 1}, {"tier": "c", "rank": 3}]);
    assert_eq!(refused(json!({"tiers": same})), expected("invalid_option", "tiers[2].rank"));
    let twice = json!([{"tier": "a", "rank": 1}, {"tier": "a", "rank": 2}]);
    assert_eq!(refused(json!({"tiers": twice})), expected("invalid_option", "tiers[1].tier"));
    assert_eq!(
        refused(json!({"tiers": [{"tier": "a", "rank": u64::from(u32::MAX) + 1}]})),
        expected("option_out_of_range", "tiers[0].rank")
    );
}

#[test]
fn an_empty_programme_and_one_of_tiers_alone() {
    let error = Program::from_json("{}").unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::MissingOption, "program"));
    for empty in ["program", "version"] {
        assert_eq!(refused(json!({empty: " "})), expected("invalid_option", empty));
    }
    // Everybody has the lowest tier.
    let alone = program(json!({}));
    let decisions = review(&alone, &[json!({"partner_id": "P"})], None, "2026-11-20").unwrap().decisions().unwrap();
    assert_eq!(decisions.text(0, "effective"), "member");
    assert!(alone.is_monotone());
}

#[test]
fn units_and_currencies_of_thresholds() {
    let of = |unit: &str, limit: Value, more: Value| {
        let mut parts =
            json!({"metrics": {"m": {"measure": "given", "unit": unit}}, "qualification": {"gold": at("m", limit)}});
        parts.as_object_mut().unwrap().extend(map(more));
        parts
    };
    const BOUND: &str = "qualification.gold.threshold.at_least";
    let none = || json!({});
    let money = |currency: &str| json!({"money": {"amount": 5000, "currency": currency}});
    let usd = || json!({"currency": "USD"});
    assert_eq!(refused(of("share", json!(80), none())), expected("invalid_option", BOUND));
    assert_eq!(refused(of("flag", json!(2), none())), expected("invalid_option", BOUND));
    for unit in ["count", "people", "share", "points", "flag", "number"] {
        assert_eq!(refused(of(unit, money("USD"), usd())), expected("invalid_option", BOUND), "{unit}");
    }
    // An amount in a currency without a rate; in one that there is none of; where the programme has none itself.
    assert_eq!(refused(of("money", money("EUR"), usd())), expected("invalid_option", &format!("{BOUND}.money")));
    assert_eq!(refused(of("money", money("EUR"), none())), expected("invalid_option", &format!("{BOUND}.money")));
    let (code, field) = refused(of("money", money("EURO"), usd()));
    assert!(code == "unknown_currency" && field.starts_with(BOUND), "{code} at {field}");
    let rated = json!({"currency": "USD", "exchange_rates": {"EUR": 1.1}});
    let tier = |value: f64| evaluate(&program(of("money", money("EUR"), rated.clone())), json!({"m": value})).effective;
    assert_eq!((tier(5500.0).as_deref(), tier(5499.99).as_deref()), (Some("gold"), Some("member")));
}

#[test]
fn metrics_in_circles_and_out_of_nothing() {
    let of = |metrics: Value| refused(json!({"metrics": metrics}));
    let sum = |name: &str| json!({"measure": {"sum_of": [{"metric": name}]}});
    assert_eq!(of(json!({"a": sum("a")})), expected("cycle", "metrics.a.measure.sum_of[0].metric"));
    assert_eq!(
        of(json!({"a": sum("b"), "b": sum("c"), "c": sum("a")})),
        expected("cycle", "metrics.c.measure.sum_of[0].metric")
    );
    // A metric that is made of itself some months ago is no circle of days, but one of names.
    let ago = json!({"a": {"measure": {"ago": {"of": "a", "months": 12}}}});
    assert_eq!(of(ago), expected("cycle", "metrics.a.measure.ago.of"));
    assert_eq!(of(json!({"a": sum("b")})), expected("unknown_name", "metrics.a.measure.sum_of[0].metric"));
    assert_eq!(of(json!({"a": {"measure": {"sum_of": []}}})), expected("invalid_option", "metrics.a.measure.sum_of"));
}

#[test]
fn names_that_stand_for_something_else() {
    let given = json!({"measure": "given"});
    for name in ["partner_id", "tier", "track", "enrolled_on", "tier_since"] {
        assert_eq!(refused(json!({"metrics": {name: given}})), expected("invalid_option", &format!("metrics.{name}")));
    }
    assert_eq!(
        refused(json!({"scope": {"by": "region"}, "metrics": {"region": given}})),
        expected("invalid_option", "metrics.region")
    );
    // What the metric was a year ago is handed in under this name.
    let change = json!({"measure": {"change": {"of": "x", "months": 12}}});
    assert_eq!(
        refused(json!({"metrics": {"x": given, "x_12_months_ago": given, "y": change}})),
        expected("invalid_option", "metrics.x_12_months_ago")
    );
}

#[test]
fn names_of_any_script_are_names() {
    let names =
        ["Ωmega", "日本", "naïve name", "🜚", "a\nb", "\"q\"", "null", "-1", "\u{202e}rtl", "x".repeat(300).leak()];
    for name in names {
        let program = program(json!({
            "tiers": [{"tier": "member", "rank": 1}, {"tier": name, "rank": 2}],
            "metrics": {name: {"measure": "given"}},
            "qualification": {name: at(name, json!(1))}
        }));
        let rows = [json!({"partner_id": name, name: 1})];
        let found = review(&program, &rows, None, "2026-11-20").unwrap();
        let decisions = found.decisions().unwrap();
        assert_eq!(
            (decisions.text(0, "partner_id"), decisions.text(0, "effective")),
            (name.to_owned(), name.to_owned())
        );
        assert!(!program.lint().is_empty() && !program.diff(&by_points(json!({}))).is_empty());
        assert_eq!(found.explain(&crate::tiering::ExplainOptions::of(name)).unwrap()["effective"], name);
    }
}

#[test]
fn a_chain_of_metrics_ends() {
    // The first name asks for all others.
    let chain = |many: usize| {
        let name = |at: usize| format!("m{at:06}");
        let one = |at: usize| {
            let of_the_next = json!({"sum_of": [{"metric": name(at + 1)}]});
            (name(at), json!({"measure": if at + 1 < many { of_the_next } else { json!("given") }}))
        };
        json!({"metrics": Value::Object((0..many).map(one).collect()), "qualification": {"gold": at("m000000", json!(1))}})
    };
    assert_eq!(evaluate(&program(chain(60)), json!({"m000059": 1})).effective.as_deref(), Some("gold"));
    for many in [100, 9_000] {
        let (code, field) = refused(chain(many));
        assert!(code == "too_deep" && field.starts_with("metrics.m0000"), "{code} at {field}");
    }
    assert_eq!(refused(json!({"metrics": Value::Object((0..10_001).map(|at| (format!("m{at}"), json!({"measure": "given"}))).collect())})).0, "too_large");
}

#[test]
fn what_doubles_at_each_level_ends() {
    let double = |name: &str| json!({"measure": {"sum_of": [{"metric": name}, {"metric": name}]}});
    let metrics = |levels: usize| {
        let mut metrics = map(json!({"m00": {"measure": "given"}}));
        metrics.extend((1..=levels).map(|at| (format!("m{at:02}"), double(&format!("m{:02}", at - 1)))));
        json!({"metrics": metrics, "qualification": {"gold": at(&format!("m{levels:02}"), json!(4096))}})
    };
    let twelve = program(metrics(12));
    assert_eq!(evaluate(&twelve, json!({"m00": 1})).effective.as_deref(), Some("gold"));
    assert!(!twelve.lint().is_empty());
    assert_eq!(refused(metrics(50)).0, "too_large");
    // Tiers that name the one below twice, and are kept with a margin.
    let tiers = |levels: usize| {
        let below = |tier: usize| json!({"qualifies": format!("tier{}", tier - 1)});
        let both =
            |tier: usize| (format!("tier{tier}"), json!({"any": [{"all": [below(tier), below(tier)]}, below(tier)]}));
        let mut qualification = map(json!({"tier0": at("points", json!(10))}));
        qualification.extend((1..levels).map(both));
        json!({
            "tiers": list("tier", levels), "metrics": {"points": {"measure": "given"}}, "qualification": qualification,
            "maintenance": {format!("tier{}", levels - 1): {"margin": 0.5}}
        })
    };
    let six = program(tiers(6));
    assert_eq!(evaluate(&six, json!({"points": 10})).effective.as_deref(), Some("tier5"));
    assert!(!six.lint().is_empty());
    let (code, field) = refused(tiers(32));
    assert!(code == "too_large" && field.starts_with("qualification.tier"), "{code} at {field}");
    let many: Vec<Value> = (0..2_001).map(|limit| at("points", json!(limit))).collect();
    let one = json!({"metrics": {"points": {"measure": "given"}}, "qualification": {"gold": {"any": many}}});
    assert_eq!(refused(one), expected("too_large", "qualification.gold"));
}

#[test]
fn texts_that_are_too_deep_too_large_or_explode() {
    let fails = |text: &str, format| Program::from_text(text, format).unwrap_err().code();
    let deep = |open: &str, close: &str| format!("{}{}", open.repeat(1_000), close.repeat(1_000));
    assert_eq!(fails(&deep("{\"a\":", "}"), Format::Json), Code::TooDeep);
    assert_eq!(fails(&deep("{a: ", "}"), Format::Yaml), Code::TooDeep);
    assert_eq!(fails(&format!("a = {}", deep("[", "]")), Format::Toml), Code::TooDeep);
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..20 {
        bomb += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", "));
    }
    assert_eq!(fails(&bomb, Format::Yaml), Code::TooLarge);
    // Ten megabytes are read; what they say is judged as ever.
    let doubt = "x".repeat(10 << 20);
    let long =
        json!({"program": "p", "version": "1", "tiers": [{"tier": "a", "rank": 1}], "doubts": [doubt]}).to_string();
    for format in [Format::Json, Format::Yaml] {
        assert_eq!(Program::from_text(&long, format).unwrap().tier_names(), ["a"]);
    }
    assert_eq!(fails(&" ".repeat((16 << 20) + 1), Format::Json), Code::TooLarge);
}

#[test]
fn numbers_at_the_ends_of_their_range() {
    let program = by_points(json!({}));
    let tier = |points: Value| {
        review(&program, &[json!({"partner_id": 1, "points": points})], None, "2026-11-20")
            .map(|r| r.decisions().unwrap().text(0, "effective"))
    };
    for (points, expected) in [
        (json!(i64::MAX), "top"),
        (json!(u64::MAX), "top"),
        (json!(i64::MIN), "member"),
        (json!(f64::MAX), "top"),
        (json!(f64::MIN), "member"),
        (json!(f64::MIN_POSITIVE), "member"),
        (json!(-0.0), "member"),
        (json!("1e308"), "top"),
        (Value::Null, "member"),
    ] {
        assert_eq!(tier(points.clone()).unwrap(), expected, "{points}");
    }
    for bad in ["inf", "-inf", "1e999"] {
        assert_eq!(tier(json!(bad)).unwrap_err().code(), Code::NotFinite, "{bad}");
    }
    // What is no number as text is the wrong type.
    assert_eq!(tier(json!("nan")).unwrap_err().code(), Code::WrongType);
    let floats = |value: f64| {
        use crate::table::{RawColumn, RawValues};
        let ids = RawColumn::new("partner_id", RawValues::I64(vec![1].into()));
        let points = RawColumn::new("points", RawValues::F64(vec![value].into()));
        let frame = RawTable::from_columns(vec![ids, points]).unwrap();
        let options = ProgramReviewOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
        program.review_frame(&frame, None, &options, &Monitor::none())
    };
    assert_eq!(floats(f64::INFINITY).unwrap_err().code(), Code::NotFinite);
    // NaN is a missing number, and a missing number meets no bound.
    assert_eq!(floats(f64::NAN).unwrap().decisions().unwrap().text(0, "effective"), "member");
    let number = |limit: Value| {
        refused(json!({"metrics": {"x": {"measure": "given"}}, "qualification": {"gold": at("x", limit)}}))
    };
    assert_eq!(number(json!("5")), expected("invalid_option", "qualification.gold.threshold.at_least"));
    assert_eq!(number(Value::Null).0, "invalid_option");
}

/// A programme in which every number of days and months is as large as it can be.
fn longest(attainment: &Value) -> Program {
    let most = u32::MAX;
    by_points(json!({
        "tracks": {"sticky_months": most, "list": [{"track": "all"}]},
        "attainment": attainment,
        "review": {
            "promotion": {"steps": {"at_most": most}},
            "demotion": {"grace_days": most, "grace_from": "move", "when": {"anniversary": "tier"}, "steps": {"at_most": most}}
        },
        "deadlines": [{"tier": "top", "months": most, "then": "warn"}, {"tier": "top", "months": 0, "then": "warn"}],
        "enablement": [{"metric": "points", "training": "t", "days": most}],
        "qualification": {
            "silver": at("points", json!(10)),
            "gold": {"any": [at("points", json!(20)), {"held": {"tier": "silver", "months": most}}]},
            "top": at("points", json!(30))
        }
    }))
}

#[test]
fn days_at_the_ends_of_the_calendar() {
    let forever = u32::MAX;
    let attainments = [
        json!("at_review"),
        json!({"any_day": {"rolling_months": forever}}),
        json!({"any_day": {"full_months": forever}}),
        json!({"sustained": {"days": forever}}),
    ];
    let spans = [("1900-01-01", "1900-01-02"), ("1900-01-01", "2200-12-31"), ("2200-12-30", "2200-12-31")];
    for (attainment, (first, second)) in attainments.iter().flat_map(|a| spans.map(|s| (a, s))) {
        let program = longest(attainment);
        let row = |points: i32| {
            [json!({"partner_id": 1, "points": points, "enrolled_on": first, "tier": "top", "tier_since": first})]
        };
        let past = review(&program, &row(35), None, first).unwrap().decisions().unwrap();
        let past = RawTable::from_json(&past.to_json()).unwrap();
        let now = review(&program, &row(5), Some(&past), second).unwrap();
        let decisions = now.decisions().unwrap();
        let grace = decisions.text(0, "grace_until");
        assert!(grace.is_empty() || grace == "2200-12-31", "{grace}");
        // Grace of more than three hundred years holds to the last day.
        if *attainment == "at_review" && first == "1900-01-01" && second == "2200-12-31" {
            assert_eq!((grace.as_str(), decisions.text(0, "effective").as_str()), ("2200-12-31", "top"));
        }
        // Every day that is written can be read again.
        let previous = crate::table::read_csv(decisions.to_csv().as_bytes()).unwrap();
        if second != "2200-12-31" {
            review(&program, &row(5), Some(&previous), "2200-12-31").unwrap();
        }
        let needed = crate::calendar::Date::parse("2200-12-31").unwrap();
        let trainings = now.enablement(super::super::Reach::Every, needed).unwrap();
        assert!((0..trainings.len()).all(|row| trainings.text(row, "start_by") == "1900-01-01"));
        assert!(!now.reasons().is_empty());
    }
    for day in ["1899-12-31", "2201-01-01", "0000-00-00", "2026-02-30", "+12026-01-01", "", "today"] {
        let error = review(&longest(&attainments[0]), &[json!({"partner_id": 1})], None, day).unwrap_err();
        assert_eq!((error.code(), error.field()), (Code::InvalidDate, "as_of"), "{day}");
    }
    let window = |window: Value| refused(json!({"attainment": {"any_day": window}}));
    for month in [0, 13, 255] {
        assert_eq!(
            window(json!({"fiscal_year": month})),
            expected("option_out_of_range", "attainment.any_day.fiscal_year")
        );
    }
    assert_eq!(window(json!({"fiscal_quarter": 0})).1, "attainment.any_day.fiscal_quarter");
}

#[test]
fn populations_without_values() {
    let program = program(json!({
        "metrics": {"revenue": {"measure": "given", "unit": "money"}},
        "qualification": {"top": {"top": {"metric": "revenue", "share": 0.1, "within": ["country"]}}}
    }));
    let frame = |revenue: &[Value]| -> Vec<Value> {
        revenue.iter().enumerate().map(|(at, r)| json!({"partner_id": at, "country": "DE", "revenue": r})).collect()
    };
    for rows in [frame(&[]), frame(&[Value::Null, Value::Null])] {
        let table = if rows.is_empty() {
            crate::table::read_csv(b"partner_id,country,revenue\n").unwrap()
        } else {
            RawTable::from_json(&rows).unwrap()
        };
        let options = ProgramReviewOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
        let found = program.review_frame(&table, None, &options, &Monitor::none()).unwrap();
        let decisions = found.decisions().unwrap();
        assert!((0..decisions.len()).all(|row| decisions.text(row, "effective") == "member"));
        assert_eq!((decisions.len(), found.cutoffs().len()), (rows.len(), 0));
        assert!(found.gaps(super::super::Reach::Every).is_ok());
        let design = super::super::DesignOptions {
            as_of: Some("2026-11-20".into()),
            threshold: Some("x".into()),
            shares: vec![0.5],
            tier: None,
        };
        assert_eq!(program.design_frame(&table, None, &design, &Monitor::none()).unwrap_err().field(), "threshold");
        let axis = || super::super::SegmentAxis {
            metric: Some("revenue".into()),
            cuts: super::super::Cuts::Quantiles(vec![0.5]),
            bands: vec![],
        };
        let options = super::super::SegmentOptions { performance: axis(), potential: axis(), names: vec![] };
        assert_eq!(found.segments(&options).unwrap_err().code(), Code::NotEnoughData);
    }
    // One with a value is the top of itself; the others have none.
    let one = review(&program, &frame(&[json!(-5), Value::Null]), None, "2026-11-20").unwrap().decisions().unwrap();
    assert_eq!((one.text(0, "effective"), one.text(1, "effective")), ("top".to_owned(), "member".to_owned()));
}

#[test]
fn a_partner_that_no_track_is_for_has_no_tier_and_says_so() {
    let program =
        program(json!({"tracks": {"list": [{"track": "smb", "when": {"attribute": {"field": "size", "is": "s"}}}]}}));
    let rows = [json!({"partner_id": 1, "size": "l"}), json!({"partner_id": 2, "size": null})];
    let found = review(&program, &rows, None, "2026-11-20").unwrap();
    let decisions = found.decisions().unwrap();
    for row in 0..2 {
        assert_eq!(
            ["track", "effective", "because"].map(|c| decisions.text(row, c)),
            ["", "", "no_track, no_tier_earned"]
        );
    }
    assert_eq!(found.gaps(super::super::Reach::Every).unwrap().len(), 0);
}

#[test]
fn versions_that_hold_on_the_same_days_are_told() {
    let version = |name: &str, from: Option<&str>, to: Option<&str>| {
        by_points(json!({"version": name, "effective": {"from": from, "to": to}}))
    };
    let told = |a: &Program, b: &Program| {
        let changes = a.diff(b);
        let row = (0..changes.len()).find(|&row| changes.text(row, "kind") == "overlap");
        row.map(|row| changes.text(row, "words"))
    };
    let until = |day: &str| Some(format!("both versions hold from {day}; end one before the other begins"));
    let year = version("1", Some("2026-01-01"), Some("2026-12-31"));
    let (late, next) = (version("2", Some("2026-07-01"), None), version("2", Some("2027-01-01"), None));
    assert_eq!(told(&year, &late), until("2026-07-01 to 2026-12-31"));
    assert_eq!(told(&late, &year), until("2026-07-01 to 2026-12-31"));
    assert_eq!(told(&year, &next), None);
    // The last day belongs to the version.
    assert_eq!(told(&year, &version("2", Some("2026-12-31"), None)), until("2026-12-31 to 2026-12-31"));
    // Without a last day a version ends where the next one takes over; two cannot take over on one day.
    let open = version("1", Some("2026-01-01"), None);
    assert_eq!(told(&open, &next), None);
    assert_eq!(told(&open, &version("2", Some("2026-01-01"), None)), until("2026-01-01 on"));
    assert_eq!(told(&by_points(json!({})), &by_points(json!({"version": "2"}))), None);
    assert_eq!(told(&year, &year), None);
}

#[test]
fn columns_of_other_lengths_and_many_partners() {
    let program = by_points(json!({}));
    let many: Vec<Value> = (0..20_000).map(|at| json!({"partner_id": at, "points": at % 40})).collect();
    let decisions = review(&program, &many, None, "2026-11-20").unwrap();
    assert_eq!(decisions.partners(), many.len());
    let ids = crate::table::RawColumn::new("partner_id", crate::table::RawValues::I64(vec![1, 2].into()));
    let points = crate::table::RawColumn::new("points", crate::table::RawValues::F64(vec![1.0].into()));
    let chunk = crate::table::RawChunk { columns: vec![ids, points], rows: 2 };
    let frame = RawTable { chunks: vec![chunk], untyped: false };
    let options = ProgramReviewOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
    let error = program.review_frame(&frame, None, &options, &Monitor::none()).unwrap_err();
    assert_eq!(error.code(), Code::LengthMismatch);
}
