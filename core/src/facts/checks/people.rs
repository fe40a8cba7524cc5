//! What people earn and do for a partner: whether the table `people` places them there, and rows that stand twice.

use hashbrown::HashMap;

use super::unique::sharing;
use super::{Draft, Drafts, number_of};
use crate::calendar::Date;
use crate::error::quoted;
use crate::facts::{activities, credentials, people};
use crate::table::{KeySpace, NULL};

/// Where people work: partner and last instant, by person.
type Places = HashMap<u32, Vec<(u32, i64)>>;

/// Credentials of people who were not at the partner, and those of nobody that stand twice.
pub(super) fn check_credentials(number: usize, table: &Draft, drafts: &mut Drafts) {
    use credentials::Col;
    if let Some(places) = places(drafts) {
        for (row, chunk, r) in table.rows() {
            let ids = (chunk.code(Col::person_id as usize, r), chunk.code(Col::partner_id as usize, r));
            let Some(day) = chunk.date(Col::earned_on as usize, r) else { continue };
            let earned = drafts.zone.start_of_day(Date(day));
            place(number, row, ids, earned, &places, drafts);
        }
    }
    repeated(number, table, drafts, "partner_id", |row| {
        table.locate(row).is_some_and(|(chunk, r)| chunk.code(Col::person_id as usize, r) == NULL)
    });
}

/// Activities of people who were not at the partner, of negative quantity, or that stand twice.
pub(super) fn check_activities(number: usize, table: &Draft, drafts: &mut Drafts) {
    use activities::Col;
    let places = places(drafts);
    for (row, chunk, r) in table.rows() {
        if let (Some(places), Some(at)) = (&places, chunk.instant(Col::at as usize, r)) {
            let ids = (chunk.code(Col::person_id as usize, r), chunk.code(Col::partner_id as usize, r));
            place(number, row, ids, at, places, drafts);
        }
        if chunk.number(Col::quantity as usize, r).is_some_and(|quantity| quantity < 0.0) {
            let message = "a negative quantity; it is kept and lowers the sum".to_owned();
            drafts.remark(number, row, "quantity", "negative_quantity", message);
        }
    }
    repeated(number, table, drafts, "partner_id", |_| true);
}

fn places(drafts: &Drafts) -> Option<Places> {
    use people::Col;
    let table = drafts.tables[number_of("people")].as_ref()?;
    let mut places = Places::new();
    for (_, chunk, r) in table.rows() {
        let until = chunk.instant(Col::valid_to as usize, r).unwrap_or(i64::MAX);
        let place = (chunk.code(Col::partner_id as usize, r), until);
        places.entry(chunk.code(Col::person_id as usize, r)).or_default().push(place);
    }
    Some(places)
}

/// A remark where a person is never at the partner, or had left it before. Who came later may have earned it before, so
/// that is none.
fn place(number: usize, row: usize, ids: (u32, u32), at: i64, places: &Places, drafts: &mut Drafts) {
    let (person, partner) = ids;
    let Some(all) = places.get(&person).filter(|_| person != NULL && partner != NULL) else { return };
    let show = |space: KeySpace, code: u32| quoted(&drafts.keys[space as usize].show(code).unwrap_or_default());
    let who = show(KeySpace::Person, person);
    let (code, message) = match all.iter().filter(|(p, _)| *p == partner).map(|(_, until)| *until).max() {
        Some(until) if until >= at => return,
        Some(until) => {
            let left = drafts.zone.date_of(until);
            ("person_left", format!("person {who} had left this partner on {left}; it stays with the partner"))
        }
        None => {
            let mut at: Vec<String> =
                all.iter().filter(|(p, _)| *p != NULL).map(|(p, _)| show(KeySpace::Partner, *p)).collect();
            at.sort_unstable();
            at.dedup();
            let place = if at.is_empty() { "no partner".to_owned() } else { format!("partner {}", at.join(", ")) };
            let message = format!("people has person {who} at {place}; it stays with the partner that this row names");
            ("person_elsewhere", message)
        }
    };
    drafts.remark(number, row, "person_id", code, message);
}

/// A remark for every row that stands once more, of those that are asked for. Nothing tells whether they are copies or
/// happened twice, so they stay.
fn repeated(number: usize, table: &Draft, drafts: &mut Drafts, column: &str, asked: impl Fn(usize) -> bool) {
    let all: Vec<usize> = (0..table.dictionaries.len()).collect();
    for rows in sharing(table, &all, None).into_iter().filter(|rows| asked(rows[0])) {
        for row in &rows[1..] {
            let message = format!("the same values stand in row {}; both are kept and count", rows[0]);
            drafts.remark(number, *row, column, "repeated_row", message);
        }
    }
}
