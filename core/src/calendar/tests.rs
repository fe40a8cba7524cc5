//! Tests of times.

use proptest::prelude::*;

use super::date::days_in_month;
use super::*;

fn day(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn at(text: &str) -> i64 {
    match parse_when(text) {
        Ok(Parsed::Instant(instant) | Parsed::Local(instant)) => instant,
        other => panic!("{text}: {other:?}"),
    }
}

#[test]
fn dates_follow_the_gregorian_calendar() {
    assert_eq!(day("1970-01-01"), Date(0));
    assert_eq!(day("2000-03-01"), Date(11_017));
    assert_eq!(day("2026-11-20"), Date(20_777));
    assert_eq!(day("2026-11-20").weekday(), 5);
    assert_eq!(day("1970-01-04").weekday(), 7);
    assert_eq!(MIN_DATE.to_string(), "1900-01-01");
    assert_eq!(MAX_DATE.to_string(), "2200-12-31");
    assert!(Date::parse("2024-02-29").is_ok() && Date::parse("2000-02-29").is_ok());
    for bad in ["2026-02-29", "1900-02-29", "2026-00-10", "2026-13-01", "2026-04-31", "2026-01-00"] {
        assert_eq!(Date::parse(bad), Err(CalendarError::Malformed), "{bad}");
    }
    for far in ["1899-12-31", "2201-01-01", "9999-12-31", "0001-01-01"] {
        assert_eq!(Date::parse(far), Err(CalendarError::OutOfRange), "{far}");
    }
}

#[test]
fn every_supported_day_is_the_day_after_the_one_before() {
    let mut expected = (1900, 1, 1);
    for days in MIN_DATE.0..=MAX_DATE.0 {
        assert_eq!(Date(days).ymd(), expected);
        assert_eq!(Date::from_ymd(expected.0, expected.1, expected.2), Ok(Date(days)));
        let (year, month, day) = expected;
        expected = if day < days_in_month(year, month) {
            (year, month, day + 1)
        } else if month < 12 {
            (year, month + 1, 1)
        } else {
            (year + 1, 1, 1)
        };
    }
    assert_eq!(expected, (2201, 1, 1));
}

#[test]
fn months_are_clamped_to_their_last_day() {
    assert_eq!(day("2026-01-31").add_months(1), day("2026-02-28"));
    assert_eq!(day("2024-01-31").add_months(1), day("2024-02-29"));
    assert_eq!(day("2026-03-31").add_months(-4), day("2025-11-30"));
    assert_eq!(day("2026-11-20").add_months(14), day("2028-01-20"));
    assert_eq!(day("2026-11-20").first_of_month(), day("2026-11-01"));
}

#[test]
fn every_iso_form_is_read() {
    let instant = at("2026-11-20T10:20:30Z");
    assert_eq!(instant, 20_777 * MICROS_PER_DAY + 10 * MICROS_PER_HOUR + 20 * MICROS_PER_MINUTE + 30_000_000);
    for same in [
        "2026-11-20t10:20:30z",
        "  2026-11-20 10:20:30Z ",
        "2026-11-20T11:20:30+01:00",
        "2026-11-20T11:20:30.000+0100",
        "2026-11-20T08:20:30-02",
        "2026-11-20T15:50:30+05:30",
        "2026-11-19T23:20:30-11:00",
        "2026-11-20T10:20:30-00:00",
    ] {
        assert_eq!(parse_when(same), Ok(Parsed::Instant(instant)), "{same}");
    }
    assert_eq!(parse_when("2026-11-20T10:20:30"), Ok(Parsed::Local(instant)));
    assert_eq!(parse_when("2026-11-20 10:20"), Ok(Parsed::Local(instant - 30_000_000)));
    assert_eq!(parse_when("2026-11-20T10:20:30.5"), Ok(Parsed::Local(instant + 500_000)));
    assert_eq!(parse_when("2026-11-20T10:20:30.123456999Z"), Ok(Parsed::Instant(instant + 123_456)));
    assert_eq!(parse_when(" 2026-11-20 "), Ok(Parsed::Date(Date(20_777))));
}

#[test]
fn other_forms_are_refused_and_never_guessed() {
    for bad in [
        "",
        " ",
        "20261120",
        "11/20/2026",
        "20.11.2026",
        "20-11-2026",
        "2026/11/20",
        "2026-11",
        "2026-W47-5",
        "2026-11-20Z",
        "2026-11-20T",
        "2026-11-20T10",
        "2026-11-20T1020",
        "2026-11-20T10:20:",
        "2026-11-20T10:20.5",
        "2026-11-20T10:20:60",
        "2026-11-20T23:59:60Z",
        "2026-11-20T24:00",
        "2026-11-20T10:60",
        "2026-11-20T10:20:30.",
        "2026-11-20T10:20:30.1234567890",
        "2026-11-20T10:20:30+1",
        "2026-11-20T10:20:30+01:60",
        "2026-11-20T10:20:30+24:00",
        "2026-11-20T10:20:30 +01:00",
        "2026-11-20T10:20:30ZZ",
        "2026-11-20T10:20:30*01:00",
        "2026-11-20\n10:20",
        "2026-11-2\u{e9}",
        "\u{0662}\u{0660}26-11-20",
    ] {
        assert_eq!(parse_when(bad), Err(CalendarError::Malformed), "{bad:?}");
    }
    assert_eq!(parse_when("9999-12-31T00:00:00Z"), Err(CalendarError::OutOfRange));
    assert_eq!(parse_when("2200-12-31T23:00:00-02:00"), Err(CalendarError::OutOfRange));
}

#[test]
fn instants_are_written_as_they_are_read() {
    assert_eq!(format_instant(at("2026-11-20T10:20:30Z")), "2026-11-20T10:20:30Z");
    assert_eq!(format_instant(at("2026-11-20T10:20:30.000120Z")), "2026-11-20T10:20:30.000120Z");
    assert_eq!(format_instant(-1), "1969-12-31T23:59:59.999999Z");
}

#[test]
fn utc_days_have_24_hours() {
    let zone = Zone::new("etc/utc").unwrap();
    assert_eq!((zone.name(), &zone), ("UTC", &Zone::utc()));
    assert_eq!(zone.start_of_day(Date(1)), MICROS_PER_DAY);
    assert_eq!(zone.end_of_day(Date(1)), 2 * MICROS_PER_DAY - 1);
    assert_eq!(zone.date_of(-1), Date(-1));
    assert_eq!(zone.local_to_instant(i64::MIN), i64::MIN);
}

#[test]
fn skipped_times_move_forward_and_repeated_times_are_the_first() {
    let zone = Zone::new("america/new_york").unwrap();
    assert_eq!(zone.name(), "America/New_York");
    assert_eq!(zone.local_to_instant(at("2026-11-20T10:00")), at("2026-11-20T15:00Z"));
    assert_eq!(zone.local_to_instant(at("2026-03-08T02:30")), at("2026-03-08T03:30-04:00"), "skipped");
    assert_eq!(zone.local_to_instant(at("2026-11-01T01:30")), at("2026-11-01T01:30-04:00"), "repeated");
    assert_eq!(zone.local_to_instant(at("2026-11-01T01:30:00.25")), at("2026-11-01T01:30:00.25-04:00"));
    assert_eq!(zone.date_of(at("2026-11-20T04:59:59Z")), day("2026-11-19"));
    assert_eq!(zone.end_of_day(day("2026-11-19")), at("2026-11-20T05:00Z") - 1);
    let hours = |date| (zone.end_of_day(date) + 1 - zone.start_of_day(date)) / MICROS_PER_HOUR;
    assert_eq!(hours(day("2026-03-08")), 23);
    assert_eq!(hours(day("2026-11-01")), 25);
}

#[test]
fn days_begin_at_the_jump_where_midnight_is_skipped() {
    let sao_paulo = Zone::new("America/Sao_Paulo").unwrap();
    assert_eq!(sao_paulo.start_of_day(day("2018-11-04")), at("2018-11-04T03:00Z"));
    // Toronto went from 23:30 to 00:30.
    let toronto = Zone::new("America/Toronto").unwrap();
    let jump = at("1919-03-31T04:30Z");
    assert_eq!(toronto.start_of_day(day("1919-03-31")), jump);
    assert_eq!(toronto.date_of(jump), day("1919-03-31"));
    assert_eq!(toronto.date_of(jump - 1), day("1919-03-30"));
    // Samoa had no 30 December 2011.
    let apia = Zone::new("Pacific/Apia").unwrap();
    assert_eq!(apia.start_of_day(day("2011-12-30")), apia.start_of_day(day("2011-12-31")));
    assert_eq!(apia.end_of_day(day("2011-12-30")), apia.start_of_day(day("2011-12-30")) - 1);
    assert_eq!(apia.date_of(apia.end_of_day(day("2011-12-30"))), day("2011-12-29"));
}

#[test]
fn unknown_zones_are_named() {
    for name in ["", "Mars/Olympus", "+01:00", "Europe/Berlin ", "../etc/passwd"] {
        assert_eq!(Zone::new(name), Err(CalendarError::UnknownZone(name.to_owned())));
    }
    assert!(Zone::new("Mars/Olympus").unwrap_err().to_string().contains("\"Mars/Olympus\""));
    let names = Zone::names();
    assert!(names.len() > 400 && names.binary_search(&"Europe/Berlin".to_owned()).is_ok());
}

#[test]
fn fiscal_years_are_named_by_their_end() {
    let calendar = FiscalYear::default();
    let q4 = calendar.quarter(day("2026-11-20"));
    assert_eq!((q4.label.as_str(), q4.start, q4.end), ("FY2026 Q4", day("2026-10-01"), day("2026-12-31")));
    assert_eq!(calendar.year(day("2026-11-20")).label, "FY2026");
    let february = FiscalYear { first_month: 2 };
    let year = february.year(day("2026-11-20"));
    assert_eq!((year.label.as_str(), year.start, year.end), ("FY2027", day("2026-02-01"), day("2027-01-31")));
    let january = february.quarter(day("2026-01-31"));
    assert_eq!((january.label.as_str(), january.start), ("FY2026 Q4", day("2025-11-01")));
    assert_eq!(FiscalYear { first_month: 7 }.quarter(day("2026-07-01")).label, "FY2027 Q1");
}

#[test]
fn trailing_periods_end_on_the_day_they_are_asked_for() {
    let year = Period::trailing(day("2026-11-20"), 12);
    assert_eq!((year.start, year.end), (day("2025-11-21"), day("2026-11-20")));
    assert_eq!((year.label.as_str(), year.days()), ("12 months to 2026-11-20", 365));
    let week = Period::trailing_days(day("2026-11-20"), 7);
    assert_eq!((week.start, week.days()), (day("2026-11-14"), 7));
    assert_eq!(Period::trailing(day("2026-11-20"), 0).days(), 0);
    let month = Period::month(day("2024-02-10"));
    assert_eq!((month.label.as_str(), month.days()), ("2024-02", 29));
    assert!(month.contains(day("2024-02-29")) && !month.contains(day("2024-03-01")));
}

#[test]
fn serde_writes_and_reads_iso_text() {
    let json = serde_json::to_string(&day("2026-11-20")).unwrap();
    assert_eq!(json, "\"2026-11-20\"");
    assert_eq!(serde_json::from_str::<Date>(&json).unwrap(), day("2026-11-20"));
    assert!(serde_json::from_str::<Date>("\"11/20/2026\"").unwrap_err().to_string().contains("11/20/2026"));
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = parse_when(&text);
        let _ = Date::parse(&text);
        let _ = Zone::new(&text);
    }

    #[test]
    fn mutated_valid_text_never_panics(
        cut in 0_usize..40, insert in any::<char>(), replace in any::<bool>(), tail in "[-+:.0-9TZz ]{0,6}",
    ) {
        let valid = format!("2026-11-20T10:20:30.123456{tail}");
        let mut chars: Vec<char> = valid.chars().collect();
        let at = cut.min(chars.len() - 1);
        if replace { chars[at] = insert } else { chars.insert(at, insert) }
        let _ = parse_when(&chars.into_iter().collect::<String>());
    }

    #[test]
    fn no_number_panics(number in any::<i64>(), days in any::<i32>(), months in any::<i32>()) {
        let zone = Zone::new("Europe/Berlin").unwrap();
        let _ = (zone.local_to_instant(number), zone.date_of(number), format_instant(number));
        let _ = (zone.start_of_day(Date(days)), zone.end_of_day(Date(days)), Date(days).add_months(months));
        let _ = (Date(days).to_string(), FiscalYear { first_month: 4 }.quarter(Date(days)).days());
        let _ = (Period::trailing(Date(days), months.unsigned_abs()), Period::month(Date(days)));
    }

    #[test]
    fn written_instants_read_back(instant in at("1900-01-01T00:00Z")..at("2200-12-31T23:59Z")) {
        prop_assert_eq!(parse_when(&format_instant(instant)), Ok(Parsed::Instant(instant)));
    }

    #[test]
    fn an_instant_is_within_its_day(instant in at("1900-01-01T00:00Z")..at("2200-12-31T00:00Z")) {
        for name in ["Europe/Berlin", "Asia/Kolkata", "America/Sao_Paulo", "Pacific/Apia", "Australia/Lord_Howe"] {
            let zone = Zone::new(name).unwrap();
            let date = zone.date_of(instant);
            prop_assert!(zone.start_of_day(date) <= instant && instant <= zone.end_of_day(date), "{}", name);
        }
    }
}
