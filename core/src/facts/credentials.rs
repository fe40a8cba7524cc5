//! The credentials: certifications, competencies and whatever else partners and their people have earned.

use super::declare::{Id, When, table};
use crate::table::{ColumnKind, KeySpace};

const KINDS: &[&str] = &["certification", "competency", "integration", "skill", "territory"];

table! {
    /// What partners and their people have earned; a renewal is a row of its own.
    Credential = "credentials", key: None,
        unique: ["person_id", "partner_id", "code", "kind", "level", "earned_on"], columns: Col;
    /// The partner that it counts for.
    partner_id: Id = ColumnKind::Id(KeySpace::Partner), required;
    /// Which one.
    code: String = ColumnKind::Text, required;
    /// What it is.
    kind: String = ColumnKind::Class(KINDS);
    /// Its level, such as associate or professional.
    level: String = ColumnKind::Text;
    /// Who earned it; none is the partner as a company, or somebody who is not named.
    person_id: Id = ColumnKind::Id(KeySpace::Person);
    /// The day on which it was earned.
    earned_on: When = ColumnKind::Date, required;
    /// The last day on which it holds; none is for good.
    expires_on: When = ColumnKind::Date;
}
