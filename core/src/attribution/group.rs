//! From touches in any order to journeys: grouped by journey, ordered by time.
//!
//! Touches of the same time are ordered by touch id, else by channel, kind, role and weight, always by value; two touches that
//! agree in all of that are interchangeable. So the result depends neither on the order nor on the chunking of the rows.

use std::cmp::Ordering;

use super::options::Repeats;
use crate::engine::monitor::Monitor;
use crate::engine::parallel;
use crate::error::{Code, Error, Result};
use crate::table::{Interner, NULL};

/// Touches that belong to a journey, in any order; optional columns are empty where nothing has them.
#[derive(Debug, Default)]
pub(crate) struct Hits {
    /// The number of the journey.
    pub(crate) slot: Vec<u32>,
    pub(crate) channel: Vec<u32>,
    pub(crate) at: Vec<i64>,
    pub(crate) touch: Vec<u32>,
    pub(crate) kind: Vec<u32>,
    pub(crate) role: Vec<u32>,
    pub(crate) vendor: Vec<bool>,
    pub(crate) weight: Vec<u64>,
}

/// What grouping needs to know beside the touches.
pub(crate) struct Rules<'a> {
    /// How many journeys there are.
    pub(crate) journeys: usize,
    pub(crate) touch_ids: Option<&'a Interner>,
    pub(crate) kinds: Option<&'a Interner>,
    /// Whether the result holds the kinds too, beside being ordered by them.
    pub(crate) keep_kinds: bool,
    pub(crate) roles: Option<&'a Interner>,
    pub(crate) has_vendor: bool,
    /// Whether touches have weights of their own.
    pub(crate) weighted: bool,
    pub(crate) last_touches: Option<usize>,
    pub(crate) repeats: Repeats,
}

/// Ordered touches, journey after journey.
#[derive(Debug, Default)]
pub(crate) struct Grouped {
    pub(crate) starts: Vec<usize>,
    pub(crate) channel: Vec<u32>,
    pub(crate) at: Vec<i64>,
    pub(crate) touch: Vec<u32>,
    pub(crate) kind: Vec<u32>,
    pub(crate) role: Vec<u32>,
    pub(crate) vendor: Vec<bool>,
    pub(crate) weight: Vec<u64>,
    /// Touches before the last ones that count.
    pub(crate) beyond_lookback: u64,
    /// Repeated touches that were dropped.
    pub(crate) repeated: u64,
}

/// A touch while it is sorted; `index` finds its other columns, where there are any.
#[derive(Debug, Clone, Copy)]
struct Record {
    at: i64,
    channel: u32,
    index: u32,
}

/// Slots that are looked at together, so that the touches of a range are picked without a branch.
const BLOCK: usize = 1024;

/// Groups and orders touches.
///
/// Touches are counted once; then each range of journeys writes its own right into the columns of the result.
pub(crate) fn group(pieces: &[Hits], rules: &Rules<'_>, monitor: &Monitor) -> Result<Grouped> {
    let total: usize = pieces.iter().map(|p| p.slot.len()).sum();
    if u32::try_from(total).is_err() {
        return Err(Error::new(Code::TooLarge, "touches", "more than 4,294,967,295 touches in one set of journeys"));
    }
    monitor.begin("journeys", total)?;
    let mut firsts = Vec::with_capacity(pieces.len());
    let mut first = 0;
    for piece in pieces {
        firsts.push(first);
        first += piece.slot.len();
    }
    let order = Order {
        pieces,
        firsts,
        touch_ids: rules.touch_ids,
        kind_ranks: rules.kinds.map(Interner::ranks),
        role_ranks: rules.roles.map(Interner::ranks),
        weighted: rules.weighted,
    };
    let starts = starts(pieces, total, rules.journeys)?;
    let mut whole = Grouped {
        channel: vec![0; total],
        at: vec![0; total],
        touch: vec![0; if rules.touch_ids.is_some() { total } else { 0 }],
        kind: vec![0; if rules.keep_kinds { total } else { 0 }],
        role: vec![0; if rules.roles.is_some() { total } else { 0 }],
        vendor: vec![false; if rules.has_vendor { total } else { 0 }],
        weight: vec![0; if rules.weighted { total } else { 0 }],
        ..Grouped::default()
    };
    // Each range looks at every touch and takes its own, so their number is a compromise between balance and looking.
    let ranges = if total < parallel::SMALL { 1 } else { parallel::threads() * 2 };
    let ranges = parallel::pieces(rules.journeys, rules.journeys.div_ceil(ranges));
    let mut rest = Columns::of(&mut whole);
    let mut jobs = Vec::with_capacity(ranges.len());
    for range in &ranges {
        let (own, others) = rest.split(starts[range.end] - starts[range.start]);
        jobs.push((range.clone(), own));
        rest = others;
    }
    let kept = parallel::map(jobs, total, |(range, columns)| {
        monitor.check()?;
        let touches = columns.at.len();
        let kept = group_range(&order, range, &starts, rules, columns);
        monitor.advance(touches)?;
        Ok(kept)
    })?;
    whole.starts = starts;
    if rules.reduces() {
        whole.close_gaps(&ranges, &kept);
    }
    Ok(whole)
}

