//! Aliases: ids that stand for others.

use hashbrown::{HashMap, HashSet};

use super::{Drafts, number_of};
use crate::error::Code;
use crate::facts::store::{Chunk, NULL_SMALL, Values};
use crate::facts::{aliases, opportunities};
use crate::table::{Key, KeySpace};

/// What each code of a key space stands for.
pub(in crate::facts) type Renamed = HashMap<KeySpace, HashMap<u32, u32>>;

/// The aliases, each way followed to its end; those that contradict each other are rejected.
pub(in crate::facts) fn resolve_aliases(drafts: &mut Drafts) -> Renamed {
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

/// Replaces aliased ids in every column that refers; keys that stand once are replaced by [`super::unique::rows`], which sees
/// merged records.
pub(super) fn apply(drafts: &mut Drafts, renamed: &Renamed) {
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
pub(super) fn names(chunk: &Chunk, row: usize, only: Option<(usize, u8)>) -> bool {
    only.is_none_or(|(by, member)| chunk.member(by, row) == Some(member))
}

/// The currency of each opportunity by code, under every id that it has; none where rows of one id differ.
pub(in crate::facts) fn deal_currencies(drafts: &Drafts, renamed: &Renamed) -> Vec<u8> {
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
