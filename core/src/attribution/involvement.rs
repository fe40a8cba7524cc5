//! Sourced, influenced and involved won revenue (the words are those of partner operations; each has one meaning here).
//!
//! *Involved*: at least one partner has a role on the opportunity or touched it from 90 days before its creation until its
//! close; its source is involved too. *Sourced*: by default an approved registration, submitted before the vendor's first
//! touch of the opportunity (else before its creation), whose protection holds at the close; one partner per opportunity,
//! the earliest. A registration that names an account and no opportunity counts for those of the account's opportunities
//! that were created from its submission until it expires, under the same conditions and where no registration names the
//! opportunity itself. *Influenced, not sourced*: involved, by a partner that is not the source. The overlap factor is the sum
//! of what each partner could claim in full over the revenue that partners were involved in: it says how much such claims
//! count twice.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::journeys::ChannelOrder;
use super::options::{AccountTouches, Days, JourneysOptions, Outcome};
use super::windows::Deals;
use crate::calendar::Period;
use crate::document::out_of_range;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result};
use crate::facts::read::as_of_instant;
use crate::facts::{Ecosystem, opportunities, opportunity_partners, registrations, touchpoints};
use crate::review::{Involvement, MetricRows, Ratio};
use crate::table::result::{TextColumn, column};
use crate::table::{ColumnData, KeySpace, NULL, Table, Unit};

/// What makes a partner the source of an opportunity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SourcedRule {
    /// An approved registration before the vendor's first sales activity, on the opportunity itself, else on its account.
    #[default]
    Registration,
    /// The first touch in the window is a partner's.
    FirstTouch,
    /// The CRM's field `sourced_by`, unverified.
    Field,
}

/// Which opportunities a registration that names only an account can be the source of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AccountRegistrations {
    /// Those of the account that were created from its submission until it expires; none where it never expires.
    #[default]
    WithinValidity,
    /// None.
    Drop,
}

/// How involvement is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct InvolvementOptions {
    /// The day that is looked from; ISO 8601. Required.
    pub as_of: Option<String>,
    /// What makes a partner the source.
    pub sourced_rule: SourcedRule,
    /// Which opportunities a registration sources that names its account only (`sourced_rule` registration).
    pub account_registrations: AccountRegistrations,
    /// The kinds of touches that count; `None`: all. Roles count beside them.
    pub kinds: Option<Vec<String>>,
    /// How many days before the creation a touch counts.
    pub lookback_days: Days,
    /// Which opportunities a touch on an account serves.
    pub account_touches: AccountTouches,
    /// Only opportunities closed in so many months up to as_of. `None`: all.
    pub months: Option<u32>,
}

impl Default for InvolvementOptions {
    fn default() -> Self {
        Self {
            as_of: None,
            sourced_rule: SourcedRule::default(),
            account_registrations: AccountRegistrations::default(),
            kinds: None,
            lookback_days: Days::Days(90.0),
            account_touches: AccountTouches::default(),
            months: None,
        }
    }
}

/// The day that a call looks from.
pub(crate) fn need_as_of(eco: &Ecosystem, as_of: Option<&str>) -> Result<i64> {
    match as_of {
        Some(text) => as_of_instant(text, eco.zone()),
        None => Err(Error::new(
            Code::MissingOption,
            "as_of",
            "as_of is missing: the day that is looked from, such as \"2026-11-20\" (nothing here reads a clock)",
        )),
    }
}

/// The first and last instant of a trailing window of months.
pub(crate) fn trailing(eco: &Ecosystem, as_of: i64, months: u32) -> Result<(i64, i64)> {
    if !(1..=1200).contains(&months) {
        return Err(out_of_range("months", months, "1 to 1200"));
    }
    let period = Period::trailing(eco.zone().date_of(as_of), months);
    Ok((eco.zone().start_of_day(period.start), eco.zone().end_of_day(period.end)))
}

/// The partners involved in each opportunity, and how the opportunities stand.
pub(super) struct Evidence {
    pub(super) deals: Deals,
    /// Partner roots of each opportunity, by code, each once.
    pub(super) partners: Vec<Vec<u32>>,
    /// The first touch of each opportunity in its window: its time, the place of its id and of its partner in their
    /// orders, and its partner.
    first_touch: Vec<Option<(i64, u32, u32, u32)>>,
}

