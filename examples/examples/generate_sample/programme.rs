//! The partner programme "services": enrollments with their tiers, what the partners do in it, and what is measured of
//! them. Drawn after everything else, so that it changes nothing of it.

use crate::accounts;
use crate::calendar::{civil, date, day, instant};
use crate::csv::Csv;
use crate::deals::working_time;
use crate::names::REGIONS;
use crate::partners::{self, Partner};
use crate::people::{self, Credential, Person};
use crate::random::Rng;

/// The programme.
const PROGRAM: &str = "services";
/// Its tiers, from the first.
const TIERS: [&str; 4] = ["registered", "select", "advanced", "premier"];
/// Certified people that each tier takes.
const CERTIFIED: [usize; 4] = [0, 2, 5, 10];
/// Partners whose tier is an exception, and why.
const EXCEPTIONS: [(usize, &str); 5] = [
    (partners::GROUP, "group agreement, approved by the programme board"),
    (partners::LIFTER, "strategic, approved by the vice president of alliances"),
    (partners::MARKETPLACE, "marketplace terms"),
    (29, "grace year after a reorganisation"),
    (61, "regional launch partner"),
];
/// The programme's years begin in February; tiers of the one before are kept.
const YEARS: [(i64, i64); 2] = [(day(2025, 2, 1), day(2026, 1, 31)), (day(2026, 2, 1), day(2027, 1, 31))];

/// `enrollments.csv`: every partner of the programme, one row for each programme year. A tier follows from the certified
/// people on the first day; one in eight was granted a tier higher or lower than that.
pub fn enrollments(seed: u64, partners: &[Partner], credentials: &[Credential], as_of: i64) -> Csv {
    let rng = &Rng::stream(seed, "enrollments");
    let header = "partner_id program track region tier valid_from valid_to exception";
    let mut csv = Csv::new("enrollments.csv", header);
    for (index, partner) in partners.iter().enumerate().filter(|(index, one)| people::in_programme(*index, one)) {
        let track = match partner.types.split(';').next() {
            Some("isv") => "build",
            Some("reseller" | "distributor" | "marketplace") => "sell",
            Some("msp") => "manage",
            _ => "deliver",
        };
        for (first, last) in YEARS {
            let gone = (partner.stage == "offboarded").then_some(partner.active.1);
            if partner.joined > last.min(as_of) || gone.is_some_and(|gone| gone < first) {
                continue;
            }
            let from = partner.joined.max(first);
            let mut tier = tier_of(certified(credentials, index, from));
            if rng.chance(125) {
                tier = if rng.chance(500) { (tier + 1).min(3) } else { tier.saturating_sub(1) };
            }
            let why = EXCEPTIONS.iter().find(|one| one.0 == index && last > as_of).map(|one| one.1);
            if why.is_some() {
                tier = (tier + 1).min(3);
            }
            let to = gone.filter(|gone| *gone <= last).or((last < as_of).then_some(last));
            csv.rows.push(vec![
                partners::id(index),
                PROGRAM.to_owned(),
                track.to_owned(),
                REGIONS[partner.region].to_owned(),
                TIERS[tier].to_owned(),
                date(from),
                to.map_or(String::new(), date),
                why.unwrap_or_default().to_owned(),
            ]);
        }
    }
    csv
}

/// How many people of a partner hold a certification on a day.
fn certified(credentials: &[Credential], partner: usize, on: i64) -> usize {
    let held = credentials.iter().filter(|one| one.partner == partner && one.holds(on));
    held.filter_map(|one| one.person).collect::<std::collections::BTreeSet<_>>().len()
}

fn tier_of(certified: usize) -> usize {
    CERTIFIED.iter().rposition(|&least| certified >= least).unwrap_or(0)
}

