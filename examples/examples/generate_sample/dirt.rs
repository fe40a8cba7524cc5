//! The dirt: rows as CRMs have them, put into tables that were clean. Each kind has a name and a count, and every deal
//! that is hit is known, so that the planted figures can leave it out.

use std::collections::BTreeSet;

use crate::calendar::{DAY, date, instant};
use crate::csv::{Csv, decimal};
use crate::deals::{self, Deal};
use crate::journeys::Touch;
use crate::partners;
use crate::random::Rng;

/// The tables that take dirt.
pub struct Tables<'a> {
    pub partners: &'a mut Csv,
    pub opportunities: &'a mut Csv,
    pub touchpoints: &'a mut Csv,
}

/// What was done: deals that are hit, and how many rows each kind has.
#[derive(Default)]
pub struct Dirt {
    /// Deals with a dirty row of their own.
    pub deals: BTreeSet<usize>,
    /// Deals whose own row can't be read (and takes its touches, roles and registrations along).
    pub unreadable: BTreeSet<usize>,
    /// Table, kind and rows.
    pub kinds: Vec<(&'static str, &'static str, usize)>,
    /// Table, kind and the id of a row.
    pub rows: Vec<(&'static str, &'static str, String)>,
}

impl Dirt {
    fn note(&mut self, table: &'static str, kind: &'static str, id: &str) {
        match self.kinds.iter_mut().find(|known| (known.0, known.1) == (table, kind)) {
            Some(known) => known.2 += 1,
            None => self.kinds.push((table, kind, 1)),
        }
        self.rows.push((table, kind, id.to_owned()));
    }
}

/// Chooses deals to spoil: ordinary ones, each at most once.
struct Chooser<'a> {
    rng: Rng,
    deals: &'a [Deal],
    touched: BTreeSet<usize>,
    used: BTreeSet<usize>,
}

impl Chooser<'_> {
    /// A deal that `test` accepts, without planted partners.
    fn any(&mut self, test: impl Fn(&Deal) -> bool) -> usize {
        loop {
            let index = self.rng.below(self.deals.len());
            let deal = &self.deals[index];
            let plain = deal.involved.iter().all(|one| !planted(one.partner)) && !deal.deleted;
            if plain && test(deal) && self.used.insert(index) {
                return index;
            }
        }
    }

    /// The same, among deals that nobody touched.
    fn untouched(&mut self, test: impl Fn(&Deal) -> bool) -> usize {
        loop {
            let index = self.any(&test);
            if !self.touched.contains(&index) {
                return index;
            }
        }
    }
}

fn planted(partner: usize) -> bool {
    use partners::{
        BYSTANDER, CLAIMANT, CLOSER, COSTLY, GROUP, LIFTER, MARKETPLACE, ORIGINATOR, REGISTRAR, SUBSIDIARIES,
    };
    [ORIGINATOR, CLOSER, BYSTANDER, LIFTER, COSTLY, REGISTRAR, CLAIMANT, MARKETPLACE, GROUP].contains(&partner)
        || SUBSIDIARIES.contains(&partner)
}

/// Spoils the tables.
pub fn spoil(seed: u64, tables: &mut Tables, deals: &[Deal], touches: &[Touch], as_of: i64) -> Dirt {
    let touched = touches.iter().filter_map(|touch| touch.deal).collect();
    let mut chooser = Chooser { rng: Rng::stream(seed, "dirt"), deals, touched, used: BTreeSet::new() };
    let mut dirt = Dirt::default();
    spoil_partners(tables.partners, &mut dirt);
    unreadable_deals(tables.opportunities, &mut chooser, &mut dirt);
    implausible_deals(tables.opportunities, &mut chooser, &mut dirt, as_of);
    spoil_touches(tables.touchpoints, &mut chooser, &mut dirt, as_of);
    duplicate_deals(tables.opportunities, &mut chooser, &mut dirt);
    dirt
}

fn spoil_partners(csv: &mut Csv, dirt: &mut Dirt) {
    for (partner, types) in partners::CUSTOM_TYPE.into_iter().zip(["Value Added Reseller", "msp;Value Added Reseller"])
    {
        csv.set(partner, "types", types);
        dirt.note("partners", "type not in the picklist", &partners::id(partner));
    }
    let [one, other] = partners::CYCLE;
    for (child, parent) in [(one, other), (other, one)] {
        csv.set(child, "parent_id", partners::id(parent));
        dirt.note("partners", "parent cycle", &partners::id(child));
    }
}

/// Kind, column, value, count, and which deals can have it.
type Fault<'a> = (&'static str, &'a str, &'a str, usize, &'a dyn Fn(&Deal) -> bool);

