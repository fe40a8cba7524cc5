//! The people at the partners and what they earned. They are drawn after everything else and change nothing of it. Some
//! have left, some have moved to another partner, and a few credentials are recorded at a partner that the person had left.

use crate::calendar::{date, day};
use crate::csv::Csv;
use crate::names::REGIONS;
use crate::partners::{self, Partner};
use crate::random::Rng;

/// Products whose courses people take, as codes of credentials name them.
const PRODUCTS: [&str; 4] = ["CORE", "VAULT", "FLOW", "INSIGHT"];
/// Levels of a product's courses: name, number of the course, days for which it holds.
const LEVELS: [(&str, &str, i64); 4] = [
    ("foundational", "100", 1_096),
    ("associate", "200", 730),
    ("professional", "300", 730),
    ("specialty", "400", 1_096),
];
/// Credentials that are recorded at a partner after the person had left it.
const RECORDED_LATE: usize = 5;
/// How far back the vendor's records of credentials go.
const RECORDS_BEGIN: i64 = day(2022, 1, 3);

/// A person at a partner.
pub struct Person {
    pub id: usize,
    pub partner: usize,
    pub from: i64,
    pub to: Option<i64>,
}

impl Person {
    /// Whether the person is there on a day.
    pub fn there(&self, on: i64) -> bool {
        self.from <= on && self.to.is_none_or(|to| on <= to)
    }
}

/// Something that a partner or one of its people has earned.
pub struct Credential {
    pub partner: usize,
    pub code: String,
    pub kind: &'static str,
    pub level: &'static str,
    pub person: Option<usize>,
    pub earned: i64,
    pub expires: Option<i64>,
}

impl Credential {
    /// Whether it holds on a day.
    pub fn holds(&self, on: i64) -> bool {
        self.earned <= on && self.expires.is_none_or(|expires| on <= expires)
    }
}

/// The id of a person.
pub fn id(person: usize) -> String {
    format!("H-{:05}", person + 1)
}

/// Whether a partner is in the programme: prospects are not yet, and the two whose rows contradict each other cannot be.
pub fn in_programme(index: usize, partner: &Partner) -> bool {
    partner.stage != "prospect" && !partners::CYCLE.contains(&index)
}

/// Draws the people, partner by partner: 2 to 30 at each; then those who moved.
pub fn draw(seed: u64, partners: &[Partner], as_of: i64) -> Vec<Person> {
    let rng = &Rng::stream(seed, "people");
    let mut people = Vec::new();
    for (index, partner) in partners.iter().enumerate().filter(|(index, partner)| in_programme(*index, partner)) {
        let heads = (partner.staff / 3 + rng.between(2, 6)).clamp(2, 30);
        let end = (partner.stage == "offboarded").then_some(partner.active.1);
        let last = end.unwrap_or(as_of);
        for _ in 0..heads {
            let from = rng.between(partner.joined, (last - 20).max(partner.joined));
            let gone = (last - from > 200 && rng.chance(140)).then(|| rng.between(from + 120, last - 1));
            people.push(Person { id: people.len(), partner: index, from, to: gone.or(end) });
        }
    }
    let hiring: Vec<usize> = (0..partners.len())
        .filter(|&index| in_programme(index, &partners[index]) && partners[index].stage == "active")
        .collect();
    let mut moves = Vec::new();
    for person in &people {
        if let Some(left) = person.to.filter(|to| *to + 40 < as_of)
            && rng.chance(300)
        {
            let to = rng.pick(&hiring);
            let from = left + rng.between(1, 30);
            if to != person.partner && partners[to].joined <= from {
                moves.push(Person { id: person.id, partner: to, from, to: None });
            }
        }
    }
    people.extend(moves);
    people
}

/// Draws the credentials: courses of people, some renewed before they expire; then what the partners earned themselves.
pub fn credentials(seed: u64, partners: &[Partner], people: &[Person], as_of: i64) -> Vec<Credential> {
    let rng = &Rng::stream(seed, "credentials");
    let mut drawn = Vec::new();
    for person in people {
        let courses = rng.weighted(&[22, 34, 24, 13, 7]);
        let mut taken: Vec<(usize, usize)> = Vec::new();
        for _ in 0..courses {
            let course = (rng.weighted(&[44, 26, 18, 12]), rng.weighted(&[38, 32, 20, 10]));
            if !taken.contains(&course) {
                taken.push(course);
                drawn.extend(course_of(rng, person, course, as_of));
            }
        }
    }
    let mut late = 0;
    for person in people {
        let Some(left) = person.to.filter(|to| *to + 90 < as_of && late < RECORDED_LATE) else { continue };
        if rng.chance(150) {
            late += 1;
            drawn.extend(course_of(rng, &Person { from: left + 30, to: None, ..*person }, (0, 1), left + 60));
        }
    }
    for (index, partner) in partners.iter().enumerate().filter(|(index, partner)| in_programme(*index, partner)) {
        drawn.extend(of_partner(rng, index, partner, as_of));
    }
    drawn.sort_by(|a, b| (a.earned, a.partner, a.person, &a.code).cmp(&(b.earned, b.partner, b.person, &b.code)));
    drawn
}