impl Evidence {
    pub(super) fn gather(eco: &Ecosystem, options: &JourneysOptions, monitor: &Monitor) -> Result<Self> {
        let deals = Deals::new(eco, options)?;
        let kinds = eco.wanted_kinds(options)?;
        let mut partners: Vec<Vec<u32>> = vec![Vec::new(); deals.rows.len()];
        let mut first_touch: Vec<Option<(i64, u32, u32, u32)>> = vec![None; deals.rows.len()];
        let ranks = eco.partner_ranks();
        let touch_ranks = eco.keys(KeySpace::Touch).ranks();
        let rank = |ranks: &[u32], code: u32| if code == NULL { u32::MAX } else { ranks[code as usize] };
        monitor.begin("review", eco.stored("touchpoints").map_or(0, crate::facts::store::Stored::rows))?;
        for chunk in eco.stored("touchpoints").into_iter().flat_map(|s| &s.chunks) {
            use touchpoints::Col;
            for row in 0..chunk.rows {
                let Some(at) = chunk.instant(Col::at as usize, row) else { continue };
                let kind = chunk.code(Col::kind as usize, row);
                if kinds.as_ref().is_some_and(|k| kind == NULL || !k[kind as usize]) {
                    continue;
                }
                let partner = match chunk.code(Col::partner_id as usize, row) {
                    NULL => NULL,
                    code => eco.partner_root(code),
                };
                let opportunity = chunk.code(Col::opportunity_id as usize, row);
                let account = chunk.code(Col::account_id as usize, row);
                let touch = rank(&touch_ranks, chunk.code(Col::touch_id as usize, row));
                let claim = (at, touch, rank(&ranks, partner), partner);
                deals.serve(eco, opportunity, account, at, options.account_touches, |slot| {
                    if partner != NULL {
                        partners[slot].push(partner);
                    }
                    let first = &mut first_touch[slot];
                    if first.is_none_or(|known| claim < known) {
                        *first = Some(claim);
                    }
                });
            }
            monitor.advance(chunk.rows)?;
        }
        for chunk in eco.stored("opportunity_partners").into_iter().flat_map(|s| &s.chunks) {
            use opportunity_partners::Col;
            for row in 0..chunk.rows {
                let slot =
                    deals.slot_of.get(chunk.code(Col::opportunity_id as usize, row) as usize).copied().unwrap_or(NULL);
                let Some(slot) = (slot != NULL).then_some(slot as usize) else { continue };
                if deals.role_at(slot, chunk, row).is_ok() {
                    partners[slot].push(eco.partner_root(chunk.code(Col::partner_id as usize, row)));
                }
            }
        }
        partners.iter_mut().for_each(|p| {
            p.sort_unstable();
            p.dedup();
        });
        Ok(Self { deals, partners, first_touch })
    }
}

impl Deals {
    /// The journeys that a touch serves.
    fn serve(
        &self,
        eco: &Ecosystem,
        opportunity: u32,
        account: u32,
        at: i64,
        accounts: AccountTouches,
        mut each: impl FnMut(usize),
    ) {
        if opportunity != NULL {
            if let Some(&slot) = self.slot_of.get(opportunity as usize)
                && slot != NULL
                && self.place(slot as usize, at).is_ok()
            {
                each(slot as usize);
            }
            return;
        }
        if accounts == AccountTouches::Drop {
            return;
        }
        for &slot in self.of_account(eco.account_root(account)) {
            if self.serves_account(slot as usize, at, accounts) {
                each(slot as usize);
            }
        }
    }
}

impl Ecosystem {
    /// The place of each partner in the order of results, the same as that of channels.
    pub(crate) fn partner_ranks(&self) -> Vec<u32> {
        let keys = self.keys(KeySpace::Partner);
        let mut order: Vec<u32> = (0..keys.len() as u32).collect();
        order.sort_by_cached_key(|&code| ChannelOrder::of(keys.key(code).to_string()));
        let mut ranks = vec![0; order.len()];
        for (rank, code) in order.into_iter().enumerate() {
            ranks[code as usize] = rank as u32;
        }
        ranks
    }

