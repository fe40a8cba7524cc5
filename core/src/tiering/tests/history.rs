//! Programmes over the days of an ecosystem: replays, two versions, numbers changed, and reviews as bytes.

use proptest::prelude::*;

use super::super::{
    BacktestOptions, DesignOptions, Monthly, ProgramCompareOptions, ReplayOptions, ReviewInputs, SensitivityOptions,
};
use super::*;
use crate::attribution::{Credit, JourneysOptions, Model};
use crate::error::Code;
use crate::facts::{Ecosystem, EcosystemOptions};
use crate::table::Table;

/// Deals of P-1 in January, February and March 2026; of P-2 in February 2025 and January 2026. Touches lie five days before
/// their close, but that on the last deal of P-1, which is from February.
fn eco() -> Ecosystem {
    let deal = |id: &str, amount: u32, closed: &str| {
        json!({"opportunity_id": id, "account_id": "A", "status": "won", "amount": amount, "created_at": "2025-01-01",
            "closed_at": closed, "currency": "USD"})
    };
    let role = |id: &str, partner: &str| json!({"opportunity_id": id, "partner_id": partner, "role": "influencer"});
    let touch = |id: &str, partner: &str, at: &str| json!({"opportunity_id": id, "partner_id": partner, "at": at, "kind": "meeting"});
    let tables = json!({
        "partners": [{"partner_id": "P-1", "country": "US"}, {"partner_id": "P-2"}],
        "opportunities": [
            deal("O1", 100, "2026-01-10"), deal("O2", 200, "2026-02-10"), deal("O3", 400, "2026-03-10"),
            deal("O4", 50, "2025-02-20"), deal("O5", 70, "2026-01-20")
        ],
        "opportunity_partners": [
            role("O1", "P-1"), role("O2", "P-1"), role("O3", "P-1"), role("O4", "P-2"), role("O5", "P-2")
        ],
        "touchpoints": [
            touch("O1", "P-1", "2026-01-05"), touch("O2", "P-1", "2026-02-05"), touch("O3", "P-1", "2026-02-20"),
            touch("O4", "P-2", "2025-02-15"), touch("O5", "P-2", "2026-01-15")
        ]
    });
    let options = EcosystemOptions { currency: Some("USD".into()), ..EcosystemOptions::default() };
    let mut builder = Ecosystem::builder().options(options);
    for (name, rows) in tables.as_object().unwrap() {
        builder = builder.table(name, RawTable::from_json(rows.as_array().unwrap()).unwrap());
    }
    builder.build().unwrap()
}

/// Gold takes so many won deals in twelve months.
fn version(name: &str, deals: u32, more: &Value) -> Program {
    let won =
        json!({"from": "opportunities", "where": [{"field": "status", "is": "won"}], "window": {"rolling_months": 12}});
    let mut document = json!({
        "program": "services", "version": name,
        "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
        "metrics": {"deals": {"measure": {"count": won}}},
        "qualification": {"gold": {"threshold": {"metric": "deals", "at_least": deals}}},
        "benefits": {"rebate": {"tiers": {"gold": 1}, "worth": {"gold": 1000}}}
    });
    document.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Program::from_value(&document).unwrap()
}

fn monthly(from: &str, to: &str) -> Monthly {
    Monthly { from: from.into(), to: to.into() }
}

fn credit(eco: &Ecosystem) -> Credit {
    let journeys = eco.journeys(&JourneysOptions::default(), &Monitor::none()).unwrap();
    journeys.attribute(&Model::from_value(&json!("linear")).unwrap(), &Monitor::none()).unwrap()
}

fn rows(table: &Table, names: &[&str]) -> Vec<String> {
    let row = |row| names.iter().map(|name| table.text(row, name)).collect::<Vec<_>>().join(" ");
    (0..table.len()).map(row).collect()
}