/// Where the touches of each journey start, and where the last ones end.
fn starts(pieces: &[Hits], total: usize, journeys: usize) -> Result<Vec<usize>> {
    // Counters of their own for each job: they shall not outgrow the touches.
    let jobs = parallel::threads().min(total / journeys.max(1)).clamp(1, 8);
    let jobs: Vec<&[Hits]> = pieces.chunks(pieces.len().div_ceil(jobs).max(1)).collect();
    let counts = parallel::map(jobs, total, |pieces| {
        let mut counts = vec![0_u32; journeys];
        pieces.iter().flat_map(|p| &p.slot).for_each(|&slot| counts[slot as usize] += 1);
        Ok(counts)
    })?;
    let mut starts = Vec::with_capacity(journeys + 1);
    let mut start = 0;
    starts.push(start);
    for journey in 0..journeys {
        start += counts.iter().map(|c| c[journey] as usize).sum::<usize>();
        starts.push(start);
    }
    Ok(starts)
}

impl Rules<'_> {
    /// Whether touches can be dropped.
    fn reduces(&self) -> bool {
        self.repeats != Repeats::Keep || self.last_touches.is_some()
    }
}

/// The columns of the result, or the part of them that belongs to a range of journeys.
struct Columns<'a> {
    channel: &'a mut [u32],
    at: &'a mut [i64],
    touch: &'a mut [u32],
    kind: &'a mut [u32],
    role: &'a mut [u32],
    vendor: &'a mut [bool],
    weight: &'a mut [u64],
}

impl<'a> Columns<'a> {
    fn of(whole: &'a mut Grouped) -> Self {
        let Grouped { channel, at, touch, kind, role, vendor, weight, .. } = whole;
        Self { channel, at, touch, kind, role, vendor, weight }
    }

    /// Whether there is nothing but channels and times.
    fn are_bare(&self) -> bool {
        self.touch.is_empty()
            && self.kind.is_empty()
            && self.role.is_empty()
            && self.vendor.is_empty()
            && self.weight.is_empty()
    }

    /// The first touches, and the others.
    fn split(self, touches: usize) -> (Self, Self) {
        fn cut<T>(column: &mut [T], touches: usize) -> (&mut [T], &mut [T]) {
            column.split_at_mut(touches.min(column.len()))
        }
        let channel = cut(self.channel, touches);
        let at = cut(self.at, touches);
        let touch = cut(self.touch, touches);
        let kind = cut(self.kind, touches);
        let role = cut(self.role, touches);
        let vendor = cut(self.vendor, touches);
        let weight = cut(self.weight, touches);
        (
            Self {
                channel: channel.0,
                at: at.0,
                touch: touch.0,
                kind: kind.0,
                role: role.0,
                vendor: vendor.0,
                weight: weight.0,
            },
            Self {
                channel: channel.1,
                at: at.1,
                touch: touch.1,
                kind: kind.1,
                role: role.1,
                vendor: vendor.1,
                weight: weight.1,
            },
        )
    }
}

/// What is left of the touches of a range; it stands at the front of the range's columns.
#[derive(Default)]
struct Kept {
    /// How many touches each journey has kept; empty where touches cannot be dropped.
    lengths: Vec<usize>,
    beyond_lookback: u64,
    repeated: u64,
}

