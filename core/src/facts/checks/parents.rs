//! Parents: circles, rows without a parent that is there, and the topmost of each.

use hashbrown::HashMap;

use super::references::{Standing, UNKNOWN_ID, standings};
use super::{Draft, Drafts, own_space};
use crate::error::Code;
use crate::table::{KeySpace, NULL};

/// The topmost parent of every code; rows whose parents form a circle are rejected.
pub(super) fn roots_of(number: usize, table: &mut Draft, drafts: &mut Drafts, parent: usize) -> Option<Vec<u32>> {
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
