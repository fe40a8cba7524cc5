//! The conformance cases (`conformance/cases/*.json`), run by Rust; Python and Node run the very same files.
//!
//! `conformance/README.md` says what a case is and how values are compared. Every failing case is listed by name.

use std::fmt::Write as _;
use std::path::Path;

use cosell::attribution::{
    AttributionState, CalibrateOptions, CompareOptions, Credit, CubeOptions, InferredInfluenceOptions, Intervals,
    IntervalsOptions, InvolvementOptions, JourneyTouch, JourneyValue, Journeys, JourneysOptions, Model, OrderOptions,
    PathsOptions, PipelineOptions, RopiOptions, StateOptions, TouchpointsOptions, attribute_journey, simulate,
};
use cosell::document;
use cosell::engine::monitor::Monitor;
use cosell::facts::{Ecosystem, EcosystemOptions};
use cosell::money::fixed_to_text;
use cosell::table::{Cell, CellRef, RawTable, Table, Unit, ValueRef, read_csv};
use cosell::tiering::{BenefitOptions, FactOptions, GapOptions, QualifyOptions};
use cosell::{Code, Error, Result, words};
use serde_json::{Map, Value, json};

#[path = "conformance/days.rs"]
mod days;
#[path = "conformance/programs.rs"]
mod programs;

/// Fewer cases than this mean that files went missing.
const GOOD_CASES: usize = 704;
const BAD_CASES: usize = 562;

/// What an operation gave, by the names that `expect` uses.
enum Actual {
    Table(Table),
    /// A table that is compared row by row through the text of its first column.
    Keyed(Table),
    Json(Value),
}

type Outcome = Vec<(String, Actual)>;

#[test]
fn every_case_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../conformance/cases");
    let mut files: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "json"));
    files.sort();
    let (mut good, mut bad, mut failures) = (0, 0, Vec::new());
    let mut names = std::collections::BTreeSet::new();
    for file in files {
        let stem = file.file_stem().unwrap().to_string_lossy().into_owned();
        let cases: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&file).unwrap())
            .unwrap_or_else(|e| panic!("{stem}.json is not a list of cases: {e}"));
        for case in cases {
            let name = format!("{stem}/{}", case["name"].as_str().expect("a case needs a name"));
            *if case.get("error").is_some() { &mut bad } else { &mut good } += 1;
            if !names.insert(name.clone()) {
                failures.push(format!("{name}: the name stands twice"));
            }
            if let Err(why) = check(&case) {
                failures.push(format!("{name}: {why}"));
            }
        }
    }
    println!("{good} cases with results and {bad} with errors");
    let report = failures.iter().fold(String::new(), |mut text, f| {
        let _ = writeln!(text, "  {f}");
        text
    });
    assert!(failures.is_empty(), "{} of {} cases fail:\n{report}", failures.len(), good + bad);
    assert!(good >= GOOD_CASES && bad >= BAD_CASES, "only {good} + {bad} cases; expected {GOOD_CASES} + {BAD_CASES}");
}

fn check(case: &Value) -> Result<(), String> {
    let run = case["run"].as_str().ok_or("no run")?;
    let outcome = operate(run, &expand(&case["input"]));
    match (case.get("expect"), case.get("error"), outcome) {
        (Some(expected), None, Ok(outcome)) => compare(expected, &outcome),
        (Some(_), None, Err(error)) => Err(format!("unexpected error {error:?}")),
        (None, Some(_), Ok(_)) => Err("no error".to_owned()),
        (None, Some(wanted), Err(error)) => {
            let got = json!({"code": error.code().as_str(), "field": error.field()});
            if got == *wanted { Ok(()) } else { Err(format!("expected {wanted}, got {got}: {error}")) }
        }
        _ => Err("a case needs either expect or error".to_owned()),
    }
}

