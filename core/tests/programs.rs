//! The programmes of `examples/programs`: each loads, compiles, says where it comes from and is described in the README.

use std::path::PathBuf;

use cosell::attribution::{Credit, JourneysOptions, Model};
use cosell::document;
use cosell::engine::monitor::Monitor;
use cosell::facts::{Ecosystem, EcosystemOptions, OnInvalid, TABLES};
use cosell::table::{RawTable, read_csv};
use cosell::tiering::document::{Measure, ProgramDocument};
use cosell::tiering::{Program, ProgramReview, ProgramReviewOptions, ReviewInputs};
use serde_json::json;

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

#[test]
fn the_cases_that_the_readme_names_exist() {
    let readme = std::fs::read_to_string(folder().join("README.md")).unwrap();
    let mut names = std::collections::BTreeSet::new();
    for file in ["programs.json", "programs_facts.json"] {
        let text = std::fs::read_to_string(folder().join("../../conformance/cases").join(file)).unwrap();
        let cases: Vec<serde_json::Value> = serde_json::from_str(&text).unwrap();
        names.extend(cases.iter().map(|case| case["name"].as_str().unwrap().to_owned()));
    }
    let rows = readme.lines().filter(|line| line.starts_with("| ") && line.ends_with("` |"));
    let named: Vec<&str> =
        rows.flat_map(|row| row.trim_end_matches(" |").rsplit(" | ").next().unwrap().split(", ")).collect();
    assert!(named.len() > 50, "{} cases are named", named.len());
    for name in named {
        let name = name.trim_matches('`');
        assert!(names.contains(name), "examples/programs/README.md names the case {name}, which is not there");
    }
    let published = names.iter().filter(|name| name.starts_with("published_")).count();
    assert_eq!(published, 22, "the published examples");
}

/// One row in each table that the programmes read, with the columns that they ask for beside those of the table.
fn small_ecosystem() -> Ecosystem {
    let tables = json!({
        "partners": [{"partner_id": "P-1", "types": "isv", "country": "DE", "region": "EMEA"}],
        "accounts": [{"account_id": "A-1", "segment": "smb", "growth_market": true}],
        "account_partners": [{"account_id": "A-1", "partner_id": "P-1", "relationship": "msp"}],
        "opportunities": [{
            "opportunity_id": "O-1", "account_id": "A-1", "status": "won", "stage": "Launched", "region": "EMEA",
            "amount": 1000, "recurring_amount": 500, "currency": "USD", "created_at": "2026-01-01", "closed_at": "2026-03-01"
        }],
        "opportunity_partners": [{"opportunity_id": "O-1", "partner_id": "P-1", "role": "sourcer", "valid_from": "2026-01-01"}],
        "lines": [{
            "opportunity_id": "O-1", "line_id": 1, "product": "core", "amount": 1000, "recurring_amount": 500,
            "start_on": "2026-03-01", "original_start_on": null
        }],
        "registrations": [{
            "registration_id": "R-1", "kind": "deal", "partner_id": "P-1", "account_id": "A-1", "opportunity_id": "O-1",
            "submitted_at": "2026-01-01", "status": "approved", "decided_at": "2026-01-02", "expires_at": "2026-12-31"
        }],
        "people": [{"person_id": "H-1", "partner_id": "P-1", "role": "account_strategist"}],
        "credentials": [{
            "partner_id": "P-1", "code": "accreditation_technical", "kind": "certification", "level": "professional",
            "person_id": "H-1", "earned_on": "2026-01-01", "region": "EMEA", "solution_area": "security", "step": "step_1"
        }],
        "activities": [{"partner_id": "P-1", "at": "2026-06-01", "kind": "training", "quantity": 8}],
        "measurements": [
            {"subject": "partner", "id": "P-1", "metric": "ads_spend", "value": 600, "at": "2026-10-15", "scope": "search"},
            {"subject": "account", "id": "A-1", "metric": "azure_consumed_revenue", "value": 900, "at": "2026-10-15"}
        ]
    });
    let options = EcosystemOptions { currency: Some("USD".to_owned()), ..EcosystemOptions::default() };
    let mut builder = Ecosystem::builder().options(options);
    for (name, rows) in tables.as_object().unwrap() {
        builder = builder.table(name, RawTable::from_json(rows.as_array().unwrap()).unwrap());
    }
    builder.build().unwrap()
}

