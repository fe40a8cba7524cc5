//! [`Base`]: the partners of a programme with their metrics and attributes, as columns.
//!
//! One row is a partner, or a scope (such as a region) of it; rows stand in the order of the partners' ids, then of the
//! scopes' names. A missing number is NaN in here and nowhere else.

use std::cmp::Ordering;
use std::sync::Arc;

use super::document::{Condition, Scalar};
use super::program::Compiled;
use crate::calendar::Date;
use crate::table::{Interner, NULL};

/// The partners of a programme and what is known of them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Base {
    /// The ids of the partners.
    pub(crate) partners: Arc<Interner>,
    /// The names of the scopes.
    pub(crate) scopes: Arc<Interner>,
    /// The partner of each row; [`NULL`] where it has no id.
    pub(crate) partner: Vec<u32>,
    /// Whether no ids were handed in: tables then show the number of the row.
    pub(crate) numbered: bool,
    /// The scope of each row; [`NULL`] where the programme has no scopes.
    pub(crate) scope: Vec<u32>,
    /// The numbers of each column of the programme; `None`: not handed in.
    pub(crate) columns: Vec<Option<Vec<f64>>>,
    /// The attributes that the programme names, in its order.
    pub(crate) attributes: Vec<Attribute>,
    /// What each row's partner holds on the day, as its records say.
    pub(crate) enrolment: Vec<Enrolment>,
}

/// What the records say about a partner in the programme.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Enrolment {
    /// The number of its tier; `None`: no tier, or none that the programme knows.
    pub(crate) tier: Option<usize>,
    /// The number of its track.
    pub(crate) track: Option<usize>,
    /// Since when it is in the programme.
    pub(crate) enrolled_on: Option<Date>,
    /// Since when the record of its tier holds.
    pub(crate) tier_since: Option<Date>,
}

/// An attribute of each row: a code into distinct values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Attribute {
    /// The value of each row; [`NULL`] is missing.
    pub(crate) codes: Vec<u32>,
    /// Distinct values; a field such as the types of a partner has several at once.
    pub(crate) values: Vec<Vec<Scalar>>,
}

impl Base {
    /// An empty base for a programme.
    pub(crate) fn empty(program: &Compiled) -> Self {
        Self {
            columns: vec![None; program.columns.len()],
            attributes: vec![Attribute::default(); program.attributes.len()],
            ..Self::default()
        }
    }

    pub(crate) fn rows(&self) -> usize {
        self.partner.len()
    }

    /// The base of one row.
    pub(crate) fn only(&self, row: usize) -> Self {
        fn one<T: Copy>(values: &[T], row: usize) -> Vec<T> {
            values.get(row).copied().into_iter().collect()
        }
        Self {
            partners: Arc::clone(&self.partners),
            scopes: Arc::clone(&self.scopes),
            partner: one(&self.partner, row),
            numbered: self.numbered,
            scope: one(&self.scope, row),
            columns: self.columns.iter().map(|c| c.as_ref().map(|values| one(values, row))).collect(),
            attributes: self
                .attributes
                .iter()
                .map(|a| Attribute { codes: one(&a.codes, row), values: a.values.clone() })
                .collect(),
            enrolment: one(&self.enrolment, row),
        }
    }

    /// The value of a column in a row.
    pub(crate) fn value(&self, column: usize, row: usize) -> Option<f64> {
        let value = *self.columns.get(column)?.as_ref()?.get(row)?;
        (!value.is_nan()).then_some(value)
    }
}

impl Attribute {
    /// The values of a row; none where they are missing.
    pub(crate) fn of(&self, row: usize) -> &[Scalar] {
        match self.codes.get(row) {
            Some(&code) if code != NULL => self.values.get(code as usize).map_or(&[], Vec::as_slice),
            _ => &[],
        }
    }
}

impl Condition {
    /// Whether values (none: missing) meet the condition.
    pub(crate) fn holds(&self, values: &[Scalar]) -> bool {
        let any = |test: &dyn Fn(&Scalar) -> bool| values.iter().any(test);
        let one_of = |wanted: &[Scalar]| any(&|v| wanted.iter().any(|one| same(v, one)));
        self.is.as_ref().is_none_or(|wanted| any(&|v| same(v, wanted)))
            && self.is_not.as_ref().is_none_or(|wanted| !any(&|v| same(v, wanted)))
            && self.is_in.as_ref().is_none_or(|wanted| one_of(wanted))
            && self.not_in.as_ref().is_none_or(|wanted| !one_of(wanted))
            && self.at_least.as_ref().is_none_or(|limit| any(&|v| order(v, limit).is_some_and(Ordering::is_ge)))
            && self.more_than.as_ref().is_none_or(|limit| any(&|v| order(v, limit).is_some_and(Ordering::is_gt)))
            && self.at_most.as_ref().is_none_or(|limit| any(&|v| order(v, limit).is_some_and(Ordering::is_le)))
            && self.less_than.as_ref().is_none_or(|limit| any(&|v| order(v, limit).is_some_and(Ordering::is_lt)))
            && self.exists.is_none_or(|wanted| wanted != values.is_empty())
    }
}

/// Whether a value is the wanted one. A CSV file has true and false as text.
fn same(value: &Scalar, wanted: &Scalar) -> bool {
    match (value, wanted) {
        (Scalar::Text(text), Scalar::Flag(flag)) => is_flag(text) == Some(*flag),
        _ => value == wanted,
    }
}

/// The flag that a text stands for.
pub(crate) fn is_flag(text: &str) -> Option<bool> {
    [true, false].into_iter().find(|flag| text.eq_ignore_ascii_case(if *flag { "true" } else { "false" }))
}

/// How two values of one kind are ordered; dates are ISO 8601 text, which is ordered as they are.
pub(crate) fn order(a: &Scalar, b: &Scalar) -> Option<Ordering> {
    match (a, b) {
        (Scalar::Number(a), Scalar::Number(b)) => a.partial_cmp(b),
        (Scalar::Text(a), Scalar::Text(b)) => Some(a.cmp(b)),
        (Scalar::Flag(a), Scalar::Flag(b)) => Some(a.cmp(b)),
        _ => None,
    }
}
