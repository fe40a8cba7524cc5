//! What the data says about the planted parts, measured over clean deals: deals that are neither deleted nor dirty. A
//! partner is involved in a deal if it has a role on it, or a touch on the deal or on its account from 90 days before
//! creation to the close (or to `as_of`).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use crate::account_partners::{self, Relationship};
use crate::calendar::DAY;
use crate::deals::{self, Deal, Part};
use crate::dirt::Dirt;
use crate::journeys::{Registration, Role, Touch};
use crate::money::{Investment, Rates};
use crate::partners::{self, Partner};

/// Everything that was drawn.
pub struct World<'a> {
    pub as_of: i64,
    pub partners: &'a [Partner],
    pub deals: &'a [Deal],
    pub touches: &'a [Touch],
    pub roles: &'a [Role],
    pub registrations: &'a [Registration],
    pub investments: &'a [Investment],
    pub rates: &'a Rates,
    pub relationships: &'a [Relationship],
    pub dirt: &'a Dirt,
}

/// A clean deal, with what is needed to count it.
struct Seen<'a> {
    index: usize,
    deal: &'a Deal,
    usd: i64,
    involved: BTreeSet<usize>,
    /// The touches in the window, first to last; `None` is the vendor.
    journey: Vec<Option<usize>>,
    first_vendor_touch: Option<i64>,
}

