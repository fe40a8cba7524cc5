//! The sample ecosystem: three years of an invented vendor, Larkspur Systems, with 150 partners, 1,500 accounts and
//! 5,000 opportunities; planted truths that the capabilities should find, and about forty dirty rows of the kinds that
//! CRMs have. The model is told in `examples/data/README.md`. The standard library is all it needs; draws are whole
//! numbers from one seed, so the same seed gives the same bytes on every platform.
//!
//! `cargo run -p cosell-examples --example generate_sample -- examples/data [--seed N]`

#[path = "generate_sample/account_partners.rs"]
mod account_partners;
#[path = "generate_sample/accounts.rs"]
mod accounts;
#[path = "generate_sample/calendar.rs"]
mod calendar;
#[path = "generate_sample/csv.rs"]
mod csv;
#[path = "generate_sample/deals.rs"]
mod deals;
#[path = "generate_sample/dirt.rs"]
mod dirt;
#[path = "generate_sample/journeys.rs"]
mod journeys;
#[path = "generate_sample/lines.rs"]
mod lines;
#[path = "generate_sample/money.rs"]
mod money;
#[path = "generate_sample/names.rs"]
mod names;
#[path = "generate_sample/partners.rs"]
mod partners;
#[path = "generate_sample/people.rs"]
mod people;
#[path = "generate_sample/programme.rs"]
mod programme;
#[path = "generate_sample/random.rs"]
mod random;
#[path = "generate_sample/truth.rs"]
mod truth;

use std::error::Error;
use std::path::{Path, PathBuf};

use calendar::{DAY, day};
use csv::Csv;

const USAGE: &str = "usage: generate_sample FOLDER [--seed N]";

fn main() -> Result<(), Box<dyn Error>> {
    let (folder, seed) = arguments()?;
    std::fs::create_dir_all(&folder)?;
    let (tables, expected) = generate(seed);
    for table in &tables {
        write(&folder, table.name, &table.text())?;
    }
    write(&folder, "expected.json", &expected)
}

fn arguments() -> Result<(PathBuf, u64), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (mut folder, mut seed) = (None, 20_261_120);
    while let Some(argument) = arguments.next() {
        if argument == "--seed" {
            seed = arguments.next().ok_or(USAGE)?.parse()?;
        } else {
            folder = Some(PathBuf::from(argument));
        }
    }
    Ok((folder.ok_or(USAGE)?, seed))
}

fn write(folder: &Path, name: &str, text: &str) -> Result<(), Box<dyn Error>> {
    std::fs::write(folder.join(name), text)?;
    println!("{name}: {} bytes", text.len());
    Ok(())
}

/// The tables, and `expected.json`.
fn generate(seed: u64) -> (Vec<Csv>, String) {
    let as_of = day(2026, 11, 20) * DAY;
    let partners = partners::draw(seed, as_of / DAY);
    let mut accounts = accounts::draw(seed, &partners);
    let deals = deals::draw(seed, &partners, &mut accounts, as_of);
    let touches = journeys::touches(seed, &deals, &partners, as_of);
    let roles = journeys::roles(seed, &deals, &touches, as_of);
    let registrations = journeys::registrations(seed, &deals, &partners, as_of);
    let investments = money::investments(seed, &partners, &deals, as_of);
    let rates = money::Rates::draw(seed);
    let aliases = money::aliases(seed);
    let relationships = account_partners::draw(seed, &partners, &accounts, &deals, as_of / DAY);

    let partner_id = |rng: &random::Rng, partner| money::partner_id(&aliases, rng, partner);
    let account_id = |row, account| money::account_id(&aliases, row, account);
    let ids = journeys::Ids { partner: &partner_id, account: &account_id };
    let own_accounts: Vec<(usize, String)> = (accounts::COUNT - accounts::OWN_ACCOUNTS.len()..)
        .zip(accounts::OWN_ACCOUNTS)
        .map(|(account, partner)| (partner, accounts::id(account)))
        .collect();
    let mut tables = vec![
        partners::table(&partners, &own_accounts),
        deals::table(seed, &deals, &accounts, account_id),
        journeys::touch_table(seed, &touches, &ids),
        accounts::table(seed, &accounts),
        journeys::role_table(seed, &roles, as_of, &ids),
        journeys::registration_table(seed, &registrations, &deals, &ids),
        money::table(seed, &investments, as_of, &partner_id),
        money::alias_table(&aliases),
        rates.table(),
        account_partners::table(&relationships),
    ];
    let dirt = match &mut tables[..] {
        [partners, opportunities, touchpoints, ..] => {
            dirt::spoil(seed, &mut dirt::Tables { partners, opportunities, touchpoints }, &deals, &touches, as_of)
        }
        _ => dirt::Dirt::default(),
    };
    let today = as_of / DAY;
    let people = people::draw(seed, &partners, today);
    let credentials = people::credentials(seed, &partners, &people, today);
    tables.extend([
        programme::enrollments(seed, &partners, &credentials, today),
        people::table(&people),
        people::credential_table(&credentials, &partners),
        programme::activities(seed, &partners, &people, today),
        programme::measurements(seed, &partners, today),
        lines::table(seed, &deals, &dirt.deals, as_of),
    ]);
    let world = truth::World {
        as_of,
        partners: &partners,
        deals: &deals,
        touches: &touches,
        roles: &roles,
        registrations: &registrations,
        investments: &investments,
        rates: &rates,
        relationships: &relationships,
        dirt: &dirt,
    };
    let rows: Vec<(&str, usize)> = tables.iter().map(|table| (table.name, table.rows.len())).collect();
    let expected = world.expected(&rows);
    (tables, expected)
}
