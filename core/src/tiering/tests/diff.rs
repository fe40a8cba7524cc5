use super::*;

fn version(version: &str, parts: Value) -> Program {
    let mut all = json!({
        "version": version,
        "metrics": {"deals": {"measure": "given", "unit": "count"}, "people": {"measure": "given", "unit": "people"}},
        "parameters": {"wanted": {"value": 5}, "most": {"value": 9}}
    });
    let (Value::Object(fields), Value::Object(parts)) = (&mut all, parts) else { panic!("objects") };
    fields.extend(parts);
    program(all)
}

fn gold(criterion: Value) -> Value {
    json!({"qualification": {"gold": criterion}})
}

fn bound(metric: &str, kind: &str, limit: Value) -> Value {
    json!({"threshold": {"metric": metric, kind: limit}})
}

/// The words of changes between two documents, but for their versions.
fn words(before: Value, after: Value) -> Vec<String> {
    let table = version("1", before).diff(&version("2", after));
    assert_eq!(table.text(0, "words"), "version 1 -> 2");
    (1..table.len()).map(|row| table.text(row, "words")).collect()
}

#[test]
fn nothing_changed_says_nothing() {
    let program = version("1", gold(bound("deals", "at_least", json!(20))));
    assert_eq!(program.diff(&program).len(), 0);
}

#[test]
fn bounds_have_a_direction() {
    let of = |before: Value, after: Value| words(gold(before), gold(after)).pop().unwrap();
    let least = |n: u32| bound("deals", "at_least", json!(n));
    let most = |n: u32| bound("deals", "at_most", json!(n));
    assert_eq!(of(least(20), least(25)), "gold: deals at least 20 -> 25 (harder)");
    assert_eq!(of(least(25), least(20)), "gold: deals at least 25 -> 20 (easier)");
    assert_eq!(of(most(20), most(25)), "gold: deals at most 20 -> 25 (easier)");
    let not = |c: Value| json!({"not": c});
    assert_eq!(of(not(least(20)), not(least(25))), "gold: not deals at least 20 -> 25 (easier)");
    let all = |list: &[Value]| json!({"all": list});
    let any = |list: &[Value]| json!({"any": list});
    let people = bound("people", "at_least", json!(2));
    assert_eq!(of(all(&[least(20)]), all(&[people.clone(), least(20)])), "gold: people at least 2 added (harder)");
    assert_eq!(of(all(&[people.clone(), least(20)]), all(&[least(20)])), "gold: people at least 2 removed (easier)");
    assert_eq!(of(any(&[least(20)]), any(&[least(20), people.clone()])), "gold: people at least 2 added (easier)");
    assert_eq!(
        of(all(&[people.clone(), least(20)]), all(&[least(25), people])),
        "gold: deals at least 20 -> 25 (harder)"
    );
}

#[test]
fn numbers_with_a_name_take_the_direction_of_their_use() {
    let of = |kind: &str, name: &str, value: f64| {
        let with = |value: f64| {
            let mut parts = gold(bound("deals", kind, json!({"parameter": name})));
            parts["parameters"] = json!({name: {"value": value}});
            parts
        };
        words(with(5.0), with(value)).pop().unwrap()
    };
    assert_eq!(of("at_least", "wanted", 6.0), "parameter wanted 5 -> 6 (harder)");
    assert_eq!(of("at_least", "wanted", 4.0), "parameter wanted 5 -> 4 (easier)");
    assert_eq!(of("at_most", "wanted", 6.0), "parameter wanted 5 -> 6 (easier)");
    // Used in both directions it has none.
    let both = |value: f64| {
        let number = json!({"parameter": "wanted"});
        let mut parts =
            gold(json!({"any": [bound("deals", "at_least", number.clone()), bound("people", "at_most", number)]}));
        parts["parameters"] = json!({"wanted": {"value": value}});
        parts
    };
    assert_eq!(words(both(5.0), both(6.0)), ["parameter wanted 5 -> 6"]);
}

#[test]
fn policy_and_scorecards_have_a_direction() {
    let grace = |days: u32| json!({"review": {"demotion": {"grace_days": days}}});
    assert_eq!(words(grace(30), grace(60)), ["review demotion grace days 30 -> 60 (easier)"]);
    let deadline = |months: u32| json!({"deadlines": [{"tier": "gold", "months": months}]});
    assert_eq!(words(deadline(6), deadline(3)), ["deadline of gold months 6 -> 3 (harder)"]);
    let keep = |margin: f64| {
        let mut parts = gold(bound("deals", "at_least", json!(20)));
        parts["maintenance"] = json!({"gold": {"margin": margin}});
        parts
    };
    assert_eq!(words(keep(0.9), keep(0.8)), ["to keep gold: margin 0.9 -> 0.8 (easier)"]);
    let card = |threshold: u32| {
        json!({"scorecards": {"card": {"lines": [
            {"line": "sales", "max_points": 30, "points": {"linear": {"metric": "deals", "threshold": threshold}}}
        ]}}})
    };
    assert_eq!(words(card(5), card(8)), ["scorecards card: sales linear threshold 5 -> 8 (harder)"]);
}

#[test]
fn renamed_tiers_are_followed() {
    let before = gold(bound("deals", "at_least", json!(20)));
    let after = json!({
        "tiers": [
            {"tier": "member", "rank": 1}, {"tier": "silver", "rank": 2}, {"tier": "expert", "rank": 3}, {"tier": "top", "rank": 4}
        ],
        "transitions": [{"from_version": "1", "tiers": {"gold": "expert"}}],
        "qualification": {"expert": bound("deals", "at_least", json!(25))}
    });
    let words = words(before, after);
    assert!(words.contains(&"tier gold is now called expert".to_owned()), "{words:?}");
    assert!(words.contains(&"expert: deals at least 20 -> 25 (harder)".to_owned()), "{words:?}");
    assert!(!words.iter().any(|w| w.contains("removed")), "{words:?}");
}

#[test]
fn both_ways_the_direction_turns() {
    let a = version(
        "1",
        gold(json!({"all": [bound("deals", "at_least", json!(20)), bound("people", "at_most", json!(3))]})),
    );
    let b = version(
        "2",
        gold(json!({"all": [bound("deals", "at_least", json!(25)), bound("people", "at_most", json!(5))]})),
    );
    let directions =
        |table: &crate::table::Table| (0..table.len()).map(|row| table.text(row, "direction")).collect::<Vec<_>>();
    assert_eq!(directions(&a.diff(&b)), ["neutral", "harder", "easier"]);
    assert_eq!(directions(&b.diff(&a)), ["neutral", "easier", "harder"]);
}
