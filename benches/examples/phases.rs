//! Where the time of building journeys and attributing goes, for a profiler:
//! `cargo run --release -p cosell-benches --example phases -- [TOUCHES] [THREADS]`.

use std::time::Instant;

use cosell::attribution::{Journeys, Model, TouchpointsOptions};
use cosell::engine::monitor::Monitor;
use cosell::engine::parallel::set_threads;
use cosell_benches::touchpoints;

fn main() -> cosell::Result<()> {
    let number =
        |place: usize, default: usize| std::env::args().nth(place).and_then(|a| a.parse().ok()).unwrap_or(default);
    let made = touchpoints(number(1, 20_000_000));
    set_threads(number(2, 2))?;
    let options = TouchpointsOptions {
        journey: "deal_id".to_owned(),
        channel: "partner_id".to_owned(),
        at: "ts".to_owned(),
        value: Some("amount_minor".to_owned()),
        ..TouchpointsOptions::default()
    };
    for _ in 0..3 {
        let begin = Instant::now();
        let journeys = Journeys::from_touchpoints(&made.touches, &made.outcomes, &options, &Monitor::none())?;
        println!("journeys {:?}: {} touches", begin.elapsed(), journeys.touches());
        for name in ["first_touch", "last_touch", "linear", "position_based", "time_decay"] {
            let begin = Instant::now();
            let credit = journeys.attribute(&Model::named(name, &serde_json::Value::Null)?, &Monitor::none())?;
            println!("{name} {:?}: {} channels", begin.elapsed(), credit.totals().len());
        }
    }
    Ok(())
}
