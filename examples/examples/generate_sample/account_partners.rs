//! The partners of the accounts. They are drawn after everything else and change nothing of it. Ordinary partners have
//! accounts of their region by chance. One has many accounts by a coin toss that looks at nothing; another has accounts
//! that were chosen because they win: to share them is a sign that can be found, and no proof of help.

use crate::accounts::{self, Account};
use crate::calendar::{date, day};
use crate::csv::Csv;
use crate::deals::Deal;
use crate::partners::{self, Partner};
use crate::random::Rng;

/// Has accounts that win, and next to nothing on record.
pub const QUIET: usize = 98;
/// Has many accounts by chance.
pub const EVERYWHERE: usize = 109;

/// The accounts of the two.
const ACCOUNTS: usize = 60;

/// A partner that works with an account.
pub struct Relationship {
    pub account: usize,
    pub partner: usize,
    pub kind: &'static str,
    pub from: Option<i64>,
    pub to: Option<i64>,
}

impl Relationship {
    /// Whether it holds at some time from one day to another.
    pub fn meets(&self, first: i64, last: i64) -> bool {
        self.from.is_none_or(|from| from <= last) && self.to.is_none_or(|to| to >= first)
    }
}

/// Draws the relationships, partner by partner.
pub fn draw(seed: u64, partners: &[Partner], accounts: &[Account], deals: &[Deal], as_of: i64) -> Vec<Relationship> {
    let rng = &Rng::stream(seed, "account_partners");
    let mut drawn = Vec::new();
    for (index, partner) in partners.iter().enumerate() {
        match index {
            QUIET => drawn.extend(planted(rng, QUIET, |account| wins(deals, account))),
            EVERYWHERE => drawn.extend(planted(rng, EVERYWHERE, |_| true)),
            _ if partner.weight == 0 || partners::CYCLE.contains(&index) => {}
            _ => drawn.extend(ordinary(rng, index, partner, accounts, as_of)),
        }
    }
    drawn
}

/// Whether an account has at least three closed deals and won most of them.
fn wins(deals: &[Deal], account: usize) -> bool {
    let closed = deals.iter().filter(|deal| deal.account == account && deal.status != "open");
    let (won, all) = closed.fold((0, 0), |(won, all), deal| (won + usize::from(deal.status == "won"), all + 1));
    all >= 3 && 2 * won > all
}

/// Accounts of which each was there before the history began.
fn planted(rng: &Rng, partner: usize, fits: impl Fn(usize) -> bool) -> Vec<Relationship> {
    let mut chosen = Vec::new();
    while chosen.len() < ACCOUNTS {
        let account = rng.below(accounts::COUNT);
        if !chosen.contains(&account) && fits(account) {
            chosen.push(account);
        }
    }
    let first = day(2023, 1, 2);
    let one =
        |account| Relationship { account, partner, kind: "msp", from: Some(first + rng.between(0, 300)), to: None };
    chosen.into_iter().map(one).collect()
}

/// Accounts mostly of the partner's region; some relationships have ended, and of some nobody knows when they began.
fn ordinary(rng: &Rng, index: usize, partner: &Partner, accounts: &[Account], as_of: i64) -> Vec<Relationship> {
    let mut drawn: Vec<Relationship> = Vec::new();
    for _ in 0..rng.bell(2, 26) {
        let account = rng.below(accounts::COUNT);
        let near = accounts[account].region == partner.region || rng.chance(150);
        if !near || drawn.iter().any(|one| one.account == account) {
            continue;
        }
        let kind = match partner.types.split(';').next() {
            Some("msp") => rng.pick(&["msp", "msp", "of_record"]),
            Some("system_integrator") => rng.pick(&["implementer", "implementer", "of_record"]),
            Some("reseller" | "distributor" | "marketplace") => rng.pick(&["reseller", "reseller", "of_record"]),
            _ => "of_record",
        };
        let first = partner.joined.max(day(2022, 1, 3));
        let from = rng.between(first, first.max(as_of - 60));
        let to = rng.chance(180).then(|| from + rng.between(120, 700)).filter(|&to| to < as_of);
        drawn.push(Relationship { account, partner: index, kind, from: (!rng.chance(140)).then_some(from), to });
    }
    drawn
}

/// `account_partners.csv`.
pub fn table(relationships: &[Relationship]) -> Csv {
    let mut csv = Csv::new("account_partners.csv", "account_id partner_id relationship valid_from valid_to");
    for one in relationships {
        csv.rows.push(vec![
            accounts::id(one.account),
            partners::id(one.partner),
            one.kind.to_owned(),
            one.from.map_or(String::new(), date),
            one.to.map_or(String::new(), date),
        ]);
    }
    csv
}
