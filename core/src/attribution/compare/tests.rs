use super::*;
use crate::attribution::PathsOptions;
use crate::table::read_csv;

fn journeys(csv: &str) -> Journeys {
    let options = PathsOptions { nulls: Some("total_null".to_owned()), ..PathsOptions::default() };
    let csv = format!("path,total_conversions,total_null\n{csv}");
    Journeys::from_paths(&read_csv(csv.as_bytes()).unwrap(), &options, &Monitor::none()).unwrap()
}

fn compare(csv: &str, models: &[Value]) -> Comparison {
    let models = Model::list(models).unwrap();
    journeys(csv).compare(&models, &CompareOptions::default(), &Monitor::none()).unwrap()
}

fn reason(comparison: &Comparison, channel: &str) -> Vec<String> {
    let reasons = &comparison.reasons;
    (0..reasons.len()).filter(|&r| reasons.text(r, "channel") == channel).map(|r| reasons.text(r, "code")).collect()
}

#[test]
fn credit_stands_side_by_side() {
    let comparison =
        compare("a > b > c,40,10\na,60,0\n", &["first_touch".into(), "last_touch".into(), "linear".into()]);
    let credit = &comparison.credit;
    assert_eq!(
        credit.column_names(),
        [
            "channel",
            "first_touch",
            "first_touch_share",
            "last_touch",
            "last_touch_share",
            "linear",
            "linear_share",
            "spread"
        ]
    );
    assert_eq!((credit.number(0, "first_touch"), credit.number(0, "last_touch_share")), (Some(100.0), Some(0.6)));
    assert_eq!(credit.number(2, "spread"), Some(0.4));
}

#[test]
fn agreement_is_that_worked_out_by_hand() {
    // First: a 0.5, b 0.3, c 0.2; last: a 0.2, b 0.5, c 0.3. Ranks 3 2 1 and 1 3 2: 1 - 6 * 6 / 24 = -0.5.
    let comparison = compare("a > b,50,0\nb > c,30,0\nc > a,20,0\n", &["first_touch".into(), "last_touch".into()]);
    let row = &comparison.agreement;
    assert_eq!(row.number(0, "rank_correlation"), Some(-0.5));
    assert!((row.number(0, "share_distance").unwrap() - 0.3).abs() < 1e-15);
    assert_eq!(row.number(0, "top_overlap"), Some(1.0));
}

#[test]
fn tied_ranks_are_their_mean_and_flat_ones_have_no_correlation() {
    assert_eq!(ranks(&[0.2, 0.5, 0.2, 0.1]), [5, 8, 5, 2]);
    // Spearman of (1, 2, 3, 4) and (1, 2.5, 2.5, 4): sqrt(0.9).
    let tied = correlation(&ranks(&[1.0, 2.0, 3.0, 4.0]), &ranks(&[1.0, 2.0, 2.0, 4.0])).unwrap();
    assert!((tied - 0.9_f64.sqrt()).abs() < 1e-15, "{tied}");
    assert_eq!(correlation(&ranks(&[1.0, 1.0]), &ranks(&[1.0, 2.0])), None);
}

#[test]
fn openers_closers_and_assistants_are_told_apart() {
    let models = ["first_touch".into(), "last_touch".into(), "linear".into()];
    let comparison = compare("open > help > close,100,300\n", &models);
    assert_eq!(reason(&comparison, "open"), ["opens_more_than_it_closes"]);
    assert_eq!(reason(&comparison, "close"), ["closes_more_than_it_opens"]);
    assert_eq!(reason(&comparison, "help"), ["assists"]);
    let row = &comparison.reasons;
    let open = (0..row.len()).find(|&r| row.text(r, "channel") == "open").unwrap();
    assert_eq!((row.number(open, "evidence"), row.number(open, "baseline")), (Some(1.0), Some(0.0)));
    assert_eq!(
        (row.text(open, "model_high"), row.text(open, "model_low")),
        ("first_touch".into(), "last_touch".into())
    );
}

#[test]
fn few_conversions_are_said() {
    let comparison = compare("a > b,5,5\n", &["first_touch".into(), "last_touch".into()]);
    assert_eq!(reason(&comparison, "a"), ["opens_more_than_it_closes", "few_journeys"]);
}

#[test]
fn journeys_of_one_touch_make_all_models_agree() {
    let models = ["first_touch".into(), "last_touch".into(), "linear".into()];
    let comparison = compare("a,95,10\nb > a,5,0\n", &models);
    assert_eq!(
        comparison.diagnostics["notes"][0],
        json!({"code": "single_touch_journeys", "share": 0.95, "conversions": 100.0})
    );
    let comparison = compare("a > a,95,10\nb > a,5,0\n", &models);
    assert_eq!(comparison.diagnostics["notes"][0]["code"], "single_channel_journeys");
}

#[test]
fn same_models_are_numbered_and_impossible_ones_left_out() {
    let models = ["markov".into(), json!({"markov": {"order": 2}}), "time_decay".into()];
    let comparison = compare("a > b,50,10\nb > a,30,20\n", &models);
    assert!(comparison.credit.column("markov").is_some() && comparison.credit.column("markov_2").is_some());
    assert_eq!(comparison.diagnostics["models"]["markov_2"]["markov"]["order"], 2);
    assert_eq!(comparison.diagnostics["notes"][0]["code"], "model_left_out");
    assert_eq!(comparison.diagnostics["notes"][0]["model"], "time_decay");
    let alone = Model::list(&["time_decay".into()]).unwrap();
    let error = journeys("a,1,0\n").compare(&alone, &CompareOptions::default(), &Monitor::none()).unwrap_err();
    assert_eq!(error.code(), Code::NotEnoughData);
}

#[test]
fn bad_options_are_refused() {
    let models = Model::list(&["linear".into()]).unwrap();
    let fails = |models: &[Model], options: CompareOptions| {
        journeys("a,1,0\n").compare(models, &options, &Monitor::none()).unwrap_err().field().to_owned()
    };
    assert_eq!(fails(&[], CompareOptions::default()), "models");
    assert_eq!(fails(&models, CompareOptions { top: 0, ..CompareOptions::default() }), "top");
    assert_eq!(fails(&models, CompareOptions { difference: 2.0, ..CompareOptions::default() }), "difference");
    let error = Model::list(&["linear".into(), "linaer".into()]).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::UnknownModel, "models[1]"));
}
