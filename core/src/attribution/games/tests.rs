//! Games against enumeration, axioms and textbook values.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::exact::of_all;
use super::{solve_given, weights};
use crate::attribution::{Credit, Journeys, Model, PathsOptions};
use crate::engine::monitor::Monitor;
use crate::error::{Code, Result};
use crate::table::read_csv;

/// Channels of the path, conversions, nulls.
type Rows = Vec<(Vec<u8>, u32, u32)>;

fn rows(channels: u8) -> impl Strategy<Value = Rows> {
    prop::collection::vec((prop::collection::vec(0..channels, 1..8), 0_u32..5, 0_u32..5), 1..60)
}

fn credit_of(rows: &Rows, model: &Value) -> Result<Credit> {
    let mut csv = "path,total_conversions,v,n\n".to_owned();
    for (path, conversions, nulls) in rows {
        // Two digits keep the order of channels that of their numbers.
        let names: Vec<String> = path.iter().map(|c| format!("c{c:02}")).collect();
        csv += &format!("{},{conversions},{}.25,{nulls}\n", names.join(" > "), conversions * 3);
    }
    // A value without a conversion is refused.
    let csv = csv.replace(",0,0.25,", ",0,0,");
    let (value, nulls) = (Some("v".to_owned()), Some("n".to_owned()));
    let options = PathsOptions { value, nulls, ..PathsOptions::default() };
    let none = Monitor::none();
    Journeys::from_paths(&read_csv(csv.as_bytes()).unwrap(), &options, &none)?
        .attribute(&Model::from_value(model)?, &none)
}

/// A column of the totals by the number of the channel; 0 for channels without journeys.
fn column(credit: &Credit, name: &str, channels: u8) -> Vec<f64> {
    let totals = credit.totals();
    let find = |c: u8| (0..totals.len()).find(|&r| totals.text(r, "channel") == format!("c{c:02}"));
    (0..channels).map(|c| find(c).map_or(0.0, |r| totals.number(r, name).unwrap())).collect()
}

fn mask(path: &[u8]) -> usize {
    path.iter().fold(0, |mask, &c| mask | 1 << c)
}

/// Conversions, journeys and value of the rows whose channels are allowed.
fn within(rows: &Rows, allowed: impl Fn(usize) -> bool) -> [f64; 3] {
    rows.iter().filter(|(path, ..)| allowed(mask(path))).fold([0.0; 3], |sum, (_, c, n)| {
        let (c, n) = (f64::from(*c), f64::from(*n));
        [sum[0] + c, sum[1] + c + n, sum[2] + if c > 0.0 { 3.0 * c + 0.25 } else { 0.0 }]
    })
}

fn factorial(n: usize) -> f64 {
    (1..=n).map(|k| k as f64).product()
}

/// The definition, coalition by coalition.
fn enumerate(n: usize, worth: &[f64]) -> Vec<f64> {
    let one = |i: usize| {
        (0..1_usize << n)
            .filter(|s| s >> i & 1 == 0)
            .map(|s| {
                let size = s.count_ones() as usize;
                let chance = factorial(size) * factorial(n - size - 1) / factorial(n);
                chance * (worth[s | 1 << i] - worth[s])
            })
            .sum()
    };
    (0..n).map(one).collect()
}

fn near(got: &[f64], wanted: &[f64]) -> bool {
    let scale = wanted.iter().fold(1e-3_f64, |m, x| m.max(x.abs()));
    got.len() == wanted.len() && got.iter().zip(wanted).all(|(a, b)| (a - b).abs() <= 1e-10 * scale)
}

fn all_within(n: u8, rows: &Rows, of: impl Fn([f64; 3]) -> f64) -> Vec<f64> {
    (0..1_usize << n).map(|s| of(within(rows, |m| m & !s == 0))).collect()
}

