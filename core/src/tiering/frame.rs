//! A wide frame as a base: one row for each partner (and scope), one column for each metric that is ready.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::base::{Attribute, Base, Enrolment};
use super::compile::unknown_name;
use super::document::Scalar;
use super::program::{Compiled, Formula, LineFormula, Node};
use crate::calendar::{Date, Parsed, Zone};
use crate::error::{Code, Error, Result, quoted};
use crate::facts::partners;
use crate::facts::read::{number_of, when_of};
use crate::table::{CellRef, ColumnKind, Interner, Key, NULL, RawTable, RawValues};

/// Columns of a frame that are not metrics.
pub(crate) const RECORD: &[&str] = &["tier", "track", "enrolled_on", "tier_since"];

/// Reads a frame.
///
/// # Errors
/// A column that the programme needs is missing; a value of the wrong type; a partner (and scope) twice.
pub(crate) fn read(program: &Compiled, frame: &RawTable<'_>) -> Result<Base> {
    frame.check()?;
    let names = frame.column_names();
    let has = |name: &str| names.iter().any(|n| n == name);
    if !has("partner_id") {
        return Err(missing("partner_id", "one row for each partner, with its id", &names));
    }
    let mut base = Base::empty(program);
    let (partners, partner) = ids(frame, "partner_id")?;
    let scope_column = program.document.scope.as_ref().map(|s| s.by.as_str());
    let (scopes, scope) = match scope_column {
        Some(name) if has(name) => texts(frame, name)?,
        Some(name) => return Err(missing(name, "the programme judges each of them by itself", &names)),
        None => (Interner::default(), vec![NULL; partner.len()]),
    };
    check_columns(program, &names)?;
    for (column, values) in base.columns.iter_mut().enumerate() {
        let name = given_name(program, column);
        if has(&name) {
            *values = Some(numbers(frame, &name)?);
        }
    }
    base.attributes = attributes(program, frame)?;
    base.enrolment = enrolments(program, frame, RECORD, partner.len())?;
    (base.partners, base.scopes) = (Arc::new(partners), Arc::new(scopes));
    (base.partner, base.scope) = (partner, scope);
    base.sorted()
}

/// Whether a frame holds every metric and attribute that the programme needs.
pub(crate) fn check_columns(program: &Compiled, names: &[String]) -> Result<()> {
    let has = |name: &str| names.iter().any(|n| n == name);
    for &needed in &needed(program, &|column| has(&given_name(program, column))) {
        let name = given_name(program, needed);
        if !has(&name) {
            return Err(missing(&name, "a metric of the programme", names));
        }
    }
    match program.attributes.iter().find(|name| !has(name)) {
        Some(name) => Err(missing(name, "an attribute that a criterion of the programme names", names)),
        None => Ok(()),
    }
}

pub(crate) fn attributes(program: &Compiled, frame: &RawTable<'_>) -> Result<Vec<Attribute>> {
    program.attributes.iter().map(|name| values(frame, name)).collect()
}

impl Base {
    /// The base in its order: by partner, then by scope.
    ///
    /// # Errors
    /// [`Code::DuplicateId`] where a partner (and scope) stands twice.
    pub(crate) fn sorted(mut self) -> Result<Self> {
        let (partners, scopes) = (self.partners.ranks(), self.scopes.ranks());
        let rank = |ranks: &[u32], code: u32| ranks.get(code as usize).copied().unwrap_or(u32::MAX);
        let key = |row: usize| (rank(&partners, self.partner[row]), rank(&scopes, self.scope[row]));
        let mut order: Vec<usize> = (0..self.rows()).collect();
        order.sort_by_key(|&row| key(row));
        if let Some(pair) = order.windows(2).find(|pair| key(pair[0]) == key(pair[1])) {
            let partner = self.partners.show(self.partner[pair[0]]).unwrap_or_default();
            let scope = self.scopes.show(self.scope[pair[0]]).map_or(String::new(), |s| format!(" in {}", quoted(&s)));
            let message = format!("partner {}{scope} has two rows; give each partner one", quoted(&partner));
            return Err(Error::new(Code::DuplicateId, "partner_id", message).with("rows", vec![pair[0], pair[1]]));
        }
        if order.iter().enumerate().all(|(at, &row)| at == row) {
            return Ok(self);
        }
        fn take<T: Copy>(values: &mut Vec<T>, order: &[usize]) {
            if !values.is_empty() {
                *values = order.iter().map(|&row| values[row]).collect();
            }
        }
        take(&mut self.partner, &order);
        take(&mut self.scope, &order);
        take(&mut self.enrolment, &order);
        self.columns.iter_mut().flatten().for_each(|values| take(values, &order));
        self.attributes.iter_mut().for_each(|attribute| take(&mut attribute.codes, &order));
        Ok(self)
    }
}

