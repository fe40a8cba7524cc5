//! Rows that may stand once only: an id of its own table, or the columns that a table declares together.

use hashbrown::{HashMap, HashTable};

use super::{Draft, Drafts, own_space};
use crate::error::Code;
use crate::facts::store::{Chunk, NULL_DATE, NULL_SMALL, NULL_WIDE, Values};
use crate::table::intern::hash_int;
use crate::table::{NULL, TableSpec};

/// Each key once. Identical copies: one stays. Different rows with one key: none can be trusted, so none stays. A row that
/// has the key only because its record was merged gives way to one that always had it.
pub(super) fn rows(number: usize, table: &mut Draft, drafts: &mut Drafts, renamed: Option<&HashMap<u32, u32>>) {
    let spec = table.spec;
    let columns = spec.unique_columns();
    let Some(&first) = columns.first() else { return };
    let all: Vec<usize> = (0..table.dictionaries.len()).collect();
    for rows in sharing(table, &columns, Some(first)) {
        let what = key_of(table, &columns, rows[0], drafts);
        let rows = give_way(number, table, drafts, first, rows, &what);
        if rows.len() < 2 {
            continue;
        }
        let (times, same) = (rows.len(), rows.windows(2).all(|w| same_cells(table, w[0], w[1], &all)));
        let (from, message) = if same {
            (1, format!("{what} stands {times} times with the same values; one row is kept"))
        } else {
            (0, format!("{what} stands {times} times with different values; none can be trusted"))
        };
        for &row in &rows[from..] {
            table.reject(number, row, spec.columns[first].name, Code::DuplicateId, message.clone(), drafts);
        }
    }
    if let (Some(renamed), true) = (renamed, spec.unique.is_empty()) {
        move_merged(number, table, drafts, first, renamed);
    }
}

/// The rows of one key without those of merged records, where others had it before.
fn give_way(
    number: usize,
    table: &mut Draft,
    drafts: &mut Drafts,
    column: usize,
    rows: Vec<usize>,
    what: &str,
) -> Vec<usize> {
    let merged = |row: &usize| table.renamed.get(*row) == Some(&true);
    let (merged, own): (Vec<usize>, Vec<usize>) = rows.into_iter().partition(merged);
    if own.is_empty() {
        return merged;
    }
    for row in merged {
        table.out[row] = true;
        let message = format!("{what} stands in row {} too, under the id that stays; that row is used", own[0]);
        drafts.remark(number, row, table.spec.columns[column].name, "merged_record", message);
    }
    own
}

/// Rows under an id that was merged take the id that stays, unless that has a row of its own.
fn move_merged(number: usize, table: &mut Draft, drafts: &mut Drafts, index: usize, renamed: &HashMap<u32, u32>) {
    let (Some(key), Some(space)) = (table.spec.key, own_space(table)) else { return };
    let mut row_of: HashMap<u32, usize> =
        table.rows().map(|(row, chunk, r)| (chunk.code(index, r), row)).filter(|(code, _)| *code != NULL).collect();
    let mut moves: Vec<(usize, u32, u32)> =
        row_of.iter().filter_map(|(code, row)| Some((*row, *code, *renamed.get(code)?))).collect();
    let ranks = drafts.keys[space as usize].ranks();
    moves.sort_unstable_by_key(|(_, from, _)| ranks[*from as usize]);
    for (row, from, to) in moves {
        let keys = &drafts.keys[space as usize];
        let (shown, kept) = (keys.show(from).unwrap_or_default(), keys.show(to).unwrap_or_default());
        if row_of.contains_key(&to) {
            table.out[row] = true;
            let message = format!("{key} {shown:?} was merged into {kept:?}, whose own row is used");
            drafts.remark(number, row, key, "merged_record", message);
        } else {
            row_of.insert(to, row);
            let at = table.firsts.partition_point(|&first| first <= row).saturating_sub(1);
            let place = row - table.firsts[at];
            if let Some(Values::Codes(codes)) = &mut table.chunks[at].columns[index] {
                codes[place] = to;
            }
        }
    }
}

/// The key of a row as a message names it.
fn key_of(table: &Draft, columns: &[usize], row: usize, drafts: &Drafts) -> String {
    let spec: &TableSpec = table.spec;
    let Some((&first, rest)) = columns.split_first() else { return String::new() };
    let shown = table.locate(row).and_then(|(chunk, r)| {
        let code = chunk.code(first, r);
        spec.spaces(first)
            .into_iter()
            .find(|(only, _)| super::aliases::names(chunk, r, *only))
            .and_then(|(_, space)| drafts.keys[space as usize].show(code))
    });
    let what = format!("{} {:?}", spec.columns[first].name, shown.unwrap_or_default());
    let names: Vec<&str> = rest.iter().map(|&c| spec.columns[c].name).collect();
    match names.split_last() {
        None => what,
        Some((last, [])) => format!("{what} with the same {last}"),
        Some((last, others)) => format!("{what} with the same {} and {last}", others.join(", ")),
    }
}

/// The rows that are in and have the same values in some columns, two or more at a time, in the order of the first. Rows
/// that have none in the column `needed` are left aside.
pub(super) fn sharing(table: &Draft, columns: &[usize], needed: Option<usize>) -> Vec<Vec<usize>> {
    let mut firsts: HashTable<(u64, usize)> = HashTable::new();
    let mut rows_of: HashMap<usize, Vec<usize>> = HashMap::new();
    for (row, chunk, r) in table.rows() {
        if needed.is_some_and(|column| bits(chunk, column, r).is_none()) {
            continue;
        }
        let mix =
            |hash: u64, &column: &usize| hash_int(hash.rotate_left(23) ^ bits(chunk, column, r).unwrap_or(MISSING));
        let hash = columns.iter().fold(0, mix);
        let same = |&(other, first): &(u64, usize)| other == hash && same_cells(table, first, row, columns);
        if let Some(&(_, first)) = firsts.find(hash, same) {
            rows_of.entry(first).or_insert_with(|| vec![first]).push(row);
        } else {
            firsts.insert_unique(hash, (hash, row), |(hash, _)| *hash);
        }
    }
    let mut several: Vec<Vec<usize>> = rows_of.into_values().collect();
    several.sort_unstable_by_key(|rows| rows[0]);
    several
}

/// What the hash of a missing value is made of.
const MISSING: u64 = 0xA5A5_A5A5_5A5A_5A5A;

/// The bits of a cell; `None` where there is no value. Equal values of one column have equal bits.
fn bits(chunk: &Chunk, column: usize, r: usize) -> Option<u64> {
    match chunk.columns.get(column)?.as_ref()? {
        Values::Codes(v) => Some(v[r]).filter(|&v| v != NULL).map(u64::from),
        Values::Small(v) => Some(v[r]).filter(|&v| v != NULL_SMALL).map(u64::from),
        Values::Wide(v) => Some(v[r]).filter(|&v| v != NULL_WIDE).map(|v| v as u64),
        Values::Days(v) => Some(v[r]).filter(|&v| v != NULL_DATE).map(|v| v as u64),
        Values::Number(v) => Some(v[r]).filter(|v| !v.is_nan()).map(f64::to_bits),
    }
}

fn same_cells(table: &Draft, a: usize, b: usize, columns: &[usize]) -> bool {
    let (Some((chunk_a, a)), Some((chunk_b, b))) = (table.locate(a), table.locate(b)) else { return false };
    columns.iter().all(|&column| bits(chunk_a, column, a) == bits(chunk_b, column, b))
}
