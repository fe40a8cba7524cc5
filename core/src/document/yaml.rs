//! YAML text as a value: YAML 1.2 with its core schema, read from the events of a parser without recursion.
//!
//! Only what a value can say is taken. `no`, `on`, `y` and dates are text, as in YAML 1.2, so that Norway keeps its code. A
//! key is its text as it is written (`2026:` is the key "2026"). Aliases stand for what their anchor holds, within the
//! bounds of a document that writes them out. Refused, each with its place: a key that stands twice, merge keys (`<<`, of
//! YAML 1.1), tags other than those of the core schema, more than one document, keys that are no text, NaN and infinities,
//! and whole numbers with a leading 0, which YAML 1.1 and 1.2 read differently.
//!
//! Source: YAML 1.2.2, sections 3.2.1.3 (unique keys) and 10.3.2 (core schema).

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Marker, Parser, ScalarStyle, Tag};
use serde_json::{Map, Value};

use super::place::{Fault, Place, Step, finite};
use super::{MAX_BYTES, MAX_DEPTH, MAX_VALUES};

/// What the tags of the core schema begin with.
const CORE: &str = "tag:yaml.org,2002:";

/// Reads a YAML text.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    // In brackets the parser reads up to their end before it says anything, so that what it may keep is bounded first.
    if text.bytes().filter(|b| matches!(b, b',' | b'[' | b'{')).count() > MAX_VALUES {
        return Err(Fault::too_many(false));
    }
    let mut reader = Reader::default();
    let mut parser = Parser::new_from_str(text);
    while let Some(event) = parser.next_event() {
        let (event, span) = event.map_err(|error| scanned(error.info(), place(*error.marker())))?;
        let place = place(span.start);
        reader.take(event).map_err(|fault| fault.at(place))?;
    }
    reader.document.ok_or_else(Fault::empty)
}

fn place(marker: Marker) -> Place {
    Place { line: marker.line(), column: marker.col() + 1 }
}

/// A fault that the parser found; it counts levels of brackets itself.
fn scanned(words: &str, place: Place) -> Fault {
    if words.contains("recursion limit") { Fault::too_deep().at(place) } else { Fault::syntax(words).at(place) }
}

/// What a list or an object holds so far.
enum Node {
    List(Vec<Value>),
    Object { fields: Map<String, Value>, key: Option<String> },
}

/// A list or an object that is not at its end.
struct Open {
    node: Node,
    anchor: usize,
    /// How much there was before it.
    before: Size,
    /// How many levels it has, itself included.
    levels: usize,
}

/// How large something is, its aliases written out.
#[derive(Debug, Clone, Copy, Default)]
struct Size {
    values: usize,
    bytes: usize,
}

/// What an anchor names.
struct Anchored {
    value: Value,
    size: Size,
    levels: usize,
}

#[derive(Default)]
struct Reader {
    open: Vec<Open>,
    anchors: BTreeMap<usize, Anchored>,
    size: Size,
    aliases: bool,
    document: Option<Value>,
}

impl Reader {
    fn take(&mut self, event: Event<'_>) -> Result<(), Fault> {
        match event {
            Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => Ok(()),
            Event::DocumentStart(_) if self.document.is_some() => {
                Err(Fault::refused("the text holds more than one document; expected one"))
            }
            Event::DocumentStart(_) => Ok(()),
            Event::Scalar(text, style, anchor, tag) => self.scalar(text, style, anchor, tag.as_deref()),
            Event::SequenceStart(anchor, tag) => self.start(Node::List(Vec::new()), anchor, tag.as_deref(), "seq"),
            Event::MappingStart(anchor, tag) => {
                self.start(Node::Object { fields: Map::new(), key: None }, anchor, tag.as_deref(), "map")
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor),
        }
    }

    /// Counts what is added, within the bounds of a document.
    fn grow(&mut self, by: Size) -> Result<(), Fault> {
        self.size.values = self.size.values.saturating_add(by.values);
        self.size.bytes = self.size.bytes.saturating_add(by.bytes);
        if self.size.values > MAX_VALUES {
            return Err(Fault::too_many(self.aliases));
        }
        if self.size.bytes > MAX_BYTES { Err(Fault::too_long()) } else { Ok(()) }
    }

