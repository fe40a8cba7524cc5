//! A million partners, four tiers with eight thresholds each, on one thread: their tiers alone, with the gaps to the next tier,
//! and decisions about them.
//!
//! `cargo bench -p cosell-benches --bench tiering` prints elements per second; nanoseconds per partner are the time divided
//! by the partners.

use cosell::engine::monitor::Monitor;
use cosell::engine::parallel::set_threads;
use cosell::engine::rng::KeyedRng;
use cosell::table::{RawColumn, RawTable, RawValues};
use cosell::tiering::{Program, ProgramReviewOptions, QualifyOptions, Reach};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use serde_json::{Map, Value, json};

const PARTNERS: usize = 1_000_000;
const METRICS: usize = 8;

fn program() -> Program {
    let name = |metric: usize| format!("metric_{metric}");
    let metrics: Map<String, Value> =
        (0..METRICS).map(|m| (name(m), json!({"measure": "given", "unit": "count"}))).collect();
    let tier = |tier: usize| {
        let at_least = |m: usize| json!({"threshold": {"metric": name(m), "at_least": 5 * tier + m}});
        json!({"all": (0..METRICS).map(at_least).collect::<Vec<_>>()})
    };
    Program::from_value(&json!({
        "program": "bench", "version": "1",
        "tiers": [{"tier": "a", "rank": 1}, {"tier": "b", "rank": 2}, {"tier": "c", "rank": 3}, {"tier": "d", "rank": 4}],
        "metrics": metrics,
        "qualification": {"a": tier(0), "b": tier(1), "c": tier(2), "d": tier(3)},
    }))
    .expect("the programme of this bench")
}

/// Partners at about the height of a tier, a little above or below it in each metric.
fn partners() -> RawTable<'static> {
    let mut rng = KeyedRng::from_u64(3, 4);
    let height: Vec<u64> = (0..PARTNERS).map(|_| 5 * rng.below(4)).collect();
    let mut columns = vec![RawColumn::new("partner_id", RawValues::U64((0..PARTNERS as u64).collect()))];
    for metric in 0..METRICS {
        let values: Vec<f64> = height.iter().map(|h| (h + metric as u64 + rng.below(7)) as f64 - 1.0).collect();
        columns.push(RawColumn::new(format!("metric_{metric}"), RawValues::F64(values.into())));
    }
    RawTable::from_columns(columns).expect("columns of equal length")
}

fn tiering(c: &mut Criterion) {
    set_threads(1).expect("one thread");
    let (program, partners) = (program(), partners());
    let options = ProgramReviewOptions { as_of: Some("2026-11-20".to_owned()), ..ProgramReviewOptions::default() };
    let review = || program.review_frame(&partners, None, &options, &Monitor::none()).expect("a review");
    let mut group = c.benchmark_group("tiering");
    group.sample_size(10);
    group.throughput(Throughput::Elements(PARTNERS as u64));
    group.bench_function("review a frame (per partner)", |b| b.iter(|| review().as_of()));
    // What owns its numbers is taken as it is: the copy is made before the clock starts.
    let qualify = |frame: RawTable<'static>| {
        program.qualify(frame, &QualifyOptions::default(), &Monitor::none()).expect("what they qualify for")
    };
    let metrics = || {
        let mut frame = partners.clone();
        frame.chunks.iter_mut().for_each(|chunk| chunk.columns.retain(|column| column.name != "partner_id"));
        frame
    };
    group.bench_function("tiers (per partner)", |b| {
        b.iter_batched(metrics, &qualify, BatchSize::PerIteration);
    });
    group.bench_function("tiers and gaps to the next tier (per partner)", |b| {
        b.iter_batched(metrics, |frame| qualify(frame).gaps(Reach::Next), BatchSize::PerIteration);
    });
    group.bench_function("tiers of partners with ids (per partner)", |b| {
        b.iter_batched(|| partners.clone(), &qualify, BatchSize::PerIteration);
    });
    let done = review();
    group.bench_function("gaps to the next tier (per partner)", |b| b.iter(|| done.gaps(Reach::Next).map(|t| t.len())));
    group.finish();
}

criterion_group!(benches, tiering);
criterion_main!(benches);
