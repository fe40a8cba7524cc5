//! Texts that are read alike in every format, and those that are refused, each with its place.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{Format, MAX_BYTES, MAX_DEPTH, MAX_VALUES, value_from};
use crate::error::{Code, Error};

use Format::{Json, Toml, Yaml};

fn reads(text: &str, format: Format) -> Value {
    value_from(text, format).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn fails(text: &str, format: Format) -> Error {
    match value_from(text, format) {
        Err(error) => error,
        Ok(value) => panic!("{text} was read as {value}"),
    }
}

/// The line and the column of an error.
fn place(error: &Error) -> (u64, u64) {
    let at = |key: &str| error.details().get(key).and_then(Value::as_u64).unwrap_or_default();
    (at("line"), at("column"))
}

#[test]
fn the_formats_say_the_same() {
    let json = r#"{"program": "p", "from": "2026-02-01", "rates": [1, 2.5, -3], "deep": {"a": {"b": true}}}"#;
    let yaml = "program: p\r\nfrom: 2026-02-01 # a day\r\nrates:\r\n- 1\r\n- 2.5\r\n- -3\r\ndeep: {a: {b: true}}\r\n";
    let toml = "program = \"p\"\r\nfrom = 2026-02-01\r\nrates = [1, 2.5, -3]\r\n[deep.a]\r\nb = true\r\n";
    for (text, format) in [(json, Json), (yaml, Yaml), (toml, Toml)] {
        assert_eq!(reads(text, format), reads(json, Json), "{format:?}");
        assert_eq!(reads(&format!("\u{feff}{text}"), format), reads(json, Json), "{format:?} with a byte order mark");
    }
}

#[test]
fn yaml_1_1_does_not_change_texts_into_booleans_or_times() {
    let text =
        "country: NO\non: yes\ny: off\nat: 1:30\nday: 2026-02-01\nbig: 1_000\nquoted: \"true\"\ntagged: !!str 12\n";
    let texts = reads(text, Yaml);
    let expected = json!({
        "country": "NO", "on": "yes", "y": "off", "at": "1:30", "day": "2026-02-01", "big": "1_000", "quoted": "true",
        "tagged": "12",
    });
    assert_eq!(texts, expected);
}

/// YAML 1.2.2, section 10.3.2.
#[test]
fn yaml_numbers_follow_the_core_schema() {
    let text = "[0o17, 0xFf, +12, -0.5, .5, 5., 1e3, -2E-2, 18446744073709551615, 1e, 0x, e3, ., +, ~, null, True]";
    let expected = json!([
        15,
        255,
        12,
        -0.5,
        0.5,
        5.0,
        1000.0,
        -0.02,
        18_446_744_073_709_551_615_u64,
        "1e",
        "0x",
        "e3",
        ".",
        "+",
        null,
        null,
        true
    ]);
    assert_eq!(reads(text, Yaml), expected);
    assert_eq!(reads("99999999999999999999", Yaml), reads("99999999999999999999", Json));
}

#[test]
fn keys_of_yaml_are_text_as_it_is_written() {
    assert_eq!(
        reads("2026: a\ntrue: b\n1.0: c\n\"<<\": d\n", Yaml),
        json!({"2026": "a", "true": "b", "1.0": "c", "<<": "d"})
    );
    for text in ["? [a]\n: 1", "? {a: 1}\n: 1", "~: 1", ": 1", "null: 1", "!!int 1: a", "a: &x 1\n*x : 2\n"] {
        assert_eq!(fails(text, Yaml).code(), Code::InvalidDocument, "{text}");
    }
}

#[test]
fn aliases_stand_for_what_they_name() {
    let value = reads("gold: &g {n: [1, 2]}\nsilver: *g\nname: &k x\n? *k\n: 3\n", Yaml);
    assert_eq!(value, json!({"gold": {"n": [1, 2]}, "silver": {"n": [1, 2]}, "name": "x", "x": 3}));
    let circle = fails("a: &a\n  b: [1, *a]\n", Yaml);
    assert_eq!((circle.code(), circle.field(), place(&circle)), (Code::InvalidDocument, "a.b[1]", (2, 10)));
    assert!(fails("a: *nobody", Yaml).message().contains("anchor"));
}

#[test]
fn what_yaml_adds_to_values_is_refused() {
    let merge = fails("base: &b {a: 1}\nother:\n  <<: *b\n", Yaml);
    assert_eq!((merge.field(), place(&merge)), ("other", (3, 3)));
    assert!(merge.message().contains("merge keys"), "{merge}");
    for tag in ["!!binary aGk=", "!!timestamp 2026-01-01", "!secret x", "!!set {a}", "!!int x", "!!bool 1", "!!map [1]"]
    {
        let error = fails(&format!("a: {tag}"), Yaml);
        assert_eq!((error.code(), error.field()), (Code::InvalidDocument, "a"), "{tag}");
        assert!(error.message().contains("the tag !"), "{error}");
    }
    assert_eq!(
        reads("!!map {a: !!seq [!!int \"3\", !!float 3, !<tag:yaml.org,2002:str> 4]}", Yaml),
        json!({"a": [3, 3, "4"]})
    );
    let second = fails("a: 1\n---\nb: 2\n", Yaml);
    assert_eq!((second.code(), place(&second)), (Code::InvalidDocument, (2, 1)));
    assert!(second.message().contains("more than one document"), "{second}");
}

#[test]
fn a_leading_zero_is_ambiguous() {
    let error = fails("codes:\n- 10\n- 010\n", Yaml);
    assert_eq!((error.field(), place(&error)), ("codes[1]", (3, 3)));
    assert_eq!(reads("['010', 0, 0.5, -0.5]", Yaml), json!(["010", 0, 0.5, -0.5]));
}

#[test]
fn numbers_are_finite() {
    for text in [".nan", "-.inf", ".Inf", "1e999"] {
        let error = fails(&format!("a:\n  b: {text}"), Yaml);
        assert_eq!((error.code(), error.field(), place(&error)), (Code::InvalidDocument, "a.b", (2, 6)), "{text}");
    }
    for text in ["nan", "-inf", "1e999", "9223372036854775808"] {
        let error = fails(&format!("[a]\nb = {text}"), Toml);
        assert_eq!((error.code(), error.field(), place(&error)), (Code::InvalidDocument, "a.b", (2, 5)), "{text}");
    }
    for text in ["NaN", "Infinity", "1e999"] {
        assert_eq!(fails(&format!("{{\"a\": {text}}}"), Json).code(), Code::InvalidDocument, "{text}");
    }
}

#[test]
fn a_key_that_stands_twice_is_refused_in_every_format() {
    let cases = [
        (Json, "{\"a\": 1,\n \"b\": [{\"c\": 1, \"c\": 2}]}", "b[0].c", 2),
        (Json, "{\"a\": {}, \"\\u0061\": 1}", "a", 1),
        (Yaml, "a: 1\nb:\n- c: 1\n  c: 2\n", "b[0].c", 4),
        (Yaml, "a: 1\n\"a\": 2\n", "a", 2),
        (Yaml, "b: {c: 1, c: 2}\n", "b.c", 1),
        (Toml, "a = 1\na = 2\n", "a", 2),
        (Toml, "[m]\nx.y = 1\nz = 1\nz = 2\n", "m.z", 4),
        (Toml, "[m]\nx.y = 1\nx.y = 2\n", "m.x.y", 3),
        (Toml, "[m.x]\na = 1\n[m.x]\nb = 1\n", "m.x", 3),
        (Toml, "[[l]]\na = 1\n[[l]]\na = 1\na = 2\n", "l[1].a", 5),
        (Toml, "[t]\nk = [{x = 1, x = 2}]\n", "t.k[0].x", 2),
    ];
    for (format, text, path, line) in cases {
        let error = fails(text, format);
        assert_eq!((error.code(), error.field(), place(&error).0), (Code::InvalidDocument, path, line), "{text}");
        assert!(error.message().contains("stands twice"), "{error}");
    }
}

#[test]
fn an_empty_text_is_no_document() {
    for format in [Json, Yaml, Toml] {
        for text in ["", " \r\n\t\n", "\u{feff}"] {
            let error = fails(text, format);
            assert_eq!(error.code(), Code::InvalidDocument, "{text:?}");
            assert!(error.message().ends_with("it is empty"), "{error}");
        }
    }
    assert!(fails("# only a comment\n", Yaml).message().ends_with("it is empty"));
}

#[test]
fn faults_of_form_have_a_line_and_a_column() {
    let cases = [
        (Json, "{\n\t\"a\" 1}", (2, 6)),
        (Json, "{} x", (1, 4)),
        (Yaml, "a:\n\tb: 1\n", (2, 2)),
        (Yaml, "a: b: c\n", (1, 5)),
        (Yaml, "a: \"x\n", (1, 4)),
        (Toml, "a = 1\nb = = 2\n", (2, 5)),
        (Toml, "a = 1\nb = 'ü' x\n", (2, 9)),
        (Toml, "[1, 2]", (1, 3)),
    ];
    for (format, text, at) in cases {
        let error = fails(text, format);
        assert_eq!((error.code(), place(&error)), (Code::InvalidDocument, at), "{text:?}: {error}");
    }
}

#[test]
fn depth_is_bounded_in_every_format() {
    let nested = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    for levels in [MAX_DEPTH + 1, 1_000, 100_000] {
        let texts = [
            (Json, nested(levels)),
            (Json, "{\"a\":".repeat(levels)),
            (Yaml, nested(levels)),
            (Yaml, "{a: ".repeat(levels)),
            (Yaml, "- ".repeat(levels)),
            (Toml, format!("a = {}", nested(levels))),
            (Toml, format!("a = {}1{}", "{a = ".repeat(levels), "}".repeat(levels))),
            (Toml, "a.".repeat(levels) + "a = 1"),
            (Toml, format!("[{}a]", "a.".repeat(levels))),
        ];
        for (format, text) in texts {
            let error = fails(&text, format);
            let start: String = text.chars().take(20).collect();
            assert_eq!(error.code(), Code::TooDeep, "{levels} levels of {format:?} {start}: {error}");
            assert!(place(&error).0 == 1, "{error}");
        }
    }
    let block: String = (0..1_000).map(|i| format!("{}a:\n", " ".repeat(i))).collect();
    assert_eq!(fails(&block, Yaml).code(), Code::TooDeep);
    // The deepest that is read.
    let deepest = reads(&nested(MAX_DEPTH), Json);
    assert_eq!(reads(&nested(MAX_DEPTH), Yaml), deepest);
    let table = reads(&format!("a = {}", nested(MAX_DEPTH - 1)), Toml);
    assert_eq!(table["a"], deepest[0]);
    // Levels that an alias brings count too.
    let alias = format!("a: &a {}\nb: {}*a{}\n", nested(40), "[".repeat(30), "]".repeat(30));
    assert_eq!(fails(&alias, Yaml).code(), Code::TooDeep);
}

#[test]
fn yaml_bombs_do_not_go_off() {
    let mut laughs = "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned();
    for i in 1..30 {
        laughs += &format!("a{i}: &a{i} [{}]\n", vec![format!("*a{}", i - 1); 9].join(", "));
    }
    let long = format!("a: &a \"{}\"\nb: [{}]\n", "x".repeat(100_000), "*a, ".repeat(1_000));
    // Each anchor holds all that are within it.
    let anchors: String = (0..60).map(|i| format!("&a{i} [")).collect();
    let within = format!("{anchors}{}{}", vec!["1"; 100_000].join(","), "]".repeat(60));
    for text in [laughs, long, within] {
        let error = fails(&text, Yaml);
        assert_eq!(error.code(), Code::TooLarge);
        assert!(error.message().contains("its aliases written out"), "{error}");
    }
}

#[test]
fn size_is_bounded_and_ten_megabytes_are_read() {
    let spaces = " ".repeat(MAX_BYTES + 1);
    let text = "x".repeat(10_000_000);
    let cases =
        [(Json, format!("{{\"a\": \"{text}\"}}")), (Yaml, format!("a: {text}")), (Toml, format!("a = '{text}'"))];
    for (format, long) in cases {
        assert_eq!(reads(&long, format)["a"].as_str().map(str::len), Some(10_000_000));
        assert_eq!(fails(&spaces, format).code(), Code::TooLarge);
    }
    let many = format!("[{}0]", "0,".repeat(MAX_VALUES));
    assert_eq!(fails(&many, Json).code(), Code::TooLarge);
    assert_eq!(fails(&many, Yaml).code(), Code::TooLarge);
}

#[test]
fn the_format_of_a_file_is_in_its_name() {
    for (name, format) in [("a.json", Json), ("x/y.b.YAML", Yaml), ("c.yml", Yaml), ("C:\\p\\d.toml", Toml)] {
        assert_eq!(Format::of_file(name).unwrap(), format, "{name}");
    }
    for name in ["", "yaml", "a.txt", "folder.yaml/file", ".."] {
        assert_eq!(Format::of_file(name).unwrap_err().field(), "format", "{name}");
    }
    assert_eq!(Format::named("tomll").unwrap_err().details()["suggestion"], "toml");
}

/// Any value of a document; its keys are not those of a reader.
fn values() -> impl Strategy<Value = Value> {
    let text =
        prop_oneof!["[ -~]{0,12}", "\\PC{0,6}", Just("no".to_owned()), Just("012".to_owned()), Just("~".to_owned())];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e9..1e9).prop_map(Value::from),
        text.clone().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(text.clone(), inner, 0..5)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

/// A value in YAML's block style, texts in double quotes (their escapes are those of JSON).
fn block(value: &Value, indent: usize, out: &mut String) {
    let pad = " ".repeat(indent);
    match value {
        Value::Array(items) if !items.is_empty() => {
            for item in items {
                *out += &format!("\n{pad}-");
                block(item, indent + 2, out);
            }
        }
        Value::Object(fields) if !fields.is_empty() => {
            for (key, value) in fields {
                *out += &format!("\n{pad}? {}\n{pad}:", Value::from(key.as_str()));
                block(value, indent + 2, out);
            }
        }
        plain => *out += &format!(" {plain}"),
    }
}

/// Bytes that mean something to a reader, so that chance finds more than faults of form.
fn telling() -> impl Strategy<Value = String> {
    let parts = [
        "a",
        "b",
        ": ",
        "- ",
        "\n",
        "\n  ",
        "\t",
        "[",
        "]",
        "{",
        "}",
        ",",
        "&a ",
        "*a",
        "!!str ",
        "!x ",
        "---\n",
        "...\n",
        "|\n",
        ">-\n",
        "\"",
        "'",
        "#",
        "?",
        "%TAG ! x\n",
        "1",
        "0",
        ".inf",
        "<<",
        "=",
        "\r\n",
        "\\",
        "\u{feff}",
        "é",
        "\u{85}",
        "~",
        "'''",
        "\"\"\"",
        "[[",
        "2026-01-01",
    ];
    prop::collection::vec(prop::sample::select(parts.to_vec()), 0..60).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in telling(), bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        for format in [Json, Yaml, Toml] {
            for text in [text.as_str(), &String::from_utf8_lossy(&bytes)] {
                if let Err(error) = value_from(text, format) {
                    prop_assert!([Code::InvalidDocument, Code::TooDeep].contains(&error.code()), "{error:?}");
                }
            }
        }
    }

    #[test]
    fn json_is_yaml(value in values()) {
        let text = value.to_string();
        prop_assert_eq!(&reads(&text, Json), &value);
        let mut yaml = "---".to_owned();
        block(&value, 0, &mut yaml);
        prop_assert_eq!(&reads(&yaml, Yaml), &value, "{}", yaml);
        // JSON itself is YAML, but for the length of keys in one line.
        prop_assert_eq!(&reads(&text, Yaml), &value, "{}", text);
    }
}
