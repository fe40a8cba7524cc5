//! Mergeable statistics: `update` reads rows, `merge` joins two states, `finish` gives the result.
//!
//! The same calls serve the pieces of a thread pool, out-of-core streaming and clusters. Merging is associative and
//! commutative to the bit, because states hold integers only. A state has a byte form, so that it can travel: a header
//! (magic, kind, version, hash of the options), the payload and a checksum; the current and the previous version are
//! read, anything cut short or altered is refused.

use crate::error::{Code, Error, Result};

/// An estimator that reads rows and can be joined with another one of the same options.
pub trait Accumulator: Sized + Send {
    /// The rows that it reads at once.
    type Rows<'a>;
    /// What it gives at the end.
    type Output;

    /// Reads rows.
    ///
    /// # Errors
    /// Where a row cannot be read; the state is then as before.
    fn update(&mut self, rows: Self::Rows<'_>) -> Result<()>;

    /// Takes over what another state has read.
    ///
    /// # Errors
    /// [`Code::IncompatibleState`] where the other one was made with other options; the state is then as before.
    fn merge(&mut self, other: Self) -> Result<()>;

    /// The result over everything that was read.
    ///
    /// # Errors
    /// Where what was read does not support a result.
    fn finish(self) -> Result<Self::Output>;
}

const MAGIC: &[u8; 4] = b"COSL";

/// FNV-1a: small, fixed for ever, and good enough to see damage (it does not protect against forgery).
pub(crate) fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, &b| (hash ^ u64::from(b)).wrapping_mul(0x0000_0100_0000_01B3))
}

/// Writes the byte form of a state.
#[derive(Debug)]
pub struct StateWriter {
    bytes: Vec<u8>,
}

impl StateWriter {
    /// Starts the byte form of a state of that kind, version and options.
    pub fn new(kind: &str, version: u16, options: &str) -> Self {
        let mut writer = Self { bytes: MAGIC.to_vec() };
        writer.text(kind);
        writer.bytes.extend(version.to_le_bytes());
        writer.u64(checksum(options.as_bytes()));
        writer
    }

    /// Adds a number.
    pub fn u64(&mut self, value: u64) {
        self.bytes.extend(value.to_le_bytes());
    }

    /// Adds a number.
    pub fn i128(&mut self, value: i128) {
        self.bytes.extend(value.to_le_bytes());
    }

    /// Adds a text.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Adds bytes of any kind.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.u64(bytes.len() as u64);
        self.bytes.extend(bytes);
    }

    /// The bytes, closed by their checksum.
    pub fn finish(mut self) -> Vec<u8> {
        let sum = checksum(&self.bytes);
        self.u64(sum);
        self.bytes
    }
}

/// Reads the byte form of a state.
#[derive(Debug)]
pub struct StateReader<'a> {
    bytes: &'a [u8],
    /// The version that wrote the state.
    pub version: u16,
    /// The checksum of the options that it was made with.
    options: u64,
}

impl<'a> StateReader<'a> {
    /// Opens the byte form of a state, which must be of that kind and options, and of `version` or the one before.
    ///
    /// # Errors
    /// [`Code::CorruptState`], [`Code::IncompatibleState`].
    pub fn new(bytes: &'a [u8], kind: &str, version: u16, options: &str) -> Result<Self> {
        let reader = Self::open(bytes, kind, version)?;
        if reader.is_of(options) {
            return Ok(reader);
        }
        let message = "the state was made with other options; use the same model and options";
        Err(Error::new(Code::IncompatibleState, "state", message))
    }

    /// Opens the byte form of a state, which must be of that kind, and of `version` or the one before; which options it was
    /// made with is for the caller to see ([`StateReader::is_of`]).
    ///
    /// # Errors
    /// [`Code::CorruptState`], [`Code::IncompatibleState`].
    pub fn open(bytes: &'a [u8], kind: &str, version: u16) -> Result<Self> {
        let (found, mut reader) = Self::begin(bytes)?;
        let other = |what: String| Error::new(Code::IncompatibleState, "state", what);
        if found != kind {
            return Err(other(format!("the state is of kind {found:?}; expected {kind:?}")));
        }
        reader.version = u16::from_le_bytes(reader.array()?);
        if reader.version != version && reader.version.checked_add(1) != Some(version) {
            let expected = version.saturating_sub(1);
            return Err(other(format!(
                "the state is of version {}; this release reads {expected} and {version}",
                reader.version
            )));
        }
        reader.options = reader.u64()?;
        Ok(reader)
    }

