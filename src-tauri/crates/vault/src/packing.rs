//! Numbers and words in few bytes, and back. What cannot be read back is damage, never a guess.

use crate::error::{DamagedPart, VaultError};

pub(crate) fn damaged() -> VaultError {
    VaultError::Damaged {
        what: DamagedPart::PatientFile,
    }
}

/// Adds a number, seven bits a byte, the lowest first.
pub(crate) fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// Adds a number that may be negative; small ones of either sign take few bytes.
pub(crate) fn put_signed(bytes: &mut Vec<u8>, number: i64) {
    put(bytes, ((number << 1) ^ (number >> 63)) as u64);
}

pub(crate) fn put_text(bytes: &mut Vec<u8>, text: &str) {
    put(bytes, text.len() as u64);
    bytes.extend_from_slice(text.as_bytes());
}

/// Reads what was put, in the same order.
pub(crate) struct Unpacking<'b> {
    bytes: &'b [u8],
}

impl<'b> Unpacking<'b> {
    pub(crate) fn new(bytes: &'b [u8]) -> Self {
        Self { bytes }
    }

    pub(crate) fn is_at_end(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn number(&mut self) -> Result<u64, VaultError> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.bytes.split_first().ok_or_else(damaged)?;
            self.bytes = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(damaged())
    }

    pub(crate) fn signed(&mut self) -> Result<i64, VaultError> {
        let number = self.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }

    /// A number that counts things which are there in these bytes, so that rot asks for no more memory than they are.
    pub(crate) fn count(&mut self) -> Result<usize, VaultError> {
        let count = usize::try_from(self.number()?).map_err(|_| damaged())?;
        if count > self.bytes.len() {
            Err(damaged())
        } else {
            Ok(count)
        }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'b [u8], VaultError> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or_else(damaged)?;
        self.bytes = rest;
        Ok(taken)
    }

    pub(crate) fn text(&mut self) -> Result<&'b str, VaultError> {
        let count = self.count()?;
        std::str::from_utf8(self.take(count)?).map_err(|_| damaged())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_put_is_read_back(numbers: Vec<u64>, signed: Vec<i64>, text: String) {
            let mut bytes = Vec::new();
            for number in &numbers {
                put(&mut bytes, *number);
            }
            for number in &signed {
                put_signed(&mut bytes, *number);
            }
            put_text(&mut bytes, &text);
            let mut reading = Unpacking::new(&bytes);
            for number in &numbers {
                prop_assert_eq!(reading.number().ok(), Some(*number));
            }
            for number in &signed {
                prop_assert_eq!(reading.signed().ok(), Some(*number));
            }
            prop_assert_eq!(reading.text().ok(), Some(text.as_str()));
            prop_assert!(reading.is_at_end());
        }

        #[test]
        fn bytes_that_nobody_put_are_damage_and_no_panic(bytes: Vec<u8>) {
            let mut reading = Unpacking::new(&bytes);
            while reading.text().is_ok() && reading.signed().is_ok() && reading.count().is_ok() {}
        }
    }
}
