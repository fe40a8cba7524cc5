//! Programmes keep the rules of the house too: the same bits for any order of rows, chunks and threads, no partner lost, rows
//! that were rejected count nowhere, and nothing panics.

use cosell::calendar::Date;
use cosell::engine::monitor::Monitor;
use cosell::engine::parallel::set_threads;
use cosell::table::{RawChunk, RawColumn, RawTable, RawValues};
use cosell::tiering::{
    ActionCost, Costs, Program, ProgramCompareOptions, ProgramReview, ProgramReviewOptions, Reach, ReviewInputs,
    SegmentOptions, SensitivityOptions,
};
use cosell::{Code, Result, document};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::panics::any_cell;
use super::sample::{Dice, Tables, assert_same, build, chunked, reads, sample, whole};

const DAY: &str = "2026-11-20";

/// The shipped programmes by the names of their files.
pub(super) fn shipped() -> Vec<(String, Value)> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/programs");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "json"));
    files.sort();
    let read = |file: std::path::PathBuf| {
        let text = std::fs::read_to_string(&file).unwrap();
        (file.file_name().unwrap().to_string_lossy().into_owned(), serde_json::from_str(&text).unwrap())
    };
    files.into_iter().map(read).collect()
}

pub(super) fn reviewed(
    program: &Program,
    frame: &RawTable<'_>,
    previous: Option<&RawTable<'_>>,
) -> Result<ProgramReview> {
    let options = reads::<ProgramReviewOptions>(json!({"as_of": DAY}));
    program.review_frame(frame, previous, &options, &Monitor::none())
}

/// The columns that a frame of the programme needs, found by asking.
fn columns_of(program: &Program) -> Vec<String> {
    let mut row = Map::from_iter([("partner_id".to_owned(), json!(1))]);
    loop {
        match reviewed(program, &whole(&[Value::Object(row.clone())]), None) {
            Ok(_) => return row.keys().cloned().collect(),
            Err(error) => {
                assert_eq!(error.code(), Code::MissingColumn, "{error}");
                assert!(row.insert(error.field().to_owned(), Value::Null).is_none(), "{error}");
            }
        }
    }
}

/// Partners with numbers of all sizes, some missing, and attributes that are sometimes those of the programme.
fn partners(program: &Program, many: usize, seed: u64) -> Vec<Value> {
    let mut dice = Dice(seed);
    let columns = columns_of(program);
    let scope = program.document().scope.as_ref().map(|scope| scope.by.as_str());
    let row = |partner: usize| {
        let cell = |dice: &mut Dice| match dice.below(8) {
            0 => Value::Null,
            1 => json!(dice.below(100_000_000) as f64 / 7.0),
            2 => json!(dice.below(1_000) as f64 / 1_000.0),
            _ => json!(dice.below(60)),
        };
        let mut row: Map<String, Value> = columns.iter().map(|name| (name.clone(), cell(&mut dice))).collect();
        row.insert("partner_id".to_owned(), json!(format!("P{}", partner * 7_919 % many)));
        if let Some(scope) = scope {
            row.insert(scope.to_owned(), json!(*dice.pick(&[Some("EMEA"), Some("APAC"), None])));
        }
        Value::Object(row)
    };
    (0..many).map(row).collect()
}

/// Costs of the metrics that can have some.
fn costs_of(program: &Program, review: &ProgramReview) -> Costs {
    let cost = |at: usize| ActionCost { cost: 10.0 * at as f64, step: 1.0, max: Some(3.0) };
    let one = |(at, name): (usize, &String)| {
        let costs = Costs::from([(name.clone(), cost(at))]);
        let fits = |e: cosell::Error| e.code() == Code::Cancelled;
        // The names are looked at first, so that nothing is searched here.
        let stopped = Monitor::new();
        stopped.cancel();
        review.actions(&costs, &stopped).map_or_else(fits, |_| true).then(|| (name.clone(), cost(at)))
    };
    program.document().metrics.keys().enumerate().filter_map(one).collect()
}

