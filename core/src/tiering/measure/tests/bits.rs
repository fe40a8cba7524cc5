//! The same bits for any order of rows, any chunks and any number of threads; and what a naive measure gives.

use super::*;
use crate::engine::exact_sum::ExactSum;
use crate::engine::parallel;
use crate::table::RawChunk;

struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % n
    }
}

pub(super) fn rows(seed: u64, many: usize) -> Value {
    let mut dice = Dice(seed);
    let mut date =
        |from: usize| format!("202{}-{:02}-{:02}", from + dice.below(3), dice.below(12) + 1, dice.below(28) + 1);
    let dates: Vec<String> = (0..many * 4).map(|_| date(4)).collect();
    let mut dice = Dice(seed + 77);
    let partners: Vec<Value> =
        (0..40).map(|p| json!({"partner_id": format!("P{p}"), "country": (["DE", "FR"][p % 2])})).collect();
    let deals: Vec<Value> = (0..many)
        .map(|d| json!({"opportunity_id": d, "account_id": d % 50, "status": (["won", "lost"][dice.below(2)]), "created_at": "2023-06-01",
                        "closed_at": dates[d], "amount": dice.below(100_000) as f64 / 100.0, "currency": "USD", "product": format!("p{}", dice.below(4))}))
        .collect();
    let roles: Vec<Value> = (0..many * 2)
        .map(|_| json!({"opportunity_id": dice.below(many), "partner_id": format!("P{}", dice.below(40)), "role": (["sourcer", "closer"][dice.below(2)])}))
        .collect();
    let touches: Vec<Value> = (0..many * 3)
        .map(|t| json!({"opportunity_id": dice.below(many), "partner_id": format!("P{}", dice.below(40)), "at": dates[t], "kind": (["demo", "call"][dice.below(2)]),
                        "weight": dice.below(1000) as f64 / 7.0}))
        .collect();
    let credentials: Vec<Value> = (0..many)
        .map(|c| json!({"partner_id": format!("P{}", dice.below(40)), "code": format!("p{}", dice.below(6)), "earned_on": dates[many + c],
                        "person_id": format!("x{}", dice.below(200)), "level": c.to_string()}))
        .collect();
    json!({"partners": partners, "opportunities": deals, "opportunity_partners": roles, "touchpoints": touches, "credentials": credentials})
}

pub(super) fn metrics() -> Value {
    let window = json!({"rolling_months": 12});
    json!({
        "deals": {"measure": {"count": {"from": "opportunities", "window": window}}},
        "sum": {"measure": {"sum": {"from": "opportunities", "of": "amount", "where": [{"field": "status", "is": "won"}]}}},
        "weights": {"measure": {"sum": {"from": "touchpoints", "of": "weight", "window": window}}},
        "mean": {"measure": {"average": {"from": "touchpoints", "of": "weight"}}},
        "last": {"measure": {"latest": {"from": "touchpoints", "of": "weight"}}},
        "high": {"measure": {"maximum": {"from": "opportunities", "of": "amount"}}},
        "people": {"measure": {"count_distinct": {"from": "credentials", "of": "person_id"}}},
        "kinds": {"measure": {"count_distinct": {"from": "touchpoints", "of": "weight"}}},
        "points": {"measure": {"points": {"rows": {"from": "opportunities", "of": "amount", "window": window}, "rules": [
            {"where": [{"field": "role", "is": "closer"}], "points": 0.3, "per": 7}, {"points": 0.1, "per": 3}],
            "multipliers": [{"where": [{"field": "product", "is": "p1"}], "times": 1.1}]}}},
        "covered": {"measure": {"coverage": {"need": {"rows": {"from": "opportunities", "of": "amount"}, "by": "product", "at_least": 2000},
                                             "have": {"rows": {"from": "credentials"}, "by": "code", "at_least": 3}}}}
    })
}

