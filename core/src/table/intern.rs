//! Ids and texts as small numbers.
//!
//! An [`Interner`] gives each distinct id of a key space a `u32`, in order of first sight. Those numbers are never shown
//! and never decide anything: wherever an order or a tie matters, ids are compared by value ([`Interner::ranks`]). A key
//! space holds integers or text, not both; integers span `i64` or `u64`.

use std::cmp::Ordering;
use std::hash::{BuildHasher, Hasher};

use hashbrown::{DefaultHashBuilder, HashTable};

use super::raw::{CellRef, RawColumn, RawValues};
use crate::error::{Code, Error, Result};

/// The code of a missing id.
pub const NULL: u32 = u32::MAX;

/// An id: a whole number or text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Key<'a> {
    /// A whole number.
    Int(i128),
    /// Text.
    Text(&'a str),
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Int(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Int(_)) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl std::fmt::Display for Key<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Int(i) => write!(f, "{i}"),
            Self::Text(t) => f.write_str(t),
        }
    }
}

/// Whether a key space holds integers or text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyKind {
    /// Integers.
    Int,
    /// Text.
    Text,
}

impl KeyKind {
    /// As a message names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Int => "whole numbers",
            Self::Text => "text",
        }
    }
}

/// Distinct ids, numbered in order of first sight.
#[derive(Debug, Clone, Default)]
pub struct Interner {
    kind: Option<KeyKind>,
    ints: Vec<u64>,
    negative: bool,
    beyond_i64: bool,
    text: String,
    ends: Vec<usize>,
    table: HashTable<(u32, u32)>,
    hasher: DefaultHashBuilder,
}

/// A fast, well-mixed hash of an integer id (the finalizer of MurmurHash3, folded).
#[inline]
pub(crate) fn hash_int(bits: u64) -> u64 {
    let product = u128::from(bits ^ 0x9E37_79B9_7F4A_7C15) * 0xD6E8_FEB8_6659_FD93_u128;
    (product >> 64) as u64 ^ product as u64
}

impl Interner {
    /// How many distinct ids.
    pub fn len(&self) -> usize {
        self.ints.len().max(self.ends.len())
    }

    /// Whether there is no id yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Integers or text; `None` before the first id.
    pub fn kind(&self) -> Option<KeyKind> {
        self.kind
    }

