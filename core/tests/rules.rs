//! The rules of the house, each with a test that would fail without it: results do not depend on the order of rows, on
//! threads or on chunks; money is exact; no row is lost; nothing panics; states merge in any order; large and empty
//! inputs work.
//!
//! Tables are compared by their CSV text, which holds every digit of amounts and the shortest form of every float: equal
//! text is equal bits.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use cosell::attribution::{
    Credit, CreditAccumulator, InvolvementOptions, JourneyTouch, JourneyValue, Journeys, JourneysOptions, Model,
    PathsOptions, PipelineOptions, RopiOptions, TouchpointsOptions, attribute_journey,
};
use cosell::engine::accumulate::Accumulator;
use cosell::engine::monitor::Monitor;
use cosell::engine::parallel::set_threads;
use cosell::facts::{Ecosystem, EcosystemOptions, TABLES};
use cosell::money::fixed_to_text;
use cosell::table::{Cell, Offsets, RawChunk, RawColumn, RawTable, RawValues, Table, Unit, ValueRef, read_csv};
use cosell::{Code, Result, document};
use proptest::prelude::*;
use serde_json::{Value, json};

fn models() -> Vec<Model> {
    let documents = json!([
        "first_touch",
        "last_touch",
        "first_partner_touch",
        "last_partner_touch",
        "linear",
        "position_based",
        {"position_based": {"preset": "w"}},
        {"position_based": {"first": 0.123456789, "creation": 0.2, "last": 0.31}},
        {"time_decay": {"half_life_days": 7.3}},
        "role_weighted",
        {"role_weighted": {"weights": {"sourcer": 0.7, "closer": 0.011}, "other": 0.3}},
        {"custom_weights": {"weights": [0.31, 2.7, 0.0005], "rest": 0.1, "counted_from": "last"}},
    ]);
    documents.as_array().unwrap().iter().map(|d| Model::from_value(d).unwrap()).collect()
}

/// A small generator with a seed: the same rows on every machine (SplitMix64).
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

type Tables = BTreeMap<&'static str, Vec<Value>>;

/// A made-up ecosystem; `faults` in a thousand values are wrong in some way.
fn sample(seed: u64, deals: usize, touches: usize, faults: usize) -> Tables {
    let mut dice = Dice(seed);
    let partners = (deals / 4).clamp(3, 400);
    let mut tables = Tables::new();
    let day = |d: usize| format!("20{}-{:02}-{:02}", 24 + d / 336 % 3, d / 28 % 12 + 1, d % 28 + 1);
    tables.insert(
        "partners",
        (0..partners)
            .map(|i| {
                let parent = if i % 7 == 3 { json!(format!("P{}", i / 2)) } else { Value::Null };
                json!({"partner_id": format!("P{i}"), "name": format!("Partner {i}"), "types": *dice.pick(&["isv", "msp;isv", "agency"]),
                       "region": *dice.pick(&[Some("EMEA"), Some("APAC"), None]), "parent_id": parent})
            })
            .collect(),
    );
    tables.insert(
        "opportunities",
        (0..deals)
            .map(|i| {
                let created = dice.below(700);
                let status = *dice.pick(&["won", "won", "lost", "open"]);
                let closed = if status == "open" { Value::Null } else { json!(day(created + dice.below(120))) };
                let amount = dice.below(2_000_000) as i64 - 50_000;
                json!({"opportunity_id": format!("O{i}"), "account_id": format!("A{}", i / 3), "status": status,
                       "created_at": day(created), "closed_at": closed, "amount": fixed_to_text(amount.into(), 2),
                       "currency": *dice.pick(&["USD", "USD", "EUR"]), "product": *dice.pick(&[Some("X"), Some("Y"), None]),
                       "amount_basis": *dice.pick(&["list", "net"]), "deleted": dice.below(40) == 0})
            })
            .collect(),
    );
    let touch = |dice: &mut Dice, i: usize| {
        let deal = dice.below(deals);
        let on_account = dice.below(10) == 0;
        let partner = if dice.below(5) == 0 { Value::Null } else { json!(format!("P{}", dice.below(partners))) };
        let time = if dice.below(3) == 0 { String::new() } else { format!("T{:02}:00:00Z", dice.below(24)) };
        json!({"opportunity_id": (!on_account).then(|| format!("O{deal}")), "account_id": on_account.then(|| format!("A{}", deal / 3)),
               "partner_id": partner, "at": format!("{}{time}", day(dice.below(800))), "kind": *dice.pick(&["demo", "call", "email"]),
               "role": *dice.pick(&[None, Some("sourcer"), Some("closer"), Some("advisor")]),
               "touch_id": if dice.below(4) == 0 { Value::Null } else { json!(format!("T{i}")) }})
    };
    let rows = (0..touches).map(|i| touch(&mut dice, i)).collect();
    tables.insert("touchpoints", rows);
    tables.insert(
        "opportunity_partners",
        (0..deals / 2)
            .map(|_| {
                json!({"opportunity_id": format!("O{}", dice.below(deals)), "partner_id": format!("P{}", dice.below(partners)),
                       "role": *dice.pick(&["sourcer", "influencer", "implementer", "closer"]), "valid_from": day(dice.below(700))})
            })
            .collect(),
    );
    tables.insert(
        "registrations",
        (0..deals / 3)
            .map(|i| {
                json!({"registration_id": i, "kind": "deal", "partner_id": format!("P{}", dice.below(partners)),
                       "opportunity_id": format!("O{}", dice.below(deals)), "submitted_at": day(dice.below(700)),
                       "status": *dice.pick(&["approved", "rejected", "converted"])})
            })
            .collect(),
    );
    tables.insert(
        "investments",
        (0..partners * 3)
            .map(|_| {
                let partner = if dice.below(6) == 0 { Value::Null } else { json!(format!("P{}", dice.below(partners))) };
                json!({"partner_id": partner, "on": day(dice.below(800)), "category": *dice.pick(&["mdf", "rebate", "discount"]),
                       "amount": dice.below(9_000), "currency": *dice.pick(&["USD", "EUR"])})
            })
            .collect(),
    );
    tables.insert("exchange_rates", vec![json!({"currency": "EUR", "on": "2020-01-01", "rate": "1.0837"})]);
    let junk = [
        json!(null),
        json!("zzz"),
        json!(-1),
        json!("2026-13-45"),
        json!("NaN"),
        json!([1]),
        json!({"a": 1}),
        json!(1e300),
    ];
    for rows in tables.values_mut() {
        for row in rows.iter_mut().filter_map(Value::as_object_mut) {
            for value in row.values_mut() {
                if dice.below(1000) < faults {
                    *value = dice.pick(&junk).clone();
                }
            }
        }
    }
    tables
}

