//! Money is exact: every split gives back its amount, and currencies are never added without a rate.

use std::collections::BTreeMap;

use cosell::Code;
use cosell::attribution::{
    Credit, CreditAccumulator, JourneyTouch, JourneyValue, Journeys, JourneysOptions, attribute_journey,
};
use cosell::engine::accumulate::Accumulator;
use cosell::engine::monitor::Monitor;
use cosell::facts::Ecosystem;
use cosell::money::fixed_to_text;
use cosell::table::{Table, Unit, ValueRef, read_csv};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::sample::{Tables, models, reads, whole};

const ROLES: [Option<&str>; 4] = [None, Some("sourcer"), Some("closer"), Some("z")];

/// Minor units of a money column.
fn minor(table: &Table, row: usize, column: &str) -> i128 {
    match table.value(row, column) {
        ValueRef::Money(minor, _) => minor,
        other => panic!("{other:?} is no money"),
    }
}

pub(super) fn assert_exact(credit: &Credit, amounts: &BTreeMap<String, i128>) {
    let ledger = credit.ledger(&Monitor::none()).unwrap().unwrap();
    let (mut by_journey, mut by_channel) = (BTreeMap::<String, i128>::new(), BTreeMap::<String, i128>::new());
    for row in 0..ledger.len() {
        let value = minor(ledger, row, "value");
        *by_journey.entry(ledger.text(row, "journey")).or_default() += value;
        *by_channel.entry(ledger.text(row, "channel")).or_default() += value;
    }
    assert_eq!(by_journey, *amounts, "the ledger adds up to every amount");
    let totals = credit.totals();
    let mut shown: BTreeMap<String, i128> =
        (0..totals.len()).map(|row| (totals.text(row, "channel"), minor(totals, row, "value"))).collect();
    assert_eq!(shown.values().sum::<i128>(), amounts.values().sum::<i128>(), "totals reconcile to won revenue");
    shown.retain(|channel, value| *value != 0 || by_channel.contains_key(channel));
    assert_eq!(shown, by_channel, "totals are the ledger by channel");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn money_is_exact_under_every_model_and_currency(
        amounts in prop::collection::vec(prop_oneof![
            Just(0_i64), -1000_i64..1000, any::<i32>().prop_map(i64::from), (i64::MIN / 64)..(i64::MAX / 64)
        ], 1..12),
        touches in prop::collection::vec((0_usize..12, 0_u8..5, 0_u8..28, 0_u8..4), 0..60),
        currency in prop_oneof![Just("USD"), Just("JPY"), Just("BHD")],
    ) {
        let deal = |(i, minor): (usize, &i64)| json!({
            "opportunity_id": format!("O{i}"), "account_id": "A", "status": "won", "created_at": "2026-01-14", "closed_at": "2026-01-28",
            "amount_minor": minor, "currency": currency,
        });
        let touch = |&(deal, partner, day, role): &(usize, u8, u8, u8)| json!({
            "opportunity_id": format!("O{}", deal % amounts.len()), "partner_id": (partner > 0).then(|| format!("P{partner}")),
            "at": format!("2026-01-{:02}", day + 1), "kind": "x", "role": (ROLES[usize::from(role)]),
        });
        let tables = Tables::from([
            ("opportunities", amounts.iter().enumerate().map(deal).collect::<Vec<_>>()),
            ("touchpoints", touches.iter().map(touch).collect()),
        ]);
        let builder = tables.iter().fold(Ecosystem::builder(), |b, (name, rows)| b.table(name, whole(rows)));
        let eco = builder.build().unwrap();
        let journeys = eco.journeys(&JourneysOptions::default(), &Monitor::none()).unwrap();
        let expected = amounts.iter().enumerate().map(|(i, &a)| (format!("O{i}"), i128::from(a))).collect();
        for model in models() {
            assert_exact(&journeys.attribute(&model, &Monitor::none()).unwrap(), &expected);
        }
    }

    #[test]
    fn one_journey_has_the_credit_that_many_would_give_it(
        touches in prop::collection::vec((0_u8..5, 0_u8..20, 0_u8..4), 1..20),
        amount in -100_000_i64..10_000_000,
    ) {
        const DAY: i64 = 86_400_000_000;
        let names = ["a", "b", "10", "9"];
        let start = 1_767_225_600_000_000; // 2026-01-01
        let one: Vec<JourneyTouch> = touches
            .iter()
            .map(|&(channel, day, role)| JourneyTouch {
                channel: names.get(usize::from(channel)).map(|n| (*n).to_owned()),
                at: Some(start + i64::from(day) * DAY),
                role: ROLES[usize::from(role)].map(str::to_owned),
                ..JourneyTouch::default()
            })
            .collect();
        let table: Vec<Value> = touches
            .iter()
            .map(|&(channel, day, role)| json!({"j": "J", "c": names.get(usize::from(channel)), "at": format!("2026-01-{:02}", day + 1), "r": (ROLES[usize::from(role)])}))
            .collect();
        let options = reads(json!({"journey": "j", "channel": "c", "role": "r", "value": "v", "currency": "USD", "outcome_at": "t", "created_at": "k"}));
        let text = fixed_to_text(amount.into(), 2);
        let outcome = [json!({"j": "J", "v": text, "t": "2026-01-31T00:00:00Z", "k": "2026-01-10"})];
        let journeys = Journeys::from_touchpoints(&whole(&table), &whole(&outcome), &options, &Monitor::none()).unwrap();
        let value = JourneyValue {
            value: Some(text.as_str().into()),
            currency: Some("USD".to_owned()),
            created_at: Some(start + 9 * DAY),
            closed_at: Some(start + 30 * DAY),
            ..JourneyValue::default()
        };
        for model in models() {
            let credit = journeys.attribute(&model, &Monitor::none()).unwrap();
            let mut by_channel: BTreeMap<String, (i128, Vec<String>)> = BTreeMap::new();
            for row in attribute_journey(&one, &value, &model).unwrap() {
                let entry = by_channel.entry(row.channel).or_default();
                entry.0 += row.value.unwrap().0;
                entry.1.push(format!("{} {}", row.reason, row.conversions));
            }
            let ledger = credit.ledger(&Monitor::none()).unwrap().unwrap();
            let mut expected: BTreeMap<String, (i128, Vec<String>)> = BTreeMap::new();
            for row in 0..ledger.len() {
                let entry = expected.entry(ledger.text(row, "channel")).or_default();
                entry.0 += minor(ledger, row, "value");
                entry.1.push(format!("{} {}", ledger.text(row, "reason"), ledger.number(row, "conversions").unwrap()));
            }
            by_channel.values_mut().chain(expected.values_mut()).for_each(|v| v.1.sort());
            prop_assert_eq!(by_channel, expected, "{}", model.name());
        }
    }
}

