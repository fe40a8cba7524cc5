use super::super::{RecommendOptions, recommend};
use super::*;

/// Forty partners; what comes of them in the next period is 2 x deals, and noise has nothing to do with it.
fn periods() -> Vec<Vec<Value>> {
    let deals = |partner: usize, period: usize| (partner * 7 + period * 5) % 23;
    let row = |partner: usize, period: usize| {
        let before = if period == 0 { 0 } else { 2 * deals(partner, period - 1) };
        json!({"partner_id": partner, "deals": deals(partner, period), "noise": (partner * 13 + period * 3) % 17, "revenue": before})
    };
    (0..4).map(|period| (0..40).map(|partner| row(partner, period)).collect()).collect()
}

fn drafted(periods: &[Vec<Value>], options: &RecommendOptions) -> Result<super::super::RecommendedTiers> {
    let frames: Vec<RawTable<'_>> = periods.iter().map(|p| RawTable::from_json(p).unwrap()).collect();
    recommend(&frames.iter().collect::<Vec<_>>(), options, &Monitor::none())
}

fn options() -> RecommendOptions {
    let metrics = ["deals", "noise"].map(str::to_owned).to_vec();
    RecommendOptions { metrics, contribution: Some("revenue".into()), ..Default::default() }
}

#[test]
fn weights_are_judged_on_a_period_they_have_not_seen() {
    let draft = drafted(&periods(), &options()).unwrap();
    let weight = |row: usize| draft.weights.number(row, "weight").unwrap();
    assert!(weight(0) > 20.0 * weight(1), "{}", draft.weights);
    let [fitted, naive] = [0, 1].map(|row| draft.validation.number(row, "r_squared").unwrap());
    assert!(fitted > 0.99 && naive < 0.9, "{}", draft.validation);
    assert_eq!(draft.validation.text(1, "prediction"), "last_period");
}

#[test]
fn the_draft_runs_and_gives_the_tiers_that_it_says() {
    let periods = periods();
    let draft = drafted(&periods, &options()).unwrap();
    let text = serde_json::to_value(&draft.document).unwrap();
    let program = Program::from_value(&text).unwrap();
    let decisions = review(&program, &periods[3], None, "2026-11-20").unwrap().decisions().unwrap();
    for row in 0..draft.breaks.len() {
        let tier = draft.breaks.text(row, "tier");
        let have = (0..decisions.len()).filter(|&r| decisions.text(r, "effective") == tier).count();
        assert_eq!(Some(have as f64), draft.breaks.number(row, "partners"), "{tier}");
    }
    let assumed = program.document().parameters.values().all(|p| p.assumed);
    assert!(assumed && program.document().parameters.len() == draft.breaks.len() - 1);
    // The order of rows does not matter.
    let mut turned = periods;
    turned.iter_mut().for_each(|p| p.reverse());
    let again = drafted(&turned, &options()).unwrap();
    assert_eq!(again.document, draft.document);
    assert_eq!(again.validation.to_csv(), draft.validation.to_csv());
}

#[test]
fn the_number_of_tiers_follows_the_wished_fit() {
    let rows: Vec<Value> =
        [1, 2, 3, 50, 51, 52, 900, 901].iter().map(|n| json!({"partner_id": n, "revenue": n})).collect();
    let one = |options: RecommendOptions| {
        drafted(std::slice::from_ref(&rows), &RecommendOptions { metrics: vec!["revenue".into()], ..options })
    };
    let draft = one(RecommendOptions { fit: 0.999, ..Default::default() }).unwrap();
    // 50 and 900 are the roundest numbers between the classes that do not exceed their first value.
    assert_eq!((0..3).map(|row| draft.breaks.number(row, "from").unwrap()).collect::<Vec<_>>(), [1.0, 50.0, 900.0]);
    assert_eq!(one(RecommendOptions::default()).unwrap().breaks.len(), 2);
    assert_eq!(one(RecommendOptions { tiers: Some(4), ..Default::default() }).unwrap().breaks.len(), 4);
}

#[test]
fn what_cannot_be_supported_is_refused() {
    let refused = |periods: &[Vec<Value>], options: RecommendOptions| {
        let error = drafted(periods, &options).unwrap_err();
        (error.code().as_str(), error.field().to_owned())
    };
    let all = periods();
    let expected = |code, field: &str| (code, field.to_owned());
    assert_eq!(refused(&all[..2], options()), expected("not_enough_data", "periods"));
    let few: Vec<Vec<Value>> = all.iter().map(|p| p[..15].to_vec()).collect();
    assert_eq!(refused(&few, options()), expected("not_enough_data", "periods"));
    assert_eq!(
        refused(&all, RecommendOptions { contribution: None, ..options() }),
        expected("missing_option", "weights")
    );
    assert_eq!(
        refused(&all, RecommendOptions { metrics: Vec::new(), ..options() }),
        expected("missing_option", "metrics")
    );
    assert_eq!(
        refused(&all, RecommendOptions { tiers: Some(1), ..options() }),
        expected("option_out_of_range", "tiers")
    );
    let missing = RecommendOptions { metrics: vec!["deal".into()], ..options() };
    assert_eq!(refused(&all, missing), expected("missing_column", "deal"));
    let same = vec![vec![json!({"partner_id": 1, "deals": 5}), json!({"partner_id": 2, "deals": 5})]];
    let one = RecommendOptions { metrics: vec!["deals".into()], ..Default::default() };
    assert_eq!(refused(&same, one), expected("not_enough_data", "metrics"));
}
