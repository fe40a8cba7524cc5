//! Reading: raw columns become typed columns of a chunk, and every value that cannot be read becomes a [`Fault`].
//!
//! Nothing is guessed: a fault names table, row, column, what was expected and what was found; the caller decides whether
//! the first fault ends the work or every faulty row goes to `rejected`.

use std::collections::BTreeMap;

use hashbrown::{HashMap, HashSet};

use super::store::{AttributeKind, NULL_DATE, NULL_SMALL, NULL_WIDE, Values};
use crate::calendar::{Date, MICROS_PER_DAY, Parsed, Zone, date_in_range, in_range, parse_when};
use crate::error::{Code, Error, did_you_mean, one_of, quoted};
use crate::money::{AmountFault, Currency, Decimal, PLAIN_DIGITS};
use crate::table::amount::{self, amount_of};
use crate::table::intern::key_of;
use crate::table::{CellRef, Edge, Interner, Key, KeySpace, NULL, RawColumn, Unit};

/// A value that could not be read.
#[derive(Debug, Clone)]
pub(crate) struct Fault {
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) code: Code,
    pub(crate) message: String,
}

/// Something implausible but usable.
#[derive(Debug, Clone)]
pub(crate) struct Remark {
    pub(crate) row: usize,
    pub(crate) column: usize,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

/// The picklist values of a column that the caller renames: their words to ours.
pub(crate) type ValueMap = BTreeMap<String, String>;

/// What reading a column needs and gives.
pub(crate) struct Reader<'a> {
    pub(crate) zone: &'a Zone,
    pub(crate) currency: Option<Currency>,
    pub(crate) values: Option<&'a ValueMap>,
    pub(crate) faults: Vec<Fault>,
    pub(crate) remarks: Vec<Remark>,
    pub(crate) column: usize,
    /// The number of the first row of the chunk.
    pub(crate) first: usize,
}

