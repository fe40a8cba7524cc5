//! What programmes promise: the tier is the highest one that is met, more never hurts where lint says so, grace never
//! shortens, and a history that went through text decides the same.

use proptest::prelude::*;

use super::*;
use crate::calendar::Date;
use crate::table::read_csv;

/// What a partner has; `None`: not known.
#[derive(Debug, Clone)]
struct Row {
    a: Option<i32>,
    b: Option<i32>,
    churn: i32,
    gate: bool,
    region: Option<&'static str>,
}

impl Row {
    fn record(&self, partner: usize) -> Value {
        json!({
            "partner_id": partner, "a": self.a, "b": self.b, "churn": self.churn, "gate": self.gate, "region": self.region,
        })
    }

    /// A metric of the programme, made by hand.
    fn metric(&self, name: &str) -> Option<f64> {
        let number = |n: Option<i32>| n.map(f64::from);
        let (a, b) = (number(self.a), number(self.b));
        match name {
            "a" => a,
            "b" => b,
            "churn" => Some(f64::from(self.churn)),
            // a + 2b of those that are known.
            "sum" => match (a, b) {
                (None, None) => None,
                (a, b) => Some(a.unwrap_or(0.0) + 2.0 * b.unwrap_or(0.0)),
            },
            // 10 points for each a up to 40, and 60 from two of b on.
            _ => Some((10.0 * a.unwrap_or(0.0)).min(40.0) + if b >= Some(2.0) { 60.0 } else { 0.0 }),
        }
    }
}

fn rows(many: std::ops::Range<usize>) -> impl Strategy<Value = Vec<Row>> {
    let count = || prop_oneof![5 => (0..9_i32).prop_map(Some), 1 => Just(None)];
    let region = prop::sample::select(vec![Some("n"), Some("s"), None]);
    let row = (count(), count(), 0..9_i32, any::<bool>(), region).prop_map(|(a, b, churn, gate, region)| Row {
        a,
        b,
        churn,
        gate,
        region,
    });
    prop::collection::vec(row, many)
}

/// A criterion; of those that are made of others, `nots` to twelve are turned round.
fn criterion(nots: u32) -> impl Strategy<Value = Value> {
    let least = (prop::sample::select(vec!["a", "b", "sum", "card"]), 0..9_i32, any::<bool>()).prop_map(
        |(metric, limit, strict)| {
            let limit = if metric == "card" { limit * 12 } else { limit };
            json!({"threshold": {"metric": metric, if strict { "more_than" } else { "at_least" }: limit}})
        },
    );
    let most = (0..9_i32, any::<bool>()).prop_map(|(limit, strict)| {
        json!({"threshold": {"metric": "churn", if strict { "less_than" } else { "at_most" }: limit}})
    });
    let region = prop_oneof![Just(json!({"is": "n"})), Just(json!({"is_not": "n"})), Just(json!({"exists": true}))]
        .prop_map(|mut condition| {
            condition["field"] = json!("region");
            json!({"attribute": condition})
        });
    let leaf = prop_oneof![
        8 => least, 3 => most, 2 => region, 1 => Just(json!({"gate": "gate"})), 1 => Just(json!("always")),
        1 => Just(json!({"every_line_positive": "card"})),
    ];
    leaf.prop_recursive(3, 12, 3, move |inner| {
        let list = || prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            4 => list().prop_map(|l| json!({"all": l})),
            4 => list().prop_map(|l| json!({"any": l})),
            4 => list().prop_map(|l| json!({"n_of": {"n": l.len().div_ceil(2), "of": l}})),
            nots => inner.clone().prop_map(|c| json!({"not": c})),
        ]
    })
}

