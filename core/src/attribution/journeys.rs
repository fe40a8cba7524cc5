//! [`Journeys`]: ordered touches, struct of arrays.
//!
//! Channels are numbered in the order of results (integers as numbers, then text, names in parentheses last), so that a
//! tie broken by number is a tie broken by value. Conversions, nulls and plain values have twelve decimals; money is in
//! minor units.

use std::sync::{Arc, OnceLock};

use serde_json::{Map, Value, json};

use super::counted::Counted;
use super::sample::Outcome;
use super::{RESERVED, UNATTRIBUTED, UNSPECIFIED, VENDOR};
use crate::error::{Code, Error, Result, quoted};
use crate::table::{Interner, Key, NULL, Unit};

/// Ordered touches of opportunities or customers, with how each journey ended; cheap to clone.
#[derive(Debug, Clone)]
pub struct Journeys {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug, Default)]
pub(crate) struct Inner {
    /// The channels' names; the code is the number of a channel.
    pub(crate) channels: Interner,
    /// Where the touches of each journey start; one more than there are journeys.
    pub(crate) starts: Vec<usize>,
    pub(crate) channel: Vec<u32>,
    pub(crate) at: Option<Vec<i64>>,
    /// The kinds of touches; [`NULL`] where a role served as a touch.
    pub(crate) kind: Option<(Vec<u32>, Arc<Interner>)>,
    /// Codes of `roles`.
    pub(crate) role: Option<Vec<u32>>,
    pub(crate) roles: Arc<Interner>,
    /// Which touches are the vendor's own; `None`: none.
    pub(crate) vendor: Option<Vec<bool>>,
    /// The touches' own weights in parts per 10^9, `UNWEIGHTED` where there is none; `None`: no touch has one.
    pub(crate) weight: Option<Vec<u64>>,
    /// The touches' own ids.
    pub(crate) touch: Option<(Vec<u32>, Arc<Interner>)>,
    /// The journeys' ids; `None`: they are numbered.
    pub(crate) ids: Option<(Vec<u32>, Arc<Interner>)>,
    /// With twelve decimals.
    pub(crate) conversions: Counts,
    /// With twelve decimals.
    pub(crate) nulls: Counts,
    /// In `unit`.
    pub(crate) values: Option<Vec<i128>>,
    pub(crate) unit: Option<Unit>,
    /// Sentinel `i64::MIN` where unknown.
    pub(crate) created: Option<Vec<i64>>,
    /// Sentinel `i64::MIN` where unknown.
    pub(crate) closed: Option<Vec<i64>>,
    /// What was set aside, by reason.
    pub(crate) set_aside: Vec<(&'static str, u64)>,
    /// What the journeys were made with.
    pub(crate) options: Value,
    /// What these rows are of the journeys.
    pub(crate) held: Held,
    /// What looks like a slip in how they were made: codes of the catalogue of words, with what they are about.
    pub(crate) notes: Vec<Value>,
    /// What journeys with touches, and those without, have brought together; added up when it is first asked.
    pub(crate) sums: OnceLock<[Outcome; 2]>,
}

/// What journeys hold of those that they are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Held {
    /// Every one.
    #[default]
    All,
    /// The distinct paths, each standing for many: what a state has kept; with the counts of all of them, where those are
    /// known.
    Paths(Option<Counted>),
    /// None: a state has kept sums only.
    Sums(Option<Counted>),
}

/// Numbers per journey with twelve decimals.
#[derive(Debug)]
pub(crate) enum Counts {
    /// Nothing but 0 and 1.
    Flags(Vec<bool>),
    /// Any.
    Fixed(Vec<i128>),
}

impl Default for Counts {
    fn default() -> Self {
        Self::Flags(Vec::new())
    }
}

/// One with twelve decimals.
pub(crate) const ONE: i128 = 1_000_000_000_000;

impl Inner {
    /// Whether the channel of a touch says if it is the vendor's own.
    pub(crate) fn vendor_by_channel(&self) -> bool {
        let Some(vendor) = &self.vendor else { return true };
        let mut known = vec![None; self.channels.len()];
        self.channel.iter().zip(vendor).all(|(&c, &own)| *known[c as usize].get_or_insert(own) == own)
    }
}