    /// Sourced, influenced and involved won revenue, per partner and in total.
    ///
    /// # Errors
    /// A missing `as_of` or table; an option out of range.
    pub fn involvement(&self, options: &InvolvementOptions, monitor: &Monitor) -> Result<Involvement> {
        let as_of = need_as_of(self, options.as_of.as_deref())?;
        let evidence = Evidence::gather(self, &journeys_options(options), monitor)?;
        let window = options.months.map(|months| trailing(self, as_of, months)).transpose()?;
        let sources = self.sources(options, &evidence);
        let mut tally = Tally::default();
        for (slot, &row) in evidence.deals.rows.iter().enumerate() {
            let closed = evidence.deals.closed[slot];
            if window.is_some_and(|(from, to)| closed < from || closed > to) {
                continue;
            }
            let value = i128::from(self.opportunity_value(row, None)?.unwrap_or(0));
            let source = sources.as_ref().map_or(Source::NONE, |s| s[slot]);
            tally.add(value, source, &evidence.partners[slot]);
        }
        Ok(tally.finish(self, options.sourced_rule, sources.is_some()))
    }

    /// The source of each opportunity; `None` where the rule has nothing to read.
    fn sources(&self, options: &InvolvementOptions, evidence: &Evidence) -> Option<Vec<Source>> {
        let deals = &evidence.deals;
        match options.sourced_rule {
            SourcedRule::FirstTouch => {
                let partner = |f: &Option<(i64, u32, u32, u32)>| f.map_or(NULL, |(.., partner)| partner);
                Some(evidence.first_touch.iter().map(|f| Source::of(partner(f))).collect())
            }
            SourcedRule::Field => {
                let chunk = self.keyed("opportunities");
                let column = opportunities::Col::sourced_by as usize;
                chunk.codes(column)?;
                let root = |code: u32| if code == NULL { NULL } else { self.partner_root(code) };
                Some(deals.rows.iter().map(|&row| Source::of(root(chunk.code(column, row)))).collect())
            }
            SourcedRule::Registration if self.stored("registrations").is_none() => None,
            SourcedRule::Registration => Some(self.registered_sources(deals, options.account_registrations)),
        }
    }

    fn registered_sources(&self, deals: &Deals, on_accounts: AccountRegistrations) -> Vec<Source> {
        use registrations::{APPROVED, CONVERTED, Col};
        let begun = self.first_vendor_touch(deals);
        let ranks = self.partner_ranks();
        // A registration of the opportunity itself goes before one of its account, then the earlier one.
        let mut best: Vec<Option<(bool, i64, u32, u32)>> = vec![None; deals.rows.len()];
        for chunk in self.stored("registrations").into_iter().flat_map(|s| &s.chunks) {
            for row in 0..chunk.rows {
                if !matches!(chunk.member(Col::status as usize, row), Some(APPROVED | CONVERTED)) {
                    continue;
                }
                let Some(submitted) = chunk.instant(Col::submitted_at as usize, row) else { continue };
                let expires = chunk.instant(Col::expires_at as usize, row);
                let partner = self.partner_root(chunk.code(Col::partner_id as usize, row));
                let mut claim = |slot: usize, on_account: bool| {
                    let claim = (on_account, submitted, ranks[partner as usize], partner);
                    let holds = submitted < begun[slot] && deals.closed[slot] <= expires.unwrap_or(i64::MAX);
                    if holds && best[slot].is_none_or(|b| claim < b) {
                        best[slot] = Some(claim);
                    }
                };
                let opportunity = chunk.code(Col::opportunity_id as usize, row);
                let account = chunk.code(Col::account_id as usize, row);
                if opportunity != NULL {
                    let slot = deals.slot_of.get(opportunity as usize).copied().unwrap_or(NULL);
                    if slot != NULL {
                        claim(slot as usize, false);
                    }
                } else if account != NULL && on_accounts == AccountRegistrations::WithinValidity {
                    // Without an end it would claim whatever the account ever buys.
                    let Some(expires) = expires else { continue };
                    for &slot in deals.of_account(self.account_root(account)) {
                        if (submitted..=expires).contains(&deals.created[slot as usize]) {
                            claim(slot as usize, true);
                        }
                    }
                }
            }
        }
        let source = |(on_account, _, _, partner)| Source { partner, on_account };
        best.into_iter().map(|b| b.map_or(Source::NONE, source)).collect()
    }

