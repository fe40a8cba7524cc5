//! Return on partner investment (ROPI): (attributed gross margin - cost) / cost over a trailing window.
//!
//! The margin is the credited value times a margin rate, one for all or one per product; the revenue multiple (credited
//! value / cost) stands beside it. Costs are the paid investments of the window, converted at their day; shared costs are
//! divided by a key that sums to 1. Where the cost is zero or the margin is not known there is no value, but a reason.
//! Discounts are costs only where every credited opportunity of the partner is at list price: otherwise they have lowered
//! the revenue already.

use std::collections::BTreeMap;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::credit::Credit;
use super::involvement::{names, need_as_of, partner_ids, trailing};
use super::weigher::parts_of;
use crate::calendar::Date;
use crate::document::out_of_range;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result, quoted};
use crate::facts::{Ecosystem, investments, opportunities};
use crate::money::split;
use crate::review::{MetricRows, Ratio, Ropi};
use crate::table::result::{TextColumn, column};
use crate::table::{ColumnData, Key, KeySpace, NULL, Table, Unit};

/// Gross margin: one rate, or one per product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum Margin {
    /// One rate for all, 0 to 1.
    Rate(f64),
    /// A rate per product, 0 to 1; `*` stands for the products that are not named. Products that the data do not have are
    /// no fault: a price list may be longer than the year's sales.
    ByProduct(BTreeMap<String, f64>),
}

/// How shared costs are divided among the partners.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(untagged)]
pub enum SharedKey {
    /// By a rule.
    Rule(SharedRule),
    /// By given shares of partners, which sum to 1.
    Shares(BTreeMap<String, f64>),
}

/// A rule that divides shared costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SharedRule {
    /// In proportion to the credited value.
    Credit,
    /// In proportion to the partner's own costs.
    DirectCost,
    /// The same to every partner with credit or cost.
    Equal,
}

/// How the return is measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct RopiOptions {
    /// The last day of the window; ISO 8601. Required.
    pub as_of: Option<String>,
    /// Gross margin. `None`: no return, only the revenue multiple.
    pub margin: Option<Margin>,
    /// How shared costs are divided. `None`: they stand in the total only.
    pub shared_key: Option<SharedKey>,
    /// The months of the window.
    pub months: u32,
}

impl Default for RopiOptions {
    fn default() -> Self {
        Self { as_of: None, margin: None, shared_key: None, months: 12 }
    }
}

/// Journeys between two looks for cancellation.
const PATIENCE: usize = 1 << 14;

/// Margin rates in parts per 10^9.
struct Rates {
    all: Option<i128>,
    by_product: HashMap<u32, i128>,
}

/// What a partner has earned and cost, in minor units.
#[derive(Debug, Clone, Copy, Default)]
struct Account {
    credited: i128,
    /// Times 10^9.
    margin: i128,
    margin_unknown: bool,
    not_list: bool,
    direct: i128,
    discounts: i128,
    shared: i128,
}

impl Account {
    fn cost(&self) -> i128 {
        self.direct + self.shared + if self.not_list { 0 } else { self.discounts }
    }

    fn direct_cost(&self) -> i128 {
        self.cost() - self.shared
    }

    /// Margin in minor units, where it is known.
    fn gross_margin(&self, has_margin: bool) -> Option<i128> {
        (has_margin && !self.margin_unknown).then(|| crate::money::div_half_even(self.margin, 1_000_000_000))
    }

    fn note(&self, has_margin: bool) -> Option<&'static str> {
        match () {
            () if self.cost() == 0 => Some("no_cost"),
            () if !has_margin => Some("no_margin"),
            () if self.margin_unknown => Some("no_margin_of_product"),
            () => None,
        }
    }

    fn add(&mut self, other: &Self) {
        self.credited += other.credited;
        self.margin += other.margin;
        self.margin_unknown |= other.margin_unknown;
        self.direct += other.direct_cost();
        self.shared += other.shared;
    }
}

