//! Money: currencies, exact amounts in minor units, exact splits and dated exchange rates.
//!
//! An amount is an `i64` count of minor units (cents, yen, fils) of one ISO 4217 currency; sums are `i128`. Amounts of
//! different currencies are never added: [`ExchangeRates`] converts one amount, once, by an exact decimal rate and
//! half-even rounding. [`split`] divides an amount by integer weights with the largest-remainder method (Hamilton), ties
//! going to the earlier part, so that the parts add up to the amount exactly.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::calendar::Date;
use crate::error::{Code, Error, Result, did_you_mean, quoted};

/// An ISO 4217 currency.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Currency(u8);

/// Codes of ISO 4217 in alphabetical order, with the number of digits of the minor unit.
#[rustfmt::skip]
const CURRENCIES: &[(&str, u8)] = &[
    ("AED", 2), ("AFN", 2), ("ALL", 2), ("AMD", 2), ("AOA", 2), ("ARS", 2), ("AUD", 2), ("AWG", 2), ("AZN", 2), ("BAM", 2),
    ("BBD", 2), ("BDT", 2), ("BGN", 2), ("BHD", 3), ("BIF", 0), ("BMD", 2), ("BND", 2), ("BOB", 2), ("BOV", 2), ("BRL", 2),
    ("BSD", 2), ("BTN", 2), ("BWP", 2), ("BYN", 2), ("BZD", 2), ("CAD", 2), ("CDF", 2), ("CHE", 2), ("CHF", 2), ("CHW", 2),
    ("CLF", 4), ("CLP", 0), ("CNY", 2), ("COP", 2), ("COU", 2), ("CRC", 2), ("CUP", 2), ("CVE", 2), ("CZK", 2), ("DJF", 0),
    ("DKK", 2), ("DOP", 2), ("DZD", 2), ("EGP", 2), ("ERN", 2), ("ETB", 2), ("EUR", 2), ("FJD", 2), ("FKP", 2), ("GBP", 2),
    ("GEL", 2), ("GHS", 2), ("GIP", 2), ("GMD", 2), ("GNF", 0), ("GTQ", 2), ("GYD", 2), ("HKD", 2), ("HNL", 2), ("HTG", 2),
    ("HUF", 2), ("IDR", 2), ("ILS", 2), ("INR", 2), ("IQD", 3), ("IRR", 2), ("ISK", 0), ("JMD", 2), ("JOD", 3), ("JPY", 0),
    ("KES", 2), ("KGS", 2), ("KHR", 2), ("KMF", 0), ("KPW", 2), ("KRW", 0), ("KWD", 3), ("KYD", 2), ("KZT", 2), ("LAK", 2),
    ("LBP", 2), ("LKR", 2), ("LRD", 2), ("LSL", 2), ("LYD", 3), ("MAD", 2), ("MDL", 2), ("MGA", 2), ("MKD", 2), ("MMK", 2),
    ("MNT", 2), ("MOP", 2), ("MRU", 2), ("MUR", 2), ("MVR", 2), ("MWK", 2), ("MXN", 2), ("MXV", 2), ("MYR", 2), ("MZN", 2),
    ("NAD", 2), ("NGN", 2), ("NIO", 2), ("NOK", 2), ("NPR", 2), ("NZD", 2), ("OMR", 3), ("PAB", 2), ("PEN", 2), ("PGK", 2),
    ("PHP", 2), ("PKR", 2), ("PLN", 2), ("PYG", 0), ("QAR", 2), ("RON", 2), ("RSD", 2), ("RUB", 2), ("RWF", 0), ("SAR", 2),
    ("SBD", 2), ("SCR", 2), ("SDG", 2), ("SEK", 2), ("SGD", 2), ("SHP", 2), ("SLE", 2), ("SOS", 2), ("SRD", 2), ("SSP", 2),
    ("STN", 2), ("SVC", 2), ("SYP", 2), ("SZL", 2), ("THB", 2), ("TJS", 2), ("TMT", 2), ("TND", 3), ("TOP", 2), ("TRY", 2),
    ("TTD", 2), ("TWD", 2), ("TZS", 2), ("UAH", 2), ("UGX", 0), ("USD", 2), ("USN", 2), ("UYI", 0), ("UYU", 2), ("UYW", 4),
    ("UZS", 2), ("VED", 2), ("VES", 2), ("VND", 0), ("VUV", 0), ("WST", 2), ("XAF", 0), ("XCD", 2), ("XCG", 2), ("XOF", 0),
    ("XPF", 0), ("YER", 2), ("ZAR", 2), ("ZMW", 2), ("ZWG", 2),
];

