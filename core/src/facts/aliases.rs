//! The aliases: records that were merged, and ids of other systems.

use super::declare::{Id, table};
use crate::table::ColumnKind;

/// What an alias can stand for.
pub const ENTITIES: &[&str] = &["partner", "account", "opportunity", "person", "campaign"];

table! {
    /// Other names of the same thing: wherever `from_id` stands, `to_id` is meant.
    Alias = "aliases", key: None, columns: Col;
    /// What the ids are ids of.
    entity: String = ColumnKind::Closed(ENTITIES), required;
    /// The id that is replaced.
    from_id: Id = ColumnKind::AnyId, required;
    /// The id that stays.
    to_id: Id = ColumnKind::AnyId, required;
}
