//! Words for codes: one catalogue from codes to English, how to replace it, and the sentence of a coded row.
//!
//! A code is a dotted path of kind and name, such as `model.linear` or `finding.zero_amount`. Rows hold the name; the kind says
//! where it stands: `reason` and `note` in columns and notes of that name, `difference` in the reasons of
//! [`crate::attribution::Comparison`], `finding` in what was set aside or found, `order` in the choice of an order, `error` in errors.
//! The sentence of a code ends in `.says`; what the numbers of a difference are, in `.evidence` and `.baseline`. `{name}` in a
//! text is filled in, `{name:percent}` as a percentage, and `{name:model}` by the words of that model. A code that no catalogue
//! knows is shown in plain words made from it. `docs/codes.md` lists all codes of rows.

mod catalogue;
pub(crate) mod number;
mod say;

use std::borrow::Cow;
use std::collections::BTreeMap;

use self::catalogue::CATALOGUE;
use self::say::fill;
use crate::error::Code;

pub use self::say::{ROW_KINDS, say};

/// Words for codes.
///
/// [`English`] is the catalogue that comes with the crate; a map of texts overrides it, word by word:
///
/// ```
/// use std::collections::BTreeMap;
/// use cosell::words::{English, Words};
/// let german = BTreeMap::from([("ui.title".to_owned(), "Partnerbericht".to_owned())]);
/// assert_eq!(german.lookup("ui.title"), Some("Partnerbericht"));
/// assert_eq!(german.lookup("model.linear"), English.lookup("model.linear"));
/// ```
pub trait Words {
    /// The text of a code; `None` where the catalogue has none.
    fn lookup(&self, code: &str) -> Option<&str>;
}

/// The name of a row's code as this release has it; `None` where it has none of that kind.
pub(crate) fn known(kind: &str, name: &str) -> Option<&'static str> {
    let own = |code: &'static str| code.strip_prefix(kind)?.strip_prefix('.');
    CATALOGUE.iter().filter_map(|(code, _)| own(code)).find(|known| *known == name)
}

/// The English catalogue.
#[derive(Debug, Clone, Copy, Default)]
pub struct English;

impl English {
    /// Every code with its text, in the order of the codes.
    pub const ALL: &'static [(&'static str, &'static str)] = CATALOGUE;

    /// Everything that a catalogue of another language replaces: [`English::ALL`], and the meaning of each error as `error.` and
    /// its code.
    ///
    /// ```
    /// let words = cosell::words::English::texts();
    /// assert_eq!(words["model.linear"], "Linear");
    /// assert_eq!(words["error.unknown_option"], "The option does not exist.");
    /// ```
    pub fn texts() -> BTreeMap<String, String> {
        let errors = Code::ALL.iter().map(|code| (format!("error.{code}"), code.meaning().to_owned()));
        CATALOGUE.iter().map(|(code, text)| ((*code).to_owned(), (*text).to_owned())).chain(errors).collect()
    }

    /// Every code of the catalogue as its kind and its name, without the texts that stand beside it.
    fn codes() -> impl Iterator<Item = (&'static str, &'static str)> {
        let beside = |code: &str| [".says", ".evidence", ".baseline"].iter().any(|end| code.ends_with(end));
        let own = CATALOGUE.iter().map(|(code, _)| *code).filter(move |code| !beside(code));
        let errors = Code::ALL.iter().map(|code| ("error", code.as_str()));
        own.filter_map(|code| code.split_once('.')).chain(errors)
    }
}

impl Words for English {
    fn lookup(&self, code: &str) -> Option<&str> {
        match code.strip_prefix("error.") {
            Some(name) => Code::ALL.iter().find(|code| code.as_str() == name).map(|code| code.meaning()),
            None => CATALOGUE.binary_search_by(|(known, _)| (*known).cmp(code)).ok().map(|at| CATALOGUE[at].1),
        }
    }
}

impl Words for BTreeMap<String, String> {
    fn lookup(&self, code: &str) -> Option<&str> {
        self.get(code).map(String::as_str).or_else(|| English.lookup(code))
    }
}

/// A catalogue as the renderers ask it.
#[derive(Clone, Copy)]
pub(crate) struct Say<'w>(pub(crate) &'w dyn Words);

impl Say<'_> {
    /// The text of a code, in the catalogue or made from the code.
    pub(crate) fn word(&self, kind: &str, name: &str) -> Cow<'_, str> {
        if let Some(text) = self.0.lookup(&format!("{kind}.{name}")) {
            return Cow::Borrowed(text);
        }
        // What was set aside has the code of the error that it would have been.
        match self.0.lookup(&format!("error.{name}")).filter(|_| kind == "finding") {
            Some(meaning) => Cow::Borrowed(meaning.trim_end_matches('.')),
            None => Cow::Owned(humanised(name)),
        }
    }

    /// The sentence beside a label; empty where there is none.
    pub(crate) fn sentence(&self, kind: &str, name: &str) -> &str {
        self.0.lookup(&format!("{kind}.{name}.says")).unwrap_or_default()
    }

    /// A fixed text of the interface.
    pub(crate) fn ui(&self, name: &str) -> Cow<'_, str> {
        self.word("ui", name)
    }

    /// A fixed text with its parameters filled in.
    pub(crate) fn fill(&self, name: &str, parameters: &[(&str, &str)]) -> String {
        let value = |name: &str| parameters.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        fill(&self.ui(name), |name, _| Some(Cow::Borrowed(value(name).unwrap_or_default()))).unwrap_or_default()
    }

    /// A note or convention: a code in words, a sentence as it is.
    pub(crate) fn remark(&self, kind: &str, text: &str) -> String {
        let known = self.0.lookup(&format!("{kind}.{text}"));
        match known {
            Some(words) => words.to_owned(),
            None if is_code(text) => humanised(text),
            None => text.to_owned(),
        }
    }
}

/// Whether a text is a code (`no_cost`) and not a sentence.
pub(crate) fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'.'))
}

/// A code in plain words, where the catalogue has none: `zero_amount` as `Zero amount`.
pub(crate) fn humanised(code: &str) -> String {
    let text = code.replace(['_', '.'], " ");
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_is_sorted_and_has_no_empty_text() {
        assert!(CATALOGUE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(CATALOGUE.iter().all(|(_, text)| !text.is_empty()));
    }

    #[test]
    fn unknown_codes_are_said_in_plain_words() {
        assert_eq!(humanised("zero_amount"), "Zero amount");
        assert!(is_code("no_cost") && !is_code("No cost") && !is_code(""));
        let say = Say(&English);
        assert_eq!(say.word("finding", "some_new_code"), "Some new code");
        assert_eq!(say.word("finding", "unknown_id"), "An id is not in the table that it refers to");
        assert_eq!(say.remark("note", "cost is 0 for this partner"), "cost is 0 for this partner");
    }

    #[test]
    fn parameters_are_filled_in_once() {
        let say = Say(&English);
        assert_eq!(say.fill("of", &[("numerator", "{denominator}"), ("denominator", "2")]), "{denominator} of 2");
    }
}