impl Reader<'_> {
    fn fault(&mut self, row: usize, code: Code, message: String) {
        self.faults.push(Fault { row: self.first + row, column: self.column, code, message });
    }

    fn remark(&mut self, row: usize, code: &'static str, message: String) {
        self.remarks.push(Remark { row: self.first + row, column: self.column, code, message });
    }

    fn wrong_type(&mut self, row: usize, cell: CellRef<'_>, expected: &str) {
        self.fault(row, Code::WrongType, format!("expected {expected}, got {}", cell.show()));
    }

    /// Ids as codes of their key space.
    pub(crate) fn ids(&mut self, raw: &RawColumn<'_>, keys: &mut Interner) -> Values {
        if let Ok(codes) = keys.intern_column(raw) {
            return Values::Codes(codes);
        }
        // The slow way round finds every faulty row, not only the first.
        let mut codes = Vec::with_capacity(raw.len());
        for row in 0..raw.len() {
            codes.push(keys.intern_cell(raw.cell(row)).unwrap_or_else(|e| {
                self.fault(row, e.code(), e.message().to_owned());
                NULL
            }));
        }
        Values::Codes(codes)
    }

    /// Ids as codes of the key space that each row names: `members` are numbers in `spaces`. A row that names none is out
    /// already and has no id.
    pub(crate) fn mixed_ids(
        &mut self,
        raw: &RawColumn<'_>,
        members: Option<&[u8]>,
        spaces: &[KeySpace],
        keys: &mut [Interner],
    ) -> Values {
        let mut codes = Vec::with_capacity(raw.len());
        for row in 0..raw.len() {
            let Some(&space) = members.and_then(|m| spaces.get(usize::from(m[row]))) else {
                codes.push(NULL);
                continue;
            };
            let (keys, cell) = (&mut keys[space as usize], raw.cell(row));
            let code = match key_of(cell) {
                Ok(Some(Key::Text(text))) => keys.intern_mixed(text),
                Ok(Some(key)) => keys.intern(key),
                Ok(None) => Ok(NULL),
                Err(error) => Err(error),
            };
            codes.push(code.unwrap_or_else(|e| {
                self.fault(row, e.code(), e.message().to_owned());
                NULL
            }));
        }
        Values::Codes(codes)
    }

    /// Any text, as codes of the column's dictionary; blank text is missing, a number is read as text.
    pub(crate) fn texts(&mut self, raw: &RawColumn<'_>, dictionary: &mut Interner) -> Values {
        let mut codes = Vec::with_capacity(raw.len());
        for row in 0..raw.len() {
            let cell = raw.cell(row);
            let code = match cell {
                _ if cell.is_null() => Some(NULL),
                CellRef::Text(text) => {
                    let text = text.trim_ascii();
                    let text = self.values.and_then(|v| v.get(text)).map_or(text, String::as_str);
                    dictionary.intern(Key::Text(text)).ok()
                }
                CellRef::Int(_) | CellRef::Bool(_) => dictionary.intern(Key::Text(&cell.show())).ok(),
                CellRef::Float(f) if f.is_finite() => dictionary.intern(Key::Text(&cell.show())).ok(),
                CellRef::Float(f) if f.is_nan() => Some(NULL),
                _ => None,
            };
            codes.push(code.unwrap_or_else(|| {
                self.wrong_type(row, cell, "text");
                NULL
            }));
        }
        Values::Codes(codes)
    }

    /// Members of a closed list.
    pub(crate) fn members(&mut self, raw: &RawColumn<'_>, list: &'static [&'static str]) -> Values {
        let mut known: HashMap<String, Option<u8>> = HashMap::new();
        let mut members = Vec::with_capacity(raw.len());
        for row in 0..raw.len() {
            let cell = raw.cell(row);
            if cell.is_null() {
                members.push(NULL_SMALL);
                continue;
            }
            let CellRef::Text(text) = cell else {
                self.wrong_type(row, cell, &one_of(list.iter().copied()));
                members.push(NULL_SMALL);
                continue;
            };
            let member = if let Some(member) = known.get(text) {
                *member
            } else {
                let mapped = self.values.and_then(|v| v.get(text.trim())).map_or(text, String::as_str);
                let member = position(list, mapped).map(|i| i as u8);
                known.insert(text.to_owned(), member);
                member
            };
            members.push(member.unwrap_or_else(|| {
                let hint = did_you_mean(text, list.iter().copied());
                let expected = one_of(list.iter().copied());
                self.fault(row, Code::UnknownValue, format!("expected {expected}, got {}{hint}", quoted(text)));
                NULL_SMALL
            }));
        }
        Values::Small(members)
    }

    /// Members of an open list, one or several, as codes of the column's dictionary.
    pub(crate) fn classes(
        &mut self,
        raw: &RawColumn<'_>,
        list: &'static [&'static str],
        several: bool,
        dictionary: &mut Interner,
    ) -> Values {
        let mut known: HashMap<String, (u32, Vec<String>)> = HashMap::new();
        let mut codes = Vec::with_capacity(raw.len());
        for row in 0..raw.len() {
            let cell = raw.cell(row);
            let text: String = match cell {
                _ if cell.is_null() => {
                    codes.push(NULL);
                    continue;
                }
                CellRef::Text(text) => text.to_owned(),
                CellRef::List(items) if several => {
                    let words: Option<Vec<&str>> =
                        items.iter().map(|c| if let CellRef::Text(t) = c { Some(t) } else { None }).collect();
                    if let Some(words) = words {
                        words.join(";")
                    } else {
                        self.wrong_type(row, cell, "a list of text");
                        codes.push(NULL);
                        continue;
                    }
                }
                _ => {
                    self.wrong_type(row, cell, if several { "text or a list of text" } else { "text" });
                    codes.push(NULL);
                    continue;
                }
            };
            let (code, remarks) =
                known.entry_ref(&text).or_insert_with(|| self.class(&text, list, several, dictionary));
            codes.push(*code);
            let remarks = remarks.clone();
            remarks.into_iter().for_each(|message| self.remark(row, "custom_value", message));
        }
        Values::Codes(codes)
    }

    /// One cell of an open list: known words in the order of the list, then custom ones by name, each once; and what is to
    /// be said about the custom ones.
    fn class(
        &self,
        text: &str,
        list: &'static [&'static str],
        several: bool,
        dictionary: &mut Interner,
    ) -> (u32, Vec<String>) {
        let words: Vec<&str> = if several { text.split([';', '|']).collect() } else { vec![text] };
        let mut members: Vec<(usize, String)> = Vec::new();
        let mut remarks = Vec::new();
        for word in words.iter().map(|w| w.trim()).filter(|w| !w.is_empty()) {
            let mapped = self.values.and_then(|v| v.get(word)).map_or(word, String::as_str);
            let member = match position(list, mapped) {
                Some(at) => (at, list[at].to_owned()),
                None if mapped.starts_with("custom:") => (list.len(), mapped.to_owned()),
                None => {
                    let hint = did_you_mean(mapped, list.iter().copied());
                    let (kept, expected) = (format!("custom:{mapped}"), one_of(list.iter().copied()));
                    let message =
                        format!("{} is not one of {expected}; kept as {}{hint}", quoted(mapped), quoted(&kept));
                    remarks.push(message);
                    (list.len(), kept)
                }
            };
            if !members.contains(&member) {
                members.push(member);
            }
        }
        members.sort();
        let joined = members.into_iter().map(|(_, word)| word).collect::<Vec<_>>().join(";");
        let code = if joined.is_empty() { NULL } else { dictionary.intern(Key::Text(&joined)).unwrap_or(NULL) };
        (code, remarks)
    }

    /// ISO 4217 codes.
    pub(crate) fn currencies(&mut self, raw: &RawColumn<'_>) -> Values {
        let mut known: HashMap<String, Option<u8>> = HashMap::new();
        let mut numbers = Vec::with_capacity(raw.len());
        for row in 0..raw.len() {
            let cell = raw.cell(row);
            let CellRef::Text(text) = cell else {
                if !cell.is_null() {
                    self.wrong_type(row, cell, "an ISO 4217 code such as \"USD\"");
                }
                numbers.push(NULL_SMALL);
                continue;
            };
            if cell.is_null() {
                numbers.push(NULL_SMALL);
                continue;
            }
            let mapped = self.values.and_then(|v| v.get(text.trim())).map_or(text, String::as_str);
            if !known.contains_key(mapped) {
                known.insert(mapped.to_owned(), Currency::parse(mapped).ok().map(Currency::number));
            }
            numbers.push(known[mapped].unwrap_or_else(|| {
                let message = Currency::parse(mapped).err().map_or_else(String::new, |e| e.message().to_owned());
                self.fault(row, Code::UnknownCurrency, message);
                NULL_SMALL
            }));
        }
        Values::Small(numbers)
    }

    /// Amounts in minor units of the currency of their row.
    ///
    /// `minor` says that the source gives minor units already (a column whose name ends in `_minor`).
    pub(crate) fn amounts(&mut self, raw: &RawColumn<'_>, currencies: Option<&[u8]>, minor: bool) -> Values {
        let mut amounts = Vec::with_capacity(raw.len());
        // A row whose currency cannot be read has its reason already.
        let faulty: HashSet<usize> = self.faults.iter().map(|f| f.row).collect();
        for row in 0..raw.len() {
            let cell = raw.cell(row);
            if cell.is_null() {
                amounts.push(NULL_WIDE);
                continue;
            }
            let own = currencies.and_then(|c| Currency::from_number(c[row]));
            let Some(currency) = own.or(self.currency) else {
                if faulty.contains(&(self.first + row)) {
                    amounts.push(NULL_WIDE);
                    continue;
                }
                self.fault(
                    row,
                    Code::MissingCurrency,
                    "an amount without a currency; fill the column \"currency\" or give the ecosystem a currency"
                        .to_owned(),
                );
                amounts.push(NULL_WIDE);
                continue;
            };
            amounts.push(self.amount(row, cell, currency, minor));
        }
        Values::Wide(amounts)
    }

    fn amount(&mut self, row: usize, cell: CellRef<'_>, currency: Currency, minor: bool) -> i64 {
        let unit = Unit::Currency(currency);
        match amount_of(cell, unit, minor) {
            None => NULL_WIDE,
            Some(Ok((value, rounded))) => {
                if rounded {
                    let digits = currency.digits();
                    let message = format!("{} was rounded to the {digits} decimals of {currency}", cell.show());
                    self.remark(row, "amount_rounded", message);
                }
                i64::try_from(value).unwrap_or(NULL_WIDE)
            }
            Some(Err(fault)) => {
                let (code, message) = amount::explain(fault, cell, unit, minor);
                self.fault(row, code, message);
                NULL_WIDE
            }
        }
    }

    /// Positive factors with twelve decimals.
    pub(crate) fn rates(&mut self, raw: &RawColumn<'_>) -> Values {
        let mut rates = Vec::with_capacity(raw.len());
        for row in 0..raw.len() {
            let cell = raw.cell(row);
            let rate = match cell {
                _ if cell.is_null() => {
                    rates.push(NULL_WIDE);
                    continue;
                }
                CellRef::Text(text) => Decimal::parse(text),
                CellRef::Decimal(mantissa, scale) => Ok(Decimal { mantissa, scale }),
                _ => number_of(cell).ok_or(AmountFault::NotANumber).and_then(Decimal::from_f64),
            };
            let fixed = rate.and_then(|d| d.at_digits(PLAIN_DIGITS)).map(|(fixed, _)| i64::try_from(fixed));
            rates.push(match fixed {
                Ok(Ok(fixed)) if fixed > 0 => fixed,
                Err(AmountFault::NotANumber) => {
                    self.wrong_type(row, cell, "a positive number");
                    NULL_WIDE
                }
                _ => {
                    let message = format!("expected a number above 0 and below 9,000,000, got {}", cell.show());
                    self.fault(row, Code::NumberOutOfRange, message);
                    NULL_WIDE
                }
            });
        }
        Values::Wide(rates)
    }

    /// Finite numbers between two bounds.
    pub(crate) fn numbers(&mut self, raw: &RawColumn<'_>, low: f64, high: f64) -> Values {
        let mut numbers = Vec::with_capacity(raw.len());
        for row in 0..raw.len() {
            let cell = raw.cell(row);
            let number = match cell {
                _ if cell.is_null() => {
                    numbers.push(f64::NAN);
                    continue;
                }
                CellRef::Text(text) => text.trim().parse().ok(),
                _ => number_of(cell),
            };
            match number {
                Some(n) if !n.is_finite() => {
                    self.fault(row, Code::NotFinite, format!("expected a finite number, got {}", cell.show()));
                }
                Some(n) if n < low || n > high => {
                    let message = format!("expected a number from {low} to {high}, got {}", cell.show());
                    self.fault(row, Code::NumberOutOfRange, message);
                }
                Some(_) => {}
                None => self.wrong_type(row, cell, "a number"),
            }
            numbers.push(number.filter(|n| n.is_finite()).unwrap_or(f64::NAN));
        }
        Values::Number(numbers)
    }

    /// True or false.
    pub(crate) fn flags(&mut self, raw: &RawColumn<'_>) -> Values {
        let mut flags = Vec::with_capacity(raw.len());
        for row in 0..raw.len() {
            let cell = raw.cell(row);
            let flag = match cell {
                _ if cell.is_null() => Some(NULL_SMALL),
                CellRef::Bool(b) => Some(u8::from(b)),
                CellRef::Int(0) => Some(0),
                CellRef::Int(1) => Some(1),
                CellRef::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
                    "true" | "yes" | "1" | "t" | "y" => Some(1),
                    "false" | "no" | "0" | "f" | "n" => Some(0),
                    _ => None,
                },
                _ => None,
            };
            flags.push(flag.unwrap_or_else(|| {
                self.wrong_type(row, cell, "true or false");
                NULL_SMALL
            }));
        }
        Values::Small(flags)
    }

    /// Instants; a date without a time is the start or the end of its day in the time zone.
    pub(crate) fn instants(&mut self, raw: &RawColumn<'_>, edge: Edge) -> Values {
        let mut instants = Vec::with_capacity(raw.len());
        for row in 0..raw.len() {
            let cell = raw.cell(row);
            let instant = match when_of(cell) {
                Ok(None) => Ok(NULL_WIDE),
                Ok(Some(when)) => instant_of(when, self.zone, edge),
                Err(fault) => Err(fault),
            };
            instants.push(instant.unwrap_or_else(|fault| {
                let (code, message) = fault.explain(cell);
                self.fault(row, code, message);
                NULL_WIDE
            }));
        }
        Values::Wide(instants)
    }

    /// Civil dates; an instant is the day on which it falls in the time zone.
    pub(crate) fn dates(&mut self, raw: &RawColumn<'_>) -> Values {
        let mut dates = Vec::with_capacity(raw.len());
        for row in 0..raw.len() {
            let cell = raw.cell(row);
            let date = match when_of(cell) {
                Ok(None) => Ok(NULL_DATE),
                Ok(Some(Parsed::Date(date))) => Ok(date.0),
                Ok(Some(Parsed::Local(micros))) => Ok(micros.div_euclid(MICROS_PER_DAY) as i32),
                Ok(Some(Parsed::Instant(at))) if in_range(at) => Ok(self.zone.date_of(at).0),
                Ok(Some(Parsed::Instant(_))) => Err(WhenFault::OutOfRange),
                Err(fault) => Err(fault),
            };
            let date = date.and_then(|d| {
                if d == NULL_DATE || date_in_range(Date(d)) { Ok(d) } else { Err(WhenFault::OutOfRange) }
            });
            dates.push(date.unwrap_or_else(|fault| {
                let (code, message) = fault.explain(cell);
                self.fault(row, code, message);
                NULL_DATE
            }));
        }
        Values::Days(dates)
    }

    /// An extra column, kept as the kind that its values have.
    pub(crate) fn attribute(&mut self, raw: &RawColumn<'_>, kind: AttributeKind, dictionary: &mut Interner) -> Values {
        let before = self.faults.len();
        let values = match kind {
            AttributeKind::Text => self.texts(raw, dictionary),
            AttributeKind::Number => self.numbers(raw, f64::MIN, f64::MAX),
            AttributeKind::Flag => self.flags(raw),
            AttributeKind::Instant => self.instants(raw, Edge::Start),
        };
        // Nothing depends on an extra column, so a value that it cannot hold is missing, and reported.
        for fault in self.faults.split_off(before) {
            let message = format!("{}; kept as missing", fault.message);
            self.remarks.push(Remark { row: fault.row, column: fault.column, code: "attribute_not_kept", message });
        }
        values
    }
}

