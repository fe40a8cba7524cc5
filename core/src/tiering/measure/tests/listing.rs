//! The facts behind each number: they add up to it, none is left out, and their order is their own.

use proptest::prelude::*;

use super::bits::{metrics, rows, shuffled};
use super::*;
use crate::engine::exact_sum::ExactSum;
use crate::facts::Id;
use crate::table::Table;
use crate::tiering::{ProgramReview, ProgramReviewOptions, ReviewInputs};

const ON: &str = "2026-06-15";

fn review(eco: &Ecosystem, program: &Program, on: &str) -> ProgramReview {
    let options = ProgramReviewOptions { as_of: Some(on.to_owned()), forecast_months: 0 };
    program.review(eco, &ReviewInputs::default(), &options, &Monitor::none()).unwrap()
}

fn facts(review: &ProgramReview, partner: &Id, metric: Option<&str>) -> Table {
    review.facts(partner, metric, &Monitor::none()).unwrap()
}

/// The rows of a table as texts: the columns that are named, without those that are empty everywhere.
fn texts(table: &Table, columns: &[&str]) -> Vec<String> {
    let of = |row: usize| columns.iter().map(|c| table.text(row, c)).collect::<Vec<_>>().join("|");
    (0..table.len()).map(of).collect()
}

/// What the facts behind the metrics of [`metrics`] say each of them is.
fn from_facts(facts: &Table, metric: &str) -> Option<f64> {
    let own: Vec<usize> = (0..facts.len()).filter(|&row| facts.text(row, "metric") == metric).collect();
    let value = |row: &usize| facts.number(*row, "value").unwrap();
    let sum = |rows: &[usize]| rows.iter().map(value).collect::<ExactSum>().value();
    match metric {
        "mean" => (!own.is_empty()).then(|| sum(&own) / own.len() as f64),
        "last" | "high" => {
            let first = own.first().map(value);
            assert!(own.iter().all(|row| Some(value(row)) == first), "{metric}: only what gives the value is listed");
            first
        }
        "covered" => {
            let reached = |part: &str, at_least: f64| {
                let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
                for &row in own.iter().filter(|row| facts.text(**row, "part") == part) {
                    groups.entry(facts.text(row, "detail")).or_default().push(row);
                }
                groups.into_iter().filter(|(_, rows)| sum(rows) >= at_least).map(|(g, _)| g).collect::<Vec<_>>()
            };
            let (need, have) = (reached("need", 2000.0), reached("have", 3.0));
            let met = need.iter().filter(|group| have.contains(group)).count();
            Some(if need.is_empty() { 1.0 } else { met as f64 / need.len() as f64 })
        }
        _ => Some(sum(&own)),
    }
}

/// Every metric of every partner, from its facts and as it was measured.
fn agree(review: &ProgramReview) -> std::result::Result<(), TestCaseError> {
    let measured = review.metrics();
    for row in 0..measured.len() {
        let partner: Id = measured.text(row, "partner_id").as_str().into();
        let facts = facts(review, &partner, None);
        for metric in measured.column_names().into_iter().skip(1) {
            let (found, wanted) = (from_facts(&facts, metric), measured.number(row, metric));
            let close = match (found, wanted) {
                (Some(found), Some(wanted)) => (found - wanted).abs() <= 1e-9 * wanted.abs().max(1.0),
                (found, wanted) => found == wanted,
            };
            prop_assert!(close, "{metric} of {partner:?}: {found:?} from facts, {wanted:?} measured");
        }
    }
    Ok(())
}