fn options(extra: Value) -> EcosystemOptions {
    let mut all = json!({"currency": "USD", "rollup": ["partners"], "timezone": "Europe/Berlin"});
    all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    document::from_value(&all).unwrap()
}

fn build(tables: &Tables, extra: Value, cut: impl Fn(&[Value]) -> RawTable<'static>) -> Result<Ecosystem> {
    let builder = tables.iter().fold(Ecosystem::builder(), |b, (name, rows)| b.table(name, cut(rows)));
    builder.options(options(extra)).build()
}

fn whole(rows: &[Value]) -> RawTable<'static> {
    RawTable::from_json(rows).unwrap()
}

/// The same rows in chunks of those sizes, again and again; a chunk of no rows is an empty chunk.
fn chunked(rows: &[Value], sizes: &[usize]) -> RawTable<'static> {
    let one = whole(rows);
    let mut chunks = Vec::new();
    let (mut from, mut turn) = (0, 0);
    while from < rows.len() {
        let to = rows.len().min(from + sizes[turn % sizes.len()]);
        let columns = one.chunks[0].columns.iter().map(|column| {
            let RawValues::Cells(cells) = &column.values else { unreachable!("records are cells") };
            RawColumn::new(column.name.clone(), RawValues::Cells(cells[from..to].to_vec()))
        });
        chunks.push(RawChunk { columns: columns.collect(), rows: to - from });
        (from, turn) = (to, turn + 1);
    }
    RawTable { chunks, untyped: false }
}

fn reads<T: serde::de::DeserializeOwned>(options: Value) -> T {
    document::from_value(&options).unwrap()
}

/// Everything that an ecosystem gives, as text.
fn everything(eco: &Ecosystem) -> Vec<String> {
    let none = Monitor::none();
    let mut all = Vec::new();
    for wanted in
        [json!({}), json!({"roles": "always", "repeats": "first", "lookback_touches": 5}), json!({"channel": "type"})]
    {
        let journeys = eco.journeys(&reads::<JourneysOptions>(wanted), &none).unwrap();
        all.push(journeys.diagnostics().to_string());
        for model in models() {
            let credit = journeys.attribute(&model, &none).unwrap();
            all.push(credit.totals().to_csv());
            all.push(credit.ledger(&none).unwrap().to_csv());
        }
    }
    for rule in ["registration", "first_touch", "field"] {
        let options = reads::<InvolvementOptions>(json!({"as_of": "2026-06-01", "sourced_rule": rule}));
        let found = eco.involvement(&options, &none).unwrap();
        all.extend([found.partners, found.buckets, found.metrics].map(|t| t.to_csv()));
    }
    let found = eco.pipeline(&reads::<PipelineOptions>(json!({"as_of": "2026-06-01"})), &none).unwrap();
    all.extend([found.partners, found.metrics].map(|t| t.to_csv()));
    let credit = eco.journeys(&JourneysOptions::default(), &none).unwrap().attribute(&models()[4], &none).unwrap();
    let ropi = json!({"as_of": "2026-06-01", "margin": {"X": 0.613, "*": 0.5}, "shared_key": "credit", "months": 24});
    let found = eco.ropi(&credit, &reads::<RopiOptions>(ropi), &none).unwrap();
    all.extend([found.partners, found.total, found.metrics].map(|t| t.to_csv()));
    all
}

fn assert_same(a: &[String], b: &[String]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!(a == b, "results differ:\n{}\n---\n{}", &a[..a.len().min(2000)], &b[..b.len().min(2000)]);
    }
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let tables = sample(1, 120, 900, 0);
    let expected = everything(&build(&tables, json!({}), whole).unwrap());
    for seed in 0..4 {
        let mut dice = Dice(seed);
        let mut shuffled = tables.clone();
        for rows in shuffled.values_mut() {
            dice.shuffle(rows);
        }
        assert_same(&expected, &everything(&build(&shuffled, json!({}), whole).unwrap()));
    }
}

