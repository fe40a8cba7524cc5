//! Documents from text: JSON, YAML and TOML, each within the same bounds and with the same sense.
//!
//! A text becomes a [`Value`], whatever its format, and everything behind this file knows values only. What people stumble
//! over is refused in all formats, with its place: a key that stands twice, a number that is none, a text that is nested
//! too deep, too large, or becomes too large by its aliases.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::place::{Fault, Place};
use super::{MAX_BYTES, json, toml, yaml};
use crate::error::{Code, Error, Result};

/// The format of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// JSON, RFC 8259.
    #[default]
    Json,
    /// YAML 1.2 with its core schema: `no`, `on` and dates are text.
    Yaml,
    /// TOML 1.1; dates and times become ISO 8601 text.
    Toml,
}

impl Format {
    /// The names of the formats.
    pub const NAMES: [&str; 3] = ["json", "yaml", "toml"];

    /// The format of a name.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] with a suggestion.
    ///
    /// ```
    /// use cosell::document::Format;
    /// assert_eq!(Format::named("yaml")?, Format::Yaml);
    /// assert_eq!(Format::named("ymal").unwrap_err().details()["suggestion"], "yaml");
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn named(name: &str) -> Result<Self> {
        Self::found(name)
            .ok_or_else(|| super::unknown("value", Code::InvalidOption, name, "format", " at format", &Self::NAMES))
    }

    /// The format of a file, from the end of its name: `.json`, `.yaml`, `.yml` or `.toml`.
    ///
    /// # Errors
    /// [`Code::InvalidOption`] where the name ends in something else.
    ///
    /// ```
    /// use cosell::document::Format;
    /// assert_eq!(Format::of_file("programs/summit.YML")?, Format::Yaml);
    /// assert!(Format::of_file("programs/summit.txt").is_err());
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn of_file(name: &str) -> Result<Self> {
        let file = name.rsplit(['/', '\\']).next().unwrap_or(name);
        let end = file.rsplit_once('.').map(|(_, end)| end.to_lowercase()).unwrap_or_default();
        Self::found(if end == "yml" { "yaml" } else { &end }).ok_or_else(|| {
            let text = format!(
                "the format of {file:?} is not known; expected a name that ends in .json, .yaml, .yml or .toml, or a format"
            );
            Error::new(Code::InvalidOption, "format", text).with("got", file).with("available", Self::NAMES.to_vec())
        })
    }

    fn found(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "yaml" => Some(Self::Yaml),
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }

    /// What messages call it.
    const fn title(self) -> &'static str {
        match self {
            Self::Json => "JSON",
            Self::Yaml => "YAML",
            Self::Toml => "TOML",
        }
    }
}

/// Reads any text within the bounds of size, depth and number of values. A byte order mark is passed over.
///
/// # Errors
/// [`Code::TooLarge`], [`Code::TooDeep`], [`Code::InvalidDocument`]: each with the line and the column, and the last one
/// with the path, where there is one.
///
/// ```
/// use cosell::document::{Format, value_from};
/// let yaml = value_from("country: NO\nfrom: 2026-02-01\ntargets: [3, .5]\n", Format::Yaml)?;
/// let json = value_from(r#"{"country": "NO", "from": "2026-02-01", "targets": [3, 0.5]}"#, Format::Json)?;
/// assert_eq!(yaml, json);
/// let error = value_from("tiers: {gold: 1, gold: 2}", Format::Yaml).unwrap_err();
/// assert_eq!((error.field(), &error.details()["column"]), ("tiers.gold", &18.into()));
/// # Ok::<(), cosell::Error>(())
/// ```
pub fn value_from(text: &str, format: Format) -> Result<Value> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.len() > MAX_BYTES {
        let message = format!("the document has {} bytes; at most {MAX_BYTES} are read", text.len());
        return Err(Error::new(Code::TooLarge, "", message));
    }
    let read = match format {
        _ if text.trim_ascii().is_empty() => Err(Fault::empty()),
        Format::Json => json::read(text),
        Format::Yaml => yaml::read(text),
        Format::Toml => toml::read(text),
    };
    read.map_err(|fault| fault.into_error(format.title()))
}

/// The line and the column of a byte of a text, both from 1; the column counts characters.
pub(super) fn place_of(text: &str, offset: usize) -> Place {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.bytes().filter(|b| *b == b'\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
    Place { line, column }
}
