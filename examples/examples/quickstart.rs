//! A small ecosystem, credited under two models: `cargo run -p cosell-examples --example quickstart`.

use cosell::attribution::{JourneysOptions, Model};
use cosell::engine::monitor::Monitor;
use cosell::facts::{Ecosystem, Opportunity, Touchpoint};

fn main() -> cosell::Result<()> {
    let won = |id: &str, amount: f64, created: &str, closed: &str| Opportunity {
        opportunity_id: Some(id.into()),
        account_id: Some("A-1".into()),
        status: Some("won".into()),
        amount: Some(amount.into()),
        currency: Some("USD".into()),
        created_at: Some(created.into()),
        closed_at: Some(closed.into()),
        ..Opportunity::default()
    };
    // A touch without a partner is the vendor's own.
    let touch = |opportunity: &str, partner: Option<&str>, at: &str, kind: &str| Touchpoint {
        opportunity_id: Some(opportunity.into()),
        partner_id: partner.map(Into::into),
        at: Some(at.into()),
        kind: Some(kind.into()),
        ..Touchpoint::default()
    };
    let eco = Ecosystem::builder()
        .records([won("O-1", 12_000.0, "2026-02-01", "2026-05-10"), won("O-2", 8_500.5, "2026-03-15", "2026-04-30")])
        .records([
            touch("O-1", Some("northwind"), "2026-01-20", "referral"),
            touch("O-1", None, "2026-02-10", "demo"),
            touch("O-1", Some("contoso"), "2026-04-02", "workshop"),
            touch("O-2", Some("contoso"), "2026-03-16", "referral"),
        ])
        .build()?;
    let journeys = eco.journeys(&JourneysOptions::default(), &Monitor::none())?;
    for name in ["linear", "position_based"] {
        let credit = journeys.attribute(&Model::from_value(&name.into())?, &Monitor::none())?;
        println!("{name}\n{}\n", credit.totals());
    }
    Ok(())
}
