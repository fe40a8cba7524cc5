//! The tables against each other: aliases, unique ids, parents, references, rates, and what is implausible.
//!
//! Order matters and is fixed: aliases first, then the tables that others refer to, then those that refer. A row that
//! refers to a rejected row is rejected too, with a code of its own; a row of a deleted opportunity is left out.

mod aliases;
mod deals;
mod lines;
mod parents;
mod people;
mod periods;
mod rates;
mod references;
mod stakes;
mod unique;

use hashbrown::HashMap;

use self::aliases::Renamed;
pub(super) use self::aliases::{deal_currencies, resolve_aliases};
use self::deals::closing_day;
use self::references::standings;
use self::stakes::in_own_currency;
use super::draft::{Draft, Drafts};
use super::options::{EcosystemOptions, Rollup};
use super::report::Entry;
use super::store::Chunk;
use super::{TABLES, accounts, partners};
use crate::engine::monitor::Monitor;
use crate::error::{Code, Result};
use crate::money::ExchangeRates;
use crate::table::{ColumnKind, KeySpace};

/// What the checks find out for the ecosystem.
#[derive(Debug, Clone, Default)]
pub(crate) struct Links {
    pub(crate) rates: Option<ExchangeRates>,
    /// Alias codes of each key space: what a code stands for.
    pub(crate) partner_root: Option<Vec<u32>>,
    pub(crate) account_root: Option<Vec<u32>>,
}

fn number_of(name: &str) -> usize {
    TABLES.iter().position(|t| t.name == name).unwrap_or(0)
}

/// Runs every check.
pub(super) fn run(drafts: &mut Drafts, renamed: &Renamed, options: &EcosystemOptions, monitor: &Monitor) -> Result<()> {
    rates::read(drafts, options);
    aliases::apply(drafts, renamed);
    monitor.check()?;
    let mut standing: HashMap<KeySpace, Vec<references::Standing>> = HashMap::new();
    // Partners name accounts, so accounts come first.
    let mut order: Vec<usize> = (0..TABLES.len()).collect();
    order.sort_by_key(|&number| TABLES[number].name != "accounts");
    for number in order {
        let spec = TABLES[number];
        let Some(mut table) = drafts.tables[number].take() else { continue };
        if spec.name == "opportunities" {
            deals::leave_out_deleted(number, &mut table, drafts);
        }
        let space = key_space(&table);
        unique::rows(number, &mut table, drafts, renamed.get(&space));
        references::check(number, &mut table, drafts, &standing);
        periods::ends_before_starts(number, &mut table, drafts);
        match spec.name {
            "partners" => {
                drafts.links.partner_root =
                    parents::roots_of(number, &mut table, drafts, partners::Col::parent_id as usize);
            }
            "accounts" => {
                drafts.links.account_root =
                    parents::roots_of(number, &mut table, drafts, accounts::Col::parent_id as usize);
            }
            _ => {}
        }
        match spec.name {
            "account_partners" => deals::check_account_partners(number, &mut table, drafts),
            "opportunities" => deals::check_opportunities(number, &mut table, drafts),
            "touchpoints" => deals::check_touchpoints(number, &mut table, drafts),
            "investments" => deals::check_investments(number, &mut table, drafts),
            "registrations" => deals::check_registrations(number, &table, drafts),
            "people" | "enrollments" => periods::overlaps(number, &table, drafts),
            "lines" => lines::check(number, &table, drafts),
            "credentials" => people::check_credentials(number, &table, drafts),
            "activities" => people::check_activities(number, &table, drafts),
            _ => {}
        }
        if let Some(space) = own_space(&table) {
            standing.insert(space, standings(&table, &drafts.keys[space as usize]));
        }
        drafts.tables[number] = Some(table);
        monitor.check()?;
    }
    if !options.rollup.contains(&Rollup::Partners) {
        drafts.links.partner_root = None;
    }
    if !options.rollup.contains(&Rollup::Accounts) {
        drafts.links.account_root = None;
    }
    stakes::fill(drafts);
    Ok(())
}

fn own_space(table: &Draft) -> Option<KeySpace> {
    let key = table.spec.key?;
    match table.spec.columns[table.spec.column(key)?].kind {
        ColumnKind::Id(space) => Some(space),
        _ => None,
    }
}

fn key_space(table: &Draft) -> KeySpace {
    own_space(table).unwrap_or(KeySpace::Touch)
}

impl Draft {
    /// Every row that is still in: its number, its chunk and its place there.
    fn rows(&self) -> impl Iterator<Item = (usize, &Chunk, usize)> {
        self.chunks.iter().zip(&self.firsts).flat_map(move |(chunk, &first)| {
            (0..chunk.rows).filter(move |r| !self.out[first + r]).map(move |r| (first + r, chunk, r))
        })
    }

    /// The chunk and place of a row.
    fn locate(&self, row: usize) -> Option<(&Chunk, usize)> {
        let at = self.firsts.partition_point(|&first| first <= row).checked_sub(1)?;
        // Empty chunks share their first row with the next one, which the partition point already prefers.
        self.chunks.get(at).map(|chunk| (chunk, row - self.firsts[at]))
    }

    fn reject(&mut self, number: usize, row: usize, column: &str, code: Code, message: String, drafts: &mut Drafts) {
        if !std::mem::replace(&mut self.out[row], true) {
            let entry = Entry::new(number, row, column, code.as_str(), message);
            drafts.report.faults.push((code, entry));
        }
    }
}

impl Drafts {
    fn remark(&mut self, number: usize, row: usize, column: &str, code: &str, message: String) {
        self.report.remarks.push(Entry::new(number, row, column, code, message));
    }
}