/// The name under which a column is handed in: the metric's, and how long ago where it is compared with itself.
pub(crate) fn given_name(program: &Compiled, column: usize) -> String {
    let rule = &program.columns[column];
    match rule.months_ago {
        0 => rule.name.clone(),
        months => format!("{}_{months}_months_ago", rule.name),
    }
}

/// The columns that have to be handed in or measured, where `given` says which ones are there: those that criteria and
/// scorecards name, and what they are made of.
pub(crate) fn needed(program: &Compiled, given: &dyn Fn(usize) -> bool) -> Vec<usize> {
    let mut needed = vec![false; program.columns.len()];
    let mut base = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    for rules in &program.tracks {
        for node in &rules.nodes {
            match node {
                Node::Test(test) => open.push(test.column),
                Node::Top(top) => open.push(top.column),
                Node::Positive(lines) => open.extend(lines),
                _ => {}
            }
        }
        open.extend(rules.score);
    }
    let formulas: BTreeMap<usize, &Formula> =
        program.tracks.iter().flat_map(|rules| rules.formulas.iter().map(|(at, f)| (*at, f))).collect();
    while let Some(column) = open.pop() {
        if std::mem::replace(&mut needed[column], true) || given(column) {
            continue;
        }
        match formulas.get(&column) {
            Some(formula) => open.extend(inputs(formula)),
            None => base.push(column),
        }
    }
    base.sort_unstable();
    base
}

/// The columns that a formula reads.
pub(crate) fn inputs(formula: &Formula) -> Vec<usize> {
    let pairs = |list: &[(usize, f64)]| list.iter().map(|(column, _)| *column).collect();
    match formula {
        Formula::Ratio { of, to, .. } => vec![*of, *to],
        Formula::Change { now, then, .. } => vec![*now, *then],
        Formula::Highest(list) | Formula::Lowest(list) | Formula::Sum(list) => pairs(list),
        Formula::Total { lines, .. } => lines.clone(),
        Formula::Line { points, .. } => match points {
            LineFormula::BestOf(list) | LineFormula::SumOf(list) => pairs(list),
            LineFormula::Full(column, _) | LineFormula::Bands(column, _) => vec![*column],
            LineFormula::Steps(steps) => steps.iter().map(|s| s.column).collect(),
        },
    }
}

fn missing(name: &str, what: &str, names: &[String]) -> Error {
    let hint = crate::error::did_you_mean(name, names.iter().map(String::as_str));
    let message = format!("column {} is missing ({what}){hint}", quoted(name));
    Error::new(Code::MissingColumn, name, message).with("available", names.to_vec())
}

fn wrong(name: &str, row: usize, cell: CellRef<'_>, expected: &str) -> Error {
    let message = format!("{name}, row {row}: expected {expected}, got {}", cell.show());
    Error::new(Code::WrongType, name, message).with("row", row)
}

/// Each cell of a column with the number of its row.
fn each<'t>(
    frame: &'t RawTable<'_>,
    name: &'t str,
    mut take: impl FnMut(usize, CellRef<'t>) -> Result<()>,
) -> Result<()> {
    let mut from = 0;
    for chunk in frame.parts() {
        let Some(column) = chunk.column(name) else { continue };
        for row in 0..chunk.rows {
            take(from + row, column.cell(row))?;
        }
        from += chunk.rows;
    }
    Ok(())
}

pub(crate) fn ids(frame: &RawTable<'_>, name: &str) -> Result<(Interner, Vec<u32>)> {
    let mut interner = Interner::default();
    interner.reserve(frame.rows());
    let mut codes = Vec::with_capacity(frame.rows());
    for chunk in frame.parts() {
        let Some(column) = chunk.column(name) else { continue };
        let from = codes.len();
        let part = interner.intern_column(column).map_err(|(row, e)| {
            let message = format!("{name}, row {}: {}", from + row, e.message());
            Error::new(e.code(), name, message).with("row", from + row)
        })?;
        if let Some(row) = part.iter().position(|&code| code == NULL) {
            let message = format!("{name}, row {}: the id is missing", from + row);
            return Err(Error::new(Code::NullValue, name, message).with("row", from + row));
        }
        codes.extend(part);
    }
    Ok((interner, codes))
}