fn unreadable_deals(csv: &mut Csv, chooser: &mut Chooser, dirt: &mut Dirt) {
    let closed = |deal: &Deal| deal.closed.is_some();
    let faults: [Fault; 6] = [
        ("impossible date", "closed_at", "2026-13-45", 1, &closed),
        ("unknown currency", "currency", "EURO", 1, &|deal| deal.currency == "EUR" && deal.closed.is_some()),
        ("required value missing", "account_id", "", 1, &|deal| deal.status == "lost"),
        ("amount not a number", "amount", "n/a", 2, &|deal| deal.status == "lost"),
        ("won without closed_at", "closed_at", "", 2, &|deal| deal.status == "won"),
        ("open with closed_at", "closed_at", "2026-10-30", 2, &|deal| {
            deal.closed.is_none() && deal.created < 20_700 * DAY
        }),
    ];
    for (kind, column, value, count, test) in faults {
        for _ in 0..count {
            let deal = chooser.any(test);
            csv.set(deal, column, value);
            dirt.note("opportunities", kind, &deals::id(deal));
            dirt.deals.insert(deal);
            dirt.unreadable.insert(deal);
        }
    }
}

fn implausible_deals(csv: &mut Csv, chooser: &mut Chooser, dirt: &mut Dirt, as_of: i64) {
    let credit_note = chooser.any(|deal| deal.status == "won" && deal.kind == 1 && deal.amount < 3_000_000);
    csv.set(credit_note, "amount", decimal(-chooser.deals[credit_note].amount));
    dirt.note("opportunities", "negative amount", &deals::id(credit_note));
    dirt.deals.insert(credit_note);
    for status in ["won", "lost", "lost", "open"] {
        let trial = chooser.any(|deal| deal.status == status);
        for column in ["amount", "recurring_amount"] {
            csv.set(trial, column, "0.00");
        }
        dirt.note("opportunities", "zero amount", &deals::id(trial));
        dirt.deals.insert(trial);
    }
    for (status, days) in [("won", 2), ("lost", 9), ("lost", 31)] {
        let entered_late = chooser.untouched(|deal| deal.status == status);
        let deal = &chooser.deals[entered_late];
        csv.set(entered_late, "closed_at", date(deal.created.min(as_of) / DAY - days));
        dirt.note("opportunities", "close before creation", &deals::id(entered_late));
        dirt.deals.insert(entered_late);
    }
}

fn duplicate_deals(csv: &mut Csv, chooser: &mut Chooser, dirt: &mut Dirt) {
    for _ in 0..2 {
        let deal = chooser.any(|deal| deal.status == "lost");
        csv.rows.push(csv.rows[deal].clone());
        dirt.note("opportunities", "identical duplicate", &deals::id(deal));
        dirt.deals.insert(deal);
    }
    let deal = chooser.any(|deal| deal.status == "lost");
    csv.rows.push(csv.rows[deal].clone());
    let last = csv.rows.len() - 1;
    csv.set(last, "amount", decimal(chooser.deals[deal].amount * 3 / 2));
    csv.set(last, "owner_id", "U-01");
    dirt.note("opportunities", "conflicting duplicate", &deals::id(deal));
    dirt.deals.insert(deal);
    dirt.unreadable.insert(deal);
}

fn spoil_touches(csv: &mut Csv, chooser: &mut Chooser, dirt: &mut Dirt, as_of: i64) {
    let has_partner = |deal: &Deal| !deal.involved.is_empty() && deal.status == "lost";
    let clean = csv.rows.len();
    let mut number = clean;
    let mut add = |csv: &mut Csv, dirt: &mut Dirt, kind: &'static str, fields: [&str; 4]| {
        number += 1;
        let [deal, partner, at, touch] = fields;
        let id = format!("T-{number:05}");
        let row = [&id, deal, "", partner, at, touch, "", ""];
        csv.rows.push(row.iter().map(|field| (*field).to_owned()).collect());
        dirt.note("touchpoints", kind, &id);
    };
    for partner in ["P-158", "P-163", "P-171", "0015g00000ZZ9KPAAJ", "Harbourline Advisory"] {
        let deal = chooser.any(has_partner);
        let at = instant(chooser.deals[deal].created + 2 * DAY);
        add(csv, dirt, "unknown partner", [&deals::id(deal), partner, &at, "demo"]);
    }
    for deal in ["O-05608", "O-05611", "O-07003", "O-09412"] {
        let at = instant(as_of - chooser.rng.between(100, 300) * DAY);
        add(csv, dirt, "unknown opportunity", [deal, "", &at, "intro_call"]);
    }
    for days in [2, 5, 19, 64] {
        let deal = chooser.any(|deal| has_partner(deal) && deal.end(as_of) < as_of - 70 * DAY);
        let (end, partner) = (chooser.deals[deal].end(as_of), chooser.deals[deal].involved[0].partner);
        let at = instant((end / DAY + days) * DAY + 34_200);
        add(csv, dirt, "touch after close", [&deals::id(deal), &partners::id(partner), &at, "co_sell_meeting"]);
    }
    let deal = chooser.any(has_partner);
    add(csv, dirt, "required value missing", [&deals::id(deal), "", "", "demo"]);
    for _ in 0..2 {
        let row = csv.rows[chooser.rng.below(clean)].clone();
        dirt.note("touchpoints", "identical duplicate", &row[0]);
        csv.rows.push(row);
    }
}
