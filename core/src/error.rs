//! The one error of the crate.
//!
//! An error says what was expected, what was found, where, and what to do about it. Its code is stable and the same in
//! Rust, Python and Node; its field is the path of the option or the `table.column` at fault. The whole catalogue is
//! the [`Code`] table below; the words around a code may change, the code may not.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::Value;

/// The result of everything in this crate that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Who has to act on an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An option, document or name given by the caller is wrong.
    Config,
    /// The data is wrong.
    Data,
    /// The caller asked to stop.
    Cancelled,
    /// A fault of this library: please report it.
    Internal,
}

macro_rules! codes {
    ($($(#[doc = $doc:literal])* $variant:ident = $text:literal, $kind:ident;)*) => {
        /// The stable code of an error.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $($(#[doc = $doc])* $variant,)* }

        impl Code {
            /// Every code, in the order of the catalogue.
            pub const ALL: &'static [Code] = &[$(Code::$variant,)*];

            /// The code as callers of every language see it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Code::$variant => $text,)* }
            }

            /// Who has to act.
            pub const fn kind(self) -> Kind {
                match self { $(Code::$variant => Kind::$kind,)* }
            }

            /// What the code means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Code::$variant => concat!($($doc),*).trim_ascii(),)* }
            }
        }
    };
}

codes! {
    /// The option does not exist.
    UnknownOption = "unknown_option", Config;
    /// The option has a value of the wrong type or form.
    InvalidOption = "invalid_option", Config;
    /// The option's value lies outside of what is allowed.
    OptionOutOfRange = "option_out_of_range", Config;
    /// An option that this call needs was not given.
    MissingOption = "missing_option", Config;
    /// The attribution model does not exist.
    UnknownModel = "unknown_model", Config;
    /// The table does not exist.
    UnknownTable = "unknown_table", Config;
    /// A name (journey, partner, attribute) is not in the data.
    UnknownName = "unknown_name", Config;
    /// The text cannot be read as a document in its format: JSON, YAML or TOML.
    InvalidDocument = "invalid_document", Config;
    /// The document is nested deeper than allowed.
    TooDeep = "too_deep", Config;
    /// The document or table is larger than allowed.
    TooLarge = "too_large", Config;
    /// The time zone is not in the tz database.
    UnknownTimezone = "unknown_timezone", Config;
    /// The saved state was made by a version or with options that do not fit.
    IncompatibleState = "incompatible_state", Config;
    /// A table that this call needs was not given.
    MissingTable = "missing_table", Data;
    /// A required column is missing.
    MissingColumn = "missing_column", Data;
    /// A column that was named does not exist.
    UnknownColumn = "unknown_column", Data;
    /// Two columns have the same name.
    DuplicateColumn = "duplicate_column", Data;
    /// Columns of one table have different lengths.
    LengthMismatch = "length_mismatch", Data;
    /// The object cannot be read as a table.
    UnsupportedInput = "unsupported_input", Data;
    /// The CSV text cannot be read.
    MalformedCsv = "malformed_csv", Data;
    /// The Arrow data cannot be read.
    MalformedArrow = "malformed_arrow", Data;
    /// A column or value has the wrong type.
    WrongType = "wrong_type", Data;
    /// A required value is missing.
    NullValue = "null_value", Data;
    /// An id occurs more than once in its table.
    DuplicateId = "duplicate_id", Data;
    /// An id is not in the table that it refers to.
    UnknownId = "unknown_id", Data;
    /// The row that this row refers to was rejected.
    ParentRejected = "parent_rejected", Data;
    /// Ids are integers in one place and text in another.
    IdKindMismatch = "id_kind_mismatch", Data;
    /// A number is NaN or infinite.
    NotFinite = "not_finite", Data;
    /// A number lies outside of what is allowed.
    NumberOutOfRange = "number_out_of_range", Data;
    /// An amount is beyond what 64-bit minor units can hold.
    AmountOutOfRange = "amount_out_of_range", Data;
    /// An amount has no currency.
    MissingCurrency = "missing_currency", Data;
    /// The currency is not an ISO 4217 code.
    UnknownCurrency = "unknown_currency", Data;
    /// There is no exchange rate on or before the date.
    MissingRate = "missing_rate", Data;
    /// The latest exchange rate is older than allowed.
    StaleRate = "stale_rate", Data;
    /// A date or time cannot be read.
    InvalidDate = "invalid_date", Data;
    /// A date or time lies outside of 1900 to 2200.
    DateOutOfRange = "date_out_of_range", Data;
    /// A value is not one of those allowed.
    UnknownValue = "unknown_value", Data;
    /// A row breaks a rule of its table.
    InvalidRow = "invalid_row", Data;
    /// Parents or aliases form a circle.
    Cycle = "cycle", Data;
    /// The name is reserved by cosell.
    ReservedName = "reserved_name", Data;
    /// The rows cannot support this call: it says what is missing.
    NotEnoughData = "not_enough_data", Data;
    /// The saved bytes are cut short or altered.
    CorruptState = "corrupt_state", Data;
    /// The caller asked to stop.
    Cancelled = "cancelled", Cancelled;
    /// A fault of this library: please report it.
    Internal = "internal", Internal;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What went wrong: a code, where, and a message that helps.
#[derive(Clone, PartialEq, thiserror::Error)]
#[error("{}", self.inner.message)]
pub struct Error {
    inner: Box<Inner>,
}

#[derive(Debug, Clone, PartialEq)]
struct Inner {
    code: Code,
    field: String,
    message: String,
    details: BTreeMap<&'static str, Value>,
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:?}: {}", self.inner.code, self.inner.field, self.inner.message)
    }
}

