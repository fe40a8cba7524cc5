//! Encoding, building journeys and each model; one thread, throughput per touch.
//!
//! `cargo bench -p cosell-benches --bench attribution` prints elements per second; nanoseconds per touch are the time
//! divided by the touches.

use cosell::attribution::{
    JourneyTouch, JourneyValue, Journeys, Model, PathsOptions, TouchpointsOptions, attribute_journey,
};
use cosell::engine::monitor::Monitor;
use cosell::engine::parallel::set_threads;
use cosell::table::{Interner, Key};
use cosell_benches::{paths, touchpoints};
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Value, json};

const TOUCHES: usize = 1_000_000;

fn models() -> Vec<(&'static str, Value)> {
    vec![
        ("first_touch", Value::Null),
        ("last_touch", Value::Null),
        ("first_partner_touch", Value::Null),
        ("last_partner_touch", Value::Null),
        ("linear", Value::Null),
        ("position_based", Value::Null),
        ("time_decay", json!({"half_life_days": 30})),
        ("role_weighted", Value::Null),
        ("custom_weights", json!({"weights": [0.5, 0.3, 0.2]})),
        ("touch_weighted", Value::Null),
    ]
}

fn touchpoint_options() -> TouchpointsOptions {
    TouchpointsOptions {
        journey: "deal_id".to_owned(),
        channel: "partner_id".to_owned(),
        at: "ts".to_owned(),
        value: Some("amount_minor".to_owned()),
        ..TouchpointsOptions::default()
    }
}

fn path_options() -> PathsOptions {
    PathsOptions {
        value: Some("total_conversion_value".to_owned()),
        nulls: Some("total_null".to_owned()),
        ..PathsOptions::default()
    }
}

fn encoding(c: &mut Criterion) {
    let mut group = c.benchmark_group("encoding");
    let ids: Vec<u64> = (0..TOUCHES as u64).map(|i| (i % 100_000).wrapping_mul(0x9E37_79B9_7F4A_7C15)).collect();
    let names: Vec<String> = (0..TOUCHES).map(|i| format!("PTR-{:07}", i % 100_000)).collect();
    group.throughput(Throughput::Elements(TOUCHES as u64));
    group.bench_function("integer ids", |b| {
        b.iter(|| {
            let mut interner = Interner::default();
            ids.iter().for_each(|&id| {
                let _ = interner.intern(Key::Int(id.into()));
            });
            interner.len()
        });
    });
    group.bench_function("text ids", |b| {
        b.iter(|| {
            let mut interner = Interner::default();
            names.iter().for_each(|name| {
                let _ = interner.intern(Key::Text(name));
            });
            interner.len()
        });
    });
    group.finish();
}

fn building(c: &mut Criterion) {
    let mut group = c.benchmark_group("journeys");
    group.sample_size(10);
    let made = touchpoints(TOUCHES);
    group.throughput(Throughput::Elements(TOUCHES as u64));
    group.bench_function("from touchpoints (per touch read)", |b| {
        b.iter(|| {
            Journeys::from_touchpoints(&made.touches, &made.outcomes, &touchpoint_options(), &Monitor::none())
                .map(|j| j.touches())
        });
    });
    let table = paths(TOUCHES / 4);
    let touches = Journeys::from_paths(&table, &path_options(), &Monitor::none()).map_or(0, |j| j.touches());
    group.throughput(Throughput::Elements(touches as u64));
    group.bench_function("from paths", |b| {
        b.iter(|| Journeys::from_paths(&table, &path_options(), &Monitor::none()).map(|j| j.touches()));
    });
    group.finish();
}

fn attributing(c: &mut Criterion) {
    let made = touchpoints(TOUCHES * 4);
    let journeys = Journeys::from_touchpoints(&made.touches, &made.outcomes, &touchpoint_options(), &Monitor::none())
        .expect("journeys of the made touches");
    let mut group = c.benchmark_group("models");
    group.sample_size(20);
    group.throughput(Throughput::Elements(journeys.touches() as u64));
    for (name, options) in models() {
        let model = Model::named(name, &options).expect("a model of the list");
        group.bench_with_input(BenchmarkId::from_parameter(name), &model, |b, model| {
            b.iter(|| journeys.attribute(model, &Monitor::none()).map(|c| c.totals().len()));
        });
    }
    group.finish();
}

/// Counting over touches that are encoded already, beside a bare read of the same bytes.
fn counting(c: &mut Criterion) {
    let table = paths(TOUCHES);
    let journeys = Journeys::from_paths(&table, &path_options(), &Monitor::none()).expect("journeys of the made paths");
    let model = |name: &str, options: Value| Model::named(name, &options).expect("a model of the list");
    let all = [
        model("markov", json!({"order": 1})),
        model("markov", json!({"order": 2})),
        model("shapley", json!({"game": "set"})),
    ];
    let touches = journeys.touches();
    let mut group = c.benchmark_group("counting");
    group.throughput(Throughput::Elements(touches as u64));
    let none = Monitor::none();
    let together = |journeys: &Journeys, models: &[Model]| {
        let credits = journeys.attribute_each(models, &none).expect("nothing cancels");
        credits.map(|credit| credit.map_or(0, |c| c.totals().len())).sum::<usize>()
    };
    group.bench_function("orders 1 and 2, together", |b| b.iter(|| together(&journeys, &all[..2])));
    group.bench_function("orders 1 and 2 and the set game, together", |b| b.iter(|| together(&journeys, &all)));
    for model in &all {
        let name = model.document().to_string();
        group
            .bench_function(name, |b| b.iter(|| journeys.attribute(model, &Monitor::none()).map(|c| c.totals().len())));
    }
    // So few paths that what is measured is the solve, with its tables.
    for (order, paths_made) in [(1, 1000), (2, 10_000)] {
        let few = Journeys::from_paths(&paths(paths_made), &path_options(), &Monitor::none());
        let few = few.expect("journeys of the made paths");
        group.throughput(Throughput::Elements(few.touches() as u64));
        group.bench_function(format!("solve a chain of order {order}, 20 channels ({paths_made} paths)"), |b| {
            b.iter(|| few.attribute(&all[order - 1], &none).map(|c| c.totals().len()));
        });
    }
    // Four bytes per touch and, per journey, where it starts (8), its two counts (1 each) and its value (16).
    let words: Vec<u64> = vec![1; (touches * 4 + journeys.len() * 26) / 8];
    group.throughput(Throughput::Bytes(words.len() as u64 * 8));
    group.bench_function("a bare read of as many bytes", |b| {
        b.iter(|| words.iter().fold(0_u64, |s, w| s.wrapping_add(*w)));
    });
    group.finish();
}

fn one_journey(c: &mut Criterion) {
    let touches: Vec<JourneyTouch> = (0..8)
        .map(|i| JourneyTouch {
            channel: Some(format!("P-{}", i % 5)),
            at: Some(1_700_000_000_000_000 + i * 86_400_000_000),
            ..JourneyTouch::default()
        })
        .collect();
    let value =
        JourneyValue { value: Some(1000.0.into()), currency: Some("USD".to_owned()), ..JourneyValue::default() };
    let model = Model::named("linear", &Value::Null).expect("a model");
    c.bench_function("attribute_journey (8 touches, linear)", |b| {
        b.iter(|| attribute_journey(&touches, &value, &model));
    });
}

fn one_thread(c: &mut Criterion) {
    set_threads(1).expect("one thread");
    encoding(c);
    building(c);
    attributing(c);
    counting(c);
    one_journey(c);
}

criterion_group!(benches, one_thread);
criterion_main!(benches);
