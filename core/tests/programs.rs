//! The programmes of `examples/programs`: each loads, compiles, says where it comes from and is described in the README.

use std::path::PathBuf;

use cosell::document;
use cosell::tiering::Program;
use cosell::tiering::document::ProgramDocument;

/// Fewer documents than this mean that files went missing.
const PROGRAMS: usize = 12;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/programs")
}

/// The file's name, its text and the document.
fn programs() -> Vec<(String, String, ProgramDocument)> {
    let mut files: Vec<_> = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|e| e == "json"));
    files.sort();
    let read = |file: PathBuf| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&file).unwrap();
        let document = document::from_text(&text).unwrap_or_else(|e| panic!("{name}: {e} ({})", e.field()));
        (name, text, document)
    };
    files.into_iter().map(read).collect()
}

#[test]
fn every_program_compiles() {
    let programs = programs();
    assert!(programs.len() >= PROGRAMS, "only {} of {PROGRAMS} programmes", programs.len());
    for (name, _, document) in programs {
        let tiers = document.tiers.len();
        let program = Program::new(document).unwrap_or_else(|e| panic!("{name}: {e} ({})", e.field()));
        assert_eq!(program.tier_names().len(), tiers, "{name}");
    }
}

#[test]
fn a_program_read_and_written_is_the_same() {
    for (name, _, document) in programs() {
        let written = serde_json::to_value(&document).unwrap();
        let again: ProgramDocument = document::from_value(&written).unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(again, document, "{name}");
    }
}

#[test]
fn every_program_says_where_it_comes_from() {
    let mut ids = std::collections::BTreeSet::new();
    for (name, _, document) in programs() {
        assert!(
            ids.insert((document.program.clone(), document.version.clone())),
            "{name}: two have its id and version"
        );
        assert_eq!(document.schema.as_deref(), Some("../../core/schema/program.json"), "{name}");
        assert!(!document.sources.is_empty(), "{name}: no sources");
        assert!(!document.doubts.is_empty(), "{name}: no doubts");
        for (parameter, of) in &document.parameters {
            assert!(of.note.is_some(), "{name}: nothing is said about the parameter {parameter}");
        }
    }
}

#[test]
fn every_parameter_is_used() {
    for (name, text, document) in programs() {
        for parameter in document.parameters.keys() {
            let used = format!("{{\"parameter\": \"{parameter}\"}}");
            assert!(text.contains(&used), "{name}: no rule uses the parameter {parameter}");
        }
    }
}

#[test]
fn the_readme_describes_every_program() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    for (name, _, _) in programs() {
        assert!(readme.contains(&format!("[{name}]({name})")), "examples/programs/README.md does not name {name}");
    }
}