/// Replaces the markers of values that JSON files cannot hold well.
fn expand(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(expand).collect(),
        Value::Object(fields) => match fields.iter().next() {
            Some((key, digits)) if key == "$int" => serde_json::from_str(digits.as_str().unwrap()).unwrap(),
            Some((key, of)) if key == "$repeat" => {
                of[0].as_str().unwrap().repeat(of[1].as_u64().unwrap() as usize).into()
            }
            _ => Value::Object(fields.iter().map(|(k, v)| (k.clone(), expand(v))).collect()),
        },
        other => other.clone(),
    }
}

fn operate(run: &str, input: &Value) -> Result<Outcome> {
    let none = Monitor::none();
    let model = || read_model(&input["model"]);
    match run {
        "ecosystem" => Ok(ecosystem_outcome(&ecosystem(input)?)),
        "journeys" => Ok(journeys_outcome(&journeys(&ecosystem(input)?, input)?)),
        "attribute" => credit_outcome(&journeys(&ecosystem(input)?, input)?.attribute(&model()?, &none)?),
        "from_touchpoints" | "from_paths" => credit_outcome(&given_journeys(input)?.attribute(&model()?, &none)?),
        "intervals" => {
            let credit = given_journeys(input)?.attribute(&model()?, &none)?;
            Ok(intervals_outcome(intervals(&credit, input)?))
        }
        "calibrate" => {
            let credit = given_journeys(input)?.attribute(&model()?, &none)?;
            let options: CalibrateOptions = document::from_value(&given(&input["calibrate"]))?;
            let found = credit.calibrate(&table(input, "experiments")?, &options, &none)?;
            let diagnostics = Actual::Json(found.diagnostics);
            Ok(vec![("channels".to_owned(), Actual::Table(found.channels)), ("diagnostics".to_owned(), diagnostics)])
        }
        "compare" => {
            let options: CompareOptions = document::from_value(&given(&input["compare"]))?;
            let models = Model::list(input["models"].as_array().map_or(&[], Vec::as_slice))?;
            let found = given_journeys(input)?.compare(&models, &options, &none)?;
            Ok(vec![
                ("credit".to_owned(), Actual::Table(found.credit)),
                ("agreement".to_owned(), Actual::Table(found.agreement)),
                ("reasons".to_owned(), Actual::Table(found.reasons)),
                ("diagnostics".to_owned(), Actual::Json(found.diagnostics)),
            ])
        }
        "select_order" => {
            let options: OrderOptions = document::from_value(&given(&input["order"]))?;
            let found = given_journeys(input)?.select_order(&options, &none)?;
            Ok(vec![
                ("orders".to_owned(), Actual::Table(found.orders)),
                ("recommended".to_owned(), Actual::Json(json!(found.recommended))),
                ("diagnostics".to_owned(), Actual::Json(found.diagnostics)),
            ])
        }
        "simulate" => {
            let found = simulate(&document::from_value(&given(&input["simulate"]))?, &none)?;
            Ok(vec![
                ("paths".to_owned(), Actual::Table(found.paths)),
                ("touches".to_owned(), Actual::Table(found.touches)),
                ("outcomes".to_owned(), Actual::Table(found.outcomes)),
                ("truth".to_owned(), Actual::Table(found.truth)),
                ("diagnostics".to_owned(), Actual::Json(found.diagnostics)),
            ])
        }
        "state" => state(input),
        "attribute_journey" => one_journey(input, &model()?),
        "model" => Ok(vec![("model".to_owned(), Actual::Json(model()?.document()))]),
        "involvement" => {
            let options: InvolvementOptions = document::from_value(&given(&input["involvement"]))?;
            let found = ecosystem(input)?.involvement(&options, &none)?;
            Ok(vec![
                ("partners".to_owned(), Actual::Table(found.partners)),
                ("buckets".to_owned(), Actual::Table(found.buckets)),
                ("metrics".to_owned(), Actual::Keyed(found.metrics)),
            ])
        }
        "pipeline" => {
            let options: PipelineOptions = document::from_value(&given(&input["pipeline"]))?;
            let found = ecosystem(input)?.pipeline(&options, &none)?;
            Ok(vec![
                ("partners".to_owned(), Actual::Table(found.partners)),
                ("metrics".to_owned(), Actual::Keyed(found.metrics)),
            ])
        }
        "inferred_influence" => {
            let options: InferredInfluenceOptions = document::from_value(&given(&input["inferred_influence"]))?;
            let found = ecosystem(input)?.inferred_influence(&options, &none)?;
            Ok(vec![
                ("partners".to_owned(), Actual::Table(found.partners)),
                ("deals".to_owned(), Actual::Table(found.deals)),
                ("metrics".to_owned(), Actual::Keyed(found.metrics)),
                ("diagnostics".to_owned(), Actual::Json(found.diagnostics)),
            ])
        }
        "credit_by" => {
            let options: CubeOptions = document::from_value(&given(&input["credit_by"]))?;
            let eco = ecosystem(input)?;
            let credit = journeys(&eco, input)?.attribute(&model()?, &none)?;
            Ok(vec![("cells".to_owned(), Actual::Table(eco.credit_by(&credit, &options, &none)?))])
        }
        "program" => {
            let found = programs::reviewed(&programs::program(&input["program"])?, input)?;
            Ok(vec![
                ("decisions".to_owned(), Actual::Table(found.decisions().unwrap())),
                ("reasons".to_owned(), Actual::Table(found.reasons())),
                ("scorecards".to_owned(), Actual::Table(found.scorecards())),
                ("metrics".to_owned(), Actual::Table(found.metrics())),
                ("cutoffs".to_owned(), Actual::Table(found.cutoffs())),
                ("benefits".to_owned(), Actual::Table(found.benefits()?)),
                ("forecast".to_owned(), Actual::Table(found.forecast())),
                ("findings".to_owned(), Actual::Table(found.findings())),
            ])
        }
        "facts" => {
            let options: FactOptions = document::from_value(&given(&input["facts"]))?;
            let found = programs::reviewed(&programs::program(&input["program"])?, input)?.facts(
                &options.partner_id,
                options.metric.as_deref(),
                &none,
            )?;
            Ok(vec![("facts".to_owned(), Actual::Table(found))])
        }
        "benefits" => {
            let options: BenefitOptions = document::from_value(&given(&input["benefits"]))?;
            Ok(vec![("benefits".to_owned(), Actual::Table(programs::program(&input["program"])?.benefits(&options)?))])
        }
        "qualify" => {
            let program = programs::program(&input["program"])?;
            let options: QualifyOptions = document::from_value(&given(&input["qualify"]))?;
            let found = program.qualify(table(input, "partners")?, &options, &none)?;
            let gaps: GapOptions = document::from_value(&given(&input["gaps"]))?;
            Ok(vec![
                ("tiers".to_owned(), Actual::Json(json!(found.tier_names()))),
                ("codes".to_owned(), Actual::Json(json!(found.codes()))),
                ("tracks".to_owned(), Actual::Json(json!(found.track_names()))),
                ("track_codes".to_owned(), Actual::Json(json!(found.track_codes()))),
                ("scores".to_owned(), Actual::Json(json!(found.scores()))),
                ("table".to_owned(), Actual::Table(found.table())),
                ("counts".to_owned(), Actual::Table(found.counts())),
                ("cutoffs".to_owned(), Actual::Table(found.cutoffs())),
                ("gaps".to_owned(), Actual::Table(found.gaps(gaps.reach)?)),
            ])
        }
        "apply" => {
            let eco = ecosystem(input)?;
            let learned = journeys(&eco, input)?.attribute(&model()?, &none)?;
            let open: JourneysOptions = document::from_value(&given(&input["open"]))?;
            credit_outcome(&learned.apply(&eco.journeys(&open, &none)?, &none)?)
        }
        "say" => {
            let code = input["code"].as_str().unwrap_or_default();
            let parameters: Map<String, Value> = document::from_value(&given(&input["parameters"]))?;
            let said = match input.get("words") {
                Some(words) => {
                    let words: std::collections::BTreeMap<String, String> = document::from_value(words)?;
                    words::say(&words, code, &parameters)?
                }
                None => words::say(&words::English, code, &parameters)?,
            };
            Ok(vec![("said".to_owned(), Actual::Json(json!(said)))])
        }
        "ropi" => {
            let options: RopiOptions = document::from_value(&given(&input["ropi"]))?;
            let eco = ecosystem(input)?;
            let credit = journeys(&eco, input)?.attribute(&model()?, &none)?;
            let found = eco.ropi(&credit, &options, &none)?;
            Ok(vec![
                ("partners".to_owned(), Actual::Table(found.partners)),
                ("total".to_owned(), Actual::Table(found.total)),
                ("metrics".to_owned(), Actual::Keyed(found.metrics)),
            ])
        }
        "replay" | "backtest" => days::operate(run, input),
        other => programs::operate(other, input),
    }
}

