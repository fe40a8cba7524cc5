//! The review of the sample ecosystem has the same bytes in Rust, Python and Node, for any order of rows and any threads.

use std::path::PathBuf;

use cosell::attribution::{JourneysOptions, Model};
use cosell::document;
use cosell::engine::monitor::Monitor;
use cosell::engine::parallel::set_threads;
use cosell::facts::Ecosystem;
use cosell::table::read_csv;
use cosell::tiering::{Program, ProgramReviewOptions, Reach, ReviewInputs};

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/programs")
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
            "benefits": digest(&review.benefits().unwrap().to_csv()),
            "facts": digest(&review.facts(&"P-017".into(), None, &none).unwrap().to_csv()),
        });
        assert_eq!(found, wanted["services"], "backwards: {backwards}, threads: {threads}");
    }
}
