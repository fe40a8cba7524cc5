//! Programme documents that were damaged, in every format: an error with its place, or a programme that runs.

use std::sync::LazyLock;

use cosell::attribution::{Credit, JourneysOptions, Model};
use cosell::document::Format;
use cosell::engine::monitor::Monitor;
use cosell::facts::{Ecosystem, TABLES};
use cosell::table::read_csv;
use cosell::tiering::{Program, ProgramReviewOptions, Reach, ReviewInputs};
use cosell::{Code, Error};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::programs::shipped;
use super::sample::{Dice, reads};

/// The sample ecosystem and credit of it.
static SAMPLE: LazyLock<(Ecosystem, Credit)> = LazyLock::new(|| {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data");
    let options = json!({"currency": "USD", "max_rate_age_days": 45, "on_invalid": "reject"});
    let mut builder = Ecosystem::builder().options(reads(options));
    for table in TABLES {
        let file = folder.join(format!("{}.csv", table.name));
        if file.exists() {
            builder = builder.table(table.name, read_csv(&std::fs::read(file).unwrap()).unwrap());
        }
    }
    let eco = builder.build().unwrap();
    let journeys = eco.journeys(&JourneysOptions::default(), &Monitor::none()).unwrap();
    let credit = journeys.attribute(&Model::from_value(&json!("linear")).unwrap(), &Monitor::none()).unwrap();
    (eco, credit)
});

/// The pointers of everything below the document itself.
fn pointers(value: &Value) -> Vec<String> {
    let mut all = Vec::new();
    let mut open = vec![(String::new(), value)];
    while let Some((pointer, value)) = open.pop() {
        let escaped = |key: &str| key.replace('~', "~0").replace('/', "~1");
        match value {
            Value::Array(items) => open.extend(items.iter().enumerate().map(|(i, v)| (format!("{pointer}/{i}"), v))),
            Value::Object(fields) => {
                open.extend(fields.iter().map(|(k, v)| (format!("{pointer}/{}", escaped(k)), v)));
            }
            _ => {}
        }
        all.push(pointer);
    }
    all.retain(|pointer| !pointer.is_empty());
    all
}

/// One damage somewhere in a document.
fn damage(document: &mut Value, dice: &mut Dice) {
    let all = pointers(document);
    let pointer = dice.pick(&all).clone();
    let other = document.pointer(dice.pick(&all).as_str()).cloned().unwrap_or_default();
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    let key = key.replace("~1", "/").replace("~0", "~");
    let odd = [
        json!(-1),
        json!(0),
        json!(0.5),
        json!(1e308),
        json!(4_294_967_296_u64),
        json!(i64::MIN),
        json!(true),
        json!(""),
        json!("x"),
        json!("2026-02-30"),
        json!([]),
        json!({}),
        json!([[]]),
        json!({"x": 1}),
        json!("given"),
        json!(1e-300),
    ];
    let odd = dice.pick(&odd).clone();
    let turned = |value: &Value| match value {
        Value::String(text) => text.parse::<f64>().map_or(json!(7), |number| json!(number)),
        Value::Number(number) => json!(number.to_string()),
        Value::Bool(flag) => json!(u8::from(*flag)),
        Value::Array(list) => list.first().cloned().unwrap_or_default(),
        other => json!([other]),
    };
    let what = dice.below(8);
    match document.pointer_mut(parent) {
        Some(Value::Object(fields)) => {
            let old = fields.get(&key).cloned().unwrap_or_default();
            match what {
                0 => _ = fields.remove(&key),
                1 => {
                    fields.remove(&key);
                    fields.insert(format!("{key}x"), old);
                }
                2 => _ = fields.insert(key, other),
                3 => _ = fields.insert(key, turned(&old)),
                4 => _ = fields.insert("extra".to_owned(), odd),
                _ => _ = fields.insert(key, odd),
            }
        }
        Some(Value::Array(items)) => {
            let at: usize = key.parse().unwrap();
            match what {
                0 => _ = items.remove(at),
                1 => items.push(items[at].clone()),
                2 => items[at] = other,
                3 => items[at] = turned(&items[at]),
                4 => items.reverse(),
                _ => items[at] = odd,
            }
        }
        _ => unreachable!("a pointer has a parent"),
    }
}

/// A value in TOML, on one line; TOML has no null.
fn toml(value: &Value) -> String {
    let key = |key: &String| Value::from(key.as_str()).to_string();
    match value {
        Value::Array(items) => format!("[{}]", items.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) => {
            let members: Vec<String> = fields.iter().map(|(k, v)| format!("{} = {}", key(k), toml(v))).collect();
            format!("{{ {} }}", members.join(", "))
        }
        plain => plain.to_string(),
    }
}