pub(crate) fn texts(frame: &RawTable<'_>, name: &str) -> Result<(Interner, Vec<u32>)> {
    let mut interner = Interner::default();
    let mut codes = Vec::with_capacity(frame.rows());
    each(frame, name, |row, cell| {
        codes.push(match cell {
            cell if cell.is_null() => NULL,
            CellRef::Text(text) => interner.intern(Key::Text(text.trim()))?,
            cell => return Err(wrong(name, row, cell, "text")),
        });
        Ok(())
    })?;
    Ok((interner, codes))
}

/// The numbers of a column; yes and no are 1 and 0.
pub(crate) fn numbers(frame: &RawTable<'_>, name: &str) -> Result<Vec<f64>> {
    let mut numbers: Vec<f64> = Vec::with_capacity(frame.rows());
    for chunk in frame.parts() {
        let Some(column) = chunk.column(name) else { continue };
        match (&column.values, &column.valid) {
            (RawValues::F64(values), None) => numbers.extend_from_slice(values),
            (RawValues::F64(values), Some(valid)) => {
                numbers.extend(values.iter().zip(valid.iter()).map(|(&v, &there)| if there { v } else { f64::NAN }));
            }
            (RawValues::I64(values), None) => numbers.extend(values.iter().map(|&v| v as f64)),
            (RawValues::I32(values), None) => numbers.extend(values.iter().map(|&v| f64::from(v))),
            (RawValues::U32(values), None) => numbers.extend(values.iter().map(|&v| f64::from(v))),
            _ => {
                let from = numbers.len();
                for row in 0..chunk.rows {
                    let cell = column.cell(row);
                    numbers.push(number(cell).ok_or_else(|| wrong(name, from + row, cell, "a number"))?);
                }
            }
        }
    }
    finite(name, &numbers)?;
    Ok(numbers)
}

/// That no number is infinite.
pub(crate) fn finite(name: &str, numbers: &[f64]) -> Result<()> {
    // All of them first, because that is quick; then which one.
    if !numbers.iter().fold(false, |any, v| any | v.is_infinite()) {
        return Ok(());
    }
    let row = numbers.iter().position(|v| v.is_infinite()).unwrap_or_default();
    let message = format!("{name}, row {row}: expected a finite number, got infinity");
    Err(Error::new(Code::NotFinite, name, message).with("row", row))
}

/// A cell as a number; NaN where it is empty, `None` where it is no number.
pub(crate) fn number(cell: CellRef<'_>) -> Option<f64> {
    match cell {
        cell if cell.is_null() => Some(f64::NAN),
        CellRef::Bool(flag) => Some(f64::from(u8::from(flag))),
        // A CSV file holds texts.
        CellRef::Text(text) => text.trim().parse().ok().filter(|value: &f64| !value.is_nan()),
        cell => number_of(cell),
    }
}

/// A cell as a civil date; instants are days in UTC.
pub(crate) fn date(cell: CellRef<'_>) -> std::result::Result<Option<Date>, (Code, String)> {
    match when_of(cell) {
        Ok(None) => Ok(None),
        Ok(Some(Parsed::Date(date))) => Ok(Some(date)),
        Ok(Some(Parsed::Instant(at) | Parsed::Local(at))) => Ok(Some(Zone::utc().date_of(at))),
        Err(fault) => Err(fault.explain(cell)),
    }
}

/// A cell as the values of a partner's attribute. One that the table of partners has as a list of words is read as it is
/// there: several in one text are parted by `;`, and known words are written as the list has them.
pub(crate) fn attribute_values(name: &str, cell: CellRef<'_>) -> Option<Vec<Scalar>> {
    let values = scalars(cell)?;
    let spec = partners::SPEC.columns.iter().find(|column| column.name == name);
    let Some(ColumnKind::Classes(list)) = spec.map(|column| column.kind) else { return Some(values) };
    let word = |text: &str| {
        let known = list.iter().find(|known| known.eq_ignore_ascii_case(text.trim()));
        Scalar::Text(known.map_or(text.trim(), |known| *known).to_owned())
    };
    let apart = |value: Scalar| match value {
        Scalar::Text(text) => text.split([';', '|']).filter(|w| !w.trim().is_empty()).map(word).collect(),
        other => vec![other],
    };
    Some(values.into_iter().flat_map(apart).collect())
}