#[test]
fn rows_of_the_same_time_and_no_id_may_stand_in_any_order() {
    let mut dice = Dice(5);
    let touch = |dice: &mut Dice| {
        json!({"opportunity_id": "O1", "partner_id": *dice.pick(&[Some("a"), Some("b"), None]), "at": *dice.pick(&["2026-02-01", "2026-02-02"]),
               "kind": *dice.pick(&["x", "y"]), "role": *dice.pick(&[None, Some("sourcer"), Some("closer")])})
    };
    let touches: Vec<Value> = (0..40).map(|_| touch(&mut dice)).collect();
    let deal = json!({"opportunity_id": "O1", "account_id": "A", "status": "won", "created_at": "2026-01-01", "amount": 1000.01, "currency": "USD"});
    let mut tables = Tables::from([("opportunities", vec![deal]), ("touchpoints", touches)]);
    let result = |tables: &Tables| {
        let eco = build(tables, json!({}), whole).unwrap();
        let journeys = eco.journeys(&JourneysOptions::default(), &Monitor::none()).unwrap();
        let credit = |m: &Model| journeys.attribute(m, &Monitor::none()).unwrap();
        let text = |c: Credit| c.totals().to_csv() + &c.ledger(&Monitor::none()).unwrap().to_csv();
        models().iter().map(|m| text(credit(m))).collect::<Vec<String>>()
    };
    let expected = result(&tables);
    for _ in 0..5 {
        dice.shuffle(tables.get_mut("touchpoints").unwrap());
        assert_same(&expected, &result(&tables));
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    // Enough rows that the pool is used.
    let tables = sample(2, 6_000, 40_000, 0);
    let with = |threads: usize| {
        set_threads(threads).unwrap();
        let eco = build(&tables, json!({}), |rows| chunked(rows, &[9_000])).unwrap();
        everything(&eco)
    };
    let expected = with(1);
    assert_same(&expected, &with(2));
    assert_same(&expected, &with(4));
    set_threads(0).unwrap();
}

#[test]
fn chunks_do_not_matter() {
    for faults in [0, 8] {
        let tables = sample(3, 90, 500, faults);
        let result = |cut: &dyn Fn(&[Value]) -> RawTable<'static>| {
            let eco = build(&tables, json!({"on_invalid": "reject"}), cut).unwrap();
            let mut all = everything(&eco);
            all.extend([eco.rejected().to_csv(), eco.findings().to_csv()]);
            all.extend(eco.table_names().iter().map(|name| eco.table(name).unwrap().to_csv()));
            all
        };
        let expected = result(&whole);
        for sizes in [&[1_usize][..], &[7], &[0, 13, 0, 0, 200]] {
            assert_same(&expected, &result(&|rows| chunked(rows, sizes)));
        }
    }
}

#[test]
fn chunks_of_touchpoints_and_paths_do_not_matter() {
    let mut dice = Dice(11);
    let touches: Vec<Value> = (0..300)
        .map(|_| json!({"j": dice.below(40), "c": format!("c{}", dice.below(9)), "at": format!("2026-01-{:02}", dice.below(28) + 1)}))
        .collect();
    let outcomes: Vec<Value> = (0..35).map(|j| json!({"j": j, "v": dice.below(100_000), "t": "2026-01-20"})).collect();
    let paths: Vec<Value> = (0..200)
        .map(|_| json!({"path": format!("c{} > c{}", dice.below(9), dice.below(9)), "total_conversions": dice.below(3), "n": dice.below(2)}))
        .collect();
    let result = |sizes: &[usize]| {
        let options =
            reads(json!({"journey": "j", "channel": "c", "value": "v", "currency": "JPY", "outcome_at": "t"}));
        let cut = |rows: &[Value]| chunked(rows, sizes);
        let a = Journeys::from_touchpoints(&cut(&touches), &cut(&outcomes), &options, &Monitor::none()).unwrap();
        let b = Journeys::from_paths(&cut(&paths), &reads(json!({"nulls": "n"})), &Monitor::none()).unwrap();
        let credit = |journeys: &Journeys| {
            let credit = journeys.attribute(&models()[5], &Monitor::none()).unwrap();
            credit.totals().to_csv()
                + &credit.ledger(&Monitor::none()).unwrap().to_csv()
                + &credit.diagnostics().to_string()
        };
        [credit(&a), credit(&b)]
    };
    let expected = result(&[1000]);
    for sizes in [&[1_usize][..], &[17], &[0, 5, 0]] {
        assert_same(&expected, &result(sizes));
    }
}