impl Grouped {
    /// Moves what the ranges have kept together.
    fn close_gaps(&mut self, ranges: &[std::ops::Range<usize>], kept: &[Kept]) {
        fn close<T: Copy>(column: &mut [T], touches: std::ops::Range<usize>, to: usize) {
            if !column.is_empty() {
                column.copy_within(touches, to);
            }
        }
        let mut end = 0;
        for (range, part) in ranges.iter().zip(kept) {
            let from = self.starts[range.start];
            let touches = from..from + part.lengths.iter().sum::<usize>();
            close(&mut self.channel, touches.clone(), end);
            close(&mut self.at, touches.clone(), end);
            close(&mut self.touch, touches.clone(), end);
            close(&mut self.kind, touches.clone(), end);
            close(&mut self.role, touches.clone(), end);
            close(&mut self.vendor, touches.clone(), end);
            close(&mut self.weight, touches, end);
            for (start, length) in self.starts[range.clone()].iter_mut().zip(&part.lengths) {
                *start = end;
                end += length;
            }
            self.beyond_lookback += part.beyond_lookback;
            self.repeated += part.repeated;
        }
        if let Some(last) = self.starts.last_mut() {
            *last = end;
        }
        self.channel.truncate(end);
        self.at.truncate(end);
        self.touch.truncate(end);
        self.kind.truncate(end);
        self.role.truncate(end);
        self.vendor.truncate(end);
        self.weight.truncate(end);
    }
}

struct Order<'a> {
    pieces: &'a [Hits],
    firsts: Vec<usize>,
    touch_ids: Option<&'a Interner>,
    kind_ranks: Option<Vec<u32>>,
    role_ranks: Option<Vec<u32>>,
    weighted: bool,
}

impl Order<'_> {
    fn locate(&self, index: u32) -> (&Hits, usize) {
        let at = self.firsts.partition_point(|&f| f <= index as usize) - 1;
        (&self.pieces[at], index as usize - self.firsts[at])
    }

    /// Whether anything but the channel tells touches of the same time apart.
    fn tells_ties(&self) -> bool {
        self.touch_ids.is_some() || self.kind_ranks.is_some() || self.role_ranks.is_some() || self.weighted
    }

    /// Which of two touches of the same time comes first.
    fn tie(&self, a: Record, b: Record) -> Ordering {
        if !self.tells_ties() {
            return a.channel.cmp(&b.channel);
        }
        let ((hits_a, i), (hits_b, j)) = (self.locate(a.index), self.locate(b.index));
        let by_id = match self.touch_ids {
            Some(ids) => match (hits_a.touch[i], hits_b.touch[j]) {
                (NULL, NULL) => Ordering::Equal,
                (NULL, _) => Ordering::Greater,
                (_, NULL) => Ordering::Less,
                (x, y) => ids.key(x).cmp(&ids.key(y)),
            },
            None => Ordering::Equal,
        };
        let rank = |ranks: &Option<Vec<u32>>, codes: &[u32], at: usize| match ranks {
            Some(ranks) if codes[at] != NULL => ranks[codes[at] as usize],
            _ => NULL,
        };
        by_id
            .then(a.channel.cmp(&b.channel))
            .then_with(|| rank(&self.kind_ranks, &hits_a.kind, i).cmp(&rank(&self.kind_ranks, &hits_b.kind, j)))
            .then_with(|| rank(&self.role_ranks, &hits_a.role, i).cmp(&rank(&self.role_ranks, &hits_b.role, j)))
            .then_with(|| if self.weighted { hits_a.weight[i].cmp(&hits_b.weight[j]) } else { Ordering::Equal })
    }
}

/// Groups and orders the touches of a range of journeys in its columns.
fn group_range(
    order: &Order<'_>,
    range: std::ops::Range<usize>,
    starts: &[usize],
    rules: &Rules<'_>,
    mut columns: Columns<'_>,
) -> Kept {
    let indices = place(order, &starts[range.start..=range.end], range.start as u32, &mut columns);
    let base = starts[range.start];
    let (mut part, mut end) = (Kept::default(), 0);
    let (mut touches, mut kept): (Vec<Record>, Vec<Record>) = (Vec::new(), Vec::new());
    for journey in range {
        let own = starts[journey] - base..starts[journey + 1] - base;
        touches.clear();
        touches.extend(own.map(|i| Record {
            at: columns.at[i],
            channel: columns.channel[i],
            index: indices.get(i).copied().unwrap_or(0),
        }));
        touches.sort_unstable_by(|a, b| a.at.cmp(&b.at).then_with(|| order.tie(*a, *b)));
        let touches = if rules.reduces() {
            reduce(&touches, &mut kept, rules, &mut part);
            part.lengths.push(kept.len());
            &kept
        } else {
            &touches
        };
        emit(order, touches, end, &mut columns);
        end += touches.len();
    }
    part
}

