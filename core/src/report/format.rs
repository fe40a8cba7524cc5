//! How values look: exact amounts with thousands separators, shares as percentages, dates, clipped and cleaned text.
//!
//! Nothing is rounded in a table beyond what the column itself holds; charts round amounts to whole units. A minus sign
//! is ASCII here, so that terminal text can be searched; the page replaces it.

use crate::calendar::Date;
use crate::money::{div_half_even, fixed_to_text, pow10};
use crate::table::{Unit, ValueRef};
pub(super) use crate::words::number::grouped;
use crate::words::number::{fixed, percent, trimmed};

/// What a number counts, which decides how it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    /// An amount, with the digits of its currency.
    Money,
    /// An amount rounded to whole units.
    WholeMoney,
    /// A part of one, as a percentage.
    Share,
    /// A gain or loss relative to what it took, as a signed percentage.
    Return,
    /// A factor, such as 1.84.
    Ratio,
    /// A number of things; fractional where credit is split.
    Count,
}

impl Quantity {
    /// The quantity that a metric's `unit` names.
    pub(super) fn of_unit(unit: &str) -> Self {
        match unit {
            "money" => Self::Money,
            "share" => Self::Share,
            "count" => Self::Count,
            _ => Self::Ratio,
        }
    }
}

/// A number as text; empty where there is none. `digits` are those of the currency, for amounts that come as floats.
pub(super) fn number(value: &ValueRef<'_>, quantity: Quantity, digits: u8) -> String {
    let Some(float) = value.as_f64().filter(|f| f.is_finite()) else { return String::new() };
    match (quantity, value) {
        (Quantity::Money, ValueRef::Money(minor, unit)) => exact(*minor, *unit),
        // Small plain numbers, such as credited conversions, would round to nothing.
        (Quantity::WholeMoney, ValueRef::Float(_) | ValueRef::Money(_, Unit::Plain(_))) if float.abs() < 100.0 => {
            grouped(&trimmed(float, 2))
        }
        (Quantity::WholeMoney, ValueRef::Money(minor, unit)) => whole(*minor, *unit),
        (Quantity::Money, _) => grouped(&fixed(float, usize::from(digits))),
        (Quantity::WholeMoney, _) => grouped(&fixed(float, 0)),
        (Quantity::Share, _) => percent(float),
        (Quantity::Return, _) if float > 0.0 => format!("+{}", percent(float)),
        (Quantity::Return, _) => percent(float),
        (Quantity::Ratio, _) => grouped(&fixed(float, 2)),
        (Quantity::Count, ValueRef::Int(i)) => grouped(&i.to_string()),
        (Quantity::Count, _) => grouped(&trimmed(float, 2)),
    }
}

/// An amount with every digit that it has.
fn exact(minor: i128, unit: Unit) -> String {
    match unit {
        Unit::Plain(_) => grouped(&trimmed(ValueRef::Money(minor, unit).as_f64().unwrap_or_default(), 4)),
        _ => grouped(&fixed_to_text(minor, unit.digits())),
    }
}

/// An amount rounded half-even to whole units.
fn whole(minor: i128, unit: Unit) -> String {
    grouped(&div_half_even(minor, pow10(u32::from(unit.digits()))).to_string())
}

/// A whole number with separators.
pub(super) fn count(number: usize) -> String {
    grouped(&number.to_string())
}

/// The parts of a date for a sentence: day, month (from 1) and year.
pub(super) fn date_parts(date: Date) -> (u8, u8, i32) {
    let (year, month, day) = date.ymd();
    (day, month, year)
}

/// Text that is safe to show on one line: controls and the marks that turn the direction of writing are replaced.
pub(super) fn clean(text: &str) -> String {
    text.chars().map(|c| if matches!(c, '\n' | '\r' | '\t') { ' ' } else { visible(c) }).collect()
}