/// Whether a row meets a criterion, as the document reads.
fn meets(criterion: &Value, row: &Row, silver: &Value) -> bool {
    let each = |list: &Value| list.as_array().unwrap().iter().filter(|c| meets(c, row, silver)).count();
    if criterion == "always" {
        return true;
    }
    let (kind, inner) = criterion.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "all" => each(inner) == inner.as_array().unwrap().len(),
        "any" => each(inner) > 0,
        "n_of" => each(&inner["of"]) as u64 >= inner["n"].as_u64().unwrap(),
        "not" => !meets(inner, row, silver),
        "qualifies" => meets(silver, row, silver),
        "gate" => row.gate,
        "every_line_positive" => row.a > Some(0) && row.b >= Some(2),
        "attribute" => match (inner["is"].as_str(), inner["is_not"].as_str()) {
            (Some(is), _) => row.region == Some(is),
            (_, Some(is_not)) => row.region != Some(is_not),
            _ => row.region.is_some(),
        },
        _ => row.metric(inner["metric"].as_str().unwrap()).is_some_and(|value| {
            let bound = |name: &str| inner[name].as_f64();
            bound("at_least").is_none_or(|limit| value >= limit)
                && bound("more_than").is_none_or(|limit| value > limit)
                && bound("at_most").is_none_or(|limit| value <= limit)
                && bound("less_than").is_none_or(|limit| value < limit)
        }),
    }
}

fn judged(more: Value) -> Program {
    let given = |unit: &str| json!({"measure": "given", "unit": unit});
    let mut parts = json!({
        "metrics": {
            "a": given("count"), "b": given("count"), "gate": given("flag"),
            "churn": {"measure": "given", "unit": "count", "goal": "less"},
            "sum": {"measure": {"sum_of": [{"metric": "a"}, {"metric": "b", "times": 2}]}},
        },
        "scorecards": {"card": {"lines": [
            {"line": "a", "max_points": 40, "points": {"linear": {"metric": "a", "threshold": 4}}},
            {"line": "b", "max_points": 60, "points": {"full": {"metric": "b", "threshold": 2}}}
        ]}}
    });
    parts.as_object_mut().unwrap().extend(map(more));
    program(parts)
}

/// What each row qualifies for.
fn tiers_of(program: &Program, rows: &[Row]) -> Vec<String> {
    let records: Vec<Value> = rows.iter().enumerate().map(|(at, row)| row.record(at)).collect();
    let decisions = review(program, &records, None, "2026-11-20").unwrap().decisions().unwrap();
    (0..decisions.len()).map(|row| decisions.text(row, "qualified")).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_tier_is_the_highest_one_that_is_met(
        silver in criterion(2), gold in criterion(2), below in any::<bool>(), order in 0..6_usize, gap in 1..9_u32, rows in rows(1..8)
    ) {
        let gold = if below { json!({"all": [{"qualifies": "silver"}, gold]}) } else { gold };
        // The place in the list is nothing, the rank is all.
        let mut tiers: Vec<Value> =
            ["member", "silver", "gold"].iter().enumerate().map(|(at, t)| json!({"tier": t, "rank": at as u32 * gap})).collect();
        tiers.rotate_left(order % 3);
        if order > 2 {
            tiers.swap(0, 1);
        }
        let program = judged(json!({"tiers": tiers, "qualification": {"silver": silver, "gold": gold}}));
        let expected: Vec<&str> = rows.iter().map(|row| {
            match (meets(&gold, row, &silver), meets(&silver, row, &silver)) {
                (true, _) => "gold",
                (false, true) => "silver",
                (false, false) => "member",
            }
        }).collect();
        prop_assert_eq!(&tiers_of(&program, &rows), &expected);
        // One partner on a request is judged alike.
        for (row, expected) in rows.iter().zip(&expected) {
            let metrics = json!({"a": row.a, "b": row.b, "churn": row.churn, "gate": row.gate});
            let options = EvaluateOptions { attributes: map(json!({"region": row.region})), ..on("2026-11-20") };
            let verdict = program.evaluate(&map(metrics), &options).unwrap();
            prop_assert_eq!(verdict.qualified.as_deref(), Some(*expected));
        }
        // Whoever must meet silver for gold meets it.
        if below {
            for row in rows.iter().filter(|row| meets(&gold, row, &silver)) {
                prop_assert!(meets(&silver, row, &silver));
            }
        }
    }

    #[test]
    fn more_never_hurts_in_a_monotone_programme(
        silver in criterion(6), gold in criterion(6), choose in 0..4_usize, limit in 0..9_i32,
        rows in rows(12..40), more in (0..7_i32, 0..7_i32, 0..7_i32, any::<bool>())
    ) {
        let by_metric = json!({"threshold": {"metric": "a", "at_least": limit}});
        let by_region = json!({"attribute": {"field": "region", "is": "n"}});
        let tracks = |choose: &str, when: &Value| json!({"tracks": {"choose": choose, "list": [
            {"track": "first", "when": when, "qualification": {"gold": gold}}, {"track": "rest"}
        ]}});
        let mut parts = match choose {
            0 => json!({}),
            1 => tracks("classified", &by_region),
            2 => tracks("classified", &by_metric),
            _ => tracks("best_of", &by_metric),
        };
        parts["qualification"] = json!({"silver": silver, "gold": if choose == 0 { &gold } else { &silver }});
        let program = judged(parts);
        prop_assume!(program.is_monotone());
        let better: Vec<Row> = rows.iter().map(|row| Row {
            a: row.a.map(|a| a + more.0),
            b: row.b.map(|b| b + more.1),
            churn: (row.churn - more.2).max(0),
            gate: row.gate || more.3,
            ..row.clone()
        }).collect();
        let rank = |tiers: Vec<String>| -> Vec<Option<usize>> {
            tiers.iter().map(|tier| program.tier_names().iter().position(|t| t == tier)).collect()
        };
        let (before, after) = (rank(tiers_of(&program, &rows)), rank(tiers_of(&program, &better)));
        for (at, (before, after)) in before.iter().zip(&after).enumerate() {
            prop_assert!(after >= before, "{:?} is {before:?}, {:?} is {after:?}", rows[at], better[at]);
        }
    }
}

