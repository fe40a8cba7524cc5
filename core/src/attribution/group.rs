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
    pub(crate) role: Vec<u32>,
    pub(crate) vendor: Vec<bool>,
    pub(crate) weight: Vec<u64>,
    /// Touches before the last ones that count.
    pub(crate) beyond_lookback: u64,
    /// Repeated touches that were dropped.
    pub(crate) repeated: u64,
}

/// A touch while it is sorted; `index` finds its other columns.
#[derive(Debug, Clone, Copy)]
struct Record {
    at: i64,
    channel: u32,
    index: u32,
}

/// Groups and orders touches.
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
    // Each range looks at every touch and takes its own, so their number is a compromise between balance and looking.
    let ranges = if total < parallel::SMALL { 1 } else { parallel::threads() * 2 };
    let ranges = parallel::pieces(rules.journeys, rules.journeys.div_ceil(ranges));
    let parts = parallel::map(ranges, total, |range| {
        monitor.check()?;
        let part = group_range(&order, range, rules);
        monitor.advance(part.channel.len())?;
        Ok(part)
    })?;
    Ok(join(parts, rules.journeys))
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

    /// Which of two touches of the same time comes first.
    fn tie(&self, a: Record, b: Record) -> Ordering {
        if self.touch_ids.is_none() && self.kind_ranks.is_none() && self.role_ranks.is_none() && !self.weighted {
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

fn group_range(order: &Order<'_>, range: std::ops::Range<usize>, rules: &Rules<'_>) -> Grouped {
    let (low, width) = (range.start as u32, range.len() as u32);
    let mut ends = vec![0_u32; range.len() + 1];
    for piece in order.pieces {
        for &slot in &piece.slot {
            let own = slot.wrapping_sub(low);
            if own < width {
                ends[own as usize + 1] += 1;
            }
        }
    }
    for i in 0..range.len() {
        ends[i + 1] += ends[i];
    }
    let mut records = vec![Record { at: 0, channel: 0, index: 0 }; ends[range.len()] as usize];
    let mut next = ends.clone();
    for (piece, &first) in order.pieces.iter().zip(&order.firsts) {
        for (i, &slot) in piece.slot.iter().enumerate() {
            let own = slot.wrapping_sub(low);
            if own < width {
                let place = &mut next[own as usize];
                records[*place as usize] =
                    Record { at: piece.at[i], channel: piece.channel[i], index: (first + i) as u32 };
                *place += 1;
            }
        }
    }
    let mut part = Grouped { starts: Vec::with_capacity(range.len()), ..Grouped::default() };
    part.channel.reserve(records.len());
    part.at.reserve(records.len());
    let mut kept: Vec<Record> = Vec::new();
    for own in 0..range.len() {
        let touches = &mut records[ends[own] as usize..ends[own + 1] as usize];
        touches.sort_unstable_by(|a, b| a.at.cmp(&b.at).then_with(|| order.tie(*a, *b)));
        part.starts.push(part.channel.len());
        let touches = if rules.repeats == Repeats::Keep && rules.last_touches.is_none() {
            &*touches
        } else {
            reduce(touches, &mut kept, rules, &mut part);
            kept.as_slice()
        };
        emit(order, touches, rules, &mut part);
    }
    part
}

/// Drops repeats, then what lies before the last touches that count.
fn reduce(touches: &[Record], kept: &mut Vec<Record>, rules: &Rules<'_>, part: &mut Grouped) {
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

fn emit(order: &Order<'_>, touches: &[Record], rules: &Rules<'_>, part: &mut Grouped) {
    for touch in touches {
        part.channel.push(touch.channel);
        part.at.push(touch.at);
    }
    if rules.touch_ids.is_none() && rules.roles.is_none() && !rules.has_vendor && !rules.weighted {
        return;
    }
    for touch in touches {
        let (hits, i) = order.locate(touch.index);
        if rules.touch_ids.is_some() {
            part.touch.push(hits.touch[i]);
        }
        if rules.roles.is_some() {
            part.role.push(hits.role[i]);
        }
        if rules.has_vendor {
            part.vendor.push(hits.vendor[i]);
        }
        if rules.weighted {
            part.weight.push(hits.weight[i]);
        }
    }
}

fn join(parts: Vec<Grouped>, journeys: usize) -> Grouped {
    let mut whole = Grouped { starts: Vec::with_capacity(journeys + 1), ..Grouped::default() };
    let total: usize = parts.iter().map(|p| p.channel.len()).sum();
    whole.channel.reserve_exact(total);
    whole.at.reserve_exact(total);
    for part in parts {
        let base = whole.channel.len();
        whole.starts.extend(part.starts.iter().map(|s| s + base));
        whole.channel.extend(part.channel);
        whole.at.extend(part.at);
        whole.touch.extend(part.touch);
        whole.role.extend(part.role);
        whole.vendor.extend(part.vendor);
        whole.weight.extend(part.weight);
        whole.beyond_lookback += part.beyond_lookback;
        whole.repeated += part.repeated;
    }
    whole.starts.resize(journeys + 1, whole.channel.len());
    whole
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