/// The programmes that are shipped as examples.
fn programs() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/programs")
}

/// Journeys of aggregated paths, or of touches and outcomes.
fn given_journeys(input: &Value) -> Result<Journeys> {
    let none = Monitor::none();
    if input.get("paths").is_some() {
        return Journeys::from_paths(&table(input, "paths")?, &options::<PathsOptions>(input)?, &none);
    }
    let options: TouchpointsOptions = options(input)?;
    Journeys::from_touchpoints(&table(input, "touches")?, &table(input, "outcomes")?, &options, &none)
}

fn intervals(credit: &Credit, input: &Value) -> Result<Intervals> {
    let options: IntervalsOptions = document::from_value(&given(&input["intervals"]))?;
    credit.intervals(&options, &Monitor::none())
}

fn intervals_outcome(found: Intervals) -> Outcome {
    vec![
        ("channels".to_owned(), Actual::Table(found.channels)),
        ("ranks".to_owned(), Actual::Table(found.ranks)),
        ("pairs".to_owned(), Actual::Table(found.pairs)),
        ("diagnostics".to_owned(), Actual::Json(found.diagnostics)),
    ]
}

/// States of parts, merged into the first one, to bytes and back, and finished.
fn state(input: &Value) -> Result<Outcome> {
    let states = input["states"].as_array().unwrap();
    let mut merged = state_of(&states[0])?;
    for other in &states[1..] {
        merged.merge(state_of(other)?)?;
    }
    let of = &input["bytes"];
    let either = |name: &str| of.get(name).or_else(|| states[0].get(name)).cloned();
    let mut bytes = of["hex"].as_str().map_or_else(|| merged.to_bytes(), from_hex);
    bytes.truncate(of["keep"].as_u64().map_or(usize::MAX, |keep| keep as usize));
    if let Some(at) = of["flip"].as_u64() {
        bytes[at as usize] ^= 1;
    }
    let model = read_model(&either("model").unwrap())?;
    let back = AttributionState::from_bytes(model, keep_paths(either("keep_paths"))?, &bytes)?;
    let credit = back.finish(&Monitor::none())?;
    match input.get("intervals") {
        Some(_) => Ok(intervals_outcome(intervals(&credit, input)?)),
        None => credit_outcome(&credit),
    }
}