/// Days of reviews with the points of the one partner.
fn days() -> impl Strategy<Value = Vec<(Date, i32)>> {
    prop::collection::vec((1..70_i32, 0..40_i32), 2..12).prop_map(|steps| {
        let mut day = Date::parse("2026-01-15").unwrap();
        let next = |(step, points): (i32, i32)| {
            day = day.add_days(step);
            (day, points)
        };
        steps.into_iter().map(next).collect()
    })
}

/// A policy of demotion with days of grace.
fn demotion() -> impl Strategy<Value = Value> {
    let when =
        prop::sample::select(vec![json!("any_day"), json!("every_month"), json!({"every_year": ["03-01", "09-01"]})]);
    let from = prop::sample::select(vec!["shortfall", "move"]);
    let steps = prop::sample::select(vec![json!("to_earned"), json!("one"), json!({"at_most": 2})]);
    (when, from, steps, 0..120_u32, prop::bool::weighted(0.2)).prop_map(|(when, from, steps, days, confirm)| {
        json!({"when": when, "grace_from": from, "steps": steps, "grace_days": days, "confirm": confirm})
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    /// Whoever was told a day of grace keeps the tier until it, also where a stricter version takes over in between.
    #[test]
    fn grace_never_shortens(days in days(), first in demotion(), second in demotion(), change in 0..12_usize, keep in any::<bool>()) {
        let transition = if keep { json!({"from_version": "1", "keep_until": "2026-06-30"}) } else { json!({"from_version": "1"}) };
        let versions = [
            by_points(json!({"review": {"demotion": first}})),
            by_points(json!({"version": "2", "review": {"demotion": second}, "transitions": [transition]})),
        ];
        let mut previous: Vec<Value> = Vec::new();
        for (at, (day, points)) in days.iter().enumerate() {
            let (program, policy) = if at < change { (&versions[0], &first) } else { (&versions[1], &second) };
            let rows = [json!({"partner_id": "P", "points": points})];
            let past = RawTable::from_json(&previous).unwrap();
            let now = review(program, &rows, Some(&past), &day.to_string()).unwrap();
            let now = &now.decided[0].decision;
            if let Some(before) = previous.last() {
                let date = |name: &str| before[name].as_str().map(|text| Date::parse(text).unwrap());
                let held = program.compiled().tier(before["standing"].as_str().unwrap());
                if let Some(until) = date("grace_until").filter(|until| day <= until) {
                    prop_assert!(now.standing >= held, "{day}: {before} and then {now:?}");
                    if now.short_since.is_some() && now.standing == held {
                        prop_assert!(now.grace_until >= Some(until), "{day}: {before} and then {now:?}");
                    }
                }
                let grace = policy["grace_days"].as_i64().unwrap() as i32;
                if now.standing < held && policy["grace_from"] == "shortfall" {
                    let since = date("short_since").unwrap_or(*day);
                    prop_assert!(grace == 0 || *day > since.add_days(grace), "{day}: {before} and then {now:?}");
                }
            }
            previous.extend(review(program, &rows, Some(&past), &day.to_string()).unwrap().decisions().unwrap().to_json());
        }
    }
}

/// A programme with everything that looks back.
fn looks_back(grace: u32, sticky: u32) -> Program {
    by_points(json!({
        "tracks": {"sticky_months": sticky, "list": [
            {"track": "large", "when": {"attribute": {"field": "size", "is": "large"}}}, {"track": "all, others"}
        ]},
        "attainment": {"any_day": {"rolling_days": 45}},
        "review": {
            "promotion": {"steps": "one", "when": "every_month"},
            "demotion": {"grace_days": grace, "grace_from": "move", "when": "every_month"}
        },
        "deadlines": [{"tier": "silver", "months": 4, "then": "warn"}],
        "exceptions": [{"partner_id": "007", "tier": "gold", "reason": "r", "approved_by": "a", "expires": "2026-03-31"}],
        "qualification": {
            "silver": {"threshold": {"metric": "points", "at_least": {"by_track": {"large": 12, "otherwise": 10}}}},
            "gold": {"threshold": {"metric": "points", "at_least": 20}},
            "top": {"any": [{"all": [{"threshold": {"metric": "points", "at_least": 30}}, {"held": {"tier": "gold", "months": 2}}]},
                {"top": {"metric": "points", "share": 0.1, "within": ["size"]}}]}
        }
    }))
}

/// Ids that text may spoil.
const IDS: [&str; 6] = ["007", "P,1", "\"quoted\"", "Ωmega 🜚", "null", "-1"];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_history_that_went_through_text_decides_the_same(
        points in prop::collection::vec(prop::collection::vec((0..40_i32, any::<bool>()), 1..7), 1..8),
        grace in 0..90_u32, sticky in 1..6_u32
    ) {
        let program = looks_back(grace, sticky);
        let days: Vec<(String, Vec<Value>)> = points.iter().enumerate().map(|(month, partners)| {
            let row = |(at, (points, large)): (usize, &(i32, bool))| {
                json!({"partner_id": IDS[at], "points": points, "size": if *large { "large" } else { "small" }, "enrolled_on": "2026-01-01"})
            };
            (format!("2026-{:02}-15", month + 1), partners.iter().enumerate().map(row).collect())
        }).collect();
        let frames: Vec<RawTable<'static>> = days.iter().map(|(_, rows)| RawTable::from_json(rows).unwrap()).collect();
        let pairs: Vec<(&str, &RawTable<'_>)> = days.iter().map(|(day, _)| day.as_str()).zip(&frames).collect();
        let replayed = program.replay_frames(&pairs, None, &Monitor::none()).unwrap().decisions().unwrap().to_csv();
        // Day by day, every decision written as text and read again.
        let mut text = String::new();
        for (day, rows) in &days {
            let previous = (!text.is_empty()).then(|| read_csv(text.as_bytes()).unwrap());
            let csv = review(&program, rows, previous.as_ref(), day).unwrap().decisions().unwrap().to_csv();
            let body = if text.is_empty() { csv.as_str() } else { csv.split_once('\n').unwrap().1 };
            text += body;
        }
        prop_assert_eq!(text, replayed);
    }
}