/// Everything that a review gives, as text.
fn all_of(program: &Program, review: &ProgramReview, climbs: bool) -> Vec<String> {
    let none = Monitor::none();
    let mut all = vec![
        review.decisions().unwrap().to_csv(),
        review.reasons().to_csv(),
        review.scorecards().to_csv(),
        review.metrics().to_csv(),
        review.cutoffs().to_csv(),
        review.findings().to_csv(),
        review.forecast().to_csv(),
        review.gaps(Reach::Every).unwrap().to_csv(),
        review.progress(Reach::Every).unwrap().to_csv(),
        review.room(Reach::Next).unwrap().to_csv(),
        review.enablement(Reach::Every, Date::parse("2026-12-31").unwrap()).unwrap().to_csv(),
    ];
    let change = review.compare(review, None, &ProgramCompareOptions::default(), &none).unwrap();
    assert!(change.moves.is_empty(), "nobody moves from a review to itself: {}", change.moves);
    all.extend([change.movements.to_csv(), change.flows.to_csv()]);
    if climbs {
        let costs = costs_of(program, review);
        all.push(review.actions(&costs, &none).unwrap().to_csv());
        all.push(review.out_of_reach(&costs, &none).unwrap().to_csv());
        let economics = review.economics(&costs, None, &none).unwrap();
        all.extend([economics.climbs.to_csv(), economics.tiers.to_csv()]);
    }
    all
}

#[test]
fn order_and_chunks_of_a_frame_do_not_matter() {
    for (name, document) in shipped() {
        let program = Program::from_value(&document).unwrap();
        let mut rows = partners(&program, 60, 3);
        let first = reviewed(&program, &whole(&rows), None).unwrap();
        let expected = all_of(&program, &first, false);
        assert_eq!(first.partners(), rows.len(), "{name}: every partner is decided once");
        for sizes in [&[1_usize][..], &[7], &[0, 13, 0, 0, 20]] {
            let found = reviewed(&program, &chunked(&rows, sizes), None).unwrap();
            assert_same(&expected, &all_of(&program, &found, false));
        }
        Dice(5).shuffle(&mut rows);
        let found = reviewed(&program, &whole(&rows), None).unwrap();
        assert_same(&expected, &all_of(&program, &found, false));
        // Nor does the order of the decisions of before.
        let before = reads::<ProgramReviewOptions>(json!({"as_of": "2026-10-20"}));
        let past = program.review_frame(&whole(&rows), None, &before, &Monitor::none()).unwrap();
        let mut past = past.decisions().unwrap().to_json();
        let [straight, turned] = [false, true].map(|turn| {
            if turn {
                Dice(9).shuffle(&mut past);
            }
            let previous = chunked(&past, if turn { &[11] } else { &[1_000] });
            all_of(&program, &reviewed(&program, &whole(&rows), Some(&previous)).unwrap(), false)
        });
        assert_same(&straight, &turned);
    }
}

/// A programme whose searches are short, so that there can be many of them.
fn climbing() -> Program {
    let at = |metric: &str, limit: u32| json!({"threshold": {"metric": metric, "at_least": limit}});
    let given = json!({"measure": "given", "unit": "count"});
    Program::from_value(&json!({
        "program": "climb", "version": "1", "tiers": [{"tier": "member", "rank": 1}, {"tier": "silver", "rank": 2}, {"tier": "gold", "rank": 3}],
        "metrics": {"deals": given, "people": given},
        "qualification": {
            "silver": {"any": [at("deals", 30), at("people", 20)]},
            "gold": {"all": [{"qualifies": "silver"}, {"top": {"metric": "deals", "share": 0.3}}]}
        },
        "benefits": {"margin": {"tiers": {"silver": 0.1}, "worth": {"silver": 100, "gold": 300}}}
    }))
    .unwrap()
}

