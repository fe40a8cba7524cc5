//! A cell as an exact number: how amounts and counts are read, wherever they stand.
//!
//! A number enters by its shortest decimal form and is rounded half-even to the digits of its unit; whether that changed
//! it comes back with it. Minor units are whole numbers and never rounded. An amount of a currency, or in minor units of
//! an unnamed one, fits 64 bits; a plain number has twelve decimals and fits 128.

use super::raw::CellRef;
use super::result::Unit;
use crate::error::Code;
use crate::money::{AmountFault, Decimal, fixed_from_f64, pow10};

/// A number at the digits of its unit, and whether rounding changed it.
pub(crate) type Fixed = Result<(i128, bool), AmountFault>;

/// A cell as a number of so many decimals; `None` where it is empty.
pub(crate) fn fixed_of(cell: CellRef<'_>, digits: u8) -> Option<Fixed> {
    Some(match cell {
        _ if cell.is_null() => return None,
        CellRef::Int(value) => {
            value.checked_mul(pow10(u32::from(digits))).map(|v| (v, false)).ok_or(AmountFault::OutOfRange)
        }
        CellRef::Float(value) => fixed_from_f64(value, digits),
        CellRef::Float32(value) => Decimal::parse(&value.to_string()).and_then(|d| d.at_digits(digits)),
        CellRef::Decimal(mantissa, scale) => Decimal { mantissa, scale }.at_digits(digits),
        CellRef::Text(text) => Decimal::parse(text).and_then(|d| d.at_digits(digits)),
        _ => Err(AmountFault::NotANumber),
    })
}

/// A cell as an amount in its unit; `minor` says that the source counts minor units already (a column whose name ends in
/// `_minor`). `None` where it is empty.
pub(crate) fn amount_of(cell: CellRef<'_>, unit: Unit, minor: bool) -> Option<Fixed> {
    let fixed = match cell {
        _ if cell.is_null() => return None,
        _ if minor || unit == Unit::Minor => whole_of(cell).map(|v| (v, false)).ok_or(AmountFault::NotANumber),
        _ => fixed_of(cell, unit.digits())?,
    };
    // The smallest number of 64 bits stands for a missing amount.
    let fits = |v: i128| matches!(unit, Unit::Plain(_)) || i64::try_from(v).is_ok_and(|v| v != i64::MIN);
    Some(fixed.and_then(|(v, rounded)| if fits(v) { Ok((v, rounded)) } else { Err(AmountFault::OutOfRange) }))
}

/// Why a cell is no such amount: the code, and words that follow a place such as "opportunities.amount, row 3".
pub(crate) fn explain(fault: AmountFault, cell: CellRef<'_>, unit: Unit, minor: bool) -> (Code, String) {
    let got = cell.show();
    match fault {
        AmountFault::NotANumber if minor || unit == Unit::Minor => {
            (Code::WrongType, format!("expected a whole number of minor units, got {got}{}", advice(cell)))
        }
        AmountFault::NotANumber => {
            (Code::WrongType, format!("expected an amount such as 1234.50, got {got}{}", advice(cell)))
        }
        AmountFault::NotFinite => (Code::NotFinite, format!("expected a finite amount, got {got}")),
        AmountFault::OutOfRange => (
            Code::AmountOutOfRange,
            match unit {
                Unit::Currency(currency) => {
                    format!("{got} is beyond what 64-bit minor units of {currency} can hold")
                }
                Unit::Minor => format!("{got} is beyond what 64-bit minor units can hold"),
                Unit::Plain(_) => format!("{got} is too large"),
            },
        ),
    }
}

/// What to do about text that people read as an amount: "1,234.50", "1.234,50", "$ 1234" or "1234 EUR".
pub(crate) fn advice(cell: CellRef<'_>) -> &'static str {
    let CellRef::Text(text) = cell else { return "" };
    let digit = |c: char| c.is_ascii_digit();
    let grouping = |c: char| matches!(c, ',' | '.' | '\'' | '\u{2019}' | '_') || c.is_whitespace();
    if !text.contains(digit) {
        return "";
    }
    // Letters and signs before or behind the number name a currency; nothing but digits and groups may stand within.
    let inner = text.trim_matches(|c: char| !digit(c));
    if !inner.chars().all(|c| digit(c) || grouping(c)) {
        return "";
    }
    let plain = text.trim().trim_start_matches(['-', '+']).len() == inner.len();
    match (plain, inner.contains(|c| grouping(c) && c != '.')) {
        (_, true) => "; write it without thousands separators and with a point before the decimals, as 1234.50",
        (false, false) if inner.matches('.').count() < 2 => {
            "; write the number alone, the currency goes in the column or option \"currency\""
        }
        _ => "; write it without thousands separators and with a point before the decimals, as 1234.50",
    }
}

/// A cell as a whole number, in whichever type its source could hold it: CSV has text, pandas floats where values are
/// missing.
pub(crate) fn whole_of(cell: CellRef<'_>) -> Option<i128> {
    match cell {
        CellRef::Int(value) | CellRef::Decimal(value, 0) => Some(value),
        CellRef::Float(value) if value.fract() == 0.0 && value.abs() <= 9_007_199_254_740_992.0 => Some(value as i128),
        CellRef::Text(text) => text.trim().parse().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn usd(cell: CellRef<'_>) -> Option<Fixed> {
        amount_of(cell, Unit::Currency(Currency::parse("USD").unwrap()), false)
    }

    #[test]
    fn an_amount_says_whether_it_was_rounded() {
        assert_eq!(usd(CellRef::Text(" ")), None);
        assert_eq!(usd(CellRef::Int(12)), Some(Ok((1200, false))));
        assert_eq!(usd(CellRef::Float(0.125)), Some(Ok((12, true))));
        assert_eq!(usd(CellRef::Float32(0.1)), Some(Ok((10, false))));
        assert_eq!(usd(CellRef::Decimal(1235, 3)), Some(Ok((124, true))));
        assert_eq!(usd(CellRef::Bool(true)), Some(Err(AmountFault::NotANumber)));
        assert_eq!(usd(CellRef::Int(i128::from(i64::MAX))), Some(Err(AmountFault::OutOfRange)));
    }

    #[test]
    fn minor_units_are_whole_and_leave_room_for_the_missing_one() {
        let minor = |cell| amount_of(cell, Unit::Minor, true);
        assert_eq!(minor(CellRef::Text("7")), Some(Ok((7, false))));
        assert_eq!(minor(CellRef::Float(0.5)), Some(Err(AmountFault::NotANumber)));
        assert_eq!(minor(CellRef::Int(i128::from(i64::MIN))), Some(Err(AmountFault::OutOfRange)));
    }

    #[test]
    fn amounts_as_people_write_them_get_advice() {
        for text in ["1,234.50", "1.234,50", "1 234.50", "1'234", "$1,234", "1.234.567", "-1,000"] {
            assert!(advice(CellRef::Text(text)).contains("thousands separators"), "{text}");
        }
        for text in ["$1234.50", "1234 EUR", "USD 7"] {
            assert!(advice(CellRef::Text(text)).contains("currency"), "{text}");
        }
        for text in ["abc", "2026-01-01", "n/a", ""] {
            assert_eq!(advice(CellRef::Text(text)), "", "{text}");
        }
    }
}