impl Currency {
    /// The currency of an ISO 4217 code (`"USD"`; case and surrounding spaces do not matter).
    ///
    /// # Errors
    /// [`Code::UnknownCurrency`].
    ///
    /// ```
    /// use cosell::money::Currency;
    /// assert_eq!(Currency::parse("bhd")?.digits(), 3);
    /// # Ok::<(), cosell::Error>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self> {
        let trimmed = text.trim();
        let upper = if trimmed.len() == 3 { trimmed.to_ascii_uppercase() } else { String::new() };
        CURRENCIES.binary_search_by(|(code, _)| (*code).cmp(&upper)).map(|i| Self(i as u8)).map_err(|_| {
            let hint = did_you_mean(trimmed, CURRENCIES.iter().map(|(code, _)| *code));
            Error::new(
                Code::UnknownCurrency,
                "currency",
                format!("unknown currency {}; expected an ISO 4217 code such as \"USD\"{hint}", quoted(text)),
            )
        })
    }

    /// The number of the currency in the table of this release.
    pub(crate) fn number(self) -> u8 {
        self.0
    }

    /// The currency of a number of [`Currency::number`].
    pub(crate) fn from_number(number: u8) -> Option<Self> {
        (usize::from(number) < CURRENCIES.len()).then_some(Self(number))
    }

    /// The three-letter code.
    pub fn code(self) -> &'static str {
        CURRENCIES[usize::from(self.0)].0
    }

    /// Digits of the minor unit: 2 for cents, 0 for yen, 3 for fils.
    pub fn digits(self) -> u8 {
        CURRENCIES[usize::from(self.0)].1
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Powers of ten that fit an `i128`.
pub(crate) fn pow10(digits: u32) -> i128 {
    10_i128.pow(digits.min(38))
}

/// The decimals of a plain number, a value or count that has no currency.
pub const PLAIN_DIGITS: u8 = 12;

/// `numerator / denominator` rounded half to even; the denominator is positive.
pub(crate) fn div_half_even(numerator: i128, denominator: i128) -> i128 {
    let quotient = numerator.div_euclid(denominator);
    let remainder = numerator.rem_euclid(denominator);
    match (remainder * 2).cmp(&denominator) {
        std::cmp::Ordering::Less => quotient,
        std::cmp::Ordering::Greater => quotient + 1,
        std::cmp::Ordering::Equal => quotient + (quotient & 1),
    }
}

/// A decimal number read exactly: `mantissa * 10^-scale`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    /// The digits, signed.
    pub mantissa: i128,
    /// How many of them stand behind the point.
    pub scale: i32,
}

/// Why a number could not be read as an amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AmountFault {
    /// Not a number at all.
    NotANumber,
    /// NaN or infinite.
    NotFinite,
    /// Too large for the type that has to hold it.
    OutOfRange,
}

