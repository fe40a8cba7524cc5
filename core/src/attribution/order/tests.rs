use std::fmt::Write as _;

use super::steps::{Level, NONE, Steps};
use super::*;
use crate::attribution::PathsOptions;
use crate::attribution::journeys::ONE;
use crate::engine::math::ln;
use crate::engine::rng::KeyedRng;
use crate::table::read_csv;

fn journeys(csv: &str) -> Journeys {
    let options = PathsOptions { nulls: Some("total_null".to_owned()), ..PathsOptions::default() };
    let csv = format!("path,total_conversions,total_null\n{csv}");
    Journeys::from_paths(&read_csv(csv.as_bytes()).unwrap(), &options, &Monitor::none()).unwrap()
}

fn select(journeys: &Journeys, options: &OrderOptions) -> OrderSelection {
    journeys.select_order(options, &Monitor::none()).unwrap()
}

/// Walks over three channels whose next one is drawn from a table of chances by the window.
fn walks(count: u64, next: impl Fn(Option<usize>, Option<usize>) -> [f64; 3]) -> Journeys {
    let mut csv = String::new();
    for walk in 0..count {
        let mut rng = KeyedRng::from_u64(7, walk);
        let mut path: Vec<usize> = Vec::new();
        // What ends a walk must not remember more than the last touch either.
        while path.is_empty() || rng.uniform() < 0.8 {
            let (last, before) = (path.last().copied(), path.len().checked_sub(2).map(|i| path[i]));
            let chances = next(before, last);
            let draw = rng.uniform();
            path.push(if draw < chances[0] {
                0
            } else if draw < chances[0] + chances[1] {
                1
            } else {
                2
            });
        }
        let names: Vec<&str> = path.iter().map(|&c| ["a", "b", "c"][c]).collect();
        let won = u8::from(rng.uniform() < if path.last() == Some(&0) { 0.6 } else { 0.2 });
        writeln!(csv, "{},{won},{}", names.join(" > "), 1 - won).unwrap();
    }
    journeys(&csv)
}

#[test]
fn chances_are_those_worked_out_by_hand() {
    // One channel: fold 0 holds "a, won" once, fold 1 "a, won" three times and "a, lost" once.
    let zero = Level { context: vec![0, 0, 0], ends: vec![[1, 2]], ..Level::default() };
    let one = Level {
        context: vec![0, 1, 1],
        parent: vec![0, 1, 2],
        context_parent: vec![0, 0],
        same: vec![false, false],
        ends: vec![[NONE; 2], [1, 2]],
        start: Some(0),
    };
    let counts = [[1, 4], [1, 3], [0, 1]].concat().into_iter().map(|n: i128| n * ONE).collect();
    let (outcomes, levels) = ([4 * ONE, ONE], vec![zero, one]);
    let steps = Steps { levels, counts, folds: 2, channels: 1, outcomes, paths: 1, longest: 1 };
    let scores = steps.held_out(0);
    // Order 0: (4 + 3/3) / 11 and (3 + 3/3) / 11; order 1: (4 + 5/11) / 5 and (3 + 2 * 4/11) / 6.
    let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-14, "{a} {b}");
    near(scores[0].log_likelihood, ln(5.0 / 11.0) + ln(4.0 / 11.0));
    near(scores[1].log_likelihood, ln(49.0 / 55.0) + ln(41.0 / 66.0));
    assert_eq!((scores[1].steps, scores[1].unseen), (2.0, 0.0));
    assert_eq!((scores[1].pairs, scores[1].right), (0.0, 0.0));
}

#[test]
fn bic_is_that_worked_out_by_hand() {
    let selection = select(&journeys("a > b,30,10\nb > a,5,40\n"), &OrderOptions::default());
    let orders = &selection.orders;
    // Windows: start (40 a, 45 b), a (40 b, 5 won, 40 lost), b (45 a, 30 won, 10 lost); 255 steps; 3 * 3 - 2 parameters.
    let of = |counts: &[f64]| {
        let sum: f64 = counts.iter().sum();
        counts.iter().map(|c| c * ln(c / sum)).sum::<f64>()
    };
    let fit = of(&[40.0, 45.0]) + of(&[40.0, 5.0, 40.0]) + of(&[45.0, 30.0, 10.0]);
    assert_eq!(orders.number(0, "parameters"), Some(7.0));
    assert!((orders.number(0, "bic").unwrap() - (7.0 * ln(255.0) - 2.0 * fit)).abs() < 1e-9);
    // The chain has the states a and b; with windows of two, a > b and b > a.
    assert_eq!((orders.number(0, "states"), orders.number(1, "states")), (Some(2.0), Some(2.0)));
    // Last b converts 30 of 40, last a 5 of 45: (30 * 40 + (30 * 10 + 5 * 40) / 2) of 35 * 50 pairs, if the folds were one.
    let auc = orders.number(0, "auc").unwrap();
    assert!((auc - 1450.0 / 1750.0).abs() < 0.08, "{auc}");
}

