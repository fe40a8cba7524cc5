//! The opportunities that are journeys, and their windows.

use hashbrown::HashMap;

use super::UNKNOWN;
use crate::attribution::options::{AccountTouches, JourneysOptions, Outcome};
use crate::error::{Code, Error, Result};
use crate::facts::read::as_of_instant;
use crate::facts::store::Chunk;
use crate::facts::{Ecosystem, opportunities, opportunity_partners};
use crate::table::{KeySpace, NULL};

/// The opportunities that are journeys, in the order of their ids.
pub(in crate::attribution) struct Deals {
    /// Row of each journey.
    pub(in crate::attribution) rows: Vec<usize>,
    /// The journey of each opportunity code; [`NULL`] is none.
    pub(in crate::attribution) slot_of: Vec<u32>,
    pub(in crate::attribution) created: Vec<i64>,
    pub(in crate::attribution) closed: Vec<i64>,
    /// The first instant that counts; `i64::MIN` is no limit.
    pub(in crate::attribution) from: Vec<i64>,
    pub(in crate::attribution) won: Vec<bool>,
    pub(in crate::attribution) codes: Vec<u32>,
    /// The journeys of each account root.
    by_account: HashMap<u32, Vec<u32>>,
    pub(in crate::attribution) as_of: Option<i64>,
}

impl Deals {
    pub(in crate::attribution) fn new(eco: &Ecosystem, options: &JourneysOptions) -> Result<Self> {
        use opportunities::{Col, LOST, OPEN, WON};
        let as_of = options.as_of.as_deref().map(|text| as_of_instant(text, eco.zone())).transpose()?;
        if options.outcome == Outcome::Open && as_of.is_none() {
            let message = "outcome \"open\" needs as_of: the day that open opportunities are seen from";
            return Err(Error::new(Code::MissingOption, "as_of", message));
        }
        let lookback = options.lookback_days.micros("lookback_days")?;
        eco.need("opportunities")?;
        let chunk = eco.keyed("opportunities");
        let ranks = eco.keys(KeySpace::Opportunity).ranks();
        let wanted = |status: Option<u8>| match options.outcome {
            Outcome::Won => matches!(status, Some(WON | LOST)),
            Outcome::WonOnly => status == Some(WON),
            // What was closed after the day was open on it.
            Outcome::Open => true,
        };
        let code = |row: usize| chunk.code(Col::opportunity_id as usize, row);
        let mut rows: Vec<usize> = (0..chunk.rows)
            .filter(|&row| wanted(chunk.member(Col::status as usize, row)))
            .filter(|&row| match as_of {
                // A journey that had not begun, or not yet closed, is not known at that day.
                Some(day) if options.outcome == Outcome::Open => {
                    let open = chunk.member(Col::status as usize, row) == Some(OPEN);
                    let closes = chunk.instant(Col::closed_at as usize, row);
                    created(&chunk, row) <= day && (open || closes.is_some_and(|c| c > day))
                }
                Some(day) => chunk.instant(Col::closed_at as usize, row).is_none_or(|c| c <= day),
                None => true,
            })
            .collect();
        rows.sort_unstable_by_key(|&row| ranks[code(row) as usize]);
        let mut deals = Self {
            slot_of: vec![NULL; ranks.len()],
            created: Vec::with_capacity(rows.len()),
            closed: Vec::with_capacity(rows.len()),
            from: Vec::with_capacity(rows.len()),
            won: Vec::with_capacity(rows.len()),
            codes: rows.iter().map(|&row| code(row)).collect(),
            by_account: HashMap::new(),
            rows,
            as_of,
        };
        for (slot, &row) in deals.rows.iter().enumerate() {
            deals.slot_of[code(row) as usize] = slot as u32;
            let status = chunk.member(Col::status as usize, row);
            let created = created(&chunk, row);
            let open = options.outcome == Outcome::Open;
            let closed = chunk.instant(Col::closed_at as usize, row).filter(|_| !open && status != Some(OPEN));
            let closed = closed.or(as_of.filter(|_| open)).unwrap_or(UNKNOWN);
            // A close before the creation is implausible but usable: the window then counts back from the close.
            let start = if closed == UNKNOWN { created } else { created.min(closed) };
            deals.from.push(lookback.map_or(UNKNOWN, |span| start.saturating_sub(span)));
            deals.created.push(created);
            deals.closed.push(closed);
            deals.won.push(options.outcome == Outcome::Open || status == Some(WON));
            let account = eco.account_root(chunk.code(Col::account_id as usize, row));
            deals.by_account.entry(account).or_default().push(slot as u32);
        }
        Ok(deals)
    }
}

/// Why a touch or a role belongs to no journey.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::attribution) enum Aside {
    /// It lies after the close.
    After,
    /// It lies before the lookback.
    Before,
}

impl Deals {
    /// The last instant that counts for a journey: its close, and nothing after the day that is looked from.
    pub(in crate::attribution) fn until(&self, deal: usize) -> i64 {
        let close = if self.closed[deal] == UNKNOWN { i64::MAX } else { self.closed[deal] };
        close.min(self.as_of.unwrap_or(i64::MAX))
    }

    /// Whether a touch of the opportunity itself lies in its window.
    pub(in crate::attribution) fn place(&self, deal: usize, at: i64) -> std::result::Result<(), Aside> {
        match at {
            at if at > self.until(deal) => Err(Aside::After),
            at if at < self.from[deal] => Err(Aside::Before),
            _ => Ok(()),
        }
    }

    /// Whether a touch on the account serves an opportunity.
    pub(in crate::attribution) fn serves_account(&self, deal: usize, at: i64, through: AccountTouches) -> bool {
        let end = match through {
            AccountTouches::Drop => return false,
            AccountTouches::ThroughClose => self.until(deal),
            AccountTouches::ThroughCreation => self.until(deal).min(self.created[deal]),
        };
        at >= self.from[deal] && at <= end
    }

    /// When a row of opportunity_partners counts as a touch: from valid_from, else recorded_at, else the creation; a role
    /// that began before the window and still holds in it counts from the beginning of the window.
    pub(in crate::attribution) fn role_at(
        &self,
        deal: usize,
        chunk: &Chunk,
        row: usize,
    ) -> std::result::Result<i64, Aside> {
        use opportunity_partners::Col;
        let begins = chunk
            .instant(Col::valid_from as usize, row)
            .or_else(|| chunk.instant(Col::recorded_at as usize, row))
            .unwrap_or(self.created[deal].min(self.until(deal)));
        let ends = chunk.instant(Col::valid_to as usize, row);
        if begins > self.until(deal) {
            return Err(Aside::After);
        }
        // Only a role with a beginning of its own is known to hold until it ends.
        let holds = chunk.instant(Col::valid_from as usize, row).is_some() && ends.is_none_or(|e| e >= self.from[deal]);
        match begins < self.from[deal] {
            true if holds => Ok(self.from[deal]),
            true => Err(Aside::Before),
            false => Ok(begins),
        }
    }

    /// The journeys of an account root.
    pub(in crate::attribution) fn of_account(&self, account: u32) -> &[u32] {
        self.by_account.get(&account).map_or(&[], Vec::as_slice)
    }
}

fn created(chunk: &Chunk, row: usize) -> i64 {
    chunk.instant(opportunities::Col::created_at as usize, row).unwrap_or(UNKNOWN)
}