impl Decimal {
    /// Reads `-1234.50`, `1e3`, `+7`; no grouping signs, no currency signs.
    pub fn parse(text: &str) -> Result<Self, AmountFault> {
        let text = text.trim();
        let (negative, digits) = match text.as_bytes().first() {
            Some(b'-') => (true, &text[1..]),
            Some(b'+') => (false, &text[1..]),
            _ => (false, text),
        };
        if ["nan", "inf", "infinity"].iter().any(|word| digits.eq_ignore_ascii_case(word)) {
            return Err(AmountFault::NotFinite);
        }
        let (number, exponent) = match digits.bytes().position(|b| b == b'e' || b == b'E') {
            None => (digits, 0_i32),
            Some(at) => {
                let exponent = &digits[at + 1..];
                let plain = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
                if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit()) {
                    return Err(AmountFault::NotANumber);
                }
                (&digits[..at], exponent.parse().map_err(|_| AmountFault::OutOfRange)?)
            }
        };
        let (mantissa, scale) = digits_of(number).ok_or(AmountFault::NotANumber)?;
        let scale = i32::try_from(scale - i64::from(exponent)).map_err(|_| AmountFault::OutOfRange)?;
        Ok(Self { mantissa: if negative { -mantissa } else { mantissa }, scale })
    }

    /// The shortest decimal that reads back as the same float.
    pub fn from_f64(value: f64) -> Result<Self, AmountFault> {
        if !value.is_finite() {
            return Err(AmountFault::NotFinite);
        }
        Self::parse(zmij::Buffer::new().format_finite(value))
    }

    /// The number at a fixed count of digits, rounded half-even, and whether rounding changed it.
    pub fn at_digits(self, digits: u8) -> Result<(i128, bool), AmountFault> {
        if self.mantissa == 0 {
            return Ok((0, false));
        }
        let shift = i32::from(digits).saturating_sub(self.scale);
        if shift >= 0 {
            let factor = if shift > 38 { None } else { 10_i128.checked_pow(shift as u32) };
            let scaled = factor.and_then(|f| self.mantissa.checked_mul(f)).ok_or(AmountFault::OutOfRange)?;
            return Ok((scaled, false));
        }
        let down = shift.unsigned_abs();
        if down > 38 {
            return Ok((0, true));
        }
        let factor = pow10(down);
        let rounded = if down == 38 { 0 } else { div_half_even(self.mantissa, factor) };
        Ok((rounded, self.mantissa % factor != 0))
    }
}

/// Digits with at most one point: their number and how many of them stand behind the point.
fn digits_of(number: &str) -> Option<(i128, i64)> {
    // Nineteen signs hold at most eighteen digits and a point, or nineteen digits: both fit 64 bits.
    if number.len() <= 19 {
        let (mut mantissa, mut behind, mut seen_point) = (0_u64, 0, false);
        for byte in number.bytes() {
            match byte {
                b'0'..=b'9' => {
                    mantissa = mantissa * 10 + u64::from(byte - b'0');
                    behind += i64::from(seen_point);
                }
                b'.' if !seen_point => seen_point = true,
                _ => return None,
            }
        }
        return (number.len() > usize::from(seen_point)).then_some((i128::from(mantissa), behind));
    }
    let (mut mantissa, mut behind, mut seen_point) = (0_i128, 0, false);
    for byte in number.bytes() {
        match byte {
            // Digits beyond 36 cannot change a rounded amount; their place still counts before the point.
            b'0'..=b'9' if mantissa < 10_i128.pow(36) => {
                mantissa = mantissa * 10 + i128::from(byte - b'0');
                behind += i64::from(seen_point);
            }
            b'0'..=b'9' => behind -= i64::from(!seen_point),
            b'.' if !seen_point => seen_point = true,
            _ => return None,
        }
    }
    Some((mantissa, behind))
}

