//! Windows, days that are known, and what leaves.

use super::*;

fn closes(days: &[&str]) -> Ecosystem {
    let deal = |(at, on): (usize, &&str)| json!({"opportunity_id": at.to_string(), "account_id": "X", "status": "won", "created_at": "2020-01-01", "closed_at": on});
    let role = |at: usize| json!({"opportunity_id": at.to_string(), "partner_id": "A", "role": "sourcer"});
    eco(&json!({
        "partners": [{"partner_id": "A"}],
        "opportunities": days.iter().enumerate().map(deal).collect::<Vec<_>>(),
        "opportunity_partners": (0..days.len()).map(role).collect::<Vec<_>>()
    }))
}

#[test]
fn windows_begin_and_end_on_their_days() {
    let eco = closes(&[
        "2025-11-20",
        "2025-11-21",
        "2026-05-31",
        "2026-06-01",
        "2026-10-31",
        "2026-11-01",
        "2026-11-20",
        "2026-11-21",
    ]);
    let count = |window: Value| {
        metric(&eco, &json!({"count": {"from": "opportunities", "window": window}}), "2026-11-20").join("")
    };
    assert_eq!(count(json!({"rolling_months": 12})), "A 6");
    assert_eq!(count(json!({"rolling_days": 20})), "A 2");
    assert_eq!(count(json!({"rolling_days": 21})), "A 3");
    assert_eq!(count(json!({"rolling_days": 0})), "A 0");
    assert_eq!(count(json!({"months_back": 5})), "A 4");
    assert_eq!(count(json!({"full_months": 5})), "A 2");
    assert_eq!(count(json!({"full_months": 6})), "A 3");
    assert_eq!(count(json!({"fiscal_quarter": 11})), "A 2");
    assert_eq!(count(json!({"fiscal_year": 6})), "A 4");
    assert_eq!(count(json!({"since": "2026-11-20"})), "A 1");
    assert_eq!(count(json!("all_time")), "A 7");
    assert_eq!(count(json!({"rolling_months": 4_000_000})), "A 7");
}

#[test]
fn a_leap_day_is_in_the_trailing_year_until_the_end_of_february() {
    let eco = closes(&["2024-02-29"]);
    let year = json!({"count": {"from": "opportunities", "window": {"rolling_months": 12}}});
    assert_eq!(metric(&eco, &year, "2025-02-28"), ["A 1"]);
    assert_eq!(metric(&eco, &year, "2025-03-01"), ["A 0"]);
}

#[test]
fn the_days_of_instants_are_those_of_the_time_zone() {
    let tables = json!({
        "partners": [{"partner_id": "A"}],
        "activities": [{"partner_id": "A", "kind": "webinar", "at": "2026-11-21T04:59:59Z"}]
    });
    let options = EcosystemOptions { timezone: "America/New_York".into(), ..EcosystemOptions::default() };
    let count = json!({"count": {"from": "activities"}});
    assert_eq!(metric(&eco_with(&tables, options), &count, "2026-11-20"), ["A 1"]);
    assert_eq!(metric(&eco(&tables), &count, "2026-11-20"), ["A 0"]);
}

#[test]
fn an_opportunity_that_closes_later_is_open() {
    let eco = eco(&deals());
    let created = |status: &str| json!({"count": {"from": "opportunities", "date": "created_at", "where": [{"field": "status", "is": status}]}});
    assert_eq!(metric(&eco, &created("won"), "2026-03-31"), ["A 1", "B 1", "C 0"]);
    assert_eq!(metric(&eco, &created("open"), "2026-03-31"), ["A 1", "B 1", "C 0"]);
    assert_eq!(metric(&eco, &created("won"), "2026-06-30"), ["A 1", "B 2", "C 0"]);
    assert_eq!(metric(&eco, &created("open"), "2026-06-30"), ["A 1", "B 0", "C 0"]);
}

#[test]
fn a_role_counts_from_the_day_on_which_it_was_recorded() {
    let mut tables = deals();
    tables["opportunity_partners"] = json!([
        {"opportunity_id": "1", "partner_id": "A", "role": "sourcer", "recorded_at": "2026-08-01", "valid_from": "2026-01-01"},
        {"opportunity_id": "1", "partner_id": "B", "role": "sourcer", "recorded_at": null, "valid_from": "2026-05-01"}
    ]);
    let eco = eco(&tables);
    let count = json!({"count": {"from": "opportunities"}});
    assert_eq!(metric(&eco, &count, "2026-04-30"), ["A 0", "B 0", "C 0"]);
    assert_eq!(metric(&eco, &count, "2026-05-01"), ["A 0", "B 1", "C 0"]);
    assert_eq!(metric(&eco, &count, "2026-08-01"), ["A 1", "B 1", "C 0"]);
}

