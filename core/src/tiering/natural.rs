//! The order of a document: its sections as they are declared, and within one by path, with numbers as numbers.

/// The sections of a document, in its order.
const SECTIONS: &[&str] = &[
    "program",
    "version",
    "name",
    "sources",
    "doubts",
    "effective",
    "currency",
    "exchange_rates",
    "parameters",
    "tiers",
    "tracks",
    "scope",
    "metrics",
    "scorecards",
    "qualification",
    "maintenance",
    "attainment",
    "review",
    "deadlines",
    "exceptions",
    "transitions",
    "benefits",
    "enablement",
];

/// The place of a path's section in a document.
pub(crate) fn section(path: &str) -> usize {
    let name = path.split(['.', '[']).next().unwrap_or_default();
    SECTIONS.iter().position(|s| *s == name).unwrap_or(SECTIONS.len())
}

/// A path as pieces that are ordered as a reader expects: `list[2]` before `list[10]`.
pub(crate) fn natural(path: &str) -> Vec<(u64, String)> {
    let mut pieces = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let text = rest.find(|c: char| c.is_ascii_digit()).unwrap_or(rest.len());
        let after = &rest[text..];
        let digits = after.find(|c: char| !c.is_ascii_digit()).unwrap_or(after.len());
        pieces.push((0, rest[..text].to_owned()));
        if digits > 0 {
            // A number too long for a place stands by its text.
            pieces.push((after[..digits].parse().unwrap_or(u64::MAX), after[..digits].to_owned()));
        }
        rest = &after[digits..];
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_ordered_as_numbers() {
        let mut paths = ["a[10].b", "a[2].c", "a[2].b", "a", "b"];
        paths.sort_by_key(|p| natural(p));
        assert_eq!(paths, ["a", "a[2].b", "a[2].c", "a[10].b", "b"]);
    }

    #[test]
    fn sections_stand_as_they_are_declared() {
        assert!(section("metrics.a") < section("qualification.gold") && section("tiers[0]") < section("benefits.x"));
    }
}
