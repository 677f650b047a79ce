//! The hash-chained log of every look at a patient.
//!
//! Promise 3 of the design: every look is written down *before* the data is shown. Here that promise is a
//! type. [`write()`] appends an [`Entry`] through a [`ChainStorage`] and only then hands out a [`Receipt`];
//! the vault opens a patient for a [`Receipt`] and for nothing else. There is no other way to get one:
//!
//! ```compile_fail,E0451
//! // A receipt cannot be made by hand.
//! let receipt = curlew_audit::Receipt { entry: todo!() };
//! ```
//!
//! ```compile_fail,E0599
//! // Nor used twice.
//! fn twice(receipt: curlew_audit::Receipt) -> (curlew_audit::Receipt, curlew_audit::Receipt) {
//!     (receipt.clone(), receipt)
//! }
//! ```
//!
//! Entries carry a sequence number and the digest of the entry before them, so that [`verify()`] finds any
//! edit, removal, swap or truncation and says where it is. [`audit_event()`] turns an entry into the FHIR
//! `AuditEvent` that goes to the shared record.
//!
//! This crate is pure: time is an argument, and storage is whoever implements [`ChainStorage`].
//!
//! ```
//! use curlew_audit::{write, verify, Action, Actor, ChainStorage, Entry, Head, Look, OutcomeText};
//!
//! #[derive(Default)]
//! struct Shelf(Vec<Entry>);
//! impl ChainStorage for Shelf {
//!     type Error = std::convert::Infallible;
//!     fn head(&self) -> Result<Head, Self::Error> {
//!         Ok(self.0.last().map_or(Head::EMPTY, Head::after))
//!     }
//!     fn append(&mut self, entry: &Entry) -> Result<(), Self::Error> {
//!         self.0.push(entry.clone());
//!         Ok(())
//!     }
//! }
//!
//! let look = Look {
//!     actor: Actor {
//!         id: "555".into(),
//!         name: "A Nurse".into(),
//!         role: "Community nurse".into(),
//!         organisation: "Synthetic Community Trust".into(),
//!     },
//!     device: "laptop-7".into(),
//!     patient: Some("p1".into()),
//!     patient_name: Some("TESTER, Anna (Ms)".into()),
//!     action: Action::OpenPatient,
//!     shown: "First screen".into(),
//!     purpose: "TREAT".into(),
//!     outcome: OutcomeText::Done,
//! };
//! let mut shelf = Shelf::default();
//! let receipt = write(&mut shelf, look, chrono::DateTime::UNIX_EPOCH).unwrap();
//! assert_eq!(receipt.patient(), Some("p1"));
//! let head = shelf.head().unwrap();
//! assert!(verify(shelf.0, &head).is_ok());
//! ```

mod chain;
mod event;
mod look;

pub use chain::{Broken, ChainStorage, Digest, Entry, Fault, Head, Receipt, verify, write};
pub use event::audit_event;
pub use look::{Action, Actor, Look, OutcomeText, Shown};
