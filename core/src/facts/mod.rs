//! The input tables, one file each, and [`Ecosystem`], the checked set of them.

mod build;
mod checks;
pub(crate) mod declare;
mod draft;
mod ecosystem;
mod options;
pub(crate) mod read;
mod report;
pub(crate) mod store;

pub mod account_partners;
pub mod accounts;
pub mod activities;
pub mod aliases;
pub mod credentials;
pub mod enrollments;
pub mod exchange_rates;
pub mod investments;
pub mod lines;
pub mod measurements;
pub mod opportunities;
pub mod opportunity_partners;
pub mod partners;
pub mod people;
pub mod registrations;
pub mod touchpoints;

pub use account_partners::AccountPartner;
pub use accounts::Account;
pub use activities::Activity;
pub use aliases::Alias;
pub use build::EcosystemBuilder;
pub use credentials::Credential;
pub use declare::{Amount, Id, Record, When};
pub use ecosystem::Ecosystem;
pub use enrollments::Enrollment;
pub use exchange_rates::ExchangeRate;
pub use investments::Investment;
pub use lines::Line;
pub use measurements::Measurement;
pub use opportunities::Opportunity;
pub use opportunity_partners::OpportunityPartner;
pub use options::{EcosystemOptions, OnInvalid, Rollup};
pub use partners::Partner;
pub use people::Person;
pub use registrations::Registration;
pub(crate) use report::empty_report;
pub use touchpoints::Touchpoint;

use crate::table::TableSpec;

/// Every input table, in the order in which they are read and checked.
pub static TABLES: &[&TableSpec] = &[
    &exchange_rates::SPEC,
    &aliases::SPEC,
    &partners::SPEC,
    &accounts::SPEC,
    &account_partners::SPEC,
    &people::SPEC,
    &enrollments::SPEC,
    &opportunities::SPEC,
    &opportunity_partners::SPEC,
    &touchpoints::SPEC,
    &registrations::SPEC,
    &investments::SPEC,
    &lines::SPEC,
    &credentials::SPEC,
    &activities::SPEC,
    &measurements::SPEC,
];