#[test]
fn the_order_of_the_journeys_is_found() {
    let first = walks(3000, |_, last| match last {
        Some(0) => [0.1, 0.7, 0.2],
        Some(1) => [0.2, 0.1, 0.7],
        Some(_) => [0.7, 0.2, 0.1],
        None => [0.4, 0.3, 0.3],
    });
    let selection = select(&first, &OrderOptions::default());
    assert_eq!(selection.recommended, 1, "{}", selection.orders);
    assert_eq!(selection.diagnostics["best"]["bic"], 1);
    let second = walks(3000, |before, last| match (before, last) {
        (Some(a), Some(b)) if a == b => [0.1, 0.1, 0.8],
        (Some(a), Some(_)) => std::array::from_fn(|c| if c == a { 0.8 } else { 0.1 }),
        _ => [0.4, 0.3, 0.3],
    });
    let selection = select(&second, &OrderOptions::default());
    assert_eq!(selection.recommended, 2, "{}", selection.orders);
    assert_eq!(selection.diagnostics["best"]["bic"], 2);
}

#[test]
fn neither_row_order_nor_aggregation_changes_a_bit() {
    let whole = "a > b,3,10\nb > a > c,5,4\nc,0,7.5\na > a > b > c,2,1\n";
    let parts = "c,0,4.5\na > a > b > c,1,1\nb > a > c,5,4\na > b,2,3\na > a > b > c,1,0\na > b,1,7\nc,0,3\n";
    let options = OrderOptions { folds: 3, ..OrderOptions::default() };
    let (a, b) = (select(&journeys(whole), &options), select(&journeys(parts), &options));
    assert_eq!(a.orders.to_csv(), b.orders.to_csv());
    let other = select(&journeys(whole), &OrderOptions { seed: 1, ..options });
    assert_ne!(a.orders.to_csv(), other.orders.to_csv());
}

#[test]
fn journeys_of_one_touch_leave_nothing_to_remember() {
    let selection = select(&journeys("a,30,10\nb,5,40\n"), &OrderOptions::default());
    assert_eq!((selection.recommended, &selection.diagnostics["reason"]["code"]), (1, &json!("one_touch_journeys")));
    assert_eq!(selection.orders.number(0, "bic"), selection.orders.number(3, "bic"));
    let behind: Vec<Option<f64>> = (0..4).map(|row| selection.orders.number(row, "behind_best")).collect();
    assert_eq!(behind, [Some(0.0), None, None, None], "no order above the longest path is ahead of or behind another");
    // Order 2 sees the start too, and there is nothing before it.
    for figure in ["log_likelihood", "auc"] {
        assert_eq!(selection.orders.number(1, figure), selection.orders.number(3, figure), "{figure}");
    }
    let same = select(&journeys("a > b,30,0\n"), &OrderOptions::default());
    assert_eq!(same.orders.number(0, "auc"), None, "all journeys ended alike");
}

#[test]
fn bad_options_and_too_few_journeys_are_refused() {
    let fails = |csv: &str, options: OrderOptions| {
        let error = journeys(csv).select_order(&options, &Monitor::none()).unwrap_err();
        (error.code(), error.field().to_owned())
    };
    let options = OrderOptions::default();
    let of = |max_order, folds| OrderOptions { max_order, folds, ..options.clone() };
    assert_eq!(fails("a,9,9\n", of(9, 5)), (Code::OptionOutOfRange, "max_order".to_owned()));
    assert_eq!(fails("a,9,9\n", of(2, 1)), (Code::OptionOutOfRange, "folds".to_owned()));
    assert_eq!(fails("a,2,2\n", of(2, 5)), (Code::NotEnoughData, "folds".to_owned()));
}