impl Counts {
    pub(crate) fn get(&self, journey: usize) -> i128 {
        match self {
            Self::Flags(flags) => {
                if flags[journey] {
                    ONE
                } else {
                    0
                }
            }
            Self::Fixed(counts) => counts[journey],
        }
    }

    pub(crate) fn total(&self) -> i128 {
        match self {
            Self::Flags(flags) => flags.iter().filter(|&&f| f).count() as i128 * ONE,
            Self::Fixed(counts) => counts.iter().fold(0, |sum, c| sum.saturating_add(*c)),
        }
    }
}

/// The touches of one journey, as a model sees them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) len: usize,
    /// Codes of channels; equal codes are the same channel.
    pub(crate) channel: &'a [u32],
    pub(crate) at: Option<&'a [i64]>,
    pub(crate) role: Option<&'a [u32]>,
    pub(crate) vendor: Option<&'a [bool]>,
    pub(crate) weight: Option<&'a [u64]>,
    pub(crate) created: Option<i64>,
    pub(crate) closed: Option<i64>,
}

impl Journeys {
    pub(crate) fn new(inner: Inner) -> Result<Self> {
        check_totals(&inner)?;
        Ok(Self { inner: Arc::new(inner) })
    }

    /// How many journeys; those of a finished [`super::AttributionState`] are all that it has read.
    pub fn len(&self) -> usize {
        self.counted_by_state().map_or_else(|| self.rows(), |known| known.journeys as usize)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many touches; those of a finished [`super::AttributionState`] are all that it has read.
    pub fn touches(&self) -> usize {
        self.counted_by_state().map_or_else(|| self.inner.channel.len(), |known| known.touches as usize)
    }

    /// About how many bytes are held.
    pub fn held_bytes(&self) -> usize {
        self.inner.channel.len() * 25 + self.rows() * 40
    }

    /// How many rows are held: a journey each, except for those of a state.
    pub(crate) fn rows(&self) -> usize {
        self.inner.starts.len().saturating_sub(1)
    }

    fn counted_by_state(&self) -> Option<Counted> {
        match self.inner.held {
            Held::All => None,
            Held::Paths(known) | Held::Sums(known) => known,
        }
    }

    /// What diagnostics count; `None` where a state of an older version did not.
    pub(crate) fn counted(&self) -> Option<Counted> {
        match self.inner.held {
            Held::All => Some(Counted::rows_of(self)),
            Held::Paths(known) | Held::Sums(known) => known,
        }
    }

    /// Fails where a state has kept nothing that could be looked at once more.
    pub(crate) fn need_rows(&self) -> Result<()> {
        if matches!(self.inner.held, Held::Sums(_)) {
            let message =
                "these journeys were read by a state that kept sums only; make the state with keep_paths=true";
            return Err(Error::new(Code::NotEnoughData, "keep_paths", message));
        }
        Ok(())
    }

    /// The channels in the order of results.
    pub fn channels(&self) -> Vec<String> {
        let channels = &self.inner.channels;
        (0..channels.len() as u32).filter_map(|c| channels.show(c)).collect()
    }

    /// What the journeys were made of and what was set aside.
    pub fn diagnostics(&self) -> Value {
        let inner = &self.inner;
        let counted = self.counted();
        let number = |of: fn(Counted) -> i128| counted.map(|c| crate::money::fixed_to_f64(of(c), 12));
        let held = match inner.held {
            Held::All => "journeys",
            Held::Paths(_) => "paths",
            Held::Sums(_) => "sums",
        };
        let aside: Map<String, Value> = inner.set_aside.iter().map(|(k, n)| ((*k).to_owned(), json!(n))).collect();
        json!({
            "journeys": counted.map(|c| c.journeys),
            "touches": counted.map(|c| c.touches),
            "channels": inner.channels.len(),
            "conversions": number(|c| c.conversions),
            "nulls": number(|c| c.nulls),
            "journeys_without_touches": counted.map(|c| c.untouched),
            "set_aside": aside,
            "notes": inner.notes.clone(),
            "currency": inner.unit.and_then(Unit::currency).map(super::super::money::Currency::code),
            "options": inner.options.clone(),
            "held": held,
        })
    }

    pub(crate) fn view(&self, journey: usize) -> View<'_> {
        let inner = &*self.inner;
        let (from, to) = (inner.starts[journey], inner.starts[journey + 1]);
        let known = |times: &Option<Vec<i64>>| times.as_ref().map(|t| t[journey]).filter(|&t| t != i64::MIN);
        View {
            len: to - from,
            channel: &inner.channel[from..to],
            at: inner.at.as_ref().map(|v| &v[from..to]),
            role: inner.role.as_ref().map(|v| &v[from..to]),
            vendor: inner.vendor.as_ref().map(|v| &v[from..to]),
            weight: inner.weight.as_ref().map(|v| &v[from..to]),
            created: known(&inner.created),
            closed: known(&inner.closed),
        }
    }
}