fn texts(document: &Value) -> [(Format, String); 3] {
    let lines: Vec<String> = document
        .as_object()
        .unwrap()
        .iter()
        .map(|(k, v)| format!("{} = {}\n", Value::from(k.as_str()), toml(v)))
        .collect();
    let pretty = serde_json::to_string_pretty(document).unwrap();
    // Its indented form in brackets is YAML as well.
    [(Format::Json, document.to_string()), (Format::Yaml, pretty), (Format::Toml, lines.concat())]
}

/// An error is no fault of ours and says where it is.
fn placed(error: &Error) -> bool {
    let lines = error.details().contains_key("line");
    error.code() != Code::Internal && (lines || !error.field().is_empty()) && error.message().len() > 10
}

/// Whatever a programme says of the sample ecosystem; errors must have a place.
fn run(program: &Program) -> Result<(), String> {
    let (eco, credit) = &*SAMPLE;
    let inputs = ReviewInputs { credit: [("influence".to_owned(), credit)].into(), ..ReviewInputs::default() };
    let options = reads::<ProgramReviewOptions>(json!({"as_of": "2026-11-20", "forecast_months": 1}));
    let lint = program.lint();
    if lint.is_empty() || !program.diff(program).is_empty() {
        return Err(format!("{lint}"));
    }
    match program.review(eco, &inputs, &options, &Monitor::none()) {
        Ok(review) => {
            let decisions = review.decisions().map_err(|e| e.to_string())?;
            review.gaps(Reach::Every).map_err(|e| e.to_string())?;
            let partners = review.partners();
            if decisions.len() == partners { Ok(()) } else { Err(format!("{} of {partners}", decisions.len())) }
        }
        Err(error) if placed(&error) => Ok(()),
        Err(error) => Err(format!("{error:?}")),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(160))]

    #[test]
    fn a_damaged_programme_is_refused_with_its_place_or_runs(which in 0..12_usize, seed in any::<u64>(), damages in 1..4_usize) {
        let (name, mut document) = shipped().swap_remove(which);
        let original = Program::from_value(&document).unwrap();
        let mut dice = Dice(seed);
        for _ in 0..damages {
            damage(&mut document, &mut dice);
        }
        // Every format says the same.
        let read = texts(&document).map(|(format, text)| Program::from_text(&text, format));
        let shown = |read: &cosell::Result<Program>| match read {
            Ok(program) => format!("{:?}", program.document()),
            Err(error) => format!("{} at {}: {}", error.code().as_str(), error.field(), error.message()),
        };
        prop_assert_eq!(shown(&read[0]), shown(&read[1]));
        // TOML has no null, and of two faults the first one in the text is told, which is another one where keys are ordered.
        let has_null = document.to_string().contains("null");
        prop_assert_eq!(read[0].is_ok(), read[2].is_ok() || has_null);
        if read[0].is_ok() && !has_null {
            prop_assert_eq!(shown(&read[0]), shown(&read[2]));
        }
        match &read[0] {
            Err(error) => prop_assert!(placed(error), "{name}: {error:?}"),
            Ok(program) => {
                _ = original.diff(program);
                let ran = run(program);
                prop_assert!(ran.is_ok(), "{}: {}\n{}", name, ran.unwrap_err(), document);
            }
        }
    }

    #[test]
    fn a_text_that_ends_early_or_has_other_bytes_is_no_panic(
        which in 0..12_usize, at in any::<prop::sample::Index>(), until in any::<prop::sample::Index>(),
        part in prop::sample::select(vec!["", "{", "]", "\"", ":", ",", "\n", "- ", "&a ", "*a", "= ", "1e999", "\u{0}", "é", "<<: "])
    ) {
        let (_, document) = shipped().swap_remove(which);
        for (format, text) in texts(&document) {
            let place = |index: &prop::sample::Index| {
                let at = index.index(text.len());
                (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap()
            };
            let (a, b) = (place(&at), place(&until));
            let (from, to) = (a.min(b), a.max(b));
            let short = &text[..from];
            let other = format!("{short}{part}{}", &text[to..]);
            for text in [short, &other] {
                match Program::from_text(text, format) {
                    Ok(program) => _ = program.lint(),
                    Err(error) => prop_assert!(placed(&error) || text.trim().is_empty(), "{error:?}"),
                }
            }
        }
    }
}