/// The tables without the rows that a test is about.
fn without(tables: &Value, table: &str, gone: impl Fn(&Value) -> bool) -> Value {
    let mut tables = tables.clone();
    tables[table].as_array_mut().unwrap().retain(|row| !gone(row));
    tables
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_facts_add_up_to_each_number(seed in 0_u64..1_000, many in 1_usize..60) {
        let program = program(&metrics(), &Value::Null);
        agree(&review(&eco(&rows(seed, many)), &program, ON))?;
    }

    #[test]
    fn removing_a_listed_fact_changes_the_number_by_what_it_gave(seed in 0_u64..1_000, many in 5_usize..40) {
        let program = program(&metrics(), &Value::Null);
        let tables = rows(seed, many);
        let before = review(&eco(&tables), &program, ON);
        let partner: Id = format!("P{}", seed % 40).as_str().into();
        for metric in ["deals", "sum", "points"] {
            let listed = facts(&before, &partner, Some(metric));
            let Some(row) = (0..listed.len()).find(|&row| listed.number(row, "value") != Some(0.0)) else { continue };
            let deal: i64 = listed.text(row, "id").parse().unwrap();
            let fewer = without(&tables, "opportunities", |one| one["opportunity_id"] == deal);
            let fewer = without(&fewer, "opportunity_partners", |one| one["opportunity_id"] == deal);
            let fewer = without(&fewer, "touchpoints", |one| one["opportunity_id"] == deal);
            let after = facts(&review(&eco(&fewer), &program, ON), &partner, Some(metric));
            let [was, is] = [&listed, &after].map(|table| from_facts(table, metric).unwrap());
            let gave = listed.number(row, "value").unwrap();
            prop_assert!((was - is - gave).abs() < 1e-9 * was.abs().max(1.0), "{metric}: {was} - {is} is not {gave}");
        }
        // A person counts until the last of its rows is gone.
        let listed = facts(&before, &partner, Some("people"));
        if !listed.is_empty() {
            let (id, person) = (format!("P{}", seed % 40), listed.text(0, "detail"));
            let fewer = without(&tables, "credentials", |c| c["partner_id"] == id && c["person_id"] == person);
            let after = facts(&review(&eco(&fewer), &program, ON), &partner, Some("people"));
            let [was, is] = [&listed, &after].map(|table| from_facts(table, "people").unwrap());
            prop_assert_eq!(was - is, 1.0);
        }
    }

    #[test]
    fn the_order_of_rows_does_not_matter(seed in 0_u64..1_000, many in 1_usize..40) {
        let program = program(&metrics(), &Value::Null);
        let tables = rows(seed, many);
        let [plain, other] = [eco(&tables), shuffled(&tables, seed + 1)].map(|eco| review(&eco, &program, ON));
        for partner in 0..40 {
            let partner: Id = format!("P{partner}").as_str().into();
            let [plain, other] = [&plain, &other].map(|review| facts(review, &partner, None).to_csv());
            prop_assert_eq!(plain, other);
        }
    }
}

fn small() -> Value {
    json!({
        "partners": [{"partner_id": "P1"}, {"partner_id": "P2"}],
        "activities": [
            {"partner_id": "P1", "at": "2026-05-02", "kind": "training", "quantity": 3, "person_id": "H1"},
            {"partner_id": "P1", "at": "2026-05-02", "kind": "training", "quantity": 3, "person_id": "H1"},
            {"partner_id": "P1", "at": "2026-02-01", "kind": "training", "quantity": 5, "person_id": "H2"},
            {"partner_id": "P1", "at": "2025-02-01", "kind": "training", "quantity": 7, "person_id": "H2"},
            {"partner_id": "P2", "at": "2026-02-01", "kind": "training", "quantity": 9, "person_id": "H9"}
        ],
        "measurements": [
            {"subject": "partner", "id": "P1", "metric": "nps", "value": 40, "at": "2025-01-01"},
            {"subject": "partner", "id": "P1", "metric": "nps", "value": 50, "at": "2026-01-01"}
        ]
    })
}

