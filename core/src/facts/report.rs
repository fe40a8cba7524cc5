//! What was wrong: the tables `rejected` and `findings`.
//!
//! Both have the columns table, row (from 0, in the input), column, code, message, amount_at_stake (in the ecosystem's
//! currency) and rows (how many rows the line stands for). The amount at stake counts an opportunity once per code: on
//! the first row that names it.

use hashbrown::{HashMap, HashSet};

use crate::error::{Code, Error};
use crate::money::Currency;
use crate::table::result::{TextColumn, column};
use crate::table::{ColumnData, NULL, Table, Unit};

/// How rows are counted, for those who look one up.
const ROWS: &str = "rows count from 0, a header aside";
/// What can be done about rows that cannot be used.
const REJECT: &str = "on_invalid=\"reject\" sets such rows aside and lists them";

/// Lines of one code and column that `findings` lists one by one; the rest become one line.
const LISTED: usize = 1000;

/// One fault or remark.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    /// The number of the table in [`super::TABLES`].
    pub(crate) table: usize,
    /// The input row; `None` where it is about the whole table.
    pub(crate) row: Option<usize>,
    pub(crate) column: String,
    pub(crate) code: String,
    pub(crate) message: String,
    /// Minor units of the ecosystem's currency.
    pub(crate) stake: Option<i64>,
    /// The opportunity whose amount is at stake, so that it counts once.
    pub(crate) opportunity: u32,
}

impl Entry {
    /// A line about a row.
    pub(crate) fn new(table: usize, row: usize, column: &str, code: &str, message: String) -> Self {
        let (column, code) = (column.to_owned(), code.to_owned());
        Self { table, row: Some(row), column, code, message, stake: None, opportunity: NULL }
    }
}

/// Everything that was noted so far.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) faults: Vec<(Code, Entry)>,
    pub(crate) remarks: Vec<Entry>,
}

impl Report {
    /// The first fault by table, row and column, as an error.
    pub(crate) fn first_error(&self) -> Option<Error> {
        let (code, entry) = self
            .faults
            .iter()
            .min_by(|(_, a), (_, b)| (a.table, a.row, &a.column).cmp(&(b.table, b.row, &b.column)))?;
        let table = super::TABLES[entry.table].name;
        let field = if entry.column.is_empty() { table.to_owned() } else { format!("{table}.{}", entry.column) };
        let at = entry.row.map_or(String::new(), |row| format!(", row {row}"));
        let others = match (self.faults.len(), entry.row) {
            (1, None) => String::new(),
            (1, Some(_)) => format!(" ({ROWS}; {REJECT})"),
            (2, _) => format!(" (1 more fault; {ROWS}; {REJECT})"),
            (n, _) => format!(" ({} more faults; {ROWS}; {REJECT})", n - 1),
        };
        let mut error = Error::new(*code, field.clone(), format!("{field}{at}: {}{others}", entry.message))
            .with("table", table)
            .with("column", entry.column.clone())
            .with("faults", self.faults.len());
        if let Some(row) = entry.row {
            error = error.with("row", row);
        }
        Some(error)
    }

    /// The tables `rejected` and `findings`.
    pub(crate) fn tables(self, currency: Option<Currency>) -> (Table, Table) {
        let rejected = self.faults.into_iter().map(|(_, entry)| entry).collect();
        (to_table(rejected, usize::MAX, currency), to_table(self.remarks, LISTED, currency))
    }
}

/// A table of no faults or findings.
pub(crate) fn empty_report() -> Table {
    to_table(Vec::new(), 0, None)
}

fn to_table(mut entries: Vec<Entry>, listed: usize, currency: Option<Currency>) -> Table {
    entries.sort_by(|a, b| (a.table, a.row, &a.column, &a.code).cmp(&(b.table, b.row, &b.column, &b.code)));
    let mut seen: HashSet<(String, u32)> = HashSet::new();
    for entry in &mut entries {
        if entry.opportunity != NULL && !seen.insert((entry.code.clone(), entry.opportunity)) {
            entry.stake = None;
        }
    }
    let mut lines: Vec<(Entry, i64, Option<i128>)> = Vec::new();
    let mut counts: HashMap<(usize, String, String), (usize, Option<usize>)> = HashMap::new();
    for entry in entries {
        let key = (entry.table, entry.column.clone(), entry.code.clone());
        let (count, rest) = counts.entry(key).or_insert((0, None));
        *count += 1;
        let stake = entry.stake.map(i128::from);
        if *count <= listed {
            lines.push((entry, 1, stake));
        } else if let Some(at) = *rest {
            let (_, rows, sum) = &mut lines[at];
            *rows += 1;
            *sum = sum.map_or(stake, |s| Some(s + stake.unwrap_or(0)));
        } else {
            *rest = Some(lines.len());
            let message = format!("further rows with {}", entry.code);
            lines.push((Entry { row: None, message, ..entry }, 1, stake));
        }
    }
    let mut text: [TextColumn; 4] = Default::default();
    let (mut rows, mut stakes, mut counts) = (Vec::new(), Vec::new(), Vec::new());
    for (entry, count, stake) in lines {
        text[0].push(Some(super::TABLES[entry.table].name));
        text[1].push(Some(&entry.column).filter(|c| !c.is_empty()).map(String::as_str));
        text[2].push(Some(&entry.code));
        text[3].push(Some(&entry.message));
        rows.push(entry.row.map(|r| r as i64));
        stakes.push(stake);
        counts.push(Some(count));
    }
    let [table, column_name, code, message] = text;
    let unit = currency.map_or(Unit::Minor, Unit::Currency);
    Table::new(vec![
        table.finish("table"),
        column("row", ColumnData::Int(rows)),
        column_name.finish("column"),
        code.finish("code"),
        message.finish("message"),
        column("amount_at_stake", ColumnData::Money(stakes, unit)),
        column("rows", ColumnData::Int(counts)),
    ])
}
