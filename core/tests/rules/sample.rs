//! What the tests share: models, made-up ecosystems, tables in chunks, and everything that can be asked, as text.

use std::collections::BTreeMap;

use cosell::attribution::{
    InferredInfluenceOptions, InvolvementOptions, JourneysOptions, Model, PipelineOptions, RopiOptions,
};
use cosell::engine::monitor::Monitor;
use cosell::facts::{Ecosystem, EcosystemOptions};
use cosell::money::fixed_to_text;
use cosell::table::{RawChunk, RawColumn, RawTable, RawValues};
use cosell::{Result, document};
use serde_json::{Value, json};

pub(super) fn models() -> Vec<Model> {
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
        "touch_weighted",
        {"touch_weighted": {"missing": 0.0625}},
        "shapley",
        {"shapley": {"game": "ordered"}},
    ]);
    documents.as_array().unwrap().iter().map(|d| Model::from_value(d).unwrap()).collect()
}

/// Models that divide the totals and not the journeys.
pub(super) fn global_models() -> Vec<Model> {
    let documents = json!([
        {"shapley": {"game": "rate", "samples": 200}},
        {"shapley": {"game": "journey"}},
        "shao_li",
        "leave_one_out",
        {"leave_one_out": {"game": "rate"}},
    ]);
    documents.as_array().unwrap().iter().map(|d| Model::from_value(d).unwrap()).collect()
}

/// A small generator with a seed: the same rows on every machine (SplitMix64).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    pub(super) fn pick<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    pub(super) fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

pub(super) type Tables = BTreeMap<&'static str, Vec<Value>>;

