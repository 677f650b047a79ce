//! Numbers exactly as they were written.

use std::fmt;

/// A decimal number with the digits it was written with: `5.0` says how exactly something was measured and
/// is not `5`, and `0.10` does not pass through binary floating point on its way to the screen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal(Box<str>);

impl Decimal {
    /// Takes a number by the grammar of JSON; nothing else is one.
    pub fn parse(text: &str) -> Option<Self> {
        (crate::scan::number(text.as_bytes(), 0) == Ok(text.len())).then(|| Self(text.into()))
    }

    /// The number as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The nearest floating-point number, to sort, compare and draw with, never to print. A number beyond
    /// its range is infinite.
    pub fn as_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_digits_as_written() {
        for text in [
            "5",
            "5.0",
            "5.00",
            "-0.0",
            "1e2",
            "1E+02",
            "0.10",
            "123456789012345678901234567890.12",
        ] {
            assert_eq!(
                Decimal::parse(text).map(|decimal| decimal.to_string()).as_deref(),
                Some(text)
            );
        }
        assert_ne!(Decimal::parse("5"), Decimal::parse("5.0"));
    }

    #[test]
    fn refuses_what_json_refuses() {
        for text in [
            "", "-", "+5", "05", "5.", ".5", "5e", "0x1", "NaN", "Infinity", "5 ", "1,000",
        ] {
            assert_eq!(Decimal::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn compares_by_value_only_when_asked_to() {
        let value = |text| Decimal::parse(text).map(|decimal| decimal.as_f64());
        assert_eq!(value("5"), value("5.0"));
        assert_eq!(value("1e999"), Some(f64::INFINITY));
    }
}
