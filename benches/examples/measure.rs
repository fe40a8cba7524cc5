//! How long a programme of twelve metrics takes over 20 million touches, a million credentials and 2.5 million opportunities:
//! `cargo run --release -p cosell-benches --example measure -- [TOUCHES] [THREADS] [PARTNERS]`. The other tables grow with
//! the touches. Prints one line for all metrics and one for each by itself.

use std::time::{Duration, Instant};

use cosell::engine::monitor::Monitor;
use cosell::engine::parallel::set_threads;
use cosell::engine::rng::KeyedRng;
use cosell::facts::Ecosystem;
use cosell::table::{RawColumn, RawTable, RawValues};
use cosell::tiering::{Program, ProgramReviewOptions, ReviewInputs};
use serde_json::{Value, json};

const DAY: i64 = 86_400_000_000;
/// 2024-01-01, as days since 1970-01-01.
const BEGIN: i32 = 19_723;

fn main() -> cosell::Result<()> {
    let number =
        |place: usize, default: usize| std::env::args().nth(place).and_then(|a| a.parse().ok()).unwrap_or(default);
    let (touches, partners) = (number(1, 20_000_000), number(3, 20_000));
    set_threads(number(2, 2))?;
    let begin = Instant::now();
    let eco = ecosystem(touches, partners as u64)?;
    println!("ecosystem of {touches} touches in {:.1?}", begin.elapsed());
    let metrics = metrics();
    run("all twelve", &metrics, &eco)?;
    ahead(&metrics, &eco)?;
    for (name, metric) in metrics.as_object().into_iter().flatten() {
        run(name, &json!({name: metric}), &eco)?;
    }
    Ok(())
}

/// The best of three reviews of a programme with these metrics.
fn run(what: &str, metrics: &Value, eco: &Ecosystem) -> cosell::Result<()> {
    let program = Program::from_value(&json!({
        "program": "bench", "version": "1", "tiers": [{"tier": "member", "rank": 1}], "metrics": metrics
    }))?;
    let options = ProgramReviewOptions { as_of: Some("2026-11-20".to_owned()), ..ProgramReviewOptions::default() };
    let mut best = Duration::MAX;
    let mut rows = 0;
    for _ in 0..3 {
        let begin = Instant::now();
        rows = program.review(eco, &ReviewInputs::default(), &options, &Monitor::none())?.metrics().len();
        best = best.min(begin.elapsed());
    }
    println!("{what}: {:.2} s for {rows} partners", best.as_secs_f64());
    Ok(())
}

/// A programme that decides by all metrics, without and with a look at the losses of the next six months.
fn ahead(metrics: &Value, eco: &Ecosystem) -> cosell::Result<()> {
    // Thresholds near the middle of each metric, so that many hold the tier and many lose it.
    let plain = Program::from_value(&json!({
        "program": "bench", "version": "1", "tiers": [{"tier": "member", "rank": 1}], "metrics": metrics
    }))?;
    let options = |forecast_months| ProgramReviewOptions { as_of: Some("2026-11-20".to_owned()), forecast_months };
    let measured = plain.review(eco, &ReviewInputs::default(), &options(0), &Monitor::none())?.metrics();
    let half = |name: &String| {
        let mut numbers: Vec<f64> = (0..measured.len()).filter_map(|row| measured.number(row, name)).collect();
        numbers.sort_unstable_by(f64::total_cmp);
        let at_least = numbers.get(numbers.len() / 2).copied().unwrap_or_default();
        json!({"threshold": {"metric": name, "at_least": at_least}})
    };
    let criteria: Vec<Value> = metrics.as_object().into_iter().flatten().map(|(name, _)| half(name)).collect();
    let program = Program::from_value(&json!({
        "program": "bench", "version": "1", "metrics": metrics,
        "tiers": [{"tier": "member", "rank": 1}, {"tier": "gold", "rank": 2}],
        "qualification": {"gold": {"n_of": {"n": 6, "of": criteria}}}
    }))?;
    for months in [0, 6] {
        let begin = Instant::now();
        let review = program.review(eco, &ReviewInputs::default(), &options(months), &Monitor::none())?;
        let losses = review.forecast().len();
        println!("decisions, losses of {months} months: {:.2} s, {losses} losses", begin.elapsed().as_secs_f64());
    }
    Ok(())
}

fn metrics() -> Value {
    let year = json!({"rolling_months": 12});
    json!({
        "won": {"measure": {"count": {"from": "opportunities", "where": [{"field": "status", "is": "won"}], "window": year}}},
        "revenue": {"measure": {"sum": {"from": "opportunities", "of": "amount", "where": [{"field": "status", "is": "won"}], "window": year}}},
        "deal_size": {"measure": {"average": {"from": "opportunities", "of": "amount", "where": [{"field": "status", "is": "won"}], "window": year}}},
        "products": {"measure": {"count_distinct": {"from": "opportunities", "of": "product", "where": [{"field": "status", "is": "won"}]}}},
        "sourced": {"measure": {"count": {"from": "opportunities", "where": [{"field": "role", "is": "sourcer"}], "window": year}}},
        "touches": {"measure": {"count": {"from": "touchpoints", "window": {"rolling_days": 90}}}},
        "demos": {"measure": {"count": {"from": "touchpoints", "where": [{"field": "kind", "is": "demo"}], "window": year}}},
        "reach": {"measure": {"count_distinct": {"from": "touchpoints", "of": "opportunity_id", "window": year}}},
        "engagement": {"measure": {"points": {"rows": {"from": "touchpoints", "window": year}, "rules": [
            {"where": [{"field": "kind", "is": "demo"}], "points": 5}, {"where": [{"field": "kind", "is": "call"}], "points": 2}, {"points": 1}],
            "multipliers": [{"where": [{"field": "opportunity.product", "is": "p3"}], "times": 2}]}}},
        "certified": {"measure": {"count_distinct": {"from": "credentials", "of": "person_id"}}},
        "certificates": {"measure": {"count": {"from": "credentials", "where": [{"field": "code", "in": ["c1", "c2", "c3"]}]}}},
        "covered": {"measure": {"coverage": {
            "need": {"rows": {"from": "opportunities", "of": "amount", "where": [{"field": "status", "is": "won"}], "window": year}, "by": "product", "at_least": 10_000},
            "have": {"rows": {"from": "credentials"}, "by": "code"}}}}
    })
}

