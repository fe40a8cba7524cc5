//! Journeys as bytes, so that they can be kept, pickled and sent to another process.
//!
//! Everything that is read back is checked against everything else: bytes that were altered are an error, never a panic
//! further down.

use std::sync::Arc;

use serde_json::Value;

use super::counted::Counted;
use super::journeys::{Counts, Held, Inner, Journeys};
use super::state_unit::StateUnit;
use super::weights::is_weight;
use crate::engine::accumulate::{StateReader, StateWriter};
use crate::error::{Code, Error, Result};
use crate::money::PLAIN_DIGITS;
use crate::table::state::{read_all, read_keys, read_some, write_all, write_keys, write_some};
use crate::table::{Interner, NULL};

const KIND: &str = "journeys";
/// 3: the unit in the words of other states, and behind the options the notes and what is held of the journeys.
const VERSION: u16 = 3;
/// The reasons for which something is set aside; one that this release does not know gets the general name.
const REASONS: &[&str] = &[
    "rows_without_conversion_or_null",
    "touches_of_unlisted_journeys",
    "touches_after_the_outcome",
    "touches_after_the_close",
    "touches_before_the_lookback",
    "touches_of_no_journey",
    "touches_of_other_kinds",
    "vendor_touches_dropped",
    "touches_beyond_the_last_ones",
    "repeated_touches_dropped",
    "touches_without_the_channel",
    "roles_used_as_touches",
    "roles_of_no_wanted_kind",
    "conversions_without_value",
    "values_rounded",
];
const OTHER_REASON: &str = "other";

impl Journeys {
    /// The journeys as bytes.
    ///
    /// ```
    /// use cosell::attribution::{Journeys, PathsOptions};
    /// use cosell::engine::monitor::Monitor;
    /// let paths = cosell::table::read_csv(b"path,total_conversions\nacme > globex,3\n")?;
    /// let journeys = Journeys::from_paths(&paths, &PathsOptions::default(), &Monitor::none())?;
    /// assert_eq!(Journeys::from_bytes(&journeys.to_bytes())?.touches(), 2);
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        let inner = &*self.inner;
        let mut to = StateWriter::new(KIND, VERSION, "");
        write_keys(&mut to, &inner.channels);
        write_all(&mut to, &inner.starts, |&s| s as u64);
        write_all(&mut to, &inner.channel, |&c| c.into());
        write_some(&mut to, inner.at.as_ref(), |to, v| write_all(to, v, |&t| t as u64));
        write_some(&mut to, inner.role.as_ref(), |to, v| write_all(to, v, |&r| r.into()));
        write_keys(&mut to, &inner.roles);
        write_some(&mut to, inner.vendor.as_ref(), |to, v| write_all(to, v, |&f| f.into()));
        write_some(&mut to, inner.weight.as_ref(), |to, v| write_all(to, v, |&w| w));
        for ids in [&inner.kind, &inner.touch, &inner.ids] {
            write_some(&mut to, ids.as_ref(), |to, (codes, keys)| {
                write_all(to, codes, |&c| c.into());
                write_keys(to, keys);
            });
        }
        write_counts(&mut to, &inner.conversions);
        write_counts(&mut to, &inner.nulls);
        write_some(&mut to, inner.values.as_ref(), |to, v| write_wide(to, v));
        to.text(StateUnit::Of(inner.unit).name());
        for times in [&inner.created, &inner.closed] {
            write_some(&mut to, times.as_ref(), |to, v| write_all(to, v, |&t| t as u64));
        }
        to.u64(inner.set_aside.len() as u64);
        for (reason, count) in &inner.set_aside {
            to.text(reason);
            to.u64(*count);
        }
        to.text(&inner.options.to_string());
        to.text(&Value::from(inner.notes.clone()).to_string());
        let (held, counted) = match inner.held {
            Held::All => (0, None),
            Held::Paths(counted) => (1, counted),
            Held::Sums(counted) => (2, counted),
        };
        to.u64(held);
        Counted::write(counted, &mut to);
        to.finish()
    }

    /// The journeys from their bytes.
    ///
    /// # Errors
    /// [`Code::CorruptState`], [`Code::IncompatibleState`].
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut from = StateReader::new(bytes, KIND, VERSION, "")?;
        let from = &mut from;
        let channels = read_keys(from)?;
        let starts: Vec<usize> = read_all(from, |v| v as usize)?;
        let channel: Vec<u32> = read_all(from, |v| v as u32)?;
        let at = read_some(from, |from| read_all(from, |v| v as i64))?;
        let role = read_some(from, |from| read_all(from, |v| v as u32))?;
        let roles = Arc::new(read_keys(from)?);
        let vendor = read_some(from, |from| read_all(from, |v| v != 0))?;
        let weight = read_some(from, |from| read_all(from, |v| v))?;
        let mut ids = || read_some(from, |from| Ok((read_all(from, |v| v as u32)?, Arc::new(read_keys(from)?))));
        let (kind, touch, ids) = (ids()?, ids()?, ids()?);
        let (conversions, nulls) = (read_counts(from)?, read_counts(from)?);
        let values = read_some(from, read_wide)?;
        let unit = match from.text()? {
            // Version 2 wrote nothing where there are no values.
            "" => None,
            name => StateUnit::named(name, PLAIN_DIGITS)?.unit(),
        };
        let mut times = || read_some(from, |from| read_all(from, |v| v as i64));
        let (created, closed) = (times()?, times()?);
        let count = from.count(16)?;
        let set_aside = (0..count).map(|_| Ok((reason(from.text()?), from.u64()?))).collect::<Result<_>>()?;
        let document = |text: &str| crate::document::value_from_text(text).map_err(|_| corrupt());
        let options = document(from.text()?)?;
        let (mut notes, mut held) = (Vec::new(), Held::All);
        if from.version >= 3 {
            let Value::Array(own) = document(from.text()?)? else { return Err(corrupt()) };
            notes = own;
            held = match (from.u64()?, Counted::read(from)?) {
                (0, None) => Held::All,
                (1, counted) => Held::Paths(counted),
                (2, counted) => Held::Sums(counted),
                _ => return Err(corrupt()),
            };
        }
        let inner = Inner {
            channels,
            starts,
            channel,
            at,
            kind,
            role,
            roles,
            vendor,
            weight,
            touch,
            ids,
            conversions,
            nulls,
            values,
            unit,
            created,
            closed,
            set_aside,
            options,
            held,
            notes,
            sums: std::sync::OnceLock::new(),
        };
        if fits(&inner) { Self::new(inner) } else { Err(corrupt()) }
    }
}

