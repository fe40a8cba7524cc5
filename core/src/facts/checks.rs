//! The tables against each other: aliases, unique ids, parents, references, rates, and what is implausible.
//!
//! Order matters and is fixed: aliases first, then the tables that others refer to, then those that refer. A row that
//! refers to a rejected row is rejected too, with a code of its own; a row of a deleted opportunity is left out.

mod lines;
mod people;
mod periods;
mod unique;

use hashbrown::{HashMap, HashSet};

use super::build::{Draft, Drafts};
use super::options::{EcosystemOptions, Rollup};
use super::report::Entry;
use super::store::{Chunk, NULL_SMALL, NULL_WIDE, Values};
use super::{
    TABLES, account_partners, accounts, aliases, exchange_rates, investments, opportunities, partners, registrations,
    touchpoints,
};
use crate::calendar::Date;
use crate::engine::monitor::Monitor;
use crate::error::{Code, Result};
use crate::money::{Currency, ExchangeRates};
use crate::table::{ColumnKind, Interner, Key, KeySpace, NULL};

/// What the checks find out for the ecosystem.
#[derive(Debug, Clone, Default)]
pub(crate) struct Links {
    pub(crate) rates: Option<ExchangeRates>,
    /// Alias codes of each key space: what a code stands for.
    pub(crate) partner_root: Option<Vec<u32>>,
    pub(crate) account_root: Option<Vec<u32>>,
}

/// How a row that others may refer to stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    Absent,
    There,
    Rejected,
    Deleted,
}

/// What can be done about an id that nothing has.
const UNKNOWN_ID: &str = "add its row, or name the id that it was merged into in the table aliases";

fn number_of(name: &str) -> usize {
    TABLES.iter().position(|t| t.name == name).unwrap_or(0)
}