fn small_program() -> Program {
    let window = json!({"rolling_months": 12});
    program(
        &json!({
            "hours": {"measure": {"sum": {"from": "activities", "of": "quantity", "window": window}}},
            "people": {"measure": {"count_distinct": {"from": "activities", "of": "person_id"}}},
            "rise": {"measure": {"change": {"of": "hours", "months": 12}}},
            "each": {"measure": {"ratio": {"of": "hours", "to": "people"}}},
            "both": {"measure": {"sum_of": [{"metric": "hours", "times": 0.5}, {"metric": "nps"}]}},
            "nps": {"measure": "given"}
        }),
        &json!({"scorecards": {"score": {"lines": [
            {"line": "training", "max_points": 10, "points": {"linear": {"metric": "hours", "threshold": 20}}},
            {"line": "voice", "max_points": 5, "points": {"full": {"metric": "nps", "threshold": 45}}}
        ]}}}),
    )
}

const COLUMNS: [&str; 9] = ["metric", "kind", "part", "table", "id", "at", "value", "unit", "detail"];

#[test]
fn rows_without_a_key_are_named_by_what_they_say() {
    let review = review(&eco(&small()), &small_program(), ON);
    let row = |at: &str, id: &str, value: &str| format!("hours|row||activities|{id}|{at}|{value}|number|");
    let expected = [
        row("2026-02-01", "training / H2", "5"),
        row("2026-05-02", "training / H1", "3"),
        row("2026-05-02", "training / H1", "3"),
    ];
    assert_eq!(texts(&facts(&review, &"P1".into(), Some("hours")), &COLUMNS), expected);
}

#[test]
fn a_distinct_value_counts_with_its_first_row() {
    let review = review(&eco(&small()), &small_program(), ON);
    let found = texts(&facts(&review, &"P1".into(), Some("people")), &["at", "value", "detail"]);
    assert_eq!(found, ["2025-02-01|1|H2", "2026-02-01|0|H2", "2026-05-02|1|H1", "2026-05-02|0|H1"]);
}

#[test]
fn what_is_made_of_others_leads_to_their_facts() {
    let review = review(&eco(&small()), &small_program(), ON);
    let of = |metric: &str| {
        texts(&facts(&review, &"P1".into(), Some(metric)), &["metric", "kind", "part", "id", "value", "detail"])
    };
    assert_eq!(
        of("rise"),
        [
            "hours|row||training / H2|5|",
            "hours|row||training / H1|3|",
            "hours|row||training / H1|3|",
            "hours_12_months_ago|row||training / H2|7|",
            "rise|metric|now|hours|11|",
            "rise|metric|then|hours_12_months_ago|7|",
        ]
    );
    let made =
        |metric: &str| of(metric).into_iter().filter(|row| row.starts_with(&format!("{metric}|"))).collect::<Vec<_>>();
    assert_eq!(made("each"), ["each|metric|of|hours|11|", "each|metric|to|people|2|"]);
    assert_eq!(made("both"), ["both|metric|input|hours|5.5|times 0.5", "both|metric|input|nps|50|"]);
    assert_eq!(made("score"), ["score|metric|line|score.training|5.5|", "score|metric|line|score.voice|5|"]);
    assert_eq!(of("score.voice"), ["nps|row||partner / P1 / nps|50|", "score.voice|metric|input|nps|50|"]);
    let all = facts(&review, &"P1".into(), None).len();
    assert_eq!(
        all,
        3 + 1 + 4 + 1 + 2 + 2 + 2 + 2 + 1 + 1,
        "hours, a year ago, people, nps, rise, each, both, score, its lines"
    );
}

#[test]
fn what_was_handed_in_says_so() {
    let frame = RawTable::from_json(&[
        json!({"partner_id": "P1", "hours": 4, "hours_12_months_ago": 1, "people": 2, "nps": 9}),
    ])
    .unwrap();
    let options = ProgramReviewOptions { as_of: Some(ON.to_owned()), ..ProgramReviewOptions::default() };
    let program = small_program();
    let of_frame = program.review_frame(&frame, None, &options, &Monitor::none()).unwrap();
    let found = texts(&facts(&of_frame, &"P1".into(), Some("each")), &["metric", "kind", "part", "id", "value"]);
    let expected = ["hours|handed_in|||4", "people|handed_in|||2", "each|metric|of|hours|4", "each|metric|to|people|2"];
    assert_eq!(found, expected);
    // Beside facts, only what was handed in is.
    let frame = RawTable::from_json(&[json!({"partner_id": "P1", "hours": 4})]).unwrap();
    let inputs = ReviewInputs { metrics: Some(&frame), ..ReviewInputs::default() };
    let eco = eco(&small());
    let beside = program.review(&eco, &inputs, &options, &Monitor::none()).unwrap();
    let found = texts(&facts(&beside, &"P1".into(), Some("hours")), &["kind", "table", "value"]);
    assert_eq!(found, ["handed_in||4"]);
    assert_eq!(facts(&beside, &"P1".into(), Some("people")).len(), 4);
}

