//! Chains against exact rationals and against plain definitions.

use proptest::prelude::*;

use super::count::{Counter, Hashed, run};
use super::{Chain, Counted, Removal, count, effects};
use crate::attribution::journeys::{Counts, Inner, ONE};
use crate::attribution::{Journeys, PathsOptions};
use crate::engine::monitor::Monitor;
use crate::engine::rng::KeyedRng;
use crate::table::{Interner, Key, read_csv};

fn journeys(rows: &[(&str, f64, f64)]) -> Journeys {
    let lines: String = rows.iter().map(|(path, c, n)| format!("{path},{c},{n}\n")).collect();
    let csv = format!("path,total_conversions,nulls\n{lines}");
    let options = PathsOptions { nulls: Some("nulls".to_owned()), ..PathsOptions::default() };
    Journeys::from_paths(&read_csv(csv.as_bytes()).unwrap(), &options, &Monitor::none()).unwrap()
}

fn chain(journeys: &Journeys, order: usize) -> Chain {
    count(&journeys.sample(), order, &Monitor::none()).unwrap()
}

/// The states whose window holds each channel.
fn by_channel(chain: &Chain, channels: usize) -> Vec<Vec<u32>> {
    let holds = |c: u32| (0..chain.len() as u32).filter(|&s| chain.windows[s as usize].contains(&c)).collect();
    (0..channels as u32).map(holds).collect()
}

/// `a > b > a > b > ...` of very many touches that ends rarely, as counts.
fn near_absorbing(loops: f64) -> Chain {
    Chain {
        windows: vec![vec![0], vec![1], vec![2]],
        start: vec![3.0, 0.0, 0.0],
        conversions: vec![0.0, 1.0, 1.0],
        nulls: vec![0.0, 1.0, 0.0],
        value: None,
        next: vec![vec![(1, loops + 3.0)], vec![(0, loops), (2, 1.0)], vec![]],
    }
}

#[test]
fn near_absorbing_loops_are_solved_to_the_last_digits() {
    // From a always to b; from b back to a with L, to the conversion 1, to the null 1, to c (which converts) 1, of L + 3.
    // So B(b) = 2/3 whatever L is; c is met with 1/3: its effect is (1/3) / (2/3) = 1/2. All exact rationals.
    for loops in [1e3, 1e6, 1e9, 1e12] {
        let chain = near_absorbing(loops);
        let groups = [vec![0], vec![1], vec![2]];
        let found = effects(&chain, &groups, Removal::Null, true, &Monitor::none()).unwrap();
        let near = |got: f64, wanted: f64| (got - wanted).abs() <= 1e-12 * wanted;
        assert!(near(found.probability, 2.0 / 3.0), "{loops}: {}", found.probability);
        for (got, wanted) in found.conversions.iter().zip([1.0, 1.0, 0.5]) {
            assert!(near(*got, wanted), "{loops}: {got} {wanted}");
        }
    }
}

#[test]
fn effects_are_those_of_hand() {
    // start -> a 3/4, b 1/4; a -> b 1/3, converts 1/3, null 1/3; b converts 1/2, null 1/2.
    let journeys = journeys(&[("a", 1.0, 1.0), ("a > b", 1.0, 0.0), ("b", 0.0, 1.0)]);
    let chain = chain(&journeys, 1);
    let groups = by_channel(&chain, 2);
    let found = effects(&chain, &groups, Removal::Null, true, &Monitor::none()).unwrap();
    // B = 3/4 (1/3 + 1/3 * 1/2) + 1/4 * 1/2 = 1/2. Without a: 1/8; without b: 1/4.
    let near = |got: f64, wanted: f64| assert!((got - wanted).abs() < 1e-15, "{got} {wanted}");
    near(found.probability, 0.5);
    near(found.conversions[0], 0.75);
    near(found.conversions[1], 0.5);
    // By detour: without a all start at b, 1/2; without b all start at a, which converts with 1/2.
    let detour = effects(&chain, &groups, Removal::Detour, true, &Monitor::none()).unwrap();
    near(detour.conversions[0], 0.0);
    near(detour.conversions[1], 0.0);
}

