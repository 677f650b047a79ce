//! NHS numbers from the range kept for tests, 999 000 0000 to 999 999 9999, with a valid check digit.

/// The `index`-th usable number of the test range. Nine digits are counted up from 999 000 123; those
/// whose Modulus 11 check digit would be 10 are skipped, as the NHS does.
pub(super) fn test_number(index: usize) -> String {
    let mut seen = 0;
    let mut nine = 999_000_123_u64;
    loop {
        if let Some(check) = check_digit(nine) {
            if seen == index {
                return format!("{nine}{check}");
            }
            seen += 1;
        }
        // A stride, so that neighbours on a list differ in more than their last digits.
        nine += 7;
    }
}

/// Modulus 11: weights 10 down to 2; 11 becomes 0; 10 means that the number is not issued.
fn check_digit(nine: u64) -> Option<u64> {
    let digits = format!("{nine:09}");
    let sum: u64 = digits
        .bytes()
        .zip((2..=10).rev())
        .map(|(digit, weight)| u64::from(digit - b'0') * weight)
        .sum();
    match 11 - sum % 11 {
        11 => Some(0),
        10 => None,
        check => Some(check),
    }
}

#[cfg(test)]
mod tests {
    use super::{check_digit, test_number};

    #[test]
    fn published_examples_have_these_check_digits() {
        assert_eq!(check_digit(943_476_591), Some(9));
        assert_eq!(check_digit(900_000_000), Some(9));
        assert_ne!(check_digit(123_456_789), Some(0));
    }

    #[test]
    fn numbers_are_distinct_and_inside_the_test_range() {
        let numbers: std::collections::BTreeSet<_> = (0..500).map(test_number).collect();
        assert_eq!(numbers.len(), 500);
        assert!(
            numbers
                .iter()
                .all(|number| number.len() == 10 && number.starts_with("999"))
        );
    }
}
