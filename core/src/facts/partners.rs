//! The partners.

use super::declare::{Id, When, table};
use crate::table::{ColumnKind, KeySpace};

/// What partners are.
pub const TYPES: &[&str] =
    &["system_integrator", "isv", "msp", "reseller", "distributor", "referral", "influence", "marketplace"];

const STAGES: &[&str] = &["prospect", "recruited", "onboarding", "active", "dormant", "offboarded"];

table! {
    /// Companies that the vendor sells with.
    Partner = "partners", key: Some("partner_id"), columns: Col;
    /// The partner.
    partner_id: Id = ColumnKind::Id(KeySpace::Partner), required;
    /// Its name.
    name: String = ColumnKind::Text;
    /// What it is: one or more types; in text, several are separated by `;`.
    types: Vec<String> = ColumnKind::Classes(TYPES);
    /// Its own account in the CRM.
    account_id: Id = ColumnKind::Id(KeySpace::Account);
    /// Its country.
    country: String = ColumnKind::Text;
    /// Its region.
    region: String = ColumnKind::Text;
    /// Where it stands in its life with the vendor.
    lifecycle_stage: String = ColumnKind::Class(STAGES);
    /// The day on which it joined.
    joined_on: When = ColumnKind::Date;
    /// The partner that it belongs to.
    parent_id: Id = ColumnKind::Id(KeySpace::Partner);
    /// Who looks after it.
    owner_id: Id = ColumnKind::Id(KeySpace::Owner);
    /// Its internet domain.
    domain: String = ColumnKind::Text;
}