/// A float as a fixed-point number of `digits` decimals, by its shortest decimal form, half-even.
///
/// Returns the number and whether rounding changed it.
pub(crate) fn fixed_from_f64(value: f64, digits: u8) -> Result<(i128, bool), AmountFault> {
    // Whole numbers below 2^53 are exact and by far the most frequent.
    if value.abs() < 9_007_199_254_740_992.0 {
        let whole = value as i64;
        if whole as f64 == value {
            return Ok((i128::from(whole) * pow10(u32::from(digits)), false));
        }
        // With few digits a decimal of at most 15 significant digits survives multiplication and rounding: if the
        // rounded multiple reads back as the same float, it is the shortest form.
        if digits <= 4 && value.abs() < 1e10 {
            let factor = pow10(u32::from(digits)) as f64;
            let scaled = (value * factor).round_ties_even();
            if scaled / factor == value {
                return Ok((scaled as i128, false));
            }
        }
    }
    Decimal::from_f64(value)?.at_digits(digits)
}

/// A fixed-point integer as the nearest float.
pub(crate) fn fixed_to_f64(value: i128, digits: u8) -> f64 {
    if value.unsigned_abs() < 1 << 53 && digits <= 22 {
        return value as f64 / pow10(u32::from(digits)) as f64;
    }
    // Beyond 2^53 the quotient of two rounded numbers would round twice; the parser rounds once.
    format!("{value}e-{digits}").parse().unwrap_or(value as f64)
}

/// A fixed-point integer as text, with exactly `digits` decimals.
pub fn fixed_to_text(value: i128, digits: u8) -> String {
    let sign = if value < 0 { "-" } else { "" };
    let magnitude = value.unsigned_abs();
    if digits == 0 {
        return format!("{sign}{magnitude}");
    }
    let factor = pow10(u32::from(digits)).unsigned_abs();
    format!("{sign}{}.{:0width$}", magnitude / factor, magnitude % factor, width = usize::from(digits))
}

/// Splits `amount` by integer weights so that the parts add up to it exactly.
///
/// Part `i` is `amount * weights[i] / sum(weights)`, rounded toward zero; the units left over go to the largest
/// remainders, ties to the earlier part (Hamilton's method). A negative amount is split like its opposite. All weights
/// zero is the caller's case to exclude: the parts are then equal.
///
/// Exact for every amount above `i128::MIN` and every weights: their sum is at most 2^127, as no memory holds 2^63 of them.
///
/// ```
/// let mut parts = [0; 3];
/// cosell::money::split(100, &[1, 1, 1], &mut parts);
/// assert_eq!(parts, [34, 33, 33]);
/// ```
pub fn split(amount: i128, weights: &[u64], parts: &mut [i128]) {
    debug_assert_eq!(weights.len(), parts.len());
    let total: u128 = weights.iter().map(|&w| u128::from(w)).sum();
    if total == 0 {
        return split_equally(amount, parts);
    }
    let magnitude = amount.unsigned_abs();
    let sign = if amount < 0 { -1 } else { 1 };
    let mut remainders: Vec<(u128, usize)> = Vec::with_capacity(weights.len());
    let mut given: u128 = 0;
    for (i, &weight) in weights.iter().enumerate() {
        let (quotient, remainder) = mul_div(magnitude, u128::from(weight), total);
        parts[i] = quotient as i128;
        given += quotient;
        remainders.push((remainder, i));
    }
    let left = (magnitude - given) as usize;
    if left > 0 {
        remainders.sort_unstable_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(&b.1)));
        for &(_, i) in remainders.iter().take(left) {
            parts[i] += 1;
        }
    }
    if sign < 0 {
        parts.iter_mut().for_each(|p| *p = -*p);
    }
}

/// Splits `amount` into equal parts; the first ones get the units left over.
pub fn split_equally(amount: i128, parts: &mut [i128]) {
    if parts.is_empty() {
        return;
    }
    let count = parts.len() as i128;
    let (quotient, left) = (amount / count, amount % count);
    let unit = left.signum();
    for (i, part) in parts.iter_mut().enumerate() {
        *part = quotient + if (i as i128) < left.abs() { unit } else { 0 };
    }
}

