//! The sentence of a coded row: the text of its code, with the numbers of the row filled in.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::number::{grouped, percent, trimmed};
use super::{English, Say, Words, humanised};
use crate::error::{Code, Error, Result, did_you_mean, one_of, quoted};

/// The kinds of codes that stand in rows; there a code is its name alone.
pub const ROW_KINDS: [&str; 11] = [
    "ask",
    "bucket",
    "difference",
    "error",
    "evidence",
    "finding",
    "note",
    "order",
    "reason",
    "relationship",
    "status",
];

/// The sentence of a code: of its kind and name (`difference.passes_through`), or of a name that only one kind has.
///
/// `parameters` are the numbers and names of the row (the row itself will do: what no text asks for is left). Where one is
/// missing, the sentence is the one without numbers.
///
/// # Errors
/// [`Code::UnknownName`]: no catalogue has the code; [`Code::InvalidOption`]: several kinds have the name, with different texts.
///
/// ```
/// use cosell::words::{English, say};
/// let row = serde_json::json!({"code": "passes_through", "evidence": 0.4, "baseline": 0.25});
/// let said = say(&English, "passes_through", row.as_object().unwrap())?;
/// assert_eq!(said, "It is in more journeys than its touches tell: in 40.0% of the journeys, with 25.0% of the touches.");
/// # Ok::<(), cosell::Error>(())
/// ```
pub fn say(words: &dyn Words, code: &str, parameters: &Map<String, Value>) -> Result<String> {
    let (kind, name) = resolve(words, code)?;
    Ok(Say(words).coded(kind, name, |parameter| parameters.get(parameter).cloned().unwrap_or_default()))
}

/// The kind and the name of a code.
fn resolve<'c>(words: &dyn Words, code: &'c str) -> Result<(&'c str, &'c str)> {
    // A name may have dots of its own, a kind has none.
    let known = |kind: &str, name: &str| words.lookup(&format!("{kind}.{name}")).is_some();
    let found = |kind: &str, name: &str| known(kind, name) || (kind == "finding" && known("error", name));
    if let Some((kind, name)) = code.split_once('.') {
        return if found(kind, name) { Ok((kind, name)) } else { Err(unknown(code)) };
    }
    // A finding may have the name of an error; errors come last.
    let mut kinds: Vec<&'static str> = ROW_KINDS.into_iter().filter(|kind| known(kind, code)).collect();
    if kinds.len() > 1 {
        kinds.retain(|kind| *kind != "error");
    }
    let texts: BTreeSet<Option<&str>> = kinds.iter().map(|kind| words.lookup(&format!("{kind}.{code}"))).collect();
    match kinds.first() {
        None => Err(unknown(code)),
        Some(kind) if texts.len() == 1 => Ok((kind, code)),
        Some(_) => {
            let full: Vec<String> = kinds.iter().map(|kind| format!("{kind}.{code}")).collect();
            let message = format!(
                "{} is a code of several kinds; write {}",
                quoted(code),
                one_of(full.iter().map(String::as_str))
            );
            Err(Error::new(Code::InvalidOption, "code", message).with("available", full))
        }
    }
}

fn unknown(code: &str) -> Error {
    let dotted = code.contains('.');
    let names: Vec<Cow<'static, str>> = English::codes()
        .filter_map(|(kind, name)| {
            let row = ROW_KINDS.contains(&kind);
            if dotted { Some(Cow::Owned(format!("{kind}.{name}"))) } else { row.then_some(Cow::Borrowed(name)) }
        })
        .collect();
    let hint = did_you_mean(code, names.iter().map(AsRef::as_ref));
    let message = format!(
        "there are no words for the code {}; expected a kind and a name such as \"difference.assists\", or the name alone (words() has all of them){hint}",
        quoted(code)
    );
    Error::new(Code::UnknownName, "code", message)
}

