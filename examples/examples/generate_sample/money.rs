//! What the programme costs, the rates that turn EUR into USD, and the old ids of partners and accounts.

use crate::accounts;
use crate::calendar::{DAY, date, day, quarter};
use crate::csv::{Csv, decimal};
use crate::deals::{Deal, Part};
use crate::names::EURO;
use crate::partners::{self, Partner};
use crate::random::Rng;

/// Units of USD per EUR, times 10,000, by the first day of the month.
pub struct Rates(Vec<(i64, i64)>);

impl Rates {
    /// Draws a rate for every month from October 2023 to November 2026.
    pub fn draw(seed: u64) -> Self {
        let rng = &Rng::stream(seed, "exchange_rates");
        let mut rate = 10_950;
        let months = (9..47).map(|month| day(2023 + month / 12, month % 12 + 1, 1));
        let draw = |on| {
            rate = (rate + rng.bell(-190, 190)).clamp(10_300, 11_900);
            (on, rate)
        };
        Self(months.map(draw).collect())
    }

    /// An amount in USD cents, by the latest rate on or before `on`.
    pub fn usd(&self, cents: i64, currency: &str, on: i64) -> i64 {
        let rate = self.0.iter().rev().find(|rate| rate.0 <= on).map_or(10_000, |rate| rate.1);
        if currency == "EUR" { (cents * rate + 5_000) / 10_000 } else { cents }
    }

    /// `exchange_rates.csv`.
    pub fn table(&self) -> Csv {
        let mut csv = Csv::new("exchange_rates.csv", "currency on rate");
        for &(on, rate) in &self.0 {
            csv.rows.push(vec!["EUR".into(), date(on), format!("{}.{:04}", rate / 10_000, rate % 10_000)]);
        }
        csv
    }
}

/// One cost.
pub struct Investment {
    pub partner: Option<usize>,
    pub on: i64,
    pub category: &'static str,
    pub cents: i64,
    pub currency: &'static str,
    campaign: bool,
    service: Option<(i64, i64)>,
}

/// The costs, in the order of their dates.
pub fn investments(seed: u64, partners: &[Partner], deals: &[Deal], as_of: i64) -> Vec<Investment> {
    let rng = &Rng::stream(seed, "investments");
    let today = as_of / DAY;
    let mut costs = Vec::new();
    for number in 0..12 {
        let first = day(2024 + number / 4, number % 4 * 3 + 1, 1);
        quarter_costs(rng, &mut costs, partners, first);
    }
    for deal in deals.iter().filter(|deal| deal.status == "won" && !deal.deleted) {
        let on = deal.end(as_of) / DAY + 30;
        for involved in &deal.involved {
            let (category, per_mille) = match (involved.part, involved.role) {
                (Part::Origin, _) => ("commission", 80),
                (_, "reseller") if involved.partner != partners::CLAIMANT => ("rebate", 20),
                _ => continue,
            };
            let cents = deal.amount * per_mille / 1_000;
            let currency = deal.currency;
            let partner = Some(involved.partner);
            costs.push(Investment { partner, on, category, cents, currency, campaign: false, service: None });
        }
    }
    costs.retain(|cost| cost.on < today);
    costs.sort_by_key(|cost| (cost.on, cost.partner, cost.category, cost.cents));
    costs
}

fn quarter_costs(rng: &Rng, costs: &mut Vec<Investment>, partners: &[Partner], first: i64) {
    let service = Some((first, first + 89));
    let mut add = |rng: &Rng, partner: Option<usize>, category, low, high| {
        let cents = rng.bell(low, high) * 100;
        let euro = partner.is_some_and(|partner| EURO.contains(&partners[partner].country));
        let currency = if euro { "EUR" } else { "USD" };
        let on = first + rng.between(3, 80);
        let campaign = matches!(category, "mdf" | "event");
        let service = service.filter(|_| category != "commission");
        costs.push(Investment { partner, on, category, cents, currency, campaign, service });
    };
    for (category, low, high) in [
        ("headcount", 84_000, 96_000),
        ("technology", 19_000, 24_000),
        ("event", 22_000, 61_000),
        ("enablement", 9_000, 17_000),
    ] {
        add(rng, None, category, low, high);
    }
    for (category, low, high) in [("mdf", 52_000, 68_000), ("headcount", 78_000, 88_000), ("enablement", 8_000, 15_000)]
    {
        add(rng, Some(partners::COSTLY), category, low, high);
    }
    let chances =
        [("mdf", 130), ("co_op", 40), ("event", 25), ("enablement", 35), ("headcount", 12), ("technology", 15)];
    for (index, partner) in partners.iter().enumerate() {
        let works = partner.active.0 <= first && first + 90 <= partner.active.1 && partner.stage != "recruited";
        for (category, per_mille) in chances {
            if works && index != partners::COSTLY && rng.chance(per_mille) {
                add(rng, Some(index), category, 1_500, 16_000);
            }
        }
    }
}

