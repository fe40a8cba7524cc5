//! Nothing panics: any table, option, document and bytes give a result or an error.

use cosell::attribution::{
    InferredInfluenceOptions, InvolvementOptions, JourneyTouch, JourneyValue, Journeys, JourneysOptions, Model,
    PathsOptions, PipelineOptions, RopiOptions, TouchpointsOptions, attribute_journey,
};
use cosell::engine::monitor::Monitor;
use cosell::facts::{Ecosystem, EcosystemOptions, TABLES};
use cosell::table::{Cell, RawChunk, RawColumn, RawTable, RawValues, read_csv};
use cosell::{Code, Result, document};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::sample::{build, models, reads, sample, whole};

pub(super) fn any_cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        Just(Cell::Null),
        any::<bool>().prop_map(Cell::Bool),
        any::<i64>().prop_map(|i| Cell::Int(i.into())),
        any::<i128>().prop_map(Cell::Int),
        (-3_i128..3).prop_map(Cell::Int),
        any::<f64>().prop_map(Cell::Float),
        "\\PC{0,8}".prop_map(Cell::Text),
        prop_oneof![
            Just("won"),
            Just("open"),
            Just("lost"),
            Just("USD"),
            Just("EUR"),
            Just("JPY"),
            Just("2026-01-10"),
            Just("2026-02-01T10:00:00Z"),
            Just("1900-01-01"),
            Just("2200-12-31"),
            Just("a"),
            Just("b"),
            Just("12.50"),
            Just("1e40"),
            Just("approved"),
            Just("true"),
            Just("partner"),
            Just("(vendor)"),
            Just("NaN"),
            Just("mdf")
        ]
        .prop_map(|t| Cell::Text(t.to_owned())),
        any::<i64>().prop_map(Cell::Instant),
        any::<i64>().prop_map(Cell::Local),
        any::<i32>().prop_map(|d| Cell::Date(cosell::calendar::Date(d))),
        (any::<i128>(), any::<i32>()).prop_map(|(m, s)| Cell::Decimal(m, s)),
        (any::<i64>(), 0_i32..5).prop_map(|(m, s)| Cell::Decimal(m.into(), s)),
        prop::collection::vec("[a-z]{0,3}".prop_map(Cell::Text), 0..3).prop_map(Cell::List),
        Just(Cell::List(vec![Cell::List(vec![Cell::Null])])),
        Just(Cell::Other("a thing".to_owned())),
    ]
}

/// A table of the spec's columns (some missing, some extra) with any cells.
fn any_table(number: usize) -> impl Strategy<Value = RawTable<'static>> {
    let names: Vec<&'static str> =
        TABLES[number].columns.iter().map(|c| c.name).chain(["amount_minor", "extra"]).collect();
    let width = names.len();
    (prop::collection::vec(prop::collection::vec(any_cell(), width), 0..6), prop::collection::vec(0_u8..8, width))
        .prop_map(move |(rows, keep)| {
            let required = |i: usize| TABLES[number].columns.get(i).is_some_and(|c| c.required);
            let columns = (0..width)
                .filter(|&i| required(i) || keep[i] > 3)
                .map(|i| RawColumn::new(names[i], RawValues::Cells(rows.iter().map(|row| row[i].clone()).collect())));
            RawTable { chunks: vec![RawChunk { columns: columns.collect(), rows: rows.len() }], untyped: false }
        })
}

pub(super) fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![
            Just("all"),
            Just("won"),
            Just("open"),
            Just("partner"),
            Just("type"),
            Just("partners.extra"),
            Just("touchpoints.at"),
            Just("drop"),
            Just("never"),
            Just("always"),
            Just("first"),
            Just("reject"),
            Just("2026-11-20"),
            Just("USD"),
            Just("credit"),
            Just("")
        ]
        .prop_map(Value::from),
        (0_u8..4).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..3).prop_map(|m| json!(m)),
        ]
    })
}

/// An options object: any subset of the names with any values, and sometimes a stranger.
fn any_options(names: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::collection::btree_map(prop::sample::select(names), any_json(), 0..3).prop_map(|m| json!(m))
}

const ECOSYSTEM: &[&str] =
    &["currency", "max_rate_age_days", "timezone", "columns", "values", "rollup", "on_invalid", "odd"];
const JOURNEYS: &[&str] = &[
    "outcome",
    "channel",
    "lookback_days",
    "lookback_touches",
    "vendor_touches",
    "account_touches",
    "roles",
    "repeats",
    "kinds",
    "as_of",
    "odd",
];
const REVIEW: &[&str] =
    &["as_of", "sourced_rule", "kinds", "lookback_days", "account_touches", "months", "margin", "shared_key"];
const MODEL: &[&str] =
    &["half_life_days", "preset", "first", "last", "creation", "weights", "rest", "counted_from", "other"];