impl Ecosystem {
    /// Return on partner investment, per partner and in total, for credit of this ecosystem's journeys by partner.
    ///
    /// # Errors
    /// A missing `as_of`; no table `investments`; credit of other journeys or other channels; shares that do not sum to 1;
    /// a margin out of range.
    pub fn ropi(&self, credit: &Credit, options: &RopiOptions, monitor: &Monitor) -> Result<Ropi> {
        let as_of = need_as_of(self, options.as_of.as_deref())?;
        self.need("investments")?;
        let rates = self.rates(options.margin.as_ref())?;
        let window = trailing(self, as_of, options.months)?;
        let mut accounts = self.credited(credit, &rates, window, monitor)?;
        let shared = self.costs(&mut accounts, window)?;
        let left = self.share_out(shared, &mut accounts, options.shared_key.as_ref())?;
        Ok(self.ropi_tables(&accounts, left, options.margin.is_some(), options.months))
    }

    fn rates(&self, margin: Option<&Margin>) -> Result<Rates> {
        let rate = |field: &str, rate: f64| {
            if (0.0..=1.0).contains(&rate) {
                Ok((rate * 1e9).round() as i128)
            } else {
                Err(out_of_range(field, rate, "a rate from 0 to 1, such as 0.65"))
            }
        };
        match margin {
            None => Ok(Rates { all: None, by_product: HashMap::new() }),
            Some(Margin::Rate(all)) => Ok(Rates { all: Some(rate("margin", *all)?), by_product: HashMap::new() }),
            Some(Margin::ByProduct(map)) => {
                let dictionary =
                    self.stored("opportunities").map(|s| s.dictionaries[opportunities::Col::product as usize].clone());
                let mut rates = Rates { all: None, by_product: HashMap::new() };
                for (product, value) in map {
                    let value = rate(&format!("margin.{product}"), *value)?;
                    if product == "*" {
                        rates.all = Some(value);
                    } else if let Some(code) = dictionary.as_ref().and_then(|d| d.find(Key::Text(product))) {
                        rates.by_product.insert(code, value);
                    }
                }
                Ok(rates)
            }
        }
    }

    /// What each partner was credited with in the window.
    fn credited(
        &self,
        credit: &Credit,
        rates: &Rates,
        (from, to): (i64, i64),
        monitor: &Monitor,
    ) -> Result<HashMap<u32, Account>> {
        use opportunities::Col;
        const LIST: &str = "list";
        let journeys = credit.journeys();
        let inner = &journeys.inner;
        let foreign = |what: &str| Error::new(Code::InvalidOption, "credit", what.to_owned());
        let (codes, partner_of) = self.partners_of(credit)?;
        if inner.options["ecosystem"]["outcome"] == "open" {
            return Err(foreign("credit is of open opportunities; a return needs what was won, outcome=\"won\""));
        }
        let (Some(values), Some(closed)) = (&inner.values, &inner.closed) else {
            return Err(foreign("the opportunities have no amounts, so credit has no value"));
        };
        let chunk = self.keyed("opportunities");
        let list =
            self.stored("opportunities").and_then(|s| s.dictionaries[Col::amount_basis as usize].find(Key::Text(LIST)));
        let rule = credit.need_rule()?;
        let mut accounts: HashMap<u32, Account> = HashMap::new();
        monitor.begin("review", journeys.rows())?;
        for journey in 0..journeys.rows() {
            if journey % PATIENCE == PATIENCE - 1 {
                monitor.advance(PATIENCE)?;
            }
            let (begin, end) = (inner.starts[journey], inner.starts[journey + 1]);
            if inner.conversions.get(journey) == 0 || closed[journey] < from || closed[journey] > to || begin == end {
                continue;
            }
            let row = self.row_of("opportunities", codes[journey]).unwrap_or_default();
            let rate = rates.by_product.get(&chunk.code(Col::product as usize, row)).copied().or(rates.all);
            let at_list = list.is_some() && chunk.code(Col::amount_basis as usize, row) == list.unwrap_or(NULL);
            let mut weights = vec![0; end - begin];
            let spread = rule.weigh(&journeys.view(journey), &mut weights);
            for (part, &channel) in parts_of(values[journey], spread, &weights).iter().zip(&inner.channel[begin..end]) {
                let Some(&partner) = partner_of.get(channel as usize).filter(|&&p| p != NULL) else { continue };
                if *part == 0 {
                    continue;
                }
                let account = accounts.entry(partner).or_default();
                account.credited += part;
                account.not_list |= !at_list;
                match rate {
                    Some(rate) => account.margin += part * rate,
                    None => account.margin_unknown = true,
                }
            }
        }
        monitor.advance(journeys.rows() % PATIENCE)?;
        Ok(accounts)
    }