impl Error {
    /// An error with its code, the path of what is at fault, and words.
    pub fn new(code: Code, field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { inner: Box::new(Inner { code, field: field.into(), message: message.into(), details: BTreeMap::new() }) }
    }

    /// The same error with one more machine-readable fact.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<Value>) -> Self {
        self.inner.details.insert(key, value.into());
        self
    }

    /// The same error seen from one level up: `prefix` goes before its field.
    #[must_use]
    pub fn within(mut self, prefix: &str) -> Self {
        let field = &mut self.inner.field;
        if field.is_empty() {
            field.push_str(prefix);
        } else {
            *field = format!("{prefix}.{field}");
        }
        self
    }

    /// A fault of this library.
    pub fn internal(message: impl fmt::Display) -> Self {
        Self::new(Code::Internal, "", format!("{message}; this is a fault of cosell: please report it"))
    }

    /// The caller asked to stop.
    pub fn cancelled() -> Self {
        Self::new(Code::Cancelled, "", "cancelled by the caller; nothing was changed")
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        self.inner.code
    }

    /// Who has to act.
    pub fn kind(&self) -> Kind {
        self.inner.code.kind()
    }

    /// The option path or `table.column` at fault; empty where there is none.
    pub fn field(&self) -> &str {
        &self.inner.field
    }

    /// The words.
    pub fn message(&self) -> &str {
        &self.inner.message
    }

    /// Machine-readable facts: `table`, `row`, `column`, `expected`, `got`, `available`, `suggestion`.
    pub fn details(&self) -> &BTreeMap<&'static str, Value> {
        &self.inner.details
    }
}

/// The nearest of `candidates` to `word`, where one is near enough to be a likely slip, or goes on where `word` ends.
pub(crate) fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted: String = word.chars().take(64).flat_map(char::to_lowercase).collect();
    candidates
        .into_iter()
        .map(|c| (strsim::damerau_levenshtein(&wanted, &c.to_lowercase()), c))
        .filter(|(distance, c)| {
            let begun = wanted.len() >= 3 && c.to_lowercase().starts_with(&wanted);
            begun || *distance <= 1 + c.len().min(wanted.len()) / 4
        })
        .min()
        .map(|(_, c)| c)
}

/// `"a", "b" or "c"`: the allowed values of a message, at most twenty of them.
pub(crate) fn one_of<'a>(allowed: impl IntoIterator<Item = &'a str>) -> String {
    let all: Vec<&str> = allowed.into_iter().collect();
    let shown: Vec<String> = all.iter().take(20).map(|s| quoted(s)).collect();
    match (shown.as_slice(), all.len() > 20) {
        ([], _) => "nothing".to_owned(),
        ([one], false) => one.clone(),
        ([init @ .., last], false) => format!("{} or {last}", init.join(", ")),
        (_, true) => format!("{} and {} more", shown.join(", "), all.len() - 20),
    }
}

/// A value of the data as a message shows it: quoted, and cut where it is long.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return format!("{text:?}");
    }
    let start: String = text.chars().take(LONGEST).collect();
    format!("{start:?}... ({} characters)", text.chars().count())
}

/// `; did you mean "x"?` where there is a likely slip, else nothing.
pub(crate) fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> String {
    suggest(word, candidates).map(|s| format!("; did you mean {s:?}?")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_have_a_meaning() {
        let mut seen = std::collections::BTreeSet::new();
        for code in Code::ALL {
            assert!(seen.insert(code.as_str()), "{code} stands twice");
            assert!(code.meaning().ends_with('.'), "{code} has no sentence");
        }
    }

    #[test]
    fn slips_get_a_suggestion_and_strangers_do_not() {
        assert_eq!(suggest("resseller", ["isv", "reseller", "referral"]), Some("reseller"));
        assert_eq!(suggest("banana", ["isv", "reseller"]), None);
        assert_eq!(suggest("val", ["conversions", "value"]), Some("value"));
        assert_eq!(suggest("va", ["conversions", "value"]), None);
    }

    #[test]
    fn long_values_are_cut_in_messages() {
        let text = "x".repeat(10_000);
        assert!(quoted(&text).len() < 100);
        assert!(quoted(&text).contains("10000 characters"));
    }

    #[test]
    fn a_field_grows_from_the_inside_out() {
        let error = Error::new(Code::InvalidOption, "half_life_days", "x").within("time_decay");
        assert_eq!(error.field(), "time_decay.half_life_days");
    }
}