#[test]
fn a_replay_is_the_fold_of_reviews_with_what_was_known_on_each_day() {
    let (eco, program) = (eco(), version("1", 2, &json!({"review": {"demotion": {"grace_days": 40}}})));
    let options = ReplayOptions { monthly: Some(monthly("2026-01-31", "2026-05-30")), ..Default::default() };
    let replay = program.replay(&eco, &ReviewInputs::default(), &options, &Monitor::none()).unwrap();
    let days: Vec<String> = replay.reviews().iter().map(|r| r.as_of().to_string()).collect();
    assert_eq!(days, ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]);
    // By hand: P-1 has 1, 2 and then 3 deals. P-2 has 2 until the one of 20 February 2025 is a year old, and 1 from 28 February
    // on; its grace of 40 days is over on 9 April.
    let decisions = replay.decisions().unwrap();
    assert_eq!(
        rows(&decisions, &["partner_id", "effective"]),
        ["P-1 member", "P-2 gold", "P-1 gold", "P-2 gold", "P-1 gold", "P-2 gold", "P-1 gold", "P-2 member"]
    );
    assert_eq!(rows(&replay.flows(), &["partners"]), ["1", "1", "2", "1", "1"]);
    let mut previous: Vec<Value> = Vec::new();
    for day in &days {
        let past = RawTable::from_json(&previous).unwrap();
        let inputs = ReviewInputs { previous: Some(&past), ..Default::default() };
        let options = ProgramReviewOptions { as_of: Some(day.clone()), forecast_months: 0 };
        let review = program.review(&eco, &inputs, &options, &Monitor::none()).unwrap();
        previous.extend(review.decisions().unwrap().to_json());
    }
    assert_eq!(decisions.to_json(), previous);
    // What came before is handed on to every day.
    let past = RawTable::from_json(&previous[..2]).unwrap();
    let inputs = ReviewInputs { previous: Some(&past), ..Default::default() };
    let options = ReplayOptions { days: days[1..].to_vec(), ..Default::default() };
    let later = program.replay(&eco, &inputs, &options, &Monitor::none()).unwrap();
    assert_eq!(later.decisions().unwrap().to_json(), previous[2..]);
}

#[test]
fn days_of_months_come_back_to_the_last_one() {
    let (eco, program) = (eco(), version("1", 2, &json!({})));
    let days = |from: &str, to: &str| {
        let options = ReplayOptions { monthly: Some(monthly(from, to)), ..Default::default() };
        let replay = program.replay(&eco, &ReviewInputs::default(), &options, &Monitor::none()).unwrap();
        replay.reviews().iter().map(|r| r.as_of().to_string()).collect::<Vec<_>>()
    };
    assert_eq!(days("2025-12-31", "2026-03-30"), ["2025-12-31", "2026-01-31", "2026-02-28"]);
    assert_eq!(days("2026-02-28", "2026-03-28"), ["2026-02-28", "2026-03-28"]);
    assert_eq!(days("2026-02-28", "2026-02-28"), ["2026-02-28"]);
}

#[test]
fn losses_are_looked_for_on_each_day_where_they_are_asked_for() {
    let (eco, program) = (eco(), version("1", 2, &json!({})));
    let losses = |forecast_months| {
        let options = ReplayOptions { days: vec!["2026-01-31".into()], forecast_months, ..Default::default() };
        let replay = program.replay(&eco, &ReviewInputs::default(), &options, &Monitor::none()).unwrap();
        rows(&replay.reviews()[0].forecast(), &["partner_id", "on"])
    };
    // The deal of 20 February 2025 counts until the 19th.
    assert_eq!((losses(0), losses(3)), (Vec::new(), vec!["P-2 2026-02-20".to_owned()]));
}

#[test]
fn a_faulty_replay_is_refused_with_its_place() {
    let (eco, program) = (eco(), version("1", 2, &json!({"effective": {"from": "2026-01-01"}})));
    let fails = |days: &[&str], month: Option<Monthly>| {
        let days = days.iter().map(|d| (*d).to_owned()).collect();
        let options = ReplayOptions { days, monthly: month, ..Default::default() };
        let error = program.replay(&eco, &ReviewInputs::default(), &options, &Monitor::none()).unwrap_err();
        (error.code(), error.field().to_owned())
    };
    let is = |code, field: &str| (code, field.to_owned());
    assert_eq!(fails(&[], None), is(Code::MissingOption, "days"));
    assert_eq!(fails(&["2026-02-30"], None), is(Code::InvalidDate, "days[0]"));
    assert_eq!(fails(&["2026-02-28", "2026-02-28"], None), is(Code::InvalidOption, "days[1]"));
    assert_eq!(fails(&["2026-01-01", "2025-12-31"], None), is(Code::OptionOutOfRange, "days[1]"));
    assert_eq!(fails(&["2026-02-28"], Some(monthly("2026-02-28", "2026-03-31"))), is(Code::InvalidOption, "monthly"));
    assert_eq!(fails(&[], Some(monthly("2026-03", "2026-03-31"))), is(Code::InvalidDate, "monthly.from"));
    assert_eq!(fails(&[], Some(monthly("2026-03-31", "2026-03-30"))), is(Code::InvalidOption, "monthly.to"));
    assert_eq!(fails(&[], Some(monthly("2025-12-31", "2026-03-31"))), is(Code::OptionOutOfRange, "monthly.from"));
    assert_eq!(fails(&[], Some(monthly("2026-01-31", "2150-03-31"))), is(Code::OptionOutOfRange, "monthly"));
    let metrics = RawTable::from_json(&[json!({"partner_id": "P-1", "deals": 9})]).unwrap();
    let inputs = ReviewInputs { metrics: Some(&metrics), ..Default::default() };
    let options = ReplayOptions { days: vec!["2026-02-28".into()], ..Default::default() };
    let error = program.replay(&eco, &inputs, &options, &Monitor::none()).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::InvalidOption, "metrics"));
    assert_eq!(options.beside_frames().unwrap_err().field(), "days");
    let monitor = Monitor::new();
    monitor.cancel();
    let error = program.replay(&eco, &ReviewInputs::default(), &options, &monitor).unwrap_err();
    assert_eq!(error.code(), Code::Cancelled);
}