fn rate(part: f64, all: f64) -> f64 {
    if all > 0.0 { part / all } else { 0.0 }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_closed_form_is_the_enumeration(rows in rows(12)) {
        let credit = credit_of(&rows, &json!("shapley")).unwrap();
        let conversions = enumerate(12, &all_within(12, &rows, |w| w[0]));
        let value = enumerate(12, &all_within(12, &rows, |w| w[2]));
        prop_assert!(near(&column(&credit, "conversions", 12), &conversions));
        prop_assert!(near(&column(&credit, "value", 12), &value));
    }

    #[test]
    fn pooled_rates_are_the_enumeration(rows in rows(9)) {
        let credit = credit_of(&rows, &json!({"shapley": {"game": "rate"}})).unwrap();
        let rates = enumerate(9, &all_within(9, &rows, |w| rate(w[0], w[1])));
        let values = enumerate(9, &all_within(9, &rows, |w| rate(w[2], w[1])));
        prop_assert!(near(&column(&credit, "shapley", 9), &rates));
        prop_assert!(near(&column(&credit, "shapley_value", 9), &values));
    }

    /// Few channels make the sets visit their subsets, many make them visit the other sets.
    #[test]
    fn each_set_divides_its_own_conversions((n, rows) in (2_u8..11).prop_flat_map(|n| (Just(n), rows(n)))) {
        let mut wanted = vec![0.0; n.into()];
        for set in 1..1_usize << n {
            let own = within(&rows, |m| m == set);
            if own[0] == 0.0 {
                continue;
            }
            let worth: Vec<f64> = (0..1_usize << n)
                .map(|s| within(&rows, |m| m == s & set))
                .map(|w| rate(w[0], w[1]))
                .collect();
            let shares = enumerate(n.into(), &worth);
            let sum: f64 = shares.iter().sum();
            wanted.iter_mut().zip(shares).for_each(|(w, share)| *w += own[0] * share / sum);
        }
        let credit = credit_of(&rows, &json!({"shapley": {"game": "journey"}})).unwrap();
        prop_assert!(near(&column(&credit, "conversions", n), &wanted), "{:?} {wanted:?}", column(&credit, "conversions", n));
    }

    #[test]
    fn values_obey_the_axioms(mut worth in prop::collection::vec(-1.0_f64..1.0, 64), gain in -1.0_f64..1.0) {
        worth[0] = 0.0;
        // Player 5 always adds the same; 0 and 1 are alike.
        for s in 0..32 {
            worth[s | 32] = worth[s] + gain;
        }
        for s in (0..64).filter(|s| s & 3 == 1) {
            worth[s + 1] = worth[s];
        }
        let found = of_all(&worth, 6);
        prop_assert!((found.iter().sum::<f64>() - worth[63]).abs() < 1e-14);
        prop_assert!((found[5] - gain).abs() < 1e-14);
        prop_assert!((found[0] - found[1]).abs() < 1e-14);
        prop_assert!(near(&found, &enumerate(6, &worth)));
    }

    #[test]
    fn given_coalitions_are_a_game_of_zeros_elsewhere(worth in prop::collection::vec(prop::option::of(-1.0_f64..1.0), 31)) {
        let members = |s: usize| (0..5).filter(|i| s >> i & 1 == 1).collect::<Vec<usize>>();
        let given = worth.iter().enumerate().filter_map(|(s, v)| v.map(|v| (members(s + 1), v))).collect();
        let all: Vec<f64> = std::iter::once(0.0).chain(worth.iter().map(|v| v.unwrap_or(0.0))).collect();
        prop_assert!(near(&solve_given(&given, 5, false), &enumerate(5, &all)));
    }

    #[test]
    fn the_order_of_rows_does_not_matter(rows in rows(30), turn in 0_usize..60) {
        let mut turned = rows.clone();
        turned.rotate_left(turn % rows.len());
        for model in [
            json!("shapley"), json!({"shapley": {"game": "ordered"}}), json!({"shapley": {"game": "journey"}}), json!("shao_li"),
            json!({"shapley": {"game": "rate", "samples": 100}}), json!("leave_one_out"), json!({"leave_one_out": {"game": "rate"}}),
        ] {
            let text = |rows: &Rows| credit_of(rows, &model).unwrap().totals().to_csv();
            prop_assert_eq!(text(&rows), text(&turned));
        }
    }
}

