//! The accounts: end customers and prospects, a third of them customers before the history begins.

use std::collections::BTreeSet;

use crate::calendar::{date, day};
use crate::csv::Csv;
use crate::names::{self, COUNTRIES, EURO, REGIONS};
use crate::partners::Partner;
use crate::random::Rng;

/// How many accounts there are.
pub const COUNT: usize = 1_500;
/// Partners that are accounts of the vendor as well; they are the last accounts of the list.
pub const OWN_ACCOUNTS: [usize; 12] = [4, 11, 19, 28, 33, 37, 49, 63, 77, 88, 104, 140];
/// The segments, from the smallest to the largest.
pub const SEGMENTS: [&str; 3] = ["smb", "mid_market", "enterprise"];

const INDUSTRIES: [&str; 9] = [
    "manufacturing",
    "financial_services",
    "healthcare",
    "retail",
    "public_sector",
    "energy",
    "media",
    "education",
    "transport",
];

/// One account.
pub struct Account {
    pub name: String,
    pub region: usize,
    pub country: &'static str,
    pub segment: usize,
    pub employees: i64,
    pub industry: &'static str,
    pub parent: Option<usize>,
    /// The day since which it is a customer.
    pub customer_since: Option<i64>,
}

impl Account {
    /// EUR in the euro area, else USD.
    pub fn currency(&self) -> &'static str {
        if EURO.contains(&self.country) { "EUR" } else { "USD" }
    }
}

/// The id of an account in the CRM.
pub fn id(account: usize) -> String {
    format!("A-{:04}", account + 1)
}

/// Draws the accounts.
pub fn draw(seed: u64, partners: &[Partner]) -> Vec<Account> {
    let rng = &Rng::stream(seed, "accounts");
    let mut used = BTreeSet::new();
    let mut accounts = Vec::with_capacity(COUNT);
    for index in 0..COUNT {
        let own = (index + OWN_ACCOUNTS.len()).checked_sub(COUNT).map(|place| &partners[OWN_ACCOUNTS[place]]);
        let region = rng.weighted(&[42, 32, 16, 10]);
        let segment = rng.weighted(&[46, 36, 18]);
        let country = rng.pick(COUNTRIES[region]);
        let (low, high) = [(8, 240), (250, 1_900), (2_000, 42_000)][segment];
        let name = names::account(rng, &mut used);
        accounts.push(Account {
            name: own.map_or(name, |partner| partner.name.clone()),
            region: own.map_or(region, |partner| partner.region),
            country: own.map_or(country, |partner| partner.country),
            segment,
            employees: rng.bell(low, high),
            industry: rng.pick(&INDUSTRIES),
            parent: (index > 100 && rng.chance(50)).then(|| rng.below(100)),
            customer_since: rng.chance(330).then(|| rng.between(day(2019, 3, 1), day(2023, 12, 15))),
        });
    }
    accounts
}

/// `accounts.csv`.
pub fn table(seed: u64, accounts: &[Account]) -> Csv {
    let rng = &Rng::stream(seed, "accounts.csv");
    let mut csv = Csv::new(
        "accounts.csv",
        "account_id name domain country region industry segment employees annual_revenue owner_id parent_id \
         customer_since growth_market",
    );
    for (index, account) in accounts.iter().enumerate() {
        let revenue = account.employees * rng.between(90, 310) * 1_000;
        let named = account.name.is_ascii() && index + OWN_ACCOUNTS.len() >= COUNT;
        csv.rows.push(vec![
            id(index),
            account.name.clone(),
            if named { names::domain(&account.name) } else { format!("customer{:04}.example", index + 1) },
            account.country.to_owned(),
            REGIONS[account.region].to_owned(),
            account.industry.to_owned(),
            SEGMENTS[account.segment].to_owned(),
            account.employees.to_string(),
            if rng.chance(120) { String::new() } else { revenue.to_string() },
            format!("U-{:02}", 1 + (account.region * 6 + index % 6)),
            account.parent.map_or(String::new(), id),
            account.customer_since.map_or(String::new(), date),
            (REGIONS[account.region] == "LATAM").to_string(),
        ]);
    }
    csv
}
