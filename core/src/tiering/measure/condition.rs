//! Conditions made ready: what a document says of a field, as a test that is worked out once for each distinct value.

use crate::calendar::{Parsed, Zone, parse_when};
use crate::error::{Result, quoted};
use crate::table::{Interner, Key, NULL};
use crate::tiering::base::is_flag;
use crate::tiering::compile::{fault, unknown_name};
use crate::tiering::document::{Condition, Scalar};

/// What the values of a field are, as conditions see them.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Values<'a> {
    /// Any text.
    Text(&'a Interner),
    /// Ids: text or whole numbers.
    Ids(&'a Interner),
    /// One of a list; in an open one, others begin with `custom:`.
    Class(&'a Interner, &'static [&'static str]),
    /// Several of an open list, joined by `;`.
    Several(&'a Interner, &'static [&'static str]),
    /// One of a closed list.
    Closed(&'static [&'static str]),
    /// ISO 4217 codes.
    Currency,
    Flag,
    Number,
    Instant,
    Day,
}

/// The scalars of a condition, with the path of each.
fn scalars<'c>(condition: &'c Condition, path: &str) -> Vec<(String, &'c Scalar)> {
    let Condition { field: _, is, is_not, is_in, not_in, at_least, more_than, at_most, less_than, exists: _ } =
        condition;
    let one = [
        ("is", is),
        ("is_not", is_not),
        ("at_least", at_least),
        ("more_than", more_than),
        ("at_most", at_most),
        ("less_than", less_than),
    ];
    let many = [("in", is_in), ("not_in", not_in)];
    let mut all: Vec<(String, &Scalar)> =
        one.into_iter().filter_map(|(name, s)| s.as_ref().map(|s| (format!("{path}.{name}"), s))).collect();
    for (name, list) in many {
        let list = list.as_deref().unwrap_or_default();
        all.extend(list.iter().enumerate().map(|(at, s)| (format!("{path}.{name}[{at}]"), s)));
    }
    all
}

/// Fails where a condition compares a field with a value that it can never have.
pub(crate) fn check_types(values: Values<'_>, condition: &Condition, path: &str) -> Result<()> {
    let field = quoted(&condition.field);
    for (path, scalar) in scalars(condition, path) {
        let wrong = |expected: &str| {
            let text = format!("{path} is {}, but {field} holds {expected}; give {expected}", shown(scalar));
            Err(fault(path.clone(), text))
        };
        let member = |list: &'static [&'static str], text: &str, open: bool| {
            if list.contains(&text) || open && text.starts_with("custom:") {
                return Ok(());
            }
            let error = unknown_name(&path, "value", text, list.iter().copied());
            Err(if open { error.with("others", "values of your own begin with custom:") } else { error })
        };
        match (values, scalar) {
            (Values::Text(_) | Values::Ids(_), Scalar::Text(_))
            | (Values::Flag, Scalar::Flag(_))
            | (Values::Number, Scalar::Number(_)) => {}
            // A CSV file has true and false as text.
            (Values::Text(names), Scalar::Flag(_))
                if (0..names.len() as u32).all(|code| names.show(code).is_none_or(|text| is_flag(&text).is_some())) => {
            }
            (Values::Ids(ids), Scalar::Number(_)) if ids.kind() != Some(crate::table::KeyKind::Text) => {}
            (Values::Class(_, list) | Values::Several(_, list), Scalar::Text(text)) => member(list, text, true)?,
            (Values::Closed(list), Scalar::Text(text)) => member(list, text, false)?,
            (Values::Currency, Scalar::Text(text)) => {
                crate::money::Currency::parse(text)
                    .map_err(|e| crate::error::Error::new(e.code(), path.clone(), e.message()))?;
            }
            (Values::Instant, Scalar::Text(text)) if parse_when(text).is_ok() => {}
            (Values::Day, Scalar::Text(text)) if crate::calendar::Date::parse(text).is_ok() => {}
            (Values::Text(_) | Values::Class(..) | Values::Several(..) | Values::Closed(_) | Values::Currency, _) => {
                wrong("text")?;
            }
            (Values::Ids(_), _) => wrong("ids")?,
            (Values::Flag, _) => wrong("true or false")?,
            (Values::Number, _) => wrong("numbers")?,
            (Values::Instant | Values::Day, _) => wrong("dates such as \"2026-11-20\"")?,
        }
    }
    Ok(())
}

fn shown(scalar: &Scalar) -> String {
    match scalar {
        Scalar::Flag(flag) => flag.to_string(),
        Scalar::Number(number) => number.to_string(),
        Scalar::Text(text) => quoted(text),
    }
}

/// An id as a condition sees it.
pub(crate) fn scalar_of(key: Key<'_>) -> Scalar {
    match key {
        Key::Int(id) => Scalar::Number(id as f64),
        Key::Text(text) => Scalar::Text(text.to_owned()),
    }
}

/// The values of a code: several where the field has several at once.
pub(crate) fn scalars_of(values: Values<'_>, code: u32) -> Vec<Scalar> {
    let text = |text: &str| Scalar::Text(text.to_owned());
    match values {
        _ if code == NULL => Vec::new(),
        Values::Text(dictionary) | Values::Class(dictionary, _) | Values::Ids(dictionary) => {
            vec![scalar_of(dictionary.key(code))]
        }
        Values::Several(dictionary, _) => dictionary.show(code).unwrap_or_default().split(';').map(text).collect(),
        Values::Closed(list) => list.get(code as usize).map(|t| text(t)).into_iter().collect(),
        Values::Currency => {
            let currency = u8::try_from(code).ok().and_then(crate::money::Currency::from_number);
            currency.map(|c| text(c.code())).into_iter().collect()
        }
        Values::Flag => vec![Scalar::Flag(code == 1)],
        Values::Number | Values::Instant | Values::Day => Vec::new(),
    }
}

/// Disjoint ranges of keys, in order, both ends included.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Ranges {
    list: Vec<(i64, i64)>,
    /// Whether a missing value holds.
    pub(crate) missing: bool,
}

/// A number as a key that is ordered alike.
pub(crate) fn key_of(number: f64) -> i64 {
    // Both zeros are the same number.
    let bits = (number + 0.0).to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// The lowest key of a value; lower ones mean that it is missing.
const LOW: i64 = i64::MIN + 2;

impl Ranges {
    /// The keys that meet a condition whose scalars are ranges of keys themselves.
    pub(crate) fn of(condition: &Condition, key: impl Fn(&Scalar) -> (i64, i64)) -> Self {
        let mut list = vec![(LOW, i64::MAX)];
        let Condition { field: _, is, is_not, is_in, not_in, at_least, more_than, at_most, less_than, exists } =
            condition;
        let mut keep = |wanted: &[(i64, i64)]| list = intersect(&list, wanted);
        if let Some(scalar) = is {
            keep(&[key(scalar)]);
        }
        if let Some(scalars) = is_in {
            keep(&union(scalars.iter().map(&key).collect()));
        }
        if let Some(scalar) = at_least {
            keep(&[(key(scalar).0, i64::MAX)]);
        }
        if let Some(scalar) = more_than {
            keep(&[(key(scalar).1.saturating_add(1), i64::MAX)]);
        }
        if let Some(scalar) = at_most {
            keep(&[(LOW, key(scalar).1)]);
        }
        if let Some(scalar) = less_than {
            keep(&[(LOW, key(scalar).0.saturating_sub(1))]);
        }
        for scalar in is_not.iter().chain(not_in.iter().flatten()) {
            let (from, to) = key(scalar);
            keep(&[(LOW, from.saturating_sub(1)), (to.saturating_add(1), i64::MAX)]);
        }
        if *exists == Some(false) {
            keep(&[]);
        }
        Self { list, missing: condition.holds(&[]) }
    }

    /// Whether a key is within.
    #[inline]
    pub(crate) fn holds(&self, key: i64) -> bool {
        match self.list.as_slice() {
            [(from, to)] => *from <= key && key <= *to,
            list => list.iter().any(|(from, to)| *from <= key && key <= *to),
        }
    }
}

fn union(mut ranges: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    ranges.sort_unstable();
    let mut list: Vec<(i64, i64)> = Vec::new();
    for (from, to) in ranges {
        match list.last_mut() {
            Some(last) if from <= last.1.saturating_add(1) => last.1 = last.1.max(to),
            _ => list.push((from, to)),
        }
    }
    list
}

fn intersect(a: &[(i64, i64)], b: &[(i64, i64)]) -> Vec<(i64, i64)> {
    let pairs = a.iter().flat_map(|&(f, t)| b.iter().map(move |&(from, to)| (f.max(from), t.min(to))));
    union(pairs.filter(|(from, to)| from <= to).collect())
}

/// The instants of a day or time in a condition.
pub(crate) fn instants(zone: &Zone, scalar: &Scalar) -> (i64, i64) {
    let Scalar::Text(text) = scalar else { return (i64::MAX, LOW) };
    match parse_when(text) {
        Ok(Parsed::Date(date)) => (zone.start_of_day(date), zone.end_of_day(date)),
        Ok(Parsed::Instant(at)) => (at, at),
        Ok(Parsed::Local(civil)) => (zone.local_to_instant(civil), zone.local_to_instant(civil)),
        Err(_) => (i64::MAX, LOW),
    }
}

/// The day of a condition.
pub(crate) fn days(scalar: &Scalar) -> (i64, i64) {
    let Scalar::Text(text) = scalar else { return (i64::MAX, LOW) };
    crate::calendar::Date::parse(text).map_or((i64::MAX, LOW), |date| (date.0.into(), date.0.into()))
}

/// The number of a condition.
pub(crate) fn numbers(scalar: &Scalar) -> (i64, i64) {
    let Scalar::Number(number) = scalar else { return (i64::MAX, LOW) };
    (key_of(*number), key_of(*number))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn some(number: Option<i8>) -> Option<Scalar> {
        number.map(|n| Scalar::Number(f64::from(n) / 2.0))
    }

    #[test]
    fn keys_are_ordered_as_numbers_are() {
        let numbers = [f64::MIN, -1.5, -1.0, -5e-324, 0.0, 5e-324, 1.0, 1.5, f64::MAX];
        assert!(numbers.windows(2).all(|w| key_of(w[0]) < key_of(w[1])));
        assert_eq!(key_of(-0.0), key_of(0.0));
        assert!(key_of(f64::MIN) > LOW);
    }

    proptest! {
        #[test]
        fn ranges_hold_what_the_condition_holds(
            is in any::<Option<i8>>(), is_not in any::<Option<i8>>(), least in any::<Option<i8>>(), more in any::<Option<i8>>(),
            most in any::<Option<i8>>(), less in any::<Option<i8>>(), list in prop::option::of(prop::collection::vec(any::<i8>(), 0..5)),
            no_list in prop::option::of(prop::collection::vec(any::<i8>(), 0..5)), exists in any::<Option<bool>>(), which in 0_u8..255,
        ) {
            let pick = |bit: u8, v: Option<i8>| if which >> bit & 1 == 1 { some(v) } else { None };
            let several = |l: Option<Vec<i8>>| l.map(|l| l.into_iter().filter_map(|n| some(Some(n))).collect());
            let condition = Condition {
                field: "x".into(), is: pick(0, is), is_not: pick(1, is_not), is_in: several(list), not_in: several(no_list),
                at_least: pick(2, least), more_than: pick(3, more), at_most: pick(4, most), less_than: pick(5, less),
                exists: if which >> 6 & 1 == 1 { exists } else { None },
            };
            let ranges = Ranges::of(&condition, numbers);
            for n in -260_i32..260 {
                let number = f64::from(n) / 4.0;
                prop_assert_eq!(ranges.holds(key_of(number)), condition.holds(&[Scalar::Number(number)]), "{}", number);
            }
            prop_assert_eq!(ranges.missing, condition.holds(&[]));
        }
    }
}
