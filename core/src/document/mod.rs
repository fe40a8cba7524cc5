//! Options and programme documents: read once, checked once.
//!
//! An unknown key, a wrong type or an impossible value is an error with the full path, what was expected, and a
//! suggestion. Depth and size are bounded before anything is parsed, so that no document can exhaust the stack.

mod json;
mod place;
mod strict;
mod text;
#[cfg(test)]
mod text_tests;
mod toml;
mod yaml;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use self::strict::Strict;
pub use self::text::{Format, value_from};
use crate::error::{Code, Error, Result, did_you_mean, one_of, quoted, suggest};

/// The deepest nesting of a document.
pub const MAX_DEPTH: usize = 64;
/// The longest text of a document, in bytes.
pub const MAX_BYTES: usize = 16 << 20;
/// The most values of a document: lists, objects and what they hold.
pub const MAX_VALUES: usize = 1 << 20;

/// Reads a typed document from JSON text.
///
/// # Errors
/// [`Code::TooLarge`], [`Code::TooDeep`], [`Code::InvalidDocument`], and those of [`from_value`].
pub fn from_text<T: DeserializeOwned>(text: &str) -> Result<T> {
    from_value(&value_from_text(text)?)
}

/// Reads any JSON text within the bounds of size and depth.
///
/// # Errors
/// Those of [`value_from`].
pub fn value_from_text(text: &str) -> Result<Value> {
    value_from(text, Format::Json)
}

/// Reads a typed document from a JSON value.
///
/// # Errors
/// [`Code::UnknownOption`], [`Code::InvalidOption`], [`Code::MissingOption`], each with the path; [`Code::TooDeep`].
pub fn from_value<T: DeserializeOwned>(value: &Value) -> Result<T> {
    check_depth(value)?;
    serde_path_to_error::deserialize(Strict(value)).map_err(|e| {
        let path = e.path().to_string();
        let path = if path == "." { String::new() } else { path };
        let got = found_at(value, e.path());
        explain(&path, &e.into_inner().to_string(), got)
    })
}

/// What stands at a path of a document.
fn found_at<'v>(value: &'v Value, path: &serde_path_to_error::Path) -> Option<&'v Value> {
    path.iter().try_fold(value, |at, segment| match segment {
        Segment::Seq { index } => at.get(index),
        Segment::Map { key } => at.get(key),
        Segment::Enum { variant } => at.get(variant),
        Segment::Unknown => None,
    })
}

/// Turns what serde says about `got` into one of our codes with a suggestion.
fn explain(path: &str, message: &str, got: Option<&Value>) -> Error {
    let names_in = |part: &str| part.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let names = names_in(message);
    let at = if path.is_empty() { String::new() } else { format!(" at {path}") };
    let listed = |kind: &str, code: Code| {
        let known: Vec<&str> = names[1..].iter().map(String::as_str).collect();
        // The path of an unknown key ends in the key itself; that of a value does not.
        unknown(kind, code, &names[0], path, &at, &known)
    };
    if message.starts_with("unknown field") && !names.is_empty() {
        return listed("option", Code::UnknownOption);
    }
    if message.starts_with("unknown variant") && !names.is_empty() {
        return listed("value", Code::InvalidOption);
    }
    if message.starts_with("missing field") && !names.is_empty() {
        let field = if path.is_empty() { names[0].clone() } else { format!("{path}.{}", names[0]) };
        let text = format!("option {:?} is missing{at}", names[0]);
        return Error::new(Code::MissingOption, field, text);
    }
    // serde speaks of our types; callers know numbers.
    let plain = message.replace("expected u32", "expected a whole number from 0 to 4294967295");
    let plain = plain.replace("expected u8", "expected a whole number from 0 to 255");
    let plain = plain.replace("expected f64", "expected a number");
    let plain = ["usize", "u64", "i64"]
        .iter()
        .fold(plain, |text, name| text.replace(&format!("expected {name}"), "expected a whole number, 0 or more"));
    let outside = plain.starts_with("invalid value: integer") && plain != message;
    let code = if outside { Code::OptionOutOfRange } else { Code::InvalidOption };
    Error::new(code, path, format!("{}{at}", in_our_words(&plain, got)))
}