/// One course of a person, and its renewals.
fn course_of(rng: &Rng, person: &Person, (product, level): (usize, usize), as_of: i64) -> Vec<Credential> {
    let (level, number, days) = LEVELS[level];
    let last = person.to.unwrap_or(as_of).min(as_of);
    let first = person.from.max(RECORDS_BEGIN);
    if last < first {
        return Vec::new();
    }
    let mut earned = rng.between(first, last);
    let mut rows = Vec::new();
    loop {
        let expires = earned + days - 1;
        let (partner, code) = (person.partner, format!("LS-{}-{number}", PRODUCTS[product]));
        rows.push(Credential {
            partner,
            code,
            kind: "certification",
            level,
            person: Some(person.id),
            earned,
            expires: Some(expires),
        });
        earned = expires - rng.between(0, 45);
        if earned > last || !rng.chance(620) {
            return rows;
        }
    }
}

/// What a partner has earned as a company: competencies that hold for a year, integrations that hold for good.
fn of_partner(rng: &Rng, index: usize, partner: &Partner, as_of: i64) -> Vec<Credential> {
    let mut rows = Vec::new();
    let first = partner.joined.max(RECORDS_BEGIN);
    let last = partner.active.1.min(as_of);
    let own = |kind, code: String, earned, expires| Credential {
        partner: index,
        code,
        kind,
        level: "",
        person: None,
        earned,
        expires,
    };
    if last - first < 200 {
        return rows;
    }
    for competency in ["migration", "security", "analytics"] {
        if rng.chance(120 + 8 * partner.staff) {
            let mut earned = rng.between(first, last - 120);
            while earned <= last {
                rows.push(own(
                    "competency",
                    format!("LS-COMP-{}", competency.to_uppercase()),
                    earned,
                    Some(earned + 364),
                ));
                earned += 365 - rng.between(0, 20);
                if !rng.chance(850) {
                    break;
                }
            }
        }
    }
    if partner.types.contains("isv") && rng.chance(700) {
        rows.push(own("integration", format!("LS-INT-{}", rng.pick(&PRODUCTS)), rng.between(first, last), None));
    }
    rows
}

/// `people.csv`.
pub fn table(people: &[Person]) -> Csv {
    let mut csv = Csv::new("people.csv", "person_id partner_id valid_from valid_to role");
    for one in people {
        let role = ROLES[one.id % ROLES.len()];
        csv.rows.push(vec![
            id(one.id),
            partners::id(one.partner),
            date(one.from),
            one.to.map_or(String::new(), date),
            role.to_owned(),
        ]);
    }
    csv
}

/// What people do; nothing else of them depends on it.
const ROLES: [&str; 4] = ["account_strategist", "consultant", "developer", "seller"];
/// What credentials are about, for programmes that ask for areas, and the steps within them.
const AREAS: [&str; 5] = ["azure_data_ai", "azure_infrastructure", "business_applications", "modern_work", "security"];
const STEPS: [&str; 3] = ["step_1", "step_2", "step_3"];

/// `credentials.csv`.
pub fn credential_table(credentials: &[Credential], partners: &[Partner]) -> Csv {
    let mut csv = Csv::new(
        "credentials.csv",
        "partner_id code kind level person_id earned_on expires_on region solution_area step",
    );
    for one in credentials {
        // The same for every holder of a code, and far from its own sense.
        let class: usize = one.code.bytes().map(usize::from).sum();
        csv.rows.push(vec![
            partners::id(one.partner),
            one.code.clone(),
            one.kind.to_owned(),
            one.level.to_owned(),
            one.person.map_or(String::new(), id),
            date(one.earned),
            one.expires.map_or(String::new(), date),
            REGIONS[partners[one.partner].region].to_owned(),
            AREAS[class % AREAS.len()].to_owned(),
            STEPS[class % STEPS.len()].to_owned(),
        ]);
    }
    csv
}