#[test]
fn two_versions_differ_by_who_what_and_how_much() {
    let eco = eco();
    // The versions are in effect one after the other, and tried on the same days.
    let old = version("old", 2, &json!({"effective": {"to": "2025-12-31"}}));
    let new = version("new", 3, &json!({"effective": {"from": "2027-01-01"}}));
    let credit = credit(&eco);
    let inputs = ReviewInputs { credit: [("influence".to_owned(), &credit)].into(), ..Default::default() };
    let options = BacktestOptions { monthly: Some(monthly("2026-01-31", "2026-03-31")), ..Default::default() };
    let tried = old.backtest(&new, &eco, &inputs, None, &options, &Monitor::none()).unwrap();
    // In January P-2 has two deals of 50 + 70, in February P-1 two of 100 + 200; the touch of 20 February on a deal that is won in
    // March is worth nothing yet.
    assert_eq!(
        rows(
            &tried.moves,
            &[
                "as_of",
                "partner_id",
                "from",
                "to",
                "direction",
                "stake",
                "revenue",
                "credit",
                "worth_before",
                "worth_after",
                "decides",
                "actual",
                "required"
            ]
        ),
        [
            "2026-01-31 P-2 gold member down  120 120 1000 0 qualification.gold 2 3",
            "2026-02-28 P-1 gold member down  300 300 1000 0 qualification.gold 2 3",
        ]
    );
    assert_eq!(
        rows(
            &tried.movements,
            &["as_of", "from", "to", "direction", "partners", "revenue", "credit", "worth_gained", "worth_lost"]
        ),
        [
            "2026-01-31 member member same 1 100 100 0 0",
            "2026-01-31 gold member down 1 120 120 0 1000",
            "2026-02-28 member member same 1 70 70 0 0",
            "2026-02-28 gold member down 1 300 300 0 1000",
            "2026-03-31 member member same 1 70 70 0 0",
            "2026-03-31 gold gold same 1 700 700 0 0",
        ]
    );
    assert_eq!(
        rows(&tried.criteria, &["as_of", "direction", "decides", "metric", "partners", "revenue", "worth_lost"]),
        ["2026-01-31 down qualification.gold deals 1 120 1000", "2026-02-28 down qualification.gold deals 1 300 1000"]
    );
    assert_eq!(rows(&tried.flows, &["as_of", "source", "target", "partners"]).len(), 6);
    assert_eq!(tried.before.reviews().len(), 3);
    assert_eq!(tried.after.reviews()[0].program().document().version, "new");
}

#[test]
fn the_credit_at_stake_is_named_where_there_are_several() {
    let (eco, program) = (eco(), version("1", 2, &json!({})));
    let credit = credit(&eco);
    let credits = [("a.b".to_owned(), &credit), ("c".to_owned(), &credit)];
    let inputs = ReviewInputs { credit: credits.into(), ..Default::default() };
    let tried = |stake_credit: Option<&str>| {
        let options = BacktestOptions {
            days: vec!["2026-01-31".into()],
            stake_credit: stake_credit.map(str::to_owned),
            ..Default::default()
        };
        program.backtest(&program, &eco, &inputs, None, &options, &Monitor::none())
    };
    assert_eq!(tried(None).unwrap_err().code(), Code::MissingOption);
    assert_eq!(tried(Some("d")).unwrap_err().field(), "stake_credit");
    let found = tried(Some("a.b")).unwrap();
    assert_eq!(rows(&found.movements, &["from", "credit"]), ["member 100", "gold 120"]);
    assert!(found.moves.is_empty() && found.criteria.is_empty());
}

