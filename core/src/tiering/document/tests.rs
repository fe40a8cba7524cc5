//! Programmes from text: where errors stand and what they say.

use serde_json::{Value, json};

use super::ProgramDocument;
use crate::document::Format;
use crate::error::{Code, Error};

/// A small programme in YAML, with `$schema` and one of most things.
const SUMMIT: &str = include_str!("../../../tests/data/programs/summit.yaml");

/// The same programme as another YAML reader understands it (ruamel.yaml 0.19.1, YAML 1.2).
const SUMMIT_JSON: &str = include_str!("../../../tests/data/programs/summit.json");

fn summit() -> Value {
    crate::document::value_from(SUMMIT, Format::Yaml).unwrap()
}

/// The error of the programme with another value at a pointer; `None`: without it.
fn with(pointer: &str, value: Value) -> Error {
    let mut document = summit();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    match document.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}")) {
        Value::Object(fields) => _ = fields.insert(key.to_owned(), value),
        Value::Array(items) => items[key.parse::<usize>().unwrap()] = value,
        other => panic!("{parent} is {other}"),
    }
    match ProgramDocument::from_value(&document) {
        Err(error) => error,
        Ok(_) => panic!("{pointer} was taken"),
    }
}

#[test]
fn a_programme_reads_the_same_from_every_format() {
    let program = ProgramDocument::from_text(SUMMIT, Format::Yaml).unwrap();
    assert_eq!(program.tiers.len(), 2);
    assert_eq!(summit(), crate::document::value_from(SUMMIT_JSON, Format::Json).unwrap());
    assert_eq!(ProgramDocument::from_text(SUMMIT_JSON, Format::Json).unwrap(), program);
    let toml = "program = 'p'\nversion = '1'\neffective.from = 2026-02-01\n[[tiers]]\ntier = 'gold'\nrank = 1\n";
    let yaml = "program: p\nversion: '1'\neffective: {from: 2026-02-01}\ntiers:\n- {tier: gold, rank: 1}\n";
    let [toml, yaml] =
        [(toml, Format::Toml), (yaml, Format::Yaml)].map(|(t, f)| ProgramDocument::from_text(t, f).unwrap());
    assert_eq!(toml, yaml);
    // What is written is read back.
    let written = serde_json::to_value(&program).unwrap();
    assert_eq!(ProgramDocument::from_value(&written).unwrap(), program);
}

#[test]
fn unknown_keys_are_refused_at_every_level() {
    let mut objects = Vec::new();
    let document = summit();
    let mut open = vec![(String::new(), &document)];
    while let Some((pointer, value)) = open.pop() {
        match value {
            Value::Array(items) => open.extend(items.iter().enumerate().map(|(i, v)| (format!("{pointer}/{i}"), v))),
            Value::Object(fields) => {
                objects.push(pointer.clone());
                open.extend(fields.iter().map(|(k, v)| (format!("{pointer}/{k}"), v)));
            }
            _ => {}
        }
    }
    assert!(objects.len() > 30, "{}", objects.len());
    for object in objects {
        // A key of a map by name is a name like any other; its value is refused instead.
        let error = with(&format!("{object}/qqq"), json!([[]]));
        assert_eq!(error.kind(), crate::Kind::Config);
        let path = object.trim_start_matches('/').split('/').filter(|part| part.parse::<usize>().is_err());
        assert!(path.clone().all(|part| error.field().contains(part)), "{object}: {error:?}");
    }
}

#[test]
fn errors_have_the_whole_path_and_a_suggestion() {
    let error = with("/metrics/launched/measure/count/from", json!("opportunitys"));
    assert_eq!((error.code(), error.field()), (Code::InvalidOption, "metrics.launched.measure.count.from"));
    assert_eq!(error.details()["suggestion"], "opportunities");
    let error = with("/metrics/launched/measure/count/form", json!("lines"));
    assert_eq!((error.code(), error.field()), (Code::UnknownOption, "metrics.launched.measure.count.form"));
    assert_eq!(error.details()["suggestion"], "from");
    let error = with("/qualification/gold/all/1", json!({"tresholds": {"metric": "launched"}}));
    assert_eq!((error.code(), error.field()), (Code::InvalidOption, "qualification.gold.all[1]"));
    assert_eq!(error.details()["suggestion"], "threshold");
}