impl World<'_> {
    fn seen(&self) -> Vec<Seen<'_>> {
        let mut on_deal: BTreeMap<usize, Vec<&Touch>> = BTreeMap::new();
        let mut on_account: BTreeMap<usize, Vec<&Touch>> = BTreeMap::new();
        for touch in self.touches {
            match (touch.deal, touch.account) {
                (Some(deal), _) => on_deal.entry(deal).or_default().push(touch),
                (None, Some(account)) => on_account.entry(account).or_default().push(touch),
                (None, None) => {}
            }
        }
        let clean = |index: &usize| !self.deals[*index].deleted && !self.dirt.deals.contains(index);
        let see = |index: usize| {
            let deal = &self.deals[index];
            let end = deal.end(self.as_of);
            let own = on_deal.get(&index).into_iter().flatten();
            let mut all: Vec<&&Touch> =
                own.clone().chain(on_account.get(&deal.account).into_iter().flatten()).collect();
            all.retain(|touch| (deal.created - 90 * DAY..=end).contains(&touch.at));
            all.sort_by_key(|touch| touch.at);
            let journey: Vec<Option<usize>> = all.iter().map(|touch| touch.partner).collect();
            let roles = self.roles.iter().filter(|role| role.deal == index).map(|role| role.partner);
            Seen {
                index,
                deal,
                usd: self.rates.usd(deal.amount, deal.currency, end.min(self.as_of) / DAY),
                involved: journey.iter().flatten().copied().chain(roles).collect(),
                journey,
                first_vendor_touch: own.clone().filter(|touch| touch.partner.is_none()).map(|touch| touch.at).min(),
            }
        };
        (0..self.deals.len()).filter(clean).map(see).collect()
    }

    /// `expected.json`.
    pub fn expected(&self, rows: &[(&str, usize)]) -> String {
        let seen = self.seen();
        let mut json = String::from("{\n  \"as_of\": \"2026-11-20\",\n  \"currency\": \"USD\",\n");
        section(&mut json, "rows", &rows.iter().map(|row| (row.0.to_owned(), row.1.to_string())).collect::<Vec<_>>());
        section(&mut json, "clean_opportunities", &self.overview(&seen));
        let planted = [
            ("originator", partners::ORIGINATOR),
            ("closer", partners::CLOSER),
            ("bystander", partners::BYSTANDER),
            ("lifter", partners::LIFTER),
            ("costly", partners::COSTLY),
            ("registrar", partners::REGISTRAR),
            ("claimant", partners::CLAIMANT),
            ("marketplace", partners::MARKETPLACE),
            ("group", partners::GROUP),
        ];
        for (name, partner) in planted {
            section(&mut json, name, &self.part(&seen, partner));
        }
        for (name, partner) in [("quiet", account_partners::QUIET), ("everywhere", account_partners::EVERYWHERE)] {
            section(&mut json, name, &self.at_accounts(&seen, partner));
        }
        let kinds = self.dirt.kinds.iter().map(|kind| (format!("{}: {}", kind.0, kind.1), kind.2.to_string()));
        section(&mut json, "dirty_rows", &kinds.collect::<Vec<_>>());
        let mut ids: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (table, kind, id) in &self.dirt.rows {
            ids.entry(format!("{table}: {kind}")).or_default().push(format!("\"{id}\""));
        }
        let ids = ids.into_iter().map(|(kind, ids)| (kind, format!("[{}]", ids.join(", "))));
        section(&mut json, "dirty_row_ids", &ids.collect::<Vec<_>>());
        section(&mut json, "rows_that_go_with_unreadable_opportunities", &self.cascade());
        json.truncate(json.len() - 2);
        json + "\n}\n"
    }

    fn overview(&self, seen: &[Seen]) -> Vec<(String, String)> {
        let count = |status: &str| seen.iter().filter(|one| one.deal.status == status).count();
        let won = || seen.iter().filter(|one| one.deal.status == "won");
        let alone = || won().filter(|one| one.involved.is_empty());
        let sum = |some: &mut dyn Iterator<Item = &Seen>| some.map(|one| one.usd).sum::<i64>();
        let (value, value_alone) = (sum(&mut won()), sum(&mut alone()));
        let touches = |one: &Seen| self.touches.iter().filter(|touch| touch.deal == Some(one.index)).count();
        named(&[
            ("open", count("open").to_string()),
            ("won", count("won").to_string()),
            ("lost", count("lost").to_string()),
            ("deleted_not_counted", self.deals.iter().filter(|deal| deal.deleted).count().to_string()),
            ("win_rate", ratio(count("won") as i64, (count("won") + count("lost")) as i64)),
            (
                "eur_share_of_deals",
                ratio(seen.iter().filter(|one| one.deal.currency == "EUR").count() as i64, seen.len() as i64),
            ),
            ("won_usd", crate::csv::decimal(value)),
            ("won_without_partner", alone().count().to_string()),
            ("won_without_partner_usd", crate::csv::decimal(value_alone)),
            ("won_without_partner_share_of_value", ratio(value_alone, value)),
            ("most_touches_on_a_deal", seen.iter().map(touches).max().unwrap_or(0).to_string()),
        ])
    }

    fn part(&self, seen: &[Seen], partner: usize) -> Vec<(String, String)> {
        let group = |found: &BTreeSet<usize>| found.iter().any(|one| self.partners[*one].parent == Some(partner));
        let mine: Vec<&Seen> = seen.iter().filter(|one| one.involved.contains(&partner)).collect();
        let closed = |some: &[&Seen], status: &str| some.iter().filter(|one| one.deal.status == status).count() as i64;
        let won: Vec<&&Seen> = mine.iter().filter(|one| one.deal.status == "won").collect();
        let usd = |test: &dyn Fn(&Seen) -> bool| won.iter().filter(|one| test(one)).map(|one| one.usd).sum::<i64>();
        let others: Vec<&Seen> = seen.iter().filter(|one| !one.involved.contains(&partner)).collect();
        let first = |one: &Seen| one.journey.iter().flatten().next() == Some(&partner);
        let last = |one: &Seen| one.journey.iter().flatten().next_back() == Some(&partner);
        let counted = |test: &dyn Fn(&Seen) -> bool| won.iter().filter(|one| test(one)).count().to_string();
        let year = self.as_of / DAY - 365;
        let cost: i64 = self
            .investments
            .iter()
            .filter(|cost| cost.partner == Some(partner) && cost.on > year)
            .map(|cost| self.rates.usd(cost.cents, cost.currency, cost.on))
            .sum();
        let recent = |one: &Seen| one.deal.closed.is_some_and(|at| at / DAY > year);
        let registered = |status: &str| {
            self.registrations.iter().filter(|one| one.partner == partner && one.status == status).count().to_string()
        };
        let on_time = seen.iter().filter(|one| self.registered_in_time(one, partner)).count();
        let mut facts = named(&[
            ("partner_id", format!("\"{}\"", partners::id(partner))),
            ("involved", mine.len().to_string()),
            ("involved_won", closed(&mine, "won").to_string()),
            ("involved_lost", closed(&mine, "lost").to_string()),
            ("win_rate", ratio(closed(&mine, "won"), closed(&mine, "won") + closed(&mine, "lost"))),
            ("win_rate_of_the_others", ratio(closed(&others, "won"), closed(&others, "won") + closed(&others, "lost"))),
            ("originated", seen.iter().filter(|one| one.deal.origin() == Some(partner)).count().to_string()),
            ("originated_won", counted(&|one| one.deal.origin() == Some(partner))),
            (
                "only_touch_is_before_creation",
                mine.iter().filter(|one| self.only_early(one, partner)).count().to_string(),
            ),
            ("involved_won_usd", crate::csv::decimal(usd(&|_| true))),
            ("first_partner_touch_won", counted(&first)),
            ("first_partner_touch_won_usd", crate::csv::decimal(usd(&first))),
            ("last_partner_touch_won", counted(&last)),
            ("last_partner_touch_won_usd", crate::csv::decimal(usd(&last))),
            ("first_touch_won", counted(&|one| one.journey.first() == Some(&Some(partner)))),
            ("last_touch_won", counted(&|one| one.journey.last() == Some(&Some(partner)))),
            ("named_in_sourced_by", seen.iter().filter(|one| one.deal.sourced_by == Some(partner)).count().to_string()),
            ("registrations_approved", registered("approved")),
            ("registrations_rejected", registered("rejected")),
            ("registered_in_time", on_time.to_string()),
            ("cost_last_365_days_usd", crate::csv::decimal(cost)),
            ("involved_won_last_365_days_usd", crate::csv::decimal(usd(&recent))),
        ]);
        if partner == partners::GROUP {
            let family: Vec<&Seen> =
                seen.iter().filter(|one| one.involved.contains(&partner) || group(&one.involved)).collect();
            facts.push(("involved_won_with_subsidiaries".into(), closed(&family, "won").to_string()));
            let usd = family.iter().filter(|one| one.deal.status == "won").map(|one| one.usd).sum();
            facts.push(("involved_won_with_subsidiaries_usd".into(), crate::csv::decimal(usd)));
        }
        facts
    }

    /// The deals at a partner's accounts while it was there, and those on which nothing of it is on record.
    fn at_accounts(&self, seen: &[Seen], partner: usize) -> Vec<(String, String)> {
        let mine: Vec<&Relationship> = self.relationships.iter().filter(|one| one.partner == partner).collect();
        let there = |one: &&Seen| {
            let (first, last) = (one.deal.created / DAY, one.deal.end(self.as_of) / DAY);
            mine.iter().any(|found| found.account == one.deal.account && found.meets(first, last))
        };
        let recorded = |one: &Seen| {
            self.touches.iter().any(|touch| touch.deal == Some(one.index) && touch.partner == Some(partner))
                || self.roles.iter().any(|role| role.deal == one.index && role.partner == partner)
                || self.registrations.iter().any(|found| found.deal == Some(one.index) && found.partner == partner)
                || one.deal.sourced_by == Some(partner)
        };
        let shared: Vec<&Seen> = seen.iter().filter(there).collect();
        let asked: Vec<&&Seen> = shared.iter().filter(|one| !recorded(one)).collect();
        let count = |status: &str| asked.iter().filter(|one| one.deal.status == status).count();
        let usd: i64 = asked.iter().filter(|one| one.deal.status == "won").map(|one| one.usd).sum();
        let (won, lost) = (count("won"), count("lost"));
        named(&[
            ("partner_id", format!("\"{}\"", partners::id(partner))),
            ("accounts", mine.len().to_string()),
            ("deals_at_its_accounts", shared.len().to_string()),
            ("on_record", (shared.len() - asked.len()).to_string()),
            ("won", won.to_string()),
            ("lost", lost.to_string()),
            ("open", count("open").to_string()),
            ("won_usd", crate::csv::decimal(usd)),
            ("win_rate", ratio(won as i64, (won + lost) as i64)),
        ])
    }

    /// An approved deal registration or referral, submitted before the vendor's first touch on the deal (before its
    /// creation if there is none), that protects until the close (until `as_of` while the deal is open).
    fn registered_in_time(&self, one: &Seen, partner: usize) -> bool {
        let start = one.first_vendor_touch.unwrap_or(one.deal.created);
        let end = one.deal.end(self.as_of);
        self.registrations.iter().any(|found| {
            let mine = found.deal == Some(one.index) && found.partner == partner && found.status == "approved";
            let protects = found.expires.is_none_or(|expires| expires / DAY >= end / DAY);
            mine && found.kind != "lead" && found.submitted < start && protects
        })
    }

    fn only_early(&self, one: &Seen, partner: usize) -> bool {
        let mut mine =
            self.touches.iter().filter(|touch| touch.deal == Some(one.index) && touch.partner == Some(partner));
        let early = mine.next().is_some_and(|touch| touch.at < one.deal.created);
        early
            && mine.next().is_none()
            && one.deal.involved.iter().any(|found| found.partner == partner && found.part == Part::Origin)
    }

    fn cascade(&self) -> Vec<(String, String)> {
        let gone = |deal: Option<usize>| deal.is_some_and(|deal| self.dirt.unreadable.contains(&deal));
        let ids: Vec<String> = self.dirt.unreadable.iter().map(|deal| format!("\"{}\"", deals::id(*deal))).collect();
        named(&[
            ("opportunities", format!("[{}]", ids.join(", "))),
            ("touchpoints", self.touches.iter().filter(|touch| gone(touch.deal)).count().to_string()),
            ("opportunity_partners", self.roles.iter().filter(|role| gone(Some(role.deal))).count().to_string()),
            ("registrations", self.registrations.iter().filter(|one| gone(one.deal)).count().to_string()),
        ])
    }
}

fn named(facts: &[(&str, String)]) -> Vec<(String, String)> {
    facts.iter().map(|fact| (fact.0.to_owned(), fact.1.clone())).collect()
}

/// Three decimals, half up.
fn ratio(part: i64, whole: i64) -> String {
    let thousandths = (part * 2_000 + whole) / (whole * 2).max(1);
    format!("{}.{:03}", thousandths / 1_000, thousandths % 1_000)
}

fn section(json: &mut String, name: &str, facts: &[(String, String)]) {
    let lines: Vec<String> = facts.iter().map(|(key, value)| format!("    \"{key}\": {value}")).collect();
    let _ = writeln!(json, "  \"{name}\": {{\n{}\n  }},", lines.join(",\n"));
}