/// Puts the touches of a range into the places of their journeys, in any order; gives their indices, where they are needed.
fn place(order: &Order<'_>, starts: &[usize], low: u32, columns: &mut Columns<'_>) -> Vec<u32> {
    let width = (starts.len() - 1) as u32;
    let mut next: Vec<u32> = starts.iter().map(|start| (start - starts[0]) as u32).collect();
    let needed = order.tells_ties() || !columns.are_bare();
    let mut indices = vec![0; if needed { columns.at.len() } else { 0 }];
    let mut own = [0_usize; BLOCK];
    for (piece, &first) in order.pieces.iter().zip(&order.firsts) {
        for (block, slots) in piece.slot.chunks(BLOCK).enumerate() {
            let mut count = 0;
            for (i, slot) in slots.iter().enumerate() {
                own[count] = block * BLOCK + i;
                count += usize::from(slot.wrapping_sub(low) < width);
            }
            for &i in &own[..count] {
                let place = &mut next[(piece.slot[i] - low) as usize];
                columns.at[*place as usize] = piece.at[i];
                columns.channel[*place as usize] = piece.channel[i];
                if needed {
                    indices[*place as usize] = (first + i) as u32;
                }
                *place += 1;
            }
        }
    }
    indices
}

/// Drops repeats, then what lies before the last touches that count.
fn reduce(touches: &[Record], kept: &mut Vec<Record>, rules: &Rules<'_>, part: &mut Kept) {
    kept.clear();
    match rules.repeats {
        Repeats::Keep => kept.extend_from_slice(touches),
        Repeats::Collapse => {
            kept.extend_from_slice(touches);
            kept.dedup_by_key(|t| t.channel);
        }
        Repeats::First => {
            let mut seen = hashbrown::HashSet::new();
            kept.extend(touches.iter().filter(|t| seen.insert(t.channel)));
        }
        Repeats::Last => {
            let mut seen = hashbrown::HashSet::new();
            kept.extend(touches.iter().rev().filter(|t| seen.insert(t.channel)));
            kept.reverse();
        }
    }
    part.repeated += (touches.len() - kept.len()) as u64;
    if let Some(limit) = rules.last_touches
        && kept.len() > limit
    {
        let before = kept.len() - limit;
        part.beyond_lookback += before as u64;
        kept.drain(..before);
    }
}

