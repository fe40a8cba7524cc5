//! Columns and names in the byte form of states.

use super::{Interner, Key, KeyKind};
use crate::engine::accumulate::{StateReader, StateWriter};
use crate::error::{Code, Error, Result};

/// Writes a list of numbers.
pub(crate) fn write_all<T>(to: &mut StateWriter, values: &[T], bits: impl Fn(&T) -> u64) {
    to.u64(values.len() as u64);
    for value in values {
        to.u64(bits(value));
    }
}

/// Reads a list of numbers.
///
/// # Errors
/// [`Code::CorruptState`].
pub(crate) fn read_all<T>(from: &mut StateReader<'_>, value: impl Fn(u64) -> T) -> Result<Vec<T>> {
    let count = from.count(8)?;
    (0..count).map(|_| from.u64().map(&value)).collect()
}

/// Writes what may not be there.
pub(crate) fn write_some<T>(to: &mut StateWriter, value: Option<T>, write: impl FnOnce(&mut StateWriter, T)) {
    to.u64(value.is_some().into());
    if let Some(value) = value {
        write(to, value);
    }
}

/// Reads what may not be there.
///
/// # Errors
/// [`Code::CorruptState`].
pub(crate) fn read_some<'a, T>(
    from: &mut StateReader<'a>,
    read: impl FnOnce(&mut StateReader<'a>) -> Result<T>,
) -> Result<Option<T>> {
    if from.u64()? == 0 { Ok(None) } else { read(from).map(Some) }
}

/// Writes names in the order of their codes.
pub(crate) fn write_keys(to: &mut StateWriter, keys: &Interner) {
    to.u64(u64::from(keys.kind() == Some(KeyKind::Int)));
    to.u64(keys.len() as u64);
    for code in 0..keys.len() as u32 {
        match keys.key(code) {
            Key::Int(value) => to.i128(value),
            Key::Text(text) => to.text(text),
        }
    }
}

/// Reads names; their codes are as they were.
///
/// # Errors
/// [`Code::CorruptState`].
pub(crate) fn read_keys(from: &mut StateReader<'_>) -> Result<Interner> {
    let ints = from.u64()? != 0;
    let mut keys = Interner::default();
    for code in 0..from.count(8)? {
        let key = if ints { Key::Int(from.i128()?) } else { Key::Text(from.text()?) };
        if keys.intern(key)? as usize != code {
            return Err(Error::new(Code::CorruptState, "state", "the state has a name twice"));
        }
    }
    Ok(keys)
}