/// `investments.csv`: what is older than four months is paid.
pub fn table(seed: u64, costs: &[Investment], as_of: i64, partner_id: &dyn Fn(&Rng, usize) -> String) -> Csv {
    let rng = &Rng::stream(seed, "investments.csv");
    let mut csv = Csv::new(
        "investments.csv",
        "partner_id on category amount currency status campaign_id service_from service_to",
    );
    for cost in costs {
        let recent = cost.on + 120 > as_of / DAY;
        csv.rows.push(vec![
            cost.partner.map_or(String::new(), |partner| partner_id(rng, partner)),
            date(cost.on),
            cost.category.to_owned(),
            decimal(cost.cents),
            cost.currency.to_owned(),
            if recent { rng.pick(&["approved", "claimed", "paid"]) } else { "paid" }.to_owned(),
            if cost.campaign { format!("C-{}", quarter(cost.on)) } else { String::new() },
            cost.service.map_or(String::new(), |service| date(service.0)),
            cost.service.map_or(String::new(), |service| date(service.1)),
        ]);
    }
    csv
}

/// An old id and the record that it stands for now.
pub struct Alias {
    from: String,
    /// The partner or account.
    to: usize,
    is_partner: bool,
}

/// Four partners that were merged into others, eight that the CRM knows by its own ids, three merged accounts.
pub fn aliases(seed: u64) -> Vec<Alias> {
    const MERGED: [(usize, usize); 4] = [(151, 8), (152, 30), (153, 52), (154, 66)];
    const BY_CRM: [usize; 8] = [2, 12, 25, 37, 49, 60, 74, 111];
    let rng = &Rng::stream(seed, "aliases");
    let letters: Vec<char> = ('A'..='Z').chain('0'..='9').collect();
    let crm_id = || format!("0015g00000{}AAJ", (0..5).map(|_| rng.pick(&letters)).collect::<String>());
    let merged = MERGED.map(|(from, to)| Alias { from: format!("P-{from}"), to, is_partner: true });
    let by_crm: Vec<Alias> = BY_CRM.iter().map(|&to| Alias { from: crm_id(), to, is_partner: true }).collect();
    let accounts = [(1501, 10), (1502, 200), (1503, 333)].map(|(from, to)| Alias {
        from: format!("A-{from}"),
        to,
        is_partner: false,
    });
    merged.into_iter().chain(by_crm).chain(accounts).collect()
}

/// The id of a partner, three times in ten an old one if there is one.
pub fn partner_id(aliases: &[Alias], rng: &Rng, partner: usize) -> String {
    match aliases.iter().find(|alias| alias.is_partner && alias.to == partner) {
        Some(alias) if rng.chance(300) => alias.from.clone(),
        _ => partners::id(partner),
    }
}

/// The id of an account, in one row of two an old one if there is one.
pub fn account_id(aliases: &[Alias], row: usize, account: usize) -> String {
    match aliases.iter().find(|alias| !alias.is_partner && alias.to == account) {
        Some(alias) if row.is_multiple_of(2) => alias.from.clone(),
        _ => accounts::id(account),
    }
}

/// `aliases.csv`.
pub fn alias_table(aliases: &[Alias]) -> Csv {
    let mut csv = Csv::new("aliases.csv", "entity from_id to_id");
    for alias in aliases {
        let (entity, to) =
            if alias.is_partner { ("partner", partners::id(alias.to)) } else { ("account", accounts::id(alias.to)) };
        csv.rows.push(vec![entity.to_owned(), alias.from.clone(), to]);
    }
    csv
}