#[test]
fn the_number_of_threads_does_not_matter_to_programmes() {
    let program = climbing();
    let rows = partners(&program, 3_000, 11);
    let options = reads::<SensitivityOptions>(json!({"as_of": DAY, "stake": "deals"}));
    let axis = |metric: &str| json!({"metric": metric, "cuts": {"quantiles": [0.3, 0.7]}});
    let segments = reads::<SegmentOptions>(json!({"performance": axis("deals"), "potential": axis("people")}));
    let with = |threads: usize| {
        set_threads(threads).unwrap();
        let frame = chunked(&rows, &[700]);
        let review = reviewed(&program, &frame, None).unwrap();
        let mut all = all_of(&program, &review, true);
        all.push(program.sensitivity_frame(&frame, None, None, &options, &Monitor::none()).unwrap().to_csv());
        all.push(review.segments(&segments).unwrap().to_csv());
        all
    };
    let expected = with(1);
    assert_same(&expected, &with(2));
    assert_same(&expected, &with(4));
    set_threads(0).unwrap();
}

/// Metrics of every table of the made-up ecosystem.
fn of_facts() -> Program {
    let count = |from: &str| json!({"measure": {"count": {"from": from}}});
    let sum = |from: &str, of: &str| json!({"measure": {"sum": {"from": from, "of": of}}});
    Program::from_value(&json!({
        "program": "S", "version": "1", "currency": "USD",
        "tiers": [{"tier": "registered", "rank": 1}, {"tier": "select", "rank": 2}, {"tier": "premier", "rank": 3}],
        "metrics": {
            "deals": count("opportunities"), "revenue": sum("opportunities", "amount"), "lines": sum("lines", "amount"),
            "people": count("people"), "credentials": count("credentials"), "registrations": count("registrations"),
            "touches": count("touchpoints"), "trainings": sum("activities", "quantity"), "spent": sum("investments", "amount"),
            "accounts": count("account_partners"),
            "certified": {"measure": {"count_distinct": {"from": "credentials", "of": "person_id"}}}
        },
        "qualification": {
            "select": {"any": [{"threshold": {"metric": "deals", "at_least": 1}}, {"threshold": {"metric": "touches", "at_least": 5}}]},
            "premier": {"top": {"metric": "revenue", "share": 0.2}}
        },
        "review": {"demotion": {"grace_days": 30}}
    }))
    .unwrap()
}

#[test]
fn rows_that_were_rejected_count_nowhere() {
    let program = of_facts();
    let options = reads::<ProgramReviewOptions>(json!({"as_of": "2026-06-01"}));
    let mut rejections = 0;
    for seed in 0..6 {
        let mut tables = sample(seed, 60, 200, 15);
        let text = |tables: &Tables| {
            let eco = build(tables, json!({"on_invalid": "reject"}), whole).unwrap();
            let review = program.review(&eco, &ReviewInputs::default(), &options, &Monitor::none()).unwrap();
            (eco, all_of(&program, &review, false))
        };
        let (eco, with) = text(&tables);
        let rejected = eco.rejected();
        for (name, rows) in &mut tables {
            let own = (0..rejected.len()).filter(|&row| rejected.text(row, "table") == *name);
            let gone: std::collections::BTreeSet<usize> =
                own.map(|row| rejected.number(row, "row").unwrap() as usize).collect();
            rejections += gone.len();
            let mut at = 0..;
            rows.retain(|_| !gone.contains(&at.next().unwrap()));
        }
        let (_, without) = text(&tables);
        assert_same(&with, &without);
    }
    assert!(rejections > 100, "{rejections}");
}