fn state_of(document: &Value) -> Result<AttributionState> {
    let keep_paths = keep_paths(document.get("keep_paths").cloned())?;
    let mut state = AttributionState::new(read_model(&document["model"])?, keep_paths)?;
    document["parts"].as_array().unwrap().iter().try_for_each(|part| state.update(&given_journeys(part)?))?;
    Ok(state)
}

fn keep_paths(keep: Option<Value>) -> Result<bool> {
    let options = keep.map_or_else(|| json!({}), |keep| json!({"keep_paths": keep}));
    Ok(document::from_value::<StateOptions>(&options)?.keep_paths)
}

fn from_hex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}

/// A missing object of options is an empty one.
fn given(options: &Value) -> Value {
    if options.is_null() { Value::Object(Map::new()) } else { options.clone() }
}

fn options<T: serde::de::DeserializeOwned>(input: &Value) -> Result<T> {
    document::from_value(&given(&input["options"]))
}

fn read_model(model: &Value) -> Result<Model> {
    if let Some(depth) = model.get("$deep").and_then(Value::as_u64) {
        let text = "[".repeat(depth as usize) + &"]".repeat(depth as usize);
        return Model::from_value(&document::value_from_text(&text)?).map_err(|e| e.within("model"));
    }
    Model::from_value(model)
}