/// The credit that programmes may ask for.
fn credit(eco: &Ecosystem) -> Credit {
    let journeys = eco.journeys(&JourneysOptions::default(), &Monitor::none()).unwrap();
    journeys.attribute(&Model::from_value(&json!("linear")).unwrap(), &Monitor::none()).unwrap()
}

fn review(eco: &Ecosystem, credit: &Credit, document: ProgramDocument, as_of: &str) -> cosell::Result<ProgramReview> {
    let inputs = ReviewInputs { credit: [("influence".to_owned(), credit)].into(), ..ReviewInputs::default() };
    let options = ProgramReviewOptions { as_of: Some(as_of.to_owned()), ..ProgramReviewOptions::default() };
    Program::new(document)?.review(eco, &inputs, &options, &Monitor::none())
}

#[test]
fn every_program_runs_on_the_input_tables() {
    let eco = small_ecosystem();
    let credit = credit(&eco);
    for (name, _, document) in programs() {
        let metrics = document.metrics.len();
        let found =
            review(&eco, &credit, document, "2026-11-20").unwrap_or_else(|e| panic!("{name}: {e} ({})", e.field()));
        assert_eq!(found.decisions().unwrap().len(), 1, "{name}");
        assert!(found.metrics().column_names().len() > metrics, "{name}: {metrics} metrics are not all measured");
    }
}

/// The sample ecosystem, as its README says that it is read.
fn sample() -> Ecosystem {
    sample_without(&[])
}

fn sample_without(tables: &[&str]) -> Ecosystem {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../examples/data");
    let options = EcosystemOptions {
        currency: Some("USD".to_owned()),
        max_rate_age_days: Some(45),
        on_invalid: OnInvalid::Reject,
        ..EcosystemOptions::default()
    };
    let mut builder = Ecosystem::builder().options(options);
    for table in TABLES {
        let file = folder.join(format!("{}.csv", table.name));
        if file.exists() && !tables.contains(&table.name) {
            builder = builder.table(table.name, read_csv(&std::fs::read(file).unwrap()).unwrap());
        }
    }
    builder.build().unwrap()
}

#[test]
fn the_sample_programme_runs_on_the_sample_ecosystem() {
    let eco = sample();
    let (_, _, document) = programs().into_iter().find(|(name, ..)| name == "services.json").unwrap();
    let found = review(&eco, &credit(&eco), document, "2026-11-20").unwrap();
    let decisions = found.decisions().unwrap();
    let count =
        |column: &str, tier: &str| (0..decisions.len()).filter(|&row| decisions.text(row, column) == tier).count();
    // Counted once more from the files by a script of its own.
    let counts = [("registered", 26), ("select", 77), ("advanced", 28), ("premier", 5)];
    for (tier, partners) in counts {
        assert_eq!(count("qualified", tier), partners, "{tier}");
    }
    let of = |partner: &str| (0..decisions.len()).find(|&row| decisions.text(row, "partner_id") == partner).unwrap();
    // Exceptions of the document.
    assert_eq!(decisions.text(of("P-058"), "effective"), "premier");
    assert_eq!(decisions.text(of("P-062"), "effective"), "advanced");
    // Harbourline wins 30 deals in twelve months and Pinecrest, which is dormant, consumes nothing any more.
    let metrics = found.metrics();
    assert_eq!(metrics.number(of("P-017"), "won_deals"), Some(30.0));
    assert_eq!(metrics.number(of("P-001"), "consumption_growth"), Some(-1.0));
}