/// The same error where the unknown option stands beside others of its call, such as keyword arguments: they were expected
/// as well, and an option that is most like one of them is named without the document that it was looked for in. Other
/// errors stay as they are.
///
/// ```
/// use cosell::attribution::Model;
/// use cosell::document::beside;
/// let error = Model::named("linear", &serde_json::json!({"val": 1})).unwrap_err();
/// let error = beside(error, "linear", &["value", "currency"]);
/// assert_eq!((error.field(), &error.details()["suggestion"]), ("val", &"value".into()));
/// ```
#[must_use]
pub fn beside(error: Error, document: &str, others: &[&str]) -> Error {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let got = error.details().get("got").and_then(text).unwrap_or_default();
    let top = error.field() == got || error.field() == format!("{document}.{got}");
    if error.code() != Code::UnknownOption || !top {
        return error;
    }
    let known = error.details().get("available").and_then(Value::as_array);
    let mut names: Vec<String> = known.into_iter().flatten().filter_map(text).collect();
    names.extend(others.iter().map(|name| (*name).to_owned()));
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let other = suggest(&got, names.iter().copied()).is_some_and(|meant| others.contains(&meant));
    unknown_option(&got, if other { &got } else { error.field() }, &names)
}

/// An `unknown_option` error: what was given, where, and what is known.
///
/// ```
/// let error = cosell::document::unknown_option("looback", "looback", &["lookback", "progress"]);
/// assert_eq!(error.details()["suggestion"], "lookback");
/// ```
pub fn unknown_option(got: &str, field: &str, known: &[&str]) -> Error {
    unknown("option", Code::UnknownOption, got, field, "", known)
}

/// A name that is not known: what it was to be, where it stands, what is known and what it may be a slip of.
fn unknown(kind: &str, code: Code, got: &str, field: &str, at: &str, known: &[&str]) -> Error {
    let all = || known.iter().copied();
    let (expected, hint) = (one_of(all()), did_you_mean(got, all()));
    let error = Error::new(code, field, format!("unknown {kind} {got:?}{at}; expected {expected}{hint}"))
        .with("got", got)
        .with("available", known.to_vec());
    match suggest(got, all()) {
        Some(meant) => error.with("suggestion", meant),
        None => error,
    }
}

/// Serde's words for unions and types, in those of callers.
fn in_our_words(message: &str, got: Option<&Value>) -> String {
    const UNIONS: [(&str, &str); 6] = [
        ("enum Days", "expected a number of days, or \"all\""),
        ("enum Touches", "expected a number of touches, or \"all\""),
        ("enum Margin", "expected a rate such as 0.65, or an object with a rate per product"),
        ("untagged enum Scalar", "expected a number, text, or true or false"),
        ("untagged enum Id", "expected text or a whole number"),
        ("enum SharedKey", "expected \"credit\", \"direct_cost\", \"equal\", or shares by partner that sum to 1"),
    ];
    if let Some((_, words)) = UNIONS.iter().find(|(name, _)| message.ends_with(name)) {
        // Serde does not say what stood where no variant of a union fits.
        return got.map_or_else(|| (*words).to_owned(), |got| format!("got {}, {words}", shown(got)));
    }
    let Some((found, expected)) = message.rsplit_once(", expected ") else { return message.to_owned() };
    let number_or_flag = got.is_some_and(|got| got.is_number() || got.is_boolean());
    let expected = match expected {
        "a sequence" => "a list, such as [\"a\", \"b\"]",
        "a map" => "an object",
        "a string" if number_or_flag => "text; write it in quotes",
        "a string" => "text",
        "a boolean" => "true or false",
        other if other.starts_with("struct ") => "an object",
        other if other.starts_with("enum") => "a name, or an object with one key",
        other => other,
    };
    let found = match (found.split_once(": "), got) {
        (Some(("invalid type", "unit variant")), _) => "a name alone".to_owned(),
        (Some(("invalid type", "newtype variant")), _) => "a name with options".to_owned(),
        (Some(("invalid value", "map")), Some(Value::Object(fields))) => match fields.len() {
            1 => "an object with 1 key".to_owned(),
            keys => format!("an object with {keys} keys"),
        },
        (Some(("invalid type" | "invalid value", _)), Some(got)) => shown(got),
        _ => return message.to_owned(),
    };
    format!("got {found}, expected {expected}")
}

/// A value in the words of these messages; lists and objects by what they are.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the text {}", quoted(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
        other => other.to_string(),
    }
}

/// Fails where a value is nested too deep, without recursion.
fn check_depth(value: &Value) -> Result<()> {
    let mut open = vec![(value, 0_usize)];
    while let Some((value, depth)) = open.pop() {
        if depth > MAX_DEPTH {
            return Err(place::Fault::too_deep().into_error(""));
        }
        match value {
            Value::Array(items) => open.extend(items.iter().map(|v| (v, depth + 1))),
            Value::Object(fields) => open.extend(fields.values().map(|v| (v, depth + 1))),
            _ => {}
        }
    }
    Ok(())
}