/// The kind of an extra column: by the type of its values; text of a source without types is read as numbers where all
/// of it can be.
pub(crate) fn attribute_kind<'a>(
    chunks: impl Iterator<Item = Option<&'a RawColumn<'a>>>,
    untyped: bool,
) -> AttributeKind {
    let mut kind: Option<AttributeKind> = None;
    for raw in chunks.flatten() {
        for row in 0..raw.len() {
            let cell = raw.cell(row);
            let this = match cell {
                _ if cell.is_null() => continue,
                CellRef::Text(text) if untyped && text.trim().parse::<f64>().is_ok_and(f64::is_finite) => {
                    AttributeKind::Number
                }
                CellRef::Bool(_) => AttributeKind::Flag,
                CellRef::Int(i) if i.unsigned_abs() <= 1 << 53 => AttributeKind::Number,
                CellRef::Float(_) | CellRef::Float32(_) | CellRef::Decimal(..) => AttributeKind::Number,
                CellRef::Instant(_) | CellRef::Local(_) | CellRef::Date(_) => AttributeKind::Instant,
                _ => AttributeKind::Text,
            };
            match kind {
                None => kind = Some(this),
                Some(known) if known != this => return AttributeKind::Text,
                Some(AttributeKind::Text) => return AttributeKind::Text,
                Some(_) if !untyped && !matches!(raw.values, crate::table::RawValues::Cells(_)) => break,
                Some(_) => {}
            }
        }
    }
    kind.unwrap_or(AttributeKind::Text)
}