#[test]
fn amounts_of_two_currencies_are_never_added_without_a_rate() {
    let deal = |id: &str, currency: &str| json!({"opportunity_id": id, "account_id": "A", "status": "won", "created_at": "2026-01-01", "amount": 1, "currency": currency});
    let tables = [deal("1", "USD"), deal("2", "EUR")];
    let code = |options: Value| {
        let builder = Ecosystem::builder().table("opportunities", whole(&tables)).options(reads(options));
        builder.build().unwrap_err().code()
    };
    assert_eq!(code(json!({})), Code::MissingCurrency);
    assert_eq!(code(json!({"currency": "USD"})), Code::MissingRate);
    let model = models().swap_remove(4);
    let journeys = |currency: &str| {
        let touches = read_csv(b"opportunity_id,partner_id,at\n1,a,2026-01-01\n").unwrap();
        let outcomes = read_csv(b"opportunity_id,v\n1,5\n").unwrap();
        Journeys::from_touchpoints(
            &touches,
            &outcomes,
            &reads(json!({"value": "v", "currency": currency})),
            &Monitor::none(),
        )
        .unwrap()
    };
    let mut state = CreditAccumulator::new(model);
    state.update(&journeys("USD")).unwrap();
    assert_eq!(state.update(&journeys("EUR")).unwrap_err().code(), Code::IncompatibleState);
    assert!(matches!(state.finish().unwrap().value(0, "value"), ValueRef::Money(500, Unit::Currency(_))));
}