impl Say<'_> {
    /// The sentence of a coded row, filled in by the row's values; that without numbers where one is missing.
    pub(crate) fn coded(&self, kind: &str, name: &str, value: impl Fn(&str) -> Value) -> String {
        let text = |parameter: &str, format: &str| self.shown(&value(parameter), format);
        let filled = self.0.lookup(&format!("{kind}.{name}.says")).and_then(|template| fill(template, text));
        let said = filled.unwrap_or_else(|| self.word(kind, name).into_owned());
        if said.ends_with(['.', '!', '?', ':', '…']) { said } else { said + "." }
    }

    /// A value as the format of a placeholder wants it; none where there is no value.
    fn shown(&self, value: &Value, format: &str) -> Option<Cow<'static, str>> {
        let text = match (value, format) {
            (Value::Number(number), "percent") => percent(number.as_f64()?),
            (Value::Number(number), _) if number.is_f64() => grouped(&trimmed(number.as_f64()?, 3)),
            (Value::Number(number), _) => grouped(&number.to_string()),
            (Value::String(text), "" | "percent") => text.trim_end_matches('.').to_owned(),
            (Value::String(label), "model") => self.model(label),
            (Value::String(name), kind) => self.word(kind, name).into_owned(),
            (Value::Bool(flag), _) => flag.to_string(),
            _ => return None,
        };
        Some(Cow::Owned(text))
    }

    /// A model's label in words: `markov_2` has those of `markov`, with its number.
    pub(crate) fn model(&self, label: &str) -> String {
        if let Some(words) = self.0.lookup(&format!("model.{label}")) {
            return words.to_owned();
        }
        let (model, number) = label.rsplit_once('_').unwrap_or((label, ""));
        match self.0.lookup(&format!("model.{model}")) {
            Some(words) if number.bytes().all(|b| b.is_ascii_digit()) => format!("{words} {number}"),
            _ => humanised(label),
        }
    }
}

/// A template with its placeholders (`{name}`, `{name:format}`) filled in; none where a value is missing.
///
/// One pass over the template, so that braces in a value are never taken for a placeholder.
pub(super) fn fill<'v>(template: &str, value: impl Fn(&str, &str) -> Option<Cow<'v, str>>) -> Option<String> {
    let (mut text, mut rest) = (String::new(), template);
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (placeholder, behind) = after.split_once('}').unwrap_or((after, ""));
        let (name, format) = placeholder.split_once(':').unwrap_or((placeholder, ""));
        text.push_str(&value(name, format)?);
        rest = behind;
    }
    Some(text + rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;
    use std::collections::BTreeMap;

    fn said(code: &str, row: Value) -> Result<String> {
        say(&English, code, &serde_json::from_value(row).unwrap())
    }

    #[test]
    fn a_row_is_said_with_its_numbers_or_without() {
        let row = json!({"evidence": 12, "baseline": 30.0, "channel": "x"});
        let wanted = "Too few conversions to tell it from chance: 12, where 30 are the least.";
        assert_eq!(said("difference.few_journeys", row).unwrap(), wanted);
        assert_eq!(
            said("few_journeys", json!({"evidence": null, "baseline": 30})).unwrap(),
            "Too few conversions to tell it from chance."
        );
        let row = json!({"model": "markov_2", "reason": "it needs times."});
        assert_eq!(said("model_left_out", row).unwrap(), "Markov 2 is left out: it needs times.");
        assert_eq!(said("note.conflict", json!({})).unwrap(), "The model and the experiment do not agree.");
        assert_eq!(said("finding.unknown_id", json!({})).unwrap(), "An id is not in the table that it refers to.");
        assert_eq!(said("unknown_id", json!({})).unwrap(), said("error.unknown_id", json!({})).unwrap());
        let braces = said("model_left_out", json!({"model": "{reason}", "reason": "{model}"})).unwrap();
        assert_eq!(braces, "{reason} is left out: {model}.");
    }

    #[test]
    fn an_unknown_code_gets_a_suggestion_and_an_ambiguous_one_its_kinds() {
        let error = said("pases_through", json!({})).unwrap_err();
        assert_eq!((error.code(), error.field()), (Code::UnknownName, "code"));
        assert!(error.message().contains("did you mean \"passes_through\""), "{error}");
        let error = said("diference.assists", json!({})).unwrap_err();
        assert!(error.message().contains("did you mean \"difference.assists\""), "{error}");
        assert_eq!(said("", json!({})).unwrap_err().code(), Code::UnknownName);
        let own = BTreeMap::from([("note.assists".to_owned(), "Other".to_owned())]);
        let error = say(&own, "assists", &Map::new()).unwrap_err();
        assert_eq!(error.code(), Code::InvalidOption);
        assert!(error.message().contains("\"difference.assists\" or \"note.assists\""), "{error}");
    }

    #[test]
    fn other_words_are_taken_first() {
        let own = BTreeMap::from([("difference.assists.says".to_owned(), "Hilft: {evidence:percent}".to_owned())]);
        let row = Map::from_iter([("evidence".to_owned(), json!(0.5))]);
        assert_eq!(say(&own, "assists", &row).unwrap(), "Hilft: 50.0%.");
    }
}
