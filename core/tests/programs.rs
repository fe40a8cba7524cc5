//! The programmes of `examples/programs`: each loads, compiles, says where it comes from and is described in the README.

use std::path::PathBuf;

use cosell::attribution::{JourneysOptions, Model};
use cosell::document;
use cosell::engine::monitor::Monitor;
use cosell::engine::parallel::set_threads;
use cosell::facts::Ecosystem;
use cosell::table::read_csv;
use cosell::tiering::document::ProgramDocument;
use cosell::tiering::{Program, ProgramReviewOptions, Reach, ReviewInputs};

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

/// The tables of the sample ecosystem, their rows from the first or from the last.
fn sample(backwards: bool) -> Ecosystem {
    let options = serde_json::json!({"currency": "USD", "max_rate_age_days": 45, "on_invalid": "reject"});
    let mut builder = Ecosystem::builder().options(document::from_value(&options).unwrap());
    for entry in std::fs::read_dir(folder().join("../data")).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|e| e == "csv") {
            let text = std::fs::read_to_string(&file).unwrap();
            let (head, rows) = text.split_once('\n').unwrap();
            let mut rows: Vec<&str> = rows.lines().collect();
            if backwards {
                rows.reverse();
            }
            let text = format!("{head}\n{}", rows.join("\n"));
            let table = read_csv(text.as_bytes()).unwrap();
            builder = builder.table(&file.file_stem().unwrap().to_string_lossy(), table);
        }
    }
    builder.build().unwrap()
}

/// FNV-1a in 64 bits.
fn digest(text: &str) -> String {
    let next = |digest: u64, byte: u8| (digest ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    format!("{:016x}", text.bytes().fold(0xcbf2_9ce4_8422_2325, next))
}

/// Python and Node say the same of the very same file: neither the language nor the order of rows nor threads matter.
#[test]
fn the_review_of_the_sample_has_the_same_bytes_in_every_language() {
    let none = Monitor::none();
    let file = folder().join("../../conformance/digests.json");
    let wanted: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let program = Program::from_json(&std::fs::read_to_string(folder().join("services.json")).unwrap()).unwrap();
    let options = ProgramReviewOptions { as_of: Some("2026-11-20".into()), ..Default::default() };
    for (backwards, threads) in [(false, 1), (false, 2), (true, 1), (true, 2)] {
        set_threads(threads).unwrap();
        let eco = sample(backwards);
        let linear = Model::from_value(&serde_json::json!("linear")).unwrap();
        let credit = eco.journeys(&JourneysOptions::default(), &none).unwrap().attribute(&linear, &none).unwrap();
        let inputs = ReviewInputs { credit: [("influence".to_owned(), &credit)].into(), ..Default::default() };
        let review = program.review(&eco, &inputs, &options, &none).unwrap();
        let found = serde_json::json!({
            "decisions": digest(&review.decisions().unwrap().to_csv()),
            "metrics": digest(&review.metrics().to_csv()),
            "gaps": digest(&review.gaps(Reach::Every).unwrap().to_csv()),
            "forecast": digest(&review.forecast().to_csv()),
        });
        assert_eq!(found, wanted["services"], "backwards: {backwards}, threads: {threads}");
    }
}