#[test]
fn empty_tables_make_empty_reviews() {
    for (name, document) in shipped() {
        let program = Program::from_value(&document).unwrap();
        let columns = columns_of(&program);
        let none: Vec<RawColumn<'_>> =
            columns.iter().map(|name| RawColumn::new(name.clone(), RawValues::Null(0))).collect();
        let frame = RawTable { chunks: vec![RawChunk { columns: none, rows: 0 }], untyped: false };
        let review = reviewed(&program, &frame, None).unwrap_or_else(|e| panic!("{name}: {e}"));
        let lines: Vec<usize> = all_of(&program, &review, true).iter().map(|text| text.lines().count()).collect();
        // One line of names each, but for the tiers that nobody climbs to.
        let tiers = program.tier_names().len() + 1;
        assert!(
            lines[..lines.len() - 1].iter().all(|lines| *lines == 1) && lines[lines.len() - 1] == tiers,
            "{name}: {lines:?}"
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn no_cells_of_a_frame_or_of_decisions_make_a_programme_panic(
        which in 0..12_usize, seed in any::<u64>(), cells in prop::collection::vec(any_cell(), 1..40),
        past in prop::collection::vec(any_cell(), 1..40), kept in 0..5_usize
    ) {
        let (_, document) = shipped().swap_remove(which);
        let program = Program::from_value(&document).unwrap();
        let mut dice = Dice(seed);
        // Most cells are usable, so that some frames get past their reader.
        let rows = partners(&program, 6, seed);
        let names = columns_of(&program);
        let column = |name: &String, dice: &mut Dice| {
            let cell = |row: &Value, dice: &mut Dice| {
                if dice.below(names.len() * 6) < kept { dice.pick(&cells).clone() } else { (&row[name]).into() }
            };
            let values = rows.iter().map(|row| cell(row, dice)).collect();
            RawColumn::new(name.clone(), RawValues::Cells(values))
        };
        let frame = RawTable::from_columns(names.iter().map(|name| column(name, &mut dice)).collect()).unwrap();
        let Ok(review) = reviewed(&program, &frame, None) else { return Ok(()) };
        all_of(&program, &review, false);
        let decisions = review.decisions().unwrap().to_json();
        let names = review.decisions().unwrap().column_names().into_iter().map(str::to_owned).collect::<Vec<_>>();
        let column = |name: &String, dice: &mut Dice| {
            let cell = |row: &Value, dice: &mut Dice| match name.as_str() {
                "as_of" if dice.below(40) > 0 => (&json!("2026-10-01")).into(),
                _ if dice.below(names.len()) == 0 => (&json!(*dice.pick(&["2026-01-01", "gold", "true", ""]))).into(),
                _ if dice.below(names.len() * 3) < kept => dice.pick(&past).clone(),
                _ => (&row[name]).into(),
            };
            let values = decisions.iter().map(|row| cell(row, dice)).collect();
            RawColumn::new(name.clone(), RawValues::Cells(values))
        };
        let previous = RawTable::from_columns(names.iter().map(|name| column(name, &mut dice)).collect()).unwrap();
        match reviewed(&program, &frame, Some(&previous)) {
            Ok(review) => _ = all_of(&program, &review, false),
            Err(error) => prop_assert!(error.code() != Code::Internal && !error.field().is_empty(), "{error:?}"),
        }
    }

    #[test]
    fn no_options_make_a_review_panic(value in super::panics::any_json()) {
        let program = climbing();
        let frame = whole(&partners(&program, 5, 1));
        let review = reviewed(&program, &frame, None).unwrap();
        let none = Monitor::none();
        if let Ok(costs) = document::from_value::<Costs>(&value) {
            _ = (review.actions(&costs, &none), review.economics(&costs, Some(f64::NAN), &none));
        }
        if let Ok(options) = document::from_value::<SegmentOptions>(&value) {
            _ = review.segments(&options);
        }
        if let Ok(options) = document::from_value::<SensitivityOptions>(&value) {
            _ = program.sensitivity_frame(&frame, None, None, &options, &none);
        }
        _ = Program::from_value(&value);
    }
}