/// An `option_out_of_range` error: what was given and what is allowed.
pub(crate) fn out_of_range(field: &str, got: impl std::fmt::Display, expected: &str) -> Error {
    Error::new(Code::OptionOutOfRange, field, format!("{field} is {got}; expected {expected}"))
        .with("got", got.to_string())
        .with("expected", expected)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Sample {
        inner: Inner,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        half_life_days: f64,
        #[serde(default)]
        mode: Mode,
    }

    #[derive(Debug, Deserialize, Default)]
    #[serde(rename_all = "snake_case")]
    enum Mode {
        #[default]
        Fast,
    }

    fn fails(text: &str) -> Error {
        from_text::<Sample>(text).unwrap_err()
    }

    #[test]
    fn an_option_that_is_null_is_left_out_at_any_depth() {
        let read: Sample = from_text(r#"{"inner": {"half_life_days": 3, "mode": null}}"#).unwrap();
        assert!(matches!(read.inner.mode, Mode::Fast));
        let error = fails(r#"{"inner": {"half_life_days": null}}"#);
        assert_eq!((error.code(), error.field()), (Code::MissingOption, "inner.half_life_days"));
        // A slip is a slip, whatever its value.
        let error = fails(r#"{"inner": {"half_life_days": 3, "moed": null}}"#);
        assert_eq!((error.code(), error.field()), (Code::UnknownOption, "inner.moed"));
        // A name in a map is no option.
        type Rates = std::collections::BTreeMap<String, f64>;
        assert_eq!(from_text::<Rates>(r#"{"a": null}"#).unwrap_err().field(), "a");
    }

    #[test]
    fn faults_have_a_path_and_a_suggestion() {
        let error = fails(r#"{"inner": {"half_life_day": 3}}"#);
        assert_eq!((error.code(), error.field()), (Code::UnknownOption, "inner.half_life_day"));
        assert!(error.message().contains("did you mean \"half_life_days\""), "{error}");
        let error = fails(r#"{"inner": {"half_life_days": "3"}}"#);
        assert_eq!((error.code(), error.field()), (Code::InvalidOption, "inner.half_life_days"));
        let error = fails(r#"{"inner": {"half_life_days": 3, "mode": "fats"}}"#);
        assert_eq!((error.code(), error.field()), (Code::InvalidOption, "inner.mode"));
        let error = fails(r#"{"inner": {}}"#);
        assert_eq!((error.code(), error.field()), (Code::MissingOption, "inner.half_life_days"));
        assert_eq!(fails("{").code(), Code::InvalidDocument);
    }

    #[test]
    fn unions_say_what_they_got() {
        #[derive(Debug, Deserialize)]
        #[allow(dead_code)]
        struct Spans {
            spans: Vec<crate::attribution::Days>,
        }
        let error = from_text::<Spans>(r#"{"spans": [90, "unlimited"]}"#).unwrap_err();
        assert_eq!((error.code(), error.field()), (Code::InvalidOption, "spans[1]"));
        let text = r#"got the text "unlimited", expected a number of days, or "all" at spans[1]"#;
        assert_eq!(error.message(), text);
        let error = from_text::<Spans>(r#"{"spans": [true]}"#).unwrap_err();
        assert!(error.message().starts_with("got true, expected a number of days"), "{error}");
    }

    #[test]
    fn a_list_does_not_pass_for_an_object() {
        for text in ["[]", r#"[{"half_life_days": 3}]"#, r#"{"inner": [3]}"#, r#"{"inner": []}"#] {
            assert_eq!(fails(text).code(), Code::InvalidOption, "{text}");
        }
        assert_eq!(from_text::<Vec<Mode>>(r#"["fast", "fast"]"#).unwrap().len(), 2);
    }

    #[test]
    fn depth_is_bounded_before_parsing() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(fails(&deep).code(), Code::TooDeep);
        assert_eq!(from_text::<Value>("\"[[[[\"").unwrap(), Value::from("[[[["));
        let mut value = Value::Null;
        for _ in 0..=MAX_DEPTH {
            value = Value::Array(vec![value]);
        }
        assert_eq!(from_value::<Value>(&value).unwrap_err().code(), Code::TooDeep);
    }
}