/// The table of that name.
fn table(tables: &Value, name: &str) -> Result<RawTable<'static>> {
    match &tables[name] {
        Value::Object(fields) if fields.contains_key("csv") => read_csv(fields["csv"].as_str().unwrap().as_bytes()),
        Value::Array(records) => RawTable::from_json(records).map_err(|e| e.within(name)),
        other => Err(Error::new(Code::UnsupportedInput, "", format!("{other} is no table"))),
    }
}

fn ecosystem(input: &Value) -> Result<Ecosystem> {
    let mut builder = Ecosystem::builder().options(options::<EcosystemOptions>(input)?);
    for name in input["tables"].as_object().into_iter().flatten().map(|(name, _)| name) {
        builder = builder.table(name, table(&input["tables"], name)?);
    }
    builder.build()
}

fn journeys(eco: &Ecosystem, input: &Value) -> Result<Journeys> {
    let options: JourneysOptions = document::from_value(&given(&input["journeys"]))?;
    eco.journeys(&options, &Monitor::none())
}

fn ecosystem_outcome(eco: &Ecosystem) -> Outcome {
    let mut outcome = vec![
        ("rejected".to_owned(), Actual::Table(eco.rejected().clone())),
        ("findings".to_owned(), Actual::Table(eco.findings().clone())),
        ("currency".to_owned(), Actual::Json(json!(eco.currency().map(cosell::money::Currency::code)))),
        ("table_names".to_owned(), Actual::Json(json!(eco.table_names()))),
    ];
    for name in eco.table_names() {
        outcome.push((format!("tables.{name}"), Actual::Table(eco.table(name).unwrap())));
    }
    outcome
}

fn journeys_outcome(journeys: &Journeys) -> Outcome {
    vec![
        ("diagnostics".to_owned(), Actual::Json(journeys.diagnostics())),
        ("channels".to_owned(), Actual::Json(json!(journeys.channels()))),
    ]
}

fn credit_outcome(credit: &Credit) -> Result<Outcome> {
    let mut outcome = journeys_outcome(credit.journeys());
    outcome.push(("totals".to_owned(), Actual::Table(credit.totals().clone())));
    let ledger = credit.ledger(&Monitor::none())?;
    outcome.push(("ledger".to_owned(), ledger.map_or(Actual::Json(Value::Null), |t| Actual::Table(t.clone()))));
    outcome.push(("credit_diagnostics".to_owned(), Actual::Json(credit.diagnostics().clone())));
    for name in credit.table_names() {
        outcome.push((name.to_owned(), Actual::Table(credit.table(name)?.clone())));
    }
    Ok(outcome)
}

fn one_journey(input: &Value, model: &Model) -> Result<Outcome> {
    // `{"$float": "NaN"}` is a number that JSON does not have.
    let cell = |value: &Value| match value["$float"].as_str() {
        Some(text) => Cell::Float(text.parse().expect("a number")),
        None => Cell::from(value),
    };
    let mut value = JourneyValue::default();
    for (member, of) in input["options"].as_object().into_iter().flatten() {
        value.set(member, CellRef::from(&cell(of)))?;
    }
    let mut touches = Vec::new();
    for (index, given) in input["touches"].as_array().into_iter().flatten().enumerate() {
        let mut touch = JourneyTouch::default();
        match given.as_object().filter(|_| given["$float"].is_null()) {
            Some(members) => {
                members.iter().try_for_each(|(member, of)| touch.set(index, member, CellRef::from(&cell(of))))?;
            }
            None => touch.set(index, "channel", CellRef::from(&cell(given)))?,
        }
        touches.push(touch);
    }
    let rows: Vec<Value> = attribute_journey(&touches, &value, model)?
        .iter()
        .map(|c| {
            let value = c.value.map(|(value, unit)| match unit {
                Unit::Currency(currency) => json!(fixed_to_text(value, currency.digits())),
                _ => json!(c.amount()),
            });
            json!({"channel": c.channel, "conversions": c.conversions, "value": value, "weight": c.weight, "reason": c.reason})
        })
        .collect();
    Ok(vec![("rows".to_owned(), Actual::Json(rows.into()))])
}