/// The glove game: one left and two right gloves, a pair is worth 1.
#[test]
fn gloves_have_the_values_of_the_textbook() {
    let worth: Vec<f64> = (0..8).map(|s: usize| f64::from(u8::from(s & 1 == 1 && s > 1))).collect();
    let wanted = [2.0 / 3.0, 1.0 / 6.0, 1.0 / 6.0];
    assert!(near(&of_all(&worth, 3), &wanted));
    let given = vec![(vec![0, 1], 1.0), (vec![0, 2], 1.0)];
    assert!(near(&solve_given(&given, 3, true), &wanted), "the three are worth the pair that they hold");
}

#[test]
fn weights_sum_to_one_over_the_sizes_of_coalitions() {
    // sum over t of C(n - 1, t - 1) weights[t] = 1: t = 1..4 of n = 4 gives 1/4, 3/12, 3/12, 1/4.
    assert!(near(&weights(4)[1..5], &[0.25, 1.0 / 12.0, 1.0 / 12.0, 0.25]));
    assert_eq!(weights(0), [0.0, 0.0]);
    assert!(weights(2000).iter().all(|w| w.is_finite()));
}

/// Paths of two of `n` channels, the later a converts more often.
fn ring(n: u8) -> Rows {
    (0..n).map(|i| (vec![i, (i + 1) % n], u32::from(i % 5), 3)).collect()
}

#[test]
fn too_many_coalitions_are_refused_with_the_way_out() {
    let error = credit_of(&ring(25), &json!({"shapley": {"game": "rate"}})).unwrap_err();
    assert_eq!((error.code(), error.field()), (Code::TooLarge, "shapley.game"));
    assert!(error.message().contains("2^25") && error.message().contains("samples"), "{error}");
}

#[test]
fn many_channels_are_sampled_to_the_error_that_was_asked() {
    let rows = ring(70);
    let sample = |options: Value| {
        let mut options = options;
        options["game"] = json!("rate");
        credit_of(&rows, &json!({ "shapley": options })).unwrap()
    };
    let credit = sample(json!({"max_standard_error": 0.002}));
    let own = &credit.diagnostics()["shapley"];
    assert_eq!(own["stopped_by"], "max_standard_error", "{own}");
    assert!(own["largest_standard_error"].as_f64().unwrap() <= 0.002, "{own}");
    assert_eq!(credit.diagnostics()["exact"], false);
    // 14 rounds of 0 + 1 + 2 + 3 + 4 conversions, 3 nulls each row.
    let sum = |name: &str| column(&credit, name, 70).iter().sum::<f64>();
    assert!((sum("shapley") - 140.0 / 350.0).abs() < 1e-12);
    assert!((sum("conversions") - 140.0).abs() < 1e-9);
    let capped = sample(json!({"max_standard_error": 1e-9, "samples": 1500}));
    assert_eq!(capped.diagnostics()["shapley"]["samples"], 1500);
    assert_eq!(capped.diagnostics()["shapley"]["stopped_by"], "samples");
    assert_ne!(capped.totals().to_csv(), sample(json!({"samples": 1500, "seed": 1})).totals().to_csv());
    assert_eq!(capped.totals().to_csv(), sample(json!({"samples": 1500})).totals().to_csv());
}

#[test]
fn rows_of_many_channels_have_the_same_credit_as_those_of_few() {
    // Sets of up to 64 channels are masks, of more they are lists; 60 more channels change nothing for the first 10.
    let (few, mut many) = (ring(10), ring(10));
    many.extend((10..70).map(|i| (vec![i], 1, 1)));
    for model in [json!({"shapley": {"game": "journey"}}), json!({"leave_one_out": {"game": "set"}})] {
        let own = if model["shapley"].is_null() { "lost" } else { "shapley" };
        let [few, many] = [&few, &many].map(|rows| column(&credit_of(rows, &model).unwrap(), own, 10));
        assert_eq!(few, many);
    }
}

