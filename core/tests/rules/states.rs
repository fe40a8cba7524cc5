//! States merge in any partition and order, and damaged ones are refused.

use std::collections::BTreeSet;

use cosell::attribution::{CreditAccumulator, Journeys};
use cosell::engine::accumulate::Accumulator;
use cosell::engine::monitor::Monitor;
use cosell::money::fixed_to_text;
use cosell::table::{RawTable, read_csv};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::sample::{Dice, models, reads};

/// Journeys of some of the outcomes, as a partition of the work would make them.
fn part_of(touches: &[Value], outcomes: &[Value]) -> Journeys {
    let options = reads(json!({"journey": "j", "channel": "c", "role": "r", "value": "v", "currency": "USD"}));
    let ids: BTreeSet<u64> = outcomes.iter().map(|o| o["j"].as_u64().unwrap()).collect();
    let own: Vec<Value> = touches.iter().filter(|t| ids.contains(&t["j"].as_u64().unwrap())).cloned().collect();
    let (own, outcomes) = (csv_of(&own, &["j", "c", "at", "r"]), csv_of(outcomes, &["j", "v"]));
    Journeys::from_touchpoints(&own, &outcomes, &options, &Monitor::none()).unwrap()
}

fn csv_of(rows: &[Value], names: &[&str]) -> RawTable<'static> {
    let text =
        |v: &Value| v.as_str().map_or_else(|| if v.is_null() { String::new() } else { v.to_string() }, str::to_owned);
    let line = |row: &Value| names.iter().map(|n| text(&row[*n])).collect::<Vec<_>>().join(",") + "\n";
    let body: String = rows.iter().map(line).collect();
    read_csv((names.join(",") + "\n" + &body).as_bytes()).unwrap()
}

fn journey_rows(seed: u64, journeys: usize, touches: usize) -> (Vec<Value>, Vec<Value>) {
    let mut dice = Dice(seed);
    let channels = ["acme", "10", "9", "007", "(none)", "", "Ö", "(odd"];
    let touch = |dice: &mut Dice| {
        json!({"j": dice.below(journeys), "c": *dice.pick(&channels), "at": format!("2026-01-{:02}", dice.below(28) + 1),
               "r": *dice.pick(&["sourcer", "closer", ""])})
    };
    let touches = (0..touches).map(|_| touch(&mut dice)).collect();
    let outcomes =
        (0..journeys).map(|j| json!({"j": j, "v": fixed_to_text(dice.below(999_999) as i128 - 9_999, 2)})).collect();
    (touches, outcomes)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn states_merge_in_any_partition_and_order(seed in any::<u64>(), parts in 1_usize..6, which in 0_usize..12) {
        let (touches, outcomes) = journey_rows(seed, 40, 90);
        let model = models().swap_remove(which);
        let all = part_of(&touches, &outcomes);
        let mut whole = CreditAccumulator::new(model.clone());
        whole.update(&all).unwrap();
        let mut dice = Dice(seed);
        let mut pieces = vec![Vec::new(); parts];
        for outcome in &outcomes {
            pieces[dice.below(parts)].push(outcome.clone());
        }
        let mut states: Vec<CreditAccumulator> = pieces
            .iter()
            .map(|piece| {
                let mut state = CreditAccumulator::new(model.clone());
                state.update(&part_of(&touches, piece)).unwrap();
                CreditAccumulator::from_bytes(model.clone(), &state.to_bytes()).unwrap()
            })
            .collect();
        dice.shuffle(&mut states);
        while states.len() > 1 {
            let other = states.swap_remove(dice.below(states.len()));
            let at = dice.below(states.len());
            states[at].merge(other).unwrap();
        }
        let merged = states.pop().unwrap();
        prop_assert_eq!(merged.to_bytes(), whole.to_bytes());
        let totals = all.attribute(&model, &Monitor::none()).unwrap().totals().to_csv();
        prop_assert_eq!(merged.finish().unwrap().to_csv(), totals);
    }

    #[test]
    fn altered_states_are_refused_and_forged_ones_do_not_panic(seed in any::<u64>(), at in any::<prop::sample::Index>(), bit in 0_u8..8, cut in any::<bool>()) {
        let (touches, outcomes) = journey_rows(seed, 6, 20);
        let journeys = part_of(&touches, &outcomes);
        let model = models().swap_remove(9);
        let mut state = CreditAccumulator::new(model.clone());
        state.update(&journeys).unwrap();
        let damaged = |bytes: &[u8]| {
            let mut bytes = bytes.to_vec();
            let at = at.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
            bytes
        };
        let (state, saved) = (state.to_bytes(), journeys.to_bytes());
        prop_assert!(CreditAccumulator::from_bytes(model.clone(), &damaged(&state)).is_err());
        prop_assert!(Journeys::from_bytes(&damaged(&saved)).is_err());
        // With a checksum that fits, whatever is read must be safe to use.
        let forge = |bytes: &[u8]| {
            let mut body = damaged(&bytes[..bytes.len() - 8]);
            let sum = body.iter().fold(0xCBF2_9CE4_8422_2325_u64, |h, &b| (h ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01B3));
            body.extend(sum.to_le_bytes());
            body
        };
        if let Ok(mut forged) = CreditAccumulator::from_bytes(model.clone(), &forge(&state)) {
            let other = CreditAccumulator::from_bytes(model.clone(), &state).unwrap();
            let _ = forged.merge(other.clone());
            let _ = forged.merge(other);
            let _ = forged.finish();
        }
        if let Ok(forged) = Journeys::from_bytes(&forge(&saved)) {
            for model in models() {
                if let Ok(credit) = forged.attribute(&model, &Monitor::none()) {
                    let _ = (credit.totals().to_csv(), credit.ledger(&Monitor::none()).unwrap().unwrap().to_csv());
                }
            }
        }
    }
}
