//! Inferred influence: partners that share the account of a deal and have nothing on the deal itself.
//!
//! A partner *shares* a deal if one of its relationships with the account (`account_partners`) holds at some time between
//! the creation of the deal and its close, or if it touched the account from so many days before the creation until the
//! close. Deals on which it has a role, a touch or a registration, or that name it as their source, are on record already
//! and left out. What remains is a list of questions: which partners to ask about which deals, and how much was won there.
//! It is never credit: sharing an account is no work on a deal.
//!
//! Beside the counts stands what chance would give (`chance.rs`). Wins are compared only on closed deals that the partner
//! shared when they were created, so that neither the outcome nor the length of a deal can have brought it there; the other
//! deals are the closed ones that it did not share then, without those that have it on record. Comparable means the same
//! type and region unless told otherwise. Deals of one account are alike in ways that no table shows, so partners with few
//! accounts are not judged, nor are those with few deals. Nor is a win rate beyond chance an effect of the partner: it may
//! have chosen accounts that buy anyway.

use hashbrown::{HashMap, HashSet};
use serde::{Deserialize, Serialize};

use super::involvement::need_as_of;
use super::options::{Days, JourneysOptions, Outcome};
use super::windows::Deals;
use crate::document::out_of_range;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Error, Result};
use crate::facts::{Ecosystem, opportunities};
use crate::review::InferredInfluence;

mod chance;
mod judge;
mod presence;
mod tables;
#[cfg(test)]
mod tests;

use judge::judge;
use presence::{Pair, Presences};

/// What makes deals comparable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum CompareBy {
    /// The type of the deal: new business, expansion, renewal.
    Type,
    /// Its region.
    Region,
    /// What is sold.
    Product,
}

impl CompareBy {
    fn column(self) -> usize {
        match self {
            Self::Type => opportunities::Col::r#type as usize,
            Self::Region => opportunities::Col::region as usize,
            Self::Product => opportunities::Col::product as usize,
        }
    }
}

/// How partners without a record are looked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(default, deny_unknown_fields)]
pub struct InferredInfluenceOptions {
    /// The day that is looked from; ISO 8601. Required.
    pub as_of: Option<String>,
    /// How many days before the creation a touch on the account counts.
    pub window_days: Days,
    /// Only opportunities closed in so many months up to as_of, and the open ones. `None`: all.
    pub months: Option<u32>,
    /// The kinds of touches on accounts that count; an empty list: none. `None`: all.
    pub kinds: Option<Vec<String>>,
    /// The relationships that count; an empty list: none. `None`: all.
    pub relationships: Option<Vec<String>>,
    /// What makes deals comparable; where there are too few, the last one is let go first.
    pub compare_by: Vec<CompareBy>,
    /// The fewest compared deals for which a partner is judged.
    pub min_deals: u32,
    /// The fewest accounts of these deals.
    pub min_accounts: u32,
    /// The fewest other deals that a deal is compared with.
    pub min_comparable: u32,
    /// The largest part of the partners beyond chance that may be there by luck, 0 to 1.
    pub false_discovery_rate: f64,
}

impl Default for InferredInfluenceOptions {
    fn default() -> Self {
        Self {
            as_of: None,
            window_days: Days::Days(180.0),
            months: None,
            kinds: None,
            relationships: None,
            compare_by: vec![CompareBy::Type, CompareBy::Region],
            min_deals: 10,
            min_accounts: 3,
            min_comparable: 20,
            false_discovery_rate: 0.1,
        }
    }
}

impl InferredInfluenceOptions {
    fn check(&self) -> Result<()> {
        self.window_days.micros("window_days")?;
        for (name, least) in [
            ("min_deals", self.min_deals),
            ("min_accounts", self.min_accounts),
            ("min_comparable", self.min_comparable),
        ] {
            if least == 0 {
                return Err(out_of_range(name, least, "1 or more"));
            }
        }
        if !(0.0..=1.0).contains(&self.false_discovery_rate) {
            return Err(out_of_range("false_discovery_rate", self.false_discovery_rate, "0 to 1"));
        }
        if (1..self.compare_by.len()).any(|at| self.compare_by[..at].contains(&self.compare_by[at])) {
            return Err(out_of_range("compare_by", "a list that names a column twice", "each column once"));
        }
        Ok(())
    }
}

/// How a deal stands on the day that is looked from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Won,
    Lost,
    Open,
}

/// A deal.
#[derive(Debug, Clone, Copy)]
struct Case {
    row: usize,
    opportunity: u32,
    /// The account root.
    account: u32,
    /// Its creation; its close where that lies before.
    start: i64,
    /// Its close; the day that is looked from while it is open.
    end: i64,
    state: State,
    /// In the currency of the ecosystem; none for lost deals.
    value: Option<i64>,
}

/// The deals, in the order of their ids.
struct Cases {
    list: Vec<Case>,
    of_opportunity: HashMap<u32, u32>,
    of_account: HashMap<u32, Vec<u32>>,
}