/// Runs every check.
pub(super) fn run(drafts: &mut Drafts, renamed: &Renamed, options: &EcosystemOptions, monitor: &Monitor) -> Result<()> {
    read_rates(drafts, options);
    apply_aliases(drafts, renamed);
    monitor.check()?;
    let mut standing: HashMap<KeySpace, Vec<Standing>> = HashMap::new();
    // Partners name accounts, so accounts come first.
    let mut order: Vec<usize> = (0..TABLES.len()).collect();
    order.sort_by_key(|&number| TABLES[number].name != "accounts");
    for number in order {
        let spec = TABLES[number];
        let Some(mut table) = drafts.tables[number].take() else { continue };
        if spec.name == "opportunities" {
            leave_out_deleted(number, &mut table, drafts);
        }
        let space = key_space(&table);
        unique::rows(number, &mut table, drafts, renamed.get(&space));
        references(number, &mut table, drafts, &standing);
        periods::ends_before_starts(number, &mut table, drafts);
        match spec.name {
            "partners" => {
                drafts.links.partner_root = parents(number, &mut table, drafts, partners::Col::parent_id as usize);
            }
            "accounts" => {
                drafts.links.account_root = parents(number, &mut table, drafts, accounts::Col::parent_id as usize);
            }
            _ => {}
        }
        match spec.name {
            "account_partners" => check_account_partners(number, &mut table, drafts),
            "opportunities" => check_opportunities(number, &mut table, drafts),
            "touchpoints" => check_touchpoints(number, &mut table, drafts),
            "investments" => check_investments(number, &mut table, drafts),
            "registrations" => check_registrations(number, &table, drafts),
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
    stakes(drafts);
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

/// The exchange rates, from their own table.
fn read_rates(drafts: &mut Drafts, options: &EcosystemOptions) {
    use exchange_rates::Col;
    let Some(target) = drafts.currency else { return };
    let mut rates = ExchangeRates::new(target, options.max_rate_age_days);
    let number = number_of("exchange_rates");
    if let Some(mut table) = drafts.tables[number].take() {
        let read: Vec<(usize, Option<Currency>, Option<i32>, Option<i64>)> = table
            .rows()
            .map(|(row, chunk, r)| {
                let currency = chunk.member(Col::currency as usize, r).and_then(Currency::from_number);
                (row, currency, chunk.date(Col::on as usize, r), chunk.instant(Col::rate as usize, r))
            })
            .collect();
        // Different rates of one day: none can be trusted, so none stays, whichever came first.
        let mut values: HashMap<(Currency, i32), HashSet<i64>> = HashMap::new();
        for (_, currency, on, rate) in &read {
            if let (Some(currency), Some(on), Some(rate)) = (currency, on, rate) {
                values.entry((*currency, *on)).or_default().insert(*rate);
            }
        }
        for (row, currency, on, rate) in read {
            let (Some(currency), Some(on), Some(rate)) = (currency, on, rate) else { continue };
            if values.get(&(currency, on)).is_some_and(|rates| rates.len() > 1) {
                let message = format!("different exchange rates of {currency} on {}; none can be trusted", Date(on));
                table.reject(number, row, "on", Code::DuplicateId, message, drafts);
                continue;
            }
            if let Err(error) = rates.add(currency, Date(on), i128::from(rate)) {
                let column = error.field().rsplit('.').next().unwrap_or("rate").to_owned();
                table.reject(number, row, &column, error.code(), error.message().to_owned(), drafts);
            }
        }
        drafts.tables[number] = Some(table);
    }
    drafts.links.rates = Some(rates);
}

/// What each code of a key space stands for.
pub(super) type Renamed = HashMap<KeySpace, HashMap<u32, u32>>;

/// The aliases, each way followed to its end; those that contradict each other are rejected.
pub(super) fn resolve_aliases(drafts: &mut Drafts) -> Renamed {
    use aliases::Col;
    let number = number_of("aliases");
    let mut renamed: Renamed = HashMap::new();
    let Some(mut table) = drafts.tables[number].take() else { return renamed };
    let spaces = [KeySpace::Partner, KeySpace::Account, KeySpace::Opportunity, KeySpace::Person, KeySpace::Campaign];
    let rows: Vec<(usize, u8, u32, u32)> = table
        .rows()
        .filter_map(|(row, chunk, r)| {
            let entity = chunk.member(Col::entity as usize, r)?;
            Some((row, entity, chunk.code(Col::from_id as usize, r), chunk.code(Col::to_id as usize, r)))
        })
        .collect();
    let mut row_of: HashMap<(KeySpace, u32), usize> = HashMap::new();
    let mut targets: HashMap<(u8, u32), HashSet<u32>> = HashMap::new();
    for (_, entity, from, to) in &rows {
        targets.entry((*entity, *from)).or_default().insert(*to);
    }
    for (row, entity, from, to) in rows {
        let clash = targets.get(&(entity, from)).is_some_and(|to| to.len() > 1);
        let space = spaces[usize::from(entity)];
        let text = |column: usize, code: u32| match table.dictionaries[column].key(code) {
            Key::Text(text) => text.to_owned(),
            Key::Int(i) => i.to_string(),
        };
        let (from, to) = (text(Col::from_id as usize, from), text(Col::to_id as usize, to));
        let keys = &mut drafts.keys[space as usize];
        let (Ok(from_code), Ok(to_code)) = (keys.intern_mixed(&from), keys.intern_mixed(&to)) else {
            let message = format!("alias {from:?} -> {to:?} is text, but {} ids are whole numbers", space.name());
            table.reject(number, row, "from_id", Code::IdKindMismatch, message, drafts);
            continue;
        };
        if clash {
            let message = format!("{} {from:?} has different aliases; none can be trusted", space.name());
            table.reject(number, row, "from_id", Code::DuplicateId, message, drafts);
            continue;
        }
        renamed.entry(space).or_default().insert(from_code, to_code);
        row_of.entry((space, from_code)).or_insert(row);
    }
    for (space, map) in &mut renamed {
        let ends = alias_ends(map);
        for (&start, _) in ends.iter().filter(|(_, end)| end.is_none()) {
            let shown = drafts.keys[*space as usize].show(start).unwrap_or_default();
            if let Some(&row) = row_of.get(&(*space, start)) {
                let message = format!("the aliases of {} {shown:?} form a circle", space.name());
                table.reject(number, row, "to_id", Code::Cycle, message, drafts);
            }
        }
        *map = ends.into_iter().filter_map(|(start, end)| Some((start, end?))).collect();
    }
    drafts.tables[number] = Some(table);
    renamed
}

/// Where each alias leads in the end; `None` where that is a circle. Each way is walked once.
fn alias_ends(map: &HashMap<u32, u32>) -> HashMap<u32, Option<u32>> {
    let mut ends: HashMap<u32, Option<u32>> = HashMap::with_capacity(map.len());
    for &start in map.keys() {
        let (mut way, mut at) = (HashSet::new(), start);
        let end = loop {
            match (ends.get(&at), map.get(&at)) {
                (Some(known), _) => break *known,
                (None, None) => break Some(at),
                (None, Some(_)) if !way.insert(at) => break None,
                (None, Some(&next)) => at = next,
            }
        };
        ends.extend(way.into_iter().map(|code| (code, end)));
    }
    ends
}

/// Replaces aliased ids in every column that refers; keys that stand once are replaced by [`unique::rows`], which sees
/// merged records.
fn apply_aliases(drafts: &mut Drafts, renamed: &Renamed) {
    if renamed.is_empty() {
        return;
    }
    for table in drafts.tables.iter_mut().flatten() {
        let spec = table.spec;
        let key = spec.key.filter(|_| spec.unique.is_empty()).and_then(|k| spec.column(k));
        let unique = spec.unique_columns();
        for index in (0..spec.columns.len()).filter(|index| Some(*index) != key) {
            for (only, space) in spec.spaces(index) {
                let Some(map) = renamed.get(&space) else { continue };
                if unique.contains(&index) {
                    table.renamed.resize(table.out.len(), false);
                }
                for (chunk, &first) in table.chunks.iter_mut().zip(&table.firsts) {
                    let Some(Values::Codes(mut codes)) = chunk.columns[index].take() else { continue };
                    for (row, code) in codes.iter_mut().enumerate() {
                        if let Some(&to) = map.get(code).filter(|_| names(chunk, row, only)) {
                            *code = to;
                            if let Some(renamed) =
                                table.renamed.get_mut(first + row).filter(|_| unique.contains(&index))
                            {
                                *renamed = true;
                            }
                        }
                    }
                    chunk.columns[index] = Some(Values::Codes(codes));
                }
            }
        }
    }
}

/// Whether a row's id is of the key space that a member of another column chooses.
fn names(chunk: &Chunk, row: usize, only: Option<(usize, u8)>) -> bool {
    only.is_none_or(|(by, member)| chunk.member(by, row) == Some(member))
}

/// The currency of each opportunity by code, under every id that it has; none where rows of one id differ.
pub(super) fn deal_currencies(drafts: &Drafts, renamed: &Renamed) -> Vec<u8> {
    use opportunities::Col;
    let mut of = vec![NULL_SMALL; drafts.keys[KeySpace::Opportunity as usize].len()];
    let Some(table) = &drafts.tables[number_of("opportunities")] else { return of };
    let mut clash: HashSet<u32> = HashSet::new();
    for (_, chunk, r) in table.rows() {
        let code = chunk.code(Col::opportunity_id as usize, r);
        if let (Some(place), Some(number)) = (of.get_mut(code as usize), chunk.member(Col::currency as usize, r)) {
            if *place != NULL_SMALL && *place != number {
                clash.insert(code);
            }
            *place = number;
        }
    }
    clash.into_iter().for_each(|code| of[code as usize] = NULL_SMALL);
    // A merged record has the currency of the one that stays; the one that stays without a row, that of the merged one.
    for (&from, &to) in renamed.get(&KeySpace::Opportunity).into_iter().flatten() {
        let (from, to) = (from as usize, to as usize);
        if of[to] == NULL_SMALL {
            of[to] = of[from];
        }
    }
    for (&from, &to) in renamed.get(&KeySpace::Opportunity).into_iter().flatten() {
        of[from as usize] = of[to as usize];
    }
    of
}

fn leave_out_deleted(number: usize, table: &mut Draft, drafts: &mut Drafts) {
    let flag = opportunities::Col::deleted as usize;
    let deleted: Vec<usize> =
        table.rows().filter(|(_, c, r)| c.member(flag, *r) == Some(1)).map(|(row, ..)| row).collect();
    for row in deleted {
        table.out[row] = true;
        drafts.remark(number, row, "deleted", "deleted", "marked as deleted; left out".to_owned());
    }
}

/// The topmost parent of every code; rows whose parents form a circle are rejected.
fn parents(number: usize, table: &mut Draft, drafts: &mut Drafts, parent: usize) -> Option<Vec<u32>> {
    let space = own_space(table)?;
    let key = table.spec.column(table.spec.key?)?;
    let mut of: Vec<u32> = vec![NULL; drafts.keys[space as usize].len()];
    let mut row_of: HashMap<u32, usize> = HashMap::new();
    for (row, chunk, r) in table.rows() {
        let (own, up) = (chunk.code(key, r), chunk.code(parent, r));
        of[own as usize] = up;
        row_of.insert(own, row);
    }
    let mut circular: Vec<u32> = Vec::new();
    // 0 not seen, 1 on the way, 2 done.
    let mut seen = vec![0_u8; of.len()];
    for start in 0..of.len() as u32 {
        let mut way = Vec::new();
        let mut at = start;
        while at != NULL && seen[at as usize] == 0 {
            seen[at as usize] = 1;
            way.push(at);
            at = of[at as usize];
        }
        if at != NULL && seen[at as usize] == 1 {
            let from = way.iter().position(|&c| c == at).unwrap_or(0);
            circular.extend(&way[from..]);
        }
        way.iter().for_each(|&c| seen[c as usize] = 2);
    }
    circular.sort_by_key(|c| row_of.get(c).copied());
    for code in circular {
        let shown = drafts.keys[space as usize].show(code).unwrap_or_default();
        if let Some(&row) = row_of.get(&code) {
            let message = format!("the parents of {} {shown:?} form a circle; correct parent_id", space.name());
            table.reject(number, row, "parent_id", Code::Cycle, message, drafts);
        }
        of[code as usize] = NULL;
    }
    orphans(number, table, drafts, parent, space);
    Some(roots(&of))
}

/// The topmost of every code, for parents without circles. Each way up is walked once.
fn roots(of: &[u32]) -> Vec<u32> {
    let mut roots = vec![NULL; of.len()];
    for start in 0..of.len() as u32 {
        let (mut way, mut at) = (Vec::new(), start);
        while roots[at as usize] == NULL && of[at as usize] != NULL {
            way.push(at);
            at = of[at as usize];
        }
        let top = if roots[at as usize] == NULL { at } else { roots[at as usize] };
        roots[at as usize] = top;
        for code in way {
            roots[code as usize] = top;
        }
    }
    roots
}

/// Rows whose parent is not in the table, or was rejected, are rejected, and so are those below them.
fn orphans(number: usize, table: &mut Draft, drafts: &mut Drafts, parent: usize, space: KeySpace) {
    let Some(key) = table.spec.key.and_then(|k| table.spec.column(k)) else { return };
    let standing = standings(table, &drafts.keys[space as usize]);
    let mut below: HashMap<u32, Vec<(usize, u32)>> = HashMap::new();
    for (row, chunk, r) in table.rows() {
        let up = chunk.code(parent, r);
        if up != NULL {
            below.entry(up).or_default().push((row, chunk.code(key, r)));
        }
    }
    let mut gone: Vec<u32> = below.keys().copied().filter(|&up| standing[up as usize] != Standing::There).collect();
    while let Some(up) = gone.pop() {
        let shown = crate::error::quoted(&drafts.keys[space as usize].show(up).unwrap_or_default());
        let (name, of) = (space.name(), table.spec.name);
        let (code, message) = match standing[up as usize] {
            Standing::Absent => (Code::UnknownId, format!("{name} {shown} is not in {of}; {UNKNOWN_ID}")),
            _ => (Code::ParentRejected, format!("the row of {name} {shown} in {of} was rejected")),
        };
        for (row, own) in below.remove(&up).unwrap_or_default() {
            table.reject(number, row, "parent_id", code, message.clone(), drafts);
            gone.push(own);
        }
    }
}

fn standings(table: &Draft, keys: &Interner) -> Vec<Standing> {
    let mut standing = vec![Standing::Absent; keys.len()];
    let Some(index) = table.spec.key.and_then(|k| table.spec.column(k)) else { return standing };
    let deleted = (table.spec.name == "opportunities").then_some(opportunities::Col::deleted as usize);
    for (chunk, &first) in table.chunks.iter().zip(&table.firsts) {
        for r in 0..chunk.rows {
            let code = chunk.code(index, r);
            if code == NULL {
                continue;
            }
            let state = &mut standing[code as usize];
            *state = match *state {
                Standing::There => Standing::There,
                _ if !table.out[first + r] => Standing::There,
                Standing::Rejected => Standing::Rejected,
                _ if deleted.is_some_and(|d| chunk.member(d, r) == Some(1)) => Standing::Deleted,
                _ => Standing::Rejected,
            };
        }
    }
    standing
}

/// Ids of other tables must be there, where the other table was given.
fn references(number: usize, table: &mut Draft, drafts: &mut Drafts, standing: &HashMap<KeySpace, Vec<Standing>>) {
    let own = table.spec.key.and_then(|k| table.spec.column(k));
    let columns = table.spec.columns.iter().enumerate().filter(|(i, _)| Some(*i) != own);
    for (column, only, space) in
        columns.flat_map(|(i, c)| table.spec.spaces(i).into_iter().map(move |(only, space)| ((i, c.name), only, space)))
    {
        let (index, column) = column;
        // A parent stands in the same table, whose standings are only known afterwards: orphans() has looked at them.
        let Some(known) = standing.get(&space) else { continue };
        let mut faults: Vec<(usize, u32, Standing)> = Vec::new();
        for (row, chunk, r) in table.rows() {
            let code = chunk.code(index, r);
            if code == NULL || !names(chunk, r, only) {
                continue;
            }
            let state = known.get(code as usize).copied().unwrap_or(Standing::Absent);
            if state != Standing::There {
                faults.push((row, code, state));
            }
        }
        for (row, code, state) in faults {
            let shown = drafts.keys[space as usize].show(code).unwrap_or_default();
            let (name, other) = (space.name(), table_of_space(space));
            match state {
                Standing::Absent => {
                    let message = format!("{name} {} is not in {other}; {UNKNOWN_ID}", crate::error::quoted(&shown));
                    table.reject(number, row, column, Code::UnknownId, message, drafts);
                }
                Standing::Rejected => {
                    let message = format!("the row of {name} {} in {other} was rejected", crate::error::quoted(&shown));
                    table.reject(number, row, column, Code::ParentRejected, message, drafts);
                }
                Standing::Deleted => {
                    table.out[row] = true;
                    let message = format!("{name} {} is marked as deleted; left out", crate::error::quoted(&shown));
                    drafts.remark(number, row, column, "deleted_parent", message);
                }
                Standing::There => {}
            }
        }
    }
}

fn table_of_space(space: KeySpace) -> &'static str {
    match space {
        KeySpace::Partner => "partners",
        KeySpace::Account => "accounts",
        KeySpace::Opportunity => "opportunities",
        KeySpace::Registration => "registrations",
        KeySpace::Person => "people",
        _ => "its table",
    }
}

/// The day on which an opportunity's amount is converted once it is closed.
fn closing_day(chunk: &Chunk, r: usize, drafts: &Drafts) -> Option<Date> {
    use opportunities::Col;
    let at = chunk.instant(Col::closed_at as usize, r).or_else(|| chunk.instant(Col::created_at as usize, r))?;
    Some(drafts.zone.date_of(at))
}

fn check_opportunities(number: usize, table: &mut Draft, drafts: &mut Drafts) {
    use opportunities::{Col, OPEN, WON};
    let mut remarks: Vec<(usize, &str, &str, String)> = Vec::new();
    let mut faults: Vec<(usize, Code, String)> = Vec::new();
    for (row, chunk, r) in table.rows() {
        let status = chunk.member(Col::status as usize, r);
        let created = chunk.instant(Col::created_at as usize, r);
        let closed = chunk.instant(Col::closed_at as usize, r);
        let amount = chunk.instant(Col::amount as usize, r);
        if let (Some(created), Some(closed)) = (created, closed)
            && closed < created
        {
            let message = "closed_at lies before created_at; the lookback counts back from the close".to_owned();
            remarks.push((row, "closed_at", "close_before_creation", message));
        }
        if status == Some(OPEN) && closed.is_some() {
            let message = "an open opportunity has a closed_at; it is ignored".to_owned();
            remarks.push((row, "closed_at", "close_on_open", message));
        }
        if status == Some(WON) && closed.is_none() {
            let message = "a won opportunity has no closed_at; it counts in no dated window".to_owned();
            remarks.push((row, "closed_at", "won_without_close", message));
        }
        match amount {
            Some(a) if a < 0 => {
                let message = "a negative amount; it is kept and lowers the totals".to_owned();
                remarks.push((row, "amount", "negative_amount", message));
            }
            Some(0) if status == Some(WON) => {
                remarks.push((row, "amount", "zero_amount", "a won opportunity is worth 0".to_owned()));
            }
            None if status == Some(WON) && chunk.columns[Col::amount as usize].is_some() => {
                let message = "a won opportunity has no amount; it counts as a conversion without value".to_owned();
                remarks.push((row, "amount", "missing_amount", message));
            }
            _ => {}
        }
        if status == Some(WON)
            && let (Some(minor), Some(rates), Some(day)) = (amount, &drafts.links.rates, closing_day(chunk, r, drafts))
            && let Some(from) = chunk.member(Col::currency as usize, r).and_then(Currency::from_number)
            && let Err(error) = rates.convert(minor, from, day)
        {
            faults.push((row, error.code(), error.message().to_owned()));
        }
    }
    for (row, column, code, message) in remarks {
        drafts.remark(number, row, column, code, message);
    }
    for (row, code, message) in faults {
        table.reject(number, row, "currency", code, message, drafts);
    }
}

fn check_touchpoints(number: usize, table: &mut Draft, drafts: &mut Drafts) {
    use touchpoints::Col;
    let mut faults: Vec<usize> = Vec::new();
    let mut remarks: Vec<(usize, &str, &str, String)> = Vec::new();
    let deals = drafts.tables[number_of("opportunities")].as_ref().map(|t| closes_and_accounts(t, drafts));
    for (row, chunk, r) in table.rows() {
        let opportunity = chunk.code(Col::opportunity_id as usize, r);
        let account = chunk.code(Col::account_id as usize, r);
        if opportunity == NULL && account == NULL {
            faults.push(row);
            continue;
        }
        let deal = deals.as_ref().and_then(|d| d.get(opportunity as usize));
        let Some(&(closed, own_account)) = deal.filter(|_| opportunity != NULL) else { continue };
        if let (Some(at), Some(closed)) = (chunk.instant(Col::at as usize, r), closed)
            && at > closed
        {
            let message = "the touch lies after the close of its opportunity; journeys set it aside".to_owned();
            remarks.push((row, "at", "touch_after_close", message));
        }
        if account != NULL && own_account != NULL && account != own_account {
            let message =
                "the touch names another account than its opportunity; the opportunity is believed".to_owned();
            remarks.push((row, "account_id", "account_mismatch", message));
        }
    }
    for row in faults {
        let message = "a touch needs an opportunity_id or an account_id".to_owned();
        table.reject(number, row, "opportunity_id", Code::InvalidRow, message, drafts);
    }
    for (row, column, code, message) in remarks {
        drafts.remark(number, row, column, code, message);
    }
}

/// Close and account of every opportunity, by code.
fn closes_and_accounts(table: &Draft, drafts: &Drafts) -> Vec<(Option<i64>, u32)> {
    use opportunities::{Col, OPEN};
    let mut of = vec![(None, NULL); drafts.keys[KeySpace::Opportunity as usize].len()];
    for (_, chunk, r) in table.rows() {
        let code = chunk.code(Col::opportunity_id as usize, r);
        let open = chunk.member(Col::status as usize, r) == Some(OPEN);
        let closed = chunk.instant(Col::closed_at as usize, r).filter(|_| !open);
        of[code as usize] = (closed, chunk.code(Col::account_id as usize, r));
    }
    of
}

/// A relationship that ends before it begins holds never; one that stands twice counts once.
fn check_account_partners(number: usize, table: &mut Draft, drafts: &mut Drafts) {
    use account_partners::Col;
    let mut seen = HashSet::new();
    for (row, chunk, r) in table.rows() {
        let ids = [Col::account_id, Col::partner_id, Col::relationship].map(|column| chunk.code(column as usize, r));
        let [from, to] = [Col::valid_from, Col::valid_to].map(|column| chunk.instant(column as usize, r));
        if from.zip(to).is_some_and(|(from, to)| to < from) {
            let message = "valid_to lies before valid_from; the relationship holds at no time".to_owned();
            drafts.remark(number, row, "valid_to", "end_before_start", message);
        }
        if !seen.insert((ids, from, to)) {
            let message = "the same relationship stands in an earlier row; it counts once".to_owned();
            drafts.remark(number, row, "account_id", "duplicate_row", message);
        }
    }
}

fn check_investments(number: usize, table: &mut Draft, drafts: &mut Drafts) {
    use investments::Col;
    let mut faults: Vec<(usize, Code, String)> = Vec::new();
    for (row, chunk, r) in table.rows() {
        let money = (chunk.instant(Col::amount as usize, r), chunk.date(Col::on as usize, r));
        if let ((Some(minor), Some(on)), Some(rates)) = (money, &drafts.links.rates)
            && let Some(from) = chunk.member(Col::currency as usize, r).and_then(Currency::from_number)
            && let Err(error) = rates.convert(minor, from, Date(on))
        {
            faults.push((row, error.code(), error.message().to_owned()));
        }
    }
    for (row, code, message) in faults {
        table.reject(number, row, "currency", code, message, drafts);
    }
}

/// Approved registrations that can be the source of nothing.
fn check_registrations(number: usize, table: &Draft, drafts: &mut Drafts) {
    use registrations::{APPROVED, CONVERTED, Col};
    for (row, chunk, r) in table.rows() {
        let approved = matches!(chunk.member(Col::status as usize, r), Some(APPROVED | CONVERTED));
        if !approved || chunk.code(Col::opportunity_id as usize, r) != NULL {
            continue;
        }
        if chunk.code(Col::account_id as usize, r) == NULL {
            let message = "names neither an opportunity nor an account; it is the source of nothing".to_owned();
            drafts.remark(number, row, "opportunity_id", "registration_of_nothing", message);
        } else if chunk.instant(Col::expires_at as usize, r).is_none() {
            let message = "names an account only and never expires; it is the source of nothing: give it an opportunity_id or expires_at";
            drafts.remark(number, row, "expires_at", "registration_without_end", message.to_owned());
        }
    }
}

/// Writes the money at stake into every fault and remark that has some.
fn stakes(drafts: &mut Drafts) {
    let deals = drafts.tables[number_of("opportunities")].as_ref().map(|t| deal_amounts(t, drafts));
    let mut report = std::mem::take(&mut drafts.report);
    let entries = report.faults.iter_mut().map(|(_, e)| e).chain(report.remarks.iter_mut());
    for entry in entries {
        let (Some(row), Some(table)) = (entry.row, &drafts.tables[entry.table]) else { continue };
        let Some((chunk, r)) = table.locate(row) else { continue };
        if entry.stake.is_some() {
            // The check itself knew what is at stake.
        } else if table.spec.name == "lines" {
            // A line is a part of its opportunity, whose amount is not in doubt.
            entry.stake = own_amount(chunk, r, table, drafts);
        } else if let Some(column) = table.spec.column("opportunity_id") {
            entry.opportunity = chunk.code(column, r);
            entry.stake = deals.as_ref().and_then(|d| d.get(&entry.opportunity).copied());
            if table.spec.name == "opportunities" || entry.opportunity == NULL {
                // A row of its own: two rows of one id each have their amount.
                entry.stake = own_amount(chunk, r, table, drafts);
            }
        } else if table.spec.column("amount").is_some() {
            entry.stake = own_amount(chunk, r, table, drafts);
        }
    }
    drafts.report = report;
}

/// The amount of every opportunity, rejected ones included, in the ecosystem's currency.
fn deal_amounts(table: &Draft, drafts: &Drafts) -> HashMap<u32, i64> {
    let index = opportunities::Col::opportunity_id as usize;
    let mut amounts = HashMap::new();
    for chunk in &table.chunks {
        for r in 0..chunk.rows {
            let code = chunk.code(index, r);
            if let Some(amount) = own_amount(chunk, r, table, drafts).filter(|_| code != NULL) {
                amounts.insert(code, amount);
            }
        }
    }
    amounts
}

/// The amount of a row in the ecosystem's currency, where it can be read and converted.
fn own_amount(chunk: &Chunk, r: usize, table: &Draft, drafts: &Drafts) -> Option<i64> {
    let column = |name: &str| table.spec.column(name);
    let minor = chunk.instant(column("amount")?, r).filter(|&m| m != NULL_WIDE)?;
    let number = chunk.member(column("currency")?, r).filter(|&c| c != NULL_SMALL)?;
    let from = Currency::from_number(number)?;
    let day = ["closed_at", "created_at", "submitted_at"]
        .iter()
        .find_map(|name| chunk.instant(column(name)?, r))
        .map(|at| drafts.zone.date_of(at))
        .or_else(|| ["on", "start_on"].iter().find_map(|name| chunk.date(column(name)?, r)).map(Date));
    in_own_currency(minor, from, day, drafts)
}

/// An amount in the ecosystem's currency, at the rate of a day where that is known.
fn in_own_currency(minor: i64, from: Currency, day: Option<Date>, drafts: &Drafts) -> Option<i64> {
    match (&drafts.links.rates, day) {
        (Some(rates), Some(day)) => rates.convert(minor, from, day).ok(),
        _ => (Some(from) == drafts.currency).then_some(minor),
    }
}
