//! Which partners a row of an opportunity or account belongs to: lists by code, made once for a day.
//!
//! A role counts from the day on which it was recorded (else from its beginning), because nobody knew of it before; when it
//! ends does not matter to what it took part in. A partner of an account counts for rows that are dated while it was one.

use std::sync::OnceLock;

use super::field::World;
use super::population::Population;
use super::source::need;
use crate::error::Result;
use crate::facts::{account_partners, opportunities, opportunity_partners};
use crate::table::NULL;
use crate::tiering::document::Via;

/// A partner on an opportunity or account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Join {
    /// The place of the partner in the population.
    pub(super) partner: u32,
    /// Its role or relationship: a code of the dictionary of that column.
    pub(super) code: u32,
    /// The instants between which it counts.
    pub(super) from: i64,
    pub(super) to: i64,
}

/// Partners by the code of an opportunity or account, in the order of the population.
#[derive(Debug, Default)]
pub(super) struct Joins {
    starts: Vec<u32>,
    list: Vec<Join>,
}

impl Joins {
    fn new(codes: usize, rows: Vec<(u32, Join)>) -> Self {
        let mut starts = vec![0_u32; codes + 1];
        rows.iter().for_each(|(code, _)| starts[*code as usize + 1] += 1);
        for at in 1..starts.len() {
            starts[at] += starts[at - 1];
        }
        let mut next = starts.clone();
        let mut list = vec![Join { partner: 0, code: 0, from: 0, to: 0 }; rows.len()];
        for (code, join) in rows {
            list[next[code as usize] as usize] = join;
            next[code as usize] += 1;
        }
        for pair in starts.windows(2) {
            list[pair[0] as usize..pair[1] as usize].sort_unstable();
        }
        Self { starts, list }
    }

    #[inline]
    pub(super) fn of(&self, code: u32) -> &[Join] {
        match (self.starts.get(code as usize), self.starts.get(code as usize + 1)) {
            (Some(&from), Some(&to)) if code != NULL => &self.list[from as usize..to as usize],
            _ => &[],
        }
    }
}

/// The lists of a day, made when they are first asked for.
#[derive(Default)]
pub(super) struct Links {
    roles: OnceLock<Joins>,
    sources: OnceLock<Joins>,
    accounts: OnceLock<Joins>,
}

impl Links {
    /// The partners of opportunities (of accounts: `via` accounts), as they were known by an instant.
    pub(super) fn get(
        &self,
        world: &World<'_>,
        population: &Population,
        via: Via,
        known: i64,
        path: &str,
    ) -> Result<&Joins> {
        let cell = match via {
            Via::Roles => &self.roles,
            Via::SourcedBy => &self.sources,
            Via::Accounts => &self.accounts,
        };
        if let Some(joins) = cell.get() {
            return Ok(joins);
        }
        let joins = match via {
            Via::Roles => roles(world, population, known, path)?,
            Via::SourcedBy => sources(world, population, path)?,
            Via::Accounts => accounts(world, population, known, path)?,
        };
        Ok(cell.get_or_init(|| joins))
    }
}

fn roles(world: &World<'_>, population: &Population, known: i64, path: &str) -> Result<Joins> {
    use opportunity_partners::Col;
    let stored = need(world.eco, opportunity_partners::SPEC.name, path)?;
    let mut rows = Vec::new();
    for chunk in &stored.chunks {
        for row in 0..chunk.rows {
            let Some(partner) = population.place(chunk.code(Col::partner_id as usize, row)) else { continue };
            let deal = chunk.code(Col::opportunity_id as usize, row);
            let recorded = chunk.instant(Col::recorded_at as usize, row);
            let since = recorded.or_else(|| chunk.instant(Col::valid_from as usize, row));
            if deal != NULL && since.is_none_or(|since| since <= known) {
                let code = chunk.code(Col::role as usize, row);
                rows.push((deal, Join { partner, code, from: i64::MIN, to: i64::MAX }));
            }
        }
    }
    Ok(Joins::new(world.eco.keys(crate::table::KeySpace::Opportunity).len(), rows))
}

fn sources(world: &World<'_>, population: &Population, path: &str) -> Result<Joins> {
    use opportunities::Col;
    let stored = need(world.eco, opportunities::SPEC.name, path)?;
    super::source::need_column(stored, Col::sourced_by as usize, path)?;
    let chunk = &world.opportunities.chunk;
    let of = |row: usize| {
        let partner = population.place(chunk.code(Col::sourced_by as usize, row))?;
        let join = Join { partner, code: NULL, from: i64::MIN, to: i64::MAX };
        Some((chunk.code(Col::opportunity_id as usize, row), join))
    };
    let rows = (0..chunk.rows).filter_map(of).collect();
    Ok(Joins::new(world.eco.keys(crate::table::KeySpace::Opportunity).len(), rows))
}

fn accounts(world: &World<'_>, population: &Population, known: i64, path: &str) -> Result<Joins> {
    use account_partners::Col;
    let stored = need(world.eco, account_partners::SPEC.name, path)?;
    let mut rows = Vec::new();
    for chunk in &stored.chunks {
        for row in 0..chunk.rows {
            let Some(partner) = population.place(chunk.code(Col::partner_id as usize, row)) else { continue };
            let account = chunk.code(Col::account_id as usize, row);
            let from = chunk.instant(Col::valid_from as usize, row).unwrap_or(i64::MIN);
            let to = chunk.instant(Col::valid_to as usize, row).unwrap_or(i64::MAX);
            if account != NULL && from <= known {
                let code = chunk.code(Col::relationship as usize, row);
                rows.push((world.eco.account_root(account), Join { partner, code, from, to }));
            }
        }
    }
    Ok(Joins::new(world.eco.keys(crate::table::KeySpace::Account).len(), rows))
}