    /// Where the next value stands.
    fn path(&self) -> impl Iterator<Item = Step> {
        self.open.iter().filter_map(|open| match &open.node {
            Node::List(items) => Some(Step::Index(items.len())),
            Node::Object { key, .. } => key.clone().map(Step::Key),
        })
    }

    fn refuse<T>(&self, fault: Fault) -> Result<T, Fault> {
        Err(fault.on(&self.path().collect::<Vec<_>>()))
    }

    /// Whether the next node is the key of an object.
    fn wants_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { node: Node::Object { key: None, .. }, .. }))
    }

    fn scalar(
        &mut self,
        text: Cow<'_, str>,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&Tag>,
    ) -> Result<(), Fault> {
        let plain = style == ScalarStyle::Plain && tag.is_none();
        let is_key = self.wants_key();
        let size = Size { values: usize::from(!is_key), bytes: text.len() };
        self.grow(size)?;
        if is_key {
            if plain && text == "<<" {
                return self.refuse(Fault::refused(
                    "merge keys (<<) are not part of YAML 1.2; write the keys out, or give their object a key of its own",
                ));
            }
            if plain && is_null(&text) {
                return self.refuse(Fault::refused("a key is empty; expected text, such as \"null\" in quotes"));
            }
            if let Some(tag) = tag.filter(|tag| kind(tag) != Some("str")) {
                return self.refuse(unknown_tag(tag));
            }
            self.anchor(anchor, &Value::String(text.clone().into_owned()), Size { values: 1, ..size }, 0)?;
            return self.key(text.into_owned());
        }
        let value = match tag {
            None if plain => resolved(&text),
            None => Ok(Value::String(text.clone().into_owned())),
            Some(tag) => tagged(&text, tag),
        };
        let value = value.or_else(|fault| self.refuse(fault))?;
        self.anchor(anchor, &value, size, 0)?;
        self.put(value, 0);
        Ok(())
    }

    fn key(&mut self, name: String) -> Result<(), Fault> {
        let Some(Open { node: Node::Object { fields, key }, .. }) = self.open.last_mut() else { return Ok(()) };
        let twice = fields.contains_key(&name);
        let fault = twice.then(|| Fault::twice(&name));
        *key = Some(name);
        fault.map_or(Ok(()), |fault| self.refuse(fault))
    }

    fn start(&mut self, node: Node, anchor: usize, tag: Option<&Tag>, expected: &str) -> Result<(), Fault> {
        if self.wants_key() {
            return self.refuse(Fault::refused("a key is a list or an object; expected text"));
        }
        if let Some(tag) = tag.filter(|tag| kind(tag) != Some(expected)) {
            return self.refuse(unknown_tag(tag));
        }
        if self.open.len() >= MAX_DEPTH {
            return Err(Fault::too_deep());
        }
        let before = self.size;
        self.grow(Size { values: 1, bytes: 0 })?;
        self.open.push(Open { node, anchor, before, levels: 1 });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let value = match open.node {
            Node::List(items) => Value::Array(items),
            Node::Object { fields, .. } => Value::Object(fields),
        };
        let size = Size { values: self.size.values - open.before.values, bytes: self.size.bytes - open.before.bytes };
        self.anchor(open.anchor, &value, size, open.levels)?;
        self.put(value, open.levels);
        Ok(())
    }

    /// Keeps what an anchor names; the copy counts too, so that anchors within anchors cost no more than the bounds.
    fn anchor(&mut self, anchor: usize, value: &Value, size: Size, levels: usize) -> Result<(), Fault> {
        if anchor == 0 {
            return Ok(());
        }
        self.aliases = true;
        self.grow(size)?;
        self.anchors.insert(anchor, Anchored { value: value.clone(), size, levels });
        Ok(())
    }

    fn alias(&mut self, anchor: usize) -> Result<(), Fault> {
        let Some(named) = self.anchors.get(&anchor) else {
            return self.refuse(Fault::refused("an alias stands within its own anchor; expected a value that ends"));
        };
        let (size, levels) = (named.size, named.levels);
        if self.open.len() + levels > MAX_DEPTH {
            return Err(Fault::too_deep());
        }
        // Counted before it is copied.
        self.grow(size)?;
        let value = self.anchors.get(&anchor).map(|named| named.value.clone()).unwrap_or_default();
        if !self.wants_key() {
            self.put(value, levels);
            return Ok(());
        }
        match value {
            Value::String(text) => self.key(text),
            _ => self.refuse(Fault::refused("a key is an alias of something that is no text; expected text")),
        }
    }

    /// Puts a value where it belongs.
    fn put(&mut self, value: Value, levels: usize) {
        let Some(open) = self.open.last_mut() else {
            self.document = Some(value);
            return;
        };
        open.levels = open.levels.max(levels + 1);
        match &mut open.node {
            Node::List(items) => items.push(value),
            Node::Object { fields, key } => {
                if let Some(key) = key.take() {
                    fields.insert(key, value);
                }
            }
        }
    }
}

fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// A plain scalar as the core schema reads it.
fn resolved(text: &str) -> Result<Value, Fault> {
    match text {
        _ if is_null(text) => Ok(Value::Null),
        "true" | "True" | "TRUE" => Ok(Value::Bool(true)),
        "false" | "False" | "FALSE" => Ok(Value::Bool(false)),
        ".nan" | ".NaN" | ".NAN" => finite(f64::NAN, text),
        _ => number(text).unwrap_or_else(|| Ok(Value::String(text.to_owned()))),
    }
}

/// A number as the core schema reads it; `None` where the text is none.
fn number(text: &str) -> Option<Result<Value, Fault>> {
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let based = |radix: u32, part: &str| {
        let all = !part.is_empty() && part.chars().all(|c| c.is_digit(radix));
        let beyond = || Fault::refused(format!("{} is beyond 64 bits", crate::error::quoted(text)));
        all.then(|| u64::from_str_radix(part, radix).map(Value::from).map_err(|_| beyond()))
    };
    if let Some(part) = text.strip_prefix("0o") {
        return based(8, part);
    }
    if let Some(part) = text.strip_prefix("0x") {
        return based(16, part);
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") {
        return Some(finite(f64::INFINITY, text));
    }
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent.strip_prefix(['+', '-']).unwrap_or(exponent))),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let some = !whole.is_empty() || !fraction.is_empty();
    if !some || !digits(whole) || !digits(fraction) || exponent.is_some_and(|e| e.is_empty() || !digits(e)) {
        return None;
    }
    if mantissa == whole && exponent.is_none() {
        if whole.len() > 1 && whole.starts_with('0') {
            return Some(Err(Fault::refused(format!(
                "{text} has a leading 0: write it in quotes if it is a code, or without the 0 if it is a number"
            ))));
        }
        let plain = text.strip_prefix('+').unwrap_or(text);
        let exact = plain.parse::<i64>().map(Value::from).or_else(|_| plain.parse::<u64>().map(Value::from));
        if let Ok(exact) = exact {
            return Some(Ok(exact));
        }
    }
    // As in JSON, whole numbers beyond 64 bits are floats.
    text.parse::<f64>().ok().map(|number| finite(number, text))
}

/// The kind that a tag of the core schema names.
fn kind(tag: &Tag) -> Option<&str> {
    match tag {
        tag if tag.is_yaml_core_schema() => Some(&tag.suffix),
        tag if tag.suffix.starts_with(CORE) => tag.suffix.strip_prefix(CORE),
        // `!`: not to be resolved.
        tag if tag.handle.is_empty() && tag.suffix == "!" => Some("str"),
        _ => None,
    }
}

fn unknown_tag(tag: &Tag) -> Fault {
    let name = kind(tag).map_or_else(|| tag.to_string(), |kind| format!("!!{kind}"));
    Fault::refused(format!("the tag {name} does not fit here; expected none, or !!str on text"))
}

/// A scalar with a tag of the core schema.
fn tagged(text: &str, tag: &Tag) -> Result<Value, Fault> {
    let fits = |value: &Value| match kind(tag) {
        Some("int") => value.is_i64() || value.is_u64(),
        Some("float") => value.is_number(),
        Some("bool") => value.is_boolean(),
        Some("null") => value.is_null(),
        _ => false,
    };
    if kind(tag) == Some("str") {
        return Ok(Value::String(text.to_owned()));
    }
    resolved(text).ok().filter(fits).ok_or_else(|| unknown_tag(tag))
}