    /// The code of every partner by its id as text.
    fn partners_by_name(&self) -> HashMap<String, u32> {
        let keys = self.keys(KeySpace::Partner);
        (0..keys.len() as u32).map(|code| (keys.key(code).to_string(), code)).collect()
    }

    /// The opportunity of each journey of a credit by partner of this ecosystem, and the partner behind each channel
    /// ([`NULL`] for the names in parentheses).
    pub(super) fn partners_of<'c>(&self, credit: &'c Credit) -> Result<(&'c [u32], Vec<u32>)> {
        let inner = &credit.journeys().inner;
        let foreign = |what: &str| Error::new(Code::InvalidOption, "credit", what.to_owned());
        let same = inner.ids.as_ref().filter(|(_, ids)| std::sync::Arc::ptr_eq(ids, self.keys(KeySpace::Opportunity)));
        let (codes, _) = same.ok_or_else(|| foreign("credit is of other journeys; use credit of eco.journeys(...)"))?;
        if inner.options["ecosystem"]["channel"] != "partner" {
            return Err(foreign("credit is not by partner; make the journeys with channel=\"partner\""));
        }
        Ok((codes, self.channel_partners(credit)))
    }

    /// The partner behind each channel; [`NULL`] for the names in parentheses.
    fn channel_partners(&self, credit: &Credit) -> Vec<u32> {
        let by_name = self.partners_by_name();
        credit.journeys().channels().iter().map(|name| by_name.get(name).copied().unwrap_or(NULL)).collect()
    }

    /// Adds the paid costs of the window to their partners; gives the shared ones.
    fn costs(&self, accounts: &mut HashMap<u32, Account>, (from, to): (i64, i64)) -> Result<i128> {
        use investments::{Col, PAID};
        let stored = self.need("investments")?;
        let (first, last) = (self.zone().date_of(from), self.zone().date_of(to));
        let discount = stored.dictionaries[Col::category as usize].find(Key::Text("discount"));
        let mut shared = 0_i128;
        for chunk in &stored.chunks {
            for row in 0..chunk.rows {
                let Some(on) = chunk.date(Col::on as usize, row).map(Date) else { continue };
                // Without a status column every row counts as paid: nothing says otherwise.
                let paid = chunk.small(Col::status as usize).is_none()
                    || chunk.member(Col::status as usize, row) == Some(PAID);
                if !paid || on < first || on > last {
                    continue;
                }
                let Some(minor) = chunk.instant(Col::amount as usize, row) else { continue };
                let cost = i128::from(self.convert(minor, chunk.member(Col::currency as usize, row), on)?);
                match chunk.code(Col::partner_id as usize, row) {
                    NULL => shared += cost,
                    partner => {
                        let account = accounts.entry(self.partner_root(partner)).or_default();
                        if discount == Some(chunk.code(Col::category as usize, row)) {
                            account.discounts += cost;
                        } else {
                            account.direct += cost;
                        }
                    }
                }
            }
        }
        Ok(shared)
    }

    /// Divides the shared costs; gives what is not divided.
    fn share_out(&self, shared: i128, accounts: &mut HashMap<u32, Account>, key: Option<&SharedKey>) -> Result<i128> {
        let ranks = self.partner_ranks();
        let weights: Vec<(u32, u64)> = match key {
            None => return Ok(shared),
            Some(SharedKey::Shares(shares)) => {
                let sum: f64 = shares.values().sum();
                if (sum - 1.0).abs() > 1e-9 || shares.values().any(|s| !(0.0..=1.0).contains(s)) {
                    return Err(out_of_range("shared_key", sum, "shares of 0 to 1 that sum to 1"));
                }
                let by_name = self.partners_by_name();
                let mut weights = Vec::new();
                for (name, share) in shares {
                    let code = by_name.get(name).copied().ok_or_else(|| {
                        let message =
                            format!("shared_key names the partner {}, which is not in the data", quoted(name));
                        Error::new(Code::UnknownName, format!("shared_key.{name}"), message)
                    })?;
                    weights.push((self.partner_root(code), (share * 1e12).round() as u64));
                }
                weights
            }
            Some(SharedKey::Rule(rule)) => {
                let weight = |a: &Account| match rule {
                    SharedRule::Equal => 1,
                    SharedRule::Credit => u64::try_from(a.credited.max(0)).unwrap_or(u64::MAX),
                    SharedRule::DirectCost => u64::try_from(a.direct_cost().max(0)).unwrap_or(u64::MAX),
                };
                accounts.iter().map(|(&p, a)| (p, weight(a))).collect()
            }
        };
        let mut weights: Vec<(u32, u64)> = weights.into_iter().filter(|(_, w)| *w > 0).collect();
        if weights.is_empty() {
            return Ok(shared);
        }
        weights.sort_by_key(|(p, _)| ranks[*p as usize]);
        let mut parts = vec![0; weights.len()];
        split(shared, &weights.iter().map(|(_, w)| *w).collect::<Vec<_>>(), &mut parts);
        for ((partner, _), part) in weights.iter().zip(parts) {
            accounts.entry(*partner).or_default().shared += part;
        }
        Ok(0)
    }

    fn ropi_tables(&self, accounts: &HashMap<u32, Account>, left: i128, has_margin: bool, months: u32) -> Ropi {
        let unit = self.currency().map_or(Unit::Minor, Unit::Currency);
        let ranks = self.partner_ranks();
        let mut rows: Vec<(u32, Account)> = accounts.iter().map(|(&p, &a)| (p, a)).collect();
        rows.sort_by_key(|(p, _)| ranks[*p as usize]);
        let mut all = Account::default();
        rows.iter().for_each(|(_, a)| all.add(a));
        all.shared += left;
        let of = |accounts: &[Account]| ropi_columns(accounts, has_margin, unit);
        let list: Vec<Account> = rows.iter().map(|(_, a)| *a).collect();
        let mut columns = vec![
            column("partner_id", partner_ids(self, rows.iter().map(|(p, _)| *p))),
            names(self, rows.iter().map(|(p, _)| *p)),
        ];
        columns.extend(of(&list));
        let partners = Table::new(columns);
        let metrics = ropi_metrics(&all, left, has_margin, unit, months, rows.len() as i64);
        Ropi { partners, total: Table::new(of(&[all])), metrics }
    }
}