fn compare(expected: &Value, outcome: &Outcome) -> Result<(), String> {
    for (key, wanted) in expected.as_object().ok_or("expect is no object")? {
        let parts: Vec<(String, &Value)> = match (key.as_str(), wanted) {
            ("tables", Value::Object(tables)) => tables.iter().map(|(n, t)| (format!("tables.{n}"), t)).collect(),
            _ => vec![(key.clone(), wanted)],
        };
        for (key, wanted) in parts {
            let actual = outcome.iter().find(|(k, _)| *k == key).map(|(_, a)| a).ok_or(format!("there is no {key}"))?;
            let same = match actual {
                Actual::Json(value) => same_json(&expand(wanted), value),
                Actual::Table(table) => same_rows(wanted, table),
                Actual::Keyed(table) => same_keyed(wanted, table),
            };
            same.map_err(|why| format!("{key}: {why}"))?;
        }
    }
    Ok(())
}

fn same_rows(wanted: &Value, table: &Table) -> Result<(), String> {
    let rows = wanted.as_array().ok_or("expected a list of rows")?;
    if rows.len() != table.len() {
        return Err(format!("expected {} rows, got\n{table}", rows.len()));
    }
    for (at, row) in rows.iter().enumerate() {
        same_row(row, table, at).map_err(|why| format!("row {at}, {why}\n{table}"))?;
    }
    Ok(())
}

fn same_row(wanted: &Value, table: &Table, at: usize) -> Result<(), String> {
    for (column, value) in wanted.as_object().ok_or("a row is no object")? {
        if table.column(column).is_none() {
            return Err(format!("there is no column {column:?}"));
        }
        let actual = table.value(at, column);
        let same = match (&actual, expand(value)) {
            // Money is compared by its text, every digit of it.
            (ValueRef::Money(minor, Unit::Currency(currency)), Value::String(text)) => {
                fixed_to_text(*minor, currency.digits()) == text
            }
            (ValueRef::Money(_, Unit::Currency(_)), _) => false,
            (ValueRef::Money(minor, Unit::Minor), Value::Number(n)) => n.as_i64().map(i128::from) == Some(*minor),
            (actual, value) => same_json(&value, &actual.to_json()).is_ok(),
        };
        if !same {
            return Err(format!("column {column}: expected {value}, got {actual:?}"));
        }
    }
    Ok(())
}

fn same_keyed(wanted: &Value, table: &Table) -> Result<(), String> {
    let key = table.column_names()[0].to_owned();
    for (name, row) in wanted.as_object().ok_or("expected an object of rows")? {
        let at =
            (0..table.len()).find(|&at| table.text(at, &key) == *name).ok_or(format!("no row {name:?}\n{table}"))?;
        same_row(row, table, at).map_err(|why| format!("{name}, {why}\n{table}"))?;
    }
    Ok(())
}

/// Objects are compared on the expected keys, numbers to 1e-12, everything else exactly.
fn same_json(wanted: &Value, actual: &Value) -> Result<(), String> {
    let same = match (wanted, actual) {
        (Value::Object(fields), Value::Object(_)) => {
            return fields.iter().try_for_each(|(k, v)| same_json(v, &actual[k]).map_err(|why| format!("{k}: {why}")));
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            return a.iter().zip(b).try_for_each(|(a, b)| same_json(a, b));
        }
        (Value::Number(a), Value::Number(b)) if a.is_f64() || b.is_f64() => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-12 * a.abs().max(if a == 0.0 { 1.0 } else { 0.0 })
        }
        (a, b) => a == b,
    };
    if same { Ok(()) } else { Err(format!("expected {wanted}, got {actual}")) }
}
