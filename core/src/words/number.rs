//! How numbers look inside of texts: separators between thousands, shares as percentages, no zeros at the end.

/// `0.3419` as `34.2%`; two decimals below one percent, none from a thousand percent.
pub(crate) fn percent(share: f64) -> String {
    let hundredths = share * 100.0;
    let decimals = match hundredths.abs() {
        x if x >= 1000.0 => 0,
        x if x < 0.95 && x > 0.0 => 2,
        _ => 1,
    };
    grouped(&fixed(hundredths, decimals)) + "%"
}

/// Fixed decimals, without a negative zero.
pub(crate) fn fixed(value: f64, decimals: usize) -> String {
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|b| matches!(b, b'0' | b'.')) => rest.to_owned(),
        _ => text,
    }
}

/// At most that many decimals, and no zeros at the end.
pub(crate) fn trimmed(value: f64, decimals: usize) -> String {
    let text = fixed(value, decimals);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_owned() } else { text }
}

/// Commas between thousands: `-1234567.5` as `-1,234,567.5`.
pub(crate) fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
    let (whole, fraction) = digits.find('.').map_or((digits, ""), |point| digits.split_at(point));
    let mut text = String::with_capacity(number.len() + number.len() / 3);
    text.push_str(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text + fraction
}