/// Writes ordered touches from a place on.
fn emit(order: &Order<'_>, touches: &[Record], place: usize, columns: &mut Columns<'_>) {
    let places = place..place + touches.len();
    let written = columns.at[places.clone()].iter_mut().zip(&mut columns.channel[places.clone()]);
    for (touch, (at, channel)) in touches.iter().zip(written) {
        (*at, *channel) = (touch.at, touch.channel);
    }
    if columns.are_bare() {
        return;
    }
    for (touch, place) in touches.iter().zip(places) {
        let (hits, i) = order.locate(touch.index);
        if let Some(id) = columns.touch.get_mut(place) {
            *id = hits.touch[i];
        }
        if let Some(kind) = columns.kind.get_mut(place) {
            *kind = hits.kind[i];
        }
        if let Some(role) = columns.role.get_mut(place) {
            *role = hits.role[i];
        }
        if let Some(vendor) = columns.vendor.get_mut(place) {
            *vendor = hits.vendor[i];
        }
        if let Some(weight) = columns.weight.get_mut(place) {
            *weight = hits.weight[i];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rules(journeys: usize, repeats: Repeats, last_touches: Option<usize>) -> Rules<'static> {
        Rules {
            journeys,
            touch_ids: None,
            kinds: None,
            keep_kinds: false,
            roles: None,
            has_vendor: false,
            weighted: false,
            last_touches,
            repeats,
        }
    }

    fn hits(touches: &[(u32, u32, i64)]) -> Hits {
        Hits {
            slot: touches.iter().map(|t| t.0).collect(),
            channel: touches.iter().map(|t| t.1).collect(),
            at: touches.iter().map(|t| t.2).collect(),
            ..Hits::default()
        }
    }

    #[test]
    fn repeats_and_lookback_are_counted() {
        let one = hits(&[(0, 1, 1), (0, 1, 2), (0, 2, 3), (0, 1, 4)]);
        let with =
            |repeats, last| group(std::slice::from_ref(&one), &rules(2, repeats, last), &Monitor::none()).unwrap();
        assert_eq!(with(Repeats::Keep, None).channel, [1, 1, 2, 1]);
        assert_eq!(with(Repeats::Collapse, None).channel, [1, 2, 1]);
        assert_eq!(with(Repeats::First, None).channel, [1, 2]);
        let last = with(Repeats::Last, Some(1));
        assert_eq!((last.channel, last.starts, last.repeated, last.beyond_lookback), (vec![1], vec![0, 1, 1], 2, 1));
    }

    #[test]
    fn what_ranges_have_kept_is_put_together() {
        let (journeys, touches) = (701_u32, 40_000_u32);
        let mut roles = Interner::default();
        ["a", "b", "c"].iter().for_each(|role| assert!(roles.intern(crate::table::Key::Text(role)).is_ok()));
        // Journeys of different length, later touches first; every seventh has none.
        let slot = |i: u32| Some(i.wrapping_mul(i) % journeys).filter(|slot| slot % 7 != 0);
        let all: Vec<(u32, u32)> = (0..touches).rev().filter_map(|i| Some((slot(i)?, i))).collect();
        let pieces: Vec<Hits> = all
            .chunks(9_000)
            .map(|part| Hits {
                slot: part.iter().map(|t| t.0).collect(),
                channel: part.iter().map(|t| t.1 / 5 % 4).collect(),
                at: part.iter().map(|t| t.1.into()).collect(),
                role: part.iter().map(|t| t.1 % 3).collect(),
                weight: part.iter().map(|t| (t.1 % 11).into()).collect(),
                ..Hits::default()
            })
            .collect();
        for (repeats, last) in [(Repeats::Keep, None), (Repeats::Keep, Some(3)), (Repeats::Collapse, Some(20))] {
            let found = group(
                &pieces,
                &Rules { roles: Some(&roles), weighted: true, ..rules(journeys as usize, repeats, last) },
                &Monitor::none(),
            )
            .unwrap();
            let (mut at, mut starts) = (Vec::new(), vec![0]);
            for journey in 0..journeys {
                let mut own: Vec<u32> = all.iter().rev().filter(|t| t.0 == journey).map(|t| t.1).collect();
                if repeats == Repeats::Collapse {
                    own.dedup_by_key(|i| *i / 5 % 4);
                }
                at.extend_from_slice(&own[own.len() - own.len().min(last.unwrap_or(usize::MAX))..]);
                starts.push(at.len());
            }
            assert_eq!(found.starts, starts);
            assert_eq!(found.channel, at.iter().map(|i| i / 5 % 4).collect::<Vec<_>>());
            assert_eq!(found.role, at.iter().map(|i| i % 3).collect::<Vec<_>>());
            assert_eq!(found.weight, at.iter().map(|i| u64::from(i % 11)).collect::<Vec<_>>());
            assert_eq!(found.beyond_lookback + found.repeated, (all.len() - at.len()) as u64);
            assert_eq!(found.at, at.into_iter().map(i64::from).collect::<Vec<_>>());
        }
    }

    proptest! {
        #[test]
        fn neither_order_nor_chunks_of_the_touches_matter(
            touches in prop::collection::vec((0_u32..5, 0_u32..4, 0_i64..6), 0..60),
            cut in 0_usize..60,
            seed in any::<u64>(),
        ) {
            let whole = group(&[hits(&touches)], &rules(5, Repeats::Keep, None), &Monitor::none()).unwrap();
            let mut shuffled = touches.clone();
            let mut rng = crate::engine::rng::KeyedRng::from_u64(seed, 1);
            for i in (1..shuffled.len()).rev() {
                shuffled.swap(i, rng.below(i as u64 + 1) as usize);
            }
            let cut = cut.min(shuffled.len());
            let pieces = [hits(&shuffled[..cut]), hits(&shuffled[cut..])];
            let other = group(&pieces, &rules(5, Repeats::Keep, None), &Monitor::none()).unwrap();
            prop_assert_eq!((whole.starts, whole.channel, whole.at), (other.starts, other.channel, other.at));
        }
    }
}