fn corrupt() -> Error {
    Error::new(Code::CorruptState, "state", "the bytes of these journeys contradict themselves")
}

/// Whether every column has its length and every code its name.
fn fits(inner: &Inner) -> bool {
    let (touches, journeys) = (inner.channel.len(), inner.starts.len().saturating_sub(1));
    let coded = |codes: &[u32], keys: &Interner, rows: usize, nulls: bool| {
        codes.len() == rows && codes.iter().all(|&c| (c as usize) < keys.len() || (nulls && c == NULL))
    };
    let counts = |counts: &Counts| match counts {
        Counts::Flags(v) => v.len() == journeys,
        Counts::Fixed(v) => v.len() == journeys && v.iter().all(|&c| c >= 0),
    };
    let long = |length: Option<usize>, rows: usize| length.is_none_or(|l| l == rows);
    inner.starts.first() == Some(&0)
        && inner.starts.last() == Some(&touches)
        && inner.starts.windows(2).all(|w| w[0] <= w[1])
        && coded(&inner.channel, &inner.channels, touches, false)
        && long(inner.at.as_ref().map(Vec::len), touches)
        && inner.role.as_ref().is_none_or(|r| coded(r, &inner.roles, touches, true))
        && long(inner.vendor.as_ref().map(Vec::len), touches)
        && inner.weight.as_ref().is_none_or(|w| w.len() == touches && w.iter().all(|&w| is_weight(w)))
        && inner.kind.as_ref().is_none_or(|(codes, keys)| coded(codes, keys, touches, true))
        && inner.touch.as_ref().is_none_or(|(codes, keys)| coded(codes, keys, touches, true))
        && inner.ids.as_ref().is_none_or(|(codes, keys)| coded(codes, keys, journeys, false))
        && counts(&inner.conversions)
        && counts(&inner.nulls)
        && long(inner.values.as_ref().map(Vec::len), journeys)
        && inner.values.is_some() == inner.unit.is_some()
        && long(inner.created.as_ref().map(Vec::len), journeys)
        && long(inner.closed.as_ref().map(Vec::len), journeys)
}

/// Reasons are constants of this crate.
fn reason(text: &str) -> &'static str {
    REASONS.iter().copied().find(|r| *r == text).unwrap_or(OTHER_REASON)
}

fn write_wide(to: &mut StateWriter, values: &[i128]) {
    to.u64(values.len() as u64);
    for &value in values {
        to.i128(value);
    }
}

fn read_wide(from: &mut StateReader<'_>) -> Result<Vec<i128>> {
    let count = from.count(16)?;
    (0..count).map(|_| from.i128()).collect()
}