#[test]
fn the_form_of_a_column_does_not_matter() {
    const DAY: i64 = 86_400_000_000;
    let mut dice = Dice(21);
    let touches: Vec<(i64, usize, i64)> =
        (0..3000).map(|_| (dice.below(90) as i64, dice.below(5), dice.below(40) as i64)).collect();
    let names = ["a", "b", "", "d", "e"];
    let start = 1_767_225_600_000_000 / DAY; // 2026-01-01
    let cells = |of: &dyn Fn(&(i64, usize, i64)) -> Cell| RawValues::Cells(touches.iter().map(of).collect());
    let ints = |of: fn(&(i64, usize, i64)) -> i64| touches.iter().map(of).collect::<Vec<i64>>();
    let id = |t: &(i64, usize, i64)| t.0;
    let codes: Vec<u32> = touches.iter().map(|t| t.1 as u32).collect();
    let texts: Vec<&str> = touches.iter().map(|t| names[t.1]).collect();
    let dictionary = |values: RawValues<'static>| Box::new(RawColumn::new("values", values));
    let journeys: Vec<RawValues<'_>> = vec![
        RawValues::I64(ints(id).into()),
        RawValues::I32(touches.iter().map(|t| t.0 as i32).collect()),
        RawValues::U32(touches.iter().map(|t| t.0 as u32).collect()),
        RawValues::U64(touches.iter().map(|t| t.0 as u64).collect()),
        RawValues::F64(touches.iter().map(|t| t.0 as f64).collect()),
        RawValues::Decimal(touches.iter().map(|t| t.0.into()).collect(), 0),
        RawValues::Dictionary(
            touches.iter().map(|t| t.0 as u32).collect(),
            dictionary(RawValues::I64((0..90).collect())),
        ),
        cells(&|t| Cell::Int(t.0.into())),
    ];
    let mut text = (String::new(), vec![0_i32]);
    for name in &texts {
        text.0.push_str(name);
        text.1.push(text.0.len() as i32);
    }
    let large: Vec<i64> = text.1.iter().map(|&end| end.into()).collect();
    let channels: Vec<RawValues<'_>> = vec![
        RawValues::Strs(texts.clone()),
        RawValues::Text(Offsets::Small(text.1.into()), text.0.clone().into()),
        RawValues::Text(Offsets::Large(large.into()), text.0.into()),
        RawValues::Dictionary(codes.into(), dictionary(RawValues::Strs(names.to_vec()))),
        cells(&|t| if names[t.1].is_empty() { Cell::Null } else { Cell::Text(names[t.1].to_owned()) }),
    ];
    let times: Vec<RawValues<'_>> = vec![
        RawValues::Timestamp(touches.iter().map(|t| (start + t.2) * DAY).collect(), 1_000_000, true),
        RawValues::Timestamp(touches.iter().map(|t| (start + t.2) * 86_400).collect(), 1, false),
        RawValues::Timestamp(touches.iter().map(|t| (start + t.2) * DAY * 1000).collect(), 1_000_000_000, false),
        RawValues::Days(touches.iter().map(|t| (start + t.2) as i32).collect()),
        cells(&|t| Cell::Instant((start + t.2) * DAY)),
        cells(&|t| Cell::Text(cosell::calendar::Date((start + t.2) as i32).to_string())),
    ];
    let outcomes: Vec<Value> = (0..80)
        .map(
            |j| json!({"j": j, "v": 1000 + j, "t": format!("2026-01-{:02}T12:00:00Z", 10 + j % 20), "k": "2026-01-09"}),
        )
        .collect();
    let options =
        json!({"journey": "j", "channel": "c", "value": "v", "currency": "JPY", "outcome_at": "t", "created_at": "k"});
    let options = reads::<TouchpointsOptions>(options);
    let result = |journey: &RawValues<'_>, channel: &RawValues<'_>, time: &RawValues<'_>| {
        let columns = [("j", journey), ("c", channel), ("at", time)];
        let columns = columns.map(|(name, values)| RawColumn::new(name, values.clone())).to_vec();
        let touches = RawTable::from_columns(columns).unwrap();
        let journeys = Journeys::from_touchpoints(&touches, &whole(&outcomes), &options, &Monitor::none()).unwrap();
        let credit = journeys.attribute(&models()[6], &Monitor::none()).unwrap();
        let ledger = credit.ledger(&Monitor::none()).unwrap().to_csv();
        [credit.totals().to_csv(), ledger, credit.diagnostics().to_string()]
    };
    let expected = result(&journeys[0], &channels[0], &times[0]);
    for journey in &journeys {
        assert_same(&expected, &result(journey, &channels[0], &times[0]));
    }
    for channel in &channels {
        assert_same(&expected, &result(&journeys[0], channel, &times[0]));
    }
    for time in &times {
        assert_same(&expected, &result(&journeys[0], &channels[0], time));
    }
}

const ROLES: [Option<&str>; 4] = [None, Some("sourcer"), Some("closer"), Some("z")];

/// Minor units of a money column.
fn minor(table: &Table, row: usize, column: &str) -> i128 {
    match table.value(row, column) {
        ValueRef::Money(minor, _) => minor,
        other => panic!("{other:?} is no money"),
    }
}

fn assert_exact(credit: &Credit, amounts: &BTreeMap<String, i128>) {
    let ledger = credit.ledger(&Monitor::none()).unwrap();
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
            let ledger = credit.ledger(&Monitor::none()).unwrap();
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
fn no_row_is_lost_silently() {
    for seed in 0..12 {
        let tables = sample(seed, 80, 400, if seed % 3 == 0 { 0 } else { 12 });
        let eco = build(&tables, json!({"on_invalid": "reject"}), whole).unwrap();
        let (rejected, findings) = (eco.rejected(), eco.findings());
        for (name, rows) in &tables {
            let lines = |table: &Table, left_out: &[&str]| -> BTreeSet<String> {
                let own = |r: &usize| table.text(*r, "table") == *name;
                let listed = |r: &usize| left_out.is_empty() || left_out.contains(&table.text(*r, "code").as_str());
                (0..table.len()).filter(own).filter(listed).map(|r| table.text(r, "row")).collect()
            };
            let mut out = lines(rejected, &[]);
            out.extend(lines(findings, &["deleted", "deleted_parent", "merged_record"]));
            assert_eq!(eco.table(name).unwrap().len() + out.len(), rows.len(), "{name} of seed {seed}");
        }
        for wanted in [
            json!({}),
            json!({"kinds": ["demo"], "vendor_touches": "drop"}),
            json!({"repeats": "last", "lookback_touches": 2}),
        ] {
            let mut wanted = wanted;
            wanted["roles"] = "never".into();
            // A touch on an account may serve several deals, so those are dropped here and counted.
            wanted["account_touches"] = "drop".into();
            let journeys = eco.journeys(&reads::<JourneysOptions>(wanted), &Monitor::none()).unwrap();
            let aside = journeys.diagnostics()["set_aside"].clone();
            let count = |key: &str| aside[key].as_u64().unwrap() as usize;
            let set_aside: usize = [
                "touches_after_the_close",
                "touches_before_the_lookback",
                "touches_of_no_journey",
                "touches_of_other_kinds",
                "vendor_touches_dropped",
                "touches_beyond_the_last_ones",
                "repeated_touches_dropped",
            ]
            .map(count)
            .iter()
            .sum();
            assert_eq!(journeys.touches() + set_aside, eco.table("touchpoints").unwrap().len(), "{aside}");
        }
    }
}

#[test]
fn touches_on_accounts_serve_a_deal_or_are_counted() {
    let tables = sample(7, 60, 300, 0);
    let mut only: Tables = tables.clone();
    only.get_mut("touchpoints").unwrap().retain(|t| t["opportunity_id"].is_null());
    let eco = build(&only, json!({}), whole).unwrap();
    for through in ["through_close", "through_creation"] {
        let options = reads::<JourneysOptions>(json!({"account_touches": through, "roles": "never"}));
        let journeys = eco.journeys(&options, &Monitor::none()).unwrap();
        let ledger_and_nulls = journeys.touches();
        let aside = journeys.diagnostics()["set_aside"]["touches_of_no_journey"].as_u64().unwrap() as usize;
        let all = eco.table("touchpoints").unwrap().len();
        assert!(aside < all && ledger_and_nulls + aside >= all, "{ledger_and_nulls} + {aside} of {all}");
    }
}

#[test]
fn touches_of_touchpoints_are_used_or_counted() {
    let mut dice = Dice(13);
    let touches: Vec<Value> = (0..500)
        .map(|_| json!({"j": dice.below(60), "c": *dice.pick(&[Some("a"), Some("b"), None]), "at": format!("2026-01-{:02}", dice.below(28) + 1)}))
        .collect();
    let outcomes: Vec<Value> =
        (0..50).map(|j| json!({"j": j % 30, "t": format!("2026-01-{:02}T00:00:00Z", 10 + j / 30 * 5)})).collect();
    for extra in [
        json!({}),
        json!({"vendor_touches": "drop", "lookback_days": 3}),
        json!({"repeats": "first", "lookback_touches": 1}),
    ] {
        let mut options = json!({"journey": "j", "channel": "c", "outcome_at": "t"});
        options.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let options = reads::<TouchpointsOptions>(options);
        let journeys =
            Journeys::from_touchpoints(&whole(&touches), &whole(&outcomes), &options, &Monitor::none()).unwrap();
        let aside = journeys.diagnostics()["set_aside"].clone();
        let set_aside: u64 = aside.as_object().unwrap().values().map(|v| v.as_u64().unwrap()).sum();
        assert_eq!(journeys.touches() + set_aside as usize, touches.len(), "{aside}");
        assert_eq!(journeys.len(), outcomes.len());
    }
}

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
                    let _ = (credit.totals().to_csv(), credit.ledger(&Monitor::none()).unwrap().to_csv());
                }
            }
        }
    }
}