fn ropi_columns(accounts: &[Account], has_margin: bool, unit: Unit) -> Vec<crate::table::Column> {
    let money = |f: &dyn Fn(&Account) -> Option<i128>| ColumnData::Money(accounts.iter().map(f).collect(), unit);
    let ratio = |f: &dyn Fn(&Account) -> Option<f64>| ColumnData::Float(accounts.iter().map(f).collect());
    let mut note = TextColumn::default();
    accounts.iter().for_each(|a| note.push(a.note(has_margin)));
    vec![
        column("credited_value", money(&|a| Some(a.credited))),
        column("gross_margin", money(&|a| a.gross_margin(has_margin))),
        column("direct_cost", money(&|a| Some(a.direct_cost()))),
        column("shared_cost", money(&|a| Some(a.shared))),
        column("cost", money(&|a| Some(a.cost()))),
        column("ropi", ratio(&|a| ropi_of(a, has_margin))),
        column("revenue_multiple", ratio(&|a| (a.cost() != 0).then(|| a.credited as f64 / a.cost() as f64))),
        note.finish("note"),
    ]
}

fn ropi_of(account: &Account, has_margin: bool) -> Option<f64> {
    let (margin, cost) = (account.gross_margin(has_margin)?, account.cost());
    (cost != 0).then(|| (margin - cost) as f64 / cost as f64)
}

fn ropi_metrics(all: &Account, left: i128, has_margin: bool, unit: Unit, months: u32, partners: i64) -> Table {
    let (cost, margin) = (all.cost(), all.gross_margin(has_margin));
    let mut rows = MetricRows::default();
    let convention = format!("(attributed gross margin - paid cost) / paid cost, trailing {months} months");
    let ratio = margin.map_or(Ratio::none(partners), |m| Ratio::of_amounts(m - cost, cost, unit, partners));
    let note = all.note(has_margin).or((left != 0).then_some("shared_costs_in_total_only"));
    rows.push("ropi", ropi_of(all, has_margin), ratio, "ratio", &convention, note);
    let ratio = Ratio::of_amounts(all.credited, cost, unit, partners);
    let note = (cost == 0).then_some("no_cost");
    rows.push("revenue_multiple", ratio.value(), ratio, "ratio", "credited revenue / paid cost, the same window", note);
    let convention = "paid investments of the window, shared ones included";
    rows.push_amount("partner_cost", (cost, unit), partners, convention);
    rows.finish()
}