fn write_counts(to: &mut StateWriter, counts: &Counts) {
    match counts {
        Counts::Flags(flags) => {
            to.u64(0);
            write_all(to, flags, |&f| f.into());
        }
        Counts::Fixed(values) => {
            to.u64(1);
            write_wide(to, values);
        }
    }
}

fn read_counts(from: &mut StateReader<'_>) -> Result<Counts> {
    if from.u64()? == 0 { read_all(from, |v| v != 0).map(Counts::Flags) } else { read_wide(from).map(Counts::Fixed) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attribution::{Model, PathsOptions, TouchpointsOptions};
    use crate::engine::monitor::Monitor;
    use crate::table::{Key, read_csv};

    fn samples() -> Vec<Journeys> {
        let none = Monitor::none();
        let paths = read_csv(b"path,total_conversions,v\na > b,3,1.5\nc,0.5,2\n").unwrap();
        let options = PathsOptions { value: Some("v".to_owned()), ..PathsOptions::default() };
        let touches =
            read_csv(b"opportunity_id,partner_id,at\n1,p,2026-01-01\n1,,2026-01-02\n2,q,2026-01-03\n").unwrap();
        let outcomes = read_csv(b"opportunity_id,value_minor\n1,100\n2,7\n3,1\n").unwrap();
        let columns = TouchpointsOptions { value: Some("value_minor".to_owned()), ..TouchpointsOptions::default() };
        let weighted =
            read_csv(b"opportunity_id,partner_id,at,w\n1,p,2026-01-01,0.25\n1,q,2026-01-02,\n2,q,2026-01-03,2\n")
                .unwrap();
        let weights = TouchpointsOptions { weight: Some("w".to_owned()), ..columns.clone() };
        vec![
            Journeys::from_paths(&paths, &options, &none).unwrap(),
            Journeys::from_touchpoints(&touches, &outcomes, &columns, &none).unwrap(),
            Journeys::from_touchpoints(&weighted, &outcomes, &weights, &none).unwrap(),
        ]
    }

    #[test]
    fn journeys_give_the_same_credit_after_bytes() {
        let model = Model::from_value(&"touch_weighted".into()).unwrap();
        for journeys in samples() {
            let back = Journeys::from_bytes(&journeys.to_bytes()).unwrap();
            assert_eq!(back.diagnostics(), journeys.diagnostics());
            let credit = |j: &Journeys| {
                let credit = j.attribute(&model, &Monitor::none()).unwrap();
                (credit.totals().to_csv(), credit.ledger(&Monitor::none()).unwrap().unwrap().to_csv())
            };
            assert_eq!(credit(&back), credit(&journeys));
        }
    }

    /// What version 2 wrote: nothing for no unit, and neither notes nor what is held.
    fn bytes_of_version_2() -> Vec<u8> {
        let mut to = StateWriter::new(KIND, 2, "");
        let keys = |names: &[&str]| {
            let mut keys = Interner::default();
            names.iter().for_each(|name| assert!(keys.intern(Key::Text(name)).is_ok()));
            keys
        };
        write_keys(&mut to, &keys(&["a", "b"]));
        write_all(&mut to, &[0, 2], |&s| s);
        write_all(&mut to, &[1, 0], |&c| c);
        to.u64(0); // No times,
        to.u64(0); // no roles,
        write_keys(&mut to, &Interner::default());
        to.u64(0); // no vendor,
        to.u64(0); // no weights,
        to.u64(0); // no kinds,
        to.u64(0); // no ids of touches
        to.u64(0); // or journeys.
        write_counts(&mut to, &Counts::Flags(vec![true]));
        write_counts(&mut to, &Counts::Flags(vec![false]));
        to.u64(0); // No values,
        to.text("");
        to.u64(0); // no creation
        to.u64(0); // or close.
        to.u64(0);
        to.text("{}");
        to.finish()
    }

    #[test]
    fn the_version_before_is_read() {
        let journeys = Journeys::from_bytes(&bytes_of_version_2()).unwrap();
        assert_eq!((journeys.touches(), journeys.channels()), (2, vec!["a".to_owned(), "b".to_owned()]));
        assert!(journeys.inner.unit.is_none() && journeys.inner.notes.is_empty());
        let again = Journeys::from_bytes(&journeys.to_bytes()).unwrap();
        assert_eq!(again.diagnostics(), journeys.diagnostics());
    }

    #[test]
    fn altered_bytes_are_an_error() {
        for journeys in samples() {
            let bytes = journeys.to_bytes();
            for at in 0..bytes.len() {
                let mut altered = bytes.clone();
                altered[at] ^= 1;
                assert!(Journeys::from_bytes(&altered).is_err());
            }
        }
    }
}