    /// The vendor's first touch of each opportunity up to its close (touches on its account do not count), else its
    /// creation.
    fn first_vendor_touch(&self, deals: &Deals) -> Vec<i64> {
        use touchpoints::Col;
        let mut first = vec![i64::MAX; deals.rows.len()];
        for chunk in self.stored("touchpoints").into_iter().flat_map(|s| &s.chunks) {
            for row in 0..chunk.rows {
                if chunk.code(Col::partner_id as usize, row) != NULL {
                    continue;
                }
                let slot =
                    deals.slot_of.get(chunk.code(Col::opportunity_id as usize, row) as usize).copied().unwrap_or(NULL);
                // A follow-up after the close is no sales activity on the opportunity.
                if let (true, Some(at)) = (slot != NULL, chunk.instant(Col::at as usize, row))
                    && at <= deals.until(slot as usize)
                {
                    first[slot as usize] = first[slot as usize].min(at);
                }
            }
        }
        first.iter().zip(&deals.created).map(|(&f, &c)| if f == i64::MAX { c } else { f }).collect()
    }

    /// The name of a partner; `None` where the partners were not given.
    pub(crate) fn partner_name(&self, code: u32) -> Option<String> {
        let column = crate::facts::partners::Col::name as usize;
        let row = self.row_of("partners", code)?;
        let stored = self.stored("partners")?;
        stored.dictionaries[column].show(self.keyed("partners").code(column, row))
    }
}

fn journeys_options(options: &InvolvementOptions) -> JourneysOptions {
    JourneysOptions {
        outcome: Outcome::WonOnly,
        lookback_days: options.lookback_days,
        account_touches: options.account_touches,
        kinds: options.kinds.clone(),
        as_of: options.as_of.clone(),
        ..JourneysOptions::default()
    }
}

/// Count and value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Sum {
    deals: i64,
    value: i128,
}

impl Sum {
    fn add(&mut self, value: i128) {
        self.deals += 1;
        self.value += value;
    }
}

/// The partner that an opportunity came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Source {
    /// [`NULL`]: none.
    partner: u32,
    /// By a registration that names the account only.
    on_account: bool,
}

impl Source {
    const NONE: Self = Self::of(NULL);

    const fn of(partner: u32) -> Self {
        Self { partner, on_account: false }
    }
}

const BUCKETS: [&str; 4] = ["sourced_only", "sourced_and_influenced", "influenced_only", "none"];

#[derive(Debug, Default)]
struct Tally {
    buckets: [Sum; 4],
    /// Sourced by a registration of the account only.
    on_account: Sum,
    /// Sourced, influenced and not sourced, involved, by partner.
    partners: HashMap<u32, [Sum; 3]>,
}

impl Tally {
    fn add(&mut self, value: i128, source: Source, partners: &[u32]) {
        if source.on_account {
            self.on_account.add(value);
        }
        let source = source.partner;
        let others = partners.iter().any(|&p| p != source);
        let bucket = match (source != NULL, others) {
            (true, false) => 0,
            (true, true) => 1,
            (false, true) => 2,
            (false, false) => 3,
        };
        self.buckets[bucket].add(value);
        if source != NULL {
            let sums = self.partners.entry(source).or_default();
            sums[0].add(value);
            sums[2].add(value);
        }
        for &partner in partners.iter().filter(|&&p| p != source) {
            let sums = self.partners.entry(partner).or_default();
            sums[1].add(value);
            sums[2].add(value);
        }
    }

    fn finish(self, eco: &Ecosystem, rule: SourcedRule, has_sources: bool) -> Involvement {
        let unit = eco.currency().map_or(Unit::Minor, Unit::Currency);
        let ranks = eco.partner_ranks();
        let mut rows: Vec<(u32, [Sum; 3])> = self.partners.iter().map(|(&p, &s)| (p, s)).collect();
        rows.sort_by_key(|(p, _)| ranks[*p as usize]);
        let known = |which: usize| has_sources || which == 2;
        let counts =
            |which: usize| ColumnData::Int(rows.iter().map(|(_, s)| known(which).then_some(s[which].deals)).collect());
        let values = |which: usize| {
            ColumnData::Money(rows.iter().map(|(_, s)| known(which).then_some(s[which].value)).collect(), unit)
        };
        let partners = Table::new(vec![
            column("partner_id", partner_ids(eco, rows.iter().map(|(p, _)| *p))),
            names(eco, rows.iter().map(|(p, _)| *p)),
            column("sourced_deals", counts(0)),
            column("sourced_value", values(0)),
            column("influenced_not_sourced_deals", counts(1)),
            column("influenced_not_sourced_value", values(1)),
            column("involved_deals", counts(2)),
            column("involved_value", values(2)),
        ]);
        let claims: i128 = rows.iter().map(|(_, s)| s[2].value).sum();
        let metrics = self.metrics(unit, claims, rule, has_sources);
        Involvement { partners, buckets: self.bucket_table(unit, has_sources), metrics }
    }

