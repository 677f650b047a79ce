//! Secrets and patient data as types that cannot be printed, logged or serialised by accident.
//!
//! Three small types, used by every room above:
//!
//! * [`Sensitive<T>`] wraps a patient fact. It has no `Display` and no `Serialize`, and its `Debug` says
//!   only `[patient data]`, so a stray `{:?}` in a log line gives nothing away. Reading it is one explicit
//!   word, [`Sensitive::expose`], that a reviewer can search for.
//! * [`Key`] is 256 bits of key material on the heap, wiped when dropped.
//! * [`Loggable`] marks what a log line may carry. It is opted in, type by type: text that came from
//!   outside the program is never loggable.
//!
//! Passwords and tokens use [`SecretString`], re-exported so that one version serves the whole house.
//!
//! ```
//! use curlew_redact::{Key, Sensitive};
//!
//! let name = Sensitive::new(String::from("Testpatient, Ada"));
//! assert_eq!(format!("{name:?}"), "[patient data]");
//! assert_eq!(name.expose().as_str(), "Testpatient, Ada");
//! assert_eq!(format!("{:?}", Key::from_bytes([7; 32])), "[key]");
//! ```
//!
//! What the types refuse, the compiler refuses:
//!
//! ```compile_fail
//! # use curlew_redact::Sensitive;
//! println!("{}", Sensitive::new("Testpatient, Ada")); // no `Display`
//! ```
//!
//! ```compile_fail
//! # use curlew_redact::Key;
//! let copy = Key::from_bytes([7; 32]).clone(); // one owner, one wipe
//! ```

use std::fmt;
use std::time::Duration;

pub use secrecy::{ExposeSecret, SecretString};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A patient fact that must not reach a log, an error message or a serialised form by accident.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sensitive<T>(T);

impl<T> Sensitive<T> {
    /// Marks `value` as patient data.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// Looks at the value. Each call is a place where patient data leaves its wrapper.
    pub const fn expose(&self) -> &T {
        &self.0
    }

    /// Takes the value out for good.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Sensitive<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[patient data]")
    }
}

impl<T> From<T> for Sensitive<T> {
    fn from(value: T) -> Self {
        Self(value)
    }
}

/// A 256-bit key. Kept on the heap, so that moving it leaves no copy behind on the stack, and wiped on drop.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct Key(Box<[u8; 32]>);

impl Key {
    /// Takes ownership of key material, and wipes the array it came in.
    pub fn from_bytes(mut bytes: [u8; 32]) -> Self {
        let key = Self(Box::new(bytes));
        bytes.zeroize();
        key
    }

    /// Looks at the key material.
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[key]")
    }
}

/// What a log line may carry: counts, times taken and words written in this program.
///
/// `&'static str` qualifies because text received from a server or typed by a person is never `'static`:
/// only literals are, such as a resource type's name or a rule's.
pub trait Loggable: fmt::Display {}

macro_rules! loggable {
    ($($type:ty),*) => { $( impl Loggable for $type {} )* };
}
loggable!(u8, u16, u32, u64, usize, i32, i64, bool, &'static str);

/// How long something took, for a log line: whole milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Took(pub Duration);

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0.as_millis())
    }
}

impl Loggable for Took {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_gives_nothing_away_however_deep_it_is_nested() {
        let nested = vec![Some(Sensitive::new("9000000009"))];
        assert_eq!(format!("{nested:?}"), "[Some([patient data])]");
        let pretty = format!(
            "{:#?}",
            (Key::from_bytes([0xAB; 32]), SecretString::from("hunter2"))
        );
        assert!(!pretty.contains("171") && !pretty.contains("hunter2"), "{pretty}");
    }

    #[test]
    fn a_wiped_key_is_all_zero() {
        let mut key = Key::from_bytes([0xAB; 32]);
        assert_eq!(key.expose(), &[0xAB; 32]);
        key.zeroize();
        assert_eq!(key.expose(), &[0; 32]);
    }

    #[test]
    fn only_what_is_opted_in_can_be_logged() {
        fn log_line(what: &dyn Loggable) -> String {
            format!("read {what}")
        }
        assert_eq!(log_line(&12_u32), "read 12");
        assert_eq!(log_line(&"Patient"), "read Patient");
        assert_eq!(log_line(&Took(Duration::from_micros(2_500))), "read 2 ms");
    }
}