/// `a * b / c` with its remainder, exact also where the product passes 128 bits; `b <= c <= 2^127`.
fn mul_div(a: u128, b: u128, c: u128) -> (u128, u128) {
    if let Some(product) = a.checked_mul(b) {
        return (product / c, product % c);
    }
    // a = q c + r, so a b / c = q b + r b / c, and r b is divided while it is added up, bit by bit of b from the highest:
    // the remainder stays below c, so that twice of it fits.
    let (q, r) = (a / c, a % c);
    let (mut quotient, mut remainder) = (0_u128, 0_u128);
    for bit in (0..u128::BITS - b.leading_zeros()).rev() {
        let add = if b >> bit & 1 == 1 { r } else { 0 };
        quotient *= 2;
        for addend in [remainder, add] {
            remainder += addend;
            if remainder >= c {
                remainder -= c;
                quotient += 1;
            }
        }
    }
    (q * b + quotient, remainder)
}

/// Dated exchange rates into one currency.
///
/// A rate is the number of units of the target currency that one unit of the other buys; the latest rate on or before a
/// date holds, unless it is older than `max_age_days`.
#[derive(Debug, Clone, PartialEq)]
pub struct ExchangeRates {
    target: Currency,
    max_age_days: Option<u32>,
    /// currency -> date -> rate with twelve decimals.
    rates: BTreeMap<Currency, BTreeMap<i32, i128>>,
}

impl ExchangeRates {
    /// No rates yet: only amounts in `target` convert.
    pub fn new(target: Currency, max_age_days: Option<u32>) -> Self {
        Self { target, max_age_days, rates: BTreeMap::new() }
    }

    /// The currency that amounts are converted to.
    pub fn target(&self) -> Currency {
        self.target
    }

    /// Adds the rate (twelve decimals) that holds from a day on.
    ///
    /// # Errors
    /// A rate that is not positive, or a second, different rate for the same day.
    pub fn add(&mut self, currency: Currency, on: Date, rate: i128) -> Result<()> {
        if rate <= 0 || rate > 10_i128.pow(24) {
            let shown = fixed_to_text(rate, PLAIN_DIGITS);
            return Err(Error::new(
                Code::NumberOutOfRange,
                "exchange_rates.rate",
                format!("exchange rate of {currency} on {on} is {shown}; expected a number above 0 and at most 10^12"),
            ));
        }
        if currency == self.target && rate != pow10(u32::from(PLAIN_DIGITS)) {
            return Err(Error::new(
                Code::NumberOutOfRange,
                "exchange_rates.rate",
                format!("exchange rate of {currency} to itself on {on} must be 1"),
            ));
        }
        match self.rates.entry(currency).or_default().insert(on.0, rate) {
            Some(before) if before != rate => Err(Error::new(
                Code::DuplicateId,
                "exchange_rates.on",
                format!("two different exchange rates of {currency} on {on}: give one rate per currency and day"),
            )),
            _ => Ok(()),
        }
    }

    /// An amount in minor units of `from` as minor units of the target, at the rate of a day.
    ///
    /// # Errors
    /// [`Code::MissingRate`], [`Code::StaleRate`], [`Code::AmountOutOfRange`].
    pub fn convert(&self, minor: i64, from: Currency, on: Date) -> Result<i64> {
        if from == self.target {
            return Ok(minor);
        }
        let rate = self.rate(from, on)?;
        let shift = i32::from(self.target.digits()) - i32::from(from.digits()) - i32::from(PLAIN_DIGITS);
        let (product, down) = (i128::from(minor).checked_mul(rate), pow10(shift.unsigned_abs()));
        product.map(|p| div_half_even(p, down)).and_then(|p| i64::try_from(p).ok()).ok_or_else(|| {
            let shown = fixed_to_text(i128::from(minor), from.digits());
            Error::new(
                Code::AmountOutOfRange,
                "amount",
                format!("{shown} {from} is beyond 64-bit minor units of {} at the rate of {on}", self.target),
            )
        })
    }