    /// The id of a code.
    pub fn key(&self, code: u32) -> Key<'_> {
        let at = code as usize;
        match self.kind {
            Some(KeyKind::Int) if self.negative => Key::Int(i128::from(self.ints[at] as i64)),
            Some(KeyKind::Int) => Key::Int(i128::from(self.ints[at])),
            _ => Key::Text(self.text_at(at)),
        }
    }

    /// The id of a code as text; `None` for [`NULL`].
    pub fn show(&self, code: u32) -> Option<String> {
        (code != NULL).then(|| self.key(code).to_string())
    }

    /// The bits of all integer ids, by code; `None` where ids are text or there are none.
    pub(crate) fn int_bits_of_all(&self) -> Option<&[u64]> {
        (self.kind == Some(KeyKind::Int)).then_some(&self.ints)
    }

    /// Whether a number lies in the range that the ids of this space share.
    pub(crate) fn unsigned_fits(&self, value: u64) -> bool {
        !self.negative || i64::try_from(value).is_ok()
    }

    /// [`Interner::unsigned_fits`] of a signed number.
    pub(crate) fn signed_fits(&self, value: i64) -> bool {
        self.negative || value >= 0
    }

    fn text_at(&self, at: usize) -> &str {
        let from = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.text[from..self.ends[at]]
    }

    fn check_kind(&mut self, kind: KeyKind, shown: impl Fn() -> String) -> Result<()> {
        match self.kind {
            Some(known) if known != kind => Err(Error::new(
                Code::IdKindMismatch,
                "",
                format!(
                    "id {} is {}, but ids of this kind are {} elsewhere; cast one side so that both are the same",
                    shown(),
                    kind.name(),
                    known.name()
                ),
            )),
            _ => {
                self.kind = Some(kind);
                Ok(())
            }
        }
    }

    /// The code of an id, new where it was not seen before.
    ///
    /// # Errors
    /// [`Code::IdKindMismatch`]; [`Code::NumberOutOfRange`] beyond 64 bits; [`Code::TooLarge`] beyond 2^32 - 1 ids.
    pub fn intern(&mut self, key: Key<'_>) -> Result<u32> {
        match key {
            Key::Int(value) => {
                self.check_kind(KeyKind::Int, || value.to_string())?;
                let bits = self.int_bits(value)?;
                self.intern_bits(bits)
            }
            Key::Text(text) => {
                self.check_kind(KeyKind::Text, || crate::error::quoted(text))?;
                self.intern_text(text)
            }
        }
    }

    fn int_bits(&mut self, value: i128) -> Result<u64> {
        let negative = self.negative || value < 0;
        let beyond = self.beyond_i64 || value > i128::from(i64::MAX);
        if value < i128::from(i64::MIN) || value > i128::from(u64::MAX) || (negative && beyond) {
            return Err(Error::new(
                Code::NumberOutOfRange,
                "",
                format!("id {value} does not fit with the others into 64 bits; give such ids as text"),
            ));
        }
        (self.negative, self.beyond_i64) = (negative, beyond);
        Ok(value as u64)
    }

    fn new_code(&self) -> Result<u32> {
        u32::try_from(self.len())
            .ok()
            .filter(|&code| code != NULL)
            .ok_or_else(|| Error::new(Code::TooLarge, "", "more than 4,294,967,294 distinct ids"))
    }

    fn intern_bits(&mut self, bits: u64) -> Result<u32> {
        let hash = hash_int(bits);
        let tag = (hash >> 32) as u32;
        if let Some(&(_, code)) = self.table.find(hash, |&(t, code)| t == tag && self.ints[code as usize] == bits) {
            return Ok(code);
        }
        let code = self.new_code()?;
        self.ints.push(bits);
        let ints = &self.ints;
        self.table.insert_unique(hash, (tag, code), |&(_, code)| hash_int(ints[code as usize]));
        Ok(code)
    }

    /// Whether a code is that of a text.
    #[inline]
    pub(crate) fn text_is(&self, code: u32, text: &str) -> bool {
        self.text_at(code as usize) == text
    }

    #[inline]
    pub(crate) fn hash_text(&self, text: &str) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(text.as_bytes());
        hasher.finish()
    }

    /// The code of a text id whose kind was checked.
    fn intern_text(&mut self, text: &str) -> Result<u32> {
        let hash = self.hash_text(text);
        let tag = (hash >> 32) as u32;
        if let Some(&(_, code)) = self.table.find(hash, |&(t, code)| t == tag && self.text_at(code as usize) == text) {
            return Ok(code);
        }
        let code = self.new_code()?;
        self.text.push_str(text);
        self.ends.push(self.text.len());
        let mut table = std::mem::take(&mut self.table);
        table.insert_unique(hash, (tag, code), |&(_, code)| self.hash_text(self.text_at(code as usize)));
        self.table = table;
        Ok(code)
    }

    /// The code of a known id.
    #[inline]
    pub fn find(&self, key: Key<'_>) -> Option<u32> {
        match (key, self.kind?) {
            (Key::Int(value), KeyKind::Int) => {
                let low = if self.negative { i128::from(i64::MIN) } else { 0 };
                let high = if self.negative { i128::from(i64::MAX) } else { i128::from(u64::MAX) };
                if value < low || value > high { None } else { self.find_bits(value as u64) }
            }
            (Key::Text(text), KeyKind::Text) => self.find_text(text),
            _ => None,
        }
    }

    /// [`Interner::intern`] of an unsigned number.
    #[inline]
    pub(crate) fn intern_unsigned(&mut self, value: u64) -> Result<u32> {
        if self.kind == Some(KeyKind::Int) && i64::try_from(value).is_ok() {
            return self.intern_bits(value);
        }
        self.intern(Key::Int(value.into()))
    }

    #[inline]
    pub(crate) fn find_bits(&self, bits: u64) -> Option<u32> {
        let hash = hash_int(bits);
        let tag = (hash >> 32) as u32;
        self.table.find(hash, |&(t, code)| t == tag && self.ints[code as usize] == bits).map(|&(_, code)| code)
    }

    #[inline]
    pub(crate) fn find_text(&self, text: &str) -> Option<u32> {
        let hash = self.hash_text(text);
        let tag = (hash >> 32) as u32;
        self.table.find(hash, |&(t, code)| t == tag && self.text_at(code as usize) == text).map(|&(_, code)| code)
    }

    /// The place of each code in the order of the ids by value.
    pub fn ranks(&self) -> Vec<u32> {
        let order = self.order();
        let mut ranks = vec![0_u32; order.len()];
        for (rank, code) in order.into_iter().enumerate() {
            ranks[code as usize] = rank as u32;
        }
        ranks
    }

    /// The codes in the order of their ids by value.
    pub fn order(&self) -> Vec<u32> {
        let mut order: Vec<u32> = (0..self.len() as u32).collect();
        match self.kind {
            Some(KeyKind::Int) if self.negative => order.sort_unstable_by_key(|&c| self.ints[c as usize] as i64),
            Some(KeyKind::Int) => order.sort_unstable_by_key(|&c| self.ints[c as usize]),
            _ => order.sort_unstable_by(|&a, &b| self.text_at(a as usize).cmp(self.text_at(b as usize))),
        }
        order
    }

    /// Makes room for ids that are expected to be new.
    pub(crate) fn reserve(&mut self, more: usize) {
        let mut table = std::mem::take(&mut self.table);
        table.reserve(more, |&(_, code)| match self.kind {
            Some(KeyKind::Int) => hash_int(self.ints[code as usize]),
            _ => self.hash_text(self.text_at(code as usize)),
        });
        self.table = table;
    }

    /// The codes of a whole column; nulls and blank texts become [`NULL`].
    ///
    /// # Errors
    /// The first row that cannot be an id, with the reason.
    pub fn intern_column(&mut self, column: &RawColumn<'_>) -> std::result::Result<Vec<u32>, (usize, Error)> {
        let rows = column.len();
        let mut codes = Vec::with_capacity(rows);
        if let RawValues::Dictionary(indices, values) = &column.values {
            // Each distinct value is looked at once, and only when a row uses it.
            let mut known = vec![None; values.len()];
            for (row, &index) in indices.iter().enumerate() {
                let code = match known.get(index as usize) {
                    _ if !column.is_valid(row) => NULL,
                    Some(Some(code)) => *code,
                    _ => {
                        let code = self.intern_cell(values.cell(index as usize)).map_err(|e| (row, e))?;
                        known[index as usize] = Some(code);
                        code
                    }
                };
                codes.push(code);
            }
            return Ok(codes);
        }
        match &column.values {
            // The frequent kinds of ids, without a cell.
            RawValues::U64(ids) if column.valid.is_none() => {
                for (row, &id) in ids.iter().enumerate() {
                    codes.push(self.intern_unsigned(id).map_err(|e| (row, e))?);
                }
            }
            RawValues::I64(ids) if column.valid.is_none() => {
                for (row, &id) in ids.iter().enumerate() {
                    let code = match u64::try_from(id) {
                        Ok(id) => self.intern_unsigned(id),
                        Err(_) => self.intern(Key::Int(id.into())),
                    };
                    codes.push(code.map_err(|e| (row, e))?);
                }
            }
            RawValues::U32(ids) if column.valid.is_none() => {
                for (row, &id) in ids.iter().enumerate() {
                    codes.push(self.intern_unsigned(id.into()).map_err(|e| (row, e))?);
                }
            }
            _ => {
                for row in 0..rows {
                    codes.push(self.intern_cell(column.cell(row)).map_err(|e| (row, e))?);
                }
            }
        }
        Ok(codes)
    }

    /// The code of an id in a column that mixes key spaces and is text for that reason: a whole number where the ids of
    /// this space are whole numbers.
    ///
    /// # Errors
    /// As [`Interner::intern`].
    pub(crate) fn intern_mixed(&mut self, text: &str) -> Result<u32> {
        match (self.kind, text.parse::<i128>()) {
            (Some(KeyKind::Int), Ok(id)) => self.intern(Key::Int(id)),
            _ => self.intern(Key::Text(text)),
        }
    }

    /// The code of a cell; null and blank text become [`NULL`].
    pub fn intern_cell(&mut self, cell: CellRef<'_>) -> Result<u32> {
        match key_of(cell)? {
            None => Ok(NULL),
            Some(key) => self.intern(key),
        }
    }
}

