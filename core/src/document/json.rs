//! JSON text as a value. Unlike serde's own reader it refuses a key that stands twice, of which serde keeps the last.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::place::{Fault, Place, Step};
use super::{MAX_DEPTH, MAX_VALUES};

/// Reads a JSON text.
pub(super) fn read(text: &str) -> Result<Value, Fault> {
    let mut notes = Notes::default();
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Reader { notes: &mut notes, depth: 0 }.deserialize(&mut reader);
    value.and_then(|value| reader.end().map(|()| value)).map_err(|error| {
        let place = Place { line: error.line(), column: error.column() };
        let fault = notes.fault.take().map(|fault| fault.on(notes.path.iter().rev()));
        fault.unwrap_or_else(|| Fault::syntax(syntax(&error))).at(place)
    })
}

/// What serde says, without the place.
fn syntax(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.rsplit_once(" at line ").map_or(text.clone(), |(words, _)| words.to_owned())
}

/// What is known of the text so far.
#[derive(Default)]
struct Notes {
    values: usize,
    fault: Option<Fault>,
    /// The path of the fault, from the inside out: it costs nothing where there is none.
    path: Vec<Step>,
}

/// Reads one value.
struct Reader<'n> {
    notes: &'n mut Notes,
    depth: usize,
}

impl Reader<'_> {
    fn inner(&mut self) -> Reader<'_> {
        Reader { notes: self.notes, depth: self.depth }
    }

    fn fail<E: serde::de::Error>(&mut self, fault: Fault) -> E {
        self.notes.fault = Some(fault);
        E::custom("refused")
    }

    /// One level down, if there is one.
    fn enter<E: serde::de::Error>(&mut self) -> Result<(), E> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(self.fail(Fault::too_deep())) } else { Ok(()) }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(mut self, deserializer: D) -> Result<Value, D::Error> {
        self.notes.values += 1;
        if self.notes.values > MAX_VALUES {
            return Err(self.fail(Fault::too_many(false)));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Bool(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(number.into())
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut list = Vec::new();
        loop {
            match items.next_element_seed(self.inner()) {
                Ok(Some(item)) => list.push(item),
                Ok(None) => return Ok(Value::Array(list)),
                Err(error) => {
                    self.notes.path.push(Step::Index(list.len()));
                    return Err(error);
                }
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut pairs: A) -> Result<Value, A::Error> {
        self.enter()?;
        let mut fields = Map::new();
        while let Some(key) = pairs.next_key::<String>()? {
            let read = if fields.contains_key(&key) {
                self.notes.fault = Some(Fault::twice(&key));
                Err(A::Error::custom("refused"))
            } else {
                pairs.next_value_seed(self.inner())
            };
            match read {
                Ok(value) => fields.insert(key, value),
                Err(error) => {
                    self.notes.path.push(Step::Key(key));
                    return Err(error);
                }
            };
        }
        Ok(Value::Object(fields))
    }
}