    /// The rate of a day, with twelve decimals.
    ///
    /// # Errors
    /// [`Code::MissingRate`], [`Code::StaleRate`].
    pub fn rate(&self, from: Currency, on: Date) -> Result<i128> {
        if from == self.target {
            return Ok(pow10(u32::from(PLAIN_DIGITS)));
        }
        let known = self.rates.get(&from).and_then(|dated| dated.range(..=on.0).next_back());
        let Some((&day, &rate)) = known else {
            return Err(Error::new(
                Code::MissingRate,
                "exchange_rates",
                format!(
                    "no exchange rate from {from} to {} on or before {on}: add a row (currency, on, rate) to exchange_rates",
                    self.target
                ),
            )
            .with("currency", from.code())
            .with("on", on.to_string()));
        };
        match self.max_age_days {
            Some(limit) if i64::from(on.0) - i64::from(day) > i64::from(limit) => Err(Error::new(
                Code::StaleRate,
                "exchange_rates",
                format!(
                    "the latest exchange rate from {from} to {} on or before {on} is of {}, older than max_rate_age_days = {limit}",
                    self.target,
                    Date(day)
                ),
            )
            .with("currency", from.code())
            .with("on", on.to_string())),
            _ => Ok(rate),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_currency_table_is_sorted_so_that_it_can_be_searched() {
        assert!(CURRENCIES.windows(2).all(|w| w[0].0 < w[1].0));
        assert!(CURRENCIES.len() <= 256);
    }

    #[test]
    fn minor_units_follow_iso_4217() {
        for (code, digits) in [("USD", 2), ("JPY", 0), ("BHD", 3), ("CLF", 4), (" eur ", 2)] {
            assert_eq!(Currency::parse(code).unwrap().digits(), digits, "{code}");
        }
        let error = Currency::parse("EURO").unwrap_err();
        assert_eq!(error.code(), Code::UnknownCurrency);
        assert!(error.message().contains("did you mean \"EUR\""), "{error}");
    }

    #[test]
    fn decimals_are_read_exactly() {
        let read = |text: &str, digits| Decimal::parse(text).and_then(|d| d.at_digits(digits));
        assert_eq!(read("1234.50", 2), Ok((123_450, false)));
        assert_eq!(read("-0.005", 2), Ok((0, true)));
        assert_eq!(read("0.015", 2), Ok((2, true)));
        assert_eq!(read("0.025", 2), Ok((2, true)));
        assert_eq!(read("1e3", 0), Ok((1000, false)));
        assert_eq!(read("1e-400", 2), Ok((0, true)));
        assert_eq!(read("1e400", 2), Err(AmountFault::OutOfRange));
        assert_eq!(read("9".repeat(60).as_str(), 2), Err(AmountFault::OutOfRange));
        for bad in ["", "-", ".", "1,000", "12a", "1e", "--1", "0x10", "1.2.3"] {
            assert_eq!(read(bad, 2), Err(AmountFault::NotANumber), "{bad:?}");
        }
        assert_eq!(read("NaN", 2), Err(AmountFault::NotFinite));
    }

    #[test]
    fn floats_are_read_by_their_shortest_form() {
        assert_eq!(fixed_from_f64(0.1, 2), Ok((10, false)));
        assert_eq!(fixed_from_f64(1.005, 2), Ok((100, true)));
        assert_eq!(fixed_from_f64(1.015, 2), Ok((102, true)));
        assert_eq!(fixed_from_f64(74_802.97, 12), Ok((74_802_970_000_000_000, false)));
        assert_eq!(fixed_from_f64(f64::NAN, 2), Err(AmountFault::NotFinite));
        assert_eq!(fixed_from_f64(1e300, 2), Err(AmountFault::OutOfRange));
    }

    #[test]
    fn a_product_beyond_128_bits_is_divided_exactly() {
        // (2^127 - 1) * (2^64 - 1) over 3 (2^64 - 1): a third of 2^127 - 1, which is 1 more than a multiple of 3.
        let third = 56_713_727_820_156_410_577_229_101_238_628_035_242_u128;
        let weight = u128::from(u64::MAX);
        assert_eq!(mul_div(i128::MAX.unsigned_abs(), weight, 3 * weight), (third, weight));
        let mut parts = [0; 3];
        split(i128::MAX, &[u64::MAX; 3], &mut parts);
        let third = third as i128;
        assert_eq!(parts, [third + 1, third, third]);
    }

    #[test]
    fn rates_hold_until_the_next_one_and_grow_stale() {
        let day = |d| Date::from_ymd(2026, 1, d).unwrap();
        let (usd, eur, jpy) =
            (Currency::parse("USD").unwrap(), Currency::parse("EUR").unwrap(), Currency::parse("JPY").unwrap());
        let mut rates = ExchangeRates::new(usd, Some(10));
        rates.add(eur, day(5), 1_100_000_000_000).unwrap();
        rates.add(jpy, day(5), 6_700_000_000).unwrap();
        assert_eq!(rates.convert(10_001, eur, day(7)), Ok(11_001));
        assert_eq!(rates.convert(1000, jpy, day(7)), Ok(670));
        assert_eq!(rates.convert(77, usd, day(1)), Ok(77));
        assert_eq!(rates.convert(1, eur, day(4)).unwrap_err().code(), Code::MissingRate);
        assert_eq!(rates.convert(1, eur, day(16)).unwrap_err().code(), Code::StaleRate);
        assert_eq!(rates.convert(i64::MAX, eur, day(7)).unwrap_err().code(), Code::AmountOutOfRange);
        assert_eq!(rates.add(eur, day(5), 2).unwrap_err().code(), Code::DuplicateId);
        assert_eq!(rates.add(eur, day(6), 0).unwrap_err().code(), Code::NumberOutOfRange);
    }

    proptest! {
        #[test]
        fn parts_add_up_to_the_amount(amount in any::<i64>(), weights in prop::collection::vec(any::<u64>(), 1..40)) {
            let mut parts = vec![0; weights.len()];
            split(i128::from(amount), &weights, &mut parts);
            prop_assert_eq!(parts.iter().sum::<i128>(), i128::from(amount));
            split_equally(i128::from(amount), &mut parts);
            prop_assert_eq!(parts.iter().sum::<i128>(), i128::from(amount));
        }

        #[test]
        fn amounts_and_weights_of_any_size_split_exactly(
            amount in -i128::MAX..i128::MAX,
            weights in prop::collection::vec(u64::MAX - 9..=u64::MAX, 1..9),
        ) {
            let mut parts = vec![0; weights.len()];
            split(amount, &weights, &mut parts);
            prop_assert_eq!(parts.iter().sum::<i128>(), amount);
        }

        #[test]
        fn no_part_is_a_unit_away_from_its_due(amount in 0_i64..1_000_000_000, weights in prop::collection::vec(0_u64..1000, 1..40)) {
            let total: u64 = weights.iter().sum();
            prop_assume!(total > 0);
            let mut parts = vec![0; weights.len()];
            split(i128::from(amount), &weights, &mut parts);
            for (part, weight) in parts.iter().zip(&weights) {
                let due = i128::from(amount) * i128::from(*weight);
                prop_assert!((part * i128::from(total) - due).abs() < i128::from(total));
            }
        }

        #[test]
        fn a_float_of_cents_survives(minor in -1_000_000_000_000_i64..1_000_000_000_000) {
            let value = fixed_to_f64(i128::from(minor), 2);
            prop_assert_eq!(fixed_from_f64(value, 2), Ok((i128::from(minor), false)));
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in ".{0,40}") {
            let _ = Decimal::parse(&text).and_then(|d| d.at_digits(2));
        }
    }
}
