//! Numbers as text. No arithmetic on the digits: a number is shown with the digits it was sent with.

/// Adds a comma from 1,000 (MEDi) and the zero before a decimal point. Anything that is not a plain decimal
/// number (an exponent, words) is returned as written.
pub fn grouped(written: &str) -> String {
    let (sign, digits) = match written.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", written.strip_prefix('+').unwrap_or(written)),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let all_digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    if !all_digits(whole) || fraction.is_some_and(|f| f.is_empty() || !all_digits(f)) || digits.is_empty() {
        return written.to_owned();
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    let mut shown = String::with_capacity(written.len() + 4);
    shown.push_str(sign);
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            shown.push(',');
        }
        shown.push(digit);
    }
    if let Some(fraction) = fraction {
        shown.push('.');
        shown.push_str(fraction);
    }
    shown
}

/// A dose's number: [`grouped`], and no trailing zero after the point (MEDi: `1.0 mg` has been given as 10 mg).
/// The value is the same number.
pub fn dose_number(written: &str) -> String {
    let shown = grouped(written);
    if shown.contains('.') && !shown.contains(['e', 'E']) {
        shown.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        shown
    }
}
