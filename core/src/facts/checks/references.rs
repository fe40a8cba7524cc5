//! Ids that name rows of other tables.

use hashbrown::HashMap;

use super::aliases::names;
use super::{Draft, Drafts};
use crate::error::Code;
use crate::facts::opportunities;
use crate::table::{Interner, KeySpace, NULL};

/// How a row that others may refer to stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    Absent,
    There,
    Rejected,
    Deleted,
}

/// What can be done about an id that nothing has.
pub(super) const UNKNOWN_ID: &str = "add its row, or name the id that it was merged into in the table aliases";

pub(super) fn standings(table: &Draft, keys: &Interner) -> Vec<Standing> {
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
pub(super) fn check(
    number: usize,
    table: &mut Draft,
    drafts: &mut Drafts,
    standing: &HashMap<KeySpace, Vec<Standing>>,
) {
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
