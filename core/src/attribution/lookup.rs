//! Finding the journey of each touch: most touches of a CRM belong to no journey that is asked for, so a small filter of
//! bits, which stays in the cache, turns them away before the table of ids is looked at.
//!
//! Rows go through in blocks, first the filter, then the table, without a branch between rows: the memory accesses of
//! many rows overlap. What was read of the table is judged only when the block is through.

use crate::table::Interner;
use crate::table::intern::hash_int;

/// Rows of a block.
const BLOCK: usize = 1024;
/// Bits of the filter per id.
const BITS_PER_ID: usize = 12;

/// The ids of the journeys, made for many look-ups.
pub(super) struct Lookup {
    /// Whether the ids are integers.
    ints: bool,
    filter: Vec<u64>,
    /// How far a hash is shifted to find its bit.
    shift: u32,
    table: IntTable,
}

/// Integer ids and their codes, open addressing with linear probing.
#[derive(Default)]
struct IntTable {
    /// Key and code side by side, so that a look-up touches one line of the cache.
    places: Vec<(u64, u32)>,
    /// A key that no id has: it marks the empty places.
    empty: u64,
}

impl IntTable {
    /// A table of keys, whose codes are their places in the list; of equal keys the first is found.
    fn new(bits: &[u64]) -> Self {
        // A key of small numbers that is free: of one more candidates than there are keys, one is.
        let mut taken = vec![false; bits.len() + 1];
        for &key in bits {
            if let Some(mark) = usize::try_from(key).ok().and_then(|key| taken.get_mut(key)) {
                *mark = true;
            }
        }
        let empty = taken.iter().position(|t| !t).unwrap_or(bits.len()) as u64;
        let places = (bits.len() * 3 / 2).next_power_of_two().max(16);
        let mut table = Self { places: vec![(empty, 0); places], empty };
        for (code, &key) in bits.iter().enumerate() {
            let mut place = table.place(key);
            while table.places[place].0 != empty {
                place = (place + 1) & (places - 1);
            }
            table.places[place] = (key, code as u32);
        }
        table
    }

    fn place(&self, key: u64) -> usize {
        hash_int(key) as usize & (self.places.len() - 1)
    }

    /// The first place where a key can stand.
    #[inline]
    fn first(&self, key: u64) -> (u64, u32) {
        self.places[self.place(key)]
    }

    /// The code of a key whose first place was read before.
    #[inline]
    fn find_from(&self, key: u64, first: (u64, u32)) -> Option<u32> {
        match first {
            (known, code) if known == key => (key != self.empty).then_some(code),
            (known, _) if known == self.empty => None,
            _ => self.find(key),
        }
    }

    fn find(&self, key: u64) -> Option<u32> {
        let mut place = self.place(key);
        loop {
            let (known, code) = self.places[place];
            if known == key {
                return (key != self.empty).then_some(code);
            }
            if known == self.empty {
                return None;
            }
            place = (place + 1) & (self.places.len() - 1);
        }
    }
}

impl Lookup {
    pub(super) fn new(ids: &Interner) -> Self {
        let bits = (ids.len() * BITS_PER_ID).next_power_of_two().clamp(64, 1 << 36);
        let mut lookup = Self {
            ints: ids.int_bits_of_all().is_some(),
            filter: vec![0; bits / 64],
            shift: 64 - bits.trailing_zeros(),
            table: IntTable::default(),
        };
        if let Some(ints) = ids.int_bits_of_all() {
            ints.iter().for_each(|&id| lookup.mark(hash_int(id)));
            lookup.table = IntTable::new(ints);
        } else {
            let hash = |code: u32| match ids.key(code) {
                crate::table::Key::Text(text) => ids.hash_text(text),
                crate::table::Key::Int(_) => 0,
            };
            let hashes: Vec<u64> = (0..ids.len() as u32).map(hash).collect();
            hashes.iter().for_each(|&hash| lookup.mark(hash));
            lookup.table = IntTable::new(&hashes);
        }
        lookup
    }

    fn mark(&mut self, hash: u64) {
        let bit = hash >> self.shift;
        self.filter[(bit >> 6) as usize] |= 1 << (bit & 63);
    }