/// A made-up ecosystem; `faults` in a thousand values are wrong in some way.
pub(super) fn sample(seed: u64, deals: usize, touches: usize, faults: usize) -> Tables {
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
               "weight": *dice.pick(&[None, Some(0.0), Some(0.5), Some(3.25), Some(1e6)]),
               "touch_id": if dice.below(4) == 0 { Value::Null } else { json!(format!("T{i}")) }})
    };
    let rows = (0..touches).map(|i| touch(&mut dice, i)).collect();
    tables.insert("touchpoints", rows);
    tables.insert(
        "opportunity_partners",
        (0..deals / 2)
            .map(|_| {
                json!({"opportunity_id": format!("O{}", dice.below(deals)), "partner_id": format!("P{}", dice.below(partners)),
                       "role": *dice.pick(&["sourcer", "influencer", "implementer", "closer"]), "valid_from": day(dice.below(700)),
                       "share": *dice.pick(&[None, Some(0.25), Some(1.0)])})
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
    // A generator of its own, so that the other tables stay as they were.
    let mut other = Dice(seed ^ 0x5EED);
    tables.insert(
        "account_partners",
        (0..deals)
            .map(|_| {
                let day = |other: &mut Dice| (other.below(3) > 0).then(|| day(other.below(700)));
                let (from, to) = (day(&mut other), day(&mut other));
                json!({"account_id": format!("A{}", other.below(deals / 3 + 1)), "valid_from": from, "valid_to": to,
                       "partner_id": format!("P{}", other.below(partners)), "relationship": *other.pick(&["msp", "of_record", "friend"])})
            })
            .collect(),
    );
    programme(&mut tables, &mut Dice(seed ^ 0x7AB1E), deals, partners, &day);
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

/// The tables of the programme: people, enrollments, credentials, activities, measurements, lines.
fn programme(tables: &mut Tables, dice: &mut Dice, deals: usize, partners: usize, day: &dyn Fn(usize) -> String) {
    let period = |dice: &mut Dice| {
        let from = dice.below(400);
        (day(from), (dice.below(3) == 0).then(|| day(from + dice.below(400))))
    };
    let people = partners * 2;
    let mut rows = Vec::new();
    for i in 0..people {
        let (from, to) = period(dice);
        rows.push(json!({"person_id": i, "partner_id": format!("P{}", dice.below(partners)), "valid_from": from, "valid_to": to}));
        if i % 5 == 0 {
            rows.push(
                json!({"person_id": i, "partner_id": format!("P{}", dice.below(partners)), "valid_from": day(900)}),
            );
        }
    }
    tables.insert("people", rows);
    let mut rows = Vec::new();
    for i in 0..partners {
        let (from, to) = period(dice);
        let tier = *dice.pick(&["registered", "select", "premier"]);
        rows.push(
            json!({"partner_id": format!("P{i}"), "program": "S", "tier": tier, "valid_from": from, "valid_to": to}),
        );
    }
    tables.insert("enrollments", rows);
    let mut rows = Vec::new();
    for i in 0..people * 2 {
        let ((from, to), person) = (period(dice), dice.below(people));
        rows.push(json!({"partner_id": format!("P{}", dice.below(partners)), "code": format!("C{i}"), "earned_on": from, "expires_on": to,
                         "person_id": (dice.below(4) > 0).then_some(person), "kind": *dice.pick(&["certification", "badge"])}));
    }
    tables.insert("credentials", rows);
    let mut rows = Vec::new();
    for _ in 0..deals {
        let quantity = dice.below(50) as f64 - 2.0;
        rows.push(json!({"partner_id": format!("P{}", dice.below(partners)), "at": day(dice.below(800)), "quantity": quantity,
                         "kind": *dice.pick(&["training", "webinar"]), "account_id": format!("A{}", dice.below(deals / 3 + 1))}));
    }
    tables.insert("activities", rows);
    let mut rows = Vec::new();
    for i in 0..deals {
        let (subject, letter, of) =
            *dice.pick(&[("partner", "P", partners), ("account", "A", deals / 3 + 1), ("opportunity", "O", deals)]);
        rows.push(json!({"subject": subject, "id": format!("{letter}{}", dice.below(of)), "metric": format!("m{i}"),
                         "value": dice.below(1_000) as f64 / 8.0, "at": day(dice.below(800))}));
    }
    tables.insert("measurements", rows);
    let mut rows = Vec::new();
    for i in 0..deals * 2 {
        let (from, to) = period(dice);
        rows.push(json!({"opportunity_id": format!("O{}", dice.below(deals)), "line_id": i, "product": *dice.pick(&["X", "Y"]),
                         "amount": fixed_to_text(dice.below(900_000) as i128, 2), "start_on": from, "end_on": to}));
    }
    tables.insert("lines", rows);
}

pub(super) fn options(extra: Value) -> EcosystemOptions {
    let mut all = json!({"currency": "USD", "rollup": ["partners"], "timezone": "Europe/Berlin"});
    all.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    document::from_value(&all).unwrap()
}

pub(super) fn build(tables: &Tables, extra: Value, cut: impl Fn(&[Value]) -> RawTable<'static>) -> Result<Ecosystem> {
    let builder = tables.iter().fold(Ecosystem::builder(), |b, (name, rows)| b.table(name, cut(rows)));
    builder.options(options(extra)).build()
}

pub(super) fn whole(rows: &[Value]) -> RawTable<'static> {
    RawTable::from_json(rows).unwrap()
}

/// The same rows in chunks of those sizes, again and again; a chunk of no rows is an empty chunk.
pub(super) fn chunked(rows: &[Value], sizes: &[usize]) -> RawTable<'static> {
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

pub(super) fn reads<T: serde::de::DeserializeOwned>(options: Value) -> T {
    document::from_value(&options).unwrap()
}

/// Everything that an ecosystem gives, as text.
pub(super) fn everything(eco: &Ecosystem) -> Vec<String> {
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
            all.push(credit.ledger(&none).unwrap().unwrap().to_csv());
        }
        for model in global_models() {
            let credit = journeys.attribute(&model, &none).unwrap();
            all.push(credit.totals().to_csv());
            all.extend(credit.table_names().iter().map(|name| credit.table(name).unwrap().to_csv()));
        }
    }
    for rule in ["registration", "first_touch", "field"] {
        let options = reads::<InvolvementOptions>(json!({"as_of": "2026-06-01", "sourced_rule": rule}));
        let found = eco.involvement(&options, &none).unwrap();
        all.extend([found.partners, found.buckets, found.metrics].map(|t| t.to_csv()));
    }
    let found = eco.pipeline(&reads::<PipelineOptions>(json!({"as_of": "2026-06-01"})), &none).unwrap();
    all.extend([found.partners, found.metrics].map(|t| t.to_csv()));
    let asked = json!({"as_of": "2026-06-01", "min_deals": 2, "min_accounts": 1, "min_comparable": 5, "compare_by": ["product"]});
    let found = eco.inferred_influence(&reads::<InferredInfluenceOptions>(asked), &none).unwrap();
    all.extend([found.partners, found.deals, found.metrics].map(|t| t.to_csv()));
    all.push(found.diagnostics.to_string());
    let credit = eco.journeys(&JourneysOptions::default(), &none).unwrap().attribute(&models()[4], &none).unwrap();
    let ropi = json!({"as_of": "2026-06-01", "margin": {"X": 0.613, "*": 0.5}, "shared_key": "credit", "months": 24});
    let found = eco.ropi(&credit, &reads::<RopiOptions>(ropi), &none).unwrap();
    all.extend([found.partners, found.total, found.metrics].map(|t| t.to_csv()));
    all
}

pub(super) fn assert_same(a: &[String], b: &[String]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!(a == b, "results differ:\n{}\n---\n{}", &a[..a.len().min(2000)], &b[..b.len().min(2000)]);
    }
}