fn any_cell() -> impl Strategy<Value = Cell> {
    prop_oneof![
        Just(Cell::Null),
        any::<bool>().prop_map(Cell::Bool),
        any::<i64>().prop_map(|i| Cell::Int(i.into())),
        any::<i128>().prop_map(Cell::Int),
        (-3_i128..3).prop_map(Cell::Int),
        any::<f64>().prop_map(Cell::Float),
        "\\PC{0,8}".prop_map(Cell::Text),
        prop_oneof![
            Just("won"),
            Just("open"),
            Just("lost"),
            Just("USD"),
            Just("EUR"),
            Just("JPY"),
            Just("2026-01-10"),
            Just("2026-02-01T10:00:00Z"),
            Just("1900-01-01"),
            Just("2200-12-31"),
            Just("a"),
            Just("b"),
            Just("12.50"),
            Just("1e40"),
            Just("approved"),
            Just("true"),
            Just("partner"),
            Just("(vendor)"),
            Just("NaN"),
            Just("mdf")
        ]
        .prop_map(|t| Cell::Text(t.to_owned())),
        any::<i64>().prop_map(Cell::Instant),
        any::<i64>().prop_map(Cell::Local),
        any::<i32>().prop_map(|d| Cell::Date(cosell::calendar::Date(d))),
        (any::<i128>(), any::<i32>()).prop_map(|(m, s)| Cell::Decimal(m, s)),
        (any::<i64>(), 0_i32..5).prop_map(|(m, s)| Cell::Decimal(m.into(), s)),
        prop::collection::vec("[a-z]{0,3}".prop_map(Cell::Text), 0..3).prop_map(Cell::List),
        Just(Cell::List(vec![Cell::List(vec![Cell::Null])])),
        Just(Cell::Other("a thing".to_owned())),
    ]
}

/// A table of the spec's columns (some missing, some extra) with any cells.
fn any_table(number: usize) -> impl Strategy<Value = RawTable<'static>> {
    let names: Vec<&'static str> =
        TABLES[number].columns.iter().map(|c| c.name).chain(["amount_minor", "extra"]).collect();
    let width = names.len();
    (prop::collection::vec(prop::collection::vec(any_cell(), width), 0..6), prop::collection::vec(0_u8..8, width))
        .prop_map(move |(rows, keep)| {
            let required = |i: usize| TABLES[number].columns.get(i).is_some_and(|c| c.required);
            let columns = (0..width)
                .filter(|&i| required(i) || keep[i] > 3)
                .map(|i| RawColumn::new(names[i], RawValues::Cells(rows.iter().map(|row| row[i].clone()).collect())));
            RawTable { chunks: vec![RawChunk { columns: columns.collect(), rows: rows.len() }], untyped: false }
        })
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        prop_oneof![
            Just("all"),
            Just("won"),
            Just("open"),
            Just("partner"),
            Just("type"),
            Just("partners.extra"),
            Just("touchpoints.at"),
            Just("drop"),
            Just("never"),
            Just("always"),
            Just("first"),
            Just("reject"),
            Just("2026-11-20"),
            Just("USD"),
            Just("credit"),
            Just("")
        ]
        .prop_map(Value::from),
        (0_u8..4).prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..3).prop_map(|m| json!(m)),
        ]
    })
}