/// A cell as values; none where it is empty.
fn scalars(cell: CellRef<'_>) -> Option<Vec<Scalar>> {
    let one = |cell: CellRef<'_>| match cell {
        CellRef::Bool(flag) => Some(Scalar::Flag(flag)),
        CellRef::Text(text) => Some(Scalar::Text(text.trim().to_owned())),
        CellRef::Date(date) => Some(Scalar::Text(date.to_string())),
        CellRef::Instant(at) | CellRef::Local(at) => Some(Scalar::Text(Zone::utc().date_of(at).to_string())),
        // A zero has no sign, so that it names one group.
        cell => number_of(cell).map(|number| Scalar::Number(number + 0.0)),
    };
    match cell {
        cell if cell.is_null() => Some(Vec::new()),
        CellRef::Float(value) if value.is_nan() => Some(Vec::new()),
        CellRef::List(list) => list.iter().filter(|c| !c.is_null()).map(one).collect(),
        cell => one(cell).map(|value| vec![value]),
    }
}

/// An attribute of each row.
fn values(frame: &RawTable<'_>, name: &str) -> Result<Attribute> {
    let mut attribute = Attribute::default();
    let mut known: BTreeMap<String, u32> = BTreeMap::new();
    each(frame, name, |row, cell| {
        let values = attribute_values(name, cell)
            .ok_or_else(|| wrong(name, row, cell, "text, a number, true or false, a date, or a list"))?;
        attribute.codes.push(attribute_code(&mut attribute.values, &mut known, values));
        Ok(())
    })?;
    Ok(attribute)
}

/// The code of the values of a row, new where they were not seen before.
pub(crate) fn attribute_code(
    distinct: &mut Vec<Vec<Scalar>>,
    known: &mut BTreeMap<String, u32>,
    values: Vec<Scalar>,
) -> u32 {
    if values.is_empty() {
        return NULL;
    }
    let code = distinct.len() as u32;
    let code = *known.entry(format!("{values:?}")).or_insert(code);
    if code as usize == distinct.len() {
        distinct.push(values);
    }
    code
}

/// What a frame says about the partners' records in the programme: these columns of [`RECORD`].
pub(crate) fn enrolments(
    program: &Compiled,
    frame: &RawTable<'_>,
    columns: &[&str],
    rows: usize,
) -> Result<Vec<Enrolment>> {
    let mut enrolments = vec![Enrolment::default(); rows];
    for &name in columns {
        each(frame, name, |row, cell| {
            let enrolment = &mut enrolments[row];
            record(program, enrolment, name, cell)
                .map_err(|e| Error::new(e.code(), name, format!("{name}, row {row}: {}", e.message())).with("row", row))
        })?;
    }
    Ok(enrolments)
}

/// Sets a member of a partner's record in the programme: one of [`RECORD`].
pub(crate) fn record(program: &Compiled, enrolment: &mut Enrolment, name: &str, cell: CellRef<'_>) -> Result<()> {
    if cell.is_null() {
        return Ok(());
    }
    let day = || date(cell).map_err(|(code, message)| Error::new(code, name, message));
    match name {
        "tier" => enrolment.tier = Some(tier(program, cell, name)?),
        "track" => enrolment.track = Some(track(program, cell, name)?),
        "enrolled_on" => enrolment.enrolled_on = day()?,
        _ => enrolment.tier_since = day()?,
    }
    Ok(())
}

/// The number of the tier that a cell names.
pub(crate) fn tier(program: &Compiled, cell: CellRef<'_>, field: &str) -> Result<usize> {
    let text = text(cell, field)?;
    let known = || program.tiers.iter().map(|t| t.tier.as_str());
    program.tier(&text).ok_or_else(|| unknown_name(field, "tier", &text, known()))
}

/// The number of the track that a cell names.
pub(crate) fn track(program: &Compiled, cell: CellRef<'_>, field: &str) -> Result<usize> {
    let text = text(cell, field)?;
    let known = || program.track_names.iter().flatten().map(String::as_str);
    let found = program.track_names.iter().position(|t| t.as_deref() == Some(&*text));
    found.ok_or_else(|| unknown_name(field, "track", &text, known()))
}

pub(crate) fn text<'c>(cell: CellRef<'c>, field: &str) -> Result<Cow<'c, str>> {
    match cell {
        CellRef::Text(text) => Ok(Cow::Borrowed(text.trim())),
        CellRef::Int(number) => Ok(Cow::Owned(number.to_string())),
        CellRef::Float(number) if number.fract() == 0.0 => Ok(Cow::Owned(number.to_string())),
        cell => Err(Error::new(Code::WrongType, field, format!("expected text, got {}", cell.show()))),
    }
}