/// The chance to convert by plain iteration, with some states failing.
fn plain(chain: &Chain, gone: &[u32]) -> f64 {
    let mut b = vec![0.0; chain.len()];
    for _ in 0..20_000 {
        for s in (0..chain.len()).filter(|s| !gone.contains(&(*s as u32))) {
            let onward: f64 = chain.next[s].iter().map(|&(to, w)| w * b[to as usize]).sum();
            b[s] = (chain.conversions[s] + onward) / chain.total(s);
        }
    }
    chain.start.iter().zip(&b).map(|(w, b)| w * b).sum::<f64>() / chain.starts()
}

#[test]
fn tables_and_hash_tables_count_the_same_chains_of_every_order() {
    // More paths than are read at once, some of them without touches.
    let mut rng = KeyedRng::from_u64(3, 1);
    let (mut starts, mut channel, mut values) = (vec![0], Vec::new(), Vec::new());
    let (mut conversions, mut nulls) = (Vec::new(), Vec::new());
    for _ in 0..9_000 {
        channel.extend((0..rng.below(7)).map(|_| rng.below(4) as u32));
        starts.push(channel.len());
        conversions.push(i128::from(rng.below(3)) * ONE);
        nulls.push(i128::from(rng.below(3)) * ONE);
        values.push(i128::from(rng.below(100)));
    }
    let mut channels = Interner::default();
    ["a", "b", "c", "d"].iter().for_each(|name| assert!(channels.intern(Key::Text(name)).is_ok()));
    let (conversions, nulls) = (Counts::Fixed(conversions), Counts::Fixed(nulls));
    let values = Some(values);
    let inner = Inner { channels, starts, channel, conversions, nulls, values, ..Inner::default() };
    let (journeys, none) = (Journeys::new(inner).unwrap(), Monitor::none());
    let sample = journeys.sample();
    let highest = Counted::of(&sample, 4, &none).unwrap();
    for order in 1..=4 {
        let hashed = run::<Hashed<u64>>(&sample, order, &none).unwrap().finish(true);
        assert_eq!(run::<Hashed<i128>>(&sample, order, &none).unwrap().finish(true), hashed);
        assert_eq!(count(&sample, order, &none).unwrap(), hashed);
        // What was counted for a higher order holds it too.
        assert_eq!(count(&sample.with_steps(Some(&highest)), order, &none).unwrap(), hashed);
    }
    assert!(count(&sample.with_steps(Some(&highest)), 5, &none).unwrap().len() > 500);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn effects_are_what_is_lost_without_the_states(
        paths in prop::collection::vec((prop::collection::vec(0_u8..5, 1..7), 0_u32..4, 0_u32..4), 1..12),
        order in 1_usize..5,
    ) {
        let text = |path: &[u8]| path.iter().map(|c| format!("c{c}")).collect::<Vec<_>>().join(" > ");
        let rows: Vec<(String, f64, f64)> =
            paths.iter().map(|(p, c, n)| (text(p), f64::from(*c), f64::from(*n))).collect();
        prop_assume!(rows.iter().any(|r| r.1 > 0.0));
        let borrowed: Vec<(&str, f64, f64)> = rows.iter().map(|(p, c, n)| (p.as_str(), *c, *n)).collect();
        let journeys = journeys(&borrowed);
        let chain = chain(&journeys, order);
        let groups = by_channel(&chain, journeys.channels().len());
        let found = effects(&chain, &groups, Removal::Null, true, &Monitor::none()).unwrap();
        let sweeps = super::effect::by_sweeps(&chain, &groups, &Monitor::none()).unwrap();
        let (wins, all) = rows.iter().fold((0.0, 0.0), |(c, n), r| (c + r.1, n + r.1 + r.2));
        prop_assert!((found.probability - wins / all).abs() < 1e-14);
        for (place, group) in groups.iter().enumerate() {
            let wanted = 1.0 - plain(&chain, group) / found.probability;
            prop_assert!((found.conversions[place] - wanted).abs() < 1e-9, "{} {wanted}", found.conversions[place]);
            prop_assert!(found.conversions[place] >= 0.0);
            prop_assert!((sweeps.conversions[place] - found.conversions[place]).abs() <= sweeps.error_bound + 1e-14);
        }
        prop_assert!(sweeps.error_bound < 1e-10, "{}", sweeps.error_bound);
    }
}