const PATHS: &[&str] = &["path", "conversions", "value", "nulls", "separator", "currency"];
const TOUCHPOINTS: &[&str] = &[
    "journey",
    "channel",
    "at",
    "value",
    "conversions",
    "nulls",
    "outcome_at",
    "created_at",
    "lookback_days",
    "timezone",
];

/// Everything that can be asked of an ecosystem, whatever comes of it.
fn ask(eco: &Ecosystem, journeys: &Value, review: &Value, model: &Model) {
    let none = Monitor::none();
    for name in eco.table_names() {
        let table = eco.table(name).unwrap();
        let _ = (table.to_csv(), table.to_json(), table.to_string());
    }
    let _ = (eco.rejected().to_csv(), eco.findings().to_string());
    for options in
        [Ok(JourneysOptions::default()), document::from_value::<JourneysOptions>(journeys)].into_iter().flatten()
    {
        let Ok(journeys) = eco.journeys(&options, &none) else { continue };
        let Ok(credit) = journeys.attribute(model, &none) else { continue };
        let _ = (
            credit.ledger(&none).unwrap().unwrap().to_json(),
            credit.totals().to_string(),
            credit.diagnostics().to_string(),
        );
        for options in [Ok(reads::<RopiOptions>(json!({"as_of": "2026-11-20"}))), document::from_value(review)]
            .into_iter()
            .flatten()
        {
            let _ = eco.ropi(&credit, &options, &none);
        }
    }
    for options in [Ok(reads::<InvolvementOptions>(json!({"as_of": "2026-11-20"}))), document::from_value(review)]
        .into_iter()
        .flatten()
    {
        let _ = eco.involvement(&options, &none);
    }
    for options in [Ok(reads::<PipelineOptions>(json!({"as_of": "2026-11-20"}))), document::from_value(review)]
        .into_iter()
        .flatten()
    {
        let _ = eco.pipeline(&options, &none);
    }
    let few = json!({"as_of": "2026-11-20", "min_deals": 1, "min_accounts": 1, "min_comparable": 1});
    for options in [Ok(reads::<InferredInfluenceOptions>(few)), document::from_value(review)].into_iter().flatten() {
        let _ = eco.inferred_influence(&options, &none);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_table_or_option_makes_it_panic(
        tables in (any_table(0), any_table(1), any_table(2), any_table(3), any_table(4), any_table(5), any_table(6), any_table(7), any_table(8), any_table(9)),
        given in prop::collection::vec(any::<bool>(), 10),
        eco in any_options(ECOSYSTEM), journeys in any_options(JOURNEYS), review in any_options(REVIEW), which in 0_usize..12,
    ) {
        let (a, b, c, d, e, f, g, h, i, j) = tables;
        let tables = [a, b, c, d, e, f, g, h, i, j];
        let model = models().swap_remove(which);
        let strict = document::from_value::<EcosystemOptions>(&eco).unwrap_or_default();
        let lenient = reads::<EcosystemOptions>(json!({"on_invalid": "reject", "currency": "USD", "rollup": ["partners", "accounts"]}));
        for options in [strict, lenient] {
            let chosen = TABLES.iter().zip(&tables).zip(&given).filter(|(_, given)| **given);
            let builder = chosen.fold(Ecosystem::builder(), |b, ((spec, table), _)| b.table(spec.name, table.clone()));
            if let Ok(eco) = builder.options(options).build() {
                ask(&eco, &journeys, &review, &model);
            }
        }
    }

    #[test]
    fn no_cells_of_usable_tables_make_it_panic(seed in any::<u64>(), faults in 0_usize..60, journeys in any_options(JOURNEYS), review in any_options(REVIEW), which in 0_usize..12) {
        let tables = sample(seed, 12, 40, faults);
        match build(&tables, json!({"on_invalid": "reject"}), whole) {
            Ok(eco) => ask(&eco, &journeys, &review, &models().swap_remove(which)),
            Err(error) => prop_assert!(error.code() != Code::Internal, "{error}"),
        }
    }

    #[test]
    fn no_options_or_cells_make_journeys_panic(
        rows in prop::collection::vec((any_cell(), any_cell(), any_cell()), 0..8), outcomes in prop::collection::vec((any_cell(), any_cell(), any_cell()), 0..5),
        paths in any_options(PATHS), touchpoints in any_options(TOUCHPOINTS), which in 0_usize..12,
    ) {
        let table = |rows: &[(Cell, Cell, Cell)], names: [&'static str; 3]| {
            let column = |name: &'static str, of: fn(&(Cell, Cell, Cell)) -> &Cell| {
                RawColumn::new(name, RawValues::Cells(rows.iter().map(|r| of(r).clone()).collect()))
            };
            RawTable::from_columns(vec![column(names[0], |r| &r.0), column(names[1], |r| &r.1), column(names[2], |r| &r.2)]).unwrap()
        };
        let model = models().swap_remove(which);
        let none = Monitor::none();
        let run = |journeys: Result<Journeys>| {
            if let Ok(credit) = journeys.and_then(|j| j.attribute(&model, &none)) {
                let _ = (credit.totals().to_csv(), credit.ledger(&none).unwrap().unwrap().to_csv());
            }
        };
        for options in [reads(json!({"value": "v"})), document::from_value::<PathsOptions>(&paths).unwrap_or_default()] {
            run(Journeys::from_paths(&table(&rows, ["path", "total_conversions", "v"]), &options, &none));
        }
        for options in [reads(json!({"value": "v", "outcome_at": "t"})), document::from_value::<TouchpointsOptions>(&touchpoints).unwrap_or_default()] {
            let (touches, outcomes) = (table(&rows, ["opportunity_id", "partner_id", "at"]), table(&outcomes, ["opportunity_id", "v", "t"]));
            run(Journeys::from_touchpoints(&touches, &outcomes, &options, &none));
        }
    }

    #[test]
    fn no_document_makes_a_model_or_option_panic(value in any_json(), name in prop::sample::select(cosell::attribution::MODEL_NAMES), options in any_options(MODEL)) {
        let _ = Model::from_value(&value);
        if let Ok(model) = Model::named(name, &options) {
            let touches: Vec<JourneyTouch> =
                (0..5_i64).map(|i| JourneyTouch { channel: Some(format!("c{i}")), at: Some(i), ..JourneyTouch::default() }).collect();
            match attribute_journey(&touches, &JourneyValue { value: Some(0.05.into()), ..JourneyValue::default() }, &model) {
                Ok(credit) => prop_assert!((credit.iter().map(|c| c.conversions).sum::<f64>() - 1.0).abs() < 1e-12),
                // Models that learn from all journeys, or name channels that this one lacks.
                Err(error) => prop_assert!([Code::NotEnoughData, Code::UnknownName].contains(&error.code()), "{error}"),
            }
        }
        let _ = document::from_value::<EcosystemOptions>(&value);
        let _ = document::from_value::<JourneysOptions>(&value);
        let _ = document::from_value::<RopiOptions>(&value);
    }

    #[test]
    fn no_bytes_of_csv_make_an_ecosystem_panic(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b','), Just(b'\n'), Just(b'"'), Just(b'1')], 0..300)) {
        let header = b"opportunity_id,account_id,status,created_at\n";
        for text in [bytes.clone(), [&header[..], &bytes].concat()] {
            if let Ok(table) = read_csv(&text) {
                let options = reads(json!({"on_invalid": "reject"}));
                let _ = Ecosystem::builder().table("opportunities", table.clone()).options(options).build();
                let _ = Journeys::from_paths(&table, &PathsOptions::default(), &Monitor::none());
            }
        }
        let _ = document::value_from_text(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn chunks_with_other_columns_or_lengths_are_refused() {
    let column = |name: &'static str, cells: usize| {
        RawColumn::new(name, RawValues::Cells(vec![Cell::Text("partner".to_owned()); cells]))
    };
    let chunk = |names: [&'static str; 3], cells: [usize; 3], rows: usize| RawChunk {
        columns: names.iter().zip(cells).map(|(name, cells)| column(name, cells)).collect(),
        rows,
    };
    const NAMES: [&str; 3] = ["entity", "from_id", "to_id"];
    let good = || chunk(NAMES, [0; 3], 0);
    let code = |chunks: Vec<RawChunk<'static>>| {
        let table = RawTable { chunks, untyped: false };
        let eco = Ecosystem::builder().table("aliases", table.clone()).build().map(|_| ()).unwrap_err();
        let options = reads(json!({"path": "entity", "conversions": "from_id"}));
        let paths = Journeys::from_paths(&table, &options, &Monitor::none()).map(|_| ()).unwrap_err();
        let options = TouchpointsOptions::default();
        let touches = Journeys::from_touchpoints(&table, &table, &options, &Monitor::none()).map(|_| ()).unwrap_err();
        assert_eq!([eco.code(), paths.code()], [touches.code(); 2]);
        eco.code()
    };
    assert_eq!(code(vec![chunk(NAMES, [1, 2, 2], 2)]), Code::LengthMismatch);
    assert_eq!(code(vec![good(), chunk(NAMES, [2, 2, 2], 5)]), Code::LengthMismatch);
    assert_eq!(code(vec![good(), chunk(["entity", "from_id", "x"], [1; 3], 1)]), Code::MissingColumn);
    assert_eq!(code(vec![good(), RawChunk { columns: Vec::new(), rows: 2 }]), Code::MissingColumn);
    let eco =
        Ecosystem::builder().table("aliases", RawTable { chunks: vec![RawChunk::default(), good()], untyped: false });
    assert!(eco.build().is_ok());
}