/// A cell as an id: text or a whole number; `None` where there is none.
pub(crate) fn key_of(cell: CellRef<'_>) -> Result<Option<Key<'_>>> {
    Ok(match cell {
        _ if cell.is_null() => None,
        CellRef::Int(value) => Some(Key::Int(value)),
        // pandas turns a whole-number column with gaps into floats.
        CellRef::Float(value) if value.is_nan() => None,
        CellRef::Float(value) if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 => {
            Some(Key::Int(value as i128))
        }
        CellRef::Decimal(mantissa, 0) => Some(Key::Int(mantissa)),
        CellRef::Text(text) => Some(Key::Text(text.trim_ascii())),
        other => {
            return Err(Error::new(
                Code::WrongType,
                "",
                format!("{} cannot be an id; expected text or a whole number", other.show()),
            ));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_keeps_its_code_and_order_is_by_value() {
        let mut ids = Interner::default();
        let codes: Vec<u32> = [30, -2, 7, 30].into_iter().map(|i| ids.intern(Key::Int(i)).unwrap()).collect();
        assert_eq!(codes, [0, 1, 2, 0]);
        assert_eq!(ids.order(), [1, 2, 0]);
        assert_eq!(ids.ranks(), [2, 0, 1]);
        assert_eq!(ids.key(1), Key::Int(-2));
        assert_eq!(ids.find(Key::Int(7)), Some(2));
        assert_eq!(ids.find(Key::Int(8)), None);
        assert_eq!(ids.find(Key::Text("7")), None);
    }

    #[test]
    fn a_key_space_keeps_one_kind() {
        let mut ids = Interner::default();
        ids.intern(Key::Text("a")).unwrap();
        let error = ids.intern(Key::Int(1)).unwrap_err();
        assert_eq!(error.code(), Code::IdKindMismatch);
        assert!(error.message().contains("whole numbers"), "{error}");
    }

    #[test]
    fn unsigned_ids_beyond_i64_are_kept() {
        let mut ids = Interner::default();
        ids.intern(Key::Int(i128::from(u64::MAX))).unwrap();
        ids.intern(Key::Int(1)).unwrap();
        assert_eq!(ids.key(0), Key::Int(i128::from(u64::MAX)));
        assert_eq!(ids.order(), [1, 0]);
        assert_eq!(ids.intern(Key::Int(-1)).unwrap_err().code(), Code::NumberOutOfRange);
    }

    #[test]
    fn many_texts_are_found_again() {
        let mut ids = Interner::default();
        let text = |i: u32| format!("OPP-{i:08}");
        for i in 0..5000 {
            assert_eq!(ids.intern(Key::Text(&text(i))).unwrap(), i);
        }
        assert!((0..5000).all(|i| ids.find(Key::Text(&text(i))) == Some(i)));
    }
}
