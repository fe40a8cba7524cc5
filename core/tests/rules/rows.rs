//! No row is lost silently: what comes in is used, rejected, left out or set aside, and counted.

use std::collections::BTreeSet;

use cosell::attribution::{Journeys, JourneysOptions, TouchpointsOptions};
use cosell::engine::monitor::Monitor;
use cosell::table::Table;
use serde_json::{Value, json};

use super::sample::{Dice, Tables, build, reads, sample, whole};

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