/// Every number of every partner, from the facts behind it; how many numbers there were.
fn facts_agree(name: &str, found: &ProgramReview) -> usize {
    let (metrics, mut numbers) = (found.metrics(), 0);
    for row in 0..metrics.len() {
        let partner = metrics.text(row, "partner_id");
        let facts = found.facts(&partner.as_str().into(), None, &Monitor::none()).unwrap();
        let scope = found.program().document().scope.as_ref().map(|scope| scope.by.clone());
        let here = |fact: &usize| scope.as_ref().is_none_or(|by| facts.text(*fact, by) == metrics.text(row, by));
        for (metric, of) in &found.program().document().metrics {
            let own: Vec<usize> =
                (0..facts.len()).filter(here).filter(|&fact| facts.text(fact, "metric") == *metric).collect();
            let values = || own.iter().filter_map(|&fact| facts.number(fact, "value"));
            let expected = match of.measure {
                Measure::Count(_) | Measure::CountDistinct(_) | Measure::Sum(_) | Measure::Points(_) => {
                    Some(values().sum::<f64>())
                }
                Measure::Average(_) => (!own.is_empty()).then(|| values().sum::<f64>() / own.len() as f64),
                Measure::SumOf(_) => values().reduce(|a, b| a + b),
                Measure::HighestOf(_) => values().reduce(f64::max),
                Measure::Given | Measure::Latest(_) | Measure::Maximum(_) | Measure::Ago(_) => values().next(),
                Measure::Ratio(_) | Measure::Change(_) => {
                    assert!(own.is_empty() || own.len() == 2, "{name}: {metric} of {partner} has two parts");
                    continue;
                }
                Measure::LowestOf(_) | Measure::Coverage(_) => continue,
            };
            let measured = metrics.number(row, metric);
            let close = match (expected, measured) {
                (Some(a), Some(b)) => (a - b).abs() <= 1e-6 * b.abs().max(1.0),
                (a, b) => a == b,
            };
            assert!(close, "{name}: {metric} of {partner} is {measured:?}, {expected:?} by its facts\n{facts}");
            numbers += 1;
        }
    }
    numbers
}

#[test]
fn the_facts_behind_every_number_add_up_to_it() {
    let eco = small_ecosystem();
    let own = credit(&eco);
    for (name, _, document) in programs() {
        assert!(facts_agree(&name, &review(&eco, &own, document, "2026-11-20").unwrap()) > 0, "{name}");
    }
    // Without enrollments, every partner of the sample is judged by every programme.
    let eco = sample_without(&["enrollments"]);
    let own = credit(&eco);
    for (name, _, document) in programs() {
        let found = review(&eco, &own, document, "2026-11-20").unwrap_or_else(|e| panic!("{name}: {e}"));
        assert!(found.partners() > 100, "{name}");
        assert!(facts_agree(&name, &found) >= 100, "{name}");
    }
}

#[test]
fn lint_finds_what_is_not_known_and_nothing_worse() {
    for (name, _, document) in programs() {
        let assumed: Vec<String> =
            document.parameters.iter().filter(|(_, p)| p.assumed).map(|(name, _)| name.clone()).collect();
        let findings = Program::new(document).unwrap().lint();
        let rows = || 0..findings.len();
        let paths = |column: &str, value: &str| -> Vec<String> {
            rows().filter(|&row| findings.text(row, column) == value).map(|row| findings.text(row, "path")).collect()
        };
        assert!(paths("severity", "error").is_empty(), "{name}: {findings}");
        // The row that is not legible asks for 0 references.
        let expected: &[&str] = match name.as_str() {
            "aws_services_path.json" => {
                &["qualification.advanced.all[9]", "qualification.premier.all[12]", "qualification.select.all[7]"]
            }
            _ => &[],
        };
        assert_eq!(paths("severity", "warning"), expected, "{name}: {findings}");
        assert_eq!(paths("code", "cannot_fail"), expected, "{name}: {findings}");
        let noted: Vec<String> = assumed.iter().map(|parameter| format!("parameters.{parameter}")).collect();
        assert_eq!(paths("code", "assumed_parameter"), noted, "{name}: {findings}");
    }
}

#[test]
fn a_version_of_salesforce_is_harder_than_the_one_before() {
    let of = |version: &str| {
        let name = format!("salesforce_consulting_{version}.json");
        let (_, _, document) = programs().into_iter().find(|(file, ..)| *file == name).unwrap();
        Program::new(document).unwrap()
    };
    let changes = of("py20").diff(&of("py21"));
    let found: Vec<[String; 4]> = (0..changes.len())
        .filter(|&row| changes.text(row, "path").ends_with("at_least"))
        .map(|row| ["path", "before", "after", "direction"].map(|column| changes.text(row, column)))
        .collect();
    let harder = |tier: &str, before: &str, after: &str| {
        let path = format!("qualification.{tier}.all[1].threshold.at_least");
        [path, before.to_owned(), after.to_owned(), "harder".to_owned()]
    };
    assert_eq!(found, [harder("gold", "450", "500"), harder("platinum", "700", "750")]);
}