/// A cell as a float; `None` where it is no number.
pub(crate) fn number_of(cell: CellRef<'_>) -> Option<f64> {
    match cell {
        CellRef::Int(i) => Some(i as f64),
        CellRef::Float(f) => Some(f),
        CellRef::Float32(f) => f.to_string().parse().ok(),
        CellRef::Decimal(m, s) => Some(crate::money::fixed_to_f64(m, u8::try_from(s).ok()?)),
        _ => None,
    }
}

/// Where `word` stands in a list: exactly, or when case and separators are put aside ("System Integrator").
fn position(list: &[&str], word: &str) -> Option<usize> {
    let plain: String =
        word.trim().chars().map(|c| if c.is_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    list.iter().position(|item| *item == plain)
}

/// Why a cell is no date or instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenFault {
    Malformed,
    OutOfRange,
    TooFine,
    WrongType,
}

impl WhenFault {
    /// Code and words.
    pub(crate) fn explain(self, cell: CellRef<'_>) -> (Code, String) {
        let got = cell.show();
        match self {
            Self::Malformed => (
                Code::InvalidDate,
                format!("expected a date or time such as 2026-11-20 or 2026-11-20T10:20:30Z, got {got}"),
            ),
            Self::OutOfRange => (Code::DateOutOfRange, format!("expected a date from 1900 to 2200, got {got}")),
            Self::TooFine => {
                (Code::InvalidDate, "a timestamp finer than a microsecond; round it to microseconds first".to_owned())
            }
            Self::WrongType => (Code::WrongType, format!("expected a timestamp, date or ISO 8601 text, got {got}")),
        }
    }
}