#[test]
fn scopes_have_facts_of_their_own() {
    let tables = json!({
        "partners": [{"partner_id": "P1"}],
        "activities": [
            {"partner_id": "P1", "at": "2026-05-02", "kind": "training", "quantity": 3, "where": "EMEA"},
            {"partner_id": "P1", "at": "2026-05-03", "kind": "training", "quantity": 4, "where": "APAC"}
        ],
        "measurements": [
            {"subject": "partner", "id": "P1", "metric": "nps", "value": 50, "at": "2026-01-01"},
            {"subject": "partner", "id": "P1", "metric": "nps", "value": 70, "at": "2026-01-01", "scope": "EMEA"}
        ]
    });
    let program = program(
        &json!({
            "hours": {"measure": {"sum": {"from": "activities", "of": "quantity", "scope": "where"}}},
            "all": {"measure": {"sum": {"from": "activities", "of": "quantity"}}},
            "nps": {"measure": "given"}
        }),
        &json!({"scope": {"by": "region"}, "qualification": {"gold": {"threshold": {"metric": "nps", "at_least": 0}}}}),
    );
    let review = review(&eco(&tables), &program, ON);
    let found = texts(&facts(&review, &"P1".into(), None), &["region", "metric", "id", "value"]);
    let expected = [
        "APAC|all|training|3",
        "APAC|all|training|4",
        "APAC|hours|training|4",
        "APAC|nps|partner / P1 / nps|50",
        "EMEA|all|training|3",
        "EMEA|all|training|4",
        "EMEA|hours|training|3",
        "EMEA|nps|partner / P1 / nps / EMEA|70",
    ];
    assert_eq!(found, expected);
}

#[test]
fn explaining_shows_the_facts_that_give_most() {
    let review = review(&eco(&small()), &small_program(), ON);
    let explained = |facts: usize| {
        let options = crate::tiering::ExplainOptions { facts, ..crate::tiering::ExplainOptions::of("P1") };
        review.explain(&options).unwrap()
    };
    let hours = explained(2)["metrics"]["hours"]["facts"].clone();
    let row = |id: &str, at: &str, value: f64| json!({"kind": "row", "part": null, "table": "activities", "id": id, "at": at, "value": value, "detail": null});
    let first = [row("training / H2", "2026-02-01", 5.0), row("training / H1", "2026-05-02", 3.0)];
    assert_eq!(hours, json!({"count": 3, "more": 1, "first": first}));
    let line = explained(20)["scorecards"]["score"]["lines"][1]["facts"].clone();
    assert_eq!((&line["count"], &line["first"][0]["id"]), (&json!(1), &json!("nps")));
    assert_eq!(explained(0)["metrics"]["hours"].get("facts"), None);
}

#[test]
fn who_and_what_is_not_there_is_refused() {
    let review = review(&eco(&small()), &small_program(), ON);
    let fails = |partner: &str, metric: Option<&str>| {
        let error = review.facts(&partner.into(), metric, &Monitor::none()).unwrap_err();
        (error.code().as_str(), error.field().to_owned(), error.message().contains("did you mean"))
    };
    assert_eq!(fails("P3", None), ("unknown_name", "partner_id".to_owned(), true));
    assert_eq!(fails("P1", Some("hour")), ("unknown_name", "metric".to_owned(), true));
}