/// The same tables with rows in another order, in chunks.
pub(super) fn shuffled(tables: &Value, seed: u64) -> Ecosystem {
    let mut dice = Dice(seed);
    let mut builder = Ecosystem::builder();
    for (name, rows) in tables.as_object().unwrap() {
        let mut rows = rows.as_array().unwrap().clone();
        for at in (1..rows.len()).rev() {
            rows.swap(at, dice.below(at + 1));
        }
        let size = 1 + dice.below(rows.len());
        let chunks: Vec<RawChunk<'static>> =
            rows.chunks(size).flat_map(|rows| RawTable::from_json(rows).unwrap().chunks).collect();
        builder = builder.table(name, RawTable { chunks, untyped: false });
    }
    builder.build().unwrap()
}

fn bits(measured: &Measured) -> Vec<(String, Vec<Option<Vec<u64>>>)> {
    let base = &measured.base;
    let of = |row: usize| {
        let id = base.partners.show(base.partner[row]).unwrap();
        (id, base.columns.iter().map(|c| c.as_ref().map(|v| vec![v[row].to_bits()])).collect())
    };
    (0..base.rows()).map(of).collect()
}

#[test]
fn order_chunks_and_threads_do_not_matter() {
    let program = program(&metrics(), &Value::Null);
    for (seed, many) in [(1, 60), (2, 6_000)] {
        let tables = rows(seed, many);
        let plain = measured(&eco(&tables), &program, "2026-06-15");
        let before = parallel::threads();
        for (shuffle, threads) in [(3, 1), (4, 2), (5, 7)] {
            parallel::set_threads(threads).unwrap();
            let other = measured(&shuffled(&tables, shuffle), &program, "2026-06-15");
            assert_eq!(bits(&plain), bits(&other), "{many} deals, {threads} threads");
            assert_eq!(plain.findings, other.findings);
        }
        parallel::set_threads(before).unwrap();
    }
}

#[test]
fn a_naive_measure_agrees() {
    let tables = rows(9, 400);
    let list = |name: &str| tables[name].as_array().unwrap().clone();
    let program = program(&metrics(), &Value::Null);
    let measured = measured(&eco(&tables), &program, "2026-06-15");
    let within = |date: &Value| ("2025-06-16"..="2026-06-15").contains(&date.as_str().unwrap());
    let known = |date: &Value| date.as_str().unwrap() <= "2026-06-15";
    for row in 0..40 {
        let id = measured.base.partners.show(measured.base.partner[row]).unwrap();
        let of = |name: &str| measured.base.value(program.compiled().column(name).unwrap(), row);
        let roles = list("opportunity_partners");
        let has = |deal: &Value| {
            roles.iter().any(|r| r["opportunity_id"] == deal["opportunity_id"] && r["partner_id"] == *id)
        };
        let own: Vec<Value> = list("opportunities").into_iter().filter(|d| has(d) && known(&d["closed_at"])).collect();
        assert_eq!(of("deals"), Some(own.iter().filter(|d| within(&d["closed_at"])).count() as f64));
        let cents = |d: &Value| (d["amount"].as_f64().unwrap() * 100.0).round() as i64;
        let won: i64 = own.iter().filter(|d| d["status"] == "won").map(cents).sum();
        assert_eq!(of("sum"), Some(won as f64 / 100.0));
        assert_eq!(of("high"), own.iter().map(cents).max().map(|c| c as f64 / 100.0));
        let touches: Vec<Value> =
            list("touchpoints").into_iter().filter(|t| t["partner_id"] == *id && known(&t["at"])).collect();
        let weight = |t: &Value| t["weight"].as_f64().unwrap();
        let exact: ExactSum = touches.iter().filter(|t| within(&t["at"])).map(weight).collect();
        assert_eq!(of("weights"), Some(exact.value()));
        let last = touches.iter().map(|t| t["at"].as_str().unwrap()).max();
        let latest = touches.iter().filter(|t| t["at"].as_str() == last).map(weight).fold(f64::NAN, f64::max);
        assert_eq!(of("last"), Some(latest).filter(|v| !v.is_nan()));
        let people: std::collections::BTreeSet<String> = list("credentials")
            .iter()
            .filter(|c| c["partner_id"] == *id && known(&c["earned_on"]))
            .map(|c| c["person_id"].to_string())
            .collect();
        assert_eq!(of("people"), Some(people.len() as f64));
    }
}
