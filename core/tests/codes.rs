//! Codes and their words: none without the other, and the page of them as the catalogue has it.

use std::collections::BTreeSet;
use std::path::Path;

use cosell::words::{English, ROW_KINDS, Words};

#[path = "../examples/generate_codes.rs"]
mod generate_codes;

/// The sources of the engine without the catalogue, the report and tests.
fn sources() -> String {
    fn read(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() && !["words", "report", "tests"].contains(&name.as_str()) {
                read(&path, text);
            } else if path.is_file() && !name.starts_with("tests") {
                *text += &std::fs::read_to_string(&path).unwrap();
            }
        }
    }
    let mut text = String::new();
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
    text
}

/// The names in quotes behind each place where a text stands.
fn names_behind<'t>(text: &'t str, place: &str) -> BTreeSet<&'t str> {
    let behind = text.match_indices(place).map(|(at, _)| text[at + place.len()..].split('"').next().unwrap());
    behind.filter(|name| !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')).collect()
}

#[test]
fn every_code_of_a_note_and_of_a_ledger_has_words() {
    let sources = sources();
    let coded = names_behind(&sources, "\"code\": \"");
    let notes = names_behind(&sources, ".note(\"");
    assert!(coded.len() >= 10 && notes.len() >= 6, "{coded:?} {notes:?}");
    let has = |kinds: &[&str], name: &str| kinds.iter().any(|kind| English.lookup(&format!("{kind}.{name}")).is_some());
    let without: Vec<&&str> = coded.union(&notes).filter(|name| !has(&["note", "order"], name)).collect();
    assert!(without.is_empty(), "codes without words: {without:?}");
    // A rule's reasons stand in its `fn reason`, up to the end of the block that implements it.
    let mut reasons = BTreeSet::new();
    for (at, _) in sources.match_indices("    fn reason(&self") {
        let body = &sources[at..];
        let body = &body[..body.find("\n    }\n").unwrap()];
        reasons.extend(names_behind(body, "\""));
    }
    assert!(reasons.len() >= 20, "{reasons:?}");
    let without: Vec<&&str> = reasons.iter().filter(|name| !has(&["reason"], name)).collect();
    assert!(without.is_empty(), "reasons without words: {without:?}");
}

#[test]
fn no_words_are_left_of_codes_that_are_gone() {
    let sources = sources();
    let kinds = ["difference", "finding", "note", "order", "reason"];
    let own = English::ALL.iter().filter_map(|(code, _)| code.split_once('.')).filter(|(kind, _)| kinds.contains(kind));
    let gone: Vec<_> =
        own.filter(|(_, name)| !name.contains('.') && !sources.contains(&format!("\"{name}\""))).collect();
    assert!(gone.is_empty(), "{gone:?}");
}

#[test]
fn a_name_is_said_by_one_kind_only() {
    let mut seen = BTreeSet::new();
    let texts = English::texts();
    let names = texts
        .keys()
        .filter_map(|code| code.split_once('.'))
        .filter(|(kind, _)| ROW_KINDS.contains(kind) && *kind != "error");
    let names = names.filter(|(_, name)| !name.contains('.'));
    for (kind, name) in names {
        assert!(seen.insert(name), "{name} stands in {kind} and in another kind: rows could not be told apart");
    }
}

#[test]
fn every_difference_says_what_its_numbers_are() {
    for (code, _) in
        English::ALL.iter().filter(|(code, _)| code.starts_with("difference.") && code.matches('.').count() == 1)
    {
        for beside in ["says", "evidence", "baseline"] {
            assert!(English.lookup(&format!("{code}.{beside}")).is_some(), "{code}.{beside}");
        }
    }
}

#[test]
fn the_page_of_codes_is_that_of_the_catalogue() {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/codes.md")).unwrap();
    assert!(page == generate_codes::page(), "docs/codes.md has drifted: run `make types`");
}