/// A cell as a date or time; `None` where there is none.
pub(crate) fn when_of(cell: CellRef<'_>) -> Result<Option<Parsed>, WhenFault> {
    Ok(Some(match cell {
        _ if cell.is_null() => return Ok(None),
        CellRef::Instant(at) => Parsed::Instant(at),
        CellRef::Local(at) => Parsed::Local(at),
        CellRef::Date(date) => Parsed::Date(date),
        CellRef::Text(text) => parse_when(text).map_err(|e| match e {
            crate::calendar::CalendarError::OutOfRange => WhenFault::OutOfRange,
            _ => WhenFault::Malformed,
        })?,
        CellRef::TooFine => return Err(WhenFault::TooFine),
        CellRef::TooFar => return Err(WhenFault::OutOfRange),
        _ => return Err(WhenFault::WrongType),
    }))
}

/// A date or time as an instant.
pub(crate) fn instant_of(when: Parsed, zone: &Zone, edge: Edge) -> Result<i64, WhenFault> {
    let date_fits = |date: Date| if date_in_range(date) { Ok(date) } else { Err(WhenFault::OutOfRange) };
    let instant = match when {
        Parsed::Instant(at) => at,
        Parsed::Local(micros) if in_range(micros) => zone.local_to_instant(micros),
        Parsed::Local(_) => return Err(WhenFault::OutOfRange),
        Parsed::Date(date) => match edge {
            Edge::Start => zone.start_of_day(date_fits(date)?),
            Edge::End => zone.end_of_day(date_fits(date)?),
        },
    };
    if in_range(instant) { Ok(instant) } else { Err(WhenFault::OutOfRange) }
}

/// A caller's `as_of` (a date or an instant as text) as the last instant that counts.
pub(crate) fn as_of_instant(text: &str, zone: &Zone) -> Result<i64, Error> {
    let cell = CellRef::Text(text);
    let instant = match when_of(cell) {
        Ok(Some(when)) => instant_of(when, zone, Edge::End),
        Ok(None) => Err(WhenFault::Malformed),
        Err(fault) => Err(fault),
    };
    instant.map_err(|fault| {
        let (_, message) = fault.explain(cell);
        Error::new(Code::InvalidOption, "as_of", format!("as_of: {message}"))
    })
}