/// An options object: any subset of the names with any values, and sometimes a stranger.
fn any_options(names: &'static [&'static str]) -> impl Strategy<Value = Value> {
    prop::collection::btree_map(prop::sample::select(names), any_json(), 0..3).prop_map(|m| json!(m))
}

const ECOSYSTEM: &[&str] =
    &["currency", "max_rate_age_days", "timezone", "columns", "values", "rollup", "on_invalid", "odd"];
const JOURNEYS: &[&str] = &[
    "outcome",
    "channel",
    "lookback_days",
    "lookback_touches",
    "vendor_touches",
    "account_touches",
    "roles",
    "repeats",
    "kinds",
    "as_of",
    "odd",
];
const REVIEW: &[&str] =
    &["as_of", "sourced_rule", "kinds", "lookback_days", "account_touches", "months", "margin", "shared_key"];
const MODEL: &[&str] =
    &["half_life_days", "preset", "first", "last", "creation", "weights", "rest", "counted_from", "other"];
const PATHS: &[&str] = &["path", "conversions", "value", "nulls", "separator", "currency"];
const TOUCHPOINTS: &[&str] = &[
    "journey",
    "channel",
    "at",
    "value",
    "conversions",
    "nulls",
    "outcome_at",
    "created_at",
    "lookback_days",
    "timezone",
];

/// Everything that can be asked of an ecosystem, whatever comes of it.
fn ask(eco: &Ecosystem, journeys: &Value, review: &Value, model: &Model) {
    let none = Monitor::none();
    for name in eco.table_names() {
        let table = eco.table(name).unwrap();
        let _ = (table.to_csv(), table.to_json(), table.to_string());
    }
    let _ = (eco.rejected().to_csv(), eco.findings().to_string());
    for options in
        [Ok(JourneysOptions::default()), document::from_value::<JourneysOptions>(journeys)].into_iter().flatten()
    {
        let Ok(journeys) = eco.journeys(&options, &none) else { continue };
        let Ok(credit) = journeys.attribute(model, &none) else { continue };
        let _ =
            (credit.ledger(&none).unwrap().to_json(), credit.totals().to_string(), credit.diagnostics().to_string());
        for options in [Ok(reads::<RopiOptions>(json!({"as_of": "2026-11-20"}))), document::from_value(review)]
            .into_iter()
            .flatten()
        {
            let _ = eco.ropi(&credit, &options, &none);
        }
    }
    for options in [Ok(reads::<InvolvementOptions>(json!({"as_of": "2026-11-20"}))), document::from_value(review)]
        .into_iter()
        .flatten()
    {
        let _ = eco.involvement(&options, &none);
    }
    for options in [Ok(reads::<PipelineOptions>(json!({"as_of": "2026-11-20"}))), document::from_value(review)]
        .into_iter()
        .flatten()
    {
        let _ = eco.pipeline(&options, &none);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_table_or_option_makes_it_panic(
        tables in (any_table(0), any_table(1), any_table(2), any_table(3), any_table(4), any_table(5), any_table(6), any_table(7), any_table(8)),
        given in prop::collection::vec(any::<bool>(), 9),
        eco in any_options(ECOSYSTEM), journeys in any_options(JOURNEYS), review in any_options(REVIEW), which in 0_usize..12,
    ) {
        let (a, b, c, d, e, f, g, h, i) = tables;
        let tables = [a, b, c, d, e, f, g, h, i];
        let model = models().swap_remove(which);
        let strict = document::from_value::<EcosystemOptions>(&eco).unwrap_or_default();
        let lenient = reads::<EcosystemOptions>(json!({"on_invalid": "reject", "currency": "USD", "rollup": ["partners", "accounts"]}));
        for options in [strict, lenient] {
            let chosen = TABLES.iter().zip(&tables).zip(&given).filter(|(_, given)| **given);
            let builder = chosen.fold(Ecosystem::builder(), |b, ((spec, table), _)| b.table(spec.name, table.clone()));
            if let Ok(eco) = builder.options(options).build() {
                ask(&eco, &journeys, &review, &model);
            }
        }
    }

    #[test]
    fn no_cells_of_usable_tables_make_it_panic(seed in any::<u64>(), faults in 0_usize..60, journeys in any_options(JOURNEYS), review in any_options(REVIEW), which in 0_usize..12) {
        let tables = sample(seed, 12, 40, faults);
        match build(&tables, json!({"on_invalid": "reject"}), whole) {
            Ok(eco) => ask(&eco, &journeys, &review, &models().swap_remove(which)),
            Err(error) => prop_assert!(error.code() != Code::Internal, "{error}"),
        }
    }

    #[test]
    fn no_options_or_cells_make_journeys_panic(
        rows in prop::collection::vec((any_cell(), any_cell(), any_cell()), 0..8), outcomes in prop::collection::vec((any_cell(), any_cell(), any_cell()), 0..5),
        paths in any_options(PATHS), touchpoints in any_options(TOUCHPOINTS), which in 0_usize..12,
    ) {
        let table = |rows: &[(Cell, Cell, Cell)], names: [&'static str; 3]| {
            let column = |name: &'static str, of: fn(&(Cell, Cell, Cell)) -> &Cell| {
                RawColumn::new(name, RawValues::Cells(rows.iter().map(|r| of(r).clone()).collect()))
            };
            RawTable::from_columns(vec![column(names[0], |r| &r.0), column(names[1], |r| &r.1), column(names[2], |r| &r.2)]).unwrap()
        };
        let model = models().swap_remove(which);
        let none = Monitor::none();
        let run = |journeys: Result<Journeys>| {
            if let Ok(credit) = journeys.and_then(|j| j.attribute(&model, &none)) {
                let _ = (credit.totals().to_csv(), credit.ledger(&none).unwrap().to_csv());
            }
        };
        for options in [reads(json!({"value": "v"})), document::from_value::<PathsOptions>(&paths).unwrap_or_default()] {
            run(Journeys::from_paths(&table(&rows, ["path", "total_conversions", "v"]), &options, &none));
        }
        for options in [reads(json!({"value": "v", "outcome_at": "t"})), document::from_value::<TouchpointsOptions>(&touchpoints).unwrap_or_default()] {
            let (touches, outcomes) = (table(&rows, ["opportunity_id", "partner_id", "at"]), table(&outcomes, ["opportunity_id", "v", "t"]));
            run(Journeys::from_touchpoints(&touches, &outcomes, &options, &none));
        }
    }

    #[test]
    fn no_document_makes_a_model_or_option_panic(value in any_json(), name in prop::sample::select(cosell::attribution::MODEL_NAMES), options in any_options(MODEL)) {
        let _ = Model::from_value(&value);
        if let Ok(model) = Model::named(name, &options) {
            let touches: Vec<JourneyTouch> =
                (0..5_i64).map(|i| JourneyTouch { channel: Some(format!("c{i}")), at: Some(i), ..JourneyTouch::default() }).collect();
            let credit = attribute_journey(&touches, &JourneyValue { value: Some(0.05.into()), ..JourneyValue::default() }, &model).unwrap();
            prop_assert!((credit.iter().map(|c| c.conversions).sum::<f64>() - 1.0).abs() < 1e-12);
        }
        let _ = document::from_value::<EcosystemOptions>(&value);
        let _ = document::from_value::<JourneysOptions>(&value);
        let _ = document::from_value::<RopiOptions>(&value);
    }

    #[test]
    fn no_bytes_of_csv_make_an_ecosystem_panic(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b','), Just(b'\n'), Just(b'"'), Just(b'1')], 0..300)) {
        let header = b"opportunity_id,account_id,status,created_at\n";
        for text in [bytes.clone(), [&header[..], &bytes].concat()] {
            if let Ok(table) = read_csv(&text) {
                let options = reads(json!({"on_invalid": "reject"}));
                let _ = Ecosystem::builder().table("opportunities", table.clone()).options(options).build();
                let _ = Journeys::from_paths(&table, &PathsOptions::default(), &Monitor::none());
            }
        }
        let _ = document::value_from_text(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn chunks_with_other_columns_or_lengths_are_refused() {
    let column = |name: &'static str, cells: usize| {
        RawColumn::new(name, RawValues::Cells(vec![Cell::Text("partner".to_owned()); cells]))
    };
    let chunk = |names: [&'static str; 3], cells: [usize; 3], rows: usize| RawChunk {
        columns: names.iter().zip(cells).map(|(name, cells)| column(name, cells)).collect(),
        rows,
    };
    const NAMES: [&str; 3] = ["entity", "from_id", "to_id"];
    let good = || chunk(NAMES, [0; 3], 0);
    let code = |chunks: Vec<RawChunk<'static>>| {
        let table = RawTable { chunks, untyped: false };
        let eco = Ecosystem::builder().table("aliases", table.clone()).build().map(|_| ()).unwrap_err();
        let options = reads(json!({"path": "entity", "conversions": "from_id"}));
        let paths = Journeys::from_paths(&table, &options, &Monitor::none()).map(|_| ()).unwrap_err();
        let options = TouchpointsOptions::default();
        let touches = Journeys::from_touchpoints(&table, &table, &options, &Monitor::none()).map(|_| ()).unwrap_err();
        assert_eq!([eco.code(), paths.code()], [touches.code(); 2]);
        eco.code()
    };
    assert_eq!(code(vec![chunk(NAMES, [1, 2, 2], 2)]), Code::LengthMismatch);
    assert_eq!(code(vec![good(), chunk(NAMES, [2, 2, 2], 5)]), Code::LengthMismatch);
    assert_eq!(code(vec![good(), chunk(["entity", "from_id", "x"], [1; 3], 1)]), Code::MissingColumn);
    assert_eq!(code(vec![good(), RawChunk { columns: Vec::new(), rows: 2 }]), Code::MissingColumn);
    let eco =
        Ecosystem::builder().table("aliases", RawTable { chunks: vec![RawChunk::default(), good()], untyped: false });
    assert!(eco.build().is_ok());
}