#[test]
fn long_journeys_are_counted_as_short_ones() {
    // c00 40 times, c01 20 times, c02 once: a third each.
    let path: Vec<u8> = [vec![0; 40], vec![1; 20], vec![2]].concat();
    let credit = credit_of(&vec![(path, 3, 0)], &json!("shapley")).unwrap();
    assert_eq!(column(&credit, "conversions", 3), [1.0, 1.0, 1.0]);
    let ledger = credit.ledger(&Monitor::none()).unwrap().unwrap();
    assert_eq!(ledger.number(60, "weight"), Some(1.0 / 3.0));
    assert_eq!(ledger.text(0, "reason"), "equal_among_channels");
}

#[test]
fn channels_that_only_hurt_earn_nothing_and_all_of_them_earn_alike() {
    // Alone either converts 1 of 2, together 1 of 10: v(N) = 3/14, without either 1/2.
    let rows = vec![(vec![0], 1, 1), (vec![1], 1, 1), (vec![0, 1], 1, 9)];
    let credit = credit_of(&rows, &json!({"leave_one_out": {"game": "rate"}})).unwrap();
    assert!(near(&column(&credit, "lost", 2), &[3.0 / 14.0 - 0.5, 3.0 / 14.0 - 0.5]));
    assert_eq!(column(&credit, "conversions", 2), [1.5, 1.5]);
    assert!(credit.diagnostics()["notes"].to_string().contains("no_positive_effect"));
}

#[test]
fn positions_and_pairs_are_tables() {
    let rows = vec![(vec![0, 1, 0], 4, 0), (vec![1], 1, 3), (vec![2, 1], 0, 2)];
    let text = |model: Value, name: &str| credit_of(&rows, &model).unwrap().table(name).unwrap().to_csv();
    // 4 conversions and 12.25: a quarter for each touch of c00, a half for that of c01, which has its own 1 and 3.25.
    let positions = text(json!({"shapley": {"game": "ordered"}}), "positions");
    let wanted = "channel,position,conversions,value\nc00,1,1,3.0625\nc00,3,1,3.0625\nc01,1,1,3.25\nc01,2,2,6.125\n";
    assert_eq!(positions.replace(".0,", ","), wanted);
    let pairs = text(json!("shao_li"), "pairs");
    let wanted = "channel,other,conversions,nulls,presence,counted\nc00,c01,4,0,1,true\nc01,c02,0,2,0,false\n";
    assert_eq!(pairs.replace(".0,", ","), wanted);
}

#[test]
fn a_state_of_parts_has_the_credit_of_the_whole() {
    use crate::attribution::AttributionState;
    let csv = |rows: &str| {
        let table = read_csv(format!("path,total_conversions,n\n{rows}").as_bytes()).unwrap();
        let options = PathsOptions { nulls: Some("n".to_owned()), ..PathsOptions::default() };
        Journeys::from_paths(&table, &options, &Monitor::none()).unwrap()
    };
    let (one, two) = ("a > b,3,1\nb,1,4\n", "b > c > b,2,2\na,1,0\n");
    let coalitions = json!([{"channels": ["a", "c"], "value": 2}]);
    for model in [
        json!("shapley"),
        json!({"shapley": {"game": "ordered"}}),
        json!({"shapley": {"game": "rate"}}),
        json!({"shapley": {"game": "journey"}}),
        json!({"shapley": {"game": "given", "coalitions": coalitions}}),
        json!("shao_li"),
        json!({"leave_one_out": {"game": "rate"}}),
    ] {
        let model = Model::from_value(&model).unwrap();
        let whole = csv(&format!("{one}{two}")).attribute(&model, &Monitor::none()).unwrap();
        let mut state = AttributionState::new(model.clone(), false).unwrap();
        let mut other = AttributionState::new(model.clone(), false).unwrap();
        state.update(&csv(two)).unwrap();
        other.update(&csv(one)).unwrap();
        state.merge(AttributionState::from_bytes(model.clone(), false, &other.to_bytes()).unwrap()).unwrap();
        assert_eq!(state.finish(&Monitor::none()).unwrap().totals().to_csv(), whole.totals().to_csv(), "{model:?}");
    }
}
