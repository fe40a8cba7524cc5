//! The same bits everywhere: neither the order of rows nor threads, chunks or the form of a column matter.

use cosell::attribution::{Credit, Journeys, JourneysOptions, Model, TouchpointsOptions};
use cosell::engine::monitor::Monitor;
use cosell::engine::parallel::set_threads;
use cosell::table::{Cell, Offsets, RawColumn, RawTable, RawValues};
use serde_json::{Value, json};

use super::sample::{Dice, Tables, assert_same, build, chunked, everything, models, reads, sample, whole};

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
        let text = |c: Credit| c.totals().to_csv() + &c.ledger(&Monitor::none()).unwrap().unwrap().to_csv();
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
                + &credit.ledger(&Monitor::none()).unwrap().unwrap().to_csv()
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
        let ledger = credit.ledger(&Monitor::none()).unwrap().unwrap().to_csv();
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