#[test]
fn a_journey_of_a_hundred_thousand_touches_is_split_exactly() {
    let mut touches = "j,c,at,r\n".to_owned();
    for i in 0..100_000 {
        let _ = writeln!(touches, "J,c{},2026-01-{:02},{}", i % 977, i % 28 + 1, ["sourcer", "closer", ""][i % 3]);
    }
    let touches = read_csv(touches.as_bytes()).unwrap();
    let outcomes = read_csv(b"j,v,k\nJ,92233720368547758.07,2026-01-14\n").unwrap();
    let options =
        reads(json!({"journey": "j", "channel": "c", "role": "r", "value": "v", "currency": "USD", "created_at": "k"}));
    let journeys = Journeys::from_touchpoints(&touches, &outcomes, &options, &Monitor::none()).unwrap();
    assert_eq!(journeys.touches(), 100_000);
    let expected = BTreeMap::from([("J".to_owned(), i128::from(i64::MAX))]);
    for model in models() {
        assert_exact(&journeys.attribute(&model, &Monitor::none()).unwrap(), &expected);
    }
}

#[test]
fn three_hundred_thousand_shuffled_touches_give_the_same_journeys() {
    let mut lines: Vec<String> = (0..300_000_u32)
        .map(|i| format!("{},c{},2026-01-{:02}T{:02}:00:00Z", i % 20_011, i % 37, i / 7 % 28 + 1, i % 24))
        .collect();
    let mut outcomes = "j,v\n".to_owned();
    for j in 0..20_011 {
        let _ = writeln!(outcomes, "{j},{}.{:02}", j % 5_000, j % 100);
    }
    let outcomes = read_csv(outcomes.as_bytes()).unwrap();
    let options = reads(json!({"journey": "j", "channel": "c", "value": "v", "currency": "USD"}));
    let credit = |lines: &[String]| {
        let touches = read_csv(format!("j,c,at\n{}\n", lines.join("\n")).as_bytes()).unwrap();
        let journeys = Journeys::from_touchpoints(&touches, &outcomes, &options, &Monitor::none()).unwrap();
        let text = |m: &Model| journeys.attribute(m, &Monitor::none()).unwrap().totals().to_csv();
        models().iter().map(text).collect::<Vec<String>>()
    };
    let expected = credit(&lines);
    Dice(3).shuffle(&mut lines);
    assert_same(&expected, &credit(&lines));
}

