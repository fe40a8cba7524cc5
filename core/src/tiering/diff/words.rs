//! Places and values of a document in words.

use serde_json::{Map, Value};

/// A path in words, such as `gold: deals at least` for `qualification.gold.all[0].threshold.at_least`.
pub(super) fn place(root: &Value, path: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut at = Some(root);
    let keys = path.split('.').flat_map(|piece| {
        let (key, index) = piece.split_once('[').map_or((piece, None), |(key, rest)| (key, rest.strip_suffix(']')));
        std::iter::once(key).chain(index)
    });
    let keys: Vec<&str> = keys.collect();
    for (place, key) in keys.iter().enumerate() {
        at = at.and_then(|value| match value {
            Value::Array(list) => key.parse::<usize>().ok().and_then(|index| list.get(index)),
            value => value.get(*key),
        });
        let section = if place == 0 { "" } else { keys[0] };
        let name = |key: &str| at.and_then(|v| v.get(key)).and_then(Value::as_str).map(str::to_owned);
        let word = match (*key, section) {
            ("qualification" | "list" | "criterion" | "all" | "any" | "of" | "value" | "lines" | "points", _)
                if place == 0 || name("metric").is_none() =>
            {
                None
            }
            ("threshold", _) if at.is_some_and(Value::is_object) => name("metric"),
            ("maintenance", "") => Some("to keep".to_owned()),
            ("metrics", "") => Some("metric".to_owned()),
            ("parameters", "") => Some("parameter".to_owned()),
            ("tracks", "") => Some("track".to_owned()),
            ("tiers", "") => Some("tier".to_owned()),
            ("deadlines", "") => Some("deadline of".to_owned()),
            ("exceptions", "") => Some("exception of".to_owned()),
            (key, _) if key.parse::<usize>().is_ok() => {
                let named = ["track", "line", "partner_id", "tier", "from_version"].iter().find_map(|k| name(k));
                // A new member is told whole: its name need not stand before it.
                named.filter(|_| place + 1 < keys.len())
            }
            (key, _) => Some(key.replace('_', " ")),
        };
        let Some(word) = word else { continue };
        // What stands behind a tier, metric or line is said of it.
        let owner = matches!(
            keys.get(place.wrapping_sub(1)),
            Some(&("qualification" | "maintenance" | "metrics" | "scorecards"))
        );
        words.push(if owner && place + 1 < keys.len() { format!("{word}:") } else { word });
    }
    words.join(" ").trim_end_matches(':').to_owned()
}

/// A value in words: a criterion as a sentence, another object as JSON.
pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        // 20 and 20.0 are one number.
        Value::Number(number) => number.as_f64().map_or_else(|| number.to_string(), |n| n.to_string()),
        Value::Object(fields) if fields.len() == 1 => {
            fields.iter().next().and_then(|(kind, inner)| sentence(kind, inner)).unwrap_or_else(|| value.to_string())
        }
        _ => value.to_string(),
    }
}

fn sentence(kind: &str, inner: &Value) -> Option<String> {
    let list = |value: &Value| {
        let parts: Vec<String> = value.as_array()?.iter().map(shown).collect();
        Some(format!("({})", parts.join("; ")))
    };
    let text = |key: &str| inner.get(key).map(shown);
    Some(match kind {
        "all" => format!("all of {}", list(inner)?),
        "any" => format!("any of {}", list(inner)?),
        "n_of" => format!("{} of {}", text("n")?, list(inner.get("of")?)?),
        "not" => format!("not {}", shown(inner)),
        "threshold" => {
            let bounds = ["at_least", "more_than", "at_most", "less_than"];
            let said = bounds.iter().filter_map(|b| text(b).map(|limit| format!("{} {limit}", b.replace('_', " "))));
            format!("{} {}", text("metric")?, said.collect::<Vec<_>>().join(" and "))
        }
        "top" => format!("the top {} of {}", text("share")?, text("metric")?),
        "every_line_positive" => format!("every line of {} above 0", inner.as_str()?),
        "qualifies" => format!("the criteria of {}", inner.as_str()?),
        "gate" => format!("the gate {}", inner.as_str()?),
        "held" => format!("{} held for {} months", text("tier")?, text("months")?),
        "parameter" => format!("the number {}", inner.as_str()?),
        "money" => format!("{} {}", text("amount")?, text("currency")?),
        "attribute" => {
            let fields: &Map<String, Value> = inner.as_object()?;
            let tests = fields.iter().filter(|(key, _)| *key != "field");
            let said: Vec<String> = tests.map(|(key, v)| format!("{} {}", key.replace('_', " "), shown(v))).collect();
            format!("{} {}", text("field")?, said.join(" and "))
        }
        _ => return None,
    })
}
