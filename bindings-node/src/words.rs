//! Words for codes: the catalogue, and the sentence of a coded row.

use std::collections::BTreeMap;

use cosell::document::from_text;
use cosell::words::{self, English, Words};
use napi_derive::napi;
use serde_json::{Map, Value};

use crate::errors::guard;

/// Texts that take the place of the English ones, from JSON; `None`: none do.
pub fn own_words(words: Option<&str>) -> cosell::Result<Option<BTreeMap<String, String>>> {
    words.map(|text| from_text(text).map_err(|e| e.within("words"))).transpose()
}

/// The catalogue, as JSON.
#[napi]
pub fn words() -> String {
    serde_json::to_string(&English::texts()).unwrap_or_default()
}

/// The sentence of a coded row.
#[napi]
pub fn say(code: String, parameters: String, words: Option<String>) -> napi::Result<String> {
    guard(|| {
        let own = own_words(words.as_deref())?;
        let catalogue: &dyn Words = own.as_ref().map_or(&English, |own| own);
        let parameters: Map<String, Value> = from_text(&parameters).map_err(|e| e.within("parameters"))?;
        words::say(catalogue, &code, &parameters)
    })
}