#[test]
fn frames_are_tried_like_days_of_an_ecosystem() {
    let (old, new) = (
        by_points(json!({})),
        by_points(
            json!({"version": "2", "qualification": {"silver": {"threshold": {"metric": "points", "at_least": 15}}}}),
        ),
    );
    let frame =
        |points: u32| RawTable::from_json(&[json!({"partner_id": "P", "points": points, "revenue": 7})]).unwrap();
    let frames = [("2026-01-31", frame(12)), ("2026-02-28", frame(16))];
    let frames: Vec<(&str, &RawTable<'_>)> = frames.iter().map(|(day, frame)| (*day, frame)).collect();
    let options = BacktestOptions { stake: Some("points".into()), ..Default::default() };
    let tried = old.backtest_frames(&new, &frames, None, None, &options, &Monitor::none()).unwrap();
    assert_eq!(
        rows(&tried.moves, &["as_of", "from", "to", "stake", "revenue", "decides"]),
        ["2026-01-31 silver member 12  qualification.silver"]
    );
    let fails = |frames: &[(&str, &RawTable<'_>)], options: BacktestOptions| {
        let error = old.backtest_frames(&new, frames, None, None, &options, &Monitor::none()).unwrap_err();
        (error.code(), error.field().to_owned())
    };
    let days = BacktestOptions { days: vec!["2026-01-31".into()], ..Default::default() };
    assert_eq!(fails(&frames, days), (Code::InvalidOption, "days".to_owned()));
    let named = BacktestOptions { stake_credit: Some("c".into()), ..Default::default() };
    assert_eq!(fails(&frames, named), (Code::InvalidOption, "stake_credit".to_owned()));
    assert_eq!(fails(&[], BacktestOptions::default()), (Code::MissingOption, "partners".to_owned()));
    let bad = RawTable::from_json(&[json!({"partner_id": "P"})]).unwrap();
    let found = fails(&[frames[0], ("2026-02-28", &bad)], BacktestOptions::default());
    assert_eq!(found, (Code::MissingColumn, "partners[1].points".to_owned()));
}

fn on(day: &str, stake: Option<&str>) -> SensitivityOptions {
    SensitivityOptions { as_of: Some(day.into()), change: 0.5, stake: stake.map(str::to_owned) }
}

#[test]
fn numbers_are_changed_over_facts_that_are_measured_once() {
    let (eco, program) = (eco(), version("1", 2, &json!({})));
    let credit = credit(&eco);
    let inputs = ReviewInputs { credit: [("influence".to_owned(), &credit)].into(), ..Default::default() };
    let found = |stake: &str| {
        let options = on("2026-01-31", Some(stake));
        let table = program.sensitivity(&eco, &inputs, None, &options, &Monitor::none()).unwrap();
        rows(&table, &["to", "partners_up", "partners_down", "stake_up", "stake_down"])
    };
    // On 31 January P-1 has one deal of 100, P-2 has two of 120 together.
    let expected = ["3 0 1 0 120", "1 1 0 100 0"];
    assert_eq!([found("revenue"), found("credit"), found("influence")], [expected, expected, expected]);
    assert_eq!(found("deals"), ["3 0 1 0 2", "1 1 0 1 0"]);
    let error =
        program.sensitivity(&eco, &inputs, None, &on("2026-01-31", Some("revenu")), &Monitor::none()).unwrap_err();
    assert_eq!((error.field(), &error.details()["suggestion"]), ("stake", &json!("revenue")));
    let design = DesignOptions {
        as_of: Some("2026-01-31".into()),
        threshold: Some("qualification.gold.threshold".into()),
        shares: vec![0.5, 1.0],
        ..Default::default()
    };
    let table = program.design(&eco, &inputs, &design, &Monitor::none()).unwrap();
    assert_eq!(rows(&table, &["threshold", "partners"]), ["2 1", "1 2"]);
}

#[test]
fn a_number_that_a_measure_reads_is_measured_with_its_change() {
    // A deal is worth as many points as gold takes deals; that many points, squared, are gold.
    let each = json!({"parameter": "each"});
    let deals = json!({"from": "opportunities", "where": [{"field": "status", "is": "won"}]});
    let program = version(
        "1",
        2,
        &json!({
            "parameters": {"each": {"value": 10}},
            "metrics": {"points": {"measure": {"points": {"rows": deals, "rules": [{"points": each}]}}}},
            "qualification": {"gold": {"threshold": {"metric": "points", "at_least": each}}}
        }),
    );
    let eco = eco();
    let table =
        program.sensitivity(&eco, &ReviewInputs::default(), None, &on("2026-01-31", None), &Monitor::none()).unwrap();
    // One deal is always enough, since both numbers are the same; over points measured with 10 nobody would have 15.
    assert_eq!(rows(&table, &["to", "moved"]), ["15 0", "5 0"]);
}

#[test]
fn a_review_comes_back_from_its_bytes() {
    let eco = eco();
    let more = json!({
        "review": {"demotion": {"grace_days": 40}},
        "qualification": {"gold": {"all": [
            {"threshold": {"metric": "deals", "at_least": 2}}, {"attribute": {"field": "country", "not_in": ["FR", "DE"]}}
        ]}}
    });
    let program = version("1", 2, &more);
    let days = ReplayOptions {
        days: vec!["2026-01-31".into(), "2026-02-28".into()],
        forecast_months: 12,
        ..Default::default()
    };
    let replay = program.replay(&eco, &ReviewInputs::default(), &days, &Monitor::none()).unwrap();
    let reviews = replay.reviews();
    assert!(!reviews[0].forecast().is_empty() && !reviews[0].findings().is_empty());
    for review in reviews {
        let bytes = review.to_bytes();
        let back = ProgramReview::from_bytes(&bytes).unwrap();
        let tables = |r: &ProgramReview| {
            let tables = [
                r.decisions().unwrap(),
                r.reasons(),
                r.metrics(),
                r.scorecards(),
                r.cutoffs(),
                r.forecast(),
                r.findings(),
            ];
            tables.map(|t| t.to_csv())
        };
        assert_eq!(tables(&back), tables(review));
        assert_eq!((back.to_bytes() == bytes, back.as_of()), (true, review.as_of()));
        let change = review.compare(&back, None, &ProgramCompareOptions::default(), &Monitor::none()).unwrap();
        assert!(change.moves.is_empty());
        for at in (0..bytes.len()).step_by(7) {
            let mut altered = bytes.clone();
            altered[at] ^= 1;
            assert_eq!(ProgramReview::from_bytes(&altered).unwrap_err().code(), Code::CorruptState);
            assert!(ProgramReview::from_bytes(&bytes[..at]).is_err());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn bytes_hold_everything_that_tables_show(points in prop::collection::vec(prop::option::of(0..40i32), 1..8), turn in 0..7usize) {
        let program = by_points(json!({
            "scope": {"by": "region"},
            "qualification": {"gold": {"any": [
                {"top": {"metric": "points", "share": 0.3, "within": ["region"]}},
                {"threshold": {"metric": "points", "at_least": 20}}
            ]}}
        }));
        let mut partners: Vec<Value> = points.iter().enumerate()
            .map(|(at, p)| json!({"partner_id": at / 2, "region": if at % 2 == 0 { "EU" } else { "US" }, "points": p, "tier": "gold"}))
            .collect();
        let length = partners.len();
        partners.rotate_left(turn % length);
        let review = review(&program, &partners, None, "2026-11-20").unwrap();
        let back = ProgramReview::from_bytes(&review.to_bytes()).unwrap();
        let tables = |r: &ProgramReview| [r.decisions().unwrap(), r.reasons(), r.metrics(), r.cutoffs()].map(|t| t.to_csv());
        prop_assert_eq!(tables(&back), tables(&review));
    }
}

#[test]
fn comparing_and_drafting_can_be_cancelled() {
    let monitor = Monitor::new();
    monitor.cancel();
    let frame = [json!({"partner_id": "P", "points": 1})];
    let found = review(&by_points(json!({})), &frame, None, "2026-11-20").unwrap();
    let error = found.compare(&found, None, &ProgramCompareOptions::default(), &monitor).unwrap_err();
    assert_eq!((error.code(), monitor.progress().stage), (Code::Cancelled, "compare"));
    let options = super::super::RecommendOptions { metrics: vec!["points".into()], ..Default::default() };
    let periods = [&RawTable::from_json(&frame).unwrap()];
    let error = super::super::recommend(&periods, &options, &monitor).unwrap_err();
    assert_eq!((error.code(), monitor.progress().stage), (Code::Cancelled, "recommend"));
}