impl Cases {
    fn new(eco: &Ecosystem, options: &InferredInfluenceOptions, as_of: i64) -> Result<Self> {
        let window = options.months.map(|months| super::involvement::trailing(eco, as_of, months)).transpose()?;
        let chunk = eco.keyed("opportunities");
        let mut list = Vec::new();
        for outcome in [Outcome::Won, Outcome::Open] {
            let deals = Deals::new(eco, &journeys_options(options, outcome))?;
            for (slot, &row) in deals.rows.iter().enumerate() {
                let closed = deals.closed[slot];
                let state = match outcome {
                    Outcome::Open => State::Open,
                    _ if deals.won[slot] => State::Won,
                    _ => State::Lost,
                };
                if state != State::Open && window.is_some_and(|(from, to)| closed < from || closed > to) {
                    continue;
                }
                let value = match state {
                    State::Won => eco.opportunity_value(row, None)?,
                    State::Lost => None,
                    State::Open => eco.opportunity_value(row, Some(as_of))?,
                };
                let end = deals.until(slot);
                list.push(Case {
                    row,
                    opportunity: chunk.code(opportunities::Col::opportunity_id as usize, row),
                    account: eco.account_root(chunk.code(opportunities::Col::account_id as usize, row)),
                    start: deals.created[slot].min(end),
                    end,
                    state,
                    value,
                });
            }
        }
        let ranks = eco.keys(crate::table::KeySpace::Opportunity).ranks();
        list.sort_unstable_by_key(|case| ranks[case.opportunity as usize]);
        let mut of_account: HashMap<u32, Vec<u32>> = HashMap::new();
        for (at, case) in list.iter().enumerate() {
            of_account.entry(case.account).or_default().push(at as u32);
        }
        let of_opportunity = list.iter().enumerate().map(|(at, case)| (case.opportunity, at as u32)).collect();
        Ok(Self { list, of_opportunity, of_account })
    }
}

/// The options of journeys that say the same.
fn journeys_options(options: &InferredInfluenceOptions, outcome: Outcome) -> JourneysOptions {
    JourneysOptions {
        outcome,
        kinds: options.kinds.clone(),
        as_of: options.as_of.clone(),
        ..JourneysOptions::default()
    }
}

impl Ecosystem {
    /// Partners that share the accounts of deals without anything on the deals: candidates to ask about, never credit.
    ///
    /// ```
    /// use cosell::{attribution::InferredInfluenceOptions, engine::monitor::Monitor, facts::Ecosystem, table::read_csv};
    /// let deals = b"opportunity_id,account_id,status,created_at,closed_at\nO1,A,won,2026-01-10,2026-03-01\n";
    /// let partners = b"account_id,partner_id,relationship,valid_from\nA,P,msp,2025-06-01\n";
    /// let eco = Ecosystem::builder()
    ///     .table("opportunities", read_csv(deals)?)
    ///     .table("account_partners", read_csv(partners)?)
    ///     .build()?;
    /// let options = InferredInfluenceOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
    /// let found = eco.inferred_influence(&options, &Monitor::none())?;
    /// assert_eq!(found.partners.text(0, "reason"), "too_few_deals");
    /// assert_eq!(found.deals.text(0, "ask"), "present_before");
    /// # Ok::<(), cosell::Error>(())
    /// ```
    ///
    /// # Errors
    /// A missing `as_of`; no table `account_partners` and no touch of a partner on an account; an option out of range or a
    /// name that the data does not have; a missing exchange rate of an open opportunity.
    pub fn inferred_influence(
        &self,
        options: &InferredInfluenceOptions,
        monitor: &Monitor,
    ) -> Result<InferredInfluence> {
        options.check()?;
        let as_of = need_as_of(self, options.as_of.as_deref())?;
        let cases = Cases::new(self, options, as_of)?;
        let presences = Presences::gather(self, options, as_of, monitor)?;
        if self.stored("account_partners").is_none() && !presences.any_touch {
            let message = "this needs the table \"account_partners\", or touches of partners on accounts in \
                           \"touchpoints\", and the ecosystem has neither";
            return Err(Error::new(Code::MissingTable, "account_partners", message));
        }
        let (pairs, own) = presences.pairs(self, &cases);
        let candidates: HashSet<u32> = pairs.iter().map(|pair| pair.partner).collect();
        let recorded = presence::recorded(self, &cases, &candidates, as_of, monitor)?;
        let (on_record, inferred): (Vec<Pair>, Vec<Pair>) =
            pairs.into_iter().partition(|pair| recorded.contains(&(pair.case, pair.partner)));
        monitor.check()?;
        let verdicts = judge(self, options, &cases, &presences, &inferred, &on_record, &recorded);
        monitor.check()?;
        let facts = tables::Facts { options, as_of, cases: &cases, presences: &presences, own_account_pairs: own };
        Ok(facts.result(self, &inferred, &verdicts))
    }
}