#[test]
fn rows_without_a_date_count_on_no_day_and_are_said() {
    let eco = eco(&deals());
    let measured = try_metric(&eco, &json!({"count": {"from": "opportunities"}}), "2026-11-20").unwrap();
    // The open one is of A.
    assert_eq!(codes(&measured), [("row_without_date", 1)]);
}

#[test]
fn a_window_that_begins_before_the_table_is_said() {
    let eco = closes(&["2026-02-01"]);
    let measured =
        try_metric(&eco, &json!({"count": {"from": "opportunities", "window": {"rolling_months": 12}}}), "2026-11-20")
            .unwrap();
    assert_eq!(codes(&measured), [("window_before_data", 0)]);
    assert_eq!(
        measured.findings[0].message,
        "the window begins on 2025-11-21, but the table opportunities only on 2026-02-01"
    );
    let measured =
        try_metric(&eco, &json!({"count": {"from": "opportunities", "window": {"rolling_months": 3}}}), "2026-03-01")
            .unwrap();
    assert_eq!(codes(&measured), [("window_before_data", 0)]);
    let measured =
        try_metric(&eco, &json!({"count": {"from": "opportunities", "window": {"rolling_months": 1}}}), "2026-03-01")
            .unwrap();
    assert!(codes(&measured).is_empty());
}

#[test]
fn a_change_is_measured_as_of_the_earlier_day() {
    let eco = closes(&["2024-05-01", "2025-01-01", "2025-11-20", "2026-01-01", "2026-02-01", "2026-03-01"]);
    let program = program(
        &json!({
            "wins": {"measure": {"count": {"from": "opportunities", "window": {"rolling_months": 12}}}},
            "growth": {"measure": {"change": {"of": "wins", "months": 12}}}
        }),
        &Value::Null,
    );
    let measured = measured(&eco, &program, "2026-11-20");
    let then = program.compiled().columns.iter().position(|c| c.months_ago == 12).unwrap();
    assert_eq!(shown(&measured, program.compiled().column("wins").unwrap()), ["A 3"]);
    assert_eq!(shown(&measured, then), ["A 2"]);
}

#[test]
fn leavers_are_the_days_on_which_the_metric_falls() {
    let eco = eco(&json!({
        "partners": [{"partner_id": "A"}, {"partner_id": "B"}],
        "credentials": [
            {"partner_id": "A", "code": "1", "earned_on": "2026-01-01", "expires_on": "2026-12-31"},
            {"partner_id": "A", "code": "2", "earned_on": "2026-01-01", "expires_on": "2026-12-31"},
            {"partner_id": "A", "code": "3", "earned_on": "2026-01-01", "expires_on": null},
            {"partner_id": "B", "code": "1", "earned_on": "2026-01-01", "expires_on": "2027-06-30"},
            {"partner_id": "B", "code": "2", "earned_on": "2026-11-25", "expires_on": "2026-12-01"}
        ],
        "activities": [{"partner_id": "B", "kind": "webinar", "at": "2026-03-31T10:00:00Z"}]
    }));
    let program = program(
        &json!({
            "certs": {"measure": {"count": {"from": "credentials"}}},
            "points": {"measure": {"points": {"rows": {"from": "activities", "window": {"rolling_months": 11}}, "rules": [{"points": 5}]}}}
        }),
        &Value::Null,
    );
    let inputs = MeasureInputs::default();
    let code = |id: &str| eco.keys(KeySpace::Partner).find(Key::Text(id)).unwrap();
    let list = leavers(
        program.compiled(),
        &eco,
        &inputs,
        day("2026-11-20"),
        day("2027-06-30"),
        Part::default(),
        &Monitor::none(),
    )
    .unwrap();
    let leaver = |partner, column, on: &str, rows| Leaver { partner: code(partner), column, on: day(on), rows };
    // The credential of B that begins on 25 November is not known yet.
    assert_eq!(list, [leaver("A", 0, "2027-01-01", 2), leaver("B", 1, "2027-03-01", 1)]);
    let days = [day("2026-11-20"), day("2026-12-31"), day("2027-01-01"), day("2027-02-28"), day("2027-03-01")];
    let at = |days: &[Date], known: Date, part: Part<'_>| {
        let mut measured = Vec::new();
        measure_at(program.compiled(), &eco, &inputs, days, known, part, &Monitor::none(), |_, one| {
            measured.push(one);
            Ok(())
        })
        .unwrap();
        measured
    };
    let later = at(&days, day("2026-11-20"), Part::default());
    let column = |column: usize| later.iter().map(|m| shown(m, column).join(", ")).collect::<Vec<_>>();
    assert_eq!(column(0), ["A 3, B 1", "A 3, B 1", "A 1, B 1", "A 1, B 1", "A 1, B 1"]);
    assert_eq!(column(1), ["A 0, B 5", "A 0, B 5", "A 0, B 5", "A 0, B 5", "A 0, B 0"]);
    let one = at(&days[..1], days[0], Part { partners: Some(&[code("B")]), decisive: false });
    assert_eq!(shown(&one[0], 0), ["B 1"]);
}