/// The character, or the sign of a replaced one where it is a control or turns the direction of writing.
pub(super) fn visible(c: char) -> char {
    let turns = matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    if c.is_control() || turns { '\u{fffd}' } else { c }
}

/// A name inside of a sentence.
pub(super) fn brief(name: &str) -> String {
    clip(&clean(name), 80)
}

/// The first characters of a text, with an ellipsis where it was longer.
pub(super) fn clip(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let (mut clipped, mut used) = (String::new(), 0);
    for c in text.chars() {
        used += columns_of(c);
        if used >= columns {
            break;
        }
        clipped.push(c);
    }
    clipped.truncate(clipped.trim_end().len());
    clipped.push('…');
    clipped
}

/// Columns that a text takes on a terminal.
pub(super) fn width(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

/// Columns of one character: none for combining marks, two for East Asian scripts and emoji (Unicode Annex 11, in blocks).
fn columns_of(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200d}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1faff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Currency;

    fn usd(minor: i128) -> ValueRef<'static> {
        ValueRef::Money(minor, Unit::Currency(Currency::parse("USD").unwrap()))
    }

    #[test]
    fn amounts_keep_every_digit_and_get_separators() {
        assert_eq!(number(&usd(7_403_571_584), Quantity::Money, 2), "74,035,715.84");
        assert_eq!(number(&usd(-5), Quantity::Money, 2), "-0.05");
        assert_eq!(number(&usd(i128::from(i64::MAX)), Quantity::Money, 2), "92,233,720,368,547,758.07");
        let yen = ValueRef::Money(1_234_567, Unit::Currency(Currency::parse("JPY").unwrap()));
        assert_eq!(number(&yen, Quantity::Money, 0), "1,234,567");
        assert_eq!(number(&ValueRef::Money(1_234, Unit::Minor), Quantity::Money, 0), "1,234");
    }

    #[test]
    fn charts_round_half_even_to_whole_units() {
        assert_eq!(number(&usd(150), Quantity::WholeMoney, 2), "2");
        assert_eq!(number(&usd(250), Quantity::WholeMoney, 2), "2");
        assert_eq!(number(&usd(-99_960), Quantity::WholeMoney, 2), "-1,000");
        assert_eq!(number(&ValueRef::Float(0.333), Quantity::WholeMoney, 2), "0.33");
        assert_eq!(number(&ValueRef::Float(1234.5), Quantity::WholeMoney, 2), "1,234");
    }

    #[test]
    fn shares_counts_and_returns_read_as_people_write_them() {
        assert_eq!(number(&ValueRef::Float(0.3419), Quantity::Share, 2), "34.2%");
        assert_eq!(number(&ValueRef::Float(0.0012), Quantity::Share, 2), "0.12%");
        assert_eq!(number(&ValueRef::Float(12.5), Quantity::Return, 2), "+1,250%");
        assert_eq!(number(&ValueRef::Float(-1.0), Quantity::Return, 2), "-100.0%");
        assert_eq!(number(&ValueRef::Float(-0.000_001), Quantity::Ratio, 2), "0.00");
        assert_eq!(number(&ValueRef::Float(1234.5), Quantity::Count, 2), "1,234.5");
        assert_eq!(number(&ValueRef::Float(f64::NAN), Quantity::Count, 2), "");
        assert_eq!(number(&ValueRef::Null, Quantity::Money, 2), "");
    }

    #[test]
    fn hidden_characters_are_shown_as_replaced() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c\nd"), "a\u{fffd}[31mb\u{fffd}c d");
    }

    #[test]
    fn clipping_counts_columns_and_not_bytes() {
        assert_eq!(clip("Söderström", 10), "Söderström");
        assert_eq!(clip("Söderström", 6), "Söder…");
        assert_eq!(width(&clip("日本語の会社名", 8)), 7);
        assert_eq!(clip("", 3), "");
    }

    #[test]
    fn codes_without_words_are_still_readable() {}
}