#[test]
fn long_chains_of_parents_and_aliases_are_followed() {
    const LONG: u32 = 100_000;
    let mut partners = "partner_id,parent_id\n0,\n".to_owned();
    let mut aliases = "entity,from_id,to_id\n".to_owned();
    for i in 1..LONG {
        let _ = writeln!(partners, "{i},{}", i - 1);
        let _ = writeln!(aliases, "account,{i},{}", i - 1);
    }
    let opportunities = "opportunity_id,account_id,status,created_at\n1,99999,won,2026-01-01\n";
    let touches = "account_id,partner_id,at,kind\n50000,99999,2026-01-01,x\n";
    let tables =
        [("partners", &*partners), ("aliases", &*aliases), ("opportunities", opportunities), ("touchpoints", touches)];
    let builder = tables.iter().fold(Ecosystem::builder(), |b, (n, t)| b.table(n, read_csv(t.as_bytes()).unwrap()));
    let eco = builder.options(reads(json!({"rollup": ["partners"]}))).build().unwrap();
    assert_eq!(eco.table("opportunities").unwrap().text(0, "account_id"), "0");
    assert_eq!(eco.journeys(&JourneysOptions::default(), &Monitor::none()).unwrap().channels(), ["0"]);
}

#[test]
fn empty_tables_give_empty_results() {
    let columns = |name: &str| -> RawTable<'static> {
        let spec = TABLES.iter().find(|t| t.name == name).unwrap();
        RawTable::from_columns(spec.columns.iter().map(|c| RawColumn::new(c.name, RawValues::Null(0))).collect())
            .unwrap()
    };
    for make in [&columns as &dyn Fn(&str) -> RawTable<'static>, &|_| RawTable::default(), &|_| whole(&[])] {
        let builder = TABLES.iter().fold(Ecosystem::builder(), |b, t| b.table(t.name, make(t.name)));
        let eco = builder.build().unwrap();
        assert!(eco.rejected().is_empty() && eco.findings().is_empty() && eco.currency().is_none());
        let journeys = eco.journeys(&JourneysOptions::default(), &Monitor::none()).unwrap();
        assert!(journeys.is_empty() && journeys.channels().is_empty());
        for model in models() {
            let credit = journeys.attribute(&model, &Monitor::none()).unwrap();
            assert!(credit.totals().is_empty() && credit.ledger(&Monitor::none()).unwrap().is_empty());
        }
        let found = eco.involvement(&reads(json!({"as_of": "2026-11-20"})), &Monitor::none()).unwrap();
        assert!(found.partners.is_empty());
        let found = eco.pipeline(&reads(json!({"as_of": "2026-11-20"})), &Monitor::none()).unwrap();
        assert!(found.partners.is_empty());
    }
    let none = RawTable::default();
    assert!(
        Journeys::from_touchpoints(&none, &none, &TouchpointsOptions::default(), &Monitor::none()).unwrap().is_empty()
    );
    assert!(Journeys::from_paths(&none, &PathsOptions::default(), &Monitor::none()).unwrap().is_empty());
    let state = CreditAccumulator::new(models().swap_remove(0));
    assert!(state.finish().unwrap().is_empty());
}

#[test]
fn cancelled_work_says_so() {
    let tables = sample(4, 30, 60, 0);
    let stopped = Monitor::new();
    stopped.cancel();
    let cancelled = |code: Option<Code>| assert_eq!(code, Some(Code::Cancelled));
    let builder = tables.iter().fold(Ecosystem::builder(), |b, (name, rows)| b.table(name, whole(rows)));
    cancelled(builder.options(options(json!({}))).monitor(&stopped).build().err().map(|e| e.code()));
    let eco = build(&tables, json!({}), whole).unwrap();
    cancelled(eco.journeys(&JourneysOptions::default(), &stopped).err().map(|e| e.code()));
    let journeys = eco.journeys(&JourneysOptions::default(), &Monitor::none()).unwrap();
    cancelled(journeys.attribute(&models()[4], &stopped).err().map(|e| e.code()));
    let credit = journeys.attribute(&models()[4], &Monitor::none()).unwrap();
    cancelled(credit.ledger(&stopped).err().map(|e| e.code()));
    cancelled(eco.involvement(&reads(json!({"as_of": "2026-11-20"})), &stopped).err().map(|e| e.code()));
    cancelled(eco.pipeline(&reads(json!({"as_of": "2026-11-20"})), &stopped).err().map(|e| e.code()));
    cancelled(eco.ropi(&credit, &reads(json!({"as_of": "2026-11-20"})), &stopped).err().map(|e| e.code()));
    assert_eq!(journeys.attribute(&models()[4], &Monitor::new()).unwrap().totals().to_csv(), credit.totals().to_csv());
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
