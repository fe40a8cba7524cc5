//! The weights of touches as integers: parts per 10^9, so that weights of nine decimals are exact.
//!
//! A weight is a number from 0 to 1,000,000; what is finer than its ninth decimal is rounded to it, half away from zero.

use super::model::parts;
use super::paths::row_error;
use crate::error::{Code, Error, Result};
use crate::facts::read::number_of;
use crate::table::{CellRef, RawColumn};

/// The largest weight.
pub(super) const LARGEST: f64 = 1e6;
/// A touch without a weight.
pub(super) const UNWEIGHTED: u64 = u64::MAX;

/// A weight that was checked.
pub(super) fn weight_of(weight: Option<f64>) -> u64 {
    weight.map_or(UNWEIGHTED, parts)
}

/// Whether a number of a state can be a weight.
pub(super) fn is_weight(weight: u64) -> bool {
    weight == UNWEIGHTED || weight <= parts(LARGEST)
}

/// The weight of a row, which `shown` numbers for the caller.
pub(super) fn read_weight(column: &RawColumn<'_>, row: usize, shown: usize) -> Result<u64> {
    let cell = column.cell(row);
    match number_in(cell) {
        Ok(number) => Ok(weight_of(number)),
        Err(code) => Err(row_error(code, &column.name, shown, expected(cell.show()))),
    }
}

/// A weight of a touch as any language gives it; `None` where there is none.
///
/// # Errors
/// [`Code::WrongType`], [`Code::NotFinite`], [`Code::NumberOutOfRange`], each with `field`.
///
/// ```
/// use cosell::attribution::journey_weight;
/// use cosell::table::CellRef;
/// assert_eq!(journey_weight(CellRef::Text("0.25"), "touches[0].weight")?, Some(0.25));
/// # Ok::<(), cosell::Error>(())
/// ```
pub fn journey_weight(cell: CellRef<'_>, field: &str) -> Result<Option<f64>> {
    number_in(cell).map_err(|code| Error::new(code, field, format!("{field}: {}", expected(cell.show()))))
}

fn number_in(cell: CellRef<'_>) -> Result<Option<f64>, Code> {
    let number = match cell {
        _ if cell.is_null() => return Ok(None),
        CellRef::Text(text) => text.trim().parse().ok(),
        cell => number_of(cell),
    };
    match number {
        None => Err(Code::WrongType),
        Some(number) => fault_of(number).map_or(Ok(Some(number)), Err),
    }
}

/// What is wrong with a weight; `None`: nothing.
pub(super) fn fault_of(weight: f64) -> Option<Code> {
    match weight {
        w if !w.is_finite() => Some(Code::NotFinite),
        w if !(0.0..=LARGEST).contains(&w) => Some(Code::NumberOutOfRange),
        _ => None,
    }
}

/// What should have stood there.
pub(super) fn expected(got: impl std::fmt::Display) -> String {
    format!("expected a weight from 0 to {LARGEST}, got {got}")
}