    #[inline]
    fn passes(&self, hash: u64) -> bool {
        let bit = hash >> self.shift;
        self.filter[(bit >> 6) as usize] >> (bit & 63) & 1 == 1
    }

    /// Looks up integer ids; `each` gets the row and the code of those that are known.
    pub(super) fn ints(
        &self,
        rows: std::ops::Range<usize>,
        id_at: impl Fn(usize) -> Option<u64>,
        mut each: impl FnMut(usize, u32),
    ) {
        if !self.ints {
            return;
        }
        let mut passed = [0_usize; BLOCK];
        let mut read = [(0_u64, 0_u32); BLOCK];
        let mut from = rows.start;
        while from < rows.end {
            let to = rows.end.min(from + BLOCK);
            let mut count = 0;
            for row in from..to {
                passed[count] = row;
                count += usize::from(id_at(row).is_some_and(|id| self.passes(hash_int(id))));
            }
            for (&row, read) in passed[..count].iter().zip(&mut read) {
                // All rows that passed have an id.
                *read = id_at(row).map_or((self.table.empty, 0), |id| self.table.first(id));
            }
            for (&row, &first) in passed[..count].iter().zip(&read) {
                if let Some(code) = id_at(row).and_then(|id| self.table.find_from(id, first)) {
                    each(row, code);
                }
            }
            from = to;
        }
    }

    /// Looks up text ids; `each` gets the row and the code of those that are known.
    ///
    /// The table is asked by the hash of a text first, so that only a text whose hash is known is compared.
    pub(super) fn texts<'t>(
        &self,
        ids: &Interner,
        rows: std::ops::Range<usize>,
        id_at: impl Fn(usize) -> &'t str,
        mut each: impl FnMut(usize, u32),
    ) {
        if self.ints || ids.is_empty() {
            return;
        }
        let mut passed = [(0_usize, 0_u64); BLOCK];
        let mut read = [(0_u64, 0_u32); BLOCK];
        let mut likely = [(0_usize, 0_u32); BLOCK];
        let mut from = rows.start;
        while from < rows.end {
            let to = rows.end.min(from + BLOCK);
            let mut count = 0;
            for row in from..to {
                let hash = ids.hash_text(id_at(row));
                passed[count] = (row, hash);
                count += usize::from(self.passes(hash));
            }
            for (&(_, hash), read) in passed[..count].iter().zip(&mut read) {
                *read = self.table.first(hash);
            }
            let mut known = 0;
            for (&(row, hash), &first) in passed[..count].iter().zip(&read) {
                likely[known] = (row, self.table.find_from(hash, first).unwrap_or(crate::table::NULL));
                known += usize::from(likely[known].1 != crate::table::NULL);
            }
            for &(row, code) in &likely[..known] {
                let id = id_at(row);
                // Two ids of one hash are one in 10^19; the interner then tells them apart.
                let code = if ids.text_is(code, id) { Some(code) } else { ids.find_text(id) };
                if let Some(code) = code {
                    each(row, code);
                }
            }
            from = to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Key;

    #[test]
    fn every_known_id_is_found_and_no_other() {
        let mut ids = Interner::default();
        let id = |i: u64| i.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for i in 0..5000 {
            ids.intern(Key::Int(id(i).into())).unwrap();
        }
        let lookup = Lookup::new(&ids);
        let mut found = Vec::new();
        lookup.ints(0..10_000, |row| Some(id(row as u64)), |row, code| found.push((row, code)));
        assert_eq!(found, (0..5000).map(|i| (i as usize, i)).collect::<Vec<_>>());
    }

    #[test]
    fn texts_and_empty_sets_work_too() {
        let none = Interner::default();
        Lookup::new(&none).ints(0..10, |row| Some(row as u64), |_, _| panic!("nothing is known"));
        Lookup::new(&none).texts(&none, 0..10, |_| "a", |_, _| panic!("nothing is known"));
        let mut ids = Interner::default();
        ids.intern(Key::Text("a")).unwrap();
        let lookup = Lookup::new(&ids);
        let mut found = Vec::new();
        lookup.texts(&ids, 0..3, |row| ["b", "a", "ab"][row], |row, code| found.push((row, code)));
        assert_eq!(found, [(1, 0)]);
    }
}