    /// The kind of a state that bytes hold.
    ///
    /// # Errors
    /// [`Code::CorruptState`].
    pub fn kind(bytes: &'a [u8]) -> Result<&'a str> {
        Self::begin(bytes).map(|(kind, _)| kind)
    }

    /// Whether the state was made with these options.
    pub fn is_of(&self, options: &str) -> bool {
        self.options == checksum(options.as_bytes())
    }

    /// The kind, and a reader of what follows it.
    fn begin(bytes: &'a [u8]) -> Result<(&'a str, Self)> {
        let corrupt = || Error::new(Code::CorruptState, "state", "the state's bytes are cut short or altered");
        let split = bytes.len().checked_sub(8).ok_or_else(corrupt)?;
        let (body, sum) = bytes.split_at(split);
        if !body.starts_with(MAGIC) || sum != checksum(body).to_le_bytes() {
            return Err(corrupt());
        }
        let mut reader = Self { bytes: &body[MAGIC.len()..], version: 0, options: 0 };
        Ok((reader.text()?, reader))
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let (head, rest) = self
            .bytes
            .split_first_chunk::<N>()
            .ok_or_else(|| Error::new(Code::CorruptState, "state", "the state's bytes end too early"))?;
        self.bytes = rest;
        Ok(*head)
    }

    /// The next number.
    ///
    /// # Errors
    /// [`Code::CorruptState`] at the end.
    pub fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// The next number.
    ///
    /// # Errors
    /// [`Code::CorruptState`] at the end.
    pub fn i128(&mut self) -> Result<i128> {
        self.array().map(i128::from_le_bytes)
    }

    /// The next text.
    ///
    /// # Errors
    /// [`Code::CorruptState`] at the end or where it is not UTF-8.
    pub fn text(&mut self) -> Result<&'a str> {
        let corrupt = |_| Error::new(Code::CorruptState, "state", "the state holds a text that cannot be read");
        self.bytes().and_then(|bytes| std::str::from_utf8(bytes).map_err(corrupt))
    }

    /// The next bytes of any kind.
    ///
    /// # Errors
    /// [`Code::CorruptState`] at the end.
    pub fn bytes(&mut self) -> Result<&'a [u8]> {
        let length = self.u64()?;
        let head = usize::try_from(length).ok().and_then(|length| self.bytes.split_at_checked(length));
        let (head, rest) =
            head.ok_or_else(|| Error::new(Code::CorruptState, "state", "the state's bytes end too early"))?;
        self.bytes = rest;
        Ok(head)
    }

    /// A count of items that each take at least `size` bytes: more than the rest can hold is refused before it is
    /// believed.
    ///
    /// # Errors
    /// [`Code::CorruptState`].
    pub fn count(&mut self, size: usize) -> Result<usize> {
        let count = self.u64()?;
        usize::try_from(count)
            .ok()
            .filter(|n| n.checked_mul(size).is_some_and(|bytes| bytes <= self.bytes.len()))
            .ok_or_else(|| Error::new(Code::CorruptState, "state", "the state counts more items than it holds"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Vec<u8> {
        let mut writer = StateWriter::new("credit", 2, "{\"linear\":{}}");
        writer.text("P-1");
        writer.i128(-7);
        writer.finish()
    }

    #[test]
    fn a_state_comes_back_as_it_was() {
        let bytes = sample();
        let mut reader = StateReader::new(&bytes, "credit", 3, "{\"linear\":{}}").unwrap();
        assert_eq!((reader.text().unwrap(), reader.i128().unwrap()), ("P-1", -7));
        assert_eq!(reader.u64().unwrap_err().code(), Code::CorruptState);
    }

    #[test]
    fn every_altered_or_missing_byte_is_seen() {
        let bytes = sample();
        for at in 0..bytes.len() {
            let mut altered = bytes.clone();
            altered[at] ^= 0x10;
            assert!(StateReader::new(&altered, "credit", 2, "{\"linear\":{}}").is_err(), "byte {at}");
            assert!(StateReader::new(&bytes[..at], "credit", 2, "{\"linear\":{}}").is_err(), "cut at {at}");
        }
    }

    #[test]
    fn another_kind_version_or_option_does_not_fit() {
        let bytes = sample();
        for (kind, version, options) in
            [("x", 2, "{\"linear\":{}}"), ("credit", 4, "{\"linear\":{}}"), ("credit", 2, "")]
        {
            assert_eq!(StateReader::new(&bytes, kind, version, options).unwrap_err().code(), Code::IncompatibleState);
        }
    }
}