fn table<'a>(columns: Vec<(&'static str, RawValues<'a>)>) -> cosell::Result<RawTable<'a>> {
    RawTable::from_columns(columns.into_iter().map(|(name, values)| RawColumn::new(name, values)).collect())
}

fn words(names: &[&'static str], codes: Vec<u32>) -> RawValues<'static> {
    RawValues::Dictionary(codes.into(), Box::new(RawColumn::new("", RawValues::Strs(names.to_vec()))))
}

fn ecosystem(touches: usize, partners: u64) -> cosell::Result<Ecosystem> {
    let mut rng = KeyedRng::from_u64(11, 3);
    let (deals, credentials) = (touches / 8, touches / 20);
    // The product of two draws makes some partners busier than others.
    let partner = |rng: &mut KeyedRng| (partners as f64 * rng.uniform() * rng.uniform()) as u32;
    let some = |rng: &mut KeyedRng, n: u64| rng.below(n) as u32;
    let ids = |n: usize| RawValues::U32((0..n as u32).collect());
    let created: Vec<i64> = (0..deals).map(|_| (i64::from(BEGIN) + rng.below(900) as i64) * DAY).collect();
    let closed: Vec<i64> = created.iter().map(|at| at + rng.below(150) as i64 * DAY).collect();
    let time = |values: Vec<i64>| RawValues::Timestamp(values.into(), 1_000_000, true);
    let products = ["p0", "p1", "p2", "p3", "p4", "p5"];
    let opportunities = table(vec![
        ("opportunity_id", ids(deals)),
        ("account_id", RawValues::U32((0..deals).map(|_| some(&mut rng, deals as u64 / 3 + 1)).collect())),
        ("status", words(&["won", "lost"], (0..deals).map(|_| some(&mut rng, 2)).collect())),
        ("product", words(&products, (0..deals).map(|_| some(&mut rng, 6)).collect())),
        ("amount_minor", RawValues::I64((0..deals).map(|_| rng.below(5_000_000) as i64).collect())),
        ("created_at", time(created)),
        ("closed_at", time(closed)),
    ])?;
    let joins = deals * 3 / 2;
    let roles = table(vec![
        ("opportunity_id", RawValues::U32((0..joins).map(|_| some(&mut rng, deals as u64)).collect())),
        ("partner_id", RawValues::U32((0..joins).map(|_| partner(&mut rng)).collect())),
        ("role", words(&["sourcer", "influencer", "implementer"], (0..joins).map(|_| some(&mut rng, 3)).collect())),
    ])?;
    let touchpoints = table(vec![
        ("opportunity_id", RawValues::U32((0..touches).map(|_| some(&mut rng, deals as u64)).collect())),
        ("partner_id", RawValues::U32((0..touches).map(|_| partner(&mut rng)).collect())),
        ("at", time((0..touches).map(|_| i64::from(BEGIN) * DAY + rng.below(1_050 * DAY as u64) as i64).collect())),
        ("kind", words(&["demo", "call", "email", "webinar"], (0..touches).map(|_| some(&mut rng, 4)).collect())),
    ])?;
    let earned: Vec<i32> = (0..credentials).map(|_| BEGIN + rng.below(1_050) as i32).collect();
    let codes = ["p0", "p1", "p2", "c1", "c2", "c3", "c4", "c5"];
    let credentials = table(vec![
        ("partner_id", RawValues::U32((0..credentials).map(|_| partner(&mut rng)).collect())),
        ("code", words(&codes, (0..credentials).map(|_| some(&mut rng, 8)).collect())),
        ("person_id", RawValues::U32((0..credentials).map(|_| some(&mut rng, credentials as u64 / 3 + 1)).collect())),
        ("expires_on", RawValues::Days(earned.iter().map(|day| day + 365).collect())),
        ("earned_on", RawValues::Days(earned.into())),
    ])?;
    Ecosystem::builder()
        .table("partners", table(vec![("partner_id", ids(partners as usize))])?)
        .table("opportunities", opportunities)
        .table("opportunity_partners", roles)
        .table("touchpoints", touchpoints)
        .table("credentials", credentials)
        .options(cosell::facts::EcosystemOptions {
            currency: Some("USD".to_owned()),
            on_invalid: cosell::facts::OnInvalid::Reject,
            ..Default::default()
        })
        .build()
}