#[test]
fn numbers_name_the_path_within_them() {
    const BOUND: &str = "/qualification/gold/all/0/threshold/at_least";
    const FIELD: &str = "qualification.gold.all[0].threshold.at_least";
    let error = with(BOUND, json!({"by_track": {"smb": "12"}}));
    assert_eq!(error.field(), format!("{FIELD}.by_track.smb"));
    assert!(error.message().starts_with("got the text \"12\", expected a number, or an object such as"), "{error}");
    let error = with(BOUND, json!({"by_trak": {"smb": 12}}));
    assert_eq!((error.field(), &error.details()["suggestion"]), (&*format!("{FIELD}.by_trak"), &json!("by_track")));
    let error = with(BOUND, json!({"by_track": {"smb": {"money": {"amount": 5, "curency": "USD"}}}}));
    assert_eq!(error.field(), format!("{FIELD}.by_track.smb.money.curency"));
    let error = with(BOUND, json!({"by_track": {"smb": {"money": {"amount": 5}}}}));
    assert_eq!((error.code(), error.field()), (Code::MissingOption, &*format!("{FIELD}.by_track.smb.money.currency")));
    for (value, got) in [
        (json!({"parameter": "a", "money": {"amount": 1, "currency": "USD"}}), "got an object with 2 keys, expected"),
        (json!({}), "got an object, expected"),
        (json!(true), "got true, expected a number, or"),
        (json!([1]), "got a list, expected a number, or"),
        (json!({"parameter": 3}), "got 3, expected text; write it in quotes"),
    ] {
        let error = with(BOUND, value);
        assert!(error.message().starts_with(got), "{error}");
        assert!(error.field().starts_with(FIELD), "{error:?}");
    }
}

#[test]
fn messages_speak_of_documents_and_not_of_types() {
    let from = "/metrics/launched/measure/count";
    let cases = [
        ("/version", json!(2026.1), "got 2026.1, expected text; write it in quotes at version"),
        ("/currency", json!(false), "got false, expected text; write it in quotes at currency"),
        (
            "/review/promotion/confirm",
            json!("yes"),
            "got the text \"yes\", expected true or false at review.promotion.confirm",
        ),
        ("/tiers/0/rank", json!(-1), "got -1, expected a whole number from 0 to 4294967295 at tiers[0].rank"),
        ("/tiers/0", json!(["gold", 1]), "got a list, expected an object at tiers[0]"),
        ("/effective", json!("2026-02-01"), "got the text \"2026-02-01\", expected an object at effective"),
        ("/qualification", json!([]), "got a list, expected an object at qualification"),
        (
            "/metrics/launched/measure",
            json!(3),
            "got 3, expected a name, or an object with one key at metrics.launched.measure",
        ),
        (
            "/metrics/launched/measure",
            json!({"count": {"from": "lines"}, "sum": {"from": "lines"}}),
            "got an object with 2 keys, expected an object with one key at metrics.launched.measure",
        ),
        (
            "/metrics/launched/measure",
            json!("count"),
            "got a name alone, expected a name with its options at metrics.launched.measure.count",
        ),
        (
            "/metrics/launched/measure",
            json!({"given": 1}),
            "got a name with options, expected a name alone at metrics.launched.measure.given",
        ),
        (
            "/benefits/mdf/tiers/gold",
            Value::Null,
            "got null, expected a number, text, or true or false at benefits.mdf.tiers.gold",
        ),
        (
            "/exceptions/0/partner_id",
            json!(1.5),
            "got 1.5, expected text or a whole number at exceptions[0].partner_id",
        ),
    ];
    for (pointer, value, message) in cases {
        assert_eq!(with(pointer, value).message(), message);
    }
    let window = with(&format!("{from}/window"), json!({"fiscal_year": 300}));
    assert_eq!(window.code(), Code::OptionOutOfRange);
    assert!(window.message().starts_with("got 300, expected a whole number from 0 to 255"), "{window}");
    let day = with(&format!("{from}/window"), json!({"since": "2026-13-01"}));
    assert!(day.message().starts_with("\"2026-13-01\": not a date"), "{day}");
    for other in ["[]", "1", "null", "\"x\""] {
        let error = ProgramDocument::from_text(other, Format::Json).unwrap_err();
        assert!(error.message().ends_with("expected an object"), "{error}");
    }
}
