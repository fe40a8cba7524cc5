//! TOML text as a value: dates and times become ISO 8601 text.

use std::ops::Range;

use serde_json::{Map, Value};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::place::{Fault, Step, finite};
use super::text::place_of;
use super::{MAX_DEPTH, MAX_VALUES};

/// Reads a TOML text. The parser bounds the nesting, so that the walk below does too.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    let document = DeTable::parse(text).map_err(|error| {
        let span = error.span().unwrap_or(text.len()..text.len());
        let fault = match error.message() {
            words if words.contains("recurs") => Fault::too_deep(),
            "duplicate key" => twice(text, span.clone()),
            words => Fault::syntax(words),
        };
        fault.at(place_of(text, span.start))
    })?;
    let mut reader = Reader { text, path: Vec::new(), values: 0 };
    reader.table(document.get_ref(), document.span().start)
}

/// A key that stands twice, with the path that the parser does not tell.
fn twice(text: &str, key: Range<usize>) -> Fault {
    let unquoted = |part: &str| part.trim().trim_matches(['"', '\'']).to_owned();
    let start = key.start;
    let name = unquoted(text.get(key).unwrap_or_default());
    // What stands before the key in its own entry: the rest of a dotted key, or of the header of a table.
    let own = text.get(..start).and_then(|before| before.rsplit(['\n', ',', '{']).next()).unwrap_or_default().trim();
    let mut path = Vec::new();
    if !own.starts_with('[') {
        let (document, _) = DeTable::parse_recoverable(text);
        let mut holder = Holder { text, key: start, found: None };
        holder.search(document.get_ref(), &mut path);
        path = holder.found.map(|(_, path)| path).unwrap_or_default();
    }
    let keys = own.trim_start_matches('[').split('.').map(unquoted).filter(|part| !part.is_empty());
    path.extend(keys.map(Step::Key));
    path.push(Step::Key(name.clone()));
    Fault::twice(&name).on(&path)
}

/// Looks for the table that holds a key: of those that begin before it, the last.
struct Holder<'t> {
    text: &'t str,
    key: usize,
    found: Option<(usize, Vec<Step>)>,
}

impl Holder<'_> {
    fn search(&mut self, table: &DeTable<'_>, path: &mut Vec<Step>) {
        for (key, value) in table {
            path.push(Step::Key(key.get_ref().to_string()));
            self.look(value, path);
            path.pop();
        }
    }

    fn look(&mut self, value: &Spanned<DeValue<'_>>, path: &mut Vec<Step>) {
        match value.get_ref() {
            DeValue::Table(table) => {
                let span = value.span();
                let holds = match self.text.as_bytes().get(span.start) {
                    Some(b'[') => span.start < self.key,
                    Some(b'{') => span.contains(&self.key),
                    // Made by a dotted key.
                    _ => false,
                };
                if holds && self.found.as_ref().is_none_or(|(start, _)| *start < span.start) {
                    self.found = Some((span.start, path.clone()));
                }
                self.search(table, path);
            }
            DeValue::Array(items) => {
                for (index, item) in items.iter().enumerate() {
                    path.push(Step::Index(index));
                    self.look(item, path);
                    path.pop();
                }
            }
            _ => {}
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    path: Vec<Step>,
    values: usize,
}

impl Reader<'_> {
    fn value(&mut self, value: &Spanned<DeValue<'_>>) -> Result<Value, Fault> {
        let at = value.span().start;
        let refuse = |fault: Fault| fault.on(&self.path).at(place_of(self.text, at));
        match value.get_ref() {
            DeValue::Table(table) => return self.table(table, at),
            DeValue::Array(items) => {
                self.enter(at)?;
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.iter().enumerate() {
                    self.path.push(Step::Index(index));
                    list.push(self.value(item)?);
                    self.path.pop();
                }
                return Ok(Value::Array(list));
            }
            DeValue::String(text) => Ok(Value::String(text.to_string())),
            DeValue::Boolean(flag) => Ok(Value::Bool(*flag)),
            DeValue::Datetime(when) => Ok(Value::String(when.to_string())),
            DeValue::Float(number) => number
                .as_str()
                .parse()
                .map_err(|_| Fault::syntax("not a number"))
                .and_then(|parsed: f64| finite(parsed, number.as_str())),
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix())
                .map(Value::from)
                .map_err(|_| Fault::refused(format!("{} is beyond 64 bits", crate::error::quoted(number.as_str())))),
        }
        .map_err(refuse)
        .and_then(|value| self.count(at).map(|()| value))
    }

    fn table(&mut self, table: &DeTable<'_>, at: usize) -> Result<Value, Fault> {
        self.enter(at)?;
        let mut fields = Map::new();
        for (key, value) in table {
            self.path.push(Step::Key(key.get_ref().to_string()));
            fields.insert(key.get_ref().to_string(), self.value(value)?);
            self.path.pop();
        }
        Ok(Value::Object(fields))
    }

    fn enter(&mut self, at: usize) -> Result<(), Fault> {
        self.count(at)?;
        // The document itself is a level too.
        let too_deep = self.path.len() >= MAX_DEPTH;
        if too_deep { Err(Fault::too_deep().at(place_of(self.text, at))) } else { Ok(()) }
    }

    fn count(&mut self, at: usize) -> Result<(), Fault> {
        self.values += 1;
        let too_many = self.values > MAX_VALUES;
        if too_many { Err(Fault::too_many(false).at(place_of(self.text, at))) } else { Ok(()) }
    }
}