    fn all(&self) -> Sum {
        self.buckets
            .iter()
            .fold(Sum::default(), |sum, b| Sum { deals: sum.deals + b.deals, value: sum.value + b.value })
    }

    fn bucket_table(&self, unit: Unit, has_sources: bool) -> Table {
        let all = self.all();
        let mut words = TextColumn::default();
        BUCKETS.iter().for_each(|b| words.push(Some(b)));
        // Without a source nothing is known to be sourced: no value, not zero.
        let known: Vec<Option<&Sum>> =
            self.buckets.iter().enumerate().map(|(i, b)| (has_sources || i >= 2).then_some(b)).collect();
        let share = |b: &Sum| (all.value != 0).then(|| b.value as f64 / all.value as f64);
        Table::new(vec![
            words.finish("bucket"),
            column("deals", ColumnData::Int(known.iter().map(|b| b.map(|b| b.deals)).collect())),
            column("value", ColumnData::Money(known.iter().map(|b| b.map(|b| b.value)).collect(), unit)),
            column("share", ColumnData::Float(known.iter().map(|b| b.and_then(share)).collect())),
        ])
    }

    fn metrics(&self, unit: Unit, claims: i128, rule: SourcedRule, has_sources: bool) -> Table {
        let all = self.all();
        let over = |which: &[usize]| {
            which.iter().fold(Sum::default(), |sum, &b| Sum {
                deals: sum.deals + self.buckets[b].deals,
                value: sum.value + self.buckets[b].value,
            })
        };
        let mut rows = MetricRows::default();
        let convention = "closed won, in the currency of the ecosystem";
        rows.push_amount("won_revenue", (all.value, unit), all.deals, convention);
        let convention = match rule {
            SourcedRule::Registration => {
                "approved registration of the deal, else of its account while it was valid, before the vendor's first touch, closing inside its protection"
            }
            SourcedRule::FirstTouch => "the first touch in the window is the partner's",
            SourcedRule::Field => "the CRM's field sourced_by, unverified",
        };
        let missing = match rule {
            SourcedRule::Registration => "no_registrations",
            _ => "no_source_field",
        };
        let mut share = |metric: &str, sum: Sum, convention: &str, there: bool| {
            let ratio = Ratio::of_amounts(sum.value, all.value, unit, all.deals);
            let reason = if there { (all.value == 0).then_some("no_won_revenue") } else { Some(missing) };
            let value = if reason.is_none() { ratio.value() } else { None };
            rows.push(metric, value, ratio, "share", convention, reason);
        };
        share("involved_share", over(&[0, 1, 2]), "at least one partner role or touch, its source included", true);
        share("sourced_share", over(&[0, 1]), convention, has_sources);
        if rule == SourcedRule::Registration {
            let convention = "the part of it by a registration that names the account only, not the deal";
            share("sourced_on_account_share", self.on_account, convention, has_sources);
        }
        share(
            "influenced_not_sourced_share",
            over(&[1, 2]),
            "involved by a partner that is not the source",
            has_sources,
        );
        let involved = over(&[0, 1, 2]);
        // An interval belongs to a share of deals; a share of money has none that is known.
        let ratio = Ratio::of(involved.deals as f64, all.deals as f64, all.deals).counted(involved.deals);
        let reason = (all.deals == 0).then_some("no_won_revenue");
        let convention = "by number of deals, with its 95% Wilson interval";
        rows.push("involved_share_by_count", ratio.value(), ratio, "share", convention, reason);
        let ratio = Ratio::of_amounts(claims, involved.value, unit, involved.deals);
        let reason = (involved.value == 0).then_some("no_involved_revenue");
        rows.push(
            "overlap_factor",
            if reason.is_none() { ratio.value() } else { None },
            ratio,
            "ratio",
            "full-credit claims of all partners / involved revenue counted once",
            reason,
        );
        rows.finish()
    }
}

/// A column of partner ids.
pub(crate) fn partner_ids(eco: &Ecosystem, codes: impl Iterator<Item = u32>) -> ColumnData {
    ColumnData::Keys(codes.collect(), std::sync::Arc::clone(eco.keys(KeySpace::Partner)))
}

/// A column of partner names.
pub(crate) fn names(eco: &Ecosystem, codes: impl Iterator<Item = u32>) -> crate::table::Column {
    let mut names = TextColumn::default();
    codes.for_each(|code| names.push(eco.partner_name(code).as_deref()));
    names.finish("name")
}
