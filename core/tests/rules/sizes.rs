//! Large, long, empty and cancelled work.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cosell::Code;
use cosell::attribution::{CreditAccumulator, Journeys, JourneysOptions, Model, PathsOptions, TouchpointsOptions};
use cosell::engine::accumulate::Accumulator;
use cosell::engine::monitor::Monitor;
use cosell::facts::{Ecosystem, TABLES};
use cosell::table::{RawColumn, RawTable, RawValues, read_csv};
use serde_json::json;

use super::money::assert_exact;
use super::sample::{Dice, assert_same, build, models, options, reads, sample, whole};

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
            assert!(credit.totals().is_empty() && credit.ledger(&Monitor::none()).unwrap().unwrap().is_empty());
        }
        let found = eco.involvement(&reads(json!({"as_of": "2026-11-20"})), &Monitor::none()).unwrap();
        assert!(found.partners.is_empty());
        let found = eco.pipeline(&reads(json!({"as_of": "2026-11-20"})), &Monitor::none()).unwrap();
        assert!(found.partners.is_empty());
        let found = eco.inferred_influence(&reads(json!({"as_of": "2026-11-20"})), &Monitor::none()).unwrap();
        assert!(found.partners.is_empty() && found.deals.is_empty());
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
    cancelled(eco.inferred_influence(&reads(json!({"as_of": "2026-11-20"})), &stopped).err().map(|e| e.code()));
    cancelled(eco.ropi(&credit, &reads(json!({"as_of": "2026-11-20"})), &stopped).err().map(|e| e.code()));
    assert_eq!(journeys.attribute(&models()[4], &Monitor::new()).unwrap().totals().to_csv(), credit.totals().to_csv());
}