/// `activities.csv`: quarter by quarter, what the partners did from 2025 on.
pub fn activities(seed: u64, partners: &[Partner], people: &[Person], as_of: i64) -> Csv {
    // Kind, chance in a quarter, whether a person is named, and the quantity: hours, attendees or leads.
    const KINDS: [(&str, i64, bool, i64, i64); 6] = [
        ("training", 620, true, 4, 24),
        ("webinar", 260, false, 8, 140),
        ("marketing_event", 170, false, 10, 220),
        ("business_plan", 150, false, 1, 1),
        ("customer_workshop", 210, true, 3, 16),
        ("case_study", 60, false, 1, 1),
    ];
    let rng = &Rng::stream(seed, "activities");
    let mut rows: Vec<(i64, Vec<String>)> = Vec::new();
    for (index, partner) in partners.iter().enumerate().filter(|(index, one)| people::in_programme(*index, one)) {
        for quarter in 0..8 {
            let first = day(2025 + quarter / 4, quarter % 4 * 3 + 1, 1);
            for (kind, often, named, low, high) in KINDS {
                // Plans are made in the first quarter.
                let often = if kind == "business_plan" { often * if quarter % 4 == 0 { 5 } else { 0 } } else { often };
                let at = working_time(rng, first + rng.between(3, 87));
                let on = at.div_euclid(crate::calendar::DAY);
                let (hit, quantity, pick) = (rng.chance(often), rng.bell(low, high), rng.below(1_000));
                let account = rng.below(accounts::COUNT);
                if !hit || on < partner.active.0 || on > partner.active.1.min(as_of - 1) {
                    continue;
                }
                let staff: Vec<&Person> = people.iter().filter(|one| one.partner == index && one.there(on)).collect();
                let person = if named && !staff.is_empty() { Some(staff[pick % staff.len()].id) } else { None };
                rows.push((
                    at,
                    vec![
                        partners::id(index),
                        instant(at),
                        kind.to_owned(),
                        person.map_or(String::new(), people::id),
                        if kind == "customer_workshop" { accounts::id(account) } else { String::new() },
                        quantity.to_string(),
                    ],
                ));
            }
        }
    }
    rows.sort();
    let mut csv = Csv::new("activities.csv", "partner_id at kind person_id account_id quantity");
    csv.rows = rows.into_iter().map(|(_, row)| row).collect();
    csv
}

/// `measurements.csv`: consumption by month (in units, on the last day of the month), satisfaction by quarter (1 to 5), and
/// the health of some accounts by quarter (0 to 100).
pub fn measurements(seed: u64, partners: &[Partner], as_of: i64) -> Csv {
    let rng = &Rng::stream(seed, "measurements");
    let mut csv = Csv::new("measurements.csv", "subject id metric value at scope");
    let mut add = |subject: &str, id: String, metric: &str, value: String, at: i64, scope: &str| {
        csv.rows.push(vec![subject.into(), id, metric.into(), value, date(at), scope.into()]);
    };
    let ends: Vec<i64> = (0..24).map(|n| day(2024 + (n + 12) / 12, n % 12 + 2, 1) - 1).collect();
    let ends: Vec<i64> = ends.into_iter().filter(|&end| end < as_of).collect();
    for (index, partner) in partners.iter().enumerate().filter(|(index, one)| people::in_programme(*index, one)) {
        let consumes =
            ["msp", "reseller", "system_integrator", "marketplace"].iter().any(|t| partner.types.contains(t));
        let mut level = rng.bell(120, 9_000);
        let trend = rng.bell(-25, 45);
        for &end in &ends {
            level = (level * (1_000 + trend + rng.bell(-60, 60)) / 1_000).max(20);
            let there = partner.active.0 < end - 60 && end <= partner.active.1;
            if there && consumes {
                add("partner", partners::id(index), "consumption", level.to_string(), end, "");
            }
            let csat = rng.bell(26, 52).min(50);
            if there && civil(end).1 % 3 == 0 && rng.chance(700) {
                add("partner", partners::id(index), "csat", format!("{}.{}", csat / 10, csat % 10), end, "delivery");
            }
        }
    }
    for account in (0..accounts::COUNT).step_by(12) {
        let mut health = rng.bell(30, 98);
        for &end in ends.iter().filter(|&&end| civil(end).1 % 3 == 0) {
            health = (health + rng.bell(-14, 14)).clamp(0, 100);
            add("account", accounts::id(account), "health", health.to_string(), end, "");
        }
    }
    csv
}