/// In a line: what a notebook or console shows.
impl std::fmt::Display for Journeys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (journeys, touches, channels) = (self.len(), self.touches(), self.inner.channels.len());
        let held = match self.inner.held {
            Held::All => "",
            Held::Paths(_) => "; distinct paths kept",
            Held::Sums(_) => "; only sums kept",
        };
        write!(f, "Journeys({journeys} journeys, {touches} touches, {channels} channels{held})")
    }
}

/// Sums must fit their 128 bits with room for eighteen decimals.
fn check_totals(inner: &Inner) -> Result<()> {
    let fits = |counts: &Counts| match counts {
        Counts::Flags(_) => true,
        Counts::Fixed(values) => magnitude(values) < i128::MAX / 4_000_000,
    };
    let room = if matches!(inner.unit, Some(Unit::Plain(_))) { 4_000_000 } else { 4 };
    let value_fits = inner.values.as_ref().is_none_or(|v| magnitude(v) < i128::MAX / room);
    if fits(&inner.conversions) && fits(&inner.nulls) && value_fits {
        return Ok(());
    }
    Err(Error::new(
        Code::AmountOutOfRange,
        "value",
        "the sum of the amounts is beyond 128 bits; check for amounts in the wrong unit",
    ))
}

fn magnitude(values: &[i128]) -> i128 {
    values.iter().fold(0_i128, |sum, v| sum.saturating_add(v.saturating_abs()))
}

/// The place of a channel in results, by its name alone: whole numbers as numbers, then other names, then names in
/// parentheses, and behind them those that cosell gives itself.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ChannelOrder<T> {
    group: usize,
    number: i128,
    name: T,
}

impl<T: AsRef<str>> ChannelOrder<T> {
    pub(crate) fn of(name: T) -> Self {
        const LAST: [&str; 3] = [UNSPECIFIED, VENDOR, UNATTRIBUTED];
        let text = name.as_ref();
        // "007" is a name: only what a number would be written as counts as one.
        let number = text.parse::<i128>().ok().filter(|n| n.to_string() == text);
        let group = match LAST.iter().position(|last| *last == text) {
            Some(at) => 3 + at,
            None if text.starts_with('(') && text.ends_with(')') => 2,
            None => usize::from(number.is_none()),
        };
        Self { group, number: number.unwrap_or(0), name }
    }
}

/// Numbers channels in the order of results; gives the names and the number of each code of `ids`.
///
/// A code that is not `used` has no touch and gets no number. `special` names (in parentheses) come last, in the
/// order given, behind the ids.
pub(crate) fn number_channels(
    ids: &Interner,
    used: &[bool],
    special: &[&str],
) -> Result<(Interner, Vec<u32>, Vec<u32>)> {
    let mut order: Vec<u32> =
        (0..ids.len() as u32).filter(|&c| used.get(c as usize).copied().unwrap_or(false)).collect();
    order.sort_by_cached_key(|&c| ChannelOrder::of(ids.key(c).to_string()));
    let mut channels = Interner::default();
    let mut numbers = vec![NULL; ids.len()];
    for code in order {
        numbers[code as usize] = channels.intern(Key::Text(&ids.key(code).to_string()))?;
    }
    let special = special.iter().map(|name| channels.intern(Key::Text(name))).collect::<Result<Vec<u32>>>()?;
    Ok((channels, numbers, special))
}

/// Fails where the data names a channel that cosell names itself.
pub(crate) fn check_reserved(ids: &Interner, field: &str) -> Result<()> {
    for name in RESERVED {
        if ids.find(Key::Text(name)).is_some() {
            let hint = if *name == VENDOR { "; leave the channel of the vendor's own touches empty" } else { "" };
            return Err(Error::new(
                Code::ReservedName,
                field,
                format!("{field} holds the name {}, which cosell uses itself; rename it{hint}", quoted(name)),
            ));
        }
    }
    Ok(())
}
